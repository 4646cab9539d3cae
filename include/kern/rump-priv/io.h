/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the block and page I/O half of rumpvfs offers to the rest of it.
 */

#ifndef _RUMP_PRIV_IO_H_
#define _RUMP_PRIV_IO_H_

#include <sys/types.h>

struct uio;
struct uvm_object;
struct vfsops;
struct vnode;

/*
 * Called once at boot, before the root is mounted: buffer cache, page cache,
 * device nodes, etfs.
 */
void	rump_vfs_io_init(void);

/* The root file system; "rumpfs", mounted without arguments. */
extern struct vfsops rumpfs_vfsops;
/* Its root may be asked for at any time after the mount. */
int	rumpfs_mountroot(void);

/* All buffers that have waited to be written go out; errno of the first. */
int	rump_bufcache_sync(void);

/*
 * Reads len bytes at uio's offset of a locked regular file straight into its
 * local memory, keeping no pages.  *done tells what was moved; the remainder
 * is for the page cache.
 */
int	rump_genfs_directread(struct vnode *, struct uio *, size_t, size_t *);

#endif /* _RUMP_PRIV_IO_H_ */
