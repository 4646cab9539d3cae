/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manifest_host.c - a manifest of a directory of the host.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest.h"

#define	BUFSIZE		65536

static void
hash_range(struct item *it, int fd, off_t off, off_t end, char *buf)
{
	ssize_t n;

	while (off < end) {
		n = pread(fd, buf, end - off < BUFSIZE ?
		    (size_t)(end - off) : BUFSIZE, off);
		if (n <= 0)
			return;
		it->content = hash_bytes(it->content, buf, (size_t)n);
		off += n;
	}
}

/*
 * Where the data is.  All of it is asked before anything is read: pages in
 * the host's cache make unwritten extents look like data.
 */
static size_t
segments(int fd, int64_t end, int64_t (**segp)[2])
{
	int64_t (*seg)[2] = NULL, off = 0, pos;
	size_t n = 0;

	while (off < end && (pos = lseek(fd, off, SEEK_DATA)) >= 0) {
		seg = realloc(seg, (n + 1) * sizeof(*seg));
		need(seg != NULL);
		seg[n][0] = pos;
		off = seg[n][1] = lseek(fd, pos, SEEK_HOLE);
		n++;
	}
	*segp = seg;
	return n;
}

static void
contents(struct item *it, const char *path, unsigned flags)
{
	int64_t (*seg)[2];
	size_t n, i;
	char *buf;
	int fd;

	fd = open(path, O_RDONLY);
	need(fd >= 0);
	buf = malloc(BUFSIZE);
	if (flags & M_NOHOLES)
		hash_range(it, fd, 0, (off_t)it->size, buf);
	else {
		n = segments(fd, (int64_t)it->size, &seg);
		for (i = 0; i < n; i++) {
			it->holes = hash_bytes(it->holes, seg[i],
			    sizeof(seg[i]));
			hash_range(it, fd, seg[i][0], seg[i][1], buf);
		}
		free(seg);
	}
	free(buf);
	close(fd);
}

static void
xattrs(struct item *it, const char *path)
{
	static char list[65536], val[65536];
	ssize_t n, k;
	char *p;

	n = llistxattr(path, list, sizeof(list));
	for (p = list; n > 0 && p < list + n; p += strlen(p) + 1) {
		k = lgetxattr(path, p, val, sizeof(val));
		if (k >= 0)
			hash_xattr(it, p, val, (size_t)k);
	}
}

static void	walk(struct manifest *, const char *, const char *, unsigned);

static void
children(struct manifest *m, const char *full, const char *rel,
    unsigned flags)
{
	struct dirent *d;
	char *f, *r;
	DIR *dir;

	dir = opendir(full);
	need(dir != NULL);
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		need(asprintf(&f, "%s/%s", full, d->d_name) > 0);
		need(asprintf(&r, "%s%s%s",
		    strcmp(rel, ".") == 0 ? "" : rel,
		    strcmp(rel, ".") == 0 ? "" : "/", d->d_name) > 0);
		walk(m, f, r, flags);
		free(f);
		free(r);
	}
	closedir(dir);
}

static void
walk(struct manifest *m, const char *full, const char *rel, unsigned flags)
{
	struct item *it = manifest_add(m, rel);
	char target[4096];
	struct stat sb;
	ssize_t n;

	need(lstat(full, &sb) == 0);
	it->ino = sb.st_ino;
	it->mode = sb.st_mode;
	it->uid = sb.st_uid;
	it->gid = sb.st_gid;
	it->nlink = (uint32_t)sb.st_nlink;
	it->size = S_ISDIR(sb.st_mode) && (flags & M_NONSEC) ? 0 :
	    (uint64_t)sb.st_size;
	it->sec = sb.st_mtim.tv_sec;
	if ((flags & M_NONSEC) == 0) {
		it->nsec = (uint32_t)sb.st_mtim.tv_nsec;
		it->blocks = (uint64_t)sb.st_blocks;
	}
	if (S_ISCHR(sb.st_mode) || S_ISBLK(sb.st_mode)) {
		it->major = major(sb.st_rdev);
		it->minor = minor(sb.st_rdev);
	}
	xattrs(it, full);
	if (S_ISREG(sb.st_mode))
		contents(it, full, flags);
	else if (S_ISLNK(sb.st_mode)) {
		n = readlink(full, target, sizeof(target));
		it->content = hash_bytes(it->content, target, (size_t)n);
	} else if (S_ISDIR(sb.st_mode))
		children(m, full, rel, flags);
}

void
manifest_host(struct manifest *m, const char *root, unsigned flags)
{

	memset(m, 0, sizeof(*m));
	walk(m, root, ".", flags);
	manifest_sort(m);
}
