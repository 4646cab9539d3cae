/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Transfers between memory and the blocks of a regular file, through
 * VOP_BMAP and VOP_STRATEGY; and reads that bypass the page cache.
 *
 * Locking: the caller holds the vnode lock, or has the pages concerned busy.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <uvm/uvm.h>

#include <rump-priv/io.h>
#include <rump-priv/kern.h>
#include <rump-priv/page.h>

#include "bio.h"

/* One contiguous run of blocks, read or written in one transfer. */
static int
xfer_run(struct vnode *vp, struct vnode *devvp, daddr_t blkno, void *addr,
    size_t len, bool read)
{
	struct buf *bp;
	int error;

	bp = getiobuf(vp, true);
	bp->b_data = addr;
	bp->b_bufsize = bp->b_bcount = bp->b_resid = (int)len;
	bp->b_blkno = bp->b_lblkno = blkno;
	bp->b_flags = read ? B_READ : B_WRITE;
	BIO_SETPRIO(bp, BPRIO_TIMECRITICAL);
	if (!read) {
		mutex_enter(vp->v_interlock);
		vp->v_numoutput++;
		mutex_exit(vp->v_interlock);
	}
	(void)VOP_STRATEGY(devvp, bp);
	error = biowait(bp);
	if (error == 0 && bp->b_resid != 0)
		error = EIO;
	putiobuf(bp);
	return error;
}

/*
 * Moves up to len bytes at off, as far as one run of blocks goes; *donep says
 * how far.
 */
static int
xfer_some(struct vnode *vp, void *addr, off_t off, size_t len, int flags,
    size_t *donep)
{
	const int fs_bshift = vp->v_mount->mnt_fs_bshift;
	const int dev_bshift = vp->v_mount->mnt_dev_bshift;
	const daddr_t lbn = off >> fs_bshift;
	const size_t blkoff = (size_t)(off - ((off_t)lbn << fs_bshift));
	struct vnode *devvp = NULL;
	daddr_t blkno = -1;
	int error, run = 0;
	uint64_t n;

	error = VOP_BMAP(vp, lbn, &devvp, &blkno, &run);
	if (error != 0)
		return error;
	n = ((uint64_t)(run < 0 ? 0 : run) + 1) << fs_bshift;
	n = MIN(n - blkoff, len);
	if (blkno == (daddr_t)-1) {
		/* A hole: nothing to write, zeros to read. */
		if ((flags & GENFS_XFER_READ) != 0)
			memset(addr, 0, n);
		*donep = n;
		return 0;
	}
	n = MIN(n, MAXPHYS);
	*donep = n;
	return xfer_run(vp, devvp, blkno + (daddr_t)(blkoff >> dev_bshift),
	    addr, n, (flags & GENFS_XFER_READ) != 0);
}

int
rump_genfs_xfer(struct vnode *vp, void *addr, off_t off, size_t len,
    int flags)
{
	uint8_t *p = addr;
	size_t done;
	int error = 0;

	while (len > 0 && error == 0) {
		error = xfer_some(vp, p, off, len, flags, &done);
		if (error == 0) {
			p += done;
			off += done;
			len -= done;
		}
	}
	return error;
}

bool
rump_genfs_hashole(struct vnode *vp, off_t off, size_t len)
{
	const int bshift = vp->v_mount->mnt_fs_bshift;
	daddr_t lbn = off >> bshift, end = (off + len - 1) >> bshift, blkno;
	struct vnode *devvp;
	int run;

	while (lbn <= end) {
		blkno = -1;
		run = 0;
		if (VOP_BMAP(vp, lbn, &devvp, &blkno, &run) != 0)
			return false;
		if (blkno == (daddr_t)-1)
			return true;
		lbn += (run < 0 ? 0 : run) + 1;
	}
	return false;
}

/*
 * Direct reads.
 */

bool
rump_uio_local(const struct uio *uio)
{

	return VMSPACE_IS_KERNEL_P(uio->uio_vmspace) ||
	    uio->uio_vmspace == rump_vmspace_local;
}

static void
direct_advance(struct uio *uio, size_t n)
{

	uio->uio_iov->iov_base = (char *)uio->uio_iov->iov_base + n;
	uio->uio_iov->iov_len -= n;
	uio->uio_resid -= n;
	uio->uio_offset += n;
}

/* Less than a sector, or a whole small file: through memory of ours. */
static int
direct_bounce(struct vnode *vp, struct uio *uio, size_t len)
{
	const size_t sector = (size_t)1 << vp->v_mount->mnt_dev_bshift;
	size_t size = roundup2(len, sector);
	uint8_t *mem;
	int error;

	mem = kmem_alloc(size, KM_SLEEP);
	error = rump_genfs_xfer(vp, mem, uio->uio_offset, size,
	    GENFS_XFER_READ);
	if (error == 0)
		error = uiomove(mem, len, uio);
	kmem_free(mem, size);
	return error;
}

/* True if no page of the range differs from the disk. */
static bool
direct_clean(struct vnode *vp, off_t off, size_t len)
{
	struct uvm_object *uobj = &vp->v_uobj;
	struct vm_page *pg;
	uint64_t idx = (uint64_t)off >> PAGE_SHIFT;
	uint64_t end = ((uint64_t)off + len - 1) >> PAGE_SHIFT;
	bool clean = true;

	if (uobj->uo_ndirty == 0)
		return true;
	mutex_enter(uobj->vmobjlock);
	while (clean && (pg = rump_pgtree_next(uobj, idx)) != NULL) {
		idx = (uint64_t)pg->offset >> PAGE_SHIFT;
		if (idx++ > end)
			break;
		clean = (pg->flags & PG_CLEAN) != 0;
	}
	mutex_exit(uobj->vmobjlock);
	return clean;
}

/*
 * For files whose pages come from blocks.  A large read of a file that would
 * not fit into the page cache, and would only push others out of it, is worth
 * it; and one that takes a whole small file, which the host has in its own
 * cache already.
 */
#define	DIRECT_MIN	(32 * 1024)

static bool
fits_cache(const struct vnode *vp)
{

	return (uint64_t)vp->v_size <=
	    (uint64_t)uvmexp.filelimit / 4 * 3 * PAGE_SIZE;
}

bool
rump_genfs_candirect(struct vnode *vp, const struct uio *uio, size_t len)
{

	return vp->v_type == VREG && vp->v_mount != NULL &&
	    uio->uio_offset >= 0 &&
	    vp->v_op[VOP_GETPAGES_DESCOFFSET] == genfs_getpages &&
	    (uio->uio_offset & ((1 << vp->v_mount->mnt_dev_bshift) - 1)) == 0 &&
	    rump_uio_local(uio) && direct_clean(vp, uio->uio_offset, len);
}

bool
rump_genfs_wantdirect(struct vnode *vp, const struct uio *uio, size_t len)
{

	if (len < DIRECT_MIN ? uio->uio_offset != 0 ||
	    (voff_t)len < vp->v_size || vp->v_uobj.uo_npages != 0 :
	    fits_cache(vp))
		return false;
	return rump_genfs_candirect(vp, uio, len);
}

int
rump_genfs_directread(struct vnode *vp, struct uio *uio, size_t len,
    size_t *donep)
{
	const size_t sector = (size_t)1 << vp->v_mount->mnt_dev_bshift;
	size_t start = uio->uio_resid, n;
	int error = 0;

	if (len < DIRECT_MIN)
		error = direct_bounce(vp, uio, len);
	while (len >= DIRECT_MIN && error == 0 &&
	    start - uio->uio_resid < len) {
		if (uio->uio_iov->iov_len == 0) {
			uio->uio_iov++;
			uio->uio_iovcnt--;
			continue;
		}
		if (uio->uio_iov->iov_base == NULL)
			break;		/* uiomove() will refuse it */
		n = MIN(uio->uio_iov->iov_len, len - (start - uio->uio_resid));
		if (n >= sector) {
			n &= ~(sector - 1);
			error = rump_genfs_xfer(vp, uio->uio_iov->iov_base,
			    uio->uio_offset, n, GENFS_XFER_READ);
			if (error == 0)
				direct_advance(uio, n);
		} else if (uio->uio_offset + (off_t)n >= vp->v_size)
			error = direct_bounce(vp, uio, n);
		else
			break;		/* an odd piece of a readv() */
	}
	*donep = start - uio->uio_resid;
	return error;
}
