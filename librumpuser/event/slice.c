/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slice.c - has a handler used its slice of CPU time?
 * Locking: none, only the thread that runs the task comes here.
 *
 * CPU time can only be had by a system call, wall time without; a thread never
 * uses more of the first than of the second.  So the first half of a slice is
 * measured by the wall clock, and charged as half a slice however long it took;
 * the second half, if the handler gets to it, by CPU time, which is asked
 * for when enough wall time has gone by that it may be over.  A handler that is
 * done sooner costs no system call, and time in which the host ran
 * something else is not charged.
 */
#include "event/impl.h"

/* A handler that was not here before: its slice begins. */
static int
begin(struct rumpuser_task *task, uint64_t odometer, int64_t now)
{

	task->t_slice_odometer = odometer;
	task->t_slice_wall = now;
	task->t_slice_end = -1;
	task->t_slice_left = task->t_attr.ta_slice_ns / 2;
	return 0;
}

static int
look(struct rumpuser_task *task, int64_t now)
{
	int64_t cpu = rumpuser__evhost->eh_cputime();
	int64_t half = task->t_attr.ta_slice_ns / 2;

	/* A clock that cannot be had, or goes backwards: wall time it is. */
	if (cpu < 0 || (task->t_slice_end >= 0 &&
	    cpu < task->t_slice_end - half))
		return now - task->t_slice_wall >= 2 * half;
	if (task->t_slice_end < 0)
		task->t_slice_end = cpu + half;
	if (cpu >= task->t_slice_end && half != 0)
		return 1;
	task->t_slice_wall = now;
	task->t_slice_left = task->t_slice_end - cpu;
	return half == 0;
}

int
rumpuser_task_shouldyield(void)
{
	struct rumpuser_task *task = rumpuser__task_current();
	uint64_t odometer;
	int64_t now;

	if (task == NULL || task->t_running == NULL)
		return 0;
	now = rumpuser_event_now();
	odometer = atomic_load_explicit(&task->t_odometer,
	    memory_order_relaxed);
	if (task->t_slice_odometer != odometer)
		return begin(task, odometer, now);
	if (now - task->t_slice_wall < task->t_slice_left)
		return 0;
	return look(task, now);
}
