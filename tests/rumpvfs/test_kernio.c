/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the kernel half of the tests of block and page I/O (tests/kern/bio.c,
 * pages.c) on an image whose sectors tell their numbers.
 */
#include <sys/types.h>

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>

#define	SECTORS	(32 * 1024)

#define	TESTS(X)							\
	X(bio_read) X(bio_delayed) X(bio_sizes) X(bio_limit)		\
	X(bio_errors) X(bio_nested) X(bio_readahead) X(bio_busy)	\
	X(bio_anonymous) X(bio_invalidate) X(bio_revoke)		\
	X(bio_anonvnode) X(bufq_order) X(devsw)				\
	X(pages_read) X(pages_coherence) X(pages_write) X(pages_truncate) \
	X(pages_limit) X(pages_readerror) X(pages_writeerror)		\
	X(pages_anonymous) X(pages_directio) X(pages_compat)

#define	DECLARE(n)	int rumptest_##n(void);
TESTS(DECLARE)
int	rumptest_bio_overread(void);

static const struct {
	const char *name;
	int (*fn)(void);
} tests[] = {
#define	ENTRY(n)	{ #n, rumptest_##n },
	TESTS(ENTRY)
};
#define	NTESTS	((int)(sizeof(tests) / sizeof(tests[0])))

static char dir[128];

static void
boot(void)
{
	const char *tmp = getenv("TMPDIR");
	uint8_t sector[512];
	char img[160];
	uint64_t i;
	FILE *f;

	snprintf(dir, sizeof(dir), "%s/kernioXXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(img, sizeof(img), "%s/img", dir);
	f = fopen(img, "wb");
	ck_assert_ptr_nonnull(f);
	memset(sector, 0xee, sizeof(sector));
	for (i = 0; i < SECTORS; i++) {
		memcpy(sector, &i, sizeof(i));
		ck_assert_uint_eq(fwrite(sector, sizeof(sector), 1, f), 1);
	}
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/tst", img, RUMP_ETFS_BLK),
	    0);
}

static void
cleanup(void)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static int
call(int (*fn)(void))
{
	int line;

	rump_schedule();
	line = fn();
	rump_unschedule();
	return line;
}

START_TEST(kernel_half)
{
	int line = call(tests[_i].fn);

	ck_assert_msg(line == 0, "%s: line %d", tests[_i].name, line);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
START_TEST(overread)
{

	(void)call(rumptest_bio_overread);
	_exit(0);		/* not noticed */
}
END_TEST
#endif

int
main(void)
{
	Suite *s = suite_create("kernio");
	TCase *tc = tcase_create("kernel");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, boot, cleanup);
	tcase_add_loop_test(tc, kernel_half, 0, NTESTS);
#ifdef __SANITIZE_ADDRESS__
	tcase_add_exit_test(tc, overread, 1);
#endif
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
