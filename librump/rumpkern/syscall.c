/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call table and the way into it.  The table is filled at boot;
 * later changes (modules) are made with syscall_lock held, and a slot's
 * handler is one pointer, read without it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/syscall.h>
#include <sys/syscallvar.h>

#include <rump-sys/kern.h>
#include <rump-priv/kern.h>
#include <rump-priv/syscall.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include "sched_impl.h"

struct sysent rump_sysent[SYS_NSYSENT];

struct emul emul_netbsd = {
	.e_name = "netbsd-rump",
	.e_nosys = SYS_syscall,
	.e_nsysent = SYS_NSYSENT,
	.e_sysent = rump_sysent,
};

static kmutex_t syscall_lock;

/* A number without a handler. */
int
sys_nosys(struct lwp *l, const void *v, register_t *retval)
{

	return ENOSYS;
}

/* A number whose handler would come with a module that is not there. */
int
sys_nomodule(struct lwp *l, const void *v, register_t *retval)
{

	return ENOSYS;
}

void
rump_syscall_init(void)
{
	int i;

	mutex_init(&syscall_lock, MUTEX_DEFAULT, IPL_NONE);
	for (i = 0; i < SYS_NSYSENT; i++)
		rump_sysent[i].sy_call = sys_nosys;
	rump_syscall_boot_establish(rump_syscalls_kern,
	    rump_syscalls_kern_n);
}

void
rump_syscall_boot_establish(const struct rump_onesyscall *calls, size_t n)
{
	struct sysent *sy;
	size_t i;

	for (i = 0; i < n; i++) {
		KASSERT(calls[i].ros_num >= 0);
		KASSERT(calls[i].ros_num < SYS_NSYSENT);
		sy = &rump_sysent[calls[i].ros_num];
		KASSERT(sy->sy_call == sys_nosys);
		sy->sy_call = calls[i].ros_handler;
	}
}

static struct sysent *
syscall_table(const struct emul *em)
{

	return em != NULL ? em->e_sysent : emul_netbsd.e_sysent;
}

int
syscall_establish(const struct emul *em, const struct syscall_package *sp)
{
	struct sysent *sy = syscall_table(em);
	const struct syscall_package *p;
	int error = 0;

	mutex_enter(&syscall_lock);
	for (p = sp; p->sp_call != NULL; p++) {
		if (p->sp_code >= SYS_NSYSENT)
			error = EINVAL;
		else if (sy[p->sp_code].sy_call != sys_nosys &&
		    sy[p->sp_code].sy_call != sys_nomodule)
			error = EBUSY;
	}
	for (p = sp; error == 0 && p->sp_call != NULL; p++)
		sy[p->sp_code].sy_call = p->sp_call;
	mutex_exit(&syscall_lock);
	return error;
}

int
syscall_disestablish(const struct emul *em, const struct syscall_package *sp)
{
	struct sysent *sy = syscall_table(em);
	const struct syscall_package *p;

	mutex_enter(&syscall_lock);
	for (p = sp; p->sp_call != NULL; p++) {
		KASSERT(sy[p->sp_code].sy_call == p->sp_call);
		sy[p->sp_code].sy_call = sys_nomodule;
	}
	mutex_exit(&syscall_lock);
	return 0;
}

/* Answers that are messages to the entry code, not errors of the client's. */
static __noinline int
syscall_error(const struct emul *em, int error)
{

	if (error == EJUSTRETURN)
		return 0;
	if (error == ERESTART)
		error = EINTR;
	if (em->e_errno != NULL && error > 0 && error <= ELAST)
		error = em->e_errno[error];
	return error;
}

/* Refused at the door; a lwp that is inside has a process and its ABI. */
static __noinline int
syscall_refused(int error)
{
	struct lwp *l = rumpuser_curlwp();

	if (l == NULL || l->l_proc == NULL)
		return error;
	return syscall_error(l->l_proc->p_emul, error);
}

int
rump_syscall(int num, void *data, size_t dlen, register_t *retval)
{
	const struct emul *em;
	struct lwp *l;
	int error;

	retval[0] = 0;
	retval[1] = 0;
	if (__predict_false((l = lwp_enter_biased()) == NULL)) {
		error = rump_schedule_enter();
		if (__predict_false(error != 0))
			return syscall_refused(error);
		l = curlwp;
	}
	curcpu()->ci_data.cpu_nsyscall++;
	em = l->l_proc->p_emul;
	if (__predict_false((unsigned)num >= SYS_NSYSENT))
		error = ENOSYS;
	else if (__predict_false(rump_panic_survives))
		error = rump_panic_guard(em->e_sysent[num].sy_call, l, data,
		    retval);
	else
		error = (*em->e_sysent[num].sy_call)(l, data, retval);
	if (__predict_false(error != 0))
		error = syscall_error(em, error);
	lwp_leave(curlwp);
	return error;
}
