/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel side of signals. A rump kernel delivers no signal to its host process
 * by itself: signals become pending at the lwp or process and interrupt
 * interruptible sleeps; what else happens is the signal model's choice.
 */
#ifndef _SYS_SIGNALVAR_H_
#define _SYS_SIGNALVAR_H_

#include <sys/siginfo.h>
#include <sys/signal.h>
#include <sys/queue.h>
#include <sys/mutex.h>
#include <sys/stdbool.h>

struct lwp;
struct pgrp;
struct proc;

typedef TAILQ_HEAD(ksiginfoq, ksiginfo) ksiginfoq_t;

typedef struct sigpend {
	ksiginfoq_t	sp_info;
	sigset_t	sp_set;
} sigpend_t;

struct sigact_sigdesc {
	struct sigaction sd_sigact;
	const void	*sd_tramp;
	int		sd_vers;
};

struct sigacts {
	struct sigact_sigdesc sa_sigdesc[NSIG];
	int		sa_refcnt;
	kmutex_t	sa_mutex;
};

#define SIGACTION(p, n)		(p)->p_sigacts->sa_sigdesc[(n)].sd_sigact
#define SIGACTION_PS(ps, n)	(ps)->sa_sigdesc[(n)].sd_sigact

struct sigctx {
	struct _ksiginfo ps_info;
	int		ps_lwp;
	bool		ps_faked;
	void		*ps_sigcode;
	sigset_t	ps_sigignore;
	sigset_t	ps_sigcatch;
};
#define ps_signo	ps_info._signo
#define ps_code		ps_info._code

__BEGIN_DECLS
/* Make a signal pending: at a process, its group, or all of a tty's group. */
void	psignal(struct proc *, int);
void	kpsignal(struct proc *, struct ksiginfo *, void *);
void	kpsignal2(struct proc *, struct ksiginfo *);
void	pgsignal(struct pgrp *, int, int);
void	kpgsignal(struct pgrp *, struct ksiginfo *, void *, int);
/* True if the signal (0: any unblocked one) is pending for l. */
int	sigispending(struct lwp *, int);
void	sigpending1(struct lwp *, sigset_t *);
int	sigismasked(struct lwp *, int);
int	sigprocmask1(struct lwp *, int, const sigset_t *, sigset_t *);
int	sigaction1(struct lwp *, int, const struct sigaction *,
	    struct sigaction *, const void *, int);
int	sigsuspend1(struct lwp *, const sigset_t *);
void	sigclearall(struct proc *, const sigset_t *, ksiginfoq_t *);
void	ksiginfo_queue_drain0(ksiginfoq_t *);
__END_DECLS

/* The lowest signal of a set, 0 if it is empty. */
static __inline int __unused
firstsig(const sigset_t *ss)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (ss->__bits[i] != 0)
			return i * 32 + __builtin_ctz(ss->__bits[i]) + 1;
	}
	return 0;
}

static __inline void __unused
ksiginfo_queue_init(ksiginfoq_t *kq)
{

	TAILQ_INIT(kq);
}

static __inline void __unused
ksiginfo_queue_drain(ksiginfoq_t *kq)
{

	if (!TAILQ_EMPTY(kq))
		ksiginfo_queue_drain0(kq);
}

#endif /* _SYS_SIGNALVAR_H_ */
