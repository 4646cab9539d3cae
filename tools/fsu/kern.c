/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rump kernel as fsu sees it.  This is the only file of fsu that
 * includes the rump headers; it turns native structures and errno values
 * into the host's.  One thread uses it.
 */
#include <sys/types.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_native.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>
#include <rump/rumperrno2host.h>

#include "fsu.h"
#include "kern.h"

#define	DEVKEY		"/fsu.image"
#define	MOUNTDIR	"/fsu"
#define	K_PATHMAX	1000		/* below the kernel's PATH_MAX */
#define	K_SEEKDATA	0xc0086661ul	/* _IOWR('f', 97, off_t) */
#define	K_SEEKHOLE	0xc0086662ul
#define	K_NS_USER	1
#define	K_NS_SYSTEM	2
#define	K_ATNOFOLLOW	0x200		/* AT_SYMLINK_NOFOLLOW */
#define	K_ENOKEY	126		/* outside the native numbers */
#define	K_XATTRLIST	(1024 * 1024)

static int rootfd = -1;
static int cwdfd = -2;		/* the kernel's current directory, -2: any */

/* Turn the native errno of a failed call into the host's. */
static int
fail_with(int native)
{

	errno = native == K_ENOKEY ? ENOKEY : rump_errno2host(native);
	return -1;
}

static int
fail(void)
{

	return fail_with(errno);
}

int
k_boot(void)
{
	int error;

	/* Each file is read once: its pages are not worth keeping. */
	if (setenv("RUMP_PAGECACHE", "4m", 0) != 0)
		return -1;
	if ((error = rump_init()) != 0)
		return fail_with(error);
	return 0;
}

int
k_attach(const char *hostpath, uint64_t off, uint64_t size)
{
	int error;

	error = rump_pub_etfs_register_withsize(DEVKEY, hostpath,
	    RUMP_ETFS_BLK, off, size);
	return error != 0 ? fail_with(error) : 0;
}

/*
 * Mount the attached device and make its root this process's root.  The
 * kernel prints on standard error what it does not like about it.
 */
int
k_mount(const char *type)
{
	struct rump_ufs_args args;
	char spec[] = DEVKEY;
	int error;

	memset(&args, 0, sizeof(args));
	args.fspec = spec;
	if (rump_sys_mkdir(MOUNTDIR, 0700) != 0)
		return fail();
	if (rump_sys_mount(type, MOUNTDIR, RUMP_MNT_RDONLY | RUMP_MNT_NODEV,
	    &args, sizeof(args)) != 0)
		return fail();
	/* A process of its own: chroot must not move the kernel's. */
	if ((error = rump_pub_lwproc_rfork(RUMP_RFCFDG)) != 0)
		return fail_with(error);
	if (rump_sys_chroot(MOUNTDIR) != 0 || rump_sys_chdir("/") != 0)
		return fail();
	rootfd = rump_sys_open("/", RUMP_O_RDONLY | RUMP_O_DIRECTORY);
	return rootfd < 0 ? fail() : 0;
}

/* Give everything back, so that a leak would show. */
int
k_unmount(void)
{

	if (rootfd >= 0)
		rump_sys_close(rootfd);
	rootfd = -1;
	rump_pub_lwproc_releaselwp();
	if (rump_sys_unmount(MOUNTDIR, 0) != 0)
		return fail();
	return 0;
}

static int
dir(int dfd)
{

	return dfd == K_ROOT ? rootfd : dfd;
}

/*
 * Paths that are longer than the kernel takes are walked in steps: opens
 * the directories of the leading part and points *path at the rest.  The
 * result is a descriptor to close, or -2 when there was nothing to do.
 */
static int
shorten(int *dfd, const char **path)
{
	char part[K_PATHMAX + 1];
	size_t n;
	int fd, old = -2;

	while (strlen(*path) > K_PATHMAX) {
		for (n = K_PATHMAX; n > 0 && (*path)[n] != '/'; n--)
			continue;
		if (n == 0) {
			errno = ENAMETOOLONG;
			goto bad;
		}
		memcpy(part, *path, n);
		part[n] = '\0';
		fd = rump_sys_openat(*dfd, part,
		    RUMP_O_RDONLY | RUMP_O_DIRECTORY);
		if (fd < 0) {
			fail();
			goto bad;
		}
		if (old >= 0)
			rump_sys_close(old);
		*dfd = old = fd;
		for (*path += n; **path == '/'; (*path)++)
			continue;
		if (**path == '\0')
			*path = ".";
	}
	return old;
bad:
	if (old >= 0)
		k_close(old);
	return -1;
}

/* Close the descriptor of shorten() without touching errno. */
static void
shortened(int fd)
{

	if (fd >= 0)
		k_close(fd);
}

int
k_open(int dfd, const char *path, enum kopen how)
{
	int fd, tmp, flags = RUMP_O_RDONLY | RUMP_O_NONBLOCK;

	if (how != KO_FILE)
		flags |= RUMP_O_DIRECTORY;
	if (how == KO_DIR_NOFOLLOW)
		flags |= RUMP_O_NOFOLLOW;
	dfd = dir(dfd);
	if ((tmp = shorten(&dfd, &path)) == -1)
		return -1;
	fd = rump_sys_openat(dfd, path, flags);
	if (fd < 0)
		fail();
	shortened(tmp);
	return fd;
}

void
k_close(int fd)
{
	int error = errno;

	if (fd == cwdfd)
		cwdfd = -2;
	rump_sys_close(fd);
	errno = error;
}

static struct timespec
host_time(const struct rump_timespec *t)
{

	return (struct timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

static void
convert(const struct rump_stat *n, struct kstat *st)
{

	st->ino = n->st_ino;
	st->mode = n->st_mode;
	st->nlink = n->st_nlink;
	st->uid = n->st_uid;
	st->gid = n->st_gid;
	st->rmajor = (uint32_t)(n->st_rdev >> 8 & 0xfff);
	st->rminor = (uint32_t)((n->st_rdev >> 12 & 0xfff00) |
	    (n->st_rdev & 0xff));
	st->blksize = n->st_blksize > 0 ? (uint32_t)n->st_blksize : 0;
	st->size = n->st_size > 0 ? (uint64_t)n->st_size : 0;
	st->blocks = n->st_blocks > 0 ? (uint64_t)n->st_blocks : 0;
	st->atim = host_time(&n->st_atim);
	st->mtim = host_time(&n->st_mtim);
	st->ctim = host_time(&n->st_ctim);
	st->btim = host_time(&n->st_birthtim);
}

int
k_stat(int dfd, const char *path, bool follow, struct kstat *st)
{
	struct rump_stat n;
	int tmp, r;

	dfd = dir(dfd);
	if ((tmp = shorten(&dfd, &path)) == -1)
		return -1;
	r = rump_sys_fstatat(dfd, path, (struct stat *)(void *)&n,
	    follow ? 0 : K_ATNOFOLLOW);
	if (r != 0)
		fail();
	else
		convert(&n, st);
	shortened(tmp);
	return r;
}

int
k_fstat(int fd, struct kstat *st)
{
	struct rump_stat n;

	if (rump_sys_fstat(dir(fd), (struct stat *)(void *)&n) != 0)
		return fail();
	convert(&n, st);
	return 0;
}

ssize_t
k_readlink(int dfd, const char *name, char *buf, size_t size)
{
	ssize_t n;
	int tmp;

	dfd = dir(dfd);
	if ((tmp = shorten(&dfd, &name)) == -1)
		return -1;
	n = rump_sys_readlinkat(dfd, name, buf, size);
	if (n < 0)
		fail();
	shortened(tmp);
	return n;
}

ssize_t
k_read(int fd, void *buf, size_t n, uint64_t off)
{
	ssize_t k = rump_sys_pread(fd, buf, n, (off_t)off);

	return k < 0 ? fail() : k;
}

ssize_t
k_getdents(int fd, char *buf, size_t n, uint64_t *pos)
{
	off_t was, now;
	ssize_t k;

	fd = dir(fd);
	was = rump_sys_lseek(fd, (off_t)*pos, SEEK_SET);
	if (was < 0)
		return fail();
	k = rump_sys_getdents(fd, buf, n);
	if (k < 0)
		return fail();
	now = rump_sys_lseek(fd, 0, SEEK_CUR);
	if (now < 0)
		return fail();
	if (k > 0 && now == was) {
		/* No progress: a loop would follow. */
		errno = EIO;
		return -1;
	}
	*pos = (uint64_t)now;
	return k;
}

/* The entry at *at of a buffer from k_getdents(); false at its end. */
bool
k_dirent(const char *buf, size_t n, size_t *at, struct kdirent *d)
{
	uint16_t reclen, namlen;

	for (;;) {
		if (n - *at < 14)
			return false;
		memcpy(&reclen, buf + *at + 8, sizeof(reclen));
		memcpy(&namlen, buf + *at + 10, sizeof(namlen));
		if (reclen < 14 || reclen > n - *at || namlen > reclen - 14)
			return false;
		memcpy(&d->ino, buf + *at, sizeof(d->ino));
		d->type = (uint8_t)buf[*at + 12];
		d->name = buf + *at + 13;
		d->namelen = namlen;
		*at += reclen;
		if (d->ino != 0)
			return true;
	}
}

int
k_seek(int fd, bool hole, uint64_t off, uint64_t *out)
{
	int64_t o = (int64_t)off;

	if (rump_sys_ioctl(fd, hole ? K_SEEKHOLE : K_SEEKDATA, &o) != 0)
		return fail();
	if (o < (int64_t)off) {
		errno = EIO;
		return -1;
	}
	*out = (uint64_t)o;
	return 0;
}

/* There are no *at calls for attributes: move the current directory. */
static int
enter(int dfd)
{

	dfd = dir(dfd);
	if (dfd == cwdfd)
		return 0;
	if (rump_sys_fchdir(dfd) != 0)
		return fail();
	cwdfd = dfd;
	return 0;
}

/* Append the names of one namespace to list, in Linux's form. */
static int
list_space(const char *name, int space, const char *prefix, char **list,
    size_t *len, size_t *cap)
{
	ssize_t need, got, i;
	size_t plen = strlen(prefix), n;
	char *raw;

	need = rump_sys_extattr_list_link(name, space, NULL, 0);
	if (need <= 0)
		return need == 0 ? 0 : fail();
	if (need > K_XATTRLIST) {
		errno = E2BIG;
		return -1;
	}
	raw = xmalloc((size_t)need);
	got = rump_sys_extattr_list_link(name, space, raw, (size_t)need);
	if (got < 0) {
		fail();
		free(raw);
		return -1;
	}
	for (i = 0; i < got && i < need; i += (ssize_t)n + 1) {
		n = (unsigned char)raw[i];
		if ((ssize_t)n > got - i - 1)
			break;
		*list = xgrow(*list, cap, *len + plen + n + 1, 1);
		memcpy(*list + *len, prefix, plen);
		memcpy(*list + *len + plen, raw + i + 1, n);
		*len += plen + n;
		(*list)[(*len)++] = '\0';
	}
	free(raw);
	return 0;
}

/* *list is for the caller to free, also after a failure. */
ssize_t
k_listxattr(int dfd, const char *name, char **list)
{
	size_t len = 0, cap = 0;
	int tmp, r = -1;

	*list = NULL;
	dfd = dir(dfd);
	if ((tmp = shorten(&dfd, &name)) == -1)
		return -1;
	if (enter(dfd) == 0 &&
	    list_space(name, K_NS_USER, "user.", list, &len, &cap) == 0 &&
	    list_space(name, K_NS_SYSTEM, "", list, &len, &cap) == 0)
		r = 0;
	if (r != 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		r = 0;
	shortened(tmp);
	return r == 0 ? (ssize_t)len : -1;
}

ssize_t
k_getxattr(int dfd, const char *name, const char *attr, void *buf, size_t n)
{
	ssize_t k = -1;
	int tmp;

	dfd = dir(dfd);
	if ((tmp = shorten(&dfd, &name)) == -1)
		return -1;
	if (enter(dfd) == 0) {
		if (strncmp(attr, "user.", 5) == 0)
			k = rump_sys_extattr_get_link(name, K_NS_USER,
			    attr + 5, buf, n);
		else
			k = rump_sys_extattr_get_link(name, K_NS_SYSTEM,
			    attr, buf, n);
		if (k < 0)
			fail();
	}
	shortened(tmp);
	return k;
}

int
k_statvfs(struct kstatvfs *k)
{
	struct rump_statvfs n;

	if (rump_sys_statvfs1("/", (struct statvfs *)(void *)&n,
	    RUMP_MNT_WAIT) != 0)
		return fail();
	k->frsize = n.f_frsize != 0 ? n.f_frsize : n.f_bsize;
	k->blocks = n.f_blocks;
	k->bfree = n.f_bfree;
	k->bavail = n.f_bavail;
	k->files = n.f_files;
	k->ffree = n.f_ffree;
	k->namemax = n.f_namemax;
	return 0;
}
