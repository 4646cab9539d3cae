/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU with callbacks (rump-sys/rcu.h).  Calls queue under rcu_lock; one item of
 * work takes all that is there, waits for one grace period and calls them.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/workqueue.h>

#include <rump-priv/kern.h>
#include <rump-sys/rcu.h>

static kmutex_t rcu_lock;
static kcondvar_t rcu_room;
static struct rump_rcu_head *rcu_first, **rcu_lastp = &rcu_first;
static unsigned int rcu_pending;	/* queued, and being called */
static unsigned int rcu_limit = 10000;
static bool rcu_working;		/* the work is queued or runs */
static struct lwp *rcu_lwp;		/* while it calls callbacks */
static struct rump_rcu_stats rcu_stats;
static struct workqueue *rcu_wq;
static struct work rcu_work;

/* What was queued up to now, after its grace period. */
static void
rcu_run(struct rump_rcu_head *rh)
{
	struct rump_rcu_head *next;

	rump_cpu_quiesce();
	for (; rh != NULL; rh = next) {
		next = rh->rh_next;
		(*rh->rh_func)(rh);
		mutex_spin_enter(&rcu_lock);
		rcu_stats.rs_done++;
		if (rcu_pending-- >= rcu_limit)
			cv_broadcast(&rcu_room);
		mutex_spin_exit(&rcu_lock);
	}
}

static void
rcu_worker(struct work *wk, void *arg)
{
	struct rump_rcu_head *rh;

	mutex_spin_enter(&rcu_lock);
	rcu_lwp = curlwp;
	while ((rh = rcu_first) != NULL) {
		rcu_first = NULL;
		rcu_lastp = &rcu_first;
		rcu_stats.rs_periods++;
		mutex_spin_exit(&rcu_lock);
		rcu_run(rh);
		mutex_spin_enter(&rcu_lock);
	}
	rcu_lwp = NULL;
	rcu_working = false;
	mutex_spin_exit(&rcu_lock);
}

void
rump_rcu_init(void)
{

	mutex_init(&rcu_lock, MUTEX_DEFAULT, IPL_HIGH);
	cv_init(&rcu_room, "rcuroom");
	if (workqueue_create(&rcu_wq, "rcu", rcu_worker, NULL, PRI_SOFTSERIAL,
	    IPL_HIGH, WQ_MPSAFE) != 0)
		panic("rcu: no work queue");
}

void
rump_rcu_synchronize(void)
{

	KASSERT(pserialize_not_in_read_section());
	rump_cpu_quiesce();
}

/* Queue under the lock; true: the caller has to start the work. */
static bool
rcu_enqueue(struct rump_rcu_head *rh, void (*fn)(struct rump_rcu_head *))
{
	bool start = !rcu_working;

	rh->rh_func = fn;
	rh->rh_next = NULL;
	*rcu_lastp = rh;
	rcu_lastp = &rh->rh_next;
	rcu_pending++;
	rcu_stats.rs_calls++;
	rcu_working = true;
	return start;
}

int
rump_rcu_call(struct rump_rcu_head *rh, void (*fn)(struct rump_rcu_head *),
    int flags)
{
	bool start;

	mutex_spin_enter(&rcu_lock);
	while (rcu_pending >= rcu_limit && rcu_lwp != curlwp) {
		rcu_stats.rs_full++;
		if (flags & RUMP_RCU_NOSLEEP) {
			mutex_spin_exit(&rcu_lock);
			return EAGAIN;
		}
		cv_wait(&rcu_room, &rcu_lock);
	}
	start = rcu_enqueue(rh, fn);
	mutex_spin_exit(&rcu_lock);
	if (start)
		workqueue_enqueue(rcu_wq, &rcu_work, NULL);
	return 0;
}

/*
 * Callbacks are called in order, so when the barrier's own has been called,
 * all before it are over.
 */
struct rcu_barrier {
	struct rump_rcu_head rb_head;
	kmutex_t rb_lock;
	kcondvar_t rb_cv;
	bool rb_done;
};

static void
rcu_barrier_done(struct rump_rcu_head *rh)
{
	struct rcu_barrier *rb = (void *)rh;

	mutex_enter(&rb->rb_lock);
	rb->rb_done = true;
	cv_signal(&rb->rb_cv);
	mutex_exit(&rb->rb_lock);
}

int
rump_rcu_barrier(void)
{
	struct rcu_barrier rb = { .rb_done = false };
	bool start;

	KASSERT(pserialize_not_in_read_section());
	mutex_init(&rb.rb_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&rb.rb_cv, "rcubarr");
	mutex_spin_enter(&rcu_lock);
	if (rcu_lwp == curlwp) {
		mutex_spin_exit(&rcu_lock);
		cv_destroy(&rb.rb_cv);
		mutex_destroy(&rb.rb_lock);
		return EDEADLK;
	}
	start = rcu_enqueue(&rb.rb_head, rcu_barrier_done);
	mutex_spin_exit(&rcu_lock);
	if (start)
		workqueue_enqueue(rcu_wq, &rcu_work, NULL);
	mutex_enter(&rb.rb_lock);
	while (!rb.rb_done)
		cv_wait(&rb.rb_cv, &rb.rb_lock);
	mutex_exit(&rb.rb_lock);
	cv_destroy(&rb.rb_cv);
	mutex_destroy(&rb.rb_lock);
	return 0;
}

int
rump_rcu_setlimit(unsigned int limit)
{

	if (limit == 0)
		return EINVAL;
	mutex_spin_enter(&rcu_lock);
	rcu_limit = limit;
	cv_broadcast(&rcu_room);
	mutex_spin_exit(&rcu_lock);
	return 0;
}

void
rump_rcu_stats(struct rump_rcu_stats *rs)
{

	mutex_spin_enter(&rcu_lock);
	*rs = rcu_stats;
	mutex_spin_exit(&rcu_lock);
}
