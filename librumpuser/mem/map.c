/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - memory of the host for the allocator: chunks, of which some are kept
 * for later, a map of where they are, and mappings with an alignment that no
 * chunk can give.
 *
 * Locking: rumpuser__mem_lock for everything that changes; figures and the map
 * are read atomically without it.
 */
#include "mem/slab_env.h"

#define SPARE_BYTES	((size_t)32 << 20)
#define NSPARE		32

static struct spare {
	void	*p;
	size_t	size;
} spares[NSPARE];		/* the oldest first */
static unsigned int nspares;

static struct rumpuser_memstats stats;

/* So nobody sees half of a figure: the readers take no lock. */
static void
stat_add(uint64_t *v, long n)
{

	__atomic_store_n(v, *v + (uint64_t)n, __ATOMIC_RELAXED);
}

/*
 * A bit for every MiB of 47 bits of address: 2^13 pages of 2^14 bits, made when
 * first used and never freed.
 */
#define LEAF_BITS	14
#define LEAF_WORDS	((1U << LEAF_BITS) / 64)
#define NLEAVES		(1U << (47 - RUMP_CHUNK_SHIFT - LEAF_BITS))

static uint64_t *leaves[NLEAVES];

static uint64_t *
leaf_get(uintptr_t chunk)
{
	unsigned int i = (unsigned int)(chunk >> LEAF_BITS);

	if (i >= NLEAVES)
		return NULL;
	return __atomic_load_n(&leaves[i], __ATOMIC_ACQUIRE);
}

/* Mark a chunk as ours; false if there is no memory for the map. */
static bool
known_set(const void *p, bool known)
{
	uintptr_t chunk = (uintptr_t)p >> RUMP_CHUNK_SHIFT;
	unsigned int bit = chunk & ((1U << LEAF_BITS) - 1);
	uint64_t *leaf = leaf_get(chunk), w;
	void *mem;

	if (leaf == NULL) {
		if (chunk >> LEAF_BITS >= NLEAVES || rumpuser__anonmap(
		    LEAF_WORDS * sizeof(*leaf), 1, &mem) != 0)
			return false;
		leaf = mem;
		__atomic_store_n(&leaves[chunk >> LEAF_BITS], leaf,
		    __ATOMIC_RELEASE);
	}
	w = leaf[bit / 64] & ~((uint64_t)1 << bit % 64);
	if (known)
		w |= (uint64_t)1 << bit % 64;
	__atomic_store_n(&leaf[bit / 64], w, __ATOMIC_RELEASE);
	return true;
}

bool
rumpuser__mem_known(const void *p)
{
	uintptr_t chunk = (uintptr_t)p >> RUMP_CHUNK_SHIFT;
	unsigned int bit = chunk & ((1U << LEAF_BITS) - 1);
	uint64_t *leaf = leaf_get(chunk);

	return leaf != NULL && (__atomic_load_n(&leaf[bit / 64],
	    __ATOMIC_ACQUIRE) >> bit % 64 & 1) != 0;
}

/*
 * Chunks.
 */

static void
spare_drop(unsigned int i)
{

	rumpuser__anonunmap(spares[i].p, spares[i].size);
	stat_add(&stats.mapped, -(long)spares[i].size);
	stat_add(&stats.spare, -(long)spares[i].size);
	nspares--;
	memmove(&spares[i], &spares[i + 1],
	    (nspares - i) * sizeof(spares[0]));
}

size_t
rumpuser__mem_unspare(void)
{
	size_t bytes = stats.spare;

	while (nspares > 0)
		spare_drop(nspares - 1);
	return bytes;
}

/* The one of that size that was used last. */
static void *
spare_take(size_t size)
{
	unsigned int i;
	void *p;

	for (i = nspares; i-- > 0;) {
		if (spares[i].size != size)
			continue;
		p = spares[i].p;
		stat_add(&stats.spare, -(long)size);
		nspares--;
		memmove(&spares[i], &spares[i + 1],
		    (nspares - i) * sizeof(spares[0]));
		return p;
	}
	return NULL;
}

static void *
map_new(size_t size, size_t align)
{
	void *p;

	if (rumpuser__anonmap(size, align, &p) != 0) {
		if (rumpuser__mem_unspare() == 0 ||
		    rumpuser__anonmap(size, align, &p) != 0)
			return NULL;
	}
	stat_add(&stats.mapped, (long)size);
	return p;
}

void *
rumpuser__mem_chunk_map(size_t size, int shift, bool *zeroedp)
{
	void *p = spare_take(size);

	*zeroedp = p == NULL;
	if (p == NULL && (p = map_new(size, (size_t)1 << shift)) == NULL)
		return NULL;
	if (!known_set(p, true)) {
		rumpuser__anonunmap(p, size);
		stat_add(&stats.mapped, -(long)size);
		return NULL;
	}
	return p;
}

void
rumpuser__mem_chunk_unmap(void *p, size_t size)
{

	(void)known_set(p, false);
	if (size > SPARE_BYTES) {
		rumpuser__anonunmap(p, size);
		stat_add(&stats.mapped, -(long)size);
		return;
	}
	while (nspares == NSPARE || stats.spare + size > SPARE_BYTES)
		spare_drop(0);
	spares[nspares].p = p;
	spares[nspares++].size = size;
	stat_add(&stats.spare, (long)size);
}

void
rumpuser__mem_charge(long n)
{

	stat_add(&stats.used, n);
}

void
rumpuser_mem_getstats(struct rumpuser_memstats *st)
{

	st->mapped = __atomic_load_n(&stats.mapped, __ATOMIC_RELAXED);
	st->used = __atomic_load_n(&stats.used, __ATOMIC_RELAXED);
	st->spare = __atomic_load_n(&stats.spare, __ATOMIC_RELAXED);
}

/*
 * Mappings of odd alignment: their addresses are those of chunks, which are
 * never handed out otherwise.
 */

struct odd {
	LIST_ENTRY(odd) entry;
	void	*p;
	size_t	size;
};

static LIST_HEAD(, odd) odds = LIST_HEAD_INITIALIZER(odds);

void *
rumpuser__mem_odd_alloc(size_t size, size_t align)
{
	struct rump_slabcache *c = &rumpuser__memclass[0];
	struct odd *o;

	if (align < RUMP_CHUNK_SIZE)
		align = RUMP_CHUNK_SIZE;
	if (size > ~(size_t)0 / 2 || align > ~(size_t)0 / 2 ||
	    (o = rump_slab_alloc(c)) == NULL)
		return NULL;
	o->size = size;
	pthread_mutex_lock(&rumpuser__mem_lock);
	if ((o->p = map_new(size, align)) != NULL) {
		stat_add(&stats.used, (long)size);
		LIST_INSERT_HEAD(&odds, o, entry);
	}
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (o->p == NULL) {
		rump_slab_free(c, o);
		return NULL;
	}
	return o->p;
}

static struct odd *
odd_find(const void *p)
{
	struct odd *o;

	LIST_FOREACH(o, &odds, entry) {
		if (o->p == p)
			break;
	}
	return o;
}

bool
rumpuser__mem_odd_free(void *p)
{
	struct odd *o;

	pthread_mutex_lock(&rumpuser__mem_lock);
	if ((o = odd_find(p)) != NULL) {
		LIST_REMOVE(o, entry);
		rumpuser__anonunmap(p, o->size);
		stat_add(&stats.used, -(long)o->size);
		stat_add(&stats.mapped, -(long)o->size);
	}
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (o != NULL)
		rump_slab_free(&rumpuser__memclass[0], o);
	return o != NULL;
}

size_t
rumpuser__mem_odd_size(const void *p)
{
	struct odd *o;
	size_t size;

	pthread_mutex_lock(&rumpuser__mem_lock);
	o = odd_find(p);
	size = o != NULL ? o->size : 0;
	pthread_mutex_unlock(&rumpuser__mem_lock);
	return size;
}
