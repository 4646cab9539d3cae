/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * damage.c - see damage.h.
 */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "damage.h"
#include "ext2fs_fmt.h"

#define	JMAGIC	0xc03b3998U

static uint16_t
g16(const uint8_t *p)
{

	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t
g32(const uint8_t *p)
{

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static void
p16(uint8_t *p, uint32_t v)
{

	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void
p32(uint8_t *p, uint32_t v)
{

	p16(p, v);
	p16(p + 2, v >> 16);
}

static uint32_t
b32(const uint8_t *p)
{

	return p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[0] << 24;
}

static uint32_t
crc32c(uint32_t c, const void *buf, size_t n)
{
	static uint32_t tab[256];
	const uint8_t *p = buf;
	uint32_t i, k, v;

	if (tab[1] == 0)
		for (i = 0; i < 256; i++) {
			for (v = i, k = 0; k < 8; k++)
				v = v >> 1 ^ (v & 1 ? 0x82f63b78U : 0);
			tab[i] = v;
		}
	while (n-- > 0)
		c = c >> 8 ^ tab[(c ^ *p++) & 255];
	return c;
}

static uint16_t
crc16(uint16_t c, const uint8_t *p, size_t n)
{
	int k;

	while (n-- > 0)
		for (c ^= *p++, k = 0; k < 8; k++)
			c = (uint16_t)(c >> 1 ^ (c & 1 ? 0xa001 : 0));
	return c;
}

uint32_t
chance(uint64_t *rnd, uint32_t n)
{

	*rnd ^= *rnd << 13;
	*rnd ^= *rnd >> 7;
	*rnd ^= *rnd << 17;
	return n ? (uint32_t)((*rnd >> 16) % n) : 0;
}

const char *
kind_name(enum kind k)
{
	static const char *const names[] = {
		"superblock", "group", "inode", "extents", "indirect",
		"directory", "index", "xattr", "link", "journal superblock",
		"journal log"
	};

	return names[k];
}

static void
add(struct image *im, enum kind k, uint64_t off, uint32_t len,
    uint32_t owner, uint32_t ino, uint32_t gen)
{
	struct target t = { k, off, len, owner, ino, gen };

	if (off + len > im->size)
		return;
	if (im->nt == im->maxt) {
		im->maxt = im->maxt ? im->maxt * 2 : 256;
		im->t = realloc(im->t, im->maxt * sizeof(*im->t));
	}
	im->t[im->nt++] = t;
}

static uint64_t
group_off(const struct image *im, uint32_t g)
{

	return (uint64_t)(im->bsize == 1024 ? 2 : 1) * im->bsize +
	    (uint64_t)g * im->descsize;
}

static uint64_t
inode_off(const struct image *im, uint32_t ino)
{
	uint64_t tab = g32(im->p + group_off(im, (ino - 1) / im->ipg) + 8);

	return tab * im->bsize + (uint64_t)((ino - 1) % im->ipg) * im->inosize;
}

static void
note(struct image *im, uint32_t ino, uint32_t owner)
{

	if (ino == 0 || ino > im->ninodes ||
	    (im->seen[ino / 8] & 1 << ino % 8))
		return;
	im->seen[ino / 8] |= (uint8_t)(1 << ino % 8);
	if (im->nino + 2 > im->maxino) {
		im->maxino = im->maxino ? im->maxino * 2 : 256;
		im->inode = realloc(im->inode, im->maxino * sizeof(uint32_t));
	}
	im->inode[im->nino++] = ino;
	im->inode[im->nino++] = owner;
}

/* Called with each mapped block of a file. */
typedef void (*blockfn)(struct image *, const struct target *, uint64_t,
    uint64_t);

static void
scan_extents(struct image *im, const struct target *f, const uint8_t *node,
    blockfn fn)
{
	uint32_t n = g16(node + 2), depth = g16(node + 6), i, k, len;
	uint64_t blk;

	for (i = 0; i < n; i++) {
		const uint8_t *e = node + 12 + 12 * i;
		if (depth == 0) {
			len = g16(e + 4);
			for (k = 0; k < len && len <= 32768; k++)
				fn(im, f, g32(e) + k, g32(e + 8) + k);
			continue;
		}
		blk = g32(e + 4);
		add(im, K_EXTENT, blk * im->bsize, im->bsize, f->owner, f->ino,
		    f->gen);
		scan_extents(im, f, im->p + blk * im->bsize, fn);
	}
}

static uint64_t
scan_indirect(struct image *im, const struct target *f, uint64_t lblk,
    uint32_t blk, int level, blockfn fn)
{
	uint64_t span = 1;
	uint32_t i;
	int k;

	for (k = 0; k < level; k++)
		span *= im->bsize / 4;
	if (blk == 0)
		return lblk + span;
	if (level == 0) {
		fn(im, f, lblk, blk);
		return lblk + 1;
	}
	add(im, K_INDIRECT, (uint64_t)blk * im->bsize, im->bsize, f->owner,
	    f->ino, f->gen);
	for (i = 0; i < im->bsize / 4; i++)
		lblk = scan_indirect(im, f, lblk, g32(im->p +
		    (uint64_t)blk * im->bsize + 4 * i), level - 1, fn);
	return lblk;
}

static void
scan_dirents(struct image *im, const uint8_t *p, size_t n)
{
	size_t off, len;

	for (off = 0; off + 8 <= n; off += len) {
		len = g16(p + off + 4);
		if (len < 8)
			return;
		note(im, g32(p + off), g32(p + off));
	}
}

static void
dir_block(struct image *im, const struct target *f, uint64_t lblk,
    uint64_t blk)
{
	const uint8_t *p = im->p + blk * im->bsize;
	bool index;

	index = lblk == 0 ? g16(p + 4) == 12 && g16(p + 16) ==
	    im->bsize - 12 && p[29] == 8 :
	    g32(p) == 0 && g16(p + 4) == im->bsize;
	index = index && (f->len & E2_INDEX);
	add(im, index ? K_INDEX : K_DIR, blk * im->bsize, im->bsize, f->owner,
	    f->ino, f->gen);
	if (!index)
		scan_dirents(im, p, im->bsize);
}

static void
link_block(struct image *im, const struct target *f, uint64_t lblk,
    uint64_t blk)
{

	(void)lblk;
	add(im, K_LINK, blk * im->bsize, im->bsize, f->owner, f->ino, f->gen);
}

static void
no_block(struct image *im, const struct target *f, uint64_t lblk,
    uint64_t blk)
{

	(void)im, (void)f, (void)lblk, (void)blk;
}

static void
journal_block(struct image *im, const struct target *f, uint64_t lblk,
    uint64_t blk)
{
	const uint8_t *p = im->p + blk * im->bsize;
	const uint8_t *js = im->p + im->jfirst * im->bsize;

	im->jblocks++;
	/* The fast commits stand behind the log and one block more. */
	if (lblk != 0 && (b32(js + 0x28) & 0x20) && lblk > b32(js + 0x10) -
	    b32(js + 0x54) && im->nfc < 256) {
		im->fcblock[im->nfc++] = blk;
		if (g16(p) != 0)
			add(im, K_JLOG, blk * im->bsize, im->bsize, 0, 0, 0);
		return;
	}
	if (lblk == 0) {
		im->jfirst = blk;
		im->jseed = crc32c(~0U, p + 0x30, 16);
		add(im, K_JSUPER, blk * im->bsize, 1024, 0, f->ino, 0);
	} else if (b32(p) == JMAGIC)
		add(im, K_JLOG, blk * im->bsize, im->bsize, 0, f->ino, 0);
}

/* Values in inodes of their own: found, and damaged as part of the owner. */
static void
scan_xattrs(struct image *im, const uint8_t *p, const uint8_t *end,
    uint32_t owner)
{

	while (end - p >= 16 && g32(p) != 0) {
		if (g32(p + 4) != 0)
			note(im, g32(p + 4), owner);
		p += (16 + p[0] + 3) & ~3;
	}
}

static void
scan_inode(struct image *im, uint32_t ino, uint32_t owner)
{
	uint64_t off = inode_off(im, ino), lblk;
	const uint8_t *p = im->p + off;
	/* len carries the flags to the functions for blocks. */
	struct target f = { K_INODE, off, g32(p + 0x20), owner, ino,
	    g32(p + 0x64) };
	uint32_t mode = g16(p) & E2_IFMT, flags = f.len, xat = g32(p + 0x68), i;
	blockfn fn = ino == E2_JOURNALINO ? journal_block : mode == E2_IFDIR ?
	    dir_block : mode == E2_IFLNK ? link_block : no_block;

	if (mode == 0)
		return;
	add(im, K_INODE, off, im->inosize, owner, ino, f.gen);
	if (xat != 0) {
		add(im, K_XATTR, (uint64_t)xat * im->bsize, im->bsize, owner,
		    xat, 0);
		scan_xattrs(im, im->p + (uint64_t)xat * im->bsize + 32,
		    im->p + (uint64_t)(xat + 1) * im->bsize, owner);
	}
	if (im->inosize > 128 && g32(p + 128 + g16(p + 128)) == E2_XAT_MAGIC)
		scan_xattrs(im, p + 132 + g16(p + 128), p + im->inosize,
		    owner);
	if (flags & E2_INLINE_DATA) {
		if (mode == E2_IFDIR)
			scan_dirents(im, p + 0x28 + 4, 56);
	} else if (flags & E2_EXTENTS)
		scan_extents(im, &f, p + 0x28, fn);
	else if (mode == E2_IFREG || mode == E2_IFDIR ||
	    (mode == E2_IFLNK && g32(p + 4) >= 60)) {
		for (i = 0, lblk = 0; i < 15; i++)
			lblk = scan_indirect(im, &f, lblk,
			    g32(p + 0x28 + 4 * i), i < 12 ? 0 : (int)i - 11,
			    fn);
	}
}

void
image_scan(struct image *im, uint8_t *p, size_t size)
{
	const uint8_t *sb = p + 1024;
	size_t i;
	uint32_t g;

	memset(im, 0, sizeof(*im));
	im->p = p;
	im->size = size;
	im->bsize = 1024U << g32(sb + 0x18);
	im->inosize = g32(sb + 0x4c) ? g16(sb + 0x58) : 128;
	im->compat = g32(sb + 0x5c);
	im->incompat = g32(sb + 0x60);
	im->rocompat = g32(sb + 0x64);
	im->descsize = im->incompat & E2_INCOMPAT_64BIT ? g16(sb + 0xfe) : 32;
	im->ipg = g32(sb + 0x28);
	im->ninodes = g32(sb);
	im->groups = im->ninodes / im->ipg;
	im->blocks = g32(sb + 4);
	im->seed = im->incompat & E2_INCOMPAT_CSUM_SEED ? g32(sb + 0x270) :
	    crc32c(~0U, sb + 0x68, 16);
	im->seen = calloc(1, im->ninodes / 8 + 1);
	add(im, K_SUPER, 1024, 1024, 0, 0, 0);
	for (g = 0; g < im->groups; g++)
		add(im, K_GROUP, group_off(im, g), im->descsize, 0, g, 0);
	note(im, E2_ROOTINO, E2_ROOTINO);
	if (im->compat & E2_COMPAT_JOURNAL)
		note(im, E2_JOURNALINO, im->incompat & E2_INCOMPAT_RECOVER ?
		    0 : E2_JOURNALINO);
	for (i = 0; i < im->nino; i += 2)
		scan_inode(im, im->inode[i], im->inode[i + 1]);
}

void
image_free(struct image *im)
{

	free(im->p);
	free(im->t);
	free(im->inode);
	free(im->seen);
	memset(im, 0, sizeof(*im));
}

/* Where it hurts in an inode. */
static uint32_t
inode_field(const struct image *im, uint64_t *rnd)
{
	static const uint8_t field[] = { 0, 4, 0x1a, 0x1c, 0x20, 0x28, 0x2a,
	    0x2c, 0x2e, 0x34, 0x38, 0x3c, 0x40, 0x58, 0x5c, 0x60, 0x68, 0x6c,
	    0x76, 0x80 };
	uint32_t n = sizeof(field);

	if (im->inosize > 160 && chance(rnd, 4) == 0)
		return 160 + chance(rnd, im->inosize - 160) / 4 * 4;
	return field[chance(rnd, n)];
}

/* A value that parsers stumble over, or that points somewhere in use. */
static uint32_t
nasty(struct image *im, uint32_t old, uint64_t *rnd)
{
	static const uint32_t vals[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff,
	    0x8000, 0xffff, 0x7fffffff, 0x80000000U, 0xffffffffU };

	switch (chance(rnd, 6)) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old ^ 1U << chance(rnd, 32);
	case 3:		/* a block of metadata: trees that loop */
		return (uint32_t)(im->t[chance(rnd, (uint32_t)im->nt)].off /
		    im->bsize);
	case 4:		/* an inode: names that loop */
		return im->inode[chance(rnd, (uint32_t)im->nino / 2) * 2];
	default:
		return vals[chance(rnd, sizeof(vals) / sizeof(vals[0]))];
	}
}

static void
damage_field(struct image *im, const struct target *t, uint64_t *rnd)
{
	uint32_t at, len = t->len;
	uint8_t *p = im->p + t->off;

	/* The beginnings of blocks and what follows matter most. */
	if (t->kind == K_INODE)
		at = inode_field(im, rnd);
	else if (chance(rnd, 2))
		at = chance(rnd, len < 64 ? len : 64) & ~1U;
	else
		at = chance(rnd, len) & ~1U;
	if (at + 4 > len)
		at = len - 4;
	if (chance(rnd, 2))
		p16(p + at, nasty(im, g16(p + at), rnd));
	else
		p32(p + (at & ~3U), nasty(im, g32(p + (at & ~3U)), rnd));
}

void
target_damage(struct image *im, const struct target *t, uint64_t *rnd)
{
	const struct target *o;
	uint8_t *p = im->p + t->off;
	uint32_t i, n, at;

	switch (chance(rnd, 10)) {
	case 0:			/* bits here and there */
		n = 1 + chance(rnd, 8);
		for (i = 0; i < n; i++)
			p[chance(rnd, t->len)] ^=
			    (uint8_t)(1 << chance(rnd, 8));
		break;
	case 1:			/* a stretch of noise, zeros or ones */
		at = chance(rnd, t->len);
		n = 1 + chance(rnd, t->len - at);
		if (chance(rnd, 2))
			memset(p + at, chance(rnd, 2) ? 0 : 0xff, n);
		else
			for (i = 0; i < n; i++)
				p[at + i] = (uint8_t)chance(rnd, 256);
		break;
	case 2:			/* what belongs elsewhere */
		o = &im->t[chance(rnd, (uint32_t)im->nt)];
		n = o->len < t->len ? o->len : t->len;
		memmove(p, im->p + o->off, n);
		break;
	default:
		n = 1 + chance(rnd, 3);
		for (i = 0; i < n; i++)
			damage_field(im, t, rnd);
		break;
	}
}

static void
repair_group(struct image *im, const struct target *t)
{
	uint8_t *p = im->p + t->off, le[4];
	uint32_t c;

	p32(le, t->ino);
	p16(p + 0x1e, 0);
	if (im->rocompat & E2_ROCOMPAT_METADATA_CSUM) {
		c = crc32c(crc32c(im->seed, le, 4), p, im->descsize);
		p16(p + 0x1e, c);
	} else if (im->rocompat & E2_ROCOMPAT_GDT_CSUM) {
		c = crc16(0xffff, im->p + 1024 + 0x68, 16);
		c = crc16((uint16_t)c, le, 4);
		c = crc16((uint16_t)c, p, 0x1e);
		c = crc16((uint16_t)c, p + 0x20, im->descsize - 0x20);
		p16(p + 0x1e, c);
	}
}

static void
repair_inode(struct image *im, const struct target *t)
{
	uint8_t *p = im->p + t->off, le[4];
	bool hi = im->inosize > 128 && g16(p + 128) >= 4;
	uint32_t c;

	p32(le, t->ino);
	p16(p + 0x7c, 0);
	if (hi)
		p16(p + 0x82, 0);
	c = crc32c(crc32c(im->seed, le, 4), p + 0x64, 4);
	c = crc32c(c, p, im->inosize);
	p16(p + 0x7c, c);
	if (hi)
		p16(p + 0x82, c >> 16);
}

static void
repair_index(struct image *im, const struct target *t, uint32_t seed)
{
	static const uint8_t zero[4];
	uint8_t *p = im->p + t->off;
	uint32_t off = g16(p + 4) == 12 ? 32 : 8, limit, count, c;

	limit = g16(p + off);
	count = g16(p + off + 2);
	if (off + limit * 8 + 8 > im->bsize || off + count * 8 > im->bsize)
		return;
	c = crc32c(seed, p, off + count * 8);
	c = crc32c(c, p + off + limit * 8, 4);
	p32(p + off + limit * 8 + 4, crc32c(c, zero, 4));
}

/* Makes the checksum in each tail record right, as far as records go. */
static void
repair_fast(struct image *im)
{
	uint32_t i, off, len, tag, crc = 0;
	uint8_t *p;

	for (i = 0; i < im->nfc; i++) {
		p = im->p + im->fcblock[i] * im->bsize;
		for (off = 0; off + 4 < im->bsize; off += 4 + len) {
			tag = g16(p + off);
			len = g16(p + off + 2);
			if (tag == 0 || tag > 9 || off + 4 + len > im->bsize)
				return;
			if (tag != FC_TAG_TAIL || len < 8) {
				crc = crc32c(crc, p + off, 4 + len);
				continue;
			}
			p32(p + off + 8, crc32c(crc, p + off, 8));
			crc = 0;
		}
	}
}

static void
repair_journal(struct image *im, const struct target *t)
{
	uint8_t *p = im->p + t->off;
	const uint8_t *js = im->p + im->jfirst * im->bsize;
	uint32_t off, c;

	if (t->kind == K_JLOG && t->ino == 0) {
		repair_fast(im);
		return;
	}
	if ((b32(js + 0x28) & 0x18) == 0)
		return;
	off = t->kind == K_JSUPER ? 0xfc : b32(p + 4) == JB_COMMIT ? 0x10 :
	    im->bsize - 4;
	memset(p + off, 0, 4);
	if (t->kind == K_JSUPER)
		c = crc32c(~0U, p, 1024);
	else
		c = crc32c(im->jseed, p, im->bsize);
	c = htobe32(c);
	memcpy(p + off, &c, 4);
}

void
target_repair(struct image *im, const struct target *t)
{
	uint8_t *p = im->p + t->off, le[8] = { 0 };
	uint32_t seed, off;

	if (t->kind == K_JSUPER || t->kind == K_JLOG) {
		repair_journal(im, t);
		return;
	}
	if (t->kind == K_GROUP) {
		repair_group(im, t);
		return;
	}
	if ((im->rocompat & E2_ROCOMPAT_METADATA_CSUM) == 0)
		return;
	p32(le, t->ino);
	seed = crc32c(im->seed, le, 4);
	p32(le, t->gen);
	seed = crc32c(seed, le, 4);
	switch (t->kind) {
	case K_SUPER:
		p32(p + 0x3fc, crc32c(~0U, p, 0x3fc));
		break;
	case K_INODE:
		repair_inode(im, t);
		break;
	case K_EXTENT:
		off = 12 + 12 * g16(p + 4);
		if (off + 4 <= im->bsize)
			p32(p + off, crc32c(seed, p, off));
		break;
	case K_DIR:
		p32(p + im->bsize - 12, 0);
		p32(p + im->bsize - 8, 0xde00000c);
		p32(p + im->bsize - 4, crc32c(seed, p, im->bsize - 12));
		break;
	case K_INDEX:
		repair_index(im, t, seed);
		break;
	case K_XATTR:
		p32(le, t->ino);
		p32(p + 0x10, 0);
		p32(le + 4, 0);
		p32(p + 0x10, crc32c(crc32c(im->seed, le, 8), p, im->bsize));
		break;
	default:
		break;
	}
}
