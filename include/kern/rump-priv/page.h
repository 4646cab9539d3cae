/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Pages, beyond what the KPI has: data, states, the tree that finds them.
 * The object's lock is held in all of these unless they say otherwise.
 */

#ifndef _RUMP_PRIV_PAGE_H_
#define _RUMP_PRIV_PAGE_H_

#include <sys/types.h>
#include <uvm/uvm_object.h>
#include <uvm/uvm_page.h>
#include <uvm/uvm_pager.h>

/* Once at first use; uvm_obj_init() calls it. */
void	rump_uvm_page_init(void);

/* Where a page's bytes are.  No lock needed. */
static __inline uint8_t *
rump_page_data(const struct vm_page *pg)
{

	return (uint8_t *)(uintptr_t)pg->phys_addr;
}

/* Anonymous objects count as such; all others have a file behind them. */
static __inline bool
rump_uobj_isfile(const struct uvm_object *uobj)
{

	return uobj->pgops != &aobj_pager;
}

void	rump_page_dirty(struct vm_page *);
void	rump_page_clean(struct vm_page *);
/* Sleeps until some page of the object stops being busy; look again then. */
void	rump_page_wait(struct vm_page *);

/*
 * A radix tree of 64 slots a level.  insert: ENOMEM.  next: the first page
 * with an index of at least idx, or NULL.
 */
struct vm_page *rump_pgtree_lookup(const struct uvm_object *, uint64_t);
int	rump_pgtree_insert(struct uvm_object *, uint64_t, struct vm_page *);
void	rump_pgtree_remove(struct uvm_object *, uint64_t);
struct vm_page *rump_pgtree_next(const struct uvm_object *, uint64_t);

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define	RUMP_PAGE_ASAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(RUMP_PAGE_ASAN)
void	__asan_poison_memory_region(const volatile void *, size_t);
void	__asan_unpoison_memory_region(const volatile void *, size_t);
#define	rump_page_poison(p, n)		__asan_poison_memory_region(p, n)
#define	rump_page_unpoison(p, n)	__asan_unpoison_memory_region(p, n)
#else
#define	rump_page_poison(p, n)		((void)0)
#define	rump_page_unpoison(p, n)	((void)0)
#endif

#endif /* _RUMP_PRIV_PAGE_H_ */
