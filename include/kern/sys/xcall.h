/* SPDX-License-Identifier: BSD-2-Clause */
/* xcall(9): calls on other CPUs. */
#ifndef _SYS_XCALL_H_
#define _SYS_XCALL_H_

#include <sys/types.h>

struct cpu_info;

typedef void (*xcfunc_t)(void *, void *);

#define XC_HIGHPRI	0x01
#define XC_HIGHPRI_IPL(ipl) (XC_HIGHPRI | ((ipl) << 8))

/** Call on every CPU; wait for it with the ticket returned.  May sleep. */
uint64_t xc_broadcast(u_int, xcfunc_t, void *, void *);
/** Call on one CPU. */
uint64_t xc_unicast(u_int, xcfunc_t, void *, void *, struct cpu_info *);
void	xc_wait(uint64_t);
/** Return when every CPU has passed a point where it holds nothing. */
void	xc_barrier(u_int);

#endif /* _SYS_XCALL_H_ */
