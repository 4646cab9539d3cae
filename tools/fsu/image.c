/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IMAGE argument: FILE, FILE:PARTITION or FILE@OFFSET.  Opens the file
 * read-only, finds the partition and what file system it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fstype.h"
#include "fsu.h"
#include "part.h"

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || errno != ENOENT;
}

/* Digits with an optional unit: s (512 bytes), k, m, g, t. */
static bool
parse_offset(const char *s, uint64_t *out)
{
	static const char units[] = "kmgt";
	const char *u;
	unsigned long long n;
	unsigned shift = 0;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno != 0)
		return false;
	if (*end == 's' || *end == 'S')
		shift = 9;
	else if (*end != '\0' && (u = strchr(units, *end | 0x20)) != NULL)
		shift = 10 * (unsigned)(u - units + 1);
	if (shift != 0)
		end++;
	if (*end != '\0' || n > (uint64_t)INT64_MAX >> shift)
		return false;
	*out = (uint64_t)n << shift;
	return true;
}

/*
 * Split the argument.  A file whose name really holds the suffix wins, so
 * that every file can be named.
 */
static void
split(struct image *im, const char *arg, bool *hasoff)
{
	char *colon, *at, *end;
	unsigned long n;

	*hasoff = false;
	im->path = xstrdup(arg);
	if (exists(arg))
		return;
	at = strrchr(im->path, '@');
	if (at != NULL && at != im->path && parse_offset(at + 1, &im->off)) {
		*at = '\0';
		*hasoff = true;
		return;
	}
	colon = strrchr(im->path, ':');
	if (colon == NULL || colon == im->path || colon[1] < '0' ||
	    colon[1] > '9')
		return;
	errno = 0;
	n = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || errno != 0 || n == 0 || n > 100000)
		return;
	*colon = '\0';
	im->part = (unsigned)n;
}

static int
image_size(struct image *im)
{
	struct stat st;
	uint64_t n;

	if (fstat(im->fd, &st) != 0)
		goto bad;
	if (S_ISREG(st.st_mode)) {
		im->imgsize = (uint64_t)st.st_size;
		return 0;
	}
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		goto bad;
	}
	if (!S_ISBLK(st.st_mode)) {
		fsu_errx("%s: not a regular file or block device", im->path);
		return -1;
	}
	if (ioctl(im->fd, BLKGETSIZE64, &n) != 0)
		goto bad;
	im->imgsize = n;
	return 0;
bad:
	fsu_err("cannot open %s", q(im->path));
	return -1;
}

/* Take the file system at off; say what is there if we cannot. */
static int
take(struct image *im)
{
	const struct fstype *t;

	t = fstype_detect(im->fd, im->off, im->size);
	if (t != NULL && t->mount != NULL) {
		im->fstype = t->mount;
		im->fsname = t->name;
		return 0;
	}
	if (t != NULL)
		fsu_errx("%s: holds %s, which is not supported%s%s", im->arg,
		    t->name, t->hint != NULL ? "; " : "",
		    t->hint != NULL ? t->hint : "");
	else
		fsu_errx("%s: no known file system found", im->arg);
	return -1;
}

static void
list_parts(struct image *im, const struct parttab *t)
{
	const struct fstype *ft;
	const struct part *p;
	char size[32], *label;
	size_t i;

	for (i = 0; i < t->n; i++) {
		p = &t->p[i];
		ft = fstype_detect(im->fd, p->off, p->size);
		label = p->label[0] != '\0' ? quote_name(p->label,
		    strlen(p->label), QUOTE_ALWAYS) : xstrdup("");
		fsu_warnx("  %s:%u  %s at %" PRIu64 "  %s  %s", im->path,
		    p->num, human_size(p->size, size, sizeof(size)), p->off,
		    ft != NULL ? ft->name : "unknown", label);
		free(label);
	}
}

/* Without a choice by the user: the only partition that can be opened. */
static int
choose_part(struct image *im, const struct parttab *t)
{
	const struct fstype *ft;
	const struct part *found = NULL;
	size_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		ft = fstype_detect(im->fd, t->p[i].off, t->p[i].size);
		if (ft != NULL && ft->mount != NULL) {
			found = &t->p[i];
			n++;
		}
	}
	if (n == 1) {
		im->part = found->num;
		im->off = found->off;
		im->size = found->size;
		return 0;
	}
	if (n == 0)
		fsu_errx("%s: %s partition table without a file system that "
		    "is supported:", im->arg, t->kind);
	else
		fsu_errx("%s: %s partition table; choose a partition:",
		    im->arg, t->kind);
	list_parts(im, t);
	return -1;
}

static int
named_part(struct image *im, const struct parttab *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->p[i].num == im->part) {
			im->off = t->p[i].off;
			im->size = t->p[i].size;
			return 0;
		}
	fsu_errx("%s: no partition %u", im->path, im->part);
	list_parts(im, t);
	return -1;
}

static int
find_part(struct image *im)
{
	struct parttab *t;
	const struct fstype *ft;
	int r;

	if (im->part == 0) {
		/* A whole-image file system goes before its boot sector. */
		ft = fstype_detect(im->fd, 0, im->imgsize);
		if (ft != NULL && ft->mount != NULL)
			return 0;
	}
	t = xmalloc(sizeof(*t));
	r = part_read(im->fd, im->imgsize, t);
	if (r < 0 && errno == EINVAL)
		fsu_errx("%s: the partition table is damaged", im->path);
	else if (r < 0)
		fsu_err("error reading %s", q(im->path));
	else if (r == 0 && im->part != 0)
		fsu_errx("%s: no partition table found", im->path);
	if (r < 0 || (r == 0 && im->part != 0)) {
		free(t);
		return -1;
	}
	if (r == 1) {
		if (t->note != NULL)
			fsu_warnx("%s: %s", im->path, t->note);
		r = im->part != 0 ? named_part(im, t) : choose_part(im, t);
	}
	free(t);
	return r;
}

/*
 * Open the image that arg names.  0, or -1 after a message; then fsu_status
 * is set.
 */
int
image_open(struct image *im, const char *arg)
{
	bool hasoff;

	memset(im, 0, sizeof(*im));
	im->arg = arg;
	split(im, arg, &hasoff);
	/* O_NONBLOCK: opening a fifo by mistake must not wait. */
	im->fd = open(im->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (im->fd < 0) {
		fsu_err("cannot open %s", q(im->path));
		return -1;
	}
	if (image_size(im) != 0)
		return -1;
	im->size = im->imgsize;
	if (hasoff) {
		if (im->off >= im->imgsize) {
			fsu_errx("%s: the offset is past the end of the image",
			    arg);
			return -1;
		}
		im->size = im->imgsize - im->off;
	} else if (find_part(im) != 0) {
		return -1;
	}
	return take(im);
}
