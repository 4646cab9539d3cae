/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * registry.c - all tasks and all threads, for introspection and fork().
 * Locking: its lock, above those of tasks.
 */
#include "event/impl.h"

struct registry rumpuser__registry = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.tasks = LIST_HEAD_INITIALIZER(rumpuser__registry.tasks),
	.threads = LIST_HEAD_INITIALIZER(rumpuser__registry.threads),
};

void
rumpuser__registry_addtask(struct rumpuser_task *task)
{

	pthread_mutex_lock(&rumpuser__registry.lock);
	LIST_INSERT_HEAD(&rumpuser__registry.tasks, task, t_entry);
	pthread_mutex_unlock(&rumpuser__registry.lock);
}

void
rumpuser__registry_deltask(struct rumpuser_task *task)
{

	pthread_mutex_lock(&rumpuser__registry.lock);
	LIST_REMOVE(task, t_entry);
	pthread_mutex_unlock(&rumpuser__registry.lock);
}

void
rumpuser__registry_addthread(struct rumpuser_evthread *et)
{

	pthread_mutex_lock(&rumpuser__registry.lock);
	LIST_INSERT_HEAD(&rumpuser__registry.threads, et, et_entry);
	pthread_mutex_unlock(&rumpuser__registry.lock);
}

void
rumpuser__registry_delthread(struct rumpuser_evthread *et)
{

	pthread_mutex_lock(&rumpuser__registry.lock);
	LIST_REMOVE(et, et_entry);
	pthread_mutex_unlock(&rumpuser__registry.lock);
}
