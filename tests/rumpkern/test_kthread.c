/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel threads and what runs on them - soft interrupts, callouts - seen by
 * the clients whose host threads carry them; the kernel half is
 * tests/kern/kthread.c.
 */
#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

int	rumptest_kt_up(void);
int	rumptest_kt_init(void);
int	rumptest_kt_many(int);
int	rumptest_kt_hostsleep(int);
int	rumptest_kt_hostsleep_done(void);
int	rumptest_kt_ticker(void);
int	rumptest_kt_ticks(void);
int	rumptest_kt_spin(int);
int	rumptest_kt_stop(void);
int	rumptest_kt_pingpong(void);
int	rumptest_kt_timedwait(void);
int	rumptest_kt_softint(void);
int	rumptest_kt_softint_runs(void);
int	rumptest_kt_wakeorder(void);
int	rumptest_kt_inherit(void);
int	rumptest_kt_credrefs(int);
int	rumptest_kt_callout(void);
int	rumptest_kt_selfcallout(void);
int	rumptest_kt_haltcallout(void);

/* Call the kernel half. */
#define KERN(call)							\
do {									\
	int kern_rv;							\
									\
	rump_schedule();						\
	kern_rv = (call);						\
	rump_unschedule();						\
	ck_assert_msg(kern_rv == 0, "%s failed at line %d", #call,	\
	    kern_rv);							\
} while (0)

static int
value(int (*fn)(void))
{
	int rv;

	rump_schedule();
	rv = fn();
	rump_unschedule();
	return rv;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static void
pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
	KERN(rumptest_kt_init());
}

static int
host_threads(void)
{
	struct dirent *e;
	DIR *d;
	int n = 0;

	ck_assert_ptr_nonnull(d = opendir("/proc/self/task"));
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

START_TEST(many)
{
	int before;

	boot();
	before = host_threads();
	KERN(rumptest_kt_many(_i));
	KERN(rumptest_kt_many(_i));
	/* In `up' they are fibers and nobody was needed but us. */
	if (rumptest_kt_up())
		ck_assert_int_eq(host_threads(), before);
}
END_TEST

/* A thread that blocks in the host holds nobody up. */
START_TEST(hostsleep)
{
	double t;
	int i;

	boot();
	t = now();
	KERN(rumptest_kt_hostsleep(1000));
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(rump_sys_getpid(), 1);
	ck_assert(now() - t < 0.9);
	KERN(rumptest_kt_hostsleep_done());
	ck_assert(now() - t >= 1.0);
}
END_TEST

/* Time passes for kernel threads while no client is inside. */
START_TEST(ticker)
{
	double t = now();
	int i, n;

	boot();
	KERN(rumptest_kt_ticker());
	for (i = 0; i < 500 && (n = value(rumptest_kt_ticks)) < 20; i++)
		pause_ms(10);
	ck_assert_int_ge(n, 20);
	/* Never early. */
	ck_assert(now() - t >= 0.2);
	KERN(rumptest_kt_stop());
}
END_TEST

static _Atomic int other_calls, other_stop;

static void *
other(void *arg)
{

	while (!other_stop) {
		(void)rump_sys_getpid();
		other_calls++;
	}
	return arg;
}

/*
 * Threads that are always ready let clients leave, and come in again; in
 * `smp', where they are as many as CPUs, only by yield(), which looks at no
 * priorities.
 */
START_TEST(spinners)
{
	pthread_t t;
	int i, n, ticks;

	boot();
	KERN(rumptest_kt_spin(_i || !rumptest_kt_up()));
	pthread_create(&t, NULL, other, NULL);
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(rump_sys_getpid(), 1);
	for (i = 0; i < 1000 && other_calls < 100; i++)
		pause_ms(10);
	ck_assert_int_ge(other_calls, 100);
	other_stop = 1;
	pthread_join(t, NULL);
	/* And they go on while nobody is there to carry them. */
	ticks = value(rumptest_kt_ticks);
	for (i = n = 0; i < 500 && n < 3; i++) {
		pause_ms(10);
		if (value(rumptest_kt_ticks) > ticks + 1000 * n)
			n++;
	}
	ck_assert_int_eq(n, 3);
	KERN(rumptest_kt_stop());
}
END_TEST

/* A client's sleep ends on time though its thread carries others. */
START_TEST(pingpong)
{

	boot();
	KERN(rumptest_kt_pingpong());
	KERN(rumptest_kt_timedwait());
	KERN(rumptest_kt_timedwait());
	KERN(rumptest_kt_stop());
}
END_TEST

/* What a client schedules has run when it is back, or soon after in `smp'. */
START_TEST(softint)
{
	int i, j;

	boot();
	for (i = 1; i <= 100; i++) {
		KERN(rumptest_kt_softint());
		if (rumptest_kt_up())
			ck_assert_int_eq(value(rumptest_kt_softint_runs), i);
		for (j = 0; j < 1000 && value(rumptest_kt_softint_runs) < i;
		    j++)
			pause_ms(1);
		ck_assert_int_ge(value(rumptest_kt_softint_runs), i);
	}
}
END_TEST

START_TEST(wakeorder)
{

	boot();
	KERN(rumptest_kt_wakeorder());
}
END_TEST

START_TEST(inherit)
{

	boot();
	KERN(rumptest_kt_inherit());
}
END_TEST

/* A thread that has been inside keeps no credentials while it is outside. */
static pthread_barrier_t barrier;

static void *
outside(void *arg)
{

	(void)rump_sys_getpid();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	*(int *)arg = rump_sys_getuid();
	return NULL;
}

START_TEST(implicit_creds)
{
	int before, between, after, uid = 0;
	pthread_t t;

	boot();
	rump_schedule();
	before = rumptest_kt_credrefs(1);
	rump_unschedule();
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&t, NULL, outside, &uid);
	pthread_barrier_wait(&barrier);
	rump_schedule();
	between = rumptest_kt_credrefs(0);
	rump_unschedule();
	ck_assert_int_ge(between, before);
	ck_assert_int_eq(rump_sys_seteuid(77), 0);
	ck_assert_int_eq(rump_sys_seteuid(0), 0);
	ck_assert_int_eq(rump_sys_setuid(78), 0);
	rump_schedule();
	after = rumptest_kt_credrefs(0);
	rump_unschedule();
	/* The process's and its two lwps' are gone. */
	ck_assert_int_eq(after, before - 2);
	pthread_barrier_wait(&barrier);
	pthread_join(t, NULL);
	ck_assert_int_eq(uid, 78);
}
END_TEST

START_TEST(callouts)
{

	boot();
	KERN(rumptest_kt_callout());
	KERN(rumptest_kt_selfcallout());
	KERN(rumptest_kt_haltcallout());
}
END_TEST

/* All of it at once, from several clients. */
static void *
mixed_client(void *arg)
{
	int i;

	for (i = 0; i < 200; i++) {
		rump_schedule();
		(void)rumptest_kt_softint();
		rump_unschedule();
		(void)rump_sys_getpid();
	}
	return arg;
}

START_TEST(mixed)
{
	pthread_t t[4];
	int i;

	boot();
	KERN(rumptest_kt_pingpong());
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, mixed_client, NULL);
	KERN(rumptest_kt_timedwait());
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	KERN(rumptest_kt_stop());
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("kthread");
	TCase *tc = tcase_create("kthread");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, many, 1, 2);
	tcase_add_loop_test(tc, many, 300, 301);
	tcase_add_test(tc, hostsleep);
	tcase_add_test(tc, ticker);
	tcase_add_loop_test(tc, spinners, 0, 2);
	tcase_add_test(tc, pingpong);
	tcase_add_test(tc, softint);
	tcase_add_test(tc, wakeorder);
	tcase_add_test(tc, inherit);
	tcase_add_test(tc, implicit_creds);
	tcase_add_test(tc, callouts);
	tcase_add_test(tc, mixed);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
