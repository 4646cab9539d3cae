/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls about whole file systems: mount, unmount, statistics, sync,
 * quotas.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/module.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/quotactl.h>
#include <sys/syscallargs.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include <rump-priv/namei.h>
#include <rump-priv/vnode.h>

/* Flags that an update may change. */
#define MNT_UPDATABLE \
	(MNT_BASIC_FLAGS & ~MNT_RDONLY)

/*
 * Mounting.
 */

/* Processes in the directory COVERED move to the root mounted there. */
static void
mount_moveprocs(struct vnode *covered, struct vnode *newroot)
{
	struct proc *p;
	struct cwdinfo *cwdi;
	struct vnode *old[2];

	if (vnode_uses(covered) == 1)
		return;
	mutex_enter(proc_lock);
	PROCLIST_FOREACH(p, &allproc) {
		old[0] = old[1] = NULL;
		cwdi = p->p_cwdi;
		if (cwdi == NULL)
			continue;
		rw_enter(&cwdi->cwdi_lock, RW_WRITER);
		if (cwdi->cwdi_cdir == covered) {
			vref(newroot);
			old[0] = cwdi->cwdi_cdir;
			cwdi->cwdi_cdir = newroot;
		}
		if (cwdi->cwdi_rdir == covered) {
			vref(newroot);
			old[1] = cwdi->cwdi_rdir;
			cwdi->cwdi_rdir = newroot;
		}
		rw_exit(&cwdi->cwdi_lock);
		/* The caller's reference keeps these from being the last. */
		if (old[0] != NULL)
			vrele(old[0]);
		if (old[1] != NULL)
			vrele(old[1]);
	}
	mutex_exit(proc_lock);
}

/* VP, unlocked, may be mounted on: write back and drop what is cached. */
static int
mount_checkdir(struct lwp *l, struct vnode *vp)
{
	int error = 0;

	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (vp->v_type != VDIR)
		error = ENOTDIR;
	else if (vp->v_mountedhere != NULL)
		error = EBUSY;
	if (error == 0)
		error = vinvalbuf(vp, V_SAVE, l->l_cred, l, false, 0);
	VOP_UNLOCK(vp);
	return error;
}

/*
 * Mount a file system of type OPS on *VPP, whose reference is consumed (and
 * *VPP cleared) on success, as is the one to the type always.
 */
int
mount_domount(struct lwp *l, struct vnode **vpp, struct vfsops *ops,
    const char *path, int flags, void *data, size_t *data_len)
{
	struct vnode *vp = *vpp, *root;
	struct mount *mp;
	int error;

	error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_NEW, vp, KAUTH_ARG(flags), data);
	if (error == 0)
		error = mount_checkdir(l, vp);
	if (error != 0) {
		vfs_delref(ops);
		return error;
	}
	mp = vfs_mountalloc(ops, vp);
	mp->mnt_stat.f_owner = kauth_cred_geteuid(l->l_cred);
	(void)vfs_busy(mp, NULL);
	mutex_enter(&mp->mnt_updating);
	mp->mnt_flag = flags & (MNT_BASIC_FLAGS | MNT_FORCE | MNT_IGNORE);
	error = VFS_MOUNT(mp, path, data, data_len);
	mp->mnt_flag &= ~MNT_OP_FLAGS;
	if (error != 0)
		goto fail;

	/* The file system is there: let lookups come in. */
	mp->mnt_iflag &= ~IMNT_WANTRDWR;
	mp->mnt_stat.f_flag = (unsigned)mp->mnt_flag & MNT_VISFLAGMASK;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (vp->v_mountedhere != NULL || vp->v_type != VDIR) {
		VOP_UNLOCK(vp);
		(void)VFS_UNMOUNT(mp, MNT_FORCE);
		error = EBUSY;
		goto fail;
	}
	cache_purge(vp);
	mountlist_append(mp);
	rump_vnode_cover(vp, mp);
	VOP_UNLOCK(vp);
	mutex_exit(&mp->mnt_updating);
	*vpp = NULL;

	if (VFS_ROOT(mp, &root) == 0) {
		VOP_UNLOCK(root);
		rump_vnode_setroot(mp, root);
		mount_moveprocs(vp, root);
		vrele(root);
	}
	if (mp->mnt_op->vfs_start != NULL)
		error = VFS_START(mp, 0);
	(void)VFS_STATVFS(mp, &mp->mnt_stat);
	vfs_unbusy(mp, false, NULL);
	if (error != 0)
		(void)dounmount(mp, MNT_FORCE, l);
	return error;

fail:
	mutex_exit(&mp->mnt_updating);
	mp->mnt_vnodecovered = NULL;
	vfs_unbusy(mp, true, NULL);
	vfs_destroy(mp);
	vfs_destroy(mp);
	return error;
}

/* MNT_UPDATE: change a mount; VP is its root. */
static int
mount_update(struct lwp *l, struct vnode *vp, const char *path, int flags,
    void *data, size_t *data_len)
{
	struct mount *mp = vp->v_mount;
	int saved, error;

	if ((vp->v_vflag & VV_ROOT) == 0)
		return EINVAL;
	if ((flags & MNT_RELOAD) != 0 && (mp->mnt_flag & MNT_RDONLY) == 0)
		return EOPNOTSUPP;	/* reloading needs a read-only mount */
	error = vfs_busy(mp, NULL);
	if (error != 0)
		return error;
	mutex_enter(&mp->mnt_updating);
	error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_UPDATE, mp, KAUTH_ARG(flags), data);
	if (error != 0)
		goto out;
	saved = mp->mnt_flag;
	mp->mnt_flag &= ~MNT_OP_FLAGS;
	mp->mnt_flag |= flags & MNT_OP_FLAGS;
	if (flags & MNT_RDONLY) {
		if ((mp->mnt_flag & MNT_RDONLY) == 0)
			mp->mnt_iflag |= IMNT_WANTRDONLY;
		mp->mnt_flag |= MNT_RDONLY;
	} else if (mp->mnt_flag & MNT_RDONLY) {
		mp->mnt_iflag |= IMNT_WANTRDWR;
	}
	mp->mnt_flag &= ~MNT_UPDATABLE;
	mp->mnt_flag |= flags & MNT_UPDATABLE;
	error = VFS_MOUNT(mp, path, data, data_len);
	if (error == 0 && data != NULL && (mp->mnt_iflag & IMNT_WANTRDWR))
		mp->mnt_flag &= ~MNT_RDONLY;
	if (error != 0)
		mp->mnt_flag = saved;
	mp->mnt_flag &= ~MNT_OP_FLAGS;
	mp->mnt_iflag &= ~(IMNT_WANTRDWR | IMNT_WANTRDONLY);
	mp->mnt_stat.f_flag = (unsigned)mp->mnt_flag & MNT_VISFLAGMASK;
	cache_purgevfs(mp);
out:
	mutex_exit(&mp->mnt_updating);
	vfs_unbusy(mp, false, NULL);
	return error;
}

/* MNT_GETARGS: what was mounted, in DATA. */
static int
mount_getargs(struct lwp *l, struct vnode *vp, const char *path, int flags,
    void *data, size_t *data_len)
{
	struct mount *mp = vp->v_mount;
	int error;

	if (flags & ~MNT_GETARGS)
		return EINVAL;
	if ((vp->v_vflag & VV_ROOT) == 0)
		return EINVAL;
	error = vfs_busy(mp, NULL);
	if (error != 0)
		return error;
	mutex_enter(&mp->mnt_updating);
	mp->mnt_flag = (mp->mnt_flag & ~MNT_OP_FLAGS) | MNT_GETARGS;
	error = VFS_MOUNT(mp, path, data, data_len);
	mp->mnt_flag &= ~MNT_OP_FLAGS;
	mutex_exit(&mp->mnt_updating);
	vfs_unbusy(mp, false, NULL);
	return error;
}

/* The type named by a client, with a reference; loads its module. */
static int
mount_type(const char *type, enum uio_seg seg, struct vfsops **opsp)
{
	char name[sizeof(((struct statvfs *)NULL)->f_fstypename)];
	struct vfsops *ops;
	int error;

	error = seg == UIO_USERSPACE ?
	    copyinstr(type, name, sizeof(name), NULL) :
	    copystr(type, name, sizeof(name), NULL);
	if (error != 0)
		return error == ENAMETOOLONG ? ENODEV : error;
	ops = vfs_getopsbyname(name);
	if (ops == NULL &&
	    module_autoload(name, MODULE_CLASS_VFS) == 0)
		ops = vfs_getopsbyname(name);
	if (ops == NULL)
		return ENODEV;
	*opsp = ops;
	return 0;
}

/* A kernel copy of the arguments, at least as big as the type wants. */
static int
mount_copyargs(const struct vfsops *ops, int flags, const void *udata,
    size_t len, void **datap, size_t *sizep)
{
	void *data;
	size_t size = MAX(len, ops->vfs_min_mount_data);
	int error;

	*datap = NULL;
	*sizep = 0;
	if (udata == NULL || size == 0)
		return 0;
	if (len > VFS_MAX_MOUNT_DATA)
		return EINVAL;
	data = kmem_zalloc(size, KM_SLEEP);
	if (len == 0)
		len = size;
	if ((flags & MNT_GETARGS) == 0) {
		error = copyin(udata, data, len);
		if (error != 0) {
			kmem_free(data, size);
			return error;
		}
	}
	*datap = data;
	*sizep = size;
	return 0;
}

int
do_sys_mount(struct lwp *l, const char *type, enum uio_seg type_seg,
    const char *path, int flags, void *data, enum uio_seg data_seg,
    size_t data_len, register_t *retval)
{
	struct vfsops *ops = NULL;
	struct vnode *vp;
	void *data_buf = data;
	size_t data_buf_sz = 0, len = data_len;
	int error;

	error = namei_simple_user(path, NSM_FOLLOW_TRYEMULROOT, &vp);
	if (error != 0)
		return error;
	if (flags & (MNT_GETARGS | MNT_UPDATE)) {
		ops = vfs_getopsbyname(vp->v_mount->mnt_op->vfs_name);
		error = ops == NULL ? ENODEV : 0;
	} else {
		error = mount_type(type, type_seg, &ops);
	}
	if (error != 0) {
		vrele(vp);
		return error;
	}
	if (data_seg == UIO_USERSPACE) {
		error = mount_copyargs(ops, flags, data, data_len, &data_buf,
		    &data_buf_sz);
		if (error != 0) {
			vfs_delref(ops);
			vrele(vp);
			return error;
		}
		if (len == 0 && data_buf != NULL)
			len = data_buf_sz;
	}
	if (flags & MNT_GETARGS) {
		if (data_len == 0 || data == NULL)
			error = EINVAL;
		else
			error = mount_getargs(l, vp, path, flags, data_buf,
			    &len);
		if (error == 0 && data_seg == UIO_USERSPACE)
			error = copyout(data_buf, data, MIN(len, data_len));
		if (error == 0)
			*retval = len;
		vfs_delref(ops);
	} else if (flags & MNT_UPDATE) {
		error = mount_update(l, vp, path, flags, data_buf, &len);
		vfs_delref(ops);
	} else {
		error = mount_domount(l, &vp, ops, path, flags, data_buf,
		    &len);
	}
	if (vp != NULL)
		vrele(vp);
	if (data_buf != data && data_buf != NULL)
		kmem_free(data_buf, data_buf_sz);
	return error;
}

int
sys___mount50(struct lwp *l, const struct sys___mount50_args *uap,
    register_t *retval)
{

	return do_sys_mount(l, SCARG(uap, type), UIO_USERSPACE,
	    SCARG(uap, path), SCARG(uap, flags), SCARG(uap, data),
	    UIO_USERSPACE, SCARG(uap, data_len), retval);
}

/* Unmounting: the path names the root, or what is mounted. */
int
sys_unmount(struct lwp *l, const struct sys_unmount_args *uap,
    register_t *retval)
{
	struct vnode *vp;
	struct mount *mp;
	int error;

	if ((SCARG(uap, flags) & ~MNT_FORCE) != 0)
		return EINVAL;
	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, path), true, &vp);
	if (error != 0)
		return error;
	mp = vp->v_mount;
	vfs_reference(mp);
	error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_UNMOUNT, mp, NULL, NULL);
	if (error == 0 && ((vp->v_vflag & VV_ROOT) == 0 ||
	    vp == rootvnode))
		error = EINVAL;
	vrele(vp);
	if (error == 0)
		error = dounmount(mp, SCARG(uap, flags), l);
	vfs_destroy(mp);
	return error;
}

/*
 * Statistics.
 */

int
do_sys_pstatvfs(struct lwp *l, const char *path, int flags,
    struct statvfs *sb)
{
	struct vnode *vp;
	int error;

	error = namei_simple_user(path, NSM_FOLLOW_TRYEMULROOT, &vp);
	if (error != 0)
		return error;
	error = dostatvfs(vp->v_mount, sb, l, flags, 1);
	vrele(vp);
	return error;
}

int
do_sys_fstatvfs(struct lwp *l, int fd, int flags, struct statvfs *sb)
{
	struct file *fp;
	int error;

	error = fd_getvnode(fd, &fp);
	if (error != 0)
		return error;
	error = dostatvfs(fp->f_vnode->v_mount, sb, l, flags, 1);
	fd_putfile(fd);
	return error;
}

int
sys_statvfs1(struct lwp *l, const struct sys_statvfs1_args *uap,
    register_t *retval)
{
	struct statvfs *sb;
	int error;

	sb = kmem_alloc(sizeof(*sb), KM_SLEEP);
	error = do_sys_pstatvfs(l, SCARG(uap, path), SCARG(uap, flags), sb);
	if (error == 0)
		error = copyout(sb, SCARG(uap, buf), sizeof(*sb));
	kmem_free(sb, sizeof(*sb));
	return error;
}

int
sys_fstatvfs1(struct lwp *l, const struct sys_fstatvfs1_args *uap,
    register_t *retval)
{
	struct statvfs *sb;
	int error;

	sb = kmem_alloc(sizeof(*sb), KM_SLEEP);
	error = do_sys_fstatvfs(l, SCARG(uap, fd), SCARG(uap, flags), sb);
	if (error == 0)
		error = copyout(sb, SCARG(uap, buf), sizeof(*sb));
	kmem_free(sb, sizeof(*sb));
	return error;
}

/* All mounts that the process can see; how many there are is the result. */
int
do_sys_getvfsstat(struct lwp *l, void *sfsp, size_t bufsize, int flags,
    int (*copyfn)(const void *, void *, size_t), size_t entry_sz,
    register_t *retval)
{
	const size_t maxcount = bufsize / entry_sz;
	struct mount *mp, *nmp;
	struct statvfs *sb;
	size_t count = 0;
	int error = 0;

	sb = kmem_alloc(sizeof(*sb), KM_SLEEP);
	mutex_enter(&mountlist_lock);
	for (mp = TAILQ_FIRST(&mountlist); mp != NULL; mp = nmp) {
		if (vfs_busy(mp, &nmp) != 0)
			continue;
		if (sfsp != NULL && count < maxcount) {
			error = dostatvfs(mp, sb, l, flags, 1);
			if (error == EPERM) {
				/* Outside of this process's root. */
				error = 0;
				vfs_unbusy(mp, false, &nmp);
				continue;
			}
			if (error == 0)
				error = (*copyfn)(sb, sfsp, entry_sz);
			sfsp = (char *)sfsp + entry_sz;
		}
		count++;
		vfs_unbusy(mp, false, &nmp);
		if (error != 0)
			break;
	}
	mutex_exit(&mountlist_lock);
	kmem_free(sb, sizeof(*sb));
	*retval = sfsp != NULL && count > maxcount ? maxcount : count;
	return error;
}

int
sys_getvfsstat(struct lwp *l, const struct sys_getvfsstat_args *uap,
    register_t *retval)
{

	return do_sys_getvfsstat(l, SCARG(uap, buf), SCARG(uap, bufsize),
	    SCARG(uap, flags), copyout, sizeof(struct statvfs), retval);
}

int
sys_sync(struct lwp *l, const void *v, register_t *retval)
{

	return do_sys_sync(l);
}

/*
 * Quotas: the file system answers.
 */
int
do_sys_quotactl(const char *path, const struct quotactl_args *args)
{
	struct quotactl_args kargs = *args;
	struct vnode *vp;
	struct mount *mp;
	int error;

	error = namei_simple_user(path, NSM_FOLLOW_TRYEMULROOT, &vp);
	if (error != 0)
		return error;
	mp = vp->v_mount;
	if (mp->mnt_op->vfs_quotactl == NULL)
		error = EOPNOTSUPP;
	else
		error = VFS_QUOTACTL(mp, &kargs);
	vrele(vp);
	return error;
}
