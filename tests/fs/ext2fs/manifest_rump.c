/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manifest_rump.c - a manifest through the rump client interface.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>
#include <rump/rumperr.h>

#include "manifest.h"

#define	SEEKDATA	0xc0086661UL	/* _IOWR('f', 97, off_t) */
#define	SEEKHOLE	0xc0086662UL
#define	NS_USER		1
#define	NS_SYSTEM	2
#define	BUFSIZE		65536
#define	LIMIT		(1024 * 1024)

static void
fault(struct item *it)
{

	if (it->error == 0)
		it->error = errno;
}

static void
hash_range(struct item *it, int fd, int64_t off, int64_t end, char *buf)
{
	ssize_t n;

	while (off < end) {
		n = rump_sys_pread(fd, buf, end - off < BUFSIZE ?
		    (size_t)(end - off) : BUFSIZE, off);
		if (n < 0)
			fault(it);
		if (n <= 0)
			return;
		it->content = hash_bytes(it->content, buf, (size_t)n);
		off += n;
	}
}

static void
contents(struct item *it, const char *path, unsigned flags)
{
	int64_t off = 0, pos, end = (int64_t)it->size, seg[2];
	char *buf;
	int fd;

	fd = rump_sys_open(path, RUMP_O_RDONLY);
	if (fd < 0) {
		fault(it);
		return;
	}
	if ((flags & M_LIMIT) && end > LIMIT)
		end = LIMIT;
	buf = malloc(BUFSIZE);
	while (off < end) {
		seg[0] = off;
		seg[1] = end;
		if ((flags & M_NOHOLES) == 0) {
			pos = off;
			if (rump_sys_ioctl(fd, SEEKDATA, &pos) != 0) {
				if (errno != RUMP_ENXIO)
					fault(it);
				break;
			}
			seg[0] = pos;
			if (rump_sys_ioctl(fd, SEEKHOLE, &pos) != 0) {
				fault(it);
				break;
			}
			seg[1] = pos < end ? pos : end;
			it->holes = hash_bytes(it->holes, seg, sizeof(seg));
		}
		hash_range(it, fd, seg[0], seg[1], buf);
		off = seg[1] > off ? seg[1] : end;
	}
	free(buf);
	rump_sys_close(fd);
}

static void
one_xattr(struct item *it, const char *path, int ns, const char *name)
{
	char full[300], *val;
	ssize_t n;

	n = rump_sys_extattr_get_link(path, ns, name, NULL, 0);
	if (n < 0) {
		fault(it);
		return;
	}
	val = malloc((size_t)n + 1);
	n = rump_sys_extattr_get_link(path, ns, name, val, (size_t)n);
	if (n < 0)
		fault(it);
	else {
		snprintf(full, sizeof(full), "%s%s",
		    ns == NS_USER ? "user." : "", name);
		hash_xattr(it, full, val, (size_t)n);
	}
	free(val);
}

static void
xattrs(struct item *it, const char *path, int ns)
{
	unsigned char *list;
	char name[256];
	ssize_t n, i;

	n = rump_sys_extattr_list_link(path, ns, NULL, 0);
	if (n < 0) {
		fault(it);
		return;
	}
	list = malloc((size_t)n + 1);
	n = rump_sys_extattr_list_link(path, ns, list, (size_t)n);
	if (n < 0)
		fault(it);
	for (i = 0; i < n && i + 1 + list[i] <= n; i += 1 + list[i]) {
		memcpy(name, list + i + 1, list[i]);
		name[list[i]] = '\0';
		one_xattr(it, path, ns, name);
	}
	free(list);
}

static void
link_target(struct item *it, const char *path)
{
	char buf[4096];
	ssize_t n;

	n = rump_sys_readlink(path, buf, sizeof(buf));
	if (n < 0)
		fault(it);
	else
		it->content = hash_bytes(it->content, buf, (size_t)n);
}

static void
attributes(struct item *it, const struct rump_stat *sb, unsigned flags)
{
	uint64_t dev = sb->st_rdev;

	it->ino = sb->st_ino;
	it->mode = sb->st_mode;
	it->uid = sb->st_uid;
	it->gid = sb->st_gid;
	it->nlink = sb->st_nlink;
	it->blocks = (uint64_t)sb->st_blocks;
	it->size = (sb->st_mode & 0170000) == 0040000 && (flags & M_NONSEC) ?
	    0 : (uint64_t)sb->st_size;
	it->sec = sb->st_mtim.tv_sec;
	if ((flags & M_NONSEC) == 0)
		it->nsec = (uint32_t)sb->st_mtim.tv_nsec;
	else
		it->blocks = 0;
	if ((sb->st_mode & 0170000) == 0020000 ||
	    (sb->st_mode & 0170000) == 0060000) {
		it->major = (dev >> 8) & 0xfff;
		it->minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
	}
}

static void	walk(struct manifest *, const char *, const char *, unsigned);

/* Lists a directory; returns an errno of the listing, names go on. */
static int
children(struct manifest *m, const char *full, const char *rel,
    unsigned flags)
{
	char *buf, *f, *r;
	const struct rump_dirent *d;
	ssize_t n, i;
	int fd, error = 0;

	fd = rump_sys_open(full, RUMP_O_RDONLY | RUMP_O_DIRECTORY);
	if (fd < 0)
		return errno;
	buf = malloc(8192);
	while ((n = rump_sys_getdents(fd, buf, 8192)) > 0) {
		for (i = 0; i < n; i += d->d_reclen) {
			d = (const void *)(buf + i);
			if (strcmp(d->d_name, ".") == 0 ||
			    strcmp(d->d_name, "..") == 0)
				continue;
			need(asprintf(&f, "%s/%s", full,
			    d->d_name) > 0);
			need(asprintf(&r, "%s%s%s",
			    strcmp(rel, ".") == 0 ? "" : rel,
			    strcmp(rel, ".") == 0 ? "" : "/", d->d_name) > 0);
			walk(m, f, r, flags);
			free(f);
			free(r);
		}
	}
	if (n < 0)
		error = errno;
	free(buf);
	rump_sys_close(fd);
	return error;
}

static void
walk(struct manifest *m, const char *full, const char *rel, unsigned flags)
{
	struct rump_stat sb;
	struct item *it = manifest_add(m, rel);
	size_t idx = m->n - 1;
	int error;

	if (strlen(full) > 900)		/* deeper than a path can say */
		return;
	if (rump_sys_lstat(full, (struct stat *)(void *)&sb) != 0) {
		fault(it);
		return;
	}
	attributes(it, &sb, flags);
	xattrs(it, full, NS_USER);
	xattrs(it, full, NS_SYSTEM);
	switch (sb.st_mode & 0170000) {
	case 0100000:
		contents(it, full, flags);
		break;
	case 0120000:
		link_target(it, full);
		break;
	case 0040000:
		error = children(m, full, rel, flags);
		if (error && m->item[idx].error == 0)
			m->item[idx].error = error;
		break;
	}
}

void
manifest_rump(struct manifest *m, const char *root, unsigned flags)
{

	memset(m, 0, sizeof(*m));
	walk(m, root, ".", flags);
	manifest_sort(m);
}
