/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: pools, caches, arenas, the limit and who gives back under it, debugging
 * at run time, reports, hosts without memory. Drives the kernel half,
 * tests/kern/mem.c.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpuser_diag.h>
#include <rump/rumpuser_fault.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN	1
#endif
#endif

#define LIMITED(name)							\
int	rumptest_mem_##name(void);					\
START_TEST(t_##name)							\
{									\
	setenv("RUMP_MEMLIMIT", "8m", 1);				\
	run(rumptest_mem_##name);					\
}									\
END_TEST

#define FREE(name)							\
int	rumptest_mem_##name(void);					\
START_TEST(t_##name)							\
{									\
	run(rumptest_mem_##name);					\
}									\
END_TEST

int	rumptest_misuse(int);
void	rumptest_mem_destroy_busy(int);
void	rumptest_mem_stall(void);
void	rumptest_mem_leak(void);
void	rumptest_mem_torture_init(void);
int	rumptest_mem_torture(unsigned int, int);
int	rumptest_mem_torture_check(void);

static void
run(int (*fn)(void))
{
	int line;

	ck_assert_int_eq(rump_init(), 0);
	rump_schedule();
	line = (*fn)();
	rump_unschedule();
	ck_assert_msg(line == 0, "kernel half failed at line %d", line);
}

FREE(pool_align)
FREE(pool_pages)
FREE(pool_notouch)
FREE(pool_limit)
FREE(pool_drain)
FREE(cache)
FREE(cache_limit)
FREE(sizes)
FREE(vmem_model)
FREE(vmem_import)
FREE(vmem_misc)
FREE(extent)
FREE(uvm_km)
LIMITED(canfail)
LIMITED(wait)
LIMITED(prime)
LIMITED(daemon)
LIMITED(nowait)
LIMITED(caches_give)

int	rumptest_mem_cpus_give(void);
START_TEST(t_cpus_give)
{
	setenv("RUMP_NCPU", "4", 1);
	setenv("RUMP_MEMLIMIT", "8m", 1);
	setenv("RUMP_MEMSTALL", "10", 1);
	run(rumptest_mem_cpus_give);
}
END_TEST

/*
 * Children whose end and output are looked at.
 */

static char output[1 << 17];

/* Run fn(arg) in a child with the kernel up; its status, output in output. */
static int
child(void (*fn)(int), int arg)
{
	size_t n = 0;
	ssize_t got;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		if (rump_init() != 0)
			_exit(99);
		(*fn)(arg);
		_exit(0);
	}
	close(fds[1]);
	while ((got = read(fds[0], output + n, sizeof(output) - 1 - n)) > 0 ||
	    (got < 0 && errno == EINTR))
		n += got > 0 ? (size_t)got : 0;
	output[n] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static int
good(int status)
{

	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
do_busy(int cache)
{

	rump_schedule();
	rumptest_mem_destroy_busy(cache);
	rump_unschedule();
}

START_TEST(destroy_busy)
{
	int status;

	setenv("RUMP_MEMDEBUG", "1", 1);
	status = child(do_busy, _i);
	ck_assert(!good(status));
	ck_assert_msg(strstr(output, "1 items of 64 bytes are out") != NULL &&
	    strstr(output, "1 from rumptest_mem_destroy_busy") != NULL, "%s",
	    output);
}
END_TEST

static void
do_stall(int arg)
{

	rump_schedule();
	rumptest_mem_stall();
	rump_unschedule();
}

START_TEST(stall)
{

	setenv("RUMP_MEMLIMIT", "4m", 1);
	setenv("RUMP_MEMSTALL", "2", 1);
	ck_assert(!good(child(do_stall, 0)));
	ck_assert_msg(strstr(output, "panic: out of memory") != NULL &&
	    strstr(output, "by pool:") != NULL, "%s", output);
}
END_TEST

static void
do_leak(int arg)
{

	rump_schedule();
	rumptest_mem_leak();
	rump_unschedule();
	rump_sys_reboot(0, NULL);
}

/* In any build: the report at shutdown names who leaked. */
START_TEST(leak)
{

	setenv("RUMP_MEMDEBUG", _i ? "account" : "debug", 1);
	setenv("RUMP_MEMREPORT", "1", 1);
	(void)child(do_leak, 0);
	ck_assert_msg(strstr(output, "12345 bytes        1 objects from "
	    "rumptest_mem_leak") != NULL, "%s", output);
	ck_assert_msg(strstr(output, "54321 bytes        1 objects M_PCB") !=
	    NULL && strstr(output, "M_DEVBUF") == NULL, "%s", output);
}
END_TEST

#ifndef HAVE_ASAN
static void
do_misuse(int what)
{

	rump_schedule();
	(void)rumptest_misuse(what);
	rump_unschedule();
}

/* RUMP_MEMDEBUG finds in any build what the checking build does. */
START_TEST(misuse)
{
	static const char *const message[] = {
		"overrun", "freed already", "99 bytes, but it has 100",
		"write after free", NULL,
	};
	int status;

	setenv("RUMP_MEMDEBUG", "1", 1);
	status = child(do_misuse, _i);
	ck_assert_msg(good(status) == (message[_i] == NULL), "%s", output);
	if (message[_i] != NULL)
		ck_assert_msg(strstr(output, message[_i]) != NULL, "%s",
		    output);
}
END_TEST
#endif

/* All of the tests above that need no limit, with debugging switched on. */
START_TEST(debugged)
{
	static int (*const fn[])(void) = {
		rumptest_mem_pool_align, rumptest_mem_pool_pages,
		rumptest_mem_pool_notouch, rumptest_mem_pool_limit,
		rumptest_mem_cache_limit, rumptest_mem_sizes,
		rumptest_mem_vmem_import, rumptest_mem_extent,
		rumptest_mem_uvm_km,
	};
	size_t i;

	setenv("RUMP_MEMDEBUG", "1", 1);
	for (i = 0; i < sizeof(fn) / sizeof(fn[0]); i++)
		run(fn[i]);
}
END_TEST

/* A file system in memory says that it is full, and works on afterwards. */
START_TEST(fills)
{
	char name[32];
	int i, n;

	setenv("RUMP_MEMLIMIT", "4m", 1);
	ck_assert_int_eq(rump_init(), 0);
	for (n = 0; n < 100000; n++) {
		snprintf(name, sizeof(name), "/d%d", n);
		if (rump_sys_mkdir(name, 0755) != 0)
			break;
	}
	ck_assert_int_eq(errno, 28 /* ENOSPC */);
	ck_assert(n > 1000 && n < 100000);
	for (i = n / 2; i < n; i++) {
		snprintf(name, sizeof(name), "/d%d", i);
		ck_assert_int_eq(rump_sys_rmdir(name), 0);
	}
	for (i = n / 2; i < n - n / 8; i++) {
		snprintf(name, sizeof(name), "/d%d", i);
		ck_assert_int_eq(rump_sys_mkdir(name, 0755), 0);
	}
}
END_TEST

/*
 * Reports.
 */

START_TEST(sysctl_report)
{
	int mib[4] = { 11, -1, -1, -1 };
	struct { char b[96 * 64]; } q;
	uint64_t used = 0;
	char *text;
	size_t len;
	unsigned int depth, i;
	static const char *const name[] = { "rump", "memory", "used" };

	ck_assert_int_eq(rump_init(), 0);
	/* By queries from vendor downwards; a node's name stands at byte 8. */
	for (depth = 1; depth < 4; depth++) {
		mib[depth] = -2;
		len = sizeof(q);
		ck_assert_int_eq(rump_sys___sysctl(mib, depth + 1, &q, &len,
		    NULL, 0), 0);
		for (i = 0; i < len / 96; i++)
			if (strncmp(q.b + i * 96 + 8, name[depth - 1], 32) == 0)
				break;
		ck_assert_msg(i < len / 96, "no node %s", name[depth - 1]);
		memcpy(&mib[depth], q.b + i * 96 + 4, sizeof(int));
	}
	len = sizeof(used);
	ck_assert_int_eq(rump_sys___sysctl(mib, 4, &used, &len, NULL, 0), 0);
	ck_assert(used > 1000 && used < (64 << 20));
	mib[3] += 2;
	ck_assert_int_eq(rump_sys___sysctl(mib, 4, NULL, &len, NULL, 0), 0);
	len += 4096;
	ck_assert_ptr_nonnull(text = malloc(len));
	ck_assert_int_eq(rump_sys___sysctl(mib, 4, text, &len, NULL, 0), 0);
	ck_assert_msg(strstr(text, "bytes of memory in use") != NULL &&
	    strstr(text, "by component") != NULL &&
	    strstr(text, "objects librump") != NULL, "%s", text);
	free(text);
}
END_TEST

START_TEST(state_dump)
{
	static char buf[1 << 18];
	FILE *f = tmpfile();
	size_t n;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rumpuser_dump_state(fileno(f), "test"), 0);
	rewind(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	ck_assert_msg(strstr(buf, "kernel memory") != NULL &&
	    strstr(buf, "bytes of memory in use") != NULL, "%s", buf);
	fclose(f);
}
END_TEST

/*
 * A host that has no memory for a while: who may not wait gets none, who may
 * waits until there is some.
 */

void	*rumpns_kmem_alloc(size_t, unsigned int);
void	 rumpns_kmem_free(void *, size_t);

static void *
plan_clear(void *arg)
{

	usleep(100000);
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	return arg;
}

START_TEST(host_short)
{
	pthread_t t;
	void *p;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rumpuser_fault_plan("alloc,map fail=ENOMEM", NULL),
	    0);
	ck_assert_int_eq(pthread_create(&t, NULL, plan_clear, NULL), 0);
	rump_schedule();
	ck_assert_ptr_null(rumpns_kmem_alloc(8 << 20, 2));
	ck_assert_ptr_nonnull(p = rumpns_kmem_alloc(8 << 20, 1));
	memset(p, 1, 8 << 20);
	rumpns_kmem_free(p, 8 << 20);
	rump_unschedule();
	pthread_join(t, NULL);
}
END_TEST

/* The n-th allocation of the host's fails, at boot and later: no crash. */
START_TEST(host_fails)
{
	char plan[64];
	int n, status, booted = 0;
	pid_t pid;

	for (n = 1; n <= 40; n++) {
		ck_assert_int_ge(pid = fork(), 0);
		if (pid == 0) {
			snprintf(plan, sizeof(plan),
			    "alloc,map nth=%d fail=ENOMEM", n);
			setenv("RUMP_FAULTS", plan, 1);
			if (rump_init() != 0)
				_exit(1);
			_exit(rump_sys_mkdir("/d", 0755) == 0 ||
			    errno != 0 ? 0 : 2);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		booted += good(status);
	}
	/* Most allocations can wait or be done without. */
	ck_assert_int_gt(booted, 0);
}
END_TEST

/*
 * Many threads at once.
 */

#define NTHREADS	6

static int torture_rounds = 20000;

static void *
torturer(void *arg)
{
	intptr_t line;

	rump_schedule();
	line = rumptest_mem_torture((unsigned int)(uintptr_t)arg,
	    torture_rounds);
	rump_unschedule();
	return (void *)line;
}

START_TEST(torture)
{
	pthread_t t[NTHREADS];
	void *line;
	size_t i;

	if (_i == 1)
		setenv("RUMP_MEMLIMIT", "4m", 1);
	if (_i == 2)
		setenv("RUMP_MEMDEBUG", "1", 1);
	ck_assert_int_eq(rump_init(), 0);
	rump_schedule();
	rumptest_mem_torture_init();
	rump_unschedule();
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, torturer,
		    (void *)i), 0);
	for (i = 0; i < NTHREADS; i++) {
		pthread_join(t[i], &line);
		ck_assert_msg(line == NULL, "kernel half failed at line %d",
		    (int)(intptr_t)line);
	}
	rump_schedule();
	i = (size_t)rumptest_mem_torture_check();
	rump_unschedule();
	ck_assert_msg(i == 0, "kernel half failed at line %d", (int)i);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rumpkern/mem");
	TCase *tc = tcase_create("mem");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, t_pool_align);
	tcase_add_test(tc, t_pool_pages);
	tcase_add_test(tc, t_pool_notouch);
	tcase_add_test(tc, t_pool_limit);
	tcase_add_test(tc, t_pool_drain);
	tcase_add_test(tc, t_cache);
	tcase_add_test(tc, t_cache_limit);
	tcase_add_test(tc, t_sizes);
	tcase_add_test(tc, t_vmem_model);
	tcase_add_test(tc, t_vmem_import);
	tcase_add_test(tc, t_vmem_misc);
	tcase_add_test(tc, t_extent);
	tcase_add_test(tc, t_uvm_km);
	tcase_add_loop_test(tc, destroy_busy, 0, 2);
	tcase_add_test(tc, stall);
	tcase_add_loop_test(tc, leak, 0, 2);
#ifndef HAVE_ASAN
	tcase_add_loop_test(tc, misuse, 0, 5);
#endif
	tcase_add_test(tc, debugged);
	tcase_add_test(tc, sysctl_report);
	tcase_add_test(tc, state_dump);
	tcase_add_test(tc, host_short);
	tcase_add_test(tc, host_fails);
	tcase_add_loop_test(tc, torture, 0, 3);
	suite_add_tcase(s, tc);
	tc = tcase_create("limit");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, t_canfail);
	tcase_add_test(tc, t_wait);
	tcase_add_test(tc, t_prime);
	tcase_add_test(tc, t_daemon);
	tcase_add_test(tc, t_nowait);
	tcase_add_test(tc, t_caches_give);
	tcase_add_test(tc, t_cpus_give);
	tcase_add_test(tc, fills);
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
