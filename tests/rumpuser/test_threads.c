/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_threads.c - threads, lwps, locks and condition variables of the host
 * layer, with the stub's virtual CPU.
 */
#include "stub.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_component.h>
#include <rump/rumpuser_fiber.h>

enum { NB_EBUSY = 16, NB_ETIMEDOUT = 60 };

#define NTHREADS	8
#define ROUNDS		2000

static struct rumpuser_mtx *mtx;
static struct rumpuser_rw *rw;
static struct rumpuser_cv *cv;
static int counter, ready, stop;

static void *
start(void *(*fn)(void *), void *arg)
{
	void *cookie;

	ck_assert_int_eq(rumpuser_thread_create(fn, arg, "worker", 1, -1, -1,
	    &cookie), 0);
	return cookie;
}

static void
run_all(void *(*fn)(void *))
{
	void *cookies[NTHREADS];
	int i;

	for (i = 0; i < NTHREADS; i++)
		cookies[i] = start(fn, NULL);
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(rumpuser_thread_join(cookies[i]), 0);
	ck_assert_int_eq(stub_hascpu(), 1);
}

/* Let others run into a lock that is held. */
static void
letothers(void)
{

#ifdef FIBER_HOST
	(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 0);
#else
	stub_unschedule();
	sched_yield();
	stub_schedule();
#endif
}

#ifdef FIBER_HOST
/* The name is the fiber's. */
static int
isworker(const struct rumpuser_fiber_info *fi, void *arg)
{

	return fi->fiber == arg && strcmp(fi->name, "worker") == 0;
}

static void
host_checks(void)
{

	ck_assert_int_eq(rumpuser_fiber_walk(isworker,
	    rumpuser_fiber_current()), 1);
}
#else
static void
host_checks(void)
{
	sigset_t set;
	char name[16];

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	ck_assert(sigismember(&set, SIGINT));
	ck_assert(!sigismember(&set, SIGSEGV));
	pthread_getname_np(pthread_self(), name, sizeof(name));
	ck_assert_str_eq(name, "worker");
}
#endif

static void *
thread_checks(void *arg)
{

	(void)arg;
	ck_assert_ptr_null(rumpuser_curlwp());
	host_checks();
	rumpuser_component_kthread();
	ck_assert_ptr_nonnull(rumpuser_curlwp());
	ck_assert_ptr_eq(rumpuser_curlwp(), rumpuser_component_curlwp());
	rumpuser_component_kthread_release();
	ck_assert_ptr_null(rumpuser_curlwp());
	/* This one is forgotten; the end of the thread gives it back. */
	rumpuser_component_kthread();
	rumpuser_thread_exit();
}

START_TEST(threads)
{

	stub_init();
	run_all(thread_checks);
	ck_assert_uint_eq(stub_releases, 2 * NTHREADS);
}
END_TEST

static void
bump(void *arg)
{

	__atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

static void *
exiting(void *arg)
{

	(void)arg;
	ck_assert_int_eq(rumpuser_thread_onexit(bump, &ready), 0);
	ck_assert_int_eq(rumpuser_thread_onexit(bump, &counter), 0);
	return NULL;
}

START_TEST(onexit)
{

	stub_init();
	run_all(exiting);
	ck_assert_int_eq(counter, NTHREADS);
	ck_assert_int_eq(ready, 0);
}
END_TEST

static void *
mutex_worker(void *arg)
{
	struct lwp self = { 1 }, *l;
	int i;

	(void)arg;
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &self);
	stub_schedule();
	for (i = 0; i < ROUNDS; i++) {
		rumpuser_mutex_enter(mtx);
		rumpuser_mutex_owner(mtx, &l);
		ck_assert_ptr_eq(l, &self);
		counter++;
		if (i % 64 == 0) {
			/* Let others run into the mutex. */
			letothers();
		}
		rumpuser_mutex_exit(mtx);
	}
	stub_unschedule();
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &self);
	return NULL;
}

START_TEST(mutexes)
{
	struct lwp *l;

	stub_init();
	rumpuser_mutex_init(&mtx, RUMPUSER_MTX_KMUTEX);
	ck_assert_int_eq(rumpuser_mutex_tryenter(mtx), 0);
	ck_assert_int_eq(rumpuser_mutex_tryenter(mtx), NB_EBUSY);
	rumpuser_mutex_exit(mtx);
	run_all(mutex_worker);
	ck_assert_int_eq(counter, NTHREADS * ROUNDS);
	rumpuser_mutex_owner(mtx, &l);
	ck_assert_ptr_null(l);
	rumpuser_mutex_destroy(mtx);
}
END_TEST

static int readers;

static void *
rw_worker(void *arg)
{
	struct lwp self = { 1 };
	int i, held;

	(void)arg;
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &self);
	stub_schedule();
	for (i = 0; i < ROUNDS; i++) {
		if (i % 4 != 0) {
			rumpuser_rw_enter(RUMPUSER_RW_READER, rw);
			readers++;	/* the virtual CPU guards it */
			rumpuser_rw_held(RUMPUSER_RW_READER, rw, &held);
			ck_assert_int_eq(held, 1);
			if (i % 16 == 1) {
				letothers();
			}
			readers--;
			if (i % 5 == 0 && rumpuser_rw_tryupgrade(rw) == 0) {
				ck_assert_int_eq(readers, 0);
				counter++;
			}
		} else {
			rumpuser_rw_enter(RUMPUSER_RW_WRITER, rw);
			rumpuser_rw_held(RUMPUSER_RW_WRITER, rw, &held);
			ck_assert_int_eq(held, 1);
			ck_assert_int_eq(readers, 0);
			counter++;
			if (i % 8 == 0)
				rumpuser_rw_downgrade(rw);
		}
		rumpuser_rw_exit(rw);
	}
	stub_unschedule();
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &self);
	return NULL;
}

START_TEST(rwlocks)
{
	int held;

	stub_init();
	rumpuser_rw_init(&rw);
	ck_assert_int_eq(rumpuser_rw_tryenter(RUMPUSER_RW_READER, rw), 0);
	ck_assert_int_eq(rumpuser_rw_tryenter(RUMPUSER_RW_READER, rw), 0);
	ck_assert_int_eq(rumpuser_rw_tryenter(RUMPUSER_RW_WRITER, rw),
	    NB_EBUSY);
	ck_assert_int_eq(rumpuser_rw_tryupgrade(rw), NB_EBUSY);
	rumpuser_rw_exit(rw);
	ck_assert_int_eq(rumpuser_rw_tryupgrade(rw), 0);
	ck_assert_int_eq(rumpuser_rw_tryenter(RUMPUSER_RW_READER, rw),
	    NB_EBUSY);
	rumpuser_rw_downgrade(rw);
	rumpuser_rw_exit(rw);
	rumpuser_rw_held(RUMPUSER_RW_READER, rw, &held);
	ck_assert_int_eq(held, 0);
	run_all(rw_worker);
	ck_assert_int_ge(counter, NTHREADS * ROUNDS / 4);
	rumpuser_rw_destroy(rw);
}
END_TEST

static void *
cv_worker(void *arg)
{
	int i;

	(void)arg;
	stub_schedule();
	rumpuser_mutex_enter(mtx);
	ready++;
	for (i = 0; i < 50; i++) {
		while (counter <= i && !stop)
			rumpuser_cv_wait(cv, mtx);
		ck_assert_int_eq(stub_hascpu(), 1);
		ck_assert_int_ne(rumpuser_mutex_tryenter(mtx), 0);
	}
	rumpuser_mutex_exit(mtx);
	stub_unschedule();
	return NULL;
}

static void
cv_rounds(int flags)
{
	void *cookies[NTHREADS];
	int i, waiters;

	stub_init();
	rumpuser_mutex_init(&mtx, flags);
	rumpuser_cv_init(&cv);
	for (i = 0; i < NTHREADS; i++)
		cookies[i] = start(cv_worker, NULL);
	for (i = 0; i < 50; i++) {
		(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 200000);
		rumpuser_mutex_enter(mtx);
		counter++;
		rumpuser_cv_broadcast(cv);
		rumpuser_mutex_exit(mtx);
	}
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(rumpuser_thread_join(cookies[i]), 0);
	rumpuser_mutex_enter(mtx);
	rumpuser_cv_has_waiters(cv, &waiters);
	ck_assert_int_eq(waiters, 0);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 5000000),
	    NB_ETIMEDOUT);
	ck_assert_int_eq(stub_hascpu(), 1);
	rumpuser_mutex_exit(mtx);
	rumpuser_cv_destroy(cv);
	rumpuser_mutex_destroy(mtx);
}

START_TEST(condvars)
{

	cv_rounds(RUMPUSER_MTX_KMUTEX);
}
END_TEST

START_TEST(condvars_spin)
{

	cv_rounds(RUMPUSER_MTX_KMUTEX | RUMPUSER_MTX_SPIN);
}
END_TEST

static int held_then, scheds;

/* Is the interlock held when the virtual CPU is asked for? */
static void
look(void *interlock)
{

	ck_assert_ptr_eq(interlock, mtx);
	scheds++;
	held_then = rumpuser_mutex_tryenter(mtx) != 0;
	if (!held_then)
		rumpuser_mutex_exit(mtx);
}

static void
order(int flags, int held)
{

	rumpuser_mutex_init(&mtx, flags);
	rumpuser_cv_init(&cv);
	ck_assert_int_eq(rumpuser_mutex_tryenter(mtx), 0);
	stub_on_schedule = look;
	held_then = -1;
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 1000), NB_ETIMEDOUT);
	ck_assert_int_eq(held_then, held);
	stub_on_schedule = NULL;
	ck_assert_int_eq(rumpuser_mutex_tryenter(mtx), NB_EBUSY);
	rumpuser_mutex_exit(mtx);
	rumpuser_cv_destroy(cv);
	rumpuser_mutex_destroy(mtx);
}

/* The order in which rumpuser(3) has the CPU and the mutex come back. */
START_TEST(cv_order)
{

	stub_init();
	order(RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX, 0);
	order(RUMPUSER_MTX_SPIN, 1);
	order(RUMPUSER_MTX_KMUTEX, 1);
	ck_assert_int_eq(scheds, 3);
	/* The variants for the scheduler do not ask for it at all. */
	rumpuser_mutex_init(&mtx, RUMPUSER_MTX_SPIN);
	rumpuser_cv_init(&cv);
	rumpuser_mutex_enter_nowrap(mtx);
	stub_on_schedule = look;
	ck_assert_int_eq(rumpuser_cv_timedwait_nowrap(cv, mtx, 0, 1000),
	    NB_ETIMEDOUT);
	ck_assert_int_eq(scheds, 3);
	rumpuser_mutex_exit(mtx);
}
END_TEST

static int items, produced;
#define ITEMS		4000

/*
 * A queue with the virtual CPU, the mutex and the condition variable all
 * contended: whoever comes back in the wrong order stops it for good.
 */
static void *
queue_worker(void *arg)
{
	const int producer = (int)(intptr_t)arg;
	int waiters;

	stub_schedule();
	for (;;) {
		rumpuser_mutex_enter(mtx);
		if (produced == ITEMS && (producer || items == 0))
			break;
		if (producer && items < 4) {
			items++;
			produced++;
			rumpuser_cv_signal(cv);
		} else if (!producer && items > 0) {
			items--;
			counter++;
			rumpuser_cv_broadcast(cv);
		} else if (counter % 3 == 0) {
			(void)rumpuser_cv_timedwait(cv, mtx, 0, 200000);
		} else {
			rumpuser_cv_wait(cv, mtx);
		}
		ck_assert_int_eq(stub_hascpu(), 1);
		rumpuser_cv_has_waiters(cv, &waiters);
		ck_assert(waiters >= 0 && waiters < NTHREADS);
		rumpuser_mutex_exit(mtx);
		if (counter % 16 == 0) {
			letothers();
		}
	}
	rumpuser_cv_broadcast(cv);
	rumpuser_mutex_exit(mtx);
	stub_unschedule();
	return NULL;
}

static void
torture(int flags)
{
	void *cookies[NTHREADS];
	int i;

	stub_init();
	rumpuser_mutex_init(&mtx, flags);
	rumpuser_cv_init(&cv);
	for (i = 0; i < NTHREADS; i++)
		cookies[i] = start(queue_worker, (void *)(intptr_t)(i % 2));
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(rumpuser_thread_join(cookies[i]), 0);
	ck_assert_int_eq(counter, ITEMS);
	ck_assert_int_eq(items, 0);
	rumpuser_cv_destroy(cv);
	rumpuser_mutex_destroy(mtx);
}

START_TEST(cv_torture)
{

	torture(RUMPUSER_MTX_KMUTEX);
}
END_TEST

START_TEST(cv_torture_spin)
{

	torture(RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX);
}
END_TEST

#ifndef FIBER_HOST
static void *
cancelled_worker(void *arg)
{

	(void)arg;
	stub_schedule();
	rumpuser_mutex_enter(mtx);
	ready = 1;
	while (!stop)
		rumpuser_cv_wait(cv, mtx);
	counter++;
	rumpuser_mutex_exit(mtx);
	(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1000);
	counter++;
	stub_unschedule();
	pthread_testcancel();
	counter++;
	return NULL;
}

/* Cancellation waits until the thread is out of the kernel. */
START_TEST(cancellation)
{
	pthread_t pt;
	void *rv;

	stub_init();
	rumpuser_mutex_init(&mtx, 0);
	rumpuser_cv_init(&cv);
	ck_assert_int_eq(pthread_create(&pt, NULL, cancelled_worker, NULL),
	    0);
	while (!ready)
		(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 100000);
	pthread_cancel(pt);
	(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 5000000);
	rumpuser_mutex_enter(mtx);
	ck_assert_int_eq(counter, 0);
	stop = 1;
	rumpuser_cv_signal(cv);
	rumpuser_mutex_exit(mtx);
	stub_unschedule();
	ck_assert_int_eq(pthread_join(pt, &rv), 0);
	ck_assert_ptr_eq(rv, PTHREAD_CANCELED);
	ck_assert_int_eq(counter, 2);
}
END_TEST

#endif

START_TEST(membarrier)
{

	stub_init();
	if (rumpuser_membarrier(RUMPUSER_MEMBARRIER_INIT) == 0)
		ck_assert_int_eq(rumpuser_membarrier(
		    RUMPUSER_MEMBARRIER_SYNC), 0);
	ck_assert_int_ne(rumpuser_membarrier(7), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser threads");
	TCase *tc = tcase_create("threads");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, onexit);
	tcase_add_test(tc, mutexes);
	tcase_add_test(tc, rwlocks);
	tcase_add_test(tc, condvars);
	tcase_add_test(tc, condvars_spin);
	tcase_add_test(tc, cv_order);
	tcase_add_test(tc, cv_torture);
	tcase_add_test(tc, cv_torture_spin);
#ifndef FIBER_HOST
	tcase_add_test(tc, cancellation);
#endif
	tcase_add_test(tc, membarrier);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
