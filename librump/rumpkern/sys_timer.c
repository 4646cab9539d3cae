/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interval timers, setitimer(2), and POSIX timers, timer_create(2).
 *
 * Both are numbered timers of a process on the wall clock or that of uptime;
 * there are none on processor time.  timer_lock protects them all; it is not
 * held while a signal is sent.  A timer is freed when its callout has ended.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/signal.h>
#include <sys/signalvar.h>
#include <sys/syscallargs.h>
#include <sys/syslimits.h>
#include <sys/time.h>
#include <sys/timevar.h>

#include <rump-priv/clock.h>
#include <rump-priv/kern.h>

#define	NSEC_PER_SEC	1000000000LL
#define	NITIMERS	(ITIMER_MONOTONIC + 1)	/* the first numbers */
#define	NTIMERS		(NITIMERS + 32)
#define	OVERRUN_MAX	INT_MAX

struct ptimer {
	LIST_ENTRY(ptimer) pt_entry;	/* of all */
	callout_t	pt_callout;
	struct proc	*pt_proc;
	clockid_t	pt_clock;
	struct sigevent	pt_event;
	bool		pt_armed;
	bool		pt_wall;	/* pt_next is by the wall clock */
	int64_t		pt_next;	/* nanoseconds of uptime, or so */
	int64_t		pt_interval;	/* 0: once */
	int		pt_overruns;
};

struct ptimers {
	struct ptimer	*pts_timer[NTIMERS];
};

static kmutex_t timer_lock;
static LIST_HEAD(, ptimer) timers = LIST_HEAD_INITIALIZER(timers);

void
rump_timers_init(void)
{

	mutex_init(&timer_lock, MUTEX_DEFAULT, IPL_SOFTCLOCK);
}

static int64_t
timer_now(const struct ptimer *pt)
{

	return pt->pt_wall ? rump_clock_wall_ns() : rump_clock_uptime_ns();
}

/* Have the callout come when the time is, as far as is known now. */
static void
timer_schedule(struct ptimer *pt)
{
	int64_t when = pt->pt_next;

	KASSERT(mutex_owned(&timer_lock) && pt->pt_armed);
	if (pt->pt_wall)
		when += rump_clock_uptime_ns() - rump_clock_wall_ns();
	rump_callout_until(&pt->pt_callout, when);
}

/* It has expired: what comes next.  Expiries that nobody saw are overruns. */
static void
timer_advance(struct ptimer *pt, int64_t now)
{
	int64_t missed;

	if (pt->pt_interval == 0) {
		pt->pt_armed = false;
		return;
	}
	missed = (now - pt->pt_next) / pt->pt_interval;
	pt->pt_overruns = (int)MIN(missed, OVERRUN_MAX);
	pt->pt_next += (missed + 1) * pt->pt_interval;
	timer_schedule(pt);
}

static void
timer_expire(void *arg)
{
	struct ptimer *pt = arg;
	struct ksiginfo ksi;
	int64_t now;
	bool fire;

	mutex_enter(&timer_lock);
	now = timer_now(pt);
	fire = pt->pt_armed && now >= pt->pt_next;
	if (fire) {
		pt->pt_overruns = 0;
		timer_advance(pt, now);
	} else if (pt->pt_armed)
		timer_schedule(pt);	/* the clock was set back */
	fire = fire && pt->pt_event.sigev_notify == SIGEV_SIGNAL;
	KSI_INIT(&ksi);
	ksi.ksi_signo = pt->pt_event.sigev_signo;
	ksi.ksi_code = SI_TIMER;
	ksi.ksi_value = pt->pt_event.sigev_value;
	mutex_exit(&timer_lock);
	/* Who frees the process waits for this function to return. */
	if (fire)
		kpsignal2(pt->pt_proc, &ksi);
}

void
rump_timers_clockset(void)
{
	struct ptimer *pt;

	mutex_enter(&timer_lock);
	LIST_FOREACH(pt, &timers, pt_entry)
		if (pt->pt_armed && pt->pt_wall)
			timer_schedule(pt);
	mutex_exit(&timer_lock);
}

static struct ptimer *
timer_make(struct proc *p, clockid_t clock, const struct sigevent *ev)
{
	struct ptimer *pt;

	pt = kmem_zalloc(sizeof(*pt), KM_SLEEP);
	callout_init(&pt->pt_callout, CALLOUT_MPSAFE);
	callout_setfunc(&pt->pt_callout, timer_expire, pt);
	pt->pt_proc = p;
	pt->pt_clock = clock;
	pt->pt_event = *ev;
	return pt;
}

/* A timer that nobody finds any more, or none. */
static void
timer_free(struct ptimer *pt)
{

	if (pt == NULL)
		return;
	callout_halt(&pt->pt_callout, NULL);
	callout_destroy(&pt->pt_callout);
	kmem_free(pt, sizeof(*pt));
}

/* Take it out of its process; timer_lock held. */
static struct ptimer *
timer_take(struct proc *p, int id)
{
	struct ptimer *pt;

	if (p->p_timers == NULL || (pt = p->p_timers->pts_timer[id]) == NULL)
		return NULL;
	p->p_timers->pts_timer[id] = NULL;
	pt->pt_armed = false;
	LIST_REMOVE(pt, pt_entry);
	return pt;
}

void
rump_timers_free(struct proc *p)
{
	struct ptimers *pts = p->p_timers;
	struct ptimer *pt;
	int i;

	if (pts == NULL)
		return;
	for (i = 0; i < NTIMERS; i++) {
		mutex_enter(&timer_lock);
		pt = timer_take(p, i);
		mutex_exit(&timer_lock);
		timer_free(pt);
	}
	p->p_timers = NULL;
	kmem_free(pts, sizeof(*pts));
}

/*
 * Enter a timer into its process, at a number or at a free one of those of
 * POSIX timers (-1).  The number, or -1: there is none.
 */
static int
timer_enter(struct proc *p, struct ptimer *pt, int id)
{
	struct ptimers *pts = NULL;
	int last = id;

	/* A look without the lock: at worst one is made for nothing. */
	if (__atomic_load_n(&p->p_timers, __ATOMIC_RELAXED) == NULL)
		pts = kmem_zalloc(sizeof(*pts), KM_SLEEP);
	mutex_enter(&timer_lock);
	if (p->p_timers == NULL) {
		__atomic_store_n(&p->p_timers, pts, __ATOMIC_RELAXED);
		pts = NULL;
	}
	if (id < 0) {
		id = NITIMERS;
		last = NTIMERS - 1;
	}
	while (id <= last && p->p_timers->pts_timer[id] != NULL)
		id++;
	if (id <= last) {
		p->p_timers->pts_timer[id] = pt;
		LIST_INSERT_HEAD(&timers, pt, pt_entry);
	} else
		id = -1;
	mutex_exit(&timer_lock);
	if (pts != NULL)
		kmem_free(pts, sizeof(*pts));
	return id;
}

static struct ptimer *
timer_find(struct proc *p, int id)
{

	KASSERT(mutex_owned(&timer_lock));
	return p->p_timers == NULL || id < 0 || id >= NTIMERS ? NULL :
	    p->p_timers->pts_timer[id];
}

/*
 * Reading and setting.
 */

/* A time that is surely further away than anybody waits. */
static int64_t
tons(const struct timespec *ts)
{

	if (ts->tv_sec > INT64_MAX / NSEC_PER_SEC / 4)
		return INT64_MAX / 4;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static void
tots(int64_t ns, struct timespec *ts)
{

	ts->tv_sec = ns / NSEC_PER_SEC;
	ts->tv_nsec = (long)(ns % NSEC_PER_SEC);
}

static void
timer_get(struct ptimer *pt, struct itimerspec *its)
{
	int64_t left = 0;

	/* One that is due is not disarmed yet. */
	if (pt != NULL && pt->pt_armed)
		left = MAX(pt->pt_next - timer_now(pt), 1);
	tots(left, &its->it_value);
	tots(pt != NULL ? pt->pt_interval : 0, &its->it_interval);
}

static void
timer_set(struct ptimer *pt, const struct itimerspec *its, bool absolute)
{
	int64_t value = tons(&its->it_value);

	pt->pt_interval = tons(&its->it_interval);
	pt->pt_armed = value != 0;
	pt->pt_overruns = 0;
	if (value == 0) {
		callout_stop(&pt->pt_callout);
		return;
	}
	/* Only a point of the wall clock moves with it. */
	pt->pt_wall = absolute && pt->pt_clock == CLOCK_REALTIME;
	pt->pt_next = value;
	if (!absolute)
		pt->pt_next += timer_now(pt);
	timer_schedule(pt);
}

static bool
timespec_valid(const struct timespec *ts)
{

	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 &&
	    ts->tv_nsec < NSEC_PER_SEC;
}

/* From a timeval, which the client may have got wrong. */
static int
tvtots(const struct timeval *tv, struct timespec *ts)
{

	if (tv->tv_sec < 0 || tv->tv_usec < 0 || tv->tv_usec >= 1000000)
		return EINVAL;
	TIMEVAL_TO_TIMESPEC(tv, ts);
	return 0;
}

/* Which interval timers there are, and what they send. */
static int
itimer_kind(int which, clockid_t *clock)
{

	switch (which) {
	case ITIMER_REAL:
		*clock = CLOCK_REALTIME;
		return 0;
	case ITIMER_MONOTONIC:
		*clock = CLOCK_MONOTONIC;
		return 0;
	default:
		return EINVAL;
	}
}

static int
itimer_copyout(int which, const struct itimerspec *its,
    struct itimerval *u_itv)
{
	struct itimerval itv;

	memset(&itv, 0, sizeof(itv));
	/* Rounded up: what is left is not nothing. */
	itv.it_value.tv_sec = its->it_value.tv_sec;
	itv.it_value.tv_usec =
	    (suseconds_t)((its->it_value.tv_nsec + 999) / 1000);
	if (itv.it_value.tv_usec == 1000000) {
		itv.it_value.tv_sec++;
		itv.it_value.tv_usec = 0;
	}
	TIMESPEC_TO_TIMEVAL(&itv.it_interval, &its->it_interval);
	return copyout(&itv, u_itv, sizeof(itv));
}

int
sys___getitimer50(struct lwp *l, const struct sys___getitimer50_args *uap,
    register_t *retval)
{
	struct itimerspec its;
	clockid_t clock;
	int error, which = SCARG(uap, which);

	if ((error = itimer_kind(which, &clock)) != 0)
		return error;
	mutex_enter(&timer_lock);
	timer_get(timer_find(l->l_proc, which), &its);
	mutex_exit(&timer_lock);
	return itimer_copyout(which, &its, SCARG(uap, itv));
}

/* The process's interval timer, made if it has never been used. */
static void
itimer_make(struct proc *p, int which, clockid_t clock)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
	    .sigev_signo = SIGALRM };
	struct ptimer *pt;
	bool there;

	mutex_enter(&timer_lock);
	there = timer_find(p, which) != NULL;
	mutex_exit(&timer_lock);
	if (there)
		return;
	pt = timer_make(p, clock, &ev);
	if (timer_enter(p, pt, which) == -1)
		timer_free(pt);		/* another thread was faster */
}

int
sys___setitimer50(struct lwp *l, const struct sys___setitimer50_args *uap,
    register_t *retval)
{
	struct itimerspec its, oits;
	struct itimerval itv;
	struct ptimer *pt;
	int error, which = SCARG(uap, which);
	clockid_t clock;

	if ((error = itimer_kind(which, &clock)) != 0)
		return error;
	memset(&its, 0, sizeof(its));
	if (SCARG(uap, itv) != NULL) {
		error = copyin(SCARG(uap, itv), &itv, sizeof(itv));
		if (error == 0)
			error = tvtots(&itv.it_value, &its.it_value);
		if (error == 0)
			error = tvtots(&itv.it_interval, &its.it_interval);
		if (error != 0)
			return error;
		itimer_make(l->l_proc, which, clock);
	}
	mutex_enter(&timer_lock);
	pt = timer_find(l->l_proc, which);
	timer_get(pt, &oits);
	if (pt != NULL && SCARG(uap, itv) != NULL)
		timer_set(pt, &its, false);
	mutex_exit(&timer_lock);
	if (SCARG(uap, oitv) != NULL)
		error = itimer_copyout(which, &oits, SCARG(uap, oitv));
	return error;
}

static int
event_copyin(const struct sigevent *u_ev, struct sigevent *ev)
{
	int error;

	error = copyin(u_ev, ev, sizeof(*ev));
	if (error != 0)
		return error;
	switch (ev->sigev_notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
		return ev->sigev_signo <= 0 || ev->sigev_signo >= NSIG ?
		    EINVAL : 0;
	default:
		return EINVAL;		/* threads are the C library's */
	}
}

int
sys_timer_create(struct lwp *l, const struct sys_timer_create_args *uap,
    register_t *retval)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
	    .sigev_signo = SIGALRM };
	clockid_t clock = SCARG(uap, clock_id);
	struct ptimer *pt;
	int error = 0, id;
	timer_t tid;

	if ((unsigned int)clock != CLOCK_REALTIME &&
	    (unsigned int)clock != CLOCK_MONOTONIC)
		return (unsigned int)clock == CLOCK_VIRTUAL ||
		    (unsigned int)clock == CLOCK_PROF ? ENOTSUP : EINVAL;
	if (SCARG(uap, evp) != NULL)
		error = event_copyin(SCARG(uap, evp), &ev);
	if (error != 0)
		return error;
	pt = timer_make(l->l_proc, clock, &ev);
	if ((id = timer_enter(l->l_proc, pt, -1)) == -1) {
		timer_free(pt);
		return EAGAIN;
	}
	/* Without an event of its own it says which one it is. */
	if (SCARG(uap, evp) == NULL) {
		mutex_enter(&timer_lock);
		pt->pt_event.sigev_value.sival_int = id;
		mutex_exit(&timer_lock);
	}
	tid = (timer_t)id;
	error = copyout(&tid, SCARG(uap, timerid), sizeof(tid));
	if (error != 0) {
		mutex_enter(&timer_lock);
		pt = timer_take(l->l_proc, id);
		mutex_exit(&timer_lock);
		timer_free(pt);
	}
	return error;
}

/* A client's number of a POSIX timer, or -1. */
static int
timer_id(timer_t tid)
{
	intptr_t id = (intptr_t)tid;

	return id < NITIMERS || id >= NTIMERS ? -1 : (int)id;
}

int
sys_timer_delete(struct lwp *l, const struct sys_timer_delete_args *uap,
    register_t *retval)
{
	int id = timer_id(SCARG(uap, timerid));
	struct ptimer *pt = NULL;

	mutex_enter(&timer_lock);
	if (id != -1)
		pt = timer_take(l->l_proc, id);
	mutex_exit(&timer_lock);
	timer_free(pt);
	return pt == NULL ? EINVAL : 0;
}

int
sys___timer_settime50(struct lwp *l,
    const struct sys___timer_settime50_args *uap, register_t *retval)
{
	int id = timer_id(SCARG(uap, timerid)), error;
	struct itimerspec its, oits;
	struct ptimer *pt;

	error = copyin(SCARG(uap, value), &its, sizeof(its));
	if (error != 0)
		return error;
	if (!timespec_valid(&its.it_value) ||
	    !timespec_valid(&its.it_interval) ||
	    (SCARG(uap, flags) & ~TIMER_ABSTIME) != 0)
		return EINVAL;
	mutex_enter(&timer_lock);
	if ((pt = timer_find(l->l_proc, id)) == NULL) {
		mutex_exit(&timer_lock);
		return EINVAL;
	}
	timer_get(pt, &oits);
	timer_set(pt, &its, (SCARG(uap, flags) & TIMER_ABSTIME) != 0);
	mutex_exit(&timer_lock);
	if (SCARG(uap, ovalue) == NULL)
		return 0;
	return copyout(&oits, SCARG(uap, ovalue), sizeof(oits));
}

int
sys___timer_gettime50(struct lwp *l,
    const struct sys___timer_gettime50_args *uap, register_t *retval)
{
	int id = timer_id(SCARG(uap, timerid));
	struct itimerspec its;
	struct ptimer *pt;

	mutex_enter(&timer_lock);
	if ((pt = timer_find(l->l_proc, id)) != NULL)
		timer_get(pt, &its);
	mutex_exit(&timer_lock);
	if (pt == NULL)
		return EINVAL;
	return copyout(&its, SCARG(uap, value), sizeof(its));
}

int
sys_timer_getoverrun(struct lwp *l,
    const struct sys_timer_getoverrun_args *uap, register_t *retval)
{
	int id = timer_id(SCARG(uap, timerid));
	struct ptimer *pt;

	mutex_enter(&timer_lock);
	if ((pt = timer_find(l->l_proc, id)) != NULL)
		*retval = pt->pt_overruns;
	mutex_exit(&timer_lock);
	return pt == NULL ? EINVAL : 0;
}
