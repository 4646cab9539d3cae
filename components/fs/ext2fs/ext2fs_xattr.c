/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended attributes: in the inode, in a block, and in inodes of their own.
 * No locking: nothing here changes, and no buffer is held over another read.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/extattr.h>
#include <sys/kmem.h>
#include <sys/uio.h>

#include "ext2fs.h"

/* How the names of the VFS map to the numbers of the disk. */
static const struct {
	uint8_t index;
	bool whole;		/* the prefix is the whole name */
	const char *prefix;
} prefixes[] = {
	{ E2_XAT_ACL_ACCESS, true, "system.posix_acl_access" },
	{ E2_XAT_ACL_DEFAULT, true, "system.posix_acl_default" },
	{ E2_XAT_TRUSTED, false, "trusted." },
	{ E2_XAT_SECURITY, false, "security." },
	{ E2_XAT_HURD, false, "gnu." },
};

/* Where entries stand, and what their value offsets count from. */
struct xat_area {
	const uint8_t *first;
	const uint8_t *base;
	const uint8_t *end;
};

static int
xat_bad(struct ext2_inode *ip)
{

	return ext2fs_damaged(ip->i_emp, "inode %u: extended attributes",
	    ip->i_ino);
}

static int
xat_area_walk(struct ext2_inode *ip, const struct xat_area *a, ext2_xatfn fn,
    void *arg)
{
	const uint8_t *p = a->first;
	const struct e2_xatent *x;
	struct ext2_xat xa;
	size_t left, off;
	int error;

	for (;;) {
		left = a->end - p;
		if (left < 4)
			return xat_bad(ip);
		if (le32dec(p) == 0)
			return 0;
		x = (const void *)p;
		if (left < E2_XAT_ENTSIZE || left < E2_XAT_LEN(x->x_namlen))
			return xat_bad(ip);
		p += E2_XAT_LEN(x->x_namlen);
		xa.xa_ent = x;
		xa.xa_len = le32toh(x->x_valsize);
		xa.xa_val = NULL;
		if (x->x_valino == 0) {
			off = le16toh(x->x_valoff);
			left = a->end - a->base;
			if (xa.xa_len != 0 &&
			    (off > left || xa.xa_len > left - off))
				return xat_bad(ip);
			xa.xa_val = xa.xa_len != 0 ? a->base + off : a->base;
		}
		error = fn(ip, &xa, arg);
		if (error)
			return error;
	}
}

int
ext2fs_xatwalk_inode(struct ext2_inode *ip, const struct ext2_raw *r,
    ext2_xatfn fn, void *arg)
{
	size_t size = ip->i_emp->em_inosize;
	struct xat_area a;

	if (ip->i_extra == 0 ||
	    E2_OLDINODESIZE + (size_t)ip->i_extra + 8 > size)
		return 0;
	a.first = r->r_data + E2_OLDINODESIZE + ip->i_extra;
	if (le32dec(a.first) != E2_XAT_MAGIC)
		return 0;
	a.first += 4;
	a.base = a.first;
	a.end = r->r_data + size;
	return xat_area_walk(ip, &a, fn, arg);
}

static bool
xat_csum_ok(struct ext2_inode *ip, const uint8_t *blk)
{
	static const uint8_t zero[4];
	struct ext2_mount *emp = ip->i_emp;
	uint64_t le = htole64(ip->i_xatblk);
	uint32_t c;

	if (!emp->em_metacsum)
		return true;
	c = rump_crc32c(emp->em_csumseed, &le, sizeof(le));
	c = rump_crc32c(c, blk, E2_XAT_CSUMOFF);
	c = rump_crc32c(c, zero, sizeof(zero));
	c = rump_crc32c(c, blk + E2_XAT_CSUMOFF + 4,
	    emp->em_bsize - E2_XAT_CSUMOFF - 4);
	return c == le32dec(blk + E2_XAT_CSUMOFF);
}

static int
xatwalk_block(struct ext2_inode *ip, ext2_xatfn fn, void *arg)
{
	const struct e2_xathdr *h;
	struct xat_area a;
	struct buf *bp;
	int error;

	if (!ext2fs_blkok(ip->i_emp, ip->i_xatblk, 1))
		return xat_bad(ip);
	error = ext2fs_bread(ip->i_emp, ip->i_xatblk, &bp);
	if (error)
		return error;
	h = bp->b_data;
	a.base = bp->b_data;
	a.first = a.base + E2_XAT_HDRSIZE;
	a.end = a.base + ip->i_emp->em_bsize;
	if (le32toh(h->h_magic) != E2_XAT_MAGIC || le32toh(h->h_blocks) != 1 ||
	    !xat_csum_ok(ip, a.base))
		error = xat_bad(ip);
	else
		error = xat_area_walk(ip, &a, fn, arg);
	brelse(bp, 0);
	return error;
}

int
ext2fs_xatwalk(struct ext2_inode *ip, ext2_xatfn fn, void *arg)
{
	struct ext2_raw r;
	int error, error2;

	error = ext2fs_rawget(ip->i_emp, ip->i_ino, &r);
	if (error)
		return error;
	error = ext2fs_xatwalk_inode(ip, &r, fn, arg);
	ext2fs_rawput(&r);
	/* Damage in one place leaves the other readable. */
	if ((error != 0 && error != EIO) || ip->i_xatblk == 0)
		return error;
	error2 = xatwalk_block(ip, fn, arg);
	return error2 ? error2 : error;
}

/* The attribute looked for, and then its value. */
struct xat_find {
	uint8_t index;
	const char *name;
	size_t namlen;
	uint8_t *val;		/* kmem, len bytes; NULL while in an inode */
	size_t len;
	uint32_t ino;
	uint32_t hash;
	bool found;
};

static int
find_fn(struct ext2_inode *ip, const struct ext2_xat *xa, void *arg)
{
	struct xat_find *xf = arg;

	if (xa->xa_ent->x_index != xf->index ||
	    xa->xa_ent->x_namlen != xf->namlen ||
	    memcmp(xa->xa_ent->x_name, xf->name, xf->namlen) != 0)
		return 0;
	xf->found = true;
	xf->len = xa->xa_len;
	xf->ino = le32toh(xa->xa_ent->x_valino);
	xf->hash = le32toh(xa->xa_ent->x_hash);
	if (xa->xa_val != NULL && xf->len != 0) {
		xf->val = kmem_alloc(xf->len, KM_SLEEP);
		memcpy(xf->val, xa->xa_val, xf->len);
	}
	return EEXIST;
}

/* The entry's hash covers its name and the hash of the value. */
static bool
entry_hash_ok(const struct xat_find *xf, uint32_t valhash, bool isunsigned)
{
	uint32_t h = 0;
	size_t i;

	for (i = 0; i < xf->namlen; i++)
		h = (h << 5) ^ (h >> 27) ^ (isunsigned ?
		    (uint32_t)(uint8_t)xf->name[i] :
		    (uint32_t)(int32_t)(int8_t)xf->name[i]);
	h = (h << 16) ^ (h >> 16) ^ valhash;
	return h == xf->hash;
}

static int
read_value(struct ext2_inode *vip, uint8_t *val, size_t len)
{
	uint32_t bsize = vip->i_emp->em_bsize;
	struct buf *bp;
	size_t off, n;
	int error;

	for (off = 0; off < len; off += n) {
		n = MIN(bsize, len - off);
		error = ext2fs_iblock(vip, off / bsize, &bp, NULL);
		if (error)
			return error;
		if (bp == NULL)
			return EIO;
		memcpy(val + off, bp->b_data, n);
		brelse(bp, 0);
	}
	return 0;
}

/* Checks and reads a value that is an inode. */
static int
inode_value(struct ext2_inode *ip, struct ext2_inode *vip, struct xat_find *xf)
{
	uint32_t h;
	int error;

	if ((vip->i_flags & E2_EA_INODE) == 0 || vip->i_size != xf->len ||
	    (vip->i_mode & E2_IFMT) != E2_IFREG || xf->len == 0 ||
	    xf->len > E2_XAT_MAXVALUE || (vip->i_flags & E2_INLINE_DATA))
		return xat_bad(ip);
	xf->val = kmem_alloc(xf->len, KM_SLEEP);
	error = read_value(vip, xf->val, xf->len);
	if (error)
		return error;
	h = rump_crc32c(ip->i_emp->em_csumseed, xf->val, xf->len);
	if (h == vip->i_rawatime && (entry_hash_ok(xf, h, true) ||
	    entry_hash_ok(xf, h, false)))
		return 0;
	/* The oldest kind has no hash but names its only owner. */
	if (vip->i_rawmtime == ip->i_ino && vip->i_gen == ip->i_gen)
		return 0;
	return ext2fs_damaged(ip->i_emp, "inode %u: wrong hash of an "
	    "attribute's value in inode %u", ip->i_ino, vip->i_ino);
}

static int
find_value(struct ext2_inode *ip, struct xat_find *xf)
{
	struct ext2_inode *vip;
	int error;

	error = ext2fs_xatwalk(ip, find_fn, xf);
	if (!xf->found)
		return error ? error : ENOATTR;
	if (xf->ino == 0)
		return 0;
	if (!EXT2_HAS(ip->i_emp, incompat, E2_INCOMPAT_EA_INODE))
		return xat_bad(ip);
	vip = kmem_alloc(sizeof(*vip), KM_SLEEP);
	error = ext2fs_iload(ip->i_emp, xf->ino, vip);
	if (error == 0) {
		error = inode_value(ip, vip, xf);
		ext2fs_idone(vip);
	} else if (error == ESTALE)
		error = xat_bad(ip);
	kmem_free(vip, sizeof(*vip));
	return error;
}

/* From a namespace and a name to what stands on the disk. */
static bool
parse_name(int ns, const char *name, struct xat_find *xf)
{
	size_t i, n;

	if (ns == EXTATTR_NAMESPACE_USER) {
		xf->index = E2_XAT_USER;
		xf->name = name;
		xf->namlen = strlen(name);
		return true;
	}
	for (i = 0; i < __arraycount(prefixes); i++) {
		n = strlen(prefixes[i].prefix);
		if (strncmp(name, prefixes[i].prefix, n) != 0 ||
		    (prefixes[i].whole && name[n] != '\0'))
			continue;
		xf->index = prefixes[i].index;
		xf->name = name + n;
		xf->namlen = strlen(name + n);
		return true;
	}
	return false;
}

int
ext2fs_xatget(struct ext2_inode *ip, int ns, const char *name,
    struct uio *uio, size_t *sizep)
{
	struct xat_find xf = { .val = NULL };
	uint8_t *acl = NULL;
	size_t acllen = 0;
	int error;

	if (!parse_name(ns, name, &xf))
		return ENOATTR;
	error = find_value(ip, &xf);
	if (error == 0 && (xf.index == E2_XAT_ACL_ACCESS ||
	    xf.index == E2_XAT_ACL_DEFAULT)) {
		error = ext2fs_acl_toxattr(xf.val, xf.len, &acl, &acllen);
		if (error)
			error = xat_bad(ip);
	}
	if (error == 0 && sizep != NULL)
		*sizep = acl != NULL ? acllen : xf.len;
	if (error == 0 && uio != NULL) {
		if (acl != NULL)
			error = uiomove(acl, acllen, uio);
		else if (xf.len != 0)
			error = uiomove(xf.val, xf.len, uio);
	}
	if (acl != NULL)
		kmem_free(acl, acllen);
	if (xf.val != NULL)
		kmem_free(xf.val, xf.len);
	return error;
}

struct xat_list {
	int ns;
	int flag;
	struct uio *uio;
	size_t size;
	bool full;
};

static int
list_put(struct xat_list *xl, const void *buf, size_t len)
{

	xl->size += len;
	if (xl->uio == NULL || xl->full)
		return 0;
	return uiomove(__UNCONST(buf), len, xl->uio);
}

/* One name; a buffer that is too small gets whole names only. */
static int
list_name(struct xat_list *xl, const char *prefix, const char *name,
    size_t namlen)
{
	size_t plen = strlen(prefix);
	uint8_t len = (uint8_t)(plen + namlen);
	int error = 0;

	if (plen + namlen > EXTATTR_MAXNAMELEN || plen + namlen == 0)
		return 0;
	if (xl->uio != NULL && xl->uio->uio_resid < plen + namlen + 1)
		xl->full = true;
	if (xl->flag & EXTATTR_LIST_LENPREFIX)
		error = list_put(xl, &len, 1);
	if (error == 0)
		error = list_put(xl, prefix, plen);
	if (error == 0)
		error = list_put(xl, name, namlen);
	if (error == 0 && (xl->flag & EXTATTR_LIST_LENPREFIX) == 0)
		error = list_put(xl, "", 1);
	return error;
}

static int
list_fn(struct ext2_inode *ip, const struct ext2_xat *xa, void *arg)
{
	struct xat_list *xl = arg;
	const struct e2_xatent *x = xa->xa_ent;
	size_t i;

	if (memchr(x->x_name, '\0', x->x_namlen) != NULL)
		return 0;	/* can not be asked for */
	if (xl->ns == EXTATTR_NAMESPACE_USER)
		return x->x_index != E2_XAT_USER ? 0 :
		    list_name(xl, "", x->x_name, x->x_namlen);
	for (i = 0; i < __arraycount(prefixes); i++)
		if (prefixes[i].index == x->x_index)
			return list_name(xl, prefixes[i].prefix, x->x_name,
			    prefixes[i].whole ? 0 : x->x_namlen);
	return 0;
}

int
ext2fs_xatlist(struct ext2_inode *ip, int ns, struct uio *uio, size_t *sizep,
    int flag)
{
	struct xat_list xl = { .ns = ns, .flag = flag, .uio = uio };
	int error;

	error = ext2fs_xatwalk(ip, list_fn, &xl);
	if (error == 0 && sizep != NULL)
		*sizep = xl.size;
	return error;
}
