/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_host.c - images that the host's kernel has filled, clean and cut off
 * in the middle of its work, compared with the host's own mount of them.
 * Skipped where the host does not let us mount.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <linux/fsverity.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>

#include "images.h"
#include "manifest.h"

#ifndef NAMES			/* in the large directory */
#define	NAMES	4000
#define	SIZE	"96M"
#define	EACH	3		/* every third kind only */
#else
#define	SIZE	"400M"
#define	EACH	1
#endif

static char image[4200], mnt[4200], copy[4200], mnt2[4200];

static void
names(void)
{

	snprintf(image, sizeof(image), "%.4000s/image", scratch());
	snprintf(mnt, sizeof(mnt), "%.4000s/mnt", scratch());
	snprintf(copy, sizeof(copy), "%.4000s/copy", scratch());
	snprintf(mnt2, sizeof(mnt2), "%.4000s/mnt2", scratch());
}

/* A file of the mounted image; rounds says how much, at off. */
static int
file(const char *name, const void *data, size_t n, off_t off)
{
	char path[8400];
	int fd;

	snprintf(path, sizeof(path), "%s/%.200s", mnt, name);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	need(fd >= 0);
	if (n != 0)
		need(pwrite(fd, data, n, off) == (ssize_t)n);
	return fd;
}

static void
make_dir(const char *name)
{
	char path[8400];

	snprintf(path, sizeof(path), "%s/%.200s", mnt, name);
	need(mkdir(path, 0755) == 0);
}

static void
remove_file(const char *name)
{
	char path[8400];

	snprintf(path, sizeof(path), "%s/%.200s", mnt, name);
	need(unlink(path) == 0);
}

static void
sync_file(int fd)
{

	need(fsync(fd) == 0);
	close(fd);
}

static void
large_dir(void)
{
	char name[200];
	int i;

	make_dir("large");
	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "large/%c\xc3\xa9%d-%.*s",
		    "ab\xff\x80"[i % 4], i, i % 30,
		    "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrr");
		close(file(name, NULL, 0, 0));
	}
}

static void
sparse_files(bool small)
{
	static const off_t at[] = { 0, 1 << 20, 5 << 20, 1LL << 31,
	    (1LL << 33) + 12345, 1LL << 40 };
	char block[4096];
	size_t i;
	int fd;

	memset(block, 'x', sizeof(block));
	fd = file("fallocated", NULL, 0, 0);
	if (fallocate(fd, 0, 0, 1 << 20) == 0) {
		need(pwrite(fd, block, 4096, 300000) == 4096);
		need(pwrite(fd, block, 10, 900000) == 10);
	}
	sync_file(fd);
	fd = file("kept", block, 3000, 0);
	(void)fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 18);
	sync_file(fd);
	fd = file("far", NULL, 0, 0);
	for (i = 0; i < sizeof(at) / sizeof(at[0]) - (small ? 2 : 0); i++)
		if (pwrite(fd, block, 5, at[i]) != 5)
			break;
	/* The limit of the format. */
	if (!small)
		(void)pwrite(fd, block, 7, (1LL << 42) - 5 * 4096);
	sync_file(fd);
	fd = file("fragments", NULL, 0, 0);
	for (i = 0; i < 2000; i++)
		need(pwrite(fd, block, 100, (off_t)i * 12288) == 100);
	sync_file(fd);
	fd = file("punched", NULL, 0, 0);
	for (i = 0; i < 100; i++)
		need(pwrite(fd, block, 4096, (off_t)i * 4096) == 4096);
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    40000, 100000);
	sync_file(fd);
}

static void
verity(void)
{
	struct fsverity_enable_arg arg;
	char path[8400], block[4096];
	int fd;

	memset(block, 'v', sizeof(block));
	close(file("verity", block, sizeof(block), 0));
	snprintf(path, sizeof(path), "%s/verity", mnt);
	fd = open(path, O_RDONLY);
	memset(&arg, 0, sizeof(arg));
	arg.version = 1;
	arg.hash_algorithm = FS_VERITY_HASH_ALG_SHA256;
	arg.block_size = 4096;
	(void)ioctl(fd, FS_IOC_ENABLE_VERITY, &arg);
	close(fd);
}

static void
big_xattrs(void)
{
	char path[8400], val[40000];

	memset(val, 'B', sizeof(val));
	close(file("attributes", NULL, 0, 0));
	snprintf(path, sizeof(path), "%s/attributes", mnt);
	(void)setxattr(path, "user.one", val, 200, 0);
	(void)setxattr(path, "user.block", val, 700, 0);
	(void)setxattr(path, "user.inode", val, sizeof(val), 0);
	(void)setxattr(path, "user.inode2", val, 5000, 0);
}

/* Targets may be as long as a block, though paths here may not. */
static void
long_link(void)
{
	char path[8400], target[4096];

	memset(target, 't', sizeof(target));
	target[4095] = '\0';
	snprintf(path, sizeof(path), "%s/longlink", mnt);
	(void)!symlink(target, path);
}

static void
same_as_host(const char *img, const char *options)
{
	struct manifest host, rump;

	need(host_mount(img, mnt2, "ro"));
	manifest_host(&host, mnt2, 0);
	host_umount(mnt2);
	kernel_boot();
	ck_assert_msg(kernel_mount(img) == 0, "%s", options);
	manifest_rump(&rump, MNT, 0);
	kernel_umount();
	manifest_same(&rump, &host);
	manifest_free(&host);
	manifest_free(&rump);
}

static const struct {
	const char *options;
	const char *edit;	/* debugfs command before the first mount */
} clean[] = {
	{ "-t ext4", "" },
	{ "-t ext4 -b 1024 -I 256", "ssv def_hash_version tea" },
	{ "-t ext4 -b 1024 -O large_dir,ea_inode", "ssv flags 2" },
	{ "-t ext4 -O inline_data,ea_inode,verity", "" },
	{ "-t ext3 -b 1024", "ssv def_hash_version legacy" },
	{ "-t ext2 -b 2048 -I 128", "" },
	{ "-t ext4 -O bigalloc,^resize_inode -C 16384", "" },
	{ "-t ext4 -b 1024 -O meta_bg,^resize_inode,metadata_csum_seed",
	    "ssv def_hash_version half_md4" },
};

START_TEST(populated)
{
	char tree[8300];
	bool small = strstr(clean[_i].options, "-b 1024") != NULL ||
	    strstr(clean[_i].options, "ext4") == NULL;

	ck_assert(make_image(image, SIZE, clean[_i].options, NULL));
	if (clean[_i].edit[0] != '\0')
		(void)sh("PATH=$PATH:/sbin:/usr/sbin; debugfs -w -R '%s' "
		    "'%s' >/dev/null 2>&1", clean[_i].edit, image);
	if (!host_mount(image, mnt, ""))
		return;
	snprintf(tree, sizeof(tree), "%s/tree", mnt);
	make_tree(tree, true);
	if (strstr(clean[_i].options, "bigalloc") == NULL)
		large_dir();
	sparse_files(small);
	big_xattrs();
	long_link();
	if (strstr(clean[_i].options, "verity") != NULL)
		verity();
	host_umount(mnt);
	same_as_host(image, clean[_i].options);
}
END_TEST

static const struct {
	const char *mkfs;
	const char *mount;
} dirty[] = {
	{ "-t ext4", "noatime" },
	{ "-t ext4 -b 1024", "noatime" },
	{ "-t ext3", "noatime" },
	{ "-t ext4", "noatime,data=journal" },
	{ "-t ext4 -O ^metadata_csum", "noatime,journal_checksum" },
	{ "-t ext4 -O ^64bit", "noatime,journal_checksum,"
	    "journal_async_commit,data=writeback" },
	{ "-t ext4 -O inline_data", "noatime" },
	{ "-t ext4 -O fast_commit", "noatime" },
};

/* Work that leaves the journal full of blocks, revocations and escapes. */
static void
busy(void)
{
	char name[100], block[5000], path[8400], path2[8400];
	int i, fd;

	memset(block, 'q', sizeof(block));
	make_dir("d");
	make_dir("dd");
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d/f%d", i);
		close(file(name, block, (size_t)i * 7, 0));
		snprintf(name, sizeof(name), "dd/x%d", i);
		close(file(name, block, 5000, 0));
	}
	fd = open(mnt, O_RDONLY);
	need(syncfs(fd) == 0);
	close(fd);
	for (i = 0; i < 300; i += 3) {
		snprintf(name, sizeof(name), "d/f%d", i);
		remove_file(name);
	}
	/* Blocks that begin with the journal's magic number. */
	memcpy(block, "\xc0\x3b\x39\x98", 4);
	fd = file("magic", block, 4096, 0);
	need(pwrite(fd, block, 4096, 4096) == 4096);
	sync_file(fd);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "dd/x%d", i);
		remove_file(name);
	}
	snprintf(path, sizeof(path), "%s/dd", mnt);
	need(rmdir(path) == 0);
	/* Reuses what were blocks of metadata. */
	fd = file("reused", NULL, 0, 0);
	for (i = 0; i < 200; i++)
		need(pwrite(fd, block + 8, 4096, (off_t)i * 4096) == 4096);
	sync_file(fd);
	snprintf(path, sizeof(path), "%s/magic", mnt);
	snprintf(path2, sizeof(path2), "%s/magic2", mnt);
	need(rename(path, path2) == 0);
	snprintf(path, sizeof(path), "%s/linked", mnt);
	need(link(path2, path) == 0);
	snprintf(path, sizeof(path), "%s/symlink", mnt);
	need(symlink("target", path) == 0);
	make_dir("newdir");
	sync_file(file("newdir/a", block + 8, 100, 0));
	fd = file("d/f4", NULL, 0, 0);
	need(ftruncate(fd, 3) == 0);
	sync_file(fd);
	sync_file(file("d/f5", block + 8, 4000, 20000));
}

/*
 * Replaying fast commits, the host gives directories the time of replay, and
 * to new ones neither blocks nor the links that their inode had.
 */
static void
forget_dirs(struct manifest *m)
{
	struct item *it;

	for (it = m->item; it < m->item + m->n; it++)
		if ((it->mode & 0170000) == 0040000)
			it->sec = it->nsec = it->nlink = it->blocks = 0;
}

/* Compares what was cut off with what the host makes of it. */
static void
cut_off(const char *options)
{
	struct manifest host, rump;

	ck_assert_int_eq(sh("cp --sparse=always '%s' '%s'", image, copy), 0);
	host_umount(mnt);
	ck_assert_int_eq(sh("cp '%s' '%s.before'", copy, copy), 0);

	kernel_boot();
	ck_assert_msg(kernel_mount(copy) == 0, "%s", options);
	manifest_rump(&rump, MNT, 0);
	kernel_umount();
	ck_assert_int_eq(sh("cmp '%s' '%s.before'", copy, copy), 0);

	/* Now let the host recover it. */
	need(host_mount(copy, mnt2, ""));
	manifest_host(&host, mnt2, 0);
	host_umount(mnt2);
	if (strstr(options, "fast_commit") != NULL) {
		forget_dirs(&host);
		forget_dirs(&rump);
	}
	manifest_same(&rump, &host);
	manifest_free(&host);
	manifest_free(&rump);
}

START_TEST(interrupted)
{

	ck_assert(make_image(image, "64M", dirty[_i].mkfs, NULL));
	if (!host_mount(image, mnt, dirty[_i].mount))
		return;
	busy();
	cut_off(dirty[_i].mkfs);
}
END_TEST

/* One of the things that fast commits record. */
static void
small_change(int what, int k)
{
	char a[8400], b[8400], block[3000];
	int fd;

	memset(block, 'k', sizeof(block));
	snprintf(a, sizeof(a), "%s/d/f%d", mnt, rand() % 40);
	snprintf(b, sizeof(b), "%s/d/g%d", mnt, rand() % 40);
	switch (what) {
	case 0:
		snprintf(b, sizeof(b), "%s/dir%d", mnt, k);
		(void)mkdir(b, 0755);
		snprintf(b, sizeof(b), "dir%d/in", k);
		sync_file(file(b, block, 100, 0));
		return;
	case 1:
		(void)rename(a, b);
		break;
	case 2:
		(void)!link(a, b);
		break;
	case 3:
		fd = open(a, O_RDWR | O_APPEND | O_CREAT, 0644);
		need(write(fd, block, (size_t)(rand() % 3000)) >= 0);
		sync_file(fd);
		return;
	case 4:
		(void)!truncate(a, rand() % 2000);
		break;
	case 5:
		snprintf(b, sizeof(b), "%s/s%d", mnt, k);
		(void)!symlink("short", b);
		snprintf(b, sizeof(b), "%s/S%d", mnt, k);
		block[100] = '\0';
		(void)!symlink(block, b);
		break;
	case 6:
		(void)unlink(a);
		break;
	case 7:
		fd = open(a, O_RDWR | O_CREAT, 0644);
		need(pwrite(fd, block, 500, rand() % 1000000) == 500);
		sync_file(fd);
		return;
	case 8:
		snprintf(b, sizeof(b), "%s/p%d", mnt, k);
		(void)mknod(b, S_IFIFO | 0600, 0);
		break;
	}
	/* Syncing any file commits all of it. */
	sync_file(file("log", block, 10, k * 10));
}

START_TEST(fast_commits)
{
	const char *options = "-t ext4 -O fast_commit";
	char name[50];
	int i, fd;

	ck_assert(make_image(image, "64M", options, NULL));
	if (!host_mount(image, mnt, "noatime"))
		return;
	make_dir("d");
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "d/f%d", i);
		close(file(name, image, 20, i * 500));
	}
	fd = open(mnt, O_RDONLY);
	need(syncfs(fd) == 0);
	close(fd);
	sync_file(file("log", "start", 5, 0));
	srand((unsigned)_i);
	for (i = 0; i < 40; i++)
		small_change(rand() % 9, i);
	cut_off(options);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ext2fs_host");
	TCase *t = tcase_create("host");
	SRunner *r;
	int failed, i;

	names();
	for (i = 0; i < (int)(sizeof(clean) / sizeof(clean[0])); i += EACH)
		tcase_add_loop_test(t, populated, i, i + 1);
	for (i = EACH / 3; i < (int)(sizeof(dirty) / sizeof(dirty[0]));
	    i += EACH)
		tcase_add_loop_test(t, interrupted, i, i + 1);
	tcase_add_loop_test(t, fast_commits, 1, EACH == 1 ? 13 : 3);
	tcase_set_timeout(t, 300);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	(void)sh("umount '%s' '%s' 2>/dev/null", mnt, mnt2);
	scratch_remove();
	return failed != 0;
}
