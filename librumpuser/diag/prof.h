/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prof.h - hooks for what dispatches work, such as the event engine: profile
 * and hang reports at the price of a load and a branch that is never taken
 * while both are off.
 *
 *	arming, posting:	rumpuser__prof_asked(item);
 *	calling its function:	rumpuser__run_begin(&run, item, 0, trigger,
 *				    RUMPUSER_PROF_FD, (void *)fn, "name");
 *				fn(...);	(the item may be gone now)
 *				rumpuser__run_end(&run);
 *
 * An item needs no room for it: what was asked for stands in a table by the
 * item's address, from which the oldest go when it is full.  Asking in any context,
 * the rest in ordinary code.
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

void rumpuser__prof_asked_slow(const void *item);
void rumpuser__run_begin_slow(struct rumpuser__run *run, const void *item,
    int stays, int64_t trigger, int type, const void *target,
    const char *what);
void rumpuser__run_end_slow(struct rumpuser__run *run);

/** What runs on this thread asks for @item. */
static inline void
rumpuser__prof_asked(const void *item)
{

	if (rumpuser__diag_on(DIAG_PROF))
		rumpuser__prof_asked_slow(item);
}

/**
 * It runs: it is asked for once (@stays 0) or until further notice; its event
 * came at @trigger (0: when it was asked for).  @what (NULL: none) names it in
 * hang reports and must stay while it runs.
 */
static inline void
rumpuser__run_begin(struct rumpuser__run *run, const void *item, int stays,
    int64_t trigger, int type, const void *target, const char *what)
{

	run->on = 0;
	if (rumpuser__diag_on(DIAG_PROF | DIAG_WATCH))
		rumpuser__run_begin_slow(run, item, stays, trigger, type,
		    target, what);
}

static inline void
rumpuser__run_end(struct rumpuser__run *run)
{

	if (__predict_false(run->on != 0))
		rumpuser__run_end_slow(run);
}

#endif /* _RUMPUSER_DIAG_PROF_H_ */
