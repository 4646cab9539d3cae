/* SPDX-License-Identifier: BSD-2-Clause */
/* Balanced (red-black) trees of embedded nodes; rbtree(3). */
#ifndef _SYS_RBTREE_H_
#define _SYS_RBTREE_H_

#include <sys/types.h>

typedef struct rb_node {
	struct rb_node	*rb_nodes[2];	/* smaller and greater child */
	uintptr_t	 rb_info;	/* parent, colour in the lowest bit */
} rb_node_t;

#define RB_DIR_LEFT	0u
#define RB_DIR_RIGHT	1u
#define RB_DIR_OTHER	1u

typedef signed int (*const rbto_compare_nodes_fn)(void *, const void *,
    const void *);
typedef signed int (*const rbto_compare_key_fn)(void *, const void *,
    const void *);

/* How to order nodes: < 0, 0 or > 0 as the first is less, equal, greater. */
typedef struct {
	rbto_compare_nodes_fn	rbto_compare_nodes;
	rbto_compare_key_fn	rbto_compare_key;
	size_t			rbto_node_offset;
	void			*rbto_context;
} rb_tree_ops_t;

typedef struct rb_tree {
	struct rb_node		*rbt_root;
	const rb_tree_ops_t	*rbt_ops;
	unsigned int		rbt_count;
} rb_tree_t;

#define RB_TREE_MIN(T)		rb_tree_iterate((T), NULL, RB_DIR_LEFT)
#define RB_TREE_MAX(T)		rb_tree_iterate((T), NULL, RB_DIR_RIGHT)
#define RB_TREE_NEXT(T, N)	rb_tree_iterate((T), (N), RB_DIR_RIGHT)
#define RB_TREE_PREV(T, N)	rb_tree_iterate((T), (N), RB_DIR_LEFT)
#define RB_TREE_FOREACH(N, T)						\
	for ((N) = RB_TREE_MIN(T); (N); (N) = RB_TREE_NEXT((T), (N)))
#define RB_TREE_FOREACH_SAFE(N, T, S)					\
	for ((N) = RB_TREE_MIN(T);					\
	    (N) && ((S) = RB_TREE_NEXT((T), (N)), 1); (N) = (S))
#define RB_TREE_FOREACH_REVERSE(N, T)					\
	for ((N) = RB_TREE_MAX(T); (N); (N) = RB_TREE_PREV((T), (N)))
#define RB_TREE_FOREACH_REVERSE_SAFE(N, T, S)				\
	for ((N) = RB_TREE_MAX(T);					\
	    (N) && ((S) = RB_TREE_PREV((T), (N)), 1); (N) = (S))

__BEGIN_DECLS
void	rb_tree_init(rb_tree_t *, const rb_tree_ops_t *);
/* Insert; returns the node, or the equal one already there. */
void	*rb_tree_insert_node(rb_tree_t *, void *);
void	*rb_tree_find_node(rb_tree_t *, const void *);
void	*rb_tree_find_node_geq(rb_tree_t *, const void *);
void	*rb_tree_find_node_leq(rb_tree_t *, const void *);
void	rb_tree_remove_node(rb_tree_t *, void *);
/*
 * The next node in a direction; with NULL, the first one: the least for
 * RB_DIR_LEFT, the greatest for RB_DIR_RIGHT.
 */
void	*rb_tree_iterate(rb_tree_t *, void *, const unsigned int);
size_t	rb_tree_count(rb_tree_t *);
__END_DECLS

#endif /* _SYS_RBTREE_H_ */
