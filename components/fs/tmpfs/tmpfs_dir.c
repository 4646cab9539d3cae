/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_dir.c - directories: two trees over the same entries, one by name for
 * lookup, one by position for reading.  A position is given once and never
 * again, so that a reader who comes back to one goes on correctly whatever
 * was added or removed meanwhile.
 *
 * Locking: the vnode lock of the directory; parents are under tm_lock.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/dirent.h>
#include <sys/kmem.h>
#include <sys/namei.h>
#include <sys/uio.h>

struct namekey {
	const char	*name;
	size_t		len;
};

static int
name_cmp(const char *a, size_t alen, const char *b, size_t blen)
{

	if (alen != blen)
		return alen < blen ? -1 : 1;
	return memcmp(a, b, alen);
}

static int
name_cmp_key(void *ctx, const void *n, const void *k)
{
	const struct tmpfs_dirent *de = n;
	const struct namekey *key = k;

	return name_cmp(de->td_name, de->td_namelen, key->name, key->len);
}

static int
name_cmp_nodes(void *ctx, const void *a, const void *b)
{
	const struct tmpfs_dirent *da = a, *db = b;

	return name_cmp(da->td_name, da->td_namelen, db->td_name,
	    db->td_namelen);
}

static int
pos_cmp_key(void *ctx, const void *n, const void *k)
{
	const struct tmpfs_dirent *de = n;
	const off_t pos = *(const off_t *)k;

	return de->td_pos < pos ? -1 : de->td_pos > pos;
}

static int
pos_cmp_nodes(void *ctx, const void *a, const void *b)
{

	return pos_cmp_key(ctx, a, &((const struct tmpfs_dirent *)b)->td_pos);
}

static const rb_tree_ops_t names_ops = {
	.rbto_compare_nodes = name_cmp_nodes,
	.rbto_compare_key = name_cmp_key,
	.rbto_node_offset = offsetof(struct tmpfs_dirent, td_bynames),
};

static const rb_tree_ops_t pos_ops = {
	.rbto_compare_nodes = pos_cmp_nodes,
	.rbto_compare_key = pos_cmp_key,
	.rbto_node_offset = offsetof(struct tmpfs_dirent, td_bypos),
};

void
tmpfs_dir_init(struct tmpfs_node *node)
{

	rb_tree_init(&node->tn_dir.names, &names_ops);
	rb_tree_init(&node->tn_dir.bypos, &pos_ops);
	node->tn_dir.nextpos = TMPFS_POS_FIRST;
	node->tn_dir.parent = node;
}

struct tmpfs_dirent *
tmpfs_dir_find(struct tmpfs_node *dnode, const char *name, size_t len)
{
	const struct namekey key = { name, len };

	return rb_tree_find_node(&dnode->tn_dir.names, &key);
}

struct tmpfs_dirent *
tmpfs_dirent_new(struct tmpfs_mount *tm, const char *name, size_t len)
{
	struct tmpfs_dirent *de;

	de = tmpfs_alloc(tm, sizeof(*de) + len);
	if (de == NULL)
		return NULL;
	de->td_namelen = len;
	memcpy(de->td_name, name, len);
	return de;
}

void
tmpfs_dirent_free(struct tmpfs_mount *tm, struct tmpfs_dirent *de)
{

	tmpfs_free(tm, de, sizeof(*de) + de->td_namelen);
}

/*
 * Count a name of a file in, or out again.  A directory is named by its "."
 * besides, and names its parent by its "..".
 */
static void
dir_count(struct tmpfs_node *dnode, struct tmpfs_node *node, bool in)
{
	const unsigned int n = node != NULL && node->tn_type == VDIR ? 2 : 1;

	if (node == NULL)
		return;
	if (in) {
		node->tn_links += n;
		dnode->tn_dir.nentries++;
		if (node->tn_type == VDIR)
			dnode->tn_links++;
	} else {
		KASSERT(node->tn_links >= n && dnode->tn_dir.nentries > 0);
		node->tn_links -= n;
		dnode->tn_dir.nentries--;
		if (node->tn_type == VDIR)
			dnode->tn_links--;
	}
}

void
tmpfs_dir_attach(struct vnode *dvp, struct tmpfs_dirent *de,
    struct tmpfs_node *node)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);

	KASSERT(VOP_ISLOCKED(dvp) == LK_EXCLUSIVE);
	de->td_node = node;
	de->td_pos = dnode->tn_dir.nextpos++;
	rb_tree_insert_node(&dnode->tn_dir.names, de);
	rb_tree_insert_node(&dnode->tn_dir.bypos, de);
	dnode->tn_size += (off_t)(sizeof(*de) + de->td_namelen);
	dir_count(dnode, node, true);
	tmpfs_touch(dvp, TMPFS_MTIME | TMPFS_CTIME);
}

void
tmpfs_dir_detach(struct vnode *dvp, struct tmpfs_dirent *de)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);

	KASSERT(VOP_ISLOCKED(dvp) == LK_EXCLUSIVE);
	rb_tree_remove_node(&dnode->tn_dir.names, de);
	rb_tree_remove_node(&dnode->tn_dir.bypos, de);
	dnode->tn_size -= (off_t)(sizeof(*de) + de->td_namelen);
	dir_count(dnode, de->td_node, false);
	de->td_node = NULL;
	tmpfs_touch(dvp, TMPFS_MTIME | TMPFS_CTIME);
}

void
tmpfs_dir_renode(struct vnode *dvp, struct tmpfs_dirent *de,
    struct tmpfs_node *node)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(dvp);

	KASSERT(VOP_ISLOCKED(dvp) == LK_EXCLUSIVE);
	dir_count(dnode, de->td_node, false);
	de->td_node = node;
	dir_count(dnode, node, true);
	tmpfs_touch(dvp, TMPFS_MTIME | TMPFS_CTIME);
}

bool
tmpfs_dir_empty(const struct tmpfs_node *dnode)
{

	return dnode->tn_dir.nentries == 0;
}

void
tmpfs_dir_purge(struct tmpfs_mount *tm, struct tmpfs_node *dnode)
{
	struct tmpfs_dirent *de;

	while ((de = RB_TREE_MIN(&dnode->tn_dir.bypos)) != NULL) {
		rb_tree_remove_node(&dnode->tn_dir.names, de);
		rb_tree_remove_node(&dnode->tn_dir.bypos, de);
		tmpfs_dirent_free(tm, de);
	}
	dnode->tn_dir.nentries = 0;
	dnode->tn_size = 0;
}

void
tmpfs_dir_unwhite(struct vnode *dvp, const struct componentname *cnp)
{
	struct tmpfs_dirent *de;

	de = tmpfs_dir_find(VP_TO_TMPFS_NODE(dvp), cnp->cn_nameptr,
	    cnp->cn_namelen);
	if (de != NULL && de->td_node == NULL) {
		tmpfs_dir_detach(dvp, de);
		tmpfs_dirent_free(VP_TO_TMPFS(dvp), de);
	}
}

void
tmpfs_dir_drop(struct vnode *dvp, struct tmpfs_dirent *de,
    const struct componentname *cnp)
{

	tmpfs_dir_detach(dvp, de);
	/* The name's memory becomes the whiteout's: that cannot fail. */
	if (cnp->cn_flags & DOWHITEOUT)
		tmpfs_dir_attach(dvp, de, NULL);
	else
		tmpfs_dirent_free(VP_TO_TMPFS(dvp), de);
}

ino_t
tmpfs_dir_parentid(struct tmpfs_mount *tm, struct tmpfs_node *dnode)
{
	ino_t id;

	mutex_enter(&tm->tm_lock);
	id = dnode->tn_dir.parent != NULL ? dnode->tn_dir.parent->tn_id : 0;
	mutex_exit(&tm->tm_lock);
	return id;
}

void
tmpfs_dir_setparent(struct tmpfs_mount *tm, struct tmpfs_node *dnode,
    struct tmpfs_node *parent)
{

	mutex_enter(&tm->tm_lock);
	dnode->tn_dir.parent = parent;
	mutex_exit(&tm->tm_lock);
}

/* Reading: what goes out next, and where it ends up. */
struct reader {
	struct uio	*uio;
	struct dirent	*d;		/* a record being made */
	off_t		*cookies;	/* NULL: not wanted */
	int		ncookies, maxcookies;
};

/* Give one record out; its successor stands at next.  -1: it is full. */
static int
reader_put(struct reader *r, ino_t id, uint8_t type, const char *name,
    size_t len, off_t next)
{
	struct dirent *d = r->d;
	int error;

	d->d_fileno = id;
	d->d_type = type;
	d->d_namlen = (uint16_t)len;
	d->d_reclen = (uint16_t)_DIRENT_RECLEN(d, len);
	if (d->d_reclen > r->uio->uio_resid ||
	    (r->cookies != NULL && r->ncookies == r->maxcookies))
		return -1;
	memcpy(d->d_name, name, len);
	memset(d->d_name + len, 0,
	    d->d_reclen - _DIRENT_NAMEOFF(d) - len);
	error = uiomove(d, d->d_reclen, r->uio);
	if (error != 0)
		return error;
	r->uio->uio_offset = next;
	if (r->cookies != NULL)
		r->cookies[r->ncookies++] = next;
	return 0;
}

static off_t
pos_after(struct tmpfs_node *dnode, struct tmpfs_dirent *de)
{
	struct tmpfs_dirent *next;

	next = rb_tree_iterate(&dnode->tn_dir.bypos, de, RB_DIR_RIGHT);
	return next != NULL ? next->td_pos : de->td_pos + 1;
}

static int
reader_entries(struct reader *r, struct tmpfs_node *dnode, int *eofp)
{
	struct tmpfs_dirent *de;
	off_t pos = r->uio->uio_offset;
	int error;

	de = rb_tree_find_node_geq(&dnode->tn_dir.bypos, &pos);
	for (; de != NULL; de = rb_tree_iterate(&dnode->tn_dir.bypos, de,
	    RB_DIR_RIGHT)) {
		if (de->td_node == NULL)
			error = reader_put(r, 1, DT_WHT, de->td_name,
			    de->td_namelen, pos_after(dnode, de));
		else
			error = reader_put(r, de->td_node->tn_id,
			    vtype2dt(de->td_node->tn_type), de->td_name,
			    de->td_namelen, pos_after(dnode, de));
		if (error != 0)
			return error;
	}
	*eofp = 1;
	return 0;
}

/* "." and "..", where the reader stands before or at them. */
static int
reader_dots(struct reader *r, struct vnode *vp, struct tmpfs_node *dnode)
{
	struct tmpfs_mount *tm = VP_TO_TMPFS(vp);
	ino_t parent;
	int error;

	if (r->uio->uio_offset == TMPFS_POS_DOT) {
		error = reader_put(r, dnode->tn_id, DT_DIR, ".", 1,
		    TMPFS_POS_DOTDOT);
		if (error != 0)
			return error;
	}
	if (r->uio->uio_offset == TMPFS_POS_DOTDOT) {
		parent = tmpfs_dir_parentid(tm, dnode);
		if (parent == 0)
			parent = dnode->tn_id;
		error = reader_put(r, parent, DT_DIR, "..", 2,
		    TMPFS_POS_FIRST);
		if (error != 0)
			return error;
	}
	return 0;
}

int
tmpfs_dir_readdir(struct vnode *vp, struct uio *uio, off_t *cookies,
    int maxcookies, int *ncookiesp, int *eofp)
{
	struct tmpfs_node *dnode = VP_TO_TMPFS_NODE(vp);
	const size_t resid = uio->uio_resid;
	struct reader r = { .uio = uio, .cookies = cookies,
	    .maxcookies = maxcookies };
	int error;

	*eofp = 0;
	*ncookiesp = 0;
	if (uio->uio_offset < 0)
		return EINVAL;
	/* A directory that was removed has no entries at all. */
	if (tmpfs_dir_parentid(VP_TO_TMPFS(vp), dnode) == 0) {
		*eofp = 1;
		return 0;
	}
	r.d = kmem_zalloc(sizeof(*r.d), KM_SLEEP);
	error = reader_dots(&r, vp, dnode);
	if (error == 0)
		error = reader_entries(&r, dnode, eofp);
	kmem_free(r.d, sizeof(*r.d));
	if (error == -1)
		error = uio->uio_resid == resid ? EINVAL : 0;
	*ncookiesp = r.ncookies;
	return error;
}
