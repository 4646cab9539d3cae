/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The genfs part of a file system's nodes; sizes; direct I/O; and pages for
 * file systems without VOP_BMAP.
 * Locking: as miscfs/genfs/genfs_node.h says.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rwlock.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/genfs/genfs_node.h>
#include <uvm/uvm.h>

#include <rump-priv/io.h>
#include <rump-priv/page.h>

#include "bio.h"

void
genfs_node_init(struct vnode *vp, const struct genfs_ops *ops)
{
	struct genfs_node *gp = VTOG(vp);

	rw_init(&gp->g_glock);
	gp->g_op = ops;
}

void
genfs_node_destroy(struct vnode *vp)
{

	rw_destroy(&VTOG(vp)->g_glock);
}

void
genfs_node_wrlock(struct vnode *vp)
{

	rw_enter(&VTOG(vp)->g_glock, RW_WRITER);
}

void
genfs_node_rdlock(struct vnode *vp)
{

	rw_enter(&VTOG(vp)->g_glock, RW_READER);
}

int
genfs_node_rdtrylock(struct vnode *vp)
{

	return rw_tryenter(&VTOG(vp)->g_glock, RW_READER);
}

void
genfs_node_unlock(struct vnode *vp)
{

	rw_exit(&VTOG(vp)->g_glock);
}

int
genfs_node_wrlocked(struct vnode *vp)
{

	return rw_write_held(&VTOG(vp)->g_glock);
}

void
genfs_size(struct vnode *vp, off_t size, off_t *eobp, int flags)
{
	off_t bsize = (off_t)1 << vp->v_mount->mnt_fs_bshift;

	*eobp = (size + bsize - 1) & ~(bsize - 1);
}

/*
 * O_DIRECT: reads go to the device where that is possible; the rest, and all
 * writing, is left to the caller's usual path, which is coherent.
 */
void
genfs_directio(struct vnode *vp, struct uio *uio, int ioflag)
{
	size_t done;

	if (uio->uio_rw != UIO_READ || uio->uio_offset >= vp->v_size ||
	    vp->v_type != VREG)
		return;
	mutex_enter(vp->v_interlock);
	if (VOP_PUTPAGES(vp, 0, 0, PGO_ALLPAGES | PGO_CLEANIT |
	    PGO_SYNCIO) != 0)
		return;
	if (!rump_genfs_candirect(vp, uio,
	    MIN(uio->uio_resid, (size_t)(vp->v_size - uio->uio_offset))))
		return;
	(void)rump_genfs_directread(vp, uio,
	    MIN(uio->uio_resid, (size_t)(vp->v_size - uio->uio_offset)),
	    &done);
}

/*
 * Pages by VOP_READ and VOP_WRITE.
 */

static int
compat_io(struct vnode *vp, struct vm_page *pg, size_t len, enum uio_rw rw,
    int ioflag)
{
	struct iovec iov;
	struct uio uio;
	int error;

	iov.iov_base = rump_page_data(pg);
	iov.iov_len = len;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = pg->offset;
	uio.uio_resid = len;
	uio.uio_rw = rw;
	UIO_SETUP_SYSSPACE(&uio);
	if (rw == UIO_WRITE)
		return VOP_WRITE(vp, &uio, ioflag, curlwp->l_cred);
	error = VOP_READ(vp, &uio, ioflag, curlwp->l_cred);
	if (error == 0)
		memset((uint8_t *)iov.iov_base, 0, uio.uio_resid);
	return error;
}

int
genfs_compat_getpages(void *v)
{
	struct vop_getpages_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct uvm_object *uobj = &vp->v_uobj;
	struct vm_page *pg;
	off_t off = trunc_page(ap->a_offset), o;
	int error = 0, i;

	KASSERT(mutex_owned(vp->v_interlock));
	if ((ap->a_flags & PGO_LOCKED) != 0)
		return EBUSY;
	for (i = 0; i < *ap->a_count && error == 0; i++) {
		o = off + ((off_t)i << PAGE_SHIFT);
		if (ap->a_m[i] == PGO_DONTCARE)
			continue;
		while ((pg = uvm_pagelookup(uobj, o)) != NULL &&
		    (pg->flags & PG_BUSY) != 0)
			rump_page_wait(pg);
		if (pg != NULL) {
			pg->flags |= PG_BUSY;
			ap->a_m[i] = pg;
			continue;
		}
		if ((pg = uvm_pagealloc(uobj, o, NULL, 0)) == NULL) {
			error = ENOMEM;
			break;
		}
		mutex_exit(vp->v_interlock);
		error = compat_io(vp, pg, PAGE_SIZE, UIO_READ, 0);
		mutex_enter(vp->v_interlock);
		ap->a_m[i] = pg;
		if (error == 0)
			pg->flags &= ~PG_FAKE;
	}
	if (error != 0) {
		uvm_page_unbusy(ap->a_m, i);
		memset(ap->a_m, 0, i * sizeof(*ap->a_m));
	}
	mutex_exit(vp->v_interlock);
	return error;
}

int
genfs_compat_gop_write(struct vnode *vp, struct vm_page **pgs, int npages,
    int flags)
{
	off_t eof = MAX(vp->v_size, vp->v_writesize);
	int error = 0, e, i;

	for (i = 0; i < npages; i++) {
		off_t len = MIN(eof - pgs[i]->offset, PAGE_SIZE);

		e = len <= 0 ? 0 : compat_io(vp, pgs[i], (size_t)len,
		    UIO_WRITE, IO_NODELOCKED | IO_SYNC);
		mutex_enter(vp->v_interlock);
		if (e == 0)
			rump_page_clean(pgs[i]);
		uvm_page_unbusy(&pgs[i], 1);
		mutex_exit(vp->v_interlock);
		if (e != 0 && error == 0)
			error = e;
	}
	return error;
}
