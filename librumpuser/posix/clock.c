/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.c - the two clocks and sleeping.  Locking: none.
 */
#include "host.h"

#include <time.h>

#define NSEC	1000000000L

int
rumpuser_clock_gettime(int which, int64_t *secp, long *nsecp)
{
	struct timespec ts;
	clockid_t clk;

	switch (which) {
	case RUMPUSER_CLOCK_RELWALL:
		clk = CLOCK_REALTIME;
		break;
	case RUMPUSER_CLOCK_ABSMONO:
		clk = CLOCK_MONOTONIC;
		break;
	default:
		return rumpuser__errtrans(EINVAL);
	}
	if (clock_gettime(clk, &ts) == -1)
		return rumpuser__errtrans(EINVAL);
	*secp = ts.tv_sec;
	*nsecp = ts.tv_nsec;
	return 0;
}

/* clock_nanosleep(2) gives its error back and leaves errno alone. */
HOSTCALL int
sleepuntil(const struct timespec *ts)
{
	int error;

	do {
		error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, ts,
		    NULL);
	} while (error == EINTR);
	return error;
}

/* Now plus a duration, at the clock's end at most. */
static int
deadline(int64_t sec, long nsec, struct timespec *ts)
{

	if (clock_gettime(CLOCK_MONOTONIC, ts) == -1)
		return EINVAL;
	if (sec > INT32_MAX)
		sec = INT32_MAX;
	ts->tv_sec += sec;
	ts->tv_nsec += nsec;
	if (ts->tv_nsec >= NSEC) {
		ts->tv_nsec -= NSEC;
		ts->tv_sec++;
	}
	return 0;
}

int
rumpuser_clock_sleep(int which, int64_t sec, long nsec)
{
	struct timespec ts = { .tv_sec = sec, .tv_nsec = nsec };
	int count, error;

	if (nsec < 0 || nsec >= NSEC)
		return rumpuser__errtrans(EINVAL);
	if (which != RUMPUSER_CLOCK_RELWALL && which != RUMPUSER_CLOCK_ABSMONO)
		return rumpuser__errtrans(EINVAL);
	if (sec < 0)
		return 0;
	if (which == RUMPUSER_CLOCK_RELWALL &&
	    (error = deadline(sec, nsec, &ts)) != 0)
		return rumpuser__errtrans(error);

	count = rumpuser__unschedule(NULL);
	error = sleepuntil(&ts);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
