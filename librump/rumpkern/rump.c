/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot: rump_init(), what may be said before it, and the upcalls for the
 * host.  Boot runs on one thread as lwp0; nothing here is eager: threads,
 * caches and tables come with their first use.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/lock.h>
#include <sys/lwp.h>
#include <sys/module.h>
#include <sys/once.h>
#include <sys/proc.h>
#include <sys/reboot.h>
#include <sys/uidinfo.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include <rump-priv/file.h>
#include <rump-priv/kern.h>

int rump_inited;
int rump_threads = 1;

static int bootflags = AB_SILENT;
static volatile int init_state;		/* INIT_* */

enum { INIT_NONE, INIT_HOST, INIT_RUNNING, INIT_DONE, INIT_FAILED };

/*
 * Before boot.
 */

int
rump_boot_gethowto(void)
{

	return bootflags;
}

void
rump_boot_sethowto(int howto)
{

	bootflags = howto;
}

int
rump_daemonize_begin(void)
{

	if (rump_inited)
		return EALREADY;
	return rumpuser_daemonize_begin();
}

int
rump_daemonize_done(int error)
{

	return rumpuser_daemonize_done(error);
}

int
rump_getversion(void)
{

	return __NetBSD_Version__;
}

int
rump_pub_getversion(void)
{

	return __NetBSD_Version__;
}

int
rump_nativeabi_p(void)
{

	return 1;
}

/*
 * Upcalls.
 */

static int
hyp_lwproc_rfork(void *priv, int flags, const char *comm)
{
	int error;

	if (priv != NULL) {
		if (rump_sysproxy_ops.rspo_hyp_rfork == NULL)
			return EOPNOTSUPP;
		return rump_sysproxy_ops.rspo_hyp_rfork(priv, flags, comm);
	}
	if ((error = rump_lwproc_rfork(flags)) == 0 && comm != NULL)
		strlcpy(curproc->p_comm, comm, sizeof(curproc->p_comm));
	rump_knote_proc(curproc, NOTE_EXEC);
	return error;
}

static int
hyp_syscall(int num, void *arg, long *retval)
{

	if (rump_sysproxy_ops.rspo_hyp_syscall == NULL)
		return EOPNOTSUPP;
	return rump_sysproxy_ops.rspo_hyp_syscall(num, arg, retval);
}

/* A remote client is gone: its lwps leave as soon as they can. */
static void
hyp_lwpexit(void)
{
	struct proc *p = curproc;
	struct lwp *l;

	mutex_enter(p->p_lock);
	p->p_sflag |= PS_RUMP_LWPEXIT;
	LIST_FOREACH(l, &p->p_lwps, l_sibling) {
		if (l == curlwp)
			continue;
		l->l_flag |= LW_RUMP_QEXIT;
		rump_lwp_interrupt(l);
	}
	mutex_exit(p->p_lock);
}

static void
hyp_execnotify(const char *comm)
{

	fd_closeexec();
	strlcpy(curproc->p_comm, comm, sizeof(curproc->p_comm));
}

static pid_t
hyp_getpid(void)
{

	return curproc->p_pid;
}

static const struct rumpuser_hyperup hyperup = {
	.hyp_schedule = rump_schedule,
	.hyp_unschedule = rump_unschedule,
	.hyp_backend_unschedule = rump_user_unschedule,
	.hyp_backend_schedule = rump_user_schedule,
	.hyp_lwproc_switch = rump_lwproc_switch,
	.hyp_lwproc_release = rump_lwproc_releaselwp,
	.hyp_lwproc_rfork = hyp_lwproc_rfork,
	.hyp_lwproc_newlwp = rump_lwproc_newlwp,
	.hyp_lwproc_curlwp = rump_lwproc_curlwp,
	.hyp_syscall = hyp_syscall,
	.hyp_lwpexit = hyp_lwpexit,
	.hyp_execnotify = hyp_execnotify,
	.hyp_getpid = hyp_getpid,
	.hyp_thread_exit = rump_lwproc_threadexit,
};

/*
 * Boot.
 */

static int
param_int(const char *name, int dflt)
{
	char buf[64];

	if (rumpuser_getparam(name, buf, sizeof(buf)) != 0)
		return dflt;
	return (int)strtoul(buf, NULL, 10);
}

static void
init_params(void)
{

	boothowto = bootflags;
	if (param_int("RUMP_VERBOSE", 0) != 0)
		boothowto = (boothowto & ~AB_SILENT) | AB_VERBOSE;
	rump_threads = param_int("RUMP_THREADS", 1) != 0;
}

static int
init_ncpu(void)
{
	int n;

#ifdef RUMP_UP
	n = 1;
#else
	n = param_int(RUMPUSER_PARAM_NCPU, 2);
#endif
	return n < 1 ? 1 : n;
}

/* From here on there are locks, memory, credentials, processes. */
static void
init_base(void)
{

	rump_sleepq_init();
	rump_cpus_attach(init_ncpu());
	rump_klock_init();
	rump_mem_init();
	once_init();
	kauth_init();
	uid_init();
	rump_proc_init();
	rump_clock_init();
	rump_evcnt_init();
	rump_cprng_init();
	rump_sysctl_init();
	rump_softint_init();
	rump_rcu_init();
#ifdef RUMP_UP
	rump_event_init();
#endif
	fd_sys_init();
	rump_syscall_init();
	rump_module_bootstrap();
	if (rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, hostname,
	    MAXHOSTNAMELEN) == 0)
		hostnamelen = strlen(hostname);
	aprint_verbose("%s\n", version);
}

/* Process 1, which clients are in until they say otherwise. */
static void
init_initproc(void)
{

	initproc = rump_proc_create(&proc0, NULL, RUMP_RFCFDG);
	if (initproc == NULL)
		panic("rump_init: no memory for process 1");
	KASSERT(initproc->p_pid == 1);
	initproc->p_stat = SACTIVE;
	strlcpy(initproc->p_comm, "init", sizeof(initproc->p_comm));
}

static void
init_components(void)
{

	cold = 0;
	rump_mem_start();
	rump_component_init(RUMP_COMPONENT_KERN);
	rump_component_init(RUMP__FACTION_VFS);
	rump_component_init(RUMP__FACTION_NET);
	rump_component_init(RUMP__FACTION_DEV);
	rump_component_init(RUMP_COMPONENT_KERN_VFS);
	module_init_class(MODULE_CLASS_ANY);
	init_initproc();
	rump_component_init(RUMP_COMPONENT_POSTINIT);
	rump_component_init(RUMP_COMPONENT_SYSCALL);
}

/* The calling thread becomes a client in process 1; lwp0 is left alone. */
static int
init_leave(void)
{
	struct lwp *l;

	if ((l = rump__lwproc_implicit()) == NULL)
		return ENOMEM;
	rump_lwproc_switch(l);
	rump_inited = 1;
	rump_unschedule();
	return 0;
}

static int
init_wait(void)
{
	int state;

	/* No hypercall before the host layer is ready: that takes no time. */
	while ((state = __atomic_load_n(&init_state, __ATOMIC_ACQUIRE)) ==
	    INIT_HOST)
		SPINLOCK_SPIN_HOOK;
	while ((state = __atomic_load_n(&init_state, __ATOMIC_ACQUIRE)) ==
	    INIT_RUNNING) {
		if (rumpuser_curlwp() != NULL)
			return EDEADLK;		/* from inside the boot */
		rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 100000);
	}
	return state == INIT_DONE ? 0 : ENXIO;
}

int
rump_init(void)
{
	int error, state = INIT_NONE;

	if (!__atomic_compare_exchange_n(&init_state, &state, INIT_HOST,
	    false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return init_wait();
	if ((error = rumpuser_init(RUMPUSER_VERSION, &hyperup)) == 0) {
		__atomic_store_n(&init_state, INIT_RUNNING, __ATOMIC_RELEASE);
		init_params();
		init_base();
		init_components();
		error = init_leave();
	}
	__atomic_store_n(&init_state, error == 0 ? INIT_DONE : INIT_FAILED,
	    __ATOMIC_RELEASE);
	return error;
}
