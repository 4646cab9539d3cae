/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eventcounts and sequencers (Reed and Kanodia, CACM 22(2), 1979), an
 * extension of ours: numbers that rise, and waiting for one of them.
 *
 * With numbers from a sequencer an eventcount orders entry: who awaits its own
 * number and advances when it leaves, is inside alone and after all with
 * lower numbers, in whatever order they come.
 */
#ifndef _RUMP_SYS_EVENTCOUNT_H_
#define _RUMP_SYS_EVENTCOUNT_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <sys/queue.h>

/** Gives each caller the next number, from 0; zeroed to begin with. */
struct rump_sequencer {
	volatile uint64_t sq_next;
};
uint64_t rump_sequencer_ticket(struct rump_sequencer *);

struct rump_ecwaiter;
struct rump_eventcount {
	kmutex_t ec_lock;
	uint64_t ec_value;
	TAILQ_HEAD(rump_ecwaiters, rump_ecwaiter) ec_waiters; /* lowest number first */
};

/** A value of 0. @ipl: the highest level that advances it. */
void	rump_ec_init(struct rump_eventcount *, int ipl);
/** Nobody waits any more. */
void	rump_ec_destroy(struct rump_eventcount *);
uint64_t rump_ec_read(struct rump_eventcount *);
/** Add 1; those whose number this is wake, and no others.  The value. */
uint64_t rump_ec_advance(struct rump_eventcount *);
/** Sleep until the value is at least this. */
void	rump_ec_await(struct rump_eventcount *, uint64_t);
/** The same for at most @timo ticks (0: for ever), or until a signal:
 * EWOULDBLOCK, EINTR, ERESTART. */
int	rump_ec_timedawait_sig(struct rump_eventcount *, uint64_t, int timo);

#endif /* _RUMP_SYS_EVENTCOUNT_H_ */
