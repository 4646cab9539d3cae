/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums of the format that are not everybody's: CRC-32C over a number, and
 * the CRC-32 with the high bit first that commits of older journals have.
 * Pure functions.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/endian.h>

#include "ext2fs.h"

#define	CRC32_POLY	0x04c11db7U

uint32_t
ext2fs_crc32c_le32(uint32_t crc, uint32_t v)
{

	v = htole32(v);
	return rump_crc32c(crc, &v, sizeof(v));
}

/* Bit by bit: few journals have it, and those are read once. */
uint32_t
ext2fs_crc32be(uint32_t crc, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	int i;

	for (; len > 0; p++, len--) {
		crc ^= (uint32_t)*p << 24;
		for (i = 0; i < 8; i++)
			crc = (crc << 1) ^ ((crc >> 31) ? CRC32_POLY : 0);
	}
	return crc;
}
