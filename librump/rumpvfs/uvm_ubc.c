/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Copying between callers and the pages of objects, ubc(9).  There are no
 * mappings to make: pages are taken busy, copied, and released.
 *
 * Locking: the object's lock is taken and dropped here; the caller holds the
 * vnode lock, shared for reading, exclusive for writing.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/mutex.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <uvm/uvm.h>

#include <rump-priv/io.h>
#include <rump-priv/page.h>

#include "bio.h"

#define	WINDOW	16		/* pages in one go */

static const uint8_t zeropage[PAGE_SIZE];

static struct vnode *
ubc_vnode(struct uvm_object *uobj)
{

	return UVM_OBJ_IS_VNODE(uobj) ? (struct vnode *)uobj : NULL;
}

/* The pages from off on, busy. */
static int
ubc_get(struct uvm_object *uobj, off_t off, struct vm_page **pgs, int npages,
    vm_prot_t access, int advice, int flags)
{

	memset(pgs, 0, npages * sizeof(*pgs));
	mutex_enter(uobj->vmobjlock);
	return (*uobj->pgops->pgo_get)(uobj, off, pgs, &npages, 0, access,
	    advice, flags | PGO_SYNCIO);
}

static void
ubc_put(struct uvm_object *uobj, struct vm_page **pgs, int npages)
{
	int i;

	mutex_enter(uobj->vmobjlock);
	for (i = 0; i < npages; i++)
		uvm_pageactivate(pgs[i]);
	uvm_page_unbusy(pgs, npages);
	mutex_exit(uobj->vmobjlock);
}

/* n bytes from pageoff of the first page on. */
static int
ubc_copy(struct vm_page **pgs, size_t pageoff, size_t n, struct uio *uio)
{
	size_t len;
	int error = 0;

	for (; n > 0 && error == 0; n -= len, pageoff = 0, pgs++) {
		len = MIN(n, PAGE_SIZE - pageoff);
		error = uiomove(rump_page_data(*pgs) + pageoff, len, uio);
	}
	return error;
}

/* Memory that was never written reads as zero, and is not made for that. */
static bool
ubc_unwritten(struct uvm_object *uobj, off_t off)
{
	bool none;

	if (rump_uobj_isfile(uobj))
		return false;
	mutex_enter(uobj->vmobjlock);
	none = uvm_pagelookup(uobj, trunc_page(off)) == NULL;
	mutex_exit(uobj->vmobjlock);
	return none;
}

static int
ubc_read(struct uvm_object *uobj, struct uio *uio, size_t todo, int advice)
{
	struct vm_page *pgs[WINDOW];
	size_t pageoff = uio->uio_offset & PAGE_MASK, n;
	int error, npages;

	if (ubc_unwritten(uobj, uio->uio_offset)) {
		n = MIN(todo, PAGE_SIZE - pageoff);
		return uiomove(__UNCONST(zeropage), n, uio);
	}
	n = MIN(todo, rump_uobj_isfile(uobj) ?
	    WINDOW * PAGE_SIZE - pageoff : PAGE_SIZE - pageoff);
	npages = (int)((pageoff + n + PAGE_MASK) >> PAGE_SHIFT);
	error = ubc_get(uobj, trunc_page(uio->uio_offset), pgs, npages,
	    VM_PROT_READ, advice, 0);
	if (error != 0)
		return error;
	error = ubc_copy(pgs, pageoff, n, uio);
	ubc_put(uobj, pgs, npages);
	return error;
}

/*
 * Pages that moved bytes went to are dirty.  One that was to be overwritten
 * as a whole, and was not, has no old content: what is missing becomes zero
 * if it has got some, otherwise it goes (it is PG_FAKE still).
 */
static void
ubc_dirty(struct uvm_object *uobj, struct vm_page **pgs, int npages,
    size_t pageoff, size_t moved)
{
	size_t len;
	int i;

	mutex_enter(uobj->vmobjlock);
	for (i = 0; i < npages && moved > 0; i++, pageoff = 0) {
		len = MIN(moved, PAGE_SIZE - pageoff);
		if ((pgs[i]->flags & PG_FAKE) != 0 && len < PAGE_SIZE)
			memset(rump_page_data(pgs[i]) + len, 0,
			    PAGE_SIZE - len);
		pgs[i]->flags &= ~PG_FAKE;
		rump_page_dirty(pgs[i]);
		uvm_pageactivate(pgs[i]);
		moved -= len;
	}
	uvm_page_unbusy(pgs, npages);
	mutex_exit(uobj->vmobjlock);
}

static int
ubc_write(struct uvm_object *uobj, struct uio *uio, size_t todo, int advice,
    int flags)
{
	struct vm_page *pgs[WINDOW];
	const size_t pageoff = uio->uio_offset & PAGE_MASK;
	size_t before, n;
	int error, npages, gflags = PGO_NOTIMESTAMP;

	if (pageoff == 0 && todo >= PAGE_SIZE) {
		n = MIN(todo & ~(size_t)PAGE_MASK, WINDOW * PAGE_SIZE);
		if ((flags & UBC_FAULTBUSY) != 0)
			gflags |= PGO_OVERWRITE;
	} else
		n = MIN(todo, PAGE_SIZE - pageoff);
	npages = (int)((pageoff + n + PAGE_MASK) >> PAGE_SHIFT);
	error = ubc_get(uobj, trunc_page(uio->uio_offset), pgs, npages,
	    VM_PROT_READ | VM_PROT_WRITE, advice, gflags);
	if (error != 0)
		return error;
	before = uio->uio_resid;
	error = ubc_copy(pgs, pageoff, n, uio);
	ubc_dirty(uobj, pgs, npages, pageoff, before - uio->uio_resid);
	return error;
}

/* Too many dirty pages: who makes them writes his own. */
static int
ubc_throttle(struct uvm_object *uobj)
{

	if (!rump_uobj_isfile(uobj) ||
	    uvmexp.dirtypages <= uvmexp.filelimit / 4 || uobj->uo_ndirty == 0)
		return 0;
	mutex_enter(uobj->vmobjlock);
	return (*uobj->pgops->pgo_put)(uobj, 0, 0,
	    PGO_ALLPAGES | PGO_CLEANIT | PGO_SYNCIO);
}

int
ubc_uiomove(struct uvm_object *uobj, struct uio *uio, vsize_t todo,
    int advice, int flags)
{
	struct vnode *vp = ubc_vnode(uobj);
	size_t before, done;
	int error = 0;

	KASSERT(((flags & UBC_READ) != 0) == (uio->uio_rw == UIO_READ));
	todo = MIN(todo, uio->uio_resid);
	if (uio->uio_offset < 0)
		return EINVAL;
	if ((flags & UBC_READ) != 0 && vp != NULL && todo > 0 &&
	    rump_genfs_wantdirect(vp, uio, todo)) {
		error = rump_genfs_directread(vp, uio, todo, &done);
		todo -= done;
	}
	while (todo > 0 && error == 0) {
		before = uio->uio_resid;
		if ((flags & UBC_READ) != 0)
			error = ubc_read(uobj, uio, todo, advice);
		else
			error = ubc_write(uobj, uio, todo, advice, flags);
		todo -= before - uio->uio_resid;
	}
	if ((flags & UBC_WRITE) != 0 && error == 0)
		error = ubc_throttle(uobj);
	return error;
}

/* Zeros a part of one page, or all of it. */
static void
ubc_zeropart(struct uvm_object *uobj, off_t off, size_t len)
{
	struct vm_page *pg;
	int gflags = PGO_NOTIMESTAMP | PGO_PASTEOF;

	if (ubc_unwritten(uobj, off))
		return;
	if (len == PAGE_SIZE)
		gflags |= PGO_OVERWRITE;
	if (ubc_get(uobj, trunc_page(off), &pg, 1,
	    VM_PROT_READ | VM_PROT_WRITE, UVM_ADV_RANDOM, gflags) != 0)
		return;
	memset(rump_page_data(pg) + (off & PAGE_MASK), 0, len);
	ubc_dirty(uobj, &pg, 1, off & PAGE_MASK, len);
}

void
ubc_zerorange(struct uvm_object *uobj, off_t off, size_t len, int flags)
{
	size_t n;

	for (; len > 0; off += n, len -= n) {
		n = MIN(len, PAGE_SIZE - (off & PAGE_MASK));
		ubc_zeropart(uobj, off, n);
	}
}
