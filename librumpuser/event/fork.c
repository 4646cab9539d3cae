/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork.c - the event engine over fork().
 *
 * What a handler was about to do on a thread that the child does not have, such
 * as setting its timer again, would be lost there.  So first the tasks are
 * frozen: handlers that run are waited for, with no lock held, and none begins.
 * One that waits for the thread that forks would never return; after HANDLERS
 * ns they are left to themselves.
 *
 * Locking: then all of it is held across the fork, in the order registry, tasks
 * and threads, waits, so that the child finds everything whole.  No handler
 * runs with a lock held, hence a handler may fork, and its task goes on in
 * both.
 */
#include "event/impl.h"

#include <time.h>

#define HANDLERS	NSEC_PER_SEC
#define NAP_MIN		20000L
#define NAP_MAX		1000000L

_Atomic int rumpuser__event_frozen;

static struct registry *const reg = &rumpuser__registry;

/*
 * The thread that runs a task stops here while a fork() is being made; the
 * task's lock is held.  Not in a task that is run by a handler of another,
 * which has to come to its end.
 */
void
rumpuser__event_park(struct rumpuser_task *task)
{

	while (atomic_load(&rumpuser__event_frozen) != 0 &&
	    task->t_outer == NULL)
		rumpuser__evhost->eh_wait(&task->t_cv, &task->t_lock);
}

/* Have each task come here after a handler, or be let go again. */
static void
freeze(int on)
{
	struct rumpuser_task *task;

	atomic_store(&rumpuser__event_frozen, on);
	pthread_mutex_lock(&reg->lock);
	LIST_FOREACH(task, &reg->tasks, t_entry) {
		task_lock(task);
		if (on) {
			task->t_waiters++;
			task->t_frozen = 1;
		} else {
			task->t_waiters -= (unsigned int)task->t_frozen;
			task->t_frozen = 0;
			rumpuser__evhost->eh_broadcast(&task->t_cv);
		}
		task_unlock(task);
	}
	pthread_mutex_unlock(&reg->lock);
}

/* Does a handler run on another thread? */
static int
handlers(void)
{
	struct rumpuser_task *task;
	int any = 0;

	pthread_mutex_lock(&reg->lock);
	LIST_FOREACH(task, &reg->tasks, t_entry) {
		task_lock(task);
		if (task->t_running != NULL && !rumpuser__task_mine(task))
			any = 1;
		task_unlock(task);
	}
	pthread_mutex_unlock(&reg->lock);
	return any;
}

void
rumpuser__handlers_fork_prepare(void)
{
	struct timespec nap = { .tv_nsec = NAP_MIN };
	int64_t until = rumpuser_event_now() + HANDLERS;

	freeze(1);
	while (handlers() && rumpuser_event_now() < until) {
		(void)nanosleep(&nap, NULL);
		if ((nap.tv_nsec *= 2) > NAP_MAX)
			nap.tv_nsec = NAP_MAX;
	}
}

void
rumpuser__handlers_fork_parent(void)
{

	freeze(0);
}

int
rumpuser__handlers_fork_child(void)
{

	freeze(0);
	return 0;
}

void
rumpuser__event_fork_prepare(void)
{
	struct rumpuser_task *task;
	struct rumpuser_evthread *et;

	rumpuser__default_lock();
	pthread_mutex_lock(&reg->lock);
	LIST_FOREACH(task, &reg->tasks, t_entry) {
		task_lock(task);
		rumpuser__call_lock(task);
	}
	LIST_FOREACH(et, &reg->threads, et_entry)
		pthread_mutex_lock(&et->et_lock);
	rumpuser__signal_lock();
	pthread_mutex_lock(&rumpuser__waits_lock);
}

static void
release(void)
{
	struct rumpuser_task *task;
	struct rumpuser_evthread *et;

	pthread_mutex_unlock(&rumpuser__waits_lock);
	rumpuser__signal_unlock();
	LIST_FOREACH(et, &reg->threads, et_entry)
		pthread_mutex_unlock(&et->et_lock);
	LIST_FOREACH(task, &reg->tasks, t_entry) {
		rumpuser__call_unlock(task);
		task_unlock(task);
	}
	pthread_mutex_unlock(&reg->lock);
	rumpuser__default_unlock();
}

void
rumpuser__event_fork_parent(void)
{

	release();
}

/*
 * What other threads were doing with the task is over: nobody runs it, nobody
 * waits.  Descriptors were inherited, the sets of them are shared and so
 * made anew.
 */
static int
task_reset(struct rumpuser_task *task)
{
	int error, error2;

	pthread_cond_init(&task->t_cv, NULL);
	task->t_waiters = 0;
	task->t_frozen = 0;
	atomic_store(&task->t_holds, 0);
	task->t_waitsfor = NULL;
	if (!rumpuser__task_mine(task)) {
		if (task->t_running != NULL)
			count(&task->t_odometer, 1);
		task->t_running = NULL;
		task->t_runs = 0;
		task->t_outer = NULL;
		atomic_store(&task->t_sleeping, 0);
	}
	error = task->t_ops->po_reset(task->t_poller, 1);
	if (error == 0)
		error = rumpuser__signal_reset(task);
	error2 = error == 0 ? rumpuser__poll_readd(task) : 0;
	return error != 0 ? error : error2;
}

static void
thread_reset(struct rumpuser_evthread *et)
{

	pthread_cond_init(&et->et_cv, NULL);
	if (et == rumpuser_evthread_self())
		return;
	if (et->et_state != ETS_NEW) {
		et->et_state = ETS_DONE;
		et->et_forgotten = 1;
	}
	atomic_store(&et->et_running, NULL);
}

int
rumpuser__event_fork_child(void)
{
	struct rumpuser_task *task;
	struct rumpuser_evthread *et;
	int error, first = 0;

	rumpuser__evthread_forked();
	LIST_FOREACH(task, &reg->tasks, t_entry) {
		error = task_reset(task);
		if (first == 0)
			first = error;
	}
	LIST_FOREACH(et, &reg->threads, et_entry)
		thread_reset(et);
	release();
	error = rumpuser__default_forked();
	return first != 0 ? first : error;
}
