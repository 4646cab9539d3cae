/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendar time, as hardware clocks and file systems keep it; todr(9). */
#ifndef _DEV_CLOCK_SUBR_H_
#define _DEV_CLOCK_SUBR_H_

#include <sys/types.h>
#include <sys/clock.h>

struct clock_ymdhms {
	uint64_t	dt_year;	/* of the Gregorian calendar */
	uint8_t		dt_mon;		/* 1..12 */
	uint8_t		dt_day;		/* 1..31 */
	uint8_t		dt_wday;	/* 0 is Sunday */
	uint8_t		dt_hour;
	uint8_t		dt_min;
	uint8_t		dt_sec;
};

#define POSIX_BASE_YEAR	1970

__BEGIN_DECLS
/* Seconds since the Epoch of a date, -1 if it is before the Epoch. */
time_t	clock_ymdhms_to_secs(struct clock_ymdhms *);
/* The date of a number of seconds since the Epoch; EINVAL if negative. */
int	clock_secs_to_ymdhms(time_t, struct clock_ymdhms *);
__END_DECLS

#define FROMBCD(x)	(((x) >> 4) * 10 + ((x) & 0xf))
#define TOBCD(x)	(((x) / 10 * 16) + ((x) % 10))
#define bcdtobin(x)	FROMBCD(x)
#define bintobcd(x)	TOBCD(x)

#endif /* _DEV_CLOCK_SUBR_H_ */
