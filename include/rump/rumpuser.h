/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser.h - the hypercall contract: everything a rump kernel asks of its
 * host, and the upcalls the host makes.  See rumpuser(3).
 *
 * Usable from both namespaces: it needs only integer types.  Conventions:
 *  - A function that returns int returns 0 or an errno value in NetBSD's
 *    numbering, whatever the host's numbering is.
 *  - "may block" below means: the call gives the virtual CPU up (through
 *    hyp_backend_unschedule) while the host works and takes it back before it
 *    returns.  A thread that has no lwp (rumpuser_curlwp()) has no virtual
 *    CPU to give up and may call it all the same.
 *  - The host's errno of the calling thread is never changed, except by
 *    rumpuser_seterrno().
 */
#ifndef _RUMP_RUMPUSER_H_
#define _RUMP_RUMPUSER_H_

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

/** Version of this interface; handed to rumpuser_init(). */
#define RUMPUSER_VERSION 17

struct lwp;
struct modinfo;
struct rump_component;

/*
 * Initialization and upcalls.
 */

/**
 * The upcalls from the host into the kernel.  The host may use them only on a
 * thread of its own choosing that holds no virtual CPU (hyp_schedule,
 * hyp_lwproc_*) or that does (hyp_unschedule, hyp_backend_*).
 *
 * hyp_schedule / hyp_unschedule: take and give the virtual CPU on entry to
 *	and exit from the kernel, creating an implicit lwp where needed.
 * hyp_backend_unschedule(nlocks, countp, interlock): give up the virtual CPU
 *	from inside a hypercall; drops the kernel lock nlocks times (0: all)
 *	and stores the count.  interlock, where not NULL, is the rumpuser_mtx
 *	a condition variable is about to be waited on with.
 * hyp_backend_schedule(count, interlock): undo the above.
 * hyp_lwproc_*: rump_lwproc(3) operations.
 * hyp_syscall, hyp_lwpexit, hyp_execnotify, hyp_getpid: for servers of
 *	remote clients.
 * hyp_thread_exit(l): extension, may be NULL: the calling host thread ends
 *	while @l is still set as its lwp; called without a virtual CPU.
 * hyp__extra: room to grow, NULL.
 */
struct rumpuser_hyperup {
	void (*hyp_schedule)(void);
	void (*hyp_unschedule)(void);
	void (*hyp_backend_unschedule)(int, int *, void *);
	void (*hyp_backend_schedule)(int, void *);
	void (*hyp_lwproc_switch)(struct lwp *);
	void (*hyp_lwproc_release)(void);
	int (*hyp_lwproc_rfork)(void *, int, const char *);
	int (*hyp_lwproc_newlwp)(pid_t);
	struct lwp *(*hyp_lwproc_curlwp)(void);
	int (*hyp_syscall)(int, void *, long *);
	void (*hyp_lwpexit)(void);
	void (*hyp_execnotify)(const char *);
	pid_t (*hyp_getpid)(void);

	union {
		void *hyp__extra[8];
		void (*hyp_thread_exit)(struct lwp *);
	};
};

/**
 * Start the host layer for a kernel.  @version must be RUMPUSER_VERSION,
 * @hyp is copied.  Called once, before any other hypercall but the lock-free
 * ones (malloc, getparam, dprintf).  EINVAL (and a message) on another
 * version; other values when the host refuses what is needed.
 */
int rumpuser_init(int version, const struct rumpuser_hyperup *hyp);

/*
 * Memory.
 */

/**
 * Allocate @howmuch bytes aligned to @alignment (a power of two, 0: the
 * host's default).  *@memp gets the address.  Does not block.  EINVAL, ENOMEM.
 */
int rumpuser_malloc(size_t howmuch, int alignment, void **memp);
/** Free what rumpuser_malloc() gave; @size is the size then asked for. */
void rumpuser_free(void *mem, size_t size);
/**
 * Map @size bytes of zeroed anonymous memory, at @prefaddr if that can be
 * had, aligned to 2^@alignbit bytes (0: page), executable if @exec.
 * ENOMEM, EINVAL.
 */
int rumpuser_anonmmap(void *prefaddr, size_t size, int alignbit, int exec,
    void **memp);
/** Unmap what rumpuser_anonmmap() gave. */
void rumpuser_unmap(void *addr, size_t len);

/*
 * Host files and I/O.
 */

#define RUMPUSER_OPEN_RDONLY	0x0000
#define RUMPUSER_OPEN_WRONLY	0x0001
#define RUMPUSER_OPEN_RDWR	0x0002
#define RUMPUSER_OPEN_ACCMODE	0x0003
#define RUMPUSER_OPEN_CREATE	0x0004	/* create if it is not there */
#define RUMPUSER_OPEN_EXCL	0x0008	/* with CREATE: must not be there */
#define RUMPUSER_OPEN_BIO	0x0010	/* will be used with rumpuser_bio() */
/* Extensions, about the lock that an image takes; see below. */
#define RUMPUSER_OPEN_NOLOCK	0x10000	/* no lock */
#define RUMPUSER_OPEN_FALLBACK	0x20000	/* rather read-only than an error */

/**
 * Open the host file @name; *@fdp gets a descriptor for the calls below.
 * May block.  Errors of open(2).
 *
 * A regular file or block device opened with BIO is an image, which either
 * one descriptor writes or any number read: it is locked with flock(2),
 * exclusively if it is opened for writing, until it is closed.  EBUSY: some
 * other open image is in the way, in this process or another one.  With
 * FALLBACK an image that cannot be opened for writing (EBUSY, EACCES, EPERM,
 * EROFS, ETXTBSY) is opened read-only, and one that is being written is read
 * all the same, without a lock.  NOLOCK, RUMP_IMAGELOCK=0 in the environment,
 * or a file system without locks: nothing is locked.
 */
int rumpuser_open(const char *name, int mode, int *fdp);
/**
 * Extension: RUMPUSER_OPEN_RDONLY, WRONLY or RDWR, as @fd is open now; a
 * descriptor that a fork() left with the parent counts as read-only.  EBADF.
 */
int rumpuser_openmode(int fd, int *modep);
/** Flush and close a descriptor.  May block.  Errors of close(2), fsync(2). */
int rumpuser_close(int fd);

#define RUMPUSER_FT_OTHER	0
#define RUMPUSER_FT_DIR		1
#define RUMPUSER_FT_REG		2
#define RUMPUSER_FT_BLK		3
#define RUMPUSER_FT_CHR		4

/**
 * Size in bytes and type (RUMPUSER_FT_*) of the host file @name; either
 * pointer may be NULL.  Symbolic links are followed.  The size of a block
 * device is that of its medium.  May block.
 */
int rumpuser_getfileinfo(const char *name, uint64_t *sizep, int *typep);

#define RUMPUSER_BIO_READ	0x01
#define RUMPUSER_BIO_WRITE	0x02
#define RUMPUSER_BIO_SYNC	0x04	/* write: done only when it is stable */

/**
 * Completion of rumpuser_bio(): argument, bytes transferred, error (0 or an
 * errno in NetBSD's numbering).  Called with a virtual CPU held.
 */
typedef void (*rump_biodone_fn)(void *, size_t, int);

/**
 * Start block I/O of @dlen bytes between @data and offset @off of @fd;
 * @biodone is called exactly once, possibly before this returns and possibly
 * on another thread.  With RUMP_THREADS=0, or when BIO_INLINE is given, it is
 * always called before this returns.  A read that meets the end of the file
 * completes with fewer bytes and no error.
 */
void rumpuser_bio(int fd, int op, void *data, size_t dlen, int64_t off,
    rump_biodone_fn biodone, void *donearg);

/**
 * Extension: the caller is going to wait for this operation anyway, so it is
 * done on its thread.
 */
#define RUMPUSER_BIO_INLINE	0x100

/** One piece of a gathered or scattered transfer; layout of struct iovec. */
struct rumpuser_iovec {
	void *iov_base;
	size_t iov_len;
};

/** Offset that means: at the descriptor's own position (streams). */
#define RUMPUSER_IOV_NOSEEK	(-1)

/**
 * Read into @niov pieces from offset @off; *@retp gets the byte count, less
 * than asked for only at the end of the file (or, for streams, when that is
 * what there is).  May block.
 */
int rumpuser_iovread(int fd, struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *retp);
/** The same for writing; short only together with a later error. */
int rumpuser_iovwrite(int fd, const struct rumpuser_iovec *iov, size_t niov,
    int64_t off, size_t *retp);

#define RUMPUSER_SYNCFD_READ	0x1
#define RUMPUSER_SYNCFD_WRITE	0x2
#define RUMPUSER_SYNCFD_BOTH	(RUMPUSER_SYNCFD_READ|RUMPUSER_SYNCFD_WRITE)
#define RUMPUSER_SYNCFD_BARRIER	0x4	/* order against what follows */
#define RUMPUSER_SYNCFD_SYNC	0x8	/* stable when the call returns */

/**
 * Synchronize [@start, @start + @len) of @fd with its backing (@len 0: to
 * the end).  One of READ, WRITE, BOTH is mandatory (EINVAL).  May block.
 */
int rumpuser_syncfd(int fd, int flags, uint64_t start, uint64_t len);

/*
 * Clocks.
 */

enum rumpclock { RUMPUSER_CLOCK_RELWALL, RUMPUSER_CLOCK_ABSMONO };

/**
 * Read a clock: RELWALL is the time of day, ABSMONO a monotonic clock.
 * Does not block.
 */
int rumpuser_clock_gettime(int which, int64_t *secp, long *nsecp);
/**
 * Sleep: for a duration (RELWALL), or until a time of the monotonic clock
 * (ABSMONO).  Signals do not end it early.  May block.
 */
int rumpuser_clock_sleep(int which, int64_t sec, long nsec);

/*
 * Parameters, termination, console.
 */

#define RUMPUSER_PARAM_NCPU	"_RUMPUSER_NCPU"
#define RUMPUSER_PARAM_HOSTNAME	"_RUMPUSER_HOSTNAME"
/* An extension of ours: bytes of memory that the process may use. */
#define RUMPUSER_PARAM_MEMORY	"_RUMPUSER_MEMORY"

/**
 * The string value of parameter @name, with its NUL, into @buf of @buflen
 * bytes.  Both names above always have one; others are looked up in the
 * environment.  ENOENT, E2BIG (the buffer is too small).
 */
int rumpuser_getparam(const char *name, void *buf, size_t buflen);

/** Set the calling host thread's errno to @error, as it stands. */
void rumpuser_seterrno(int error);

#define RUMPUSER_PID_SELF	((int64_t)-1)
/**
 * Send signal @sig (NetBSD's number) to host process @pid, or to the own
 * one.  EINVAL for signals the host does not have.
 */
int rumpuser_kill(int64_t pid, int sig);

#define RUMPUSER_PANIC		(-1)
/** End the host process; RUMPUSER_PANIC: a state dump to standard error, unless
 * rumpuser_dump_onpanic() forbids it (rumpuser_diag(3)), and abort(3). */
void rumpuser_exit(int value) __attribute__((__noreturn__));

/** One character to the console (standard error, by lines). */
void rumpuser_putchar(int ch);
/** A debugging message to standard error; host printf(3) formats. */
void rumpuser_dprintf(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

#define RUMPUSER_RANDOM_HARD	0x01	/* from the entropy source proper */
#define RUMPUSER_RANDOM_NOWAIT	0x02	/* rather fewer bytes than block */

/**
 * Random bytes; *@retp gets how many, all @buflen without NOWAIT.
 * May block without NOWAIT.
 */
int rumpuser_getrandom(void *buf, size_t buflen, int flags, size_t *retp);

/*
 * Threads and their lwps.
 */

/**
 * Create a host thread running @f(@arg), named @name (may be NULL).  If
 * @mustjoin, *@cookiep gets what rumpuser_thread_join() wants; else it is
 * detached.  @priority below 0: the default, otherwise a request the host
 * may ignore; @cpuidx below 0: any host CPU.  EAGAIN, ENOMEM.
 */
int rumpuser_thread_create(void *(*f)(void *), void *arg, const char *name,
    int mustjoin, int priority, int cpuidx, void **cookiep);
/** End the calling host thread. */
void rumpuser_thread_exit(void) __attribute__((__noreturn__));
/** Wait for a thread created with mustjoin.  May block. */
int rumpuser_thread_join(void *cookie);

enum rumplwpop {
	RUMPUSER_LWP_CREATE, RUMPUSER_LWP_DESTROY,
	RUMPUSER_LWP_SET, RUMPUSER_LWP_CLEAR
};

/**
 * CREATE, DESTROY: the kernel made or is about to free @l.  SET: @l is now
 * the lwp of this host thread.  CLEAR: @l no longer is.
 */
void rumpuser_curlwpop(int op, struct lwp *l);
/** The lwp of the calling host thread, NULL if it has none. */
struct lwp *rumpuser_curlwp(void);

/**
 * Extension: call @fn(@arg) on the calling host thread when it exits (without
 * a virtual CPU).  One per thread; a later call replaces it, @fn NULL takes
 * it back.  ENOMEM.
 */
int rumpuser_thread_onexit(void (*fn)(void *), void *arg);

/**
 * Extension: the expensive side of an asymmetric memory barrier.
 * RUMPUSER_MEMBARRIER_INIT prepares it: 0 if it is there, else ENOSYS (and
 * both sides need fences of their own).  RUMPUSER_MEMBARRIER_SYNC: when it
 * returns, every running thread of the process has passed a full barrier.
 * Does not block.
 */
#define RUMPUSER_MEMBARRIER_INIT	0
#define RUMPUSER_MEMBARRIER_SYNC	1
int rumpuser_membarrier(int op);

/*
 * Locks.  Initialization cannot fail as far as the caller can tell: when
 * there is no memory the host process ends with a message.
 */

struct rumpuser_mtx;
struct rumpuser_rw;
struct rumpuser_cv;

#define RUMPUSER_MTX_SPIN	0x01	/* do not give up the virtual CPU */
#define RUMPUSER_MTX_KMUTEX	0x02	/* owner (an lwp) is tracked */

void rumpuser_mutex_init(struct rumpuser_mtx **mtxp, int flags);
/** Take a mutex; may block unless it is a spin mutex. */
void rumpuser_mutex_enter(struct rumpuser_mtx *mtx);
/** Take a mutex without ever giving up the virtual CPU. */
void rumpuser_mutex_enter_nowrap(struct rumpuser_mtx *mtx);
/** 0: taken; EBUSY. */
int rumpuser_mutex_tryenter(struct rumpuser_mtx *mtx);
void rumpuser_mutex_exit(struct rumpuser_mtx *mtx);
void rumpuser_mutex_destroy(struct rumpuser_mtx *mtx);
/** Owner of a KMUTEX mutex, NULL if free.  Exact only for the owner. */
void rumpuser_mutex_owner(struct rumpuser_mtx *mtx, struct lwp **lp);

enum rumprwlock { RUMPUSER_RW_READER, RUMPUSER_RW_WRITER };

void rumpuser_rw_init(struct rumpuser_rw **rwp);
/** Take for reading or writing (enum rumprwlock); may block. */
void rumpuser_rw_enter(int how, struct rumpuser_rw *rw);
/** 0: taken; EBUSY. */
int rumpuser_rw_tryenter(int how, struct rumpuser_rw *rw);
/** From reader to writer if the caller is the only reader; else EBUSY. */
int rumpuser_rw_tryupgrade(struct rumpuser_rw *rw);
/** From writer to reader. */
void rumpuser_rw_downgrade(struct rumpuser_rw *rw);
void rumpuser_rw_exit(struct rumpuser_rw *rw);
void rumpuser_rw_destroy(struct rumpuser_rw *rw);
/** *@heldp: READER: somebody reads; WRITER: the calling lwp writes. */
void rumpuser_rw_held(int how, struct rumpuser_rw *rw, int *heldp);

void rumpuser_cv_init(struct rumpuser_cv **cvp);
void rumpuser_cv_destroy(struct rumpuser_cv *cv);
/**
 * Wait, with @mtx released and the virtual CPU given up.  What is taken back
 * first on the way out: with a SPIN|KMUTEX mutex the virtual CPU, so that
 * nobody who holds the CPU waits for a mutex whose owner waits for the CPU;
 * with one that is SPIN only the mutex (which nobody may then wait for with
 * a virtual CPU held: use SPIN|KMUTEX, or cv_wait_nowrap()).  With any other
 * mutex the order is open; here it is the mutex.  rumpuser(3).
 */
void rumpuser_cv_wait(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx);
/** The same keeping the virtual CPU as it is (for the scheduler itself). */
void rumpuser_cv_wait_nowrap(struct rumpuser_cv *cv,
    struct rumpuser_mtx *mtx);
/** As cv_wait, for at most the duration given; ETIMEDOUT after it. */
int rumpuser_cv_timedwait(struct rumpuser_cv *cv, struct rumpuser_mtx *mtx,
    int64_t sec, int64_t nsec);
/** Extension: the same keeping the virtual CPU as it is. */
int rumpuser_cv_timedwait_nowrap(struct rumpuser_cv *cv,
    struct rumpuser_mtx *mtx, int64_t sec, int64_t nsec);
void rumpuser_cv_signal(struct rumpuser_cv *cv);
void rumpuser_cv_broadcast(struct rumpuser_cv *cv);
/** *@waitersp: number of waiters; meaningful while the mutex is held. */
void rumpuser_cv_has_waiters(struct rumpuser_cv *cv, int *waitersp);

/*
 * Dynamic linker.
 */

typedef void (*rump_modinit_fn)(const struct modinfo *const *, size_t);
typedef int (*rump_symload_fn)(void *, uint64_t, char *, uint64_t);
typedef void (*rump_compload_fn)(const struct rump_component *);

/**
 * Walk every object loaded in the process: hand each one's link set
 * "modules" to @domodinit (pointers, count), its link set "rump_components"
 * to @docompload one by one, and the symbols of kernel objects to
 * @dosymload (NULL: not wanted).  Objects are handed over in load order,
 * each set once.
 */
void rumpuser_dl_bootstrap(rump_modinit_fn domodinit,
    rump_symload_fn dosymload, rump_compload_fn docompload);

/*
 * Background.
 */

/**
 * Fork; the parent waits in here for rumpuser_daemonize_done() of the child
 * and then exits with its verdict, the child returns.  Before rumpuser_init().
 */
int rumpuser_daemonize_begin(void);
/** Let the waiting parent exit: @error 0 is success. */
int rumpuser_daemonize_done(int error);

/*
 * Remote clients: the server half of rump_sp(7).  A client is a process of
 * the kernel's; @arg below is the private pointer that hyp_lwproc_rfork() was
 * given for it, good until that process is released.
 */

/**
 * Serve remote clients at @url: "tcp://address:port/", where "*" or "0" is any
 * address, or "unix://path", relative to the working directory or absolute.
 * @ostype, @osrelease and @machine are told to clients ("NetBSD", "7.99.34",
 * "amd64").  A unix socket is its owner's only (mode 0600), replaces one whose
 * server is dead, and is removed at the end of the process.  A service thread
 * and one worker start; at most rumpsp_maxworker calls of clients run at a
 * time, besides what keeps one client from starving another.
 *
 * EOPNOTSUPP: the kernel's upcalls for it (hyp_lwproc_*, hyp_syscall,
 * hyp_lwpexit, hyp_execnotify, hyp_getpid) are not all there; and for tcp6://.
 * EINVAL: the URL, or a banner of over 95 bytes.  ENAMETOOLONG: the path.
 * EBUSY: there is a server already.  Errors of bind(2).  Does not block.
 */
int rumpuser_sp_init(const char *url, const char *ostype,
    const char *osrelease, const char *machine);
/**
 * End the service: no client is taken or heard any more, no upcall is begun.
 * The call that the client @arg (NULL: none) is making on this very thread is
 * answered with success first: it was reboot(2).  May block.
 */
void rumpuser_sp_fini(void *arg);
/**
 * Copy @len bytes between the client's address @raddr and @laddr.  Copying in
 * waits for the client, for as long as it is there; copying out does when
 * much is under way to it.  EFAULT: the client is gone, has executed another
 * program, or says that it has no such memory; ENOMEM.  May block.
 */
int rumpuser_sp_copyin(void *arg, const void *raddr, void *laddr, size_t len);
int rumpuser_sp_copyout(void *arg, const void *laddr, void *raddr,
    size_t len);
/**
 * The same for a string: *@len is the most that may be copied, and becomes
 * what was copied, with the NUL.  ENAMETOOLONG: there is none up to there.
 */
int rumpuser_sp_copyinstr(void *arg, const void *raddr, void *laddr,
    size_t *len);
int rumpuser_sp_copyoutstr(void *arg, const void *laddr, void *raddr,
    size_t *len);
/**
 * Have the client map @howmuch bytes of anonymous memory; *@addr gets their
 * address there.  ENOMEM, EFAULT as above.  May block.
 */
int rumpuser_sp_anonmmap(void *arg, size_t howmuch, void **addr);
/**
 * Have the client raise signal @signo (NetBSD's number); not waited for.
 * EFAULT as above.  May block.
 */
int rumpuser_sp_raise(void *arg, int signo);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_H_ */
