/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context.c - AIO contexts: making and freeing them, choosing the engine, the
 * thread of their own, driving.
 * Locking: rumpuser__aio_all_mtx guards the list of contexts; else see aio.h.
 */
#include "aio/aio.h"

#include <sys/eventfd.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAXDEPTH	4096
#define MAXTHREADS	256

struct aio_contexts rumpuser__aio_all =
    LIST_HEAD_INITIALIZER(rumpuser__aio_all);
pthread_mutex_t rumpuser__aio_all_mtx = PTHREAD_MUTEX_INITIALIZER;

/*
 * Engines.
 */

static const struct aio_engine *const engines[] = {
	[RUMPUSER_AIO_LIBAIO] = &rumpuser__aio_libaio,
	[RUMPUSER_AIO_URING] = &rumpuser__aio_uring,
	[RUMPUSER_AIO_THREADS] = &rumpuser__aio_threads,
};

static int
wanted(const struct rumpuser_aio *a)
{
	const char *e;

	if (a->a_attr.aa_engine != RUMPUSER_AIO_AUTO)
		return a->a_attr.aa_engine;
	if ((e = getenv("RUMP_AIO")) == NULL)
		return RUMPUSER_AIO_LIBAIO;
	if (strcmp(e, "uring") == 0 || strcmp(e, "io_uring") == 0)
		return RUMPUSER_AIO_URING;
	if (strcmp(e, "threads") == 0)
		return RUMPUSER_AIO_THREADS;
	return RUMPUSER_AIO_LIBAIO;
}

/* The one asked for, else those after it; the last one cannot fail. */
int
rumpuser__aio_engine_open(struct rumpuser_aio *a)
{
	int i, error = 0;

	for (i = wanted(a); i <= RUMPUSER_AIO_THREADS; i++) {
		a->a_eng = engines[i];
		a->a_engno = i;
		a->a_refused[i] = error = a->a_eng->e_open(a);
		if (error == 0)
			break;
	}
	return error;
}

/*
 * The own thread.
 */

static void
loop(struct rumpuser_aio *a)
{
	uint64_t seen;

	while (!a->a_stop) {
		seen = a->a_retired;
		rumpuser__aio_submit(a, 1);
		if (a->a_ndone == 0 || a->a_frozen) {
			a->a_idle = 1;
			rumpuser__aio_reap(a, seen, -1);
			a->a_idle = 0;
		}
		rumpuser__aio_dispatch(a, a->a_attr.aa_dispatch);
	}
}

static void *
ownthread(void *arg)
{
	struct rumpuser_aio *a = arg;
	const struct rumpuser_aio_attr *at = &a->a_attr;
	int error = 0;

	if (at->aa_thread_init != NULL)
		error = at->aa_thread_init(at->aa_thread_arg);
	pthread_mutex_lock(&a->a_mtx);
	a->a_owner = pthread_self();
	a->a_started = error != 0 ? -error : 1;
	pthread_cond_broadcast(&a->a_cv);
	if (error == 0)
		loop(a);
	pthread_mutex_unlock(&a->a_mtx);
	if (error == 0 && at->aa_thread_exit != NULL)
		at->aa_thread_exit(at->aa_thread_arg);
	return NULL;
}

int
rumpuser__aio_thread_start(struct rumpuser_aio *a)
{

	a->a_started = 0;
	return rumpuser__thread_start(ownthread, a, a->a_name, -1, 1,
	    &a->a_thread);
}

/* Wait for what its init hook says; an errno in NetBSD's numbering. */
HOSTCALL int
thread_settle(struct rumpuser_aio *a)
{
	int error;

	pthread_mutex_lock(&a->a_mtx);
	while (a->a_started == 0)
		pthread_cond_wait(&a->a_cv, &a->a_mtx);
	error = a->a_started < 0 ? -a->a_started : 0;
	pthread_mutex_unlock(&a->a_mtx);
	return error;
}

/*
 * Making and freeing.
 */

/* Put the defaults in; is it sensible? */
static int
attr_check(struct rumpuser_aio_attr *at)
{
	const int driven = (at->aa_flags &
	    (RUMPUSER_AIO_DRIVEN | RUMPUSER_AIO_SINGLE)) != 0;
	const int hooks = at->aa_thread_init != NULL ||
	    at->aa_thread_exit != NULL;

	if (at->aa_engine < RUMPUSER_AIO_AUTO ||
	    at->aa_engine > RUMPUSER_AIO_THREADS ||
	    at->aa_depth > MAXDEPTH || at->aa_threads > MAXTHREADS ||
	    (at->aa_flags & ~(RUMPUSER_AIO_DRIVEN | RUMPUSER_AIO_SINGLE |
	    RUMPUSER_AIO_CACHED)) != 0 ||
	    driven + hooks + (at->aa_task != NULL) > 1)
		return EINVAL;
	if (at->aa_depth == 0)
		at->aa_depth = 64;
	if (at->aa_lowater == 0)
		at->aa_lowater = (at->aa_depth + 7) / 8;
	if (at->aa_dispatch == 0)
		at->aa_dispatch = 32;
	if (at->aa_reap == 0)
		at->aa_reap = 1;
	if (at->aa_threads == 0)
		at->aa_threads = 4;
	return at->aa_lowater > at->aa_depth || at->aa_reap > at->aa_depth ?
	    EINVAL : 0;
}

static void
init_lists(struct rumpuser_aio *a)
{

	TAILQ_INIT(&a->a_queue);
	TAILQ_INIT(&a->a_done);
	TAILQ_INIT(&a->a_pool);
	LIST_INIT(&a->a_files);
	LIST_INIT(&a->a_frames);
	a->a_wakeop.o_kind = AIO_WAKE;
	a->a_wakefd = a->a_evfd = -1;
}

static enum aio_mode
mode_of(const struct rumpuser_aio_attr *at)
{

	if (at->aa_task != NULL)
		return AIO_TASK;
	return at->aa_flags & (RUMPUSER_AIO_DRIVEN | RUMPUSER_AIO_SINGLE) ?
	    AIO_DRIVEN : AIO_OWNTHREAD;
}

static void
free_context(struct rumpuser_aio *a)
{

	if (a->a_wakefd != -1)
		close(a->a_wakefd);
	if (a->a_evfd != -1)
		close(a->a_evfd);
	pthread_cond_destroy(&a->a_cv);
	pthread_cond_destroy(&a->a_poolcv);
	pthread_mutex_destroy(&a->a_mtx);
	free(a->a_threads);
	free(a);
}

void
rumpuser__aio_init_cv(struct rumpuser_aio *a)
{
	pthread_condattr_t ca;

	pthread_condattr_init(&ca);
	pthread_condattr_setclock(&ca, CLOCK_MONOTONIC);
	pthread_cond_init(&a->a_cv, &ca);
	pthread_condattr_destroy(&ca);
	pthread_cond_init(&a->a_poolcv, NULL);
}

/* Its descriptors, engine and side of the task; host's errno. */
static int
equip(struct rumpuser_aio *a)
{
	int error;

	a->a_threads = calloc(a->a_attr.aa_threads, sizeof(*a->a_threads));
	if (a->a_threads == NULL)
		return ENOMEM;
	a->a_wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->a_wakefd != -1 && a->a_mode == AIO_TASK)
		a->a_evfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->a_wakefd == -1 || (a->a_mode == AIO_TASK && a->a_evfd == -1))
		return errno;
	if ((error = rumpuser__aio_engine_open(a)) != 0)
		return error;
	if (a->a_mode == AIO_TASK)
		error = rumpuser__aio_task_attach(a);
	else if (a->a_mode == AIO_OWNTHREAD)
		error = rumpuser__aio_thread_start(a);
	if (error != 0)
		a->a_eng->e_close(a);
	return error;
}

/* Host's errno. */
HOSTCALL int
create(const struct rumpuser_aio_attr *attr, struct rumpuser_aio **ap)
{
	struct rumpuser_aio *a;
	int serrno = errno, error;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		errno = serrno;
		return ENOMEM;
	}
	a->a_attr = *attr;
	a->a_mode = mode_of(attr);
	strncpy(a->a_name, attr->aa_name != NULL ? attr->aa_name : "aio",
	    sizeof(a->a_name) - 1);
	init_lists(a);
	pthread_mutex_init(&a->a_mtx, NULL);
	rumpuser__aio_init_cv(a);
	error = equip(a);
	if (error == 0) {
		pthread_mutex_lock(&rumpuser__aio_all_mtx);
		LIST_INSERT_HEAD(&rumpuser__aio_all, a, a_link);
		pthread_mutex_unlock(&rumpuser__aio_all_mtx);
		*ap = a;
	} else
		free_context(a);
	errno = serrno;
	return error;
}

int
rumpuser__aio_create(const struct rumpuser_aio_attr *attr,
    struct rumpuser_aio **ap)
{
	struct rumpuser_aio_attr at = { 0 };
	int error;

	if (attr != NULL)
		at = *attr;
	if ((error = attr_check(&at)) == 0)
		error = create(&at, ap);
	return error;
}

HOSTCALL void
dismantle(struct rumpuser_aio *a)
{
	int serrno = errno;

	pthread_mutex_lock(&rumpuser__aio_all_mtx);
	LIST_REMOVE(a, a_link);
	pthread_mutex_unlock(&rumpuser__aio_all_mtx);
	if (a->a_mode == AIO_TASK)
		rumpuser__aio_task_detach(a);
	pthread_mutex_lock(&a->a_mtx);
	a->a_stop = 1;
	a->a_retired++;		/* who was about to sleep looks again */
	pthread_cond_broadcast(&a->a_cv);
	rumpuser__aio_notify(a);
	pthread_mutex_unlock(&a->a_mtx);
	if (a->a_thread != NULL)
		(void)rumpuser_thread_join(a->a_thread);
	pthread_mutex_lock(&a->a_mtx);
	rumpuser__aio_pool_stop(a);
	pthread_mutex_unlock(&a->a_mtx);
	a->a_eng->e_close(a);
	free_context(a);
	errno = serrno;
}

int
rumpuser_aio_create(const struct rumpuser_aio_attr *attr,
    struct rumpuser_aio **ap)
{
	struct rumpuser_aio *a;
	int count, error;

	if ((error = rumpuser__aio_create(attr, &a)) != 0)
		return rumpuser__errtrans(error);
	if (a->a_mode == AIO_OWNTHREAD) {
		count = rumpuser__unschedule(NULL);
		error = thread_settle(a);
		rumpuser__schedule(count, NULL);
	}
	if (error != 0)
		dismantle(a);
	else
		*ap = a;
	return error;
}

int
rumpuser_aio_destroy(struct rumpuser_aio *a)
{
	int count, error = 0;

	pthread_mutex_lock(&a->a_mtx);
	if (a->a_nfiles > 0)
		error = EBUSY;
	else if (rumpuser__aio_inhandler(a, NULL))
		error = EDEADLK;
	pthread_mutex_unlock(&a->a_mtx);
	if (error != 0)
		return rumpuser__errtrans(error);
	count = rumpuser__unschedule(NULL);
	dismantle(a);
	rumpuser__schedule(count, NULL);
	return 0;
}

/*
 * Driving.
 */

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/*
 * Wait until there is a handler to call, or nothing under way.  Where one
 * thread does all, what is submitted goes with the wait.
 */
static void
await(struct rumpuser_aio *a, int64_t timeout)
{
	const int defer = (a->a_attr.aa_flags & RUMPUSER_AIO_SINGLE) != 0;
	int64_t end = timeout > 0 ? now() + timeout : 0;
	uint64_t seen;

	if (end < 0)
		timeout = -1;
	for (;;) {
		seen = a->a_retired;
		a->a_defer = defer;
		rumpuser__aio_submit(a, 1);
		a->a_defer = 0;
		if (a->a_ndone > 0 && a->a_sqleft)
			rumpuser__aio_submit(a, 1);
		if (a->a_ndone > 0 || a->a_inflight + a->a_nqueue == 0)
			return;
		rumpuser__aio_reap(a, seen, timeout);
		if (a->a_ndone > 0 || timeout == 0)
			return;
		if (timeout > 0 && (timeout = end - now()) <= 0)
			timeout = 0;
	}
}

HOSTCALL unsigned int
drive(struct rumpuser_aio *a, int64_t timeout)
{
	int serrno = errno;
	unsigned int n;

	pthread_mutex_lock(&a->a_mtx);
	await(a, timeout);
	n = rumpuser__aio_dispatch(a, a->a_attr.aa_dispatch);
	pthread_mutex_unlock(&a->a_mtx);
	errno = serrno;
	return n;
}

int
rumpuser_aio_drive(struct rumpuser_aio *a, int64_t timeout, unsigned int *np)
{
	unsigned int n;
	int count;

	if (a->a_mode != AIO_DRIVEN)
		return rumpuser__errtrans(EINVAL);
	count = rumpuser__unschedule(NULL);
	n = drive(a, timeout);
	rumpuser__schedule(count, NULL);
	if (np != NULL)
		*np = n;
	return 0;
}

HOSTCALL void
flush(struct rumpuser_aio *a)
{
	int serrno = errno;

	pthread_mutex_lock(&a->a_mtx);
	rumpuser__aio_submit(a, 1);
	pthread_mutex_unlock(&a->a_mtx);
	errno = serrno;
}

void
rumpuser_aio_flush(struct rumpuser_aio *a)
{

	flush(a);
}
