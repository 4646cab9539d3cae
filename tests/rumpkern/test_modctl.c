/* SPDX-License-Identifier: BSD-2-Clause */
/* modctl(2), with the modules of the tests' kernel half. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define	fails(call, number)						\
	do {								\
		errno = 0;						\
		ck_assert_int_eq((call), -1);				\
		ck_assert_int_eq(errno, (number));			\
	} while (0)

static struct rump_modstat list[64];

/* The active modules: how many. */
static size_t
stat_all(void)
{
	struct iovec iov = { list, sizeof(list) };

	memset(list, 0, sizeof(list));
	ck_assert_int_eq(rump_sys_modctl(RUMP_MODCTL_STAT, &iov), 0);
	ck_assert_uint_eq(iov.iov_len % sizeof(list[0]), 0);
	ck_assert_uint_lt(iov.iov_len, sizeof(list));
	return iov.iov_len / sizeof(list[0]);
}

static const struct rump_modstat *
find(const char *name)
{
	size_t i, n = stat_all();

	for (i = 0; i < n; i++)
		if (strcmp(list[i].ms_name, name) == 0)
			return &list[i];
	return NULL;
}

static int
load(const char *name, const char *props, size_t len)
{
	struct rump_modctl_load ml = { name, 0, props, len };

	return rump_sys_modctl(RUMP_MODCTL_LOAD, &ml);
}

static int
unload(const char *name)
{
	char buf[64];

	strcpy(buf, name);
	return rump_sys_modctl(RUMP_MODCTL_UNLOAD, buf);
}

START_TEST(stat_of_modules)
{
	struct rump_modstat some[2];
	struct iovec iov = { NULL, 0 };
	const struct rump_modstat *ms;
	size_t n;

	ck_assert_int_eq(rump_init(), 0);
	n = stat_all();
	ck_assert_uint_ge(n, 2);
	ms = find("rumptest_top");
	ck_assert_ptr_nonnull(ms);
	ck_assert_str_eq(ms->ms_required, "rumptest_base");
	ck_assert_int_eq(ms->ms_class, 1);
	ck_assert_uint_eq(ms->ms_refcnt, 0);
	ms = find("rumptest_base");
	ck_assert_ptr_nonnull(ms);
	ck_assert_uint_eq(ms->ms_refcnt, 1);
	ck_assert_str_eq(ms->ms_required, "");
	/* No room: how much there should be.  Some: that much is filled. */
	ck_assert_int_eq(rump_sys_modctl(RUMP_MODCTL_STAT, &iov), 0);
	ck_assert_uint_eq(iov.iov_len, n * sizeof(list[0]));
	memset(some, 0x5a, sizeof(some));
	iov.iov_base = some;
	iov.iov_len = sizeof(some) - 1;
	ck_assert_int_eq(rump_sys_modctl(RUMP_MODCTL_STAT, &iov), 0);
	ck_assert_uint_eq(iov.iov_len, n * sizeof(list[0]));
	ck_assert_int_ne(some[0].ms_name[0], 0x5a);
	ck_assert_int_eq(some[1].ms_name[0], 0x5a);
}
END_TEST

START_TEST(load_and_unload)
{
	static const char dict[] = "<?xml version=\"1.0\"?>\n<plist "
	    "version=\"1.0\"><dict><key>a</key><integer>1</integer></dict>"
	    "</plist>\n";
	char longname[40];

	ck_assert_int_eq(rump_init(), 0);
	memset(longname, 'x', sizeof(longname) - 1);
	longname[sizeof(longname) - 1] = '\0';
	fails(unload("rumptest_base"), RUMP_EBUSY);
	fails(load("rumptest_base", NULL, 0), RUMP_EEXIST);
	fails(load("rumptest_nowhere", NULL, 0), RUMP_ENOENT);
	fails(unload("rumptest_nowhere"), RUMP_ENOENT);
	fails(unload(longname), RUMP_ENAMETOOLONG);
	ck_assert_int_eq(unload("rumptest_top"), 0);
	ck_assert_ptr_null(find("rumptest_top"));
	fails(unload("rumptest_top"), RUMP_ENOENT);
	ck_assert_int_eq(unload("rumptest_base"), 0);
	ck_assert_ptr_null(find("rumptest_base"));
	/* What it requires comes along. */
	fails(load("rumptest_top", "no dictionary", 13), RUMP_EINVAL);
	fails(load("rumptest_top", dict, 4097), RUMP_ENOMEM);
	fails(load("rumptest_top", NULL, 5), RUMP_EINVAL);
	ck_assert_ptr_null(find("rumptest_top"));
	ck_assert_int_eq(load("rumptest_top", dict, sizeof(dict)), 0);
	ck_assert_ptr_nonnull(find("rumptest_top"));
	ck_assert_ptr_nonnull(find("rumptest_base"));
	fails(rump_sys_modctl(99, NULL), RUMP_EINVAL);
}
END_TEST

START_TEST(only_for_root)
{

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_modctl(RUMP_MODCTL_EXISTS, NULL), 0);
	ck_assert_int_eq(rump_sys_modctl(RUMP_MODCTL_EXISTS,
	    (void *)(uintptr_t)1), 0);
	fails(rump_sys_modctl(RUMP_MODCTL_EXISTS, (void *)(uintptr_t)2),
	    RUMP_EINVAL);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_setuid(1), 0);
	fails(load("rumptest_top", NULL, 0), RUMP_EPERM);
	fails(unload("rumptest_top"), RUMP_EPERM);
	fails(rump_sys_modctl(RUMP_MODCTL_EXISTS, NULL), RUMP_EPERM);
	ck_assert_ptr_nonnull(find("rumptest_top"));
	rump_pub_lwproc_releaselwp();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("modctl");
	TCase *tc = tcase_create("modctl");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, stat_of_modules);
	tcase_add_test(tc, load_and_unload);
	tcase_add_test(tc, only_for_root);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
