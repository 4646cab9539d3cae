/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * barrier.c - the expensive side of an asymmetric memory barrier between
 * processes, by membarrier(2); what it is for stands in ringwait.c.
 *
 * Locking: none, the kernel keeps the state.
 */
#include "shm/shm.h"

#include <sys/syscall.h>

#include <linux/membarrier.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HOST_TSAN 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define HOST_TSAN 1
#endif

static int
membarrier(int cmd)
{

	return (int)syscall(SYS_membarrier, cmd, 0, 0);
}

/*
 * A registration is the process's, for as long as it runs; doing it again is
 * cheap, and a child of fork(2) does it for itself.  ThreadSanitizer does not
 * see what a membarrier orders: for it there is none.  RUMP_MEMBARRIER=no is
 * for tests.
 */
__noinline int
rumpuser__shm_barrier_init(void)
{
#ifdef HOST_TSAN
	return 0;
#else
	const char *env = getenv("RUMP_MEMBARRIER");
	int ok, serrno = errno;

	if (env != NULL && strcmp(env, "no") == 0)
		return 0;
	ok = membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0 &&
	    membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) == 0;
	errno = serrno;
	return ok;
#endif
}

__noinline int
rumpuser__shm_barrier(void)
{
	int error, serrno = errno;

	error = membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) == 0 ? 0 :
	    SHM_ENOSYS;
	errno = serrno;
	return error;
}
