/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits.  A plimit is shared until its first change; pl_lock
 * protects the count of users, a process's p_lock which plimit it has.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/errno.h>
#include <sys/file.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/syscallargs.h>

struct plimit *
lim_copy(struct plimit *lim)
{
	struct plimit *new;

	new = kmem_zalloc(sizeof(*new), KM_SLEEP);
	mutex_init(&new->pl_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&lim->pl_lock);
	memcpy(new->pl_rlimit, lim->pl_rlimit, sizeof(new->pl_rlimit));
	/* The pattern of core file names is never changed, nor freed. */
	new->pl_corename = lim->pl_corename;
	new->pl_cnlen = lim->pl_cnlen;
	mutex_exit(&lim->pl_lock);
	new->pl_refcnt = 1;
	return new;
}

void
lim_addref(struct plimit *lim)
{

	mutex_enter(&lim->pl_lock);
	lim->pl_refcnt++;
	mutex_exit(&lim->pl_lock);
}

void
lim_free(struct plimit *lim)
{
	bool last;

	mutex_enter(&lim->pl_lock);
	last = --lim->pl_refcnt == 0;
	mutex_exit(&lim->pl_lock);
	if (!last)
		return;
	mutex_destroy(&lim->pl_lock);
	kmem_free(lim, sizeof(*lim));
}

void
lim_privatise(struct proc *p)
{
	struct plimit *old, *new;

	if (p->p_limit->pl_writeable)
		return;
	new = lim_copy(p->p_limit);
	mutex_enter(p->p_lock);
	old = p->p_limit;
	if (old->pl_writeable) {
		mutex_exit(p->p_lock);
		lim_free(new);
		return;
	}
	new->pl_writeable = true;
	p->p_limit = new;
	mutex_exit(p->p_lock);
	lim_free(old);
}

int
sys_getrlimit(struct lwp *l, const struct sys_getrlimit_args *uap,
    register_t *retval)
{
	int which = SCARG(uap, which);
	struct rlimit rl;

	if ((u_int)which >= RLIM_NLIMITS)
		return EINVAL;
	mutex_enter(l->l_proc->p_lock);
	rl = l->l_proc->p_rlimit[which];
	mutex_exit(l->l_proc->p_lock);
	return copyout(&rl, SCARG(uap, rlp), sizeof(rl));
}

int
dosetrlimit(struct lwp *l, struct proc *p, int which, struct rlimit *rlp)
{
	struct rlimit rl = *rlp, *cur;
	int error;

	if ((u_int)which >= RLIM_NLIMITS || rl.rlim_cur > rl.rlim_max)
		return EINVAL;
	cur = &p->p_rlimit[which];
	if (rl.rlim_max > cur->rlim_max || rl.rlim_cur > cur->rlim_max) {
		error = kauth_authorize_process(l->l_cred,
		    KAUTH_PROCESS_RLIMIT, p,
		    KAUTH_ARG(KAUTH_REQ_PROCESS_RLIMIT_SET), &rl,
		    KAUTH_ARG(which));
		if (error != 0)
			return error;
	}
	if (which == RLIMIT_NOFILE) {
		rl.rlim_cur = MIN(rl.rlim_cur, maxfiles);
		rl.rlim_max = MIN(rl.rlim_max, maxfiles);
	}
	lim_privatise(p);
	mutex_enter(p->p_lock);
	p->p_rlimit[which] = rl;
	mutex_exit(p->p_lock);
	return 0;
}

int
sys_setrlimit(struct lwp *l, const struct sys_setrlimit_args *uap,
    register_t *retval)
{
	struct rlimit rl;
	int error;

	error = copyin(SCARG(uap, rlp), &rl, sizeof(rl));
	if (error != 0)
		return error;
	return dosetrlimit(l, l->l_proc, SCARG(uap, which), &rl);
}
