/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slab allocator: equal objects in blocks of 64 KiB, blocks in aligned
 * chunks of 1 MiB whose first page describes them, so that an object's address
 * leads to its slab. Objects are carved a page at a time: what was never
 * handed out costs no memory. Free objects pass from slabs to hoards and back
 * in whole lists, by way of a depot (magazines; Bonwick and Adams, 2001).
 *
 * Locking: SLAB_LOCK guards everything but the hoards, which belong to a CPU
 * or a thread, and what rump_slabof() leads to, which does not change while
 * somebody has an object there. Kernel, `up': no locks and one hoard a cache,
 * since nothing here gives the virtual CPU up.
 *
 * The environment (slab_env.h) says:
 *	SLAB_PAGE		bytes carved at a time, and before a chunk's blocks
 *	SLAB_ASSERT, SLAB_DASSERT	cheap and costly assertions
 *	SLAB_LOCK, SLAB_UNLOCK	the lock
 *	SLAB_BATCH(c)		objects of a full list
 *	slab_env_setup(c)	the hoards of a cache that is new
 *	slab_env_hoard(c)	the caller's hoard, or NULL
 *	slab_env_attach(c)	called without one: make it, if that can be done
 *	slab_env_drain(c)	flush all hoards of a cache that is not used
 *	slab_env_map, slab_env_unmap	memory of the host
 *	slab_env_charge, slab_env_uncharge	count bytes; false at the limit
 *	SLAB_KIND(c)		the kind of a cache's blocks
 *	SLAB_COUNT(c, n)	so many objects more are handed out (less if < 0)
 *	SLAB_DELETED(s)		a slab or span goes back
 */
#include <rump-free/slab.h>
#ifdef _KERNEL
#include "../../librump/rumpkern/slab_env.h"
#else
#include "mem/slab_env.h"
#endif

#define CHUNK_MAGIC	0x72756d706b6d656dULL
#define CHUNKS_SPARE	1	/* empty chunks kept */
#define DEPOT_BYTES	((size_t)256 << 10)	/* at most in a depot */
#define DEPOT_MAX	16	/* lists of it */

#define ROUNDUP(x, n)	(((x) + (n) - 1) & ~((n) - 1))
#define MINIMUM(a, b)	((a) < (b) ? (a) : (b))
#define MAXIMUM(a, b)	((a) > (b) ? (a) : (b))
#define LIKELY(e)	__builtin_expect((e) != 0, 1)
#define UNLIKELY(e)	__builtin_expect((e) != 0, 0)

struct chunk {
	struct rump_slab ck_block[RUMP_CHUNK_BLOCKS];
	uint64_t	ck_magic;
	size_t		ck_size;	/* bytes mapped */
	uint32_t	ck_freemask;	/* unused blocks */
	LIST_ENTRY(chunk) ck_entry;
};
_Static_assert(sizeof(struct chunk) <= SLAB_PAGE, "a chunk's first page");

#define ALLFREE		((1U << RUMP_CHUNK_BLOCKS) - 1)

static LIST_HEAD(, chunk) chunks = LIST_HEAD_INITIALIZER(chunks);
static unsigned int nemptychunks;
static struct rump_slab noslab;		/* c_cur of an empty cache */

static inline struct chunk *
chunkof(const void *p)
{

	return (struct chunk *)((uintptr_t)p &
	    ~(uintptr_t)(RUMP_CHUNK_SIZE - 1));
}

static inline struct rump_slab *
slabof(const void *p)
{

	SLAB_DASSERT(chunkof(p)->ck_magic == CHUNK_MAGIC);
	return rump_slabof(p);
}

static inline char *
blockaddr(struct rump_slab *s)
{
	struct chunk *ck = chunkof(s);
	size_t n = (size_t)(s - ck->ck_block);

	/* The chunk's own page comes out of its first block. */
	return (char *)ck + (n << RUMP_BLOCK_SHIFT) + (n == 0 ? SLAB_PAGE : 0);
}

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *ck;
	bool zeroed;

	if ((ck = slab_env_map(size, RUMP_CHUNK_SHIFT, &zeroed)) == NULL)
		return NULL;
	if (!zeroed)
		memset(ck, 0, sizeof(*ck));
	ck->ck_magic = CHUNK_MAGIC;
	ck->ck_size = size;
	ck->ck_block[0].s_zeroed = zeroed;
	return ck;
}

static void
chunk_delete(struct chunk *ck)
{

	ck->ck_magic = 0;
	slab_env_unmap(ck, ck->ck_size);
}

/* Find n adjoining unused blocks; the first block of a chunk only if n is 1. */
static struct rump_slab *
blocks_find(struct chunk *ck, unsigned int n)
{
	uint32_t want = (1U << n) - 1;
	unsigned int i;

	for (i = n == 1 ? 0 : 1; i + n <= RUMP_CHUNK_BLOCKS; i++) {
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
		if ((ck = chunk_new(RUMP_CHUNK_SIZE)) == NULL)
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
		s[i].s_kind = RUMP_SLAB_CONT;
	s->s_nblocks = (uint16_t)n;
	s->s_aux = NULL;
	s->s_marked = s->s_zeroed = false;
	return s;
}

static void
blocks_free(struct rump_slab *s)
{
	struct chunk *ck = chunkof(s);
	unsigned int i, first = (unsigned int)(s - ck->ck_block);

	SLAB_DELETED(s);
	for (i = 0; i < s->s_nblocks; i++)
		s[i].s_kind = RUMP_SLAB_UNUSED;
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
	SLAB_ASSERT((align & (align - 1)) == 0 && align <= SLAB_PAGE);
	c->c_stride = ROUNDUP(MAXIMUM(size, sizeof(void *)), align);
	SLAB_ASSERT(c->c_stride <= RUMP_SLAB_MAX);
	c->c_cur = &noslab;
	c->c_cpu = NULL;
	c->c_name = name;
	c->c_nempty = c->c_nslabs = 0;
	c->c_charged = 0;
	TAILQ_INIT(&c->c_partial);
	c->c_depot = NULL;
	c->c_ndepot = c->c_maxdepot = c->c_batch = c->c_index = 0;
	c->c_inuse = 0;
	c->c_owner = NULL;
	c->c_batch = SLAB_BATCH(c);
	/* Lists in the depot are linked through their second word. */
	if (c->c_stride >= 2 * sizeof(void *)) {
		c->c_maxdepot = (unsigned int)MINIMUM(DEPOT_MAX,
		    DEPOT_BYTES / (c->c_batch * c->c_stride));
	}
	slab_env_setup(c);
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
	align = MINIMUM(c->c_stride & -c->c_stride, (size_t)RUMP_SLAB_MAX);
	base = (char *)ROUNDUP((uintptr_t)base, align);
	room = (size_t)((char *)chunkof(s) +
	    ((size_t)(s - chunkof(s)->ck_block + 1) << RUMP_BLOCK_SHIFT) -
	    base);
	s->s_free = NULL;
	s->s_next = base;
	s->s_end = base + room / c->c_stride * c->c_stride;
	s->s_inuse = 0;
	s->s_full = false;
	s->s_charged = 0;
	s->s_cache = c;
	s->s_kind = SLAB_KIND(c);
	c->c_nslabs++;
	return s;
}

static void
slab_delete(struct rump_slabcache *c, struct rump_slab *s)
{

	SLAB_ASSERT(s->s_inuse == 0);
	slab_env_uncharge(s->s_charged);
	c->c_charged -= s->s_charged;
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
	n = MAXIMUM(SLAB_PAGE / c->c_stride, 1);
	n = MINIMUM(n, (size_t)(s->s_end - s->s_next) / c->c_stride);
	if (!slab_env_charge(n * c->c_stride))
		return false;
	s->s_charged += n * c->c_stride;
	c->c_charged += n * c->c_stride;
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
slab_take_from(struct rump_slabcache *c, struct rump_slab *s, void *o)
{

	s->s_free = *(void **)o;
	s->s_inuse++;
	SLAB_COUNT(c, 1);
	return o;
}

/* Apart, so that the fast path needs no registers of its own. */
static __attribute__((__noinline__)) void *
slab_take_slow(struct rump_slabcache *c)
{

	if (!slab_refill(c))
		return NULL;
	return slab_take_from(c, c->c_cur, c->c_cur->s_free);
}

static inline void *
slab_take(struct rump_slabcache *c)
{
	struct rump_slab *s = c->c_cur;
	void *o = s->s_free;

	if (UNLIKELY(o == NULL))
		return slab_take_slow(c);
	return slab_take_from(c, s, o);
}

/* A slab that was full has a free object again, or one has none in use. */
static __attribute__((__noinline__)) void
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
	SLAB_COUNT(c, -1);
	if (UNLIKELY(s->s_full || s->s_inuse == 0))
		slab_put_slow(c, s);
}

static void
list_put(struct rump_slabcache *c, void *list)
{
	void *o;

	while ((o = list) != NULL) {
		list = *(void **)o;
		slab_put(c, slabof(o), o);
	}
}

/* Lists in the depot: linked through the second word of their first object. */
static inline void **
depot_next(void *list)
{

	return (void **)list + 1;
}

static void
depot_put(struct rump_slabcache *c, void *list)
{

	if (c->c_ndepot >= c->c_maxdepot) {
		list_put(c, list);
		return;
	}
	*depot_next(list) = c->c_depot;
	c->c_depot = list;
	c->c_ndepot++;
}

static void *
depot_get(struct rump_slabcache *c)
{
	void *list = c->c_depot;

	if (list != NULL) {
		c->c_depot = *depot_next(list);
		c->c_ndepot--;
	}
	return list;
}

static void
depot_flush(struct rump_slabcache *c)
{
	void *list;

	while ((list = depot_get(c)) != NULL)
		list_put(c, list);
}

/* Stock an empty hoard that is set up with a list of free objects. */
static void
hoard_stock(struct rump_slabcache *c, struct rump_hoard *h, unsigned int n)
{
	void *o;

	if ((o = depot_get(c)) != NULL) {
		h->sh_free = o;
		h->sh_nfree = c->c_batch;
		return;
	}
	while (n-- > 0 && c->c_cur->s_free != NULL) {
		o = slab_take(c);
		*(void **)o = h->sh_free;
		h->sh_free = o;
		h->sh_nfree++;
	}
}

void *
rump_slab_refill(struct rump_slabcache *c, struct rump_hoard *h)
{
	void *o;

	if (h != NULL && (o = h->sh_full) != NULL) {
		h->sh_full = NULL;
		h->sh_free = o;
		h->sh_nfree = c->c_batch;
		return rump_hoard_get(h);
	}
	SLAB_LOCK();
	if (h == NULL || h->sh_limit == 0) {
		o = slab_take(c);
	} else {
		hoard_stock(c, h, c->c_batch);
		if ((o = rump_hoard_get(h)) == NULL && (o = slab_take(c)) !=
		    NULL)
			hoard_stock(c, h, c->c_batch - 1);
	}
	SLAB_UNLOCK();
	return o;
}

/*
 * The host adds up the counts of other threads' hoards while they go on
 * freeing, to see whether objects are out. A list must not be counted twice, as
 * sh_nfree and as sh_full: sh_nfree is cleared before sh_full is set, and read
 * after it.
 */
static void
hoard_make_room(struct rump_slabcache *c, struct rump_hoard *h)
{
	void *list = h->sh_free;

	if (h->sh_full != NULL) {
		SLAB_LOCK();
		h->sh_free = NULL;
		__atomic_store_n(&h->sh_nfree, 0, __ATOMIC_RELEASE);
		depot_put(c, list);
		SLAB_UNLOCK();
		return;
	}
	h->sh_free = NULL;
	__atomic_store_n(&h->sh_nfree, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&h->sh_full, list, __ATOMIC_RELEASE);
}

void
rump_slab_free_slow(struct rump_slabcache *c, struct rump_hoard *h, void *o)
{

	if (h != NULL && h->sh_limit != 0) {
		hoard_make_room(c, h);
		(void)rump_hoard_put(h, o);
		return;
	}
	SLAB_LOCK();
	slab_put(c, slabof(o), o);
	SLAB_UNLOCK();
}

void
rump_slab_flush(struct rump_slabcache *c, struct rump_hoard *h)
{

	list_put(c, h->sh_free);
	h->sh_free = NULL;
	h->sh_nfree = 0;
	list_put(c, h->sh_full);
	h->sh_full = NULL;
}

void *
rump_slab_alloc(struct rump_slabcache *c)
{
	struct rump_hoard *h = slab_env_hoard(c);
	void *o;

	if (LIKELY(h != NULL && (o = rump_hoard_get(h)) != NULL))
		return o;
	if (h == NULL)
		slab_env_attach(c);
	return rump_slab_refill(c, h);
}

void
rump_slab_free(struct rump_slabcache *c, void *o)
{
	struct rump_hoard *h = slab_env_hoard(c);

	SLAB_ASSERT(slabof(o)->s_cache == c);
	if (UNLIKELY(h == NULL || !rump_hoard_put(h, o)))
		rump_slab_free_slow(c, h, o);
}

void
rump_slabcache_flush(struct rump_slabcache *c)
{
	struct rump_hoard *h = slab_env_hoard(c);

	if (h == NULL)
		return;
	SLAB_LOCK();
	rump_slab_flush(c, h);
	SLAB_UNLOCK();
}

size_t
rump_slabcache_reclaim(struct rump_slabcache *c)
{
	struct rump_slab *s, *next;
	size_t freed = 0;

	rump_slabcache_flush(c);
	SLAB_LOCK();
	depot_flush(c);
	for (s = TAILQ_FIRST(&c->c_partial); s != NULL; s = next) {
		next = TAILQ_NEXT(s, s_entry);
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

	slab_env_drain(c);
	(void)rump_slabcache_reclaim(c);
	SLAB_ASSERT(c->c_nslabs == 0);
}

struct rump_slabcache *
rump_slab_cacheof(const void *p)
{
	struct rump_slab *s = slabof(p);

	return s->s_kind == RUMP_SLAB_OBJS || s->s_kind == RUMP_SLAB_OBJSX ?
	    s->s_cache : NULL;
}

void
rump_slab_release(void *p)
{
	struct rump_slab *s = slabof(p);

	if (UNLIKELY(s->s_kind >= RUMP_SLAB_SPAN)) {
		rump_span_free(p);
		return;
	}
	rump_slab_free(s->s_cache, p);
}

size_t
rump_slab_size(const void *p)
{
	struct rump_slabcache *c = rump_slab_cacheof(p);

	return c != NULL ? c->c_stride : rump_span_size(p);
}

/*
 * Spans.
 */

static void *
huge_alloc(size_t size, size_t align)
{
	size_t first = MAXIMUM(SLAB_PAGE, align);	/* in block 0 */
	struct chunk *ck;

	if ((ck = chunk_new(ROUNDUP(size + first, SLAB_PAGE))) == NULL)
		return NULL;
	ck->ck_block[0].s_kind = RUMP_SLAB_HUGE;
	ck->ck_block[0].s_charged = size;
	return (char *)ck + first;
}

void *
rump_span_alloc(size_t size, size_t align)
{
	struct rump_slab *s;
	size_t n;
	void *p = NULL;

	SLAB_ASSERT(align <= RUMP_SLAB_MAX);
	if (size > ~(size_t)0 - 2 * RUMP_CHUNK_SIZE)
		return NULL;
	size = ROUNDUP(size, SLAB_PAGE);
	SLAB_LOCK();
	if (!slab_env_charge(size))
		goto out;
	n = (size + RUMP_BLOCK_SIZE - 1) / RUMP_BLOCK_SIZE;
	if (n >= RUMP_CHUNK_BLOCKS)
		p = huge_alloc(size, align);
	else if ((s = blocks_alloc((unsigned int)n, true)) != NULL) {
		s->s_kind = RUMP_SLAB_SPAN;
		s->s_charged = size;
		s->s_cache = NULL;
		p = blockaddr(s);
	}
	if (p == NULL)
		slab_env_uncharge(size);
 out:
	SLAB_UNLOCK();
	return p;
}

void
rump_span_free(void *p)
{
	struct rump_slab *s = slabof(p);

	SLAB_ASSERT(s->s_kind == RUMP_SLAB_SPAN ||
	    s->s_kind == RUMP_SLAB_HUGE);
	SLAB_LOCK();
	slab_env_uncharge(s->s_charged);
	if (s->s_kind == RUMP_SLAB_HUGE) {
		SLAB_DELETED(s);
		chunk_delete(chunkof(p));
	} else
		blocks_free(s);
	SLAB_UNLOCK();
}

size_t
rump_span_size(const void *p)
{

	return slabof(p)->s_charged;
}
