/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel lock: recursive, and dropped over every sleep.
 *
 * In `up' the virtual CPU is all there is to it: the lock is given up
 * wherever the virtual CPU is, so nobody can ever find it taken, and only
 * the depth is kept (per lwp, so that assertions hold).  In `smp' an
 * adaptive mutex stands behind the first level.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lwp.h>
#include <sys/proc.h>

#include <rump-priv/kern.h>

#ifdef RUMP_SMP
static kmutex_t kernel_lock;

static void
klock_take(void)
{
	uintptr_t o = 0;

	if (!__atomic_compare_exchange_n(&kernel_lock.mtx_owner, &o,
	    (uintptr_t)curlwp, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		rump_mutex_enter_slow(&kernel_lock);
}

static void
klock_drop(void)
{
	uintptr_t o = (uintptr_t)curlwp;

	if (!__atomic_compare_exchange_n(&kernel_lock.mtx_owner, &o, 0,
	    false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		rump_mutex_exit_slow(&kernel_lock);
}
#else
#define klock_take()	do { } while (0)
#define klock_drop()	do { } while (0)
#endif

/** Prepare it; curlwp holds it not. */
void
rump_klock_init(void)
{
#ifdef RUMP_SMP
	mutex_init(&kernel_lock, MUTEX_NODEBUG, IPL_NONE);
#endif
}

void
_kernel_lock(int nlocks)
{
	struct lwp *l = curlwp;

	if (nlocks == 0)
		return;
	if (l->l_biglocks == 0)
		klock_take();
	l->l_biglocks += nlocks;
}

/* @nlocks 0: all of them; -1: the only one. */
void
_kernel_unlock(int nlocks, int *countp)
{
	struct lwp *l = curlwp;
	int held = l->l_biglocks;

	if (nlocks == 0)
		nlocks = held;
	else if (nlocks == -1) {
		KASSERTMSG(held == 1, "kernel lock held %d times", held);
		nlocks = 1;
	}
	KASSERTMSG(nlocks <= held, "kernel lock held %d times, dropping %d",
	    held, nlocks);
	if (countp != NULL)
		*countp = nlocks;
	if (nlocks == 0)
		return;
	l->l_biglocks = held - nlocks;
	if (l->l_biglocks == 0)
		klock_drop();
}

bool
_kernel_locked_p(void)
{

	return curlwp->l_biglocks != 0;
}

void
kpreempt_disable(void)
{

	curlwp->l_nopreempt++;
}

void
kpreempt_enable(void)
{

	KASSERT(curlwp->l_nopreempt > 0);
	curlwp->l_nopreempt--;
}

/* Nobody is preempted on a virtual CPU, so the count is enough. */
bool
kpreempt_disabled(void)
{

	return curlwp->l_nopreempt > 0;
}
