/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fiberhost.c - what is the fiber host's own: one host thread, sleeping
 * by the next deadline, an order that repeats, deadlock, the ends of threads.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_fiber.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { NB_EAGAIN = 35, NB_ETIMEDOUT = 60 };

#define MS	1000000L

static struct rumpuser_mtx *mtx;
static struct rumpuser_cv *cv;
static char trace[4096];

static void *
start(void *(*fn)(void *), void *arg)
{
	void *cookie;

	ck_assert_int_eq(rumpuser_thread_create(fn, arg, "t", 1, -1, -1,
	    &cookie), 0);
	return cookie;
}

static void
nap(long ms)
{

	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0,
	    ms * MS), 0);
}

static int64_t
now(void)
{
	int64_t sec;
	long nsec;

	rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec, &nsec);
	return sec * 1000 + nsec / MS;
}

static int
nthreads(void)
{
	struct dirent *e;
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* 500 threads sleep at once, on one host thread. */
static void *
sleeper(void *arg)
{

	nap(50 + (long)(intptr_t)arg % 7);
	return NULL;
}

START_TEST(onethread)
{
	void *cookies[500];
	int before = nthreads();
	int64_t t = now();
	intptr_t i;

	for (i = 0; i < 500; i++)
		cookies[i] = start(sleeper, (void *)i);
	nap(10);
	ck_assert_int_eq(nthreads(), before);
	for (i = 0; i < 500; i++)
		ck_assert_int_eq(rumpuser_thread_join(cookies[i]), 0);
	t = now() - t;
	ck_assert_int_ge(t, 50);
	ck_assert_int_lt(t, 500 * 50 / 2);
}
END_TEST

/* Whoever sleeps shortest is first; ties in the order of arrival. */
static void *
noted(void *arg)
{
	static const int ms[] = { 30, 10, 20, 10 };
	char c[2] = { (char)('a' + (intptr_t)arg), 0 };

	nap(ms[(intptr_t)arg]);
	strcat(trace, c);
	return NULL;
}

START_TEST(deadlines)
{
	void *cookies[4];
	intptr_t i;

	for (i = 0; i < 4; i++)
		cookies[i] = start(noted, (void *)i);
	for (i = 0; i < 4; i++)
		rumpuser_thread_join(cookies[i]);
	ck_assert_str_eq(trace, "bdca");
}
END_TEST

/* Lock and wait the same way twice: the same order, to the letter. */
static void *
contender(void *arg)
{
	char c[2] = { (char)('a' + (intptr_t)arg), 0 };
	int i;

	for (i = 0; i < 50; i++) {
		rumpuser_mutex_enter(mtx);
		strcat(trace, c);
		if (i % 3 == (intptr_t)arg % 3)
			(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0,
			    0);
		if (i % 5 == 0)
			rumpuser_cv_broadcast(cv);
		else if (i % 7 == 0)
			(void)rumpuser_cv_timedwait(cv, mtx, 0, 0);
		rumpuser_mutex_exit(mtx);
	}
	return NULL;
}

START_TEST(repeats)
{
	static char first[sizeof(trace)];
	void *cookies[5];
	intptr_t i, round;

	rumpuser_mutex_init(&mtx, 0);
	rumpuser_cv_init(&cv);
	for (round = 0; round < 2; round++) {
		trace[0] = '\0';
		for (i = 0; i < 5; i++)
			cookies[i] = start(contender, (void *)i);
		for (i = 0; i < 5; i++)
			rumpuser_thread_join(cookies[i]);
		ck_assert_uint_eq(strlen(trace), 250);
		if (round == 0)
			strcpy(first, trace);
	}
	ck_assert_str_eq(first, trace);
	rumpuser_cv_destroy(cv);
	rumpuser_mutex_destroy(mtx);
}
END_TEST

/* A timed wait that is signalled, and one that is not, at their times. */
static void *
signaller(void *arg)
{

	(void)arg;
	nap(10);
	rumpuser_mutex_enter(mtx);
	rumpuser_cv_signal(cv);
	rumpuser_mutex_exit(mtx);
	return NULL;
}

START_TEST(timedwait)
{
	void *cookie;
	int64_t t;

	rumpuser_mutex_init(&mtx, 0);
	rumpuser_cv_init(&cv);
	cookie = start(signaller, NULL);
	rumpuser_mutex_enter(mtx);
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 3600, 0), 0);
	t = now();
	ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 0, 20 * MS),
	    NB_ETIMEDOUT);
	ck_assert_int_ge(now() - t, 19);
	rumpuser_mutex_exit(mtx);
	rumpuser_thread_join(cookie);
	rumpuser_cv_destroy(cv);
	rumpuser_mutex_destroy(mtx);
}
END_TEST

START_TEST(deadlock)
{

	rumpuser_mutex_init(&mtx, 0);
	rumpuser_mutex_enter(mtx);
	rumpuser_mutex_enter(mtx);
}
END_TEST

#ifndef WITH_TSAN
static void *
foreign(void *arg)
{

	nap(1);
	return arg;
}

/* A host thread that is not the one: refused before it does harm. */
START_TEST(foreigner)
{
	pthread_t pt;

	rumpuser_thread_join(start(sleeper, NULL));
	pthread_create(&pt, NULL, foreign, NULL);
	pthread_join(pt, NULL);
}
END_TEST
#endif

static void *
last(void *arg)
{

	nap(5);
	if (write(*(int *)arg, "x", 1) != 1)
		_exit(9);
	return NULL;
}

/* Before a leak check, which would not see the main thread's stack. */
static void
quit(void)
{

	_exit(0);
}

/* The main thread ends first; the process goes on until the last one. */
START_TEST(mainends)
{
	int fds[2], status;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(fds), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		atexit(quit);
		(void)start(last, &fds[1]);
		rumpuser_thread_exit();
	}
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void *
counts(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		nap(5);
		++*(int *)arg;
	}
	return NULL;
}

/* In a child there is the thread that forked, and it can make others. */
START_TEST(forked)
{
	int n = 0, status;
	void *cookie = start(counts, &n);
	pid_t pid;

	nap(1);
	if ((pid = fork()) == 0) {
		nap(40);
		if (n != 0)
			_exit(1);
		rumpuser_thread_join(start(counts, &n));
		_exit(n == 3 ? 0 : 2);
	}
	rumpuser_thread_join(cookie);
	ck_assert_int_eq(n, 3);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void *
offloads(void *arg)
{

	*(int *)arg = rumpuser_fiber_offload(NULL, NULL);
	return NULL;
}

START_TEST(nospares)
{
	int error = 0;

	rumpuser_thread_join(start(offloads, &error));
	ck_assert_int_eq(error, NB_EAGAIN);
}
END_TEST

#ifndef SANITIZED
/* No room for a stack: an error, and all is well afterwards. */
START_TEST(nomemory)
{
	const struct rlimit none = { 1 << 20, RLIM_INFINITY };
	struct rlimit old;
	void *cookie;
	int error;

	getrlimit(RLIMIT_AS, &old);
	setrlimit(RLIMIT_AS, &none);
	error = rumpuser_thread_create(sleeper, NULL, "t", 1, -1, -1, &cookie);
	setrlimit(RLIMIT_AS, &old);
	ck_assert_int_eq(error, NB_EAGAIN);
	ck_assert_int_eq(rumpuser_thread_join(start(sleeper, NULL)), 0);
}
END_TEST
#endif

int
main(void)
{
	Suite *s = suite_create("fiber host");
	TCase *tc = tcase_create("fiber host");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, onethread);
	tcase_add_test(tc, deadlines);
	tcase_add_test(tc, repeats);
	tcase_add_test(tc, timedwait);
	tcase_add_test_raise_signal(tc, deadlock, SIGABRT);
#ifndef WITH_TSAN
	tcase_add_test_raise_signal(tc, foreigner, SIGABRT);
#endif
	tcase_add_test(tc, mainends);
	tcase_add_test(tc, forked);
	tcase_add_test(tc, nospares);
#ifndef SANITIZED
	tcase_add_test(tc, nomemory);
#endif
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
