/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_faults.c - a host that fails under a mounted image, by fault plans:
 * what comes out is right or an error, and the kernel goes on.
 */
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>
#include <rump/rumperr.h>
#include <rump/rumpuser_fault.h>

#include "images.h"
#include "manifest.h"

#define	OPTIONS	"-t ext4 -b 1024"

static char tree[4200], image[4200];
static struct manifest good;

/* The hash of a file as it is now, or the errno of reading it. */
static int
content(const char *path, uint64_t *hashp)
{
	static char buf[65536], full[5000];
	uint64_t h = HASH_START;
	ssize_t n;
	int error = 0, fd;

	snprintf(full, sizeof(full), "%s/%s", MNT, path);
	if ((fd = rump_sys_open(full, RUMP_O_RDONLY)) == -1)
		return errno;
	while ((n = rump_sys_read(fd, buf, sizeof(buf))) > 0)
		h = hash_bytes(h, buf, (size_t)n);
	if (n == -1)
		error = errno;
	rump_sys_close(fd);
	*hashp = h;
	return error;
}

static void
setup(void)
{
	size_t i;

	snprintf(tree, sizeof(tree), "%.4000s/tree", scratch());
	snprintf(image, sizeof(image), "%.4000s/image", scratch());
	make_tree(tree, true);
	need(make_image(image, "16M", OPTIONS, tree));
	kernel_boot();
	ck_assert_int_eq(kernel_mount(image), 0);
	manifest_rump(&good, MNT, M_NOHOLES);
	for (i = 0; i < good.n; i++)
		if (RUMP_S_ISREG(good.item[i].mode))
			ck_assert_int_eq(content(good.item[i].path,
			    &good.item[i].content), 0);
	kernel_umount();
}

static void
plan(const char *text)
{
	struct rumpuser_fault_error err;

	if (rumpuser_fault_plan(text, &err) != 0)
		ck_abort_msg("%s: %u:%u %s", text, err.rfe_line,
		    err.rfe_column, err.rfe_message);
}

static uint64_t
fired(void)
{
	struct rumpuser_fault_rule r;

	ck_assert_int_eq(rumpuser_fault_rule(0, &r), 0);
	return r.rfr_fired;
}

/*
 * Mount and look at everything under a plan.  Errors are counted; all must be
 * the one given, or (0) may be any.  What is read without one is right, unless
 * wrong data are possible.
 */
static int
tour(int allowed, int wrong)
{
	char full[5000];
	struct rump_stat st;
	uint64_t h;
	int errors = 0, error;
	size_t i;

	if ((error = kernel_mount(image)) != 0) {
		if (allowed != 0)
			ck_assert_int_eq(error, allowed);
		return 1;
	}
	for (i = 0; i < good.n; i++) {
		snprintf(full, sizeof(full), "%s/%s", MNT, good.item[i].path);
		error = 0;
		if (rump_sys_lstat(full, (struct stat *)(void *)&st) == -1)
			error = errno;
		else if (RUMP_S_ISREG(good.item[i].mode) && (!wrong ||
		    RUMP_S_ISREG(st.st_mode)))
			error = content(good.item[i].path, &h);
		else
			continue;
		if (error == 0 && !wrong)
			ck_assert_uint_eq(h, good.item[i].content);
		if (error != 0 && allowed != 0)
			ck_assert_int_eq(error, allowed);
		errors += error != 0;
	}
	kernel_umount();
	return errors;
}

/* Each single read of a tour fails once. */
START_TEST(each_read)
{
	char text[100];
	int n, errors = 0;

	for (n = 1; n < 1000; n++) {
		snprintf(text, sizeof(text), "read file=image nth=%d fail=EIO",
		    n);
		plan(text);
		errors += tour(RUMP_EIO, 0);
		if (fired() == 0)
			break;
	}
	ck_assert_int_gt(n, 5);
	ck_assert_int_lt(n, 1000);
	ck_assert_int_gt(errors, n / 4);
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_int_eq(tour(0, 0), 0);
}
END_TEST

START_TEST(many_reads)
{
	char text[100];
	int seed;

	for (seed = 1; seed <= 20; seed++) {
		snprintf(text, sizeof(text), "read file=image p=0.3 seed=%d "
		    "fail=EIO", seed);
		plan(text);
		(void)tour(RUMP_EIO, 0);
	}
	plan("read file=image range=64K- fail=EIO");
	ck_assert_int_gt(tour(RUMP_EIO, 0), 0);
	plan("open file=image fail=EMFILE");
	ck_assert_int_eq(tour(RUMP_EMFILE, 0), 1);
	/* A short read is gone on with. */
	plan("read file=image short");
	(void)tour(RUMP_EIO, 0);
	plan("read file=image short=700");
	ck_assert_int_eq(tour(0, 0), 0);
	ck_assert_uint_gt(fired(), 10);
}
END_TEST

/* Bits that flip on their way: any error, any data, but the kernel lives. */
START_TEST(corrupt_reads)
{
	char text[100];
	int seed;

	for (seed = 1; seed <= 30; seed++) {
		snprintf(text, sizeof(text), "read file=image p=0.2 seed=%d "
		    "corrupt=%d", seed, seed);
		plan(text);
		(void)tour(0, 1);
	}
	plan("");
	ck_assert_int_eq(tour(0, 0), 0);
}
END_TEST

/* Memory is short, by call site as well. */
START_TEST(no_memory)
{
	char text[100];
	int seed;

	for (seed = 1; seed <= 10; seed++) {
		snprintf(text, sizeof(text), "alloc,map p=0.5 seed=%d "
		    "fail=ENOMEM", seed);
		plan(text);
		(void)tour(RUMP_ENOMEM, 0);
	}
	plan("map,alloc site=librump.so*:* p=0.5 fail=ENOMEM");
	(void)tour(RUMP_ENOMEM, 0);
	plan("");
	ck_assert_int_eq(tour(0, 0), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ext2fs faults");
	TCase *tc = tcase_create("faults");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 200);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, each_read);
	tcase_add_test(tc, many_reads);
	tcase_add_test(tc, corrupt_reads);
	tcase_add_test(tc, no_memory);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	scratch_remove();
	return failed != 0;
}
