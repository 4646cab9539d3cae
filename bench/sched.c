/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.c - what the kernel's primitives cost, and the host's that do the
 * same.  Prints seconds for a thousand, but of callout and threads.
 *
 *	sched rump|host WHAT
 *
 * null, implicit	a system call that does nothing, with a lwp of its own
 *			or none; the host's getpid(2)
 * alternate		two threads that take turns at one such call; a mutex
 * free			two threads that call as they like, a second: seconds a
 *			call, and the share of the slower one in %; one alone
 * mutex, rwread	taken and released, less the empty loop
 * readers		two threads that read-lock the same lock: seconds of the
 *			slower one; one alone
 * switch		one of two threads wakes the other and waits
 * softint		scheduled, run, and back; a semaphore posted until the
 *			other thread's wait returns, and back
 * callout		how late a callout of 10 ms is; nanosleep(2)
 * threads		10 000 kernel threads made, run, joined: seconds of all,
 *			and bytes resident while all are there
 */
#include "work.h"

#include <sys/syscall.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

void	rumpbench_init(void);
long	rumpbench_empty(long);
long	rumpbench_mutex(long);
long	rumpbench_rwlock(long);
long	rumpbench_switch(long);
long	rumpbench_softint(long);
long	rumpbench_threads(long);
long	rumpbench_callout(long);
long	rumpbench_entries(void);

#define WANT(cond)							\
do {									\
	if (!(cond))							\
		errx(1, "%d: %s", __LINE__, #cond);			\
} while (0)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond[2] = { PTHREAD_COND_INITIALIZER,
	PTHREAD_COND_INITIALIZER };

/* Of a second figure there is none, or a percentage. */
static void
report(double each, double extra)
{

	bench_report(1000 * each, extra);
}

static void
start(pthread_t *t, void *(*fn)(void *), void *arg)
{

	WANT(pthread_create(t, NULL, fn, arg) == 0);
}

/* Seconds of what the kernel half does n times. */
static double
timed(long (*fn)(long), long n)
{
	double t;
	long done;

	rump_schedule();
	t = bench_now();
	done = fn(n);
	t = bench_now() - t;
	rump_unschedule();
	WANT(done >= n);
	return t;
}

static void
rump_timed(long (*fn)(long), long n)
{

	report(timed(fn, n) / (double)n, 0);
}

/* The same for what takes a nanosecond. */
static void
rump_lock(long (*fn)(long))
{
	long n = 50000000;
	double t = timed(fn, n);

	report((t - timed(rumpbench_empty, n)) / (double)n, 0);
}

/*
 * System calls.
 */

#define CALLS	2000000

static void
rump_null(void)
{
	int fd = rump_sys_open("/file", RUMP_O_RDWR | RUMP_O_CREAT, 0644);
	long before, i;
	double t;

	WANT(fd >= 0);
	before = rumpbench_entries();
	t = bench_now();
	for (i = 0; i < CALLS; i += 4) {
		(void)rump_sys_getpid();
		(void)rump_sys_getppid();
		(void)rump_sys_umask(022);
		(void)rump_sys_lseek(fd, 0, SEEK_SET);
	}
	t = bench_now() - t;
	WANT(rumpbench_entries() - before == CALLS);
	report(t / CALLS, 0);
}

static void
host_null(void)
{
	double t = bench_now();
	long i;

	for (i = 0; i < CALLS; i++)
		WANT(syscall(SYS_getpid) > 0);
	report((bench_now() - t) / CALLS, 0);
}

/*
 * Two threads in turn.
 */

#define TURNS	200000

static _Atomic long turn;
static void (*alternate_one)(void);

static void
call_one(void)
{

	(void)rump_sys_getpid();
}

static void
mutex_one(void)
{

	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void *
alternate_thread(void *arg)
{
	long me = (long)(intptr_t)arg, n;

	while ((n = turn) < TURNS) {
		if ((n & 1) != me)
			continue;
		alternate_one();
		turn = n + 1;
	}
	return NULL;
}

static void
alternate(void (*one)(void))
{
	pthread_t t;
	double s;

	alternate_one = one;
	start(&t, alternate_thread, (void *)1);
	s = bench_now();
	(void)alternate_thread(NULL);
	pthread_join(t, NULL);
	report((bench_now() - s) / TURNS, 0);
}

/*
 * Two threads as they like.
 */

static atomic_int stop;
static atomic_int ready;

static void *
free_thread(void *arg)
{
	long n = 0;

	ready++;
	while (ready < 2)
		continue;
	while (!stop) {
		(void)rump_sys_getpid();
		n++;
	}
	*(long *)arg = n;
	return NULL;
}

static void
free_calls(int nthreads)
{
	long n[2] = { 0, 0 }, less;
	pthread_t t[2];
	int i;

	ready = 2 - nthreads;
	for (i = 0; i < nthreads; i++)
		start(&t[i], free_thread, &n[i]);
	sleep(1);
	stop = 1;
	for (i = 0; i < nthreads; i++)
		pthread_join(t[i], NULL);
	less = n[0] < n[1] || nthreads == 1 ? n[0] : n[1];
	report(1.0 / (double)(n[0] + n[1]),
	    100.0 * (double)less / (double)(n[0] + n[1]));
}

/*
 * Locks.
 */

static void *
parked(void *arg)
{

	for (;;)
		pause();
	return arg;
}

#define LOCKS	10000000

static void
host_lock(int rw)
{
	pthread_t pt;
	double t, empty;
	long i;

	/* libc knows when a process has one thread only. */
	start(&pt, parked, NULL);
	t = bench_now();
	for (i = 0; i < LOCKS; i++) {
		if (rw) {
			pthread_rwlock_rdlock(&rwlock);
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_mutex_lock(&mutex);
			pthread_mutex_unlock(&mutex);
		}
	}
	t = bench_now() - t;
	empty = bench_now();
	for (i = 0; i < LOCKS; i++)
		__asm volatile("" : : "r" (i) : "memory");
	empty = bench_now() - empty;
	report((t - empty) / LOCKS, 0);
}

static void *
reader(void *arg)
{
	long n = 20000000;
	double t;

	rump_schedule();
	ready++;
	while (ready < 2)
		continue;
	t = bench_now();
	WANT(rumpbench_rwlock(n) == n);
	*(double *)arg = (bench_now() - t) / (double)n;
	rump_unschedule();
	return NULL;
}

static void
readers(int nthreads)
{
	double s[2] = { 0, 0 };
	pthread_t t[2];
	int i;

	ready = 2 - nthreads;
	for (i = 0; i < nthreads; i++)
		start(&t[i], reader, &s[i]);
	for (i = 0; i < nthreads; i++)
		pthread_join(t[i], NULL);
	report(s[0] > s[1] ? s[0] : s[1], 0);
}

/*
 * Switching, on one CPU.
 */

#define SWITCHES	200000

static long host_turn;

static void *
player(void *arg)
{
	long me = (long)(intptr_t)arg;

	pthread_mutex_lock(&mutex);
	while (host_turn < SWITCHES) {
		if ((host_turn & 1) == me) {
			host_turn++;
			pthread_cond_signal(&cond[1 - me]);
		} else
			pthread_cond_wait(&cond[me], &mutex);
	}
	pthread_cond_signal(&cond[1 - me]);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void
host_switch(void)
{
	pthread_t t;
	double s;

	start(&t, player, (void *)1);
	s = bench_now();
	(void)player(NULL);
	pthread_join(t, NULL);
	report((bench_now() - s) / SWITCHES, 0);
}

static sem_t sems[2];

static void *
poster(void *arg)
{
	int i;

	for (i = 0; i < SWITCHES / 2; i++) {
		sem_wait(&sems[0]);
		sem_post(&sems[1]);
	}
	return arg;
}

/* There and back. */
static void
host_sem(void)
{
	pthread_t t;
	double s;
	int i;

	sem_init(&sems[0], 0, 0);
	sem_init(&sems[1], 0, 0);
	start(&t, poster, NULL);
	s = bench_now();
	for (i = 0; i < SWITCHES / 2; i++) {
		sem_post(&sems[0]);
		sem_wait(&sems[1]);
	}
	report((bench_now() - s) / (SWITCHES / 2), 0);
	pthread_join(t, NULL);
}

/*
 * Time.
 */

#define CALLOUTS	50

static void
rump_callout(void)
{
	long late;

	rump_schedule();
	late = rumpbench_callout(CALLOUTS);
	rump_unschedule();
	if (late < 0)
		errx(1, "a callout was early");
	bench_report((double)late * 1e-9, 0);
}

static void
host_nanosleep(void)
{
	struct timespec ts = { 0, 10000000 };
	double t, sum = 0;
	int i;

	for (i = 0; i < CALLOUTS; i++) {
		t = bench_now();
		nanosleep(&ts, NULL);
		sum += bench_now() - t - 0.01;
	}
	bench_report(sum / CALLOUTS, 0);
}

/*
 * Threads.
 */

static double
resident(void)
{
	long size, pages;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void
rump_threads(void)
{
	double t = timed(rumpbench_threads, 10000), r;

	r = resident();
	rump_schedule();
	WANT(rumpbench_threads(-10000) == 10000);
	rump_unschedule();
	bench_report(t, resident() > r ? resident() : r);
	fflush(stdout);
	_exit(0);
}

static void
rump(const char *what)
{

	WANT(rump_init() == 0);
	rump_schedule();
	rumpbench_init();
	rump_unschedule();
	if (strcmp(what, "null") == 0) {
		WANT(rump_pub_lwproc_rfork(RUMP_RFCFDG) == 0);
		rump_null();
	} else if (strcmp(what, "implicit") == 0)
		rump_null();
	else if (strcmp(what, "alternate") == 0)
		alternate(call_one);
	else if (strcmp(what, "free") == 0)
		free_calls(2);
	else if (strcmp(what, "alone") == 0)
		free_calls(1);
	else if (strcmp(what, "mutex") == 0)
		rump_lock(rumpbench_mutex);
	else if (strcmp(what, "rwread") == 0)
		rump_lock(rumpbench_rwlock);
	else if (strcmp(what, "readers") == 0)
		readers(2);
	else if (strcmp(what, "reader") == 0)
		readers(1);
	else if (strcmp(what, "switch") == 0)
		rump_timed(rumpbench_switch, SWITCHES);
	else if (strcmp(what, "softint") == 0)
		rump_timed(rumpbench_softint, SWITCHES);
	else if (strcmp(what, "callout") == 0)
		rump_callout();
	else if (strcmp(what, "threads") == 0)
		rump_threads();
	else
		errx(2, "no such thing: %s", what);
}

static void
host(const char *what)
{

	if (strcmp(what, "null") == 0)
		host_null();
	else if (strcmp(what, "alternate") == 0)
		alternate(mutex_one);
	else if (strcmp(what, "mutex") == 0)
		host_lock(0);
	else if (strcmp(what, "rwread") == 0)
		host_lock(1);
	else if (strcmp(what, "switch") == 0)
		host_switch();
	else if (strcmp(what, "softint") == 0)
		host_sem();
	else if (strcmp(what, "callout") == 0)
		host_nanosleep();
	else if (strcmp(what, "second") == 0)
		bench_report(1.0, 100 << 20);
	else
		errx(2, "no such thing: %s", what);
}

int
main(int argc, char *argv[])
{

	if (argc != 3)
		errx(2, "usage: sched rump|host WHAT");
	if (strcmp(argv[1], "rump") == 0)
		rump(argv[2]);
	else
		host(argv[2]);
	return 0;
}
