/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vnode operations that do the plain thing, for file systems to put into
 * their tables.
 *
 * The vnode lock is v_lock of the vnode, a reader-writer lock.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/poll.h>
#include <sys/statvfs.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>

#include <rump-priv/vnode.h>

int
genfs_badop(void *v)
{
	struct vop_generic_args *ap = v;

	panic("%s: operation that must not be called",
	    ap->a_desc->vdesc_name);
}

int
genfs_nullop(void *v)
{

	return 0;
}

int
genfs_einval(void *v)
{

	return EINVAL;
}

int
genfs_ebadf(void *v)
{

	return EBADF;
}

int
genfs_enoioctl(void *v)
{

	return EPASSTHROUGH;
}

/*
 * EOPNOTSUPP for any operation: what it would have unlocked and released
 * is unlocked and released.
 */
int
genfs_eopnotsupp(void *v)
{
	struct vop_generic_args *ap = v;
	const struct vnodeop_desc *desc = ap->a_desc;
	struct vnode *vp, *first = NULL;
	int i, flags, offset;

	for (i = 0; i < VDESC_MAX_VPS; i++) {
		flags = desc->vdesc_flags >> i;
		offset = desc->vdesc_vp_offsets[i];
		if (offset == VDESC_NO_OFFSET)
			break;
		if ((flags & (VDESC_VP0_WILLRELE | VDESC_VP0_WILLUNLOCK)) == 0)
			continue;
		vp = *VOPARG_OFFSETTO(struct vnode **, offset, ap);
		if (vp == NULL)
			continue;
		/* A directory given twice is locked once. */
		if ((flags & VDESC_VP0_WILLUNLOCK) != 0 && vp != first)
			VOP_UNLOCK(vp);
		if (first == NULL && (flags & VDESC_VP0_WILLUNLOCK) != 0)
			first = vp;
		if (flags & VDESC_VP0_WILLRELE)
			vrele(vp);
	}
	return EOPNOTSUPP;
}

/*
 * Locking.
 */

int
genfs_lock(void *v)
{
	struct vop_lock_args *ap = v;
	krwlock_t *lock = &ap->a_vp->v_lock;
	const krw_t op = (ap->a_flags & LK_EXCLUSIVE) ? RW_WRITER : RW_READER;

	if (ap->a_flags & LK_NOWAIT)
		return rw_tryenter(lock, op) ? 0 : EBUSY;
	rw_enter(lock, op);
	return 0;
}

int
genfs_unlock(void *v)
{
	struct vop_unlock_args *ap = v;

	rw_exit(&ap->a_vp->v_lock);
	return 0;
}

int
genfs_islocked(void *v)
{
	struct vop_islocked_args *ap = v;
	krwlock_t *lock = &ap->a_vp->v_lock;

	if (rw_write_held(lock))
		return LK_EXCLUSIVE;
	if (rw_read_held(lock))
		return LK_SHARED;
	return 0;
}

int
genfs_nolock(void *v)
{

	return 0;
}

int
genfs_nounlock(void *v)
{

	return 0;
}

int
genfs_noislocked(void *v)
{

	return 0;
}

/*
 * Behaviours.
 */

int
genfs_abortop(void *v)
{

	return 0;
}

int
genfs_fcntl(void *v)
{
	struct vop_fcntl_args *ap = v;

	if (ap->a_command == F_SETFL)
		return 0;
	return EOPNOTSUPP;
}

int
genfs_poll(void *v)
{
	struct vop_poll_args *ap = v;

	return ap->a_events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}

int
genfs_seek(void *v)
{
	struct vop_seek_args *ap = v;

	return ap->a_newoff < 0 ? EINVAL : 0;
}

int
genfs_mmap(void *v)
{

	return 0;
}

int
genfs_revoke(void *v)
{
	struct vop_revoke_args *ap = v;

	KASSERT((ap->a_flags & REVOKEALL) != 0);
	vrevoke(ap->a_vp);
	return 0;
}

int
genfs_statvfs(struct mount *mp, struct statvfs *sbp)
{

	sbp->f_bsize = DEV_BSIZE;
	sbp->f_frsize = DEV_BSIZE;
	sbp->f_iosize = DEV_BSIZE;
	sbp->f_blocks = 2;
	sbp->f_bfree = 0;
	sbp->f_bavail = 0;
	sbp->f_bresvd = 0;
	sbp->f_files = 0;
	sbp->f_ffree = 0;
	sbp->f_favail = 0;
	sbp->f_fresvd = 0;
	copy_statvfs_info(sbp, mp);
	return 0;
}

int
genfs_renamelock_enter(struct mount *mp)
{

	mutex_enter(&mp->mnt_renamelock);
	return 0;
}

void
genfs_renamelock_exit(struct mount *mp)
{

	mutex_exit(&mp->mnt_renamelock);
}

/*
 * kqueue filters.  v_interlock protects v_klist; knote() is called with it
 * held.
 */

/* VN_KNOTE() looks without the lock whether there is anybody. */
static void
klist_setfirst(struct vnode *vp, struct knote *kn)
{

	__atomic_store_n(&vp->v_klist.slh_first, kn, __ATOMIC_RELAXED);
}

static void
filt_genfsdetach(struct knote *kn)
{
	struct vnode *vp = kn->kn_hook;

	mutex_enter(vp->v_interlock);
	if (SLIST_FIRST(&vp->v_klist) == kn)
		klist_setfirst(vp, SLIST_NEXT(kn, kn_selnext));
	else
		SLIST_REMOVE(&vp->v_klist, kn, knote, kn_selnext);
	mutex_exit(vp->v_interlock);
}

/*
 * Filters are asked by VN_KNOTE(), which holds v_interlock, and by kqueue,
 * which does not: what they change is guarded by it either way.
 */
static bool
filt_enter(struct vnode *vp)
{

	if (mutex_owned(vp->v_interlock))
		return false;
	mutex_enter(vp->v_interlock);
	return true;
}

static void
filt_leave(struct vnode *vp, bool entered)
{

	if (entered)
		mutex_exit(vp->v_interlock);
}

static int
filt_genfsread(struct knote *kn, long hint)
{
	struct vnode *vp = kn->kn_hook;
	struct file *fp = kn->kn_obj;
	bool entered, fires;

	if (hint == NOTE_REVOKE) {
		kn->kn_flags |= EV_EOF | EV_ONESHOT;
		return 1;
	}
	entered = filt_enter(vp);
	kn->kn_data = vp->v_size - fp->f_offset;
	fires = kn->kn_data != 0;
	filt_leave(vp, entered);
	return fires;
}

static int
filt_genfswrite(struct knote *kn, long hint)
{

	if (hint == NOTE_REVOKE)
		kn->kn_flags |= EV_EOF | EV_ONESHOT;
	kn->kn_data = 0;
	return 1;
}

static int
filt_genfsvnode(struct knote *kn, long hint)
{
	struct vnode *vp = kn->kn_hook;
	bool entered, fires;

	if (hint == NOTE_REVOKE) {
		kn->kn_flags |= EV_EOF;
		if (kn->kn_sfflags & NOTE_REVOKE)
			kn->kn_fflags |= NOTE_REVOKE;
		return 1;
	}
	entered = filt_enter(vp);
	if (kn->kn_sfflags & hint)
		kn->kn_fflags |= hint;
	fires = kn->kn_fflags != 0;
	filt_leave(vp, entered);
	return fires;
}

static const struct filterops genfsread_filtops = {
	1, NULL, filt_genfsdetach, filt_genfsread
};
static const struct filterops genfswrite_filtops = {
	1, NULL, filt_genfsdetach, filt_genfswrite
};
static const struct filterops genfsvnode_filtops = {
	1, NULL, filt_genfsdetach, filt_genfsvnode
};

int
genfs_kqfilter(void *v)
{
	struct vop_kqfilter_args *ap = v;
	struct knote *kn = ap->a_kn;
	struct vnode *vp = ap->a_vp;

	switch (kn->kn_filter) {
	case EVFILT_READ:
		kn->kn_fop = &genfsread_filtops;
		break;
	case EVFILT_WRITE:
		kn->kn_fop = &genfswrite_filtops;
		break;
	case EVFILT_VNODE:
		kn->kn_fop = &genfsvnode_filtops;
		break;
	default:
		return EINVAL;
	}
	kn->kn_hook = vp;
	mutex_enter(vp->v_interlock);
	SLIST_NEXT(kn, kn_selnext) = SLIST_FIRST(&vp->v_klist);
	klist_setfirst(vp, kn);
	mutex_exit(vp->v_interlock);
	return 0;
}
