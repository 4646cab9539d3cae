/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual CPU as the kernel namespace sees it.
 *
 * Fields of struct cpu_info are written by the lwp that runs on that CPU,
 * except ci_want_resched (any) and what stands under the scheduler's mutex.
 */
#ifndef _MACHINE_CPU_H_
#define _MACHINE_CPU_H_

#include <sys/types.h>
#include <sys/cpu_data.h>

struct lwp;

struct cpu_info {
	struct cpu_data ci_data;
	struct lwp *volatile ci_curlwp;	/* who runs here, NULL: nobody */
	volatile unsigned int ci_vcpu;	/* entry word, see scheduler.c */
	volatile unsigned int ci_gen;	/* how often it was given up */
	volatile int ci_want_resched;
	int ci_ilevel;			/* remembered interrupt level */
	int ci_mtx_count;		/* spin mutexes held */
	int ci_psz_depth;		/* nested pserialize read sections */
	unsigned int ci_barges;		/* takings past a woken waiter */
	cpuid_t ci_cpuid;
	int ci_acpiid;
} __attribute__((__aligned__(64)));

extern struct cpu_info rump_bootcpu;
#ifdef RUMP_UP
/* One virtual CPU: whoever reads these holds it. */
extern struct lwp *rump_curlwp_up;
#define curlwp		rump_curlwp_up
#define curcpu()	(&rump_bootcpu)
#else
struct lwp *rumpuser_curlwp(void);
struct lwp *rump_curlwp_fast(void);
struct cpu_info *rump_curcpu(void);
#define curlwp		rumpuser_curlwp()
#define curcpu()	rump_curcpu()
#endif

#define cpu_number()	((int)curcpu()->ci_cpuid)
#define CPU_IS_PRIMARY(ci) ((ci)->ci_cpuid == 0)

#define CPU_INFO_ITERATOR int __attribute__((__unused__))
#define CPU_INFO_FOREACH(cii, ci)					\
	cii = 0; ((ci) = cpu_lookup(cii)) != NULL; cii++

#define LWP_PC(l)	((l)->l_md.md_regs->tf_rip)

/** Busy wait; from any context. */
void	delay(unsigned int);
#define DELAY(us)	delay(us)

#endif /* _MACHINE_CPU_H_ */
