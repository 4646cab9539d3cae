/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Upcalls whose kind is chosen at run time, an extension of ours: the same
 * function is called by the caller itself, by a thread that takes messages off
 * a queue, or by a new thread for each message.
 */
#ifndef _RUMP_SYS_DISPATCH_H_
#define _RUMP_SYS_DISPATCH_H_

#include <sys/types.h>
#include <sys/workqueue.h>

enum rump_dispatch_kind {
	RUMP_DISPATCH_CALL,
	RUMP_DISPATCH_QUEUE,		/* one after the other, in order */
	RUMP_DISPATCH_THREAD
};

struct rump_dispatch;

/** A message: embedded by the caller, who has it back in the upcall. */
struct rump_upcall {
	struct work u_work;
	struct rump_dispatch *u_dispatch;
};

typedef void (*rump_upcall_fn)(struct rump_upcall *, void *arg);

/** May sleep.  ENOMEM. */
int	rump_dispatch_create(struct rump_dispatch **,
	    enum rump_dispatch_kind, rump_upcall_fn, void *arg, const char *);
/** Wait for what is under way; there is nothing new. */
void	rump_dispatch_destroy(struct rump_dispatch *);
/**
 * Have the message delivered.  It may be over when this returns.  Calls and
 * threads may sleep, the queue may be put to from any context.  0; EAGAIN,
 * ENOMEM: no thread to be had.
 */
int	rump_dispatch(struct rump_dispatch *, struct rump_upcall *);
/** Another kind for later messages.  Who needs order across that drains. */
void	rump_dispatch_set(struct rump_dispatch *, enum rump_dispatch_kind);
/** Wait until all that was handed in has been delivered.  Not from an
 * upcall. */
void	rump_dispatch_drain(struct rump_dispatch *);

#endif /* _RUMP_SYS_DISPATCH_H_ */
