/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that open files, and those on open files that are vnodes:
 * seeking, directory entries, truncation, flushing, limits, allocation.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/unistd.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include <rump-priv/namei.h>
#include <rump-priv/vnode.h>

/*
 * Opening.
 */

/* O_SHLOCK, O_EXLOCK: lock the vnode, which is unlocked meanwhile. */
static int
open_lock(struct lwp *l, struct file *fp, int flags)
{
	struct vnode *vp = fp->f_vnode;
	struct flock lf;
	int type, error;

	if ((flags & (O_EXLOCK | O_SHLOCK)) == 0)
		return 0;
	lf.l_whence = SEEK_SET;
	lf.l_start = 0;
	lf.l_len = 0;
	lf.l_type = (flags & O_EXLOCK) ? F_WRLCK : F_RDLCK;
	type = F_FLOCK;
	if ((flags & FNONBLOCK) == 0)
		type |= F_WAIT;
	VOP_UNLOCK(vp);
	error = VOP_ADVLOCK(vp, fp, F_SETLK, &lf, type);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (error != 0)
		return error;
	mutex_enter(&fp->f_lock);
	fp->f_flag |= FHASLOCK;
	mutex_exit(&fp->f_lock);
	return 0;
}

/*
 * FP is to stand for VP, which is open and locked; it is unlocked.  On
 * failure VP is closed.
 */
static int
open_finish(struct lwp *l, struct file *fp, struct vnode *vp, int flags,
    int fd)
{
	int error;

	fp->f_flag = flags & FMASK;
	fp->f_type = DTYPE_VNODE;
	fp->f_ops = &vnops;
	fp->f_vnode = vp;
	error = open_lock(l, fp, flags);
	VOP_UNLOCK(vp);
	if (error != 0) {
		(void)vn_close(vp, fp->f_flag, fp->f_cred);
		fd_abort(l->l_proc, fp, fd);
		return error;
	}
	fd_set_exclose(l, fd, (flags & O_CLOEXEC) != 0);
	fd_affix(l->l_proc, fp, fd);
	return 0;
}

/* The directory that an *at call starts in, for rump_vn_open(). */
static int
open_lookupat(struct nameidata *ndp)
{

	return fd_nameiat(curlwp, (int)(intptr_t)ndp->ni_next, ndp);
}

static int
open_common(struct lwp *l, int fdat, struct vnode *atdir, struct pathbuf *pb,
    int oflags, int mode, int *fdp)
{
	struct proc *p = l->l_proc;
	struct nameidata nd;
	struct file *fp;
	int flags, cmode, indx, error;

	flags = FFLAGS(oflags);
	if ((oflags & O_ACCMODE) == O_ACCMODE ||
	    (flags & (FREAD | FWRITE)) == 0)
		return EINVAL;
	error = fd_allocfile(&fp, &indx);
	if (error != 0)
		return error;
	cmode = ((mode & ~p->p_cwdi->cwdi_cmask) & ALLPERMS) & ~S_ISTXT;
	NDINIT(&nd, LOOKUP, FOLLOW, pb);
	l->l_dupfd = -indx - 1;
	if (atdir != NULL) {
		NDAT(&nd, atdir);
		error = vn_open(&nd, flags, cmode);
	} else {
		nd.ni_next = (const char *)(intptr_t)fdat;
		error = rump_vn_open(&nd, flags, cmode, open_lookupat);
	}
	if (error != 0) {
		const int what = error;

		fd_abort(p, fp, indx);
		if ((what == EDUPFD || what == EMOVEFD) && l->l_dupfd >= 0) {
			error = fd_dupopen(l->l_dupfd, &indx, flags, what);
			if (error == 0)
				*fdp = indx;
		}
		return error == ERESTART ? EINTR : error;
	}
	l->l_dupfd = 0;
	error = open_finish(l, fp, nd.ni_vp, flags, indx);
	if (error == 0)
		*fdp = indx;
	return error;
}

int
do_open(struct lwp *l, struct vnode *dvp, struct pathbuf *pb, int flags,
    int mode, int *fd)
{

	return open_common(l, AT_FDCWD, dvp, pb, flags, mode, fd);
}

static int
open_user(struct lwp *l, int fdat, const char *path, int flags, int mode,
    register_t *retval)
{
	struct pathbuf *pb;
	int error, fd = -1;

	error = pathbuf_copyin(path, &pb);
	if (error != 0)
		return error;
	error = open_common(l, fdat, NULL, pb, flags, mode, &fd);
	pathbuf_destroy(pb);
	if (error == 0)
		*retval = fd;
	return error;
}

int
sys_open(struct lwp *l, const struct sys_open_args *uap, register_t *retval)
{

	return open_user(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, flags),
	    SCARG(uap, mode), retval);
}

int
sys_openat(struct lwp *l, const struct sys_openat_args *uap,
    register_t *retval)
{

	return open_user(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, oflags), SCARG(uap, mode), retval);
}

/*
 * File handles.  They name files without a path, so they are for the
 * superuser only.
 */

int
vfs_composefh(struct vnode *vp, fhandle_t *fhp, size_t *fh_size)
{
	struct mount *mp = vp->v_mount;
	struct fid *fidp = NULL;
	size_t needs, fidsize = 0;
	int error;

	if (*fh_size >= FHANDLE_SIZE_MIN) {
		fidp = &fhp->fh_fid;
		fhp->fh_fsid = mp->mnt_stat.f_fsidx;
		fidsize = *fh_size - offsetof(fhandle_t, fh_fid);
	}
	error = VFS_VPTOFH(vp, fidp, &fidsize);
	needs = FHANDLE_SIZE_FROM_FILEID_SIZE(fidsize);
	if (error == 0 && *fh_size < needs)
		error = E2BIG;
	*fh_size = needs;
	return error;
}

int
vfs_composefh_alloc(struct vnode *vp, fhandle_t **fhpp)
{
	fhandle_t *fhp;
	size_t size = FHANDLE_SIZE_MAX;
	int error;

	fhp = kmem_zalloc(FHANDLE_SIZE_MAX, KM_SLEEP);
	error = vfs_composefh(vp, fhp, &size);
	if (error != 0) {
		kmem_free(fhp, FHANDLE_SIZE_MAX);
		fhp = NULL;
	}
	*fhpp = fhp;
	return error;
}

void
vfs_composefh_free(fhandle_t *fhp)
{

	kmem_free(fhp, FHANDLE_SIZE_MAX);
}

/* The vnode of a handle, locked as the file system's fhtovp does it. */
int
vfs_fhtovp(fhandle_t *fhp, struct vnode **vpp)
{
	struct mount *mp;
	int error;

	*vpp = NULL;
	mp = vfs_getvfs(&fhp->fh_fsid);
	if (mp == NULL || vfs_busy(mp, NULL) != 0)
		return ESTALE;
	error = VFS_FHTOVP(mp, &fhp->fh_fid, vpp);
	vfs_unbusy(mp, false, NULL);
	return error;
}

int
vfs_copyinfh_alloc(const void *ufhp, size_t size, fhandle_t **fhpp)
{
	fhandle_t *fhp;
	int error;

	*fhpp = NULL;
	if (size < FHANDLE_SIZE_MIN || size > FHANDLE_SIZE_MAX)
		return EINVAL;
	fhp = kmem_zalloc(FHANDLE_SIZE_MAX, KM_SLEEP);
	error = copyin(ufhp, fhp, size);
	/* What the handle says of its size must be what was given. */
	if (error == 0 && FHANDLE_SIZE(fhp) != size)
		error = EINVAL;
	if (error != 0) {
		kmem_free(fhp, FHANDLE_SIZE_MAX);
		return error;
	}
	*fhpp = fhp;
	return 0;
}

void
vfs_copyinfh_free(fhandle_t *fhp)
{

	kmem_free(fhp, FHANDLE_SIZE_MAX);
}

static int
fh_allowed(struct lwp *l)
{

	return kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_FILEHANDLE, 0,
	    NULL, NULL, NULL);
}

/* A client's handle to a locked vnode. */
static int
fh_lookup(struct lwp *l, const void *ufhp, size_t size, struct vnode **vpp)
{
	fhandle_t *fh;
	int error;

	error = fh_allowed(l);
	if (error != 0)
		return error;
	error = vfs_copyinfh_alloc(ufhp, size, &fh);
	if (error != 0)
		return error;
	error = vfs_fhtovp(fh, vpp);
	vfs_copyinfh_free(fh);
	return error;
}

int
sys___getfh30(struct lwp *l, const struct sys___getfh30_args *uap,
    register_t *retval)
{
	struct vnode *vp;
	fhandle_t *fh;
	size_t size, usize;
	int error;

	error = fh_allowed(l);
	if (error != 0)
		return error;
	error = copyin(SCARG(uap, fh_size), &usize, sizeof(usize));
	if (error != 0)
		return error;
	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, fname), true, &vp);
	if (error != 0)
		return error;
	size = FHANDLE_SIZE_MAX;
	fh = kmem_zalloc(size, KM_SLEEP);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = vfs_composefh(vp, fh, &size);
	vput(vp);
	if (error == 0) {
		error = copyout(&size, SCARG(uap, fh_size), sizeof(size));
		if (error == 0 && usize < size)
			error = E2BIG;
		if (error == 0)
			error = copyout(fh, SCARG(uap, fhp), size);
	}
	kmem_free(fh, FHANDLE_SIZE_MAX);
	return error;
}

int
dofhopen(struct lwp *l, const void *ufhp, size_t fhsize, int oflags,
    register_t *retval)
{
	struct vnode *vp;
	struct file *fp;
	const int flags = FFLAGS(oflags);
	int indx, error;

	error = fh_allowed(l);
	if (error != 0)
		return error;
	if ((flags & (FREAD | FWRITE)) == 0 || (flags & O_CREAT) != 0)
		return EINVAL;
	error = fd_allocfile(&fp, &indx);
	if (error != 0)
		return error;
	error = fh_lookup(l, ufhp, fhsize, &vp);
	if (error == 0) {
		error = rump_vn_openvp(vp, flags, l->l_cred);
		if (error != 0)
			vput(vp);
	}
	if (error != 0) {
		fd_abort(l->l_proc, fp, indx);
		return error;
	}
	error = open_finish(l, fp, vp, flags, indx);
	if (error == 0)
		*retval = indx;
	return error;
}

int
sys___fhopen40(struct lwp *l, const struct sys___fhopen40_args *uap,
    register_t *retval)
{

	return dofhopen(l, SCARG(uap, fhp), SCARG(uap, fh_size),
	    SCARG(uap, flags), retval);
}

int
do_fhstat(struct lwp *l, const void *ufhp, size_t fhsize, struct stat *sb)
{
	struct vnode *vp;
	int error;

	error = fh_lookup(l, ufhp, fhsize, &vp);
	if (error != 0)
		return error;
	error = vn_stat(vp, sb);
	vput(vp);
	return error;
}

int
sys___fhstat50(struct lwp *l, const struct sys___fhstat50_args *uap,
    register_t *retval)
{
	struct stat sb;
	int error;

	error = do_fhstat(l, SCARG(uap, fhp), SCARG(uap, fh_size), &sb);
	return error != 0 ? error : copyout(&sb, SCARG(uap, sb), sizeof(sb));
}

int
do_fhstatvfs(struct lwp *l, const void *ufhp, size_t fhsize,
    struct statvfs *sb, int flags)
{
	struct vnode *vp;
	struct mount *mp;
	int error;

	error = fh_lookup(l, ufhp, fhsize, &vp);
	if (error != 0)
		return error;
	mp = vp->v_mount;
	error = dostatvfs(mp, sb, l, flags, 1);
	vput(vp);
	return error;
}

int
sys___fhstatvfs140(struct lwp *l, const struct sys___fhstatvfs140_args *uap,
    register_t *retval)
{
	struct statvfs *sb;
	int error;

	sb = kmem_alloc(sizeof(*sb), KM_SLEEP);
	error = do_fhstatvfs(l, SCARG(uap, fhp), SCARG(uap, fh_size), sb,
	    SCARG(uap, flags));
	if (error == 0)
		error = copyout(sb, SCARG(uap, buf), sizeof(*sb));
	kmem_free(sb, sizeof(*sb));
	return error;
}

/*
 * Position and directory entries.
 */

int
sys_lseek(struct lwp *l, const struct sys_lseek_args *uap, register_t *retval)
{
	struct vattr va;
	struct vnode *vp;
	struct file *fp;
	off_t newoff;
	int error, fd = SCARG(uap, fd);

	fp = fd_getfile(fd);
	if (fp == NULL)
		return EBADF;
	if (fp->f_type != DTYPE_VNODE || fp->f_vnode->v_type == VFIFO) {
		error = ESPIPE;
		goto out;
	}
	vp = fp->f_vnode;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = 0;
	switch (SCARG(uap, whence)) {
	case SEEK_CUR:
		newoff = fp->f_offset;
		break;
	case SEEK_END:
		error = VOP_GETATTR(vp, &va, fp->f_cred);
		newoff = error == 0 ? (off_t)va.va_size : 0;
		break;
	case SEEK_SET:
		newoff = 0;
		break;
	default:
		newoff = 0;
		error = EINVAL;
		break;
	}
	if (error == 0 && __builtin_add_overflow(newoff, SCARG(uap, offset),
	    &newoff))
		error = EINVAL;
	if (error == 0)
		error = VOP_SEEK(vp, fp->f_offset, newoff, fp->f_cred);
	if (error == 0)
		*(off_t *)retval = fp->f_offset = newoff;
	VOP_UNLOCK(vp);
out:
	fd_putfile(fd);
	return error;
}

int
sys___getdents30(struct lwp *l, const struct sys___getdents30_args *uap,
    register_t *retval)
{
	struct file *fp;
	int error, done = 0;

	error = fd_getvnode(SCARG(uap, fd), &fp);
	if (error != 0)
		return error;
	if ((fp->f_flag & FREAD) == 0)
		error = EBADF;
	else
		error = vn_readdir(fp, SCARG(uap, buf), UIO_USERSPACE,
		    MIN(SCARG(uap, count), INT_MAX), &done, l, NULL, NULL);
	fd_putfile(SCARG(uap, fd));
	*retval = done;
	return error;
}

/*
 * Sizes.
 */

static int
truncate_vnode(struct vnode *vp, off_t length, kauth_cred_t cred,
    bool checkaccess)
{
	struct vattr va;
	int error;

	if (length < 0)
		return EINVAL;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = 0;
	if (vp->v_type == VDIR)
		error = EISDIR;
	else if (vp->v_mount->mnt_flag & MNT_RDONLY)
		error = EROFS;
	if (error == 0)
		error = vn_writechk(vp);
	if (error == 0 && checkaccess)
		error = VOP_ACCESS(vp, VWRITE, cred);
	if (error == 0) {
		vattr_null(&va);
		va.va_size = length;
		error = VOP_SETATTR(vp, &va, cred);
	}
	VOP_UNLOCK(vp);
	return error;
}

int
sys_truncate(struct lwp *l, const struct sys_truncate_args *uap,
    register_t *retval)
{
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, path), true, &vp);
	if (error != 0)
		return error;
	error = truncate_vnode(vp, SCARG(uap, length), l->l_cred, true);
	vrele(vp);
	return error;
}

int
sys_ftruncate(struct lwp *l, const struct sys_ftruncate_args *uap,
    register_t *retval)
{
	struct file *fp;
	int error;

	error = fd_getvnode(SCARG(uap, fd), &fp);
	if (error != 0)
		return error;
	if ((fp->f_flag & FWRITE) == 0)
		error = EINVAL;
	else
		error = truncate_vnode(fp->f_vnode, SCARG(uap, length),
		    fp->f_cred, false);
	fd_putfile(SCARG(uap, fd));
	return error;
}

/* Common checks of posix_fallocate(2) and fdiscard(2). */
static int
range_file(int fd, off_t pos, off_t len, struct file **fpp)
{
	struct file *fp;
	int error;
	off_t end;

	if (pos < 0 || len <= 0)
		return EINVAL;
	if (__builtin_add_overflow(pos, len, &end))
		return EFBIG;
	fp = fd_getfile(fd);
	if (fp == NULL)
		return EBADF;
	error = 0;
	if ((fp->f_flag & FWRITE) == 0)
		error = EBADF;
	else if (fp->f_type == DTYPE_PIPE)
		error = ESPIPE;
	else if (fp->f_type != DTYPE_VNODE)
		error = ENODEV;
	else if (fp->f_vnode->v_type == VFIFO)
		error = ESPIPE;
	else if (fp->f_vnode->v_type == VDIR)
		error = EISDIR;
	if (error != 0) {
		fd_putfile(fd);
		return error;
	}
	*fpp = fp;
	return 0;
}

/* The error is the call's result, as POSIX has it. */
int
sys_posix_fallocate(struct lwp *l, const struct sys_posix_fallocate_args *uap,
    register_t *retval)
{
	struct file *fp;
	struct vnode *vp;
	int error;

	error = range_file(SCARG(uap, fd), SCARG(uap, pos), SCARG(uap, len),
	    &fp);
	if (error == 0) {
		vp = fp->f_vnode;
		vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
		error = VOP_FALLOCATE(vp, SCARG(uap, pos), SCARG(uap, len));
		VOP_UNLOCK(vp);
		fd_putfile(SCARG(uap, fd));
	}
	*retval = error;
	return 0;
}

int
sys_fdiscard(struct lwp *l, const struct sys_fdiscard_args *uap,
    register_t *retval)
{
	struct file *fp;
	struct vnode *vp;
	int error;

	error = range_file(SCARG(uap, fd), SCARG(uap, pos), SCARG(uap, len),
	    &fp);
	if (error != 0)
		return error;
	vp = fp->f_vnode;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = VOP_FDISCARD(vp, SCARG(uap, pos), SCARG(uap, len));
	VOP_UNLOCK(vp);
	fd_putfile(SCARG(uap, fd));
	return error;
}

/*
 * Flushing.
 */

static int
fsync_fd(int fd, int flags, off_t lo, off_t hi, bool needwrite)
{
	struct file *fp;
	struct vnode *vp;
	int error;

	error = fd_getvnode(fd, &fp);
	if (error != 0)
		return error;
	if (needwrite && (fp->f_flag & FWRITE) == 0) {
		fd_putfile(fd);
		return EBADF;
	}
	vp = fp->f_vnode;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = VOP_FSYNC(vp, fp->f_cred, flags, lo, hi);
	VOP_UNLOCK(vp);
	fd_putfile(fd);
	return error;
}

int
sys_fsync(struct lwp *l, const struct sys_fsync_args *uap, register_t *retval)
{

	return fsync_fd(SCARG(uap, fd), FSYNC_WAIT, 0, 0, false);
}

int
sys_fdatasync(struct lwp *l, const struct sys_fdatasync_args *uap,
    register_t *retval)
{

	return fsync_fd(SCARG(uap, fd), FSYNC_WAIT | FSYNC_DATAONLY, 0, 0,
	    true);
}

int
sys_fsync_range(struct lwp *l, const struct sys_fsync_range_args *uap,
    register_t *retval)
{
	const int uflags = SCARG(uap, flags);
	const off_t lo = SCARG(uap, start), len = SCARG(uap, length);
	int nflags = FSYNC_WAIT;
	off_t hi;

	if ((uflags & (FDATASYNC | FFILESYNC)) == 0 ||
	    (uflags & (FDATASYNC | FFILESYNC)) == (FDATASYNC | FFILESYNC))
		return EINVAL;
	if (uflags & FDATASYNC)
		nflags |= FSYNC_DATAONLY;
	if (uflags & FDISKSYNC)
		nflags |= FSYNC_CACHE;
	if (lo < 0 || len < 0 || __builtin_add_overflow(lo, len, &hi))
		return EINVAL;
	/* A length of 0 reaches to the end of the file. */
	if (len == 0 && lo != 0)
		hi = 0x7fffffffffffffffLL;
	return fsync_fd(SCARG(uap, fd), nflags, lo, hi, true);
}

/*
 * Limits.
 */

int
sys_pathconf(struct lwp *l, const struct sys_pathconf_args *uap,
    register_t *retval)
{
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, path), true, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = VOP_PATHCONF(vp, SCARG(uap, name), retval);
	vput(vp);
	return error;
}

int
sys_revoke(struct lwp *l, const struct sys_revoke_args *uap,
    register_t *retval)
{
	struct vattr va;
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, path), true, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = VOP_GETATTR(vp, &va, l->l_cred);
	VOP_UNLOCK(vp);
	if (error == 0 && kauth_cred_geteuid(l->l_cred) != va.va_uid)
		error = kauth_authorize_vnode(l->l_cred, KAUTH_VNODE_REVOKE,
		    vp, NULL, EPERM);
	if (error == 0 && vp->v_type != VCHR && vp->v_type != VBLK)
		error = EINVAL;
	if (error == 0)
		VOP_REVOKE(vp, REVOKEALL);
	vrele(vp);
	return error;
}
