/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages, the exit status, progress on a terminal, and allocation that
 * ends the program when memory is out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fsu.h"

#define	PROGRESS_FIRST_MS	1500	/* say nothing before this */
#define	PROGRESS_EVERY_MS	250

const char *fsu_prog = "fsu";
int fsu_status;

static struct {
	bool on;		/* standard error is a terminal */
	bool shown;
	struct timespec start;
	int64_t last;
	uint64_t files, bytes, ticks;
} prog;

static void
progress_clear(void)
{
	if (!prog.shown)
		return;
	if (write(STDERR_FILENO, "\r\033[K", 4) < 0)
		prog.on = false;
	prog.shown = false;
}

static void
vmsg(const char *fmt, va_list ap, int error)
{
	char buf[8192];
	int n, len;

	progress_clear();
	len = snprintf(buf, sizeof(buf), "%s: ", fsu_prog);
	n = vsnprintf(buf + len, sizeof(buf) - (size_t)len, fmt, ap);
	if (n < 0)
		return;
	len += n;
	if ((size_t)len > sizeof(buf) - 256)
		len = (int)sizeof(buf) - 256;
	if (error != 0)
		len += snprintf(buf + len, 200, ": %s", strerror(error));
	buf[len++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, buf, (size_t)len) < 0)
		return;
}

/* Record that something failed; the worst status wins. */
void
fsu_fail(int status)
{

	if (status > fsu_status)
		fsu_status = status;
}

/* The warn pair leaves the exit status alone, the err pair makes it 1. */
void
fsu_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vmsg(fmt, ap, error);
	va_end(ap);
}

void
fsu_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmsg(fmt, ap, 0);
	va_end(ap);
}

void
fsu_err(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vmsg(fmt, ap, error);
	va_end(ap);
	fsu_fail(1);
}

void
fsu_errx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmsg(fmt, ap, 0);
	va_end(ap);
	fsu_fail(1);
}

void
fsu_die(int status, const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vmsg(fmt, ap, error);
	va_end(ap);
	_exit(status);
}

void
fsu_diex(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmsg(fmt, ap, 0);
	va_end(ap);
	_exit(status);
}

static void
nomem(void)
{

	fsu_diex(2, "memory exhausted");
}

void *
xmalloc(size_t n)
{
	void *p = malloc(n != 0 ? n : 1);

	if (p == NULL)
		nomem();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size);

	if (p == NULL)
		nomem();
	return p;
}

void *
xrealloc(void *old, size_t n)
{
	void *p = realloc(old, n != 0 ? n : 1);

	if (p == NULL)
		nomem();
	return p;
}

/*
 * Make an array of *cap items of the given size hold at least `need' of
 * them, growing by half.
 */
void *
xgrow(void *p, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap;

	if (need <= n)
		return p;
	if (n < 16)
		n = 16;
	while (n < need)
		n += n / 2;
	if (n > SIZE_MAX / size)
		nomem();
	*cap = n;
	return xrealloc(p, n * size);
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

void
progress_init(void)
{

	prog.on = isatty(STDERR_FILENO) == 1;
	clock_gettime(CLOCK_MONOTONIC, &prog.start);
	prog.last = PROGRESS_FIRST_MS - PROGRESS_EVERY_MS;
}

/* Count work done; now and then, on a terminal, show the sum. */
void
progress_add(uint64_t files, uint64_t bytes)
{
	char line[128], size[32];
	struct timespec now;
	int64_t ms;
	int n;

	prog.files += files;
	prog.bytes += bytes;
	if (!prog.on || (bytes == 0 && (++prog.ticks & 63) != 0))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)(now.tv_sec - prog.start.tv_sec) * 1000 +
	    (now.tv_nsec - prog.start.tv_nsec) / 1000000;
	if (ms < prog.last + PROGRESS_EVERY_MS)
		return;
	prog.last = ms;
	n = snprintf(line, sizeof(line), "\r%s: %" PRIu64 " files, %s, %"
	    PRId64 " s\033[K", fsu_prog, prog.files,
	    human_size(prog.bytes, size, sizeof(size)), ms / 1000);
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		prog.on = false;
	prog.shown = true;
}

void
progress_end(void)
{

	progress_clear();
	prog.on = false;
}
