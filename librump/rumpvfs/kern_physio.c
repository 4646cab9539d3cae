/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Raw transfers between a device and a client's memory, physio(9).
 * Locking: none; the buffer is the caller's or our own.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/uio.h>

#include <uvm/uvm_extern.h>

#include "bio.h"

void
minphys(buf_t *bp)
{

	if (bp->b_bcount > MAXPHYS)
		bp->b_bcount = MAXPHYS;
}

/*
 * Where the transfer goes: straight into memory that we can touch, or into
 * a bounce buffer for a client that is not in this address space.
 */
static void *
physio_memory(struct uio *uio, size_t len, void **bounce)
{

	if (rump_uio_local(uio) && uio->uio_iov->iov_base != NULL) {
		*bounce = NULL;
		return uio->uio_iov->iov_base;
	}
	*bounce = kmem_alloc(len, KM_SLEEP);
	return *bounce;
}

static void
uio_advance(struct uio *uio, size_t n)
{

	uio->uio_iov->iov_base = (char *)uio->uio_iov->iov_base + n;
	uio->uio_iov->iov_len -= n;
	uio->uio_resid -= n;
	uio->uio_offset += n;
}

/* One piece of one iovec; *donep bytes were moved. */
static int
physio_piece(void (*strategy)(buf_t *), buf_t *bp, dev_t dev, int flags,
    void (*minphysfn)(buf_t *), struct uio *uio, size_t *donep)
{
	void *bounce;
	size_t len;
	int error;

	bp->b_dev = dev;
	bp->b_error = 0;
	bp->b_oflags &= ~BO_DONE;
	bp->b_flags = (bp->b_flags & ~B_ASYNC) | B_PHYS | B_RAW | flags;
	bp->b_blkno = uio->uio_offset >> DEV_BSHIFT;
	bp->b_bcount = MIN(uio->uio_iov->iov_len, MAXPHYS);
	(*minphysfn)(bp);
	len = bp->b_bufsize = bp->b_bcount;
	bp->b_data = physio_memory(uio, len, &bounce);
	error = 0;
	if (bounce != NULL && flags == B_WRITE) {
		error = copyin_vmspace(uio->uio_vmspace,
		    uio->uio_iov->iov_base, bounce, len);
	}
	*donep = 0;
	if (error == 0) {
		(*strategy)(bp);
		error = biowait(bp);
		*donep = len - bp->b_resid;
	}
	if (error == 0 && bounce != NULL && flags == B_READ) {
		error = copyout_vmspace(uio->uio_vmspace, bounce,
		    uio->uio_iov->iov_base, *donep);
	}
	if (bounce != NULL)
		kmem_free(bounce, len);
	return error;
}

int
physio(void (*strategy)(buf_t *), buf_t *obp, dev_t dev, int flags,
    void (*minphysfn)(buf_t *), struct uio *uio)
{
	struct buf *bp = obp;
	size_t done, want;
	int error = 0;

	flags &= B_READ;
	if (uio->uio_offset < 0)
		return EINVAL;
	if ((uio->uio_offset & (DEV_BSIZE - 1)) != 0)
		return EINVAL;
	if (bp == NULL)
		bp = getiobuf(NULL, true);
	while (error == 0 && uio->uio_resid > 0) {
		if (uio->uio_iov->iov_len == 0) {
			uio->uio_iov++;
			uio->uio_iovcnt--;
			continue;
		}
		want = MIN(uio->uio_iov->iov_len, MAXPHYS);
		error = physio_piece(strategy, bp, dev, flags, minphysfn, uio,
		    &done);
		if (error != 0)
			break;
		uio_advance(uio, done);
		if (done < want && bp->b_bcount == want)
			break;
	}
	if (obp == NULL)
		putiobuf(bp);
	return error;
}
