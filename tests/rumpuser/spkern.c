/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spkern.c - see spkern.h.  Locking: everything is the virtual CPU's; what
 * the test asks for is counted atomically; block_mtx for sleepers.
 */
#include "spkern.h"

#include <check.h>
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAXPROC	4096

enum { EINTR_ = 4, ESRCH_ = 3, ENOMEM_ = 12, EFAULT_ = 14, EINVAL_ = 22,
    ENOSYS_ = 78 };

struct proc {
	int pid, ppid, nlwps, leaving;
	long value;
	void *priv;
	char comm[64];
};

static struct proc *procs[MAXPROC];
static int lastpid = 1, nprocs, nlwps, nblocked;
static pthread_mutex_t block_mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t block_cv = PTHREAD_COND_INITIALIZER;
/* A change of process 1 under way: what the implicit lwps are of. */
static struct proc init = { .pid = 1 };

#define ADD(what, n)	((void)__atomic_add_fetch(&(what), n, __ATOMIC_SEQ_CST))
#define GET(what)	__atomic_load_n(&(what), __ATOMIC_SEQ_CST)

#define WANT(cond) do {							\
	if (!(cond))							\
		ck_abort_msg("%s", #cond);				\
} while (0)

static struct proc *
curproc(void)
{
	struct lwp *l = stub_curlwp();

	WANT(stub_hascpu());
	return l == NULL ? &init : procs[l->pid % MAXPROC];
}

static void
lwp_new(int pid)
{
	struct lwp *l = calloc(1, sizeof(*l));

	WANT(l != NULL);
	l->pid = pid;
	procs[pid % MAXPROC]->nlwps++;
	ADD(nlwps, 1);
	rumpuser_curlwpop(RUMPUSER_LWP_CREATE, l);
	stub_lwpswitch(l);
}

static int
rfork(void *priv, int flags, const char *comm)
{
	struct proc *parent = curproc(), *p;
	int pid;

	WANT(flags == 1 || flags == 2);
	if (strcmp(comm, "refused") == 0)
		return ENOMEM_;
	do {
		pid = ++lastpid;
	} while (procs[pid % MAXPROC] != NULL);
	p = calloc(1, sizeof(*p));
	WANT(p != NULL);
	p->pid = pid;
	p->ppid = parent->pid;
	p->priv = priv;
	p->value = flags == 1 ? parent->value : 0;
	strncpy(p->comm, comm, sizeof(p->comm) - 1);
	procs[pid % MAXPROC] = p;
	ADD(nprocs, 1);
	lwp_new(pid);
	return 0;
}

static int
newlwp(pid_t pid)
{
	struct proc *p = procs[pid % MAXPROC];

	if (p == NULL || p->pid != pid)
		return ESRCH_;
	lwp_new(pid);
	return 0;
}

static void
release(void)
{
	struct lwp *l = stub_curlwp();
	struct proc *p = curproc();

	WANT(l != NULL);
	stub_lwpswitch(NULL);
	rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, l);
	free(l);
	ADD(nlwps, -1);
	if (--p->nlwps == 0) {
		procs[p->pid % MAXPROC] = NULL;
		free(p);
		ADD(nprocs, -1);
	}
}

static void
lwpexit(void)
{

	WANT(curproc() != &init);
	pthread_mutex_lock(&block_mtx);
	curproc()->leaving = 1;
	pthread_cond_broadcast(&block_cv);
	pthread_mutex_unlock(&block_mtx);
}

static void
execnotify(const char *comm)
{
	struct proc *p = curproc();

	WANT(p->nlwps == 1);
	pthread_mutex_lock(&block_mtx);
	p->leaving = 0;
	pthread_mutex_unlock(&block_mtx);
	p->value = 0;
	memset(p->comm, 0, sizeof(p->comm));
	strncpy(p->comm, comm, sizeof(p->comm) - 1);
}

static pid_t
getpid_(void)
{

	return curproc()->pid;
}

/*
 * System calls.
 */

static int
sys_upper(struct proc *p, const uint64_t *a)
{
	char *buf = malloc(a[2] + 1);
	size_t i;
	int error;

	WANT(buf != NULL);
	error = rumpuser_sp_copyin(p->priv, (void *)a[0], buf, a[2]);
	for (i = 0; error == 0 && i < a[2]; i++)
		buf[i] = (char)toupper((unsigned char)buf[i]);
	if (error == 0)
		error = rumpuser_sp_copyout(p->priv, buf, (void *)a[1], a[2]);
	free(buf);
	return error;
}

static int
sys_reverse(struct proc *p, const uint64_t *a)
{
	char in[256], out[256];
	size_t len = a[2] < sizeof(in) ? a[2] : sizeof(in), i;
	int error;

	error = rumpuser_sp_copyinstr(p->priv, (void *)a[0], in, &len);
	if (error != 0)
		return error;
	for (i = 0; i + 1 < len; i++)
		out[i] = in[len - 2 - i];
	out[i] = '\0';
	return rumpuser_sp_copyoutstr(p->priv, out, (void *)a[1], &len);
}

static int
sys_block(struct proc *p)
{

	stub_letgo();
	ADD(nblocked, 1);
	pthread_mutex_lock(&block_mtx);
	while (!p->leaving)
		pthread_cond_wait(&block_cv, &block_mtx);
	pthread_mutex_unlock(&block_mtx);
	ADD(nblocked, -1);
	stub_takeback();
	return EINTR_;
}

static int
sys_fill(struct proc *p, const uint64_t *a)
{
	char *buf = malloc(a[1]);
	uint64_t i;
	int error = 0;

	WANT(buf != NULL);
	memset(buf, 'f', a[1]);
	for (i = 0; error == 0 && i < a[2]; i++)
		error = rumpuser_sp_copyout(p->priv, buf, (void *)a[0], a[1]);
	free(buf);
	return error;
}

static int
syscall_(int num, void *arg, long *retval)
{
	struct proc *p = curproc();
	const uint64_t *a = arg;
	void *addr = NULL;
	int error, i;

	switch (num) {
	case SYS_getpid:
		retval[0] = p->pid;
		retval[1] = p->ppid;
		return 0;
	case SYS_upper:
		return sys_upper(p, a);
	case SYS_reverse:
		return sys_reverse(p, a);
	case SYS_block:
		return sys_block(p);
	case SYS_mmap:
		error = rumpuser_sp_anonmmap(p->priv, a[0], &addr);
		retval[0] = (long)addr;
		return error;
	case SYS_raise:
		return rumpuser_sp_raise(p->priv, (int)a[0]);
	case SYS_set:
		p->value = (long)a[0];
		return 0;
	case SYS_get:
		retval[0] = p->value;
		return 0;
	case SYS_sum:
		for (i = 0; i < 16; i++)
			retval[0] = (long)((uint64_t)retval[0] + a[i]);
		return 0;
	case SYS_reboot:
		rumpuser_sp_fini(p->priv);
		return 0;
	case SYS_fill:
		return sys_fill(p, a);
	case SYS_yield:
		stub_letgo();
		stub_takeback();
		return 0;
	default:
		return ENOSYS_;
	}
}

void
spkern_init(void)
{
	struct rumpuser_hyperup hyp;

	stub_hyp(&hyp);
	hyp.hyp_lwproc_rfork = rfork;
	hyp.hyp_lwproc_newlwp = newlwp;
	hyp.hyp_lwproc_release = release;
	hyp.hyp_lwproc_switch = stub_lwpswitch;
	hyp.hyp_lwproc_curlwp = stub_curlwp;
	hyp.hyp_syscall = syscall_;
	hyp.hyp_lwpexit = lwpexit;
	hyp.hyp_execnotify = execnotify;
	hyp.hyp_getpid = getpid_;
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, &hyp), 0);
}

int
spkern_procs(void)
{

	return GET(nprocs);
}

int
spkern_lwps(void)
{

	return GET(nlwps);
}

int
spkern_blocked(void)
{

	return GET(nblocked);
}

int
spkern_named(const char *comm)
{
	int i, found = 0;

	stub_schedule();
	for (i = 0; i < MAXPROC; i++)
		found |= procs[i] != NULL && strcmp(procs[i]->comm, comm) == 0;
	stub_unschedule();
	return found;
}
