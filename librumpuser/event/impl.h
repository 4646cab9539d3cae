/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * impl.h - what the files of the event engine share.
 *
 * Locking: t_lock guards a task but for its inbox, its sleeping word and its
 * counters, which are atomic, and what only the thread that runs it uses.  It
 * is never held while a handler runs, and nothing blocks under it.  Order:
 * registry, t_lock, waits lock (cancel.c).
 */
#ifndef _RUMPUSER_EVENT_IMPL_H_
#define _RUMPUSER_EVENT_IMPL_H_

#include "diag/prof.h"
#include "posix/host.h"

#include <sys/queue.h>

#include <stdatomic.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_event.h>
#pragma GCC visibility pop
#include <rump-free/timerwheel.h>

#define NSEC_PER_SEC	INT64_C(1000000000)
#define NEVER		TIMERWHEEL_NEVER

/* Host signals are numbered below this. */
#define MAXHOSTSIG	65

enum event_kind { EV_WORK = 1, EV_TIMER, EV_POLL, EV_SIGNAL, EV_SOURCE,
    EV_CHAN };

/*
 * ev_state.  POSTED: claimed by a poster, in the inbox or about to be.  ARMED:
 * in a queue, the wheel, a table.  Only work has POSTED; all other changes are
 * made under the task's lock.
 */
enum event_state { EVS_IDLE, EVS_POSTED, EVS_ARMED };

static inline uint32_t
ev_state(const struct rumpuser_event *ev)
{

	return __atomic_load_n(&ev->ev_state, __ATOMIC_ACQUIRE);
}

/* What was done to the event before is seen by who claims it next. */
static inline void
ev_setstate(struct rumpuser_event *ev, uint32_t state)
{

	__atomic_store_n(&ev->ev_state, state, __ATOMIC_RELEASE);
}

void rumpuser__event_init(struct rumpuser_event *, int kind,
    struct rumpuser_task *, rumpuser_event_fn, void *env, const char *name);

/*
 * Time and waiting: the only places where the engine asks the host for them,
 * so that a host of another kind can give its own.
 */
struct rumpuser__evhost {
	int64_t (*eh_now)(void);
	/* CPU time of the calling thread; below 0: the host cannot say. */
	int64_t (*eh_cputime)(void);
	void (*eh_wait)(pthread_cond_t *, pthread_mutex_t *);
	void (*eh_broadcast)(pthread_cond_t *);
	void (*eh_relax)(void);		/* somebody is a few steps from done */
};
extern const struct rumpuser__evhost *rumpuser__evhost;

/*
 * Pollers: what waits for descriptors.  Errors are the host's numbers.
 */
struct poller;

struct poller_event {
	uint64_t pe_data;
	uint32_t pe_mask;		/* RUMPUSER_POLL_* */
};

/*
 * A transfer that the poller does (chan.c).  The owner fills in what is to be
 * done; the rest is the poller's.
 */
struct poller_io {
	void *pi_buf;
	size_t pi_len;
	void *pi_owner;
	int pi_fd;
	int pi_res;			/* bytes, or the host's errno negated */
	uint8_t pi_op;			/* POLLER_IO_* */
	uint8_t pi_socket;
	uint8_t pi_state;
	uint8_t pi_retract;		/* somebody wants it back */
	uint32_t pi_slot;
	TAILQ_ENTRY(poller_io) pi_entry;
};

enum { POLLER_IO_READ, POLLER_IO_WRITE, POLLER_IO_ACCEPT, POLLER_IO_CONNECT };
enum { POLLER_IO_INFLIGHT, POLLER_IO_AGAIN, POLLER_IO_DONE,
    POLLER_IO_REPORTED };

/* pe_mask of an event that is the end of a transfer: po_take() says which. */
#define POLLER_IO_EVENT	UINT32_C(0x80000000)

struct poller_ops {
	const char *po_name;
	/* For at most @max events a wait. */
	int (*po_create)(struct poller **, unsigned int max);
	void (*po_destroy)(struct poller *);
	/* Any thread; masks as in rumpuser_poll_enable(). */
	int (*po_add)(struct poller *, int fd, uint32_t mask, uint64_t data);
	int (*po_modify)(struct poller *, int fd, uint32_t mask,
	    uint64_t data);
	int (*po_remove)(struct poller *, int fd);
	/*
	 * Wait until @until (absolute; 0: do not) for events; *@np gets their
	 * number, 0 also when woken.
	 */
	int (*po_wait)(struct poller *, struct poller_event *,
	    unsigned int *np, int64_t now, int64_t until);
	/* Any thread, any context: end a wait, this one or the next. */
	void (*po_wake)(struct poller *);
	/* A descriptor that is readable when a wait would not wait ... */
	int (*po_fd)(struct poller *, int *fdp);
	/* ... and from @when on. */
	int (*po_alarm)(struct poller *, int64_t when);
	/*
	 * Begin anew, empty; in a child process sharing nothing with before,
	 * otherwise with others calling po_wake().  On failure it is as it
	 * was.
	 */
	int (*po_reset)(struct poller *, int child);
	/*
	 * Transfers; all NULL where the poller has none.  Begin one (@now: at
	 * once, else with the next wait); take back one that has not been
	 * taken, *@resp is how far it got (-ECANCELED: nothing was done); the
	 * transfer that an event is about, NULL if it was taken back.
	 */
	int (*po_submit)(struct poller *, struct poller_io *, int now);
	void (*po_retract)(struct poller *, struct poller_io *, int *resp);
	struct poller_io *(*po_take)(struct poller *, uint64_t data);
};

extern const struct poller_ops rumpuser__poller_epoll;
extern const struct poller_ops rumpuser__poller_timerfd;
extern const struct poller_ops rumpuser__poller_uring;

/*
 * Tasks.
 */

/* Who watches a descriptor; the poller's data are the number and et_gen. */
struct fd_entry {
	struct rumpuser_poll *fe_poll;
	uint32_t fe_gen;
	uint32_t fe_gone;	/* round in which the last one was disarmed */
	int fe_added;		/* the poller knows it, perhaps as disabled */
};
#define FD_CHUNK	128

struct work_queue {
	struct rumpuser_event *wq_head;
	struct rumpuser_event *wq_tail;
};

struct task_counters {
	_Atomic uint64_t rounds, sleeps, polls, works, calls, timers, signals,
	    sources, wakeups, stale, cancelled, cancelwaits, duppolls;
};

struct rumpuser_task {
	/*
	 * What threads that post touch.  t_sleeping: whoever gives the task
	 * something to do and exchanges a 1 for a 0 here wakes it.
	 */
	_Alignas(64) _Atomic(struct rumpuser_event *) t_inbox;
	_Atomic uint32_t t_sleeping;
	_Atomic uint32_t t_woken;	/* rumpuser_task_wake() */
	_Atomic uint32_t t_holds;	/* task_hold() */
	const struct poller_ops *t_ops;
	struct poller *t_poller;

	_Alignas(64) pthread_mutex_t t_lock;
	pthread_cond_t t_cv;		/* the odometer moved */
	unsigned int t_waiters;
	int t_frozen;			/* fork() is one of them */
	struct rumpuser_event *t_running;
	struct rumpuser__run t_run;	/* of it, for profiles, hang reports */
	_Atomic uint64_t t_odometer;	/* handlers that have returned */
	struct work_queue t_queue[RUMPUSER_NPRIO];
	uint32_t t_queued;		/* levels with work */
	uint64_t t_nwork;
	int t_stopping;			/* t_stopwork is in its queue */
	uint64_t t_stopcalls;		/* calls to be made before it */
	int64_t t_until;		/* it sleeps until, as it believes */
	struct timerwheel t_wheel;
	struct fd_entry **t_fds;	/* chunks of FD_CHUNK */
	unsigned int t_nchunks;
	_Atomic uint64_t t_npolls;
	struct rumpuser_source *t_sources;
	_Atomic uint64_t t_nsources;
	struct rumpuser_signal *t_signals[MAXHOSTSIG];
	unsigned int t_nsignals;
	struct rumpuser_poll t_sigpoll;
	int t_runs;			/* a thread runs it */

	/* Only who runs it. */
	struct rumpuser_task *t_outer;	/* further down on this stack */
	struct poller_event *t_events;
	struct rumpuser_work t_stopwork;
	struct rumpuser_event t_call;	/* what runs while calls do */
	int t_stopped;
	int t_foreign;			/* rumpuser_task_fd() */
	int64_t t_came;			/* for profiles: of the last wait */
	struct rumpuser_source *t_nextsource;
	_Atomic uint32_t t_round;
	_Atomic int64_t t_heartbeat;
	_Atomic int64_t t_tid;		/* of the thread that runs it */

	/* slice.c */
	uint64_t t_slice_odometer;	/* the handler it is about */
	int64_t t_slice_wall;		/* time of the last look */
	int64_t t_slice_end;		/* CPU time; below 0: not known */
	int64_t t_slice_left;		/* wall time until the next */

	/* Under the waits lock: cancel.c. */
	struct rumpuser_task *t_waitsfor;
	uint64_t t_waitsodometer;

	/* Constant, but for the ring that the first call makes. */
	_Alignas(64) _Atomic(struct callring *) t_calls;
	struct rumpuser_task_attr t_attr;
	char t_name[64];

	LIST_ENTRY(rumpuser_task) t_entry;	/* registry */
	struct task_counters t_count;
};

/* Counters have one writer, so that adding needs no locked instruction. */
static inline void
count(_Atomic uint64_t *c, uint64_t n)
{

	atomic_store_explicit(c, atomic_load_explicit(c,
	    memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void
task_lock(struct rumpuser_task *task)
{

	pthread_mutex_lock(&task->t_lock);
}

static inline void
task_unlock(struct rumpuser_task *task)
{

	pthread_mutex_unlock(&task->t_lock);
}

/* Profile and hang reports: @ev's handler is about to run.  info.c. */
void rumpuser__task_watch(struct rumpuser_task *, struct rumpuser_event *ev);

/*
 * Around a handler, both with the lock held: what runs, for those who cancel
 * it, and that it has returned.
 */
static inline void
task_begin(struct rumpuser_task *task, struct rumpuser_event *ev)
{

	task->t_running = ev;
	if (rumpuser__diag_on(DIAG_PROF | DIAG_WATCH))
		rumpuser__task_watch(task, ev);
}

extern _Atomic int rumpuser__event_frozen;
void rumpuser__event_park(struct rumpuser_task *);

static inline void
task_finish(struct rumpuser_task *task)
{

	task->t_running = NULL;
	rumpuser__run_end(&task->t_run);
	count(&task->t_odometer, 1);
	if (__predict_false(task->t_waiters != 0)) {
		rumpuser__evhost->eh_broadcast(&task->t_cv);
		rumpuser__event_park(task);
	}
}

/*
 * Around a change that gives the task something to do and the task_rouse()
 * after it: what was given may be handled, and the task destroyed on the
 * strength of that, in between.  Whoever saw the change sees the hold.
 */
static inline void
task_hold(struct rumpuser_task *task)
{

	atomic_fetch_add_explicit(&task->t_holds, 1, memory_order_relaxed);
}

static inline void
task_drop(struct rumpuser_task *task)
{

	atomic_fetch_sub_explicit(&task->t_holds, 1, memory_order_release);
}

/*
 * Wake the task if it sleeps, after giving it something to do that it finds
 * under its lock or in its inbox.  The exchange makes one waker of many.
 */
static inline void
task_rouse(struct rumpuser_task *task)
{

	if (atomic_load(&task->t_sleeping) != 0 &&
	    atomic_exchange(&task->t_sleeping, 0) != 0) {
		atomic_fetch_add_explicit(&task->t_count.wakeups, 1,
		    memory_order_relaxed);
		task->t_ops->po_wake(task->t_poller);
	}
}

/* Does the calling thread run @task, here or further down its stack? */
int rumpuser__task_mine(struct rumpuser_task *task);
/* The innermost task that the calling thread runs. */
struct rumpuser_task *rumpuser__task_current(void);
void rumpuser__task_setcurrent(struct rumpuser_task *);
/* The thread gives up all tasks that it runs: it ends in a handler. */
void rumpuser__task_abandon(void);

/* work.c; all with the lock held. */
void rumpuser__work_drain(struct rumpuser_task *);

/*
 * Calls (call.c).  How many are there; and by who runs the task: are there any,
 * at little cost and not quite up to date, and the same with t_sleeping set.
 */
uint64_t rumpuser__call_count(struct rumpuser_task *);
int rumpuser__call_due(struct rumpuser_task *);
int rumpuser__call_last(struct rumpuser_task *);
/* How many have been posted ever; have so many been made? */
uint64_t rumpuser__call_posted(struct rumpuser_task *);
int rumpuser__call_made(struct rumpuser_task *, uint64_t);
/* Over fork(); and their end. */
void rumpuser__call_lock(struct rumpuser_task *);
void rumpuser__call_unlock(struct rumpuser_task *);
void rumpuser__call_fini(struct rumpuser_task *);
struct rumpuser_event *rumpuser__work_next(struct rumpuser_task *);
int rumpuser__work_disarm(struct rumpuser_task *, struct rumpuser_event *);

/* timer.c, poll.c, signal.c, source.c: disarm with the lock held; 1: it was. */
int rumpuser__timer_disarm(struct rumpuser_task *, struct rumpuser_event *);
int rumpuser__poll_disarm(struct rumpuser_task *, struct rumpuser_event *);
int rumpuser__signal_disarm(struct rumpuser_task *, struct rumpuser_event *);
int rumpuser__source_disarm(struct rumpuser_task *, struct rumpuser_event *);

/* One phase of a round, without the lock: how many handlers were called. */
unsigned int rumpuser__call_run(struct rumpuser_task *, unsigned int max,
    int64_t now, int busy);
unsigned int rumpuser__work_run(struct rumpuser_task *, unsigned int max);
unsigned int rumpuser__timer_run(struct rumpuser_task *, unsigned int max);
unsigned int rumpuser__poll_run(struct rumpuser_task *, unsigned int n);
unsigned int rumpuser__source_run(struct rumpuser_task *, unsigned int max);

/* Is a source ready, and when is one to be looked at?  By who runs it. */
int rumpuser__source_ready(struct rumpuser_task *, int64_t *whenp);
int rumpuser__source_prepare(struct rumpuser_task *);

/* The signalfd of a task. */
void rumpuser__signal_init(struct rumpuser_task *);

/*
 * chan.c, with the lock held.  done: the event to deliver, NULL if the transfer
 * goes on.
 */
struct rumpuser_event *rumpuser__chan_done(struct rumpuser_task *,
    struct poller_io *);
int rumpuser__chan_disarm(struct rumpuser_task *, struct rumpuser_event *);

void rumpuser__signal_fini(struct rumpuser_task *);
int rumpuser__signal_reset(struct rumpuser_task *);
void rumpuser__signal_lock(void);
void rumpuser__signal_unlock(void);
/* poll.c: the table, and all of it anew into a reset poller. */
struct fd_entry *rumpuser__fd_entry(struct rumpuser_task *, int fd);
int rumpuser__poll_enable(struct rumpuser_task *, struct rumpuser_poll *,
    uint32_t mask);	/* with the lock held; the host's errno */
int rumpuser__poll_readd(struct rumpuser_task *);
void rumpuser__poll_fini(struct rumpuser_task *);

/*
 * The registry of tasks and threads: registry.c.
 */
struct rumpuser_evthread {
	LIST_ENTRY(rumpuser_evthread) et_entry;
	pthread_mutex_t et_lock;
	pthread_cond_t et_cv;
	int et_state;			/* enum evthread_state */
	int et_error;			/* of its setting up; the host's */
	int et_forgotten;		/* of the parent process */
	void *et_cookie;
	_Atomic(struct rumpuser_task *) et_running;
	int64_t et_birth;
	int64_t et_tid;
	int et_niceness;
	uint64_t *et_cpus;
	struct rumpuser_evthread_attr et_attr;
	char et_name[16];
};

enum evthread_state { ETS_NEW, ETS_STARTING, ETS_RUNS, ETS_DONE };

LIST_HEAD(task_list, rumpuser_task);
LIST_HEAD(thread_list, rumpuser_evthread);

struct registry {
	pthread_mutex_t lock;
	struct task_list tasks;
	struct thread_list threads;
};
extern struct registry rumpuser__registry;

void rumpuser__registry_addtask(struct rumpuser_task *);
void rumpuser__registry_deltask(struct rumpuser_task *);
void rumpuser__registry_addthread(struct rumpuser_evthread *);
void rumpuser__registry_delthread(struct rumpuser_evthread *);

/* thread.c: the calling thread runs @task from now on, or none (NULL). */
void rumpuser__evthread_runs(struct rumpuser_task *);
/* Without giving up the virtual CPU; the host's errno. */
int rumpuser__evthread_start(struct rumpuser_evthread *);
/* In a child process: this thread is another one for the host. */
void rumpuser__evthread_forked(void);
/* default.c: in a child process, a new thread for the default task. */
int rumpuser__default_forked(void);
void rumpuser__default_lock(void);
void rumpuser__default_unlock(void);

/* cancel.c: the lock above its own, for fork(). */
extern pthread_mutex_t rumpuser__waits_lock;

/*
 * fork(): hold everything; let go in the parent; in the child make new
 * descriptors, with nothing lost that is armed, and forget the other threads.
 * The child's result is 0 or a host's errno.
 */
void rumpuser__event_fork_prepare(void);
void rumpuser__event_fork_parent(void);
int rumpuser__event_fork_child(void);

/* The host's errno to the interface's. */
#define ERR(hosterr)	rumpuser__errtrans(hosterr)

#endif /* _RUMPUSER_EVENT_IMPL_H_ */
