/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The in-memory side of ext2fs, shared by its sources.
 *
 * Locking: what a mount holds is constant after mounting, except what stands
 * under "em_lock".  An in-core inode is constant after it was loaded, except
 * the mapping cache, which belongs to i_lock, and the two words about
 * directories, which anybody may change at any time (EXT2_NOTE, EXT2_NOTED).
 * Nothing here is ever written to the device.
 */

#ifndef _EXT2FS_H_
#define _EXT2FS_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/endian.h>
#include <sys/errno.h>
#include <sys/inttypes.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/vnode.h>
#include <miscfs/genfs/genfs_node.h>
#include <rump-free/crc.h>

#include "ext2fs_fmt.h"


struct lockf;

/* A hash table from block or inode numbers to a pair of numbers. */
struct ext2_tabent {
	uint64_t te_key;	/* number + 1; 0 is a free slot */
	uint64_t te_val;
	uint32_t te_aux;
};
struct ext2_table {
	struct ext2_tabent *t_slot;
	size_t t_nslots;	/* power of two, or 0 */
	size_t t_used;
};

/* te_aux of the journal's overlay. */
#define	EXT2_OV_ESCAPED	1	/* the first word was the journal's magic */
#define	EXT2_OV_DAMAGED	2	/* the journal's copy fails its checksum */

/* A group descriptor, decoded. */
struct ext2_group {
	uint64_t g_itable;
	uint32_t g_number;
	bool g_valid;
};
#define	EXT2_NGCACHE	64

struct ext2_fc;			/* fast commits, ext2fs_fc.c */

/* A mounted file system. */
struct ext2_mount {
	/* The paths of every lookup and read. */
	struct vnode *em_devvp;
	struct mount *em_mp;
	uint32_t em_bshift;	/* log2 of the block size */
	uint32_t em_bsize;	/* bytes */
	uint32_t em_dbshift;	/* from fs blocks to DEV_BSIZE blocks */
	uint32_t em_inosize;	/* bytes of an inode on disk */
	uint32_t em_ipb;	/* inodes per block */
	uint32_t em_ipg;	/* inodes per group */
	uint32_t em_inodes;
	uint32_t em_csumseed;
	uint64_t em_blocks;
	bool em_metacsum;
	struct ext2_table em_overlay;	/* block -> journal's copy */
	struct ext2_fc *em_fc;		/* NULL: no fast commits */

	/* Geometry and features. */
	uint32_t em_compat;
	uint32_t em_incompat;
	uint32_t em_rocompat;
	uint32_t em_sbblk;	/* block that holds the superblock */
	uint32_t em_firstdata;
	uint32_t em_bpg;	/* blocks per group */
	uint32_t em_cshift;	/* log2 of blocks per cluster */
	uint32_t em_groups;
	uint32_t em_descsize;
	uint32_t em_dpb;	/* descriptors per block */
	uint32_t em_hashseed[4];
	bool em_unsignedhash;
	dev_t em_dev;
	bool em_quiet;		/* while mounting: expect damage, say nothing */
	struct e2_super em_sb;

	/* em_lock */
	kmutex_t em_lock;
	struct ext2_group em_gcache[EXT2_NGCACHE];
	bool em_statvalid;
	uint64_t em_free;	/* clusters */
	uint64_t em_overhead;	/* clusters */
	uint32_t em_ifree;
	struct timeval em_lastmsg;
	int em_msgpps;
	struct ext2_table em_adopted;	/* directory -> accepted parent */
};

/* A run of logical blocks of one kind. */
struct ext2_run {
	uint64_t r_lblk;
	uint64_t r_len;		/* blocks, at least 1 */
	uint64_t r_pblk;	/* 0: a hole, or unwritten */
};

/* An inode in core, usable without a vnode. */
struct ext2_inode {
	struct ext2_mount *i_emp;
	uint32_t i_ino;
	uint32_t i_gen;
	uint32_t i_seed;	/* of the checksums of its blocks */
	uint32_t i_flags;
	uint16_t i_mode;
	uint16_t i_extra;	/* i_extra_isize */
	uint32_t i_links;
	uint32_t i_uid;
	uint32_t i_gid;
	uint64_t i_size;
	uint64_t i_blocks;	/* of 512 bytes */
	uint64_t i_xatblk;
	uint64_t i_version;
	uint32_t i_rawctime;	/* as stored: reused by EA inodes */
	uint32_t i_rawatime;
	uint32_t i_rawmtime;
	struct timespec i_atime;
	struct timespec i_mtime;
	struct timespec i_ctime;
	struct timespec i_birth;
	uint32_t i_block[E2_IBLOCKSIZE / 4];	/* as stored */
	kmutex_t i_lock;
	struct ext2_run i_run;	/* the last mapping; r_len 0: none */
	uint32_t i_dirhint;	/* block of the last name found; a hint */
	bool i_dirdamaged;	/* a part was skipped; only ever set */
};

/* What hangs on a vnode; genfs needs its part to be the first. */
struct ext2_node {
	struct genfs_node en_genfs;
	struct vnode *en_vp;
	struct ext2_inode en_i;
	struct lockf *en_lockf;
};

/* An inode as it stands on the disk, pinned. */
struct ext2_raw {
	const uint8_t *r_data;	/* em_inosize bytes */
	struct buf *r_bp;	/* NULL: held elsewhere */
};

/* Words whose value is right whichever of two threads wrote it last. */
#define	EXT2_NOTE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define	EXT2_NOTED(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)

#define	VTOE(vp)	((struct ext2_node *)(vp)->v_data)
#define	VTOEI(vp)	(&VTOE(vp)->en_i)
#define	VFSTOE(mp)	((struct ext2_mount *)(mp)->mnt_data)
#define	EXT2_HAS(emp, kind, f)	(((emp)->em_##kind & (f)) != 0)

/* ext2fs_subr.c: blocks, messages, tables. */

/*
 * Reads metadata block blk (number in file-system blocks) as the journal's
 * replay leaves it; the caller brelse()s *bpp.  EIO for numbers that the
 * file system does not have.  May sleep.
 */
int	ext2fs_bread(struct ext2_mount *, uint64_t, struct buf **);
/* The same for what stands on the device itself. */
int	ext2fs_bread_dev(struct ext2_mount *, uint64_t, struct buf **);
/* True if count blocks from blk may belong to a file. */
bool	ext2fs_blkok(const struct ext2_mount *, uint64_t, uint64_t);
/* Reports damage, at most a few lines a second; returns EIO. */
int	ext2fs_damaged(struct ext2_mount *, const char *, ...)
	    __printflike(2, 3);
int	ext2fs_tabset(struct ext2_table *, uint64_t, uint64_t, uint32_t);
bool	ext2fs_tabget(const struct ext2_table *, uint64_t, uint64_t *,
	    uint32_t *);
void	ext2fs_tabfree(struct ext2_table *);

/* ext2fs_csum.c: more checksums; they continue from the first argument. */
uint32_t ext2fs_crc32be(uint32_t, const void *, size_t);
uint32_t ext2fs_crc32c_le32(uint32_t, uint32_t);

/* ext2fs_super.c: the superblock and the group descriptors. */
/* Checks the superblock in em_sb and derives the geometry from it. */
int	ext2fs_super_check(struct ext2_mount *, uint64_t);
int	ext2fs_super_read(struct ext2_mount *, bool);
/* Device address of the inode table of a group. */
int	ext2fs_itable(struct ext2_mount *, uint32_t, uint64_t *);
/* Fills em_free, em_overhead, em_ifree; em_lock not held. */
void	ext2fs_count(struct ext2_mount *);

/* ext2fs_inode.c */
/* Pins the raw inode; EIO if it fails its checksum. */
int	ext2fs_rawget(struct ext2_mount *, uint32_t, struct ext2_raw *);
void	ext2fs_rawput(struct ext2_raw *);
/* Loads an inode; ESTALE if it is free. Undone by ext2fs_idone(). */
int	ext2fs_iload(struct ext2_mount *, uint32_t, struct ext2_inode *);
void	ext2fs_idone(struct ext2_inode *);
dev_t	ext2fs_rdev(const struct ext2_inode *);
bool	ext2fs_fastlink(const struct ext2_inode *);

/* ext2fs_bmap.c: from logical to physical blocks. */
/*
 * The run that begins at lblk; r_len is how far it is known to go and may end
 * before the extent does.  Caller need not hold anything.
 */
int	ext2fs_map(struct ext2_inode *, uint64_t, struct ext2_run *);
int	ext2fs_map_indirect(struct ext2_inode *, uint64_t, struct ext2_run *);
int	ext2fs_map_extent(struct ext2_inode *, uint64_t, struct ext2_run *);
/* Reads one block of an inode as metadata; *bpp is NULL for a hole. */
int	ext2fs_iblock(struct ext2_inode *, uint64_t, struct buf **,
	    uint64_t *);
/* First logical block the block map can not reach. */
uint64_t ext2fs_maxlblk(const struct ext2_inode *);
/* FIOSEEKDATA and FIOSEEKHOLE. */
int	ext2fs_seek(struct ext2_inode *, bool, off_t *);
/* Device address (and vnode) of a run for VOP_BMAP. */
int	ext2fs_devaddr(struct ext2_inode *, struct ext2_run *, daddr_t *,
	    bool *);

/* ext2fs_dir.c, ext2fs_htree.c */
struct ext2_dirpos {		/* what a directory walk found */
	uint32_t dp_ino;
	uint32_t dp_next;	/* offset of the next entry in the block */
	uint8_t dp_type;	/* E2_FT_* */
	uint8_t dp_namlen;
	const char *dp_name;
};
/* One entry at offset *off of a block; false at its end or at damage. */
bool	ext2fs_dirnext(struct ext2_inode *, const uint8_t *, uint32_t,
	    uint32_t *, struct ext2_dirpos *, bool *);
/* Checksum and shape of a directory block. */
int	ext2fs_dircheck(struct ext2_inode *, const uint8_t *, uint64_t);
/* Looks a name up: 0, ENOENT, or EIO if it may be in a damaged part. */
int	ext2fs_dirlookup(struct ext2_inode *, const char *, size_t,
	    uint32_t *);
/* Looks an inode number up: does the directory hold it? */
int	ext2fs_dirholds(struct ext2_inode *, uint32_t);
int	ext2fs_readdir_uio(struct ext2_inode *, struct uio *, int *, off_t **,
	    int *);
bool	ext2fs_isdxblock(const struct ext2_mount *, const uint8_t *,
	    uint64_t, uint32_t *);
int	ext2fs_dxlookup(struct ext2_inode *, const char *, size_t,
	    uint32_t *);
/* Looks for a name in one verified block. */
bool	ext2fs_blockfind(struct ext2_inode *, const uint8_t *, uint32_t,
	    uint32_t, const char *, size_t, uint32_t *, bool *);
/* The hash of a name; major and minor, EINVAL for an unknown version. */
int	ext2fs_hash(const uint32_t *, int, const char *, size_t, uint32_t *,
	    uint32_t *);
/* Printable form of an encrypted name; returns its length. */
size_t	ext2fs_cryptname(const char *, size_t, char *);

/* ext2fs_xattr.c */
struct ext2_xat {
	const struct e2_xatent *xa_ent;
	const uint8_t *xa_val;	/* NULL: in an inode of its own */
	uint32_t xa_len;
};
typedef int (*ext2_xatfn)(struct ext2_inode *, const struct ext2_xat *,
    void *);
/* Walks the attributes; stops when the function returns non-zero. */
int	ext2fs_xatwalk(struct ext2_inode *, ext2_xatfn, void *);
/* The walk over those in the inode only. */
int	ext2fs_xatwalk_inode(struct ext2_inode *, const struct ext2_raw *,
	    ext2_xatfn, void *);
int	ext2fs_xatget(struct ext2_inode *, int, const char *, struct uio *,
	    size_t *);
int	ext2fs_xatlist(struct ext2_inode *, int, struct uio *, size_t *,
	    int);
/* ext2fs_acl.c: EINVAL if damaged; *outp has *outlenp bytes to kmem_free. */
int	ext2fs_acl_toxattr(const uint8_t *, size_t, uint8_t **, size_t *);

/* ext2fs_inline.c: contents that live in the inode. */
/* A copy of the contents; kmem_free(*bufp, *lenp) by the caller. */
int	ext2fs_inline(struct ext2_inode *, uint8_t **, size_t *);

/* ext2fs_journal.c, ext2fs_fc.c */
int	ext2fs_replay(struct ext2_mount *);
int	ext2fs_fc_replay(struct ext2_mount *, struct ext2_inode *, uint32_t,
	    uint32_t, uint32_t);
void	ext2fs_fc_free(struct ext2_mount *);
/* The inode that a fast commit left, or NULL; em_inosize bytes. */
const uint8_t *ext2fs_fc_inode(struct ext2_mount *, uint32_t);
/* The part of a mapping that fast commits changed: true if it holds lblk. */
bool	ext2fs_fc_map(struct ext2_inode *, uint64_t, struct ext2_run *,
	    uint64_t *);
/* Entry n of the names that fast commits added to or took from a directory. */
struct ext2_fcname {
	const char *fn_name;
	size_t fn_namlen;
	uint32_t fn_ino;	/* 0: removed */
};
/* A directory that only fast commits know: no contents but their names. */
bool	ext2fs_fc_newdir(struct ext2_inode *);
bool	ext2fs_fc_name(struct ext2_inode *, uint32_t, struct ext2_fcname *);
/* 0, ENOENT for a name that was removed, EJUSTRETURN if nothing is known. */
int	ext2fs_fc_lookup(struct ext2_inode *, const char *, size_t,
	    uint32_t *);

/* ext2fs_vfsops.c, ext2fs_vnops.c */
extern int (**ext2fs_vnodeop_p)(void *);
extern int (**ext2fs_specop_p)(void *);
extern int (**ext2fs_fifoop_p)(void *);
extern const struct vnodeopv_desc ext2fs_vnodeop_opv_desc;
extern const struct vnodeopv_desc ext2fs_specop_opv_desc;
extern const struct vnodeopv_desc ext2fs_fifoop_opv_desc;
extern const struct genfs_ops ext2fs_genfsops;
int	ext2fs_getnode(struct ext2_mount *, uint32_t, struct vnode **);
/* Is child, found in dir, a directory that dir may have? */
int	ext2fs_adopt(struct ext2_inode *, struct ext2_inode *);

#endif /* _EXT2FS_H_ */
