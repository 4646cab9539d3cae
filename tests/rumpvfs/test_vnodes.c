/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vnode cache under pressure: more files than vnodes, many threads in
 * one tree, mounts that come and go meanwhile.
 */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define NFILES		400
#define NTHREADS	8
#define ROUNDS		400

/* Many times more files than vnodes. */
START_TEST(pressure)
{
	char name[64], buf[16];
	int i, j, fd, n;

	ck_assert_int_eq(setenv("RUMP_NVNODES", "32", 1), 0);
	boot();
	mount_tmpfs("/t");
	for (i = 0; i < NFILES; i++) {
		snprintf(name, sizeof(name), "/t/d%d", i % 20);
		(void)rump_sys_mkdir(name, 0755);
		snprintf(name, sizeof(name), "/t/d%d/f%d", i % 20, i);
		OK(fd = rump_sys_open(name, RUMP_O_CREAT | RUMP_O_RDWR,
		    0644));
		n = snprintf(buf, sizeof(buf), "%d", i);
		ck_assert_int_eq(rump_sys_write(fd, buf, n), n);
		OK(rump_sys_close(fd));
	}
	for (j = 0; j < 3; j++) {
		for (i = 0; i < NFILES; i++) {
			snprintf(name, sizeof(name), "/t/d%d/f%d", i % 20, i);
			OK(fd = rump_sys_open(name, RUMP_O_RDONLY));
			memset(buf, 0, sizeof(buf));
			OK(rump_sys_read(fd, buf, sizeof(buf)));
			ck_assert_int_eq(atoi(buf), i);
			OK(rump_sys_close(fd));
		}
	}
	OK(rump_sys_unmount("/t", 0));
}
END_TEST

static atomic_int failures;

static void
mustbe(int got)
{
	const int err = errno;

	/* What another thread can cause, or none. */
	if (got != 0 && err != RUMP_ENOENT && err != RUMP_EEXIST &&
	    err != RUMP_ENOTEMPTY) {
		fprintf(stderr, "unexpected errno %d\n", err);
		atomic_fetch_add(&failures, 1);
	}
}

/* Make, look at, move and remove names that others use as well. */
static void *
worker(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	char a[64], b[64];
	struct rump_stat sb;
	int i, fd;

	for (i = 0; i < ROUNDS; i++) {
		snprintf(a, sizeof(a), "/t/d%d/n%d", rand_r(&seed) % 4,
		    rand_r(&seed) % 12);
		snprintf(b, sizeof(b), "/t/d%d/n%d", rand_r(&seed) % 4,
		    rand_r(&seed) % 12);
		switch (rand_r(&seed) % 6) {
		case 0:
			fd = rump_sys_open(a, RUMP_O_CREAT | RUMP_O_RDWR,
			    0644);
			mustbe(fd < 0);
			if (fd >= 0) {
				if (rump_sys_write(fd, "x", 1) != 1)
					atomic_fetch_add(&failures, 1);
				rump_sys_close(fd);
			}
			break;
		case 1:
			mustbe(rump_sys_unlink(a));
			break;
		case 2:
			mustbe(rump_sys_rename(a, b));
			break;
		case 3:
			mustbe(rump_sys_link(a, b));
			break;
		default:
			mustbe(st(a, &sb));
			break;
		}
	}
	return NULL;
}

START_TEST(threads)
{
	pthread_t t[NTHREADS];
	char name[32];
	int i;

	ck_assert_int_eq(setenv("RUMP_NVNODES", "24", 1), 0);
	boot();
	mount_tmpfs("/t");
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "/t/d%d", i);
		OK(rump_sys_mkdir(name, 0755));
	}
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, worker,
		    (void *)(uintptr_t)(i + 1)), 0);
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_join(t[i], NULL), 0);
	ck_assert_int_eq(failures, 0);
	OK(rump_sys_unmount("/t", 0));
}
END_TEST

/* Renames of directories against each other and against lookups. */
static void *
mover(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	char a[64], b[64];
	struct rump_stat sb;
	int i, error;

	for (i = 0; i < ROUNDS; i++) {
		snprintf(a, sizeof(a), "/t/a%d/x%d", rand_r(&seed) % 3,
		    rand_r(&seed) % 3);
		snprintf(b, sizeof(b), "/t/a%d/x%d/y", rand_r(&seed) % 3,
		    rand_r(&seed) % 3);
		switch (rand_r(&seed) % 4) {
		case 0:
			error = rump_sys_rename(a, b);
			if (error != 0 && errno != RUMP_EINVAL)
				mustbe(error);
			break;
		case 1:
			error = rump_sys_rename(b, a);
			if (error != 0 && errno != RUMP_EINVAL)
				mustbe(error);
			break;
		case 2:
			(void)rump_sys_mkdir(a, 0755);
			break;
		default:
			mustbe(st(b, &sb));
			break;
		}
	}
	return NULL;
}

START_TEST(dir_renames)
{
	pthread_t t[4];
	char name[32];
	int i, j;

	boot();
	mount_tmpfs("/t");
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "/t/a%d", i);
		OK(rump_sys_mkdir(name, 0755));
		for (j = 0; j < 3; j++) {
			snprintf(name, sizeof(name), "/t/a%d/x%d", i, j);
			OK(rump_sys_mkdir(name, 0755));
		}
	}
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, mover,
		    (void *)(uintptr_t)(i + 1)), 0);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(t[i], NULL), 0);
	ck_assert_int_eq(failures, 0);
	OK(rump_sys_unmount("/t", 0));
}
END_TEST

static atomic_bool stop;

static void *
visitor(void *arg)
{
	struct rump_stat sb;
	int fd;

	while (!stop) {
		if (st("/t/f", &sb) != 0)
			mustbe(-1);
		fd = rump_sys_open("/t/f", RUMP_O_RDONLY);
		if (fd >= 0)
			rump_sys_close(fd);
	}
	return NULL;
}

/* A mount that comes and goes under lookups. */
START_TEST(remounts)
{
	struct rump_tmpfs_args args;
	pthread_t t[3];
	int i, fd;

	boot();
	OK(rump_sys_mkdir("/t", 0755));
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, visitor, NULL),
		    0);
	for (i = 0; i < 200; i++) {
		memset(&args, 0, sizeof(args));
		args.ta_version = 1;
		args.ta_root_mode = 0755;
		OK(rump_sys_mount(RUMP_MOUNT_TMPFS, "/t", 0, &args,
		    sizeof(args)));
		fd = rump_sys_open("/t/f", RUMP_O_CREAT | RUMP_O_RDWR, 0644);
		ck_assert_int_ge(fd, 0);
		OK(rump_sys_close(fd));
		OK(rump_sys_unmount("/t", NB_MNT_FORCE));
	}
	stop = true;
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_join(t[i], NULL), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vnodes");
	TCase *tc = tcase_create("vnodes");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pressure);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, dir_renames);
	tcase_add_test(tc, remounts);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
