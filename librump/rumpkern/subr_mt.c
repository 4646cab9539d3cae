/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks of one byte, and spin locks with an owner (rump-sys/mt.h).  The counts
 * of a spin lock are its holder's.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/proc.h>

#include <rump-sys/mt.h>

#define SPIN_LOOKS	100		/* before the CPU is given up */

unsigned int
rump_bytelock_wait(struct rump_bytelock *bl)
{
	unsigned int looks = 0;

	do {
		while (__atomic_load_n(&bl->bl_held, __ATOMIC_RELAXED) != 0) {
			/* Where there is one CPU, its holder has not got it. */
			if (++looks % SPIN_LOOKS == 0 || ncpu == 1)
				yield();
			else
				SPINLOCK_SPIN_HOOK;
		}
	} while (!rump_bytelock_try(bl));
	return looks;
}

static void
entered(struct rump_spinlock *sl)
{

	__atomic_store_n(&sl->sl_owner, curlwp, __ATOMIC_RELAXED);
	sl->sl_entered++;
}

bool
rump_spinlock_owned(struct rump_spinlock *sl)
{

	return __atomic_load_n(&sl->sl_owner, __ATOMIC_RELAXED) == curlwp;
}

void
rump_spinlock_enter(struct rump_spinlock *sl)
{
	unsigned int looks;

	if (__predict_false(rump_spinlock_owned(sl)))
		panic("spin lock %p taken twice by one lwp", sl);
	if (!rump_bytelock_try(&sl->sl_lock)) {
		looks = rump_bytelock_wait(&sl->sl_lock);
		sl->sl_contended++;
		sl->sl_spins += looks;
	}
	entered(sl);
}

bool
rump_spinlock_try(struct rump_spinlock *sl)
{

	if (!rump_bytelock_try(&sl->sl_lock))
		return false;
	entered(sl);
	return true;
}

void
rump_spinlock_exit(struct rump_spinlock *sl)
{

	if (__predict_false(!rump_spinlock_owned(sl)))
		panic("spin lock %p left by another lwp", sl);
	__atomic_store_n(&sl->sl_owner, NULL, __ATOMIC_RELAXED);
	rump_bytelock_exit(&sl->sl_lock);
}

void
rump_spinlock_handoff(struct rump_spinlock *sl, struct lwp *l)
{

	if (__predict_false(!rump_spinlock_owned(sl)))
		panic("spin lock %p handed off by another lwp", sl);
	__atomic_store_n(&sl->sl_owner, l, __ATOMIC_RELEASE);
}
