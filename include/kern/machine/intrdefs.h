/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt priority levels, in the order of spl(9). */
#ifndef _MACHINE_INTRDEFS_H_
#define _MACHINE_INTRDEFS_H_

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

#endif /* _MACHINE_INTRDEFS_H_ */
