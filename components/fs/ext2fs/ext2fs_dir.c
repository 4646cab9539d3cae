/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: checking blocks, walking entries, searching and listing.  The
 * directory's vnode is locked by the caller, which covers the hints.  A
 * damaged block is skipped, and remembered: the listing ends with EIO instead
 * of pretending to be complete, and a name that is not found elsewhere gives
 * EIO instead of ENOENT.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/dirent.h>
#include <sys/malloc.h>
#include <sys/uio.h>

#include "ext2fs.h"

/* 64 KiB do not fit into 16 bits: the low two bits continue the number. */
static uint32_t
reclen(const struct ext2_mount *emp, const uint8_t *p)
{
	uint32_t n = le16dec(p + offsetof(struct e2_dirent, d_reclen));

	if (emp->em_bsize < 65536)
		return n;
	if (n == 0 || n == 65535)
		return emp->em_bsize;
	return (n & 65532) | (n & 3) << 16;
}

bool
ext2fs_dirnext(struct ext2_inode *ip, const uint8_t *blk, uint32_t size,
    uint32_t *off, struct ext2_dirpos *dp, bool *bad)
{
	const struct e2_dirent *d;
	uint32_t len;

	while (*off < size) {
		d = (const void *)(blk + *off);
		if (size - *off < E2_DIRHDR)
			break;
		len = reclen(ip->i_emp, blk + *off);
		if (len < E2_DIRHDR || len % 4 != 0 || len > size - *off ||
		    (size_t)E2_DIRHDR + d->d_namlen > len)
			break;
		*off += len;
		if (d->d_ino == 0)
			continue;
		dp->dp_ino = le32toh(d->d_ino);
		dp->dp_next = *off;
		dp->dp_type = d->d_type;
		dp->dp_namlen = d->d_namlen;
		dp->dp_name = d->d_name;
		return true;
	}
	if (*off < size)
		*bad = true;
	return false;
}

/*
 * Is a block part of the index?  The first one then has ".." reaching to its
 * end, all others one unused entry over everything.
 */
bool
ext2fs_isdxblock(const struct ext2_mount *emp, const uint8_t *blk,
    uint64_t lblk, uint32_t *offp)
{

	if (lblk != 0) {
		*offp = E2_DXNODE_OFF;
		return le32dec(blk) == 0 && blk[6] == 0 &&
		    reclen(emp, blk) == emp->em_bsize;
	}
	*offp = E2_DXROOT_OFF;
	return reclen(emp, blk) == E2_DIRLEN(1) &&
	    reclen(emp, blk + E2_DIRLEN(1)) == emp->em_bsize - E2_DIRLEN(1) &&
	    le32dec(blk + E2_DXINFO_OFF) == 0 && blk[E2_DXINFO_OFF + 5] ==
	    sizeof(struct e2_dxinfo);
}

static bool
leaf_csum_ok(struct ext2_inode *ip, const uint8_t *blk)
{
	uint32_t off = ip->i_emp->em_bsize - E2_DIRTAILSIZE;
	const uint8_t *t = blk + off;

	if (le32dec(t) != 0 || le16dec(t + 4) != E2_DIRTAILSIZE ||
	    t[6] != 0 || t[7] != E2_DIRTAILTYPE)
		return false;
	return rump_crc32c(ip->i_seed, blk, off) == le32dec(t + 8);
}

static bool
dx_csum_ok(struct ext2_inode *ip, const uint8_t *blk, uint32_t off)
{
	static const uint8_t zero[4];
	uint32_t limit, count, tail, c;

	limit = le16dec(blk + off);
	count = le16dec(blk + off + 2);
	tail = off + limit * (uint32_t)sizeof(struct e2_dxent);
	if (count > limit || tail + E2_DXTAILSIZE > ip->i_emp->em_bsize)
		return false;
	c = rump_crc32c(ip->i_seed, blk,
	    off + count * sizeof(struct e2_dxent));
	c = rump_crc32c(c, blk + tail, 4);
	c = rump_crc32c(c, zero, sizeof(zero));
	return c == le32dec(blk + tail + 4);
}

int
ext2fs_dircheck(struct ext2_inode *ip, const uint8_t *blk, uint64_t lblk)
{
	uint32_t off;
	bool ok;

	if (!ip->i_emp->em_metacsum)
		return 0;
	if ((ip->i_flags & E2_INDEX) &&
	    ext2fs_isdxblock(ip->i_emp, blk, lblk, &off))
		ok = dx_csum_ok(ip, blk, off);
	else
		ok = leaf_csum_ok(ip, blk);
	if (ok)
		return 0;
	return ext2fs_damaged(ip->i_emp, "inode %u: directory block %" PRIu64
	    " has a wrong checksum", ip->i_ino, lblk);
}

/* Is a name of the disk one that a path can hold? */
static bool
name_ok(const struct ext2_dirpos *dp)
{

	return dp->dp_namlen > 0 &&
	    memchr(dp->dp_name, '/', dp->dp_namlen) == NULL &&
	    memchr(dp->dp_name, '\0', dp->dp_namlen) == NULL;
}

static bool
isdots(const char *name, size_t len)
{

	return len <= 2 && name[0] == '.' && name[len - 1] == '.';
}

/* The name as it is shown; returns its length, 0 if it can not be. */
static size_t
shown_name(struct ext2_inode *ip, const struct ext2_dirpos *dp, char *buf)
{

	if (dp->dp_namlen == 0)
		return 0;
	if ((ip->i_flags & E2_ENCRYPT) &&
	    !isdots(dp->dp_name, dp->dp_namlen))
		return ext2fs_cryptname(dp->dp_name, dp->dp_namlen, buf);
	if (!name_ok(dp))
		return 0;
	memcpy(buf, dp->dp_name, dp->dp_namlen);
	return dp->dp_namlen;
}

bool
ext2fs_blockfind(struct ext2_inode *ip, const uint8_t *blk, uint32_t off,
    uint32_t size, const char *name, size_t len, uint32_t *inop, bool *bad)
{
	char buf[E2_NAMEMAX + 1];
	struct ext2_dirpos dp;

	while (ext2fs_dirnext(ip, blk, size, &off, &dp, bad)) {
		if (ip->i_flags & E2_ENCRYPT) {
			if (shown_name(ip, &dp, buf) != len ||
			    memcmp(buf, name, len) != 0)
				continue;
		} else if (dp.dp_namlen != len ||
		    memcmp(dp.dp_name, name, len) != 0)
			continue;
		*inop = dp.dp_ino;
		return true;
	}
	return false;
}

/* What a walk over all entries does with each; non-zero ends it. */
typedef bool (*entryfn)(struct ext2_inode *, const uint8_t *, uint32_t,
    uint32_t, void *, bool *);

struct findarg {
	const char *name;
	size_t len;
	uint32_t ino;
};

static bool
find_name(struct ext2_inode *ip, const uint8_t *blk, uint32_t off,
    uint32_t size, void *arg, bool *bad)
{
	struct findarg *fa = arg;

	return ext2fs_blockfind(ip, blk, off, size, fa->name, fa->len,
	    &fa->ino, bad);
}

static bool
find_ino(struct ext2_inode *ip, const uint8_t *blk, uint32_t off,
    uint32_t size, void *arg, bool *bad)
{
	struct findarg *fa = arg;
	struct ext2_dirpos dp;

	while (ext2fs_dirnext(ip, blk, size, &off, &dp, bad))
		if (dp.dp_ino == fa->ino && dp.dp_namlen != 0 &&
		    !isdots(dp.dp_name, dp.dp_namlen))
			return true;
	return false;
}

/* The entries in the inode: after the parent's number, then in an attribute. */
static int
walk_inline(struct ext2_inode *ip, entryfn fn, void *arg)
{
	bool found, bad = false;
	uint8_t *buf;
	size_t len;
	int error;

	error = ext2fs_inline(ip, &buf, &len);
	if (error)
		return error;
	found = fn(ip, buf + 4, 0, E2_IBLOCKSIZE - 4, arg, &bad);
	if (!found && len > E2_IBLOCKSIZE)
		found = fn(ip, buf + E2_IBLOCKSIZE, 0,
		    (uint32_t)(len - E2_IBLOCKSIZE), arg, &bad);
	kmem_free(buf, len);
	return found ? 0 : bad ? EIO : ENOENT;
}

/* One block of a walk: 0 found, ENOENT go on, others damage; *skip blocks. */
static int
walk_block(struct ext2_inode *ip, uint64_t lblk, entryfn fn, void *arg,
    uint64_t *skip)
{
	bool found, bad = false;
	struct buf *bp;
	int error;

	*skip = 1;
	error = ext2fs_iblock(ip, lblk, &bp, skip);
	if (error)
		return error;
	if (bp == NULL)
		return EIO;		/* directories have no holes */
	error = ext2fs_dircheck(ip, bp->b_data, lblk);
	if (error == 0) {
		found = fn(ip, bp->b_data, 0, ip->i_emp->em_bsize, arg, &bad);
		error = found ? 0 : bad ? EIO : ENOENT;
	}
	brelse(bp, 0);
	return error;
}

/*
 * Visits the blocks from where the last name was found, around to there: who
 * looks names up in the order of the directory finds each at once.
 */
static int
walk(struct ext2_inode *ip, entryfn fn, void *arg)
{
	uint64_t blk, end, stop, skip, hint;
	int error, result = ENOENT, part;

	if (ip->i_emp->em_fc != NULL && ext2fs_fc_newdir(ip))
		return ENOENT;
	if (ip->i_flags & E2_INLINE_DATA)
		return walk_inline(ip, fn, arg);
	end = ip->i_size >> ip->i_emp->em_bshift;
	hint = EXT2_NOTED(ip->i_dirhint);
	if (hint >= end)
		hint = 0;
	blk = hint;
	stop = end;
	for (part = 0; part < 2; part++) {
		for (; blk < stop; blk += skip) {
			error = walk_block(ip, blk, fn, arg, &skip);
			if (error == 0) {
				EXT2_NOTE(ip->i_dirhint, (uint32_t)blk);
				return 0;
			}
			if (error != ENOENT)
				result = error;
		}
		stop = hint;
		blk = 0;
	}
	return result;
}

int
ext2fs_dirlookup(struct ext2_inode *ip, const char *name, size_t len,
    uint32_t *inop)
{
	struct findarg fa = { .name = name, .len = len };
	uint8_t *buf;
	size_t size;
	int error;

	if (ip->i_emp->em_fc != NULL) {
		error = ext2fs_fc_lookup(ip, name, len, inop);
		if (error != EJUSTRETURN)
			return error;
	}
	if ((ip->i_flags & E2_INLINE_DATA) && len == 2 && isdots(name, len)) {
		error = ext2fs_inline(ip, &buf, &size);
		if (error)
			return error;
		*inop = le32dec(buf);
		kmem_free(buf, size);
		return 0;
	}
	if ((ip->i_flags & (E2_INDEX | E2_INLINE_DATA | E2_ENCRYPT |
	    E2_CASEFOLD)) == E2_INDEX && !isdots(name, len) &&
	    EXT2_HAS(ip->i_emp, compat, E2_COMPAT_DIR_INDEX)) {
		error = ext2fs_dxlookup(ip, name, len, inop);
		if (error == 0 || error == ENOENT)
			return error;
		/* The index is damaged; the names may not be. */
	}
	error = walk(ip, find_name, &fa);
	*inop = fa.ino;
	return error;
}

int
ext2fs_dirholds(struct ext2_inode *ip, uint32_t ino)
{
	struct findarg fa = { .ino = ino };

	return walk(ip, find_ino, &fa);
}

/* A listing in progress. */
struct listing {
	struct uio *uio;
	off_t *cookies;		/* NULL: none wanted */
	int ncookies;
	int maxcookies;
	bool full;
	bool any;
};

static const uint8_t dtypes[] = {
	DT_UNKNOWN, DT_REG, DT_DIR, DT_CHR, DT_BLK, DT_FIFO, DT_SOCK, DT_LNK
};

/* Hands one entry out; next is where the listing goes on after it. */
static int
emit(struct listing *ls, uint64_t ino, uint8_t type, const char *name,
    size_t len, off_t next)
{
	struct dirent de;
	int error;

	memset(&de, 0, offsetof(struct dirent, d_name));
	de.d_fileno = ino;
	de.d_type = type < __arraycount(dtypes) ? dtypes[type] : DT_UNKNOWN;
	de.d_namlen = (uint16_t)len;
	memcpy(de.d_name, name, len);
	de.d_reclen = _DIRENT_SIZE(&de);
	memset(de.d_name + len, 0, de.d_reclen - len -
	    offsetof(struct dirent, d_name));
	if (de.d_reclen > ls->uio->uio_resid ||
	    (ls->cookies != NULL && ls->ncookies == ls->maxcookies)) {
		ls->full = true;
		return 0;
	}
	error = uiomove(&de, de.d_reclen, ls->uio);
	if (error)
		return error;
	ls->any = true;
	if (ls->cookies != NULL)
		ls->cookies[ls->ncookies++] = next;
	return 0;
}

/*
 * Lists entries of buf (size bytes, whose first is at base in the listing)
 * from position *pos on.
 */
static int
list_entries(struct ext2_inode *ip, const uint8_t *buf, uint32_t size,
    off_t base, off_t *pos, struct listing *ls)
{
	char name[E2_NAMEMAX + 1];
	struct ext2_dirpos dp;
	uint32_t off = 0, ino;
	bool bad = false;
	size_t len;
	int error;

	for (;;) {
		if (!ext2fs_dirnext(ip, buf, size, &off, &dp, &bad))
			break;
		if (base + off <= *pos)
			continue;
		len = shown_name(ip, &dp, name);
		if (len == 0)
			bad = true;
		else if (ip->i_emp->em_fc != NULL && ext2fs_fc_lookup(ip,
		    dp.dp_name, dp.dp_namlen, &ino) != EJUSTRETURN)
			len = 0;	/* listed, or not, at the end */
		if (len == 0)
			continue;
		if (!EXT2_HAS(ip->i_emp, incompat, E2_INCOMPAT_FILETYPE))
			dp.dp_type = E2_FT_UNKNOWN;
		error = emit(ls, dp.dp_ino, dp.dp_type, name, len, base + off);
		if (error || ls->full)
			return error;
		*pos = base + off;
	}
	*pos = base + size;
	if (bad) {
		EXT2_NOTE(ip->i_dirdamaged, true);
		ext2fs_damaged(ip->i_emp, "inode %u: directory entry near %"
		    PRIu64, ip->i_ino, (uint64_t)base + off);
	}
	return 0;
}

/* Positions: 0 ".", 2 "..", from 4 on those of the contents. */
static int
list_inline(struct ext2_inode *ip, off_t *pos, struct listing *ls)
{
	uint8_t *buf;
	size_t len;
	int error;

	error = ext2fs_inline(ip, &buf, &len);
	if (error)
		return error;
	if (*pos < 2) {
		error = emit(ls, ip->i_ino, E2_FT_DIR, ".", 1, 2);
		if (error || ls->full)
			goto out;
		*pos = 2;
	}
	if (*pos < 4) {
		error = emit(ls, le32dec(buf), E2_FT_DIR, "..", 2, 4);
		if (error || ls->full)
			goto out;
		*pos = 4;
	}
	if (*pos < E2_IBLOCKSIZE)
		error = list_entries(ip, buf + 4, E2_IBLOCKSIZE - 4, 4, pos,
		    ls);
	if (error == 0 && !ls->full && *pos < len)
		error = list_entries(ip, buf + E2_IBLOCKSIZE,
		    (uint32_t)(len - E2_IBLOCKSIZE), E2_IBLOCKSIZE, pos, ls);
out:
	kmem_free(buf, len);
	return error;
}

/* Lists the block of *pos; damage in it is noted and stepped over. */
static int
list_block(struct ext2_inode *ip, off_t *pos, struct listing *ls)
{
	uint32_t shift = ip->i_emp->em_bshift;
	uint64_t lblk = (uint64_t)*pos >> shift, skip = 1;
	struct buf *bp;
	int error;

	error = ext2fs_iblock(ip, lblk, &bp, &skip);
	if (error == 0 && bp != NULL)
		error = ext2fs_dircheck(ip, bp->b_data, lblk);
	if (error || bp == NULL) {
		if (bp != NULL)
			brelse(bp, 0);
		EXT2_NOTE(ip->i_dirdamaged, true);
		skip = MIN(skip, (ip->i_size >> shift) - lblk);
		*pos = (off_t)((lblk + skip) << shift);
		return 0;
	}
	error = list_entries(ip, bp->b_data, ip->i_emp->em_bsize,
	    (off_t)(lblk << shift), pos, ls);
	brelse(bp, 0);
	return error;
}

/* Names that fast commits added, at positions behind the contents. */
static int
list_fc(struct ext2_inode *ip, off_t end, off_t *pos, struct listing *ls)
{
	struct ext2_fcname fn;
	uint32_t i;
	int error;

	for (i = (uint32_t)(*pos - end); ext2fs_fc_name(ip, i, &fn); i++) {
		if (fn.fn_ino != 0) {
			error = emit(ls, fn.fn_ino, E2_FT_UNKNOWN, fn.fn_name,
			    fn.fn_namlen, end + i + 1);
			if (error || ls->full)
				return error;
		}
		*pos = end + i + 1;
	}
	return 0;
}

/* One entry needs this much at least. */
#define	MINENTRY	24

int
ext2fs_readdir_uio(struct ext2_inode *ip, struct uio *uio, int *eofp,
    off_t **cookiesp, int *ncookiesp)
{
	struct listing ls = { .uio = uio };
	off_t pos = uio->uio_offset, end;
	int error = 0;

	if (pos < 0)
		return EINVAL;
	if (cookiesp != NULL) {
		ls.maxcookies = (int)MIN(uio->uio_resid / MINENTRY, 65536);
		ls.cookies = malloc(MAX(ls.maxcookies, 1) *
		    sizeof(*ls.cookies), M_TEMP, M_WAITOK);
	}
	end = (off_t)ip->i_size;
	if (ip->i_emp->em_fc != NULL && ext2fs_fc_newdir(ip))
		end = 0;
	else if (ip->i_flags & E2_INLINE_DATA) {
		end = ip->i_emp->em_inosize;
		if (pos < end) {
			error = list_inline(ip, &pos, &ls);
			if (error == 0 && !ls.full)
				pos = end;
		}
	}
	while (error == 0 && !ls.full && pos < end)
		error = list_block(ip, &pos, &ls);
	if (error == 0 && !ls.full && ip->i_emp->em_fc != NULL)
		error = list_fc(ip, end, &pos, &ls);
	if (error == 0 && ls.full && !ls.any)
		error = EINVAL;		/* not even one fits */
	/* The listing was not complete: say so at its end. */
	if (error == 0 && !ls.full && !ls.any &&
	    EXT2_NOTED(ip->i_dirdamaged))
		error = EIO;
	if (error && ls.cookies != NULL) {
		free(ls.cookies, M_TEMP);
		ls.cookies = NULL;
		ls.ncookies = 0;
	}
	if (cookiesp != NULL) {
		*cookiesp = ls.cookies;
		*ncookiesp = ls.ncookies;
	}
	uio->uio_offset = pos;
	if (eofp != NULL)
		*eofp = !ls.full && !EXT2_NOTED(ip->i_dirdamaged);
	return error;
}
