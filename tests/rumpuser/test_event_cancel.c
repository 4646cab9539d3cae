/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_event_cancel.c - cancel against delivery: one verdict each, and nothing
 * of a handler is left running when it is given.  ROUNDS is the number of races.
 */
#include "event.h"

#include <sys/eventfd.h>

#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#ifndef ROUNDS
#define ROUNDS	100000
#endif
#define NTHREADS	8
#define NTASKS		2

struct log the_log;

/*
 * A race: an object is armed, then cancelled while its task may be
 * delivering it.  It is on the heap, poisoned and freed once the verdict is in.
 */
struct racer {
	union {
		struct rumpuser_event ev;
		struct rumpuser_work w;
		struct rumpuser_timer t;
		struct rumpuser_poll p;
	} u;
	_Atomic unsigned int fired;
	_Atomic unsigned int inside;
	_Atomic uint32_t alive;
};
#define ALIVE	0x600dbeefU

static struct rumpuser_task *tasks[NTASKS];
static _Atomic uint64_t total_fired, total_cancelled, next_round;

static void
race(void *env, uintptr_t arg, int error)
{
	struct racer *r = env;
	volatile unsigned int i;

	(void)arg;
	(void)error;
	atomic_fetch_add(&r->inside, 1);
	if (atomic_load(&r->alive) != ALIVE)
		abort();
	for (i = 0; i < 20; i++)
		continue;
	/* Some take their time, so that they have to be waited for. */
	if (rumpuser_evthread_random() % 32 == 0)
		sched_yield();
	atomic_fetch_add(&r->fired, 1);
	atomic_fetch_sub(&r->inside, 1);
}

static void
arm(struct racer *r, struct rumpuser_task *task, unsigned int kind, int fd)
{

	switch (kind) {
	case 0:
		rumpuser_work_init(&r->u.w, task, RUMPUSER_PRIO_NORMAL, race,
		    r);
		OK(rumpuser_work_post(&r->u.w, 0, 0));
		break;
	case 1:
		rumpuser_work_init(&r->u.w, task, RUMPUSER_PRIO_LOW, race, r);
		OK(rumpuser_work_post(&r->u.w, 0, 0));
		break;
	case 2:
		rumpuser_timer_init(&r->u.t, task, race, r);
		OK(rumpuser_timer_set(&r->u.t, rumpuser_event_now() +
		    (int64_t)(rumpuser_evthread_random() % 5000)));
		break;
	default:
		rumpuser_poll_init(&r->u.p, task, fd, race, r);
		OK(rumpuser_poll_enable(&r->u.p, RUMPUSER_POLL_IN |
		    RUMPUSER_POLL_ONESHOT));
		break;
	}
}

static void
one_race(unsigned int kind, int fd)
{
	struct racer *r = malloc(sizeof(*r));
	unsigned int i, fired;
	volatile unsigned int j;
	int verdict;

	ck_assert_ptr_nonnull(r);
	atomic_init(&r->fired, 0);
	atomic_init(&r->inside, 0);
	atomic_init(&r->alive, ALIVE);
	arm(r, tasks[rumpuser_evthread_random() % NTASKS], kind, fd);
	i = (unsigned int)(rumpuser_evthread_random() % 1000);
	if (i > 900)
		sched_yield();
	for (j = 0; j < i; j++)
		continue;
	verdict = rumpuser_event_cancel(&r->u.ev);
	fired = atomic_load(&r->fired);
	if (atomic_load(&r->inside) != 0)
		abort();
	ck_assert(verdict == 0 || verdict == NB_EINVAL);
	ck_assert_uint_eq(fired, verdict == 0 ? 0 : 1);
	atomic_store(&r->alive, 0);
	free(r);
	atomic_fetch_add(verdict == 0 ? &total_cancelled : &total_fired, 1);
}

static void
racer(void *arg)
{
	int fd = eventfd(1, EFD_NONBLOCK);

	(void)arg;
	/* Two hundred at a time: the counter is not what is measured. */
	while (atomic_fetch_add(&next_round, 200) < ROUNDS) {
		int i;

		for (i = 0; i < 200; i++)
			one_race((unsigned int)(rumpuser_evthread_random() %
			    4), fd);
	}
	close(fd);
}

START_TEST(verdicts)
{
	struct rumpuser_evthread *runners[NTASKS], *racers[NTHREADS];
	struct rumpuser_evthread_attr attr = {
		.et_name = "racer", .et_fn = racer,
	};
	uint64_t waits = 0;
	unsigned int i;

	for (i = 0; i < NTASKS; i++) {
		tasks[i] = task_new(0, 0, 0);
		runners[i] = thread_new("runner", tasks[i]);
	}
	for (i = 0; i < NTHREADS; i++) {
		OK(rumpuser_evthread_create(&racers[i], &attr));
		OK(rumpuser_evthread_start(racers[i]));
	}
	for (i = 0; i < NTHREADS; i++)
		OK(rumpuser_evthread_free(racers[i]));
	for (i = 0; i < NTASKS; i++) {
		waits += stats(tasks[i]).ts_cancelwaits;
		rumpuser_task_stop(tasks[i]);
		OK(rumpuser_evthread_free(runners[i]));
		OK(rumpuser_task_destroy(tasks[i]));
	}
	printf("%ju fired, %ju cancelled, %ju waited for\n",
	    (uintmax_t)total_fired, (uintmax_t)total_cancelled,
	    (uintmax_t)waits);
	ck_assert_uint_ge(total_fired + total_cancelled, ROUNDS);
}
END_TEST

/* Several threads cancel one event: one of them, or the handler, has it. */
static struct rumpuser_work shared;
static pthread_barrier_t barrier;
static _Atomic unsigned int winners;

static void
count_fired(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	atomic_fetch_add(&winners, 1);
}

static void
cancel_shared(void *arg)
{
	unsigned int i;

	for (i = 0; i < ROUNDS / 100; i++) {
		pthread_barrier_wait(&barrier);
		if (rumpuser_event_cancel(&shared.w_ev) == 0)
			atomic_fetch_add(&winners, 1);
		pthread_barrier_wait(&barrier);
	}
	(void)arg;
}

START_TEST(many_cancel_one)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_evthread *runner = thread_new("runner", task), *et[3];
	struct rumpuser_evthread_attr attr = {
		.et_name = "canceller", .et_fn = cancel_shared,
	};
	unsigned int i;

	pthread_barrier_init(&barrier, NULL, 4);
	for (i = 0; i < 3; i++) {
		OK(rumpuser_evthread_create(&et[i], &attr));
		OK(rumpuser_evthread_start(et[i]));
	}
	for (i = 0; i < ROUNDS / 100; i++) {
		atomic_store(&winners, 0);
		rumpuser_work_init(&shared, task, RUMPUSER_PRIO_NORMAL,
		    count_fired, NULL);
		OK(rumpuser_work_post(&shared, 0, 0));
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		ck_assert_uint_eq(atomic_load(&winners), 1);
	}
	for (i = 0; i < 3; i++)
		OK(rumpuser_evthread_free(et[i]));
	rumpuser_task_stop(task);
	OK(rumpuser_evthread_free(runner));
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* A handler cancels its own event: it does not wait for itself. */
static void
cancel_self(void *env, uintptr_t arg, int error)
{
	struct rumpuser_work *w = env;

	ck_assert_int_eq(rumpuser_event_cancel(&w->w_ev), NB_EINVAL);
	OK(rumpuser_work_post(w, 0, 0));
	OK(rumpuser_event_cancel(&w->w_ev));
	note(NULL, arg, error);
	free(w);
}

START_TEST(own_handler)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_work *w = malloc(sizeof(*w));

	rumpuser_work_init(w, task, RUMPUSER_PRIO_NORMAL, cancel_self, w);
	OK(rumpuser_work_post(w, 0, 0));
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(step(task), 0);
	ck_assert_uint_eq(the_log.n, 1);
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* A timer that its handler sets again is cancelled for good. */
static _Atomic unsigned int ticks;
static _Atomic int gone;

static void
tick(void *env, uintptr_t arg, int error)
{

	(void)error;
	ck_assert(!atomic_load(&gone));
	atomic_fetch_add(&ticks, 1);
	OK(rumpuser_timer_set(env, (int64_t)arg + 1000));
}

START_TEST(periodic)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_evthread *et = thread_new("ticker", task);
	struct rumpuser_timer t;
	unsigned int i, before;

	for (i = 0; i < 200; i++) {
		before = atomic_load(&ticks);
		rumpuser_timer_init(&t, task, tick, &t);
		OK(rumpuser_timer_set(&t, 0));
		while (atomic_load(&ticks) < before + 3)
			sched_yield();
		/* Whichever it was, it does not come back. */
		(void)rumpuser_event_cancel(&t.t_ev);
		atomic_store(&gone, 1);
		memset(&t, 0xa5, sizeof(t));
		atomic_store(&gone, 0);
	}
	rumpuser_task_stop(task);
	OK(rumpuser_evthread_free(et));
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* Two handlers that cancel each other: one is told that it would not end. */
static struct rumpuser_work crossed[2];
static pthread_barrier_t meet;
static _Atomic int results[2];

static void
cancel_crossed(void *env, uintptr_t arg, int error)
{
	int me = (int)(uintptr_t)env;

	(void)arg;
	(void)error;
	pthread_barrier_wait(&meet);
	atomic_store(&results[me],
	    rumpuser_event_cancel(&crossed[!me].w_ev) + 1);
}

START_TEST(deadlock)
{
	struct rumpuser_task *task[2];
	struct rumpuser_evthread *et[2];
	int i, round, dead, r;

	pthread_barrier_init(&meet, NULL, 2);
	for (i = 0; i < 2; i++) {
		task[i] = task_new(0, 0, 0);
		et[i] = thread_new("crossed", task[i]);
		rumpuser_work_init(&crossed[i], task[i], RUMPUSER_PRIO_NORMAL,
		    cancel_crossed, (void *)(uintptr_t)i);
	}
	for (round = 0; round < 200; round++) {
		atomic_store(&results[0], 0);
		atomic_store(&results[1], 0);
		for (i = 0; i < 2; i++)
			OK(rumpuser_work_post(&crossed[i], 0, 0));
		for (i = 0, dead = 0; i < 2; i++) {
			while ((r = atomic_load(&results[i])) == 0)
				sched_yield();
			ck_assert(r - 1 == NB_EDEADLK || r - 1 == NB_EINVAL);
			dead += r - 1 == NB_EDEADLK;
		}
		ck_assert_int_le(dead, 1);
		for (i = 0; i < 2; i++)
			(void)rumpuser_event_cancel(&crossed[i].w_ev);
	}
	for (i = 0; i < 2; i++) {
		rumpuser_task_stop(task[i]);
		OK(rumpuser_evthread_free(et[i]));
		OK(rumpuser_task_destroy(task[i]));
	}
}
END_TEST

/* A task below on the stack is not waited for, it would not end. */
static struct rumpuser_task *inner;
static struct rumpuser_work outer_work, inner_work;

static void
cancel_below(void *env, uintptr_t arg, int error)
{

	ck_assert_int_eq(rumpuser_event_cancel(&outer_work.w_ev), NB_EINVAL);
	ck_assert_ptr_eq(rumpuser_task_self(), inner);
	note(env, arg, error);
}

static void
step_inner(void *env, uintptr_t arg, int error)
{

	(void)arg;
	(void)error;
	OK(rumpuser_work_post(&inner_work, 0, 0));
	ck_assert_uint_eq(step(inner), 1);
	ck_assert_ptr_eq(rumpuser_task_self(), env);
}

START_TEST(nested)
{
	struct rumpuser_task *task = task_new(0, 0, 0);

	inner = task_new(0, 0, 0);
	rumpuser_work_init(&outer_work, task, RUMPUSER_PRIO_NORMAL,
	    step_inner, task);
	rumpuser_work_init(&inner_work, inner, RUMPUSER_PRIO_NORMAL,
	    cancel_below, NULL);
	OK(rumpuser_work_post(&outer_work, 0, 0));
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(the_log.n, 1);
	OK(rumpuser_task_destroy(inner));
	OK(rumpuser_task_destroy(task));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("event_cancel");
	TCase *tc = tcase_create("cancel");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, ROUNDS > 100000 ? 1700 : 110);
	tcase_add_test(tc, verdicts);
	tcase_add_test(tc, many_cancel_one);
	tcase_add_test(tc, own_handler);
	tcase_add_test(tc, periodic);
	tcase_add_test(tc, deadlock);
	tcase_add_test(tc, nested);
	return run_suite(s);
}
