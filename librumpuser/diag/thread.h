/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - a record per host thread for the dumps: who it is, what it waits
 * for, what it runs.  Written by its thread only, read by anybody at any time
 * (relaxed atomics: a dump shows an instant that never quite was).  Records are
 * never freed, only reused, so that a walker may follow the list in a signal
 * handler without a lock.
 */
#ifndef _RUMPUSER_DIAG_THREAD_H_
#define _RUMPUSER_DIAG_THREAD_H_

#include <rump/rumpuser_port.h>

#include <stddef.h>
#include <stdint.h>

struct lwp;

enum rumpuser__wait {
	WAIT_NONE, WAIT_MUTEX, WAIT_READER, WAIT_WRITER, WAIT_CV
};

struct rumpuser__thread {
	struct rumpuser__thread *next;	/* written before it is in the list */
	int used;			/* 0: to be taken by a new thread */
	int tid;			/* 0: its thread has gone */
	struct lwp *const *lwpp;	/* its thread-local; peek, it may go */
	/* the wait it is in */
	int wait;
	const void *waitobj;
	struct rumpuser__thread *const *waitholder;
	int64_t waitsince;
	/* the work it is in, for hang reports and profiles */
	const char *what;
	int64_t whatsince;
	const void *target;
	/* when each was reported as hanging */
	int64_t waitsaid, whatsaid;
	void *altstack;			/* kept for the next thread */
};

/** Reading and writing of a record's fields. */
#define REC_GET(t, f)		__atomic_load_n(&(t)->f, __ATOMIC_RELAXED)
#define REC_SET(t, f, v)	__atomic_store_n(&(t)->f, v, __ATOMIC_RELAXED)

/** All records, the newest first. */
extern struct rumpuser__thread *rumpuser__threads;

/** The record of the calling thread, NULL: it has none yet. */
extern __thread struct rumpuser__thread *rumpuser__self
    __attribute__((__tls_model__("initial-exec"), __visibility__("hidden")));

/** The same, made where there is none; NULL: no memory.  Ordinary code. */
struct rumpuser__thread *rumpuser__thread_self(void);
/** The calling thread ends: its record is free.  Ordinary code. */
void rumpuser__thread_gone(void);
/** Called by rumpuser__thread_self() for foreign threads: posix/thread.c. */
void rumpuser__thread_arm(void);

/** What diagnostics are on: tested by those who would have to do something. */
#define DIAG_PROF	0x01
#define DIAG_WATCH	0x02
#define DIAG_LOCKS	0x04
#define DIAG_ALTSTACK	0x08	/* new threads get an alternate stack */
extern int rumpuser__diag;

static inline int
rumpuser__diag_on(int what)
{

	return __predict_false((__atomic_load_n(&rumpuser__diag,
	    __ATOMIC_RELAXED) & what) != 0);
}
/** Switch some on or off.  Any context. */
void rumpuser__diag_set(int what, int on);

/** Now, on the monotonic clock. */
int64_t rumpuser__diag_now(void);

/**
 * Around a wait that gives the host's processor away: @holder is where the
 * lock remembers who took it last.  The record goes from one to the other,
 * because a thread-local must not be read twice around a wait.
 */
struct rumpuser__thread *rumpuser__wait_begin(int kind, const void *obj,
    struct rumpuser__thread *const *holder);

static inline void
rumpuser__wait_end(struct rumpuser__thread *t)
{

	if (__predict_true(t != NULL))
		REC_SET(t, wait, WAIT_NONE);
}

/**
 * A lock that is tracked (rumpuser_dump_locks()): a record as above, never
 * freed, because walkers follow the list without a lock.
 */
struct rumpuser__lockrec {
	struct rumpuser__lockrec *next;	/* written before it is in the list */
	struct rumpuser__lockrec *nextfree;
	const void *obj;		/* NULL: free */
	int kind;			/* WAIT_MUTEX, WAIT_WRITER */
	int held;
	struct rumpuser__thread *holder;
	struct lwp *lwp;
	int64_t since;
	int64_t said;			/* since, when it was reported */
};
extern struct rumpuser__lockrec *rumpuser__lockrecs;

/** A record for a new lock; NULL: tracking is off, or no memory. */
struct rumpuser__lockrec *rumpuser__lock_track(int kind, const void *obj);
/** The lock is destroyed. */
void rumpuser__lock_untrack(struct rumpuser__lockrec *r);
/** It was taken by the calling thread for @l. */
void rumpuser__lock_took(struct rumpuser__lockrec *r, struct lwp *l);
/** It is about to be released. */
static inline void
rumpuser__lock_left(struct rumpuser__lockrec *r)
{

	REC_SET(r, held, 0);
}

#endif /* _RUMPUSER_DIAG_THREAD_H_ */
