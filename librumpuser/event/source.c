/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.c - sources: event sources that the core knows nothing of.
 *
 * Locking: the list is under the task's lock.  The operations are called
 * without it, by the thread that runs the task; a source is the running event
 * meanwhile, so that a cancel waits.  t_nextsource is the place in the list,
 * which a cancel moves on.
 */
#include "event/impl.h"

void
rumpuser_source_init1(struct rumpuser_source *s, struct rumpuser_task *task,
    const struct rumpuser_source_ops *ops, void *env, const char *name)
{

	rumpuser__event_init(&s->so_ev, EV_SOURCE, task, NULL, env, name);
	s->so_ops = ops;
	s->so_next = NULL;
}

int
rumpuser_source_enable(struct rumpuser_source *s)
{
	struct rumpuser_task *task = s->so_ev.ev_task;
	int error = 0;

	task_lock(task);
	if (ev_state(&s->so_ev) == EVS_ARMED)
		error = EBUSY;
	else {
		s->so_next = task->t_sources;
		task->t_sources = s;
		count(&task->t_nsources, 1);
		ev_setstate(&s->so_ev, EVS_ARMED);
	}
	task_unlock(task);
	if (error == 0)
		rumpuser_task_wake(task);
	return ERR(error);
}

int
rumpuser__source_disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct rumpuser_source *s = (struct rumpuser_source *)(void *)ev, **sp;

	for (sp = &task->t_sources; *sp != NULL; sp = &(*sp)->so_next)
		if (*sp == s)
			break;
	if (*sp == NULL)
		return 0;
	if (task->t_nextsource == s)
		task->t_nextsource = s->so_next;
	*sp = s->so_next;
	count(&task->t_nsources, (uint64_t)-1);
	ev_setstate(ev, EVS_IDLE);
	return 1;
}

/*
 * For each source: call @fn, with the source as the running event; add up what
 * it returns.
 */
static unsigned int
each(struct rumpuser_task *task, unsigned int (*fn)(void *env,
    const struct rumpuser_source_ops *ops, void *arg), void *arg)
{
	const struct rumpuser_source_ops *ops;
	struct rumpuser_source *s;
	unsigned int sum = 0;
	void *env;

	/* One that is new to the list has woken the task. */
	if (atomic_load(&task->t_nsources) == 0)
		return 0;
	task_lock(task);
	task->t_nextsource = task->t_sources;
	while ((s = task->t_nextsource) != NULL) {
		task->t_nextsource = s->so_next;
		ops = s->so_ops;
		env = s->so_ev.ev_env;
		task_begin(task, &s->so_ev);
		task_unlock(task);
		sum += fn(env, ops, arg);
		task_lock(task);
		task_finish(task);
	}
	task_unlock(task);
	return sum;
}

static unsigned int
one_ready(void *env, const struct rumpuser_source_ops *ops, void *arg)
{
	int64_t when, *soonest = arg;

	if (ops->sop_ready(env))
		return 1;
	if (ops->sop_deadline != NULL) {
		when = ops->sop_deadline(env);
		if (when < *soonest)
			*soonest = when;
	}
	return 0;
}

static unsigned int
one_prepare(void *env, const struct rumpuser_source_ops *ops, void *arg)
{

	(void)arg;
	return ops->sop_prepare != NULL && ops->sop_prepare(env) != 0;
}

static unsigned int
one_run(void *env, const struct rumpuser_source_ops *ops, void *arg)
{
	unsigned int max = *(unsigned int *)arg;

	return ops->sop_ready(env) ? ops->sop_dispatch(env, max) : 0;
}

int
rumpuser__source_ready(struct rumpuser_task *task, int64_t *whenp)
{

	return each(task, one_ready, whenp) != 0;
}

int
rumpuser__source_prepare(struct rumpuser_task *task)
{

	return each(task, one_prepare, NULL) != 0;
}

unsigned int
rumpuser__source_run(struct rumpuser_task *task, unsigned int max)
{
	unsigned int n = each(task, one_run, &max);

	count(&task->t_count.sources, n);
	return n;
}
