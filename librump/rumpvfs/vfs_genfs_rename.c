/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Renaming, for file systems that describe themselves by a struct
 * genfs_rename_ops (genfs_rename(9)).
 *
 * The difficulty is the locks: up to four vnodes, and directories must stay
 * a tree.  Within one directory that directory is locked first, then its
 * entries.  Between two directories the caller holds the rename lock of the
 * mount, so the shape of the tree stands still; the directory that is an
 * ancestor of the other is locked first, otherwise the target's first.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/event.h>
#include <sys/kauth.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>

/* One side of a rename. */
struct rename_end {
	struct vnode	*re_dvp;	/* directory, referenced by the caller */
	struct componentname *re_cnp;
	void		*re_de;		/* the file system's, from gro_lookup */
	struct vnode	*re_vp;		/* what the name stands for, or NULL */
};

/*
 * From VOP_RENAME's argument to a function that wants nothing but the
 * directories and names, unlocked and looked up by itself.
 */
int
genfs_insane_rename(void *v,
    int (*sane_rename)(struct vnode *, struct componentname *,
    struct vnode *, struct componentname *, kauth_cred_t, bool))
{
	struct vop_rename_args *ap = v;
	struct vnode *fdvp = ap->a_fdvp, *fvp = ap->a_fvp;
	struct vnode *tdvp = ap->a_tdvp, *tvp = ap->a_tvp;
	kauth_cred_t cred = ap->a_tcnp->cn_cred;
	int error;

	/* The target's vnodes are locked, the source's are not. */
	if (tvp != NULL && tvp != tdvp)
		VOP_UNLOCK(tvp);
	VOP_UNLOCK(tdvp);
	vrele(fvp);
	if (tvp != NULL)
		vrele(tvp);
	error = (*sane_rename)(fdvp, ap->a_fcnp, tdvp, ap->a_tcnp, cred,
	    false);
	vrele(fdvp);
	vrele(tdvp);
	return error;
}

static bool
name_is_dots(const struct componentname *cnp)
{

	return (cnp->cn_namelen == 1 && cnp->cn_nameptr[0] == '.') ||
	    (cnp->cn_namelen == 2 && cnp->cn_nameptr[0] == '.' &&
	    cnp->cn_nameptr[1] == '.');
}

/* Lock what an end stands for, if it is not its own directory. */
static void
end_lock(struct rename_end *re, const struct vnode *other,
    const struct vnode *another)
{

	if (re->re_vp != NULL && re->re_vp != re->re_dvp &&
	    re->re_vp != other && re->re_vp != another)
		vn_lock(re->re_vp, LK_EXCLUSIVE | LK_RETRY);
}

static int
end_lookup(const struct genfs_rename_ops *ops, struct mount *mp,
    struct rename_end *re, bool musthave)
{
	int error;

	re->re_vp = NULL;
	error = (*ops->gro_lookup)(mp, re->re_dvp, re->re_cnp, re->re_de,
	    &re->re_vp);
	if (error == ENOENT && !musthave) {
		re->re_vp = NULL;
		error = 0;
	}
	return error;
}

/*
 * With all vnodes locked: check and do it.  *DOWNP: nothing was done
 * because both names stand for one file.
 */
static int
rename_locked(const struct genfs_rename_ops *ops, struct mount *mp,
    kauth_cred_t cred, struct rename_end *f, struct rename_end *t,
    bool posixly_correct)
{
	struct vnode *fdvp = f->re_dvp, *fvp = f->re_vp;
	struct vnode *tdvp = t->re_dvp, *tvp = t->re_vp;
	const bool isdir = fvp->v_type == VDIR;
	int error;

	/* A mount point must not be moved or replaced. */
	if (fvp->v_mountedhere != NULL && isdir)
		return EBUSY;
	if (tvp != NULL && tvp->v_type == VDIR && tvp->v_mountedhere != NULL)
		return EBUSY;
	if (fvp == tvp) {
		/* Two links to one file. */
		if (posixly_correct || isdir)
			return 0;
		if (fdvp == tdvp && f->re_cnp->cn_namelen ==
		    t->re_cnp->cn_namelen && memcmp(f->re_cnp->cn_nameptr,
		    t->re_cnp->cn_nameptr, f->re_cnp->cn_namelen) == 0)
			return 0;
		error = (*ops->gro_remove_check_possible)(mp, fdvp, fvp);
		if (error == 0)
			error = (*ops->gro_remove_check_permitted)(mp, cred,
			    fdvp, fvp);
		if (error == 0)
			error = (*ops->gro_remove)(mp, cred, fdvp, f->re_cnp,
			    f->re_de, fvp);
		return error;
	}
	error = (*ops->gro_rename_check_possible)(mp, fdvp, fvp, tdvp, tvp);
	if (error == 0)
		error = (*ops->gro_rename_check_permitted)(mp, cred, fdvp,
		    fvp, tdvp, tvp);
	if (error != 0)
		return error;
	if (tvp != NULL) {
		if (isdir && tvp->v_type != VDIR)
			return ENOTDIR;
		if (!isdir && tvp->v_type == VDIR)
			return EISDIR;
		if (isdir && !(*ops->gro_directory_empty_p)(mp, cred, tvp,
		    tdvp))
			return ENOTEMPTY;
	}
	error = (*ops->gro_rename)(mp, cred, fdvp, f->re_cnp, f->re_de, fvp,
	    tdvp, t->re_cnp, t->re_de, tvp);
	if (error != 0)
		return error;
	genfs_rename_knote(fdvp, fvp, tdvp, tvp,
	    tvp != NULL && tvp->v_type == VDIR);
	genfs_rename_cache_purge(fdvp, fvp, tdvp, tvp);
	return 0;
}

static void
end_unlock(struct rename_end *re, bool unlock)
{

	if (re->re_vp == NULL)
		return;
	if (unlock)
		VOP_UNLOCK(re->re_vp);
	vrele(re->re_vp);
}

/* Both names in one directory. */
static int
rename_within(const struct genfs_rename_ops *ops, struct mount *mp,
    kauth_cred_t cred, struct rename_end *f, struct rename_end *t,
    bool posixly_correct)
{
	struct vnode *dvp = f->re_dvp;
	int error;

	error = (*ops->gro_lock_directory)(mp, dvp);
	if (error != 0)
		return error;
	error = end_lookup(ops, mp, f, true);
	if (error != 0)
		goto out;
	error = end_lookup(ops, mp, t, false);
	if (error != 0) {
		vrele(f->re_vp);
		goto out;
	}
	/* In one directory any order will do, it keeps the others out. */
	end_lock(f, NULL, NULL);
	end_lock(t, f->re_vp, NULL);
	error = rename_locked(ops, mp, cred, f, t, posixly_correct);
	end_unlock(t, t->re_vp != f->re_vp && t->re_vp != dvp);
	end_unlock(f, f->re_vp != dvp);
out:
	VOP_UNLOCK(dvp);
	return error;
}

/*
 * Lock both directories.  *INTERP: the entry of the upper directory on the
 * way to the lower one, referenced, or NULL; *FUPPERP: the source's
 * directory is the upper one.
 */
static int
rename_lockdirs(const struct genfs_rename_ops *ops, struct mount *mp,
    kauth_cred_t cred, struct vnode *fdvp, struct vnode *tdvp,
    struct vnode **interp, bool *fupperp)
{
	struct vnode *first, *second;
	int error;

	/* Is the source's directory an ancestor of the target's? */
	*interp = NULL;
	error = (*ops->gro_genealogy)(mp, cred, fdvp, tdvp, interp);
	if (error != 0)
		return error;
	*fupperp = *interp != NULL;
	first = *fupperp ? fdvp : tdvp;
	second = *fupperp ? tdvp : fdvp;
	error = (*ops->gro_lock_directory)(mp, first);
	if (error == 0) {
		error = (*ops->gro_lock_directory)(mp, second);
		if (error != 0)
			VOP_UNLOCK(first);
	}
	if (error != 0 && *interp != NULL) {
		vrele(*interp);
		*interp = NULL;
	}
	return error;
}

/* From one directory to another; the mount's rename lock is held. */
static int
rename_across(const struct genfs_rename_ops *ops, struct mount *mp,
    kauth_cred_t cred, struct rename_end *f, struct rename_end *t,
    bool posixly_correct)
{
	struct vnode *fdvp = f->re_dvp, *tdvp = t->re_dvp, *inter;
	bool fupper, unlockf, unlockt;
	int error;

	error = rename_lockdirs(ops, mp, cred, fdvp, tdvp, &inter, &fupper);
	if (error != 0)
		return error;
	error = end_lookup(ops, mp, f, true);
	if (error != 0)
		goto out;
	/* The source is on the way to the target: into itself. */
	if (f->re_vp == inter || f->re_vp == tdvp) {
		error = EINVAL;
		vrele(f->re_vp);
		goto out;
	}
	error = end_lookup(ops, mp, t, false);
	if (error != 0) {
		vrele(f->re_vp);
		goto out;
	}
	/* The target is an ancestor of the source: it cannot be empty. */
	if (t->re_vp != NULL && (t->re_vp == fdvp ||
	    (!fupper && t->re_vp->v_type == VDIR &&
	    f->re_vp == t->re_vp))) {
		error = t->re_vp == fdvp ? ENOTEMPTY : 0;
		if (error != 0) {
			vrele(t->re_vp);
			vrele(f->re_vp);
			goto out;
		}
	}
	unlockf = f->re_vp != fdvp && f->re_vp != tdvp;
	unlockt = t->re_vp != NULL && t->re_vp != f->re_vp &&
	    t->re_vp != fdvp && t->re_vp != tdvp;
	if (unlockf)
		vn_lock(f->re_vp, LK_EXCLUSIVE | LK_RETRY);
	if (unlockt)
		vn_lock(t->re_vp, LK_EXCLUSIVE | LK_RETRY);
	error = rename_locked(ops, mp, cred, f, t, posixly_correct);
	end_unlock(t, unlockt);
	end_unlock(f, unlockf);
out:
	VOP_UNLOCK(fdvp);
	VOP_UNLOCK(tdvp);
	if (inter != NULL)
		vrele(inter);
	return error;
}

/*
 * Rename, the vnodes referenced and unlocked.  FDE and TDE are what
 * gro_lookup fills for gro_rename and gro_remove.
 */
int
genfs_sane_rename(const struct genfs_rename_ops *ops,
    struct vnode *fdvp, struct componentname *fcnp, void *fde,
    struct vnode *tdvp, struct componentname *tcnp, void *tde,
    kauth_cred_t cred, bool posixly_correct)
{
	struct rename_end f = { fdvp, fcnp, fde, NULL };
	struct rename_end t = { tdvp, tcnp, tde, NULL };
	struct mount *mp = fdvp->v_mount;

	if (mp != tdvp->v_mount)
		return EXDEV;
	if (name_is_dots(fcnp) || name_is_dots(tcnp))
		return EINVAL;
	if (fdvp == tdvp)
		return rename_within(ops, mp, cred, &f, &t, posixly_correct);
	return rename_across(ops, mp, cred, &f, &t, posixly_correct);
}

/* Tell the watchers. */
void
genfs_rename_knote(struct vnode *fdvp, struct vnode *fvp, struct vnode *tdvp,
    struct vnode *tvp, bool wasdir)
{
	long hint = NOTE_WRITE;

	/* A directory that moves changes link counts. */
	if (fvp->v_type == VDIR && fdvp != tdvp)
		hint |= NOTE_LINK;
	VN_KNOTE(fdvp, hint);
	VN_KNOTE(fvp, NOTE_RENAME);
	if (tvp != NULL)
		VN_KNOTE(tvp, NOTE_DELETE);
	if (tdvp != fdvp)
		VN_KNOTE(tdvp, hint);
}

/* Forget names that are wrong now. */
void
genfs_rename_cache_purge(struct vnode *fdvp, struct vnode *fvp,
    struct vnode *tdvp, struct vnode *tvp)
{

	/* The names of the file, and negative ones in the target. */
	cache_purge1(fvp, NULL, 0, PURGE_PARENTS);
	if (fvp->v_type == VDIR)
		cache_purge1(fvp, "..", 2, 0);
	if (tvp != NULL)
		cache_purge(tvp);
	cache_purge1(fdvp, NULL, 0, PURGE_CHILDREN);
	if (tdvp != fdvp)
		cache_purge1(tdvp, NULL, 0, PURGE_CHILDREN);
}

/*
 * Checks for file systems with flags and modes like UFS.
 */

int
genfs_ufslike_rename_check_possible(unsigned long fdflags,
    unsigned long fflags, unsigned long tdflags, unsigned long tflags,
    bool clobber, unsigned long immutable, unsigned long append)
{

	if ((fdflags | fflags) & (immutable | append))
		return EPERM;
	if (tdflags & (immutable | (clobber ? append : 0)))
		return EPERM;
	if (clobber && (tflags & (immutable | append)) != 0)
		return EPERM;
	return 0;
}

/* Removing VP from DVP, by the sticky bit of DVP. */
static int
check_sticky(kauth_cred_t cred, mode_t dmode, uid_t duid, struct vnode *vp,
    uid_t uid)
{

	if ((dmode & S_ISTXT) == 0)
		return 0;
	return kauth_authorize_vnode(cred, KAUTH_VNODE_DELETE, vp, NULL,
	    genfs_can_sticky(cred, duid, uid));
}

int
genfs_ufslike_rename_check_permitted(kauth_cred_t cred,
    struct vnode *fdvp, mode_t fdmode, uid_t fduid,
    struct vnode *fvp, uid_t fuid,
    struct vnode *tdvp, mode_t tdmode, uid_t tduid,
    struct vnode *tvp, uid_t tuid)
{
	int error;

	error = VOP_ACCESS(fdvp, VWRITE, cred);
	if (error == 0)
		error = VOP_ACCESS(tdvp, VWRITE, cred);
	/* A directory that moves gets another "..". */
	if (error == 0 && fvp->v_type == VDIR && fdvp != tdvp)
		error = VOP_ACCESS(fvp, VWRITE, cred);
	if (error == 0)
		error = check_sticky(cred, fdmode, fduid, fvp, fuid);
	if (error == 0 && tvp != NULL)
		error = check_sticky(cred, tdmode, tduid, tvp, tuid);
	return error;
}

int
genfs_ufslike_remove_check_possible(unsigned long dflags,
    unsigned long flags, unsigned long immutable, unsigned long append)
{

	return ((dflags | flags) & (immutable | append)) != 0 ? EPERM : 0;
}

int
genfs_ufslike_remove_check_permitted(kauth_cred_t cred,
    struct vnode *dvp, mode_t dmode, uid_t duid, struct vnode *vp, uid_t uid)
{
	int error;

	error = VOP_ACCESS(dvp, VWRITE, cred);
	if (error == 0)
		error = check_sticky(cred, dmode, duid, vp, uid);
	return error;
}
