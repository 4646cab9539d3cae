/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.c - the fiber host's threads: who runs, who is next, who sleeps until
 * when.
 *
 * Locking: none, everything happens on one host thread, `home'.  A thread is
 * current, or on `ready', or waits: on one queue, or among the sleepers, or
 * both.  Which of the ready ones runs is choose()'s decision and nobody
 * else's.
 */
#define COOP_ITSELF
#include "fiberhost/sched.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NSEC	INT64_C(1000000000)

static struct coop_thread main_thread = { .until = INT64_MAX };
static struct coop_thread *current = &main_thread;
static struct coop_queue ready;
static struct coop_thread *sleepers;	/* by deadline, then by arrival */
static unsigned int nthreads;		/* without the main one */
static pthread_t home;
static int started;

struct coop_thread *
rumpuser__coop_current(void)
{

	return current;
}

/*
 * Queues.
 */

static void
queue_put(struct coop_queue *q, struct coop_thread *t)
{

	t->next = NULL;
	t->on = q;
	if (q->first == NULL)
		q->first = t;
	else
		q->last->next = t;
	q->last = t;
}

static void
queue_remove(struct coop_thread *t)
{
	struct coop_queue *q = t->on;
	struct coop_thread *p = NULL, *o;

	for (o = q->first; o != t; o = o->next)
		p = o;
	if (p == NULL)
		q->first = t->next;
	else
		p->next = t->next;
	if (q->last == t)
		q->last = p;
	t->on = NULL;
}

static void
sleeper_put(struct coop_thread *t)
{
	struct coop_thread **pp = &sleepers;

	while (*pp != NULL && (*pp)->until <= t->until)
		pp = &(*pp)->later;
	t->later = *pp;
	*pp = t;
}

static void
sleeper_remove(struct coop_thread *t)
{
	struct coop_thread **pp = &sleepers;

	while (*pp != t)
		pp = &(*pp)->later;
	*pp = t->later;
	t->until = INT64_MAX;
}

/* What it waits for has come. */
static void
make_ready(struct coop_thread *t)
{

	if (t->on != NULL)
		queue_remove(t);
	if (t->until != INT64_MAX)
		sleeper_remove(t);
	queue_put(&ready, t);
}

struct coop_thread *
rumpuser__coop_wakeone(struct coop_queue *q)
{
	struct coop_thread *t = q->first;

	if (t != NULL)
		make_ready(t);
	return t;
}

/*
 * Who is next.
 */

/** One of those that are ready, of which there is one at least. */
static struct coop_thread *
choose(const struct coop_queue *q)
{

	return q->first;
}

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static void
expire(void)
{
	struct coop_thread *t;
	int64_t n;

	if (sleepers == NULL)
		return;
	n = now();
	while ((t = sleepers) != NULL && t->until <= n) {
		t->timedout = 1;
		make_ready(t);
	}
}

/* Nobody is ready: until the first deadline nothing can happen. */
static void
idle(void)
{
	struct timespec ts;

	if (sleepers == NULL) {
		if (main_thread.ended && nthreads == 0)
			exit(0);
		fprintf(stderr, "rumpuser: all threads of the fiber host wait "
		    "for one another\n");
		abort();
	}
	ts.tv_sec = sleepers->until / NSEC;
	ts.tv_nsec = sleepers->until % NSEC;
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* The next one to run, taken off its queue. */
static struct coop_thread *
next(void)
{
	struct coop_thread *t;

	expire();
	while (ready.first == NULL) {
		idle();
		expire();
	}
	t = choose(&ready);
	queue_remove(t);
	return t;
}

/* From now on it runs: its thread-locals are in place. */
static void
become(struct coop_thread *t)
{

	current->locals = rumpuser__locals;
	rumpuser__locals = t->locals;
	current = t;
}

static void
check_home(void)
{

	if (!started) {
		started = 1;
		home = pthread_self();
	}
	if (!pthread_equal(home, pthread_self())) {
		fprintf(stderr, "rumpuser: the fiber host has one host thread, "
		    "and another one waits\n");
		abort();
	}
}

int
rumpuser__coop_block(struct coop_queue *q, int64_t until)
{
	struct coop_thread *t, *self = current;
	int serrno = errno;

	check_home();
	if (q != NULL)
		queue_put(q, self);
	if ((self->until = until) != INT64_MAX)
		sleeper_put(self);
	self->timedout = 0;
	self->at = rumpuser_fiber_current();
	if ((t = next()) != self) {
		become(t);
		(void)rumpuser_fiber_switch(t->at, NULL, NULL);
	}
	errno = serrno;
	return self->timedout ? ETIMEDOUT : 0;
}

/*
 * Threads come and go.
 */

/* In a child of fork(2) there is the one that forked. */
static void
fork_child(void)
{
	const struct coop_queue none = { 0 };

	ready = none;
	sleepers = NULL;
	nthreads = current != &main_thread;
	main_thread.ended = current != &main_thread;
	home = pthread_self();
}

/* From here on the host thread can switch, and fork. */
static int
setup(void)
{
	static int done;
	int error;

	if (done)
		return 0;
	check_home();
	if ((error = rumpuser__fiber_thread()) == 0)
		error = pthread_atfork(NULL, NULL, fork_child);
	done = error == 0;
	return error;
}

int
rumpuser__coop_start(struct coop_thread *t)
{
	int error;

	if ((error = setup()) != 0)
		return error;
	t->until = INT64_MAX;
	t->at = t->fiber;
	nthreads++;
	queue_put(&ready, t);
	return 0;
}

/* Somewhere else, when it is not running any more. */
static void
bury(void *arg)
{
	struct coop_thread *t = arg;

	(void)rumpuser_fiber_destroy(t->fiber);
	if (t->detached)
		free(t);
}

void
rumpuser__coop_end(void)
{
	struct coop_thread *t, *self = current;

	self->ended = 1;
	while (rumpuser__coop_wakeone(&self->joiners) != NULL)
		continue;
	if (self->fiber == NULL) {
		for (;;)
			(void)rumpuser__coop_block(NULL, INT64_MAX);
	}
	nthreads--;
	become(t = next());
	rumpuser_fiber_exit(t->at, bury, self);
}
