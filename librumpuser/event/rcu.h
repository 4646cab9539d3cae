/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rcu.h - what the event engine tells read-copy update of the thread that
 * runs a task.  Private to librumpuser; the calling thread's own business.
 */
#ifndef _RUMPUSER_EVENT_RCU_H_
#define _RUMPUSER_EVENT_RCU_H_

/**
 * The calling thread begins, or ceases, to run a task, perhaps in a handler of
 * another.  0, or the host's ENOMEM.
 */
int rumpuser__rcu_enter(void);
void rumpuser__rcu_leave(void);
/** It has called handlers: a round with some is over. */
void rumpuser__rcu_round(void);
/** It is about to wait for events; it is back. */
void rumpuser__rcu_idle(void);
void rumpuser__rcu_busy(void);

/** fork(2): hold still, go on, and forget the readers that are gone. */
void rumpuser__rcu_fork_prepare(void);
void rumpuser__rcu_fork_parent(void);
int rumpuser__rcu_fork_child(void);

#endif /* _RUMPUSER_EVENT_RCU_H_ */
