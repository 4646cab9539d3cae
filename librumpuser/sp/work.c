/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work.c - the threads on which clients' requests run.  There are as many as
 * rumpsp_maxworker; but a client that has less than its share of them gets
 * one more, and a handshake or an exit gets one always: calls that sleep, or
 * clients that do not answer, cannot take the server from the others.  Jobs
 * that have to wait do so in a queue of their client's, and the clients that
 * have some take turns, those with nothing on a thread before the others.
 *
 * Locking: pool.mtx guards the queues, the counts, and what a client has of
 * them; it is held neither over a job nor together with any other lock.
 */
#include "sp/server.h"

#include <stdlib.h>
#include <string.h>

/* Threads at most, and those that are kept while there is nothing to do. */
unsigned int rumpsp_maxworker __attribute__((__visibility__("default"))) = 128;
unsigned int rumpsp_idleworker __attribute__((__visibility__("default"))) = 8;

static struct {
	pthread_mutex_t mtx;
	pthread_cond_t cv;		/* something is queued */
	pthread_cond_t drained;		/* a job is done */
	struct sp_client *ready, **readytail;	/* with jobs that wait */
	struct sp_job *running;
	unsigned int nworkers, nidle, nqueued;
	unsigned int nactive;		/* clients with a job on a thread */
} pool = {
	.mtx = PTHREAD_MUTEX_INITIALIZER,
	.cv = PTHREAD_COND_INITIALIZER,
	.drained = PTHREAD_COND_INITIALIZER,
	.readytail = &pool.ready,
};

static int
control(const struct sp_job *job)
{

	return job->type != SP_JOB_SYSCALL && job->type != SP_JOB_PREFORK;
}

static void
job_begin(struct sp_job *job)
{

	if (job->c->running++ == 0)
		pool.nactive++;
	job->thread = pthread_self();
	job->next = pool.running;
	pool.running = job;
}

static void
job_end(struct sp_job *job)
{
	struct sp_job **jp;

	for (jp = &pool.running; *jp != job; jp = &(*jp)->next)
		continue;
	*jp = job->next;
	if (--job->c->running == 0)
		pool.nactive--;
	job->c->jobs--;
	pthread_cond_broadcast(&pool.drained);
}

/* Without the lock: the client may go with this reference. */
static void
job_free(struct sp_job *job)
{
	struct sp_client *c = job->c;

	if (job != &c->exitjob)
		free(job);
	rumpuser__sp_unref(c);
}

/* Queue a job; a client that had none gets in line. */
static void
queue_put(struct sp_job *job)
{
	struct sp_client *c = job->c;

	job->next = NULL;
	if (c->queue == NULL) {
		c->queuetail = &c->queue;
		c->readynext = NULL;
		*pool.readytail = c;
		pool.readytail = &c->readynext;
	}
	*c->queuetail = job;
	c->queuetail = &job->next;
	pool.nqueued++;
}

/* Take a client out of the line; @cp is what points to it there. */
static struct sp_client *
ready_take(struct sp_client **cp)
{
	struct sp_client *c = *cp;

	if ((*cp = c->readynext) == NULL)
		pool.readytail = cp;
	return c;
}

/* All that waits of one client. */
static struct sp_job *
queue_take(struct sp_client **cp)
{
	struct sp_client *c = ready_take(cp);
	struct sp_job *jobs = c->queue;

	c->queue = NULL;
	return jobs;
}

/* The first job of the client whose turn it is; NULL: none is due. */
static struct sp_job *
queue_get(void)
{
	struct sp_client **cp, *c;
	struct sp_job *job;

	for (cp = &pool.ready; *cp != NULL; cp = &(*cp)->readynext)
		if ((*cp)->running == 0)
			break;
	if (*cp == NULL) {
		if (pool.ready == NULL || pool.nworkers > rumpsp_maxworker)
			return NULL;
		cp = &pool.ready;
	}
	c = *cp;
	job = queue_take(cp);
	pool.nqueued--;
	/* The rest of them to the end of the line. */
	if ((c->queue = job->next) != NULL) {
		c->readynext = NULL;
		*pool.readytail = c;
		pool.readytail = &c->readynext;
	}
	return job;
}

/* The next job for a thread that has none; NULL: it is not needed. */
static struct sp_job *
job_next(void)
{
	struct sp_job *job;

	while ((job = queue_get()) == NULL) {
		if (pool.nworkers > rumpsp_maxworker ||
		    (pool.nidle >= rumpsp_idleworker && pool.nworkers > 1))
			return NULL;
		pool.nidle++;
		pthread_cond_wait(&pool.cv, &pool.mtx);
		pool.nidle--;
	}
	job_begin(job);
	return job;
}

/* @arg: the job to begin with, already counted as begun; or NULL. */
static void *
worker(void *arg)
{
	struct sp_job *job = arg;

	pthread_mutex_lock(&pool.mtx);
	if (job != NULL)
		job->thread = pthread_self();
	while (job != NULL || (job = job_next()) != NULL) {
		pthread_mutex_unlock(&pool.mtx);
		rumpuser__sp_run(job);
		pthread_mutex_lock(&pool.mtx);
		job_end(job);
		pthread_mutex_unlock(&pool.mtx);
		job_free(job);
		job = NULL;
		pthread_mutex_lock(&pool.mtx);
	}
	pool.nworkers--;
	pthread_mutex_unlock(&pool.mtx);
	return NULL;
}

/* One more thread, for @job; the lock is held. */
static int
spawn(struct sp_job *job)
{
	int error;

	if (job != NULL)
		job_begin(job);
	pool.nworkers++;
	error = rumpuser__thread_start(worker, job, "rumpsp", -1, 0, NULL);
	if (error == 0)
		return 0;
	pool.nworkers--;
	if (job != NULL) {
		pool.running = job->next;
		if (--job->c->running == 0)
			pool.nactive--;
	}
	return error;
}

int
rumpuser__sp_startpool(void)
{
	int error = 0;

	pthread_mutex_lock(&pool.mtx);
	if (pool.nworkers == 0)
		error = spawn(NULL);
	pthread_mutex_unlock(&pool.mtx);
	return error;
}

/* Is one more thread due to this job?  The lock is held. */
static int
maygrow(const struct sp_job *job)
{
	unsigned int share = rumpsp_maxworker / (pool.nactive + 1);

	if (control(job) || pool.nworkers < rumpsp_maxworker)
		return 1;
	return job->c->running < (share > 0 ? share : 1);
}

void
rumpuser__sp_submit(struct sp_job *job)
{

	rumpuser__sp_ref(job->c);
	pthread_mutex_lock(&pool.mtx);
	job->c->jobs++;
	if (pool.nidle <= pool.nqueued && maygrow(job) && spawn(job) == 0) {
		pthread_mutex_unlock(&pool.mtx);
		return;
	}
	queue_put(job);
	pthread_cond_signal(&pool.cv);
	pthread_mutex_unlock(&pool.mtx);
}

int
rumpuser__sp_mayqueue(struct sp_client *c)
{
	int rv;

	pthread_mutex_lock(&pool.mtx);
	rv = c->jobs < SP_MAXJOBS;
	pthread_mutex_unlock(&pool.mtx);
	return rv;
}

void
rumpuser__sp_drop(struct sp_client *c)
{
	struct sp_client **cp;
	struct sp_job *job, *jobs = NULL;

	pthread_mutex_lock(&pool.mtx);
	for (cp = &pool.ready; *cp != NULL; cp = &(*cp)->readynext) {
		if (*cp == c) {
			jobs = queue_take(cp);
			break;
		}
	}
	for (job = jobs; job != NULL; job = job->next) {
		pool.nqueued--;
		c->jobs--;
	}
	pthread_mutex_unlock(&pool.mtx);
	while ((job = jobs) != NULL) {
		jobs = job->next;
		job_free(job);
	}
}

void
rumpuser__sp_drain(struct sp_client *c)
{

	pthread_mutex_lock(&pool.mtx);
	while (c->running > 1)
		pthread_cond_wait(&pool.drained, &pool.mtx);
	pthread_mutex_unlock(&pool.mtx);
}

struct sp_job *
rumpuser__sp_curjob(struct sp_client *c)
{
	struct sp_job *job;

	pthread_mutex_lock(&pool.mtx);
	for (job = pool.running; job != NULL; job = job->next)
		if (job->c == c && pthread_equal(job->thread, pthread_self()))
			break;
	pthread_mutex_unlock(&pool.mtx);
	return job;
}

void
rumpuser__sp_lockpool(int lock)
{

	if (lock)
		pthread_mutex_lock(&pool.mtx);
	else
		pthread_mutex_unlock(&pool.mtx);
}

void
rumpuser__sp_forgetpool(void)
{
	const pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;

	/* The sleepers that these know of are the parent's. */
	pool.cv = pool.drained = fresh;
	pool.ready = NULL;
	pool.readytail = &pool.ready;
	pool.running = NULL;
	pool.nworkers = pool.nidle = pool.nqueued = pool.nactive = 0;
}
