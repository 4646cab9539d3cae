/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.c - the records of threads and of tracked locks (see thread.h).
 * Locking: lists only grow, at their heads, by compare and swap; a record's
 * fields are its owner's; freelock guards the free lock records.
 */
#include "diag/thread.h"
#include "diag/dump.h"
#include "posix/host.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct rumpuser__thread *rumpuser__threads;
struct rumpuser__lockrec *rumpuser__lockrecs;
int rumpuser__diag;
__thread struct rumpuser__thread *rumpuser__self;

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

void
rumpuser__diag_set(int what, int on)
{

	if (on)
		__atomic_fetch_or(&rumpuser__diag, what, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&rumpuser__diag, ~what, __ATOMIC_RELAXED);
}

int64_t
rumpuser__diag_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* In a child there is one thread, with another id, and no dump going on. */
static void
forked(void)
{
	struct rumpuser__thread *t;

	for (t = rumpuser__threads; t != NULL; t = t->next) {
		if (t == rumpuser__self) {
			REC_SET(t, tid, (int)syscall(SYS_gettid));
			continue;
		}
		REC_SET(t, tid, 0);
		REC_SET(t, wait, WAIT_NONE);
		REC_SET(t, what, NULL);
		REC_SET(t, used, 0);
	}
	rumpuser__dump_forked();
}

static void
fork_init(void)
{

	(void)pthread_atfork(NULL, NULL, forked);
}

/* A free record is whose compare and swap takes it. */
static struct rumpuser__thread *
reuse(void)
{
	struct rumpuser__thread *t;
	int none;

	for (t = __atomic_load_n(&rumpuser__threads, __ATOMIC_ACQUIRE);
	    t != NULL; t = t->next) {
		none = 0;
		if (REC_GET(t, used) == 0 &&
		    __atomic_compare_exchange_n(&t->used, &none, 1, 0,
		    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return t;
	}
	return NULL;
}

/*
 * At the head: release, so that who finds the record by an acquiring load of
 * the head sees its next (and all that follow, by the same chain of releases).
 */
static struct rumpuser__thread *
fresh(void)
{
	struct rumpuser__thread *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->used = 1;
	t->next = __atomic_load_n(&rumpuser__threads, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&rumpuser__threads, &t->next, t, 1,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		continue;
	return t;
}

struct rumpuser__thread *
rumpuser__thread_self(void)
{
	struct rumpuser__thread *t = rumpuser__self;

	if (__predict_true(t != NULL))
		return t;
	pthread_once(&fork_once, fork_init);
	if ((t = reuse()) == NULL && (t = fresh()) == NULL)
		return NULL;
	REC_SET(t, lwpp, &rumpuser__curlwp_tls);
	REC_SET(t, wait, WAIT_NONE);
	REC_SET(t, what, NULL);
	REC_SET(t, target, NULL);
	REC_SET(t, tid, (int)syscall(SYS_gettid));
	rumpuser__self = t;
	rumpuser__thread_arm();
	if (rumpuser__diag_on(DIAG_ALTSTACK))
		rumpuser__altstack(t);
	return t;
}

void
rumpuser__thread_gone(void)
{
	struct rumpuser__thread *t = rumpuser__self;

	if (t == NULL)
		return;
	rumpuser__self = NULL;
	rumpuser__altstack_off(t);
	REC_SET(t, tid, 0);
	/* Release: the next owner finds an alternate stack not in use. */
	__atomic_store_n(&t->used, 0, __ATOMIC_RELEASE);
}

struct rumpuser__thread *
rumpuser__wait_begin(int kind, const void *obj,
    struct rumpuser__thread *const *holder)
{
	struct rumpuser__thread *t = rumpuser__thread_self();

	if (t == NULL)
		return NULL;
	REC_SET(t, waitobj, obj);
	REC_SET(t, waitholder, holder);
	REC_SET(t, waitsince, rumpuser__diag_now());
	REC_SET(t, wait, kind);
	return t;
}

/*
 * Tracked locks.
 */

static pthread_mutex_t freelock = PTHREAD_MUTEX_INITIALIZER;
static struct rumpuser__lockrec *freerecs;

static struct rumpuser__lockrec *
lockrec_get(void)
{
	struct rumpuser__lockrec *r;

	pthread_mutex_lock(&freelock);
	if ((r = freerecs) != NULL)
		freerecs = r->nextfree;
	pthread_mutex_unlock(&freelock);
	if (r != NULL || (r = calloc(1, sizeof(*r))) == NULL)
		return r;
	r->next = __atomic_load_n(&rumpuser__lockrecs, __ATOMIC_RELAXED);
	/* Release: as in fresh(). */
	while (!__atomic_compare_exchange_n(&rumpuser__lockrecs, &r->next, r,
	    1, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		continue;
	return r;
}

struct rumpuser__lockrec *
rumpuser__lock_track(int kind, const void *obj)
{
	struct rumpuser__lockrec *r;

	if (!rumpuser__diag_on(DIAG_LOCKS) || (r = lockrec_get()) == NULL)
		return NULL;
	REC_SET(r, kind, kind);
	REC_SET(r, held, 0);
	REC_SET(r, obj, obj);
	return r;
}

void
rumpuser__lock_untrack(struct rumpuser__lockrec *r)
{

	REC_SET(r, held, 0);
	REC_SET(r, obj, NULL);
	pthread_mutex_lock(&freelock);
	r->nextfree = freerecs;
	freerecs = r;
	pthread_mutex_unlock(&freelock);
}

void
rumpuser__lock_took(struct rumpuser__lockrec *r, struct lwp *l)
{

	REC_SET(r, holder, rumpuser__thread_self());
	REC_SET(r, lwp, l);
	REC_SET(r, since, rumpuser__diag_now());
	REC_SET(r, held, 1);
}
