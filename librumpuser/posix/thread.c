/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.c - host threads, the lwp a thread stands for, what happens when a
 * thread ends.  Locking: everything is the calling thread's own.
 */
#include "host.h"
#include "raw.h"
#include "diag/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOST_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOST_SANITIZER 1
#endif

/* Mapped lazily by the host, which adds a guard page. */
#ifdef HOST_SANITIZER
#define STACKSIZE	((size_t)2 << 20)
#else
#define STACKSIZE	((size_t)512 << 10)
#endif

/* initial-exec: one load relative to the thread pointer, no function call. */
__thread struct lwp *rumpuser__curlwp_tls;
__thread struct rumpuser__locals rumpuser__locals;
#define exit_armed	rumpuser__locals.exit_armed
#define onexit_fn	rumpuser__locals.onexit_fn
#define onexit_arg	rumpuser__locals.onexit_arg

struct start {
	void *(*fn)(void *);
	void *arg;
	char name[16];
};

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static int exit_keyerr;

/*
 * A thread ends.  The kernel is told of the lwp that it still has (of a client
 * that went away); then the registered function has its turn.
 */
static void
thread_exiting(void *arg)
{
	void (*fn)(void *) = onexit_fn;

	(void)arg;
	exit_armed = 0;
	onexit_fn = NULL;
	if (rumpuser__curlwp_tls != NULL &&
	    rumpuser__hyp.hyp_thread_exit != NULL)
		rumpuser__hyp.hyp_thread_exit(rumpuser__curlwp_tls);
	if (fn != NULL)
		fn(onexit_arg);
	rumpuser__thread_gone();
}

static void
exit_init(void)
{

	exit_keyerr = pthread_key_create(&exit_key, thread_exiting);
}

static __noinline int
exit_arm(void)
{
	int error;

	pthread_once(&exit_once, exit_init);
	error = exit_keyerr;
	if (error == 0)
		error = pthread_setspecific(exit_key, &exit_armed);
	if (error == 0)
		exit_armed = 1;
	return error;
}

void
rumpuser__thread_arm(void)
{

	/* Without it the record stays, of a thread that is gone. */
	if (!exit_armed)
		(void)exit_arm();
}

int
rumpuser_thread_onexit(void (*fn)(void *), void *arg)
{
	int error;

	if (fn != NULL && !exit_armed && (error = exit_arm()) != 0)
		return rumpuser__errtrans(error);
	onexit_fn = fn;
	onexit_arg = arg;
	return 0;
}

void
rumpuser_curlwpop(int op, struct lwp *l)
{

	switch (op) {
	case RUMPUSER_LWP_SET:
		rumpuser__curlwp_tls = l;
		/* Without memory for it the lwp stays until shutdown. */
		if (__predict_false(!exit_armed)) {
			(void)exit_arm();
			(void)rumpuser__thread_self();
		}
		break;
	case RUMPUSER_LWP_CLEAR:
		rumpuser__curlwp_tls = NULL;
		break;
	case RUMPUSER_LWP_CREATE:
	case RUMPUSER_LWP_DESTROY:
	default:
		break;
	}
}

struct lwp *
rumpuser_curlwp(void)
{

	return rumpuser__curlwp_tls;
}

static void *
thread_start(void *arg)
{
	struct start st = *(struct start *)arg;

	free(arg);
	if (st.name[0] != '\0')
		(void)pthread_setname_np(pthread_self(), st.name);
	(void)rumpuser__thread_self();
	return st.fn(st.arg);
}

/*
 * Signals of the host process are the program's own business: they are not
 * to be delivered on a kernel thread.  Faults cannot be blocked sensibly.
 */
static void
kernel_sigmask(sigset_t *set)
{

	sigfillset(set);
	sigdelset(set, SIGSEGV);
	sigdelset(set, SIGBUS);
	sigdelset(set, SIGFPE);
	sigdelset(set, SIGILL);
	sigdelset(set, SIGTRAP);
	sigdelset(set, SIGABRT);
	sigdelset(set, SIGSYS);
#ifdef SIGSTKFLT
	sigdelset(set, SIGSTKFLT);	/* diag/threads.c asks with it */
#endif
}

static void
bind_cpu(pthread_attr_t *attr, int cpuidx)
{
	long ncpu = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	if (cpuidx < 0 || cpuidx >= ncpu || cpuidx >= CPU_SETSIZE)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpuidx, &set);
	(void)pthread_attr_setaffinity_np(attr, sizeof(set), &set);
}

static int
spawn(pthread_t *ptp, struct start *st, int cpuidx, int mustjoin)
{
	pthread_attr_t attr;
	sigset_t mask, omask;
	int error;

	if ((error = pthread_attr_init(&attr)) != 0)
		return error;
	(void)pthread_attr_setstacksize(&attr, STACKSIZE);
	if (!mustjoin)
		(void)pthread_attr_setdetachstate(&attr,
		    PTHREAD_CREATE_DETACHED);
	bind_cpu(&attr, cpuidx);

	kernel_sigmask(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, &omask);
	error = pthread_create(ptp, &attr, thread_start, st);
	if (error != 0 && cpuidx >= 0) {
		/* The processor may be one this process must not use. */
		pthread_attr_destroy(&attr);
		pthread_attr_init(&attr);
		(void)pthread_attr_setstacksize(&attr, STACKSIZE);
		if (!mustjoin)
			(void)pthread_attr_setdetachstate(&attr,
			    PTHREAD_CREATE_DETACHED);
		error = pthread_create(ptp, &attr, thread_start, st);
	}
	pthread_sigmask(SIG_SETMASK, &omask, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

int
rumpuser__raw_thread(struct rumpuser_provider *p, void *(*f)(void *),
    void *arg, const char *name, int cpuidx, int mustjoin, void **cookiep)
{
	struct start *st;
	pthread_t *ptp;
	int error;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return ENOMEM;
	if ((ptp = malloc(sizeof(*ptp))) == NULL) {
		free(st);
		return ENOMEM;
	}
	st->fn = f;
	st->arg = arg;
	if (name != NULL)
		strncpy(st->name, name, sizeof(st->name) - 1);

	error = spawn(ptp, st, cpuidx, mustjoin);
	if (error != 0)
		free(st);
	if (error != 0 || !mustjoin)
		free(ptp);
	else
		*cookiep = ptp;
	return error;
}

int
rumpuser__thread_start(void *(*f)(void *), void *arg, const char *name,
    int cpuidx, int mustjoin, void **cookiep)
{

	return HOST_CALL(ho_thread, f, arg, name, cpuidx, mustjoin, cookiep);
}

int
rumpuser_thread_create(void *(*f)(void *), void *arg, const char *name,
    int mustjoin, int priority, int cpuidx, void **cookiep)
{
	int serrno = errno, error;

	/*
	 * Priorities order lwps among each other, which is the kernel
	 * scheduler's affair; the host's need privileges.
	 */
	(void)priority;
	error = rumpuser__thread_start(f, arg, name, cpuidx, mustjoin, cookiep);
	errno = serrno;
	return rumpuser__errtrans(error);
}

void
rumpuser_thread_exit(void)
{

	pthread_exit(NULL);
}

int
rumpuser__raw_join(struct rumpuser_provider *p, void *cookie)
{
	pthread_t *ptp = cookie;
	int error;

	if ((error = pthread_join(*ptp, NULL)) == 0)
		free(ptp);
	return error;
}

HOSTCALL int
joinit(void *cookie)
{

	return HOST_CALL(ho_join, cookie);
}

int
rumpuser_thread_join(void *cookie)
{
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = joinit(cookie);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
