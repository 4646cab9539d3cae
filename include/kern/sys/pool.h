/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of equal objects, and caches of constructed ones; pool(9),
 * pool_cache(9). They take their own locks (at the ipl given at creation) and
 * sleep only with PR_WAITOK.
 */
#ifndef _SYS_POOL_H_
#define _SYS_POOL_H_

#include <sys/param.h>
#include <sys/condvar.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/time.h>

struct pool;
struct pool_cache;
struct rump_poolpages;
struct rump_poolsite;
struct rump_slabcache;

/* Where a pool takes its pages; pool_allocator_kmem by default. */
struct pool_allocator {
	void		*(*pa_alloc)(struct pool *, int);
	void		(*pa_free)(struct pool *, void *);
	unsigned int	pa_pagesz;	/* bytes of one pa_alloc, 0: a page */
	kmutex_t	pa_lock;
	TAILQ_HEAD(, pool) pa_list;
	uint32_t	pa_refcnt;
	int		pa_pagemask;
	int		pa_pageshift;
};

/* All of it is the implementation's. */
struct pool {
	struct rump_slabcache *pr_slab;	/* the slabs behind, or NULL */
	struct rump_poolpages *pr_pages; /* pages carved here, or NULL */
	struct pool_allocator *pr_alloc; /* where pr_pages come from */
	struct pool_cache *pr_cache;	/* in front of it, or NULL */
	unsigned int	pr_nout;	/* items handed out */
	unsigned int	pr_hardlimit;	/* of them */
	unsigned int	pr_minitems;	/* pool_setlowat */
	unsigned int	pr_nreserve;	/* items in pr_reserve */
	unsigned int	pr_nwaiters;	/* for an item, at the hard limit */
	unsigned int	pr_pad;		/* bytes before an item, for its align */
	unsigned int	pr_size;	/* bytes of an item */
	unsigned int	pr_align;
	unsigned int	pr_ioff;	/* offset in an item that is aligned */
	unsigned int	pr_flags;
	unsigned int	pr_maxitems;	/* pool_sethiwat */
	int		pr_ipl;
	uint64_t	pr_nget;
	uint64_t	pr_nfail;
	uint64_t	pr_nput;
	void		*pr_reserve;	/* free items, kept for bad times */
	void		(*pr_drain_hook)(void *, int);
	void		*pr_drain_hook_arg;
	const char	*pr_wchan;
	const char	*pr_warning;	/* at the hard limit, or NULL */
	struct timeval	pr_warned;	/* when, last */
	struct timeval	pr_ratecap;	/* not more often than that */
	struct rump_poolsite *pr_sites;	/* debugging: who has items */
	unsigned int	pr_refs;	/* who looks at it without holding a lock */
	TAILQ_ENTRY(pool) pr_allpools;
	kmutex_t	pr_lock;
	kcondvar_t	pr_cv;
};

typedef struct pool	*pool_t;
typedef struct pool_cache *pool_cache_t;

#define PR_WAITOK	0x01	/* sleep until there is memory */
#define PR_NOWAIT	0x02	/* NULL rather than sleeping */
#define PR_ROTATING	0x04
#define PR_LIMITFAIL	0x08	/* fail at the hard limit, even if waiting */
#define PR_RECURSIVE	0x10
#define PR_NOTOUCH	0x20	/* never write into free objects */
#define PR_NOALIGN	0x40
#define PR_LARGECACHE	0x80
#define PR_GROWING	0x100
#define PR_GROWINGNOWAIT 0x200
#define PR_ZERO		0x400	/* zero the object */
#define PR_USEBMAP	0x800

#define POOL_PADDR_INVALID	((paddr_t)-1)

extern struct pool_allocator pool_allocator_kmem;
extern struct pool_allocator pool_allocator_kmem_fullpage;
extern struct pool_allocator pool_allocator_nointr;
extern struct pool_allocator pool_allocator_nointr_fullpage;
extern struct pool_allocator pool_allocator_meta;

__BEGIN_DECLS
/*
 * Make pp a pool of objects of size bytes, aligned to align (a power of two up to
 * a page; 0: natural) at offset ioff. flags: 0, or PR_NOTOUCH for items that are
 * never written while free. wchan names it and must stay valid; palloc may be
 * NULL. ipl is the highest that the pool is used at. Does not fail.
 */
void	pool_init(struct pool *, size_t, u_int, u_int, int, const char *,
	    struct pool_allocator *, int);
/*
 * All objects must have been returned: otherwise it panics, and with debugging
 * says who asked for them.
 */
void	pool_destroy(struct pool *);

/*
 * An item. PR_WAITOK sleeps until there is one; with PR_LIMITFAIL too it is NULL
 * at the hard limit. PR_NOWAIT: NULL if there is none now.
 */
void	*pool_get(struct pool *, int);
void	pool_put(struct pool *, void *);
/* Give unused pages back, but what the low water mark asks for; true if any. */
int	pool_reclaim(struct pool *);
/*
 * Add n free items to the pool, that is, ask for their memory now. They are there
 * when memory is short. 0 or ENOMEM.
 */
int	pool_prime(struct pool *, int);
/* Reclaiming leaves at least that many free items; nothing is allocated now. */
void	pool_setlowat(struct pool *, int);
/* With more items than that, pages that become unused are given back at once. */
void	pool_sethiwat(struct pool *, int);
/*
 * No more than n items are handed out. When that is reached the message, unless
 * it is NULL, is printed, at most once in so many seconds.
 */
void	pool_sethardlimit(struct pool *, int, const char *, int);
/* Reclaim from the next pool in turn, told unless NULL; true if any was freed. */
bool	pool_drain(struct pool **);
/*
 * Called with the argument and PR_WAITOK or PR_NOWAIT when the pool has no item
 * or memory is short, to return items that can be spared. No lock is held.
 */
void	pool_set_drain_hook(struct pool *, void (*)(void *, int), void *);
unsigned int pool_nget(struct pool *);
unsigned int pool_nput(struct pool *);

/*
 * A cache whose objects stay constructed while free. ctor returns 0 or an
 * errno; both may be NULL. pool_cache_init sleeps and does not fail.
 */
pool_cache_t pool_cache_init(size_t, u_int, u_int, u_int, const char *,
	    struct pool_allocator *, int, int (*)(void *, void *, int),
	    void (*)(void *, void *), void *);
/* All objects must have been returned, as with pool_destroy(). */
void	pool_cache_destroy(pool_cache_t);
/* Object, and its physical address unless NULL; flags as of pool_get(). */
void	*pool_cache_get_paddr(pool_cache_t, int, paddr_t *);
void	pool_cache_put_paddr(pool_cache_t, void *, paddr_t);
/* Destroy and free an object that should not be used again. */
void	pool_cache_destruct_object(pool_cache_t, void *);
/*
 * Destroy the objects of the global cache and of this CPU's; those of other CPUs
 * stay, so that objects which are out of date must be told by their users.
 */
void	pool_cache_invalidate(pool_cache_t);
/* The same, then pool_reclaim(). */
bool	pool_cache_reclaim(pool_cache_t);
void	pool_cache_set_drain_hook(pool_cache_t, void (*)(void *, int),
	    void *);
void	pool_cache_setlowat(pool_cache_t, int);
void	pool_cache_sethiwat(pool_cache_t, int);
void	pool_cache_sethardlimit(pool_cache_t, int, const char *, int);
__END_DECLS

/*
 * What a CPU has at hand of a cache: constructed objects. With debugging, and
 * where there is one for each CPU, ps_max of the first stays 0.
 */
#define RUMP_POOLSTACK	60

struct rump_poolstack {
	unsigned int	ps_n;
	unsigned int	ps_max;
	void		*ps_obj[RUMP_POOLSTACK];
};

#ifdef RUMP_UP
/* A cache begins with the stack of the only CPU. */
static __inline void * __attribute__((__unused__))
rump_pool_cache_get(pool_cache_t pc, int flags)
{
	struct rump_poolstack *ps = (struct rump_poolstack *)pc;

	if (__builtin_expect(ps->ps_n != 0, 1))
		return ps->ps_obj[--ps->ps_n];
	return pool_cache_get_paddr(pc, flags, NULL);
}

static __inline void __attribute__((__unused__))
rump_pool_cache_put(pool_cache_t pc, void *o)
{
	struct rump_poolstack *ps = (struct rump_poolstack *)pc;

	if (__builtin_expect(ps->ps_n < ps->ps_max && o != NULL, 1))
		ps->ps_obj[ps->ps_n++] = o;
	else
		pool_cache_put_paddr(pc, o, POOL_PADDR_INVALID);
}

#define pool_cache_get(pc, f)	rump_pool_cache_get((pc), (f))
#define pool_cache_put(pc, o)	rump_pool_cache_put((pc), (o))
#else
#define pool_cache_get(pc, f)	pool_cache_get_paddr((pc), (f), NULL)
#define pool_cache_put(pc, o)						\
	pool_cache_put_paddr((pc), (o), POOL_PADDR_INVALID)
#endif

#endif /* _SYS_POOL_H_ */
