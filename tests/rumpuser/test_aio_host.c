/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_aio_host.c - asynchronous I/O on a host that refuses: a file system
 * that is full, and engines whose system calls are forbidden.
 */
#include "aio.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	4096
#define DISK	64			/* pages of the small file system */
#define EACH	16			/* pages a request */

/*
 * A full file system.
 */

/* A tmpfs that nobody else sees; 0 or the host's errno. */
static int
mountsmall(void)
{
	char opts[32];

	ck_assert_int_eq(mkdir(scratch("small"), 0700), 0);
	snprintf(opts, sizeof(opts), "size=%d", DISK * PAGE);
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("small", scratch("small"), "tmpfs", 0, opts) == -1)
		return errno;
	return 0;
}

/* All but @left pages of it are taken by a file that is in the way. */
static void
fill(int left)
{
	struct statfs sf;
	off_t len;
	int fd = open(scratch("small/ballast"), O_RDWR | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(statfs(scratch("small"), &sf), 0);
	len = (off_t)(sf.f_bavail * (size_t)sf.f_bsize) - left * PAGE;
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(posix_fallocate(fd, 0, len), 0);
	close(fd);
}

static struct rumpuser_aio *aio;
static struct rumpuser_aiofile *small, *good;
static int way;

static void
put(struct rumpuser_aiofile *f, struct rumpuser_iovec *v, int page,
    struct req *r)
{

	ck_assert_int_eq(rumpuser_aio_writev(f, NULL, v, 1, page * PAGE, 0,
	    req_done, r), 0);
}

/*
 * Nothing is left, and a good file's writes are under way with each that
 * fails; what overwrites what is there needs nothing.
 */
static void
full(struct rumpuser_iovec *v)
{
	struct req b = REQ_INIT, g = REQ_INIT, o = REQ_INIT, c = REQ_INIT;
	struct rumpuser_aiofile *f;
	unsigned int i;

	for (i = 1; i <= 20; i++) {
		put(small, v, EACH, &b);
		put(good, v, (int)i, &g);
		put(small, v, 0, &o);
		req_wait(aio, way, &b, i);
		req_wait(aio, way, &g, i);
		req_wait(aio, way, &o, i);
		ck_assert_int_eq(b.error, NB_ENOSPC);
		ck_assert_uint_eq(b.bytes, 0);
		ck_assert_int_eq(g.error, 0);
		ck_assert_uint_eq(g.bytes, EACH * PAGE);
		ck_assert_int_eq(o.error, 0);
		ck_assert_uint_eq(o.bytes, EACH * PAGE);
	}
	/* Neither the sync nor another file of it has got anything of that. */
	ck_assert_int_eq(rumpuser_aio_sync(small, NULL, req_done, &o), 0);
	req_wait(aio, way, &o, i);
	ck_assert_int_eq(o.error, 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("small/ballast"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	put(f, v, 0, &c);
	req_wait(aio, way, &c, 1);
	ck_assert_int_eq(c.error, 0);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
}

/* Room for a part: so much is told. */
static void
nearly(struct rumpuser_iovec *v)
{
	struct req r = REQ_INIT;

	fill(EACH / 2);
	put(small, v, EACH, &r);
	req_wait(aio, way, &r, 1);
	ck_assert_int_eq(r.error, NB_EIO);
	ck_assert_uint_eq(r.bytes, EACH / 2 * PAGE);
}

/* Room again: the same requests succeed. */
static void
roomy(struct rumpuser_iovec *v, unsigned char *back)
{
	struct rumpuser_iovec w = { back, EACH * PAGE };
	struct req r = REQ_INIT;

	ck_assert_int_eq(truncate(scratch("small/ballast"), 0), 0);
	put(small, v, EACH, &r);
	req_wait(aio, way, &r, 1);
	ck_assert_int_eq(r.error, 0);
	ck_assert_uint_eq(r.bytes, EACH * PAGE);
	ck_assert_int_eq(rumpuser_aio_barrier(small, NULL, req_done, &r), 0);
	ck_assert_int_eq(rumpuser_aio_readv(small, NULL, &w, 1, EACH * PAGE,
	    req_done, &r), 0);
	req_wait(aio, way, &r, 3);
	ck_assert_int_eq(r.error, 0);
	ck_assert_int_eq(memcmp(v->iov_base, back, EACH * PAGE), 0);
}

START_TEST(nospace)
{
	unsigned char *buf;
	struct rumpuser_iovec v;
	struct req r = REQ_INIT;
	int error;

	way = _i;
	if ((error = mountsmall()) != 0) {
		printf("no mount of our own (%s): not tested\n",
		    strerror(error));
		return;
	}
	ck_assert_int_eq(posix_memalign((void **)&buf, PAGE, 2 * EACH * PAGE),
	    0);
	memset(buf, 0x3c, EACH * PAGE);
	v.iov_base = buf;
	v.iov_len = EACH * PAGE;
	scratch_file("good", PAGE);
	aio = aio_make(way, (struct rumpuser_aio_attr){ .aa_depth = 16 });
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("good"),
	    RUMPUSER_OPEN_RDWR, &good, NULL), 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("small/f"),
	    RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE, &small, NULL), 0);
	put(small, &v, 0, &r);
	req_wait(aio, way, &r, 1);
	ck_assert_int_eq(r.error, 0);
	fill(0);
	full(&v);
	nearly(&v);
	roomy(&v, buf + EACH * PAGE);
	ck_assert_int_eq(rumpuser_aio_closewait(small), 0);
	ck_assert_int_eq(rumpuser_aio_closewait(good), 0);
	aio_unmake(aio, way);
	free(buf);
	ck_assert_int_eq(umount(scratch("small")), 0);
}
END_TEST

/*
 * Forbidden engines.
 */

/* io_setup(2) and io_uring_setup(2) fail so in this process from now on. */
static int
forbid(int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_setup, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO |
		    ((unsigned int)error & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == -1)
		return errno;
	return 0;
}

/* The pool does it, with the reasons in the statistics. */
static void
pooled(int w, int error)
{
	struct rumpuser_iovec v;
	struct rumpuser_aio_stats st;
	struct rumpuser_aiofile *f;
	struct rumpuser_aio *a;
	struct req r = REQ_INIT;
	unsigned char *buf;
	unsigned int i;
	char line[600], want[64];

	ck_assert_int_eq(posix_memalign((void **)&buf, PAGE, PAGE), 0);
	v.iov_base = buf;
	v.iov_len = PAGE;
	scratch_file("f", 8 * PAGE);
	a = aio_make(w, (struct rumpuser_aio_attr){ .aa_depth = 16 });
	rumpuser_aio_stats(a, &st);
	ck_assert_int_eq(st.as_engine, RUMPUSER_AIO_THREADS);
	ck_assert_int_eq(st.as_refused_libaio,
	    aio_engine_of(w) == RUMPUSER_AIO_LIBAIO ? error : 0);
	ck_assert_int_eq(st.as_refused_uring,
	    aio_engine_of(w) != RUMPUSER_AIO_THREADS ? error : 0);
	ck_assert_int_eq(rumpuser_aio_fmt(a, line, sizeof(line)), 0);
	snprintf(want, sizeof(want), "refused_uring=%d ", error);
	if (aio_engine_of(w) != RUMPUSER_AIO_THREADS)
		ck_assert_ptr_nonnull(strstr(line, want));
	ck_assert_int_eq(rumpuser_aio_open(a, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, i * PAGE,
		    req_done, &r), 0);
		req_wait(a, w, &r, 2 * i + 1);
		ck_assert_int_eq(r.error, 0);
		ck_assert_uint_eq(buf[5], scratch_at(i * PAGE + 5));
		ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, i * PAGE,
		    RUMPUSER_AIO_DSYNC, req_done, &r), 0);
		req_wait(a, w, &r, 2 * i + 2);
		ck_assert_int_eq(r.error, 0);
	}
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(a, w);
	free(buf);
}

/* Check runs it in a child: the filter dies with that. */
START_TEST(forbidden)
{
	const int errors[] = { EPERM, ENOSYS };
	int error, w;

	if ((error = forbid(errors[_i])) != 0) {
		printf("no filter of system calls (%s): not tested\n",
		    strerror(error));
		return;
	}
	for (w = 0; w < WAYS; w++)
		pooled(w, errors[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_aio_host");
	TCase *tc = tcase_create("host");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, nospace, 0, WAYS);
	tcase_add_loop_test(tc, forbidden, 0, 2);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
