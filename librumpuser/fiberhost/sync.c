/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sync.c - the fiber host's mutexes, condition variables, thread creation and
 * sleep, in the shape of pthreads.  Locking: none; see sched.c.
 */
#define COOP_ITSELF
#include "fiberhost/sched.h"

#include <string.h>

#define NSEC	INT64_C(1000000000)

/*
 * Mutexes: handed to the first one that waits.
 */

int
rumpuser__coop_trylock(struct coop_mutex *m)
{

	if (m->holder != NULL)
		return EBUSY;
	m->holder = rumpuser__coop_current();
	return 0;
}

int
rumpuser__coop_lock(struct coop_mutex *m)
{

	if (rumpuser__coop_trylock(m) != 0)
		(void)rumpuser__coop_block(&m->waiters, INT64_MAX);
	return 0;
}

int
rumpuser__coop_unlock(struct coop_mutex *m)
{

	m->holder = rumpuser__coop_wakeone(&m->waiters);
	return 0;
}

/*
 * Condition variables.
 */

static int64_t
nanoseconds(const struct timespec *ts)
{

	if (ts->tv_sec >= INT64_MAX / NSEC)
		return INT64_MAX;
	return ts->tv_sec * NSEC + ts->tv_nsec;
}

static int
cond_wait(struct coop_cond *c, struct coop_mutex *m, int64_t until)
{
	int error;

	/* Nobody else runs between the two. */
	rumpuser__coop_unlock(m);
	error = rumpuser__coop_block(&c->waiters, until);
	rumpuser__coop_lock(m);
	return error;
}

int
rumpuser__coop_wait(struct coop_cond *c, struct coop_mutex *m)
{

	return cond_wait(c, m, INT64_MAX);
}

int
rumpuser__coop_timedwait(struct coop_cond *c, struct coop_mutex *m,
    const struct timespec *until)
{

	return cond_wait(c, m, nanoseconds(until));
}

int
rumpuser__coop_wake(struct coop_cond *c, int all)
{

	while (rumpuser__coop_wakeone(&c->waiters) != NULL && all)
		continue;
	return 0;
}

int
rumpuser__coop_sleep(const struct timespec *until)
{

	(void)rumpuser__coop_block(NULL, nanoseconds(until));
	return 0;
}

/*
 * Threads.
 */

static void (*destructors[COOP_KEYS])(void *);
static unsigned int nkeys;

int
rumpuser__coop_key_create(pthread_key_t *keyp, void (*fn)(void *))
{

	if (nkeys == COOP_KEYS)
		return EAGAIN;
	destructors[nkeys] = fn;
	*keyp = nkeys++;
	return 0;
}

int
rumpuser__coop_setspecific(pthread_key_t key, const void *value)
{

	rumpuser__coop_current()->keys[key] = __UNCONST(value);
	return 0;
}

void
rumpuser__coop_exit(void *value)
{
	struct coop_thread *t = rumpuser__coop_current();
	unsigned int i;
	void *v;

	(void)value;
	for (i = 0; i < nkeys; i++) {
		if ((v = t->keys[i]) == NULL)
			continue;
		t->keys[i] = NULL;
		if (destructors[i] != NULL)
			destructors[i](v);
	}
	rumpuser__coop_end();
}

static void
thread_main(void *arg)
{
	struct coop_thread *t = arg;

	(void)t->fn(t->arg);
	rumpuser__coop_exit(NULL);
}

int
rumpuser__coop_create(pthread_t *ptp, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	struct coop_thread *t;
	size_t size = 0;
	int detach = PTHREAD_CREATE_JOINABLE, error;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return ENOMEM;
	(void)pthread_attr_getstacksize(attr, &size);
	(void)pthread_attr_getdetachstate(attr, &detach);
	t->fn = fn;
	t->arg = arg;
	t->detached = detach == PTHREAD_CREATE_DETACHED;
	if (rumpuser_fiber_create(thread_main, t, NULL, size, &t->fiber) != 0) {
		free(t);
		return EAGAIN;
	}
	if ((error = rumpuser__coop_start(t)) != 0) {
		(void)rumpuser_fiber_destroy(t->fiber);
		free(t);
		return error;
	}
	*ptp = (pthread_t)(uintptr_t)t;
	return 0;
}

int
rumpuser__coop_join(pthread_t pt, void **valuep)
{
	struct coop_thread *t = (struct coop_thread *)(uintptr_t)pt;

	if (valuep != NULL)
		*valuep = NULL;
	while (!t->ended)
		(void)rumpuser__coop_block(&t->joiners, INT64_MAX);
	free(t);
	return 0;
}

int
rumpuser__coop_setname(pthread_t pt, const char *name)
{
	struct rumpuser_fiber *f = rumpuser__coop_current()->fiber;

	(void)pt;
	if (f != NULL)
		rumpuser__fiber_rename(f, name);
	return 0;
}

char *
rumpuser__coop_getenv(const char *name)
{
	static char none[] = "0";

	return strcmp(name, "RUMP_THREADS") == 0 ? none : getenv(name);
}
