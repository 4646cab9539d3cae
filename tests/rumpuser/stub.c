/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stub.c - see stub.h.  Locking: vcpu is the virtual CPU.
 */
#include "stub.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t vcpu = PTHREAD_MUTEX_INITIALIZER;
static __thread int hascpu;

unsigned int stub_backend_unscheds;
unsigned int stub_releases;

int
stub_hascpu(void)
{

	return hascpu;
}

void
stub_schedule(void)
{

	ck_assert_int_eq(hascpu, 0);
	pthread_mutex_lock(&vcpu);
	hascpu = 1;
}

void
stub_unschedule(void)
{

	ck_assert_int_eq(hascpu, 1);
	hascpu = 0;
	pthread_mutex_unlock(&vcpu);
}

static void
backend_unschedule(int nlocks, int *countp, void *interlock)
{

	(void)interlock;
	ck_assert_int_eq(nlocks, 0);
	stub_backend_unscheds++;
	*countp = 7;
	stub_unschedule();
}

static void
backend_schedule(int count, void *interlock)
{

	(void)interlock;
	ck_assert_int_eq(count, 7);
	stub_schedule();
}

static int
newlwp(pid_t pid)
{
	struct lwp *l = calloc(1, sizeof(*l));

	ck_assert_ptr_nonnull(l);
	l->pid = pid;
	rumpuser_curlwpop(RUMPUSER_LWP_CREATE, l);
	rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
	return 0;
}

static void
release(void)
{
	struct lwp *l = rumpuser_curlwp();

	ck_assert_int_eq(hascpu, 1);
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, l);
	rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, l);
	free(l);
	stub_releases++;
}

static void
thread_exit(struct lwp *l)
{

	ck_assert_ptr_eq(l, rumpuser_curlwp());
	stub_schedule();
	release();
	stub_unschedule();
}

static void
lwpswitch(struct lwp *l)
{

	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, rumpuser_curlwp());
	if (l != NULL)
		rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
}

void
stub_init(void)
{
	const struct rumpuser_hyperup hyp = {
		.hyp_schedule = stub_schedule,
		.hyp_unschedule = stub_unschedule,
		.hyp_backend_unschedule = backend_unschedule,
		.hyp_backend_schedule = backend_schedule,
		.hyp_lwproc_newlwp = newlwp,
		.hyp_lwproc_release = release,
		.hyp_lwproc_switch = lwpswitch,
		.hyp_thread_exit = thread_exit,
		.hyp_lwproc_curlwp = rumpuser_curlwp,
	};

	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, &hyp), 0);
	stub_schedule();
}
