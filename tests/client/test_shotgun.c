/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Habits of programs of the wild: plain names turned into the rump kernel's
 * by macros, entry points declared by hand, other entry points chosen.
 */
#include <sys/types.h>
#include <inttypes.h>
#include <stddef.h>

#define	RUMP_SYS_OPEN
#define	RUMP_SYS_CLOSE
#define	RUMP_SYS_READWRITE
#define	RUMP_SYS_FILEOPS
#define	RUMP_SYS_STAT
#define	RUMP_SYS_PROCOPS
#define	RUMP_SYS_RENAME_DUP	rump___sysimpl_getpid
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump_syscalls.h>
#include <rump/rump.h>
#include <rump/rumpdefs.h>

ssize_t	rump___sysimpl_read(int, void *, size_t);
ssize_t	rump___sysimpl_write(int, const void *, size_t);

START_TEST(shotgun)
{
	struct rump_stat sb;
	char buf[8];
	int fd;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_ge(getpid(), 1);
	ck_assert_int_ne((int)getpid(), 0);
	ck_assert_int_eq(mkdir("/dir", 0755), 0);
	fd = open("/dir/file", RUMP_O_CREAT | RUMP_O_RDWR, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "abc", 3), 3);
	ck_assert_int_eq(rump___sysimpl_write(fd, "def", 3), 3);
	ck_assert_int_eq(lseek(fd, 1, SEEK_SET), 1);
	ck_assert_int_eq(rump___sysimpl_read(fd, buf, 8), 5);
	ck_assert_int_eq(memcmp(buf, "bcdef", 5), 0);
	ck_assert_int_eq(stat("/dir/file", (struct stat *)&sb), 0);
	ck_assert_int_eq(sb.st_size, 6);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(close(fd), -1);
	ck_assert_int_eq(errno, RUMP_EBADF);
	/* The name of the entry point is the program's choice. */
	ck_assert_int_eq(rump_sys_dup(99), getpid());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wild programs");
	TCase *tc = tcase_create("client");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, shotgun);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
