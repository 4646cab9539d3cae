/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool_cache(9): constructed objects in front of a pool. Each CPU has a stack of
 * them; what does not fit is kept in groups that no CPU owns (magazines and a
 * depot; Bonwick and Adams, 2001), the rest is destroyed.
 *
 * Locking: a stack belongs to the lwp on its CPU, which nothing here makes leave
 * it; the groups to a simple lock (`up': the virtual CPU).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/lock.h>
#include <sys/mutex.h>

#include <rump-priv/mem.h>
#include "mem_impl.h"
#include "pool_impl.h"

#define SITE()	__builtin_return_address(0)

#define STACK_BYTES	65536		/* of objects on a stack, at most */
#define GROUP_MAX	(RUMP_POOLSTACK / 2)
#define GROUPS_BYTES	(256 * 1024)	/* of objects in groups, at most */
#define GROUPS_MAX	32

struct pool_group {
	struct pool_group *pg_next;
	void		*pg_obj[GROUP_MAX];
};

struct pool_cache {
	struct rump_poolstack pc_stack;	/* `up': the only one; sys/pool.h */
	struct pool	pc_pool;
	struct rump_poolstack *pc_cpu;	/* `smp': by CPU index, or NULL */
	unsigned int	pc_ncpu;
	unsigned int	pc_depth;	/* objects of a stack */
	unsigned int	pc_ngroups;
	unsigned int	pc_maxgroups;
	struct pool_group *pc_groups;	/* of pc_depth / 2 objects */
	__cpu_simple_lock_t pc_lock;
	int		(*pc_ctor)(void *, void *, int);
	void		(*pc_dtor)(void *, void *);
	void		*pc_arg;
};

#ifdef RUMP_SMP
#define GROUPS_LOCK(pc)		__cpu_simple_lock(&(pc)->pc_lock)
#define GROUPS_UNLOCK(pc)	__cpu_simple_unlock(&(pc)->pc_lock)
#else
#define GROUPS_LOCK(pc)		do {} while (/*CONSTCOND*/0)
#define GROUPS_UNLOCK(pc)	do {} while (/*CONSTCOND*/0)
#endif

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
	__cpu_simple_lock_init(&pc->pc_lock);
	pc->pc_ctor = ctor;
	pc->pc_dtor = dtor;
	pc->pc_arg = arg;
	pc->pc_depth = (unsigned int)MIN(MAX(STACK_BYTES / MAX(size, 1), 4),
	    RUMP_POOLSTACK) & ~1U;
	pc->pc_maxgroups = (unsigned int)MIN(GROUPS_BYTES / (MAX(size, 1) *
	    (pc->pc_depth / 2)), GROUPS_MAX);
#ifdef RUMP_UP
	if (!rump_memdebug_on)
		pc->pc_stack.ps_max = pc->pc_depth;
#endif
	/* Complete: from here on it may be reclaimed from. */
	__atomic_store_n(&pc->pc_pool.pr_cache, pc, __ATOMIC_RELEASE);
	return pc;
}

/* The stack of this CPU; NULL while there is none. */
static inline struct rump_poolstack *
stack_here(pool_cache_t pc)
{

#ifdef RUMP_SMP
	/* Whoever sees the stacks sees them made: pairs with the release. */
	struct rump_poolstack *cpus = __atomic_load_n(&pc->pc_cpu,
	    __ATOMIC_ACQUIRE);
	u_int i;

	if (__predict_false(cpus == NULL))
		return NULL;
	i = cpu_index(curcpu());
	return __predict_true(i < pc->pc_ncpu) ? &cpus[i] : NULL;
#else
	return &pc->pc_stack;
#endif
}

/* `smp': the first put gives the cache its stacks, if there is memory. */
static void
stacks_attach(pool_cache_t pc)
{
#ifdef RUMP_SMP
	size_t i, n = (size_t)MAX(ncpu, 1);
	struct rump_poolstack *p;

	if (cold || rump_memdebug_on ||
	    (p = kmem_zalloc(n * sizeof(*p), KM_NOSLEEP)) == NULL)
		return;
	for (i = 0; i < n; i++)
		p[i].ps_max = pc->pc_depth;
	GROUPS_LOCK(pc);
	if (pc->pc_cpu == NULL) {
		pc->pc_ncpu = (unsigned int)n;
		__atomic_store_n(&pc->pc_cpu, p, __ATOMIC_RELEASE);
		p = NULL;
	}
	GROUPS_UNLOCK(pc);
	if (p != NULL)
		kmem_free(p, n * sizeof(*p));
#endif
}

/*
 * Groups.
 */

static struct pool_group *
group_take(pool_cache_t pc)
{
	struct pool_group *pg;

	if (__atomic_load_n(&pc->pc_ngroups, __ATOMIC_RELAXED) == 0)
		return NULL;
	GROUPS_LOCK(pc);
	if ((pg = pc->pc_groups) != NULL) {
		pc->pc_groups = pg->pg_next;
		__atomic_store_n(&pc->pc_ngroups, pc->pc_ngroups - 1,
		    __ATOMIC_RELAXED);
	}
	GROUPS_UNLOCK(pc);
	return pg;
}

/* An empty stack gets a group's objects; false if there is none. */
static bool
stack_fill(pool_cache_t pc, struct rump_poolstack *ps)
{
	unsigned int n = pc->pc_depth / 2;
	struct pool_group *pg;

	if ((pg = group_take(pc)) == NULL)
		return false;
	memcpy(ps->ps_obj, pg->pg_obj, n * sizeof(pg->pg_obj[0]));
	ps->ps_n = n;
	kmem_free(pg, sizeof(*pg));
	return true;
}

/* A full stack gives half of its objects into a group; false if it cannot. */
static bool
stack_spill(pool_cache_t pc, struct rump_poolstack *ps)
{
	unsigned int n = pc->pc_depth / 2;
	struct pool_group *pg;

	if (__atomic_load_n(&pc->pc_ngroups, __ATOMIC_RELAXED) >=
	    pc->pc_maxgroups ||
	    (pg = kmem_alloc(sizeof(*pg), KM_NOSLEEP)) == NULL)
		return false;
	ps->ps_n -= n;
	memcpy(pg->pg_obj, ps->ps_obj + ps->ps_n, n * sizeof(pg->pg_obj[0]));
	GROUPS_LOCK(pc);
	pg->pg_next = pc->pc_groups;
	pc->pc_groups = pg;
	__atomic_store_n(&pc->pc_ngroups, pc->pc_ngroups + 1,
	    __ATOMIC_RELAXED);
	GROUPS_UNLOCK(pc);
	return true;
}

/*
 * Getting and putting.
 */

static void
destruct(pool_cache_t pc, void *o, const void *site)
{

	if (pc->pc_dtor != NULL)
		(*pc->pc_dtor)(pc->pc_arg, o);
	rump_pool_put(&pc->pc_pool, o, site);
}

static __noinline void *
get_slow(pool_cache_t pc, int flags, const void *site)
{
	struct rump_poolstack *ps = stack_here(pc);
	void *o;

	if (ps != NULL && stack_fill(pc, ps))
		return ps->ps_obj[--ps->ps_n];
	if ((o = rump_pool_get(&pc->pc_pool, flags, site)) == NULL)
		return NULL;
	if (pc->pc_ctor != NULL &&
	    (*pc->pc_ctor)(pc->pc_arg, o, flags) != 0) {
		rump_pool_put(&pc->pc_pool, o, site);
		return NULL;
	}
	return o;
}

static __noinline void
put_slow(pool_cache_t pc, void *o, const void *site)
{
	struct rump_poolstack *ps = stack_here(pc);

	KASSERTMSG(o != NULL, "pool %s: put of NULL", pc->pc_pool.pr_wchan);
	if (ps == NULL)
		stacks_attach(pc);
	else if (ps->ps_max != 0 && stack_spill(pc, ps)) {
		ps->ps_obj[ps->ps_n++] = o;
		return;
	}
	destruct(pc, o, site);
}

void *
pool_cache_get_paddr(pool_cache_t pc, int flags, paddr_t *pap)
{
	struct rump_poolstack *ps = stack_here(pc);
	void *o;

	if (__predict_true(ps != NULL && ps->ps_n != 0))
		o = ps->ps_obj[--ps->ps_n];
	else
		o = get_slow(pc, flags, SITE());
	if (__predict_false(pap != NULL))
		*pap = o == NULL ? POOL_PADDR_INVALID :
		    (paddr_t)(uintptr_t)o;
	return o;
}

void
pool_cache_put_paddr(pool_cache_t pc, void *o, paddr_t pa)
{
	struct rump_poolstack *ps = stack_here(pc);

	if (__predict_true(ps != NULL && ps->ps_n < ps->ps_max && o != NULL))
		ps->ps_obj[ps->ps_n++] = o;
	else
		put_slow(pc, o, SITE());
}

void
pool_cache_destruct_object(pool_cache_t pc, void *o)
{

	destruct(pc, o, SITE());
}

/*
 * Emptying.
 */

static void
groups_flush(pool_cache_t pc, const void *site)
{
	unsigned int i, n = pc->pc_depth / 2;
	struct pool_group *pg;

	while ((pg = group_take(pc)) != NULL) {
		for (i = 0; i < n; i++)
			destruct(pc, pg->pg_obj[i], site);
		kmem_free(pg, sizeof(*pg));
	}
}

/* A destructor may sleep, so that another CPU's stack is here afterwards. */
static void
stack_flush(pool_cache_t pc, const void *site)
{
	struct rump_poolstack *ps;

	while ((ps = stack_here(pc)) != NULL && ps->ps_n != 0)
		destruct(pc, ps->ps_obj[--ps->ps_n], site);
}

void
pool_cache_invalidate(pool_cache_t pc)
{

	groups_flush(pc, SITE());
	stack_flush(pc, SITE());
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
	struct rump_poolstack *ps;
	unsigned int i;

	rump_pool_unlist(&pc->pc_pool);
	pool_cache_invalidate(pc);
	for (i = 0; i < pc->pc_ncpu; i++) {
		ps = &pc->pc_cpu[i];
		while (ps->ps_n != 0)
			destruct(pc, ps->ps_obj[--ps->ps_n], SITE());
	}
	rump_pool_fini(&pc->pc_pool);
	if (pc->pc_cpu != NULL)
		kmem_free(pc->pc_cpu, pc->pc_ncpu * sizeof(*pc->pc_cpu));
	kmem_free(pc, sizeof(*pc));
}

void
rump_poolcache_flush_cpu(pool_cache_t pc)
{

	stack_flush(pc, SITE());
}

/*
 * Who waits for memory may hold locks that destructors want; the page daemon
 * holds none, and visits the other CPUs for their stacks.
 */
void
rump_poolcache_reclaim(pool_cache_t pc, bool cansleep)
{

	if (cansleep || pc->pc_dtor == NULL)
		pool_cache_invalidate(pc);
}

/*
 * The pool's limits.
 */

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
