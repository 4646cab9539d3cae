/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * task.c - contexts whose handlers run on a task of the event engine.
 *
 * The context is a source of the task: before the task sleeps what was
 * batched is submitted, and each round calls at most aa_dispatch handlers.
 * Completions make an eventfd readable that the task watches in edge mode, so
 * that nobody has to read it; the pool wakes the task directly.
 *
 * Locking: t_fired belongs to the thread that runs the task; else see aio.h.
 */
#include "aio/aio.h"

#include <rump/rumpuser_event.h>

#include <stdlib.h>

struct aio_taskside {
	struct rumpuser_source t_source;
	struct rumpuser_poll t_poll;
	int t_fired;			/* completions may be there to reap */
};

static void
fired(void *env, uintptr_t mask, int error)
{
	struct rumpuser_aio *a = env;

	(void)mask;
	(void)error;
	a->a_task->t_fired = 1;
}

static int
ready(void *env)
{
	struct rumpuser_aio *a = env;
	int r;

	if (a->a_task->t_fired)
		return 1;
	pthread_mutex_lock(&a->a_mtx);
	r = a->a_ndone > 0;
	pthread_mutex_unlock(&a->a_mtx);
	return r;
}

/* Look for completions; some may be left if a whole batch has come. */
static void
harvest(struct rumpuser_aio *a)
{
	const uint64_t seen = a->a_retired;

	if (!a->a_task->t_fired)
		return;
	a->a_task->t_fired = 0;
	rumpuser__aio_reap(a, seen, 0);
	if (a->a_retired - seen >= AIO_BATCH / 2)
		a->a_task->t_fired = 1;
}

static unsigned int
dispatch(void *env, unsigned int max)
{
	struct rumpuser_aio *a = env;
	unsigned int n;

	if (max > a->a_attr.aa_dispatch)
		max = a->a_attr.aa_dispatch;
	pthread_mutex_lock(&a->a_mtx);
	harvest(a);
	n = rumpuser__aio_dispatch(a, max);
	pthread_mutex_unlock(&a->a_mtx);
	return n;
}

static int64_t
deadline(void *env)
{

	(void)env;
	return INT64_MAX;
}

static int
prepare(void *env)
{
	struct rumpuser_aio *a = env;
	int r;

	pthread_mutex_lock(&a->a_mtx);
	rumpuser__aio_submit(a, 1);
	r = a->a_ndone > 0 || a->a_task->t_fired;
	pthread_mutex_unlock(&a->a_mtx);
	return r;
}

static const struct rumpuser_source_ops ops = {
	.sop_ready = ready,
	.sop_dispatch = dispatch,
	.sop_deadline = deadline,
	.sop_prepare = prepare,
};

/*
 * Watch the eventfd; the host's errno.  What the engine says is in the other
 * numbering: it has no descriptors or no memory left.
 */
static int
watch(struct rumpuser_aio *a)
{
	struct rumpuser_poll *p = &a->a_task->t_poll;

	rumpuser_poll_init(p, a->a_attr.aa_task, a->a_evfd, fired, a);
	rumpuser_event_setname(&p->p_ev, a->a_name);
	return rumpuser_poll_enable(p, RUMPUSER_POLL_IN |
	    RUMPUSER_POLL_EDGE) != 0 ? ENOMEM : 0;
}

static int
attach(struct rumpuser_aio *a)
{
	struct aio_taskside *t = a->a_task;
	int error;

	if ((error = watch(a)) != 0)
		return error;
	rumpuser_source_init(&t->t_source, a->a_attr.aa_task, &ops, a);
	rumpuser_event_setname(&t->t_source.so_ev, a->a_name);
	(void)rumpuser_source_enable(&t->t_source);
	return 0;
}

int
rumpuser__aio_task_renew(struct rumpuser_aio *a, int (*renew)(int *))
{
	int error;

	(void)rumpuser_event_cancel(&a->a_task->t_poll.p_ev);
	a->a_task->t_fired = 1;
	error = renew(&a->a_evfd);
	return error != 0 ? error : watch(a);
}

int
rumpuser__aio_task_attach(struct rumpuser_aio *a)
{
	int error;

	if ((a->a_task = calloc(1, sizeof(*a->a_task))) == NULL)
		return ENOMEM;
	if ((error = attach(a)) != 0) {
		free(a->a_task);
		a->a_task = NULL;
	}
	return error;
}

void
rumpuser__aio_task_detach(struct rumpuser_aio *a)
{

	(void)rumpuser_event_cancel(&a->a_task->t_source.so_ev);
	(void)rumpuser_event_cancel(&a->a_task->t_poll.p_ev);
	free(a->a_task);
	a->a_task = NULL;
}

void
rumpuser__aio_task_wake(struct rumpuser_aio *a)
{

	rumpuser_task_wake(a->a_attr.aa_task);
}

int
rumpuser__aio_task_here(const struct rumpuser_aio *a)
{

	return rumpuser_task_self() == a->a_attr.aa_task;
}
