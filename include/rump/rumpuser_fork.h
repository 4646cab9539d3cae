/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_fork.h - fork(2) of a process that uses the host layer.  An
 * extension of ours to the hypercalls of rumpuser(3); see rumpuser_fork(3).
 *
 * The program calls fork(2); the host layer hears of it (pthread_atfork(3)).
 * I/O under way is finished first.  In the child
 *  - tasks, timers, queued work and polls are there as they were, with
 *    descriptors of the child's own behind them; the threads that ran them are
 *    not, so that the child runs them itself; the default task has its
 *    thread again when somebody uses it;
 *  - AIO contexts work, with new queues of the host's;
 *  - a file or block device that was open for writing stays the parent's:
 *    writing to it fails with EROFS, reading goes on.  For one that was
 *    named to rumpuser_fork_private() what the child writes is kept in its
 *    memory, and only the child sees it.
 *
 * vfork(2), posix_spawn(3) and _Fork(3) do none of this and need none before
 * an exec: descriptors are close-on-exec.
 */
#ifndef _RUMP_RUMPUSER_FORK_H_
#define _RUMP_RUMPUSER_FORK_H_

#include <rump/rumpuser.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * From the next fork on, what a child writes to descriptor @fd of
 * rumpuser_open() goes to a private copy-on-write view in the child's memory.
 * It sees the file as it is below that: what the parent goes on to write
 * shows through where the child has not written.  EBADF.
 */
int rumpuser_fork_private(int fd);

/**
 * In a child: 0, or the first error in making what it needs of its own (EMFILE,
 * ENOMEM ...).  What failed does not work in the child; the rest does.
 */
int rumpuser_fork_status(void);

/**
 * Somebody else who must hear of forks; caller's memory, fh_next is private.
 * Any of the functions may be NULL.  prepare: before everything else, the
 * latest hook first; parent, child: after everything else, the earliest first.
 * They are called on the thread that forks, with no lock of the host layer
 * held, and may use it.
 */
struct rumpuser_forkhook {
	void (*fh_prepare)(void *arg);
	void (*fh_parent)(void *arg);
	void (*fh_child)(void *arg);
	void *fh_arg;
	struct rumpuser_forkhook *fh_next;
};
/** Add a hook, and take it back.  Not from a hook. */
void rumpuser_fork_hook(struct rumpuser_forkhook *hook);
void rumpuser_fork_unhook(struct rumpuser_forkhook *hook);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_FORK_H_ */
