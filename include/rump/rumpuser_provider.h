/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_provider.h - who does the hypercalls' work: providers, which are a
 * vector of host operations each, stacked on one another.  See
 * rumpuser_provider(3).  Host namespace only.
 *
 * The hypercalls of rumpuser.h check their arguments, give the virtual CPU up
 * and translate errors; what then touches the host is one of the operations
 * below, of the provider in use.  "posix" is the provider that is always
 * there and that everything starts with; "fault" (rumpuser_fault.h) stands on
 * another one and spoils or records what passes; a program can make its own.
 * Locks and thread-locals are no operations: their fast paths stay direct.
 * Nor is the submission of asynchronous I/O: the host's own (libaio, io_uring)
 * is used while "posix" is the provider in use; under any other one threads
 * call the operations below, so that a provider sees each transfer once,
 * however it was asked for.
 */
#ifndef _RUMP_RUMPUSER_PROVIDER_H_
#define _RUMP_RUMPUSER_PROVIDER_H_

#include <rump/rumpuser.h>
#include <rump/rumpuser_component.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of struct rumpuser_hostops. */
#define RUMPUSER_HOSTOPS_VERSION	1

struct rumpuser_provider;

/** What a synchronization is to reach (ho_sync). */
#define RUMPUSER_HOSTSYNC_DATA		0	/* data, as fdatasync(2) */
#define RUMPUSER_HOSTSYNC_FULL		1	/* and all of the rest */
#define RUMPUSER_HOSTSYNC_BARRIER	2	/* order only: what was written
					   before is stable before what is
					   written later */

/**
 * The operations.  All of them
 *  - get the provider they belong to first; rumpuser_provider_private() and
 *    rumpuser_provider_lower() lead on from there;
 *  - return 0 or an errno value of the host's (not NetBSD's) numbering; they
 *    may change errno, the hypercall restores it;
 *  - run without a virtual CPU where the hypercall may block, and may be
 *    called by several threads at once.
 * An operation that is NULL when the provider is made is not there: calling
 * it gives ENOSYS (free and unmap: nothing happens, exit: abort(3)).
 */
struct rumpuser_hostops {
	unsigned int ho_version;	/* RUMPUSER_HOSTOPS_VERSION */

	/** Called by rumpuser_provider_init(); NULL: nothing to do. */
	int (*ho_init)(struct rumpuser_provider *, const char *config);
	/** Called by rumpuser_provider_fini(); NULL: nothing to do. */
	int (*ho_fini)(struct rumpuser_provider *);

	/* Files: modes and types are those of rumpuser.h. */
	int (*ho_open)(struct rumpuser_provider *, const char *name, int mode,
	    int *fdp);
	/** Give the descriptor back; no implied synchronization. */
	int (*ho_close)(struct rumpuser_provider *, int fd);
	int (*ho_fileinfo)(struct rumpuser_provider *, const char *name,
	    uint64_t *sizep, int *typep);
	/**
	 * Access mode (RUMPUSER_OPEN_ACCMODE part) and, where @name is not
	 * NULL, the name of an open file in @len bytes ("" if it has none).
	 */
	int (*ho_fdinfo)(struct rumpuser_provider *, int fd, int *modep,
	    char *name, size_t len);
	/**
	 * One transfer, which may be short; at most 64 pieces.  @off
	 * RUMPUSER_IOV_NOSEEK: at the descriptor's own position.  *@donep 0
	 * without an error is the end of the file.
	 */
	int (*ho_readv)(struct rumpuser_provider *, int fd,
	    const struct rumpuser_iovec *iov, size_t niov, int64_t off,
	    size_t *donep);
	int (*ho_writev)(struct rumpuser_provider *, int fd,
	    const struct rumpuser_iovec *iov, size_t niov, int64_t off,
	    size_t *donep);
	/** @how: RUMPUSER_HOSTSYNC_*. */
	int (*ho_sync)(struct rumpuser_provider *, int fd, int how);
	/** Begin to write a range back; gives no guarantee. */
	int (*ho_flush)(struct rumpuser_provider *, int fd, uint64_t start,
	    uint64_t len);

	/* Memory; @site is the address that asked. */
	int (*ho_alloc)(struct rumpuser_provider *, size_t size, size_t align,
	    const void *site, void **memp);
	void (*ho_free)(struct rumpuser_provider *, void *mem, size_t size);
	/** @align in bytes, a power of two. */
	int (*ho_map)(struct rumpuser_provider *, void *pref, size_t size,
	    size_t align, int exec, const void *site, void **memp);
	void (*ho_unmap)(struct rumpuser_provider *, void *mem, size_t size);

	/* Time: enum rumpclock. */
	int (*ho_clock)(struct rumpuser_provider *, int which, int64_t *secp,
	    long *nsecp);
	/** Sleep until a time (ns) of the monotonic clock. */
	int (*ho_sleep)(struct rumpuser_provider *, int64_t until);

	/* Threads: arguments as for rumpuser_thread_create(). */
	int (*ho_thread)(struct rumpuser_provider *, void *(*f)(void *),
	    void *arg, const char *name, int cpuidx, int mustjoin,
	    void **cookiep);
	int (*ho_join)(struct rumpuser_provider *, void *cookie);

	/** @flags RUMPUSER_RANDOM_*. */
	int (*ho_random)(struct rumpuser_provider *, void *buf, size_t len,
	    int flags, size_t *donep);
	/** Both are the host's numbers; @pid RUMPUSER_PID_SELF: the own one. */
	int (*ho_kill)(struct rumpuser_provider *, int64_t pid, int sig);
	int (*ho_param)(struct rumpuser_provider *, const char *name,
	    char *buf, size_t len);
	/** Console output; what cannot be written is lost. */
	int (*ho_console)(struct rumpuser_provider *, const char *buf,
	    size_t len);
	/** End the process as rumpuser_exit() says; does not return. */
	void (*ho_exit)(struct rumpuser_provider *, int value);
	int (*ho_dl)(struct rumpuser_provider *, rump_modinit_fn,
	    rump_symload_fn, rump_compload_fn);
	/** Judge a message of a component's private hypercall. */
	int (*ho_message)(struct rumpuser_provider *,
	    struct rumpuser_message *);
};

/**
 * The handle of the provider called @name in *@pp, with a reference that
 * rumpuser_provider_put() gives back.  "posix" and "fault" are always there.
 * ENOENT.
 */
int rumpuser_provider_get(const char *name, struct rumpuser_provider **pp);

/**
 * Make a provider called @name (copied) with the operations @ops (copied),
 * standing on @lower, of which it takes a reference (NULL: on nothing).
 * @private is the caller's, found again by rumpuser_provider_private().  The
 * caller gets one reference.  EINVAL (version, empty name), EEXIST, ENOMEM.
 */
int rumpuser_provider_create(const char *name,
    const struct rumpuser_hostops *ops, struct rumpuser_provider *lower,
    void *priv, struct rumpuser_provider **pp);

/**
 * Give a reference back; the last one destroys a provider that
 * rumpuser_provider_create() made.  EBUSY: it is the last one and the
 * provider is initialised (or in use): nothing has happened.
 */
int rumpuser_provider_put(struct rumpuser_provider *p);

/**
 * Initialise, once: @config (may be NULL) goes to the provider as it is; the
 * fault provider takes a plan.  EINVAL: it is initialised.  Else what its
 * ho_init says.
 */
int rumpuser_provider_init(struct rumpuser_provider *p, const char *config);
/** Undo it.  EINVAL: it is not initialised.  EBUSY: it is in use. */
int rumpuser_provider_fini(struct rumpuser_provider *p);

/**
 * From now on the hypercalls are @p's work, which must be initialised
 * (EINVAL).  While it is in use it holds a reference.  Operations that other
 * threads have begun end where they began: the provider that was in use until
 * now may be finished only after they have.
 */
int rumpuser_provider_use(struct rumpuser_provider *p);

/** The provider in use, without a reference. */
struct rumpuser_provider *rumpuser_provider_current(void);

/** What @p stands on, NULL if on nothing; no reference. */
struct rumpuser_provider *rumpuser_provider_lower(struct rumpuser_provider *p);
/** What was given as private when @p was made. */
void *rumpuser_provider_private(struct rumpuser_provider *p);
/** Its name; lives as long as @p. */
const char *rumpuser_provider_name(struct rumpuser_provider *p);

/**
 * The operations of @p, complete (absent ones give ENOSYS), to be called with
 * @p as their first argument; they live as long as @p.
 */
const struct rumpuser_hostops *rumpuser_provider_ops(
    struct rumpuser_provider *p);

/**
 * Fill @ops with operations that do nothing but pass the call to the provider
 * below: where a stacked provider starts from.
 */
void rumpuser_provider_through(struct rumpuser_hostops *ops);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_PROVIDER_H_ */
