/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of fsu that need no kernel: quoting, sizes, the two inode
 * tables, the checksum of GPT, and what a confined process can still do.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fsu.h"
#include "links.h"
#include "part.h"

static void
quoted(const char *in, size_t n, enum quote how, const char *want)
{
	char *got = quote_name(in, n, how);

	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(quoting)
{
	static const struct { const char *in, *want; } t[] = {
		{ "plain", "plain" }, { "a b", "'a b'" }, { "", "''" },
		{ "it's", "\"it's\"" }, { "it's $x", "'it'\\''s $x'" },
		{ "n\nl", "'n'$'\\n''l'" }, { "\x1b[0m", "''$'\\033''[0m'" },
		{ "\xff", "''$'\\377'" }, { "#a", "'#a'" }, { "a#", "a#" },
		{ "~", "'~'" }, { "a~", "a~" }, { "-x", "-x" },
		{ "a*", "'a*'" }, { "\t", "''$'\\t'" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "a\xc3", "'a'$'\\303'" },
		{ "\xc2\x9b" "31m", "''$'\\302\\233''31m'" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		quoted(t[i].in, strlen(t[i].in), QUOTE_SHELL, t[i].want);
	quoted("plain", 5, QUOTE_ALWAYS, "'plain'");
	quoted("a\0b", 3, QUOTE_SHELL, "'a'$'\\000''b'");
	ck_assert_str_eq(q("x"), "'x'");
	ck_assert_str_eq(qf("x"), "x");
}
END_TEST

START_TEST(sizes)
{
	static const struct { uint64_t n; const char *want; } t[] = {
		{ 0, "0" }, { 1023, "1023" }, { 1024, "1.0K" },
		{ 1025, "1.1K" }, { 1536, "1.5K" }, { 10239, "10K" },
		{ 10240, "10K" }, { 10241, "11K" }, { 1048575, "1.0M" },
		{ 1048576, "1.0M" }, { (uint64_t)1 << 40, "1.0T" },
		{ UINT64_MAX, "16E" }, { 5000, "4.9K" },
	};
	char buf[32];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(human_size(t[i].n, buf, sizeof(buf)),
		    t[i].want);
	ck_assert_str_eq(human_blocks(1, 1024, false, buf, sizeof(buf)), "1");
	ck_assert_str_eq(mode_string(0104755, buf), "-rwsr-xr-x");
	ck_assert_str_eq(mode_string(0042644, buf), "drw-r-Sr--");
	ck_assert_str_eq(mode_string(0041776, buf), "drwxrwxrwT");
}
END_TEST

START_TEST(hard_links)
{
	struct links *l = links_new();
	char *path = NULL, want[64];
	size_t cap = 0;
	int root, dir, n;
	uint64_t i;

	root = links_dir(l, LINKS_NODIR, ".", 1);
	dir = links_dir(l, root, "dir", 3);
	for (i = 1; i <= 5000; i++) {
		n = snprintf(want, sizeof(want), "f%u", (unsigned)i);
		ck_assert(!links_seen(l, i * 8192, 3, dir, want, (size_t)n,
		    &path, &cap));
	}
	/* Every second one is seen to its end and so forgotten. */
	for (i = 1; i <= 5000; i++) {
		snprintf(want, sizeof(want), "./dir/f%u", (unsigned)i);
		ck_assert(links_seen(l, i * 8192, 3, root, "x", 1, &path,
		    &cap));
		ck_assert_str_eq(path, want);
		if (i % 2 == 0)
			ck_assert(links_seen(l, i * 8192, 3, root, "x", 1,
			    &path, &cap));
	}
	for (i = 1; i <= 5000; i++) {
		if (i % 2 == 0)
			ck_assert(!links_seen(l, i * 8192, 2, root, "y", 1,
			    &path, &cap));
		ck_assert(links_seen(l, i * 8192, 2, root, "z", 1, &path,
		    &cap));
		if (i % 2 == 0)
			ck_assert_str_eq(path, "./y");
	}
	free(path);
	links_free(l);
}
END_TEST

START_TEST(inode_set)
{
	struct inoset *s = inoset_new();
	uint64_t i;

	for (i = 0; i < 200000; i += 3)
		ck_assert(inoset_add(s, i));
	for (i = 0; i < 200000; i += 3)
		ck_assert(!inoset_add(s, i));
	ck_assert(inoset_add(s, 1));
	ck_assert(inoset_add(s, 0xffffffff));
	ck_assert(!inoset_add(s, 0xffffffff));
	inoset_free(s);
}
END_TEST

START_TEST(checksum)
{

	ck_assert_uint_eq(part_crc32(0, "123456789", 9), 0xcbf43926u);
	ck_assert_uint_eq(part_crc32(0, "", 0), 0);
}
END_TEST

#if defined(FSU_SECCOMP) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define	CONFINED 1
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define	CONFINED 1
#endif
#endif

#ifdef CONFINED
static void *
thread(void *arg)
{
	char *p = malloc(1 << 20);

	if (p != NULL)
		memset(p, 1, 1 << 20);
	free(p);
	return arg;
}

static bool
refused(long r)
{

	return r < 0 && (errno == EPERM || errno == EACCES);
}

/* In a child: the number of the first thing that is not as it should be. */
static int
confined(int dir, bool writes)
{
	static int token;
	bool landlock = syscall(444, NULL, 0, 1) >= 1;
	pthread_t t;
	void *got;

	if (confine_files(dir, writes ? dir : -1) != 0 ||
	    confine_calls(writes) != 0)
		return 1;
	/* The kernel may make threads whenever it likes. */
	if (pthread_create(&t, NULL, thread, &token) != 0 ||
	    pthread_join(t, &got) != 0 || got != &token)
		return 2;
	if (!refused(open("/etc/passwd", O_RDONLY)))
		return 3;
	if (!refused(socket(AF_UNIX, SOCK_STREAM, 0)))
		return 4;
	if (!refused(execl("/bin/true", "true", NULL)))
		return 5;
	if (!refused(fork()))
		return 6;
	if (!refused(kill(getppid(), 0)))
		return 7;
	if (writes && openat(dir, "made", O_CREAT | O_WRONLY, 0600) < 0)
		return 8;
	if (!writes && !refused(openat(dir, "not", O_CREAT | O_WRONLY, 0600)))
		return 9;
	if (writes && landlock &&
	    !refused(mkdirat(dir, "../fsu-beside", 0700)))
		return 10;
	return 0;
}

START_TEST(confinement)
{
	const char *tmp = getenv("TMPDIR");
	char name[256], path[300];
	int dir, status;
	pid_t pid;

	snprintf(name, sizeof(name), "%s/fsu-units.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(name));
	dir = open(name, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dir, 0);
	if ((pid = fork()) == 0)
		_exit(confined(dir, _i != 0));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	snprintf(path, sizeof(path), "%s/made", name);
	unlink(path);
	rmdir(name);
	ck_assert_int_eq(status, 0);
}
END_TEST
#endif

int
main(void)
{
	Suite *s = suite_create("fsu");
	TCase *tc = tcase_create("units");
	SRunner *sr;
	int failed;

	setlocale(LC_ALL, "C.UTF-8");
	tcase_add_test(tc, quoting);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, hard_links);
	tcase_add_test(tc, inode_set);
	tcase_add_test(tc, checksum);
#ifdef CONFINED
	tcase_add_loop_test(tc, confinement, 0, 2);
#endif
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
