/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bias.c - the biased lock: who has the bias, mutual exclusion while it
 * comes and goes, with membarrier(2) and where it is refused.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_bias.h>

enum { NB_EBUSY = 16 };

#ifndef LOCKS
#define LOCKS	40
#endif
#define NTHREADS	3
#define LONE	200		/* more than what earns the bias */

/* How the process gets its barrier; see main(). */
enum { HOW_PRIVATE, HOW_GLOBAL, HOW_NO, HOW_SECCOMP, HOWS };

/* membarrier(2) fails with ENOSYS from here on. */
static void
forbid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog),
	    0);
}

static void
prepare(int how)
{

	switch (how) {
	case HOW_GLOBAL:
		setenv("RUMP_MEMBARRIER", "global", 1);
		break;
	case HOW_NO:
		setenv("RUMP_MEMBARRIER", "no", 1);
		break;
	case HOW_SECCOMP:
		forbid();
		break;
	default:
		break;
	}
	errno = 12345;
	if (rumpuser_membarrier(RUMPUSER_MEMBARRIER_INIT) == 0) {
		ck_assert(how != HOW_NO && how != HOW_SECCOMP);
		ck_assert_int_eq(rumpuser_membarrier(
		    RUMPUSER_MEMBARRIER_SYNC), 0);
	} else {
		ck_assert_int_ne(rumpuser_membarrier(
		    RUMPUSER_MEMBARRIER_SYNC), 0);
	}
	ck_assert_int_eq(errno, 12345);
}

static struct rumpuser_bias lock;

static void
times(struct rumpuser_biasuser *u, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		rumpuser_bias_enter(&lock, u);
		rumpuser_bias_exit(&lock, u);
	}
}

/* One thread, two contexts: who has it and what the other one gets. */
START_TEST(comesandgoes)
{
	struct rumpuser_biasuser u = { 0 }, v = { 0 };
	unsigned int need;

	prepare(_i);
	rumpuser_bias_init(&lock);
	times(&u, 10);
	ck_assert_ptr_null(lock.b_owner);
	times(&u, LONE);
	ck_assert_ptr_eq(lock.b_owner, &u);

	/* Outside: the other one gets it at once, and the bias is gone. */
	need = lock.b_need;
	rumpuser_bias_enter(&lock, &v);
	ck_assert_ptr_null(lock.b_owner);
	ck_assert_uint_gt(lock.b_need, need);
	ck_assert_int_eq(rumpuser_bias_tryenter(&lock, &u), NB_EBUSY);
	rumpuser_bias_exit(&lock, &v);

	/* Inside: it is told so, the owner goes on and leaves. */
	times(&u, LONE);
	ck_assert_ptr_eq(lock.b_owner, &u);
	rumpuser_bias_enter(&lock, &u);
	ck_assert_int_eq(rumpuser_bias_tryenter(&lock, &v), NB_EBUSY);
	ck_assert_ptr_null(lock.b_owner);
	ck_assert_int_eq(rumpuser_bias_tryenter(&lock, &v), NB_EBUSY);
	rumpuser_bias_exit(&lock, &u);
	ck_assert_int_eq(rumpuser_bias_tryenter(&lock, &v), 0);
	rumpuser_bias_exit(&lock, &v);

	/* Forgotten: no revocation is needed. */
	times(&u, 10 * LONE);
	ck_assert_ptr_eq(lock.b_owner, &u);
	need = lock.b_revoked;
	rumpuser_bias_forget(&lock, &u);
	ck_assert_int_eq(rumpuser_bias_tryenter(&lock, &v), 0);
	rumpuser_bias_exit(&lock, &v);
	ck_assert_uint_eq(lock.b_revoked, need);
}
END_TEST

/*
 * Many locks one after the other, since disputes make the bias rare.  One
 * thread uses each all the time, the others come now and then.
 */
static long counter, inside;
static pthread_barrier_t start, end;
static unsigned int revoked;

static void
section(struct rumpuser_biasuser *u, int try)
{

	if (!try)
		rumpuser_bias_enter(&lock, u);
	else if (rumpuser_bias_tryenter(&lock, u) != 0)
		return;
	ck_assert_int_eq(inside, 0);
	inside = 1;
	counter++;
	inside = 0;
	rumpuser_bias_exit(&lock, u);
}

static long
use(int self, int l)
{
	struct rumpuser_biasuser u = { 0 };
	int i, j, lone = self == l % NTHREADS;
	long n = 0;

	for (i = 0; i < (lone ? 2000 : 12); i++) {
		section(&u, 0);
		n++;
		for (j = 0; !lone && j < 1000 + 500 * self; j++)
			__asm__ volatile("" ::: "memory");
		/* One processor may be all there is. */
		if (i % (lone ? 256 : 4) == 0)
			sched_yield();
	}
	rumpuser_bias_forget(&lock, &u);
	return n;
}

static void *
user(void *arg)
{
	int self = (int)(intptr_t)arg, l;
	long n = 0;

	for (l = 0; l < LOCKS; l++) {
		if (pthread_barrier_wait(&start) ==
		    PTHREAD_BARRIER_SERIAL_THREAD) {
			revoked += lock.b_revoked;
			rumpuser_bias_init(&lock);
		}
		pthread_barrier_wait(&end);
		n += use(self, l);
	}
	return (void *)(intptr_t)n;
}

START_TEST(exclusion)
{
	pthread_t pt[NTHREADS];
	intptr_t i;
	long sum = 0;
	void *n;

	prepare(_i);
	pthread_barrier_init(&start, NULL, NTHREADS);
	pthread_barrier_init(&end, NULL, NTHREADS);
	rumpuser_bias_init(&lock);
	for (i = 0; i < NTHREADS; i++)
		pthread_create(&pt[i], NULL, user, (void *)i);
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(pt[i], &n);
		sum += (intptr_t)n;
	}
	ck_assert_int_eq(counter, sum);
	ck_assert_uint_gt(revoked, 10);
}
END_TEST

/* A holder that stays inside: sleepers come in when it leaves. */
static void *
sleeper(void *arg)
{
	struct rumpuser_biasuser u = { 0 };

	(void)arg;
	section(&u, 0);
	return NULL;
}

START_TEST(sleepers)
{
	struct rumpuser_biasuser u = { 0 };
	pthread_t pt[NTHREADS];
	int i, round;

	prepare(_i);
	for (round = 0; round < 10; round++) {
		rumpuser_bias_init(&lock);
		times(&u, LONE);
		ck_assert_ptr_eq(lock.b_owner, &u);
		rumpuser_bias_enter(&lock, &u);
		for (i = 0; i < NTHREADS; i++)
			pthread_create(&pt[i], NULL, sleeper, NULL);
		usleep(2000);
		ck_assert_int_eq(counter, round * NTHREADS);
		rumpuser_bias_exit(&lock, &u);
		for (i = 0; i < NTHREADS; i++)
			pthread_join(pt[i], NULL);
		ck_assert_int_eq(counter, (round + 1) * NTHREADS);
	}
}
END_TEST

/* The barrier works in a child of fork(2), too. */
START_TEST(child)
{
	struct rumpuser_biasuser u = { 0 }, v = { 0 };
	int status;
	pid_t pid;

	prepare(_i);
	rumpuser_bias_init(&lock);
	times(&u, LONE);
	if ((pid = fork()) == 0) {
		rumpuser_bias_enter(&lock, &v);
		_exit(lock.b_owner != NULL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser bias");
	TCase *tc = tcase_create("bias");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, comesandgoes, 0, HOWS);
	tcase_add_loop_test(tc, exclusion, 0, HOWS);
	tcase_add_loop_test(tc, sleepers, 0, HOWS);
	tcase_add_loop_test(tc, child, 0, HOWS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
