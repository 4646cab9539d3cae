/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_calls.c - the hypercalls on memory, files, block I/O, clocks,
 * parameters, without a kernel.
 */
#include "stub.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rumpuser_component.h>

/* NetBSD's numbers. */
enum { NB_ENOENT = 2, NB_EIO = 5, NB_EBADF = 9, NB_EBUSY = 16, NB_EEXIST = 17,
    NB_EISDIR = 21, NB_EINVAL = 22, NB_EFBIG = 27, NB_EAGAIN = 35,
    NB_ENOTSOCK = 38, NB_ELOOP = 62, NB_ENOSYS = 78, NB_E2BIG = 7 };

/* Sanitizers: an impossible allocation fails instead of ending the test. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *
__asan_default_options(void)
{

	return "allocator_may_return_null=1";
}

const char *
__tsan_default_options(void)
{

	return "allocator_may_return_null=1";
}

static char dir[256];

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/rumpuserXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	stub_init();
}

static void
teardown(void)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static const char *
path(const char *name)
{
	static char buf[4][300];
	static int n;

	n = (n + 1) % 4;
	snprintf(buf[n], sizeof(buf[n]), "%s/%s", dir, name);
	return buf[n];
}

static int
mkfile(const char *name, size_t size)
{
	int fd;

	ck_assert_int_eq(rumpuser_open(path(name), RUMPUSER_OPEN_RDWR |
	    RUMPUSER_OPEN_CREATE, &fd), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

START_TEST(init_version)
{
	const struct rumpuser_hyperup hyp = { 0 };

	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION + 1, &hyp), NB_EINVAL);
}
END_TEST

START_TEST(memory)
{
	void *p;
	int bit;

	ck_assert_int_eq(rumpuser_malloc(0, 0, &p), 0);
	rumpuser_free(p, 0);
	ck_assert_int_eq(rumpuser_malloc(100, 4096, &p), 0);
	ck_assert_uint_eq((uintptr_t)p & 4095, 0);
	memset(p, 1, 100);
	rumpuser_free(p, 100);
	ck_assert_int_eq(rumpuser_malloc(100, 24, &p), NB_EINVAL);
	ck_assert_int_ne(rumpuser_malloc((size_t)1 << 62, 0, &p), 0);

	for (bit = 0; bit <= 24; bit += 4) {
		ck_assert_int_eq(rumpuser_anonmmap(NULL, 12345, bit, 0, &p), 0);
		ck_assert_uint_eq((uintptr_t)p & (((uintptr_t)1 << bit) - 1),
		    0);
		ck_assert_int_eq(((char *)p)[12344], 0);
		memset(p, 1, 12345);
		rumpuser_unmap(p, 12345);
	}
	ck_assert_int_ne(rumpuser_anonmmap(NULL, (size_t)1 << 62, 0, 0, &p),
	    0);
	ck_assert_int_eq(rumpuser_anonmmap(NULL, 0, 0, 0, &p), NB_EINVAL);
}
END_TEST

START_TEST(openclose)
{
	int fd, fd2;

	errno = 12345;
	ck_assert_int_eq(rumpuser_open(path("none"), RUMPUSER_OPEN_RDONLY,
	    &fd), NB_ENOENT);
	ck_assert_int_eq(errno, 12345);
	ck_assert_int_eq(rumpuser_open(path("f"), RUMPUSER_OPEN_ACCMODE, &fd),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_open(dir, RUMPUSER_OPEN_RDWR, &fd),
	    NB_EISDIR);
	ck_assert_int_eq(symlink("loop", path("loop")), 0);
	ck_assert_int_eq(rumpuser_open(path("loop"), RUMPUSER_OPEN_RDONLY,
	    &fd), NB_ELOOP);

	fd = mkfile("f", 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(rumpuser_open(path("f"), RUMPUSER_OPEN_RDWR |
	    RUMPUSER_OPEN_CREATE | RUMPUSER_OPEN_EXCL, &fd2), NB_EEXIST);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(rumpuser_close(fd), NB_EBADF);
	ck_assert_int_eq(errno, 12345);
	ck_assert_int_eq(stub_hascpu(), 1);
	ck_assert_uint_gt(stub_backend_unscheds, 5);
}
END_TEST

START_TEST(fileinfo)
{
	uint64_t size;
	int type;

	rumpuser_close(mkfile("f", 54321));
	ck_assert_int_eq(rumpuser_getfileinfo(path("f"), &size, &type), 0);
	ck_assert_uint_eq(size, 54321);
	ck_assert_int_eq(type, RUMPUSER_FT_REG);
	ck_assert_int_eq(symlink("f", path("l")), 0);
	ck_assert_int_eq(rumpuser_getfileinfo(path("l"), NULL, &type), 0);
	ck_assert_int_eq(type, RUMPUSER_FT_REG);
	ck_assert_int_eq(rumpuser_getfileinfo(dir, NULL, &type), 0);
	ck_assert_int_eq(type, RUMPUSER_FT_DIR);
	ck_assert_int_eq(rumpuser_getfileinfo("/dev/null", &size, &type), 0);
	ck_assert_int_eq(type, RUMPUSER_FT_CHR);
	ck_assert_int_eq(mkfifo(path("p"), 0600), 0);
	ck_assert_int_eq(rumpuser_getfileinfo(path("p"), &size, &type), 0);
	ck_assert_int_eq(type, RUMPUSER_FT_OTHER);
	ck_assert_int_eq(rumpuser_getfileinfo(path("none"), &size, &type),
	    NB_ENOENT);
}
END_TEST

/* 200 pieces, some empty: more than go to the host at once. */
START_TEST(iov)
{
	struct rumpuser_iovec v[200];
	static char buf[200 * 100], in[200 * 100];
	size_t i, total = 0, n;
	int fd;

	fd = mkfile("f", 0);
	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7 + i / 251);
	for (i = 0; i < 200; i++) {
		v[i].iov_base = buf + total;
		v[i].iov_len = i % 3 == 0 ? 0 : i % 90 + 1;
		total += v[i].iov_len;
	}
	ck_assert_int_eq(rumpuser_iovwrite(fd, v, 200, 1000, &n), 0);
	ck_assert_uint_eq(n, total);
	for (i = 0; i < 200; i++)
		v[i].iov_base = in + ((char *)v[i].iov_base - buf);
	ck_assert_int_eq(rumpuser_iovread(fd, v, 200, 1000, &n), 0);
	ck_assert_uint_eq(n, total);
	ck_assert_int_eq(memcmp(in, buf, total), 0);
	/* Across the end. */
	ck_assert_int_eq(rumpuser_iovread(fd, v, 200, 1010, &n), 0);
	ck_assert_uint_eq(n, total - 10);
	ck_assert_int_eq(rumpuser_iovread(fd, v, 200, 1 << 20, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(rumpuser_iovread(fd, v, 200, -5, &n), NB_EINVAL);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(rumpuser_iovread(fd, v, 200, 0, &n), NB_EBADF);
}
END_TEST

START_TEST(iov_stream)
{
	char buf[64];
	struct rumpuser_iovec v = { buf, sizeof(buf) };
	int fds[2];
	size_t n;

	ck_assert_int_eq(pipe(fds), 0);
	memcpy(buf, "hello", 5);
	v.iov_len = 5;
	ck_assert_int_eq(rumpuser_iovwrite(fds[1], &v, 1,
	    RUMPUSER_IOV_NOSEEK, &n), 0);
	ck_assert_uint_eq(n, 5);
	v.iov_len = sizeof(buf);
	ck_assert_int_eq(rumpuser_iovread(fds[0], &v, 1, RUMPUSER_IOV_NOSEEK,
	    &n), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(rumpuser_iovread(fds[0], &v, 1, RUMPUSER_IOV_NOSEEK,
	    &n), NB_EAGAIN);
	close(fds[1]);
	ck_assert_int_eq(rumpuser_iovread(fds[0], &v, 1, RUMPUSER_IOV_NOSEEK,
	    &n), 0);
	ck_assert_uint_eq(n, 0);
	close(fds[0]);
}
END_TEST

static void
onalarm(int sig)
{

	(void)sig;
}

/* A write to a full pipe is interrupted many times and yet completes. */
START_TEST(iov_eintr)
{
	static char big[1 << 20], in[1 << 20];
	struct rumpuser_iovec v = { big, sizeof(big) };
	struct sigaction sa = { .sa_handler = onalarm };
	const struct itimerspec its = { { 0, 500000 }, { 0, 500000 } };
	timer_t timer;
	size_t n, i, got;
	ssize_t r;
	int fds[2];
	pid_t pid;

	for (i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 13 + i / 255);
	ck_assert_int_eq(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		close(fds[1]);
		for (got = 0; got < sizeof(in); got += (size_t)r) {
			usleep(500);
			r = read(fds[0], in + got, sizeof(in) - got);
			if (r <= 0)
				_exit(1);
		}
		_exit(memcmp(in, big, sizeof(in)) != 0);
	}
	sigaction(SIGALRM, &sa, NULL);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &its, NULL), 0);
	ck_assert_int_eq(rumpuser_iovwrite(fds[1], &v, 1,
	    RUMPUSER_IOV_NOSEEK, &n), 0);
	timer_delete(timer);
	ck_assert_uint_eq(n, sizeof(big));
	ck_assert_int_eq(waitpid(pid, &fds[0], 0), pid);
	ck_assert_int_eq(fds[0], 0);
}
END_TEST

/* The host's limit on file sizes: what fitted counts, then the error. */
START_TEST(iov_limit)
{
	static char buf[8192];
	struct rumpuser_iovec v = { buf, sizeof(buf) };
	int fd;
	size_t n;

	signal(SIGXFSZ, SIG_IGN);
	fd = mkfile("f", 0);
	ck_assert_int_eq(rumpuser_iovwrite(fd, &v, 1, INT64_MAX - 8192, &n),
	    NB_EFBIG);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(rumpuser_open("/dev/full", RUMPUSER_OPEN_WRONLY,
	    &fd), 0);
	ck_assert_int_eq(rumpuser_iovwrite(fd, &v, 1, 0, &n), 28);
	ck_assert_int_eq(rumpuser_close(fd), 0);
}
END_TEST

struct biodone {
	pthread_mutex_t mtx;
	unsigned int done;
	size_t bytes;
	int error;
	pthread_t thread;
	int hadcpu;
};

static void
biodone(void *arg, size_t bytes, int error)
{
	struct biodone *b = arg;

	pthread_mutex_lock(&b->mtx);
	b->done++;
	b->bytes = bytes;
	b->error = error;
	b->thread = pthread_self();
	b->hadcpu = stub_hascpu();
	pthread_mutex_unlock(&b->mtx);
}

static void
biowait(struct biodone *b, unsigned int n)
{

	for (;;) {
		pthread_mutex_lock(&b->mtx);
		if (b->done >= n)
			break;
		pthread_mutex_unlock(&b->mtx);
		(void)rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 100000);
	}
	pthread_mutex_unlock(&b->mtx);
}

#define BIODONE_INIT { .mtx = PTHREAD_MUTEX_INITIALIZER }

START_TEST(bio_inline)
{
	struct biodone b = BIODONE_INIT;
	char out[4096], in[4096];
	int fd;

	memset(out, 'x', sizeof(out));
	fd = mkfile("f", 0);
	rumpuser_bio(fd, RUMPUSER_BIO_WRITE | RUMPUSER_BIO_INLINE |
	    RUMPUSER_BIO_SYNC, out, sizeof(out), 8192, biodone, &b);
	ck_assert_uint_eq(b.done, 1);
	ck_assert_uint_eq(b.bytes, 4096);
	ck_assert_int_eq(b.error, 0);
	ck_assert_int_eq(b.hadcpu, 1);
	ck_assert(pthread_equal(b.thread, pthread_self()));

	setenv("RUMP_THREADS", "0", 1);
	rumpuser_bio(fd, RUMPUSER_BIO_READ, in, sizeof(in), 8192, biodone,
	    &b);
	ck_assert_uint_eq(b.done, 2);
	ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
	/* The end of the file, a hostile offset, a dead descriptor. */
	rumpuser_bio(fd, RUMPUSER_BIO_READ, in, sizeof(in), 12288 - 100,
	    biodone, &b);
	ck_assert_uint_eq(b.bytes, 100);
	ck_assert_int_eq(b.error, 0);
	rumpuser_bio(fd, RUMPUSER_BIO_READ, in, sizeof(in), INT64_MAX - 5,
	    biodone, &b);
	ck_assert_int_eq(b.error, NB_EINVAL);
	rumpuser_close(fd);
	rumpuser_bio(fd, RUMPUSER_BIO_READ, in, sizeof(in), 0, biodone, &b);
	ck_assert_int_eq(b.error, NB_EBADF);
	ck_assert_uint_eq(b.done, 5);
}
END_TEST

START_TEST(bio_threads)
{
	struct biodone b = BIODONE_INIT, bad = BIODONE_INIT;
	static char data[256][512], in[512];
	unsigned int i;
	int fd;

	unsetenv("RUMP_THREADS");
	fd = mkfile("f", 0);
	for (i = 0; i < 256; i++) {
		memset(data[i], (int)i, sizeof(data[i]));
		rumpuser_bio(fd, RUMPUSER_BIO_WRITE, data[i], 512,
		    (int64_t)i * 512, biodone, &b);
		if (i % 16 == 0)
			rumpuser_bio(-1, RUMPUSER_BIO_READ, in, 512, 0,
			    biodone, &bad);
	}
	/* A barrier waits for what is under way. */
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_WRITE |
	    RUMPUSER_SYNCFD_SYNC, 0, 0), 0);
	for (i = 0; i < 256; i++) {
		ck_assert_int_eq(pread(fd, in, 512, (off_t)i * 512), 512);
		ck_assert_int_eq(memcmp(in, data[i], 512), 0);
	}
	biowait(&b, 256);
	biowait(&bad, 16);
	ck_assert_int_eq(b.error, 0);
	ck_assert_int_eq(bad.error, NB_EBADF);
	ck_assert_int_eq(b.hadcpu, 1);
#ifdef FIBER_HOST	/* no other thread */
	ck_assert(pthread_equal(b.thread, pthread_self()));
#else
	ck_assert(!pthread_equal(b.thread, pthread_self()));
#endif
	rumpuser_close(fd);
}
END_TEST

START_TEST(syncfd)
{
	int fd = mkfile("f", 100);

	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_SYNC, 0, 0),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_WRITE | 0x100, 0,
	    0), NB_EINVAL);
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_WRITE,
	    UINT64_MAX, 5), NB_EINVAL);
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_WRITE, 0, 50),
	    0);
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_BOTH |
	    RUMPUSER_SYNCFD_BARRIER, 0, 0), 0);
	rumpuser_close(fd);
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_BOTH |
	    RUMPUSER_SYNCFD_SYNC, 0, 0), NB_EBADF);
}
END_TEST

static double
now(void)
{
	int64_t sec;
	long nsec;

	ck_assert_int_eq(rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec,
	    &nsec), 0);
	return (double)sec + (double)nsec / 1e9;
}

START_TEST(clocks)
{
	int64_t sec;
	long nsec;
	double t;

	ck_assert_int_eq(rumpuser_clock_gettime(5, &sec, &nsec), NB_EINVAL);
	ck_assert_int_eq(rumpuser_clock_gettime(RUMPUSER_CLOCK_RELWALL, &sec,
	    &nsec), 0);
	ck_assert_int_le(llabs((long long)sec - (long long)time(NULL)), 1);

	t = now();
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0,
	    20000000), 0);
	ck_assert(now() - t >= 0.02);
	t = now();
	ck_assert_int_eq(rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec,
	    &nsec), 0);
	nsec += 20000000;
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_ABSMONO,
	    sec + nsec / 1000000000, nsec % 1000000000), 0);
	ck_assert(now() - t >= 0.02);
	/* A time gone by. */
	t = now();
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_ABSMONO, 0, 5),
	    0);
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, -1, 5),
	    0);
	ck_assert(now() - t < 1);
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0,
	    1000000000), NB_EINVAL);
}
END_TEST

START_TEST(params)
{
	char buf[200], want[32];

	unsetenv("RUMP_NCPU");
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_NCPU, buf,
	    sizeof(buf)), 0);
	ck_assert_int_ge(atoi(buf), 1);
	setenv("RUMP_NCPU", "host", 1);
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_NCPU, buf,
	    sizeof(buf)), 0);
	ck_assert_int_eq(atoi(buf), (int)sysconf(_SC_NPROCESSORS_ONLN));
	setenv("RUMP_NCPU", "5", 1);
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_NCPU, buf,
	    sizeof(buf)), 0);
	ck_assert_str_eq(buf, "5");
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, buf,
	    sizeof(buf)), 0);
	snprintf(want, sizeof(want), "rump-%05d.", (int)getpid());
	ck_assert_int_eq(strncmp(buf, want, strlen(want)), 0);
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, buf, 3),
	    NB_E2BIG);
	/* No more than the machine has, and enough for this program. */
	ck_assert_int_eq(rumpuser_getparam(RUMPUSER_PARAM_MEMORY, buf,
	    sizeof(buf)), 0);
	ck_assert(strtoull(buf, NULL, 10) >= 1 << 20);
	ck_assert(strtoull(buf, NULL, 10) <=
	    (unsigned long long)sysconf(_SC_PHYS_PAGES) *
	    sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(rumpuser_getparam("_RUMPUSER_NO_SUCH", buf,
	    sizeof(buf)), NB_ENOENT);
	setenv("TEST_PARAM", "abc", 1);
	ck_assert_int_eq(rumpuser_getparam("TEST_PARAM", buf, 4), 0);
	ck_assert_str_eq(buf, "abc");
	ck_assert_int_eq(rumpuser_getparam("TEST_PARAM", buf, 3), NB_E2BIG);
	ck_assert_int_eq(rumpuser_getparam("TEST_NONE", buf, sizeof(buf)),
	    NB_ENOENT);
}
END_TEST

START_TEST(errnos)
{

	rumpuser_seterrno(77);
	ck_assert_int_eq(errno, 77);
	ck_assert_int_eq(rumpuser_component_errtrans(0), 0);
	ck_assert_int_eq(rumpuser_component_errtrans(EAGAIN), NB_EAGAIN);
	ck_assert_int_eq(rumpuser_component_errtrans(ENOTSOCK), NB_ENOTSOCK);
	ck_assert_int_eq(rumpuser_component_errtrans(ELOOP), NB_ELOOP);
	ck_assert_int_eq(rumpuser_component_errtrans(ENOSYS), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_component_errtrans(99999), NB_EIO);
	ck_assert_int_eq(rumpuser_component_errtrans(-3), NB_EIO);
}
END_TEST

static volatile sig_atomic_t got;

static void
onsig(int sig)
{

	got = sig;
}

START_TEST(kill_translates)
{
	struct sigaction sa = { .sa_handler = onsig };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	/* 30 is SIGUSR1 over there, SIGPWR here; 20 SIGCHLD and SIGTSTP. */
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF, 30), 0);
	ck_assert_int_eq(got, SIGUSR1);
	ck_assert_int_eq(rumpuser_kill(getpid(), 20), 0);
	ck_assert_int_eq(got, SIGCHLD);
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF, 7), NB_EINVAL);
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF, 1000), NB_EINVAL);
	ck_assert_int_eq(rumpuser_kill(INT64_C(1) << 40, 15), 3);
}
END_TEST

START_TEST(randomness)
{
	static unsigned char buf[5000];
	size_t i, n, zeros = 0;

	ck_assert_int_eq(rumpuser_getrandom(buf, sizeof(buf), 0, &n), 0);
	ck_assert_uint_eq(n, sizeof(buf));
	for (i = 0; i < sizeof(buf); i++)
		zeros += buf[i] == 0;
	ck_assert_uint_lt(zeros, 100);
	ck_assert_int_eq(rumpuser_getrandom(buf, 16, RUMPUSER_RANDOM_HARD |
	    RUMPUSER_RANDOM_NOWAIT, &n), 0);
	ck_assert_uint_le(n, 16);
	ck_assert_int_eq(rumpuser_getrandom(buf, 16, 0x80, &n), NB_EINVAL);
}
END_TEST

static unsigned int nmods;

static void
modinit(const struct modinfo *const *m, size_t n)
{

	(void)m;
	nmods += n;
}

/* This program has no link sets: the walk is clean and finds none. */
START_TEST(dlboot)
{

	rumpuser_dl_bootstrap(modinit, NULL, NULL);
	ck_assert_uint_eq(nmods, 0);
}
END_TEST

/* Exit status of a parent whose child called done(verdict). */
static int
daemonize(int verdict, int die)
{
	int status, sv[2];
	pid_t pid;
	char c = 0;

	ck_assert_int_eq(pipe(sv), 0);
	if ((pid = fork()) == 0) {
		close(sv[0]);
		if (rumpuser_daemonize_begin() != 0)
			_exit(99);
		if (die)
			_exit(17);
		if (rumpuser_daemonize_done(verdict) != 0)
			_exit(98);
		/* The parent is gone, we live and can still write. */
		usleep(20000);
		if (write(sv[1], "!", 1) != 1)
			_exit(97);
		_exit(0);
	}
	close(sv[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (!die) {
		ck_assert_int_eq(read(sv[0], &c, 1), 1);
		ck_assert_int_eq(c, '!');
	}
	close(sv[0]);
	return WEXITSTATUS(status);
}

START_TEST(daemons)
{

	ck_assert_int_ne(rumpuser_daemonize_done(0), 0);
	ck_assert_int_eq(daemonize(0, 0), 0);
	ck_assert_int_eq(daemonize(5, 0), 5);
	ck_assert_int_eq(daemonize(0, 1), 17);
}
END_TEST

START_TEST(console)
{
	char buf[64];
	int fds[2], saved;

	fflush(stderr);
	saved = dup(2);
	ck_assert_int_eq(pipe(fds), 0);
	dup2(fds[1], 2);
	rumpuser_putchar('h');
	rumpuser_putchar('i');
	rumpuser_putchar('\n');
	rumpuser_dprintf("%s %d\n", "n", 5);
	dup2(saved, 2);
	ck_assert_int_eq(read(fds[0], buf, sizeof(buf)), 7);
	ck_assert_int_eq(memcmp(buf, "hi\nn 5\n", 7), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser calls");
	TCase *tc = tcase_create("calls");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, init_version);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, openclose);
	tcase_add_test(tc, fileinfo);
	tcase_add_test(tc, iov);
	tcase_add_test(tc, iov_stream);
	tcase_add_test(tc, iov_eintr);
	tcase_add_test(tc, iov_limit);
	tcase_add_test(tc, bio_inline);
	tcase_add_test(tc, bio_threads);
	tcase_add_test(tc, syncfd);
	tcase_add_test(tc, clocks);
	tcase_add_test(tc, params);
	tcase_add_test(tc, errnos);
	tcase_add_test(tc, kill_translates);
	tcase_add_test(tc, randomness);
	tcase_add_test(tc, dlboot);
	tcase_add_test(tc, daemons);
	tcase_add_test(tc, console);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
