/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_contract.c - what rumpuser(3) promises of every call: which give the
 * virtual CPU up and which do not, versions, clocks that step, parameters,
 * the end of the process, daemons.
 */
#include "stub.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rumpuser_component.h>
#include <rump/rumpuser_provider.h>

enum { NB_ENOENT = 2, NB_E2BIG = 7, NB_EBUSY = 16, NB_EINVAL = 22,
    NB_ETIMEDOUT = 60 };

static char dir[128];

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.90s/contractXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	stub_init();
}

static void
teardown(void)
{
	char cmd[200];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static const char *
path(const char *name)
{
	static char buf[200];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

START_TEST(versions)
{
	struct rumpuser_hyperup hyp;

	stub_hyp(&hyp);
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION - 1, &hyp), NB_EINVAL);
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION + 1, &hyp), NB_EINVAL);
	ck_assert_int_eq(rumpuser_init(0, &hyp), NB_EINVAL);
	ck_assert_int_eq(rumpuser_init(-1, &hyp), NB_EINVAL);
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, NULL), NB_EINVAL);
	/* The table is copied. */
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, &hyp), 0);
	memset(&hyp, 0xff, sizeof(hyp));
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1),
	    0);
}
END_TEST

/*
 * The kernel's clock: a thread that enters the kernel again and again.  What
 * ends a blocking call is done once it has ticked some more: if the call kept
 * the virtual CPU, it would never be.
 */
static unsigned int ticks;
static int clock_stop;

static void *
clock_thread(void *arg)
{

	while (!__atomic_load_n(&clock_stop, __ATOMIC_ACQUIRE)) {
		stub_schedule();
		__atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST);
		stub_unschedule();
		usleep(200);
	}
	return arg;
}

static void
some_ticks(void)
{
	unsigned int then = __atomic_load_n(&ticks, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&ticks, __ATOMIC_SEQ_CST) - then < 5)
		usleep(200);
}

/* What a blocking call waits for, and who brings it about. */
static int fds[2];
static char big[1 << 20];
static struct rumpuser_mtx *mtx;
static struct rumpuser_rw *rw;
static struct rumpuser_cv *cv;
static void *joinee;

static void
do_read(void)
{
	struct rumpuser_iovec v = { big, 10 };
	size_t n;

	ck_assert_int_eq(rumpuser_iovread(fds[0], &v, 1, RUMPUSER_IOV_NOSEEK,
	    &n), 0);
	ck_assert_uint_eq(n, 1);
}

static void
undo_read(void)
{

	ck_assert_int_eq(write(fds[1], "x", 1), 1);
}

static void
do_write(void)
{
	struct rumpuser_iovec v = { big, sizeof(big) };
	size_t n;

	ck_assert_int_eq(rumpuser_iovwrite(fds[1], &v, 1, RUMPUSER_IOV_NOSEEK,
	    &n), 0);
	ck_assert_uint_eq(n, sizeof(big));
}

static void
undo_write(void)
{
	static char in[1 << 16];
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(big)) {
		n = read(fds[0], in, sizeof(in));
		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
}

static void
do_open(void)
{
	int fd;

	ck_assert_int_eq(rumpuser_open(path("fifo"), RUMPUSER_OPEN_RDONLY,
	    &fd), 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
}

static void
undo_open(void)
{
	char name[200];
	int fd;

	snprintf(name, sizeof(name), "%s/fifo", dir);
	ck_assert_int_ge(fd = open(name, O_WRONLY), 0);
	close(fd);
}

static void
do_sleep(void)
{
	unsigned int then = __atomic_load_n(&ticks, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&ticks, __ATOMIC_SEQ_CST) - then < 3)
		ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL,
		    0, 2000000), 0);
}

static void
undo_nothing(void)
{
}

static void *
joinee_thread(void *arg)
{

	some_ticks();
	return arg;
}

static void
do_join(void)
{

	ck_assert_int_eq(rumpuser_thread_join(joinee), 0);
}

static void
do_mutex(void)
{

	rumpuser_mutex_enter(mtx);
	rumpuser_mutex_exit(mtx);
}

static void
undo_mutex(void)
{

	rumpuser_mutex_exit(mtx);
}

static void
do_rdlock(void)
{

	rumpuser_rw_enter(RUMPUSER_RW_READER, rw);
	rumpuser_rw_exit(rw);
}

static void
do_wrlock(void)
{

	rumpuser_rw_enter(RUMPUSER_RW_WRITER, rw);
	rumpuser_rw_exit(rw);
}

static void
undo_rw(void)
{

	rumpuser_rw_exit(rw);
}

static int cv_done;

static void
do_cv(void)
{

	rumpuser_mutex_enter(mtx);
	while (!cv_done)
		rumpuser_cv_wait(cv, mtx);
	cv_done = 0;
	rumpuser_mutex_exit(mtx);
}

static void
do_timedcv(void)
{

	rumpuser_mutex_enter(mtx);
	while (!cv_done)
		ck_assert_int_eq(rumpuser_cv_timedwait(cv, mtx, 1000, 0), 0);
	cv_done = 0;
	rumpuser_mutex_exit(mtx);
}

static void
undo_cv(void)
{

	rumpuser_mutex_enter(mtx);
	cv_done = 1;
	rumpuser_cv_signal(cv);
	rumpuser_mutex_exit(mtx);
}

/* A private hypercall of a component. */
static void
do_component(void)
{
	void *cookie = rumpuser_component_unschedule();
	char c;

	ck_assert_int_eq(stub_hascpu(), 0);
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	rumpuser_component_schedule(cookie);
}

static const struct blocker {
	const char *name;
	void (*call)(void);
	void (*unblock)(void);
} blockers[] = {
	{ "iovread", do_read, undo_read },
	{ "iovwrite", do_write, undo_write },
	{ "open", do_open, undo_open },
	{ "clock_sleep", do_sleep, undo_nothing },
	{ "thread_join", do_join, undo_nothing },
	{ "mutex_enter", do_mutex, undo_mutex },
	{ "rw_enter reader", do_rdlock, undo_rw },
	{ "rw_enter writer", do_wrlock, undo_rw },
	{ "cv_wait", do_cv, undo_cv },
	{ "cv_timedwait", do_timedcv, undo_cv },
	{ "component", do_component, undo_read },
};

/* Sets up what the call is going to block on, on the thread that ends it. */
static pthread_barrier_t ready;

static void *
unblocker(void *arg)
{
	const struct blocker *b = arg;

	if (b->unblock == undo_mutex)
		rumpuser_mutex_enter_nowrap(mtx);
	if (b->unblock == undo_rw)
		rumpuser_rw_enter(RUMPUSER_RW_WRITER, rw);
	pthread_barrier_wait(&ready);
	some_ticks();
	b->unblock();
	return NULL;
}

START_TEST(blocking)
{
	const struct blocker *b = &blockers[_i];
	pthread_t clock, other;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(mkfifo(path("fifo"), 0600), 0);
	rumpuser_mutex_init(&mtx, RUMPUSER_MTX_KMUTEX);
	rumpuser_rw_init(&rw);
	rumpuser_cv_init(&cv);
	pthread_barrier_init(&ready, NULL, 2);
	ck_assert_int_eq(pthread_create(&clock, NULL, clock_thread, NULL), 0);
	if (b->call == do_join)
		ck_assert_int_eq(rumpuser_thread_create(joinee_thread, NULL,
		    "joinee", 1, -1, -1, &joinee), 0);
	ck_assert_int_eq(pthread_create(&other, NULL, unblocker,
	    (void *)(uintptr_t)b), 0);
	pthread_barrier_wait(&ready);

	errno = 4242;
	b->call();
	ck_assert_msg(stub_hascpu() == 1, "%s", b->name);
	ck_assert_int_eq(errno, 4242);

	stub_unschedule();
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	__atomic_store_n(&clock_stop, 1, __ATOMIC_RELEASE);
	ck_assert_int_eq(pthread_join(clock, NULL), 0);
}
END_TEST

static unsigned int biodones;

static void
biodone(void *arg, size_t n, int error)
{

	ck_assert_int_eq(stub_hascpu(), 1);
	ck_assert_int_eq(error, 0);
	biodones++;
}

/* Calls that may block but happen not to: given up once, and come back. */
START_TEST(gives_up)
{
	struct rumpuser_iovec v = { big, 512 };
	unsigned int then;
	uint64_t size;
	size_t n;
	int fd, type;

#define ONCE(call) do {							\
	then = stub_backend_unscheds;					\
	call;								\
	ck_assert_msg(stub_backend_unscheds == then + 1, "%s", #call);	\
	ck_assert_int_eq(stub_hascpu(), 1);				\
} while (0)
	ONCE(rumpuser_open(path("f"), RUMPUSER_OPEN_RDWR |
	    RUMPUSER_OPEN_CREATE, &fd));
	ONCE(rumpuser_iovwrite(fd, &v, 1, 0, &n));
	ONCE(rumpuser_iovread(fd, &v, 1, 0, &n));
	ONCE(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_BOTH |
	    RUMPUSER_SYNCFD_SYNC, 0, 0));
	ONCE(rumpuser_getfileinfo(path("f"), &size, &type));
	ONCE(rumpuser_bio(fd, RUMPUSER_BIO_READ | RUMPUSER_BIO_INLINE, big,
	    512, 0, biodone, NULL));
	ck_assert_uint_eq(biodones, 1);
	ONCE(rumpuser_getrandom(big, 16, 0, &n));
	ONCE(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1));
	ONCE(rumpuser_close(fd));
}
END_TEST

/* Calls that do not block keep the virtual CPU. */
START_TEST(keeps)
{
	const unsigned int then = stub_backend_unscheds;
	struct rumpuser_mtx *m;
	struct rumpuser_cv *c;
	struct rumpuser_rw *r;
	struct lwp *l;
	char buf[64];
	int64_t sec;
	long nsec;
	void *p;
	size_t n;
	int held;

	ck_assert_int_eq(rumpuser_malloc(10, 0, &p), 0);
	rumpuser_free(p, 10);
	ck_assert_int_eq(rumpuser_anonmmap(NULL, 10, 0, 0, &p), 0);
	rumpuser_unmap(p, 10);
	rumpuser_clock_gettime(RUMPUSER_CLOCK_RELWALL, &sec, &nsec);
	rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec, &nsec);
	rumpuser_getparam("HOME", buf, sizeof(buf));
	rumpuser_getrandom(buf, 16, RUMPUSER_RANDOM_NOWAIT, &n);
	rumpuser_kill(RUMPUSER_PID_SELF, 0);
	rumpuser_mutex_init(&m, RUMPUSER_MTX_KMUTEX);
	rumpuser_mutex_enter(m);
	ck_assert_int_eq(rumpuser_mutex_tryenter(m), NB_EBUSY);
	rumpuser_mutex_owner(m, &l);
	rumpuser_cv_init(&c);
	rumpuser_cv_signal(c);
	rumpuser_cv_broadcast(c);
	rumpuser_cv_has_waiters(c, &held);
	ck_assert_int_eq(rumpuser_cv_timedwait_nowrap(c, m, 0, 1000),
	    NB_ETIMEDOUT);
	rumpuser_mutex_exit(m);
	rumpuser_mutex_destroy(m);
	rumpuser_cv_destroy(c);
	rumpuser_rw_init(&r);
	rumpuser_rw_enter(RUMPUSER_RW_WRITER, r);
	ck_assert_int_eq(rumpuser_rw_tryenter(RUMPUSER_RW_READER, r),
	    NB_EBUSY);
	rumpuser_rw_downgrade(r);
	ck_assert_int_eq(rumpuser_rw_tryupgrade(r), 0);
	rumpuser_rw_held(RUMPUSER_RW_WRITER, r, &held);
	rumpuser_rw_exit(r);
	rumpuser_rw_destroy(r);
	ck_assert_uint_eq(stub_backend_unscheds, then);
}
END_TEST

/* A thread without an lwp has nothing to give up, and may call all the same. */
START_TEST(nolwp)
{
	struct rumpuser_iovec v = { big, 1 };
	unsigned int then;
	size_t n;
	int fd;

	stub_unschedule();
	then = stub_backend_unscheds;
	ck_assert_ptr_null(rumpuser_curlwp());
	ck_assert_int_eq(rumpuser_open(path("f"), RUMPUSER_OPEN_RDWR |
	    RUMPUSER_OPEN_CREATE, &fd), 0);
	ck_assert_int_eq(rumpuser_iovwrite(fd, &v, 1, 0, &n), 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1),
	    0);
	ck_assert_uint_eq(stub_backend_unscheds, then);
}
END_TEST

/*
 * Clocks.
 */

static int64_t
mono(void)
{
	int64_t sec;
	long nsec;

	ck_assert_int_eq(rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec,
	    &nsec), 0);
	return sec * 1000000000 + nsec;
}

/* A host whose time of day jumps an hour each time somebody looks. */
static int64_t walltime = 1000000000;
static int64_t step = 3600;

static int
jumping(struct rumpuser_provider *p, int which, int64_t *secp, long *nsecp)
{
	struct rumpuser_provider *lower = rumpuser_provider_lower(p);

	if (which != RUMPUSER_CLOCK_RELWALL)
		return rumpuser_provider_ops(lower)->ho_clock(lower, which,
		    secp, nsecp);
	*secp = walltime += step;
	*nsecp = 0;
	return 0;
}

START_TEST(wall_steps)
{
	struct rumpuser_provider *posix, *p;
	struct rumpuser_hostops ops;
	int64_t t, sec;
	long nsec;
	int i;

	ck_assert_int_eq(rumpuser_provider_get("posix", &posix), 0);
	rumpuser_provider_through(&ops);
	ops.ho_clock = jumping;
	ck_assert_int_eq(rumpuser_provider_create("jumping", &ops, posix,
	    NULL, &p), 0);
	ck_assert_int_eq(rumpuser_provider_init(p, NULL), 0);
	ck_assert_int_eq(rumpuser_provider_use(p), 0);
	for (i = 0; i < 2; i++, step = -step) {
		ck_assert_int_eq(rumpuser_clock_gettime(
		    RUMPUSER_CLOCK_RELWALL, &sec, &nsec), 0);
		ck_assert_int_eq(sec, walltime);
		t = mono();
		ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL,
		    0, 10000000), 0);
		ck_assert_int_ge(mono() - t, 10000000);
		ck_assert_int_lt(mono() - t, INT64_C(1800) * 1000000000);
	}
	ck_assert_int_eq(rumpuser_provider_use(posix), 0);
}
END_TEST

/* In a time namespace the monotonic clock is another; deadlines are its. */
START_TEST(mono_steps)
{
	int64_t before, t;
	int status, fd;
	pid_t pid;

	before = mono();
	if (unshare(CLONE_NEWTIME) == -1)
		return;		/* not allowed here */
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	if (fd == -1 || write(fd, "monotonic 100000 0\n", 19) != 19)
		return;
	if ((pid = fork()) == 0) {
		t = mono();
		if (t - before < INT64_C(100000) * 1000000000)
			_exit(1);
		t += 20000000;
		if (rumpuser_clock_sleep(RUMPUSER_CLOCK_ABSMONO,
		    t / 1000000000, t % 1000000000) != 0)
			_exit(2);
		if (mono() < t || mono() - t > INT64_C(1000) * 1000000000)
			_exit(3);
		t = mono();
		if (rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 5000000)
		    != 0 || mono() - t < 5000000)
			_exit(4);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void
onalarm(int sig)
{

	(void)sig;
}

/* Signals do not end a sleep early. */
START_TEST(sleep_signals)
{
	struct sigaction sa = { .sa_handler = onalarm };
	const struct itimerspec its = { { 0, 1000000 }, { 0, 1000000 } };
	timer_t timer;
	int64_t t;

	sigaction(SIGALRM, &sa, NULL);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &its, NULL), 0);
	t = mono();
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0,
	    30000000), 0);
	ck_assert_int_ge(mono() - t, 30000000);
	timer_delete(timer);
}
END_TEST

START_TEST(parameters)
{
	char buf[300];
	size_t len;

	memset(buf, 'u', sizeof(buf));
	setenv("TEST_PARAM", "value", 1);
	ck_assert_int_eq(rumpuser_getparam("TEST_PARAM", buf, 5), NB_E2BIG);
	ck_assert_int_eq(rumpuser_getparam("TEST_PARAM", buf, 0), NB_E2BIG);
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_NCPU, buf, 1),
	    NB_E2BIG);
	ck_assert_int_eq(rumpuser_getparam("TEST_ABSENT", buf, 0), NB_ENOENT);
	/* An error changes nothing. */
	ck_assert_int_eq(buf[0], 'u');
	ck_assert_int_eq(rumpuser_getparam("TEST_PARAM", buf, 6), 0);
	ck_assert_str_eq(buf, "value");
	/* An empty value is one. */
	setenv("TEST_PARAM", "", 1);
	ck_assert_int_eq(rumpuser_getparam("TEST_PARAM", buf, 1), 0);
	ck_assert_str_eq(buf, "");
	/* The environment does not get at the kernel's own names. */
	setenv("_RUMPUSER_NCPU", "77", 1);
	setenv("_RUMPUSER_OTHER", "77", 1);
	unsetenv("RUMP_NCPU");
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_NCPU, buf,
	    sizeof(buf)), 0);
	ck_assert_str_ne(buf, "77");
	ck_assert_int_eq(rumpuser_getparam("_RUMPUSER_OTHER", buf,
	    sizeof(buf)), NB_ENOENT);
	/* A name that just fits. */
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, buf,
	    sizeof(buf)), 0);
	len = strlen(buf);
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, buf, len),
	    NB_E2BIG);
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, buf,
	    len + 1), 0);
}
END_TEST

START_TEST(randoms)
{
	static const int flags[] = { 0, RUMPUSER_RANDOM_HARD,
	    RUMPUSER_RANDOM_NOWAIT,
	    RUMPUSER_RANDOM_HARD | RUMPUSER_RANDOM_NOWAIT };
	static unsigned char a[1500], b[1500];
	size_t n, i;

	for (i = 0; i < 4; i++) {
		memset(a, 0, sizeof(a));
		n = 99999;
		ck_assert_int_eq(rumpuser_getrandom(a, sizeof(a), flags[i],
		    &n), 0);
		if (flags[i] & RUMPUSER_RANDOM_NOWAIT)
			ck_assert_uint_le(n, sizeof(a));
		else
			ck_assert_uint_eq(n, sizeof(a));
		if (n == sizeof(a))
			ck_assert_int_ne(memcmp(a, b, sizeof(a)), 0);
		memcpy(b, a, sizeof(a));
	}
	ck_assert_int_eq(rumpuser_getrandom(a, 0, 0, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(rumpuser_getrandom(a, 1, 4, &n), NB_EINVAL);
}
END_TEST

/* The end of the process, with what was left on the console. */
static int
ending(int value, char *out, size_t size)
{
	int p[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	if ((pid = fork()) == 0) {
		dup2(p[1], 2);
		close(p[0]);
		close(p[1]);
		rumpuser_putchar('b');
		rumpuser_putchar('y');
		rumpuser_putchar('e');
		rumpuser_exit(value);
	}
	close(p[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	n = read(p[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(p[0]);
	return status;
}

START_TEST(ends)
{
	char out[4096];
	int status;

	status = ending(7, out, sizeof(out));
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	ck_assert_str_eq(out, "bye");
	status = ending(0, out, sizeof(out));
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = ending(RUMPUSER_PANIC, out, sizeof(out));
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ck_assert_ptr_nonnull(strstr(out, "bye"));
}
END_TEST

/*
 * Daemons: what the child does after begin, and the parent's exit status.
 */
static int report[2];

static void
say(char c)
{

	if (write(report[1], &c, 1) != 1)
		_exit(90);
}

static void
d_success(void)
{
	char c;

	if (rumpuser_daemonize_begin() != NB_EBUSY)
		say('B');
	if (getsid(0) != getpid())
		say('S');
	if (rumpuser_daemonize_done(0) != 0)
		say('D');
	if (rumpuser_daemonize_done(0) != NB_EINVAL)
		say('E');
	/* Nobody's input and output. */
	if (read(0, &c, 1) != 0 || write(1, "x", 1) != 1)
		say('N');
	/* And it may start another. */
	say('.');
	_exit(0);
}

static void
d_failure(void)
{

	if (rumpuser_daemonize_done(22) != 0)
		say('D');
	say('.');
	_exit(0);
}

static void
d_large(void)
{

	(void)rumpuser_daemonize_done(256);
	say('.');
	_exit(0);
}

static void
d_silent(void)
{

	say('.');
	_exit(0);
}

static void
d_status(void)
{

	say('.');
	_exit(19);
}

static void
d_killed(void)
{

	say('.');
	raise(SIGKILL);
}

static const struct {
	void (*fn)(void);
	int status;
} daemons[] = {
	{ d_success, 0 }, { d_failure, 22 }, { d_large, 1 },
	{ d_silent, 1 }, { d_status, 19 }, { d_killed, 1 },
};

START_TEST(daemonizing)
{
	char out[16] = "";
	int status;
	pid_t pid;

	ck_assert_int_eq(rumpuser_daemonize_done(0), NB_EINVAL);
	ck_assert_int_eq(pipe(report), 0);
	if ((pid = fork()) == 0) {
		close(report[0]);
		if (rumpuser_daemonize_begin() != 0)
			_exit(91);
		daemons[_i].fn();
	}
	close(report[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), daemons[_i].status);
	ck_assert_int_ge(read(report[0], out, sizeof(out) - 1), 1);
	ck_assert_str_eq(out, ".");
}
END_TEST

int
main(void)
{
	const int nblockers = sizeof(blockers) / sizeof(blockers[0]);
	const int ndaemons = sizeof(daemons) / sizeof(daemons[0]);
	Suite *s = suite_create("rumpuser contract");
	TCase *tc = tcase_create("contract");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, versions);
	tcase_add_loop_test(tc, blocking, 0, nblockers);
	tcase_add_test(tc, gives_up);
	tcase_add_test(tc, keeps);
	tcase_add_test(tc, nolwp);
	tcase_add_test(tc, wall_steps);
	tcase_add_test(tc, mono_steps);
	tcase_add_test(tc, sleep_signals);
	tcase_add_test(tc, parameters);
	tcase_add_test(tc, randoms);
	tcase_add_test(tc, ends);
	tcase_add_loop_test(tc, daemonizing, 0, ndaemons);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
