/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stub.c - see stub.h.  Locking: vcpu is the virtual CPU.  It is a lock of the
 * host layer, so that it is one on any host, and knows its holder by fiber or,
 * where there is none, by thread.
 */
#include "stub.h"

#include <check.h>
#include <stdlib.h>

#include <rump/rumpuser_fiber.h>

static struct rumpuser_mtx *vcpu;
static void *holder;

unsigned int stub_backend_unscheds;
void (*stub_on_schedule)(void *);
unsigned int stub_releases;

static void __attribute__((__constructor__))
setup(void)
{

	rumpuser_mutex_init(&vcpu, RUMPUSER_MTX_SPIN);
}

static __attribute__((__noinline__)) void *
self(void)
{
	static __thread char thread;
	void *fiber = rumpuser_fiber_current();

	return fiber != NULL ? fiber : &thread;
}

int
stub_hascpu(void)
{

	return __atomic_load_n(&holder, __ATOMIC_RELAXED) == self();
}

/* Not ck_assert(): that writes each time, where a thread can be cancelled. */
#define WANT(cond) do {							\
	if (!(cond))							\
		ck_abort_msg("%s", #cond);				\
} while (0)

/* Who comes without an lwp gets one for the stay. */
static __thread struct lwp implicit;

void
stub_schedule(void)
{

	WANT(!stub_hascpu());
	rumpuser_mutex_enter_nowrap(vcpu);
	__atomic_store_n(&holder, self(), __ATOMIC_RELAXED);
	if (rumpuser_curlwp() == NULL)
		rumpuser_curlwpop(RUMPUSER_LWP_SET, &implicit);
}

static void
stub_leave(void)
{

	WANT(stub_hascpu());
	__atomic_store_n(&holder, NULL, __ATOMIC_RELAXED);
	rumpuser_mutex_exit(vcpu);
}

void
stub_unschedule(void)
{

	stub_leave();
	if (rumpuser_curlwp() == &implicit)
		rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &implicit);
}

static void
backend_unschedule(int nlocks, int *countp, void *interlock)
{

	(void)interlock;
	WANT(nlocks == 0);
	stub_backend_unscheds++;
	*countp = 7;
	stub_leave();
}

static void
backend_schedule(int count, void *interlock)
{

	WANT(count == 7);
	if (stub_on_schedule != NULL)
		stub_on_schedule(interlock);
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

	WANT(stub_hascpu());
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

/* With the CPU held there always is an lwp: NULL is the implicit one. */
void
stub_lwpswitch(struct lwp *l)
{

	WANT(stub_hascpu());
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, rumpuser_curlwp());
	rumpuser_curlwpop(RUMPUSER_LWP_SET, l != NULL ? l : &implicit);
}

struct lwp *
stub_curlwp(void)
{
	struct lwp *l = rumpuser_curlwp();

	return l == &implicit ? NULL : l;
}

void
stub_letgo(void)
{

	stub_leave();
}

void
stub_takeback(void)
{

	stub_schedule();
}

void
stub_hyp(struct rumpuser_hyperup *hypp)
{
	const struct rumpuser_hyperup hyp = {
		.hyp_schedule = stub_schedule,
		.hyp_unschedule = stub_unschedule,
		.hyp_backend_unschedule = backend_unschedule,
		.hyp_backend_schedule = backend_schedule,
		.hyp_lwproc_newlwp = newlwp,
		.hyp_lwproc_release = release,
		.hyp_lwproc_switch = stub_lwpswitch,
		.hyp_thread_exit = thread_exit,
		.hyp_lwproc_curlwp = rumpuser_curlwp,
	};

	*hypp = hyp;
}

void
stub_init(void)
{
	struct rumpuser_hyperup hyp;

	stub_hyp(&hyp);
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, &hyp), 0);
	stub_schedule();
}
