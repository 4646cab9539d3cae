/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.c - caches of buffers of one size.
 *
 * Locking: rumpuser__mem_lock guards the table of caches and of those that are
 * not in use.  mc_out is atomic.
 */
#include "mem/slab_env.h"

#include "mem/dump.h"

/* Never freed, so that a state dump may look at any of them at any time. */
static LIST_HEAD(, rumpuser_memcache) unused = LIST_HEAD_INITIALIZER(unused);

static struct rumpuser_memcache *
cache_new(void)
{
	const unsigned int i = mem_class(sizeof(struct rumpuser_memcache));
	struct rumpuser_memcache *mc;

	rumpuser__mem_init();
	pthread_mutex_lock(&rumpuser__mem_lock);
	if ((mc = LIST_FIRST(&unused)) != NULL)
		LIST_REMOVE(mc, mc_entry);
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (mc == NULL)
		mc = rump_slab_alloc(&rumpuser__memclass[i]);
	return mc;
}

/* Enter a cache into the table; there are hoards for the first so many only. */
static void
cache_enter(struct rumpuser_memcache *mc)
{
	unsigned int i;

	pthread_mutex_lock(&rumpuser__mem_lock);
	for (i = 0; i < MEM_NCACHE && rumpuser__memcaches[i] != NULL; i++)
		continue;
	mc->mc_slab.c_index = MEM_NOHOARD;
	if (i < MEM_NCACHE) {
		mc->mc_slab.c_index = i + MEM_NCLASS;
		__atomic_store_n(&rumpuser__memcaches[i], mc,
		    __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&rumpuser__mem_lock);
}

int
rumpuser_memcache_create(const char *name, size_t size, size_t align,
    struct rumpuser_memcache **cp)
{
	struct rumpuser_memcache *mc;
	size_t n = strnlen(name, sizeof(mc->mc_name) - 1);

	if (size == 0 || size > ~(size_t)0 / 2 || align > 4096 ||
	    (align & (align - 1)) != 0)
		return rumpuser__errtrans(EINVAL);
	if (align == 0)
		align = mem_natural(size);
	if (align < MEM_MIN)
		align = MEM_MIN;	/* nobody shares a cache line */
	if ((mc = cache_new()) == NULL)
		return rumpuser__errtrans(ENOMEM);
	memcpy(mc->mc_name, name, n);
	mc->mc_name[n] = '\0';
	mc->mc_size = size;
	mc->mc_align = align;
	__atomic_store_n(&mc->mc_out, 0, __ATOMIC_RELAXED);
	mc->mc_span = ((size + align - 1) & ~(align - 1)) > RUMP_SLAB_MAX;
	rump_slabcache_init(&mc->mc_slab, mc->mc_name,
	    mc->mc_span ? MEM_MIN : size, align);
	cache_enter(mc);
	*cp = mc;
	return 0;
}

/* Objects that are counted one by one: guarded ones and spans. */
static void *
counted_alloc(struct rumpuser_memcache *mc, struct rump_memplace w)
{
	void *p;

	__atomic_fetch_add(&mc->mc_out, 1, __ATOMIC_RELAXED);
	if (mem_mode() != 0)
		p = rumpuser__mem_alloc(mc->mc_size, mc->mc_align, w, mc);
	else if ((p = rumpuser__mem_span(mc->mc_size, mc->mc_align)) != NULL)
		rump_slabof(p)->s_aux = mc;
	if (p == NULL)
		__atomic_fetch_sub(&mc->mc_out, 1, __ATOMIC_RELAXED);
	return p;
}

static void *
cache_alloc(struct rumpuser_memcache *mc, struct rump_memplace w)
{
	struct rump_slabcache *c = &mc->mc_slab;
	struct rump_hoard *h;
	void *p;

	if (__predict_false(mem_mode() != 0 || mc->mc_span))
		return counted_alloc(mc, w);
	h = slab_env_hoard(c);
	if (__predict_true(h != NULL && (p = rump_hoard_get(h)) != NULL))
		return p;
	return rump_slab_refill(c, rumpuser__mem_hoard(c));
}

void *
rumpuser_memcache_alloc_at(struct rumpuser_memcache *mc, const char *where)
{

	return cache_alloc(mc, MEM_HERE(where));
}

void *
rumpuser_memcache_zalloc_at(struct rumpuser_memcache *mc, const char *where)
{
	void *p = cache_alloc(mc, MEM_HERE(where));

	return p != NULL ? memset(p, 0, mc->mc_size) : NULL;
}

/* The lock is held.  See hoard_count() for what others may do meanwhile. */
static size_t
out(struct rumpuser_memcache *mc)
{
	size_t in = mc->mc_slab.c_index != MEM_NOHOARD ?
	    rumpuser__mem_hoarded(&mc->mc_slab) :
	    (size_t)mc->mc_slab.c_ndepot * mc->mc_slab.c_batch;

	return mc->mc_slab.c_inuse - in +
	    __atomic_load_n(&mc->mc_out, __ATOMIC_ACQUIRE);
}

size_t
rumpuser_memcache_out(struct rumpuser_memcache *mc)
{
	size_t n;

	/* What waits in the quarantine is not out. */
	if (__atomic_load_n(&mc->mc_out, __ATOMIC_RELAXED) != 0)
		rump_memdebug_drain();
	pthread_mutex_lock(&rumpuser__mem_lock);
	n = out(mc);
	pthread_mutex_unlock(&rumpuser__mem_lock);
	return n;
}

int
rumpuser_memcache_destroy(struct rumpuser_memcache *mc)
{
	unsigned int i = mc->mc_slab.c_index;

	if (__atomic_load_n(&mc->mc_out, __ATOMIC_RELAXED) != 0)
		rump_memdebug_drain();
	pthread_mutex_lock(&rumpuser__mem_lock);
	if (out(mc) != 0) {
		pthread_mutex_unlock(&rumpuser__mem_lock);
		return rumpuser__errtrans(EBUSY);
	}
	if (i != MEM_NOHOARD) {
		rumpuser__mem_unhoard(&mc->mc_slab);
		__atomic_store_n(&rumpuser__memcaches[i - MEM_NCLASS], NULL,
		    __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&rumpuser__mem_lock);
	/* Without a hoard, which another cache may have by now. */
	mc->mc_slab.c_index = MEM_NOHOARD;
	rump_slabcache_fini(&mc->mc_slab);
	pthread_mutex_lock(&rumpuser__mem_lock);
	LIST_INSERT_HEAD(&unused, mc, mc_entry);
	pthread_mutex_unlock(&rumpuser__mem_lock);
	return 0;
}

size_t
rumpuser_mem_reclaim(void)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < MEM_NCLASS; i++)
		bytes += rump_slabcache_reclaim(&rumpuser__memclass[i]);
	pthread_mutex_lock(&rumpuser__mem_lock);
	bytes += rumpuser__mem_unspare();
	pthread_mutex_unlock(&rumpuser__mem_lock);
	return bytes;
}

void
rumpuser__mem_caches(void (*fn)(const struct rumpuser__memcacheinfo *,
    void *), void *arg)
{
	struct rumpuser__memcacheinfo info;
	struct rumpuser_memcache *mc;
	unsigned int i;

	for (i = 0; i < MEM_NCACHE; i++) {
		mc = __atomic_load_n(&rumpuser__memcaches[i],
		    __ATOMIC_ACQUIRE);
		if (mc == NULL)
			continue;
		info.name = mc->mc_name;
		info.size = mc->mc_size;
		info.made = __atomic_load_n(&mc->mc_slab.c_inuse,
		    __ATOMIC_RELAXED) +
		    __atomic_load_n(&mc->mc_out, __ATOMIC_RELAXED);
		fn(&info, arg);
	}
}
