/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rcu.c - read-copy update on the event engine (rump/rumpuser_rcu.h): readers
 * by quiescent states (rump-free/qsbr.h), and the state machine that turns
 * grace periods over.
 *
 * Calls are pushed on a stack without a lock.  A step of the machine takes all
 * of them as one batch, begins a period for it, and when each reader has seen
 * that period queues the batch's work; one batch is waited for at a time.  The
 * machine is stepped on the default task, by a first call and then by a timer
 * that looks less and less often, and by who waits in rumpuser_rcu_barrier().
 *
 * Locking: readers.mtx guards the list of readers, machine.mtx the machine;
 * in this order, machine first.  A reader's own state is its thread's.
 */
#include "event/rcu.h"
#include "posix/host.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <rump-free/qsbr.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_rcu.h>
#pragma GCC visibility pop

/* Between two looks at the readers, ns. */
#define DELAY_MIN	INT64_C(20000)
#define DELAY_MAX	INT64_C(10000000)

static struct {
	pthread_mutex_t mtx;
	uint64_t n;
	unsigned int batch;		/* rounds between reports */
} readers = { .mtx = PTHREAD_MUTEX_INITIALIZER, .batch = 1 };

static struct rump_qsbr domain = RUMP_QSBR_INITIALIZER;

/*
 * The calling thread as a reader, on the list from its first use on until it
 * ends; offline while it neither runs a task nor has registered itself.
 */
struct self {
	struct rump_qsbr_reader reader;
	int listed;
	unsigned int tasks;		/* it runs, one in another's handler */
	unsigned int registered;
	unsigned int rounds;		/* since the last report */
};

static __thread struct self self_tls
    __attribute__((__tls_model__("initial-exec")));

static pthread_key_t exit_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static int key_error;

static struct {
	pthread_mutex_t mtx;
	struct rumpuser_rcu *next;	/* not in a batch yet; atomic */
	struct rumpuser_rcu *batch;	/* waits for its period */
	uint64_t period;
	int64_t delay;
	pthread_once_t once;
	struct rumpuser_task *task;
	struct rumpuser_work kick;
	struct rumpuser_timer timer;
	struct rumpuser_rcu_stats stats;	/* rs_calls is atomic */
} machine = {
	.mtx = PTHREAD_MUTEX_INITIALIZER,
	.once = PTHREAD_ONCE_INIT,
};

/*
 * Readers.
 */

static void
thread_gone(void *arg)
{
	struct self *s = arg;

	rump_qsbr_offline(&s->reader);
	s->tasks = s->registered = 0;
	pthread_mutex_lock(&readers.mtx);
	rump_qsbr_unregister(&s->reader);
	readers.n--;
	pthread_mutex_unlock(&readers.mtx);
	s->listed = 0;
}

static void
key_init(void)
{

	key_error = pthread_key_create(&exit_key, thread_gone);
}

/* On the list, where the end of the thread takes it off; host's errno. */
static int
enlist(struct self *s)
{
	int error;

	if (s->listed)
		return 0;
	pthread_once(&key_once, key_init);
	error = key_error;
	if (error == 0)
		error = pthread_setspecific(exit_key, s);
	if (error != 0)
		return ENOMEM;
	pthread_mutex_lock(&readers.mtx);
	rump_qsbr_register(&domain, &s->reader);
	readers.n++;
	pthread_mutex_unlock(&readers.mtx);
	s->listed = 1;
	return 0;
}

static int
enter(struct self *s, unsigned int *countp)
{
	int error;

	if ((error = enlist(s)) != 0)
		return error;
	if (s->tasks + s->registered == 0)
		rump_qsbr_online(&domain, &s->reader);
	++*countp;
	return 0;
}

static void
leave(struct self *s, unsigned int *countp)
{

	--*countp;
	if (s->tasks + s->registered == 0)
		rump_qsbr_offline(&s->reader);
}

int
rumpuser__rcu_enter(void)
{

	return enter(&self_tls, &self_tls.tasks);
}

void
rumpuser__rcu_leave(void)
{

	leave(&self_tls, &self_tls.tasks);
}

/* A task that is run in a handler of another: that handler may hold on. */
static inline int
outermost(const struct self *s)
{

	return s->tasks == 1;
}

void
rumpuser__rcu_round(void)
{
	struct self *s = &self_tls;

	if (__predict_true(++s->rounds < __atomic_load_n(&readers.batch,
	    __ATOMIC_RELAXED)) || !outermost(s))
		return;
	s->rounds = 0;
	rump_qsbr_quiescent(&domain, &s->reader);
}

void
rumpuser__rcu_idle(void)
{

	if (outermost(&self_tls))
		rump_qsbr_offline(&self_tls.reader);
}

void
rumpuser__rcu_busy(void)
{

	if (outermost(&self_tls))
		rump_qsbr_online(&domain, &self_tls.reader);
}

int
rumpuser_rcu_register(void)
{

	return rumpuser__errtrans(enter(&self_tls, &self_tls.registered));
}

void
rumpuser_rcu_unregister(void)
{

	leave(&self_tls, &self_tls.registered);
}

void
rumpuser_rcu_quiescent(void)
{

	rump_qsbr_quiescent(&domain, &self_tls.reader);
}

void
rumpuser_rcu_offline(void)
{

	rump_qsbr_offline(&self_tls.reader);
}

void
rumpuser_rcu_online(void)
{

	rump_qsbr_online(&domain, &self_tls.reader);
}

int
rumpuser_rcu_setbatch(unsigned int n)
{

	if (n == 0)
		return rumpuser__errtrans(EINVAL);
	__atomic_store_n(&readers.batch, n, __ATOMIC_RELAXED);
	return 0;
}

/*
 * The machine.
 */

static int
elapsed(uint64_t period)
{
	int rv;

	pthread_mutex_lock(&readers.mtx);
	rv = rump_qsbr_elapsed(&domain, period);
	pthread_mutex_unlock(&readers.mtx);
	return rv;
}

/* The batch's period is over: queue its work, oldest first. */
static void
batch_done(void)
{
	struct rumpuser_rcu *r, *next, *fifo = NULL;
	uint64_t n = 0;

	for (r = machine.batch; r != NULL; r = next) {
		next = r->r_next;
		r->r_next = fifo;
		fifo = r;
	}
	machine.batch = NULL;
	for (r = fifo; r != NULL; r = next) {
		/* Once it is queued it is no longer ours. */
		next = r->r_next;
		(void)rumpuser_work_post(&r->r_work, 0, 0);
		n++;
	}
	machine.stats.rs_done += n;
	machine.stats.rs_periods++;
}

/* Go as far as it goes now; is there something to wait for?  Locked. */
static int
step(void)
{

	for (;;) {
		if (machine.batch == NULL) {
			machine.batch = __atomic_exchange_n(&machine.next,
			    NULL, __ATOMIC_ACQUIRE);
			if (machine.batch == NULL)
				return 0;
			machine.period = rump_qsbr_begin(&domain);
			machine.delay = DELAY_MIN;
		}
		machine.stats.rs_checks++;
		if (!elapsed(machine.period))
			return 1;
		batch_done();
	}
}

/* On the machine's task, between two handlers of whose it is quiescent. */
static void
turn(void *env, uintptr_t arg, int error)
{
	int64_t when = 0;

	(void)env;
	(void)arg;
	(void)error;
	rump_qsbr_quiescent(&domain, &self_tls.reader);
	pthread_mutex_lock(&machine.mtx);
	if (step()) {
		when = rumpuser_event_now() + machine.delay;
		if ((machine.delay *= 2) > DELAY_MAX)
			machine.delay = DELAY_MAX;
	}
	pthread_mutex_unlock(&machine.mtx);
	if (when != 0)
		(void)rumpuser_timer_set(&machine.timer, when);
}

static void
machine_init(void)
{

	if ((machine.task = rumpuser_task_default()) == NULL)
		return;
	rumpuser_work_init(&machine.kick, machine.task, RUMPUSER_PRIO_HIGH,
	    turn, NULL);
	rumpuser_timer_init(&machine.timer, machine.task, turn, NULL);
}

int
rumpuser_rcu_init(struct rumpuser_rcu *r, struct rumpuser_task *task, int prio,
    rumpuser_event_fn fn, void *env)
{

	pthread_once(&machine.once, machine_init);
	if (machine.task == NULL)
		return rumpuser__errtrans(ENOMEM);
	r->r_next = NULL;
	rumpuser_work_init(&r->r_work, task != NULL ? task : machine.task,
	    prio, fn, env);
	return 0;
}

void
rumpuser_rcu_call(struct rumpuser_rcu *r)
{
	struct rumpuser_rcu *head;

	__atomic_add_fetch(&machine.stats.rs_calls, 1, __ATOMIC_RELAXED);
	head = __atomic_load_n(&machine.next, __ATOMIC_RELAXED);
	do {
		r->r_next = head;
	} while (!__atomic_compare_exchange_n(&machine.next, &head, r, 1,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	/* Whoever finds the stack empty sets the machine going. */
	if (head == NULL)
		(void)rumpuser_work_post(&machine.kick, 0, 0);
}

/* Sleep a little, longer each time. */
static void
backoff(int64_t *delay)
{
	struct timespec ts = { .tv_nsec = (long)*delay };

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	if ((*delay *= 2) > DELAY_MAX)
		*delay = DELAY_MAX;
}

/*
 * Wait, without a virtual CPU and offline, so that this thread delays neither
 * itself nor others.
 */
HOSTCALL void
await(int (*over)(uint64_t), uint64_t arg)
{
	struct self *s = &self_tls;
	int64_t delay = DELAY_MIN;
	int serrno = errno;
	int online = s->reader.qr_seen != 0;

	if (online)
		rump_qsbr_offline(&s->reader);
	while (!over(arg))
		backoff(&delay);
	if (online)
		rump_qsbr_online(&domain, &s->reader);
	errno = serrno;
}

void
rumpuser_rcu_synchronize(void)
{
	int cookie = rumpuser__unschedule(NULL);

	await(elapsed, rump_qsbr_begin(&domain));
	rumpuser__schedule(cookie, NULL);
}

static int
queued(uint64_t calls)
{
	int rv;

	pthread_mutex_lock(&machine.mtx);
	(void)step();
	rv = machine.stats.rs_done >= calls;
	pthread_mutex_unlock(&machine.mtx);
	return rv;
}

void
rumpuser_rcu_barrier(void)
{
	int cookie = rumpuser__unschedule(NULL);

	/*
	 * Batches are done in order.  What was handed over before is in the
	 * oldest ones, so that no later call is counted in its place.
	 */
	await(queued, __atomic_load_n(&machine.stats.rs_calls,
	    __ATOMIC_RELAXED));
	rumpuser__schedule(cookie, NULL);
}

void
rumpuser_rcu_stats(struct rumpuser_rcu_stats *rs)
{

	pthread_mutex_lock(&machine.mtx);
	*rs = machine.stats;
	pthread_mutex_unlock(&machine.mtx);
	rs->rs_calls = __atomic_load_n(&machine.stats.rs_calls,
	    __ATOMIC_RELAXED);
	pthread_mutex_lock(&readers.mtx);
	rs->rs_readers = readers.n;
	pthread_mutex_unlock(&readers.mtx);
}

/*
 * fork(2).
 */

void
rumpuser__rcu_fork_prepare(void)
{

	pthread_mutex_lock(&machine.mtx);
	pthread_mutex_lock(&readers.mtx);
}

void
rumpuser__rcu_fork_parent(void)
{

	pthread_mutex_unlock(&readers.mtx);
	pthread_mutex_unlock(&machine.mtx);
}

/* Of the readers only the calling thread is left, if it is one. */
int
rumpuser__rcu_fork_child(void)
{
	struct self *s = &self_tls;
	uint64_t seen = s->reader.qr_seen;

	domain.q_readers = NULL;
	readers.n = 0;
	if (s->listed) {
		rump_qsbr_register(&domain, &s->reader);
		s->reader.qr_seen = seen;
		readers.n = 1;
	}
	rumpuser__rcu_fork_parent();
	return 0;
}
