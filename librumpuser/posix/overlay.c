/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlay.c - see overlay.h: blocks of 4 KiB in an open-addressed hash table,
 * brought in from the file when a part of them is written first.
 * Locking: mtx guards everything of one overlay.
 */
#include "posix/overlay.h"

#include <sys/stat.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK		((size_t)4096)
#define TABLE_MIN	256		/* a power of two */

struct slot {
	uint64_t block;
	char *data;			/* NULL: free */
};

struct rumpuser__overlay {
	pthread_mutex_t mtx;
	struct slot *tab;
	size_t size, used;
	uint64_t below;			/* the file's end, as it was */
	uint64_t end;			/* the end of what is seen */
};

int
rumpuser__overlay_create(int fd, struct rumpuser__overlay **ovp)
{
	struct rumpuser__overlay *ov;
	off_t end = lseek(fd, 0, SEEK_END);

	if (end == -1)
		return errno;
	if ((ov = calloc(1, sizeof(*ov))) == NULL)
		return ENOMEM;
	ov->tab = calloc(TABLE_MIN, sizeof(*ov->tab));
	if (ov->tab == NULL) {
		free(ov);
		return ENOMEM;
	}
	ov->size = TABLE_MIN;
	ov->below = ov->end = (uint64_t)end;
	pthread_mutex_init(&ov->mtx, NULL);
	*ovp = ov;
	return 0;
}

void
rumpuser__overlay_destroy(struct rumpuser__overlay *ov)
{
	size_t i;

	for (i = 0; i < ov->size; i++)
		free(ov->tab[i].data);
	free(ov->tab);
	pthread_mutex_destroy(&ov->mtx);
	free(ov);
}

/* The slot of a block, or the free one where it belongs. */
static struct slot *
lookup(struct slot *tab, size_t size, uint64_t block)
{
	size_t i = (size_t)(block * 0x9e3779b97f4a7c15ULL) & (size - 1);

	while (tab[i].data != NULL && tab[i].block != block)
		i = (i + 1) & (size - 1);
	return &tab[i];
}

/* Keep the table under three quarters full. */
static int
grow(struct rumpuser__overlay *ov)
{
	struct slot *tab;
	size_t i;

	if ((ov->used + 1) * 4 <= ov->size * 3)
		return 0;
	if ((tab = calloc(ov->size * 2, sizeof(*tab))) == NULL)
		return ENOMEM;
	for (i = 0; i < ov->size; i++)
		if (ov->tab[i].data != NULL)
			*lookup(tab, ov->size * 2, ov->tab[i].block) =
			    ov->tab[i];
	free(ov->tab);
	ov->tab = tab;
	ov->size *= 2;
	return 0;
}

/* The bytes of the file below; behind its end there are zeroes. */
static int
below(const struct rumpuser__overlay *ov, int fd, char *p, size_t len,
    uint64_t off)
{
	ssize_t n;

	while (len > 0 && off < ov->below) {
		n = pread(fd, p, len < ov->below - off ? len :
		    (size_t)(ov->below - off), (off_t)off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno;
		if (n == 0)
			break;
		p += n;
		len -= (size_t)n;
		off += (size_t)n;
	}
	memset(p, 0, len);
	return 0;
}

/* Our copy of a block, made if there is none; whole: its old bytes go. */
static int
own(struct rumpuser__overlay *ov, int fd, uint64_t block, int whole,
    char **datap)
{
	struct slot *s;
	char *data;
	int error;

	if ((error = grow(ov)) != 0)
		return error;
	s = lookup(ov->tab, ov->size, block);
	if (s->data == NULL) {
		if ((data = malloc(BLOCK)) == NULL)
			return ENOMEM;
		if (!whole && (error = below(ov, fd, data, BLOCK,
		    block * BLOCK)) != 0) {
			free(data);
			return error;
		}
		s->block = block;
		s->data = data;
		ov->used++;
	}
	*datap = s->data;
	return 0;
}

/* How much of a transfer lies in the block at off. */
static size_t
piece(uint64_t off, size_t len)
{
	size_t room = BLOCK - (size_t)(off % BLOCK);

	return len < room ? len : room;
}

int
rumpuser__overlay_read(struct rumpuser__overlay *ov, int fd, void *data,
    size_t len, uint64_t off, size_t *donep)
{
	const struct slot *s;
	char *p = data;
	size_t n, done = 0;
	int error = 0;

	pthread_mutex_lock(&ov->mtx);
	if (off >= ov->end)
		len = 0;
	else if (len > ov->end - off)
		len = (size_t)(ov->end - off);
	while (done < len && error == 0) {
		n = piece(off + done, len - done);
		s = lookup(ov->tab, ov->size, (off + done) / BLOCK);
		if (s->data != NULL)
			memcpy(p + done, s->data + (off + done) % BLOCK, n);
		else
			error = below(ov, fd, p + done, n, off + done);
		if (error == 0)
			done += n;
	}
	pthread_mutex_unlock(&ov->mtx);
	*donep = done;
	return error;
}

int
rumpuser__overlay_write(struct rumpuser__overlay *ov, int fd, void *data,
    size_t len, uint64_t off, size_t *donep)
{
	const char *p = data;
	size_t n, done = 0;
	char *block;
	int error = 0;

	pthread_mutex_lock(&ov->mtx);
	while (done < len) {
		n = piece(off + done, len - done);
		error = own(ov, fd, (off + done) / BLOCK, n == BLOCK, &block);
		if (error != 0)
			break;
		memcpy(block + (off + done) % BLOCK, p + done, n);
		done += n;
	}
	if (done > 0 && off + done > ov->end)
		ov->end = off + done;
	pthread_mutex_unlock(&ov->mtx);
	*donep = done;
	return error;
}

void
rumpuser__overlay_lock(struct rumpuser__overlay *ov)
{

	pthread_mutex_lock(&ov->mtx);
}

void
rumpuser__overlay_unlock(struct rumpuser__overlay *ov)
{

	pthread_mutex_unlock(&ov->mtx);
}
