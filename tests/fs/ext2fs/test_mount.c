/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mount.c - behaviour at the edges: mounting and unmounting, listings
 * taken up again, file handles, encrypted files, directories that are no
 * tree, journals with a hole.
 */
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>
#include <rump/rumperr.h>

#include "images.h"
#include "manifest.h"

#define	ENOKEY_NATIVE	126
#define	CSUM		"-t ext4 -b 1024"
#define	NOCSUM		"-t ext4 -b 1024 -O ^metadata_csum"

static char tree[4200], image[4200];

static void
names(void)
{

	snprintf(tree, sizeof(tree), "%.4000s/tree", scratch());
	snprintf(image, sizeof(image), "%.4000s/image", scratch());
	make_tree(tree, true);
}

/* Makes an image of the tree and edits it with debugfs commands. */
static void
edited(const char *options, const char *commands)
{

	need(make_image(image, "16M", options, tree));
	need(sh("PATH=$PATH:/sbin:/usr/sbin; printf '%s' > '%s.cmd'; debugfs "
	    "-w -f '%s.cmd' '%s' >/dev/null 2>&1", commands, image, image,
	    image) == 0);
}

static void
boot_edited(const char *options, const char *commands)
{

	edited(options, commands);
	kernel_boot();
	ck_assert_int_eq(kernel_mount(image), 0);
}

static int
look(const char *path, struct rump_stat *sb)
{

	return rump_sys_lstat(path, (struct stat *)(void *)sb) == 0 ? 0 :
	    errno;
}

START_TEST(mounts)
{
	struct rump_ufs_args args;
	char spec[] = "/dev/image", none[] = "/dev/none", file[] = "/plain";
	int fd;

	boot_edited(CSUM, "");
	args.fspec = spec;
	ck_assert_int_eq(rump_sys_mkdir("/second", 0755), 0);
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_EXT2FS, "/second",
	    RUMP_MNT_RDONLY, &args, sizeof(args)), -1);
	ck_assert_int_eq(errno, RUMP_EBUSY);
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_EXT2FS, MNT,
	    RUMP_MNT_RDONLY | RUMP_MNT_UPDATE, &args, sizeof(args)), 0);
	kernel_umount();
	ck_assert_int_eq(rump_pub_etfs_register(spec, image,
	    RUMP_ETFS_BLK), 0);
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_EXT2FS, MNT, 0, &args,
	    sizeof(args)), -1);
	ck_assert_int_eq(errno, RUMP_EROFS);
	args.fspec = none;
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_EXT2FS, MNT,
	    RUMP_MNT_RDONLY, &args, sizeof(args)), -1);
	ck_assert_int_eq(errno, RUMP_ENOENT);
	fd = rump_sys_open(file, RUMP_O_CREAT | RUMP_O_RDWR, 0644);
	ck_assert_int_ge(fd, 0);
	rump_sys_close(fd);
	args.fspec = file;
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_EXT2FS, MNT,
	    RUMP_MNT_RDONLY, &args, sizeof(args)), -1);
	ck_assert_int_eq(errno, RUMP_ENOTBLK);
}
END_TEST

START_TEST(forced_unmount)
{
	char buf[100];
	int fd, dir;

	boot_edited(CSUM, "");
	fd = rump_sys_open(MNT "/k5", RUMP_O_RDONLY);
	dir = rump_sys_open(MNT "/sub", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_read(fd, buf, 10), 10);
	ck_assert_int_eq(rump_sys_unmount(MNT, 0), -1);
	ck_assert_int_eq(errno, RUMP_EBUSY);
	ck_assert_int_eq(rump_sys_unmount(MNT, RUMP_MNT_FORCE), 0);
	ck_assert_int_le(rump_sys_read(fd, buf, 10), 0);
	ck_assert_int_le(rump_sys_getdents(dir, buf, sizeof(buf)), 0);
	rump_sys_close(fd);
	rump_sys_close(dir);
	ck_assert_int_eq(rump_pub_etfs_remove("/dev/image"), 0);
	ck_assert_int_eq(kernel_mount(image), 0);
	kernel_umount();
}
END_TEST

#define	MAXNAMES	200

/* Lists a directory from off on in small pieces; where each piece began. */
static int
list(int fd, off_t off, char (*name)[256], off_t *at)
{
	const struct rump_dirent *d;
	char buf[600];
	ssize_t n, i;
	int count = 0;
	off_t pos;

	ck_assert_int_eq(rump_sys_lseek(fd, off, SEEK_SET), off);
	for (;;) {
		pos = rump_sys_lseek(fd, 0, SEEK_CUR);
		n = rump_sys_getdents(fd, buf, sizeof(buf));
		ck_assert_int_ge(n, 0);
		if (n == 0)
			return count;
		for (i = 0; i < n; i += d->d_reclen) {
			d = (const void *)(buf + i);
			ck_assert_int_lt(count, MAXNAMES);
			strcpy(name[count], d->d_name);
			at[count++] = i == 0 ? pos : -1;
		}
	}
}

static void
restartable(const char *path)
{
	static char all[MAXNAMES][256], part[MAXNAMES][256];
	static off_t at[MAXNAMES], dummy[MAXNAMES];
	int fd, n, m, i, k;

	fd = rump_sys_open(path, RUMP_O_RDONLY | RUMP_O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
	n = list(fd, 0, all, at);
	ck_assert_int_gt(n, 2);
	ck_assert_str_eq(all[0], ".");
	ck_assert_str_eq(all[1], "..");
	for (i = 0; i < n; i++) {
		if (at[i] < 0)
			continue;
		m = list(fd, at[i], part, dummy);
		ck_assert_int_eq(m, n - i);
		for (k = 0; k < m; k++)
			ck_assert_str_eq(part[k], all[i + k]);
	}
	/* Positions that nobody handed out are harmless. */
	for (i = 0; i < 3000; i += 7) {
		rump_sys_lseek(fd, i, SEEK_SET);
		ck_assert_int_ge(rump_sys_getdents(fd, all[0], 600), 0);
	}
	rump_sys_close(fd);
}

START_TEST(listings)
{

	boot_edited(_i == 0 ? CSUM : "-t ext4 -O inline_data -I 512 -b 1024",
	    "");
	restartable(MNT "/sub");
	restartable(MNT "/sub/deep");
	restartable(MNT);
	kernel_umount();
}
END_TEST

START_TEST(handles)
{
	char fh[200], stale[200], a[10], b[10];
	size_t size = sizeof(fh);
	int fd, fd2;

	boot_edited(CSUM, "");
	ck_assert_int_eq(rump_sys_getfh(MNT "/k5", fh, &size), 0);
	fd = rump_sys_fhopen(fh, size, RUMP_O_RDONLY);
	ck_assert_msg(fd >= 0, "errno %d", errno);
	fd2 = rump_sys_open(MNT "/k5", RUMP_O_RDONLY);
	ck_assert_int_eq(rump_sys_read(fd, a, 10), 10);
	ck_assert_int_eq(rump_sys_read(fd2, b, 10), 10);
	ck_assert_mem_eq(a, b, 10);
	rump_sys_close(fd);
	rump_sys_close(fd2);
	/* The last word is the generation. */
	memcpy(stale, fh, size);
	stale[8 + 8] ^= 1;
	ck_assert_int_eq(rump_sys_fhopen(stale, size, RUMP_O_RDONLY), -1);
	ck_assert_int_eq(errno, RUMP_ESTALE);
	kernel_umount();
}
END_TEST

START_TEST(encrypted)
{
	char buf[2000];
	struct rump_stat sb;
	const struct rump_dirent *d;
	ssize_t n, i;
	int fd, names = 0;

	boot_edited(NOCSUM ",encrypt", "sif /k5 flags 0x80800\\n"
	    "sif /link60 flags 0x80800\\nsif /sub flags 0x80800\\n");
	ck_assert_int_eq(look(MNT "/k5", &sb), 0);
	ck_assert_int_eq(rump_sys_open(MNT "/k5", RUMP_O_RDONLY), -1);
	ck_assert_int_eq(errno, ENOKEY_NATIVE);
	ck_assert_int_eq(rump_sys_readlink(MNT "/link60", buf, 100), -1);
	ck_assert_int_eq(errno, ENOKEY_NATIVE);
	fd = rump_sys_open(MNT "/sub", RUMP_O_RDONLY);
	ck_assert_int_ge(fd, 0);
	while ((n = rump_sys_getdents(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i += d->d_reclen, names++) {
			char path[600];

			d = (const void *)(buf + i);
			ck_assert_uint_eq(strspn(d->d_name, "ABCDEFGHIJKLMNOPQ"
			    "RSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~."
			    ), strlen(d->d_name));
			snprintf(path, sizeof(path), MNT "/sub/%s", d->d_name);
			ck_assert_int_eq(look(path, &sb), 0);
			ck_assert_uint_eq(sb.st_ino, d->d_fileno);
		}
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(names, 33);
	/* "deep" */
	ck_assert_int_eq(look(MNT "/sub/ZGVlcA", &sb), 0);
	ck_assert_int_eq(look(MNT "/sub/deep", &sb), RUMP_ENOENT);
	rump_sys_close(fd);
	kernel_umount();
}
END_TEST

START_TEST(casefolded)
{
	struct rump_stat sb;

	boot_edited("-t ext4 -b 1024 -O ^metadata_csum,casefold -E "
	    "encoding=utf8", "sif /sub flags 0x40080000\\n");
	ck_assert_int_eq(look(MNT "/sub/deep", &sb), 0);
	ck_assert_int_eq(look(MNT "/sub/DEEP", &sb), RUMP_ENOENT);
	kernel_umount();
}
END_TEST

/* Directories that contain their parents, or are in two places. */
START_TEST(no_tree)
{
	struct manifest m;
	struct rump_stat sb;

	boot_edited(NOCSUM, "cd /sub/deep/d\\nln / root\\nln /sub up\\n"
	    "ln /sub/deep/d self\\nln /sub/deep/d/d/d other\\n"
	    "cd /\\nln /sub/deep twice\\n");
	manifest_rump(&m, MNT, M_LIMIT);
	ck_assert_uint_lt(m.n, 120);
	manifest_free(&m);
	ck_assert_int_eq(look(MNT "/sub/deep/d/root", &sb), RUMP_EIO);
	ck_assert_int_eq(look(MNT "/sub/deep/d/up", &sb), RUMP_EIO);
	ck_assert_int_eq(look(MNT "/sub/deep/d/self", &sb), RUMP_EIO);
	ck_assert_int_eq(look(MNT "/sub/deep/d/other", &sb), RUMP_EIO);
	ck_assert_int_eq(look(MNT "/twice", &sb), RUMP_EIO);
	ck_assert_int_eq(look(MNT "/sub/deep/d/d/d/d", &sb), 0);
	kernel_umount();
}
END_TEST

/* A directory without ".." is found all the same, in one place only. */
START_TEST(no_parent)
{
	struct rump_stat sb, sb2;

	boot_edited(NOCSUM, "unlink /sub/deep/..\\ncd /\\n"
	    "ln /sub/deep twice\\n");
	ck_assert_int_eq(look(MNT "/sub/deep", &sb), 0);
	ck_assert_int_eq(look(MNT "/sub/deep/d/d", &sb), 0);
	ck_assert_int_eq(look(MNT "/twice", &sb), RUMP_EIO);
	ck_assert_int_eq(look(MNT "/sub/deep/..", &sb), 0);
	ck_assert_int_eq(look(MNT "/sub", &sb2), 0);
	ck_assert_uint_eq(sb.st_ino, sb2.st_ino);
	kernel_umount();
}
END_TEST

static void
poke(long off, const char *bytes, size_t n)
{
	int fd = open(image, O_RDWR);

	need(pwrite(fd, bytes, n, off) == (ssize_t)n);
	close(fd);
}

/* Offset of block n of the journal. */
static long
journal_block(int n)
{
	char cmd[8600];
	FILE *f;
	long blk = 0;

	snprintf(cmd, sizeof(cmd), "PATH=$PATH:/sbin:/usr/sbin; debugfs -R "
	    "'bmap <8> %d' '%s' 2>/dev/null", n, image);
	f = popen(cmd, "r");
	need(f != NULL && fscanf(f, "%ld", &blk) == 1 && blk > 0);
	pclose(f);
	return blk * 1024;
}

/*
 * Two transactions: the second is not lost silently because the first is
 * damaged; a damaged copy of a block makes only that block unreadable.
 */
START_TEST(journal_damage)
{
	struct rump_stat sb;
	char cmd[9000];

	need(make_image(image, "16M", CSUM, tree));
	need(sh("dd if='%s' of='%s.b' bs=1024 skip=9000 count=1 2>/dev/null",
	    image, image) == 0);
	snprintf(cmd, sizeof(cmd), "jo -c\\njw -b 9000 %.4100s.b\\njc\\n"
	    "jo -c\\njw -b 9001 %.4100s.b\\njc\\n", image, image);
	edited(CSUM, cmd);
	kernel_boot();
	ck_assert_int_eq(kernel_mount(image), 0);
	kernel_umount();
	/* The data of the first transaction. */
	poke(journal_block(2) + 100, "damage", 6);
	ck_assert_int_eq(kernel_mount(image), 0);
	ck_assert_int_eq(look(MNT "/k5", &sb), 0);
	kernel_umount();
	/* Its descriptor. */
	poke(journal_block(1) + 100, "damage", 6);
	ck_assert_int_eq(kernel_mount(image), RUMP_EIO);
}
END_TEST

/* The image loses its second half under a mounted file system. */
START_TEST(shrunk)
{
	struct manifest m;

	boot_edited(CSUM, "");
	need(truncate(image, 600 * 1024) == 0);
	manifest_rump(&m, MNT, 0);
	ck_assert_uint_gt(m.n, 0);
	manifest_free(&m);
	kernel_umount();
	ck_assert_int_ne(kernel_mount(image), 0);
}
END_TEST

static struct manifest expected;

static void *
walker(void *arg)
{
	struct manifest m;
	size_t i, bad = 0;

	(void)arg;
	for (int round = 0; round < 5; round++) {
		manifest_rump(&m, MNT, 0);
		bad += m.n != expected.n;
		for (i = 0; i < m.n && i < expected.n; i++)
			bad += item_differs(&m.item[i],
			    &expected.item[i]) != NULL;
		manifest_free(&m);
	}
	return (void *)(uintptr_t)bad;
}

/* Several threads see the same, with few vnodes to share. */
START_TEST(threads)
{
	pthread_t t[4];
	void *bad;
	int i;

	need(setenv("RUMP_NVNODES", "64", 1) == 0);
	boot_edited(CSUM, "");
	manifest_rump(&expected, MNT, 0);
	for (i = 0; i < 4; i++)
		need(pthread_create(&t[i], NULL, walker, NULL) == 0);
	for (i = 0; i < 4; i++) {
		need(pthread_join(t[i], &bad) == 0);
		ck_assert_uint_eq((uintptr_t)bad, 0);
	}
	manifest_free(&expected);
	kernel_umount();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ext2fs_mount");
	TCase *t = tcase_create("mount");
	SRunner *r;
	int failed;

	names();
	tcase_add_test(t, mounts);
	tcase_add_test(t, forced_unmount);
	tcase_add_loop_test(t, listings, 0, 2);
	tcase_add_test(t, handles);
	tcase_add_test(t, encrypted);
	tcase_add_test(t, casefolded);
	tcase_add_test(t, no_tree);
	tcase_add_test(t, no_parent);
	tcase_add_test(t, journal_damage);
	tcase_add_test(t, shrunk);
	tcase_add_test(t, threads);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	scratch_remove();
	return failed != 0;
}
