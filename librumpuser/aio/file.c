/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c - the files of AIO contexts: opening, wrapping, their O_DIRECT
 * descriptor and its alignment, sizes, closing.
 *
 * A file has one descriptor that goes through the page cache and, where the
 * host allows it, a second one with O_DIRECT, which is another opening of the
 * same file: the first one's lock stays where it is.
 *
 * Locking: see aio.h.
 */
#include "aio/aio.h"
#include "posix/hostfd.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/fs.h>

/* What no host has asked more than, where it does not say. */
#define ALIGN_GUESS	4096

/* Open the file of a descriptor once more; -1. */
static int
reopen(int fd, int oflags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, oflags | O_CLOEXEC | O_NOCTTY);
}

static int
powerof2(uint32_t n)
{

	return n != 0 && (n & (n - 1)) == 0;
}

/* What O_DIRECT asks for; 0 if it is not supported after all. */
static int
alignment(struct rumpuser_aiofile *f, const struct stat *sb)
{
	int secsize;
#ifdef STATX_DIOALIGN
	struct statx sx;

	if (statx(f->f_dfd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &sx) == 0 &&
	    (sx.stx_mask & STATX_DIOALIGN) != 0) {
		f->f_memalign = sx.stx_dio_mem_align;
		f->f_offalign = sx.stx_dio_offset_align;
		return powerof2(f->f_memalign) && powerof2(f->f_offalign);
	}
#endif
	f->f_memalign = f->f_offalign = ALIGN_GUESS;
	if (S_ISBLK(sb->st_mode) && ioctl(f->f_dfd, BLKSSZGET, &secsize) == 0 &&
	    powerof2((uint32_t)secsize))
		f->f_memalign = f->f_offalign = (uint32_t)secsize;
	return 1;
}

/* The second descriptor; without one all goes through the page cache. */
void
rumpuser__aio_file_direct(struct rumpuser_aiofile *f)
{
	const int flags = fcntl(f->f_fd, F_GETFL);
	struct stat sb;

	f->f_dfd = -1;
	f->f_owndfd = 0;
	if ((f->f_aio->a_attr.aa_flags & RUMPUSER_AIO_CACHED) != 0 ||
	    !f->f_aio->a_eng->e_ring || flags == -1 ||
	    fstat(f->f_fd, &sb) == -1 ||
	    (!S_ISREG(sb.st_mode) && !S_ISBLK(sb.st_mode)))
		return;
	f->f_dfd = reopen(f->f_fd, (flags & O_ACCMODE) | O_DIRECT);
	f->f_owndfd = f->f_dfd != -1;
	if (f->f_dfd != -1 && !alignment(f, &sb)) {
		close(f->f_dfd);
		f->f_dfd = -1;
		f->f_owndfd = 0;
	}
}

/* One that came with O_DIRECT needs another one for what is not aligned. */
static void
cached(struct rumpuser_aiofile *f)
{
	const int flags = fcntl(f->f_fd, F_GETFL);
	int fd2;

	if (flags == -1 || (flags & O_DIRECT) == 0)
		return;
	if ((fd2 = reopen(f->f_fd, flags & O_ACCMODE)) != -1) {
		f->f_fd = fd2;
		f->f_ownfd = 1;
	}
}

int
rumpuser__aio_wrap(struct rumpuser_aio *a, int fd, int direct,
    struct rumpuser_aiofile **fp)
{
	struct rumpuser__overlay *ov;
	struct rumpuser_aiofile *f;
	enum hostfd_mode hmode;
	int error, mode;

	if ((error = HOST_CALL(ho_fdinfo, fd, &mode, NULL, 0)) != 0)
		return error;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return ENOMEM;
	f->f_aio = a;
	f->f_fd = fd;
	f->f_dfd = -1;
	f->f_writable = mode != RUMPUSER_OPEN_RDONLY;
	TAILQ_INIT(&f->f_active);
	TAILQ_INIT(&f->f_held);
	hmode = rumpuser__hostfd_mode(fd, &ov);
	f->f_refused = hmode == HOSTFD_PARENTS;
	f->f_private = hmode == HOSTFD_PRIVATE;
	if (aio_onhost() && !f->f_private) {
		cached(f);
		if (direct)
			rumpuser__aio_file_direct(f);
	}
	pthread_mutex_lock(&a->a_mtx);
	LIST_INSERT_HEAD(&a->a_files, f, f_link);
	a->a_nfiles++;
	pthread_mutex_unlock(&a->a_mtx);
	*fp = f;
	return 0;
}

/* Its own descriptors; host's errno. */
static int
close_fds(struct rumpuser_aiofile *f)
{
	int error = 0, cerror;

	/* On this host the descriptor is gone even after EINTR. */
	if (f->f_owndfd && close(f->f_dfd) == -1 && errno != EINTR)
		error = errno;
	if (f->f_ownfd && (cerror = HOST_CALL(ho_close, f->f_fd)) != 0)
		error = cerror;
	f->f_owndfd = f->f_ownfd = 0;
	return error;
}

/* It is closed: free it, unless a handler of it is to return yet. */
static void
disown(struct rumpuser_aiofile *f)
{

	LIST_REMOVE(f, f_link);
	f->f_aio->a_nfiles--;
	if (rumpuser__aio_busy(f) || rumpuser__aio_inhandler(f->f_aio, f))
		f->f_orphan = 1;
	else
		free(f);
}

void
rumpuser__aio_abandon(struct rumpuser_aiofile *f)
{
	struct rumpuser_aio *a = f->f_aio;

	pthread_mutex_lock(&a->a_mtx);
	rumpuser__aio_drain(f);
	(void)close_fds(f);
	disown(f);
	pthread_mutex_unlock(&a->a_mtx);
}

void
rumpuser__aio_release(struct rumpuser_aiofile *f)
{
	struct rumpuser_aio *a = f->f_aio;

	f->f_nops--;
	if (f->f_orphan && !rumpuser__aio_busy(f) &&
	    !rumpuser__aio_inhandler(a, f))
		free(f);
	pthread_mutex_unlock(&a->a_mtx);
}

/*
 * Sizes, and which files are fit.
 */

/* Of another provider's file only what that one says is known. */
static int
foreign_size(int fd, uint64_t *sizep)
{
	char name[1024];
	int error, mode, type;

	error = HOST_CALL(ho_fdinfo, fd, &mode, name, sizeof(name));
	if (error == 0)
		error = HOST_CALL(ho_fileinfo, name, sizep, &type);
	if (error == 0 && type == RUMPUSER_FT_DIR)
		error = EISDIR;
	else if (error == 0 && type == RUMPUSER_FT_OTHER)
		error = EOPNOTSUPP;
	return error;
}

static int
size(int fd, uint64_t *sizep)
{
	struct stat sb;

	*sizep = 0;
	if (!aio_onhost())
		return foreign_size(fd, sizep);
	if (fstat(fd, &sb) == -1)
		return errno;
	switch (sb.st_mode & S_IFMT) {
	case S_IFREG:
		*sizep = (uint64_t)sb.st_size;
		return 0;
	case S_IFBLK:
		return ioctl(fd, BLKGETSIZE64, sizep) == -1 ? errno : 0;
	case S_IFCHR:
		if (sb.st_rdev == makedev(1, 5))
			*sizep = RUMPUSER_AIO_ZEROSIZE;
		return 0;
	case S_IFDIR:
		return EISDIR;
	default:
		return EOPNOTSUPP;
	}
}

HOSTCALL int
filesize(int fd, uint64_t *sizep)
{
	int serrno = errno, error = size(fd, sizep);

	errno = serrno;
	return error;
}

/* Wrap fd, which is to be closed with the file if own; host's errno. */
HOSTCALL int
wrap(struct rumpuser_aio *a, int fd, int own, struct rumpuser_aiofile **fp,
    uint64_t *sizep)
{
	int serrno = errno, error;
	uint64_t dummy;

	error = size(fd, sizep != NULL ? sizep : &dummy);
	if (error == 0)
		error = rumpuser__aio_wrap(a, fd, 1, fp);
	if (error == 0)
		(*fp)->f_ownfd |= own;
	else if (own)
		(void)HOST_CALL(ho_close, fd);
	errno = serrno;
	return error;
}

HOSTCALL int
openfile(const char *path, int mode, int *fdp)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_open, path, mode | RUMPUSER_OPEN_BIO, fdp);
	errno = serrno;
	return error;
}

int
rumpuser_aio_open(struct rumpuser_aio *a, const char *path, int mode,
    struct rumpuser_aiofile **fp, uint64_t *sizep)
{
	int count, error, fd;

	if ((mode & RUMPUSER_OPEN_ACCMODE) > RUMPUSER_OPEN_RDWR)
		return rumpuser__errtrans(EINVAL);
	count = rumpuser__unschedule(NULL);
	error = openfile(path, mode, &fd);
	if (error == 0)
		error = wrap(a, fd, 1, fp, sizep);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

int
rumpuser_aio_wrap(struct rumpuser_aio *a, int fd,
    struct rumpuser_aiofile **fp, uint64_t *sizep)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = wrap(a, fd, 0, fp, sizep);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

HOSTCALL int
closefile(struct rumpuser_aiofile *f, int wait)
{
	struct rumpuser_aio *a = f->f_aio;
	int serrno = errno, error;

	pthread_mutex_lock(&a->a_mtx);
	if (wait)
		rumpuser__aio_quiesce(f);
	if (rumpuser__aio_busy(f))
		error = EBUSY;
	else {
		error = close_fds(f);
		disown(f);
	}
	pthread_mutex_unlock(&a->a_mtx);
	errno = serrno;
	return error;
}

static int
closewrapped(struct rumpuser_aiofile *f, int wait)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = closefile(f, wait);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

int
rumpuser_aio_close(struct rumpuser_aiofile *f)
{

	return closewrapped(f, 0);
}

int
rumpuser_aio_closewait(struct rumpuser_aiofile *f)
{

	return closewrapped(f, 1);
}

int
rumpuser_aio_size(struct rumpuser_aiofile *f, uint64_t *sizep)
{

	return rumpuser__errtrans(filesize(f->f_fd, sizep));
}

int
rumpuser_aio_writable(struct rumpuser_aiofile *f)
{

	return f->f_writable && !f->f_refused;
}
