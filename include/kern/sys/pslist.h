/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pslist(9): lists that readers walk inside pserialize(9) read sections
 * while one writer at a time changes them.
 *
 * An entry is linked by storing its address, with release semantics, after
 * its own links are complete; an unlinked entry keeps its forward link so
 * that a reader standing on it can go on.
 */
#ifndef _SYS_PSLIST_H_
#define _SYS_PSLIST_H_

#include <sys/types.h>
#include <sys/null.h>

struct pslist_entry;

struct pslist_head {
	struct pslist_entry *volatile plh_first;
};

struct pslist_entry {
	struct pslist_entry *volatile *ple_prevp;
	struct pslist_entry *volatile ple_next;
};

#define PSLIST_INITIALIZER	{ .plh_first = NULL }
#define _PSLIST_POISON		((struct pslist_entry *)(uintptr_t)1)

static __inline void __attribute__((__unused__))
pslist_init(struct pslist_head *head)
{

	head->plh_first = NULL;
}

static __inline void __attribute__((__unused__))
pslist_destroy(struct pslist_head *head)
{

	head->plh_first = NULL;
}

static __inline void __attribute__((__unused__))
pslist_entry_init(struct pslist_entry *e)
{

	e->ple_next = NULL;
	e->ple_prevp = NULL;
}

static __inline void __attribute__((__unused__))
pslist_entry_destroy(struct pslist_entry *e)
{

	e->ple_next = _PSLIST_POISON;
	e->ple_prevp = NULL;
}

/* Link @e where *@where points now. */
static __inline void __attribute__((__unused__))
pslist_link(struct pslist_entry *volatile *where, struct pslist_entry *e)
{
	struct pslist_entry *next = *where;

	e->ple_prevp = where;
	e->ple_next = next;
	if (next != NULL)
		next->ple_prevp = &e->ple_next;
	/* Release: a reader that finds e finds its links complete. */
	__atomic_store_n(where, e, __ATOMIC_RELEASE);
}

static __inline void __attribute__((__unused__))
pslist_writer_insert_head(struct pslist_head *head, struct pslist_entry *e)
{

	pslist_link(&head->plh_first, e);
}

static __inline void __attribute__((__unused__))
pslist_writer_insert_before(struct pslist_entry *elm, struct pslist_entry *e)
{

	pslist_link(elm->ple_prevp, e);
}

static __inline void __attribute__((__unused__))
pslist_writer_insert_after(struct pslist_entry *elm, struct pslist_entry *e)
{

	pslist_link(&elm->ple_next, e);
}

static __inline void __attribute__((__unused__))
pslist_writer_remove(struct pslist_entry *e)
{

	if (e->ple_next != NULL)
		e->ple_next->ple_prevp = e->ple_prevp;
	__atomic_store_n(e->ple_prevp, e->ple_next, __ATOMIC_RELAXED);
	e->ple_prevp = NULL;
}

static __inline struct pslist_entry * __attribute__((__unused__))
pslist_reader_load(struct pslist_entry *const volatile *where)
{

	/* Pairs with the release in pslist_link(). */
	return __atomic_load_n(where, __ATOMIC_ACQUIRE);
}

#define _PSLIST_OF(e, type, field) __extension__ ({			\
	struct pslist_entry *_psl_e = (e);				\
	_psl_e == NULL ? (type *)NULL : (type *)(void *)		\
	    ((char *)_psl_e - __builtin_offsetof(type, field)); })

#define PSLIST_INIT(h)			pslist_init((h))
#define PSLIST_DESTROY(h)		pslist_destroy((h))
#define PSLIST_ENTRY_INIT(e, f)		pslist_entry_init(&(e)->f)
#define PSLIST_ENTRY_DESTROY(e, f)	pslist_entry_destroy(&(e)->f)

#define PSLIST_WRITER_INSERT_HEAD(h, e, f)				\
	pslist_writer_insert_head((h), &(e)->f)
#define PSLIST_WRITER_INSERT_BEFORE(elm, e, f)				\
	pslist_writer_insert_before(&(elm)->f, &(e)->f)
#define PSLIST_WRITER_INSERT_AFTER(elm, e, f)				\
	pslist_writer_insert_after(&(elm)->f, &(e)->f)
#define PSLIST_WRITER_REMOVE(e, f)	pslist_writer_remove(&(e)->f)
#define PSLIST_WRITER_FIRST(h, type, f)					\
	_PSLIST_OF((h)->plh_first, type, f)
#define PSLIST_WRITER_NEXT(e, type, f)					\
	_PSLIST_OF((e)->f.ple_next, type, f)
#define PSLIST_WRITER_FOREACH(e, h, type, f)				\
	for ((e) = PSLIST_WRITER_FIRST((h), type, f); (e) != NULL;	\
	    (e) = PSLIST_WRITER_NEXT((e), type, f))

#define PSLIST_READER_FIRST(h, type, f)					\
	_PSLIST_OF(pslist_reader_load(&(h)->plh_first), type, f)
#define PSLIST_READER_NEXT(e, type, f)					\
	_PSLIST_OF(pslist_reader_load(&(e)->f.ple_next), type, f)
#define PSLIST_READER_FOREACH(e, h, type, f)				\
	for ((e) = PSLIST_READER_FIRST((h), type, f); (e) != NULL;	\
	    (e) = PSLIST_READER_NEXT((e), type, f))

#endif /* _SYS_PSLIST_H_ */
