/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of items with a lock of their own, an extension of ours: what is put
 * in comes out in order; it can be searched, sorted, and moved as a whole in
 * constant time.  Any number of threads; the operations do not sleep.  Without
 * order among many producers, pcq(9) needs no lock.
 */
#ifndef _RUMP_SYS_QUEUE_H_
#define _RUMP_SYS_QUEUE_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <sys/queue.h>

/** Embedded in what is queued. */
struct rump_queue_item {
	TAILQ_ENTRY(rump_queue_item) fi_entry;
};

struct rump_queue {
	kmutex_t f_lock;
	TAILQ_HEAD(rump_queue_items, rump_queue_item) f_items;
	size_t f_count;
	size_t f_high;			/* the most there ever were */
};

/** An empty one, for use up to an interrupt level. */
void	rump_queue_init(struct rump_queue *, int ipl);
/** It is empty. */
void	rump_queue_destroy(struct rump_queue *);
void	rump_queue_append(struct rump_queue *, struct rump_queue_item *);
void	rump_queue_prepend(struct rump_queue *, struct rump_queue_item *);
/** Put before the first that is greater: @cmp(a, b) <, =, > 0.  For queues
 * that are sorted. */
void	rump_queue_insert(struct rump_queue *, struct rump_queue_item *,
	    int (*cmp)(const struct rump_queue_item *,
	    const struct rump_queue_item *));
/** Take the first; NULL: empty. */
struct rump_queue_item *rump_queue_get(struct rump_queue *);
/** Take the first that matches; NULL: none does. */
struct rump_queue_item *rump_queue_take(struct rump_queue *,
	    bool (*match)(const struct rump_queue_item *, void *), void *);
/** Move all, or at most @n from the front, to the end of another queue, which
 * is for the same level; how many. */
size_t	rump_queue_move(struct rump_queue *to, struct rump_queue *from);
size_t	rump_queue_moven(struct rump_queue *to, struct rump_queue *from,
	    size_t n);
size_t	rump_queue_count(struct rump_queue *);
/** The most there were since the last call with @reset. */
size_t	rump_queue_highwater(struct rump_queue *, bool reset);

#endif /* _RUMP_SYS_QUEUE_H_ */
