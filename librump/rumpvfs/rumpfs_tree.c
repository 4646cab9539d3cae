/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The root file system's tree: nodes, directories, and making nodes by path.
 * Locking: rumpfs_lock, see rumpfs.h.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/namei.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vnode.h>

#include <uvm/uvm_extern.h>

#include <rump/rump.h>
#include <rump/rumpuser.h>

#include "rumpfs.h"

kmutex_t rumpfs_lock;
struct rumpfs_node *rumpfs_rootnode;
struct mount *rumpfs_rootmount;

static ino_t lastino = 1;

void
rumpfs_tree_init(void)
{

	mutex_init(&rumpfs_lock, MUTEX_DEFAULT, IPL_NONE);
	rumpfs_rootnode = rumpfs_nodealloc(VDIR, 0755);
	rumpfs_rootnode->rn_parent = rumpfs_rootnode;
	rumpfs_rootnode->rn_nlink = 2;
}

/*
 * Directories.
 */

struct namekey {
	const char *name;
	size_t	len;
};

static int
name_compare(const char *a, size_t alen, const char *b, size_t blen)
{
	int c = memcmp(a, b, MIN(alen, blen));

	if (c != 0)
		return c;
	return alen < blen ? -1 : alen > blen;
}

static int
dirent_compare_nodes(void *ctx, const void *n1, const void *n2)
{
	const struct rumpfs_dirent *a = n1, *b = n2;

	return name_compare(a->rd_name, a->rd_namelen, b->rd_name,
	    b->rd_namelen);
}

static int
dirent_compare_key(void *ctx, const void *n, const void *key)
{
	const struct rumpfs_dirent *a = n;
	const struct namekey *k = key;

	return name_compare(a->rd_name, a->rd_namelen, k->name, k->len);
}

static const rb_tree_ops_t dirent_tree_ops = {
	.rbto_compare_nodes = dirent_compare_nodes,
	.rbto_compare_key = dirent_compare_key,
	.rbto_node_offset = offsetof(struct rumpfs_dirent, rd_tree),
	.rbto_context = NULL,
};

struct rumpfs_dirent *
rumpfs_lookup(struct rumpfs_node *dir, const char *name, size_t len)
{
	struct namekey key = { name, len };

	KASSERT(mutex_owned(&rumpfs_lock));
	KASSERT(dir->rn_type == VDIR);
	return rb_tree_find_node(&dir->rn_tree, &key);
}

struct rumpfs_dirent *
rumpfs_direntalloc(const char *name, size_t len)
{
	struct rumpfs_dirent *rd;

	rd = kmem_zalloc(sizeof(*rd) + len + 1, KM_SLEEP);
	memcpy(rd->rd_name, name, len);
	rd->rd_namelen = len;
	return rd;
}

void
rumpfs_enter(struct rumpfs_node *dir, struct rumpfs_dirent *rd,
    struct rumpfs_node *rn)
{

	KASSERT(mutex_owned(&rumpfs_lock));
	rd->rd_node = rn;
	rd->rd_cookie = dir->rn_nextcookie++;
	rn->rn_nlink++;
	(void)rb_tree_insert_node(&dir->rn_tree, rd);
	TAILQ_INSERT_TAIL(&dir->rn_list, rd, rd_list);
	dir->rn_size++;
	if (rn->rn_type == VDIR) {
		rn->rn_parent = dir;
		rn->rn_nlink++;		/* its . */
		dir->rn_nlink++;	/* its .. */
	}
	rumpfs_touch(dir, RUMPFS_MTIME | RUMPFS_CTIME);
	rumpfs_touch(rn, RUMPFS_CTIME);
}

bool
rumpfs_isempty(const struct rumpfs_node *dir)
{

	return TAILQ_EMPTY(&dir->rn_list);
}

/*
 * Nodes.
 */

static void	node_free(struct rumpfs_node *);

/* What is in a directory that has no name any more: of etfs only. */
static void
dir_empty(struct rumpfs_node *dir)
{
	struct rumpfs_dirent *rd;

	while ((rd = TAILQ_FIRST(&dir->rn_list)) != NULL)
		rumpfs_leave(dir, rd);
}

static void
node_free(struct rumpfs_node *rn)
{

	KASSERT(mutex_owned(&rumpfs_lock));
	switch (rn->rn_type) {
	case VDIR:
		dir_empty(rn);
		break;
	case VREG:
		if (rn->rn_uobj != NULL)
			uao_detach(rn->rn_uobj);
		break;
	case VLNK:
		if (rn->rn_target != NULL)
			kmem_free(rn->rn_target, strlen(rn->rn_target) + 1);
		break;
	default:
		break;
	}
	if (rn->rn_hostpath != NULL)
		kmem_free(rn->rn_hostpath, strlen(rn->rn_hostpath) + 1);
	kmem_free(rn, sizeof(*rn));
}

void
rumpfs_leave(struct rumpfs_node *dir, struct rumpfs_dirent *rd)
{
	struct rumpfs_node *rn = rd->rd_node;

	KASSERT(mutex_owned(&rumpfs_lock));
	rb_tree_remove_node(&dir->rn_tree, rd);
	TAILQ_REMOVE(&dir->rn_list, rd, rd_list);
	kmem_free(rd, sizeof(*rd) + rd->rd_namelen + 1);
	dir->rn_size--;
	rn->rn_nlink--;
	if (rn->rn_type == VDIR) {
		rn->rn_nlink--;
		rn->rn_parent = NULL;
		dir->rn_nlink--;
	}
	rumpfs_touch(dir, RUMPFS_MTIME | RUMPFS_CTIME);
	rumpfs_touch(rn, RUMPFS_CTIME);
	if (rn->rn_nlink == 0 && rn->rn_refs == 0)
		node_free(rn);
}

struct rumpfs_node *
rumpfs_nodealloc(enum vtype type, mode_t mode)
{
	struct rumpfs_node *rn;

	rn = kmem_zalloc(sizeof(*rn), KM_SLEEP);
	rn->rn_type = type;
	rn->rn_mode = mode & ALLPERMS;
	rn->rn_self = rn;
	rn->rn_rdev = NODEV;
	rn->rn_hostfd = -1;
	rn->rn_hostsize = RUMP_ETFS_SIZE_ENDOFF;
	getnanotime(&rn->rn_btime);
	rn->rn_atime = rn->rn_mtime = rn->rn_ctime = rn->rn_btime;
	if (type == VDIR) {
		rb_tree_init(&rn->rn_tree, &dirent_tree_ops);
		TAILQ_INIT(&rn->rn_list);
		rn->rn_nextcookie = 2;
	}
	mutex_enter(&rumpfs_lock);
	rn->rn_ino = ++lastino;
	mutex_exit(&rumpfs_lock);
	return rn;
}

void
rumpfs_noderele(struct rumpfs_node *rn)
{

	mutex_enter(&rumpfs_lock);
	KASSERT(rn->rn_refs > 0);
	if (--rn->rn_refs == 0 && rn->rn_nlink == 0)
		node_free(rn);
	mutex_exit(&rumpfs_lock);
}

void
rumpfs_touch(struct rumpfs_node *rn, int what)
{
	struct timespec now;

	getnanotime(&now);
	if ((what & RUMPFS_ATIME) != 0)
		rn->rn_atime = now;
	if ((what & RUMPFS_MTIME) != 0)
		rn->rn_mtime = now;
	if ((what & RUMPFS_CTIME) != 0)
		rn->rn_ctime = now;
}

/*
 * Nodes by path.
 */

static char *
tree_strdup(const char *s)
{
	size_t len = strlen(s) + 1;

	return memcpy(kmem_alloc(len, KM_SLEEP), s, len);
}

static struct rumpfs_node *
newnode_make(const struct rumpfs_newnode *nn)
{
	struct rumpfs_node *rn;

	rn = rumpfs_nodealloc(nn->nn_type, nn->nn_mode);
	if (nn->nn_type == VBLK || nn->nn_type == VCHR)
		rn->rn_rdev = nn->nn_rdev;
	if (nn->nn_type == VLNK) {
		rn->rn_target = tree_strdup(nn->nn_target);
		rn->rn_size = strlen(nn->nn_target);
	}
	if (nn->nn_hostpath != NULL) {
		rn->rn_hostpath = tree_strdup(nn->nn_hostpath);
		rn->rn_hostbegin = nn->nn_begin;
		rn->rn_hostsize = nn->nn_size;
		rn->rn_subdirs = nn->nn_subdirs;
		if (nn->nn_type == VREG)
			rn->rn_size = rumpfs_hostfilesize(rn);
	}
	return rn;
}

/* The component at *pathp, which moves on to the next; 0 at the end. */
static size_t
path_next(const char **pathp, const char **namep)
{
	const char *p = *pathp;

	while (*p == '/')
		p++;
	*namep = p;
	while (*p != '\0' && *p != '/')
		p++;
	*pathp = p;
	return p - *namep;
}

/* The directory of that name below dir, made if it is not there. */
static int
path_descend(struct rumpfs_node **dirp, const char *name, size_t len)
{
	struct rumpfs_node *dir = *dirp, *rn;
	struct rumpfs_dirent *rd, *newrd;

	mutex_enter(&rumpfs_lock);
	rd = rumpfs_lookup(dir, name, len);
	mutex_exit(&rumpfs_lock);
	if (rd == NULL) {
		rn = rumpfs_nodealloc(VDIR, 0755);
		newrd = rumpfs_direntalloc(name, len);
		mutex_enter(&rumpfs_lock);
		if ((rd = rumpfs_lookup(dir, name, len)) == NULL) {
			rumpfs_enter(dir, newrd, rn);
			rd = newrd;
			newrd = NULL;
		}
		if (newrd != NULL) {
			kmem_free(newrd, sizeof(*newrd) + len + 1);
			node_free(rn);
		}
		mutex_exit(&rumpfs_lock);
	}
	if (rd->rd_node->rn_type != VDIR)
		return ENOTDIR;
	*dirp = rd->rd_node;
	return 0;
}

int
rumpfs_makepath(const char *path, const struct rumpfs_newnode *nn)
{
	struct rumpfs_node *dir = rumpfs_rootnode, *rn;
	struct rumpfs_dirent *rd;
	const char *name, *rest, *dummy;
	size_t len;
	int error;

	for (;;) {
		len = path_next(&path, &name);
		if (len == 0)
			return EINVAL;
		if (len > NAME_MAX)
			return ENAMETOOLONG;
		rest = path;
		if (path_next(&rest, &dummy) == 0)
			break;
		if ((error = path_descend(&dir, name, len)) != 0)
			return error;
	}
	rn = newnode_make(nn);
	rd = rumpfs_direntalloc(name, len);
	mutex_enter(&rumpfs_lock);
	if (rumpfs_lookup(dir, name, len) != NULL) {
		kmem_free(rd, sizeof(*rd) + len + 1);
		node_free(rn);
		mutex_exit(&rumpfs_lock);
		return EEXIST;
	}
	rumpfs_enter(dir, rd, rn);
	mutex_exit(&rumpfs_lock);
	return 0;
}

/* Its names are forgotten, and itself when nobody uses it any more. */
static void
node_forget(struct rumpfs_node *rn)
{
	struct vnode *vp;

	if (rumpfs_rootmount != NULL && vcache_get(rumpfs_rootmount,
	    &rn->rn_self, sizeof(rn->rn_self), &vp) == 0) {
		cache_purge(vp);
		vrele(vp);
	}
	rumpfs_noderele(rn);
}

void
rumpfs_unmakepath(const char *path)
{
	struct rumpfs_node *dir = rumpfs_rootnode, *gone = NULL;
	struct rumpfs_dirent *rd;
	const char *name;
	size_t len;

	mutex_enter(&rumpfs_lock);
	for (;;) {
		len = path_next(&path, &name);
		if (len == 0 || dir->rn_type != VDIR ||
		    (rd = rumpfs_lookup(dir, name, len)) == NULL)
			break;
		if (*path == '\0') {
			gone = rd->rd_node;
			gone->rn_refs++;
			rumpfs_leave(dir, rd);
			break;
		}
		dir = rd->rd_node;
	}
	mutex_exit(&rumpfs_lock);
	if (gone != NULL)
		node_forget(gone);
}
