/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end: reboot(2), and what follows a panic.
 *
 * From the first instant of a panic rump_dead_errno is set; the paths that
 * write to images and wires look at it, and every entry into the kernel
 * answers it.  It is never cleared.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/proc.h>
#include <sys/reboot.h>
#include <sys/syscallargs.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include <rump-priv/kern.h>

volatile int rump_dead_errno;
bool rump_panic_survives;

void
rump_panic_freeze(void)
{

	__atomic_store_n(&rump_dead_errno, EIO, __ATOMIC_SEQ_CST);
}

/*
 * The host process ends, unless the signal model says that it must not:
 * then the thread goes back to where it entered the kernel, if it left a
 * note there, or never comes back.
 */
void
rump_panic_end(void)
{
	struct lwp *l = rumpuser_curlwp();
	void **jmp;

	if (!rump_panic_survives || l == NULL || !l->l_entered)
		rumpuser_exit(RUMPUSER_PANIC);
	_kernel_unlock(0, NULL);
	if ((jmp = l->l_panicjmp) != NULL) {
		l->l_panicjmp = NULL;
		__builtin_longjmp(jmp, 1);
	}
	for (;;)
		rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 3600, 0);
}

/*
 * A system call of a client that wants to outlive a panic.  Nothing is
 * unwound: locks that the call held stay held, in a kernel that nobody can
 * enter any more.
 */
int __noinline
rump_panic_guard(sy_call_t *call, struct lwp *l, const void *args,
    register_t *retval)
{
	void *jmp[5];
	int error;

	if (__builtin_setjmp(jmp) != 0)
		return rump_dead_errno;
	l->l_panicjmp = jmp;
	error = (*call)(l, args, retval);
	l->l_panicjmp = NULL;
	return error;
}

void
cpu_reboot(int howto, char *bootstr)
{

	doing_shutdown = 1;
	if (!rump_is_dead())
		doshutdownhooks();
	if ((howto & RB_NOSYNC) == 0 && !rump_is_dead() &&
	    rump_vfs_fini != NULL)
		(*rump_vfs_fini)();
	if (howto & RB_DUMP)
		rumpuser_exit(RUMPUSER_PANIC);
	rumpuser_exit(0);
}

int
sys_reboot(struct lwp *l, const struct sys_reboot_args *uap,
    register_t *retval)
{
	char bootstr[128];
	int error;

	if ((error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_REBOOT,
	    0, NULL, NULL, NULL)) != 0)
		return error;
	if (SCARG(uap, opt) & RB_STRING) {
		error = copyinstr(SCARG(uap, bootstr), bootstr,
		    sizeof(bootstr), NULL);
		if (error != 0)
			return error;
	} else
		bootstr[0] = '\0';
	cpu_reboot(SCARG(uap, opt), bootstr);
}
