/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock(9): what is left of it: assertions about locks, and the machine's
 * simple locks.
 */
#ifndef _SYS_LOCK_H_
#define _SYS_LOCK_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>

/* To pause in a busy wait. */
#if defined(__i386__) || defined(__x86_64__)
#define SPINLOCK_SPIN_HOOK	__asm volatile("pause" ::: "memory")
#elif defined(__aarch64__)
#define SPINLOCK_SPIN_HOOK	__asm volatile("yield" ::: "memory")
#else
#define SPINLOCK_SPIN_HOOK	__asm volatile("" ::: "memory")
#endif
#define SPINLOCK_BACKOFF_HOOK	SPINLOCK_SPIN_HOOK

#ifdef RUMP_CHECK
#define LOCKDEBUG_BARRIER(lock, sleep)	rump_lockcheck_barrier(lock, sleep)
#else
#define LOCKDEBUG_BARRIER(lock, sleep)	do { } while (0)
#endif

/** Checking builds: panic if spin locks other than @lock are held, or with
 * @sleepok false if any lock is. */
void	rump_lockcheck_barrier(const volatile void *, int);

/*
 * Simple spin locks, for code that must not depend on anything else.  The
 * holder must not give up the virtual CPU.
 */
#ifndef __SIMPLELOCK_LOCKED
#define __SIMPLELOCK_LOCKED	1
#define __SIMPLELOCK_UNLOCKED	0
#endif
static __inline void __attribute__((__unused__))
__cpu_simple_lock_init(__cpu_simple_lock_t *lp)
{

	__atomic_store_n(lp, __SIMPLELOCK_UNLOCKED, __ATOMIC_RELAXED);
}

static __inline int __attribute__((__unused__))
__cpu_simple_lock_try(__cpu_simple_lock_t *lp)
{

	return __atomic_exchange_n(lp, __SIMPLELOCK_LOCKED,
	    __ATOMIC_ACQUIRE) == __SIMPLELOCK_UNLOCKED;
}

static __inline void __attribute__((__unused__))
__cpu_simple_lock(__cpu_simple_lock_t *lp)
{

	while (!__cpu_simple_lock_try(lp))
		while (__atomic_load_n(lp, __ATOMIC_RELAXED) !=
		    __SIMPLELOCK_UNLOCKED)
			continue;
}

static __inline void __attribute__((__unused__))
__cpu_simple_unlock(__cpu_simple_lock_t *lp)
{

	__atomic_store_n(lp, __SIMPLELOCK_UNLOCKED, __ATOMIC_RELEASE);
}

static __inline int __attribute__((__unused__))
__SIMPLELOCK_LOCKED_P(const __cpu_simple_lock_t *lp)
{

	return *lp == __SIMPLELOCK_LOCKED;
}

static __inline int __attribute__((__unused__))
__SIMPLELOCK_UNLOCKED_P(const __cpu_simple_lock_t *lp)
{

	return *lp == __SIMPLELOCK_UNLOCKED;
}

#endif /* _SYS_LOCK_H_ */
