/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Names in the root file system: lookup, creation, removal, rename.
 *
 * Locking: directories come locked; rename comes without the lock of its
 * source, so that everything here looks again under rumpfs_lock before it
 * changes the tree.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>

#include <rump-priv/mem.h>

#include "rumpfs.h"
#include "rumpfs_vnops.h"

#define NODE_ROOM	16384	/* bytes, for a node with its name and vnode */

/*
 * Lookup.
 */

/* The vnode of a node that the caller has a reference to, which goes. */
static int
node_vnode(struct mount *mp, struct rumpfs_node *rn, struct vnode **vpp)
{
	int error;

	error = vcache_get(mp, &rn->rn_self, sizeof(rn->rn_self), vpp);
	rumpfs_noderele(rn);
	return error;
}

/* The node of a name, referenced; NULL if there is none. */
static struct rumpfs_node *
dir_find(struct rumpfs_node *dir, const struct componentname *cnp)
{
	struct rumpfs_node *rn = NULL;
	struct rumpfs_dirent *rd;

	mutex_enter(&rumpfs_lock);
	if ((cnp->cn_flags & ISDOTDOT) != 0)
		rn = dir->rn_parent;
	else if ((rd = rumpfs_lookup(dir, cnp->cn_nameptr,
	    cnp->cn_namelen)) != NULL)
		rn = rd->rd_node;
	if (rn != NULL)
		rn->rn_refs++;
	mutex_exit(&rumpfs_lock);
	return rn;
}

/* May the entry be removed from a directory that has the sticky bit? */
static int
check_sticky(struct vnode *dvp, struct vnode *vp, kauth_cred_t cred)
{
	const struct rumpfs_node *dir = VTORN(dvp);

	if ((dir->rn_mode & S_ISTXT) == 0)
		return 0;
	return kauth_authorize_vnode(cred, KAUTH_VNODE_DELETE, vp, dvp,
	    genfs_can_sticky(cred, dir->rn_uid, VTORN(vp)->rn_uid));
}

/* The name is not there. */
static int
lookup_missing(struct vnode *dvp, struct componentname *cnp)
{
	int error;

	if ((cnp->cn_flags & ISLASTCN) == 0 ||
	    (cnp->cn_nameiop != CREATE && cnp->cn_nameiop != RENAME))
		return ENOENT;
	if ((error = VOP_ACCESS(dvp, VWRITE, cnp->cn_cred)) != 0)
		return error;
	return EJUSTRETURN;
}

/* The name is there and is to go, or to be replaced. */
static int
lookup_removable(struct vnode *dvp, struct vnode *vp,
    struct componentname *cnp)
{
	int error;

	if ((cnp->cn_flags & ISLASTCN) == 0 ||
	    (cnp->cn_nameiop != DELETE && cnp->cn_nameiop != RENAME))
		return 0;
	if ((error = VOP_ACCESS(dvp, VWRITE, cnp->cn_cred)) != 0)
		return error;
	return check_sticky(dvp, vp, cnp->cn_cred);
}

int
rumpfs_lookupop(void *v)
{
	struct vop_lookup_v2_args *ap = v;
	struct vnode *dvp = ap->a_dvp, *vp = NULL;
	struct componentname *cnp = ap->a_cnp;
	struct rumpfs_node *dir = VTORN(dvp), *rn;
	int error;

	*ap->a_vpp = NULL;
	if ((error = VOP_ACCESS(dvp, VEXEC, cnp->cn_cred)) != 0)
		return error;
	if (cnp->cn_namelen == 1 && cnp->cn_nameptr[0] == '.') {
		vref(dvp);
		*ap->a_vpp = dvp;
		return 0;
	}
	if (cnp->cn_namelen > NAME_MAX)
		return ENAMETOOLONG;
	if (cache_lookup(dvp, cnp->cn_nameptr, cnp->cn_namelen,
	    cnp->cn_nameiop, cnp->cn_flags, NULL, &vp)) {
		*ap->a_vpp = vp;
		return vp == NULL ? ENOENT : 0;
	}
	rn = dir_find(dir, cnp);
	if (rn == NULL && dir->rn_hostpath != NULL) {
		error = rumpfs_hostlookup(dir, cnp->cn_nameptr,
		    cnp->cn_namelen);
		if (error != 0 && error != ENOENT)
			return error;
		rn = error == 0 ? dir_find(dir, cnp) : NULL;
	}
	if (rn == NULL)
		return lookup_missing(dvp, cnp);
	if ((error = node_vnode(dvp->v_mount, rn, &vp)) != 0)
		return error;
	if ((error = lookup_removable(dvp, vp, cnp)) != 0) {
		vrele(vp);
		return error;
	}
	/* Only what is there is remembered: etfs adds names by itself. */
	cache_enter(dvp, vp, cnp->cn_nameptr, cnp->cn_namelen,
	    cnp->cn_flags);
	*ap->a_vpp = vp;
	return 0;
}

/*
 * Creation.
 */

static int
dir_enternew(struct vnode *dvp, struct componentname *cnp,
    struct rumpfs_node *rn)
{
	struct rumpfs_node *dir = VTORN(dvp);
	struct rumpfs_dirent *rd;
	int error = 0;

	rd = rumpfs_direntalloc(cnp->cn_nameptr, cnp->cn_namelen);
	mutex_enter(&rumpfs_lock);
	if (dir->rn_nlink == 0)
		error = ENOENT;
	else if (rumpfs_lookup(dir, cnp->cn_nameptr, cnp->cn_namelen) != NULL)
		error = EEXIST;
	else
		rumpfs_enter(dir, rd, rn);
	mutex_exit(&rumpfs_lock);
	if (error != 0)
		kmem_free(rd, sizeof(*rd) + cnp->cn_namelen + 1);
	return error;
}

static int
node_create(struct vnode *dvp, struct vnode **vpp, struct componentname *cnp,
    const struct vattr *va, const char *target)
{
	struct rumpfs_node *rn;
	size_t len;
	int error;

	*vpp = NULL;
	if (VTORN(dvp)->rn_hostpath != NULL)
		return EROFS;
	/* What may not wait for ever: names are the caller's to make. */
	if (!rump_mem_room(NODE_ROOM))
		return ENOSPC;
	rn = rumpfs_nodealloc(va->va_type, va->va_mode);
	rn->rn_refs = 1;
	rn->rn_uid = kauth_cred_geteuid(cnp->cn_cred);
	rn->rn_gid = VTORN(dvp)->rn_gid;
	if (va->va_type == VBLK || va->va_type == VCHR)
		rn->rn_rdev = va->va_rdev;
	if (target != NULL) {
		len = strlen(target) + 1;
		rn->rn_target = memcpy(kmem_alloc(len, KM_SLEEP), target,
		    len);
		rn->rn_size = len - 1;
	}
	if ((error = dir_enternew(dvp, cnp, rn)) != 0) {
		rumpfs_noderele(rn);
		return error;
	}
	if ((error = node_vnode(dvp->v_mount, rn, vpp)) != 0)
		return error;
	cache_enter(dvp, *vpp, cnp->cn_nameptr, cnp->cn_namelen,
	    cnp->cn_flags);
	VN_KNOTE(dvp, NOTE_WRITE | (va->va_type == VDIR ? NOTE_LINK : 0));
	return 0;
}

int
rumpfs_create(void *v)
{
	struct vop_create_v3_args *ap = v;

	return node_create(ap->a_dvp, ap->a_vpp, ap->a_cnp, ap->a_vap, NULL);
}

int
rumpfs_mknod(void *v)
{
	struct vop_mknod_v3_args *ap = v;

	switch (ap->a_vap->va_type) {
	case VREG:
	case VBLK:
	case VCHR:
	case VFIFO:
	case VSOCK:
		return node_create(ap->a_dvp, ap->a_vpp, ap->a_cnp,
		    ap->a_vap, NULL);
	default:
		return EINVAL;
	}
}

int
rumpfs_mkdir(void *v)
{
	struct vop_mkdir_v3_args *ap = v;

	return node_create(ap->a_dvp, ap->a_vpp, ap->a_cnp, ap->a_vap, NULL);
}

int
rumpfs_symlink(void *v)
{
	struct vop_symlink_v3_args *ap = v;
	struct vattr va = *ap->a_vap;

	va.va_type = VLNK;
	return node_create(ap->a_dvp, ap->a_vpp, ap->a_cnp, &va,
	    ap->a_target);
}

int
rumpfs_link(void *v)
{
	struct vop_link_v2_args *ap = v;
	struct vnode *dvp = ap->a_dvp, *vp = ap->a_vp;
	struct rumpfs_node *rn = VTORN(vp);
	int error;

	if (vp->v_type == VDIR)
		error = EPERM;
	else if (rn->rn_nlink >= LINK_MAX)
		error = EMLINK;
	else if ((rn->rn_flags & (IMMUTABLE | APPEND)) != 0)
		error = EPERM;
	else
		error = dir_enternew(dvp, ap->a_cnp, rn);
	if (error == 0) {
		VN_KNOTE(vp, NOTE_LINK);
		VN_KNOTE(dvp, NOTE_WRITE);
	}
	return error;
}

/*
 * Removal.
 */

/* The entry of this name if it still is that node. */
static struct rumpfs_dirent *
dir_entry(struct rumpfs_node *dir, const struct componentname *cnp,
    const struct rumpfs_node *rn)
{
	struct rumpfs_dirent *rd;

	rd = rumpfs_lookup(dir, cnp->cn_nameptr, cnp->cn_namelen);
	return rd != NULL && rd->rd_node == rn ? rd : NULL;
}

static int
node_unlink(struct vnode *dvp, struct vnode *vp, struct componentname *cnp)
{
	struct rumpfs_node *dir = VTORN(dvp), *rn = VTORN(vp);
	struct rumpfs_dirent *rd;
	int error = 0;

	if ((rn->rn_flags & (IMMUTABLE | APPEND)) != 0 ||
	    (dir->rn_flags & APPEND) != 0)
		return EPERM;
	mutex_enter(&rumpfs_lock);
	if ((rd = dir_entry(dir, cnp, rn)) == NULL)
		error = ENOENT;
	else if (rn->rn_type == VDIR && !rumpfs_isempty(rn))
		error = ENOTEMPTY;
	else
		rumpfs_leave(dir, rd);
	if (error == 0 && rn->rn_type == VDIR)
		rn->rn_nlink = 0;
	mutex_exit(&rumpfs_lock);
	if (error == 0) {
		cache_purge(vp);
		VN_KNOTE(vp, NOTE_DELETE);
		VN_KNOTE(dvp, NOTE_WRITE);
	}
	return error;
}

int
rumpfs_remove(void *v)
{
	struct vop_remove_args *ap = v;
	struct vnode *dvp = ap->a_dvp, *vp = ap->a_vp;
	int error;

	error = vp->v_type == VDIR ? EPERM :
	    node_unlink(dvp, vp, ap->a_cnp);
	if (dvp == vp)
		vrele(vp);
	else
		vput(vp);
	vput(dvp);
	return error;
}

int
rumpfs_rmdir(void *v)
{
	struct vop_rmdir_args *ap = v;
	struct vnode *dvp = ap->a_dvp, *vp = ap->a_vp;
	int error;

	if (vp == dvp)
		error = EINVAL;
	else if (vp->v_type != VDIR)
		error = ENOTDIR;
	else if (vp->v_mountedhere != NULL)
		error = EBUSY;
	else
		error = node_unlink(dvp, vp, ap->a_cnp);
	if (dvp == vp)
		vrele(vp);
	else
		vput(vp);
	vput(dvp);
	return error;
}

/*
 * Rename.
 */

/* rn is dir, or lies above it. */
static bool
node_isabove(const struct rumpfs_node *rn, const struct rumpfs_node *dir)
{

	for (; dir != NULL; dir = dir->rn_parent) {
		if (dir == rn)
			return true;
		if (dir == rumpfs_rootnode)
			break;
	}
	return false;
}

/* Whether what is at the target may be replaced by rn. */
static int
rename_target(const struct rumpfs_node *rn, const struct rumpfs_node *trn)
{

	if ((trn->rn_flags & (IMMUTABLE | APPEND)) != 0)
		return EPERM;
	if (rn->rn_type == VDIR) {
		if (trn->rn_type != VDIR)
			return ENOTDIR;
		return rumpfs_isempty(trn) ? 0 : ENOTEMPTY;
	}
	return trn->rn_type == VDIR ? EISDIR : 0;
}

static int
rename_locked(struct rumpfs_node *fdir, struct rumpfs_node *rn,
    const struct componentname *fcnp, struct rumpfs_node *tdir,
    struct rumpfs_node *trn, const struct componentname *tcnp,
    struct rumpfs_dirent *newrd)
{
	struct rumpfs_dirent *frd, *trd;
	int error;

	if ((frd = dir_entry(fdir, fcnp, rn)) == NULL || tdir->rn_nlink == 0)
		return ENOENT;
	if (rn->rn_type == VDIR && node_isabove(rn, tdir))
		return EINVAL;
	trd = rumpfs_lookup(tdir, tcnp->cn_nameptr, tcnp->cn_namelen);
	if ((trd == NULL ? NULL : trd->rd_node) != trn)
		return trd == NULL ? ENOENT : EEXIST;
	if (trn != NULL && (error = rename_target(rn, trn)) != 0)
		return error;
	if (trn != NULL) {
		rumpfs_leave(tdir, trd);
		if (trn->rn_type == VDIR)
			trn->rn_nlink = 0;
	}
	/* rn has a vnode, so that it survives having no name. */
	rumpfs_leave(fdir, frd);
	rumpfs_enter(tdir, newrd, rn);
	return 0;
}

/* Two names of one file: the old one goes. */
static int
rename_onto_itself(struct vop_rename_args *ap)
{
	struct rumpfs_node *fdir = VTORN(ap->a_fdvp), *rn = VTORN(ap->a_fvp);
	struct rumpfs_dirent *rd;

	if (rn->rn_type == VDIR)
		return 0;
	if ((rn->rn_flags & (IMMUTABLE | APPEND)) != 0)
		return EPERM;
	mutex_enter(&rumpfs_lock);
	rd = dir_entry(fdir, ap->a_fcnp, rn);
	if (rd != NULL)
		rumpfs_leave(fdir, rd);
	mutex_exit(&rumpfs_lock);
	if (rd == NULL)
		return ENOENT;
	cache_purge(ap->a_fvp);
	VN_KNOTE(ap->a_fvp, NOTE_RENAME);
	VN_KNOTE(ap->a_fdvp, NOTE_WRITE);
	return 0;
}

static int
rename_do(struct vop_rename_args *ap)
{
	struct rumpfs_node *rn = VTORN(ap->a_fvp);
	struct rumpfs_node *trn = ap->a_tvp != NULL ? VTORN(ap->a_tvp) : NULL;
	const struct componentname *tcnp = ap->a_tcnp;
	struct rumpfs_dirent *rd;
	int error;

	if (rn == trn)
		return rename_onto_itself(ap);
	if ((rn->rn_flags & (IMMUTABLE | APPEND)) != 0)
		return EPERM;
	if (VTORN(ap->a_tdvp)->rn_hostpath != NULL ||
	    VTORN(ap->a_fdvp)->rn_hostpath != NULL)
		return EROFS;
	rd = rumpfs_direntalloc(tcnp->cn_nameptr, tcnp->cn_namelen);
	mutex_enter(&rumpfs_lock);
	error = rename_locked(VTORN(ap->a_fdvp), rn, ap->a_fcnp,
	    VTORN(ap->a_tdvp), trn, tcnp, rd);
	mutex_exit(&rumpfs_lock);
	if (error != 0) {
		kmem_free(rd, sizeof(*rd) + tcnp->cn_namelen + 1);
		return error;
	}
	cache_purge(ap->a_fvp);
	if (ap->a_tvp != NULL) {
		cache_purge(ap->a_tvp);
		VN_KNOTE(ap->a_tvp, NOTE_DELETE);
	}
	VN_KNOTE(ap->a_fvp, NOTE_RENAME);
	VN_KNOTE(ap->a_fdvp, NOTE_WRITE);
	VN_KNOTE(ap->a_tdvp, NOTE_WRITE);
	return 0;
}

int
rumpfs_rename(void *v)
{
	struct vop_rename_args *ap = v;
	struct vnode *tdvp = ap->a_tdvp, *tvp = ap->a_tvp;
	const struct mount *mp = tdvp->v_mount;
	int error;

	if (ap->a_fvp->v_mount != mp || ap->a_fdvp->v_mount != mp ||
	    (tvp != NULL && tvp->v_mount != mp))
		error = EXDEV;
	else if (ap->a_fvp == ap->a_fdvp)
		error = EINVAL;
	else if (tvp != NULL && tvp->v_type == VDIR &&
	    tvp->v_mountedhere != NULL)
		error = EBUSY;
	else
		error = rename_do(ap);
	if (tdvp == tvp)
		vrele(tdvp);
	else
		vput(tdvp);
	if (tvp != NULL)
		vput(tvp);
	vrele(ap->a_fdvp);
	vrele(ap->a_fvp);
	return error;
}
