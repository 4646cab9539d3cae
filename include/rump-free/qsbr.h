/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qsbr.h - quiescent-state-based reclamation: what was unlinked may be freed
 * when every reader has said once that it holds no reference (M. Desnoyers et
 * al., "User-Level Implementations of Read-Copy Update", 2012, section on
 * QSBR; the algorithm's argument stands at the functions).
 *
 * A read section is nothing at all: a reader holds references only between
 * two of its quiescent states.  A reader that is about to block, or has
 * nothing to do, goes offline and delays no one.
 *
 * Freestanding: both namespaces compile it.
 */
#ifndef _RUMP_FREE_QSBR_H_
#define _RUMP_FREE_QSBR_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/** One thread, event loop or virtual CPU that reads; caller's memory. */
struct rump_qsbr_reader {
	uint64_t qr_seen;	/* newest period it has seen; 0: offline */
	uint64_t qr_reports;	/* how often it reported (its own) */
	struct rump_qsbr_reader *qr_next, **qr_prevp;
};

/** A domain: its readers, and the number of the newest grace period. */
struct rump_qsbr {
	uint64_t q_period;
	struct rump_qsbr_reader *q_readers;
};

#define RUMP_QSBR_INITIALIZER	{ 1, NULL }

/**
 * Enter and remove a reader; it begins offline and must be offline again when
 * it goes.  The caller serialises these and rump_qsbr_elapsed() by a lock of
 * the domain.
 */
void rump_qsbr_register(struct rump_qsbr *q, struct rump_qsbr_reader *r);
void rump_qsbr_unregister(struct rump_qsbr_reader *r);

/**
 * Begin a grace period after unlinking: its number.  No lock is needed.
 */
uint64_t rump_qsbr_begin(struct rump_qsbr *q);

/**
 * Is grace period @period over, that is, has each reader reported a quiescent
 * state, or been offline, since it began?  With the domain's lock held.
 */
int rump_qsbr_elapsed(const struct rump_qsbr *q, uint64_t period);

/**
 * Report a quiescent state: the calling reader, which is online, holds no
 * reference now.  A load and a comparison while no grace period is new.
 *
 * The acquiring load reads the number that rump_qsbr_begin() wrote after the
 * unlinking, so what this reader reads from here on shows the unlinking; the
 * releasing store is read by rump_qsbr_elapsed(), so what it read before has
 * happened before the memory is freed.
 */
static inline void
rump_qsbr_quiescent(const struct rump_qsbr *q, struct rump_qsbr_reader *r)
{
	uint64_t period = __atomic_load_n(&q->q_period, __ATOMIC_ACQUIRE);

	if (r->qr_seen == period)
		return;
	__atomic_store_n(&r->qr_seen, period, __ATOMIC_RELEASE);
	r->qr_reports++;
}

/** The calling reader holds no reference and will not until online. */
static inline void
rump_qsbr_offline(struct rump_qsbr_reader *r)
{

	__atomic_store_n(&r->qr_seen, 0, __ATOMIC_RELEASE);
}

/**
 * The calling reader may hold references again.
 *
 * Store, full barrier, then the reader's loads; against it the unlinking, the
 * full barrier in rump_qsbr_begin(), then the load of qr_seen: at least one of
 * the two sees the other's store.  So either the grace period waits for this
 * reader, or this reader does not find what was unlinked.
 */
static inline void
rump_qsbr_online(const struct rump_qsbr *q, struct rump_qsbr_reader *r)
{
	uint64_t period = __atomic_load_n(&q->q_period, __ATOMIC_ACQUIRE);

	(void)__atomic_exchange_n(&r->qr_seen, period, __ATOMIC_SEQ_CST);
#ifndef __SANITIZE_THREAD__
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif /* _RUMP_FREE_QSBR_H_ */
