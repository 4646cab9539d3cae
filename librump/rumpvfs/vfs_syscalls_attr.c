/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that read and change attributes: the stat family, access,
 * modes, owners, flags, times.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
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
 * stat.
 */

int
do_sys_statat(struct lwp *l, int fdat, const char *path, unsigned int nd_flag,
    struct stat *sb)
{
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, fdat, path, (nd_flag & FOLLOW) != 0,
	    &vp);
	if (error != 0)
		return error;
	error = vn_lock(vp, LK_SHARED);
	if (error == 0) {
		error = vn_stat(vp, sb);
		VOP_UNLOCK(vp);
	}
	vrele(vp);
	return error;
}

int
do_sys_stat(const char *path, unsigned int nd_flag, struct stat *sb)
{

	return do_sys_statat(curlwp, AT_FDCWD, path, nd_flag, sb);
}

static int
stat_user(struct lwp *l, int fdat, const char *path, unsigned flag,
    struct stat *ub)
{
	struct stat sb;
	int error;

	error = do_sys_statat(l, fdat, path, flag, &sb);
	return error != 0 ? error : copyout(&sb, ub, sizeof(sb));
}

int
sys___stat50(struct lwp *l, const struct sys___stat50_args *uap,
    register_t *retval)
{

	return stat_user(l, AT_FDCWD, SCARG(uap, path), FOLLOW,
	    SCARG(uap, ub));
}

int
sys___lstat50(struct lwp *l, const struct sys___lstat50_args *uap,
    register_t *retval)
{

	return stat_user(l, AT_FDCWD, SCARG(uap, path), NOFOLLOW,
	    SCARG(uap, ub));
}

int
sys_fstatat(struct lwp *l, const struct sys_fstatat_args *uap,
    register_t *retval)
{

	return stat_user(l, SCARG(uap, fd), SCARG(uap, path),
	    (SCARG(uap, flag) & AT_SYMLINK_NOFOLLOW) ? NOFOLLOW : FOLLOW,
	    SCARG(uap, buf));
}

/*
 * access.
 */

/* The credential that access(2) asks for: the real ids, or the effective. */
static kauth_cred_t
access_cred(struct lwp *l, int flags)
{
	kauth_cred_t old = l->l_cred, cred;

	if ((flags & AT_EACCESS) != 0 ||
	    (kauth_cred_getuid(old) == kauth_cred_geteuid(old) &&
	    kauth_cred_getgid(old) == kauth_cred_getegid(old))) {
		kauth_cred_hold(old);
		return old;
	}
	cred = kauth_cred_dup(old);
	kauth_cred_seteuid(cred, kauth_cred_getuid(old));
	kauth_cred_setegid(cred, kauth_cred_getgid(old));
	return cred;
}

/* May CRED access VP, which is unlocked, in mode R_OK, W_OK, X_OK? */
static int
access_vnode(struct vnode *vp, int mode, kauth_cred_t cred)
{
	int vmode = 0, error;

	if (mode == F_OK)
		return 0;
	if (mode & R_OK)
		vmode |= VREAD;
	if (mode & W_OK)
		vmode |= VWRITE;
	if (mode & X_OK)
		vmode |= VEXEC;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = VOP_ACCESS(vp, vmode, cred);
	VOP_UNLOCK(vp);
	if (error == 0 && (vmode & VWRITE) != 0)
		error = vn_writechk(vp);
	return error;
}

int
do_sys_accessat(struct lwp *l, int fdat, const char *path, int mode,
    int flags)
{
	kauth_cred_t cred;
	struct nameidata nd;
	struct pathbuf *pb;
	struct vnode *vp = NULL;
	int error;

	if ((mode & ~(R_OK | W_OK | X_OK)) != 0 ||
	    (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW)) != 0)
		return EINVAL;
	cred = access_cred(l, flags);
	if (cred == l->l_cred) {
		error = rump_lookupat_user(l, fdat, path,
		    (flags & AT_SYMLINK_NOFOLLOW) == 0, &vp);
	} else {
		error = pathbuf_copyin(path, &pb);
		if (error == 0) {
			NDINIT(&nd, LOOKUP, (flags & AT_SYMLINK_NOFOLLOW) ?
			    NOFOLLOW : FOLLOW, pb);
			nd.ni_cnd.cn_cred = cred;
			error = fd_nameiat(l, fdat, &nd);
			pathbuf_destroy(pb);
			vp = nd.ni_vp;
		}
	}
	if (error == 0) {
		error = access_vnode(vp, mode, cred);
		vrele(vp);
	}
	kauth_cred_free(cred);
	return error;
}

int
sys_access(struct lwp *l, const struct sys_access_args *uap,
    register_t *retval)
{

	return do_sys_accessat(l, AT_FDCWD, SCARG(uap, path),
	    SCARG(uap, flags), 0);
}

int
sys_faccessat(struct lwp *l, const struct sys_faccessat_args *uap,
    register_t *retval)
{

	return do_sys_accessat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, amode), SCARG(uap, flag));
}

/*
 * Setting: an operation is a function of a locked vnode on a mount that may
 * be written.
 */

struct attr_op {
	int	(*ao_func)(struct lwp *, struct vnode *, struct attr_op *);
	u_long	ao_a, ao_b;
	bool	ao_flag;
	const struct timespec *ao_ts;
};

static int
attr_apply(struct lwp *l, struct vnode *vp, struct attr_op *op)
{
	int error;

	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (vp->v_mount->mnt_flag & MNT_RDONLY)
		error = EROFS;
	else
		error = (*op->ao_func)(l, vp, op);
	VOP_UNLOCK(vp);
	return error;
}

static int
attr_path(struct lwp *l, int fdat, const char *path, bool follow,
    struct attr_op *op)
{
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, fdat, path, follow, &vp);
	if (error != 0)
		return error;
	error = attr_apply(l, vp, op);
	vrele(vp);
	return error;
}

static int
attr_fd(struct lwp *l, int fd, struct attr_op *op)
{
	struct file *fp;
	int error;

	error = fd_getvnode(fd, &fp);
	if (error != 0)
		return error;
	error = attr_apply(l, fp->f_vnode, op);
	fd_putfile(fd);
	return error;
}

/*
 * Modes.
 */

static int
op_mode(struct lwp *l, struct vnode *vp, struct attr_op *op)
{
	struct vattr va;

	vattr_null(&va);
	va.va_mode = op->ao_a & ALLPERMS;
	return VOP_SETATTR(vp, &va, l->l_cred);
}

int
do_sys_chmodat(struct lwp *l, int fdat, const char *path, int mode,
    int flags)
{
	struct attr_op op = { .ao_func = op_mode, .ao_a = mode };

	if ((flags & ~AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	return attr_path(l, fdat, path, (flags & AT_SYMLINK_NOFOLLOW) == 0,
	    &op);
}

int
sys_chmod(struct lwp *l, const struct sys_chmod_args *uap, register_t *retval)
{

	return do_sys_chmodat(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, mode),
	    0);
}

int
sys_lchmod(struct lwp *l, const struct sys_lchmod_args *uap,
    register_t *retval)
{

	return do_sys_chmodat(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, mode),
	    AT_SYMLINK_NOFOLLOW);
}

int
sys_fchmodat(struct lwp *l, const struct sys_fchmodat_args *uap,
    register_t *retval)
{

	return do_sys_chmodat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, mode), SCARG(uap, flag));
}

int
sys_fchmod(struct lwp *l, const struct sys_fchmod_args *uap,
    register_t *retval)
{
	struct attr_op op = { .ao_func = op_mode, .ao_a = SCARG(uap, mode) };

	return attr_fd(l, SCARG(uap, fd), &op);
}

/*
 * Owners.  ao_flag: POSIX semantics, set-id bits are kept for the
 * superuser.
 */

static int
op_owner(struct lwp *l, struct vnode *vp, struct attr_op *op)
{
	struct vattr va;
	uid_t uid = (uid_t)op->ao_a;
	gid_t gid = (gid_t)op->ao_b;
	mode_t newmode;
	int error;

	error = VOP_GETATTR(vp, &va, l->l_cred);
	if (error != 0)
		return error;
	if (op->ao_flag) {
		/* No change of owner, by the superuser: bits stay. */
		newmode = va.va_mode & ~(S_ISUID | S_ISGID);
		if (kauth_cred_geteuid(l->l_cred) == 0 ||
		    (vp->v_type != VREG && vp->v_type != VDIR))
			newmode = (mode_t)VNOVAL;
		else if (newmode == va.va_mode)
			newmode = (mode_t)VNOVAL;
	} else {
		newmode = (mode_t)VNOVAL;
		if ((va.va_mode & S_ISUID) != 0 && uid != (uid_t)-1 &&
		    uid != va.va_uid)
			newmode = va.va_mode & ~S_ISUID;
		if ((va.va_mode & S_ISGID) != 0 && gid != (gid_t)-1 &&
		    gid != va.va_gid)
			newmode = (newmode == (mode_t)VNOVAL ? va.va_mode :
			    newmode) & ~S_ISGID;
	}
	vattr_null(&va);
	va.va_uid = uid;
	va.va_gid = gid;
	va.va_mode = newmode;
	return VOP_SETATTR(vp, &va, l->l_cred);
}

static int
chown_path(struct lwp *l, int fdat, const char *path, uid_t uid, gid_t gid,
    bool follow, bool posix)
{
	struct attr_op op = {
		.ao_func = op_owner, .ao_a = uid, .ao_b = gid, .ao_flag = posix
	};

	return attr_path(l, fdat, path, follow, &op);
}

static int
chown_fd(struct lwp *l, int fd, uid_t uid, gid_t gid, bool posix)
{
	struct attr_op op = {
		.ao_func = op_owner, .ao_a = uid, .ao_b = gid, .ao_flag = posix
	};

	return attr_fd(l, fd, &op);
}

int
do_sys_chownat(struct lwp *l, int fdat, const char *path, uid_t uid,
    gid_t gid, int flags)
{

	if ((flags & ~AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	return chown_path(l, fdat, path, uid, gid,
	    (flags & AT_SYMLINK_NOFOLLOW) == 0, false);
}

int
sys_chown(struct lwp *l, const struct sys_chown_args *uap, register_t *retval)
{

	return chown_path(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, uid),
	    SCARG(uap, gid), true, false);
}

int
sys___posix_chown(struct lwp *l, const struct sys___posix_chown_args *uap,
    register_t *retval)
{

	return chown_path(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, uid),
	    SCARG(uap, gid), true, true);
}

int
sys_lchown(struct lwp *l, const struct sys_lchown_args *uap,
    register_t *retval)
{

	return chown_path(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, uid),
	    SCARG(uap, gid), false, false);
}

int
sys___posix_lchown(struct lwp *l, const struct sys___posix_lchown_args *uap,
    register_t *retval)
{

	return chown_path(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, uid),
	    SCARG(uap, gid), false, true);
}

int
sys_fchown(struct lwp *l, const struct sys_fchown_args *uap,
    register_t *retval)
{

	return chown_fd(l, SCARG(uap, fd), SCARG(uap, uid), SCARG(uap, gid),
	    false);
}

int
sys___posix_fchown(struct lwp *l, const struct sys___posix_fchown_args *uap,
    register_t *retval)
{

	return chown_fd(l, SCARG(uap, fd), SCARG(uap, uid), SCARG(uap, gid),
	    true);
}

int
sys_fchownat(struct lwp *l, const struct sys_fchownat_args *uap,
    register_t *retval)
{

	return do_sys_chownat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, owner), SCARG(uap, group), SCARG(uap, flag));
}

/*
 * Flags.
 */

static int
op_flags(struct lwp *l, struct vnode *vp, struct attr_op *op)
{
	struct vattr va;
	int error;

	/* Non-superusers cannot change the flags of devices. */
	if ((vp->v_type == VCHR || vp->v_type == VBLK) &&
	    kauth_cred_geteuid(l->l_cred) != 0) {
		error = VOP_GETATTR(vp, &va, l->l_cred);
		if (error != 0)
			return error;
		if (va.va_uid != kauth_cred_geteuid(l->l_cred))
			return EPERM;
	}
	vattr_null(&va);
	va.va_flags = op->ao_a;
	return VOP_SETATTR(vp, &va, l->l_cred);
}

int
sys_chflags(struct lwp *l, const struct sys_chflags_args *uap,
    register_t *retval)
{
	struct attr_op op = { .ao_func = op_flags, .ao_a = SCARG(uap, flags) };

	return attr_path(l, AT_FDCWD, SCARG(uap, path), true, &op);
}

int
sys_lchflags(struct lwp *l, const struct sys_lchflags_args *uap,
    register_t *retval)
{
	struct attr_op op = { .ao_func = op_flags, .ao_a = SCARG(uap, flags) };

	return attr_path(l, AT_FDCWD, SCARG(uap, path), false, &op);
}

int
sys_fchflags(struct lwp *l, const struct sys_fchflags_args *uap,
    register_t *retval)
{
	struct attr_op op = { .ao_func = op_flags, .ao_a = SCARG(uap, flags) };

	return attr_fd(l, SCARG(uap, fd), &op);
}

/*
 * Times.
 */

static int
op_times(struct lwp *l, struct vnode *vp, struct attr_op *op)
{
	struct vattr va;

	vattr_null(&va);
	if (op->ao_ts == NULL) {
		vfs_timestamp(&va.va_atime);
		va.va_mtime = va.va_atime;
		va.va_vaflags |= VA_UTIMES_NULL;
	} else {
		if (op->ao_ts[0].tv_nsec != UTIME_OMIT)
			va.va_atime = op->ao_ts[0];
		if (op->ao_ts[1].tv_nsec != UTIME_OMIT)
			va.va_mtime = op->ao_ts[1];
		/* Both now: who may write may do it. */
		if (op->ao_flag)
			va.va_vaflags |= VA_UTIMES_NULL;
	}
	return VOP_SETATTR(vp, &va, l->l_cred);
}

/* Check the times and put the present in where it is asked for. */
static int
times_prepare(struct timespec ts[2], struct attr_op *op)
{
	bool now[2];
	int i;

	for (i = 0; i < 2; i++) {
		now[i] = ts[i].tv_nsec == UTIME_NOW;
		if (now[i])
			vfs_timestamp(&ts[i]);
		else if (ts[i].tv_nsec != UTIME_OMIT &&
		    (ts[i].tv_nsec < 0 || ts[i].tv_nsec >= 1000000000))
			return EINVAL;
	}
	op->ao_flag = now[0] && now[1];
	op->ao_ts = ts;
	return 0;
}

/* By vnode if VP is given, by path, or by descriptor if PATH is NULL. */
int
do_sys_utimensat(struct lwp *l, int fdat, struct vnode *vp, const char *path,
    int flag, const struct timespec *tptr, enum uio_seg seg)
{
	struct attr_op op = { .ao_func = op_times };
	struct timespec ts[2];
	int error;

	if ((flag & ~AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	if (tptr != NULL) {
		if (seg == UIO_USERSPACE) {
			error = copyin(tptr, ts, sizeof(ts));
			if (error != 0)
				return error;
		} else {
			memcpy(ts, tptr, sizeof(ts));
		}
		error = times_prepare(ts, &op);
		if (error != 0)
			return error;
	}
	if (vp != NULL)
		return attr_apply(l, vp, &op);
	return attr_path(l, fdat, path, (flag & AT_SYMLINK_NOFOLLOW) == 0,
	    &op);
}

static int
times_from_timeval(const struct timeval *tptr, enum uio_seg seg,
    struct timespec ts[2])
{
	struct timeval tv[2];
	int i, error;

	if (seg == UIO_USERSPACE) {
		error = copyin(tptr, tv, sizeof(tv));
		if (error != 0)
			return error;
	} else {
		memcpy(tv, tptr, sizeof(tv));
	}
	for (i = 0; i < 2; i++) {
		if (tv[i].tv_usec == UTIME_NOW || tv[i].tv_usec == UTIME_OMIT)
			ts[i].tv_nsec = tv[i].tv_usec;
		else if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return EINVAL;
		else
			ts[i].tv_nsec = tv[i].tv_usec * 1000;
		ts[i].tv_sec = tv[i].tv_sec;
	}
	return 0;
}

int
do_sys_utimes(struct lwp *l, struct vnode *vp, const char *path, int flag,
    const struct timeval *tptr, enum uio_seg seg)
{
	struct timespec ts[2], *tsp = NULL;
	int error;

	if (tptr != NULL) {
		error = times_from_timeval(tptr, seg, ts);
		if (error != 0)
			return error;
		tsp = ts;
	}
	return do_sys_utimensat(l, AT_FDCWD, vp, path,
	    (flag & FOLLOW) ? 0 : AT_SYMLINK_NOFOLLOW, tsp, UIO_SYSSPACE);
}

int
sys___utimes50(struct lwp *l, const struct sys___utimes50_args *uap,
    register_t *retval)
{

	return do_sys_utimes(l, NULL, SCARG(uap, path), FOLLOW,
	    SCARG(uap, tptr), UIO_USERSPACE);
}

int
sys___lutimes50(struct lwp *l, const struct sys___lutimes50_args *uap,
    register_t *retval)
{

	return do_sys_utimes(l, NULL, SCARG(uap, path), NOFOLLOW,
	    SCARG(uap, tptr), UIO_USERSPACE);
}

int
sys___futimes50(struct lwp *l, const struct sys___futimes50_args *uap,
    register_t *retval)
{
	struct file *fp;
	int error;

	error = fd_getvnode(SCARG(uap, fd), &fp);
	if (error != 0)
		return error;
	error = do_sys_utimes(l, fp->f_vnode, NULL, 0, SCARG(uap, tptr),
	    UIO_USERSPACE);
	fd_putfile(SCARG(uap, fd));
	return error;
}

int
sys_futimens(struct lwp *l, const struct sys_futimens_args *uap,
    register_t *retval)
{
	struct file *fp;
	int error;

	error = fd_getvnode(SCARG(uap, fd), &fp);
	if (error != 0)
		return error;
	error = do_sys_utimensat(l, AT_FDCWD, fp->f_vnode, NULL, 0,
	    SCARG(uap, tptr), UIO_USERSPACE);
	fd_putfile(SCARG(uap, fd));
	return error;
}

int
sys_utimensat(struct lwp *l, const struct sys_utimensat_args *uap,
    register_t *retval)
{

	if ((SCARG(uap, flag) & ~AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	return do_sys_utimensat(l, SCARG(uap, fd), NULL, SCARG(uap, path),
	    SCARG(uap, flag), SCARG(uap, tptr), UIO_USERSPACE);
}

/* The time that file systems put into files. */
void
vfs_timestamp(struct timespec *ts)
{

	nanotime(ts);
}
