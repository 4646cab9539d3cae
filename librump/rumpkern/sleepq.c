/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleep queues: who sleeps on which address.  Locks, condition variables,
 * tsleep() and kpause() all sleep here.
 *
 * Each bucket of the table has a lock of its own, a spin word in `smp' and
 * nothing in `up', where the virtual CPU protects it.  A sleeper puts itself
 * on the queue, unlocks it and blocks; a waker takes it off and makes it
 * ready.  rump_lwp_ready() before rump_lwp_block() is remembered, so no
 * wake-up is lost in between.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/lock.h>
#include <sys/condvar.h>

#include <rump-priv/clock.h>
#include <rump-priv/kern.h>

#define SLEEPQ_BITS	7
#define SLEEPQ_SIZE	(1 << SLEEPQ_BITS)
#define CV_MAGIC	0x63762121U

static struct rump_sleepq sleepq_table[SLEEPQ_SIZE];

void
rump_sleepq_init(void)
{
	int i;

	for (i = 0; i < SLEEPQ_SIZE; i++)
		TAILQ_INIT(&sleepq_table[i].sq_q);
}

struct rump_sleepq *
rump_sleepq_lookup(const volatile void *addr)
{
	uint64_t h = (uint64_t)(uintptr_t)addr * 0x9e3779b97f4a7c15ULL;

	return &sleepq_table[h >> (64 - SLEEPQ_BITS)];
}

void
rump_sleepq_lock(struct rump_sleepq *sq)
{
#ifdef RUMP_SMP
	while (__atomic_exchange_n(&sq->sq_lock, 1, __ATOMIC_ACQUIRE) != 0)
		while (__atomic_load_n(&sq->sq_lock, __ATOMIC_RELAXED) != 0)
			SPINLOCK_SPIN_HOOK;
#endif
}

void
rump_sleepq_unlock(struct rump_sleepq *sq)
{
#ifdef RUMP_SMP
	__atomic_store_n(&sq->sq_lock, 0, __ATOMIC_RELEASE);
#endif
}

static void
sleepq_set(struct lwp *l, wchan_t wchan, const char *wmesg, int kind,
    bool catch_p)
{

	KASSERT(l->l_wchan == NULL);
	/* Looked at without the lock in rump_lwp_interrupt(). */
	__atomic_store_n(&l->l_wchan, wchan, __ATOMIC_RELAXED);
	l->l_wmesg = wmesg;
	l->l_sleepkind = kind;
	l->l_sleeperr = 0;
	if (catch_p)
		l->l_flag |= LW_SINTR;
}

void
rump_sleepq_enter(struct rump_sleepq *sq, wchan_t wchan, const char *wmesg,
    int kind, bool catch_p)
{
	struct lwp *l = curlwp;

	sleepq_set(l, wchan, wmesg, kind, catch_p);
	TAILQ_INSERT_TAIL(&sq->sq_q, l, l_sleepchain);
}

void
rump_sleepq_enter_bypri(struct rump_sleepq *sq, wchan_t wchan,
    const char *wmesg, int kind)
{
	struct lwp *l = curlwp, *o, *less = NULL;

	sleepq_set(l, wchan, wmesg, kind, false);
	TAILQ_FOREACH_REVERSE(o, &sq->sq_q, rump_sleepers, l_sleepchain) {
		if (o->l_wchan != wchan || o->l_sleepkind != kind)
			continue;
		if (lwp_eprio(o) >= lwp_eprio(l))
			break;
		less = o;
	}
	if (less != NULL)
		TAILQ_INSERT_BEFORE(less, l, l_sleepchain);
	else
		TAILQ_INSERT_TAIL(&sq->sq_q, l, l_sleepchain);
}

void
rump_sleepq_take(struct rump_sleepq *sq, struct lwp *l)
{

	TAILQ_REMOVE(&sq->sq_q, l, l_sleepchain);
	if (l->l_sleepkind == SQ_CV)
		((kcondvar_t *)(uintptr_t)l->l_wchan)->cv_waiters--;
	__atomic_store_n(&l->l_wchan, NULL, __ATOMIC_RELAXED);
	l->l_wmesg = NULL;
	l->l_flag &= ~LW_SINTR;
}

void
rump_sleepq_remove(struct rump_sleepq *sq, struct lwp *l)
{

	rump_sleepq_take(sq, l);
	rump_lwp_ready(l);
}

struct lwp *
rump_sleepq_first(struct rump_sleepq *sq, wchan_t wchan, int kind)
{
	struct lwp *l;

	TAILQ_FOREACH(l, &sq->sq_q, l_sleepchain)
		if (l->l_wchan == wchan &&
		    (kind == 0 || l->l_sleepkind == kind))
			return l;
	return NULL;
}

/* What ends interruptible sleeps. */
static int
sleep_interrupted(const struct lwp *l)
{

	if (l->l_flag & (LW_PENDSIG | LW_WEXIT | LW_CANCELLED | LW_RUMP_QEXIT))
		return EINTR;
	return l->l_sigtemp && rump_sigmask_pending(l) ? EINTR : 0;
}

/*
 * Sleep, being on the queue, which is locked and will be unlocked.  0,
 * EWOULDBLOCK after @timo ticks, EINTR.
 */
int
rump_sleepq_block(struct rump_sleepq *sq, int timo, bool catch_p)
{
	struct lwp *l = curlwp;
	int64_t until = 0;
	int nlocks, error;
	bool woken;

	if (l->l_wchan == NULL) {
		/* Woken while the caller released its mutex. */
		rump_sleepq_unlock(sq);
		return l->l_sleeperr;
	}
	if (catch_p && (error = sleep_interrupted(l)) != 0) {
		rump_sleepq_take(sq, l);
		rump_sleepq_unlock(sq);
		return error;
	}
	rump_sleepq_unlock(sq);
	_kernel_unlock(0, &nlocks);
	if (timo > 0)
		until = rump_clock_uptime_ns() + timo * (1000000000LL / hz);
	for (;;) {
		woken = rump_lwp_block(l, until);
		rump_sleepq_lock(sq);
		if (l->l_wchan == NULL) {
			error = l->l_sleeperr;
			break;
		}
		if (!woken) {
			rump_sleepq_take(sq, l);
			error = EWOULDBLOCK;
			break;
		}
		rump_sleepq_unlock(sq);
	}
	rump_sleepq_unlock(sq);
	if (nlocks != 0)
		_kernel_lock(nlocks);
	return error;
}

void
rump_lwp_interrupt(struct lwp *l)
{
	struct rump_sleepq *sq;
	wchan_t wchan;

	while ((wchan = __atomic_load_n(&l->l_wchan, __ATOMIC_RELAXED)) !=
	    NULL) {
		sq = rump_sleepq_lookup(wchan);
		rump_sleepq_lock(sq);
		if (l->l_wchan == wchan) {
			if (l->l_flag & LW_SINTR) {
				l->l_sleeperr = EINTR;
				rump_sleepq_remove(sq, l);
			}
			rump_sleepq_unlock(sq);
			return;
		}
		rump_sleepq_unlock(sq);
	}
}

/*
 * tsleep(9).
 */

static int
sleep_on(wchan_t wchan, const char *wmesg, int kind, int timo, bool catch_p,
    kmutex_t *mtx, bool relock)
{
	struct rump_sleepq *sq;
	int error;

	LOCKDEBUG_BARRIER(mtx, mtx == NULL);
	if (panicstr != NULL)
		return 0;	/* nobody will wake us */
	sq = rump_sleepq_lookup(wchan);
	rump_sleepq_lock(sq);
	rump_sleepq_enter(sq, wchan, wmesg, kind, catch_p);
	if (mtx != NULL) {
#ifdef RUMP_SMP
		/* The mutex's own queue may be this one. */
		rump_sleepq_unlock(sq);
		mutex_exit(mtx);
		rump_sleepq_lock(sq);
#else
		mutex_exit(mtx);
#endif
	}
	error = rump_sleepq_block(sq, timo, catch_p);
	if (mtx != NULL && relock)
		mutex_enter(mtx);
	return error;
}

int
tsleep(wchan_t ident, pri_t pri, const char *wmesg, int timo)
{

	return sleep_on(ident, wmesg, SQ_ADDR, timo, (pri & PCATCH) != 0,
	    NULL, false);
}

int
mtsleep(wchan_t ident, pri_t pri, const char *wmesg, int timo, kmutex_t *mtx)
{

	return sleep_on(ident, wmesg, SQ_ADDR, timo, (pri & PCATCH) != 0,
	    mtx, (pri & PNORELOCK) == 0);
}

int
kpause(const char *wmesg, bool intr, int timo, kmutex_t *mtx)
{
	int error;

	KASSERT(timo != 0 || intr);
	error = sleep_on(&curlwp->l_sleepchain, wmesg, SQ_PAUSE, timo, intr,
	    mtx, true);
	return error;
}

void
wakeup(wchan_t ident)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(ident);
	struct lwp *l, *next;

	rump_sleepq_lock(sq);
	TAILQ_FOREACH_SAFE(l, &sq->sq_q, l_sleepchain, next)
		if (l->l_wchan == ident && l->l_sleepkind == SQ_ADDR)
			rump_sleepq_remove(sq, l);
	rump_sleepq_unlock(sq);
}

/*
 * condvar(9).
 */

void
cv_init(kcondvar_t *cv, const char *wmesg)
{

	cv->cv_waiters = 0;
	cv->cv_magic = CV_MAGIC;
	cv->cv_wmesg = wmesg;
	cv->cv_spare = NULL;
}

void
cv_destroy(kcondvar_t *cv)
{

	KASSERT(cv_is_valid(cv));
	KASSERT(!cv_has_waiters(cv));
	cv->cv_magic = 0;
}

static int
cv_sleep(kcondvar_t *cv, kmutex_t *mtx, int timo, bool catch_p)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(cv);
	int error;

	KASSERT(cv_is_valid(cv));
	KASSERT(mutex_owned(mtx));
	LOCKDEBUG_BARRIER(mtx, 0);
	rump_sleepq_lock(sq);
	rump_sleepq_enter(sq, cv, cv->cv_wmesg, SQ_CV, catch_p);
	cv->cv_waiters++;
#ifdef RUMP_SMP
	rump_sleepq_unlock(sq);
	mutex_exit(mtx);
	rump_sleepq_lock(sq);
#else
	mutex_exit(mtx);
#endif
	error = rump_sleepq_block(sq, timo, catch_p);
	mutex_enter(mtx);
	return error;
}

void
cv_wait(kcondvar_t *cv, kmutex_t *mtx)
{

	(void)cv_sleep(cv, mtx, 0, false);
}

int
cv_wait_sig(kcondvar_t *cv, kmutex_t *mtx)
{

	return cv_sleep(cv, mtx, 0, true);
}

int
cv_timedwait(kcondvar_t *cv, kmutex_t *mtx, int timo)
{

	return cv_sleep(cv, mtx, timo, false);
}

int
cv_timedwait_sig(kcondvar_t *cv, kmutex_t *mtx, int timo)
{

	return cv_sleep(cv, mtx, timo, true);
}

static void
cv_wake(kcondvar_t *cv, bool all)
{
	struct rump_sleepq *sq = rump_sleepq_lookup(cv);
	struct lwp *l, *next;

	rump_sleepq_lock(sq);
	TAILQ_FOREACH_SAFE(l, &sq->sq_q, l_sleepchain, next) {
		if (l->l_wchan != cv || l->l_sleepkind != SQ_CV)
			continue;
		rump_sleepq_remove(sq, l);
		if (!all || cv->cv_waiters == 0)
			break;
	}
	rump_sleepq_unlock(sq);
}

void
cv_signal(kcondvar_t *cv)
{

	if (__atomic_load_n(&cv->cv_waiters, __ATOMIC_RELAXED) != 0)
		cv_wake(cv, false);
}

void
cv_broadcast(kcondvar_t *cv)
{

	if (__atomic_load_n(&cv->cv_waiters, __ATOMIC_RELAXED) != 0)
		cv_wake(cv, true);
}

bool
cv_has_waiters(kcondvar_t *cv)
{

	return __atomic_load_n(&cv->cv_waiters, __ATOMIC_RELAXED) != 0;
}

bool
cv_is_valid(kcondvar_t *cv)
{

	return cv->cv_magic == CV_MAGIC && cv->cv_wmesg != NULL;
}
