/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork.c - the host layer over fork(2) (rump/rumpuser_fork.h).
 *
 * The parts are stopped one after another in the order of their locks: first
 * who uses others, last who is used by all; they are let go the other way
 * round.
 *
 * Locking: hooks_mtx guards the list of hooks, and is held over the fork so
 * that a hook that is being added is either in both processes or in none.
 */
#include "event/rcu.h"
#include "host.h"
#include "posix/fork.h"
#include "posix/hostfd.h"

#include <stdlib.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_fork.h>
#pragma GCC visibility pop

static pthread_mutex_t hooks_mtx = PTHREAD_MUTEX_INITIALIZER;
static struct rumpuser_forkhook *hooks;	/* the latest first */

/* The child's own outcome: the host's errno. */
static int status;

static const struct part {
	void (*prepare)(void);
	void (*parent)(void);
	int (*child)(void);
} parts[] = {
#define PART(name)							\
	{ rumpuser__##name##_fork_prepare, rumpuser__##name##_fork_parent, \
	    rumpuser__##name##_fork_child }
	PART(handlers),
	PART(aio),
	PART(rcu),
	PART(event),
	PART(fault),
	PART(hostfd),
	PART(console),
};
#define NPARTS	(int)(sizeof(parts) / sizeof(parts[0]))

void
rumpuser_fork_hook(struct rumpuser_forkhook *hook)
{

	pthread_mutex_lock(&hooks_mtx);
	hook->fh_next = hooks;
	hooks = hook;
	pthread_mutex_unlock(&hooks_mtx);
}

void
rumpuser_fork_unhook(struct rumpuser_forkhook *hook)
{
	struct rumpuser_forkhook **hp;

	pthread_mutex_lock(&hooks_mtx);
	for (hp = &hooks; *hp != NULL; hp = &(*hp)->fh_next) {
		if (*hp == hook) {
			*hp = hook->fh_next;
			break;
		}
	}
	pthread_mutex_unlock(&hooks_mtx);
}

int
rumpuser_fork_status(void)
{

	return rumpuser__errtrans(status);
}

static void
prepare(void)
{
	struct rumpuser_forkhook *h;
	int i;

	pthread_mutex_lock(&hooks_mtx);
	for (h = hooks; h != NULL; h = h->fh_next)
		if (h->fh_prepare != NULL)
			h->fh_prepare(h->fh_arg);
	for (i = 0; i < NPARTS; i++)
		parts[i].prepare();
}

/* The earliest first; the list has the latest in front. */
static void
call_hooks(struct rumpuser_forkhook *h, int child)
{
	void (*fn)(void *);

	if (h == NULL)
		return;
	call_hooks(h->fh_next, child);
	fn = child ? h->fh_child : h->fh_parent;
	if (fn != NULL)
		fn(h->fh_arg);
}

static void
parent(void)
{
	int i;

	for (i = NPARTS; i-- > 0;)
		parts[i].parent();
	call_hooks(hooks, 0);
	pthread_mutex_unlock(&hooks_mtx);
}

static void
child(void)
{
	int i, error;

	status = 0;
	for (i = NPARTS; i-- > 0;) {
		error = parts[i].child();
		if (status == 0)
			status = error;
	}
	call_hooks(hooks, 1);
	pthread_mutex_unlock(&hooks_mtx);
}

/*
 * No memory for three pointers at load time: there is nobody to tell, and
 * fork(2) then is what it is for any other program with threads.
 */
__attribute__((__constructor__)) static void
fork_init(void)
{

	status = pthread_atfork(prepare, parent, child);
}
