/* SPDX-License-Identifier: BSD-2-Clause */
/* Upcalls of a kind chosen at run time (rump-sys/dispatch.h). */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <rump-sys/dispatch.h>

struct rump_dispatch {
	kmutex_t d_lock;		/* kind and count */
	kcondvar_t d_cv;
	enum rump_dispatch_kind d_kind;
	unsigned int d_pending;
	rump_upcall_fn d_fn;
	void *d_arg;
	struct workqueue *d_wq;
	const char *d_name;
};

static void
deliver(struct rump_dispatch *d, struct rump_upcall *u)
{

	/* The message may be gone afterwards. */
	(*d->d_fn)(u, d->d_arg);
	mutex_enter(&d->d_lock);
	if (--d->d_pending == 0)
		cv_broadcast(&d->d_cv);
	mutex_exit(&d->d_lock);
}

static void
dispatch_work(struct work *wk, void *arg)
{

	deliver(arg, (struct rump_upcall *)(void *)wk);
}

static void
dispatch_thread(void *arg)
{
	struct rump_upcall *u = arg;

	deliver(u->u_dispatch, u);
	kthread_exit(0);
}

int
rump_dispatch_create(struct rump_dispatch **dp, enum rump_dispatch_kind kind,
    rump_upcall_fn fn, void *arg, const char *name)
{
	struct rump_dispatch *d = kmem_zalloc(sizeof(*d), KM_SLEEP);
	int error;

	error = workqueue_create(&d->d_wq, name, dispatch_work, d, PRI_NONE,
	    IPL_VM, WQ_MPSAFE);
	if (error != 0) {
		kmem_free(d, sizeof(*d));
		return error;
	}
	mutex_init(&d->d_lock, MUTEX_DEFAULT, IPL_VM);
	cv_init(&d->d_cv, "dispatch");
	d->d_kind = kind;
	d->d_fn = fn;
	d->d_arg = arg;
	d->d_name = name;
	*dp = d;
	return 0;
}

void
rump_dispatch_destroy(struct rump_dispatch *d)
{

	rump_dispatch_drain(d);
	workqueue_destroy(d->d_wq);
	cv_destroy(&d->d_cv);
	mutex_destroy(&d->d_lock);
	kmem_free(d, sizeof(*d));
}

int
rump_dispatch(struct rump_dispatch *d, struct rump_upcall *u)
{
	enum rump_dispatch_kind kind;
	int error = 0;

	u->u_dispatch = d;
	mutex_enter(&d->d_lock);
	kind = d->d_kind;
	d->d_pending++;
	mutex_exit(&d->d_lock);
	switch (kind) {
	case RUMP_DISPATCH_CALL:
		deliver(d, u);
		break;
	case RUMP_DISPATCH_QUEUE:
		workqueue_enqueue(d->d_wq, &u->u_work, NULL);
		break;
	case RUMP_DISPATCH_THREAD:
		error = kthread_create(PRI_NONE, KTHREAD_MPSAFE, NULL,
		    dispatch_thread, u, NULL, "%s", d->d_name);
		break;
	}
	if (error != 0) {
		mutex_enter(&d->d_lock);
		if (--d->d_pending == 0)
			cv_broadcast(&d->d_cv);
		mutex_exit(&d->d_lock);
	}
	return error;
}

void
rump_dispatch_set(struct rump_dispatch *d, enum rump_dispatch_kind kind)
{

	mutex_enter(&d->d_lock);
	d->d_kind = kind;
	mutex_exit(&d->d_lock);
}

void
rump_dispatch_drain(struct rump_dispatch *d)
{

	mutex_enter(&d->d_lock);
	while (d->d_pending != 0)
		cv_wait(&d->d_cv, &d->d_lock);
	mutex_exit(&d->d_lock);
}
