/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Light-weight processes: threads of execution in the kernel.
 *
 * Locking: (l) the lwp itself, (p) l_proc->p_lock, (v) who holds the virtual
 * CPU the lwp runs on, (s) the scheduler's mutex, (q) the sleep queue's lock,
 * (a) proc_lock.
 */
#ifndef _SYS_LWP_H_
#define _SYS_LWP_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/rbtree.h>
#include <sys/mutex.h>
#include <sys/condvar.h>
#include <sys/time.h>
#include <sys/resource.h>
#include <sys/signal.h>
#include <sys/siginfo.h>
#include <sys/signalvar.h>
#include <sys/sched.h>

#include <machine/cpu.h>
#include <machine/proc.h>

#include <rump-priv/specificdata.h>

struct filedesc;
struct kauth_cred;
struct proc;
struct psref;
struct rumpuser_cv;
struct rumpuser_fiber;
struct rump_waiter;

#ifndef __HAVE_WCHAN_T
#define __HAVE_WCHAN_T
typedef volatile const void *wchan_t;
#endif

/* How a thread waits for a virtual CPU or to be woken; see scheduler.c. */
struct rump_waiter {
	TAILQ_ENTRY(rump_waiter) w_entry;	/* s */
	struct rumpuser_cv *w_cv;	/* s: made when first needed */
	struct cpu_info *w_cpu;		/* s: the CPU that was handed over */
	struct cpu_info *w_bound;	/* s: the only CPU it may get */
	struct lwp *w_lwp;
	pri_t w_pri;			/* s */
	uint8_t w_state;		/* s: RUMP_W_* */
	uint8_t w_woken;		/* s: has been told to try */
	uint8_t w_starving;		/* s: has tried in vain */
	uint8_t w_tokens;		/* s: wake-ups that came early */
};

struct lwp {
	/* What every entry to and exit from the kernel touches. */
	struct proc *l_proc;
	struct cpu_info *volatile l_cpu;	/* v: where it runs or ran */
	struct kauth_cred *l_cred;		/* l */
	struct filedesc *l_fd;			/* l: p_fd */
	volatile int l_entered;		/* l: inside, or on the way in */
	volatile int l_biased;		/* l: inside by way of the bias */
	int l_stat;			/* s */
	volatile int l_flag;		/* p: LW_* */
	int l_pflag;			/* l: LP_* */
	int l_prflag;			/* constant: LPR_* */
	int l_biglocks;			/* l: depth of the kernel lock */
	int l_bound;			/* l: is some host thread's */
	int l_dupfd;			/* l: for open of /dev/fd */
	uint64_t l_ncsw;		/* l */
	uint64_t l_nvcsw;

	/* Sleeping. */
	TAILQ_ENTRY(lwp) l_sleepchain;	/* q */
	volatile wchan_t l_wchan;	/* q: NULL: not on a sleep queue */
	const char *l_wmesg;		/* q */
	int l_sleeperr;			/* q */
	int l_sleepkind;		/* q: which queue l_wchan means */
	int l_waitfail;			/* q: woken for a lock in vain */
	int l_handed;			/* q: the lock was handed over */
	TAILQ_ENTRY(lwp) l_lendchain;	/* see mutex.c */
	struct kmutex *l_lending;	/* its owner has our priority */
	struct rump_waiter l_waiter;

	/* Kernel threads in `up'; see sched_fiber.c. */
	struct rumpuser_fiber *l_fiber;	/* NULL: a host thread's */
	TAILQ_ENTRY(lwp) l_runq;	/* v */
	pri_t l_runpri;			/* v: which run queue */
	uint8_t l_runstate;		/* v: RS_* */
	uint8_t l_woken;		/* v: made ready */
	struct lwp *l_carrier;		/* l: of the host thread it blocks */
	rb_node_t l_untilnode;		/* v */
	int64_t l_until;		/* v: end of its sleep, 0: none */
	uint64_t l_untilseq;		/* v: equal ones in order */

	/* Identity. */
	LIST_ENTRY(lwp) l_sibling;	/* p */
	LIST_ENTRY(lwp) l_list;		/* a */
	lwpid_t l_lid;
	int l_class;
	int l_refcnt;			/* p */
	char *l_name;
	pri_t l_priority;
	pri_t l_inheritedprio;
	u_int l_cpticks;
	fixpt_t l_pctcpu;
	fixpt_t l_estcpu;
	struct bintime l_rtime;
	struct bintime l_stime;
	u_int l_swtime;
	u_int l_slptime;
	struct rusage l_ru;
	struct mdlwp l_md;
	void *l_addr;
	void *l_emuldata;
	void *l_private;
	void *l_switchto;
	void *l_ctxlink;

	/* Signals. */
	stack_t l_sigstk;
	sigset_t l_sigmask;
	sigpend_t l_sigpend;
	int l_sigrestore;
	sigset_t l_sigoldmask;

	/* Kernel threads. */
	void (*l_func)(void *);
	void *l_farg;
	void *l_hostthread;		/* cookie to join with */
	kcondvar_t l_joincv;
	int l_exited;

	/* Read-mostly synchronisation and per-lwp data. */
	struct psref *l_psrefs;		/* l */
	int l_nopreempt;
	int l_rwcount;
	int l_exlocks;
	int l_shlocks;
	specificdata_reference l_specdataref;
	void *l_selcluster;		/* l: select/poll state */
	bool l_sigtemp;			/* l: waits with a mask for it only */
	void *l_lockcheck;		/* l: locks held, checking build */
	void *l_ktrcsw;
	void **l_panicjmp;		/* l: way out of a panic */
	void *l_rumpspare[8];
} __attribute__((__aligned__(64)));

LIST_HEAD(lwplist, lwp);

/* l_stat */
#define LSIDL		1
#define LSRUN		2
#define LSSLEEP		3
#define LSSTOP		4
#define LSZOMB		5
#define LSONPROC	7
#define LSSUSPENDED	8

/* l_flag */
#define LW_IDLE		0x00000001
#define LW_LWPCTL	0x00000002
#define LW_SINTR	0x00000080	/* sleep is interruptible */
#define LW_SYSTEM	0x00000200	/* kernel thread */
#define LW_RUMP_CLEAR	0x00080000
#define LW_WEXIT	0x00100000
#define LW_CANCELLED	0x02000000
#define LW_PENDSIG	0x01000000
#define LW_RUMP_QEXIT	0x04000000	/* to leave as soon as it can */
#define LW_CANCELLED_OK	0x10000000

/* l_prflag */
#define LPR_IMPLICIT	0x00000001	/* belongs to its host thread */

/* l_pflag */
#define LP_KTRACTIVE	0x00000001
#define LP_MPSAFE	0x00000008
#define LP_INTR		0x00000010	/* soft interrupt handler */
#define LP_SYSCTLWRITE	0x00000020
#define LP_MUSTJOIN	0x00000040
#define LP_VFORKWAIT	0x00000080
#define LP_TELEMIGRATE	0x00010000
#define LP_BOUND	0x80000000	/* stays on its CPU */

#define curproc		(curlwp->l_proc)

extern lwp_t lwp0;

/** Make a lwp; see the fields for what the arguments become.  ENOMEM. */
int	lwp_create(lwp_t *, struct proc *, vaddr_t, int, void *, size_t,
	    void (*)(void *), void *, lwp_t **, int);
/** End the lwp, which is curlwp. */
void	lwp_exit(lwp_t *);
/** By id among a process's; p_lock held. */
lwp_t	*lwp_find(struct proc *, lwpid_t);
/** What a lwp does on its way out of the kernel when something is pending. */
void	lwp_userret(lwp_t *);
void	lwp_update_creds(lwp_t *);
lwp_t	*lwp_find_first(struct proc *);
/** Hold/release; p_lock held. */
void	lwp_addref(lwp_t *);
void	lwp_delref(lwp_t *);

int	lwp_specific_key_create(specificdata_key_t *, specificdata_dtor_t);
void	lwp_specific_key_delete(specificdata_key_t);
void	*lwp_getspecific(specificdata_key_t);
void	*_lwp_getspecific_by_lwp(lwp_t *, specificdata_key_t);
void	lwp_setspecific(specificdata_key_t, void *);
void	lwp_initspecific(lwp_t *);
void	lwp_finispecific(lwp_t *);

/** Its priority, or that of somebody more urgent who waits for it. */
static __inline pri_t __attribute__((__unused__))
lwp_eprio(lwp_t *l)
{

	pri_t pri = __atomic_load_n(&l->l_inheritedprio, __ATOMIC_RELAXED);

	return pri > l->l_priority ? pri : l->l_priority;
}

/** Protect l_stat and what sleeping uses against the scheduler. */
void	rump_lwp_lock(lwp_t *);
void	rump_lwp_unlock(lwp_t *);

static __inline void __attribute__((__unused__))
lwp_lock(lwp_t *l)
{

	rump_lwp_lock(l);
}

static __inline void __attribute__((__unused__))
lwp_unlock(lwp_t *l)
{

	rump_lwp_unlock(l);
}

/** Keep curlwp on its CPU; give the result to curlwp_bindx(). */
static __inline int __attribute__((__unused__))
curlwp_bind(void)
{
	struct lwp *l = curlwp;
	int bound = l->l_pflag & LP_BOUND;

	l->l_pflag |= LP_BOUND;
	return bound;
}

static __inline void __attribute__((__unused__))
curlwp_bindx(int bound)
{
	struct lwp *l = curlwp;

	l->l_pflag = (l->l_pflag & ~LP_BOUND) | bound;
}

#endif /* _SYS_LWP_H_ */
