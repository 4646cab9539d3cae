/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kthread(9).  A kernel thread is a fiber in `up' (sched_fiber.c), a host
 * thread in `smp'.  Either is made when it first has something to do;
 * rump_kthread_launch() is the only place that makes one.  l_exited is under
 * proc0's p_lock.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/cpu.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/proc.h>

#include <rump/rumpuser.h>

#include "sched_impl.h"

/* With a virtual CPU held. */
static void __dead
kthread_run(struct lwp *l)
{

	l->l_stat = LSONPROC;
	if ((l->l_pflag & LP_MPSAFE) == 0)
		KERNEL_LOCK(1, NULL);
	(*l->l_func)(l->l_farg);
	kthread_exit(0);
}

static void
kthread_bind(struct lwp *l)
{

	rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
	l->l_entered = 1;
	l->l_bound = 1;
}

#ifdef RUMP_UP
static void
kthread_main(void *arg)
{

	kthread_bind(arg);
	kthread_run(arg);
}
#else
static void *
kthread_main(void *arg)
{

	kthread_bind(arg);
	rump_schedule_cpu(arg);
	kthread_run(arg);
}
#endif

struct lwp *
rump_kthread_prepare(pri_t pri, int flags, struct cpu_info *ci,
    void (*func)(void *), void *arg, const char *name)
{
	struct lwp *l;

	if ((l = rump__lwproc_alloclwp(&proc0)) == NULL)
		return NULL;
	l->l_flag |= LW_SYSTEM;
	l->l_priority = pri == PRI_NONE ? PRI_KTHREAD : pri;
	l->l_func = func;
	l->l_farg = arg;
	l->l_name = kmem_strdup(name, KM_SLEEP);
	l->l_stat = LSIDL;
	if (flags & KTHREAD_MPSAFE)
		l->l_pflag |= LP_MPSAFE;
	if (flags & KTHREAD_MUSTJOIN)
		l->l_pflag |= LP_MUSTJOIN;
	if (ci != NULL) {
		__atomic_store_n(&l->l_cpu, ci, __ATOMIC_RELAXED);
		l->l_pflag |= LP_BOUND;
	}
	return l;
}

int
rump_kthread_launch(struct lwp *l)
{

	if (!rump_threads)
		return EAGAIN;
#ifdef RUMP_UP
	return rump_fiber_start(l, kthread_main);
#else
	return rumpuser_thread_create(kthread_main, l, l->l_name,
	    (l->l_pflag & LP_MUSTJOIN) != 0, l->l_priority, -1,
	    &l->l_hostthread);
#endif
}

int
kthread_create(pri_t pri, int flags, struct cpu_info *ci,
    void (*func)(void *), void *arg, lwp_t **lp, const char *fmt, ...)
{
	char name[MAXCOMLEN + 1];
	struct lwp *l;
	va_list ap;
	int error;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	l = rump_kthread_prepare(pri, flags, ci, func, arg, name);
	if (l == NULL)
		return ENOMEM;
	/* Before the thread can run and free it. */
	if (lp != NULL)
		*lp = l;
	if ((error = rump_kthread_launch(l)) != 0) {
		if (lp != NULL)
			*lp = NULL;
		rump_lwp_free(l);
	}
	return error;
}

void
kthread_exit(int ecode)
{
	struct lwp *l = curlwp;
	bool join = (l->l_pflag & LP_MUSTJOIN) != 0;

	KASSERT(l->l_flag & LW_SYSTEM);
	_kernel_unlock(0, NULL);
	if (join) {
		mutex_enter(proc0.p_lock);
		l->l_exited = 1;
		cv_broadcast(&proc0.p_lwpcv);
		mutex_exit(proc0.p_lock);
	}
#ifdef RUMP_UP
	if (!join)
		rump_lwp_leave(l);
	rump_fiber_exit();
#else
	if (join) {
		rump_unschedule_cpu(l);
		rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
	} else
		rump_lwp_leave(l);
	rumpuser_thread_exit();
#endif
}

int
kthread_join(lwp_t *l)
{

	KASSERT(l->l_pflag & LP_MUSTJOIN);
	mutex_enter(proc0.p_lock);
	while (!l->l_exited)
		cv_wait(&proc0.p_lwpcv, proc0.p_lock);
	mutex_exit(proc0.p_lock);
#ifdef RUMP_SMP
	(void)rumpuser_thread_join(l->l_hostthread);
#endif
	rump_lwp_free(l);
	return 0;
}

/* Run a lwp made by lwp_create(). */
void
sched_enqueue(struct lwp *l, bool swtch)
{

	KASSERT(l->l_stat == LSIDL && l->l_func != NULL);
	l->l_flag |= LW_SYSTEM;
	l->l_pflag |= LP_MPSAFE;
	if (rump_kthread_launch(l) != 0)
		panic("sched_enqueue: no host thread to be had");
}
