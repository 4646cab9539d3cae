/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials as they stand in argument blocks from outside. */
#ifndef _SYS_UCRED_H_
#define _SYS_UCRED_H_

#include <sys/param.h>
#include <sys/types.h>

struct uucred {
	unsigned short cr_unused;
	uid_t cr_uid;
	gid_t cr_gid;
	short cr_ngroups;
	gid_t cr_groups[NGROUPS];
};

#endif /* _SYS_UCRED_H_ */
