/* SPDX-License-Identifier: BSD-2-Clause */

/* What the files of block and page I/O share among themselves. */

#ifndef _RUMPVFS_BIO_H_
#define _RUMPVFS_BIO_H_

#include <sys/types.h>

struct buf;
struct lwp;
struct mount;
struct uio;
struct vm_page;
struct vnode;

/* Each of them once, from rump_vfs_io_init(). */
void	rump_bio_init(void);
void	rump_spec_init(void);
void	rump_blk_init(void);
void	rump_etfs_init(void);
void	rump_devnodes_init(void);

/* Bytes that the buffer cache may keep, and keeps. */
void	rump_bio_setlimit(uint64_t);
uint64_t rump_bio_memory(void);

/*
 * One transfer of len bytes between addr and offset off of a regular file,
 * through VOP_BMAP and VOP_STRATEGY, waiting for the end.  Reads give zeros
 * for holes; *contig tells how far it got.  off is a multiple of the device
 * block size, len is rounded up to one if the memory allows it: bufsize.
 */
int	rump_genfs_xfer(struct vnode *, void *, off_t, size_t, bool);

#endif /* _RUMPVFS_BIO_H_ */
