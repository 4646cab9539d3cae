/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name space as it changes: coherence of the name cache, rename in all
 * shapes, permissions and what lookup remembers of them, directory entries,
 * attributes, extended attributes, open flags.
 */
#include "client.h"

struct nb_dirent {
	uint64_t	d_fileno;
	uint16_t	d_reclen;
	uint16_t	d_namlen;
	uint8_t		d_type;
	char		d_name[512];
};

/* Each test runs on the root and again on a tmpfs. */
static const char *const places[] = { "/", "/t" };

static void
enter(int i)
{

	boot();
	mount_tmpfs("/t");
	OK(rump_sys_chdir(places[i]));
}

START_TEST(coherence)
{
	struct rump_stat sb;
	uint64_t first;
	int i;

	enter(_i);
	/* Negative entries end with creation, positive ones with removal. */
	for (i = 0; i < 3; i++) {
		FAILS(st("x", &sb), RUMP_ENOENT);
		FAILS(st("x", &sb), RUMP_ENOENT);
		put("x");
		OK(st("x", &sb));
		OK(st("x", &sb));
		OK(rump_sys_unlink("x"));
		FAILS(st("x", &sb), RUMP_ENOENT);
		OK(rump_sys_mkdir("x", 0755));
		OK(st("x/.", &sb));
		OK(rump_sys_rmdir("x"));
		FAILS(st("x", &sb), RUMP_ENOENT);
		OK(rump_sys_symlink("y", "x"));
		OK(lst("x", &sb));
		OK(rump_sys_unlink("x"));
	}
	put("a");
	first = ino("a");
	FAILS(st("b", &sb), RUMP_ENOENT);
	OK(rump_sys_rename("a", "b"));
	FAILS(st("a", &sb), RUMP_ENOENT);
	ck_assert(ino("b") == first);
	put("a");
	ck_assert(ino("a") != first);
	OK(rump_sys_rename("b", "a"));
	ck_assert(ino("a") == first);
	/* A directory that moves takes its names along. */
	OK(rump_sys_mkdir("d", 0755));
	OK(rump_sys_mkdir("d/e", 0755));
	put("d/e/f");
	first = ino("d/e/f");
	OK(rump_sys_mkdir("z", 0755));
	OK(rump_sys_rename("d/e", "z/e"));
	FAILS(st("d/e/f", &sb), RUMP_ENOENT);
	ck_assert(ino("z/e/f") == first);
	ck_assert(ino("z/e/..") == ino("z"));
	OK(rump_sys_rename("z", "zz"));
	FAILS(st("z/e/f", &sb), RUMP_ENOENT);
	ck_assert(ino("zz/e/f") == first);
}
END_TEST

START_TEST(renames)
{
	struct rump_stat sb;

	enter(_i);
	put("f");
	put("g");
	OK(rump_sys_mkdir("d", 0755));
	OK(rump_sys_mkdir("d/sub", 0755));
	OK(rump_sys_mkdir("e", 0755));
	FAILS(rump_sys_rename("none", "x"), RUMP_ENOENT);
	FAILS(rump_sys_rename("f", "none/x"), RUMP_ENOENT);
	FAILS(rump_sys_rename("f", "d"), RUMP_EISDIR);
	FAILS(rump_sys_rename("d", "f"), RUMP_ENOTDIR);
	FAILS(rump_sys_rename("e", "d"), RUMP_ENOTEMPTY);
	FAILS(rump_sys_rename("d", "d/x"), RUMP_EINVAL);
	FAILS(rump_sys_rename("d", "d/sub/x"), RUMP_EINVAL);
	FAILS(rump_sys_rename("d/.", "x"), RUMP_EINVAL);
	FAILS(rump_sys_rename("d/..", "x"), RUMP_EINVAL);
	FAILS(rump_sys_rename("f", "g/"), RUMP_ENOTDIR);
	FAILS(rump_sys_rename("f", "new/"), RUMP_ENOENT);
	OK(rump_sys_rename("f", "f"));
	OK(st("f", &sb));
	OK(rump_sys_rename("d", "d"));
	OK(rump_sys_rename("f", "g"));
	FAILS(st("f", &sb), RUMP_ENOENT);
	OK(rump_sys_rename("e", "e2/"));
	OK(rump_sys_rename("d", "e2"));
	FAILS(st("d", &sb), RUMP_ENOENT);
	OK(st("e2/sub", &sb));
	/* Two links to a file: one goes, unless POSIX is asked for. */
	OK(rump_sys_link("g", "h"));
	OK(rump_sys___posix_rename("g", "h"));
	OK(st("g", &sb));
	ck_assert_int_eq(sb.st_nlink, 2);
	OK(rump_sys_rename("g", "h"));
	FAILS(st("g", &sb), RUMP_ENOENT);
	OK(st("h", &sb));
	ck_assert_int_eq(sb.st_nlink, 1);
}
END_TEST

START_TEST(permissions)
{
	struct rump_stat sb;
	int fd;

	enter(_i);
	OK(rump_sys_mkdir("pub", 0755));
	OK(rump_sys_mkdir("priv", 0700));
	OK(rump_sys_mkdir("sticky", 0777));
	OK(rump_sys_chmod("sticky", 01777));
	put("pub/f");
	put("priv/f");
	put("sticky/f");
	OK(rump_sys_chmod("pub/f", 0600));
	OK(st("priv/f", &sb));
	OK(rump_sys_chmod("pub", 0755));
	OK(rump_sys_setuid(100));
	/* What root was allowed to is not for this user. */
	FAILS(st("priv/f", &sb), RUMP_EACCES);
	FAILS(st("priv/none", &sb), RUMP_EACCES);
	OK(st("pub/f", &sb));
	OK(st("pub/f", &sb));
	FAILS(rump_sys_open("pub/f", RUMP_O_RDONLY), RUMP_EACCES);
	FAILS(rump_sys_access("pub/f", 4), RUMP_EACCES);
	OK(rump_sys_access("pub/f", 0));
	FAILS(rump_sys_open("pub/g", RUMP_O_CREAT | RUMP_O_RDWR, 0644),
	    RUMP_EACCES);
	FAILS(rump_sys_mkdir("pub/d", 0755), RUMP_EACCES);
	FAILS(rump_sys_unlink("pub/f"), RUMP_EACCES);
	FAILS(rump_sys_rename("pub/f", "sticky/x"), RUMP_EACCES);
	FAILS(rump_sys_chmod("pub/f", 0777), RUMP_EPERM);
	FAILS(rump_sys_chown("pub/f", 100, 100), RUMP_EPERM);
	FAILS(rump_sys_chdir("priv"), RUMP_EACCES);
	FAILS(rump_sys_chroot("pub"), RUMP_EPERM);
	FAILS(rump_sys_mknod("sticky/n", RUMP_S_IFCHR | 0666, 0), RUMP_EPERM);
	/* Sticky: my own, not others'. */
	FAILS(rump_sys_unlink("sticky/f"), RUMP_EPERM);
	OK(fd = rump_sys_open("sticky/mine", RUMP_O_CREAT | RUMP_O_RDWR, 0600));
	OK(rump_sys_close(fd));
	OK(rump_sys_chmod("sticky/mine", 0644));
	OK(rump_sys_unlink("sticky/mine"));
}
END_TEST

/* Search permission is remembered; a change must be noticed. */
START_TEST(search_change)
{
	struct rump_stat sb;
	int i;

	enter(_i);
	OK(rump_sys_mkdir("d", 0755));
	put("d/f");
	OK(rump_sys_chown("d", 100, 100));
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	OK(rump_sys_setuid(100));
	for (i = 0; i < 3; i++) {
		OK(st("d/f", &sb));
		OK(st("d/f", &sb));
		OK(rump_sys_chmod("d", 0600));
		FAILS(st("d/f", &sb), RUMP_EACCES);
		OK(rump_sys_chmod("d", 0700));
		OK(st("d/f", &sb));
	}
}
END_TEST

/* The names of a directory, each once, through a buffer of SIZE bytes. */
static int
count_entries(const char *dir, size_t size)
{
	char buf[4096];
	int fd, n, off, count = 0;

	OK(fd = rump_sys_open(dir, RUMP_O_RDONLY));
	for (;;) {
		OK(n = rump_sys_getdents(fd, buf, size));
		if (n == 0)
			break;
		for (off = 0; off < n;) {
			struct nb_dirent *dp = (void *)(buf + off);

			ck_assert_int_gt(dp->d_reclen, 0);
			ck_assert_int_eq(strlen(dp->d_name), dp->d_namlen);
			off += dp->d_reclen;
			count++;
		}
		ck_assert_int_eq(off, n);
	}
	OK(rump_sys_close(fd));
	return count;
}

START_TEST(entries)
{
	char name[64], buf[64];
	int i, fd;

	enter(_i);
	OK(rump_sys_mkdir("d", 0755));
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d/entry-%d", i);
		put(name);
	}
	ck_assert_int_eq(count_entries("d", 4096), 302);
	ck_assert_int_eq(count_entries("d", 1024), 302);
	FAILS(rump_sys_getdents(77, buf, sizeof(buf)), RUMP_EBADF);
	OK(fd = rump_sys_open("d/entry-0", RUMP_O_RDONLY));
	FAILS(rump_sys_getdents(fd, buf, sizeof(buf)), RUMP_EINVAL);
	OK(rump_sys_close(fd));
	OK(fd = rump_sys_open("d", RUMP_O_RDONLY));
	OK(rump_sys_close(fd));
}
END_TEST

START_TEST(open_flags)
{
	struct rump_stat sb;
	char c = 'x';
	int fd, fd2;

	enter(_i);
	OK(fd = rump_sys_open("f", RUMP_O_CREAT | RUMP_O_EXCL | RUMP_O_RDWR,
	    0666));
	OK(st("f", &sb));
	ck_assert_int_eq(sb.st_mode & 0777, 0644);
	FAILS(rump_sys_open("f", RUMP_O_CREAT | RUMP_O_EXCL | RUMP_O_RDWR,
	    0666), RUMP_EEXIST);
	ck_assert_int_eq(rump_sys_write(fd, &c, 1), 1);
	OK(fd2 = rump_sys_open("f", RUMP_O_WRONLY | RUMP_O_APPEND));
	ck_assert_int_eq(rump_sys_write(fd2, &c, 1), 1);
	OK(st("f", &sb));
	ck_assert_int_eq(sb.st_size, 2);
	FAILS(rump_sys_read(fd2, &c, 1), RUMP_EBADF);
	OK(rump_sys_close(fd2));
	OK(fd2 = rump_sys_open("f", RUMP_O_RDWR | RUMP_O_TRUNC));
	OK(st("f", &sb));
	ck_assert_int_eq(sb.st_size, 0);
	OK(rump_sys_close(fd2));
	FAILS(rump_sys_open("f", RUMP_O_RDONLY | RUMP_O_DIRECTORY),
	    RUMP_ENOTDIR);
	FAILS(rump_sys_open(".", RUMP_O_RDWR), RUMP_EISDIR);
	FAILS(rump_sys_open("f", RUMP_O_ACCMODE), RUMP_EINVAL);
	OK(rump_sys_umask(077));
	OK(fd2 = rump_sys_open("g", RUMP_O_CREAT | RUMP_O_RDWR, 0666));
	OK(rump_sys_fstat(fd2, (struct stat *)(void *)&sb));
	ck_assert_int_eq(sb.st_mode & 0777, 0600);
	OK(rump_sys_close(fd2));
	/* An unlinked file lives until it is closed. */
	OK(rump_sys_unlink("f"));
	ck_assert_int_eq(rump_sys_pwrite(fd, &c, 1, 10), 1);
	OK(rump_sys_fstat(fd, (struct stat *)(void *)&sb));
	ck_assert_int_eq(sb.st_size, 11);
	ck_assert_int_eq(sb.st_nlink, 0);
	OK(rump_sys_close(fd));
	FAILS(rump_sys_lseek(fd, 0, 0), RUMP_EBADF);
}
END_TEST

START_TEST(times)
{
	struct rump_timespec ts[2] = { { 1000, 5 }, { 2000, 7 } };
	struct rump_timeval tv[2] = { { 3000, 1 }, { 4000, 2 } };
	struct rump_stat sb;

	enter(_i);
	put("f");
	OK(rump_sys_utimensat(RUMP_AT_FDCWD, "f", (void *)ts, 0));
	OK(st("f", &sb));
	ck_assert(sb.st_atim.tv_sec == 1000 && sb.st_atim.tv_nsec == 5);
	ck_assert(sb.st_mtim.tv_sec == 2000 && sb.st_mtim.tv_nsec == 7);
	OK(rump_sys_utimes("f", (void *)tv));
	OK(st("f", &sb));
	ck_assert(sb.st_atim.tv_sec == 3000 && sb.st_mtim.tv_nsec == 2000);
	OK(rump_sys_utimes("f", NULL));
	OK(st("f", &sb));
	ck_assert(sb.st_mtim.tv_sec > 1000000000);
	ts[0].tv_nsec = 1000000000;
	FAILS(rump_sys_utimensat(RUMP_AT_FDCWD, "f", (void *)ts, 0),
	    RUMP_EINVAL);
}
END_TEST

/* Extended attributes, where the file system has them. */
START_TEST(xattrs)
{
	char buf[256];
	int n;

	enter(1);
	put("f");
	errno = 0;
	if (rump_sys_setxattr("f", "user.a", "value", 5, 0) == -1) {
		ck_assert_int_eq(errno, RUMP_EOPNOTSUPP);
		return;
	}
	ck_assert_int_eq(rump_sys_getxattr("f", "user.a", buf, 256), 5);
	ck_assert_mem_eq(buf, "value", 5);
	ck_assert_int_eq(rump_sys_getxattr("f", "user.a", NULL, 0), 5);
	FAILS(rump_sys_getxattr("f", "user.a", buf, 2), RUMP_ERANGE);
	FAILS(rump_sys_setxattr("f", "user.a", "v", 1, 1), RUMP_EEXIST);
	FAILS(rump_sys_setxattr("f", "user.b", "v", 1, 2), RUMP_ENOATTR);
	FAILS(rump_sys_getxattr("f", "user.none", buf, 256), RUMP_ENOATTR);
	FAILS(rump_sys_setxattr("f", "nodot", "v", 1, 0), RUMP_EOPNOTSUPP);
	OK(rump_sys_setxattr("f", "trusted.t", "t", 1, 0));
	OK(n = rump_sys_listxattr("f", buf, sizeof(buf)));
	ck_assert_int_eq(n, sizeof("user.a") + sizeof("trusted.t"));
	ck_assert_int_eq(rump_sys_listxattr("f", NULL, 0), n);
	FAILS(rump_sys_listxattr("f", buf, 3), RUMP_ERANGE);
	/* The native calls see the same attributes. */
	ck_assert_int_eq(rump_sys_extattr_get_file("f", 1, "a", buf, 256), 5);
	ck_assert_int_eq(rump_sys_extattr_list_file("f", 1, buf, 256), 2);
	ck_assert_mem_eq(buf, "\001a", 2);
	OK(rump_sys_extattr_delete_file("f", 1, "a"));
	FAILS(rump_sys_getxattr("f", "user.a", buf, 256), RUMP_ENOATTR);
	OK(rump_sys_removexattr("f", "trusted.t"));
	ck_assert_int_eq(rump_sys_listxattr("f", buf, sizeof(buf)), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("names");
	TCase *tc = tcase_create("names");
	const int n = sizeof(places) / sizeof(places[0]);

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, coherence, 0, n);
	tcase_add_loop_test(tc, renames, 0, n);
	tcase_add_loop_test(tc, permissions, 0, n);
	tcase_add_loop_test(tc, search_change, 0, n);
	tcase_add_loop_test(tc, entries, 0, n);
	tcase_add_loop_test(tc, open_flags, 0, n);
	tcase_add_loop_test(tc, times, 0, n);
	tcase_add_test(tc, xattrs);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
