/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rwlock(9).  See sys/rwlock.h for the owner word.
 *
 * While RW_HAS_WAITERS is set, the last holder to leave decides under the
 * sleep queue's lock.  In `up' it hands the lock over: after a writer to all
 * waiting readers, after readers to the first waiting writer, so neither side
 * starves.  In `smp' a hand-over would make everybody wait while the new
 * holder's thread wakes up, so it frees the lock, has the first waiter (if it
 * is a reader, all readers) try again, and hands over only when that one has
 * tried in vain before.  RW_WRITE_WANTED makes new readers queue up behind a
 * waiting writer.  Others may change the word while the queue is locked, so
 * the decision is made first, entered by compare-and-swap, then carried out.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/kmem.h>
#include <sys/lock.h>

#include <rump-priv/kern.h>

#include "lockcheck.h"

#undef rw_enter
#undef rw_exit

#define RW_MAGIC	0x72776c21U
#define RW_SPINS	1000

#define RW_LWP(o)	((struct lwp *)((o) & ~RW_BITS))
#define RW_COUNT(o)	((o) / RW_READ_INCR)

static inline bool
rw_cas(krwlock_t *rw, uintptr_t o, uintptr_t n)
{
#ifdef RUMP_UP
	if (rw->rw_owner != o)
		return false;
	rw->rw_owner = n;
	return true;
#else
	return __atomic_compare_exchange_n(&rw->rw_owner, &o, n, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
#endif
}

static inline uintptr_t
rw_load(const krwlock_t *rw)
{

	/* Acquire: the owner it names may be looked at. */
	return __atomic_load_n(&rw->rw_owner, __ATOMIC_ACQUIRE);
}

void
rw_init(krwlock_t *rw)
{

	rw->rw_owner = 0;
	rw->rw_spare = 0;
	rw->rw_magic = RW_MAGIC;
	rw->rw_class = LC_CLASS(__builtin_return_address(0), LC_KIND_RW);
}

void
rw_destroy(krwlock_t *rw)
{

	KASSERT(rw->rw_magic == RW_MAGIC);
	if (rw_load(rw) != 0)
		panic("rw_destroy: %p is held (%#lx)", rw,
		    (unsigned long)rw->rw_owner);
	rw->rw_magic = 0;
}

/* One attempt: what the lock would become, 0 if it has to be waited for. */
static uintptr_t
rw_next(uintptr_t o, krw_t op, struct lwp *l)
{

	if (op == RW_READER)
		return (o & (RW_WRITE_LOCKED | RW_WRITE_WANTED)) != 0 ? 0 :
		    o + RW_READ_INCR;
	return (o & ~(RW_HAS_WAITERS | RW_WRITE_WANTED)) != 0 ? 0 :
	    (o | (uintptr_t)l | RW_WRITE_LOCKED);
}

/* Sleep until the lock is handed over; false: look at it again. */
static bool
rw_sleep(krwlock_t *rw, krw_t op, struct lwp *l)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(rw);
	uintptr_t o, n;

	rump_sleepq_lock(sq);
	o = rw_load(rw);
	n = o | RW_HAS_WAITERS | (op == RW_WRITER ? RW_WRITE_WANTED : 0);
	if (rw_next(o, op, l) != 0 || !rw_cas(rw, o, n)) {
		rump_sleepq_unlock(sq);
		return false;
	}
	l->l_handed = 0;
	rump_sleepq_enter(sq, rw, "rwlock",
	    op == RW_READER ? SQ_RWREAD : SQ_RWWRITE, false);
	(void)rump_sleepq_block(sq, 0, false);
	return l->l_handed != 0;
}

void __noinline
rump_rw_enter_slow(krwlock_t *rw, krw_t op)
{
	struct lwp *l = curlwp;
	int spins __unused = 0;
	uintptr_t o, n;

	KASSERTMSG(rw->rw_magic == RW_MAGIC, "rwlock %p not initialised", rw);
	l->l_waitfail = 0;
	for (;;) {
		o = rw_load(rw);
		if ((n = rw_next(o, op, l)) != 0) {
			if (rw_cas(rw, o, n))
				return;
			continue;
		}
		if ((o & RW_WRITE_LOCKED) && RW_LWP(o) == l)
			panic("rw_enter: %p: locking against myself", rw);
#ifdef RUMP_SMP
		/* Readers are many; they may be running or not. */
		if (spins < ((o & RW_WRITE_LOCKED) ? RW_SPINS :
		    RW_SPINS / 8) && ((o & RW_WRITE_LOCKED) == 0 ||
		    rump_lwp_running(RW_LWP(o)))) {
			spins++;
			SPINLOCK_SPIN_HOOK;
			continue;
		}
#endif
		if (rw_sleep(rw, op, l))
			return;
		spins = 0;
		l->l_waitfail++;
	}
}

/* Who sleeps on a lock; its queue is locked. */
struct rw_queue {
	struct lwp *first;		/* NULL: nobody */
	struct lwp *writer;		/* the first writer */
	int nreaders, nwriters;
};

static void
rw_scan(struct rump_sleepq *sq, krwlock_t *rw, struct rw_queue *q)
{
	struct lwp *l;

	memset(q, 0, sizeof(*q));
	TAILQ_FOREACH(l, &sq->sq_q, l_sleepchain) {
		if (l->l_wchan != rw)
			continue;
		if (q->first == NULL)
			q->first = l;
		if (l->l_sleepkind == SQ_RWREAD)
			q->nreaders++;
		else if (q->nwriters++ == 0)
			q->writer = l;
	}
}

static void
rw_wake(struct rump_sleepq *sq, krwlock_t *rw, struct lwp *writer, int handed)
{
	struct lwp *l;

	if (writer != NULL) {
		writer->l_handed = handed;
		rump_sleepq_remove(sq, writer);
		return;
	}
	while ((l = rump_sleepq_first(sq, rw, SQ_RWREAD)) != NULL) {
		l->l_handed = handed;
		rump_sleepq_remove(sq, l);
	}
}

/*
 * The last holder leaves a lock whose word is @o, or with @held set keeps
 * that as its only reader.  False if the word has changed meanwhile.
 */
static bool
rw_pass(struct rump_sleepq *sq, krwlock_t *rw, uintptr_t o, uintptr_t held)
{
	bool to_readers = (o & RW_WRITE_LOCKED) != 0;
	struct rw_queue q;
	struct lwp *w;
	uintptr_t n;

	rw_scan(sq, rw, &q);
	if (q.first == NULL)
		return rw_cas(rw, o, held);
#ifdef RUMP_SMP
	to_readers = q.first->l_sleepkind == SQ_RWREAD;
	if (held == 0 && q.first->l_waitfail == 0) {
		w = to_readers ? NULL : q.first;
		n = (to_readers ? q.nwriters : q.nreaders + q.nwriters - 1) > 0
		    ? RW_HAS_WAITERS : 0;
		if (!rw_cas(rw, o, n))
			return false;
		rw_wake(sq, rw, w, 0);
		return true;
	}
#endif
	if (q.writer != NULL && held == 0 &&
	    (!to_readers || q.nreaders == 0)) {
		w = q.writer;
		q.nwriters--;
		n = (uintptr_t)w | RW_WRITE_LOCKED;
	} else {
		w = NULL;
		n = held + q.nreaders * RW_READ_INCR;
		q.nreaders = 0;
	}
	if (q.nwriters > 0)
		n |= RW_HAS_WAITERS | RW_WRITE_WANTED;
	else if (q.nreaders > 0)
		n |= RW_HAS_WAITERS;
	if (!rw_cas(rw, o, n))
		return false;
	rw_wake(sq, rw, w, 1);
	return true;
}

void __noinline
rump_rw_exit_slow(krwlock_t *rw)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(rw);
	uintptr_t o, n;
	bool passed;

	for (;;) {
		o = rw_load(rw);
		if (o & RW_WRITE_LOCKED) {
			if (RW_LWP(o) != curlwp)
				panic("rw_exit: %p is not held by this lwp",
				    rw);
			n = 0;
		} else {
			if (RW_COUNT(o) == 0)
				panic("rw_exit: %p is not held", rw);
			n = o - RW_READ_INCR;
		}
		if ((o & RW_HAS_WAITERS) == 0 || RW_COUNT(n) != 0) {
			if (rw_cas(rw, o, n))
				return;
			continue;
		}
		rump_sleepq_lock(sq);
		passed = rw_pass(sq, rw, o, 0);
		rump_sleepq_unlock(sq);
		if (passed)
			return;
	}
}

void
(rw_enter)(krwlock_t *rw, const krw_t op)
{
	struct lwp *l = curlwp;
	uintptr_t o, n;

	LC_WANT(rw, rw->rw_class, LC_KIND_RW);
	o = rw_load(rw);
	n = rw_next(o, op, l);
	if (n == 0 || !rw_cas(rw, o, n))
		rump_rw_enter_slow(rw, op);
	LC_GOT(rw, rw->rw_class, LC_KIND_RW);
}

void
(rw_exit)(krwlock_t *rw)
{

	LC_RELEASED(rw);
	rump_rw_exit_slow(rw);
}

int
rw_tryenter(krwlock_t *rw, const krw_t op)
{
	struct lwp *l = curlwp;
	uintptr_t o, n;

	do {
		o = rw_load(rw);
		if ((n = rw_next(o, op, l)) == 0)
			return 0;
	} while (!rw_cas(rw, o, n));
	LC_GOT(rw, rw->rw_class, LC_KIND_RW);
	return 1;
}

int
rw_tryupgrade(krwlock_t *rw)
{
	uintptr_t o;

	do {
		o = rw_load(rw);
		KASSERT((o & RW_WRITE_LOCKED) == 0 && RW_COUNT(o) != 0);
		if (RW_COUNT(o) != 1)
			return 0;
	} while (!rw_cas(rw, o, (o & RW_BITS) | (uintptr_t)curlwp |
	    RW_WRITE_LOCKED));
	return 1;
}

void
rw_downgrade(krwlock_t *rw)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(rw);
	uintptr_t o;
	bool passed;

	for (;;) {
		o = rw_load(rw);
		KASSERT((o & RW_WRITE_LOCKED) && RW_LWP(o) == curlwp);
		if ((o & RW_HAS_WAITERS) == 0) {
			if (rw_cas(rw, o, RW_READ_INCR))
				return;
			continue;
		}
		rump_sleepq_lock(sq);
		passed = rw_pass(sq, rw, o, RW_READ_INCR);
		rump_sleepq_unlock(sq);
		if (passed)
			return;
	}
}

int
rw_read_held(krwlock_t *rw)
{
	uintptr_t o = rw_load(rw);

	return (o & RW_WRITE_LOCKED) == 0 && RW_COUNT(o) != 0;
}

int
rw_write_held(krwlock_t *rw)
{
	uintptr_t o = rw_load(rw);

	return (o & RW_WRITE_LOCKED) != 0 && RW_LWP(o) == curlwp;
}

int
rw_lock_held(krwlock_t *rw)
{

	return (rw_load(rw) & ~(RW_HAS_WAITERS | RW_WRITE_WANTED)) != 0;
}

/*
 * Reference-counted locks.
 */

struct krwobj {
	krwlock_t ro_lock;
	volatile u_int ro_refcnt;
	u_int ro_magic;
};

#define RW_OBJ_MAGIC	0x72776f62U

void
rw_obj_init(void)
{
}

krwlock_t *
rw_obj_alloc(void)
{
	struct krwobj *ro = kmem_alloc(sizeof(*ro), KM_SLEEP);

	rw_init(&ro->ro_lock);
	ro->ro_refcnt = 1;
	ro->ro_magic = RW_OBJ_MAGIC;
	return &ro->ro_lock;
}

void
rw_obj_hold(krwlock_t *rw)
{
	struct krwobj *ro = (struct krwobj *)rw;

	KASSERT(ro->ro_magic == RW_OBJ_MAGIC);
	__atomic_fetch_add(&ro->ro_refcnt, 1, __ATOMIC_RELAXED);
}

bool
rw_obj_free(krwlock_t *rw)
{
	struct krwobj *ro = (struct krwobj *)rw;

	KASSERT(ro->ro_magic == RW_OBJ_MAGIC);
	if (__atomic_sub_fetch(&ro->ro_refcnt, 1, __ATOMIC_ACQ_REL) != 0)
		return false;
	rw_destroy(rw);
	ro->ro_magic = 0;
	kmem_free(ro, sizeof(*ro));
	return true;
}
