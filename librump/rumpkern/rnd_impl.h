/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sources of randomness have given; see subr_rnd.c.  Any context. */
#ifndef _RUMPKERN_RND_IMPL_H_
#define _RUMPKERN_RND_IMPL_H_

#include <sys/types.h>

#define RND_STIRRED	4		/* words */

/** A word of what they gave, and whether they gave anything. */
uint64_t rump_rnd_stirred(unsigned int);
bool	rump_rnd_given(void);

#endif /* _RUMPKERN_RND_IMPL_H_ */
