/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Components: initialisers that register by being linked or loaded.
 *
 * Constructors run before anything else and one at a time (the host's
 * dynamic linker sees to that); until the kernel is up they only queue.
 * Afterwards a component is initialised as soon as it appears, by the thread
 * that loads it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sysctl.h>

#include <rump/rumpuser.h>

#include <rump-priv/kern.h>

enum { RC_NEW, RC_QUEUED, RC_DONE };

static LIST_HEAD(, rump_component) components[RUMP_COMPONENT_MAX];
static int component_counts[RUMP_COMPONENT_MAX];

static void
component_enqueue(struct rump_component *rc)
{
	struct rump_component *o;

	if (rc->rc_state != RC_NEW)
		return;
	rc->rc_state = RC_QUEUED;
	component_counts[rc->rc_type]++;
	/* In the order they came. */
	if ((o = LIST_FIRST(&components[rc->rc_type])) == NULL) {
		LIST_INSERT_HEAD(&components[rc->rc_type], rc, rc_entries);
		return;
	}
	while (LIST_NEXT(o, rc_entries) != NULL)
		o = LIST_NEXT(o, rc_entries);
	LIST_INSERT_AFTER(o, rc, rc_entries);
}

static void
component_run(struct rump_component *rc)
{

	if (rc->rc_state == RC_DONE)
		return;
	rc->rc_state = RC_DONE;
	(*rc->rc_init)();
}

/* A faction that came late: processes that exist lack what it gives them. */
static void
component_late_vfs(void)
{
	struct proc *p;

	if (rump_proc_vfs_init == NULL)
		return;
	mutex_enter(proc_lock);
	LIST_FOREACH(p, &allproc, p_list)
		if (p->p_cwdi == NULL)
			(*rump_proc_vfs_init)(p);
	mutex_exit(proc_lock);
}

void
rump_component_load(const struct rump_component *rc_const)
{
	struct rump_component *rc = __UNCONST(rc_const);
	int error;

	if (rc->rc_state != RC_NEW || rc->rc_type >= RUMP_COMPONENT_MAX)
		return;
	component_enqueue(rc);
	if (!rump_inited)
		return;
	/* A thread that is inside already loads it for the kernel. */
	error = rump_schedule_enter();
	if (error != 0 && error != EDEADLK)
		return;
	component_run(rc);
	rump_sysctl_setup_run();
	if (rc->rc_type == RUMP__FACTION_VFS)
		component_late_vfs();
	if (error == 0)
		rump_unschedule();
}

/* Its memory goes away: it must not be looked at any more. */
void
rump_component_unload(struct rump_component *rc)
{

	if (rc->rc_state == RC_NEW)
		return;
	LIST_REMOVE(rc, rc_entries);
	component_counts[rc->rc_type]--;
	rc->rc_state = RC_NEW;
}

void
rump_component_init(enum rump_component_type type)
{
	struct rump_component *rc;

	KASSERT(type < RUMP_COMPONENT_MAX);
	LIST_FOREACH(rc, &components[type], rc_entries)
		component_run(rc);
}

int
rump_component_count(enum rump_component_type type)
{

	KASSERT(type < RUMP_COMPONENT_MAX);
	return component_counts[type];
}
