/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools whose items are carved from pages of a caller's allocator, or must not be
 * written while they are free (PR_NOTOUCH). What is known of a page stands in a
 * header apart, in a tree by address; free items are a list of indices. All of
 * it is under pr_lock.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/rbtree.h>

#include <rump-priv/mem.h>
#include "pool_impl.h"

#define NOITEM	UINT16_MAX

struct poolpage {
	rb_node_t	pg_node;
	TAILQ_ENTRY(poolpage) pg_entry;	/* while it has a free item */
	char		*pg_mem;	/* what the allocator gave */
	char		*pg_item;	/* the first item */
	unsigned int	pg_nitems;
	unsigned int	pg_nfree;
	uint16_t	pg_first;	/* free item, NOITEM: none */
	uint16_t	pg_next[];	/* by item */
};

struct rump_poolpages {
	rb_tree_t	pl_tree;
	TAILQ_HEAD(poolpagelist, poolpage) pl_free;	/* unused ones last */
	size_t		pl_pagesz;
	size_t		pl_stride;
	unsigned int	pl_maxitems;	/* of a page */
	unsigned int	pl_npages;
	unsigned int	pl_nfree;	/* items */
};

static signed int
page_cmp_key(void *ctx, const void *node, const void *key)
{
	const struct poolpage *pg = node;

	if ((const char *)key < pg->pg_mem)
		return 1;
	return (const char *)key > pg->pg_mem ? -1 : 0;
}

static signed int
page_cmp(void *ctx, const void *a, const void *b)
{

	return page_cmp_key(ctx, a, ((const struct poolpage *)b)->pg_mem);
}

static const rb_tree_ops_t page_ops = {
	.rbto_compare_nodes = page_cmp,
	.rbto_compare_key = page_cmp_key,
	.rbto_node_offset = offsetof(struct poolpage, pg_node),
};

static inline size_t
header_size(const struct rump_poolpages *pl)
{

	return sizeof(struct poolpage) + pl->pl_maxitems * sizeof(uint16_t);
}

void
rump_poolpages_init(struct pool *pp)
{
	struct rump_poolpages *pl = kmem_zalloc(sizeof(*pl), KM_SLEEP);

	pl->pl_pagesz = pp->pr_alloc->pa_pagesz;
	pl->pl_stride = roundup2(MAX(pp->pr_size, 1), pp->pr_align);
	if (pl->pl_pagesz == 0)
		pl->pl_pagesz = roundup2((size_t)pp->pr_size + pp->pr_pad,
		    (size_t)PAGE_SIZE);
	KASSERTMSG(pl->pl_pagesz >= pp->pr_size, "pool %s: items of %u bytes, "
	    "pages of %zu", pp->pr_wchan, pp->pr_size, pl->pl_pagesz);
	pl->pl_maxitems = (unsigned int)MIN(MAX(pl->pl_pagesz / pl->pl_stride,
	    1), NOITEM);
	rb_tree_init(&pl->pl_tree, &page_ops);
	TAILQ_INIT(&pl->pl_free);
	pp->pr_pages = pl;
}

static void
page_free(struct pool *pp, struct poolpage *pg)
{

	(*pp->pr_alloc->pa_free)(pp, pg->pg_mem);
	kmem_free(pg, header_size(pp->pr_pages));
}

static struct poolpage *
page_make(struct pool *pp, int flags)
{
	struct rump_poolpages *pl = pp->pr_pages;
	struct poolpage *pg;
	uintptr_t a;
	unsigned int i;

	if ((pg = kmem_alloc(header_size(pl), KM_NOSLEEP)) == NULL)
		return NULL;
	if ((pg->pg_mem = (*pp->pr_alloc->pa_alloc)(pp, flags)) == NULL) {
		kmem_free(pg, header_size(pl));
		return NULL;
	}
	/* The byte at pr_ioff of each item is what is aligned. */
	a = roundup2((uintptr_t)pg->pg_mem + pp->pr_ioff,
	    (uintptr_t)pp->pr_align) - pp->pr_ioff;
	pg->pg_item = (char *)a;
	pg->pg_nitems = pg->pg_nfree = (unsigned int)MIN(pl->pl_maxitems,
	    (pl->pl_pagesz - (a - (uintptr_t)pg->pg_mem) + pl->pl_stride -
	    pp->pr_size) / pl->pl_stride);
	KASSERTMSG(pg->pg_nitems > 0, "pool %s: no item fits a page",
	    pp->pr_wchan);
	for (i = 0; i < pg->pg_nitems; i++)
		pg->pg_next[i] = (uint16_t)(i + 1);
	pg->pg_next[i - 1] = NOITEM;
	pg->pg_first = 0;
	return pg;
}

/* A page more; pr_lock is held, and dropped meanwhile. */
static int
pages_grow(struct pool *pp, int flags)
{
	struct rump_poolpages *pl = pp->pr_pages;
	struct poolpage *pg;

	mutex_exit(&pp->pr_lock);
	pg = page_make(pp, flags);
	mutex_enter(&pp->pr_lock);
	if (pg == NULL)
		return ENOMEM;
	(void)rb_tree_insert_node(&pl->pl_tree, pg);
	TAILQ_INSERT_TAIL(&pl->pl_free, pg, pg_entry);
	pl->pl_npages++;
	pl->pl_nfree += pg->pg_nfree;
	return 0;
}

void *
rump_poolpages_get(struct pool *pp, int flags)
{
	struct rump_poolpages *pl = pp->pr_pages;
	struct poolpage *pg;
	void *o = NULL;

	mutex_enter(&pp->pr_lock);
	while ((pg = TAILQ_FIRST(&pl->pl_free)) == NULL) {
		if (pages_grow(pp, flags) != 0)
			break;
	}
	if (pg != NULL) {
		o = pg->pg_item + pg->pg_first * pl->pl_stride;
		pg->pg_first = pg->pg_next[pg->pg_first];
		pl->pl_nfree--;
		if (--pg->pg_nfree == 0)
			TAILQ_REMOVE(&pl->pl_free, pg, pg_entry);
	}
	mutex_exit(&pp->pr_lock);
	return o;
}

/* Take an unused page out, if so many items stay. */
static bool
page_remove(struct pool *pp, struct poolpage *pg, unsigned int keep)
{
	struct rump_poolpages *pl = pp->pr_pages;

	if (pg == NULL || pg->pg_nfree != pg->pg_nitems ||
	    pl->pl_nfree < keep + pg->pg_nitems)
		return false;
	TAILQ_REMOVE(&pl->pl_free, pg, pg_entry);
	rb_tree_remove_node(&pl->pl_tree, pg);
	pl->pl_npages--;
	pl->pl_nfree -= pg->pg_nitems;
	return true;
}

void
rump_poolpages_put(struct pool *pp, void *o)
{
	struct rump_poolpages *pl = pp->pr_pages;
	struct poolpage *pg;
	size_t off;

	mutex_enter(&pp->pr_lock);
	pg = rb_tree_find_node_leq(&pl->pl_tree, o);
	off = pg == NULL ? 0 : (size_t)((char *)o - pg->pg_item);
	KASSERTMSG(pg != NULL && off % pl->pl_stride == 0 &&
	    off / pl->pl_stride < pg->pg_nitems &&
	    pg->pg_nfree < pg->pg_nitems, "pool %s: put of %p, which is no "
	    "item of it that is out", pp->pr_wchan, o);
	pg->pg_next[off / pl->pl_stride] = pg->pg_first;
	pg->pg_first = (uint16_t)(off / pl->pl_stride);
	pl->pl_nfree++;
	if (pg->pg_nfree++ == 0)
		TAILQ_INSERT_HEAD(&pl->pl_free, pg, pg_entry);
	if (pg->pg_nfree == pg->pg_nitems) {
		TAILQ_REMOVE(&pl->pl_free, pg, pg_entry);
		TAILQ_INSERT_TAIL(&pl->pl_free, pg, pg_entry);
	}
	if ((uint64_t)pl->pl_npages * pl->pl_maxitems <= pp->pr_maxitems ||
	    !page_remove(pp, pg, pp->pr_minitems))
		pg = NULL;
	mutex_exit(&pp->pr_lock);
	if (pg != NULL)
		page_free(pp, pg);
}

int
rump_poolpages_prime(struct pool *pp, unsigned int n)
{
	struct rump_poolpages *pl = pp->pr_pages;
	int error = 0;

	mutex_enter(&pp->pr_lock);
	n += pl->pl_nfree;
	while (pl->pl_nfree < n && error == 0)
		error = pages_grow(pp, PR_NOWAIT);
	mutex_exit(&pp->pr_lock);
	return error;
}

/* Unused pages are the last of the list. */
static struct poolpage *
unused_page(struct pool *pp, unsigned int keep)
{
	struct poolpage *pg;

	mutex_enter(&pp->pr_lock);
	pg = TAILQ_LAST(&pp->pr_pages->pl_free, poolpagelist);
	if (!page_remove(pp, pg, keep))
		pg = NULL;
	mutex_exit(&pp->pr_lock);
	return pg;
}

size_t
rump_poolpages_reclaim(struct pool *pp)
{
	struct poolpage *pg;
	size_t freed = 0;

	while ((pg = unused_page(pp, pp->pr_minitems)) != NULL) {
		page_free(pp, pg);
		freed += pp->pr_pages->pl_pagesz;
	}
	return freed;
}

void
rump_poolpages_fini(struct pool *pp)
{
	struct poolpage *pg;

	while ((pg = unused_page(pp, 0)) != NULL)
		page_free(pp, pg);
	KASSERT(pp->pr_pages->pl_npages == 0);
	kmem_free(pp->pr_pages, sizeof(*pp->pr_pages));
}

size_t
rump_poolpages_pagesz(const struct pool *pp)
{

	return pp->pr_pages->pl_pagesz;
}

size_t
rump_poolpages_bytes(const struct pool *pp)
{

	return pp->pr_pages->pl_npages * pp->pr_pages->pl_pagesz;
}
