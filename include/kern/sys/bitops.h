/* SPDX-License-Identifier: BSD-2-Clause */
/* Bit arithmetic and bit maps; bitops(3), bitmap(3). */
#ifndef _SYS_BITOPS_H_
#define _SYS_BITOPS_H_

#include <sys/types.h>

/* Lowest and highest set bit, counted from 1; 0 if none is set. */
static __inline int __unused
ffs32(uint32_t n)
{

	return n == 0 ? 0 : __builtin_ctz(n) + 1;
}

static __inline int __unused
ffs64(uint64_t n)
{

	return n == 0 ? 0 : __builtin_ctzll(n) + 1;
}

static __inline int __unused
fls32(uint32_t n)
{

	return n == 0 ? 0 : 32 - __builtin_clz(n);
}

static __inline int __unused
fls64(uint64_t n)
{

	return n == 0 ? 0 : 64 - __builtin_clzll(n);
}

/* Logarithm to base 2, rounded down; constant for a constant. */
#define ilog2(n)							\
	((n) == 0 ? -1 : 63 - __builtin_clzll((unsigned long long)(n)))

/*
 * Division by a divisor known in advance, by multiplication: m, s1 and s2 from
 * fast_divide32_prepare describe it.
 */
static __inline void __unused
fast_divide32_prepare(uint32_t div, uint32_t *m, uint8_t *s1, uint8_t *s2)
{
	int l;
	uint64_t mt;

	l = fls32(div - 1);
	mt = 0x100000000ULL * ((1ULL << l) - div);
	*m = (uint32_t)(mt / div + 1);
	*s1 = (uint8_t)(l > 1 ? 1 : l);
	*s2 = (uint8_t)(l == 0 ? 0 : l - 1);
}

static __inline uint32_t __unused
fast_divide32(uint32_t v, uint32_t div, uint32_t m, uint8_t s1, uint8_t s2)
{
	uint32_t t;

	(void)div;
	t = (uint32_t)(((uint64_t)v * m) >> 32);
	return (t + ((v - t) >> s1)) >> s2;
}

static __inline uint32_t __unused
fast_remainder32(uint32_t v, uint32_t div, uint32_t m, uint8_t s1, uint8_t s2)
{

	return v - div * fast_divide32(v, div, m, s1, s2);
}

#define __BITMAP_TYPE(name, type, nb)					\
	struct name {							\
		type _b[((nb) + (sizeof(type) * NBBY) - 1) /		\
		    (sizeof(type) * NBBY)];				\
	}
#define __BITMAP_BITS(v)	(sizeof((v)->_b[0]) * NBBY)
#define __BITMAP_SHIFT(v)	(ilog2(__BITMAP_BITS(v)))
#define __BITMAP_MASK(v)	(__BITMAP_BITS(v) - 1)
#define __BITMAP_SIZE(v)	__arraycount((v)->_b)
#define __BITMAP_BIT(n, v)						\
	((__typeof__((v)->_b[0]))1 << ((n) & __BITMAP_MASK(v)))
#define __BITMAP_WORD(n, v)						\
	((v)->_b[(n) >> __BITMAP_SHIFT(v)])
#define __BITMAP_SET(n, v)	(__BITMAP_WORD(n, v) |= __BITMAP_BIT(n, v))
#define __BITMAP_CLR(n, v)	(__BITMAP_WORD(n, v) &= ~__BITMAP_BIT(n, v))
#define __BITMAP_ISSET(n, v)	(__BITMAP_WORD(n, v) & __BITMAP_BIT(n, v))
#define __BITMAP_ZERO(v)	__builtin_memset((v), 0, sizeof(*(v)))

#endif /* _SYS_BITOPS_H_ */
