/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal of a file system that was not unmounted: what it would write is
 * collected in a table from blocks to their copies in the journal, through
 * which all reading then goes.  Nothing is written.  Runs while mounting,
 * alone.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/kmem.h>

#include "ext2fs.h"

#define	JB_CRC32C_TYPE	4		/* s_checksum_type */
#define	MAXREVOKED	(1U << 22)	/* revoke records kept in memory */
#define	MAXLOOKAHEAD	8192		/* blocks searched past the end */

struct jb {
	struct ext2_mount *j_emp;
	struct ext2_inode *j_ip;
	uint32_t j_maxlen;	/* blocks of the journal */
	uint32_t j_first;	/* where the log's circle begins */
	uint32_t j_last;	/* and one past its end */
	uint32_t j_start;	/* where the oldest transaction is, or 0 */
	uint32_t j_sequence;	/* its number */
	uint32_t j_endseq;	/* first transaction that is not complete */
	uint32_t j_nfc;		/* blocks for fast commits */
	uint32_t j_incompat;
	bool j_csum;		/* checksums v2 or v3 */
	bool j_csum_v1;
	uint32_t j_seed;
	struct ext2_table j_revoked;	/* block -> last transaction */
	struct ext2_table j_overlay;
};

/* One entry of a descriptor block. */
struct jb_tag {
	uint64_t t_block;
	uint32_t t_flags;
	uint32_t t_csum;
};

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

static int
jb_bad(struct jb *j, const char *what, uint32_t jblk)
{

	return ext2fs_damaged(j->j_emp, "journal block %u: %s", jblk, what);
}

/* Reads a block of the journal, and tells where it is. */
static int
jb_read(struct jb *j, uint32_t jblk, struct buf **bpp, uint64_t *physp)
{
	struct ext2_run run;
	int error;

	*bpp = NULL;
	error = ext2fs_map(j->j_ip, jblk, &run);
	if (error)
		return error;
	if (run.r_pblk == 0)
		return jb_bad(j, "not allocated", jblk);
	if (physp != NULL)
		*physp = run.r_pblk;
	return ext2fs_bread_dev(j->j_emp, run.r_pblk, bpp);
}

static uint32_t
jb_wrap(const struct jb *j, uint64_t jblk)
{

	while (jblk >= j->j_last)
		jblk -= j->j_last - j->j_first;
	return (uint32_t)jblk;
}

static size_t
tag_size(const struct jb *j)
{
	size_t n = 8;

	if (j->j_incompat & JB_INCOMPAT_CSUM_V3)
		return sizeof(struct jb_tag3);
	if (j->j_incompat & JB_INCOMPAT_64BIT)
		n += 4;
	if (j->j_incompat & JB_INCOMPAT_CSUM_V2)
		n += 2;
	return n;
}

/* Takes the tag at *off of a descriptor; false at the end of the block. */
static bool
next_tag(const struct jb *j, const uint8_t *blk, size_t *off,
    struct jb_tag *t)
{
	size_t end = j->j_emp->em_bsize - (j->j_csum ? 4 : 0);
	const uint8_t *p = blk + *off;
	size_t size = tag_size(j);

	if (*off + size > end)
		return false;
	t->t_block = be32dec(p);
	if (j->j_incompat & JB_INCOMPAT_CSUM_V3) {
		t->t_flags = be32dec(p + 4);
		t->t_csum = be32dec(p + 12);
	} else {
		t->t_csum = be16dec(p + 4);
		t->t_flags = be16dec(p + 6);
	}
	if (j->j_incompat & JB_INCOMPAT_64BIT)
		t->t_block |= (uint64_t)be32dec(p + 8) << 32;
	*off += size;
	if ((t->t_flags & JB_TAG_SAME_UUID) == 0)
		*off += 16;
	if (t->t_flags & JB_TAG_LAST)
		*off = end;
	return true;
}

/* Checksum of a block whose own stands at off. */
static bool
block_csum_ok(const struct jb *j, const uint8_t *blk, size_t off)
{
	static const uint8_t zero[4];
	uint32_t c;

	if (!j->j_csum)
		return true;
	c = rump_crc32c(j->j_seed, blk, off);
	c = rump_crc32c(c, zero, sizeof(zero));
	c = rump_crc32c(c, blk + off + 4, j->j_emp->em_bsize - off - 4);
	return c == be32dec(blk + off);
}

static bool
data_csum_ok(const struct jb *j, const uint8_t *blk, uint32_t seq,
    const struct jb_tag *t)
{
	uint32_t c, be = htobe32(seq);

	if (!j->j_csum)
		return true;
	c = rump_crc32c(j->j_seed, &be, sizeof(be));
	c = rump_crc32c(c, blk, j->j_emp->em_bsize);
	if (j->j_incompat & JB_INCOMPAT_CSUM_V3)
		return c == t->t_csum;
	return (c & 0xffff) == t->t_csum;
}

/* Remembers what one revoke block takes back. */
static int
do_revoke(struct jb *j, const uint8_t *blk, uint32_t seq)
{
	size_t off, end, size;
	uint64_t fsblk;
	int error;

	size = (j->j_incompat & JB_INCOMPAT_64BIT) ? 8 : 4;
	end = be32dec(blk + 12);
	if (end < 16 || end > j->j_emp->em_bsize - (j->j_csum ? 4 : 0))
		return EIO;
	for (off = 16; off + size <= end; off += size) {
		fsblk = size == 8 ? be64dec(blk + off) : be32dec(blk + off);
		if (j->j_revoked.t_used >= MAXREVOKED)
			return ENOMEM;
		error = ext2fs_tabset(&j->j_revoked, fsblk, seq, 0);
		if (error)
			return error;
	}
	return 0;
}

/* Enters the block of one tag into the overlay, unless it was revoked. */
static int
do_replay(struct jb *j, uint32_t jblk, uint32_t seq, const struct jb_tag *t)
{
	struct buf *bp;
	uint64_t phys = 0, revseq;
	uint32_t how = 0;
	int error;

	if (ext2fs_tabget(&j->j_revoked, t->t_block, &revseq, NULL) &&
	    (int32_t)((uint32_t)revseq - seq) >= 0)
		return 0;
	if (t->t_block >= j->j_emp->em_blocks)
		return jb_bad(j, "names a block outside", jblk);
	error = jb_read(j, jblk, &bp, &phys);
	if (error)
		return error;
	if (!data_csum_ok(j, bp->b_data, seq, t))
		how = EXT2_OV_DAMAGED;
	else if (t->t_flags & JB_TAG_ESCAPED)
		how = EXT2_OV_ESCAPED;
	brelse(bp, 0);
	return ext2fs_tabset(&j->j_overlay, t->t_block, phys, how);
}

/* The blocks behind a descriptor; *np is how many. crc: checksum v1. */
static int
do_descriptor(struct jb *j, const uint8_t *blk, uint32_t jblk, uint32_t seq,
    enum pass pass, uint32_t *np)
{
	size_t off = sizeof(struct jb_header);
	struct jb_tag t;
	int error;

	*np = 0;
	while (next_tag(j, blk, &off, &t)) {
		++*np;
		if (pass != PASS_REPLAY)
			continue;
		error = do_replay(j, jb_wrap(j, (uint64_t)jblk + *np), seq,
		    &t);
		if (error)
			return error;
	}
	return 0;
}

/* The oldest checksum: one over all blocks of a transaction. */
static int
v1_checksum(struct jb *j, uint32_t jblk, uint32_t n, uint32_t *crc)
{
	struct buf *bp;
	uint32_t i;
	int error;

	for (i = 0; i <= n; i++) {
		error = jb_read(j, jb_wrap(j, (uint64_t)jblk + i), &bp, NULL);
		if (error)
			return error;
		*crc = ext2fs_crc32be(*crc, bp->b_data, j->j_emp->em_bsize);
		brelse(bp, 0);
	}
	return 0;
}

static bool
commit_ok(const struct jb *j, const uint8_t *blk, uint32_t crc)
{
	const struct jb_commit *c = (const void *)blk;

	if (j->j_csum)
		return block_csum_ok(j, blk,
		    offsetof(struct jb_commit, c_chksum));
	if (!j->j_csum_v1 || (c->c_chksum_type == 0 && c->c_chksum_size == 0 &&
	    c->c_chksum[0] == 0))
		return true;
	return c->c_chksum_type == JB_CRC32 && c->c_chksum_size == 4 &&
	    be32toh(c->c_chksum[0]) == crc;
}

/*
 * One block of the log: *next is how far to go on, 0 if the log ends here,
 * and *seq goes up after a commit.
 */
static int
do_block(struct jb *j, const uint8_t *blk, uint32_t jblk, enum pass pass,
    uint32_t *seq, uint32_t *next)
{
	size_t tail = j->j_emp->em_bsize - 4;
	uint32_t n;
	int error;

	*next = 0;
	if (be32dec(blk) != JB_MAGIC || be32dec(blk + 8) != *seq)
		return 0;
	switch (be32dec(blk + 4)) {
	case JB_DESCRIPTOR:
		if (pass == PASS_SCAN && !block_csum_ok(j, blk, tail))
			return 0;
		error = do_descriptor(j, blk, jblk, *seq, pass, &n);
		if (error)
			return error;
		*next = 1 + n;
		return 0;
	case JB_REVOKE:
		if (pass == PASS_SCAN && !block_csum_ok(j, blk, tail))
			return 0;
		*next = 1;
		return pass == PASS_REVOKE ? do_revoke(j, blk, *seq) : 0;
	case JB_COMMIT:
		*next = 1;
		return 0;
	default:
		return 0;
	}
}

/* Goes over the log once. */
static int
run_pass(struct jb *j, enum pass pass, uint32_t *endblk)
{
	uint64_t seen = 0;
	uint32_t jblk = j->j_start, seq = j->j_sequence, next, type;
	uint32_t crc = ~0U;
	uint8_t *copy;
	struct buf *bp;
	int error = 0;

	/* No buffer is held over the reading of another. */
	copy = kmem_alloc(j->j_emp->em_bsize, KM_SLEEP);
	while (seen < j->j_last - j->j_first) {
		if (pass != PASS_SCAN && seq == j->j_endseq)
			break;
		error = jb_read(j, jblk, &bp, NULL);
		if (error)
			break;
		memcpy(copy, bp->b_data, j->j_emp->em_bsize);
		brelse(bp, 0);
		error = do_block(j, copy, jblk, pass, &seq, &next);
		if (error || next == 0)
			break;
		type = be32dec(copy + 4);
		if (type == JB_COMMIT) {
			if (pass == PASS_SCAN && !commit_ok(j, copy, crc))
				break;
			crc = ~0U;
			seq++;
		} else if (type == JB_DESCRIPTOR && j->j_csum_v1 &&
		    pass == PASS_SCAN) {
			error = v1_checksum(j, jblk, next - 1, &crc);
			if (error)
				break;
		}
		seen += next;
		jblk = jb_wrap(j, (uint64_t)jblk + next);
	}
	kmem_free(copy, j->j_emp->em_bsize);
	if (pass == PASS_SCAN) {
		j->j_endseq = seq;
		*endblk = jblk;
	}
	return error;
}

/*
 * The log ended at endblk. If a later transaction's valid commit stands
 * behind, that was not the end but damage: what the journal holds would be
 * lost and what is on the disk is stale.
 */
static int
check_end(struct jb *j, uint32_t endblk)
{
	uint32_t i, n, jblk, ahead;
	const uint8_t *p;
	struct buf *bp;
	bool later;
	int error;

	if (!j->j_csum)
		return 0;
	n = MIN(j->j_last - j->j_first, MAXLOOKAHEAD);
	for (i = 0; i < n; i++) {
		jblk = jb_wrap(j, (uint64_t)endblk + i);
		error = jb_read(j, jblk, &bp, NULL);
		if (error)
			return error;
		p = bp->b_data;
		ahead = be32dec(p + 8) - j->j_endseq;
		later = be32dec(p) == JB_MAGIC && be32dec(p + 4) == JB_COMMIT &&
		    ahead < n && commit_ok(j, p, 0);
		brelse(bp, 0);
		if (later)
			return jb_bad(j, "damaged, with valid transactions "
			    "behind it", endblk);
	}
	return 0;
}

static int
check_features(struct jb *j, const struct jb_super *js)
{
	uint32_t bad;

	j->j_incompat = be32toh(js->s_feature_incompat);
	bad = j->j_incompat & ~JB_INCOMPAT_SUPPORTED;
	if (bad != 0) {
		printf("ext2fs: %s: unsupported journal feature 0x%x: "
		    "unknown\n", j->j_emp->em_mp->mnt_stat.f_mntfromname, bad);
		return EOPNOTSUPP;
	}
	j->j_csum = (j->j_incompat &
	    (JB_INCOMPAT_CSUM_V2 | JB_INCOMPAT_CSUM_V3)) != 0;
	j->j_csum_v1 = !j->j_csum && (be32toh(js->s_feature_compat) &
	    JB_COMPAT_CHECKSUM) != 0;
	if (j->j_csum && js->s_checksum_type != JB_CRC32C_TYPE) {
		printf("ext2fs: %s: unsupported journal checksum type %u\n",
		    j->j_emp->em_mp->mnt_stat.f_mntfromname,
		    js->s_checksum_type);
		return EOPNOTSUPP;
	}
	return 0;
}

static int
check_super(struct jb *j, const struct jb_super *js)
{
	static const uint8_t zero[4];
	uint32_t type = be32toh(js->s_header.h_type), c;
	size_t off = offsetof(struct jb_super, s_checksum);
	int error;

	if (be32toh(js->s_header.h_magic) != JB_MAGIC ||
	    (type != JB_SUPER_V1 && type != JB_SUPER_V2) ||
	    be32toh(js->s_blocksize) != j->j_emp->em_bsize)
		return jb_bad(j, "not a superblock", 0);
	if (type == JB_SUPER_V2) {
		error = check_features(j, js);
		if (error)
			return error;
		j->j_seed = rump_crc32c(~0U, js->s_uuid,
		    sizeof(js->s_uuid));
	}
	if (j->j_csum) {
		c = rump_crc32c(~0U, js, off);
		c = rump_crc32c(c, zero, sizeof(zero));
		c = rump_crc32c(c, js->s_users, sizeof(js->s_users));
		if (c != be32toh(js->s_checksum))
			return jb_bad(j, "wrong checksum", 0);
	}
	j->j_maxlen = be32toh(js->s_maxlen);
	j->j_first = be32toh(js->s_first);
	j->j_start = be32toh(js->s_start);
	j->j_sequence = be32toh(js->s_sequence);
	if (j->j_incompat & JB_INCOMPAT_FAST_COMMIT) {
		j->j_nfc = be32toh(js->s_num_fc_blks);
		if (j->j_nfc == 0)
			j->j_nfc = JB_DEFAULT_FC_BLKS;
	}
	if (j->j_maxlen > MIN(JB_MAXLEN, j->j_emp->em_blocks) || j->j_maxlen >
	    j->j_ip->i_size >> j->j_emp->em_bshift ||
	    j->j_nfc >= j->j_maxlen)
		return jb_bad(j, "bad length", 0);
	j->j_last = j->j_maxlen - j->j_nfc;
	if (j->j_first == 0 || j->j_first >= j->j_last ||
	    (j->j_start != 0 && (j->j_start < j->j_first ||
	    j->j_start >= j->j_last)))
		return jb_bad(j, "bad start", 0);
	return 0;
}

static int
replay_log(struct jb *j)
{
	uint32_t endblk;
	int error;

	error = run_pass(j, PASS_SCAN, &endblk);
	if (error == 0)
		error = check_end(j, endblk);
	if (error == 0)
		error = run_pass(j, PASS_REVOKE, NULL);
	if (error == 0)
		error = run_pass(j, PASS_REPLAY, NULL);
	return error;
}

static int
replay(struct jb *j)
{
	struct buf *bp;
	int error;

	error = jb_read(j, 0, &bp, NULL);
	if (error)
		return error;
	error = check_super(j, bp->b_data);
	brelse(bp, 0);
	if (error)
		return error;
	j->j_endseq = j->j_sequence;
	if (j->j_start == 0)
		return 0;
	error = replay_log(j);
	if (error)
		return error;
	/* From here on all reading sees what was replayed. */
	j->j_emp->em_overlay = j->j_overlay;
	memset(&j->j_overlay, 0, sizeof(j->j_overlay));
	/* The first block behind the log is not used. */
	if (j->j_nfc != 0)
		error = ext2fs_fc_replay(j->j_emp, j->j_ip, j->j_last + 1,
		    j->j_nfc - 1, j->j_endseq);
	return error;
}

int
ext2fs_replay(struct ext2_mount *emp)
{
	struct jb *j;
	int error;

	j = kmem_zalloc(sizeof(*j), KM_SLEEP);
	j->j_emp = emp;
	j->j_ip = kmem_alloc(sizeof(*j->j_ip), KM_SLEEP);
	error = ext2fs_iload(emp, le32toh(emp->em_sb.s_journal_inum), j->j_ip);
	if (error == ESTALE)
		error = jb_bad(j, "the journal's inode is free", 0);
	if (error == 0) {
		if ((j->j_ip->i_mode & E2_IFMT) != E2_IFREG ||
		    (j->j_ip->i_flags & E2_INLINE_DATA))
			error = jb_bad(j, "the journal is no file", 0);
		else
			error = replay(j);
		ext2fs_idone(j->j_ip);
	}
	ext2fs_tabfree(&j->j_revoked);
	ext2fs_tabfree(&j->j_overlay);
	kmem_free(j->j_ip, sizeof(*j->j_ip));
	kmem_free(j, sizeof(*j));
	return error;
}
