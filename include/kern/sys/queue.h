/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive lists and queues, see queue(3). Macros only; callers do the
 * locking. SLIST, STAILQ and SIMPLEQ are singly linked, LIST, TAILQ and CIRCLEQ
 * doubly linked; the queues also know their last element.
 *
 * LIST and TAILQ entries point back at the pointer that points at them, which
 * makes removal independent of the position. With QUEUEDEBUG (on in the
 * checking build) that invariant is tested on every removal.
 */
#ifndef _SYS_QUEUE_H_
#define _SYS_QUEUE_H_

#include <sys/null.h>

#if defined(RUMP_CHECK) && !defined(QUEUEDEBUG)
#define QUEUEDEBUG	1
#endif

#if defined(QUEUEDEBUG) && defined(_KERNEL)
void	panic(const char *, ...) __attribute__((__noreturn__));
#define __QUEUE_CHECK(cond, what, elm)					\
	((cond) ? (void)0 : panic("queue corrupted: %s %p", what,	\
	    (const void *)(elm)))
#else
#define __QUEUE_CHECK(cond, what, elm)	((void)0)
#endif
#define __QUEUE_OBJ(ptr, type, field)					\
	((struct type *)(void *)((char *)(ptr) -			\
	    __builtin_offsetof(struct type, field)))

/* Singly linked list. */
#define SLIST_HEAD(name, type)						\
struct name {								\
	struct type *slh_first;						\
}
#define SLIST_HEAD_INITIALIZER(head)	{ NULL }
#define SLIST_ENTRY(type)						\
struct {								\
	struct type *sle_next;						\
}
#define SLIST_FIRST(head)	((head)->slh_first)
#define SLIST_END(head)		NULL
#define SLIST_EMPTY(head)	((head)->slh_first == NULL)
#define SLIST_NEXT(elm, field)	((elm)->field.sle_next)
#define SLIST_FOREACH(var, head, field)					\
	for ((var) = (head)->slh_first; (var) != NULL;			\
	    (var) = (var)->field.sle_next)
#define SLIST_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = (head)->slh_first; (var) != NULL &&		\
	    ((tvar) = (var)->field.sle_next, 1); (var) = (tvar))
#define SLIST_INIT(head) do {						\
	(head)->slh_first = NULL;					\
} while (/*CONSTCOND*/0)
#define SLIST_INSERT_AFTER(slistelm, elm, field) do {			\
	(elm)->field.sle_next = (slistelm)->field.sle_next;		\
	(slistelm)->field.sle_next = (elm);				\
} while (/*CONSTCOND*/0)
#define SLIST_INSERT_HEAD(head, elm, field) do {			\
	(elm)->field.sle_next = (head)->slh_first;			\
	(head)->slh_first = (elm);					\
} while (/*CONSTCOND*/0)
#define SLIST_REMOVE_HEAD(head, field) do {				\
	(head)->slh_first = (head)->slh_first->field.sle_next;		\
} while (/*CONSTCOND*/0)
#define SLIST_REMOVE_AFTER(slistelm, field) do {			\
	(slistelm)->field.sle_next =					\
	    (slistelm)->field.sle_next->field.sle_next;			\
} while (/*CONSTCOND*/0)
#define SLIST_REMOVE(head, elm, type, field) do {			\
	struct type **__qp = &(head)->slh_first;			\
									\
	while (*__qp != (elm))						\
		__qp = &(*__qp)->field.sle_next;			\
	*__qp = (*__qp)->field.sle_next;				\
} while (/*CONSTCOND*/0)

/* Singly linked queue. */
#define STAILQ_HEAD(name, type)						\
struct name {								\
	struct type *stqh_first;					\
	struct type **stqh_last;					\
}
#define STAILQ_HEAD_INITIALIZER(head)	{ NULL, &(head).stqh_first }
#define STAILQ_ENTRY(type)						\
struct {								\
	struct type *stqe_next;						\
}
#define STAILQ_FIRST(head)	((head)->stqh_first)
#define STAILQ_END(head)	NULL
#define STAILQ_EMPTY(head)	((head)->stqh_first == NULL)
#define STAILQ_NEXT(elm, field)	((elm)->field.stqe_next)
#define STAILQ_LAST(head, type, field)					\
	(STAILQ_EMPTY((head)) ? NULL :					\
	    __QUEUE_OBJ((head)->stqh_last, type, field.stqe_next))
#define STAILQ_FOREACH(var, head, field)				\
	for ((var) = (head)->stqh_first; (var) != NULL;			\
	    (var) = (var)->field.stqe_next)
#define STAILQ_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = (head)->stqh_first; (var) != NULL &&		\
	    ((tvar) = (var)->field.stqe_next, 1); (var) = (tvar))
#define STAILQ_INIT(head) do {						\
	(head)->stqh_first = NULL;					\
	(head)->stqh_last = &(head)->stqh_first;			\
} while (/*CONSTCOND*/0)
#define STAILQ_INSERT_HEAD(head, elm, field) do {			\
	if (((elm)->field.stqe_next = (head)->stqh_first) == NULL)	\
		(head)->stqh_last = &(elm)->field.stqe_next;		\
	(head)->stqh_first = (elm);					\
} while (/*CONSTCOND*/0)
#define STAILQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.stqe_next = NULL;					\
	*(head)->stqh_last = (elm);					\
	(head)->stqh_last = &(elm)->field.stqe_next;			\
} while (/*CONSTCOND*/0)
#define STAILQ_INSERT_AFTER(head, listelm, elm, field) do {		\
	if (((elm)->field.stqe_next = (listelm)->field.stqe_next)	\
	    == NULL)							\
		(head)->stqh_last = &(elm)->field.stqe_next;		\
	(listelm)->field.stqe_next = (elm);				\
} while (/*CONSTCOND*/0)
#define STAILQ_REMOVE_HEAD(head, field) do {				\
	(head)->stqh_first = (head)->stqh_first->field.stqe_next;	\
	if ((head)->stqh_first == NULL)					\
		(head)->stqh_last = &(head)->stqh_first;		\
} while (/*CONSTCOND*/0)
#define STAILQ_REMOVE_AFTER(head, elm, field) do {			\
	(elm)->field.stqe_next =					\
	    (elm)->field.stqe_next->field.stqe_next;			\
	if ((elm)->field.stqe_next == NULL)				\
		(head)->stqh_last = &(elm)->field.stqe_next;		\
} while (/*CONSTCOND*/0)
#define STAILQ_REMOVE(head, elm, type, field) do {			\
	struct type **__qp = &(head)->stqh_first;			\
									\
	while (*__qp != (elm))						\
		__qp = &(*__qp)->field.stqe_next;			\
	*__qp = (*__qp)->field.stqe_next;				\
	if (*__qp == NULL)						\
		(head)->stqh_last = __qp;				\
} while (/*CONSTCOND*/0)
#define STAILQ_CONCAT(head1, head2) do {				\
	if ((head2)->stqh_first != NULL) {				\
		*(head1)->stqh_last = (head2)->stqh_first;		\
		(head1)->stqh_last = (head2)->stqh_last;		\
		STAILQ_INIT((head2));					\
	}								\
} while (/*CONSTCOND*/0)

/* Singly linked queue under its other name. */
#define SIMPLEQ_HEAD(name, type)					\
struct name {								\
	struct type *sqh_first;						\
	struct type **sqh_last;						\
}
#define SIMPLEQ_HEAD_INITIALIZER(head)	{ NULL, &(head).sqh_first }
#define SIMPLEQ_ENTRY(type)						\
struct {								\
	struct type *sqe_next;						\
}
#define SIMPLEQ_FIRST(head)	((head)->sqh_first)
#define SIMPLEQ_END(head)	NULL
#define SIMPLEQ_EMPTY(head)	((head)->sqh_first == NULL)
#define SIMPLEQ_NEXT(elm, field)	((elm)->field.sqe_next)
#define SIMPLEQ_LAST(head, type, field)					\
	(SIMPLEQ_EMPTY((head)) ? NULL :					\
	    __QUEUE_OBJ((head)->sqh_last, type, field.sqe_next))
#define SIMPLEQ_FOREACH(var, head, field)				\
	for ((var) = (head)->sqh_first; (var) != NULL;			\
	    (var) = (var)->field.sqe_next)
#define SIMPLEQ_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = (head)->sqh_first; (var) != NULL &&		\
	    ((tvar) = (var)->field.sqe_next, 1); (var) = (tvar))
#define SIMPLEQ_INIT(head) do {						\
	(head)->sqh_first = NULL;					\
	(head)->sqh_last = &(head)->sqh_first;				\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_INSERT_HEAD(head, elm, field) do {			\
	if (((elm)->field.sqe_next = (head)->sqh_first) == NULL)	\
		(head)->sqh_last = &(elm)->field.sqe_next;		\
	(head)->sqh_first = (elm);					\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.sqe_next = NULL;					\
	*(head)->sqh_last = (elm);					\
	(head)->sqh_last = &(elm)->field.sqe_next;			\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_INSERT_AFTER(head, listelm, elm, field) do {		\
	if (((elm)->field.sqe_next = (listelm)->field.sqe_next)		\
	    == NULL)							\
		(head)->sqh_last = &(elm)->field.sqe_next;		\
	(listelm)->field.sqe_next = (elm);				\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_REMOVE_HEAD(head, field) do {				\
	(head)->sqh_first = (head)->sqh_first->field.sqe_next;		\
	if ((head)->sqh_first == NULL)					\
		(head)->sqh_last = &(head)->sqh_first;			\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_REMOVE_AFTER(head, elm, field) do {			\
	(elm)->field.sqe_next =						\
	    (elm)->field.sqe_next->field.sqe_next;			\
	if ((elm)->field.sqe_next == NULL)				\
		(head)->sqh_last = &(elm)->field.sqe_next;		\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_REMOVE(head, elm, type, field) do {			\
	struct type **__qp = &(head)->sqh_first;			\
									\
	while (*__qp != (elm))						\
		__qp = &(*__qp)->field.sqe_next;			\
	*__qp = (*__qp)->field.sqe_next;				\
	if (*__qp == NULL)						\
		(head)->sqh_last = __qp;				\
} while (/*CONSTCOND*/0)
#define SIMPLEQ_CONCAT(head1, head2) do {				\
	if ((head2)->sqh_first != NULL) {				\
		*(head1)->sqh_last = (head2)->sqh_first;		\
		(head1)->sqh_last = (head2)->sqh_last;			\
		SIMPLEQ_INIT((head2));					\
	}								\
} while (/*CONSTCOND*/0)

/* Doubly linked list. */
#define LIST_HEAD(name, type)						\
struct name {								\
	struct type *lh_first;						\
}
#define LIST_HEAD_INITIALIZER(head)	{ NULL }
#define LIST_ENTRY(type)						\
struct {								\
	struct type *le_next;						\
	struct type **le_prev;						\
}
#define LIST_FIRST(head)	((head)->lh_first)
#define LIST_END(head)		NULL
#define LIST_EMPTY(head)	((head)->lh_first == NULL)
#define LIST_NEXT(elm, field)	((elm)->field.le_next)
#define LIST_FOREACH(var, head, field)					\
	for ((var) = (head)->lh_first; (var) != NULL;			\
	    (var) = (var)->field.le_next)
#define LIST_FOREACH_SAFE(var, head, field, tvar)			\
	for ((var) = (head)->lh_first; (var) != NULL &&			\
	    ((tvar) = (var)->field.le_next, 1); (var) = (tvar))
#define LIST_INIT(head) do {						\
	(head)->lh_first = NULL;					\
} while (/*CONSTCOND*/0)
#define LIST_INSERT_HEAD(head, elm, field) do {				\
	if (((elm)->field.le_next = (head)->lh_first) != NULL)		\
		(head)->lh_first->field.le_prev =			\
		    &(elm)->field.le_next;				\
	(head)->lh_first = (elm);					\
	(elm)->field.le_prev = &(head)->lh_first;			\
} while (/*CONSTCOND*/0)
#define LIST_INSERT_AFTER(listelm, elm, field) do {			\
	if (((elm)->field.le_next = (listelm)->field.le_next) != NULL)	\
		(listelm)->field.le_next->field.le_prev =		\
		    &(elm)->field.le_next;				\
	(listelm)->field.le_next = (elm);				\
	(elm)->field.le_prev = &(listelm)->field.le_next;		\
} while (/*CONSTCOND*/0)
#define LIST_INSERT_BEFORE(listelm, elm, field) do {			\
	(elm)->field.le_prev = (listelm)->field.le_prev;		\
	(elm)->field.le_next = (listelm);				\
	*(listelm)->field.le_prev = (elm);				\
	(listelm)->field.le_prev = &(elm)->field.le_next;		\
} while (/*CONSTCOND*/0)
#define LIST_REMOVE(elm, field) do {					\
	__QUEUE_CHECK(*(elm)->field.le_prev == (elm), "LIST", elm);	\
	if ((elm)->field.le_next != NULL)				\
		(elm)->field.le_next->field.le_prev =			\
		    (elm)->field.le_prev;				\
	*(elm)->field.le_prev = (elm)->field.le_next;			\
} while (/*CONSTCOND*/0)
#define LIST_REPLACE(elm, elm2, field) do {				\
	if (((elm2)->field.le_next = (elm)->field.le_next) != NULL)	\
		(elm2)->field.le_next->field.le_prev =			\
		    &(elm2)->field.le_next;				\
	(elm2)->field.le_prev = (elm)->field.le_prev;			\
	*(elm2)->field.le_prev = (elm2);				\
} while (/*CONSTCOND*/0)
#define LIST_MOVE(head1, head2, field) do {				\
	if (((head2)->lh_first = (head1)->lh_first) != NULL)		\
		(head2)->lh_first->field.le_prev =			\
		    &(head2)->lh_first;					\
	LIST_INIT((head1));						\
} while (/*CONSTCOND*/0)

/* Doubly linked queue. */
#define _TAILQ_HEAD(name, type, qual)					\
struct name {								\
	qual type *tqh_first;						\
	qual type *qual *tqh_last;					\
}
#define TAILQ_HEAD(name, type)	_TAILQ_HEAD(name, struct type,)
#define TAILQ_HEAD_INITIALIZER(head)	{ NULL, &(head).tqh_first }
#define _TAILQ_ENTRY(type, qual)					\
struct {								\
	qual type *tqe_next;						\
	qual type *qual *tqe_prev;					\
}
#define TAILQ_ENTRY(type)	_TAILQ_ENTRY(struct type,)
#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_END(head)		(NULL)
#define TAILQ_EMPTY(head)	((head)->tqh_first == NULL)
#define TAILQ_NEXT(elm, field)	((elm)->field.tqe_next)
#define TAILQ_LAST(head, headname)					\
	(*(((struct headname *)(void *)((head)->tqh_last))->tqh_last))
#define TAILQ_PREV(elm, headname, field)				\
	(*(((struct headname *)(void *)((elm)->field.tqe_prev))->tqh_last))
#define TAILQ_FOREACH(var, head, field)					\
	for ((var) = (head)->tqh_first; (var) != NULL;			\
	    (var) = (var)->field.tqe_next)
#define TAILQ_FOREACH_SAFE(var, head, field, next)			\
	for ((var) = (head)->tqh_first; (var) != NULL &&		\
	    ((next) = (var)->field.tqe_next, 1); (var) = (next))
#define TAILQ_FOREACH_REVERSE(var, head, headname, field)		\
	for ((var) = TAILQ_LAST((head), headname); (var) != NULL;	\
	    (var) = TAILQ_PREV((var), headname, field))
#define TAILQ_FOREACH_REVERSE_SAFE(var, head, headname, field, prev)	\
	for ((var) = TAILQ_LAST((head), headname); (var) != NULL &&	\
	    ((prev) = TAILQ_PREV((var), headname, field), 1);		\
	    (var) = (prev))
#define TAILQ_INIT(head) do {						\
	(head)->tqh_first = NULL;					\
	(head)->tqh_last = &(head)->tqh_first;				\
} while (/*CONSTCOND*/0)
#define TAILQ_INSERT_HEAD(head, elm, field) do {			\
	if (((elm)->field.tqe_next = (head)->tqh_first) != NULL)	\
		(head)->tqh_first->field.tqe_prev =			\
		    &(elm)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(elm)->field.tqe_next;		\
	(head)->tqh_first = (elm);					\
	(elm)->field.tqe_prev = &(head)->tqh_first;			\
} while (/*CONSTCOND*/0)
#define TAILQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.tqe_next = NULL;					\
	(elm)->field.tqe_prev = (head)->tqh_last;			\
	*(head)->tqh_last = (elm);					\
	(head)->tqh_last = &(elm)->field.tqe_next;			\
} while (/*CONSTCOND*/0)
#define TAILQ_INSERT_AFTER(head, listelm, elm, field) do {		\
	if (((elm)->field.tqe_next = (listelm)->field.tqe_next)		\
	    != NULL)							\
		(elm)->field.tqe_next->field.tqe_prev =			\
		    &(elm)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(elm)->field.tqe_next;		\
	(listelm)->field.tqe_next = (elm);				\
	(elm)->field.tqe_prev = &(listelm)->field.tqe_next;		\
} while (/*CONSTCOND*/0)
#define TAILQ_INSERT_BEFORE(listelm, elm, field) do {			\
	(elm)->field.tqe_prev = (listelm)->field.tqe_prev;		\
	(elm)->field.tqe_next = (listelm);				\
	*(listelm)->field.tqe_prev = (elm);				\
	(listelm)->field.tqe_prev = &(elm)->field.tqe_next;		\
} while (/*CONSTCOND*/0)
#define TAILQ_REMOVE(head, elm, field) do {				\
	__QUEUE_CHECK(*(elm)->field.tqe_prev == (elm), "TAILQ", elm);	\
	if ((elm)->field.tqe_next != NULL)				\
		(elm)->field.tqe_next->field.tqe_prev =			\
		    (elm)->field.tqe_prev;				\
	else								\
		(head)->tqh_last = (elm)->field.tqe_prev;		\
	*(elm)->field.tqe_prev = (elm)->field.tqe_next;			\
} while (/*CONSTCOND*/0)
#define TAILQ_REPLACE(head, elm, elm2, field) do {			\
	if (((elm2)->field.tqe_next = (elm)->field.tqe_next) != NULL)	\
		(elm2)->field.tqe_next->field.tqe_prev =		\
		    &(elm2)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(elm2)->field.tqe_next;		\
	(elm2)->field.tqe_prev = (elm)->field.tqe_prev;			\
	*(elm2)->field.tqe_prev = (elm2);				\
} while (/*CONSTCOND*/0)
#define TAILQ_CONCAT(head1, head2, field) do {				\
	if ((head2)->tqh_first != NULL) {				\
		*(head1)->tqh_last = (head2)->tqh_first;		\
		(head2)->tqh_first->field.tqe_prev =			\
		    (head1)->tqh_last;					\
		(head1)->tqh_last = (head2)->tqh_last;			\
		TAILQ_INIT((head2));					\
	}								\
} while (/*CONSTCOND*/0)

/* Circular queue: the head stands where others have NULL. */
#define CIRCLEQ_HEAD(name, type)					\
struct name {								\
	struct type *cqh_first;						\
	struct type *cqh_last;						\
}
#define CIRCLEQ_HEAD_INITIALIZER(head)					\
	{ CIRCLEQ_END(&head), CIRCLEQ_END(&head) }
#define CIRCLEQ_ENTRY(type)						\
struct {								\
	struct type *cqe_next;						\
	struct type *cqe_prev;						\
}
#define CIRCLEQ_END(head)	((void *)(head))
#define CIRCLEQ_FIRST(head)	((head)->cqh_first)
#define CIRCLEQ_LAST(head)	((head)->cqh_last)
#define CIRCLEQ_EMPTY(head)	((head)->cqh_first == CIRCLEQ_END(head))
#define CIRCLEQ_NEXT(elm, field)	((elm)->field.cqe_next)
#define CIRCLEQ_PREV(elm, field)	((elm)->field.cqe_prev)
#define CIRCLEQ_LOOP_NEXT(head, elm, field)				\
	(((elm)->field.cqe_next == CIRCLEQ_END(head)) ?			\
	    (head)->cqh_first : (elm)->field.cqe_next)
#define CIRCLEQ_LOOP_PREV(head, elm, field)				\
	(((elm)->field.cqe_prev == CIRCLEQ_END(head)) ?			\
	    (head)->cqh_last : (elm)->field.cqe_prev)
#define CIRCLEQ_FOREACH(var, head, field)				\
	for ((var) = (head)->cqh_first; (var) != CIRCLEQ_END(head);	\
	    (var) = (var)->field.cqe_next)
#define CIRCLEQ_FOREACH_REVERSE(var, head, field)			\
	for ((var) = (head)->cqh_last; (var) != CIRCLEQ_END(head);	\
	    (var) = (var)->field.cqe_prev)
#define CIRCLEQ_INIT(head) do {						\
	(head)->cqh_first = CIRCLEQ_END(head);				\
	(head)->cqh_last = CIRCLEQ_END(head);				\
} while (/*CONSTCOND*/0)
#define CIRCLEQ_INSERT_AFTER(head, listelm, elm, field) do {		\
	(elm)->field.cqe_next = (listelm)->field.cqe_next;		\
	(elm)->field.cqe_prev = (listelm);				\
	if ((listelm)->field.cqe_next == CIRCLEQ_END(head))		\
		(head)->cqh_last = (elm);				\
	else								\
		(listelm)->field.cqe_next->field.cqe_prev = (elm);	\
	(listelm)->field.cqe_next = (elm);				\
} while (/*CONSTCOND*/0)
#define CIRCLEQ_INSERT_BEFORE(head, listelm, elm, field) do {		\
	(elm)->field.cqe_next = (listelm);				\
	(elm)->field.cqe_prev = (listelm)->field.cqe_prev;		\
	if ((listelm)->field.cqe_prev == CIRCLEQ_END(head))		\
		(head)->cqh_first = (elm);				\
	else								\
		(listelm)->field.cqe_prev->field.cqe_next = (elm);	\
	(listelm)->field.cqe_prev = (elm);				\
} while (/*CONSTCOND*/0)
#define CIRCLEQ_INSERT_HEAD(head, elm, field) do {			\
	(elm)->field.cqe_next = (head)->cqh_first;			\
	(elm)->field.cqe_prev = CIRCLEQ_END(head);			\
	if ((head)->cqh_last == CIRCLEQ_END(head))			\
		(head)->cqh_last = (elm);				\
	else								\
		(head)->cqh_first->field.cqe_prev = (elm);		\
	(head)->cqh_first = (elm);					\
} while (/*CONSTCOND*/0)
#define CIRCLEQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.cqe_next = CIRCLEQ_END(head);			\
	(elm)->field.cqe_prev = (head)->cqh_last;			\
	if ((head)->cqh_first == CIRCLEQ_END(head))			\
		(head)->cqh_first = (elm);				\
	else								\
		(head)->cqh_last->field.cqe_next = (elm);		\
	(head)->cqh_last = (elm);					\
} while (/*CONSTCOND*/0)
#define CIRCLEQ_REMOVE(head, elm, field) do {				\
	if ((elm)->field.cqe_next == CIRCLEQ_END(head))			\
		(head)->cqh_last = (elm)->field.cqe_prev;		\
	else								\
		(elm)->field.cqe_next->field.cqe_prev =			\
		    (elm)->field.cqe_prev;				\
	if ((elm)->field.cqe_prev == CIRCLEQ_END(head))			\
		(head)->cqh_first = (elm)->field.cqe_next;		\
	else								\
		(elm)->field.cqe_prev->field.cqe_next =			\
		    (elm)->field.cqe_next;				\
} while (/*CONSTCOND*/0)

#endif /* _SYS_QUEUE_H_ */
