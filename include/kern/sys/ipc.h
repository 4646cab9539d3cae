/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V IPC: permissions and common flags.
 */
#ifndef _SYS_IPC_H_
#define	_SYS_IPC_H_

#include <sys/featuretest.h>
#include <sys/types.h>

struct ipc_perm {
	uid_t		uid;
	gid_t		gid;
	uid_t		cuid;
	gid_t		cgid;
	mode_t		mode;
	unsigned short	_seq;
	key_t		_key;
};

#define	IPC_R		0x100
#define	IPC_W		0x80
#define	IPC_M		0x1000
#define	IPC_CREAT	0x200
#define	IPC_EXCL	0x400
#define	IPC_NOWAIT	0x800
#define	IPC_PRIVATE	0L
#define	IPC_RMID	0
#define	IPC_SET		1
#define	IPC_STAT	2

#endif /* _SYS_IPC_H_ */
