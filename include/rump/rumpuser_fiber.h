/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_fiber.h - fibers: stacks of their own that host threads take turns
 * in carrying.  See rumpuser_fiber(3).
 *
 * Usable from both namespaces.  Conventions are those of rumpuser.h: errors
 * are in NetBSD's numbering and errno is left alone.
 *
 * A host thread carries one fiber at a time, or runs its own context, the
 * one that it was created with.  A suspended fiber belongs to no host thread:
 * any may resume it.  So across each call below that says "may migrate",
 * a caller must not keep what belongs to a host thread: the address of a
 * thread-local or of errno, a host mutex that knows its owner.
 *
 * Host threads that carry fibers should have the signals of the process
 * blocked, as those of rumpuser_thread_create() have, or take them on a
 * stack of their own (sigaltstack(2), SA_ONSTACK): a fiber's is small.  They
 * must not be cancelled while they carry one.
 */
#ifndef _RUMP_RUMPUSER_FIBER_H_
#define _RUMP_RUMPUSER_FIBER_H_

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

struct lwp;
struct rumpuser_fiber;

/** Size of a stack where none is asked for, in bytes. */
#define RUMPUSER_FIBER_STACK	((size_t)256 << 10)

/**
 * Create a fiber that will run @fn(@arg) when it is first switched to.  It
 * ends when @fn returns, as by rumpuser_fiber_exit(NULL, NULL, NULL).
 * @name (copied, shortened to 31 bytes; NULL: none) is for dumps.
 * @stacksize in bytes, 0: RUMPUSER_FIBER_STACK; it is raised to 64 KiB
 * (256 KiB under sanitizers) and to whole pages.  The stack takes memory as
 * it is used and has a guard page below it.  *@fp gets the fiber, which
 * lives until rumpuser_fiber_destroy().  Does not block.  ENOMEM, EINVAL
 * (a size that cannot be).
 */
int rumpuser_fiber_create(void (*fn)(void *), void *arg, const char *name,
    size_t stacksize, struct rumpuser_fiber **fp);

/**
 * Free a fiber that is new, suspended or ended.  What a suspended one has on
 * its stack is dropped as it is: nothing that it holds is released.  EBUSY:
 * it runs.  One that is about to leave the host thread for the last time is
 * waited for.  Nobody may be switching to it.
 */
int rumpuser_fiber_destroy(struct rumpuser_fiber *f);

/**
 * Suspend the calling context, a fiber or a host thread's own, and continue
 * @to on the same host thread; NULL is that thread's own context.  Returns 0
 * when somebody has switched back, perhaps on another host thread: may
 * migrate.
 *
 * @then(@arg), where not NULL, is called on the context switched to, once
 * the calling one can be resumed: a place to put it on a queue, or to release
 * the lock of the one it is on.  It must not switch.  Without it, whoever
 * resumes a fiber that is not off its host thread yet waits, spinning, until
 * it is.
 *
 * A fiber is to be resumed by one context only.  @to being the caller, this
 * calls @then and returns.  The lwp of the caller (rumpuser_curlwp()) is kept
 * with it, and @to's comes with it.  EINVAL: @to has ended.  ENOMEM, only in
 * the first call on a host thread.
 */
int rumpuser_fiber_switch(struct rumpuser_fiber *to, void (*then)(void *),
    void *arg);

/**
 * End the calling fiber; otherwise like rumpuser_fiber_switch().  When @then
 * is called the fiber may be destroyed (also by it).  Where @to has ended the
 * host thread's own context continues.  A host thread's own context cannot
 * end this way: abort(3).
 */
void rumpuser_fiber_exit(struct rumpuser_fiber *to, void (*then)(void *),
    void *arg) __attribute__((__noreturn__));

/** The fiber that calls; NULL: a host thread's own context. */
struct rumpuser_fiber *rumpuser_fiber_current(void);

/*
 * Blocking in the host.
 */

/**
 * Move the calling fiber to a spare host thread, where it may block without
 * holding anybody up; its host thread continues its own context, as after
 * rumpuser_fiber_switch(NULL, @then, @arg), and @then is called before the
 * fiber goes on.  The fiber leaves the spare thread, which then serves
 * others, by ending or by switching to NULL; so the way back is
 * rumpuser_fiber_switch(NULL, @then, @arg) with a @then that has the fiber
 * resumed by whoever carries it usually.
 *
 * Spare threads are made as they are needed, up to 256 or what the
 * environment's RUMP_SPARES says; past that a fiber waits, suspended, for one
 * to come free.  They end after 2 seconds without work.  Signals are blocked
 * on them.  On a spare thread this calls @then and returns.  May migrate.
 * EAGAIN: there is no spare thread and none can be made; the caller has not
 * moved.  EINVAL: no fiber calls.
 */
int rumpuser_fiber_offload(void (*then)(void *), void *arg);

/**
 * What a fiber does around host code that may block: every hypercall of
 * rumpuser.h that "may block" and rumpuser_component_unschedule() call
 * fh_block after they have given the virtual CPU up, if there is one, and
 * fh_unblock before they take it back.  Both are called on the fiber with the
 * argument given, and either may migrate.  Usually the first one offloads and
 * the second one goes back.
 */
struct rumpuser_fiber_hooks {
	void (*fh_block)(void *);
	void (*fh_unblock)(void *);
};

/**
 * Set the hooks of fiber @f, which does not run elsewhere; @hooks stays the
 * caller's.  NULL (a new fiber's): none, it blocks its host thread.
 */
void rumpuser_fiber_sethooks(struct rumpuser_fiber *f,
    const struct rumpuser_fiber_hooks *hooks, void *arg);

/*
 * Looking at them.
 */

#define RUMPUSER_FIBER_NEW		0	/* has not run yet */
#define RUMPUSER_FIBER_SUSPENDED	1
#define RUMPUSER_FIBER_RUNNING		2	/* on some host thread */
#define RUMPUSER_FIBER_ENDED		3

/**
 * What there is to know of one fiber.  pc and what follows are those of a
 * suspended fiber and start a backtrace: 0 in all other states, and where
 * the machine's layout is not known.  saved: on x86-64 rbx, r12, r13, r14,
 * r15.
 */
struct rumpuser_fiber_info {
	const struct rumpuser_fiber *fiber;
	char name[32];
	int state;			/* RUMPUSER_FIBER_* */
	struct lwp *lwp;		/* where it does not run */
	uint64_t stack;			/* lowest address */
	uint64_t stacksize;		/* bytes, without the guard */
	uint64_t switches;		/* times that it was switched to */
	uint64_t pc, sp, fp;
	uint64_t saved[5];
};

/**
 * Call @fn with each fiber until it returns other than 0, and return that, or
 * 0.  Async-signal-safe as far as @fn is: no lock is taken and nothing can
 * get stuck.  Each is seen as it was at one moment; one that comes or goes
 * meanwhile may be left out.
 */
int rumpuser_fiber_walk(int (*fn)(const struct rumpuser_fiber_info *, void *),
    void *arg);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_FIBER_H_ */
