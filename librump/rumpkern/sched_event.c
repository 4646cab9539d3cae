/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event thread, in `up': one host thread that exists from the first timed
 * sleep of a kernel thread on.  It is parked in the event engine until the
 * earliest one ends, or until it is told that fibers are ready that nobody
 * carries; then it takes the virtual CPU as the most urgent lwp there is,
 * makes ready whose time has come, and carries fibers until there are none.
 *
 * Everything is under the virtual CPU.  The engine's timer is set only when a
 * deadline comes before the one it is set to, so that a sleep that ends early
 * costs nothing; at worst the thread looks once for nothing.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/cpu.h>
#include <sys/rbtree.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_event.h>

#include <rump-priv/clock.h>

#include "sched_impl.h"

#ifdef RUMP_UP

#define NEVER	INT64_MAX

static struct {
	struct rumpuser_task *task;
	struct rumpuser_timer timer;
	struct lwp *lwp;
	bool made;			/* there is a thread */
	int64_t armed;			/* what the timer is set to */
	uint64_t seq;
	bool inside;			/* it looks before it parks */
	rb_tree_t sleepers;
} ev;

static int
sleeper_compare(void *ctx, const void *a, const void *b)
{
	const struct lwp *x = a, *y = b;

	if (x->l_until != y->l_until)
		return x->l_until < y->l_until ? -1 : 1;
	if (x->l_untilseq != y->l_untilseq)
		return x->l_untilseq < y->l_untilseq ? -1 : 1;
	return 0;
}

static const rb_tree_ops_t sleeper_ops = {
	.rbto_compare_nodes = sleeper_compare,
	.rbto_compare_key = sleeper_compare,
	.rbto_node_offset = offsetof(struct lwp, l_untilnode),
	.rbto_context = NULL,
};

/*
 * The thread.
 */

static void
sleepers_expire(void)
{
	int64_t now = 0;
	struct lwp *l;

	while ((l = RB_TREE_MIN(&ev.sleepers)) != NULL) {
		if (l->l_until > now && l->l_until > (now = rump_clock_uptime_ns()))
			break;
		rump_fiber_ready(l);
	}
}

static void
event_inside(struct lwp *l)
{
	struct lwp *first;

	ev.inside = true;
	ev.armed = NEVER;
	for (;;) {
		sleepers_expire();
		if (rump_nready == 0)
			break;
		rump_fiber_carry(l, 0);
		if (rump_waitpri >= 0)
			rump_vcpu_yield(l);
	}
	ev.inside = false;
	if ((first = RB_TREE_MIN(&ev.sleepers)) != NULL) {
		ev.armed = first->l_until;
		(void)rumpuser_timer_set(&ev.timer,
		    rump_clock_host_ns(ev.armed));
	}
}

/* The look that follows is all there is to do. */
static void
event_due(void *env, uintptr_t arg, int error)
{
}

static void *
event_main(void *arg)
{
	struct lwp *l = arg;

	rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
	for (;;) {
		(void)rumpuser_task_step(ev.task, -1, NULL);
		l->l_entered = 1;
		rump_schedule_cpu(l);
		event_inside(l);
		rump_unschedule_cpu(l);
		l->l_entered = 0;
	}
	return NULL;
}

static bool
event_make(void)
{
	struct rumpuser_task_attr attr = {
		.ta_name = "rump-event", .ta_flags = RUMPUSER_TASK_TICKLESS
	};

	if (ev.made)
		return true;
	if (ev.task == NULL) {
		if (rumpuser_task_create(&ev.task, &attr) != 0)
			return false;
		rumpuser_timer_init(&ev.timer, ev.task, event_due, NULL);
		ev.armed = NEVER;
	}
	ev.made = rumpuser_thread_create(event_main, ev.lwp, "rump-event", 0,
	    ev.lwp->l_priority, -1, NULL) == 0;
	return ev.made;
}

/** Prepare it: the thread is made where nothing may sleep. */
void
rump_event_init(void)
{

	rb_tree_init(&ev.sleepers, &sleeper_ops);
	ev.lwp = rump_kthread_prepare(MAXPRI_KERNEL_RT, KTHREAD_MPSAFE, NULL,
	    NULL, NULL, "event");
	if (ev.lwp == NULL)
		panic("no memory for the event thread");
	ev.lwp->l_bound = 1;
}

bool
rump_event_poke(void)
{

	if (ev.inside)
		return true;
	if (!rump_threads || !event_make())
		return false;
	rumpuser_task_wake(ev.task);
	return true;
}

/*
 * Timed sleeps.
 */

void
rump_timer_start(struct lwp *l, int64_t until)
{

	if (!event_make())
		panic("no host thread to wait for the end of a sleep");
	l->l_until = until;
	l->l_untilseq = ev.seq++;
	(void)rb_tree_insert_node(&ev.sleepers, l);
	if (until >= ev.armed || ev.inside)
		return;
	ev.armed = until;
	(void)rumpuser_timer_set(&ev.timer, rump_clock_host_ns(until));
}

void
rump_timer_stop(struct lwp *l)
{

	if (l->l_until == 0)
		return;
	rb_tree_remove_node(&ev.sleepers, l);
	l->l_until = 0;
}
#endif /* RUMP_UP */
