/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_str.h - growing strings, arrays that cannot overflow, times and
 * rates in words, the output of a command.  See rumpuser_str(3).
 *
 * Usable from both namespaces; needs no rumpuser_init().  Functions that
 * return int return 0 or an errno value in NetBSD's numbering.  An object
 * belongs to one thread at a time.
 */
#ifndef _RUMP_RUMPUSER_STR_H_
#define _RUMP_RUMPUSER_STR_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Strings: any bytes, with a NUL behind them.  NULL is the empty string.
 */

/** A string in memory that the host layer allocates. */
struct rumpuser_str {
	size_t st_len;			/* bytes, without the NUL */
	size_t st_cap;			/* room for so many, without the NUL */
	char *st_data;
};

/** *@sp gets a string of the @len bytes at @data (NULL: none), with room for
 * at least @room bytes.  ENOMEM. */
int rumpuser_str_make(struct rumpuser_str **sp, const void *data, size_t len,
    size_t room);
/** Free it; NULL is none. */
void rumpuser_str_free(struct rumpuser_str *s);
/** Its bytes and a NUL; "" for NULL.  Until the string is changed. */
const char *rumpuser_str_data(const struct rumpuser_str *s);
/** Add @len bytes to *@sp, which may be NULL and may move.  ENOMEM: it is as
 * it was. */
int rumpuser_str_add(struct rumpuser_str **sp, const void *data, size_t len);
/** Add formatted text, as printf(3) of the host.  ENOMEM; EINVAL: the format
 * is not valid. */
int rumpuser_str_printf(struct rumpuser_str **sp, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/**
 * Both strings in one: *@sp becomes @a followed by @b (either may be NULL),
 * and both are the caller's no longer.  The memory of that is used which has
 * room for it.  ENOMEM: both are as they were, and the caller's.
 */
int rumpuser_str_concat(struct rumpuser_str *a, struct rumpuser_str *b,
    struct rumpuser_str **sp);

/*
 * Memory for arrays and records, zeroed; to be freed by rumpuser_array_free().
 */

/** @n elements of @size bytes.  EOVERFLOW: more than there are addresses;
 * ENOMEM. */
int rumpuser_array_alloc(size_t n, size_t size, void **pp);
/** @head bytes, followed by @n elements of @size bytes.  EOVERFLOW, ENOMEM. */
int rumpuser_record_alloc(size_t head, size_t n, size_t size, void **pp);
/**
 * Room for at least @need elements of @size bytes in the array *@pp (NULL:
 * none yet), which has *@capp; both are updated, what is new is zeroed.  It
 * grows by half at least.  EOVERFLOW, ENOMEM: all is as it was.
 */
int rumpuser_array_grow(void **pp, size_t *capp, size_t need, size_t size);
void rumpuser_array_free(void *p);

/** Are the @len bytes from @off on inside of @size bytes?  Any values. */
static inline int
rumpuser_inside(uint64_t off, uint64_t len, uint64_t size)
{

	return off <= size && len <= size - off;
}

/*
 * Time, in nanoseconds.
 */

#define RUMPUSER_USEC(n)	((int64_t)(n) * 1000)
#define RUMPUSER_MSEC(n)	((int64_t)(n) * 1000000)
#define RUMPUSER_SEC(n)		((int64_t)(n) * 1000000000)
#define RUMPUSER_MIN(n)		RUMPUSER_SEC((int64_t)(n) * 60)
#define RUMPUSER_HOUR(n)	RUMPUSER_MIN((int64_t)(n) * 60)
#define RUMPUSER_DAY(n)		RUMPUSER_HOUR((int64_t)(n) * 24)

/** Now on the monotonic clock, which never goes back.  Any context. */
int64_t rumpuser_time_now(void);
/** Now by the calendar: since 1970-01-01 00:00 UTC.  Any context. */
int64_t rumpuser_time_wall(void);

/**
 * A duration with three significant digits in the unit that suits it:
 * "0 s", "999 ns", "1.50 us", "12.3 ms", "59.9 s", "1m05s", "2h03m", "3d04h",
 * "-1.00 s".  Into @buf of @size bytes (16 do), cut off to fit.  Returns
 * @buf.  Any context.
 */
char *rumpuser_time_fmt(char *buf, size_t size, int64_t ns);

/** A time of the calendar, Gregorian, UTC. */
struct rumpuser_calendar {
	int64_t cal_year;
	int cal_month;			/* 1 to 12 */
	int cal_day;			/* 1 to 31 */
	int cal_hour, cal_min, cal_sec;
	int cal_weekday;		/* 0: Sunday */
	int cal_nsec;
};
/** The fields of @wall (rumpuser_time_wall()); any value.  Any context. */
void rumpuser_time_calendar(int64_t wall, struct rumpuser_calendar *cal);
/** The inverse; fields may be out of range, and carry over. */
int64_t rumpuser_time_fromcalendar(const struct rumpuser_calendar *cal);
/** ISO 8601: "2026-11-26T20:34:34.123456789Z" (40 bytes do).  Returns @buf.
 * Any context. */
char *rumpuser_time_fmtwall(char *buf, size_t size, int64_t wall);

/** @count events in @ns nanoseconds: per second, rounded; at most what fits;
 * @ns not above 0: 0. */
uint64_t rumpuser_rate(uint64_t count, int64_t ns);
/** The same in words: "0 /s", "999 /s", "1.23 k/s", "45.6 M/s" (16 bytes do);
 * "12.3 m/s" and less for slow ones.  Returns @buf.  Any context. */
char *rumpuser_rate_fmt(char *buf, size_t size, uint64_t count, int64_t ns);

/*
 * Commands.
 */

/**
 * Run @command with sh(1), standard input empty, and wait for its end.  *@sp,
 * if @sp is not NULL, gets what it wrote to standard output and error, the
 * first megabyte of it; *@statusp its exit status, 128 + the number of the
 * signal that ended it.  May block.  ENOMEM; EAGAIN: no process.
 */
int rumpuser_shell(const char *command, struct rumpuser_str **sp,
    int *statusp);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_STR_H_ */
