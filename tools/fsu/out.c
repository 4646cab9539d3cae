/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one buffered output stream, for text and for data alike; not stdio,
 * so that every write error is seen and large pieces are not copied.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fsu.h"

static struct {
	int fd;
	bool tty;
	size_t len;
	char buf[64 * 1024];
} out = { .fd = STDOUT_FILENO };

void
out_init(int fd)
{

	out.fd = fd;
	out.tty = isatty(fd) == 1;
}

bool
out_istty(void)
{

	return out.tty;
}

unsigned
out_columns(void)
{
	const char *env = getenv("COLUMNS");
	struct winsize ws;
	unsigned long n;

	if (env != NULL && (n = strtoul(env, NULL, 10)) > 0 && n < 10000)
		return (unsigned)n;
	if (ioctl(out.fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col != 0)
		return ws.ws_col;
	return 80;
}

static void
emit(const char *p, size_t n)
{
	ssize_t done;

	while (n != 0) {
		done = write(out.fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EPIPE) {
			/* The reader has enough: end as others do. */
			signal(SIGPIPE, SIG_DFL);
			raise(SIGPIPE);
			_exit(1);
		}
		if (done < 0)
			fsu_die(1, "write error");
		p += done;
		n -= (size_t)done;
	}
}

void
out_flush(void)
{
	size_t n = out.len;

	out.len = 0;
	emit(out.buf, n);
}

void
out_write(const void *p, size_t n)
{

	if (n > sizeof(out.buf) - out.len)
		out_flush();
	if (n >= sizeof(out.buf)) {
		emit(p, n);
		return;
	}
	memcpy(out.buf + out.len, p, n);
	out.len += n;
}

void
out_zero(uint64_t n)
{
	static const char zeros[4096];
	size_t k;

	for (; n != 0; n -= k) {
		k = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);
		out_write(zeros, k);
	}
}

void
out_str(const char *s)
{

	out_write(s, strlen(s));
}

void
out_chr(char c)
{

	out_write(&c, 1);
}

void
out_printf(const char *fmt, ...)
{
	char tmp[512], *p = tmp;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(tmp)) {
		p = xmalloc((size_t)n + 1);
		va_start(ap, fmt);
		vsnprintf(p, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	out_write(p, (size_t)n);
	if (p != tmp)
		free(p);
}
