/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes: namespaces and commands of extattr(2), extattr(9). */
#ifndef _SYS_EXTATTR_H_
#define _SYS_EXTATTR_H_

#include <sys/types.h>

#define	EXTATTR_NAMESPACE_USER		1
#define	EXTATTR_NAMESPACE_USER_STRING	"user"
#define	EXTATTR_NAMESPACE_SYSTEM	2
#define	EXTATTR_NAMESPACE_SYSTEM_STRING	"system"

#define	EXTATTR_CMD_START	1
#define	EXTATTR_CMD_STOP	2

/* Limits and flags of the Linux-style calls, setxattr(2). */
#define	XATTR_NAME_MAX	255
#define	XATTR_SIZE_MAX	65536
#define	XATTR_CREATE	0x01
#define	XATTR_REPLACE	0x02

#ifdef _KERNEL
#define	EXTATTR_MAXNAMELEN	255	/* XATTR_NAME_MAX */

/* a_flag of VOP_LISTEXTATTR: a length byte precedes each name. */
#define	EXTATTR_LIST_LENPREFIX	1

struct vnode;

/*
 * May CRED access (VREAD or VWRITE in ACCESS) the attribute NAME of VP in
 * the given namespace?  VP is locked.  System attributes: superuser only.
 */
int	extattr_check_cred(struct vnode *, const char *, kauth_cred_t, int);
#endif

#endif /* _SYS_EXTATTR_H_ */
