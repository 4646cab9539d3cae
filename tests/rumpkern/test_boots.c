/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels that come and go, one a process: each boots, is used, shuts down, and
 * has then no more memory in use than the first.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#if defined(__SANITIZE_ADDRESS__)
#define SLOW	1	/* a sanitizer's process */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW	1	/* a sanitizer's process */
#endif
#endif

#ifdef SLOW
#define BOOTS	50
#else
#define BOOTS	1000
#endif

static long
boot_and_down(void)
{
	int fds[2], status;
	long used = -1;
	char buf[256];
	FILE *f;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		if (rump_init() != 0 || rump_sys_mkdir("/d", 0755) != 0 ||
		    rump_sys_rmdir("/d") != 0)
			_exit(99);
		rump_sys_reboot(0, NULL);
		_exit(98);
	}
	close(fds[1]);
	ck_assert_ptr_nonnull(f = fdopen(fds[0], "r"));
	while (fgets(buf, sizeof(buf), f) != NULL)
		if (strstr(buf, "bytes of memory in use") != NULL)
			used = strtol(buf, NULL, 10);
	fclose(f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
	return used;
}

START_TEST(boots)
{
	long first, used;
	int i;

	setenv("RUMP_MEMREPORT", "1", 1);
	first = boot_and_down();
	ck_assert_int_gt(first, 0);
	for (i = 1; i < BOOTS; i++) {
		used = boot_and_down();
		ck_assert_msg(used <= first + 65536, "boot %d: %ld bytes, "
		    "%ld at first", i, used, first);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpkern/boots");
	TCase *tc = tcase_create("boots");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 190);
	tcase_add_test(tc, boots);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
