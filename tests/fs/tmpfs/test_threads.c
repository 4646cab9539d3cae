/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_threads.c - tmpfs under many threads: whatever they do to each other,
 * nothing is lost, doubled or left behind.
 */
#include "client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NTHREADS	8
#define NDIRS		4
#define NFILES		8

/* Slow builds do less of it. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ROUNDS		500
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define ROUNDS		500
#endif
#ifndef ROUNDS
#define ROUNDS		3000
#endif

static pthread_barrier_t barrier;

/* Results that the others may cause. */
static void
tolerated(int rv)
{

	if (rv != -1)
		return;
	switch (errno) {
	case RUMP_ENOENT:
	case RUMP_EEXIST:
	case RUMP_ENOTEMPTY:
	case RUMP_EINVAL:
	case RUMP_ENOTDIR:
	case RUMP_EISDIR:
	case RUMP_EPERM:
		return;
	default:
		ck_abort_msg("errno %d", errno);
	}
}

static void
anyname(char *buf, size_t size, unsigned int *seed)
{
	const int d = rand_r(seed) % NDIRS, e = rand_r(seed) % NDIRS;
	const int f = rand_r(seed) % NFILES;

	switch (rand_r(seed) % 3) {
	case 0:
		snprintf(buf, size, MNT "/d%d", d);
		break;
	case 1:
		snprintf(buf, size, MNT "/d%d/d%d", d, e);
		break;
	default:
		snprintf(buf, size, MNT "/d%d/f%d", d, f);
		break;
	}
}

static void
one_op(unsigned int *seed)
{
	char a[64], b[64], buf[600];
	struct rump_stat sb;
	int fd;

	anyname(a, sizeof(a), seed);
	anyname(b, sizeof(b), seed);
	switch (rand_r(seed) % 10) {
	case 0:
		tolerated(rump_sys_mkdir(a, 0700));
		break;
	case 1:
		tolerated(rump_sys_rmdir(a));
		break;
	case 2:
		tolerated(rump_sys_unlink(a));
		break;
	case 3:
	case 4:
		tolerated(rump_sys_rename(a, b));
		break;
	case 5:
		tolerated(rump_sys_link(a, b));
		break;
	case 6:
		tolerated(lst(a, &sb));
		break;
	case 7:
		fd = rump_sys_open(a, RUMP_O_RDONLY);
		tolerated(fd);
		if (fd != -1) {
			(void)rump_sys_getdents(fd, buf, sizeof(buf));
			OK(rump_sys_close(fd));
		}
		break;
	default:
		fd = rump_sys_open(a, RUMP_O_RDWR | RUMP_O_CREAT, 0600);
		tolerated(fd);
		if (fd != -1) {
			OK(rump_sys_pwrite(fd, "x", 1,
			    rand_r(seed) % 100000));
			OK(rump_sys_ftruncate(fd, rand_r(seed) % 100000));
			OK(rump_sys_close(fd));
		}
		break;
	}
}

static void *
worker(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	int i;

	ck_assert_int_eq(rump_pub_lwproc_newlwp(1), 0);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < ROUNDS; i++)
		one_op(&seed);
	rump_pub_lwproc_releaselwp();
	return NULL;
}

/* Remove a tree; its entries counted. */
static unsigned int
removetree(const char *path)
{
	union {
		struct nb_dirent d;
		char	buf[8192];
	} u;
	struct nb_dirent *d;
	struct rump_stat sb;
	char child[512];
	unsigned int total = 0;
	ssize_t n, off;
	int fd, subdirs = 0;

	OK(st(path, &sb));
	OK(fd = rump_sys_open(path, RUMP_O_RDONLY));
	while ((n = rump_sys_getdents(fd, u.buf, sizeof(u.buf))) > 0)
		for (off = 0; off < n; off += d->d_reclen) {
			d = (struct nb_dirent *)(void *)(u.buf + off);
			if (strcmp(d->d_name, ".") == 0 ||
			    strcmp(d->d_name, "..") == 0)
				continue;
			snprintf(child, sizeof(child), "%s/%.100s", path,
			    d->d_name);
			total++;
			if (d->d_type == 4) {
				char saved[512];

				subdirs++;
				strcpy(saved, child);
				total += removetree(saved);
				OK(rump_sys_rmdir(saved));
			} else {
				OK(rump_sys_unlink(child));
			}
		}
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(sb.st_nlink, 2 + subdirs);
	OK(rump_sys_close(fd));
	return total;
}

static void
run(void *(*fn)(void *))
{
	pthread_t th[NTHREADS];
	uintptr_t i;

	pthread_barrier_init(&barrier, NULL, NTHREADS);
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_create(&th[i], NULL, fn,
		    (void *)(i + 1)), 0);
	for (i = 0; i < NTHREADS; i++)
		pthread_join(th[i], NULL);
}

START_TEST(mixture)
{
	struct rump_statvfs sv;
	uint64_t before;

	boot();
	OK(mount_tmpfs(64 << 20, 0));
	before = used();
	run(worker);
	(void)removetree(MNT);
	OK(vfsstat(&sv));
	ck_assert_uint_eq(sv.f_files - sv.f_ffree, 1);
	ck_assert_uint_eq(sv.f_blocks - sv.f_bfree, before);
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

/* Appends of all threads are there, whole. */
static void *
appender(void *arg)
{
	const char c = (char)('a' + (int)(uintptr_t)arg);
	char rec[100];
	int fd, i;

	ck_assert_int_eq(rump_pub_lwproc_newlwp(1), 0);
	memset(rec, c, sizeof(rec));
	OK(fd = rump_sys_open(MNT "/log", RUMP_O_WRONLY | RUMP_O_APPEND |
	    RUMP_O_CREAT, 0600));
	pthread_barrier_wait(&barrier);
	for (i = 0; i < 500; i++)
		ck_assert_int_eq(rump_sys_write(fd, rec, sizeof(rec)),
		    sizeof(rec));
	OK(rump_sys_close(fd));
	rump_pub_lwproc_releaselwp();
	return NULL;
}

START_TEST(appends)
{
	unsigned int count[256] = { 0 }, i, j;
	struct rump_stat sb;
	char rec[100];
	int fd;

	boot();
	OK(mount_tmpfs(0, 0));
	run(appender);
	OK(st(MNT "/log", &sb));
	ck_assert_int_eq(sb.st_size, NTHREADS * 500 * 100);
	OK(fd = rump_sys_open(MNT "/log", RUMP_O_RDONLY));
	for (i = 0; i < NTHREADS * 500; i++) {
		ck_assert_int_eq(rump_sys_read(fd, rec, sizeof(rec)), 100);
		for (j = 1; j < sizeof(rec); j++)
			ck_assert_int_eq(rec[j], rec[0]);
		count[(unsigned char)rec[0]]++;
	}
	for (i = 1; i <= NTHREADS; i++)
		ck_assert_uint_eq(count['a' + i], 500);
	OK(rump_sys_close(fd));
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tmpfs threads");
	TCase *tc = tcase_create("threads");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, mixture);
	tcase_add_test(tc, appends);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
