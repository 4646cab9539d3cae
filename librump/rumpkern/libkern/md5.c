/* SPDX-License-Identifier: BSD-2-Clause */
/* The MD5 message digest, RFC 1321. The context is the caller's. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/md5.h>

#include "mdblock.h"

/* The integer part of 2^32 |sin(i + 1)|. */
static const uint32_t table[64] = {
	0xd76aa478U, 0xe8c7b756U, 0x242070dbU, 0xc1bdceeeU,
	0xf57c0fafU, 0x4787c62aU, 0xa8304613U, 0xfd469501U,
	0x698098d8U, 0x8b44f7afU, 0xffff5bb1U, 0x895cd7beU,
	0x6b901122U, 0xfd987193U, 0xa679438eU, 0x49b40821U,
	0xf61e2562U, 0xc040b340U, 0x265e5a51U, 0xe9b6c7aaU,
	0xd62f105dU, 0x02441453U, 0xd8a1e681U, 0xe7d3fbc8U,
	0x21e1cde6U, 0xc33707d6U, 0xf4d50d87U, 0x455a14edU,
	0xa9e3e905U, 0xfcefa3f8U, 0x676f02d9U, 0x8d2a4c8aU,
	0xfffa3942U, 0x8771f681U, 0x6d9d6122U, 0xfde5380cU,
	0xa4beea44U, 0x4bdecfa9U, 0xf6bb4b60U, 0xbebfbc70U,
	0x289b7ec6U, 0xeaa127faU, 0xd4ef3085U, 0x04881d05U,
	0xd9d4d039U, 0xe6db99e5U, 0x1fa27cf8U, 0xc4ac5665U,
	0xf4292244U, 0x432aff97U, 0xab9423a7U, 0xfc93a039U,
	0x655b59c3U, 0x8f0ccc92U, 0xffeff47dU, 0x85845dd1U,
	0x6fa87e4fU, 0xfe2ce6e0U, 0xa3014314U, 0x4e0811a1U,
	0xf7537e82U, 0xbd3af235U, 0x2ad7d2bbU, 0xeb86d391U,
};
static const uint8_t shifts[4][4] = {
	{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 },
	{ 6, 10, 15, 21 },
};

static uint32_t
mix(int round, uint32_t b, uint32_t c, uint32_t d)
{

	switch (round) {
	case 0:
		return (b & c) | (~b & d);
	case 1:
		return (b & d) | (c & ~d);
	case 2:
		return b ^ c ^ d;
	default:
		return c ^ (b | ~d);
	}
}

static void
block(uint32_t state[4], const unsigned char *p)
{
	static const uint8_t mul[4] = { 1, 5, 3, 7 }, add[4] = { 0, 1, 5, 0 };
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], x[16];
	uint32_t t;
	int i, r, s;

	for (i = 0; i < 16; i++)
		x[i] = le32dec(p + i * 4);
	for (i = 0; i < 64; i++) {
		r = i / 16;
		t = a + mix(r, b, c, d) + x[(i * mul[r] + add[r]) % 16] +
		    table[i];
		s = shifts[r][i % 4];
		a = d;
		d = c;
		c = b;
		b += t << s | t >> (32 - s);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void
MD5Init(MD5_CTX *ctx)
{
	static const uint32_t start[4] = {
		0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U,
	};

	memcpy(ctx->state, start, sizeof(start));
	ctx->count = 0;
}

void
MD5Update(MD5_CTX *ctx, const unsigned char *data, unsigned int len)
{

	md_update(ctx->state, &ctx->count, ctx->buffer, data, len, block);
}

void
MD5Final(unsigned char digest[MD5_DIGEST_LENGTH], MD5_CTX *ctx)
{

	md_final(digest, 4, ctx->state, &ctx->count, ctx->buffer, block);
	explicit_memset(ctx, 0, sizeof(*ctx));
}
