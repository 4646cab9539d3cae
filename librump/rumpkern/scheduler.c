/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual CPUs: who may run kernel code, and who is next.
 *
 * A host thread runs kernel code while it holds a virtual CPU.  Entering and
 * leaving an uncontended one is one atomic operation each on ci_vcpu:
 *
 *	V_LOCKED	somebody holds it
 *	V_WAITERS	somebody is on sched_waitq: leave through the slow path
 *
 * Everything else (the queue, the waiters' states) is under sched_mtx, a host
 * mutex that is held for a few instructions only and never across the wait
 * for a virtual CPU.  This is about host threads; in `up' the one that has
 * the CPU also carries kernel threads: see sched_fiber.c.
 *
 * Fairness.  A leaver that finds waiters frees the CPU and tells the first
 * one to try; until that one arrives the CPU may be taken by anybody who
 * comes along ("barging"), because a host thread takes microseconds to wake
 * while a system call takes nanoseconds.  A waiter that has tried in vain is
 * "starving" and gets the CPU handed over, still locked, by the next leaver.
 * So nobody waits longer than one wake-up and one stay for each waiter
 * before it.
 *
 * Bias (`up').  Once one lwp has come in
 * and out many times without company, the CPU is biased to it: bias.lwp is
 * that lwp and V_LOCKED stays set on its behalf.  It then enters by
 *
 *	l_biased = 1; if (bias.lwp != l) it was revoked, go the long way
 *
 * and leaves by
 *
 *	l_biased = 0; if (bias.lwp != l) it was revoked, settle
 *
 * without an atomic instruction or a barrier.  Who needs the queue revokes
 * the bias, under sched_mtx:
 *
 *	bias.lwp = NULL; membarrier; if (l_biased) debt = lwp else free the CPU
 *
 * The system call makes every running thread of the process pass a full
 * barrier between the two, and a thread that does not run passes one when
 * the host switches to it.  Take the holder's pair "store l_biased, load
 * bias.lwp".  Either the load comes after its barrier, then it sees the
 * revocation; or the load, and so the store before it, comes before the
 * barrier, then the revoker sees the store.  So either the revoker has read
 * the final value of l_biased, or the holder knows that it was revoked and
 * asks under sched_mtx what the revoker made of it: with `debt' set to it
 * the CPU counts as locked by it in the ordinary way (it goes on inside, or
 * on its way out passes the CPU on); otherwise the CPU was freed and it has
 * nothing.  Everything else looks at bias.lwp under sched_mtx only, and it
 * is set there only, with nobody on the queue and by the lwp that holds the
 * CPU; so a CPU with V_LOCKED set on behalf of an absent lwp has an empty
 * queue, and no leaver is missing that somebody waits for.  Each revocation
 * doubles the number of lone entries that earn the bias again.
 *
 * Where the host refuses membarrier(2) both sides have a fence between their
 * store and their load instead: one of the two loads sees the other's store,
 * which is what was used above.
 *
 * No wake-up is lost: a waiter in flight clears sched_inflight before it
 * looks at ci_vcpu; a leaver that relies on it frees ci_vcpu before it looks
 * at sched_inflight again.  All four are sequentially consistent, so at
 * least one of the two sees the other's store.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/cpu.h>
#include <sys/kauth.h>
#include <sys/lock.h>
#include <sys/atomic.h>

#include <rump/rumpuser.h>

#include <rump-priv/clock.h>

#include "sched_impl.h"

#define V_LOCKED	1U
#define V_WAITERS	2U

enum { RUMP_W_IDLE, RUMP_W_BLOCKED, RUMP_W_QUEUED, RUMP_W_GRANTED };

/* How long a starving waiter looks for the hand-over before it sleeps. */
#define STARVE_SPINS	200

TAILQ_HEAD(waitq, rump_waiter);

static struct rumpuser_mtx *sched_mtx;
static struct waitq sched_waitq = TAILQ_HEAD_INITIALIZER(sched_waitq);
static volatile int sched_inflight;	/* waiters told to try */
static volatile int sched_starving;	/* waiters to be handed the CPU */
volatile int rump_waitpri = -1;		/* of the first waiter; -1: none */

struct cpu_info rump_bootcpu;
int ncpu = 1;
int ncpuonline = 1;
bool mp_online;

#ifdef RUMP_UP
struct lwp *rump_curlwp_up;
#define NCPU		1
#define CPU(i)		(&rump_bootcpu)
#define CPU_OF(l)	(&rump_bootcpu)
#else
static struct cpu_info *cpus[MAXCPUS_RUMP] = { &rump_bootcpu };
#define NCPU		ncpu
#define CPU(i)		(cpus[i])
#define CPU_OF(l)	((l)->l_cpu)
#endif

struct cpu_info *
cpu_lookup(u_int idx)
{

	return idx < (u_int)NCPU ? CPU(idx) : NULL;
}

#ifdef RUMP_SMP
struct lwp *
rump_curlwp_fast(void)
{

	return rumpuser_curlwp();
}

struct cpu_info *
rump_curcpu(void)
{

	return rumpuser_curlwp()->l_cpu;
}
#endif

/*
 * The entry word.
 */

static inline bool
vcpu_try(struct cpu_info *ci)
{
	unsigned int o = __atomic_load_n(&ci->ci_vcpu, __ATOMIC_RELAXED);

	while ((o & V_LOCKED) == 0) {
		if (__atomic_compare_exchange_n(&ci->ci_vcpu, &o,
		    o | V_LOCKED, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static inline bool
vcpu_free_p(const struct cpu_info *ci)
{

	return (__atomic_load_n(&ci->ci_vcpu, __ATOMIC_SEQ_CST) &
	    V_LOCKED) == 0;
}

/*
 * The bias; sched_mtx held but for the plain fast paths.
 */

#ifdef RUMP_UP
#define BIAS_MIN	32

/* Where the doubling ends; tests lower it to have many revocations. */
unsigned int rump_bias_max = 1U << 20;

struct rump_bias rump_bias;
#define bias	rump_bias

static void
bias_init(void)
{

	bias.need = BIAS_MIN;
	bias.fenced = rumpuser_membarrier(RUMPUSER_MEMBARRIER_INIT) != 0;
}

/* Between the revoker's. */
static void
bias_barrier(void)
{

	if (bias.fenced)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	else if (rumpuser_membarrier(RUMPUSER_MEMBARRIER_SYNC) != 0)
		rumpuser_exit(RUMPUSER_PANIC);	/* it was there at boot */
}

/* The calling thread's lwp holds the CPU: from now on in the ordinary way. */
static inline void
bias_settle(struct lwp *l)
{

	if (l->l_biased == 0)
		return;
	l->l_biased = 0;
	if (bias.lwp == l)
		bias.lwp = NULL;
	else {
		KASSERT(bias.debt == l);
		bias.debt = NULL;
	}
}

/* Somebody else wants the CPU. */
static void
bias_revoke(void)
{
	struct lwp *b = bias.lwp;

	if (b == rumpuser_curlwp()) {
		bias_settle(b);
		return;
	}
	if (bias.need < rump_bias_max)
		bias.need *= 2;
	__atomic_store_n(&bias.lwp, NULL, __ATOMIC_RELAXED);
	bias_barrier();
	if (__atomic_load_n(&b->l_biased, __ATOMIC_ACQUIRE))
		bias.debt = b;
	else
		__atomic_fetch_and(&rump_bootcpu.ci_vcpu, ~V_LOCKED,
		    __ATOMIC_SEQ_CST);
}

/* The lwp, which holds the CPU, has been alone for long. */
static void __noinline
bias_take(struct lwp *l)
{

	bias.streak = 0;
	rumpuser_mutex_enter_nowrap(sched_mtx);
	if (TAILQ_EMPTY(&sched_waitq)) {
		l->l_biased = 1;
		bias.lwp = l;
	}
	rumpuser_mutex_exit(sched_mtx);
}

/* Count an ordinary entry. */
static inline void
bias_count(struct lwp *l)
{

	if (bias.last != l) {
		bias.last = l;
		bias.streak = 0;
	} else if (__predict_false(++bias.streak == bias.need))
		bias_take(l);
}

/* It was revoked while we came in: true if the CPU is ours nevertheless. */
static bool __noinline
bias_enter_revoked(struct lwp *l)
{
	bool ours;

	rumpuser_mutex_enter_nowrap(sched_mtx);
	l->l_biased = 0;
	if ((ours = bias.debt == l))
		bias.debt = NULL;
	rumpuser_mutex_exit(sched_mtx);
	return ours;
}

static void vcpu_pass(struct cpu_info *, bool);

/* It was revoked while we were inside, or on our way out. */
void __noinline
rump_bias_left(struct lwp *l)
{

	rumpuser_mutex_enter_nowrap(sched_mtx);
	if (bias.debt == l) {
		bias.debt = NULL;
		vcpu_pass(&rump_bootcpu, false);
	}
	rumpuser_mutex_exit(sched_mtx);
}
#endif /* RUMP_UP */

/*
 * The queue; sched_mtx held.
 */

static bool
waiter_fits(const struct rump_waiter *w, const struct cpu_info *ci)
{

	return w->w_bound == NULL || w->w_bound == ci;
}

static void
waitq_first(void)
{
	struct rump_waiter *w = TAILQ_FIRST(&sched_waitq);

	__atomic_store_n(&rump_waitpri, w != NULL ? w->w_pri : -1,
	    __ATOMIC_RELAXED);
}

static void
waitq_mark(bool on)
{
	struct cpu_info *ci;
	int i;

	for (i = 0; i < NCPU; i++) {
		ci = CPU(i);
		if (on) {
			__atomic_fetch_or(&ci->ci_vcpu, V_WAITERS,
			    __ATOMIC_SEQ_CST);
			__atomic_fetch_or(&ci->ci_schedstate.spc_flags,
			    SPCF_SHOULDYIELD, __ATOMIC_RELAXED);
		} else {
			__atomic_fetch_and(&ci->ci_vcpu, ~V_WAITERS,
			    __ATOMIC_SEQ_CST);
			__atomic_fetch_and(&ci->ci_schedstate.spc_flags,
			    ~SPCF_SHOULDYIELD, __ATOMIC_RELAXED);
		}
	}
}

static void
waitq_place(struct rump_waiter *w)
{
	struct rump_waiter *o;

	TAILQ_FOREACH_REVERSE(o, &sched_waitq, waitq, w_entry)
		if (o->w_pri >= w->w_pri)
			break;
	if (o != NULL)
		TAILQ_INSERT_AFTER(&sched_waitq, o, w, w_entry);
	else
		TAILQ_INSERT_HEAD(&sched_waitq, w, w_entry);
}

static void
waitq_insert(struct rump_waiter *w)
{
	bool first = TAILQ_EMPTY(&sched_waitq);

#ifdef RUMP_UP
	if (bias.lwp != NULL)
		bias_revoke();
#endif
	w->w_state = RUMP_W_QUEUED;
	w->w_cpu = NULL;
	w->w_woken = w->w_starving = 0;
	waitq_place(w);
	if (first)
		waitq_mark(true);
	waitq_first();
}

static void
waitq_remove(struct rump_waiter *w)
{

	if (w->w_woken)
		__atomic_fetch_sub(&sched_inflight, 1, __ATOMIC_SEQ_CST);
	if (w->w_starving)
		__atomic_fetch_sub(&sched_starving, 1, __ATOMIC_SEQ_CST);
	w->w_woken = w->w_starving = 0;
	TAILQ_REMOVE(&sched_waitq, w, w_entry);
	if (TAILQ_EMPTY(&sched_waitq))
		waitq_mark(false);
	waitq_first();
}

static void
waiter_signal(struct rump_waiter *w)
{

	if (w->w_cv != NULL)
		rumpuser_cv_signal(w->w_cv);
}

/* A CPU is free: have the first waiter that may use it come and try. */
static void
waitq_kick(void)
{
	struct rump_waiter *w;
	int i;

	for (i = 0; i < NCPU; i++) {
		if (!vcpu_free_p(CPU(i)))
			continue;
		TAILQ_FOREACH(w, &sched_waitq, w_entry) {
			if (!waiter_fits(w, CPU(i)))
				continue;
			if (!w->w_woken) {
				w->w_woken = 1;
				__atomic_fetch_add(&sched_inflight, 1,
				    __ATOMIC_SEQ_CST);
				waiter_signal(w);
			}
			break;
		}
	}
}

/* Give the CPU, which the caller holds, to this waiter. */
static void
waiter_grant(struct rump_waiter *w, struct cpu_info *ci)
{

	waitq_remove(w);
	w->w_cpu = ci;
	__atomic_store_n(&w->w_state, RUMP_W_GRANTED, __ATOMIC_RELEASE);
	waiter_signal(w);
}

/* The CPU held by the caller goes to whoever is next. */
static void
vcpu_pass(struct cpu_info *ci, bool always)
{
	struct rump_waiter *w;

	TAILQ_FOREACH(w, &sched_waitq, w_entry)
		if (waiter_fits(w, ci))
			break;
	if (w != NULL && (always || w->w_starving)) {
		waiter_grant(w, ci);
		return;
	}
	__atomic_fetch_and(&ci->ci_vcpu, ~V_LOCKED, __ATOMIC_SEQ_CST);
	waitq_kick();
}

static struct cpu_info *
waiter_try(struct rump_waiter *w)
{
	int i;

	for (i = 0; i < NCPU; i++)
		if (waiter_fits(w, CPU(i)) && vcpu_try(CPU(i)))
			return CPU(i);
	return NULL;
}

/* Look for the hand-over for a moment, with sched_mtx released. */
static void
waiter_spin(struct rump_waiter *w)
{
	int i;

	rumpuser_mutex_exit(sched_mtx);
	for (i = 0; i < STARVE_SPINS; i++) {
		if (__atomic_load_n(&w->w_state, __ATOMIC_ACQUIRE) ==
		    RUMP_W_GRANTED)
			break;
		SPINLOCK_SPIN_HOOK;
	}
	rumpuser_mutex_enter_nowrap(sched_mtx);
}

/* On sched_waitq: wait for a CPU.  sched_mtx is held throughout. */
static struct cpu_info *
waiter_wait(struct rump_waiter *w)
{
	struct cpu_info *ci;

	for (;;) {
		if (w->w_state == RUMP_W_GRANTED) {
			w->w_state = RUMP_W_IDLE;
			return w->w_cpu;
		}
		/* Before the look at the CPUs; see above. */
		if (w->w_woken) {
			w->w_woken = 0;
			__atomic_fetch_sub(&sched_inflight, 1,
			    __ATOMIC_SEQ_CST);
			if (!w->w_starving) {
				w->w_starving = 1;
				__atomic_fetch_add(&sched_starving, 1,
				    __ATOMIC_SEQ_CST);
			}
		}
		if ((ci = waiter_try(w)) != NULL) {
			waitq_remove(w);
			w->w_state = RUMP_W_IDLE;
			/* Others may have been freed in reliance on us. */
			waitq_kick();
			return ci;
		}
		if (w->w_starving) {
			waiter_spin(w);
			if (w->w_state == RUMP_W_GRANTED || w->w_woken)
				continue;
		}
		rumpuser_cv_wait_nowrap(w->w_cv, sched_mtx);
	}
}

static void
waiter_prepare(struct rump_waiter *w, struct lwp *l)
{

	if (w->w_cv == NULL)
		rumpuser_cv_init(&w->w_cv);
	w->w_pri = lwp_eprio(l);
	w->w_bound = (l->l_pflag & LP_BOUND) ? l->l_cpu : NULL;
}

static void __noinline
vcpu_get_slow(struct lwp *l)
{
	struct rump_waiter *w = &l->l_waiter;
	struct cpu_info *ci;

	waiter_prepare(w, l);
	if ((ci = waiter_try(w)) == NULL) {
		rumpuser_mutex_enter_nowrap(sched_mtx);
		waitq_insert(w);
		ci = waiter_wait(w);
		rumpuser_mutex_exit(sched_mtx);
	}
	vcpu_run(ci, l);
}

static void __noinline
vcpu_put_slow(struct cpu_info *ci)
{

	if (__atomic_load_n(&sched_inflight, __ATOMIC_RELAXED) != 0 &&
	    __atomic_load_n(&sched_starving, __ATOMIC_RELAXED) == 0) {
		__atomic_fetch_and(&ci->ci_vcpu, ~V_LOCKED, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&sched_inflight, __ATOMIC_SEQ_CST) != 0)
			return;
		rumpuser_mutex_enter_nowrap(sched_mtx);
		waitq_kick();
		rumpuser_mutex_exit(sched_mtx);
		return;
	}
	rumpuser_mutex_enter_nowrap(sched_mtx);
	vcpu_pass(ci, false);
	rumpuser_mutex_exit(sched_mtx);
}

/** Take a virtual CPU for @l, the one it had last if that is free. */
void
rump_schedule_cpu(struct lwp *l)
{
	struct cpu_info *ci = CPU_OF(l);
	unsigned int o = 0;

#ifdef RUMP_UP
	if (__predict_true(bias_enter(l))) {
		vcpu_run(ci, l);
		return;
	}
	if (__predict_false(l->l_biased) && bias_enter_revoked(l)) {
		vcpu_run(ci, l);
		return;
	}
#endif
	if (__predict_true(__atomic_compare_exchange_n(&ci->ci_vcpu, &o,
	    V_LOCKED, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))) {
		vcpu_run(ci, l);
#ifdef RUMP_UP
		/* A fiber is elsewhere when the CPU is given up. */
		if (l->l_fiber == NULL)
			bias_count(l);
#endif
	} else
		vcpu_get_slow(l);
#if defined(RUMP_SMP) && !defined(__x86_64__) && !defined(__i386__)
	/*
	 * The entry is to be visible before what is read inside; see
	 * rump_cpu_quiesce().  On x86 the locked instruction sees to it.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/** Give the virtual CPU of @l, which is curlwp, up. */
void
rump_unschedule_cpu(struct lwp *l)
{
	struct cpu_info *ci = CPU_OF(l);
	unsigned int o = V_LOCKED;

#ifdef RUMP_UP
	/* Who waits carries them; see sched_fiber.c. */
	if (__predict_false(rump_nready != 0) && rump_waitpri < 0)
		(void)rump_event_poke();
#endif
	vcpu_stop(ci);
#ifdef RUMP_UP
	if (__predict_true(l->l_biased)) {
		bias_leave(l);
		return;
	}
#endif
	if (__predict_true(__atomic_compare_exchange_n(&ci->ci_vcpu, &o, 0,
	    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
		return;
	vcpu_put_slow(ci);
}

/* Hold the CPU in the ordinary way from here on; sched_mtx held. */
static inline void
vcpu_settle(struct lwp *l)
{
#ifdef RUMP_UP
	bias_settle(l);
#endif
}

/** The same for who is about to pass it to another lwp of its thread. */
void
rump_cpu_settle(struct lwp *l)
{

	rumpuser_mutex_enter_nowrap(sched_mtx);
	vcpu_settle(l);
	rumpuser_mutex_exit(sched_mtx);
}

/*
 * Sleeping.
 */

/* Wait in the host until rump_lwp_ready() or the deadline; sched_mtx held. */
static bool
park_wait(struct rump_waiter *w, int64_t until)
{
	int64_t left;

	while (w->w_state == RUMP_W_BLOCKED) {
		if (until == 0) {
			rumpuser_cv_wait_nowrap(w->w_cv, sched_mtx);
			continue;
		}
		if ((left = until - rump_clock_uptime_ns()) <= 0)
			return false;
		rumpuser_cv_timedwait_nowrap(w->w_cv, sched_mtx,
		    left / 1000000000, left % 1000000000);
	}
	return true;
}

/* The same without the CPU, which comes back with the end of the wait. */
static bool
park(struct lwp *l, int64_t until, bool pass)
{
	struct rump_waiter *w = &l->l_waiter;
	struct cpu_info *ci;
	bool woken;

	waiter_prepare(w, l);
	rumpuser_mutex_enter_nowrap(sched_mtx);
	if (w->w_tokens != 0) {
		/* Made ready before it got here. */
		w->w_tokens = 0;
		rumpuser_mutex_exit(sched_mtx);
		return true;
	}
	__atomic_store_n(&w->w_state, RUMP_W_BLOCKED, __ATOMIC_RELAXED);
	l->l_stat = LSSLEEP;
	ci = CPU_OF(l);
	vcpu_settle(l);
	vcpu_stop(ci);
	vcpu_pass(ci, pass);
	woken = park_wait(w, until);
	if (!woken)
		waitq_insert(w);
	ci = waiter_wait(w);
	l->l_stat = LSONPROC;
	rumpuser_mutex_exit(sched_mtx);
	vcpu_run(ci, l);
	return woken;
}

#ifdef RUMP_UP
/* While there are fibers to carry the host thread does that. */
static bool
host_block(struct lwp *l, int64_t until)
{
	bool woken;

	l->l_runstate = RS_BLOCKED;
	while (!l->l_woken) {
		if (rump_nready != 0) {
			rump_fiber_carry(l, until);
			if (l->l_woken ||
			    (until != 0 && rump_clock_uptime_ns() >= until))
				break;
			if (rump_nready != 0 && rump_waitpri < 0)
				continue;
		}
		if (!park(l, until, rump_nready != 0))
			break;
	}
	l->l_runstate = RS_RUNNING;
	woken = l->l_woken;
	l->l_woken = 0;
	return woken;
}

bool
rump_lwp_block(struct lwp *l, int64_t until)
{

	if (l->l_fiber != NULL)
		return rump_fiber_block(l, until);
	l->l_ncsw++;
	l->l_ru.ru_nvcsw++;
	return host_block(l, until);
}
#else
bool
rump_lwp_block(struct lwp *l, int64_t until)
{

	l->l_ncsw++;
	l->l_ru.ru_nvcsw++;
	return park(l, until, false);
}
#endif

/* A lwp whose host thread waits for that, or, in `smp', is going to. */
static void
park_end(struct lwp *l)
{
	struct rump_waiter *w = &l->l_waiter;

	rumpuser_mutex_enter_nowrap(sched_mtx);
	if (w->w_state == RUMP_W_BLOCKED) {
#ifdef RUMP_UP
		/* The bias may be ours, which needs no handshake. */
		bias_settle(curlwp->l_fiber != NULL && rump_fiber_host() !=
		    NULL ? rump_fiber_host() : curlwp);
#endif
		l->l_stat = LSRUN;
		w->w_pri = lwp_eprio(l);
		waitq_insert(w);
		waitq_kick();
	} else {
#ifdef RUMP_SMP
		w->w_tokens = 1;
#endif
	}
	rumpuser_mutex_exit(sched_mtx);
}

void
rump_lwp_ready(struct lwp *l)
{

#ifdef RUMP_UP
	l->l_woken = 1;
	if (l->l_fiber != NULL) {
		rump_fiber_ready(l);
		return;
	}
	/*
	 * It blocks with the CPU held: if it seems not to, it will see
	 * l_woken when it has the CPU next.
	 */
	if (__atomic_load_n(&l->l_waiter.w_state, __ATOMIC_RELAXED) !=
	    RUMP_W_BLOCKED)
		return;
#endif
	park_end(l);
}

void
rump_lwp_reprio(struct lwp *l)
{
	struct rump_waiter *w = &l->l_waiter;

#ifdef RUMP_UP
	if (l->l_fiber != NULL)
		rump_fiber_requeue(l, lwp_eprio(l));
#endif
	rumpuser_mutex_enter_nowrap(sched_mtx);
	if (w->w_state == RUMP_W_QUEUED) {
		TAILQ_REMOVE(&sched_waitq, w, w_entry);
		w->w_pri = lwp_eprio(l);
		waitq_place(w);
		waitq_first();
	}
	rumpuser_mutex_exit(sched_mtx);
}

bool
rump_lwp_running(const struct lwp *l)
{
	struct cpu_info *ci = __atomic_load_n(&l->l_cpu, __ATOMIC_RELAXED);

	return __atomic_load_n(&ci->ci_curlwp, __ATOMIC_RELAXED) == l;
}

bool
rump_cpu_wanted(void)
{

#ifdef RUMP_UP
	/* Of a fiber's carrier only the way there tells; it is cheap. */
	if (rump_nready != 0 || curlwp->l_fiber != NULL)
		return true;
#endif
	return (__atomic_load_n(&curcpu()->ci_schedstate.spc_flags,
	    __ATOMIC_RELAXED) & SPCF_SHOULDYIELD) != 0;
}

void
rump_lwp_lock(struct lwp *l)
{

	rumpuser_mutex_enter_nowrap(sched_mtx);
}

void
rump_lwp_unlock(struct lwp *l)
{

	rumpuser_mutex_exit(sched_mtx);
}

/* Hand the CPU to the first waiter and queue up behind the others. */
static void
vcpu_yield(struct lwp *l)
{
	struct rump_waiter *w = &l->l_waiter;
	struct cpu_info *ci;

	waiter_prepare(w, l);
	rumpuser_mutex_enter_nowrap(sched_mtx);
	if (!TAILQ_EMPTY(&sched_waitq)) {
		ci = CPU_OF(l);
		vcpu_settle(l);
		vcpu_stop(ci);
		vcpu_pass(ci, true);
		waitq_insert(w);
		ci = waiter_wait(w);
		rumpuser_mutex_exit(sched_mtx);
		vcpu_run(ci, l);
	} else
		rumpuser_mutex_exit(sched_mtx);
}

/* Let others run: all of them, or those that are no less urgent. */
static void
resched(bool all)
{
	struct lwp *l = curlwp;
	pri_t pri = all ? 0 : lwp_eprio(l);
	int nlocks;

	LOCKDEBUG_BARRIER(NULL, 1);
	if (!rump_cpu_wanted())
		return;
	_kernel_unlock(0, &nlocks);
#ifdef RUMP_UP
	if (l->l_fiber != NULL)
		rump_fiber_yield(l, all);
	else {
		if (rump_nready != 0)
			rump_fiber_carry(l, 0);
		if (rump_waitpri >= pri)
			vcpu_yield(l);
	}
#else
	if (__atomic_load_n(&rump_waitpri, __ATOMIC_RELAXED) >= pri)
		vcpu_yield(l);
#endif
	if (nlocks != 0)
		_kernel_lock(nlocks);
}

void
yield(void)
{

	resched(true);
}

void
preempt(void)
{

	resched(false);
}

#ifdef RUMP_UP
void
rump_vcpu_yield(struct lwp *l)
{

	vcpu_yield(l);
}

void
rump_vcpu_drop(void)
{

	if (rump_nready != 0 && rump_waitpri < 0)
		(void)rump_event_poke();
	vcpu_stop(&rump_bootcpu);
	rumpuser_mutex_enter_nowrap(sched_mtx);
	vcpu_pass(&rump_bootcpu, rump_nready != 0);
	rumpuser_mutex_exit(sched_mtx);
}
#endif

bool
preempt_needed(void)
{

	return rump_cpu_wanted();
}

void
cpu_need_resched(struct cpu_info *ci, int flags)
{

	__atomic_fetch_or(&ci->ci_schedstate.spc_flags, SPCF_SHOULDYIELD,
	    __ATOMIC_RELAXED);
}

pri_t
sched_kpri(struct lwp *l)
{

	return lwp_eprio(l);
}

/*
 * Around blocking hypercalls.
 */

void
rump_user_unschedule(int nlocks, int *countp, void *interlock)
{
	struct lwp *l = rumpuser_curlwp();

	*countp = 0;
	if (l == NULL || !l->l_entered)
		return;		/* a thread that is not in the kernel */
	LOCKDEBUG_BARRIER(NULL, 1);
	_kernel_unlock(nlocks, countp);
#ifdef RUMP_UP
	if (l->l_fiber != NULL)
		return;		/* see fiber_block() */
	/* With a lock of the host held fibers must wait for another. */
	if (rump_nready != 0 && interlock == NULL)
		rump_fiber_leave(l);
#endif
	rump_unschedule_cpu(l);
}

void
rump_user_schedule(int nlocks, void *interlock)
{
	struct lwp *l = rumpuser_curlwp();

	if (l == NULL || !l->l_entered)
		return;
	rump_schedule_cpu(l);
#ifdef RUMP_UP
	if (l->l_fiber != NULL)
		rump_fiber_resumed(l);
#endif
	if (nlocks != 0)
		_kernel_lock(nlocks);
}

/*
 * CPUs.
 */

static void
cpu_init(struct cpu_info *ci, int idx)
{

	ci->ci_index = idx;
	ci->ci_cpuid = idx;
}

/** Attach @n CPUs, of which the calling thread's lwp0 holds the first. */
void
rump_cpus_attach(int n)
{
#ifdef RUMP_SMP
	void *mem;
	int i;

	if (n > MAXCPUS_RUMP)
		n = MAXCPUS_RUMP;
	for (i = 1; i < n; i++) {
		if (rumpuser_malloc(sizeof(struct cpu_info), 64, &mem) != 0)
			break;
		memset(mem, 0, sizeof(struct cpu_info));
		cpus[i] = mem;
		cpu_init(cpus[i], i);
	}
	ncpu = ncpuonline = i > 1 ? i : 1;
	mp_online = ncpu > 1;
#endif
	cpu_init(&rump_bootcpu, 0);
	rumpuser_mutex_init(&sched_mtx, RUMPUSER_MTX_SPIN);
#ifdef RUMP_UP
	bias_init();
#endif
	rump_bootcpu.ci_vcpu = V_LOCKED;
	lwp0.l_cpu = &rump_bootcpu;
	lwp0.l_entered = 1;
	lwp0.l_stat = LSONPROC;
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &lwp0);
	vcpu_run(&rump_bootcpu, &lwp0);
}

/* Go to a CPU, call the function there, come back to any. */
void
rump_lwp_visit(struct cpu_info *ci, void (*func)(void *, void *), void *arg1,
    void *arg2)
{
#ifdef RUMP_SMP
	struct lwp *l = curlwp;
	struct cpu_info *home = l->l_cpu;
	int bound = curlwp_bind(), nlocks;

	_kernel_unlock(0, &nlocks);
	if (ci != home) {
		rump_unschedule_cpu(l);
		__atomic_store_n(&l->l_cpu, ci, __ATOMIC_RELAXED);
		rump_schedule_cpu(l);
	}
	(*func)(arg1, arg2);
	if (ci != home && bound != 0) {
		rump_unschedule_cpu(l);
		__atomic_store_n(&l->l_cpu, home, __ATOMIC_RELAXED);
		rump_schedule_cpu(l);
	}
	curlwp_bindx(bound);
	if (nlocks != 0)
		_kernel_lock(nlocks);
#else
	(*func)(arg1, arg2);
#endif
}

/*
 * Quiescence: wait until each CPU has been given up since the call, or is
 * free.  Nobody keeps a pserialize(9) read section over that.
 */
void
rump_cpu_quiesce(void)
{
#ifdef RUMP_SMP
	struct cpu_info *ci, *self = curcpu();
	unsigned int gen;
	int i;

	/*
	 * The caller's stores before the looks at the entry words: who enters
	 * later sees them (its entry is an atomic operation on that word).
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < NCPU; i++) {
		ci = CPU(i);
		if (ci == self)
			continue;
		gen = __atomic_load_n(&ci->ci_gen, __ATOMIC_ACQUIRE);
		while (!vcpu_free_p(ci) &&
		    __atomic_load_n(&ci->ci_gen, __ATOMIC_ACQUIRE) == gen)
			rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 20000);
	}
#endif
}
