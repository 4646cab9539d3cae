/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting of particular things: bit fields, snprintb(3); byte counts,
 * format_bytes(9); unprintable strings, vis(3).  No locks.
 */
#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>
#include <lib/libkern/libkern.h>

/* Output that stops at the end of the buffer but goes on counting. */
struct out {
	char *buf;
	size_t size, len;
};

static void
put(struct out *o, char c)
{

	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void
put_str(struct out *o, const char *s, size_t n)
{

	for (; n > 0 && *s != '\0'; n--)
		put(o, *s++);
}

static int
finish(struct out *o)
{

	if (o->size != 0)
		o->buf[MIN(o->len, o->size - 1)] = '\0';
	return o->len;
}

static void
put_num(struct out *o, int base, uint64_t v)
{
	char num[32];

	snprintf(num, sizeof(num), base == 8 ? "%#jo" : base == 10 ? "%ju" :
	    "%#jx", (uintmax_t)v);
	put_str(o, num, sizeof(num));
}

/* Old style: a bit number counted from 1, then the name. */
static void
bits_old(struct out *o, const char *fmt, uint64_t v)
{
	bool first = true;
	const char *name;
	int bit;

	while ((bit = (unsigned char)*fmt++) != 0) {
		name = fmt;
		while ((unsigned char)*fmt > ' ')
			fmt++;
		if (bit > 64 || (v & (uint64_t)1 << (bit - 1)) == 0)
			continue;
		put(o, first ? '<' : ',');
		put_str(o, name, fmt - name);
		first = false;
	}
	if (!first)
		put(o, '>');
}

/* New style (\177): b bit, f field, = value of the field before; each its
 * numbers, a name, NUL. */
static int
bits_new(struct out *o, const char *fmt, uint64_t v)
{
	uint64_t field = 0;
	bool first = true, hit;
	int kind, a, b;

	while ((kind = (unsigned char)*fmt++) != 0) {
		a = (unsigned char)*fmt++;
		b = 0;
		hit = false;
		if (kind == 'b') {
			hit = a < 64 && (v >> a & 1) != 0;
		} else if (kind == 'f' || kind == 'F') {
			b = (unsigned char)*fmt++;
			if (a > 63 || b < 1 || a + b > 64)
				return -1;
			field = v >> a;
			if (b < 64)
				field &= ((uint64_t)1 << b) - 1;
			hit = kind == 'f';
		} else if (kind == '=') {
			hit = field == (uint64_t)a;
		} else {
			return -1;
		}
		if (hit) {
			if (kind != '=')
				put(o, first ? '<' : ',');
			else
				put(o, '=');
			put_str(o, fmt, (size_t)-1);
			if (kind == 'f') {
				put(o, '=');
				put_num(o, 16, field);
			}
			first = false;
		}
		fmt += strlen(fmt) + 1;
	}
	if (!first)
		put(o, '>');
	return 0;
}

int
snprintb(char *buf, size_t size, const char *fmt, uint64_t v)
{
	struct out o = { buf, size, 0 };
	bool new = *fmt == '\177';
	int base;

	if (new)
		fmt++;
	base = *fmt != '\0' ? *fmt++ : 16;
	if (base != 8 && base != 10 && base != 16)
		return -1;
	put_num(&o, base, v);
	if (!new)
		bits_old(&o, fmt, v);
	else if (bits_new(&o, fmt, v) != 0)
		return -1;
	return finish(&o);
}

/* "123 KB": the value with the largest unit that keeps it below len digits. */
int
humanize_number(char *buf, size_t size, uint64_t bytes, const char *suffix,
    int divisor)
{
	static const char units[] = " KMGTPE";
	uint64_t max = 1;
	size_t slen = strlen(suffix), i;

	if (size < slen + 4 || divisor == 0)
		return -1;
	for (i = 0; i < MIN(size - slen - 3, 19); i++)
		max *= 10;
	for (i = 0; bytes >= max && units[i + 1] != '\0'; i++)
		bytes /= divisor;
	if (i == 0)
		return snprintf(buf, size, "%ju%s%s", (uintmax_t)bytes,
		    *suffix != '\0' ? " " : "", suffix);
	return snprintf(buf, size, "%ju %c%s", (uintmax_t)bytes, units[i],
	    suffix);
}

int
format_bytes(char *buf, size_t size, uint64_t bytes)
{

	return humanize_number(buf, size, bytes, "B", 1024);
}

/* What one character becomes; its length, at most 4. */
static size_t
vis_one(char *v, unsigned char c, int flags)
{
	static const char special[] = "\n\t\b\a\v\f\r", letter[] = "ntbavfr";
	const char *p;

	if ((c > ' ' && c < 0x7f && c != '\\') ||
	    (c == ' ' && (flags & VIS_SP) == 0) ||
	    (c == '\t' && (flags & VIS_TAB) == 0) ||
	    (c == '\n' && (flags & VIS_NL) == 0) ||
	    ((flags & VIS_SAFE) != 0 &&
	    (c == '\b' || c == '\a' || c == '\r')) ||
	    (c == '\\' && (flags & VIS_NOSLASH) != 0)) {
		v[0] = c;
		return 1;
	}
	v[0] = '\\';
	if (c == '\\') {
		v[1] = '\\';
		return 2;
	}
	if ((flags & VIS_CSTYLE) != 0 && c != '\0' &&
	    (p = strchr(special, c)) != NULL) {
		v[1] = letter[p - special];
		return 2;
	}
	v[1] = '0' + (c >> 6);
	v[2] = '0' + (c >> 3 & 7);
	v[3] = '0' + (c & 7);
	return 4;
}

int
strnvisx(char *dst, size_t size, const char *src, size_t len, int flags)
{
	char *d = dst, v[4];
	size_t n;

	if (flags & VIS_TRIM) {
		for (; len > 0 && isspace((unsigned char)*src); len--)
			src++;
		while (len > 0 && (isspace((unsigned char)src[len - 1]) ||
		    src[len - 1] == '\0'))
			len--;
	}
	for (; len > 0; len--, d += n) {
		n = vis_one(v, *src++, flags);
		if ((size_t)(d - dst) + n >= size)
			return -1;
		memcpy(d, v, n);
	}
	if ((size_t)(d - dst) >= size)
		return -1;
	*d = '\0';
	return d - dst;
}
