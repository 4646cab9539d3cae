/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmem(9): resources that are ranges of numbers. An arena is a list, in order
 * of address, of segments free or in use; spans that were imported or added
 * are fenced by segments that are never merged. Free segments are on lists by
 * their size's power of two, used ones in a tree by address (boundary tags;
 * Bonwick and Adams, 2001). vm_lock guards the lot; segments are allocated
 * before it is taken.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/rbtree.h>
#include <sys/vmem.h>

#include <rump-priv/mem.h>
#include "mem_impl.h"

#define NLISTS	(8 * sizeof(vmem_size_t))

enum { SEG_FREE, SEG_USED, SEG_SPAN, SEG_IMPORTED };

struct seg {
	vmem_addr_t	sg_start;
	vmem_size_t	sg_size;
	int		sg_kind;
	TAILQ_ENTRY(seg) sg_entry;	/* by address */
	union {
		LIST_ENTRY(seg) sg_free;	/* SEG_FREE: by size */
		rb_node_t sg_node;	/* SEG_USED */
	};
};

struct vmem {
	kmutex_t	vm_lock;
	kcondvar_t	vm_cv;
	TAILQ_HEAD(seglist, seg) vm_segs;
	LIST_HEAD(, seg) vm_free[NLISTS];
	uint64_t	vm_freemask;	/* lists that are not empty */
	rb_tree_t	vm_inuse;
	vmem_size_t	vm_quantum;
	vmem_size_t	vm_size;
	vmem_size_t	vm_used;
	vmem_import_t	*vm_import;
	vmem_ximport_t	*vm_ximport;
	vmem_release_t	*vm_release;
	void		*vm_source;
	char		vm_name[16];
};

vmem_t *kmem_arena;
vmem_t *kmem_va_arena;

static signed int
seg_cmp_key(void *ctx, const void *node, const void *key)
{
	const vmem_addr_t a = ((const struct seg *)node)->sg_start;
	const vmem_addr_t b = *(const vmem_addr_t *)key;

	return a < b ? -1 : a > b;
}

static signed int
seg_cmp(void *ctx, const void *a, const void *b)
{

	return seg_cmp_key(ctx, a, &((const struct seg *)b)->sg_start);
}

static const rb_tree_ops_t inuse_ops = {
	.rbto_compare_nodes = seg_cmp,
	.rbto_compare_key = seg_cmp_key,
	.rbto_node_offset = offsetof(struct seg, sg_node),
};

static km_flag_t
kmflags(vm_flag_t flags)
{

	return (flags & VM_SLEEP) != 0 ? KM_SLEEP : KM_NOSLEEP;
}

static struct seg *
seg_alloc(vm_flag_t flags)
{

	return kmem_alloc(sizeof(struct seg), kmflags(flags));
}

static void
seg_free(struct seg *sg)
{

	if (sg != NULL)
		kmem_free(sg, sizeof(*sg));
}

/* The list for segments of [2^n, 2^(n+1)). */
static inline unsigned int
listof(vmem_size_t size)
{

	return (unsigned int)(NLISTS - 1) -
	    (unsigned int)__builtin_clzl(size);
}

static void
seg_setfree(vmem_t *vm, struct seg *sg)
{
	unsigned int n = listof(sg->sg_size);

	sg->sg_kind = SEG_FREE;
	LIST_INSERT_HEAD(&vm->vm_free[n], sg, sg_free);
	vm->vm_freemask |= (uint64_t)1 << n;
}

static void
seg_unfree(vmem_t *vm, struct seg *sg)
{
	unsigned int n = listof(sg->sg_size);

	LIST_REMOVE(sg, sg_free);
	if (LIST_EMPTY(&vm->vm_free[n]))
		vm->vm_freemask &= ~((uint64_t)1 << n);
}

/* Put a span with its fence at its place; both segments are ours. */
static void
span_insert(vmem_t *vm, struct seg *fence, struct seg *sg)
{
	struct seg *s;

	TAILQ_FOREACH(s, &vm->vm_segs, sg_entry) {
		if (s->sg_start >= fence->sg_start)
			break;
	}
	if (s != NULL) {
		TAILQ_INSERT_BEFORE(s, fence, sg_entry);
	} else {
		TAILQ_INSERT_TAIL(&vm->vm_segs, fence, sg_entry);
	}
	TAILQ_INSERT_AFTER(&vm->vm_segs, fence, sg, sg_entry);
	seg_setfree(vm, sg);
	vm->vm_size += sg->sg_size;
}

static int
span_add(vmem_t *vm, vmem_addr_t addr, vmem_size_t size, vm_flag_t flags,
    int kind)
{
	struct seg *fence, *sg;

	fence = seg_alloc(flags);
	sg = seg_alloc(flags);
	if (fence == NULL || sg == NULL) {
		seg_free(fence);
		seg_free(sg);
		return ENOMEM;
	}
	fence->sg_start = sg->sg_start = addr;
	fence->sg_size = sg->sg_size = size;
	fence->sg_kind = kind;
	mutex_enter(&vm->vm_lock);
	span_insert(vm, fence, sg);
	cv_broadcast(&vm->vm_cv);
	mutex_exit(&vm->vm_lock);
	return 0;
}

static vmem_t *
arena_create(const char *name, vmem_addr_t base, vmem_size_t size,
    vmem_size_t quantum, vmem_import_t *importfn, vmem_ximport_t *ximportfn,
    vmem_release_t *releasefn, void *source, vm_flag_t flags, int ipl)
{
	vmem_t *vm;
	size_t i;

	KASSERT(powerof2(quantum) && quantum != 0);
	if ((vm = kmem_zalloc(sizeof(*vm), kmflags(flags))) == NULL)
		return NULL;
	mutex_init(&vm->vm_lock, MUTEX_DEFAULT, ipl);
	cv_init(&vm->vm_cv, "vmem");
	TAILQ_INIT(&vm->vm_segs);
	for (i = 0; i < NLISTS; i++)
		LIST_INIT(&vm->vm_free[i]);
	rb_tree_init(&vm->vm_inuse, &inuse_ops);
	strlcpy(vm->vm_name, name, sizeof(vm->vm_name));
	vm->vm_quantum = quantum;
	vm->vm_import = importfn;
	vm->vm_ximport = ximportfn;
	vm->vm_release = releasefn;
	vm->vm_source = source;
	if (size != 0 && span_add(vm, base, size, flags, SEG_SPAN) != 0) {
		vmem_destroy(vm);
		return NULL;
	}
	return vm;
}

vmem_t *
vmem_create(const char *name, vmem_addr_t base, vmem_size_t size,
    vmem_size_t quantum, vmem_import_t *importfn, vmem_release_t *releasefn,
    vmem_t *source, vmem_size_t qcache_max, vm_flag_t flags, int ipl)
{

	return arena_create(name, base, size, quantum, importfn, NULL,
	    releasefn, source, flags, ipl);
}

vmem_t *
vmem_xcreate(const char *name, vmem_addr_t base, vmem_size_t size,
    vmem_size_t quantum, vmem_ximport_t *importfn, vmem_release_t *releasefn,
    vmem_t *source, vmem_size_t qcache_max, vm_flag_t flags, int ipl)
{

	return arena_create(name, base, size, quantum, NULL, importfn,
	    releasefn, source, flags, ipl);
}

int
vmem_add(vmem_t *vm, vmem_addr_t addr, vmem_size_t size, vm_flag_t flags)
{

	return span_add(vm, addr, size, flags, SEG_SPAN);
}

void
vmem_destroy(vmem_t *vm)
{
	struct seg *sg;

	KASSERTMSG(vm->vm_used == 0, "arena %s: %zu of %zu in use, the first "
	    "at %#zx", vm->vm_name, (size_t)vm->vm_used, (size_t)vm->vm_size,
	    (size_t)((struct seg *)RB_TREE_MIN(&vm->vm_inuse))->sg_start);
	while ((sg = TAILQ_FIRST(&vm->vm_segs)) != NULL) {
		TAILQ_REMOVE(&vm->vm_segs, sg, sg_entry);
		if (sg->sg_kind == SEG_IMPORTED && vm->vm_release != NULL)
			(*vm->vm_release)(vm->vm_source, sg->sg_start,
			    sg->sg_size);
		seg_free(sg);
	}
	cv_destroy(&vm->vm_cv);
	mutex_destroy(&vm->vm_lock);
	kmem_free(vm, sizeof(*vm));
}

struct request {
	vmem_size_t	size, align, phase, nocross;
	vmem_addr_t	min, max;
};

static inline bool
crosses(const struct request *rq, vmem_addr_t a)
{

	return rq->nocross != 0 &&
	    ((a ^ (a + rq->size - 1)) & -rq->nocross) != 0;
}

/* Where in a free segment the request fits; false if nowhere. */
static bool
seg_fit(const struct seg *sg, const struct request *rq, vmem_addr_t *addrp)
{
	vmem_addr_t start = MAX(sg->sg_start, rq->min), last, a;

	last = MIN(sg->sg_start + (sg->sg_size - 1), rq->max);
	if (start > last)
		return false;
	a = start;
	if (rq->align > 1) {
		a = roundup2(start - rq->phase, rq->align) + rq->phase;
		if (a < start)
			return false;	/* went past the top of the range */
	}
	if (crosses(rq, a)) {
		a = roundup2(a, rq->nocross);
		if (rq->align > 1)
			a = roundup2(a - rq->phase, rq->align) + rq->phase;
		/* All later places are as this one, both being powers of 2. */
		if (a < start || crosses(rq, a))
			return false;
	}
	if (a > last || last - a < rq->size - 1)
		return false;
	*addrp = a;
	return true;
}

/* The first segment of the lists from lo on that fits, or the smallest. */
static struct seg *
lists_find(vmem_t *vm, unsigned int lo, const struct request *rq, bool best,
    vmem_addr_t *addrp)
{
	uint64_t mask = vm->vm_freemask & ~(uint64_t)0 << lo;
	struct seg *sg, *found = NULL;
	vmem_addr_t addr;

	for (; mask != 0 && found == NULL; mask &= mask - 1) {
		LIST_FOREACH(sg, &vm->vm_free[__builtin_ctzll(mask)],
		    sg_free) {
			if (sg->sg_size < rq->size || !seg_fit(sg, rq, &addr) ||
			    (found != NULL && found->sg_size <= sg->sg_size))
				continue;
			found = sg;
			*addrp = addr;
			if (!best)
				break;
		}
	}
	return found;
}

/* What is on the lists above the request's is large enough as it is. */
static struct seg *
arena_find(vmem_t *vm, const struct request *rq, vm_flag_t flags,
    vmem_addr_t *addrp)
{
	unsigned int lo = listof(rq->size);
	struct seg *sg = NULL;

	if ((flags & VM_BESTFIT) != 0)
		return lists_find(vm, lo, rq, true, addrp);
	if (lo + 1 < NLISTS)
		sg = lists_find(vm, lo + 1, rq, false, addrp);
	return sg != NULL ? sg : lists_find(vm, lo, rq, false, addrp);
}

/* Cut [addr, addr + size) out of sg, with up to two fresh segments. */
static void
seg_cut(vmem_t *vm, struct seg *sg, vmem_addr_t addr, vmem_size_t size,
    struct seg **fresh)
{
	vmem_size_t before = addr - sg->sg_start;
	vmem_size_t after = sg->sg_size - before - size;
	struct seg *n;

	seg_unfree(vm, sg);
	if (before != 0) {
		n = fresh[0];
		fresh[0] = NULL;
		n->sg_start = sg->sg_start;
		n->sg_size = before;
		seg_setfree(vm, n);
		TAILQ_INSERT_BEFORE(sg, n, sg_entry);
	}
	if (after != 0) {
		n = fresh[1];
		fresh[1] = NULL;
		n->sg_start = addr + size;
		n->sg_size = after;
		seg_setfree(vm, n);
		TAILQ_INSERT_AFTER(&vm->vm_segs, sg, n, sg_entry);
	}
	sg->sg_start = addr;
	sg->sg_size = size;
	sg->sg_kind = SEG_USED;
	(void)rb_tree_insert_node(&vm->vm_inuse, sg);
	vm->vm_used += size;
}

static int
arena_import(vmem_t *vm, const struct request *rq, vm_flag_t flags)
{
	vmem_size_t size = rq->size;
	vmem_addr_t addr;
	int error;

	/* Room for what alignment takes, whatever the span's address. */
	if (rq->align > vm->vm_quantum || rq->phase != 0 || rq->nocross != 0)
		size += rq->align + rq->nocross;
	if (size < rq->size)
		return ENOMEM;
	if (vm->vm_ximport != NULL)
		error = (*vm->vm_ximport)(vm->vm_source, size, &size, flags,
		    &addr);
	else if (vm->vm_import != NULL)
		error = (*vm->vm_import)(vm->vm_source, size, flags, &addr);
	else
		return ENOMEM;
	if (error != 0)
		return ENOMEM;
	error = span_add(vm, addr, size, flags, SEG_IMPORTED);
	if (error != 0 && vm->vm_release != NULL)
		(*vm->vm_release)(vm->vm_source, addr, size);
	return error;
}

/* The source may have something again without telling us. */
static void
arena_wait(vmem_t *vm)
{

	if (vm->vm_import != NULL || vm->vm_ximport != NULL)
		(void)cv_timedwait(&vm->vm_cv, &vm->vm_lock, 1);
	else
		cv_wait(&vm->vm_cv, &vm->vm_lock);
}

int
vmem_xalloc(vmem_t *vm, vmem_size_t size, vmem_size_t align,
    vmem_size_t phase, vmem_size_t nocross, vmem_addr_t min, vmem_addr_t max,
    vm_flag_t flags, vmem_addr_t *addrp)
{
	struct request rq = {
		roundup2(size, vm->vm_quantum),
		align == 0 ? vm->vm_quantum : align, phase, nocross, min, max
	};
	struct seg *fresh[2], *sg;
	vmem_addr_t addr = 0;
	int error = 0;

	if (size == 0 || rq.size < size || (nocross != 0 && nocross < size))
		return EINVAL;
	fresh[0] = seg_alloc(flags);
	fresh[1] = seg_alloc(flags);
	if (fresh[0] == NULL || fresh[1] == NULL) {
		error = ENOMEM;
		goto out;
	}
	mutex_enter(&vm->vm_lock);
	while ((sg = arena_find(vm, &rq, flags, &addr)) == NULL) {
		mutex_exit(&vm->vm_lock);
		error = arena_import(vm, &rq, flags);
		mutex_enter(&vm->vm_lock);
		if (error == 0)
			continue;
		if ((flags & VM_SLEEP) == 0)
			break;
		if (arena_find(vm, &rq, flags, &addr) == NULL)
			arena_wait(vm);
	}
	if (sg != NULL) {
		seg_cut(vm, sg, addr, rq.size, fresh);
		error = 0;
	}
	mutex_exit(&vm->vm_lock);
	if (error == 0 && addrp != NULL)
		*addrp = addr;
 out:
	seg_free(fresh[0]);
	seg_free(fresh[1]);
	return error;
}

int
vmem_alloc(vmem_t *vm, vmem_size_t size, vm_flag_t flags, vmem_addr_t *addrp)
{

	return vmem_xalloc(vm, size, 0, 0, 0, VMEM_ADDR_MIN, VMEM_ADDR_MAX,
	    flags, addrp);
}

/* Merge sg with the free segment after it, which the caller frees. */
static struct seg *
seg_merge(vmem_t *vm, struct seg *sg, struct seg *next)
{

	if (sg == NULL || next == NULL || sg->sg_kind != SEG_FREE ||
	    next->sg_kind != SEG_FREE)
		return NULL;
	seg_unfree(vm, sg);
	seg_unfree(vm, next);
	sg->sg_size += next->sg_size;
	seg_setfree(vm, sg);
	TAILQ_REMOVE(&vm->vm_segs, next, sg_entry);
	return next;
}

void
vmem_xfree(vmem_t *vm, vmem_addr_t addr, vmem_size_t size)
{
	struct seg *sg, *prev, *gone[3] = { NULL, NULL, NULL };
	vmem_addr_t start = 0;
	vmem_size_t len = 0;

	size = roundup2(size, vm->vm_quantum);
	mutex_enter(&vm->vm_lock);
	sg = rb_tree_find_node(&vm->vm_inuse, &addr);
	KASSERTMSG(sg != NULL && sg->sg_size == size,
	    "arena %s: free of %#zx, %zu bytes, not allocated so",
	    vm->vm_name, (size_t)addr, (size_t)size);
	rb_tree_remove_node(&vm->vm_inuse, sg);
	seg_setfree(vm, sg);
	vm->vm_used -= size;
	gone[0] = seg_merge(vm, sg, TAILQ_NEXT(sg, sg_entry));
	prev = TAILQ_PREV(sg, seglist, sg_entry);
	if ((gone[1] = seg_merge(vm, prev, sg)) != NULL) {
		sg = prev;
		prev = TAILQ_PREV(sg, seglist, sg_entry);
	}
	/* An imported span that is free as a whole goes back. */
	if (prev != NULL && prev->sg_kind == SEG_IMPORTED &&
	    vm->vm_release != NULL && prev->sg_size == sg->sg_size) {
		start = sg->sg_start;
		len = sg->sg_size;
		TAILQ_REMOVE(&vm->vm_segs, prev, sg_entry);
		TAILQ_REMOVE(&vm->vm_segs, sg, sg_entry);
		seg_unfree(vm, sg);
		vm->vm_size -= len;
		gone[2] = prev;
	} else
		sg = NULL;
	cv_broadcast(&vm->vm_cv);
	mutex_exit(&vm->vm_lock);
	if (len != 0)
		(*vm->vm_release)(vm->vm_source, start, len);
	seg_free(gone[0]);
	seg_free(gone[1]);
	seg_free(gone[2]);
	seg_free(sg);
}

void
vmem_free(vmem_t *vm, vmem_addr_t addr, vmem_size_t size)
{

	vmem_xfree(vm, addr, size);
}

/* Of the kernel's memory all is in one arena, whoever asked for it. */
static vmem_size_t
kmem_arena_size(int typemask)
{
	vmem_size_t used = rump_mem_used(), max, n = 0;

	max = MIN(rump_mem_limit(), (vmem_size_t)physmem << PAGE_SHIFT);
	if ((typemask & VMEM_ALLOC) != 0)
		n += used;
	if ((typemask & VMEM_FREE) != 0)
		n += used < max ? max - used : 0;
	return n;
}

vmem_size_t
vmem_size(vmem_t *vm, int typemask)
{
	vmem_size_t n = 0;

	if (vm == kmem_arena)
		return kmem_arena_size(typemask);
	mutex_enter(&vm->vm_lock);
	if ((typemask & VMEM_ALLOC) != 0)
		n += vm->vm_used;
	if ((typemask & VMEM_FREE) != 0)
		n += vm->vm_size - vm->vm_used;
	mutex_exit(&vm->vm_lock);
	return n;
}

static int
kmem_import(void *arg, vmem_size_t size, vm_flag_t flags, vmem_addr_t *addrp)
{

	*addrp = (vmem_addr_t)rump_mem_alloc(size, PAGE_SIZE,
	    (flags & VM_SLEEP) != 0, __builtin_return_address(0));
	return *addrp != 0 ? 0 : ENOMEM;
}

static void
kmem_release(void *arg, vmem_addr_t addr, vmem_size_t size)
{

	rump_mem_free((void *)addr, size, __builtin_return_address(0));
}

void
rump_vmem_init(void)
{

	kmem_arena = kmem_va_arena = vmem_create("kmem", 0, 0, PAGE_SIZE,
	    kmem_import, kmem_release, NULL, 0, VM_SLEEP, IPL_NONE);
}
