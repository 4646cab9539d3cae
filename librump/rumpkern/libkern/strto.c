/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers from text: the strto functions on one parser. */
#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>

static int
digit(int c)
{

	if (isdigit(c))
		return c - '0';
	if (isalpha(c))
		return tolower(c) - 'a' + 10;
	return 99;
}

/* Skip white space, sign and base prefix; the base, or 0 if it is bad. */
static int
prefix(const char **sp, int base, bool *negp)
{
	const char *s = *sp;

	while (isspace((unsigned char)*s))
		s++;
	*negp = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' &&
	    isxdigit((unsigned char)s[2])) {
		s += 2;
		base = 16;
	} else if (base == 0)
		base = *s == '0' ? 8 : 10;
	*sp = s;
	return base >= 2 && base <= 36 ? base : 0;
}

/*
 * The magnitude of the number at s, at most max; *errorp is 0, ERANGE, or
 * ECANCELED if there are no digits.
 */
static uintmax_t
parse(const char *s, const char **endp, int base, uintmax_t max, int *errorp)
{
	uintmax_t v = 0;
	int d, n = 0;

	*errorp = 0;
	for (; (d = digit((unsigned char)*s)) < base; s++, n++) {
		if (v > (max - (unsigned int)d) / (unsigned int)base ||
		    (unsigned int)d > max) {
			*errorp = ERANGE;
			v = max;
		}
		if (*errorp == 0)
			v = v * (unsigned int)base + (unsigned int)d;
	}
	if (n == 0)
		*errorp = ECANCELED;
	*endp = s;
	return v;
}

static intmax_t
tosigned(const char *str, char **endp, int base, intmax_t lo, intmax_t hi,
    int *errorp)
{
	const char *s = str, *end;
	uintmax_t v;
	bool neg;

	*errorp = EINVAL;
	if (endp != NULL)
		*endp = __UNCONST(str);
	if ((base = prefix(&s, base, &neg)) == 0)
		return 0;
	v = parse(s, &end, base, neg ? -(uintmax_t)lo : (uintmax_t)hi,
	    errorp);
	if (endp != NULL && *errorp != ECANCELED)
		*endp = __UNCONST(end);
	return neg ? (intmax_t)-v : (intmax_t)v;
}

static uintmax_t
tounsigned(const char *str, char **endp, int base, uintmax_t hi, int *errorp)
{
	const char *s = str, *end;
	uintmax_t v;
	bool neg;

	*errorp = EINVAL;
	if (endp != NULL)
		*endp = __UNCONST(str);
	if ((base = prefix(&s, base, &neg)) == 0)
		return 0;
	v = parse(s, &end, base, hi, errorp);
	if (endp != NULL && *errorp != ECANCELED)
		*endp = __UNCONST(end);
	return neg && *errorp == 0 ? -v & hi : v;
}

unsigned long
strtoul(const char *s, char **endp, int base)
{
	int error;

	return (unsigned long)tounsigned(s, endp, base, ULONG_MAX, &error);
}

unsigned long long
strtoull(const char *s, char **endp, int base)
{
	int error;

	return tounsigned(s, endp, base, ULLONG_MAX, &error);
}

long
strtol(const char *s, char **endp, int base)
{
	int error;

	return (long)tosigned(s, endp, base, LONG_MIN, LONG_MAX, &error);
}

long long
strtoll(const char *s, char **endp, int base)
{
	int error;

	return tosigned(s, endp, base, LLONG_MIN, LLONG_MAX, &error);
}

intmax_t
strtoi(const char *s, char **endp, int base, intmax_t lo, intmax_t hi,
    int *rstatus)
{
	char *end;
	intmax_t v;
	int error;

	v = tosigned(s, &end, base, INTMAX_MIN, INTMAX_MAX, &error);
	if (error == 0 && *end != '\0')
		error = ENOTSUP;
	if (v < lo || v > hi) {
		v = v < lo ? lo : hi;
		if (error == 0 || error == ENOTSUP)
			error = ERANGE;
	}
	if (endp != NULL)
		*endp = end;
	if (rstatus != NULL)
		*rstatus = error;
	return v;
}

uintmax_t
strtou(const char *s, char **endp, int base, uintmax_t lo, uintmax_t hi,
    int *rstatus)
{
	char *end;
	uintmax_t v;
	int error;

	v = tounsigned(s, &end, base, UINTMAX_MAX, &error);
	if (error == 0 && *end != '\0')
		error = ENOTSUP;
	if (v < lo || v > hi) {
		v = v < lo ? lo : hi;
		if (error == 0 || error == ENOTSUP)
			error = ERANGE;
	}
	if (endp != NULL)
		*endp = end;
	if (rstatus != NULL)
		*rstatus = error;
	return v;
}
