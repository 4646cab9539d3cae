/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_bias.h - a lock for what one thread uses nearly always: that
 * thread takes and releases it with plain loads and stores, any other pays
 * for both.  See rumpuser_bias(3); the proof stands in librumpuser's bias.c.
 *
 * Usable from both namespaces.  It is a lock of the host layer: who waits
 * keeps the virtual CPU.  Not recursive, not for signal handlers.
 */
#ifndef _RUMP_RUMPUSER_BIAS_H_
#define _RUMP_RUMPUSER_BIAS_H_

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

/**
 * One for each context (thread, fiber, lwp) and lock: what the lock tells
 * contexts apart by.  Zeroed by its owner before the first use; see
 * rumpuser_bias_forget() for its end.
 */
struct rumpuser_biasuser {
	int bu_inside;		/* in by way of the bias; own context writes */
};

/** The lock.  The fields are private. */
struct rumpuser_bias {
	struct rumpuser_biasuser *b_owner;	/* it is biased to this one */
	int b_fenced;			/* constant: both sides pay */
	unsigned int b_word;		/* 0 free, 1 taken, 2 and waited for */
	unsigned int b_inner;		/* lock of what follows, likewise */
	unsigned int b_need;		/* lone entries that earn the bias */
	struct rumpuser_biasuser *b_debt;	/* in by a bias now revoked */
	struct rumpuser_biasuser *b_last;	/* under b_word: who had it */
	unsigned int b_streak;		/* under b_word: how often in a row */
	unsigned int b_revoked;		/* times, for statistics */
};

/**
 * Initialize; free and without bias.  Does not block and cannot fail: where
 * the host refuses membarrier(2) both sides use fences.
 */
void rumpuser_bias_init(struct rumpuser_bias *b);

/** The slow parts of what follows; not to be called directly. */
void rumpuser_bias_enter_slow(struct rumpuser_bias *b,
    struct rumpuser_biasuser *u);
int rumpuser_bias_tryenter_slow(struct rumpuser_bias *b,
    struct rumpuser_biasuser *u);
void rumpuser_bias_exit_slow(struct rumpuser_bias *b,
    struct rumpuser_biasuser *u, int biased);

/**
 * The context of @u, which is not inside, is not going to use @b for long or
 * goes away: others need not revoke its bias.  @u may be freed afterwards.
 * Called by the context itself.
 */
void rumpuser_bias_forget(struct rumpuser_bias *b,
    struct rumpuser_biasuser *u);

/* By way of the bias, if that is @u's; true: it is inside. */
static inline int
rumpuser_bias_fast(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	if (__atomic_load_n(&b->b_owner, __ATOMIC_RELAXED) != u)
		return 0;
	if (__builtin_expect(b->b_fenced, 0)) {
		__atomic_store_n(&u->bu_inside, 1, __ATOMIC_SEQ_CST);
		return __atomic_load_n(&b->b_owner, __ATOMIC_SEQ_CST) == u;
	}
	__atomic_store_n(&u->bu_inside, 1, __ATOMIC_RELAXED);
	/* The revoker's membarrier stands for the fence here. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&b->b_owner, __ATOMIC_ACQUIRE) == u;
}

/** Take the lock for context @u; sleeps in the host until it is free. */
static inline void
rumpuser_bias_enter(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	if (__builtin_expect(!rumpuser_bias_fast(b, u), 0))
		rumpuser_bias_enter_slow(b, u);
}

/** 0: taken; EBUSY: another context is inside. */
static inline int
rumpuser_bias_tryenter(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	if (__builtin_expect(rumpuser_bias_fast(b, u), 1))
		return 0;
	return rumpuser_bias_tryenter_slow(b, u);
}

/** Release the lock, which context @u has taken. */
static inline void
rumpuser_bias_exit(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	if (__builtin_expect(__atomic_load_n(&u->bu_inside,
	    __ATOMIC_RELAXED) == 0, 0)) {
		rumpuser_bias_exit_slow(b, u, 0);
		return;
	}
	if (__builtin_expect(b->b_fenced, 0)) {
		__atomic_store_n(&u->bu_inside, 0, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&b->b_owner, __ATOMIC_SEQ_CST) == u)
			return;
	} else {
		__atomic_store_n(&u->bu_inside, 0, __ATOMIC_RELEASE);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (__builtin_expect(__atomic_load_n(&b->b_owner,
		    __ATOMIC_RELAXED) == u, 1))
			return;
	}
	rumpuser_bias_exit_slow(b, u, 1);
}

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_BIAS_H_ */
