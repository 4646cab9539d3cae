/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole file systems and open files from the client's side: statistics,
 * updates, file handles, advisory locks, flags, limits, quotas, fifos.
 */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define NB_F_GETLK	7
#define NB_F_SETLK	8
#define NB_F_SETLKW	9
#define NB_F_RDLCK	1
#define NB_F_UNLCK	2
#define NB_F_WRLCK	3
#define NB_UF_IMMUTABLE	2
#define NB_UF_APPEND	4

START_TEST(statistics)
{
	struct rump_statvfs *sv, one;
	int i, n, seen = 0;

	boot();
	mount_tmpfs("/t");
	OK(rump_sys_statvfs1("/t", (void *)&one, 1));
	ck_assert_str_eq(one.f_fstypename, "tmpfs");
	ck_assert_str_eq(one.f_mntonname, "/t");
	ck_assert(one.f_bsize != 0 && one.f_frsize != 0 && one.f_blocks != 0);
	OK(rump_sys_statvfs1("/", (void *)&one, 1));
	ck_assert_str_eq(one.f_fstypename, "rumpfs");
	ck_assert_str_eq(one.f_mntonname, "/");
	OK(n = rump_sys_getvfsstat(NULL, 0, 2));
	ck_assert_int_ge(n, 2);
	sv = calloc(n, sizeof(*sv));
	ck_assert_int_eq(rump_sys_getvfsstat((void *)sv, n * sizeof(*sv), 2),
	    n);
	for (i = 0; i < n; i++)
		if (strcmp(sv[i].f_mntonname, "/t") == 0)
			seen++;
	ck_assert_int_eq(seen, 1);
	ck_assert_int_eq(rump_sys_getvfsstat((void *)sv, sizeof(*sv), 2), 1);
	free(sv);
	rump_sys_sync();
	/* Seen from inside the mount only this is the root. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	OK(rump_sys_chroot("/t"));
	OK(rump_sys_statvfs1("/", (void *)&one, 1));
	ck_assert_str_eq(one.f_mntonname, "/");
	ck_assert_str_eq(one.f_fstypename, "tmpfs");
	rump_pub_lwproc_releaselwp();
}
END_TEST

START_TEST(read_only)
{
	struct rump_tmpfs_args args;
	struct rump_stat sb;
	int fd;

	boot();
	mount_tmpfs("/t");
	put("/t/f");
	OK(rump_sys_mkdir("/t/d", 0755));
	memset(&args, 0, sizeof(args));
	args.ta_version = 1;
	args.ta_root_mode = 0755;
	errno = 0;
	if (rump_sys_mount(RUMP_MOUNT_TMPFS, "/t", NB_MNT_UPDATE |
	    RUMP_MNT_RDONLY, &args, sizeof(args)) == -1)
		return;		/* the file system does not do it */
	OK(st("/t/f", &sb));
	FAILS(rump_sys_open("/t/f", RUMP_O_RDWR), RUMP_EROFS);
	FAILS(rump_sys_open("/t/f", RUMP_O_RDONLY | RUMP_O_TRUNC), RUMP_EROFS);
	FAILS(rump_sys_open("/t/new", RUMP_O_CREAT | RUMP_O_RDWR, 0644),
	    RUMP_EROFS);
	OK(fd = rump_sys_open("/t/f", RUMP_O_CREAT | RUMP_O_RDONLY, 0644));
	OK(rump_sys_close(fd));
	FAILS(rump_sys_unlink("/t/f"), RUMP_EROFS);
	FAILS(rump_sys_mkdir("/t/e", 0755), RUMP_EROFS);
	FAILS(rump_sys_mkdir("/t/d", 0755), RUMP_EEXIST);
	FAILS(rump_sys_rmdir("/t/d"), RUMP_EROFS);
	FAILS(rump_sys_rename("/t/f", "/t/g"), RUMP_EROFS);
	FAILS(rump_sys_link("/t/f", "/t/g"), RUMP_EROFS);
	FAILS(rump_sys_symlink("f", "/t/g"), RUMP_EROFS);
	FAILS(rump_sys_chmod("/t/f", 0600), RUMP_EROFS);
	FAILS(rump_sys_chown("/t/f", 1, 1), RUMP_EROFS);
	FAILS(rump_sys_utimes("/t/f", NULL), RUMP_EROFS);
	FAILS(rump_sys_truncate("/t/f", 0), RUMP_EROFS);
	FAILS(rump_sys_access("/t/f", 2), RUMP_EROFS);
	OK(rump_sys_access("/t/f", 4));
	OK(rump_sys_mount(RUMP_MOUNT_TMPFS, "/t", NB_MNT_UPDATE, &args,
	    sizeof(args)));
	OK(rump_sys_unlink("/t/f"));
}
END_TEST

START_TEST(handles)
{
	char fh[1024], bad[1024];
	struct rump_stat sb, sb2;
	size_t size = sizeof(fh), small = 1;
	int fd;

	boot();
	mount_tmpfs("/t");
	OK(fd = rump_sys_open("/t/f", RUMP_O_CREAT | RUMP_O_RDWR, 0644));
	ck_assert_int_eq(rump_sys_write(fd, "x", 1), 1);
	OK(rump_sys_close(fd));
	errno = 0;
	if (rump_sys_getfh("/t/f", fh, &size) == -1) {
		ck_assert_int_eq(errno, RUMP_EOPNOTSUPP);
		return;
	}
	FAILS(rump_sys_getfh("/t/f", bad, &small), RUMP_E2BIG);
	ck_assert_uint_eq(small, size);
	OK(rump_sys_fhstat(fh, size, (struct stat *)(void *)&sb));
	OK(st("/t/f", &sb2));
	ck_assert(sb.st_ino == sb2.st_ino);
	OK(fd = rump_sys_fhopen(fh, size, RUMP_O_RDONLY));
	ck_assert_int_eq(rump_sys_read(fd, bad, 10), 1);
	OK(rump_sys_close(fd));
	FAILS(rump_sys_fhopen(fh, size - 1, RUMP_O_RDONLY), RUMP_EINVAL);
	FAILS(rump_sys_fhopen(fh, size, RUMP_O_RDONLY | RUMP_O_CREAT),
	    RUMP_EINVAL);
	memset(bad, 0xff, sizeof(bad));
	ck_assert_int_eq(rump_sys_fhopen(bad, size, RUMP_O_RDONLY), -1);
	OK(rump_sys_unlink("/t/f"));
	FAILS(rump_sys_fhstat(fh, size, (struct stat *)(void *)&sb),
	    RUMP_ESTALE);
	OK(rump_sys_setuid(10));
	FAILS(rump_sys_getfh("/t", fh, &size), RUMP_EPERM);
}
END_TEST

static atomic_int refused, got;

static int
lock(int fd, int cmd, int type, int64_t start, int64_t len)
{
	struct rump_flock fl;

	memset(&fl, 0, sizeof(fl));
	fl.l_type = type;
	fl.l_start = start;
	fl.l_len = len;
	return rump_sys_fcntl(fd, cmd, &fl);
}

/* Another process that wants what the first one has. */
static void *
locker(void *arg)
{
	int fd;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	OK(fd = rump_sys_open("/t/f", RUMP_O_RDWR));
	FAILS(lock(fd, NB_F_SETLK, NB_F_WRLCK, 5, 10), RUMP_EAGAIN);
	OK(lock(fd, NB_F_SETLK, NB_F_WRLCK, 100, 10));
	atomic_fetch_add(&refused, 1);
	OK(lock(fd, NB_F_SETLKW, NB_F_WRLCK, 5, 10));
	atomic_fetch_add(&got, 1);
	OK(rump_sys_close(fd));
	rump_pub_lwproc_releaselwp();
	return NULL;
}

START_TEST(locks)
{
	struct rump_flock fl;
	pthread_t t;
	int fd, fd2;

	boot();
	mount_tmpfs("/t");
	OK(fd = rump_sys_open("/t/f", RUMP_O_CREAT | RUMP_O_RDWR, 0644));
	OK(lock(fd, NB_F_SETLK, NB_F_WRLCK, 0, 20));
	OK(lock(fd, NB_F_SETLK, NB_F_RDLCK, 0, 20));
	ck_assert_int_eq(pthread_create(&t, NULL, locker, NULL), 0);
	while (refused == 0)
		usleep(1000);
	usleep(10000);
	ck_assert_int_eq(got, 0);
	OK(lock(fd, NB_F_SETLK, NB_F_UNLCK, 0, 0));
	ck_assert_int_eq(pthread_join(t, NULL), 0);
	ck_assert_int_eq(got, 1);
	/* The other's locks went with it. */
	memset(&fl, 0, sizeof(fl));
	fl.l_type = NB_F_WRLCK;
	OK(rump_sys_fcntl(fd, NB_F_GETLK, &fl));
	ck_assert_int_eq(fl.l_type, NB_F_UNLCK);
	FAILS(lock(fd, NB_F_SETLK, NB_F_WRLCK, -1, 1), RUMP_EINVAL);
	/* flock(2) belongs to the open file. */
	OK(fd2 = rump_sys_open("/t/f", RUMP_O_RDWR));
	OK(rump_sys_flock(fd, 2));
	FAILS(rump_sys_flock(fd2, 2 | 4), RUMP_EAGAIN);
	OK(rump_sys_flock(fd, 1));
	OK(rump_sys_flock(fd2, 1 | 4));
	OK(rump_sys_close(fd));
	OK(rump_sys_flock(fd2, 2 | 4));
	FAILS(rump_sys_open("/t/f", RUMP_O_RDWR | RUMP_O_EXLOCK |
	    RUMP_O_NONBLOCK), RUMP_EAGAIN);
	OK(rump_sys_close(fd2));
	OK(fd = rump_sys_open("/t/f", RUMP_O_RDWR | RUMP_O_EXLOCK |
	    RUMP_O_NONBLOCK));
	OK(rump_sys_close(fd));
}
END_TEST

START_TEST(flags)
{
	int fd;

	boot();
	mount_tmpfs("/t");
	put("/t/f");
	OK(rump_sys_chflags("/t/f", NB_UF_IMMUTABLE));
	FAILS(rump_sys_unlink("/t/f"), RUMP_EPERM);
	FAILS(rump_sys_open("/t/f", RUMP_O_RDWR), RUMP_EPERM);
	FAILS(rump_sys_chmod("/t/f", 0600), RUMP_EPERM);
	OK(rump_sys_lchflags("/t/f", NB_UF_APPEND));
	FAILS(rump_sys_unlink("/t/f"), RUMP_EPERM);
	OK(fd = rump_sys_open("/t/f", RUMP_O_RDWR | RUMP_O_APPEND));
	OK(rump_sys_fchflags(fd, 0));
	OK(rump_sys_close(fd));
	OK(rump_sys_unlink("/t/f"));
}
END_TEST

START_TEST(sizes)
{
	struct rump_stat sb;
	int fd;

	boot();
	mount_tmpfs("/t");
	OK(fd = rump_sys_open("/t/f", RUMP_O_CREAT | RUMP_O_RDWR, 0644));
	OK(rump_sys_ftruncate(fd, 10000));
	OK(st("/t/f", &sb));
	ck_assert_int_eq(sb.st_size, 10000);
	FAILS(rump_sys_ftruncate(fd, -1), RUMP_EINVAL);
	FAILS(rump_sys_truncate("/t", 0), RUMP_EISDIR);
	ck_assert_int_eq(rump_sys_lseek(fd, -100, 2), 9900);
	FAILS(rump_sys_lseek(fd, -20000, 1), RUMP_EINVAL);
	FAILS(rump_sys_lseek(fd, 0, 77), RUMP_EINVAL);
	ck_assert_int_eq(rump_sys_lseek(fd, 0, 1), 9900);
	OK(rump_sys_lseek(fd, INT64_MAX, 0));
	FAILS(rump_sys_lseek(fd, 1, 1), RUMP_EINVAL);
	OK(rump_sys_fsync(fd));
	OK(rump_sys_fdatasync(fd));
	OK(rump_sys_fsync_range(fd, 0x10, 0, 100));
	FAILS(rump_sys_fsync_range(fd, 0, 0, 100), RUMP_EINVAL);
	FAILS(rump_sys_fsync(77), RUMP_EBADF);
	ck_assert_int_eq(rump_sys_posix_fallocate(fd, -1, 1), RUMP_EINVAL);
	ck_assert_int_eq(rump_sys_posix_fallocate(77, 0, 1), RUMP_EBADF);
	FAILS(rump_sys_fdiscard(fd, 0, 0), RUMP_EINVAL);
	OK(rump_sys_close(fd));
	OK(fd = rump_sys_open("/t/f", RUMP_O_RDONLY));
	FAILS(rump_sys_ftruncate(fd, 0), RUMP_EINVAL);
	FAILS(rump_sys_fdatasync(fd), RUMP_EBADF);
	OK(rump_sys_close(fd));
	ck_assert_int_gt(rump_sys_pathconf("/t", 4), 200);	/* names */
	FAILS(rump_sys_pathconf("/t", 999), RUMP_EINVAL);
	FAILS(rump_sys_revoke("/t/f"), RUMP_EINVAL);
}
END_TEST

/* kern.maxvnodes can be read and set within reason. */
START_TEST(variables)
{
	const int maxvnodes[2] = { 1, 5 };
	int value = 0;
	size_t len = sizeof(value);

	boot();
	OK(rump_sys___sysctl(maxvnodes, 2, &value, &len, NULL, 0));
	ck_assert_int_eq(value, 1024);
	value = 100;
	OK(rump_sys___sysctl(maxvnodes, 2, NULL, NULL, &value, sizeof(value)));
	value = 0;
	OK(rump_sys___sysctl(maxvnodes, 2, &value, &len, NULL, 0));
	ck_assert_int_eq(value, 100);
	value = -1;
	FAILS(rump_sys___sysctl(maxvnodes, 2, NULL, NULL, &value,
	    sizeof(value)), RUMP_EINVAL);
}
END_TEST

START_TEST(fifos_and_quotas)
{
	uint64_t args[6] = { 0 };
	char info[64];
	struct rump_stat sb;

	boot();
	mount_tmpfs("/t");
	OK(rump_sys_mkfifo("/t/p", 0644));
	OK(st("/t/p", &sb));
	ck_assert_int_eq(sb.st_mode & 0170000, RUMP_S_IFIFO);
	FAILS(rump_sys_open("/t/p", RUMP_O_WRONLY | RUMP_O_NONBLOCK),
	    RUMP_ENXIO);
	OK(rump_sys_unlink("/t/p"));
	args[1] = (uint64_t)(uintptr_t)info;
	FAILS(rump_sys___quotactl("/t", (void *)args), RUMP_EOPNOTSUPP);
	args[0] = 99;
	FAILS(rump_sys___quotactl("/t", (void *)args), RUMP_EINVAL);
	FAILS(rump_sys___quotactl("/t", NULL), RUMP_EFAULT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fs");
	TCase *tc = tcase_create("fs");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, statistics);
	tcase_add_test(tc, read_only);
	tcase_add_test(tc, handles);
	tcase_add_test(tc, locks);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, variables);
	tcase_add_test(tc, fifos_and_quotas);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
