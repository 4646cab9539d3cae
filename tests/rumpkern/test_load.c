/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Components that are loaded while the program runs: before rump_init() and
 * after it, as fs-utils does, with the link set looked up by hand.
 */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rump_native.h>
#include <rump/rump_syscalls.h>
#include <rump/rumperr.h>

static void
mount_works(void)
{
	struct rump_tmpfs_args args;

	memset(&args, 0, sizeof(args));
	args.ta_version = 1;
	args.ta_root_mode = 0755;
	ck_assert_int_eq(rump_sys_mkdir("/loadmnt", 0755), 0);
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_TMPFS, "/loadmnt", 0, &args,
	    sizeof(args)), 0);
	ck_assert_int_eq(rump_sys_mkdir("/loadmnt/dir", 0755), 0);
	ck_assert_int_eq(rump_sys_rmdir("/loadmnt/dir"), 0);
	ck_assert_int_eq(rump_sys_unmount("/loadmnt", 0), 0);
	ck_assert_int_eq(rump_sys_rmdir("/loadmnt"), 0);
}

/* Built twice: with the vfs faction linked, and with that loaded as well. */
#ifdef LATE_VFS
#define ABSENT	RUMP_ENOSYS
#else
#define ABSENT	RUMP_ENODEV
#endif

static void *
load(const char *name)
{
	void *h;

#ifdef LATE_VFS
	h = dlopen("librumpvfs.so", RTLD_LAZY | RTLD_GLOBAL);
	ck_assert_msg(h != NULL, "%s", dlerror());
#endif
	h = dlopen(name, RTLD_LAZY | RTLD_GLOBAL);
	ck_assert_msg(h != NULL, "%s", dlerror());
	return h;
}

START_TEST(absent)
{
	struct rump_tmpfs_args args = { .ta_version = 1 };

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_TMPFS, "/", 0, &args,
	    sizeof(args)), -1);
	ck_assert_int_eq(errno, ABSENT);
}
END_TEST

START_TEST(before_boot)
{

	(void)load("librumpfs_tmpfs.so");
	ck_assert_int_eq(rump_init(), 0);
	mount_works();
}
END_TEST

START_TEST(after_boot)
{
	void *h;

	ck_assert_int_eq(rump_init(), 0);
	h = load("librumpfs_tmpfs.so");
	mount_works();
	/* What the kernel has taken over stays. */
	ck_assert_int_eq(dlclose(h), 0);
	mount_works();
}
END_TEST

START_TEST(after_boot_by_hand)
{
	const struct modinfo *const *start, *const *stop;
	void *h;

	ck_assert_int_eq(rump_init(), 0);
	h = load("librumpfs_tmpfs.so");
	start = dlsym(h, "__start_link_set_modules");
	stop = dlsym(h, "__stop_link_set_modules");
	ck_assert_ptr_nonnull(start);
	ck_assert_ptr_nonnull(stop);
	ck_assert_int_eq(stop - start, 1);
	ck_assert_int_eq(rump_pub_module_init(start, stop - start), 0);
	mount_works();
	ck_assert_int_eq(rump_pub_module_init(start, stop - start), 0);
	ck_assert_int_eq(rump_pub_module_fini(*start), 0);
	ck_assert_int_eq(rump_pub_module_fini(*start), RUMP_ENOENT);
	ck_assert_int_eq(rump_pub_module_init(start, stop - start), 0);
	mount_works();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load");
	TCase *tc = tcase_create("load");

	tcase_add_test(tc, absent);
	tcase_add_test(tc, before_boot);
	tcase_add_test(tc, after_boot);
	tcase_add_test(tc, after_boot_by_hand);
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
