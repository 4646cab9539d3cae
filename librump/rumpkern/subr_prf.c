/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: the formatter, and printf(9), log(9), snprintf, aprint(9) on it.
 *
 * A message is formatted into a piece on the stack and handed to the console
 * piece by piece, so no lock is held and any context may print.
 */
#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/kmem.h>
#include <sys/kprintf.h>
#include <sys/malloc.h>
#include <sys/reboot.h>
#include <sys/syslog.h>

#include <rump/rumpuser.h>

#include "msgbuf_impl.h"

const char hexdigits[] = "0123456789abcdef";
const char HEXDIGITS[] = "0123456789ABCDEF";

/* Where formatted characters go. */
struct sink {
	char *buf;
	size_t size;		/* of buf */
	size_t len;		/* characters produced so far */
	bool console;		/* buf is a piece on the way to the console */
	bool nolog;		/* and not to the message buffer */
};

/* One conversion specification. */
struct spec {
	bool left, plus, space, alt, zero;
	int width;
	int prec;		/* -1: none given */
	int size;		/* bytes of the integer argument */
};

static void
sink_flush(struct sink *s)
{
	size_t i;

	if (!s->nolog)
		rump_msgbuf_write(s->buf, s->len);
	for (i = 0; i < s->len; i++)
		rumpuser_putchar((unsigned char)s->buf[i]);
	s->len = 0;
}

static void
sink_put(struct sink *s, char c)
{

	if (s->console && s->len == s->size)
		sink_flush(s);
	if (s->len < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void
sink_pad(struct sink *s, char c, int n)
{

	while (n-- > 0)
		sink_put(s, c);
}

static void
put_string(struct sink *s, const struct spec *sp, const char *str)
{
	size_t len, i;

	if (str == NULL)
		str = "(null)";
	len = sp->prec >= 0 ? strnlen(str, sp->prec) : strlen(str);
	if (!sp->left)
		sink_pad(s, ' ', sp->width - (int)len);
	for (i = 0; i < len; i++)
		sink_put(s, str[i]);
	if (sp->left)
		sink_pad(s, ' ', sp->width - (int)len);
}

/* An integer: sign or prefix, zeros for the precision, digits. */
static void
put_number(struct sink *s, const struct spec *sp, uintmax_t v, int base,
    const char *digits, const char *prefix)
{
	char buf[KPRINTF_BUFSIZE];
	int n = 0, zeros, plen = strlen(prefix);

	if (v == 0 && sp->prec != 0)
		buf[n++] = '0';
	for (; v != 0; v /= base)
		buf[n++] = digits[v % base];
	zeros = sp->prec - n;
	if (sp->prec < 0 && sp->zero && !sp->left)
		zeros = sp->width - plen - n;
	if (zeros < 0)
		zeros = 0;
	if (!sp->left)
		sink_pad(s, ' ', sp->width - plen - zeros - n);
	while (*prefix != '\0')
		sink_put(s, *prefix++);
	sink_pad(s, '0', zeros);
	if (sp->left)
		plen = sp->width - plen - zeros - n;
	while (n > 0)
		sink_put(s, buf[--n]);
	if (sp->left)
		sink_pad(s, ' ', plen);
}

/* Variable argument lists are passed on in a structure of their own. */
struct args {
	va_list ap;
};

static intmax_t
signed_arg(struct args *a, int size)
{

	switch (size) {
	case 1:
		return (signed char)va_arg(a->ap, int);
	case 2:
		return (short)va_arg(a->ap, int);
	case 8:
		return va_arg(a->ap, int64_t);
	default:
		return va_arg(a->ap, int);
	}
}

static uintmax_t
unsigned_arg(struct args *a, int size)
{

	switch (size) {
	case 1:
		return (unsigned char)va_arg(a->ap, int);
	case 2:
		return (unsigned short)va_arg(a->ap, int);
	case 8:
		return va_arg(a->ap, uint64_t);
	default:
		return va_arg(a->ap, unsigned int);
	}
}

/* Flags, width, precision, length modifier; fmt is moved past them. */
static void
parse_spec(struct spec *sp, const char **fmtp, struct args *a)
{
	const char *f = *fmtp;

	*sp = (struct spec){ .prec = -1, .size = sizeof(int) };
	for (;; f++) {
		if (*f == '-')
			sp->left = true;
		else if (*f == '+')
			sp->plus = true;
		else if (*f == ' ')
			sp->space = true;
		else if (*f == '#')
			sp->alt = true;
		else if (*f == '0')
			sp->zero = true;
		else
			break;
	}
	if (*f == '*') {
		sp->width = va_arg(a->ap, int);
		if (sp->width < 0) {
			sp->left = true;
			sp->width = -sp->width;
		}
		f++;
	}
	for (; isdigit((unsigned char)*f); f++)
		sp->width = sp->width * 10 + (*f - '0');
	if (*f == '.') {
		sp->prec = 0;
		if (*++f == '*') {
			sp->prec = va_arg(a->ap, int);
			f++;
		}
		for (; isdigit((unsigned char)*f); f++)
			sp->prec = sp->prec * 10 + (*f - '0');
	}
	for (;; f++) {
		if (*f == 'h')
			sp->size = sp->size == 4 ? 2 : 1;
		else if (*f == 'l' || *f == 'q' || *f == 'j' || *f == 'z' ||
		    *f == 't')
			sp->size = 8;
		else
			break;
	}
	*fmtp = f;
}

static void
put_signed(struct sink *s, const struct spec *sp, struct args *a)
{
	intmax_t v = signed_arg(a, sp->size);

	put_number(s, sp, v < 0 ? -(uintmax_t)v : (uintmax_t)v, 10, hexdigits,
	    v < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "");
}

static void
put_hex(struct sink *s, const struct spec *sp, uintmax_t v, bool upper)
{

	put_number(s, sp, v, 16, upper ? HEXDIGITS : hexdigits,
	    !sp->alt || v == 0 ? "" : upper ? "0X" : "0x");
}

/* One conversion; false: an unknown one, after which arguments are lost. */
static bool
convert(struct sink *s, const char **fmtp, struct args *a)
{
	struct spec sp;
	uintmax_t v;

	parse_spec(&sp, fmtp, a);
	switch (*(*fmtp)++) {
	case '%':
		sink_put(s, '%');
		return true;
	case 'c':
		sink_pad(s, ' ', sp.left ? 0 : sp.width - 1);
		sink_put(s, (char)va_arg(a->ap, int));
		sink_pad(s, ' ', sp.left ? sp.width - 1 : 0);
		return true;
	case 's':
		put_string(s, &sp, va_arg(a->ap, const char *));
		return true;
	case 'd':
	case 'i':
		put_signed(s, &sp, a);
		return true;
	case 'u':
		put_number(s, &sp, unsigned_arg(a, sp.size), 10, hexdigits, "");
		return true;
	case 'o':
		v = unsigned_arg(a, sp.size);
		put_number(s, &sp, v, 8, hexdigits,
		    sp.alt && v != 0 ? "0" : "");
		return true;
	case 'x':
		put_hex(s, &sp, unsigned_arg(a, sp.size), false);
		return true;
	case 'X':
		put_hex(s, &sp, unsigned_arg(a, sp.size), true);
		return true;
	case 'p':
		sp.alt = true;
		put_hex(s, &sp, (uintptr_t)va_arg(a->ap, void *), false);
		return true;
	default:
		--*fmtp;
		return false;
	}
}

static void
format(struct sink *s, const char *fmt, va_list ap)
{
	struct args a;
	const char *start;

	va_copy(a.ap, ap);
	while (*fmt != '\0') {
		if (*fmt != '%') {
			sink_put(s, *fmt++);
			continue;
		}
		start = fmt++;
		if (!convert(s, &fmt, &a)) {
			while (*start != '\0')
				sink_put(s, *start++);
			break;
		}
	}
	va_end(a.ap);
}

static void
console_sink(const char *fmt, va_list ap, bool nolog)
{
	char piece[256];
	struct sink s = { .buf = piece, .size = sizeof(piece),
	    .console = true, .nolog = nolog };

	format(&s, fmt, ap);
	sink_flush(&s);
}

static void
console(const char *fmt, va_list ap)
{

	console_sink(fmt, ap, false);
}

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = { .buf = buf, .size = size };

	format(&s, fmt, ap);
	if (size != 0)
		buf[MIN(s.len, size - 1)] = '\0';
	return s.len;
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int
vasprintf(char **bufp, const char *fmt, va_list ap)
{
	int n = vsnprintf(NULL, 0, fmt, ap);

	*bufp = malloc(n + 1, M_TEMP, M_WAITOK);
	return vsnprintf(*bufp, n + 1, fmt, ap);
}

int
kprintf(const char *fmt, int where, void *tty, char *buf, va_list ap)
{

	if (where == TOBUFONLY)
		return vsnprintf(buf, (size_t)INT_MAX, fmt, ap);
	if (where & (TOCONS | TOTTY | TOLOG | TODDB))
		console(fmt, ap);
	return 0;
}

void
vprintf(const char *fmt, va_list ap)
{

	console(fmt, ap);
}

/* Functions that do nothing but print. */
#define PRINTER(name)							\
void									\
name(const char *fmt, ...)						\
{									\
	va_list ap;							\
									\
	va_start(ap, fmt);						\
	console(fmt, ap);						\
	va_end(ap);							\
}

PRINTER(printf)
PRINTER(uprintf)
PRINTER(addlog)

void
printf_nolog(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	console_sink(fmt, ap, true);
	va_end(ap);
}

void
vlog(int level, const char *fmt, va_list ap)
{

	if (LOG_PRI(level) != LOG_DEBUG || bootverbose)
		console(fmt, ap);
}

void
log(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(level, fmt, ap);
	va_end(ap);
}
