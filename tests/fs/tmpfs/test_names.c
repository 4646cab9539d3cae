/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_names.c - directories of tmpfs: links, every rule of rename, reading a
 * directory that changes.
 */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
setup(void)
{

	boot();
	OK(mount_tmpfs(0, 0));
}

static unsigned int
links(const char *path)
{
	struct rump_stat sb;

	OK(lst(path, &sb));
	return sb.st_nlink;
}

static uint64_t
ino(const char *path)
{
	struct rump_stat sb;

	OK(lst(path, &sb));
	return sb.st_ino;
}

START_TEST(hardlinks)
{
	struct rump_stat sb;

	put(MNT "/a", "one");
	OK(rump_sys_link(MNT "/a", MNT "/b"));
	ck_assert_uint_eq(links(MNT "/a"), 2);
	ck_assert_uint_eq(ino(MNT "/a"), ino(MNT "/b"));
	FAILS(rump_sys_link(MNT "/a", MNT "/b"), RUMP_EEXIST);
	OK(rump_sys_mkdir(MNT "/d", 0700));
	FAILS(rump_sys_link(MNT "/d", MNT "/e"), RUMP_EPERM);
	FAILS(rump_sys_link(MNT "/none", MNT "/e"), RUMP_ENOENT);
	OK(rump_sys_unlink(MNT "/a"));
	expect(MNT "/b", "one");
	ck_assert_uint_eq(links(MNT "/b"), 1);
	FAILS(st(MNT "/a", &sb), RUMP_ENOENT);
	FAILS(rump_sys_unlink(MNT "/d"), RUMP_EPERM);
	FAILS(rump_sys_rmdir(MNT "/b"), RUMP_ENOTDIR);
}
END_TEST

START_TEST(directories)
{
	struct rump_stat sb;
	char name[300];

	OK(rump_sys_mkdir(MNT "/d", 0700));
	OK(rump_sys_mkdir(MNT "/d/e", 0700));
	ck_assert_uint_eq(links(MNT), 3);
	ck_assert_uint_eq(links(MNT "/d"), 3);
	ck_assert_uint_eq(links(MNT "/d/e"), 2);
	ck_assert_uint_eq(ino(MNT "/d/e/.."), ino(MNT "/d"));
	ck_assert_uint_eq(ino(MNT "/d/."), ino(MNT "/d"));
	FAILS(rump_sys_rmdir(MNT "/d"), RUMP_ENOTEMPTY);
	FAILS(rump_sys_rmdir(MNT "/d/e/.."), RUMP_ENOTEMPTY);
	FAILS(rump_sys_rmdir(MNT "/d/e/."), RUMP_EINVAL);
	FAILS(rump_sys_rmdir(MNT), RUMP_EBUSY);
	OK(rump_sys_rmdir(MNT "/d/e"));
	ck_assert_uint_eq(links(MNT "/d"), 2);
	OK(rump_sys_rmdir(MNT "/d"));
	ck_assert_uint_eq(links(MNT), 2);

	snprintf(name, sizeof(name), MNT "/%0*d", 255, 7);
	put(name, "long");
	expect(name, "long");
	snprintf(name, sizeof(name), MNT "/%0*d", 256, 7);
	FAILS(st(name, &sb), RUMP_ENAMETOOLONG);
	FAILS(rump_sys_mkdir(name, 0700), RUMP_ENAMETOOLONG);
	put(MNT "/f", "");
	FAILS(st(MNT "/f/x", &sb), RUMP_ENOTDIR);
	put(MNT "/\xff\x01 odd", "odd");
	expect(MNT "/\xff\x01 odd", "odd");
}
END_TEST

START_TEST(rename_files)
{
	struct rump_stat sb;
	uint64_t i;

	put(MNT "/a", "a");
	put(MNT "/b", "b");
	i = ino(MNT "/a");
	OK(rump_sys_rename(MNT "/a", MNT "/c"));
	FAILS(st(MNT "/a", &sb), RUMP_ENOENT);
	ck_assert_uint_eq(ino(MNT "/c"), i);
	/* Replace. */
	OK(rump_sys_rename(MNT "/c", MNT "/b"));
	expect(MNT "/b", "a");
	FAILS(st(MNT "/c", &sb), RUMP_ENOENT);
	FAILS(rump_sys_rename(MNT "/none", MNT "/b"), RUMP_ENOENT);
	/* Onto itself, and onto another name of itself. */
	OK(rump_sys_rename(MNT "/b", MNT "/b"));
	OK(rump_sys_link(MNT "/b", MNT "/b2"));
	OK(rump_sys___posix_rename(MNT "/b", MNT "/b2"));
	ck_assert_uint_eq(links(MNT "/b"), 2);
	OK(rump_sys_rename(MNT "/b2", MNT "/b"));
	expect(MNT "/b", "a");
	FAILS(st(MNT "/b2", &sb), RUMP_ENOENT);
	ck_assert_uint_eq(links(MNT "/b"), 1);
	/* Types. */
	OK(rump_sys_mkdir(MNT "/d", 0700));
	FAILS(rump_sys_rename(MNT "/b", MNT "/d"), RUMP_EISDIR);
	FAILS(rump_sys_rename(MNT "/d", MNT "/b"), RUMP_ENOTDIR);
	OK(rump_sys_symlink("b", MNT "/l"));
	OK(rump_sys_rename(MNT "/l", MNT "/d/l"));
	OK(lst(MNT "/d/l", &sb));
	put("/elsewhere", "x");
	FAILS(rump_sys_rename("/elsewhere", MNT "/x"), RUMP_EXDEV);
}
END_TEST

START_TEST(rename_dirs)
{
	struct rump_stat sb;

	OK(rump_sys_mkdir(MNT "/d", 0700));
	OK(rump_sys_mkdir(MNT "/d/e", 0700));
	OK(rump_sys_mkdir(MNT "/d/e/f", 0700));
	OK(rump_sys_mkdir(MNT "/x", 0700));
	put(MNT "/d/e/f/file", "deep");
	/* Under itself, at any depth. */
	FAILS(rump_sys_rename(MNT "/d", MNT "/d/y"), RUMP_EINVAL);
	FAILS(rump_sys_rename(MNT "/d", MNT "/d/e/y"), RUMP_EINVAL);
	FAILS(rump_sys_rename(MNT "/d", MNT "/d/e/f"), RUMP_EINVAL);
	FAILS(rump_sys_rename(MNT "/d/e", MNT "/d/e/f/g"), RUMP_EINVAL);
	/* Over what is above itself. */
	FAILS(rump_sys_rename(MNT "/d/e/f", MNT "/d"), RUMP_ENOTEMPTY);
	FAILS(rump_sys_rename(MNT "/d/e/.", MNT "/x/y"), RUMP_EINVAL);
	/* Move, with its "..", and the counts of both parents. */
	OK(rump_sys_rename(MNT "/d/e", MNT "/x/e"));
	expect(MNT "/x/e/f/file", "deep");
	ck_assert_uint_eq(ino(MNT "/x/e/.."), ino(MNT "/x"));
	ck_assert_uint_eq(links(MNT "/d"), 2);
	ck_assert_uint_eq(links(MNT "/x"), 3);
	/* Over an empty one, not over a full one. */
	FAILS(rump_sys_rename(MNT "/d", MNT "/x/e"), RUMP_ENOTEMPTY);
	OK(rump_sys_rename(MNT "/x/e", MNT "/d"));
	expect(MNT "/d/f/file", "deep");
	ck_assert_uint_eq(ino(MNT "/d/.."), ino(MNT));
	ck_assert_uint_eq(links(MNT "/x"), 2);
	ck_assert_uint_eq(links(MNT), 4);
	FAILS(st(MNT "/x/e", &sb), RUMP_ENOENT);
	/* What was d's subdirectory may now go where d was. */
	OK(rump_sys_rename(MNT "/d/f", MNT "/x/f"));
	OK(rump_sys_rename(MNT "/d", MNT "/x/f/d"));
	ck_assert_uint_eq(ino(MNT "/x/f/d/.."), ino(MNT "/x/f"));
}
END_TEST

START_TEST(permissions)
{
	struct rump_stat sb;

	OK(rump_sys_mkdir(MNT "/sticky", 0777));
	OK(rump_sys_chmod(MNT "/sticky", 01777));
	OK(rump_sys_mkdir(MNT "/closed", 0700));
	put(MNT "/sticky/roots", "x");
	put(MNT "/closed/f", "x");
	OK(rump_sys_setgid(100));
	OK(rump_sys_setuid(100));
	FAILS(rump_sys_unlink(MNT "/sticky/roots"), RUMP_EPERM);
	FAILS(rump_sys_rename(MNT "/sticky/roots", MNT "/sticky/mine"),
	    RUMP_EPERM);
	put(MNT "/sticky/own", "x");
	FAILS(rump_sys_rename(MNT "/sticky/own", MNT "/sticky/roots"),
	    RUMP_EPERM);
	OK(rump_sys_rename(MNT "/sticky/own", MNT "/sticky/own2"));
	OK(rump_sys_unlink(MNT "/sticky/own2"));
	FAILS(st(MNT "/closed/f", &sb), RUMP_EACCES);
	FAILS(rump_sys_mkdir(MNT "/new", 0700), RUMP_EACCES);
	FAILS(rump_sys_open(MNT "/sticky/roots", RUMP_O_RDWR), RUMP_EACCES);
	FAILS(rump_sys_chmod(MNT "/sticky/roots", 0666), RUMP_EPERM);
	FAILS(rump_sys_chown(MNT "/sticky/roots", 100, 100), RUMP_EPERM);
}
END_TEST

#define NNAMES	1000

static void
mkname(char *buf, size_t size, const char *what, int i)
{

	snprintf(buf, size, MNT "/%s%04d", what, i);
}

/* Read a few records; count those named keepNNNN. */
static int
readsome(int fd, unsigned int *seen, size_t bytes)
{
	union {
		struct nb_dirent d;
		char	buf[4096];
	} u;
	struct nb_dirent *d;
	ssize_t n, off;

	OK(n = rump_sys_getdents(fd, u.buf, bytes));
	for (off = 0; off < n; off += d->d_reclen) {
		d = (struct nb_dirent *)(void *)(u.buf + off);
		ck_assert_uint_gt(d->d_reclen, 0);
		ck_assert_uint_eq(strlen(d->d_name), d->d_namlen);
		if (strncmp(d->d_name, "keep", 4) == 0)
			seen[atoi(d->d_name + 4)]++;
	}
	return (int)n;
}

/* Names that stay are seen exactly once, whatever else comes and goes. */
START_TEST(readdir_changes)
{
	static unsigned int seen[NNAMES];
	char name[64], other[64];
	int fd, i, round = 0;

	for (i = 0; i < NNAMES; i++) {
		mkname(name, sizeof(name), "keep", i);
		put(name, NULL);
		mkname(name, sizeof(name), "gone", i);
		put(name, NULL);
	}
	OK(fd = rump_sys_open(MNT, RUMP_O_RDONLY));
	while (readsome(fd, seen, 512) > 0) {
		for (i = 0; i < 20; i++) {
			mkname(name, sizeof(name), "gone",
			    (round * 20 + i) % NNAMES);
			(void)rump_sys_unlink(name);
			mkname(name, sizeof(name), "new", round % 100);
			put(name, NULL);
			mkname(other, sizeof(other), "moved", i);
			OK(rump_sys_rename(name, other));
			OK(rump_sys_unlink(other));
		}
		round++;
	}
	for (i = 0; i < NNAMES; i++)
		ck_assert_uint_eq(seen[i], 1);
	/* Once more from the start, and from a position in between. */
	memset(seen, 0, sizeof(seen));
	OK(rump_sys_lseek(fd, 0, 0));
	while (readsome(fd, seen, 4096) > 0)
		continue;
	for (i = 0; i < NNAMES; i++)
		ck_assert_uint_eq(seen[i], 1);
	ck_assert_int_gt(round, 10);
	OK(rump_sys_lseek(fd, INT64_MAX, 0));
	ck_assert_int_eq(readsome(fd, seen, 4096), 0);
	OK(rump_sys_close(fd));
}
END_TEST

START_TEST(readdir_small)
{
	char buf[8];
	int fd;

	OK(fd = rump_sys_open(MNT, RUMP_O_RDONLY));
	FAILS(rump_sys_getdents(fd, buf, sizeof(buf)), RUMP_EINVAL);
	OK(rump_sys_close(fd));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tmpfs names");
	TCase *tc = tcase_create("names");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, hardlinks);
	tcase_add_test(tc, directories);
	tcase_add_test(tc, rename_files);
	tcase_add_test(tc, rename_dirs);
	tcase_add_test(tc, permissions);
	tcase_add_test(tc, readdir_changes);
	tcase_add_test(tc, readdir_small);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
