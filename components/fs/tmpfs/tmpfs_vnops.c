/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_vnops.c - operations on files, and the table of all operations.
 * Locking: as vnodeops(9) says for each operation.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/filio.h>
#include <sys/kauth.h>
#include <sys/lockf.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/unistd.h>

#include <uvm/uvm_extern.h>
#include <uvm/uvm_pager.h>

#include <miscfs/fifofs/fifo.h>
#include <miscfs/genfs/genfs.h>

int
tmpfs_open(void *v)
{
	struct vop_open_args *ap = v;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(ap->a_vp);

	if (node->tn_links == 0)
		return ENOENT;
	/* What may only grow is opened for writing only at its end. */
	if ((node->tn_flags & APPEND) &&
	    (ap->a_mode & (FWRITE | O_APPEND)) == FWRITE)
		return EPERM;
	return 0;
}

int
tmpfs_close(void *v)
{

	return 0;
}

int
tmpfs_read(void *v)
{
	struct vop_read_args *ap = v;
	struct vnode *vp = ap->a_vp;
	const size_t resid = ap->a_uio->uio_resid;
	int error;

	if (vp->v_type == VDIR)
		return EISDIR;
	if (vp->v_type != VREG || ap->a_uio->uio_offset < 0)
		return EINVAL;
	error = tmpfs_data_read(vp, ap->a_uio, ap->a_ioflag);
	if (ap->a_uio->uio_resid != resid)
		tmpfs_touch(vp, TMPFS_ATIME);
	return error;
}

/* A file that somebody else wrote to does not keep its owner's rights. */
static void
drop_suid(struct vnode *vp, kauth_cred_t cred)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);

	if ((node->tn_mode & (S_ISUID | S_ISGID)) == 0)
		return;
	if (kauth_authorize_vnode(cred, KAUTH_VNODE_RETAIN_SUID, vp, NULL,
	    EPERM) != 0)
		node->tn_mode &= ~S_ISUID;
	if (kauth_authorize_vnode(cred, KAUTH_VNODE_RETAIN_SGID, vp, NULL,
	    EPERM) != 0)
		node->tn_mode &= ~S_ISGID;
}

int
tmpfs_write(void *v)
{
	struct vop_write_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	const off_t oldsize = node->tn_size;
	const size_t resid = ap->a_uio->uio_resid;
	int error;

	if (vp->v_type != VREG)
		return EINVAL;
	if (resid == 0)
		return 0;
	error = tmpfs_data_write(vp, ap->a_uio, ap->a_ioflag);
	if (ap->a_uio->uio_resid != resid) {
		tmpfs_touch(vp, TMPFS_MTIME | TMPFS_CTIME);
		drop_suid(vp, ap->a_cred);
		VN_KNOTE(vp, NOTE_WRITE |
		    (node->tn_size > oldsize ? NOTE_EXTEND : 0));
	}
	return error;
}

int
tmpfs_fallocate(void *v)
{
	struct vop_fallocate_args *ap = v;
	int error;

	if (ap->a_vp->v_type != VREG)
		return EINVAL;
	error = tmpfs_data_fill(ap->a_vp, ap->a_pos, ap->a_len);
	if (error == 0)
		tmpfs_touch(ap->a_vp, TMPFS_CTIME);
	return error;
}

int
tmpfs_fdiscard(void *v)
{
	struct vop_fdiscard_args *ap = v;
	int error;

	if (ap->a_vp->v_type != VREG)
		return EINVAL;
	error = tmpfs_data_punch(ap->a_vp, ap->a_pos, ap->a_len);
	if (error == 0)
		tmpfs_touch(ap->a_vp, TMPFS_MTIME | TMPFS_CTIME);
	return error;
}

int
tmpfs_ioctl(void *v)
{
	struct vop_ioctl_args *ap = v;
	struct vnode *vp = ap->a_vp;
	int error;

	if (vp->v_type != VREG ||
	    (ap->a_command != FIOSEEKDATA && ap->a_command != FIOSEEKHOLE))
		return EPASSTHROUGH;
	error = vn_lock(vp, LK_SHARED);
	if (error != 0)
		return error;
	error = tmpfs_data_seek(vp, ap->a_command == FIOSEEKDATA, ap->a_data);
	VOP_UNLOCK(vp);
	return error;
}

int
tmpfs_fsync(void *v)
{

	/* Memory is all there is. */
	return 0;
}

int
tmpfs_inactive(void *v)
{
	struct vop_inactive_args *ap = v;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(ap->a_vp);

	*ap->a_recycle = node->tn_links == 0;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

int
tmpfs_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_mount *tm = VP_TO_TMPFS(vp);
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);

	vp->v_data = NULL;
	vcache_remove(vp->v_mount, &node->tn_id, sizeof(node->tn_id));
	if (node->tn_links == 0)
		tmpfs_node_destroy(tm, node);
	return 0;
}

int
tmpfs_pathconf(void *v)
{
	struct vop_pathconf_args *ap = v;
	register_t *rv = ap->a_retval;

	switch (ap->a_name) {
	case _PC_LINK_MAX:
		*rv = TMPFS_LINK_MAX;
		return 0;
	case _PC_NAME_MAX:
		*rv = TMPFS_MAXNAMLEN;
		return 0;
	case _PC_PATH_MAX:
	case _PC_SYMLINK_MAX:
		*rv = MAXPATHLEN;
		return 0;
	case _PC_PIPE_BUF:
		*rv = PIPE_BUF;
		return 0;
	case _PC_CHOWN_RESTRICTED:
	case _PC_NO_TRUNC:
	case _PC_SYNC_IO:
	case _PC_2_SYMLINKS:
		*rv = 1;
		return 0;
	case _PC_FILESIZEBITS:
		*rv = 64;
		return 0;
	case _PC_MIN_HOLE_SIZE:
		*rv = PAGE_SIZE;
		return 0;
	default:
		return EINVAL;
	}
}

int
tmpfs_print(void *v)
{
	struct vop_print_args *ap = v;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(ap->a_vp);

	printf("tag VT_TMPFS, inode %llu, links %u, mode %o, size %lld\n",
	    (unsigned long long)node->tn_id, node->tn_links,
	    (unsigned int)node->tn_mode, (long long)node->tn_size);
	if (ap->a_vp->v_type == VFIFO)
		VOCALL(fifo_vnodeop_p, VOFFSET(vop_print), v);
	return 0;
}

int
tmpfs_advlock(void *v)
{
	struct vop_advlock_args *ap = v;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(ap->a_vp);
	off_t size = 0;

	/* The vnode is not locked; a size that is just changing will do. */
	if (ap->a_vp->v_type == VREG)
		size = __atomic_load_n(&node->tn_size, __ATOMIC_RELAXED);
	return lf_advlock(v, &node->tn_lockf, size);
}

/* The lock of the vnode's object is the data object's too. */
int
tmpfs_getpages(void *v)
{
	struct vop_getpages_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct uvm_object *uobj = node->tn_reg.uobj;
	const off_t offset = trunc_page(ap->a_offset);
	int error;

	KASSERT(vp->v_type == VREG && mutex_owned(uobj->vmobjlock));
	if (offset < 0 || (offset >= round_page(node->tn_size) &&
	    (ap->a_flags & PGO_PASTEOF) == 0)) {
		if ((ap->a_flags & PGO_LOCKED) == 0)
			mutex_exit(uobj->vmobjlock);
		return EINVAL;
	}
	error = (*uobj->pgops->pgo_get)(uobj, offset, ap->a_m, ap->a_count,
	    ap->a_centeridx, ap->a_access_type, ap->a_advice, ap->a_flags);
	if ((ap->a_flags & PGO_LOCKED) == 0)
		tmpfs_data_recount(VP_TO_TMPFS(vp), node);
	return error;
}

int
tmpfs_putpages(void *v)
{
	struct vop_putpages_args *ap = v;

	/*
	 * There is nowhere to write to.  The data is not the vnode's and
	 * stays when that goes.
	 */
	mutex_exit(ap->a_vp->v_interlock);
	return 0;
}

int (**tmpfs_vnodeop_p)(void *);

static const struct vnodeopv_entry_desc tmpfs_vnodeop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, tmpfs_lookup },
	{ &vop_create_desc, tmpfs_create },
	{ &vop_mknod_desc, tmpfs_mknod },
	{ &vop_open_desc, tmpfs_open },
	{ &vop_close_desc, tmpfs_close },
	{ &vop_access_desc, tmpfs_access },
	{ &vop_getattr_desc, tmpfs_getattr },
	{ &vop_setattr_desc, tmpfs_setattr },
	{ &vop_read_desc, tmpfs_read },
	{ &vop_write_desc, tmpfs_write },
	{ &vop_fallocate_desc, tmpfs_fallocate },
	{ &vop_fdiscard_desc, tmpfs_fdiscard },
	{ &vop_ioctl_desc, tmpfs_ioctl },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_poll_desc, genfs_poll },
	{ &vop_kqfilter_desc, genfs_kqfilter },
	{ &vop_revoke_desc, genfs_revoke },
	{ &vop_mmap_desc, genfs_mmap },
	{ &vop_fsync_desc, tmpfs_fsync },
	{ &vop_seek_desc, genfs_seek },
	{ &vop_remove_desc, tmpfs_remove },
	{ &vop_link_desc, tmpfs_link },
	{ &vop_rename_desc, tmpfs_rename },
	{ &vop_mkdir_desc, tmpfs_mkdir },
	{ &vop_rmdir_desc, tmpfs_rmdir },
	{ &vop_symlink_desc, tmpfs_symlink },
	{ &vop_readdir_desc, tmpfs_readdir },
	{ &vop_readlink_desc, tmpfs_readlink },
	{ &vop_abortop_desc, genfs_abortop },
	{ &vop_inactive_desc, tmpfs_inactive },
	{ &vop_reclaim_desc, tmpfs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_bmap_desc, genfs_eopnotsupp },
	{ &vop_strategy_desc, genfs_eopnotsupp },
	{ &vop_print_desc, tmpfs_print },
	{ &vop_pathconf_desc, tmpfs_pathconf },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_advlock_desc, tmpfs_advlock },
	{ &vop_bwrite_desc, vn_bwrite },
	{ &vop_getpages_desc, tmpfs_getpages },
	{ &vop_putpages_desc, tmpfs_putpages },
	{ &vop_whiteout_desc, tmpfs_whiteout },
	{ &vop_getextattr_desc, tmpfs_getextattr },
	{ &vop_setextattr_desc, tmpfs_setextattr },
	{ &vop_listextattr_desc, tmpfs_listextattr },
	{ &vop_deleteextattr_desc, tmpfs_deleteextattr },
	{ NULL, NULL }
};

const struct vnodeopv_desc tmpfs_vnodeop_opv_desc = {
	&tmpfs_vnodeop_p, tmpfs_vnodeop_entries
};
