/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_offload.c - fibers that block in the host on spare threads: nobody
 * else waits for them, and there are never more threads than allowed.
 */
#include "stub.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <rump/rumpuser_component.h>
#include <rump/rumpuser_fiber.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { NB_ENOMEM = 12, NB_EINVAL = 22, NB_EAGAIN = 35 };

#ifndef ROUNDS
#define ROUNDS	20
#endif
#define NFIBERS	100

/*
 * A scheduler on one host thread: a queue of fibers that are ready.
 */

struct job {
	struct rumpuser_fiber *fiber;
	struct job *next;
	struct lwp lwp;
	int fd, done;
};

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cv = PTHREAD_COND_INITIALIZER;
static struct job *queue, **tail = &queue;
static int finished, blocked, moved;
static pthread_t home;
static int forever[2];

static void
ready(void *arg)
{
	struct job *j = arg;

	pthread_mutex_lock(&mtx);
	j->next = NULL;
	*tail = j;
	tail = &j->next;
	pthread_cond_signal(&cv);
	pthread_mutex_unlock(&mtx);
}

static void
block(void *arg)
{

	(void)arg;
	ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), 0);
	__atomic_add_fetch(&blocked, 1, __ATOMIC_SEQ_CST);
}

static void
unblock(void *arg)
{

	__atomic_sub_fetch(&blocked, 1, __ATOMIC_SEQ_CST);
	rumpuser_fiber_switch(NULL, ready, arg);
}

static const struct rumpuser_fiber_hooks hooks = { block, unblock };

static void
job_done(void *arg)
{
	struct job *j = arg;

	ck_assert_int_eq(rumpuser_fiber_destroy(j->fiber), 0);
	j->done = 1;
	finished++;
}

/* Until @n have finished. */
static void
run(int n)
{
	struct job *j;

	home = pthread_self();
	while (finished < n) {
		pthread_mutex_lock(&mtx);
		while ((j = queue) == NULL)
			pthread_cond_wait(&cv, &mtx);
		if ((queue = j->next) == NULL)
			tail = &queue;
		pthread_mutex_unlock(&mtx);
		ck_assert_int_eq(rumpuser_fiber_switch(j->fiber, NULL, NULL),
		    0);
		ck_assert(pthread_equal(home, pthread_self()));
	}
}

static void
start(struct job *j, void (*fn)(void *))
{

	ck_assert_int_eq(rumpuser_fiber_create(fn, j, "job", 0, &j->fiber), 0);
	rumpuser_fiber_sethooks(j->fiber, &hooks, j);
	ready(j);
}

static __attribute__((__noinline__)) int
athome(void)
{

	return pthread_equal(pthread_self(), home);
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

static void
there_and_back(void *arg)
{
	struct job *j = arg;
	sigset_t set;

	ck_assert_int_ne(athome(), 0);
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &j->lwp);
	ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), 0);
	ck_assert_int_eq(athome(), 0);
	ck_assert_ptr_eq(rumpuser_curlwp(), &j->lwp);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	ck_assert(sigismember(&set, SIGINT));
	/* Again: it is there already. */
	moved = 0;
	ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), 0);
	rumpuser_fiber_switch(NULL, ready, j);
	ck_assert_int_ne(athome(), 0);
	ck_assert_ptr_eq(rumpuser_curlwp(), &j->lwp);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &j->lwp);
	rumpuser_fiber_exit(NULL, job_done, j);
}

START_TEST(moves)
{
	static struct job j;

	ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), NB_EINVAL);
	start(&j, there_and_back);
	run(1);
	ck_assert_ptr_null(rumpuser_curlwp());
}
END_TEST

/* A private hypercall, as components make them. */
static __attribute__((__noinline__)) void
hypercall(struct job *j)
{
	void *cookie = rumpuser_component_unschedule();
	char c;

	if (j->fd >= 0)
		(void)!read(j->fd, &c, 1);
	else
		usleep(1000);
	rumpuser_component_schedule(cookie);
}

static void
worker(void *arg)
{
	struct job *j = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		hypercall(j);
		ck_assert_int_ne(athome(), 0);
		ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL,
		    0, 1000), 0);
		ck_assert_int_ne(athome(), 0);
	}
	rumpuser_fiber_exit(NULL, job_done, j);
}

static void *
nothing(void *arg)
{

	return arg;
}

/* One blocks for ever: all others finish, on a bounded number of threads. */
START_TEST(blockforever)
{
	static struct job jobs[NFIBERS];
	int i, most = 0, n;
	pthread_t pt;

	/* A sanitizer makes a thread of its own with the first one. */
	pthread_create(&pt, NULL, nothing, NULL);
	pthread_join(pt, NULL);
	setenv("RUMP_SPARES", "8", 1);
	ck_assert_int_eq(pipe(forever), 0);
	for (i = 0; i < NFIBERS; i++) {
		jobs[i].fd = i == NFIBERS / 2 ? forever[0] : -1;
		start(&jobs[i], worker);
	}
	n = nthreads();
	for (i = 1; i < NFIBERS; i++) {
		run(i);
		if (nthreads() > most)
			most = nthreads();
	}
	ck_assert_int_eq(finished, NFIBERS - 1);
	/* One that has ended may be seen beside the one in its place. */
	ck_assert_int_le(most, n + 8 + 1);
	ck_assert_int_eq(jobs[NFIBERS / 2].done, 0);
	ck_assert_int_eq(__atomic_load_n(&blocked, __ATOMIC_SEQ_CST), 1);
	/* It comes back when it can, and the threads go. */
	close(forever[1]);
	run(NFIBERS);
	for (i = 0; i < 500 && nthreads() > n; i++)
		usleep(20000);
	ck_assert_int_eq(nthreads(), n);
}
END_TEST

/* With the kernel's virtual CPU: it is given up first and taken back last. */
static void
with_lwp(void *arg)
{
	struct job *j = arg;
	int i;

	rumpuser_curlwpop(RUMPUSER_LWP_SET, &j->lwp);
	for (i = 0; i < ROUNDS; i++) {
		stub_schedule();
		hypercall(j);
		ck_assert_int_eq(stub_hascpu(), 1);
		ck_assert_ptr_eq(rumpuser_curlwp(), &j->lwp);
		stub_unschedule();
	}
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &j->lwp);
	rumpuser_fiber_exit(NULL, job_done, j);
}

START_TEST(virtualcpu)
{
	static struct job jobs[4];
	int i;

	stub_init();
	stub_unschedule();
	for (i = 0; i < 4; i++) {
		jobs[i].fd = -1;
		start(&jobs[i], with_lwp);
	}
	run(4);
	ck_assert_uint_eq(stub_backend_unscheds, 4 * ROUNDS);
}
END_TEST

/* Several schedulers' worth of moves at once. */
static void
mover(void *arg)
{
	struct job *j = arg;
	int i;

	for (i = 0; i < ROUNDS * 10; i++) {
		ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), 0);
		__atomic_add_fetch(&moved, 1, __ATOMIC_RELAXED);
		rumpuser_fiber_switch(NULL, ready, j);
	}
	rumpuser_fiber_exit(NULL, job_done, j);
}

START_TEST(busy)
{
	static struct job jobs[16];
	int i;

	setenv("RUMP_SPARES", "5", 1);
	for (i = 0; i < 16; i++)
		start(&jobs[i], mover);
	run(16);
	ck_assert_int_eq(moved, 16 * ROUNDS * 10);
}
END_TEST

/* Ends on the spare thread, which goes on to serve others. */
static void
ends_there(void *arg)
{

	ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), 0);
	pthread_mutex_lock(&mtx);
	finished++;
	pthread_cond_signal(&cv);
	pthread_mutex_unlock(&mtx);
	(void)arg;
}

START_TEST(endsthere)
{
	struct rumpuser_fiber *f;
	int i;

	setenv("RUMP_SPARES", "1", 1);
	for (i = 1; i <= 50; i++) {
		ck_assert_int_eq(rumpuser_fiber_create(ends_there, NULL, "x",
		    0, &f), 0);
		rumpuser_fiber_switch(f, NULL, NULL);
		pthread_mutex_lock(&mtx);
		while (finished < i)
			pthread_cond_wait(&cv, &mtx);
		pthread_mutex_unlock(&mtx);
		while (rumpuser_fiber_destroy(f) != 0)
			usleep(100);
	}
}
END_TEST

#ifndef SANITIZED
static void
nothread(void *arg)
{
	const struct rlimit none = { 0, RLIM_INFINITY };
	struct rlimit old;
	struct job *j = arg;

	getrlimit(RLIMIT_AS, &old);
	setrlimit(RLIMIT_AS, &none);
	moved = rumpuser_fiber_offload(NULL, NULL);
	setrlimit(RLIMIT_AS, &old);
	ck_assert_int_ne(athome(), 0);
	ck_assert_int_eq(moved, NB_EAGAIN);
	ck_assert_int_eq(rumpuser_fiber_offload(NULL, NULL), 0);
	ck_assert_int_eq(athome(), 0);
	rumpuser_fiber_switch(NULL, ready, j);
	rumpuser_fiber_exit(NULL, job_done, j);
}

/* No thread can be had: the fiber stays where it is and is told. */
START_TEST(nothreads)
{
	static struct job j;

	start(&j, nothread);
	run(1);
}
END_TEST
#endif

#ifndef WITH_TSAN	/* which has no threads in a child */
/* A child has no spare threads, and makes its own. */
START_TEST(forked)
{
	static struct job jobs[2];
	int status;
	pid_t pid;

	start(&jobs[0], there_and_back);
	run(1);
	if ((pid = fork()) == 0) {
		start(&jobs[1], there_and_back);
		run(2);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST
#endif

int
main(void)
{
	Suite *s = suite_create("rumpuser offload");
	TCase *tc = tcase_create("offload");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, moves);
	tcase_add_test(tc, blockforever);
	tcase_add_test(tc, virtualcpu);
	tcase_add_test(tc, busy);
	tcase_add_test(tc, endsthere);
#ifndef SANITIZED
	tcase_add_test(tc, nothreads);
#endif
#ifndef WITH_TSAN
	tcase_add_test(tc, forked);
#endif
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
