/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.h - what the parts of the host layer's allocator share.
 *
 * Locking: rumpuser__mem_lock is the lock of the slabs (lib/free/slab.c), of
 * the list of threads, the table of caches and the lists of mappings.  It is
 * held for no longer than a mapping takes.  Before it memdebug's lock may not
 * be held, nor after it be taken.
 */
#ifndef _RUMPUSER_MEM_MEM_H_
#define _RUMPUSER_MEM_MEM_H_

#include "posix/host.h"

#include <sys/queue.h>

#include <stdbool.h>
#include <string.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_mem.h>
#pragma GCC visibility pop
#include <rump-free/memdebug.h>
#include <rump-free/slab.h>

/*
 * Under AddressSanitizer everything is an allocation of its own, with a header
 * that is poisoned; slabs are not used.
 */
#if defined(__SANITIZE_ADDRESS__)
#define MEM_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEM_ASAN	1
#endif
#endif
#ifndef MEM_ASAN
#define MEM_ASAN	0
#endif

/** Powers of two from 64 bytes to RUMP_SLAB_MAX. */
#define MEM_NCLASS	9
#define MEM_MIN		64
/** What is larger than this is not rounded up to a power of two. */
#define MEM_LARGE	((size_t)16 << 20)
/** Caches that may have hoards. */
#define MEM_NCACHE	512
#define MEM_NOHOARD	(~0U)

/** Bits of rumpuser__mem_mode beside the public ones: objects get headers. */
#define MEM_HEADERS	0x10
#define MEM_VALGRIND	0x20
#define MEM_PUBLIC	(RUMPUSER_MEM_ACCOUNT | RUMPUSER_MEM_DEBUG)

#define MEM_HERE(where)	((struct rump_memplace){ (where),		\
    __builtin_return_address(0) })

/** A thread's hoards: by size class, and by cache. */
struct rumpuser__memthread {
	struct rump_hoard mt_class[MEM_NCLASS];
	struct rump_hoard *mt_cache;	/* changes under the lock */
	unsigned int	mt_ncache;
	uint32_t	mt_tid;
	bool		mt_listed;	/* on the list of threads */
	bool		mt_gone;	/* its end has begun: no hoards */
	LIST_ENTRY(rumpuser__memthread) mt_entry;
};

struct rumpuser_memcache {
	struct rump_slabcache mc_slab;
	size_t		mc_size;
	size_t		mc_align;
	size_t		mc_out;		/* spans and guarded ones; atomic */
	bool		mc_span;	/* too large for slabs */
	char		mc_name[32];
	LIST_ENTRY(rumpuser_memcache) mc_entry;	/* of those not in use */
};

extern pthread_mutex_t rumpuser__mem_lock;
extern int rumpuser__mem_mode;
extern __thread struct rumpuser__memthread rumpuser__memthread
    __attribute__((__tls_model__("initial-exec")));
extern struct rump_slabcache rumpuser__memclass[MEM_NCLASS];
/** Caches by index; a slot is written under the lock, read atomically. */
extern struct rumpuser_memcache *rumpuser__memcaches[MEM_NCACHE];

static inline int
mem_mode(void)
{

	return __atomic_load_n(&rumpuser__mem_mode, __ATOMIC_RELAXED);
}

/** The class of a size from 1 to RUMP_SLAB_MAX. */
static inline unsigned int
mem_class(size_t size)
{

	return 58 - (unsigned int)__builtin_clzl((size - 1) | (MEM_MIN - 1));
}

/** The smallest power of two that is not less. */
static inline size_t
mem_pow2(size_t size)
{

	return size <= 1 ? 1 :
	    (size_t)1 << (64 - __builtin_clzl(size - 1));
}

/** The alignment that a size stands for. */
static inline size_t
mem_natural(size_t size)
{

	if (size == 0 || size % 512 != 0)
		return 16;
	return size % 4096 == 0 ? 4096 : 512;
}

/* hoard.c */

/** Give the calling thread a hoard of @c, if it can have one. */
struct rump_hoard *rumpuser__mem_hoard(struct rump_slabcache *c);
/** Objects of a cache that are in hoards or the depot; the lock is held. */
size_t rumpuser__mem_hoarded(struct rump_slabcache *c);
/** Empty all hoards of a cache that nobody uses; the lock is held. */
void rumpuser__mem_unhoard(struct rump_slabcache *c);
/** The size classes; done once. */
void rumpuser__mem_init(void);

/* map.c */

/** Is there a chunk of ours at this address?  Async-signal-safe. */
bool rumpuser__mem_known(const void *p);
/** Give mappings that are kept for later back; the lock is held. */
size_t rumpuser__mem_unspare(void);
/** A mapping with more than RUMP_SLAB_MAX of alignment; NULL: no memory. */
void *rumpuser__mem_odd_alloc(size_t size, size_t align);
/** Free it; false if it is none. */
bool rumpuser__mem_odd_free(void *p);
size_t rumpuser__mem_odd_size(const void *p);

/* alloc.c */

/** As rumpuser_mem_alloc(), with an alignment of any power of two. */
void *rumpuser__mem_alloc(size_t size, size_t align, struct rump_memplace w,
    struct rumpuser_memcache *owner);
/** As rumpuser_mem_free(); @size as for rump_memdebug_free(). */
void rumpuser__mem_free(void *p, size_t size, struct rump_memplace w);
/** A span of @size bytes or more. */
void *rumpuser__mem_span(size_t size, size_t align);

/* hold.c */

/** Holds on an object of a slab beside the first. */
uint32_t rumpuser__mem_extra(const struct rump_slab *s, const void *p);
/** A slab goes back; the lock is held. */
void rumpuser__mem_unhold(struct rump_slab *s);

/* debug.c */

/** Say what is wrong and end the process. */
void rumpuser__mem_panic(const char *fmt, ...) __dead __printflike(1, 2);
/** Ends the process if @p cannot be an allocation. */
void rumpuser__mem_sane(const void *p, struct rump_memplace w);
/** Has the allocation a header?  Not if it is a mapping with odd alignment. */
bool rumpuser__mem_headed(const void *p);
/** Raw memory for an object with a header. */
void *rumpuser__mem_raw(size_t size, size_t align);
/** Account of rumpuser_anonmmap() and rumpuser_unmap(). */
void rumpuser__mem_mapped(void *p, size_t size, const void *pc);
void rumpuser__mem_unmapped(void *p, size_t size, const void *pc);
/** Mappings on that account. */
extern unsigned int rumpuser__mem_nmapped;
void rumpuser__memdebug_lock(void);
void rumpuser__memdebug_unlock(void);

/* posix/mem.c: host errno numbers */
int rumpuser__anonmap(size_t size, size_t align, void **memp);
void rumpuser__anonunmap(void *addr, size_t len);

#endif /* _RUMPUSER_MEM_MEM_H_ */
