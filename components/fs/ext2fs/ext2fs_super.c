/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The superblock, the geometry that follows from it, and the group
 * descriptors.  Every number is checked here, once, so that the rest may
 * compute with it.  The descriptor cache and the counts belong to em_lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/vnode.h>

#include "ext2fs.h"

/* Beyond this many groups statvfs trusts the superblock's own counts. */
#define	MAXCOUNTGROUPS	(1U << 20)

static const struct {
	uint32_t bit;
	const char *name;
} incompat_names[] = {
	{ E2_INCOMPAT_COMPRESSION, "compression" },
	{ E2_INCOMPAT_FILETYPE, "filetype" },
	{ E2_INCOMPAT_RECOVER, "needs_recovery" },
	{ E2_INCOMPAT_JOURNAL_DEV, "journal_dev" },
	{ E2_INCOMPAT_META_BG, "meta_bg" },
	{ E2_INCOMPAT_EXTENTS, "extents" },
	{ E2_INCOMPAT_64BIT, "64bit" },
	{ E2_INCOMPAT_MMP, "mmp" },
	{ E2_INCOMPAT_FLEX_BG, "flex_bg" },
	{ E2_INCOMPAT_EA_INODE, "ea_inode" },
	{ E2_INCOMPAT_DIRDATA, "dirdata" },
	{ E2_INCOMPAT_CSUM_SEED, "metadata_csum_seed" },
	{ E2_INCOMPAT_LARGEDIR, "large_dir" },
	{ E2_INCOMPAT_INLINE_DATA, "inline_data" },
	{ E2_INCOMPAT_ENCRYPT, "encrypt" },
	{ E2_INCOMPAT_CASEFOLD, "casefold" },
};

static const char *
incompat_name(uint32_t bit)
{
	size_t i;

	for (i = 0; i < __arraycount(incompat_names); i++)
		if (incompat_names[i].bit == bit)
			return incompat_names[i].name;
	return "unknown";
}

static int
refuse(struct ext2_mount *emp, const char *what, uint64_t val)
{

	ext2fs_damaged(emp, "superblock: bad %s %" PRIu64, what, val);
	return EINVAL;
}

/* Names everything that keeps this file system from being mounted. */
static int
check_features(struct ext2_mount *emp)
{
	uint32_t bad, bit;

	bad = emp->em_incompat & ~E2_INCOMPAT_SUPPORTED;
	for (bit = 1; bad != 0; bit <<= 1) {
		if ((bad & bit) == 0)
			continue;
		bad &= ~bit;
		printf("ext2fs: %s: unsupported incompat feature 0x%x: %s\n",
		    emp->em_mp->mnt_stat.f_mntfromname, bit,
		    incompat_name(bit));
	}
	if (emp->em_incompat & ~E2_INCOMPAT_SUPPORTED)
		return EOPNOTSUPP;
	if (EXT2_HAS(emp, compat, E2_COMPAT_JOURNAL) &&
	    emp->em_sb.s_journal_inum == 0) {
		printf("ext2fs: %s: unsupported feature: external journal\n",
		    emp->em_mp->mnt_stat.f_mntfromname);
		return EOPNOTSUPP;
	}
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_RECOVER) &&
	    !EXT2_HAS(emp, compat, E2_COMPAT_JOURNAL)) {
		printf("ext2fs: %s: needs_recovery without has_journal\n",
		    emp->em_mp->mnt_stat.f_mntfromname);
		return EINVAL;
	}
	return 0;
}

static int
check_sizes(struct ext2_mount *emp)
{
	const struct e2_super *sb = &emp->em_sb;
	uint32_t lbs, lcs, isz, dsz;

	lbs = le32toh(sb->s_log_block_size);
	if (lbs > E2_MAXLOGBSIZE)
		return refuse(emp, "log_block_size", lbs);
	emp->em_bshift = lbs + 10;
	emp->em_bsize = 1U << emp->em_bshift;
	if (emp->em_bsize > MAXBSIZE) {
		printf("ext2fs: %s: unsupported block size %u\n",
		    emp->em_mp->mnt_stat.f_mntfromname, emp->em_bsize);
		return EOPNOTSUPP;
	}
	emp->em_dbshift = emp->em_bshift - DEV_BSHIFT;
	lcs = le32toh(sb->s_log_cluster_size);
	emp->em_cshift = 0;
	if (EXT2_HAS(emp, rocompat, E2_ROCOMPAT_BIGALLOC)) {
		if (lcs < lbs || lcs > 20)
			return refuse(emp, "log_cluster_size", lcs);
		emp->em_cshift = lcs - lbs;
	}
	isz = E2_OLDINODESIZE;
	if (le32toh(sb->s_rev_level) > 0)
		isz = le16toh(sb->s_inode_size);
	if (isz < E2_OLDINODESIZE || isz > emp->em_bsize || !powerof2(isz))
		return refuse(emp, "inode_size", isz);
	emp->em_inosize = isz;
	emp->em_ipb = emp->em_bsize / isz;
	dsz = E2_GROUPSIZE_OLD;
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_64BIT)) {
		dsz = le16toh(sb->s_desc_size);
		if (dsz < E2_GROUPSIZE_64 || dsz > 1024 || !powerof2(dsz))
			return refuse(emp, "desc_size", dsz);
	}
	emp->em_descsize = dsz;
	emp->em_dpb = emp->em_bsize / dsz;
	return 0;
}

static int
check_groups(struct ext2_mount *emp, uint64_t devsize)
{
	const struct e2_super *sb = &emp->em_sb;
	uint64_t blocks, groups;

	blocks = le32toh(sb->s_blocks_count_lo);
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_64BIT))
		blocks |= (uint64_t)le32toh(sb->s_blocks_count_hi) << 32;
	emp->em_firstdata = le32toh(sb->s_first_data_block);
	if (emp->em_firstdata > 1 ||
	    (emp->em_firstdata == 1) != (emp->em_bsize == E2_MINBSIZE &&
	    emp->em_cshift == 0))
		return refuse(emp, "first_data_block", emp->em_firstdata);
	if (blocks <= emp->em_firstdata + 1 ||
	    blocks > (1ULL << 58) >> emp->em_bshift)
		return refuse(emp, "blocks_count", blocks);
	if (devsize != 0 && blocks > devsize >> emp->em_bshift) {
		printf("ext2fs: %s: %" PRIu64 " blocks do not fit into a "
		    "device of %" PRIu64 " bytes\n",
		    emp->em_mp->mnt_stat.f_mntfromname, blocks, devsize);
		return EINVAL;
	}
	emp->em_blocks = blocks;
	emp->em_sbblk = E2_SBOFF >> emp->em_bshift;
	emp->em_bpg = le32toh(sb->s_blocks_per_group);
	if (emp->em_bpg == 0 || emp->em_bpg % 8 != 0 ||
	    emp->em_bpg >> emp->em_cshift > emp->em_bsize * 8 ||
	    (emp->em_cshift != 0 && emp->em_bpg !=
	    (uint64_t)le32toh(sb->s_clusters_per_group) << emp->em_cshift))
		return refuse(emp, "blocks_per_group", emp->em_bpg);
	emp->em_ipg = le32toh(sb->s_inodes_per_group);
	if (emp->em_ipg < emp->em_ipb || emp->em_ipg > emp->em_bsize * 8)
		return refuse(emp, "inodes_per_group", emp->em_ipg);
	groups = howmany(blocks - emp->em_firstdata, emp->em_bpg);
	emp->em_inodes = le32toh(sb->s_inodes_count);
	if (groups > UINT32_MAX - emp->em_dpb ||
	    groups * emp->em_ipg != emp->em_inodes)
		return refuse(emp, "inodes_count", emp->em_inodes);
	emp->em_groups = (uint32_t)groups;
	return 0;
}

static int
check_csum(struct ext2_mount *emp)
{
	const struct e2_super *sb = &emp->em_sb;
	uint32_t c;
	int i;

	emp->em_metacsum = EXT2_HAS(emp, rocompat, E2_ROCOMPAT_METADATA_CSUM);
	if (emp->em_metacsum) {
		if (sb->s_checksum_type != E2_CSUM_CRC32C) {
			printf("ext2fs: %s: unsupported checksum type %u\n",
			    emp->em_mp->mnt_stat.f_mntfromname,
			    sb->s_checksum_type);
			return EOPNOTSUPP;
		}
		c = rump_crc32c(~0U, sb,
		    offsetof(struct e2_super, s_checksum));
		if (c != le32toh(sb->s_checksum))
			return ext2fs_damaged(emp,
			    "superblock: wrong checksum");
	}
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_CSUM_SEED))
		emp->em_csumseed = le32toh(sb->s_checksum_seed);
	else
		emp->em_csumseed = rump_crc32c(~0U, sb->s_uuid,
		    sizeof(sb->s_uuid));
	for (i = 0; i < 4; i++)
		emp->em_hashseed[i] = le32toh(sb->s_hash_seed[i]);
	/* Unmarked ones were made where char is signed. */
	emp->em_unsignedhash =
	    (le32toh(sb->s_flags) & E2_FLAG_UNSIGNED_HASH) != 0;
	return 0;
}

int
ext2fs_super_check(struct ext2_mount *emp, uint64_t devsize)
{
	const struct e2_super *sb = &emp->em_sb;
	int error;

	if (le16toh(sb->s_magic) != E2_MAGIC)
		return EINVAL;
	emp->em_compat = le32toh(sb->s_feature_compat);
	emp->em_incompat = le32toh(sb->s_feature_incompat);
	emp->em_rocompat = le32toh(sb->s_feature_ro_compat);
	error = check_features(emp);
	if (error == 0)
		error = check_csum(emp);
	if (error == 0)
		error = check_sizes(emp);
	if (error == 0)
		error = check_groups(emp, devsize);
	return error;
}

/*
 * Reads the superblock: from its fixed place with a buffer of its own before
 * the block size is known, later (again) through the overlay.
 */
int
ext2fs_super_read(struct ext2_mount *emp, bool again)
{
	struct buf *bp;
	size_t off;
	int error;

	if (again) {
		off = E2_SBOFF & (emp->em_bsize - 1);
		error = ext2fs_bread(emp, emp->em_sbblk, &bp);
	} else {
		off = 0;
		error = bread(emp->em_devvp, E2_SBOFF >> DEV_BSHIFT, E2_SBSIZE,
		    0, &bp);
	}
	if (error)
		return error;
	if (bp->b_resid != 0) {
		brelse(bp, 0);
		return EINVAL;		/* the device ends before it */
	}
	memcpy(&emp->em_sb, (char *)bp->b_data + off, sizeof(emp->em_sb));
	/* A buffer of this size would alias those of whole blocks. */
	brelse(bp, again ? 0 : BC_INVAL | BC_NOCACHE);
	return 0;
}

static bool
is_power(uint32_t n, uint32_t base)
{

	while (n % base == 0)
		n /= base;
	return n == 1;
}

/* Does a group start with a copy of the superblock? */
static bool
has_super(const struct ext2_mount *emp, uint32_t g)
{

	if (g == 0)
		return true;
	if (EXT2_HAS(emp, compat, E2_COMPAT_SPARSE_SUPER2))
		return g == le32toh(emp->em_sb.s_backup_bgs[0]) ||
		    g == le32toh(emp->em_sb.s_backup_bgs[1]);
	if (g == 1 || !EXT2_HAS(emp, rocompat, E2_ROCOMPAT_SPARSE_SUPER))
		return true;
	return is_power(g, 3) || is_power(g, 5) || is_power(g, 7);
}

/* The block of descriptors number n. */
static uint64_t
group_block(const struct ext2_mount *emp, uint32_t n)
{
	uint64_t g, blk;

	if (!EXT2_HAS(emp, incompat, E2_INCOMPAT_META_BG) ||
	    n < le32toh(emp->em_sb.s_first_meta_bg))
		return (uint64_t)emp->em_sbblk + 1 + n;
	g = (uint64_t)n * emp->em_dpb;
	blk = g * emp->em_bpg + emp->em_firstdata;
	if (has_super(emp, (uint32_t)g))
		blk++;
	/* 1 KiB blocks with clusters start at 0, the superblock at 1. */
	if (n == 0 && emp->em_firstdata == 0 && emp->em_sbblk == 1)
		blk++;
	return blk;
}

static bool
group_csum_ok(struct ext2_mount *emp, uint32_t g, const uint8_t *p)
{
	static const uint8_t zero[2];
	uint32_t c, le = htole32(g);
	uint16_t h, want;

	want = le16dec(p + E2_GROUP_CSUMOFF);
	if (emp->em_metacsum) {
		c = rump_crc32c(emp->em_csumseed, &le, sizeof(le));
		c = rump_crc32c(c, p, E2_GROUP_CSUMOFF);
		c = rump_crc32c(c, zero, sizeof(zero));
		c = rump_crc32c(c, p + E2_GROUPSIZE_OLD,
		    emp->em_descsize - E2_GROUPSIZE_OLD);
		return (c & 0xffff) == want;
	}
	if (!EXT2_HAS(emp, rocompat, E2_ROCOMPAT_GDT_CSUM))
		return true;
	h = rump_crc16(0xffff, emp->em_sb.s_uuid, sizeof(emp->em_sb.s_uuid));
	h = rump_crc16(h, &le, sizeof(le));
	h = rump_crc16(h, p, E2_GROUP_CSUMOFF);
	h = rump_crc16(h, p + E2_GROUPSIZE_OLD,
	    emp->em_descsize - E2_GROUPSIZE_OLD);
	return h == want;
}

static int
group_itable(struct ext2_mount *emp, uint32_t g, const uint8_t *p,
    uint64_t *blkp)
{
	uint64_t blk;
	uint32_t len;

	if (!group_csum_ok(emp, g, p))
		return ext2fs_damaged(emp, "group %u: wrong checksum", g);
	blk = le32dec(p + offsetof(struct e2_group, bg_inode_table_lo));
	if (emp->em_descsize >= E2_GROUPSIZE_64)
		blk |= (uint64_t)le32dec(p +
		    offsetof(struct e2_group, bg_inode_table_hi)) << 32;
	len = howmany(emp->em_ipg, emp->em_ipb);
	if (!ext2fs_blkok(emp, blk, len))
		return ext2fs_damaged(emp, "group %u: inode table at block %"
		    PRIu64, g, blk);
	*blkp = blk;
	return 0;
}

int
ext2fs_itable(struct ext2_mount *emp, uint32_t g, uint64_t *blkp)
{
	struct ext2_group *gc = &emp->em_gcache[g % EXT2_NGCACHE];
	struct buf *bp;
	int error;

	KASSERT(g < emp->em_groups);
	mutex_enter(&emp->em_lock);
	if (gc->g_valid && gc->g_number == g) {
		*blkp = gc->g_itable;
		mutex_exit(&emp->em_lock);
		return 0;
	}
	mutex_exit(&emp->em_lock);
	error = ext2fs_bread(emp, group_block(emp, g / emp->em_dpb), &bp);
	if (error)
		return error;
	error = group_itable(emp, g, (const uint8_t *)bp->b_data +
	    (size_t)(g % emp->em_dpb) * emp->em_descsize, blkp);
	brelse(bp, 0);
	if (error)
		return error;
	mutex_enter(&emp->em_lock);
	gc->g_number = g;
	gc->g_itable = *blkp;
	gc->g_valid = true;
	mutex_exit(&emp->em_lock);
	return 0;
}

/* Blocks of group g that hold superblock, descriptors and inode table. */
static uint64_t
group_overhead(const struct ext2_mount *emp, uint32_t g)
{
	uint32_t gdb, first, mod;
	uint64_t n;

	n = 2 + howmany(emp->em_ipg, emp->em_ipb);
	gdb = howmany(emp->em_groups, emp->em_dpb);
	first = gdb;
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_META_BG))
		first = MIN(gdb, le32toh(emp->em_sb.s_first_meta_bg));
	if (has_super(emp, g))
		n += 1 + le16toh(emp->em_sb.s_reserved_gdt_blocks);
	if (g / emp->em_dpb < first || first == gdb) {
		if (has_super(emp, g))
			n += first;
	} else {
		mod = g % emp->em_dpb;
		if (mod <= 1 || mod == emp->em_dpb - 1)
			n++;
	}
	return n;
}

static uint64_t
journal_blocks(struct ext2_mount *emp)
{
	struct ext2_inode *ip;
	uint64_t n = 0;

	if (!EXT2_HAS(emp, compat, E2_COMPAT_JOURNAL))
		return 0;
	ip = kmem_alloc(sizeof(*ip), KM_SLEEP);
	if (ext2fs_iload(emp, le32toh(emp->em_sb.s_journal_inum), ip) == 0) {
		n = ip->i_size >> emp->em_bshift;
		ext2fs_idone(ip);
	}
	kmem_free(ip, sizeof(*ip));
	return n;
}

/*
 * Space that no file can have, as the format's makers count it; where they
 * did not, with clusters, off by the few that metadata shares.
 */
static uint64_t
overhead(struct ext2_mount *emp)
{
	uint64_t n;
	uint32_t g;

	n = le32toh(emp->em_sb.s_overhead_clusters);
	if (n != 0 && n <= emp->em_blocks >> emp->em_cshift)
		return n;
	n = emp->em_firstdata;
	for (g = 0; g < emp->em_groups && g < MAXCOUNTGROUPS; g++)
		n += group_overhead(emp, g);
	n += journal_blocks(emp);
	n = howmany(n, 1ULL << emp->em_cshift);
	return MIN(n, emp->em_blocks >> emp->em_cshift);
}

/* Adds up the free counts of one block of descriptors. */
static int
count_block(struct ext2_mount *emp, uint32_t n, uint64_t *freep,
    uint64_t *ifreep)
{
	const uint8_t *p;
	struct buf *bp;
	uint32_t g, i;
	int error;

	error = ext2fs_bread(emp, group_block(emp, n), &bp);
	if (error)
		return error;
	for (i = 0; i < emp->em_dpb; i++) {
		g = n * emp->em_dpb + i;
		if (g >= emp->em_groups)
			break;
		p = (const uint8_t *)bp->b_data + i * emp->em_descsize;
		if (!group_csum_ok(emp, g, p))
			continue;
		*freep += le16dec(p +
		    offsetof(struct e2_group, bg_free_blocks_lo));
		*ifreep += le16dec(p +
		    offsetof(struct e2_group, bg_free_inodes_lo));
		if (emp->em_descsize < E2_GROUPSIZE_64)
			continue;
		*freep += (uint32_t)le16dec(p +
		    offsetof(struct e2_group, bg_free_blocks_hi)) << 16;
		*ifreep += (uint32_t)le16dec(p +
		    offsetof(struct e2_group, bg_free_inodes_hi)) << 16;
	}
	brelse(bp, 0);
	return 0;
}

void
ext2fs_count(struct ext2_mount *emp)
{
	uint64_t nfree = 0, ifree = 0, over;
	uint32_t n;
	bool done;

	mutex_enter(&emp->em_lock);
	done = emp->em_statvalid;
	mutex_exit(&emp->em_lock);
	if (done)
		return;
	over = overhead(emp);
	if (emp->em_groups <= MAXCOUNTGROUPS) {
		for (n = 0; n < howmany(emp->em_groups, emp->em_dpb); n++)
			(void)count_block(emp, n, &nfree, &ifree);
	} else {
		nfree = le32toh(emp->em_sb.s_free_blocks_count_lo) |
		    (uint64_t)le32toh(emp->em_sb.s_free_blocks_count_hi) << 32;
		ifree = le32toh(emp->em_sb.s_free_inodes_count);
	}
	mutex_enter(&emp->em_lock);
	emp->em_overhead = over;
	emp->em_free = MIN(nfree, (emp->em_blocks >> emp->em_cshift) - over);
	emp->em_ifree = (uint32_t)MIN(ifree, emp->em_inodes);
	emp->em_statvalid = true;
	mutex_exit(&emp->em_lock);
}
