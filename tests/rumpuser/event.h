/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event.h - what the tests of the event engine share: error numbers, a
 * recorder of handlers, tasks on threads.
 */
#ifndef TESTS_RUMPUSER_EVENT_H_
#define TESTS_RUMPUSER_EVENT_H_

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rumpuser_event.h>

enum { NB_EPERM = 1, NB_EBADF = 9, NB_EDEADLK = 11, NB_ENOMEM = 12,
    NB_EBUSY = 16, NB_EEXIST = 17, NB_EINVAL = 22, NB_EMFILE = 24,
    NB_EAGAIN = 35, NB_EOPNOTSUPP = 45, NB_ECANCELED = 87 };

#define OK(x)	ck_assert_int_eq((x), 0)
#define MS	INT64_C(1000000)

#define LOG_MAX	4096

/** What handlers have written down: their env, a small number, in order. */
struct log {
	unsigned int n;
	uintptr_t id[LOG_MAX];
	uintptr_t arg[LOG_MAX];
};
extern struct log the_log;

/** A handler that writes down its env and its argument. */
static inline void
note(void *env, uintptr_t arg, int error)
{

	ck_assert_int_eq(error, 0);
	ck_assert_uint_lt(the_log.n, LOG_MAX);
	the_log.id[the_log.n] = (uintptr_t)env;
	the_log.arg[the_log.n++] = arg;
}

static inline struct rumpuser_task *
task_new(uint32_t max_polls, uint32_t max_steps, int poller)
{
	const struct rumpuser_task_attr attr = {
		.ta_max_polls = max_polls,
		.ta_max_steps = max_steps,
		.ta_poller = poller,
	};
	struct rumpuser_task *task;

	OK(rumpuser_task_create(&task, &attr));
	return task;
}

static inline struct rumpuser_evthread *
thread_new(const char *name, struct rumpuser_task *task)
{
	const struct rumpuser_evthread_attr attr = {
		.et_name = name, .et_task = task,
	};
	struct rumpuser_evthread *et;

	OK(rumpuser_evthread_create(&et, &attr));
	OK(rumpuser_evthread_start(et));
	return et;
}

/** One round that does not wait: how many handlers it called. */
static inline unsigned int
step(struct rumpuser_task *task)
{
	unsigned int n;

	OK(rumpuser_task_step(task, 0, &n));
	return n;
}

static inline struct rumpuser_task_stats
stats(struct rumpuser_task *task)
{
	struct rumpuser_task_stats ts;

	OK(rumpuser_task_stats(task, &ts));
	return ts;
}

static inline int
run_suite(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
