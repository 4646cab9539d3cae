/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.c - threads that run tasks.
 * Locking: et_lock guards a thread's state; what the thread has set up is
 * constant from ETS_RUNS on.
 */
#include "event/impl.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDBITS	64
/* More processors than any host has. */
#define MAXWORDS	1024

static __thread struct rumpuser_evthread *self
    __attribute__((__tls_model__("initial-exec")));
static __thread int64_t selftid
    __attribute__((__tls_model__("initial-exec")));

__noinline struct rumpuser_evthread *
rumpuser_evthread_self(void)
{

	return self;
}

static int64_t
mytid(void)
{

	if (selftid == 0)
		selftid = gettid();
	return selftid;
}

void
rumpuser__evthread_runs(struct rumpuser_task *task)
{

	if (task != NULL)
		atomic_store_explicit(&task->t_tid, mytid(),
		    memory_order_relaxed);
	if (self != NULL)
		atomic_store_explicit(&self->et_running, task,
		    memory_order_relaxed);
}

void
rumpuser__evthread_forked(void)
{

	selftid = 0;
}

static int
attr_check(const struct rumpuser_evthread_attr *a)
{

	if (a->et_name == NULL || a->et_ncpuwords > MAXWORDS ||
	    (a->et_task == NULL) == (a->et_fn == NULL))
		return EINVAL;
	return 0;
}

int
rumpuser_evthread_create(struct rumpuser_evthread **etp,
    const struct rumpuser_evthread_attr *attr)
{
	size_t size = attr->et_ncpuwords * sizeof(uint64_t);
	struct rumpuser_evthread *et;
	int serrno = errno, error;

	if ((error = attr_check(attr)) != 0)
		return ERR(error);
	et = calloc(1, sizeof(*et));
	if (et == NULL || (size != 0 && (et->et_cpus = malloc(size)) ==
	    NULL)) {
		free(et);
		errno = serrno;
		return ERR(ENOMEM);
	}
	et->et_attr = *attr;
	strncpy(et->et_name, attr->et_name, sizeof(et->et_name) - 1);
	if (size != 0)
		memcpy(et->et_cpus, attr->et_cpus, size);
	pthread_mutex_init(&et->et_lock, NULL);
	pthread_cond_init(&et->et_cv, NULL);
	rumpuser__registry_addthread(et);
	*etp = et;
	return 0;
}

/*
 * What a thread sets up for itself.  The host's errno.
 */
static int
set_cpus(const uint64_t *words, size_t nwords)
{
	size_t i, n = nwords * WORDBITS;
	cpu_set_t *set;
	int error = 0;

	if (nwords == 0)
		return 0;
	if ((set = CPU_ALLOC(n)) == NULL)
		return ENOMEM;
	CPU_ZERO_S(CPU_ALLOC_SIZE(n), set);
	for (i = 0; i < n; i++)
		if (words[i / WORDBITS] >> (i % WORDBITS) & 1)
			CPU_SET_S(i, CPU_ALLOC_SIZE(n), set);
	if (sched_setaffinity(0, CPU_ALLOC_SIZE(n), set) == -1)
		error = errno;
	CPU_FREE(set);
	return error;
}

/* Nice values are a thread's own on this host. */
static int
set_nice(int add, int *nowp)
{
	int now;

	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	if (now == -1 && errno != 0)
		return errno;
	if (add != 0 && setpriority(PRIO_PROCESS, 0, now + add) == -1)
		return errno;
	*nowp = now + add;
	return 0;
}

static int
set_up(struct rumpuser_evthread *et)
{
	int error;

	et->et_tid = mytid();
	et->et_birth = rumpuser_event_now();
	/* Timers are to be as good as the host can. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	if (et->et_attr.et_seed != 0)
		rumpuser_evthread_srandom(et->et_attr.et_seed);
	error = set_cpus(et->et_cpus, et->et_attr.et_ncpuwords);
	if (error == 0)
		error = set_nice(et->et_attr.et_nice, &et->et_niceness);
	return error;
}

static void
set_state(struct rumpuser_evthread *et, int state)
{

	pthread_mutex_lock(&et->et_lock);
	et->et_state = state;
	pthread_cond_broadcast(&et->et_cv);
	pthread_mutex_unlock(&et->et_lock);
}

static void *
thread_main(void *arg)
{
	struct rumpuser_evthread *et = arg;

	self = et;
	et->et_error = set_up(et);
	if (et->et_error != 0) {
		set_state(et, ETS_DONE);
		return NULL;
	}
	set_state(et, ETS_RUNS);
	if (et->et_attr.et_fn != NULL)
		et->et_attr.et_fn(et->et_attr.et_arg);
	else if (rumpuser_task_run(et->et_attr.et_task) != 0)
		rumpuser_dprintf("rumpuser: thread %s: its task does not "
		    "run\n", et->et_name);
	set_state(et, ETS_DONE);
	return NULL;
}

static void
join(struct rumpuser_evthread *et)
{

	(void)pthread_join(*(pthread_t *)et->et_cookie, NULL);
	free(et->et_cookie);
	et->et_cookie = NULL;
}

/* Start it and wait until it has set itself up. */
static int
start_locked(struct rumpuser_evthread *et)
{
	int error;

	if (et->et_state != ETS_NEW)
		return EBUSY;
	et->et_state = ETS_STARTING;
	et->et_error = 0;
	error = rumpuser__thread_start(thread_main, et, et->et_name, -1, 1,
	    &et->et_cookie);
	if (error != 0) {
		et->et_state = ETS_NEW;
		return error;
	}
	while (et->et_state == ETS_STARTING)
		pthread_cond_wait(&et->et_cv, &et->et_lock);
	return 0;
}

int
rumpuser__evthread_start(struct rumpuser_evthread *et)
{
	int error, serrno = errno;

	pthread_mutex_lock(&et->et_lock);
	error = start_locked(et);
	pthread_mutex_unlock(&et->et_lock);
	if (error == 0 && et->et_error != 0) {
		/* It could not be as it should; it may be tried again. */
		error = et->et_error;
		join(et);
		set_state(et, ETS_NEW);
	}
	errno = serrno;
	return error;
}

int
rumpuser_evthread_start(struct rumpuser_evthread *et)
{
	int cookie, error;

	cookie = rumpuser__unschedule(NULL);
	error = rumpuser__evthread_start(et);
	rumpuser__schedule(cookie, NULL);
	return ERR(error);
}

void
rumpuser_evthread_exit(void)
{

	rumpuser__task_abandon();
	if (self != NULL)
		set_state(self, ETS_DONE);
	rumpuser_thread_exit();
}

int
rumpuser_evthread_free(struct rumpuser_evthread *et)
{
	int cookie;

	if (et == rumpuser_evthread_self())
		return ERR(EDEADLK);
	if (et->et_cookie != NULL && !et->et_forgotten) {
		cookie = rumpuser__unschedule(NULL);
		join(et);
		rumpuser__schedule(cookie, NULL);
	} else
		free(et->et_cookie);
	rumpuser__registry_delthread(et);
	pthread_cond_destroy(&et->et_cv);
	pthread_mutex_destroy(&et->et_lock);
	free(et->et_cpus);
	free(et);
	return 0;
}

int
rumpuser_evthread_info(struct rumpuser_evthread *et,
    struct rumpuser_evthread_info *ei)
{

	memset(ei, 0, sizeof(*ei));
	memcpy(ei->ei_name, et->et_name, sizeof(ei->ei_name));
	pthread_mutex_lock(&et->et_lock);
	if (et->et_state >= ETS_RUNS) {
		ei->ei_birth = et->et_birth;
		ei->ei_tid = et->et_tid;
		ei->ei_nice = et->et_niceness;
	}
	ei->ei_done = et->et_state == ETS_DONE;
	pthread_mutex_unlock(&et->et_lock);
	ei->ei_task = atomic_load(&et->et_running);
	return 0;
}
