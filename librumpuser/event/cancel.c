/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cancel.c - what all kinds of events share, and taking an event back.
 *
 * Locking: the task's.  A handler is waited for on the task's condition
 * variable until the odometer moves.  The waits lock, taken under a task's,
 * guards who waits for whom: handlers of task A that wait for one of task B
 * make an edge from A to B, good while B's odometer stands still.  A ring of
 * such edges would never end, so the one who would close it does not wait.
 */
#include "event/impl.h"

pthread_mutex_t rumpuser__waits_lock = PTHREAD_MUTEX_INITIALIZER;

void
rumpuser__event_init(struct rumpuser_event *ev, int kind,
    struct rumpuser_task *task, rumpuser_event_fn fn, void *env,
    const char *name)
{

	*ev = (struct rumpuser_event){
		.ev_task = task,
		.ev_fn = fn,
		.ev_env = env,
		.ev_name = name,
		.ev_kind = (uint8_t)kind,
	};
}

int
rumpuser_event_pending(const struct rumpuser_event *ev)
{

	return ev_state(ev) != EVS_IDLE;
}

void
rumpuser_event_setname(struct rumpuser_event *ev, const char *name)
{

	task_lock(ev->ev_task);
	ev->ev_name = name;
	task_unlock(ev->ev_task);
}

static int
disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{

	switch (ev->ev_kind) {
	case EV_WORK:
		return rumpuser__work_disarm(task, ev);
	case EV_TIMER:
		return rumpuser__timer_disarm(task, ev);
	case EV_POLL:
		return rumpuser__poll_disarm(task, ev);
	case EV_SIGNAL:
		return rumpuser__signal_disarm(task, ev);
	case EV_CHAN:
		return rumpuser__chan_disarm(task, ev);
	default:
		return rumpuser__source_disarm(task, ev);
	}
}

/*
 * Would waiting for @task's handler close a ring?  An edge counts only while
 * the handler it waits for has not returned.  Both locks are held.
 */
static int
ring(struct rumpuser_task *task)
{
	struct rumpuser_task *t, *next;

	for (t = task; t != NULL; t = next) {
		if (rumpuser__task_mine(t))
			return 1;
		next = t->t_waitsfor;
		if (next != NULL && atomic_load(&next->t_odometer) !=
		    t->t_waitsodometer)
			next = NULL;
	}
	return 0;
}

/* All tasks on the calling thread's stack wait for @task, or for none. */
static void
edges(struct rumpuser_task *task)
{
	struct rumpuser_task *t;

	for (t = rumpuser__task_current(); t != NULL; t = t->t_outer) {
		t->t_waitsfor = task;
		if (task != NULL)
			t->t_waitsodometer = atomic_load(&task->t_odometer);
	}
}

/* Wait until @ev, which runs, has returned; host's EDEADLK: never. */
HOSTCALL int
waitout(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	uint64_t odometer;
	int error = 0;

	task_lock(task);
	if (task->t_running != ev)
		goto out;
	pthread_mutex_lock(&rumpuser__waits_lock);
	if (ring(task))
		error = EDEADLK;
	else
		edges(task);
	pthread_mutex_unlock(&rumpuser__waits_lock);
	if (error != 0)
		goto out;

	count(&task->t_count.cancelwaits, 1);
	odometer = atomic_load(&task->t_odometer);
	task->t_waiters++;
	while (atomic_load(&task->t_odometer) == odometer)
		rumpuser__evhost->eh_wait(&task->t_cv, &task->t_lock);
	task->t_waiters--;

	pthread_mutex_lock(&rumpuser__waits_lock);
	edges(NULL);
	pthread_mutex_unlock(&rumpuser__waits_lock);
out:
	task_unlock(task);
	return error;
}

int
rumpuser_event_cancel(struct rumpuser_event *ev)
{
	struct rumpuser_task *task = ev->ev_task;
	int removed = 0, error = 0, running, cookie;

	do {
		task_lock(task);
		if (disarm(task, ev)) {
			count(&task->t_count.cancelled, 1);
			removed = 1;
		}
		running = task->t_running == ev && !rumpuser__task_mine(task);
		task_unlock(task);
		if (running) {
			cookie = rumpuser__unschedule(NULL);
			error = waitout(task, ev);
			rumpuser__schedule(cookie, NULL);
		}
	} while (running && error == 0);
	if (error != 0)
		return ERR(error);
	return removed ? 0 : ERR(EINVAL);
}
