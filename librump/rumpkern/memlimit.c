/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory the kernel may use, and waiting for some.
 *
 * RUMP_MEMLIMIT is divided: the last sixteenth (256 KiB at least) is a reserve.
 * Ordinary allocations end where it begins. Who frees memory - the page daemon,
 * or a waiter that reclaims by itself - may use all of it, so that freeing never
 * lacks memory; a chunk of the host's is kept for the case that the host has none.
 *
 * Who waits first reclaims without sleeping, trying locks only, since it may hold
 * some. If that gives too little the page daemon goes on, which holds nothing
 * and may sleep, while the waiters sleep until something is given back. It alone
 * goes to the other CPUs (xcall(9)) for what their caches and hoards keep. If
 * the memory in use does not shrink for a second a waiter may use half of the
 * reserve, and after RUMP_MEMSTALL seconds the kernel panics, saying who has the
 * memory, rather than to stand still for ever.
 *
 * The daemon exists if there is a limit, or once the host had no memory.
 *
 * Locking: `used' is changed atomically in `smp'; wait_lock, a spin mutex for any
 * context, guards what waiters and the daemon tell each other; reclaim_lock is held by who reclaims, and
 * guards the list of reclaimers.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/xcall.h>

#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#define RESERVE_MIN	((size_t)256 << 10)
#define RESERVE_PART	16		/* of the limit */
#define ROUNDS		1000		/* in which one reclaimer is asked */
#define PATIENCE	20		/* ticks, of rump_mem_pause() */
#define PATIENCE_SECONDS	2	/* at most, if the daemon is not done */
#define STALL_RESERVE	1		/* seconds */
#define STALL_PANIC	30		/* RUMP_MEMSTALL; 0: never */

static volatile unsigned long used;	/* bytes */
static size_t limit = ~(size_t)0;
static size_t ordinary = ~(size_t)0;	/* limit without the reserve */

static kmutex_t reclaim_lock;
static TAILQ_HEAD(, rump_reclaim) reclaimers =
    TAILQ_HEAD_INITIALIZER(reclaimers);
static struct lwp *reclaim_lwp;		/* holds reclaim_lock, or NULL */
static struct lwp *desperate_lwp;	/* may once use half of the reserve */

static kmutex_t wait_lock;
static kcondvar_t wait_cv;		/* waiters sleep here */
static kcondvar_t daemon_cv;
volatile unsigned int rump_mem_nwaiters;
static struct lwp *daemon_lwp;
static bool daemon_kicked;
static size_t daemon_want;		/* bytes */
static unsigned int daemon_begun;	/* rounds */
static unsigned int daemon_done;
static int stall_panic = STALL_PANIC;	/* seconds */
static int stall_start;			/* hardclock_ticks, when used was... */
static size_t stall_used;		/* ...this, the least since */
static int last_wait = -1000000;		/* hardclock_ticks */
static bool stall_told;

static void *spare_chunk;		/* of the host's, or NULL */

int physmem = 65536;			/* 256 MiB unless limited */
int maxmem = 65536;

void
rump_memlimit_init(void)
{
	size_t v = rump_param_size("RUMP_MEMLIMIT"), reserve;
	char buf[16];

	mutex_init(&reclaim_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&wait_lock, MUTEX_DEFAULT, IPL_HIGH);
	cv_init(&wait_cv, "memwait");
	cv_init(&daemon_cv, "pgdaemon");
	if (rumpuser_getparam("RUMP_MEMSTALL", buf, sizeof(buf)) == 0)
		stall_panic = (int)strtoul(buf, NULL, 10);
	if (v == 0)
		return;
	reserve = MIN(MAX(v / RESERVE_PART, RESERVE_MIN), v / 2);
	limit = v;
	ordinary = v - reserve;
	physmem = maxmem = (int)MIN(v >> PAGE_SHIFT, 0x7fffffff);
}

/*
 * Accounting.
 */

bool
rump_mem_reclaiming(void)
{
	struct lwp *l = curlwp;

	return l != NULL &&
	    (l == __atomic_load_n(&reclaim_lwp, __ATOMIC_RELAXED) ||
	    l == __atomic_load_n(&daemon_lwp, __ATOMIC_RELAXED));
}

/* The count has become `now', which passes what is everybody's. */
static __noinline bool
account_privileged(size_t n, unsigned long now)
{

	if (now >= n && rump_mem_reclaiming())
		return true;
	if (now >= n && now <= limit - (limit - ordinary) / 2 &&
	    curlwp == __atomic_load_n(&desperate_lwp, __ATOMIC_RELAXED)) {
		__atomic_store_n(&desperate_lwp, NULL, __ATOMIC_RELAXED);
		return true;
	}
	atomic_add_long(&used, -(long)n);
	return false;
}

bool
rump_mem_account_add(size_t n)
{
	unsigned long now = atomic_add_long_nv(&used, (long)n);

	if (__predict_true(now <= ordinary && now >= n))
		return true;
	return account_privileged(n, now);
}

void
rump_mem_account_sub(size_t n)
{

	atomic_add_long(&used, -(long)n);
}

int
rump_mem_charge(size_t n)
{

	return rump_mem_account_add(n) ? 0 : ENOMEM;
}

void
rump_mem_uncharge(size_t n)
{

	rump_mem_account_sub(n);
	rump_mem_freed();
}

size_t
rump_mem_used(void)
{

	return __atomic_load_n(&used, __ATOMIC_RELAXED);
}

size_t
rump_mem_limit(void)
{

	return limit;
}

size_t
rump_mem_available(void)
{
	size_t n = rump_mem_used();

	return n < ordinary ? ordinary - n : 0;
}

/*
 * The host's memory.
 */

void *
rump_mem_chunk_map(size_t size, int shift, bool *zeroedp)
{
	void *p;

	*zeroedp = true;
	if (rumpuser_anonmmap(NULL, size, shift, 0, &p) == 0)
		return p;
	if (size != RUMP_CHUNK_SIZE || !rump_mem_reclaiming())
		return NULL;
	return __atomic_exchange_n(&spare_chunk, NULL, __ATOMIC_ACQUIRE);
}

void
rump_mem_chunk_unmap(void *p, size_t size)
{

	rumpuser_unmap(p, size);
}

/* Keep a chunk, from before it is needed. */
static void
spare_make(void)
{
	void *p = NULL;

	if (__atomic_load_n(&spare_chunk, __ATOMIC_RELAXED) != NULL ||
	    rumpuser_anonmmap(NULL, RUMP_CHUNK_SIZE, RUMP_CHUNK_SHIFT, 0,
	    &p) != 0)
		return;
	p = __atomic_exchange_n(&spare_chunk, p, __ATOMIC_RELEASE);
	if (p != NULL)
		rumpuser_unmap(p, RUMP_CHUNK_SIZE);
}

/*
 * Reclaiming.
 */

void
rump_mem_reclaim_register(struct rump_reclaim *rr)
{

	mutex_enter(&reclaim_lock);
	TAILQ_INSERT_TAIL(&reclaimers, rr, rr_entry);
	mutex_exit(&reclaim_lock);
}

void
rump_mem_reclaim_unregister(struct rump_reclaim *rr)
{

	mutex_enter(&reclaim_lock);
	TAILQ_REMOVE(&reclaimers, rr, rr_entry);
	mutex_exit(&reclaim_lock);
}

/* Bytes fewer in use than before. */
static size_t
freed_since(size_t before)
{
	size_t now = rump_mem_used();

	return now < before ? before - now : 0;
}

/*
 * Ask everybody, until want bytes are given back. What a reclaimer frees may
 * leave pages and slabs that others are in, so that is asked again.
 */
static bool
reclaimers_ask(size_t before, size_t want, bool cansleep)
{
	struct rump_reclaim *rr;
	size_t got;
	int i;

	TAILQ_FOREACH(rr, &reclaimers, rr_entry) {
		for (i = 0, got = 1; i < ROUNDS && got != 0 &&
		    freed_since(before) < want; i++) {
			got = rr->rr_fn == NULL ? 0 :
			    (*rr->rr_fn)(rr->rr_arg, want);
			if (got < want && cansleep && rr->rr_sleepfn != NULL)
				got += (*rr->rr_sleepfn)(rr->rr_arg, want);
		}
		if (freed_since(before) >= want)
			return true;
	}
	return false;
}

static void
cpu_flush(void *arg1, void *arg2)
{

	rump_pool_flush_cpu();
	rump_mem_flush_raw();
}

/* Give back what the allocator itself keeps, cansleep: on every CPU. */
static void
caches_flush(bool cansleep)
{

	if (cansleep)
		xc_wait(xc_broadcast(0, cpu_flush, NULL, NULL));
	(void)rump_pool_reclaim_all(cansleep);
	(void)rump_mem_reclaim_raw();
}

/*
 * A waiter may hold what a reclaimer sleeps for, so that all caches are emptied
 * before one is asked that does.
 */
static void
reclaim_all(size_t want, bool cansleep)
{
	size_t before = rump_mem_used();

	KASSERT(mutex_owned(&reclaim_lock));
	__atomic_store_n(&reclaim_lwp, curlwp, __ATOMIC_RELAXED);
	if (!reclaimers_ask(before, want, false))
		caches_flush(cansleep);
	if (cansleep && freed_since(before) < want &&
	    !reclaimers_ask(before, want, true))
		caches_flush(true);
	__atomic_store_n(&reclaim_lwp, NULL, __ATOMIC_RELAXED);
}

/*
 * The page daemon.
 */

static void
pagedaemon(void *arg)
{
	size_t want;

	spare_make();
	mutex_enter(&wait_lock);
	for (;;) {
		while (!daemon_kicked)
			cv_wait(&daemon_cv, &wait_lock);
		daemon_kicked = false;
		/* As much again as the reserve stays free for a while. */
		want = daemon_want + (limit != ~(size_t)0 ?
		    limit - ordinary : 0);
		daemon_want = 0;
		daemon_begun++;
		mutex_exit(&wait_lock);
		mutex_enter(&reclaim_lock);
		reclaim_all(want, true);
		mutex_exit(&reclaim_lock);
		spare_make();
		mutex_enter(&wait_lock);
		daemon_done = daemon_begun;
		cv_broadcast(&wait_cv);
	}
}

/* Make the daemon; memory for that is of the reserve. */
static void
daemon_start(void)
{
	struct lwp *l;

	if (cold || __atomic_load_n(&daemon_lwp, __ATOMIC_RELAXED) != NULL ||
	    !mutex_tryenter(&reclaim_lock))
		return;
	__atomic_store_n(&reclaim_lwp, curlwp, __ATOMIC_RELAXED);
	if (daemon_lwp == NULL && kthread_create(PRI_NONE, KTHREAD_MPSAFE,
	    NULL, pagedaemon, NULL, &l, "pagedaemon") == 0)
		__atomic_store_n(&daemon_lwp, l, __ATOMIC_RELAXED);
	__atomic_store_n(&reclaim_lwp, NULL, __ATOMIC_RELAXED);
	mutex_exit(&reclaim_lock);
}

void
rump_mem_start(void)
{

	rump_mem_report_init();
	if (limit != ~(size_t)0)
		daemon_start();
}

static void
daemon_kick(size_t want)
{

	KASSERT(mutex_owned(&wait_lock));
	if (daemon_want < want)
		daemon_want = want;
	if (daemon_kicked)
		return;
	daemon_kicked = true;
	cv_signal(&daemon_cv);
}

void
rump_mem_short(void)
{

	/* In any context: if that lock is taken the next one will ask. */
	if (__atomic_load_n(&daemon_lwp, __ATOMIC_RELAXED) == NULL ||
	    rump_mem_reclaiming() || cpu_intr_p() ||
	    !mutex_tryenter(&wait_lock))
		return;
	daemon_kick(PAGE_SIZE);
	mutex_exit(&wait_lock);
}

/*
 * Waiting.
 */

void
rump_mem_wakeup(void)
{

	mutex_enter(&wait_lock);
	cv_broadcast(&wait_cv);
	mutex_exit(&wait_lock);
}

/* Seconds for which somebody has waited and no less memory was in use. */
static int
stalled(void)
{
	size_t now_used = rump_mem_used();
	int now = hardclock_ticks;

	if (now_used < stall_used || now - last_wait > hz) {
		stall_used = now_used;
		stall_start = now;
		stall_told = false;
	}
	last_wait = now;
	return (now - stall_start) / hz;
}

static void
stall_report(size_t want)
{

	printf("out of memory: %s (lwp %d of process %d) waits for %zu bytes, "
	    "and nothing is given back\n", curlwp->l_name != NULL ?
	    curlwp->l_name : curlwp->l_proc->p_comm, curlwp->l_lid,
	    curlwp->l_proc->p_pid, want);
	rump_mem_report(printf);
}

/* What a waiter that cannot do without does when it has waited for long. */
static void
stall_check(size_t want)
{
	int seconds;
	bool tell;

	mutex_enter(&wait_lock);
	seconds = stalled();
	tell = seconds >= STALL_RESERVE && !stall_told;
	stall_told |= tell;
	mutex_exit(&wait_lock);
	if (seconds >= STALL_RESERVE)
		__atomic_store_n(&desperate_lwp, curlwp, __ATOMIC_RELAXED);
	tell |= stall_panic != 0 && seconds >= stall_panic;
	if (tell)
		stall_report(want);
	if (stall_panic != 0 && seconds >= stall_panic)
		panic("out of memory: %zu bytes of %zu are in use, %zu are "
		    "wanted", rump_mem_used(), limit, want);
}

/* Reclaim, then sleep until something is given back, a tick at most. */
static void
wait_once(size_t want, bool must)
{
	size_t before = rump_mem_used();

	if (rump_mem_reclaiming()) {
		/* The host has none, and the chunk kept for this is gone. */
		(void)kpause("memrsrv", false, 1, NULL);
		return;
	}
	/* One lwp reclaims at a time. */
	if (mutex_tryenter(&reclaim_lock)) {
		reclaim_all(want, false);
		mutex_exit(&reclaim_lock);
		if (freed_since(before) >= want)
			return;
	}
	daemon_start();
	if (must)
		stall_check(want);
	mutex_enter(&wait_lock);
	daemon_kick(want);
	atomic_inc_uint(&rump_mem_nwaiters);
	(void)cv_timedwait(&wait_cv, &wait_lock, 1);
	atomic_dec_uint(&rump_mem_nwaiters);
	mutex_exit(&wait_lock);
}

void
rump_mem_wait(size_t want)
{

	wait_once(want, true);
}

static void
patience_begin(struct rump_mempatience *mp)
{

	mp->mp_begun = true;
	mp->mp_start = hardclock_ticks;
	mutex_enter(&wait_lock);
	/* The round that goes on may have passed what is there now. */
	mp->mp_round = daemon_begun + 1;
	mutex_exit(&wait_lock);
}

static bool
patience_over(const struct rump_mempatience *mp)
{
	int ticks = hardclock_ticks - mp->mp_start;
	bool done;

	if (ticks < PATIENCE)
		return false;
	mutex_enter(&wait_lock);
	done = (int)(daemon_done - mp->mp_round) >= 0;
	mutex_exit(&wait_lock);
	return done || rump_mem_reclaiming() || ticks >= PATIENCE_SECONDS * hz;
}

bool
rump_mem_pause(struct rump_mempatience *mp, size_t want)
{

	if (!mp->mp_begun)
		patience_begin(mp);
	else if (patience_over(mp))
		return false;
	wait_once(want, false);
	return true;
}

bool
rump_mem_room(size_t want)
{
	struct rump_mempatience mp = RUMP_MEMPATIENCE_INITIALIZER;

	while (rump_mem_available() < want) {
		if (!rump_mem_pause(&mp, want))
			return false;
	}
	return true;
}
