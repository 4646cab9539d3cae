/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Pages of memory objects.
 *
 * Locking: a page belongs to the lock of its object; the queue of pages by
 * age (pageq, pqflags) to uvm_pageqlock, which comes after it.
 */

#ifndef _UVM_UVM_PAGE_H_
#define _UVM_UVM_PAGE_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <uvm/uvm_object.h>
#include <uvm/uvm_param.h>
#include <uvm/uvm_pglist.h>

struct vm_anon;

struct vm_page {
	union {
		TAILQ_ENTRY(vm_page) queue;
		LIST_ENTRY(vm_page) list;
	} pageq;			/* by age */
	union {
		TAILQ_ENTRY(vm_page) queue;
		LIST_ENTRY(vm_page) list;
	} listq;			/* in the object's memq */
	struct uvm_object *uobject;
	voff_t		offset;		/* in uobject, bytes */
	uint16_t	flags;		/* PG_* */
	uint16_t	wire_count;
	uint16_t	pqflags;	/* PQ_* */
	uint16_t	pg_index;	/* in the chunk it was cut from */
	paddr_t		phys_addr;	/* where the data is */
};

#define	PG_BUSY		0x0001	/* somebody is filling or writing it */
#define	PG_WANTED	0x0002	/* somebody waits for that */
#define	PG_TABLED	0x0004	/* in an object */
#define	PG_CLEAN	0x0008	/* as on the backing store */
#define	PG_PAGEOUT	0x0010	/* to be freed when written */
#define	PG_RELEASED	0x0020	/* to be freed when not busy */
#define	PG_FAKE		0x0040	/* content not yet valid */
#define	PG_RDONLY	0x0080	/* ask the pager before writing */
#define	PG_PAGER1	0x1000	/* the pager's own */
#define	PG_MARKER	0x2000	/* no page: a place in a list */

#define	PQ_LRU		0x0001	/* on the queue by age */
#define	PQ_REF		0x0002	/* used since it was last looked at */

/* Cost of a lookup by offset, in steps of the list. */
#define	UVM_PAGE_TREE_PENALTY	4

#define	VM_PAGE_TO_PHYS(pg)	uvm_vm_page_to_phys(pg)

#ifdef _KERNEL

/* uvm_pagealloc() flags */
#define	UVM_PGA_USERESERVE	0x0001
#define	UVM_PGA_ZERO		0x0002	/* zero-filled */

__BEGIN_DECLS

/*
 * A new page at offset of the locked object, which has none there: busy,
 * fake and clean; NULL when there is no memory.  Anonymous memory is limited
 * by the host only; vnode pages push out older clean ones.
 */
struct vm_page *uvm_pagealloc(struct uvm_object *, voff_t, struct vm_anon *,
	    int);
/* Takes a page out of its locked object and frees it; wakes waiters. */
void	uvm_pagefree(struct vm_page *);
struct vm_page *uvm_pagelookup(struct uvm_object *, voff_t);
/* Ends PG_BUSY of n pages, some may be NULL; frees PG_RELEASED ones. */
void	uvm_page_unbusy(struct vm_page **, int);
void	uvm_pageactivate(struct vm_page *);
void	uvm_pagedeactivate(struct vm_page *);
void	uvm_pagedequeue(struct vm_page *);
void	uvm_pageenqueue(struct vm_page *);
void	uvm_pagewire(struct vm_page *);
void	uvm_pageunwire(struct vm_page *);
void	uvm_pagezero(struct vm_page *);
paddr_t	uvm_vm_page_to_phys(const struct vm_page *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _UVM_UVM_PAGE_H_ */
