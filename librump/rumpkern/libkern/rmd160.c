/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RIPEMD-160 (Dobbertin, Bosselaers, Preneel, 1996): two lines of five rounds
 * over the same block. The context is the caller's.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/rmd160.h>

#include "mdblock.h"

/* By line: which word, how far to rotate, what to add. */
static const uint8_t word[2][80] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	  7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
	  3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12,
	  1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
	  4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13 },
	{ 5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12,
	  6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
	  15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13,
	  8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
	  12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11 },
};
static const uint8_t shift[2][80] = {
	{ 11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8,
	  7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
	  11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5,
	  11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
	  9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6 },
	{ 8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6,
	  9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
	  9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5,
	  15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
	  8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11 },
};
static const uint32_t add[2][5] = {
	{ 0, 0x5a827999U, 0x6ed9eba1U, 0x8f1bbcdcU, 0xa953fd4eU },
	{ 0x50a28be6U, 0x5c4dd124U, 0x6d703ef3U, 0x7a6d76e9U, 0 },
};

static uint32_t
rol(uint32_t v, int n)
{

	return v << n | v >> (32 - n);
}

static uint32_t
mix(int round, uint32_t x, uint32_t y, uint32_t z)
{

	switch (round) {
	case 0:
		return x ^ y ^ z;
	case 1:
		return (x & y) | (~x & z);
	case 2:
		return (x | ~y) ^ z;
	case 3:
		return (x & z) | (y & ~z);
	default:
		return x ^ (y | ~z);
	}
}

static void
block(uint32_t state[5], const unsigned char *p)
{
	uint32_t v[2][5], *h, t;
	int line, i, r;

	for (line = 0; line < 2; line++) {
		h = v[line];
		memcpy(h, state, sizeof(v[line]));
		for (i = 0; i < 80; i++) {
			r = i / 16;
			t = h[0] + mix(line == 0 ? r : 4 - r, h[1], h[2], h[3])
			    + le32dec(p + word[line][i] * 4) + add[line][r];
			t = rol(t, shift[line][i]) + h[4];
			h[0] = h[4];
			h[4] = h[3];
			h[3] = rol(h[2], 10);
			h[2] = h[1];
			h[1] = t;
		}
	}
	t = state[1] + v[0][2] + v[1][3];
	state[1] = state[2] + v[0][3] + v[1][4];
	state[2] = state[3] + v[0][4] + v[1][0];
	state[3] = state[4] + v[0][0] + v[1][1];
	state[4] = state[0] + v[0][1] + v[1][2];
	state[0] = t;
}

void
RMD160Init(RMD160_CTX *ctx)
{
	static const uint32_t start[5] = {
		0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U,
		0xc3d2e1f0U,
	};

	memcpy(ctx->state, start, sizeof(start));
	ctx->count = 0;
}

void
RMD160Update(RMD160_CTX *ctx, const u_char *data, uint32_t len)
{

	md_update(ctx->state, &ctx->count, ctx->buffer, data, len, block);
}

void
RMD160Final(u_char digest[RMD160_DIGEST_LENGTH], RMD160_CTX *ctx)
{

	md_final(digest, 5, ctx->state, &ctx->count, ctx->buffer, block);
	explicit_memset(ctx, 0, sizeof(*ctx));
}
