/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.c - mutexes, reader-writer locks, condition variables.
 *
 * Order: a thread may wait for the virtual CPU while it holds a mutex that is
 * waited for without one, and for a spin mutex while it holds the virtual
 * CPU; never the other way round.  cv_wait comes back by the same rule, but
 * for mutexes that are SPIN only, where the order is the documented one.
 */
#include "host.h"
#include "diag/thread.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct rumpuser_mtx {
	pthread_mutex_t mtx;
	struct lwp *owner;		/* KMUTEX: for mutex_owner() */
	struct rumpuser__thread *holder; /* who took it last, for dumps */
	struct rumpuser__lockrec *rec;	/* NULL: not tracked */
	int flags;
};

/* Everything is under mtx. */
struct rumpuser_rw {
	pthread_mutex_t mtx;
	pthread_cond_t rcv, wcv;
	unsigned int readers, wwaiters, rwaiters;
	uint64_t grants;		/* times that waiters were let in */
	int writer;
	struct lwp *owner;
	struct rumpuser__thread *holder; /* who wrote last, for dumps */
	struct rumpuser__lockrec *rec;	/* NULL: not tracked */
};

struct rumpuser_cv {
	pthread_cond_t cv;
	int waiters;			/* under the mutex waited with */
};

static void *
lock_alloc(size_t size, const char *what)
{
	void *p;

	if ((p = calloc(1, size)) == NULL)
		rumpuser__nomem(what);
	return p;
}

/*
 * Mutexes.
 */

void
rumpuser_mutex_init(struct rumpuser_mtx **mtxp, int flags)
{
	struct rumpuser_mtx *mtx = lock_alloc(sizeof(*mtx), "mutex");

	pthread_mutex_init(&mtx->mtx, NULL);
	mtx->flags = flags;
	mtx->rec = rumpuser__lock_track(WAIT_MUTEX, mtx);
	*mtxp = mtx;
}

static inline void
mtx_setowner(struct rumpuser_mtx *mtx, struct lwp *l)
{

	if (mtx->flags & RUMPUSER_MTX_KMUTEX)
		__atomic_store_n(&mtx->owner, l, __ATOMIC_RELAXED);
}

/* It is held now, and about to be released: for the owner and for dumps. */
static inline void
mtx_took(struct rumpuser_mtx *mtx)
{
	struct lwp *l = rumpuser_curlwp();

	mtx_setowner(mtx, l);
	REC_SET(mtx, holder, rumpuser__self);
	if (__predict_false(mtx->rec != NULL))
		rumpuser__lock_took(mtx->rec, l);
}

static inline void
mtx_leave(struct rumpuser_mtx *mtx)
{

	mtx_setowner(mtx, NULL);
	if (__predict_false(mtx->rec != NULL))
		rumpuser__lock_left(mtx->rec);
}

/* Wait for it, visible to dumps. */
HOSTCALL void
mtx_wait(struct rumpuser_mtx *mtx)
{
	struct rumpuser__thread *t;

	t = rumpuser__wait_begin(WAIT_MUTEX, mtx, &mtx->holder);
	pthread_mutex_lock(&mtx->mtx);
	rumpuser__wait_end(t);
}

void
rumpuser_mutex_enter(struct rumpuser_mtx *mtx)
{
	int count;

	if (mtx->flags & RUMPUSER_MTX_SPIN) {
		rumpuser_mutex_enter_nowrap(mtx);
		return;
	}
	if (pthread_mutex_trylock(&mtx->mtx) != 0) {
		count = rumpuser__unschedule(NULL);
		mtx_wait(mtx);
		rumpuser__schedule(count, NULL);
	}
	mtx_took(mtx);
}

void
rumpuser_mutex_enter_nowrap(struct rumpuser_mtx *mtx)
{

	if (pthread_mutex_trylock(&mtx->mtx) != 0)
		mtx_wait(mtx);
	mtx_took(mtx);
}

int
rumpuser_mutex_tryenter(struct rumpuser_mtx *mtx)
{
	int error;

	error = pthread_mutex_trylock(&mtx->mtx);
	if (error == 0)
		mtx_took(mtx);
	return rumpuser__errtrans(error);
}

void
rumpuser_mutex_exit(struct rumpuser_mtx *mtx)
{

	mtx_leave(mtx);
	pthread_mutex_unlock(&mtx->mtx);
}

void
rumpuser_mutex_destroy(struct rumpuser_mtx *mtx)
{

	if (mtx->rec != NULL)
		rumpuser__lock_untrack(mtx->rec);
	pthread_mutex_destroy(&mtx->mtx);
	free(mtx);
}

void
rumpuser_mutex_owner(struct rumpuser_mtx *mtx, struct lwp **lp)
{

	*lp = __atomic_load_n(&mtx->owner, __ATOMIC_RELAXED);
}

/*
 * Reader-writer locks: writers go before new readers, and when a writer
 * leaves, the readers that waited go before the next writer.
 */

void
rumpuser_rw_init(struct rumpuser_rw **rwp)
{
	struct rumpuser_rw *rw = lock_alloc(sizeof(*rw), "reader-writer lock");

	pthread_mutex_init(&rw->mtx, NULL);
	pthread_cond_init(&rw->rcv, NULL);
	pthread_cond_init(&rw->wcv, NULL);
	rw->rec = rumpuser__lock_track(WAIT_WRITER, rw);
	*rwp = rw;
}

/* Called with rw->mtx held, by one that does not wait yet. */
static int
rw_free(const struct rumpuser_rw *rw, int how)
{

	if (how == RUMPUSER_RW_WRITER)
		return !rw->writer && rw->readers == 0;
	return !rw->writer && rw->wwaiters == 0;
}

static void
rw_take(struct rumpuser_rw *rw, int how, struct lwp *l)
{

	if (how == RUMPUSER_RW_WRITER) {
		rw->writer = 1;
		rw->owner = l;
		REC_SET(rw, holder, rumpuser__thread_self());
		if (__predict_false(rw->rec != NULL))
			rumpuser__lock_took(rw->rec, l);
	} else {
		rw->readers++;
	}
}

int
rumpuser_rw_tryenter(int how, struct rumpuser_rw *rw)
{
	struct lwp *l = rumpuser_curlwp();
	int error = 0;

	pthread_mutex_lock(&rw->mtx);
	if (rw_free(rw, how))
		rw_take(rw, how, l);
	else
		error = EBUSY;
	pthread_mutex_unlock(&rw->mtx);
	return rumpuser__errtrans(error);
}

/* Wait for and take the lock, without a virtual CPU. */
HOSTCALL void
rw_wait(int how, struct rumpuser_rw *rw, struct lwp *l)
{
	struct rumpuser__thread *t;
	uint64_t gen;

	t = rumpuser__wait_begin(how == RUMPUSER_RW_WRITER ? WAIT_WRITER :
	    WAIT_READER, rw, &rw->holder);
	pthread_mutex_lock(&rw->mtx);
	if (how == RUMPUSER_RW_WRITER) {
		rw->wwaiters++;
		while (rw->writer || rw->readers > 0)
			pthread_cond_wait(&rw->wcv, &rw->mtx);
		rw->wwaiters--;
		rw_take(rw, how, l);
	} else if (rw_free(rw, how)) {
		rw_take(rw, how, l);
	} else {
		gen = rw->grants;
		rw->rwaiters++;
		while (rw->grants == gen)
			pthread_cond_wait(&rw->rcv, &rw->mtx);
	}
	pthread_mutex_unlock(&rw->mtx);
	rumpuser__wait_end(t);
}

void
rumpuser_rw_enter(int how, struct rumpuser_rw *rw)
{
	struct lwp *l = rumpuser_curlwp();
	int count;

	if (rumpuser_rw_tryenter(how, rw) == 0)
		return;
	count = rumpuser__unschedule(NULL);
	rw_wait(how, rw, l);
	rumpuser__schedule(count, NULL);
}

/*
 * A writer is done: all readers that wait now are counted in, so that no
 * later writer can overtake them; else it is the next writer's turn.
 */
static void
rw_writerdone(struct rumpuser_rw *rw)
{

	rw->writer = 0;
	rw->owner = NULL;
	REC_SET(rw, holder, NULL);
	if (__predict_false(rw->rec != NULL))
		rumpuser__lock_left(rw->rec);
	if (rw->rwaiters > 0) {
		rw->readers += rw->rwaiters;
		rw->rwaiters = 0;
		rw->grants++;
		pthread_cond_broadcast(&rw->rcv);
	} else if (rw->wwaiters > 0 && rw->readers == 0) {
		pthread_cond_signal(&rw->wcv);
	}
}

int
rumpuser_rw_tryupgrade(struct rumpuser_rw *rw)
{
	struct lwp *l = rumpuser_curlwp();
	int error = 0;

	pthread_mutex_lock(&rw->mtx);
	if (rw->readers == 1) {
		rw->readers = 0;
		rw_take(rw, RUMPUSER_RW_WRITER, l);
	} else {
		error = EBUSY;
	}
	pthread_mutex_unlock(&rw->mtx);
	return rumpuser__errtrans(error);
}

void
rumpuser_rw_downgrade(struct rumpuser_rw *rw)
{

	pthread_mutex_lock(&rw->mtx);
	rw->readers++;
	rw_writerdone(rw);
	pthread_mutex_unlock(&rw->mtx);
}

void
rumpuser_rw_exit(struct rumpuser_rw *rw)
{

	pthread_mutex_lock(&rw->mtx);
	if (rw->writer)
		rw_writerdone(rw);
	else if (--rw->readers == 0 && rw->wwaiters > 0)
		pthread_cond_signal(&rw->wcv);
	pthread_mutex_unlock(&rw->mtx);
}

void
rumpuser_rw_destroy(struct rumpuser_rw *rw)
{

	if (rw->rec != NULL)
		rumpuser__lock_untrack(rw->rec);
	pthread_cond_destroy(&rw->rcv);
	pthread_cond_destroy(&rw->wcv);
	pthread_mutex_destroy(&rw->mtx);
	free(rw);
}

void
rumpuser_rw_held(int how, struct rumpuser_rw *rw, int *heldp)
{
	struct lwp *l = rumpuser_curlwp();

	pthread_mutex_lock(&rw->mtx);
	if (how == RUMPUSER_RW_WRITER)
		*heldp = rw->writer && rw->owner == l;
	else
		*heldp = rw->readers > 0;
	pthread_mutex_unlock(&rw->mtx);
}

/*
 * Condition variables.
 */

void
rumpuser_cv_init(struct rumpuser_cv **cvp)
{
	struct rumpuser_cv *cv = lock_alloc(sizeof(*cv),
	    "condition variable");
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cv->cv, &attr);
	pthread_condattr_destroy(&attr);
	*cvp = cv;
}

void
rumpuser_cv_destroy(struct rumpuser_cv *cv)
{

	pthread_cond_destroy(&cv->cv);
	free(cv);
}

/* The wait proper; mtx is held on entry and on return.  Host's errno. */
HOSTCALL int
cv_sleep(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx,
    const struct timespec *until)
{
	struct rumpuser__thread *t;
	int error = 0, state;

	/* A wait is where a thread is cancelled; not inside the kernel. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	cv->waiters++;
	mtx_leave(mtx);
	t = rumpuser__wait_begin(WAIT_CV, cv, NULL);
	if (until == NULL)
		pthread_cond_wait(&cv->cv, &mtx->mtx);
	else
		error = pthread_cond_timedwait(&cv->cv, &mtx->mtx, until);
	rumpuser__wait_end(t);
	cv->waiters--;
	pthread_setcancelstate(state, NULL);
	return error;
}

/*
 * Back from a wait, holding mtx and no virtual CPU, in rumpuser(3)'s order.
 * Who waits for a spin mutex of the kernel's keeps the virtual CPU meanwhile,
 * so one must not wait for the virtual CPU holding such a mutex: let it go
 * first.  A mutex that is SPIN only guards what decides about virtual CPUs:
 * it is taken before one.
 */
static void
cv_resume(struct rumpuser_mtx *mtx, int count)
{
	const int kspin = RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX;

	if ((mtx->flags & kspin) == kspin) {
		pthread_mutex_unlock(&mtx->mtx);
		rumpuser__schedule(count, mtx);
		pthread_mutex_lock(&mtx->mtx);
	} else {
		rumpuser__schedule(count, mtx);
	}
	mtx_took(mtx);
}

void
rumpuser_cv_wait(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx)
{
	int count;

	count = rumpuser__unschedule(mtx);
	(void)cv_sleep(cv, mtx, NULL);
	cv_resume(mtx, count);
}

void
rumpuser_cv_wait_nowrap(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx)
{

	(void)cv_sleep(cv, mtx, NULL);
	mtx_took(mtx);
}

/* A duration from now as a time of the monotonic clock. */
static void
cv_deadline(int64_t sec, int64_t nsec, struct timespec *ts)
{

	clock_gettime(CLOCK_MONOTONIC, ts);
	if (sec < 0 || nsec < 0)
		return;
	sec += nsec / 1000000000;
	nsec %= 1000000000;
	ts->tv_sec += sec < INT32_MAX ? sec : INT32_MAX;
	ts->tv_nsec += nsec;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
}

int
rumpuser_cv_timedwait(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx,
    int64_t sec, int64_t nsec)
{
	struct timespec until;
	int count, error;

	cv_deadline(sec, nsec, &until);
	count = rumpuser__unschedule(mtx);
	error = cv_sleep(cv, mtx, &until);
	cv_resume(mtx, count);
	return rumpuser__errtrans(error);
}

int
rumpuser_cv_timedwait_nowrap(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx,
    int64_t sec, int64_t nsec)
{
	struct timespec until;
	int error;

	cv_deadline(sec, nsec, &until);
	error = cv_sleep(cv, mtx, &until);
	mtx_took(mtx);
	return rumpuser__errtrans(error);
}

void
rumpuser_cv_signal(struct rumpuser_cv *cv)
{

	pthread_cond_signal(&cv->cv);
}

void
rumpuser_cv_broadcast(struct rumpuser_cv *cv)
{

	pthread_cond_broadcast(&cv->cv);
}

void
rumpuser_cv_has_waiters(struct rumpuser_cv *cv, int *waitersp)
{

	*waitersp = cv->waiters;
}
