/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image.c - the content of a replay's states.  Of blocks that some write
 * touches there are two copies, the stable one and that of the state; all
 * other blocks are the base file's.  Going from a state to another one costs
 * what the two have on top of the stable content.
 *
 * Locking: none, a replay is used by one thread at a time.
 */
#include "fault/replay.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Read from the base; what is behind its end is zero. */
static int
base_read(struct rumpuser_replay *rp, void *buf, size_t len, uint64_t off)
{
	struct rumpuser_provider *p = rp->rp_host;
	struct rumpuser_iovec iov;
	size_t done = 0, n;
	int error;

	while (done < len) {
		iov.iov_base = (char *)buf + done;
		iov.iov_len = len - done;
		n = 0;
		error = p->pv_ops.ho_readv(p, rp->rp_basefd, &iov, 1,
		    (int64_t)(off + done), &n);
		if (error != 0)
			return error;
		if (n == 0)
			break;
		done += n;
	}
	memset((char *)buf + done, 0, len - done);
	return 0;
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The numbers of all blocks that are touched, sorted, each once. */
static int
touched(struct rumpuser_replay *rp, uint64_t **listp, uint64_t *np)
{
	const struct rwrite *w;
	uint64_t total = 0, n = 0, m = 0, b, *list;
	uint32_t i;

	for (i = 0; i < rp->rp_nwrites; i++)
		total += rp->rp_writes[i].w_len / BLOCK + 2;
	if ((list = calloc(total + 1, sizeof(*list))) == NULL)
		return ENOMEM;
	for (i = 0; i < rp->rp_nwrites; i++) {
		w = &rp->rp_writes[i];
		for (b = w->w_off / BLOCK; b * BLOCK < w->w_off + w->w_len;
		    b++)
			list[n++] = b;
	}
	qsort(list, n, sizeof(*list), by_value);
	for (b = 0; b < n; b++)
		if (b == 0 || list[b] != list[b - 1])
			list[m++] = list[b];
	*listp = list;
	*np = m;
	return 0;
}

int
rumpuser__image_make(struct rumpuser_replay *rp)
{
	uint64_t *list, i;
	int error;

	if ((error = touched(rp, &list, &rp->rp_nblocks)) != 0)
		return error;
	rp->rp_blocks = calloc(rp->rp_nblocks + 1, sizeof(*rp->rp_blocks));
	rp->rp_mem = calloc(rp->rp_nblocks + 1, 2 * BLOCK);
	if (rp->rp_blocks == NULL || rp->rp_mem == NULL) {
		free(list);
		return ENOMEM;
	}
	for (i = 0; i < rp->rp_nblocks; i++) {
		rp->rp_blocks[i].b_number = list[i];
		rp->rp_blocks[i].b_stable = rp->rp_mem + i * 2 * BLOCK;
		rp->rp_blocks[i].b_now = rp->rp_blocks[i].b_stable + BLOCK;
	}
	free(list);
	return rumpuser__image_reset(rp);
}

void
rumpuser__image_free(struct rumpuser_replay *rp)
{

	if (rp->rp_memfd != -1)
		close(rp->rp_memfd);
	free(rp->rp_blocks);
	free(rp->rp_mem);
}

int
rumpuser__image_reset(struct rumpuser_replay *rp)
{
	struct rblock *b;
	uint64_t i;
	int error;

	for (i = 0; i < rp->rp_nblocks; i++) {
		b = &rp->rp_blocks[i];
		error = base_read(rp, b->b_stable, BLOCK, b->b_number * BLOCK);
		if (error != 0)
			return error;
		memcpy(b->b_now, b->b_stable, BLOCK);
		b->b_dirty = 0;
		b->b_changed = 1;
	}
	rp->rp_stablesize = rp->rp_size = rp->rp_basesize;
	return 0;
}

/* The first block whose number is not less; NULL if there is none. */
static struct rblock *
find(struct rumpuser_replay *rp, uint64_t number)
{
	uint64_t lo = 0, hi = rp->rp_nblocks, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (rp->rp_blocks[mid].b_number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < rp->rp_nblocks ? &rp->rp_blocks[lo] : NULL;
}

/* Bytes [lo, hi) of a write into the image, or (stable) under it, too. */
static void
apply(struct rumpuser_replay *rp, const struct rwrite *w, uint64_t lo,
    uint64_t hi, int stable)
{
	uint64_t off = w->w_off + lo, at, n;
	const uint8_t *data = w->w_data + lo;
	struct rblock *b;

	if (lo == hi)
		return;
	for (b = find(rp, off / BLOCK); lo < hi; b++) {
		at = off % BLOCK;
		n = BLOCK - at < hi - lo ? BLOCK - at : hi - lo;
		memcpy(b->b_now + at, data, n);
		if (stable)
			memcpy(b->b_stable + at, data, n);
		else
			b->b_dirty = 1;
		b->b_changed = 1;
		off += n;
		data += n;
		lo += n;
	}
}

static uint64_t
max(uint64_t a, uint64_t b)
{

	return a > b ? a : b;
}

/* Back to the stable content. */
static void
clean(struct rumpuser_replay *rp)
{
	const struct unit *u;
	const struct rwrite *w;
	struct rblock *b;
	uint64_t end;
	uint32_t i;

	for (i = 0; i < rp->rp_norder; i++) {
		u = &rp->rp_units[rp->rp_order[i]];
		w = &rp->rp_writes[u->u_write];
		end = w->w_off + u->u_hi;
		for (b = find(rp, (w->w_off + u->u_lo) / BLOCK); b != NULL &&
		    b < rp->rp_blocks + rp->rp_nblocks &&
		    b->b_number * BLOCK < end; b++) {
			if (!b->b_dirty)
				continue;
			memcpy(b->b_now, b->b_stable, BLOCK);
			b->b_dirty = 0;
			b->b_changed = 1;
		}
	}
	rp->rp_size = rp->rp_stablesize;
}

void
rumpuser__image_clean(struct rumpuser_replay *rp)
{

	clean(rp);
	rp->rp_norder = 0;
}

void
rumpuser__image_settle(struct rumpuser_replay *rp, const struct rwrite *w)
{

	apply(rp, w, 0, w->w_len, 1);
	if (w->w_len > 0)
		rp->rp_stablesize = max(rp->rp_stablesize,
		    w->w_off + w->w_len);
	rp->rp_size = rp->rp_stablesize;
}

/*
 * The file in memory.
 */

static int
write_all(int fd, const uint8_t *buf, size_t len, uint64_t off)
{
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, buf, len, (off_t)off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == -1 ? errno : EIO;
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
allzero(const uint8_t *p, size_t n)
{

	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static int
file_block(struct rumpuser_replay *rp, const struct rblock *b)
{
	const uint64_t off = b->b_number * BLOCK;

	if (off >= rp->rp_size)
		return 0;
	return write_all(rp->rp_memfd, b->b_now, rp->rp_size - off < BLOCK ?
	    (size_t)(rp->rp_size - off) : BLOCK, off);
}

/* What has changed since, into the file. */
static int
file_update(struct rumpuser_replay *rp)
{
	struct rblock *b;
	uint64_t i;
	int error;

	if (rp->rp_memfd == -1)
		return 0;
	if (ftruncate(rp->rp_memfd, (off_t)rp->rp_size) == -1)
		return errno;
	for (i = 0; i < rp->rp_nblocks; i++) {
		b = &rp->rp_blocks[i];
		if (!b->b_changed)
			continue;
		if ((error = file_block(rp, b)) != 0)
			return error;
		b->b_changed = 0;
	}
	return 0;
}

/* All of it, leaving holes where nothing is. */
static int
file_fill(struct rumpuser_replay *rp)
{
	const size_t chunk = 256 * 1024;
	uint64_t off, i;
	uint8_t *buf;
	size_t n;
	int error = 0;

	if (ftruncate(rp->rp_memfd, 0) == -1)
		return errno;
	if ((buf = malloc(chunk)) == NULL)
		return ENOMEM;
	for (off = 0; off < rp->rp_basesize && error == 0; off += n) {
		n = rp->rp_basesize - off < chunk ?
		    (size_t)(rp->rp_basesize - off) : chunk;
		error = base_read(rp, buf, n, off);
		if (error == 0 && !allzero(buf, n))
			error = write_all(rp->rp_memfd, buf, n, off);
	}
	free(buf);
	for (i = 0; i < rp->rp_nblocks; i++)
		rp->rp_blocks[i].b_changed = 1;
	return error != 0 ? error : file_update(rp);
}

int
rumpuser__image_show(struct rumpuser_replay *rp)
{
	const struct unit *u;
	const struct rwrite *w;
	uint32_t i;

	for (i = 0; i < rp->rp_norder; i++) {
		u = &rp->rp_units[rp->rp_order[i]];
		w = &rp->rp_writes[u->u_write];
		apply(rp, w, u->u_lo, u->u_hi, 0);
		if (u->u_hi > u->u_lo)
			rp->rp_size = max(rp->rp_size, w->w_off + u->u_hi);
	}
	return file_update(rp);
}

/*
 * What the user sees of it.
 */

uint64_t
rumpuser_replay_size(struct rumpuser_replay *rp)
{

	return rp->rp_size;
}

/* Up to the next block that is ours, or within such a block. */
static int
read_some(struct rumpuser_replay *rp, void *buf, size_t len, uint64_t off,
    size_t *np)
{
	const struct rblock *b = find(rp, off / BLOCK);
	uint64_t n = len;

	if (b != NULL && b->b_number == off / BLOCK) {
		if (n > BLOCK - off % BLOCK)
			n = BLOCK - off % BLOCK;
		memcpy(buf, b->b_now + off % BLOCK, (size_t)n);
		*np = (size_t)n;
		return 0;
	}
	if (b != NULL && n > b->b_number * BLOCK - off)
		n = b->b_number * BLOCK - off;
	*np = (size_t)n;
	return base_read(rp, buf, (size_t)n, off);
}

HOSTCALL int
image_read(struct rumpuser_replay *rp, char *buf, size_t len, uint64_t off,
    size_t *donep)
{
	int serrno = errno, error = 0;
	size_t n;

	*donep = 0;
	if (off >= rp->rp_size)
		len = 0;
	else if (len > rp->rp_size - off)
		len = (size_t)(rp->rp_size - off);
	while (len > 0 && error == 0) {
		error = read_some(rp, buf, len, off, &n);
		if (error == 0) {
			*donep += n;
			buf += n;
			off += n;
			len -= n;
		}
	}
	errno = serrno;
	return error;
}

int
rumpuser_replay_read(struct rumpuser_replay *rp, void *buf, size_t len,
    uint64_t off, size_t *donep)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = image_read(rp, buf, len, off, donep);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}

HOSTCALL int
image_fd(struct rumpuser_replay *rp, int rewrite)
{
	int serrno = errno, error = 0;

	if (rp->rp_memfd == -1) {
		rp->rp_memfd = memfd_create("rumpreplay", MFD_CLOEXEC);
		if (rp->rp_memfd == -1)
			error = errno;
		rewrite = 1;
	}
	if (error == 0 && rewrite)
		error = file_fill(rp);
	errno = serrno;
	return error;
}

int
rumpuser_replay_fd(struct rumpuser_replay *rp, int rewrite, int *fdp)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = image_fd(rp, rewrite);
	rumpuser__schedule(count, NULL);
	if (error == 0)
		*fdp = rp->rp_memfd;
	return rumpuser__errtrans(error);
}
