/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slab allocator of both namespaces: equal objects in slabs, runs of whole
 * blocks for what is larger, and stocks of free objects ("hoards") that belong
 * to a CPU or a thread. Compiled into librump and into librumpuser, each with
 * its environment (slab_env.h); the algorithm and its locking are explained in
 * lib/free/slab.c.
 */
#ifndef _RUMP_FREE_SLAB_H_
#define _RUMP_FREE_SLAB_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* The host layer's internal names, as everything of its begins. */
#define rump_slab_alloc		rumpuser__slab_alloc
#define rump_slab_cacheof	rumpuser__slab_cacheof
#define rump_slab_flush		rumpuser__slab_flush
#define rump_slab_free		rumpuser__slab_free
#define rump_slab_free_slow	rumpuser__slab_free_slow
#define rump_slab_refill	rumpuser__slab_refill
#define rump_slab_release	rumpuser__slab_release
#define rump_slab_size		rumpuser__slab_size
#define rump_slabcache_fini	rumpuser__slabcache_fini
#define rump_slabcache_flush	rumpuser__slabcache_flush
#define rump_slabcache_init	rumpuser__slabcache_init
#define rump_slabcache_reclaim	rumpuser__slabcache_reclaim
#define rump_span_alloc		rumpuser__span_alloc
#define rump_span_free		rumpuser__span_free
#define rump_span_size		rumpuser__span_size
#endif
#include <sys/queue.h>

struct rump_slab;
TAILQ_HEAD(rump_slabs, rump_slab);

#define RUMP_CHUNK_SHIFT	20
#define RUMP_CHUNK_SIZE		((size_t)1 << RUMP_CHUNK_SHIFT)
#define RUMP_BLOCK_SHIFT	16
#define RUMP_BLOCK_SIZE		((size_t)1 << RUMP_BLOCK_SHIFT)
#define RUMP_CHUNK_BLOCKS	(1 << (RUMP_CHUNK_SHIFT - RUMP_BLOCK_SHIFT))

/*
 * What a block is: unused, objects, objects for which there is more to do than
 * to put them into a hoard (host), the first block of a span, a further one, a
 * mapping of its own.
 */
enum rump_slabkind {
	RUMP_SLAB_UNUSED, RUMP_SLAB_OBJS, RUMP_SLAB_OBJSX, RUMP_SLAB_SPAN,
	RUMP_SLAB_CONT, RUMP_SLAB_HUGE
};

/*
 * A block of a chunk: a slab, or the first of the blocks of a span. What every
 * free reads has a cache line apart from what changes under the lock.
 */
struct rump_slab {
	void		*s_free;	/* free objects */
	char		*s_next;	/* from here on nothing is carved */
	char		*s_end;
	uint32_t	s_inuse;	/* objects handed out */
	bool		s_full;		/* not on its cache's list */
	size_t		s_charged;	/* bytes counted as used */
	TAILQ_ENTRY(rump_slab) s_entry;

	struct rump_slabcache *s_cache __attribute__((__aligned__(64)));
	void		*s_aux;		/* host: counts of holds, or NULL */
	uint8_t		s_kind;		/* enum rump_slabkind */
	bool		s_marked;	/* host: a span with a header in it */
	bool		s_zeroed;	/* a mapping that is all zero */
	uint16_t	s_nblocks;	/* of a span */
};

/* The slab descriptor of an address that the allocator gave. */
static inline struct rump_slab *
rump_slabof(const void *p)
{
	uintptr_t a = (uintptr_t)p;

	return (struct rump_slab *)(a & ~(uintptr_t)(RUMP_CHUNK_SIZE - 1)) +
	    ((a & (RUMP_CHUNK_SIZE - 1)) >> RUMP_BLOCK_SHIFT);
}

/*
 * A stock of free objects of one cache: one list of at most sh_limit, and one
 * that holds exactly that many or is not there.
 */
struct rump_hoard {
	void		*sh_free;	/* objects linked through themselves */
	unsigned int	sh_nfree;
	unsigned int	sh_limit;	/* 0: not set up yet */
	void		*sh_full;	/* a full list, or NULL */
};

/* Objects of one size. Private to the allocator but for its size. */
struct rump_slabcache {
	struct rump_slab *c_cur;	/* the slab objects are taken from */
	struct rump_hoard *c_cpu;	/* kernel, smp: by CPU index, or NULL */
	struct rump_hoard c_hoard;	/* kernel, up: the only one */
	size_t		c_stride;	/* bytes from object to object */
	struct rump_slabs c_partial;	/* slabs with free objects */
	unsigned int	c_nempty;	/* of those, with no object in use */
	unsigned int	c_nslabs;
	size_t		c_charged;	/* bytes of its slabs that are counted */
	const char	*c_name;
	void		*c_depot;	/* full lists that nobody's hoard has */
	unsigned int	c_ndepot;
	unsigned int	c_maxdepot;
	unsigned int	c_batch;	/* objects of a full list */
	unsigned int	c_index;	/* host: which hoard of a thread's */
	size_t		c_inuse;	/* host: objects that are not in slabs */
	void		*c_owner;	/* host: what the cache belongs to */
};

/* The largest object of a cache, in bytes; a span holds what is larger. */
#define RUMP_SLAB_MAX	16384

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set up a cache of objects of @size bytes, at most RUMP_SLAB_MAX, aligned to
 * @align (a power of two, at most a page). @name stays the caller's.
 */
void rump_slabcache_init(struct rump_slabcache *, const char *name,
    size_t size, size_t align);
/** Undo it. All objects must be free and nobody may use the cache. */
void rump_slabcache_fini(struct rump_slabcache *);
/** Put what the caller's hoard keeps into the slabs. */
void rump_slabcache_flush(struct rump_slabcache *);
/** The same, and give slabs without an object in use back to the host; returns
 * bytes. */
size_t rump_slabcache_reclaim(struct rump_slabcache *);

/** An object, or NULL if the host or the limit gives no memory. */
void *rump_slab_alloc(struct rump_slabcache *);
/** Free an object of this cache. */
void rump_slab_free(struct rump_slabcache *, void *);
/** The cache of an object; NULL for memory of other kinds. */
struct rump_slabcache *rump_slab_cacheof(const void *);
/** Free an object or a span, whatever it is. */
void rump_slab_release(void *);
/** Bytes usable at an address of either kind. */
size_t rump_slab_size(const void *);

/**
 * A run of whole blocks or a mapping of its own for @size bytes, aligned to
 * @align: a power of two, at most RUMP_SLAB_MAX. NULL: no memory.
 */
void *rump_span_alloc(size_t size, size_t align);
/** Free it. */
void rump_span_free(void *);
/** Its size, rounded up to pages. */
size_t rump_span_size(const void *);

/*
 * The slow halves of rump_slab_alloc() and rump_slab_free(), for code that has
 * the fast ones inline. A hoard is touched by nobody but its CPU or thread.
 */

/** The hoard (NULL: none) is empty: an object, and a stock for later. */
void *rump_slab_refill(struct rump_slabcache *, struct rump_hoard *);
/** The hoard (NULL: none) has no room: make some, and free the object. */
void rump_slab_free_slow(struct rump_slabcache *, struct rump_hoard *,
    void *);
/**
 * Put all objects of a hoard back. SLAB_LOCK is held; the hoard's owner calls,
 * or does not use it any more.
 */
void rump_slab_flush(struct rump_slabcache *, struct rump_hoard *);

/** An object of a hoard, NULL if it is empty. */
static inline void *
rump_hoard_get(struct rump_hoard *h)
{
	void *o = h->sh_free;

	if (__builtin_expect(o != NULL, 1)) {
		h->sh_free = *(void **)o;
		__atomic_store_n(&h->sh_nfree, h->sh_nfree - 1,
		    __ATOMIC_RELAXED);
	}
	return o;
}

/**
 * Put an object into a hoard; false if there is no room. The count is the last
 * that is written, so that who reads it (acquire) sees the list as well.
 */
static inline bool
rump_hoard_put(struct rump_hoard *h, void *o)
{

	if (__builtin_expect(h->sh_nfree >= h->sh_limit, 0))
		return false;
	*(void **)o = h->sh_free;
	h->sh_free = o;
	__atomic_store_n(&h->sh_nfree, h->sh_nfree + 1, __ATOMIC_RELEASE);
	return true;
}

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_FREE_SLAB_H_ */
