/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of pool(9): subr_pool.c, pool_pages.c, pool_cache.c. */
#ifndef _RUMPKERN_POOL_IMPL_H_
#define _RUMPKERN_POOL_IMPL_H_

#include <sys/pool.h>

/* pool_get() on behalf of the caller at that address, pool_put() likewise. */
void	*rump_pool_get(struct pool *, int, const void *);
void	rump_pool_put(struct pool *, void *, const void *);
/* Bytes given back; cansleep: by hooks that may sleep and take locks, too. */
size_t	rump_pool_reclaim(struct pool *, bool);

/*
 * pool_pages.c: items carved from the pages of a caller's allocator. They are
 * not written while they are free.
 */
void	rump_poolpages_init(struct pool *);
/* Gives all pages back; no item may be out. */
void	rump_poolpages_fini(struct pool *);
/* NULL: the allocator gave none. flags are for it. */
void	*rump_poolpages_get(struct pool *, int);
void	rump_poolpages_put(struct pool *, void *);
/* Make n items more; ENOMEM if that cannot be done now. */
int	rump_poolpages_prime(struct pool *, unsigned int);
/* Give unused pages back but what holds pr_minitems; returns bytes. */
size_t	rump_poolpages_reclaim(struct pool *);
/* Bytes of a page; of all of them. */
size_t	rump_poolpages_pagesz(const struct pool *);
size_t	rump_poolpages_bytes(const struct pool *);

/* The two halves of pool_destroy(): nobody reclaims from it after the first. */
void	rump_pool_unlist(struct pool *);
void	rump_pool_fini(struct pool *);

/* pool_cache.c: empty a cache as far as may be (cansleep: see above). */
void	rump_poolcache_reclaim(pool_cache_t, bool);
/* Empty this CPU's stack of it; destructors are called. */
void	rump_poolcache_flush_cpu(pool_cache_t);

#endif /* _RUMPKERN_POOL_IMPL_H_ */
