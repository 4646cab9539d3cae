/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendar arithmetic; no state. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <dev/clock_subr.h>

/*
 * Days are counted in years that begin in March, so that the leap day is the
 * last one, and in eras of 400 years, which are all of one length.
 */
#define ERA_DAYS	146097
#define ERA_EPOCH	719468		/* 0000-03-01 to 1970-01-01 */

static uint64_t
days_of_date(uint64_t year, unsigned int mon, unsigned int day)
{
	uint64_t y = mon <= 2 ? year - 1 : year;
	uint64_t era = y / 400, yoe = y % 400;
	uint64_t doy = (153 * ((mon + 9) % 12) + 2) / 5 + day - 1;

	return era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy;
}

time_t
clock_ymdhms_to_secs(struct clock_ymdhms *dt)
{
	uint64_t days;

	if (dt->dt_year < POSIX_BASE_YEAR || dt->dt_mon < 1 ||
	    dt->dt_mon > 12 || dt->dt_year > (uint64_t)INT64_MAX /
	    SECS_PER_LEAP_YEAR)
		return -1;
	days = days_of_date(dt->dt_year, dt->dt_mon, dt->dt_day) - ERA_EPOCH;
	return (time_t)(((days * 24 + dt->dt_hour) * 60 + dt->dt_min) * 60 +
	    dt->dt_sec);
}

int
clock_secs_to_ymdhms(time_t secs, struct clock_ymdhms *dt)
{
	uint64_t days, rest, era, doe, yoe, doy, mp;

	if (secs < 0)
		return EINVAL;
	days = (uint64_t)secs / SECS_PER_DAY;
	rest = (uint64_t)secs % SECS_PER_DAY;
	dt->dt_wday = (uint8_t)((days + 4) % 7);
	dt->dt_hour = (uint8_t)(rest / SECS_PER_HOUR);
	dt->dt_min = (uint8_t)(rest % SECS_PER_HOUR / SECS_PER_MINUTE);
	dt->dt_sec = (uint8_t)(rest % SECS_PER_MINUTE);
	days += ERA_EPOCH;
	era = days / ERA_DAYS;
	doe = days % ERA_DAYS;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	dt->dt_day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1);
	dt->dt_mon = (uint8_t)(mp < 10 ? mp + 3 : mp - 9);
	dt->dt_year = yoe + era * 400 + (dt->dt_mon <= 2);
	return 0;
}
