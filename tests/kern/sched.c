/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of locks, sleeping and threads: int
 * rumptest_NAME(void), 0 or the line of what failed, called with a virtual
 * CPU held.  rumptest_torture_* are called by many host threads at once.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/errno.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/once.h>
#include <sys/percpu.h>
#include <sys/proc.h>
#include <sys/pserialize.h>
#include <sys/pslist.h>
#include <sys/psref.h>
#include <sys/rwlock.h>
#include <sys/syscall.h>
#include <sys/workqueue.h>
#include <sys/xcall.h>

#include <rump-priv/localcount.h>
#include <rump-sys/kern.h>

int	rumptest_mutex(void);
int	rumptest_rwlock(void);
int	rumptest_condvar(void);
int	rumptest_sleep(void);
int	rumptest_kthread(void);
int	rumptest_softint(void);
int	rumptest_workqueue(void);
int	rumptest_once(void);
int	rumptest_percpu(void);
int	rumptest_psref(void);
int	rumptest_localcount(void);
int	rumptest_kauth(void);
int	rumptest_klock(void);
int	rumptest_module(void);
int	rumptest_component(void);
int	rumptest_priority(void);
void	rumptest_breach(int);
void	rumptest_panic_install(void);
void	rumptest_excl_init(void);
void	rumptest_excl_count(int);
long	rumptest_excl_get(void);
void	rumptest_torture_init(void);
void	rumptest_torture_run(int, int);
int	rumptest_torture_check(int);

#define WANT(cond)							\
do {									\
	if (!(cond))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

int
rumptest_mutex(void)
{
	kmutex_t m, *mo;

	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	WANT(!mutex_owned(&m));
	mutex_enter(&m);
	WANT(mutex_owned(&m) && mutex_owner(&m) == curlwp);
	WANT(mutex_tryenter(&m) == 0);
	mutex_exit(&m);
	WANT(mutex_tryenter(&m) != 0);
	mutex_exit(&m);
	WANT(!mutex_owned(&m) && mutex_owner(&m) == NULL);
	mutex_destroy(&m);

	mutex_init(&m, MUTEX_DEFAULT, IPL_VM);
	mutex_spin_enter(&m);
	WANT(mutex_owned(&m));
	mutex_spin_exit(&m);
	mutex_destroy(&m);

	mo = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);
	mutex_obj_hold(mo);
	mutex_enter(mo);
	mutex_exit(mo);
	WANT(!mutex_obj_free(mo));
	WANT(mutex_obj_free(mo));
	return 0;
}

int
rumptest_rwlock(void)
{
	krwlock_t rw;

	rw_init(&rw);
	rw_enter(&rw, RW_READER);
	WANT(rw_read_held(&rw) && rw_lock_held(&rw) && !rw_write_held(&rw));
	WANT(rw_tryenter(&rw, RW_WRITER) == 0);
	WANT(rw_tryupgrade(&rw) != 0);
	WANT(rw_write_held(&rw) && !rw_read_held(&rw));
	WANT(rw_tryenter(&rw, RW_READER) == 0);
	rw_downgrade(&rw);
	WANT(rw_read_held(&rw));
	rw_exit(&rw);
	WANT(!rw_lock_held(&rw));
	rw_enter(&rw, RW_WRITER);
	WANT(rw_write_held(&rw));
	rw_exit(&rw);
	rw_destroy(&rw);
	return 0;
}

/*
 * Threads that take turns.
 */

static struct {
	kmutex_t lock;
	kcondvar_t cv, cv2;
	int turn, woken, done;
} pp;

static void
player(void *arg)
{
	int me = (int)(intptr_t)arg, i;

	mutex_enter(&pp.lock);
	for (i = 0; i < 200; i++) {
		while (pp.turn % 3 != me)
			cv_wait(&pp.cv, &pp.lock);
		pp.turn++;
		cv_broadcast(&pp.cv);
	}
	pp.done++;
	cv_broadcast(&pp.cv2);
	mutex_exit(&pp.lock);
	kthread_exit(0);
}

static void
sleeper(void *arg)
{

	mutex_enter(&pp.lock);
	pp.turn++;
	cv_signal(&pp.cv2);
	cv_wait(&pp.cv, &pp.lock);
	pp.woken++;
	cv_signal(&pp.cv2);
	mutex_exit(&pp.lock);
	kthread_exit(0);
}

static void
pp_init(void)
{

	memset(&pp, 0, sizeof(pp));
	mutex_init(&pp.lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&pp.cv, "pp");
	cv_init(&pp.cv2, "pp2");
}

static void
pp_fini(void)
{

	cv_destroy(&pp.cv);
	cv_destroy(&pp.cv2);
	mutex_destroy(&pp.lock);
}

int
rumptest_condvar(void)
{
	lwp_t *l[3];
	int i, error;

	pp_init();
	for (i = 0; i < 3; i++)
		WANT(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, player, (void *)(intptr_t)i, &l[i], "p%d", i) == 0);
	mutex_enter(&pp.lock);
	while (pp.done < 3)
		cv_wait(&pp.cv2, &pp.lock);
	WANT(pp.turn == 600);
	mutex_exit(&pp.lock);
	for (i = 0; i < 3; i++)
		WANT(kthread_join(l[i]) == 0);
	WANT(!cv_has_waiters(&pp.cv));

	/* One signal wakes one, a broadcast the rest. */
	pp.turn = 0;
	for (i = 0; i < 3; i++)
		WANT(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, sleeper, NULL, &l[i], "s%d", i) == 0);
	mutex_enter(&pp.lock);
	while (pp.turn < 3)
		cv_wait(&pp.cv2, &pp.lock);
	WANT(cv_has_waiters(&pp.cv));
	cv_signal(&pp.cv);
	while (pp.woken < 1)
		cv_wait(&pp.cv2, &pp.lock);
	error = cv_timedwait(&pp.cv2, &pp.lock, 3);
	WANT(error == EWOULDBLOCK && pp.woken == 1);
	cv_broadcast(&pp.cv);
	while (pp.woken < 3)
		cv_wait(&pp.cv2, &pp.lock);
	mutex_exit(&pp.lock);
	for (i = 0; i < 3; i++)
		WANT(kthread_join(l[i]) == 0);
	pp_fini();
	return 0;
}

static volatile unsigned int wchan_flag;

static void
waker(void *arg)
{

	kpause("waker", false, 2, NULL);
	atomic_inc_uint(&wchan_flag);
	wakeup(&wchan_flag);
	kthread_exit(0);
}

int
rumptest_sleep(void)
{
	struct timespec t0, t1;
	lwp_t *l;
	kmutex_t m;

	WANT(tsleep(&wchan_flag, 0, "tst", 2) == EWOULDBLOCK);
	getnanouptime(&t0);
	(void)kpause("tst", false, hz / 10 > 0 ? hz / 10 : 1, NULL);
	getnanouptime(&t1);
	timespecsub(&t1, &t0, &t1);
	WANT(t1.tv_sec > 0 || t1.tv_nsec >= 80000000);
	WANT(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    waker, NULL, &l, "waker") == 0);
	while (atomic_cas_uint(&wchan_flag, 0, 0) == 0)
		(void)tsleep(&wchan_flag, PCATCH, "tst", 2);
	WANT(kthread_join(l) == 0);
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&m);
	WANT(mtsleep(&wchan_flag, 0, "tst", 1, &m) == EWOULDBLOCK);
	WANT(mutex_owned(&m));
	WANT(mtsleep(&wchan_flag, PNORELOCK, "tst", 1, &m) == EWOULDBLOCK);
	WANT(!mutex_owned(&m));
	mutex_destroy(&m);
	yield();
	preempt();
	return 0;
}

static volatile unsigned int nothread;

static void
plain_thread(void *arg)
{

	/* Not MPSAFE: runs under the kernel lock. */
	atomic_swap_uint(&nothread, KERNEL_LOCKED_P() ? 1 : 2);
	wakeup(__UNVOLATILE(&nothread));
	/* Returning is the same as kthread_exit(). */
}

int
rumptest_kthread(void)
{

	WANT(kthread_create(PRI_NONE, 0, NULL, plain_thread, NULL, NULL,
	    "plain") == 0);
	while (atomic_cas_uint(&nothread, 0, 0) == 0)
		(void)tsleep(__UNVOLATILE(&nothread), 0, "plain", 1);
	WANT(nothread == 1);
	return 0;
}

static volatile unsigned int soft_runs;

static void
soft_handler(void *arg)
{

	if (cpu_softintr_p() && arg == &soft_runs)
		atomic_inc_uint(&soft_runs);
	wakeup(__UNVOLATILE(&soft_runs));
}

int
rumptest_softint(void)
{
	void *si;
	int i;

	WANT((si = softint_establish(SOFTINT_NET | SOFTINT_MPSAFE,
	    soft_handler, __UNVOLATILE(&soft_runs))) != NULL);
	for (i = 1; i <= 5; i++) {
		softint_schedule(si);
		while (atomic_cas_uint(&soft_runs, 0, 0) < i)
			(void)tsleep(__UNVOLATILE(&soft_runs), 0, "soft", 1);
	}
	softint_disestablish(si);
	WANT(soft_runs == 5);
	return 0;
}

static int work_seen;

static void
work_func(struct work *wk, void *arg)
{

	work_seen++;
	kmem_free(wk, sizeof(*wk));
}

int
rumptest_workqueue(void)
{
	struct workqueue *wq;
	int i;

	WANT(workqueue_create(&wq, "tst", work_func, NULL, PRI_NONE, IPL_NONE,
	    WQ_MPSAFE) == 0);
	for (i = 0; i < 100; i++)
		workqueue_enqueue(wq, kmem_alloc(sizeof(struct work),
		    KM_SLEEP), NULL);
	workqueue_destroy(wq);
	WANT(work_seen == 100);
	WANT(workqueue_create(&wq, "idle", work_func, NULL, PRI_NONE,
	    IPL_NONE, 0) == 0);
	workqueue_destroy(wq);
	return 0;
}

static int once_runs;

static int
once_func(void)
{

	once_runs++;
	return EDOM;
}

int
rumptest_once(void)
{
	static ONCE_DECL(once);

	WANT(RUN_ONCE(&once, once_func) == EDOM);
	WANT(RUN_ONCE(&once, once_func) == EDOM);
	WANT(once_runs == 1);
	return 0;
}

static void
sum_cb(void *p, void *arg, struct cpu_info *ci)
{

	*(int *)arg += *(int *)p;
}

static void
visit_cb(void *arg1, void *arg2)
{
	int *p = percpu_getref(arg1);

	*p += 1;
	percpu_putref(arg1);
}

int
rumptest_percpu(void)
{
	percpu_t *pc = percpu_alloc(sizeof(int));
	int sum = 0, *p;

	xc_wait(xc_broadcast(0, visit_cb, pc, NULL));
	percpu_foreach(pc, sum_cb, &sum);
	WANT(sum == ncpu);
	p = percpu_getref(pc);
	*p += 10;
	percpu_putref(pc);
	sum = 0;
	percpu_foreach(pc, sum_cb, &sum);
	WANT(sum == ncpu + 10);
	percpu_free(pc, sizeof(int));
	return 0;
}

struct node {
	struct pslist_entry entry;
	struct psref_target target;
	int value;
};

static struct {
	struct psref_class *class;
	struct node *node;
	int destroyed;
} ps;

static void
destroyer(void *arg)
{

	psref_target_destroy(&ps.node->target, ps.class);
	ps.destroyed = 1;
	kthread_exit(0);
}

int
rumptest_psref(void)
{
	static struct pslist_head list = PSLIST_INITIALIZER;
	struct psref ref, ref2;
	pserialize_t psz = pserialize_create();
	struct node *n;
	lwp_t *l;
	int s, bound, sum = 0;

	ps.class = psref_class_create("tst", IPL_SOFTNET);
	ps.node = kmem_zalloc(sizeof(*n), KM_SLEEP);
	ps.node->value = 42;
	PSLIST_ENTRY_INIT(ps.node, entry);
	psref_target_init(&ps.node->target, ps.class);
	PSLIST_WRITER_INSERT_HEAD(&list, ps.node, entry);

	bound = curlwp_bind();
	s = pserialize_read_enter();
	PSLIST_READER_FOREACH(n, &list, struct node, entry) {
		sum += n->value;
		psref_acquire(&ref, &n->target, ps.class);
	}
	pserialize_read_exit(s);
	WANT(sum == 42 && psref_held(&ps.node->target, ps.class));
	psref_copy(&ref2, &ref, ps.class);
	psref_release(&ref2, &ps.node->target, ps.class);

	PSLIST_WRITER_REMOVE(ps.node, entry);
	pserialize_perform(psz);
	WANT(PSLIST_READER_FIRST(&list, struct node, entry) == NULL);
	WANT(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    destroyer, NULL, &l, "destroy") == 0);
	(void)kpause("tst", false, 3, NULL);
	WANT(!ps.destroyed);
	psref_release(&ref, &ps.node->target, ps.class);
	WANT(!psref_held(&ps.node->target, ps.class));
	curlwp_bindx(bound);
	WANT(kthread_join(l) == 0);
	WANT(ps.destroyed);
	PSLIST_ENTRY_DESTROY(ps.node, entry);
	kmem_free(ps.node, sizeof(*ps.node));
	psref_class_destroy(ps.class);
	pserialize_destroy(psz);
	return 0;
}

static struct {
	struct localcount lc;
	kmutex_t lock;
	kcondvar_t cv;
	int drained;
} lct;

static void
drainer(void *arg)
{

	mutex_enter(&lct.lock);
	localcount_drain(&lct.lc, &lct.cv, &lct.lock);
	lct.drained = 1;
	mutex_exit(&lct.lock);
	kthread_exit(0);
}

int
rumptest_localcount(void)
{
	lwp_t *l;

	localcount_init(&lct.lc);
	mutex_init(&lct.lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&lct.cv, "lc");
	localcount_acquire(&lct.lc);
	localcount_acquire(&lct.lc);
	localcount_release(&lct.lc, &lct.cv, &lct.lock);
	WANT(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    drainer, NULL, &l, "drain") == 0);
	(void)kpause("tst", false, 3, NULL);
	WANT(!lct.drained);
	localcount_release(&lct.lc, &lct.cv, &lct.lock);
	WANT(kthread_join(l) == 0);
	WANT(lct.drained);
	localcount_fini(&lct.lc);
	cv_destroy(&lct.cv);
	mutex_destroy(&lct.lock);
	return 0;
}

static int
deny_mount(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{

	return action == KAUTH_SYSTEM_MOUNT ? KAUTH_RESULT_DENY :
	    KAUTH_RESULT_DEFER;
}

int
rumptest_kauth(void)
{
	kauth_cred_t root = kauth_cred_alloc(), user, copy;
	kauth_listener_t kl;
	gid_t groups[2] = { 7, 9 }, got[2];
	int member;

	user = kauth_cred_dup(root);
	kauth_cred_setuid(user, 10);
	kauth_cred_seteuid(user, 10);
	kauth_cred_setsvuid(user, 10);
	WANT(kauth_cred_setgroups(user, groups, 2, -1, UIO_SYSSPACE) == 0);
	WANT(kauth_cred_getgroups(user, got, 2, UIO_SYSSPACE) == 0);
	WANT(got[0] == 7 && got[1] == 9 && kauth_cred_ngroups(user) == 2);
	WANT(kauth_cred_ismember_gid(user, 9, &member) == 0 && member);
	WANT(kauth_cred_ismember_gid(user, 8, &member) == 0 && !member);
	WANT(!kauth_cred_uidmatch(root, user));

	WANT(kauth_authorize_generic(root, KAUTH_GENERIC_ISSUSER, NULL) == 0);
	WANT(kauth_authorize_generic(user, KAUTH_GENERIC_ISSUSER, NULL) ==
	    EPERM);
	WANT(kauth_authorize_system(user, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_NEW, NULL, NULL, NULL) == EPERM);
	WANT(kauth_authorize_vnode(user, KAUTH_VNODE_READ_DATA, NULL, NULL,
	    0) == 0);
	WANT(kauth_authorize_vnode(user, KAUTH_VNODE_READ_DATA, NULL, NULL,
	    EACCES) == EACCES);
	WANT(kauth_authorize_vnode(root, KAUTH_VNODE_READ_DATA, NULL, NULL,
	    EACCES) == 0);
	WANT(kauth_authorize_vnode(root, KAUTH_VNODE_EXECUTE, NULL, NULL,
	    EACCES) == EACCES);
	WANT(kauth_authorize_vnode(root, KAUTH_VNODE_EXECUTE |
	    KAUTH_VNODE_IS_EXEC, NULL, NULL, EACCES) == 0);

	kl = kauth_listen_scope(KAUTH_SCOPE_SYSTEM, deny_mount, NULL);
	WANT(kauth_authorize_system(root, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_NEW, NULL, NULL, NULL) == EPERM);
	WANT(kauth_authorize_system(root, KAUTH_SYSTEM_REBOOT, 0, NULL, NULL,
	    NULL) == 0);
	kauth_unlisten_scope(kl);
	WANT(kauth_authorize_system(root, KAUTH_SYSTEM_MOUNT,
	    KAUTH_REQ_SYSTEM_MOUNT_NEW, NULL, NULL, NULL) == 0);
	kauth_cred_hold(user);
	WANT(kauth_cred_getrefcnt(user) == 2);
	copy = kauth_cred_copy(user);
	WANT(copy != user && kauth_cred_getrefcnt(copy) == 1);
	WANT(kauth_cred_copy(copy) == copy);
	kauth_cred_free(copy);
	kauth_cred_free(user);
	kauth_cred_free(root);
	return 0;
}

int
rumptest_klock(void)
{

	WANT(!KERNEL_LOCKED_P());
	KERNEL_LOCK(1, NULL);
	KERNEL_LOCK(2, NULL);
	WANT(KERNEL_LOCKED_P());
	(void)kpause("klock", false, 1, NULL);
	WANT(KERNEL_LOCKED_P());
	KERNEL_UNLOCK_ONE(NULL);
	KERNEL_UNLOCK_ONE(NULL);
	KERNEL_UNLOCK_LAST(NULL);
	WANT(!KERNEL_LOCKED_P());
	return 0;
}

/*
 * Modules and components of this object.
 */

static int mod_base_state, mod_top_state, comp_runs;

MODULE(MODULE_CLASS_MISC, rumptest_top, "rumptest_base");
MODULE(MODULE_CLASS_MISC, rumptest_base, NULL);

static int
rumptest_top_modcmd(modcmd_t cmd, void *arg)
{

	if (cmd == MODULE_CMD_INIT)
		mod_top_state = mod_base_state == 1 ? 1 : -1;
	else if (cmd == MODULE_CMD_FINI)
		mod_top_state = 2;
	else
		return ENOTTY;
	return 0;
}

static int
rumptest_base_modcmd(modcmd_t cmd, void *arg)
{

	if (cmd == MODULE_CMD_INIT)
		mod_base_state = 1;
	else if (cmd == MODULE_CMD_FINI)
		mod_base_state = 2;
	else
		return ENOTTY;
	return 0;
}

static const struct modinfo broken_modinfo = {
	.mi_version = __NetBSD_Version__,
	.mi_class = MODULE_CLASS_MISC,
	.mi_modcmd = rumptest_base_modcmd,
	.mi_name = "rumptest_broken",
	.mi_required = "rumptest_base,no_such_module",
};

RUMP_COMPONENT(RUMP_COMPONENT_POSTINIT)
{

	comp_runs++;
}

int
rumptest_module(void)
{
	static const struct modinfo *const again[] = {
		&rumptest_base_modinfo, &rumptest_top_modinfo
	};
	static const struct modinfo *const broken[] = { &broken_modinfo };

	WANT(mod_base_state == 1 && mod_top_state == 1);
	WANT(module_autoload("rumptest_top", MODULE_CLASS_MISC) == 0);
	WANT(module_autoload("rumptest_top", MODULE_CLASS_VFS) == ENOENT);
	WANT(module_autoload("rumptest_nowhere", MODULE_CLASS_ANY) == ENOENT);
	WANT(rump_module_init(broken, 1) == ENOENT);
	WANT(module_autoload("rumptest_broken", MODULE_CLASS_ANY) == ENOENT);
	WANT(rump_module_init(again, 2) == 0);
	WANT(module_unload("rumptest_base") == EBUSY);
	WANT(rump_module_fini(&rumptest_top_modinfo) == 0);
	WANT(mod_top_state == 2);
	WANT(module_unload("rumptest_base") == 0 && mod_base_state == 2);
	WANT(rump_module_init(again, 2) == 0);
	WANT(mod_base_state == 1 && mod_top_state == 1);
	return 0;
}

int
rumptest_component(void)
{

	WANT(comp_runs == 1);
	return 0;
}

/*
 * Breaches of the lock rules; a checking build panics at each.
 */
void
rumptest_breach(int which)
{
	static kmutex_t a, b, spin;
	pserialize_t psz;

	mutex_init(&a, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&b, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&spin, MUTEX_DEFAULT, IPL_VM);
	switch (which) {
	case 0:		/* recursion */
		mutex_enter(&a);
		mutex_enter(&a);
		break;
	case 1:		/* not the owner */
		mutex_exit(&a);
		break;
	case 2:		/* a sleeping lock inside a spin lock */
		mutex_spin_enter(&spin);
		mutex_enter(&a);
		break;
	case 3:		/* sleep with a spin lock held */
		mutex_spin_enter(&spin);
		(void)kpause("breach", false, 1, NULL);
		break;
	case 4:		/* sleep inside a read section */
		(void)pserialize_read_enter();
		(void)kpause("breach", false, 1, NULL);
		break;
	case 5:		/* a writer inside a read section */
		psz = pserialize_create();
		(void)pserialize_read_enter();
		pserialize_perform(psz);
		break;
	case 6:		/* destruction of a held lock */
		mutex_enter(&a);
		mutex_destroy(&a);
		break;
	}
}

/*
 * Of several that become ready the most urgent one runs first (where there
 * is only one virtual CPU to run on).
 */
static struct {
	int asleep, order[3], n;
} prio;

static void
prio_thread(void *arg)
{

	prio.asleep++;
	(void)tsleep(&prio, 0, "prio", 0);
	prio.order[prio.n++] = (int)(intptr_t)arg;
	kthread_exit(0);
}

int
rumptest_priority(void)
{
	static const pri_t pri[3] = { PRI_KTHREAD, PRI_KERNEL_RT,
	    PRI_KERNEL };
	lwp_t *l[3];
	int i;

	if (ncpu > 1)
		return 0;
	for (i = 0; i < 3; i++)
		WANT(kthread_create(pri[i], KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, prio_thread, (void *)(intptr_t)i, &l[i], "prio") ==
		    0);
	while (prio.asleep < 3)
		(void)kpause("prio", false, 1, NULL);
	wakeup(&prio);
	for (i = 0; i < 3; i++)
		WANT(kthread_join(l[i]) == 0);
	WANT(prio.order[0] == 1 && prio.order[1] == 0 && prio.order[2] == 2);
	return 0;
}

/*
 * One virtual CPU excludes all others by itself: nothing is lost of a plain
 * counter.  With several there is a mutex.
 */
static volatile long excl_count;
static kmutex_t excl_lock;
#ifdef RUMP_UP
extern unsigned int rump_bias_max;
#endif

void
rumptest_excl_init(void)
{

	mutex_init(&excl_lock, MUTEX_DEFAULT, IPL_NONE);
#ifdef RUMP_UP
	rump_bias_max = 32;
#endif
}

void
rumptest_excl_count(int dawdle)
{
	volatile int i;
	long v;

	if (ncpu > 1)
		mutex_enter(&excl_lock);
	v = excl_count;
	for (i = 0; i < dawdle; i++)
		continue;
	excl_count = v + 1;
	if (ncpu > 1)
		mutex_exit(&excl_lock);
}

long
rumptest_excl_get(void)
{

	return excl_count;
}

/* A system call that panics, in the place of getpgid(2). */
static int
sys_panic(struct lwp *l, const void *args, register_t *retval)
{

	KERNEL_LOCK(1, NULL);
	panic("asked for");
}

void
rumptest_panic_install(void)
{

	rump_sysent[SYS_getpgid].sy_call = sys_panic;
}

/*
 * Torture: counters that only the locks keep right, with sleeps in between.
 */

static struct {
	kmutex_t mutex, spin;
	krwlock_t rw;
	kcondvar_t cv;
	int plain, spun, written, tokens, readers, klocked;
	bool bad;
} tt;

void
rumptest_torture_init(void)
{

	memset(&tt, 0, sizeof(tt));
	mutex_init(&tt.mutex, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&tt.spin, MUTEX_DEFAULT, IPL_VM);
	rw_init(&tt.rw);
	cv_init(&tt.cv, "torture");
}

static void
torture_mutex(int i)
{
	int v;

	mutex_enter(&tt.mutex);
	v = tt.plain;
	if (i % 16 == 0)
		yield();
	tt.plain = v + 1;
	mutex_exit(&tt.mutex);
	mutex_spin_enter(&tt.spin);
	tt.spun++;
	mutex_spin_exit(&tt.spin);
}

static void
torture_rw(int i)
{
	int v;

	if (i % 4 != 0) {
		rw_enter(&tt.rw, RW_READER);
		v = tt.written;
		if (i % 8 == 1)
			yield();
		if (v != tt.written)
			tt.bad = true;
		rw_exit(&tt.rw);
		return;
	}
	rw_enter(&tt.rw, RW_WRITER);
	v = tt.written;
	if (i % 32 == 0)
		yield();
	tt.written = v + 1;
	if (i % 64 == 0) {
		rw_downgrade(&tt.rw);
		if (tt.written != v + 1)
			tt.bad = true;
	}
	rw_exit(&tt.rw);
}

/* A counting semaphore with two tokens: never three inside. */
static void
torture_cv(int i)
{

	mutex_enter(&tt.mutex);
	while (tt.tokens == 2) {
		if (i % 2)
			cv_wait(&tt.cv, &tt.mutex);
		else
			(void)cv_timedwait(&tt.cv, &tt.mutex, 1);
	}
	tt.tokens++;
	mutex_exit(&tt.mutex);
	if (i % 8 == 0)
		yield();
	mutex_enter(&tt.mutex);
	if (tt.tokens < 1 || tt.tokens > 2)
		tt.bad = true;
	tt.tokens--;
	cv_signal(&tt.cv);
	mutex_exit(&tt.mutex);
}

static void
torture_klock(int i)
{
	int v;

	KERNEL_LOCK(1, NULL);
	v = tt.klocked;
	KERNEL_LOCK(1, NULL);
	tt.klocked = v + 1;
	KERNEL_UNLOCK_ONE(NULL);
	KERNEL_UNLOCK_ONE(NULL);
}

void
rumptest_torture_run(int seed, int rounds)
{
	int i;

	for (i = 0; i < rounds; i++) {
		torture_mutex(i + seed);
		torture_rw(i);
		torture_cv(i + seed);
		torture_klock(i);
	}
}

int
rumptest_torture_check(int total)
{

	WANT(!tt.bad);
	WANT(tt.plain == total);
	WANT(tt.spun == total);
	WANT(tt.written == total / 4);
	WANT(tt.klocked == total);
	WANT(tt.tokens == 0);
	mutex_destroy(&tt.mutex);
	mutex_destroy(&tt.spin);
	rw_destroy(&tt.rw);
	cv_destroy(&tt.cv);
	return 0;
}
