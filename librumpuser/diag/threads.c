/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.c - the threads of the process and their backtraces: each is sent
 * SIGSTKFLT, captures its own in the handler, and goes on.
 *
 * Locking: one request at a time; its state passes from the one who asks to
 * the one who answers and back by compare and swap:
 *
 *	FREE -> SETUP	who asks fills the request in
 *	SETUP -> ASKED	the signal is on its way
 *	ASKED -> WORK	the thread captures		ASKED -> FREE: given up
 *	WORK -> DONE	it is there			WORK -> LOST: given up
 *	DONE -> FREE	read by who asked	LOST -> FREE: by who works
 */
#include "diag/dump.h"
#include "diag/thread.h"
#include "posix/host.h"

#include <rump/rumpuser_str.h>

#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef SIGSTKFLT
#define THREADSIG	SIGSTKFLT
#else
#define THREADSIG	SIGURG		/* machines without it; ignored else */
#endif

#define MSEC		INT64_C(1000000)
#define ONE_TIMEOUT	(300 * MSEC)	/* for one thread */
#define ALL_TIMEOUT	(3000 * MSEC)	/* for all that do not answer */

enum { FREE, SETUP, ASKED, WORK, DONE, LOST };

static struct {
	int state;
	int tid;
	struct rumpuser_backtrace bt;
} request;

static struct sigaction before;
static int installed;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define TSAN 1
#endif

/* ThreadSanitizer calls handlers late, when their context is of the past. */
static void
capture(struct rumpuser_backtrace *bt, void *uc)
{

#ifdef TSAN
	(void)uc;
	rumpuser_backtrace_capture(bt, 0);
#else
	rumpuser__backtrace_ucontext(bt, uc);
#endif
}

struct answer {
	struct rumpuser_backtrace bt;
	void *uc;
};

static void
capture_guarded(struct rumpuser_dump *d, void *arg)
{
	struct answer *a = arg;

	(void)d;
	capture(&a->bt, a->uc);
}

static void
answer(void *uc)
{
	struct answer a = { .uc = uc };
	struct rumpuser_dump none;
	int from = ASKED;

	if (__atomic_load_n(&request.tid, __ATOMIC_RELAXED) !=
	    (int)syscall(SYS_gettid) ||
	    !__atomic_compare_exchange_n(&request.state, &from, WORK, 0,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	rumpuser__out_mem(&none, NULL, 0);
	rumpuser__guarded(&none, capture_guarded, &a);
	request.bt = a.bt;
	from = WORK;
	/* Release: who sees DONE sees the frames. */
	if (!__atomic_compare_exchange_n(&request.state, &from, DONE, 0,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		__atomic_store_n(&request.state, FREE, __ATOMIC_RELEASE);
}

/* Somebody sent the signal: the backtrace goes where dumps go. */
static void
unasked(const siginfo_t *si, void *uc)
{
	struct rumpuser_backtrace bt;
	struct rumpuser_dump d;
	int error;

	if ((error = rumpuser__dump_lock()) == EBUSY)
		return;
	rumpuser__objects_refresh();
	capture(&bt, uc);
	rumpuser__out_fd(&d, rumpuser__dump_fd());
	rumpuser_dump_printf(&d, "=== rump: backtrace of a thread, asked for "
	    "by process %d\n", (int)si->si_pid);
	rumpuser__dump_thread_line(&d, (int)syscall(SYS_gettid));
	rumpuser_dump_backtrace(&d, &bt, "    ");
	rumpuser_dump_printf(&d, "=== end\n");
	rumpuser__out_flush(&d);
	if (error == 0)
		rumpuser__dump_unlock();
}

static void
threadsig(int sig, siginfo_t *si, void *uc)
{
	int serrno = errno;

	(void)sig;
	if (si->si_code == SI_QUEUE && si->si_pid == getpid() &&
	    si->si_value.sival_ptr == &request)
		answer(uc);
	else
		unasked(si, uc);
	errno = serrno;
}

int
rumpuser__threadsig_install(int force)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_ONSTACK |
	    SA_RESTART };

	if (__atomic_load_n(&installed, __ATOMIC_ACQUIRE))
		return 0;
	if (!force && sigaction(THREADSIG, NULL, &sa) == 0 &&
	    sa.sa_handler != SIG_DFL)
		return EPERM;
	sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sa.sa_sigaction = threadsig;
	sigemptyset(&sa.sa_mask);
	if (sigaction(THREADSIG, &sa, &before) == -1)
		return errno;
	__atomic_store_n(&installed, 1, __ATOMIC_RELEASE);
	return 0;
}

void
rumpuser__threadsig_remove(void)
{

	if (__atomic_exchange_n(&installed, 0, __ATOMIC_ACQ_REL))
		(void)sigaction(THREADSIG, &before, NULL);
}

void
rumpuser__threadsig_forked(void)
{

	__atomic_store_n(&request.state, FREE, __ATOMIC_RELEASE);
}

/*
 * Lines of /proc/self/task/N/status.
 */

static size_t
task_status(int tid, char *buf, size_t size)
{
	char path[48];
	struct rumpuser_dump p;

	rumpuser__out_mem(&p, path, sizeof(path));
	rumpuser_dump_printf(&p, "/proc/self/task/%d/status", tid);
	return rumpuser__slurp(path, buf, size);
}

/* The value of a line "KEY:\tVALUE"; *lenp gets its length, 0: none. */
static const char *
status_value(const char *status, const char *key, size_t *lenp)
{
	const char *p;

	*lenp = 0;
	if ((p = strstr(status, key)) == NULL)
		return "";
	for (p += strlen(key); *p == ':' || *p == '\t' || *p == ' '; p++)
		continue;
	*lenp = strcspn(p, "\n");
	return p;
}

/* Is bit sig - 1 of the hexadecimal mask set? */
static int
blocks(const char *status)
{
	const char *p;
	uint64_t mask = 0;
	size_t len;

	for (p = status_value(status, "\nSigBlk", &len); len > 0; len--, p++)
		mask = mask << 4 | (uint64_t)(*p <= '9' ? *p - '0' :
		    *p - 'a' + 10);
	return (int)(mask >> (THREADSIG - 1) & 1);
}

/* Some block all signals for an instant, to make or to end a thread. */
static int
listens(int tid)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	char status[2048];
	int i;

	for (i = 0; i < 5; i++) {
		if (task_status(tid, status, sizeof(status)) == 0)
			return ESRCH;
		if (!blocks(status))
			return 0;
		nanosleep(&ms, NULL);
	}
	return EPERM;
}

/*
 * Asking.
 */

static int
send_request(int tid)
{
	siginfo_t si;
	const pid_t self = getpid();

	memset(&si, 0, sizeof(si));
	si.si_signo = THREADSIG;
	si.si_code = SI_QUEUE;
	si.si_pid = self;
	si.si_uid = getuid();
	si.si_value.sival_ptr = &request;
	if (syscall(SYS_rt_tgsigqueueinfo, self, tid, THREADSIG, &si) == -1)
		return errno;
	return 0;
}

static int
await_state(int want, int64_t until)
{
	struct timespec nap = { .tv_nsec = 20000 };
	int i;

	for (i = 0;; i++) {
		/* Acquire: the frames are there. */
		if (__atomic_load_n(&request.state, __ATOMIC_ACQUIRE) == want)
			return 0;
		if (rumpuser__diag_now() >= until)
			return ETIMEDOUT;
		if (i < 10)
			sched_yield();
		else
			nanosleep(&nap, NULL);
	}
}

/* The request is filled in and on its way: wait for the end, or give up. */
static int
await_answer(int64_t timeout, struct rumpuser_backtrace *bt)
{
	int state;

	if (await_state(DONE, rumpuser__diag_now() + timeout) != 0) {
		state = ASKED;
		if (__atomic_compare_exchange_n(&request.state, &state, FREE,
		    0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return ETIMEDOUT;
		/* It is at it: that takes microseconds, unless it cannot. */
		if (await_state(DONE, rumpuser__diag_now() + ONE_TIMEOUT) !=
		    0) {
			state = WORK;
			if (__atomic_compare_exchange_n(&request.state,
			    &state, LOST, 0, __ATOMIC_ACQ_REL,
			    __ATOMIC_ACQUIRE))
				return ETIMEDOUT;
		}
	}
	*bt = request.bt;
	__atomic_store_n(&request.state, FREE, __ATOMIC_RELEASE);
	return 0;
}

static int
ask(int tid, int64_t timeout, struct rumpuser_backtrace *bt)
{
	int error, state = FREE;

	if ((error = listens(tid)) != 0)
		return error;
	if ((error = rumpuser__threadsig_install(0)) != 0)
		return error;
	if (!__atomic_compare_exchange_n(&request.state, &state, SETUP, 0,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return EBUSY;
	__atomic_store_n(&request.tid, tid, __ATOMIC_RELAXED);
	__atomic_store_n(&request.state, ASKED, __ATOMIC_RELEASE);
	if ((error = send_request(tid)) != 0) {
		__atomic_store_n(&request.state, FREE, __ATOMIC_RELEASE);
		return error;
	}
	return await_answer(timeout, bt);
}

int
rumpuser_backtrace_thread(int tid, int64_t timeout,
    struct rumpuser_backtrace *bt)
{
	int serrno = errno, error = 0;

	memset(bt, 0, sizeof(*bt));
	if (tid == (int)syscall(SYS_gettid))
		rumpuser_backtrace_capture(bt, 1);
	else
		error = ask(tid, timeout, bt);
	errno = serrno;
	return rumpuser__errtrans(error);
}

/*
 * Lines about threads.
 */

static const struct rumpuser__thread *
record_of(int tid)
{
	const struct rumpuser__thread *t;

	for (t = __atomic_load_n(&rumpuser__threads, __ATOMIC_ACQUIRE);
	    t != NULL; t = t->next)
		if (REC_GET(t, tid) == tid)
			return t;
	return NULL;
}

static void
dump_record(struct rumpuser_dump *d, const struct rumpuser__thread *t)
{
	static const char *const waits[] = {
		[WAIT_MUTEX] = "mutex", [WAIT_READER] = "reader lock",
		[WAIT_WRITER] = "writer lock", [WAIT_CV] = "condvar",
	};
	const int wait = REC_GET(t, wait);
	const int64_t now = rumpuser__diag_now();
	const char *what = REC_GET(t, what);
	struct lwp *l;
	char buf[32];

	if (rumpuser__peek(REC_GET(t, lwpp), &l, sizeof(l)) == sizeof(l) &&
	    l != NULL)
		rumpuser_dump_printf(d, ", lwp %p", (void *)l);
	if (what != NULL) {
		rumpuser_time_fmt(buf, sizeof(buf),
		    now - REC_GET(t, whatsince));
		rumpuser_dump_printf(d, ", runs %s for %s", what, buf);
	}
	if (wait != WAIT_NONE) {
		rumpuser_time_fmt(buf, sizeof(buf),
		    now - REC_GET(t, waitsince));
		rumpuser_dump_printf(d, ", waits for %s %p for %s",
		    waits[wait], REC_GET(t, waitobj), buf);
	}
}

void
rumpuser__dump_thread_line(struct rumpuser_dump *d, int tid)
{
	char status[2048];
	const struct rumpuser__thread *t;
	const char *name, *state;
	size_t nlen, slen;

	if (task_status(tid, status, sizeof(status)) == 0) {
		rumpuser_dump_printf(d, "  thread %d has gone\n", tid);
		return;
	}
	name = status_value(status, "Name", &nlen);
	state = status_value(status, "\nState", &slen);
	rumpuser_dump_printf(d, "  thread %d %.*s, %.*s", tid, (int)nlen,
	    name, (int)slen, state);
	if ((t = record_of(tid)) != NULL)
		dump_record(d, t);
	rumpuser_dump_write(d, "\n", 1);
}

int
rumpuser__each_thread(struct rumpuser_dump *d,
    void (*fn)(struct rumpuser_dump *, int, void *), void *arg)
{
	char buf[1024] __attribute__((__aligned__(8)));
	const struct dirent64 *de;
	long n, off;
	int fd;

	fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (off = 0; off < n; off += de->d_reclen) {
			de = (const void *)(buf + off);
			if (de->d_name[0] >= '1' && de->d_name[0] <= '9')
				fn(d, atoi(de->d_name), arg);
		}
	}
	close(fd);
	return 1;
}

/*
 * Where a thread that does not answer waits in the host: proc(5) tells the
 * system call, stack pointer and program counter.  Registers that it would
 * take to go up are not known, so that the frames are a guess; a fault is
 * caught by the guard.
 */
static void
dump_syscall(struct rumpuser_dump *d, int tid)
{
	struct rumpuser_backtrace bt;
	struct rumpuser_dump p;
	char path[48], buf[256];
	uint64_t v[9];
	char *s = buf;
	int i;

	rumpuser__out_mem(&p, path, sizeof(path));
	rumpuser_dump_printf(&p, "/proc/self/task/%d/syscall", tid);
	if (rumpuser__slurp(path, buf, sizeof(buf)) == 0 || *s < '0' ||
	    *s > '9')
		return;
	for (i = 0; i < 9; i++)
		v[i] = strtoull(s, &s, 0);
	rumpuser_dump_printf(d, "    (in system call %d; a guess:)\n",
	    (int)v[0]);
	rumpuser_backtrace_context(&bt, (uintptr_t)v[8], (uintptr_t)v[7], 0);
	rumpuser_dump_backtrace(d, &bt, "    ");
}

struct threads {
	int except;
	int64_t left;		/* patience for those that do not answer */
};

static void
dump_one(struct rumpuser_dump *d, int tid, void *arg)
{
	struct rumpuser_backtrace bt;
	struct threads *th = arg;
	int64_t start = rumpuser__diag_now();
	int error;

	if (tid == th->except)
		return;
	rumpuser__dump_thread_line(d, tid);
	memset(&bt, 0, sizeof(bt));
	if (tid == (int)syscall(SYS_gettid)) {
		rumpuser_backtrace_capture(&bt, 1);
		error = 0;
	} else {
		error = th->left > 0 ? ask(tid, ONE_TIMEOUT, &bt) : ETIMEDOUT;
		if (error == ETIMEDOUT)
			th->left -= rumpuser__diag_now() - start;
	}
	if (error == EPERM)
		rumpuser_dump_printf(d, "    (blocks the signal that asks)\n");
	else if (error == ETIMEDOUT)
		rumpuser_dump_printf(d, "    (does not answer)\n");
	else if (error != 0)
		rumpuser_dump_printf(d, "    (no backtrace: error %d)\n",
		    error);
	rumpuser_dump_backtrace(d, &bt, "    ");
	if (error == EPERM || error == ETIMEDOUT)
		dump_syscall(d, tid);
}

void
rumpuser__dump_threads(struct rumpuser_dump *d, int except)
{
	struct threads th = { except, ALL_TIMEOUT };

	if (!rumpuser__each_thread(d, dump_one, &th))
		rumpuser_dump_printf(d, "  (no /proc/self/task)\n");
}
