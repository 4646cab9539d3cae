/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The on-disk format of ext2, ext3 and ext4: little-endian structures, flags
 * and limits, as far as reading needs them.  Facts only; no locking.
 *
 * All structures are naturally aligned, and are only ever laid over data whose
 * offset has been checked to be a multiple of four.
 */

#ifndef _EXT2FS_FMT_H_
#define _EXT2FS_FMT_H_

#define	E2_SBOFF		1024	/* byte offset of the superblock */
#define	E2_SBSIZE		1024
#define	E2_MAGIC		0xef53
#define	E2_ROOTINO		2
#define	E2_JOURNALINO		8
#define	E2_FIRSTINO		11	/* first that a directory may name */
#define	E2_MINBSIZE		1024
#define	E2_MAXLOGBSIZE		6	/* 64 KiB */
#define	E2_NAMEMAX		255
#define	E2_OLDINODESIZE		128
#define	E2_LINKMAX		65000
#define	E2_OS_HURD		1

struct e2_super {
	uint32_t s_inodes_count;	/* 0x000 */
	uint32_t s_blocks_count_lo;
	uint32_t s_r_blocks_count_lo;
	uint32_t s_free_blocks_count_lo;
	uint32_t s_free_inodes_count;	/* 0x010 */
	uint32_t s_first_data_block;
	uint32_t s_log_block_size;
	uint32_t s_log_cluster_size;
	uint32_t s_blocks_per_group;	/* 0x020 */
	uint32_t s_clusters_per_group;
	uint32_t s_inodes_per_group;
	uint32_t s_mtime;
	uint32_t s_wtime;		/* 0x030 */
	uint16_t s_mnt_count;
	uint16_t s_max_mnt_count;
	uint16_t s_magic;
	uint16_t s_state;
	uint16_t s_errors;
	uint16_t s_minor_rev_level;
	uint32_t s_lastcheck;		/* 0x040 */
	uint32_t s_checkinterval;
	uint32_t s_creator_os;
	uint32_t s_rev_level;
	uint16_t s_def_resuid;		/* 0x050 */
	uint16_t s_def_resgid;
	uint32_t s_first_ino;
	uint16_t s_inode_size;
	uint16_t s_block_group_nr;
	uint32_t s_feature_compat;
	uint32_t s_feature_incompat;	/* 0x060 */
	uint32_t s_feature_ro_compat;
	uint8_t s_uuid[16];
	uint8_t s_volume_name[16];
	uint8_t s_last_mounted[64];
	uint32_t s_algorithm_bitmap;	/* 0x0c8 */
	uint8_t s_prealloc_blocks;
	uint8_t s_prealloc_dir_blocks;
	uint16_t s_reserved_gdt_blocks;
	uint8_t s_journal_uuid[16];	/* 0x0d0 */
	uint32_t s_journal_inum;
	uint32_t s_journal_dev;
	uint32_t s_last_orphan;
	uint32_t s_hash_seed[4];	/* 0x0ec */
	uint8_t s_def_hash_version;
	uint8_t s_jnl_backup_type;
	uint16_t s_desc_size;
	uint32_t s_default_mount_opts;	/* 0x100 */
	uint32_t s_first_meta_bg;
	uint32_t s_mkfs_time;
	uint32_t s_jnl_blocks[17];
	uint32_t s_blocks_count_hi;	/* 0x150 */
	uint32_t s_r_blocks_count_hi;
	uint32_t s_free_blocks_count_hi;
	uint16_t s_min_extra_isize;
	uint16_t s_want_extra_isize;
	uint32_t s_flags;		/* 0x160 */
	uint16_t s_raid_stride;
	uint16_t s_mmp_interval;
	uint32_t s_mmp_block_lo;
	uint32_t s_mmp_block_hi;
	uint32_t s_raid_stripe_width;	/* 0x170 */
	uint8_t s_log_groups_per_flex;
	uint8_t s_checksum_type;
	uint8_t s_encryption_level;
	uint8_t s_reserved_pad;
	uint32_t s_kbytes_written[2];
	uint32_t s_snapshot[5];		/* 0x180 */
	uint32_t s_error_count;
	uint32_t s_errors_log[26];	/* 0x198: first and last error */
	uint8_t s_mount_opts[64];	/* 0x200 */
	uint32_t s_usr_quota_inum;	/* 0x240 */
	uint32_t s_grp_quota_inum;
	uint32_t s_overhead_clusters;
	uint32_t s_backup_bgs[2];
	uint8_t s_encrypt_algos[4];
	uint8_t s_encrypt_pw_salt[16];	/* 0x258 */
	uint32_t s_lpf_ino;
	uint32_t s_prj_quota_inum;
	uint32_t s_checksum_seed;	/* 0x270 */
	uint8_t s_time_hi[8];
	uint16_t s_encoding;
	uint16_t s_encoding_flags;
	uint32_t s_orphan_file_inum;	/* 0x280 */
	uint8_t s_reserved[376];
	uint32_t s_checksum;		/* 0x3fc */
};

/* s_flags: how the hash of directory names was computed. */
#define	E2_FLAG_SIGNED_HASH	0x0001
#define	E2_FLAG_UNSIGNED_HASH	0x0002

/* Compatible features. */
#define	E2_COMPAT_JOURNAL	0x0004
#define	E2_COMPAT_DIR_INDEX	0x0020
#define	E2_COMPAT_SPARSE_SUPER2	0x0200
#define	E2_COMPAT_FAST_COMMIT	0x0400

/* Incompatible features. */
#define	E2_INCOMPAT_COMPRESSION	0x00000001
#define	E2_INCOMPAT_FILETYPE	0x00000002
#define	E2_INCOMPAT_RECOVER	0x00000004
#define	E2_INCOMPAT_JOURNAL_DEV	0x00000008
#define	E2_INCOMPAT_META_BG	0x00000010
#define	E2_INCOMPAT_EXTENTS	0x00000040
#define	E2_INCOMPAT_64BIT	0x00000080
#define	E2_INCOMPAT_MMP		0x00000100
#define	E2_INCOMPAT_FLEX_BG	0x00000200
#define	E2_INCOMPAT_EA_INODE	0x00000400
#define	E2_INCOMPAT_DIRDATA	0x00001000
#define	E2_INCOMPAT_CSUM_SEED	0x00002000
#define	E2_INCOMPAT_LARGEDIR	0x00004000
#define	E2_INCOMPAT_INLINE_DATA	0x00008000
#define	E2_INCOMPAT_ENCRYPT	0x00010000
#define	E2_INCOMPAT_CASEFOLD	0x00020000

#define	E2_INCOMPAT_SUPPORTED						\
	(E2_INCOMPAT_FILETYPE | E2_INCOMPAT_RECOVER |			\
	 E2_INCOMPAT_META_BG | E2_INCOMPAT_EXTENTS | E2_INCOMPAT_64BIT |\
	 E2_INCOMPAT_MMP | E2_INCOMPAT_FLEX_BG | E2_INCOMPAT_EA_INODE |	\
	 E2_INCOMPAT_CSUM_SEED | E2_INCOMPAT_LARGEDIR |			\
	 E2_INCOMPAT_INLINE_DATA | E2_INCOMPAT_ENCRYPT |		\
	 E2_INCOMPAT_CASEFOLD)

/* Read-only compatible features. */
#define	E2_ROCOMPAT_SPARSE_SUPER	0x0001
#define	E2_ROCOMPAT_HUGE_FILE		0x0008
#define	E2_ROCOMPAT_GDT_CSUM		0x0010
#define	E2_ROCOMPAT_BIGALLOC		0x0200
#define	E2_ROCOMPAT_METADATA_CSUM	0x0400

#define	E2_CSUM_CRC32C		1	/* the only s_checksum_type */

/* Group descriptor: 32 bytes, or 64 and more with the 64bit feature. */
struct e2_group {
	uint32_t bg_block_bitmap_lo;
	uint32_t bg_inode_bitmap_lo;
	uint32_t bg_inode_table_lo;
	uint16_t bg_free_blocks_lo;
	uint16_t bg_free_inodes_lo;
	uint16_t bg_used_dirs_lo;
	uint16_t bg_flags;
	uint32_t bg_exclude_bitmap_lo;
	uint16_t bg_block_bitmap_csum_lo;
	uint16_t bg_inode_bitmap_csum_lo;
	uint16_t bg_itable_unused_lo;
	uint16_t bg_checksum;		/* 0x1e */
	uint32_t bg_block_bitmap_hi;	/* 0x20: from here 64bit only */
	uint32_t bg_inode_bitmap_hi;
	uint32_t bg_inode_table_hi;
	uint16_t bg_free_blocks_hi;
	uint16_t bg_free_inodes_hi;
	uint16_t bg_used_dirs_hi;
	uint16_t bg_itable_unused_hi;
	uint32_t bg_exclude_bitmap_hi;
	uint16_t bg_block_bitmap_csum_hi;
	uint16_t bg_inode_bitmap_csum_hi;
	uint32_t bg_reserved;
};
#define	E2_GROUPSIZE_OLD	32
#define	E2_GROUPSIZE_64		64
#define	E2_GROUP_CSUMOFF	0x1e

#define	E2_NDADDR	12
#define	E2_NIADDR	3
#define	E2_IBLOCKSIZE	60		/* bytes of i_block */

struct e2_inode {
	uint16_t i_mode;		/* 0x00 */
	uint16_t i_uid_lo;
	uint32_t i_size_lo;
	uint32_t i_atime;
	uint32_t i_ctime;
	uint32_t i_mtime;		/* 0x10 */
	uint32_t i_dtime;
	uint16_t i_gid_lo;
	uint16_t i_links_count;
	uint32_t i_blocks_lo;
	uint32_t i_flags;		/* 0x20 */
	uint32_t i_version_lo;
	uint8_t i_block[E2_IBLOCKSIZE];
	uint32_t i_generation;		/* 0x64 */
	uint32_t i_file_acl_lo;
	uint32_t i_size_hi;
	uint32_t i_obso_faddr;		/* 0x70 */
	uint16_t i_blocks_hi;
	uint16_t i_file_acl_hi;
	uint16_t i_uid_hi;
	uint16_t i_gid_hi;
	uint16_t i_checksum_lo;
	uint16_t i_reserved;
	uint16_t i_extra_isize;		/* 0x80: from here large inodes only */
	uint16_t i_checksum_hi;
	uint32_t i_ctime_extra;
	uint32_t i_mtime_extra;
	uint32_t i_atime_extra;
	uint32_t i_crtime;		/* 0x90 */
	uint32_t i_crtime_extra;
	uint32_t i_version_hi;
	uint32_t i_projid;
};
#define	E2_INODE_BLOCKOFF	0x28
#define	E2_INODE_CSUMLO		0x7c
#define	E2_INODE_CSUMHI		0x82

/* i_mode */
#define	E2_IFMT		0170000
#define	E2_IFIFO	0010000
#define	E2_IFCHR	0020000
#define	E2_IFDIR	0040000
#define	E2_IFBLK	0060000
#define	E2_IFREG	0100000
#define	E2_IFLNK	0120000
#define	E2_IFSOCK	0140000

/* i_flags */
#define	E2_IMMUTABLE	0x00000010
#define	E2_APPEND	0x00000020
#define	E2_NODUMP	0x00000040
#define	E2_ENCRYPT	0x00000800
#define	E2_INDEX	0x00001000
#define	E2_HUGE_FILE	0x00040000
#define	E2_EXTENTS	0x00080000
#define	E2_VERITY	0x00100000
#define	E2_EA_INODE	0x00200000
#define	E2_INLINE_DATA	0x10000000
#define	E2_CASEFOLD	0x40000000

/* Extent trees. */
struct e2_exthdr {
	uint16_t eh_magic;
	uint16_t eh_entries;
	uint16_t eh_max;
	uint16_t eh_depth;
	uint32_t eh_generation;
};
struct e2_extent {
	uint32_t ee_block;
	uint16_t ee_len;		/* over E2_EXT_MAXLEN: unwritten */
	uint16_t ee_start_hi;
	uint32_t ee_start_lo;
};
struct e2_extidx {
	uint32_t ei_block;
	uint32_t ei_leaf_lo;
	uint16_t ei_leaf_hi;
	uint16_t ei_unused;
};
#define	E2_EXT_MAGIC	0xf30a
#define	E2_EXT_MAXDEPTH	5
#define	E2_EXT_MAXLEN	32768
#define	E2_EXT_ENTSIZE	12
#define	E2_MAXLBLK	0xffffffffULL	/* one past the last logical block */

/* Directories. */
struct e2_dirent {
	uint32_t d_ino;
	uint16_t d_reclen;
	uint8_t d_namlen;
	uint8_t d_type;
	char d_name[];
};
#define	E2_DIRHDR	8
#define	E2_DIRTAILSIZE	12
#define	E2_DIRTAILTYPE	0xde
#define	E2_DIRLEN(n)	(((n) + E2_DIRHDR + 3) & ~3U)

#define	E2_FT_UNKNOWN	0
#define	E2_FT_REG	1
#define	E2_FT_DIR	2
#define	E2_FT_CHR	3
#define	E2_FT_BLK	4
#define	E2_FT_FIFO	5
#define	E2_FT_SOCK	6
#define	E2_FT_LNK	7

/* Hashed directory index. */
struct e2_dxent {
	uint32_t dx_hash;	/* of entry 0: u16 limit, u16 count */
	uint32_t dx_block;
};
struct e2_dxinfo {		/* at 0x18 of block 0 */
	uint32_t dx_reserved;
	uint8_t dx_hashver;
	uint8_t dx_infolen;
	uint8_t dx_levels;
	uint8_t dx_flags;
};
#define	E2_DXINFO_OFF	0x18
#define	E2_DXROOT_OFF	0x20	/* of the entries in block 0 */
#define	E2_DXNODE_OFF	0x08	/* of the entries in other index blocks */
#define	E2_DXTAILSIZE	8
#define	E2_DXMAXLEVELS	3	/* index blocks above the leaves, large_dir */
#define	E2_DXBLKMASK	0x0fffffffU

#define	E2_HASH_LEGACY		0
#define	E2_HASH_HALFMD4		1
#define	E2_HASH_TEA		2
#define	E2_HASH_LEGACY_U	3
#define	E2_HASH_HALFMD4_U	4
#define	E2_HASH_TEA_U		5
#define	E2_HASH_SIPHASH		6

/* Extended attributes. */
struct e2_xathdr {
	uint32_t h_magic;
	uint32_t h_refcount;
	uint32_t h_blocks;
	uint32_t h_hash;
	uint32_t h_checksum;	/* 0x10 */
	uint32_t h_reserved[3];
};
struct e2_xatent {
	uint8_t x_namlen;
	uint8_t x_index;
	uint16_t x_valoff;
	uint32_t x_valino;
	uint32_t x_valsize;
	uint32_t x_hash;
	char x_name[];
};
#define	E2_XAT_MAGIC		0xea020000U
#define	E2_XAT_HDRSIZE		32
#define	E2_XAT_ENTSIZE		16
#define	E2_XAT_CSUMOFF		0x10
#define	E2_XAT_LEN(n)		(((n) + E2_XAT_ENTSIZE + 3) & ~3U)
#define	E2_XAT_MAXVALUE		65536	/* of a value in an inode of its own */

#define	E2_XAT_USER		1
#define	E2_XAT_ACL_ACCESS	2
#define	E2_XAT_ACL_DEFAULT	3
#define	E2_XAT_TRUSTED		4
#define	E2_XAT_SECURITY		6
#define	E2_XAT_SYSTEM		7
#define	E2_XAT_ENCRYPTION	9
#define	E2_XAT_HURD		10

/* POSIX ACLs: as stored, and as the xattr interface shows them. */
#define	E2_ACL_DISKVERSION	1
#define	E2_ACL_XATTRVERSION	2
#define	E2_ACL_USER_OBJ		0x01
#define	E2_ACL_USER		0x02
#define	E2_ACL_GROUP_OBJ	0x04
#define	E2_ACL_GROUP		0x08
#define	E2_ACL_MASK		0x10
#define	E2_ACL_OTHER		0x20

/* The journal (big-endian). */
struct jb_header {
	uint32_t h_magic;
	uint32_t h_type;
	uint32_t h_seq;
};
struct jb_super {
	struct jb_header s_header;
	uint32_t s_blocksize;		/* 0x0c */
	uint32_t s_maxlen;
	uint32_t s_first;
	uint32_t s_sequence;		/* 0x18 */
	uint32_t s_start;
	uint32_t s_errno;
	uint32_t s_feature_compat;	/* 0x24 */
	uint32_t s_feature_incompat;
	uint32_t s_feature_ro_compat;
	uint8_t s_uuid[16];		/* 0x30 */
	uint32_t s_nr_users;
	uint32_t s_dynsuper;
	uint32_t s_max_transaction;
	uint32_t s_max_trans_data;
	uint8_t s_checksum_type;	/* 0x50 */
	uint8_t s_pad[3];
	uint32_t s_num_fc_blks;		/* 0x54 */
	uint32_t s_head;
	uint32_t s_padding[40];
	uint32_t s_checksum;		/* 0xfc */
	uint8_t s_users[768];
};
struct jb_tag3 {			/* with checksum v3 */
	uint32_t t_block_lo;
	uint32_t t_flags;
	uint32_t t_block_hi;
	uint32_t t_checksum;
};
struct jb_commit {
	struct jb_header c_header;
	uint8_t c_chksum_type;
	uint8_t c_chksum_size;
	uint8_t c_pad[2];
	uint32_t c_chksum[8];
};
#define	JB_MAGIC		0xc03b3998U
#define	JB_DESCRIPTOR		1
#define	JB_COMMIT		2
#define	JB_SUPER_V1		3
#define	JB_SUPER_V2		4
#define	JB_REVOKE		5

#define	JB_TAG_ESCAPED		1
#define	JB_TAG_SAME_UUID	2
#define	JB_TAG_DELETED		4
#define	JB_TAG_LAST		8

#define	JB_COMPAT_CHECKSUM	1
#define	JB_INCOMPAT_REVOKE	0x01
#define	JB_INCOMPAT_64BIT	0x02
#define	JB_INCOMPAT_ASYNC	0x04
#define	JB_INCOMPAT_CSUM_V2	0x08
#define	JB_INCOMPAT_CSUM_V3	0x10
#define	JB_INCOMPAT_FAST_COMMIT	0x20
#define	JB_INCOMPAT_SUPPORTED	0x3f

#define	JB_CRC32		1	/* c_chksum_type of the v1 checksum */
#define	JB_DEFAULT_FC_BLKS	256
#define	JB_MAXLEN		10240000	/* blocks, as mke2fs allows */

/* Fast commits (little-endian again): tag, length, value. */
#define	FC_TAG_ADD_RANGE	1
#define	FC_TAG_DEL_RANGE	2
#define	FC_TAG_CREAT		3
#define	FC_TAG_LINK		4
#define	FC_TAG_UNLINK		5
#define	FC_TAG_INODE		6
#define	FC_TAG_PAD		7
#define	FC_TAG_TAIL		8
#define	FC_TAG_HEAD		9

#endif /* _EXT2FS_FMT_H_ */
