/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Advanced Encryption Standard by the interface that submissions to NIST
 * had: runs of blocks, with modes.
 */
#ifndef _CRYPTO_RIJNDAEL_RIJNDAEL_API_FST_H_
#define _CRYPTO_RIJNDAEL_RIJNDAEL_API_FST_H_

#include <crypto/rijndael/rijndael-alg-fst.h>

#define DIR_ENCRYPT	0
#define DIR_DECRYPT	1
#define MODE_ECB	1
#define MODE_CBC	2

#define BAD_KEY_DIR		(-1)
#define BAD_KEY_MAT		(-2)
#define BAD_CIPHER_MODE		(-4)
#define BAD_CIPHER_STATE	(-5)

typedef unsigned char BYTE;

typedef struct {
	BYTE		direction;
	int		Nr;
	u_int32_t	rk[4 * (RIJNDAEL_MAXNR + 1)];
} keyInstance;

typedef struct {
	BYTE		mode;
	BYTE		IV[16];		/* of the next run of blocks */
} cipherInstance;

/** Key of so many bits, as bytes, for one direction.  1, or BAD_*. */
int	rijndael_makeKey(keyInstance *, BYTE, int, const char *);
/** A mode and its first IV, 16 bytes (NULL: zeroes).  1, or BAD_*. */
int	rijndael_cipherInit(cipherInstance *, BYTE, const char *);
/**
 * The whole blocks of so many bits; in and out may be the same.  The IV of the
 * cipher stays.  Bits done, or BAD_*.
 */
int	rijndael_blockEncrypt(cipherInstance *, keyInstance *, const BYTE *, int,
	    BYTE *);
int	rijndael_blockDecrypt(cipherInstance *, keyInstance *, const BYTE *, int,
	    BYTE *);

#endif /* _CRYPTO_RIJNDAEL_RIJNDAEL_API_FST_H_ */
