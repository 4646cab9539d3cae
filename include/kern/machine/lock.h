/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simple spin locks for code that must not depend on anything else.  The
 * holder must not give up the virtual CPU.
 */
#ifndef _MACHINE_LOCK_H_
#define _MACHINE_LOCK_H_

#include <sys/types.h>

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

#endif /* _MACHINE_LOCK_H_ */
