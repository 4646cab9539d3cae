/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux ABI: clocks, sleeping, waiting for descriptors.  A timespec is
 * the same in both, a timeval has more bits of microseconds.  No locks.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/select.h>
#include <sys/signal.h>
#include <sys/time.h>
#include <sys/timevar.h>

#include "linux.h"

static int
clock_to_native(clockid_t lx, clockid_t *native)
{

	switch ((unsigned int)lx) {
	case LINUX_CLOCK_REALTIME:
	case LINUX_CLOCK_REALTIME_COARSE:
		*native = CLOCK_REALTIME;
		return 0;
	case LINUX_CLOCK_MONOTONIC:
	case LINUX_CLOCK_MONOTONIC_RAW:
	case LINUX_CLOCK_MONOTONIC_COARSE:
	case LINUX_CLOCK_BOOTTIME:
		*native = CLOCK_MONOTONIC;
		return 0;
	default:
		return EINVAL;
	}
}

int
linux_sys_clock_gettime(struct lwp *l,
    const struct sys___clock_gettime50_args *uap, register_t *retval)
{
	struct sys___clock_gettime50_args ua = *uap;
	int error;

	error = clock_to_native(SCARG(uap, clock_id), &SCARG(&ua, clock_id));
	return error != 0 ? error : sys___clock_gettime50(l, &ua, retval);
}

int
linux_sys_clock_settime(struct lwp *l,
    const struct sys___clock_settime50_args *uap, register_t *retval)
{

	if (SCARG(uap, clock_id) != LINUX_CLOCK_REALTIME)
		return EINVAL;
	return sys___clock_settime50(l, uap, retval);
}

int
linux_sys_clock_getres(struct lwp *l,
    const struct sys___clock_getres50_args *uap, register_t *retval)
{
	struct sys___clock_getres50_args ua = *uap;
	int error;

	error = clock_to_native(SCARG(uap, clock_id), &SCARG(&ua, clock_id));
	return error != 0 ? error : sys___clock_getres50(l, &ua, retval);
}

int
linux_sys_nanosleep(struct lwp *l, const struct sys___nanosleep50_args *uap,
    register_t *retval)
{

	return sys___nanosleep50(l, uap, retval);
}

/* The error is the result. */
int
linux_sys_clock_nanosleep(struct lwp *l,
    const struct sys_clock_nanosleep_args *uap, register_t *retval)
{
	struct sys_clock_nanosleep_args ua = *uap;
	int error;

	error = clock_to_native(SCARG(uap, clock_id), &SCARG(&ua, clock_id));
	if (error == 0 && (error = sys_clock_nanosleep(l, &ua, retval)) == 0)
		error = (int)*retval;
	*retval = linux_errnos[error];
	return 0;
}

static int
timeval_in(const void *u_tv, struct timeval *tv)
{
	struct linux_timeval lv;
	int error;

	error = copyin(u_tv, &lv, sizeof(lv));
	if (error != 0)
		return error;
	if (lv.tv_usec < 0 || lv.tv_usec >= 1000000)
		return EINVAL;
	tv->tv_sec = lv.tv_sec;
	tv->tv_usec = (suseconds_t)lv.tv_usec;
	return 0;
}

static int
timeval_out(const struct timeval *tv, void *u_tv)
{
	struct linux_timeval lv = { tv->tv_sec, tv->tv_usec };

	return copyout(&lv, u_tv, sizeof(lv));
}

int
linux_sys_gettimeofday(struct lwp *l,
    const struct sys___gettimeofday50_args *uap, register_t *retval)
{
	struct sys___gettimeofday50_args ua = *uap;
	struct timeval tv;
	int error;

	if (SCARG(uap, tp) != NULL) {
		microtime(&tv);
		error = timeval_out(&tv, SCARG(uap, tp));
		if (error != 0)
			return error;
	}
	SCARG(&ua, tp) = NULL;
	return sys___gettimeofday50(l, &ua, retval);
}

int
linux_sys_settimeofday(struct lwp *l,
    const struct sys___settimeofday50_args *uap, register_t *retval)
{
	struct timeval tv;
	int error;

	if (SCARG(uap, tv) == NULL)
		return 0;
	error = timeval_in(SCARG(uap, tv), &tv);
	return error != 0 ? error : settimeofday1(&tv, false,
	    SCARG(uap, tzp), l, true);
}

/* What is left of the time goes back to the client. */
int
linux_sys_select(struct lwp *l, const struct sys___select50_args *uap,
    register_t *retval)
{
	struct timespec ts, start, now, *tsp = NULL;
	struct timeval tv;
	int error, error1;

	if (SCARG(uap, tv) != NULL) {
		error = timeval_in(SCARG(uap, tv), &tv);
		if (error == 0 && tv.tv_sec < 0)
			error = EINVAL;
		if (error != 0)
			return error;
		TIMEVAL_TO_TIMESPEC(&tv, &ts);
		tsp = &ts;
		nanouptime(&start);
	}
	error = selcommon(retval, SCARG(uap, nd), SCARG(uap, in),
	    SCARG(uap, ou), SCARG(uap, ex), tsp, NULL);
	if (tsp == NULL || (error != 0 && error != EINTR))
		return error;
	nanouptime(&now);
	timespecsub(&now, &start, &now);
	TIMEVAL_TO_TIMESPEC(&tv, &ts);
	timespecsub(&ts, &now, &ts);
	if (ts.tv_sec < 0)
		timespecclear(&ts);
	TIMESPEC_TO_TIMEVAL(&tv, &ts);
	error1 = timeval_out(&tv, SCARG(uap, tv));
	return error != 0 ? error : error1;
}

/* Native numbers of Linux's signals; 0: there is none. */
static const uint8_t signals[] = {
	0, SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
	SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, 0,
	SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,
	SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR,
	SIGSYS,
};

/* ppoll(2) */
int
linux_sys_ppoll(struct lwp *l, const struct sys___pollts50_args *uap,
    register_t *retval)
{
	struct timespec ts, *tsp = NULL;
	sigset_t mask, *maskp = NULL;
	uint64_t lmask;
	int error, i;

	if (SCARG(uap, ts) != NULL) {
		error = copyin(SCARG(uap, ts), &ts, sizeof(ts));
		if (error != 0)
			return error;
		if (ts.tv_sec < 0 || ts.tv_nsec < 0 ||
		    ts.tv_nsec >= 1000000000L)
			return EINVAL;
		tsp = &ts;
	}
	if (SCARG(uap, mask) != NULL) {
		error = copyin(SCARG(uap, mask), &lmask, sizeof(lmask));
		if (error != 0)
			return error;
		sigemptyset(&mask);
		for (i = 1; i < (int)__arraycount(signals); i++)
			if ((lmask >> (i - 1) & 1) != 0 && signals[i] != 0)
				sigaddset(&mask, signals[i]);
		maskp = &mask;
	}
	return pollcommon(retval, SCARG(uap, fds), SCARG(uap, nfds), tsp,
	    maskp);
}
