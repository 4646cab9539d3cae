/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Pages of memory objects: where their memory comes from, how an object
 * finds them, and which clean file pages go first when there are too many.
 *
 * Locking: an object's lock guards its tree, its memq and the flags of its
 * pages.  uvm_pageqlock comes after it and guards the queue by age and the
 * chunks; reclaim goes the other way round and therefore only tries.
 *
 * Memory comes in chunks of 64 pages mapped from the host, so that runs of
 * pages are contiguous and one transfer can fill them.  A chunk without used
 * pages is unmapped, except one which is kept for the next allocation.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/once.h>
#include <sys/queue.h>

#include <uvm/uvm.h>

#include <rump/rumpuser.h>
#include <rump-priv/mem.h>
#include <rump-priv/page.h>

#define	CHUNK_PAGES	64
#define	CHUNK_BYTES	(CHUNK_PAGES * PAGE_SIZE)

struct pgchunk {
	TAILQ_ENTRY(pgchunk) pc_link;	/* on chunks while pc_free != 0 */
	uint64_t	pc_free;	/* bit n: page n is free */
	uint64_t	pc_clean;	/* bit n: never used, still zero */
	uint8_t		*pc_mem;
	struct vm_page	pc_pages[CHUNK_PAGES];
};

struct uvm uvm;
struct uvmexp uvmexp = {
	.pagesize = PAGE_SIZE,
	.pagemask = PAGE_MASK,
	.pageshift = PAGE_SHIFT,
	.filelimit = 32 * 1024 * 1024 / PAGE_SIZE,
};
kmutex_t uvm_pageqlock;

static struct pmap *kernel_pmap_self = (struct pmap *)&kernel_pmap_self;
struct pmap *const kernel_pmap_ptr = (struct pmap *)&kernel_pmap_self;

static TAILQ_HEAD(chunklist, pgchunk) chunks = TAILQ_HEAD_INITIALIZER(chunks);
static struct pgchunk *spare_chunk;	/* all free, not on the list */
static struct pglist lru = TAILQ_HEAD_INITIALIZER(lru);

static int
page_init(void)
{

	mutex_init(&uvm_pageqlock, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

void
rump_uvm_page_init(void)
{
	static ONCE_DECL(control);

	(void)RUN_ONCE(&control, page_init);
}

/*
 * Chunks.
 */

static struct pgchunk *
chunk_get(void)
{
	struct pgchunk *pc;
	void *mem;
	unsigned i;

	if ((pc = spare_chunk) != NULL) {
		spare_chunk = NULL;
		return pc;
	}
	if (rump_mem_charge(CHUNK_BYTES) != 0)
		return NULL;
	pc = kmem_alloc(sizeof(*pc), KM_NOSLEEP);
	if (pc == NULL ||
	    rumpuser_anonmmap(NULL, CHUNK_BYTES, 0, 0, &mem) != 0) {
		if (pc != NULL)
			kmem_free(pc, sizeof(*pc));
		rump_mem_uncharge(CHUNK_BYTES);
		return NULL;
	}
	pc->pc_mem = mem;
	pc->pc_free = pc->pc_clean = ~(uint64_t)0;
	for (i = 0; i < CHUNK_PAGES; i++) {
		pc->pc_pages[i].pg_index = i;
		pc->pc_pages[i].phys_addr =
		    (paddr_t)(uintptr_t)(pc->pc_mem + (size_t)i * PAGE_SIZE);
	}
	rump_page_poison(pc->pc_mem, CHUNK_BYTES);
	uvmexp.npages += CHUNK_PAGES;
	uvmexp.free += CHUNK_PAGES;
	return pc;
}

static void
chunk_unmap(struct pgchunk *pc)
{

	rump_page_unpoison(pc->pc_mem, CHUNK_BYTES);
	rumpuser_unmap(pc->pc_mem, CHUNK_BYTES);
	rump_mem_uncharge(CHUNK_BYTES);
	kmem_free(pc, sizeof(*pc));
	uvmexp.npages -= CHUNK_PAGES;
	uvmexp.free -= CHUNK_PAGES;
}

static void
chunk_put(struct pgchunk *pc)
{

	if (spare_chunk == NULL)
		spare_chunk = pc;
	else
		chunk_unmap(pc);
}

/* A free page, with *zero telling if its memory is known to be zero. */
static struct vm_page *
frame_alloc(bool *zero)
{
	struct pgchunk *pc;
	uint64_t bit;
	int n;

	KASSERT(mutex_owned(&uvm_pageqlock));
	if ((pc = TAILQ_FIRST(&chunks)) == NULL) {
		if ((pc = chunk_get()) == NULL)
			return NULL;
		TAILQ_INSERT_HEAD(&chunks, pc, pc_link);
	}
	n = __builtin_ctzll(pc->pc_free);
	bit = (uint64_t)1 << n;
	pc->pc_free &= ~bit;
	*zero = (pc->pc_clean & bit) != 0;
	pc->pc_clean &= ~bit;
	if (pc->pc_free == 0)
		TAILQ_REMOVE(&chunks, pc, pc_link);
	uvmexp.free--;
	rump_page_unpoison(pc->pc_mem + (size_t)n * PAGE_SIZE, PAGE_SIZE);
	return &pc->pc_pages[n];
}

static void
frame_free(struct vm_page *pg)
{
	struct pgchunk *pc;

	KASSERT(mutex_owned(&uvm_pageqlock));
	pc = (struct pgchunk *)(void *)((char *)(pg - pg->pg_index) -
	    offsetof(struct pgchunk, pc_pages));
	rump_page_poison((void *)(uintptr_t)pg->phys_addr, PAGE_SIZE);
	uvmexp.free++;
	if (pc->pc_free == 0)
		TAILQ_INSERT_HEAD(&chunks, pc, pc_link);
	pc->pc_free |= (uint64_t)1 << pg->pg_index;
	if (~pc->pc_free == 0) {
		TAILQ_REMOVE(&chunks, pc, pc_link);
		chunk_put(pc);
	}
}

/*
 * The queue by age: file pages only.
 */

void
uvm_pageenqueue(struct vm_page *pg)
{

	mutex_enter(&uvm_pageqlock);
	if ((pg->pqflags & PQ_LRU) == 0) {
		TAILQ_INSERT_TAIL(&lru, pg, pageq.queue);
		pg->pqflags |= PQ_LRU;
	}
	mutex_exit(&uvm_pageqlock);
}

void
uvm_pagedequeue(struct vm_page *pg)
{

	mutex_enter(&uvm_pageqlock);
	if ((pg->pqflags & PQ_LRU) != 0) {
		TAILQ_REMOVE(&lru, pg, pageq.queue);
		pg->pqflags &= ~PQ_LRU;
	}
	mutex_exit(&uvm_pageqlock);
}

/* A hint only: the flag is read when the page reaches the queue's head. */
void
uvm_pageactivate(struct vm_page *pg)
{

	pg->pqflags |= PQ_REF;
}

void
uvm_pagedeactivate(struct vm_page *pg)
{

	mutex_enter(&uvm_pageqlock);
	pg->pqflags &= ~PQ_REF;
	if ((pg->pqflags & PQ_LRU) != 0) {
		TAILQ_REMOVE(&lru, pg, pageq.queue);
		TAILQ_INSERT_HEAD(&lru, pg, pageq.queue);
	}
	mutex_exit(&uvm_pageqlock);
}

void
uvm_pagewire(struct vm_page *pg)
{

	if (pg->wire_count++ == 0)
		uvmexp.wired++;
}

void
uvm_pageunwire(struct vm_page *pg)
{

	KASSERT(pg->wire_count > 0);
	if (--pg->wire_count == 0)
		uvmexp.wired--;
}

/* Ends a page's membership in its object; both locks are held. */
static void
page_release(struct vm_page *pg)
{
	struct uvm_object *uobj = pg->uobject;

	rump_pgtree_remove(uobj, pg->offset >> PAGE_SHIFT);
	TAILQ_REMOVE(&uobj->memq, pg, listq.queue);
	uobj->uo_npages--;
	if ((pg->flags & PG_CLEAN) == 0) {
		uobj->uo_ndirty--;
		if (rump_uobj_isfile(uobj))
			uvmexp.dirtypages--;
	}
	if (rump_uobj_isfile(uobj))
		uvmexp.filepages--;
	else
		uvmexp.anonpages--;
	if ((pg->pqflags & PQ_LRU) != 0)
		TAILQ_REMOVE(&lru, pg, pageq.queue);
	if (pg->wire_count != 0)
		uvmexp.wired--;
	if ((pg->flags & PG_WANTED) != 0)
		cv_broadcast(&uobj->uo_pgcv);
	pg->uobject = NULL;
	frame_free(pg);
}

static bool
page_reclaimable(const struct vm_page *pg)
{

	return (pg->flags & (PG_BUSY | PG_FAKE | PG_CLEAN)) == PG_CLEAN &&
	    pg->wire_count == 0;
}

/*
 * One page from the head of the queue: freed, or sent to the tail.  An
 * object whose lock somebody else holds is left alone.
 */
static bool
reclaim_one(struct vm_page *pg, const struct uvm_object *self)
{
	struct uvm_object *uobj = pg->uobject;
	bool freed = false, locked = uobj != self;

	if (locked && !mutex_tryenter(uobj->vmobjlock))
		locked = false;
	else if ((pg->pqflags & PQ_REF) == 0 && page_reclaimable(pg)) {
		page_release(pg);
		freed = true;
	}
	if (!freed) {
		pg->pqflags &= ~PQ_REF;
		TAILQ_REMOVE(&lru, pg, pageq.queue);
		TAILQ_INSERT_TAIL(&lru, pg, pageq.queue);
	}
	if (locked)
		mutex_exit(uobj->vmobjlock);
	return freed;
}

static unsigned
reclaim_locked(unsigned want, const struct uvm_object *self)
{
	struct vm_page *pg;
	unsigned freed = 0, steps;

	/* Twice around: the first time may only clear PQ_REF. */
	for (steps = 2 * uvmexp.filepages; freed < want && steps > 0;
	    steps--) {
		if ((pg = TAILQ_FIRST(&lru)) == NULL)
			break;
		if (reclaim_one(pg, self))
			freed++;
	}
	return freed;
}

unsigned
uvm_pagereclaim(unsigned want)
{
	unsigned freed;

	rump_uvm_page_init();
	mutex_enter(&uvm_pageqlock);
	freed = reclaim_locked(want, NULL);
	if (spare_chunk != NULL)
		chunk_unmap(spare_chunk);
	spare_chunk = NULL;
	mutex_exit(&uvm_pageqlock);
	return freed;
}

/*
 * Pages.
 */

#define	RECLAIM_BATCH	32

struct vm_page *
uvm_pagealloc(struct uvm_object *uobj, voff_t off, struct vm_anon *anon,
    int flags)
{
	struct vm_page *pg;
	bool file = rump_uobj_isfile(uobj), zero;

	KASSERT(mutex_owned(uobj->vmobjlock));
	KASSERT((off & PAGE_MASK) == 0);
	mutex_enter(&uvm_pageqlock);
	if (file && uvmexp.filepages >= uvmexp.filelimit)
		(void)reclaim_locked(RECLAIM_BATCH, uobj);
	pg = frame_alloc(&zero);
	if (pg == NULL && reclaim_locked(RECLAIM_BATCH, uobj) > 0)
		pg = frame_alloc(&zero);
	if (pg == NULL) {
		mutex_exit(&uvm_pageqlock);
		return NULL;
	}
	if (rump_pgtree_insert(uobj, off >> PAGE_SHIFT, pg) != 0) {
		frame_free(pg);
		mutex_exit(&uvm_pageqlock);
		return NULL;
	}
	pg->uobject = uobj;
	pg->offset = off;
	pg->flags = PG_BUSY | PG_TABLED | PG_CLEAN | PG_FAKE;
	pg->wire_count = 0;
	pg->pqflags = 0;
	TAILQ_INSERT_TAIL(&uobj->memq, pg, listq.queue);
	uobj->uo_npages++;
	if (file) {
		uvmexp.filepages++;
		TAILQ_INSERT_TAIL(&lru, pg, pageq.queue);
		pg->pqflags = PQ_LRU;
	} else
		uvmexp.anonpages++;
	mutex_exit(&uvm_pageqlock);
	if ((flags & UVM_PGA_ZERO) != 0) {
		if (!zero)
			memset(rump_page_data(pg), 0, PAGE_SIZE);
		pg->flags &= ~PG_FAKE;
	}
	return pg;
}

void
uvm_pagefree(struct vm_page *pg)
{

	KASSERT(mutex_owned(pg->uobject->vmobjlock));
	mutex_enter(&uvm_pageqlock);
	page_release(pg);
	mutex_exit(&uvm_pageqlock);
}

struct vm_page *
uvm_pagelookup(struct uvm_object *uobj, voff_t off)
{

	KASSERT(mutex_owned(uobj->vmobjlock));
	return rump_pgtree_lookup(uobj, off >> PAGE_SHIFT);
}

void
uvm_page_unbusy(struct vm_page **pgs, int npgs)
{
	struct vm_page *pg;
	int i;

	for (i = 0; i < npgs; i++) {
		pg = pgs[i];
		if (pg == NULL || pg == PGO_DONTCARE)
			continue;
		KASSERT((pg->flags & PG_BUSY) != 0);
		KASSERT(mutex_owned(pg->uobject->vmobjlock));
		if ((pg->flags & PG_WANTED) != 0)
			cv_broadcast(&pg->uobject->uo_pgcv);
		pg->flags &= ~(PG_BUSY | PG_WANTED);
		if ((pg->flags & (PG_RELEASED | PG_FAKE)) != 0)
			uvm_pagefree(pg);
	}
}

void
uvm_pagezero(struct vm_page *pg)
{

	pg->flags &= ~PG_FAKE;
	memset(rump_page_data(pg), 0, PAGE_SIZE);
	rump_page_dirty(pg);
}

void
rump_page_dirty(struct vm_page *pg)
{

	if ((pg->flags & PG_CLEAN) == 0)
		return;
	pg->flags &= ~PG_CLEAN;
	pg->uobject->uo_ndirty++;
	if (rump_uobj_isfile(pg->uobject)) {
		mutex_enter(&uvm_pageqlock);
		uvmexp.dirtypages++;
		mutex_exit(&uvm_pageqlock);
	}
}

void
rump_page_clean(struct vm_page *pg)
{

	if ((pg->flags & PG_CLEAN) != 0)
		return;
	pg->flags |= PG_CLEAN;
	pg->uobject->uo_ndirty--;
	if (rump_uobj_isfile(pg->uobject)) {
		mutex_enter(&uvm_pageqlock);
		uvmexp.dirtypages--;
		mutex_exit(&uvm_pageqlock);
	}
}

void
rump_page_wait(struct vm_page *pg)
{
	struct uvm_object *uobj = pg->uobject;

	KASSERT((pg->flags & PG_BUSY) != 0);
	pg->flags |= PG_WANTED;
	cv_wait(&uobj->uo_pgcv, uobj->vmobjlock);
}

paddr_t
uvm_vm_page_to_phys(const struct vm_page *pg)
{

	return pg->phys_addr;
}

/*
 * Objects.
 */

void
uvm_obj_init(struct uvm_object *uobj, const struct uvm_pagerops *ops,
    bool alock, unsigned refs)
{

	memset(uobj, 0, sizeof(*uobj));
	rump_uvm_page_init();
	uobj->pgops = ops;
	uobj->uo_refs = refs;
	TAILQ_INIT(&uobj->memq);
	cv_init(&uobj->uo_pgcv, "pgbusy");
	if (alock)
		uobj->vmobjlock = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);
}

/*
 * The object drops its lock, if it has one, and shares the given one, whose
 * reference (mutex_obj_hold()) it takes over from the caller.
 */
void
uvm_obj_setlock(struct uvm_object *uobj, kmutex_t *lock)
{
	kmutex_t *old = uobj->vmobjlock;

	if (lock == NULL)
		lock = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);
	uobj->vmobjlock = lock;
	if (old != NULL)
		mutex_obj_free(old);
}

void
uvm_obj_destroy(struct uvm_object *uobj, bool dlock)
{
	struct vm_page *pg;

	if (!TAILQ_EMPTY(&uobj->memq)) {
		mutex_enter(uobj->vmobjlock);
		while ((pg = TAILQ_FIRST(&uobj->memq)) != NULL)
			uvm_pagefree(pg);
		mutex_exit(uobj->vmobjlock);
	}
	KASSERT(uobj->uo_tree == NULL);
	cv_destroy(&uobj->uo_pgcv);
	if (dlock && uobj->vmobjlock != NULL)
		mutex_obj_free(uobj->vmobjlock);
}
