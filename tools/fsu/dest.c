/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The destination of fsu get.  openat2(2) resolves beneath the directory
 * and refuses every symbolic link; each name is a single component anyway,
 * so that older kernels are as safe with O_NOFOLLOW alone.  Only so many
 * directories are kept open; others are opened again by name, level by
 * level, so depth is not bounded by descriptors or PATH_MAX.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dest.h"
#include "fsu.h"

#define	OPEN_MAX_	32

struct dlevel {
	int fd;			/* -1: closed for now */
	bool borrowed;		/* the root's, not ours to close */
	char *name;
	dev_t dev;
	ino_t ino;
};

struct dest {
	int rootfd;
	struct dlevel *lv;	/* lv[d] holds the entries of depth d */
	size_t n, cap;
};

static int
open_beneath(int dirfd, const char *name, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
	if (fd < 0 && errno == ENOSYS)
		fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	return (int)fd;
}

static struct dlevel *
add_level(struct dest *d, int fd, const char *name)
{
	struct dlevel *lv;
	struct stat st;

	d->lv = xgrow(d->lv, &d->cap, d->n + 1, sizeof(*lv));
	lv = &d->lv[d->n++];
	memset(lv, 0, sizeof(*lv));
	lv->fd = fd;
	lv->name = name != NULL ? xstrdup(name) : NULL;
	if (fstat(fd, &st) == 0) {
		lv->dev = st.st_dev;
		lv->ino = st.st_ino;
	}
	return lv;
}

static void
drop_level(struct dest *d)
{
	struct dlevel *lv = &d->lv[--d->n];

	if (lv->fd >= 0 && !lv->borrowed)
		close(lv->fd);
	free(lv->name);
}

struct dest *
dest_new(int rootfd)
{
	struct dest *d = xcalloc(1, sizeof(*d));

	d->rootfd = rootfd;
	add_level(d, rootfd, NULL)->borrowed = true;
	return d;
}

void
dest_free(struct dest *d)
{

	while (d->n != 0)
		drop_level(d);
	free(d->lv);
	free(d);
}

/* Open level i again; it must be the directory that it was. */
static int
reopen(struct dest *d, size_t i)
{
	struct stat st;
	int fd;

	fd = open_beneath(d->lv[i - 1].fd, d->lv[i].name,
	    O_RDONLY | O_DIRECTORY, 0);
	if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_dev != d->lv[i].dev ||
	    st.st_ino != d->lv[i].ino)) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	d->lv[i].fd = fd;
	return fd < 0 ? -1 : 0;
}

static void
park(struct dest *d, size_t i)
{

	if (d->lv[i].fd >= 0 && !d->lv[i].borrowed) {
		close(d->lv[i].fd);
		d->lv[i].fd = -1;
	}
}

int
dest_dir(struct dest *d, unsigned depth)
{
	size_t i = depth;

	if (i >= d->n) {
		errno = ENOENT;
		return -1;
	}
	while (d->lv[i].fd < 0)
		i--;
	for (; i < depth; i++) {
		if (reopen(d, i + 1) != 0)
			return -1;
		if (i + OPEN_MAX_ < depth)
			park(d, i);
	}
	return d->lv[depth].fd;
}

int
dest_enter(struct dest *d, unsigned depth, const char *name, bool *fresh)
{
	int dirfd = dest_dir(d, depth), fd;

	if (dirfd < 0)
		return -1;
	*fresh = mkdirat(dirfd, name, 0700) == 0;
	if (!*fresh && errno != EEXIST)
		return -1;
	fd = open_beneath(dirfd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0) {
		/* Something else of that name, or a link to a directory. */
		if (errno == ELOOP || errno == ENOTDIR)
			errno = EEXIST;
		return -1;
	}
	while (d->n > depth + 1)
		drop_level(d);
	add_level(d, fd, name);
	if (d->n > OPEN_MAX_)
		park(d, d->n - OPEN_MAX_);
	return fd;
}

void
dest_enter_root(struct dest *d)
{

	while (d->n > 1)
		drop_level(d);
	add_level(d, d->rootfd, NULL)->borrowed = true;
}

void
dest_leave(struct dest *d, unsigned depth)
{

	while (d->n > depth + 1)
		drop_level(d);
}

int
dest_create(int dirfd, const char *name)
{

	return open_beneath(dirfd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
}

int
dest_link(struct dest *d, const char *from, int dirfd, const char *name)
{
	char part[256];
	int fd = d->rootfd, next, r = -1, error;
	const char *slash;
	size_t n;

	while ((slash = strchr(from, '/')) != NULL) {
		n = (size_t)(slash - from);
		if (n >= sizeof(part)) {
			errno = ENAMETOOLONG;
			goto out;
		}
		memcpy(part, from, n);
		part[n] = '\0';
		from = slash + 1;
		if (n == 0 || strcmp(part, ".") == 0)
			continue;
		next = open_beneath(fd, part, O_RDONLY | O_DIRECTORY, 0);
		if (next < 0)
			goto out;
		if (fd != d->rootfd)
			close(fd);
		fd = next;
	}
	r = linkat(fd, from, dirfd, name, 0);
out:
	error = errno;
	if (fd >= 0 && fd != d->rootfd)
		close(fd);
	errno = error;
	return r;
}
