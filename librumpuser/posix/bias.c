/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bias.c - the biased lock of rumpuser_bias.h.
 *
 * Without a bias this is a futex lock: b_word is 0, 1 (taken) or 2 (taken, and
 * somebody may sleep on it), and who makes it 0 from 2 wakes one sleeper.
 * A context that has taken it b_need times with nobody else in between gets
 * the bias: b_owner names it, and b_word stays taken on its behalf from then
 * on.  It enters by
 *
 *	inside = 1; if (b_owner is not me) it was revoked, the long way
 *
 * and leaves by
 *
 *	inside = 0; if (b_owner is not me) it was revoked, settle
 *
 * Who finds b_word taken makes it 2 and then revokes, under b_inner:
 *
 *	b_owner = NULL; membarrier; if (inside) b_debt = owner else b_word = 0
 *
 * Why the revoker and the owner agree.  Take either pair "store inside, load
 * b_owner" of the owner.  The membarrier makes the owner's processor pass a
 * full barrier at some moment between the revoker's store of b_owner and its
 * load of inside (a thread that does not run passes one when it is switched
 * to).  Either the owner's load comes after that moment: it sees NULL.  Or the
 * load, and so the store before it, comes before: then the store is visible
 * to the revoker.  So at the moment of the revoker's load inside has its final
 * value, or the owner will find out and go through b_inner, where b_debt tells
 * it what the revoker has seen:
 *
 *  - entering, it sees the revocation.  b_debt set: it holds b_word in the
 *    ordinary way now.  Not set: b_word was freed, it has nothing.
 *  - leaving, it sees the revocation.  b_debt set: it frees b_word.  Not set:
 *    the revoker has seen it gone and has freed b_word.
 *  - it is inside, and does not look: b_debt is set, and it will leave.
 *
 * inside stands in the context's own rumpuser_biasuser: a late store of one
 * whose bias is gone cannot be taken for the next owner's.
 *
 * Where membarrier(2) is refused, and under TSan, which does not know it, all
 * four accesses are sequentially consistent instead (b_fenced): then of "store
 * inside, load b_owner" and "store b_owner, load inside" at least one load
 * sees the other's store, which is all that was used above.
 *
 * What is done under the lock is ordered: the owner's release store of
 * inside is read with acquire order by the revoker, who frees b_word with
 * release order; all else goes through b_word or b_inner.
 *
 * Nobody sleeps for ever.  The bias is taken under b_inner, with b_word 1.  A
 * waiter makes b_word 2 before it looks at b_owner under b_inner.  If that was
 * before the look at b_word, the bias is not taken; if after, the waiter finds
 * the bias and revokes it.
 *
 * Each revocation doubles b_need, so that a lock in dispute stops changing
 * its nature.
 */
#include "host.h"

#include <sys/syscall.h>

#include <linux/futex.h>

#include <stdlib.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_bias.h>
#pragma GCC visibility pop

#define NEED_MIN	32
#define NEED_MAX	(1U << 20)
#define SPINS		100

/*
 * The futex lock.
 */

static void
futex(unsigned int *word, int op, unsigned int val)
{
	int serrno = errno;

	(void)syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL,
	    NULL, 0);
	errno = serrno;
}

static inline int
word_try(unsigned int *word)
{
	unsigned int o = 0;

	return __atomic_compare_exchange_n(word, &o, 1, 0, __ATOMIC_ACQUIRE,
	    __ATOMIC_RELAXED);
}

static inline void
word_free(unsigned int *word)
{

	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
		futex(word, FUTEX_WAKE, 1);
}

/* It is held for moments only. */
static int
word_spin(unsigned int *word)
{
	int i;

	for (i = 0; i < SPINS; i++) {
		if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0 &&
		    word_try(word))
			return 1;
#ifdef __x86_64__
		__builtin_ia32_pause();
#endif
	}
	return 0;
}

static void
inner_enter(struct rumpuser_bias *b)
{

	if (word_try(&b->b_inner) || word_spin(&b->b_inner))
		return;
	while (__atomic_exchange_n(&b->b_inner, 2, __ATOMIC_ACQUIRE) != 0)
		futex(&b->b_inner, FUTEX_WAIT, 2);
}

static void
inner_exit(struct rumpuser_bias *b)
{

	word_free(&b->b_inner);
}

/*
 * The bias.
 */

void
rumpuser_bias_init(struct rumpuser_bias *b)
{
	const struct rumpuser_bias zero = { 0 };

	*b = zero;
	b->b_fenced = rumpuser_membarrier(RUMPUSER_MEMBARRIER_INIT) != 0;
	b->b_need = NEED_MIN;
}

/* b_inner is held. */
static void
bias_revoke(struct rumpuser_bias *b, struct rumpuser_biasuser *o)
{

	b->b_revoked++;
	if (b->b_need < NEED_MAX)
		__atomic_store_n(&b->b_need, b->b_need * 2, __ATOMIC_RELAXED);
	__atomic_store_n(&b->b_owner, NULL, __ATOMIC_SEQ_CST);
	if (!b->b_fenced && rumpuser_membarrier(RUMPUSER_MEMBARRIER_SYNC) != 0) {
		/* Somebody has forbidden it since: nothing is safe now. */
		rumpuser_dprintf("rumpuser: membarrier is gone\n");
		abort();
	}
	if (__atomic_load_n(&o->bu_inside, __ATOMIC_SEQ_CST))
		b->b_debt = o;
	else
		word_free(&b->b_word);
}

static void
unbias(struct rumpuser_bias *b)
{

	inner_enter(b);
	if (b->b_owner != NULL)
		bias_revoke(b, b->b_owner);
	inner_exit(b);
}

static __noinline void
bias_take(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	b->b_streak = 0;
	inner_enter(b);
	if (__atomic_load_n(&b->b_word, __ATOMIC_RELAXED) == 1) {
		__atomic_store_n(&u->bu_inside, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&b->b_owner, u, __ATOMIC_RELAXED);
	}
	inner_exit(b);
}

/* b_word has just been taken. */
static void
count(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	if (b->b_last != u) {
		b->b_last = u;
		b->b_streak = 0;
	} else if (++b->b_streak >=
	    __atomic_load_n(&b->b_need, __ATOMIC_RELAXED)) {
		bias_take(b, u);
	}
}

/* The bias was revoked on the way in: true if @u is inside all the same. */
static int
enter_revoked(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{
	int ours;

	inner_enter(b);
	__atomic_store_n(&u->bu_inside, 0, __ATOMIC_RELAXED);
	if ((ours = b->b_debt == u))
		b->b_debt = NULL;
	inner_exit(b);
	return ours;
}

static inline int
came_revoked(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	return __atomic_load_n(&u->bu_inside, __ATOMIC_RELAXED) &&
	    enter_revoked(b, u);
}

void
rumpuser_bias_enter_slow(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	if (came_revoked(b, u))
		return;
	if (!word_try(&b->b_word) &&
	    (__atomic_load_n(&b->b_owner, __ATOMIC_RELAXED) != NULL ||
	    !word_spin(&b->b_word))) {
		while (__atomic_exchange_n(&b->b_word, 2,
		    __ATOMIC_SEQ_CST) != 0) {
			unbias(b);
			futex(&b->b_word, FUTEX_WAIT, 2);
		}
	}
	count(b, u);
}

int
rumpuser_bias_tryenter_slow(struct rumpuser_bias *b,
    struct rumpuser_biasuser *u)
{

	if (came_revoked(b, u))
		return 0;
	if (!word_try(&b->b_word)) {
		unbias(b);
		if (!word_try(&b->b_word))
			return rumpuser__errtrans(EBUSY);
	}
	count(b, u);
	return 0;
}

void
rumpuser_bias_exit_slow(struct rumpuser_bias *b, struct rumpuser_biasuser *u,
    int biased)
{

	if (!biased) {
		word_free(&b->b_word);
		return;
	}
	inner_enter(b);
	if (b->b_debt == u) {
		b->b_debt = NULL;
		word_free(&b->b_word);
	}
	inner_exit(b);
}

void
rumpuser_bias_forget(struct rumpuser_bias *b, struct rumpuser_biasuser *u)
{

	inner_enter(b);
	if (b->b_owner == u) {
		__atomic_store_n(&b->b_owner, NULL, __ATOMIC_RELAXED);
		word_free(&b->b_word);
	}
	inner_exit(b);
}
