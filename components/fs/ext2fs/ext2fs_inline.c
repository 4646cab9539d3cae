/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents small enough to live in the inode: 60 bytes in place of the block
 * map, what is more in the attribute "system.data".  No locking.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>

#include "ext2fs.h"

struct inline_arg {
	uint8_t *buf;
	size_t len;
};

static int
inline_rest(struct ext2_inode *ip, const struct ext2_xat *xa, void *arg)
{
	struct inline_arg *ia = arg;

	if (xa->xa_ent->x_index != E2_XAT_SYSTEM || xa->xa_ent->x_namlen != 4 ||
	    memcmp(xa->xa_ent->x_name, "data", 4) != 0 || xa->xa_val == NULL)
		return 0;
	ia->len = E2_IBLOCKSIZE + xa->xa_len;
	ia->buf = kmem_alloc(ia->len, KM_SLEEP);
	memcpy(ia->buf + E2_IBLOCKSIZE, xa->xa_val, xa->xa_len);
	return EEXIST;
}

int
ext2fs_inline(struct ext2_inode *ip, uint8_t **bufp, size_t *lenp)
{
	struct inline_arg ia = { .buf = NULL };
	struct ext2_raw r;
	int error;

	error = ext2fs_rawget(ip->i_emp, ip->i_ino, &r);
	if (error)
		return error;
	error = ext2fs_xatwalk_inode(ip, &r, inline_rest, &ia);
	ext2fs_rawput(&r);
	if (ia.buf == NULL) {
		if (error != 0 && ip->i_size > E2_IBLOCKSIZE)
			return error;
		ia.len = E2_IBLOCKSIZE;
		ia.buf = kmem_alloc(ia.len, KM_SLEEP);
	}
	memcpy(ia.buf, ip->i_block, E2_IBLOCKSIZE);
	if ((ip->i_mode & E2_IFMT) != E2_IFDIR && ip->i_size > ia.len) {
		kmem_free(ia.buf, ia.len);
		return ext2fs_damaged(ip->i_emp, "inode %u: %" PRIu64
		    " bytes of inline data", ip->i_ino, ip->i_size);
	}
	*bufp = ia.buf;
	*lenp = ia.len;
	return 0;
}
