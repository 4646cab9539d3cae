/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quiescent-state-based reclamation: the writers' side of rump-free/qsbr.h.
 * Locking: the list of readers is under a lock of the caller's.
 */
#include <rump-free/qsbr.h>

void
rump_qsbr_register(struct rump_qsbr *q, struct rump_qsbr_reader *r)
{

	r->qr_seen = 0;
	r->qr_reports = 0;
	r->qr_next = q->q_readers;
	r->qr_prevp = &q->q_readers;
	if (r->qr_next != NULL)
		r->qr_next->qr_prevp = &r->qr_next;
	q->q_readers = r;
}

void
rump_qsbr_unregister(struct rump_qsbr_reader *r)
{

	*r->qr_prevp = r->qr_next;
	if (r->qr_next != NULL)
		r->qr_next->qr_prevp = r->qr_prevp;
}

uint64_t
rump_qsbr_begin(struct rump_qsbr *q)
{

	return __atomic_add_fetch(&q->q_period, 1, __ATOMIC_SEQ_CST);
}

int
rump_qsbr_elapsed(const struct rump_qsbr *q, uint64_t period)
{
	const struct rump_qsbr_reader *r;
	uint64_t seen;

	for (r = q->q_readers; r != NULL; r = r->qr_next) {
		seen = __atomic_load_n(&r->qr_seen, __ATOMIC_SEQ_CST);
		if (seen != 0 && seen < period)
			return 0;
	}
	return 1;
}
