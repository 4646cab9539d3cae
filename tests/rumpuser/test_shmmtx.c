/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_shmmtx.c - the mutex between processes: exclusion, owners that die,
 * the dirty flag.
 */
#include "shmutil.h"
#include "stub.h"

#include <sys/mman.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

/* What the tests share with their children. */
static struct shared {
	struct rumpuser_shmmtx mtx;
	unsigned long a, b;		/* equal under the mutex */
	int go, said;
} *sh;

static void
setup(void)
{

	sh = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(sh, MAP_FAILED);
	rumpuser_shmmtx_init(&sh->mtx);
}

static void
teardown(void)
{

	munmap(sh, 4096);
}

START_TEST(basics)
{
	struct rumpuser_shmmtx *m = &sh->mtx;
	int32_t tid;
	int dirty;

	errno = 77;
	rumpuser_shmmtx_owner(m, &tid, &dirty);
	ck_assert_int_eq(tid, 0);
	ck_assert_int_eq(dirty, 0);
	GIVES(rumpuser_shmmtx_exit(m), NB_EPERM);
	GIVES(rumpuser_shmmtx_clean(m), NB_EPERM);
	OK(rumpuser_shmmtx_enter(m));
	rumpuser_shmmtx_owner(m, &tid, NULL);
	ck_assert_int_eq(tid, syscall(SYS_gettid));
	GIVES(rumpuser_shmmtx_enter(m), NB_EDEADLK);
	GIVES(rumpuser_shmmtx_tryenter(m), NB_EBUSY);
	OK(rumpuser_shmmtx_exit(m));
	GIVES(rumpuser_shmmtx_exit(m), NB_EPERM);
	OK(rumpuser_shmmtx_tryenter(m));
	OK(rumpuser_shmmtx_clean(m));
	OK(rumpuser_shmmtx_exit(m));
	OK(rumpuser_shmmtx_timedenter(m, 0));
	OK(rumpuser_shmmtx_exit(m));
	ck_assert_int_eq(errno, 77);
}
END_TEST

#define ROUNDS	20000

static void *
count(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (i % 7 == 0)
			while (rumpuser_shmmtx_tryenter(&sh->mtx) != 0)
				sched_yield();
		else if (rumpuser_shmmtx_enter(&sh->mtx) != 0)
			abort();
		sh->a++;
		if (i % 512 == 0)
			sched_yield();
		sh->b++;
		if (sh->a != sh->b || rumpuser_shmmtx_exit(&sh->mtx) != 0)
			abort();
	}
	return NULL;
}

START_TEST(threads)
{
	pthread_t t[4];
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, count, NULL);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(sh->a, 4 * ROUNDS);
}
END_TEST

START_TEST(processes)
{
	pid_t pid[4];
	int i;

	fflush(NULL);
	for (i = 0; i < 4; i++)
		if ((pid[i] = fork()) == 0) {
			count(NULL);
			_exit(0);
		}
	for (i = 0; i < 4; i++)
		reaped(pid[i], 0);
	ck_assert_uint_eq(sh->a, 4 * ROUNDS);
	OK(rumpuser_shmmtx_enter(&sh->mtx));
	OK(rumpuser_shmmtx_exit(&sh->mtx));
}
END_TEST

/* A child that has the mutex. */
static pid_t
holder(void)
{
	pid_t pid;

	__atomic_store_n(&sh->said, 0, __ATOMIC_SEQ_CST);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		CHILD_OK(rumpuser_shmmtx_enter(&sh->mtx));
		__atomic_store_n(&sh->said, 1, __ATOMIC_SEQ_CST);
		for (;;)
			pause();
	}
	while (!__atomic_load_n(&sh->said, __ATOMIC_SEQ_CST))
		usleep(100);
	return pid;
}

/* Every owner is told until one says that things are right again. */
static void
dirty_until_clean(void)
{
	int dirty;

	OK(rumpuser_shmmtx_exit(&sh->mtx));
	rumpuser_shmmtx_owner(&sh->mtx, NULL, &dirty);
	ck_assert_int_eq(dirty, 1);
	GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	OK(rumpuser_shmmtx_exit(&sh->mtx));
	GIVES(rumpuser_shmmtx_tryenter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	OK(rumpuser_shmmtx_clean(&sh->mtx));
	OK(rumpuser_shmmtx_exit(&sh->mtx));
	OK(rumpuser_shmmtx_enter(&sh->mtx));
	OK(rumpuser_shmmtx_exit(&sh->mtx));
}

START_TEST(dead_before)
{
	pid_t pid = holder();

	GIVES(rumpuser_shmmtx_timedenter(&sh->mtx, after_ms(60)),
	    NB_ETIMEDOUT);
	GIVES(rumpuser_shmmtx_tryenter(&sh->mtx), NB_EBUSY);
	GIVES(rumpuser_shmmtx_exit(&sh->mtx), NB_EPERM);
	kill(pid, SIGKILL);
	if (_i == 0)
		reaped(pid, -SIGKILL);
	else	/* a zombie */
		waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 },
		    WEXITED | WNOWAIT);
	if (_i == 2)
		GIVES(rumpuser_shmmtx_tryenter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	else
		GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	dirty_until_clean();
}
END_TEST

static void *
kill_soon(void *arg)
{

	usleep(100000);
	kill(*(pid_t *)arg, SIGKILL);
	return NULL;
}

/* It dies while somebody waits. */
START_TEST(dead_after)
{
	pid_t pid = holder();
	pthread_t t;

	pthread_create(&t, NULL, kill_soon, &pid);
	GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	pthread_join(t, NULL);
	reaped(pid, -SIGKILL);
	dirty_until_clean();
}
END_TEST

/* Each of many waiters dies as soon as it has it; the last one is told. */
START_TEST(chain)
{
	pid_t first = holder(), pid[5];
	int i;

	fflush(NULL);
	for (i = 0; i < 5; i++)
		if ((pid[i] = fork()) == 0) {
			if (rumpuser_shmmtx_enter(&sh->mtx) !=
			    RUMPUSER_EOWNERDEAD)
				_exit(1);
			__atomic_fetch_add(&sh->go, 1, __ATOMIC_SEQ_CST);
			kill(getpid(), SIGKILL);
		}
	usleep(50000);
	kill(first, SIGKILL);
	reaped(first, -SIGKILL);
	for (i = 0; i < 5; i++)
		reaped(pid[i], -SIGKILL);
	ck_assert_int_eq(sh->go, 5);
	GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	dirty_until_clean();
}
END_TEST

static void *
take_and_end(void *arg)
{

	if (rumpuser_shmmtx_enter(&sh->mtx) != 0)
		abort();
	__atomic_store_n(&sh->said, 1, __ATOMIC_SEQ_CST);
	if (arg != NULL)
		usleep(100000);
	return NULL;
}

/* A thread ends, its process lives on. */
START_TEST(thread_ends)
{
	pthread_t t;

	pthread_create(&t, NULL, take_and_end, _i == 0 ? NULL : sh);
	while (!__atomic_load_n(&sh->said, __ATOMIC_SEQ_CST))
		usleep(100);
	if (_i == 0)
		pthread_join(t, NULL);
	GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	if (_i == 1)
		pthread_join(t, NULL);
	dirty_until_clean();
}
END_TEST

START_TEST(fork_in_holder)
{
	pid_t pid;

	OK(rumpuser_shmmtx_enter(&sh->mtx));
	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (rumpuser_shmmtx_exit(&sh->mtx) != NB_EPERM ||
		    rumpuser_shmmtx_tryenter(&sh->mtx) != NB_EBUSY ||
		    rumpuser_shmmtx_timedenter(&sh->mtx, after_ms(30)) !=
		    NB_ETIMEDOUT)
			_exit(1);
		_exit(0);
	}
	reaped(pid, 0);
	OK(rumpuser_shmmtx_exit(&sh->mtx));
	OK(rumpuser_shmmtx_enter(&sh->mtx));
	OK(rumpuser_shmmtx_exit(&sh->mtx));
}
END_TEST

/* The dead owner's number is that of another, living process by now. */
START_TEST(number_reused)
{
	pid_t pid = holder(), other;

	sh->mtx.sm_stamp ^= 0x1000;
	fflush(NULL);
	if ((other = fork()) == 0)
		_exit(rumpuser_shmmtx_enter(&sh->mtx) == RUMPUSER_EOWNERDEAD ?
		    0 : 1);
	reaped(other, 0);
	GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	kill(pid, SIGKILL);
	reaped(pid, -SIGKILL);
	dirty_until_clean();
}
END_TEST

/* Who waits with a virtual CPU gives it up, and owns the mutex afterwards. */
START_TEST(virtual_cpu)
{
	static struct lwp self;
	pid_t pid = holder();
	unsigned int before;
	pthread_t t;

	stub_init();
	rumpuser_curlwpop(RUMPUSER_LWP_CREATE, &self);
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &self);
	before = stub_backend_unscheds;
	pthread_create(&t, NULL, kill_soon, &pid);
	GIVES(rumpuser_shmmtx_enter(&sh->mtx), RUMPUSER_EOWNERDEAD);
	ck_assert_uint_gt(stub_backend_unscheds, before);
	ck_assert(stub_hascpu());
	OK(rumpuser_shmmtx_clean(&sh->mtx));
	OK(rumpuser_shmmtx_exit(&sh->mtx));
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &self);
	pthread_join(t, NULL);
	reaped(pid, -SIGKILL);
}
END_TEST

/* Whatever stands there: an answer in time, and a mutex after init. */
START_TEST(nonsense)
{
	uint64_t seed = 3;
	int error, i;

	for (i = 0; i < 200; i++) {
		sh->mtx.sm_owner = rnd(&seed) >> (rnd(&seed) % 32);
		sh->mtx.sm_stamp = rnd(&seed) % 3 == 0 ? 0 : rnd(&seed);
		sh->mtx.sm_dirty = rnd(&seed) % 2;
		error = i % 2 ? rumpuser_shmmtx_tryenter(&sh->mtx) :
		    rumpuser_shmmtx_timedenter(&sh->mtx, after_ms(5));
		ck_assert(error == 0 || error == RUMPUSER_EOWNERDEAD ||
		    error == NB_EBUSY || error == NB_ETIMEDOUT ||
		    error == NB_EPROTO);
		if (error == 0 || error == RUMPUSER_EOWNERDEAD) {
			error = rumpuser_shmmtx_exit(&sh->mtx);
			ck_assert(error == 0 || error == NB_EPROTO);
		}
		rumpuser_shmmtx_init(&sh->mtx);
		OK(rumpuser_shmmtx_enter(&sh->mtx));
		OK(rumpuser_shmmtx_exit(&sh->mtx));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_shmmtx");
	TCase *t = tcase_create("mutex");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, basics);
	tcase_add_test(t, threads);
	tcase_add_test(t, processes);
	tcase_add_loop_test(t, dead_before, 0, 3);
	tcase_add_test(t, dead_after);
	tcase_add_test(t, chain);
	tcase_add_loop_test(t, thread_ends, 0, 2);
	tcase_add_test(t, fork_in_holder);
	tcase_add_test(t, number_reused);
	tcase_add_test(t, virtual_cpu);
	tcase_add_test(t, nonsense);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
