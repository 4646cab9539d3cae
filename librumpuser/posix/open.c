/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open.c - opening host files, and the lock that an image takes.
 *
 * The lock is flock(2)'s: it belongs to the opening and not to the process,
 * so that two openings in one process are in each other's way like those of
 * two, and nobody gives it up by closing another descriptor of the file; it
 * can be had exclusively on a read-only descriptor and on block devices, where
 * udev and the disk tools respect it; a child of fork() does not lose it.
 *
 * Locking: none of its own.
 */
#include "host.h"
#include "posix/hostfd.h"
#include "raw.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int
hostopen(const char *name, int oflags, int *fdp)
{
	int fd;

	do {
		fd = open(name, oflags, 0644);
	} while (fd == -1 && errno == EINTR);
	if (fd == -1)
		return errno;
	*fdp = fd;
	return 0;
}

/* A file system without locks has none that could be in the way. */
static int
lockimage(int fd, int exclusive)
{
	struct stat sb;
	int rv;

	if (fstat(fd, &sb) == -1)
		return errno;
	if (!S_ISREG(sb.st_mode) && !S_ISBLK(sb.st_mode))
		return 0;
	do {
		rv = flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
	} while (rv == -1 && errno == EINTR);
	return rv == -1 && errno == EWOULDBLOCK ? EBUSY : 0;
}

static int
wantslock(int mode)
{
	const char *e;

	if ((mode & RUMPUSER_OPEN_BIO) == 0 || (mode & RUMPUSER_OPEN_NOLOCK))
		return 0;
	e = getenv("RUMP_IMAGELOCK");
	return e == NULL || *e != '0';
}

static int
openlocked(const char *name, int oflags, int lock, int *fdp)
{
	int error;

	if ((error = hostopen(name, oflags, fdp)) != 0 || !lock)
		return error;
	error = lockimage(*fdp, (oflags & O_ACCMODE) != O_RDONLY);
	if (error != 0)
		close(*fdp);
	return error;
}

/* Not for writing?  Then for reading, in the end without a lock. */
static int
fallback(const char *name, int oflags, int lock, int error, int *fdp)
{

	oflags &= ~(O_CREAT | O_EXCL);
	if ((oflags & O_ACCMODE) == O_RDWR && (error == EBUSY ||
	    error == EACCES || error == EPERM || error == EROFS ||
	    error == ETXTBSY)) {
		oflags = (oflags & ~O_ACCMODE) | O_RDONLY;
		error = openlocked(name, oflags, lock, fdp);
	}
	if ((oflags & O_ACCMODE) == O_RDONLY && error == EBUSY)
		error = hostopen(name, oflags, fdp);
	return error;
}

int
rumpuser__raw_open(struct rumpuser_provider *p, const char *name, int mode,
    int *fdp)
{
	static const int access[] = {
		[RUMPUSER_OPEN_RDONLY] = O_RDONLY,
		[RUMPUSER_OPEN_WRONLY] = O_WRONLY,
		[RUMPUSER_OPEN_RDWR] = O_RDWR,
	};
	int oflags = O_CLOEXEC | O_NOCTTY, error, lock = wantslock(mode);

	(void)p;
	oflags |= access[mode & RUMPUSER_OPEN_ACCMODE];
	if (mode & RUMPUSER_OPEN_CREATE) {
		oflags |= O_CREAT;
		if (mode & RUMPUSER_OPEN_EXCL)
			oflags |= O_EXCL;
	}
	error = openlocked(name, oflags, lock, fdp);
	if (error != 0 && (mode & RUMPUSER_OPEN_FALLBACK) != 0) {
		error = fallback(name, oflags, lock, error, fdp);
		mode = RUMPUSER_OPEN_RDONLY;
	}
	if (error != 0)
		return error;
	error = rumpuser__hostfd_opened(*fdp,
	    (mode & RUMPUSER_OPEN_ACCMODE) != RUMPUSER_OPEN_RDONLY);
	if (error != 0)
		close(*fdp);
	return error;
}
