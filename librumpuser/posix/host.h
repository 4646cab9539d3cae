/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h - what the files of the posix host share: the upcall table, giving
 * up the virtual CPU, errno rules.  Private to librumpuser/posix.
 */
#ifndef _RUMPUSER_POSIX_HOST_H_
#define _RUMPUSER_POSIX_HOST_H_

#include <rump/rumpuser_port.h>

#include <sys/types.h>

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Exported is what rump/rumpuser*.h declare and nothing else: the library is
 * compiled with hidden visibility.  Internal names begin with rumpuser__.
 */
#pragma GCC visibility push(default)
#include <rump/rumpuser.h>
#include <rump/rumpuser_component.h>
#include <rump/rumpuser_fiber.h>
#pragma GCC visibility pop

/** The upcalls; all NULL until rumpuser_init().  Written once. */
extern struct rumpuser_hyperup rumpuser__hyp;

/** The lwp of the calling host thread; kept with a fiber by its switches. */
extern __thread struct lwp *rumpuser__curlwp_tls
    __attribute__((__tls_model__("initial-exec")));

/** What else thread.c keeps of a thread; the fiber host moves it about. */
struct rumpuser__locals {
	int exit_armed;
	void (*onexit_fn)(void *);
	void *onexit_arg;
};
extern __thread struct rumpuser__locals rumpuser__locals
    __attribute__((__tls_model__("initial-exec")));

/** Host errno value -> NetBSD's number. */
int rumpuser__errtrans(int hosterr);
/** Bytes of memory that the host lets this process have; 0: unknown. */
uint64_t rumpuser__memory(void);
/** NetBSD signal number -> host's; -1 if there is none. */
int rumpuser__sigtrans(int sig);

/**
 * Give the virtual CPU up around host code that can block.  Nothing that a
 * compiler keeps of a thread (errno's address, thread-locals) may live across
 * these two, since a fiber can come back on another thread: the host code
 * between them stands in a function of its own (HOSTCALL).
 *
 * A thread without an lwp holds no virtual CPU: it has come here from outside
 * the kernel, perhaps while another one starts it.
 *
 * A thread that is cancelled must not unwind through the kernel: between the
 * two it cannot be.  The cookie holds the count of kernel locks, and in its
 * lowest bits what is not to be undone.
 */
#define COOKIE_CANCELOFF	1	/* cancellation was off before */
#define COOKIE_NOCPU		2	/* there was no virtual CPU to give up */
#define COOKIE_SHIFT		2

/** The same for a fiber, which has hooks there: it can go to a spare thread. */
int rumpuser__fiber_unschedule(struct rumpuser_fiber *f, void *interlock);
void rumpuser__fiber_schedule(struct rumpuser_fiber *f, int cookie,
    void *interlock);

static inline int
rumpuser__unschedule(void *interlock)
{
	struct rumpuser_fiber *f = rumpuser_fiber_current();
	int count = 0, cookie = 0, state;

	if (__predict_false(f != NULL))
		return rumpuser__fiber_unschedule(f, interlock);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (state == PTHREAD_CANCEL_DISABLE)
		cookie |= COOKIE_CANCELOFF;
	if (__predict_true(rumpuser_curlwp() != NULL))
		rumpuser__hyp.hyp_backend_unschedule(0, &count, interlock);
	else
		cookie |= COOKIE_NOCPU;
	return count * (1 << COOKIE_SHIFT) + cookie;
}

static inline void
rumpuser__schedule(int cookie, void *interlock)
{
	struct rumpuser_fiber *f = rumpuser_fiber_current();

	if (__predict_false(f != NULL)) {
		rumpuser__fiber_schedule(f, cookie, interlock);
		return;
	}
	if (__predict_true((cookie & COOKIE_NOCPU) == 0))
		rumpuser__hyp.hyp_backend_schedule(cookie >> COOKIE_SHIFT,
		    interlock);
	if ((cookie & COOKIE_CANCELOFF) == 0)
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

/** A function that talks to the host and saves errno: never inlined. */
#define HOSTCALL static __noinline

/** Transfers of the synchronous engine: host errno numbers, whole length. */
int rumpuser__pio(int fd, int write, void *data, size_t len, int64_t off,
    size_t *donep);
/** The same with pieces, of which the first @skip bytes are left out. */
int rumpuser__vio(int fd, int write, const struct rumpuser_iovec *iov,
    size_t niov, size_t skip, int64_t off, size_t *donep);
/** Flush a descriptor; 0 or the host's errno. */
int rumpuser__sync(int fd, int dataonly);
/** Wait until no block I/O queued for @fd so far is unfinished. */
void rumpuser__bio_drain(int fd);

/**
 * Images that rumpuser_open() gave out (fdtab.c).  opened: remember; errno.
 * closing: drain it, and what is requested later does not find it.  closed:
 * forget it.
 */
int rumpuser__fd_opened(int fd, int mode);
void rumpuser__fd_closing(int fd);
void rumpuser__fd_closed(int fd);
/** Start a detached or joinable thread with signals blocked; host errno. */
int rumpuser__thread_start(void *(*f)(void *), void *arg, const char *name,
    int cpuidx, int mustjoin, void **cookiep);

/** End the process: an internal object cannot be had. */
void rumpuser__nomem(const char *what) __dead;

#endif /* _RUMPUSER_POSIX_HOST_H_ */
