/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slab allocator: equal objects in blocks of 64 KiB, blocks in aligned
 * chunks of 1 MiB whose first page describes them, so that an object's address
 * leads to its slab. Objects are carved a page at a time: what was never
 * handed out costs no memory.
 *
 * Locking: `up': none, nothing here gives the virtual CPU up. `smp': slab_mtx
 * guards everything but the per-CPU free lists, which belong to the lwp on
 * that CPU.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/kernel.h>

#include <rump/rumpuser.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#define CHUNK_SHIFT	20
#define CHUNK_SIZE	((size_t)1 << CHUNK_SHIFT)
#define BLOCK_SHIFT	16
#define BLOCK_SIZE	((size_t)1 << BLOCK_SHIFT)
#define CHUNK_BLOCKS	(1 << (CHUNK_SHIFT - BLOCK_SHIFT))
#define CHUNK_MAGIC	0x72756d706b6d656dULL
#define CHUNKS_SPARE	1	/* empty chunks kept */
#define CPU_BATCH	16	/* objects moved between CPU and slabs */

enum { SLAB_UNUSED, SLAB_OBJS, SLAB_SPAN, SLAB_CONT, SLAB_HUGE };

/* A block of a chunk: a slab, or the first of the blocks of a span. */
struct rump_slab {
	void		*s_free;	/* free objects */
	char		*s_next;	/* from here on nothing is carved */
	char		*s_end;
	uint32_t	s_inuse;	/* objects handed out */
	uint8_t		s_kind;
	bool		s_full;		/* not on its cache's list */
	uint16_t	s_nblocks;	/* of a span */
	size_t		s_charged;	/* bytes counted as used */
	struct rump_slabcache *s_cache;
	TAILQ_ENTRY(rump_slab) s_entry;
};

struct chunk {
	struct rump_slab ck_block[CHUNK_BLOCKS];
	uint64_t	ck_magic;
	size_t		ck_size;	/* bytes mapped */
	uint32_t	ck_freemask;	/* unused blocks */
	LIST_ENTRY(chunk) ck_entry;
};
CTASSERT(sizeof(struct chunk) <= PAGE_SIZE);

#define ALLFREE		((1U << CHUNK_BLOCKS) - 1)

static LIST_HEAD(, chunk) chunks = LIST_HEAD_INITIALIZER(chunks);
static unsigned int nemptychunks;
static struct rump_slab noslab;		/* c_cur of an empty cache */

#ifdef RUMP_SMP
static struct rumpuser_mtx *slab_mtx;
#define SLAB_LOCK()	do {						\
	if (slab_mtx != NULL)						\
		rumpuser_mutex_enter_nowrap(slab_mtx);			\
} while (/*CONSTCOND*/0)
#define SLAB_UNLOCK()	do {						\
	if (slab_mtx != NULL)						\
		rumpuser_mutex_exit(slab_mtx);				\
} while (/*CONSTCOND*/0)
#else
#define SLAB_LOCK()	do {} while (/*CONSTCOND*/0)
#define SLAB_UNLOCK()	do {} while (/*CONSTCOND*/0)
#endif

static inline struct chunk *
chunkof(const void *p)
{

	return (struct chunk *)((uintptr_t)p & ~(CHUNK_SIZE - 1));
}

static inline struct rump_slab *
slabof(const void *p)
{
	struct chunk *ck = chunkof(p);

	KDASSERT(ck->ck_magic == CHUNK_MAGIC);
	return &ck->ck_block[((uintptr_t)p & (CHUNK_SIZE - 1)) >> BLOCK_SHIFT];
}

static inline char *
blockaddr(struct rump_slab *s)
{
	struct chunk *ck = chunkof(s);
	size_t n = (size_t)(s - ck->ck_block);

	/* The chunk's own page comes out of its first block. */
	return (char *)ck + (n << BLOCK_SHIFT) + (n == 0 ? PAGE_SIZE : 0);
}

void
rump_slab_init(void)
{

#ifdef RUMP_SMP
	if (slab_mtx == NULL)
		rumpuser_mutex_init(&slab_mtx, RUMPUSER_MTX_SPIN);
#endif
}

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *ck;
	void *p;

	if (rumpuser_anonmmap(NULL, size, CHUNK_SHIFT, 0, &p) != 0)
		return NULL;
	ck = p;
	ck->ck_magic = CHUNK_MAGIC;
	ck->ck_size = size;
	return ck;
}

static void
chunk_delete(struct chunk *ck)
{

	ck->ck_magic = 0;
	rumpuser_unmap(ck, ck->ck_size);
}

/* Find n adjoining unused blocks; the first block of a chunk only if n is 1. */
static struct rump_slab *
blocks_find(struct chunk *ck, unsigned int n)
{
	uint32_t want = (1U << n) - 1;
	unsigned int i;

	for (i = n == 1 ? 0 : 1; i + n <= CHUNK_BLOCKS; i++) {
		if ((ck->ck_freemask & (want << i)) == want << i)
			return &ck->ck_block[i];
	}
	return NULL;
}

static struct rump_slab *
blocks_alloc(unsigned int n, bool span)
{
	struct rump_slab *s = NULL;
	struct chunk *ck;
	unsigned int i, first;

	LIST_FOREACH(ck, &chunks, ck_entry) {
		if (ck->ck_freemask == 0)
			continue;
		s = blocks_find(ck, n);
		/* The short first block does not do for a span. */
		if (s == &ck->ck_block[0] && span) {
			uint32_t save = ck->ck_freemask;

			ck->ck_freemask &= ~1U;
			s = blocks_find(ck, n);
			ck->ck_freemask = save;
		}
		if (s != NULL)
			break;
	}
	if (s == NULL) {
		if ((ck = chunk_new(CHUNK_SIZE)) == NULL)
			return NULL;
		ck->ck_freemask = ALLFREE;
		LIST_INSERT_HEAD(&chunks, ck, ck_entry);
		nemptychunks++;
		s = &ck->ck_block[span ? 1 : 0];
	}
	if (ck->ck_freemask == ALLFREE)
		nemptychunks--;
	first = (unsigned int)(s - ck->ck_block);
	ck->ck_freemask &= ~(((1U << n) - 1) << first);
	for (i = 1; i < n; i++)
		s[i].s_kind = SLAB_CONT;
	s->s_nblocks = (uint16_t)n;
	return s;
}

static void
blocks_free(struct rump_slab *s)
{
	struct chunk *ck = chunkof(s);
	unsigned int i, first = (unsigned int)(s - ck->ck_block);

	for (i = 0; i < s->s_nblocks; i++)
		s[i].s_kind = SLAB_UNUSED;
	ck->ck_freemask |= ((1U << s->s_nblocks) - 1) << first;
	if (ck->ck_freemask != ALLFREE)
		return;
	if (nemptychunks < CHUNKS_SPARE) {
		nemptychunks++;
		return;
	}
	LIST_REMOVE(ck, ck_entry);
	chunk_delete(ck);
}

/*
 * Caches.
 */

void
rump_slabcache_init(struct rump_slabcache *c, const char *name, size_t size,
    size_t align)
{

	if (align < sizeof(void *))
		align = sizeof(void *);
	KASSERT(powerof2(align) && align <= PAGE_SIZE);
	c->c_stride = roundup2(MAX(size, sizeof(void *)), align);
	KASSERT(c->c_stride <= RUMP_SLAB_MAX);
	c->c_cur = &noslab;
	c->c_cpu = NULL;
	c->c_name = name;
	c->c_nempty = c->c_nslabs = 0;
	TAILQ_INIT(&c->c_partial);
}

static struct rump_slab *
slab_new(struct rump_slabcache *c)
{
	struct rump_slab *s;
	size_t align, room;
	char *base;

	if ((s = blocks_alloc(1, false)) == NULL)
		return NULL;
	base = blockaddr(s);
	/* Objects of a size that is a multiple of 2^n are aligned to 2^n. */
	align = MIN(c->c_stride & -c->c_stride, (size_t)RUMP_SLAB_MAX);
	base = (char *)roundup2((uintptr_t)base, align);
	room = (size_t)((char *)chunkof(s) +
	    ((size_t)(s - chunkof(s)->ck_block + 1) << BLOCK_SHIFT) - base);
	s->s_free = NULL;
	s->s_next = base;
	s->s_end = base + room / c->c_stride * c->c_stride;
	s->s_inuse = 0;
	s->s_kind = SLAB_OBJS;
	s->s_full = false;
	s->s_charged = 0;
	s->s_cache = c;
	c->c_nslabs++;
	return s;
}

static void
slab_delete(struct rump_slabcache *c, struct rump_slab *s)
{

	KASSERT(s->s_inuse == 0);
	rump_mem_account_sub(s->s_charged);
	c->c_nslabs--;
	s->s_cache = NULL;
	blocks_free(s);
}

/* Make free objects out of the next page or so of a slab. */
static bool
slab_carve(struct rump_slabcache *c, struct rump_slab *s)
{
	size_t n, i;
	char *p;

	if (s->s_next >= s->s_end)
		return false;
	n = MAX(PAGE_SIZE / c->c_stride, 1);
	n = MIN(n, (size_t)(s->s_end - s->s_next) / c->c_stride);
	if (!rump_mem_account_add(n * c->c_stride))
		return false;
	s->s_charged += n * c->c_stride;
	p = s->s_next;
	s->s_next += n * c->c_stride;
	for (i = n; i-- > 0;) {
		*(void **)(void *)(p + i * c->c_stride) = s->s_free;
		s->s_free = p + i * c->c_stride;
	}
	return true;
}

/* Find or make a slab with a free object and make it the current one. */
static bool
slab_refill(struct rump_slabcache *c)
{
	struct rump_slab *s = c->c_cur;

	if (s != &noslab) {
		if (slab_carve(c, s))
			return true;
		if (s->s_next < s->s_end && TAILQ_EMPTY(&c->c_partial))
			return false;		/* at the limit */
	}
	if ((s = TAILQ_FIRST(&c->c_partial)) != NULL) {
		TAILQ_REMOVE(&c->c_partial, s, s_entry);
		if (s->s_inuse == 0)
			c->c_nempty--;
	} else if ((s = slab_new(c)) == NULL)
		return false;
	else if (!slab_carve(c, s)) {
		slab_delete(c, s);
		return false;
	}
	if (c->c_cur != &noslab) {
		if (c->c_cur->s_next < c->c_cur->s_end)
			TAILQ_INSERT_TAIL(&c->c_partial, c->c_cur, s_entry);
		else
			c->c_cur->s_full = true;
	}
	c->c_cur = s;
	return s->s_free != NULL || slab_carve(c, s);
}

static inline void *
slab_take(struct rump_slabcache *c)
{
	struct rump_slab *s = c->c_cur;
	void *o;

	if (__predict_false((o = s->s_free) == NULL)) {
		if (!slab_refill(c))
			return NULL;
		s = c->c_cur;
		o = s->s_free;
	}
	s->s_free = *(void **)o;
	s->s_inuse++;
	return o;
}

/* A slab that was full has a free object again, or one has none in use. */
static __noinline void
slab_put_slow(struct rump_slabcache *c, struct rump_slab *s)
{

	if (s->s_full) {
		s->s_full = false;
		TAILQ_INSERT_HEAD(&c->c_partial, s, s_entry);
	}
	if (s->s_inuse != 0 || s == c->c_cur)
		return;
	if (c->c_nempty == 0) {
		c->c_nempty++;
		return;
	}
	TAILQ_REMOVE(&c->c_partial, s, s_entry);
	slab_delete(c, s);
}

static inline void
slab_put(struct rump_slabcache *c, struct rump_slab *s, void *o)
{

	*(void **)o = s->s_free;
	s->s_free = o;
	s->s_inuse--;
	if (__predict_false(s->s_full || s->s_inuse == 0))
		slab_put_slow(c, s);
}

#ifdef RUMP_SMP
static struct rump_slabcpu *
slab_cpu(struct rump_slabcache *c)
{

	/* Whoever sees the lists sees them made: pairs with the release. */
	struct rump_slabcpu *cpus = __atomic_load_n(&c->c_cpu,
	    __ATOMIC_ACQUIRE);

	if (__predict_false(cpus == NULL))
		return NULL;
	return &cpus[cpu_index(curcpu()) * (COHERENCY_UNIT /
	    sizeof(struct rump_slabcpu))];
}

/* Give the cache its per-CPU lists as soon as the number of CPUs is known. */
static void
slab_cpu_attach(struct rump_slabcache *c)
{
	static bool busy;
	void *p;

	if (__atomic_load_n(&c->c_cpu, __ATOMIC_RELAXED) != NULL ||
	    ncpu <= 0 || cold || __atomic_exchange_n(&busy, true,
	    __ATOMIC_ACQUIRE))
		return;
	p = rump_mem_alloc_raw((size_t)MAX(ncpu, 1) * COHERENCY_UNIT);
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);
	if (p == NULL)
		return;
	memset(p, 0, (size_t)MAX(ncpu, 1) * COHERENCY_UNIT);
	SLAB_LOCK();
	if (c->c_cpu == NULL) {
		__atomic_store_n(&c->c_cpu, p, __ATOMIC_RELEASE);
		p = NULL;
	}
	SLAB_UNLOCK();
	if (p != NULL)
		rump_mem_free_raw(p);
}

void *
rump_slab_alloc(struct rump_slabcache *c)
{
	struct rump_slabcpu *sc;
	void *o;
	int i;

	if (__predict_true((sc = slab_cpu(c)) != NULL &&
	    (o = sc->sc_free) != NULL)) {
		sc->sc_free = *(void **)o;
		sc->sc_nfree--;
		return o;
	}
	if (sc == NULL)
		slab_cpu_attach(c);
	SLAB_LOCK();
	o = slab_take(c);
	for (i = 1; sc != NULL && o != NULL && i < CPU_BATCH; i++) {
		void *x;

		if (c->c_cur->s_free == NULL)
			break;		/* no new pages for stock */
		x = slab_take(c);
		*(void **)x = sc->sc_free;
		sc->sc_free = x;
		sc->sc_nfree++;
	}
	SLAB_UNLOCK();
	return o;
}

/* Give the oldest half back; called with too many objects on the list. */
static __noinline void
slab_cpu_flush(struct rump_slabcache *c, struct rump_slabcpu *sc,
    unsigned int keep)
{
	void *o;

	SLAB_LOCK();
	while (sc->sc_nfree > keep) {
		o = sc->sc_free;
		sc->sc_free = *(void **)o;
		sc->sc_nfree--;
		slab_put(c, slabof(o), o);
	}
	SLAB_UNLOCK();
}

void
rump_slab_free(struct rump_slabcache *c, void *o)
{
	struct rump_slabcpu *sc;

	KASSERT(slabof(o)->s_cache == c);
	if (__predict_false((sc = slab_cpu(c)) == NULL)) {
		SLAB_LOCK();
		slab_put(c, slabof(o), o);
		SLAB_UNLOCK();
		return;
	}
	*(void **)o = sc->sc_free;
	sc->sc_free = o;
	if (__predict_false(++sc->sc_nfree > 2 * CPU_BATCH))
		slab_cpu_flush(c, sc, CPU_BATCH);
}
#else
void *
rump_slab_alloc(struct rump_slabcache *c)
{

	return slab_take(c);
}

void
rump_slab_free(struct rump_slabcache *c, void *o)
{
	struct rump_slab *s = slabof(o);

	KASSERT(s->s_cache == c);
	slab_put(c, s, o);
}
#endif

size_t
rump_slabcache_reclaim(struct rump_slabcache *c)
{
	struct rump_slab *s, *next;
	size_t freed = 0;

#ifdef RUMP_SMP
	struct rump_slabcpu *sc = slab_cpu(c);

	if (sc != NULL)
		slab_cpu_flush(c, sc, 0);
#endif
	SLAB_LOCK();
	TAILQ_FOREACH_SAFE(s, &c->c_partial, s_entry, next) {
		if (s->s_inuse != 0)
			continue;
		TAILQ_REMOVE(&c->c_partial, s, s_entry);
		c->c_nempty--;
		freed += s->s_charged;
		slab_delete(c, s);
	}
	if (c->c_cur != &noslab && c->c_cur->s_inuse == 0) {
		freed += c->c_cur->s_charged;
		slab_delete(c, c->c_cur);
		c->c_cur = &noslab;
	}
	SLAB_UNLOCK();
	return freed;
}

void
rump_slabcache_fini(struct rump_slabcache *c)
{

#ifdef RUMP_SMP
	int i;

	/* Nobody uses the cache any more, so all lists are ours. */
	for (i = 0; c->c_cpu != NULL && i < ncpu; i++)
		slab_cpu_flush(c, &c->c_cpu[(size_t)i * (COHERENCY_UNIT /
		    sizeof(struct rump_slabcpu))], 0);
#endif
	(void)rump_slabcache_reclaim(c);
	KASSERTMSG(c->c_nslabs == 0, "cache %s: objects still in use",
	    c->c_name);
#ifdef RUMP_SMP
	if (c->c_cpu != NULL)
		rump_mem_free_raw(c->c_cpu);
	c->c_cpu = NULL;
#endif
}

struct rump_slabcache *
rump_slab_cacheof(const void *p)
{
	struct rump_slab *s = slabof(p);

	return s->s_kind == SLAB_OBJS ? s->s_cache : NULL;
}

void
rump_mem_free_raw(void *p)
{
	struct rump_slab *s = slabof(p);

	if (__predict_false(s->s_kind != SLAB_OBJS)) {
		rump_span_free(p);
		return;
	}
#ifdef RUMP_SMP
	rump_slab_free(s->s_cache, p);
#else
	slab_put(s->s_cache, s, p);
#endif
}

/*
 * Spans.
 */

static void *
huge_alloc(size_t size)
{
	struct chunk *ck;

	if ((ck = chunk_new(roundup2(size + PAGE_SIZE, PAGE_SIZE))) == NULL)
		return NULL;
	ck->ck_block[0].s_kind = SLAB_HUGE;
	ck->ck_block[0].s_charged = size;
	return (char *)ck + PAGE_SIZE;
}

void *
rump_span_alloc(size_t size)
{
	struct rump_slab *s;
	size_t n;
	void *p = NULL;

	if (size > ~(size_t)0 - 2 * CHUNK_SIZE)
		return NULL;
	size = roundup2(size, PAGE_SIZE);
	SLAB_LOCK();
	if (!rump_mem_account_add(size))
		goto out;
	n = howmany(size, BLOCK_SIZE);
	if (n >= CHUNK_BLOCKS)
		p = huge_alloc(size);
	else if ((s = blocks_alloc((unsigned int)n, true)) != NULL) {
		s->s_kind = SLAB_SPAN;
		s->s_charged = size;
		s->s_cache = NULL;
		p = blockaddr(s);
	}
	if (p == NULL)
		rump_mem_account_sub(size);
 out:
	SLAB_UNLOCK();
	return p;
}

void
rump_span_free(void *p)
{
	struct rump_slab *s = slabof(p);

	KASSERT(s->s_kind == SLAB_SPAN || s->s_kind == SLAB_HUGE);
	SLAB_LOCK();
	rump_mem_account_sub(s->s_charged);
	if (s->s_kind == SLAB_HUGE)
		chunk_delete(chunkof(p));
	else
		blocks_free(s);
	SLAB_UNLOCK();
}

size_t
rump_span_size(const void *p)
{

	return slabof(p)->s_charged;
}
