/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threadpool(9): jobs on threads that are shared by all users of a priority
 * and come and go with the load.  (Newer than the interfaces this kernel
 * follows otherwise; hence not in sys/.  Per-CPU pools are not there.)
 */
#ifndef _RUMP_SYS_THREADPOOL_H_
#define _RUMP_SYS_THREADPOOL_H_

#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/condvar.h>
#include <sys/mutex.h>
#include <sys/queue.h>

struct threadpool;
struct threadpool_job;

typedef void threadpool_job_fn_t(struct threadpool_job *);

/** Embedded by the user; guarded by the user's lock. */
struct threadpool_job {
	kmutex_t *job_lock;
	threadpool_job_fn_t *job_fn;
	TAILQ_ENTRY(threadpool_job) job_entry;
	struct threadpool *job_pool;	/* scheduled or running there */
	bool job_running;
	kcondvar_t job_cv;
	char job_name[16];
};

/** A reference to the pool of a priority (PRI_NONE: the default).  May sleep.
 * ENOMEM, EAGAIN. */
int	threadpool_get(struct threadpool **, pri_t);
/** Drop it; nothing of the caller's is scheduled any more.  May sleep. */
void	threadpool_put(struct threadpool *, pri_t);

/** @lock guards the job; it outlives it. */
void	threadpool_job_init(struct threadpool_job *, threadpool_job_fn_t *,
	    kmutex_t *, const char *, ...) __printflike(4, 5);
/** It is neither scheduled nor running. */
void	threadpool_job_destroy(struct threadpool_job *);
/** The job says that it is over: its last act, with its lock held. */
void	threadpool_job_done(struct threadpool_job *);

/** Have it run unless it is scheduled or running already.  Lock held; does
 * not sleep. */
void	threadpool_schedule_job(struct threadpool *, struct threadpool_job *);
/** Take it back and wait until it does not run.  Lock held, dropped while
 * waiting. */
void	threadpool_cancel_job(struct threadpool *, struct threadpool_job *);
/** Take it back: true; false: it runs.  Lock held. */
bool	threadpool_cancel_job_async(struct threadpool *,
	    struct threadpool_job *);

#endif /* _RUMP_SYS_THREADPOOL_H_ */
