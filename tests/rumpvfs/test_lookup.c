/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path lookup: slashes, dots, symlinks, limits, mounts in both directions,
 * chroot, current directory, *at calls; each with a cold and a warm name
 * cache.
 */
#include "client.h"

START_TEST(slashes)
{
	struct rump_stat sb;
	int i;

	boot();
	OK(rump_sys_mkdir("/d", 0755));
	OK(rump_sys_mkdir("/d/e//", 0755));
	put("/d/e/f");
	for (i = 0; i < 2; i++) {
		OK(st("//d///e/f", &sb));
		OK(st("/d/e/", &sb));
		OK(st("/d/e//.", &sb));
		OK(st("/d/./e/./f", &sb));
		OK(st("/", &sb));
		OK(st("////", &sb));
		FAILS(st("/d/e/f/", &sb), RUMP_ENOTDIR);
		FAILS(st("/d/e/f/.", &sb), RUMP_ENOTDIR);
		FAILS(st("/d/e/f/x", &sb), RUMP_ENOTDIR);
		FAILS(st("", &sb), RUMP_ENOENT);
		FAILS(st("/d/x", &sb), RUMP_ENOENT);
		FAILS(st("/d/x/y", &sb), RUMP_ENOENT);
		FAILS(st("/d/x/", &sb), RUMP_ENOENT);
		FAILS(st(NULL, &sb), RUMP_EFAULT);
	}
	FAILS(rump_sys_open("/d/new/", RUMP_O_CREAT | RUMP_O_WRONLY, 0644),
	    RUMP_ENOENT);
	FAILS(rump_sys_open("/d/.", RUMP_O_CREAT | RUMP_O_WRONLY, 0644),
	    RUMP_EISDIR);
	FAILS(rump_sys_open("/", RUMP_O_CREAT | RUMP_O_WRONLY, 0644),
	    RUMP_EISDIR);
	FAILS(rump_sys_mkdir("/", 0755), RUMP_EEXIST);
	FAILS(rump_sys_mkdir("/d/.", 0755), RUMP_EEXIST);
	FAILS(rump_sys_mkdir("/d/..", 0755), RUMP_EEXIST);
	FAILS(rump_sys_rmdir("/d/e/."), RUMP_EINVAL);
	FAILS(rump_sys_rmdir("/d/e/.."), RUMP_ENOTEMPTY);
	FAILS(rump_sys_rmdir("/"), RUMP_EBUSY);
	FAILS(rump_sys_unlink("/d/e/f/"), RUMP_ENOTDIR);
	FAILS(rump_sys_mknod("/d/n/", RUMP_S_IFREG | 0644, 0), RUMP_ENOENT);
}
END_TEST

START_TEST(dotdot)
{
	int i;

	boot();
	OK(rump_sys_mkdir("/d", 0755));
	OK(rump_sys_mkdir("/d/e", 0755));
	for (i = 0; i < 2; i++) {
		ck_assert(ino("/d/e/..") == ino("/d"));
		ck_assert(ino("/d/e/../..") == ino("/"));
		ck_assert(ino("/..") == ino("/"));
		ck_assert(ino("/../../d/../d/e/../e") == ino("/d/e"));
	}
}
END_TEST

START_TEST(limits)
{
	char name[600], path[1300];
	struct rump_stat sb;
	int i;

	boot();
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	snprintf(path, sizeof(path), "/%s", name);
	put(path);
	OK(st(path, &sb));
	OK(st(path, &sb));
	name[255] = 'n';
	name[256] = '\0';
	snprintf(path, sizeof(path), "/%s", name);
	FAILS(st(path, &sb), RUMP_ENAMETOOLONG);
	FAILS(rump_sys_open(path, RUMP_O_CREAT | RUMP_O_RDWR, 0600),
	    RUMP_ENAMETOOLONG);
	/* A path of 1023 bytes is fine, 1024 are too many. */
	for (i = 0; i < 1023; i++)
		path[i] = '/';
	path[1023] = '\0';
	OK(st(path, &sb));
	path[1023] = '/';
	path[1024] = '\0';
	FAILS(st(path, &sb), RUMP_ENAMETOOLONG);
}
END_TEST

START_TEST(symlinks)
{
	char name[16], target[16], longtarget[1024], buf[64];
	struct rump_stat sb;
	int i;

	boot();
	OK(rump_sys_mkdir("/d", 0755));
	OK(rump_sys_mkdir("/d/e", 0755));
	put("/d/e/f");
	OK(rump_sys_symlink("e", "/d/rel"));
	OK(rump_sys_symlink("/d/e", "/abs"));
	OK(rump_sys_symlink("../d/./rel/f", "/d/chain"));
	OK(rump_sys_symlink("/", "/root"));
	OK(rump_sys_symlink("nowhere", "/dangling"));
	OK(rump_sys_symlink("self", "/self"));
	OK(rump_sys_symlink("e/f", "/d/file"));
	for (i = 0; i < 2; i++) {
		ck_assert(ino("/d/rel/f") == ino("/d/e/f"));
		ck_assert(ino("/abs/f") == ino("/d/e/f"));
		ck_assert(ino("/abs") == ino("/d/e"));
		ck_assert(ino("/abs/") == ino("/d/e"));
		ck_assert(ino("/abs/..") == ino("/d"));
		ck_assert(ino("/d/chain") == ino("/d/e/f"));
		ck_assert(ino("/root/root/root/d") == ino("/d"));
		ck_assert(ino("/root") == ino("/"));
		OK(lst("/abs", &sb));
		ck_assert((sb.st_mode & 0170000) == 0120000);
		OK(lst("/abs/", &sb));
		ck_assert((sb.st_mode & 0170000) == 0040000);
		FAILS(st("/dangling", &sb), RUMP_ENOENT);
		OK(lst("/dangling", &sb));
		FAILS(st("/self", &sb), RUMP_ELOOP);
		FAILS(st("/self/x", &sb), RUMP_ELOOP);
		FAILS(st("/d/file/", &sb), RUMP_ENOTDIR);
		FAILS(lst("/d/file/", &sb), RUMP_ENOTDIR);
	}
	ck_assert_int_eq(rump_sys_readlink("/abs", buf, sizeof(buf)), 4);
	ck_assert_int_eq(rump_sys_readlink("/abs", buf, 2), 2);
	FAILS(rump_sys_readlink("/d", buf, sizeof(buf)), RUMP_EINVAL);
	/* Creating through a dangling link makes its target. */
	put("/dangling");
	OK(st("/nowhere", &sb));
	FAILS(rump_sys_open("/dangling", RUMP_O_CREAT | RUMP_O_EXCL |
	    RUMP_O_RDWR, 0644), RUMP_EEXIST);
	FAILS(rump_sys_open("/dangling", RUMP_O_RDONLY | RUMP_O_NOFOLLOW),
	    RUMP_EFTYPE);
	/* 32 links are followed, 33 are a loop. */
	put("/l0");
	for (i = 1; i <= 33; i++) {
		snprintf(name, sizeof(name), "/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		OK(rump_sys_symlink(target, name));
	}
	OK(st("/l32", &sb));
	FAILS(st("/l33", &sb), RUMP_ELOOP);
	/* An expansion that does not fit. */
	memset(longtarget, '/', sizeof(longtarget));
	longtarget[1000] = '\0';
	OK(rump_sys_symlink(longtarget, "/long"));
	OK(st("/long/d", &sb));
	FAILS(st("/long/d/e/../e/../e/../e/../e/../e/f", &sb),
	    RUMP_ENAMETOOLONG);
}
END_TEST

START_TEST(mounts)
{
	char buf[256];
	struct rump_stat sb;
	uint64_t under;
	int i, fd;

	boot();
	OK(rump_sys_mkdir("/m", 0755));
	under = ino("/m");
	OK(rump_sys_rmdir("/m"));
	mount_tmpfs("/m");
	mount_tmpfs("/m/n");
	put("/m/n/f");
	for (i = 0; i < 2; i++) {
		OK(st("/m/n/f", &sb));
		ck_assert(ino("/m/..") == ino("/"));
		ck_assert(ino("/m/n/..") == ino("/m"));
		ck_assert(ino("/m/n/../..") == ino("/"));
		ck_assert(ino("/m/n/../n/f") == ino("/m/n/f"));
	}
	(void)under;
	FAILS(rump_sys_rmdir("/m/n"), RUMP_EBUSY);
	FAILS(rump_sys_rename("/m/n", "/m/x"), RUMP_EBUSY);
	FAILS(rump_sys_link("/m/n/f", "/m/f"), RUMP_EXDEV);
	FAILS(rump_sys_rename("/m/n/f", "/m/f"), RUMP_EXDEV);
	FAILS(rump_sys_unmount("/m", 0), RUMP_EBUSY);
	OK(fd = rump_sys_open("/m/n/f", RUMP_O_RDONLY));
	FAILS(rump_sys_unmount("/m/n", 0), RUMP_EBUSY);
	OK(rump_sys_close(fd));
	OK(rump_sys_chdir("/m/n"));
	OK(rump_sys___getcwd(buf, sizeof(buf)));
	ck_assert_str_eq(buf, "/m/n");
	FAILS(rump_sys_unmount("/m/n", 0), RUMP_EBUSY);
	OK(rump_sys_chdir("/"));
	OK(rump_sys_unmount("/m/n", 0));
	FAILS(rump_sys_unmount("/m/n", 0), RUMP_EINVAL);
	FAILS(st("/m/n/f", &sb), RUMP_ENOENT);
	OK(rump_sys_unmount("/m", 0));
	FAILS(st("/m/n", &sb), RUMP_ENOENT);
	FAILS(rump_sys_unmount("/", 0), RUMP_EINVAL);
	FAILS(rump_sys_mount("nonesuch", "/m", 0, NULL, 0), RUMP_ENODEV);
	FAILS(rump_sys_mount("tmpfs", "/none", 0, NULL, 0), RUMP_ENOENT);
}
END_TEST

START_TEST(forced)
{
	struct rump_stat sb;
	char c;
	int fd, dfd;

	boot();
	mount_tmpfs("/m");
	OK(rump_sys_mkdir("/m/d", 0755));
	OK(fd = rump_sys_open("/m/f", RUMP_O_CREAT | RUMP_O_RDWR, 0644));
	OK(dfd = rump_sys_open("/m/d", RUMP_O_RDONLY));
	OK(rump_sys_chdir("/m/d"));
	FAILS(rump_sys_unmount("/m", 0), RUMP_EBUSY);
	OK(rump_sys_unmount("/m", NB_MNT_FORCE));
	/* What was open is dead: errors, no crash. */
	errno = 0;
	ck_assert_int_eq(rump_sys_read(fd, &c, 1), -1);
	ck_assert_int_eq(rump_sys_write(fd, &c, 1), -1);
	ck_assert_int_eq(rump_sys_fstat(fd, (struct stat *)(void *)&sb), -1);
	ck_assert_int_eq(rump_sys_openat(dfd, "x", RUMP_O_RDONLY), -1);
	ck_assert_int_eq(st("x", &sb), -1);
	ck_assert_int_eq(st("..", &sb), -1);
	OK(rump_sys_close(fd));
	OK(rump_sys_close(dfd));
	OK(rump_sys_chdir("/"));
	OK(st("/m", &sb));
}
END_TEST

START_TEST(roots)
{
	char buf[256];
	struct rump_stat sb;
	int fd;

	boot();
	OK(rump_sys_mkdir("/jail", 0755));
	OK(rump_sys_mkdir("/jail/d", 0755));
	OK(rump_sys_mkdir("/out", 0755));
	OK(rump_sys_symlink("/d", "/jail/link"));
	OK(rump_sys_symlink("../../../d", "/jail/up"));
	OK(fd = rump_sys_open("/out", RUMP_O_RDONLY));
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	OK(rump_sys_chdir("/out"));
	OK(rump_sys_chroot("/jail"));
	OK(rump_sys___getcwd(buf, sizeof(buf)));
	ck_assert_str_eq(buf, "/");
	OK(st("/d", &sb));
	OK(st("/../../d", &sb));
	OK(st("/link", &sb));
	OK(st("/up", &sb));
	FAILS(st("/out", &sb), RUMP_ENOENT);
	FAILS(rump_sys_fchdir(fd), RUMP_EPERM);
	OK(rump_sys_chdir("/d"));
	OK(rump_sys___getcwd(buf, sizeof(buf)));
	ck_assert_str_eq(buf, "/d");
	rump_pub_lwproc_releaselwp();
	OK(st("/out", &sb));
}
END_TEST

START_TEST(cwd_paths)
{
	char buf[2048], name[32];
	int i;

	boot();
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "directory%d", i);
		OK(rump_sys_mkdir(name, 0755));
		OK(rump_sys_chdir(name));
	}
	OK(rump_sys___getcwd(buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "/directory0/directory1/"));
	ck_assert_ptr_nonnull(strstr(buf, "/directory49"));
	FAILS(rump_sys___getcwd(buf, 20), RUMP_ERANGE);
	FAILS(rump_sys___getcwd(buf, 1), RUMP_ERANGE);
	OK(rump_sys_rmdir("../directory49"));
	FAILS(rump_sys___getcwd(buf, sizeof(buf)), RUMP_ENOENT);
}
END_TEST

START_TEST(at_calls)
{
	struct rump_stat sb;
	char buf[64];
	int dfd, ffd, fd;

	boot();
	OK(rump_sys_mkdir("/d", 0755));
	OK(rump_sys_mkdir("/other", 0755));
	OK(dfd = rump_sys_open("/d", RUMP_O_RDONLY | RUMP_O_DIRECTORY));
	OK(rump_sys_mkdirat(dfd, "sub", 0755));
	OK(fd = rump_sys_openat(dfd, "f", RUMP_O_CREAT | RUMP_O_RDWR, 0644));
	OK(ffd = fd);
	ck_assert(ino("/d/f") != 0);
	OK(rump_sys_symlinkat("f", dfd, "l"));
	ck_assert_int_eq(rump_sys_readlinkat(dfd, "l", buf, 64), 1);
	OK(rump_sys_fstatat(dfd, "l", (struct stat *)(void *)&sb, 0));
	ck_assert(sb.st_ino == ino("/d/f"));
	OK(rump_sys_fstatat(dfd, "l", (struct stat *)(void *)&sb,
	    RUMP_AT_SYMLINK_NOFOLLOW));
	ck_assert(sb.st_ino != ino("/d/f"));
	OK(rump_sys_linkat(dfd, "f", dfd, "f2", 0));
	OK(rump_sys_renameat(dfd, "f2", RUMP_AT_FDCWD, "/other/f3"));
	ck_assert(ino("/other/f3") == ino("/d/f"));
	OK(rump_sys_fchmodat(dfd, "f", 0600, 0));
	OK(rump_sys_fchownat(dfd, "f", 1, 2, 0));
	OK(st("/d/f", &sb));
	ck_assert(sb.st_uid == 1 && sb.st_gid == 2 &&
	    (sb.st_mode & 0777) == 0600);
	OK(rump_sys_faccessat(dfd, "f", 4, 0));
	OK(rump_sys_mknodat(dfd, "p", RUMP_S_IFIFO | 0644, 0));
	OK(rump_sys_mkfifoat(dfd, "p2", 0644));
	OK(rump_sys_unlinkat(dfd, "p", 0));
	OK(rump_sys_unlinkat(dfd, "sub", RUMP_AT_REMOVEDIR));
	FAILS(rump_sys_unlinkat(dfd, "sub", RUMP_AT_REMOVEDIR), RUMP_ENOENT);
	FAILS(rump_sys_openat(ffd, "x", RUMP_O_RDONLY), RUMP_ENOTDIR);
	FAILS(rump_sys_openat(999, "x", RUMP_O_RDONLY), RUMP_EBADF);
	/* An absolute path does not look at the descriptor. */
	OK(fd = rump_sys_openat(999, "/d/f", RUMP_O_RDONLY));
	OK(rump_sys_close(fd));
	OK(rump_sys_close(ffd));
	OK(rump_sys_close(dfd));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lookup");
	TCase *tc = tcase_create("lookup");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, slashes);
	tcase_add_test(tc, dotdot);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, symlinks);
	tcase_add_test(tc, mounts);
	tcase_add_test(tc, forced);
	tcase_add_test(tc, roots);
	tcase_add_test(tc, cwd_paths);
	tcase_add_test(tc, at_calls);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
