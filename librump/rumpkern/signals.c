/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals, as far as a kernel without machine-level user code has them: what
 * becomes of one is the choice of the client, rump_boot_setsigmodel().  The
 * sets of lwps and processes are under p_lock.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/signal.h>
#include <sys/signalvar.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include <rump-priv/file.h>
#include <rump-priv/kern.h>

static enum rump_sigmodel rump_sigmodel = RUMP_SIGMODEL_PANIC;

void
rump_boot_setsigmodel(enum rump_sigmodel model)
{

	rump_sigmodel = model;
	rump_panic_survives = model != RUMP_SIGMODEL_PANIC &&
	    model != RUMP_SIGMODEL_RAISE;
}

static bool
sig_defaults_to_nothing(int signo)
{

	return signo == SIGCHLD || signo == SIGURG || signo == SIGIO ||
	    signo == SIGWINCH || signo == SIGINFO || signo == SIGCONT ||
	    signo == SIGPWR;
}

/* A process's pending signals change under p_lock, but are read without. */
static void
sig_pend(struct proc *p, int signo)
{

	__atomic_fetch_or(&p->p_sigpend.sp_set.__bits[(signo - 1) / 32],
	    1U << ((signo - 1) % 32), __ATOMIC_SEQ_CST);
}

static void
sig_unpend(struct proc *p, int signo)
{

	__atomic_fetch_and(&p->p_sigpend.sp_set.__bits[(signo - 1) / 32],
	    ~(1U << ((signo - 1) % 32)), __ATOMIC_SEQ_CST);
}

/* Remember it and get interruptible sleepers out of bed. */
static void
sig_record(struct proc *p, int signo)
{
	struct lwp *l;

	mutex_enter(p->p_lock);
	sig_pend(p, signo);
	LIST_FOREACH(l, &p->p_lwps, l_sibling) {
		if (sigismember(&l->l_sigmask, signo))
			continue;
		rump_lwp_interrupt(l);
	}
	mutex_exit(p->p_lock);
}

void
rump_sigmodel_post(struct proc *p, int signo)
{

	if (signo <= 0 || signo >= NSIG)
		return;
	/* Who watches is told whatever becomes of it, kqueue(2). */
	rump_knote_signal(p, signo);
	if (!RUMP_LOCALPROC_P(p)) {
		if (rump_sysproxy_ops.rspo_raise != NULL)
			(void)rump_sysproxy_ops.rspo_raise(
			    RUMP_SPVM2CTL(p->p_vmspace), signo);
		return;
	}
	switch (rump_sigmodel) {
	case RUMP_SIGMODEL_PANIC:
		if (!sig_defaults_to_nothing(signo))
			panic("process %d got signal %d", p->p_pid, signo);
		break;
	case RUMP_SIGMODEL_RAISE:
		/* All local processes are in this host process. */
		(void)rumpuser_kill(RUMPUSER_PID_SELF, signo);
		break;
	case RUMP_SIGMODEL_RECORD:
		sig_record(p, signo);
		break;
	case RUMP_SIGMODEL_IGNORE:
	case RUMP_SIGMODEL__HOST_NOTANYMORE:
		break;
	}
}

void
psignal(struct proc *p, int signo)
{

	rump_sigmodel_post(p, signo);
}

void
kpsignal2(struct proc *p, struct ksiginfo *ksi)
{

	rump_sigmodel_post(p, ksi->ksi_signo);
}

void
kpsignal(struct proc *p, struct ksiginfo *ksi, void *data)
{

	rump_sigmodel_post(p, ksi->ksi_signo);
}

void
pgsignal(struct pgrp *pg, int signo, int checktty)
{
	struct proc *p;

	if (pg == NULL)
		return;
	LIST_FOREACH(p, &pg->pg_members, p_pglist)
		if (!checktty || (p->p_lflag & PL_CONTROLT))
			psignal(p, signo);
}

void
kpgsignal(struct pgrp *pg, struct ksiginfo *ksi, void *data, int checktty)
{

	pgsignal(pg, ksi->ksi_signo, checktty);
}

/* What is pending and not blocked. */
static void
sig_deliverable(struct lwp *l, sigset_t *ss)
{

	*ss = l->l_sigpend.sp_set;
	sigplusset(&l->l_proc->p_sigpend.sp_set, ss);
}

int
sigispending(struct lwp *l, int signo)
{
	sigset_t ss;
	int error = 0;

	mutex_enter(l->l_proc->p_lock);
	sig_deliverable(l, &ss);
	sigminusset(&l->l_sigmask, &ss);
	if (signo == 0 ? firstsig(&ss) != 0 : sigismember(&ss, signo))
		error = EINTR;
	mutex_exit(l->l_proc->p_lock);
	return error;
}

void
sigpending1(struct lwp *l, sigset_t *ss)
{

	mutex_enter(l->l_proc->p_lock);
	sig_deliverable(l, ss);
	mutex_exit(l->l_proc->p_lock);
}

int
sigismasked(struct lwp *l, int signo)
{

	return sigismember(&l->l_sigmask, signo);
}

int
sigprocmask1(struct lwp *l, int how, const sigset_t *nss, sigset_t *oss)
{
	int error = 0;

	mutex_enter(l->l_proc->p_lock);
	if (oss != NULL)
		*oss = l->l_sigmask;
	if (nss != NULL) {
		switch (how) {
		case SIG_BLOCK:
			sigplusset(nss, &l->l_sigmask);
			break;
		case SIG_UNBLOCK:
			sigminusset(nss, &l->l_sigmask);
			break;
		case SIG_SETMASK:
			l->l_sigmask = *nss;
			break;
		default:
			error = EINVAL;
			break;
		}
		sigdelset(&l->l_sigmask, SIGKILL);
		sigdelset(&l->l_sigmask, SIGSTOP);
	}
	mutex_exit(l->l_proc->p_lock);
	return error;
}

/* Take a pending signal that the mask lets through; 0: there is none. */
static int
sig_take(struct lwp *l)
{
	sigset_t ss;
	int signo;

	KASSERT(mutex_owned(l->l_proc->p_lock));
	sig_deliverable(l, &ss);
	sigminusset(&l->l_sigmask, &ss);
	if ((signo = firstsig(&ss)) != 0) {
		sigdelset(&l->l_sigpend.sp_set, signo);
		sig_unpend(l->l_proc, signo);
	}
	return signo;
}

/*
 * For a call that waits with another mask.  A signal that was recorded while
 * it was blocked, and is not so now, ends the wait at once, one that comes
 * during the wait ends it, and it is taken by that: there is no handler that
 * would take it.
 *
 * None is lost before the sleep: the sleeper enters the queue and then looks
 * at what is pending, who sends makes it pending and then looks at the queue.
 */
int
rump_sigmask_begin(struct lwp *l, const sigset_t *mask, sigset_t *saved)
{
	int error = 0;

	mutex_enter(l->l_proc->p_lock);
	*saved = l->l_sigmask;
	l->l_sigmask = *mask;
	sigdelset(&l->l_sigmask, SIGKILL);
	sigdelset(&l->l_sigmask, SIGSTOP);
	if (sig_take(l) != 0) {
		l->l_sigmask = *saved;
		error = EINTR;
	} else
		l->l_sigtemp = true;
	mutex_exit(l->l_proc->p_lock);
	return error;
}

void
rump_sigmask_end(struct lwp *l, const sigset_t *saved, int error)
{

	mutex_enter(l->l_proc->p_lock);
	l->l_sigtemp = false;
	if (error == EINTR)
		(void)sig_take(l);
	l->l_sigmask = *saved;
	mutex_exit(l->l_proc->p_lock);
}

bool
rump_sigmask_pending(const struct lwp *l)
{
	const sigset_t *pend = &l->l_proc->p_sigpend.sp_set;
	size_t i;

#ifdef RUMP_SMP
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
	for (i = 0; i < __arraycount(pend->__bits); i++)
		if ((__atomic_load_n(&pend->__bits[i], __ATOMIC_RELAXED) &
		    ~l->l_sigmask.__bits[i]) != 0)
			return true;
	return false;
}

void
sigclearall(struct proc *p, const sigset_t *mask, ksiginfoq_t *kq)
{
	struct lwp *l;

	KASSERT(mutex_owned(p->p_lock));
	if (mask == NULL)
		sigemptyset(&p->p_sigpend.sp_set);
	else
		sigminusset(mask, &p->p_sigpend.sp_set);
	LIST_FOREACH(l, &p->p_lwps, l_sibling) {
		if (mask == NULL)
			sigemptyset(&l->l_sigpend.sp_set);
		else
			sigminusset(mask, &l->l_sigpend.sp_set);
	}
}

void
ksiginfo_queue_drain0(ksiginfoq_t *kq)
{
	struct ksiginfo *ksi;

	while ((ksi = TAILQ_FIRST(kq)) != NULL) {
		TAILQ_REMOVE(kq, ksi, ksi_list);
		kmem_free(ksi, sizeof(*ksi));
	}
}
