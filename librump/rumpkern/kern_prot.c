/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on a process's identity: ids, groups, sessions, login name.
 * Credentials are changed between proc_crmod_enter() and proc_crmod_leave();
 * groups and sessions are read with proc_lock held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/ucred.h>

int
sys_getpid_with_ppid(struct lwp *l, const void *v, register_t *retval)
{
	struct proc *p = l->l_proc;

	retval[0] = p->p_pid;
	mutex_enter(proc_lock);
	retval[1] = p->p_pptr != NULL ? p->p_pptr->p_pid : 0;
	mutex_exit(proc_lock);
	return 0;
}

int
sys_getppid(struct lwp *l, const void *v, register_t *retval)
{
	struct proc *p = l->l_proc;

	mutex_enter(proc_lock);
	*retval = p->p_pptr != NULL ? p->p_pptr->p_pid : 0;
	mutex_exit(proc_lock);
	return 0;
}

int
sys_getpgrp(struct lwp *l, const void *v, register_t *retval)
{

	mutex_enter(proc_lock);
	*retval = l->l_proc->p_pgrp->pg_id;
	mutex_exit(proc_lock);
	return 0;
}

/* The process a call means: pid 0 is the caller; proc_lock held. */
static struct proc *
prot_find(struct lwp *l, pid_t pid)
{

	return pid == 0 ? l->l_proc : proc_find(pid);
}

int
sys_getpgid(struct lwp *l, const struct sys_getpgid_args *uap,
    register_t *retval)
{
	struct proc *p;
	int error = 0;

	mutex_enter(proc_lock);
	p = prot_find(l, SCARG(uap, pid));
	if (p != NULL)
		*retval = p->p_pgid;
	else
		error = ESRCH;
	mutex_exit(proc_lock);
	return error;
}

int
sys_getsid(struct lwp *l, const struct sys_getsid_args *uap,
    register_t *retval)
{
	struct proc *p;
	int error = 0;

	mutex_enter(proc_lock);
	p = prot_find(l, SCARG(uap, pid));
	if (p != NULL)
		*retval = p->p_session->s_sid;
	else
		error = ESRCH;
	mutex_exit(proc_lock);
	return error;
}

int
sys_setsid(struct lwp *l, const void *v, register_t *retval)
{
	struct proc *p = l->l_proc;
	int error;

	/* Not a group leader, nor may its id be in use as a group's. */
	mutex_enter(proc_lock);
	error = p->p_pgid == p->p_pid || pgrp_find(p->p_pid) != NULL ?
	    EPERM : 0;
	mutex_exit(proc_lock);
	if (error == 0)
		error = proc_enterpgrp(p, p->p_pid, p->p_pid, true);
	if (error == 0)
		*retval = p->p_pid;
	return error;
}

int
sys_setpgid(struct lwp *l, const struct sys_setpgid_args *uap,
    register_t *retval)
{
	struct proc *p = l->l_proc;
	pid_t pid = SCARG(uap, pid), pgid = SCARG(uap, pgid);

	if (pgid < 0)
		return EINVAL;
	if (pid == 0)
		pid = p->p_pid;
	if (pgid == 0)
		pgid = pid;
	return proc_enterpgrp(p, pid, pgid, false);
}

int
sys_getuid_with_euid(struct lwp *l, const void *v, register_t *retval)
{

	retval[0] = kauth_cred_getuid(l->l_cred);
	retval[1] = kauth_cred_geteuid(l->l_cred);
	return 0;
}

int
sys_geteuid(struct lwp *l, const void *v, register_t *retval)
{

	*retval = kauth_cred_geteuid(l->l_cred);
	return 0;
}

int
sys_getgid_with_egid(struct lwp *l, const void *v, register_t *retval)
{

	retval[0] = kauth_cred_getgid(l->l_cred);
	retval[1] = kauth_cred_getegid(l->l_cred);
	return 0;
}

int
sys_getegid(struct lwp *l, const void *v, register_t *retval)
{

	*retval = kauth_cred_getegid(l->l_cred);
	return 0;
}

/* The three ids of a kind as a change asks for them; -1: leave it. */
struct idchange {
	int64_t	real, effective, saved;
};

/*
 * May it be?  Without privilege each new id must be one of the process's
 * real, effective or saved ones.
 */
static bool
id_allowed(int64_t id, uint32_t real, uint32_t effective, uint32_t saved)
{

	return id < 0 || (uint32_t)id == real || (uint32_t)id == effective ||
	    (uint32_t)id == saved;
}

/* The client's -1 is "leave it", not an id. */
static inline int64_t
id_arg(uint32_t id)
{

	return id == (uint32_t)-1 ? -1 : (int64_t)id;
}

static int
prot_authorize(struct lwp *l, kauth_cred_t cred)
{

	return kauth_authorize_process(cred, KAUTH_PROCESS_SETID, l->l_proc,
	    NULL, NULL, NULL);
}

static int
change_uids(struct lwp *l, const struct idchange *c)
{
	kauth_cred_t cred, ncred;
	uint32_t r, e, s;
	int error = 0;

	ncred = kauth_cred_alloc();
	proc_crmod_enter();
	cred = l->l_proc->p_cred;
	r = kauth_cred_getuid(cred);
	e = kauth_cred_geteuid(cred);
	s = kauth_cred_getsvuid(cred);
	if (!id_allowed(c->real, r, e, s) ||
	    !id_allowed(c->effective, r, e, s) ||
	    !id_allowed(c->saved, r, e, s))
		error = prot_authorize(l, cred);
	if (error != 0) {
		proc_crmod_leave(cred, ncred, false);
		return error;
	}
	kauth_cred_clone(cred, ncred);
	if (c->real >= 0)
		kauth_cred_setuid(ncred, (uid_t)c->real);
	if (c->effective >= 0)
		kauth_cred_seteuid(ncred, (uid_t)c->effective);
	if (c->saved >= 0)
		kauth_cred_setsvuid(ncred, (uid_t)c->saved);
	proc_crmod_leave(ncred, cred, true);
	return 0;
}

static int
change_gids(struct lwp *l, const struct idchange *c)
{
	kauth_cred_t cred, ncred;
	uint32_t r, e, s;
	int error = 0;

	ncred = kauth_cred_alloc();
	proc_crmod_enter();
	cred = l->l_proc->p_cred;
	r = kauth_cred_getgid(cred);
	e = kauth_cred_getegid(cred);
	s = kauth_cred_getsvgid(cred);
	if (!id_allowed(c->real, r, e, s) ||
	    !id_allowed(c->effective, r, e, s) ||
	    !id_allowed(c->saved, r, e, s))
		error = prot_authorize(l, cred);
	if (error != 0) {
		proc_crmod_leave(cred, ncred, false);
		return error;
	}
	kauth_cred_clone(cred, ncred);
	if (c->real >= 0)
		kauth_cred_setgid(ncred, (gid_t)c->real);
	if (c->effective >= 0)
		kauth_cred_setegid(ncred, (gid_t)c->effective);
	if (c->saved >= 0)
		kauth_cred_setsvgid(ncred, (gid_t)c->saved);
	proc_crmod_leave(ncred, cred, true);
	return 0;
}

int
sys_setuid(struct lwp *l, const struct sys_setuid_args *uap,
    register_t *retval)
{
	int64_t uid = (int64_t)SCARG(uap, uid);
	struct idchange c = { uid, uid, uid };

	return change_uids(l, &c);
}

int
sys_seteuid(struct lwp *l, const struct sys_seteuid_args *uap,
    register_t *retval)
{
	struct idchange c = { -1, (int64_t)SCARG(uap, euid), -1 };

	return change_uids(l, &c);
}

/* The saved id follows the effective one if either id is set. */
static void
reid_change(struct idchange *c, uint32_t real, uint32_t effective,
    uint32_t cur_real, uint32_t cur_effective)
{

	c->real = id_arg(real);
	c->effective = id_arg(effective);
	c->saved = -1;
	if (c->real >= 0 ||
	    (c->effective >= 0 && (uint32_t)c->effective != cur_real))
		c->saved = c->effective >= 0 ? c->effective : cur_effective;
}

int
sys_setreuid(struct lwp *l, const struct sys_setreuid_args *uap,
    register_t *retval)
{
	struct idchange c;

	reid_change(&c, SCARG(uap, ruid), SCARG(uap, euid),
	    kauth_cred_getuid(l->l_cred), kauth_cred_geteuid(l->l_cred));
	return change_uids(l, &c);
}

int
sys_setgid(struct lwp *l, const struct sys_setgid_args *uap,
    register_t *retval)
{
	int64_t gid = (int64_t)SCARG(uap, gid);
	struct idchange c = { gid, gid, gid };

	return change_gids(l, &c);
}

int
sys_setegid(struct lwp *l, const struct sys_setegid_args *uap,
    register_t *retval)
{
	struct idchange c = { -1, (int64_t)SCARG(uap, egid), -1 };

	return change_gids(l, &c);
}

int
sys_setregid(struct lwp *l, const struct sys_setregid_args *uap,
    register_t *retval)
{
	struct idchange c;

	reid_change(&c, SCARG(uap, rgid), SCARG(uap, egid),
	    kauth_cred_getgid(l->l_cred), kauth_cred_getegid(l->l_cred));
	return change_gids(l, &c);
}

int
sys_issetugid(struct lwp *l, const void *v, register_t *retval)
{

	*retval = (l->l_proc->p_flag & PK_SUGID) != 0;
	return 0;
}

int
sys_getgroups(struct lwp *l, const struct sys_getgroups_args *uap,
    register_t *retval)
{
	u_int n = kauth_cred_ngroups(l->l_cred);

	*retval = n;
	if (SCARG(uap, gidsetsize) == 0)
		return 0;
	if (SCARG(uap, gidsetsize) < (int)n)
		return EINVAL;
	return kauth_cred_getgroups(l->l_cred, SCARG(uap, gidset), n,
	    UIO_USERSPACE);
}

int
sys_setgroups(struct lwp *l, const struct sys_setgroups_args *uap,
    register_t *retval)
{
	kauth_cred_t ncred;
	int error, n = SCARG(uap, gidsetsize);

	if (n < 0 || n > NGROUPS)
		return EINVAL;
	ncred = kauth_cred_alloc();
	error = kauth_cred_setgroups(ncred, SCARG(uap, gidset), (size_t)n,
	    (uid_t)-1, UIO_USERSPACE);
	if (error != 0) {
		kauth_cred_free(ncred);
		return error;
	}
	return kauth_proc_setgroups(l, ncred);
}

int
sys___getlogin(struct lwp *l, const struct sys___getlogin_args *uap,
    register_t *retval)
{
	char login[MAXLOGNAME];
	size_t len = MIN(SCARG(uap, namelen), sizeof(login));

	mutex_enter(proc_lock);
	memcpy(login, l->l_proc->p_session->s_login, sizeof(login));
	mutex_exit(proc_lock);
	return copyout(login, SCARG(uap, namebuf), len);
}

int
sys___setlogin(struct lwp *l, const struct sys___setlogin_args *uap,
    register_t *retval)
{
	char login[MAXLOGNAME];
	int error;

	error = kauth_authorize_process(l->l_cred, KAUTH_PROCESS_SETID,
	    l->l_proc, NULL, NULL, NULL);
	if (error != 0)
		return error;
	memset(login, 0, sizeof(login));
	error = copyinstr(SCARG(uap, namebuf), login, sizeof(login), NULL);
	if (error != 0)
		return error == ENAMETOOLONG ? EINVAL : error;
	mutex_enter(proc_lock);
	memcpy(l->l_proc->p_session->s_login, login, sizeof(login));
	mutex_exit(proc_lock);
	return 0;
}

int
sys_umask(struct lwp *l, const struct sys_umask_args *uap, register_t *retval)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;

	/* A mask is one word; what file creation reads needs no lock. */
	if (cwdi == NULL)
		return ENOSYS;
	*retval = cwdi->cwdi_cmask;
	cwdi->cwdi_cmask = SCARG(uap, newmask) & ALLPERMS;
	return 0;
}
