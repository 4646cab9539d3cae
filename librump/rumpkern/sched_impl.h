/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched_impl.h - what the files of the scheduler share: scheduler.c (who
 * holds a virtual CPU), sched_fiber.c (which kernel thread runs on it, `up'),
 * sched_event.c (timed sleeps of those, and the thread that waits for them).
 */
#ifndef _RUMPKERN_SCHED_IMPL_H_
#define _RUMPKERN_SCHED_IMPL_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/lwp.h>

#include <rump/rumpuser.h>

#include <rump-priv/kern.h>

/** This lwp now runs on this CPU, which its host thread has. */
static inline void
vcpu_run(struct cpu_info *ci, struct lwp *l)
{

#ifdef RUMP_UP
	rump_curlwp_up = l;
#else
	__atomic_store_n(&l->l_cpu, ci, __ATOMIC_RELAXED);
#endif
	__atomic_store_n(&ci->ci_curlwp, l, __ATOMIC_RELAXED);
}

/** It does not any more. */
static inline void
vcpu_stop(struct cpu_info *ci)
{

	__atomic_store_n(&ci->ci_curlwp, NULL, __ATOMIC_RELAXED);
#ifdef RUMP_UP
	rump_curlwp_up = NULL;
#else
	/* Who sees the new number sees all that was done before. */
	__atomic_store_n(&ci->ci_gen, ci->ci_gen + 1, __ATOMIC_RELEASE);
#endif
}

#ifdef RUMP_UP
/* The bias of the virtual CPU: see scheduler.c for the proof. */
struct rump_bias {
	struct lwp *volatile lwp;	/* the CPU is biased to it */
	struct lwp *debt;		/* revoked while it was inside */
	struct lwp *last;		/* who entered last (v) */
	unsigned int streak;		/* how often in a row (v) */
	unsigned int need;		/* what earns the bias */
	bool fenced;			/* constant: no membarrier */
};
extern struct rump_bias rump_bias __attribute__((__visibility__("hidden")));
void	rump_bias_left(struct lwp *);

/* Between the holder's store and its load, which must keep their order. */
static inline void
bias_fence(void)
{

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__predict_false(rump_bias.fenced))
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline bool
bias_enter(struct lwp *l)
{

	if (__atomic_load_n(&rump_bias.lwp, __ATOMIC_RELAXED) != l)
		return false;
	__atomic_store_n(&l->l_biased, 1, __ATOMIC_RELAXED);
	bias_fence();
	return __atomic_load_n(&rump_bias.lwp, __ATOMIC_ACQUIRE) == l;
}

static inline void
bias_leave(struct lwp *l)
{

	__atomic_store_n(&l->l_biased, 0, __ATOMIC_RELEASE);
	bias_fence();
	if (__predict_false(__atomic_load_n(&rump_bias.lwp,
	    __ATOMIC_RELAXED) != l))
		rump_bias_left(l);
}

/* How a lwp of a kernel thread stands: l_runstate, under the virtual CPU. */
#define RS_RUNNING	0	/* or wants the CPU by itself */
#define RS_BLOCKED	1	/* until rump_lwp_ready() */
#define RS_READY	2	/* on the run queue */

/* Kernel threads that are ready, and the most urgent host thread that waits
 * for the CPU (-1: none). */
extern unsigned int rump_nready __attribute__((__visibility__("hidden")));
extern volatile int rump_waitpri;

/** The host thread that calls, with @l, holds the CPU and carries fibers
 * until there are none, or somebody else is to have the CPU, or the budget is
 * used up, or @l is ready again (if it sleeps, for which @until is the time)
 * and no less urgent.  Then @l runs again. */
void	rump_fiber_carry(struct lwp *l, int64_t until);
/** The same for a client that leaves or is about to block in the host. */
void	rump_fiber_leave(struct lwp *l);
/** curlwp, a kernel thread, sleeps; as rump_lwp_block(). */
bool	rump_fiber_block(struct lwp *l, int64_t until);
/** curlwp, a kernel thread, lets others run: all, or those not below it. */
void	rump_fiber_yield(struct lwp *l, bool all);
/** It can go on. */
void	rump_fiber_ready(struct lwp *l);
/** The calling kernel thread ends; its lwp may be gone. */
void	rump_fiber_exit(void) __dead;
/** Begin a new one.  ENOMEM. */
int	rump_fiber_start(struct lwp *l, void (*fn)(void *));
/** A kernel thread has taken the CPU on a host thread by itself. */
void	rump_fiber_resumed(struct lwp *l);
/** The lwp whose host thread the calling kernel thread is carried by. */
struct lwp *rump_fiber_host(void);
/** The place of a ready one changes with its priority. */
void	rump_fiber_requeue(struct lwp *l, pri_t pri);

/** Sleep of a kernel thread: it is to be made ready at @until. */
void	rump_timer_start(struct lwp *l, int64_t until);
void	rump_timer_stop(struct lwp *l);
/** Have the event thread carry what is ready.  False: there is none. */
bool	rump_event_poke(void);

/** The calling host thread holds the CPU for nobody: release it. */
void	rump_vcpu_drop(void);
/** curlwp @l lets the most urgent host thread that waits have the CPU. */
void	rump_vcpu_yield(struct lwp *l);
#endif

/** rump_schedule_cpu() and rump_unschedule_cpu() for who does that often. */
static inline void
vcpu_enter(struct lwp *l)
{

#ifdef RUMP_UP
	if (__predict_true(bias_enter(l))) {
		vcpu_run(&rump_bootcpu, l);
		return;
	}
#endif
	rump_schedule_cpu(l);
}

static inline void
vcpu_leave(struct lwp *l)
{

#ifdef RUMP_UP
	if (__predict_true(l->l_biased && rump_nready == 0)) {
		vcpu_stop(&rump_bootcpu);
		bias_leave(l);
		return;
	}
#endif
	rump_unschedule_cpu(l);
}

/**
 * Enter the kernel as the lwp that the CPU is biased to.  NULL: that is not
 * the calling thread's, or anything else is unusual: rump_schedule_enter().
 */
static inline struct lwp *
lwp_enter_biased(void)
{
#ifdef RUMP_UP
	struct lwp *l = rumpuser_curlwp();

	if (__predict_false(l == NULL || rump_bias.lwp != l || l->l_entered))
		return NULL;
	__atomic_store_n(&l->l_entered, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	vcpu_enter(l);
	if (__predict_false(l->l_cred != l->l_proc->p_cred))
		lwp_update_creds(l);
	if (__predict_true(rump_dead_errno == 0))
		return l;
	rump_unschedule();
#endif
	return NULL;
}

/** Leave it; see rump_unschedule(). */
static inline void
lwp_leave(struct lwp *l)
{

	KASSERTMSG(l->l_biglocks == 0, "leaving with the kernel lock held");
	if (__predict_false(l->l_flag & (LW_PENDSIG | LW_WEXIT)))
		lwp_userret(l);
#ifdef RUMP_UP
	if (__predict_false(rump_nready != 0))
		rump_fiber_leave(l);
#endif
	vcpu_leave(l);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&l->l_entered, 0, __ATOMIC_RELEASE);
}

#endif /* _RUMPKERN_SCHED_IMPL_H_ */
