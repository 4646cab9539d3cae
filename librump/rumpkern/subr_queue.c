/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of items (rump-sys/queue.h), each under its f_lock; of two the one at
 * the lower address is locked first.
 */
#include <sys/param.h>
#include <sys/systm.h>

#include <rump-sys/queue.h>

void
rump_queue_init(struct rump_queue *f, int ipl)
{

	mutex_init(&f->f_lock, MUTEX_DEFAULT, ipl);
	TAILQ_INIT(&f->f_items);
	f->f_count = f->f_high = 0;
}

void
rump_queue_destroy(struct rump_queue *f)
{

	KASSERTMSG(f->f_count == 0, "fifo %p holds %zu items", f, f->f_count);
	mutex_destroy(&f->f_lock);
}

static void
added(struct rump_queue *f, size_t n)
{

	f->f_count += n;
	f->f_high = MAX(f->f_high, f->f_count);
}

void
rump_queue_append(struct rump_queue *f, struct rump_queue_item *fi)
{

	mutex_enter(&f->f_lock);
	TAILQ_INSERT_TAIL(&f->f_items, fi, fi_entry);
	added(f, 1);
	mutex_exit(&f->f_lock);
}

void
rump_queue_prepend(struct rump_queue *f, struct rump_queue_item *fi)
{

	mutex_enter(&f->f_lock);
	TAILQ_INSERT_HEAD(&f->f_items, fi, fi_entry);
	added(f, 1);
	mutex_exit(&f->f_lock);
}

/* From the back, where most belong. */
void
rump_queue_insert(struct rump_queue *f, struct rump_queue_item *fi,
    int (*cmp)(const struct rump_queue_item *, const struct rump_queue_item *))
{
	struct rump_queue_item *o;

	mutex_enter(&f->f_lock);
	TAILQ_FOREACH_REVERSE(o, &f->f_items, rump_queue_items, fi_entry)
		if ((*cmp)(o, fi) <= 0)
			break;
	if (o == NULL)
		TAILQ_INSERT_HEAD(&f->f_items, fi, fi_entry);
	else
		TAILQ_INSERT_AFTER(&f->f_items, o, fi, fi_entry);
	added(f, 1);
	mutex_exit(&f->f_lock);
}

struct rump_queue_item *
rump_queue_take(struct rump_queue *f,
    bool (*match)(const struct rump_queue_item *, void *), void *arg)
{
	struct rump_queue_item *fi;

	mutex_enter(&f->f_lock);
	TAILQ_FOREACH(fi, &f->f_items, fi_entry)
		if (match == NULL || (*match)(fi, arg))
			break;
	if (fi != NULL) {
		TAILQ_REMOVE(&f->f_items, fi, fi_entry);
		f->f_count--;
	}
	mutex_exit(&f->f_lock);
	return fi;
}

struct rump_queue_item *
rump_queue_get(struct rump_queue *f)
{

	return rump_queue_take(f, NULL, NULL);
}

static void
lock_both(struct rump_queue *a, struct rump_queue *b)
{

	KASSERT(a != b);
	mutex_enter((uintptr_t)a < (uintptr_t)b ? &a->f_lock : &b->f_lock);
	mutex_enter((uintptr_t)a < (uintptr_t)b ? &b->f_lock : &a->f_lock);
}

static void
unlock_both(struct rump_queue *a, struct rump_queue *b)
{

	mutex_exit(&a->f_lock);
	mutex_exit(&b->f_lock);
}

size_t
rump_queue_move(struct rump_queue *to, struct rump_queue *from)
{
	size_t n;

	lock_both(to, from);
	n = from->f_count;
	TAILQ_CONCAT(&to->f_items, &from->f_items, fi_entry);
	from->f_count = 0;
	added(to, n);
	unlock_both(to, from);
	return n;
}

size_t
rump_queue_moven(struct rump_queue *to, struct rump_queue *from, size_t max)
{
	struct rump_queue_item *fi;
	size_t n;

	lock_both(to, from);
	for (n = 0; n < max &&
	    (fi = TAILQ_FIRST(&from->f_items)) != NULL; n++) {
		TAILQ_REMOVE(&from->f_items, fi, fi_entry);
		TAILQ_INSERT_TAIL(&to->f_items, fi, fi_entry);
	}
	from->f_count -= n;
	added(to, n);
	unlock_both(to, from);
	return n;
}

size_t
rump_queue_count(struct rump_queue *f)
{
	size_t n;

	mutex_enter(&f->f_lock);
	n = f->f_count;
	mutex_exit(&f->f_lock);
	return n;
}

size_t
rump_queue_highwater(struct rump_queue *f, bool reset)
{
	size_t n;

	mutex_enter(&f->f_lock);
	n = f->f_high;
	if (reset)
		f->f_high = f->f_count;
	mutex_exit(&f->f_lock);
	return n;
}
