/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fiber.c - fibers: what a switch keeps, stacks and guards, migration
 * between host threads, the end of a fiber in each state, the walk, fork.
 * Built twice: FIBER_PORTABLE takes the switch by swapcontext(3).
 */
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_fiber.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#if defined(WITH_ASAN) || defined(WITH_TSAN)
#define SANITIZED 1
#endif

enum { NB_ENOMEM = 12, NB_EBUSY = 16, NB_EINVAL = 22 };

#ifndef HOPS
#define HOPS	60000
#endif
#define NTHREADS	4
#define NFIBERS		8

const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{

	return "detect_stack_use_after_return=1";
}

static struct rumpuser_fiber *
make(void (*fn)(void *), void *arg, const char *name)
{
	struct rumpuser_fiber *f;

	ck_assert_int_eq(rumpuser_fiber_create(fn, arg, name, 0, &f), 0);
	return f;
}

static void
resume(struct rumpuser_fiber *f)
{

	ck_assert_int_eq(rumpuser_fiber_switch(f, NULL, NULL), 0);
}

static void
suspend(void)
{

	ck_assert_int_eq(rumpuser_fiber_switch(NULL, NULL, NULL), 0);
}

static int steps;

static void
stepper(void *arg)
{
	int i, n = *(int *)arg;

	for (i = 0; i < n; i++) {
		steps++;
		ck_assert_ptr_nonnull(rumpuser_fiber_current());
		suspend();
	}
}

START_TEST(states)
{
	struct rumpuser_fiber *f;
	int n = 2;

	errno = 12345;
	ck_assert_ptr_null(rumpuser_fiber_current());
	/* New; suspended; ended. */
	ck_assert_int_eq(rumpuser_fiber_destroy(make(stepper, &n, "x")), 0);
	f = make(stepper, &n, NULL);
	resume(f);
	ck_assert_int_eq(steps, 1);
	ck_assert_int_eq(rumpuser_fiber_destroy(f), 0);
	f = make(stepper, &n, "a name that is longer than what is kept of it");
	while (steps < 3)
		resume(f);
	resume(f);
	ck_assert_int_eq(steps, 3);
	ck_assert_int_eq(rumpuser_fiber_switch(f, NULL, NULL), NB_EINVAL);
	ck_assert_int_eq(rumpuser_fiber_destroy(f), 0);
	suspend();		/* to itself */
	ck_assert_int_eq(errno, 12345);
	ck_assert_int_eq(rumpuser_fiber_create(stepper, &n, NULL,
	    SIZE_MAX / 2, &f), NB_EINVAL);
}
END_TEST

static struct rumpuser_fiber *a, *b;
static char trace[64];

static void
note(void *arg)
{

	strcat(trace, arg);
}

static void
kill_it(void *arg)
{

	ck_assert_int_eq(rumpuser_fiber_destroy(arg), 0);
}

static void
run_a(void *arg)
{

	(void)arg;
	note("a");
	ck_assert_int_eq(rumpuser_fiber_destroy(a), NB_EBUSY);
	rumpuser_fiber_switch(b, note, "1");
	note("A");
	rumpuser_fiber_exit(b, kill_it, a);
}

static void
run_b(void *arg)
{

	(void)arg;
	note("b");
	rumpuser_fiber_switch(a, note, "2");
	note("B");
}

/* Fiber to fiber, "then" on the other side, one that destroys itself. */
START_TEST(symmetric)
{

	a = make(run_a, NULL, "a");
	b = make(run_b, NULL, "b");
	resume(a);
	ck_assert_str_eq(trace, "a1b2AB");
	ck_assert_int_eq(rumpuser_fiber_destroy(b), 0);
}
END_TEST

static void
exit_into_ended(void *arg)
{

	rumpuser_fiber_exit(arg, note, "x");
}

START_TEST(exit_to_ended)
{
	int n = 0;

	a = make(stepper, &n, "a");
	resume(a);
	b = make(exit_into_ended, a, "b");
	resume(b);
	ck_assert_str_eq(trace, "x");
	rumpuser_fiber_destroy(a);
	rumpuser_fiber_destroy(b);
}
END_TEST

#ifdef __x86_64__
/*
 * uint64_t keeps(seed): fill the callee-saved registers, switch to the own
 * context, and return how many have changed.
 */
uint64_t keeps(uint64_t seed);
void keeps_switch(void);

__attribute__((__used__)) void
keeps_switch(void)
{

	suspend();
}

__asm__(
"	.text\n"
"	.globl keeps\n"
"	.type keeps, @function\n"
"keeps:\n"
"	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
"	push %rdi; sub $16, %rsp\n"
"	lea 1(%rdi), %rbx; lea 2(%rdi), %rbp; lea 3(%rdi), %r12\n"
"	lea 4(%rdi), %r13; lea 5(%rdi), %r14; lea 6(%rdi), %r15\n"
"	call keeps_switch\n"
"	add $16, %rsp; pop %rdi; xor %eax, %eax; xor %edx, %edx\n"
"	sub %rdi, %rbx; cmp $1, %rbx; setne %dl; add %rdx, %rax\n"
"	sub %rdi, %rbp; cmp $2, %rbp; setne %dl; add %rdx, %rax\n"
"	sub %rdi, %r12; cmp $3, %r12; setne %dl; add %rdx, %rax\n"
"	sub %rdi, %r13; cmp $4, %r13; setne %dl; add %rdx, %rax\n"
"	sub %rdi, %r14; cmp $5, %r14; setne %dl; add %rdx, %rax\n"
"	sub %rdi, %r15; cmp $6, %r15; setne %dl; add %rdx, %rax\n"
"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
"	ret\n"
"	.size keeps, . - keeps\n");

static void
keeper(void *arg)
{
	uint64_t seed = (uint64_t)(uintptr_t)arg << 32;
	int i;

	for (i = 0; i < 100; i++)
		ck_assert_uint_eq(keeps(seed + (uint64_t)i * 16), 0);
}

START_TEST(registers)
{
	struct rumpuser_fiber *f[3];
	uintptr_t i, j;

	for (i = 0; i < 3; i++)
		f[i] = make(keeper, (void *)(i + 1), "keeper");
	for (j = 0; j < 101; j++)
		for (i = 0; i < 3; i++)
			resume(f[i]);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(rumpuser_fiber_switch(f[i], NULL, NULL),
		    NB_EINVAL);
		rumpuser_fiber_destroy(f[i]);
	}
}
END_TEST
#endif

static void
rounder(void *arg)
{
	volatile long double one = 1, three = 3, q;
	volatile double done = 1, dthree = 3;
	double dq;
	int i, mode = *(int *)arg;

	/* It begins with the host's defaults. */
	ck_assert_int_eq(fegetround(), FE_TONEAREST);
	fesetround(mode);
	q = one / three;		/* x87 */
	dq = done / dthree;		/* SSE */
	for (i = 0; i < 10; i++) {
		suspend();
		ck_assert_int_eq(fegetround(), mode);
		ck_assert(one / three == q);
		ck_assert(done / dthree == dq);
	}
}

START_TEST(fpcontrol)
{
	static int modes[] = { FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
	struct rumpuser_fiber *f[3];
	int i, j;

	for (i = 0; i < 3; i++)
		f[i] = make(rounder, &modes[i], "rounder");
	for (j = 0; j < 11; j++) {
		for (i = 0; i < 3; i++) {
			resume(f[i]);
			ck_assert_int_eq(fegetround(), FE_TONEAREST);
		}
	}
	for (i = 0; i < 3; i++)
		rumpuser_fiber_destroy(f[i]);
}
END_TEST

static int
recurse(int depth)
{
	volatile char pad[1024];
	int v;

	memset((char *)pad, depth, sizeof(pad));
	if (depth % 16 == 0)
		suspend();
	v = depth == 0 ? 0 : recurse(depth - 1) + 1;
	ck_assert_int_eq(pad[depth], (char)depth);
	return v;
}

static void
deep(void *arg)
{

	*(int *)arg = recurse(150);
}

START_TEST(deepstack)
{
	struct rumpuser_fiber *f[2];
	int i, j, v[2];

	for (i = 0; i < 2; i++)
		ck_assert_int_eq(rumpuser_fiber_create(deep, &v[i], "deep",
		    1 << 20, &f[i]), 0);
	for (j = 0; j < 11; j++)
		for (i = 0; i < 2; i++)
			resume(f[i]);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(v[i], 150);
		rumpuser_fiber_destroy(f[i]);
	}
}
END_TEST

static int find(const struct rumpuser_fiber_info *fi, void *arg);

static void
below(void *arg)
{
	struct rumpuser_fiber_info fi = { .fiber = rumpuser_fiber_current() };

	(void)arg;
	ck_assert_int_eq(rumpuser_fiber_walk(find, &fi), 1);
	((volatile char *)(uintptr_t)fi.stack)[0] = 1;	/* the last byte */
	if (arg != NULL)
		((volatile char *)(uintptr_t)fi.stack)[-1] = 1;
}

/* The guard page ends the process, wherever the stack comes from. */
START_TEST(guard)
{
	int status, i;
	pid_t pid;

	for (i = 0; i < 2; i++) {
		a = make(below, NULL, "good");
		resume(a);
		if ((pid = fork()) == 0) {
			if (i == 1)
				rumpuser_fiber_destroy(a);
			signal(SIGSEGV, SIG_DFL);
			resume(make(below, "", "bad"));
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
		rumpuser_fiber_destroy(a);
	}
}
END_TEST

/*
 * Migration: fibers hop from host thread to host thread.
 */

static struct host {
	pthread_mutex_t mtx;
	pthread_cond_t cv;
	struct rumpuser_fiber *queue[NFIBERS];
	int n;
	pthread_t thread;
} hosts[NTHREADS];
static int alive = NFIBERS;

struct hopper {
	struct rumpuser_fiber *fiber;
	struct lwp *lwp;
	int at, hops;
};

static void
host_push(int i, struct rumpuser_fiber *f)
{

	pthread_mutex_lock(&hosts[i].mtx);
	hosts[i].queue[hosts[i].n++] = f;
	pthread_cond_signal(&hosts[i].cv);
	pthread_mutex_unlock(&hosts[i].mtx);
}

static void
hop(void *arg)
{
	struct hopper *h = arg;

	h->at = (h->at + 1) % NTHREADS;
	host_push(h->at, h->fiber);
}

static __attribute__((__noinline__)) int
on_thread(int i)
{

	return pthread_equal(pthread_self(), hosts[i].thread);
}

static void
hopped(void *arg)
{
	int i;

	ck_assert_int_eq(rumpuser_fiber_destroy(arg), 0);
	if (__atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST) == 0)
		for (i = 0; i < NTHREADS; i++)
			host_push(i, NULL);
}

static void
hopper(void *arg)
{
	struct hopper *h = arg;
	int i;

	rumpuser_curlwpop(RUMPUSER_LWP_SET, h->lwp);
	for (i = 0; i < h->hops; i++) {
		if (i % 4 == 0) {
			/* On the queue before it is off its host thread. */
			hop(h);
			rumpuser_fiber_switch(NULL, NULL, NULL);
		} else
			rumpuser_fiber_switch(NULL, hop, h);
		ck_assert_ptr_eq(rumpuser_curlwp(), h->lwp);
		ck_assert_ptr_eq(rumpuser_fiber_current(), h->fiber);
		ck_assert_int_ne(on_thread(h->at), 0);
	}
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, h->lwp);
	rumpuser_fiber_exit(NULL, hopped, h->fiber);
}

static void *
host_run(void *arg)
{
	struct host *h = arg;
	struct rumpuser_fiber *f;

	for (;;) {
		pthread_mutex_lock(&h->mtx);
		while (h->n == 0)
			pthread_cond_wait(&h->cv, &h->mtx);
		f = h->queue[0];
		memmove(h->queue, h->queue + 1, sizeof(f) * (size_t)--h->n);
		pthread_mutex_unlock(&h->mtx);
		if (f == NULL)
			return NULL;
		rumpuser_fiber_switch(f, NULL, NULL);
		ck_assert_ptr_null(rumpuser_curlwp());
	}
}

START_TEST(migration)
{
	struct hopper h[NFIBERS];
	int i;

	for (i = 0; i < NTHREADS; i++) {
		pthread_mutex_init(&hosts[i].mtx, NULL);
		pthread_cond_init(&hosts[i].cv, NULL);
	}
	for (i = 0; i < NFIBERS; i++) {
		h[i].hops = HOPS / NFIBERS;
		h[i].at = i % NTHREADS;
		h[i].lwp = (struct lwp *)&h[i];
		h[i].fiber = make(hopper, &h[i], "hopper");
		host_push(h[i].at, h[i].fiber);
	}
	for (i = 0; i < NTHREADS; i++)
		pthread_create(&hosts[i].thread, NULL, host_run, &hosts[i]);
	for (i = 0; i < NTHREADS; i++)
		pthread_join(hosts[i].thread, NULL);
	ck_assert_int_eq(alive, 0);
}
END_TEST

/*
 * The walk.
 */

static int
find(const struct rumpuser_fiber_info *fi, void *arg)
{
	struct rumpuser_fiber_info *want = arg;

	if (fi->fiber != want->fiber)
		return 0;
	*want = *fi;
	return 1;
}

static void
waiter(void *arg)
{

	rumpuser_curlwpop(RUMPUSER_LWP_SET, arg);
	for (;;)
		suspend();
}

START_TEST(walk)
{
	struct rumpuser_fiber_info fi;

	fi.fiber = a = make(waiter, &fi, "somebody who has a long name, too");
	ck_assert_int_eq(rumpuser_fiber_walk(find, &fi), 1);
	ck_assert_int_eq(fi.state, RUMPUSER_FIBER_NEW);
	ck_assert_uint_eq(fi.pc, 0);
	resume(a);
	resume(a);
	ck_assert_int_eq(rumpuser_fiber_walk(find, &fi), 1);
	ck_assert_int_eq(fi.state, RUMPUSER_FIBER_SUSPENDED);
	ck_assert_str_eq(fi.name, "somebody who has a long name, t");
	ck_assert_uint_eq(fi.switches, 2);
	ck_assert_ptr_eq(fi.lwp, &fi);
	ck_assert_uint_ge(fi.stacksize, 64 << 10);
#ifdef __x86_64__
	ck_assert_uint_ne(fi.pc, 0);
	ck_assert(fi.sp > fi.stack && fi.sp < fi.stack + fi.stacksize);
#endif
	rumpuser_fiber_destroy(a);
	ck_assert_int_eq(rumpuser_fiber_walk(find, &fi), 0);
}
END_TEST

static int walks, bad;

static int
sound(const struct rumpuser_fiber_info *fi, void *arg)
{

	(void)arg;
	if (strcmp(fi->name, "one") != 0 && strcmp(fi->name, "another") != 0)
		__atomic_store_n(&bad, 1, __ATOMIC_RELAXED);
	if (fi->pc != 0 && (fi->sp <= fi->stack ||
	    fi->sp >= fi->stack + fi->stacksize))
		__atomic_store_n(&bad, 2, __ATOMIC_RELAXED);
	return 0;
}

static void
onprof(int sig)
{

	(void)sig;
	rumpuser_fiber_walk(sound, NULL);
	__atomic_add_fetch(&walks, 1, __ATOMIC_RELAXED);
}

static void *
churn(void *arg)
{
	struct rumpuser_fiber *f;
	sigset_t set;
	int i;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	while (!__atomic_load_n((int *)arg, __ATOMIC_RELAXED)) {
		/* ThreadSanitizer, which runs handlers late, can leave a
		 * thread with the signals blocked that it blocked for one. */
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		f = make(waiter, NULL, "one");
		for (i = 0; i < 10; i++)
			resume(f);
		rumpuser_fiber_destroy(f);
		f = make(waiter, NULL, "another");
		rumpuser_fiber_destroy(f);
	}
	return NULL;
}

/* In a handler that interrupts whatever is under way, two threads at it. */
START_TEST(walk_signal)
{
	const struct itimerval its = { { 0, 300 }, { 0, 300 } }, off = { 0 };
	struct sigaction sa = { .sa_handler = onprof };
	pthread_t pt[2];
	int i, stop = 0;
	sigset_t set;

	sigaction(SIGALRM, &sa, NULL);
	for (i = 0; i < 2; i++)
		pthread_create(&pt[i], NULL, churn, &stop);
	/* Handlers run on the fibers' stacks here; they are large enough. */
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &its, NULL);
	while (__atomic_load_n(&walks, __ATOMIC_RELAXED) < 500)
		usleep(1000);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(pt[i], NULL);
	setitimer(ITIMER_REAL, &off, NULL);
	ck_assert_int_eq(bad, 0);
}
END_TEST

static _Unwind_Reason_Code
frame(struct _Unwind_Context *ctx, void *arg)
{

	(void)ctx;
	return ++*(int *)arg > 100 ? _URC_NORMAL_STOP : _URC_NO_REASON;
}

static void
unwinder(void *arg)
{
	int n = 0;

	*(int *)arg = _Unwind_Backtrace(frame, &n);
	ck_assert_int_ge(n, 3);
	ck_assert_int_lt(n, 20);
}

START_TEST(unwinding)
{
	int rv = 0;

	a = make(unwinder, &rv, "unwinder");
	resume(a);
	ck_assert_int_eq(rv, _URC_END_OF_STACK);
	rumpuser_fiber_destroy(a);
}
END_TEST

static void
spare(void *arg)
{
	int n = 0;

	(void)arg;
	stepper(&n);
}

/* 20 000 one after the other take the room of a few. */
START_TEST(reuse)
{
	struct rumpuser_fiber_info first, fi;
	int i;

	a = make(spare, NULL, "first");
	first.fiber = a;
	rumpuser_fiber_walk(find, &first);
	rumpuser_fiber_destroy(a);
	for (i = 0; i < 20000; i++) {
		a = make(spare, NULL, "one of many");
		resume(a);
		fi.fiber = a;
		ck_assert_int_eq(rumpuser_fiber_walk(find, &fi), 1);
		ck_assert_uint_eq(fi.stack, first.stack);
		rumpuser_fiber_destroy(a);
	}
}
END_TEST

static long
resident(void)
{
	long size, pages;
	FILE *f = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld %ld", &size, &pages), 2);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

#ifdef SANITIZED
#define MANY	1000
#else
#define MANY	12000
#endif

START_TEST(many)
{
	static struct rumpuser_fiber *f[MANY];
	long before = resident();
	int i;

	for (i = 0; i < MANY; i++) {
		f[i] = make(waiter, NULL, "idle");
		resume(f[i]);
	}
#ifndef SANITIZED
	ck_assert_int_lt((resident() - before) / MANY, 8192);
#endif
	(void)before;
	for (i = 0; i < MANY; i++) {
		resume(f[i]);
		ck_assert_int_eq(rumpuser_fiber_destroy(f[i]), 0);
	}
}
END_TEST

#ifndef SANITIZED
/* Without address space: an error, and all is well afterwards. */
START_TEST(nomemory)
{
	const struct rlimit few = { 64 << 20, RLIM_INFINITY };
	struct rlimit old;
	struct rumpuser_fiber *f[2000];
	int i, n, error = 0;

	getrlimit(RLIMIT_AS, &old);
	setrlimit(RLIMIT_AS, &few);
	for (n = 0; n < 2000; n++)
		if ((error = rumpuser_fiber_create(waiter, NULL, "x", 0,
		    &f[n])) != 0)
			break;
	ck_assert_int_eq(error, NB_ENOMEM);
	ck_assert_int_eq(rumpuser_fiber_create(waiter, NULL, "x", 1 << 30,
	    &f[n]), NB_ENOMEM);
	setrlimit(RLIMIT_AS, &old);
	for (i = 0; i < n; i++) {
		resume(f[i]);
		rumpuser_fiber_destroy(f[i]);
	}
	a = make(waiter, NULL, "x");
	resume(a);
	rumpuser_fiber_destroy(a);
}
END_TEST
#endif

static int held = 1;

static void
holder(void *arg)
{

	(void)arg;
	__atomic_store_n(&held, 2, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&held, __ATOMIC_SEQ_CST) == 2)
		usleep(1000);
}

static void *
hold(void *arg)
{

	resume(arg);
	return NULL;
}

/* A child has the suspended ones; those that ran elsewhere have ended. */
START_TEST(forked)
{
	pthread_t pt;
	int n = 5, status;
	pid_t pid;

	a = make(stepper, &n, "stays");
	resume(a);
	b = make(holder, NULL, "lost");
	pthread_create(&pt, NULL, hold, b);
	while (__atomic_load_n(&held, __ATOMIC_SEQ_CST) != 2)
		usleep(1000);
	if ((pid = fork()) == 0) {
		if (rumpuser_fiber_switch(b, NULL, NULL) != NB_EINVAL ||
		    rumpuser_fiber_destroy(b) != 0)
			_exit(1);
		resume(a);
		_exit(steps == 2 ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(rumpuser_fiber_destroy(b), NB_EBUSY);
	__atomic_store_n(&held, 0, __ATOMIC_SEQ_CST);
	pthread_join(pt, NULL);
	ck_assert_int_eq(rumpuser_fiber_destroy(a), 0);
	ck_assert_int_eq(rumpuser_fiber_destroy(b), 0);
}
END_TEST

START_TEST(exit_of_none)
{

	rumpuser_fiber_exit(NULL, NULL, NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser fibers");
	TCase *tc = tcase_create("fibers");
	SRunner *sr;
	int failed;

#ifdef FIBER_PORTABLE
	setenv("RUMP_FIBER_UCONTEXT", "1", 1);
#endif
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, states);
	tcase_add_test(tc, symmetric);
	tcase_add_test(tc, exit_to_ended);
#ifdef __x86_64__
	tcase_add_test(tc, registers);
#endif
	tcase_add_test(tc, fpcontrol);
	tcase_add_test(tc, deepstack);
	tcase_add_test(tc, guard);
	tcase_add_test(tc, migration);
	tcase_add_test(tc, walk);
	tcase_add_test(tc, walk_signal);
	tcase_add_test(tc, unwinding);
	tcase_add_test(tc, reuse);
	tcase_add_test(tc, many);
#ifndef SANITIZED
	tcase_add_test(tc, nomemory);
#endif
	tcase_add_test(tc, forked);
	tcase_add_test_raise_signal(tc, exit_of_none, SIGABRT);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
