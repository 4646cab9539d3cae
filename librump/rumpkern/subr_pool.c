/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool(9) and pool_cache(9). A pool is a slab cache of its own; with a page
 * allocator of the caller's it carves the caller's pages instead. A pool cache
 * keeps constructed objects in a stack of pointers per CPU in front of its
 * pool. pool_list_lock guards the list of pools, pr_lock counts, hooks and the
 * caller's pages; per-CPU stacks belong to the lwp on that CPU.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/proc.h>

#include <rump-free/slab.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#define SITE()	__builtin_return_address(0)

static void	*std_alloc(struct pool *, int);
static void	std_free(struct pool *, void *);

/* The standard allocators all mean: the kernel's own slabs. */
#define STD_ALLOCATOR(name)						\
	struct pool_allocator name = {					\
		.pa_alloc = std_alloc, .pa_free = std_free,		\
		.pa_pagesz = 0,						\
	}
STD_ALLOCATOR(pool_allocator_kmem);
STD_ALLOCATOR(pool_allocator_kmem_fullpage);
STD_ALLOCATOR(pool_allocator_nointr);
STD_ALLOCATOR(pool_allocator_nointr_fullpage);
STD_ALLOCATOR(pool_allocator_meta);

static TAILQ_HEAD(, pool) pools = TAILQ_HEAD_INITIALIZER(pools);
static kmutex_t pool_list_lock;
static bool pool_inited;

/* A page of a caller's allocator, with its header in the page. */
struct poolpage {
	struct poolpage	*pp_next;
	void		*pp_mem;	/* what the allocator gave */
};

static void *
std_alloc(struct pool *pp, int flags)
{

	return rump_mem_alloc(PAGE_SIZE, PAGE_SIZE, (flags & PR_WAITOK) != 0,
	    SITE());
}

static void
std_free(struct pool *pp, void *p)
{

	rump_mem_free(p, PAGE_SIZE, SITE());
}

static bool
is_std(const struct pool_allocator *pa)
{

	return pa == NULL || pa->pa_alloc == std_alloc;
}

static void
pool_init_once(void)
{

	if (__predict_true(pool_inited))
		return;
	pool_inited = true;
	mutex_init(&pool_list_lock, MUTEX_DEFAULT, IPL_NONE);
}

void
pool_init(struct pool *pp, size_t size, u_int align, u_int ioff, int flags,
    const char *wchan, struct pool_allocator *palloc, int ipl)
{

	pool_init_once();
	memset(pp, 0, sizeof(*pp));
	if (align == 0)
		align = ALIGNBYTES + 1;
	KASSERT(powerof2(align));
	pp->pr_size = (unsigned int)size;
	pp->pr_align = align;
	pp->pr_flags = (unsigned int)flags;
	pp->pr_ipl = ipl;
	pp->pr_wchan = wchan;
	pp->pr_hardlimit = UINT_MAX;
	pp->pr_maxpages = UINT_MAX;
	mutex_init(&pp->pr_lock, MUTEX_DEFAULT, ipl);
	if (!is_std(palloc))
		pp->pr_alloc = palloc;
#ifndef RUMP_MEMDEBUG
	else if (size <= RUMP_SLAB_MAX && align <= PAGE_SIZE) {
		pp->pr_slab = kmem_alloc(sizeof(*pp->pr_slab), KM_SLEEP);
		rump_slabcache_init(pp->pr_slab, wchan, size, align);
	}
#endif
	mutex_enter(&pool_list_lock);
	TAILQ_INSERT_TAIL(&pools, pp, pr_allpools);
	mutex_exit(&pool_list_lock);
}

void
pool_destroy(struct pool *pp)
{
	struct poolpage *pg;

	KASSERTMSG(pp->pr_nout == 0, "pool %s: %u items out", pp->pr_wchan,
	    pp->pr_nout);
	mutex_enter(&pool_list_lock);
	TAILQ_REMOVE(&pools, pp, pr_allpools);
	mutex_exit(&pool_list_lock);
	while ((pg = pp->pr_pages) != NULL) {
		pp->pr_pages = pg->pp_next;
		(*pp->pr_alloc->pa_free)(pp, pg->pp_mem);
	}
	if (pp->pr_slab != NULL) {
		rump_slabcache_fini(pp->pr_slab);
		kmem_free(pp->pr_slab, sizeof(*pp->pr_slab));
	}
	mutex_destroy(&pp->pr_lock);
}

/*
 * Items of a caller's allocator.
 */

static int
own_grow(struct pool *pp, int flags)
{
	size_t pagesz = pp->pr_alloc->pa_pagesz, stride, first, n;
	struct poolpage *pg;
	char *mem;

	if (pagesz == 0)
		pagesz = PAGE_SIZE;
	stride = roundup2(MAX(pp->pr_size, sizeof(void *)), pp->pr_align);
	first = roundup2(sizeof(*pg), pp->pr_align);
	if (first + stride > pagesz)
		return ENOMEM;
	mutex_exit(&pp->pr_lock);
	mem = (*pp->pr_alloc->pa_alloc)(pp, flags);
	mutex_enter(&pp->pr_lock);
	if (mem == NULL)
		return ENOMEM;
	pg = (struct poolpage *)(void *)mem;
	pg->pp_mem = mem;
	pg->pp_next = pp->pr_pages;
	pp->pr_pages = pg;
	for (n = first; n + stride <= pagesz; n += stride) {
		*(void **)(void *)(mem + n) = pp->pr_free;
		pp->pr_free = mem + n;
	}
	return 0;
}

static void *
own_get(struct pool *pp, int flags)
{
	void *o;

	mutex_enter(&pp->pr_lock);
	while ((o = pp->pr_free) == NULL) {
		if (own_grow(pp, flags) == 0)
			continue;
		if ((flags & PR_WAITOK) == 0)
			break;
		mutex_exit(&pp->pr_lock);
		rump_mem_wait(PAGE_SIZE);
		mutex_enter(&pp->pr_lock);
	}
	if (o != NULL)
		pp->pr_free = *(void **)o;
	mutex_exit(&pp->pr_lock);
	return o;
}

static void
own_put(struct pool *pp, void *o)
{

	mutex_enter(&pp->pr_lock);
	*(void **)o = pp->pr_free;
	pp->pr_free = o;
	mutex_exit(&pp->pr_lock);
}

/*
 * Getting and putting.
 */

static void *
item_alloc(struct pool *pp, int flags, const void *site)
{
	void *o;

	if (pp->pr_alloc != NULL)
		return own_get(pp, flags);
	if (pp->pr_slab == NULL) {
		return rump_mem_alloc(pp->pr_size, MIN(pp->pr_align,
		    PAGE_SIZE), (flags & PR_WAITOK) != 0, site);
	}
	while (__predict_false((o = rump_slab_alloc(pp->pr_slab)) == NULL)) {
		if ((flags & PR_WAITOK) == 0)
			return NULL;
		rump_mem_wait(pp->pr_size);
	}
	return o;
}

static void
item_free(struct pool *pp, void *o, const void *site)
{

	if (pp->pr_alloc != NULL)
		own_put(pp, o);
	else if (pp->pr_slab == NULL)
		rump_mem_free(o, pp->pr_size, site);
	else
		rump_slab_free(pp->pr_slab, o);
}

/* Statistics may lose a count, but are no data race. */
#define STAT_INC(x)							\
	__atomic_store_n(&(x), __atomic_load_n(&(x), __ATOMIC_RELAXED) + 1, \
	    __ATOMIC_RELAXED)

static inline unsigned int
items_out(const struct pool *pp)
{

	return __atomic_load_n(&pp->pr_nout, __ATOMIC_RELAXED);
}

/* Wait below the hard limit: 0, or ENOMEM if the caller does not wait. */
static int
hardlimit_wait(struct pool *pp, int flags)
{

	while (items_out(pp) >= pp->pr_hardlimit) {
		if ((flags & PR_WAITOK) == 0 || (flags & PR_LIMITFAIL) != 0)
			return ENOMEM;
		(void)kpause(pp->pr_wchan, false, 1, NULL);
	}
	return 0;
}

static inline void
count_out(struct pool *pp, int n)
{

#ifdef RUMP_SMP
	__atomic_add_fetch(&pp->pr_nout, (unsigned int)n, __ATOMIC_RELAXED);
#else
	pp->pr_nout += (unsigned int)n;
#endif
}

static void *
pool_get_site(struct pool *pp, int flags, const void *site)
{
	void *o;

	if ((flags & PR_WAITOK) != 0)
		ASSERT_SLEEPABLE();
	if (__predict_false(items_out(pp) >= pp->pr_hardlimit) &&
	    hardlimit_wait(pp, flags) != 0)
		return NULL;
	if ((o = item_alloc(pp, flags, site)) == NULL) {
		STAT_INC(pp->pr_nfail);
		return NULL;
	}
	count_out(pp, 1);
	STAT_INC(pp->pr_nget);
	if ((flags & PR_ZERO) != 0)
		memset(o, 0, pp->pr_size);
	return o;
}

void *
pool_get(struct pool *pp, int flags)
{

	return pool_get_site(pp, flags, SITE());
}

void
pool_put(struct pool *pp, void *o)
{

	KASSERT(o != NULL);
	count_out(pp, -1);
	STAT_INC(pp->pr_nput);
	item_free(pp, o, SITE());
}

int
pool_prime(struct pool *pp, int n)
{
	void *list = NULL, *o;
	int i;

	/* Take that many and put them back: the pages stay. */
	for (i = 0; i < n; i++) {
		if ((o = item_alloc(pp, PR_NOWAIT, SITE())) == NULL)
			break;
		*(void **)o = list;
		list = o;
	}
	while ((o = list) != NULL) {
		list = *(void **)o;
		item_free(pp, o, SITE());
	}
	return i == n ? 0 : ENOMEM;
}

void
pool_setlowat(struct pool *pp, int n)
{

	pp->pr_minitems = (unsigned int)MAX(n, 0);
	(void)pool_prime(pp, n);
}

void
pool_sethiwat(struct pool *pp, int n)
{

	pp->pr_maxpages = (unsigned int)MAX(n, 0);
}

void
pool_sethardlimit(struct pool *pp, int n, const char *warnmess, int ratecap)
{

	pp->pr_hardlimit = (unsigned int)MAX(n, 0);
}

void
pool_set_drain_hook(struct pool *pp, void (*fn)(void *, int), void *arg)
{

	pp->pr_drain_hook = fn;
	pp->pr_drain_hook_arg = arg;
}

static size_t
reclaim_bytes(struct pool *pp)
{

	if (pp->pr_drain_hook != NULL)
		(*pp->pr_drain_hook)(pp->pr_drain_hook_arg, PR_NOWAIT);
	if (pp->pr_slab == NULL)
		return 0;
	return rump_slabcache_reclaim(pp->pr_slab);
}

int
pool_reclaim(struct pool *pp)
{

	return reclaim_bytes(pp) != 0;
}

bool
pool_drain(struct pool **ppp)
{
	static struct pool *last;
	struct pool *pp, *p;
	bool freed = false;

	pool_init_once();
	mutex_enter(&pool_list_lock);
	/* The one after last time's, if that still exists. */
	TAILQ_FOREACH(p, &pools, pr_allpools) {
		if (p == last)
			break;
	}
	pp = p == NULL ? NULL : TAILQ_NEXT(p, pr_allpools);
	if (pp == NULL)
		pp = TAILQ_FIRST(&pools);
	last = pp;
	if (pp != NULL)
		freed = reclaim_bytes(pp) != 0;
	mutex_exit(&pool_list_lock);
	if (ppp != NULL)
		*ppp = pp;
	return freed;
}

unsigned int
pool_nget(struct pool *pp)
{

	return (unsigned int)pp->pr_nget;
}

unsigned int
pool_nput(struct pool *pp)
{

	return (unsigned int)pp->pr_nput;
}

/*
 * Caches of constructed objects.
 */

#define PCC_MAX		64		/* objects on a CPU's stack */

struct pool_cachecpu {
	unsigned int	pcc_n;
	void		*pcc_obj[PCC_MAX];
} __aligned(COHERENCY_UNIT);

struct pool_cache {
	struct pool	pc_pool;
	struct pool_cachecpu *pc_cpu;	/* by CPU index */
	int		(*pc_ctor)(void *, void *, int);
	void		(*pc_dtor)(void *, void *);
	void		*pc_arg;
	unsigned int	pc_ncpu;
	LIST_ENTRY(pool_cache) pc_entry;
};

static LIST_HEAD(, pool_cache) caches = LIST_HEAD_INITIALIZER(caches);

pool_cache_t
pool_cache_init(size_t size, u_int align, u_int off, u_int flags,
    const char *wchan, struct pool_allocator *palloc, int ipl,
    int (*ctor)(void *, void *, int), void (*dtor)(void *, void *),
    void *arg)
{
	pool_cache_t pc;

	pc = kmem_zalloc(sizeof(*pc), KM_SLEEP);
	pool_init(&pc->pc_pool, size, align, off, (int)flags, wchan, palloc,
	    ipl);
	pc->pc_ctor = ctor;
	pc->pc_dtor = dtor;
	pc->pc_arg = arg;
	mutex_enter(&pool_list_lock);
	LIST_INSERT_HEAD(&caches, pc, pc_entry);
	mutex_exit(&pool_list_lock);
	return pc;
}

/* The stack of this CPU; NULL while there is none (debugging, boot). */
static inline struct pool_cachecpu *
cache_cpu(pool_cache_t pc)
{

#ifdef RUMP_MEMDEBUG
	return NULL;
#elif defined(RUMP_SMP)
	/* Whoever sees the stacks sees them made: pairs with the release. */
	struct pool_cachecpu *cpus = __atomic_load_n(&pc->pc_cpu,
	    __ATOMIC_ACQUIRE);
	u_int i = cpu_index(curcpu());

	if (__predict_false(cpus == NULL || i >= pc->pc_ncpu))
		return NULL;
	return &cpus[i];
#else
	return pc->pc_cpu;
#endif
}

/* The first put gives the cache its stacks, if there is memory. */
static void
cache_cpu_attach(pool_cache_t pc)
{
#ifndef RUMP_MEMDEBUG
	size_t n = 1;
	void *p;

#ifdef RUMP_SMP
	if (cold)
		return;
	n = (size_t)MAX(ncpu, 1);
#endif
	if (__atomic_load_n(&pc->pc_cpu, __ATOMIC_RELAXED) != NULL)
		return;
	p = rump_mem_alloc(n * sizeof(*pc->pc_cpu), COHERENCY_UNIT, false,
	    SITE());
	if (p == NULL)
		return;
	memset(p, 0, n * sizeof(*pc->pc_cpu));
	mutex_enter(&pc->pc_pool.pr_lock);
	if (pc->pc_cpu == NULL) {
		pc->pc_ncpu = (unsigned int)n;
		__atomic_store_n(&pc->pc_cpu, p, __ATOMIC_RELEASE);
		p = NULL;
	}
	mutex_exit(&pc->pc_pool.pr_lock);
	if (p != NULL)
		rump_mem_free(p, n * sizeof(*pc->pc_cpu), SITE());
#endif
}

static void *
cache_construct(pool_cache_t pc, int flags, const void *site)
{
	void *o;

	if ((o = pool_get_site(&pc->pc_pool, flags, site)) == NULL)
		return NULL;
	if (pc->pc_ctor != NULL &&
	    (*pc->pc_ctor)(pc->pc_arg, o, flags) != 0) {
		pool_put(&pc->pc_pool, o);
		return NULL;
	}
	return o;
}

void *
pool_cache_get_paddr(pool_cache_t pc, int flags, paddr_t *pap)
{
	struct pool_cachecpu *pcc = cache_cpu(pc);
	void *o;

	if (__predict_true(pcc != NULL && pcc->pcc_n != 0))
		o = pcc->pcc_obj[--pcc->pcc_n];
	else if ((o = cache_construct(pc, flags, SITE())) == NULL)
		return NULL;
	if (pap != NULL)
		*pap = (paddr_t)(uintptr_t)o;
	return o;
}

void
pool_cache_put_paddr(pool_cache_t pc, void *o, paddr_t pa)
{
	struct pool_cachecpu *pcc = cache_cpu(pc);

	KASSERT(o != NULL);
	if (__predict_true(pcc != NULL && pcc->pcc_n < PCC_MAX)) {
		pcc->pcc_obj[pcc->pcc_n++] = o;
		return;
	}
	if (pcc == NULL)
		cache_cpu_attach(pc);
	pool_cache_destruct_object(pc, o);
}

void
pool_cache_destruct_object(pool_cache_t pc, void *o)
{

	if (pc->pc_dtor != NULL)
		(*pc->pc_dtor)(pc->pc_arg, o);
	pool_put(&pc->pc_pool, o);
}

static void
cache_flush(pool_cache_t pc, struct pool_cachecpu *pcc)
{

	while (pcc->pcc_n != 0)
		pool_cache_destruct_object(pc, pcc->pcc_obj[--pcc->pcc_n]);
}

/* Other CPUs' stacks are theirs: only this one's can be emptied. */
void
pool_cache_invalidate(pool_cache_t pc)
{
	struct pool_cachecpu *pcc = cache_cpu(pc);

	if (pcc != NULL)
		cache_flush(pc, pcc);
}

bool
pool_cache_reclaim(pool_cache_t pc)
{

	pool_cache_invalidate(pc);
	return pool_reclaim(&pc->pc_pool) != 0;
}

void
pool_cache_destroy(pool_cache_t pc)
{
	unsigned int i;

	mutex_enter(&pool_list_lock);
	LIST_REMOVE(pc, pc_entry);
	mutex_exit(&pool_list_lock);
	if (pc->pc_cpu != NULL) {
		for (i = 0; i < pc->pc_ncpu; i++)
			cache_flush(pc, &pc->pc_cpu[i]);
		rump_mem_free(pc->pc_cpu, pc->pc_ncpu * sizeof(*pc->pc_cpu),
		    SITE());
	}
	pool_destroy(&pc->pc_pool);
	kmem_free(pc, sizeof(*pc));
}

void
pool_cache_set_drain_hook(pool_cache_t pc, void (*fn)(void *, int), void *arg)
{

	pool_set_drain_hook(&pc->pc_pool, fn, arg);
}

void
pool_cache_setlowat(pool_cache_t pc, int n)
{

	pool_setlowat(&pc->pc_pool, n);
}

void
pool_cache_sethiwat(pool_cache_t pc, int n)
{

	pool_sethiwat(&pc->pc_pool, n);
}

void
pool_cache_sethardlimit(pool_cache_t pc, int n, const char *warnmess,
    int ratecap)
{

	pool_sethardlimit(&pc->pc_pool, n, warnmess, ratecap);
}

size_t
rump_pool_reclaim_all(void)
{
	struct pool_cache *pc;
	struct pool *pp;
	size_t freed = 0;

	pool_init_once();
	if (!mutex_tryenter(&pool_list_lock))
		return 0;
	LIST_FOREACH(pc, &caches, pc_entry)
		pool_cache_invalidate(pc);
	TAILQ_FOREACH(pp, &pools, pr_allpools)
		freed += reclaim_bytes(pp);
	mutex_exit(&pool_list_lock);
	return freed;
}
