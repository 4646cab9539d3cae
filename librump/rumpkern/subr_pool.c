/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool(9). A pool is a slab cache of its own, or carves the pages of a caller's
 * allocator (pool_pages.c); with debugging each item is an allocation of its
 * own. Items that were asked for ahead, or that the low water mark keeps, stand
 * in a reserve that is used when there is nothing else.
 *
 * Locking: pool_list_lock guards the list of pools and pr_refs; pr_lock what is
 * not counted in passing. Counts are changed atomically in `smp', but for
 * statistics, which may lose one.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/syslog.h>

#include <rump-free/memdebug.h>
#include <rump-free/slab.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"
#include "pool_impl.h"

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
static kcondvar_t pool_list_cv;		/* pr_refs has become 0 */
static bool pool_inited;

static void *
std_alloc(struct pool *pp, int flags)
{

	return rump_mem_alloc(rump_poolpages_pagesz(pp), PAGE_SIZE, false,
	    SITE());
}

static void
std_free(struct pool *pp, void *p)
{

	rump_mem_free(p, rump_poolpages_pagesz(pp), SITE());
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
	cv_init(&pool_list_cv, "poollist");
}

/*
 * Debugging: how many items of a pool who has, by the callers' addresses.
 */

#define NPOOLSITES	64
#define PLACE_SIZE	128

struct rump_poolsite {
	const void	*ps_pc;		/* NULL: the rest of all */
	unsigned int	ps_count;
};

static void
site_count(struct pool *pp, const void *pc, int n)
{
	struct rump_poolsite *ps;
	unsigned int i;

	if (__predict_true(pp->pr_sites == NULL))
		return;
	mutex_enter(&pp->pr_lock);
	for (i = 0; i < NPOOLSITES - 1; i++) {
		ps = &pp->pr_sites[i];
		if (ps->ps_pc == pc || (ps->ps_pc == NULL && n > 0))
			break;
	}
	ps = &pp->pr_sites[i];
	if (i < NPOOLSITES - 1)
		ps->ps_pc = pc;
	ps->ps_count += (unsigned int)n;
	mutex_exit(&pp->pr_lock);
}

/* Items are out that should not be: say whose, as far as it is known. */
static void
sites_report(struct pool *pp)
{
	char where[PLACE_SIZE];
	unsigned int i;

	printf("pool %s: %u items of %u bytes are out\n", pp->pr_wchan,
	    pp->pr_nout, pp->pr_size);
	for (i = 0; pp->pr_sites != NULL && i < NPOOLSITES; i++) {
		if (pp->pr_sites[i].ps_count == 0)
			continue;
		rump_mem_placename(pp->pr_sites[i].ps_pc, where,
		    sizeof(where));
		printf("pool %s: %u from %s\n", pp->pr_wchan,
		    pp->pr_sites[i].ps_count, where);
	}
}

/*
 * Making and destroying.
 */

static void
backend_init(struct pool *pp, struct pool_allocator *palloc)
{
	size_t size = pp->pr_pad + MAX(pp->pr_size, 1);

	if (!is_std(palloc) || (pp->pr_flags & PR_NOTOUCH) != 0) {
		pp->pr_alloc = palloc != NULL ? palloc : &pool_allocator_kmem;
		rump_poolpages_init(pp);
		pp->pr_pad = 0;
	} else if (rump_memdebug_on) {
		pp->pr_sites = kmem_zalloc(NPOOLSITES * sizeof(*pp->pr_sites),
		    KM_SLEEP);
	} else if (size <= RUMP_SLAB_MAX) {
		pp->pr_slab = kmem_alloc(sizeof(*pp->pr_slab), KM_SLEEP);
		rump_slabcache_init(pp->pr_slab, pp->pr_wchan, size,
		    pp->pr_align);
	}
}

void
pool_init(struct pool *pp, size_t size, u_int align, u_int ioff, int flags,
    const char *wchan, struct pool_allocator *palloc, int ipl)
{

	pool_init_once();
	if (align == 0)
		align = ALIGNBYTES + 1;
	KASSERTMSG(powerof2(align) && (align <= PAGE_SIZE || !is_std(palloc)),
	    "pool %s: alignment %u", wchan, align);
	memset(pp, 0, sizeof(*pp));
	pp->pr_size = (unsigned int)size;
	pp->pr_align = align;
	pp->pr_ioff = ioff;
	pp->pr_pad = (align - (ioff & (align - 1))) & (align - 1);
	pp->pr_flags = (unsigned int)flags;
	pp->pr_ipl = ipl;
	pp->pr_wchan = wchan;
	pp->pr_hardlimit = UINT_MAX;
	pp->pr_maxitems = UINT_MAX;
	mutex_init(&pp->pr_lock, MUTEX_DEFAULT, ipl);
	cv_init(&pp->pr_cv, wchan);
	backend_init(pp, palloc);
	mutex_enter(&pool_list_lock);
	TAILQ_INSERT_TAIL(&pools, pp, pr_allpools);
	mutex_exit(&pool_list_lock);
}

/*
 * Items, from wherever the pool has them.
 */

static void *
item_tryalloc(struct pool *pp, int flags, const void *site)
{
	char *o;

	if (pp->pr_slab != NULL)
		o = rump_slab_alloc(pp->pr_slab);
	else if (pp->pr_pages != NULL)
		o = rump_poolpages_get(pp, flags);
	else
		o = rump_mem_alloc(pp->pr_pad + MAX(pp->pr_size, 1),
		    pp->pr_align, false, site);
	return __predict_true(o != NULL) ? o + pp->pr_pad : NULL;
}

static void
item_free(struct pool *pp, void *o, const void *site)
{

	o = (char *)o - pp->pr_pad;
	if (pp->pr_slab != NULL)
		rump_slab_free(pp->pr_slab, o);
	else if (pp->pr_pages != NULL)
		rump_poolpages_put(pp, o);
	else
		rump_mem_free(o, pp->pr_pad + MAX(pp->pr_size, 1), site);
}

/* Pools with pages of their own need no list: there free items stay in them. */
static bool
has_reserve(const struct pool *pp)
{

	return pp->pr_pages == NULL && pp->pr_size >= sizeof(void *);
}

static inline unsigned int
in_reserve(const struct pool *pp)
{

	return __atomic_load_n(&pp->pr_nreserve, __ATOMIC_RELAXED);
}

static void *
reserve_get(struct pool *pp)
{
	void *o;

	if (in_reserve(pp) == 0)
		return NULL;
	mutex_enter(&pp->pr_lock);
	if ((o = pp->pr_reserve) != NULL) {
		pp->pr_reserve = *(void **)o;
		__atomic_store_n(&pp->pr_nreserve, pp->pr_nreserve - 1,
		    __ATOMIC_RELAXED);
	}
	mutex_exit(&pp->pr_lock);
	return o;
}

static void
reserve_put(struct pool *pp, void *o)
{

	mutex_enter(&pp->pr_lock);
	*(void **)o = pp->pr_reserve;
	pp->pr_reserve = o;
	__atomic_store_n(&pp->pr_nreserve, pp->pr_nreserve + 1,
	    __ATOMIC_RELAXED);
	mutex_exit(&pp->pr_lock);
}

static void
reserve_trim(struct pool *pp, unsigned int keep)
{
	void *o;

	while (in_reserve(pp) > keep && (o = reserve_get(pp)) != NULL)
		item_free(pp, o, SITE());
}

static __noinline void *
item_alloc_slow(struct pool *pp, int flags, const void *site)
{
	const struct rump_memplace w = { NULL, site };
	char *o;

	if ((o = reserve_get(pp)) != NULL && pp->pr_sites != NULL)
		rump_memdebug_attribute(o - pp->pr_pad, w);
	while (o == NULL) {
		if (pp->pr_drain_hook != NULL) {
			(*pp->pr_drain_hook)(pp->pr_drain_hook_arg, flags);
			o = item_tryalloc(pp, flags, site);
		}
		if (o != NULL)
			break;
		if ((flags & PR_WAITOK) == 0) {
			rump_mem_short();
			break;
		}
		rump_mem_wait(pp->pr_size);
		o = item_tryalloc(pp, flags, site);
	}
	return o;
}

/*
 * Getting and putting.
 */

/* Statistics may lose a count, but are no data race. */
#define STAT_INC(x)							\
	__atomic_store_n(&(x), __atomic_load_n(&(x), __ATOMIC_RELAXED) + 1, \
	    __ATOMIC_RELAXED)

static inline unsigned int
count_out(struct pool *pp, int n)
{

#ifdef RUMP_SMP
	return __atomic_add_fetch(&pp->pr_nout, (unsigned int)n,
	    __ATOMIC_SEQ_CST);
#else
	return pp->pr_nout += (unsigned int)n;
#endif
}

/* An item fewer is out: somebody may wait for that. */
static inline void
uncount_out(struct pool *pp)
{

	(void)count_out(pp, -1);
	if (__predict_false(__atomic_load_n(&pp->pr_nwaiters,
	    __ATOMIC_SEQ_CST) != 0)) {
		mutex_enter(&pp->pr_lock);
		cv_broadcast(&pp->pr_cv);
		mutex_exit(&pp->pr_lock);
	}
}

static void
limit_warn(struct pool *pp)
{

	if (pp->pr_warning != NULL &&
	    ratecheck(&pp->pr_warned, &pp->pr_ratecap))
		log(LOG_ERR, "%s\n", pp->pr_warning);
}

/*
 * The hard limit is passed: count out again, and wait until it is not (0), or
 * ENOMEM. A waiter shows itself before it looks at the count; who returns an
 * item changes the count before it looks for waiters.
 */
static __noinline int
limit_wait(struct pool *pp, int flags)
{
	bool drained = false;
	int error = 0;

	uncount_out(pp);
	for (;;) {
		if (pp->pr_drain_hook != NULL && !drained) {
			drained = true;
			(*pp->pr_drain_hook)(pp->pr_drain_hook_arg, flags);
		} else if ((flags & PR_WAITOK) == 0 ||
		    (flags & PR_LIMITFAIL) != 0) {
			error = ENOMEM;
			break;
		} else {
			mutex_enter(&pp->pr_lock);
			__atomic_add_fetch(&pp->pr_nwaiters, 1,
			    __ATOMIC_SEQ_CST);
			while (__atomic_load_n(&pp->pr_nout,
			    __ATOMIC_SEQ_CST) >= pp->pr_hardlimit)
				cv_wait(&pp->pr_cv, &pp->pr_lock);
			__atomic_sub_fetch(&pp->pr_nwaiters, 1,
			    __ATOMIC_SEQ_CST);
			mutex_exit(&pp->pr_lock);
		}
		if (count_out(pp, 1) <= pp->pr_hardlimit)
			return 0;
		uncount_out(pp);
	}
	limit_warn(pp);
	return error;
}

void *
rump_pool_get(struct pool *pp, int flags, const void *site)
{
	void *o;

	if ((flags & PR_WAITOK) != 0)
		ASSERT_SLEEPABLE();
	if (__predict_false(count_out(pp, 1) > pp->pr_hardlimit) &&
	    limit_wait(pp, flags) != 0) {
		STAT_INC(pp->pr_nfail);
		return NULL;
	}
	if (__predict_false((o = item_tryalloc(pp, flags, site)) == NULL) &&
	    (o = item_alloc_slow(pp, flags, site)) == NULL) {
		uncount_out(pp);
		STAT_INC(pp->pr_nfail);
		return NULL;
	}
	STAT_INC(pp->pr_nget);
	site_count(pp, site, 1);
	if ((flags & PR_ZERO) != 0)
		memset(o, 0, pp->pr_size);
	return o;
}

void
rump_pool_put(struct pool *pp, void *o, const void *site)
{

	KASSERTMSG(o != NULL, "pool %s: put of NULL", pp->pr_wchan);
	STAT_INC(pp->pr_nput);
	if (__predict_false(pp->pr_sites != NULL))
		site_count(pp, rump_memdebug_site((char *)o -
		    pp->pr_pad)->st_key, -1);
	if (__predict_false(in_reserve(pp) < pp->pr_minitems) &&
	    has_reserve(pp))
		reserve_put(pp, o);
	else
		item_free(pp, o, site);
	uncount_out(pp);
	rump_mem_freed();
}

void *
pool_get(struct pool *pp, int flags)
{

	return rump_pool_get(pp, flags, SITE());
}

void
pool_put(struct pool *pp, void *o)
{

	rump_pool_put(pp, o, SITE());
}

void
rump_pool_unlist(struct pool *pp)
{

	mutex_enter(&pool_list_lock);
	while (pp->pr_refs != 0)
		cv_wait(&pool_list_cv, &pool_list_lock);
	TAILQ_REMOVE(&pools, pp, pr_allpools);
	mutex_exit(&pool_list_lock);
}

void
rump_pool_fini(struct pool *pp)
{

	if (pp->pr_nout != 0) {
		sites_report(pp);
		panic("pool_destroy: pool %s: %u items out", pp->pr_wchan,
		    pp->pr_nout);
	}
	reserve_trim(pp, 0);
	if (pp->pr_pages != NULL)
		rump_poolpages_fini(pp);
	if (pp->pr_slab != NULL) {
		rump_slabcache_fini(pp->pr_slab);
		kmem_free(pp->pr_slab, sizeof(*pp->pr_slab));
	}
	if (pp->pr_sites != NULL)
		kmem_free(pp->pr_sites, NPOOLSITES * sizeof(*pp->pr_sites));
	cv_destroy(&pp->pr_cv);
	mutex_destroy(&pp->pr_lock);
}

void
pool_destroy(struct pool *pp)
{

	rump_pool_unlist(pp);
	rump_pool_fini(pp);
}

int
pool_prime(struct pool *pp, int n)
{
	void *o;

	if (pp->pr_pages != NULL)
		return rump_poolpages_prime(pp, (unsigned int)MAX(n, 0));
	for (; n > 0 && has_reserve(pp); n--) {
		if ((o = item_tryalloc(pp, PR_NOWAIT, SITE())) == NULL)
			return ENOMEM;
		reserve_put(pp, o);
	}
	return 0;
}

void
pool_setlowat(struct pool *pp, int n)
{

	pp->pr_minitems = (unsigned int)MAX(n, 0);
}

void
pool_sethiwat(struct pool *pp, int n)
{

	pp->pr_maxitems = (unsigned int)MAX(n, 0);
}

void
pool_sethardlimit(struct pool *pp, int n, const char *warnmess, int ratecap)
{

	mutex_enter(&pp->pr_lock);
	pp->pr_hardlimit = (unsigned int)MAX(n, 0);
	pp->pr_warning = warnmess;
	pp->pr_ratecap.tv_sec = ratecap;
	pp->pr_warned.tv_sec = pp->pr_warned.tv_usec = 0;
	cv_broadcast(&pp->pr_cv);
	mutex_exit(&pp->pr_lock);
}

void
pool_set_drain_hook(struct pool *pp, void (*fn)(void *, int), void *arg)
{

	pp->pr_drain_hook = fn;
	pp->pr_drain_hook_arg = arg;
}

/*
 * Reclaiming.
 */

size_t
rump_pool_reclaim(struct pool *pp, bool cansleep)
{
	pool_cache_t pc = __atomic_load_n(&pp->pr_cache, __ATOMIC_ACQUIRE);
	size_t freed = 0;

	if (pc != NULL)
		rump_poolcache_reclaim(pc, cansleep);
	if (cansleep && pp->pr_drain_hook != NULL)
		(*pp->pr_drain_hook)(pp->pr_drain_hook_arg, PR_NOWAIT);
	if (cansleep && in_reserve(pp) > pp->pr_minitems)
		reserve_trim(pp, pp->pr_minitems);
	if (pp->pr_slab != NULL)
		freed = rump_slabcache_reclaim(pp->pr_slab);
	else if (pp->pr_pages != NULL && cansleep)
		freed = rump_poolpages_reclaim(pp);
	return freed;
}

int
pool_reclaim(struct pool *pp)
{

	return rump_pool_reclaim(pp, true) != 0;
}

/* A pool stays while it is looked at without the list's lock. */
static struct pool *
pool_ref(struct pool *pp)
{

	KASSERT(mutex_owned(&pool_list_lock));
	if (pp != NULL)
		pp->pr_refs++;
	return pp;
}

static void
pool_unref(struct pool *pp)
{

	KASSERT(mutex_owned(&pool_list_lock));
	if (--pp->pr_refs == 0)
		cv_broadcast(&pool_list_cv);
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
	last = pool_ref(pp);
	if (pp != NULL) {
		mutex_exit(&pool_list_lock);
		freed = rump_pool_reclaim(pp, true) != 0;
		mutex_enter(&pool_list_lock);
		pool_unref(pp);
	}
	mutex_exit(&pool_list_lock);
	if (ppp != NULL)
		*ppp = pp;
	return freed;
}

/* The page daemon holds no lock, and so may call hooks and destructors. */
static size_t
foreach_sleeping(size_t (*fn)(struct pool *))
{
	struct pool *pp, *next;
	size_t freed = 0;

	mutex_enter(&pool_list_lock);
	for (pp = pool_ref(TAILQ_FIRST(&pools)); pp != NULL; pp = next) {
		mutex_exit(&pool_list_lock);
		freed += (*fn)(pp);
		mutex_enter(&pool_list_lock);
		next = pool_ref(TAILQ_NEXT(pp, pr_allpools));
		pool_unref(pp);
	}
	mutex_exit(&pool_list_lock);
	return freed;
}

static size_t
reclaim_sleeping(struct pool *pp)
{

	return rump_pool_reclaim(pp, true);
}

static size_t
flush_cpu(struct pool *pp)
{
	pool_cache_t pc = __atomic_load_n(&pp->pr_cache, __ATOMIC_ACQUIRE);

	if (pc != NULL)
		rump_poolcache_flush_cpu(pc);
	if (pp->pr_slab != NULL)
		rump_slabcache_flush(pp->pr_slab);
	return 0;
}

void
rump_pool_flush_cpu(void)
{

	(void)foreach_sleeping(flush_cpu);
}

size_t
rump_pool_reclaim_all(bool cansleep)
{
	struct pool *pp;
	size_t freed = 0;

	pool_init_once();
	if (cansleep)
		return foreach_sleeping(reclaim_sleeping);
	if (!mutex_tryenter(&pool_list_lock))
		return 0;
	TAILQ_FOREACH(pp, &pools, pr_allpools)
		freed += rump_pool_reclaim(pp, false);
	mutex_exit(&pool_list_lock);
	return freed;
}

void
rump_pool_walk(void (*fn)(const char *, size_t, size_t, void *), void *arg)
{
	struct pool *pp;
	size_t held;

	pool_init_once();
	TAILQ_FOREACH(pp, &pools, pr_allpools) {
		held = pp->pr_slab != NULL ? pp->pr_slab->c_charged :
		    pp->pr_pages != NULL ? rump_poolpages_bytes(pp) :
		    (size_t)pp->pr_nout * pp->pr_size;
		(*fn)(pp->pr_wchan, pp->pr_nout, held, arg);
	}
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
