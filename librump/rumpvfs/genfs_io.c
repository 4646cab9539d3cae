/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Pages of regular files: reading them from the blocks of the file and
 * writing them back, for all file systems that have VOP_BMAP.
 *
 * Locking: entered with the interlock held, which is the lock of the pages;
 * dropped while pages that are PG_BUSY move.  The vnode lock is the
 * caller's affair and keeps readers and changes of the size apart.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/genfs/genfs_node.h>
#include <uvm/uvm.h>

#include <rump-priv/page.h>

#include "bio.h"

#define	CLUSTER		16	/* pages of one transfer */

/* Pages that lie one behind the other in memory, at most n. */
static int
pages_contig(struct vm_page **pgs, int n)
{
	int i;

	for (i = 1; i < n; i++) {
		if (pgs[i]->phys_addr != pgs[i - 1]->phys_addr + PAGE_SIZE)
			break;
	}
	return i;
}

static void
pages_scatter(struct vm_page **pgs, const uint8_t *mem, size_t len)
{
	size_t n;

	for (; len > 0; len -= n, mem += n, pgs++) {
		n = MIN(len, PAGE_SIZE);
		memcpy(rump_page_data(*pgs), mem, n);
	}
}

static void
pages_gather(struct vm_page **pgs, uint8_t *mem, size_t len)
{
	size_t n;

	for (; len > 0; len -= n, mem += n, pgs++) {
		n = MIN(len, PAGE_SIZE);
		memcpy(mem, rump_page_data(*pgs), n);
	}
}

/*
 * Moves len bytes between the file at the first page's offset and n
 * consecutive pages, with a bounce buffer where they are scattered.
 */
static int
pages_xfer(struct vnode *vp, struct vm_page **pgs, int n, size_t len,
    int flags)
{
	uint8_t *mem;
	int error;

	if (len == 0)
		return 0;
	if (pages_contig(pgs, n) == n)
		return rump_genfs_xfer(vp, rump_page_data(pgs[0]),
		    pgs[0]->offset, len, flags);
	mem = kmem_alloc(len, KM_SLEEP);
	if ((flags & GENFS_XFER_READ) == 0)
		pages_gather(pgs, mem, len);
	error = rump_genfs_xfer(vp, mem, pgs[0]->offset, len, flags);
	if (error == 0 && (flags & GENFS_XFER_READ) != 0)
		pages_scatter(pgs, mem, len);
	kmem_free(mem, len);
	return error;
}

/*
 * Reading.
 */

/* Zeros the part of pages that lies at or past the given offset. */
static void
pages_zerofrom(struct vm_page **pgs, int n, off_t from)
{
	int i;

	for (i = 0; i < n; i++) {
		off_t lo = MAX(from - pgs[i]->offset, 0);

		if (lo < PAGE_SIZE)
			memset(rump_page_data(pgs[i]) + lo, 0, PAGE_SIZE - lo);
	}
}

/* Fills consecutive fake pages; what lies past the end of the file is 0. */
static int
pages_fill(struct vnode *vp, struct vm_page **pgs, int n)
{
	off_t start = pgs[0]->offset, diskeof;
	off_t end = start + ((off_t)n << PAGE_SHIFT);
	int error, i;

	GOP_SIZE(vp, vp->v_size, &diskeof, 0);
	if (end > diskeof)
		end = MAX(diskeof, start);
	error = pages_xfer(vp, pgs, n, (size_t)(end - start),
	    GENFS_XFER_READ);
	if (error != 0)
		return error;
	pages_zerofrom(pgs, n, MIN(end, MAX(vp->v_size, start)));
	if (end > start && VTOG(vp)->g_op->gop_alloc != NULL &&
	    rump_genfs_hashole(vp, start, end - start)) {
		for (i = 0; i < n; i++)
			pgs[i]->flags |= PG_RDONLY;
	}
	return 0;
}

/* How many pages beyond the last wanted one are worth reading. */
static int
readahead(struct vnode *vp, off_t off, off_t end, int advice)
{
	off_t eof = round_page(vp->v_size);
	int n = 0;

	if (advice == UVM_ADV_RANDOM)
		return 0;
	if (advice == UVM_ADV_SEQUENTIAL || off == 0 ||
	    uvm_pagelookup(&vp->v_uobj, off - PAGE_SIZE) != NULL)
		n = CLUSTER;
	if (eof <= end)
		return 0;
	return (int)MIN((eof - end) >> PAGE_SHIFT, n);
}

/* Gives back what is in the array, but for what is not asked for. */
static void
release_all(struct vm_page **pgs, int npages)
{
	int i;

	uvm_page_unbusy(pgs, npages);
	for (i = 0; i < npages; i++) {
		if (pgs[i] != PGO_DONTCARE)
			pgs[i] = NULL;
	}
}

/*
 * Takes the resident pages of the range and counts the missing ones; -1 if
 * one was busy, after having waited for it with none of the others taken.
 */
static int
take_resident(struct uvm_object *uobj, off_t off, struct vm_page **pgs,
    int npages, bool nosleep)
{
	struct vm_page *pg;
	int i, missing = 0;

	for (i = 0; i < npages; i++) {
		if (pgs[i] == PGO_DONTCARE)
			continue;
		pg = uvm_pagelookup(uobj, off + ((off_t)i << PAGE_SHIFT));
		if (pg == NULL) {
			pgs[i] = NULL;
			missing++;
			continue;
		}
		if ((pg->flags & PG_BUSY) != 0) {
			release_all(pgs, i);
			if (!nosleep)
				rump_page_wait(pg);
			return -1;
		}
		pg->flags |= PG_BUSY;
		pgs[i] = pg;
	}
	return missing;
}

/*
 * Makes and fills the run of missing pages that begins at index i of the
 * array, and as many after the array's end as read-ahead asks for.  EJUSTRETURN:
 * since the lock was dropped somebody else has made one of them.
 */
static int
getpages_run(struct vnode *vp, off_t off, struct vm_page **pgs, int i,
    int npages, int ra, bool overwrite, int *nextp)
{
	struct uvm_object *uobj = &vp->v_uobj;
	struct vm_page *run[2 * CLUSTER], *pg;
	int n, want, error = 0;

	for (want = 0; i + want < npages && pgs[i + want] == NULL &&
	    want < CLUSTER; want++)
		continue;
	*nextp = i + want;
	if (i + want < npages)
		ra = 0;
	for (n = 0; n < want + ra; n++) {
		off_t o = off + ((off_t)(i + n) << PAGE_SHIFT);

		if (uvm_pagelookup(uobj, o) != NULL) {
			error = EJUSTRETURN;
			break;
		}
		if ((pg = uvm_pagealloc(uobj, o, NULL, 0)) == NULL)
			break;
		run[n] = pg;
	}
	if (n < want) {
		uvm_page_unbusy(run, n);	/* fake, so they go */
		return error != 0 ? error : ENOMEM;
	}
	error = 0;
	if (!overwrite) {
		mutex_exit(uobj->vmobjlock);
		error = pages_fill(vp, run, n);
		if (error != 0 && n > want)
			error = pages_fill(vp, run, want);
		else if (error == 0)
			want = MAX(want, n);
		mutex_enter(uobj->vmobjlock);
	}
	for (ra = 0; error == 0 && !overwrite && ra < want; ra++)
		run[ra]->flags &= ~PG_FAKE;
	want = *nextp - i;
	if (error == 0) {
		memcpy(&pgs[i], run, want * sizeof(*run));
		uvm_page_unbusy(run + want, n - want);
	} else
		uvm_page_unbusy(run, n);
	return error;
}

/* Write access to pages over holes: the file system gives them blocks. */
static int
getpages_allocate(struct vnode *vp, off_t off, struct vm_page **pgs,
    int npages)
{
	int error = 0, i;

	if (VTOG(vp)->g_op->gop_alloc == NULL)
		return 0;
	for (i = 0; i < npages && error == 0; i++) {
		if (pgs[i] == NULL || pgs[i] == PGO_DONTCARE ||
		    (pgs[i]->flags & PG_RDONLY) == 0)
			continue;
		mutex_exit(vp->v_interlock);
		error = GOP_ALLOC(vp, off + ((off_t)i << PAGE_SHIFT),
		    PAGE_SIZE, 0, curlwp->l_cred);
		mutex_enter(vp->v_interlock);
		if (error == 0)
			pgs[i]->flags &= ~PG_RDONLY;
	}
	return error;
}

static int
getpages_locked(struct vnode *vp, off_t off, struct vm_page **pgs,
    int *npagesp)
{
	int missing;

	missing = take_resident(&vp->v_uobj, off, pgs, *npagesp, true);
	if (missing < 0 || missing == *npagesp)
		return EBUSY;
	*npagesp -= missing;
	return 0;
}

static bool
getpages_pasteof(struct vnode *vp, off_t end, int flags)
{
	off_t memeof;

	if ((flags & PGO_PASTEOF) != 0)
		return false;
	GOP_SIZE(vp, MAX(vp->v_size, vp->v_writesize), &memeof,
	    GOP_SIZE_MEM);
	return end > round_page(memeof);
}

int
genfs_getpages(void *v)
{
	struct vop_getpages_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct vm_page **pgs = ap->a_m;
	const off_t off = trunc_page(ap->a_offset);
	const int npages = *ap->a_count, flags = ap->a_flags;
	const bool write = (ap->a_access_type & VM_PROT_WRITE) != 0;
	const bool overwrite = (flags & PGO_OVERWRITE) != 0;
	off_t end = off + ((off_t)npages << PAGE_SHIFT);
	int error = 0, i, missing, ra;

	KASSERT(mutex_owned(vp->v_interlock));
	if ((flags & PGO_LOCKED) != 0)
		return getpages_locked(vp, off, pgs, ap->a_count);
	if (off < 0 || end < off || getpages_pasteof(vp, end, flags)) {
		mutex_exit(vp->v_interlock);
		return EINVAL;
	}
again:
	do
		missing = take_resident(&vp->v_uobj, off, pgs, npages, false);
	while (missing < 0);
	ra = overwrite || missing == 0 ? 0 :
	    readahead(vp, off, end, ap->a_advice);
	for (i = 0; i < npages && missing > 0 && error == 0;) {
		if (pgs[i] != NULL) {
			i++;
			continue;
		}
		error = getpages_run(vp, off, pgs, i, npages, ra, overwrite,
		    &i);
	}
	if (error == EJUSTRETURN) {
		release_all(pgs, npages);
		error = 0;
		goto again;
	}
	if (error == 0 && write && !overwrite &&
	    (flags & PGO_NOBLOCKALLOC) == 0)
		error = getpages_allocate(vp, off, pgs, npages);
	if (error != 0)
		release_all(pgs, npages);
	mutex_exit(vp->v_interlock);
	if (error == 0 && (flags & PGO_NOTIMESTAMP) == 0 && write)
		GOP_MARKUPDATE(vp, GOP_UPDATE_MODIFIED);
	return error;
}

/*
 * Writing.
 */

/* The pages are written, or were not. */
static void
pages_written(struct vnode *vp, struct vm_page **pgs, int npages, int error)
{
	int i;

	mutex_enter(vp->v_interlock);
	for (i = 0; i < npages && error == 0; i++)
		rump_page_clean(pgs[i]);
	uvm_page_unbusy(pgs, npages);
	mutex_exit(vp->v_interlock);
}

int
genfs_gop_write(struct vnode *vp, struct vm_page **pgs, int npages,
    int flags)
{
	off_t start = pgs[0]->offset, eof;
	off_t end = start + ((off_t)npages << PAGE_SHIFT);
	int error;

	GOP_SIZE(vp, MAX(vp->v_size, vp->v_writesize), &eof, 0);
	if (end > eof)
		end = MAX(eof, start);
	error = pages_xfer(vp, pgs, npages, (size_t)(end - start),
	    GENFS_XFER_WRITE);
	pages_written(vp, pgs, npages, error);
	return error;
}

/* There are no mappings here that could be read-only. */
int
genfs_gop_write_rwmap(struct vnode *vp, struct vm_page **pgs, int npages,
    int flags)
{

	return genfs_gop_write(vp, pgs, npages, flags);
}

/*
 * The dirty page pg and those after it that are dirty too go out together;
 * called with the interlock, which is dropped and taken again.
 */
static int
putpages_run(struct vnode *vp, struct vm_page *pg, uint64_t endidx, int flags)
{
	struct vm_page *run[CLUSTER];
	uint64_t idx = (uint64_t)pg->offset >> PAGE_SHIFT;
	int error, n = 0;

	do {
		pg->flags |= PG_BUSY;
		run[n++] = pg;
		pg = n < CLUSTER && idx + n < endidx ?
		    rump_pgtree_lookup(&vp->v_uobj, idx + n) : NULL;
	} while (pg != NULL && (pg->flags & (PG_BUSY | PG_CLEAN)) == 0);
	mutex_exit(vp->v_interlock);
	error = GOP_WRITE(vp, run, n, flags);
	mutex_enter(vp->v_interlock);
	return error;
}

/* Pages that could not be written and must go all the same. */
static void
putpages_drop(struct vnode *vp, uint64_t idx, uint64_t endidx)
{
	struct vm_page *pg;

	while ((pg = rump_pgtree_next(&vp->v_uobj, idx)) != NULL &&
	    (uint64_t)pg->offset >> PAGE_SHIFT < endidx) {
		if ((pg->flags & PG_BUSY) != 0)
			rump_page_wait(pg);
		else
			uvm_pagefree(pg);
	}
}

static int
putpages_range(struct vnode *vp, uint64_t idx, uint64_t endidx, int flags)
{
	struct uvm_object *uobj = &vp->v_uobj;
	const uint64_t first = idx;
	struct vm_page *pg;
	int error = 0, e;

	while ((pg = rump_pgtree_next(uobj, idx)) != NULL) {
		idx = (uint64_t)pg->offset >> PAGE_SHIFT;
		if (idx >= endidx)
			break;
		if ((pg->flags & PG_BUSY) != 0) {
			if ((flags & PGO_BUSYFAIL) != 0)
				return EDEADLK;
			rump_page_wait(pg);
			continue;
		}
		if ((flags & PGO_CLEANIT) != 0 &&
		    (pg->flags & PG_CLEAN) == 0) {
			e = putpages_run(vp, pg, endidx, flags);
			if (e == 0 && (flags & PGO_FREE) != 0 &&
			    (pg = rump_pgtree_lookup(uobj, idx)) != NULL &&
			    (pg->flags & (PG_BUSY | PG_CLEAN)) == PG_CLEAN)
				uvm_pagefree(pg);
			if (e != 0 && error == 0)
				error = e;
			if (e != 0 && (flags & PGO_RECLAIM) != 0) {
				putpages_drop(vp, first, endidx);
				return error;
			}
		} else if ((flags & PGO_FREE) != 0)
			uvm_pagefree(pg);
		else if ((flags & PGO_DEACTIVATE) != 0)
			uvm_pagedeactivate(pg);
		idx++;
	}
	return error;
}

int
genfs_do_putpages(struct vnode *vp, off_t lo, off_t hi, int flags,
    struct vm_page **busypg)
{
	uint64_t idx = 0, endidx = ~(uint64_t)0;
	int error = 0;

	KASSERT(mutex_owned(vp->v_interlock));
	if ((flags & PGO_ALLPAGES) == 0) {
		idx = (uint64_t)lo >> PAGE_SHIFT;
		if (hi != 0)
			endidx = (uint64_t)round_page(hi) >> PAGE_SHIFT;
	}
	if (vp->v_uobj.uo_npages != 0 &&
	    ((flags & (PGO_FREE | PGO_DEACTIVATE)) != 0 ||
	    vp->v_uobj.uo_ndirty != 0))
		error = putpages_range(vp, idx, endidx, flags);
	if ((flags & PGO_SYNCIO) != 0) {
		while (vp->v_numoutput != 0)
			cv_wait(&vp->v_cv, vp->v_interlock);
	}
	mutex_exit(vp->v_interlock);
	return error;
}

int
genfs_putpages(void *v)
{
	struct vop_putpages_args *ap = v;

	return genfs_do_putpages(ap->a_vp, ap->a_offlo, ap->a_offhi,
	    ap->a_flags, NULL);
}

/* For vnodes that never have pages. */
int
genfs_null_putpages(void *v)
{
	struct vop_putpages_args *ap = v;

	KASSERT(ap->a_vp->v_uobj.uo_npages == 0);
	mutex_exit(ap->a_vp->v_interlock);
	return 0;
}
