/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutex(9).  See sys/mutex.h for the owner word.
 *
 * `up': a lock is a word that only the holder of the virtual CPU touches.
 * It can be found taken only when its owner has given the virtual CPU up, so
 * there is nothing to spin for; mutex_exit() hands it to the first sleeper.
 *
 * `smp': taken by compare-and-swap; a waiter spins for a while as long as
 * the owner runs, then sleeps.  MTX_WAITERS is set and cleared under the
 * sleep queue's lock only, and while it is set the owner cannot release
 * without that lock: a waiter that has set it and is on the queue is seen.
 * mutex_exit() lets the first sleeper try again, and hands the mutex over to
 * one that has tried in vain.
 *
 * Sleepers are in the order of their priorities.  One that is more urgent
 * than the owner lends it its own priority, and so on to the owner of what
 * that one sleeps for: `lenders' are those that do, under lend_lock.  Who
 * releases a mutex is left with what others still lend it.  An owner that is
 * read while it changes does no harm: it works out anew what it is lent after
 * it has changed the owner word.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/cpu.h>
#include <sys/kmem.h>
#include <sys/lock.h>

#include <rump-priv/kern.h>

#include "lockcheck.h"

#undef mutex_enter
#undef mutex_exit
#undef mutex_spin_enter
#undef mutex_spin_exit
#undef mutex_owned

#define MUTEX_MAGIC	0x6d747821U
#define MUTEX_SPINS	1000

#define MTX_LWP(o)	((struct lwp *)((o) & ~MTX_BITS))

static inline bool
mutex_cas(kmutex_t *mtx, uintptr_t o, uintptr_t n)
{
#ifdef RUMP_UP
	if (mtx->mtx_owner != o)
		return false;
	mtx->mtx_owner = n;
	return true;
#else
	return __atomic_compare_exchange_n(&mtx->mtx_owner, &o, n, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
#endif
}

static inline uintptr_t
mutex_load(const kmutex_t *mtx)
{

	/* Acquire: the owner it names may be looked at. */
	return __atomic_load_n(&mtx->mtx_owner, __ATOMIC_ACQUIRE);
}

void
mutex_init(kmutex_t *mtx, kmutex_type_t type, int ipl)
{

	mtx->mtx_owner = 0;
	mtx->mtx_ipl = ipl;
	mtx->mtx_magic = MUTEX_MAGIC;
	mtx->mtx_kind = MTX_K_ADAPTIVE;
	switch (type) {
	case MUTEX_ADAPTIVE:
		break;
	case MUTEX_SPIN:
		mtx->mtx_kind = MTX_K_SPIN;
		break;
	case MUTEX_NODEBUG:
		mtx->mtx_kind = MTX_K_NODEBUG;
		/* FALLTHROUGH */
	case MUTEX_DEFAULT:
	case MUTEX_DRIVER:
		if (ipl > IPL_SOFTSERIAL)
			mtx->mtx_kind |= MTX_K_SPIN;
		break;
	}
	mtx->mtx_class = LC_CLASS(__builtin_return_address(0),
	    mtx->mtx_kind);
}

void
mutex_destroy(kmutex_t *mtx)
{

	KASSERT(mtx->mtx_magic == MUTEX_MAGIC);
	if (mutex_load(mtx) != 0)
		panic("mutex_destroy: %p is held by %p", mtx,
		    MTX_LWP(mtx->mtx_owner));
	mtx->mtx_magic = 0;
}

/*
 * Lending.  lend_lock is taken with a sleep queue locked; in `up' the virtual
 * CPU stands for both.
 */
static TAILQ_HEAD(, lwp) lenders = TAILQ_HEAD_INITIALIZER(lenders);
#ifdef RUMP_SMP
static __cpu_simple_lock_t lend_lock = __SIMPLELOCK_UNLOCKED;
#define LEND_LOCK()	__cpu_simple_lock(&lend_lock)
#define LEND_UNLOCK()	__cpu_simple_unlock(&lend_lock)
#else
#define LEND_LOCK()	do { } while (0)
#define LEND_UNLOCK()	do { } while (0)
#endif

static void
lend(struct lwp *l, kmutex_t *mtx)
{
	pri_t pri = lwp_eprio(l);
	struct lwp *o;

	LEND_LOCK();
	o = MTX_LWP(mutex_load(mtx));
	if (o != NULL && lwp_eprio(o) < pri) {
		l->l_lending = mtx;
		TAILQ_INSERT_TAIL(&lenders, l, l_lendchain);
	}
	while (o != NULL && lwp_eprio(o) < pri) {
		__atomic_store_n(&o->l_inheritedprio, pri, __ATOMIC_RELAXED);
		rump_lwp_reprio(o);
		if (o->l_lending == NULL)
			break;
		o = MTX_LWP(mutex_load(o->l_lending));
	}
	LEND_UNLOCK();
}

/* @w does not sleep for a mutex any more, which curlwp has released. */
static void
lend_end(struct lwp *l, struct lwp *w)
{
	struct lwp *o;
	pri_t pri = 0;

	if (w->l_lending == NULL &&
	    __atomic_load_n(&l->l_inheritedprio, __ATOMIC_RELAXED) == 0)
		return;
	LEND_LOCK();
	if (w->l_lending != NULL) {
		TAILQ_REMOVE(&lenders, w, l_lendchain);
		w->l_lending = NULL;
	}
	TAILQ_FOREACH(o, &lenders, l_lendchain)
		if (MTX_LWP(mutex_load(o->l_lending)) == l &&
		    lwp_eprio(o) > pri)
			pri = lwp_eprio(o);
	__atomic_store_n(&l->l_inheritedprio, pri, __ATOMIC_RELAXED);
	LEND_UNLOCK();
}

/* Sleep until the mutex may be free: true if it was handed over. */
static bool
mutex_sleep(kmutex_t *mtx, struct lwp *l)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(mtx);
	uintptr_t o;

	rump_sleepq_lock(sq);
	o = mutex_load(mtx);
	if (MTX_LWP(o) == NULL ||
	    ((o & MTX_WAITERS) == 0 && !mutex_cas(mtx, o, o | MTX_WAITERS))) {
		rump_sleepq_unlock(sq);
		return false;
	}
	l->l_handed = 0;
	lend(l, mtx);
	rump_sleepq_enter_bypri(sq, mtx, "mutex", SQ_MUTEX);
	(void)rump_sleepq_block(sq, 0, false);
	return l->l_handed != 0;
}

void __noinline
rump_mutex_enter_slow(kmutex_t *mtx)
{
	struct lwp *l = curlwp;
	int spins __unused = 0;
	uintptr_t o;

	KASSERTMSG(mtx->mtx_magic == MUTEX_MAGIC, "mutex %p not initialised",
	    mtx);
	l->l_waitfail = 0;
	for (;;) {
		o = mutex_load(mtx);
		if (MTX_LWP(o) == NULL) {
			if (mutex_cas(mtx, o, (uintptr_t)l | o))
				break;
			continue;
		}
		if (MTX_LWP(o) == l)
			panic("mutex_enter: %p: locking against myself", mtx);
#ifdef RUMP_SMP
		if (spins < MUTEX_SPINS && rump_lwp_running(MTX_LWP(o))) {
			spins++;
			SPINLOCK_SPIN_HOOK;
			continue;
		}
#endif
		if (mutex_sleep(mtx, l))
			break;
		spins = 0;
		l->l_waitfail++;
	}
}

void __noinline
rump_mutex_exit_slow(kmutex_t *mtx)
{
	struct rump_sleepq *sq;
	struct lwp *w;
	bool hand;

	if (MTX_LWP(mutex_load(mtx)) != curlwp)
		panic("mutex_exit: %p is not held by this lwp (but by %p)",
		    mtx, MTX_LWP(mtx->mtx_owner));
	sq = rump_sleepq_lookup(mtx);
	rump_sleepq_lock(sq);
	w = rump_sleepq_first(sq, mtx, SQ_MUTEX);
	if (w == NULL) {
		__atomic_store_n(&mtx->mtx_owner, 0, __ATOMIC_RELEASE);
		rump_sleepq_unlock(sq);
		return;
	}
#ifdef RUMP_UP
	hand = true;
#else
	hand = w->l_waitfail > 0;
#endif
	w->l_handed = hand;
	rump_sleepq_take(sq, w);
	__atomic_store_n(&mtx->mtx_owner, (hand ? (uintptr_t)w : 0) |
	    (rump_sleepq_first(sq, mtx, SQ_MUTEX) != NULL ? MTX_WAITERS : 0),
	    __ATOMIC_RELEASE);
	lend_end(curlwp, w);
	rump_lwp_ready(w);
	rump_sleepq_unlock(sq);
}

void
(mutex_enter)(kmutex_t *mtx)
{

	LC_WANT(mtx, mtx->mtx_class, mtx->mtx_kind);
	if (!mutex_cas(mtx, 0, (uintptr_t)curlwp))
		rump_mutex_enter_slow(mtx);
	LC_GOT(mtx, mtx->mtx_class, mtx->mtx_kind);
}

void
(mutex_exit)(kmutex_t *mtx)
{

	LC_RELEASED(mtx);
	if (!mutex_cas(mtx, (uintptr_t)curlwp, 0))
		rump_mutex_exit_slow(mtx);
}

void
(mutex_spin_enter)(kmutex_t *mtx)
{

	mutex_enter(mtx);
}

void
(mutex_spin_exit)(kmutex_t *mtx)
{

	mutex_exit(mtx);
}

int
mutex_tryenter(kmutex_t *mtx)
{
	uintptr_t o = mutex_load(mtx);

	if (MTX_LWP(o) != NULL || !mutex_cas(mtx, o, (uintptr_t)curlwp | o))
		return 0;
	LC_GOT(mtx, mtx->mtx_class, mtx->mtx_kind);
	return 1;
}

int
(mutex_owned)(kmutex_t *mtx)
{

	return MTX_LWP(mutex_load(mtx)) == curlwp;
}

lwp_t *
mutex_owner(kmutex_t *mtx)
{

	return MTX_LWP(mutex_load(mtx));
}

int
mutex_ownable(kmutex_t *mtx)
{

	return MTX_LWP(mutex_load(mtx)) == NULL;
}

/*
 * Reference-counted mutexes.
 */

struct kmutexobj {
	kmutex_t mo_lock;
	volatile u_int mo_refcnt;
	u_int mo_magic;
};

#define MUTEX_OBJ_MAGIC	0x6d6f626aU

void
mutex_obj_init(void)
{
}

kmutex_t *
mutex_obj_alloc(kmutex_type_t type, int ipl)
{
	struct kmutexobj *mo = kmem_alloc(sizeof(*mo), KM_SLEEP);

	mutex_init(&mo->mo_lock, type, ipl);
	/* Its place is where it is asked for, not here. */
	mo->mo_lock.mtx_class = LC_CLASS(__builtin_return_address(0),
	    mo->mo_lock.mtx_kind);
	mo->mo_refcnt = 1;
	mo->mo_magic = MUTEX_OBJ_MAGIC;
	return &mo->mo_lock;
}

void
mutex_obj_hold(kmutex_t *mtx)
{
	struct kmutexobj *mo = (struct kmutexobj *)mtx;

	KASSERT(mo->mo_magic == MUTEX_OBJ_MAGIC);
	__atomic_fetch_add(&mo->mo_refcnt, 1, __ATOMIC_RELAXED);
}

bool
mutex_obj_free(kmutex_t *mtx)
{
	struct kmutexobj *mo = (struct kmutexobj *)mtx;

	KASSERT(mo->mo_magic == MUTEX_OBJ_MAGIC);
	if (__atomic_sub_fetch(&mo->mo_refcnt, 1, __ATOMIC_ACQ_REL) != 0)
		return false;
	mutex_destroy(mtx);
	mo->mo_magic = 0;
	kmem_free(mo, sizeof(*mo));
	return true;
}
