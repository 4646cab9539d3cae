/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tarfs.c - an example of a file system: a tar archive (ustar), mounted
 * read-only from a block device.  Built out of tree:
 *
 *	rumpcc -o librumpfs_tarfs.so tarfs.c tarfs_tree.c
 *	cc tarcat.c -Wl,--no-as-needed -L. -lrumpfs_tarfs \
 *	    $(pkg-config --cflags --libs rumpvfs) -o tarcat
 *	LD_LIBRARY_PATH=. ./tarcat archive.tar some/file
 *
 * It shows vfsops(9), vnodeops(9), the vnode cache and the buffer cache.  The
 * archive is read once at mount time (tarfs_tree.c); after that the tree does
 * not change, so there is nothing to lock.
 */
#include "tarfs.h"

#include <sys/buf.h>
#include <sys/dirent.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/module.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/specfs/specdev.h>

MODULE(MODULE_CLASS_VFS, tarfs, NULL);

VFS_PROTOS(tarfs);

#define VTON(vp) ((struct tarfs_node *)(vp)->v_data)
#define VTOM(vp) ((struct tarfs_mount *)(vp)->v_mount->mnt_data)

static int (**tarfs_vnodeop_p)(void *);

/*
 * Operations on vnodes.
 */

static int
tarfs_lookup(void *v)
{
	struct vop_lookup_v2_args *ap = v;
	struct componentname *cnp = ap->a_cnp;
	struct vnode *dvp = ap->a_dvp;
	struct tarfs_node *n;
	int error;

	*ap->a_vpp = NULL;
	if (dvp->v_type != VDIR)
		return ENOTDIR;
	error = VOP_ACCESS(dvp, VEXEC, cnp->cn_cred);
	if (error != 0)
		return error;
	if ((cnp->cn_flags & ISLASTCN) && cnp->cn_nameiop != LOOKUP)
		return EROFS;
	if (cnp->cn_flags & ISDOTDOT)
		n = VTON(dvp)->parent;
	else if (cnp->cn_namelen == 1 && cnp->cn_nameptr[0] == '.')
		n = VTON(dvp);
	else
		n = tarfs_child(VTON(dvp), cnp->cn_nameptr, cnp->cn_namelen);
	if (n == NULL)
		return ENOENT;
	return vcache_get(dvp->v_mount, &n->ino, sizeof(n->ino), ap->a_vpp);
}

static int
tarfs_open(void *v)
{

	return 0;
}

static int
tarfs_access(void *v)
{
	struct vop_access_args *ap = v;
	struct tarfs_node *n = VTON(ap->a_vp);

	if (ap->a_mode & VWRITE)
		return EROFS;
	return kauth_authorize_vnode(ap->a_cred,
	    KAUTH_ACCESS_ACTION(ap->a_mode, ap->a_vp->v_type, n->mode),
	    ap->a_vp, NULL, genfs_can_access(ap->a_vp->v_type, n->mode,
	    n->uid, n->gid, ap->a_mode, ap->a_cred));
}

static int
tarfs_getattr(void *v)
{
	struct vop_getattr_args *ap = v;
	struct vattr *va = ap->a_vap;
	struct tarfs_node *n = VTON(ap->a_vp);

	vattr_null(va);
	va->va_type = ap->a_vp->v_type;
	va->va_mode = n->mode;
	va->va_nlink = 1;
	va->va_uid = n->uid;
	va->va_gid = n->gid;
	va->va_fsid = ap->a_vp->v_mount->mnt_stat.f_fsidx.__fsid_val[0];
	va->va_fileid = n->ino;
	va->va_size = n->size;
	va->va_blocksize = TAR_BLOCK;
	va->va_atime.tv_sec = va->va_mtime.tv_sec = va->va_ctime.tv_sec =
	    va->va_birthtime.tv_sec = n->mtime;
	va->va_atime.tv_nsec = va->va_mtime.tv_nsec = va->va_ctime.tv_nsec =
	    va->va_birthtime.tv_nsec = 0;
	va->va_gen = 1;
	va->va_flags = 0;
	va->va_bytes = n->size;
	return 0;
}

static int
tarfs_read(void *v)
{
	struct vop_read_args *ap = v;
	struct uio *uio = ap->a_uio;
	struct tarfs_node *n = VTON(ap->a_vp);
	struct buf *bp;
	uint64_t pos;
	size_t skip, len;
	int error = 0;

	if (ap->a_vp->v_type == VDIR)
		return EISDIR;
	if (ap->a_vp->v_type != VREG || uio->uio_offset < 0)
		return EINVAL;
	while (error == 0 && uio->uio_resid > 0 &&
	    (uint64_t)uio->uio_offset < n->size) {
		pos = n->data + (uint64_t)uio->uio_offset;
		skip = (size_t)(uio->uio_offset % TAR_BLOCK);
		len = MIN(TAR_BLOCK - skip, uio->uio_resid);
		len = MIN(len, n->size - (uint64_t)uio->uio_offset);
		error = bread(VTOM(ap->a_vp)->devvp, btodb(pos - skip),
		    TAR_BLOCK, 0, &bp);
		if (error != 0)
			break;
		error = uiomove((char *)bp->b_data + skip, len, uio);
		brelse(bp, 0);
	}
	return error;
}

static int
tarfs_readlink(void *v)
{
	struct vop_readlink_args *ap = v;
	struct tarfs_node *n = VTON(ap->a_vp);

	if (ap->a_vp->v_type != VLNK)
		return EINVAL;
	return uiomove(n->target, MIN(n->size, ap->a_uio->uio_resid),
	    ap->a_uio);
}

/* Positions: 0 is ".", 1 is "..", then the children in their order. */
static int
tarfs_readdir(void *v)
{
	struct vop_readdir_args *ap = v;
	struct uio *uio = ap->a_uio;
	struct tarfs_node *dir = VTON(ap->a_vp), *n;
	const size_t resid = uio->uio_resid;
	struct dirent d;
	off_t pos;
	int error = 0;

	if (ap->a_vp->v_type != VDIR)
		return ENOTDIR;
	if (ap->a_cookies != NULL)
		return EOPNOTSUPP;
	if (uio->uio_offset < 0)
		return EINVAL;
	*ap->a_eofflag = 0;
	n = TAILQ_FIRST(&dir->children);
	for (pos = 2; n != NULL && pos < uio->uio_offset; pos++)
		n = TAILQ_NEXT(n, siblings);
	for (pos = uio->uio_offset;; pos++) {
		if (pos >= 2 && n == NULL) {
			*ap->a_eofflag = 1;
			break;
		}
		memset(&d, 0, sizeof(d));
		if (pos < 2) {
			strlcpy(d.d_name, pos == 0 ? "." : "..",
			    sizeof(d.d_name));
			d.d_fileno = pos == 0 ? dir->ino : dir->parent->ino;
			d.d_type = DT_DIR;
		} else {
			strlcpy(d.d_name, n->name, sizeof(d.d_name));
			d.d_fileno = n->ino;
			d.d_type = vtype2dt(n->type);
			n = TAILQ_NEXT(n, siblings);
		}
		d.d_namlen = (uint16_t)strlen(d.d_name);
		d.d_reclen = (uint16_t)_DIRENT_SIZE(&d);
		if (d.d_reclen > uio->uio_resid) {
			if (uio->uio_resid == resid)
				error = EINVAL;
			break;
		}
		error = uiomove(&d, d.d_reclen, uio);
		if (error != 0)
			break;
		uio->uio_offset = pos + 1;
	}
	return error;
}

static int
tarfs_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = false;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

static int
tarfs_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;
	struct tarfs_node *n = VTON(ap->a_vp);

	ap->a_vp->v_data = NULL;
	vcache_remove(ap->a_vp->v_mount, &n->ino, sizeof(n->ino));
	return 0;
}

static const struct vnodeopv_entry_desc tarfs_vnodeop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, tarfs_lookup },
	{ &vop_open_desc, tarfs_open },
	{ &vop_close_desc, tarfs_open },
	{ &vop_access_desc, tarfs_access },
	{ &vop_getattr_desc, tarfs_getattr },
	{ &vop_read_desc, tarfs_read },
	{ &vop_readdir_desc, tarfs_readdir },
	{ &vop_readlink_desc, tarfs_readlink },
	{ &vop_fcntl_desc, genfs_fcntl },
	{ &vop_ioctl_desc, genfs_enoioctl },
	{ &vop_poll_desc, genfs_poll },
	{ &vop_seek_desc, genfs_seek },
	{ &vop_abortop_desc, genfs_abortop },
	{ &vop_inactive_desc, tarfs_inactive },
	{ &vop_reclaim_desc, tarfs_reclaim },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};

static const struct vnodeopv_desc tarfs_vnodeop_opv_desc = {
	&tarfs_vnodeop_p, tarfs_vnodeop_entries
};

/*
 * Operations on the file system.
 */

/* The device of a path, opened for reading and not locked. */
static int
open_device(const char *path, struct vnode **devvpp)
{
	struct vnode *devvp;
	int error;

	error = namei_simple_user(path, NSM_FOLLOW_NOEMULROOT, &devvp);
	if (error != 0)
		return error;
	if (devvp->v_type != VBLK) {
		vrele(devvp);
		return ENOTBLK;
	}
	vn_lock(devvp, LK_EXCLUSIVE | LK_RETRY);
	error = VOP_OPEN(devvp, FREAD, FSCRED);
	VOP_UNLOCK(devvp);
	if (error != 0) {
		vrele(devvp);
		return error;
	}
	*devvpp = devvp;
	return 0;
}

static void
close_device(struct vnode *devvp)
{

	vn_lock(devvp, LK_EXCLUSIVE | LK_RETRY);
	(void)VOP_CLOSE(devvp, FREAD, NOCRED);
	vput(devvp);
}

int
tarfs_mount(struct mount *mp, const char *path, void *data, size_t *lenp)
{
	struct tarfs_args *args = data;
	struct tarfs_mount *tm;
	int error;

	if (mp->mnt_flag & (MNT_GETARGS | MNT_UPDATE))
		return EOPNOTSUPP;
	if (args == NULL || *lenp < sizeof(*args))
		return EINVAL;
	if ((mp->mnt_flag & MNT_RDONLY) == 0)
		return EROFS;

	tm = kmem_zalloc(sizeof(*tm), KM_SLEEP);
	error = open_device(args->fspec, &tm->devvp);
	if (error != 0)
		goto fail;
	error = tarfs_tree_read(tm);
	if (error != 0) {
		close_device(tm->devvp);
		goto fail;
	}
	mp->mnt_data = tm;
	mp->mnt_flag |= MNT_LOCAL;
	mp->mnt_iflag |= IMNT_MPSAFE;
	mp->mnt_stat.f_namemax = TAR_NAMEMAX;
	mp->mnt_dev_bshift = DEV_BSHIFT;
	mp->mnt_fs_bshift = DEV_BSHIFT;
	spec_node_setmountedfs(tm->devvp, mp);
	vfs_getnewfsid(mp);
	return set_statvfs_info(path, UIO_USERSPACE, args->fspec,
	    UIO_USERSPACE, mp->mnt_op->vfs_name, mp, curlwp);
fail:
	kmem_free(tm, sizeof(*tm));
	return error;
}

int
tarfs_start(struct mount *mp, int flags)
{

	return 0;
}

int
tarfs_unmount(struct mount *mp, int flags)
{
	struct tarfs_mount *tm = mp->mnt_data;
	int error;

	error = vflush(mp, NULL, (flags & MNT_FORCE) ? FORCECLOSE : 0);
	if (error != 0)
		return error;
	spec_node_setmountedfs(tm->devvp, NULL);
	close_device(tm->devvp);
	tarfs_tree_free(tm);
	kmem_free(tm, sizeof(*tm));
	mp->mnt_data = NULL;
	return 0;
}

int
tarfs_vget(struct mount *mp, ino_t ino, struct vnode **vpp)
{
	int error;

	error = vcache_get(mp, &ino, sizeof(ino), vpp);
	if (error == 0)
		error = vn_lock(*vpp, LK_EXCLUSIVE);
	return error;
}

int
tarfs_root(struct mount *mp, struct vnode **vpp)
{

	return tarfs_vget(mp, TARFS_ROOT, vpp);
}

int
tarfs_loadvnode(struct mount *mp, struct vnode *vp, const void *key,
    size_t keylen, const void **newkey)
{
	struct tarfs_mount *tm = mp->mnt_data;
	struct tarfs_node *n;
	ino_t ino;

	if (keylen != sizeof(ino))
		return EINVAL;
	memcpy(&ino, key, sizeof(ino));
	n = tarfs_byino(tm, ino);
	if (n == NULL)
		return ENOENT;
	vp->v_tag = VT_NON;
	vp->v_type = n->type;
	vp->v_op = tarfs_vnodeop_p;
	vp->v_data = n;
	if (n->ino == TARFS_ROOT)
		vp->v_vflag |= VV_ROOT;
	uvm_vnp_setsize(vp, (voff_t)n->size);
	*newkey = &n->ino;
	return 0;
}

int
tarfs_statvfs(struct mount *mp, struct statvfs *sb)
{
	struct tarfs_mount *tm = mp->mnt_data;

	sb->f_bsize = sb->f_frsize = sb->f_iosize = TAR_BLOCK;
	sb->f_blocks = tm->blocks;
	sb->f_files = tm->nodes;
	sb->f_bfree = sb->f_bavail = sb->f_bresvd = 0;
	sb->f_ffree = sb->f_favail = sb->f_fresvd = 0;
	copy_statvfs_info(sb, mp);
	return 0;
}

int
tarfs_sync(struct mount *mp, int waitfor, kauth_cred_t cred)
{

	return 0;
}

void
tarfs_init(void)
{
}

void
tarfs_done(void)
{
}

static const struct vnodeopv_desc * const tarfs_vnodeopv_descs[] = {
	&tarfs_vnodeop_opv_desc,
	NULL
};

static struct vfsops tarfs_vfsops = {
	.vfs_name = "tarfs",
	.vfs_min_mount_data = sizeof(struct tarfs_args),
	.vfs_mount = tarfs_mount,
	.vfs_start = tarfs_start,
	.vfs_unmount = tarfs_unmount,
	.vfs_root = tarfs_root,
	.vfs_quotactl = (void *)eopnotsupp,
	.vfs_statvfs = tarfs_statvfs,
	.vfs_sync = tarfs_sync,
	.vfs_vget = tarfs_vget,
	.vfs_loadvnode = tarfs_loadvnode,
	.vfs_fhtovp = (void *)eopnotsupp,
	.vfs_vptofh = (void *)eopnotsupp,
	.vfs_init = tarfs_init,
	.vfs_done = tarfs_done,
	.vfs_snapshot = (void *)eopnotsupp,
	.vfs_extattrctl = vfs_stdextattrctl,
	.vfs_suspendctl = (void *)eopnotsupp,
	.vfs_renamelock_enter = genfs_renamelock_enter,
	.vfs_renamelock_exit = genfs_renamelock_exit,
	.vfs_fsync = (void *)eopnotsupp,
	.vfs_opv_descs = tarfs_vnodeopv_descs
};

static int
tarfs_modcmd(modcmd_t cmd, void *arg)
{

	switch (cmd) {
	case MODULE_CMD_INIT:
		return vfs_attach(&tarfs_vfsops);
	case MODULE_CMD_FINI:
		return vfs_detach(&tarfs_vfsops);
	default:
		return ENOTTY;
	}
}
