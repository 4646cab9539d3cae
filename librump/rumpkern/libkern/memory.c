/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying, filling and comparing memory. Short lengths are done with a few
 * overlapping words, middle ones by 16-byte vectors, long ones on x86 by the
 * string instructions, which modern processors run at full bandwidth. In
 * sanitizer builds every range is checked first.
 */
#ifndef __clang__
/* Loops must stay loops, not become calls of the function they are in. */
#pragma GCC optimize ("no-tree-loop-distribute-patterns")
#endif

#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>

#include <rump-priv/mem.h>

typedef uint64_t u64 __attribute__((__may_alias__, __aligned__(1)));
typedef uint32_t u32 __attribute__((__may_alias__, __aligned__(1)));
typedef uint16_t u16 __attribute__((__may_alias__, __aligned__(1)));
typedef uint64_t vec __attribute__((__vector_size__(16), __may_alias__,
    __aligned__(1)));

/* The functions below are what the checks of the others rest on. */
#define RAW	__attribute__((__no_sanitize__("address")))

#define REP_MIN	2048	/* from here on the string instructions win */

static inline RAW void
copy_short(char *d, const char *s, size_t n)
{

	if (n >= 8) {
		uint64_t a = *(const u64 *)s, b = *(const u64 *)(s + n - 8);

		*(u64 *)d = a;
		*(u64 *)(d + n - 8) = b;
	} else if (n >= 4) {
		uint32_t a = *(const u32 *)s, b = *(const u32 *)(s + n - 4);

		*(u32 *)d = a;
		*(u32 *)(d + n - 4) = b;
	} else if (n >= 2) {
		uint16_t a = *(const u16 *)s, b = *(const u16 *)(s + n - 2);

		*(u16 *)d = a;
		*(u16 *)(d + n - 2) = b;
	} else if (n == 1)
		*d = *s;
}

/* 17 to 64 bytes: all loads before the first store, so overlap is no matter. */
static inline RAW void
copy_medium(char *d, const char *s, size_t n)
{
	vec a = *(const vec *)s, z = *(const vec *)(s + n - 16), b, y;

	if (n > 32) {
		b = *(const vec *)(s + 16);
		y = *(const vec *)(s + n - 32);
		*(vec *)(d + 16) = b;
		*(vec *)(d + n - 32) = y;
	}
	*(vec *)d = a;
	*(vec *)(d + n - 16) = z;
}

static inline RAW void
copy_rep(char *d, const char *s, size_t n)
{

#if defined(__x86_64__)
	__asm __volatile("rep movsb" : "+D" (d), "+S" (s), "+c" (n) : :
	    "memory");
#else
	vec a, b;

	for (; n >= 32; d += 32, s += 32, n -= 32) {
		a = *(const vec *)s;
		b = *(const vec *)(s + 16);
		*(vec *)d = a;
		*(vec *)(d + 16) = b;
	}
	for (; n != 0; n--)
		*d++ = *s++;
#endif
}

/* More than 64 bytes from low to high; also right if d is below s. */
static RAW void
copy_up(char *d, const char *s, size_t n)
{
	vec tail0 = *(const vec *)(s + n - 64), tail1, tail2, tail3;
	char *dend = d + n;
	vec a, b, c, e;

	tail1 = *(const vec *)(s + n - 48);
	tail2 = *(const vec *)(s + n - 32);
	tail3 = *(const vec *)(s + n - 16);
	for (; n > 64; d += 64, s += 64, n -= 64) {
		a = *(const vec *)s;
		b = *(const vec *)(s + 16);
		c = *(const vec *)(s + 32);
		e = *(const vec *)(s + 48);
		*(vec *)d = a;
		*(vec *)(d + 16) = b;
		*(vec *)(d + 32) = c;
		*(vec *)(d + 48) = e;
	}
	*(vec *)(dend - 64) = tail0;
	*(vec *)(dend - 48) = tail1;
	*(vec *)(dend - 32) = tail2;
	*(vec *)(dend - 16) = tail3;
}

/* More than 64 bytes from high to low, for d above s. */
static RAW void
copy_down(char *d, const char *s, size_t n)
{
	vec head0 = *(const vec *)s, head1, head2, head3;
	vec a, b, c, e;

	head1 = *(const vec *)(s + 16);
	head2 = *(const vec *)(s + 32);
	head3 = *(const vec *)(s + 48);
	for (; n > 64; n -= 64) {
		a = *(const vec *)(s + n - 16);
		b = *(const vec *)(s + n - 32);
		c = *(const vec *)(s + n - 48);
		e = *(const vec *)(s + n - 64);
		*(vec *)(d + n - 16) = a;
		*(vec *)(d + n - 32) = b;
		*(vec *)(d + n - 48) = c;
		*(vec *)(d + n - 64) = e;
	}
	*(vec *)d = head0;
	*(vec *)(d + 16) = head1;
	*(vec *)(d + 32) = head2;
	*(vec *)(d + 48) = head3;
}

RAW void *
memcpy(void *dst, const void *src, size_t n)
{
	char *d = dst;
	const char *s = src;
	size_t head;

	RUMP_ASAN_LOAD(src, n);
	RUMP_ASAN_STORE(dst, n);
	if (n <= 16)
		copy_short(d, s, n);
	else if (n <= 64)
		copy_medium(d, s, n);
	else if (n < REP_MIN)
		copy_up(d, s, n);
	else {
		/* The string instruction wants an aligned destination. */
		head = -(uintptr_t)d & 63;
		*(vec *)d = *(const vec *)s;
		*(vec *)(d + 16) = *(const vec *)(s + 16);
		*(vec *)(d + 32) = *(const vec *)(s + 32);
		*(vec *)(d + 48) = *(const vec *)(s + 48);
		copy_rep(d + head, s + head, n - head);
	}
	return dst;
}

RAW void *
memmove(void *dst, const void *src, size_t n)
{
	char *d = dst;
	const char *s = src;

	RUMP_ASAN_LOAD(src, n);
	RUMP_ASAN_STORE(dst, n);
	if (n <= 16)
		copy_short(d, s, n);
	else if (n <= 64)
		copy_medium(d, s, n);
	else if ((uintptr_t)d - (uintptr_t)s >= n) {
		/* d is below s, or past its end. */
		if (n >= REP_MIN && (uintptr_t)s - (uintptr_t)d >= n)
			copy_rep(d, s, n);
		else
			copy_up(d, s, n);
	} else
		copy_down(d, s, n);
	return dst;
}

RAW void *
memset(void *dst, int c, size_t n)
{
	uint64_t v = (uint8_t)c * 0x0101010101010101ULL;
	vec w = { v, v };
	char *d = dst, *end = d + n;

	RUMP_ASAN_STORE(dst, n);
	if (n >= 16) {
		if (n >= REP_MIN) {
#if defined(__x86_64__)
			__asm __volatile("rep stosb" : "+D" (d), "+c" (n) :
			    "a" (c) : "memory");
			return dst;
#endif
		}
		for (; end - d > 16; d += 16)
			*(vec *)d = w;
		*(vec *)(end - 16) = w;
	} else if (n >= 8) {
		*(u64 *)d = v;
		*(u64 *)(end - 8) = v;
	} else if (n >= 4) {
		*(u32 *)d = (uint32_t)v;
		*(u32 *)(end - 4) = (uint32_t)v;
	} else if (n >= 2) {
		*(u16 *)d = (uint16_t)v;
		*(u16 *)(end - 2) = (uint16_t)v;
	} else if (n == 1)
		*d = (char)c;
	return dst;
}

static inline RAW int
compare_words(uint64_t a, uint64_t b)
{

	/* The first byte that differs decides. */
	a = be64toh(a);
	b = be64toh(b);
	return a < b ? -1 : 1;
}

RAW int
memcmp(const void *p, const void *q, size_t n)
{
	const uint8_t *a = p, *b = q;

	RUMP_ASAN_LOAD(p, n);
	RUMP_ASAN_LOAD(q, n);
	for (; n >= 8; a += 8, b += 8, n -= 8) {
		uint64_t x = *(const u64 *)a, y = *(const u64 *)b;

		if (x != y)
			return compare_words(x, y);
	}
	for (; n != 0; a++, b++, n--) {
		if (*a != *b)
			return *a - *b;
	}
	return 0;
}

void *
memchr(const void *p, int c, size_t n)
{
	const uint8_t *s = p;

	for (; n != 0; s++, n--) {
		if (*s == (uint8_t)c)
			return __UNCONST(s);
	}
	return NULL;
}

void *
memmem(const void *hay, size_t haylen, const void *needle, size_t len)
{
	const uint8_t *h = hay;

	if (len == 0)
		return __UNCONST(hay);
	for (; haylen >= len; h++, haylen--) {
		if (*h == *(const uint8_t *)needle &&
		    memcmp(h, needle, len) == 0)
			return __UNCONST(h);
	}
	return NULL;
}

/* A call through a volatile pointer cannot be seen to be dead. */
static void *(*volatile memset_call)(void *, int, size_t) = memset;

void *
explicit_memset(void *p, int c, size_t n)
{

	return (*memset_call)(p, c, n);
}

int
consttime_memequal(const void *p, const void *q, size_t n)
{
	const uint8_t *a = p, *b = q;
	unsigned int diff = 0;

	for (; n != 0; n--)
		diff |= *a++ ^ *b++;
	return (int)(1 & ((diff - 1) >> 8));
}
