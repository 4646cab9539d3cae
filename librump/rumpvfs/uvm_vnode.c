/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Vnodes as memory objects, and the size of their files.
 * Locking: the interlock is the object's lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mutex.h>
#include <sys/vnode.h>

#include <uvm/uvm.h>

#include <rump-priv/page.h>

static void
uvn_reference(struct uvm_object *uobj)
{

	vref((struct vnode *)uobj);
}

static void
uvn_detach(struct uvm_object *uobj)
{

	vrele((struct vnode *)uobj);
}

static int
uvn_get(struct uvm_object *uobj, voff_t off, struct vm_page **pgs,
    int *npagesp, int centeridx, vm_prot_t access, int advice, int flags)
{

	return VOP_GETPAGES((struct vnode *)uobj, off, pgs, npagesp,
	    centeridx, access, advice, flags);
}

static int
uvn_put(struct uvm_object *uobj, voff_t lo, voff_t hi, int flags)
{

	return VOP_PUTPAGES((struct vnode *)uobj, lo, hi, flags);
}

const struct uvm_pagerops uvm_vnodeops = {
	.pgo_reference = uvn_reference,
	.pgo_detach = uvn_detach,
	.pgo_get = uvn_get,
	.pgo_put = uvn_put,
};

bool
uvn_clean_p(struct uvm_object *uobj)
{

	return uobj->uo_ndirty == 0;
}

void
uvm_vnp_setsize(struct vnode *vp, voff_t newsize)
{
	voff_t oldsize;

	mutex_enter(vp->v_interlock);
	oldsize = MAX(vp->v_size, vp->v_writesize);
	/* Pages wholly past the new end have no place to be written to. */
	if (oldsize != VSIZENOTSET && newsize < oldsize &&
	    vp->v_uobj.uo_npages != 0) {
		(void)uvn_put(&vp->v_uobj, round_page(newsize), 0,
		    PGO_FREE | PGO_SYNCIO);
		mutex_enter(vp->v_interlock);
	}
	vp->v_size = vp->v_writesize = newsize;
	mutex_exit(vp->v_interlock);
}

void
uvm_vnp_setwritesize(struct vnode *vp, voff_t newsize)
{

	mutex_enter(vp->v_interlock);
	KASSERT(newsize >= vp->v_size);
	vp->v_writesize = newsize;
	mutex_exit(vp->v_interlock);
}
