/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_data.c - the content of regular files: pages of an anonymous object.
 * A page that was never written is not there and reads as zero; what lies
 * past the end of the file in its last page is always zero.
 *
 * Locking: the vnode lock, shared to read, exclusive to write; the object's
 * lock for the set of pages.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/uio.h>

#include <uvm/uvm.h>

#include <rump-priv/page.h>

/* Most bytes written at once: what is reserved ahead. */
#define WRITE_CHUNK	((off_t)65536)
#define FILL_PAGES	16

static char zeros[PAGE_SIZE];

int
tmpfs_data_init(struct tmpfs_node *node)
{

	node->tn_reg.uobj = uao_create((vsize_t)TMPFS_FILE_MAX, 0);
	return node->tn_reg.uobj == NULL ? ENOSPC : 0;
}

void
tmpfs_data_fini(struct tmpfs_mount *tm, struct tmpfs_node *node)
{

	tmpfs_mem_put(tm, (uint64_t)node->tn_reg.npages << PAGE_SHIFT);
	uao_detach(node->tn_reg.uobj);
}

/*
 * Bring the account in line with the pages there are; reserved bytes were
 * accounted for ahead.
 */
static void
data_settle(struct tmpfs_mount *tm, struct tmpfs_node *node,
    uint64_t reserved)
{
	struct uvm_object *uobj = node->tn_reg.uobj;
	int64_t delta;

	mutex_enter(uobj->vmobjlock);
	delta = (int64_t)uobj->uo_npages - node->tn_reg.npages;
	node->tn_reg.npages = uobj->uo_npages;
	mutex_exit(uobj->vmobjlock);

	mutex_enter(&tm->tm_lock);
	tm->tm_bytes += (uint64_t)(delta * PAGE_SIZE) - reserved;
	mutex_exit(&tm->tm_lock);
}

void
tmpfs_data_recount(struct tmpfs_mount *tm, struct tmpfs_node *node)
{

	data_settle(tm, node, 0);
}

/* Reserve memory for the pages of [off, end) that are not there.  ENOSPC. */
static int
data_reserve(struct tmpfs_mount *tm, struct tmpfs_node *node, off_t off,
    off_t end, uint64_t *reservedp)
{
	struct uvm_object *uobj = node->tn_reg.uobj;
	const uint64_t first = (uint64_t)off >> PAGE_SHIFT;
	const uint64_t last = (uint64_t)round_page(end) >> PAGE_SHIFT;
	uint64_t missing = last - first, idx;
	struct vm_page *pg;

	mutex_enter(uobj->vmobjlock);
	for (idx = first; idx < last; idx++) {
		if ((pg = rump_pgtree_next(uobj, idx)) == NULL)
			break;
		idx = (uint64_t)pg->offset >> PAGE_SHIFT;
		if (idx < last)
			missing--;
	}
	mutex_exit(uobj->vmobjlock);

	*reservedp = missing << PAGE_SHIFT;
	return tmpfs_mem_get(tm, *reservedp) ? 0 : ENOSPC;
}

/* Is there a page at off?  How far, at most to end, is that so? */
static bool
data_run(struct tmpfs_node *node, off_t off, off_t end, off_t *stopp)
{
	struct uvm_object *uobj = node->tn_reg.uobj;
	uint64_t idx = (uint64_t)off >> PAGE_SHIFT;
	struct vm_page *pg;
	bool there;
	off_t stop = end;

	mutex_enter(uobj->vmobjlock);
	pg = rump_pgtree_next(uobj, idx);
	there = pg != NULL && (uint64_t)pg->offset >> PAGE_SHIFT == idx;
	if (there) {
		for (idx++; (off_t)(idx << PAGE_SHIFT) < end; idx++)
			if (rump_pgtree_lookup(uobj, idx) == NULL) {
				stop = (off_t)(idx << PAGE_SHIFT);
				break;
			}
	} else if (pg != NULL && pg->offset < end) {
		stop = pg->offset;
	}
	mutex_exit(uobj->vmobjlock);
	*stopp = stop;
	return there;
}

static int
read_hole(struct uio *uio, off_t len)
{
	size_t n;
	int error;

	while (len > 0) {
		n = len < PAGE_SIZE ? (size_t)len : PAGE_SIZE;
		error = uiomove(zeros, n, uio);
		if (error != 0)
			return error;
		len -= (off_t)n;
	}
	return 0;
}

int
tmpfs_data_read(struct vnode *vp, struct uio *uio, int ioflag)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	off_t end, stop;
	int error = 0;

	while (error == 0 && uio->uio_resid > 0 &&
	    uio->uio_offset < node->tn_size) {
		end = node->tn_size;
		if ((uint64_t)(end - uio->uio_offset) > uio->uio_resid)
			end = uio->uio_offset + (off_t)uio->uio_resid;
		/* Look no further ahead than is copied soon. */
		if (end - uio->uio_offset > WRITE_CHUNK)
			end = uio->uio_offset + WRITE_CHUNK;
		if (data_run(node, uio->uio_offset, end, &stop))
			error = ubc_uiomove(node->tn_reg.uobj, uio,
			    (vsize_t)(stop - uio->uio_offset),
			    IO_ADV_DECODE(ioflag),
			    UBC_READ | UBC_PARTIALOK | UBC_UNMAP_FLAG(vp));
		else
			error = read_hole(uio, stop - uio->uio_offset);
	}
	return error;
}

/* Remove what lies past the end of the file. */
static void
data_trim(struct tmpfs_mount *tm, struct tmpfs_node *node)
{
	struct uvm_object *uobj = node->tn_reg.uobj;
	const off_t size = node->tn_size;
	const size_t tail = (size_t)(size & PAGE_MASK);
	bool there;

	if (tail != 0) {
		mutex_enter(uobj->vmobjlock);
		there = uvm_pagelookup(uobj, trunc_page(size)) != NULL;
		mutex_exit(uobj->vmobjlock);
		if (there)
			ubc_zerorange(uobj, size, PAGE_SIZE - tail, 0);
	}
	mutex_enter(uobj->vmobjlock);
	(void)(*uobj->pgops->pgo_put)(uobj, round_page(size), 0, PGO_FREE);
	data_settle(tm, node, 0);
}

static void
data_setsize(struct vnode *vp, off_t size)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);

	__atomic_store_n(&node->tn_size, size, __ATOMIC_RELAXED);
	uvm_vnp_setsize(vp, size);
}

static int
write_chunk(struct vnode *vp, struct uio *uio, off_t len, int ioflag)
{
	struct tmpfs_mount *tm = VP_TO_TMPFS(vp);
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	const off_t off = uio->uio_offset;
	uint64_t reserved;
	int error;

	error = data_reserve(tm, node, off, off + len, &reserved);
	if (error != 0)
		return error;
	if (off + len > vp->v_writesize)
		uvm_vnp_setwritesize(vp, off + len);
	error = ubc_uiomove(node->tn_reg.uobj, uio, (vsize_t)len,
	    IO_ADV_DECODE(ioflag), UBC_WRITE | UBC_UNMAP_FLAG(vp));
	data_settle(tm, node, reserved);
	if (error == 0 && uio->uio_offset > node->tn_size)
		data_setsize(vp, uio->uio_offset);
	return error == ENOMEM ? ENOSPC : error;
}

int
tmpfs_data_write(struct vnode *vp, struct uio *uio, int ioflag)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	const off_t oldsize = node->tn_size;
	off_t oldoff, len;
	size_t oldresid;
	int error = 0;

	KASSERT(VOP_ISLOCKED(vp) == LK_EXCLUSIVE);
	if (ioflag & IO_APPEND)
		uio->uio_offset = oldsize;
	if (uio->uio_offset < 0)
		return EINVAL;
	if (uio->uio_offset > TMPFS_FILE_MAX ||
	    uio->uio_resid > (uint64_t)(TMPFS_FILE_MAX - uio->uio_offset))
		return EFBIG;
	oldoff = uio->uio_offset;
	oldresid = uio->uio_resid;

	while (error == 0 && uio->uio_resid > 0) {
		len = WRITE_CHUNK - (uio->uio_offset & (WRITE_CHUNK - 1));
		if ((uint64_t)len > uio->uio_resid)
			len = (off_t)uio->uio_resid;
		error = write_chunk(vp, uio, len, ioflag);
	}
	if (error != 0) {
		if (ioflag & IO_UNIT) {
			data_setsize(vp, oldsize);
			uio->uio_resid = oldresid;
			uio->uio_offset = oldoff;
		} else {
			uvm_vnp_setsize(vp, node->tn_size);
		}
		data_trim(VP_TO_TMPFS(vp), node);
	}
	return error;
}

int
tmpfs_data_resize(struct vnode *vp, off_t size)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	const bool shrink = size < node->tn_size;

	if (size < 0)
		return EINVAL;
	if (size > TMPFS_FILE_MAX)
		return EFBIG;
	data_setsize(vp, size);
	if (shrink)
		data_trim(VP_TO_TMPFS(vp), node);
	return 0;
}

/* Make the pages of up to FILL_PAGES of [off, end) exist. */
static int
fill_some(struct tmpfs_mount *tm, struct tmpfs_node *node, off_t off,
    off_t end)
{
	struct vm_page *pgs[FILL_PAGES] = { NULL };
	struct uvm_object *uobj = node->tn_reg.uobj;
	uint64_t reserved;
	int error, n;

	n = (int)((end - off) >> PAGE_SHIFT);
	error = data_reserve(tm, node, off, end, &reserved);
	if (error != 0)
		return error;
	mutex_enter(uobj->vmobjlock);
	error = (*uobj->pgops->pgo_get)(uobj, off, pgs, &n, 0, VM_PROT_WRITE,
	    UVM_ADV_SEQUENTIAL, 0);
	if (error == 0) {
		mutex_enter(uobj->vmobjlock);
		uvm_page_unbusy(pgs, n);
		mutex_exit(uobj->vmobjlock);
	}
	data_settle(tm, node, reserved);
	return error == ENOMEM ? ENOSPC : error;
}

int
tmpfs_data_fill(struct vnode *vp, off_t pos, off_t len)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	off_t off, end, n;
	int error = 0;

	if (pos < 0 || len <= 0)
		return EINVAL;
	if (pos > TMPFS_FILE_MAX || len > TMPFS_FILE_MAX - pos)
		return EFBIG;
	end = round_page(pos + len);
	for (off = trunc_page(pos); error == 0 && off < end; off += n) {
		n = MIN(end - off, (off_t)FILL_PAGES * PAGE_SIZE);
		error = fill_some(VP_TO_TMPFS(vp), node, off, off + n);
	}
	if (error != 0)
		data_trim(VP_TO_TMPFS(vp), node);
	else if (pos + len > node->tn_size)
		data_setsize(vp, pos + len);
	return error;
}

/* Zero a part of a page, if that page is there. */
static void
punch_part(struct uvm_object *uobj, off_t off, off_t end)
{
	bool there;

	if (off >= end)
		return;
	mutex_enter(uobj->vmobjlock);
	there = uvm_pagelookup(uobj, trunc_page(off)) != NULL;
	mutex_exit(uobj->vmobjlock);
	if (there)
		ubc_zerorange(uobj, off, (size_t)(end - off), 0);
}

int
tmpfs_data_punch(struct vnode *vp, off_t pos, off_t len)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct uvm_object *uobj = node->tn_reg.uobj;
	off_t end, first, last;

	if (pos < 0 || len < 0)
		return EINVAL;
	if (pos >= node->tn_size)
		return 0;
	end = len > node->tn_size - pos ? node->tn_size : pos + len;
	first = round_page(pos);
	last = end == node->tn_size ? round_page(end) : trunc_page(end);

	punch_part(uobj, pos, MIN(first, end));
	if (last >= first)
		punch_part(uobj, MAX(last, pos), end);
	if (last > first) {
		mutex_enter(uobj->vmobjlock);
		(void)(*uobj->pgops->pgo_put)(uobj, first, last, PGO_FREE);
		data_settle(VP_TO_TMPFS(vp), node, 0);
	}
	return 0;
}

int
tmpfs_data_seek(struct vnode *vp, bool data, off_t *offp)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct uvm_object *uobj = node->tn_reg.uobj;
	const off_t off = *offp, size = node->tn_size;
	uint64_t idx = (uint64_t)off >> PAGE_SHIFT;
	struct vm_page *pg;
	off_t found = size;

	if (off < 0 || off >= size)
		return ENXIO;
	mutex_enter(uobj->vmobjlock);
	if (data) {
		if ((pg = rump_pgtree_next(uobj, idx)) != NULL)
			found = pg->offset;
	} else {
		while (rump_pgtree_lookup(uobj, idx) != NULL)
			idx++;
		found = (off_t)(idx << PAGE_SHIFT);
	}
	mutex_exit(uobj->vmobjlock);
	if (data && found >= size)
		return ENXIO;
	*offp = MIN(MAX(found, off), size);
	return 0;
}

uint64_t
tmpfs_data_bytes(struct tmpfs_node *node)
{

	return (uint64_t)node->tn_reg.npages << PAGE_SHIFT;
}
