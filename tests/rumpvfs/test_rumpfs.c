/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The root file system from the client's side: names, directories, files in
 * memory, symlinks, attributes, rename.
 */

#include <sys/types.h>

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

/* The headers know the host's name of it; the layout is the kernel's. */
#define	STAT(p)	((struct stat *)(void *)(p))

#define	fails(call, number)						\
	do {								\
		errno = 0;						\
		ck_assert_int_eq((call), -1);				\
		ck_assert_int_eq(errno, (number));			\
	} while (0)

#define	works(call)	ck_assert_int_eq((call), 0)

static void
boot(void)
{

	works(rump_init());
}

static void
makefile(const char *path, const char *content)
{
	int fd = rump_sys_open(path, RUMP_O_CREAT | RUMP_O_EXCL |
	    RUMP_O_WRONLY, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_write(fd, content, strlen(content)),
	    strlen(content));
	works(rump_sys_close(fd));
}

static void
checkfile(const char *path, const char *content)
{
	char buf[256];
	int fd = rump_sys_open(path, RUMP_O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_read(fd, buf, sizeof(buf)),
	    strlen(content));
	ck_assert_mem_eq(buf, content, strlen(content));
	works(rump_sys_close(fd));
}

START_TEST(names)
{
	struct rump_stat st;

	makefile("/f", "one");
	checkfile("/f", "one");
	fails(rump_sys_open("/f", RUMP_O_CREAT | RUMP_O_EXCL | RUMP_O_RDWR,
	    0644), RUMP_EEXIST);
	fails(rump_sys_open("/g", RUMP_O_RDONLY), RUMP_ENOENT);
	fails(rump_sys_open("/f/x", RUMP_O_RDONLY), RUMP_ENOTDIR);
	works(rump_sys_link("/f", "/g"));
	works(rump_sys_stat("/g", STAT(&st)));
	ck_assert_int_eq(st.st_nlink, 2);
	works(rump_sys_unlink("/f"));
	checkfile("/g", "one");
	works(rump_sys_stat("/g", STAT(&st)));
	ck_assert_int_eq(st.st_nlink, 1);
	fails(rump_sys_unlink("/f"), RUMP_ENOENT);
	fails(rump_sys_rmdir("/g"), RUMP_ENOTDIR);
	works(rump_sys_unlink("/g"));
}
END_TEST

START_TEST(open_after_unlink)
{
	char buf[8];
	int fd;

	makefile("/u", "still");
	fd = rump_sys_open("/u", RUMP_O_RDWR);
	ck_assert_int_ge(fd, 0);
	works(rump_sys_unlink("/u"));
	ck_assert_int_eq(rump_sys_read(fd, buf, 8), 5);
	makefile("/u", "new");
	ck_assert_int_eq(rump_sys_pread(fd, buf, 8, 0), 5);
	works(rump_sys_close(fd));
	checkfile("/u", "new");
}
END_TEST

START_TEST(directories)
{
	struct rump_stat st;

	works(rump_sys_mkdir("/d", 0755));
	fails(rump_sys_mkdir("/d", 0755), RUMP_EEXIST);
	works(rump_sys_mkdir("/d/e", 0700));
	works(rump_sys_stat("/d", STAT(&st)));
	ck_assert_int_eq(st.st_nlink, 3);
	ck_assert(RUMP_S_ISDIR(st.st_mode));
	fails(rump_sys_rmdir("/d"), RUMP_ENOTEMPTY);
	fails(rump_sys_unlink("/d"), RUMP_EPERM);
	works(rump_sys_chdir("/d/e"));
	works(rump_sys_stat("../../d", STAT(&st)));
	works(rump_sys_chdir("/"));
	works(rump_sys_rmdir("/d/e"));
	works(rump_sys_rmdir("/d"));
	fails(rump_sys_stat("/d", STAT(&st)), RUMP_ENOENT);
	fails(rump_sys_rmdir("/"), RUMP_EBUSY);
}
END_TEST

START_TEST(listing)
{
	char path[600];
	union {
		char mem[1024];
		struct rump_dirent d;
	} buf;
	uint8_t seen[200] = { 0 };
	struct rump_dirent *d;
	int dots = 0, fd, i, n, off, unit;

	works(rump_sys_mkdir("/l", 0755));
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/l/file%d", i);
		makefile(path, "");
	}
	fd = rump_sys_open("/l", RUMP_O_RDONLY | RUMP_O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
	while ((n = rump_sys_getdents(fd, buf.mem,
	    sizeof(buf.mem))) > 0) {
		for (off = 0; off < n; off += d->d_reclen) {
			d = (struct rump_dirent *)(buf.mem + off);
			if (d->d_name[0] == '.') {
				dots++;
				continue;
			}
			ck_assert_int_eq(sscanf(d->d_name, "file%d", &unit),
			    1);
			ck_assert_int_lt(unit, 200);
			ck_assert_int_eq(seen[unit]++, 0);
			/* What was listed may go meanwhile. */
			snprintf(path, sizeof(path), "/l/%s", d->d_name);
			works(rump_sys_unlink(path));
		}
	}
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(dots, 2);
	for (i = 0; i < 200; i++)
		ck_assert_int_eq(seen[i], 1);
	works(rump_sys_close(fd));
	works(rump_sys_rmdir("/l"));
}
END_TEST

START_TEST(file_data)
{
	static char mem[300000], back[300000];
	struct rump_stat st;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(mem); i++)
		mem[i] = (char)(i * 31 + (i >> 9));
	fd = rump_sys_open("/big", RUMP_O_CREAT | RUMP_O_RDWR, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_pwrite(fd, mem, sizeof(mem), 5001),
	    sizeof(mem));
	works(rump_sys_fstat(fd, STAT(&st)));
	ck_assert_int_eq(st.st_size, sizeof(mem) + 5001);
	ck_assert_int_eq(rump_sys_pread(fd, back, 5001, 0), 5001);
	for (i = 0; i < 5001; i++)
		ck_assert_int_eq(back[i], 0);
	ck_assert_int_eq(rump_sys_pread(fd, back, sizeof(back), 5001),
	    sizeof(back));
	ck_assert_mem_eq(back, mem, sizeof(mem));
	/* Cut and grown again: zeros. */
	works(rump_sys_ftruncate(fd, 6000));
	works(rump_sys_ftruncate(fd, 20000));
	ck_assert_int_eq(rump_sys_pread(fd, back, sizeof(back), 0), 20000);
	ck_assert_mem_eq(back + 5001, mem, 999);
	for (i = 6000; i < 20000; i++)
		ck_assert_int_eq(back[i], 0);
	/* A terabyte of nothing costs nothing. */
	works(rump_sys_ftruncate(fd, (int64_t)1 << 40));
	ck_assert_int_eq(rump_sys_pread(fd, back, 100, ((int64_t)1 << 40) -
	    50), 50);
	ck_assert_int_eq(rump_sys_pwrite(fd, "end", 3, (int64_t)1 << 40), 3);
	ck_assert_int_eq(rump_sys_pread(fd, back, 100, (int64_t)1 << 40), 3);
	works(rump_sys_close(fd));
	works(rump_sys_unlink("/big"));
}
END_TEST

START_TEST(append)
{
	int fd;

	makefile("/a", "first");
	fd = rump_sys_open("/a", RUMP_O_WRONLY | RUMP_O_APPEND);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_write(fd, "second", 6), 6);
	works(rump_sys_close(fd));
	checkfile("/a", "firstsecond");
	fd = rump_sys_open("/a", RUMP_O_WRONLY | RUMP_O_TRUNC);
	ck_assert_int_ge(fd, 0);
	works(rump_sys_close(fd));
	checkfile("/a", "");
}
END_TEST

START_TEST(symlinks)
{
	char buf[64];
	struct rump_stat st;

	makefile("/target", "x");
	works(rump_sys_symlink("target", "/s"));
	ck_assert_int_eq(rump_sys_readlink("/s", buf, sizeof(buf)), 6);
	ck_assert_mem_eq(buf, "target", 6);
	ck_assert_int_eq(rump_sys_readlink("/s", buf, 3), 3);
	checkfile("/s", "x");
	works(rump_sys_lstat("/s", STAT(&st)));
	ck_assert(RUMP_S_ISLNK(st.st_mode));
	ck_assert_int_eq(st.st_size, 6);
	fails(rump_sys_readlink("/target", buf, sizeof(buf)), RUMP_EINVAL);
	works(rump_sys_symlink("/loop", "/loop"));
	fails(rump_sys_stat("/loop", STAT(&st)), RUMP_ELOOP);
}
END_TEST

START_TEST(renames)
{
	struct rump_stat st;

	makefile("/r1", "one");
	makefile("/r2", "two");
	works(rump_sys_rename("/r1", "/r3"));
	fails(rump_sys_stat("/r1", STAT(&st)), RUMP_ENOENT);
	checkfile("/r3", "one");
	works(rump_sys_rename("/r3", "/r2"));
	checkfile("/r2", "one");
	works(rump_sys_mkdir("/rd", 0755));
	works(rump_sys_mkdir("/rd/sub", 0755));
	works(rump_sys_mkdir("/re", 0755));
	fails(rump_sys_rename("/rd", "/rd/sub/x"), RUMP_EINVAL);
	fails(rump_sys_rename("/r2", "/rd"), RUMP_EISDIR);
	fails(rump_sys_rename("/rd", "/r2"), RUMP_ENOTDIR);
	fails(rump_sys_rename("/re", "/rd"), RUMP_ENOTEMPTY);
	works(rump_sys_rename("/rd/sub", "/re/moved"));
	works(rump_sys_stat("/re", STAT(&st)));
	ck_assert_int_eq(st.st_nlink, 3);
	works(rump_sys_stat("/rd", STAT(&st)));
	ck_assert_int_eq(st.st_nlink, 2);
	works(rump_sys_rename("/re", "/rd"));
	works(rump_sys_stat("/rd/moved", STAT(&st)));
	works(rump_sys_chdir("/rd/moved"));
	works(rump_sys_stat("../../rd", STAT(&st)));
	works(rump_sys_chdir("/"));
	works(rump_sys_rename("/r2", "/r2"));
	checkfile("/r2", "one");
}
END_TEST

START_TEST(attributes)
{
	struct rump_timeval tv[2] = { { 1000, 0 }, { 2000, 500000 } };
	struct rump_stat st;

	makefile("/at", "");
	works(rump_sys_chown("/at", 12, 34));
	works(rump_sys_chmod("/at", 04751));
	works(rump_sys_utimes("/at",
	    (const struct timeval *)(const void *)tv));
	works(rump_sys_stat("/at", STAT(&st)));
	ck_assert_int_eq(st.st_mode & 07777, 04751);
	ck_assert_int_eq(st.st_uid, 12);
	ck_assert_int_eq(st.st_gid, 34);
	ck_assert_int_eq(st.st_atim.tv_sec, 1000);
	ck_assert_int_eq(st.st_mtim.tv_sec, 2000);
	ck_assert_int_eq(st.st_mtim.tv_nsec, 500000000);
}
END_TEST

START_TEST(special_nodes)
{
	struct rump_stat st;
	char c;

	works(rump_sys_mknod("/chr", RUMP_S_IFCHR | 0666, 0x4700));
	works(rump_sys_stat("/chr", STAT(&st)));
	ck_assert(RUMP_S_ISCHR(st.st_mode));
	ck_assert_int_eq(st.st_rdev, 0x4700);
	/* No such driver. */
	fails(rump_sys_open("/chr", RUMP_O_RDONLY), RUMP_ENXIO);
	works(rump_sys_mkfifo("/fifo", 0666));
	works(rump_sys_stat("/fifo", STAT(&st)));
	ck_assert(RUMP_S_ISFIFO(st.st_mode));
	fails(rump_sys_readlink("/fifo", &c, 1), RUMP_EINVAL);
	works(rump_sys_unlink("/chr"));
	works(rump_sys_unlink("/fifo"));
}
END_TEST

START_TEST(name_lengths)
{
	char path[600];

	memset(path, 'n', sizeof(path));
	path[0] = '/';
	path[256] = '\0';
	makefile(path, "x");
	checkfile(path, "x");
	path[256] = 'n';
	path[512 + 1] = '\0';
	fails(rump_sys_open(path, RUMP_O_CREAT | RUMP_O_RDWR, 0644),
	    RUMP_ENAMETOOLONG);
}
END_TEST

START_TEST(shutdown_syncs)
{

	makefile("/last", "x");
	rump_sys_sync();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpfs");
	TCase *tc = tcase_create("rumpfs");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_add_test(tc, names);
	tcase_add_test(tc, open_after_unlink);
	tcase_add_test(tc, directories);
	tcase_add_test(tc, listing);
	tcase_add_test(tc, file_data);
	tcase_add_test(tc, append);
	tcase_add_test(tc, symlinks);
	tcase_add_test(tc, renames);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, special_nodes);
	tcase_add_test(tc, name_lengths);
	tcase_add_test(tc, shutdown_syncs);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
