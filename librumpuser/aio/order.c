/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order.c - the order among the requests of a file: what a sync or a barrier
 * waits for, and what waits for them.
 *
 * A request is active from when it is let go to the context's queue until it
 * is done.  A sync is let go when nothing requested before it is active; what
 * comes after passes it.  A blocking request (a barrier; a write that has to
 * be alone) is let go when nothing before it is active or held, and
 * everything after it is held until it is done.  f_active is sorted by
 * o_seq, so that its head answers "is there anything older".
 *
 * Locking: the context's a_mtx is held by all callers.
 */
#include "aio/aio.h"

static int
blocking(const struct aio_op *op)
{

	return (op->o_flags & AIOF_ALONE) != 0;
}

static int
older_active(const struct rumpuser_aiofile *f, uint64_t seq)
{
	const struct aio_op *first = TAILQ_FIRST(&f->f_active);

	return first != NULL && first->o_seq < seq;
}

/*
 * When a sync is let go late all that is active is younger.  When something
 * else is, all that is active is older: younger ones are held behind what
 * held it.
 */
static void
letgo(struct rumpuser_aiofile *f, struct aio_op *op)
{
	struct rumpuser_aio *a = f->f_aio;

	if (op->o_kind == AIO_SYNC)
		TAILQ_INSERT_HEAD(&f->f_active, op, o_active);
	else
		TAILQ_INSERT_TAIL(&f->f_active, op, o_active);
	if (blocking(op))
		f->f_alone = op;
	TAILQ_INSERT_TAIL(&a->a_queue, op, o_link);
	a->a_nqueue++;
}

void
rumpuser__aio_admit(struct aio_op *op)
{
	struct rumpuser_aiofile *f = op->o_file;
	int hold;

	op->o_seq = ++f->f_seq;
	f->f_nops++;
	hold = f->f_nblock > 0;
	if (op->o_kind == AIO_SYNC || blocking(op))
		hold |= !TAILQ_EMPTY(&f->f_active);
	if (blocking(op))
		f->f_nblock++;
	if (hold) {
		TAILQ_INSERT_TAIL(&f->f_held, op, o_link);
		f->f_aio->a_st.as_held++;
	} else
		letgo(f, op);
}

/* Let go whatever is held and has its turn now. */
static void
release(struct rumpuser_aiofile *f)
{
	struct aio_op *op, *next;
	int passed = 0;

	for (op = TAILQ_FIRST(&f->f_held); op != NULL && f->f_alone == NULL;
	    op = next) {
		next = TAILQ_NEXT(op, o_link);
		if (blocking(op)) {
			if (passed || older_active(f, op->o_seq))
				return;
		} else if (op->o_kind == AIO_SYNC &&
		    older_active(f, op->o_seq)) {
			passed = 1;
			continue;
		}
		TAILQ_REMOVE(&f->f_held, op, o_link);
		f->f_aio->a_st.as_held--;
		letgo(f, op);
	}
}

void
rumpuser__aio_retire(struct aio_op *op)
{
	struct rumpuser_aiofile *f = op->o_file;
	struct rumpuser_aio *a = f->f_aio;

	TAILQ_REMOVE(&f->f_active, op, o_active);
	if (blocking(op)) {
		f->f_nblock--;
		f->f_alone = NULL;
	}
	TAILQ_INSERT_TAIL(&a->a_done, op, o_link);
	a->a_ndone++;
	a->a_retired++;
	if (!TAILQ_EMPTY(&f->f_held))
		release(f);
}

int
rumpuser__aio_older(const struct rumpuser_aiofile *f, uint64_t seq)
{
	const struct aio_op *held = TAILQ_FIRST(&f->f_held);

	return older_active(f, seq + 1) || (held != NULL && held->o_seq <= seq);
}
