/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checksums of the format: CRC-32C for metadata, CRC-16 for the group
 * descriptors of older file systems, CRC-32 (high bit first) for the commits
 * of older journals.  The tables are constant after ext2fs_csum_init(), which
 * runs before the first mount.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/endian.h>

#include "ext2fs.h"
#include "ext2fs_csum.h"

#define	CRC32C_POLY	0x82f63b78U	/* reflected */
#define	CRC16_POLY	0xa001U		/* reflected */
#define	CRC32_POLY	0x04c11db7U

static uint32_t crc32c_tab[8][256];
static uint32_t crc32be_tab[256];
static uint16_t crc16_tab[256];
static bool crc32c_hw;

#if defined(__x86_64__)
/* The CRC32 instruction came with SSE 4.2, but uses plain registers. */
static bool
hw_present(void)
{
	uint32_t a = 1, b, c = 0, d;

	__asm volatile("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return (c & (1U << 20)) != 0;
}

static uint32_t
hw_crc32c(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t c = crc, w;

	for (; len >= sizeof(w); p += sizeof(w), len -= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		__asm("crc32q %1, %0" : "+r" (c) : "r" (w));
	}
	crc = (uint32_t)c;
	for (; len > 0; p++, len--)
		__asm("crc32b %1, %0" : "+r" (crc) : "r" (*p));
	return crc;
}
#else
static bool
hw_present(void)
{

	return false;
}

static uint32_t
hw_crc32c(uint32_t crc, const uint8_t *p, size_t len)
{

	return crc;
}
#endif

void
ext2fs_csum_init(void)
{
	uint32_t c, b;
	uint16_t h;
	int i, k;

	for (i = 0; i < 256; i++) {
		c = i;
		h = i;
		b = (uint32_t)i << 24;
		for (k = 0; k < 8; k++) {
			c = (c >> 1) ^ ((c & 1) ? CRC32C_POLY : 0);
			h = (h >> 1) ^ ((h & 1) ? CRC16_POLY : 0);
			b = (b << 1) ^ ((b >> 31) ? CRC32_POLY : 0);
		}
		crc32c_tab[0][i] = c;
		crc16_tab[i] = h;
		crc32be_tab[i] = b;
	}
	for (i = 0; i < 256; i++)
		for (k = 1; k < 8; k++) {
			c = crc32c_tab[k - 1][i];
			crc32c_tab[k][i] = (c >> 8) ^ crc32c_tab[0][c & 0xff];
		}
	crc32c_hw = hw_present();
}

/* Eight bytes a step: table k carries a byte over k zero bytes. */
static uint32_t
sw_crc32c(uint32_t crc, const uint8_t *p, size_t len)
{
	uint32_t lo, hi;

	for (; len >= 8; p += 8, len -= 8) {
		lo = crc ^ le32dec(p);
		hi = le32dec(p + 4);
		crc = crc32c_tab[7][lo & 0xff] ^
		    crc32c_tab[6][(lo >> 8) & 0xff] ^
		    crc32c_tab[5][(lo >> 16) & 0xff] ^
		    crc32c_tab[4][lo >> 24] ^
		    crc32c_tab[3][hi & 0xff] ^
		    crc32c_tab[2][(hi >> 8) & 0xff] ^
		    crc32c_tab[1][(hi >> 16) & 0xff] ^
		    crc32c_tab[0][hi >> 24];
	}
	for (; len > 0; p++, len--)
		crc = (crc >> 8) ^ crc32c_tab[0][(crc ^ *p) & 0xff];
	return crc;
}

uint32_t
ext2fs_crc32c(uint32_t crc, const void *buf, size_t len)
{

	if (crc32c_hw)
		return hw_crc32c(crc, buf, len);
	return sw_crc32c(crc, buf, len);
}

uint32_t
ext2fs_crc32c_le32(uint32_t crc, uint32_t v)
{

	v = htole32(v);
	return ext2fs_crc32c(crc, &v, sizeof(v));
}

uint16_t
ext2fs_crc16(uint16_t crc, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (; len > 0; p++, len--)
		crc = (crc >> 8) ^ crc16_tab[(crc ^ *p) & 0xff];
	return crc;
}

uint32_t
ext2fs_crc32be(uint32_t crc, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (; len > 0; p++, len--)
		crc = (crc << 8) ^ crc32be_tab[(crc >> 24) ^ *p];
	return crc;
}
