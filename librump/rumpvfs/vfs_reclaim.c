/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How vnodes end: reclamation, revocation, flushing a whole mount; and the
 * lists of vnodes that mounts have.
 *
 * Locking: mntvnode_lock protects the list of vnodes of every mount; it is
 * taken before an interlock.  While a vnode is VS_RECLAIMING only
 * v_reclaimer touches it; others wait on v_cv.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>

#include <rump-priv/deadfs.h>
#include <rump-priv/vnode.h>

struct vnode_iterator {
	struct vnode	*vi_marker;	/* stands behind the last one */
	struct mount	*vi_mount;
};

static kmutex_t mntvnode_lock;

void
rump_reclaim_init(void)
{

	mutex_init(&mntvnode_lock, MUTEX_DEFAULT, IPL_NONE);
}

/*
 * Lists of vnodes.
 */

void
rump_vnode_setmount(struct vnode *vp, struct mount *mp)
{
	struct mount *omp = vp->v_mount;

	mutex_enter(&mntvnode_lock);
	if (omp != NULL)
		TAILQ_REMOVE(&omp->mnt_vnodelist, vp, v_mntvnodes);
	if (mp != NULL) {
		vfs_reference(mp);
		TAILQ_INSERT_TAIL(&mp->mnt_vnodelist, vp, v_mntvnodes);
	}
	vp->v_mount = mp;
	mutex_exit(&mntvnode_lock);
	if (omp != NULL)
		vfs_destroy(omp);
}

void
vfs_vnode_iterator_init(struct mount *mp, struct vnode_iterator **vip)
{
	struct vnode_iterator *vi;
	struct vnode *marker;

	vi = kmem_zalloc(sizeof(*vi), KM_SLEEP);
	marker = kmem_zalloc(sizeof(*marker), KM_SLEEP);
	marker->v_iflag = VI_RUMP_MARKER;
	marker->v_type = VBAD;
	vi->vi_marker = marker;
	vi->vi_mount = mp;
	vfs_reference(mp);
	mutex_enter(&mntvnode_lock);
	TAILQ_INSERT_HEAD(&mp->mnt_vnodelist, marker, v_mntvnodes);
	mutex_exit(&mntvnode_lock);
	*vip = vi;
}

/* Is VP one that an iterator shows, and does FILTER want it? */
static bool
iterator_wants(struct vnode *vp, bool (*filter)(void *, struct vnode *),
    void *cl)
{

	/*
	 * Markers are always in this state.  A vnode that is being loaded
	 * may still be given another interlock.
	 */
	if (__atomic_load_n(&vp->v_state, __ATOMIC_ACQUIRE) == VS_LOADING)
		return false;
	mutex_enter(vp->v_interlock);
	if (vp->v_state == VS_ACTIVE && (filter == NULL || filter(cl, vp))) {
		atomic_inc_uint(&vp->v_usecount);
		mutex_exit(vp->v_interlock);
		return true;
	}
	mutex_exit(vp->v_interlock);
	return false;
}

struct vnode *
vfs_vnode_iterator_next(struct vnode_iterator *vi,
    bool (*filter)(void *, struct vnode *), void *cl)
{
	struct vnodelst *list = &vi->vi_mount->mnt_vnodelist;
	struct vnode *marker = vi->vi_marker, *vp;

	mutex_enter(&mntvnode_lock);
	vp = TAILQ_NEXT(marker, v_mntvnodes);
	while (vp != NULL && !iterator_wants(vp, filter, cl))
		vp = TAILQ_NEXT(vp, v_mntvnodes);
	TAILQ_REMOVE(list, marker, v_mntvnodes);
	if (vp != NULL)
		TAILQ_INSERT_AFTER(list, vp, marker, v_mntvnodes);
	else
		TAILQ_INSERT_TAIL(list, marker, v_mntvnodes);
	mutex_exit(&mntvnode_lock);
	return vp;
}

void
vfs_vnode_iterator_destroy(struct vnode_iterator *vi)
{
	struct mount *mp = vi->vi_mount;

	mutex_enter(&mntvnode_lock);
	TAILQ_REMOVE(&mp->mnt_vnodelist, vi->vi_marker, v_mntvnodes);
	mutex_exit(&mntvnode_lock);
	kmem_free(vi->vi_marker, sizeof(*vi->vi_marker));
	kmem_free(vi, sizeof(*vi));
	vfs_destroy(mp);
}

/*
 * The end of a vnode.
 */

/* v_interlock held: wait, by flags, for the end of a reclamation. */
int
vdead_check(struct vnode *vp, int flags)
{

	KASSERT(mutex_owned(vp->v_interlock));
	while (vp->v_state == VS_RECLAIMING) {
		if (vp->v_reclaimer == curlwp || (flags & VDEAD_NOWAIT) != 0)
			return EBUSY;
		cv_wait(&vp->v_cv, vp->v_interlock);
	}
	return vp->v_state == VS_DEAD ? ENOENT : 0;
}

/* Write out and drop what is cached of VP; give up on it in the end. */
static void
vclean_buffers(struct vnode *vp)
{

	if (vinvalbuf(vp, V_SAVE, NOCRED, curlwp, false, 0) != 0)
		(void)vinvalbuf(vp, 0, NOCRED, curlwp, false, 0);
}

/*
 * Make VP, which is active, dead.  The caller has a reference and the vnode
 * lock, which is released, as is the interlock.  VOP_LOCK is not called in
 * the state of reclamation, since some file systems look at that.
 */
static void
vclean(struct vnode *vp)
{
	bool active, recycle;

	KASSERT(mutex_owned(vp->v_interlock));
	KASSERT(vp->v_state == VS_ACTIVE);

	__atomic_store_n(&vp->v_state, VS_RECLAIMING, __ATOMIC_RELAXED);
	vp->v_reclaimer = curlwp;
	active = vnode_uses(vp) > 1;
	mutex_exit(vp->v_interlock);

	cache_purge(vp);
	rump_vnode_forgetroot(vp);
	rump_vnode_keepkey(vp);
	vclean_buffers(vp);
	if ((vp->v_type == VBLK || vp->v_type == VCHR) &&
	    vp->v_specnode != NULL && active)
		spec_node_revoke(vp);
	if (active)
		VOP_INACTIVE(vp, &recycle);
	else
		VOP_UNLOCK(vp);
	if (VOP_RECLAIM(vp) != 0)
		panic("vclean: cannot reclaim vnode %p", vp);
	KASSERT(vp->v_data == NULL);

	vn_syncer_remove_from_worklist(vp);
	cache_purge(vp);
	if ((vp->v_type == VBLK || vp->v_type == VCHR) &&
	    vp->v_specnode != NULL)
		spec_node_destroy(vp);
	rump_vnode_setmount(vp, dead_rootmount);
	mutex_enter(vp->v_interlock);
	__atomic_store_n(&vp->v_op, dead_vnodeop_p, __ATOMIC_RELAXED);
	__atomic_store_n(&vp->v_vflag, (vp->v_vflag & ~VV_ROOT) |
	    VV_LOCKSWORK | VV_MPSAFE, __ATOMIC_RELAXED);
	vp->v_tag = VT_NON;
	vp->v_type = VBAD;
	vp->v_mountedhere = NULL;
	KNOTE(&vp->v_klist, NOTE_REVOKE);
	mutex_exit(vp->v_interlock);
	rump_vnode_died(vp);
}

bool
vrecycle(struct vnode *vp)
{

	if (vnode_uses(vp) != 1 || vn_lock(vp, LK_EXCLUSIVE) != 0)
		return false;
	mutex_enter(vp->v_interlock);
	if (vnode_uses(vp) != 1) {
		mutex_exit(vp->v_interlock);
		VOP_UNLOCK(vp);
		return false;
	}
	vclean(vp);
	vrele(vp);
	return true;
}

void
vgone(struct vnode *vp)
{

	if (vn_lock(vp, LK_EXCLUSIVE) == 0) {
		mutex_enter(vp->v_interlock);
		vclean(vp);
	}
	vrele(vp);
}

/* Revoke VP and, for a device, every vnode of the same device. */
void
vrevoke(struct vnode *vp)
{
	struct vnode *vq;
	enum vtype type;
	dev_t dev;

	mutex_enter(vp->v_interlock);
	if (vdead_check(vp, VDEAD_NOWAIT) != 0) {
		mutex_exit(vp->v_interlock);
		return;
	}
	if (vp->v_type != VBLK && vp->v_type != VCHR) {
		atomic_inc_uint(&vp->v_usecount);
		mutex_exit(vp->v_interlock);
		vgone(vp);
		return;
	}
	dev = vp->v_rdev;
	type = vp->v_type;
	mutex_exit(vp->v_interlock);
	while (spec_node_lookup_by_dev(type, dev, &vq) == 0)
		vgone(vq);
}

/*
 * Vnodes of a whole mount.
 */

static bool
vflush_wants(void *cl, struct vnode *vp)
{
	const int flags = *(int *)cl;

	if ((flags & SKIPSYSTEM) != 0 && (vp->v_vflag & VV_SYSTEM) != 0)
		return false;
	if ((flags & WRITECLOSE) != 0 &&
	    (vp->v_writecount == 0 || vp->v_type != VREG))
		return false;
	return true;
}

/* Flush one vnode, whose reference is consumed; EBUSY if it is in use. */
static int
vflush_one(struct vnode *vp, int flags)
{

	if (vrecycle(vp))
		return 0;
	if (flags & FORCECLOSE) {
		vgone(vp);
		return 0;
	}
	vrele(vp);
	return EBUSY;
}

int
vflush(struct mount *mp, struct vnode *skipvp, int flags)
{
	struct vnode_iterator *vi;
	struct vnode *vp;
	int busy = 0;

	vfs_vnode_iterator_init(mp, &vi);
	while ((vp = vfs_vnode_iterator_next(vi, vflush_wants, &flags)) !=
	    NULL) {
		if (vp == skipvp)
			vrele(vp);
		else if (vflush_one(vp, flags) != 0)
			busy++;
	}
	vfs_vnode_iterator_destroy(vi);
	return busy != 0 ? EBUSY : 0;
}
