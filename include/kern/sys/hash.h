/* SPDX-License-Identifier: BSD-2-Clause */
/* Simple multiplicative string hashes for tables. */
#ifndef _SYS_HASH_H_
#define _SYS_HASH_H_

#include <sys/types.h>

#define HASH32_BUF_INIT	5381
#define HASH32_STR_INIT	5381

/* Hash of a buffer, continuing from hash. */
static __inline uint32_t __unused
hash32_buf(const void *buf, size_t len, uint32_t hash)
{
	const uint8_t *s;

	for (s = buf; len != 0; len--)
		hash = hash * 33 + *s++;
	return hash;
}

/* Hash of a string. */
static __inline uint32_t __unused
hash32_str(const void *buf, uint32_t hash)
{
	const uint8_t *s;

	for (s = buf; *s != '\0'; s++)
		hash = hash * 33 + *s;
	return hash;
}

/* Hash of at most len bytes of a string. */
static __inline uint32_t __unused
hash32_strn(const void *buf, size_t len, uint32_t hash)
{
	const uint8_t *s;

	for (s = buf; len != 0 && *s != '\0'; len--)
		hash = hash * 33 + *s++;
	return hash;
}

__BEGIN_DECLS
uint32_t murmurhash2(const void *, size_t, uint32_t);
__END_DECLS

#endif /* _SYS_HASH_H_ */
