/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What an object's pager must be able to do.
 *
 * pgo_get and pgo_put are called with the object locked and return with it
 * unlocked, except pgo_get with PGO_LOCKED, which neither sleeps nor unlocks.
 */

#ifndef _UVM_UVM_PAGER_H_
#define _UVM_UVM_PAGER_H_

#include <sys/types.h>
#include <uvm/uvm_param.h>
#include <uvm/uvm_prot.h>

struct uvm_object;
struct vm_page;

struct uvm_pagerops {
	void	(*pgo_init)(void);
	void	(*pgo_reference)(struct uvm_object *);
	void	(*pgo_detach)(struct uvm_object *);
	int	(*pgo_get)(struct uvm_object *, voff_t, struct vm_page **,
		    int *, int, vm_prot_t, int, int);
	int	(*pgo_put)(struct uvm_object *, voff_t, voff_t, int);
};

/* pgo_put */
#define	PGO_CLEANIT		0x001	/* write dirty pages */
#define	PGO_SYNCIO		0x002	/* and wait; get: do the I/O here */
#define	PGO_DEACTIVATE		0x004	/* then use them early */
#define	PGO_FREE		0x008	/* then free them */
#define	PGO_ALLPAGES		0x010	/* all, not a range */
/* pgo_get; the array comes empty or with holes in it */
#define	PGO_LOCKED		0x040	/* only what is resident, no sleep */
#define	PGO_PASTEOF		0x400	/* pages past the size are allowed */
#define	PGO_NOBLOCKALLOC	0x800	/* holes are not filled with blocks */
#define	PGO_NOTIMESTAMP		0x1000	/* no update of atime or mtime */
#define	PGO_OVERWRITE		0x200	/* content will be overwritten */
/* both */
#define	PGO_JOURNALLOCKED	0x020	/* the caller holds the journal */
#define	PGO_RECLAIM		0x2000	/* the vnode is being reclaimed */
#define	PGO_GLOCKHELD		0x4000	/* the genfs_node lock is held */
#define	PGO_LAZY		0x8000	/* only what is old enough */
#define	PGO_BUSYFAIL		0x10000	/* EBUSY rather than wait for a page */

/* In the page array: this one is not asked for. */
#define	PGO_DONTCARE		((struct vm_page *)-1L)

#define	UVMPAGER_MAPIN_WAITOK	0x01
#define	UVMPAGER_MAPIN_READ	0x02
#define	UVMPAGER_MAPIN_WRITE	0x00

#endif /* _UVM_UVM_PAGER_H_ */
