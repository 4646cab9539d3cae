/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callout(9). Pending callouts are in a tree by deadline; one kernel thread,
 * started when the first callout is scheduled, sleeps until the earliest one
 * and calls the functions. callout_lock guards the tree and all callouts; it is
 * not held while a function runs.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rbtree.h>

#include <rump/rumpuser.h>
#include <rump-priv/kern.h>
#include <rump-priv/clock.h>

#define NSEC_PER_SEC	1000000000LL
#define NEVER		INT64_MAX
#define CALLOUT_MAGIC	0x11deeba1U

struct ctimer {
	rb_node_t	c_node;
	void		(*c_func)(void *);
	void		*c_arg;
	int64_t		c_time;		/* deadline, rump_clock_uptime_ns() */
	uint64_t	c_seq;		/* equal deadlines: first come first */
	uint32_t	c_flags;
	uint32_t	c_magic;
};
CTASSERT(sizeof(struct ctimer) <= sizeof(callout_t));

static kmutex_t callout_lock;
static rb_tree_t callouts;
static uint64_t callout_seq;
static kcondvar_t halt_cv;		/* a function has returned */
static struct ctimer *running;		/* the one whose function runs */
static struct lwp *callout_lwp;
static bool thread_started;
static int64_t thread_until;		/* when it looks next; 0: soon */

static inline struct ctimer *
timerof(callout_t *cs)
{
	struct ctimer *c = (struct ctimer *)(void *)cs;

	KASSERTMSG(c->c_magic == CALLOUT_MAGIC, "callout %p not initialised",
	    cs);
	return c;
}

static int
timer_compare(void *ctx, const void *a, const void *b)
{
	const struct ctimer *x = a, *y = b;

	if (x->c_time != y->c_time)
		return x->c_time < y->c_time ? -1 : 1;
	if (x->c_seq != y->c_seq)
		return x->c_seq < y->c_seq ? -1 : 1;
	return 0;
}

static const rb_tree_ops_t timer_ops = {
	.rbto_compare_nodes = timer_compare,
	.rbto_compare_key = timer_compare,
	.rbto_node_offset = offsetof(struct ctimer, c_node),
	.rbto_context = NULL,
};

static void callout_thread(void *);

void
rump_callout_init(void)
{

	mutex_init(&callout_lock, MUTEX_DEFAULT, IPL_SCHED);
	cv_init(&halt_cv, "callout");
	rb_tree_init(&callouts, &timer_ops);
	callout_lwp = rump_kthread_prepare(PRI_SOFTCLOCK, KTHREAD_MPSAFE, NULL,
	    callout_thread, NULL, "softclock");
	if (callout_lwp == NULL)
		panic("no memory for callouts");
}

static void
timer_invoke(struct ctimer *c)
{
	void (*func)(void *) = c->c_func;
	void *arg = c->c_arg;
	bool mpsafe = (c->c_flags & CALLOUT_MPSAFE) != 0;

	c->c_flags &= ~(uint32_t)CALLOUT_PENDING;
	c->c_flags |= CALLOUT_FIRED | CALLOUT_INVOKING;
	running = c;
	mutex_exit(&callout_lock);
	if (!mpsafe)
		KERNEL_LOCK(1, NULL);
	(*func)(arg);
	if (!mpsafe)
		KERNEL_UNLOCK_ONE(NULL);
	mutex_enter(&callout_lock);
	/* c itself may be gone by now. */
	running = NULL;
	cv_broadcast(&halt_cv);
}

static void
callout_thread(void *arg)
{
	struct ctimer *c;
	int64_t until;

	mutex_enter(&callout_lock);
	for (;;) {
		c = RB_TREE_MIN(&callouts);
		if (c != NULL && c->c_time <= rump_clock_uptime_ns()) {
			rb_tree_remove_node(&callouts, c);
			timer_invoke(c);
			continue;
		}
		until = c != NULL ? c->c_time : 0;
		thread_until = c != NULL ? until : NEVER;
		mutex_exit(&callout_lock);
		(void)rump_lwp_block(callout_lwp, until);
		mutex_enter(&callout_lock);
		thread_until = 0;
	}
}

void
callout_init(callout_t *cs, u_int flags)
{
	struct ctimer *c = (struct ctimer *)(void *)cs;

	KASSERT((flags & ~(u_int)CALLOUT_FLAGMASK) == 0);
	memset(cs, 0, sizeof(*cs));
	c->c_flags = flags;
	c->c_magic = CALLOUT_MAGIC;
}

void
callout_destroy(callout_t *cs)
{
	struct ctimer *c = timerof(cs);

	mutex_enter(&callout_lock);
	KASSERTMSG((c->c_flags & CALLOUT_PENDING) == 0,
	    "callout %p destroyed while pending", cs);
	KASSERTMSG(running != c || curlwp == callout_lwp,
	    "callout %p destroyed while running", cs);
	c->c_magic = 0;
	mutex_exit(&callout_lock);
}

static int64_t
ticks_from_now(int ticks)
{

	return rump_clock_uptime_ns() + MAX(ticks, 1) * (NSEC_PER_SEC / hz);
}

/* Put on the queue; with callout_lock held, which is released. */
static void
schedule_locked(struct ctimer *c, int64_t when)
{
	bool start, wake;

	if ((c->c_flags & CALLOUT_PENDING) != 0)
		rb_tree_remove_node(&callouts, c);
	c->c_flags &= ~(uint32_t)(CALLOUT_FIRED | CALLOUT_INVOKING);
	c->c_flags |= CALLOUT_PENDING;
	c->c_time = when;
	c->c_seq = callout_seq++;
	(void)rb_tree_insert_node(&callouts, c);
	start = !thread_started;
	thread_started = true;
	wake = c->c_time < thread_until;
	if (wake)
		thread_until = 0;
	mutex_exit(&callout_lock);
	if (start && rump_kthread_launch(callout_lwp) != 0)
		panic("no thread for callouts");
	if (wake)
		rump_lwp_ready(callout_lwp);
}

void
callout_setfunc(callout_t *cs, void (*func)(void *), void *arg)
{
	struct ctimer *c = timerof(cs);

	KASSERT(func != NULL);
	mutex_enter(&callout_lock);
	c->c_func = func;
	c->c_arg = arg;
	mutex_exit(&callout_lock);
}

void
callout_reset(callout_t *cs, int ticks, void (*func)(void *), void *arg)
{
	struct ctimer *c = timerof(cs);

	KASSERT(func != NULL);
	mutex_enter(&callout_lock);
	c->c_func = func;
	c->c_arg = arg;
	schedule_locked(c, ticks_from_now(ticks));
}

void
callout_schedule(callout_t *cs, int ticks)
{
	struct ctimer *c = timerof(cs);

	KASSERT(c->c_func != NULL);
	mutex_enter(&callout_lock);
	schedule_locked(c, ticks_from_now(ticks));
}

void
rump_callout_until(callout_t *cs, int64_t when)
{
	struct ctimer *c = timerof(cs);

	KASSERT(c->c_func != NULL);
	mutex_enter(&callout_lock);
	schedule_locked(c, when);
}

/* Off the queue; true if it had expired. With callout_lock held. */
static bool
stop_locked(struct ctimer *c)
{
	bool fired;

	if ((c->c_flags & CALLOUT_PENDING) != 0)
		rb_tree_remove_node(&callouts, c);
	fired = (c->c_flags & CALLOUT_FIRED) != 0;
	c->c_flags &= ~(uint32_t)(CALLOUT_PENDING | CALLOUT_FIRED);
	return fired;
}

bool
callout_stop(callout_t *cs)
{
	struct ctimer *c = timerof(cs);
	bool fired;

	mutex_enter(&callout_lock);
	fired = stop_locked(c);
	mutex_exit(&callout_lock);
	return fired;
}

bool
callout_halt(callout_t *cs, void *interlock)
{
	struct ctimer *c = timerof(cs);
	kmutex_t *relock = NULL;
	bool fired;

	mutex_enter(&callout_lock);
	fired = stop_locked(c);
	/* Its own function needs no waiting for. */
	while (running == c && curlwp != callout_lwp) {
		if (interlock != NULL && relock == NULL) {
			relock = interlock;
			mutex_exit(&callout_lock);
			mutex_exit(relock);
			mutex_enter(&callout_lock);
			continue;
		}
		cv_wait(&halt_cv, &callout_lock);
		/* It may have put itself on the queue again. */
		fired |= stop_locked(c);
	}
	mutex_exit(&callout_lock);
	if (relock != NULL)
		mutex_enter(relock);
	return fired;
}

static bool
has_flag(callout_t *cs, uint32_t flag)
{
	struct ctimer *c = timerof(cs);
	bool set;

	mutex_enter(&callout_lock);
	set = (c->c_flags & flag) != 0;
	mutex_exit(&callout_lock);
	return set;
}

bool
callout_pending(callout_t *cs)
{

	return has_flag(cs, CALLOUT_PENDING);
}

bool
callout_expired(callout_t *cs)
{

	return has_flag(cs, CALLOUT_FIRED);
}

bool
callout_active(callout_t *cs)
{

	return has_flag(cs, CALLOUT_PENDING | CALLOUT_FIRED);
}

bool
callout_invoking(callout_t *cs)
{

	return has_flag(cs, CALLOUT_INVOKING);
}

void
callout_ack(callout_t *cs)
{
	struct ctimer *c = timerof(cs);

	mutex_enter(&callout_lock);
	c->c_flags &= ~(uint32_t)CALLOUT_INVOKING;
	mutex_exit(&callout_lock);
}
