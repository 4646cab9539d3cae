/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small things of the kernel's C library: byte order as functions, scanning,
 * patterns, dotted quads, random numbers, a hash.
 */
#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cprng.h>
#include <sys/hash.h>

#undef bswap16
#undef bswap32
#undef bswap64
#undef htonl
#undef htons
#undef ntohl
#undef ntohs
#undef ffs

uint16_t bswap16(uint16_t x) { return __builtin_bswap16(x); }
uint32_t bswap32(uint32_t x) { return __builtin_bswap32(x); }
uint64_t bswap64(uint64_t x) { return __builtin_bswap64(x); }
uint32_t htonl(uint32_t x) { return htobe32(x); }
uint16_t htons(uint16_t x) { return htobe16(x); }
uint32_t ntohl(uint32_t x) { return be32toh(x); }
uint16_t ntohs(uint16_t x) { return be16toh(x); }
int ffs(int x) { return __builtin_ffs(x); }

/* How many bytes at cp are left when one of a class of the mask comes. */
int
scanc(u_int size, const u_char *cp, const u_char *table, int mask)
{

	for (; size != 0 && (table[*cp] & mask) == 0; cp++)
		size--;
	return (int)size;
}

/* How many bytes at cp are left when one other than c comes. */
int
skpc(int c, size_t size, u_char *cp)
{

	for (; size != 0 && *cp == (u_char)c; cp++)
		size--;
	return (int)size;
}

/* Match one character against "[...]"; the end of the class, or NULL. */
static const char *
match_class(const char *pat, unsigned char c, bool *matchp)
{
	bool neg, match = false;
	unsigned char lo, hi;

	pat++;
	if ((neg = *pat == '!' || *pat == '^'))
		pat++;
	do {
		if (*pat == '\0')
			return NULL;
		lo = hi = (unsigned char)*pat++;
		if (pat[0] == '-' && pat[1] != ']' && pat[1] != '\0') {
			hi = (unsigned char)pat[1];
			pat += 2;
		}
		match |= lo <= c && c <= hi;
	} while (*pat != ']');
	*matchp = match != neg;
	return pat + 1;
}

/*
 * Match a string against a shell pattern: 2 if all of it matches, 1 if a
 * beginning does (up to *estr), 0 if not, -1 on a bad pattern.
 */
int
pmatch(const char *str, const char *pat, const char **estr)
{
	const char *end, *best = NULL;
	bool match;
	int r;

	for (;; str++) {
		switch (*pat) {
		case '\0':
			if (estr != NULL)
				*estr = str;
			return *str == '\0' ? 2 : 1;
		case '*':
			/* The longest match wins. */
			for (pat++;; str++) {
				if ((r = pmatch(str, pat, &end)) < 0)
					return r;
				if (r == 2) {
					if (estr != NULL)
						*estr = end;
					return 2;
				}
				if (r == 1)
					best = end;
				if (*str == '\0')
					break;
			}
			if (best != NULL && estr != NULL)
				*estr = best;
			return best != NULL;
		case '[':
			pat = match_class(pat, (unsigned char)*str, &match);
			if (pat == NULL)
				return -1;
			if (!match || *str == '\0')
				return 0;
			break;
		case '?':
			if (*str == '\0')
				return 0;
			pat++;
			break;
		default:
			if (*pat++ != *str)
				return 0;
			break;
		}
	}
}

char *
intoa(u_int32_t addr)
{
	static char buf[sizeof("255.255.255.255")];
	const uint8_t *b = (const uint8_t *)&addr;

	snprintf(buf, sizeof(buf), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	return buf;
}

u_int32_t
inet_addr(const char *s)
{
	uint32_t addr = 0;
	unsigned long v;
	char *end;
	int i;

	for (i = 0; i < 4; i++) {
		if (!isdigit((unsigned char)*s))
			return 0xffffffffU;
		v = strtoul(s, &end, 10);
		if (v > 255 || *end != (i < 3 ? '.' : '\0'))
			return 0xffffffffU;
		addr = addr << 8 | (uint32_t)v;
		s = end + 1;
	}
	return htobe32(addr);
}

uint32_t
random(void)
{

	return cprng_fast32() & 0x7fffffffU;
}

/* MurmurHash2 (Appleby), 32 bits. */
uint32_t
murmurhash2(const void *key, size_t len, uint32_t seed)
{
	const uint32_t m = 0x5bd1e995;
	const uint8_t *data = key;
	uint32_t h = seed ^ (uint32_t)len, k;

	for (; len >= 4; data += 4, len -= 4) {
		k = le32dec(data) * m;
		k = (k ^ k >> 24) * m;
		h = h * m ^ k;
	}
	switch (len) {
	case 3:
		h ^= (uint32_t)data[2] << 16;
		/* FALLTHROUGH */
	case 2:
		h ^= (uint32_t)data[1] << 8;
		/* FALLTHROUGH */
	case 1:
		h = (h ^ data[0]) * m;
		break;
	}
	h = (h ^ h >> 13) * m;
	return h ^ h >> 15;
}
