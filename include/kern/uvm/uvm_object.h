/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Memory objects: sparse arrays of pages, of a vnode or anonymous.
 *
 * Locking: everything in an object, and the flags and membership of its
 * pages, belongs to *vmobjlock.
 */

#ifndef _UVM_UVM_OBJECT_H_
#define _UVM_UVM_OBJECT_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <sys/condvar.h>
#include <uvm/uvm_param.h>
#include <uvm/uvm_pglist.h>

struct uvm_pagerops;

struct uvm_object {
	kmutex_t	*vmobjlock;
	const struct uvm_pagerops *pgops;
	struct pglist	memq;		/* resident pages, oldest first */
	int		uo_npages;	/* how many */
	unsigned	uo_refs;
	void		*uo_tree;	/* pages by index */
	unsigned	uo_height;	/* levels in uo_tree */
	unsigned	uo_ndirty;	/* pages without PG_CLEAN */
	kcondvar_t	uo_pgcv;	/* a page stopped being busy */
};

#define	UVM_OBJ_KERN	(-2)	/* uo_refs of the kernel's own */

#define	UVM_OBJ_IS_VNODE(uobj)	((uobj)->pgops == &uvm_vnodeops)
#define	UVM_OBJ_IS_AOBJ(uobj)	((uobj)->pgops == &aobj_pager)
#define	UVM_OBJ_IS_CLEAN(uobj) \
	(UVM_OBJ_IS_VNODE(uobj) && uvn_clean_p(uobj))

#ifdef _KERNEL

extern const struct uvm_pagerops uvm_vnodeops;
extern const struct uvm_pagerops aobj_pager;

__BEGIN_DECLS

/*
 * Start and end of an object's life.  alock asks for a lock of its own,
 * otherwise uvm_obj_setlock() gives it one, which it then shares.
 */
void	uvm_obj_init(struct uvm_object *, const struct uvm_pagerops *, bool,
	    unsigned);
void	uvm_obj_setlock(struct uvm_object *, kmutex_t *);
void	uvm_obj_destroy(struct uvm_object *, bool);

__END_DECLS
#endif /* _KERNEL */

#endif /* _UVM_UVM_OBJECT_H_ */
