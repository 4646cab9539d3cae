/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tarfs_tree.c - reading a ustar archive into a tree of files.  The archive
 * may be anybody's: each header is checked by its sum, each number and name
 * before it is used.
 */
#include "tarfs.h"

#include <sys/buf.h>
#include <sys/dkio.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/stat.h>

/* Bounds that keep a hostile archive from taking all memory. */
#define MAXNODES	100000
#define MAXDEPTH	64

/* POSIX ustar: all fields are text. */
struct ustar {
	char	name[100];
	char	mode[8];
	char	uid[8];
	char	gid[8];
	char	size[12];
	char	mtime[12];
	char	chksum[8];
	char	typeflag;
	char	linkname[100];
	char	magic[6];
	char	version[2];
	char	uname[32];
	char	gname[32];
	char	devmajor[8];
	char	devminor[8];
	char	prefix[155];
	char	pad[12];
};

/* An octal number; false: it is none. */
static bool
octal(const char *field, size_t len, uint64_t *valp)
{
	uint64_t val = 0;
	size_t i = 0;

	while (i < len && field[i] == ' ')
		i++;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++) {
		if (val >> 60)
			return false;
		val = val * 8 + (uint64_t)(field[i] - '0');
	}
	*valp = val;
	return i == len || field[i] == '\0' || field[i] == ' ';
}

/* The sum of the header's bytes, its own field counted as blanks. */
static bool
sum_ok(const struct ustar *h)
{
	const unsigned char *p = (const unsigned char *)h;
	const size_t at = offsetof(struct ustar, chksum);
	uint64_t want;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(*h); i++)
		sum += i >= at && i < at + sizeof(h->chksum) ? ' ' : p[i];
	return octal(h->chksum, sizeof(h->chksum), &want) && want == sum;
}

struct tarfs_node *
tarfs_child(struct tarfs_node *dir, const char *name, size_t len)
{
	struct tarfs_node *n;

	TAILQ_FOREACH(n, &dir->children, siblings)
		if (n->namelen == len && memcmp(n->name, name, len) == 0)
			return n;
	return NULL;
}

struct tarfs_node *
tarfs_byino(struct tarfs_mount *tm, ino_t ino)
{
	struct tarfs_node *n;

	TAILQ_FOREACH(n, &tm->all, all)
		if (n->ino == ino)
			return n;
	return NULL;
}

static struct tarfs_node *
node_new(struct tarfs_mount *tm, struct tarfs_node *parent, const char *name,
    size_t len)
{
	struct tarfs_node *n;

	if (tm->nodes >= MAXNODES || len > TAR_NAMEMAX)
		return NULL;
	n = kmem_zalloc(sizeof(*n) + len + 1, KM_NOSLEEP);
	if (n == NULL)
		return NULL;
	n->ino = TARFS_ROOT + tm->nodes++;
	n->type = VDIR;
	n->mode = 0755;
	n->namelen = len;
	memcpy(n->name, name, len);
	TAILQ_INIT(&n->children);
	TAILQ_INSERT_TAIL(&tm->all, n, all);
	n->parent = parent != NULL ? parent : n;
	if (parent != NULL)
		TAILQ_INSERT_TAIL(&parent->children, n, siblings);
	return n;
}

/*
 * The file of a path, made with the directories on the way.  NULL: the path
 * leaves the archive or goes through what is not a directory.
 */
static struct tarfs_node *
path_node(struct tarfs_mount *tm, const char *path)
{
	struct tarfs_node *n = tm->root, *child;
	int depth = 0;
	size_t len;

	for (; *path != '\0'; path += len) {
		while (*path == '/')
			path++;
		for (len = 0; path[len] != '\0' && path[len] != '/'; len++)
			continue;
		if (len == 0 || (len == 1 && path[0] == '.'))
			continue;
		if ((len == 2 && path[0] == '.' && path[1] == '.') ||
		    n->type != VDIR || ++depth > MAXDEPTH)
			return NULL;
		child = tarfs_child(n, path, len);
		if (child == NULL)
			child = node_new(tm, n, path, len);
		if ((n = child) == NULL)
			return NULL;
	}
	return n;
}

static void
full_name(const struct ustar *h, char *buf, size_t size)
{
	char part[156];

	buf[0] = '\0';
	if (memcmp(h->magic, "ustar", 6) == 0 && h->prefix[0] != '\0') {
		memcpy(part, h->prefix, 155);
		part[155] = '\0';
		strlcat(buf, part, size);
		strlcat(buf, "/", size);
	}
	memcpy(part, h->name, 100);
	part[100] = '\0';
	strlcat(buf, part, size);
}

static int
set_link(struct tarfs_node *n, const struct ustar *h)
{

	n->size = strnlen(h->linkname, sizeof(h->linkname));
	if (n->size == 0)
		return EINVAL;
	n->target = kmem_alloc((size_t)n->size, KM_NOSLEEP);
	if (n->target == NULL)
		return ENOMEM;
	memcpy(n->target, h->linkname, (size_t)n->size);
	n->type = VLNK;
	return 0;
}

/* One member whose header was read at pos; its size in *sizep. */
static int
add_member(struct tarfs_mount *tm, const struct ustar *h, uint64_t pos,
    uint64_t end, uint64_t *sizep)
{
	uint64_t mode, uid, gid, size, mtime;
	struct tarfs_node *n;
	char name[260];

	if (!sum_ok(h) || !octal(h->mode, sizeof(h->mode), &mode) ||
	    !octal(h->uid, sizeof(h->uid), &uid) ||
	    !octal(h->gid, sizeof(h->gid), &gid) ||
	    !octal(h->size, sizeof(h->size), &size) ||
	    !octal(h->mtime, sizeof(h->mtime), &mtime))
		return EINVAL;
	if (size > end - pos - TAR_BLOCK)
		return EINVAL;
	*sizep = size;
	/* Files, directories and symbolic links; others are passed over. */
	if (h->typeflag != '0' && h->typeflag != '\0' &&
	    h->typeflag != '2' && h->typeflag != '5')
		return 0;
	full_name(h, name, sizeof(name));
	n = path_node(tm, name);
	if (n == NULL)
		return EINVAL;
	/* A second member of the same name must be of the same kind. */
	if (h->typeflag != '5' &&
	    (n == tm->root || !TAILQ_EMPTY(&n->children) ||
	    n->target != NULL))
		return EINVAL;
	if (h->typeflag == '5' && n->type != VDIR)
		return EINVAL;
	n->mode = (mode_t)mode & ALLPERMS;
	n->uid = (uid_t)uid;
	n->gid = (gid_t)gid;
	n->mtime = (time_t)mtime;
	if (h->typeflag == '2')
		return set_link(n, h);
	if (h->typeflag != '5') {
		n->type = VREG;
		n->size = size;
		n->data = pos + TAR_BLOCK;
	}
	return 0;
}

static bool
all_zero(const void *p)
{
	const char *c = p;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		if (c[i] != 0)
			return false;
	return true;
}

/* Walk the members up to the end mark or the end of the device. */
static int
read_members(struct tarfs_mount *tm, uint64_t end)
{
	struct buf *bp;
	uint64_t pos, size;
	int error = 0;
	bool last = false;

	for (pos = 0; !last && error == 0 && end - pos >= TAR_BLOCK;
	    pos += TAR_BLOCK + roundup(size, TAR_BLOCK)) {
		size = 0;
		error = bread(tm->devvp, btodb(pos), TAR_BLOCK, 0, &bp);
		if (error != 0)
			return error;
		last = all_zero(bp->b_data);
		if (!last)
			error = add_member(tm, bp->b_data, pos, end, &size);
		brelse(bp, 0);
		if (roundup(size, TAR_BLOCK) > end - pos - TAR_BLOCK)
			error = EINVAL;
	}
	return error;
}

int
tarfs_tree_read(struct tarfs_mount *tm)
{
	off_t size;
	int error;

	TAILQ_INIT(&tm->all);
	error = VOP_IOCTL(tm->devvp, DIOCGMEDIASIZE, &size, FREAD, NOCRED);
	if (error != 0)
		return error;
	tm->blocks = (uint64_t)size / TAR_BLOCK;
	tm->root = node_new(tm, NULL, "", 0);
	if (tm->root == NULL)
		return ENOMEM;
	error = read_members(tm, tm->blocks * TAR_BLOCK);
	if (error != 0)
		tarfs_tree_free(tm);
	return error;
}

void
tarfs_tree_free(struct tarfs_mount *tm)
{
	struct tarfs_node *n;

	while ((n = TAILQ_FIRST(&tm->all)) != NULL) {
		TAILQ_REMOVE(&tm->all, n, all);
		if (n->target != NULL)
			kmem_free(n->target, (size_t)n->size);
		kmem_free(n, sizeof(*n) + n->namelen + 1);
	}
}
