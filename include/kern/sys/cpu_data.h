/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine-independent part of a CPU. */
#ifndef _SYS_CPU_DATA_H_
#define _SYS_CPU_DATA_H_

#include <sys/types.h>
#include <sys/sched.h>

struct lwp;

struct cpu_data {
	struct schedstate_percpu cpu_schedstate;
	u_int cpu_index;
	uint64_t cpu_nswtch;
	uint64_t cpu_nsyscall;
	uint64_t cpu_nsoft;
	void *cpu_softcpu;
	struct lwp *cpu_onproc;
	void *cpu_spare[4];
};

#define ci_schedstate	ci_data.cpu_schedstate
#define ci_index	ci_data.cpu_index
#define ci_softcpu	ci_data.cpu_softcpu

#endif /* _SYS_CPU_DATA_H_ */
