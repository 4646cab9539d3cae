/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cyclic redundancy checks, for both namespaces: compiled into the kernel and
 * into the host programs that need them. Any thread, any context.
 */
#ifndef _RUMP_FREE_CRC_H_
#define _RUMP_FREE_CRC_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/**
 * CRC-32C (Castagnoli, reflected 0x82f63b78) of @len bytes at @buf, continuing
 * from @crc, with no inversion at either end: the ext4 convention is to start
 * at ~0 and to use the result as it is; iSCSI inverts it.
 */
uint32_t rump_crc32c(uint32_t crc, const void *buf, size_t len);

/** The same without the processor's instruction, for tests. */
uint32_t rump_crc32c_generic(uint32_t crc, const void *buf, size_t len);

/** CRC-32 (ISO 3309, reflected 0xedb88320), inverted at both ends: zlib's. */
uint32_t rump_crc32(uint32_t crc, const void *buf, size_t len);

/** CRC-16 (reflected 0xa001) continuing from @crc, no inversion. */
uint16_t rump_crc16(uint16_t crc, const void *buf, size_t len);

#endif /* _RUMP_FREE_CRC_H_ */
