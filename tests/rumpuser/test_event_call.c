/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_event_call.c - calls posted to tasks: rumpuser_task_post().
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <rump/rumpuser_event.h>

enum { NB_EAGAIN = 35, NB_EBUSY = 16, NB_EINTR = 4 };

#define ROOM	1024
#define POSTERS	4
#define EACH	50000

static struct rumpuser_task *task;
static struct rumpuser_evthread *thread;
static char order[32];
static unsigned int norder;
static uintptr_t next[POSTERS];
static int wrong, count;

static void
setup(void)
{

	ck_assert_int_eq(rumpuser_task_create(&task, NULL), 0);
}

static void
teardown(void)
{

	ck_assert_int_eq(rumpuser_task_destroy(task), 0);
}

static void
start(void)
{
	struct rumpuser_evthread_attr at = { .et_name = "calls",
	    .et_task = task };

	ck_assert_int_eq(rumpuser_evthread_create(&thread, &at), 0);
	ck_assert_int_eq(rumpuser_evthread_start(thread), 0);
}

static void
finish(void)
{

	rumpuser_task_stop(task);
	ck_assert_int_eq(rumpuser_evthread_free(thread), 0);
}

static void
note(void *env, uintptr_t arg, int error)
{

	ck_assert_ptr_eq(env, order);
	ck_assert_int_eq(error, NB_EINTR);
	order[norder++] = (char)arg;
}

static void
noteabove(void *env, uintptr_t arg, int error)
{

	(void)arg;
	(void)error;
	order[norder++] = *(const char *)env;
}

/* In order, with what they were given, before less urgent work and the stop. */
START_TEST(ordered)
{
	struct rumpuser_work low, high;
	unsigned int ran;
	char c;

	rumpuser_work_init(&low, task, RUMPUSER_PRIO_LOW, noteabove, "l");
	rumpuser_work_init(&high, task, RUMPUSER_PRIO_HIGH, noteabove, "h");
	ck_assert_int_eq(rumpuser_work_post(&low, 0, 0), 0);
	for (c = 'a'; c < 'k'; c++)
		ck_assert_int_eq(rumpuser_task_post(task, note, order,
		    (uintptr_t)c, NB_EINTR), 0);
	ck_assert_int_eq(rumpuser_work_post(&high, 0, 0), 0);
	ck_assert_int_eq(rumpuser_task_step(task, 0, &ran), 0);
	ck_assert_uint_eq(ran, 12);
	ck_assert_str_eq(order, "abcdefghijhl");
}
END_TEST

static void
bump(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	count++;
}

/* Full it says so; what is waiting keeps the task, and a stop waits for it. */
START_TEST(full)
{
	struct rumpuser_task_stats ts;
	int i;

	for (i = 0; i < ROOM; i++)
		ck_assert_int_eq(rumpuser_task_post(task, bump, NULL, 0, 0),
		    0);
	ck_assert_int_eq(rumpuser_task_post(task, bump, NULL, 0, 0),
	    NB_EAGAIN);
	ck_assert_int_eq(rumpuser_task_stats(task, &ts), 0);
	ck_assert_uint_eq(ts.ts_ncalls, ROOM);
	ck_assert_int_eq(rumpuser_task_destroy(task), NB_EBUSY);
	rumpuser_task_stop(task);
	ck_assert_int_eq(rumpuser_task_run(task), 0);
	ck_assert_int_eq(count, ROOM);
	ck_assert_int_eq(rumpuser_task_stats(task, &ts), 0);
	ck_assert_uint_eq(ts.ts_ncalls, 0);
	ck_assert_uint_eq(ts.ts_calls, ROOM);
}
END_TEST

static void
inorder(void *env, uintptr_t arg, int error)
{

	(void)error;
	if (*(uintptr_t *)env != arg)
		wrong++;
	*(uintptr_t *)env = arg + 1;
}

static void *
poster(void *arg)
{
	uintptr_t i;

	for (i = 0; i < EACH; i++)
		while (rumpuser_task_post(task, inorder, arg, i, 0) != 0)
			sched_yield();
	return NULL;
}

/* From several threads: all of them, each thread's in its order. */
START_TEST(posters)
{
	pthread_t pt[POSTERS];
	int i;

	start();
	for (i = 0; i < POSTERS; i++)
		pthread_create(&pt[i], NULL, poster, &next[i]);
	for (i = 0; i < POSTERS; i++)
		pthread_join(pt[i], NULL);
	finish();
	ck_assert_int_eq(wrong, 0);
	for (i = 0; i < POSTERS; i++)
		ck_assert_uint_eq(next[i], EACH);
}
END_TEST

static void
echo(void *env, uintptr_t arg, int error)
{

	(void)error;
	__atomic_store_n((uintptr_t *)env, arg, __ATOMIC_RELEASE);
}

/* One at a time, to a task that has gone to sleep, or is about to. */
START_TEST(wakes)
{
	uintptr_t i, got = 0;

	start();
	for (i = 1; i <= 20000; i++) {
		ck_assert_int_eq(rumpuser_task_post(task, echo, &got, i, 0),
		    0);
		while (__atomic_load_n(&got, __ATOMIC_ACQUIRE) != i)
			if (i % 4 != 0)
				sched_yield();
		if (i % 1000 == 0)
			usleep(1000);
	}
	finish();
}
END_TEST

static void
again(void *env, uintptr_t arg, int error)
{

	(void)error;
	count++;
	if (arg > 0)
		ck_assert_int_eq(rumpuser_task_post(task, again, env, arg - 1,
		    0), 0);
	else
		rumpuser_task_stop(task);
}

/* A call may post. */
START_TEST(nested)
{

	ck_assert_int_eq(rumpuser_task_post(task, again, NULL, 5000, 0), 0);
	ck_assert_int_eq(rumpuser_task_run(task), 0);
	ck_assert_int_eq(count, 5001);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("event_call");
	TCase *tc = tcase_create("call");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, ordered);
	tcase_add_test(tc, full);
	tcase_add_test(tc, posters);
	tcase_add_test(tc, wakes);
	tcase_add_test(tc, nested);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
