/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lockdump.c - one dump at a time, and faults inside of one.
 * Locking: owner is the thread id of who dumps, taken by compare and swap and
 * waited for with naps, so that a signal handler may; guard is the thread's.
 */
#include "diag/dump.h"
#include "diag/thread.h"

#include <sys/syscall.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

/* A dump that takes longer is stuck; then others go on without theirs. */
#define PATIENCE	5000	/* milliseconds */

static int owner;
static __thread sigjmp_buf *guard
    __attribute__((__tls_model__("initial-exec")));

int
rumpuser__dump_mine(void)
{

	return __atomic_load_n(&owner, __ATOMIC_RELAXED) ==
	    (int)syscall(SYS_gettid);
}

int
rumpuser__dump_lock(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	const int self = (int)syscall(SYS_gettid);
	int i, none;

	for (i = 0; i < PATIENCE; i++) {
		none = 0;
		if (__atomic_compare_exchange_n(&owner, &none, self, 0,
		    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return 0;
		if (none == self)
			return EDEADLK;
		nanosleep(&ms, NULL);
	}
	return EBUSY;
}

void
rumpuser__dump_unlock(void)
{

	__atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
}

/*
 * The jump leaves the walker where it is: walkers hold no lock and own no
 * memory, so nothing is lost with them.  Guards do not nest.
 */
void
rumpuser__guarded(struct rumpuser_dump *d, rumpuser_dump_fn fn, void *arg)
{
	sigjmp_buf env;
	sigjmp_buf *volatile before = guard;

	if (sigsetjmp(env, 1) != 0) {
		guard = before;
		rumpuser_dump_printf(d, "\n  (a fault; the rest is lost)\n");
		return;
	}
	guard = &env;
	fn(d, arg);
	guard = before;
}

void
rumpuser__guard_fault(void)
{
	sigjmp_buf *to = guard;

	if (to != NULL) {
		guard = NULL;
		siglongjmp(*to, 1);
	}
}

void
rumpuser__dump_forked(void)
{

	rumpuser__dump_unlock();
	rumpuser__threadsig_forked();
}
