/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling as drivers see it. */
#ifndef _SYS_SCHED_H_
#define _SYS_SCHED_H_

#include <sys/types.h>

struct lwp;

struct schedstate_percpu {
	volatile int spc_flags;		/* SPCF_* */
	volatile pri_t spc_curpriority;
	void *spc_spare[2];
};

#define SPCF_SEENRR	0x0001
#define SPCF_SHOULDYIELD 0x0002	/* somebody else wants this CPU */
#define SPCF_IDLE	0x0004
#define SPCF_OFFLINE	0x0008
#define SPCF_SWITCHCLEAR (SPCF_SEENRR | SPCF_SHOULDYIELD)

/** Let others run if any is ready, from a place that could go on for long. */
void	preempt(void);
/** Let others of the same priority run. */
void	yield(void);
/** Make a lwp that was prepared by the caller (LSIDL) runnable. */
void	sched_enqueue(struct lwp *, bool);
pri_t	sched_kpri(struct lwp *);

#endif /* _SYS_SCHED_H_ */
