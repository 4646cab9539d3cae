/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_mem.h - the host layer's allocator: memory by size class, caches of
 * equal buffers, reference counts on any allocation, and its debugging mode.
 * See rumpuser_mem(3).
 *
 * Usable from both namespaces.  Conventions:
 *  - No call blocks for longer than the host takes to map memory, none gives
 *    the virtual CPU up, none changes errno.  Any thread, with or without an
 *    lwp; not from signal handlers, except where it says so.
 *  - What one thread allocated any other may free.
 *  - Misuse that is detected (a double free, an overrun ...) ends the process
 *    with a message that names the places.
 *  - The macros tell the allocator where they stand; the functions behind
 *    them, which end in _at, take that as @where: a string that is valid for
 *    the duration of the call, or NULL for the address of the caller.
 */
#ifndef _RUMP_RUMPUSER_MEM_H_
#define _RUMP_RUMPUSER_MEM_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RUMPUSER_MEM_STR_(x)	#x
#define RUMPUSER_MEM_STR(x)	RUMPUSER_MEM_STR_(x)
/** The place in the source, as a string constant "FILE:LINE". */
#define RUMPUSER_MEM_HERE	__FILE__ ":" RUMPUSER_MEM_STR(__LINE__)

/*
 * Memory of any size.
 *
 * Alignment follows from the size: 4096 bytes if it is a multiple of 4096, 512
 * if it is one of 512 (what O_DIRECT asks for), else 16.
 */

/** @size bytes (0 counts as 1), not cleared; NULL: no memory. */
void *rumpuser_mem_alloc_at(size_t size, const char *where);
/** The same, all zero. */
void *rumpuser_mem_zalloc_at(size_t size, const char *where);
/**
 * Make the allocation @p (NULL: none yet) @size bytes, where it is or at a new
 * address; the contents are kept up to the smaller size, the old address is
 * not to be used again.  NULL: no memory, and @p is as it was.  The allocation
 * must not have further holds.
 */
void *rumpuser_mem_realloc_at(void *p, size_t size, const char *where);
/**
 * Free an allocation or a buffer of a cache; NULL does nothing.  It must not
 * have further holds.
 */
void rumpuser_mem_free_at(void *p, const char *where);
/** Bytes usable at @p: at least those asked for. */
size_t rumpuser_mem_size(const void *p);

#define rumpuser_mem_alloc(size)					\
	rumpuser_mem_alloc_at((size), RUMPUSER_MEM_HERE)
#define rumpuser_mem_zalloc(size)					\
	rumpuser_mem_zalloc_at((size), RUMPUSER_MEM_HERE)
#define rumpuser_mem_realloc(p, size)					\
	rumpuser_mem_realloc_at((p), (size), RUMPUSER_MEM_HERE)
#define rumpuser_mem_free(p)						\
	rumpuser_mem_free_at((p), RUMPUSER_MEM_HERE)

/*
 * Holds.  An allocation has one hold from the start; who drops the last one
 * frees it.
 */

/**
 * Another hold on @p, which the caller can be sure is not freed meanwhile.
 * ENOMEM; EINVAL: what rumpuser_malloc() aligned to more than 16 KiB has one.
 */
int rumpuser_mem_hold(void *p);
/**
 * Drop a hold; returns how many are left, 0 if @p has been freed.  A drop too
 * many is a double free, and detected like one.
 */
unsigned int rumpuser_mem_drop_at(void *p, const char *where);
/** Holds on @p now.  1: the caller's own is the only one. */
unsigned int rumpuser_mem_holds(const void *p);

#define rumpuser_mem_drop(p)						\
	rumpuser_mem_drop_at((p), RUMPUSER_MEM_HERE)

/*
 * Caches of buffers of one size.
 */

struct rumpuser_memcache;

/**
 * Make a cache of buffers of @size bytes (not 0), aligned to @align (a power
 * of two up to 4096; 0: as for rumpuser_mem_alloc()).  @name is copied, cut to
 * 31 bytes.  *@cp is the caller's to destroy.  EINVAL, ENOMEM.
 */
int rumpuser_memcache_create(const char *name, size_t size, size_t align,
    struct rumpuser_memcache **cp);
/** A buffer of the cache, not cleared; NULL: no memory. */
void *rumpuser_memcache_alloc_at(struct rumpuser_memcache *c,
    const char *where);
/** The same, all zero. */
void *rumpuser_memcache_zalloc_at(struct rumpuser_memcache *c,
    const char *where);
/** Buffers that are out now; exact while nobody uses the cache. */
size_t rumpuser_memcache_out(struct rumpuser_memcache *c);
/**
 * Destroy a cache.  EBUSY: buffers are out, nothing has changed; it can be
 * tried again when they are back.  Other threads may free buffers meanwhile,
 * but not allocate any.
 */
int rumpuser_memcache_destroy(struct rumpuser_memcache *c);

#define rumpuser_memcache_alloc(c)					\
	rumpuser_memcache_alloc_at((c), RUMPUSER_MEM_HERE)
#define rumpuser_memcache_zalloc(c)					\
	rumpuser_memcache_zalloc_at((c), RUMPUSER_MEM_HERE)
/** Buffers go back as any allocation does, from any thread. */
#define rumpuser_memcache_free(c, p)					\
	((void)(c), rumpuser_mem_free_at((p), RUMPUSER_MEM_HERE))

/*
 * Accounting and debugging.
 */

/* Count memory by call site. */
#define RUMPUSER_MEM_ACCOUNT	0x01
/*
 * The same; and fill patterns, red zones, checks at each free, freed memory
 * that is not used again for a while; a leak report when the process exits.
 */
#define RUMPUSER_MEM_DEBUG	0x02

/**
 * Switch modes on (bits) and all others off; returns those that were on.  What
 * was allocated before is freed as it was allocated.  At the start the
 * environment says: RUMP_MEMDEBUG is "account", or "1" or "debug".
 */
int rumpuser_mem_setmode(int modes);

/**
 * Attribute the allocation @p to @where instead of to who asked for it, for a
 * wrapper that allocates on behalf of others.  Does nothing for what was
 * allocated while no mode was on.
 */
void rumpuser_mem_attribute(void *p, const char *where);

/**
 * Check every freed buffer that waits for its reuse, and @p too if it is not
 * NULL, as a free would.  Ends the process if one was written to.
 */
void rumpuser_mem_check_at(void *p, const char *where);
#define rumpuser_mem_check(p)						\
	rumpuser_mem_check_at((p), RUMPUSER_MEM_HERE)

/** What is in use at one call site. */
struct rumpuser_memsite {
	const char *site;	/* "FILE:LINE", or the caller's address */
	uint64_t count;		/* allocations in use */
	uint64_t bytes;		/* that were asked for in these */
	uint64_t total;		/* allocations ever made */
};

/**
 * Call @fn(@arg) for up to @max call sites with something in use, the most
 * bytes first; returns the number of allocations in use at all of them.  Only
 * what was allocated while a mode was on is counted.  Async-signal-safe if @fn
 * is; figures that change meanwhile are approximate.
 */
uint64_t rumpuser_mem_sites(void (*fn)(const struct rumpuser_memsite *,
    void *), void *arg, unsigned int max);
/**
 * Print that to standard error, a line a site, most bytes first; returns what
 * rumpuser_mem_sites() does.
 */
uint64_t rumpuser_mem_report(void);

/** Figures of the allocator as a whole, in bytes. */
struct rumpuser_memstats {
	uint64_t mapped;	/* taken from the host */
	uint64_t used;		/* in objects: handed out, or ready to be */
	uint64_t spare;		/* mapped and kept for later */
};

/** Fill @st.  Async-signal-safe. */
void rumpuser_mem_getstats(struct rumpuser_memstats *st);
/**
 * Give memory back to the host that is kept for later, but for what other
 * threads have hoarded; returns bytes.
 */
size_t rumpuser_mem_reclaim(void);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_MEM_H_ */
