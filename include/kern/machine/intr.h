/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spl(9) on a virtual CPU: interrupts do not arrive between two
 * instructions, so raising the level only remembers it (for assertions).
 */
#ifndef _MACHINE_INTR_H_
#define _MACHINE_INTR_H_

/* Levels, in the order of spl(9). */
#define IPL_NONE	0
#define IPL_PREEMPT	1
#define IPL_SOFTCLOCK	2
#define IPL_SOFTBIO	3
#define IPL_SOFTNET	4
#define IPL_SOFTSERIAL	5
#define IPL_VM		6
#define IPL_SCHED	7
#define IPL_HIGH	8
#define NIPL		9

typedef int ipl_t;
typedef struct {
	ipl_t _ipl;
} ipl_cookie_t;

int	splraise(int);
void	spllower(int);

#define splx(s)		spllower(s)
#define spl0()		spllower(IPL_NONE)
#define makeiplcookie(ipl) ((ipl_cookie_t){ (ipl) })
#define splraiseipl(c)	splraise((c)._ipl)

#include <sys/spl.h>

#endif /* _MACHINE_INTR_H_ */
