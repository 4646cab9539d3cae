/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the kernel half of the tests of descriptors and files (tests/kern),
 * each in a process of the rump kernel of its own.
 */
#include <check.h>
#include <stdlib.h>

#include <rump/rump.h>

int	rumptest_fd_life(void);
int	rumptest_fd_clone(void);
int	rumptest_fd_table(void);
int	rumptest_fd_wrong(void);
int	rumptest_syscall_package(void);
int	rumptest_select(void);
int	rumptest_file_list(void);

static int (*const tests[])(void) = {
	rumptest_fd_life,
	rumptest_fd_clone,
	rumptest_fd_table,
	rumptest_fd_wrong,
	rumptest_syscall_package,
	rumptest_select,
	rumptest_file_list,
};
#define	NTESTS	((int)(sizeof(tests) / sizeof(tests[0])))

START_TEST(kernel_half)
{
	int line;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	rump_schedule();
	line = tests[_i]();
	rump_unschedule();
	rump_pub_lwproc_releaselwp();
	ck_assert_msg(line == 0, "tests/kern/file.c:%d", line);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("files");
	TCase *tc = tcase_create("kernel");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, kernel_half, 0, NTESTS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
