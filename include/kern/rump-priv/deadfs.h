/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of vnodes whose file system is gone, and the mount they are on. */
#ifndef _RUMP_PRIV_DEADFS_H_
#define _RUMP_PRIV_DEADFS_H_

#include <sys/vnode.h>

extern int (**dead_vnodeop_p)(void *);
extern const struct vnodeopv_desc dead_vnodeop_opv_desc;
extern struct mount *dead_rootmount;

int	dead_default_error(void *);

#endif /* _RUMP_PRIV_DEADFS_H_ */
