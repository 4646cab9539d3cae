/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory, the kernel's C library, clocks, callouts, sysctl: drives the kernel
 * half (tests/kern/core.c), and sysctl and clocks from a client's side.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define KERNTEST(name)							\
int	rumptest_##name(void);						\
START_TEST(kern_##name)							\
{									\
	int line;							\
									\
	ck_assert_int_eq(rump_init(), 0);				\
	rump_schedule();						\
	line = rumptest_##name();					\
	rump_unschedule();						\
	ck_assert_msg(line == 0, "kernel half failed at line %d", line);	\
}									\
END_TEST

KERNTEST(kmem)
KERNTEST(kmem_huge)
KERNTEST(kmem_strings)
KERNTEST(malloc)
KERNTEST(pool)
KERNTEST(pool_cache)
KERNTEST(pool_allocator)
KERNTEST(vmem)
KERNTEST(uvm_km)
KERNTEST(memory)
KERNTEST(string)
KERNTEST(printf)
KERNTEST(crc)
KERNTEST(digests)
KERNTEST(trees)
KERNTEST(queues)
KERNTEST(bits)
KERNTEST(calendar)
KERNTEST(clocks)
KERNTEST(callout)
KERNTEST(callout_many)
KERNTEST(uio)
KERNTEST(sysctl)
KERNTEST(misc)

int	rumptest_memlimit(void);
void	rumpns_printf(const char *, ...);

START_TEST(memlimit)
{
	int line;

	setenv("RUMP_MEMLIMIT", "16m", 1);
	ck_assert_int_eq(rump_init(), 0);
	rump_schedule();
	line = rumptest_memlimit();
	rump_unschedule();
	ck_assert_msg(line == 0, "kernel half failed at line %d", line);
}
END_TEST

/* Many threads in the allocator at once: what is one's is no other's. */
static void *
hammer(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		rump_schedule();
		if (rumptest_malloc() != 0 || rumptest_kmem_strings() != 0 ||
		    rumptest_printf() != 0)
			arg = NULL;
		rump_unschedule();
	}
	return arg;
}

START_TEST(memory_threads)
{
	pthread_t t[8];
	void *ret;
	size_t i;

	ck_assert_int_eq(rump_init(), 0);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, hammer, t), 0);
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], &ret);
		ck_assert_ptr_eq(ret, t);
	}
}
END_TEST

/*
 * sysctl as a client sees it, with the numbers of the native ABI.
 */
#define CTL_KERN	1
#define CTL_VFS		3
#define CTL_HW		6
#define CTL_VENDOR	11
#define CTL_QUERY	(-2)
#define CTL_CREATE	(-3)
#define CTL_DESTROY	(-5)
#define CTL_DESCRIBE	(-7)
#define KERN_OSTYPE	1
#define KERN_HOSTNAME	10
#define KERN_CLOCKRATE	12
#define KERN_BOOTTIME	83
#define HW_NCPU		3
#define HW_PAGESIZE	7
#define NODE_SIZE	96
#define NB_ENOENT	2
#define NB_ENOMEM	12
#define NB_EINVAL	22
#define NB_EISDIR	21
#define NB_EPERM	1

static int
ctl(const int *mib, unsigned int n, void *old, size_t *len, const void *new,
    size_t newlen)
{

	errno = 0;
	return rump_sys___sysctl(mib, n, old, len, new, newlen) == 0 ? 0 :
	    errno;
}

START_TEST(sysctl_values)
{
	int mib[3] = { CTL_KERN, KERN_OSTYPE }, v, clockinfo[5];
	int64_t boottime[2];
	char buf[256];
	size_t len = sizeof(buf);

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(ctl(mib, 2, buf, &len, NULL, 0), 0);
	ck_assert_str_eq(buf, "NetBSD");
	ck_assert_uint_eq(len, 7);
	len = 3;
	ck_assert_int_eq(ctl(mib, 2, buf, &len, NULL, 0), NB_ENOMEM);
	ck_assert_int_eq(ctl(mib, 2, NULL, &len, NULL, 0), 0);
	ck_assert_uint_eq(len, 7);
	ck_assert_int_eq(ctl(mib, 2, NULL, NULL, "x", 1), NB_EPERM);

	mib[0] = CTL_HW;
	mib[1] = HW_PAGESIZE;
	len = sizeof(v);
	ck_assert_int_eq(ctl(mib, 2, &v, &len, NULL, 0), 0);
	ck_assert_int_eq(v, 4096);
	mib[1] = HW_NCPU;
	ck_assert_int_eq(ctl(mib, 2, &v, &len, NULL, 0), 0);
	ck_assert_int_ge(v, 1);

	mib[0] = CTL_KERN;
	mib[1] = KERN_CLOCKRATE;
	len = sizeof(clockinfo);
	ck_assert_int_eq(ctl(mib, 2, clockinfo, &len, NULL, 0), 0);
	ck_assert_int_eq(clockinfo[0] * clockinfo[1], 1000000);
	mib[1] = KERN_BOOTTIME;
	len = sizeof(boottime);
	ck_assert_int_eq(ctl(mib, 2, boottime, &len, NULL, 0), 0);
	ck_assert_int_le(labs((long)(boottime[0] - time(NULL))), 10);

	mib[1] = KERN_HOSTNAME;
	ck_assert_int_eq(ctl(mib, 2, NULL, NULL, "newname", 8), 0);
	len = sizeof(buf);
	ck_assert_int_eq(ctl(mib, 2, buf, &len, NULL, 0), 0);
	ck_assert_str_eq(buf, "newname");
	memset(buf, 'x', sizeof(buf));
	ck_assert_int_eq(ctl(mib, 2, NULL, NULL, buf, 256), NB_EINVAL);

	mib[1] = 9999;
	ck_assert_int_eq(ctl(mib, 2, buf, &len, NULL, 0), NB_ENOENT);
	ck_assert_int_eq(ctl(mib, 1, buf, &len, NULL, 0), NB_EISDIR);
	ck_assert_int_eq(ctl(mib, 0, buf, &len, NULL, 0), NB_EINVAL);
	ck_assert_int_eq(ctl(mib, 13, buf, &len, NULL, 0), NB_EINVAL);
}
END_TEST

/* Walk: every node of kern has a number, a name, and no kernel address. */
START_TEST(sysctl_query)
{
	int mib[2] = { CTL_KERN, CTL_QUERY };
	static unsigned char nodes[200 * NODE_SIZE];
	size_t len = 0, i, seen = 0;
	uint64_t w;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(ctl(mib, 2, NULL, &len, NULL, 0), 0);
	ck_assert_uint_gt(len, 10 * NODE_SIZE);
	ck_assert_uint_le(len, sizeof(nodes));
	ck_assert_int_eq(ctl(mib, 2, nodes, &len, NULL, 0), 0);
	for (i = 0; i < len; i += NODE_SIZE) {
		if (strcmp((char *)nodes + i + 8, "hostname") == 0)
			seen++;
		memcpy(&w, nodes + i + 72, sizeof(w));
		ck_assert_uint_eq(w, 0);
		memcpy(&w, nodes + i + 80, sizeof(w));
		ck_assert_uint_eq(w, 0);
	}
	ck_assert_uint_eq(seen, 1);
	mib[1] = CTL_DESCRIBE;
	len = sizeof(nodes);
	ck_assert_int_eq(ctl(mib, 2, nodes, &len, NULL, 0), 0);
	ck_assert_uint_gt(len, 100);
	len = 3 * NODE_SIZE;
	mib[1] = CTL_QUERY;
	ck_assert_int_eq(ctl(mib, 2, nodes, &len, NULL, 0), NB_ENOMEM);
}
END_TEST

/* A client's own node: made, read, written, destroyed. */
START_TEST(sysctl_create_destroy)
{
	unsigned char node[NODE_SIZE], made[NODE_SIZE];
	uint32_t flags = 0x01000000 | 0x70 | 0x800 | 2;
	int mib[2] = { CTL_VENDOR, CTL_CREATE }, v = 7, num = -1;
	size_t len = sizeof(made);

	ck_assert_int_eq(rump_init(), 0);
	memset(node, 0, sizeof(node));
	memcpy(node, &flags, 4);
	memcpy(node + 4, &num, 4);
	strcpy((char *)node + 8, "mine");
	memcpy(node + 48, &v, 4);
	ck_assert_int_eq(ctl(mib, 2, made, &len, node, sizeof(node)), 0);
	memcpy(&num, made + 4, 4);
	mib[1] = num;
	v = 0;
	len = sizeof(v);
	ck_assert_int_eq(ctl(mib, 2, &v, &len, NULL, 0), 0);
	ck_assert_int_eq(v, 7);
	v = 8;
	ck_assert_int_eq(ctl(mib, 2, NULL, NULL, &v, sizeof(v)), 0);
	/* A function of a client's is refused. */
	memset(node + 72, 0xff, 8);
	mib[1] = CTL_CREATE;
	strcpy((char *)node + 8, "evil");
	ck_assert_int_eq(ctl(mib, 2, NULL, &len, node, sizeof(node)),
	    NB_EPERM);
	mib[1] = CTL_DESTROY;
	ck_assert_int_eq(ctl(mib, 2, NULL, NULL, made, sizeof(made)), 0);
	mib[1] = num;
	ck_assert_int_eq(ctl(mib, 2, &v, &len, NULL, 0), NB_ENOENT);
}
END_TEST

/* What the kernel printed is there to be read. */
START_TEST(sysctl_msgbuf)
{
	int mib[2] = { CTL_KERN, 53 };
	static char buf[40000];
	size_t len = sizeof(buf) - 1;
	int i;

	/* Nobody wants to see them. */
	ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY), STDERR_FILENO), 0);
	ck_assert_int_eq(rump_init(), 0);
	for (i = 0; i < 3000; i++)
		rumpns_printf("message number %d\n", i);
	ck_assert_int_eq(ctl(mib, 2, buf, &len, NULL, 0), 0);
	ck_assert_uint_gt(len, 30000);
	buf[len] = '\0';
	ck_assert_ptr_nonnull(strstr(buf, "message number 2999\n"));
	ck_assert_ptr_nonnull(strstr(buf, "message number 2000\n"));
	ck_assert_ptr_null(strstr(buf, "message number 1\n"));
	len = 10;
	ck_assert_int_eq(ctl(mib, 2, buf, &len, NULL, 0), NB_ENOMEM);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rumpkern/core");
	TCase *m = tcase_create("memory"), *c = tcase_create("libkern");
	TCase *t = tcase_create("time"), *o = tcase_create("other");

	tcase_set_timeout(m, 60);
	tcase_add_test(m, kern_kmem);
	tcase_add_test(m, kern_kmem_huge);
	tcase_add_test(m, kern_kmem_strings);
	tcase_add_test(m, kern_malloc);
	tcase_add_test(m, kern_pool);
	tcase_add_test(m, kern_pool_cache);
	tcase_add_test(m, kern_pool_allocator);
	tcase_add_test(m, kern_vmem);
	tcase_add_test(m, kern_uvm_km);
	tcase_add_test(m, memlimit);
	tcase_add_test(m, memory_threads);
	suite_add_tcase(s, m);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, kern_memory);
	tcase_add_test(c, kern_string);
	tcase_add_test(c, kern_printf);
	tcase_add_test(c, kern_crc);
	tcase_add_test(c, kern_digests);
	tcase_add_test(c, kern_trees);
	tcase_add_test(c, kern_queues);
	tcase_add_test(c, kern_bits);
	tcase_add_test(c, kern_calendar);
	suite_add_tcase(s, c);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, kern_clocks);
	tcase_add_test(t, kern_callout);
	tcase_add_test(t, kern_callout_many);
	suite_add_tcase(s, t);
	tcase_set_timeout(o, 60);
	tcase_add_test(o, kern_uio);
	tcase_add_test(o, kern_sysctl);
	tcase_add_test(o, kern_misc);
	tcase_add_test(o, sysctl_values);
	tcase_add_test(o, sysctl_query);
	tcase_add_test(o, sysctl_create_destroy);
	tcase_add_test(o, sysctl_msgbuf);
	suite_add_tcase(s, o);
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
