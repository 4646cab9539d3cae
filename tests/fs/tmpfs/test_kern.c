/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kern.c - calls the kernel half of the tests of tmpfs
 * (tests/kern/tmpfs.c), and looks at what it left.
 */
#include "client.h"

int	rumptest_tmpfs_whiteout(void);
int	rumptest_tmpfs_cookies(void);
int	rumptest_tmpfs_pages(void);

static int
inkernel(int (*fn)(void))
{
	int rv;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	rump_schedule();
	rv = fn();
	rump_unschedule();
	rump_pub_lwproc_releaselwp();
	return rv;
}

START_TEST(whiteout)
{
	struct rump_stat sb;

	boot();
	OK(mount_tmpfs(0, 0));
	ck_assert_int_eq(inkernel(rumptest_tmpfs_whiteout), 0);
	FAILS(st(MNT "/opaque", &sb), RUMP_ENOENT);
	OK(rump_sys_mkdir(MNT "/opaque", 0700));
	OK(st(MNT "/opaque", &sb));
	ck_assert_uint_eq(sb.st_flags, 8);
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

START_TEST(cookies)
{

	boot();
	OK(mount_tmpfs(0, 0));
	put(MNT "/one", "x");
	put(MNT "/two", "x");
	put(MNT "/three", "x");
	OK(rump_sys_unlink(MNT "/two"));
	put(MNT "/a-longer-name-than-the-others", "x");
	ck_assert_int_eq(inkernel(rumptest_tmpfs_cookies), 0);
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

START_TEST(pages)
{
	uint64_t before;

	boot();
	OK(mount_tmpfs(1 << 20, 0));
	before = used();
	put(MNT "/f", "x");
	OK(rump_sys_truncate(MNT "/f", 4 * 4096));
	ck_assert_int_eq(inkernel(rumptest_tmpfs_pages), 0);
	ck_assert_uint_ge(used(), before + 4);
	OK(rump_sys_unlink(MNT "/f"));
	ck_assert_uint_le(used(), before + 1);
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tmpfs kernel half");
	TCase *tc = tcase_create("kernel");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, whiteout);
	tcase_add_test(tc, cookies);
	tcase_add_test(tc, pages);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
