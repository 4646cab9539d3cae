/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_ops.c - operations on names: looking up, making, linking, removing,
 * reading directories.  Locking: the vnode lock of the directory, exclusive to
 * change it.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/kauth.h>
#include <sys/malloc.h>
#include <sys/namei.h>
#include <sys/uio.h>

#include <uvm/uvm_extern.h>

#include <miscfs/genfs/genfs.h>

/* May the entry that names vp be taken out of dvp? */
static int
may_delete(struct vnode *dvp, struct vnode *vp, kauth_cred_t cred)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);
	uid_t uid;
	int error;

	error = VOP_ACCESS(dvp, VWRITE, cred);
	if (error != 0 || (dnode->tn_mode & S_ISTXT) == 0)
		return error;
	/* The file is not locked: its owner may be changing just now. */
	uid = __atomic_load_n(&VP_TO_TMPFS_NODE(vp)->tn_uid,
	    __ATOMIC_RELAXED);
	return kauth_authorize_vnode(cred, KAUTH_VNODE_DELETE, vp, dvp,
	    genfs_can_sticky(cred, dnode->tn_uid, uid));
}

/* The name is not there: an error, or the right to make it. */
static int
lookup_absent(struct vnode *dvp, struct componentname *cnp, bool whiteout)
{
	const bool last = (cnp->cn_flags & ISLASTCN) != 0;
	int error;

	if (whiteout)
		cnp->cn_flags |= ISWHITEOUT;
	if (last && (cnp->cn_nameiop == CREATE || cnp->cn_nameiop == RENAME ||
	    (whiteout && cnp->cn_nameiop == DELETE &&
	    (cnp->cn_flags & DOWHITEOUT)))) {
		error = VOP_ACCESS(dvp, VWRITE, cnp->cn_cred);
		return error != 0 ? error : EJUSTRETURN;
	}
	if ((cnp->cn_flags & MAKEENTRY) && cnp->cn_nameiop != CREATE &&
	    !whiteout)
		cache_enter(dvp, NULL, cnp->cn_nameptr, cnp->cn_namelen,
		    cnp->cn_flags);
	return ENOENT;
}

static int
lookup_entry(struct vnode *dvp, struct vnode **vpp, struct componentname *cnp)
{
	const bool last = (cnp->cn_flags & ISLASTCN) != 0;
	struct tmpfs_dirent *de;
	int error;

	de = tmpfs_dir_find(VP_TO_TMPFS_NODE(dvp), cnp->cn_nameptr,
	    cnp->cn_namelen);
	if (de == NULL || de->td_node == NULL)
		return lookup_absent(dvp, cnp, de != NULL);
	if (!last && de->td_node->tn_type != VDIR &&
	    de->td_node->tn_type != VLNK)
		return ENOTDIR;
	error = vcache_get(dvp->v_mount, &de->td_node->tn_id,
	    sizeof(de->td_node->tn_id), vpp);
	if (error != 0)
		return error;
	if (last && (cnp->cn_nameiop == DELETE || cnp->cn_nameiop == RENAME)) {
		error = may_delete(dvp, *vpp, cnp->cn_cred);
		if (error != 0) {
			vrele(*vpp);
			*vpp = NULL;
			return error;
		}
	}
	if (cnp->cn_flags & MAKEENTRY)
		cache_enter(dvp, *vpp, cnp->cn_nameptr, cnp->cn_namelen,
		    cnp->cn_flags);
	return 0;
}

static int
lookup_dotdot(struct vnode *dvp, struct vnode **vpp,
    struct componentname *cnp)
{
	ino_t id;

	if ((cnp->cn_flags & ISLASTCN) && cnp->cn_nameiop == RENAME)
		return EINVAL;
	id = tmpfs_dir_parentid(VP_TO_TMPFS(dvp), VP_TO_TMPFS_NODE(dvp));
	if (id == 0)
		return ENOENT;
	return vcache_get(dvp->v_mount, &id, sizeof(id), vpp);
}

int
tmpfs_lookup(void *v)
{
	struct vop_lookup_v2_args *ap = v;
	struct vnode *dvp = ap->a_dvp, **vpp = ap->a_vpp;
	struct componentname *cnp = ap->a_cnp;
	int error, iswhiteout;

	*vpp = NULL;
	error = VOP_ACCESS(dvp, VEXEC, cnp->cn_cred);
	if (error != 0)
		return error;
	if ((cnp->cn_flags & ISLASTCN) &&
	    (dvp->v_mount->mnt_flag & MNT_RDONLY) &&
	    (cnp->cn_nameiop == DELETE || cnp->cn_nameiop == RENAME))
		return EROFS;
	if (cnp->cn_namelen > TMPFS_MAXNAMLEN)
		return ENAMETOOLONG;
	if (cache_lookup(dvp, cnp->cn_nameptr, cnp->cn_namelen,
	    cnp->cn_nameiop, cnp->cn_flags, &iswhiteout, vpp)) {
		if (iswhiteout)
			cnp->cn_flags |= ISWHITEOUT;
		return *vpp == NULL ? ENOENT : 0;
	}
	if (cnp->cn_flags & ISDOTDOT)
		return lookup_dotdot(dvp, vpp, cnp);
	if (cnp->cn_namelen == 1 && cnp->cn_nameptr[0] == '.') {
		if ((cnp->cn_flags & ISLASTCN) && cnp->cn_nameiop == RENAME)
			return EISDIR;
		vref(dvp);
		*vpp = dvp;
		return 0;
	}
	return lookup_entry(dvp, vpp, cnp);
}

/* A directory that is there and takes a name of this length? */
static int
may_enter(struct vnode *dvp, const struct componentname *cnp)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);

	if (cnp->cn_namelen > TMPFS_MAXNAMLEN)
		return ENAMETOOLONG;
	if (dnode->tn_links == 0)
		return ENOENT;
	if (dnode->tn_flags & IMMUTABLE)
		return EPERM;
	return 0;
}

/* Enter vp under the name; the entry was allocated for it. */
static void
enter_name(struct vnode *dvp, struct tmpfs_dirent *de, struct vnode *vp,
    const struct componentname *cnp)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);

	tmpfs_dir_unwhite(dvp, cnp);
	tmpfs_dir_attach(dvp, de, node);
	if (vp->v_type == VDIR)
		tmpfs_dir_setparent(VP_TO_TMPFS(dvp), node,
		    VP_TO_TMPFS_NODE(dvp));
	VN_KNOTE(dvp, NOTE_WRITE | (vp->v_type == VDIR ? NOTE_LINK : 0));
}

/* A symbolic link's text; nobody else sees the file yet. */
static int
set_target(struct vnode *vp, const char *target)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	const size_t len = strlen(target);

	if (len >= MAXPATHLEN)
		return ENAMETOOLONG;
	node->tn_lnk.target = tmpfs_alloc(VP_TO_TMPFS(vp), len + 1);
	if (node->tn_lnk.target == NULL)
		return ENOSPC;
	memcpy(node->tn_lnk.target, target, len + 1);
	node->tn_size = (off_t)len;
	uvm_vnp_setsize(vp, node->tn_size);
	return 0;
}

/* Make a file of any type and enter it. */
static int
make(struct vnode *dvp, struct vnode **vpp, struct componentname *cnp,
    struct vattr *vap, const char *target)
{
	struct tmpfs_mount *tm = VP_TO_TMPFS(dvp);
	struct tmpfs_dirent *de;
	int error;

	*vpp = NULL;
	error = may_enter(dvp, cnp);
	if (error != 0)
		return error;
	if (vap->va_type == VDIR &&
	    VP_TO_TMPFS_NODE(dvp)->tn_links >= TMPFS_LINK_MAX)
		return EMLINK;
	de = tmpfs_dirent_new(tm, cnp->cn_nameptr, cnp->cn_namelen);
	if (de == NULL)
		return ENOSPC;
	error = vcache_new(dvp->v_mount, dvp, vap, cnp->cn_cred, vpp);
	if (error == 0 && target != NULL)
		error = set_target(*vpp, target);
	if (error != 0) {
		tmpfs_dirent_free(tm, de);
		if (*vpp != NULL)
			vrele(*vpp);
		*vpp = NULL;
		return error;
	}
	/* A new directory where a whiteout was does not show what is below. */
	if (vap->va_type == VDIR && (cnp->cn_flags & ISWHITEOUT))
		VP_TO_TMPFS_NODE(*vpp)->tn_flags |= UF_OPAQUE;
	enter_name(dvp, de, *vpp, cnp);
	return 0;
}

int
tmpfs_create(void *v)
{
	struct vop_create_v3_args *ap = v;

	KASSERT(ap->a_vap->va_type == VREG || ap->a_vap->va_type == VSOCK);
	return make(ap->a_dvp, ap->a_vpp, ap->a_cnp, ap->a_vap, NULL);
}

int
tmpfs_mknod(void *v)
{
	struct vop_mknod_v3_args *ap = v;

	switch (ap->a_vap->va_type) {
	case VREG:
	case VBLK:
	case VCHR:
	case VFIFO:
	case VSOCK:
		return make(ap->a_dvp, ap->a_vpp, ap->a_cnp, ap->a_vap, NULL);
	default:
		*ap->a_vpp = NULL;
		return EINVAL;
	}
}

int
tmpfs_mkdir(void *v)
{
	struct vop_mkdir_v3_args *ap = v;

	return make(ap->a_dvp, ap->a_vpp, ap->a_cnp, ap->a_vap, NULL);
}

int
tmpfs_symlink(void *v)
{
	struct vop_symlink_v3_args *ap = v;

	ap->a_vap->va_type = VLNK;
	return make(ap->a_dvp, ap->a_vpp, ap->a_cnp, ap->a_vap, ap->a_target);
}

/* Both are locked. */
static int
link_locked(struct vnode *dvp, struct vnode *vp, struct componentname *cnp)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct tmpfs_dirent *de;

	if (node->tn_links == 0)
		return ENOENT;
	if (node->tn_links >= TMPFS_LINK_MAX)
		return EMLINK;
	if (node->tn_flags & (IMMUTABLE | APPEND))
		return EPERM;
	de = tmpfs_dirent_new(VP_TO_TMPFS(dvp), cnp->cn_nameptr,
	    cnp->cn_namelen);
	if (de == NULL)
		return ENOSPC;
	enter_name(dvp, de, vp, cnp);
	tmpfs_touch(vp, TMPFS_CTIME);
	VN_KNOTE(vp, NOTE_LINK);
	return 0;
}

int
tmpfs_link(void *v)
{
	struct vop_link_v2_args *ap = v;
	struct vnode *dvp = ap->a_dvp, *vp = ap->a_vp;
	struct componentname *cnp = ap->a_cnp;
	int error;

	if (dvp->v_mount != vp->v_mount) {
		error = EXDEV;
		goto out;
	}
	if (vp->v_type == VDIR) {
		error = EPERM;
		goto out;
	}
	error = may_enter(dvp, cnp);
	if (error != 0)
		goto out;
	/* A file is never locked before a directory: no deadlock. */
	error = vn_lock(vp, LK_EXCLUSIVE);
	if (error != 0)
		goto out;
	error = link_locked(dvp, vp, cnp);
	VOP_UNLOCK(vp);
out:
	if (error != 0)
		VOP_ABORTOP(dvp, cnp);
	return error;
}

/* The entry of the name if it (still) names vp. */
static struct tmpfs_dirent *
entry_of(struct vnode *dvp, struct vnode *vp, struct componentname *cnp)
{
	struct tmpfs_dirent *de;

	de = tmpfs_dir_find(VP_TO_TMPFS_NODE(dvp), cnp->cn_nameptr,
	    cnp->cn_namelen);
	return de != NULL && de->td_node == VP_TO_TMPFS_NODE(vp) ? de : NULL;
}

static int
remove_locked(struct vnode *dvp, struct vnode *vp, struct componentname *cnp)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct tmpfs_dirent *de;

	if (vp->v_type == VDIR)
		return EPERM;
	if ((node->tn_flags & (IMMUTABLE | APPEND)) ||
	    (dnode->tn_flags & (IMMUTABLE | APPEND)))
		return EPERM;
	if ((de = entry_of(dvp, vp, cnp)) == NULL)
		return ENOENT;
	cache_purge(vp);
	tmpfs_dir_drop(dvp, de, cnp);
	tmpfs_touch(vp, TMPFS_CTIME);
	VN_KNOTE(vp, node->tn_links == 0 ? NOTE_DELETE : NOTE_LINK);
	VN_KNOTE(dvp, NOTE_WRITE);
	return 0;
}

/* End of remove and rmdir: both vnodes are consumed. */
static void
put_both(struct vnode *dvp, struct vnode *vp)
{

	if (dvp == vp)
		vrele(vp);
	else
		vput(vp);
	vput(dvp);
}

int
tmpfs_remove(void *v)
{
	struct vop_remove_args *ap = v;
	int error;

	error = remove_locked(ap->a_dvp, ap->a_vp, ap->a_cnp);
	put_both(ap->a_dvp, ap->a_vp);
	return error;
}

static int
rmdir_locked(struct vnode *dvp, struct vnode *vp, struct componentname *cnp)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct tmpfs_dirent *de;

	if (dvp == vp)
		return EINVAL;
	if (vp->v_type != VDIR)
		return ENOTDIR;
	if (vp->v_mountedhere != NULL)
		return EBUSY;
	if ((de = entry_of(dvp, vp, cnp)) == NULL)
		return ENOENT;
	if (!tmpfs_dir_empty(node))
		return ENOTEMPTY;
	if ((node->tn_flags & (IMMUTABLE | APPEND)) ||
	    (dnode->tn_flags & (IMMUTABLE | APPEND)))
		return EPERM;
	cache_purge(vp);
	tmpfs_dir_purge(VP_TO_TMPFS(vp), node);		/* whiteouts */
	tmpfs_dir_drop(dvp, de, cnp);
	tmpfs_dir_setparent(VP_TO_TMPFS(vp), node, NULL);
	tmpfs_touch(vp, TMPFS_CTIME);
	VN_KNOTE(vp, NOTE_DELETE);
	VN_KNOTE(dvp, NOTE_WRITE | NOTE_LINK);
	return 0;
}

int
tmpfs_rmdir(void *v)
{
	struct vop_rmdir_args *ap = v;
	int error;

	error = rmdir_locked(ap->a_dvp, ap->a_vp, ap->a_cnp);
	put_both(ap->a_dvp, ap->a_vp);
	return error;
}

int
tmpfs_whiteout(void *v)
{
	struct vop_whiteout_args *ap = v;
	struct vnode *dvp = ap->a_dvp;
	struct componentname *cnp = ap->a_cnp;
	struct tmpfs_dirent *de;
	int error;

	switch (ap->a_flags) {
	case LOOKUP:
		return 0;
	case CREATE:
		error = may_enter(dvp, cnp);
		if (error != 0)
			return error;
		if (tmpfs_dir_find(VP_TO_TMPFS_NODE(dvp), cnp->cn_nameptr,
		    cnp->cn_namelen) != NULL)
			return EEXIST;
		de = tmpfs_dirent_new(VP_TO_TMPFS(dvp), cnp->cn_nameptr,
		    cnp->cn_namelen);
		if (de == NULL)
			return ENOSPC;
		tmpfs_dir_attach(dvp, de, NULL);
		return 0;
	case DELETE:
		cnp->cn_flags &= ~DOWHITEOUT;
		tmpfs_dir_unwhite(dvp, cnp);
		return 0;
	default:
		return EOPNOTSUPP;
	}
}

/* Positions of the records, for servers: one for each that can fit. */
static int
cookies_alloc(struct vop_readdir_args *ap, off_t **cookiesp, int *maxp)
{
	struct dirent d;
	size_t n;

	*cookiesp = NULL;
	*maxp = 0;
	if (ap->a_cookies == NULL)
		return 0;
	n = ap->a_uio->uio_resid / _DIRENT_RECLEN(&d, 1) + 1;
	if (n > 65536)
		n = 65536;
	*cookiesp = malloc(n * sizeof(off_t), M_TEMP, M_WAITOK | M_CANFAIL);
	*maxp = (int)n;
	return *cookiesp == NULL ? ENOMEM : 0;
}

int
tmpfs_readdir(void *v)
{
	struct vop_readdir_args *ap = v;
	struct vnode *vp = ap->a_vp;
	off_t *cookies;
	int max, n, eof, error;

	if (vp->v_type != VDIR)
		return ENOTDIR;
	error = cookies_alloc(ap, &cookies, &max);
	if (error != 0)
		return error;
	error = tmpfs_dir_readdir(vp, ap->a_uio, cookies, max, &n, &eof);
	tmpfs_touch(vp, TMPFS_ATIME);
	if (ap->a_eofflag != NULL)
		*ap->a_eofflag = eof;
	if (cookies != NULL) {
		*ap->a_ncookies = error != 0 ? 0 : n;
		*ap->a_cookies = error != 0 ? NULL : cookies;
		if (error != 0)
			free(cookies, M_TEMP);
	}
	return error;
}

int
tmpfs_readlink(void *v)
{
	struct vop_readlink_args *ap = v;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(ap->a_vp);
	struct uio *uio = ap->a_uio;
	size_t len;
	int error;

	if (ap->a_vp->v_type != VLNK || uio->uio_offset != 0)
		return EINVAL;
	len = MIN((size_t)node->tn_size, uio->uio_resid);
	error = uiomove(node->tn_lnk.target, len, uio);
	tmpfs_touch(ap->a_vp, TMPFS_ATIME);
	return error;
}
