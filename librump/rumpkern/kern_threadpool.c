/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threadpool(9).  Who schedules a job may not sleep, so an overseer makes the
 * threads.  Order of locks: the job's, then tp_lock (a spin lock, as jobs may
 * be under one); pools_lock is for finding pools only.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/once.h>
#include <sys/proc.h>

#include <rump-sys/threadpool.h>

#define IDLE_SECONDS	30		/* a thread without work ends */

struct threadpool {
	LIST_ENTRY(threadpool) tp_entry;	/* pools_lock */
	unsigned int tp_refs;			/* pools_lock */
	pri_t tp_pri;
	kmutex_t tp_lock;			/* all below */
	TAILQ_HEAD(, threadpool_job) tp_jobs;
	kcondvar_t tp_work;			/* for idle threads */
	kcondvar_t tp_oversee;			/* for the overseer */
	kcondvar_t tp_gone;
	unsigned int tp_queued;			/* jobs nobody has taken */
	unsigned int tp_idle;
	unsigned int tp_starting;		/* threads that have not begun */
	unsigned int tp_threads;		/* with the overseer */
	bool tp_dying;
};

static LIST_HEAD(, threadpool) pools = LIST_HEAD_INITIALIZER(pools);
static kmutex_t pools_lock;
static ONCE_DECL(pools_once);

static int
pools_init(void)
{

	mutex_init(&pools_lock, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

/* A thread is leaving; tp_lock held, which is released. */
static void __dead
pool_leave(struct threadpool *tp)
{

	tp->tp_threads--;
	cv_broadcast(&tp->tp_gone);
	mutex_spin_exit(&tp->tp_lock);
	kthread_exit(0);
}

/* Take the first job and run it; tp_lock held before and after. */
static void
pool_run(struct threadpool *tp)
{
	struct threadpool_job *job = TAILQ_FIRST(&tp->tp_jobs);

	TAILQ_REMOVE(&tp->tp_jobs, job, job_entry);
	tp->tp_queued--;
	job->job_running = true;
	mutex_spin_exit(&tp->tp_lock);
	(*job->job_fn)(job);
	mutex_spin_enter(&tp->tp_lock);
}

static void
pool_thread(void *arg)
{
	struct threadpool *tp = arg;
	int error = 0;

	mutex_spin_enter(&tp->tp_lock);
	tp->tp_starting--;
	for (;;) {
		if (!TAILQ_EMPTY(&tp->tp_jobs)) {
			pool_run(tp);
			error = 0;
		} else if (tp->tp_dying || error == EWOULDBLOCK)
			pool_leave(tp);
		else {
			tp->tp_idle++;
			error = cv_timedwait(&tp->tp_work, &tp->tp_lock,
			    IDLE_SECONDS * hz);
			tp->tp_idle--;
		}
	}
}

static void
pool_overseer(void *arg)
{
	struct threadpool *tp = arg;
	int error;

	mutex_spin_enter(&tp->tp_lock);
	for (;;) {
		if (tp->tp_queued > tp->tp_idle + tp->tp_starting) {
			tp->tp_threads++;
			tp->tp_starting++;
			mutex_spin_exit(&tp->tp_lock);
			error = kthread_create(tp->tp_pri, KTHREAD_MPSAFE,
			    NULL, pool_thread, tp, NULL, "pool/%d",
			    (int)tp->tp_pri);
			/* No thread to be had: the others have to do. */
			if (error != 0)
				(void)kpause("poolmem", false, hz, NULL);
			mutex_spin_enter(&tp->tp_lock);
			if (error != 0) {
				tp->tp_threads--;
				tp->tp_starting--;
			}
		} else if (tp->tp_dying)
			pool_leave(tp);
		else
			cv_wait(&tp->tp_oversee, &tp->tp_lock);
	}
}

static struct threadpool *
pool_create(pri_t pri)
{
	struct threadpool *tp = kmem_zalloc(sizeof(*tp), KM_SLEEP);

	tp->tp_pri = pri;
	tp->tp_refs = 1;
	tp->tp_threads = 1;
	TAILQ_INIT(&tp->tp_jobs);
	mutex_init(&tp->tp_lock, MUTEX_DEFAULT, IPL_VM);
	cv_init(&tp->tp_work, "poolidle");
	cv_init(&tp->tp_oversee, "pooloversee");
	cv_init(&tp->tp_gone, "poolgone");
	return tp;
}

static void
pool_destroy(struct threadpool *tp)
{

	KASSERT(TAILQ_EMPTY(&tp->tp_jobs));
	cv_destroy(&tp->tp_gone);
	cv_destroy(&tp->tp_oversee);
	cv_destroy(&tp->tp_work);
	mutex_destroy(&tp->tp_lock);
	kmem_free(tp, sizeof(*tp));
}

int
threadpool_get(struct threadpool **tpp, pri_t pri)
{
	struct threadpool *tp;
	int error = 0;

	(void)RUN_ONCE(&pools_once, pools_init);
	mutex_enter(&pools_lock);
	LIST_FOREACH(tp, &pools, tp_entry)
		if (tp->tp_pri == pri)
			break;
	if (tp != NULL)
		tp->tp_refs++;
	else {
		tp = pool_create(pri);
		error = kthread_create(pri, KTHREAD_MPSAFE, NULL,
		    pool_overseer, tp, NULL, "poolover/%d", (int)pri);
		if (error == 0)
			LIST_INSERT_HEAD(&pools, tp, tp_entry);
		else
			pool_destroy(tp);
	}
	mutex_exit(&pools_lock);
	if (error == 0)
		*tpp = tp;
	return error;
}

void
threadpool_put(struct threadpool *tp, pri_t pri)
{

	KASSERT(tp->tp_pri == pri);
	mutex_enter(&pools_lock);
	KASSERT(tp->tp_refs > 0);
	if (--tp->tp_refs > 0) {
		mutex_exit(&pools_lock);
		return;
	}
	LIST_REMOVE(tp, tp_entry);
	mutex_exit(&pools_lock);
	mutex_spin_enter(&tp->tp_lock);
	tp->tp_dying = true;
	cv_broadcast(&tp->tp_work);
	cv_broadcast(&tp->tp_oversee);
	while (tp->tp_threads > 0)
		cv_wait(&tp->tp_gone, &tp->tp_lock);
	mutex_spin_exit(&tp->tp_lock);
	pool_destroy(tp);
}

void
threadpool_job_init(struct threadpool_job *job, threadpool_job_fn_t *fn,
    kmutex_t *lock, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(job->job_name, sizeof(job->job_name), fmt, ap);
	va_end(ap);
	job->job_lock = lock;
	job->job_fn = fn;
	job->job_pool = NULL;
	job->job_running = false;
	cv_init(&job->job_cv, job->job_name);
}

void
threadpool_job_destroy(struct threadpool_job *job)
{

	KASSERTMSG(job->job_pool == NULL, "job %s is scheduled",
	    job->job_name);
	cv_destroy(&job->job_cv);
	job->job_fn = NULL;
}

void
threadpool_job_done(struct threadpool_job *job)
{

	KASSERT(mutex_owned(job->job_lock));
	KASSERT(job->job_running);
	job->job_running = false;
	job->job_pool = NULL;
	cv_broadcast(&job->job_cv);
}

void
threadpool_schedule_job(struct threadpool *tp, struct threadpool_job *job)
{

	KASSERT(mutex_owned(job->job_lock));
	if (job->job_pool != NULL)
		return;
	job->job_pool = tp;
	mutex_spin_enter(&tp->tp_lock);
	TAILQ_INSERT_TAIL(&tp->tp_jobs, job, job_entry);
	tp->tp_queued++;
	if (tp->tp_idle > 0)
		cv_signal(&tp->tp_work);
	if (tp->tp_queued > tp->tp_idle + tp->tp_starting)
		cv_signal(&tp->tp_oversee);
	mutex_spin_exit(&tp->tp_lock);
}

bool
threadpool_cancel_job_async(struct threadpool *tp, struct threadpool_job *job)
{
	bool taken = true;

	KASSERT(mutex_owned(job->job_lock));
	if (job->job_pool == NULL)
		return true;
	KASSERT(job->job_pool == tp);
	mutex_spin_enter(&tp->tp_lock);
	if (job->job_running)
		taken = false;
	else {
		TAILQ_REMOVE(&tp->tp_jobs, job, job_entry);
		tp->tp_queued--;
	}
	mutex_spin_exit(&tp->tp_lock);
	if (taken)
		job->job_pool = NULL;
	return taken;
}

void
threadpool_cancel_job(struct threadpool *tp, struct threadpool_job *job)
{

	if (threadpool_cancel_job_async(tp, job))
		return;
	while (job->job_pool == tp)
		cv_wait(&job->job_cv, job->job_lock);
}
