/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File-system types by magic number.  Only ext2/3/4 can be opened; the rest
 * is known so that a message can say what was found.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "fstype.h"

#define	EXT_COMPAT_JOURNAL	0x0004
#define	EXT_INCOMPAT_JOURNAL_DEV 0x0008
#define	EXT_INCOMPAT_EXT2	0x0012	/* filetype, meta_bg */
#define	EXT_INCOMPAT_EXT3	0x0016	/* ... and recovery */
#define	EXT_ROCOMPAT_EXT3	0x0007	/* sparse_super, large_file, btree */

static const struct magic {
	uint64_t at;
	const char *bytes;
	uint8_t len;
	const char *name;
	const char *hint;
} magics[] = {
	{ 0, "XFSB", 4, "xfs", NULL },
	{ 0x10040, "_BHRfS_M", 8, "btrfs", NULL },
	{ 0, "hsqs", 4, "squashfs", NULL },
	{ 0, "sqsh", 4, "squashfs", NULL },
	{ 1024, "\xe2\xe1\xf5\xe0", 4, "erofs", NULL },
	{ 1024, "\x10\x20\xf5\xf2", 4, "f2fs", NULL },
	{ 32769, "CD001", 5, "iso9660", NULL },
	{ 32769, "BEA01", 5, "udf", NULL },
	{ 3, "NTFS    ", 8, "ntfs", NULL },
	{ 3, "EXFAT   ", 8, "exfat", NULL },
	{ 54, "FAT1", 4, "vfat", NULL },
	{ 82, "FAT32", 5, "vfat", NULL },
	{ 4086, "SWAPSPACE2", 10, "swap", NULL },
	{ 4086, "SWAP-SPACE", 10, "swap", NULL },
	{ 0, "LUKS\xba\xbe", 6, "LUKS", "it is encrypted" },
	{ 512, "LABELONE", 8, "LVM2", "it is a physical volume" },
	{ 0, "LABELONE", 8, "LVM2", "it is a physical volume" },
	{ 4096, "\xfc\x4e\x2b\xa9", 4, "Linux RAID member", NULL },
	{ 0, "\xfc\x4e\x2b\xa9", 4, "Linux RAID member", NULL },
	{ 9564, "\x54\x19\x01\x00", 4, "ffs", NULL },
	{ 9564, "\x00\x01\x19\x54", 4, "ffs", NULL },
	{ 66908, "\x19\x01\x54\x19", 4, "ffs", NULL },
	{ 66908, "\x19\x54\x01\x19", 4, "ffs", NULL },
	{ 65588, "ReIsEr", 6, "reiserfs", NULL },
	{ 32768, "JFS1", 4, "jfs", NULL },
	{ 1030, "\x34\x34", 2, "nilfs2", NULL },
	{ 1024, "H+", 2, "hfs+", NULL },
	{ 1024, "HX", 2, "hfs+", NULL },
	{ 32, "NXSB", 4, "apfs", NULL },
	{ 0, "\x45\x3d\xcd\x28", 4, "cramfs", NULL },
	{ 0, "-rom1fs-", 8, "romfs", NULL },
	{ 4120, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca", 8, "bcachefs", NULL },
	{ 0, "QFI\xfb", 4, "a qcow2 disk image", "convert it to raw first" },
	{ 0, "KDMV", 4, "a VMDK disk image", "convert it to raw first" },
	{ 0, "vhdxfile", 8, "a VHDX disk image", "convert it to raw first" },
	{ 0x40, "\x7f\x10\xda\xbe", 4, "a VDI disk image",
	    "convert it to raw first" },
	{ 0, "\x3a\xff\x26\xed", 4, "an Android sparse image",
	    "convert it to raw first" },
	{ 0, "\x1f\x8b\x08", 3, "gzip data", "decompress it first" },
	{ 0, "\xfd" "7zXZ", 5, "xz data", "decompress it first" },
	{ 0, "\x28\xb5\x2f\xfd", 4, "zstd data", "decompress it first" },
	{ 0, "BZh", 3, "bzip2 data", "decompress it first" },
	{ 257, "ustar", 5, "a tar archive", NULL },
};

static uint32_t
le32(const uint8_t *p)
{

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* Up to n bytes at off; short (also to nothing) at the end or on error. */
static size_t
peek(int fd, void *buf, size_t n, uint64_t off)
{
	ssize_t k;

	if (off > INT64_MAX - n)
		return 0;
	do {
		k = pread(fd, buf, n, (off_t)off);
	} while (k < 0 && errno == EINTR);
	return k < 0 ? 0 : (size_t)k;
}

/* The superblock of ext2/3/4: the magic plus fields that must make sense. */
static const struct fstype *
detect_ext(const uint8_t *sb)
{
	static const struct fstype ext2 = { "ext2", "ext2fs", NULL };
	static const struct fstype ext3 = { "ext3", "ext2fs", NULL };
	static const struct fstype ext4 = { "ext4", "ext2fs", NULL };
	static const struct fstype jdev = { "ext journal device", NULL,
	    "it holds the journal of another file system" };
	uint32_t compat = le32(sb + 92), incompat = le32(sb + 96);
	uint32_t rocompat = le32(sb + 100);

	if (sb[56] != 0x53 || sb[57] != 0xef || le32(sb + 24) > 16)
		return NULL;
	if (le32(sb + 76) == 0)
		return &ext2;
	if ((incompat & EXT_INCOMPAT_JOURNAL_DEV) != 0)
		return &jdev;
	if ((incompat & ~EXT_INCOMPAT_EXT3) != 0 ||
	    (rocompat & ~EXT_ROCOMPAT_EXT3) != 0)
		return &ext4;
	if ((compat & EXT_COMPAT_JOURNAL) != 0)
		return &ext3;
	return &ext2;
}

const struct fstype *
fstype_detect(int fd, uint64_t off, uint64_t size)
{
	static struct fstype other;
	const struct fstype *ext;
	const struct magic *m;
	uint8_t buf[1024];
	size_t i;

	if (size >= 2048 && peek(fd, buf, sizeof(buf), off + 1024) ==
	    sizeof(buf) && (ext = detect_ext(buf)) != NULL)
		return ext;
	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		m = &magics[i];
		if (size < m->len || m->at > size - m->len)
			continue;
		if (peek(fd, buf, m->len, off + m->at) == m->len &&
		    memcmp(buf, m->bytes, m->len) == 0) {
			other = (struct fstype){ m->name, NULL, m->hint };
			return &other;
		}
	}
	return NULL;
}
