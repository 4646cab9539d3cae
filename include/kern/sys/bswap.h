/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte swapping. The functions exist for those who take their address; the
 * macros of the same names are constant expressions for constant arguments.
 */
#ifndef _SYS_BSWAP_H_
#define _SYS_BSWAP_H_

#include <sys/stdint.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
uint16_t bswap16(uint16_t) __constfunc;
uint32_t bswap32(uint32_t) __constfunc;
uint64_t bswap64(uint64_t) __constfunc;
__END_DECLS

#define bswap16(x)	((uint16_t)__builtin_bswap16((uint16_t)(x)))
#define bswap32(x)	((uint32_t)__builtin_bswap32((uint32_t)(x)))
#define bswap64(x)	((uint64_t)__builtin_bswap64((uint64_t)(x)))

#endif /* _SYS_BSWAP_H_ */
