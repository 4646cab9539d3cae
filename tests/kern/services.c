/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of RCU, eventcounts, thread pools, queues, locks and
 * upcalls: int rumptest_NAME(void), 0 or the line of what failed, called with
 * a virtual CPU held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/pcq.h>
#include <sys/proc.h>

#include <rump/rumpuser.h>

#include <rump-sys/dispatch.h>
#include <rump-sys/eventcount.h>
#include <rump-sys/queue.h>
#include <rump-sys/mt.h>
#include <rump-sys/rcu.h>
#include <rump-sys/threadpool.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_read_section(const int *);
int	rumptest_read_section_rcu(int *const *);
int	rumptest_rcu(void);
int	rumptest_rcu_bound(void);
int	rumptest_rcu_blocked(void);
void	rumptest_rcu_breach(int);
int	rumptest_rcu_torture(int);
int	rumptest_eventcount(void);
int	rumptest_ec_order(int);
int	rumptest_threadpool(void);
int	rumptest_pcq(void);
int	rumptest_pcq_crowd(int);
int	rumptest_pcq_shared(int);
int	rumptest_mt(void);
int	rumptest_mt_crowd(int);
void	rumptest_mt_breach(int);
int	rumptest_fifo(void);
int	rumptest_fifo_crowd(int);
int	rumptest_dispatch(void);

/*
 * RCU.
 */

#define ALIVE	0x52435521U

struct object {
	struct rump_rcu_head head;
	volatile unsigned int magic;
	unsigned int serial;
};

static volatile unsigned int rcu_freed, rcu_last;

static struct object *
object_create(unsigned int serial)
{
	struct object *o = kmem_alloc(sizeof(*o), KM_SLEEP);

	o->magic = ALIVE;
	o->serial = serial;
	return o;
}

static void
object_free(struct rump_rcu_head *rh)
{
	struct object *o = (void *)rh;

	__atomic_store_n(&rcu_last, o->serial, __ATOMIC_RELAXED);
	o->magic = 0;
	kmem_free(o, sizeof(*o));
	atomic_inc_uint(&rcu_freed);
}

/* A callback may sleep, call again and synchronise, but not await itself. */
static struct {
	struct rump_rcu_head head;
	int step, error;
} again;

static void
again_fn(struct rump_rcu_head *rh)
{

	again.error |= rump_rcu_barrier() != EDEADLK;
	rump_rcu_synchronize();
	(void)kpause("tst", false, 1, NULL);
	if (++again.step < 3)
		again.error |= rump_rcu_call(rh, again_fn, RUMP_RCU_SLEEP);
}

int
rumptest_rcu(void)
{
	struct rump_rcu_stats before, after;
	struct object *o;
	unsigned int i;

	rump_rcu_stats(&before);
	rcu_freed = 0;
	for (i = 1; i <= 100; i++) {
		o = object_create(i);
		/* Nothing is called under the feet of a reader. */
		rump_rcu_read_enter();
		CK(rump_rcu_call(&o->head, object_free,
		    RUMP_RCU_NOSLEEP) == 0);
		CK(o->magic == ALIVE);
		rump_rcu_read_exit();
	}
	CK(rump_rcu_barrier() == 0);
	CK(rcu_freed == 100 && rcu_last == 100);
	rump_rcu_stats(&after);
	CK(after.rs_calls - before.rs_calls == 101);
	CK(after.rs_done - before.rs_done >= 100);
	CK(after.rs_periods > before.rs_periods);
	CK(after.rs_periods - before.rs_periods <= 101);

	again.step = again.error = 0;
	CK(rump_rcu_call(&again.head, again_fn, RUMP_RCU_SLEEP) == 0);
	for (i = 0; i < 5 && again.step < 3; i++)
		CK(rump_rcu_barrier() == 0);
	CK(again.step == 3 && again.error == 0);
	return 0;
}

/* What tests/rumpkern/read_section.py looks at: only the load is left. */
int
rumptest_read_section(const int *p)
{
	int s, v;

	s = pserialize_read_enter();
	v = *p;
	pserialize_read_exit(s);
	return v;
}

int
rumptest_read_section_rcu(int *const *pp)
{
	int v;

	rump_rcu_read_enter();
	v = *rump_rcu_lookup(*pp);
	rump_rcu_read_exit();
	return v;
}

static struct {
	struct rump_rcu_head head;
	kmutex_t lock;
	kcondvar_t cv;
	bool go, in;
} gate;

static void
gate_fn(struct rump_rcu_head *rh)
{

	mutex_enter(&gate.lock);
	gate.in = true;
	cv_broadcast(&gate.cv);
	while (!gate.go)
		cv_wait(&gate.cv, &gate.lock);
	mutex_exit(&gate.lock);
}

static void
bound_caller(void *arg)
{
	volatile int *done = arg;
	struct object *o = object_create(9);

	(void)rump_rcu_call(&o->head, object_free, RUMP_RCU_SLEEP);
	*done = 1;
	kthread_exit(0);
}

/* No more than the limit is ever pending: others wait or are refused. */
int
rumptest_rcu_bound(void)
{
	static volatile int done;
	struct object *o, *extra;
	lwp_t *l;
	int i;

	CK(rump_rcu_setlimit(0) == EINVAL);
	mutex_init(&gate.lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&gate.cv, "gate");
	CK(rump_rcu_setlimit(4) == 0);
	rcu_freed = 0;
	CK(rump_rcu_call(&gate.head, gate_fn, RUMP_RCU_SLEEP) == 0);
	for (i = 0; i < 3; i++) {
		o = object_create(i);
		CK(rump_rcu_call(&o->head, object_free,
		    RUMP_RCU_NOSLEEP) == 0);
	}
	extra = object_create(4);
	CK(rump_rcu_call(&extra->head, object_free, RUMP_RCU_NOSLEEP) ==
	    EAGAIN);
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    bound_caller, __UNVOLATILE(&done), &l, "bound") == 0);
	(void)kpause("tst", false, 3, NULL);
	CK(done == 0 && rcu_freed == 0);
	mutex_enter(&gate.lock);
	gate.go = true;
	cv_broadcast(&gate.cv);
	mutex_exit(&gate.lock);
	CK(kthread_join(l) == 0 && done == 1);
	CK(rump_rcu_call(&extra->head, object_free, RUMP_RCU_SLEEP) == 0);
	CK(rump_rcu_barrier() == 0 && rcu_freed == 5);
	CK(rump_rcu_setlimit(10000) == 0);
	cv_destroy(&gate.cv);
	mutex_destroy(&gate.lock);
	return 0;
}

/*
 * Who sleeps, is blocked in the host or waits for work holds nothing up: a
 * grace period ends and callbacks are called while all of them stay there.
 */
static struct {
	kmutex_t lock;
	kcondvar_t cv;
	int there, gone;
	bool go;
} idle;

static void
idle_thread(void *arg)
{

	mutex_enter(&idle.lock);
	idle.there++;
	cv_broadcast(&idle.cv);
	if (arg != NULL) {
		mutex_exit(&idle.lock);
		(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 2, 0);
		mutex_enter(&idle.lock);
	} else
		while (!idle.go)
			cv_wait(&idle.cv, &idle.lock);
	idle.gone++;
	mutex_exit(&idle.lock);
	kthread_exit(0);
}

int
rumptest_rcu_blocked(void)
{
	enum { N = 6 };
	struct object *o = object_create(1);
	lwp_t *l[N];
	int i;

	mutex_init(&idle.lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&idle.cv, "idle");
	for (i = 0; i < N; i++)
		CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, idle_thread, i == 0 ? &idle : NULL, &l[i],
		    "idle") == 0);
	mutex_enter(&idle.lock);
	while (idle.there < N)
		cv_wait(&idle.cv, &idle.lock);
	mutex_exit(&idle.lock);
	rcu_freed = 0;
	rump_rcu_synchronize();
	CK(rump_rcu_call(&o->head, object_free, RUMP_RCU_SLEEP) == 0);
	CK(rump_rcu_barrier() == 0 && rcu_freed == 1);
	mutex_enter(&idle.lock);
	i = idle.gone;
	idle.go = true;
	cv_broadcast(&idle.cv);
	mutex_exit(&idle.lock);
	CK(i == 0);
	for (i = 0; i < N; i++)
		CK(kthread_join(l[i]) == 0);
	cv_destroy(&idle.cv);
	mutex_destroy(&idle.lock);
	return 0;
}

/* Waiting inside a read section; the checking build panics at each. */
void
rumptest_rcu_breach(int which)
{

	rump_rcu_read_enter();
	if (which == 0)
		rump_rcu_synchronize();
	else if (which == 1)
		(void)rump_rcu_barrier();
	else
		(void)kpause("breach", false, 1, NULL);
	rump_rcu_read_exit();
}

static struct object *rcu_shared;
static kmutex_t rcu_writer;

/* Called by many threads: -1 begins, -2 ends, others read and replace. */
int
rumptest_rcu_torture(int id)
{
	struct object *o, *n;
	unsigned int i, j;

	if (id == -1) {
		mutex_init(&rcu_writer, MUTEX_DEFAULT, IPL_NONE);
		rcu_freed = 0;
		rcu_shared = object_create(0);
		return 0;
	}
	if (id == -2) {
		CK(rump_rcu_call(&rcu_shared->head, object_free,
		    RUMP_RCU_SLEEP) == 0);
		CK(rump_rcu_barrier() == 0);
		mutex_destroy(&rcu_writer);
		return (int)rcu_freed;
	}
	for (i = 0; i < 100; i++) {
		rump_rcu_read_enter();
		o = rump_rcu_lookup(rcu_shared);
		for (j = 0; j < 100; j++)
			CK(o->magic == ALIVE);
		rump_rcu_read_exit();
		if (i % 4 != 0)
			continue;
		n = object_create(i);
		mutex_enter(&rcu_writer);
		o = rcu_shared;
		rump_rcu_publish(rcu_shared, n);
		mutex_exit(&rcu_writer);
		if (i % 8 == 0) {
			CK(rump_rcu_call(&o->head, object_free,
			    RUMP_RCU_SLEEP) == 0);
		} else {
			rump_rcu_synchronize();
			object_free(&o->head);
		}
	}
	return 0;
}

/*
 * Eventcounts.
 */

static struct rump_eventcount ec;
static struct rump_sequencer sq;

static void
ec_advancer(void *arg)
{

	(void)kpause("tst", false, 2, NULL);
	(void)rump_ec_advance(&ec);
	(void)rump_ec_advance(&ec);
	kthread_exit(0);
}

int
rumptest_eventcount(void)
{
	lwp_t *l;

	rump_ec_init(&ec, IPL_NONE);
	CK(rump_ec_read(&ec) == 0);
	rump_ec_await(&ec, 0);
	CK(rump_ec_timedawait_sig(&ec, 1, 2) == EWOULDBLOCK);
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    ec_advancer, NULL, &l, "ec") == 0);
	rump_ec_await(&ec, 2);
	CK(rump_ec_read(&ec) == 2);
	CK(rump_ec_timedawait_sig(&ec, 1, 1) == 0);
	CK(kthread_join(l) == 0);
	CK(rump_ec_advance(&ec) == 3);
	rump_ec_destroy(&ec);

	sq.sq_next = 0;
	CK(rump_sequencer_ticket(&sq) == 0 && rump_sequencer_ticket(&sq) == 1);
	return 0;
}

/* Threads draw a number, are held up, and enter in the order of the numbers.
 * -1 begins; -2 ends and gives the number that entered. */
int
rumptest_ec_order(int id)
{
	static uint64_t inside;
	static int busy;
	uint64_t n;
	int i;

	if (id == -1) {
		rump_ec_init(&ec, IPL_NONE);
		sq.sq_next = 0;
		inside = 0;
		return 0;
	}
	if (id == -2) {
		rump_ec_destroy(&ec);
		return (int)inside;
	}
	for (i = 0; i < 5; i++) {
		n = rump_sequencer_ticket(&sq);
		(void)kpause("tst", false, 1 + (int)(n * 7919 % 3), NULL);
		rump_ec_await(&ec, n);
		CK(inside == n && busy++ == 0);
		if (n % 8 == 0)
			yield();
		inside++;
		CK(--busy == 0);
		(void)rump_ec_advance(&ec);
	}
	return 0;
}

/*
 * threadpool(9).
 */

struct tp_test {
	struct threadpool_job job;
	int ran;
	bool hold, again;
};
static kmutex_t tp_lock;
static kcondvar_t tp_cv;
static struct threadpool *tp;

static void
tp_fn(struct threadpool_job *job)
{
	struct tp_test *t = (void *)job;

	mutex_enter(&tp_lock);
	t->ran++;
	cv_broadcast(&tp_cv);
	while (t->hold)
		cv_wait(&tp_cv, &tp_lock);
	threadpool_job_done(job);
	if (t->again) {
		t->again = false;
		threadpool_schedule_job(tp, job);
	}
	mutex_exit(&tp_lock);
}

int
rumptest_threadpool(void)
{
	enum { N = 20 };
	static struct tp_test t[N];
	struct threadpool *same;
	int i;

	mutex_init(&tp_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&tp_cv, "tp");
	CK(threadpool_get(&tp, PRI_NONE) == 0);
	CK(threadpool_get(&same, PRI_NONE) == 0 && same == tp);
	threadpool_put(same, PRI_NONE);
	mutex_enter(&tp_lock);
	for (i = 0; i < N; i++) {
		threadpool_job_init(&t[i].job, tp_fn, &tp_lock, "job%d", i);
		t[i].hold = true;
		t[i].ran = 0;
		threadpool_schedule_job(tp, &t[i].job);
		/* Again: it is scheduled, so nothing happens. */
		threadpool_schedule_job(tp, &t[i].job);
	}
	/* All run at once, each on a thread of its own. */
	for (i = 0; i < N; i++)
		while (t[i].ran == 0)
			cv_wait(&tp_cv, &tp_lock);
	CK(!threadpool_cancel_job_async(tp, &t[0].job));
	t[1].again = true;
	for (i = 0; i < N; i++)
		t[i].hold = false;
	cv_broadcast(&tp_cv);
	while (t[1].ran < 2)
		cv_wait(&tp_cv, &tp_lock);
	for (i = 0; i < N; i++) {
		threadpool_cancel_job(tp, &t[i].job);
		CK(t[i].ran == (i == 1 ? 2 : 1));
		threadpool_job_destroy(&t[i].job);
	}
	mutex_exit(&tp_lock);
	threadpool_put(tp, PRI_NONE);
	cv_destroy(&tp_cv);
	mutex_destroy(&tp_lock);
	return 0;
}

/*
 * pcq(9).
 */

int
rumptest_pcq(void)
{
	static int v[40];
	size_t max, round, i;
	pcq_t *q;

	for (max = 1; max <= 7; max += 2) {
		q = pcq_create(max, KM_SLEEP);
		CK(pcq_get(q) == NULL && pcq_peek(q) == NULL);
		for (round = 0; round < 5; round++) {
			for (i = 0; i < max; i++)
				CK(pcq_put(q, &v[i]));
			CK(!pcq_put(q, &v[i]) && pcq_peek(q) == &v[0]);
			CK(pcq_get(q) == &v[0] && pcq_put(q, &v[max]));
			for (i = 1; i <= max; i++)
				CK(pcq_get(q) == &v[i]);
			CK(pcq_get(q) == NULL);
		}
		pcq_destroy(q);
	}
	return 0;
}

/* Three producers and one consumer: what each puts comes in its order. */
int
rumptest_pcq_crowd(int id)
{
	enum { N = 5000, P = 3 };
	static pcq_t *q;
	uintptr_t next[P], item;
	int i, left;

	if (id == -1) {
		q = pcq_create(16, KM_SLEEP);
		return 0;
	}
	if (id == -2) {
		CK(pcq_get(q) == NULL);
		pcq_destroy(q);
		return 0;
	}
	if (id < P) {
		for (i = 0; i < N; i++)
			while (!pcq_put(q, (void *)(uintptr_t)(1 + i * P + id)))
				yield();
		return 0;
	}
	memset(next, 0, sizeof(next));
	for (left = N * P; left > 0; left--) {
		while ((item = (uintptr_t)pcq_get(q)) == 0)
			yield();
		CK((item - 1) / P == next[(item - 1) % P]++);
	}
	return 0;
}

/* Producers and consumers, four each: nothing is lost or comes twice, and what
 * one consumer gets of one producer comes in order. */
int
rumptest_pcq_shared(int id)
{
	enum { N = 4000, P = 4 };
	static pcq_t *q;
	static volatile unsigned int left, sum;
	uintptr_t last[P], item, own = 0;
	int i;

	if (id == -1) {
		q = pcq_create(8, KM_SLEEP);
		left = N * P;
		sum = 0;
		return 0;
	}
	if (id == -2) {
		CK(left == 0 && rump_pcq_take(q) == NULL);
		CK(sum == (unsigned int)((uint64_t)N * P * (N * P + 1) / 2));
		pcq_destroy(q);
		return 0;
	}
	if (id < P) {
		for (i = 0; i < N; i++)
			while (!pcq_put(q, (void *)(uintptr_t)(1 + i * P + id)))
				yield();
		return 0;
	}
	memset(last, 0, sizeof(last));
	while (__atomic_load_n(&left, __ATOMIC_RELAXED) > 0) {
		if ((item = (uintptr_t)rump_pcq_take(q)) == 0) {
			yield();
			continue;
		}
		CK(item > last[(item - 1) % P]);
		last[(item - 1) % P] = item;
		own += item;
		atomic_dec_uint(&left);
	}
	atomic_add_int(&sum, (int)own);
	return 0;
}

/*
 * Atomics, byte locks, spin locks with an owner.
 */

static struct rump_spinlock mt_lock;

static void
mt_heir(void *arg)
{
	int *ownedp = arg;

	while (!rump_spinlock_owned(&mt_lock))
		yield();
	*ownedp = 1;
	rump_spinlock_exit(&mt_lock);
	kthread_exit(0);
}

int
rumptest_mt(void)
{
	struct rump_bytelock bl = { 0 };
	uint64_t v = 5, old = 9;
	uint32_t w = 0xf0;
	int owned = 0;
	lwp_t *l;

	CK(sizeof(bl) == 1);
	CK(rump_mt_add64(&v, 3) == 8 && rump_mt_sub64(&v, 9) == (uint64_t)-1);
	CK(rump_mt_swap64(&v, 4) == (uint64_t)-1 && v == 4);
	CK(!rump_mt_cas64(&v, &old, 1) && old == 4 && v == 4);
	CK(rump_mt_cas64(&v, &old, 1) && v == 1);
	CK(rump_mt_high64(&v, 7) == 1 && rump_mt_high64(&v, 3) == 7 && v == 7);
	CK(rump_mt_or32(&w, 0x0f) == 0xf0 && rump_mt_and32(&w, 0x3c) == 0xff);
	CK(rump_mt_xor32(&w, 0xff) == 0x3c && w == 0xc3);
	CK(rump_mt_add32(&w, 0xffffffff) == 0xc2);

	rump_bytelock_enter(&bl);
	CK(!rump_bytelock_try(&bl));
	rump_bytelock_exit(&bl);
	CK(rump_bytelock_try(&bl));
	rump_bytelock_exit(&bl);

	memset(&mt_lock, 0, sizeof(mt_lock));
	rump_spinlock_enter(&mt_lock);
	CK(rump_spinlock_owned(&mt_lock) && !rump_spinlock_try(&mt_lock));
	CK(mt_lock.sl_entered == 1 && mt_lock.sl_contended == 0);
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    mt_heir, &owned, &l, "heir") == 0);
	rump_spinlock_handoff(&mt_lock, l);
	CK(!rump_spinlock_owned(&mt_lock));
	rump_spinlock_enter(&mt_lock);
	CK(owned == 1 && mt_lock.sl_entered == 2);
	CK(mt_lock.sl_contended <= 1);
	rump_spinlock_exit(&mt_lock);
	CK(kthread_join(l) == 0);
	return 0;
}

int
rumptest_mt_crowd(int id)
{
	static struct rump_bytelock bl;
	static volatile uint64_t high;
	static int sum[2];
	int i;

	if (id == -1) {
		memset(&mt_lock, 0, sizeof(mt_lock));
		return 0;
	}
	if (id == -2) {
		CK(sum[0] == sum[1] && mt_lock.sl_entered == (uint64_t)sum[0]);
		CK(mt_lock.sl_contended <= mt_lock.sl_entered);
		CK(high == 7999);
		return sum[0];
	}
	for (i = 0; i < 1000; i++) {
		rump_spinlock_enter(&mt_lock);
		sum[0]++;
		/* Given away with the lock held, so that others have to wait. */
		if (i % 100 == 0)
			yield();
		rump_spinlock_exit(&mt_lock);
		rump_bytelock_enter(&bl);
		sum[1]++;
		rump_bytelock_exit(&bl);
		(void)rump_mt_high64(&high, (uint64_t)(id * 1000 + i));
	}
	return 0;
}

/* Each of these ends in a panic. */
void
rumptest_mt_breach(int which)
{

	memset(&mt_lock, 0, sizeof(mt_lock));
	if (which == 0) {
		rump_spinlock_enter(&mt_lock);
		rump_spinlock_enter(&mt_lock);
	} else if (which == 1)
		rump_spinlock_exit(&mt_lock);
	else
		rump_spinlock_handoff(&mt_lock, NULL);
}

/*
 * Queues of items.
 */

struct fitem {
	struct rump_queue_item item;
	int key;
};
#define KEY(fi)	(((const struct fitem *)(const void *)(fi))->key)

static int
fitem_cmp(const struct rump_queue_item *a, const struct rump_queue_item *b)
{

	return KEY(a) / 10 - KEY(b) / 10;
}

static bool
fitem_is(const struct rump_queue_item *fi, void *arg)
{

	return KEY(fi) == *(int *)arg;
}

/* Against an array that is the same queue done simply. */
int
rumptest_fifo(void)
{
	enum { N = 30 };
	static struct fitem v[N];
	struct rump_queue f, g;
	struct rump_queue_item *fi;
	int model[N + 1], n = 0, high = 0, i, k, round;
	uint32_t seed = 3;

	rump_queue_init(&f, IPL_NONE);
	rump_queue_init(&g, IPL_NONE);
	CK(rump_queue_get(&f) == NULL);
	for (round = 0; round < 3000; round++) {
		seed = seed * 1664525 + 1013904223;
		k = (seed >> 8) % N;
		for (i = 0; i < n && model[i] != k; i++)
			continue;
		if (i < n) {		/* it is in */
			fi = rump_queue_take(&f, fitem_is, &k);
			CK(fi == &v[k].item);
			memmove(&model[i], &model[i + 1],
			    (n - i) * sizeof(model[0]));
			n--;
			CK(rump_queue_take(&f, fitem_is, &k) == NULL);
		} else if (seed & 0x80) {
			v[k].key = k;
			rump_queue_append(&f, &v[k].item);
			model[n++] = k;
		} else {
			v[k].key = k;
			rump_queue_prepend(&f, &v[k].item);
			memmove(&model[1], model, n++ * sizeof(model[0]));
			model[0] = k;
		}
		high = MAX(high, n);
		CK(rump_queue_count(&f) == (size_t)n);
		if (round % 50 != 0)
			continue;
		/* Out in two parts, and back. */
		i = (int)rump_queue_moven(&g, &f, 4);
		CK(i == MIN(4, n));
		CK(rump_queue_move(&g, &f) == (size_t)(n - i));
		CK(rump_queue_count(&f) == 0);
		for (i = 0; (fi = rump_queue_get(&g)) != NULL; i++) {
			CK(i < n && KEY(fi) == model[i]);
			rump_queue_append(&f, fi);
		}
		CK(i == n);
	}
	CK(rump_queue_highwater(&f, true) == (size_t)high);
	CK(rump_queue_highwater(&f, false) == (size_t)n);
	while (rump_queue_get(&f) != NULL)
		continue;
	/* Sorted; among equals the first that came is first. */
	for (i = 0; i < N; i++) {
		v[i].key = i * 7 % N;
		rump_queue_insert(&f, &v[i].item, fitem_cmp);
	}
	for (i = 0, k = -1; (fi = rump_queue_get(&f)) != NULL; i++) {
		CK(k == -1 || KEY(fi) / 10 > k / 10 || (KEY(fi) / 10 == k / 10
		    && (struct fitem *)(void *)fi > &v[k * 13 % N]));
		k = KEY(fi);
	}
	CK(i == N);
	rump_queue_destroy(&f);
	rump_queue_destroy(&g);
	return 0;
}

/* Eight threads move items between two queues in both directions. */
int
rumptest_fifo_crowd(int id)
{
	enum { N = 64 };
	static struct fitem v[N];
	static struct rump_queue f[2];
	struct rump_queue_item *fi;
	int i, n;

	if (id == -1) {
		rump_queue_init(&f[0], IPL_NONE);
		rump_queue_init(&f[1], IPL_NONE);
		for (i = 0; i < N; i++) {
			v[i].key = i;
			rump_queue_append(&f[0], &v[i].item);
		}
		return 0;
	}
	if (id == -2) {
		(void)rump_queue_move(&f[0], &f[1]);
		for (n = 0; (fi = rump_queue_get(&f[0])) != NULL; n++) {
			CK(KEY(fi) >= 0);
			((struct fitem *)(void *)fi)->key = -1;
		}
		rump_queue_destroy(&f[0]);
		rump_queue_destroy(&f[1]);
		return n;
	}
	for (i = 0; i < 500; i++) {
		switch ((i + id) % 5) {
		case 0:
			(void)rump_queue_move(&f[i & 1], &f[~i & 1]);
			break;
		case 1:
			(void)rump_queue_moven(&f[~id & 1], &f[id & 1], 5);
			break;
		case 2:
			n = i % N;
			if ((fi = rump_queue_take(&f[0], fitem_is, &n)) != NULL)
				rump_queue_prepend(&f[1], fi);
			break;
		default:
			if ((fi = rump_queue_get(&f[id & 1])) != NULL)
				rump_queue_append(&f[i & 1], fi);
			break;
		}
	}
	return 0;
}

/*
 * Three layers, each of which passes a message on to the next, with every
 * assignment of kinds; they are changed while messages are under way, too.
 */

struct message {
	struct rump_upcall up;
	int number;
	struct lwp *origin;
};
static struct rump_dispatch *layers[3];
static struct {
	kmutex_t lock;
	int count, next, calls;
	bool ordered;
} arrived;

static void
layer_fn(struct rump_upcall *u, void *arg)
{
	struct message *m = (void *)u;
	int layer = (int)(intptr_t)arg;

	if (layer < 2) {
		(void)rump_dispatch(layers[layer + 1], u);
		return;
	}
	mutex_enter(&arrived.lock);
	arrived.count++;
	arrived.calls += m->origin == curlwp;
	arrived.ordered &= m->number == arrived.next++;
	mutex_exit(&arrived.lock);
}

int
rumptest_dispatch(void)
{
	enum { N = 12 };
	static struct message m[N];
	enum rump_dispatch_kind kind[3];
	int a, i, j;

	mutex_init(&arrived.lock, MUTEX_DEFAULT, IPL_NONE);
	for (i = 0; i < 3; i++)
		CK(rump_dispatch_create(&layers[i], RUMP_DISPATCH_CALL,
		    layer_fn, (void *)(intptr_t)i, "layer") == 0);
	for (a = 0; a < 27 + 10; a++) {
		arrived.count = arrived.next = arrived.calls = 0;
		arrived.ordered = true;
		kind[0] = a % 3;
		kind[1] = a / 3 % 3;
		kind[2] = a / 9 % 3;
		for (i = 0; i < 3; i++)
			rump_dispatch_set(layers[i], kind[i]);
		for (j = 0; j < N; j++) {
			m[j].number = j;
			m[j].origin = curlwp;
			CK(rump_dispatch(layers[0], &m[j].up) == 0);
			/* The last ten times: live. */
			if (a >= 27)
				rump_dispatch_set(layers[j % 3], (a + j) % 3);
		}
		for (i = 0; i < 3; i++)
			rump_dispatch_drain(layers[i]);
		CK(arrived.count == N);
		if (a >= 27)
			continue;
		/* A new thread each has no order, the others have. */
		if (kind[0] != RUMP_DISPATCH_THREAD &&
		    kind[1] != RUMP_DISPATCH_THREAD &&
		    kind[2] != RUMP_DISPATCH_THREAD)
			CK(arrived.ordered);
		/* And only calls stay in the caller. */
		CK(arrived.calls == (a == 0 ? N : 0));
	}
	for (i = 0; i < 3; i++)
		rump_dispatch_destroy(layers[i]);
	mutex_destroy(&arrived.lock);
	return 0;
}
