/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * softint(9) and the levels of spl(9).
 *
 * Each soft level has one thread, which exists from the first
 * softint_schedule() of that level on.  sl_lock protects a level's queue and
 * the states of its handlers.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/intr.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/queue.h>

#include <rump/rumpuser.h>

#include <rump-priv/kern.h>

struct softlevel {
	kmutex_t sl_lock;
	kcondvar_t sl_cv;		/* work, and ends of handlers */
	SIMPLEQ_HEAD(, softint) sl_queue;
	struct softint *sl_running;
	struct lwp *sl_lwp;		/* prepared, or running */
	bool sl_launched;
};

struct softint {
	SIMPLEQ_ENTRY(softint) si_entry;
	void (*si_func)(void *);
	void *si_arg;
	struct softlevel *si_level;
	bool si_mpsafe;
	bool si_pending;
};

static struct softlevel levels[SOFTINT_COUNT];

static const struct {
	const char *name;
	pri_t pri;
} levelinfo[SOFTINT_COUNT] = {
	[SOFTINT_BIO] = { "softbio", PRI_KERNEL_RT + 29 },
	[SOFTINT_CLOCK] = { "softclk", PRI_KERNEL_RT + 28 },
	[SOFTINT_SERIAL] = { "softser", PRI_KERNEL_RT + 31 },
	[SOFTINT_NET] = { "softnet", PRI_KERNEL_RT + 30 },
};

void
rump_softint_init(void)
{
	struct softlevel *sl;
	int i;

	for (i = 0; i < SOFTINT_COUNT; i++) {
		sl = &levels[i];
		mutex_init(&sl->sl_lock, MUTEX_DEFAULT, IPL_SCHED);
		cv_init(&sl->sl_cv, levelinfo[i].name);
		SIMPLEQ_INIT(&sl->sl_queue);
	}
}

static void
softint_run(struct softlevel *sl, struct softint *si)
{

	si->si_pending = false;
	sl->sl_running = si;
	mutex_exit(&sl->sl_lock);
	if (!si->si_mpsafe)
		KERNEL_LOCK(1, NULL);
	(*si->si_func)(si->si_arg);
	if (!si->si_mpsafe)
		KERNEL_UNLOCK_ONE(NULL);
	mutex_enter(&sl->sl_lock);
	sl->sl_running = NULL;
	cv_broadcast(&sl->sl_cv);
}

static void
softint_thread(void *arg)
{
	struct softlevel *sl = arg;
	struct softint *si;

	curlwp->l_pflag |= LP_INTR;
	mutex_enter(&sl->sl_lock);
	for (;;) {
		while ((si = SIMPLEQ_FIRST(&sl->sl_queue)) == NULL)
			cv_wait(&sl->sl_cv, &sl->sl_lock);
		SIMPLEQ_REMOVE_HEAD(&sl->sl_queue, si_entry);
		softint_run(sl, si);
	}
}

void *
softint_establish(u_int flags, void (*func)(void *), void *arg)
{
	struct softlevel *sl;
	struct softint *si;
	struct lwp *l = NULL;
	u_int lvl = flags & SOFTINT_LVLMASK;

	KASSERT(lvl < SOFTINT_COUNT);
	sl = &levels[lvl];
	if (sl->sl_lwp == NULL && (l = rump_kthread_prepare(levelinfo[lvl].pri,
	    KTHREAD_MPSAFE, NULL, softint_thread, sl,
	    levelinfo[lvl].name)) == NULL)
		return NULL;
	mutex_enter(&sl->sl_lock);
	if (l != NULL && sl->sl_lwp == NULL) {
		sl->sl_lwp = l;
		l = NULL;
	}
	mutex_exit(&sl->sl_lock);
	if (l != NULL)
		rump_lwp_free(l);
	si = kmem_zalloc(sizeof(*si), KM_SLEEP);
	si->si_func = func;
	si->si_arg = arg;
	si->si_level = sl;
	si->si_mpsafe = (flags & SOFTINT_MPSAFE) != 0;
	return si;
}

void
softint_disestablish(void *cookie)
{
	struct softint *si = cookie;
	struct softlevel *sl = si->si_level;

	mutex_enter(&sl->sl_lock);
	if (si->si_pending) {
		SIMPLEQ_REMOVE(&sl->sl_queue, si, softint, si_entry);
		si->si_pending = false;
	}
	while (sl->sl_running == si && curlwp != sl->sl_lwp)
		cv_wait(&sl->sl_cv, &sl->sl_lock);
	mutex_exit(&sl->sl_lock);
	kmem_free(si, sizeof(*si));
}

/* Without threads it runs here and now, unless the level is busy below us. */
static void
softint_inline(struct softlevel *sl)
{
	struct softint *si;

	while (sl->sl_running == NULL &&
	    (si = SIMPLEQ_FIRST(&sl->sl_queue)) != NULL) {
		SIMPLEQ_REMOVE_HEAD(&sl->sl_queue, si_entry);
		softint_run(sl, si);
	}
}

void
softint_schedule(void *cookie)
{
	struct softint *si = cookie;
	struct softlevel *sl = si->si_level;

	mutex_enter(&sl->sl_lock);
	if (!si->si_pending) {
		si->si_pending = true;
		SIMPLEQ_INSERT_TAIL(&sl->sl_queue, si, si_entry);
		if (!rump_threads)
			softint_inline(sl);
		else if (sl->sl_launched)
			cv_broadcast(&sl->sl_cv);
		else if (rump_kthread_launch(sl->sl_lwp) == 0)
			sl->sl_launched = true;
		else
			printf("softint: no host thread to be had; later\n");
	}
	mutex_exit(&sl->sl_lock);
}

void
softint_schedule_cpu(void *cookie, struct cpu_info *ci)
{

	softint_schedule(cookie);
}

/*
 * Contexts and levels.
 */

bool
cpu_softintr_p(void)
{

	return (curlwp->l_pflag & LP_INTR) != 0;
}

/* Nothing of ours runs outside of a lwp. */
bool
cpu_intr_p(void)
{

	return false;
}

int
splraise(int level)
{
	struct cpu_info *ci = curcpu();
	int old = ci->ci_ilevel;

	if (level > old)
		ci->ci_ilevel = level;
	return old;
}

void
spllower(int level)
{

	curcpu()->ci_ilevel = level;
}
