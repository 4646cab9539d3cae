/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for descriptors: poll, select and kevent on pipes, timers, and the
 * refusal of kqueues that watch each other.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
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

static int
kev(int kq, const struct rump_kevent *ch, size_t nch, struct rump_kevent *ev,
    size_t nev, long ms)
{
	struct rump_timespec ts = { ms / 1000, (ms % 1000) * 1000000 };

	return rump_sys_kevent(kq, (const struct kevent *)ch, nch,
	    (struct kevent *)ev, nev,
	    ms < 0 ? NULL : (struct timespec *)&ts);
}

static struct rump_kevent
mkev(uintptr_t ident, uint32_t filter, uint32_t flags)
{
	struct rump_kevent ev;

	memset(&ev, 0, sizeof(ev));
	ev.ident = ident;
	ev.filter = filter;
	ev.flags = flags;
	ev.udata = 4711;
	return ev;
}

static void *
late_writer(void *arg)
{

	usleep(50000);
	(void)rump_sys_write(*(int *)arg, "late", 4);
	return NULL;
}

START_TEST(poll_pipe)
{
	struct pollfd pfd[3];
	pthread_t t;
	int fd[2];

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	pfd[0].fd = fd[0];
	pfd[0].events = POLLIN;
	pfd[1].fd = fd[1];
	pfd[1].events = 0;
	pfd[2].fd = -1;
	pfd[2].events = POLLIN;
	ck_assert_int_eq(rump_sys_poll(pfd, 3, 0), 0);
	ck_assert_int_eq(rump_sys_poll(pfd, 3, 20), 0);
	pthread_create(&t, NULL, late_writer, &fd[1]);
	ck_assert_int_eq(rump_sys_poll(pfd, 3, -1), 1);
	ck_assert_int_eq(pfd[0].revents, POLLIN);
	ck_assert_int_eq(pfd[1].revents, 0);
	pthread_join(t, NULL);
	ck_assert_int_eq(rump_sys_close(fd[1]), 0);
	ck_assert_int_eq(rump_sys_poll(pfd, 3, -1), 2);
	ck_assert_int_ne(pfd[0].revents & POLLHUP, 0);
	ck_assert_int_eq(pfd[1].revents, POLLNVAL);
	fails(rump_sys_poll(pfd, 3, -2), RUMP_EINVAL);
	fails(rump_sys_poll(pfd, 100000000, 0), RUMP_EINVAL);
	fails(rump_sys_poll(NULL, 3, 0), RUMP_EFAULT);
}
END_TEST

START_TEST(poll_many)
{
	struct pollfd pfd[64];
	pthread_t t;
	int fd[2], i;

	for (i = 0; i < 64; i++) {
		ck_assert_int_eq(rump_sys_pipe(fd), 0);
		pfd[i].fd = fd[0];
		pfd[i].events = POLLIN;
	}
	pthread_create(&t, NULL, late_writer, &fd[1]);
	ck_assert_int_eq(rump_sys_poll(pfd, 64, -1), 1);
	ck_assert_int_eq(pfd[63].revents, POLLIN);
	pthread_join(t, NULL);
}
END_TEST

START_TEST(select_pipe)
{
	struct rump_fd_set in, out;
	struct rump_timeval tv = { 0, 10000 };
	int fd[2];

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	RUMP_FD_ZERO(&in);
	RUMP_FD_ZERO(&out);
	RUMP_FD_SET(fd[0], &in);
	RUMP_FD_SET(fd[1], &out);
	ck_assert_int_eq(rump_sys_select(fd[1] + 1, (fd_set *)&in,
	    (fd_set *)&out, NULL, (struct timeval *)&tv), 1);
	ck_assert_int_eq(RUMP_FD_ISSET(fd[0], &in), 0);
	ck_assert_int_eq(RUMP_FD_ISSET(fd[1], &out), 1);
	RUMP_FD_SET(fd[0], &in);
	ck_assert_int_eq(rump_sys_select(fd[1] + 1, (fd_set *)&in, NULL, NULL,
	    (struct timeval *)&tv), 0);
	RUMP_FD_ZERO(&in);
	RUMP_FD_SET(fd[1] + 5, &in);
	fails(rump_sys_select(fd[1] + 6, (fd_set *)&in, NULL, NULL,
	    (struct timeval *)&tv), RUMP_EBADF);
	fails(rump_sys_select(-1, NULL, NULL, NULL, NULL), RUMP_EINVAL);
}
END_TEST

START_TEST(kevent_level)
{
	struct rump_kevent ch, ev[4];
	int fd[2], kq;
	char buf[8];

	kq = rump_sys_kqueue();
	ck_assert_int_ge(kq, 0);
	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	ch = mkev((uintptr_t)fd[0], RUMP_EVFILT_READ, RUMP_EV_ADD);
	ck_assert_int_eq(kev(kq, &ch, 1, NULL, 0, 0), 0);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, 0), 0);
	ck_assert_int_eq(rump_sys_write(fd[1], "abcde", 5), 5);
	/* It stays until it is read. */
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, -1), 1);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, -1), 1);
	ck_assert_int_eq(ev[0].ident, fd[0]);
	ck_assert_int_eq(ev[0].filter, RUMP_EVFILT_READ);
	ck_assert_int_eq(ev[0].data, 5);
	ck_assert_int_eq(ev[0].udata, 4711);
	ck_assert_int_eq(rump_sys_read(fd[0], buf, 8), 5);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, 10), 0);
	ck_assert_int_eq(rump_sys_close(fd[1]), 0);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, -1), 1);
	ck_assert_int_ne(ev[0].flags & RUMP_EV_EOF, 0);
	/* The descriptor takes its registrations along. */
	ck_assert_int_eq(rump_sys_close(fd[0]), 0);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, 10), 0);
	ck_assert_int_eq(rump_sys_close(kq), 0);
}
END_TEST

START_TEST(kevent_flags)
{
	struct rump_kevent ch, ev[4];
	int fd[2], kq = rump_sys_kqueue();

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	ch = mkev((uintptr_t)fd[0], RUMP_EVFILT_READ,
	    RUMP_EV_ADD | RUMP_EV_CLEAR);
	ck_assert_int_eq(kev(kq, &ch, 1, NULL, 0, 0), 0);
	ck_assert_int_eq(rump_sys_write(fd[1], "a", 1), 1);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, -1), 1);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, 10), 0);
	ck_assert_int_eq(rump_sys_write(fd[1], "a", 1), 1);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, -1), 1);
	ck_assert_int_eq(ev[0].data, 2);
	ch = mkev((uintptr_t)fd[0], RUMP_EVFILT_READ, RUMP_EV_DELETE);
	ck_assert_int_eq(kev(kq, &ch, 1, NULL, 0, 0), 0);
	fails(kev(kq, &ch, 1, NULL, 0, 0), RUMP_ENOENT);

	ch = mkev((uintptr_t)fd[1], RUMP_EVFILT_WRITE,
	    RUMP_EV_ADD | RUMP_EV_ONESHOT);
	ck_assert_int_eq(kev(kq, &ch, 1, ev, 4, -1), 1);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 4, 10), 0);
	ch.flags = RUMP_EV_DELETE;
	ck_assert_int_eq(kev(kq, &ch, 1, ev, 4, 0), 1);
	ck_assert_int_ne(ev[0].flags & RUMP_EV_ERROR, 0);
	ck_assert_int_eq(ev[0].data, RUMP_ENOENT);

	ch = mkev((uintptr_t)fd[0], RUMP_EVFILT_READ,
	    RUMP_EV_ADD | RUMP_EV_DISABLE);
	ck_assert_int_eq(kev(kq, &ch, 1, ev, 4, 10), 0);
	ch.flags = RUMP_EV_ENABLE;
	ck_assert_int_eq(kev(kq, &ch, 1, ev, 4, -1), 1);
}
END_TEST

START_TEST(kevent_errors)
{
	struct rump_kevent ch, ev;
	int kq = rump_sys_kqueue(), kq2 = rump_sys_kqueue(), fd[2];

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	ch = mkev(99, RUMP_EVFILT_READ, RUMP_EV_ADD);
	fails(kev(kq, &ch, 1, NULL, 0, 0), RUMP_EBADF);
	ch = mkev(UINTPTR_MAX, RUMP_EVFILT_READ, RUMP_EV_ADD);
	fails(kev(kq, &ch, 1, NULL, 0, 0), RUMP_EBADF);
	ch = mkev(0, 4242, RUMP_EV_ADD);
	fails(kev(kq, &ch, 1, NULL, 0, 0), RUMP_EINVAL);
	fails(kev(fd[0], NULL, 0, &ev, 1, 0), RUMP_EBADF);
	/* One may watch the other, but not in a ring. */
	ch = mkev((uintptr_t)kq2, RUMP_EVFILT_READ, RUMP_EV_ADD);
	ck_assert_int_eq(kev(kq, &ch, 1, NULL, 0, 0), 0);
	ch = mkev((uintptr_t)kq, RUMP_EVFILT_READ, RUMP_EV_ADD);
	fails(kev(kq2, &ch, 1, NULL, 0, 0), RUMP_EINVAL);
	fails(kev(kq, &ch, 1, NULL, 0, 0), RUMP_EINVAL);
	ch = mkev((uintptr_t)fd[1], RUMP_EVFILT_WRITE, RUMP_EV_ADD);
	ck_assert_int_eq(kev(kq2, &ch, 1, NULL, 0, 0), 0);
	ck_assert_int_eq(kev(kq, NULL, 0, &ev, 1, -1), 1);
	ck_assert_int_eq(ev.ident, kq2);
	ck_assert_int_eq(rump_sys_close(kq2), 0);
	ck_assert_int_eq(kev(kq, NULL, 0, &ev, 1, 10), 0);
}
END_TEST

START_TEST(kevent_timer)
{
	struct rump_kevent ch, ev;
	int kq = rump_sys_kqueue();

	ch = mkev(1, RUMP_EVFILT_TIMER, RUMP_EV_ADD);
	ch.data = 20;
	ck_assert_int_eq(kev(kq, &ch, 1, NULL, 0, 0), 0);
	ck_assert_int_eq(kev(kq, NULL, 0, &ev, 1, -1), 1);
	ck_assert_int_eq(ev.ident, 1);
	ck_assert_int_ge(ev.data, 1);
	ck_assert_int_eq(kev(kq, NULL, 0, &ev, 1, -1), 1);
	ck_assert_int_eq(rump_sys_close(kq), 0);
}
END_TEST

START_TEST(kevent_many)
{
	struct rump_kevent ch[40], ev[40];
	int kq = rump_sys_kqueue(), fd[40][2], i, n;

	for (i = 0; i < 40; i++) {
		ck_assert_int_eq(rump_sys_pipe(fd[i]), 0);
		ch[i] = mkev((uintptr_t)fd[i][0], RUMP_EVFILT_READ,
		    RUMP_EV_ADD);
	}
	ck_assert_int_eq(kev(kq, ch, 40, NULL, 0, 0), 0);
	for (i = 0; i < 40; i++)
		ck_assert_int_eq(rump_sys_write(fd[i][1], "x", 1), 1);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 40, -1), 40);
	for (i = 0; i < 40; i++)
		for (n = 0; n < i; n++)
			ck_assert_int_ne(ev[i].ident, ev[n].ident);
	ck_assert_int_eq(kev(kq, NULL, 0, ev, 13, -1), 13);
}
END_TEST

/* Many writers and a reader: every byte arrives once. */
static void *
writer(void *arg)
{
	char buf[1000];
	int i;

	memset(buf, 'w', sizeof(buf));
	for (i = 0; i < 200; i++)
		if (rump_sys_write(*(int *)arg, buf, sizeof(buf)) !=
		    (ssize_t)sizeof(buf))
			return arg;
	return NULL;
}

START_TEST(pipe_stream)
{
	static char buf[30000];
	pthread_t t[4];
	void *res;
	size_t total = 0;
	ssize_t n;
	int fd[2], i;

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, writer, &fd[1]);
	while (total < 4 * 200 * 1000) {
		n = rump_sys_read(fd[0], buf, sizeof(buf));
		ck_assert_int_gt(n, 0);
		total += (size_t)n;
	}
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &res);
		ck_assert_ptr_null(res);
	}
	ck_assert_uint_eq(total, 4 * 200 * 1000);
}
END_TEST

/* Without blocking means it, also while another writer is blocked. */
static void *
long_writer(void *arg)
{
	static char buf[100000];
	ssize_t n;

	n = rump_sys_write(*(int *)arg, buf, sizeof(buf));
	return (void *)(intptr_t)(n == (ssize_t)sizeof(buf) ? 0 : 1);
}

START_TEST(pipe_nonblock)
{
	static char buf[100000];
	pthread_t t;
	void *res;
	struct pollfd pfd;
	size_t total = 0;
	ssize_t n;
	int fd[2], nb[2];

	ck_assert_int_eq(rump_sys_pipe2(nb, RUMP_O_NONBLOCK), 0);
	fails(rump_sys_read(nb[0], buf, 1), RUMP_EAGAIN);
	while ((n = rump_sys_write(nb[1], buf, 10000)) > 0)
		total += (size_t)n;
	ck_assert_int_eq(errno, RUMP_EAGAIN);
	ck_assert_uint_ge(total, 4096);
	/* An atomic write goes whole or not at all. */
	ck_assert_int_eq(rump_sys_read(nb[0], buf, 10), 10);
	fails(rump_sys_write(nb[1], buf, 100), RUMP_EAGAIN);

	ck_assert_int_eq(rump_sys_pipe(fd), 0);
	pthread_create(&t, NULL, long_writer, &fd[1]);
	/* Full: the writer is in the middle of it. */
	pfd.fd = fd[1];
	pfd.events = POLLOUT;
	while (rump_sys_poll(&pfd, 1, 0) != 0)
		usleep(1000);
	ck_assert_int_eq(rump_sys_fcntl(fd[1], RUMP_F_SETFL,
	    RUMP_O_NONBLOCK), 0);
	fails(rump_sys_write(fd[1], buf, 1), RUMP_EAGAIN);
	ck_assert_int_eq(rump_sys_fcntl(fd[1], RUMP_F_SETFL, 0), 0);
	for (total = 0; total < sizeof(buf); total += (size_t)n) {
		n = rump_sys_read(fd[0], buf, sizeof(buf));
		ck_assert_int_gt(n, 0);
	}
	pthread_join(t, &res);
	ck_assert_ptr_null(res);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("events");
	TCase *tc = tcase_create("client");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, poll_pipe);
	tcase_add_test(tc, poll_many);
	tcase_add_test(tc, select_pipe);
	tcase_add_test(tc, kevent_level);
	tcase_add_test(tc, kevent_flags);
	tcase_add_test(tc, kevent_errors);
	tcase_add_test(tc, kevent_timer);
	tcase_add_test(tc, kevent_many);
	tcase_add_test(tc, pipe_stream);
	tcase_add_test(tc, pipe_nonblock);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
