/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lib/free/memdebug.c needs of the kernel: sanitizer builds give each
 * object a header, the checking build all there is, other builds what
 * RUMP_MEMDEBUG asks for. A simple spin lock guards what is shared.
 */
#ifndef _RUMPKERN_MEMDEBUG_ENV_H_
#define _RUMPKERN_MEMDEBUG_ENV_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/lwp.h>

#include <rump/rumpuser.h>
#include <rump-free/slab.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#define MEMDEBUG_WANTED

#ifdef RUMP_CHECK
#define MEMDEBUG_FLAGS(f)	(RUMP_MEMDEBUG_COUNT | RUMP_MEMDEBUG_GUARD)
#else
#define MEMDEBUG_FLAGS(f)	rump_memdebug_flags
#endif

static __cpu_simple_lock_t memdebug_lock = __SIMPLELOCK_UNLOCKED;
#define MEMDEBUG_LOCK()		__cpu_simple_lock(&memdebug_lock)
#define MEMDEBUG_UNLOCK()	__cpu_simple_unlock(&memdebug_lock)

#define MEMDEBUG_QUARANTINE	8192
#define MEMDEBUG_POISON(p, n)	RUMP_POISON((p), (n))
#define MEMDEBUG_UNPOISON(p, n)	RUMP_UNPOISON((p), (n))
#define MEMDEBUG_BORN(p, n)	do {} while (/*CONSTCOND*/0)
#define MEMDEBUG_DIED(p, n)	do {} while (/*CONSTCOND*/0)
#define MEMDEBUG_PEEK(on)	do {} while (/*CONSTCOND*/0)
#define memdebug_env_panic	panic
#define memdebug_env_gone(o)	((void)(o))

#ifdef RUMP_ASAN
#define MEMDEBUG_ALIGNED	1
#define MEMDEBUG_FILLED		0	/* the sanitizer has a quarantine */
#else
#define MEMDEBUG_ALIGNED	0
#define MEMDEBUG_FILLED		1
#endif

static inline uint32_t
memdebug_env_thread(void)
{
	struct lwp *l = curlwp;

	return l != NULL ? (uint32_t)l->l_lid : 0;
}

static inline void *
memdebug_env_alloc(size_t size, size_t align)
{
#ifdef RUMP_ASAN
	void *p;

	/* The sanitizer's allocator ends the process instead of failing. */
	if (size > (size_t)1 << 36 || !rump_mem_account_add(size))
		return NULL;
	if (rumpuser_malloc(size, (int)align, &p) != 0) {
		rump_mem_account_sub(size);
		return NULL;
	}
	return p;
#else
	return rump_mem_alloc_raw(size);
#endif
}

static inline void
memdebug_env_free(void *p, size_t size)
{

#ifdef RUMP_ASAN
	rump_mem_account_sub(size);
	rumpuser_free(p, size);
#else
	rump_slab_release(p);
#endif
}
#endif /* _RUMPKERN_MEMDEBUG_ENV_H_ */
