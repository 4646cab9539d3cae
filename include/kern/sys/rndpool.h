/* SPDX-License-Identifier: BSD-2-Clause */
/* The entropy pool's size, and its statistics as clients see them. */
#ifndef _SYS_RNDPOOL_H_
#define _SYS_RNDPOOL_H_

#include <sys/types.h>

#define RND_POOLWORDS	128	/* words of 32 bits */
#define RND_POOLBITS	(RND_POOLWORDS * 32)

typedef struct {
	uint32_t	poolsize;
	uint32_t	threshold;
	uint32_t	maxentropy;
	uint32_t	added;
	uint32_t	curentropy;
	uint32_t	removed;
	uint32_t	discarded;
	uint32_t	generated;
} rndpoolstat_t;

#endif /* _SYS_RNDPOOL_H_ */
