/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * membarrier.c - the expensive side of an asymmetric memory barrier, by
 * membarrier(2).  Locking: the command is chosen once.
 */
#include "host.h"

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

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int command, registration;	/* 0: refused */

static int
membarrier(int cmd)
{

	return (int)syscall(SYS_membarrier, cmd, 0, 0);
}

static int
choose(int supported, int cmd, int reg)
{

	if ((supported & cmd) == 0 || membarrier(reg) == -1)
		return 0;
	command = cmd;
	registration = reg;
	return 1;
}

/*
 * Private is an interrupt for each processor that runs a thread of this
 * process; global, which older kernels may have alone, for each that runs any
 * registered process.  MEMBARRIER_CMD_GLOBAL without a registration waits for
 * tens of milliseconds: that is no help.
 *
 * ThreadSanitizer does not see what a membarrier orders: for it there is none.
 * RUMP_MEMBARRIER is for tests: "no", or "global".
 */
static void
init(void)
{
	const char *env = getenv("RUMP_MEMBARRIER");
	int supported;

#ifdef HOST_TSAN
	return;
#endif
	if (env != NULL && strcmp(env, "no") == 0)
		return;
	if ((supported = membarrier(MEMBARRIER_CMD_QUERY)) <= 0)
		return;
	if (env != NULL && strcmp(env, "global") == 0)
		supported &= ~MEMBARRIER_CMD_PRIVATE_EXPEDITED;
	if (!choose(supported, MEMBARRIER_CMD_PRIVATE_EXPEDITED,
	    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		(void)choose(supported, MEMBARRIER_CMD_GLOBAL_EXPEDITED,
		    MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
}

/* EPERM: not registered, of which a child of fork(2) is not assured. */
static int
barrier(void)
{

	if (membarrier(command) == 0)
		return 0;
	if (errno != EPERM || membarrier(registration) == -1 ||
	    membarrier(command) == -1)
		return ENOSYS;
	return 0;
}

int
rumpuser_membarrier(int op)
{
	int serrno = errno, error = 0;

	if (op != RUMPUSER_MEMBARRIER_INIT && op != RUMPUSER_MEMBARRIER_SYNC)
		return rumpuser__errtrans(EINVAL);
	pthread_once(&once, init);
	if (command == 0)
		error = ENOSYS;
	else if (op == RUMPUSER_MEMBARRIER_SYNC)
		error = barrier();
	errno = serrno;
	return rumpuser__errtrans(error);
}
