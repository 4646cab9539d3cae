/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork.c - contexts across fork(2).
 *
 * Before it, what is in flight is waited for, and handlers that run on other
 * threads, which are to take no lock that the forking thread has; what is
 * queued stays queued, and
 * what is done but not delivered stays so: both processes go on with their
 * copy.  The child gets engines, eventfds and threads of its own, threads when
 * they are wanted.  Files that are open for writing stay the parent's: in the
 * child writes fail with EROFS and the descriptors are read-only ones.
 *
 * The child's part comes after those of the event engine and of the table of
 * descriptors, which by then are the child's own.
 *
 * Locking: from prepare to parent or child all locks of the service are held.
 */
#include "posix/fdtab.h"
#include "posix/fork.h"
#include "posix/hostfd.h"

#include <sys/eventfd.h>

#include <stdlib.h>
#include <unistd.h>

/* Times of a millisecond that a handler on another thread is waited for. */
#define PATIENCE	1000

static int
others(const struct rumpuser_aio *a)
{
	const struct aio_frame *fr;

	LIST_FOREACH(fr, &a->a_frames, fr_link)
		if (!pthread_equal(fr->fr_thread, pthread_self()))
			return 1;
	return 0;
}

/*
 * A handler that runs on another thread would be lost to the child, and what
 * it has locked stay locked there; one that waits for the forking thread must
 * not be waited for without end.
 */
static void
settle(struct rumpuser_aio *a)
{
	int patience = PATIENCE;

	a->a_frozen = 1;
	while (a->a_inflight > 0 || a->a_submitting)
		rumpuser__aio_reap(a, a->a_retired, -1);
	while (others(a) && patience-- > 0)
		rumpuser__aio_pause(a);
}

void
rumpuser__aio_fork_prepare(void)
{
	struct rumpuser_aio *a;

	rumpuser__fd_lock();
	pthread_mutex_lock(&rumpuser__aio_all_mtx);
	LIST_FOREACH(a, &rumpuser__aio_all, a_link) {
		pthread_mutex_lock(&a->a_mtx);
		settle(a);
	}
}

static void
unlock_all(void)
{
	struct rumpuser_aio *a;

	LIST_FOREACH(a, &rumpuser__aio_all, a_link) {
		if (a->a_ndone > 0)
			rumpuser__aio_notify(a);
		rumpuser__aio_kick(a);
		pthread_mutex_unlock(&a->a_mtx);
	}
	pthread_mutex_unlock(&rumpuser__aio_all_mtx);
	rumpuser__fd_unlock();
}

void
rumpuser__aio_fork_parent(void)
{
	struct rumpuser_aio *a;

	LIST_FOREACH(a, &rumpuser__aio_all, a_link) {
		a->a_frozen = 0;
		/* Somebody may sleep who left the queue to itself. */
		rumpuser__aio_submit(a, 1);
		if (a->a_nwaiters > 0)
			pthread_cond_broadcast(&a->a_cv);
	}
	unlock_all();
}

/* A new eventfd in the place of the parent's. */
static int
renew(int *fdp)
{

	if (*fdp == -1)
		return 0;
	close(*fdp);
	*fdp = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *fdp == -1 ? errno : 0;
}

/* The other threads are gone, and with them all that they had. */
static void
alone(struct rumpuser_aio *a)
{
	struct aio_frame *fr, *next;
	unsigned int i;

	/* Those that run on this thread do so in the child as well. */
	for (fr = LIST_FIRST(&a->a_frames); fr != NULL; fr = next) {
		next = LIST_NEXT(fr, fr_link);
		if (!pthread_equal(fr->fr_thread, pthread_self()))
			LIST_REMOVE(fr, fr_link);
	}
	a->a_indispatch = rumpuser__aio_inhandler(a, NULL);
	a->a_frozen = a->a_submitting = a->a_force = 0;
	a->a_reaping = a->a_blocked = a->a_idle = 0;
	a->a_armed = a->a_armwant = a->a_woken = a->a_sqleft = 0;
	a->a_nwaiters = 0;
	rumpuser__aio_init_cv(a);
	/* Cookies of threads that cannot be joined any more. */
	for (i = 0; i < a->a_nthreads; i++)
		free(a->a_threads[i]);
	free(a->a_thread);
	a->a_thread = NULL;
	a->a_nthreads = a->a_nidle = 0;
}

/*
 * What rumpuser_open() gave out has been replaced by a read-only opening, or
 * made a private view, which only transfers through the provider know.  Others
 * are shared with the parent, and just not written to.
 */
static void
refuse_writes(struct rumpuser_aiofile *f)
{
	struct rumpuser__overlay *ov;

	if (f->f_owndfd)
		close(f->f_dfd);
	f->f_dfd = -1;
	f->f_owndfd = 0;
	if (rumpuser__hostfd_mode(f->f_fd, &ov) == HOSTFD_PRIVATE) {
		f->f_private = 1;
		return;
	}
	if (f->f_writable)
		f->f_refused = 1;
	rumpuser__aio_file_direct(f);
}

/* 0 or the host's errno: then some of what it does has to be done slower. */
static int
rebuild(struct rumpuser_aio *a)
{
	struct rumpuser_aiofile *f;
	int error, error2;

	alone(a);
	a->a_eng->e_forget(a);
	error = renew(&a->a_wakefd);
	if (a->a_mode == AIO_TASK) {
		error2 = rumpuser__aio_task_renew(a, renew);
		error = error != 0 ? error : error2;
	}
	if (error != 0)
		a->a_attr.aa_engine = RUMPUSER_AIO_THREADS;
	(void)rumpuser__aio_engine_open(a);
	LIST_FOREACH(f, &a->a_files, f_link)
		refuse_writes(f);
	return error;
}

int
rumpuser__aio_fork_child(void)
{
	struct rumpuser_aio *a;
	int serrno = errno, error, first = 0;

	LIST_FOREACH(a, &rumpuser__aio_all, a_link) {
		error = rebuild(a);
		first = first != 0 ? first : error;
	}
	unlock_all();
	errno = serrno;
	return first;
}
