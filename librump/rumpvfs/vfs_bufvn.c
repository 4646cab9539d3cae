/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The buffers of one vnode: its lists of clean and dirty ones, flushing and
 * invalidation.
 *
 * Locking: bufcache_lock for the lists, then the interlock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>
#include <uvm/uvm.h>

#include "bio.h"

/* Both locks are held in these three. */
void
bgetvp(struct vnode *vp, buf_t *bp)
{

	KASSERT(mutex_owned(&bufcache_lock));
	KASSERT(mutex_owned(vp->v_interlock));
	KASSERT(bp->b_vp == NULL);
	vholdl(vp);
	bp->b_vp = vp;
	bp->b_objlock = vp->v_interlock;
	if (vp->v_type == VBLK || vp->v_type == VCHR)
		bp->b_dev = vp->v_rdev;
	else
		bp->b_dev = NODEV;
	LIST_INSERT_HEAD(&vp->v_cleanblkhd, bp, b_vnbufs);
}

void
brelvp(buf_t *bp)
{
	struct vnode *vp = bp->b_vp;
	kmutex_t *lock = bp->b_objlock;

	KASSERT(mutex_owned(&bufcache_lock));
	mutex_enter(lock);
	LIST_REMOVE(bp, b_vnbufs);
	bp->b_vp = NULL;
	holdrelel(vp);
	mutex_exit(lock);
}

/* Puts the buffer on the list that fits its state. */
void
reassignbuf(buf_t *bp, struct vnode *vp)
{

	KASSERT(mutex_owned(&bufcache_lock));
	LIST_REMOVE(bp, b_vnbufs);
	if ((bp->b_oflags & BO_DELWRI) != 0)
		LIST_INSERT_HEAD(&vp->v_dirtyblkhd, bp, b_vnbufs);
	else
		LIST_INSERT_HEAD(&vp->v_cleanblkhd, bp, b_vnbufs);
}

/* Pages of the range, bytes; all of them if both are 0. */
static int
vn_putpages(struct vnode *vp, off_t lo, off_t hi, int flags)
{

	mutex_enter(vp->v_interlock);
	return VOP_PUTPAGES(vp, lo, hi, flags);
}

static int
vn_waitoutput(struct vnode *vp, bool catch, int timo)
{
	int error = 0;

	mutex_enter(vp->v_interlock);
	while (vp->v_numoutput != 0 && error == 0) {
		if (catch)
			error = cv_timedwait_sig(&vp->v_cv, vp->v_interlock,
			    timo);
		else
			error = cv_timedwait(&vp->v_cv, vp->v_interlock,
			    timo);
	}
	mutex_exit(vp->v_interlock);
	return error;
}

/*
 * Takes a buffer of the list at or after block lbn; NULL in *bpp if there is
 * none.  The lock is held and kept over sleeps' ends only.
 */
static int
list_take(struct buflists *list, daddr_t lbn, bool catch, int timo,
    buf_t **bpp)
{
	struct buf *bp;
	int error;

	for (;;) {
		LIST_FOREACH(bp, list, b_vnbufs) {
			if (bp->b_lblkno >= lbn || lbn < 0)
				break;
		}
		if ((*bpp = bp) == NULL)
			return 0;
		error = bbusy(bp, catch, timo, NULL);
		if (error != EPASSTHROUGH)
			return error;
	}
}

static int
list_discard(struct buflists *list, daddr_t lbn, bool catch, int timo)
{
	struct buf *bp;
	int error;

	while ((error = list_take(list, lbn, catch, timo, &bp)) == 0 &&
	    bp != NULL)
		brelsel(bp, BC_INVAL);
	return error;
}

/*
 * Throws away all buffers and pages of a vnode, with V_SAVE after writing
 * the dirty ones.
 */
int
vinvalbuf(struct vnode *vp, int flags, kauth_cred_t cred, struct lwp *l,
    bool catch, int timo)
{
	int error;

	error = vn_putpages(vp, 0, 0, PGO_ALLPAGES | PGO_FREE | PGO_SYNCIO |
	    ((flags & V_SAVE) != 0 ? PGO_CLEANIT | PGO_RECLAIM : 0));
	if (error != 0)
		return error;
	if ((flags & V_SAVE) != 0) {
		error = VOP_FSYNC(vp, cred, FSYNC_WAIT | FSYNC_RECLAIM, 0, 0);
		if (error != 0)
			return error;
	}
	mutex_enter(&bufcache_lock);
	do {
		error = list_discard(&vp->v_dirtyblkhd, -1, catch, timo);
		if (error == 0)
			error = list_discard(&vp->v_cleanblkhd, -1, catch,
			    timo);
	} while (error == 0 && (!LIST_EMPTY(&vp->v_dirtyblkhd) ||
	    !LIST_EMPTY(&vp->v_cleanblkhd)));
	mutex_exit(&bufcache_lock);
	return error;
}

/* Throws away what lies at or after logical block lbn. */
int
vtruncbuf(struct vnode *vp, daddr_t lbn, bool catch, int timo)
{
	off_t off;
	int error;

	off = round_page((voff_t)lbn << vp->v_mount->mnt_fs_bshift);
	error = vn_putpages(vp, off, 0, PGO_FREE | PGO_SYNCIO);
	if (error != 0)
		return error;
	mutex_enter(&bufcache_lock);
	error = list_discard(&vp->v_dirtyblkhd, lbn, catch, timo);
	if (error == 0)
		error = list_discard(&vp->v_cleanblkhd, lbn, catch, timo);
	mutex_exit(&bufcache_lock);
	return error;
}

/*
 * Writes the dirty buffers that there are at the start; each is written
 * once, so that a failing disk or a busy writer cannot keep us here.
 */
static int
list_write(struct vnode *vp, bool sync)
{
	struct buf *bp;
	int error = 0, e;

	mutex_enter(&bufcache_lock);
	LIST_FOREACH(bp, &vp->v_dirtyblkhd, b_vnbufs)
		bp->b_cflags &= ~BC_SCANNED;
again:
	LIST_FOREACH(bp, &vp->v_dirtyblkhd, b_vnbufs) {
		if ((bp->b_cflags & BC_SCANNED) != 0)
			continue;
		if ((e = bbusy(bp, false, 0, NULL)) != 0) {
			if (e == EPASSTHROUGH)
				goto again;
			break;
		}
		bp->b_cflags |= BC_SCANNED;
		mutex_exit(&bufcache_lock);
		if (sync) {
			if ((e = VOP_BWRITE(vp, bp)) != 0 && error == 0)
				error = e;
		} else
			bawrite(bp);
		mutex_enter(&bufcache_lock);
		goto again;
	}
	mutex_exit(&bufcache_lock);
	return error;
}

int
vflushbuf(struct vnode *vp, int flags)
{
	bool wait = (flags & FSYNC_WAIT) != 0;
	int error, e;

	error = vn_putpages(vp, 0, 0, PGO_CLEANIT | PGO_ALLPAGES |
	    (wait ? PGO_SYNCIO : 0) |
	    ((flags & FSYNC_LAZY) != 0 ? PGO_LAZY : 0));
	if ((e = list_write(vp, wait)) != 0 && error == 0)
		error = e;
	if (wait && (e = vn_waitoutput(vp, false, 0)) != 0 && error == 0)
		error = e;
	return error;
}
