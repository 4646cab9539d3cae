/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.h - one end of a ring, in private memory.  Private to librumpuser/shm.
 *
 * Locking: the sender's part is for the one thread that sends, the receiver's
 * for the one that receives, both without a lock; rg_lock guards rg_leader.
 */
#ifndef _RUMPUSER_SHM_RING_H_
#define _RUMPUSER_SHM_RING_H_

#include "shm/ringmem.h"

#define OWN_LINES	__attribute__((__aligned__(SHM_LINE)))
#define NO_RESERVE	((size_t)-1)

struct rumpuser_shmring {
	/* Fixed once connected. */
	struct shm_ringmem *rg_mem;
	uint64_t rg_size, rg_mask;	/* bytes of each direction */
	struct rumpuser_shmseg *rg_seg;
	unsigned int rg_index;		/* which ring of the segment */
	int rg_side;
	int rg_sock, rg_pidfd;
	int rg_peer;			/* its entry in the peer table */
	uint64_t rg_peerid;
	int rg_connected;
	int rg_canbar;			/* this process takes barriers */
	int rg_asym;			/* both do: see ringwait.c */

	/* 0, SHM_ENOTCONN, RUMPUSER_EOWNERDEAD, SHM_EPROTO; set once. */
	int rg_state;
	uint64_t rg_rung;		/* atomic, relaxed */

	OWN_LINES struct {
		unsigned char *data;
		uint64_t tail;		/* written so far */
		uint64_t pub;		/* and published */
		uint64_t head;		/* as last read from the peer */
		uint64_t skip;		/* before what is reserved */
		uint64_t fetched;	/* asked for up to here */
		size_t reserved;	/* NO_RESERVE: nothing is */
		uint64_t want;		/* a record refused for want of room */
	} rg_tx;

	OWN_LINES struct {
		const unsigned char *data;
		uint64_t head;		/* consumed so far */
		uint64_t pub;		/* and published */
		uint64_t tail;		/* as last read from the peer */
		const unsigned char *body;	/* of the current message */
		uint64_t cur;		/* bytes of its record; 0: none */
		uint64_t fetched;	/* asked for up to here */
		int linger;		/* see rx_linger() */
		unsigned int probe;	/* refreshes since it was tried */
		struct rumpuser_shmmsg msg;
	} rg_rx;

	OWN_LINES pthread_mutex_t rg_lock;
	pthread_cond_t rg_cv;
	int rg_leader;			/* a thread polls for all */
	struct {
		unsigned int spin;	/* rounds worth spinning */
		unsigned int probe;	/* waits since a full spin was tried */
		uint64_t slept, spun;
	} rg_wait[2];			/* of the receiver, of the sender */
};

static inline void
rumpuser__ring_relax(void)
{

#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#else
	__asm__ __volatile__("" : : : "memory");
#endif
}

static inline int
rumpuser__ring_state(const struct rumpuser_shmring *r)
{

	return __atomic_load_n(&r->rg_state, __ATOMIC_ACQUIRE);
}

/** Note what became of the peer, unless something is known already. */
void rumpuser__ring_setstate(struct rumpuser_shmring *r, int state);
/** Wake the peer that may have gone to sleep for @bit. */
void rumpuser__ring_bell(struct rumpuser_shmring *r, uint32_t bit);
/** Publish what was consumed. */
void rumpuser__ring_freed(struct rumpuser_shmring *r);
/** Take note of doorbells and death; host calls that do not block. */
void rumpuser__ring_look(struct rumpuser_shmring *r);

/** The fifo this end reads. */
static inline struct shm_fifo *
rumpuser__ring_rxfifo(const struct rumpuser_shmring *r)
{

	return &r->rg_mem->fifo[!r->rg_side];
}

/** The fifo this end writes. */
static inline struct shm_fifo *
rumpuser__ring_txfifo(const struct rumpuser_shmring *r)
{

	return &r->rg_mem->fifo[r->rg_side];
}

#endif /* _RUMPUSER_SHM_RING_H_ */
