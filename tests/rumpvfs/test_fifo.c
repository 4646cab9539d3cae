/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named pipes that are waited for: opens that meet, streams, descriptors
 * that are closed under transfers, kqueues.  What needs no second thread is
 * judged by the host, tests/client/test_linux.c.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

static void
boot(void)
{

	rump_boot_setsigmodel(RUMP_SIGMODEL_IGNORE);
	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_mkfifo("/p", 0600), 0);
}

struct opener {
	int	flags;
	int	fd;
	int	done;
};

static void *
open_it(void *arg)
{
	struct opener *o = arg;

	o->fd = rump_sys_open("/p", o->flags);
	__atomic_store_n(&o->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static int
is_done(struct opener *o)
{

	return __atomic_load_n(&o->done, __ATOMIC_ACQUIRE);
}

static void
opens_meet(int first, int second)
{
	struct opener o = { .flags = first };
	pthread_t t;
	char c;
	int fd;

	pthread_create(&t, NULL, open_it, &o);
	usleep(50000);
	ck_assert_int_eq(is_done(&o), 0);
	/* Nobody else is held up by one that waits. */
	ck_assert_int_eq(rump_sys_chmod("/p", 0640), 0);
	fd = rump_sys_open("/p", second);
	ck_assert_int_ge(fd, 0);
	pthread_join(t, NULL);
	ck_assert_int_ge(o.fd, 0);
	if (first == RUMP_O_RDONLY) {
		ck_assert_int_eq(rump_sys_write(fd, "x", 1), 1);
		ck_assert_int_eq(rump_sys_read(o.fd, &c, 1), 1);
	} else {
		ck_assert_int_eq(rump_sys_write(o.fd, "x", 1), 1);
		ck_assert_int_eq(rump_sys_read(fd, &c, 1), 1);
	}
	ck_assert_int_eq(c, 'x');
	ck_assert_int_eq(rump_sys_close(fd), 0);
	ck_assert_int_eq(rump_sys_close(o.fd), 0);
}

START_TEST(reader_first)
{

	opens_meet(RUMP_O_RDONLY, RUMP_O_WRONLY);
	opens_meet(RUMP_O_RDONLY, RUMP_O_RDWR);
}
END_TEST

START_TEST(writer_first)
{

	opens_meet(RUMP_O_WRONLY, RUMP_O_RDONLY);
	opens_meet(RUMP_O_WRONLY, RUMP_O_RDONLY | RUMP_O_NONBLOCK);
}
END_TEST

/* A writer that has gone again has been there. */
START_TEST(meets_who_has_gone)
{
	struct opener o = { .flags = RUMP_O_RDONLY };
	pthread_t t;
	char buf[8];
	int fd;

	pthread_create(&t, NULL, open_it, &o);
	usleep(50000);
	fd = rump_sys_open("/p", RUMP_O_WRONLY | RUMP_O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_write(fd, "bye", 3), 3);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	pthread_join(t, NULL);
	ck_assert_int_eq(rump_sys_read(o.fd, buf, sizeof(buf)), 3);
	ck_assert_int_eq(rump_sys_read(o.fd, buf, sizeof(buf)), 0);
}
END_TEST

static void *
writer(void *arg)
{
	char buf[700];
	long i;
	int fd = rump_sys_open("/p", RUMP_O_WRONLY);

	memset(buf, 'w', sizeof(buf));
	for (i = 0; fd >= 0 && i < 300; i++)
		if (rump_sys_write(fd, buf, sizeof(buf)) !=
		    (ssize_t)sizeof(buf))
			return arg;
	return fd < 0 || rump_sys_close(fd) != 0 ? arg : NULL;
}

START_TEST(stream)
{
	static char buf[5000];
	pthread_t t[3];
	size_t total = 0;
	void *res;
	ssize_t n;
	int fd, i;

	for (i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, writer, &t);
	fd = rump_sys_open("/p", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	while (total < 3 * 300 * 700) {
		n = rump_sys_read(fd, buf, sizeof(buf));
		if (n == 0)
			usleep(1000);	/* one has gone before another came */
		ck_assert_int_ge(n, 0);
		total += (size_t)n;
	}
	for (i = 0; i < 3; i++) {
		pthread_join(t[i], &res);
		ck_assert_ptr_null(res);
	}
	ck_assert_uint_eq(total, 3 * 300 * 700);
	ck_assert_int_eq(rump_sys_read(fd, buf, sizeof(buf)), 0);
}
END_TEST

static void *
read_it(void *arg)
{
	char c;

	return (void *)(intptr_t)rump_sys_read(*(int *)arg, &c, 1);
}

/* A reader whose descriptor is closed does not keep it open for ever. */
START_TEST(closed_while_read)
{
	pthread_t t;
	void *res;
	int fd;

	fd = rump_sys_open("/p", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	pthread_create(&t, NULL, read_it, &fd);
	usleep(50000);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	pthread_join(t, &res);
	ck_assert_int_eq((intptr_t)res, -1);
}
END_TEST

static int
kev(int kq, const struct rump_kevent *ch, struct rump_kevent *ev, long ms)
{
	struct rump_timespec ts = { ms / 1000, (ms % 1000) * 1000000 };

	return rump_sys_kevent(kq, (const struct kevent *)ch, ch != NULL,
	    (struct kevent *)ev, ev != NULL, (struct timespec *)&ts);
}

START_TEST(watched)
{
	struct rump_kevent ch = { .filter = RUMP_EVFILT_READ,
	    .flags = RUMP_EV_ADD }, ev;
	int r, w, kq = rump_sys_kqueue();
	char c;

	r = rump_sys_open("/p", RUMP_O_RDONLY | RUMP_O_NONBLOCK);
	w = rump_sys_open("/p", RUMP_O_WRONLY);
	ch.ident = (uintptr_t)r;
	ck_assert_int_eq(kev(kq, &ch, NULL, 0), 0);
	ck_assert_int_eq(kev(kq, NULL, &ev, 10), 0);
	ck_assert_int_eq(rump_sys_write(w, "x", 1), 1);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1000), 1);
	ck_assert_int_eq(ev.data, 1);
	ck_assert_int_eq(ev.flags & RUMP_EV_EOF, 0);
	ck_assert_int_eq(rump_sys_read(r, &c, 1), 1);
	ck_assert_int_eq(kev(kq, NULL, &ev, 10), 0);
	ck_assert_int_eq(rump_sys_close(w), 0);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1000), 1);
	ck_assert((ev.flags & RUMP_EV_EOF) != 0);
	/* It goes on with another writer. */
	w = rump_sys_open("/p", RUMP_O_WRONLY);
	ck_assert_int_eq(kev(kq, NULL, &ev, 10), 0);
	ck_assert_int_eq(rump_sys_write(w, "xy", 2), 2);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1000), 1);
	ck_assert_int_eq(ev.data, 2);
	ck_assert_int_eq(ev.flags & RUMP_EV_EOF, 0);
	ck_assert_int_eq(rump_sys_close(r), 0);
	ck_assert_int_eq(kev(kq, NULL, &ev, 10), 0);
	ck_assert_int_eq(rump_sys_close(w), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fifo");
	TCase *tc = tcase_create("fifo");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_add_test(tc, reader_first);
	tcase_add_test(tc, writer_first);
	tcase_add_test(tc, meets_who_has_gone);
	tcase_add_test(tc, stream);
	tcase_add_test(tc, closed_while_read);
	tcase_add_test(tc, watched);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
