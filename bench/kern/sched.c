/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of bench/sched.c: rumpbench_NAME(n) does something n times,
 * called with a virtual CPU held.  rumpbench_empty(n) is the loop alone.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/intr.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rwlock.h>

#include <rump/rumpuser.h>

void	rumpbench_init(void);
long	rumpbench_empty(long);
long	rumpbench_mutex(long);
long	rumpbench_rwlock(long);
long	rumpbench_switch(long);
long	rumpbench_softint(long);
long	rumpbench_threads(long);
long	rumpbench_callout(long);
long	rumpbench_entries(void);

static kmutex_t mutex;
static krwlock_t rwlock;
static kmutex_t lock;
static kcondvar_t cv[2];

void
rumpbench_init(void)
{

	mutex_init(&mutex, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&lock, MUTEX_DEFAULT, IPL_NONE);
	rw_init(&rwlock);
	cv_init(&cv[0], "bench0");
	cv_init(&cv[1], "bench1");
}

/* System calls so far. */
long
rumpbench_entries(void)
{
	struct cpu_info *ci;
	u_int i;
	long n = 0;

	for (i = 0; (ci = cpu_lookup(i)) != NULL; i++)
		n += (long)ci->ci_data.cpu_nsyscall;
	return n;
}

/* The compiler knows nothing of what p points to, nor that it stays. */
#define OPAQUE(p)	__asm volatile("" : "+r" (p) : : "memory")

long
rumpbench_empty(long n)
{
	kmutex_t *m = &mutex;
	long i;

	for (i = 0; i < n; i++)
		OPAQUE(m);
	return n;
}

long
rumpbench_mutex(long n)
{
	kmutex_t *m = &mutex;
	long i;

	for (i = 0; i < n; i++) {
		OPAQUE(m);
		mutex_enter(m);
		__asm volatile("" : : : "memory");
		mutex_exit(m);
	}
	return n;
}

long
rumpbench_rwlock(long n)
{
	krwlock_t *rw = &rwlock;
	long i;

	for (i = 0; i < n; i++) {
		OPAQUE(rw);
		rw_enter(rw, RW_READER);
		__asm volatile("" : : : "memory");
		rw_exit(rw);
	}
	return n;
}

/*
 * Two threads that wake each other in turn.
 */

static long turn, turns;

static void
player(void *arg)
{
	long me = (long)(intptr_t)arg;

	mutex_enter(&lock);
	while (turn < turns) {
		if ((turn & 1) == me) {
			turn++;
			cv_signal(&cv[1 - me]);
		} else
			cv_wait(&cv[me], &lock);
	}
	cv_signal(&cv[1 - me]);
	mutex_exit(&lock);
	kthread_exit(0);
}

/* n switches. */
long
rumpbench_switch(long n)
{
	lwp_t *l[2];
	long i;

	turn = 0;
	turns = n;
	for (i = 0; i < 2; i++)
		if (kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, player, (void *)(intptr_t)i, &l[i], "p%ld", i) != 0)
			return 0;
	for (i = 0; i < 2; i++)
		(void)kthread_join(l[i]);
	return turn;
}

/*
 * A thread that schedules a soft interrupt and goes on when it has run.
 */

static long soft_runs;

static void
soft_handler(void *arg)
{

	mutex_enter(&lock);
	soft_runs++;
	cv_signal(&cv[0]);
	mutex_exit(&lock);
}

static void
soft_thread(void *arg)
{
	long i, n = *(long *)arg;
	void *si;

	si = softint_establish(SOFTINT_NET | SOFTINT_MPSAFE, soft_handler,
	    NULL);
	mutex_enter(&lock);
	for (i = 1; i <= n; i++) {
		softint_schedule(si);
		while (soft_runs < i)
			cv_wait(&cv[0], &lock);
	}
	mutex_exit(&lock);
	softint_disestablish(si);
	kthread_exit(0);
}

/* n runs, each with the way back. */
long
rumpbench_softint(long n)
{
	lwp_t *l;

	soft_runs = 0;
	if (kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    soft_thread, &n, &l, "soft") != 0)
		return 0;
	(void)kthread_join(l);
	return soft_runs;
}

/*
 * Many threads at once.
 */

static long threads_ran, threads_go;

static void
one_thread(void *arg)
{

	mutex_enter(&lock);
	threads_ran++;
	cv_signal(&cv[1]);
	while (!threads_go)
		cv_wait(&cv[0], &lock);
	mutex_exit(&lock);
	kthread_exit(0);
}

/*
 * n threads that have all begun before the first one ends, and are joined.
 * With n negative they stay.
 */
long
rumpbench_threads(long n)
{
	static lwp_t *l[10000];
	long i, all = n < 0 ? -n : n;

	threads_ran = threads_go = 0;
	for (i = 0; i < all; i++)
		if (kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, one_thread, NULL, &l[i], "t%ld", i) != 0)
			return -i;
	mutex_enter(&lock);
	while (threads_ran < all)
		cv_wait(&cv[1], &lock);
	threads_go = n > 0;
	cv_broadcast(&cv[0]);
	mutex_exit(&lock);
	for (i = 0; i < n; i++)
		(void)kthread_join(l[i]);
	return threads_ran;
}

/*
 * A callout of 10 ms.
 */

static int64_t callout_at;

static int64_t
now(void)
{
	int64_t sec;
	long nsec;

	(void)rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec, &nsec);
	return sec * 1000000000 + nsec;
}

static void
callout_func(void *arg)
{

	mutex_enter(&lock);
	callout_at = now();
	cv_signal(&cv[0]);
	mutex_exit(&lock);
}

/* n of them: nanoseconds late on average; -1 if one is early. */
long
rumpbench_callout(long n)
{
	int64_t start, late, sum = 0;
	callout_t c;
	long i;

	callout_init(&c, CALLOUT_MPSAFE);
	mutex_enter(&lock);
	for (i = 0; i < n; i++) {
		callout_at = 0;
		start = now();
		callout_reset(&c, mstohz(10), callout_func, NULL);
		while (callout_at == 0)
			cv_wait(&cv[0], &lock);
		late = callout_at - start - 10000000;
		if (late < 0)
			sum = INT64_MIN / 2;
		sum += late;
	}
	mutex_exit(&lock);
	callout_halt(&c, NULL);
	callout_destroy(&c);
	return sum < 0 ? -1 : (long)(sum / n);
}
