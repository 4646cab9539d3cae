/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_aio.h - asynchronous I/O on host files and block devices.  An
 * extension of ours to the hypercalls of rumpuser(3); see rumpuser_aio(3).
 *
 * A context holds files and the requests made on them.  It hands requests to
 * the host in batches through an engine (the host's AIO system calls, io_uring
 * or a bounded pool of threads) and calls a handler for each one that is done.
 * Who calls the handlers is chosen when the context is made: a task of the
 * event engine, a thread of the context's own, or whoever drives it.
 *
 * Conventions, besides those of rumpuser.h:
 *  - Requests and completions may be made and had from any thread, with or
 *    without a virtual CPU.  "Does not block" means: not for the I/O.
 *  - A request that returns an error was not made: its handler is not called.
 *    One that returns 0 calls its handler exactly once.
 *  - Requests on one file may be done in any order, except as SYNC and
 *    BARRIER say; there is no order between files.
 */
#ifndef _RUMP_RUMPUSER_AIO_H_
#define _RUMP_RUMPUSER_AIO_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include <rump/rumpuser.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rumpuser_task;
/** A context; opaque. */
struct rumpuser_aio;
/** A file of a context; opaque. */
struct rumpuser_aiofile;

/**
 * Completion: what was handed to the request, bytes transferred, error (0 or
 * NetBSD's number).  The type is that of all the event engine's handlers.
 * Called with nothing locked.  The request and its scratch memory are the
 * caller's again.  It may make requests, and close the file if this was its
 * last one.  It should not block for long: what comes after it waits.
 */
typedef void (*rumpuser_aio_fn)(void *env, uintptr_t bytes, int error);

/*
 * Contexts.
 */

/** The first that the host lets us have, in the order below. */
#define RUMPUSER_AIO_AUTO	0
/** io_submit(2) with O_DIRECT; the pool where a file does not allow that. */
#define RUMPUSER_AIO_LIBAIO	1
/** io_uring(7). */
#define RUMPUSER_AIO_URING	2
/** A pool of threads and synchronous system calls. */
#define RUMPUSER_AIO_THREADS	3

/** The caller drives the context with rumpuser_aio_drive(). */
#define RUMPUSER_AIO_DRIVEN	0x0001
/** A promise: one thread makes all calls on the context (implies DRIVEN). */
#define RUMPUSER_AIO_SINGLE	0x0002
/** Do not use O_DIRECT: all files go through the host's page cache. */
#define RUMPUSER_AIO_CACHED	0x0004

/** How a context is to be; zero is the default everywhere. */
struct rumpuser_aio_attr {
	const char *aa_name;		/* copied, 15 bytes are kept */
	struct rumpuser_task *aa_task;	/* handlers run on it; or: own thread */
	int aa_engine;			/* RUMPUSER_AIO_*, see below */
	uint32_t aa_flags;		/* RUMPUSER_AIO_DRIVEN ... */
	uint32_t aa_depth;		/* with the host at once; 64 */
	uint32_t aa_lowater;		/* submit when so many wait; depth/8 */
	uint32_t aa_dispatch;		/* completions a dispatch; 32 */
	uint32_t aa_reap;		/* wait for so many to be done; 1 */
	uint32_t aa_threads;		/* of the pool, at most; 4 */
	int (*aa_thread_init)(void *);	/* of the own thread; errno */
	void (*aa_thread_exit)(void *);
	void *aa_thread_arg;
	void *aa_spare[4];
};

/**
 * Make a context; @attr may be NULL.  An engine that the host refuses is
 * replaced by the next one in the order of the constants, and the pool always
 * works; rumpuser_aio_stats() tells.  RUMP_AIO=libaio|uring|threads in the
 * environment decides where @attr says AUTO.  aa_thread_init is called once on
 * the own thread before any handler (its error is that of this call) and
 * aa_thread_exit once when the thread ends; the pool's threads call no
 * handlers.  ENOMEM, EAGAIN, EMFILE; EINVAL: more than 4096 deep, a
 * low-water mark or aa_reap over the depth, more than 256 threads, more than
 * one of task, driven and thread hooks.
 */
int rumpuser_aio_create(const struct rumpuser_aio_attr *attr,
    struct rumpuser_aio **aiop);
/**
 * Free a context.  EBUSY: it has open files; EDEADLK: called by a handler of
 * it.  May block for threads to end.
 */
int rumpuser_aio_destroy(struct rumpuser_aio *aio);

/**
 * Drive a context that is DRIVEN: submit what waits; wait until something is
 * done, for at most @timeout ns (0: not at all, negative: for ever); call at
 * most aa_dispatch handlers; *@np (may be NULL) gets how many.  Returns at
 * once when nothing is under way.  Other threads may make requests meanwhile
 * unless SINGLE.  EINVAL: it is not DRIVEN.  May block.
 */
int rumpuser_aio_drive(struct rumpuser_aio *aio, int64_t timeout,
    unsigned int *np);
/**
 * Submit what waits.  Never needed for progress: requests are submitted when
 * aa_lowater of them wait, when the context's thread or task has nothing else
 * to do, and by rumpuser_aio_drive().  Does not block.
 */
void rumpuser_aio_flush(struct rumpuser_aio *aio);

/*
 * Files.
 */

/** Size reported for /dev/zero. */
#define RUMPUSER_AIO_ZEROSIZE	((uint64_t)1 << 40)

/**
 * Open the host file @path: a regular file, a block device or a character
 * device that can be read by offset, such as /dev/zero.  @mode is that of
 * rumpuser_open(), with its image lock.  *@sizep (may be NULL) gets the size in bytes: of
 * a block device that of the medium, of /dev/zero 1 TiB, of other character
 * devices 0.  EBUSY: the lock cannot be had; EISDIR; EOPNOTSUPP: another kind
 * of file; errors of open(2).  May block.
 */
int rumpuser_aio_open(struct rumpuser_aio *aio, const char *path, int mode,
    struct rumpuser_aiofile **filep, uint64_t *sizep);
/**
 * The same for a descriptor, which stays the caller's, is not locked, and must
 * stay open until the file is closed.
 */
int rumpuser_aio_wrap(struct rumpuser_aio *aio, int fd,
    struct rumpuser_aiofile **filep, uint64_t *sizep);
/**
 * Close a file.  EBUSY: it has requests whose handlers have not returned, but
 * for one that makes this call; nothing is changed.  Errors of close(2).
 * Does not make anything stable: see rumpuser_aio_sync().
 */
int rumpuser_aio_close(struct rumpuser_aiofile *file);
/**
 * The same, waiting for the requests and their handlers.  In a handler of the
 * context, or on the thread that drives it, other handlers are called
 * meanwhile.  On another thread, somebody must run the context's task or
 * drive it.  May block.
 */
int rumpuser_aio_closewait(struct rumpuser_aiofile *file);
/** The size now, as rumpuser_aio_open() reports it. */
int rumpuser_aio_size(struct rumpuser_aiofile *file, uint64_t *sizep);
/** Can it be written?  No after RUMPUSER_OPEN_FALLBACK had to fall back. */
int rumpuser_aio_writable(struct rumpuser_aiofile *file);

/*
 * Requests.
 */

/** Pieces of a transfer, and its bytes, at most. */
#define RUMPUSER_AIO_IOVMAX	1024
#define RUMPUSER_AIO_BYTESMAX	((size_t)INT64_MAX)

/**
 * Bytes of scratch memory a request needs, aligned as by malloc(3).  Whoever
 * hands it over gets rid of allocation failures.  It and the vector (not only
 * what it points at) are in use until the handler is called.
 */
size_t rumpuser_aio_scratchsize(void);

/** A write is done only when it is stable. */
#define RUMPUSER_AIO_DSYNC	0x0001

/**
 * Read or write the @niov pieces at offset @off; @scratch NULL: allocated.
 * A read that meets the end of the file completes with fewer bytes and no
 * error, a write that is cut short with EIO and the bytes that were written.
 * An error concerns this request alone.  Transfers that are not aligned as the
 * file's O_DIRECT needs it (rumpuser_aio_alignment()) go through the host's
 * page cache; such a write is done while no other request of the file is
 * under way.  EINVAL: offset, length or flags out of range; ENOMEM; EBADF by
 * completion: not open for that; EROFS by completion: see fork() in
 * rumpuser_aio(3).  Does not block.
 */
int rumpuser_aio_readv(struct rumpuser_aiofile *file, void *scratch,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off,
    rumpuser_aio_fn fn, void *env);
int rumpuser_aio_writev(struct rumpuser_aiofile *file, void *scratch,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, int flags,
    rumpuser_aio_fn fn, void *env);
/**
 * SYNC: when it completes, everything written by requests made on the file
 * before it is stable; what is requested later may be done earlier.  ENOMEM.
 */
int rumpuser_aio_sync(struct rumpuser_aiofile *file, void *scratch,
    rumpuser_aio_fn fn, void *env);
/**
 * BARRIER: begins when all requests made on the file before it are done, and
 * those made after it begin when it is done.  Writes before it are stable
 * before any after it begins.  ENOMEM.
 */
int rumpuser_aio_barrier(struct rumpuser_aiofile *file, void *scratch,
    rumpuser_aio_fn fn, void *env);
/**
 * What O_DIRECT asks of each piece: address a multiple of *@memp, length and
 * offset of *@offp (either may be NULL).  1 and 1: the file does not use
 * O_DIRECT, or there is nothing to obey.
 */
void rumpuser_aio_alignment(struct rumpuser_aiofile *file, uint32_t *memp,
    uint32_t *offp);

/*
 * Introspection.
 */

/** Counters of a context. */
struct rumpuser_aio_stats {
	int as_engine;			/* RUMPUSER_AIO_LIBAIO ..., in use */
	int as_refused_libaio;		/* why not, host's errno; 0: not tried */
	int as_refused_uring;
	uint32_t as_depth;
	uint32_t as_files;
	uint32_t as_threads;		/* of the pool, now */
	uint32_t as_inflight;		/* with the host, now */
	uint32_t as_maxinflight;	/* at most so far */
	uint64_t as_queued;		/* waiting to be submitted */
	uint64_t as_held;		/* waiting for a sync's or barrier's turn */
	uint64_t as_reads;		/* requests made, by kind */
	uint64_t as_writes;
	uint64_t as_syncs;
	uint64_t as_done;		/* completions delivered */
	uint64_t as_errors;		/* of them, with an error */
	uint64_t as_submits;		/* host calls that submitted */
	uint64_t as_reaps;		/* host calls for completions */
	uint64_t as_pooled;		/* requests done by the pool */
	uint64_t as_unaligned;		/* that could not use O_DIRECT */
	uint64_t as_wakeups;		/* host calls made to wake a reaper */
	uint64_t as_dispatches;
	uint64_t as_spare[4];
};
void rumpuser_aio_stats(struct rumpuser_aio *aio,
    struct rumpuser_aio_stats *st);
/** One line of "key=value" words, NUL-terminated.  E2BIG: cut off. */
int rumpuser_aio_fmt(struct rumpuser_aio *aio, char *buf, size_t len);
int rumpuser_aio_filefmt(struct rumpuser_aiofile *file, char *buf,
    size_t len);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_AIO_H_ */
