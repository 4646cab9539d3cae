/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of names, mounts and vnodes share: checks and short names. */
#ifndef TESTS_RUMPVFS_CLIENT_H_
#define TESTS_RUMPVFS_CLIENT_H_

#include <sys/types.h>

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rump_native.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>

#define NB_MNT_FORCE	0x80000
#define NB_MNT_UPDATE	0x10000

#define OK(expr) do {							\
	errno = 0;							\
	if ((intptr_t)(expr) == -1)					\
		ck_abort_msg("%s: errno %d", #expr, errno);		\
} while (0)

#define FAILS(expr, err) do {						\
	errno = 0;							\
	if ((intptr_t)(expr) != -1)					\
		ck_abort_msg("%s: did not fail", #expr);		\
	if (errno != (err))						\
		ck_abort_msg("%s: errno %d, not %d", #expr, errno, (err)); \
} while (0)

static inline void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
}

static inline int
st(const char *path, struct rump_stat *sb)
{

	return rump_sys_stat(path, (struct stat *)(void *)sb);
}

static inline int
lst(const char *path, struct rump_stat *sb)
{

	return rump_sys_lstat(path, (struct stat *)(void *)sb);
}

/* File number of a path, which must exist. */
static inline uint64_t
ino(const char *path)
{
	struct rump_stat sb;

	OK(st(path, &sb));
	return sb.st_ino;
}

static inline void
put(const char *path)
{
	int fd;

	OK(fd = rump_sys_open(path, RUMP_O_CREAT | RUMP_O_WRONLY, 0644));
	OK(rump_sys_close(fd));
}

/* A tmpfs on DIR, which is made. */
static inline void
mount_tmpfs(const char *dir)
{
	struct rump_tmpfs_args args;

	memset(&args, 0, sizeof(args));
	args.ta_version = 1;
	args.ta_root_mode = 0755;
	OK(rump_sys_mkdir(dir, 0755));
	OK(rump_sys_mount(RUMP_MOUNT_TMPFS, dir, 0, &args, sizeof(args)));
}

static inline int
run_suite(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

#endif
