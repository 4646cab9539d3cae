/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.c - the state dump: sections that subsystems register, on a signal,
 * on a call, on a panic.
 * Locking: entries of the table are taken under a mutex by ordinary code; a
 * walker reads them without, a function's pointer is written last.
 */
#include "diag/dump.h"
#include "diag/thread.h"
#include "posix/host.h"

#include <rump/rumpuser_str.h>

#include <sys/syscall.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define MAXSECTIONS	64

static struct {
	const char *name;
	void *arg;
	rumpuser_dump_fn fn;		/* NULL: free */
} sections[MAXSECTIONS];
static pthread_mutex_t sections_mtx = PTHREAD_MUTEX_INITIALIZER;

static int dump_fd = STDERR_FILENO;
static int onpanic = 1;
static int onsignal;			/* 0: none */
static struct sigaction signal_before;

void
rumpuser_dump_setfd(int fd)
{

	__atomic_store_n(&dump_fd, fd, __ATOMIC_RELAXED);
}

int
rumpuser__dump_fd(void)
{

	return __atomic_load_n(&dump_fd, __ATOMIC_RELAXED);
}

void
rumpuser_dump_onpanic(int on)
{

	__atomic_store_n(&onpanic, on, __ATOMIC_RELAXED);
}

void
rumpuser_dump_locks(int on)
{

	rumpuser__diag_set(DIAG_LOCKS, on);
}

int
rumpuser_dump_register(const char *name, rumpuser_dump_fn fn, void *arg)
{
	int i, slot = -1, error = 0;

	pthread_mutex_lock(&sections_mtx);
	for (i = MAXSECTIONS - 1; i >= 0; i--) {
		if (sections[i].fn == NULL)
			slot = i;
		else if (sections[i].fn == fn && sections[i].arg == arg)
			error = EEXIST;
	}
	if (error == 0 && slot == -1)
		error = ENOMEM;
	if (error == 0) {
		__atomic_store_n(&sections[slot].name, name, __ATOMIC_RELAXED);
		__atomic_store_n(&sections[slot].arg, arg, __ATOMIC_RELAXED);
		/* Release: who sees the function sees its argument. */
		__atomic_store_n(&sections[slot].fn, fn, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&sections_mtx);
	return rumpuser__errtrans(error);
}

void
rumpuser_dump_unregister(rumpuser_dump_fn fn, void *arg)
{
	int i;

	pthread_mutex_lock(&sections_mtx);
	for (i = 0; i < MAXSECTIONS; i++)
		if (sections[i].fn == fn && sections[i].arg == arg)
			__atomic_store_n(&sections[i].fn, NULL,
			    __ATOMIC_RELEASE);
	pthread_mutex_unlock(&sections_mtx);
}

void
rumpuser__dump_sections(struct rumpuser_dump *d)
{
	rumpuser_dump_fn fn;
	int i;

	rumpuser__dump_parts(d);
	for (i = 0; i < MAXSECTIONS; i++) {
		fn = __atomic_load_n(&sections[i].fn, __ATOMIC_ACQUIRE);
		if (fn == NULL)
			continue;
		rumpuser_dump_printf(d, "%s:\n",
		    __atomic_load_n(&sections[i].name, __ATOMIC_RELAXED));
		rumpuser__guarded(d, fn,
		    __atomic_load_n(&sections[i].arg, __ATOMIC_RELAXED));
	}
}

/*
 * Locks: those that somebody waits for, from the records of the waiters, and
 * those that are tracked.
 */

static void
dump_holder(struct rumpuser_dump *d, const struct rumpuser__thread *t,
    int wait)
{

	if (t == NULL && wait != WAIT_MUTEX)
		rumpuser_dump_printf(d, "readers");
	else if (t == NULL || REC_GET(t, tid) == 0)
		rumpuser_dump_printf(d, "a thread that is not known");
	else
		rumpuser_dump_printf(d, "thread %d", REC_GET(t, tid));
}

/* Who took it last: it may be gone, so ask the host for the memory. */
static void
dump_waiter(struct rumpuser_dump *d, const struct rumpuser__thread *t)
{
	static const char *const names[] = {
		[WAIT_MUTEX] = "mutex", [WAIT_READER] = "rwlock",
		[WAIT_WRITER] = "rwlock", [WAIT_CV] = "condvar",
	};
	const int wait = REC_GET(t, wait);
	struct rumpuser__thread *holder = NULL;
	const void *hp = REC_GET(t, waitholder);
	char buf[32];

	rumpuser_time_fmt(buf, sizeof(buf),
	    rumpuser__diag_now() - REC_GET(t, waitsince));
	rumpuser_dump_printf(d, "  %s %p: thread %d waits%s for %s",
	    names[wait], REC_GET(t, waitobj), REC_GET(t, tid),
	    wait == WAIT_READER ? " to read" :
	    wait == WAIT_WRITER ? " to write" : "", buf);
	if (hp != NULL) {
		rumpuser_dump_printf(d, ", held by ");
		if (rumpuser__peek(hp, &holder, sizeof(holder)) !=
		    sizeof(holder))
			holder = NULL;
		dump_holder(d, holder, wait);
	}
	rumpuser_dump_write(d, "\n", 1);
}

static void
dump_tracked(struct rumpuser_dump *d, const struct rumpuser__lockrec *r)
{
	char buf[32];

	rumpuser_time_fmt(buf, sizeof(buf),
	    rumpuser__diag_now() - REC_GET(r, since));
	rumpuser_dump_printf(d, "  %s %p: held by ", REC_GET(r, kind) ==
	    WAIT_MUTEX ? "mutex" : "rwlock", REC_GET(r, obj));
	dump_holder(d, REC_GET(r, holder), WAIT_MUTEX);
	if (REC_GET(r, lwp) != NULL)
		rumpuser_dump_printf(d, " (lwp %p)", (void *)REC_GET(r, lwp));
	rumpuser_dump_printf(d, " for %s\n", buf);
}

void
rumpuser__dump_locks_section(struct rumpuser_dump *d, void *arg)
{
	const struct rumpuser__thread *t;
	const struct rumpuser__lockrec *r;
	unsigned tracked = 0, held = 0;

	(void)arg;
	for (t = __atomic_load_n(&rumpuser__threads, __ATOMIC_ACQUIRE);
	    t != NULL; t = t->next)
		if (REC_GET(t, tid) != 0 && REC_GET(t, wait) != WAIT_NONE)
			dump_waiter(d, t);
	for (r = __atomic_load_n(&rumpuser__lockrecs, __ATOMIC_ACQUIRE);
	    r != NULL; r = r->next) {
		if (REC_GET(r, obj) == NULL)
			continue;
		tracked++;
		if (REC_GET(r, held)) {
			held++;
			dump_tracked(d, r);
		}
	}
	if (tracked > 0)
		rumpuser_dump_printf(d, "  %u tracked, %u of them held\n",
		    tracked, held);
}

/*
 * The dump proper.
 */

static void
threads_section(struct rumpuser_dump *d, void *arg)
{

	(void)arg;
	rumpuser__dump_threads(d, 0);
}

int
rumpuser_dump_state(int fd, const char *reason)
{
	struct rumpuser_dump d;
	int serrno = errno, error;

	if ((error = rumpuser__dump_lock()) != 0) {
		errno = serrno;
		return rumpuser__errtrans(error);
	}
	rumpuser__objects_refresh();
	rumpuser__guards_on();
	rumpuser__out_fd(&d, fd);
	rumpuser_dump_printf(&d, "=== rump state dump of process %d: %s\n",
	    (int)getpid(), reason);
	rumpuser_dump_printf(&d, "threads:\n");
	rumpuser__guarded(&d, threads_section, NULL);
	rumpuser__dump_sections(&d);
	rumpuser_dump_printf(&d, "=== end\n");
	rumpuser__out_flush(&d);
	rumpuser__guards_off();
	rumpuser__dump_unlock();
	errno = serrno;
	return 0;
}

static void
state_signal(int sig)
{
	struct rumpuser_dump p;
	char reason[32];

	rumpuser__out_mem(&p, reason, sizeof(reason));
	rumpuser_dump_printf(&p, "signal %d", sig);
	(void)rumpuser_dump_state(rumpuser__dump_fd(), reason);
}

int
rumpuser_dump_onsignal(int sig)
{
	struct sigaction sa = { .sa_handler = state_signal,
	    .sa_flags = SA_ONSTACK | SA_RESTART };
	int serrno = errno, error = 0;

	if (onsignal != 0)
		(void)sigaction(onsignal, &signal_before, NULL);
	onsignal = 0;
	if (sig != 0) {
		rumpuser__objects_refresh();
		sigemptyset(&sa.sa_mask);
		if (sigaction(sig, &sa, &signal_before) == -1)
			error = errno;
		else
			onsignal = sig;
	}
	errno = serrno;
	return rumpuser__errtrans(error);
}

void
rumpuser__panic_dump(void)
{

	if (__atomic_load_n(&onpanic, __ATOMIC_RELAXED))
		(void)rumpuser_dump_state(rumpuser__dump_fd(), "panic");
	rumpuser__sigdump_quiet();
}
