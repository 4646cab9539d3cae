/* SPDX-License-Identifier: BSD-2-Clause */
/* spl(9) and softint(9): interrupt levels and software interrupts. */
#ifndef _SYS_INTR_H_
#define _SYS_INTR_H_

#include <sys/types.h>

#include <machine/intr.h>

#define IPL_BIO		IPL_VM
#define IPL_NET		IPL_VM
#define IPL_TTY		IPL_VM
#define IPL_AUDIO	IPL_SCHED
#define IPL_CLOCK	IPL_SCHED
#define IPL_STATCLOCK	IPL_SCHED
#define IPL_SERIAL	IPL_HIGH
#define IPL_LOCK	IPL_HIGH

#define splbio()	splvm()
#define splnet()	splvm()
#define spltty()	splvm()
#define splaudio()	splsched()
#define splclock()	splsched()
#define splstatclock()	splsched()
#define splserial()	splhigh()
#define spllock()	splhigh()

#define SOFTINT_BIO	0x0000U
#define SOFTINT_CLOCK	0x0001U
#define SOFTINT_SERIAL	0x0002U
#define SOFTINT_NET	0x0003U
#define SOFTINT_COUNT	0x0004U
#define SOFTINT_MPSAFE	0x0100U
#define SOFTINT_RCPU	0x0200U
#define SOFTINT_LVLMASK	0x00ffU

#define INTRIDBUF	64
#define INTRDEVNAMEBUF	64

struct cpu_info;

/** A handler to be run at a soft level; NULL when there is no memory. */
void	*softint_establish(u_int, void (*)(void *), void *);
/** Take it back; waits for a run in progress. */
void	softint_disestablish(void *);
/** Have it run soon, once; from any context. */
void	softint_schedule(void *);
void	softint_schedule_cpu(void *, struct cpu_info *);

#endif /* _SYS_INTR_H_ */
