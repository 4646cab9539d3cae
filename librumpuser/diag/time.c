/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time.c - times, durations and rates in words.  Any context.
 * Locking: none.
 */
#include "diag/out.h"
#include "diag/thread.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_str.h>
#pragma GCC visibility pop

#include <time.h>

#define NSEC	INT64_C(1000000000)
#define DAYSEC	INT64_C(86400)

int64_t
rumpuser_time_now(void)
{

	return rumpuser__diag_now();
}

int64_t
rumpuser_time_wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

/*
 * Three significant digits of v / 1000^unit, where 1000^unit <= v; v is
 * rounded to them before the unit is chosen, so that 999 999 ns are 1.00 ms.
 */
static void
fmt_scaled(struct rumpuser_dump *d, uint64_t v, const char *const *units,
    size_t nunits)
{
	uint64_t scale = 1, step = 1, whole, frac;
	size_t unit = 0;

	while (v / step >= 1000)
		step *= 10;
	/* Half up; no overflow, since step is far below what v leaves. */
	v = v - v % step + (v % step >= step - step / 2 && step > 1 ? step : 0);
	while (unit + 1 < nunits && v / scale >= 1000) {
		scale *= 1000;
		unit++;
	}
	whole = v / scale;
	frac = v % scale;
	if (unit == 0 || whole >= 100)
		rumpuser_dump_printf(d, "%lu", (unsigned long)whole);
	else if (whole >= 10)
		rumpuser_dump_printf(d, "%lu.%lu", (unsigned long)whole,
		    (unsigned long)(frac / (scale / 10)));
	else
		rumpuser_dump_printf(d, "%lu.%02lu", (unsigned long)whole,
		    (unsigned long)(frac / (scale / 100)));
	rumpuser_dump_printf(d, " %s", units[unit]);
}

static void
fmt_long(struct rumpuser_dump *d, uint64_t sec)
{
	const unsigned long s = (unsigned long)sec;

	if (s < 3600)
		rumpuser_dump_printf(d, "%lum%02lus", s / 60, s % 60);
	else if (s < (unsigned long)DAYSEC)
		rumpuser_dump_printf(d, "%luh%02lum", s / 3600,
		    s / 60 % 60);
	else
		rumpuser_dump_printf(d, "%lud%02luh",
		    s / (unsigned long)DAYSEC, s / 3600 % 24);
}

char *
rumpuser_time_fmt(char *buf, size_t size, int64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	struct rumpuser_dump d;

	rumpuser__out_mem(&d, buf, size);
	if (ns < 0)
		rumpuser_dump_printf(&d, "-");
	if (v == 0)
		rumpuser_dump_printf(&d, "0 s");
	/* What would be rounded to 60.0 s is a minute. */
	else if (v < 59950000000)
		fmt_scaled(&d, v, units, __arraycount(units));
	else
		fmt_long(&d, (v + NSEC / 2) / NSEC);
	return buf;
}

/*
 * The Gregorian calendar: years begin in March, so that the leap day is the
 * last one; 400 years have 146097 days.
 */
static int64_t
floordiv(int64_t a, int64_t b)
{

	return a / b - (a % b < 0);
}

static void
civil_from_days(int64_t days, struct rumpuser_calendar *cal)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;		/* from 0000-03-01 */
	era = floordiv(days, 146097);
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	cal->cal_day = (int)(doy - (153 * mp + 2) / 5 + 1);
	cal->cal_month = (int)(mp < 10 ? mp + 3 : mp - 9);
	cal->cal_year = yoe + era * 400 + (cal->cal_month <= 2);
}

static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t era, yoe, doy;

	year += floordiv(month - 1, 12);
	month = (int)(month - 1 - floordiv(month - 1, 12) * 12) + 1;
	year -= month <= 2;
	era = floordiv(year, 400);
	yoe = year - era * 400;
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void
rumpuser_time_calendar(int64_t wall, struct rumpuser_calendar *cal)
{
	const int64_t sec = floordiv(wall, NSEC);
	const int64_t days = floordiv(sec, DAYSEC);
	const int rest = (int)(sec - days * DAYSEC);

	civil_from_days(days, cal);
	cal->cal_hour = rest / 3600;
	cal->cal_min = rest / 60 % 60;
	cal->cal_sec = rest % 60;
	/* The first of January 1970 was a Thursday. */
	cal->cal_weekday = (int)(days + 4 - floordiv(days + 4, 7) * 7);
	cal->cal_nsec = (int)(wall % NSEC + (wall % NSEC < 0 ? NSEC : 0));
}

int64_t
rumpuser_time_fromcalendar(const struct rumpuser_calendar *cal)
{
	const int64_t days = days_from_civil(cal->cal_year, cal->cal_month,
	    cal->cal_day);

	/* The first second there is begins before the first nanosecond. */
	return (int64_t)(((__int128)days * DAYSEC +
	    cal->cal_hour * INT64_C(3600) + cal->cal_min * INT64_C(60) +
	    cal->cal_sec) * NSEC + cal->cal_nsec);
}

char *
rumpuser_time_fmtwall(char *buf, size_t size, int64_t wall)
{
	struct rumpuser_calendar cal;
	struct rumpuser_dump d;

	rumpuser_time_calendar(wall, &cal);
	rumpuser__out_mem(&d, buf, size);
	rumpuser_dump_printf(&d, "%04ld-%02d-%02dT%02d:%02d:%02d.%09dZ",
	    (long)cal.cal_year, cal.cal_month, cal.cal_day, cal.cal_hour,
	    cal.cal_min, cal.cal_sec, cal.cal_nsec);
	return buf;
}

/* count * mul / ns, rounded, at most the largest number. */
static uint64_t
muldiv(uint64_t count, uint64_t mul, int64_t ns)
{
	const unsigned __int128 v = ((unsigned __int128)count * mul +
	    (uint64_t)ns / 2) / (uint64_t)ns;

	return v > UINT64_MAX ? UINT64_MAX : (uint64_t)v;
}

uint64_t
rumpuser_rate(uint64_t count, int64_t ns)
{

	return ns > 0 ? muldiv(count, NSEC, ns) : 0;
}

char *
rumpuser_rate_fmt(char *buf, size_t size, uint64_t count, int64_t ns)
{
	static const char *const units[] = { "/s", "k/s", "M/s", "G/s",
	    "T/s", "P/s", "E/s" };
	static const char *const slow[] = { "u/s", "m/s", "/s" };
	struct rumpuser_dump d;
	uint64_t rate;

	rumpuser__out_mem(&d, buf, size);
	if (ns <= 0 || count == 0)
		rumpuser_dump_printf(&d, "0 /s");
	else if ((rate = rumpuser_rate(count, ns)) >= 100)
		fmt_scaled(&d, rate, units, __arraycount(units));
	else
		fmt_scaled(&d, muldiv(count, NSEC * 1000000, ns), slow,
		    __arraycount(slow));
	return buf;
}
