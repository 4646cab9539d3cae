/* SPDX-License-Identifier: BSD-2-Clause */
/* localcount(9): reference counts kept per CPU. */
#ifndef _RUMP_PRIV_LOCALCOUNT_H_
#define _RUMP_PRIV_LOCALCOUNT_H_

#include <sys/types.h>

struct kcondvar;
struct kmutex;
struct percpu;

struct localcount {
	int64_t *lc_totalp;		/* set while draining */
	struct percpu *lc_percpu;	/* of int64_t */
};

void	localcount_init(struct localcount *);
/** Wait until nobody holds it; @mtx is held by the caller.  Sleeps. */
void	localcount_drain(struct localcount *, struct kcondvar *,
	    struct kmutex *);
void	localcount_fini(struct localcount *);
void	localcount_acquire(struct localcount *);
void	localcount_release(struct localcount *, struct kcondvar *,
	    struct kmutex *);

#endif /* _RUMP_PRIV_LOCALCOUNT_H_ */
