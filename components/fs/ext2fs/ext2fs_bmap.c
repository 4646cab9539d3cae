/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From logical blocks to physical ones: the cache of the last run, indirect
 * blocks, and the search for data and holes.  The cache belongs to i_lock,
 * which is never held over I/O.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>

#include "ext2fs.h"

uint64_t
ext2fs_maxlblk(const struct ext2_inode *ip)
{
	uint64_t p = ip->i_emp->em_bsize / 4;

	if (ip->i_flags & E2_EXTENTS)
		return E2_MAXLBLK;
	return MIN(E2_MAXLBLK, E2_NDADDR + p + p * p + p * p * p);
}

/* Narrows a run to start at lblk, which must be inside it. */
static void
run_from(struct ext2_run *run, uint64_t lblk)
{
	uint64_t skip = lblk - run->r_lblk;

	run->r_lblk = lblk;
	run->r_len -= skip;
	if (run->r_pblk != 0)
		run->r_pblk += skip;
}

int
ext2fs_map(struct ext2_inode *ip, uint64_t lblk, struct ext2_run *run)
{
	uint64_t limit = UINT64_MAX;
	int error;

	mutex_enter(&ip->i_lock);
	if (lblk >= ip->i_run.r_lblk &&
	    lblk - ip->i_run.r_lblk < ip->i_run.r_len) {
		*run = ip->i_run;
		mutex_exit(&ip->i_lock);
		run_from(run, lblk);
		return 0;
	}
	mutex_exit(&ip->i_lock);
	if (lblk >= ext2fs_maxlblk(ip)) {
		run->r_lblk = lblk;
		run->r_len = UINT64_MAX - lblk;
		run->r_pblk = 0;
		return 0;
	}
	if (ip->i_emp->em_fc == NULL ||
	    !ext2fs_fc_map(ip, lblk, run, &limit)) {
		if (ip->i_flags & E2_EXTENTS)
			error = ext2fs_map_extent(ip, lblk, run);
		else
			error = ext2fs_map_indirect(ip, lblk, run);
		if (error)
			return error;
		KASSERT(run->r_lblk <= lblk);
		KASSERT(lblk - run->r_lblk < run->r_len);
		/* What fast commits changed may end before, and begin after. */
		if (limit - run->r_lblk < run->r_len)
			run->r_len = limit - run->r_lblk;
		if (ip->i_emp->em_fc != NULL)
			run_from(run, lblk);
	}
	mutex_enter(&ip->i_lock);
	ip->i_run = *run;
	mutex_exit(&ip->i_lock);
	run_from(run, lblk);
	return 0;
}

/*
 * Which way an indirect mapping takes: the index in i_block and at each
 * level, and how many blocks one entry of each level stands for.
 */
struct ind_path {
	int levels;		/* indirect blocks on the way, 0 to 3 */
	uint32_t idx[E2_NIADDR + 1];
	uint64_t span[E2_NIADDR + 1];
};

static void
ind_route(const struct ext2_inode *ip, uint64_t lblk, struct ind_path *w)
{
	uint64_t per = ip->i_emp->em_bsize / 4, span = 1;
	int i;

	w->levels = 0;
	w->idx[0] = (uint32_t)lblk;
	w->span[0] = 1;
	if (lblk < E2_NDADDR)
		return;
	lblk -= E2_NDADDR;
	for (w->levels = 1; w->levels < E2_NIADDR; w->levels++) {
		if (lblk < span * per)
			break;
		lblk -= span * per;
		span *= per;
	}
	span *= per;
	w->idx[0] = E2_NDADDR + w->levels - 1;
	w->span[0] = span;
	for (i = 1; i <= w->levels; i++) {
		span /= per;
		w->span[i] = span;
		w->idx[i] = (uint32_t)(lblk / span);
		lblk %= span;
	}
	KASSERT(span == 1 && lblk == 0);
}

/* Extends a run over the following entries of the same array. */
static void
ind_extend(struct ext2_run *run, const uint32_t *tab, uint32_t i, uint32_t n)
{
	uint64_t next = run->r_pblk;

	for (i++; i < n; i++) {
		if (run->r_pblk != 0)
			next++;
		if (le32toh(tab[i]) != next)
			break;
		run->r_len++;
	}
}

int
ext2fs_map_indirect(struct ext2_inode *ip, uint64_t lblk,
    struct ext2_run *run)
{
	struct ext2_mount *emp = ip->i_emp;
	const uint32_t *tab = ip->i_block;
	uint32_t n = E2_NDADDR, blk;
	struct buf *bp = NULL;
	struct ind_path w;
	int i, error;

	ind_route(ip, lblk, &w);
	run->r_lblk = lblk;
	for (i = 0;; i++) {
		blk = le32toh(tab[w.idx[i]]);
		if (i == w.levels || blk == 0)
			break;
		if (!ext2fs_blkok(emp, blk, 1)) {
			error = ext2fs_damaged(emp, "inode %u: indirect block "
			    "%u", ip->i_ino, blk);
			goto out;
		}
		if (bp != NULL)
			brelse(bp, 0);
		error = ext2fs_bread(emp, blk, &bp);
		if (error)
			return error;
		tab = bp->b_data;
		n = emp->em_bsize / 4;
	}
	error = 0;
	run->r_pblk = blk;
	if (i == w.levels) {
		run->r_len = 1;
		ind_extend(run, tab, w.idx[i], n);
		if (blk != 0 && !ext2fs_blkok(emp, blk, run->r_len))
			error = ext2fs_damaged(emp, "inode %u: block %" PRIu64
			    " at %u", ip->i_ino, lblk, blk);
	} else {
		/* A missing subtree is a hole to its end. */
		run->r_len = w.span[i];
		for (n = i + 1; n <= w.levels; n++)
			run->r_len -= w.idx[n] * w.span[n];
	}
out:
	if (bp != NULL)
		brelse(bp, 0);
	return error;
}

int
ext2fs_iblock(struct ext2_inode *ip, uint64_t lblk, struct buf **bpp,
    uint64_t *lenp)
{
	struct ext2_run run;
	int error;

	*bpp = NULL;
	error = ext2fs_map(ip, lblk, &run);
	if (error)
		return error;
	if (lenp != NULL)
		*lenp = run.r_pblk != 0 ? 1 : run.r_len;
	if (run.r_pblk == 0)
		return 0;
	return ext2fs_bread(ip->i_emp, run.r_pblk, bpp);
}

int
ext2fs_seek(struct ext2_inode *ip, bool data, off_t *offp)
{
	uint32_t shift = ip->i_emp->em_bshift;
	struct ext2_run run;
	uint64_t lblk, end, first;
	int error;

	if (*offp < 0 || (uint64_t)*offp >= ip->i_size)
		return ENXIO;
	if (ip->i_flags & E2_INLINE_DATA) {
		if (!data)
			*offp = ip->i_size;
		return 0;
	}
	first = lblk = (uint64_t)*offp >> shift;
	end = (ip->i_size + ip->i_emp->em_bsize - 1) >> shift;
	for (;;) {
		error = ext2fs_map(ip, lblk, &run);
		if (error)
			return error;
		if ((run.r_pblk != 0) == data)
			break;
		if (run.r_len >= end - lblk) {
			if (data)
				return ENXIO;
			*offp = ip->i_size;
			return 0;
		}
		lblk += run.r_len;
		/* No data is longer than the device: a map in circles. */
		if (!data && lblk - first > ip->i_emp->em_blocks)
			return ext2fs_damaged(ip->i_emp, "inode %u: blocks "
			    "in circles", ip->i_ino);
	}
	*offp = MAX(*offp, (off_t)(lblk << shift));
	return 0;
}

/*
 * Where the run is on the device, with the journal's copies taken into
 * account: the run is cut where those begin or end.  *escaped says that it is
 * one block which has to go through ext2fs_bread().
 */
int
ext2fs_devaddr(struct ext2_inode *ip, struct ext2_run *run, daddr_t *bnp,
    bool *escaped)
{
	struct ext2_mount *emp = ip->i_emp;
	uint64_t i, max, jblk = 0, j2;
	uint32_t how = 0, how2;
	bool over, over2;

	*escaped = false;
	if (emp->em_overlay.t_used == 0) {
		*bnp = (daddr_t)(run->r_pblk << emp->em_dbshift);
		return 0;
	}
	over = ext2fs_tabget(&emp->em_overlay, run->r_pblk, &jblk, &how);
	if (over && (how & EXT2_OV_DAMAGED))
		return ext2fs_damaged(emp, "inode %u: block %" PRIu64
		    " is damaged in the journal", ip->i_ino, run->r_lblk);
	*bnp = (daddr_t)((over ? jblk : run->r_pblk) << emp->em_dbshift);
	if (over && (how & EXT2_OV_ESCAPED)) {
		*escaped = true;
		run->r_len = 1;
		return 0;
	}
	max = MIN(run->r_len, MAXPHYS >> emp->em_bshift);
	for (i = 1; i < max; i++) {
		over2 = ext2fs_tabget(&emp->em_overlay, run->r_pblk + i, &j2,
		    &how2);
		if (over2 != over || (over2 && (how2 != 0 || j2 != jblk + i)))
			break;
	}
	run->r_len = i;
	return 0;
}
