/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extent trees.  Every node is checked whole before one entry of it is used:
 * header, checksum, order, and that its keys stay inside what its parent
 * gave it; with the depth going down by one each step no tree can loop.
 * Nothing is locked: buffers are held while looked at.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>

#include "ext2fs.h"

/* A node being looked at, and the keys [lo, hi) that it may hold. */
struct ext_node {
	const struct e2_exthdr *hdr;
	size_t size;		/* bytes it may occupy, header included */
	int depth;
	uint64_t lo;
	uint64_t hi;
};

static const struct e2_extent *
ext_leaf(const struct ext_node *n, uint32_t i)
{

	return (const struct e2_extent *)(n->hdr + 1) + i;
}

static const struct e2_extidx *
ext_index(const struct ext_node *n, uint32_t i)
{

	return (const struct e2_extidx *)(n->hdr + 1) + i;
}

/* Length in blocks; *unwritten says that they read as zeros. */
static uint32_t
ext_len(const struct e2_extent *e, bool *unwritten)
{
	uint32_t len = le16toh(e->ee_len);

	*unwritten = len > E2_EXT_MAXLEN;
	return *unwritten ? len - E2_EXT_MAXLEN : len;
}

static uint64_t
ext_start(const struct e2_extent *e)
{

	return le32toh(e->ee_start_lo) |
	    (uint64_t)le16toh(e->ee_start_hi) << 32;
}

static bool
ext_leaf_ok(const struct ext_node *n, uint32_t entries)
{
	uint64_t next = n->lo, blk;
	uint32_t i, len;
	bool unwritten;

	for (i = 0; i < entries; i++) {
		blk = le32toh(ext_leaf(n, i)->ee_block);
		len = ext_len(ext_leaf(n, i), &unwritten);
		if (blk < next || len == 0 || blk + len > n->hi)
			return false;
		next = blk + len;
	}
	return true;
}

static bool
ext_index_ok(const struct ext_node *n, uint32_t entries)
{
	uint64_t next = n->lo, blk;
	uint32_t i;

	for (i = 0; i < entries; i++) {
		blk = le32toh(ext_index(n, i)->ei_block);
		if (blk < next || blk >= n->hi)
			return false;
		next = blk + 1;
	}
	return entries != 0;
}

static int
ext_check(struct ext2_inode *ip, const struct ext_node *n)
{
	const struct e2_exthdr *h = n->hdr;
	uint32_t entries, max;
	bool ok;

	entries = le16toh(h->eh_entries);
	max = le16toh(h->eh_max);
	if (le16toh(h->eh_magic) != E2_EXT_MAGIC ||
	    le16toh(h->eh_depth) != n->depth || entries > max ||
	    sizeof(*h) + max * E2_EXT_ENTSIZE > n->size)
		return ext2fs_damaged(ip->i_emp, "inode %u: extent header",
		    ip->i_ino);
	ok = n->depth == 0 ? ext_leaf_ok(n, entries) :
	    ext_index_ok(n, entries);
	if (!ok)
		return ext2fs_damaged(ip->i_emp, "inode %u: extent order",
		    ip->i_ino);
	return 0;
}

/* The checksum stands right after the last entry that there is room for. */
static int
ext_csum(struct ext2_inode *ip, const struct ext_node *n)
{
	size_t off;

	if (!ip->i_emp->em_metacsum)
		return 0;
	off = sizeof(*n->hdr) + le16toh(n->hdr->eh_max) * E2_EXT_ENTSIZE;
	if (off + 4 <= n->size && rump_crc32c(ip->i_seed, n->hdr, off) ==
	    le32dec((const uint8_t *)n->hdr + off))
		return 0;
	return ext2fs_damaged(ip->i_emp, "inode %u: wrong checksum of an "
	    "extent block", ip->i_ino);
}

/* The last entry whose key is not above lblk, or -1. */
static int
ext_search(const struct ext_node *n, uint64_t lblk)
{
	int lo = 0, hi = le16toh(n->hdr->eh_entries), mid;

	/* Extents and index entries both begin with their key. */
	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (le32toh(ext_index(n, mid)->ei_block) <= lblk)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

/* Goes down one level, narrowing the range of keys. */
static int
ext_descend(struct ext2_inode *ip, struct ext_node *n, uint64_t lblk,
    struct buf **bpp)
{
	const struct e2_extidx *ix;
	struct buf *bp;
	uint64_t blk;
	int i, error;

	i = ext_search(n, lblk);
	KASSERT(i >= 0);
	ix = ext_index(n, i);
	n->lo = le32toh(ix->ei_block);
	if (i + 1 < le16toh(n->hdr->eh_entries))
		n->hi = le32toh(ext_index(n, i + 1)->ei_block);
	blk = le32toh(ix->ei_leaf_lo) | (uint64_t)le16toh(ix->ei_leaf_hi) << 32;
	if (!ext2fs_blkok(ip->i_emp, blk, 1))
		return ext2fs_damaged(ip->i_emp, "inode %u: extent block %"
		    PRIu64, ip->i_ino, blk);
	/* Let go first: the tree may name the same block again. */
	if (*bpp != NULL)
		brelse(*bpp, 0);
	*bpp = NULL;
	error = ext2fs_bread(ip->i_emp, blk, &bp);
	if (error)
		return error;
	*bpp = bp;
	n->hdr = bp->b_data;
	n->size = ip->i_emp->em_bsize;
	n->depth--;
	error = ext_check(ip, n);
	if (error == 0)
		error = ext_csum(ip, n);
	return error;
}

/* The run of lblk in a leaf: an extent, or the gap before the next. */
static int
ext_result(struct ext2_inode *ip, const struct ext_node *n, uint64_t lblk,
    struct ext2_run *run)
{
	const struct e2_extent *e;
	uint64_t lo = n->lo, hi = n->hi, start;
	bool unwritten;
	uint32_t len;
	int i;

	i = ext_search(n, lblk);
	if (i + 1 < le16toh(n->hdr->eh_entries))
		hi = le32toh(ext_leaf(n, i + 1)->ee_block);
	if (i >= 0) {
		e = ext_leaf(n, i);
		len = ext_len(e, &unwritten);
		lo = le32toh(e->ee_block);
		if (lblk - lo < len) {
			start = ext_start(e);
			if (!ext2fs_blkok(ip->i_emp, start, len))
				return ext2fs_damaged(ip->i_emp, "inode %u: "
				    "extent at block %" PRIu64, ip->i_ino,
				    start);
			run->r_lblk = lo;
			run->r_len = len;
			run->r_pblk = unwritten ? 0 : start;
			return 0;
		}
		lo += len;
	}
	run->r_lblk = lo;
	run->r_len = hi - lo;
	run->r_pblk = 0;
	return 0;
}

int
ext2fs_map_extent(struct ext2_inode *ip, uint64_t lblk, struct ext2_run *run)
{
	struct ext_node n;
	struct buf *bp = NULL;
	int error;

	n.hdr = (const void *)ip->i_block;
	n.size = sizeof(ip->i_block);
	n.depth = le16toh(n.hdr->eh_depth);
	n.lo = 0;
	n.hi = E2_MAXLBLK + 1;
	if (n.depth > E2_EXT_MAXDEPTH)
		return ext2fs_damaged(ip->i_emp, "inode %u: extent depth %d",
		    ip->i_ino, n.depth);
	error = ext_check(ip, &n);
	while (error == 0 && n.depth > 0) {
		if (lblk < le32toh(ext_index(&n, 0)->ei_block)) {
			/* Before the first key: a hole. */
			run->r_lblk = n.lo;
			run->r_len = le32toh(ext_index(&n, 0)->ei_block) -
			    n.lo;
			run->r_pblk = 0;
			break;
		}
		error = ext_descend(ip, &n, lblk, &bp);
	}
	if (error == 0 && n.depth == 0)
		error = ext_result(ip, &n, lblk, run);
	if (bp != NULL)
		brelse(bp, 0);
	return error;
}
