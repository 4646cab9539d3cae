/* SPDX-License-Identifier: BSD-2-Clause */
/* The MD4 message digest, RFC 1320. The context is the caller's. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/md4.h>

#include "mdblock.h"

static uint32_t
mix(int round, uint32_t b, uint32_t c, uint32_t d)
{

	switch (round) {
	case 0:
		return (b & c) | (~b & d);
	case 1:
		return ((b & c) | (b & d) | (c & d)) + 0x5a827999U;
	default:
		return (b ^ c ^ d) + 0x6ed9eba1U;
	}
}

static void
block(uint32_t state[4], const unsigned char *p)
{
	static const uint8_t order[3][16] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
		{ 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
		{ 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15 },
	};
	static const uint8_t shifts[3][4] = {
		{ 3, 7, 11, 19 }, { 3, 5, 9, 13 }, { 3, 9, 11, 15 },
	};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], t;
	int i, r, s;

	for (i = 0; i < 48; i++) {
		r = i / 16;
		t = a + mix(r, b, c, d) + le32dec(p + order[r][i % 16] * 4);
		s = shifts[r][i % 4];
		a = d;
		d = c;
		c = b;
		b = t << s | t >> (32 - s);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void
MD4Init(MD4_CTX *ctx)
{
	static const uint32_t start[4] = {
		0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U,
	};

	memcpy(ctx->state, start, sizeof(start));
	ctx->count = 0;
}

void
MD4Update(MD4_CTX *ctx, const unsigned char *data, unsigned int len)
{

	md_update(ctx->state, &ctx->count, ctx->buffer, data, len, block);
}

void
MD4Final(unsigned char digest[MD4_DIGEST_LENGTH], MD4_CTX *ctx)
{

	md_final(digest, 4, ctx->state, &ctx->count, ctx->buffer, block);
	explicit_memset(ctx, 0, sizeof(*ctx));
}
