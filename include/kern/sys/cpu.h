/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs. */
#ifndef _SYS_CPU_H_
#define _SYS_CPU_H_

#include <sys/types.h>
#include <sys/mutex.h>

#include <machine/cpu.h>

struct cpu_info;
struct lwp;

#define MAXCPUS_RUMP	64

/** Whether this is interrupt context; never true on a virtual CPU's lwps
 * but the event side's. */
bool	cpu_intr_p(void);
/** Whether this is a soft interrupt handler. */
bool	cpu_softintr_p(void);
/** The n-th CPU, NULL past the last. */
struct cpu_info *cpu_lookup(u_int);
void	cpu_need_resched(struct cpu_info *, int);

static __inline u_int __attribute__((__unused__))
cpu_index(const struct cpu_info *ci)
{

	return ci->ci_index;
}

extern kmutex_t cpu_lock;

#endif /* _SYS_CPU_H_ */
