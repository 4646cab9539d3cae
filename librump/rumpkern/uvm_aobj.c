/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Anonymous objects: real memory without a file, zero until written.
 * Locking: the object's lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>

#include <uvm/uvm.h>

#include <rump-priv/page.h>

struct uvm_aobj {
	struct uvm_object u_obj;
};

static void	uao_reference_locked(struct uvm_object *);
static int	uao_get(struct uvm_object *, voff_t, struct vm_page **, int *,
		    int, vm_prot_t, int, int);
static int	uao_put(struct uvm_object *, voff_t, voff_t, int);

const struct uvm_pagerops aobj_pager = {
	.pgo_reference = uao_reference,
	.pgo_detach = uao_detach,
	.pgo_get = uao_get,
	.pgo_put = uao_put,
};

struct uvm_object *
uao_create(vsize_t size, int flags)
{
	struct uvm_aobj *aobj;

	aobj = kmem_zalloc(sizeof(*aobj), KM_SLEEP);
	uvm_obj_init(&aobj->u_obj, &aobj_pager, true, 1);
	return &aobj->u_obj;
}

void
uao_reference(struct uvm_object *uobj)
{

	mutex_enter(uobj->vmobjlock);
	uao_reference_locked(uobj);
	mutex_exit(uobj->vmobjlock);
}

static void
uao_reference_locked(struct uvm_object *uobj)
{

	KASSERT(uobj->uo_refs > 0);
	uobj->uo_refs++;
}

void
uao_detach(struct uvm_object *uobj)
{
	struct uvm_aobj *aobj = (struct uvm_aobj *)uobj;
	unsigned refs;

	mutex_enter(uobj->vmobjlock);
	KASSERT(uobj->uo_refs > 0);
	refs = --uobj->uo_refs;
	mutex_exit(uobj->vmobjlock);
	if (refs > 0)
		return;
	uvm_obj_destroy(uobj, true);
	kmem_free(aobj, sizeof(*aobj));
}

/* The page at off, busy; NULL if it is busy already and we may not sleep. */
static int
uao_getone(struct uvm_object *uobj, voff_t off, int flags,
    struct vm_page **pgp)
{
	struct vm_page *pg;

	for (;;) {
		if ((pg = uvm_pagelookup(uobj, off)) == NULL)
			break;
		if ((pg->flags & PG_BUSY) == 0) {
			pg->flags |= PG_BUSY;
			*pgp = pg;
			return 0;
		}
		if ((flags & PGO_LOCKED) != 0)
			return EBUSY;
		rump_page_wait(pg);
	}
	pg = uvm_pagealloc(uobj, off, NULL, UVM_PGA_ZERO);
	if (pg == NULL)
		return ENOMEM;
	rump_page_dirty(pg);
	*pgp = pg;
	return 0;
}

static int
uao_get(struct uvm_object *uobj, voff_t off, struct vm_page **pgs,
    int *npagesp, int centeridx, vm_prot_t access, int advice, int flags)
{
	int error = 0, i, npages = *npagesp;

	KASSERT(mutex_owned(uobj->vmobjlock));
	off &= ~(voff_t)PAGE_MASK;
	for (i = 0; i < npages && error == 0; i++) {
		if (pgs[i] == PGO_DONTCARE)
			continue;
		error = uao_getone(uobj, off + ((voff_t)i << PAGE_SHIFT),
		    flags, &pgs[i]);
	}
	if (error != 0) {
		/* The one that failed is not in the array. */
		uvm_page_unbusy(pgs, i - 1);
		for (i--; i >= 0; i--) {
			if (pgs[i] != PGO_DONTCARE)
				pgs[i] = NULL;
		}
	}
	if ((flags & PGO_LOCKED) == 0)
		mutex_exit(uobj->vmobjlock);
	return error;
}

/* There is nowhere to write to: all that can be asked is to free pages. */
static int
uao_put(struct uvm_object *uobj, voff_t start, voff_t stop, int flags)
{
	struct vm_page *pg;
	uint64_t idx = 0, end = ~(uint64_t)0;

	KASSERT(mutex_owned(uobj->vmobjlock));
	if ((flags & PGO_ALLPAGES) == 0) {
		idx = (uint64_t)start >> PAGE_SHIFT;
		if (stop != 0)
			end = (uint64_t)round_page(stop) >> PAGE_SHIFT;
	}
	if ((flags & PGO_FREE) == 0) {
		mutex_exit(uobj->vmobjlock);
		return 0;
	}
	while ((pg = rump_pgtree_next(uobj, idx)) != NULL &&
	    (uint64_t)pg->offset >> PAGE_SHIFT < end) {
		if ((pg->flags & PG_BUSY) != 0) {
			rump_page_wait(pg);
			continue;
		}
		idx = ((uint64_t)pg->offset >> PAGE_SHIFT) + 1;
		uvm_pagefree(pg);
	}
	mutex_exit(uobj->vmobjlock);
	return 0;
}
