/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_str.c - strings, arrays, times and rates in words, log lines, host
 * sockets, commands.
 */
#include "stub.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rumpuser_log.h>
#include <rump/rumpuser_sock.h>
#include <rump/rumpuser_str.h>

enum { NB_EBADF = 9, NB_EINVAL = 22, NB_ENOTSOCK = 38, NB_EOVERFLOW = 84,
    NB_E2BIG = 7 };

/*
 * Strings.
 */

static struct rumpuser_str *
str(const char *text, size_t room)
{
	struct rumpuser_str *s;

	ck_assert_int_eq(rumpuser_str_make(&s, text, strlen(text), room), 0);
	return s;
}

START_TEST(concat)
{
	struct rumpuser_str *a, *b, *s;

	/* Room in the first, in the second, in neither. */
	a = str("abc", 100);
	b = str("defg", 0);
	ck_assert_int_eq(rumpuser_str_concat(a, b, &s), 0);
	ck_assert_ptr_eq(s, a);
	ck_assert_str_eq(rumpuser_str_data(s), "abcdefg");
	rumpuser_str_free(s);

	a = str("0123456789012345678901234567890123456789", 0);
	b = str("xyz", 200);
	ck_assert_uint_lt(a->st_cap - a->st_len, 3);
	ck_assert_int_eq(rumpuser_str_concat(a, b, &s), 0);
	ck_assert_ptr_eq(s, b);
	ck_assert_str_eq(rumpuser_str_data(s),
	    "0123456789012345678901234567890123456789xyz");
	ck_assert_uint_eq(s->st_len, 43);
	rumpuser_str_free(s);

	a = str("0123456789012345678901234567890123456789", 0);
	b = str("abcdefghijabcdefghijabcdefghijabcdefghij", 0);
	ck_assert_int_eq(rumpuser_str_concat(a, b, &s), 0);
	ck_assert_uint_eq(s->st_len, 80);
	ck_assert_int_eq(strncmp(rumpuser_str_data(s) + 38, "89abc", 5), 0);

	ck_assert_int_eq(rumpuser_str_concat(NULL, s, &a), 0);
	ck_assert_ptr_eq(a, s);
	ck_assert_int_eq(rumpuser_str_concat(s, NULL, &a), 0);
	ck_assert_ptr_eq(a, s);
	rumpuser_str_free(s);
	ck_assert_int_eq(rumpuser_str_concat(NULL, NULL, &a), 0);
	ck_assert_ptr_null(a);
	ck_assert_str_eq(rumpuser_str_data(NULL), "");
	rumpuser_str_free(NULL);
}
END_TEST

START_TEST(append)
{
	struct rumpuser_str *s = NULL;
	int i;

	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(rumpuser_str_printf(&s, "%d,", i), 0);
	ck_assert_uint_eq(s->st_len, 10 * 2 + 90 * 3 + 900 * 4);
	ck_assert_int_eq(strncmp(rumpuser_str_data(s), "0,1,2,", 6), 0);
	ck_assert_str_eq(rumpuser_str_data(s) + s->st_len - 4, "999,");
	/* Its own bytes, which move. */
	ck_assert_int_eq(rumpuser_str_add(&s, s->st_data, s->st_len), 0);
	ck_assert_uint_eq(s->st_len, 2 * (10 * 2 + 90 * 3 + 900 * 4));
	ck_assert_int_eq(memcmp(s->st_data, s->st_data + s->st_len / 2,
	    s->st_len / 2), 0);
	/* A NUL is a byte like others. */
	ck_assert_int_eq(rumpuser_str_add(&s, "\0x", 2), 0);
	ck_assert_int_eq(s->st_data[s->st_len - 1], 'x');
	ck_assert_int_ne(rumpuser_str_add(&s, "x", SIZE_MAX), 0);
	rumpuser_str_free(s);
}
END_TEST

START_TEST(arrays)
{
	void *p = NULL;
	size_t cap = 0, i;

	ck_assert_int_eq(rumpuser_array_alloc(10, 8, &p), 0);
	for (i = 0; i < 80; i++)
		ck_assert_int_eq(((char *)p)[i], 0);
	rumpuser_array_free(p);
	ck_assert_int_eq(rumpuser_array_alloc(0, 8, &p), 0);
	rumpuser_array_free(p);
	ck_assert_int_eq(rumpuser_array_alloc(SIZE_MAX / 2, 3, &p),
	    NB_EOVERFLOW);
	ck_assert_int_eq(rumpuser_record_alloc(16, SIZE_MAX / 8, 8, &p),
	    NB_EOVERFLOW);
	ck_assert_int_eq(rumpuser_record_alloc(16, 4, 8, &p), 0);
	memset(p, 1, 48);
	rumpuser_array_free(p);

	p = NULL;
	for (i = 1; i <= 1000; i++) {
		ck_assert_int_eq(rumpuser_array_grow(&p, &cap, i, 4), 0);
		ck_assert_uint_ge(cap, i);
		ck_assert_int_eq(((int *)p)[i - 1], 0);
		((int *)p)[i - 1] = (int)i;
	}
	ck_assert_int_eq(((int *)p)[0], 1);
	ck_assert_int_eq(rumpuser_array_grow(&p, &cap, SIZE_MAX / 2, 4),
	    NB_EOVERFLOW);
	rumpuser_array_free(p);

	ck_assert_int_eq(rumpuser_inside(0, 10, 10), 1);
	ck_assert_int_eq(rumpuser_inside(10, 0, 10), 1);
	ck_assert_int_eq(rumpuser_inside(1, 10, 10), 0);
	ck_assert_int_eq(rumpuser_inside(11, 0, 10), 0);
	ck_assert_int_eq(rumpuser_inside(5, UINT64_MAX, 10), 0);
	ck_assert_int_eq(rumpuser_inside(UINT64_MAX, 2, 10), 0);
}
END_TEST

/*
 * Time.
 */

START_TEST(durations)
{
	static const struct {
		int64_t ns;
		const char *text;
	} known[] = {
		{ 0, "0 s" }, { 1, "1 ns" }, { 999, "999 ns" },
		{ 1000, "1.00 us" }, { 1499, "1.50 us" }, { 1500, "1.50 us" },
		{ 12345, "12.3 us" }, { 123456, "123 us" },
		{ 999499, "999 us" }, { 999500, "1.00 ms" },
		{ 999999, "1.00 ms" }, { RUMPUSER_MSEC(12), "12.0 ms" },
		{ 12349999, "12.3 ms" }, { 12350000, "12.4 ms" },
		{ RUMPUSER_SEC(1), "1.00 s" }, { 59940000000, "59.9 s" },
		{ 59950000000, "1m00s" }, { RUMPUSER_MIN(1), "1m00s" },
		{ RUMPUSER_SEC(65), "1m05s" },
		{ RUMPUSER_MIN(60) - 1, "1h00m" },
		{ RUMPUSER_HOUR(2) + RUMPUSER_MIN(3), "2h03m" },
		{ RUMPUSER_DAY(3) + RUMPUSER_HOUR(4), "3d04h" },
		{ -RUMPUSER_SEC(1), "-1.00 s" },
		{ INT64_MAX, "106751d23h" }, { INT64_MIN, "-106751d23h" },
	};
	char buf[16], small[4];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert_str_eq(rumpuser_time_fmt(buf, sizeof(buf),
		    known[i].ns), known[i].text);
	ck_assert_str_eq(rumpuser_time_fmt(small, sizeof(small), 123456),
	    "123");
}
END_TEST

START_TEST(calendar)
{
	struct rumpuser_calendar cal;
	char buf[40], want[40];
	int64_t t, i;
	struct tm tm;
	time_t sec;

	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf), 0),
	    "1970-01-01T00:00:00.000000000Z");
	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf), -1),
	    "1969-12-31T23:59:59.999999999Z");
	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf),
	    RUMPUSER_SEC(951782400) + 5), "2000-02-29T00:00:00.000000005Z");
	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf), INT64_MAX),
	    "2262-04-11T23:47:16.854775807Z");
	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf), INT64_MIN),
	    "1677-09-21T00:12:43.145224192Z");
	rumpuser_time_calendar(INT64_MIN, &cal);
	ck_assert_int_eq(rumpuser_time_fromcalendar(&cal), INT64_MIN);
	/* The host's calendar says the same, and back it comes. */
	for (i = -9000; i < 9000; i++) {
		t = i * RUMPUSER_DAY(11) + i * 12345678987;
		rumpuser_time_calendar(t, &cal);
		sec = (time_t)((t - cal.cal_nsec) / 1000000000);
		ck_assert_ptr_nonnull(gmtime_r(&sec, &tm));
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		rumpuser_time_fmtwall(buf, sizeof(buf), t);
		ck_assert_int_eq(strncmp(buf, want, strlen(want)), 0);
		ck_assert_int_eq(cal.cal_weekday, tm.tm_wday);
		ck_assert_int_eq(rumpuser_time_fromcalendar(&cal), t);
	}
	/* The 31st of April is the 1st of May; month 14 is next February. */
	cal = (struct rumpuser_calendar){ .cal_year = 2026, .cal_month = 4,
	    .cal_day = 31 };
	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf),
	    rumpuser_time_fromcalendar(&cal)),
	    "2026-05-01T00:00:00.000000000Z");
	cal.cal_month = 14;
	cal.cal_day = 1;
	ck_assert_str_eq(rumpuser_time_fmtwall(buf, sizeof(buf),
	    rumpuser_time_fromcalendar(&cal)),
	    "2027-02-01T00:00:00.000000000Z");
}
END_TEST

START_TEST(clocks)
{
	int64_t last = rumpuser_time_now(), t;
	int i;

	for (i = 0; i < 10000; i++) {
		t = rumpuser_time_now();
		ck_assert_int_ge(t, last);
		last = t;
	}
	t = rumpuser_time_wall() / 1000000000 - time(NULL);
	ck_assert_int_ge(t, -1);
	ck_assert_int_le(t, 1);
}
END_TEST

START_TEST(rates)
{
	char buf[16];

	ck_assert_uint_eq(rumpuser_rate(0, 1000), 0);
	ck_assert_uint_eq(rumpuser_rate(10, 0), 0);
	ck_assert_uint_eq(rumpuser_rate(10, -5), 0);
	ck_assert_uint_eq(rumpuser_rate(1500, RUMPUSER_SEC(1)), 1500);
	ck_assert_uint_eq(rumpuser_rate(UINT64_MAX, 1), UINT64_MAX);
	ck_assert_uint_eq(rumpuser_rate(UINT64_MAX, RUMPUSER_SEC(1)),
	    UINT64_MAX);
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), 0, 5), "0 /s");
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), 999,
	    RUMPUSER_SEC(1)), "999 /s");
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), 1234,
	    RUMPUSER_SEC(1)), "1.23 k/s");
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), 45600000,
	    RUMPUSER_SEC(1)), "45.6 M/s");
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), 3,
	    RUMPUSER_SEC(2)), "1.50 /s");
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), 1,
	    RUMPUSER_SEC(80)), "12.5 m/s");
	ck_assert_str_eq(rumpuser_rate_fmt(buf, sizeof(buf), UINT64_MAX, 1),
	    "18.4 E/s");
}
END_TEST

/*
 * Commands.
 */

START_TEST(shell)
{
	struct rumpuser_str *s = NULL;
	int status;

	stub_init();
	ck_assert_int_eq(rumpuser_shell("echo hello; echo err >&2; exit 3", &s,
	    &status), 0);
	ck_assert_str_eq(rumpuser_str_data(s), "hello\nerr\n");
	ck_assert_int_eq(status, 3);
	ck_assert_int_eq(stub_hascpu(), 1);
	rumpuser_str_free(s);
	s = NULL;
	ck_assert_int_eq(rumpuser_shell("kill -9 $$", &s, &status), 0);
	ck_assert_int_eq(status, 137);
	ck_assert_ptr_null(s);
	ck_assert_int_eq(rumpuser_shell("head -c 3000000 /dev/zero", &s,
	    &status), 0);
	ck_assert_uint_eq(s->st_len, 1 << 20);
	rumpuser_str_free(s);
	ck_assert_int_eq(rumpuser_shell("cat", NULL, &status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

/*
 * Sockets.
 */

START_TEST(triage)
{

	ck_assert_int_eq(rumpuser_sock_triage(0), RUMPUSER_SOCK_RETRY);
	ck_assert_int_eq(rumpuser_sock_triage(EAGAIN), RUMPUSER_SOCK_RETRY);
	ck_assert_int_eq(rumpuser_sock_triage(EINTR), RUMPUSER_SOCK_RETRY);
	ck_assert_int_eq(rumpuser_sock_triage(EINPROGRESS),
	    RUMPUSER_SOCK_RETRY);
	ck_assert_int_eq(rumpuser_sock_triage(ECONNRESET),
	    RUMPUSER_SOCK_CLOSE);
	ck_assert_int_eq(rumpuser_sock_triage(EPIPE), RUMPUSER_SOCK_CLOSE);
	ck_assert_int_eq(rumpuser_sock_triage(ETIMEDOUT),
	    RUMPUSER_SOCK_CLOSE);
	ck_assert_int_eq(rumpuser_sock_triage(EBADF), RUMPUSER_SOCK_PANIC);
	ck_assert_int_eq(rumpuser_sock_triage(EFAULT), RUMPUSER_SOCK_PANIC);
}
END_TEST

/* Two ends of a TCP connection on the loopback interface. */
static void
tcp_pair(int fds[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int lfd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	lfd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ne(lfd, -1);
	ck_assert_int_eq(bind(lfd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(lfd, 1), 0);
	ck_assert_int_eq(getsockname(lfd, (struct sockaddr *)&sin, &len), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&sin, len), 0);
	fds[1] = accept(lfd, NULL, NULL);
	ck_assert_int_ne(fds[1], -1);
	close(lfd);
}

static long
value(const char *line, const char *key)
{
	char want[32];
	const char *p;

	snprintf(want, sizeof(want), " %s=", key);
	p = strstr(line, want);
	ck_assert_msg(p != NULL, "no %s in %s", key, line);
	return strtol(p + strlen(want), NULL, 10);
}

START_TEST(tcpinfo)
{
	char buf[400], data[1000] = "";
	int fds[2], v;

	tcp_pair(fds);
	ck_assert_int_eq(send(fds[0], data, sizeof(data), 0), 1000);
	ck_assert_int_eq(recv(fds[1], data, sizeof(data), MSG_WAITALL), 1000);
	ck_assert_int_eq(rumpuser_sock_tcpinfo(fds[0], buf, sizeof(buf)), 0);
	ck_assert_int_eq(strncmp(buf, "state=ESTABLISHED ", 18), 0);
	ck_assert_int_gt(value(buf, "mss"), 500);
	ck_assert_int_gt(value(buf, "rtt"), 0);
	ck_assert_int_gt(value(buf, "cwnd"), 0);
	ck_assert_int_eq(rumpuser_sock_tcpinfo(fds[0], buf, 10), NB_E2BIG);
	ck_assert_str_eq(buf, "state=EST");
	ck_assert_int_eq(rumpuser_sock_tcpinfo(-1, buf, sizeof(buf)),
	    NB_EBADF);

	ck_assert_int_eq(rumpuser_sock_setopt(fds[0],
	    RUMPUSER_SOCKOPT_NODELAY, 1), 0);
	ck_assert_int_eq(rumpuser_sock_getopt(fds[0],
	    RUMPUSER_SOCKOPT_NODELAY, &v), 0);
	ck_assert_int_eq(v, 1);
	ck_assert_int_eq(rumpuser_sock_getopt(fds[0], RUMPUSER_SOCKOPT_TYPE,
	    &v), 0);
	ck_assert_int_eq(v, SOCK_STREAM);
	ck_assert_int_eq(rumpuser_sock_getopt(fds[0], RUMPUSER_SOCKOPT_LINGER,
	    &v), 0);
	ck_assert_int_eq(v, -1);
	ck_assert_int_eq(rumpuser_sock_setopt(fds[0], RUMPUSER_SOCKOPT_LINGER,
	    0), 0);
	ck_assert_int_eq(rumpuser_sock_getopt(fds[0], RUMPUSER_SOCKOPT_LINGER,
	    &v), 0);
	ck_assert_int_eq(v, 0);
	ck_assert_int_eq(rumpuser_sock_setopt(fds[0], RUMPUSER_SOCKOPT_TYPE,
	    1), NB_EINVAL);
	ck_assert_int_eq(rumpuser_sock_setopt(fds[0], 99, 1), NB_EINVAL);
	ck_assert_int_eq(rumpuser_sock_getopt(STDIN_FILENO, -1, &v),
	    NB_EINVAL);

	/* A reset, as the host reports it. */
	close(fds[0]);
	v = recv(fds[1], data, 1, 0) == -1 ? errno : 0;
	ck_assert_int_eq(v, ECONNRESET);
	ck_assert_int_eq(rumpuser_sock_triage(v), RUMPUSER_SOCK_CLOSE);
	v = recv(fds[1], data, 1, MSG_DONTWAIT) == 0 ? 0 : errno;
	close(fds[1]);
}
END_TEST

/*
 * Log.
 */

static RUMPUSER_LOGCLASS(one, "one");
static RUMPUSER_LOGCLASS(two, "two");

static char lines[4000];
static int evaluated;

static void
collect(void *arg, unsigned int level, const char *line, size_t len)
{

	ck_assert_uint_eq(strlen(line), len);
	ck_assert_uint_ne(level, 0);
	ck_assert_ptr_eq(arg, &lines);
	strcat(lines, line);
}

static int
eval(void)
{

	return ++evaluated;
}

static void
all_levels(void)
{

	lines[0] = '\0';
	rumpuser_log(&one, ERROR, "e%d", eval());
	rumpuser_log(&one, WARN, "w%d", eval());
	rumpuser_log(&one, NOTICE, "n%d", eval());
	rumpuser_log(&one, TRACE, "t%d", eval());
	rumpuser_log(&one, VERBOSE, "v%d", eval());
	rumpuser_log(&one, SYSCALL, "s%d", eval());
}

static int
has(const char *level)
{
	char want[40];

	snprintf(want, sizeof(want), " one %s: ", level);
	return strstr(lines, want) != NULL;
}

START_TEST(log_levels)
{

	rumpuser_log_sink(collect, &lines);
	all_levels();
	ck_assert(has("error") && has("warn") && has("notice"));
	ck_assert(!has("trace") && !has("verbose") && !has("syscall"));

	ck_assert_int_eq(rumpuser_log_set("warn"), 0);
	evaluated = 0;
	all_levels();
	ck_assert(has("error") && has("warn") && !has("notice"));
	ck_assert_int_eq(evaluated, 2);
	ck_assert_int_eq(rumpuser_log_set("none,one=error+syscall"), 0);
	all_levels();
	ck_assert(has("error") && !has("warn") && has("syscall"));
	ck_assert(!rumpuser_log_on(&two, RUMPUSER_LOG_ERROR));
	ck_assert_int_eq(rumpuser_log_set("two=verbose"), 0);
	ck_assert(rumpuser_log_on(&two, RUMPUSER_LOG_VERBOSE));
	ck_assert(!rumpuser_log_on(&two, RUMPUSER_LOG_SYSCALL));
	ck_assert_int_eq(rumpuser_log_set("all"), 0);
	all_levels();
	ck_assert(has("verbose") && has("trace") && has("syscall"));

	ck_assert_int_eq(rumpuser_log_set("loud"), NB_EINVAL);
	ck_assert_int_eq(rumpuser_log_set("one=warn+"), NB_EINVAL);
	ck_assert_int_eq(rumpuser_log_set("one="), NB_EINVAL);
	all_levels();
	ck_assert(has("verbose"));
	ck_assert_int_eq(rumpuser_log_set(NULL), 0);
	all_levels();
	ck_assert(has("notice") && !has("trace"));
}
END_TEST

START_TEST(log_line)
{
	static char big[3000];
	long sec, usec, tid;
	char level[20], cls[20], text[40];

	rumpuser_log_sink(collect, &lines);
	lines[0] = '\0';
	errno = 12345;
	rumpuser_log(&one, WARN, "hello %s", "world");
	ck_assert_int_eq(errno, 12345);
	ck_assert_int_eq(sscanf(lines, "%ld.%6ld %ld %19s %19[a-z]: %39[^\n]",
	    &sec, &usec, &tid, cls, level, text), 6);
	ck_assert_int_eq(tid, syscall(SYS_gettid));
	ck_assert_str_eq(cls, "one");
	ck_assert_str_eq(level, "warn");
	ck_assert_str_eq(text, "hello world");
	ck_assert_int_eq(lines[strlen(lines) - 1], '\n');
	ck_assert_int_le(sec, rumpuser_time_now() / 1000000000);
	memset(big, 'x', sizeof(big) - 1);
	lines[0] = '\0';
	rumpuser_log(&one, WARN, "%s", big);
	ck_assert_uint_lt(strlen(lines), 1000);
	ck_assert_str_eq(lines + strlen(lines) - 4, "...\n");
}
END_TEST

#undef RUMPUSER_LOG_COMPILED
#define RUMPUSER_LOG_COMPILED RUMPUSER_LOG_ERROR

START_TEST(log_compiled)
{

	rumpuser_log_sink(collect, &lines);
	ck_assert_int_eq(rumpuser_log_set("all"), 0);
	lines[0] = '\0';
	evaluated = 0;
	rumpuser_log(&one, WARN, "w%d", eval());
	rumpuser_log(&one, ERROR, "e%d", eval());
	ck_assert_int_eq(evaluated, 1);
	ck_assert(has("error") && !has("warn"));
}
END_TEST

#undef RUMPUSER_LOG_COMPILED
#define RUMPUSER_LOG_COMPILED RUMPUSER_LOG_ALL

static void
in_environment(const char *env, const char *want, const char *unwanted)
{
	char cmd[4400], self[4096] = "";
	struct rumpuser_str *s = NULL;
	int status;

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1),
	    0);
	snprintf(cmd, sizeof(cmd), "RUMP_LOG=%s '%s' log", env, self);
	ck_assert_int_eq(rumpuser_shell(cmd, &s, &status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_msg(strstr(rumpuser_str_data(s), want) != NULL, "%s",
	    rumpuser_str_data(s));
	ck_assert_msg(strstr(rumpuser_str_data(s), unwanted) == NULL, "%s",
	    rumpuser_str_data(s));
	rumpuser_str_free(s);
}

START_TEST(log_environment)
{

	in_environment("none,two=trace", " two trace: in two\n", " one ");
	in_environment("verbose", " one trace: in one\n", "not understood");
	in_environment("bogus", "RUMP_LOG=bogus is not understood", " trace");
}
END_TEST

static void *
log_many(void *arg)
{
	int i;

	for (i = 0; i < 500; i++) {
		rumpuser_log(&one, NOTICE, "%d", i);
		if (i % 100 == 0)
			(void)rumpuser_log_set(arg != NULL ? "two=all" :
			    NULL);
	}
	return NULL;
}

static int nlines;

static void
count_lines(void *arg, unsigned int level, const char *line, size_t len)
{

	nlines++;
}

START_TEST(log_threads)
{
	pthread_t pt[4];
	int i;

	rumpuser_log_sink(count_lines, NULL);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&pt[i], NULL, log_many,
		    i == 0 ? &lines : NULL), 0);
	for (i = 0; i < 4; i++)
		pthread_join(pt[i], NULL);
	ck_assert_int_eq(nlines, 2000);
}
END_TEST

int
main(int argc, char *argv[])
{
	TCase *tc;
	Suite *s;
	SRunner *sr;
	int failed;

	if (argc > 1 && strcmp(argv[1], "log") == 0) {
		rumpuser_log(&one, TRACE, "in one");
		rumpuser_log(&two, TRACE, "in two");
		return 0;
	}
	s = suite_create("rumpuser strings");
	tc = tcase_create("strings");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, concat);
	tcase_add_test(tc, append);
	tcase_add_test(tc, arrays);
	tcase_add_test(tc, durations);
	tcase_add_test(tc, calendar);
	tcase_add_test(tc, clocks);
	tcase_add_test(tc, rates);
	tcase_add_test(tc, shell);
	tcase_add_test(tc, triage);
	tcase_add_test(tc, tcpinfo);
	tcase_add_test(tc, log_levels);
	tcase_add_test(tc, log_line);
	tcase_add_test(tc, log_compiled);
	tcase_add_test(tc, log_environment);
	tcase_add_test(tc, log_threads);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
