/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c - host files: open, close, information, synchronous transfers; the
 * hypercalls, and the operations of the posix provider under them.
 * Locking: none of their own; each hypercall gives the virtual CPU up.
 */
#include "host.h"
#include "posix/hostfd.h"
#include "raw.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/fs.h>

/* Pieces handed to the host at once, and bytes: under what it accepts. */
#define IOV_BATCH	64
#define IO_CHUNK	((size_t)1 << 30)

HOSTCALL int
openfile(const char *name, int mode, int *fdp)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_open, name, mode, fdp);
	if (error == 0 && (error = rumpuser__fd_opened(*fdp, mode)) != 0)
		(void)HOST_CALL(ho_close, *fdp);
	errno = serrno;
	return error;
}

int
rumpuser_open(const char *name, int mode, int *fdp)
{
	int count, error;

	if ((mode & RUMPUSER_OPEN_ACCMODE) > RUMPUSER_OPEN_RDWR)
		return rumpuser__errtrans(EINVAL);
	count = rumpuser__unschedule(NULL);
	error = openfile(name, mode, fdp);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

HOSTCALL int
openmode(int fd, int *modep)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_fdinfo, fd, modep, NULL, 0);
	errno = serrno;
	return error;
}

int
rumpuser_openmode(int fd, int *modep)
{

	return rumpuser__errtrans(openmode(fd, modep));
}

/*
 * A barrier is kept by making it stable: nothing that comes later can then be
 * stable before it.
 */
int
rumpuser__raw_sync(struct rumpuser_provider *p, int fd, int how)
{
	int rv;

	do {
		rv = how == RUMPUSER_HOSTSYNC_FULL ? fsync(fd) : fdatasync(fd);
	} while (rv == -1 && errno == EINTR);
	/* What cannot be synchronized has nothing to lose. */
	if (rv == -1 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		return errno;
	return 0;
}

int
rumpuser__sync(int fd, int dataonly)
{

	return HOST_CALL(ho_sync, fd, dataonly ? RUMPUSER_HOSTSYNC_DATA :
	    RUMPUSER_HOSTSYNC_FULL);
}

/* The name of an open file, as the host has it: "" if it has none. */
static void
fdname(int fd, char *name, size_t len)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, len - 1);
	name[n > 0 ? n : 0] = '\0';
}

int
rumpuser__raw_fdinfo(struct rumpuser_provider *p, int fd, int *modep,
    char *name, size_t len)
{
	struct rumpuser__overlay *ov;
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return errno;
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		/* What a fork() made private can be written all the same. */
		*modep = rumpuser__hostfd_mode(fd, &ov) == HOSTFD_PRIVATE ?
		    RUMPUSER_OPEN_RDWR : RUMPUSER_OPEN_RDONLY;
		break;
	case O_WRONLY:
		*modep = RUMPUSER_OPEN_WRONLY;
		break;
	default:
		*modep = RUMPUSER_OPEN_RDWR;
		break;
	}
	if (name != NULL && len > 0)
		fdname(fd, name, len);
	return 0;
}

int
rumpuser__raw_close(struct rumpuser_provider *p, int fd)
{

	rumpuser__hostfd_closed(fd);
	/* On this host the descriptor is gone even after EINTR. */
	if (close(fd) == -1 && errno != EINTR)
		return errno;
	return 0;
}

HOSTCALL int
closefile(int fd)
{
	int serrno = errno, error, cerror, mode;

	if ((error = HOST_CALL(ho_fdinfo, fd, &mode, NULL, 0)) != 0)
		goto out;
	rumpuser__fd_closing(fd);
	if (mode != RUMPUSER_OPEN_RDONLY)
		error = rumpuser__sync(fd, 0);
	rumpuser__fd_closed(fd);
	cerror = HOST_CALL(ho_close, fd);
	if (error == 0)
		error = cerror;
out:
	errno = serrno;
	return error;
}

int
rumpuser_close(int fd)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = closefile(fd);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

/* The size of a block device's medium. */
static int
mediumsize(const char *name, uint64_t *sizep)
{
	uint64_t size;
	off_t end;
	int fd, error = 0;

	fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return errno;
	if (ioctl(fd, BLKGETSIZE64, &size) == 0) {
		*sizep = size;
	} else {
		end = lseek(fd, 0, SEEK_END);
		if (end == -1)
			error = errno;
		else
			*sizep = (uint64_t)end;
	}
	close(fd);
	return error;
}

int
rumpuser__raw_fileinfo(struct rumpuser_provider *p, const char *name,
    uint64_t *sizep, int *typep)
{
	struct stat sb;
	uint64_t size;
	int error = 0, type;

	if (stat(name, &sb) == -1)
		return errno;
	size = (uint64_t)sb.st_size;
	switch (sb.st_mode & S_IFMT) {
	case S_IFDIR:
		type = RUMPUSER_FT_DIR;
		break;
	case S_IFREG:
		type = RUMPUSER_FT_REG;
		break;
	case S_IFBLK:
		type = RUMPUSER_FT_BLK;
		if (sizep != NULL)
			error = mediumsize(name, &size);
		break;
	case S_IFCHR:
		type = RUMPUSER_FT_CHR;
		break;
	default:
		type = RUMPUSER_FT_OTHER;
		break;
	}
	if (error == 0 && sizep != NULL)
		*sizep = size;
	if (error == 0 && typep != NULL)
		*typep = type;
	return error;
}

HOSTCALL int
fileinfo(const char *name, uint64_t *sizep, int *typep)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_fileinfo, name, sizep, typep);
	errno = serrno;
	return error;
}

int
rumpuser_getfileinfo(const char *name, uint64_t *sizep, int *typep)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = fileinfo(name, sizep, typep);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

/* The host is handed pieces as they are. */
_Static_assert(sizeof(struct iovec) == sizeof(struct rumpuser_iovec) &&
    offsetof(struct iovec, iov_base) ==
    offsetof(struct rumpuser_iovec, iov_base) &&
    offsetof(struct iovec, iov_len) ==
    offsetof(struct rumpuser_iovec, iov_len), "layout of struct iovec");

/*
 * What a child of fork() may not do to its parent's file, or does to a view of
 * its own.  1: it was dealt with, *errorp is the outcome.
 */
static int
forked(int fd, int write, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *donep, int *errorp)
{
	struct rumpuser__overlay *ov = NULL;
	enum hostfd_mode mode = rumpuser__hostfd_mode(fd, &ov);
	size_t i, n;

	*errorp = 0;
	if (__predict_true(mode != HOSTFD_PARENTS && mode != HOSTFD_PRIVATE))
		return 0;
	if (mode == HOSTFD_PARENTS || off == RUMPUSER_IOV_NOSEEK) {
		*errorp = EROFS;
		return write;
	}
	*donep = 0;
	for (i = 0; i < niov && *errorp == 0; i++) {
		*errorp = (write ? rumpuser__overlay_write :
		    rumpuser__overlay_read)(ov, fd, iov[i].iov_base,
		    iov[i].iov_len, (uint64_t)off + *donep, &n);
		*donep += n;
		if (n < iov[i].iov_len)
			break;
	}
	if (*donep > 0)
		*errorp = 0;
	return 1;
}

int
rumpuser__raw_readv(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, size_t *donep)
{
	const struct iovec *hv = (const struct iovec *)iov;
	ssize_t rv;
	int error;

	if (forked(fd, 0, iov, niov, off, donep, &error))
		return error;
	do {
		if (off == RUMPUSER_IOV_NOSEEK)
			rv = readv(fd, hv, (int)niov);
		else if (niov == 1)
			rv = pread(fd, hv->iov_base, hv->iov_len, off);
		else
			rv = preadv(fd, hv, (int)niov, off);
	} while (rv == -1 && errno == EINTR);
	if (rv == -1)
		return errno;
	*donep = (size_t)rv;
	return 0;
}

int
rumpuser__raw_writev(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, size_t *donep)
{
	const struct iovec *hv = (const struct iovec *)iov;
	ssize_t rv;
	int error;

	if (forked(fd, 1, iov, niov, off, donep, &error))
		return error;
	do {
		if (off == RUMPUSER_IOV_NOSEEK)
			rv = writev(fd, hv, (int)niov);
		else if (niov == 1)
			rv = pwrite(fd, hv->iov_base, hv->iov_len, off);
		else
			rv = pwritev(fd, hv, (int)niov, off);
	} while (rv == -1 && errno == EINTR);
	if (rv == -1)
		return errno;
	*donep = (size_t)rv;
	return 0;
}

/* One operation of the provider in use; *donep is set in any case. */
static int
iovone(int fd, int write, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *donep)
{

	*donep = 0;
	if (write)
		return HOST_CALL(ho_writev, fd, iov, niov, off, donep);
	return HOST_CALL(ho_readv, fd, iov, niov, off, donep);
}

/*
 * Transfer len bytes at off, going on after short transfers; ends early at
 * the end of the file.  Used by block I/O; errno is the caller's business.
 */
int
rumpuser__pio(int fd, int write, void *data, size_t len, int64_t off,
    size_t *donep)
{
	struct rumpuser_iovec iov;
	size_t done = 0, n;
	int error = 0;

	while (done < len) {
		iov.iov_base = (char *)data + done;
		iov.iov_len = len - done < IO_CHUNK ? len - done : IO_CHUNK;
		error = iovone(fd, write, &iov, 1, off + (int64_t)done, &n);
		if (error == 0 && n == 0 && write)
			error = EIO;
		if (error != 0 || n == 0)
			break;
		done += n;
	}
	*donep = done;
	return error;
}

struct iovcur {
	const struct rumpuser_iovec *iov;
	size_t niov;
	size_t skip;		/* bytes of iov[0] already done */
};

/* Fill hv with the next pieces, at most IO_CHUNK bytes; their number. */
static size_t
iovcur_batch(const struct iovcur *cur, struct rumpuser_iovec *hv,
    size_t *bytesp)
{
	size_t bytes = 0, i, len, skip = cur->skip, n = 0;

	for (i = 0; i < cur->niov && n < IOV_BATCH && bytes < IO_CHUNK; i++) {
		len = cur->iov[i].iov_len - skip;
		if (len > IO_CHUNK - bytes)
			len = IO_CHUNK - bytes;
		if (len > 0) {
			hv[n].iov_base = (char *)cur->iov[i].iov_base + skip;
			hv[n].iov_len = len;
			n++;
			bytes += len;
		}
		skip = 0;
	}
	*bytesp = bytes;
	return n;
}

static void
iovcur_advance(struct iovcur *cur, size_t done)
{
	size_t left;

	while (cur->niov > 0) {
		left = cur->iov[0].iov_len - cur->skip;
		if (done < left) {
			cur->skip += done;
			return;
		}
		done -= left;
		cur->skip = 0;
		cur->iov++;
		cur->niov--;
	}
}

/*
 * Transfer all but the first skip bytes of the pieces at off, going on after
 * short transfers; ends early at the end of the file.
 */
int
rumpuser__vio(int fd, int write, const struct rumpuser_iovec *iov,
    size_t niov, size_t skip, int64_t off, size_t *donep)
{
	struct iovcur cur = { iov, niov, 0 };
	struct rumpuser_iovec hv[IOV_BATCH];
	size_t n, want, got, done = 0;
	int error = 0;

	iovcur_advance(&cur, skip);
	while ((n = iovcur_batch(&cur, hv, &want)) > 0) {
		error = iovone(fd, write, hv, n, off == RUMPUSER_IOV_NOSEEK ?
		    off : off + (int64_t)done, &got);
		if (error == 0 && got == 0 && write)
			error = EIO;
		if (error != 0 || got == 0)
			break;
		done += got;
		iovcur_advance(&cur, got);
		/* A stream gives what it has; do not wait for more. */
		if (off == RUMPUSER_IOV_NOSEEK && !write)
			break;
	}
	*donep = done;
	return error;
}

/*
 * What was transferred before an error is a success, as with write(2): the
 * next call meets the error again.
 */
HOSTCALL int
iovio(int fd, int write, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *retp)
{
	int serrno = errno, error;

	error = rumpuser__vio(fd, write, iov, niov, 0, off, retp);
	if (*retp > 0)
		error = 0;
	errno = serrno;
	return error;
}

static int
iovwrapped(int fd, int write, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *retp)
{
	int count, error;

	*retp = 0;
	if (off < 0 && off != RUMPUSER_IOV_NOSEEK)
		return rumpuser__errtrans(EINVAL);
	count = rumpuser__unschedule(NULL);
	error = iovio(fd, write, iov, niov, off, retp);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

int
rumpuser_iovread(int fd, struct rumpuser_iovec *iov, size_t niov, int64_t off,
    size_t *retp)
{

	return iovwrapped(fd, 0, iov, niov, off, retp);
}

int
rumpuser_iovwrite(int fd, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *retp)
{

	return iovwrapped(fd, 1, iov, niov, off, retp);
}

int
rumpuser__raw_flush(struct rumpuser_provider *p, int fd, uint64_t start,
    uint64_t len)
{
	int rv;

	do {
		rv = sync_file_range(fd, (off64_t)start, (off64_t)len,
		    SYNC_FILE_RANGE_WRITE);
	} while (rv == -1 && errno == EINTR);
	if (rv == -1 && errno != ESPIPE && errno != ENOSYS && errno != EPERM)
		return errno;
	return 0;
}

HOSTCALL int
syncrange(int fd, int flags, uint64_t start, uint64_t len)
{
	int serrno = errno, error = 0;

	rumpuser__bio_drain(fd);
	if (flags & RUMPUSER_SYNCFD_SYNC)
		error = rumpuser__sync(fd, 1);
	else if (flags & RUMPUSER_SYNCFD_BARRIER)
		error = HOST_CALL(ho_sync, fd, RUMPUSER_HOSTSYNC_BARRIER);
	else if (flags & RUMPUSER_SYNCFD_WRITE)
		error = HOST_CALL(ho_flush, fd, start, len);
	errno = serrno;
	return error;
}

int
rumpuser_syncfd(int fd, int flags, uint64_t start, uint64_t len)
{
	int count, error;

	if ((flags & RUMPUSER_SYNCFD_BOTH) == 0 ||
	    (flags & ~(RUMPUSER_SYNCFD_BOTH | RUMPUSER_SYNCFD_BARRIER |
	    RUMPUSER_SYNCFD_SYNC)) != 0)
		return rumpuser__errtrans(EINVAL);
	if (start > INT64_MAX || len > INT64_MAX - start)
		return rumpuser__errtrans(EINVAL);

	count = rumpuser__unschedule(NULL);
	error = syncrange(fd, flags, start, len);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
