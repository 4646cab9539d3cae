/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bio.c - block I/O: on the caller's thread when that is allowed, else by a
 * small pool of threads that exists from the first such operation on.
 *
 * Locking: pool.mtx guards the pool and its queue; it is never held over I/O,
 * an upcall, or with the intention of taking a virtual CPU.  This file is the
 * boundary of the I/O engine: nothing outside knows how a transfer is done.
 */
#include "host.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define BIO_THREADS	4

struct bioreq {
	struct bioreq *next;
	int fd;
	int op;
	void *data;
	size_t len;
	int64_t off;
	rump_biodone_fn done;
	void *arg;
	uint64_t seq;
};

static struct {
	pthread_mutex_t mtx;
	pthread_cond_t work;		/* something was queued */
	pthread_cond_t idle;		/* something was finished */
	struct bioreq *head, **tailp;
	struct bioreq *running[BIO_THREADS];
	unsigned int nthreads, nidle;
	uint64_t seq;
	int mode;			/* 0 unknown, 1 threads, -1 none */
} pool = {
	.mtx = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.idle = PTHREAD_COND_INITIALIZER,
};

/* A stable write; 0 or the host's errno. */
static int
syncwrite(int fd, void *data, size_t len, int64_t off, size_t *donep)
{
	int error;

	error = rumpuser__pio(fd, 1, data, len, off, donep);
	if (error == 0)
		error = rumpuser__sync(fd, 1);
	return error;
}

/* The transfer itself, on a thread without a virtual CPU. */
HOSTCALL int
transfer(int fd, int op, void *data, size_t len, int64_t off, size_t *donep)
{
	int serrno = errno, error;

	*donep = 0;
	if (off < 0 || (uint64_t)len > (uint64_t)(INT64_MAX - off))
		error = EINVAL;
	else if (op & RUMPUSER_BIO_READ)
		error = rumpuser__pio(fd, 0, data, len, off, donep);
	else if (op & RUMPUSER_BIO_SYNC)
		error = syncwrite(fd, data, len, off, donep);
	else
		error = rumpuser__pio(fd, 1, data, len, off, donep);
	errno = serrno;
	return rumpuser__errtrans(error);
}

static void
bio_inline(int fd, int op, void *data, size_t len, int64_t off,
    rump_biodone_fn done, void *arg)
{
	size_t xfer;
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = transfer(fd, op, data, len, off, &xfer);
	rumpuser__schedule(count, NULL);
	done(arg, xfer, error);
}

/* Take the next request; called and returns with the lock held. */
static struct bioreq *
bio_next(void)
{
	struct bioreq *req;

	while ((req = pool.head) == NULL) {
		pool.nidle++;
		pthread_cond_wait(&pool.work, &pool.mtx);
		pool.nidle--;
	}
	if ((pool.head = req->next) == NULL)
		pool.tailp = &pool.head;
	return req;
}

static void *
bio_worker(void *arg)
{
	struct bioreq **slot = arg, *req;
	size_t xfer;
	int error;

	if (rumpuser__hyp.hyp_schedule != NULL) {
		rumpuser__hyp.hyp_schedule();
		error = rumpuser__hyp.hyp_lwproc_newlwp(0);
		rumpuser__hyp.hyp_unschedule();
		if (error != 0)
			rumpuser_dprintf("rumpuser: block I/O thread without "
			    "an lwp of its own, error %d\n", error);
	}

	pthread_mutex_lock(&pool.mtx);
	for (;;) {
		req = *slot = bio_next();
		pthread_mutex_unlock(&pool.mtx);

		error = transfer(req->fd, req->op, req->data, req->len,
		    req->off, &xfer);

		/* Off the list first: done() may sync or close the file. */
		pthread_mutex_lock(&pool.mtx);
		*slot = NULL;
		pthread_cond_broadcast(&pool.idle);
		pthread_mutex_unlock(&pool.mtx);

		if (rumpuser__hyp.hyp_schedule != NULL)
			rumpuser__hyp.hyp_schedule();
		req->done(req->arg, xfer, error);
		if (rumpuser__hyp.hyp_unschedule != NULL)
			rumpuser__hyp.hyp_unschedule();
		free(req);
		pthread_mutex_lock(&pool.mtx);
	}
	return NULL;
}

/* Threads wanted at all?  Called with the lock held. */
static int
bio_mayqueue(void)
{
	const char *e;

	if (pool.mode == 0) {
		e = getenv("RUMP_THREADS");
		pool.mode = e != NULL && *e == '0' ? -1 : 1;
		pool.tailp = &pool.head;
	}
	return pool.mode > 0;
}

/* One more thread if nobody is free; the lock is held.  Is there any? */
static int
bio_morethreads(void)
{

	if (pool.nidle == 0 && pool.nthreads < BIO_THREADS &&
	    rumpuser__thread_start(bio_worker, &pool.running[pool.nthreads],
	    "rumpbio", -1, 0, NULL) == 0)
		pool.nthreads++;
	return pool.nthreads > 0;
}

HOSTCALL int
bio_queue(const struct bioreq *tmpl)
{
	struct bioreq *req = NULL;
	int serrno = errno, queued = 0;

	pthread_mutex_lock(&pool.mtx);
	if (bio_mayqueue() && (req = malloc(sizeof(*req))) != NULL &&
	    bio_morethreads()) {
		*req = *tmpl;
		req->next = NULL;
		req->seq = ++pool.seq;
		*pool.tailp = req;
		pool.tailp = &req->next;
		pthread_cond_signal(&pool.work);
		queued = 1;
	}
	pthread_mutex_unlock(&pool.mtx);
	if (!queued)
		free(req);
	errno = serrno;
	return queued;
}

void
rumpuser_bio(int fd, int op, void *data, size_t dlen, int64_t off,
    rump_biodone_fn biodone, void *donearg)
{
	const struct bioreq req = {
		.fd = fd, .op = op, .data = data, .len = dlen, .off = off,
		.done = biodone, .arg = donearg,
	};

	if ((op & RUMPUSER_BIO_INLINE) != 0 || !bio_queue(&req))
		bio_inline(fd, op, data, dlen, off, biodone, donearg);
}

/* Is a request for fd, not younger than seq, unfinished?  Lock held. */
static int
bio_busy(int fd, uint64_t seq)
{
	const struct bioreq *req;
	unsigned int i;

	for (req = pool.head; req != NULL && req->seq <= seq; req = req->next)
		if (req->fd == fd)
			return 1;
	for (i = 0; i < pool.nthreads; i++) {
		req = pool.running[i];
		if (req != NULL && req->fd == fd && req->seq <= seq)
			return 1;
	}
	return 0;
}

void
rumpuser__bio_drain(int fd)
{
	uint64_t seq;

	pthread_mutex_lock(&pool.mtx);
	seq = pool.seq;
	while (bio_busy(fd, seq))
		pthread_cond_wait(&pool.idle, &pool.mtx);
	pthread_mutex_unlock(&pool.mtx);
}
