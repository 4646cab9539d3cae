/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synchronisation for what is mostly read: percpu(9), pserialize(9),
 * psref(9), localcount(9), and the cross-calls (xcall(9)) they rest on.
 *
 * A read section costs nothing: whoever is in one holds a virtual CPU and
 * does not give it up.  So a writer need only wait until each virtual CPU
 * has been given up once (rump_cpu_quiesce()); in `up' the writer's own
 * running proves that.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/percpu.h>
#include <sys/proc.h>
#include <sys/pserialize.h>
#include <sys/psref.h>
#include <sys/xcall.h>

#include <rump-priv/kern.h>
#include <rump-priv/localcount.h>

/*
 * xcall(9): the caller visits each CPU.
 */

static uint64_t xc_ticket;

uint64_t
xc_unicast(u_int flags, xcfunc_t func, void *arg1, void *arg2,
    struct cpu_info *ci)
{

	rump_lwp_visit(ci, func, arg1, arg2);
	return __atomic_add_fetch(&xc_ticket, 1, __ATOMIC_RELAXED);
}

uint64_t
xc_broadcast(u_int flags, xcfunc_t func, void *arg1, void *arg2)
{
	struct cpu_info *ci;
	u_int i;

	for (i = 0; (ci = cpu_lookup(i)) != NULL; i++)
		rump_lwp_visit(ci, func, arg1, arg2);
	return __atomic_add_fetch(&xc_ticket, 1, __ATOMIC_RELAXED);
}

/* Calls are over when they have been made. */
void
xc_wait(uint64_t where)
{

	KASSERT(where <= __atomic_load_n(&xc_ticket, __ATOMIC_RELAXED));
}

void
xc_barrier(u_int flags)
{

	rump_cpu_quiesce();
}

/*
 * percpu(9).
 */

#define PERCPU_STRIDE(size)	roundup2((size), 64)

struct percpu {
	size_t pc_size;
	uint8_t *pc_data;
	void *pc_mem;
};

percpu_t *
percpu_alloc(size_t size)
{
	percpu_t *pc = kmem_alloc(sizeof(*pc), KM_SLEEP);

	pc->pc_size = size;
	pc->pc_mem = kmem_zalloc(PERCPU_STRIDE(size) * ncpu + 64, KM_SLEEP);
	pc->pc_data = (void *)roundup2((uintptr_t)pc->pc_mem, 64);
	return pc;
}

void
percpu_free(percpu_t *pc, size_t size)
{

	KASSERT(size == pc->pc_size);
	kmem_free(pc->pc_mem, PERCPU_STRIDE(size) * ncpu + 64);
	kmem_free(pc, sizeof(*pc));
}

void *
percpu_getref(percpu_t *pc)
{

	kpreempt_disable();
	return pc->pc_data + PERCPU_STRIDE(pc->pc_size) * curcpu()->ci_index;
}

void
percpu_putref(percpu_t *pc)
{

	kpreempt_enable();
}

void
percpu_foreach(percpu_t *pc, percpu_callback_t cb, void *arg)
{
	struct cpu_info *ci;
	u_int i;

	for (i = 0; (ci = cpu_lookup(i)) != NULL; i++)
		(*cb)(pc->pc_data + PERCPU_STRIDE(pc->pc_size) * i, arg, ci);
}

/*
 * pserialize(9).
 */

struct pserialize {
	u_int psz_performed;
};

pserialize_t
pserialize_create(void)
{

	return kmem_zalloc(sizeof(struct pserialize), KM_SLEEP);
}

void
pserialize_destroy(pserialize_t psz)
{

	kmem_free(psz, sizeof(*psz));
}

void
pserialize_perform(pserialize_t psz)
{

	KASSERT(pserialize_not_in_read_section());
	psz->psz_performed++;
	if (panicstr == NULL)
		rump_cpu_quiesce();
}

#ifdef RUMP_CHECK
int
pserialize_read_enter(void)
{

	curcpu()->ci_psz_depth++;
	__asm volatile("" ::: "memory");
	return 0;
}

void
pserialize_read_exit(int s)
{

	__asm volatile("" ::: "memory");
	KASSERT(curcpu()->ci_psz_depth > 0);
	curcpu()->ci_psz_depth--;
}

bool
pserialize_in_read_section(void)
{

	return curcpu()->ci_psz_depth > 0;
}

bool
pserialize_not_in_read_section(void)
{

	return curcpu()->ci_psz_depth == 0;
}
#else
/* For those that were not compiled against the inline ones. */
int
(pserialize_read_enter)(void)
{

	return rump_pserialize_fence();
}

void
(pserialize_read_exit)(int s)
{

	(void)rump_pserialize_fence();
}

bool
pserialize_in_read_section(void)
{

	return true;
}

bool
pserialize_not_in_read_section(void)
{

	return true;
}
#endif

/*
 * psref(9).  prt_refs has PSREF_DRAINING set from the destruction on; who
 * takes the last reference away then wakes the destroyer, through the class,
 * which outlives the target.
 */

#define PSREF_DRAINING	0x80000000U

struct psref_class {
	kmutex_t prc_lock;
	kcondvar_t prc_cv;
};

struct psref_class *
psref_class_create(const char *name, int ipl)
{
	struct psref_class *prc = kmem_zalloc(sizeof(*prc), KM_SLEEP);

	mutex_init(&prc->prc_lock, MUTEX_DEFAULT, ipl);
	cv_init(&prc->prc_cv, name);
	return prc;
}

void
psref_class_destroy(struct psref_class *prc)
{

	cv_destroy(&prc->prc_cv);
	mutex_destroy(&prc->prc_lock);
	kmem_free(prc, sizeof(*prc));
}

void
psref_target_init(struct psref_target *pt, struct psref_class *prc)
{

	pt->prt_class = prc;
	pt->prt_refs = 0;
	pt->prt_draining = false;
}

void
psref_target_destroy(struct psref_target *pt, struct psref_class *prc)
{

	KASSERT(pt->prt_class == prc);
	KASSERT(!pt->prt_draining);
	pt->prt_draining = true;
	/* Readers that still find the target get their reference first. */
	rump_cpu_quiesce();
	mutex_enter(&prc->prc_lock);
	__atomic_fetch_or(&pt->prt_refs, PSREF_DRAINING, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&pt->prt_refs, __ATOMIC_ACQUIRE) !=
	    PSREF_DRAINING)
		cv_wait(&prc->prc_cv, &prc->prc_lock);
	mutex_exit(&prc->prc_lock);
	pt->prt_class = NULL;
}

void
psref_acquire(struct psref *pr, const struct psref_target *cpt,
    struct psref_class *prc)
{
	struct psref_target *pt = __UNCONST(cpt);
	struct lwp *l = curlwp;

	KASSERT(pt->prt_class == prc);
	__atomic_fetch_add(&pt->prt_refs, 1, __ATOMIC_RELAXED);
	pr->psref_target = pt;
	pr->psref_lwp = l;
	pr->psref_next = l->l_psrefs;
	l->l_psrefs = pr;
}

void
psref_release(struct psref *pr, const struct psref_target *cpt,
    struct psref_class *prc)
{
	struct psref_target *pt = __UNCONST(cpt);
	struct psref **prev;

	KASSERTMSG(pr->psref_lwp == curlwp, "psref released by another lwp");
	KASSERT(pr->psref_target == pt);
	for (prev = &curlwp->l_psrefs; *prev != pr;
	    prev = &(*prev)->psref_next)
		KASSERT(*prev != NULL);
	*prev = pr->psref_next;
	pr->psref_target = NULL;
	if (__atomic_sub_fetch(&pt->prt_refs, 1, __ATOMIC_SEQ_CST) !=
	    PSREF_DRAINING)
		return;
	/* The target may be gone now. */
	mutex_enter(&prc->prc_lock);
	cv_broadcast(&prc->prc_cv);
	mutex_exit(&prc->prc_lock);
}

void
psref_copy(struct psref *to, const struct psref *from,
    struct psref_class *prc)
{

	psref_acquire(to, from->psref_target, prc);
}

bool
psref_held(const struct psref_target *pt, struct psref_class *prc)
{
	const struct psref *pr;

	for (pr = curlwp->l_psrefs; pr != NULL; pr = pr->psref_next)
		if (pr->psref_target == pt)
			return true;
	return false;
}

/*
 * localcount(9).  Each CPU counts what happened on it; the sum is the
 * number of references.  While it is drained all count on *lc_totalp, under
 * the caller's mutex.
 */

void
localcount_init(struct localcount *lc)
{

	lc->lc_totalp = NULL;
	lc->lc_percpu = percpu_alloc(sizeof(int64_t));
}

static void
localcount_collect(void *arg1, void *arg2)
{
	struct localcount *lc = arg1;
	int64_t *total = arg2, *p;

	p = percpu_getref(lc->lc_percpu);
	*total += *p;
	*p = 0;
	percpu_putref(lc->lc_percpu);
}

void
localcount_drain(struct localcount *lc, kcondvar_t *cv, kmutex_t *mtx)
{
	int64_t total = 0;

	KASSERT(mutex_owned(mtx));
	KASSERT(lc->lc_totalp == NULL);
	__atomic_store_n(&lc->lc_totalp, &total, __ATOMIC_SEQ_CST);
	/* Who has not seen that has counted on its CPU before we visit it. */
	xc_wait(xc_broadcast(0, localcount_collect, lc, &total));
	while (total > 0)
		cv_wait(cv, mtx);
	KASSERT(total == 0);
}

void
localcount_fini(struct localcount *lc)
{

	percpu_free(lc->lc_percpu, sizeof(int64_t));
	lc->lc_percpu = NULL;
}

void
localcount_acquire(struct localcount *lc)
{
	int64_t *p;

	KASSERT(lc->lc_totalp == NULL);
	p = percpu_getref(lc->lc_percpu);
	(*p)++;
	percpu_putref(lc->lc_percpu);
}

void
localcount_release(struct localcount *lc, kcondvar_t *cv, kmutex_t *mtx)
{
	int64_t *p;

	if (__predict_false(__atomic_load_n(&lc->lc_totalp,
	    __ATOMIC_ACQUIRE) != NULL)) {
		mutex_enter(mtx);
		if (--*lc->lc_totalp == 0)
			cv_broadcast(cv);
		mutex_exit(mtx);
		return;
	}
	p = percpu_getref(lc->lc_percpu);
	(*p)--;
	percpu_putref(lc->lc_percpu);
}
