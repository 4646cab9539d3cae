/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs_node.c - memory accounting, and the life of files.
 * Locking: tm_lock guards the counts and the tree of files.
 */
#include "tmpfs.h"

#include <sys/systm.h>
#include <sys/cprng.h>
#include <sys/kmem.h>

#include <uvm/uvm_extern.h>

static int
node_cmp_key(void *ctx, const void *n, const void *key)
{
	const struct tmpfs_node *node = n;
	const ino_t id = *(const ino_t *)key;

	return node->tn_id < id ? -1 : node->tn_id > id;
}

static int
node_cmp(void *ctx, const void *a, const void *b)
{

	return node_cmp_key(ctx, a, &((const struct tmpfs_node *)b)->tn_id);
}

static const rb_tree_ops_t nodes_ops = {
	.rbto_compare_nodes = node_cmp,
	.rbto_compare_key = node_cmp_key,
	.rbto_node_offset = offsetof(struct tmpfs_node, tn_byid),
};

bool
tmpfs_mem_get(struct tmpfs_mount *tm, uint64_t bytes)
{
	bool ok;

	mutex_enter(&tm->tm_lock);
	ok = tm->tm_bytes <= tm->tm_bytes_max &&
	    bytes <= tm->tm_bytes_max - tm->tm_bytes;
	if (ok)
		tm->tm_bytes += bytes;
	mutex_exit(&tm->tm_lock);
	return ok;
}

void
tmpfs_mem_put(struct tmpfs_mount *tm, uint64_t bytes)
{

	mutex_enter(&tm->tm_lock);
	KASSERT(tm->tm_bytes >= bytes);
	tm->tm_bytes -= bytes;
	mutex_exit(&tm->tm_lock);
}

void *
tmpfs_alloc(struct tmpfs_mount *tm, size_t size)
{
	void *p;

	if (!tmpfs_mem_get(tm, size))
		return NULL;
	p = kmem_zalloc(size, KM_NOSLEEP);
	if (p == NULL)
		tmpfs_mem_put(tm, size);
	return p;
}

void
tmpfs_free(struct tmpfs_mount *tm, void *p, size_t size)
{

	kmem_free(p, size);
	tmpfs_mem_put(tm, size);
}

/*
 * With a limit, that is what there is.  Without one the host decides; then as
 * much as the kernel was given is called free besides what is in use.
 */
void
tmpfs_mem_info(struct tmpfs_mount *tm, uint64_t *totalp, uint64_t *freep)
{
	const uint64_t left = (uint64_t)physmem << PAGE_SHIFT;

	mutex_enter(&tm->tm_lock);
	if (tm->tm_size_arg != 0) {
		*totalp = tm->tm_bytes_max;
		*freep = tm->tm_bytes < tm->tm_bytes_max ?
		    tm->tm_bytes_max - tm->tm_bytes : 0;
	} else {
		*totalp = tm->tm_bytes + left;
		*freep = left;
	}
	mutex_exit(&tm->tm_lock);
}

void
tmpfs_nodes_init(struct tmpfs_mount *tm)
{

	rb_tree_init(&tm->tm_nodes, &nodes_ops);
	tm->tm_nextid = TMPFS_ROOT_ID;
}

/* Enter a file under a new number; false: there are as many as may be. */
static bool
node_enter(struct tmpfs_mount *tm, struct tmpfs_node *node)
{
	bool ok;

	mutex_enter(&tm->tm_lock);
	ok = tm->tm_nnodes < tm->tm_nodes_max;
	if (ok) {
		node->tn_id = tm->tm_nextid++;
		tm->tm_nnodes++;
		rb_tree_insert_node(&tm->tm_nodes, node);
	}
	mutex_exit(&tm->tm_lock);
	return ok;
}

static int
node_init_type(struct tmpfs_node *node, const struct vattr *vap)
{

	switch (node->tn_type) {
	case VDIR:
		tmpfs_dir_init(node);
		return 0;
	case VREG:
		return tmpfs_data_init(node);
	case VBLK:
	case VCHR:
		node->tn_rdev = vap->va_rdev;
		return 0;
	case VLNK:
	case VSOCK:
	case VFIFO:
		return 0;
	default:
		return EOPNOTSUPP;
	}
}

int
tmpfs_node_new(struct tmpfs_mount *tm, const struct vattr *vap, uid_t uid,
    gid_t gid, struct tmpfs_node **nodep)
{
	struct tmpfs_node *node;
	int error;

	node = tmpfs_alloc(tm, sizeof(*node));
	if (node == NULL)
		return ENOSPC;
	node->tn_type = vap->va_type;
	node->tn_mode = vap->va_mode & ALLPERMS;
	node->tn_uid = uid;
	node->tn_gid = gid;
	node->tn_gen = cprng_fast32();
	LIST_INIT(&node->tn_xattrs);
	vfs_timestamp(&node->tn_btime);
	node->tn_atime = node->tn_mtime = node->tn_ctime = node->tn_btime;
	error = node_init_type(node, vap);
	if (error != 0) {
		tmpfs_free(tm, node, sizeof(*node));
		return error;
	}
	mutex_init(&node->tn_timelock, MUTEX_DEFAULT, IPL_NONE);
	if (!node_enter(tm, node)) {
		if (node->tn_type == VREG)
			tmpfs_data_fini(tm, node);
		mutex_destroy(&node->tn_timelock);
		tmpfs_free(tm, node, sizeof(*node));
		return ENOSPC;
	}
	*nodep = node;
	return 0;
}

void
tmpfs_node_destroy(struct tmpfs_mount *tm, struct tmpfs_node *node)
{

	mutex_enter(&tm->tm_lock);
	rb_tree_remove_node(&tm->tm_nodes, node);
	tm->tm_nnodes--;
	mutex_exit(&tm->tm_lock);

	switch (node->tn_type) {
	case VDIR:
		tmpfs_dir_purge(tm, node);
		break;
	case VREG:
		tmpfs_data_fini(tm, node);
		break;
	case VLNK:
		if (node->tn_lnk.target != NULL)
			tmpfs_free(tm, node->tn_lnk.target,
			    (size_t)node->tn_size + 1);
		break;
	default:
		break;
	}
	tmpfs_xattr_purge(tm, node);
	mutex_destroy(&node->tn_timelock);
	tmpfs_free(tm, node, sizeof(*node));
}

struct tmpfs_node *
tmpfs_node_find(struct tmpfs_mount *tm, ino_t id)
{
	struct tmpfs_node *node;

	mutex_enter(&tm->tm_lock);
	node = rb_tree_find_node(&tm->tm_nodes, &id);
	mutex_exit(&tm->tm_lock);
	return node;
}

struct tmpfs_node *
tmpfs_node_first(struct tmpfs_mount *tm)
{
	struct tmpfs_node *node;

	mutex_enter(&tm->tm_lock);
	node = RB_TREE_MIN(&tm->tm_nodes);
	mutex_exit(&tm->tm_lock);
	return node;
}

void
tmpfs_touch(struct vnode *vp, int what)
{
	struct tmpfs_node *node = VP_TO_TMPFS_NODE(vp);
	struct timespec now;

	if (vp->v_mount->mnt_flag & MNT_RDONLY)
		return;
	if (what == TMPFS_ATIME && (vp->v_mount->mnt_flag & MNT_NOATIME))
		return;
	vfs_timestamp(&now);
	mutex_enter(&node->tn_timelock);
	if (what & TMPFS_ATIME)
		node->tn_atime = now;
	if (what & TMPFS_MTIME)
		node->tn_mtime = now;
	if (what & TMPFS_CTIME)
		node->tn_ctime = now;
	mutex_exit(&node->tn_timelock);
	if (what & TMPFS_MTIME)
		node->tn_rev++;
}
