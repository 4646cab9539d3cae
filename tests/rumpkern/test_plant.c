/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sanitizer builds report planted overruns: of a kmem item, a pool item, a
 * block buffer and a malloc item, by plain access and by each function of the
 * kernel's C library. Each plant runs in a child, which has to die with a report;
 * the same access within the object has to pass. The checking build (-Dcheck=true)
 * panics on what it finds at the free. Other builds check nothing.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rump/rump.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN	1
#endif
#endif

int	rumptest_plant(int, int, int);
int	rumptest_misuse(int);

#define MISUSE	(-1)	/* a kind: how is what to do wrong */

/* What the child printed, and how it ended. */
static int __attribute__((__unused__))
plant(int kind, int how, int over, char *out, size_t size)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		if (rump_init() != 0)
			_exit(99);
		rump_schedule();
		if (kind == MISUSE)
			(void)rumptest_misuse(how);
		else
			(void)rumptest_plant(kind, how, over);
		rump_unschedule();
		_exit(0);
	}
	close(fds[1]);
	while (n < size - 1 &&
	    ((got = read(fds[0], out + n, size - 1 - n)) > 0 ||
	    (got < 0 && errno == EINTR)))
		n += got > 0 ? (size_t)got : 0;
	out[n] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

#ifdef HAVE_ASAN
#define NKINDS	4
#define NHOW	8

START_TEST(reported)
{
	static char out[65536];
	int kind = _i / NHOW, how = _i % NHOW, status;

	status = plant(kind, how, 1, out, sizeof(out));
	ck_assert_msg(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "kind %d how %d: passed", kind, how);
	ck_assert_msg(strstr(out, "AddressSanitizer") != NULL,
	    "kind %d how %d: no report: %s", kind, how, out);
}
END_TEST

START_TEST(underrun)
{
	static char out[65536];
	int status;

	status = plant(_i, 0, -1, out, sizeof(out));
	ck_assert_msg(!(WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
	    strstr(out, "AddressSanitizer") != NULL, "kind %d", _i);
}
END_TEST

/* All of the object and no more is nobody's error. */
START_TEST(clean)
{
	static char out[65536];
	int kind = _i / 5, how = _i % 5, status;

	status = plant(kind, how, 0, out, sizeof(out));
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "kind %d how %d: %s", kind, how, out);
}
END_TEST
#endif

#if defined(RUMP_CHECK) && !defined(HAVE_ASAN)
START_TEST(misuse)
{
	static const char *const message[] = {
		"overrun", "freed already", "99 bytes, but it has 100",
		"write after free",
	};
	static char out[65536];
	int status;

	status = plant(MISUSE, _i, 0, out, sizeof(out));
	ck_assert_msg(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "%s: passed", message[_i]);
	ck_assert_msg(strstr(out, message[_i]) != NULL, "%s: %s",
	    message[_i], out);
}
END_TEST

START_TEST(no_misuse)
{
	static char out[65536];
	int status = plant(MISUSE, 4, 0, out, sizeof(out));

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s",
	    out);
}
END_TEST
#endif

static Suite *
suite(void)
{
	Suite *s = suite_create("rumpkern/plant");
	TCase *tc = tcase_create("plant");

#ifdef HAVE_ASAN
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, reported, 0, NKINDS * NHOW);
	tcase_add_loop_test(tc, underrun, 0, NKINDS);
	tcase_add_loop_test(tc, clean, 0, NKINDS * 5);
#endif
#if defined(RUMP_CHECK) && !defined(HAVE_ASAN)
	tcase_add_loop_test(tc, misuse, 0, 4);
	tcase_add_test(tc, no_misuse);
#endif
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
