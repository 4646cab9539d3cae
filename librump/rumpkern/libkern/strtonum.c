/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers from text and addresses to text: strtoul(3) and its kin, strtoi(3),
 * inet_addr(3).  No locks; intoa's result is one static buffer.
 */
#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/systm.h>
#include <lib/libkern/libkern.h>

/* The value of a digit, or 36. */
static unsigned int
digit(char c)
{

	if (isdigit((unsigned char)c))
		return c - '0';
	if (isalpha((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return 36;
}

/*
 * What all conversions share: sign, base prefix, digits.  *over tells of
 * overflow; the result is the magnitude, saturated.
 */
static uintmax_t
convert(const char *s, char **end, int base, bool *neg, bool *over)
{
	const char *start = s;
	uintmax_t v = 0;
	bool any = false;

	*neg = *over = false;
	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+' || *s == '-')
		*neg = *s++ == '-';
	if ((base == 0 || base == 16) && s[0] == '0' &&
	    (s[1] == 'x' || s[1] == 'X') && digit(s[2]) < 16) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;
	for (; digit(*s) < (unsigned int)base; s++) {
		any = true;
		if (__builtin_mul_overflow(v, (uintmax_t)base, &v) ||
		    __builtin_add_overflow(v, digit(*s), &v)) {
			*over = true;
			v = UINTMAX_MAX;
		}
		if (*over)
			v = UINTMAX_MAX;
	}
	if (end != NULL)
		*end = __UNCONST(any ? s : start);
	return v;
}

/* Signed result in [lo, hi]. */
static intmax_t
to_signed(const char *s, char **end, int base, intmax_t lo, intmax_t hi,
    bool *range)
{
	bool neg, over;
	uintmax_t v = convert(s, end, base, &neg, &over);
	intmax_t r;

	if (neg)
		r = over || v > (uintmax_t)INTMAX_MAX ? INTMAX_MIN :
		    -(intmax_t)v;
	else
		r = over || v > (uintmax_t)INTMAX_MAX ? INTMAX_MAX :
		    (intmax_t)v;
	*range = over || v > (uintmax_t)INTMAX_MAX + neg || r < lo || r > hi;
	return r < lo ? lo : r > hi ? hi : r;
}

unsigned long long
strtoull(const char *s, char **end, int base)
{
	bool neg, over;
	uintmax_t v = convert(s, end, base, &neg, &over);

	if (over)
		return UINTMAX_MAX;
	return neg ? -v : v;
}

unsigned long
strtoul(const char *s, char **end, int base)
{

	return strtoull(s, end, base);
}

long long
strtoll(const char *s, char **end, int base)
{
	bool range;

	return to_signed(s, end, base, INTMAX_MIN, INTMAX_MAX, &range);
}

long
strtol(const char *s, char **end, int base)
{

	return strtoll(s, end, base);
}

/* strtoi(3): *status is 0, ECANCELED (no digits), ENOTSUP (rest), ERANGE. */
intmax_t
strtoi(const char *s, char **end, int base, intmax_t lo, intmax_t hi,
    int *status)
{
	char *stop;
	bool range;
	intmax_t r = to_signed(s, &stop, base, lo, hi, &range);

	if (end != NULL)
		*end = stop;
	if (status != NULL)
		*status = stop == s ? ECANCELED : range ? ERANGE :
		    *stop != '\0' ? ENOTSUP : 0;
	return r;
}

uintmax_t
strtou(const char *s, char **end, int base, uintmax_t lo, uintmax_t hi,
    int *status)
{
	bool neg, over, range;
	char *stop;
	uintmax_t v = convert(s, &stop, base, &neg, &over);

	range = over || (neg && v != 0) || v < lo || v > hi;
	if (end != NULL)
		*end = stop;
	if (status != NULL)
		*status = stop == s ? ECANCELED : range ? ERANGE :
		    *stop != '\0' ? ENOTSUP : 0;
	return neg && v != 0 ? lo : v < lo ? lo : v > hi ? hi : v;
}

/* Dotted quad of an address in network byte order. */
char *
intoa(u_int32_t addr)
{
	static char buf[sizeof("255.255.255.255")];
	const u_char *p = (const u_char *)&addr;

	snprintf(buf, sizeof(buf), "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	return buf;
}

/* The reverse; INADDR_NONE (all ones) for what is no dotted quad. */
u_int32_t
inet_addr(const char *s)
{
	uint32_t v = 0;
	unsigned int part;
	int n;

	for (n = 0; n < 4; n++) {
		if (!isdigit((unsigned char)*s))
			return 0xffffffff;
		for (part = 0; isdigit((unsigned char)*s); s++)
			if ((part = part * 10 + (*s - '0')) > 255)
				return 0xffffffff;
		v = v << 8 | part;
		if (n < 3 && *s++ != '.')
			return 0xffffffff;
	}
	return *s == '\0' ? htonl(v) : 0xffffffff;
}
