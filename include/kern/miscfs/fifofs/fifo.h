/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on named pipes.  Without the fifofs component the vector
 * answers as a node whose driver is absent.
 */
#ifndef _MISCFS_FIFOFS_FIFO_H_
#define _MISCFS_FIFOFS_FIFO_H_

#include <sys/vnode.h>

extern int (**fifo_vnodeop_p)(void *);
extern const struct vnodeopv_desc fifo_vnodeop_opv_desc;

#endif /* _MISCFS_FIFOFS_FIFO_H_ */
