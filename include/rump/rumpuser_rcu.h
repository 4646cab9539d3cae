/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_rcu.h - read-copy update for programs on the event engine.  An
 * extension of ours to the hypercalls of rumpuser(3); see rumpuser_rcu(3).
 *
 * What readers may hold is unlinked first and freed a grace period later, when
 * each reader has passed a quiescent state.  A thread that runs a task
 * (rumpuser_event.h) is a reader by itself: a handler may follow such pointers
 * from its beginning to its end with no call at all, the engine reports a
 * quiescent state between handlers, and a task that sleeps delays nobody.
 * Other threads register themselves.  The state machine runs on one task; it
 * needs no help of the host: no signal, no membarrier(2).
 *
 * Conventions as in rumpuser_event.h.
 */
#ifndef _RUMP_RUMPUSER_RCU_H_
#define _RUMP_RUMPUSER_RCU_H_

#include <rump/rumpuser_event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Something to be done a grace period later; caller's memory. */
struct rumpuser_rcu {
	struct rumpuser_work r_work;
	struct rumpuser_rcu *r_next;
};

/**
 * Initialize @r: after a grace period @fn(@env, 0, 0) is called as work of
 * priority @prio on @task; NULL: rumpuser_task_default().  0; ENOMEM: the host
 * refused what the state machine needs, which stays so.
 */
int rumpuser_rcu_init(struct rumpuser_rcu *r, struct rumpuser_task *task,
    int prio, rumpuser_event_fn fn, void *env);
/**
 * Have it called when every reader has passed a quiescent state after this
 * call.  Not again before its handler has begun.  Any thread, lock-free.
 */
void rumpuser_rcu_call(struct rumpuser_rcu *r);
/**
 * Wait for a grace period.  The caller must hold no reference: in a handler of
 * a task, and on a registered thread, it counts as a quiescent state.  May
 * block.
 */
void rumpuser_rcu_synchronize(void);
/**
 * Wait until all that was handed to rumpuser_rcu_call() before, by anybody, has
 * been queued on its task.  As rumpuser_rcu_synchronize().
 */
void rumpuser_rcu_barrier(void);

/**
 * Make the calling thread a reader, online; it must report.  Nests.  0,
 * ENOMEM.  A thread that ends is unregistered.
 */
int rumpuser_rcu_register(void);
/** Undo one rumpuser_rcu_register(). */
void rumpuser_rcu_unregister(void);
/** The calling thread, a reader, holds no reference now. */
void rumpuser_rcu_quiescent(void);
/** It holds none, and will not until online: around all that may block. */
void rumpuser_rcu_offline(void);
void rumpuser_rcu_online(void);

/**
 * Let tasks report after each @n rounds that called a handler, not after each
 * (1, the default): cheaper, but grace periods take longer.  A task that is
 * about to sleep always reports.  0; EINVAL: n is 0.
 */
int rumpuser_rcu_setbatch(unsigned int n);

/** Counters. */
struct rumpuser_rcu_stats {
	uint64_t rs_periods;		/* grace periods completed */
	uint64_t rs_calls;		/* handed to rumpuser_rcu_call() */
	uint64_t rs_done;		/* and queued for their handlers */
	uint64_t rs_checks;		/* looks at the readers */
	uint64_t rs_readers;		/* threads that read now */
};
void rumpuser_rcu_stats(struct rumpuser_rcu_stats *rs);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_RCU_H_ */
