/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock, and initialisers under it, as rumpkern's own parts use them. */
#ifndef _RUMP_PRIV_CLOCK_H_
#define _RUMP_PRIV_CLOCK_H_

#include <sys/types.h>

/* Nanoseconds since boot, exact. Any context. */
int64_t	rump_clock_uptime_ns(void);

void	rump_callout_init(void);
void	rump_hook_init(void);

#endif /* _RUMP_PRIV_CLOCK_H_ */
