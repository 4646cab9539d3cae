/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tmpfs.c - mounting, limits, file content, attributes, extended
 * attributes of tmpfs, from a client's side.
 */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
setup(void)
{

	boot();
	OK(mount_tmpfs(0, 0));
}

START_TEST(mounting)
{
	struct rump_tmpfs_args args;
	struct rump_stat sb;
	int fd;

	boot();
	memset(&args, 0, sizeof(args));
	FAILS(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT, 0, &args, sizeof(args)),
	    RUMP_EINVAL);
	args.ta_version = 1;
	FAILS(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT, 0, &args, 4),
	    RUMP_EINVAL);
	args.ta_size_max = 1 << 20;
	args.ta_nodes_max = 50;
	args.ta_root_uid = 5;
	args.ta_root_gid = 6;
	args.ta_root_mode = 01777;
	OK(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT, 0, &args, sizeof(args)));
	OK(st(MNT, &sb));
	ck_assert_uint_eq(sb.st_uid, 5);
	ck_assert_uint_eq(sb.st_gid, 6);
	ck_assert_uint_eq(sb.st_mode, 041777);
	ck_assert_uint_eq(sb.st_nlink, 2);

	memset(&args, 0, sizeof(args));
	ck_assert_int_ge(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT,
	    NB_MNT_GETARGS, &args, sizeof(args)), 0);
	ck_assert_int_eq(args.ta_version, 1);
	ck_assert_int_eq(args.ta_size_max, 1 << 20);
	ck_assert_uint_eq(args.ta_nodes_max, 50);
	ck_assert_uint_eq(args.ta_root_mode, 01777);

	/* Smaller than what is in use; larger; read-only with a writer. */
	put(MNT "/f", "text");
	args.ta_size_max = 4096;
	FAILS(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT, NB_MNT_UPDATE, &args,
	    sizeof(args)), RUMP_EBUSY);
	args.ta_size_max = 2 << 20;
	OK(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT, NB_MNT_UPDATE, &args,
	    sizeof(args)));
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR));
	FAILS(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT,
	    NB_MNT_UPDATE | RUMP_MNT_RDONLY, &args, sizeof(args)),
	    RUMP_EBUSY);
	FAILS(rump_sys_unmount(MNT, 0), RUMP_EBUSY);
	OK(rump_sys_close(fd));
	OK(rump_sys_mount(RUMP_MOUNT_TMPFS, MNT,
	    NB_MNT_UPDATE | RUMP_MNT_RDONLY, &args, sizeof(args)));
	FAILS(rump_sys_open(MNT "/f", RUMP_O_RDWR), RUMP_EROFS);
	FAILS(rump_sys_unlink(MNT "/f"), RUMP_EROFS);
	FAILS(rump_sys_mkdir(MNT "/d", 0700), RUMP_EROFS);
	FAILS(rump_sys_chmod(MNT "/f", 0600), RUMP_EROFS);
	expect(MNT "/f", "text");
	OK(rump_sys_unmount(MNT, 0));
	FAILS(st(MNT "/f", &sb), RUMP_ENOENT);
}
END_TEST

START_TEST(types)
{
	struct rump_stat sb;
	char buf[32];
	ssize_t n;

	OK(rump_sys_mkdir(MNT "/dir", 0751));
	OK(rump_sys_mkfifo(MNT "/fifo", 0640));
	OK(rump_sys_mknod(MNT "/chr", 0020600, 0x0203));
	OK(rump_sys_mknod(MNT "/blk", 0060600, 0x0405));
	OK(rump_sys_symlink("some/where", MNT "/lnk"));
	put(MNT "/reg", "abc");
	OK(st(MNT "/dir", &sb));
	ck_assert_uint_eq(sb.st_mode, 040751);
	OK(st(MNT "/fifo", &sb));
	ck_assert_uint_eq(sb.st_mode, 010640);
	OK(st(MNT "/chr", &sb));
	ck_assert_uint_eq(sb.st_mode, 020600);
	ck_assert_uint_eq(sb.st_rdev, 0x0203);
	OK(st(MNT "/blk", &sb));
	ck_assert_uint_eq(sb.st_mode, 060600);
	ck_assert_uint_eq(sb.st_rdev, 0x0405);
	OK(lst(MNT "/lnk", &sb));
	ck_assert_uint_eq(sb.st_mode & 0170000, 0120000);
	ck_assert_int_eq(sb.st_size, 10);
	OK(n = rump_sys_readlink(MNT "/lnk", buf, 4));
	ck_assert_int_eq(n, 4);
	OK(n = rump_sys_readlink(MNT "/lnk", buf, sizeof(buf)));
	ck_assert_int_eq(n, 10);
	ck_assert_int_eq(memcmp(buf, "some/where", 10), 0);
	FAILS(rump_sys_readlink(MNT "/reg", buf, 4), RUMP_EINVAL);
	OK(rump_sys_symlink("reg", MNT "/lnk2"));
	expect(MNT "/lnk2", "abc");
	OK(rump_sys_symlink("loop", MNT "/loop"));
	FAILS(st(MNT "/loop", &sb), RUMP_ELOOP);
	FAILS(rump_sys_mkdir(MNT "/dir", 0700), RUMP_EEXIST);
	OK(rump_sys_unlink(MNT "/chr"));
	OK(rump_sys_unlink(MNT "/blk"));
	OK(rump_sys_unlink(MNT "/fifo"));
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

START_TEST(content)
{
	static char buf[200000], in[200000];
	struct rump_stat sb;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 31 + i / 4096);
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR | RUMP_O_CREAT, 0600));
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, sizeof(buf), 12345),
	    sizeof(buf));
	OK(rump_sys_fstat(fd, (struct stat *)(void *)&sb));
	ck_assert_int_eq(sb.st_size, 12345 + (int64_t)sizeof(buf));
	/* Three whole pages in front were never written. */
	ck_assert_int_le(sb.st_blocks * 512, (int64_t)sizeof(buf) + 8192);
	memset(in, 1, sizeof(in));
	ck_assert_int_eq(rump_sys_pread(fd, in, 12345, 0), 12345);
	for (i = 0; i < 12345; i++)
		ck_assert_int_eq(in[i], 0);
	ck_assert_int_eq(rump_sys_pread(fd, in, sizeof(in), 12345),
	    sizeof(in));
	ck_assert_int_eq(memcmp(in, buf, sizeof(in)), 0);
	ck_assert_int_eq(rump_sys_pread(fd, in, 100,
	    12345 + sizeof(buf) - 7), 7);
	ck_assert_int_eq(rump_sys_pread(fd, in, 100, 1 << 20), 0);

	/* What is cut off comes back as zeros. */
	OK(rump_sys_ftruncate(fd, 20001));
	OK(rump_sys_ftruncate(fd, 50000));
	ck_assert_int_eq(rump_sys_pread(fd, in, sizeof(in), 20000), 30000);
	ck_assert_int_eq(in[0], buf[20000 - 12345]);
	for (i = 1; i < 30000; i++)
		ck_assert_int_eq(in[i], 0);
	ck_assert_int_eq(rump_sys_pwrite(fd, "x", 1, 49999), 1);
	OK(rump_sys_close(fd));

	OK(fd = rump_sys_open(MNT "/f", RUMP_O_WRONLY | RUMP_O_APPEND));
	ck_assert_int_eq(rump_sys_write(fd, "yz", 2), 2);
	OK(rump_sys_fstat(fd, (struct stat *)(void *)&sb));
	ck_assert_int_eq(sb.st_size, 50002);
	FAILS(rump_sys_pread(fd, in, 1, 0), RUMP_EBADF);
	OK(rump_sys_close(fd));
	FAILS(rump_sys_read(rump_sys_open(MNT, RUMP_O_RDONLY), in, 1),
	    RUMP_EISDIR);
	FAILS(rump_sys_open(MNT, RUMP_O_RDWR), RUMP_EISDIR);
}
END_TEST

static int64_t
seek(int fd, unsigned long cmd, int64_t off)
{

	if (rump_sys_ioctl(fd, cmd, &off) == -1)
		return -errno;
	return off;
}

START_TEST(holes)
{
	const int64_t far = INT64_C(1) << 50;
	struct rump_stat sb;
	char c;
	int fd;

	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR | RUMP_O_CREAT, 0600));
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 0), -RUMP_ENXIO);
	OK(rump_sys_ftruncate(fd, far + 10));
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 0), -RUMP_ENXIO);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKHOLE, 5), 5);
	ck_assert_int_eq(rump_sys_pwrite(fd, "a", 1, 8192), 1);
	ck_assert_int_eq(rump_sys_pwrite(fd, "b", 1, far), 1);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 0), 8192);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 8200), 8200);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKHOLE, 8200), 12288);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 12288), far);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKHOLE, far), far + 10);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, far + 10), -RUMP_ENXIO);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, -1), -RUMP_ENXIO);
	OK(rump_sys_fstat(fd, (struct stat *)(void *)&sb));
	ck_assert_int_eq(sb.st_blocks, 16);
	ck_assert_int_eq(rump_sys_pread(fd, &c, 1, far), 1);
	ck_assert_int_eq(c, 'b');
	/* Punch the first page out. */
	OK(rump_sys_fdiscard(fd, 0, 16384));
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 0), far);
	ck_assert_int_eq(rump_sys_pread(fd, &c, 1, 8192), 1);
	ck_assert_int_eq(c, 0);
	ck_assert_int_eq(rump_sys_posix_fallocate(fd, 100, 5000), 0);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKDATA, 0), 0);
	ck_assert_int_eq(seek(fd, NB_FIOSEEKHOLE, 0), 8192);
	OK(rump_sys_close(fd));
}
END_TEST

START_TEST(size_limit)
{
	static char buf[1 << 20];
	struct rump_statvfs sv;
	struct rump_stat sb;
	uint64_t before, full;
	int fd, i;

	boot();
	OK(mount_tmpfs(1 << 20, 0));
	before = used();
	memset(buf, 'x', sizeof(buf));
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR | RUMP_O_CREAT, 0600));
	FAILS(rump_sys_write(fd, buf, sizeof(buf)), RUMP_ENOSPC);
	/* It does not fit, so nothing of it is there. */
	OK(rump_sys_fstat(fd, (struct stat *)(void *)&sb));
	ck_assert_int_eq(sb.st_size, 0);
	ck_assert_uint_le(used(), before + 1);
	for (i = 0; rump_sys_write(fd, buf, 4096) == 4096; i++)
		continue;
	ck_assert_int_eq(errno, RUMP_ENOSPC);
	ck_assert_int_gt(i, 200);
	full = used();
	/* Holes are free; a page is not. */
	OK(rump_sys_ftruncate(fd, 1 << 30));
	ck_assert_uint_eq(used(), full);
	FAILS(rump_sys_pwrite(fd, buf, 1, 1 << 29), RUMP_ENOSPC);
	OK(vfsstat(&sv));
	ck_assert_uint_eq(sv.f_blocks, 256);
	ck_assert_uint_le(sv.f_bfree, 1);
	OK(rump_sys_ftruncate(fd, 4096));
	ck_assert_int_eq(rump_sys_pwrite(fd, buf, 4096, 4096), 4096);
	OK(rump_sys_unlink(MNT "/f"));
	ck_assert_uint_gt(used(), before);
	OK(rump_sys_close(fd));
	ck_assert_uint_le(used(), before + 1);
}
END_TEST

/* The kernel itself has no more memory: errors, and all goes on after. */
START_TEST(no_memory)
{
	static char buf[65536];
	char name[64];
	int fd, i, made;

	setenv("RUMP_MEMLIMIT", "6m", 1);
	boot();
	OK(mount_tmpfs(0, 0));
	for (made = 0; made < 1000000; made++) {
		snprintf(name, sizeof(name), MNT "/%d", made);
		if (rump_sys_mkdir(name, 0700) == -1)
			break;
	}
	ck_assert(errno == RUMP_ENOSPC || errno == RUMP_ENOMEM);
	ck_assert_int_lt(made, 1000000);
	for (i = 0; i < made; i++) {
		snprintf(name, sizeof(name), MNT "/%d", i);
		OK(rump_sys_rmdir(name));
	}
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_WRONLY | RUMP_O_CREAT, 0600));
	for (i = 0; i < 1000; i++)
		if (rump_sys_write(fd, buf, sizeof(buf)) == -1)
			break;
	ck_assert(i == 1000 || errno == RUMP_ENOSPC);
	OK(rump_sys_close(fd));
	OK(rump_sys_unlink(MNT "/f"));
	OK(rump_sys_unmount(MNT, 0));
	OK(mount_tmpfs(0, 0));
	put(MNT "/f", "again");
	expect(MNT "/f", "again");
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

START_TEST(node_limit)
{
	struct rump_statvfs sv;
	char name[64];
	int i;

	boot();
	OK(mount_tmpfs(0, 20));
	for (i = 0; i < 19; i++) {
		snprintf(name, sizeof(name), MNT "/d%d", i);
		OK(rump_sys_mkdir(name, 0700));
	}
	FAILS(rump_sys_mkdir(MNT "/more", 0700), RUMP_ENOSPC);
	FAILS(rump_sys_symlink("x", MNT "/more"), RUMP_ENOSPC);
	OK(vfsstat(&sv));
	ck_assert_uint_eq(sv.f_files, 20);
	ck_assert_uint_eq(sv.f_ffree, 0);
	put(MNT "/../other", "x");
	FAILS(rump_sys_link("/other", MNT "/more"), RUMP_EXDEV);
	OK(rump_sys_rmdir(MNT "/d3"));
	OK(rump_sys_mkdir(MNT "/more", 0700));
	OK(rump_sys_link("/other", "/other2"));
}
END_TEST

START_TEST(too_large)
{
	int fd;

	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR | RUMP_O_CREAT, 0600));
	FAILS(rump_sys_ftruncate(fd, INT64_MAX), RUMP_EFBIG);
	FAILS(rump_sys_ftruncate(fd, -1), RUMP_EINVAL);
	FAILS(rump_sys_pwrite(fd, "x", 1, INT64_MAX - 1), RUMP_EFBIG);
	FAILS(rump_sys_pwrite(fd, "x", 1, -1), RUMP_EINVAL);
	OK(rump_sys_close(fd));
}
END_TEST

START_TEST(attributes)
{
	const struct rump_timespec ts[2] = { { 1000, 5 }, { 2000, 999999999 } };
	struct rump_stat sb, sb2;
	int fd;

	put(MNT "/f", "x");
	OK(rump_sys_chmod(MNT "/f", 04755));
	OK(rump_sys_chown(MNT "/f", 10, 20));
	OK(st(MNT "/f", &sb));
	ck_assert_uint_eq(sb.st_uid, 10);
	ck_assert_uint_eq(sb.st_gid, 20);
	ck_assert_uint_eq(sb.st_mode & 0777, 0755);
	OK(rump_sys_utimensat(-100, MNT "/f",
	    (const struct timespec *)(const void *)ts, 0));
	OK(st(MNT "/f", &sb));
	ck_assert_int_eq(sb.st_atim.tv_sec, 1000);
	ck_assert_int_eq(sb.st_mtim.tv_sec, 2000);
	ck_assert_int_eq(sb.st_mtim.tv_nsec, 999999999);
	expect(MNT "/f", "x");
	OK(st(MNT "/f", &sb2));
	ck_assert_int_gt(sb2.st_atim.tv_sec, 1000);
	ck_assert_int_eq(sb2.st_mtim.tv_sec, 2000);
	put(MNT "/f", "yy");
	OK(st(MNT "/f", &sb2));
	ck_assert_int_gt(sb2.st_mtim.tv_sec, 2000);

	/* Flags: immutable (2), append only (4). */
	OK(rump_sys_chflags(MNT "/f", 2));
	FAILS(rump_sys_unlink(MNT "/f"), RUMP_EPERM);
	FAILS(rump_sys_open(MNT "/f", RUMP_O_RDWR), RUMP_EPERM);
	FAILS(rump_sys_chmod(MNT "/f", 0600), RUMP_EPERM);
	FAILS(rump_sys_rename(MNT "/f", MNT "/g"), RUMP_EPERM);
	FAILS(rump_sys_link(MNT "/f", MNT "/g"), RUMP_EPERM);
	OK(rump_sys_chflags(MNT "/f", 4));
	FAILS(rump_sys_open(MNT "/f", RUMP_O_RDWR), RUMP_EPERM);
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_WRONLY | RUMP_O_APPEND));
	FAILS(rump_sys_ftruncate(fd, 0), RUMP_EPERM);
	ck_assert_int_eq(rump_sys_write(fd, "z", 1), 1);
	OK(rump_sys_close(fd));
	expect(MNT "/f", "yyz");
	OK(rump_sys_chflags(MNT "/f", 0));
	OK(rump_sys_unlink(MNT "/f"));
}
END_TEST

START_TEST(xattrs)
{
	static char big[70000], buf[70000];
	uint64_t before = used();
	char names[64];
	ssize_t n;

	put(MNT "/f", "x");
	FAILS(rump_sys_extattr_get_file(MNT "/f", NB_EXTATTR_USER, "a", buf,
	    10), RUMP_ENOATTR);
	OK(rump_sys_extattr_set_file(MNT "/f", NB_EXTATTR_USER, "a", "val",
	    3));
	OK(rump_sys_extattr_set_file(MNT "/f", NB_EXTATTR_USER, "bee", "", 0));
	ck_assert_int_eq(rump_sys_extattr_get_file(MNT "/f", NB_EXTATTR_USER,
	    "a", NULL, 0), 3);
	ck_assert_int_eq(rump_sys_extattr_get_file(MNT "/f", NB_EXTATTR_USER,
	    "a", buf, 100), 3);
	ck_assert_int_eq(memcmp(buf, "val", 3), 0);
	ck_assert_int_eq(rump_sys_extattr_get_file(MNT "/f", NB_EXTATTR_USER,
	    "bee", buf, 100), 0);
	OK(n = rump_sys_extattr_list_file(MNT "/f", NB_EXTATTR_USER, names,
	    sizeof(names)));
	ck_assert_int_eq(n, 6);
	ck_assert(memcmp(names, "\3bee\1a", 6) == 0 ||
	    memcmp(names, "\1a\3bee", 6) == 0);
	OK(rump_sys_extattr_set_file(MNT "/f", NB_EXTATTR_USER, "a", "longer",
	    6));
	ck_assert_int_eq(rump_sys_extattr_get_file(MNT "/f", NB_EXTATTR_USER,
	    "a", buf, 100), 6);
	FAILS(rump_sys_extattr_set_file(MNT "/f", NB_EXTATTR_USER, "big", big,
	    sizeof(big)), RUMP_E2BIG);
	OK(rump_sys_extattr_set_file(MNT "/f", NB_EXTATTR_USER, "big", big,
	    65536));
	OK(rump_sys_extattr_delete_file(MNT "/f", NB_EXTATTR_USER, "a"));
	FAILS(rump_sys_extattr_delete_file(MNT "/f", NB_EXTATTR_USER, "a"),
	    RUMP_ENOATTR);
	OK(rump_sys_unlink(MNT "/f"));
	ck_assert_uint_le(used(), before + 1);
}
END_TEST

START_TEST(handles)
{
	struct rump_stat sb;
	char fh[128], buf[8];
	size_t size = 0;
	int fd;

	put(MNT "/f", "text");
	FAILS(rump_sys_getfh(MNT "/f", fh, &size), RUMP_E2BIG);
	ck_assert_uint_le(size, sizeof(fh));
	OK(rump_sys_getfh(MNT "/f", fh, &size));
	OK(fd = rump_sys_fhopen(fh, size, RUMP_O_RDONLY));
	ck_assert_int_eq(rump_sys_read(fd, buf, sizeof(buf)), 4);
	OK(rump_sys_close(fd));
	OK(rump_sys_unlink(MNT "/f"));
	put(MNT "/g", "other");
	FAILS(rump_sys_fhopen(fh, size, RUMP_O_RDONLY), RUMP_ESTALE);
	fh[size - 3] ^= 0x55;
	FAILS(rump_sys_fhopen(fh, size, RUMP_O_RDONLY), RUMP_ESTALE);
	OK(st(MNT "/g", &sb));
}
END_TEST

/* The hints of EVFILT_VNODE that came since, for one file. */
static unsigned int
hints(int kq)
{
	const struct rump_timespec now = { 0, 0 };
	struct rump_kevent ev;
	int n;

	OK(n = rump_sys_kevent(kq, NULL, 0, (struct kevent *)(void *)&ev, 1,
	    (const struct timespec *)(const void *)&now));
	return n == 1 ? ev.fflags : 0;
}

static int
watch(const char *path)
{
	struct rump_kevent ev = { .filter = 3, .flags = 0x21,
	    .fflags = 0x7f };
	int fd, kq;

	OK(fd = rump_sys_open(path, RUMP_O_RDONLY));
	OK(kq = rump_sys_kqueue());
	ev.ident = (uintptr_t)fd;
	OK(rump_sys_kevent(kq, (struct kevent *)(void *)&ev, 1, NULL, 0,
	    NULL));
	ck_assert_uint_eq(hints(kq), 0);
	return kq;
}

START_TEST(events)
{
	enum { DELETED = 1, WRITTEN = 2, EXTENDED = 4, ATTRIB = 8, LINK = 16,
	    RENAMED = 32 };
	int kq, dkq;

	put(MNT "/f", "x");
	kq = watch(MNT "/f");
	dkq = watch(MNT);
	put(MNT "/f", "longer");
	ck_assert_uint_eq(hints(kq) & (WRITTEN | EXTENDED),
	    WRITTEN | EXTENDED);
	ck_assert_uint_eq(hints(dkq), 0);
	OK(rump_sys_chmod(MNT "/f", 0600));
	ck_assert_uint_eq(hints(kq), ATTRIB);
	OK(rump_sys_link(MNT "/f", MNT "/g"));
	ck_assert_uint_eq(hints(kq), LINK);
	ck_assert_uint_eq(hints(dkq), WRITTEN);
	OK(rump_sys_rename(MNT "/f", MNT "/h"));
	ck_assert_uint_eq(hints(kq), RENAMED);
	ck_assert_uint_eq(hints(dkq), WRITTEN);
	OK(rump_sys_unlink(MNT "/g"));
	ck_assert_uint_eq(hints(kq), LINK);
	OK(rump_sys_mkdir(MNT "/d", 0700));
	ck_assert_uint_eq(hints(dkq), WRITTEN | LINK);
	OK(rump_sys_unlink(MNT "/h"));
	ck_assert_uint_eq(hints(kq), DELETED);
	OK(rump_sys_rmdir(MNT "/d"));
	ck_assert_uint_eq(hints(dkq), WRITTEN | LINK);
}
END_TEST

/* Another process: its locks are its own. */
START_TEST(locks)
{
	struct rump_flock fl = { .l_start = 10, .l_len = 10, .l_type = 3 };
	struct lwp *l1, *l2;
	int fd;

	put(MNT "/f", "x");
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	l1 = rump_pub_lwproc_curlwp();
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR));
	OK(rump_sys_fcntl(fd, 8, &fl));
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	l2 = rump_pub_lwproc_curlwp();
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR));
	FAILS(rump_sys_fcntl(fd, 8, &fl), RUMP_EAGAIN);
	fl.l_start = 20;
	OK(rump_sys_fcntl(fd, 8, &fl));
	rump_pub_lwproc_switch(l1);
	rump_pub_lwproc_releaselwp();
	rump_pub_lwproc_switch(l2);
	fl.l_start = 0;
	fl.l_len = 0;
	OK(rump_sys_fcntl(fd, 8, &fl));
	rump_pub_lwproc_releaselwp();
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

/* An open file without names lives on, and is gone with the last close. */
START_TEST(unlinked)
{
	struct rump_stat sb;
	char buf[8];
	int fd, dfd;

	put(MNT "/f", "text");
	OK(fd = rump_sys_open(MNT "/f", RUMP_O_RDWR));
	OK(rump_sys_unlink(MNT "/f"));
	OK(rump_sys_fstat(fd, (struct stat *)(void *)&sb));
	ck_assert_uint_eq(sb.st_nlink, 0);
	ck_assert_int_eq(rump_sys_pread(fd, buf, sizeof(buf), 0), 4);
	ck_assert_int_eq(rump_sys_pwrite(fd, "more", 4, 4), 4);
	OK(rump_sys_close(fd));

	OK(rump_sys_mkdir(MNT "/d", 0700));
	OK(dfd = rump_sys_open(MNT "/d", RUMP_O_RDONLY));
	OK(rump_sys_fchdir(dfd));
	OK(rump_sys_rmdir(MNT "/d"));
	FAILS(rump_sys_mkdir("x", 0700), RUMP_ENOENT);
	FAILS(rump_sys_open("x", RUMP_O_RDWR | RUMP_O_CREAT, 0600),
	    RUMP_ENOENT);
	FAILS(st("..", &sb), RUMP_ENOENT);
	ck_assert_int_eq(rump_sys_getdents(dfd, buf, sizeof(buf)), 0);
	OK(rump_sys_chdir("/"));
	OK(rump_sys_close(dfd));
	OK(rump_sys_unmount(MNT, 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tmpfs");
	TCase *tc = tcase_create("mounted"), *own = tcase_create("own mount");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, types);
	tcase_add_test(tc, content);
	tcase_add_test(tc, holes);
	tcase_add_test(tc, too_large);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, xattrs);
	tcase_add_test(tc, handles);
	tcase_add_test(tc, events);
	tcase_add_test(tc, locks);
	tcase_add_test(tc, unlinked);
	tcase_add_test(own, mounting);
	tcase_add_test(own, size_limit);
	tcase_add_test(own, node_limit);
	tcase_add_test(own, no_memory);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, own);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
