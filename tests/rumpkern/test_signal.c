/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals by each model, what kqueues see of them and of processes, and
 * timers.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define	fails(call, number)						\
	do {								\
		errno = 0;						\
		ck_assert_int_eq((call), -1);				\
		ck_assert_int_eq(errno, (number));			\
	} while (0)

static volatile sig_atomic_t caught[64];

static void
catcher(int signo)
{

	caught[signo]++;
}

/* Boot with a model; the host's signals are counted. */
static void
boot(enum rump_sigmodel model)
{

	signal(SIGPIPE, catcher);
	signal(SIGALRM, catcher);
	signal(SIGUSR1, catcher);
	rump_boot_setsigmodel(model);
	ck_assert_int_eq(rump_init(), 0);
}

/* A write that nobody will read. */
static int
broken_write(int flags)
{
	int fd[2];
	ssize_t n;

	ck_assert_int_eq(rump_sys_pipe2(fd, flags), 0);
	ck_assert_int_eq(rump_sys_close(fd[0]), 0);
	errno = 0;
	n = rump_sys_write(fd[1], "x", 1);
	ck_assert_int_eq(rump_sys_close(fd[1]), 0);
	return n == -1 ? errno : 0;
}

START_TEST(model_panic)
{

	ck_assert_int_eq(rump_init(), 0);
	(void)broken_write(0);
}
END_TEST

/* Not for those that nobody minds. */
START_TEST(model_panic_quiet)
{

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(broken_write(RUMP_O_NOSIGPIPE), RUMP_EPIPE);
}
END_TEST

START_TEST(model_ignore)
{

	boot(RUMP_SIGMODEL_IGNORE);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(caught[SIGPIPE], 0);
	ck_assert_int_eq(rump_sys_getpid(), 1);
}
END_TEST

START_TEST(model_raise)
{

	boot(RUMP_SIGMODEL_RAISE);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(caught[SIGPIPE], 1);
	/* A process's number is not one of the host's. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_ne(rump_sys_getpid(), 1);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(caught[SIGPIPE], 2);
	ck_assert_int_eq(broken_write(RUMP_O_NOSIGPIPE), RUMP_EPIPE);
	ck_assert_int_eq(caught[SIGPIPE], 2);
}
END_TEST

/* A native set of signals. */
static void
mask_add(sigset_t *set, int signo)
{

	((uint32_t *)(void *)set)[(signo - 1) / 32] |=
	    UINT32_C(1) << ((signo - 1) % 32);
}

static int
wait_masked(const sigset_t *mask, long ms)
{
	struct rump_timespec ts = { ms / 1000, (ms % 1000) * 1000000 };

	return rump_sys_pollts(NULL, 0, (struct timespec *)&ts, mask);
}

START_TEST(model_record)
{
	sigset_t none, pipes;

	memset(&none, 0, sizeof(none));
	memset(&pipes, 0, sizeof(pipes));
	mask_add(&pipes, RUMP_SIGPIPE);
	boot(RUMP_SIGMODEL_RECORD);
	ck_assert_int_eq(wait_masked(&none, 1), 0);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(caught[SIGPIPE], 0);
	/* Blocked, it waits; let through, it ends a wait and is gone. */
	ck_assert_int_eq(wait_masked(&pipes, 10), 0);
	fails(wait_masked(&none, 10000), RUMP_EINTR);
	ck_assert_int_eq(wait_masked(&none, 1), 0);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	errno = 0;
	ck_assert_int_eq(rump_sys_pselect(0, NULL, NULL, NULL, NULL, &none),
	    -1);
	ck_assert_int_eq(errno, RUMP_EINTR);
}
END_TEST

static int
set_itimer(long ms, long every)
{
	struct rump_itimerval itv = {
		.it_value = { ms / 1000, (int)(ms % 1000) * 1000 },
		.it_interval = { every / 1000, (int)(every % 1000) * 1000 },
	};

	return rump_sys_setitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&itv, NULL);
}

/* One that comes while a call waits ends the wait. */
START_TEST(record_interrupts)
{
	sigset_t none;
	int i;

	memset(&none, 0, sizeof(none));
	boot(RUMP_SIGMODEL_RECORD);
	ck_assert_int_eq(set_itimer(50, 0), 0);
	fails(wait_masked(&none, 20000), RUMP_EINTR);
	ck_assert_int_eq(wait_masked(&none, 10), 0);
	/* Whenever it comes: none is lost on the way into the wait. */
	for (i = 0; i < 200; i++) {
		struct rump_itimerval itv = {
			.it_value = { 0, 1 + i % 50 * 10 } };

		ck_assert_int_eq(rump_sys_setitimer(RUMP_ITIMER_REAL,
		    (struct itimerval *)&itv, NULL), 0);
		fails(wait_masked(&none, 20000), RUMP_EINTR);
	}
}
END_TEST

/*
 * kqueue(2).
 */

static int
kev(int kq, const struct rump_kevent *ch, struct rump_kevent *ev, size_t nev,
    long ms)
{
	struct rump_timespec ts = { ms / 1000, (ms % 1000) * 1000000 };

	return rump_sys_kevent(kq, (const struct kevent *)ch, ch != NULL,
	    (struct kevent *)ev, nev, (struct timespec *)&ts);
}

static struct rump_kevent
mkev(uintptr_t ident, uint32_t filter, uint32_t flags, uint32_t fflags)
{
	struct rump_kevent ev;

	memset(&ev, 0, sizeof(ev));
	ev.ident = ident;
	ev.filter = filter;
	ev.flags = flags;
	ev.fflags = fflags;
	ev.udata = 4711;
	return ev;
}

START_TEST(kevent_signal)
{
	struct rump_kevent ch, ev;
	int kq;

	boot(RUMP_SIGMODEL_IGNORE);
	kq = rump_sys_kqueue();
	ch = mkev(0, RUMP_EVFILT_SIGNAL, RUMP_EV_ADD, 0);
	fails(kev(kq, &ch, NULL, 0, 0), RUMP_EINVAL);
	ch.ident = 64;
	fails(kev(kq, &ch, NULL, 0, 0), RUMP_EINVAL);
	ch.ident = RUMP_SIGPIPE;
	ck_assert_int_eq(kev(kq, &ch, NULL, 0, 0), 0);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 0), 0);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	/* How often since the last time, though it was ignored. */
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 1000), 1);
	ck_assert_int_eq(ev.ident, RUMP_SIGPIPE);
	ck_assert_int_eq(ev.filter, RUMP_EVFILT_SIGNAL);
	ck_assert_int_eq(ev.data, 3);
	ck_assert_int_eq(ev.udata, 4711);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);
	/* Another process's are not ours. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);
	ch.flags = RUMP_EV_DELETE;
	ck_assert_int_eq(kev(kq, &ch, NULL, 0, 0), 0);
	fails(kev(kq, &ch, NULL, 0, 0), RUMP_ENOENT);
	ck_assert_int_eq(broken_write(0), RUMP_EPIPE);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);
	ck_assert_int_eq(rump_sys_close(kq), 0);
}
END_TEST

START_TEST(kevent_proc)
{
	struct rump_kevent ch, ev;
	struct lwp *child, *grandchild;
	int kq;
	pid_t pid;

	ck_assert_int_eq(rump_init(), 0);
	kq = rump_sys_kqueue();
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	child = rump_pub_lwproc_curlwp();
	pid = rump_sys_getpid();
	rump_pub_lwproc_switch(NULL);

	ch = mkev(29999, RUMP_EVFILT_PROC, RUMP_EV_ADD, RUMP_NOTE_EXIT);
	fails(kev(kq, &ch, NULL, 0, 0), RUMP_ESRCH);
	ch.ident = (uintptr_t)pid;
	ch.fflags = RUMP_NOTE_TRACK;
	fails(kev(kq, &ch, NULL, 0, 0), RUMP_EINVAL);
	ch.fflags = RUMP_NOTE_EXIT | RUMP_NOTE_FORK;
	ck_assert_int_eq(kev(kq, &ch, NULL, 0, 0), 0);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);

	rump_pub_lwproc_switch(child);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	grandchild = rump_pub_lwproc_curlwp();
	rump_pub_lwproc_switch(NULL);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 1000), 1);
	ck_assert_int_eq(ev.ident, pid);
	ck_assert_uint_eq(ev.fflags, RUMP_NOTE_FORK);
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);

	/* A fork of the grandchild is not one of the child. */
	rump_pub_lwproc_switch(grandchild);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);

	rump_pub_lwproc_switch(child);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 1000), 1);
	ck_assert_uint_eq(ev.fflags, RUMP_NOTE_EXIT);
	ck_assert((ev.flags & RUMP_EV_EOF) != 0);
	ck_assert_int_eq(ev.data, 0);
	/* The registration has gone with the process. */
	ch.flags = RUMP_EV_DELETE;
	fails(kev(kq, &ch, NULL, 0, 0), RUMP_ENOENT);

	/* One that is not interested in the end, and the kqueue's own. */
	rump_pub_lwproc_switch(grandchild);
	pid = rump_sys_getpid();
	rump_pub_lwproc_switch(NULL);
	ch = mkev((uintptr_t)pid, RUMP_EVFILT_PROC, RUMP_EV_ADD,
	    RUMP_NOTE_FORK);
	ck_assert_int_eq(kev(kq, &ch, NULL, 0, 0), 0);
	rump_pub_lwproc_switch(grandchild);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(kev(kq, NULL, &ev, 1, 10), 0);
	ck_assert_int_eq(rump_sys_close(kq), 0);
}
END_TEST

/* Processes come and go while they are watched from several threads. */
static void *
watcher(void *arg)
{
	struct rump_kevent ch, ev;
	int kq = rump_sys_kqueue(), i;
	long exits = 0;

	for (i = 0; i < 300; i++) {
		ch = mkev((uintptr_t)(2 + i % 20), RUMP_EVFILT_PROC,
		    RUMP_EV_ADD, RUMP_NOTE_EXIT | RUMP_NOTE_FORK);
		(void)kev(kq, &ch, NULL, 0, 0);
		if (kev(kq, NULL, &ev, 1, 1) == 1 &&
		    (ev.fflags & RUMP_NOTE_EXIT) != 0)
			exits++;
	}
	(void)rump_sys_close(kq);
	return (void *)exits;
}

static void *
breeder(void *arg)
{
	int i;

	for (i = 0; i < 300; i++) {
		if (rump_pub_lwproc_rfork(RUMP_RFCFDG) != 0)
			return arg;
		(void)rump_pub_lwproc_rfork(RUMP_RFCFDG);
		rump_pub_lwproc_releaselwp();
	}
	return NULL;
}

START_TEST(kevent_proc_churn)
{
	pthread_t t[4];
	void *res;
	int i;

	ck_assert_int_eq(rump_init(), 0);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, i < 2 ? watcher : breeder, &t);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &res);
		if (i >= 2)
			ck_assert_ptr_null(res);
	}
}
END_TEST

/*
 * Timers.
 */

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Until the host has got n signals; they are seldom where we wait. */
static void
await(int signo, int n)
{
	int i;

	for (i = 0; i < 20000 && caught[signo] < n; i++)
		usleep(1000);
	ck_assert_int_ge(caught[signo], n);
}

START_TEST(itimer)
{
	struct rump_itimerval itv, old;
	int64_t start;

	boot(RUMP_SIGMODEL_RAISE);
	memset(&old, 0xff, sizeof(old));
	ck_assert_int_eq(rump_sys_getitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&old), 0);
	ck_assert_int_eq(old.it_value.tv_sec, 0);
	ck_assert_int_eq(old.it_value.tv_usec, 0);
	memset(&itv, 0, sizeof(itv));
	itv.it_value.tv_usec = 1000000;
	fails(rump_sys_setitimer(RUMP_ITIMER_REAL, (struct itimerval *)&itv,
	    NULL), RUMP_EINVAL);
	itv.it_value.tv_usec = 30000;
	fails(rump_sys_setitimer(RUMP_ITIMER_VIRTUAL,
	    (struct itimerval *)&itv, NULL), RUMP_EINVAL);
	fails(rump_sys_getitimer(17, (struct itimerval *)&old), RUMP_EINVAL);

	start = now_ns();
	ck_assert_int_eq(rump_sys_setitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&itv, (struct itimerval *)&old), 0);
	ck_assert_int_eq(old.it_value.tv_sec, 0);
	ck_assert_int_eq(old.it_value.tv_usec, 0);
	await(SIGALRM, 1);
	/* Never early, and once. */
	ck_assert_int_ge(now_ns() - start, 30000000);
	ck_assert_int_eq(rump_sys_getitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&old), 0);
	ck_assert_int_eq(old.it_value.tv_usec, 0);
	usleep(100000);
	ck_assert_int_eq(caught[SIGALRM], 1);

	/* What is left of one that is replaced; off. */
	itv.it_value.tv_sec = 1000;
	itv.it_value.tv_usec = 0;
	itv.it_interval.tv_sec = 7;
	itv.it_interval.tv_usec = 8;
	ck_assert_int_eq(rump_sys_setitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&itv, NULL), 0);
	memset(&itv, 0, sizeof(itv));
	ck_assert_int_eq(rump_sys_setitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&itv, (struct itimerval *)&old), 0);
	ck_assert(old.it_value.tv_sec >= 990 && old.it_value.tv_sec <= 1000);
	ck_assert_int_eq(old.it_interval.tv_sec, 7);
	ck_assert_int_eq(old.it_interval.tv_usec, 8);

	/* Again and again. */
	caught[SIGALRM] = 0;
	start = now_ns();
	ck_assert_int_eq(set_itimer(5, 5), 0);
	await(SIGALRM, 5);
	ck_assert_int_ge(now_ns() - start, 25000000);
	ck_assert_int_eq(set_itimer(0, 0), 0);
	usleep(20000);
	caught[SIGALRM] = 0;
	usleep(50000);
	ck_assert_int_eq(caught[SIGALRM], 0);
}
END_TEST

/* A child has none of its parent's, and its own end with it. */
START_TEST(itimer_of_processes)
{
	struct rump_itimerval old;

	boot(RUMP_SIGMODEL_RAISE);
	ck_assert_int_eq(set_itimer(100000, 0), 0);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_getitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&old), 0);
	ck_assert_int_eq(old.it_value.tv_sec, 0);
	ck_assert_int_eq(set_itimer(30, 1), 0);
	rump_pub_lwproc_releaselwp();
	usleep(100000);
	ck_assert_int_eq(caught[SIGALRM], 0);
	ck_assert_int_eq(rump_sys_getitimer(RUMP_ITIMER_REAL,
	    (struct itimerval *)&old), 0);
	ck_assert_int_ge(old.it_value.tv_sec, 50);
}
END_TEST

static int
settime(timer_t id, int flags, int64_t ns, int64_t every)
{
	struct rump_itimerspec its = {
		.it_value = { ns / 1000000000, ns % 1000000000 },
		.it_interval = { every / 1000000000, every % 1000000000 },
	};

	return rump_sys_timer_settime(id, flags,
	    (const struct itimerspec *)&its, NULL);
}

static int64_t
left(timer_t id)
{
	struct rump_itimerspec its;

	ck_assert_int_eq(rump_sys_timer_gettime(id,
	    (struct itimerspec *)&its), 0);
	return its.it_value.tv_sec * INT64_C(1000000000) +
	    its.it_value.tv_nsec;
}

static int
create(int clock, int notify, int signo, timer_t *id)
{
	struct rump_sigevent ev;

	memset(&ev, 0, sizeof(ev));
	ev.sigev_notify = notify;
	ev.sigev_signo = signo;
	return rump_sys_timer_create(clock, (struct sigevent *)&ev, id);
}

START_TEST(posix_timers)
{
	struct rump_timespec ts;
	timer_t id, other;
	int64_t start;

	boot(RUMP_SIGMODEL_RAISE);
	fails(create(4711, RUMP_SIGEV_SIGNAL, RUMP_SIGUSR1, &id),
	    RUMP_EINVAL);
	fails(create(RUMP_CLOCK_PROF, RUMP_SIGEV_SIGNAL, RUMP_SIGUSR1, &id),
	    RUMP_ENOTSUP);
	fails(create(RUMP_CLOCK_MONOTONIC, RUMP_SIGEV_THREAD, RUMP_SIGUSR1,
	    &id), RUMP_EINVAL);
	fails(create(RUMP_CLOCK_MONOTONIC, RUMP_SIGEV_SIGNAL, 99, &id),
	    RUMP_EINVAL);
	fails(rump_sys_timer_delete((timer_t)99), RUMP_EINVAL);
	fails(rump_sys_timer_delete((timer_t)0), RUMP_EINVAL);

	ck_assert_int_eq(create(RUMP_CLOCK_MONOTONIC, RUMP_SIGEV_SIGNAL,
	    RUMP_SIGUSR1, &id), 0);
	ck_assert_int_eq(create(RUMP_CLOCK_REALTIME, RUMP_SIGEV_NONE, 0,
	    &other), 0);
	ck_assert(id != other);
	ck_assert_int_eq(left(id), 0);
	fails(settime(id, 0, -1000000000, 0), RUMP_EINVAL);
	fails(settime(id, 2, 1000, 0), RUMP_EINVAL);

	start = now_ns();
	ck_assert_int_eq(settime(id, 0, 20000000, 0), 0);
	await(SIGUSR1, 1);
	ck_assert_int_ge(now_ns() - start, 20000000);
	ck_assert_int_eq(left(id), 0);
	ck_assert_int_eq(rump_sys_timer_getoverrun(id), 0);

	/* At a point in time; one that is over comes at once. */
	ck_assert_int_eq(rump_sys_clock_gettime(RUMP_CLOCK_MONOTONIC,
	    (struct timespec *)&ts), 0);
	start = now_ns();
	ck_assert_int_eq(settime(id, RUMP_TIMER_ABSTIME,
	    ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec + 30000000, 0), 0);
	ck_assert_int_le(left(id), 30000000);
	await(SIGUSR1, 2);
	ck_assert_int_ge(now_ns() - start, 29000000);
	ck_assert_int_eq(settime(id, RUMP_TIMER_ABSTIME, 1, 0), 0);
	await(SIGUSR1, 3);

	/* Without a word, but it is over. */
	ck_assert_int_eq(settime(other, 0, 1000000, 0), 0);
	usleep(20000);
	ck_assert_int_eq(left(other), 0);

	/* Deleted it does not come. */
	ck_assert_int_eq(settime(id, 0, 20000000, 0), 0);
	ck_assert_int_eq(rump_sys_timer_delete(id), 0);
	fails(rump_sys_timer_delete(id), RUMP_EINVAL);
	usleep(60000);
	ck_assert_int_eq(caught[SIGUSR1], 3);
	ck_assert_int_eq(rump_sys_timer_delete(other), 0);
	ck_assert_int_eq(caught[SIGALRM], 0);

	/* By default it is SIGALRM. */
	ck_assert_int_eq(rump_sys_timer_create(RUMP_CLOCK_REALTIME, NULL,
	    &id), 0);
	ck_assert_int_eq(settime(id, 0, 1000000, 0), 0);
	await(SIGALRM, 1);
}
END_TEST

/* There are as many as there may be, and those are found again. */
START_TEST(posix_timers_all)
{
	timer_t id[64];
	int i, n;

	boot(RUMP_SIGMODEL_IGNORE);
	for (n = 0; n < 64; n++)
		if (create(RUMP_CLOCK_MONOTONIC, RUMP_SIGEV_NONE, 0,
		    &id[n]) != 0)
			break;
	ck_assert_int_eq(n, 32);
	ck_assert_int_eq(errno, RUMP_EAGAIN);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(settime(id[i], 0, (i + 1) *
		    INT64_C(100000000000), 0), 0);
	for (i = 0; i < n; i++) {
		ck_assert_int_le(left(id[i]), (i + 1) *
		    INT64_C(100000000000));
		ck_assert_int_gt(left(id[i]), i * INT64_C(100000000000));
	}
	ck_assert_int_eq(rump_sys_timer_delete(id[7]), 0);
	ck_assert_int_eq(create(RUMP_CLOCK_MONOTONIC, RUMP_SIGEV_NONE, 0,
	    &id[7]), 0);
	ck_assert_int_eq(left(id[7]), 0);
}
END_TEST

/* A point of the wall clock comes with it; an interval does not mind. */
START_TEST(clock_steps)
{
	struct rump_timespec ts;
	timer_t point, interval;
	int64_t now;

	boot(RUMP_SIGMODEL_RAISE);
	ck_assert_int_eq(create(RUMP_CLOCK_REALTIME, RUMP_SIGEV_SIGNAL,
	    RUMP_SIGUSR1, &point), 0);
	ck_assert_int_eq(create(RUMP_CLOCK_REALTIME, RUMP_SIGEV_SIGNAL,
	    RUMP_SIGALRM, &interval), 0);
	ck_assert_int_eq(rump_sys_clock_gettime(RUMP_CLOCK_REALTIME,
	    (struct timespec *)&ts), 0);
	now = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
	ck_assert_int_eq(settime(point, RUMP_TIMER_ABSTIME, now +
	    INT64_C(1000000000000), 0), 0);
	ck_assert_int_eq(settime(interval, 0, INT64_C(1000000000000), 0), 0);
	usleep(20000);
	ck_assert_int_eq(caught[SIGUSR1], 0);
	ts.tv_sec += 2000;
	ck_assert_int_eq(rump_sys_clock_settime(RUMP_CLOCK_REALTIME,
	    (struct timespec *)&ts), 0);
	await(SIGUSR1, 1);
	ck_assert_int_eq(caught[SIGALRM], 0);
	ck_assert_int_gt(left(interval), INT64_C(900000000000));
	/* Back: a point is further away than before. */
	ck_assert_int_eq(settime(point, RUMP_TIMER_ABSTIME,
	    (ts.tv_sec + 1) * INT64_C(1000000000), 0), 0);
	ts.tv_sec -= 2000;
	ck_assert_int_eq(rump_sys_clock_settime(RUMP_CLOCK_REALTIME,
	    (struct timespec *)&ts), 0);
	ck_assert_int_gt(left(point), INT64_C(1900000000000));
	usleep(20000);
	ck_assert_int_eq(caught[SIGUSR1], 1);
}
END_TEST

static int
adjust(int64_t us, int64_t *left)
{
	struct rump_timeval delta = { us / 1000000, (int)(us % 1000000) };
	struct rump_timeval old = { 0, 0 };
	int r;

	r = rump_sys_adjtime((struct timeval *)&delta,
	    (struct timeval *)&old);
	*left = old.tv_sec * INT64_C(1000000) + old.tv_usec;
	return r;
}

/* How far the wall clock is ahead of the host's, microseconds. */
static int64_t
ahead(void)
{
	struct rump_timespec r;
	struct timespec h;

	clock_gettime(CLOCK_REALTIME, &h);
	ck_assert_int_eq(rump_sys_clock_gettime(RUMP_CLOCK_REALTIME,
	    (struct timespec *)&r), 0);
	return (r.tv_sec - h.tv_sec) * INT64_C(1000000) +
	    (r.tv_nsec - h.tv_nsec) / 1000;
}

/* adjtime(2): all of it in the end, none at once, and never back. */
START_TEST(clock_slews)
{
	struct rump_timespec ts;
	int64_t left, then, now;
	int i;

	boot(RUMP_SIGMODEL_IGNORE);
	ck_assert_int_eq(adjust(INT64_C(1000000000), &left), 0);
	ck_assert_int_eq(left, 0);
	ck_assert_int_lt(ahead(), 500000000);
	/* Another takes its place; what is in stays in. */
	usleep(50000);
	ck_assert_int_eq(adjust(-400, &left), 0);
	ck_assert_int_lt(left, 1000000000);
	ck_assert_int_gt(left, 500000000);
	then = 0;
	for (i = 0; i < 20000; i++) {
		ck_assert_int_eq(rump_sys_clock_gettime(RUMP_CLOCK_REALTIME,
		    (struct timespec *)&ts), 0);
		now = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
		ck_assert_int_ge(now, then);
		then = now;
	}
	usleep(150000);
	ck_assert_int_eq(rump_sys_adjtime(NULL, (struct timeval *)
	    &(struct rump_timeval){ 1, 1 }), 0);
	ck_assert_int_eq(adjust(20000, &left), 0);
	ck_assert_int_eq(left, 0);
	/* Setting the clock ends it. */
	ck_assert_int_eq(rump_sys_clock_settime(RUMP_CLOCK_REALTIME,
	    (struct timespec *)&ts), 0);
	ck_assert_int_eq(adjust(0, &left), 0);
	ck_assert_int_eq(left, 0);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_setuid(1), 0);
	errno = 0;
	ck_assert_int_eq(adjust(0, &left), -1);
	ck_assert_int_eq(errno, RUMP_EPERM);
	rump_pub_lwproc_releaselwp();
}
END_TEST

/* Set, read and deleted from two threads at once, with processes that end. */
static void *
timer_user(void *arg)
{
	timer_t id;
	int i;

	for (i = 0; i < 300; i++) {
		if (rump_pub_lwproc_rfork(RUMP_RFCFDG) != 0)
			return arg;
		if (set_itimer(1, 1) != 0 ||
		    create(RUMP_CLOCK_REALTIME, RUMP_SIGEV_SIGNAL,
		    RUMP_SIGUSR1, &id) != 0 || settime(id, 0, 50000,
		    50000) != 0)
			return arg;
		if (i % 8 == 0)
			usleep(1000);
		if (i % 2 == 0)
			(void)rump_sys_timer_delete(id);
		rump_pub_lwproc_releaselwp();
	}
	return NULL;
}

START_TEST(timer_churn)
{
	pthread_t t[2];
	void *res;
	int i;

	boot(RUMP_SIGMODEL_IGNORE);
	for (i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, timer_user, &t);
	for (i = 0; i < 2; i++) {
		pthread_join(t[i], &res);
		ck_assert_ptr_null(res);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("signals");
	TCase *tc = tcase_create("models");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test_raise_signal(tc, model_panic, SIGABRT);
	tcase_add_test(tc, model_panic_quiet);
	tcase_add_test(tc, model_ignore);
	tcase_add_test(tc, model_raise);
	tcase_add_test(tc, model_record);
	tcase_add_test(tc, record_interrupts);
	suite_add_tcase(s, tc);
	tc = tcase_create("kqueue");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, kevent_signal);
	tcase_add_test(tc, kevent_proc);
	tcase_add_test(tc, kevent_proc_churn);
	suite_add_tcase(s, tc);
	tc = tcase_create("timers");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, itimer);
	tcase_add_test(tc, itimer_of_processes);
	tcase_add_test(tc, posix_timers);
	tcase_add_test(tc, posix_timers_all);
	tcase_add_test(tc, clock_steps);
	tcase_add_test(tc, clock_slews);
	tcase_add_test(tc, timer_churn);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
