/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_crew.h - many groups of events over few threads.  An extension of
 * ours to the hypercalls of rumpuser(3); see rumpuser_crew(3).
 *
 * A crew is a handful of event threads, by default one for each core.  A group
 * is a client of the crew: a connection, a tenant, a simulated machine.  Work
 * of one group is done one piece at a time and in order, on any thread of the
 * crew; each runnable group gets a slice of CPU time in turn, whatever the
 * others have queued, and moves between the threads as their load asks for.
 * An idle group holds no thread and no stack.
 *
 * Conventions as in rumpuser_event.h.
 */
#ifndef _RUMP_RUMPUSER_CREW_H_
#define _RUMP_RUMPUSER_CREW_H_

#include <rump/rumpuser_event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A crew, and a group of it; opaque. */
struct rumpuser_crew;
struct rumpuser_group;

/** How a crew is to be; zero is the default everywhere. */
struct rumpuser_crew_attr {
	const char *ca_name;		/* of the threads; copied; "crew" */
	unsigned int ca_nthreads;	/* rumpuser_evthread_ncores() */
	int64_t ca_slice_ns;		/* CPU time a turn; 1 ms */
	void *ca_spare[4];
};

/**
 * Make a crew and start its threads; @attr may be NULL.  ENOMEM, EAGAIN,
 * EMFILE.  May block.
 */
int rumpuser_crew_create(struct rumpuser_crew **crewp,
    const struct rumpuser_crew_attr *attr);
/**
 * Stop the threads, after what is queued is done, and free the crew.  EBUSY:
 * it has groups.  Not from a thread of the crew (EDEADLK).  May block.
 */
int rumpuser_crew_destroy(struct rumpuser_crew *crew);

/** A group of @crew with @weight slices a turn (0: 1).  ENOMEM. */
int rumpuser_group_create(struct rumpuser_group **groupp,
    struct rumpuser_crew *crew, unsigned int weight);
/** Free a group.  EBUSY: it has work queued or running. */
int rumpuser_group_destroy(struct rumpuser_group *group);

/** What a group has had; counters from its creation on. */
struct rumpuser_group_stats {
	uint64_t gs_done;		/* pieces of work done */
	uint64_t gs_turns;		/* slices used */
	uint64_t gs_moves;		/* times it went to another thread */
	int64_t gs_cputime;		/* ns used */
	uint64_t gs_queued;		/* pieces waiting now */
};
void rumpuser_group_stats(struct rumpuser_group *group,
    struct rumpuser_group_stats *gs);

/** A piece of work for a group; caller's memory, the fields are private. */
struct rumpuser_gwork {
	struct rumpuser_gwork *gw_next, **gw_prevp;
	struct rumpuser_group *gw_group;
	rumpuser_event_fn gw_fn;
	void *gw_env;
	uintptr_t gw_arg;
	int gw_error;
	int gw_queued;
};

/** Initialize a piece of work for @group that calls @fn. */
void rumpuser_gwork_init(struct rumpuser_gwork *gw,
    struct rumpuser_group *group, rumpuser_event_fn fn, void *env);
/**
 * Queue it; the handler gets @arg and @error.  0; EBUSY: it is queued.  A
 * handler that has used its slice (rumpuser_task_shouldyield()) posts itself
 * again and returns.  Any thread.
 */
int rumpuser_gwork_post(struct rumpuser_gwork *gw, uintptr_t arg, int error);
/**
 * Take it back, by the rules of rumpuser_event_cancel(): 0: it was queued and
 * is not; EINVAL: it was not, and its handler does not run any more (on
 * another thread: it is waited for, and then taken back if it queued itself).
 * May block.
 */
int rumpuser_gwork_cancel(struct rumpuser_gwork *gw);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_CREW_H_ */
