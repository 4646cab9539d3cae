/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file system as a whole: module, mount, unmount, statistics, handles,
 * and the loading of vnodes.  vfsops(9).
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/conf.h>
#include <sys/device.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/module.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/statvfs.h>
#include <sys/vnode.h>
#include <miscfs/genfs/genfs.h>
#include <miscfs/genfs/genfs_node.h>
#include <miscfs/specfs/specdev.h>
#include <uvm/uvm_extern.h>

#include "ext2fs.h"

MODULE(MODULE_CLASS_VFS, ext2fs, NULL);

/* What mount(2) hands over: struct ufs_args. */
struct ext2fs_args {
	char *fspec;		/* block device */
};

/* How a file handle looks. */
struct ext2_fid {
	uint16_t ef_len;
	uint16_t ef_pad;
	uint32_t ef_ino;
	uint32_t ef_gen;
};

VFS_PROTOS(ext2fs);

static const struct vnodeopv_desc * const ext2fs_vnodeopv_descs[] = {
	&ext2fs_vnodeop_opv_desc,
	&ext2fs_specop_opv_desc,
	&ext2fs_fifoop_opv_desc,
	NULL
};

static struct vfsops ext2fs_vfsops = {
	.vfs_name = "ext2fs",
	.vfs_min_mount_data = sizeof(struct ext2fs_args),
	.vfs_mount = ext2fs_mount,
	.vfs_start = ext2fs_start,
	.vfs_unmount = ext2fs_unmount,
	.vfs_root = ext2fs_root,
	.vfs_quotactl = (void *)eopnotsupp,
	.vfs_statvfs = ext2fs_statvfs,
	.vfs_sync = ext2fs_sync,
	.vfs_vget = ext2fs_vget,
	.vfs_loadvnode = ext2fs_loadvnode,
	.vfs_fhtovp = ext2fs_fhtovp,
	.vfs_vptofh = ext2fs_vptofh,
	.vfs_init = ext2fs_init,
	.vfs_done = ext2fs_done,
	.vfs_snapshot = (void *)eopnotsupp,
	.vfs_extattrctl = vfs_stdextattrctl,
	.vfs_suspendctl = (void *)eopnotsupp,
	.vfs_renamelock_enter = genfs_renamelock_enter,
	.vfs_renamelock_exit = genfs_renamelock_exit,
	.vfs_fsync = (void *)eopnotsupp,
	.vfs_opv_descs = ext2fs_vnodeopv_descs,
};

static int
ext2fs_modcmd(modcmd_t cmd, void *arg)
{

	switch (cmd) {
	case MODULE_CMD_INIT:
		return vfs_attach(&ext2fs_vfsops);
	case MODULE_CMD_FINI:
		return vfs_detach(&ext2fs_vfsops);
	default:
		return ENOTTY;
	}
}

void
ext2fs_init(void)
{
}

void
ext2fs_done(void)
{
}

/* Finds the device and opens it; *devvpp is referenced and unlocked. */
static int
open_device(const char *fspec, struct lwp *l, struct vnode **devvpp)
{
	struct vnode *devvp;
	int error;

	error = namei_simple_user(fspec, NSM_FOLLOW_NOEMULROOT, &devvp);
	if (error)
		return error;
	if (devvp->v_type != VBLK) {
		vrele(devvp);
		return ENOTBLK;
	}
	if (bdevsw_lookup(devvp->v_rdev) == NULL) {
		vrele(devvp);
		return ENXIO;
	}
	vn_lock(devvp, LK_EXCLUSIVE | LK_RETRY);
	error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_DEVICE, devvp, KAUTH_ARG(VREAD), NULL);
	if (error == 0)
		error = VOP_OPEN(devvp, FREAD, FSCRED);
	VOP_UNLOCK(devvp);
	if (error) {
		vrele(devvp);
		return error;
	}
	*devvpp = devvp;
	return 0;
}

/* Closes the device and drops what the cache has of it. */
static void
close_device(struct vnode *devvp)
{

	vn_lock(devvp, LK_EXCLUSIVE | LK_RETRY);
	(void)vinvalbuf(devvp, 0, NOCRED, curlwp, false, 0);
	(void)VOP_CLOSE(devvp, FREAD, NOCRED);
	vput(devvp);
}

static void
free_mount(struct ext2_mount *emp)
{

	ext2fs_fc_free(emp);
	ext2fs_tabfree(&emp->em_overlay);
	ext2fs_tabfree(&emp->em_adopted);
	mutex_destroy(&emp->em_lock);
	kmem_free(emp, sizeof(*emp));
}

/*
 * Reads the superblock, replays the journal in memory, and reads the
 * superblock again as the journal leaves it.
 */
static int
load_super(struct ext2_mount *emp)
{
	struct e2_super *old;
	uint64_t nsec = 0;
	unsigned secsize = 0;
	int error;

	if (getdisksize(emp->em_devvp, &nsec, &secsize) != 0)
		nsec = 0;
	error = ext2fs_super_read(emp, false);
	if (error == 0)
		error = ext2fs_super_check(emp, nsec * secsize);
	if (error || !EXT2_HAS(emp, incompat, E2_INCOMPAT_RECOVER))
		return error;
	error = ext2fs_replay(emp);
	if (error)
		return error;
	old = kmem_alloc(sizeof(*old), KM_SLEEP);
	*old = emp->em_sb;
	error = ext2fs_super_read(emp, true);
	/* The journal may not move what was used to read it. */
	if (error == 0 && (old->s_log_block_size != emp->em_sb.s_log_block_size
	    || old->s_first_data_block != emp->em_sb.s_first_data_block ||
	    memcmp(old->s_uuid, emp->em_sb.s_uuid, sizeof(old->s_uuid)) != 0))
		error = ext2fs_damaged(emp, "superblock in the journal");
	kmem_free(old, sizeof(*old));
	if (error)
		return error;
	memset(emp->em_gcache, 0, sizeof(emp->em_gcache));
	return ext2fs_super_check(emp, nsec * secsize);
}

/* A file system without a root could be neither used nor found again. */
static int
check_root(struct ext2_mount *emp)
{
	struct ext2_inode *ip;
	int error;

	ip = kmem_alloc(sizeof(*ip), KM_SLEEP);
	error = ext2fs_iload(emp, E2_ROOTINO, ip);
	if (error == 0) {
		if ((ip->i_mode & E2_IFMT) != E2_IFDIR)
			error = EIO;
		ext2fs_idone(ip);
	}
	kmem_free(ip, sizeof(*ip));
	return error ? ext2fs_damaged(emp, "no root directory") : 0;
}

/* The part of mounting that has an open device. */
static int
mount_fs(struct mount *mp, struct vnode *devvp)
{
	struct ext2_mount *emp;
	int error;

	emp = kmem_zalloc(sizeof(*emp), KM_SLEEP);
	emp->em_devvp = devvp;
	emp->em_dev = devvp->v_rdev;
	emp->em_mp = mp;
	mutex_init(&emp->em_lock, MUTEX_DEFAULT, IPL_NONE);
	error = load_super(emp);
	if (error == 0)
		error = check_root(emp);
	if (error) {
		free_mount(emp);
		return error;
	}
	mp->mnt_data = emp;
	mp->mnt_stat.f_fsidx.__fsid_val[0] = (int32_t)emp->em_dev;
	mp->mnt_stat.f_fsidx.__fsid_val[1] = makefstype("ext2fs");
	mp->mnt_stat.f_fsid = mp->mnt_stat.f_fsidx.__fsid_val[0];
	mp->mnt_stat.f_namemax = E2_NAMEMAX;
	mp->mnt_flag |= MNT_LOCAL;
	mp->mnt_iflag |= IMNT_MPSAFE | IMNT_DTYPE | IMNT_RUMP_FASTLOOKUP;
	mp->mnt_dev_bshift = DEV_BSHIFT;
	mp->mnt_fs_bshift = emp->em_bshift;
	spec_node_setmountedfs(devvp, mp);
	return 0;
}

int
ext2fs_mount(struct mount *mp, const char *path, void *data,
    size_t *data_len)
{
	struct ext2fs_args *args = data;
	struct lwp *l = curlwp;
	struct vnode *devvp;
	int error;

	if (args == NULL || *data_len < sizeof(*args))
		return EINVAL;
	if (mp->mnt_flag & MNT_GETARGS) {
		if (VFSTOE(mp) == NULL)
			return EIO;
		args->fspec = NULL;
		*data_len = sizeof(*args);
		return 0;
	}
	if (mp->mnt_flag & MNT_UPDATE)
		return (mp->mnt_iflag & IMNT_WANTRDWR) ? EROFS : 0;
	if ((mp->mnt_flag & MNT_RDONLY) == 0)
		return EROFS;
	if (args->fspec == NULL)
		return EINVAL;
	error = open_device(args->fspec, l, &devvp);
	if (error)
		return error;
	error = set_statvfs_info(path, UIO_USERSPACE, args->fspec,
	    UIO_USERSPACE, mp->mnt_op->vfs_name, mp, l);
	if (error == 0)
		error = mount_fs(mp, devvp);
	if (error)
		close_device(devvp);
	return error;
}

int
ext2fs_start(struct mount *mp, int flags)
{

	return 0;
}

int
ext2fs_unmount(struct mount *mp, int mntflags)
{
	struct ext2_mount *emp = VFSTOE(mp);
	struct vnode *devvp = emp->em_devvp;
	int error;

	error = vflush(mp, NULLVP,
	    (mntflags & MNT_FORCE) ? FORCECLOSE : 0);
	if (error)
		return error;
	if (devvp->v_type != VBAD)
		spec_node_setmountedfs(devvp, NULL);
	close_device(devvp);
	free_mount(emp);
	mp->mnt_data = NULL;
	mp->mnt_flag &= ~MNT_LOCAL;
	return 0;
}

int
ext2fs_root(struct mount *mp, struct vnode **vpp)
{
	struct vnode *vp;
	int error;

	error = ext2fs_getnode(VFSTOE(mp), E2_ROOTINO, &vp);
	if (error)
		return error;
	if (vp->v_type != VDIR) {
		vrele(vp);
		return ext2fs_damaged(VFSTOE(mp), "the root is no directory");
	}
	error = vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (error) {
		vrele(vp);
		return error;
	}
	*vpp = vp;
	return 0;
}

/*
 * Space for root: its own reserve, and what the host's ext4 keeps back for
 * itself where there are extents (a fiftieth, at most 4096 clusters).
 */
static uint64_t
reserved(const struct ext2_mount *emp)
{
	uint64_t r, resv;

	r = le32toh(emp->em_sb.s_r_blocks_count_lo);
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_64BIT))
		r |= (uint64_t)le32toh(emp->em_sb.s_r_blocks_count_hi) << 32;
	r = MIN(r, emp->em_blocks);
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_EXTENTS)) {
		resv = (emp->em_blocks >> emp->em_cshift) / 50;
		r += MIN(resv, 4096) << emp->em_cshift;
	}
	return r;
}

int
ext2fs_statvfs(struct mount *mp, struct statvfs *sbp)
{
	struct ext2_mount *emp = VFSTOE(mp);
	uint64_t resv;

	ext2fs_count(emp);
	mutex_enter(&emp->em_lock);
	sbp->f_bsize = emp->em_bsize;
	sbp->f_frsize = emp->em_bsize;
	sbp->f_iosize = emp->em_bsize;
	sbp->f_blocks = emp->em_blocks - (emp->em_overhead << emp->em_cshift);
	sbp->f_bfree = emp->em_free << emp->em_cshift;
	resv = reserved(emp);
	sbp->f_bresvd = resv;
	sbp->f_bavail = sbp->f_bfree > resv ? sbp->f_bfree - resv : 0;
	sbp->f_files = emp->em_inodes;
	sbp->f_ffree = emp->em_ifree;
	sbp->f_favail = emp->em_ifree;
	sbp->f_fresvd = 0;
	mutex_exit(&emp->em_lock);
	copy_statvfs_info(sbp, mp);
	return 0;
}

/* There is never anything to write. */
int
ext2fs_sync(struct mount *mp, int waitfor, struct kauth_cred *cred)
{

	return 0;
}

int
ext2fs_getnode(struct ext2_mount *emp, uint32_t ino, struct vnode **vpp)
{

	return vcache_get(emp->em_mp, &ino, sizeof(ino), vpp);
}

int
ext2fs_vget(struct mount *mp, ino_t ino, struct vnode **vpp)
{
	int error;

	if (ino == 0 || ino > VFSTOE(mp)->em_inodes)
		return ESTALE;
	error = ext2fs_getnode(VFSTOE(mp), (uint32_t)ino, vpp);
	if (error)
		return error;
	error = vn_lock(*vpp, LK_EXCLUSIVE);
	if (error) {
		vrele(*vpp);
		*vpp = NULL;
	}
	return error;
}

static const enum vtype types[16] = {
	[E2_IFIFO >> 12] = VFIFO, [E2_IFCHR >> 12] = VCHR,
	[E2_IFDIR >> 12] = VDIR, [E2_IFBLK >> 12] = VBLK,
	[E2_IFREG >> 12] = VREG, [E2_IFLNK >> 12] = VLNK,
	[E2_IFSOCK >> 12] = VSOCK,
};

int
ext2fs_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t key_len, const void **new_key)
{
	struct ext2_node *en;
	uint32_t ino;
	int error;

	KASSERT(key_len == sizeof(ino));
	memcpy(&ino, key, sizeof(ino));
	en = kmem_zalloc(sizeof(*en), KM_SLEEP);
	error = ext2fs_iload(VFSTOE(mp), ino, &en->en_i);
	if (error) {
		kmem_free(en, sizeof(*en));
		return error;
	}
	en->en_vp = vp;
	vp->v_data = en;
	vp->v_tag = VT_EXT2FS;
	vp->v_op = ext2fs_vnodeop_p;
	vp->v_type = types[en->en_i.i_mode >> 12];
	if (ino == E2_ROOTINO)
		vp->v_vflag |= VV_ROOT;
	if (vp->v_type == VCHR || vp->v_type == VBLK) {
		vp->v_op = ext2fs_specop_p;
		spec_node_init(vp, ext2fs_rdev(&en->en_i));
	} else if (vp->v_type == VFIFO)
		vp->v_op = ext2fs_fifoop_p;
	genfs_node_init(vp, &ext2fs_genfsops);
	uvm_vnp_setsize(vp, (voff_t)en->en_i.i_size);
	*new_key = &en->en_i.i_ino;
	return 0;
}

int
ext2fs_vptofh(struct vnode *vp, struct fid *fhp, size_t *fh_size)
{
	struct ext2_fid ef;

	if (*fh_size < sizeof(ef)) {
		*fh_size = sizeof(ef);
		return E2BIG;
	}
	*fh_size = sizeof(ef);
	memset(&ef, 0, sizeof(ef));
	ef.ef_len = sizeof(ef);
	ef.ef_ino = VTOEI(vp)->i_ino;
	ef.ef_gen = VTOEI(vp)->i_gen;
	memcpy(fhp, &ef, sizeof(ef));
	return 0;
}

int
ext2fs_fhtovp(struct mount *mp, struct fid *fhp, struct vnode **vpp)
{
	struct ext2_fid ef;
	int error;

	if (fhp->fid_len != sizeof(ef))
		return EINVAL;
	memcpy(&ef, fhp, sizeof(ef));
	if (ef.ef_ino != E2_ROOTINO && ef.ef_ino < E2_FIRSTINO)
		return ESTALE;
	error = ext2fs_vget(mp, ef.ef_ino, vpp);
	if (error)
		return error == ENOENT ? ESTALE : error;
	if (VTOEI(*vpp)->i_gen != ef.ef_gen) {
		vput(*vpp);
		*vpp = NULL;
		return ESTALE;
	}
	return 0;
}
