/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Renaming for any file system, genfs_rename(9): looking up again, locking in
 * an order free of deadlock, and every check that keeps directories a tree.
 *
 * Locking.  A directory is locked before what is in it, so everybody who holds
 * two locks goes down the tree.  Renames between directories hold the mount's
 * rename lock as well: there is one at a time, and directories stay where
 * they are meanwhile.  Of two directories the upper one is locked first; if
 * neither is above the other nobody else can hold one and wait for the other.
 * Of the two files, directories come first, then the lower address: only
 * files that are not directories can be in several directories, where another
 * rename could meet them the other way round.
 *
 * Telling watchers and purging the name cache is the file system's part, in
 * gro_rename and gro_remove; there is a function for each below.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kauth.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>

/* One rename under way. */
struct rename {
	const struct genfs_rename_ops *ops;
	struct mount	*mp;
	kauth_cred_t	cred;
	bool		posix;
	struct vnode	*fdvp, *tdvp;	/* the caller's */
	struct vnode	*fvp, *tvp;	/* ours, referenced */
	struct componentname *fcnp, *tcnp;
	void		*fde, *tde;
	struct vnode	*above_to;	/* in fdvp, on the way to tdvp */
	struct vnode	*above_from;	/* in tdvp, on the way to fdvp */
};

int
genfs_insane_rename(void *v, int (*sane)(struct vnode *,
    struct componentname *, struct vnode *, struct componentname *,
    kauth_cred_t, bool))
{
	struct vop_rename_args *ap = v;
	struct vnode *fdvp = ap->a_fdvp, *tdvp = ap->a_tdvp;
	struct vnode *tvp = ap->a_tvp;
	int error;

	/* The files are looked up again when the directories are locked. */
	if (tvp != NULL) {
		if (tvp != tdvp)
			VOP_UNLOCK(tvp);
		vrele(tvp);
	}
	VOP_UNLOCK(tdvp);
	error = fdvp->v_mount != tdvp->v_mount ? EXDEV :
	    (*sane)(fdvp, ap->a_fcnp, tdvp, ap->a_tcnp,
	    ap->a_fcnp->cn_cred, false);
	vrele(ap->a_fvp);
	vrele(fdvp);
	vrele(tdvp);
	return error;
}

static bool
is_dot(const struct componentname *cnp)
{

	return cnp->cn_namelen <= 2 && cnp->cn_nameptr[0] == '.' &&
	    (cnp->cn_namelen == 1 || cnp->cn_nameptr[1] == '.');
}

static bool
same_name(const struct rename *r)
{

	return r->fdvp == r->tdvp &&
	    r->fcnp->cn_namelen == r->tcnp->cn_namelen &&
	    memcmp(r->fcnp->cn_nameptr, r->tcnp->cn_nameptr,
	    r->fcnp->cn_namelen) == 0;
}

static int
lock_two(struct rename *r, struct vnode *first, struct vnode *second)
{
	int error;

	error = (*r->ops->gro_lock_directory)(r->mp, first);
	if (error != 0)
		return error;
	error = (*r->ops->gro_lock_directory)(r->mp, second);
	if (error != 0)
		VOP_UNLOCK(first);
	return error;
}

/*
 * Lock both directories.  What is found about who is above whom stays true
 * under the rename lock.
 */
static int
lock_directories(struct rename *r)
{
	int error;

	if (r->fdvp == r->tdvp)
		return (*r->ops->gro_lock_directory)(r->mp, r->fdvp);
	KASSERT(mutex_owned(&r->mp->mnt_renamelock));

	error = (*r->ops->gro_genealogy)(r->mp, r->cred, r->fdvp, r->tdvp,
	    &r->above_to);
	if (error != 0)
		return error;
	if (r->above_to != NULL)
		return lock_two(r, r->fdvp, r->tdvp);
	error = (*r->ops->gro_genealogy)(r->mp, r->cred, r->tdvp, r->fdvp,
	    &r->above_from);
	if (error != 0)
		return error;
	return lock_two(r, r->tdvp, r->fdvp);
}

static void
unlock_directories(struct rename *r)
{

	VOP_UNLOCK(r->fdvp);
	if (r->tdvp != r->fdvp)
		VOP_UNLOCK(r->tdvp);
}

static int
lookup_both(struct rename *r)
{
	int error;

	error = (*r->ops->gro_lookup)(r->mp, r->fdvp, r->fcnp, r->fde,
	    &r->fvp);
	if (error != 0) {
		r->fvp = NULL;
		return error;
	}
	/* Into itself, or over a directory that it is in. */
	if (r->fvp == r->above_to)
		return EINVAL;
	error = (*r->ops->gro_lookup)(r->mp, r->tdvp, r->tcnp, r->tde,
	    &r->tvp);
	if (error != 0) {
		r->tvp = NULL;
		return error == ENOENT ? 0 : error;
	}
	return r->tvp == r->above_from ? ENOTEMPTY : 0;
}

static int
lock_files(struct rename *r)
{
	struct vnode *first = r->fvp, *second = r->tvp;
	bool fdir, tdir;
	int error;

	if (second == NULL || second == first)
		return vn_lock(first, LK_EXCLUSIVE);
	fdir = first->v_type == VDIR;
	tdir = second->v_type == VDIR;
	if ((tdir && !fdir) || (tdir == fdir && second < first)) {
		first = r->tvp;
		second = r->fvp;
	}
	error = vn_lock(first, LK_EXCLUSIVE);
	if (error != 0)
		return error;
	error = vn_lock(second, LK_EXCLUSIVE);
	if (error != 0)
		VOP_UNLOCK(first);
	return error;
}

static void
unlock_files(struct rename *r)
{

	VOP_UNLOCK(r->fvp);
	if (r->tvp != NULL && r->tvp != r->fvp)
		VOP_UNLOCK(r->tvp);
}

/* Types, mount points, emptiness. */
static int
check_types(struct rename *r)
{
	struct vnode *fvp = r->fvp, *tvp = r->tvp;

	if (fvp->v_type == VDIR && fvp->v_mountedhere != NULL)
		return EBUSY;
	if (tvp == NULL)
		return 0;
	if (tvp->v_type == VDIR && tvp->v_mountedhere != NULL)
		return EBUSY;
	if (fvp->v_type == VDIR && tvp->v_type != VDIR)
		return ENOTDIR;
	if (fvp->v_type != VDIR && tvp->v_type == VDIR)
		return EISDIR;
	if (tvp->v_type == VDIR && !(*r->ops->gro_directory_empty_p)(r->mp,
	    r->cred, tvp, r->tdvp))
		return ENOTEMPTY;
	return 0;
}

/* Two names of one file: the old one goes, unless POSIX forbids it. */
static int
rename_same(struct rename *r)
{
	int error;

	if (r->posix || same_name(r))
		return 0;
	error = (*r->ops->gro_remove_check_possible)(r->mp, r->fdvp, r->fvp);
	if (error == 0)
		error = (*r->ops->gro_remove_check_permitted)(r->mp, r->cred,
		    r->fdvp, r->fvp);
	if (error == 0)
		error = (*r->ops->gro_remove)(r->mp, r->cred, r->fdvp,
		    r->fcnp, r->fde, r->fvp);
	return error;
}

/* Everything is locked. */
static int
rename_locked(struct rename *r)
{
	int error;

	if (r->fvp == r->tvp)
		return rename_same(r);
	error = check_types(r);
	if (error == 0)
		error = (*r->ops->gro_rename_check_possible)(r->mp, r->fdvp,
		    r->fvp, r->tdvp, r->tvp);
	if (error == 0)
		error = (*r->ops->gro_rename_check_permitted)(r->mp, r->cred,
		    r->fdvp, r->fvp, r->tdvp, r->tvp);
	if (error != 0)
		return error;
	/* Somebody may have looked for the new name since it was unlocked. */
	cache_purge1(r->tdvp, r->tcnp->cn_nameptr, r->tcnp->cn_namelen, 0);
	return (*r->ops->gro_rename)(r->mp, r->cred, r->fdvp, r->fcnp,
	    r->fde, r->fvp, r->tdvp, r->tcnp, r->tde, r->tvp);
}

static int
rename_directories_locked(struct rename *r)
{
	int error;

	error = lookup_both(r);
	if (error != 0)
		return error;
	error = lock_files(r);
	if (error != 0)
		return error;
	error = rename_locked(r);
	unlock_files(r);
	return error;
}

int
genfs_sane_rename(const struct genfs_rename_ops *ops,
    struct vnode *fdvp, struct componentname *fcnp, void *fde,
    struct vnode *tdvp, struct componentname *tcnp, void *tde,
    kauth_cred_t cred, bool posixly_correct)
{
	struct rename r = {
		.ops = ops, .mp = fdvp->v_mount, .cred = cred,
		.posix = posixly_correct,
		.fdvp = fdvp, .fcnp = fcnp, .fde = fde,
		.tdvp = tdvp, .tcnp = tcnp, .tde = tde,
	};
	int error;

	KASSERT(fdvp->v_mount == tdvp->v_mount);
	if (fdvp->v_type != VDIR || tdvp->v_type != VDIR)
		return ENOTDIR;
	if (is_dot(fcnp) || is_dot(tcnp))
		return EINVAL;
	if (r.mp->mnt_flag & MNT_RDONLY)
		return EROFS;
	error = lock_directories(&r);
	if (error == 0) {
		error = rename_directories_locked(&r);
		unlock_directories(&r);
	}
	/* The last reference may remove a file: not with the locks held. */
	if (r.fvp != NULL)
		vrele(r.fvp);
	if (r.tvp != NULL)
		vrele(r.tvp);
	if (r.above_to != NULL)
		vrele(r.above_to);
	if (r.above_from != NULL)
		vrele(r.above_from);
	return error;
}

void
genfs_rename_knote(struct vnode *fdvp, struct vnode *fvp, struct vnode *tdvp,
    struct vnode *tvp, bool deleted_p)
{
	long fhint = NOTE_WRITE, thint = NOTE_WRITE;

	/* Subdirectories count as links of the directory they are in. */
	if (fvp->v_type == VDIR && fdvp != tdvp)
		fhint |= NOTE_LINK;
	if (fvp->v_type == VDIR && fdvp != tdvp && tvp == NULL)
		thint |= NOTE_LINK;
	if (fvp->v_type == VDIR && fdvp == tdvp && tvp != NULL)
		fhint |= NOTE_LINK;
	VN_KNOTE(fdvp, fhint);
	VN_KNOTE(fvp, NOTE_RENAME);
	if (tdvp != fdvp)
		VN_KNOTE(tdvp, thint);
	if (tvp != NULL)
		VN_KNOTE(tvp, deleted_p ? NOTE_DELETE : NOTE_LINK);
}

void
genfs_rename_cache_purge(struct vnode *fdvp, struct vnode *fvp,
    struct vnode *tdvp, struct vnode *tvp)
{

	/* All names of the file; a moved directory has another "..". */
	if (fvp->v_type == VDIR && fdvp != tdvp)
		cache_purge(fvp);
	else
		cache_purge1(fvp, NULL, 0, PURGE_PARENTS);
	if (tvp != NULL)
		cache_purge(tvp);
}

/*
 * Checks of file systems with flags, modes and sticky directories.
 */

int
genfs_ufslike_remove_check_possible(unsigned long dflags,
    unsigned long flags, unsigned long immutable, unsigned long append)
{

	if (((dflags | flags) & (immutable | append)) != 0)
		return EPERM;
	return 0;
}

int
genfs_ufslike_rename_check_possible(unsigned long fdflags,
    unsigned long fflags, unsigned long tdflags, unsigned long tflags,
    bool clobber_p, unsigned long immutable, unsigned long append)
{
	int error;

	error = genfs_ufslike_remove_check_possible(fdflags, fflags,
	    immutable, append);
	if (error != 0)
		return error;
	/* A directory that may only grow takes a new name. */
	if ((tdflags & immutable) != 0)
		return EPERM;
	if (clobber_p)
		return genfs_ufslike_remove_check_possible(tdflags, tflags,
		    immutable, append);
	return 0;
}

int
genfs_ufslike_remove_check_permitted(kauth_cred_t cred, struct vnode *dvp,
    mode_t dmode, uid_t duid, struct vnode *vp, uid_t uid)
{
	int error;

	error = VOP_ACCESS(dvp, VWRITE, cred);
	if (error != 0 || (dmode & S_ISTXT) == 0)
		return error;
	return kauth_authorize_vnode(cred, KAUTH_VNODE_DELETE, vp, dvp,
	    genfs_can_sticky(cred, duid, uid));
}

int
genfs_ufslike_rename_check_permitted(kauth_cred_t cred,
    struct vnode *fdvp, mode_t fdmode, uid_t fduid, struct vnode *fvp,
    uid_t fuid, struct vnode *tdvp, mode_t tdmode, uid_t tduid,
    struct vnode *tvp, uid_t tuid)
{
	int error;

	error = genfs_ufslike_remove_check_permitted(cred, fdvp, fdmode,
	    fduid, fvp, fuid);
	if (error != 0)
		return error;
	error = tvp != NULL ? genfs_ufslike_remove_check_permitted(cred,
	    tdvp, tdmode, tduid, tvp, tuid) : VOP_ACCESS(tdvp, VWRITE, cred);
	if (error != 0)
		return error;
	/* A moved directory's ".." is changed. */
	if (fvp->v_type == VDIR && fdvp != tdvp)
		error = VOP_ACCESS(fvp, VWRITE, cred);
	return error;
}
