/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_event.h - the event engine: tasks that run work, timers,
 * descriptors and signals, and the threads that run tasks.  An extension of
 * ours to the hypercalls of rumpuser(3); see rumpuser_event(3).
 *
 * A task is a queue of things to do.  At any time at most one thread runs it
 * (rumpuser_task_run(), or rumpuser_task_step() for loops of another make),
 * and every handler of the task is called on that thread, one at a time:
 * handlers of one task need no locks among each other.
 *
 * What a task waits for are objects that the caller embeds in structures of
 * its own, all built on struct rumpuser_event.  Posting, arming and cancelling
 * allocate nothing (a poll may grow its task's table), and an event that waits
 * holds no stack.  The fields are the engine's.
 *
 * Conventions, besides those of rumpuser.h:
 *  - Times are nanoseconds of the monotonic clock, rumpuser_event_now().
 *  - Errors are 0 or NetBSD's errno numbers.
 *  - Unless it says otherwise, a call may be made from any thread, with or
 *    without a virtual CPU, from handlers too, and does not block.
 *  - An object must not be initialized anew, freed or handed to another task
 *    while it is armed; rumpuser_event_cancel() says when that is over.
 */
#ifndef _RUMP_RUMPUSER_EVENT_H_
#define _RUMP_RUMPUSER_EVENT_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** A task; opaque. */
struct rumpuser_task;
/** A thread made to run tasks; opaque. */
struct rumpuser_evthread;

/**
 * The one signature of all handlers.  @env is what the object was initialized
 * with.  @arg: of work what it was posted with, of a timer the time of
 * delivery (int64_t ns, never before the expiry), of a poll the
 * RUMPUSER_POLL_* conditions that are met, of a signal the address of a struct
 * rumpuser_siginfo that is good during the call.  @error: of work what it was
 * posted with, else 0, or why there will be no more events.
 *
 * Called on the thread that runs the task, with nothing locked; with a
 * virtual CPU if that thread had one when it called rumpuser_task_run().  The
 * object is not touched after the handler has begun: the handler may arm it
 * again or free it.  Handlers must not migrate between host threads.
 */
typedef void (*rumpuser_event_fn)(void *env, uintptr_t arg, int error);

/** Where something stands in the source: the default name of objects. */
#define RUMPUSER_EVENT_STR1(x)	#x
#define RUMPUSER_EVENT_STR(x)	RUMPUSER_EVENT_STR1(x)
#define RUMPUSER_EVENT_HERE	__FILE__ ":" RUMPUSER_EVENT_STR(__LINE__)

/** What all kinds of events have in common.  Private but for its address. */
struct rumpuser_event {
	struct rumpuser_event *ev_next;		/* inbox, or work queue */
	struct rumpuser_event *ev_prev;		/* work queue */
	struct rumpuser_task *ev_task;
	rumpuser_event_fn ev_fn;
	void *ev_env;
	uintptr_t ev_arg;
	const char *ev_name;			/* not copied */
	int ev_error;
	uint32_t ev_state;			/* atomic */
	uint8_t ev_kind;
	uint8_t ev_prio;
	uint16_t ev_flags;
	uint8_t ev_late;			/* queued after a stop */
	uint8_t ev_spare[3];
};

/**
 * Cancel an event of any kind.  0: it was armed (queued, pending, registered)
 * and is not any more; this delivery will not happen.  EINVAL: it had been
 * delivered already, or was never armed.  In both cases, when this returns,
 * its handler does not run and the caller may free the object: a handler that
 * is running on another thread is waited for, and what that handler arms in
 * the meantime is taken back too.  Only a handler that cancels its own event
 * (or one whose handler is below it on the same thread's stack) does not wait.
 *
 * EDEADLK: waiting would never end, since that handler waits in
 * rumpuser_event_cancel() for the calling thread's; the event is disarmed, but
 * its handler has not returned yet.
 *
 * Of n deliveries armed each is either delivered or cancelled, never both.
 * Nobody may arm the event from a thread while another frees it on the
 * strength of this.  May block.
 */
int rumpuser_event_cancel(struct rumpuser_event *ev);
/** Is the event armed?  A hint only, unless the caller knows who arms it. */
int rumpuser_event_pending(const struct rumpuser_event *ev);
/** Give the event a name for introspection; not copied, must stay. */
void rumpuser_event_setname(struct rumpuser_event *ev, const char *name);

/** The monotonic clock, in nanoseconds.  Async-signal-safe. */
int64_t rumpuser_event_now(void);

/*
 * Work: something to call, soon.
 */

/**
 * Priorities: work of a level runs only when no level above has any; first in
 * first out within a level.
 */
#define RUMPUSER_PRIO_URGENT	0
#define RUMPUSER_PRIO_HIGH	1
#define RUMPUSER_PRIO_NORMAL	2
#define RUMPUSER_PRIO_LOW	3
#define RUMPUSER_NPRIO		4

/** A unit of work. */
struct rumpuser_work {
	struct rumpuser_event w_ev;
};

/**
 * Initialize @w: work of priority @prio (RUMPUSER_PRIO_*) for @task that calls
 * @fn.  The macro names it after the place in the source.
 */
void rumpuser_work_init1(struct rumpuser_work *w, struct rumpuser_task *task,
    int prio, rumpuser_event_fn fn, void *env, const char *name);
#define rumpuser_work_init(w, task, prio, fn, env)			\
	rumpuser_work_init1((w), (task), (prio), (fn), (env),		\
	    RUMPUSER_EVENT_HERE)

/**
 * Queue @w; its handler gets @arg and @error.  0; EBUSY: it is queued already
 * (and keeps the arg it has).  Lock-free and async-signal-safe; makes a host
 * call only when the task sleeps.
 */
int rumpuser_work_post(struct rumpuser_work *w, uintptr_t arg, int error);
/**
 * Queue @n units of one task in the order of @ws, as if posted one by one but
 * for the cost.  All get @arg and @error.  EBUSY: some were queued already;
 * the others have been posted.  *@postedp (may be NULL): how many were.
 */
int rumpuser_work_postv(struct rumpuser_work *const *ws, size_t n,
    uintptr_t arg, int error, size_t *postedp);

/**
 * Have @task call @fn(@env, @arg, @error) once: work without an object, for
 * those who have much of it to give.  In the order of the posts; a round
 * runs at most ta_max_steps of them, before queued work, and work of low
 * priority waits for them (give or take a microsecond).  It cannot be taken back, so @env lives until
 * then.  0; EAGAIN: 1024 are waiting (in a handler of the task that does not
 * change before it returns); ENOMEM, only from the first one.  Any thread, not
 * a signal handler; makes a host call only when the task sleeps.
 */
int rumpuser_task_post(struct rumpuser_task *task, rumpuser_event_fn fn,
    void *env, uintptr_t arg, int error);

/*
 * Timers.
 */

/** A timer. */
struct rumpuser_timer {
	struct rumpuser_event t_ev;
	uint64_t t_node[8];
};

/** Initialize a timer of @task. */
void rumpuser_timer_init1(struct rumpuser_timer *t, struct rumpuser_task *task,
    rumpuser_event_fn fn, void *env, const char *name);
#define rumpuser_timer_init(t, task, fn, env)				\
	rumpuser_timer_init1((t), (task), (fn), (env), RUMPUSER_EVENT_HERE)

/**
 * Have the handler called once, at @when ns (absolute) or as soon after it as
 * the task gets to it.  A timer that is pending is moved.  Timers fire in the
 * order of their times, equal ones in the order they were set.  Constant
 * time, whatever the number of timers.  0; EINVAL for a negative time.
 */
int rumpuser_timer_set(struct rumpuser_timer *t, int64_t when);

/*
 * Descriptors.
 */

#define RUMPUSER_POLL_IN	0x00001	/* can be read, or end of file */
#define RUMPUSER_POLL_PRI	0x00002	/* urgent data */
#define RUMPUSER_POLL_OUT	0x00004	/* can be written */
#define RUMPUSER_POLL_ERR	0x00008	/* error; always watched */
#define RUMPUSER_POLL_HUP	0x00010	/* hang-up; always watched */
#define RUMPUSER_POLL_RDHUP	0x02000	/* the peer writes no more */
/* Presets. */
#define RUMPUSER_POLL_RECV	(RUMPUSER_POLL_IN | RUMPUSER_POLL_RDHUP)
#define RUMPUSER_POLL_XMIT	RUMPUSER_POLL_OUT
#define RUMPUSER_POLL_ERROR	(RUMPUSER_POLL_ERR | RUMPUSER_POLL_HUP)
/* Modes, or'ed in: default is level, for as long as it is enabled. */
#define RUMPUSER_POLL_EDGE	0x10000	/* when a condition comes up, once */
#define RUMPUSER_POLL_ONESHOT	0x20000	/* disarmed by the first delivery */

/** A watch on a host descriptor. */
struct rumpuser_poll {
	struct rumpuser_event p_ev;
	int p_fd;
	uint32_t p_mask;
};

/** Initialize a poll of @task on the host descriptor @fd. */
void rumpuser_poll_init1(struct rumpuser_poll *p, struct rumpuser_task *task,
    int fd, rumpuser_event_fn fn, void *env, const char *name);
#define rumpuser_poll_init(p, task, fd, fn, env)			\
	rumpuser_poll_init1((p), (task), (fd), (fn), (env),		\
	    RUMPUSER_EVENT_HERE)

/**
 * Watch for the conditions @mask in the mode given with them.  A poll that is
 * enabled is modified; enabling in edge mode reports what is there already.
 * EEXIST (and a warning): another poll of this task watches this descriptor;
 * use dup(2).  EBADF; EPERM: a descriptor that cannot be polled (a regular
 * file); EINVAL; ENOMEM, ENOSPC: no memory or over a limit of the host.
 *
 * Cancel a poll before closing its descriptor.  If that is forgotten, the
 * host forgets the watch with the last descriptor of the open file; cancel
 * returns 0 all the same.  When the number is in use again, another poll may
 * be enabled on it, which disarms the forgotten one.
 */
int rumpuser_poll_enable(struct rumpuser_poll *p, uint32_t mask);

/*
 * Signals of the host process, taken in the loop: the handler is ordinary
 * code, which may allocate and lock.
 */

/** What is known about a signal; numbers are NetBSD's but for rs_code. */
struct rumpuser_siginfo {
	int rs_signo;
	int rs_code;		/* the host's */
	int rs_errno;
	int rs_status;		/* SIGCHLD: exit status or signal */
	int64_t rs_pid;
	uint32_t rs_uid;
	int rs_int;		/* sigqueue(3) */
	uint64_t rs_ptr;	/* sigqueue(3) */
};

/** A watch on a signal. */
struct rumpuser_signal {
	struct rumpuser_event s_ev;
	int s_signo;
	int s_hostsig;
};

/** Initialize a watch on signal @signo (NetBSD's number). */
void rumpuser_signal_init1(struct rumpuser_signal *s,
    struct rumpuser_task *task, int signo, rumpuser_event_fn fn, void *env,
    const char *name);
#define rumpuser_signal_init(s, task, signo, fn, env)			\
	rumpuser_signal_init1((s), (task), (signo), (fn), (env),	\
	    RUMPUSER_EVENT_HERE)

/**
 * Take the signal from now on until cancelled.  The signal is blocked in the
 * calling thread, as it must be in all threads of the process for the task to
 * get it: enable it before making threads (which inherit the mask; those made
 * by librumpuser block all signals).  It stays blocked after a cancel, so that
 * one in between is not lost or fatal.  EBUSY: some event watches this signal
 * already; EINVAL: no such signal, or one that cannot be blocked; ENOMEM,
 * EMFILE.
 */
int rumpuser_signal_enable(struct rumpuser_signal *s);

/*
 * Sources: whatever else can have something to do, looked at every round.
 */

/**
 * Operations of a source, called on the task's thread; @env is the event's.
 * ready: is there something to do now?  dispatch: do it, at most @max units;
 * returns how many.  deadline: the time to look again (ns; INT64_MAX: when
 * the task is woken); a source that becomes ready by itself otherwise calls
 * rumpuser_task_wake().  prepare (may be NULL): the task is about to sleep;
 * commit what has been batched; non-zero: do not sleep, look again.
 */
struct rumpuser_source_ops {
	int (*sop_ready)(void *env);
	unsigned int (*sop_dispatch)(void *env, unsigned int max);
	int64_t (*sop_deadline)(void *env);
	int (*sop_prepare)(void *env);
};

/** A source. */
struct rumpuser_source {
	struct rumpuser_event so_ev;
	struct rumpuser_source *so_next;
	const struct rumpuser_source_ops *so_ops;
};

void rumpuser_source_init1(struct rumpuser_source *s,
    struct rumpuser_task *task, const struct rumpuser_source_ops *ops,
    void *env, const char *name);
#define rumpuser_source_init(s, task, ops, env)				\
	rumpuser_source_init1((s), (task), (ops), (env), RUMPUSER_EVENT_HERE)

/** Have the source looked at from now on until cancelled.  EBUSY: it is. */
int rumpuser_source_enable(struct rumpuser_source *s);

/*
 * Tasks.
 */

#define RUMPUSER_POLLER_DEFAULT	0	/* the best there is */
#define RUMPUSER_POLLER_EPOLL	1	/* epoll_pwait2(2) */
#define RUMPUSER_POLLER_TIMERFD	2	/* epoll with a timerfd */
#define RUMPUSER_POLLER_IOURING	3	/* io_uring; EOPNOTSUPP so far */

/** No heartbeat: an idle task sleeps until there is something to do. */
#define RUMPUSER_TASK_TICKLESS	0x0001

/** How a task is to be; zero is the default everywhere. */
struct rumpuser_task_attr {
	const char *ta_name;		/* copied; default: FILE:LINE */
	uint32_t ta_max_polls;		/* descriptors a round; 64 */
	uint32_t ta_max_steps;		/* work a round, timers a round; 128 */
	int64_t ta_slice_ns;		/* CPU time of a handler; 1 ms */
	int ta_poller;			/* RUMPUSER_POLLER_* */
	uint32_t ta_flags;		/* RUMPUSER_TASK_* */
	void *ta_spare[4];
};

/**
 * Make a task; @attr may be NULL.  ENOMEM, EMFILE, ENFILE; EINVAL;
 * EOPNOTSUPP: this host has no such poller.
 */
int rumpuser_task_create1(struct rumpuser_task **taskp,
    const struct rumpuser_task_attr *attr, const char *name);
#define rumpuser_task_create(taskp, attr)				\
	rumpuser_task_create1((taskp), (attr), RUMPUSER_EVENT_HERE)

/**
 * Run @task on the calling thread until it is stopped.  A round takes at most
 * ta_max_polls ready descriptors, then at most ta_max_steps units of work,
 * then at most ta_max_steps expired timers, and sleeps only when there was
 * nothing of all that.  0: stopped; EBUSY: it is being run already.  The task
 * keeps its state and may be run again, on any thread.  May block.
 */
int rumpuser_task_run(struct rumpuser_task *task);
/**
 * One round of @task, waiting at most @timeout ns (0: not at all, negative: for
 * ever) if there is nothing to do.  *@nranp (may be NULL) gets the number of
 * handlers called.  0; EBUSY: it is being run; ECANCELED: the task was stopped
 * (once for each stop).  For loops of another make, see rumpuser_task_fd(),
 * and for threads that would be idle otherwise.  May block unless @timeout
 * is 0.
 */
int rumpuser_task_step(struct rumpuser_task *task, int64_t timeout,
    unsigned int *nranp);
/**
 * Have rumpuser_task_run() return, as soon as all that was queued before the
 * stop has run; what is queued later stays for another run.  Before a run it
 * ends that one in the same way.  Stops do not add up.  Async-signal-safe.
 */
void rumpuser_task_stop(struct rumpuser_task *task);
/**
 * Free a task.  EBUSY: it is running, or something is armed on it.
 * Nobody may begin to use the task any more; a post whose work has been
 * handled need not have returned.
 */
int rumpuser_task_destroy(struct rumpuser_task *task);
/** The task whose handler runs on the calling thread; NULL outside of any. */
struct rumpuser_task *rumpuser_task_self(void);
/** Have a sleeping task look around.  Lock-free, async-signal-safe. */
void rumpuser_task_wake(struct rumpuser_task *task);
/**
 * A descriptor for a poll loop of another make (poll(2), glib, libevent ...):
 * *@fdp is readable when the task has anything to do, queued work and timers
 * included; the loop then calls rumpuser_task_step(task, 0, NULL).  It
 * belongs to the task.  Not to be used while rumpuser_task_run() runs it.
 */
int rumpuser_task_fd(struct rumpuser_task *task, int *fdp);
/**
 * In a handler with much to do: has it used its slice (ta_slice_ns of the
 * thread's CPU time; time in which the host ran something else is not
 * counted)?  Then it should post itself again and return.  Costs a look at
 * the clock.  0 outside of a handler.
 */
int rumpuser_task_shouldyield(void);
/** A task that the library runs on a thread of its own from the first call on;
 * for those with little to do.  NULL: the host refused a thread or memory. */
struct rumpuser_task *rumpuser_task_default(void);

/*
 * Threads.
 */

/** How a thread is to be. */
struct rumpuser_evthread_attr {
	const char *et_name;		/* copied, 15 bytes are kept */
	struct rumpuser_task *et_task;	/* to run; or: */
	void (*et_fn)(void *);		/* to call, with et_arg */
	void *et_arg;
	const uint64_t *et_cpus;	/* CPU i is bit i%64 of word i/64 */
	size_t et_ncpuwords;		/* 0: any CPU */
	int et_nice;			/* added to the creator's; setpriority(2) */
	uint64_t et_seed;		/* of its random numbers; 0: any */
	void *et_spare[4];
};

/**
 * Make a thread, which does not run yet.  EINVAL (none or both of task and
 * function; no name), ENOMEM.
 */
int rumpuser_evthread_create(struct rumpuser_evthread **etp,
    const struct rumpuser_evthread_attr *attr);
/** Start it, once.  EBUSY: it was started; EAGAIN; EINVAL: not these CPUs;
 * EACCES, EPERM: not that nice value.  Waits until it has set itself up, and
 * so may block. */
int rumpuser_evthread_start(struct rumpuser_evthread *et);
/** End the calling thread, which rumpuser_evthread_start() started.  From a
 * handler: the task it ran is free to be run elsewhere. */
void rumpuser_evthread_exit(void) __attribute__((__noreturn__));
/** Wait for the end of a thread that was started (a task is to be stopped
 * first), and free it.  EDEADLK: it is the calling one.  May block. */
int rumpuser_evthread_free(struct rumpuser_evthread *et);
/** The calling thread, if it is one of these; else NULL. */
struct rumpuser_evthread *rumpuser_evthread_self(void);

/** What is known of a thread. */
struct rumpuser_evthread_info {
	char ei_name[16];
	int64_t ei_birth;		/* monotonic ns; 0: not started */
	int64_t ei_tid;			/* the host's */
	struct rumpuser_task *ei_task;	/* what it runs now, or NULL */
	int ei_nice;
	int ei_done;			/* it has ended */
};
int rumpuser_evthread_info(struct rumpuser_evthread *et,
    struct rumpuser_evthread_info *ei);

/** Cores of the processors this process may use: each counts once, however
 * many threads it has.  At least 1. */
unsigned int rumpuser_evthread_ncores(void);

/** Resources used by the calling thread. */
struct rumpuser_rusage {
	int64_t ru_wall;		/* ns, monotonic */
	int64_t ru_utime;		/* ns */
	int64_t ru_stime;		/* ns */
	int64_t ru_minflt;
	int64_t ru_majflt;
	int64_t ru_nvcsw;
	int64_t ru_nivcsw;
};
/** *@ru is what was used since *@last, which becomes now; @last all zero:
 * since the thread began (ru_wall: since the clock did). */
int rumpuser_evthread_rusage(struct rumpuser_rusage *last,
    struct rumpuser_rusage *ru);

/** A pseudo-random number of the calling thread's own sequence, not for keys:
 * fast, and the same again from the same seed. */
uint64_t rumpuser_evthread_random(void);
/** Begin the calling thread's sequence that belongs to @seed. */
void rumpuser_evthread_srandom(uint64_t seed);

/*
 * Eventfd descriptors.
 */

#define RUMPUSER_EVENTFD_SEMAPHORE	0x01	/* a read takes one */

/** A counter with a descriptor, non-blocking; close with close(2). */
int rumpuser_eventfd_create(uint64_t value, int flags, int *fdp);
/** Add @n to it.  EAGAIN: it is full.  Async-signal-safe. */
int rumpuser_eventfd_post(int fd, uint64_t n);
/** Take its value, of a semaphore 1.  EAGAIN: it is zero. */
int rumpuser_eventfd_take(int fd, uint64_t *valuep);

/*
 * Introspection.
 */

/** Counters of a task, from its creation on. */
struct rumpuser_task_stats {
	uint64_t ts_rounds;
	uint64_t ts_sleeps;		/* rounds that waited */
	uint64_t ts_polls;		/* handlers called, by kind */
	uint64_t ts_works;
	uint64_t ts_timers;
	uint64_t ts_signals;
	uint64_t ts_sources;
	uint64_t ts_wakeups;		/* host calls made to wake it */
	uint64_t ts_stale;		/* descriptor events that came late */
	uint64_t ts_cancelled;
	uint64_t ts_cancelwaits;	/* cancels that waited for a handler */
	uint64_t ts_duppolls;		/* refused: descriptor watched twice */
	int64_t ts_heartbeat;		/* time of the last round */
	uint64_t ts_npolls;		/* enabled now */
	uint64_t ts_ntimers;		/* pending now */
	uint64_t ts_nwork;		/* queued now, inbox not counted */
	uint64_t ts_nsources;
	uint64_t ts_calls;		/* rumpuser_task_post(): called */
	uint64_t ts_ncalls;		/* and waiting now */
	uint64_t ts_spare[2];
};
int rumpuser_task_stats(struct rumpuser_task *task,
    struct rumpuser_task_stats *ts);

/**
 * One line about a task, "key=value" words, NUL-terminated: name, state,
 * counters.  E2BIG: cut off.
 */
int rumpuser_task_fmt(struct rumpuser_task *task, char *buf, size_t len);
/** The same about a thread. */
int rumpuser_evthread_fmt(struct rumpuser_evthread *et, char *buf, size_t len);
/**
 * Call @fn with a line for each task, what is armed on it, and each thread.
 * Nothing is locked while @fn runs; it must not free any of them.  Lines are
 * "task ...", " work ...", " timer ...", " poll ...", "thread ...".  ENOMEM.
 */
int rumpuser_event_walk(void (*fn)(void *arg, const char *line), void *arg);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_EVENT_H_ */
