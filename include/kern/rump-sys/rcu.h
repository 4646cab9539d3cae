/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-copy update, an extension beside pserialize(9): what readers may hold
 * is unlinked first and freed a grace period later, by a callback.
 *
 * A read section costs nothing and holds the virtual CPU: no sleeping in one.
 * A grace period has passed when each virtual CPU was given up once or was
 * free; so lwps that sleep or are blocked in the host, and idle CPUs, delay
 * nobody.
 */
#ifndef _RUMP_SYS_RCU_H_
#define _RUMP_SYS_RCU_H_

#include <sys/types.h>
#include <sys/pserialize.h>

/** Begin and end a read section; sections nest. */
#define rump_rcu_read_enter()	((void)pserialize_read_enter())
#define rump_rcu_read_exit()	pserialize_read_exit(0)

/** Make an initialised object visible to readers; look at one as a reader. */
#define rump_rcu_publish(p, v)						\
	__atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define rump_rcu_lookup(p)						\
	__atomic_load_n(&(p), __ATOMIC_CONSUME)

/** Embedded in what is to be freed. */
struct rump_rcu_head {
	struct rump_rcu_head *rh_next;
	void (*rh_func)(struct rump_rcu_head *);
};

/** Wait for a grace period.  Not in a read section.  May sleep. */
void	rump_rcu_synchronize(void);

#define RUMP_RCU_SLEEP		0	/* wait while too many are pending */
#define RUMP_RCU_NOSLEEP	1	/* EAGAIN instead */
/**
 * Have @fn called, by a kernel thread that may sleep, a grace period from now;
 * in the order of the calls.  From any context with RUMP_RCU_NOSLEEP; a
 * callback itself is never held up.  0, EAGAIN.
 */
int	rump_rcu_call(struct rump_rcu_head *, void (*)(struct rump_rcu_head *),
	    int);
/** Wait until the callbacks of all earlier calls have returned.  EDEADLK: in
 * a callback.  May sleep. */
int	rump_rcu_barrier(void);
/** How many callbacks may be pending (default 10000); EINVAL: 0. */
int	rump_rcu_setlimit(unsigned int);

struct rump_rcu_stats {
	uint64_t rs_calls;		/* taken by rump_rcu_call() */
	uint64_t rs_done;		/* callbacks that have returned */
	uint64_t rs_periods;		/* grace periods waited for by these */
	uint64_t rs_full;		/* times that too many were pending */
};
void	rump_rcu_stats(struct rump_rcu_stats *);

#endif /* _RUMP_SYS_RCU_H_ */
