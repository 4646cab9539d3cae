/* SPDX-License-Identifier: BSD-2-Clause */
/* The SHA-2 message digests, RFC 6234. The functions return 1. */
#ifndef _SYS_SHA2_H_
#define _SYS_SHA2_H_

#include <sys/types.h>

#define SHA224_BLOCK_LENGTH		64
#define SHA224_DIGEST_LENGTH		28
#define SHA256_BLOCK_LENGTH		64
#define SHA256_DIGEST_LENGTH		32
#define SHA256_DIGEST_STRING_LENGTH	(SHA256_DIGEST_LENGTH * 2 + 1)
#define SHA384_BLOCK_LENGTH		128
#define SHA384_DIGEST_LENGTH		48
#define SHA384_DIGEST_STRING_LENGTH	(SHA384_DIGEST_LENGTH * 2 + 1)
#define SHA512_BLOCK_LENGTH		128
#define SHA512_DIGEST_LENGTH		64
#define SHA512_DIGEST_STRING_LENGTH	(SHA512_DIGEST_LENGTH * 2 + 1)

typedef struct _SHA256_CTX {
	uint32_t	state[8];
	uint64_t	bitcount;
	uint8_t		buffer[SHA256_BLOCK_LENGTH];
} SHA256_CTX;
typedef SHA256_CTX SHA224_CTX;

typedef struct _SHA512_CTX {
	uint64_t	state[8];
	uint64_t	bitcount[2];	/* low word first */
	uint8_t		buffer[SHA512_BLOCK_LENGTH];
} SHA512_CTX;
typedef SHA512_CTX SHA384_CTX;

__BEGIN_DECLS
int	SHA224_Init(SHA224_CTX *);
int	SHA224_Update(SHA224_CTX *, const uint8_t *, size_t);
int	SHA224_Final(uint8_t [SHA224_DIGEST_LENGTH], SHA224_CTX *);
int	SHA256_Init(SHA256_CTX *);
int	SHA256_Update(SHA256_CTX *, const uint8_t *, size_t);
int	SHA256_Final(uint8_t [SHA256_DIGEST_LENGTH], SHA256_CTX *);
int	SHA384_Init(SHA384_CTX *);
int	SHA384_Update(SHA384_CTX *, const uint8_t *, size_t);
int	SHA384_Final(uint8_t [SHA384_DIGEST_LENGTH], SHA384_CTX *);
int	SHA512_Init(SHA512_CTX *);
int	SHA512_Update(SHA512_CTX *, const uint8_t *, size_t);
int	SHA512_Final(uint8_t [SHA512_DIGEST_LENGTH], SHA512_CTX *);
__END_DECLS

#endif /* _SYS_SHA2_H_ */
