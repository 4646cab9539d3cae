/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_rcu.c - read-copy update on the event engine: handlers read without a
 * call, nothing is freed under them, and a loop that sleeps delays nobody.
 */
#include <rump/rumpuser_rcu.h>

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <check.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define TASKS		3
#define UPDATES		500
#define ALIVE		0x616c697665ULL

struct obj {
	struct rumpuser_rcu rcu;
	uint64_t magic, twice;
};

static struct rumpuser_task *tasks[TASKS];
static struct rumpuser_evthread *threads[TASKS];
static struct rumpuser_work readers[TASKS];
static struct obj *shared;
static int stop, freed;

static void
threads_start(void)
{
	int i;

	for (i = 0; i < TASKS; i++) {
		struct rumpuser_evthread_attr ea = { .et_name = "reader" };

		ck_assert_int_eq(rumpuser_task_create(&tasks[i], NULL), 0);
		ea.et_task = tasks[i];
		ck_assert_int_eq(rumpuser_evthread_create(&threads[i], &ea),
		    0);
		ck_assert_int_eq(rumpuser_evthread_start(threads[i]), 0);
	}
}

/* A reader may have posted itself once more after the stop. */
static void
threads_stop(int nreaders)
{
	int i;

	for (i = 0; i < TASKS; i++) {
		rumpuser_task_stop(tasks[i]);
		ck_assert_int_eq(rumpuser_evthread_free(threads[i]), 0);
		if (i < nreaders)
			(void)rumpuser_event_cancel(&readers[i].w_ev);
		ck_assert_int_eq(rumpuser_task_destroy(tasks[i]), 0);
	}
}

static void
read_it(void *env, uintptr_t arg, int error)
{
	const struct obj *o;
	int i;

	(void)arg;
	(void)error;
	for (i = 0; i < 100; i++) {
		o = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
		if (o->magic != ALIVE || o->twice != 2 * ALIVE)
			ck_abort_msg("a handler holds freed memory");
	}
	if (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		(void)rumpuser_work_post(env, 0, 0);
}

static void
obj_free(void *env, uintptr_t arg, int error)
{
	struct obj *o = env;

	(void)arg;
	(void)error;
	o->magic = o->twice = 0;
	free(o);
	__atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED);
}

static struct obj *
obj_new(void)
{
	struct obj *o = malloc(sizeof(*o));

	ck_assert_ptr_nonnull(o);
	o->magic = ALIVE;
	o->twice = 2 * ALIVE;
	ck_assert_int_eq(rumpuser_rcu_init(&o->rcu, NULL, RUMPUSER_PRIO_LOW,
	    obj_free, o), 0);
	return o;
}

static void *
thread_reader(void *arg)
{
	const struct obj *o;

	(void)arg;
	if (rumpuser_rcu_register() != 0)
		abort();
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		o = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
		if (o->magic != ALIVE)
			ck_abort_msg("a thread holds freed memory");
		rumpuser_rcu_quiescent();
		rumpuser_rcu_offline();
		sched_yield();
		rumpuser_rcu_online();
	}
	/* It goes without a word; its end is noticed. */
	return NULL;
}

START_TEST(torture)
{
	struct rumpuser_rcu_stats rs;
	pthread_t th;
	int i;

	ck_assert_int_eq(rumpuser_rcu_setbatch(0), 22);
	ck_assert_int_eq(rumpuser_rcu_setbatch(_i == 0 ? 1 : 16), 0);
	shared = obj_new();
	threads_start();
	for (i = 0; i < TASKS - 1; i++) {
		rumpuser_work_init(&readers[i], tasks[i],
		    RUMPUSER_PRIO_NORMAL, read_it, &readers[i]);
		rumpuser_work_post(&readers[i], 0, 0);
	}
	ck_assert_int_eq(pthread_create(&th, NULL, thread_reader, NULL), 0);
	for (i = 0; i < UPDATES; i++) {
		rumpuser_rcu_call(&__atomic_exchange_n(&shared, obj_new(),
		    __ATOMIC_ACQ_REL)->rcu);
		if (i % 50 == 0)
			rumpuser_rcu_synchronize();
	}
	rumpuser_rcu_barrier();
	rumpuser_rcu_stats(&rs);
	ck_assert_uint_eq(rs.rs_calls, UPDATES);
	ck_assert_uint_eq(rs.rs_done, UPDATES);
	ck_assert_uint_gt(rs.rs_periods, 0);
	ck_assert_uint_le(rs.rs_periods, UPDATES);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(th, NULL);
	threads_stop(TASKS - 1);
	for (i = 0; __atomic_load_n(&freed, __ATOMIC_RELAXED) < UPDATES &&
	    i < 10000; i++)
		usleep(1000);
	ck_assert_int_eq(freed, UPDATES);
	free(shared);
}
END_TEST

static void
synchronizes(void *env, uintptr_t arg, int error)
{

	(void)arg;
	(void)error;
	rumpuser_rcu_synchronize();
	rumpuser_rcu_barrier();
	__atomic_store_n((int *)env, 1, __ATOMIC_RELEASE);
}

/*
 * Loops that sleep have nothing to report; waiting in a handler, of the task
 * that runs the machine, too, does not wait for itself.
 */
START_TEST(asleep)
{
	struct rumpuser_work w;
	struct rumpuser_task *on;
	int done = 0, i;

	threads_start();
	for (i = 0; i < 20; i++)
		rumpuser_rcu_synchronize();
	on = _i == 0 ? tasks[0] : rumpuser_task_default();
	rumpuser_work_init(&w, on, RUMPUSER_PRIO_NORMAL, synchronizes, &done);
	rumpuser_work_post(&w, 0, 0);
	for (i = 0; !__atomic_load_n(&done, __ATOMIC_ACQUIRE) && i < 10000;
	    i++)
		usleep(1000);
	ck_assert_int_eq(done, 1);
	threads_stop(0);
}
END_TEST

/* Grace periods need no barrier and no signal of the host's: they would kill. */
static void
forbid(void)
{
	static struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog prog = { sizeof(f) / sizeof(f[0]), f };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &prog), 0);
}

START_TEST(no_help)
{
	int i;

	shared = obj_new();
	threads_start();
	forbid();
	rumpuser_work_init(&readers[0], tasks[0], RUMPUSER_PRIO_NORMAL,
	    read_it, &readers[0]);
	rumpuser_work_post(&readers[0], 0, 0);
	for (i = 0; i < 20; i++) {
		rumpuser_rcu_call(&__atomic_exchange_n(&shared, obj_new(),
		    __ATOMIC_ACQ_REL)->rcu);
		rumpuser_rcu_synchronize();
	}
	rumpuser_rcu_barrier();
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	threads_stop(1);
	free(shared);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rcu");
	TCase *tc = tcase_create("rcu");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, torture, 0, 2);
	tcase_add_loop_test(tc, asleep, 0, 2);
	tcase_add_test(tc, no_help);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
