/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_vfsops.c - mounting, statistics, file handles, and where vnodes come
 * from.  Locking: tm_lock for counts and limits; mounts and updates are
 * serialised by the caller.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/statvfs.h>

#include <uvm/uvm_extern.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/specfs/specdev.h>

VFS_PROTOS(tmpfs);

/* Nodes by default: one for each KiB of the limit, or this many. */
#define TMPFS_NODES_DEFAULT	(UINT64_C(1) << 32)
#define TMPFS_NODES_PER_KIB	1

static int
check_args(const struct tmpfs_args *args, size_t len)
{

	if (args == NULL || len < sizeof(*args) ||
	    args->ta_version != TMPFS_ARGS_VERSION)
		return EINVAL;
	if (args->ta_root_uid == (uid_t)VNOVAL ||
	    args->ta_root_gid == (gid_t)VNOVAL ||
	    args->ta_root_mode == (mode_t)VNOVAL)
		return EINVAL;
	return 0;
}

/* What the arguments mean, in bytes and files. */
static void
limits(const struct tmpfs_args *args, uint64_t *sizep, uint64_t *bytesp,
    uint64_t *nodesp)
{

	*sizep = args->ta_size_max > 0 ? (uint64_t)args->ta_size_max : 0;
	*bytesp = *sizep != 0 ? *sizep : UINT64_MAX;
	if (args->ta_nodes_max > 3)
		*nodesp = args->ta_nodes_max;
	else if (*sizep != 0)
		*nodesp = 3 + *sizep / 1024 * TMPFS_NODES_PER_KIB;
	else
		*nodesp = TMPFS_NODES_DEFAULT;
}

static int
get_args(struct mount *mp, struct tmpfs_args *args, size_t *lenp)
{
	struct tmpfs_mount *tm = VFS_TO_TMPFS(mp);

	if (tm == NULL)
		return EIO;
	if (args == NULL || *lenp < sizeof(*args))
		return EINVAL;
	memset(args, 0, sizeof(*args));
	args->ta_version = TMPFS_ARGS_VERSION;
	mutex_enter(&tm->tm_lock);
	args->ta_nodes_max = tm->tm_nodes_max;
	args->ta_size_max = (off_t)tm->tm_size_arg;
	mutex_exit(&tm->tm_lock);
	args->ta_root_uid = tm->tm_root->tn_uid;
	args->ta_root_gid = tm->tm_root->tn_gid;
	args->ta_root_mode = tm->tm_root->tn_mode;
	*lenp = sizeof(*args);
	return 0;
}

/* Other limits, another access mode: never below what is in use. */
static int
update(struct mount *mp, const struct tmpfs_args *args)
{
	struct tmpfs_mount *tm = VFS_TO_TMPFS(mp);
	uint64_t size, bytes, nodes;
	int error = 0;

	limits(args, &size, &bytes, &nodes);
	mutex_enter(&tm->tm_lock);
	if (tm->tm_bytes > bytes || tm->tm_nnodes > nodes) {
		error = EBUSY;
	} else {
		tm->tm_size_arg = size;
		tm->tm_bytes_max = bytes;
		tm->tm_nodes_max = nodes;
	}
	mutex_exit(&tm->tm_lock);
	if (error == 0 && (mp->mnt_flag & MNT_RDONLY))
		error = vflush(mp, NULL, WRITECLOSE);
	return error;
}

static struct tmpfs_mount *
mount_alloc(struct mount *mp, const struct tmpfs_args *args)
{
	struct tmpfs_mount *tm;

	tm = kmem_zalloc(sizeof(*tm), KM_NOSLEEP);
	if (tm == NULL)
		return NULL;
	tm->tm_mount = mp;
	mutex_init(&tm->tm_lock, MUTEX_DEFAULT, IPL_NONE);
	limits(args, &tm->tm_size_arg, &tm->tm_bytes_max, &tm->tm_nodes_max);
	tmpfs_nodes_init(tm);
	return tm;
}

static void
mount_free(struct tmpfs_mount *tm)
{
	struct tmpfs_node *node;

	while ((node = tmpfs_node_first(tm)) != NULL)
		tmpfs_node_destroy(tm, node);
	KASSERT(tm->tm_nnodes == 0 && tm->tm_bytes == 0);
	mutex_destroy(&tm->tm_lock);
	kmem_free(tm, sizeof(*tm));
}

static int
make_root(struct tmpfs_mount *tm, const struct tmpfs_args *args)
{
	struct vattr va;
	int error;

	vattr_null(&va);
	va.va_type = VDIR;
	va.va_mode = args->ta_root_mode & ALLPERMS;
	error = tmpfs_node_new(tm, &va, args->ta_root_uid, args->ta_root_gid,
	    &tm->tm_root);
	if (error == 0) {
		KASSERT(tm->tm_root->tn_id == TMPFS_ROOT_ID);
		/* Its "." and the name under which it is mounted. */
		tm->tm_root->tn_links = 2;
	}
	return error;
}

int
tmpfs_mount(struct mount *mp, const char *path, void *data, size_t *data_len)
{
	struct tmpfs_args *args = data;
	struct tmpfs_mount *tm;
	int error;

	if (mp->mnt_flag & MNT_GETARGS)
		return get_args(mp, args, data_len);
	error = check_args(args, *data_len);
	if (error != 0)
		return error;
	if (mp->mnt_flag & MNT_UPDATE)
		return update(mp, args);

	tm = mount_alloc(mp, args);
	if (tm == NULL)
		return ENOMEM;
	error = make_root(tm, args);
	if (error != 0) {
		mount_free(tm);
		return error;
	}
	mp->mnt_data = tm;
	mp->mnt_flag |= MNT_LOCAL;
	mp->mnt_stat.f_namemax = TMPFS_MAXNAMLEN;
	mp->mnt_fs_bshift = PAGE_SHIFT;
	mp->mnt_dev_bshift = DEV_BSHIFT;
	mp->mnt_iflag |= IMNT_MPSAFE | IMNT_RUMP_FASTLOOKUP;
	vfs_getnewfsid(mp);
	error = set_statvfs_info(path, UIO_USERSPACE, "tmpfs", UIO_SYSSPACE,
	    mp->mnt_op->vfs_name, mp, curlwp);
	if (error != 0) {
		mp->mnt_data = NULL;
		mount_free(tm);
	}
	return error;
}

int
tmpfs_start(struct mount *mp, int flags)
{

	return 0;
}

int
tmpfs_unmount(struct mount *mp, int mntflags)
{
	int error;

	error = vflush(mp, NULL, (mntflags & MNT_FORCE) ? FORCECLOSE : 0);
	if (error != 0)
		return error;
	mount_free(VFS_TO_TMPFS(mp));
	mp->mnt_data = NULL;
	mp->mnt_flag &= ~MNT_LOCAL;
	return 0;
}

int
tmpfs_root(struct mount *mp, struct vnode **vpp)
{
	const ino_t id = TMPFS_ROOT_ID;
	int error;

	error = vcache_get(mp, &id, sizeof(id), vpp);
	if (error != 0)
		return error;
	error = vn_lock(*vpp, LK_EXCLUSIVE);
	if (error != 0) {
		vrele(*vpp);
		*vpp = NULL;
	}
	return error;
}

int
tmpfs_vget(struct mount *mp, ino_t ino, struct vnode **vpp)
{
	int error;

	error = vcache_get(mp, &ino, sizeof(ino), vpp);
	if (error != 0)
		return error;
	error = vn_lock(*vpp, LK_EXCLUSIVE);
	if (error != 0) {
		vrele(*vpp);
		*vpp = NULL;
	}
	return error;
}

/* Tie vnode and file together; nobody else can see the vnode yet. */
static void
vnode_init(struct mount *mp, struct vnode *vp, struct tmpfs_node *node)
{
	kmutex_t *lock;

	vp->v_tag = VT_TMPFS;
	vp->v_type = node->tn_type;
	vp->v_data = node;
	vp->v_op = tmpfs_vnodeop_p;
	switch (node->tn_type) {
	case VBLK:
	case VCHR:
		vp->v_op = tmpfs_specop_p;
		spec_node_init(vp, node->tn_rdev);
		break;
	case VFIFO:
		vp->v_op = tmpfs_fifoop_p;
		break;
	case VREG:
		/* Pages are found under either object: they share a lock. */
		lock = node->tn_reg.uobj->vmobjlock;
		mutex_obj_hold(lock);
		uvm_obj_setlock(&vp->v_uobj, lock);
		break;
	default:
		break;
	}
	if (node == VFS_TO_TMPFS(mp)->tm_root)
		vp->v_vflag |= VV_ROOT;
	uvm_vnp_setsize(vp, node->tn_size);
}

int
tmpfs_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t key_len, const void **new_key)
{
	struct tmpfs_node *node;
	ino_t id;

	if (key_len != sizeof(id))
		return EINVAL;
	memcpy(&id, key, sizeof(id));
	/*
	 * A file goes away only when its vnode is reclaimed, and the cache
	 * does not load a vnode of the same key before that is over.
	 */
	node = tmpfs_node_find(VFS_TO_TMPFS(mp), id);
	if (node == NULL || node->tn_links == 0)
		return ENOENT;
	vnode_init(mp, vp, node);
	*new_key = &node->tn_id;
	return 0;
}

int
tmpfs_newvnode(struct mount *mp, struct vnode *dvp, struct vnode *vp,
    struct vattr *vap, kauth_cred_t cred, size_t *key_len,
    const void **new_key)
{
	struct tmpfs_node *node, *dnode;
	struct vattr va = *vap;
	uid_t uid = kauth_cred_geteuid(cred);
	int error, ismember = 0;

	if (dvp == NULL)
		return EOPNOTSUPP;
	/* A new file's group is its directory's. */
	dnode = VP_TO_TMPFS_NODE(dvp);
	if (va.va_type == VREG && (va.va_mode & S_ISGID) && uid != 0 &&
	    (kauth_cred_ismember_gid(cred, dnode->tn_gid, &ismember) != 0 ||
	    !ismember))
		va.va_mode &= ~S_ISGID;
	error = tmpfs_node_new(VFS_TO_TMPFS(mp), &va, uid, dnode->tn_gid,
	    &node);
	if (error != 0)
		return error;
	vnode_init(mp, vp, node);
	*key_len = sizeof(node->tn_id);
	*new_key = &node->tn_id;
	return 0;
}

int
tmpfs_fhtovp(struct mount *mp, struct fid *fhp, struct vnode **vpp)
{
	struct tmpfs_fid tf;
	int error;

	if (fhp->fid_len != sizeof(tf))
		return EINVAL;
	memcpy(&tf, fhp, sizeof(tf));
	error = tmpfs_vget(mp, tf.tf_id, vpp);
	if (error != 0)
		return error == ENOENT ? ESTALE : error;
	if (VP_TO_TMPFS_NODE(*vpp)->tn_gen != tf.tf_gen ||
	    VP_TO_TMPFS_NODE(*vpp)->tn_links == 0) {
		vput(*vpp);
		*vpp = NULL;
		return ESTALE;
	}
	return 0;
}

int
tmpfs_vptofh(struct vnode *vp, struct fid *fhp, size_t *fh_size)
{
	const struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct tmpfs_fid tf;
	const size_t have = *fh_size;

	*fh_size = sizeof(tf);
	if (have < sizeof(tf))
		return E2BIG;
	memset(&tf, 0, sizeof(tf));
	tf.tf_len = sizeof(tf);
	tf.tf_gen = node->tn_gen;
	tf.tf_id = node->tn_id;
	memcpy(fhp, &tf, sizeof(tf));
	return 0;
}

int
tmpfs_statvfs(struct mount *mp, struct statvfs *sbp)
{
	struct tmpfs_mount *tm = VFS_TO_TMPFS(mp);
	uint64_t total, left, nodes;

	tmpfs_mem_info(tm, &total, &left);
	sbp->f_iosize = sbp->f_frsize = sbp->f_bsize = PAGE_SIZE;
	sbp->f_blocks = total >> PAGE_SHIFT;
	sbp->f_bfree = sbp->f_bavail = left >> PAGE_SHIFT;
	sbp->f_bresvd = 0;

	mutex_enter(&tm->tm_lock);
	nodes = tm->tm_nodes_max - tm->tm_nnodes;
	sbp->f_files = tm->tm_nodes_max;
	mutex_exit(&tm->tm_lock);
	sbp->f_ffree = sbp->f_favail = nodes;
	sbp->f_fresvd = 0;
	copy_statvfs_info(sbp, mp);
	return 0;
}

int
tmpfs_sync(struct mount *mp, int waitfor, kauth_cred_t cred)
{

	return 0;
}

void
tmpfs_init(void)
{
}

void
tmpfs_done(void)
{
}

int
tmpfs_snapshot(struct mount *mp, struct vnode *vp, struct timespec *ts)
{

	return EOPNOTSUPP;
}

int
tmpfs_suspendctl(struct mount *mp, int cmd)
{

	return EOPNOTSUPP;
}

static const struct vnodeopv_desc * const tmpfs_vnodeopv_descs[] = {
	&tmpfs_vnodeop_opv_desc,
	&tmpfs_specop_opv_desc,
	&tmpfs_fifoop_opv_desc,
	NULL
};

struct vfsops tmpfs_vfsops = {
	.vfs_name = MOUNT_TMPFS,
	.vfs_min_mount_data = sizeof(struct tmpfs_args),
	.vfs_mount = tmpfs_mount,
	.vfs_start = tmpfs_start,
	.vfs_unmount = tmpfs_unmount,
	.vfs_root = tmpfs_root,
	.vfs_quotactl = (void *)eopnotsupp,
	.vfs_statvfs = tmpfs_statvfs,
	.vfs_sync = tmpfs_sync,
	.vfs_vget = tmpfs_vget,
	.vfs_loadvnode = tmpfs_loadvnode,
	.vfs_newvnode = tmpfs_newvnode,
	.vfs_fhtovp = tmpfs_fhtovp,
	.vfs_vptofh = tmpfs_vptofh,
	.vfs_init = tmpfs_init,
	.vfs_done = tmpfs_done,
	.vfs_snapshot = tmpfs_snapshot,
	.vfs_extattrctl = vfs_stdextattrctl,
	.vfs_suspendctl = tmpfs_suspendctl,
	.vfs_renamelock_enter = genfs_renamelock_enter,
	.vfs_renamelock_exit = genfs_renamelock_exit,
	.vfs_fsync = (void *)eopnotsupp,
	.vfs_opv_descs = tmpfs_vnodeopv_descs
};

MODULE(MODULE_CLASS_VFS, tmpfs, NULL);

static int
tmpfs_modcmd(modcmd_t cmd, void *arg)
{

	switch (cmd) {
	case MODULE_CMD_INIT:
		return vfs_attach(&tmpfs_vfsops);
	case MODULE_CMD_FINI:
		return vfs_detach(&tmpfs_vfsops);
	default:
		return ENOTTY;
	}
}
