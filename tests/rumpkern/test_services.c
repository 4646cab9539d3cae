/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Property containers, RCU, eventcounts, thread pools, queues, locks, upcalls,
 * ciphers, random numbers, assertions and modules: drives the kernel half
 * (tests/kern/prop.c, services.c, cipher.c, rnd.c, assert.c, module.c), also
 * from many threads.
 */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include <rump/rump.h>

#define KERNTEST(name)							\
int	rumptest_##name(void);						\
START_TEST(kern_##name)							\
{									\
	int line;							\
									\
	ck_assert_int_eq(rump_init(), 0);				\
	rump_schedule();						\
	line = rumptest_##name();					\
	rump_unschedule();						\
	ck_assert_msg(line == 0, "kernel half failed at line %d", line); \
}									\
END_TEST

KERNTEST(prop_scalars)
KERNTEST(prop_containers)
KERNTEST(prop_ranges)
KERNTEST(prop_xml)
KERNTEST(prop_hostile)
KERNTEST(prop_ioctl)
KERNTEST(device)
KERNTEST(rcu)
KERNTEST(rcu_bound)
KERNTEST(rcu_blocked)
KERNTEST(eventcount)
KERNTEST(threadpool)
KERNTEST(module4)
KERNTEST(pcq)
KERNTEST(aes)
KERNTEST(rnd)
KERNTEST(cprng_kqueue)
KERNTEST(md4)
KERNTEST(rmd160)
KERNTEST(fifo)
KERNTEST(mt)
KERNTEST(dispatch)
KERNTEST(assert)

#ifdef RUMP_CHECK
void	rumptest_rcu_breach(int);

START_TEST(rcu_breach)
{

	ck_assert_int_eq(rump_init(), 0);
	rump_schedule();
	rumptest_rcu_breach(_i);
	rump_unschedule();
}
END_TEST
#endif

void	rumptest_mt_breach(int);

START_TEST(mt_breach)
{

	ck_assert_int_eq(rump_init(), 0);
	rump_schedule();
	rumptest_mt_breach(_i);
	rump_unschedule();
}
END_TEST

void	rumptest_assert_fatal(int);

START_TEST(assert_fatal)
{

	ck_assert_int_eq(rump_init(), 0);
	rump_schedule();
	rumptest_assert_fatal(_i);
	rump_unschedule();
}
END_TEST

int	rumptest_prop_hammer(int);
int	rumptest_rcu_torture(int);
int	rumptest_ec_order(int);
int	rumptest_pcq_crowd(int);
int	rumptest_pcq_shared(int);
int	rumptest_fifo_crowd(int);
int	rumptest_mt_crowd(int);

static int (*crowd_fn)(int);

static void *
crowd_thread(void *arg)
{
	intptr_t line;

	rump_schedule();
	line = (*crowd_fn)((int)(intptr_t)arg);
	rump_unschedule();
	return (void *)line;
}

/* Begin, @n threads with numbers of their own, end: what the end returns. */
static int
crowd(int (*fn)(int), int n)
{
	pthread_t *t = calloc(n, sizeof(*t));
	void *line;
	int i, rv;

	ck_assert_int_eq(rump_init(), 0);
	crowd_fn = fn;
	rump_schedule();
	ck_assert_int_eq(fn(-1), 0);
	rump_unschedule();
	for (i = 0; i < n; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, crowd_thread,
		    (void *)(intptr_t)i), 0);
	for (i = 0; i < n; i++) {
		pthread_join(t[i], &line);
		ck_assert_msg(line == NULL, "kernel half failed at line %ld",
		    (long)(intptr_t)line);
	}
	rump_schedule();
	rv = fn(-2);
	rump_unschedule();
	free(t);
	return rv;
}

START_TEST(prop_hammer)
{

	ck_assert_int_eq(crowd(rumptest_prop_hammer, 6), 0);
}
END_TEST

/* 25 replacements by each of 8 threads, and the last object. */
START_TEST(rcu_torture)
{

	ck_assert_int_eq(crowd(rumptest_rcu_torture, 8), 8 * 25 + 1);
}
END_TEST

START_TEST(ec_order)
{

	ck_assert_int_eq(crowd(rumptest_ec_order, 64), 64 * 5);
}
END_TEST

START_TEST(pcq_crowd)
{

	ck_assert_int_eq(crowd(rumptest_pcq_crowd, 4), 0);
}
END_TEST

START_TEST(pcq_shared)
{

	ck_assert_int_eq(crowd(rumptest_pcq_shared, 8), 0);
}
END_TEST

START_TEST(mt_crowd)
{

	ck_assert_int_eq(crowd(rumptest_mt_crowd, 8), 8000);
}
END_TEST

START_TEST(fifo_crowd)
{

	ck_assert_int_eq(crowd(rumptest_fifo_crowd, 8), 64);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("services");
	TCase *tc = tcase_create("services");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, kern_prop_scalars);
	tcase_add_test(tc, kern_prop_containers);
	tcase_add_test(tc, kern_prop_ranges);
	tcase_add_test(tc, kern_prop_xml);
	tcase_add_test(tc, kern_prop_hostile);
	tcase_add_test(tc, kern_prop_ioctl);
	tcase_add_test(tc, prop_hammer);
	tcase_add_test(tc, kern_device);
	tcase_add_test(tc, kern_rcu);
	tcase_add_test(tc, kern_rcu_bound);
	tcase_add_test(tc, kern_rcu_blocked);
#ifdef RUMP_CHECK
	tcase_add_loop_test_raise_signal(tc, rcu_breach, SIGABRT, 0, 3);
#endif
	tcase_add_test(tc, rcu_torture);
	tcase_add_test(tc, kern_eventcount);
	tcase_add_test(tc, ec_order);
	tcase_add_test(tc, kern_threadpool);
	tcase_add_test(tc, kern_module4);
	tcase_add_test(tc, kern_pcq);
	tcase_add_test(tc, pcq_crowd);
	tcase_add_test(tc, pcq_shared);
	tcase_add_test(tc, kern_mt);
	tcase_add_test(tc, mt_crowd);
	tcase_add_loop_test_raise_signal(tc, mt_breach, SIGABRT, 0, 3);
	tcase_add_test(tc, kern_fifo);
	tcase_add_test(tc, fifo_crowd);
	tcase_add_test(tc, kern_dispatch);
	tcase_add_test(tc, kern_aes);
	tcase_add_test(tc, kern_rnd);
	tcase_add_test(tc, kern_cprng_kqueue);
	tcase_add_test(tc, kern_md4);
	tcase_add_test(tc, kern_rmd160);
	tcase_add_test(tc, kern_assert);
	tcase_add_loop_test_raise_signal(tc, assert_fatal, SIGABRT, 0, 10);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
