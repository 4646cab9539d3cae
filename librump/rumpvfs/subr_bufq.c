/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Queues of transfers for disk drivers, bufq(9): in order of arrival, or
 * swept in one direction over the disk.
 *
 * Locking: the driver's.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/bufq.h>
#include <sys/errno.h>
#include <sys/kmem.h>

struct bufq_state {
	TAILQ_HEAD(bufq_list, buf) bq_list;	/* sorted, or by arrival */
	bool		bq_sorted;
	int		bq_flags;
	uint64_t	bq_last;	/* key of the last one taken */
	struct buf	*bq_next;	/* what peek showed */
};

static uint64_t
bufq_key(const struct bufq_state *bq, const struct buf *bp)
{

	if ((bq->bq_flags & BUFQ_SORT_MASK) == BUFQ_SORT_CYLINDER)
		return (uint64_t)(uint32_t)bp->b_cylinder << 32 |
		    ((uint64_t)bp->b_rawblkno & 0xffffffff);
	return (uint64_t)bp->b_rawblkno;
}

int
bufq_alloc(struct bufq_state **bqp, const char *strategy, int flags)
{
	struct bufq_state *bq;
	bool sorted = true;

	if ((flags & BUFQ_SORT_MASK) == 0)
		sorted = false;
	if (strcmp(strategy, "fcfs") == 0)
		sorted = false;
	else if (strcmp(strategy, "disksort") != 0 &&
	    strcmp(strategy, BUFQ_STRAT_ANY) != 0 &&
	    (flags & BUFQ_EXACT) != 0) {
		*bqp = NULL;
		return ENOENT;
	}
	bq = kmem_zalloc(sizeof(*bq), KM_SLEEP);
	TAILQ_INIT(&bq->bq_list);
	bq->bq_sorted = sorted;
	bq->bq_flags = flags;
	*bqp = bq;
	return 0;
}

void
bufq_free(struct bufq_state *bq)
{

	KASSERT(TAILQ_EMPTY(&bq->bq_list));
	kmem_free(bq, sizeof(*bq));
}

void
bufq_put(struct bufq_state *bq, struct buf *bp)
{
	struct buf *it;
	uint64_t key;

	bq->bq_next = NULL;
	if (!bq->bq_sorted) {
		TAILQ_INSERT_TAIL(&bq->bq_list, bp, b_actq);
		return;
	}
	key = bufq_key(bq, bp);
	TAILQ_FOREACH_REVERSE(it, &bq->bq_list, bufq_list, b_actq) {
		if (bufq_key(bq, it) <= key)
			break;
	}
	if (it == NULL)
		TAILQ_INSERT_HEAD(&bq->bq_list, bp, b_actq);
	else
		TAILQ_INSERT_AFTER(&bq->bq_list, it, bp, b_actq);
}

/* Sweeping: the first at or after the last one's place, else the lowest. */
struct buf *
bufq_peek(struct bufq_state *bq)
{
	struct buf *bp;

	if (bq->bq_next != NULL)
		return bq->bq_next;
	bp = TAILQ_FIRST(&bq->bq_list);
	if (bq->bq_sorted) {
		while (bp != NULL && bufq_key(bq, bp) < bq->bq_last)
			bp = TAILQ_NEXT(bp, b_actq);
		if (bp == NULL)
			bp = TAILQ_FIRST(&bq->bq_list);
	}
	return bq->bq_next = bp;
}

struct buf *
bufq_get(struct bufq_state *bq)
{
	struct buf *bp;

	if ((bp = bufq_peek(bq)) == NULL)
		return NULL;
	TAILQ_REMOVE(&bq->bq_list, bp, b_actq);
	bq->bq_last = bufq_key(bq, bp);
	bq->bq_next = NULL;
	return bp;
}

struct buf *
bufq_cancel(struct bufq_state *bq, struct buf *bp)
{
	struct buf *it;

	TAILQ_FOREACH(it, &bq->bq_list, b_actq) {
		if (it == bp)
			break;
	}
	if (it == NULL)
		return NULL;
	TAILQ_REMOVE(&bq->bq_list, bp, b_actq);
	if (bq->bq_next == bp)
		bq->bq_next = NULL;
	return bp;
}

void
bufq_move(struct bufq_state *dst, struct bufq_state *src)
{
	struct buf *bp;

	while ((bp = bufq_get(src)) != NULL)
		bufq_put(dst, bp);
}

void
bufq_drain(struct bufq_state *bq)
{
	struct buf *bp;

	while ((bp = bufq_get(bq)) != NULL) {
		bp->b_error = EIO;
		bp->b_resid = bp->b_bcount;
		biodone(bp);
	}
}

const char *
bufq_getstrategyname(struct bufq_state *bq)
{

	return bq->bq_sorted ? "disksort" : "fcfs";
}
