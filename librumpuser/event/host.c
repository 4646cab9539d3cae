/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c - time and waiting of the event engine on this host.
 * Locking: none.
 */
#include "event/impl.h"

#include <sched.h>
#include <time.h>

/* clock_gettime() of these clocks cannot fail; errno stays as it is. */
static int64_t
host_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int64_t
host_cputime(void)
{
	struct timespec ts;
	int serrno = errno;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts) == -1) {
		errno = serrno;
		return -1;
	}
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void
host_wait(pthread_cond_t *cv, pthread_mutex_t *mtx)
{

	pthread_cond_wait(cv, mtx);
}

static void
host_broadcast(pthread_cond_t *cv)
{

	pthread_cond_broadcast(cv);
}

static void
host_relax(void)
{

	sched_yield();
}

static const struct rumpuser__evhost evhost = {
	.eh_now = host_now,
	.eh_cputime = host_cputime,
	.eh_wait = host_wait,
	.eh_broadcast = host_broadcast,
	.eh_relax = host_relax,
};

const struct rumpuser__evhost *rumpuser__evhost = &evhost;

int64_t
rumpuser_event_now(void)
{

	return rumpuser__evhost->eh_now();
}
