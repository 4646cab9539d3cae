/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.c - hang reports: a thread that looks now and then whether something
 * takes longer than it should.
 *
 * Locking: mtx guards the limits, the function and the thread; records of
 * threads and locks are read without.  A report may only come of what really
 * was: the start of a wait or a hold is written before the wait or hold
 * itself and never lies further back than the one before, so reading them in
 * the other order errs towards less.  The start of nested work does go back
 * when the inner one ends; so the name is cleared in between, and read twice.
 */
#include "diag/dump.h"
#include "diag/thread.h"
#include "posix/host.h"

#include <rump/rumpuser_str.h>

#include <errno.h>
#include <pthread.h>
#include <time.h>

#define MSEC		INT64_C(1000000)
#define MAXNAP		(1000 * MSEC)
#define BT_TIMEOUT	(300 * MSEC)

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t start_mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cv;
static struct rumpuser_watch_limits limits;
static rumpuser_hang_fn report_fn;
static void *report_arg;
static int running, stop;
static void *thread;

void
rumpuser_watch_enter(struct rumpuser_watched *wd, const char *what)
{
	struct rumpuser__thread *t;

	wd->wd_thread = NULL;
	if (!rumpuser__diag_on(DIAG_WATCH))
		return;
	if ((t = rumpuser__thread_self()) == NULL)
		return;
	wd->wd_thread = t;
	wd->wd_what = t->what;
	wd->wd_since = t->whatsince;
	__atomic_store_n(&t->what, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&t->whatsince, rumpuser__diag_now(),
	    __ATOMIC_RELEASE);
	__atomic_store_n(&t->what, what, __ATOMIC_RELEASE);
}

/*
 * Release on each store: who reads the new start sees the name gone, who
 * reads the new name sees its start.
 */
void
rumpuser_watch_leave(struct rumpuser_watched *wd)
{
	struct rumpuser__thread *t = wd->wd_thread;

	if (t == NULL)
		return;
	__atomic_store_n(&t->what, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&t->whatsince, wd->wd_since, __ATOMIC_RELEASE);
	__atomic_store_n(&t->what, wd->wd_what, __ATOMIC_RELEASE);
}

/*
 * Reports.
 */

static void
dump_thread_bt(struct rumpuser_dump *d, int tid)
{
	struct rumpuser_backtrace bt;
	int error;

	rumpuser__dump_thread_line(d, tid);
	error = rumpuser_backtrace_thread(tid, BT_TIMEOUT, &bt);
	if (error != 0)
		rumpuser_dump_printf(d, "    (no backtrace: error %d)\n",
		    error);
	rumpuser_dump_backtrace(d, &bt, "    ");
}

struct hang {
	int kind;
	int tid;			/* whose backtrace */
	int holder;			/* 0: none */
	int64_t since;
	const char *what;
	const void *obj;
};

static void
hang_text(struct rumpuser_dump *d, void *arg)
{
	const struct hang *h = arg;

	dump_thread_bt(d, h->tid);
	if (h->holder != 0 && h->holder != h->tid) {
		rumpuser_dump_printf(d, "  held by\n");
		dump_thread_bt(d, h->holder);
	}
}

static void
report(const struct hang *h)
{
	static const char *const verbs[] = {
		[RUMPUSER_HANG_HANDLER] = "runs", [RUMPUSER_HANG_HOLD] =
		"holds", [RUMPUSER_HANG_WAIT] = "waits for",
	};
	const int64_t ns = rumpuser__diag_now() - h->since;
	struct rumpuser_dump d;
	char buf[32];

	if (rumpuser__dump_lock() == 0) {
		rumpuser__objects_refresh();
		rumpuser__out_fd(&d, rumpuser__dump_fd());
		rumpuser_time_fmt(buf, sizeof(buf), ns);
		rumpuser_dump_printf(&d, "=== rump hang: thread %d %s %s",
		    h->tid, verbs[h->kind], h->what);
		if (h->obj != NULL)
			rumpuser_dump_printf(&d, " %p", __UNCONST(h->obj));
		rumpuser_dump_printf(&d, " for %s\n", buf);
		rumpuser__guards_on();
		rumpuser__guarded(&d, hang_text, __UNCONST(h));
		rumpuser__guards_off();
		rumpuser_dump_printf(&d, "=== end\n");
		rumpuser__out_flush(&d);
		rumpuser__dump_unlock();
	}
	if (report_fn != NULL)
		report_fn(h->kind, h->tid, ns, report_arg);
}

static int
exceeds(int64_t since, int64_t limit)
{

	return limit > 0 && rumpuser__diag_now() - since > limit;
}

static void
check_work(struct rumpuser__thread *t)
{
	const char *what = __atomic_load_n(&t->what, __ATOMIC_ACQUIRE);
	const int64_t since = __atomic_load_n(&t->whatsince, __ATOMIC_ACQUIRE);
	struct hang h = { RUMPUSER_HANG_HANDLER, REC_GET(t, tid), 0, since,
	    what, NULL };

	if (what == NULL || h.tid == 0 || since == t->whatsaid ||
	    !exceeds(since, limits.wl_handler) ||
	    __atomic_load_n(&t->what, __ATOMIC_RELAXED) != what)
		return;
	t->whatsaid = since;
	report(&h);
}

static int
holder_tid(struct rumpuser__thread *const *where)
{
	struct rumpuser__thread *t;

	/* The lock may be gone by now. */
	if (where == NULL ||
	    rumpuser__peek(where, &t, sizeof(t)) != sizeof(t) || t == NULL)
		return 0;
	return REC_GET(t, tid);
}

static void
check_wait(struct rumpuser__thread *t)
{
	static const char *const names[] = {
		[WAIT_MUTEX] = "mutex", [WAIT_READER] = "rwlock",
		[WAIT_WRITER] = "rwlock", [WAIT_CV] = "condvar",
	};
	const int wait = __atomic_load_n(&t->wait, __ATOMIC_ACQUIRE);
	const int64_t since = REC_GET(t, waitsince);
	struct hang h = { RUMPUSER_HANG_WAIT, REC_GET(t, tid), 0, since,
	    names[wait], REC_GET(t, waitobj) };

	if (wait == WAIT_NONE || h.tid == 0 || since == t->waitsaid ||
	    !exceeds(since, wait == WAIT_CV ? limits.wl_cvwait :
	    limits.wl_wait))
		return;
	h.holder = holder_tid(REC_GET(t, waitholder));
	t->waitsaid = since;
	report(&h);
}

static void
check_hold(struct rumpuser__lockrec *r)
{
	const int held = __atomic_load_n(&r->held, __ATOMIC_ACQUIRE);
	const int64_t since = REC_GET(r, since);
	struct rumpuser__thread *t = REC_GET(r, holder);
	struct hang h = { RUMPUSER_HANG_HOLD, 0, 0, since,
	    REC_GET(r, kind) == WAIT_MUTEX ? "mutex" : "rwlock",
	    REC_GET(r, obj) };

	if (!held || t == NULL || since == r->said || h.obj == NULL ||
	    !exceeds(since, limits.wl_hold))
		return;
	if ((h.tid = REC_GET(t, tid)) == 0)
		return;
	r->said = since;
	report(&h);
}

static void
check_all(void)
{
	struct rumpuser__lockrec *r;
	struct rumpuser__thread *t;

	for (t = __atomic_load_n(&rumpuser__threads, __ATOMIC_ACQUIRE);
	    t != NULL; t = t->next) {
		check_work(t);
		check_wait(t);
	}
	if (limits.wl_hold == 0)
		return;
	for (r = __atomic_load_n(&rumpuser__lockrecs, __ATOMIC_ACQUIRE);
	    r != NULL; r = r->next)
		check_hold(r);
}

/* A quarter of the smallest limit, within reason. */
static int64_t
nap(void)
{
	const int64_t all[] = { limits.wl_handler, limits.wl_hold,
	    limits.wl_wait, limits.wl_cvwait };
	int64_t n = MAXNAP;
	size_t i;

	for (i = 0; i < __arraycount(all); i++)
		if (all[i] > 0 && all[i] / 4 < n)
			n = all[i] / 4;
	return n > MSEC ? n : MSEC;
}

static void *
watcher(void *arg)
{
	struct timespec ts;
	int64_t until;

	(void)arg;
	pthread_mutex_lock(&mtx);
	while (!stop) {
		until = rumpuser__diag_now() + nap();
		ts.tv_sec = until / 1000000000;
		ts.tv_nsec = until % 1000000000;
		(void)pthread_cond_timedwait(&cv, &mtx, &ts);
		if (!stop)
			check_all();
	}
	pthread_mutex_unlock(&mtx);
	return NULL;
}

static int
watch_start(void)
{
	pthread_condattr_t attr;
	int error;

	if (running)
		return 0;
	stop = 0;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cv, &attr);
	pthread_condattr_destroy(&attr);
	error = rumpuser__thread_start(watcher, NULL, "rumpwatch", -1, 1,
	    &thread);
	running = error == 0;
	return error;
}

static void
watch_stop(void)
{

	if (!running)
		return;
	pthread_mutex_lock(&mtx);
	stop = 1;
	pthread_cond_signal(&cv);
	pthread_mutex_unlock(&mtx);
	(void)rumpuser_thread_join(thread);
	pthread_cond_destroy(&cv);
	running = 0;
}

int
rumpuser_watch(const struct rumpuser_watch_limits *wl, rumpuser_hang_fn fn,
    void *arg)
{
	int serrno = errno, error = 0;

	pthread_mutex_lock(&start_mtx);
	if (wl == NULL) {
		rumpuser__diag_set(DIAG_WATCH, 0);
		watch_stop();
	} else {
		(void)rumpuser__thread_self();
		pthread_mutex_lock(&mtx);
		limits = *wl;
		report_fn = fn;
		report_arg = arg;
		pthread_mutex_unlock(&mtx);
		rumpuser__diag_set(DIAG_WATCH, 1);
		if (wl->wl_hold > 0)
			rumpuser__diag_set(DIAG_LOCKS, 1);
		if ((error = watch_start()) != 0)
			rumpuser__diag_set(DIAG_WATCH, 0);
	}
	pthread_mutex_unlock(&start_mtx);
	errno = serrno;
	return rumpuser__errtrans(error);
}
