/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fast random numbers, cprng_fast(9).  Callable from any context.
 */
#ifndef _CRYPTO_CPRNG_FAST_H_
#define	_CRYPTO_CPRNG_FAST_H_

#include <sys/types.h>

uint32_t cprng_fast32(void);
uint64_t cprng_fast64(void);
/* Fill a buffer; all of it, the length is the result. */
size_t	cprng_fast(void *, size_t);

#endif /* _CRYPTO_CPRNG_FAST_H_ */
