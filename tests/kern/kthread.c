/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of kernel threads and of what runs on them; see
 * tests/rumpkern/test_kthread.c.  Called with a virtual CPU held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/errno.h>
#include <sys/intr.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <rump/rumpuser.h>

int	rumptest_kt_up(void);
int	rumptest_kt_init(void);
int	rumptest_kt_many(int);
int	rumptest_kt_hostsleep(int);
int	rumptest_kt_hostsleep_done(void);
int	rumptest_kt_ticker(void);
int	rumptest_kt_ticks(void);
int	rumptest_kt_spin(int);
int	rumptest_kt_stop(void);
int	rumptest_kt_pingpong(void);
int	rumptest_kt_timedwait(void);
int	rumptest_kt_softint(void);
int	rumptest_kt_softint_runs(void);
int	rumptest_kt_wakeorder(void);
int	rumptest_kt_inherit(void);
int	rumptest_kt_credrefs(int);
int	rumptest_kt_callout(void);
int	rumptest_kt_selfcallout(void);
int	rumptest_kt_haltcallout(void);

#define WANT(cond)							\
do {									\
	if (!(cond))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

#define JOINABLE	(KTHREAD_MPSAFE | KTHREAD_MUSTJOIN)

static kmutex_t lock;
static kcondvar_t cv, cv2;
static volatile unsigned int count, stop, sleeping;
static lwp_t *lwps[1000];
static void *softint;

static volatile unsigned int soft_count;

static void
soft(void *arg)
{

	atomic_inc_uint(&soft_count);
}

/* Whether kernel threads are fibers. */
int
rumptest_kt_up(void)
{
#ifdef RUMP_UP
	return 1;
#else
	return 0;
#endif
}

int
rumptest_kt_init(void)
{

	mutex_init(&lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "kt");
	cv_init(&cv2, "kt2");
	softint = softint_establish(SOFTINT_NET | SOFTINT_MPSAFE, soft, NULL);
	WANT(softint != NULL);
	return 0;
}

static unsigned int
load(volatile unsigned int *p)
{

	return atomic_cas_uint(p, 0, 0);
}

/*
 * Many at once, all alive before the first one ends.
 */

static void
one_of_many(void *arg)
{

	mutex_enter(&lock);
	if (++count == (unsigned int)(uintptr_t)arg)
		cv_broadcast(&cv);
	while (count < (unsigned int)(uintptr_t)arg)
		cv_wait(&cv, &lock);
	mutex_exit(&lock);
	/* Returning ends it as well. */
}

int
rumptest_kt_many(int n)
{
	int i;

	count = 0;
	for (i = 0; i < n; i++)
		WANT(kthread_create(PRI_NONE, JOINABLE, NULL, one_of_many,
		    (void *)(uintptr_t)n, &lwps[i], "many%d", i) == 0);
	for (i = 0; i < n; i++)
		WANT(kthread_join(lwps[i]) == 0);
	WANT(count == (unsigned int)n);
	return 0;
}

/*
 * Threads that block in the host.
 */

static void
host_sleeper(void *arg)
{

	atomic_inc_uint(&sleeping);
	(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL,
	    (intptr_t)arg / 1000, (long)((intptr_t)arg % 1000) * 1000000);
	atomic_inc_uint(&count);
	kthread_exit(0);
}

/* Start some that sleep in the host for a number of milliseconds. */
int
rumptest_kt_hostsleep(int ms)
{
	int i;

	count = sleeping = 0;
	for (i = 0; i < 10; i++)
		WANT(kthread_create(PRI_NONE, JOINABLE, NULL, host_sleeper,
		    (void *)(intptr_t)ms, &lwps[i], "hs%d", i) == 0);
	return 0;
}

int
rumptest_kt_hostsleep_done(void)
{
	int i;

	for (i = 0; i < 10; i++)
		WANT(kthread_join(lwps[i]) == 0);
	WANT(load(&sleeping) == 10 && load(&count) == 10);
	return 0;
}

/*
 * A thread that lives by the clock.
 */

static void
ticker(void *arg)
{

	mutex_enter(&lock);
	while (!load(&stop)) {
		(void)cv_timedwait(&cv, &lock, mstohz(10));
		atomic_inc_uint(&count);
	}
	mutex_exit(&lock);
	kthread_exit(0);
}

int
rumptest_kt_ticker(void)
{

	count = stop = 0;
	WANT(kthread_create(PRI_NONE, JOINABLE, NULL, ticker, NULL, &lwps[0],
	    "ticker") == 0);
	return 0;
}

int
rumptest_kt_ticks(void)
{

	return (int)load(&count);
}

/*
 * Threads that never sleep, but let others run.
 */

static void
spinner(void *arg)
{

	while (!load(&stop)) {
		atomic_inc_uint(&count);
		if (arg != NULL)
			yield();
		else
			preempt();
	}
	kthread_exit(0);
}

int
rumptest_kt_spin(int byyield)
{
	int i;

	count = stop = 0;
	for (i = 0; i < 2; i++)
		WANT(kthread_create(PRI_NONE, JOINABLE, NULL, spinner,
		    byyield ? &lock : NULL, &lwps[i], "spin%d", i) == 0);
	return 0;
}

/* End what the functions above have started; n threads. */
int
rumptest_kt_stop(void)
{
	int i;

	atomic_inc_uint(&stop);
	for (i = 0; i < 2; i++)
		if (lwps[i] != NULL)
			WANT(kthread_join(lwps[i]) == 0);
	return 0;
}

/*
 * Two that wake each other for ever; somebody else's sleep ends on time.
 */

static void
player(void *arg)
{
	int me = (int)(intptr_t)arg;

	mutex_enter(&lock);
	while (!load(&stop)) {
		if ((int)(count & 1) == me) {
			atomic_inc_uint(&count);
			cv_broadcast(&cv);
		} else
			(void)cv_timedwait(&cv, &lock, hz);
	}
	cv_broadcast(&cv);
	mutex_exit(&lock);
	kthread_exit(0);
}

int
rumptest_kt_pingpong(void)
{
	intptr_t i;

	count = stop = 0;
	for (i = 0; i < 2; i++)
		WANT(kthread_create(PRI_NONE, JOINABLE, NULL, player,
		    (void *)i, &lwps[i], "pp%d", (int)i) == 0);
	return 0;
}

int
rumptest_kt_timedwait(void)
{
	struct timespec t0, t1;
	int error;

	nanouptime(&t0);
	mutex_enter(&lock);
	error = cv_timedwait(&cv2, &lock, mstohz(100));
	mutex_exit(&lock);
	nanouptime(&t1);
	WANT(error == EWOULDBLOCK);
	timespecsub(&t1, &t0, &t1);
	WANT(t1.tv_sec == 0 ? t1.tv_nsec >= 100000000 : t1.tv_sec < 5);
	return 0;
}

/*
 * A soft interrupt that a client schedules on its way out.
 */

int
rumptest_kt_softint(void)
{

	softint_schedule(softint);
	softint_schedule(softint);
	return 0;
}

int
rumptest_kt_softint_runs(void)
{

	return (int)load(&soft_count);
}

/*
 * The more urgent one runs first, at the next preempt() of the one that woke
 * it, and a less urgent one does not.
 */
static unsigned int order[4], norder;

static void
urgent(void *arg)
{

	mutex_enter(&lock);
	atomic_inc_uint(&count);
	cv_wait(&cv, &lock);
	order[norder++] = (unsigned int)(uintptr_t)arg;
	mutex_exit(&lock);
	kthread_exit(0);
}

static void
waker(void *arg)
{

	cv_broadcast(&cv);
	preempt();
	mutex_enter(&lock);
	order[norder++] = 0;
	mutex_exit(&lock);
	kthread_exit(0);
}

int
rumptest_kt_wakeorder(void)
{
	lwp_t *l[3];
	int i;

	if (ncpu > 1)
		return 0;
	count = norder = 0;
	for (i = 0; i < 2; i++)
		WANT(kthread_create(i == 0 ? PRI_KERNEL : MAXPRI_KERNEL_RT - 8,
		    JOINABLE, NULL, urgent, (void *)(uintptr_t)(i + 1), &l[i],
		    "u%d", i) == 0);
	while (load(&count) < 2)
		(void)kpause("kt", false, 1, NULL);
	WANT(kthread_create(PRI_KTHREAD, JOINABLE, NULL, waker, NULL, &l[2],
	    "waker") == 0);
	for (i = 0; i < 3; i++)
		WANT(kthread_join(l[i]) == 0);
	WANT(order[0] == 2 && order[1] == 0 && order[2] == 1);
	return 0;
}

/*
 * No inversion: the owner of a mutex runs with the priority of who waits for
 * it, also by way of a second mutex, and not any longer.
 */

static struct {
	kmutex_t m1, m2;
	unsigned int low, mid, high, spins;
	bool bad;
} inv;

static void
inv_low(void *arg)
{

	mutex_enter(&inv.m1);
	atomic_inc_uint(&inv.low);
	while (load(&count) == 0)
		yield();
	if (lwp_eprio(curlwp) != MAXPRI_KERNEL_RT - 8)
		inv.bad = true;
	mutex_exit(&inv.m1);
	if (lwp_eprio(curlwp) != PRI_KERNEL)
		inv.bad = true;
	kthread_exit(0);
}

/* Owns m2, waits for m1. */
static void
inv_mid(void *arg)
{

	mutex_enter(&inv.m2);
	atomic_inc_uint(&inv.mid);
	mutex_enter(&inv.m1);
	mutex_exit(&inv.m1);
	mutex_exit(&inv.m2);
	if (lwp_eprio(curlwp) != PRI_KERNEL + 1)
		inv.bad = true;
	kthread_exit(0);
}

static void
inv_high(void *arg)
{

	atomic_inc_uint(&count);
	mutex_enter(&inv.m2);
	mutex_exit(&inv.m2);
	atomic_inc_uint(&inv.high);
	kthread_exit(0);
}

/* More urgent than those two, and never asleep. */
static void
inv_hog(void *arg)
{

	while (load(&inv.high) == 0 && inv.spins < 100000000) {
		inv.spins++;
		preempt();
	}
	kthread_exit(0);
}

int
rumptest_kt_inherit(void)
{
	static const struct {
		pri_t pri;
		void (*func)(void *);
	} t[4] = {
		{ PRI_KERNEL, inv_low }, { PRI_KERNEL + 1, inv_mid },
		{ MAXPRI_KERNEL_RT - 8, inv_high }, { PRI_KTHREAD, inv_hog },
	};
	int i;

	if (ncpu > 1)
		return 0;
	count = 0;
	mutex_init(&inv.m1, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&inv.m2, MUTEX_DEFAULT, IPL_NONE);
	for (i = 0; i < 4; i++) {
		WANT(kthread_create(t[i].pri, JOINABLE, NULL, t[i].func, NULL,
		    &lwps[i], "inv%d", i) == 0);
		while (i < 2 && load(i == 0 ? &inv.low : &inv.mid) == 0)
			(void)kpause("inv", false, 1, NULL);
	}
	for (i = 0; i < 4; i++)
		WANT(kthread_join(lwps[i]) == 0);
	WANT(inv.high == 1 && inv.spins < 100000000);
	WANT(!inv.bad);
	mutex_destroy(&inv.m1);
	mutex_destroy(&inv.m2);
	return 0;
}

/* References to the credentials that process 1 had in the beginning. */
int
rumptest_kt_credrefs(int first)
{
	static kauth_cred_t cred;

	if (first) {
		cred = curproc->p_cred;
		kauth_cred_hold(cred);
	}
	return (int)kauth_cred_getrefcnt(cred);
}

/*
 * Callouts: never early, in the order of their times, also those whose
 * function sleeps, sets itself anew, or is waited for.
 */

static struct {
	callout_t c;
	int ms;
	int64_t at;
	unsigned int place;
} co[3];

static int64_t
now(void)
{
	struct timespec ts;

	nanouptime(&ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
co_func(void *arg)
{
	int i = (int)(intptr_t)arg;

	co[i].at = now();
	(void)kpause("co", false, 1, NULL);
	mutex_enter(&lock);
	co[i].place = ++count;
	cv_broadcast(&cv);
	mutex_exit(&lock);
}

int
rumptest_kt_callout(void)
{
	static const int ms[3] = { 450, 150, 300 };
	int64_t start[3];
	int i;

	count = 0;
	for (i = 0; i < 3; i++) {
		callout_init(&co[i].c, CALLOUT_MPSAFE);
		start[i] = now();
		callout_reset(&co[i].c, mstohz(ms[i]), co_func,
		    (void *)(intptr_t)i);
		WANT(callout_pending(&co[i].c));
	}
	mutex_enter(&lock);
	while (count < 3)
		cv_wait(&cv, &lock);
	mutex_exit(&lock);
	for (i = 0; i < 3; i++) {
		WANT(co[i].at >= start[i] + ms[i] * 1000000LL);
		(void)callout_halt(&co[i].c, NULL);
		WANT(!callout_pending(&co[i].c));
		callout_destroy(&co[i].c);
	}
	WANT(co[1].place == 1 && co[2].place == 2 && co[0].place == 3);
	return 0;
}

static void
self_func(void *arg)
{

	if (atomic_inc_uint_nv(&count) < 10)
		callout_schedule(arg, 1);
	else
		wakeup(arg);
}

int
rumptest_kt_selfcallout(void)
{
	callout_t c;

	count = 0;
	callout_init(&c, 0);
	callout_setfunc(&c, self_func, &c);
	callout_schedule(&c, 1);
	while (load(&count) < 10)
		(void)tsleep(&c, 0, "self", 1);
	(void)callout_halt(&c, NULL);
	callout_destroy(&c);
	return 0;
}

static void
long_func(void *arg)
{

	atomic_inc_uint(&count);
	(void)kpause("long", false, mstohz(50), NULL);
	atomic_inc_uint(&count);
}

int
rumptest_kt_haltcallout(void)
{
	callout_t c;

	count = 0;
	callout_init(&c, CALLOUT_MPSAFE);
	callout_reset(&c, 1, long_func, NULL);
	while (load(&count) < 1)
		(void)kpause("halt", false, 1, NULL);
	WANT(callout_halt(&c, NULL));
	WANT(load(&count) == 2);
	callout_destroy(&c);
	/* One that is stopped never runs. */
	callout_init(&c, CALLOUT_MPSAFE);
	callout_reset(&c, mstohz(30), long_func, NULL);
	WANT(!callout_stop(&c));
	(void)kpause("halt", false, mstohz(60), NULL);
	WANT(load(&count) == 2);
	callout_destroy(&c);
	return 0;
}
