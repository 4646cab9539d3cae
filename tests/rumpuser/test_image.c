/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_image.c - images: the lock they take, between processes and in one,
 * and what becomes of them and of their I/O over a fork().
 */
#include "aio.h"
#include "stub.h"

#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * ThreadSanitizer ends a child of a process with threads that makes some, and
 * the locks of AddressSanitizer's allocator may stay taken in it.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define NOTHREADSAFTERFORK
#endif
#endif

#define BIO_RD	(RUMPUSER_OPEN_BIO | RUMPUSER_OPEN_RDONLY)
#define BIO_RW	(RUMPUSER_OPEN_BIO | RUMPUSER_OPEN_RDWR)

/* What another process gets for an opening. */
static int
elsewhere(int mode)
{
	int status, fd;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(rumpuser_open(scratch("f"), mode, &fd));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
here(int mode, int *fdp)
{

	return rumpuser_open(scratch("f"), mode, fdp);
}

START_TEST(writer)
{
	int fd, fd2, mode;

	scratch_file("f", 4096);
	ck_assert_int_eq(here(BIO_RW, &fd), 0);
	ck_assert_int_eq(elsewhere(BIO_RW), NB_EBUSY);
	ck_assert_int_eq(elsewhere(BIO_RD), NB_EBUSY);
	ck_assert_int_eq(here(BIO_RW, &fd2), NB_EBUSY);
	ck_assert_int_eq(here(BIO_RD, &fd2), NB_EBUSY);
	/* Who is no image user, and who does not want to know. */
	ck_assert_int_eq(elsewhere(RUMPUSER_OPEN_RDWR), 0);
	ck_assert_int_eq(elsewhere(BIO_RW | RUMPUSER_OPEN_NOLOCK), 0);
	setenv("RUMP_IMAGELOCK", "0", 1);
	ck_assert_int_eq(elsewhere(BIO_RW), 0);
	unsetenv("RUMP_IMAGELOCK");
	/* Rather for reading. */
	ck_assert_int_eq(here(BIO_RW | RUMPUSER_OPEN_FALLBACK, &fd2), 0);
	ck_assert_int_eq(rumpuser_openmode(fd2, &mode), 0);
	ck_assert_int_eq(mode, RUMPUSER_OPEN_RDONLY);
	ck_assert_int_eq(rumpuser_close(fd2), 0);
	ck_assert_int_eq(here(BIO_RD | RUMPUSER_OPEN_FALLBACK, &fd2), 0);
	ck_assert_int_eq(rumpuser_close(fd2), 0);
	/* That one did not take the lock away. */
	ck_assert_int_eq(elsewhere(BIO_RW), NB_EBUSY);
	ck_assert_int_eq(rumpuser_openmode(fd, &mode), 0);
	ck_assert_int_eq(mode, RUMPUSER_OPEN_RDWR);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(elsewhere(BIO_RW), 0);
	ck_assert_int_eq(rumpuser_openmode(fd, &mode), NB_EBADF);
}
END_TEST

START_TEST(readers)
{
	int fd, fd2;

	scratch_file("f", 4096);
	ck_assert_int_eq(here(BIO_RD, &fd), 0);
	ck_assert_int_eq(here(BIO_RD, &fd2), 0);
	ck_assert_int_eq(elsewhere(BIO_RD), 0);
	ck_assert_int_eq(elsewhere(BIO_RW), NB_EBUSY);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(elsewhere(BIO_RW), NB_EBUSY);
	ck_assert_int_eq(rumpuser_close(fd2), 0);
	ck_assert_int_eq(elsewhere(BIO_RW), 0);
}
END_TEST

/* The AIO files' openings are no other. */
START_TEST(contexts)
{
	struct rumpuser_aio *aio;
	struct rumpuser_aiofile *f, *g;
	int fd;

	scratch_file("f", 4096);
	ck_assert_int_eq(rumpuser_aio_create(NULL, &aio), 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &g, NULL), NB_EBUSY);
	ck_assert_int_eq(elsewhere(BIO_RW), NB_EBUSY);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_FALLBACK, &g, NULL), 0);
	ck_assert_int_eq(rumpuser_aio_writable(f), 1);
	ck_assert_int_eq(rumpuser_aio_writable(g), 0);
	ck_assert_int_eq(rumpuser_aio_close(g), 0);
	ck_assert_int_eq(rumpuser_aio_close(f), 0);
	ck_assert_int_eq(here(BIO_RW, &fd), 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(rumpuser_aio_destroy(aio), 0);
}
END_TEST

/* kill -9: the lock goes with the process. */
START_TEST(killed)
{
	int fds[2], status, fd;
	char c;
	pid_t pid;

	scratch_file("f", 4096);
	ck_assert_int_eq(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		if (here(BIO_RW, &fd) != 0)
			_exit(1);
		if (write(fds[1], "x", 1) != 1)
			_exit(2);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	ck_assert_int_eq(here(BIO_RW, &fd), NB_EBUSY);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(here(BIO_RW, &fd), 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
}
END_TEST

/* A file that cannot be written at all: it is being executed. */
START_TEST(readonly)
{
	static const char exe[] = "/proc/self/exe";
	int fd, mode;

	ck_assert_int_eq(rumpuser_open(exe, BIO_RW, &fd), 26);
	ck_assert_int_eq(rumpuser_open(exe, BIO_RW | RUMPUSER_OPEN_FALLBACK,
	    &fd), 0);
	ck_assert_int_eq(rumpuser_openmode(fd, &mode), 0);
	ck_assert_int_eq(mode, RUMPUSER_OPEN_RDONLY);
	ck_assert_int_eq(rumpuser_close(fd), 0);
}
END_TEST

static void
biodone(void *arg, size_t bytes, int error)
{

	if (!stub_hascpu())
		abort();
	req_done(arg, bytes, error);
}

static void
biowait(struct req *r, unsigned int n)
{

	stub_unschedule();
	req_wait(NULL, 0, r, n);
	stub_schedule();
}

/*
 * Block I/O of images, on each engine: many, aligned or not, with syncs;
 * closing waits for what is under way.
 */
START_TEST(bio)
{
	static const char *const engines[] = { "libaio", "uring", "threads" };
	struct req r = REQ_INIT;
	unsigned char *buf;
	size_t i, n = 0, skew;
	int fd;

	setenv("RUMP_AIO", engines[_i], 1);
	scratch_file("f", 0);
	stub_init();
	ck_assert_int_eq(posix_memalign((void **)&buf, 4096, 400 * 4096), 0);
	for (i = 0; i < 400 * 4096; i++)
		buf[i] = scratch_at(i);
	ck_assert_int_eq(here(BIO_RW, &fd), 0);
	for (i = 0; i < 300; i++) {
		rumpuser_bio(fd, RUMPUSER_BIO_WRITE | (i % 50 ? 0 :
		    RUMPUSER_BIO_SYNC), buf + i * 4096, 4096,
		    (int64_t)i * 4096, biodone, &r);
		n++;
		if (i % 100 == 99)
			ck_assert_int_eq(rumpuser_syncfd(fd,
			    RUMPUSER_SYNCFD_BOTH | RUMPUSER_SYNCFD_BARRIER, 0,
			    0), 0);
	}
	biowait(&r, n);
	ck_assert_int_eq(r.error, 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	memset(buf, 0, 400 * 4096);
	ck_assert_int_eq(here(BIO_RD, &fd), 0);
	for (i = 0; i < 299; i++) {
		skew = i % 20 == 7 ? 512 + i : 0;
		rumpuser_bio(fd, RUMPUSER_BIO_READ, buf + i * 4096 + skew,
		    4096 - skew, (int64_t)(i * 4096 + skew), biodone, &r);
		if (skew != 0)
			rumpuser_bio(fd, RUMPUSER_BIO_READ, buf + i * 4096,
			    skew, (int64_t)i * 4096, biodone, &r);
		n += skew != 0 ? 2 : 1;
	}
	/* Not only what is done has been delivered, or will be. */
	ck_assert_int_eq(rumpuser_close(fd), 0);
	biowait(&r, n);
	ck_assert_int_eq(r.error, 0);
	for (i = 0; i < 299 * 4096 && buf[i] == scratch_at(i); i++)
		continue;
	ck_assert_uint_eq(i, 299 * 4096);
	free(buf);
	stub_unschedule();
}
END_TEST

/*
 * fork() with I/O under way: both sides get what they asked for, the child
 * does not write what is the parent's, and neither is held up.
 */

#ifndef NOTHREADSAFTERFORK
static int forkway;
static struct req writes = REQ_INIT, reads = REQ_INIT, later = REQ_INIT;

/* In a child a failed assertion would be the parent's: just a number. */
static int
child_side(struct rumpuser_aio *aio, struct rumpuser_aiofile *f,
    struct rumpuser_iovec *v)
{
	struct rumpuser_aiofile *g;

	/* What was under way and not delivered yet is delivered here, too. */
	req_wait(aio, forkway, &reads, 100);
	if (reads.error != 0)
		return 1;
	if (rumpuser_aio_readv(f, NULL, &v[0], 1, 0, req_done, &later) != 0)
		return 2;
	req_wait(aio, forkway, &later, 1);
	if (later.error != 0 || later.bytes != 4096)
		return 3;
	if (rumpuser_aio_writev(f, NULL, &v[0], 1, 0, 0, req_done,
	    &later) != 0)
		return 4;
	req_wait(aio, forkway, &later, 2);
	if (later.error != NB_EROFS || rumpuser_aio_writable(f))
		return 5;
	/* A new file is the child's own. */
	if (rumpuser_aio_open(aio, scratch("g"), RUMPUSER_OPEN_RDWR |
	    RUMPUSER_OPEN_CREATE, &g, NULL) != 0)
		return 6;
	if (rumpuser_aio_writev(g, NULL, &v[0], 1, 0, 0, req_done,
	    &later) != 0)
		return 7;
	req_wait(aio, forkway, &later, 3);
	if (later.error != 0)
		return 8;
	if (rumpuser_aio_closewait(g) != 0 || rumpuser_aio_closewait(f) != 0)
		return 9;
	return rumpuser_aio_destroy(aio) != 0 ? 10 : 0;
}

START_TEST(forking)
{
	struct rumpuser_iovec v[200];
	unsigned char *buf;
	struct rumpuser_aio *aio;
	struct rumpuser_aiofile *f;
	int i, round, status;
	pid_t pid;

	forkway = _i;
	ck_assert_int_eq(posix_memalign((void **)&buf, 4096, 200 * 4096), 0);
	memset(buf, 1, 200 * 4096);
	for (i = 0; i < 200; i++) {
		v[i].iov_base = buf + i * 4096;
		v[i].iov_len = 4096;
	}
	for (round = 0; round < 10; round++) {
		scratch_file("f", 200 * 4096);
		unlink(scratch("g"));
		aio = aio_make(_i, (struct rumpuser_aio_attr){
		    .aa_depth = 16 });
		ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
		    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
		writes.done = reads.done = later.done = 0;
		for (i = 0; i < 100; i++) {
			ck_assert_int_eq(rumpuser_aio_writev(f, NULL,
			    &v[100 + i], 1, (100 + i) * 4096, 0, req_done,
			    &writes), 0);
			ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v[i], 1,
			    i * 4096, req_done, &reads), 0);
		}
		if ((pid = fork()) == 0)
			_exit(child_side(aio, f, v));
		ck_assert_int_gt(pid, 0);
		req_wait(aio, _i, &writes, 100);
		req_wait(aio, _i, &reads, 100);
		ck_assert_int_eq(writes.error, 0);
		ck_assert_int_eq(reads.error, 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
		aio_unmake(aio, _i);
	}
	free(buf);
}
END_TEST

#endif

/* The lock stays the parent's, whatever the child does. */
START_TEST(fork_lock)
{
	int fd, status;
	pid_t pid;

	scratch_file("f", 4096);
	ck_assert_int_eq(here(BIO_RW, &fd), 0);
	if ((pid = fork()) == 0)
		_exit(rumpuser_close(fd) != 0 ||
		    here(BIO_RW, &fd) != NB_EBUSY);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(elsewhere(BIO_RW), NB_EBUSY);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	ck_assert_int_eq(elsewhere(BIO_RW), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_image");
	TCase *tc = tcase_create("image");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, writer);
	tcase_add_test(tc, readers);
	tcase_add_test(tc, contexts);
	tcase_add_test(tc, killed);
	tcase_add_test(tc, readonly);
	tcase_add_loop_test(tc, bio, 0, 3);
	/* A task's thread is not in the child; ways 0 to 5 need none. */
#ifndef NOTHREADSAFTERFORK
	tcase_add_loop_test(tc, forking, 0, 6);
#endif
	tcase_add_test(tc, fork_lock);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
