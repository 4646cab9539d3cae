/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.h - what the files of the fiber host share.
 */
#ifndef _RUMPUSER_FIBERHOST_SCHED_H_
#define _RUMPUSER_FIBERHOST_SCHED_H_

#include "fiberhost/coop.h"
#include "fiber/fiber.h"

#define COOP_KEYS	4

struct coop_thread {
	struct rumpuser_fiber *fiber;	/* NULL: the host thread's own */
	struct rumpuser_fiber *at;	/* the one it waits on, likewise */
	struct coop_queue *on;		/* the queue it is on */
	struct coop_thread *next;	/* there */
	struct coop_thread *later;	/* sleepers */
	int64_t until;			/* INT64_MAX: no deadline */
	int timedout;
	int ended, detached;
	struct coop_queue joiners;
	void *(*fn)(void *);
	void *arg;
	void *keys[COOP_KEYS];
	struct rumpuser__locals locals;	/* while it does not run */
};

struct coop_thread *rumpuser__coop_current(void);

/**
 * Wait on @q (NULL: on none) until woken or until the time of the monotonic
 * clock (ns; INT64_MAX: for ever).  0 or ETIMEDOUT.
 */
int rumpuser__coop_block(struct coop_queue *q, int64_t until);
/** Make the first one of @q ready, if there is one; it. */
struct coop_thread *rumpuser__coop_wakeone(struct coop_queue *q);
/** A thread whose fiber has been made may run.  0 or ENOMEM. */
int rumpuser__coop_start(struct coop_thread *t);
/** The calling thread ends. */
void rumpuser__coop_end(void) __dead;

#endif /* _RUMPUSER_FIBERHOST_SCHED_H_ */
