/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendar arithmetic of the Gregorian calendar. */
#ifndef _SYS_CLOCK_H_
#define _SYS_CLOCK_H_

#include <sys/types.h>

#define SECS_PER_MINUTE	60
#define SECS_PER_HOUR	3600
#define SECS_PER_DAY	86400
#define DAYS_PER_COMMON_YEAR	365
#define DAYS_PER_LEAP_YEAR	366
#define SECS_PER_COMMON_YEAR	(SECS_PER_DAY * DAYS_PER_COMMON_YEAR)
#define SECS_PER_LEAP_YEAR	(SECS_PER_DAY * DAYS_PER_LEAP_YEAR)

static __inline int __unused
is_leap_year(uint64_t year)
{

	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of month m (1..12) of a common year. */
static __inline int __unused
days_in_month(int m)
{

	switch (m) {
	case 2:
		return 28;
	case 4: case 6: case 9: case 11:
		return 30;
	case 1: case 3: case 5: case 7: case 8: case 10: case 12:
		return 31;
	default:
		return -1;
	}
}

static __inline int __unused
days_per_year(uint64_t year)
{

	return is_leap_year(year) ? DAYS_PER_LEAP_YEAR : DAYS_PER_COMMON_YEAR;
}

#endif /* _SYS_CLOCK_H_ */
