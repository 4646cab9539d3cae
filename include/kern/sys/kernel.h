/* SPDX-License-Identifier: BSD-2-Clause */
/* Global values of the kernel: host identity, clock rates, boot state. */
#ifndef _SYS_KERNEL_H_
#define _SYS_KERNEL_H_

#include <sys/param.h>
#include <sys/time.h>

extern long hostid;
extern char hostname[MAXHOSTNAMELEN];
extern int hostnamelen;
extern char domainname[MAXHOSTNAMELEN];
extern int domainnamelen;

extern struct timespec boottime;	/* wall-clock time of boot */
extern int rtc_offset;			/* minutes west of UTC */

extern int cold;			/* still booting */
extern int tick;			/* microseconds per tick */
extern int tickadj;
extern int hz;				/* ticks per second */
extern int stathz;
extern int profhz;
extern int schedhz;

/* Ticks since boot; never stale, see sys/timevar.h. */
extern int hardclock_ticks;
int	*rump_hardclock_ticks(void);
#define hardclock_ticks	(*rump_hardclock_ticks())

#endif /* _SYS_KERNEL_H_ */
