/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_event_task.c - tasks and queued work: order, fairness, stopping, waking,
 * slices, sources, threads, what can be seen of them.
 */
#include "event.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct log the_log;

#define NW	300
static struct rumpuser_work works[NW];

static void
init_works(struct rumpuser_task *task, unsigned int n, int prio)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		rumpuser_work_init(&works[i], task, prio, note,
		    (void *)(uintptr_t)i);
}

START_TEST(run_stop_rerun)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_evthread *et;
	unsigned int i;

	/* All that was queued before the stop runs before run() returns. */
	init_works(task, NW, RUMPUSER_PRIO_LOW);
	for (i = 0; i < NW; i++)
		OK(rumpuser_work_post(&works[i], i, 0));
	rumpuser_task_stop(task);
	rumpuser_task_stop(task);
	OK(rumpuser_task_run(task));
	ck_assert_uint_eq(the_log.n, NW);
	for (i = 0; i < NW; i++)
		ck_assert_uint_eq(the_log.id[i], i);

	/* Its state is kept: a post is there for another thread. */
	OK(rumpuser_work_post(&works[0], 77, 0));
	ck_assert_int_eq(rumpuser_task_destroy(task), NB_EBUSY);
	et = thread_new("again", task);
	rumpuser_task_stop(task);
	OK(rumpuser_evthread_free(et));
	ck_assert_uint_eq(the_log.n, NW + 1);
	ck_assert_uint_eq(the_log.arg[NW], 77);
	OK(rumpuser_task_destroy(task));
}
END_TEST

static struct rumpuser_work again[2];
static unsigned int nagain;

/* Two that post each other for ever, as urgent as can be. */
static void
forever(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)error;
	nagain++;
	OK(rumpuser_work_post(&again[!arg], !arg, 0));
}

/* A stop comes through where the queues never run empty, after what it should. */
START_TEST(stop_in_flood)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	unsigned int i;

	for (i = 0; i < 2; i++)
		rumpuser_work_init(&again[i], task, RUMPUSER_PRIO_URGENT,
		    forever, NULL);
	init_works(task, NW, RUMPUSER_PRIO_LOW);
	OK(rumpuser_work_post(&again[0], 0, 0));
	for (i = 0; i < NW; i++)
		OK(rumpuser_work_post(&works[i], i, 0));
	rumpuser_task_stop(task);
	OK(rumpuser_task_run(task));
	ck_assert_uint_eq(the_log.n, NW);
	ck_assert_uint_eq(nagain, 1);

	/* What came later is there for the next run. */
	rumpuser_task_stop(task);
	OK(rumpuser_task_run(task));
	ck_assert_uint_eq(nagain, 2);
	for (i = 0; i < 2; i++)
		(void)rumpuser_event_cancel(&again[i].w_ev);
	OK(rumpuser_task_destroy(task));
}
END_TEST

static struct rumpuser_task *the_task;
static _Atomic int seen;
static pthread_t main_thread;

static void
who(void *env, uintptr_t arg, int error)
{

	(void)env;
	ck_assert_uint_eq(arg, 5);
	ck_assert_int_eq(error, 7);
	ck_assert_ptr_eq(rumpuser_task_self(), the_task);
	ck_assert(!pthread_equal(pthread_self(), main_thread));
	ck_assert_ptr_nonnull(rumpuser_evthread_self());
	/* It runs: nobody else can run it. */
	ck_assert_int_eq(rumpuser_task_run(the_task), NB_EBUSY);
	ck_assert_int_eq(rumpuser_task_step(the_task, 0, NULL), NB_EBUSY);
	atomic_store(&seen, 1);
}

START_TEST(one_thread)
{
	struct rumpuser_evthread *et;
	struct rumpuser_work w;

	main_thread = pthread_self();
	the_task = task_new(0, 0, 0);
	et = thread_new("one", the_task);
	rumpuser_work_init(&w, the_task, RUMPUSER_PRIO_NORMAL, who, NULL);
	OK(rumpuser_work_post(&w, 5, 7));
	while (!atomic_load(&seen))
		sched_yield();
	ck_assert_int_eq(rumpuser_task_run(the_task), NB_EBUSY);
	ck_assert_int_eq(rumpuser_task_destroy(the_task), NB_EBUSY);
	ck_assert_ptr_null(rumpuser_task_self());
	ck_assert_ptr_null(rumpuser_evthread_self());
	rumpuser_task_stop(the_task);
	OK(rumpuser_evthread_free(et));
	OK(rumpuser_task_destroy(the_task));
}
END_TEST

START_TEST(priorities)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	static const int prio[] = { RUMPUSER_PRIO_LOW, RUMPUSER_PRIO_NORMAL,
	    RUMPUSER_PRIO_HIGH, RUMPUSER_PRIO_URGENT };
	unsigned int i;

	for (i = 0; i < 12; i++) {
		rumpuser_work_init(&works[i], task, prio[i / 3], note,
		    (void *)(uintptr_t)i);
		OK(rumpuser_work_post(&works[i], 0, 0));
		ck_assert_int_eq(rumpuser_work_post(&works[i], 1, 0),
		    NB_EBUSY);
		ck_assert(rumpuser_event_pending(&works[i].w_ev));
	}
	ck_assert_uint_eq(step(task), 12);
	for (i = 0; i < 12; i++) {
		ck_assert_uint_eq(the_log.id[i], (3 - i / 3) * 3 + i % 3);
		ck_assert_uint_eq(the_log.arg[i], 0);
		ck_assert(!rumpuser_event_pending(&works[i].w_ev));
	}
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* Posted by a handler that runs, higher work goes before the lower rest. */
static void
post_urgent(void *env, uintptr_t arg, int error)
{

	note(env, arg, error);
	OK(rumpuser_work_post(&works[10], 0, 0));
}

START_TEST(priority_in_round)
{
	struct rumpuser_task *task = task_new(0, 0, 0);

	init_works(task, 2, RUMPUSER_PRIO_NORMAL);
	rumpuser_work_init(&works[0], task, RUMPUSER_PRIO_NORMAL, post_urgent,
	    NULL);
	rumpuser_work_init(&works[10], task, RUMPUSER_PRIO_URGENT, note,
	    (void *)10);
	OK(rumpuser_work_post(&works[0], 0, 0));
	OK(rumpuser_work_post(&works[1], 0, 0));
	ck_assert_uint_eq(step(task), 3);
	ck_assert_uint_eq(the_log.id[1], 10);
	ck_assert_uint_eq(the_log.id[2], 1);
	OK(rumpuser_task_destroy(task));
}
END_TEST

START_TEST(batch)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_work *ws[10];
	unsigned int i;
	size_t n;

	init_works(task, 10, RUMPUSER_PRIO_NORMAL);
	for (i = 0; i < 10; i++)
		ws[i] = &works[i];
	OK(rumpuser_work_post(&works[4], 1, 0));
	ck_assert_int_eq(rumpuser_work_postv(ws, 10, 2, 0, &n), NB_EBUSY);
	ck_assert_uint_eq(n, 9);
	ck_assert_uint_eq(step(task), 10);
	ck_assert_uint_eq(the_log.id[0], 4);
	for (i = 1; i < 10; i++)
		ck_assert_uint_eq(the_log.id[i], i - (i <= 4));
	OK(rumpuser_work_postv(ws, 10, 3, 0, NULL));
	OK(rumpuser_work_postv(ws, 0, 3, 0, NULL));
	ck_assert_uint_eq(step(task), 10);
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* A flood: work that posts itself again as long as it may. */
static unsigned int floods;

static void
flood(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)error;
	floods++;
	OK(rumpuser_work_post(&works[arg], arg, 0));
}

static void
drain(void *env, uintptr_t arg, int error)
{
	char c;

	note(env, arg, error);
	ck_assert_int_eq(read((int)(uintptr_t)env, &c, 1), 1);
}

START_TEST(fairness)
{
	struct rumpuser_task *task = task_new(2, 16, 0);
	struct rumpuser_poll polls[8];
	struct rumpuser_timer timers[40];
	unsigned int i, n;
	int fds[8][2];

	for (i = 0; i < 4; i++) {
		rumpuser_work_init(&works[i], task, RUMPUSER_PRIO_URGENT,
		    flood, NULL);
		OK(rumpuser_work_post(&works[i], i, 0));
	}
	for (i = 0; i < 8; i++) {
		OK(pipe(fds[i]));
		rumpuser_poll_init(&polls[i], task, fds[i][0], drain,
		    (void *)(uintptr_t)fds[i][0]);
		OK(rumpuser_poll_enable(&polls[i], RUMPUSER_POLL_RECV));
		ck_assert_int_eq(write(fds[i][1], "x", 1), 1);
	}
	for (i = 0; i < 40; i++) {
		rumpuser_timer_init(&timers[i], task, note, (void *)1000);
		OK(rumpuser_timer_set(&timers[i], 0));
	}
	/* In each round 2 descriptors, 16 works, 16 timers, and no more. */
	for (n = 1; n <= 2; n++) {
		ck_assert_uint_eq(step(task), 2 + 16 + 16);
		ck_assert_uint_eq(floods, 16 * n);
		ck_assert_uint_eq(the_log.n, 18 * n);
		ck_assert_uint_ne(the_log.id[18 * n - 18], 1000);
		ck_assert_uint_ne(the_log.id[18 * n - 17], 1000);
		ck_assert_uint_eq(the_log.id[18 * n - 16], 1000);
	}
	ck_assert_uint_eq(step(task), 2 + 16 + 8);
	ck_assert_uint_eq(step(task), 2 + 16);
	ck_assert_uint_eq(step(task), 16);
	for (i = 0; i < 8; i++)
		OK(rumpuser_event_cancel(&polls[i].p_ev));
	for (i = 0; i < 4; i++)
		OK(rumpuser_event_cancel(&works[i].w_ev));
	ck_assert_uint_eq(step(task), 0);
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* A busy target is not woken: posts make no host call. */
static _Atomic unsigned int handled;

static void
handle(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	atomic_fetch_add(&handled, 1);
}

static void
spin(void *env, uintptr_t arg, int error)
{

	(void)error;
	if (atomic_load(&handled) < arg)
		OK(rumpuser_work_post(env, arg, 0));
}

#define POSTS	100000

START_TEST(no_wakeups)
{
	static struct rumpuser_work many[POSTS];
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_evthread *et = thread_new("busy", task);
	struct rumpuser_work busy;
	uint64_t before;
	unsigned int i;

	rumpuser_work_init(&busy, task, RUMPUSER_PRIO_LOW, spin, &busy);
	OK(rumpuser_work_post(&busy, POSTS, 0));
	while (stats(task).ts_works == 0)
		sched_yield();
	before = stats(task).ts_wakeups;
	for (i = 0; i < POSTS; i++) {
		rumpuser_work_init(&many[i], task, RUMPUSER_PRIO_NORMAL,
		    handle, NULL);
		OK(rumpuser_work_post(&many[i], 0, 0));
	}
	while (atomic_load(&handled) < POSTS)
		sched_yield();
	ck_assert_uint_eq(stats(task).ts_wakeups, before);
	rumpuser_task_stop(task);
	OK(rumpuser_evthread_free(et));
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* One that sleeps is woken, each time, by whatever means. */
START_TEST(wakes)
{
	const struct rumpuser_task_attr attr = {
		.ta_flags = RUMPUSER_TASK_TICKLESS,
		.ta_poller = _i,
	};
	struct rumpuser_timer timer;
	struct rumpuser_task *task;
	struct rumpuser_evthread *et;
	struct rumpuser_work w;
	unsigned int i;

	OK(rumpuser_task_create(&task, &attr));
	et = thread_new("sleeper", task);
	rumpuser_work_init(&w, task, RUMPUSER_PRIO_NORMAL, handle, NULL);
	rumpuser_timer_init(&timer, task, handle, NULL);
	for (i = 0; i < 2000; i++) {
		if (i % 2)
			OK(rumpuser_work_post(&w, 0, 0));
		else
			OK(rumpuser_timer_set(&timer, rumpuser_event_now() +
			    1000 * (i % 7)));
		while (atomic_load(&handled) != i + 1)
			sched_yield();
	}
	rumpuser_task_stop(task);
	OK(rumpuser_evthread_free(et));
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* An idle task looks around once a second, and not more often. */
START_TEST(heartbeat)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	int64_t before = rumpuser_event_now(), beat;
	struct rumpuser_evthread *et = thread_new("idle", task);
	struct timespec ts = { 0, 50 * MS };

	while (stats(task).ts_rounds < 2)
		nanosleep(&ts, NULL);
	beat = stats(task).ts_heartbeat;
	ck_assert_int_ge(beat - before, 1000 * MS);
	ck_assert_int_le(beat, rumpuser_event_now());
	ck_assert_uint_eq(stats(task).ts_wakeups, 0);
	rumpuser_task_stop(task);
	OK(rumpuser_evthread_free(et));
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* A handler of much work stays within its slices; others get their turn. */
static int64_t
cputime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static int64_t longest, used;
static unsigned int slices;

static void
hog(void *env, uintptr_t arg, int error)
{
	int64_t start = cputime(), t;

	(void)arg;
	(void)error;
	while (!rumpuser_task_shouldyield())
		continue;
	t = cputime() - start;
	used += t;
	if (t > longest)
		longest = t;
	slices++;
	if (used < 200 * MS)
		OK(rumpuser_work_post(env, 0, 0));
}

/* Asleep, it uses nothing: that is not charged but for half a slice. */
static void
sleeps(void *env, uintptr_t arg, int error)
{
	struct timespec ts = { 0, 20 * MS };
	int i;

	(void)env;
	(void)arg;
	(void)error;
	ck_assert_int_eq(rumpuser_task_shouldyield(), 0);
	for (i = 0; i < 3; i++) {
		nanosleep(&ts, NULL);
		ck_assert_int_eq(rumpuser_task_shouldyield(), 0);
	}
}

START_TEST(budget)
{
	const struct rumpuser_task_attr attr = { .ta_slice_ns = 5 * MS };
	struct rumpuser_task *task;
	struct rumpuser_work w;

	ck_assert_int_eq(rumpuser_task_shouldyield(), 0);
	OK(rumpuser_task_create(&task, &attr));
	rumpuser_work_init(&w, task, RUMPUSER_PRIO_NORMAL, hog, &w);
	OK(rumpuser_work_post(&w, 0, 0));
	while (used < 200 * MS)
		step(task);
	ck_assert_uint_ge(slices, 20);
	ck_assert_uint_le(slices, 100);
	ck_assert_int_lt(longest, 10 * MS);
	rumpuser_work_init(&w, task, RUMPUSER_PRIO_NORMAL, sleeps, NULL);
	OK(rumpuser_work_post(&w, 0, 0));
	ck_assert_uint_eq(step(task), 1);
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* A source that the core has never heard of. */
static unsigned int fake_todo, fake_done, fake_prepared;
static int64_t fake_when = INT64_MAX;

static int
fake_ready(void *env)
{

	ck_assert_ptr_eq(env, &fake_todo);
	return fake_todo != 0 || rumpuser_event_now() >= fake_when;
}

static unsigned int
fake_dispatch(void *env, unsigned int max)
{
	unsigned int n = 0;

	ck_assert_ptr_eq(env, &fake_todo);
	for (; n < max && fake_todo != 0; n++, fake_todo--)
		fake_done++;
	if (rumpuser_event_now() >= fake_when) {
		fake_when = INT64_MAX;
		fake_done++;
		n++;
	}
	return n;
}

static int64_t
fake_deadline(void *env)
{

	(void)env;
	return fake_when;
}

static int
fake_prepare(void *env)
{

	(void)env;
	fake_prepared++;
	return 0;
}

START_TEST(source)
{
	static const struct rumpuser_source_ops ops = {
		fake_ready, fake_dispatch, fake_deadline, fake_prepare,
	};
	struct rumpuser_task *task = task_new(0, 16, 0);
	struct rumpuser_source s;
	unsigned int n;
	int64_t before;

	rumpuser_source_init(&s, task, &ops, &fake_todo);
	OK(rumpuser_source_enable(&s));
	ck_assert_int_eq(rumpuser_source_enable(&s), NB_EBUSY);
	fake_todo = 20;
	ck_assert_uint_eq(step(task), 16);
	OK(rumpuser_task_step(task, -1, &n));
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(fake_done, 20);
	/* Its deadline ends a wait. */
	before = rumpuser_event_now();
	fake_when = before + 20 * MS;
	n = 0;
	while (n == 0)
		OK(rumpuser_task_step(task, -1, &n));
	ck_assert_int_ge(rumpuser_event_now() - before, 20 * MS);
	ck_assert_uint_ge(fake_prepared, 1);
	ck_assert_uint_eq(stats(task).ts_nsources, 1);
	OK(rumpuser_event_cancel(&s.so_ev));
	ck_assert_int_eq(rumpuser_event_cancel(&s.so_ev), NB_EINVAL);
	OK(rumpuser_task_destroy(task));
}
END_TEST

/* What waits is an object, not a stack: memory per event is the caller's. */
static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

#define BLOCKED	100000

START_TEST(blocked_events)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_timer *t = calloc(BLOCKED, sizeof(*t));
	struct rumpuser_work *w = calloc(BLOCKED, sizeof(*w));
	long before = resident();
	unsigned int i;

	for (i = 0; i < BLOCKED; i++) {
		rumpuser_timer_init(&t[i], task, note, NULL);
		OK(rumpuser_timer_set(&t[i], rumpuser_event_now() +
		    (3600 + i) * 1000 * MS));
		rumpuser_work_init(&w[i], task, RUMPUSER_PRIO_LOW, note, NULL);
		OK(rumpuser_work_post(&w[i], 0, 0));
	}
#ifdef SANITIZED
	/* Shadow memory is several times what it is about. */
	ck_assert_int_lt((resident() - before) / BLOCKED, 16384);
#else
	ck_assert_int_lt((resident() - before) / BLOCKED, 1024);
#endif
	ck_assert_uint_eq(stats(task).ts_nwork, BLOCKED);
	for (i = 0; i < BLOCKED; i++) {
		OK(rumpuser_event_cancel(&t[i].t_ev));
		OK(rumpuser_event_cancel(&w[i].w_ev));
	}
	OK(rumpuser_task_destroy(task));
	free(t);
	free(w);
}
END_TEST

static _Atomic int proceed;

static void
check_thread(void *arg)
{
	struct rumpuser_evthread_info ei;
	struct rumpuser_rusage last = { 0 }, ru;
	uint64_t first, again;
	cpu_set_t set;
	char name[16];

	ck_assert_ptr_eq(arg, &proceed);
	ck_assert_ptr_null(rumpuser_task_self());
	OK(rumpuser_evthread_info(rumpuser_evthread_self(), &ei));
	ck_assert_str_eq(ei.ei_name, "worker-with-a-l");
	pthread_getname_np(pthread_self(), name, sizeof(name));
	ck_assert_str_eq(name, "worker-with-a-l");
	ck_assert_int_eq(ei.ei_tid, gettid());
	ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), ei.ei_nice);
	OK(sched_getaffinity(0, sizeof(set), &set));
	ck_assert_int_eq(CPU_COUNT(&set), 1);
	ck_assert(!ei.ei_done);

	/* The same seed, the same numbers: it was given 42. */
	first = rumpuser_evthread_random();
	rumpuser_evthread_srandom(42);
	again = rumpuser_evthread_random();
	ck_assert_uint_eq(first, again);
	ck_assert_uint_ne(again, rumpuser_evthread_random());

	OK(rumpuser_evthread_rusage(&last, &ru));
	while (ru.ru_utime + ru.ru_stime < 20 * MS) {
		ck_assert_int_ge(ru.ru_wall, 0);
		ck_assert_int_ge(ru.ru_utime, 0);
		ck_assert_int_ge(ru.ru_stime, 0);
		last = (struct rumpuser_rusage){ 0 };
		OK(rumpuser_evthread_rusage(&last, &ru));
	}
	OK(rumpuser_evthread_rusage(&last, &ru));
	ck_assert_int_lt(ru.ru_utime, 20 * MS);
	atomic_store(&seen, 1);
	while (!atomic_load(&proceed))
		sched_yield();
	rumpuser_evthread_exit();
}

/* A processor that this process may use. */
static uint64_t
one_cpu(void)
{
	cpu_set_t set;
	int i;

	OK(sched_getaffinity(0, sizeof(set), &set));
	for (i = 0; i < 64; i++)
		if (CPU_ISSET(i, &set))
			break;
	ck_assert_int_lt(i, 64);
	return (uint64_t)1 << i;
}

START_TEST(threads)
{
	const uint64_t cpus = one_cpu(), none = 0;
	struct rumpuser_evthread_attr attr = {
		.et_name = "worker-with-a-long-name", .et_fn = check_thread,
		.et_arg = &proceed, .et_cpus = &none, .et_ncpuwords = 1,
		.et_nice = 3, .et_seed = 42,
	};
	struct rumpuser_evthread_info ei;
	struct rumpuser_evthread *et;
	int64_t before = rumpuser_event_now();
	char buf[256];

	/* No such processors. */
	OK(rumpuser_evthread_create(&et, &attr));
	ck_assert_int_eq(rumpuser_evthread_start(et), NB_EINVAL);
	OK(rumpuser_evthread_free(et));

	attr.et_cpus = &cpus;
	OK(rumpuser_evthread_create(&et, &attr));
	OK(rumpuser_evthread_info(et, &ei));
	ck_assert_int_eq(ei.ei_birth, 0);
	OK(rumpuser_evthread_start(et));
	ck_assert_int_eq(rumpuser_evthread_start(et), NB_EBUSY);
	OK(rumpuser_evthread_info(et, &ei));
	ck_assert_int_ge(ei.ei_birth, before);
	ck_assert_int_eq(ei.ei_nice, getpriority(PRIO_PROCESS, 0) + 3);
	while (!atomic_load(&seen))
		sched_yield();
	OK(rumpuser_evthread_fmt(et, buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "thread name=worker-with-a-l "));
	ck_assert_ptr_nonnull(strstr(buf, "state=runs"));
	ck_assert_int_ne(rumpuser_evthread_fmt(et, buf, 8), 0);
	atomic_store(&proceed, 1);
	OK(rumpuser_evthread_free(et));

	attr.et_fn = NULL;
	ck_assert_int_eq(rumpuser_evthread_create(&et, &attr), NB_EINVAL);
	ck_assert_uint_ge(rumpuser_evthread_ncores(), 1);
	ck_assert_uint_le(rumpuser_evthread_ncores(),
	    (unsigned)sysconf(_SC_NPROCESSORS_CONF));
}
END_TEST

/* A thread that ends in a handler leaves a task that others can run. */
static void
end_thread(void *env, uintptr_t arg, int error)
{

	note(env, arg, error);
	rumpuser_evthread_exit();
}

START_TEST(exit_in_handler)
{
	struct rumpuser_task *task = task_new(0, 0, 0);
	struct rumpuser_evthread *et;
	struct rumpuser_work w, after;

	rumpuser_work_init(&w, task, RUMPUSER_PRIO_NORMAL, end_thread, NULL);
	rumpuser_work_init(&after, task, RUMPUSER_PRIO_NORMAL, note, NULL);
	OK(rumpuser_work_post(&w, 0, 0));
	OK(rumpuser_work_post(&after, 1, 0));
	et = thread_new("ends", task);
	OK(rumpuser_evthread_free(et));
	ck_assert_uint_eq(the_log.n, 1);
	ck_assert_uint_eq(step(task), 1);
	ck_assert_int_eq(rumpuser_event_cancel(&w.w_ev), NB_EINVAL);
	OK(rumpuser_task_destroy(task));
}
END_TEST

static char lines[65536];

static void
add_line(void *arg, const char *line)
{

	(void)arg;
	ck_assert_ptr_null(strchr(line, '\n'));
	strncat(lines, line, sizeof(lines) - strlen(lines) - 2);
	strcat(lines, "\n");
}

START_TEST(introspection)
{
	const struct rumpuser_task_attr attr = { .ta_name = "my task" };
	struct rumpuser_task *task, *task2;
	struct rumpuser_timer t;
	struct rumpuser_poll p;
	char buf[1024];
	int fds[2];

	OK(rumpuser_task_create(&task, &attr));
	OK(rumpuser_task_create(&task2, NULL));
	OK(pipe(fds));
	rumpuser_work_init(&works[0], task, RUMPUSER_PRIO_HIGH, note, NULL);
	OK(rumpuser_work_post(&works[0], 0, 0));
	rumpuser_timer_init(&t, task, note, NULL);
	rumpuser_event_setname(&t.t_ev, "tick");
	OK(rumpuser_timer_set(&t, INT64_C(123456789012345678)));
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));

	OK(rumpuser_event_walk(add_line, NULL));
	ck_assert_ptr_nonnull(strstr(lines, "task name=my_task poller=epoll"));
	/* The default name is the place in the source. */
	ck_assert_ptr_nonnull(strstr(lines, "test_event_task.c:"));
	ck_assert_ptr_nonnull(strstr(lines, " work name="));
	ck_assert_ptr_nonnull(strstr(lines, " prio=1"));
	ck_assert_ptr_nonnull(strstr(lines,
	    " timer name=tick when=123456789012345678"));
	snprintf(buf, sizeof(buf), " fd=%d mask=", fds[0]);
	ck_assert_ptr_nonnull(strstr(lines, buf));
	OK(rumpuser_task_fmt(task, buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "npolls=1 ntimers=1 nwork=1 "));
	ck_assert_int_ne(rumpuser_task_fmt(task, buf, 10), 0);
	ck_assert_uint_eq(strlen(buf), 9);

	OK(rumpuser_event_cancel(&p.p_ev));
	OK(rumpuser_event_cancel(&t.t_ev));
	OK(rumpuser_event_cancel(&works[0].w_ev));
	ck_assert_uint_eq(stats(task).ts_cancelled, 3);
	OK(rumpuser_task_destroy(task));
	OK(rumpuser_task_destroy(task2));
}
END_TEST

START_TEST(default_task)
{
	struct rumpuser_task *task = rumpuser_task_default();
	struct rumpuser_work w;

	ck_assert_ptr_nonnull(task);
	ck_assert_ptr_eq(task, rumpuser_task_default());
	rumpuser_work_init(&w, task, RUMPUSER_PRIO_NORMAL, handle, NULL);
	OK(rumpuser_work_post(&w, 0, 0));
	while (atomic_load(&handled) == 0)
		sched_yield();
	ck_assert_int_eq(rumpuser_event_cancel(&w.w_ev), NB_EINVAL);
}
END_TEST

/* A foreign loop sees in the descriptor whether there is anything to do. */
static int
readable(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, ms);
}

START_TEST(foreign)
{
	const struct rumpuser_task_attr attr = {
		.ta_max_steps = 16, .ta_flags = RUMPUSER_TASK_TICKLESS,
		.ta_poller = _i,
	};
	struct rumpuser_task *task;
	struct rumpuser_timer t;
	struct rumpuser_poll p;
	unsigned int i, n;
	int64_t before;
	int fd, fds[2];

	OK(rumpuser_task_create(&task, &attr));
	OK(rumpuser_task_fd(task, &fd));
	ck_assert_int_eq(readable(fd, 0), 0);
	/* Work; more than a round's is announced again. */
	init_works(task, 40, RUMPUSER_PRIO_NORMAL);
	for (i = 0; i < 40; i++)
		OK(rumpuser_work_post(&works[i], 0, 0));
	for (n = 0; n < 40; n += step(task))
		ck_assert_int_eq(readable(fd, 0), 1);
	ck_assert_int_eq(readable(fd, 0), 0);
	/* Timers. */
	rumpuser_timer_init(&t, task, note, NULL);
	before = rumpuser_event_now();
	OK(rumpuser_timer_set(&t, before + 30 * MS));
	for (n = 0; n == 0; n = step(task))
		ck_assert_int_eq(readable(fd, -1), 1);
	ck_assert_int_ge(rumpuser_event_now(), before + 30 * MS);
	ck_assert_int_eq(readable(fd, 0), 0);
	/* Descriptors. */
	OK(pipe(fds));
	rumpuser_poll_init(&p, task, fds[0], drain,
	    (void *)(uintptr_t)fds[0]);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	ck_assert_int_eq(readable(fd, 0), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert_int_eq(readable(fd, 0), 1);
	ck_assert_uint_eq(step(task), 1);
	ck_assert_int_eq(readable(fd, 0), 0);
	/* A stop is reported once. */
	rumpuser_task_stop(task);
	ck_assert_int_eq(readable(fd, 0), 1);
	ck_assert_int_eq(rumpuser_task_step(task, 0, NULL), NB_ECANCELED);
	ck_assert_int_eq(readable(fd, 0), 0);
	OK(rumpuser_task_step(task, 0, NULL));
	OK(rumpuser_event_cancel(&p.p_ev));
	OK(rumpuser_task_destroy(task));
}
END_TEST

START_TEST(refused)
{
	struct rumpuser_task_attr attr = { .ta_max_polls = 1 << 20 };
	struct rlimit none = { 0, 0 }, old;
	struct rumpuser_task *task;

	ck_assert_int_eq(rumpuser_task_create(&task, &attr), NB_EINVAL);
	attr.ta_max_polls = 0;
	attr.ta_poller = 99;
	ck_assert_int_eq(rumpuser_task_create(&task, &attr), NB_EINVAL);
	attr.ta_poller = 0;
	attr.ta_flags = 0x80000000U;
	ck_assert_int_eq(rumpuser_task_create(&task, &attr), NB_EINVAL);
	/* No descriptors. */
	attr.ta_flags = 0;
	OK(getrlimit(RLIMIT_NOFILE, &old));
	none.rlim_max = old.rlim_max;
	OK(setrlimit(RLIMIT_NOFILE, &none));
	ck_assert_int_eq(rumpuser_task_create(&task, &attr), NB_EMFILE);
	OK(setrlimit(RLIMIT_NOFILE, &old));
	OK(rumpuser_task_create(&task, &attr));
	OK(rumpuser_task_destroy(task));
}
END_TEST

START_TEST(eventfd)
{
	uint64_t v;
	int fd;

	OK(rumpuser_eventfd_create(3, 0, &fd));
	OK(rumpuser_eventfd_post(fd, UINT64_C(5000000000)));
	OK(rumpuser_eventfd_take(fd, &v));
	ck_assert_uint_eq(v, UINT64_C(5000000003));
	ck_assert_int_eq(rumpuser_eventfd_take(fd, &v), NB_EAGAIN);
	OK(rumpuser_eventfd_post(fd, UINT64_MAX - 1));
	ck_assert_int_eq(rumpuser_eventfd_post(fd, 1), NB_EAGAIN);
	ck_assert_int_eq(rumpuser_eventfd_post(fd, UINT64_MAX), NB_EINVAL);
	close(fd);
	OK(rumpuser_eventfd_create(UINT64_C(6000000000),
	    RUMPUSER_EVENTFD_SEMAPHORE, &fd));
	OK(rumpuser_eventfd_take(fd, &v));
	ck_assert_uint_eq(v, 1);
	OK(rumpuser_eventfd_take(fd, &v));
	ck_assert_uint_eq(v, 1);
	close(fd);
	ck_assert_int_eq(rumpuser_eventfd_post(fd, 1), NB_EBADF);
	ck_assert_int_eq(rumpuser_eventfd_create(0, 2, &fd), NB_EINVAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("event_task");
	TCase *tc = tcase_create("task");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 50);
	tcase_add_test(tc, run_stop_rerun);
	tcase_add_test(tc, stop_in_flood);
	tcase_add_test(tc, one_thread);
	tcase_add_test(tc, priorities);
	tcase_add_test(tc, priority_in_round);
	tcase_add_test(tc, batch);
	tcase_add_test(tc, fairness);
	tcase_add_test(tc, no_wakeups);
	tcase_add_loop_test(tc, wakes, RUMPUSER_POLLER_EPOLL,
	    RUMPUSER_POLLER_TIMERFD + 1);
	tcase_add_test(tc, heartbeat);
	tcase_add_test(tc, budget);
	tcase_add_test(tc, source);
	tcase_add_test(tc, blocked_events);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, exit_in_handler);
	tcase_add_test(tc, introspection);
	tcase_add_test(tc, default_task);
	tcase_add_loop_test(tc, foreign, RUMPUSER_POLLER_EPOLL,
	    RUMPUSER_POLLER_TIMERFD + 1);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, eventfd);
	return run_suite(s);
}
