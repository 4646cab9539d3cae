/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alloc.c - memory of any size: powers of two from the calling thread's hoards,
 * spans of whole blocks, mappings; or, in the debugging modes, objects with a
 * header (lib/free/memdebug.c).
 *
 * Locking: none of its own; see hoard.c and lib/free/slab.c.
 */
#include "mem/slab_env.h"

void *
rumpuser__mem_span(size_t size, size_t align)
{

	if (size <= MEM_LARGE)
		size = mem_pow2(size);
	return rump_span_alloc(size, align);
}

static __noinline void *
class_refill(unsigned int i)
{
	struct rump_slabcache *c = &rumpuser__memclass[i];
	struct rump_hoard *h = rumpuser__mem_hoard(c);

	return rump_slab_refill(c, h);
}

static inline void *
class_alloc(unsigned int i)
{
	void *p = rump_hoard_get(&rumpuser__memthread.mt_class[i]);

	if (__predict_false(p == NULL))
		return class_refill(i);
	return p;
}

/* What flags an object with a header gets in a mode. */
static unsigned int
header_flags(int mode)
{
	unsigned int flags = 0;

	if (mode & MEM_PUBLIC)
		flags |= RUMP_MEMDEBUG_COUNT;
	if (mode & (RUMPUSER_MEM_DEBUG | MEM_VALGRIND))
		flags |= RUMP_MEMDEBUG_GUARD;
	return flags;
}

void *
rumpuser__mem_alloc(size_t size, size_t align, struct rump_memplace w,
    struct rumpuser_memcache *owner)
{
	int mode = mem_mode();

	if (size == 0)
		size = 1;
	if (align == 0)
		align = mem_natural(size);
	if (!MEM_ASAN && align > RUMP_SLAB_MAX)
		return rumpuser__mem_odd_alloc(size, align);
	if (mode != 0) {
		return rump_memdebug_alloc(size, align, header_flags(mode), w,
		    owner);
	}
	if (size > RUMP_SLAB_MAX)
		return rumpuser__mem_span(size, align);
	return class_alloc(mem_class(size > align ? size : align));
}

void *
rumpuser_mem_alloc_at(size_t size, const char *where)
{

	/* 0 is what the slow way is for, too. */
	if (__predict_false(size - 1 >= RUMP_SLAB_MAX || mem_mode() != 0))
		return rumpuser__mem_alloc(size, 0, MEM_HERE(where), NULL);
	return class_alloc(mem_class(size));
}

void *
rumpuser_mem_zalloc_at(size_t size, const char *where)
{
	void *p = rumpuser__mem_alloc(size, 0, MEM_HERE(where), NULL);

	if (p == NULL)
		return NULL;
	/* The host's pages are zero the first time. */
	if (size > RUMP_SLAB_MAX && !rumpuser__mem_headed(p) &&
	    rump_slabof(p)->s_zeroed)
		return p;
	return memset(p, 0, size);
}

static void __noinline __dead
freed_already(const void *p, struct rump_memplace w)
{
	struct rump_memsite *st = rump_memsite_find(w);

	rumpuser__mem_panic("free of %p from %s: freed already, just before "
	    "(RUMP_MEMDEBUG=1 tells where)", p, st->st_name);
}

/* An object of a slab, to this thread's hoard. */
static void
object_free(struct rump_slabcache *c, void *p, struct rump_memplace w)
{
	struct rump_hoard *h = slab_env_hoard(c);

	if (h == NULL || h->sh_limit == 0)
		h = rumpuser__mem_hoard(c);
	if (h != NULL && h->sh_free == p)
		freed_already(p, w);
	if (h == NULL || !rump_hoard_put(h, p))
		rump_slab_free_slow(c, h, p);
}

static void
span_free(struct rump_slab *s, void *p)
{
	struct rumpuser_memcache *owner = s->s_aux;

	rump_span_free(p);
	if (owner != NULL)
		__atomic_fetch_sub(&owner->mc_out, 1, __ATOMIC_RELEASE);
}

static void
plain_free(void *p, struct rump_memplace w)
{
	struct rump_slab *s = rump_slabof(p);
	uint32_t extra;

	if ((extra = rumpuser__mem_extra(s, p)) != 0) {
		rumpuser__mem_panic("free of %p from %s: it has %u holds", p,
		    rump_memsite_find(w)->st_name, extra + 1);
	}
	switch (s->s_kind) {
	case RUMP_SLAB_OBJS:
	case RUMP_SLAB_OBJSX:
		object_free(s->s_cache, p, w);
		break;
	case RUMP_SLAB_SPAN:
	case RUMP_SLAB_HUGE:
		span_free(s, p);
		break;
	default:
		rumpuser__mem_panic("free of %p from %s: not an allocated "
		    "object", p, rump_memsite_find(w)->st_name);
	}
}

void
rumpuser__mem_free(void *p, size_t size, struct rump_memplace w)
{

	if (p == NULL)
		return;
	if (mem_mode() & RUMPUSER_MEM_DEBUG)
		rumpuser__mem_sane(p, w);
	if (rumpuser__mem_headed(p))
		rump_memdebug_free(p, size, w);
	else if (((uintptr_t)p & (RUMP_CHUNK_SIZE - 1)) != 0)
		plain_free(p, w);
	else if (!rumpuser__mem_odd_free(p)) {
		rumpuser__mem_panic("free of %p from %s: not an allocated "
		    "object", p, rump_memsite_find(w)->st_name);
	}
}

void
rumpuser_mem_free_at(void *p, const char *where)
{
	struct rump_slab *s;
	struct rump_hoard *h;

	/* No allocation begins where a chunk does, but odd ones; nor NULL. */
	if (MEM_ASAN || __predict_false(((uintptr_t)p &
	    (RUMP_CHUNK_SIZE - 1)) == 0 || mem_mode() != 0))
		goto slow;
	s = rump_slabof(p);
	if (__predict_false(__atomic_load_n(&s->s_kind, __ATOMIC_RELAXED) !=
	    RUMP_SLAB_OBJS))
		goto slow;
	h = slab_env_hoard(s->s_cache);
	if (__predict_false(h == NULL || h->sh_free == p))
		goto slow;
	if (__predict_true(rump_hoard_put(h, p)))
		return;
 slow:
	rumpuser__mem_free(p, 0, MEM_HERE(where));
}

size_t
rumpuser_mem_size(const void *p)
{

	if (rumpuser__mem_headed(p))
		return rump_memdebug_size(p);
	if (((uintptr_t)p & (RUMP_CHUNK_SIZE - 1)) == 0)
		return rumpuser__mem_odd_size(p);
	return rump_slab_size(p);
}

/* Whether it may stay where it is: not if half of it would be wasted. */
static bool
fits(const void *p, size_t size)
{
	size_t have;

	if (rumpuser__mem_headed(p))
		return false;	/* stale pointers are to be found */
	have = rumpuser_mem_size(p);
	if (size > have || size < have / 2)
		return false;
	return (((uintptr_t)p | have) & (mem_natural(size) - 1)) == 0;
}

void *
rumpuser_mem_realloc_at(void *p, size_t size, const char *where)
{
	const struct rump_memplace w = MEM_HERE(where);
	size_t have;
	void *q;

	if (size == 0)
		size = 1;
	if (p != NULL && mem_mode() & RUMPUSER_MEM_DEBUG)
		rumpuser__mem_sane(p, w);
	if (p != NULL && fits(p, size))
		return p;
	q = rumpuser__mem_alloc(size, 0, w, NULL);
	if (p == NULL || q == NULL)
		return q;
	have = rumpuser_mem_size(p);
	memcpy(q, p, have < size ? have : size);
	rumpuser__mem_free(p, 0, w);
	return q;
}
