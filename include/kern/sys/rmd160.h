/* SPDX-License-Identifier: BSD-2-Clause */
/* The RIPEMD-160 message digest, of Dobbertin, Bosselaers and Preneel. */
#ifndef _SYS_RMD160_H_
#define _SYS_RMD160_H_

#include <sys/types.h>

#define RMD160_DIGEST_LENGTH	20

typedef struct RMD160Context {
	uint32_t	state[5];
	uint64_t	count;		/* bytes so far */
	unsigned char	buffer[64];
} RMD160_CTX;

__BEGIN_DECLS
void	RMD160Init(RMD160_CTX *);
void	RMD160Update(RMD160_CTX *, const u_char *, uint32_t);
void	RMD160Final(u_char [RMD160_DIGEST_LENGTH], RMD160_CTX *);
__END_DECLS

#endif /* _SYS_RMD160_H_ */
