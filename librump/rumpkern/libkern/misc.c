/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small things of the kernel's C library: byte order as functions, random
 * numbers, a hash.
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

uint16_t bswap16(uint16_t x) { return __builtin_bswap16(x); }
uint32_t bswap32(uint32_t x) { return __builtin_bswap32(x); }
uint64_t bswap64(uint64_t x) { return __builtin_bswap64(x); }
uint32_t htonl(uint32_t x) { return htobe32(x); }
uint16_t htons(uint16_t x) { return htobe16(x); }
uint32_t ntohl(uint32_t x) { return be32toh(x); }
uint16_t ntohs(uint16_t x) { return be16toh(x); }

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
