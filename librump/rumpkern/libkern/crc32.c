/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's names of the shared checksums. */
#include <sys/param.h>
#include <sys/systm.h>

#include <rump-free/crc.h>

uint32_t
crc32(uint32_t crc, const uint8_t *buf, size_t len)
{

	return rump_crc32(crc, buf, len);
}
