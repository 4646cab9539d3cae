/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offload.c - spare host threads, which carry fibers through host calls that
 * block, so that the host threads that fibers are scheduled on never do.
 *
 * Locking: pool.mtx guards all of the pool; it is not held over a switch.  A
 * spare thread is waiting for work on its own condition variable, the one
 * that came last being the first to get some, or carries one fiber.
 *
 * Room is booked before a fiber leaves its carrier: `need' fibers are on
 * their way or waiting, `avail' threads are waiting or starting.  A thread is
 * started when need would exceed avail, up to the limit; past that fibers
 * wait for a thread to come free, and their carriers go on.
 */
#include "fiber/fiber.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SPARES_MAX	256	/* threads, unless RUMP_SPARES says */
#define IDLE_SECONDS	2

struct spare {
	pthread_cond_t cv;
	struct rumpuser_fiber *fiber;	/* to be carried */
	struct spare *next;		/* those that wait */
};

static struct {
	pthread_mutex_t mtx;
	struct spare *idle;
	struct rumpuser_fiber *first, **last;	/* no thread yet */
	unsigned int threads, max, avail, need;
} pool = { .mtx = PTHREAD_MUTEX_INITIALIZER, .last = &pool.first };

static __thread int spare_tls __attribute__((__tls_model__("initial-exec")));
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_error;

static void
fork_prepare(void)
{

	pthread_mutex_lock(&pool.mtx);
}

static void
fork_parent(void)
{

	pthread_mutex_unlock(&pool.mtx);
}

/* No spare thread is here but, perhaps, the one that forked. */
static void
fork_child(void)
{

	pool.idle = NULL;
	pool.threads = spare_tls != 0;
	pool.avail = 0;
	pthread_mutex_unlock(&pool.mtx);
}

static void
init(void)
{
	const char *s = getenv("RUMP_SPARES");
	long n = s != NULL ? strtol(s, NULL, 10) : 0;

	pool.max = n > 0 && n < INT_MAX ? (unsigned int)n : SPARES_MAX;
	once_error = pthread_atfork(fork_prepare, fork_parent, fork_child);
}

/*
 * The spare threads; pool.mtx is held.
 */

static struct rumpuser_fiber *
waiting_get(void)
{
	struct rumpuser_fiber *f = pool.first;

	if (f != NULL && (pool.first = f->next) == NULL)
		pool.last = &pool.first;
	return f;
}

static void
waiting_put(struct rumpuser_fiber *f)
{

	f->next = NULL;
	*pool.last = f;
	pool.last = &f->next;
}

static void
idle_remove(struct spare *s)
{
	struct spare **pp = &pool.idle;

	while (*pp != s)
		pp = &(*pp)->next;
	*pp = s->next;
}

/* Wait for a fiber; NULL: none has come for long. */
static struct rumpuser_fiber *
spare_wait(struct spare *s)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
	s->fiber = NULL;
	s->next = pool.idle;
	pool.idle = s;
	while (s->fiber == NULL) {
		if (error == 0)
			error = pthread_cond_timedwait(&s->cv, &pool.mtx,
			    &until);
		else if (pool.avail > pool.need)
			break;
		else	/* somebody counts on this one */
			pthread_cond_wait(&s->cv, &pool.mtx);
	}
	if (s->fiber == NULL)
		idle_remove(s);
	return s->fiber;
}

static void *
spare_main(void *arg)
{
	struct rumpuser_fiber *f;
	pthread_condattr_t attr;
	struct spare s;

	(void)arg;
	spare_tls = 1;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s.cv, &attr);
	pthread_condattr_destroy(&attr);
	/* A few bytes, which nobody could be told of: try until they come. */
	while (rumpuser__fiber_thread() != 0)
		usleep(1000);

	pthread_mutex_lock(&pool.mtx);
	while ((f = waiting_get()) != NULL || (f = spare_wait(&s)) != NULL) {
		pool.avail--;
		pool.need--;
		pthread_mutex_unlock(&pool.mtx);
		(void)rumpuser_fiber_switch(f, NULL, NULL);
		pthread_mutex_lock(&pool.mtx);
		pool.avail++;
	}
	pool.avail--;
	pool.threads--;
	pthread_mutex_unlock(&pool.mtx);
	pthread_cond_destroy(&s.cv);
	return NULL;
}

/*
 * Going there.
 */

/* Book a thread for one fiber.  EAGAIN: there is none at all. */
static int
book(void)
{
	int start, error = 0;

	pthread_mutex_lock(&pool.mtx);
	start = pool.need >= pool.avail && pool.threads < pool.max;
	pool.need++;
	if (start) {
		pool.threads++;
		pool.avail++;
	}
	pthread_mutex_unlock(&pool.mtx);
	if (!start || rumpuser__thread_start(spare_main, NULL, "rump-spare",
	    -1, 0, NULL) == 0)
		return 0;

	pthread_mutex_lock(&pool.mtx);
	pool.threads--;
	pool.avail--;
	if (pool.threads == 0) {
		pool.need--;
		error = EAGAIN;
	}
	pthread_mutex_unlock(&pool.mtx);
	return error;
}

struct handover {
	struct rumpuser_fiber *fiber;
	void (*then)(void *);
	void *arg;
};

/* On the carrier, when the fiber has left it. */
static void
hand_over(void *arg)
{
	struct handover *h = arg;	/* on the fiber's stack */
	struct rumpuser_fiber *f = h->fiber;
	struct spare *s;

	if (h->then != NULL)
		h->then(h->arg);
	pthread_mutex_lock(&pool.mtx);
	if ((s = pool.idle) != NULL) {
		pool.idle = s->next;
		s->fiber = f;
		pthread_cond_signal(&s->cv);
	} else {
		waiting_put(f);
	}
	pthread_mutex_unlock(&pool.mtx);
}

int
rumpuser_fiber_offload(void (*then)(void *), void *arg)
{
	struct handover h = { rumpuser_fiber_current(), then, arg };
	int serrno = errno, error;

	if (h.fiber == NULL)
		return rumpuser__errtrans(EINVAL);
	if (spare_tls) {
		if (then != NULL)
			then(arg);
		return 0;
	}
	pthread_once(&once, init);
	if ((error = once_error) == 0)
		error = book();
	errno = serrno;
	if (error != 0)
		return rumpuser__errtrans(error);
	return rumpuser_fiber_switch(NULL, hand_over, &h);
}
