/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling, locks, lwps and threads: drives the kernel half (tests/kern)
 * from one and from many host threads, and rump_lwproc(3) from outside.
 */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumperr.h>

#define NTHREADS	8
#define ROUNDS		1600

void	rumptest_torture_init(void);
void	rumptest_torture_run(int, int);
int	rumptest_torture_check(int);

static void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
}

/* Each is a test of the kernel half. */
#define KERNTEST(name)							\
int	rumptest_##name(void);						\
START_TEST(kern_##name)							\
{									\
	int line;							\
									\
	boot();								\
	rump_schedule();						\
	line = rumptest_##name();					\
	rump_unschedule();						\
	ck_assert_msg(line == 0, "kernel half failed at line %d", line);	\
}									\
END_TEST

KERNTEST(mutex)
KERNTEST(rwlock)
KERNTEST(condvar)
KERNTEST(sleep)
KERNTEST(kthread)
KERNTEST(softint)
KERNTEST(workqueue)
KERNTEST(once)
KERNTEST(percpu)
KERNTEST(psref)
KERNTEST(localcount)
KERNTEST(kauth)
KERNTEST(klock)
KERNTEST(module)
KERNTEST(component)
KERNTEST(priority)

/* Breaches 0, 1, 6 are found by every build, the others when checking. */
void	rumptest_breach(int);

START_TEST(breach)
{

#ifndef RUMP_CHECK
	if (_i >= 2 && _i <= 5)
		abort();
#endif
	boot();
	rump_schedule();
	rumptest_breach(_i);
	rump_unschedule();
}
END_TEST

static void *
torture(void *arg)
{
	int seed = (int)(intptr_t)arg, i;

	/* In portions, so that entry and exit take part. */
	for (i = 0; i < ROUNDS; i += 64) {
		rump_schedule();
		rumptest_torture_run(seed, ROUNDS - i < 64 ? ROUNDS - i : 64);
		rump_unschedule();
	}
	return NULL;
}

START_TEST(locks_torture)
{
	pthread_t t[NTHREADS];
	int i, line;

	boot();
	rump_schedule();
	rumptest_torture_init();
	rump_unschedule();
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, torture,
		    (void *)(intptr_t)i), 0);
	for (i = 0; i < NTHREADS; i++)
		pthread_join(t[i], NULL);
	rump_schedule();
	line = rumptest_torture_check(NTHREADS * ROUNDS);
	rump_unschedule();
	ck_assert_msg(line == 0, "kernel half failed at line %d", line);
}
END_TEST

/* Everybody gets in, though others never let go for long. */
static _Atomic int fair_stop;

static void *
fair_worker(void *arg)
{
	long *count = arg;

	while (!fair_stop) {
		(void)rump_sys_getpid();
		++*count;
	}
	return NULL;
}

START_TEST(entry_fair)
{
	struct timespec ts = { 1, 0 };
	long count[NTHREADS] = { 0 };
	pthread_t t[NTHREADS];
	int i;

	boot();
	for (i = 0; i < NTHREADS; i++)
		pthread_create(&t[i], NULL, fair_worker, &count[i]);
	nanosleep(&ts, NULL);
	fair_stop = 1;
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_gt(count[i], 10);
	}
}
END_TEST

/*
 * Many lone entries of one thread, and others that come now and then: the
 * bias of the virtual CPU comes and goes.
 */
void	rumptest_excl_init(void);
void	rumptest_excl_count(int);
long	rumptest_excl_get(void);

static _Atomic int excl_stop;

static void *
excl_main(void *arg)
{
	long *count = arg;

	while (!excl_stop) {
		rump_schedule();
		rumptest_excl_count((int)(*count & 31));
		rump_unschedule();
		++*count;
	}
	return NULL;
}

static void *
excl_visitor(void *arg)
{
	struct timespec ts = { 0, 20000 };
	long *count = arg;

	while (!excl_stop) {
		rump_schedule();
		rumptest_excl_count((int)(*count & 255));
		rump_unschedule();
		++*count;
		ts.tv_nsec = 1000 + (*count * 7919) % 90000;
		nanosleep(&ts, NULL);
	}
	return NULL;
}

/* With the host's membarrier(2), and as if it were refused. */
START_TEST(entry_exclusive)
{
	struct timespec ts = { 2, 0 };
	long count[4] = { 0 };
	pthread_t t[4];
	int i;

	if (_i == 1)
		setenv("RUMP_MEMBARRIER", "no", 1);
	boot();
	rump_schedule();
	rumptest_excl_init();
	rump_unschedule();
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, i == 0 ? excl_main : excl_visitor,
		    &count[i]);
	nanosleep(&ts, NULL);
	excl_stop = 1;
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	rump_schedule();
	ck_assert_int_eq(rumptest_excl_get(),
	    count[0] + count[1] + count[2] + count[3]);
	rump_unschedule();
	for (i = 0; i < 4; i++)
		ck_assert_int_gt(count[i], 10);
}
END_TEST

START_TEST(boot_twice)
{

	ck_assert_int_eq(rump_boot_gethowto(), RUMP_AB_SILENT);
	boot();
	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_getpid(), 1);
	ck_assert_int_eq(rump_getversion(), 799003400);
	ck_assert_int_eq(rump_nativeabi_p(), 1);
	ck_assert_ptr_null(rump_pub_lwproc_curlwp());
}
END_TEST

static void *
init_thread(void *arg)
{

	*(int *)arg = rump_init();
	return NULL;
}

START_TEST(boot_race)
{
	pthread_t t[4];
	int rv[4], i;

	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, init_thread, &rv[i]);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(rv[i], 0);
	}
}
END_TEST

START_TEST(call_before_boot)
{

	errno = 0;
	ck_assert_int_eq(rump_sys_getpid(), -1);
	ck_assert_int_eq(rump_pub_lwproc_rfork(0), RUMP_ENXIO);
}
END_TEST

START_TEST(lwproc)
{
	struct lwp *l2, *l1;

	boot();
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_getpid(), 2);
	ck_assert_int_eq(rump_sys_getppid(), 1);
	l2 = rump_pub_lwproc_curlwp();
	ck_assert_ptr_nonnull(l2);
	ck_assert_int_eq(rump_pub_lwproc_newlwp(99), RUMP_ESRCH);
	ck_assert_ptr_eq(rump_pub_lwproc_curlwp(), l2);
	ck_assert_int_eq(rump_pub_lwproc_newlwp(1), 0);
	ck_assert_int_eq(rump_sys_getpid(), 1);
	l1 = rump_pub_lwproc_curlwp();
	rump_pub_lwproc_switch(l2);
	ck_assert_int_eq(rump_sys_getpid(), 2);
	rump_pub_lwproc_switch(NULL);
	ck_assert_ptr_null(rump_pub_lwproc_curlwp());
	ck_assert_int_eq(rump_sys_getpid(), 1);
	rump_pub_lwproc_switch(l1);
	rump_pub_lwproc_releaselwp();
	rump_pub_lwproc_switch(l2);
	/* The last lwp takes its process along. */
	rump_pub_lwproc_releaselwp();
	ck_assert_ptr_null(rump_pub_lwproc_curlwp());
	ck_assert_int_eq(rump_sys_getpid(), 1);
	ck_assert_int_eq(rump_pub_lwproc_newlwp(2), RUMP_ESRCH);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG | RUMP_RFCFDG),
	    RUMP_EINVAL);
	/* Releasing the implicit one changes nothing. */
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_getpid(), 1);
}
END_TEST

START_TEST(lwproc_files)
{
	int p[2];

	boot();
	ck_assert_int_eq(rump_sys_pipe(p), 0);
	/* Shared: closing there closes here. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFD_SHARE), 0);
	ck_assert_int_eq(rump_sys_write(p[1], "x", 1), 1);
	rump_pub_lwproc_releaselwp();
	/* Copied: closing there leaves ours. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	ck_assert_int_eq(rump_sys_write(p[1], "y", 1), 1);
	ck_assert_int_eq(rump_sys_close(p[1]), 0);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_write(p[1], "z", 1), 1);
	/* Cleared: not there. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_write(p[1], "x", 1), -1);
	ck_assert_int_eq(errno, RUMP_EBADF);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_close(p[0]), 0);
	ck_assert_int_eq(rump_sys_close(p[1]), 0);
}
END_TEST

START_TEST(lwproc_creds)
{

	boot();
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_setuid(1000), 0);
	ck_assert_int_eq(rump_sys_getuid(), 1000);
	ck_assert_int_eq(rump_sys_setuid(0), -1);
	ck_assert_int_eq(errno, RUMP_EPERM);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_getuid(), 0);
}
END_TEST

/* Processes come and go while others look for them and join them. */
static void *
proc_churn(void *arg)
{
	int i, pid;

	for (i = 0; i < 200; i++) {
		if (rump_pub_lwproc_rfork(i % 3) != 0)
			break;
		pid = rump_sys_getpid();
		(void)rump_pub_lwproc_newlwp(pid > 3 ? pid - 1 : 1);
		(void)rump_sys_getuid();
		rump_pub_lwproc_releaselwp();
		if (rump_pub_lwproc_newlwp(1) != 0)
			break;
		if (i % 7 == 0)
			(void)rump_sys_setuid(0);
		rump_pub_lwproc_releaselwp();
	}
	*(int *)arg = i;
	return NULL;
}

START_TEST(lwproc_churn)
{
	pthread_t t[NTHREADS];
	int done[NTHREADS], i;

	boot();
	for (i = 0; i < NTHREADS; i++)
		pthread_create(&t[i], NULL, proc_churn, &done[i]);
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(done[i], 200);
	}
	ck_assert_int_eq(rump_sys_getpid(), 1);
}
END_TEST

/* Threads come and go; their implicit lwps go with them. */
static void *
one_call(void *arg)
{

	*(int *)arg = rump_sys_getpid();
	return NULL;
}

START_TEST(thread_exit)
{
	pthread_t t;
	int i, pid;

	boot();
	for (i = 0; i < 2000; i++) {
		pid = 0;
		ck_assert_int_eq(pthread_create(&t, NULL, one_call, &pid), 0);
		pthread_join(t, NULL);
		ck_assert_int_eq(pid, 1);
	}
}
END_TEST

/* A lwp whose thread has ended can be taken over by another. */
static void *
leave_lwp(void *arg)
{

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	*(struct lwp **)arg = rump_pub_lwproc_curlwp();
	return NULL;
}

START_TEST(thread_exit_explicit)
{
	struct lwp *l;
	pthread_t t;

	boot();
	pthread_create(&t, NULL, leave_lwp, &l);
	pthread_join(t, NULL);
	rump_pub_lwproc_switch(l);
	ck_assert_int_eq(rump_sys_getpid(), 2);
	rump_pub_lwproc_releaselwp();
}
END_TEST

/* A handler that calls into the kernel its thread is in gets EDEADLK. */
static atomic_int handler_ran, handler_error, handler_rv;

/*
 * The handler comes once outside the kernel, where it may do what it likes,
 * but the checking build's lock checker allocates.
 */
const char *__tsan_default_options(void);

const char *
__tsan_default_options(void)
{

	return "report_signal_unsafe=0";
}

static void
handler(int sig)
{
	int saved = errno, rv;

	errno = 0;
	rv = rump_sys_getpid();
	/* What was once refused is kept. */
	if (handler_error != RUMP_EDEADLK) {
		handler_rv = rv;
		handler_error = errno;
	}
	handler_ran = 1;
	errno = saved;
}

struct kick {
	pthread_t thread;
	int fd;
};

static void *
kicker(void *arg)
{
	struct timespec ts = { 0, 20000000 };
	struct kick *k = arg;
	int i;

	/* Until one has met its target inside. */
	for (i = 0; i < 500 && handler_error != RUMP_EDEADLK; i++) {
		nanosleep(&ts, NULL);
		pthread_kill(k->thread, SIGUSR1);
	}
	nanosleep(&ts, NULL);
	(void)rump_sys_write(k->fd, "x", 1);
	return NULL;
}

START_TEST(signal_reentry)
{
	struct kick kick = { pthread_self(), -1 };
	struct sigaction sa;
	pthread_t t;
	int p[2];
	char c;

	boot();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	ck_assert_int_eq(handler_rv, 1);	/* outside: no objection */
	handler_ran = 0;
	ck_assert_int_eq(rump_sys_pipe(p), 0);
	kick.fd = p[1];
	pthread_create(&t, NULL, kicker, &kick);
	ck_assert_int_eq(rump_sys_read(p[0], &c, 1), 1);
	ck_assert_int_eq(handler_ran, 1);
	ck_assert_int_eq(handler_rv, -1);
	ck_assert_int_eq(handler_error, RUMP_EDEADLK);
	pthread_join(t, NULL);
	ck_assert_int_eq(rump_sys_getpid(), 1);
}
END_TEST

START_TEST(reboot_ends)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (rump_init() != 0)
			_exit(11);
		rump_sys_reboot(0, NULL);
		_exit(12);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* The parent returns when the child says so, the child goes on. */
START_TEST(daemonize)
{
	int status, p[2];
	pid_t pid;
	char c = 0;

	ck_assert_int_eq(pipe(p), 0);
	if ((pid = fork()) == 0) {
		if (rump_daemonize_begin() != 0 || rump_init() != 0)
			_exit(11);
		(void)rump_daemonize_done(RUMP_DAEMONIZE_SUCCESS);
		c = rump_sys_getpid() == 1 ? 'y' : 'n';
		(void)!write(p[1], &c, 1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(read(p[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	boot();
	ck_assert_int_ne(rump_daemonize_begin(), 0);
}
END_TEST

START_TEST(usenative_guarded)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (rump_init() != 0)
			_exit(11);
		rump_pub_lwproc_sysent_usenative();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	boot();
	*(int *)dlsym(RTLD_DEFAULT,
	    "rump_i_know_what_i_am_doing_with_sysents") = 1;
	rump_pub_lwproc_sysent_usenative();
	ck_assert_int_eq(rump_sys_getpid(), 1);
}
END_TEST

/* With a model that says so, the host process outlives a panic. */
void	rumptest_panic_install(void);

START_TEST(panic_survived)
{
	pthread_t t;
	int pid = 0;

	rump_boot_setsigmodel(RUMP_SIGMODEL_IGNORE);
	boot();
	rump_schedule();
	rumptest_panic_install();
	rump_unschedule();
	ck_assert_int_eq(rump_sys_getpgid(0), -1);
	ck_assert_int_eq(errno, RUMP_EIO);
	ck_assert_int_eq(rump_sys_getpid(), -1);
	ck_assert_int_eq(errno, RUMP_EIO);
	ck_assert_int_eq(rump_pub_lwproc_rfork(0), RUMP_EIO);
	pthread_create(&t, NULL, one_call, &pid);
	pthread_join(t, NULL);
	ck_assert_int_eq(pid, -1);
	rump_pub_lwproc_releaselwp();
	ck_assert_ptr_null(rump_pub_lwproc_curlwp());
}
END_TEST

START_TEST(panic_aborts)
{

	boot();
	rump_schedule();
	rumptest_panic_install();
	rump_unschedule();
	(void)rump_sys_getpgid(0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sched");
	TCase *tc = tcase_create("kern"), *tl = tcase_create("lwproc");

	tcase_set_timeout(tc, 50);
	tcase_add_test(tc, kern_mutex);
	tcase_add_test(tc, kern_rwlock);
	tcase_add_test(tc, kern_condvar);
	tcase_add_test(tc, kern_sleep);
	tcase_add_test(tc, kern_kthread);
	tcase_add_test(tc, kern_softint);
	tcase_add_test(tc, kern_workqueue);
	tcase_add_test(tc, kern_once);
	tcase_add_test(tc, kern_percpu);
	tcase_add_test(tc, kern_psref);
	tcase_add_test(tc, kern_localcount);
	tcase_add_test(tc, kern_kauth);
	tcase_add_test(tc, kern_klock);
	tcase_add_test(tc, kern_module);
	tcase_add_test(tc, kern_component);
	tcase_add_test(tc, kern_priority);
	tcase_add_loop_test_raise_signal(tc, breach, SIGABRT, 0, 7);
	tcase_add_test(tc, locks_torture);
	tcase_add_test(tc, entry_fair);
	tcase_add_loop_test(tc, entry_exclusive, 0, 2);
	suite_add_tcase(s, tc);
	tcase_set_timeout(tl, 20);
	tcase_add_test(tl, boot_twice);
	tcase_add_test(tl, boot_race);
	tcase_add_test(tl, call_before_boot);
	tcase_add_test(tl, lwproc);
	tcase_add_test(tl, lwproc_files);
	tcase_add_test(tl, lwproc_creds);
	tcase_add_test(tl, lwproc_churn);
	tcase_add_test(tl, thread_exit);
	tcase_add_test(tl, thread_exit_explicit);
	tcase_add_test(tl, signal_reentry);
	tcase_add_test(tl, reboot_ends);
	tcase_add_test(tl, daemonize);
	tcase_add_test(tl, usenative_guarded);
	tcase_add_test(tl, panic_survived);
	tcase_add_test_raise_signal(tl, panic_aborts, SIGABRT);
	suite_add_tcase(s, tl);
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
