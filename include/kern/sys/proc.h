/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes, process groups and sessions; sleeping and waking by address.
 *
 * Locking: (a) proc_lock, (p) p_lock, (:) constant.
 */
#ifndef _SYS_PROC_H_
#define _SYS_PROC_H_

#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/condvar.h>
#include <sys/queue.h>
#include <sys/signalvar.h>
#include <sys/siginfo.h>
#include <sys/event.h>

#include <machine/proc.h>

#include <rump-priv/specificdata.h>

struct aioproc;
struct cwdinfo;
struct exec_package;
struct filedesc;
struct kauth_cred;
struct knote;
struct plimit;
struct pstats;
struct ps_strings;
struct rusage;
struct sysent;
struct tty;
struct vmspace;
struct vnode;
union sigval;

#define MAXLOGNAME	16
#ifndef MAXCOMLEN
#define MAXCOMLEN	16
#endif

struct session {
	int s_count;			/* a */
	u_int s_flags;
	struct proc *s_leader;		/* a */
	struct vnode *s_ttyvp;		/* a */
	struct tty *s_ttyp;		/* a */
	char s_login[MAXLOGNAME];	/* a */
	pid_t s_sid;			/* : */
};

struct pgrp {
	LIST_ENTRY(pgrp) pg_hash;	/* a */
	LIST_HEAD(, proc) pg_members;	/* a */
	struct session *pg_session;	/* a */
	pid_t pg_id;			/* : */
	int pg_jobc;			/* a */
};

/** A system-call ABI. */
struct emul {
	const char *e_name;
	const char *e_path;
	int e_flags;
	const int *e_errno;		/* from native numbers, or NULL */
	int e_nosys;
	int e_nsysent;
	struct sysent *e_sysent;
	const char *const *e_syscallnames;
	void (*e_sendsig)(const struct ksiginfo *, const sigset_t *);
	void (*e_trapsignal)(struct lwp *, struct ksiginfo *);
	int (*e_tracesig)(struct proc *, int);
	char *e_sigcode;
	char *e_esigcode;
	void *e_sigobject;
	void (*e_setregs)(struct lwp *, struct exec_package *, vaddr_t);
	void (*e_proc_exec)(struct proc *, struct exec_package *);
	void (*e_proc_fork)(struct proc *, struct lwp *, int);
	void (*e_proc_exit)(struct proc *);
	void (*e_lwp_fork)(struct lwp *, struct lwp *);
	void (*e_lwp_exit)(struct lwp *);
	void (*e_syscall_intern)(struct proc *);
	void *e_sysctlovly;
	int (*e_fault)(struct proc *, vaddr_t, int);
	vaddr_t (*e_vm_default_addr)(struct proc *, vaddr_t, vsize_t, int);
	int (*e_usertrap)(struct lwp *, vaddr_t, void *);
	size_t e_ucsize;
	void (*e_startlwp)(void *);
	void *e_dtrace_syscall;
};

/* e_flags */
#define EMUL_HAS_SYS___syscall	0x001

struct proc {
	LIST_ENTRY(proc) p_list;	/* a */
	kmutex_t p_auxlock;
	kmutex_t *p_lock;		/* : */
	kcondvar_t p_waitcv;		/* p */
	kcondvar_t p_lwpcv;		/* p */

	/* Substructures. */
	struct kauth_cred *p_cred;	/* p */
	struct filedesc *p_fd;		/* : */
	struct cwdinfo *p_cwdi;		/* : */
	struct pstats *p_stats;		/* p */
	struct plimit *p_limit;		/* p */
	struct vmspace *p_vmspace;	/* : */
	struct sigacts *p_sigacts;	/* : */
	struct aioproc *p_aio;
	u_int p_mqueue_cnt;
	specificdata_reference p_specdataref;

	int p_exitsig;
	int p_flag;			/* p: PK_* */
	int p_sflag;			/* p: PS_* */
	int p_slflag;			/* PSL_* */
	int p_lflag;			/* a: PL_* */
	int p_stflag;			/* PST_* */
	char p_stat;			/* p */
	char p_trace_enabled;

	pid_t p_pid;			/* : */
	LIST_ENTRY(proc) p_hash;	/* a: the table of pids */
	LIST_ENTRY(proc) p_pglist;	/* a */
	struct proc *p_pptr;		/* a */
	LIST_ENTRY(proc) p_sibling;	/* a */
	LIST_HEAD(, proc) p_children;	/* a */
	LIST_HEAD(, lwp) p_lwps;	/* p */

	int p_nlwps;			/* p */
	int p_nzlwps;
	int p_nrlwps;
	int p_nlwpwait;
	int p_ndlwps;
	int p_nlwpid;			/* p: last lwp id given */
	u_int p_nstopchild;
	u_int p_waited;

	struct lwp *p_zomblwp;
	fixpt_t p_pctcpu;
	fixpt_t p_estcpu;
	struct bintime p_rtime;
	uint64_t p_uticks, p_sticks, p_iticks;
	struct vnode *p_tracep;
	struct vnode *p_textvp;
	struct emul *p_emul;		/* : */
	void *p_emuldata;
	void (*p_userret)(void);
	const struct execsw *p_execsw;
	struct klist p_klist;		/* p: EVFILT_PROC */
	LIST_HEAD(, lwp) p_sigwaiters;
	sigpend_t p_sigpend;		/* p */
	struct pgrp *p_pgrp;		/* a */
	char p_comm[MAXCOMLEN + 1];
	u_short p_xstat;		/* exit status */
	u_short p_acflag;
	int p_nice;
	uint64_t p_xsig;
	vaddr_t p_psstrp;
	void *p_dtrace;
	struct mdproc p_md;
	void (*p_syscall)(void);
	struct ptimers *p_timers;	/* interval and POSIX timers */
	void *p_rumpspare[7];
};

LIST_HEAD(proclist, proc);

#define p_rlimit	p_limit->pl_rlimit
#define p_session	p_pgrp->pg_session
#define p_pgid		p_pgrp->pg_id

/* p_stat */
#define SIDL		1
#define SACTIVE		2
#define SDYING		3
#define SSTOP		4
#define SZOMB		5
#define SDEAD		6

#define P_ZOMBIE(p)	((p)->p_stat == SZOMB || (p)->p_stat == SDYING || \
			 (p)->p_stat == SDEAD)

/* p_flag */
#define PK_ADVLOCK	0x00000001	/* may hold an advisory lock */
#define PK_SYSTEM	0x00000002
#define PK_SYSVSEM	0x00000004
#define PK_SUGID	0x00000100
#define PK_KMEM		0x00000200
#define PK_EXEC		0x00004000
#define PK_NOCLDWAIT	0x00020000
#define PK_32		0x00040000
#define PK_CLDSIGIGN	0x00080000
#define PK_MARKER	0x80000000

/* p_sflag */
#define PS_NOCLDSTOP	0x00000008
#define PS_RUMP_LWPEXIT	0x00000400	/* its lwps are to leave */
#define PS_WCORE	0x00001000
#define PS_WEXIT	0x00002000
#define PS_STOPFORK	0x00800000
#define PS_STOPEXEC	0x01000000
#define PS_STOPEXIT	0x02000000
#define PS_NOTIFYSTOP	0x10000000
#define PS_ORPHANPG	0x20000000
#define PS_STOPPING	0x80000000

/* p_slflag */
#define PSL_TRACEFORK	0x00000001
#define PSL_TRACED	0x00000800
#define PSL_SYSCALL	0x04000000

/* p_lflag */
#define PL_CONTROLT	0x00000001	/* has a controlling terminal */
#define PL_PPWAIT	0x00000010	/* the parent waits for exec or exit */
#define PL_SIGCOMPAT	0x00000200
#define PL_ORPHANPG	0x20000000

#define NO_PGID		((pid_t)-1)
#define SESS_LEADER(p)	((p)->p_session->s_leader == (p))

#define PROCLIST_FOREACH(var, head)	LIST_FOREACH(var, head, p_list)

/** proc_lock protects the tables of processes, groups and sessions. */
extern kmutex_t *proc_lock;
extern struct proc proc0;
extern struct proc *initproc;
extern struct proclist allproc;
extern struct proclist zombproc;
extern u_int nprocs;
extern int maxproc;

#define vmspace_kernel()	(proc0.p_vmspace)

/** The process with this id, not zombies; proc_lock held. */
proc_t	*proc_find(pid_t);
proc_t	*proc_find_raw(pid_t);
struct pgrp *pgrp_find(pid_t);
/** Move into (or make) a group; mksess: and a session.  EPERM, ESRCH. */
int	proc_enterpgrp(struct proc *, pid_t, pid_t, bool);
/** Reference and release a session; proc_lock held, sessrele drops it. */
void	proc_sesshold(struct session *);
void	proc_sessrele(struct session *);
/** 1 if the second is the more interesting one for a status line. */
int	proc_compare(const struct proc *, const struct lwp *,
	    const struct proc *, const struct lwp *);
/** 0 if the first may look into what belongs to the second; EPERM. */
int	proc_uidmatch(kauth_cred_t, kauth_cred_t);
int	proclist_foreach_call(struct proclist *,
	    int (*)(struct proc *, void *), void *);
/** Change credentials: enter with p_lock taken, leave with the new ones. */
void	proc_crmod_enter(void);
void	proc_crmod_leave(kauth_cred_t, kauth_cred_t, bool);

int	proc_specific_key_create(specificdata_key_t *, specificdata_dtor_t);
void	proc_specific_key_delete(specificdata_key_t);
void	*proc_getspecific(struct proc *, specificdata_key_t);
void	proc_setspecific(struct proc *, specificdata_key_t, void *);

/**
 * Sleep on an address until wakeup(), at most @timo ticks (0: for ever).
 * PCATCH in the priority lets signals end it.  0, EWOULDBLOCK, EINTR,
 * ERESTART.
 */
int	tsleep(wchan_t, pri_t, const char *, int);
/** The same releasing a mutex meanwhile; PNORELOCK: not retaken. */
int	mtsleep(wchan_t, pri_t, const char *, int, kmutex_t *);
/** Sleep for @timo ticks; interruptible or not, mutex or NULL. */
int	kpause(const char *, bool, int, kmutex_t *);
/** Wake all sleepers on an address. */
void	wakeup(wchan_t);

/** Called when the system-call table of a process is set. */
void	syscall_intern(struct proc *);

extern struct emul emul_netbsd;

#endif /* _SYS_PROC_H_ */
