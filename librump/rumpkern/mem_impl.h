/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of the allocator: mem.c, memlimit.c, slab.c, pools. */
#ifndef _RUMPKERN_MEM_IMPL_H_
#define _RUMPKERN_MEM_IMPL_H_

#include <sys/types.h>
#include <sys/kmem.h>

#include "slab_env.h"

void	rump_slab_init(void);
void	rump_uvm_km_init(void);
void	rump_memlimit_init(void);
void	rump_vmem_init(void);

/*
 * Whether objects carry headers (lib/free/memdebug.c): always in the checking
 * build and under AddressSanitizer, otherwise if RUMP_MEMDEBUG asks for it at
 * boot. Nothing is then taken from or put into a hoard or a cache's stack, so
 * that the fast paths need not ask.
 */
#ifdef RUMP_MEMDEBUG
#define rump_memdebug_on	true
#else
extern bool rump_memdebug_on __dso_hidden;
#endif
extern unsigned int rump_memdebug_flags __dso_hidden;

/*
 * Size classes. The small ones are asked for without a call, by the hoard of
 * the CPU, in `up' by the stacks that sys/kmem.h inlines: NULL, false if there is
 * nothing, no room, or if there is debugging.
 */
#define RUMP_MEM_SMALL	1024
#define RUMP_MEM_NCLASSES	33

extern struct rump_slabcache rump_memclass[RUMP_MEM_NCLASSES] __dso_hidden;
/* By (size - 1) / 16. */
extern uint8_t rump_memsmall[RUMP_MEM_SMALL / 16] __dso_hidden;

#ifdef RUMP_UP
static inline void *
rump_mem_tryget(size_t size)
{
	struct rump_kmemstack *ks;

	if (__predict_false(size - 1 >= RUMP_MEM_SMALL))
		return NULL;
	ks = &rump_kmemstack[rump_memsmall[(size - 1) / 16]];
	return __predict_true(ks->ks_n != 0) ? ks->ks_obj[--ks->ks_n] : NULL;
}

static inline bool
rump_mem_tryput(void *p, size_t size)
{
	struct rump_kmemstack *ks;

	if (__predict_false(size - 1 >= RUMP_MEM_SMALL))
		return false;
	ks = &rump_kmemstack[rump_memsmall[(size - 1) / 16]];
	if (__predict_false(ks->ks_n >= ks->ks_max))
		return false;
	ks->ks_obj[ks->ks_n++] = p;
	return true;
}
#else
/* RUMP_MEM_SMALL, or 0 when debugging. */
extern size_t rump_memfast __dso_hidden;

static inline struct rump_hoard *
rump_mem_hoard(size_t size)
{

	if (__predict_false(size - 1 >= rump_memfast))
		return NULL;
	return slab_env_hoard(&rump_memclass[rump_memsmall[(size - 1) / 16]]);
}

static inline void *
rump_mem_tryget(size_t size)
{
	struct rump_hoard *h = rump_mem_hoard(size);

	return __predict_true(h != NULL) ? rump_hoard_get(h) : NULL;
}

static inline bool
rump_mem_tryput(void *p, size_t size)
{
	struct rump_hoard *h = rump_mem_hoard(size);

	return __predict_true(h != NULL) && rump_hoard_put(h, p);
}
#endif

/* By size class, without guards: NULL at the limit or if the host has none. */
void	*rump_mem_alloc_raw(size_t);
/* Empty this CPU's hoards. */
void	rump_mem_flush_raw(void);
/* The same and the quarantine, and give back what is not used; returns bytes. */
size_t	rump_mem_reclaim_raw(void);
/*
 * subr_pool.c: empty pools and caches; returns bytes freed. true: the caller holds
 * no lock, so that hooks and destructors may be called.
 */
size_t	rump_pool_reclaim_all(bool);
/* Empty what this CPU keeps of pools and caches. The caller may sleep, and stays
 * on its CPU (curlwp_bind(9)). */
void	rump_pool_flush_cpu(void);
/* Name, items out, bytes held of each pool. No locks. */
void	rump_pool_walk(void (*)(const char *, size_t, size_t, void *), void *);
/* kern_malloc.c: the same of malloc(9)'s types, where objects are counted. */
void	rump_malloc_walk(void (*)(const char *, size_t, size_t, void *),
	    void *);
/* memdebug.c: sysctl nodes and the dump's section. */
void	rump_mem_report_init(void);
/* The name of a place in the code, as far as it is known. */
void	rump_mem_placename(const void *, char *, size_t);

/* Memory was given back: whoever waits for some may try again. */
extern volatile unsigned int rump_mem_nwaiters __dso_hidden;
void	rump_mem_wakeup(void);

static inline void
rump_mem_freed(void)
{

	if (__predict_false(__atomic_load_n(&rump_mem_nwaiters,
	    __ATOMIC_RELAXED) != 0))
		rump_mem_wakeup();
}

/* An allocation that does not wait found nothing: the page daemon may help. */
void	rump_mem_short(void);
/* Whether the current lwp frees memory, and may use the reserve for that. */
bool	rump_mem_reclaiming(void);

#endif /* _RUMPKERN_MEM_IMPL_H_ */
