/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on clocks: arguments in, the clock code's answer out.  No
 * locks of its own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/proc.h>
#include <sys/syscallargs.h>
#include <sys/time.h>
#include <sys/timevar.h>

#include <rump-priv/clock.h>

#define	ADJ_MAX		1000000000	/* seconds: nobody lives so long */

int
sys___gettimeofday50(struct lwp *l,
    const struct sys___gettimeofday50_args *uap, register_t *retval)
{
	struct timezone tz;
	struct timeval tv;
	int error = 0;

	if (SCARG(uap, tp) != NULL) {
		memset(&tv, 0, sizeof(tv));
		microtime(&tv);
		error = copyout(&tv, SCARG(uap, tp), sizeof(tv));
	}
	if (error == 0 && SCARG(uap, tzp) != NULL) {
		memset(&tz, 0, sizeof(tz));
		error = copyout(&tz, SCARG(uap, tzp), sizeof(tz));
	}
	return error;
}

int
sys___settimeofday50(struct lwp *l,
    const struct sys___settimeofday50_args *uap, register_t *retval)
{

	return settimeofday1(SCARG(uap, tv), true, SCARG(uap, tzp), l, true);
}

int
sys___clock_gettime50(struct lwp *l,
    const struct sys___clock_gettime50_args *uap, register_t *retval)
{
	struct timespec ts;
	int error;

	error = clock_gettime1(SCARG(uap, clock_id), &ts);
	if (error != 0)
		return error;
	return copyout(&ts, SCARG(uap, tp), sizeof(ts));
}

int
sys___clock_settime50(struct lwp *l,
    const struct sys___clock_settime50_args *uap, register_t *retval)
{
	struct timespec ts;
	int error;

	error = copyin(SCARG(uap, tp), &ts, sizeof(ts));
	if (error != 0)
		return error;
	return clock_settime1(l->l_proc, SCARG(uap, clock_id), &ts, true);
}

int
sys___clock_getres50(struct lwp *l,
    const struct sys___clock_getres50_args *uap, register_t *retval)
{
	struct timespec ts;
	int error;

	error = clock_getres1(SCARG(uap, clock_id), &ts);
	if (error == 0 && SCARG(uap, tp) != NULL)
		error = copyout(&ts, SCARG(uap, tp), sizeof(ts));
	return error;
}

/* The clock is never set back: it goes slower. */
int
sys___adjtime50(struct lwp *l, const struct sys___adjtime50_args *uap,
    register_t *retval)
{
	int64_t delta, left;
	struct timeval tv;
	int error;

	if (SCARG(uap, delta) != NULL) {
		error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_TIME,
		    KAUTH_REQ_SYSTEM_TIME_ADJTIME, NULL, NULL, NULL);
		if (error == 0)
			error = copyin(SCARG(uap, delta), &tv, sizeof(tv));
		if (error != 0)
			return error;
		if (tv.tv_sec > ADJ_MAX || tv.tv_sec < -ADJ_MAX)
			return EINVAL;
		delta = tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL;
	}
	left = rump_clock_adjust(SCARG(uap, delta) != NULL ? &delta : NULL);
	if (SCARG(uap, olddelta) == NULL)
		return 0;
	memset(&tv, 0, sizeof(tv));
	tv.tv_sec = left / 1000000000;
	tv.tv_usec = (suseconds_t)(left % 1000000000 / 1000);
	if (tv.tv_usec < 0) {
		tv.tv_sec--;
		tv.tv_usec += 1000000;
	}
	return copyout(&tv, SCARG(uap, olddelta), sizeof(tv));
}

/* Both sleeps: what is left goes out even when the sleep was cut short. */
static int
dosleep(struct lwp *l, clockid_t clock, int flags,
    const struct timespec *u_req, struct timespec *u_left)
{
	struct timespec req, left;
	int error, error1;

	error = copyin(u_req, &req, sizeof(req));
	if (error != 0)
		return error;
	memset(&left, 0, sizeof(left));
	error = nanosleep1(l, clock, flags, &req,
	    u_left != NULL ? &left : NULL);
	if (u_left == NULL || (error != 0 && error != EINTR))
		return error;
	error1 = copyout(&left, u_left, sizeof(left));
	return error1 != 0 ? error1 : error;
}

int
sys___nanosleep50(struct lwp *l, const struct sys___nanosleep50_args *uap,
    register_t *retval)
{

	return dosleep(l, CLOCK_MONOTONIC, 0, SCARG(uap, rqtp),
	    SCARG(uap, rmtp));
}

int
sys_clock_nanosleep(struct lwp *l, const struct sys_clock_nanosleep_args *uap,
    register_t *retval)
{

	/* POSIX: the error is the result. */
	*retval = dosleep(l, SCARG(uap, clock_id), SCARG(uap, flags),
	    SCARG(uap, rqtp), SCARG(uap, rmtp));
	return 0;
}
