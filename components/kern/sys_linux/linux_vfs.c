/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux ABI: calls on paths and on files of a file system.  Each
 * translates its arguments and asks the native body.  No locks.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include "linux.h"

/* O_SYNC is two bits in Linux: the order matters. */
static const struct {
	int	lx;
	int	native;
} openflags[] = {
	{ LINUX_O_CREAT, O_CREAT },
	{ LINUX_O_EXCL, O_EXCL },
	{ LINUX_O_NOCTTY, O_NOCTTY },
	{ LINUX_O_TRUNC, O_TRUNC },
	{ LINUX_O_APPEND, O_APPEND },
	{ LINUX_O_NONBLOCK, O_NONBLOCK },
	{ LINUX_O_SYNC, O_SYNC },
	{ LINUX_O_DSYNC, O_DSYNC },
	{ LINUX_O_ASYNC, O_ASYNC },
	{ LINUX_O_DIRECT, O_DIRECT },
	{ LINUX_O_DIRECTORY, O_DIRECTORY },
	{ LINUX_O_NOFOLLOW, O_NOFOLLOW },
	{ LINUX_O_CLOEXEC, O_CLOEXEC },
};

int
linux_to_open(int lx, int *native)
{
	size_t i;

	/* Large files and no access times are the rule and no promise. */
	if ((lx & (LINUX_O_PATH | LINUX_O_TMPFILE)) != 0)
		return EINVAL;
	*native = lx & LINUX_O_ACCMODE;
	for (i = 0; i < __arraycount(openflags); i++) {
		if ((lx & openflags[i].lx) != openflags[i].lx)
			continue;
		*native |= openflags[i].native;
		lx &= ~openflags[i].lx;
	}
	return 0;
}

int
linux_from_open(int native)
{
	int lx = native & O_ACCMODE;
	size_t i;

	for (i = 0; i < __arraycount(openflags); i++)
		if ((native & openflags[i].native) != 0)
			lx |= openflags[i].lx;
	return lx;
}

/* O_CREAT is not for a directory, be it there already. */
static int
refuse_directory(unsigned int fd)
{
	file_t *fp;
	bool isdir;

	if (fd_getvnode(fd, &fp) != 0)
		return 0;
	isdir = fp->f_vnode->v_type == VDIR;
	if (!isdir) {
		fd_putfile(fd);
		return 0;
	}
	(void)fd_close(fd);
	return EISDIR;
}

int
linux_sys_openat(struct lwp *l, const struct sys_openat_args *uap,
    register_t *retval)
{
	struct sys_openat_args ua = *uap;
	int flags, error;

	error = linux_to_open(SCARG(uap, oflags), &flags);
	if (error != 0)
		return error;
	SCARG(&ua, oflags) = flags;
	error = sys_openat(l, &ua, retval);
	if (error == 0 && (flags & O_CREAT) != 0)
		error = refuse_directory((unsigned int)*retval);
	/* A symbolic link where none may be. */
	if (error == EFTYPE && (flags & O_NOFOLLOW) != 0)
		error = (flags & O_DIRECTORY) != 0 ? ENOTDIR : ELOOP;
	return error;
}

int
linux_sys_open(struct lwp *l, const struct sys_open_args *uap,
    register_t *retval)
{
	struct sys_openat_args ua;

	SCARG(&ua, fd) = AT_FDCWD;
	SCARG(&ua, path) = SCARG(uap, path);
	SCARG(&ua, oflags) = SCARG(uap, flags);
	SCARG(&ua, mode) = SCARG(uap, mode);
	return linux_sys_openat(l, &ua, retval);
}

static int
stat_out(const struct stat *sb, void *ub)
{
	struct linux_stat ls;

	memset(&ls, 0, sizeof(ls));
	ls.st_dev = sb->st_dev;
	ls.st_ino = sb->st_ino;
	ls.st_mode = sb->st_mode;
	ls.st_nlink = sb->st_nlink;
	ls.st_uid = sb->st_uid;
	ls.st_gid = sb->st_gid;
	ls.st_rdev = sb->st_rdev;
	ls.st_size = sb->st_size;
	ls.st_blksize = sb->st_blksize;
	ls.st_blocks = sb->st_blocks;
	ls.st_atim.tv_sec = sb->st_atim.tv_sec;
	ls.st_atim.tv_nsec = sb->st_atim.tv_nsec;
	ls.st_mtim.tv_sec = sb->st_mtim.tv_sec;
	ls.st_mtim.tv_nsec = sb->st_mtim.tv_nsec;
	ls.st_ctim.tv_sec = sb->st_ctim.tv_sec;
	ls.st_ctim.tv_nsec = sb->st_ctim.tv_nsec;
	return copyout(&ls, ub, sizeof(ls));
}

static int
stat_path(struct lwp *l, int fdat, const char *path, unsigned int follow,
    void *ub)
{
	struct stat sb;
	int error;

	error = do_sys_statat(l, fdat, path, follow, &sb);
	return error != 0 ? error : stat_out(&sb, ub);
}

int
linux_sys_stat64(struct lwp *l, const struct sys___stat50_args *uap,
    register_t *retval)
{

	return stat_path(l, AT_FDCWD, SCARG(uap, path), FOLLOW,
	    SCARG(uap, ub));
}

int
linux_sys_lstat64(struct lwp *l, const struct sys___lstat50_args *uap,
    register_t *retval)
{

	return stat_path(l, AT_FDCWD, SCARG(uap, path), NOFOLLOW,
	    SCARG(uap, ub));
}

int
linux_sys_fstatat64(struct lwp *l, const struct sys_fstatat_args *uap,
    register_t *retval)
{
	int flag = SCARG(uap, flag);

	if ((flag & ~(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT)) != 0)
		return EINVAL;
	return stat_path(l, SCARG(uap, fd), SCARG(uap, path),
	    (flag & LINUX_AT_SYMLINK_NOFOLLOW) != 0 ? NOFOLLOW : FOLLOW,
	    SCARG(uap, buf));
}

int
linux_sys_fstat64(struct lwp *l, const struct sys___fstat50_args *uap,
    register_t *retval)
{
	struct stat sb;
	int error;

	error = do_sys_fstat(SCARG(uap, fd), &sb);
	return error != 0 ? error : stat_out(&sb, SCARG(uap, sb));
}

/*
 * Directories.  A record grows by at most 8 bytes, from at least 16: what
 * is read natively fits if it is two thirds of the client's buffer.
 */

/* One record; 0: there is no room. */
static size_t
dirent_convert(const struct dirent *d, off_t next, char *out, size_t room)
{
	size_t len = LINUX_DIRENT_RECLEN(d->d_namlen);
	struct linux_dirent *ld = (struct linux_dirent *)(void *)out;

	if (len > room)
		return 0;
	memset(out, 0, len);
	ld->d_ino = d->d_fileno;
	ld->d_off = next;
	ld->d_reclen = (uint16_t)len;
	ld->d_type = d->d_type;
	memcpy(ld->d_name, d->d_name, d->d_namlen);
	return len;
}

/* All records in buf; *outlen in: the room. */
static int
dirents_convert(const char *buf, size_t len, off_t end, const off_t *cookies,
    int ncookies, char *out, size_t *outlen)
{
	const struct dirent *d;
	size_t off, n, used = 0;
	off_t next;
	int i = 0;

	for (off = 0; off < len; off += d->d_reclen, i++) {
		d = (const struct dirent *)(const void *)(buf + off);
		if (d->d_reclen == 0)
			return EIO;
		if (d->d_fileno == 0)
			continue;	/* a hole in the directory */
		next = i < ncookies ? cookies[i] : end;
		n = dirent_convert(d, next, out + used, *outlen - used);
		if (n == 0)
			return EIO;
		used += n;
	}
	*outlen = used;
	return 0;
}

static int
getdents(struct lwp *l, file_t *fp, char *ubuf, size_t count,
    register_t *retval)
{
	off_t *cookies = NULL;
	size_t len = count / 3 * 2, outlen;
	int error, done, ncookies = 0;
	char *buf, *out;

	buf = kmem_alloc(len, KM_SLEEP);
	out = kmem_alloc(count, KM_SLEEP);
	/* Holes alone are no end of the directory. */
	do {
		outlen = count;
		done = 0;
		error = vn_readdir(fp, buf, UIO_SYSSPACE, (unsigned int)len,
		    &done, l, &cookies, &ncookies);
		if (error == 0)
			error = dirents_convert(buf, (size_t)done,
			    fp->f_offset, cookies,
			    cookies != NULL ? ncookies : 0, out, &outlen);
		if (cookies != NULL)
			free(cookies, M_TEMP);
		cookies = NULL;
	} while (error == 0 && done != 0 && outlen == 0);
	if (error == 0)
		error = copyout(out, ubuf, outlen);
	if (error == 0)
		*retval = (register_t)outlen;
	kmem_free(buf, len);
	kmem_free(out, count);
	return error;
}

int
linux_sys_getdents64(struct lwp *l, const struct sys___getdents30_args *uap,
    register_t *retval)
{
	unsigned int fd = (unsigned int)SCARG(uap, fd);
	size_t count = MIN(SCARG(uap, count), 64 * 1024);
	file_t *fp;
	int error;

	/* A longest native name has to have room. */
	if (count < 3 * _DIRENT_MINSIZE((struct dirent *)NULL))
		return EINVAL;
	error = fd_getvnode(fd, &fp);
	if (error != 0)
		return error == EINVAL ? ENOTDIR : error;
	if ((fp->f_flag & FREAD) == 0)
		error = EBADF;
	else if (fp->f_vnode->v_type != VDIR)
		error = ENOTDIR;
	else
		error = getdents(l, fp, SCARG(uap, buf), count, retval);
	fd_putfile(fd);
	return error;
}

/* Removal of a directory by unlink is EISDIR in Linux. */
int
linux_sys_unlinkat(struct lwp *l, const struct sys_unlinkat_args *uap,
    register_t *retval)
{
	int fd = SCARG(uap, fd), flag = SCARG(uap, flag), error;
	struct stat sb;

	if ((flag & ~LINUX_AT_REMOVEDIR) != 0)
		return EINVAL;
	error = do_sys_unlinkat(l, fd, SCARG(uap, path),
	    flag != 0 ? AT_REMOVEDIR : 0, UIO_USERSPACE);
	if (error == EPERM && flag == 0 && do_sys_statat(l, fd,
	    SCARG(uap, path), NOFOLLOW, &sb) == 0 && S_ISDIR(sb.st_mode))
		error = EISDIR;
	return error;
}

int
linux_sys_unlink(struct lwp *l, const struct sys_unlink_args *uap,
    register_t *retval)
{
	struct sys_unlinkat_args ua;

	SCARG(&ua, fd) = AT_FDCWD;
	SCARG(&ua, path) = SCARG(uap, path);
	SCARG(&ua, flag) = 0;
	return linux_sys_unlinkat(l, &ua, retval);
}

int
linux_sys_linkat(struct lwp *l, const struct sys_linkat_args *uap,
    register_t *retval)
{

	if ((SCARG(uap, flags) & ~LINUX_AT_SYMLINK_FOLLOW) != 0)
		return EINVAL;
	return do_sys_linkat(l, SCARG(uap, fd1), SCARG(uap, name1),
	    SCARG(uap, fd2), SCARG(uap, name2),
	    SCARG(uap, flags) != 0 ? FOLLOW : NOFOLLOW, retval);
}

/* The flag of several calls that means the link itself. */
static int
nofollow_flag(int lx)
{

	return (lx & LINUX_AT_SYMLINK_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW :
	    0;
}

int
linux_sys_faccessat(struct lwp *l, const struct sys_faccessat_args *uap,
    register_t *retval)
{
	int lx = SCARG(uap, flag), flag = nofollow_flag(lx);

	if ((lx & ~(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EACCESS)) != 0)
		return EINVAL;
	if ((lx & LINUX_AT_EACCESS) != 0)
		flag |= AT_EACCESS;
	return do_sys_accessat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, amode), flag);
}

int
linux_sys_fchmodat(struct lwp *l, const struct sys_fchmodat_args *uap,
    register_t *retval)
{

	if ((SCARG(uap, flag) & ~LINUX_AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	return do_sys_chmodat(l, SCARG(uap, fd), SCARG(uap, path),
	    (int)SCARG(uap, mode), nofollow_flag(SCARG(uap, flag)));
}

int
linux_sys_fchownat(struct lwp *l, const struct sys_fchownat_args *uap,
    register_t *retval)
{

	if ((SCARG(uap, flag) & ~LINUX_AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	return do_sys_chownat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, owner), SCARG(uap, group),
	    nofollow_flag(SCARG(uap, flag)));
}

/* Without a path it is the descriptor's file. */
int
linux_sys_utimensat(struct lwp *l, const struct sys_utimensat_args *uap,
    register_t *retval)
{
	struct sys_futimens_args fu;

	if ((SCARG(uap, flag) & ~LINUX_AT_SYMLINK_NOFOLLOW) != 0)
		return EINVAL;
	if (SCARG(uap, path) == NULL && SCARG(uap, fd) != AT_FDCWD) {
		SCARG(&fu, fd) = SCARG(uap, fd);
		SCARG(&fu, tptr) = SCARG(uap, tptr);
		return sys_futimens(l, &fu, retval);
	}
	return do_sys_utimensat(l, SCARG(uap, fd), NULL, SCARG(uap, path),
	    nofollow_flag(SCARG(uap, flag)), SCARG(uap, tptr), UIO_USERSPACE);
}

/* No type means a regular file. */
static int
mknod_at(struct lwp *l, int fd, const char *path, mode_t mode, dev_t dev,
    register_t *retval)
{

	if ((mode & S_IFMT) == 0)
		mode |= S_IFREG;
	return do_sys_mknodat(l, fd, path, mode, (uint32_t)dev, retval,
	    UIO_USERSPACE);
}

int
linux_sys_mknod(struct lwp *l, const struct sys___mknod50_args *uap,
    register_t *retval)
{

	return mknod_at(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, mode),
	    SCARG(uap, dev), retval);
}

int
linux_sys_mknodat(struct lwp *l, const struct sys_mknodat_args *uap,
    register_t *retval)
{

	return mknod_at(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, mode), SCARG(uap, dev), retval);
}

/* Linux flushes a file that is open for reading, too. */
int
linux_sys_fdatasync(struct lwp *l, const struct sys_fdatasync_args *uap,
    register_t *retval)
{
	struct sys_fsync_args fa;
	int error;

	error = sys_fdatasync(l, uap, retval);
	if (error != EBADF)
		return error;
	SCARG(&fa, fd) = SCARG(uap, fd);
	return sys_fsync(l, &fa, retval);
}
