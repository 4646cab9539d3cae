/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memdebug_env.h - what lib/free/memdebug.c needs of the host layer.  Checkers:
 * AddressSanitizer poisons what is not an object; under Valgrind, which is told
 * if its header was there at build time, it is made inaccessible.
 */
#ifndef _RUMPUSER_MEM_MEMDEBUG_ENV_H_
#define _RUMPUSER_MEM_MEMDEBUG_ENV_H_

#include "mem/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if MEM_ASAN
#include <sanitizer/asan_interface.h>
#endif
#ifdef HAVE_VALGRIND
#include <valgrind/memcheck.h>
#endif

#define MEMDEBUG_WANTED
#define MEMDEBUG_FLAGS(f)	(f)
#define MEMDEBUG_LOCK()		rumpuser__memdebug_lock()
#define MEMDEBUG_UNLOCK()	rumpuser__memdebug_unlock()
#define MEMDEBUG_ALIGNED	1
#define MEMDEBUG_QUARANTINE	16384
/* The sanitizer has a quarantine of its own. */
#define MEMDEBUG_FILLED		(!MEM_ASAN)
#define memdebug_env_panic	rumpuser__mem_panic

#if MEM_ASAN
#define MEMDEBUG_POISON(p, n)	__asan_poison_memory_region((p), (n))
#define MEMDEBUG_UNPOISON(p, n)	__asan_unpoison_memory_region((p), (n))
#define MEMDEBUG_BORN(p, n)	((void)0)
#define MEMDEBUG_DIED(p, n)	((void)0)
#define MEMDEBUG_PEEK(on)	((void)0)
#elif defined(HAVE_VALGRIND)
#define ON_VALGRIND()		(mem_mode() & MEM_VALGRIND)
#define MEMDEBUG_POISON(p, n)	do {					\
	if (ON_VALGRIND())						\
		(void)VALGRIND_MAKE_MEM_NOACCESS((p), (n));		\
} while (0)
#define MEMDEBUG_UNPOISON(p, n)	do {					\
	if (ON_VALGRIND())						\
		(void)VALGRIND_MAKE_MEM_DEFINED((p), (n));		\
} while (0)
#define MEMDEBUG_BORN(p, n)	do {					\
	if (ON_VALGRIND())						\
		VALGRIND_MALLOCLIKE_BLOCK((p), (n), 16, 0);		\
} while (0)
#define MEMDEBUG_DIED(p, n)	do {					\
	if (ON_VALGRIND())						\
		VALGRIND_FREELIKE_BLOCK((p), 16);			\
} while (0)
#define MEMDEBUG_PEEK(on)	do {					\
	if (ON_VALGRIND() && (on))					\
		VALGRIND_DISABLE_ERROR_REPORTING;			\
	else if (ON_VALGRIND())						\
		VALGRIND_ENABLE_ERROR_REPORTING;			\
} while (0)
#else
#define MEMDEBUG_POISON(p, n)	((void)(p))
#define MEMDEBUG_UNPOISON(p, n)	((void)(p))
#define MEMDEBUG_BORN(p, n)	((void)(p))
#define MEMDEBUG_DIED(p, n)	((void)(p))
#define MEMDEBUG_PEEK(on)	((void)0)
#endif

static inline uint32_t
memdebug_env_thread(void)
{

	if (rumpuser__memthread.mt_tid == 0)
		rumpuser__memthread.mt_tid = (uint32_t)gettid();
	return rumpuser__memthread.mt_tid;
}

#define memdebug_env_alloc(size, align)	rumpuser__mem_raw((size), (align))

static inline void
memdebug_env_free(void *p, size_t size)
{

	(void)size;
#if MEM_ASAN
	free(p);
#else
	rump_slab_release(p);
#endif
}

/* An object of a cache is back for good. */
static inline void
memdebug_env_gone(void *owner)
{
	struct rumpuser_memcache *mc = owner;

	if (mc != NULL)
		__atomic_fetch_sub(&mc->mc_out, 1, __ATOMIC_RELEASE);
}

#endif /* _RUMPUSER_MEM_MEMDEBUG_ENV_H_ */
