/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of equal objects, and caches of constructed ones; pool(9),
 * pool_cache(9). They take their own locks (at the ipl given at creation) and
 * sleep only with PR_WAITOK.
 */
#ifndef _SYS_POOL_H_
#define _SYS_POOL_H_

#include <sys/param.h>
#include <sys/mutex.h>
#include <sys/queue.h>

struct pool;
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

struct pool {
	struct rump_slabcache *pr_slab;	/* the allocator behind, if any */
	TAILQ_ENTRY(pool) pr_allpools;
	struct pool_allocator *pr_alloc; /* caller's page allocator, or NULL */
	void		*(*pr_get_hook)(void);
	void		(*pr_drain_hook)(void *, int);
	void		*pr_drain_hook_arg;
	const char	*pr_wchan;
	unsigned int	pr_size;	/* bytes of an object */
	unsigned int	pr_align;
	unsigned int	pr_flags;
	int		pr_ipl;
	unsigned int	pr_nout;	/* objects handed out */
	unsigned int	pr_hardlimit;
	unsigned int	pr_minitems;	/* pool_setlowat */
	unsigned int	pr_maxpages;	/* pool_sethiwat, in items */
	void		*pr_free;	/* items of the caller's allocator */
	void		*pr_pages;
	kmutex_t	pr_lock;
	uint64_t	pr_nget;
	uint64_t	pr_nfail;
	uint64_t	pr_nput;
};

struct pool_cache;
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
 * Make pp a pool of objects of size bytes, aligned to align (0: natural) at
 * offset ioff. wchan names it and must stay valid; palloc may be NULL.
 */
void	pool_init(struct pool *, size_t, u_int, u_int, int, const char *,
	    struct pool_allocator *, int);
/* All objects must have been returned. */
void	pool_destroy(struct pool *);

void	*pool_get(struct pool *, int);
void	pool_put(struct pool *, void *);
/* Give unused pages back; true if any. */
int	pool_reclaim(struct pool *);
/* Make sure n objects can be had without asking for pages; 0 or ENOMEM. */
int	pool_prime(struct pool *, int);
void	pool_setlowat(struct pool *, int);
void	pool_sethiwat(struct pool *, int);
void	pool_sethardlimit(struct pool *, int, const char *, int);
/* Reclaim from the next pool in turn; true if pages were freed. */
bool	pool_drain(struct pool **);
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
void	pool_cache_destroy(pool_cache_t);
void	*pool_cache_get_paddr(pool_cache_t, int, paddr_t *);
void	pool_cache_put_paddr(pool_cache_t, void *, paddr_t);
/* Destroy and free an object that should not be used again. */
void	pool_cache_destruct_object(pool_cache_t, void *);
/* Destroy all cached objects. */
void	pool_cache_invalidate(pool_cache_t);
bool	pool_cache_reclaim(pool_cache_t);
void	pool_cache_set_drain_hook(pool_cache_t, void (*)(void *, int),
	    void *);
void	pool_cache_setlowat(pool_cache_t, int);
void	pool_cache_sethiwat(pool_cache_t, int);
void	pool_cache_sethardlimit(pool_cache_t, int, const char *, int);
__END_DECLS

#define pool_cache_get(pc, f)	pool_cache_get_paddr((pc), (f), NULL)
#define pool_cache_put(pc, o)						\
	pool_cache_put_paddr((pc), (o), POOL_PADDR_INVALID)

#endif /* _SYS_POOL_H_ */
