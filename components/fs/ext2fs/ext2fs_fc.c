/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fast commits: small logical records behind the journal's log, of inodes,
 * ranges of files and names.  They are kept as changes over what is on the
 * disk.  Built while mounting, constant afterwards.
 *
 * The area is a run of blocks filled with records of tag, length and value
 * that do not cross blocks; a tail record ends each fast commit and holds its
 * checksum.  A first record that names another transaction means that
 * there is none.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/kmem.h>

#include "ext2fs.h"

#define	TAGSIZE		4		/* u16 tag, u16 length */
#define	HEADSIZE	8		/* features, transaction */
#define	TAILSIZE	8		/* transaction, checksum */
#define	ADDSIZE		16		/* inode, extent */
#define	DELSIZE		12		/* inode, first, count */
#define	NAMESIZE	8		/* parent, inode; the name follows */

struct fc_range {
	uint64_t r_lblk;
	uint64_t r_len;
	uint64_t r_pblk;	/* 0: reads as zeros */
};

struct fc_name {
	char *n_name;		/* n_len bytes */
	size_t n_len;
	uint32_t n_ino;		/* 0: removed */
};

/* What changed about one inode. */
struct fc_node {
	uint8_t *f_raw;		/* em_inosize bytes, or NULL */
	struct fc_range *f_range;
	uint32_t f_nranges;
	uint32_t f_maxranges;
	struct fc_name *f_name;
	uint32_t f_nnames;
	uint32_t f_maxnames;
	bool f_newdir;
};

struct ext2_fc {
	struct ext2_table fc_index;	/* inode number -> fc_node */
	struct ext2_table fc_names;	/* hash of a name -> its number */
	struct ext2_mount *fc_emp;
	uint32_t fc_tid;
};

/* The records, one after the other. */
struct fc_scan {
	struct ext2_inode *s_ip;	/* the journal */
	uint32_t s_first;
	uint32_t s_nblks;
	uint32_t s_blk;			/* which is in s_buf */
	size_t s_off;
	uint8_t *s_buf;
	bool s_loaded;
};

struct fc_rec {
	uint16_t tag;
	uint16_t len;
	const uint8_t *start;	/* of the tag */
	const uint8_t *val;
};

static int
scan_load(struct fc_scan *s)
{
	struct ext2_mount *emp = s->s_ip->i_emp;
	struct ext2_run run;
	struct buf *bp;
	int error;

	error = ext2fs_map(s->s_ip, (uint64_t)s->s_first + s->s_blk, &run);
	if (error)
		return error;
	if (run.r_pblk == 0)
		return EIO;
	error = ext2fs_bread_dev(emp, run.r_pblk, &bp);
	if (error)
		return error;
	memcpy(s->s_buf, bp->b_data, emp->em_bsize);
	brelse(bp, 0);
	s->s_loaded = true;
	s->s_off = 0;
	return 0;
}

/* The next record; ENOENT where there is none. */
static int
scan_next(struct fc_scan *s, struct fc_rec *r)
{
	size_t bsize = s->s_ip->i_emp->em_bsize;
	int error;

	if (s->s_loaded && s->s_off + TAGSIZE >= bsize) {
		s->s_blk++;
		s->s_loaded = false;
	}
	if (s->s_blk >= s->s_nblks)
		return ENOENT;
	if (!s->s_loaded) {
		error = scan_load(s);
		if (error)
			return error;
	}
	r->start = s->s_buf + s->s_off;
	r->tag = le16dec(r->start);
	r->len = le16dec(r->start + 2);
	r->val = r->start + TAGSIZE;
	if (r->tag < FC_TAG_ADD_RANGE || r->tag > FC_TAG_HEAD ||
	    r->len > bsize - s->s_off - TAGSIZE)
		return ENOENT;
	s->s_off += TAGSIZE + r->len;
	return 0;
}

static void
scan_rewind(struct fc_scan *s)
{

	s->s_blk = 0;
	s->s_off = 0;
	s->s_loaded = false;
}

/*
 * Counts the records of the complete fast commits of transaction tid:
 * those up to the last tail with the right checksum.
 */
static int
count_records(struct fc_scan *s, uint32_t tid, uint32_t *countp)
{
	uint32_t crc = 0, n = 0;
	struct fc_rec r;
	int error;

	*countp = 0;
	while ((error = scan_next(s, &r)) == 0) {
		n++;
		if (n == 1 && r.tag != FC_TAG_HEAD)
			return 0;
		if (r.tag == FC_TAG_HEAD) {
			if (r.len < HEADSIZE || le32dec(r.val + 4) != tid)
				return 0;
			if (le32dec(r.val) != 0) {
				printf("ext2fs: unsupported fast commit "
				    "feature 0x%x\n", le32dec(r.val));
				return EOPNOTSUPP;
			}
		}
		if (r.tag != FC_TAG_TAIL) {
			crc = rump_crc32c(crc, r.start, TAGSIZE + r.len);
			continue;
		}
		if (r.len < TAILSIZE)
			return 0;
		crc = rump_crc32c(crc, r.start, TAGSIZE + 4);
		if (le32dec(r.val) != tid || le32dec(r.val + 4) != crc)
			return 0;
		*countp = n;
		crc = 0;
	}
	return error == ENOENT ? 0 : error;
}

/* Room for one more in a growing array. */
static int
grow(void **arr, uint32_t n, uint32_t *maxp, size_t size)
{
	uint32_t max;
	void *p;

	if (n < *maxp)
		return 0;
	max = *maxp ? *maxp * 2 : 4;
	p = kmem_zalloc(max * size, KM_NOSLEEP);
	if (p == NULL)
		return ENOMEM;
	if (*maxp != 0) {
		memcpy(p, *arr, n * size);
		kmem_free(*arr, *maxp * size);
	}
	*arr = p;
	*maxp = max;
	return 0;
}

static struct fc_node *
find_node(struct ext2_fc *fc, uint32_t ino)
{
	uint64_t val;

	if (!ext2fs_tabget(&fc->fc_index, ino, &val, NULL))
		return NULL;
	return (struct fc_node *)(uintptr_t)val;
}

static int
make_node(struct ext2_fc *fc, uint32_t ino, struct fc_node **fp)
{
	int error;

	if (ino == 0 || ino > fc->fc_emp->em_inodes)
		return EIO;
	*fp = find_node(fc, ino);
	if (*fp != NULL)
		return 0;
	*fp = kmem_zalloc(sizeof(**fp), KM_SLEEP);
	error = ext2fs_tabset(&fc->fc_index, ino, (uintptr_t)*fp, 0);
	if (error)
		kmem_free(*fp, sizeof(**fp));
	return error;
}

/* Two halves of a hash, below the largest key that the table can hold. */
static uint64_t
name_hash(uint32_t parent, const char *name, size_t len)
{
	static const uint32_t noseed[4];
	uint32_t h, l = 0;

	(void)ext2fs_hash(noseed, E2_HASH_HALFMD4_U, name, len, &h, &l);
	return (uint64_t)(h & 0x3fffffff) << 32 | (l ^ parent * 0x9e3779b1U);
}

/* Where a hostile journal would make every mapping slow. */
#define	MAXRANGES	32768

static int
add_range(struct ext2_fc *fc, uint32_t ino, uint64_t lblk, uint64_t len,
    uint64_t pblk)
{
	struct fc_node *f;
	int error;

	if (len == 0 || lblk + len > E2_MAXLBLK + 1 ||
	    (pblk != 0 && !ext2fs_blkok(fc->fc_emp, pblk, len)))
		return EIO;
	error = make_node(fc, ino, &f);
	if (error == 0 && f->f_nranges >= MAXRANGES)
		error = EFBIG;
	if (error == 0)
		error = grow((void **)&f->f_range, f->f_nranges,
		    &f->f_maxranges, sizeof(*f->f_range));
	if (error)
		return error;
	f->f_range[f->f_nranges].r_lblk = lblk;
	f->f_range[f->f_nranges].r_len = len;
	f->f_range[f->f_nranges].r_pblk = pblk;
	f->f_nranges++;
	return 0;
}

/*
 * Finds a name among those of a node.  The table leads to the first that has
 * its hash; where that is another name, all are looked at.
 */
static struct fc_name *
find_name(const struct ext2_fc *fc, const struct fc_node *f, uint32_t parent,
    const char *name, size_t len)
{
	struct fc_name *n;
	uint64_t idx;
	uint32_t i;

	if (!ext2fs_tabget(&fc->fc_names, name_hash(parent, name, len), &idx,
	    NULL))
		return NULL;
	if (idx < f->f_nnames) {
		n = &f->f_name[idx];
		if (n->n_len == len && memcmp(n->n_name, name, len) == 0)
			return n;
	}
	for (i = 0; i < f->f_nnames; i++) {
		n = &f->f_name[i];
		if (n->n_len == len && memcmp(n->n_name, name, len) == 0)
			return n;
	}
	return NULL;
}

static int
set_name(struct ext2_fc *fc, uint32_t parent, const char *name, size_t len,
    uint32_t ino)
{
	struct fc_node *f;
	struct fc_name *n;
	uint64_t hash = name_hash(parent, name, len);
	int error;

	if (len == 0 || len > E2_NAMEMAX || memchr(name, '/', len) != NULL ||
	    memchr(name, '\0', len) != NULL)
		return EIO;
	error = make_node(fc, parent, &f);
	if (error)
		return error;
	n = find_name(fc, f, parent, name, len);
	if (n != NULL) {
		n->n_ino = ino;
		return 0;
	}
	error = grow((void **)&f->f_name, f->f_nnames, &f->f_maxnames,
	    sizeof(*f->f_name));
	if (error == 0 && !ext2fs_tabget(&fc->fc_names, hash, NULL, NULL))
		error = ext2fs_tabset(&fc->fc_names, hash, f->f_nnames, 0);
	if (error)
		return error;
	n = &f->f_name[f->f_nnames];
	n->n_name = kmem_alloc(len, KM_SLEEP);
	memcpy(n->n_name, name, len);
	n->n_len = len;
	n->n_ino = ino;
	f->f_nnames++;
	return 0;
}

/* An inode that had no extents gets an empty root of them. */
static void
init_extents(uint8_t *iblock)
{

	if (le16dec(iblock) == E2_EXT_MAGIC)
		return;
	memset(iblock, 0, E2_IBLOCKSIZE);
	le16enc(iblock, E2_EXT_MAGIC);
	le16enc(iblock + 4, (E2_IBLOCKSIZE - sizeof(struct e2_exthdr)) /
	    E2_EXT_ENTSIZE);
}

static void
free_names(struct fc_node *f)
{
	uint32_t i;

	for (i = 0; i < f->f_nnames; i++)
		kmem_free(f->f_name[i].n_name, f->f_name[i].n_len);
	f->f_nnames = 0;
}

/* What stood there before, if it was the same file and not an earlier one. */
static void
load_before(struct ext2_fc *fc, uint32_t ino, struct fc_node *f,
    const uint8_t *p)
{
	struct ext2_mount *emp = fc->fc_emp;
	size_t gen = offsetof(struct e2_inode, i_generation);
	struct ext2_raw r;

	if (f->f_raw == NULL) {
		f->f_raw = kmem_zalloc(emp->em_inosize, KM_SLEEP);
		/* An inode that was never used has no checksum either. */
		emp->em_quiet = true;
		if (ext2fs_rawget(emp, ino, &r) == 0) {
			memcpy(f->f_raw, r.r_data, emp->em_inosize);
			ext2fs_rawput(&r);
		}
		emp->em_quiet = false;
	}
	if (memcmp(f->f_raw + gen, p + gen, sizeof(uint32_t)) != 0) {
		memset(f->f_raw, 0, emp->em_inosize);
		f->f_nranges = 0;
		f->f_newdir = false;
		free_names(f);
	}
}

/*
 * Takes an inode over.  What maps its blocks stays that of the disk, because
 * the ranges are changes to that; only where it is contents is it taken over
 * too.
 */
static int
set_inode(struct ext2_fc *fc, uint32_t ino, const uint8_t *p, size_t len)
{
	struct ext2_mount *emp = fc->fc_emp;
	size_t rest = offsetof(struct e2_inode, i_generation);
	struct fc_node *f;
	uint32_t flags;
	uint16_t mode;
	int error;

	if (len < E2_OLDINODESIZE || len > emp->em_inosize)
		return EIO;
	error = make_node(fc, ino, &f);
	if (error)
		return error;
	load_before(fc, ino, f, p);
	mode = le16dec(p) & E2_IFMT;
	flags = le32dec(p + offsetof(struct e2_inode, i_flags));
	memcpy(f->f_raw, p, E2_INODE_BLOCKOFF);
	memcpy(f->f_raw + rest, p + rest, len - rest);
	if ((flags & E2_INLINE_DATA) ||
	    ((flags & E2_EXTENTS) == 0 && mode != E2_IFREG && mode != E2_IFDIR))
		memcpy(f->f_raw + E2_INODE_BLOCKOFF, p + E2_INODE_BLOCKOFF,
		    E2_IBLOCKSIZE);
	else if (flags & E2_EXTENTS)
		init_extents(f->f_raw + E2_INODE_BLOCKOFF);
	return 0;
}

/* A directory made by a fast commit has nothing on the disk yet. */
static int
set_created(struct ext2_fc *fc, uint32_t parent, uint32_t ino)
{
	struct fc_node *f;
	int error;

	f = find_node(fc, ino);
	if (f == NULL || f->f_raw == NULL ||
	    (le16dec(f->f_raw) & E2_IFMT) != E2_IFDIR || f->f_newdir)
		return 0;
	f->f_newdir = true;
	error = set_name(fc, ino, ".", 1, ino);
	if (error == 0)
		error = set_name(fc, ino, "..", 2, parent);
	return error;
}

static int
apply_add(struct ext2_fc *fc, const uint8_t *v)
{
	uint32_t len = le16dec(v + 8);
	uint64_t pblk;

	pblk = le32dec(v + 12) | (uint64_t)le16dec(v + 10) << 32;
	if (len > E2_EXT_MAXLEN) {
		len -= E2_EXT_MAXLEN;
		pblk = 0;
	}
	return add_range(fc, le32dec(v), le32dec(v + 4), len, pblk);
}

static int
apply(struct ext2_fc *fc, const struct fc_rec *r)
{
	const uint8_t *v = r->val;
	uint32_t parent, ino;
	const char *name;
	size_t len;
	int error;

	switch (r->tag) {
	case FC_TAG_ADD_RANGE:
		return r->len < ADDSIZE ? EIO : apply_add(fc, v);
	case FC_TAG_DEL_RANGE:
		return r->len < DELSIZE ? EIO : add_range(fc, le32dec(v),
		    le32dec(v + 4), le32dec(v + 8), 0);
	case FC_TAG_CREAT:
	case FC_TAG_LINK:
	case FC_TAG_UNLINK:
		if (r->len <= NAMESIZE)
			return EIO;
		parent = le32dec(v);
		ino = le32dec(v + 4);
		name = (const char *)v + NAMESIZE;
		len = r->len - NAMESIZE;
		if (ino == 0 || ino > fc->fc_emp->em_inodes)
			return EIO;
		if (r->tag == FC_TAG_UNLINK)
			ino = 0;
		error = set_name(fc, parent, name, len, ino);
		if (error == 0 && r->tag == FC_TAG_CREAT)
			error = set_created(fc, parent, ino);
		return error;
	case FC_TAG_INODE:
		return r->len < 4 ? EIO : set_inode(fc, le32dec(v), v + 4,
		    r->len - 4);
	default:
		return 0;
	}
}

int
ext2fs_fc_replay(struct ext2_mount *emp, struct ext2_inode *jip,
    uint32_t first, uint32_t nblks, uint32_t tid)
{
	struct fc_scan s = { .s_ip = jip, .s_first = first, .s_nblks = nblks };
	struct ext2_fc *fc;
	struct fc_rec r;
	uint32_t n;
	int error;

	s.s_buf = kmem_alloc(emp->em_bsize, KM_SLEEP);
	error = count_records(&s, tid, &n);
	if (error || n == 0)
		goto out;
	fc = kmem_zalloc(sizeof(*fc), KM_SLEEP);
	fc->fc_emp = emp;
	scan_rewind(&s);
	while (error == 0 && n-- > 0) {
		error = scan_next(&s, &r);
		if (error == 0)
			error = apply(fc, &r);
	}
	/* Only a mount that succeeds looks through it. */
	emp->em_fc = fc;
	if (error == EIO || error == ENOENT)
		error = ext2fs_damaged(emp, "fast commit record");
out:
	kmem_free(s.s_buf, emp->em_bsize);
	return error;
}

static void
free_node(struct ext2_mount *emp, struct fc_node *f)
{

	if (f->f_raw != NULL)
		kmem_free(f->f_raw, emp->em_inosize);
	free_names(f);
	if (f->f_maxnames != 0)
		kmem_free(f->f_name, f->f_maxnames * sizeof(*f->f_name));
	if (f->f_maxranges != 0)
		kmem_free(f->f_range, f->f_maxranges * sizeof(*f->f_range));
	kmem_free(f, sizeof(*f));
}

void
ext2fs_fc_free(struct ext2_mount *emp)
{
	struct ext2_fc *fc = emp->em_fc;
	size_t i;

	if (fc == NULL)
		return;
	for (i = 0; i < fc->fc_index.t_nslots; i++)
		if (fc->fc_index.t_slot[i].te_key != 0)
			free_node(emp, (struct fc_node *)(uintptr_t)
			    fc->fc_index.t_slot[i].te_val);
	ext2fs_tabfree(&fc->fc_index);
	ext2fs_tabfree(&fc->fc_names);
	kmem_free(fc, sizeof(*fc));
	emp->em_fc = NULL;
}

const uint8_t *
ext2fs_fc_inode(struct ext2_mount *emp, uint32_t ino)
{
	struct fc_node *f = find_node(emp->em_fc, ino);

	return f != NULL ? f->f_raw : NULL;
}

bool
ext2fs_fc_map(struct ext2_inode *ip, uint64_t lblk, struct ext2_run *run,
    uint64_t *limit)
{
	struct fc_node *f = find_node(ip->i_emp->em_fc, ip->i_ino);
	uint64_t lo = 0, hi = UINT64_MAX, end;
	const struct fc_range *r;
	uint32_t i;

	/* Later records win: look from the end. */
	for (i = f != NULL ? f->f_nranges : 0; i > 0; i--) {
		r = &f->f_range[i - 1];
		end = r->r_lblk + r->r_len;
		if (lblk >= r->r_lblk && lblk < end) {
			run->r_lblk = MAX(lo, r->r_lblk);
			run->r_len = MIN(hi, end) - run->r_lblk;
			run->r_pblk = r->r_pblk != 0 ?
			    r->r_pblk + (run->r_lblk - r->r_lblk) : 0;
			return true;
		}
		if (r->r_lblk > lblk)
			hi = MIN(hi, r->r_lblk);
		else
			lo = MAX(lo, end);
	}
	*limit = hi;
	return false;
}

bool
ext2fs_fc_newdir(struct ext2_inode *ip)
{
	struct fc_node *f = find_node(ip->i_emp->em_fc, ip->i_ino);

	return f != NULL && f->f_newdir;
}

bool
ext2fs_fc_name(struct ext2_inode *ip, uint32_t n, struct ext2_fcname *fn)
{
	struct fc_node *f = find_node(ip->i_emp->em_fc, ip->i_ino);

	if (f == NULL || n >= f->f_nnames)
		return false;
	fn->fn_name = f->f_name[n].n_name;
	fn->fn_namlen = f->f_name[n].n_len;
	fn->fn_ino = f->f_name[n].n_ino;
	return true;
}

int
ext2fs_fc_lookup(struct ext2_inode *ip, const char *name, size_t len,
    uint32_t *inop)
{
	struct ext2_fc *fc = ip->i_emp->em_fc;
	struct fc_node *f = find_node(fc, ip->i_ino);
	const struct fc_name *n;

	n = f != NULL ? find_name(fc, f, ip->i_ino, name, len) : NULL;
	if (n == NULL)
		return EJUSTRETURN;
	*inop = n->n_ino;
	return n->n_ino != 0 ? 0 : ENOENT;
}
