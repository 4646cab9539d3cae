/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel threads as fibers, in `up': which of them runs on the virtual CPU.
 *
 * A kernel thread (a lwp with l_fiber) has a stack of its own and runs on
 * whichever host thread holds the virtual CPU.  All that is here - the run
 * queue, l_runstate, `carrier' - belongs to who holds it, so nothing needs a
 * lock: a host thread that comes to hold the CPU sees all that was done by
 * the one before.
 *
 * The host thread that holds the CPU runs one of
 *	its own context, whose lwp is a client's or the event thread's, or
 *	a fiber, while its own context waits in rump_fiber_carry().
 * `carrier' is the lwp of the latter; NULL on a spare host thread, which has
 * no context of ours and where a fiber has come back from a hypercall that
 * blocked.
 *
 * Who blocks, ends or yields picks the next one: the most urgent ready fiber
 * is switched to directly, unless it is somebody else's turn; then the
 * carrier's own context goes on and decides, or, on a spare host thread, the
 * CPU is released.  It is somebody else's turn when
 *	a host thread waits for the CPU for a lwp that is more urgent,
 *	the carrier's own lwp has become ready, or its time is over, and is no
 *	less urgent,
 *	the budget of switches is used up: so a client that leaves, and those
 *	that wait, are held up by so much only.
 *
 * No fiber is forgotten: the CPU is released with fibers on the run queue
 * only if a host thread waits for the CPU, which carries them when it blocks
 * or leaves, or when the event thread has been told to come and do so
 * (rump_event_poke()).
 *
 * A fiber that enters a hypercall that blocks leaves its carrier first: it
 * goes to a spare host thread and the carrier's own context goes on with the
 * CPU.  It comes back as any host thread does, by waiting for the CPU there.
 * If the host has no spare thread to give, it blocks the carrier's host
 * thread, having given up the CPU: then the carrier's lwp may be made ready
 * by others meanwhile, which leaves l_woken set for when it is switched to.
 *
 * Nothing that belongs to a host thread is used on both sides of a switch:
 * curlwp is a global, and the host layer keeps its own lwp with the fiber.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/cpu.h>
#include <sys/lock.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_fiber.h>

#include <rump-priv/clock.h>

#include "sched_impl.h"

#ifdef RUMP_UP

/* Switches until the carrier's own context has a look around. */
#define BUDGET		256
/* How long a client that leaves carries on, in nanoseconds. */
#define LEAVE_TIME	1000000

#define MAPBITS		64
#define NMAPS		howmany(PRI_COUNT, MAPBITS)

TAILQ_HEAD(fiberq, lwp);

unsigned int rump_nready;

static struct fiberq runq[PRI_COUNT];
static uint64_t runmap[NMAPS];		/* priorities that have some */

static struct lwp *carrier;
static struct rumpuser_fiber *carrier_ctx;	/* NULL: a host thread's own */
static int64_t carrier_until;		/* end of its sleep; 0: none */
static int budget;

/*
 * The run queue.
 */

static void
runq_insert(struct lwp *l, pri_t pri)
{
	struct fiberq *q = &runq[pri];

	if (q->tqh_last == NULL)
		TAILQ_INIT(q);
	TAILQ_INSERT_TAIL(q, l, l_runq);
	runmap[pri / MAPBITS] |= (uint64_t)1 << (pri % MAPBITS);
	l->l_runpri = pri;
	l->l_runstate = RS_READY;
	l->l_stat = LSRUN;
	rump_nready++;
}

static void
runq_remove(struct lwp *l)
{
	pri_t pri = l->l_runpri;

	TAILQ_REMOVE(&runq[pri], l, l_runq);
	if (TAILQ_EMPTY(&runq[pri]))
		runmap[pri / MAPBITS] &= ~((uint64_t)1 << (pri % MAPBITS));
	rump_nready--;
}

static struct lwp *
runq_first(void)
{
	int i;

	for (i = NMAPS - 1; i >= 0; i--)
		if (runmap[i] != 0)
			return TAILQ_FIRST(&runq[i * MAPBITS + MAPBITS - 1 -
			    __builtin_clzll(runmap[i])]);
	return NULL;
}

void
rump_fiber_requeue(struct lwp *l, pri_t pri)
{

	if (l->l_runstate != RS_READY || l->l_runpri == pri)
		return;
	runq_remove(l);
	runq_insert(l, pri);
}

/*
 * Choosing.
 */

static bool
carrier_wants(pri_t pri)
{

	if (carrier == NULL || carrier->l_runstate != RS_BLOCKED)
		return false;
	return (carrier->l_woken && lwp_eprio(carrier) >= pri) ||
	    (carrier_until != 0 && rump_clock_uptime_ns() >= carrier_until);
}

/* The fiber whose turn it is, off the run queue; NULL: somebody else's. */
static struct lwp *
pick(void)
{
	struct lwp *n;

	if (rump_nready == 0 || --budget < 0)
		return NULL;
	n = runq_first();
	if (__predict_false(rump_waitpri > n->l_runpri) ||
	    carrier_wants(n->l_runpri))
		return NULL;
	runq_remove(n);
	n->l_runstate = RS_RUNNING;
	n->l_stat = LSONPROC;
	return n;
}

/* On a spare host thread that no fiber needs any more. */
static void
spare_drop(void *arg)
{

	rump_vcpu_drop();
}

/* Leave the calling fiber for whoever is next. */
static void
switch_next(struct lwp *l)
{
	struct lwp *n = pick();

	rump_bootcpu.ci_data.cpu_nswtch++;
	if (n != NULL) {
		vcpu_run(&rump_bootcpu, n);
		if (n != l)
			(void)rumpuser_fiber_switch(n->l_fiber, NULL, NULL);
	} else if (carrier != NULL)
		(void)rumpuser_fiber_switch(carrier_ctx, NULL, NULL);
	else
		(void)rumpuser_fiber_switch(NULL, spare_drop, NULL);
}

/*
 * Carrying.
 */

static void
carry(struct lwp *l, int64_t until)
{
	struct lwp *n;

	carrier = l;
	carrier_until = until;
	if ((n = pick()) == NULL)
		return;
	carrier_ctx = rumpuser_fiber_current();
	vcpu_run(&rump_bootcpu, n);
	if (rumpuser_fiber_switch(n->l_fiber, NULL, NULL) != 0)
		panic("no memory to switch stacks");
	vcpu_run(&rump_bootcpu, l);
}

void
rump_fiber_carry(struct lwp *l, int64_t until)
{

	budget = BUDGET;
	carry(l, until);
}

void
rump_fiber_leave(struct lwp *l)
{
	int64_t end = 0, now;

	KASSERT(l->l_runstate == RS_RUNNING);
	for (;;) {
		rump_fiber_carry(l, 0);
		if (rump_nready == 0 || rump_waitpri >= 0)
			return;
		now = rump_clock_uptime_ns();
		if (end == 0)
			end = now + LEAVE_TIME;
		else if (now >= end && rump_event_poke())
			return;
	}
}

struct lwp *
rump_fiber_host(void)
{

	return carrier;
}

void
rump_fiber_resumed(struct lwp *l)
{

	carrier = l->l_carrier;
	carrier_until = 0;
	budget = BUDGET;
}

/*
 * What a kernel thread does.
 */

bool
rump_fiber_block(struct lwp *l, int64_t until)
{
	bool woken;

	if (!l->l_woken) {
		l->l_runstate = RS_BLOCKED;
		l->l_stat = LSSLEEP;
		l->l_ncsw++;
		l->l_ru.ru_nvcsw++;
		if (until != 0)
			rump_timer_start(l, until);
		switch_next(l);
	}
	woken = l->l_woken;
	l->l_woken = 0;
	return woken;
}

void
rump_fiber_ready(struct lwp *l)
{

	if (l->l_runstate != RS_BLOCKED)
		return;
	rump_timer_stop(l);
	runq_insert(l, lwp_eprio(l));
}

void
rump_fiber_yield(struct lwp *l, bool all)
{
	pri_t pri = all ? 0 : lwp_eprio(l);

	if (rump_waitpri < pri && (rump_nready == 0 ||
	    runq_first()->l_runpri < pri) && !carrier_wants(pri) &&
	    --budget > 0)
		return;
	/* Host threads that wait get it by way of the carrier's context. */
	if (rump_waitpri >= pri)
		budget = 0;
	runq_insert(l, pri);
	switch_next(l);
}

/*
 * Around hypercalls that block.  The CPU was not given up yet if there is a
 * carrier: that keeps it.
 */

static void
fiber_block(void *arg)
{
	struct lwp *l = arg, *c = carrier;

	l->l_carrier = NULL;
	if (c != NULL) {
		if (rumpuser_fiber_offload(NULL, NULL) == 0)
			return;
		l->l_carrier = c;
		rump_cpu_settle(c);
	}
	rump_unschedule_cpu(l);
}

static void
fiber_unblock(void *arg)
{
}

static const struct rumpuser_fiber_hooks fiber_hooks = {
	.fh_block = fiber_block,
	.fh_unblock = fiber_unblock,
};

/*
 * Beginning and end.
 */

int
rump_fiber_start(struct lwp *l, void (*fn)(void *))
{
	int error;

	error = rumpuser_fiber_create(fn, l, l->l_name, 0, &l->l_fiber);
	if (error != 0)
		return error;
	rumpuser_fiber_sethooks(l->l_fiber, &fiber_hooks, l);
	runq_insert(l, lwp_eprio(l));
	return 0;
}

static void
fiber_dead(void *arg)
{

	(void)rumpuser_fiber_destroy(arg);
}

static void
fiber_dead_drop(void *arg)
{

	(void)rumpuser_fiber_destroy(arg);
	rump_vcpu_drop();
}

void
rump_fiber_exit(void)
{
	struct rumpuser_fiber *f = rumpuser_fiber_current();
	struct lwp *n = pick();

	if (n != NULL) {
		vcpu_run(&rump_bootcpu, n);
		rumpuser_fiber_exit(n->l_fiber, fiber_dead, f);
	} else if (carrier != NULL)
		rumpuser_fiber_exit(carrier_ctx, fiber_dead, f);
	else
		rumpuser_fiber_exit(NULL, fiber_dead_drop, f);
}
#endif /* RUMP_UP */
