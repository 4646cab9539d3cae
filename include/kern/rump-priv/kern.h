/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of rumpkern, and the factions where it says so, share about
 * scheduling, processes and the kernel's life; not KPI.
 */
#ifndef _RUMP_PRIV_KERN_H_
#define _RUMP_PRIV_KERN_H_

#include <sys/param.h>
#include <sys/types.h>
#include <sys/lwp.h>
#include <sys/proc.h>

#include <rump-sys/kern.h>
#include <rump-priv/syscall.h>

struct modinfo;

/*
 * Entry and exit.
 */

/**
 * Enter the kernel: bind an implicit lwp to the host thread if it has none,
 * take a virtual CPU.  EDEADLK if the thread is inside already, that is, from
 * a signal handler; ENXIO if the kernel was not started; EIO (see
 * rump_dead_errno) after a panic.  0: curlwp is set.
 */
int	rump_schedule_enter(void);
/** The same for callers that cannot be told: those errors end the process. */
void	rump_schedule(void);
/** Leave the kernel. */
void	rump_unschedule(void);

/** Give the virtual CPU up around something that blocks in the host. */
void	rump_unschedule_cpu(struct lwp *);
void	rump_schedule_cpu(struct lwp *);

/** Drop the kernel lock completely; *@countp is for rump_user_schedule(). */
void	rump_user_unschedule(int, int *, void *);
void	rump_user_schedule(int, void *);

/** curlwp @l holds the virtual CPU without bias from here on. */
void	rump_cpu_settle(struct lwp *);

/** Attach @l to, detach it from the calling host thread. */
void	rump_lwproc_curlwp_set(struct lwp *);
void	rump_lwproc_curlwp_clear(struct lwp *);

void	rump_scheduler_init(int);
/** Before the first lwp but lwp0 can run. */
void	rump_cpus_attach(int);
/** Wait until every other CPU has been given up once. */
void	rump_cpu_quiesce(void);

/*
 * Sleeping: used by the locks, condvars and tsleep.
 */

#define SQ_MUTEX	1
#define SQ_RWREAD	2
#define SQ_RWWRITE	3
#define SQ_CV		4
#define SQ_ADDR		5
#define SQ_PAUSE	6

TAILQ_HEAD(rump_sleepers, lwp);
struct rump_sleepq {
	volatile unsigned int sq_lock;
	struct rump_sleepers sq_q;
};

struct rump_sleepq *rump_sleepq_lookup(const volatile void *);
void	rump_sleepq_lock(struct rump_sleepq *);
void	rump_sleepq_unlock(struct rump_sleepq *);
/** Put curlwp on a locked queue. */
void	rump_sleepq_enter(struct rump_sleepq *, wchan_t, const char *, int,
	    bool);
/** Sleep after rump_sleepq_enter() with the queue unlocked. */
int	rump_sleepq_block(struct rump_sleepq *, int, bool);
/** The same before those that are less urgent and sleep for the same. */
void	rump_sleepq_enter_bypri(struct rump_sleepq *, wchan_t, const char *,
	    int);
/** Take a lwp off a locked queue; and make it ready. */
void	rump_sleepq_take(struct rump_sleepq *, struct lwp *);
void	rump_sleepq_remove(struct rump_sleepq *, struct lwp *);
/** First sleeper with this address (and kind, 0: any) on a locked queue. */
struct lwp *rump_sleepq_first(struct rump_sleepq *, wchan_t, int);
/** Wake an interruptible sleeper because of a signal or its end. */
void	rump_lwp_interrupt(struct lwp *);

/** Make a sleeping lwp's thread run again. */
void	rump_lwp_ready(struct lwp *);
/**
 * Give the CPU up until rump_lwp_ready(), or until the time, by
 * rump_clock_uptime_ns(), unless 0.  false: the time is over.
 */
bool	rump_lwp_block(struct lwp *, int64_t);
/** The lwp's priority has changed: so does its place among who waits. */
void	rump_lwp_reprio(struct lwp *);
/** Whether the lwp runs on a CPU just now; a hint for spinning. */
bool	rump_lwp_running(const struct lwp *);
/** Whether others wait for a CPU. */
bool	rump_cpu_wanted(void);

/*
 * lwps and processes.
 */

void	rump_lwproc_init(void);
void	rump_proc_init(void);
/** Allocate a lwp in @p; not bound to a thread. NULL: ENOMEM. */
struct lwp *rump__lwproc_alloclwp(struct proc *);
/** The same for a thread of process 1 that has not asked for one. */
struct lwp *rump__lwproc_implicit(void);
void	rump__lwproc_lwphold(void);
void	rump__lwproc_lwprele(void);
void	rump_lwp_free(struct lwp *);
/** A host thread ends while @l is its lwp; no virtual CPU is held. */
void	rump_lwproc_threadexit(struct lwp *);
/** The process has got new credentials: lwps that are outside let the old
 * ones go; p_lock held. */
void	rump_lwp_newcreds(struct proc *);
/** Enter @l among, take it out of the lwps of its process. */
void	rump_lwp_link(struct lwp *, struct proc *);
bool	rump_lwp_unlink(struct lwp *);
/** A new process, child of @parent, with descriptors by RUMP_RF*.  NULL:
 * no memory (or no process slot). */
struct proc *rump_proc_create(struct proc *, struct vmspace *, int);
/** Give up what curproc has, its last lwp being about to go; and the rest
 * when that is gone. */
void	rump_proc_empty(struct proc *);
void	rump_proc_free(struct proc *);
/** curlwp, a kernel thread or a client that goes, leaves for ever; it is
 * freed and the calling host thread has no lwp. */
void	rump_lwp_leave(struct lwp *);
/** A kernel lwp that does not run yet (NULL: no memory), and the making of
 * its fiber (`up') or host thread: the only place that makes one.  EAGAIN,
 * ENOMEM.  The latter does not sleep. */
struct lwp *rump_kthread_prepare(pri_t, int, struct cpu_info *,
	    void (*)(void *), void *, const char *);
int	rump_kthread_launch(struct lwp *);
/** Call a function on a CPU, by going there. */
void	rump_lwp_visit(struct cpu_info *, void (*)(void *, void *), void *,
	    void *);

/** Filled by rumpvfs: cwd and root of a new process, and their end. */
extern void (*rump_proc_vfs_init)(struct proc *);
extern void (*rump_proc_vfs_release)(struct proc *);
/** Filled by rumpvfs: flush and unmount all at reboot (RB_* flags). */
extern void (*rump_vfs_fini)(void);
extern int (*rump_vfs_drainbufs)(int);

/** What a process's memory is: its own (a local client), a remote one's. */
extern struct vmspace *rump_vmspace_local;
#define RUMP_LOCALPROC_P(p)						\
	((p)->p_vmspace == vmspace_kernel() ||				\
	 (p)->p_vmspace == rump_vmspace_local)
#define RUMP_SPVM2CTL(vm)						\
	(((struct rump_spctl *)(void *)((char *)(vm) -			\
	    offsetof(struct rump_spctl, spctl_vm)))->spctl)

/* The ABI that new processes get. */
extern struct emul *emul_default;

/*
 * The kernel's life.
 */

extern int rump_inited;

/** Non-zero after panic: the errno that every call answers.  Nobody may
 * write to an image or a wire any more (checked by the I/O paths). */
extern volatile int rump_dead_errno;
static __inline bool __attribute__((__unused__))
rump_is_dead(void)
{

	return __builtin_expect(rump_dead_errno != 0, 0);
}

/** First act of panic(): freeze I/O.  Does not return twice per process. */
void	rump_panic_freeze(void);
/** Last act of panic(): end as the signal model says. */
void	rump_panic_end(void) __dead;

/** The client has asked for a signal model under which panic() leaves the
 * host process alone; its system calls then go through the guard. */
extern bool rump_panic_survives;
int	rump_panic_guard(sy_call_t *, struct lwp *, const void *, register_t *);

/** Signal model; see rump_boot_setsigmodel(). */
void	rump_sigmodel_post(struct proc *, int);
/** Wait with another mask, which is put back by the second (after 0 of the
 * first) with the wait's result.  EINTR: a signal that it lets through was
 * pending. */
int	rump_sigmask_begin(struct lwp *, const sigset_t *, sigset_t *);
void	rump_sigmask_end(struct lwp *, const sigset_t *, int);
/** Whether one is, for a lwp between the two that is on a sleep queue. */
bool	rump_sigmask_pending(const struct lwp *);

/* Components and modules. */
void	rump_component_bootstrap(void);
void	rump_component_boot_done(void);
void	rump_module_bootstrap(void);
struct module;
/** Call a function, which must not sleep, for each active module. */
void	rump_modules_walk(void (*)(const struct module *, void *), void *);
void	rump_module_boot_done(void);

/* Checking build: see lockcheck.c. */
uint16_t rump_lockcheck_class(const void *, int);
void	rump_lockcheck_want(const volatile void *, uint16_t, int);
void	rump_lockcheck_got(const volatile void *, uint16_t, int);
void	rump_lockcheck_released(const volatile void *);
void	rump_lockcheck_lwpfree(struct lwp *);

/* Initialisers of rumpkern's own parts, in the order of rump_init(). */
void	rump_mem_init(void);
/* Kernel threads can run: the page daemon is made, if it is sure to be needed. */
void	rump_mem_start(void);
void	rump_clock_init(void);
void	rump_sysctl_init(void);
void	rump_evcnt_init(void);
void	rump_cprng_init(void);
void	rump_klock_init(void);
void	rump_sleepq_init(void);
void	rump_softint_init(void);
void	rump_rcu_init(void);
void	rump_event_init(void);

#endif /* _RUMP_PRIV_KERN_H_ */
