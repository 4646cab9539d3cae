/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte order of the machine, conversions to and from fixed byte orders, and
 * access to unaligned fixed-order integers.
 */
#ifndef _SYS_ENDIAN_H_
#define _SYS_ENDIAN_H_

#include <sys/featuretest.h>
#include <sys/cdefs.h>
#include <sys/stdint.h>
#include <sys/ansi.h>
#include <sys/bswap.h>

#define _LITTLE_ENDIAN	1234
#define _BIG_ENDIAN	4321
#define _PDP_ENDIAN	3412

#include <machine/endian_machdep.h>

#define LITTLE_ENDIAN	_LITTLE_ENDIAN
#define BIG_ENDIAN	_BIG_ENDIAN
#define PDP_ENDIAN	_PDP_ENDIAN
#define BYTE_ORDER	_BYTE_ORDER

#if _BYTE_ORDER == _LITTLE_ENDIAN
#define _QUAD_HIGHWORD	1
#define _QUAD_LOWWORD	0
#else
#define _QUAD_HIGHWORD	0
#define _QUAD_LOWWORD	1
#endif

#ifndef in_addr_t
typedef __in_addr_t	in_addr_t;
#define in_addr_t	__in_addr_t
#endif
#ifndef in_port_t
typedef __in_port_t	in_port_t;
#define in_port_t	__in_port_t
#endif

__BEGIN_DECLS
uint32_t htonl(uint32_t) __constfunc;
uint16_t htons(uint16_t) __constfunc;
uint32_t ntohl(uint32_t) __constfunc;
uint16_t ntohs(uint16_t) __constfunc;
__END_DECLS

#if _BYTE_ORDER == _LITTLE_ENDIAN
#define htobe16(x)	bswap16(x)
#define htobe32(x)	bswap32(x)
#define htobe64(x)	bswap64(x)
#define htole16(x)	((uint16_t)(x))
#define htole32(x)	((uint32_t)(x))
#define htole64(x)	((uint64_t)(x))
#else
#define htobe16(x)	((uint16_t)(x))
#define htobe32(x)	((uint32_t)(x))
#define htobe64(x)	((uint64_t)(x))
#define htole16(x)	bswap16(x)
#define htole32(x)	bswap32(x)
#define htole64(x)	bswap64(x)
#endif

#define htonl(x)	htobe32(x)
#define htons(x)	htobe16(x)
#define ntohl(x)	htobe32(x)
#define ntohs(x)	htobe16(x)
#define be16toh(x)	htobe16(x)
#define be32toh(x)	htobe32(x)
#define be64toh(x)	htobe64(x)
#define le16toh(x)	htole16(x)
#define le32toh(x)	htole32(x)
#define le64toh(x)	htole64(x)

#define NTOHL(x)	(x) = ntohl(x)
#define NTOHS(x)	(x) = ntohs(x)
#define HTONL(x)	(x) = htonl(x)
#define HTONS(x)	(x) = htons(x)
#define HTOBE16(x)	(x) = htobe16(x)
#define HTOBE32(x)	(x) = htobe32(x)
#define HTOBE64(x)	(x) = htobe64(x)
#define HTOLE16(x)	(x) = htole16(x)
#define HTOLE32(x)	(x) = htole32(x)
#define HTOLE64(x)	(x) = htole64(x)
#define BE16TOH(x)	(x) = be16toh(x)
#define BE32TOH(x)	(x) = be32toh(x)
#define BE64TOH(x)	(x) = be64toh(x)
#define LE16TOH(x)	(x) = le16toh(x)
#define LE32TOH(x)	(x) = le32toh(x)
#define LE64TOH(x)	(x) = le64toh(x)

/* Unaligned access: the compiler turns the constant-size copy into a move. */
#define __ENDIAN_ENCDEC(order, bits)					\
static __inline void __unused						\
order ## bits ## enc(void *buf, uint ## bits ## _t u)			\
{									\
									\
	u = hto ## order ## bits(u);					\
	__builtin_memcpy(buf, &u, sizeof(u));				\
}									\
									\
static __inline uint ## bits ## _t __unused				\
order ## bits ## dec(const void *buf)					\
{									\
	uint ## bits ## _t u;						\
									\
	__builtin_memcpy(&u, buf, sizeof(u));				\
	return order ## bits ## toh(u);					\
}

__ENDIAN_ENCDEC(be, 16)
__ENDIAN_ENCDEC(be, 32)
__ENDIAN_ENCDEC(be, 64)
__ENDIAN_ENCDEC(le, 16)
__ENDIAN_ENCDEC(le, 32)
__ENDIAN_ENCDEC(le, 64)
#undef __ENDIAN_ENCDEC

#endif /* _SYS_ENDIAN_H_ */
