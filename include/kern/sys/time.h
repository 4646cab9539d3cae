/* SPDX-License-Identifier: BSD-2-Clause */
/* Times of day, intervals, clocks; conversions between their forms. */
#ifndef _SYS_TIME_H_
#define _SYS_TIME_H_

#include <sys/featuretest.h>
#include <sys/types.h>
#include <sys/timespec.h>

struct timeval {
	time_t		tv_sec;		/* seconds */
	suseconds_t	tv_usec;	/* and microseconds */
};

struct timezone {
	int	tz_minuteswest;		/* minutes west of Greenwich */
	int	tz_dsttime;		/* type of daylight saving */
};

#define DST_NONE	0
#define DST_USA		1
#define DST_AUST	2
#define DST_WET		3
#define DST_MET		4
#define DST_EET		5
#define DST_CAN		6

/* Binary time: seconds and 2^-64 fractions of a second. */
struct bintime {
	time_t		sec;
	uint64_t	frac;
};

static __inline void __unused
bintime_addx(struct bintime *bt, uint64_t x)
{
	uint64_t u;

	u = bt->frac;
	bt->frac += x;
	if (u > bt->frac)
		bt->sec++;
}

static __inline void __unused
bintime_add(struct bintime *bt, const struct bintime *bt2)
{

	bintime_addx(bt, bt2->frac);
	bt->sec += bt2->sec;
}

static __inline void __unused
bintime_sub(struct bintime *bt, const struct bintime *bt2)
{
	uint64_t u;

	u = bt->frac;
	bt->frac -= bt2->frac;
	if (u < bt->frac)
		bt->sec--;
	bt->sec -= bt2->sec;
}

/* 2^64 / 10^9 rounded down, so that fractions never round up to a second. */
#define __BT_PER_NSEC	18446744073ULL
#define __BT_PER_USEC	18446744073709ULL
#define __BT_PER_MSEC	18446744073709551ULL

static __inline void __unused
bintime2timespec(const struct bintime *bt, struct timespec *ts)
{

	ts->tv_sec = bt->sec;
	ts->tv_nsec =
	    (long)((1000000000ULL * (uint32_t)(bt->frac >> 32)) >> 32);
}

static __inline void __unused
timespec2bintime(const struct timespec *ts, struct bintime *bt)
{

	bt->sec = ts->tv_sec;
	bt->frac = (uint64_t)ts->tv_nsec * __BT_PER_NSEC;
}

static __inline void __unused
bintime2timeval(const struct bintime *bt, struct timeval *tv)
{

	tv->tv_sec = bt->sec;
	tv->tv_usec = (suseconds_t)
	    ((1000000ULL * (uint32_t)(bt->frac >> 32)) >> 32);
}

static __inline void __unused
timeval2bintime(const struct timeval *tv, struct bintime *bt)
{

	bt->sec = tv->tv_sec;
	bt->frac = (uint64_t)tv->tv_usec * __BT_PER_USEC;
}

static __inline struct bintime __unused
ms2bintime(uint64_t ms)
{
	struct bintime bt;

	bt.sec = (time_t)(ms / 1000U);
	bt.frac = (ms % 1000U) * __BT_PER_MSEC;
	return bt;
}

static __inline struct bintime __unused
us2bintime(uint64_t us)
{
	struct bintime bt;

	bt.sec = (time_t)(us / 1000000U);
	bt.frac = (us % 1000000U) * __BT_PER_USEC;
	return bt;
}

static __inline struct bintime __unused
ns2bintime(uint64_t ns)
{
	struct bintime bt;

	bt.sec = (time_t)(ns / 1000000000U);
	bt.frac = (ns % 1000000000U) * __BT_PER_NSEC;
	return bt;
}

#define bintimecmp(bta, btb, cmp)					\
	(((bta)->sec == (btb)->sec) ?					\
	    ((bta)->frac cmp (btb)->frac) : ((bta)->sec cmp (btb)->sec))

#define timerclear(tvp)		((tvp)->tv_sec = (tvp)->tv_usec = 0L)
#define timerisset(tvp)		((tvp)->tv_sec || (tvp)->tv_usec)
#define timercmp(tvp, uvp, cmp)						\
	(((tvp)->tv_sec == (uvp)->tv_sec) ?				\
	    ((tvp)->tv_usec cmp (uvp)->tv_usec) :			\
	    ((tvp)->tv_sec cmp (uvp)->tv_sec))
#define timeradd(tvp, uvp, vvp) do {					\
	(vvp)->tv_sec = (tvp)->tv_sec + (uvp)->tv_sec;			\
	(vvp)->tv_usec = (tvp)->tv_usec + (uvp)->tv_usec;		\
	if ((vvp)->tv_usec >= 1000000) {				\
		(vvp)->tv_sec++;					\
		(vvp)->tv_usec -= 1000000;				\
	}								\
} while (/*CONSTCOND*/0)
#define timersub(tvp, uvp, vvp) do {					\
	(vvp)->tv_sec = (tvp)->tv_sec - (uvp)->tv_sec;			\
	(vvp)->tv_usec = (tvp)->tv_usec - (uvp)->tv_usec;		\
	if ((vvp)->tv_usec < 0) {					\
		(vvp)->tv_sec--;					\
		(vvp)->tv_usec += 1000000;				\
	}								\
} while (/*CONSTCOND*/0)

#define ITIMER_REAL		0
#define ITIMER_VIRTUAL		1
#define ITIMER_PROF		2
#define ITIMER_MONOTONIC	3

struct itimerval {
	struct timeval	it_interval;	/* reload value */
	struct timeval	it_value;	/* time to the next expiry */
};

struct itimerspec {
	struct timespec	it_interval;
	struct timespec	it_value;
};

#define CLOCK_REALTIME			0
#define CLOCK_VIRTUAL			1
#define CLOCK_PROF			2
#define CLOCK_MONOTONIC			3
#define CLOCK_THREAD_CPUTIME_ID		0x80000000
#define CLOCK_PROCESS_CPUTIME_ID	0x40000000
#define TIMER_RELTIME			0x0
#define TIMER_ABSTIME			0x1

#ifdef _KERNEL
#include <sys/timevar.h>
#endif

#endif /* _SYS_TIME_H_ */
