/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.c - the two clocks and sleeping: the hypercalls, and the operations
 * of the posix provider under them.  Locking: none.
 */
#include "host.h"
#include "raw.h"

#include <time.h>

#define NSEC	1000000000L

int
rumpuser__raw_clock(struct rumpuser_provider *p, int which, int64_t *secp,
    long *nsecp)
{
	struct timespec ts;

	if (clock_gettime(which == RUMPUSER_CLOCK_RELWALL ? CLOCK_REALTIME :
	    CLOCK_MONOTONIC, &ts) == -1)
		return EINVAL;
	*secp = ts.tv_sec;
	*nsecp = ts.tv_nsec;
	return 0;
}

int
rumpuser_clock_gettime(int which, int64_t *secp, long *nsecp)
{

	if (which != RUMPUSER_CLOCK_RELWALL && which != RUMPUSER_CLOCK_ABSMONO)
		return rumpuser__errtrans(EINVAL);
	return rumpuser__errtrans(HOST_CALL(ho_clock, which, secp, nsecp));
}

/* clock_nanosleep(2) gives its error back and leaves errno alone. */
int
rumpuser__raw_sleep(struct rumpuser_provider *p, int64_t until)
{
	const struct timespec ts = { until / NSEC, until % NSEC };
	int error;

	do {
		error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts,
		    NULL);
	} while (error == EINTR);
	return error;
}

HOSTCALL int
sleepuntil(int64_t until)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_sleep, until);
	errno = serrno;
	return error;
}

/* Now plus a duration, at the clock's end at most. */
static int
deadline(int64_t sec, long nsec, int64_t *untilp)
{
	int64_t now;
	long nownsec;
	int error;

	error = HOST_CALL(ho_clock, RUMPUSER_CLOCK_ABSMONO, &now, &nownsec);
	if (error != 0)
		return error;
	if (sec > INT32_MAX)
		sec = INT32_MAX;
	*untilp = (now + sec) * NSEC + nownsec + nsec;
	return 0;
}

int
rumpuser_clock_sleep(int which, int64_t sec, long nsec)
{
	int64_t until;
	int count, error;

	if (nsec < 0 || nsec >= NSEC)
		return rumpuser__errtrans(EINVAL);
	if (which != RUMPUSER_CLOCK_RELWALL && which != RUMPUSER_CLOCK_ABSMONO)
		return rumpuser__errtrans(EINVAL);
	if (sec < 0)
		return 0;
	if (which == RUMPUSER_CLOCK_RELWALL) {
		if ((error = deadline(sec, nsec, &until)) != 0)
			return rumpuser__errtrans(error);
	} else if (sec >= INT64_MAX / NSEC) {
		until = INT64_MAX;
	} else {
		until = sec * NSEC + nsec;
	}

	count = rumpuser__unschedule(NULL);
	error = sleepuntil(until);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
