/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking a name up through the hashed index of a directory.  The caller
 * holds the directory's vnode lock.  No buffer is held while another is read:
 * a hostile index may name the same block twice.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>

#include "ext2fs.h"

/* Where a search stands in one index block. */
struct dx_frame {
	uint64_t lblk;
	uint32_t at;		/* entry taken */
	uint32_t count;
};

struct dx_search {
	struct dx_frame frame[E2_DXMAXLEVELS];
	int levels;		/* index blocks on the way */
	uint32_t hash;
	uint64_t leaf;
};

static int
dx_bad(struct ext2_inode *ip, uint64_t lblk)
{

	return ext2fs_damaged(ip->i_emp, "inode %u: index block %" PRIu64,
	    ip->i_ino, lblk);
}

/* Reads and checks an index block; *tabp are its entries. */
static int
dx_read(struct ext2_inode *ip, uint64_t lblk, struct buf **bpp,
    const struct e2_dxent **tabp, uint32_t *countp)
{
	uint32_t off, limit;
	int error;

	if (lblk >= ip->i_size >> ip->i_emp->em_bshift)
		return dx_bad(ip, lblk);
	error = ext2fs_iblock(ip, lblk, bpp, NULL);
	if (error)
		return error;
	if (*bpp == NULL)
		return dx_bad(ip, lblk);
	error = ext2fs_dircheck(ip, (*bpp)->b_data, lblk);
	if (error == 0 && !ext2fs_isdxblock(ip->i_emp, (*bpp)->b_data, lblk,
	    &off))
		error = dx_bad(ip, lblk);
	if (error == 0) {
		limit = le16dec((const uint8_t *)(*bpp)->b_data + off);
		*countp = le16dec((const uint8_t *)(*bpp)->b_data + off + 2);
		*tabp = (const void *)((const uint8_t *)(*bpp)->b_data + off);
		if (*countp == 0 || *countp > limit || off + limit *
		    sizeof(struct e2_dxent) > ip->i_emp->em_bsize)
			error = dx_bad(ip, lblk);
	}
	if (error)
		brelse(*bpp, 0);
	return error;
}

/* The last entry whose hash is not above; the first has none and is 0. */
static uint32_t
dx_pick(const struct e2_dxent *tab, uint32_t count, uint32_t hash)
{
	uint32_t lo = 1, hi = count, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (le32toh(tab[mid].dx_hash) <= hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

/* What the root says about the index. */
static int
dx_root(struct ext2_inode *ip, const uint8_t *blk, const char *name,
    size_t len, struct dx_search *s)
{
	const struct e2_dxinfo *info = (const void *)(blk + E2_DXINFO_OFF);
	int version = info->dx_hashver;
	int max = EXT2_HAS(ip->i_emp, incompat, E2_INCOMPAT_LARGEDIR) ? 2 : 1;

	if (info->dx_levels > max || (info->dx_flags & 1))
		return dx_bad(ip, 0);
	s->levels = info->dx_levels + 1;
	if (version <= E2_HASH_TEA && ip->i_emp->em_unsignedhash)
		version += E2_HASH_LEGACY_U;
	return ext2fs_hash(ip->i_emp->em_hashseed, version, name, len,
	    &s->hash, NULL);
}

/* Goes down from level to the leaf; the first frames stand already. */
static int
dx_descend(struct ext2_inode *ip, struct dx_search *s, int level,
    uint64_t lblk, bool leftmost)
{
	const struct e2_dxent *tab = NULL;
	struct dx_frame *f;
	struct buf *bp;
	int error;

	for (; level < s->levels; level++) {
		f = &s->frame[level];
		error = dx_read(ip, lblk, &bp, &tab, &f->count);
		if (error)
			return error;
		f->lblk = lblk;
		f->at = leftmost ? 0 : dx_pick(tab, f->count, s->hash);
		lblk = le32toh(tab[f->at].dx_block) & E2_DXBLKMASK;
		brelse(bp, 0);
	}
	s->leaf = lblk;
	return 0;
}

/*
 * Goes on to the next leaf if the same hash continues there: the low bit of
 * its hash then is set.  ENOENT if it does not.
 */
static int
dx_next(struct ext2_inode *ip, struct dx_search *s)
{
	const struct e2_dxent *tab;
	struct dx_frame *f;
	uint32_t count, hash;
	struct buf *bp;
	uint64_t lblk;
	int level, error;

	for (level = s->levels - 1; level >= 0; level--)
		if (s->frame[level].at + 1 < s->frame[level].count)
			break;
	if (level < 0)
		return ENOENT;
	f = &s->frame[level];
	error = dx_read(ip, f->lblk, &bp, &tab, &count);
	if (error)
		return error;
	if (f->at + 1 >= count) {
		brelse(bp, 0);
		return dx_bad(ip, f->lblk);
	}
	f->at++;
	hash = le32toh(tab[f->at].dx_hash);
	lblk = le32toh(tab[f->at].dx_block) & E2_DXBLKMASK;
	brelse(bp, 0);
	if ((hash & 1) == 0 || (hash & ~1U) != s->hash)
		return ENOENT;
	return dx_descend(ip, s, level + 1, lblk, true);
}

static int
dx_leaf(struct ext2_inode *ip, uint64_t lblk, const char *name, size_t len,
    uint32_t *inop)
{
	bool found, bad = false;
	struct buf *bp;
	int error;

	if (lblk >= ip->i_size >> ip->i_emp->em_bshift)
		return dx_bad(ip, lblk);
	error = ext2fs_iblock(ip, lblk, &bp, NULL);
	if (error)
		return error;
	if (bp == NULL)
		return dx_bad(ip, lblk);
	error = ext2fs_dircheck(ip, bp->b_data, lblk);
	if (error == 0) {
		found = ext2fs_blockfind(ip, bp->b_data, 0,
		    ip->i_emp->em_bsize, name, len, inop, &bad);
		error = found ? 0 : bad ? EIO : ENOENT;
	}
	brelse(bp, 0);
	return error;
}

int
ext2fs_dxlookup(struct ext2_inode *ip, const char *name, size_t len,
    uint32_t *inop)
{
	const struct e2_dxent *tab;
	struct dx_search s;
	struct buf *bp;
	uint64_t leaves;
	uint32_t count;
	int error;

	error = dx_read(ip, 0, &bp, &tab, &count);
	if (error)
		return error;
	error = dx_root(ip, bp->b_data, name, len, &s);
	brelse(bp, 0);
	if (error)
		return error;
	error = dx_descend(ip, &s, 0, 0, false);
	leaves = ip->i_size >> ip->i_emp->em_bshift;
	while (error == 0) {
		error = dx_leaf(ip, s.leaf, name, len, inop);
		if (error != ENOENT)
			return error;
		if (leaves-- == 0)
			return dx_bad(ip, s.leaf);
		error = dx_next(ip, &s);
	}
	return error;
}
