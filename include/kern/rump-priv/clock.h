/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock, and initialisers under it, as rumpkern's own parts use them. */
#ifndef _RUMP_PRIV_CLOCK_H_
#define _RUMP_PRIV_CLOCK_H_

#include <sys/callout.h>
#include <sys/types.h>

struct proc;

/* Nanoseconds since boot, exact. Any context. */
int64_t	rump_clock_uptime_ns(void);
/* The same moment on the host's monotonic clock. */
int64_t	rump_clock_host_ns(int64_t);

/* callout_schedule() for a time of that clock, to the nanosecond. */
void	rump_callout_until(callout_t *, int64_t);

/* The wall clock, exact; and what it was set to has changed. */
int64_t	rump_clock_wall_ns(void);
void	rump_timers_clockset(void);
/* Let it go faster or slower until it has changed so much, nanoseconds; NULL:
 * nothing new.  What was left of the last change. */
int64_t	rump_clock_adjust(const int64_t *);

void	rump_timers_init(void);
/* A process ends: its timers are gone, none is running, on return. */
void	rump_timers_free(struct proc *);

void	rump_callout_init(void);
void	rump_hook_init(void);

#endif /* _RUMP_PRIV_CLOCK_H_ */
