/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic on times and ticks, rate limits, and the bodies of the clock
 * system calls. The rate limits' state is the caller's; nothing is locked.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/time.h>
#include <sys/timetc.h>

#include <rump/rumpuser.h>
#include <rump-priv/clock.h>

#define NSEC_PER_SEC	1000000000LL

/* Ticks that an interval takes, rounded up, plus the one that has begun. */
static int
nstohz(int64_t sec, int64_t nsec)
{
	int64_t ticks;

	if (nsec < 0) {
		sec--;
		nsec += NSEC_PER_SEC;
	}
	if (sec < 0)
		return 0;
	if (sec > (INT_MAX - 2) / hz)
		return INT_MAX;
	ticks = sec * hz + (nsec * hz + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
	if (ticks == 0)
		return 0;
	return (int)MIN(ticks + 1, INT_MAX);
}

int
tvtohz(const struct timeval *tv)
{

	return nstohz(tv->tv_sec, (int64_t)tv->tv_usec * 1000);
}

int
tstohz(const struct timespec *ts)
{

	return nstohz(ts->tv_sec, ts->tv_nsec);
}

int
tvhzto(const struct timeval *when)
{
	struct timeval now, d;

	microtime(&now);
	timersub(when, &now, &d);
	return tvtohz(&d);
}

int
tshzto(const struct timespec *when)
{
	struct timespec now, d;

	nanotime(&now);
	timespecsub(when, &now, &d);
	return tstohz(&d);
}

int
hzto(const struct timeval *when)
{

	return tvhzto(when);
}

int
itimespecfix(struct timespec *ts)
{

	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC)
		return EINVAL;
	if (ts->tv_sec == 0 && ts->tv_nsec != 0 && ts->tv_nsec < tick * 1000L)
		ts->tv_nsec = tick * 1000L;
	return 0;
}

int
itimerfix(struct timeval *tv)
{

	if (tv->tv_usec < 0 || tv->tv_usec >= 1000000 || tv->tv_sec < 0)
		return EINVAL;
	if (tv->tv_sec == 0 && tv->tv_usec != 0 && tv->tv_usec < tick)
		tv->tv_usec = tick;
	return 0;
}

int
ts2timo(clockid_t clock, int flags, struct timespec *ts, int *timo,
    struct timespec *start)
{
	struct timespec now;
	int error;

	if (ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC || ts->tv_sec < 0)
		return EINVAL;
	if ((flags & ~TIMER_ABSTIME) != 0)
		return EINVAL;
	if ((error = clock_gettime1(clock, &now)) != 0)
		return error;
	if (start != NULL)
		*start = now;
	if ((flags & TIMER_ABSTIME) != 0)
		timespecsub(ts, &now, ts);
	if (ts->tv_sec < 0 || (ts->tv_sec == 0 && ts->tv_nsec <= 0))
		return ETIMEDOUT;
	*timo = tstohz(ts);
	return 0;
}

/*
 * Rate limits.
 */

int
ratecheck(struct timeval *last, const struct timeval *interval)
{
	struct timeval now, d;

	getmicrouptime(&now);
	timersub(&now, last, &d);
	/* The first event is always reported. */
	if (timercmp(&d, interval, >=) ||
	    (last->tv_sec == 0 && last->tv_usec == 0)) {
		*last = now;
		return 1;
	}
	return 0;
}

int
ppsratecheck(struct timeval *last, int *curpps, int maxpps)
{
	struct timeval now, d;

	getmicrouptime(&now);
	timersub(&now, last, &d);
	if ((last->tv_sec == 0 && last->tv_usec == 0) || d.tv_sec >= 1) {
		*last = now;
		*curpps = 0;
	}
	if (*curpps < INT_MAX)
		(*curpps)++;
	return maxpps < 0 || *curpps <= maxpps;
}

/*
 * System calls.
 */

int
clock_gettime1(clockid_t clock, struct timespec *ts)
{

	switch ((unsigned int)clock) {
	case CLOCK_REALTIME:
		nanotime(ts);
		return 0;
	case CLOCK_MONOTONIC:
		nanouptime(ts);
		return 0;
	default:
		return EINVAL;
	}
}

int
clock_getres1(clockid_t clock, struct timespec *ts)
{

	switch ((unsigned int)clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
		ts->tv_sec = 0;
		ts->tv_nsec = 1;
		return 0;
	default:
		return EINVAL;
	}
}

static int
settime_auth(void)
{

	return kauth_authorize_system(curlwp->l_cred, KAUTH_SYSTEM_TIME,
	    KAUTH_REQ_SYSTEM_TIME_SYSTEM, NULL, NULL, NULL);
}

int
clock_settime1(struct proc *p, clockid_t clock, const struct timespec *ts,
    bool check_kauth)
{
	int error;

	if ((unsigned int)clock != CLOCK_REALTIME)
		return EINVAL;
	/* 64-bit nanoseconds reach to the year 2262. */
	if (ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC ||
	    ts->tv_sec < 0 || ts->tv_sec > INT64_MAX / NSEC_PER_SEC - 1)
		return EINVAL;
	if (check_kauth && (error = settime_auth()) != 0)
		return error;
	tc_setclock(ts);
	return 0;
}

int
settime(struct proc *p, struct timespec *ts)
{

	return clock_settime1(p, CLOCK_REALTIME, ts, true);
}

int
settimeofday1(const struct timeval *utv, bool userspace, const void *utzp,
    struct lwp *l, bool check_kauth)
{
	struct timespec ts;
	struct timeval tv;
	int error;

	if (utv == NULL)
		return 0;
	if (userspace) {
		if ((error = copyin(utv, &tv, sizeof(tv))) != 0)
			return error;
	} else
		tv = *utv;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return EINVAL;
	TIMEVAL_TO_TIMESPEC(&tv, &ts);
	return clock_settime1(l->l_proc, CLOCK_REALTIME, &ts, check_kauth);
}

/*
 * Whole ticks are slept in the kernel, where a signal ends the sleep; what is
 * less is left to the host, which is exact.
 */
static int
sleep_until(int64_t deadline)
{
	const int64_t ticklen = NSEC_PER_SEC / hz;
	int64_t left, ticks;
	int error;

	for (;;) {
		left = deadline - rump_clock_uptime_ns();
		if (left <= 0)
			return 0;
		ticks = left / ticklen;
		if (ticks == 0)
			break;
		ticks = MIN(ticks, INT_MAX / 2);
		error = kpause("nanoslp", true, (int)ticks, NULL);
		if (error != 0 && error != EWOULDBLOCK)
			return error;
	}
	(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, (long)left);
	return 0;
}

int
nanosleep1(struct lwp *l, clockid_t clock, int flags, struct timespec *rqt,
    struct timespec *rmt)
{
	int64_t deadline, left;
	int timo, error;

	error = ts2timo(clock, flags, rqt, &timo, NULL);
	if (error != 0)
		return error == ETIMEDOUT ? 0 : error;
	if (rqt->tv_sec > INT64_MAX / NSEC_PER_SEC / 2)
		rqt->tv_sec = INT64_MAX / NSEC_PER_SEC / 2;
	deadline = rump_clock_uptime_ns() + rqt->tv_sec * NSEC_PER_SEC +
	    rqt->tv_nsec;
	error = sleep_until(deadline);
	if (error == ERESTART)
		error = EINTR;
	if (rmt != NULL) {
		left = MAX(deadline - rump_clock_uptime_ns(), 0);
		rmt->tv_sec = left / NSEC_PER_SEC;
		rmt->tv_nsec = (long)(left % NSEC_PER_SEC);
	}
	return error;
}
