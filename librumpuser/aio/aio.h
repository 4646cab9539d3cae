/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aio.h - what the files of the AIO service share: contexts, files, requests,
 * engines.  Private to librumpuser.
 *
 * The way of a request: admitted to its file (order.c), where it may be held
 * because of a sync or barrier; queued in the context; taken by a submitter
 * to the engine or to the pool, at most a_depth at once (queue.c, pool.c);
 * reaped, whereupon the file lets go what was held for it; on the list of
 * what is done until a dispatcher calls its handler.
 *
 * Locking: the context's a_mtx guards the context, its files and requests,
 * and is not held over I/O, handlers, or waits for anything else.  A request
 * that is with the engine or the pool belongs to that but for its a_link.  Two
 * tokens take the place of locks where a system call is made: a_submitting for
 * the submission side of the engine, a_reaping for its completion side; whoever
 * has one may drop a_mtx.  Order: bio.c's table, list of contexts, a_mtx.
 */
#ifndef _RUMPUSER_AIO_AIO_H_
#define _RUMPUSER_AIO_AIO_H_

#include "fault/provider.h"
#include "posix/host.h"

#include <sys/queue.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_aio.h>
#pragma GCC visibility pop

#include <libaio.h>
#include <liburing.h>

#define AIO_BATCH	64	/* requests handed over, or reaped, at once */
#define AIO_CHUNK	((size_t)1 << 30)	/* of one system call */

enum aio_kind { AIO_READ, AIO_WRITE, AIO_SYNC, AIO_WAKE };

#define AIOF_ALLOC	0x01	/* scratch is ours */
#define AIOF_DSYNC	0x02
#define AIOF_ALONE	0x04	/* no other request of the file meanwhile */
#define AIOF_CACHED	0x08	/* not through the O_DIRECT descriptor */
#define AIOF_POOL	0x10	/* not through the engine */

struct aio_op {
	TAILQ_ENTRY(aio_op) o_link;	/* held, queue, pool's or done list */
	TAILQ_ENTRY(aio_op) o_active;	/* of the file, by o_seq */
	struct rumpuser_aiofile *o_file;
	rumpuser_aio_fn o_fn;
	void *o_env;
	const struct rumpuser_iovec *o_iov;
	uint32_t o_niov;
	uint8_t o_kind;
	uint8_t o_flags;
	int o_error;			/* the host's */
	int64_t o_off;
	size_t o_len;
	size_t o_done;			/* bytes so far */
	uint64_t o_seq;			/* in the file */
	struct iocb o_iocb;
};
TAILQ_HEAD(aio_ops, aio_op);

struct rumpuser_aiofile {
	LIST_ENTRY(rumpuser_aiofile) f_link;
	struct rumpuser_aio *f_aio;
	int f_fd;			/* through the page cache, or both */
	int f_dfd;			/* O_DIRECT; -1: not possible */
	int f_ownfd, f_owndfd;		/* to be closed by us */
	int f_writable;
	int f_refused;			/* a fork() left it with the parent */
	int f_private;			/* or made it a private view */
	int f_orphan;			/* closed; freed after the last handler */
	uint32_t f_memalign, f_offalign;
	uint64_t f_seq;			/* of the latest request */
	unsigned int f_nops;		/* handlers yet to be called */
	unsigned int f_nblock;		/* barriers and such, not done yet */
	struct aio_op *f_alone;		/* the one that is being done */
	struct aio_ops f_active;	/* let go and not done, oldest first */
	struct aio_ops f_held;		/* waiting for their turn */
};

/* A handler that is running; on the stack of the thread that called it. */
struct aio_frame {
	LIST_ENTRY(aio_frame) fr_link;
	struct rumpuser_aiofile *fr_file;
	pthread_t fr_thread;
};

struct aio_event {
	struct aio_op *e_op;
	int64_t e_res;			/* bytes, or the host's errno negated */
};

/**
 * An engine.  open: 0 or the host's errno, and nothing is left behind then.
 * prep(a, op, i): make it the i-th of the next submission (a_mtx and the
 * token are held).  submit(a, n): hand over what was prepared; returns how
 * many were taken, and why the next one was not in a_suberr (token held).
 * reap: get up to max events, waiting for min of them up to timeout ns
 * (negative: for ever); their number, 0 also when interrupted (token held).
 * forget: in a child after fork(), drop what is the parent's.
 * The pool hands its results over with o_done as it is, and 0 or an error.
 */
struct aio_engine {
	const char *e_name;
	int e_ring;			/* has a completion side to block in */
	int e_cached;			/* fit for page cache transfers, too */
	int (*e_open)(struct rumpuser_aio *);
	void (*e_close)(struct rumpuser_aio *);
	void (*e_forget)(struct rumpuser_aio *);
	void (*e_prep)(struct rumpuser_aio *, struct aio_op *, unsigned int);
	unsigned int (*e_submit)(struct rumpuser_aio *, unsigned int);
	unsigned int (*e_reap)(struct rumpuser_aio *, struct aio_event *,
	    unsigned int max, unsigned int min, int64_t timeout);
};
extern const struct aio_engine rumpuser__aio_libaio, rumpuser__aio_uring,
    rumpuser__aio_threads;

enum aio_mode { AIO_OWNTHREAD, AIO_TASK, AIO_DRIVEN };

struct aio_taskside;

struct rumpuser_aio {
	pthread_mutex_t a_mtx;
	pthread_cond_t a_cv;		/* something was reaped, or a token */
	LIST_ENTRY(rumpuser_aio) a_link;
	char a_name[16];
	struct rumpuser_aio_attr a_attr;
	enum aio_mode a_mode;
	const struct aio_engine *a_eng;
	int a_engno;
	int a_refused[4];		/* by RUMPUSER_AIO_* */

	/* Submission. */
	struct aio_ops a_queue;
	unsigned int a_nqueue;
	unsigned int a_inflight;	/* with the engine and the pool */
	int a_submitting;
	int a_suberr;
	int a_sqleft;			/* prepared, but not taken yet */
	int a_defer;			/* the reap that follows submits */
	int a_force;			/* for who has the token */
	int a_armwant;			/* so is the watch on a_wakefd */
	int a_frozen;			/* fork() is about to happen */

	/* Completion. */
	int a_reaping;
	int a_blocked;			/* the reaper may sleep in the engine */
	int a_idle;			/* own thread: has nothing else to do */
	unsigned int a_nwaiters;	/* on a_cv */
	struct aio_ops a_done;
	unsigned int a_ndone;
	uint64_t a_retired;		/* that ever came to it */
	LIST_HEAD(, rumpuser_aiofile) a_files;
	unsigned int a_nfiles;
	void (*a_begin)(struct rumpuser_aio *);	/* around handlers */
	void (*a_end)(struct rumpuser_aio *);

	/* Own thread. */
	void *a_thread;			/* cookie */
	pthread_t a_owner;		/* once a_started is 1 */
	LIST_HEAD(, aio_frame) a_frames;
	unsigned int a_indispatch;
	int a_started;			/* 0; 1; host's errno negated */
	int a_stop;

	/* Pool. */
	pthread_cond_t a_poolcv;
	struct aio_ops a_pool;
	unsigned int a_npool;		/* with the pool */
	unsigned int a_npoolq;		/* of them, not begun */
	unsigned int a_nthreads, a_nidle;
	void **a_threads;
	int a_poolstop;

	/* Engines. */
	struct aio_op a_wakeop;		/* a watch on a_wakefd */
	int a_wakefd;
	int a_armed, a_woken;
	int a_evfd;			/* signalled by completions; or -1 */
	io_context_t a_ioctx;
	struct iocb **a_iocbs;
	struct io_uring a_ring;
	struct aio_taskside *a_task;

	struct rumpuser_aio_stats a_st;
};

/** Host's errno of an open context (engine.c): choose and open an engine. */
int rumpuser__aio_engine_open(struct rumpuser_aio *a);

/*
 * order.c: a_mtx held.
 */
/** A new request: queue it, or hold it until its turn. */
void rumpuser__aio_admit(struct aio_op *op);
/** It is done: put it on the done list, let go what waited for it. */
void rumpuser__aio_retire(struct aio_op *op);
/** Is anything requested up to @seq not done? */
int rumpuser__aio_older(const struct rumpuser_aiofile *f, uint64_t seq);

/*
 * queue.c: a_mtx held, may be dropped meanwhile.
 */
/** Submit what is possible; @force: also less than the low-water mark. */
void rumpuser__aio_submit(struct rumpuser_aio *a, int force);
/** After requests were made: see that they get on their way. */
void rumpuser__aio_kick(struct rumpuser_aio *a);
/** Move events to the done list; wait for up to @timeout ns (negative: for
 * ever) if nothing was retired since a_retired was @seen.  May return early. */
void rumpuser__aio_reap(struct rumpuser_aio *a, uint64_t seen,
    int64_t timeout);
/** Wait for a change, for a millisecond at most. */
void rumpuser__aio_pause(struct rumpuser_aio *a);
/** Call up to @max handlers; how many. */
unsigned int rumpuser__aio_dispatch(struct rumpuser_aio *a, unsigned int max);
/** The pool or an engine is through with @op, with result @res. */
void rumpuser__aio_result(struct rumpuser_aio *a, struct aio_op *op,
    int64_t res);
/** Something was reaped that a sleeper may want to see. */
void rumpuser__aio_notify(struct rumpuser_aio *a);
/** Wait until all requested on @f so far is done; handlers may still run. */
void rumpuser__aio_drain(struct rumpuser_aiofile *f);
/** Wait until all handlers of requests on @f have returned, but for those that
 * the calling thread is in. */
void rumpuser__aio_quiesce(struct rumpuser_aiofile *f);
/** Are there any? */
int rumpuser__aio_busy(const struct rumpuser_aiofile *f);
/** Is the calling thread in a handler of the context (of @f, if not NULL)? */
int rumpuser__aio_inhandler(const struct rumpuser_aio *a,
    const struct rumpuser_aiofile *f);

/*
 * pool.c: a_mtx held, may be dropped meanwhile.
 */
void rumpuser__aio_pool_add(struct rumpuser_aio *a, struct aio_op *op);
void rumpuser__aio_pool_stop(struct rumpuser_aio *a);

/*
 * file.c, request.c, context.c: for bio.c and fork.c; a_mtx not held.
 */
/** Wrap @fd, whose mode is @oflags, with a descriptor for O_DIRECT if wanted. */
int rumpuser__aio_wrap(struct rumpuser_aio *a, int fd, int direct,
    struct rumpuser_aiofile **fp);
/** Drain and close; what handlers are outstanding will be called. */
void rumpuser__aio_abandon(struct rumpuser_aiofile *f);
/** Admit without submitting; host's errno.  rumpuser__aio_poke() follows. */
int rumpuser__aio_request(struct rumpuser_aiofile *f, int kind, int flags,
    void *scratch, const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    rumpuser_aio_fn fn, void *env);
void rumpuser__aio_poke(struct rumpuser_aio *a);
/** Give up a use of it (f_nops); a_mtx is held, and given up too. */
void rumpuser__aio_release(struct rumpuser_aiofile *f);
/** Look for O_DIRECT, anew after fork() (file.c). */
void rumpuser__aio_file_direct(struct rumpuser_aiofile *f);
/** Start the own thread; host's errno (context.c; a_mtx held or not yet used). */
int rumpuser__aio_thread_start(struct rumpuser_aio *a);
/** As rumpuser_aio_create(), without waiting for the thread; host's errno. */
int rumpuser__aio_create(const struct rumpuser_aio_attr *attr,
    struct rumpuser_aio **ap);
/** Initialize the condition variables, anew after fork(). */
void rumpuser__aio_init_cv(struct rumpuser_aio *a);

/*
 * task.c: contexts whose handlers run on a task.
 */
int rumpuser__aio_task_attach(struct rumpuser_aio *a);
void rumpuser__aio_task_detach(struct rumpuser_aio *a);
void rumpuser__aio_task_wake(struct rumpuser_aio *a);
/** After fork(): watch an a_evfd that @renew has made anew; host's errno. */
int rumpuser__aio_task_renew(struct rumpuser_aio *a, int (*renew)(int *));
/** Does the calling thread run a handler of the task? */
int rumpuser__aio_task_here(const struct rumpuser_aio *a);

/** All contexts (context.c). */
LIST_HEAD(aio_contexts, rumpuser_aio);
extern struct aio_contexts rumpuser__aio_all;
extern pthread_mutex_t rumpuser__aio_all_mtx;

/**
 * The engines ask this host; under another provider than its own the pool
 * does everything, through the provider.
 */
static inline int
aio_onhost(void)
{

	return rumpuser__host() == &rumpuser__posix;
}

#endif /* _RUMPUSER_AIO_AIO_H_ */
