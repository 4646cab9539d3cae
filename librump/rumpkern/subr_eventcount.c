/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eventcounts and sequencers (rump-sys/eventcount.h).  ec_lock guards value and
 * waiters; each waiter has a condition variable of its own, so that an
 * advance wakes only whom it concerns.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/condvar.h>

#include <rump-sys/eventcount.h>

struct rump_ecwaiter {
	TAILQ_ENTRY(rump_ecwaiter) ew_entry;
	uint64_t ew_value;
	kcondvar_t ew_cv;
	bool ew_queued;
};

uint64_t
rump_sequencer_ticket(struct rump_sequencer *sq)
{

	return atomic_inc_64_nv(&sq->sq_next) - 1;
}

void
rump_ec_init(struct rump_eventcount *ec, int ipl)
{

	mutex_init(&ec->ec_lock, MUTEX_DEFAULT, ipl);
	ec->ec_value = 0;
	TAILQ_INIT(&ec->ec_waiters);
}

void
rump_ec_destroy(struct rump_eventcount *ec)
{

	KASSERT(TAILQ_EMPTY(&ec->ec_waiters));
	mutex_destroy(&ec->ec_lock);
}

uint64_t
rump_ec_read(struct rump_eventcount *ec)
{
	uint64_t value;

	mutex_enter(&ec->ec_lock);
	value = ec->ec_value;
	mutex_exit(&ec->ec_lock);
	return value;
}

uint64_t
rump_ec_advance(struct rump_eventcount *ec)
{
	struct rump_ecwaiter *ew;
	uint64_t value;

	mutex_enter(&ec->ec_lock);
	value = ++ec->ec_value;
	while ((ew = TAILQ_FIRST(&ec->ec_waiters)) != NULL &&
	    ew->ew_value <= value) {
		TAILQ_REMOVE(&ec->ec_waiters, ew, ew_entry);
		ew->ew_queued = false;
		cv_signal(&ew->ew_cv);
	}
	mutex_exit(&ec->ec_lock);
	return value;
}

/* Before the first that waits for more; in turn among equals. */
static void
waiter_insert(struct rump_eventcount *ec, struct rump_ecwaiter *ew)
{
	struct rump_ecwaiter *o;

	TAILQ_FOREACH_REVERSE(o, &ec->ec_waiters, rump_ecwaiters, ew_entry)
		if (o->ew_value <= ew->ew_value)
			break;
	if (o == NULL)
		TAILQ_INSERT_HEAD(&ec->ec_waiters, ew, ew_entry);
	else
		TAILQ_INSERT_AFTER(&ec->ec_waiters, o, ew, ew_entry);
	ew->ew_queued = true;
}

static int
await(struct rump_eventcount *ec, uint64_t value, bool sig, int timo)
{
	struct rump_ecwaiter ew = { .ew_value = value };
	int error = 0;

	mutex_enter(&ec->ec_lock);
	if (ec->ec_value < value) {
		cv_init(&ew.ew_cv, "eventcnt");
		waiter_insert(ec, &ew);
		while (ew.ew_queued && error == 0) {
			if (sig)
				error = cv_timedwait_sig(&ew.ew_cv,
				    &ec->ec_lock, timo);
			else
				cv_wait(&ew.ew_cv, &ec->ec_lock);
		}
		/* Its number may have come together with the signal. */
		if (ew.ew_queued)
			TAILQ_REMOVE(&ec->ec_waiters, &ew, ew_entry);
		else
			error = 0;
		cv_destroy(&ew.ew_cv);
	}
	mutex_exit(&ec->ec_lock);
	return error;
}

void
rump_ec_await(struct rump_eventcount *ec, uint64_t value)
{

	(void)await(ec, value, false, 0);
}

int
rump_ec_timedawait_sig(struct rump_eventcount *ec, uint64_t value, int timo)
{

	return await(ec, value, true, timo);
}
