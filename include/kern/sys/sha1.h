/* SPDX-License-Identifier: BSD-2-Clause */
/* The SHA-1 message digest, RFC 3174. */
#ifndef _SYS_SHA1_H_
#define _SYS_SHA1_H_

#include <sys/types.h>

#define SHA1_DIGEST_LENGTH		20
#define SHA1_DIGEST_STRING_LENGTH	41

typedef struct {
	uint32_t	state[5];
	uint32_t	count[2];	/* bytes so far, low word first */
	uint8_t		buffer[64];
} SHA1_CTX;

__BEGIN_DECLS
void	SHA1Init(SHA1_CTX *);
void	SHA1Update(SHA1_CTX *, const uint8_t *, unsigned int);
void	SHA1Final(uint8_t [SHA1_DIGEST_LENGTH], SHA1_CTX *);
__END_DECLS

#endif /* _SYS_SHA1_H_ */
