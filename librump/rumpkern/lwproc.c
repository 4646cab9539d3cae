/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwps and the host threads they are bound to; rump_lwproc(3).
 *
 * A host thread that enters the kernel without a lwp gets an implicit one of
 * process 1, which stays with it until it exits or takes another lwp.  The
 * binding lives in the host layer (rumpuser_curlwp()).  l_entered is set
 * while the lwp is inside, or on its way in or out, and belongs to its
 * thread: a second entry that finds it set comes from a signal handler.
 *
 * The memory of lwps is never given back, so that a stale pointer to one (a
 * lock's owner that has just gone) can be looked at.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/filedesc.h>
#include <sys/kthread.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include <rump-priv/file.h>

#include "lockcheck.h"
#include "sched_impl.h"

struct lwp lwp0 = {
	.l_proc = &proc0,
	.l_lid = 1,
	.l_flag = LW_SYSTEM,
	.l_stat = LSONPROC,
	.l_fd = &filedesc0,
	.l_cpu = &rump_bootcpu,
};

int rump_i_know_what_i_am_doing_with_sysents;

/* What a thread is bound to while its first lwp is being made. */
static struct lwp lwp_entering = { .l_entered = 1 };

static struct trapframe lwp_noframe;
static struct lwplist lwp_freelist = LIST_HEAD_INITIALIZER(lwp_freelist);
static specificdata_domain_t lwp_specificdata_domain;

/*
 * Memory.
 */

/* No virtual CPU is needed here: rump_lwp_lock() is the scheduler's mutex. */
static struct lwp *
lwp_getmem(struct proc *p)
{
	struct rumpuser_cv *cv = NULL;
	struct lwp *l;
	void *mem;

	rump_lwp_lock(NULL);
	if ((l = LIST_FIRST(&lwp_freelist)) != NULL)
		LIST_REMOVE(l, l_list);
	rump_lwp_unlock(NULL);
	if (l == NULL) {
		if (rumpuser_malloc(sizeof(*l), 64, &mem) != 0)
			return NULL;
		l = mem;
	} else
		cv = l->l_waiter.w_cv;
	/* l_cpu stays valid for who still looks at the former owner. */
	__atomic_store_n(&l->l_cpu, &rump_bootcpu, __ATOMIC_RELAXED);
	memset(&l->l_cred, 0, sizeof(*l) - offsetof(struct lwp, l_cred));
	l->l_waiter.w_cv = cv;
	l->l_waiter.w_lwp = l;
	l->l_proc = p;
	l->l_stat = LSIDL;
	l->l_priority = PRI_USER;
	l->l_refcnt = 1;
	l->l_dupfd = -1;
	l->l_md.md_regs = &lwp_noframe;
	return l;
}

static void
lwp_putmem(struct lwp *l)
{

	rump_lwp_lock(NULL);
	l->l_proc = NULL;
	LIST_INSERT_HEAD(&lwp_freelist, l, l_list);
	rump_lwp_unlock(NULL);
}

/* Make a fresh lwp one of @p, whose p_lwps it joins. */
void
rump_lwp_link(struct lwp *l, struct proc *p)
{

	l->l_proc = p;
	l->l_fd = p->p_fd;
	mutex_enter(p->p_lock);
	l->l_cred = p->p_cred;
	kauth_cred_hold(l->l_cred);
	l->l_lid = ++p->p_nlwpid;
	l->l_stat = LSRUN;
	LIST_INSERT_HEAD(&p->p_lwps, l, l_sibling);
	p->p_nlwps++;
	p->p_nrlwps++;
	mutex_exit(p->p_lock);
	sigemptyset(&l->l_sigmask);
	sigemptyset(&l->l_sigpend.sp_set);
	ksiginfo_queue_init(&l->l_sigpend.sp_info);
	lwp_initspecific(l);
	rumpuser_curlwpop(RUMPUSER_LWP_CREATE, l);
}

/*
 * Take a lwp out of its process; curlwp may be the lwp itself.  True if it
 * was the last one of a process that ends.
 */
bool
rump_lwp_unlink(struct lwp *l)
{
	struct proc *p = l->l_proc;
	kauth_cred_t cred;
	bool last;

	rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, l);
	lwp_finispecific(l);
	mutex_enter(p->p_lock);
	LIST_REMOVE(l, l_sibling);
	p->p_nlwps--;
	p->p_nrlwps--;
	last = p->p_nlwps == 0 && p->p_stat == SDYING;
	cred = l->l_cred;
	l->l_cred = NULL;
	mutex_exit(p->p_lock);
	kauth_cred_free(cred);
	if (l->l_name != NULL) {
		kmem_strfree(l->l_name);
		l->l_name = NULL;
	}
	return last;
}

/* The same for the first one, from which on the process can be joined. */
static void
lwp_link_first(struct lwp *l, struct proc *p)
{

	mutex_enter(proc_lock);
	rump_lwp_link(l, p);
	p->p_stat = SACTIVE;
	mutex_exit(proc_lock);
}

struct lwp *
rump__lwproc_alloclwp(struct proc *p)
{
	struct lwp *l;

	if ((l = lwp_getmem(p)) == NULL)
		return NULL;
	if (p != NULL)
		rump_lwp_link(l, p);
	else if ((p = rump_proc_create(curproc, NULL, 0)) != NULL)
		lwp_link_first(l, p);
	else {
		lwp_putmem(l);
		l = NULL;
	}
	return l;
}

struct lwp *
rump__lwproc_implicit(void)
{
	struct lwp *l;

	if ((l = lwp_getmem(initproc)) == NULL)
		return NULL;
	l->l_prflag = LPR_IMPLICIT;
	/* It is about to be inside: see rump_lwp_newcreds(). */
	l->l_entered = 1;
	rump_lwp_link(l, initproc);
	return l;
}

/* Free a lwp that nobody runs on, and its process if it was the last. */
void
rump_lwp_free(struct lwp *l)
{
	struct proc *p = l->l_proc;
	bool last;

	KASSERT(l != curlwp);
	last = rump_lwp_unlink(l);
	LC_LWPFREE(l);
	lwp_putmem(l);
	if (last)
		rump_proc_free(p);
}

/*
 * Entry and exit.
 */

static int __noinline
enter_first(void)
{
	struct lwp *l;

	if (!rump_inited)
		return ENXIO;
	/* From here on a signal handler finds a thread that is inside. */
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &lwp_entering);
	l = lwp_getmem(initproc);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &lwp_entering);
	if (l == NULL)
		return ENOMEM;
	l->l_prflag = LPR_IMPLICIT;
	l->l_entered = 1;
	l->l_bound = 1;
	rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
	rump_schedule_cpu(l);
	rump_lwp_link(l, initproc);
	l->l_stat = LSONPROC;
	return 0;
}

static inline int
enter(void)
{
	struct lwp *l = rumpuser_curlwp();

	if (__predict_false(l == NULL))
		return enter_first();
	if (__predict_false(l->l_entered))
		return EDEADLK;
	__atomic_store_n(&l->l_entered, 1, __ATOMIC_RELAXED);
	/* A handler from here on is refused. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	vcpu_enter(l);
	if (__predict_false(__atomic_load_n(&l->l_cred, __ATOMIC_ACQUIRE) !=
	    __atomic_load_n(&l->l_proc->p_cred, __ATOMIC_RELAXED)))
		lwp_update_creds(l);
	return 0;
}

int
rump_schedule_enter(void)
{
	int error;

	if (__predict_false((error = enter()) != 0))
		return error;
	if (__predict_false(rump_dead_errno != 0)) {
		rump_unschedule();
		return rump_dead_errno;
	}
	return 0;
}

void
rump_schedule(void)
{
	int error;

	if (__predict_true((error = enter()) == 0))
		return;
	rumpuser_dprintf("rump_schedule: %s\n", error == EDEADLK ?
	    "called inside the kernel (from a signal handler?)" :
	    error == ENXIO ? "rump_init() has not been called" :
	    "no memory for a lwp");
	rumpuser_exit(RUMPUSER_PANIC);
}

void
rump_unschedule(void)
{

	lwp_leave(curlwp);
}

void
rump_lwp_leave(struct lwp *l)
{

	KASSERT(l == curlwp);
	(void)rump_lwp_unlink(l);
	LC_LWPFREE(l);
	/* With a fiber's the CPU stays where it is. */
	if (l->l_fiber == NULL)
		rump_unschedule_cpu(l);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
	lwp_putmem(l);
}

/* A host thread ends.  An explicit lwp waits for another thread to take it. */
void
rump_lwproc_threadexit(struct lwp *l)
{

	if (l == &lwp_entering || l->l_entered)
		return;		/* ended inside the kernel: leave it be */
	if ((l->l_prflag & LPR_IMPLICIT) == 0) {
		l->l_bound = 0;
		rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
		return;
	}
	l->l_entered = 1;
	rump_schedule_cpu(l);
	rump_lwp_leave(l);
}

/*
 * rump_lwproc(3).
 */

/* Run on @newl instead of curlwp, keeping the virtual CPU. */
static void
lwproc_bind(struct lwp *l, struct lwp *newl)
{
	struct cpu_info *ci = curcpu();
	int nlocks;

	_kernel_unlock(0, &nlocks);
	rump_cpu_settle(l);
	__atomic_store_n(&newl->l_cpu, ci, __ATOMIC_RELAXED);
	__atomic_store_n(&newl->l_entered, 1, __ATOMIC_RELAXED);
	newl->l_bound = 1;
	newl->l_stat = LSONPROC;
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
	rumpuser_curlwpop(RUMPUSER_LWP_SET, newl);
#ifdef RUMP_UP
	rump_curlwp_up = newl;
#endif
	__atomic_store_n(&ci->ci_curlwp, newl, __ATOMIC_RELAXED);
	l->l_bound = 0;
	__atomic_store_n(&l->l_entered, 0, __ATOMIC_RELEASE);
	l->l_stat = LSRUN;
	if (nlocks != 0)
		_kernel_lock(nlocks);
}

void
rump_lwproc_curlwp_set(struct lwp *l)
{

	rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
}

void
rump_lwproc_curlwp_clear(struct lwp *l)
{

	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
}

/* Switch to a lwp that is marked as bound to us; the old one may go. */
static void
lwproc_switch(struct lwp *newl)
{
	struct lwp *l = curlwp;

	lwproc_bind(l, newl);
	if ((l->l_prflag & LPR_IMPLICIT) || (l->l_flag & LW_WEXIT))
		rump_lwp_free(l);
}

void
rump_lwproc_switch(struct lwp *newl)
{
	struct lwp *l = curlwp;

	if (newl == l)
		return;
	if (newl == NULL) {
		if (l->l_prflag & LPR_IMPLICIT)
			return;
		if ((newl = rump__lwproc_implicit()) == NULL)
			panic("rump_lwproc_switch: no memory for a lwp");
	}
	if (newl->l_bound)
		panic("rump_lwproc_switch: lwp %p is in use by another thread",
		    newl);
	lwproc_switch(newl);
}

void
rump_lwproc_releaselwp(void)
{
	struct lwp *l = curlwp, *newl;
	struct proc *p = l->l_proc;
	bool last;

	if (l->l_prflag & LPR_IMPLICIT)
		return;
	/* All that can fail comes first. */
	if ((newl = rump__lwproc_implicit()) == NULL)
		panic("rump_lwproc_releaselwp: no memory for a lwp");
	/* proc_lock as well: nobody finds the process and joins it. */
	mutex_enter(proc_lock);
	mutex_enter(p->p_lock);
	if (p->p_nlwps == 1 && p != initproc && p != &proc0)
		p->p_stat = SDYING;
	last = p->p_stat == SDYING;
	mutex_exit(p->p_lock);
	mutex_exit(proc_lock);
	if (last)
		rump_proc_empty(p);
	l->l_flag |= LW_WEXIT;
	lwproc_switch(newl);
}

struct lwp *
rump_lwproc_curlwp(void)
{
	struct lwp *l = curlwp;

	return (l->l_prflag & LPR_IMPLICIT) ? NULL : l;
}

int
rump_lwproc_newlwp(pid_t pid)
{
	struct proc *p;
	struct lwp *l;

	if ((l = lwp_getmem(NULL)) == NULL)
		return ENOMEM;
	mutex_enter(proc_lock);
	p = proc_find_raw(pid);
	if (p == NULL || p->p_stat != SACTIVE) {
		mutex_exit(proc_lock);
		lwp_putmem(l);
		return ESRCH;
	}
	rump_lwp_link(l, p);
	mutex_exit(proc_lock);
	lwproc_switch(l);
	return 0;
}

int
rump_lwproc_rfork_vmspace(struct vmspace *vm, int flags)
{
	struct proc *p;
	struct lwp *l;

	if ((flags & ~(RUMP_RFFDG | RUMP_RFCFDG)) != 0 ||
	    flags == (RUMP_RFFDG | RUMP_RFCFDG))
		return EINVAL;
	if ((l = lwp_getmem(NULL)) == NULL)
		return ENOMEM;
	if ((p = rump_proc_create(curproc, vm, flags)) == NULL) {
		lwp_putmem(l);
		return ENOMEM;
	}
	rump_knote_proc(curproc, NOTE_FORK);
	lwp_link_first(l, p);
	lwproc_switch(l);
	return 0;
}

int
rump_lwproc_rfork(int flags)
{

	return rump_lwproc_rfork_vmspace(NULL, flags);
}

void
rump_lwproc_sysent_usenative(void)
{

	if (!rump_i_know_what_i_am_doing_with_sysents)
		panic("don't use rump_pub_lwproc_sysent_usenative()");
	curproc->p_emul = &emul_netbsd;
}

/* References for those who keep a lwp over its thread's leaving. */
void
rump__lwproc_lwphold(void)
{
	struct lwp *l = curlwp;

	mutex_enter(l->l_proc->p_lock);
	l->l_refcnt++;
	mutex_exit(l->l_proc->p_lock);
}

void
rump__lwproc_lwprele(void)
{
	struct lwp *l = curlwp;

	mutex_enter(l->l_proc->p_lock);
	KASSERT(l->l_refcnt > 1);
	l->l_refcnt--;
	mutex_exit(l->l_proc->p_lock);
}

/*
 * lwp(9).
 */

int
lwp_create(lwp_t *parent, struct proc *p, vaddr_t uaddr, int flags,
    void *stack, size_t stacksize, void (*func)(void *), void *arg,
    lwp_t **lp, int sclass)
{
	struct lwp *l;

	if ((l = rump__lwproc_alloclwp(p)) == NULL)
		return ENOMEM;
	l->l_func = func;
	l->l_farg = arg;
	l->l_class = sclass;
	l->l_stat = LSIDL;
	*lp = l;
	return 0;
}

void
lwp_exit(lwp_t *l)
{

	KASSERT(l == curlwp);
	if (l->l_flag & LW_SYSTEM)
		kthread_exit(0);
	rump_lwproc_releaselwp();
}

lwp_t *
lwp_find(struct proc *p, lwpid_t lid)
{
	struct lwp *l;

	KASSERT(mutex_owned(p->p_lock));
	LIST_FOREACH(l, &p->p_lwps, l_sibling)
		if (l->l_lid == lid)
			return l;
	return NULL;
}

lwp_t *
lwp_find_first(struct proc *p)
{

	KASSERT(mutex_owned(p->p_lock));
	return LIST_FIRST(&p->p_lwps);
}

void
lwp_addref(lwp_t *l)
{

	KASSERT(mutex_owned(l->l_proc->p_lock));
	l->l_refcnt++;
}

void
lwp_delref(lwp_t *l)
{

	mutex_enter(l->l_proc->p_lock);
	KASSERT(l->l_refcnt > 1);
	l->l_refcnt--;
	mutex_exit(l->l_proc->p_lock);
}

/* The process got other credentials since this lwp was inside. */
void
lwp_update_creds(lwp_t *l)
{
	struct proc *p = l->l_proc;
	kauth_cred_t old;

	mutex_enter(p->p_lock);
	old = l->l_cred;
	l->l_cred = p->p_cred;
	kauth_cred_hold(l->l_cred);
	mutex_exit(p->p_lock);
	if (old != NULL)
		kauth_cred_free(old);
}

/*
 * An implicit lwp that is outside, perhaps for ever, is not to keep old
 * credentials.  Either we see here that it is on its way in, or it sees in enter() that the
 * process has others: it takes a CPU between its store and its load, which is
 * a full barrier or, in `up', excludes us.
 */
void
rump_lwp_newcreds(struct proc *p)
{
	struct lwp *l;
	kauth_cred_t old;

	KASSERT(mutex_owned(p->p_lock));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	LIST_FOREACH(l, &p->p_lwps, l_sibling) {
		if ((l->l_prflag & LPR_IMPLICIT) == 0 ||
		    __atomic_load_n(&l->l_entered, __ATOMIC_RELAXED) ||
		    (old = l->l_cred) == p->p_cred)
			continue;
		kauth_cred_hold(p->p_cred);
		__atomic_store_n(&l->l_cred, p->p_cred, __ATOMIC_RELEASE);
		kauth_cred_free(old);
	}
}

/* A local client takes no signals; what was pending has done its work. */
void
lwp_userret(lwp_t *l)
{

	if (l->l_cred != l->l_proc->p_cred)
		lwp_update_creds(l);
}

/*
 * Data by key.
 */

static specificdata_domain_t
lwp_domain(void)
{

	if (lwp_specificdata_domain == NULL)
		lwp_specificdata_domain = specificdata_domain_create();
	return lwp_specificdata_domain;
}

void
lwp_initspecific(lwp_t *l)
{

	(void)specificdata_init(NULL, &l->l_specdataref);
}

void
lwp_finispecific(lwp_t *l)
{

	specificdata_fini(lwp_specificdata_domain, &l->l_specdataref);
}

int
lwp_specific_key_create(specificdata_key_t *keyp, specificdata_dtor_t dtor)
{

	return specificdata_key_create(lwp_domain(), keyp, dtor);
}

void
lwp_specific_key_delete(specificdata_key_t key)
{

	specificdata_key_delete(lwp_domain(), key);
}

void *
lwp_getspecific(specificdata_key_t key)
{

	return specificdata_getspecific_unlocked(lwp_specificdata_domain,
	    &curlwp->l_specdataref, key);
}

void *
_lwp_getspecific_by_lwp(lwp_t *l, specificdata_key_t key)
{

	return specificdata_getspecific_unlocked(lwp_specificdata_domain,
	    &l->l_specdataref, key);
}

void
lwp_setspecific(specificdata_key_t key, void *data)
{

	specificdata_setspecific(lwp_domain(), &curlwp->l_specdataref, key,
	    data);
}
