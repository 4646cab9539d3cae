/* SPDX-License-Identifier: BSD-2-Clause */
/* The Advanced Encryption Standard, FIPS 197: single blocks. */
#ifndef _CRYPTO_RIJNDAEL_RIJNDAEL_H_
#define _CRYPTO_RIJNDAEL_RIJNDAEL_H_

#include <sys/types.h>
#include <crypto/rijndael/rijndael-alg-fst.h>

/** A key's schedules. */
typedef struct {
	int		Nr;			/* rounds */
	uint32_t	ek[4 * (RIJNDAEL_MAXNR + 1)];
	uint32_t	dk[4 * (RIJNDAEL_MAXNR + 1)];
} rijndael_ctx;

/** Expand a key of 128, 192 or 256 bits. */
void	rijndael_set_key(rijndael_ctx *, const u_char *, int);
/** One block of 16 bytes; in and out may be the same. */
void	rijndael_encrypt(const rijndael_ctx *, const u_char *, u_char *);
void	rijndael_decrypt(const rijndael_ctx *, const u_char *, u_char *);

#endif /* _CRYPTO_RIJNDAEL_RIJNDAEL_H_ */
