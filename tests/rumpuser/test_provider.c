/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_provider.c - providers of the host layer: a program's own vector gets
 * the calls, is nulled, stacked, counted, and initialised once.
 */
#include "stub.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_provider.h>

/* NetBSD's numbers. */
enum { NB_ENOENT = 2, NB_EBUSY = 16, NB_EEXIST = 17, NB_EINVAL = 22,
    NB_ENOSPC = 28, NB_ENOSYS = 78 };

static int calls;
static char given[64];

static int
my_init(struct rumpuser_provider *p, const char *config)
{

	snprintf(given, sizeof(given), "%s", config);
	return strcmp(config, "bad") == 0 ? ENOSPC : 0;
}

static int
my_fini(struct rumpuser_provider *p)
{

	given[0] = '\0';
	return 0;
}

/* A file of its own that is a counter, all else is the provider's below. */
static int
my_open(struct rumpuser_provider *p, const char *name, int mode, int *fdp)
{
	struct rumpuser_provider *lower = rumpuser_provider_lower(p);

	ck_assert_ptr_eq(rumpuser_provider_private(p), &calls);
	calls++;
	errno = 4711;	/* nobody sees this */
	if (strcmp(name, "no space") == 0)
		return ENOSPC;
	if (strcmp(name, "mine") == 0) {
		*fdp = 99999;
		return 0;
	}
	return rumpuser_provider_ops(lower)->ho_open(lower, name, mode, fdp);
}

static int
my_readv(struct rumpuser_provider *p, int fd, const struct rumpuser_iovec *iov,
    size_t niov, int64_t off, size_t *donep)
{
	struct rumpuser_provider *lower = rumpuser_provider_lower(p);

	calls++;
	if (fd != 99999)
		return rumpuser_provider_ops(lower)->ho_readv(lower, fd, iov,
		    niov, off, donep);
	/* One byte at a time: the caller goes on. */
	*(char *)iov->iov_base = (char)('a' + off);
	*donep = 1;
	return 0;
}

static int
my_clock(struct rumpuser_provider *p, int which, int64_t *secp, long *nsecp)
{

	calls++;
	*secp = 1000 + which;
	*nsecp = 5;
	return 0;
}

static void
mine(struct rumpuser_hostops *ops)
{

	rumpuser_provider_through(ops);
	ops->ho_init = my_init;
	ops->ho_fini = my_fini;
	ops->ho_open = my_open;
	ops->ho_readv = my_readv;
	ops->ho_clock = my_clock;
}

static struct rumpuser_provider *posix;

static void
setup(void)
{

	stub_init();
	ck_assert_int_eq(rumpuser_provider_get("posix", &posix), 0);
	ck_assert_ptr_eq(rumpuser_provider_current(), posix);
	ck_assert_str_eq(rumpuser_provider_name(posix), "posix");
	ck_assert_ptr_null(rumpuser_provider_lower(posix));
}

static struct rumpuser_provider *
make(const char *name, const struct rumpuser_hostops *ops)
{
	struct rumpuser_provider *p;

	ck_assert_int_eq(rumpuser_provider_create(name, ops, posix, &calls,
	    &p), 0);
	return p;
}

START_TEST(handles)
{
	struct rumpuser_provider *p, *q;
	struct rumpuser_hostops ops;

	ck_assert_int_eq(rumpuser_provider_get("none", &p), NB_ENOENT);
	mine(&ops);
	ops.ho_version++;
	ck_assert_int_eq(rumpuser_provider_create("a", &ops, posix, NULL, &p),
	    NB_EINVAL);
	ops.ho_version--;
	ck_assert_int_eq(rumpuser_provider_create("", &ops, posix, NULL, &p),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_provider_create("posix", &ops, posix, NULL,
	    &p), NB_EEXIST);

	p = make("a", &ops);
	ck_assert_int_eq(rumpuser_provider_create("a", &ops, posix, NULL, &q),
	    NB_EEXIST);
	ck_assert_int_eq(rumpuser_provider_get("a", &q), 0);
	ck_assert_ptr_eq(p, q);
	ck_assert_int_eq(rumpuser_provider_put(q), 0);
	ck_assert_int_eq(rumpuser_provider_put(p), 0);
	ck_assert_int_eq(rumpuser_provider_get("a", &q), NB_ENOENT);
	/* The one that is linked in is up and stays. */
	ck_assert_int_eq(rumpuser_provider_init(posix, NULL), NB_EINVAL);
	ck_assert_int_eq(rumpuser_provider_fini(posix), NB_EBUSY);
	ck_assert_int_eq(rumpuser_provider_put(posix), 0);
	ck_assert_int_eq(rumpuser_provider_put(posix), NB_EBUSY);
}
END_TEST

START_TEST(initialised_once)
{
	struct rumpuser_provider *p;
	struct rumpuser_hostops ops;

	mine(&ops);
	p = make("a", &ops);
	ck_assert_int_eq(rumpuser_provider_use(p), NB_EINVAL);
	ck_assert_int_eq(rumpuser_provider_fini(p), NB_EINVAL);
	ck_assert_int_eq(rumpuser_provider_init(p, "bad"), NB_ENOSPC);
	ck_assert_int_eq(rumpuser_provider_init(p, "colour=blue"), 0);
	ck_assert_str_eq(given, "colour=blue");
	ck_assert_int_eq(rumpuser_provider_init(p, "again"), NB_EINVAL);
	ck_assert_str_eq(given, "colour=blue");
	ck_assert_int_eq(rumpuser_provider_put(p), NB_EBUSY);
	ck_assert_int_eq(rumpuser_provider_fini(p), 0);
	ck_assert_str_eq(given, "");
	ck_assert_int_eq(rumpuser_provider_put(p), 0);
}
END_TEST

START_TEST(calls_land_there)
{
	struct rumpuser_provider *p;
	struct rumpuser_hostops ops;
	struct rumpuser_iovec iov;
	char buf[8] = "";
	int64_t sec;
	size_t n;
	long nsec;
	int fd;

	mine(&ops);
	p = make("a", &ops);
	ck_assert_int_eq(rumpuser_provider_init(p, ""), 0);
	ck_assert_int_eq(rumpuser_provider_use(p), 0);
	ck_assert_ptr_eq(rumpuser_provider_current(), p);
	ck_assert_int_eq(rumpuser_provider_fini(p), NB_EBUSY);

	errno = 12345;
	calls = 0;
	ck_assert_int_eq(rumpuser_open("no space", 0, &fd), NB_ENOSPC);
	ck_assert_int_eq(rumpuser_open("mine", 0, &fd), 0);
	ck_assert_int_eq(fd, 99999);
	ck_assert_int_eq(calls, 2);
	iov.iov_base = buf;
	iov.iov_len = 5;
	ck_assert_int_eq(rumpuser_iovread(fd, &iov, 1, 2, &n), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert_str_eq(buf, "cdefg");
	ck_assert_int_eq(calls, 7);
	ck_assert_int_eq(rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec,
	    &nsec), 0);
	ck_assert_int_eq(sec, 1001);
	ck_assert_int_eq(errno, 12345);

	/* The others pass through. */
	ck_assert_int_eq(rumpuser_open("/dev/zero", 0, &fd), 0);
	memset(buf, 1, sizeof(buf));
	ck_assert_int_eq(rumpuser_iovread(fd, &iov, 1, 0, &n), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(buf[4], 0);
	ck_assert_int_eq(buf[5], 1);
	ck_assert_int_eq(rumpuser_close(fd), 0);

	ck_assert_int_eq(rumpuser_provider_use(posix), 0);
	ck_assert_int_eq(rumpuser_open("mine", 0, &fd), NB_ENOENT);
	ck_assert_int_eq(rumpuser_provider_fini(p), 0);
	ck_assert_int_eq(rumpuser_provider_put(p), 0);
}
END_TEST

static void
biodone(void *arg, size_t xfer, int error)
{

	*(int *)arg = error;
}

static void *
nothing(void *arg)
{

	return arg;
}

START_TEST(nulled)
{
	const struct rumpuser_hostops none = {
		.ho_version = RUMPUSER_HOSTOPS_VERSION,
	};
	struct rumpuser_provider *p;
	struct rumpuser_iovec iov;
	char buf[8];
	int64_t sec;
	size_t n;
	long nsec;
	void *mem;
	int fd, type, error = -1;

	p = make("none", &none);
	ck_assert_int_eq(rumpuser_provider_init(p, NULL), 0);
	ck_assert_int_eq(rumpuser_provider_use(p), 0);
	iov.iov_base = buf;
	iov.iov_len = sizeof(buf);
	ck_assert_int_eq(rumpuser_open("/dev/zero", 0, &fd), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_close(0), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_getfileinfo("/", NULL, &type), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_iovread(0, &iov, 1, 0, &n), NB_ENOSYS);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(rumpuser_iovwrite(0, &iov, 1, 0, &n), NB_ENOSYS);
	rumpuser_bio(0, RUMPUSER_BIO_READ | RUMPUSER_BIO_INLINE, buf,
	    sizeof(buf), 0, biodone, &error);
	ck_assert_int_eq(error, NB_ENOSYS);
	ck_assert_int_eq(rumpuser_syncfd(0, RUMPUSER_SYNCFD_BOTH |
	    RUMPUSER_SYNCFD_SYNC, 0, 0), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_syncfd(0, RUMPUSER_SYNCFD_WRITE, 0, 0),
	    NB_ENOSYS);
	ck_assert_int_eq(rumpuser_malloc(1, 0, &mem), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_anonmmap(NULL, 4096, 0, 0, &mem), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_clock_gettime(0, &sec, &nsec), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_clock_sleep(0, 0, 1), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_thread_create(nothing, NULL, NULL, 1, -1,
	    -1, &mem), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_getrandom(buf, 1, 0, &n), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF, 1), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_getparam("HOME", buf, sizeof(buf)),
	    NB_ENOSYS);
	/* Locks are not its business. */
	ck_assert_int_eq(stub_hascpu(), 1);
	ck_assert_int_eq(rumpuser_provider_use(posix), 0);
	ck_assert_int_eq(rumpuser_clock_gettime(0, &sec, &nsec), 0);
}
END_TEST

START_TEST(stacked)
{
	struct rumpuser_provider *a, *b, *p;
	struct rumpuser_hostops ops;
	int64_t sec;
	long nsec;

	mine(&ops);
	a = make("a", &ops);
	rumpuser_provider_through(&ops);
	ops.ho_open = NULL;
	ck_assert_int_eq(rumpuser_provider_create("b", &ops, a, NULL, &b), 0);
	ck_assert_ptr_eq(rumpuser_provider_lower(b), a);
	ck_assert_int_eq(rumpuser_provider_put(a), 0);	/* b holds it */
	ck_assert_int_eq(rumpuser_provider_init(b, NULL), 0);
	ck_assert_int_eq(rumpuser_provider_use(b), 0);
	ck_assert_int_eq(rumpuser_clock_gettime(0, &sec, &nsec), 0);
	ck_assert_int_eq(sec, 1000);
	ck_assert_int_eq(rumpuser_open("mine", 0, (int[1]){ 0 }), NB_ENOSYS);
	ck_assert_int_eq(rumpuser_provider_use(posix), 0);
	ck_assert_int_eq(rumpuser_provider_fini(b), 0);
	ck_assert_int_eq(rumpuser_provider_put(b), 0);
	ck_assert_int_eq(rumpuser_provider_get("a", &p), NB_ENOENT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("provider");
	TCase *tc = tcase_create("provider");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, handles);
	tcase_add_test(tc, initialised_once);
	tcase_add_test(tc, calls_land_there);
	tcase_add_test(tc, nulled);
	tcase_add_test(tc, stacked);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
