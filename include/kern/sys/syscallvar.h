/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System-call packages that modules establish and withdraw.
 */
#ifndef _SYS_SYSCALLVAR_H_
#define	_SYS_SYSCALLVAR_H_

#include <sys/systm.h>
#include <sys/proc.h>

#ifdef _KERNEL
struct emul;

/* Ended by an entry whose sp_call is NULL. */
struct syscall_package {
	u_short		sp_code;	/* number */
	u_short		sp_flags;
	sy_call_t	*sp_call;
};

/*
 * syscall_establish: install handlers in unused slots of an emulation's
 * table (NULL: the native one).  EBUSY if one is taken, then none is
 * installed.  May be called at any time after boot.
 */
int	syscall_establish(const struct emul *, const struct syscall_package *);
/*
 * syscall_disestablish: withdraw them; EBUSY while one of them runs.
 */
int	syscall_disestablish(const struct emul *,
	    const struct syscall_package *);

/* sy_call, sy_invoke: run a handler. */
static __inline int
sy_call(const struct sysent *sy, struct lwp *l, const void *uap,
    register_t *rval)
{

	return (*sy->sy_call)(l, uap, rval);
}

static __inline int
sy_invoke(const struct sysent *sy, struct lwp *l, const void *uap,
    register_t *rval, int code)
{

	(void)code;
	rval[0] = 0;
	return sy_call(sy, l, uap, rval);
}
#endif /* _KERNEL */

#endif /* _SYS_SYSCALLVAR_H_ */
