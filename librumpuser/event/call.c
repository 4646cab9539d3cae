/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * call.c - calls: messages of a function and its arguments, in a ring of the
 * task's.  A unit of work is an object that poster and task pass to and fro,
 * each time at the price of a transfer between their caches; of the ring's
 * slots many are on the way at once.
 *
 * Locking: posters take cr_lock, a spin lock that is held for a few stores.
 * The task reads without it: a slot is whole before cr_tail says that it is
 * there, and is filled again after cr_head has said that it is free.
 *
 * No wake-up is lost: the consumer stores t_sleeping = 1, then takes cr_lock
 * to see whether the ring is empty and leaves cr_asleep = 1 there.  A poster
 * that had the lock before has its call seen; one that has it after finds the
 * 1, and then looks at t_sleeping, whose line is another one's.  The ring
 * comes with a 1: the consumer looks for it after storing t_sleeping, the
 * first poster at t_sleeping after making it.
 */
#include "event/impl.h"

#include <stdlib.h>
#include <string.h>

#define CALLS	1024			/* a power of 2 */
#define AHEAD	16			/* slots asked for ahead of time */
#define BATCH	16			/* calls between looks at the task */
#define LINGER	1000			/* ns between looks of who is busy */
#define SKIP	16			/* the same by units of low work */
#define SPINS	32			/* tries before the CPU is offered */

struct call {
	rumpuser_event_fn fn;
	void *env;
	uintptr_t arg;
	int error;
};

struct callring {
	_Alignas(64) _Atomic uint8_t cr_lock;
	_Atomic uint64_t cr_tail;	/* posted so far */
	uint64_t cr_room;		/* cr_head as last read by a poster */
	int cr_asleep;			/* the task may be; see above */

	_Alignas(64) _Atomic uint64_t cr_head;	/* called so far */
	uint64_t cr_seen;		/* cr_tail as last read by the task */
	int64_t cr_looked;		/* when that was, about */
	unsigned int cr_skipped;	/* looks, for work of low priority */

	_Alignas(64) struct call cr_slot[CALLS];
};

static inline void
ring_lock(struct callring *cr)
{

	unsigned int n = 0;

	while (atomic_exchange_explicit(&cr->cr_lock, 1,
	    memory_order_acquire) != 0)
		if (++n % SPINS == 0)
			rumpuser__evhost->eh_relax();
}

static inline void
ring_unlock(struct callring *cr)
{

	atomic_store_explicit(&cr->cr_lock, 0, memory_order_release);
}

static inline struct callring *
ring_of(struct rumpuser_task *task)
{

	return atomic_load_explicit(&task->t_calls, memory_order_acquire);
}

/* The first call makes the ring. */
static __noinline struct callring *
ring_make(struct rumpuser_task *task)
{
	struct callring *cr, *other = NULL;
	int serrno = errno;

	cr = aligned_alloc(_Alignof(struct callring), sizeof(*cr));
	errno = serrno;
	if (cr == NULL)
		return NULL;
	memset(cr, 0, sizeof(*cr));
	cr->cr_asleep = 1;
	if (atomic_compare_exchange_strong(&task->t_calls, &other, cr))
		return cr;
	free(cr);
	return other;
}

void
rumpuser__call_fini(struct rumpuser_task *task)
{

	free(ring_of(task));
}

void
rumpuser__call_lock(struct rumpuser_task *task)
{
	struct callring *cr = ring_of(task);

	if (cr != NULL)
		ring_lock(cr);
}

void
rumpuser__call_unlock(struct rumpuser_task *task)
{
	struct callring *cr = ring_of(task);

	if (cr != NULL)
		ring_unlock(cr);
}

/* Slots come from the task's cache: have some on the way. */
static inline void
fetch(struct callring *cr, uint64_t tail)
{

	__builtin_prefetch(&cr->cr_slot[(tail + AHEAD) % CALLS], 1);
}

int
rumpuser_task_post(struct rumpuser_task *task, rumpuser_event_fn fn, void *env,
    uintptr_t arg, int error)
{
	struct callring *cr = ring_of(task);
	struct call *c;
	uint64_t tail;
	int asleep;

	if (__predict_false(cr == NULL) && (cr = ring_make(task)) == NULL)
		return ERR(ENOMEM);
	ring_lock(cr);
	tail = atomic_load_explicit(&cr->cr_tail, memory_order_relaxed);
	if (__predict_false(tail - cr->cr_room == CALLS)) {
		cr->cr_room = atomic_load_explicit(&cr->cr_head,
		    memory_order_acquire);
		if (tail - cr->cr_room == CALLS) {
			ring_unlock(cr);
			return ERR(EAGAIN);
		}
	}
	fetch(cr, tail);
	c = &cr->cr_slot[tail % CALLS];
	c->fn = fn;
	c->env = env;
	c->arg = arg;
	c->error = error;
	atomic_store_explicit(&cr->cr_tail, tail + 1, memory_order_release);
	asleep = cr->cr_asleep;
	if (__predict_false(asleep)) {
		cr->cr_asleep = 0;
		task_hold(task);
	}
	ring_unlock(cr);
	if (__predict_false(asleep)) {
		task_rouse(task);
		task_drop(task);
	}
	return 0;
}

uint64_t
rumpuser__call_count(struct rumpuser_task *task)
{
	struct callring *cr = ring_of(task);
	uint64_t n;

	if (cr == NULL)
		return 0;
	ring_lock(cr);
	n = atomic_load_explicit(&cr->cr_tail, memory_order_relaxed) -
	    atomic_load_explicit(&cr->cr_head, memory_order_relaxed);
	ring_unlock(cr);
	return n;
}

uint64_t
rumpuser__call_posted(struct rumpuser_task *task)
{
	struct callring *cr = ring_of(task);
	uint64_t n;

	if (cr == NULL)
		return 0;
	ring_lock(cr);
	n = atomic_load_explicit(&cr->cr_tail, memory_order_relaxed);
	ring_unlock(cr);
	return n;
}

/*
 * The rest is called by the thread that runs the task, without its lock.
 */

/* See how far the posters are, which takes the line from them. */
static void
look(struct callring *cr, int64_t now)
{

	cr->cr_seen = atomic_load_explicit(&cr->cr_tail, memory_order_acquire);
	cr->cr_looked = now;
}

static inline int
seen(const struct callring *cr)
{

	return cr->cr_seen != atomic_load_explicit(&cr->cr_head,
	    memory_order_relaxed);
}

int
rumpuser__call_made(struct rumpuser_task *task, uint64_t n)
{
	struct callring *cr = ring_of(task);

	return cr == NULL || atomic_load_explicit(&cr->cr_head,
	    memory_order_relaxed) >= n;
}

int
rumpuser__call_due(struct rumpuser_task *task)
{
	struct callring *cr = ring_of(task);

	if (cr == NULL)
		return 0;
	if (!seen(cr) && ++cr->cr_skipped == SKIP) {
		cr->cr_skipped = 0;
		look(cr, cr->cr_looked);
	}
	return seen(cr);
}

int
rumpuser__call_last(struct rumpuser_task *task)
{
	struct callring *cr = atomic_load(&task->t_calls);

	if (cr == NULL)
		return 0;
	ring_lock(cr);
	look(cr, cr->cr_looked);
	cr->cr_asleep = 1;
	ring_unlock(cr);
	return seen(cr);
}

/* One call; its slot is free before the handler runs, which may post. */
static inline void
call(struct rumpuser_task *task, struct callring *cr)
{
	uint64_t head = atomic_load_explicit(&cr->cr_head,
	    memory_order_relaxed);
	struct call c = cr->cr_slot[head % CALLS];

	__builtin_prefetch(&cr->cr_slot[(head + AHEAD) % CALLS]);
	atomic_store_explicit(&cr->cr_head, head + 1, memory_order_release);
	if (__predict_false(rumpuser__diag_on(DIAG_PROF | DIAG_WATCH))) {
		task->t_call.ev_fn = c.fn;
		rumpuser__task_watch(task, &task->t_call);
	}
	c.fn(c.env, c.arg, c.error);
}

/*
 * At most @max calls.  To others a batch is one handler, so that what there is
 * to do around a handler is done once.
 *
 * A task that has other things to do (@busy) does not look for new ones all
 * the time: each look costs a poster a transfer between caches.  So a call may
 * come a microsecond later than work of its priority would.
 */
unsigned int
rumpuser__call_run(struct rumpuser_task *task, unsigned int max, int64_t now,
    int busy)
{
	struct callring *cr = ring_of(task);
	unsigned int n = 0, i;

	if (cr == NULL)
		return 0;
	if (!seen(cr) && (!busy || now - cr->cr_looked >= LINGER))
		look(cr, now);
	while (n < max && seen(cr)) {
		task_lock(task);
		task_begin(task, &task->t_call);
		task_unlock(task);
		for (i = 0; i < BATCH && n < max && seen(cr); i++, n++)
			call(task, cr);
		task_lock(task);
		task_finish(task);
		task_unlock(task);
	}
	count(&task->t_count.calls, n);
	return n;
}
