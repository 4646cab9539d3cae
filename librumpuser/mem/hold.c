/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hold.c - holds on allocations beside the first one: in the header of an
 * object that has one, in the slab's descriptor for a span, else in a table
 * that a slab gets with the first such hold on one of its objects.
 *
 * Locking: counts are atomic; a slab's table is made under rumpuser__mem_lock
 * and stays until the slab goes.  Who holds an object sees its table.
 */
#include "mem/slab_env.h"

#define NHOLDS	(RUMP_BLOCK_SIZE / MEM_MIN)

/* A table; while it is not in use, linked through its beginning. */
union holds {
	union holds	*next;
	uint32_t	extra[NHOLDS];
};

static union holds *unused;

static inline bool
is_span(const struct rump_slab *s)
{

	return s->s_kind == RUMP_SLAB_SPAN || s->s_kind == RUMP_SLAB_HUGE;
}

/* Give a slab its table; false: no memory. */
static bool
table_attach(struct rump_slab *s)
{
	struct rump_slabcache *c = &rumpuser__memclass[mem_class(
	    sizeof(union holds))];
	union holds *t, *spare = NULL;

	if (__atomic_load_n(&s->s_aux, __ATOMIC_ACQUIRE) != NULL)
		return true;
	pthread_mutex_lock(&rumpuser__mem_lock);
	if ((t = unused) != NULL)
		unused = t->next;
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (t == NULL && (t = rump_slab_alloc(c)) == NULL)
		return false;
	memset(t, 0, sizeof(*t));
	pthread_mutex_lock(&rumpuser__mem_lock);
	if (s->s_aux == NULL) {
		__atomic_store_n(&s->s_aux, t, __ATOMIC_RELEASE);
		/* Frees look at the table from now on; this object's come
		 * after the hold. */
		__atomic_store_n(&s->s_kind, RUMP_SLAB_OBJSX,
		    __ATOMIC_RELAXED);
	} else
		spare = t;
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (spare != NULL)
		rump_slab_free(c, spare);
	return true;
}

/* Tables are not freed in here, where the lock is held. */
void
rumpuser__mem_unhold(struct rump_slab *s)
{
	union holds *t = s->s_aux;

	if (is_span(s) || t == NULL)
		return;
	s->s_aux = NULL;
	t->next = unused;
	unused = t;
}

/* Where the count of an object is; NULL: it never had a second hold. */
static uint32_t *
counter(const struct rump_slab *s, const void *p)
{
	union holds *t;

	if (is_span(s))
		return __UNCONST(&s->s_inuse);
	t = __atomic_load_n(&s->s_aux, __ATOMIC_ACQUIRE);
	if (t == NULL)
		return NULL;
	return &t->extra[((uintptr_t)p & (RUMP_BLOCK_SIZE - 1)) / MEM_MIN];
}

uint32_t
rumpuser__mem_extra(const struct rump_slab *s, const void *p)
{
	uint32_t *n = counter(s, p);

	return n != NULL ? __atomic_load_n(n, __ATOMIC_ACQUIRE) : 0;
}

static bool
is_odd(const void *p)
{

	return ((uintptr_t)p & (RUMP_CHUNK_SIZE - 1)) == 0;
}

int
rumpuser_mem_hold(void *p)
{
	struct rump_slab *s;

	if (rumpuser__mem_headed(p)) {
		rump_memdebug_hold(p);
		return 0;
	}
	if (is_odd(p))
		return rumpuser__errtrans(EINVAL);
	s = rump_slabof(p);
	if (!is_span(s) && !table_attach(s))
		return rumpuser__errtrans(ENOMEM);
	__atomic_fetch_add(counter(s, p), 1, __ATOMIC_RELAXED);
	return 0;
}

/*
 * Who drops before others do releases what it wrote; the last one acquires it,
 * by the load that finds no other hold.
 */
static uint32_t
plain_drop(void *p)
{
	uint32_t *c, n;

	if (is_odd(p) || (c = counter(rump_slabof(p), p)) == NULL)
		return 0;
	n = __atomic_load_n(c, __ATOMIC_ACQUIRE);
	while (n != 0 && !__atomic_compare_exchange_n(c, &n, n - 1, true,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		continue;
	return n;
}

unsigned int
rumpuser_mem_drop_at(void *p, const char *where)
{
	const struct rump_memplace w = MEM_HERE(where);
	uint32_t left;

	if (mem_mode() & RUMPUSER_MEM_DEBUG)
		rumpuser__mem_sane(p, w);
	left = rumpuser__mem_headed(p) ? rump_memdebug_drop(p, w) :
	    plain_drop(p);
	if (left == 0)
		rumpuser__mem_free(p, 0, w);
	return left;
}

unsigned int
rumpuser_mem_holds(const void *p)
{

	if (rumpuser__mem_headed(p))
		return rump_memdebug_holds(p);
	return is_odd(p) ? 1 : rumpuser__mem_extra(rump_slabof(p), p) + 1;
}
