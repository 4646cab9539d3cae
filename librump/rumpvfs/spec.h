/* SPDX-License-Identifier: BSD-2-Clause */

/* Shared by the files of specfs. */

#ifndef _RUMPVFS_SPEC_H_
#define _RUMPVFS_SPEC_H_

#include <sys/mutex.h>

struct vnode;

extern kmutex_t rump_device_lock;

void	rump_specnodes_init(void);
/* One close of a locked vnode; with FNONBLOCK the lock is kept throughout. */
int	rump_spec_doclose(struct vnode *, int);

#endif /* _RUMPVFS_SPEC_H_ */
