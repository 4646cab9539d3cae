/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_qsbr.c - quiescent-state-based reclamation (rump-free/qsbr.h): what is
 * freed after a grace period is in nobody's hands.
 */
#include <rump-free/qsbr.h>

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define READERS		3
#define UPDATES		3000
#define ALIVE		0x616c697665ULL

struct obj {
	uint64_t magic, twice;
};

static struct rump_qsbr dom = RUMP_QSBR_INITIALIZER;
static pthread_mutex_t dom_mtx = PTHREAD_MUTEX_INITIALIZER;
static struct obj *shared;
static int stop;

static void *
reader(void *arg)
{
	struct rump_qsbr_reader self;
	const struct obj *o;
	unsigned int i;

	(void)arg;
	pthread_mutex_lock(&dom_mtx);
	rump_qsbr_register(&dom, &self);
	pthread_mutex_unlock(&dom_mtx);
	rump_qsbr_online(&dom, &self);
	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		o = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
		if (o->magic != ALIVE || o->twice != 2 * ALIVE)
			ck_abort_msg("a reader holds freed memory");
		rump_qsbr_quiescent(&dom, &self);
		if (i % 64 == 0) {
			/* Asleep: no report, and no grace period waits. */
			rump_qsbr_offline(&self);
			sched_yield();
			rump_qsbr_online(&dom, &self);
		}
	}
	rump_qsbr_offline(&self);
	pthread_mutex_lock(&dom_mtx);
	rump_qsbr_unregister(&self);
	pthread_mutex_unlock(&dom_mtx);
	return NULL;
}

static int
elapsed(uint64_t period)
{
	int rv;

	pthread_mutex_lock(&dom_mtx);
	rv = rump_qsbr_elapsed(&dom, period);
	pthread_mutex_unlock(&dom_mtx);
	return rv;
}

static struct obj *
obj_new(void)
{
	struct obj *o = malloc(sizeof(*o));

	ck_assert_ptr_nonnull(o);
	o->magic = ALIVE;
	o->twice = 2 * ALIVE;
	return o;
}

START_TEST(torture)
{
	pthread_t th[READERS];
	struct obj *old;
	uint64_t period;
	int i;

	shared = obj_new();
	for (i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&th[i], NULL, reader, NULL),
		    0);
	for (i = 0; i < UPDATES; i++) {
		old = __atomic_exchange_n(&shared, obj_new(),
		    __ATOMIC_ACQ_REL);
		period = rump_qsbr_begin(&dom);
		while (!elapsed(period))
			sched_yield();
		old->magic = old->twice = 0;
		free(old);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < READERS; i++)
		pthread_join(th[i], NULL);
	ck_assert_ptr_null(dom.q_readers);
	free(shared);
}
END_TEST

/* One that is online and silent holds a grace period up; offline it does not. */
START_TEST(states)
{
	struct rump_qsbr_reader a, b;
	uint64_t period;

	rump_qsbr_register(&dom, &a);
	rump_qsbr_register(&dom, &b);
	period = rump_qsbr_begin(&dom);
	ck_assert(rump_qsbr_elapsed(&dom, period));
	rump_qsbr_online(&dom, &a);
	/* It came after the beginning: it cannot hold anything older. */
	ck_assert(rump_qsbr_elapsed(&dom, period));
	rump_qsbr_online(&dom, &b);
	period = rump_qsbr_begin(&dom);
	ck_assert(!rump_qsbr_elapsed(&dom, period));
	rump_qsbr_quiescent(&dom, &a);
	ck_assert(!rump_qsbr_elapsed(&dom, period));
	rump_qsbr_offline(&b);
	ck_assert(rump_qsbr_elapsed(&dom, period));
	ck_assert_uint_eq(a.qr_reports, 1);
	/* Nothing new: nothing to report. */
	rump_qsbr_quiescent(&dom, &a);
	ck_assert_uint_eq(a.qr_reports, 1);
	rump_qsbr_offline(&a);
	rump_qsbr_unregister(&a);
	rump_qsbr_unregister(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("qsbr");
	TCase *tc = tcase_create("qsbr");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, states);
	tcase_add_test(tc, torture);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
