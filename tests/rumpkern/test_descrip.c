/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors from the client's side: numbers, duplicates, flags, limits,
 * sharing between processes, the errno convention.  Pipes serve as objects,
 * so that no file system is needed.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define	fails(call, number)						\
	do {								\
		errno = 0;						\
		ck_assert_int_eq((call), -1);				\
		ck_assert_int_eq(errno, (number));			\
	} while (0)

static void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
}

/* A pipe whose ends are the lowest free numbers. */
static void
newpipe(int fd[2])
{

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	ck_assert_int_ge(fd[0], 0);
	ck_assert_int_ne(fd[0], fd[1]);
}

START_TEST(errno_is_native)
{
	char c;

	fails(rump_sys_close(-1), RUMP_EBADF);
	fails(rump_sys_close(1000000), RUMP_EBADF);
	fails(rump_sys_read(3, &c, 1), RUMP_EBADF);
	fails(rump_sys_socket(RUMP_AF_INET, RUMP_SOCK_DGRAM, 0), RUMP_ENOSYS);
	/* A success leaves errno alone. */
	errno = 4711;
	ck_assert_int_ge(rump_sys_getpid(), 1);
	ck_assert_int_eq(errno, 4711);
}
END_TEST

START_TEST(lowest_number)
{
	int a[2], b[2], d;

	newpipe(a);
	newpipe(b);
	ck_assert_int_eq(rump_sys_close(a[0]), 0);
	d = rump_sys_dup(b[0]);
	ck_assert_int_eq(d, a[0]);
	ck_assert_int_eq(rump_sys_fcntl(b[0], RUMP_F_DUPFD, 15), 15);
	ck_assert_int_eq(rump_sys_fcntl(b[0], RUMP_F_DUPFD, 15), 16);
	fails(rump_sys_fcntl(b[0], RUMP_F_DUPFD, -1), RUMP_EINVAL);
	fails(rump_sys_dup(99), RUMP_EBADF);
}
END_TEST

START_TEST(grows)
{
	int fd[2], last, i;
	char c;

	newpipe(fd);
	last = fd[1];
	for (i = 0; i < 150; i++) {
		int d = rump_sys_dup(fd[1]);

		ck_assert_int_eq(d, last + 1);
		last = d;
	}
	ck_assert_int_eq(rump_sys_write(last, "x", 1), 1);
	ck_assert_int_eq(rump_sys_read(fd[0], &c, 1), 1);
	ck_assert_int_eq(c, 'x');
	ck_assert_int_eq(rump_sys_dup2(fd[0], 500), 500);
	ck_assert_int_eq(rump_sys_write(last, "y", 1), 1);
	ck_assert_int_eq(rump_sys_read(500, &c, 1), 1);
	ck_assert_int_eq(rump_sys_fcntl(0, RUMP_F_MAXFD), 500);
}
END_TEST

START_TEST(dup2_semantics)
{
	int a[2], b[2];
	char c;

	newpipe(a);
	newpipe(b);
	ck_assert_int_eq(rump_sys_dup2(a[0], a[0]), a[0]);
	fails(rump_sys_dup2(77, a[0]), RUMP_EBADF);
	fails(rump_sys_dup2(a[0], -1), RUMP_EBADF);
	fails(rump_sys_dup2(a[0], 1 << 30), RUMP_EBADF);
	/* b[1] now means a's write end: b's reader sees the end of file. */
	ck_assert_int_eq(rump_sys_dup2(a[1], b[1]), b[1]);
	ck_assert_int_eq(rump_sys_read(b[0], &c, 1), 0);
	ck_assert_int_eq(rump_sys_write(b[1], "z", 1), 1);
	ck_assert_int_eq(rump_sys_read(a[0], &c, 1), 1);
	ck_assert_int_eq(c, 'z');
}
END_TEST

START_TEST(closed_by_number)
{
	int fd[2];
	char c;

	newpipe(fd);
	ck_assert_int_eq(rump_sys_close(fd[0]), 0);
	fails(rump_sys_close(fd[0]), RUMP_EBADF);
	fails(rump_sys_read(fd[0], &c, 1), RUMP_EBADF);
	/* And no signal, please. */
	ck_assert_int_eq(rump_sys_fcntl(fd[1], RUMP_F_SETNOSIGPIPE, 1), 0);
	fails(rump_sys_write(fd[1], "x", 1), RUMP_EPIPE);
}
END_TEST

START_TEST(flags)
{
	int fd[2], fl;
	char c;

	newpipe(fd);
	fails(rump_sys_write(fd[0], "x", 1), RUMP_EBADF);
	fails(rump_sys_read(fd[1], &c, 1), RUMP_EBADF);
	ck_assert_int_eq(rump_sys_fcntl(fd[0], RUMP_F_GETFD), 0);
	ck_assert_int_eq(rump_sys_fcntl(fd[0], RUMP_F_SETFD, 1), 0);
	ck_assert_int_eq(rump_sys_fcntl(fd[0], RUMP_F_GETFD), 1);
	fl = rump_sys_fcntl(fd[0], RUMP_F_GETFL);
	ck_assert_int_eq(fl & RUMP_O_ACCMODE, RUMP_O_RDONLY);
	ck_assert_int_eq(rump_sys_fcntl(fd[0], RUMP_F_SETFL,
	    RUMP_O_NONBLOCK), 0);
	fails(rump_sys_read(fd[0], &c, 1), RUMP_EAGAIN);
	fl = rump_sys_fcntl(fd[0], RUMP_F_GETFL);
	ck_assert_int_ne(fl & RUMP_O_NONBLOCK, 0);
	fails(rump_sys_fcntl(fd[0], 4242), RUMP_EINVAL);
}
END_TEST

START_TEST(bad_pointers)
{
	int fd[2];
	struct iovec iov[2];
	char buf[4];

	newpipe(fd);
	fails(rump_sys_write(fd[1], NULL, 4), RUMP_EFAULT);
	fails(rump_sys_read(fd[0], buf, (size_t)-1), RUMP_EINVAL);
	fails(rump_sys_readv(fd[0], iov, -1), RUMP_EINVAL);
	fails(rump_sys_readv(fd[0], iov, 100000), RUMP_EINVAL);
	iov[0].iov_base = buf;
	iov[0].iov_len = SIZE_MAX / 2;
	iov[1] = iov[0];
	fails(rump_sys_writev(fd[1], iov, 2), RUMP_EINVAL);
	fails(rump_sys_fstat(fd[0], NULL), RUMP_EFAULT);
	fails(rump_sys_pread(fd[0], buf, 1, 0), RUMP_ESPIPE);
}
END_TEST

START_TEST(vectors)
{
	char a[] = "abc", b[] = "defgh", x[4], y[8];
	struct iovec out[2] = { { a, 3 }, { b, 5 } };
	struct iovec in[2] = { { x, 4 }, { y, 8 } };
	int fd[2];

	newpipe(fd);
	ck_assert_int_eq(rump_sys_writev(fd[1], out, 2), 8);
	ck_assert_int_eq(rump_sys_readv(fd[0], in, 2), 8);
	ck_assert_int_eq(memcmp(x, "abcd", 4), 0);
	ck_assert_int_eq(memcmp(y, "efgh", 4), 0);
}
END_TEST

START_TEST(limit)
{
	struct rump_rlimit rl = { 10, 10 };
	int fd[2], n;

	newpipe(fd);
	ck_assert_int_eq(rump_sys_setrlimit(8, (struct rlimit *)&rl), 0);
	for (n = 0; rump_sys_dup(fd[0]) >= 0; n++)
		ck_assert_int_lt(n, 10);
	ck_assert_int_eq(errno, RUMP_EMFILE);
	fails(rump_sys_pipe(fd), RUMP_EMFILE);
	memset(&rl, 0, sizeof(rl));
	ck_assert_int_eq(rump_sys_getrlimit(8, (struct rlimit *)&rl), 0);
	ck_assert_int_eq(rl.rlim_cur, 10);
	fails(rump_sys_getrlimit(99, (struct rlimit *)&rl), RUMP_EINVAL);
}
END_TEST

/* What the descriptors of a new process are. */
START_TEST(processes)
{
	int fd[2], copy, parent = rump_sys_getpid();
	char c;

	newpipe(fd);
	copy = rump_sys_dup(fd[1]);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFD_COPY), 0);
	ck_assert_int_ne(rump_sys_getpid(), parent);
	ck_assert_int_eq(rump_sys_close(copy), 0);
	ck_assert_int_eq(rump_sys_write(fd[1], "p", 1), 1);
	rump_pub_lwproc_releaselwp();
	/* Its close was its own. */
	ck_assert_int_eq(rump_sys_write(copy, "q", 1), 1);
	ck_assert_int_eq(rump_sys_read(fd[0], &c, 1), 1);
	ck_assert_int_eq(c, 'p');

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFD_SHARE), 0);
	ck_assert_int_eq(rump_sys_close(copy), 0);
	rump_pub_lwproc_releaselwp();
	fails(rump_sys_close(copy), RUMP_EBADF);

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFD_CLEAR), 0);
	fails(rump_sys_close(fd[0]), RUMP_EBADF);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_close(fd[0]), 0);
	ck_assert_int_eq(rump_sys_close(fd[1]), 0);
}
END_TEST

static void *
blocked_reader(void *arg)
{
	char c;
	ssize_t n;

	n = rump_sys_read(*(int *)arg, &c, 1);
	return (void *)(intptr_t)(n == -1 ? errno : n);
}

/* A close ends the reads of other threads instead of waiting for ever. */
START_TEST(close_under_reader)
{
	pthread_t t;
	void *res;
	int fd[2];

	newpipe(fd);
	ck_assert_int_eq(pthread_create(&t, NULL, blocked_reader, &fd[0]), 0);
	usleep(50000);
	ck_assert_int_eq(rump_sys_close(fd[0]), 0);
	ck_assert_int_eq(pthread_join(t, &res), 0);
	ck_assert_int_ne((int)(intptr_t)res, 0);
}
END_TEST

static void *
closer(void *arg)
{
	int i, fd;

	for (i = 0; i < 2000; i++) {
		fd = rump_sys_dup(*(int *)arg);
		if (fd >= 0)
			(void)rump_sys_close(fd);
		(void)rump_sys_close(30 + i % 10);
		(void)rump_sys_dup2(*(int *)arg, 30 + i % 10);
	}
	return NULL;
}

START_TEST(torture)
{
	pthread_t t[4];
	int fd[2], i;
	char c;

	newpipe(fd);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, closer, &fd[1]),
		    0);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (i = 0; i < 10; i++)
		(void)rump_sys_close(30 + i);
	ck_assert_int_eq(rump_sys_write(fd[1], "x", 1), 1);
	ck_assert_int_eq(rump_sys_close(fd[1]), 0);
	ck_assert_int_eq(rump_sys_read(fd[0], &c, 1), 1);
	ck_assert_int_eq(rump_sys_read(fd[0], &c, 1), 0);
}
END_TEST

START_TEST(identity)
{
	uint32_t groups[4] = { 7, 8, 9, 10 }, got[16];
	int n;

	ck_assert_int_eq(rump_sys_getuid(), 0);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFD_CLEAR), 0);
	ck_assert_int_eq(rump_sys_setgroups(4, groups), 0);
	n = rump_sys_getgroups(0, NULL);
	ck_assert_int_eq(n, 4);
	fails(rump_sys_getgroups(2, got), RUMP_EINVAL);
	ck_assert_int_eq(rump_sys_getgroups(16, got), 4);
	ck_assert_int_eq(memcmp(got, groups, sizeof(groups)), 0);
	ck_assert_int_eq(rump_sys_seteuid(100), 0);
	ck_assert_int_eq(rump_sys_geteuid(), 100);
	ck_assert_int_eq(rump_sys_getuid(), 0);
	ck_assert_int_eq(rump_sys_seteuid(0), 0);
	ck_assert_int_eq(rump_sys_setgid(55), 0);
	ck_assert_int_eq(rump_sys_getegid(), 55);
	ck_assert_int_eq(rump_sys_setuid(200), 0);
	ck_assert_int_eq(rump_sys_geteuid(), 200);
	fails(rump_sys_setuid(0), RUMP_EPERM);
	fails(rump_sys_setgroups(4, groups), RUMP_EPERM);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_geteuid(), 0);
}
END_TEST

START_TEST(clocks)
{
	struct rump_timespec ts, ts2;
	struct rump_timespec req = { 0, 20000000 };
	struct rump_timeval tv;

	ck_assert_int_eq(rump_sys_gettimeofday((struct timeval *)&tv, NULL),
	    0);
	ck_assert_int_gt(tv.tv_sec, 1600000000);
	ck_assert_int_eq(rump_sys_clock_gettime(3, (struct timespec *)&ts),
	    0);
	ck_assert_int_eq(rump_sys_nanosleep((struct timespec *)&req, NULL),
	    0);
	ck_assert_int_eq(rump_sys_clock_gettime(3, (struct timespec *)&ts2),
	    0);
	ck_assert_int_ge((ts2.tv_sec - ts.tv_sec) * 1000000000 +
	    ts2.tv_nsec - ts.tv_nsec, 20000000);
	fails(rump_sys_clock_gettime(77, (struct timespec *)&ts),
	    RUMP_EINVAL);
	req.tv_nsec = -1;
	fails(rump_sys_nanosleep((struct timespec *)&req, NULL),
	    RUMP_EINVAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("descriptors");
	TCase *tc = tcase_create("client");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, errno_is_native);
	tcase_add_test(tc, lowest_number);
	tcase_add_test(tc, grows);
	tcase_add_test(tc, dup2_semantics);
	tcase_add_test(tc, closed_by_number);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, bad_pointers);
	tcase_add_test(tc, vectors);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, close_under_reader);
	tcase_add_test(tc, torture);
	tcase_add_test(tc, identity);
	tcase_add_test(tc, clocks);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
