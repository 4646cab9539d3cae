/* SPDX-License-Identifier: BSD-2-Clause */
/* The Advanced Encryption Standard, FIPS 197: with the schedule in hand. */
#ifndef _CRYPTO_RIJNDAEL_RIJNDAEL_ALG_FST_H_
#define _CRYPTO_RIJNDAEL_RIJNDAEL_ALG_FST_H_

#include <sys/types.h>

#define RIJNDAEL_MAXKC	(256 / 32)
#define RIJNDAEL_MAXKB	(256 / 8)
#define RIJNDAEL_MAXNR	14

/** Schedule of a key of so many bits; the number of rounds, 0: no such
 * key.  For decryption: the schedule of the equivalent inverse cipher. */
int	rijndaelKeySetupEnc(u_int32_t [], const u_int8_t [], int);
int	rijndaelKeySetupDec(u_int32_t [], const u_int8_t [], int);
/** One block of 16 bytes with a schedule of so many rounds. */
void	rijndaelEncrypt(const u_int32_t [], int, const u_int8_t [16],
	    u_int8_t [16]);
void	rijndaelDecrypt(const u_int32_t [], int, const u_int8_t [16],
	    u_int8_t [16]);

#endif /* _CRYPTO_RIJNDAEL_RIJNDAEL_ALG_FST_H_ */
