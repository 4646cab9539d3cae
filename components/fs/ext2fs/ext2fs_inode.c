/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading inodes: where they stand, their checksums, and what their fields
 * mean.  No locking: an inode in core is private to its loader until it is
 * complete.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/stat.h>

#include "ext2fs.h"

#define	NSEC_PER_SEC	1000000000U

/* Is a field of the large inode present? */
#define	HASFIELD(emp, extra, f)						\
	((emp)->em_inosize > E2_OLDINODESIZE &&				\
	 offsetof(struct e2_inode, f) +					\
	 sizeof(((struct e2_inode *)0)->f) <=				\
	 E2_OLDINODESIZE + (size_t)(extra))

static bool
inode_csum_ok(struct ext2_mount *emp, uint32_t ino, const uint8_t *p)
{
	static const uint8_t zero[2];
	uint32_t c, want, mask, gen;
	uint16_t extra;

	if (!emp->em_metacsum)
		return true;
	memcpy(&gen, p + offsetof(struct e2_inode, i_generation), sizeof(gen));
	c = ext2fs_crc32c_le32(emp->em_csumseed, ino);
	c = rump_crc32c(c, &gen, sizeof(gen));
	c = rump_crc32c(c, p, E2_INODE_CSUMLO);
	c = rump_crc32c(c, zero, sizeof(zero));
	c = rump_crc32c(c, p + E2_INODE_CSUMLO + 2,
	    E2_OLDINODESIZE - E2_INODE_CSUMLO - 2);
	want = le16dec(p + E2_INODE_CSUMLO);
	mask = 0xffff;
	if (emp->em_inosize > E2_OLDINODESIZE) {
		extra = le16dec(p + E2_OLDINODESIZE);
		c = rump_crc32c(c, p + E2_OLDINODESIZE, 2);
		if (HASFIELD(emp, extra, i_checksum_hi)) {
			c = rump_crc32c(c, zero, sizeof(zero));
			want |= (uint32_t)le16dec(p + E2_INODE_CSUMHI) << 16;
			mask = 0xffffffff;
		} else
			c = rump_crc32c(c, p + E2_INODE_CSUMHI, 2);
		c = rump_crc32c(c, p + E2_INODE_CSUMHI + 2,
		    emp->em_inosize - E2_INODE_CSUMHI - 2);
	}
	return (c & mask) == want;
}

int
ext2fs_rawget(struct ext2_mount *emp, uint32_t ino, struct ext2_raw *r)
{
	uint64_t blk;
	uint32_t idx;
	int error;

	r->r_bp = NULL;
	if (ino == 0 || ino > emp->em_inodes)
		return ext2fs_damaged(emp, "inode number %u", ino);
	if (emp->em_fc != NULL) {
		r->r_data = ext2fs_fc_inode(emp, ino);
		if (r->r_data != NULL)
			return 0;
	}
	error = ext2fs_itable(emp, (ino - 1) / emp->em_ipg, &blk);
	if (error)
		return error;
	idx = (ino - 1) % emp->em_ipg;
	error = ext2fs_bread(emp, blk + idx / emp->em_ipb, &r->r_bp);
	if (error)
		return error;
	r->r_data = (const uint8_t *)r->r_bp->b_data +
	    (size_t)(idx % emp->em_ipb) * emp->em_inosize;
	if (inode_csum_ok(emp, ino, r->r_data))
		return 0;
	ext2fs_rawput(r);
	return ext2fs_damaged(emp, "inode %u: wrong checksum", ino);
}

void
ext2fs_rawput(struct ext2_raw *r)
{

	if (r->r_bp != NULL)
		brelse(r->r_bp, 0);
	r->r_bp = NULL;
	r->r_data = NULL;
}

/* Two bits of the extra word continue the seconds, the rest are ns. */
static void
set_time(struct timespec *ts, uint32_t sec, uint32_t extra)
{

	ts->tv_sec = (int32_t)le32toh(sec);
	ts->tv_sec += (int64_t)(le32toh(extra) & 3) << 32;
	ts->tv_nsec = le32toh(extra) >> 2;
	if (ts->tv_nsec >= NSEC_PER_SEC)
		ts->tv_nsec = 0;
}

static void
load_times(struct ext2_mount *emp, const struct e2_inode *di,
    struct ext2_inode *ip)
{
	uint16_t x = ip->i_extra;

	ip->i_rawatime = le32toh(di->i_atime);
	ip->i_rawctime = le32toh(di->i_ctime);
	ip->i_rawmtime = le32toh(di->i_mtime);
	set_time(&ip->i_atime, di->i_atime,
	    HASFIELD(emp, x, i_atime_extra) ? di->i_atime_extra : 0);
	set_time(&ip->i_mtime, di->i_mtime,
	    HASFIELD(emp, x, i_mtime_extra) ? di->i_mtime_extra : 0);
	set_time(&ip->i_ctime, di->i_ctime,
	    HASFIELD(emp, x, i_ctime_extra) ? di->i_ctime_extra : 0);
	ip->i_birth.tv_sec = ip->i_birth.tv_nsec = 0;
	if (HASFIELD(emp, x, i_crtime))
		set_time(&ip->i_birth, di->i_crtime,
		    HASFIELD(emp, x, i_crtime_extra) ? di->i_crtime_extra : 0);
	ip->i_version = le32toh(di->i_version_lo);
	if (HASFIELD(emp, x, i_version_hi))
		ip->i_version |= (uint64_t)le32toh(di->i_version_hi) << 32;
}

static void
load_sizes(struct ext2_mount *emp, const struct e2_inode *di,
    struct ext2_inode *ip)
{

	ip->i_size = le32toh(di->i_size_lo);
	if ((ip->i_mode & E2_IFMT) == E2_IFREG ||
	    EXT2_HAS(emp, incompat, E2_INCOMPAT_LARGEDIR))
		ip->i_size |= (uint64_t)le32toh(di->i_size_hi) << 32;
	ip->i_blocks = le32toh(di->i_blocks_lo);
	if (EXT2_HAS(emp, rocompat, E2_ROCOMPAT_HUGE_FILE)) {
		ip->i_blocks |= (uint64_t)le16toh(di->i_blocks_hi) << 32;
		if (ip->i_flags & E2_HUGE_FILE)
			ip->i_blocks <<= emp->em_dbshift;
	}
	ip->i_xatblk = le32toh(di->i_file_acl_lo);
	if (EXT2_HAS(emp, incompat, E2_INCOMPAT_64BIT))
		ip->i_xatblk |= (uint64_t)le16toh(di->i_file_acl_hi) << 32;
}

/* What must hold for the rest of the code to work with an inode. */
static int
check_inode(const struct ext2_inode *ip)
{
	struct ext2_mount *emp = ip->i_emp;
	uint64_t max;

	switch (ip->i_mode & E2_IFMT) {
	case E2_IFREG:
		max = ext2fs_maxlblk(ip) << emp->em_bshift;
		break;
	case E2_IFDIR:
		/* No directory is longer than the file system. */
		max = MIN(ext2fs_maxlblk(ip), emp->em_blocks) <<
		    emp->em_bshift;
		if ((ip->i_flags & E2_INLINE_DATA) == 0 &&
		    (ip->i_size & (emp->em_bsize - 1)) != 0)
			return ext2fs_damaged(emp, "inode %u: directory of %"
			    PRIu64 " bytes", ip->i_ino, ip->i_size);
		break;
	case E2_IFLNK:
		/* Linux makes links that are longer than our MAXPATHLEN. */
		max = emp->em_bsize;
		break;
	case E2_IFCHR:
	case E2_IFBLK:
	case E2_IFIFO:
	case E2_IFSOCK:
		return 0;
	default:
		return ext2fs_damaged(emp, "inode %u: mode 0%o", ip->i_ino,
		    ip->i_mode);
	}
	if (ip->i_size > max)
		return ext2fs_damaged(emp, "inode %u: size %" PRIu64,
		    ip->i_ino, ip->i_size);
	return 0;
}

int
ext2fs_iload(struct ext2_mount *emp, uint32_t ino, struct ext2_inode *ip)
{
	const struct e2_inode *di;
	struct ext2_raw r;
	int error;

	error = ext2fs_rawget(emp, ino, &r);
	if (error)
		return error;
	di = (const void *)r.r_data;
	memset(ip, 0, sizeof(*ip));
	ip->i_emp = emp;
	ip->i_ino = ino;
	ip->i_mode = le16toh(di->i_mode);
	ip->i_links = le16toh(di->i_links_count);
	ip->i_flags = le32toh(di->i_flags);
	ip->i_gen = le32toh(di->i_generation);
	ip->i_uid = le16toh(di->i_uid_lo) |
	    (uint32_t)le16toh(di->i_uid_hi) << 16;
	ip->i_gid = le16toh(di->i_gid_lo) |
	    (uint32_t)le16toh(di->i_gid_hi) << 16;
	if (emp->em_inosize > E2_OLDINODESIZE)
		ip->i_extra = le16toh(di->i_extra_isize);
	memcpy(ip->i_block, di->i_block, sizeof(ip->i_block));
	if (ip->i_extra % 4 != 0 ||
	    E2_OLDINODESIZE + ip->i_extra > emp->em_inosize)
		error = ext2fs_damaged(emp, "inode %u: extra size %u", ino,
		    ip->i_extra);
	else {
		load_times(emp, di, ip);
		load_sizes(emp, di, ip);
	}
	ip->i_seed = ext2fs_crc32c_le32(ext2fs_crc32c_le32(emp->em_csumseed,
	    ino), ip->i_gen);
	ext2fs_rawput(&r);
	if (error)
		return error;
	if (ip->i_links == 0 || ip->i_mode == 0)
		return ESTALE;
	error = check_inode(ip);
	if (error)
		return error;
	mutex_init(&ip->i_lock, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

void
ext2fs_idone(struct ext2_inode *ip)
{

	mutex_destroy(&ip->i_lock);
}

/* Devices: 8 + 8 bits in the first word, or 12 + 20 in the second. */
dev_t
ext2fs_rdev(const struct ext2_inode *ip)
{
	uint32_t d = le32toh(ip->i_block[0]);

	if (d != 0)
		return makedev((d >> 8) & 0xff, d & 0xff);
	d = le32toh(ip->i_block[1]);
	return makedev((d >> 8) & 0xfff,
	    (d & 0xff) | ((d >> 12) & 0xfff00));
}

/* Does the target of a symbolic link stand in the inode? */
bool
ext2fs_fastlink(const struct ext2_inode *ip)
{
	uint64_t xat = 0;

	if (ip->i_flags & E2_INLINE_DATA)
		return false;
	if (ip->i_xatblk != 0)
		xat = (1ULL << (ip->i_emp->em_dbshift + ip->i_emp->em_cshift));
	return ip->i_size < E2_IBLOCKSIZE && ip->i_blocks <= xat;
}
