/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * out.c - the formatter of dumps, fit for signal handlers (see out.h).
 * Locking: none, a stream belongs to one thread.
 */
#include "diag/out.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* A reader that takes nothing for so long loses the rest. */
#define PATIENCE	2000	/* milliseconds */

void
rumpuser__out_fd(struct rumpuser_dump *d, int fd)
{

	d->fd = fd;
	d->buf = d->store;
	d->size = sizeof(d->store);
	d->len = d->total = 0;
}

void
rumpuser__out_mem(struct rumpuser_dump *d, char *buf, size_t size)
{

	d->fd = -1;
	d->buf = buf;
	d->size = size;
	d->len = d->total = 0;
	if (size > 0)
		buf[0] = '\0';
}

void
rumpuser__out_flush(struct rumpuser_dump *d)
{
	struct pollfd pfd = { .fd = d->fd, .events = POLLOUT };
	int serrno = errno;
	size_t off = 0;
	ssize_t n;

	if (d->fd < 0)
		return;
	while (off < d->len) {
		n = write(d->fd, d->buf + off, d->len - off);
		if (n > 0)
			off += (size_t)n;
		else if (n == -1 && errno == EINTR)
			continue;
		else if (n == -1 && errno == EAGAIN &&
		    poll(&pfd, 1, PATIENCE) > 0)
			continue;
		else
			break;
	}
	d->len = 0;
	errno = serrno;
}

void
rumpuser_dump_write(struct rumpuser_dump *d, const void *data, size_t len)
{
	const char *p = data;
	size_t n;

	d->total += len;
	if (d->fd < 0) {
		if (d->size == 0)
			return;
		n = d->size - 1 - d->len;
		n = len < n ? len : n;
		memcpy(d->buf + d->len, p, n);
		d->len += n;
		d->buf[d->len] = '\0';
		return;
	}
	while (len > 0) {
		if (d->len == d->size)
			rumpuser__out_flush(d);
		n = d->size - d->len;
		n = len < n ? len : n;
		memcpy(d->buf + d->len, p, n);
		d->len += n;
		p += n;
		len -= n;
	}
}

/* One conversion: what stands between % and its letter. */
struct conv {
	int left, zero, width, prec, lng;
};

static void
out_pad(struct rumpuser_dump *d, int n, char c)
{

	while (n-- > 0)
		rumpuser_dump_write(d, &c, 1);
}

static void
out_field(struct rumpuser_dump *d, const struct conv *c, const char *s,
    size_t len)
{
	int pad = c->width - (int)len;

	if (!c->left)
		out_pad(d, pad, ' ');
	rumpuser_dump_write(d, s, len);
	if (c->left)
		out_pad(d, pad, ' ');
}

static void
out_string(struct rumpuser_dump *d, const struct conv *c, const char *s)
{

	if (s == NULL)
		s = "(null)";
	out_field(d, c, s, c->prec >= 0 ? strnlen(s, (size_t)c->prec) :
	    strlen(s));
}

static void
out_number(struct rumpuser_dump *d, struct conv *c, uint64_t v, unsigned base,
    const char *prefix)
{
	char tmp[72], *p = tmp + sizeof(tmp);
	size_t plen = strlen(prefix);

	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	if (c->zero && !c->left) {
		while ((int)(tmp + sizeof(tmp) - p + plen) < c->width &&
		    p > tmp + plen)
			*--p = '0';
	}
	p -= plen;
	memcpy(p, prefix, plen);
	out_field(d, c, p, (size_t)(tmp + sizeof(tmp) - p));
}

static const char *
conv_parse(struct conv *c, const char *f, va_list *ap)
{

	*c = (struct conv){ .prec = -1 };
	for (;; f++) {
		if (*f == '-')
			c->left = 1;
		else if (*f == '0')
			c->zero = 1;
		else
			break;
	}
	if (*f == '*') {
		c->width = va_arg(*ap, int);
		f++;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		c->width = c->width * 10 + (*f - '0');
	if (f[0] == '.' && f[1] == '*') {
		c->prec = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		for (f++, c->prec = 0; *f >= '0' && *f <= '9'; f++)
			c->prec = c->prec * 10 + (*f - '0');
	}
	for (; *f == 'l' || *f == 'z' || *f == 'j' || *f == 't'; f++)
		c->lng = 1;
	return f;
}

static void
conv_signed(struct rumpuser_dump *d, struct conv *c, va_list *ap)
{
	int64_t v = c->lng ? va_arg(*ap, long) : va_arg(*ap, int);

	out_number(d, c, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10,
	    v < 0 ? "-" : "");
}

static void
conv_unsigned(struct rumpuser_dump *d, struct conv *c, va_list *ap,
    unsigned base)
{
	uint64_t v = c->lng ? va_arg(*ap, unsigned long) :
	    va_arg(*ap, unsigned int);

	out_number(d, c, v, base, "");
}

/* Carry out the conversion @letter. */
static void
conv_do(struct rumpuser_dump *d, struct conv *c, char letter, va_list *ap)
{
	char ch;

	switch (letter) {
	case 's':
		out_string(d, c, va_arg(*ap, const char *));
		break;
	case 'c':
		ch = (char)va_arg(*ap, int);
		out_field(d, c, &ch, 1);
		break;
	case 'd':
	case 'i':
		conv_signed(d, c, ap);
		break;
	case 'u':
		conv_unsigned(d, c, ap, 10);
		break;
	case 'x':
		conv_unsigned(d, c, ap, 16);
		break;
	case 'p':
		out_number(d, c, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		break;
	default:
		rumpuser_dump_write(d, &letter, 1);
		break;
	}
}

void
rumpuser__out_vprintf(struct rumpuser_dump *d, const char *fmt, va_list ap0)
{
	const char *f = fmt, *start;
	struct conv c;
	va_list ap;

	va_copy(ap, ap0);
	for (;;) {
		for (start = f; *f != '\0' && *f != '%'; f++)
			continue;
		rumpuser_dump_write(d, start, (size_t)(f - start));
		if (*f == '\0')
			break;
		f = conv_parse(&c, f + 1, &ap);
		if (*f == '\0')
			break;
		conv_do(d, &c, *f++, &ap);
	}
	va_end(ap);
}

void
rumpuser_dump_printf(struct rumpuser_dump *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rumpuser__out_vprintf(d, fmt, ap);
	va_end(ap);
}
