/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes, process groups and sessions.  proc_lock protects the tables and
 * the tree, p_lock a process; proc_lock is taken first.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/proc.h>
#include <sys/lwp.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/filedesc.h>
#include <sys/resourcevar.h>
#include <sys/timevar.h>
#include <sys/uidinfo.h>

#include <uvm/uvm_extern.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include <rump-priv/clock.h>
#include <rump-priv/file.h>
#include <rump-priv/kern.h>

#define PID_MAX		30000
#define PIDHASH		64
#define PIDBUCKET(pid)	(&pidhash[(unsigned int)(pid) % PIDHASH])

kmutex_t *proc_lock;
struct proclist allproc = LIST_HEAD_INITIALIZER(allproc);
struct proclist zombproc = LIST_HEAD_INITIALIZER(zombproc);
u_int nprocs = 1;
int maxproc = 1024;
struct proc *initproc;

struct emul *emul_default = &emul_netbsd;

static struct vmspace vmspace0, vmspace_local;
struct vmspace *rump_vmspace_local = &vmspace_local;

static struct pstats pstats0;
static struct plimit limit0;
static struct sigacts sigacts0;
static struct session session0 = { .s_count = 1, .s_sid = 0 };
static struct pgrp pgrp0 = { .pg_session = &session0, .pg_id = 0 };

struct proc proc0 = {
	.p_stat = SACTIVE,
	.p_flag = PK_SYSTEM,
	.p_comm = "system",
	.p_vmspace = &vmspace0,
	.p_stats = &pstats0,
	.p_limit = &limit0,
	.p_sigacts = &sigacts0,
	.p_pgrp = &pgrp0,
	.p_emul = &emul_netbsd,
	.p_fd = &filedesc0,
	.p_nice = 20,
};

void (*rump_proc_vfs_init)(struct proc *);
void (*rump_proc_vfs_release)(struct proc *);

static LIST_HEAD(, proc) pidhash[PIDHASH];
static LIST_HEAD(, pgrp) pgrphash[PIDHASH];
static pid_t last_pid;
static specificdata_domain_t proc_specificdata_domain;

static void
limit_init(struct plimit *lim)
{
	int i;

	mutex_init(&lim->pl_lock, MUTEX_DEFAULT, IPL_NONE);
	lim->pl_refcnt = 1;
	lim->pl_corename = defcorename;
	for (i = 0; i < RLIM_NLIMITS; i++)
		lim->pl_rlimit[i].rlim_cur = lim->pl_rlimit[i].rlim_max =
		    RLIM_INFINITY;
	lim->pl_rlimit[RLIMIT_NOFILE].rlim_cur = 1024;
	lim->pl_rlimit[RLIMIT_NOFILE].rlim_max = 10240;
	lim->pl_rlimit[RLIMIT_NPROC].rlim_cur = maxproc;
	lim->pl_rlimit[RLIMIT_NPROC].rlim_max = maxproc;
	lim->pl_rlimit[RLIMIT_SBSIZE].rlim_cur = 16 << 20;
}

static void
proc_setup(struct proc *p)
{

	LIST_INIT(&p->p_lwps);
	LIST_INIT(&p->p_children);
	LIST_INIT(&p->p_sigwaiters);
	mutex_init(&p->p_auxlock, MUTEX_DEFAULT, IPL_NONE);
	p->p_lock = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);
	cv_init(&p->p_waitcv, "wait");
	cv_init(&p->p_lwpcv, "lwpwait");
	SLIST_INIT(&p->p_klist);
	sigemptyset(&p->p_sigpend.sp_set);
	ksiginfo_queue_init(&p->p_sigpend.sp_info);
	(void)specificdata_init(NULL, &p->p_specdataref);
}

/** proc0 and the tables; memory and credentials work. */
void
rump_proc_init(void)
{

	proc_lock = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&sigacts0.sa_mutex, MUTEX_DEFAULT, IPL_SCHED);
	sigacts0.sa_refcnt = 1;
	limit_init(&limit0);
	proc_setup(&proc0);
	session0.s_leader = &proc0;
	proc0.p_cred = lwp0.l_cred = kauth_cred_alloc();
	kauth_cred_hold(proc0.p_cred);
	LIST_INSERT_HEAD(&proc0.p_lwps, &lwp0, l_sibling);
	proc0.p_nlwps = proc0.p_nrlwps = proc0.p_nlwpid = 1;
	LIST_INSERT_HEAD(&allproc, &proc0, p_list);
	LIST_INSERT_HEAD(PIDBUCKET(0), &proc0, p_hash);
	LIST_INSERT_HEAD(&pgrphash[0], &pgrp0, pg_hash);
	LIST_INSERT_HEAD(&pgrp0.pg_members, &proc0, p_pglist);
	lwp_initspecific(&lwp0);
}

proc_t *
proc_find_raw(pid_t pid)
{
	struct proc *p;

	KASSERT(mutex_owned(proc_lock));
	LIST_FOREACH(p, PIDBUCKET(pid), p_hash)
		if (p->p_pid == pid)
			return p;
	return NULL;
}

proc_t *
proc_find(pid_t pid)
{
	struct proc *p = proc_find_raw(pid);

	return p != NULL && !P_ZOMBIE(p) ? p : NULL;
}

struct pgrp *
pgrp_find(pid_t pgid)
{
	struct pgrp *pg;

	KASSERT(mutex_owned(proc_lock));
	LIST_FOREACH(pg, &pgrphash[(unsigned int)pgid % PIDHASH], pg_hash)
		if (pg->pg_id == pgid)
			return pg;
	return NULL;
}

static pid_t
pid_new(void)
{
	pid_t pid = last_pid;

	do {
		if (++pid > PID_MAX)
			pid = 2;
	} while (proc_find_raw(pid) != NULL || pgrp_find(pid) != NULL);
	return last_pid = pid;
}

/* Enter a process into the tables; it can be joined when it is SACTIVE. */
static void
proc_publish(struct proc *p, struct proc *parent)
{

	mutex_enter(proc_lock);
	__atomic_fetch_add(&nprocs, 1, __ATOMIC_RELAXED);
	p->p_pid = pid_new();
	LIST_INSERT_HEAD(&allproc, p, p_list);
	LIST_INSERT_HEAD(PIDBUCKET(p->p_pid), p, p_hash);
	p->p_pgrp = parent->p_pgrp;
	LIST_INSERT_HEAD(&p->p_pgrp->pg_members, p, p_pglist);
	p->p_pptr = parent;
	LIST_INSERT_HEAD(&parent->p_children, p, p_sibling);
	mutex_exit(proc_lock);
}

static bool
proc_files(struct proc *p, int flags)
{

	if (flags & RUMP_RFFDG)
		p->p_fd = fd_copy();
	else if (flags & RUMP_RFCFDG)
		p->p_fd = fd_init(NULL);
	else
		fd_share(p);
	return p->p_fd != NULL;
}

static void
proc_release(struct proc *p)
{

	kauth_cred_free(p->p_cred);
	lim_free(p->p_limit);
	kmem_free(p->p_stats, sizeof(*p->p_stats));
	specificdata_fini(proc_specificdata_domain, &p->p_specdataref);
	cv_destroy(&p->p_waitcv);
	cv_destroy(&p->p_lwpcv);
	mutex_obj_free(p->p_lock);
	mutex_destroy(&p->p_auxlock);
	kmem_free(p, sizeof(*p));
}

struct proc *
rump_proc_create(struct proc *parent, struct vmspace *vm, int flags)
{
	struct proc *p;

	if (__atomic_load_n(&nprocs, __ATOMIC_RELAXED) >= PID_MAX / 2)
		return NULL;
	p = kmem_zalloc(sizeof(*p), KM_SLEEP);
	proc_setup(p);
	p->p_stat = SIDL;
	p->p_vmspace = vm != NULL ? vm : rump_vmspace_local;
	p->p_emul = emul_default;
	p->p_nice = 20;
	p->p_sigacts = &sigacts0;
	p->p_stats = kmem_zalloc(sizeof(*p->p_stats), KM_SLEEP);
	getmicrouptime(&p->p_stats->p_start);
	p->p_limit = parent->p_limit;
	lim_addref(p->p_limit);
	mutex_enter(parent->p_lock);
	memcpy(p->p_comm, parent->p_comm, sizeof(p->p_comm));
	p->p_cred = parent->p_cred;
	kauth_cred_hold(p->p_cred);
	mutex_exit(parent->p_lock);
	if (!proc_files(p, flags)) {
		proc_release(p);
		return NULL;
	}
	kauth_proc_fork(parent, p);
	if (rump_proc_vfs_init != NULL)
		(*rump_proc_vfs_init)(p);
	(void)chgproccnt(kauth_cred_getuid(p->p_cred), 1);
	proc_publish(p, parent);
	return p;
}

void
rump_proc_empty(struct proc *p)
{

	KASSERT(p == curproc && p->p_nlwps == 1);
	doexithooks(p);
	rump_timers_free(p);
	rump_knote_exit(p);
	fd_free();
	if (rump_proc_vfs_release != NULL)
		(*rump_proc_vfs_release)(p);
}

static void
pgrp_free_if_empty(struct pgrp *pg)
{
	struct session *s = pg->pg_session;

	KASSERT(mutex_owned(proc_lock));
	if (!LIST_EMPTY(&pg->pg_members) || pg == &pgrp0)
		return;
	LIST_REMOVE(pg, pg_hash);
	kmem_free(pg, sizeof(*pg));
	if (--s->s_count == 0)
		kmem_free(s, sizeof(*s));
}

void
rump_proc_free(struct proc *p)
{
	struct proc *child;

	mutex_enter(proc_lock);
	LIST_REMOVE(p, p_list);
	LIST_REMOVE(p, p_hash);
	LIST_REMOVE(p, p_pglist);
	LIST_REMOVE(p, p_sibling);
	while ((child = LIST_FIRST(&p->p_children)) != NULL) {
		LIST_REMOVE(child, p_sibling);
		child->p_pptr = initproc;
		LIST_INSERT_HEAD(&initproc->p_children, child, p_sibling);
	}
	if (p->p_session->s_leader == p)
		p->p_session->s_leader = NULL;
	pgrp_free_if_empty(p->p_pgrp);
	__atomic_fetch_sub(&nprocs, 1, __ATOMIC_RELAXED);
	mutex_exit(proc_lock);
	(void)chgproccnt(kauth_cred_getuid(p->p_cred), -1);
	proc_release(p);
}

/*
 * Groups and sessions.
 */

void
proc_sesshold(struct session *s)
{

	KASSERT(mutex_owned(proc_lock));
	s->s_count++;
}

void
proc_sessrele(struct session *s)
{
	bool last;

	KASSERT(mutex_owned(proc_lock));
	last = --s->s_count == 0;
	mutex_exit(proc_lock);
	if (last)
		kmem_free(s, sizeof(*s));
}

/* Whether curp may put the process into the group; proc_lock held. */
static int
enterpgrp_check(struct proc *curp, struct proc *p, pid_t pid, pid_t pgid,
    bool mksess)
{
	struct pgrp *pg = pgrp_find(pgid);

	if (p == NULL || (p != curp && p->p_pptr != curp))
		return ESRCH;
	if (mksess)
		return pg != NULL ? EPERM : 0;
	if (p->p_session != curp->p_session || SESS_LEADER(p))
		return EPERM;
	if (pg == NULL)
		return pgid != pid ? EPERM : 0;
	return pg->pg_session != curp->p_session ? EPERM : 0;
}

int
proc_enterpgrp(struct proc *curp, pid_t pid, pid_t pgid, bool mksess)
{
	struct pgrp *pg, *newpg, *old;
	struct session *s;
	struct proc *p;
	int error;

	newpg = kmem_zalloc(sizeof(*newpg), KM_SLEEP);
	s = kmem_zalloc(sizeof(*s), KM_SLEEP);
	mutex_enter(proc_lock);
	p = proc_find(pid);
	if ((error = enterpgrp_check(curp, p, pid, pgid, mksess)) != 0)
		goto out;
	if ((pg = pgrp_find(pgid)) == p->p_pgrp)
		goto out;
	if (pg == NULL) {
		pg = newpg;
		newpg = NULL;
		pg->pg_id = pgid;
		if (mksess) {
			s->s_leader = p;
			s->s_sid = pid;
			pg->pg_session = s;
			s = NULL;
			p->p_lflag &= ~PL_CONTROLT;
		} else
			pg->pg_session = p->p_session;
		pg->pg_session->s_count++;
		LIST_INSERT_HEAD(&pgrphash[(unsigned int)pgid % PIDHASH], pg,
		    pg_hash);
	}
	old = p->p_pgrp;
	LIST_REMOVE(p, p_pglist);
	p->p_pgrp = pg;
	LIST_INSERT_HEAD(&pg->pg_members, p, p_pglist);
	pgrp_free_if_empty(old);
out:
	mutex_exit(proc_lock);
	if (newpg != NULL)
		kmem_free(newpg, sizeof(*newpg));
	if (s != NULL)
		kmem_free(s, sizeof(*s));
	return error;
}

/* Which of two makes the more interesting status line. */
int
proc_compare(const struct proc *p1, const struct lwp *l1,
    const struct proc *p2, const struct lwp *l2)
{
	bool run1 = l1->l_stat == LSONPROC || l1->l_stat == LSRUN;
	bool run2 = l2->l_stat == LSONPROC || l2->l_stat == LSRUN;

	if (P_ZOMBIE(p1) != P_ZOMBIE(p2))
		return P_ZOMBIE(p1);
	if (run1 != run2)
		return run2;
	if (l1->l_slptime != l2->l_slptime)
		return l2->l_slptime < l1->l_slptime;
	return p2->p_pid > p1->p_pid;
}

int
proclist_foreach_call(struct proclist *list,
    int (*callback)(struct proc *, void *), void *arg)
{
	struct proc *p, *next;
	int error = 0;

	mutex_enter(proc_lock);
	LIST_FOREACH_SAFE(p, list, p_list, next)
		if ((error = (*callback)(p, arg)) != 0)
			break;
	mutex_exit(proc_lock);
	return error;
}

/*
 * Changes of credentials.
 */

void
proc_crmod_enter(void)
{

	mutex_enter(curproc->p_lock);
}

/* @scred's place is taken by @fcred's: the new one replaces the old. */
void
proc_crmod_leave(kauth_cred_t scred, kauth_cred_t fcred, bool sugid)
{
	struct lwp *l = curlwp;
	struct proc *p = l->l_proc;
	kauth_cred_t lcred;

	KASSERT(mutex_owned(p->p_lock));
	if (scred != NULL)
		__atomic_store_n(&p->p_cred, scred, __ATOMIC_RELEASE);
	if (sugid)
		p->p_flag |= PK_SUGID;
	rump_lwp_newcreds(p);
	lcred = l->l_cred;
	if (lcred != p->p_cred) {
		l->l_cred = p->p_cred;
		kauth_cred_hold(l->l_cred);
	} else
		lcred = NULL;
	mutex_exit(p->p_lock);
	if (lcred != NULL)
		kauth_cred_free(lcred);
	if (fcred != NULL && fcred != scred)
		kauth_cred_free(fcred);
}

/* Whether @cred may look into what belongs to @target. */
int
proc_uidmatch(kauth_cred_t cred, kauth_cred_t target)
{

	return kauth_cred_getuid(cred) == kauth_cred_getuid(target) &&
	    kauth_cred_getuid(cred) == kauth_cred_getsvuid(target) ? 0 :
	    EPERM;
}

/* The process's table of system calls has been set: how to go there. */
void
syscall_intern(struct proc *p)
{

	p->p_trace_enabled = (p->p_slflag & PSL_SYSCALL) != 0;
}

/*
 * Data by key.
 */

static specificdata_domain_t
proc_domain(void)
{

	if (proc_specificdata_domain == NULL)
		proc_specificdata_domain = specificdata_domain_create();
	return proc_specificdata_domain;
}

int
proc_specific_key_create(specificdata_key_t *keyp, specificdata_dtor_t dtor)
{

	return specificdata_key_create(proc_domain(), keyp, dtor);
}

void
proc_specific_key_delete(specificdata_key_t key)
{

	specificdata_key_delete(proc_domain(), key);
}

void *
proc_getspecific(struct proc *p, specificdata_key_t key)
{

	return specificdata_getspecific(proc_domain(), &p->p_specdataref, key);
}

void
proc_setspecific(struct proc *p, specificdata_key_t key, void *data)
{

	specificdata_setspecific(proc_domain(), &p->p_specdataref, key, data);
}
