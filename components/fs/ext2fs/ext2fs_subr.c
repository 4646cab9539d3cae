/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rest of ext2fs stands on: reading blocks through the journal's
 * overlay, reporting damage, and a small hash table.  The overlay is constant
 * once the file system is mounted; other tables belong to their owners.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/kmem.h>
#include <sys/time.h>
#include <sys/timevar.h>
#include <sys/stdarg.h>

#include "ext2fs.h"

#define	MSG_PER_SECOND	5

bool
ext2fs_blkok(const struct ext2_mount *emp, uint64_t blk, uint64_t count)
{

	return blk > emp->em_firstdata && blk < emp->em_blocks &&
	    count <= emp->em_blocks - blk;
}

int
ext2fs_damaged(struct ext2_mount *emp, const char *fmt, ...)
{
	va_list ap;
	bool show;

	if (emp->em_quiet)
		return EIO;
	mutex_enter(&emp->em_lock);
	show = ppsratecheck(&emp->em_lastmsg, &emp->em_msgpps,
	    MSG_PER_SECOND);
	mutex_exit(&emp->em_lock);
	if (show) {
		printf("ext2fs: %s: ", emp->em_mp->mnt_stat.f_mntfromname);
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		printf("\n");
	}
	return EIO;
}

int
ext2fs_bread_dev(struct ext2_mount *emp, uint64_t blk, struct buf **bpp)
{
	struct buf *bp;
	int error;

	*bpp = NULL;
	if (blk >= emp->em_blocks)
		return ext2fs_damaged(emp, "block %" PRIu64
		    " is outside the file system", blk);
	error = bread(emp->em_devvp, (daddr_t)(blk << emp->em_dbshift),
	    emp->em_bsize, 0, &bp);
	if (error)
		return error;
	if (bp->b_resid != 0 || bp->b_bcount != emp->em_bsize) {
		brelse(bp, 0);
		return EIO;
	}
	*bpp = bp;
	return 0;
}

int
ext2fs_bread(struct ext2_mount *emp, uint64_t blk, struct buf **bpp)
{
	uint64_t jblk;
	uint32_t how = 0;
	int error;

	if (__predict_false(emp->em_overlay.t_used != 0) &&
	    ext2fs_tabget(&emp->em_overlay, blk, &jblk, &how)) {
		*bpp = NULL;
		if (how & EXT2_OV_DAMAGED)
			return ext2fs_damaged(emp, "block %" PRIu64
			    ": its copy in the journal is damaged", blk);
		blk = jblk;
	}
	error = ext2fs_bread_dev(emp, blk, bpp);
	/* The journal wrote zeros for its magic number: put that back. */
	if (error == 0 && (how & EXT2_OV_ESCAPED))
		be32enc((*bpp)->b_data, JB_MAGIC);
	return error;
}

/* Fibonacci hashing; the table is never more than three quarters full. */
static size_t
tabslot(const struct ext2_table *t, uint64_t key)
{
	size_t i;

	i = (size_t)((key * 0x9e3779b97f4a7c15ULL) >> 20) & (t->t_nslots - 1);
	while (t->t_slot[i].te_key != 0 && t->t_slot[i].te_key != key)
		i = (i + 1) & (t->t_nslots - 1);
	return i;
}

static int
tabgrow(struct ext2_table *t)
{
	struct ext2_table n;
	size_t i;

	n.t_nslots = t->t_nslots ? t->t_nslots * 2 : 64;
	n.t_used = t->t_used;
	n.t_slot = kmem_zalloc(n.t_nslots * sizeof(*n.t_slot), KM_NOSLEEP);
	if (n.t_slot == NULL)
		return ENOMEM;
	for (i = 0; i < t->t_nslots; i++)
		if (t->t_slot[i].te_key != 0)
			n.t_slot[tabslot(&n, t->t_slot[i].te_key)] =
			    t->t_slot[i];
	ext2fs_tabfree(t);
	*t = n;
	return 0;
}

int
ext2fs_tabset(struct ext2_table *t, uint64_t key, uint64_t val, uint32_t aux)
{
	struct ext2_tabent *te;
	int error;

	if (t->t_used >= t->t_nslots / 4 * 3) {
		error = tabgrow(t);
		if (error)
			return error;
	}
	te = &t->t_slot[tabslot(t, key + 1)];
	if (te->te_key == 0)
		t->t_used++;
	te->te_key = key + 1;
	te->te_val = val;
	te->te_aux = aux;
	return 0;
}

bool
ext2fs_tabget(const struct ext2_table *t, uint64_t key, uint64_t *valp,
    uint32_t *auxp)
{
	const struct ext2_tabent *te;

	if (t->t_used == 0)
		return false;
	te = &t->t_slot[tabslot(t, key + 1)];
	if (te->te_key == 0)
		return false;
	if (valp != NULL)
		*valp = te->te_val;
	if (auxp != NULL)
		*auxp = te->te_aux;
	return true;
}

void
ext2fs_tabfree(struct ext2_table *t)
{

	if (t->t_nslots != 0)
		kmem_free(t->t_slot, t->t_nslots * sizeof(*t->t_slot));
	t->t_slot = NULL;
	t->t_nslots = t->t_used = 0;
}
