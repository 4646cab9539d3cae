/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fiber.h - what the files of the fibers share.  Private to librumpuser.
 */
#ifndef _RUMPUSER_FIBER_FIBER_H_
#define _RUMPUSER_FIBER_FIBER_H_

#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_fiber.h>
#pragma GCC visibility pop

/*
 * Saved registers; switch_x86_64.S knows the offsets.  They are here, not on
 * the fiber's stack, so that a dump reads them without touching that stack,
 * which may be unmapped at any moment.
 */
struct fiber_ctx {
	uint64_t sp, pc, bp, bx, r12, r13, r14, r15;
	uint32_t mxcsr;
	uint16_t fpucw;
	void *portable;		/* ucontext.c: what it needs; else NULL */
};

/* Beyond RUMPUSER_FIBER_*. */
#define FIBER_LEAVING	4	/* running its last instructions */

/**
 * A fiber, or a host thread's own context.  Memory of fibers is never given
 * back to the host, so that a walk may look at any of them at any time; gen
 * is odd while one exists.  state says who owns the rest: the context itself
 * (RUNNING), whoever resumes it (SUSPENDED), its creator (ENDED).
 */
struct rumpuser_fiber {
	struct fiber_ctx ctx;
	int state;
	int started;
	uint64_t switches;
	struct lwp *lwp;
	void (*fn)(void *);
	void *arg;
	char *stack;		/* lowest usable byte */
	size_t stacksize;
	const struct rumpuser_fiber_hooks *hooks;
	void *hookarg;
	uint64_t gen;
	uint64_t name[4];	/* text, by words */
	struct rumpuser_fiber *next;	/* free list, or what it waits on */
	void *tsan;
	void *fakestack;	/* ASan */
	const void *asanbottom;
	size_t asansize;
	unsigned int valgrind;
};

/** What a host thread carries.  Its own: no lock. */
struct fiber_carrier {
	struct rumpuser_fiber *current;		/* never NULL */
	struct rumpuser_fiber *prev;		/* who has just left */
	void (*then)(void *);
	void *thenarg;
	struct rumpuser_fiber own;		/* the thread's own context */
};

/**
 * Save the calling context in @from and continue @to; the value is @carrier
 * as the one says who switches back.
 */
struct fiber_carrier *rumpuser__fiber_swap_asm(struct fiber_ctx *from,
    struct fiber_ctx *to, struct fiber_carrier *carrier);
/** Where a new fiber begins (not a C function). */
void rumpuser__fiber_entry(void);
/** Called there. */
void rumpuser__fiber_main(struct fiber_carrier *carrier) __dead;

/** The same by swapcontext(3).  0 or ENOMEM. */
int rumpuser__fiber_uc_init(struct rumpuser_fiber *f);
void rumpuser__fiber_uc_fini(struct rumpuser_fiber *f);
struct fiber_carrier *rumpuser__fiber_uc_swap(struct fiber_ctx *from,
    struct fiber_ctx *to, struct fiber_carrier *carrier);
/** Fill the registers of @ctx, which has just been left, for a dump. */
void rumpuser__fiber_uc_regs(struct fiber_ctx *ctx);

/** Write a field that a walk reads at any time. */
#define FIBER_PUT(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

/** Prepare the calling host thread for switches.  0 or ENOMEM. */
int rumpuser__fiber_thread(void);

/** Guards the registry and the cache of stacks. */
extern pthread_mutex_t rumpuser__fiber_mtx;

/** A stack of @size bytes (whole pages) with its guard.  0 or ENOMEM. */
int rumpuser__fiber_stack(size_t size, struct rumpuser_fiber *f);
void rumpuser__fiber_stack_free(struct rumpuser_fiber *f);

/** A zeroed fiber; NULL: no memory. */
struct rumpuser_fiber *rumpuser__fiber_alloc(void);
/** From now on a walk sees it. */
void rumpuser__fiber_publish(struct rumpuser_fiber *f, const char *name);
void rumpuser__fiber_rename(struct rumpuser_fiber *f, const char *name);
void rumpuser__fiber_unpublish(struct rumpuser_fiber *f);
void rumpuser__fiber_free(struct rumpuser_fiber *f);
/** Call @fn with each slot that holds a fiber. */
void rumpuser__fiber_each(void (*fn)(struct rumpuser_fiber *));

#endif /* _RUMPUSER_FIBER_FIBER_H_ */
