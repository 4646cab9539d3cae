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

#include <machine/lock.h>

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

#endif /* _SYS_LOCK_H_ */
