/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * held.c - writes that were reported done and are done later, after others:
 * what a drive's cache does within the limits of its barriers.  They are done
 * in time for everything that could tell: a read or write of the same bytes,
 * a synchronization, a barrier, closing.  An error is reported by the next
 * synchronization or close.
 *
 * Locking: held.mtx guards the list, and is held while a write of it is done
 * by the provider below, so that nobody overtakes it.
 */
#include "fault/fault.h"

#include <pthread.h>
#include <stdlib.h>

#define HELD_MAX	1024	/* more are let go all at once */

struct held {
	struct held *next;
	int fd;
	int64_t off;
	size_t len;
	uint64_t behind;		/* writes that go first */
	char data[];
};

static struct {
	pthread_mutex_t mtx;
	struct held *head;		/* newest first: so they are let go */
	unsigned int n;			/* atomic: is there any? */
	int error;			/* of one that failed */
	int errfd;
} held = { .mtx = PTHREAD_MUTEX_INITIALIZER };

static int
none(void)
{

	return __atomic_load_n(&held.n, __ATOMIC_RELAXED) == 0;
}

/* Do the write; called with the lock held. */
static void
perform(struct rumpuser_provider *p, const struct held *h)
{
	struct rumpuser_iovec iov;
	size_t done = 0, n;
	int error = 0;

	while (done < h->len && error == 0) {
		iov.iov_base = (char *)(uintptr_t)h->data + done;
		iov.iov_len = h->len - done;
		n = 0;
		error = LOWER_CALL(p, ho_writev, h->fd, &iov, 1,
		    h->off + (int64_t)done, &n);
		if (error == 0 && n == 0)
			error = EIO;
		done += n;
	}
	if (error != 0 && held.error == 0) {
		held.error = error;
		held.errfd = h->fd;
	}
}

/* Take *hp off the list and do it; called with the lock held. */
static void
letgo(struct rumpuser_provider *p, struct held **hp)
{
	struct held *h = *hp;

	*hp = h->next;
	perform(p, h);
	free(h);
	__atomic_fetch_sub(&held.n, 1, __ATOMIC_RELAXED);
}

static int
overlaps(const struct held *h, int64_t off, size_t len)
{

	/* Where a stream writes is not known. */
	return off < 0 || (off < h->off + (int64_t)h->len &&
	    h->off < off + (int64_t)len);
}

static void
touch(struct rumpuser_provider *p, int fd, int64_t off, size_t len)
{
	struct held **hp;

	for (hp = &held.head; *hp != NULL;) {
		if ((*hp)->fd == fd && overlaps(*hp, off, len))
			letgo(p, hp);
		else
			hp = &(*hp)->next;
	}
}

static void
letgo_all(struct rumpuser_provider *p, int fd)
{
	struct held **hp;

	for (hp = &held.head; *hp != NULL;) {
		if (fd == -1 || (*hp)->fd == fd)
			letgo(p, hp);
		else
			hp = &(*hp)->next;
	}
}

int
rumpuser__held_add(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    uint64_t behind)
{
	const size_t len = rumpuser__iov_len(iov, niov);
	struct held *h;

	if ((h = malloc(sizeof(*h) + len)) == NULL)
		return ENOMEM;
	h->fd = fd;
	h->off = off;
	h->len = len;
	h->behind = behind;
	rumpuser__iov_copyout(iov, niov, h->data);
	pthread_mutex_lock(&held.mtx);
	/* Writes of the same bytes keep their order. */
	touch(p, fd, off, len);
	if (held.n >= HELD_MAX)
		letgo_all(p, -1);
	h->next = held.head;
	held.head = h;
	__atomic_fetch_add(&held.n, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&held.mtx);
	return 0;
}

void
rumpuser__held_touch(struct rumpuser_provider *p, int fd, int64_t off,
    size_t len)
{

	if (none())
		return;
	pthread_mutex_lock(&held.mtx);
	touch(p, fd, off, len);
	pthread_mutex_unlock(&held.mtx);
}

void
rumpuser__held_step(struct rumpuser_provider *p, int fd)
{
	struct held **hp;

	if (none())
		return;
	pthread_mutex_lock(&held.mtx);
	for (hp = &held.head; *hp != NULL;) {
		if ((*hp)->fd == fd && --(*hp)->behind == 0)
			letgo(p, hp);
		else
			hp = &(*hp)->next;
	}
	pthread_mutex_unlock(&held.mtx);
}

int
rumpuser__held_flush(struct rumpuser_provider *p, int fd)
{
	int error = 0;

	pthread_mutex_lock(&held.mtx);
	letgo_all(p, fd);
	if (held.error != 0 && (fd == -1 || held.errfd == fd)) {
		error = held.error;
		held.error = 0;
	}
	pthread_mutex_unlock(&held.mtx);
	return error;
}

void
rumpuser__held_freeze(int freeze)
{

	if (freeze)
		pthread_mutex_lock(&held.mtx);
	else
		pthread_mutex_unlock(&held.mtx);
}

/* What a child of fork() finds here is the parent's to write. */
void
rumpuser__held_forget(void)
{
	struct held *h;

	while ((h = held.head) != NULL) {
		held.head = h->next;
		free(h);
	}
	__atomic_store_n(&held.n, 0, __ATOMIC_RELAXED);
	held.error = 0;
}
