/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crew.c - groups of events that share a few event threads fairly
 * (rump/rumpuser_crew.h).
 *
 * A runnable group stands once, as one unit of work, in the queue of one of
 * the crew's tasks.  Its turn lasts until its queue is empty or its slice is
 * used; then it goes to the end of a queue again, that of the least loaded
 * task.  So the tasks' first in, first out is the round robin of the groups.
 *
 * Locking: g_mtx of a group guards its queue and state; it is not held over a
 * handler.  ct_load and c_ngroups are atomic.
 */
#include "posix/host.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_crew.h>
#pragma GCC visibility pop

struct crew_task {
	struct rumpuser_task *ct_task;
	struct rumpuser_evthread *ct_thread;
	unsigned int ct_load;			/* runnable groups */
	int64_t ct_cpu;				/* CPU time at the last look */
	int64_t ct_charged;			/* charged since, unseen */
};

/* Shorter turns are charged by the wall clock, which is cheap to read. */
#define SHORT_TURN	INT64_C(50000)


struct rumpuser_crew {
	unsigned int c_n;
	unsigned int c_ngroups;
	struct crew_task c_tasks[];
};

struct rumpuser_group {
	pthread_mutex_t g_mtx;
	pthread_cond_t g_done;			/* a handler has returned */
	struct rumpuser_crew *g_crew;
	struct rumpuser_gwork *g_head, **g_tailp;
	struct rumpuser_gwork *g_running;
	pthread_t g_thread;			/* that runs it */
	uint64_t g_odometer;			/* handlers returned */
	unsigned int g_waiters;			/* for g_done */
	unsigned int g_weight, g_left;		/* slices in a row */
	unsigned int g_home;			/* its task */
	int g_runnable;				/* stands in a task's queue */
	struct rumpuser_work g_turn;
	struct rumpuser_group_stats g_stats;
};

/*
 * The crew.
 */

static void
crew_stop(struct rumpuser_crew *c)
{
	struct crew_task *ct;
	unsigned int i;

	for (i = 0; i < c->c_n; i++)
		if (c->c_tasks[i].ct_thread != NULL)
			rumpuser_task_stop(c->c_tasks[i].ct_task);
	for (i = 0; i < c->c_n; i++) {
		ct = &c->c_tasks[i];
		if (ct->ct_thread != NULL)
			(void)rumpuser_evthread_free(ct->ct_thread);
		if (ct->ct_task != NULL)
			(void)rumpuser_task_destroy(ct->ct_task);
	}
	free(c);
}

static int
crew_start(struct crew_task *ct, const char *name, int64_t slice)
{
	const struct rumpuser_task_attr ta = {
		.ta_name = name, .ta_slice_ns = slice,
		.ta_flags = RUMPUSER_TASK_TICKLESS,
	};
	struct rumpuser_evthread_attr ea = { .et_name = name };
	struct rumpuser_evthread *et;
	int error;

	if ((error = rumpuser_task_create(&ct->ct_task, &ta)) != 0)
		return error;
	ea.et_task = ct->ct_task;
	if ((error = rumpuser_evthread_create(&et, &ea)) != 0)
		return error;
	if ((error = rumpuser_evthread_start(et)) != 0) {
		(void)rumpuser_evthread_free(et);
		return error;
	}
	ct->ct_thread = et;
	return 0;
}

int
rumpuser_crew_create(struct rumpuser_crew **crewp,
    const struct rumpuser_crew_attr *attr)
{
	static const struct rumpuser_crew_attr dflt;
	struct rumpuser_crew *c;
	unsigned int i, n;
	int error;

	if (attr == NULL)
		attr = &dflt;
	n = attr->ca_nthreads != 0 ? attr->ca_nthreads :
	    rumpuser_evthread_ncores();
	c = calloc(1, sizeof(*c) + n * sizeof(c->c_tasks[0]));
	if (c == NULL)
		return rumpuser__errtrans(ENOMEM);
	c->c_n = n;
	for (i = 0; i < n; i++) {
		error = crew_start(&c->c_tasks[i], attr->ca_name != NULL ?
		    attr->ca_name : "crew", attr->ca_slice_ns);
		if (error != 0) {
			crew_stop(c);
			return error;
		}
	}
	*crewp = c;
	return 0;
}

int
rumpuser_crew_destroy(struct rumpuser_crew *c)
{
	struct rumpuser_task *self = rumpuser_task_self();
	unsigned int i;

	for (i = 0; i < c->c_n; i++)
		if (c->c_tasks[i].ct_task == self)
			return rumpuser__errtrans(EDEADLK);
	if (__atomic_load_n(&c->c_ngroups, __ATOMIC_ACQUIRE) != 0)
		return rumpuser__errtrans(EBUSY);
	crew_stop(c);
	return 0;
}

/* The least loaded task; the group's own as long as it is no worse. */
static unsigned int
crew_choose(struct rumpuser_crew *c, unsigned int home)
{
	unsigned int i, load, least, best = home;

	least = __atomic_load_n(&c->c_tasks[home].ct_load, __ATOMIC_RELAXED);
	for (i = 0; i < c->c_n && least > 0; i++) {
		load = __atomic_load_n(&c->c_tasks[i].ct_load,
		    __ATOMIC_RELAXED);
		if (load < least) {
			least = load;
			best = i;
		}
	}
	return best;
}

/*
 * Groups.
 */

static void group_turn(void *, uintptr_t, int);

int
rumpuser_group_create(struct rumpuser_group **groupp,
    struct rumpuser_crew *crew, unsigned int weight)
{
	struct rumpuser_group *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return rumpuser__errtrans(ENOMEM);
	pthread_mutex_init(&g->g_mtx, NULL);
	pthread_cond_init(&g->g_done, NULL);
	g->g_crew = crew;
	g->g_tailp = &g->g_head;
	g->g_weight = g->g_left = weight != 0 ? weight : 1;
	g->g_home = __atomic_fetch_add(&crew->c_ngroups, 1,
	    __ATOMIC_ACQ_REL) % crew->c_n;
	*groupp = g;
	return 0;
}

int
rumpuser_group_destroy(struct rumpuser_group *g)
{
	int busy;

	pthread_mutex_lock(&g->g_mtx);
	busy = g->g_runnable || g->g_waiters > 0;
	pthread_mutex_unlock(&g->g_mtx);
	if (busy)
		return rumpuser__errtrans(EBUSY);
	pthread_cond_destroy(&g->g_done);
	pthread_mutex_destroy(&g->g_mtx);
	__atomic_sub_fetch(&g->g_crew->c_ngroups, 1, __ATOMIC_RELEASE);
	free(g);
	return 0;
}

void
rumpuser_group_stats(struct rumpuser_group *g,
    struct rumpuser_group_stats *gs)
{

	pthread_mutex_lock(&g->g_mtx);
	*gs = g->g_stats;
	pthread_mutex_unlock(&g->g_mtx);
}

/*
 * To the end of the least loaded task's queue, or with slices left to its
 * beginning.  Called with the lock held; the turn's work is not armed, though
 * its last handler may be on its way out: that one touches nothing of the
 * group any more.
 */
static void
group_enqueue(struct rumpuser_group *g, int goon)
{
	unsigned int to = goon ? g->g_home :
	    crew_choose(g->g_crew, g->g_home);
	struct crew_task *ct = &g->g_crew->c_tasks[to];

	if (to != g->g_home) {
		g->g_home = to;
		g->g_stats.gs_moves++;
	}
	__atomic_add_fetch(&ct->ct_load, 1, __ATOMIC_RELAXED);
	g->g_runnable = 1;
	rumpuser_work_init(&g->g_turn, ct->ct_task, goon ?
	    RUMPUSER_PRIO_HIGH : RUMPUSER_PRIO_NORMAL, group_turn, g);
	(void)rumpuser_work_post(&g->g_turn, 0, 0);
}

/*
 * The CPU time of a turn that took this long by the wall clock.  The clock of
 * the thread's CPU time costs a system call: it is read after long turns only,
 * and shows what this thread has used since it was read last.
 */
static int64_t
turn_cost(struct crew_task *ct, int64_t wall)
{
	struct timespec ts;
	int64_t now, cost;

	if (wall < SHORT_TURN ||
	    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts) == -1) {
		ct->ct_charged += wall;
		return wall;
	}
	now = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
	cost = now - ct->ct_cpu - ct->ct_charged;
	ct->ct_cpu = now;
	ct->ct_charged = 0;
	return cost < 0 ? 0 : cost > wall ? wall : cost;
}

static void
gwork_unlink(struct rumpuser_group *g, struct rumpuser_gwork *gw)
{

	*gw->gw_prevp = gw->gw_next;
	if (gw->gw_next != NULL)
		gw->gw_next->gw_prevp = gw->gw_prevp;
	else
		g->g_tailp = gw->gw_prevp;
	gw->gw_queued = 0;
	g->g_stats.gs_queued--;
}

/* Do the first piece; the lock is held, but for the handler. */
static void
group_one(struct rumpuser_group *g)
{
	struct rumpuser_gwork *gw = g->g_head;
	rumpuser_event_fn fn = gw->gw_fn;
	uintptr_t arg = gw->gw_arg;
	void *env = gw->gw_env;
	int error = gw->gw_error;

	gwork_unlink(g, gw);
	g->g_running = gw;
	pthread_mutex_unlock(&g->g_mtx);
	/* From here on the piece may be posted again, or freed. */
	fn(env, arg, error);
	pthread_mutex_lock(&g->g_mtx);
	g->g_running = NULL;
	g->g_odometer++;
	g->g_stats.gs_done++;
	if (g->g_waiters > 0)
		pthread_cond_broadcast(&g->g_done);
}

/* One slice of a group: until its queue is empty or the slice is used. */
static void
group_turn(void *env, uintptr_t arg, int error)
{
	struct rumpuser_group *g = env;
	struct crew_task *ct;
	int64_t begin = rumpuser_event_now();
	int yield = 0, goon;

	(void)arg;
	(void)error;
	pthread_mutex_lock(&g->g_mtx);
	ct = &g->g_crew->c_tasks[g->g_home];
	g->g_thread = pthread_self();
	while (g->g_head != NULL && !yield) {
		group_one(g);
		yield = rumpuser_task_shouldyield();
	}
	__atomic_sub_fetch(&ct->ct_load, 1, __ATOMIC_RELAXED);
	g->g_stats.gs_turns++;
	g->g_stats.gs_cputime += turn_cost(ct, rumpuser_event_now() - begin);
	g->g_runnable = 0;
	goon = g->g_head != NULL && --g->g_left > 0;
	if (!goon)
		g->g_left = g->g_weight;
	if (g->g_head != NULL)
		group_enqueue(g, goon);
	pthread_mutex_unlock(&g->g_mtx);
}

/*
 * Work.
 */

void
rumpuser_gwork_init(struct rumpuser_gwork *gw, struct rumpuser_group *group,
    rumpuser_event_fn fn, void *env)
{

	memset(gw, 0, sizeof(*gw));
	gw->gw_group = group;
	gw->gw_fn = fn;
	gw->gw_env = env;
}

int
rumpuser_gwork_post(struct rumpuser_gwork *gw, uintptr_t arg, int error)
{
	struct rumpuser_group *g = gw->gw_group;
	int rv = 0;

	pthread_mutex_lock(&g->g_mtx);
	if (gw->gw_queued) {
		rv = EBUSY;
	} else {
		gw->gw_queued = 1;
		gw->gw_arg = arg;
		gw->gw_error = error;
		gw->gw_next = NULL;
		gw->gw_prevp = g->g_tailp;
		*g->g_tailp = gw;
		g->g_tailp = &gw->gw_next;
		g->g_stats.gs_queued++;
		if (!g->g_runnable)
			group_enqueue(g, 0);
	}
	pthread_mutex_unlock(&g->g_mtx);
	return rumpuser__errtrans(rv);
}

/* Wait until the handler that runs now has returned; the lock is held. */
static void
group_await(struct rumpuser_group *g)
{
	uint64_t odometer = g->g_odometer;

	g->g_waiters++;
	while (g->g_odometer == odometer)
		pthread_cond_wait(&g->g_done, &g->g_mtx);
	g->g_waiters--;
}

HOSTCALL int
gwork_cancel(struct rumpuser_gwork *gw)
{
	struct rumpuser_group *g = gw->gw_group;
	int serrno = errno, rv = EINVAL;

	pthread_mutex_lock(&g->g_mtx);
	for (;;) {
		if (gw->gw_queued) {
			gwork_unlink(g, gw);
			rv = 0;
		}
		if (g->g_running != gw ||
		    pthread_equal(g->g_thread, pthread_self()))
			break;
		group_await(g);
	}
	pthread_mutex_unlock(&g->g_mtx);
	errno = serrno;
	return rv;
}

int
rumpuser_gwork_cancel(struct rumpuser_gwork *gw)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = gwork_cancel(gw);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
