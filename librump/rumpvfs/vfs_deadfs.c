/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vnodes without a file system: those that were revoked or whose file system
 * was unmounted by force.  They can be locked, closed and released; anything
 * else is refused.
 */
#include <sys/param.h>
#include <sys/buf.h>
#include <sys/systm.h>
#include <sys/mount.h>
#include <sys/poll.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <uvm/uvm_extern.h>

#include <rump-priv/deadfs.h>
#include <rump-priv/vnode.h>

struct mount *dead_rootmount;
int (**dead_vnodeop_p)(void *);

static int
dead_lookup(void *v)
{
	struct vop_lookup_v2_args *ap = v;

	*ap->a_vpp = NULL;
	return ENOTDIR;
}

static int
dead_open(void *v)
{

	return ENXIO;
}

/* End of file, as a terminal that hung up shows it; else an error. */
static int
dead_read(void *v)
{

	return EIO;
}

static int
dead_ebadf(void *v)
{

	return EBADF;
}

static int
dead_poll(void *v)
{
	struct vop_poll_args *ap = v;

	return ap->a_events | POLLHUP;
}

static int
dead_remove(void *v)
{
	struct vop_remove_args *ap = v;

	vput(ap->a_dvp);
	vput(ap->a_vp);
	return EIO;
}

static int
dead_rename(void *v)
{
	struct vop_rename_args *ap = v;

	vrele(ap->a_fdvp);
	vrele(ap->a_fvp);
	if (ap->a_tvp != NULL && ap->a_tvp != ap->a_tdvp)
		VOP_UNLOCK(ap->a_tvp);
	vput(ap->a_tdvp);
	if (ap->a_tvp != NULL)
		vrele(ap->a_tvp);
	return EXDEV;
}

static int
dead_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = false;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
dead_strategy(void *v)
{
	struct vop_strategy_args *ap = v;

	ap->a_bp->b_error = EIO;
	ap->a_bp->b_resid = ap->a_bp->b_bcount;
	biodone(ap->a_bp);
	return EIO;
}

static int
dead_getpages(void *v)
{
	struct vop_getpages_args *ap = v;

	if ((ap->a_flags & PGO_LOCKED) == 0)
		mutex_exit(ap->a_vp->v_interlock);
	return EFAULT;
}

static int
dead_putpages(void *v)
{
	struct vop_putpages_args *ap = v;

	mutex_exit(ap->a_vp->v_interlock);
	return 0;
}

static int
dead_print(void *v)
{

	printf("tag VT_NON, dead vnode\n");
	return 0;
}

int
dead_default_error(void *v)
{

	return EBADF;
}

static const struct vnodeopv_entry_desc dead_vnodeop_entries[] = {
	{ &vop_default_desc, dead_default_error },
	{ &vop_lookup_desc, dead_lookup },
	{ &vop_open_desc, dead_open },
	{ &vop_close_desc, genfs_nullop },
	{ &vop_access_desc, dead_ebadf },
	{ &vop_getattr_desc, dead_ebadf },
	{ &vop_setattr_desc, dead_ebadf },
	{ &vop_read_desc, dead_read },
	{ &vop_write_desc, dead_read },
	{ &vop_ioctl_desc, dead_ebadf },
	{ &vop_poll_desc, dead_poll },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_remove_desc, dead_remove },
	{ &vop_rmdir_desc, dead_remove },
	{ &vop_rename_desc, dead_rename },
	{ &vop_revoke_desc, genfs_nullop },
	{ &vop_abortop_desc, genfs_nullop },
	{ &vop_inactive_desc, dead_inactive },
	{ &vop_reclaim_desc, genfs_nullop },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_strategy_desc, dead_strategy },
	{ &vop_advlock_desc, dead_ebadf },
	{ &vop_getpages_desc, dead_getpages },
	{ &vop_putpages_desc, dead_putpages },
	{ &vop_print_desc, dead_print },
	{ NULL, NULL }
};

const struct vnodeopv_desc dead_vnodeop_opv_desc = {
	&dead_vnodeop_p, dead_vnodeop_entries
};

/* The mount of dead and of anonymous vnodes: it is on no list. */
static int
dead_root(struct mount *mp, struct vnode **vpp)
{

	return EOPNOTSUPP;
}

static int
dead_unmount(struct mount *mp, int flags)
{

	return EBUSY;
}

static int
dead_sync(struct mount *mp, int waitfor, struct kauth_cred *cred)
{

	return 0;
}

static struct vfsops dead_vfsops = {
	.vfs_name = "dead",
	.vfs_root = dead_root,
	.vfs_unmount = dead_unmount,
	.vfs_statvfs = genfs_statvfs,
	.vfs_sync = dead_sync,
	.vfs_renamelock_enter = genfs_renamelock_enter,
	.vfs_renamelock_exit = genfs_renamelock_exit,
};

void
rump_dead_init(void)
{
	static const struct vnodeopv_desc * const descs[] = {
		&dead_vnodeop_opv_desc, NULL
	};

	vfs_opv_init(descs);
	dead_vfsops.vfs_refcount++;
	dead_rootmount = vfs_mountalloc(&dead_vfsops, NULL);
	dead_rootmount->mnt_iflag |= IMNT_MPSAFE;
}
