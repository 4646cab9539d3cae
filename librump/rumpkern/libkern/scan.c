/* SPDX-License-Identifier: BSD-2-Clause */
/* Scanning: patterns, character classes, the lowest bit.  No locks. */
#define RUMP_LIBKERN_IMPL
#include <sys/types.h>
#include <lib/libkern/libkern.h>

/* Whether c is in the set that *patp stands behind the [ of; moves it on.
 * -1: the set has no end. */
static int
match_set(const char **patp, char c)
{
	const char *p = *patp;
	bool negate = *p == '^' || *p == '!', hit = false;

	if (negate)
		p++;
	do {
		if (*p == '\0')
			return -1;
		if (p[1] == '-' && p[2] != '\0' && p[2] != ']') {
			hit |= (unsigned char)c >= (unsigned char)p[0] &&
			    (unsigned char)c <= (unsigned char)p[2];
			p += 3;
		} else {
			hit |= *p++ == c;
		}
	} while (*p != ']');
	*patp = p + 1;
	return hit != negate;
}

/*
 * Glob match with *, ? and [set]: 2 when all of str matched, 1 when a prefix
 * did (*end is its end), 0 for none, -1 for a bad pattern.  One backtracking
 * point is enough for *, so the time is bounded by the product of the lengths.
 */
int
pmatch(const char *str, const char *pat, const char **end)
{
	const char *star = NULL, *again = NULL, *set;
	int r;

	for (;;) {
		if (*pat == '*') {
			star = ++pat;
			again = str;
			continue;
		}
		if (*pat == '\0') {
			if (end != NULL)
				*end = str;
			return *str == '\0' ? 2 : 1;
		}
		if (*str == '\0')
			return 0;
		if (*pat == '?') {
			r = 1;
			pat++;
		} else if (*pat == '[') {
			set = pat + 1;
			if ((r = match_set(&set, *str)) < 0)
				return -1;
			if (r)
				pat = set;
		} else if ((r = *pat == *str) != 0) {
			pat++;
		}
		if (r) {
			str++;
		} else if (star != NULL) {
			pat = star;
			str = ++again;
		} else {
			return 0;
		}
	}
}

/* The bytes left at the first one whose class is in the mask. */
int
scanc(u_int size, const u_char *cp, const u_char *table, int mask)
{

	while (size != 0 && (table[*cp] & mask) == 0) {
		size--;
		cp++;
	}
	return size;
}

/* The bytes left at the first one that is not this character. */
int
skpc(int mask, size_t size, u_char *cp)
{

	while (size != 0 && *cp == (u_char)mask) {
		size--;
		cp++;
	}
	return size;
}

int
ffs(int x)
{
	int n;

	if (x == 0)
		return 0;
	for (n = 1; (x & 1) == 0; n++)
		x = (int)((unsigned int)x >> 1);
	return n;
}
