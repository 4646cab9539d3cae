/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.c - timers: a task's timing wheel.  Locking: the task's.
 */
#include "event/impl.h"

_Static_assert(sizeof(struct timerwheel_node) <=
    sizeof(((struct rumpuser_timer *)0)->t_node), "room for the node");

static struct timerwheel_node *
node(struct rumpuser_timer *t)
{

	return (struct timerwheel_node *)(void *)t->t_node;
}

static struct rumpuser_timer *
timer(struct timerwheel_node *n)
{

	return (struct rumpuser_timer *)(void *)((char *)n -
	    offsetof(struct rumpuser_timer, t_node));
}

void
rumpuser_timer_init1(struct rumpuser_timer *t, struct rumpuser_task *task,
    rumpuser_event_fn fn, void *env, const char *name)
{

	rumpuser__event_init(&t->t_ev, EV_TIMER, task, fn, env, name);
	*node(t) = (struct timerwheel_node){ 0 };
}

int
rumpuser_timer_set(struct rumpuser_timer *t, int64_t when)
{
	struct rumpuser_task *task = t->t_ev.ev_task;
	int sooner;

	if (when < 0)
		return ERR(EINVAL);
	task_lock(task);
	if (timerwheel_pending(node(t)))
		timerwheel_cancel(&task->t_wheel, node(t));
	timerwheel_set(&task->t_wheel, node(t), when);
	ev_setstate(&t->t_ev, EVS_ARMED);
	rumpuser__prof_asked(&t->t_ev);
	/*
	 * One that does not sleep by now comes for the lock before it does,
	 * and finds this timer.
	 */
	sooner = when < task->t_until && atomic_load(&task->t_sleeping) != 0;
	if (sooner) {
		task->t_until = when;
		task_hold(task);
	}
	task_unlock(task);
	if (sooner) {
		task_rouse(task);
		task_drop(task);
	}
	return 0;
}

int
rumpuser__timer_disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct rumpuser_timer *t = (struct rumpuser_timer *)(void *)ev;

	if (!timerwheel_pending(node(t)))
		return 0;
	timerwheel_cancel(&task->t_wheel, node(t));
	ev_setstate(ev, EVS_IDLE);
	return 1;
}

/* One handler; called and returns with the lock held. */
static void
deliver(struct rumpuser_task *task, struct rumpuser_timer *t, int64_t now)
{
	rumpuser_event_fn fn = t->t_ev.ev_fn;
	void *env = t->t_ev.ev_env;

	task_begin(task, &t->t_ev);
	ev_setstate(&t->t_ev, EVS_IDLE);
	task_unlock(task);
	fn(env, (uintptr_t)now, 0);
	task_lock(task);
	task_finish(task);
}

unsigned int
rumpuser__timer_run(struct rumpuser_task *task, unsigned int max)
{
	struct timerwheel_node *n;
	unsigned int ran = 0;
	int64_t now;

	task_lock(task);
	if (task->t_wheel.tw_count != 0) {
		now = rumpuser_event_now();
		while (ran < max && (n = timerwheel_expire(&task->t_wheel,
		    now)) != NULL) {
			deliver(task, timer(n), now);
			ran++;
		}
	}
	task_unlock(task);
	count(&task->t_count.timers, ran);
	return ran;
}
