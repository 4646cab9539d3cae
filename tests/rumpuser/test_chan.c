/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_chan.c - transfers by completion, on each poller: the same behaviour
 * whether the host or the task does them.
 */
#include <rump/rumpuser_chan.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NB_EBUSY = 16, NB_EINVAL = 22, NB_EPIPE = 32, NB_EOPNOTSUPP = 45,
    NB_ECONNRESET = 54, NB_ECONNREFUSED = 61 };

static struct rumpuser_task *task;
static const int pollers[] = { RUMPUSER_POLLER_EPOLL,
    RUMPUSER_POLLER_IOURING };

static void
setup(int i)
{
	const struct rumpuser_task_attr ta = { .ta_poller = pollers[i] };

	ck_assert_int_eq(rumpuser_task_create(&task, &ta), 0);
}

static void
teardown(void)
{

	ck_assert_int_eq(rumpuser_task_destroy(task), 0);
}

static void
pair(int fd[2])
{

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, fd), 0);
}

struct result {
	int calls, error;
	uintptr_t arg;
};

static void
note(void *env, uintptr_t arg, int error)
{
	struct result *r = env;

	r->calls++;
	r->arg = arg;
	r->error = error;
}

/* Rounds of the task until the result is there, or a second has gone. */
static void
await(const struct result *r, int calls)
{
	int i;

	for (i = 0; r->calls < calls && i < 1000; i++)
		ck_assert_int_eq(rumpuser_task_step(task, 1000000, NULL), 0);
	ck_assert_int_eq(r->calls, calls);
}

static void
spin(int rounds)
{

	while (rounds-- > 0)
		ck_assert_int_eq(rumpuser_task_step(task, 1000000, NULL), 0);
}

START_TEST(read_write)
{
	struct rumpuser_chan a, b;
	struct result rd = { 0 }, wr = { 0 };
	char buf[16];
	int fd[2];

	setup(_i);
	pair(fd);
	ck_assert_int_eq(rumpuser_chan_init(&a, task, fd[0]), 0);
	ck_assert_int_eq(rumpuser_chan_init(&b, task, fd[1]), 0);
	ck_assert_int_eq(rumpuser_chan_read(&a, buf, sizeof(buf), note, &rd),
	    0);
	ck_assert_int_eq(rumpuser_chan_read(&a, buf, sizeof(buf), note, &rd),
	    NB_EBUSY);
	spin(3);
	ck_assert_int_eq(rd.calls, 0);
	ck_assert_int_eq(rumpuser_task_destroy(task), NB_EBUSY);
	ck_assert_int_eq(rumpuser_chan_write(&b, "hello", 5, note, &wr), 0);
	await(&rd, 1);
	await(&wr, 1);
	ck_assert_uint_eq(rd.arg, 5);
	ck_assert_uint_eq(wr.arg, 5);
	ck_assert(memcmp(buf, "hello", 5) == 0);

	/* The end, and writing after it. */
	ck_assert_int_eq(rumpuser_chan_read(&a, buf, sizeof(buf), note, &rd),
	    0);
	rumpuser_chan_fini(&b);
	close(fd[1]);
	await(&rd, 2);
	ck_assert_uint_eq(rd.arg, 0);
	ck_assert_int_eq(rd.error, 0);
	ck_assert_int_eq(rumpuser_chan_write(&a, "x", 1, note, &wr), 0);
	await(&wr, 2);
	ck_assert_int_eq(wr.error, NB_EPIPE);
	rumpuser_chan_fini(&a);
	close(fd[0]);
	teardown();
}
END_TEST

#define BIG	(4 << 20)

/* A write larger than any buffer ends when all of it is gone. */
START_TEST(big_write)
{
	struct rumpuser_chan a, b;
	struct result rd = { 0 }, wr = { 0 };
	char *out = malloc(BIG), *in = malloc(BIG);
	size_t got = 0;
	int fd[2], i;

	setup(_i);
	pair(fd);
	for (i = 0; i < BIG; i++)
		out[i] = (char)(i * 7 + i / 1000);
	ck_assert_int_eq(rumpuser_chan_init(&a, task, fd[0]), 0);
	ck_assert_int_eq(rumpuser_chan_init(&b, task, fd[1]), 0);
	ck_assert_int_eq(rumpuser_chan_write(&a, out, BIG, note, &wr), 0);
	while (got < BIG) {
		ck_assert_int_eq(rumpuser_chan_read(&b, in + got, BIG - got,
		    note, &rd), 0);
		await(&rd, rd.calls + 1);
		ck_assert_int_eq(rd.error, 0);
		ck_assert_uint_gt(rd.arg, 0);
		got += rd.arg;
	}
	await(&wr, 1);
	ck_assert_uint_eq(wr.arg, BIG);
	ck_assert(memcmp(in, out, BIG) == 0);
	rumpuser_chan_fini(&a);
	rumpuser_chan_fini(&b);
	close(fd[0]);
	close(fd[1]);
	free(in);
	free(out);
	teardown();
}
END_TEST

/* Cancelled transfers leave their memory alone and their data in place. */
START_TEST(cancel)
{
	struct rumpuser_chan a;
	struct result rd = { 0 }, wr = { 0 };
	char *big = calloc(1, BIG), buf[4] = "";
	size_t done;
	int fd[2];

	setup(_i);
	pair(fd);
	ck_assert_int_eq(rumpuser_chan_init(&a, task, fd[0]), 0);
	ck_assert_int_eq(rumpuser_chan_cancel(&a, RUMPUSER_CHAN_IN, NULL),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_chan_read(&a, buf, 4, note, &rd), 0);
	spin(2);
	ck_assert_int_eq(rumpuser_chan_cancel(&a, RUMPUSER_CHAN_IN, &done), 0);
	ck_assert_uint_eq(done, 0);
	ck_assert_int_eq(write(fd[1], "data", 4), 4);
	spin(2);
	ck_assert_int_eq(rd.calls, 0);
	ck_assert_int_eq(buf[0], 0);
	ck_assert_int_eq(rumpuser_chan_read(&a, buf, 4, note, &rd), 0);
	await(&rd, 1);
	ck_assert(memcmp(buf, "data", 4) == 0);

	/* Half a write: what is gone is told, and is what the peer has. */
	ck_assert_int_eq(rumpuser_chan_write(&a, big, BIG, note, &wr), 0);
	spin(3);
	ck_assert_int_eq(rumpuser_chan_cancel(&a, RUMPUSER_CHAN_OUT, &done),
	    0);
	ck_assert_uint_gt(done, 0);
	ck_assert_uint_lt(done, BIG);
	rumpuser_chan_fini(&a);
	close(fd[0]);
	while (done > 0) {
		ssize_t n = read(fd[1], big, BIG);

		ck_assert_int_gt(n, 0);
		done -= (size_t)n;
	}
	ck_assert_int_eq(read(fd[1], big, BIG), 0);
	ck_assert_int_eq(wr.calls, 0);
	close(fd[1]);
	free(big);
	teardown();
}
END_TEST

START_TEST(accept_connect)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct rumpuser_chan l, c;
	struct result acc = { 0 }, con = { 0 };
	socklen_t len;
	int lfd, cfd;

	setup(_i);
	/* An abstract name of this process. */
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    (size_t)snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "rump-chan-%d-%d", (int)getpid(), _i));
	lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	cfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(rumpuser_chan_init(&c, task, cfd), 0);
	ck_assert_int_eq(rumpuser_chan_connect(&c, &sun, len, note, &con), 0);
	await(&con, 1);
	ck_assert_int_eq(con.error, NB_ECONNREFUSED);

	ck_assert_int_eq(bind(lfd, (struct sockaddr *)&sun, len), 0);
	ck_assert_int_eq(listen(lfd, 5), 0);
	ck_assert_int_eq(rumpuser_chan_init(&l, task, lfd), 0);
	ck_assert_int_eq(rumpuser_chan_accept(&l, note, &acc), 0);
	spin(2);
	ck_assert_int_eq(acc.calls, 0);
	ck_assert_int_eq(rumpuser_chan_connect(&c, &sun, len, note, &con), 0);
	await(&con, 2);
	ck_assert_int_eq(con.error, 0);
	await(&acc, 1);
	ck_assert_int_eq(acc.error, 0);
	ck_assert_int_ne(fcntl((int)acc.arg, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(write((int)acc.arg, "x", 1), 1);
	close((int)acc.arg);
	rumpuser_chan_fini(&l);
	rumpuser_chan_fini(&c);
	close(lfd);
	close(cfd);
	teardown();
}
END_TEST

/*
 * Ping-pong over many channels, with another thread starting and cancelling
 * transfers of its own on the same task.
 */
#define PAIRS	50
#define BOUNCES	20000

struct end {
	struct rumpuser_chan c;
	unsigned char b;
};
static struct end ends[2 * PAIRS];
static int bounces;

static void got(void *, uintptr_t, int);

static void
sent(void *env, uintptr_t arg, int error)
{
	struct end *e = env;

	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(arg, 1);
	ck_assert_int_eq(rumpuser_chan_read(&e->c, &e->b, 1, got, e), 0);
}

static void
got(void *env, uintptr_t arg, int error)
{
	struct end *e = env;

	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(arg, 1);
	/* A stop lets queued work go first, so that has to come to an end. */
	if (++bounces == BOUNCES)
		rumpuser_task_stop(task);
	if (bounces >= BOUNCES)
		return;
	e->b++;
	ck_assert_int_eq(rumpuser_chan_write(&e->c, &e->b, 1, sent, e), 0);
}

static int fired, cancelled, started, over;

static void
fire(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
	__atomic_add_fetch(&fired, 1, __ATOMIC_RELAXED);
}

static void *
canceller(void *arg)
{
	struct rumpuser_chan c;
	char buf[8];
	size_t n;
	int fd[2], error, i;

	(void)arg;
	pair(fd);
	if (rumpuser_chan_init(&c, task, fd[0]) != 0)
		abort();
	for (i = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); i++) {
		if (rumpuser_chan_read(&c, buf, sizeof(buf), fire, NULL) != 0)
			abort();
		started++;
		if (i % 2 && write(fd[1], "abc", 3) != 3)
			abort();
		error = rumpuser_chan_cancel(&c, RUMPUSER_CHAN_IN, &n);
		if (error == 0)
			cancelled++;
		else if (error != NB_EINVAL)
			abort();
		if (i % 2 && !(error == NB_EINVAL || n == 3) &&
		    read(fd[1 - 1], buf, sizeof(buf)) != 3)
			abort();
	}
	rumpuser_chan_fini(&c);
	close(fd[0]);
	close(fd[1]);
	return NULL;
}

START_TEST(race)
{
	pthread_t th;
	int fd[2], i;

	setup(_i);
	for (i = 0; i < PAIRS; i++) {
		pair(fd);
		rumpuser_chan_init(&ends[2 * i].c, task, fd[0]);
		rumpuser_chan_init(&ends[2 * i + 1].c, task, fd[1]);
		rumpuser_chan_read(&ends[2 * i].c, &ends[2 * i].b, 1, got,
		    &ends[2 * i]);
		rumpuser_chan_write(&ends[2 * i + 1].c, &ends[2 * i + 1].b, 1,
		    sent, &ends[2 * i + 1]);
	}
	ck_assert_int_eq(pthread_create(&th, NULL, canceller, NULL), 0);
	ck_assert_int_eq(rumpuser_task_run(task), 0);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	pthread_join(th, NULL);
	/* Each that was started was delivered or cancelled, not both. */
	ck_assert_int_eq(started, fired + cancelled);
	ck_assert_int_ge(bounces, BOUNCES);
	for (i = 0; i < 2 * PAIRS; i++) {
		fd[0] = ends[i].c.c_fd;
		rumpuser_chan_fini(&ends[i].c);
		close(fd[0]);
	}
	teardown();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chan");
	TCase *tc = tcase_create("chan");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, read_write, 0, 2);
	tcase_add_loop_test(tc, big_write, 0, 2);
	tcase_add_loop_test(tc, cancel, 0, 2);
	tcase_add_loop_test(tc, accept_connect, 0, 2);
	tcase_add_loop_test(tc, race, 0, 2);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
