/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue.c - the context's queue: submission in batches, reaping, calling
 * handlers.
 *
 * Submission is worth a system call when aa_lowater requests wait, or when
 * whoever would make more has nothing else to do.  When more wait than there
 * is room for, the room is let grow to the low-water mark first, so that a
 * long queue costs a system call per batch and not one per completion.
 *
 * Locking: see aio.h.  Every loop that drops a_mtx for a system call has a
 * token: a request made meanwhile is left to it, and it looks again before it
 * gives the token back.
 */
#include "aio/aio.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STALL_NS	1000000		/* look again, where nobody would tell */

static void
requeue(struct rumpuser_aio *a, struct aio_op *op)
{

	TAILQ_INSERT_HEAD(&a->a_queue, op, o_link);
	a->a_nqueue++;
	a->a_inflight--;
}

/* Read on where a short read ended, or try again another way. */
static void
retry_pooled(struct rumpuser_aio *a, struct aio_op *op)
{

	op->o_flags |= AIOF_POOL | AIOF_CACHED;
	requeue(a, op);
}

static void
finish(struct rumpuser_aio *a, struct aio_op *op, int error)
{

	op->o_error = error;
	a->a_inflight--;
	rumpuser__aio_retire(op);
}

/*
 * An engine's failure that the pool does not share: what it cannot do without
 * waiting, an alignment that was not as told, a flag it does not know.
 */
static int
retryable(const struct aio_op *op, int error)
{

	if (op->o_flags & AIOF_POOL)
		return 0;
	return error == EAGAIN || error == EINTR || error == EINVAL ||
	    error == EOPNOTSUPP;
}

static void
woken(struct rumpuser_aio *a)
{
	uint64_t v;

	/* Not blocking; that there was nothing to read does not matter. */
	if (read(a->a_wakefd, &v, sizeof(v)) == -1)
		v = 0;
	a->a_armed = a->a_woken = 0;
}

void
rumpuser__aio_result(struct rumpuser_aio *a, struct aio_op *op, int64_t res)
{
	int error = 0;

	if (op->o_kind == AIO_WAKE) {
		woken(a);
		return;
	}
	if (res < 0)
		error = (int)-res;
	else if (op->o_kind != AIO_SYNC)
		op->o_done += (size_t)res;

	if (error != 0 && retryable(op, error))
		retry_pooled(a, op);
	else if (op->o_kind == AIO_READ && res > 0 && op->o_done < op->o_len)
		/* The end of the file?  The pool reads until it is told so. */
		retry_pooled(a, op);
	else if (op->o_kind == AIO_WRITE && op->o_done < op->o_len &&
	    (error == 0 || op->o_done > 0))
		finish(a, op, EIO);	/* cut short */
	else
		finish(a, op, error);
}

/*
 * Submission.
 */

/* How many of the queue may go now? */
static unsigned int
eligible(const struct rumpuser_aio *a, int force)
{
	const unsigned int room = a->a_attr.aa_depth - a->a_inflight;

	if (a->a_frozen || a->a_nqueue == 0 || room == 0)
		return 0;
	if (!force && a->a_nqueue < a->a_attr.aa_lowater)
		return 0;
	if (a->a_nqueue > room && room < a->a_attr.aa_lowater &&
	    a->a_inflight > 0)
		return 0;
	return a->a_nqueue < room ? a->a_nqueue : room;
}

/* Done without the host, or by the pool?  Else the engine is to do it. */
static int
taken_elsewhere(struct rumpuser_aio *a, struct aio_op *op)
{

	if (op->o_kind == AIO_WRITE && op->o_file->f_refused) {
		op->o_flags |= AIOF_POOL;
		rumpuser__aio_result(a, op, -EROFS);
		return 1;
	}
	if (op->o_kind != AIO_SYNC && op->o_len == op->o_done) {
		rumpuser__aio_result(a, op, 0);
		return 1;
	}
	if (op->o_file->f_dfd == -1 || op->o_kind == AIO_SYNC)
		op->o_flags |= AIOF_CACHED;
	if (((op->o_flags & AIOF_CACHED) && !a->a_eng->e_cached) ||
	    !a->a_eng->e_ring || op->o_file->f_private || !aio_onhost())
		op->o_flags |= AIOF_POOL;
	if ((op->o_flags & AIOF_POOL) == 0)
		return 0;
	rumpuser__aio_pool_add(a, op);
	return 1;
}

/* Prepare the next submission: what is eligible, and the watch if wanted. */
static unsigned int
take(struct rumpuser_aio *a, int force, struct aio_op **batch, int *tookp)
{
	unsigned int n = 0, left = eligible(a, force);
	struct aio_op *op;

	*tookp = left > 0;
	while (left-- > 0 && n < AIO_BATCH - 1) {
		op = TAILQ_FIRST(&a->a_queue);
		TAILQ_REMOVE(&a->a_queue, op, o_link);
		a->a_nqueue--;
		a->a_inflight++;
		if (a->a_inflight > a->a_st.as_maxinflight)
			a->a_st.as_maxinflight = a->a_inflight;
		if (taken_elsewhere(a, op))
			continue;
		a->a_eng->e_prep(a, op, n);
		batch[n++] = op;
	}
	if (a->a_armwant && !a->a_armed && a->a_eng->e_ring) {
		a->a_armwant = 0;
		a->a_armed = 1;
		a->a_eng->e_prep(a, &a->a_wakeop, n);
		batch[n++] = &a->a_wakeop;
	}
	return n;
}

/* batch[n] was not taken.  Can it go on? */
static int
not_taken(struct rumpuser_aio *a, struct aio_op **batch, unsigned int n,
    unsigned int total)
{
	struct aio_op *op = batch[n];
	const int error = a->a_suberr;
	unsigned int i;

	for (i = total; i-- > n;) {
		if (batch[i] == &a->a_wakeop) {
			a->a_armed = 0;
			a->a_armwant = 1;
		} else
			requeue(a, batch[i]);
	}
	if (error == 0)
		return 1;	/* only so many at once */
	if (error == EAGAIN && a->a_inflight > 0)
		return 0;	/* again after the next completion */
	if (op == &a->a_wakeop)
		return 0;
	/* It alone fails, or goes another way. */
	TAILQ_REMOVE(&a->a_queue, op, o_link);
	a->a_nqueue--;
	a->a_inflight++;
	rumpuser__aio_result(a, op, -error);
	return 1;
}

static int
submit_round(struct rumpuser_aio *a, int force)
{
	struct aio_op *batch[AIO_BATCH];
	unsigned int n, k;
	int took;

	n = take(a, force, batch, &took);
	if (n == 0 && (!a->a_sqleft || a->a_defer))
		return took;
	if (!a->a_defer)
		a->a_st.as_submits++;
	pthread_mutex_unlock(&a->a_mtx);
	k = a->a_eng->e_submit(a, n);
	pthread_mutex_lock(&a->a_mtx);
	if (k < n)
		return not_taken(a, batch, k, n);
	return !a->a_sqleft;
}

void
rumpuser__aio_submit(struct rumpuser_aio *a, int force)
{

	a->a_force |= force;
	if (a->a_submitting)
		return;
	a->a_submitting = 1;
	while (submit_round(a, a->a_force))
		continue;
	a->a_force = 0;
	a->a_submitting = 0;
	/* Done without the host: nobody else will tell. */
	if (a->a_ndone > 0 && !a->a_indispatch)
		rumpuser__aio_notify(a);
}

/*
 * Completion.
 */

void
rumpuser__aio_notify(struct rumpuser_aio *a)
{
	const uint64_t one = 1;

	if (a->a_nwaiters > 0)
		pthread_cond_broadcast(&a->a_cv);
	if (a->a_blocked && a->a_armed && !a->a_woken) {
		a->a_woken = 1;
		a->a_st.as_wakeups++;
		/* It cannot be full: it is read before it is armed again. */
		if (write(a->a_wakefd, &one, sizeof(one)) == -1)
			a->a_woken = 0;
	}
	if (a->a_mode == AIO_TASK && a->a_ndone > 0)
		rumpuser__aio_task_wake(a);
}

/*
 * A request was made on another thread than the context's.  Where little is
 * under way its thread sleeps, perhaps for long, and submitting costs as much
 * as waking it; under load waking it once has it submit a batch.
 */
static void
kick_thread(struct rumpuser_aio *a)
{

	if (a->a_thread == NULL && !a->a_stop)
		(void)rumpuser__aio_thread_start(a);
	if (!a->a_idle)
		rumpuser__aio_submit(a, 0);
	else if (a->a_inflight < a->a_attr.aa_lowater || !a->a_blocked ||
	    !a->a_armed)
		rumpuser__aio_submit(a, 1);
	else {
		rumpuser__aio_submit(a, 0);
		if (a->a_nqueue > 0 && a->a_inflight < a->a_attr.aa_depth)
			rumpuser__aio_notify(a);
	}
}

void
rumpuser__aio_kick(struct rumpuser_aio *a)
{

	if (a->a_mode == AIO_OWNTHREAD) {
		kick_thread(a);
		return;
	}
	rumpuser__aio_submit(a, 0);
	if (a->a_mode == AIO_TASK && a->a_nqueue > 0)
		rumpuser__aio_task_wake(a);
}

/* Wait for a change of what a_mtx guards; timeout in ns. */
static void
waitcv(struct rumpuser_aio *a, int64_t timeout)
{
	struct timespec ts;

	if (timeout == 0)
		return;
	a->a_nwaiters++;
	if (timeout < 0)
		pthread_cond_wait(&a->a_cv, &a->a_mtx);
	else {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		if (timeout > INT64_MAX / 2)
			timeout = INT64_MAX / 2;
		ts.tv_sec += timeout / 1000000000;
		ts.tv_nsec += timeout % 1000000000;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_sec++;
			ts.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&a->a_cv, &a->a_mtx, &ts);
	}
	a->a_nwaiters--;
}

void
rumpuser__aio_pause(struct rumpuser_aio *a)
{

	waitcv(a, STALL_NS);
}

/* How many to wait for.  Waking up by a_wakefd is one event. */
static unsigned int
reapmin(const struct rumpuser_aio *a)
{
	unsigned int n = a->a_inflight - a->a_npool;

	if (a->a_mode != AIO_DRIVEN || a->a_npool > 0 || n <= 1)
		return 1;
	return n < a->a_attr.aa_reap ? n : a->a_attr.aa_reap;
}

/*
 * Sleeping in the engine needs the watch where something else than its
 * completions can end it: the pool, or the end of the own thread.
 */
static int64_t
arm(struct rumpuser_aio *a, int64_t timeout)
{

	if (timeout == 0 || a->a_armed ||
	    (a->a_mode != AIO_OWNTHREAD && a->a_npool == 0))
		return timeout;
	a->a_armwant = 1;
	rumpuser__aio_submit(a, 0);
	if (!a->a_armed && (timeout < 0 || timeout > STALL_NS))
		timeout = STALL_NS;
	return timeout;
}

/* The reaping token is ours: ask the engine. */
static void
reap_engine(struct rumpuser_aio *a, int64_t timeout)
{
	struct aio_event ev[AIO_BATCH];
	unsigned int i, n, min = reapmin(a);

	a->a_blocked = timeout != 0;
	a->a_st.as_reaps++;
	pthread_mutex_unlock(&a->a_mtx);
	n = a->a_eng->e_reap(a, ev, AIO_BATCH, min, timeout);
	pthread_mutex_lock(&a->a_mtx);
	a->a_blocked = 0;
	for (i = 0; i < n; i++)
		rumpuser__aio_result(a, ev[i].e_op, ev[i].e_res);
}

/* The own thread sleeps in the engine even when nothing is there. */
static int
owner(const struct rumpuser_aio *a)
{

	return a->a_mode == AIO_OWNTHREAD && a->a_started == 1 &&
	    pthread_equal(a->a_owner, pthread_self());
}

void
rumpuser__aio_reap(struct rumpuser_aio *a, uint64_t seen, int64_t timeout)
{

	if (a->a_eng->e_ring && !a->a_reaping)
		timeout = arm(a, timeout);
	if (a->a_retired != seen)
		timeout = 0;	/* came while the lock was dropped */
	if (a->a_reaping || !a->a_eng->e_ring) {
		waitcv(a, timeout);
		return;
	}
	if (a->a_inflight == 0 && !owner(a)) {
		/* Only what is frozen or held, or nothing at all. */
		waitcv(a, timeout == 0 ? 0 : STALL_NS);
		return;
	}
	a->a_reaping = 1;
	reap_engine(a, timeout);
	a->a_reaping = 0;
	if (a->a_nwaiters > 0)
		pthread_cond_broadcast(&a->a_cv);
}

/* The last use of a file that was closed meanwhile? */
static void
unuse(struct rumpuser_aio *a, struct rumpuser_aiofile *f)
{
	const struct aio_frame *fr;

	if (!f->f_orphan || f->f_nops > 0)
		return;
	LIST_FOREACH(fr, &a->a_frames, fr_link)
		if (fr->fr_file == f)
			return;
	free(f);
}

/* The next one that is done: its handler is called without the lock. */
static void
deliver(struct rumpuser_aio *a)
{
	struct aio_op *op = TAILQ_FIRST(&a->a_done);
	struct aio_frame fr = {
		.fr_file = op->o_file, .fr_thread = pthread_self(),
	};
	const rumpuser_aio_fn fn = op->o_fn;
	void *env = op->o_env;
	const size_t bytes = op->o_done;
	const int error = op->o_error;

	TAILQ_REMOVE(&a->a_done, op, o_link);
	a->a_ndone--;
	a->a_st.as_done++;
	a->a_st.as_errors += error != 0;
	fr.fr_file->f_nops--;
	LIST_INSERT_HEAD(&a->a_frames, &fr, fr_link);
	pthread_mutex_unlock(&a->a_mtx);
	if (op->o_flags & AIOF_ALLOC)
		free(op);
	fn(env, bytes, rumpuser__errtrans(error));
	pthread_mutex_lock(&a->a_mtx);
	LIST_REMOVE(&fr, fr_link);
	unuse(a, fr.fr_file);
	if (a->a_nwaiters > 0)
		pthread_cond_broadcast(&a->a_cv);
}

unsigned int
rumpuser__aio_dispatch(struct rumpuser_aio *a, unsigned int max)
{
	unsigned int n = 0;

	if (a->a_ndone == 0 || a->a_frozen)
		return 0;
	a->a_st.as_dispatches++;
	a->a_indispatch++;
	if (a->a_begin != NULL)
		a->a_begin(a);
	for (; n < max && a->a_ndone > 0 && !a->a_frozen; n++)
		deliver(a);
	if (a->a_end != NULL)
		a->a_end(a);
	a->a_indispatch--;
	return n;
}

void
rumpuser__aio_drain(struct rumpuser_aiofile *f)
{
	struct rumpuser_aio *a = f->f_aio;
	const uint64_t seq = f->f_seq;
	uint64_t seen;

	for (;;) {
		seen = a->a_retired;
		rumpuser__aio_submit(a, 1);
		if (!rumpuser__aio_older(f, seq))
			return;
		rumpuser__aio_reap(a, seen, -1);
	}
}

int
rumpuser__aio_inhandler(const struct rumpuser_aio *a,
    const struct rumpuser_aiofile *f)
{
	const struct aio_frame *fr;

	LIST_FOREACH(fr, &a->a_frames, fr_link)
		if ((f == NULL || fr->fr_file == f) &&
		    pthread_equal(fr->fr_thread, pthread_self()))
			return 1;
	return 0;
}

int
rumpuser__aio_busy(const struct rumpuser_aiofile *f)
{
	const struct aio_frame *fr;

	if (f->f_nops > 0)
		return 1;
	LIST_FOREACH(fr, &f->f_aio->a_frames, fr_link)
		if (fr->fr_file == f &&
		    !pthread_equal(fr->fr_thread, pthread_self()))
			return 1;
	return 0;
}

/* May this thread call handlers while it waits? */
static int
mayserve(const struct rumpuser_aio *a)
{

	return a->a_mode == AIO_DRIVEN || rumpuser__aio_inhandler(a, NULL) ||
	    (a->a_mode == AIO_TASK && rumpuser__aio_task_here(a));
}

void
rumpuser__aio_quiesce(struct rumpuser_aiofile *f)
{
	struct rumpuser_aio *a = f->f_aio;
	uint64_t seen;

	while (rumpuser__aio_busy(f)) {
		seen = a->a_retired;
		rumpuser__aio_submit(a, 1);
		if (!mayserve(a) || f->f_nops == 0) {
			/* Each handler's end is told. */
			waitcv(a, -1);
			continue;
		}
		if (a->a_ndone == 0)
			rumpuser__aio_reap(a, seen, -1);
		else if (a->a_frozen)
			rumpuser__aio_pause(a);
		rumpuser__aio_dispatch(a, a->a_attr.aa_dispatch);
	}
}
