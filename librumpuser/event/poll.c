/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.c - watched descriptors.  Locking: the task's, under which the poller is
 * told, too (a host call that does not sleep).
 *
 * A task's table has an entry for each descriptor, in chunks that stay where
 * they are.  What the poller hands back with an event is the number and the
 * generation of the entry, never an address: an event that was harvested
 * before its poll was cancelled finds another generation and is dropped.
 *
 * The host keeps watching an open file whose descriptor was closed while
 * another one (of a dup, a child process) is open, and there is no way to tell
 * it to stop.  Such events show themselves: they come in rounds that began
 * after the poll was gone.  The poller is made anew then.
 */
#include "event/impl.h"

#include <stdlib.h>

#define CONDITIONS	(RUMPUSER_POLL_IN | RUMPUSER_POLL_PRI |		\
    RUMPUSER_POLL_OUT | RUMPUSER_POLL_ERR | RUMPUSER_POLL_HUP |		\
    RUMPUSER_POLL_RDHUP)
#define ALWAYS		(RUMPUSER_POLL_ERR | RUMPUSER_POLL_HUP)
#define MODES		(RUMPUSER_POLL_EDGE | RUMPUSER_POLL_ONESHOT)

void
rumpuser_poll_init1(struct rumpuser_poll *p, struct rumpuser_task *task,
    int fd, rumpuser_event_fn fn, void *env, const char *name)
{

	rumpuser__event_init(&p->p_ev, EV_POLL, task, fn, env, name);
	p->p_fd = fd;
	p->p_mask = 0;
}

struct fd_entry *
rumpuser__fd_entry(struct rumpuser_task *task, int fd)
{
	unsigned int chunk = (unsigned int)fd / FD_CHUNK;

	if (fd < 0 || chunk >= task->t_nchunks || task->t_fds[chunk] == NULL)
		return NULL;
	return &task->t_fds[chunk][(unsigned int)fd % FD_CHUNK];
}

/* The same, made if need be; NULL: no memory. */
static struct fd_entry *
entry_make(struct rumpuser_task *task, int fd)
{
	unsigned int chunk = (unsigned int)fd / FD_CHUNK, i;
	struct fd_entry **fds;

	if (chunk >= task->t_nchunks) {
		fds = realloc(task->t_fds, (chunk + 1) * sizeof(*fds));
		if (fds == NULL)
			return NULL;
		for (i = task->t_nchunks; i <= chunk; i++)
			fds[i] = NULL;
		task->t_fds = fds;
		task->t_nchunks = chunk + 1;
	}
	if (task->t_fds[chunk] == NULL)
		task->t_fds[chunk] = calloc(FD_CHUNK,
		    sizeof(struct fd_entry));
	return rumpuser__fd_entry(task, fd);
}

static uint64_t
data(int fd, const struct fd_entry *fe)
{

	return (uint64_t)fe->fe_gen << 32 | (uint32_t)fd;
}

/*
 * Tell the poller.  fe_added is what we believe; the host forgets a descriptor
 * that was closed, and remembers one that fired once.
 */
static int
tell(struct rumpuser_task *task, struct fd_entry *fe, int fd, uint32_t mask)
{
	const struct poller_ops *ops = task->t_ops;
	uint64_t d = data(fd, fe);
	int error;

	if (fe->fe_added) {
		error = ops->po_modify(task->t_poller, fd, mask, d);
		if (error == ENOENT)
			error = ops->po_add(task->t_poller, fd, mask, d);
	} else {
		error = ops->po_add(task->t_poller, fd, mask, d);
		if (error == EEXIST)
			error = ops->po_modify(task->t_poller, fd, mask, d);
	}
	fe->fe_added = error == 0;
	return error;
}

/* Nobody watches @fe any more. */
static void
vacate(struct rumpuser_task *task, struct fd_entry *fe)
{

	ev_setstate(&fe->fe_poll->p_ev, EVS_IDLE);
	fe->fe_poll = NULL;
	fe->fe_gen++;
	fe->fe_gone = atomic_load(&task->t_round);
	count(&task->t_npolls, (uint64_t)-1);
}

static void
occupy(struct rumpuser_task *task, struct fd_entry *fe,
    struct rumpuser_poll *p)
{

	fe->fe_poll = p;
	ev_setstate(&p->p_ev, EVS_ARMED);
	count(&task->t_npolls, 1);
}

/*
 * @p wants a descriptor that another one has.  If the host knows it no more,
 * that one's was closed and the number is a new one's.
 */
static int
take_over(struct rumpuser_task *task, struct fd_entry *fe,
    struct rumpuser_poll *p, uint32_t mask)
{
	uint64_t d = (uint64_t)(fe->fe_gen + 1) << 32 | (uint32_t)p->p_fd;
	int error;

	error = task->t_ops->po_add(task->t_poller, p->p_fd, mask, d);
	if (error == 0) {
		vacate(task, fe);
		occupy(task, fe, p);
	} else if (error == EEXIST)
		count(&task->t_count.duppolls, 1);
	return error;
}

int
rumpuser__poll_enable(struct rumpuser_task *task, struct rumpuser_poll *p,
    uint32_t mask)
{
	struct fd_entry *fe;
	int error;

	if ((fe = entry_make(task, p->p_fd)) == NULL)
		return ENOMEM;
	if (fe->fe_poll != NULL && fe->fe_poll != p)
		error = take_over(task, fe, p, mask);
	else {
		error = tell(task, fe, p->p_fd, mask);
		if (error == 0 && fe->fe_poll == NULL)
			occupy(task, fe, p);
	}
	if (error == 0) {
		p->p_mask = mask;
		rumpuser__prof_asked(&p->p_ev);
	}
	return error;
}

int
rumpuser_poll_enable(struct rumpuser_poll *p, uint32_t mask)
{
	struct rumpuser_task *task = p->p_ev.ev_task;
	int serrno = errno, error;

	if ((mask & ~(CONDITIONS | MODES)) != 0)
		return ERR(EINVAL);
	if (p->p_fd < 0)
		return ERR(EBADF);
	task_lock(task);
	error = rumpuser__poll_enable(task, p, mask);
	task_unlock(task);
	/* A message can block, so not under the lock. */
	if (error == EEXIST)
		rumpuser_dprintf("rumpuser: task %s: another poll watches "
		    "descriptor %d already, so %s cannot\n", task->t_name,
		    p->p_fd, p->p_ev.ev_name);
	errno = serrno;
	return ERR(error);
}

int
rumpuser__poll_disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct rumpuser_poll *p = (struct rumpuser_poll *)(void *)ev;
	struct fd_entry *fe = rumpuser__fd_entry(task, p->p_fd);
	int serrno = errno;

	if (fe == NULL || fe->fe_poll != p)
		return 0;
	/* Not known, not open: it is gone, which is what is wanted. */
	(void)task->t_ops->po_remove(task->t_poller, p->p_fd);
	fe->fe_added = 0;
	vacate(task, fe);
	errno = serrno;
	return 1;
}

/*
 * The poll an event is for, and which of its conditions still matter.  The
 * first delivery of a one-shot disarms it; the host has done so already.
 */
static struct rumpuser_poll *
resolve(struct rumpuser_task *task, const struct poller_event *pe,
    uint32_t *maskp, int *orphanp)
{
	int fd = (int)(pe->pe_data & 0xffffffffU);
	struct fd_entry *fe = rumpuser__fd_entry(task, fd);
	struct rumpuser_poll *p;

	if (fe == NULL)
		return NULL;
	p = fe->fe_poll;
	if (p == NULL || fe->fe_gen != (uint32_t)(pe->pe_data >> 32)) {
		count(&task->t_count.stale, 1);
		if (atomic_load_explicit(&task->t_round,
		    memory_order_relaxed) - fe->fe_gone >= 2)
			*orphanp = 1;
		return NULL;
	}
	*maskp = pe->pe_mask & (p->p_mask | ALWAYS) & CONDITIONS;
	if (*maskp == 0)
		return NULL;
	if (p->p_mask & RUMPUSER_POLL_ONESHOT)
		vacate(task, fe);
	return p;
}

static void
reset(struct rumpuser_task *task)
{
	int error = task->t_ops->po_reset(task->t_poller, 0);

	if (error == 0)
		error = rumpuser__poll_readd(task);
	if (error != 0)
		rumpuser_dprintf("rumpuser: task %s: a closed descriptor is "
		    "still reported and the poller cannot be made anew "
		    "(error %d)\n", task->t_name, error);
}

/* The event that the poller's event is, with its argument; NULL: none now. */
static struct rumpuser_event *
event(struct rumpuser_task *task, const struct poller_event *pe,
    uintptr_t *argp, int *errorp, int *orphanp)
{
	struct rumpuser_event *ev;
	struct rumpuser_poll *p;
	struct poller_io *pi;
	uint32_t mask;

	if (pe->pe_mask != POLLER_IO_EVENT) {
		*errorp = 0;
		if ((p = resolve(task, pe, &mask, orphanp)) == NULL)
			return NULL;
		*argp = mask;
		return &p->p_ev;
	}
	if ((pi = task->t_ops->po_take(task->t_poller, pe->pe_data)) == NULL ||
	    (ev = rumpuser__chan_done(task, pi)) == NULL)
		return NULL;
	*argp = ev->ev_arg;
	*errorp = ev->ev_error;
	return ev;
}

unsigned int
rumpuser__poll_run(struct rumpuser_task *task, unsigned int n)
{
	struct rumpuser_event *ev;
	rumpuser_event_fn fn;
	unsigned int i, ran = 0;
	int orphan = 0, error = 0;
	uintptr_t arg = 0;
	void *env;

	if (n == 0)
		return 0;
	task_lock(task);
	for (i = 0; i < n; i++) {
		ev = event(task, &task->t_events[i], &arg, &error, &orphan);
		if (ev == NULL)
			continue;
		fn = ev->ev_fn;
		env = ev->ev_env;
		task_begin(task, ev);
		task_unlock(task);
		fn(env, arg, error);
		task_lock(task);
		task_finish(task);
		ran++;
	}
	if (__predict_false(orphan))
		reset(task);
	task_unlock(task);
	count(&task->t_count.polls, ran);
	return ran;
}

/* All of the table into a poller that knows none of it; the first error. */
int
rumpuser__poll_readd(struct rumpuser_task *task)
{
	struct fd_entry *fe;
	unsigned int i, max = task->t_nchunks * FD_CHUNK;
	int error, first = 0;

	for (i = 0; i < max; i++) {
		fe = rumpuser__fd_entry(task, (int)i);
		if (fe == NULL)
			continue;
		fe->fe_added = 0;
		fe->fe_gone = atomic_load(&task->t_round);
		if (fe->fe_poll == NULL)
			continue;
		error = tell(task, fe, (int)i, fe->fe_poll->p_mask);
		/* Closed behind our back: nothing to watch. */
		if (error != 0 && error != EBADF && first == 0)
			first = error;
	}
	return first;
}

void
rumpuser__poll_fini(struct rumpuser_task *task)
{
	unsigned int i;

	for (i = 0; i < task->t_nchunks; i++)
		free(task->t_fds[i]);
	free(task->t_fds);
}
