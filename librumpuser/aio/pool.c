/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.c - requests done by a bounded pool of threads with synchronous system
 * calls: the engine that always works, and the way for what the others cannot
 * do.  Threads are made when there is work for them, and stay.
 *
 * Locking: the context's a_mtx guards the pool's queue and counts.
 */
#include "aio/aio.h"

#include <stdlib.h>

/* The host's errno; bytes are added to o_done. */
HOSTCALL int
transfer(struct aio_op *op)
{
	const int fd = op->o_file->f_fd, write = op->o_kind == AIO_WRITE;
	int serrno = errno, error;
	size_t n = 0;

	if (op->o_kind == AIO_SYNC)
		error = rumpuser__sync(fd, 1);
	else {
		error = rumpuser__vio(fd, write, op->o_iov, op->o_niov,
		    op->o_done, op->o_off + (int64_t)op->o_done, &n);
		op->o_done += n;
	}
	if (error == 0 && write && (op->o_flags & AIOF_DSYNC) != 0)
		error = rumpuser__sync(fd, 1);
	errno = serrno;
	return error;
}

/* a_mtx is held, and dropped for the transfer. */
static void
work(struct rumpuser_aio *a, struct aio_op *op)
{
	int error;

	pthread_mutex_unlock(&a->a_mtx);
	error = transfer(op);
	pthread_mutex_lock(&a->a_mtx);
	a->a_npool--;
	a->a_st.as_pooled++;
	rumpuser__aio_result(a, op, -error);
}

static void *
worker(void *arg)
{
	struct rumpuser_aio *a = arg;
	struct aio_op *op;

	pthread_mutex_lock(&a->a_mtx);
	while (!a->a_poolstop) {
		if ((op = TAILQ_FIRST(&a->a_pool)) == NULL) {
			a->a_nidle++;
			pthread_cond_wait(&a->a_poolcv, &a->a_mtx);
			a->a_nidle--;
			continue;
		}
		TAILQ_REMOVE(&a->a_pool, op, o_link);
		a->a_npoolq--;
		work(a, op);
		rumpuser__aio_notify(a);
	}
	pthread_mutex_unlock(&a->a_mtx);
	return NULL;
}

/* One more thread if those that are free do not suffice. */
static void
morethreads(struct rumpuser_aio *a)
{

	if (a->a_npoolq <= a->a_nidle ||
	    a->a_nthreads == a->a_attr.aa_threads)
		return;
	if (rumpuser__thread_start(worker, a, "rumpaio", -1, 1,
	    &a->a_threads[a->a_nthreads]) == 0)
		a->a_nthreads++;
}

void
rumpuser__aio_pool_add(struct rumpuser_aio *a, struct aio_op *op)
{

	a->a_npool++;
	a->a_npoolq++;
	TAILQ_INSERT_TAIL(&a->a_pool, op, o_link);
	morethreads(a);
	if (a->a_blocked && !a->a_armed)
		a->a_armwant = 1;
	if (a->a_nthreads > 0) {
		pthread_cond_signal(&a->a_poolcv);
		return;
	}
	/* The host has no thread for us: then on this one. */
	TAILQ_REMOVE(&a->a_pool, op, o_link);
	a->a_npoolq--;
	work(a, op);
	rumpuser__aio_notify(a);
}

void
rumpuser__aio_pool_stop(struct rumpuser_aio *a)
{
	unsigned int i;

	a->a_poolstop = 1;
	pthread_cond_broadcast(&a->a_poolcv);
	pthread_mutex_unlock(&a->a_mtx);
	for (i = 0; i < a->a_nthreads; i++)
		(void)rumpuser_thread_join(a->a_threads[i]);
	pthread_mutex_lock(&a->a_mtx);
	a->a_nthreads = 0;
}

/*
 * The pool as an engine: it has no side of its own.
 */

static int
threads_open(struct rumpuser_aio *a)
{

	(void)a;
	return 0;
}

static void
threads_close(struct rumpuser_aio *a)
{

	(void)a;
}

const struct aio_engine rumpuser__aio_threads = {
	.e_name = "threads",
	.e_open = threads_open,
	.e_close = threads_close,
	.e_forget = threads_close,
};
