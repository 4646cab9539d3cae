/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fork.c - fork(2) with timers pending, threads asleep and I/O under way:
 * both processes go on, and share no descriptor by mistake.
 *
 * FORKS is how often; NO_CHILD_THREADS is for ThreadSanitizer, with which a
 * child of a process with threads had better not make many.
 */
#include "stub.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_chan.h>
#include <rump/rumpuser_fork.h>
#include <rump/rumpuser_rcu.h>

#ifndef FORKS
#define FORKS	40
#endif

enum { NB_EROFS = 30, NB_EBADF = 9, NB_ECANCELED = 87 };

#define FILESIZE	(1 << 20)
#define BLOCK		4096

static char path[] = "/tmp/forkXXXXXX", path2[] = "/tmp/forkXXXXXX";
static int fd_rw, fd_private;
static struct rumpuser_task *task, *uring;
static struct rumpuser_evthread *thread;
static struct rumpuser_timer tick, dtick;
static struct rumpuser_poll poll1;
static struct rumpuser_chan chan;
static char chanbuf[8];
static int sv[2], sv2[2];
static int ticks, dticks, biofail;
#ifndef NO_CHILD_THREADS
static int finish, bios;
#endif

/* In the child nobody asserts by longjmp: a line, and an exit. */
#define WANT(cond) do {							\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		_exit(1);						\
	}								\
} while (0)

static int
get(const int *p)
{

	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void
ticking(void *env, uintptr_t arg, int error)
{

	(void)error;
	__atomic_add_fetch((int *)env, 1, __ATOMIC_RELEASE);
	WANT(rumpuser_timer_set(env == &ticks ? &tick : &dtick,
	    (int64_t)arg + 200000) == 0);
}

static void
nothing(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	(void)error;
}

static void *
sleeper(void *arg)
{

	(void)arg;
	(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 3600, 0);
	return NULL;
}

#ifndef NO_CHILD_THREADS
static void
bio_done(void *arg, size_t n, int error)
{

	(void)arg;
	if (error != 0 || n != BLOCK)
		__atomic_add_fetch(&biofail, 1, __ATOMIC_RELEASE);
	__atomic_sub_fetch(&bios, 1, __ATOMIC_RELEASE);
}

/* Keeps some block I/O under way. */
static void *
io_thread(void *arg)
{
	static char bufs[16][BLOCK];
	struct lwp self = { 1 };
	unsigned int i = 0;

	(void)arg;
	rumpuser_curlwpop(RUMPUSER_LWP_SET, &self);
	stub_schedule();
	while (!get(&finish)) {
		if (get(&bios) >= 8) {
			(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0,
			    50000);
			continue;
		}
		__atomic_add_fetch(&bios, 1, __ATOMIC_RELEASE);
		rumpuser_bio(fd_rw, i % 2 ? RUMPUSER_BIO_READ :
		    RUMPUSER_BIO_WRITE, bufs[i % 16], BLOCK,
		    (int64_t)(i % 64 + 64) * BLOCK, bio_done, NULL);
		i++;
	}
	while (get(&bios) > 0)
		rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1000000);
	stub_unschedule();
	rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, &self);
	return NULL;
}
#endif

static int
openfile(char *name)
{
	static char block[BLOCK];
	int fd = mkstemp(name), i;

	ck_assert_int_ge(fd, 0);
	for (i = 0; i < FILESIZE / BLOCK; i++) {
		memset(block, i, sizeof(block));
		ck_assert_int_eq(write(fd, block, sizeof(block)), BLOCK);
	}
	close(fd);
	ck_assert_int_eq(rumpuser_open(name, RUMPUSER_OPEN_RDWR |
	    RUMPUSER_OPEN_BIO, &fd), 0);
	return fd;
}

/* Byte @want from block @block of @fd. */
static void
check_block(int fd, int block, int want)
{
	static char buf[BLOCK];
	struct rumpuser_iovec iov = { buf, BLOCK };
	size_t n;

	WANT(rumpuser_iovread(fd, &iov, 1, (int64_t)block * BLOCK, &n) == 0);
	WANT(n == BLOCK);
	WANT(buf[0] == (char)want && buf[BLOCK - 1] == (char)want);
}

static int
write_block(int fd, int block, int what)
{
	static char buf[BLOCK];
	struct rumpuser_iovec iov = { buf, BLOCK };
	size_t n;

	memset(buf, what, sizeof(buf));
	return rumpuser_iovwrite(fd, &iov, 1, (int64_t)block * BLOCK, &n);
}

/* What was open before is the test framework's. */
static char before[64];

static void
look_before(void)
{
	int fd;

	for (fd = 0; fd < (int)sizeof(before); fd++)
		before[fd] = fcntl(fd, F_GETFD) != -1;
}

/* Is this one of those that fork(2) is expected to share? */
static int
shared_on_purpose(int fd)
{
	struct stat sb;
	int mode;

	if ((fd < (int)sizeof(before) && before[fd]) || fstat(fd, &sb) == -1 || S_ISSOCK(sb.st_mode) ||
	    S_ISDIR(sb.st_mode) || S_ISFIFO(sb.st_mode))
		return 1;
	mode = fcntl(fd, F_GETFL) & O_ACCMODE;
	return S_ISREG(sb.st_mode) && mode == O_RDONLY;
}

/* kcmp(2): no descriptor is the same open file as the parent's. */
static void
check_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	char name[64], target[64];
	struct dirent *de;
	ssize_t n;
	int fd;

	WANT(d != NULL);
	while ((de = readdir(d)) != NULL) {
		fd = atoi(de->d_name);
		if (de->d_name[0] == '.' || fd == dirfd(d) ||
		    shared_on_purpose(fd))
			continue;
		if (syscall(SYS_kcmp, getppid(), getpid(), KCMP_FILE, fd,
		    fd) != 0)
			continue;
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		fprintf(stderr, "descriptor %d (%s) is shared\n", fd, target);
		_exit(1);
	}
	closedir(d);
}

static int chans, chanerror;

static void
note(void *env, uintptr_t arg, int error)
{

	(void)arg;
	(void)error;
	__atomic_store_n((int *)env, 1, __ATOMIC_RELEASE);
}

static void
chan_done(void *env, uintptr_t arg, int error)
{

	(void)env;
	(void)arg;
	chans++;
	chanerror = error;
}

static int
came(const int *p, int n)
{
	int i;

	for (i = 0; get(p) < n && i < 20000; i++)
		usleep(1000);
	return get(p) >= n;
}
#define wait_for(p, n)	WANT(came((p), (n)))

static void
child_tasks(void)
{
	struct rumpuser_task_stats ts;
	struct rumpuser_poll p;
	int new[2], t = get(&ticks), readable = 0, i;

	WANT(rumpuser_task_stats(task, &ts) == 0);
	WANT(ts.ts_npolls == 1);
	WANT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0, new) == 0);
	rumpuser_poll_init(&p, task, new[0], note, &readable);
	WANT(rumpuser_poll_enable(&p, RUMPUSER_POLL_IN) == 0);
	WANT(write(new[1], "x", 1) == 1);
	for (i = 0; (get(&ticks) < t + 3 || !readable) && i < 100000; i++)
		WANT(rumpuser_task_step(task, 1000000, NULL) == 0);
	WANT(get(&ticks) >= t + 3 && readable);
	WANT(rumpuser_event_cancel(&p.p_ev) == 0);
	close(new[0]);
	close(new[1]);

	/* The read that the parent's ring has is not ours; the next one is. */
	for (i = 0; chans == 0 && i < 1000; i++)
		WANT(rumpuser_task_step(uring, 1000000, NULL) == 0);
	WANT(chans == 1 && chanerror == NB_ECANCELED);
	rumpuser_chan_fini(&chan);
}

static void
child_files(void)
{

	check_block(fd_rw, 3, 3);
	WANT(write_block(fd_rw, 3, 'c') == NB_EROFS);
	check_block(fd_rw, 3, 3);
	check_block(fd_private, 5, 5);
	WANT(write_block(fd_private, 5, 'p') == 0);
	check_block(fd_private, 5, 'p');
	check_block(fd_private, 6, 6);
	WANT(rumpuser_syncfd(fd_private, RUMPUSER_SYNCFD_WRITE |
	    RUMPUSER_SYNCFD_SYNC, 0, 0) == 0);
}

#ifndef NO_CHILD_THREADS
static struct rumpuser_rcu rcu;
static struct rumpuser_work dwork;
static int called;

static void
child_bio(void *arg, size_t n, int error)
{

	WANT(n == BLOCK && error == 0);
	__atomic_store_n((int *)arg, 1, __ATOMIC_RELEASE);
}

static void
child_threads(void)
{
	static char buf[BLOCK];
	int t = get(&dticks);

	wait_for(&dticks, t);
	rumpuser_work_init(&dwork, rumpuser_task_default(),
	    RUMPUSER_PRIO_NORMAL, note, &called);
	WANT(rumpuser_work_post(&dwork, 0, 0) == 0);
	wait_for(&called, 1);
	/* Its timers run with it. */
	wait_for(&dticks, t + 3);
	__atomic_store_n(&called, 0, __ATOMIC_RELEASE);
	WANT(rumpuser_rcu_init(&rcu, NULL, RUMPUSER_PRIO_NORMAL, note,
	    &called) == 0);
	rumpuser_rcu_call(&rcu);
	rumpuser_rcu_synchronize();
	rumpuser_rcu_barrier();
	wait_for(&called, 1);

	__atomic_store_n(&called, 0, __ATOMIC_RELEASE);
	rumpuser_bio(fd_rw, RUMPUSER_BIO_READ, buf, BLOCK, 7 * BLOCK,
	    child_bio, &called);
	stub_unschedule();
	wait_for(&called, 1);
	WANT(buf[0] == 7);
}
#endif

static void
child(void)
{

	alarm(60);
	WANT(rumpuser_fork_status() == 0);
	check_descriptors();
	child_tasks();
	child_files();
#ifndef NO_CHILD_THREADS
	child_threads();
#endif
	check_descriptors();
	_exit(0);
}

static void
start_all(void)
{
	const struct rumpuser_task_attr ta = {
		.ta_poller = RUMPUSER_POLLER_IOURING,
	};
	struct rumpuser_evthread_attr ea = { .et_name = "task" };
	int i;

	look_before();
	fd_rw = openfile(path);
	fd_private = openfile(path2);
	ck_assert_int_eq(rumpuser_fork_private(-1), NB_EBADF);
	ck_assert_int_eq(rumpuser_fork_private(fd_private), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, sv), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, sv2), 0);
	ck_assert_int_eq(rumpuser_task_create(&task, NULL), 0);
	rumpuser_timer_init(&tick, task, ticking, &ticks);
	rumpuser_timer_set(&tick, rumpuser_event_now());
	rumpuser_poll_init(&poll1, task, sv[0], nothing, NULL);
	ck_assert_int_eq(rumpuser_poll_enable(&poll1, RUMPUSER_POLL_IN), 0);
	ea.et_task = task;
	ck_assert_int_eq(rumpuser_evthread_create(&thread, &ea), 0);
	ck_assert_int_eq(rumpuser_evthread_start(thread), 0);
	ck_assert_ptr_nonnull(rumpuser_task_default());
	rumpuser_timer_init(&dtick, rumpuser_task_default(), ticking, &dticks);
	rumpuser_timer_set(&dtick, rumpuser_event_now());
	ck_assert_int_eq(rumpuser_task_create(&uring, &ta), 0);
	ck_assert_int_eq(rumpuser_chan_init(&chan, uring, sv2[0]), 0);
	ck_assert_int_eq(rumpuser_chan_read(&chan, chanbuf, sizeof(chanbuf),
	    chan_done, NULL), 0);
	ck_assert_int_eq(rumpuser_task_step(uring, 0, NULL), 0);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(rumpuser_thread_create(sleeper, NULL,
		    "sleeper", 0, -1, -1, NULL), 0);
}

static int hooks[1];

static void
hook(void *arg)
{

	++*(int *)arg;
}

START_TEST(hooked)
{
	struct rumpuser_forkhook h = { .fh_prepare = hook, .fh_parent = hook,
	    .fh_arg = &hooks[0] };
	int status;
	pid_t pid;

	rumpuser_fork_hook(&h);
	if ((pid = fork()) == 0)
		_exit(hooks[0] == 1 ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(hooks[0], 2);
	rumpuser_fork_unhook(&h);
	if ((pid = fork()) == 0)
		_exit(hooks[0] == 2 ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(both_go_on)
{
	int i, status, t, d;
#ifndef NO_CHILD_THREADS
	void *cookie;
#endif
	pid_t pid;

	stub_init();
	start_all();
#ifndef NO_CHILD_THREADS
	ck_assert_int_eq(rumpuser_thread_create(io_thread, NULL, "io", 1, -1,
	    -1, &cookie), 0);
#endif
	stub_unschedule();
	for (i = 0; i < FORKS; i++) {
		t = get(&ticks);
		d = get(&dticks);
		/* Nobody else is in the kernel when it forks. */
		stub_schedule();
		if ((pid = fork()) == 0)
			child();
		stub_unschedule();
		ck_assert_int_gt(pid, 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
		wait_for(&ticks, t + 1);
		wait_for(&dticks, d + 1);
		check_block(fd_rw, 3, 3);
		check_block(fd_private, 5, 5);
	}
	stub_schedule();
#ifndef NO_CHILD_THREADS
	__atomic_store_n(&finish, 1, __ATOMIC_RELEASE);
	ck_assert_int_eq(rumpuser_thread_join(cookie), 0);
#endif
	ck_assert_int_eq(get(&biofail), 0);
	/* The parent's ring still has the parent's read. */
	ck_assert_int_eq(write(sv2[1], "later", 5), 5);
	for (i = 0; chans == 0 && i < 1000; i++)
		ck_assert_int_eq(rumpuser_task_step(uring, 1000000, NULL), 0);
	ck_assert_int_eq(chans, 1);
	ck_assert_int_eq(chanerror, 0);
	ck_assert_int_eq(memcmp(chanbuf, "later", 5), 0);
	ck_assert_int_eq(rumpuser_close(fd_rw), 0);
	ck_assert_int_eq(rumpuser_close(fd_private), 0);
	unlink(path);
	unlink(path2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fork");
	TCase *tc = tcase_create("fork");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 1700);
	tcase_add_test(tc, hooked);
	tcase_add_test(tc, both_go_on);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
