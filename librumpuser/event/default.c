/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * default.c - the task that the library runs for those who want none of their
 * own.  Locking: its lock guards the making; the task stays for good.
 */
#include "event/impl.h"

static pthread_mutex_t default_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct rumpuser_task *) default_task;

static int
thread_make(struct rumpuser_task *task)
{
	const struct rumpuser_evthread_attr attr = {
		.et_name = "rumpuser-event",
		.et_task = task,
	};
	struct rumpuser_evthread *et;
	int error;

	if (rumpuser_evthread_create(&et, &attr) != 0)
		return ENOMEM;
	if ((error = rumpuser__evthread_start(et)) != 0)
		(void)rumpuser_evthread_free(et);
	return error;
}

/* Nobody looks for a heartbeat here: it sleeps until there is something. */
static struct rumpuser_task *
make(void)
{
	const struct rumpuser_task_attr attr = {
		.ta_name = "default",
		.ta_flags = RUMPUSER_TASK_TICKLESS,
	};
	struct rumpuser_task *task;

	if (rumpuser_task_create(&task, &attr) != 0)
		return NULL;
	if (thread_make(task) != 0) {
		(void)rumpuser_task_destroy(task);
		return NULL;
	}
	return task;
}

HOSTCALL struct rumpuser_task *
make_once(void)
{
	struct rumpuser_task *task;

	pthread_mutex_lock(&default_lock);
	if ((task = atomic_load(&default_task)) == NULL &&
	    (task = make()) != NULL)
		atomic_store(&default_task, task);
	pthread_mutex_unlock(&default_lock);
	return task;
}

struct rumpuser_task *
rumpuser_task_default(void)
{
	struct rumpuser_task *task = atomic_load(&default_task);
	int cookie;

	if (task != NULL)
		return task;
	/* Nobody may wait for the lock with the virtual CPU. */
	cookie = rumpuser__unschedule(NULL);
	task = make_once();
	rumpuser__schedule(cookie, NULL);
	return task;
}

void
rumpuser__default_lock(void)
{

	pthread_mutex_lock(&default_lock);
}

void
rumpuser__default_unlock(void)
{

	pthread_mutex_unlock(&default_lock);
}

int
rumpuser__default_forked(void)
{
	struct rumpuser_task *task = atomic_load(&default_task);

	/* The thread that forked may be the one that runs it. */
	if (task == NULL || rumpuser__task_mine(task))
		return 0;
	return thread_make(task);
}
