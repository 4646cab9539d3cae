/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_images.c - images of many feature sets made by mke2fs from a
 * directory, compared with that directory; where the host can mount them,
 * compared with that too, with holes and statistics.
 */
#include <sys/statfs.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumpdefs.h>

#include "images.h"
#include "manifest.h"

static const struct {
	const char *options;
	const char *size;
} kinds[] = {
	{ "-t ext4", "24M" },
	{ "-t ext4 -b 1024", "24M" },
	{ "-t ext4 -b 2048 -I 128", "24M" },
	{ "-t ext4 -b 4096 -O inline_data -I 256", "24M" },
	{ "-t ext4 -b 1024 -O inline_data -I 1024", "32M" },
	{ "-t ext2 -b 1024", "24M" },
	{ "-t ext2 -b 4096 -I 128", "24M" },
	{ "-t ext3 -b 2048", "24M" },
	{ "-t ext2 -O ^filetype,^dir_index,^sparse_super,^resize_inode",
	    "24M" },
	{ "-t ext4 -O meta_bg,^resize_inode", "24M" },
	{ "-t ext4 -b 1024 -O meta_bg,^resize_inode,^flex_bg", "300M" },
	{ "-t ext4 -O ^metadata_csum,uninit_bg", "24M" },
	{ "-t ext4 -O metadata_csum_seed,large_dir,ea_inode", "24M" },
	{ "-t ext4 -O ^64bit,^flex_bg,^extents", "24M" },
	{ "-t ext4 -O sparse_super2,^resize_inode", "24M" },
	{ "-t ext4 -O quota,project,orphan_file,fast_commit", "32M" },
	{ "-t ext4 -O bigalloc -C 16384", "96M" },
	{ "-t ext4 -b 1024 -O bigalloc -C 4096", "64M" },
	{ "-t ext4 -O casefold -E encoding=utf8", "24M" },
	{ "-t ext4 -O verity,encrypt,^dir_index", "24M" },
	{ "-t ext4 -b 65536", "300M" },
	{ "-t ext4 -b 16384", "100M" },
};

static const char *
at(const char *name)
{
	static char path[4][4200];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", scratch(), name);
	return path[turn];
}

/* mke2fs makes its own root and lost+found, and counts links anew. */
static void
forget_root(struct manifest *m)
{
	size_t i, n;

	for (i = n = 0; i < m->n; i++) {
		if (strcmp(m->item[i].path, "lost+found") == 0) {
			free(m->item[i].path);
			continue;
		}
		if (strcmp(m->item[i].path, ".") == 0)
			m->item[i].nlink = m->item[i].sec = 0;
		m->item[n++] = m->item[i];
	}
	m->n = n;
}

static void
same_statfs(const char *hostdir)
{
	struct rump_statvfs v;
	struct statfs s;

	ck_assert_int_eq(statfs(hostdir, &s), 0);
	ck_assert_int_eq(rump_sys_statvfs1(MNT, (struct statvfs *)(void *)&v,
	    1), 0);
	ck_assert_uint_eq(v.f_bsize, (uint64_t)s.f_bsize);
	ck_assert_uint_eq(v.f_blocks, s.f_blocks);
	ck_assert_uint_eq(v.f_bfree, s.f_bfree);
	ck_assert_uint_eq(v.f_bavail, s.f_bavail);
	ck_assert_uint_eq(v.f_files, s.f_files);
	ck_assert_uint_eq(v.f_ffree, s.f_ffree);
}

static void
with_host(const char *image)
{
	struct manifest host, rump;
	char dir[4300];

	snprintf(dir, sizeof(dir), "%s.mnt", image);
	if (!host_mount(image, dir, "ro"))
		return;
	same_statfs(dir);
	manifest_host(&host, dir, 0);
	host_umount(dir);
	manifest_rump(&rump, MNT, 0);
	manifest_same(&rump, &host);
	manifest_free(&host);
	manifest_free(&rump);
}

START_TEST(matrix)
{
	const char *tree = at("tree"), *image = at("image");
	struct manifest origin, rump;

	if (!make_image(image, kinds[_i].size, kinds[_i].options, tree)) {
		fprintf(stderr, "skipped: mke2fs can not do %s\n",
		    kinds[_i].options);
		return;
	}
	kernel_boot();
	ck_assert_msg(kernel_mount(image) == 0, "%s", kinds[_i].options);
	manifest_host(&origin, tree, M_NOHOLES | M_NONSEC);
	manifest_rump(&rump, MNT, M_NOHOLES | M_NONSEC);
	forget_root(&origin);
	forget_root(&rump);
	manifest_same(&rump, &origin);
	manifest_free(&origin);
	manifest_free(&rump);
	with_host(image);
	kernel_umount();
}
END_TEST

/* Refusals have an errno of their own; the message names the feature. */
START_TEST(refused)
{
	static const struct {
		const char *options;
		const char *edit;
		int error;
	} bad[] = {
		{ "-O journal_dev", "true", RUMP_EOPNOTSUPP },
		{ "-t ext4", "ssv feature_incompat 0x80000042",
		    RUMP_EOPNOTSUPP },
		{ "-t ext4", "ssv journal_inum 0", RUMP_EOPNOTSUPP },
		{ "-t ext4 -O ^metadata_csum", "ssv inode_size 100",
		    RUMP_EINVAL },
		{ "-t ext4 -O ^metadata_csum", "ssv log_block_size 9",
		    RUMP_EINVAL },
		{ "-t ext4 -O ^metadata_csum", "ssv inodes_per_group 0",
		    RUMP_EINVAL },
		{ "-t ext4 -O ^metadata_csum", "ssv blocks_count 100000",
		    RUMP_EINVAL },
	};
	const char *image = at("image");
	size_t i;

	kernel_boot();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert(make_image(image, "8M", bad[i].options, NULL));
		(void)sh("PATH=$PATH:/sbin:/usr/sbin; debugfs -w -R '%s' '%s' "
		    ">/dev/null 2>&1", bad[i].edit, image);
		ck_assert_int_eq(kernel_mount(image), bad[i].error);
	}
}
END_TEST

/* Statistics where mke2fs left no count of its own metadata. */
START_TEST(overhead)
{
	static const char *const kind[] = { "-t ext4", "-t ext2 -b 1024",
	    "-t ext4 -O ^64bit,^resize_inode", "-t ext4 -O sparse_super2",
	    "-t ext4 -b 1024 -O meta_bg,^resize_inode" };
	const char *image = at("image"), *dir = at("dir");
	size_t i;

	kernel_boot();
	for (i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		ck_assert(make_image(image, "600M", kind[i], NULL));
		(void)sh("PATH=$PATH:/sbin:/usr/sbin; debugfs -w -R "
		    "'ssv overhead_clusters 0' '%s' >/dev/null 2>&1", image);
		if (!host_mount(image, dir, "ro"))
			return;
		ck_assert_int_eq(kernel_mount(image), 0);
		same_statfs(dir);
		kernel_umount();
		host_umount(dir);
	}
}
END_TEST

/* Writing is refused everywhere, and the image stays as it is. */
START_TEST(readonly)
{
	const char *tree = at("tree"), *image = at("image");

	ck_assert(make_image(image, "24M", "-t ext4", tree));
	ck_assert_int_eq(sh("cp '%s' '%s.orig'", image, image), 0);
	kernel_boot();
	ck_assert_int_eq(kernel_mount(image), 0);
	ck_assert_int_lt(rump_sys_open(MNT "/new", RUMP_O_CREAT |
	    RUMP_O_RDWR, 0644), 0);
	ck_assert_int_eq(rump_sys_unlink(MNT "/k1"), -1);
	ck_assert_int_eq(rump_sys_mkdir(MNT "/dir", 0755), -1);
	ck_assert_int_eq(rump_sys_truncate(MNT "/k5", 0), -1);
	ck_assert_int_eq(rump_sys_chmod(MNT "/k5", 0), -1);
	ck_assert_int_eq(rump_sys_rename(MNT "/k5", MNT "/k6"), -1);
	ck_assert_int_lt(rump_sys_open(MNT "/k5", RUMP_O_RDWR), 0);
	kernel_umount();
	ck_assert_int_eq(sh("cmp '%s' '%s.orig'", image, image), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ext2fs_images");
	TCase *t = tcase_create("images");
	SRunner *r;
	int failed;

	make_tree(at("tree"), true);
	tcase_add_loop_test(t, matrix, 0,
	    (int)(sizeof(kinds) / sizeof(kinds[0])));
	tcase_add_test(t, refused);
	tcase_add_test(t, overhead);
	tcase_add_test(t, readonly);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	scratch_remove();
	return failed != 0;
}
