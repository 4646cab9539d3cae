/* SPDX-License-Identifier: BSD-2-Clause */

/* Host files as disks, for etfs. */

#ifndef _RUMPVFS_RUMPBLK_H_
#define _RUMPVFS_RUMPBLK_H_

#include <sys/types.h>

/*
 * A unit for the window of size bytes (RUMP_ETFS_SIZE_ENDOFF: all the rest)
 * from begin of the host file; its device number.  ENOSPC.
 */
int	rump_blk_attach(const char *, uint64_t, uint64_t, dev_t *);
/* ENOENT, EBUSY while open. */
int	rump_blk_detach(dev_t);

#endif /* _RUMPVFS_RUMPBLK_H_ */
