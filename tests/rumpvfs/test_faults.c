/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_faults.c - host files in the kernel under fault plans, and recorded:
 * writes that fail and are lost, and what a crash leaves of a disk.
 */
#include "client.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <rump/rumpuser_fault.h>
#include <rump/rumpuser_record.h>

#define	IMGSIZE		(64 * 1024)
#define	DIOCCACHESYNC	0x80046476UL

static char dir[128], img[160], base[160];

static void
make(void)
{
	char zero[4096] = { 0 };
	const char *const file[2] = { img, base };
	int fd, i, j;

	snprintf(dir, sizeof(dir), "%s/faultsXXXXXX",
	    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(img, sizeof(img), "%s/img", dir);
	snprintf(base, sizeof(base), "%s/base", dir);
	for (i = 0; i < 2; i++) {
		fd = open(file[i], O_CREAT | O_WRONLY, 0644);
		ck_assert_int_ge(fd, 0);
		for (j = 0; j < IMGSIZE / 4096; j++)
			ck_assert_int_eq(write(fd, zero, 4096), 4096);
		close(fd);
	}
}

static void
boot_disk(void)
{

	make();
	boot();
	ck_assert_int_eq(rump_pub_etfs_register("/d", img, RUMP_ETFS_BLK), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/r", img, RUMP_ETFS_CHR), 0);
	ck_assert_int_eq(rump_pub_etfs_register("/f", img, RUMP_ETFS_REG), 0);
}

static void
cleanup(void)
{

	unlink(img);
	unlink(base);
	rmdir(dir);
}

static void
plan(const char *text)
{
	struct rumpuser_fault_error err;

	if (rumpuser_fault_plan(text, &err) != 0)
		ck_abort_msg("%s: %u:%u %s", text, err.rfe_line,
		    err.rfe_column, err.rfe_message);
}

static int
cachesync(int fd)
{
	int force = 1;

	return rump_sys_ioctl(fd, DIOCCACHESYNC, &force);
}

START_TEST(writes_fail)
{
	char buf[1024];
	int fd;

	memset(buf, 'x', sizeof(buf));
	OK(fd = rump_sys_open("/r", RUMP_O_RDWR));
	plan("write file=img nth=2 fail=ENOSPC\nsync file=img fail=EIO once");
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 1024, 0), 1024);
	FAILS(rump_sys_pwrite(fd, buf, 1024, 1024), RUMP_ENOSPC);
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 1024, 1024), 1024);
	FAILS(cachesync(fd), RUMP_EIO);
	OK(cachesync(fd));
	OK(rump_sys_close(fd));
	plan("info file=img fail=EACCES");
	ck_assert_int_eq(rump_pub_etfs_register("/g", img, RUMP_ETFS_BLK),
	    RUMP_EACCES);
	plan("close file=img fail=EDQUOT");
	OK(fd = rump_sys_open("/r", RUMP_O_RDWR));
	(void)rump_sys_close(fd);
	OK(rumpuser_fault_clear());
	OK(fd = rump_sys_open("/f", RUMP_O_RDWR));
	plan("write file=img fail=EIO");
	(void)rump_sys_write(fd, buf, 512);
	(void)rump_sys_fsync(fd);
	(void)rump_sys_close(fd);
}
END_TEST

/* A byte for each 512 of the image. */
static void
look(struct rumpuser_replay *rp, char seen[8])
{
	char buf[512];
	size_t n;
	int i;

	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(rumpuser_replay_read(rp, buf, 512, i * 512,
		    &n), 0);
		ck_assert_uint_eq(n, 512);
		seen[i] = buf[0] != 0 ? buf[0] : '.';
		ck_assert_int_eq(buf[511], buf[0]);
	}
}

/* Two writes, made stable, and two more; what may be there at the end. */
START_TEST(disk_recorded)
{
	const struct rumpuser_record_config cfg = { .rrc_file = "img" };
	struct rumpuser_replay *rp;
	struct rumpuser_record *r;
	char buf[1024], seen[8];
	int fd, states = 0;

	ck_assert_int_eq(rumpuser_record_start(&cfg, &r), 0);
	OK(fd = rump_sys_open("/r", RUMP_O_RDWR));
	memset(buf, 'a', sizeof(buf));
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 512, 0), 512);
	memset(buf, 'b', sizeof(buf));
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 512, 512), 512);
	OK(cachesync(fd));
	memset(buf, 'c', sizeof(buf));
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 1024, 512), 1024);
	memset(buf, 'd', sizeof(buf));
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 512, 2048), 512);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	OK(rump_sys_close(fd));

	ck_assert_int_eq(rumpuser_replay_create(r, 0, base,
	    RUMPUSER_REPLAY_SECTORS, 512, &rp), 0);
	ck_assert_int_eq(rumpuser_replay_cut(rp,
	    rumpuser_replay_cuts(rp) - 1), 0);
	look(rp, seen);
	ck_assert_mem_eq(seen, "acc.d...", 8);
	for (; rumpuser_replay_next(rp) == 0; states++) {
		look(rp, seen);
		ck_assert_int_eq(seen[0], 'a');
		ck_assert(seen[1] == 'b' || seen[1] == 'c');
		ck_assert(seen[2] == '.' || seen[2] == 'c');
		ck_assert(seen[4] == '.' || seen[4] == 'd');
	}
	ck_assert_int_eq(states, 8);
	rumpuser_replay_free(rp);
	rumpuser_record_free(r);
}
END_TEST

START_TEST(plan_of_environment)
{
	struct rumpuser_fault_rule rule;
	char c;
	int fd;

	make();
	setenv("RUMP_FAULTS", "read file=img fail=EIO", 1);
	boot();
	ck_assert_int_eq(rump_pub_etfs_register("/r", img, RUMP_ETFS_CHR), 0);
	OK(fd = rump_sys_open("/r", RUMP_O_RDWR));
	FAILS(rump_sys_pread(fd, &c, 512, 0), RUMP_EIO);
	ck_assert_int_eq(rumpuser_fault_rule(0, &rule), 0);
	ck_assert_uint_ge(rule.rfr_fired, 1);
}
END_TEST

START_TEST(wrong_plan)
{

	make();
	setenv("RUMP_FAULTS", "read file=img", 1);
	ck_assert_int_eq(rump_init(), RUMP_EINVAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("faults");
	TCase *tc = tcase_create("disk"), *env = tcase_create("environment");

	tcase_add_checked_fixture(tc, boot_disk, cleanup);
	tcase_add_test(tc, writes_fail);
	tcase_add_test(tc, disk_recorded);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(env, NULL, cleanup);
	tcase_add_test(env, plan_of_environment);
	tcase_add_test(env, wrong_plan);
	suite_add_tcase(s, env);
	return run_suite(s);
}
