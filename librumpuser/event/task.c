/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * task.c - tasks: making them, their rounds, stopping.
 * Locking: see impl.h.  t_runs makes the thread that runs a task its only one.
 */
#include "event/impl.h"
#include "event/rcu.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_POLLS	64
#define MAX_STEPS	128
#define MAX_LIMIT	65536
#define SLICE		(NSEC_PER_SEC / 1000)
#define HEARTBEAT	NSEC_PER_SEC

static __thread struct rumpuser_task *current
    __attribute__((__tls_model__("initial-exec")));

/* Not inlined: no caller keeps the address of the thread-local. */
__noinline struct rumpuser_task *
rumpuser__task_current(void)
{

	return current;
}

__noinline void
rumpuser__task_setcurrent(struct rumpuser_task *task)
{

	current = task;
}

struct rumpuser_task *
rumpuser_task_self(void)
{

	return rumpuser__task_current();
}

int
rumpuser__task_mine(struct rumpuser_task *task)
{
	struct rumpuser_task *t;

	for (t = rumpuser__task_current(); t != NULL; t = t->t_outer)
		if (t == task)
			return 1;
	return 0;
}

/*
 * Making and freeing.
 */
static int
attr_set(struct rumpuser_task *task, const struct rumpuser_task_attr *attr,
    const char *name)
{
	struct rumpuser_task_attr *a = &task->t_attr;

	if (attr != NULL)
		*a = *attr;
	if (a->ta_max_polls == 0)
		a->ta_max_polls = MAX_POLLS;
	if (a->ta_max_steps == 0)
		a->ta_max_steps = MAX_STEPS;
	if (a->ta_slice_ns == 0)
		a->ta_slice_ns = SLICE;
	if (a->ta_max_polls > MAX_LIMIT || a->ta_max_steps > MAX_LIMIT ||
	    a->ta_slice_ns < 0 || (a->ta_flags & ~RUMPUSER_TASK_TICKLESS))
		return EINVAL;
	if (a->ta_name != NULL)
		name = a->ta_name;
	/* Of a path the end says more than the beginning. */
	if (strlen(name) >= sizeof(task->t_name))
		name += strlen(name) - sizeof(task->t_name) + 1;
	strcpy(task->t_name, name);
	a->ta_name = task->t_name;
	return 0;
}

static int
poller_make(struct rumpuser_task *task)
{
	unsigned int max = task->t_attr.ta_max_polls;
	int error;

	switch (task->t_attr.ta_poller) {
	case RUMPUSER_POLLER_DEFAULT:
	case RUMPUSER_POLLER_EPOLL:
		task->t_ops = &rumpuser__poller_epoll;
		error = task->t_ops->po_create(&task->t_poller, max);
		if (error != ENOSYS)
			return error;
		if (task->t_attr.ta_poller == RUMPUSER_POLLER_EPOLL)
			return EOPNOTSUPP;
		/* FALLTHROUGH */
	case RUMPUSER_POLLER_TIMERFD:
		task->t_ops = &rumpuser__poller_timerfd;
		return task->t_ops->po_create(&task->t_poller, max);
	case RUMPUSER_POLLER_IOURING:
		task->t_ops = &rumpuser__poller_uring;
		return task->t_ops->po_create(&task->t_poller, max);
	default:
		return EINVAL;
	}
}

static void
stopped(void *env, uintptr_t arg, int error)
{
	struct rumpuser_task *task = env;

	(void)arg;
	(void)error;
	task->t_stopped = 1;
}

static void
task_init(struct rumpuser_task *task)
{

	pthread_mutex_init(&task->t_lock, NULL);
	pthread_cond_init(&task->t_cv, NULL);
	timerwheel_init(&task->t_wheel, rumpuser_event_now());
	rumpuser__signal_init(task);
	rumpuser_work_init1(&task->t_stopwork, task, RUMPUSER_PRIO_LOW,
	    stopped, task, "stop");
	rumpuser__event_init(&task->t_call, EV_WORK, task, NULL, NULL,
	    "call");
	task->t_slice_odometer = UINT64_MAX;
}

static int
task_create(struct rumpuser_task **taskp,
    const struct rumpuser_task_attr *attr, const char *name)
{
	struct rumpuser_task *task;
	int error;

	task = aligned_alloc(_Alignof(struct rumpuser_task), sizeof(*task));
	if (task == NULL)
		return ENOMEM;
	memset(task, 0, sizeof(*task));
	if ((error = attr_set(task, attr, name)) != 0)
		goto fail;
	error = ENOMEM;
	task->t_events = calloc(task->t_attr.ta_max_polls,
	    sizeof(*task->t_events));
	if (task->t_events == NULL || (error = poller_make(task)) != 0)
		goto fail;
	task_init(task);
	rumpuser__registry_addtask(task);
	*taskp = task;
	return 0;
fail:
	free(task->t_events);
	free(task);
	return error;
}

int
rumpuser_task_create1(struct rumpuser_task **taskp,
    const struct rumpuser_task_attr *attr, const char *name)
{
	int serrno = errno, error;

	error = task_create(taskp, attr, name);
	errno = serrno;
	return ERR(error);
}

static int
armed(struct rumpuser_task *task)
{

	rumpuser__work_drain(task);
	/* A stop that nobody waits for keeps nobody. */
	(void)rumpuser__work_disarm(task, &task->t_stopwork.w_ev);
	return task->t_nwork != 0 || rumpuser__call_count(task) != 0 ||
	    task->t_wheel.tw_count != 0 ||
	    atomic_load(&task->t_npolls) != 0 || task->t_nsignals != 0 ||
	    atomic_load(&task->t_nsources) != 0;
}

int
rumpuser_task_destroy(struct rumpuser_task *task)
{
	int serrno = errno, busy;

	task_lock(task);
	busy = task->t_runs || task->t_waiters != (unsigned int)task->t_frozen ||
	    armed(task);
	task_unlock(task);
	if (busy)
		return ERR(EBUSY);
	/* Who has posted something that was handled may still be there. */
	while (atomic_load_explicit(&task->t_holds, memory_order_acquire) != 0)
		rumpuser__evhost->eh_relax();
	rumpuser__registry_deltask(task);
	task->t_ops->po_destroy(task->t_poller);
	rumpuser__signal_fini(task);
	rumpuser__poll_fini(task);
	rumpuser__call_fini(task);
	pthread_cond_destroy(&task->t_cv);
	pthread_mutex_destroy(&task->t_lock);
	free(task->t_events);
	free(task);
	errno = serrno;
	return 0;
}

/*
 * Rounds.
 */

/*
 * Is there work, or a timer that is due?  *@untilp: the next timer, if that is
 * sooner.
 */
static int
busy(struct rumpuser_task *task, int64_t now, int64_t *untilp)
{
	int64_t next;
	int yes;

	task_lock(task);
	next = timerwheel_next(&task->t_wheel);
	yes = atomic_load(&task->t_inbox) != NULL || task->t_queued != 0 ||
	    next <= now;
	if (next < *untilp)
		*untilp = next;
	task->t_until = *untilp;
	task_unlock(task);
	return yes;
}

/*
 * Until when may the task sleep?  0: there is something to do.  Otherwise
 * t_sleeping is set, and who gives it something to do wakes it: see work.c.
 * It is not set before there seems to be nothing, since nobody is to wake a
 * task that does not go to sleep.
 */
static int64_t
plan(struct rumpuser_task *task, int64_t now, int64_t until)
{

	if (rumpuser__source_ready(task, &until) || until <= now ||
	    busy(task, now, &until) || rumpuser__source_prepare(task))
		return 0;
	if ((task->t_attr.ta_flags & RUMPUSER_TASK_TICKLESS) == 0 &&
	    until - now > HEARTBEAT)
		until = now + HEARTBEAT;
	atomic_store(&task->t_sleeping, 1);
	if (!rumpuser__call_last(task) && !busy(task, now, &until) &&
	    atomic_exchange(&task->t_woken, 0) == 0)
		return until;
	atomic_store(&task->t_sleeping, 0);
	return 0;
}

/* The virtual CPU is given up only for a wait. */
static int
harvest(struct rumpuser_task *task, int64_t now, int64_t until,
    unsigned int *np)
{
	int error, cookie;

	if (until == 0)
		return task->t_ops->po_wait(task->t_poller, task->t_events,
		    np, now, 0);
	count(&task->t_count.sleeps, 1);
	cookie = rumpuser__unschedule(NULL);
	rumpuser__rcu_idle();
	error = task->t_ops->po_wait(task->t_poller, task->t_events, np, now,
	    until);
	if (rumpuser__diag_on(DIAG_PROF))
		task->t_came = rumpuser_event_now();
	rumpuser__rcu_busy();
	rumpuser__schedule(cookie, NULL);
	atomic_store(&task->t_sleeping, 0);
	return error;
}

/*
 * One round, sleeping until @until at most if there is nothing to do (0: not at
 * all).  Without a descriptor there is nobody to ask, unless a foreign loop is
 * to see that the wake-up has been noticed.
 */
static int
turn(struct rumpuser_task *task, int64_t until, unsigned int *nranp)
{
	unsigned int steps = task->t_attr.ta_max_steps, nev = 0, ran;
	int64_t now = rumpuser_event_now();
	int error = 0, others = 0;

	atomic_store_explicit(&task->t_heartbeat, now, memory_order_relaxed);
	atomic_store_explicit(&task->t_round, atomic_load_explicit(
	    &task->t_round, memory_order_relaxed) + 1, memory_order_relaxed);
	count(&task->t_count.rounds, 1);
	if (until != 0) {
		until = plan(task, now, until);
		others = until == 0;
	}
	if (until != 0 || task->t_foreign || atomic_load(&task->t_npolls) != 0)
		error = harvest(task, now, until, &nev);
	if (error != 0)
		return error;
	if (__predict_false(atomic_load_explicit(&rumpuser__event_frozen,
	    memory_order_relaxed) != 0)) {
		task_lock(task);
		rumpuser__event_park(task);
		task_unlock(task);
	}
	ran = rumpuser__poll_run(task, nev);
	ran += rumpuser__source_run(task, steps);
	ran += rumpuser__call_run(task, steps, now, others);
	ran += rumpuser__work_run(task, steps);
	ran += rumpuser__timer_run(task, steps);
	if (ran > 0)
		rumpuser__rcu_round();
	*nranp = ran;
	return 0;
}

/* Become the one who runs the task. */
static int
enter(struct rumpuser_task *task)
{
	int busy, error;

	if ((error = rumpuser__rcu_enter()) != 0)
		return error;
	task_lock(task);
	busy = task->t_runs;
	task->t_runs = 1;
	task_unlock(task);
	if (busy) {
		rumpuser__rcu_leave();
		return EBUSY;
	}
	task->t_outer = rumpuser__task_current();
	rumpuser__task_setcurrent(task);
	rumpuser__evthread_runs(task);
	return 0;
}

static void
leave(struct rumpuser_task *task)
{

	rumpuser__task_setcurrent(task->t_outer);
	rumpuser__evthread_runs(task->t_outer);
	task_lock(task);
	if (task->t_running != NULL)
		task_finish(task);
	task->t_outer = NULL;
	task->t_runs = 0;
	task_unlock(task);
	rumpuser__rcu_leave();
}

void
rumpuser__task_abandon(void)
{
	struct rumpuser_task *task;

	while ((task = rumpuser__task_current()) != NULL)
		leave(task);
}

/* For a foreign loop: have the descriptor say what there is to do. */
static int
park(struct rumpuser_task *task)
{
	int64_t until;

	until = plan(task, rumpuser_event_now(), NEVER);
	if (until != 0)
		return task->t_ops->po_alarm(task->t_poller, until);
	atomic_fetch_add(&task->t_count.wakeups, 1);
	task->t_ops->po_wake(task->t_poller);
	return 0;
}

int
rumpuser_task_run(struct rumpuser_task *task)
{
	int serrno = errno, error, state;
	unsigned int ran;

	if ((error = enter(task)) != 0)
		return ERR(error);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	while (error == 0 && !task->t_stopped)
		error = turn(task, NEVER, &ran);
	task->t_stopped = 0;
	leave(task);
	pthread_setcancelstate(state, NULL);
	errno = serrno;
	return ERR(error);
}

static int
step(struct rumpuser_task *task, int64_t timeout, unsigned int *ranp)
{
	int64_t until = 0, now;
	int error;

	/* Its posts need not wake who is here. */
	atomic_store(&task->t_sleeping, 0);
	if (timeout < 0)
		until = NEVER;
	else if (timeout > 0) {
		now = rumpuser_event_now();
		until = timeout < NEVER - now ? now + timeout : NEVER;
	}
	error = turn(task, until, ranp);
	if (error == 0 && task->t_foreign)
		error = park(task);
	if (error == 0 && task->t_stopped)
		error = ECANCELED;
	task->t_stopped = 0;
	return error;
}

int
rumpuser_task_step(struct rumpuser_task *task, int64_t timeout,
    unsigned int *nranp)
{
	int serrno = errno, error, state;
	unsigned int ran = 0;

	if ((error = enter(task)) != 0)
		return ERR(error);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	error = step(task, timeout, &ran);
	leave(task);
	pthread_setcancelstate(state, NULL);
	if (nranp != NULL)
		*nranp = ran;
	errno = serrno;
	return ERR(error);
}

void
rumpuser_task_stop(struct rumpuser_task *task)
{

	(void)rumpuser_work_post(&task->t_stopwork, 0, 0);
}

/* The word stays until the task has seen it: it may be about to sleep. */
void
rumpuser_task_wake(struct rumpuser_task *task)
{

	atomic_store(&task->t_woken, 1);
	task_rouse(task);
}

int
rumpuser_task_fd(struct rumpuser_task *task, int *fdp)
{
	int serrno = errno, error;

	if ((error = enter(task)) != 0)
		return ERR(error);
	error = task->t_ops->po_fd(task->t_poller, fdp);
	if (error == 0) {
		task->t_foreign = 1;
		error = park(task);
	}
	leave(task);
	errno = serrno;
	return ERR(error);
}
