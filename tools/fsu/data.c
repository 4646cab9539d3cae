/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data of a regular file of the image.  A piece that cannot be read is
 * tried again in small pieces, so that one bad block costs one block; after
 * many bad ones this is given up, so that a ruined file ends soon.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "fsu.h"
#include "kern.h"

#define	SMALL		4096
#define	BAD_MAX		256	/* small pieces tried in vain per file */

static char *iobuf;

void
data_init(struct data *d, int fd, uint64_t size, const char *show)
{

	memset(d, 0, sizeof(*d));
	d->fd = fd;
	d->size = size;
	d->show = show;
	if (iobuf == NULL)
		iobuf = xmalloc(FSU_IOSIZE);
}

void
data_rewind(struct data *d)
{

	d->at = d->total = 0;
}

static bool
too_much(struct data *d)
{

	if (d->total <= session_image.size)
		return false;
	if (!d->toomuch)
		fsu_errx("%s: more data than the file system can hold, "
		    "the rest is left out", q(d->show));
	d->toomuch = true;
	d->at = d->size;
	return true;
}

bool
data_next(struct data *d, uint64_t *start, uint64_t *end)
{
	uint64_t s, e;

	if (d->at >= d->size)
		return false;
	if (k_seek(d->fd, false, d->at, &s) != 0) {
		if (errno == ENXIO)
			return false;
		/* No help from the file system: it is all data. */
		s = d->at;
	}
	if (s >= d->size)
		return false;
	if (k_seek(d->fd, true, s, &e) != 0 || e > d->size || e <= s)
		e = d->size;
	*start = s;
	*end = d->at = e;
	d->total += e - s;
	return !too_much(d);
}

static void
bad(struct data *d, uint64_t off)
{
	int error = errno;

	if (d->bad++ == 0) {
		errno = error;
		fsu_err("%s: read error at byte %" PRIu64, q(d->show), off);
	}
}

/* Fill iobuf with n bytes from off as well as can be. */
static void
salvage(struct data *d, uint64_t off, size_t n)
{
	size_t i, k;
	ssize_t got;

	memset(iobuf, 0, n);
	if (d->bad >= BAD_MAX) {
		d->bad++;
		return;
	}
	for (i = 0; i < n; i += k) {
		k = n - i < SMALL ? n - i : SMALL;
		got = k_read(d->fd, iobuf + i, k, off + i);
		if (got < (ssize_t)k) {
			if (got >= 0)
				errno = EIO;
			bad(d, off + i + (got > 0 ? (size_t)got : 0));
		}
	}
}

int
data_copy(struct data *d, uint64_t start, uint64_t end,
    int (*sink)(void *, const void *, size_t, uint64_t off), void *ctx)
{
	size_t n;
	ssize_t got;
	int r;

	while (start < end) {
		n = FSU_IOSIZE - (size_t)(start % SMALL);
		if (n > end - start)
			n = (size_t)(end - start);
		got = k_read(d->fd, iobuf, n, start);
		if (got != (ssize_t)n)
			salvage(d, start, n);
		if ((r = sink(ctx, iobuf, n, start)) != 0)
			return r;
		progress_add(0, n);
		start += n;
	}
	return 0;
}
