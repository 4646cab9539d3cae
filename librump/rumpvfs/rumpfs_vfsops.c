/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The root file system as a mount: there is one, made at boot.
 * Locking: rumpfs.h.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/specfs/specdev.h>
#include <uvm/uvm_extern.h>

#include <rump-priv/etfs.h>
#include <rump-priv/io.h>

#include "rumpfs.h"
#include "rumpfs_vnops.h"

/* The tree is there once, so that there is nothing a second mount could be. */
static int
rumpfs_mount(struct mount *mp, const char *path, void *data, size_t *lenp)
{

	return EOPNOTSUPP;
}

static int
rumpfs_unmount(struct mount *mp, int mntflags)
{

	return vflush(mp, NULL, (mntflags & MNT_FORCE) != 0 ? FORCECLOSE : 0);
}

static int
rumpfs_root(struct mount *mp, struct vnode **vpp)
{
	int error;

	error = vcache_get(mp, &rumpfs_rootnode->rn_self,
	    sizeof(rumpfs_rootnode->rn_self), vpp);
	if (error == 0 &&
	    (error = vn_lock(*vpp, LK_EXCLUSIVE)) != 0) {
		vrele(*vpp);
		*vpp = NULL;
	}
	return error;
}

static int
rumpfs_sync(struct mount *mp, int waitfor, struct kauth_cred *cred)
{

	return 0;
}

static int
rumpfs_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t keylen, const void **newkey)
{
	struct rumpfs_node *rn;

	KASSERT(keylen == sizeof(rn));
	memcpy(&rn, key, keylen);
	vp->v_tag = VT_RUMP;
	vp->v_type = rn->rn_type;
	vp->v_data = rn;
	switch (rn->rn_type) {
	case VBLK:
	case VCHR:
		vp->v_op = rumpfs_specop_p;
		spec_node_init(vp, rn->rn_rdev);
		break;
	case VFIFO:
		vp->v_op = rumpfs_fifoop_p;
		break;
	default:
		vp->v_op = rumpfs_vnodeop_p;
		break;
	}
	if (rn == rumpfs_rootnode)
		vp->v_vflag |= VV_ROOT;
	mutex_enter(&rumpfs_lock);
	rn->rn_refs++;
	mutex_exit(&rumpfs_lock);
	if (rn->rn_type == VREG)
		uvm_vnp_setsize(vp, rn->rn_size);
	*newkey = &rn->rn_self;
	return 0;
}

int
rumpfs_mountroot(void)
{
	struct mount *mp;
	int error;

	if ((error = vfs_rootmountalloc(MOUNT_RUMPFS, "rumpfs", &mp)) != 0)
		return error;
	mp->mnt_flag &= ~MNT_RDONLY;
	mp->mnt_flag |= MNT_LOCAL;
	mp->mnt_iflag |= IMNT_MPSAFE | IMNT_DTYPE | IMNT_RUMP_FASTLOOKUP;
	mp->mnt_fs_bshift = mp->mnt_dev_bshift = DEV_BSHIFT;
	mp->mnt_stat.f_bsize = mp->mnt_stat.f_frsize = DEV_BSIZE;
	mp->mnt_stat.f_iosize = PAGE_SIZE;
	mp->mnt_stat.f_namemax = NAME_MAX;
	vfs_getnewfsid(mp);
	mountlist_append(mp);
	vfs_unbusy(mp, false, NULL);
	rumpfs_rootmount = mp;
	rump_boot_etfs_process();
	return 0;
}

static const struct vnodeopv_desc *const rumpfs_opv_descs[] = {
	&rumpfs_vnodeop_opv_desc,
	&rumpfs_specop_opv_desc,
	&rumpfs_fifoop_opv_desc,
	NULL
};

struct vfsops rumpfs_vfsops = {
	.vfs_name = MOUNT_RUMPFS,
	.vfs_mount = rumpfs_mount,
	.vfs_unmount = rumpfs_unmount,
	.vfs_root = rumpfs_root,
	.vfs_statvfs = genfs_statvfs,
	.vfs_sync = rumpfs_sync,
	.vfs_loadvnode = rumpfs_loadvnode,
	.vfs_mountroot = rumpfs_mountroot,
	.vfs_renamelock_enter = genfs_renamelock_enter,
	.vfs_renamelock_exit = genfs_renamelock_exit,
	.vfs_opv_descs = rumpfs_opv_descs,
};
