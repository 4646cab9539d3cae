/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prof.h - hooks for what dispatches work, such as the event engine: profile
 * and hang reports at the price of a load and a branch that is never taken
 * while both are off.
 *
 *	arming, posting:	rumpuser__prof_request(&item->mark);
 *	its event has come:	rumpuser__prof_trigger(&item->mark);
 *	calling its function:	rumpuser__run_begin(&run, &item->mark,
 *				    RUMPUSER_PROF_FD, (void *)fn, "poll");
 *				fn(...);	(the item may be gone now)
 *				rumpuser__run_end(&run);
 *
 * The mark is zeroed with the item.  All of it in any context.
 */
#ifndef _RUMPUSER_DIAG_PROF_H_
#define _RUMPUSER_DIAG_PROF_H_

#include "diag/thread.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_diag.h>
#pragma GCC visibility pop

struct rumpuser__run {
	int on;				/* DIAG_* when it began */
	struct rumpuser_prof_run prof;
	struct rumpuser_watched watch;
};

void rumpuser__run_begin_slow(struct rumpuser__run *run,
    const struct rumpuser_prof_mark *pm, int type, const void *target,
    const char *what);
void rumpuser__run_end_slow(struct rumpuser__run *run);

static inline void
rumpuser__prof_request(struct rumpuser_prof_mark *pm)
{

	if (rumpuser__diag_on(DIAG_PROF))
		rumpuser_prof_request(pm);
}

static inline void
rumpuser__prof_trigger(struct rumpuser_prof_mark *pm)
{

	if (rumpuser__diag_on(DIAG_PROF))
		rumpuser_prof_trigger(pm);
}

/** @what (may be NULL) names the work in hang reports; a constant string. */
static inline void
rumpuser__run_begin(struct rumpuser__run *run,
    const struct rumpuser_prof_mark *pm, int type, const void *target,
    const char *what)
{

	run->on = 0;
	if (rumpuser__diag_on(DIAG_PROF | DIAG_WATCH))
		rumpuser__run_begin_slow(run, pm, type, target, what);
}

static inline void
rumpuser__run_end(struct rumpuser__run *run)
{

	if (__predict_false(run->on != 0))
		rumpuser__run_end_slow(run);
}

#endif /* _RUMPUSER_DIAG_PROF_H_ */
