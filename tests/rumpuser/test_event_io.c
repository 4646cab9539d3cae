/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_event_io.c - descriptors, timers and signals in a task.
 */
#include "event.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct log the_log;

static struct rumpuser_task *task;
static int fds[2];

static void
begin(int poller)
{

	task = task_new(0, 0, poller);
	OK(pipe2(fds, O_NONBLOCK));
}

static void
end(void)
{

	OK(rumpuser_task_destroy(task));
	close(fds[0]);
	close(fds[1]);
}

static void
put(const char *s)
{

	ck_assert_int_eq(write(fds[1], s, strlen(s)), (int)strlen(s));
}

static void
empty(void)
{
	char buf[64];

	while (read(fds[0], buf, sizeof(buf)) > 0)
		continue;
}

/*
 * Descriptors.
 */
START_TEST(level)
{
	struct rumpuser_poll p;

	begin(_i);
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	ck_assert_int_eq(rumpuser_event_cancel(&p.p_ev), NB_EINVAL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	ck_assert(rumpuser_event_pending(&p.p_ev));
	ck_assert_uint_eq(step(task), 0);
	put("ab");
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(the_log.arg[0], RUMPUSER_POLL_IN);
	empty();
	ck_assert_uint_eq(step(task), 0);
	/* Modified: nothing but errors. */
	put("c");
	OK(rumpuser_poll_enable(&p, 0));
	ck_assert_uint_eq(step(task), 0);
	close(fds[1]);
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(the_log.arg[2], RUMPUSER_POLL_HUP);
	OK(rumpuser_event_cancel(&p.p_ev));
	ck_assert_int_eq(rumpuser_event_cancel(&p.p_ev), NB_EINVAL);
	ck_assert(!rumpuser_event_pending(&p.p_ev));
	ck_assert_uint_eq(step(task), 0);
	end();
}
END_TEST

START_TEST(edge)
{
	struct rumpuser_poll p;

	begin(_i);
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV | RUMPUSER_POLL_EDGE));
	put("a");
	ck_assert_uint_eq(step(task), 1);
	/* Once, until it was drained and there is more. */
	ck_assert_uint_eq(step(task), 0);
	ck_assert_uint_eq(step(task), 0);
	empty();
	put("b");
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(step(task), 0);
	/* Enabled anew it says what is there. */
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV | RUMPUSER_POLL_EDGE));
	ck_assert_uint_eq(step(task), 1);
	OK(rumpuser_event_cancel(&p.p_ev));
	end();
}
END_TEST

START_TEST(oneshot)
{
	struct rumpuser_poll p;

	begin(_i);
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV |
	    RUMPUSER_POLL_ONESHOT));
	put("a");
	ck_assert_uint_eq(step(task), 1);
	ck_assert(!rumpuser_event_pending(&p.p_ev));
	ck_assert_int_eq(rumpuser_event_cancel(&p.p_ev), NB_EINVAL);
	ck_assert_uint_eq(step(task), 0);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV |
	    RUMPUSER_POLL_ONESHOT));
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(step(task), 0);
	/* The number for another poll, the task free to go with it. */
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	ck_assert_uint_eq(step(task), 1);
	OK(rumpuser_event_cancel(&p.p_ev));
	end();
}
END_TEST

/* Disabled by the handler of another one in the same round: no late call. */
static struct rumpuser_poll pair[2];

static void
cancel_other(void *env, uintptr_t arg, int error)
{
	struct rumpuser_poll *other = env;

	(void)error;
	OK(rumpuser_event_cancel(&other->p_ev));
	/* What was on it may be gone at once. */
	memset(other, 0xa5, sizeof(*other));
	note(NULL, arg, 0);
}

START_TEST(no_late_call)
{
	int sv[2];

	begin(_i);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	rumpuser_poll_init(&pair[0], task, sv[0], cancel_other, &pair[1]);
	rumpuser_poll_init(&pair[1], task, sv[1], cancel_other, &pair[0]);
	OK(rumpuser_poll_enable(&pair[0], RUMPUSER_POLL_OUT));
	OK(rumpuser_poll_enable(&pair[1], RUMPUSER_POLL_OUT));
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(the_log.n, 1);
	ck_assert_uint_eq(stats(task).ts_stale, 1);
	ck_assert_uint_eq(stats(task).ts_npolls, 1);
	OK(rumpuser_event_cancel(&pair[pair[0].p_fd != sv[0]].p_ev));
	close(sv[0]);
	close(sv[1]);
	end();
}
END_TEST

START_TEST(refused)
{
	struct rumpuser_poll p, q;
	FILE *f = tmpfile();

	begin(_i);
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	rumpuser_poll_init(&q, task, fds[0], note, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	ck_assert_int_eq(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV),
	    NB_EEXIST);
	ck_assert_uint_eq(stats(task).ts_duppolls, 1);
	ck_assert_int_eq(rumpuser_poll_enable(&p, 0x40000000), NB_EINVAL);
	put("a");
	ck_assert_uint_eq(step(task), 1);
	ck_assert_int_eq(rumpuser_task_destroy(task), NB_EBUSY);
	OK(rumpuser_event_cancel(&p.p_ev));
	rumpuser_poll_init(&q, task, 1000, note, NULL);
	ck_assert_int_eq(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV),
	    NB_EBADF);
	rumpuser_poll_init(&q, task, -1, note, NULL);
	ck_assert_int_eq(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV),
	    NB_EBADF);
	ck_assert_int_eq(rumpuser_event_cancel(&q.p_ev), NB_EINVAL);
	ck_assert_ptr_nonnull(f);
	rumpuser_poll_init(&q, task, fileno(f), note, NULL);
	ck_assert_int_eq(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV),
	    NB_EPERM);
	fclose(f);
	end();
}
END_TEST

/* Closed before it was cancelled, the number in use again. */
START_TEST(closed)
{
	struct rumpuser_poll p, q;
	int other[2], number;

	begin(_i);
	rumpuser_poll_init(&p, task, fds[0], note, (void *)1);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	close(fds[0]);
	ck_assert_uint_eq(step(task), 0);
	OK(rumpuser_event_cancel(&p.p_ev));

	OK(pipe2(other, O_NONBLOCK));
	number = other[0];
	rumpuser_poll_init(&p, task, number, note, (void *)1);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	close(other[0]);
	close(other[1]);
	OK(pipe2(other, O_NONBLOCK));
	ck_assert_int_eq(other[0], number);
	rumpuser_poll_init(&q, task, other[0], note, (void *)2);
	OK(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV));
	ck_assert_int_eq(write(other[1], "x", 1), 1);
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(the_log.id[0], 2);
	ck_assert_int_eq(rumpuser_event_cancel(&p.p_ev), NB_EINVAL);
	/* Reopened under an enabled poll, it can be enabled again. */
	close(other[0]);
	close(other[1]);
	OK(pipe2(other, O_NONBLOCK));
	OK(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV));
	ck_assert_int_eq(write(other[1], "x", 1), 1);
	ck_assert_uint_eq(step(task), 1);
	OK(rumpuser_event_cancel(&q.p_ev));
	close(other[0]);
	close(other[1]);
	end();
}
END_TEST

/*
 * Closed while a copy of it is open: the host goes on reporting it and cannot
 * be told otherwise.  The loop must not spin over it for good.
 */
START_TEST(orphan)
{
	struct rumpuser_poll p, q;
	uint64_t stale;
	int copy, other[2], fd, i;

	begin(_i);
	OK(rumpuser_task_fd(task, &fd));
	OK(pipe2(other, O_NONBLOCK));
	rumpuser_poll_init(&q, task, other[0], note, (void *)2);
	OK(rumpuser_poll_enable(&q, RUMPUSER_POLL_RECV));
	rumpuser_poll_init(&p, task, fds[0], note, (void *)1);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	copy = dup(fds[0]);
	close(fds[0]);
	put("x");
	OK(rumpuser_event_cancel(&p.p_ev));
	for (i = 0; i < 10; i++)
		ck_assert_uint_eq(step(task), 0);
	stale = stats(task).ts_stale;
	ck_assert_uint_ge(stale, 1);
	for (i = 0; i < 10; i++)
		ck_assert_uint_eq(step(task), 0);
	ck_assert_uint_eq(stats(task).ts_stale, stale);
	/* The others are still watched, wake-ups and the foreign loop's
	 * descriptor are as they were. */
	ck_assert_int_eq(write(other[1], "x", 1), 1);
	ck_assert_uint_eq(step(task), 1);
	ck_assert_uint_eq(the_log.id[0], 2);
	OK(rumpuser_task_fd(task, &i));
	ck_assert_int_eq(i, fd);
	OK(rumpuser_event_cancel(&q.p_ev));
	close(other[0]);
	close(other[1]);
	fds[0] = copy;
	end();
}
END_TEST

static void
echo(void *env, uintptr_t arg, int error)
{
	int fd = (int)(uintptr_t)env;
	char c;

	(void)arg;
	(void)error;
	ck_assert_int_eq(read(fd, &c, 1), 1);
	ck_assert_int_eq(write(fd, &c, 1), 1);
}

#define PAIRS	200

START_TEST(pingpong)
{
	static struct rumpuser_poll polls[PAIRS * 2];
	static int sv[PAIRS][2];
	unsigned int i, n;

	begin(_i);
	for (i = 0; i < PAIRS; i++) {
		OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv[i]));
		for (n = 0; n < 2; n++) {
			rumpuser_poll_init(&polls[i * 2 + n], task, sv[i][n],
			    echo, (void *)(uintptr_t)sv[i][n]);
			OK(rumpuser_poll_enable(&polls[i * 2 + n],
			    RUMPUSER_POLL_RECV));
		}
		ck_assert_int_eq(write(sv[i][0], "x", 1), 1);
	}
	for (n = 0; n < 20000;) {
		OK(rumpuser_task_step(task, -1, &i));
		n += i;
	}
	ck_assert_uint_eq(stats(task).ts_polls, n);
	for (i = 0; i < PAIRS * 2; i++)
		OK(rumpuser_event_cancel(&polls[i].p_ev));
	end();
}
END_TEST

/* The table of descriptors cannot grow: ENOMEM, and all else goes on. */
START_TEST(no_memory)
{
	struct rlimit big = { 1 << 20, 1 << 20 }, none, old;
	struct rumpuser_poll p, q;
	int high;

	begin(_i);
	rumpuser_poll_init(&p, task, fds[0], note, NULL);
	OK(rumpuser_poll_enable(&p, RUMPUSER_POLL_RECV));
	if (setrlimit(RLIMIT_NOFILE, &big) != 0 ||
	    (high = fcntl(fds[1], F_DUPFD, 1000000)) == -1) {
		OK(rumpuser_event_cancel(&p.p_ev));
		end();
		return;
	}
	/* 62 KiB of table, more than is left of anything. */
	OK(getrlimit(RLIMIT_AS, &old));
	none = old;
	none.rlim_cur = 0;
	OK(setrlimit(RLIMIT_AS, &none));
	while (malloc(16384) != NULL)
		continue;
	rumpuser_poll_init(&q, task, high, note, NULL);
	ck_assert_int_eq(rumpuser_poll_enable(&q, RUMPUSER_POLL_OUT),
	    NB_ENOMEM);
	ck_assert_int_eq(rumpuser_event_cancel(&q.p_ev), NB_EINVAL);
	OK(setrlimit(RLIMIT_AS, &old));
	OK(rumpuser_poll_enable(&q, RUMPUSER_POLL_OUT));
	put("x");
	ck_assert_uint_eq(step(task), 2);
	OK(rumpuser_event_cancel(&q.p_ev));
	OK(rumpuser_event_cancel(&p.p_ev));
	close(high);
	end();
}
END_TEST

/*
 * Timers.
 */
static int64_t fired_at[1000], expiry[1000];
static unsigned int nfired;

static void
fired(void *env, uintptr_t arg, int error)
{
	unsigned int i = (unsigned int)(uintptr_t)env;

	ck_assert_int_eq(error, 0);
	ck_assert_int_ge((int64_t)arg, expiry[i]);
	ck_assert_int_ge(rumpuser_event_now(), (int64_t)arg);
	fired_at[i] = (int64_t)arg;
	the_log.id[the_log.n++] = i;
	nfired++;
}

START_TEST(timer_order)
{
	static struct rumpuser_timer t[1000];
	int64_t now, last = 0;
	unsigned int i, id, before = 0;

	begin(_i);
	now = rumpuser_event_now();
	for (i = 0; i < 1000; i++) {
		rumpuser_timer_init(&t[i], task, fired,
		    (void *)(uintptr_t)i);
		/* Many ties, over 20 ms. */
		expiry[i] = now + rand() % 100 * 200000;
		OK(rumpuser_timer_set(&t[i], expiry[i]));
	}
	while (nfired < 1000)
		OK(rumpuser_task_step(task, -1, NULL));
	for (i = 0; i < 1000; i++) {
		id = (unsigned int)the_log.id[i];
		ck_assert_int_ge(expiry[id], last);
		if (expiry[id] == last)
			ck_assert_uint_gt(id, before);
		last = expiry[id];
		before = id;
	}
	ck_assert_int_eq(rumpuser_event_cancel(&t[0].t_ev), NB_EINVAL);
	ck_assert_int_eq(rumpuser_timer_set(&t[0], -1), NB_EINVAL);
	end();
}
END_TEST

START_TEST(timer_move_cancel)
{
	struct rumpuser_timer t[3];
	int64_t now;
	unsigned int i;

	begin(_i);
	now = rumpuser_event_now();
	for (i = 0; i < 3; i++) {
		rumpuser_timer_init(&t[i], task, fired,
		    (void *)(uintptr_t)i);
		OK(rumpuser_timer_set(&t[i], now + 3600 * 1000 * MS));
	}
	ck_assert_uint_eq(stats(task).ts_ntimers, 3);
	ck_assert_int_eq(rumpuser_task_destroy(task), NB_EBUSY);
	expiry[1] = now + 5 * MS;
	OK(rumpuser_timer_set(&t[1], expiry[1]));
	OK(rumpuser_timer_set(&t[2], now + 1));
	OK(rumpuser_event_cancel(&t[2].t_ev));
	while (nfired == 0)
		OK(rumpuser_task_step(task, -1, NULL));
	ck_assert_uint_eq(the_log.id[0], 1);
	OK(rumpuser_event_cancel(&t[0].t_ev));
	ck_assert_int_eq(rumpuser_event_cancel(&t[1].t_ev), NB_EINVAL);
	ck_assert_int_eq(rumpuser_event_cancel(&t[2].t_ev), NB_EINVAL);
	ck_assert_uint_eq(step(task), 0);
	end();
}
END_TEST

/* A wait ends when it should although a later timer is all that is known. */
START_TEST(timer_timeout)
{
	struct rumpuser_timer t;
	unsigned int n;
	int64_t now;

	begin(_i);
	rumpuser_timer_init(&t, task, fired, NULL);
	OK(rumpuser_timer_set(&t, INT64_MAX));
	now = rumpuser_event_now();
	OK(rumpuser_task_step(task, 10 * MS, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_int_ge(rumpuser_event_now(), now + 10 * MS);
	OK(rumpuser_event_cancel(&t.t_ev));
	end();
}
END_TEST

/* From 1 us on, late by what the host makes it; a histogram, and never early. */
START_TEST(timer_lateness)
{
	static const int64_t delays[] = { 1000, 10000, 100000, MS, 10 * MS,
	    100 * MS };
	struct rumpuser_timer t;
	unsigned int i, round, histogram[12] = { 0 }, bucket;
	int64_t late;

	begin(_i);
	rumpuser_timer_init(&t, task, fired, NULL);
	for (i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		for (round = 0; round < 5; round++) {
			nfired = 0;
			expiry[0] = rumpuser_event_now() + delays[i];
			OK(rumpuser_timer_set(&t, expiry[0]));
			while (nfired == 0)
				OK(rumpuser_task_step(task, -1, NULL));
			late = fired_at[0] - expiry[0];
			for (bucket = 0; late >= 1000 && bucket < 11; bucket++)
				late /= 4;
			histogram[bucket]++;
		}
	for (i = 0; i < 12; i++)
		if (histogram[i] != 0)
			printf("late by up to %u us: %u\n", 1U << 2 * i,
			    histogram[i]);
	end();
}
END_TEST

/*
 * Signals.
 */
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static struct rumpuser_siginfo last;
static unsigned int nsignals;

/* What no handler of a signal may do. */
static void
on_signal(void *env, uintptr_t arg, int error)
{
	char *p;

	(void)env;
	ck_assert_int_eq(error, 0);
	pthread_mutex_lock(&mtx);
	p = malloc(10000);
	ck_assert_ptr_nonnull(p);
	free(p);
	last = *(struct rumpuser_siginfo *)arg;
	nsignals++;
	pthread_mutex_unlock(&mtx);
	printf("signal %d\n", last.rs_signo);
}

static void
until_signals(unsigned int n)
{

	while (nsignals < n)
		OK(rumpuser_task_step(task, -1, NULL));
}

START_TEST(signals)
{
	enum { NB_SIGINT = 2, NB_SIGUSR1 = 30, NB_SIGCHLD = 20 };
	struct rumpuser_signal s, usr, chld, again;
	union sigval v = { .sival_int = 4711 };
	pid_t pid;

	begin(_i);
	rumpuser_signal_init(&s, task, NB_SIGINT, on_signal, NULL);
	rumpuser_signal_init(&usr, task, NB_SIGUSR1, on_signal, NULL);
	rumpuser_signal_init(&chld, task, NB_SIGCHLD, on_signal, NULL);
	rumpuser_signal_init(&again, task, NB_SIGINT, on_signal, NULL);
	OK(rumpuser_signal_enable(&s));
	OK(rumpuser_signal_enable(&usr));
	OK(rumpuser_signal_enable(&chld));
	ck_assert_int_eq(rumpuser_signal_enable(&again), NB_EBUSY);
	ck_assert_int_eq(rumpuser_task_destroy(task), NB_EBUSY);
	kill(getpid(), SIGINT);
	until_signals(1);
	ck_assert_int_eq(last.rs_signo, NB_SIGINT);
	ck_assert_int_eq(last.rs_pid, getpid());
	sigqueue(getpid(), SIGUSR1, v);
	until_signals(2);
	ck_assert_int_eq(last.rs_signo, NB_SIGUSR1);
	ck_assert_int_eq(last.rs_int, 4711);
	if ((pid = fork()) == 0)
		_exit(3);
	until_signals(3);
	ck_assert_int_eq(last.rs_signo, NB_SIGCHLD);
	ck_assert_int_eq(last.rs_pid, pid);
	ck_assert_int_eq(last.rs_status, 3);
	waitpid(pid, NULL, 0);
	ck_assert_uint_eq(stats(task).ts_signals, 3);
	/* Cancelled, it stays blocked, and comes when it is wanted again. */
	OK(rumpuser_event_cancel(&s.s_ev));
	ck_assert_int_eq(rumpuser_event_cancel(&s.s_ev), NB_EINVAL);
	kill(getpid(), SIGINT);
	ck_assert_uint_eq(step(task), 0);
	OK(rumpuser_signal_enable(&again));
	until_signals(4);
	OK(rumpuser_event_cancel(&again.s_ev));
	OK(rumpuser_event_cancel(&usr.s_ev));
	OK(rumpuser_event_cancel(&chld.s_ev));
	end();
}
END_TEST

START_TEST(signals_refused)
{
	static const int bad[] = { 0, -5, 9, 17, 999 };
	struct rumpuser_signal s;
	unsigned int i;

	begin(_i);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rumpuser_signal_init(&s, task, bad[i], on_signal, NULL);
		ck_assert_int_eq(rumpuser_signal_enable(&s), NB_EINVAL);
		ck_assert_int_eq(rumpuser_event_cancel(&s.s_ev), NB_EINVAL);
	}
	end();
}
END_TEST

/* With each of the pollers. */
#define EACH(test)							\
	tcase_add_loop_test(tc, test, RUMPUSER_POLLER_EPOLL,		\
	    RUMPUSER_POLLER_TIMERFD + 1)

int
main(void)
{
	Suite *s = suite_create("event_io");
	TCase *tc = tcase_create("io");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 50);
	EACH(level);
	EACH(edge);
	EACH(oneshot);
	EACH(no_late_call);
	EACH(refused);
	EACH(closed);
	EACH(orphan);
	EACH(pingpong);
#ifndef SANITIZED
	EACH(no_memory);
#else
	(void)no_memory;
#endif
	EACH(timer_order);
	EACH(timer_move_cancel);
	EACH(timer_timeout);
	EACH(timer_lateness);
	EACH(signals);
	EACH(signals_refused);
	return run_suite(s);
}
