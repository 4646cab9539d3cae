/* SPDX-License-Identifier: BSD-2-Clause */
/* The SHA-1 message digest, RFC 3174. The context is the caller's. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sha1.h>

static inline uint32_t
rotl(uint32_t v, int n)
{

	return v << n | v >> (32 - n);
}

static uint32_t
mix(int i, uint32_t b, uint32_t c, uint32_t d)
{

	if (i < 20)
		return ((b & c) | (~b & d)) + 0x5a827999U;
	if (i < 40)
		return (b ^ c ^ d) + 0x6ed9eba1U;
	if (i < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcU;
	return (b ^ c ^ d) + 0xca62c1d6U;
}

static void
block(uint32_t state[5], const uint8_t *p)
{
	uint32_t v[5], w[80], t;
	int i;

	memcpy(v, state, sizeof(v));
	for (i = 0; i < 16; i++)
		w[i] = be32dec(p + i * 4);
	for (; i < 80; i++)
		w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (i = 0; i < 80; i++) {
		t = rotl(v[0], 5) + mix(i, v[1], v[2], v[3]) + v[4] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotl(v[1], 30);
		v[1] = v[0];
		v[0] = t;
	}
	for (i = 0; i < 5; i++)
		state[i] += v[i];
}

void
SHA1Init(SHA1_CTX *ctx)
{
	static const uint32_t start[5] = {
		0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U,
		0xc3d2e1f0U,
	};

	memcpy(ctx->state, start, sizeof(start));
	ctx->count[0] = ctx->count[1] = 0;
}

void
SHA1Update(SHA1_CTX *ctx, const uint8_t *data, unsigned int len)
{
	unsigned int used = ctx->count[0] % 64, n;

	if ((ctx->count[0] += len) < len)
		ctx->count[1]++;
	if (used != 0) {
		n = MIN(len, 64 - used);
		memcpy(ctx->buffer + used, data, n);
		data += n;
		len -= n;
		if (used + n < 64)
			return;
		block(ctx->state, ctx->buffer);
	}
	for (; len >= 64; data += 64, len -= 64)
		block(ctx->state, data);
	memcpy(ctx->buffer, data, len);
}

void
SHA1Final(uint8_t digest[SHA1_DIGEST_LENGTH], SHA1_CTX *ctx)
{
	static const uint8_t pad[64] = { 0x80 };
	uint64_t count = (uint64_t)ctx->count[1] << 32 | ctx->count[0];
	uint8_t len[8];
	int i;

	be64enc(len, count * 8);
	SHA1Update(ctx, pad, 1 + (unsigned int)((119 - count % 64) % 64));
	SHA1Update(ctx, len, 8);
	for (i = 0; i < 5; i++)
		be32enc(digest + i * 4, ctx->state[i]);
	explicit_memset(ctx, 0, sizeof(*ctx));
}
