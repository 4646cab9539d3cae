/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c - host files: open, close, information, synchronous transfers.
 * Locking: none of their own; each gives the virtual CPU up.
 */
#include "host.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <unistd.h>

#include <linux/fs.h>

/* Pieces handed to the host at once, and bytes: under what it accepts. */
#define IOV_BATCH	64
#define IO_CHUNK	((size_t)1 << 30)

HOSTCALL int
openfile(const char *name, int oflags, int *fdp)
{
	int serrno = errno, error = 0, fd;

	do {
		fd = open(name, oflags, 0644);
	} while (fd == -1 && errno == EINTR);
	if (fd == -1)
		error = errno;
	else
		*fdp = fd;
	errno = serrno;
	return error;
}

int
rumpuser_open(const char *name, int mode, int *fdp)
{
	int oflags = O_CLOEXEC | O_NOCTTY, count, error;

	switch (mode & RUMPUSER_OPEN_ACCMODE) {
	case RUMPUSER_OPEN_RDONLY:
		oflags |= O_RDONLY;
		break;
	case RUMPUSER_OPEN_WRONLY:
		oflags |= O_WRONLY;
		break;
	case RUMPUSER_OPEN_RDWR:
		oflags |= O_RDWR;
		break;
	default:
		return rumpuser__errtrans(EINVAL);
	}
	if (mode & RUMPUSER_OPEN_CREATE) {
		oflags |= O_CREAT;
		if (mode & RUMPUSER_OPEN_EXCL)
			oflags |= O_EXCL;
	}

	count = rumpuser__unschedule(NULL);
	error = openfile(name, oflags, fdp);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

int
rumpuser__sync(int fd, int dataonly)
{
	int rv;

	do {
		rv = dataonly ? fdatasync(fd) : fsync(fd);
	} while (rv == -1 && errno == EINTR);
	/* What cannot be synchronized has nothing to lose. */
	if (rv == -1 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		return errno;
	return 0;
}

HOSTCALL int
closefile(int fd)
{
	int serrno = errno, error = 0, flags;

	flags = fcntl(fd, F_GETFL);
	if (flags == -1) {
		error = errno;
		goto out;
	}
	rumpuser__bio_drain(fd);
	if ((flags & O_ACCMODE) != O_RDONLY)
		error = rumpuser__sync(fd, 0);
	/* On this host the descriptor is gone even after EINTR. */
	if (close(fd) == -1 && errno != EINTR && error == 0)
		error = errno;
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

HOSTCALL int
fileinfo(const char *name, uint64_t *sizep, int *typep)
{
	struct stat sb;
	uint64_t size;
	int serrno = errno, error = 0, type;

	if (stat(name, &sb) == -1) {
		error = errno;
		goto out;
	}
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
out:
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

/*
 * Transfer len bytes at off, going on after short transfers; ends early at
 * the end of the file.  Used by block I/O; errno is the caller's business.
 */
int
rumpuser__pio(int fd, int write, void *data, size_t len, int64_t off,
    size_t *donep)
{
	char *p = data;
	size_t done = 0, n;
	ssize_t rv;
	int error = 0;

	while (done < len) {
		n = len - done < IO_CHUNK ? len - done : IO_CHUNK;
		if (write)
			rv = pwrite(fd, p + done, n, off + (int64_t)done);
		else
			rv = pread(fd, p + done, n, off + (int64_t)done);
		if (rv == -1 && errno == EINTR)
			continue;
		if (rv == -1) {
			error = errno;
			break;
		}
		if (rv == 0) {
			if (write)
				error = EIO;
			break;
		}
		done += (size_t)rv;
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
static int
iovcur_batch(const struct iovcur *cur, struct iovec *hv, size_t *bytesp)
{
	size_t bytes = 0, i, len, skip = cur->skip;
	int n = 0;

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

static ssize_t
iovone(int fd, int write, const struct iovec *hv, int n, int64_t off)
{
	ssize_t rv;

	do {
		if (off == RUMPUSER_IOV_NOSEEK)
			rv = write ? writev(fd, hv, n) : readv(fd, hv, n);
		else
			rv = write ? pwritev(fd, hv, n, off) :
			    preadv(fd, hv, n, off);
	} while (rv == -1 && errno == EINTR);
	return rv;
}

/*
 * What was transferred before an error is a success, as with write(2): the
 * next call meets the error again.
 */
HOSTCALL int
iovio(int fd, int write, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *retp)
{
	struct iovcur cur = { iov, niov, 0 };
	struct iovec hv[IOV_BATCH];
	int serrno = errno, error = 0, n;
	size_t want, done = 0;
	ssize_t rv;

	while ((n = iovcur_batch(&cur, hv, &want)) > 0) {
		rv = iovone(fd, write, hv, n, off == RUMPUSER_IOV_NOSEEK ?
		    off : off + (int64_t)done);
		if (rv == -1)
			error = errno;
		else if (rv == 0 && write)
			error = EIO;
		if (rv <= 0)
			break;
		done += (size_t)rv;
		iovcur_advance(&cur, (size_t)rv);
		/* A stream gives what it has; do not wait for more. */
		if (off == RUMPUSER_IOV_NOSEEK && !write)
			break;
	}
	*retp = done;
	if (done > 0)
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

HOSTCALL int
syncrange(int fd, int flags, uint64_t start, uint64_t len)
{
	int serrno = errno, error = 0, rv;
	unsigned int how;

	rumpuser__bio_drain(fd);
	if (flags & (RUMPUSER_SYNCFD_SYNC | RUMPUSER_SYNCFD_BARRIER)) {
		/*
		 * A barrier is kept by making it stable: nothing that comes
		 * later can then be stable before it.
		 */
		error = rumpuser__sync(fd, 1);
	} else if (flags & RUMPUSER_SYNCFD_WRITE) {
		how = SYNC_FILE_RANGE_WRITE;
		do {
			rv = sync_file_range(fd, (off64_t)start, (off64_t)len,
			    how);
		} while (rv == -1 && errno == EINTR);
		if (rv == -1 && errno != ESPIPE && errno != ENOSYS &&
		    errno != EPERM)
			error = errno;
	}
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
