/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_attr.c - attributes of files: who may do what, reading and changing.
 * Locking: the vnode lock, exclusive to change.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/kauth.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/specfs/specdev.h>

int
tmpfs_access(void *v)
{
	struct vop_access_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);

	if (ap->a_mode & VWRITE) {
		switch (vp->v_type) {
		case VREG:
		case VDIR:
		case VLNK:
			if (vp->v_mount->mnt_flag & MNT_RDONLY)
				return EROFS;
			break;
		default:
			break;
		}
		if (node->tn_flags & IMMUTABLE)
			return EPERM;
	}
	return kauth_authorize_vnode(ap->a_cred,
	    KAUTH_ACCESS_ACTION(ap->a_mode, vp->v_type, node->tn_mode), vp,
	    NULL, genfs_can_access(vp->v_type, node->tn_mode, node->tn_uid,
	    node->tn_gid, ap->a_mode, ap->a_cred));
}

static uint64_t
node_bytes(struct tmpfs_node *node)
{

	switch (node->tn_type) {
	case VREG:
		return tmpfs_data_bytes(node);
	case VDIR:
	case VLNK:
		return (uint64_t)node->tn_size;
	default:
		return 0;
	}
}

int
tmpfs_getattr(void *v)
{
	struct vop_getattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct vattr *vap = ap->a_vap;

	vattr_null(vap);
	vap->va_type = vp->v_type;
	vap->va_mode = node->tn_mode;
	vap->va_nlink = node->tn_links;
	vap->va_uid = node->tn_uid;
	vap->va_gid = node->tn_gid;
	vap->va_fsid = vp->v_mount->mnt_stat.f_fsidx.__fsid_val[0];
	vap->va_fileid = node->tn_id;
	vap->va_size = (u_quad_t)node->tn_size;
	vap->va_blocksize = PAGE_SIZE;
	mutex_enter(&node->tn_timelock);
	vap->va_atime = node->tn_atime;
	vap->va_mtime = node->tn_mtime;
	vap->va_ctime = node->tn_ctime;
	mutex_exit(&node->tn_timelock);
	vap->va_birthtime = node->tn_btime;
	vap->va_gen = node->tn_gen;
	vap->va_flags = node->tn_flags;
	vap->va_rdev = vp->v_type == VBLK || vp->v_type == VCHR ?
	    node->tn_rdev : (dev_t)VNOVAL;
	vap->va_bytes = node_bytes(node);
	vap->va_filerev = node->tn_rev;
	vap->va_vaflags = 0;
	return 0;
}

static int
set_flags(struct vnode *vp, u_long flags, kauth_cred_t cred)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	kauth_action_t action = KAUTH_VNODE_WRITE_FLAGS;
	bool system = false;
	int error;

	if ((flags & ~(u_long)(UF_SETTABLE | SF_SETTABLE)) != 0)
		return EINVAL;
	if (node->tn_flags & (SF_IMMUTABLE | SF_APPEND))
		action |= KAUTH_VNODE_HAS_SYSFLAGS;
	if ((flags & SF_SETTABLE) != (node->tn_flags & SF_SETTABLE)) {
		action |= KAUTH_VNODE_WRITE_SYSFLAGS;
		system = true;
	}
	error = kauth_authorize_vnode(cred, action, vp, NULL,
	    genfs_can_chflags(cred, vp->v_type, node->tn_uid, system));
	if (error != 0)
		return error;
	node->tn_flags = (uint32_t)flags;
	tmpfs_touch(vp, TMPFS_CTIME);
	return 0;
}

static int
set_owner(struct vnode *vp, uid_t uid, gid_t gid, kauth_cred_t cred)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	int error;

	if (uid == (uid_t)VNOVAL)
		uid = node->tn_uid;
	if (gid == (gid_t)VNOVAL)
		gid = node->tn_gid;
	error = kauth_authorize_vnode(cred, KAUTH_VNODE_CHANGE_OWNERSHIP, vp,
	    NULL, genfs_can_chown(cred, node->tn_uid, node->tn_gid, uid,
	    gid));
	if (error != 0)
		return error;
	/* Who is given a file does not get the giver's rights with it. */
	if (node->tn_mode & (S_ISUID | S_ISGID)) {
		if (kauth_authorize_vnode(cred, KAUTH_VNODE_RETAIN_SUID, vp,
		    NULL, EPERM) != 0)
			node->tn_mode &= ~S_ISUID;
		if (kauth_authorize_vnode(cred, KAUTH_VNODE_RETAIN_SGID, vp,
		    NULL, EPERM) != 0)
			node->tn_mode &= ~S_ISGID;
	}
	__atomic_store_n(&node->tn_uid, uid, __ATOMIC_RELAXED);
	node->tn_gid = gid;
	tmpfs_touch(vp, TMPFS_CTIME);
	return 0;
}

static int
set_mode(struct vnode *vp, mode_t mode, kauth_cred_t cred)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	int error;

	error = kauth_authorize_vnode(cred, KAUTH_VNODE_WRITE_SECURITY, vp,
	    NULL, genfs_can_chmod(vp->v_type, cred, node->tn_uid,
	    node->tn_gid, mode));
	if (error != 0)
		return error;
	node->tn_mode = mode & ALLPERMS;
	tmpfs_touch(vp, TMPFS_CTIME);
	return 0;
}

static int
set_times(struct vnode *vp, const struct vattr *vap, kauth_cred_t cred)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	int error;

	error = kauth_authorize_vnode(cred, KAUTH_VNODE_WRITE_TIMES, vp, NULL,
	    genfs_can_chtimes(vp, vap->va_vaflags, node->tn_uid, cred));
	if (error != 0)
		return error;
	tmpfs_touch(vp, TMPFS_CTIME);
	mutex_enter(&node->tn_timelock);
	if (vap->va_atime.tv_nsec != VNOVAL)
		node->tn_atime = vap->va_atime;
	if (vap->va_mtime.tv_nsec != VNOVAL)
		node->tn_mtime = vap->va_mtime;
	if (vap->va_birthtime.tv_nsec != VNOVAL)
		node->tn_btime = vap->va_birthtime;
	mutex_exit(&node->tn_timelock);
	return 0;
}

static int
set_size(struct vnode *vp, u_quad_t size)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	const off_t old = node->tn_size;
	int error;

	switch (vp->v_type) {
	case VREG:
		break;
	case VDIR:
		return EISDIR;
	case VBLK:
	case VCHR:
	case VFIFO:
		return 0;
	default:
		return EOPNOTSUPP;
	}
	if (vp->v_mount->mnt_flag & MNT_RDONLY)
		return EROFS;
	if (node->tn_flags & (IMMUTABLE | APPEND))
		return EPERM;
	if (size > INT64_MAX)
		return EFBIG;
	error = tmpfs_data_resize(vp, (off_t)size);
	if (error == 0) {
		tmpfs_touch(vp, TMPFS_MTIME | TMPFS_CTIME);
		VN_KNOTE(vp, NOTE_WRITE | ((off_t)size > old ?
		    NOTE_EXTEND : 0));
	}
	return error;
}

/* What a client cannot set. */
static bool
unsettable(const struct vattr *vap)
{

	return vap->va_type != VNON || vap->va_nlink != (nlink_t)VNOVAL ||
	    vap->va_fsid != (dev_t)VNOVAL ||
	    vap->va_fileid != (ino_t)VNOVAL ||
	    vap->va_blocksize != VNOVAL || vap->va_gen != (u_long)VNOVAL ||
	    vap->va_rdev != (dev_t)VNOVAL ||
	    vap->va_bytes != (u_quad_t)VNOVAL;
}

static bool
sets_times(const struct vattr *vap)
{

	return vap->va_atime.tv_nsec != VNOVAL ||
	    vap->va_mtime.tv_nsec != VNOVAL ||
	    vap->va_birthtime.tv_nsec != VNOVAL;
}

/* All but flags and size. */
static int
set_others(struct vnode *vp, const struct vattr *vap, kauth_cred_t cred)
{
	int error = 0;

	if (vap->va_uid != (uid_t)VNOVAL || vap->va_gid != (gid_t)VNOVAL)
		error = set_owner(vp, vap->va_uid, vap->va_gid, cred);
	if (error == 0 && vap->va_mode != (mode_t)VNOVAL)
		error = set_mode(vp, vap->va_mode, cred);
	if (error == 0 && sets_times(vap))
		error = set_times(vp, vap, cred);
	return error;
}

int
tmpfs_setattr(void *v)
{
	struct vop_setattr_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct vattr *vap = ap->a_vap;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	bool others;
	int error = 0;

	if (unsettable(vap))
		return EINVAL;
	others = vap->va_uid != (uid_t)VNOVAL ||
	    vap->va_gid != (gid_t)VNOVAL || vap->va_mode != (mode_t)VNOVAL ||
	    sets_times(vap);
	if ((others || vap->va_flags != (u_long)VNOVAL) &&
	    (vp->v_mount->mnt_flag & MNT_RDONLY))
		return EROFS;
	if (vap->va_flags != (u_long)VNOVAL) {
		error = set_flags(vp, vap->va_flags, ap->a_cred);
		/* A file made immutable in this call takes what follows. */
	} else if (others && (node->tn_flags & (IMMUTABLE | APPEND))) {
		return EPERM;
	}
	if (error == 0 && vap->va_size != (u_quad_t)VNOVAL)
		error = set_size(vp, vap->va_size);
	if (error == 0 && others)
		error = set_others(vp, vap, ap->a_cred);
	if (error == 0)
		VN_KNOTE(vp, NOTE_ATTRIB);
	return error;
}
