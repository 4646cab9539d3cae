/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generated search trees of embedded nodes, see tree(3): SPLAY_* are splay
 * trees (Sleator and Tarjan, 1985; top-down). cmp(a, b) orders elements.
 * Callers do the locking.
 */
#ifndef _SYS_TREE_H_
#define _SYS_TREE_H_

#include <sys/cdefs.h>
#include <sys/null.h>

/* Splay trees. */
#define SPLAY_HEAD(name, type)						\
struct name {								\
	struct type *sph_root;						\
}
#define SPLAY_INITIALIZER(root)	{ NULL }
#define SPLAY_INIT(root) do {						\
	(root)->sph_root = NULL;					\
} while (/*CONSTCOND*/0)
#define SPLAY_ENTRY(type)						\
struct {								\
	struct type *spe_left;						\
	struct type *spe_right;						\
}
#define SPLAY_LEFT(elm, field)	(elm)->field.spe_left
#define SPLAY_RIGHT(elm, field)	(elm)->field.spe_right
#define SPLAY_ROOT(head)	(head)->sph_root
#define SPLAY_EMPTY(head)	((head)->sph_root == NULL)

#define SPLAY_PROTOTYPE(name, type, field, cmp)				\
void name##_SPLAY(struct name *, struct type *);			\
struct type *name##_SPLAY_INSERT(struct name *, struct type *);		\
struct type *name##_SPLAY_REMOVE(struct name *, struct type *);		\
									\
/* The equal element, brought to the root. */				\
static __unused __inline struct type *					\
name##_SPLAY_FIND(struct name *head, struct type *elm)			\
{									\
									\
	if (SPLAY_EMPTY(head))						\
		return NULL;						\
	name##_SPLAY(head, elm);					\
	return (cmp)(elm, (head)->sph_root) == 0 ?			\
	    head->sph_root : NULL;					\
}									\
									\
static __unused __inline struct type *					\
name##_SPLAY_NEXT(struct name *head, struct type *elm)			\
{									\
									\
	name##_SPLAY(head, elm);					\
	elm = SPLAY_RIGHT(elm, field);					\
	while (elm != NULL && SPLAY_LEFT(elm, field) != NULL)		\
		elm = SPLAY_LEFT(elm, field);				\
	return elm;							\
}									\
									\
static __unused __inline struct type *					\
name##_SPLAY_MIN_MAX(struct name *head, int val)			\
{									\
	struct type *e = head->sph_root, *n;				\
									\
	if (e == NULL)							\
		return NULL;						\
	while ((n = val < 0 ? SPLAY_LEFT(e, field) :			\
	    SPLAY_RIGHT(e, field)) != NULL)				\
		e = n;							\
	name##_SPLAY(head, e);						\
	return e;							\
}

#define SPLAY_GENERATE(name, type, field, cmp)				\
/*									\
 * Bring the element equal to elm, or a neighbour of its place, to	\
 * the root. less and more gather, from two hooks, the subtrees		\
 * known to be smaller and greater.					\
 */									\
void									\
name##_SPLAY(struct name *head, struct type *elm)			\
{									\
	struct type *t = head->sph_root, *spl_c;			\
	struct type *lroot = NULL, *rroot = NULL;			\
	struct type **less = &lroot, **more = &rroot;			\
	int d;								\
									\
	if (t == NULL)							\
		return;							\
	while ((d = (cmp)(elm, t)) != 0) {				\
		if (d < 0) {						\
			if ((spl_c = SPLAY_LEFT(t, field)) == NULL)	\
				break;					\
			if ((cmp)(elm, spl_c) < 0) {			\
				SPLAY_LEFT(t, field) =			\
				    SPLAY_RIGHT(spl_c, field);		\
				SPLAY_RIGHT(spl_c, field) = t;		\
				t = spl_c;				\
				if (SPLAY_LEFT(t, field) == NULL)	\
					break;				\
			}						\
			*more = t;					\
			more = &SPLAY_LEFT(t, field);			\
			t = SPLAY_LEFT(t, field);			\
		} else {						\
			if ((spl_c = SPLAY_RIGHT(t, field)) == NULL)	\
				break;					\
			if ((cmp)(elm, spl_c) > 0) {			\
				SPLAY_RIGHT(t, field) =			\
				    SPLAY_LEFT(spl_c, field);		\
				SPLAY_LEFT(spl_c, field) = t;		\
				t = spl_c;				\
				if (SPLAY_RIGHT(t, field) == NULL)	\
					break;				\
			}						\
			*less = t;					\
			less = &SPLAY_RIGHT(t, field);			\
			t = SPLAY_RIGHT(t, field);			\
		}							\
	}								\
	*less = SPLAY_LEFT(t, field);					\
	*more = SPLAY_RIGHT(t, field);					\
	SPLAY_LEFT(t, field) = lroot;					\
	SPLAY_RIGHT(t, field) = rroot;					\
	head->sph_root = t;						\
}									\
									\
/* NULL, or the equal element that was there already. */		\
struct type *								\
name##_SPLAY_INSERT(struct name *head, struct type *elm)		\
{									\
	struct type *r;							\
	int d;								\
									\
	if ((r = head->sph_root) == NULL) {				\
		SPLAY_LEFT(elm, field) = NULL;				\
		SPLAY_RIGHT(elm, field) = NULL;				\
		head->sph_root = elm;					\
		return NULL;						\
	}								\
	name##_SPLAY(head, elm);					\
	r = head->sph_root;						\
	if ((d = (cmp)(elm, r)) == 0)					\
		return r;						\
	if (d < 0) {							\
		SPLAY_LEFT(elm, field) = SPLAY_LEFT(r, field);		\
		SPLAY_RIGHT(elm, field) = r;				\
		SPLAY_LEFT(r, field) = NULL;				\
	} else {							\
		SPLAY_RIGHT(elm, field) = SPLAY_RIGHT(r, field);	\
		SPLAY_LEFT(elm, field) = r;				\
		SPLAY_RIGHT(r, field) = NULL;				\
	}								\
	head->sph_root = elm;						\
	return NULL;							\
}									\
									\
struct type *								\
name##_SPLAY_REMOVE(struct name *head, struct type *elm)		\
{									\
	struct type *r, *right;						\
									\
	if (head->sph_root == NULL)					\
		return NULL;						\
	name##_SPLAY(head, elm);					\
	r = head->sph_root;						\
	if ((cmp)(elm, r) != 0)						\
		return NULL;						\
	if (SPLAY_LEFT(r, field) == NULL) {				\
		head->sph_root = SPLAY_RIGHT(r, field);			\
		return elm;						\
	}								\
	right = SPLAY_RIGHT(r, field);					\
	head->sph_root = SPLAY_LEFT(r, field);				\
	name##_SPLAY(head, elm);					\
	SPLAY_RIGHT(head->sph_root, field) = right;			\
	return elm;							\
}

#define SPLAY_NEGINF	(-1)
#define SPLAY_INF	1
#define SPLAY_INSERT(name, x, y)	name##_SPLAY_INSERT((x), (y))
#define SPLAY_REMOVE(name, x, y)	name##_SPLAY_REMOVE((x), (y))
#define SPLAY_FIND(name, x, y)		name##_SPLAY_FIND((x), (y))
#define SPLAY_NEXT(name, x, y)		name##_SPLAY_NEXT((x), (y))
#define SPLAY_MIN(name, x)						\
	name##_SPLAY_MIN_MAX((x), SPLAY_NEGINF)
#define SPLAY_MAX(name, x)						\
	name##_SPLAY_MIN_MAX((x), SPLAY_INF)
#define SPLAY_FOREACH(x, name, head)					\
	for ((x) = SPLAY_MIN(name, head); (x) != NULL;			\
	    (x) = SPLAY_NEXT(name, head, x))

#endif /* _SYS_TREE_H_ */
