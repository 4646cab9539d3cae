/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hashes of the directory index: the legacy one, half of MD4, and TEA,
 * each over signed or unsigned characters; and the printable form of encrypted
 * names.  Pure functions.
 */

#include <sys/param.h>
#include <sys/systm.h>

#include "ext2fs.h"

#define	ROL(x, n)	(((x) << (n)) | ((x) >> (32 - (n))))

/* MD4's three round functions, and two of its constants. */
#define	MD4_F(x, y, z)	((z) ^ ((x) & ((y) ^ (z))))
#define	MD4_G(x, y, z)	(((x) & (y)) + (((x) ^ (y)) & (z)))
#define	MD4_H(x, y, z)	((x) ^ (y) ^ (z))
#define	MD4_K2		0x5a827999U
#define	MD4_K3		0x6ed9eba1U

/* The largest hash stands for the end of a directory. */
#define	HASH_EOF	0xfffffffeU

static uint32_t
charval(char c, bool isunsigned)
{

	return isunsigned ? (uint32_t)(uint8_t)c :
	    (uint32_t)(int32_t)(int8_t)c;
}

static uint32_t
hash_legacy(const char *name, size_t len, bool isunsigned)
{
	uint32_t h, h0 = 0x12a3fe2d, h1 = 0x37abe8f9;

	for (; len > 0; name++, len--) {
		h = h1 + (h0 ^ (charval(*name, isunsigned) * 7152373U));
		if (h & 0x80000000U)
			h -= 0x7fffffffU;
		h1 = h0;
		h0 = h;
	}
	return h0 << 1;
}

/*
 * Packs up to n words of name, big end first within each; what is missing is
 * filled with a pattern of the length that remains.
 */
static void
pack(const char *name, size_t len, uint32_t *w, int n, bool isunsigned)
{
	uint32_t pad, val;
	size_t i;

	pad = (uint32_t)len | (uint32_t)len << 8;
	pad |= pad << 16;
	if (len > (size_t)n * 4)
		len = (size_t)n * 4;
	val = pad;
	for (i = 0; i < len; i++) {
		val = charval(name[i], isunsigned) + (val << 8);
		if (i % 4 == 3) {
			*w++ = val;
			val = pad;
			n--;
		}
	}
	if (n-- > 0)
		*w++ = val;
	while (n-- > 0)
		*w++ = pad;
}

static void
halfmd4(uint32_t h[4], const uint32_t in[8])
{
	static const uint8_t order[3][8] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7 },
		{ 1, 3, 5, 7, 0, 2, 4, 6 },
		{ 3, 7, 2, 6, 1, 5, 0, 4 },
	};
	static const uint8_t rot[3][4] = {
		{ 3, 7, 11, 19 }, { 3, 5, 9, 13 }, { 3, 9, 11, 15 },
	};
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], t;
	int r, i;

	for (r = 0; r < 3; r++)
		for (i = 0; i < 8; i++) {
			if (r == 0)
				t = a + MD4_F(b, c, d) + in[order[r][i]];
			else if (r == 1)
				t = a + MD4_G(b, c, d) + in[order[r][i]] +
				    MD4_K2;
			else
				t = a + MD4_H(b, c, d) + in[order[r][i]] +
				    MD4_K3;
			/* The four words take turns. */
			t = ROL(t, rot[r][i % 4]);
			a = d;
			d = c;
			c = b;
			b = t;
		}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

static void
tea(uint32_t h[2], const uint32_t in[4])
{
	uint32_t sum = 0, x = h[0], y = h[1];
	int i;

	for (i = 0; i < 16; i++) {
		sum += 0x9e3779b9U;
		x += ((y << 4) + in[0]) ^ (y + sum) ^ ((y >> 5) + in[1]);
		y += ((x << 4) + in[2]) ^ (x + sum) ^ ((x >> 5) + in[3]);
	}
	h[0] += x;
	h[1] += y;
}

int
ext2fs_hash(const uint32_t *seed, int version, const char *name, size_t len,
    uint32_t *majorp, uint32_t *minorp)
{
	static const uint32_t start[4] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
	};
	bool isunsigned = version >= E2_HASH_LEGACY_U;
	uint32_t h[4], in[8];
	size_t left;

	memcpy(h, start, sizeof(h));
	if ((seed[0] | seed[1] | seed[2] | seed[3]) != 0)
		memcpy(h, seed, sizeof(h));
	left = len;
	switch (version) {
	case E2_HASH_LEGACY:
	case E2_HASH_LEGACY_U:
		h[0] = hash_legacy(name, len, isunsigned);
		h[1] = 0;
		break;
	case E2_HASH_HALFMD4:
	case E2_HASH_HALFMD4_U:
		for (; left > 0; name += MIN(left, 32), left -= MIN(left, 32)) {
			pack(name, left, in, 8, isunsigned);
			halfmd4(h, in);
		}
		h[0] = h[1];
		h[1] = h[2];
		break;
	case E2_HASH_TEA:
	case E2_HASH_TEA_U:
		for (; left > 0; name += MIN(left, 16), left -= MIN(left, 16)) {
			pack(name, left, in, 4, isunsigned);
			tea(h, in);
		}
		break;
	default:
		return EINVAL;
	}
	h[0] &= ~1U;
	if (h[0] == HASH_EOF)
		h[0] = HASH_EOF - 2;
	*majorp = h[0];
	if (minorp != NULL)
		*minorp = h[1];
	return 0;
}

static size_t
base64url(const uint8_t *p, size_t len, char *out)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t acc = 0;
	size_t n = 0;
	int bits = 0;

	for (; len > 0; p++, len--) {
		acc = (acc << 8 | *p) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			out[n++] = set[acc >> (bits - 6) & 63];
	}
	if (bits > 0)
		out[n++] = set[acc << (6 - bits) & 63];
	return n;
}

/*
 * Base64url without padding; names for which that would be too long show their
 * first 150 bytes, a tilde, and 128 bits of hashes over the whole.
 */
size_t
ext2fs_cryptname(const char *name, size_t len, char *out)
{
	static const uint32_t noseed[4];
	uint32_t h[4];
	size_t n;
	int i, k;

	if (len <= 189)
		return base64url((const uint8_t *)name, len, out);
	(void)ext2fs_hash(noseed, E2_HASH_HALFMD4_U, name, len, &h[0], &h[1]);
	(void)ext2fs_hash(noseed, E2_HASH_TEA_U, name, len, &h[2], &h[3]);
	n = base64url((const uint8_t *)name, 150, out);
	out[n++] = '~';
	for (i = 0; i < 4; i++)
		for (k = 28; k >= 0; k -= 4)
			out[n++] = "0123456789abcdef"[h[i] >> k & 15];
	return n;
}
