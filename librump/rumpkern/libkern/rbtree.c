/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Red-black trees (Guibas and Sedgewick, 1978), bottom-up. A node's parent and
 * colour share a word, red being 1. Callers do the locking.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/rbtree.h>

#define RED	1u

static inline rb_node_t *
parent(const rb_node_t *n)
{

	return (rb_node_t *)(n->rb_info & ~(uintptr_t)RED);
}

static inline bool
isred(const rb_node_t *n)
{

	return n != NULL && (n->rb_info & RED) != 0;
}

static inline void
setparent(rb_node_t *n, rb_node_t *p)
{

	n->rb_info = (uintptr_t)p | (n->rb_info & RED);
}

static inline void
setcolour(rb_node_t *n, unsigned int red)
{

	n->rb_info = (n->rb_info & ~(uintptr_t)RED) | red;
}

static inline unsigned int
side(const rb_node_t *n)
{

	return parent(n)->rb_nodes[1] == n;
}

static inline void *
toobj(rb_tree_t *t, rb_node_t *n)
{

	return n == NULL ? NULL : (char *)n - t->rbt_ops->rbto_node_offset;
}

static inline rb_node_t *
tonode(rb_tree_t *t, void *o)
{

	return (rb_node_t *)(void *)((char *)o +
	    t->rbt_ops->rbto_node_offset);
}

void
rb_tree_init(rb_tree_t *t, const rb_tree_ops_t *ops)
{

	t->rbt_root = NULL;
	t->rbt_ops = ops;
	t->rbt_count = 0;
}

/* Put n where old hangs. */
static void
replace(rb_tree_t *t, rb_node_t *old, rb_node_t *n)
{
	rb_node_t *p = parent(old);

	if (p == NULL)
		t->rbt_root = n;
	else
		p->rb_nodes[side(old)] = n;
	if (n != NULL)
		setparent(n, p);
}

/* Turn n down to the side dir; its other child takes its place. */
static void
rotate(rb_tree_t *t, rb_node_t *n, unsigned int dir)
{
	rb_node_t *c = n->rb_nodes[!dir];

	replace(t, n, c);
	n->rb_nodes[!dir] = c->rb_nodes[dir];
	if (c->rb_nodes[dir] != NULL)
		setparent(c->rb_nodes[dir], n);
	c->rb_nodes[dir] = n;
	setparent(n, c);
}

static void
insert_fix(rb_tree_t *t, rb_node_t *n)
{
	rb_node_t *p, *g, *u;
	unsigned int d;

	while (isred(p = parent(n))) {
		g = parent(p);		/* a red parent is not the root */
		d = side(p);
		u = g->rb_nodes[!d];
		if (isred(u)) {
			setcolour(p, 0);
			setcolour(u, 0);
			setcolour(g, RED);
			n = g;
			continue;
		}
		if (side(n) != d) {
			rotate(t, p, d);
			n = p;
			p = parent(n);
		}
		setcolour(p, 0);
		setcolour(g, RED);
		rotate(t, g, !d);
	}
	setcolour(t->rbt_root, 0);
}

void *
rb_tree_insert_node(rb_tree_t *t, void *obj)
{
	rb_node_t *n = tonode(t, obj), *p = NULL, **pp = &t->rbt_root;
	int diff;

	while (*pp != NULL) {
		p = *pp;
		diff = (*t->rbt_ops->rbto_compare_nodes)(
		    t->rbt_ops->rbto_context, toobj(t, p), obj);
		if (diff == 0)
			return toobj(t, p);
		pp = &p->rb_nodes[diff < 0];
	}
	n->rb_nodes[0] = n->rb_nodes[1] = NULL;
	n->rb_info = (uintptr_t)p | RED;
	*pp = n;
	t->rbt_count++;
	insert_fix(t, n);
	return obj;
}

/* The black height below p on side d is one short. */
static void
remove_fix(rb_tree_t *t, rb_node_t *p, unsigned int d)
{
	rb_node_t *n, *s;

	while (p != NULL && !isred(n = p->rb_nodes[d])) {
		s = p->rb_nodes[!d];	/* exists: it is as high as we were */
		if (isred(s)) {
			setcolour(s, 0);
			setcolour(p, RED);
			rotate(t, p, d);
			s = p->rb_nodes[!d];
		}
		if (!isred(s->rb_nodes[0]) && !isred(s->rb_nodes[1])) {
			setcolour(s, RED);
			n = p;
			p = parent(n);
			if (p == NULL)
				return;
			d = side(n);
			if (isred(n)) {
				setcolour(n, 0);
				return;
			}
			continue;
		}
		if (!isred(s->rb_nodes[!d])) {
			setcolour(s->rb_nodes[d], 0);
			setcolour(s, RED);
			rotate(t, s, !d);
			s = p->rb_nodes[!d];
		}
		setcolour(s, (unsigned int)(p->rb_info & RED));
		setcolour(p, 0);
		setcolour(s->rb_nodes[!d], 0);
		rotate(t, p, d);
		return;
	}
	if (p != NULL)
		setcolour(p->rb_nodes[d], 0);
	else if (t->rbt_root != NULL)
		setcolour(t->rbt_root, 0);
}

void
rb_tree_remove_node(rb_tree_t *t, void *obj)
{
	rb_node_t *n = tonode(t, obj), *c, *p, *m;
	unsigned int d;
	bool black;

	t->rbt_count--;
	if (n->rb_nodes[0] != NULL && n->rb_nodes[1] != NULL) {
		/* The next greater node, which has no left child, steps in. */
		for (m = n->rb_nodes[1]; m->rb_nodes[0] != NULL;)
			m = m->rb_nodes[0];
		c = m->rb_nodes[1];
		black = !isred(m);
		if (parent(m) == n) {
			p = m;
			d = 1;
		} else {
			p = parent(m);
			d = 0;
			replace(t, m, c);
			m->rb_nodes[1] = n->rb_nodes[1];
			setparent(m->rb_nodes[1], m);
		}
		replace(t, n, m);
		m->rb_nodes[0] = n->rb_nodes[0];
		setparent(m->rb_nodes[0], m);
		setcolour(m, (unsigned int)(n->rb_info & RED));
	} else {
		c = n->rb_nodes[n->rb_nodes[0] == NULL];
		p = parent(n);
		d = p != NULL && side(n);
		black = !isred(n);
		replace(t, n, c);
	}
	if (black)
		remove_fix(t, p, d);
}

void *
rb_tree_find_node(rb_tree_t *t, const void *key)
{
	rb_node_t *n = t->rbt_root;
	int diff;

	while (n != NULL) {
		diff = (*t->rbt_ops->rbto_compare_key)(
		    t->rbt_ops->rbto_context, toobj(t, n), key);
		if (diff == 0)
			break;
		n = n->rb_nodes[diff < 0];
	}
	return toobj(t, n);
}

void *
rb_tree_find_node_geq(rb_tree_t *t, const void *key)
{
	rb_node_t *n = t->rbt_root, *last = NULL;
	int diff;

	while (n != NULL) {
		diff = (*t->rbt_ops->rbto_compare_key)(
		    t->rbt_ops->rbto_context, toobj(t, n), key);
		if (diff == 0)
			return toobj(t, n);
		if (diff > 0)
			last = n;
		n = n->rb_nodes[diff < 0];
	}
	return toobj(t, last);
}

void *
rb_tree_find_node_leq(rb_tree_t *t, const void *key)
{
	rb_node_t *n = t->rbt_root, *last = NULL;
	int diff;

	while (n != NULL) {
		diff = (*t->rbt_ops->rbto_compare_key)(
		    t->rbt_ops->rbto_context, toobj(t, n), key);
		if (diff == 0)
			return toobj(t, n);
		if (diff < 0)
			last = n;
		n = n->rb_nodes[diff < 0];
	}
	return toobj(t, last);
}

void *
rb_tree_iterate(rb_tree_t *t, void *obj, const unsigned int dir)
{
	rb_node_t *n;

	if (obj == NULL) {
		if ((n = t->rbt_root) == NULL)
			return NULL;
		while (n->rb_nodes[dir] != NULL)
			n = n->rb_nodes[dir];
		return toobj(t, n);
	}
	n = tonode(t, obj);
	if (n->rb_nodes[dir] != NULL) {
		for (n = n->rb_nodes[dir]; n->rb_nodes[!dir] != NULL;)
			n = n->rb_nodes[!dir];
		return toobj(t, n);
	}
	while (parent(n) != NULL && side(n) == dir)
		n = parent(n);
	return toobj(t, parent(n));
}

size_t
rb_tree_count(rb_tree_t *t)
{

	return t->rbt_count;
}
