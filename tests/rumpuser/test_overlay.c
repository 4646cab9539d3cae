/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_overlay.c - the private copy-on-write view of a file against a model
 * in memory: random reads and writes, and the file never changes.
 */
#include "posix/overlay.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILESIZE	50000
#define MAXSIZE		(300 * 4096)
#define ROUNDS		20000

static char model[MAXSIZE], back[MAXSIZE], origin[FILESIZE];

static int
mkfile(void)
{
	int fd = memfd_create("overlay", MFD_CLOEXEC), i;

	ck_assert_int_ge(fd, 0);
	for (i = 0; i < FILESIZE; i++)
		origin[i] = (char)(i * 31 + i / 4096);
	ck_assert_int_eq(write(fd, origin, FILESIZE), FILESIZE);
	return fd;
}

START_TEST(against_model)
{
	struct rumpuser__overlay *ov;
	size_t end = FILESIZE, off, len, n, i;
	int fd = mkfile(), round;

	srandom(7);
	memcpy(model, origin, FILESIZE);
	ck_assert_int_eq(rumpuser__overlay_create(fd, &ov), 0);
	for (round = 0; round < ROUNDS; round++) {
		off = (size_t)random() % MAXSIZE;
		len = (size_t)random() % 20000;
		if (off + len > MAXSIZE)
			len = MAXSIZE - off;
		if (random() % 4 == 0) {
			for (i = 0; i < len; i++)
				model[off + i] = (char)(round + i);
			ck_assert_int_eq(rumpuser__overlay_write(ov, fd,
			    model + off, len, off, &n), 0);
			ck_assert_uint_eq(n, len);
			if (len > 0 && off + len > end)
				end = off + len;
		} else {
			ck_assert_int_eq(rumpuser__overlay_read(ov, fd, back,
			    len, off, &n), 0);
			if (off >= end)
				len = 0;
			else if (off + len > end)
				len = end - off;
			ck_assert_uint_eq(n, len);
			ck_assert(memcmp(back, model + off, n) == 0);
		}
	}
	rumpuser__overlay_destroy(ov);
	ck_assert_int_eq(pread(fd, back, MAXSIZE, 0), FILESIZE);
	ck_assert(memcmp(back, origin, FILESIZE) == 0);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("overlay");
	TCase *tc = tcase_create("overlay");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, against_model);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
