/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_rename.c - renaming, by genfs_rename(9), which locks the directories
 * and files involved in a safe order and keeps the directories a tree.
 *
 * Locking: all vnodes are locked exclusively in gro_rename and gro_remove; the
 * mount's rename lock keeps directories where they are.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/namei.h>

#include <miscfs/genfs/genfs.h>

static bool
rename_directory_empty_p(struct mount *mp, kauth_cred_t cred,
    struct vnode *vp, struct vnode *dvp)
{

	return tmpfs_dir_empty(VP_TO_TMPFS_NODE(vp));
}

static int
rename_check_possible(struct mount *mp, struct vnode *fdvp, struct vnode *fvp,
    struct vnode *tdvp, struct vnode *tvp)
{

	return genfs_ufslike_rename_check_possible(
	    VP_TO_TMPFS_NODE(fdvp)->tn_flags, VP_TO_TMPFS_NODE(fvp)->tn_flags,
	    VP_TO_TMPFS_NODE(tdvp)->tn_flags,
	    tvp != NULL ? VP_TO_TMPFS_NODE(tvp)->tn_flags : 0, tvp != NULL,
	    IMMUTABLE, APPEND);
}

static int
rename_check_permitted(struct mount *mp, kauth_cred_t cred,
    struct vnode *fdvp, struct vnode *fvp,
    struct vnode *tdvp, struct vnode *tvp)
{
	struct tmpfs_node *fdnode = VP_TO_TMPFS_NODE(fdvp);
	struct tmpfs_node *tdnode = VP_TO_TMPFS_NODE(tdvp);

	return genfs_ufslike_rename_check_permitted(cred,
	    fdvp, fdnode->tn_mode, fdnode->tn_uid,
	    fvp, VP_TO_TMPFS_NODE(fvp)->tn_uid,
	    tdvp, tdnode->tn_mode, tdnode->tn_uid,
	    tvp, tvp != NULL ? VP_TO_TMPFS_NODE(tvp)->tn_uid : 0);
}

static int
remove_check_possible(struct mount *mp, struct vnode *dvp, struct vnode *vp)
{

	return genfs_ufslike_remove_check_possible(
	    VP_TO_TMPFS_NODE(dvp)->tn_flags, VP_TO_TMPFS_NODE(vp)->tn_flags,
	    IMMUTABLE, APPEND);
}

static int
remove_check_permitted(struct mount *mp, kauth_cred_t cred,
    struct vnode *dvp, struct vnode *vp)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);

	return genfs_ufslike_remove_check_permitted(cred, dvp,
	    dnode->tn_mode, dnode->tn_uid, vp, VP_TO_TMPFS_NODE(vp)->tn_uid);
}

/* The moved directory's ".." now names another directory. */
static void
reparent(struct vnode *vp, struct vnode *fdvp, struct vnode *tdvp)
{

	if (vp->v_type == VDIR && fdvp != tdvp)
		tmpfs_dir_setparent(VP_TO_TMPFS(vp), VP_TO_TMPFS_NODE(vp),
		    VP_TO_TMPFS_NODE(tdvp));
}

/* The file that the new name meant until now. */
static void
clobbered(struct vnode *vp)
{

	if (vp->v_type == VDIR) {
		tmpfs_dir_purge(VP_TO_TMPFS(vp), VP_TO_TMPFS_NODE(vp));
		tmpfs_dir_setparent(VP_TO_TMPFS(vp), VP_TO_TMPFS_NODE(vp),
		    NULL);
	}
	tmpfs_touch(vp, TMPFS_CTIME);
}

/*
 * Everything that can fail is done before anything changes: then the new
 * name goes in or changes its meaning, and the old one is taken out.
 */
static int
rename_names(struct mount *mp, kauth_cred_t cred,
    struct vnode *fdvp, struct componentname *fcnp, void *fde,
    struct vnode *fvp, struct vnode *tdvp, struct componentname *tcnp,
    void *tde, struct vnode *tvp)
{
	struct tmpfs_mount *tm = VFS_TO_TMPFS(mp);
	struct tmpfs_node *fnode = VP_TO_TMPFS_NODE(fvp);
	struct tmpfs_node *tdnode = VP_TO_TMPFS_NODE(tdvp);
	struct tmpfs_dirent *from = *(struct tmpfs_dirent **)fde, *to = NULL;

	KASSERT(from != NULL && from->td_node == fnode);
	if (tcnp->cn_namelen > TMPFS_MAXNAMLEN)
		return ENAMETOOLONG;
	if (fvp->v_type == VDIR && fdvp != tdvp && tvp == NULL &&
	    tdnode->tn_links >= TMPFS_LINK_MAX)
		return EMLINK;
	if (tvp == NULL) {
		to = tmpfs_dirent_new(tm, tcnp->cn_nameptr, tcnp->cn_namelen);
		if (to == NULL)
			return ENOSPC;
	}

	if (tvp != NULL) {
		to = *(struct tmpfs_dirent **)tde;
		KASSERT(to != NULL && to->td_node == VP_TO_TMPFS_NODE(tvp));
		tmpfs_dir_renode(tdvp, to, fnode);
		clobbered(tvp);
	} else {
		tmpfs_dir_unwhite(tdvp, tcnp);
		tmpfs_dir_attach(tdvp, to, fnode);
	}
	tmpfs_dir_drop(fdvp, from, fcnp);
	reparent(fvp, fdvp, tdvp);
	tmpfs_touch(fvp, TMPFS_CTIME);
	genfs_rename_cache_purge(fdvp, fvp, tdvp, tvp);
	genfs_rename_knote(fdvp, fvp, tdvp, tvp,
	    tvp != NULL && VP_TO_TMPFS_NODE(tvp)->tn_links == 0);
	return 0;
}

/* Both names mean one file: only the old one goes. */
static int
rename_remove(struct mount *mp, kauth_cred_t cred, struct vnode *dvp,
    struct componentname *cnp, void *dep, struct vnode *vp)
{
	struct tmpfs_dirent *de = *(struct tmpfs_dirent **)dep;

	KASSERT(de != NULL && de->td_node == VP_TO_TMPFS_NODE(vp));
	cache_purge(vp);
	tmpfs_dir_drop(dvp, de, cnp);
	tmpfs_touch(vp, TMPFS_CTIME);
	VN_KNOTE(dvp, NOTE_WRITE);
	VN_KNOTE(vp, NOTE_LINK);
	return 0;
}

static int
rename_lookup(struct mount *mp, struct vnode *dvp, struct componentname *cnp,
    void *de_ret, struct vnode **vp_ret)
{
	struct tmpfs_dirent *de, **dep = de_ret;

	*dep = NULL;
	*vp_ret = NULL;
	de = tmpfs_dir_find(VP_TO_TMPFS_NODE(dvp), cnp->cn_nameptr,
	    cnp->cn_namelen);
	if (de == NULL || de->td_node == NULL)
		return ENOENT;
	*dep = de;
	return vcache_get(mp, &de->td_node->tn_id,
	    sizeof(de->td_node->tn_id), vp_ret);
}

/*
 * Is fdvp above tdvp?  Then the directory just below fdvp on the way down is
 * returned, referenced.
 */
static int
rename_genealogy(struct mount *mp, kauth_cred_t cred, struct vnode *fdvp,
    struct vnode *tdvp, struct vnode **ret)
{
	struct tmpfs_mount *tm = VFS_TO_TMPFS(mp);
	struct tmpfs_node *fdnode = VP_TO_TMPFS_NODE(fdvp);
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(tdvp), *parent;
	ino_t id = 0;
	int error = 0;

	*ret = NULL;
	/*
	 * A directory with a child is never removed and none moves while the
	 * rename lock is held, so that the way up stays; the lock below is
	 * for the parent pointers of those that are just being removed.
	 */
	mutex_enter(&tm->tm_lock);
	while (node != tm->tm_root) {
		parent = node->tn_dir.parent;
		if (parent == NULL) {
			error = ENOENT;
			break;
		}
		if (parent == fdnode) {
			id = node->tn_id;
			break;
		}
		node = parent;
	}
	mutex_exit(&tm->tm_lock);
	if (error != 0 || id == 0)
		return error;
	return vcache_get(mp, &id, sizeof(id), ret);
}

static int
rename_lock_directory(struct mount *mp, struct vnode *vp)
{
	int error;

	error = vn_lock(vp, LK_EXCLUSIVE);
	if (error != 0)
		return error;
	if (VP_TO_TMPFS_NODE(vp)->tn_links == 0) {
		VOP_UNLOCK(vp);
		return ENOENT;
	}
	return 0;
}

static const struct genfs_rename_ops rename_ops = {
	.gro_directory_empty_p = rename_directory_empty_p,
	.gro_rename_check_possible = rename_check_possible,
	.gro_rename_check_permitted = rename_check_permitted,
	.gro_remove_check_possible = remove_check_possible,
	.gro_remove_check_permitted = remove_check_permitted,
	.gro_rename = rename_names,
	.gro_remove = rename_remove,
	.gro_lookup = rename_lookup,
	.gro_genealogy = rename_genealogy,
	.gro_lock_directory = rename_lock_directory,
};

static int
sane_rename(struct vnode *fdvp, struct componentname *fcnp,
    struct vnode *tdvp, struct componentname *tcnp, kauth_cred_t cred,
    bool posixly_correct)
{
	struct tmpfs_dirent *fde, *tde;

	return genfs_sane_rename(&rename_ops, fdvp, fcnp, &fde, tdvp, tcnp,
	    &tde, cred, posixly_correct);
}

int
tmpfs_rename(void *v)
{

	return genfs_insane_rename(v, sane_rename);
}
