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

/* Bytes that the buffer cache may keep, and keeps. */
void	rump_bio_setlimit(uint64_t);
uint64_t rump_bio_limit(void);
uint64_t rump_bio_memory(void);
/*
 * Frees clean buffers of about so many bytes, waiting for nothing, whatever
 * locks the caller has; how many bytes.
 */
size_t	rump_bio_reclaim(size_t);

/*
 * Transfers len bytes between addr and offset off of a regular file and
 * waits.  off is a multiple of the device's block size; a read of a length
 * that is none needs memory for the rest.  Reads give zeros for holes, writes
 * skip them.
 */
#define	GENFS_XFER_READ		0x1
#define	GENFS_XFER_WRITE	0x0
int	rump_genfs_xfer(struct vnode *, void *, off_t, size_t, int);
/* Whether any block of the range is a hole. */
bool	rump_genfs_hashole(struct vnode *, off_t, size_t);

/* uio's memory can be touched here and now. */
bool	rump_uio_local(const struct uio *);
/* Whether rump_genfs_directread() can do it, and whether it should. */
bool	rump_genfs_candirect(struct vnode *, const struct uio *, size_t);
bool	rump_genfs_wantdirect(struct vnode *, const struct uio *, size_t);

#endif /* _RUMPVFS_BIO_H_ */
