/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmem(9): resources that are ranges of numbers. An arena is a list, in order
 * of address, of segments free or in use; spans that were imported or added
 * are fenced by segments that are never merged. vm_lock guards the lot;
 * segments are allocated before it is taken.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/vmem.h>

enum { SEG_FREE, SEG_USED, SEG_SPAN, SEG_IMPORTED };

struct seg {
	vmem_addr_t	sg_start;
	vmem_size_t	sg_size;
	int		sg_kind;
	TAILQ_ENTRY(seg) sg_entry;
};

struct vmem {
	kmutex_t	vm_lock;
	kcondvar_t	vm_cv;
	TAILQ_HEAD(seglist, seg) vm_segs;
	vmem_size_t	vm_quantum;
	vmem_size_t	vm_size;
	vmem_size_t	vm_used;
	vmem_import_t	*vm_import;
	vmem_release_t	*vm_release;
	vmem_t		*vm_source;
	char		vm_name[16];
};

vmem_t *kmem_arena;
vmem_t *kmem_va_arena;

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
	sg->sg_kind = SEG_FREE;
	mutex_enter(&vm->vm_lock);
	span_insert(vm, fence, sg);
	cv_broadcast(&vm->vm_cv);
	mutex_exit(&vm->vm_lock);
	return 0;
}

vmem_t *
vmem_create(const char *name, vmem_addr_t base, vmem_size_t size,
    vmem_size_t quantum, vmem_import_t *importfn, vmem_release_t *releasefn,
    vmem_t *source, vmem_size_t qcache_max, vm_flag_t flags, int ipl)
{
	vmem_t *vm;

	KASSERT(powerof2(quantum) && quantum != 0);
	if ((vm = kmem_zalloc(sizeof(*vm), kmflags(flags))) == NULL)
		return NULL;
	mutex_init(&vm->vm_lock, MUTEX_DEFAULT, ipl);
	cv_init(&vm->vm_cv, "vmem");
	TAILQ_INIT(&vm->vm_segs);
	strlcpy(vm->vm_name, name, sizeof(vm->vm_name));
	vm->vm_quantum = quantum;
	vm->vm_import = importfn;
	vm->vm_release = releasefn;
	vm->vm_source = source;
	if (size != 0 && span_add(vm, base, size, flags, SEG_SPAN) != 0) {
		vmem_destroy(vm);
		return NULL;
	}
	return vm;
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

	KASSERTMSG(vm->vm_used == 0, "arena %s in use", vm->vm_name);
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
	if (rq->nocross != 0 &&
	    ((a ^ (a + rq->size - 1)) & -rq->nocross) != 0) {
		a = roundup2(a, rq->nocross);
		if (rq->align > 1)
			a = roundup2(a - rq->phase, rq->align) + rq->phase;
		if (a < start)
			return false;
	}
	if (a > last || last - a < rq->size - 1)
		return false;
	*addrp = a;
	return true;
}

static struct seg *
arena_find(vmem_t *vm, const struct request *rq, vm_flag_t flags,
    vmem_addr_t *addrp)
{
	struct seg *sg, *best = NULL;
	vmem_addr_t addr;

	TAILQ_FOREACH(sg, &vm->vm_segs, sg_entry) {
		if (sg->sg_kind != SEG_FREE || sg->sg_size < rq->size ||
		    !seg_fit(sg, rq, &addr))
			continue;
		if (best != NULL && best->sg_size <= sg->sg_size)
			continue;
		best = sg;
		*addrp = addr;
		if ((flags & VM_BESTFIT) == 0)
			break;
	}
	return best;
}

/* Cut [addr, addr + size) out of sg, with up to two fresh segments. */
static void
seg_cut(vmem_t *vm, struct seg *sg, vmem_addr_t addr, vmem_size_t size,
    struct seg **fresh)
{
	vmem_size_t before = addr - sg->sg_start;
	vmem_size_t after = sg->sg_size - before - size;
	struct seg *n;

	if (before != 0) {
		n = fresh[0];
		fresh[0] = NULL;
		n->sg_start = sg->sg_start;
		n->sg_size = before;
		n->sg_kind = SEG_FREE;
		TAILQ_INSERT_BEFORE(sg, n, sg_entry);
	}
	if (after != 0) {
		n = fresh[1];
		fresh[1] = NULL;
		n->sg_start = addr + size;
		n->sg_size = after;
		n->sg_kind = SEG_FREE;
		TAILQ_INSERT_AFTER(&vm->vm_segs, sg, n, sg_entry);
	}
	sg->sg_start = addr;
	sg->sg_size = size;
	sg->sg_kind = SEG_USED;
	vm->vm_used += size;
}

static int
arena_import(vmem_t *vm, const struct request *rq, vm_flag_t flags)
{
	vmem_size_t size = rq->size;
	vmem_addr_t addr;
	int error;

	if (vm->vm_import == NULL)
		return ENOMEM;
	if (rq->align > 1)
		size += rq->align + rq->nocross;
	error = (*vm->vm_import)(vm->vm_source, size, flags, &addr);
	if (error != 0)
		return ENOMEM;
	error = span_add(vm, addr, size, flags, SEG_IMPORTED);
	if (error != 0 && vm->vm_release != NULL)
		(*vm->vm_release)(vm->vm_source, addr, size);
	return error;
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
			cv_wait(&vm->vm_cv, &vm->vm_lock);
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
	sg->sg_size += next->sg_size;
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
	TAILQ_FOREACH(sg, &vm->vm_segs, sg_entry) {
		if (sg->sg_kind == SEG_USED && sg->sg_start == addr)
			break;
	}
	KASSERTMSG(sg != NULL && sg->sg_size == size,
	    "arena %s: free of %#zx, %zu bytes, not allocated so",
	    vm->vm_name, (size_t)addr, (size_t)size);
	sg->sg_kind = SEG_FREE;
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

vmem_size_t
vmem_size(vmem_t *vm, int typemask)
{
	vmem_size_t n = 0;

	mutex_enter(&vm->vm_lock);
	if ((typemask & VMEM_ALLOC) != 0)
		n += vm->vm_used;
	if ((typemask & VMEM_FREE) != 0)
		n += vm->vm_size - vm->vm_used;
	mutex_exit(&vm->vm_lock);
	return n;
}
