/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The pages of an object by index: a radix tree, 6 bits a level, as high as
 * the highest index needs.  Locking: the object's lock.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>

#include <rump-priv/page.h>

#define	NODE_BITS	6
#define	NODE_SLOTS	(1 << NODE_BITS)
#define	NODE_MASK	(NODE_SLOTS - 1)
#define	MAX_HEIGHT	11	/* covers 64 bits */

/* Slots of the lowest level point to pages, others to nodes. */
struct pgnode {
	uint64_t	n_used;		/* bit n: n_slot[n] is not NULL */
	void		*n_slot[NODE_SLOTS];
};

static bool
tree_covers(const struct uvm_object *uobj, uint64_t idx)
{
	unsigned bits = uobj->uo_height * NODE_BITS;

	return uobj->uo_height != 0 && (bits >= 64 || (idx >> bits) == 0);
}

static unsigned
tree_slot(uint64_t idx, unsigned level)
{

	return (idx >> (level * NODE_BITS)) & NODE_MASK;
}

static struct pgnode *
node_alloc(void)
{

	return kmem_zalloc(sizeof(struct pgnode), KM_NOSLEEP);
}

static void
node_set(struct pgnode *n, unsigned slot, void *p)
{

	n->n_slot[slot] = p;
	if (p != NULL)
		n->n_used |= (uint64_t)1 << slot;
	else
		n->n_used &= ~((uint64_t)1 << slot);
}

struct vm_page *
rump_pgtree_lookup(const struct uvm_object *uobj, uint64_t idx)
{
	const struct pgnode *n = uobj->uo_tree;
	unsigned level;

	if (!tree_covers(uobj, idx))
		return NULL;
	for (level = uobj->uo_height - 1; n != NULL && level > 0; level--)
		n = n->n_slot[tree_slot(idx, level)];
	return n == NULL ? NULL : n->n_slot[tree_slot(idx, 0)];
}

/*
 * Adds levels on top until the tree reaches idx.  An empty tree gets one
 * node, at the top: a node without entries below it would never be pruned.
 */
static int
tree_grow(struct uvm_object *uobj, uint64_t idx)
{
	struct pgnode *n;

	if (uobj->uo_tree == NULL) {
		if ((n = node_alloc()) == NULL)
			return ENOMEM;
		uobj->uo_tree = n;
		uobj->uo_height = 1;
		while (!tree_covers(uobj, idx))
			uobj->uo_height++;
	}
	while (!tree_covers(uobj, idx)) {
		if ((n = node_alloc()) == NULL)
			return ENOMEM;
		node_set(n, 0, uobj->uo_tree);
		uobj->uo_tree = n;
		uobj->uo_height++;
	}
	return 0;
}

/* Frees the nodes on the way to idx that have become empty. */
static void
tree_prune(struct uvm_object *uobj, uint64_t idx)
{
	struct pgnode *path[MAX_HEIGHT], *n = uobj->uo_tree;
	unsigned level = uobj->uo_height, i;

	for (i = level; i > 0; i--) {
		path[i - 1] = n;
		if (n != NULL)
			n = n->n_slot[tree_slot(idx, i - 1)];
	}
	for (i = 0; i < level; i++) {
		if (path[i] == NULL)
			continue;
		if (path[i]->n_used != 0)
			return;
		kmem_free(path[i], sizeof(*path[i]));
		if (i + 1 < level)
			node_set(path[i + 1], tree_slot(idx, i + 1), NULL);
	}
	uobj->uo_tree = NULL;
	uobj->uo_height = 0;
}

int
rump_pgtree_insert(struct uvm_object *uobj, uint64_t idx, struct vm_page *pg)
{
	struct pgnode *n, *child;
	unsigned level;

	if (tree_grow(uobj, idx) != 0) {
		if (uobj->uo_tree != NULL)
			tree_prune(uobj, 0);
		return ENOMEM;
	}
	n = uobj->uo_tree;
	for (level = uobj->uo_height - 1; level > 0; level--) {
		child = n->n_slot[tree_slot(idx, level)];
		if (child == NULL) {
			if ((child = node_alloc()) == NULL) {
				tree_prune(uobj, idx);
				return ENOMEM;
			}
			node_set(n, tree_slot(idx, level), child);
		}
		n = child;
	}
	KASSERT(n->n_slot[tree_slot(idx, 0)] == NULL);
	node_set(n, tree_slot(idx, 0), pg);
	return 0;
}

void
rump_pgtree_remove(struct uvm_object *uobj, uint64_t idx)
{
	struct pgnode *n = uobj->uo_tree;
	unsigned level;

	KASSERT(tree_covers(uobj, idx));
	for (level = uobj->uo_height - 1; level > 0; level--)
		n = n->n_slot[tree_slot(idx, level)];
	KASSERT(n->n_slot[tree_slot(idx, 0)] != NULL);
	node_set(n, tree_slot(idx, 0), NULL);
	if (n->n_used == 0)
		tree_prune(uobj, idx);
}

/* The first entry at or after idx below node n of the given level. */
static struct vm_page *
node_next(const struct pgnode *n, unsigned level, uint64_t idx)
{
	unsigned slot = tree_slot(idx, level);
	uint64_t used = n->n_used & (~(uint64_t)0 << slot);
	struct vm_page *pg;

	for (; used != 0; used &= used - 1) {
		unsigned s = __builtin_ctzll(used);

		if (level == 0)
			return n->n_slot[s];
		/* Only in the slot idx lies in do its lower bits matter. */
		pg = node_next(n->n_slot[s], level - 1, s == slot ? idx : 0);
		if (pg != NULL)
			return pg;
	}
	return NULL;
}

struct vm_page *
rump_pgtree_next(const struct uvm_object *uobj, uint64_t idx)
{

	if (uobj->uo_tree == NULL || !tree_covers(uobj, idx))
		return NULL;
	return node_next(uobj->uo_tree, uobj->uo_height - 1, idx);
}
