/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * coop.h - the fiber host: threads, mutexes and condition variables that are
 * fibers and queues on one host thread.  It is put in front of those sources
 * of the posix host that wait for threads, and takes the place of what they
 * use of pthreads; only what they use is here.
 *
 * Locking: none.  A thread runs until it waits for something.
 */
#ifndef _RUMPUSER_FIBERHOST_COOP_H_
#define _RUMPUSER_FIBERHOST_COOP_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct coop_thread;

/** Threads that wait for one thing, first come first served.  Zeroed: none. */
struct coop_queue {
	struct coop_thread *first, *last;
};

/** Zeroed: free. */
struct coop_mutex {
	struct coop_thread *holder;
	struct coop_queue waiters;
};

struct coop_cond {
	struct coop_queue waiters;
};

/* All as their namesakes of pthreads, with the host's errno numbers. */

int rumpuser__coop_create(pthread_t *, const pthread_attr_t *,
    void *(*)(void *), void *);
int rumpuser__coop_join(pthread_t, void **);
void rumpuser__coop_exit(void *) __attribute__((__noreturn__));
int rumpuser__coop_setname(pthread_t, const char *);
int rumpuser__coop_key_create(pthread_key_t *, void (*)(void *));
int rumpuser__coop_setspecific(pthread_key_t, const void *);
int rumpuser__coop_lock(struct coop_mutex *);
int rumpuser__coop_trylock(struct coop_mutex *);
int rumpuser__coop_unlock(struct coop_mutex *);
int rumpuser__coop_wait(struct coop_cond *, struct coop_mutex *);
int rumpuser__coop_timedwait(struct coop_cond *, struct coop_mutex *,
    const struct timespec *);
int rumpuser__coop_wake(struct coop_cond *, int all);
int rumpuser__coop_sleep(const struct timespec *);
/** getenv(3), but that RUMP_THREADS is 0. */
char *rumpuser__coop_getenv(const char *);

static inline int
coop_mutex_init(struct coop_mutex *m)
{
	const struct coop_mutex zero = { 0 };

	*m = zero;
	return 0;
}

static inline int
coop_cond_init(struct coop_cond *c)
{
	const struct coop_cond zero = { { 0 } };

	*c = zero;
	return 0;
}

#ifndef COOP_ITSELF
#undef PTHREAD_MUTEX_INITIALIZER
#undef PTHREAD_COND_INITIALIZER
#define PTHREAD_MUTEX_INITIALIZER	{ 0 }
#define PTHREAD_COND_INITIALIZER	{ { 0 } }
#define pthread_mutex_t			struct coop_mutex
#define pthread_cond_t			struct coop_cond
#define pthread_mutex_init(m, a)	coop_mutex_init(m)
#define pthread_mutex_destroy(m)	((void)(m))
#define pthread_mutex_lock(m)		rumpuser__coop_lock(m)
#define pthread_mutex_trylock(m)	rumpuser__coop_trylock(m)
#define pthread_mutex_unlock(m)		rumpuser__coop_unlock(m)
#define pthread_cond_init(c, a)		coop_cond_init(c)
#define pthread_cond_destroy(c)		((void)(c))
#define pthread_cond_wait(c, m)		rumpuser__coop_wait(c, m)
/* Every wait of ours is on the monotonic clock. */
#define pthread_cond_timedwait(c, m, t)	rumpuser__coop_timedwait(c, m, t)
#define pthread_cond_signal(c)		rumpuser__coop_wake(c, 0)
#define pthread_cond_broadcast(c)	rumpuser__coop_wake(c, 1)
#define pthread_create(p, a, f, x)	rumpuser__coop_create(p, a, f, x)
#define pthread_join(p, v)		rumpuser__coop_join(p, v)
#define pthread_exit(v)			rumpuser__coop_exit(v)
#define pthread_setname_np(p, n)	rumpuser__coop_setname(p, n)
#define pthread_key_create(k, f)	rumpuser__coop_key_create(k, f)
#define pthread_setspecific(k, v)	rumpuser__coop_setspecific(k, v)
#define pthread_setcancelstate(s, o)	coop_setcancelstate(s, o)
/* TIMER_ABSTIME on the monotonic clock: the only way it is used. */
#define clock_nanosleep(c, f, t, r)	rumpuser__coop_sleep(t)
#ifdef COOP_INLINE_IO		/* of a thread that blocks nobody has any use */
#define getenv(n)			rumpuser__coop_getenv(n)
#endif

/* Nobody cancels a fiber, and the host thread is another's. */
static inline int
coop_setcancelstate(int state, int *ostate)
{

	(void)state;
	if (ostate != NULL)
		*ostate = PTHREAD_CANCEL_DISABLE;
	return 0;
}
#endif /* COOP_ITSELF */

#endif /* _RUMPUSER_FIBERHOST_COOP_H_ */
