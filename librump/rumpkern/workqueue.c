/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * workqueue(9).  One thread a queue, made with the first item; wq_lock
 * protects the queue.  Items are in first-in, first-out order, so one thread
 * serves WQ_PERCPU queues as well.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/condvar.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/workqueue.h>

#include <rump-priv/kern.h>

struct workqueue {
	kmutex_t wq_lock;
	kcondvar_t wq_cv;		/* work, and ends of items */
	struct work *wq_first;
	struct work **wq_tailp;
	struct work *wq_running;
	void (*wq_func)(struct work *, void *);
	void *wq_arg;
	struct lwp *wq_lwp;
	bool wq_mpsafe;
	bool wq_launched;
	bool wq_dying;
};

#define WORK_NEXT(wk)	(*(struct work **)(void *)&(wk)->wk_link)

static struct work *
wq_take(struct workqueue *wq)
{
	struct work *wk;

	if ((wk = wq->wq_first) == NULL)
		return NULL;
	if ((wq->wq_first = WORK_NEXT(wk)) == NULL)
		wq->wq_tailp = &wq->wq_first;
	return wk;
}

static void
wq_thread(void *arg)
{
	struct workqueue *wq = arg;
	struct work *wk;

	mutex_enter(&wq->wq_lock);
	for (;;) {
		if ((wk = wq_take(wq)) == NULL) {
			if (wq->wq_dying)
				break;
			cv_wait(&wq->wq_cv, &wq->wq_lock);
			continue;
		}
		wq->wq_running = wk;
		mutex_exit(&wq->wq_lock);
		if (!wq->wq_mpsafe)
			KERNEL_LOCK(1, NULL);
		/* The item may be gone or queued again from here on. */
		(*wq->wq_func)(wk, wq->wq_arg);
		if (!wq->wq_mpsafe)
			KERNEL_UNLOCK_ONE(NULL);
		mutex_enter(&wq->wq_lock);
		wq->wq_running = NULL;
		cv_broadcast(&wq->wq_cv);
	}
	mutex_exit(&wq->wq_lock);
	kthread_exit(0);
}

int
workqueue_create(struct workqueue **wqp, const char *name,
    void (*func)(struct work *, void *), void *arg, pri_t pri, int ipl,
    int flags)
{
	struct workqueue *wq;

	wq = kmem_zalloc(sizeof(*wq), KM_SLEEP);
	wq->wq_lwp = rump_kthread_prepare(pri,
	    KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL, wq_thread, wq, name);
	if (wq->wq_lwp == NULL) {
		kmem_free(wq, sizeof(*wq));
		return ENOMEM;
	}
	mutex_init(&wq->wq_lock, MUTEX_DEFAULT, ipl);
	cv_init(&wq->wq_cv, "workq");
	wq->wq_tailp = &wq->wq_first;
	wq->wq_func = func;
	wq->wq_arg = arg;
	wq->wq_mpsafe = (flags & WQ_MPSAFE) != 0;
	*wqp = wq;
	return 0;
}

void
workqueue_destroy(struct workqueue *wq)
{

	mutex_enter(&wq->wq_lock);
	wq->wq_dying = true;
	cv_broadcast(&wq->wq_cv);
	mutex_exit(&wq->wq_lock);
	if (wq->wq_launched)
		kthread_join(wq->wq_lwp);
	else
		rump_lwp_free(wq->wq_lwp);
	cv_destroy(&wq->wq_cv);
	mutex_destroy(&wq->wq_lock);
	kmem_free(wq, sizeof(*wq));
}

void
workqueue_enqueue(struct workqueue *wq, struct work *wk, struct cpu_info *ci)
{

	mutex_enter(&wq->wq_lock);
	KASSERT(!wq->wq_dying);
	WORK_NEXT(wk) = NULL;
	*wq->wq_tailp = wk;
	wq->wq_tailp = (struct work **)(void *)&wk->wk_link;
	if (wq->wq_launched)
		cv_broadcast(&wq->wq_cv);
	else if (rump_kthread_launch(wq->wq_lwp) == 0)
		wq->wq_launched = true;
	else
		panic("workqueue_enqueue: no host thread to be had");
	mutex_exit(&wq->wq_lock);
}

static bool
wq_queued(const struct workqueue *wq, const struct work *wk)
{
	struct work *o;

	for (o = wq->wq_first; o != NULL; o = WORK_NEXT(o))
		if (o == wk)
			return true;
	return wq->wq_running == wk;
}

void
workqueue_wait(struct workqueue *wq, struct work *wk)
{

	mutex_enter(&wq->wq_lock);
	while (wq_queued(wq, wk) && curlwp != wq->wq_lwp)
		cv_wait(&wq->wq_cv, &wq->wq_lock);
	mutex_exit(&wq->wq_lock);
}
