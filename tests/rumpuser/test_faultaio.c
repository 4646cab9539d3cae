/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_faultaio.c - asynchronous I/O under a fault plan and a recording: each
 * engine that a context may ask for is covered.
 */
#include "stub.h"
#include "scratch.h"

#include <rump/rumpuser_aio.h>
#include <rump/rumpuser_fault.h>
#include <rump/rumpuser_record.h>

#define N	64

static const int engines[] = { RUMPUSER_AIO_LIBAIO, RUMPUSER_AIO_URING,
    RUMPUSER_AIO_THREADS };

static void
setup(void)
{

	scratch_make();
	stub_init();
	stub_unschedule();
}

static struct rumpuser_aio *
context(int engine)
{
	const struct rumpuser_aio_attr attr = { .aa_engine = engine,
	    .aa_flags = RUMPUSER_AIO_DRIVEN };
	struct rumpuser_aio *aio;

	ck_assert_int_eq(rumpuser_aio_create(&attr, &aio), 0);
	return aio;
}

static int done, errors[N];

static void
finished(void *env, uintptr_t bytes, int error)
{

	errors[(intptr_t)env] = error;
	done++;
}

static void
drive(struct rumpuser_aio *aio, int n)
{

	while (done < n)
		ck_assert_int_eq(rumpuser_aio_drive(aio, 1000000000, NULL),
		    0);
	ck_assert_int_eq(done, n);
}

static int
failed(void)
{
	int i, n = 0;

	for (i = 0; i < N; i++)
		n += errors[i] != 0;
	return n;
}

/* An error concerns its request alone; what is torn is reported done. */
START_TEST(faults)
{
	static char data[N][512] __attribute__((__aligned__(4096)));
	struct rumpuser_iovec iov[N];
	struct rumpuser_fault_rule rule;
	struct rumpuser_aiofile *f;
	struct rumpuser_aio *aio;
	intptr_t i;
	char buf[512];
	int fd;

	fd = scratch_file("f", N * 512);
	aio = context(engines[_i]);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch_path("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	ck_assert_int_eq(rumpuser_fault_plan("write file=f every=4 fail=EIO\n"
	    "write file=f from=2 tear=0 times=3\nread file=f nth=5 fail=EIO\n"
	    "sync file=f nth=2 fail=ENOSPC\nread file=f delay=1ms", NULL), 0);
	done = 0;
	for (i = 0; i < N; i++) {
		memset(data[i], 'x', 512);
		iov[i].iov_base = data[i];
		iov[i].iov_len = 512;
		ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &iov[i], 1,
		    i * 512, 0, finished, (void *)i), 0);
	}
	drive(aio, N);
	ck_assert_int_eq(failed(), N / 4);
	for (i = 0, done = 0; i < N; i++) {
		ck_assert_int_eq(pread(fd, buf, 512, i * 512), 512);
		done += buf[0] == 'x';
	}
	ck_assert_int_eq(done, N - N / 4 - 3);

	done = 0;
	for (i = 0; i < N; i++)
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &iov[i], 1,
		    i * 512, finished, (void *)i), 0);
	drive(aio, N);
	ck_assert_int_eq(failed(), 1);
	ck_assert_int_eq(rumpuser_fault_rule(4, &rule), 0);
	ck_assert_uint_eq(rule.rfr_matched, N);
	memset(errors, 0, sizeof(errors));
	for (i = 0, done = 0; i < 3; i++)
		ck_assert_int_eq(rumpuser_aio_sync(f, NULL, finished,
		    (void *)i), 0);
	drive(aio, 3);
	ck_assert_int_eq(failed(), 1);
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	ck_assert_int_eq(rumpuser_aio_destroy(aio), 0);
}
END_TEST

/* What is recorded keeps the order that barriers ask for. */
START_TEST(records)
{
	static char data[N][512] __attribute__((__aligned__(4096)));
	struct rumpuser_record_entry e;
	struct rumpuser_record *r;
	struct rumpuser_iovec iov[N];
	struct rumpuser_aiofile *f;
	struct rumpuser_aio *aio;
	uint64_t barrier = 0, n;
	intptr_t i;

	(void)scratch_file("f", N * 512);
	aio = context(engines[_i]);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch_path("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	ck_assert_int_eq(rumpuser_record_start(NULL, &r), 0);
	for (i = done = 0; i < N; i++) {
		iov[i].iov_base = data[i];
		iov[i].iov_len = 512;
		if (i == N / 2)
			ck_assert_int_eq(rumpuser_aio_barrier(f, NULL,
			    finished, (void *)i), 0);
		else
			ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &iov[i],
			    1, i * 512, 0, finished, (void *)i), 0);
	}
	drive(aio, N);
	ck_assert_int_eq(failed(), 0);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	ck_assert_uint_eq(rumpuser_record_count(r), N);
	for (n = 0; n < N; n++) {
		ck_assert_int_eq(rumpuser_record_entry(r, n, &e), 0);
		if (e.rre_kind == RUMPUSER_RECORD_WRITE)
			ck_assert_int_eq(e.rre_off / 512 > N / 2,
			    barrier != 0);
		else
			barrier = e.rre_issued;
	}
	ck_assert_uint_ne(barrier, 0);
	rumpuser_record_free(r);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	ck_assert_int_eq(rumpuser_aio_destroy(aio), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("faults of asynchronous I/O");
	TCase *tc = tcase_create("aio");
	SRunner *sr;
	int failures;

	tcase_set_timeout(tc, 100);
	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_loop_test(tc, faults, 0, 3);
	tcase_add_loop_test(tc, records, 0, 3);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failures = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failures != 0;
}
