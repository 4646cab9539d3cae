/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_locks.c - conformance of threads, lwps, mutexes, reader-writer locks
 * and condition variables to rumpuser(3).
 */
#include "stub.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NB_EBUSY = 16, NB_ETIMEDOUT = 60 };

#define LOAD(v)		__atomic_load_n(&(v), __ATOMIC_SEQ_CST)
#define STORE(v, n)	__atomic_store_n(&(v), n, __ATOMIC_SEQ_CST)
#define BUMP(v)		((void)__atomic_add_fetch(&(v), 1, __ATOMIC_SEQ_CST))

static int stage, count;

/* Without a virtual CPU: wait until another thread is as far. */
static void
await(const int *v, int want)
{

	while (__atomic_load_n(v, __ATOMIC_SEQ_CST) < want)
		usleep(200);
}

/* The same from inside the kernel. */
static void
await_in(const int *v, int want)
{

	stub_letgo();
	await(v, want);
	stub_takeback();
}

static pthread_t
spawn(void *(*fn)(void *), void *arg)
{
	pthread_t pt;

	ck_assert_int_eq(pthread_create(&pt, NULL, fn, arg), 0);
	return pt;
}

/* From inside the kernel. */
static void
reap(pthread_t pt)
{

	stub_letgo();
	ck_assert_int_eq(pthread_join(pt, NULL), 0);
	stub_takeback();
}

/*
 * Threads.
 */

static char seen_name[32];
static cpu_set_t seen_cpus;

static void *
look(void *arg)
{

	pthread_getname_np(pthread_self(), seen_name, sizeof(seen_name));
	sched_getaffinity(0, sizeof(seen_cpus), &seen_cpus);
	ck_assert_ptr_null(rumpuser_curlwp());
	*(int *)arg += 1;
	return NULL;
}

static void
create_join(const char *name, int priority, int cpu)
{
	void *cookie;
	int ran = 0;

	ck_assert_int_eq(rumpuser_thread_create(look, &ran, name, 1, priority,
	    cpu, &cookie), 0);
	ck_assert_int_eq(rumpuser_thread_join(cookie), 0);
	ck_assert_int_eq(ran, 1);
}

START_TEST(threads)
{
	cpu_set_t mine;
	int cpu;

	stub_init();
	create_join("a name that is far too long", -1, -1);
	ck_assert_str_eq(seen_name, "a name that is ");
	create_join(NULL, 0, -1);
	create_join("", 223, -1);
	/* The CPU that is asked for, where this process may use it. */
	sched_getaffinity(0, sizeof(mine), &mine);
	for (cpu = 0; cpu < (int)sysconf(_SC_NPROCESSORS_ONLN); cpu++) {
		create_join("cpu", -1, cpu);
		ck_assert_str_eq(seen_name, "cpu");
		if (!CPU_ISSET(cpu, &mine))
			continue;
		ck_assert_int_eq(CPU_COUNT(&seen_cpus), 1);
		ck_assert(CPU_ISSET(cpu, &seen_cpus));
	}
	create_join("cpu", -1, 99999);
	ck_assert(CPU_EQUAL(&seen_cpus, &mine));
	create_join("any", -1, -1);
	ck_assert(CPU_EQUAL(&seen_cpus, &mine));
}
END_TEST

static void *
detached(void *arg)
{

	BUMP(*(int *)arg);
	rumpuser_thread_exit();
}

START_TEST(detaches)
{
	int i;

	stub_init();
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(rumpuser_thread_create(detached, &count,
		    "detached", 0, -1, -1, NULL), 0);
	await_in(&count, 100);
}
END_TEST

/* Each thread has the lwp that it was given, and no other. */
static void *
own_lwp(void *arg)
{
	struct lwp a = { 1 }, b = { 2 };
	int i;

	ck_assert_ptr_null(rumpuser_curlwp());
	rumpuser_curlwpop(RUMPUSER_LWP_CREATE, &a);
	rumpuser_curlwpop(RUMPUSER_LWP_CREATE, &b);
	ck_assert_ptr_null(rumpuser_curlwp());
	for (i = 0; i < 2000; i++) {
		struct lwp *l = i % 2 ? &a : &b;

		rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
		if (i % 64 == 0)
			sched_yield();
		ck_assert_ptr_eq(rumpuser_curlwp(), l);
		rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
		ck_assert_ptr_null(rumpuser_curlwp());
	}
	rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, &a);
	rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, &b);
	return arg;
}

START_TEST(lwps)
{
	pthread_t pt[8];
	int i;

	stub_init();
	for (i = 0; i < 8; i++)
		pt[i] = spawn(own_lwp, NULL);
	for (i = 0; i < 8; i++)
		reap(pt[i]);
}
END_TEST

/*
 * Mutexes.
 */

static struct rumpuser_mtx *mtx;
static struct rumpuser_cv *cv;
static struct rumpuser_rw *rw;

static unsigned int gives;

/*
 * Hold the mutex from stage 1 until a while after stage 2; where the virtual
 * CPU is to be given up for it, until it can be had.
 */
static void *
holder(void *arg)
{
	struct lwp self = { 7 };

	rumpuser_curlwpop(RUMPUSER_LWP_SET, &self);
	STORE(*(struct lwp **)arg, &self);
	ck_assert_int_eq(rumpuser_mutex_tryenter(mtx), 0);
	STORE(stage, 1);
	await(&stage, 2);
	usleep(5000);
	if (gives) {
		stub_schedule();
		stub_unschedule();
	}
	rumpuser_mutex_exit(mtx);
	STORE(stage, 3);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &self);
	return NULL;
}

/* Enter against a holder: does it give the virtual CPU up? */
static void
contend(int flags, void (*enter)(struct rumpuser_mtx *), unsigned int n)
{
	struct lwp *other = NULL, *l;
	unsigned int then;
	pthread_t pt;

	rumpuser_mutex_init(&mtx, flags);
	STORE(stage, 0);
	gives = n;
	pt = spawn(holder, &other);
	await(&stage, 1);
	if (flags & RUMPUSER_MTX_KMUTEX) {
		rumpuser_mutex_owner(mtx, &l);
		ck_assert_ptr_eq(l, LOAD(other));
	}
	ck_assert_int_eq(rumpuser_mutex_tryenter(mtx), NB_EBUSY);
	then = stub_backend_unscheds;
	STORE(stage, 2);
	enter(mtx);
	ck_assert_uint_eq(stub_backend_unscheds - then, gives);
	ck_assert_int_eq(stub_hascpu(), 1);
	if (flags & RUMPUSER_MTX_KMUTEX) {
		rumpuser_mutex_owner(mtx, &l);
		ck_assert_ptr_eq(l, rumpuser_curlwp());
	}
	rumpuser_mutex_exit(mtx);
	if (flags & RUMPUSER_MTX_KMUTEX) {
		rumpuser_mutex_owner(mtx, &l);
		ck_assert_ptr_null(l);
	}
	reap(pt);
	rumpuser_mutex_destroy(mtx);
}

START_TEST(mutexes)
{
	const int both = RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX;

	stub_init();
	contend(RUMPUSER_MTX_KMUTEX, rumpuser_mutex_enter, 1);
	contend(RUMPUSER_MTX_KMUTEX, rumpuser_mutex_enter_nowrap, 0);
	contend(RUMPUSER_MTX_SPIN, rumpuser_mutex_enter, 0);
	contend(RUMPUSER_MTX_SPIN, rumpuser_mutex_enter_nowrap, 0);
	contend(both, rumpuser_mutex_enter, 0);
	contend(both, rumpuser_mutex_enter_nowrap, 0);
}
END_TEST

/*
 * Reader-writer locks: a thread that does what it is told.
 */

struct actor {
	pthread_t thread;
	struct lwp self;
	int how, has, let;
};

static void *
act(void *arg)
{
	struct actor *a = arg;

	rumpuser_curlwpop(RUMPUSER_LWP_SET, &a->self);
	stub_schedule();
	rumpuser_rw_enter(a->how, rw);
	STORE(a->has, 1);
	await_in(&a->let, 1);
	rumpuser_rw_exit(rw);
	stub_unschedule();
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &a->self);
	return NULL;
}

static void
act_start(struct actor *a, int how)
{

	memset(a, 0, sizeof(*a));
	a->how = how;
	a->thread = spawn(act, a);
}

static void
act_end(struct actor *a)
{

	STORE(a->let, 1);
	reap(a->thread);
}

static int
held(int how)
{
	int h = -1;

	rumpuser_rw_held(how, rw, &h);
	return h;
}

/* Time for another to get to where it is stuck. */
static void
awhile(void)
{

	stub_letgo();
	usleep(20000);
	stub_takeback();
}

/* Until @n more calls than @then have given the CPU up, and are stuck. */
static void
await_stuck(unsigned int then, unsigned int n)
{

	while (stub_backend_unscheds - then < n)
		awhile();
	awhile();
	awhile();
	awhile();
}

/* Until somebody waits to write: readers are refused then. */
static void
await_writer(void)
{

	while (rumpuser_rw_tryenter(RUMPUSER_RW_READER, rw) == 0) {
		rumpuser_rw_exit(rw);
		awhile();
	}
}

#define R	RUMPUSER_RW_READER
#define W	RUMPUSER_RW_WRITER

START_TEST(rw_held)
{
	struct actor a;

	stub_init();
	rumpuser_rw_init(&rw);
	ck_assert_int_eq(held(R), 0);
	ck_assert_int_eq(held(W), 0);
	act_start(&a, R);
	await_in(&a.has, 1);
	ck_assert_int_eq(held(R), 1);
	ck_assert_int_eq(held(W), 0);
	ck_assert_int_eq(rumpuser_rw_tryenter(W, rw), NB_EBUSY);
	ck_assert_int_eq(rumpuser_rw_tryenter(R, rw), 0);
	ck_assert_int_eq(rumpuser_rw_tryupgrade(rw), NB_EBUSY);
	rumpuser_rw_exit(rw);
	act_end(&a);
	act_start(&a, W);
	await_in(&a.has, 1);
	/* Another's lock is not ours. */
	ck_assert_int_eq(held(W), 0);
	ck_assert_int_eq(held(R), 0);
	ck_assert_int_eq(rumpuser_rw_tryenter(R, rw), NB_EBUSY);
	act_end(&a);
	rumpuser_rw_enter(W, rw);
	ck_assert_int_eq(held(W), 1);
	rumpuser_rw_downgrade(rw);
	ck_assert_int_eq(held(W), 0);
	ck_assert_int_eq(held(R), 1);
	ck_assert_int_eq(rumpuser_rw_tryupgrade(rw), 0);
	ck_assert_int_eq(held(W), 1);
	rumpuser_rw_exit(rw);
	rumpuser_rw_destroy(rw);
}
END_TEST

/* A writer that waits goes before later readers; then those, all at once. */
START_TEST(rw_turns)
{
	struct actor w, r1, r2, w2;
	unsigned int then;

	stub_init();
	rumpuser_rw_init(&rw);
	rumpuser_rw_enter(R, rw);
	act_start(&w, W);
	await_writer();
	then = stub_backend_unscheds;
	act_start(&r1, R);
	act_start(&r2, R);
	await_stuck(then, 2);
	ck_assert_int_eq(LOAD(w.has) + LOAD(r1.has) + LOAD(r2.has), 0);
	rumpuser_rw_exit(rw);
	await_in(&w.has, 1);
	ck_assert_int_eq(LOAD(r1.has) + LOAD(r2.has), 0);
	then = stub_backend_unscheds;
	act_start(&w2, W);
	await_stuck(then, 1);
	STORE(w.let, 1);
	await_in(&r1.has, 1);
	await_in(&r2.has, 1);
	ck_assert_int_eq(LOAD(w2.has), 0);
	act_end(&r1);
	act_end(&r2);
	await_in(&w2.has, 1);
	act_end(&w2);
	reap(w.thread);
	rumpuser_rw_destroy(rw);
}
END_TEST

/* The only reader may upgrade past a writer; a downgrade lets readers in. */
START_TEST(rw_changes)
{
	struct actor w, r;
	unsigned int then;

	stub_init();
	rumpuser_rw_init(&rw);
	rumpuser_rw_enter(R, rw);
	act_start(&w, W);
	await_writer();
	ck_assert_int_eq(rumpuser_rw_tryupgrade(rw), 0);
	then = stub_backend_unscheds;
	act_start(&r, R);
	await_stuck(then, 1);
	ck_assert_int_eq(LOAD(w.has) + LOAD(r.has), 0);
	rumpuser_rw_downgrade(rw);
	await_in(&r.has, 1);
	ck_assert_int_eq(LOAD(w.has), 0);
	rumpuser_rw_exit(rw);
	act_end(&r);
	await_in(&w.has, 1);
	act_end(&w);
	rumpuser_rw_destroy(rw);
}
END_TEST

/*
 * Condition variables.
 */

static int woken, mayleave;

static void *
waiter(void *arg)
{

	stub_schedule();
	rumpuser_mutex_enter(mtx);
	BUMP(count);
	while (mayleave == 0) {
		if (arg == NULL)
			rumpuser_cv_wait(cv, mtx);
		else
			ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx,
			    INT64_MAX, 999999999), 0);
	}
	mayleave--;
	BUMP(woken);
	rumpuser_mutex_exit(mtx);
	stub_unschedule();
	return NULL;
}

static int
waiters(void)
{
	int n = -1;

	rumpuser_mutex_enter(mtx);
	rumpuser_cv_has_waiters(cv, &n);
	rumpuser_mutex_exit(mtx);
	return n;
}

START_TEST(cv_wakes)
{
	pthread_t pt[6];
	struct lwp *l;
	int i;

	stub_init();
	rumpuser_mutex_init(&mtx, RUMPUSER_MTX_KMUTEX);
	rumpuser_cv_init(&cv);
	ck_assert_int_eq(waiters(), 0);
	for (i = 0; i < 6; i++)
		pt[i] = spawn(waiter, i % 2 ? &i : NULL);
	await_in(&count, 6);
	/* All of them wait: who has the mutex sees them all. */
	ck_assert_int_eq(waiters(), 6);
	rumpuser_mutex_owner(mtx, &l);
	ck_assert_ptr_null(l);
	for (i = 1; i <= 3; i++) {
		rumpuser_mutex_enter(mtx);
		mayleave = 1;
		rumpuser_cv_signal(cv);
		rumpuser_mutex_exit(mtx);
		await_in(&woken, i);
		ck_assert_int_eq(waiters(), 6 - i);
	}
	rumpuser_mutex_enter(mtx);
	mayleave = 3;
	rumpuser_cv_broadcast(cv);
	rumpuser_mutex_exit(mtx);
	for (i = 0; i < 6; i++)
		reap(pt[i]);
	ck_assert_int_eq(woken, 6);
	ck_assert_int_eq(waiters(), 0);
	/* Nobody is there to be woken: nothing is kept for later. */
	rumpuser_mutex_enter(mtx);
	rumpuser_cv_signal(cv);
	rumpuser_cv_broadcast(cv);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 1000000),
	    NB_ETIMEDOUT);
	rumpuser_mutex_exit(mtx);
	rumpuser_cv_destroy(cv);
	rumpuser_mutex_destroy(mtx);
}
END_TEST

START_TEST(cv_times)
{
	struct lwp *l;
	int64_t t, s;
	long tn, sn;

	stub_init();
	rumpuser_mutex_init(&mtx, RUMPUSER_MTX_KMUTEX);
	rumpuser_cv_init(&cv);
	rumpuser_mutex_enter(mtx);
	errno = 4242;
	rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &t, &tn);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 20000000),
	    NB_ETIMEDOUT);
	rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &s, &sn);
	ck_assert_int_ge((s - t) * 1000000000 + sn - tn, 20000000);
	/* Nanoseconds of over a second; none; less than none. */
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 1000000001),
	    NB_ETIMEDOUT);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 0), NB_ETIMEDOUT);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, -5, 0), NB_ETIMEDOUT);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, -5), NB_ETIMEDOUT);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, INT64_MIN, INT64_MIN),
	    NB_ETIMEDOUT);
	ck_assert_int_eq(errno, 4242);
	rumpuser_mutex_owner(mtx, &l);
	ck_assert_ptr_eq(l, rumpuser_curlwp());
	rumpuser_mutex_exit(mtx);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser locks");
	TCase *tc = tcase_create("locks");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, detaches);
	tcase_add_test(tc, lwps);
	tcase_add_test(tc, mutexes);
	tcase_add_test(tc, rw_held);
	tcase_add_test(tc, rw_turns);
	tcase_add_test(tc, rw_changes);
	tcase_add_test(tc, cv_wakes);
	tcase_add_test(tc, cv_times);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
