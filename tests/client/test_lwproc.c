/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rump_lwproc(3): who is in which process, what a new one gets, when it is
 * gone, and what is refused.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

static void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
}

START_TEST(process_lives_by_its_lwps)
{
	struct lwp *l1, *l2;
	pid_t pid;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	l1 = rump_pub_lwproc_curlwp();
	pid = rump_sys_getpid();
	ck_assert_int_eq(rump_sys_getppid(), 1);
	ck_assert_int_eq(rump_pub_lwproc_newlwp(pid), 0);
	l2 = rump_pub_lwproc_curlwp();
	ck_assert_ptr_ne(l1, l2);
	ck_assert_int_eq(rump_sys_getpid(), pid);
	rump_pub_lwproc_releaselwp();
	/* One is left, bound to nobody. */
	ck_assert_ptr_null(rump_pub_lwproc_curlwp());
	ck_assert_int_eq(rump_sys_getpid(), 1);
	ck_assert_int_eq(rump_sys_getpgid(pid), 0);
	rump_pub_lwproc_switch(l1);
	ck_assert_int_eq(rump_sys_getpid(), pid);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_pub_lwproc_newlwp(pid), RUMP_ESRCH);
	errno = 0;
	ck_assert_int_eq(rump_sys_getpgid(pid), -1);
	ck_assert_int_eq(errno, RUMP_ESRCH);
}
END_TEST

/* Those whose parent goes are adopted by process 1. */
START_TEST(orphans)
{
	struct lwp *child, *p;
	pid_t parent;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	parent = rump_sys_getpid();
	p = rump_pub_lwproc_curlwp();

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	child = rump_pub_lwproc_curlwp();
	ck_assert_int_eq(rump_sys_getppid(), parent);
	rump_pub_lwproc_switch(p);
	rump_pub_lwproc_releaselwp();
	rump_pub_lwproc_switch(child);
	ck_assert_int_eq(rump_sys_getppid(), 1);
	rump_pub_lwproc_releaselwp();
}
END_TEST

/* Directories, mask and identity are copied, then each one's own. */
START_TEST(what_a_child_gets)
{
	struct rump_stat st;
	char buf[64];

	ck_assert_int_eq(rump_sys_mkdir("/a", 0777), 0);
	ck_assert_int_eq(rump_sys_mkdir("/a/b", 0777), 0);
	ck_assert_int_eq(rump_sys_chdir("/a"), 0);
	ck_assert_int_eq(rump_sys_umask(027), 022);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	ck_assert_int_ge(rump_sys___getcwd(buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "/a");
	ck_assert_int_eq(rump_sys_umask(0), 027);
	ck_assert_int_eq(rump_sys_chroot("/a"), 0);
	ck_assert_int_eq(rump_sys_chdir("/b"), 0);
	ck_assert_int_eq(rump_sys_setuid(5), 0);
	ck_assert_int_eq(rump_sys_getuid(), 5);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_ge(rump_sys___getcwd(buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "/a");
	ck_assert_int_eq(rump_sys_umask(022), 027);
	ck_assert_int_eq(rump_sys_getuid(), 0);
	ck_assert_int_eq(rump_sys_stat("/a/b", (struct stat *)(void *)&st),
	    0);
	/* Nothing of the child keeps the directory. */
	ck_assert_int_eq(rump_sys_chdir("/"), 0);
	ck_assert_int_eq(rump_sys_rmdir("/a/b"), 0);
	ck_assert_int_eq(rump_sys_rmdir("/a"), 0);
}
END_TEST

START_TEST(bad_requests)
{

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG | RUMP_RFCFDG),
	    RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_lwproc_rfork(0x4000), RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_lwproc_newlwp(-1), RUMP_ESRCH);
	ck_assert_int_eq(rump_pub_lwproc_newlwp(29999), RUMP_ESRCH);
	/* A thread without one has nothing to release. */
	ck_assert_ptr_null(rump_pub_lwproc_curlwp());
	rump_pub_lwproc_switch(NULL);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_getpid(), 1);
}
END_TEST

static void *
thief(void *arg)
{

	rump_pub_lwproc_switch(arg);
	return NULL;
}

/* Two threads on one lwp: never. */
START_TEST(run_twice)
{
	pthread_t t;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	pthread_create(&t, NULL, thief, rump_pub_lwproc_curlwp());
	pthread_join(t, NULL);
}
END_TEST

static void *
caller(void *arg)
{

	*(pid_t *)arg = rump_sys_getpid();
	return rump_pub_lwproc_curlwp();
}

/* Threads that never asked are in process 1, and leave nothing there. */
START_TEST(implicit)
{
	pthread_t t;
	void *l;
	pid_t pid;
	int i;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	for (i = 0; i < 100; i++) {
		pthread_create(&t, NULL, caller, &pid);
		pthread_join(t, &l);
		ck_assert_int_eq(pid, 1);
		ck_assert_ptr_null(l);
	}
	ck_assert_int_ne(rump_sys_getpid(), 1);
	rump_pub_lwproc_releaselwp();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lwproc");
	TCase *tc = tcase_create("lwproc");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_add_test(tc, process_lives_by_its_lwps);
	tcase_add_test(tc, orphans);
	tcase_add_test(tc, what_a_child_gets);
	tcase_add_test(tc, bad_requests);
	tcase_add_test_raise_signal(tc, run_twice, SIGABRT);
	tcase_add_test(tc, implicit);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
