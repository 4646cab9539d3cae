/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hoard.c - the stocks of free objects of each thread, from its first use of
 * the allocator to its end, and what becomes of them at fork().
 *
 * Locking: a hoard belongs to its thread, which takes no lock for it; the list
 * of threads and the place of a thread's hoards are under rumpuser__mem_lock.
 * Nothing here switches fibers, so that the thread stays the same meanwhile.
 */
#include "mem/slab_env.h"

#include <stdlib.h>
#include <unistd.h>

pthread_mutex_t rumpuser__mem_lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
__thread struct rumpuser__memthread rumpuser__memthread
    __attribute__((__tls_model__("initial-exec")));
struct rump_slabcache rumpuser__memclass[MEM_NCLASS];
struct rumpuser_memcache *rumpuser__memcaches[MEM_NCACHE];

static LIST_HEAD(, rumpuser__memthread) threads =
    LIST_HEAD_INITIALIZER(threads);
static pthread_key_t end_key;
static bool have_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Put everything a thread has back; the lock is held. */
static void
thread_flush(struct rumpuser__memthread *mt)
{
	struct rumpuser_memcache *mc;
	unsigned int i;

	for (i = 0; i < MEM_NCLASS; i++)
		rump_slab_flush(&rumpuser__memclass[i], &mt->mt_class[i]);
	for (i = 0; i < mt->mt_ncache; i++) {
		mc = rumpuser__memcaches[i];
		if (mc != NULL)
			rump_slab_flush(&mc->mc_slab, &mt->mt_cache[i]);
	}
	if (mt->mt_listed)
		LIST_REMOVE(mt, mt_entry);
	mt->mt_listed = false;
}

/* The thread ends.  What it still frees goes to the slabs directly. */
static void
thread_end(void *arg)
{
	struct rumpuser__memthread *mt = arg;
	struct rump_hoard *table = mt->mt_cache;
	unsigned int i;

	pthread_mutex_lock(&rumpuser__mem_lock);
	thread_flush(mt);
	mt->mt_cache = NULL;
	mt->mt_ncache = 0;
	for (i = 0; i < MEM_NCLASS; i++)
		mt->mt_class[i].sh_limit = 0;
	mt->mt_gone = true;
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (table != NULL)
		rump_slab_release(table);
}

/*
 * fork(): the child has the forking thread only.  What the others have hoarded
 * goes back to the slabs; a hoard's list is whole at any instant (its head
 * changes in one store), but its count may not be, and is not used.
 */
static void
fork_prepare(void)
{

	pthread_mutex_lock(&rumpuser__mem_lock);
	rumpuser__memdebug_lock();
}

static void
fork_parent(void)
{

	rumpuser__memdebug_unlock();
	pthread_mutex_unlock(&rumpuser__mem_lock);
}

static void
fork_child(void)
{
	struct rumpuser__memthread *self = &rumpuser__memthread, *mt, *next;

	for (mt = LIST_FIRST(&threads); mt != NULL; mt = next) {
		next = LIST_NEXT(mt, mt_entry);
		if (mt != self)
			thread_flush(mt);
	}
	self->mt_tid = 0;
	fork_parent();
}

static void
init(void)
{
	unsigned int i;

	for (i = 0; i < MEM_NCLASS; i++) {
		rump_slabcache_init(&rumpuser__memclass[i], "memory",
		    (size_t)MEM_MIN << i, MEM_MIN);
		rumpuser__memclass[i].c_index = i;
	}
	have_key = pthread_key_create(&end_key, thread_end) == 0;
	(void)pthread_atfork(fork_prepare, fork_parent, fork_child);
}

void
rumpuser__mem_init(void)
{

	pthread_once(&once, init);
}

/* Enter the thread into the list; false if it is not to have hoards. */
static bool
thread_begin(struct rumpuser__memthread *mt)
{
	unsigned int i;

	rumpuser__mem_init();
	if (mt->mt_gone || !have_key ||
	    pthread_setspecific(end_key, mt) != 0)
		return false;
	for (i = 0; i < MEM_NCLASS; i++)
		mt->mt_class[i].sh_limit = rumpuser__memclass[i].c_batch;
	pthread_mutex_lock(&rumpuser__mem_lock);
	LIST_INSERT_HEAD(&threads, mt, mt_entry);
	mt->mt_listed = true;
	pthread_mutex_unlock(&rumpuser__mem_lock);
	return true;
}

/* Room for the hoard of one more cache. */
static bool
table_grow(struct rumpuser__memthread *mt, unsigned int want)
{
	struct rump_hoard *old = mt->mt_cache, *t;
	unsigned int n = mt->mt_ncache != 0 ? mt->mt_ncache : 8;

	while (n <= want)
		n *= 2;
	t = rump_slab_alloc(&rumpuser__memclass[mem_class(n * sizeof(*t))]);
	if (t == NULL)
		return false;
	memset(t, 0, n * sizeof(*t));
	if (old != NULL)
		memcpy(t, old, mt->mt_ncache * sizeof(*t));
	pthread_mutex_lock(&rumpuser__mem_lock);
	mt->mt_cache = t;
	mt->mt_ncache = n;
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (old != NULL)
		rump_slab_release(old);
	return true;
}
_Static_assert(MEM_NCACHE * sizeof(struct rump_hoard) <= RUMP_SLAB_MAX,
    "a thread's table");

struct rump_hoard *
rumpuser__mem_hoard(struct rump_slabcache *c)
{
	struct rumpuser__memthread *mt = &rumpuser__memthread;
	struct rump_hoard *h;
	unsigned int i = c->c_index - MEM_NCLASS;

	if (c->c_index == MEM_NOHOARD || (!mt->mt_listed && !thread_begin(mt)))
		return NULL;
	if (c->c_index < MEM_NCLASS)
		return &mt->mt_class[c->c_index];
	if (i >= mt->mt_ncache && !table_grow(mt, i))
		return NULL;
	h = &mt->mt_cache[i];
	h->sh_limit = c->c_batch;
	return h;
}

/*
 * Adding up while other threads free: each free adds one to sh_nfree as the
 * last thing it does, and hoard_make_room() (lib/free/slab.c) clears sh_nfree
 * before it sets sh_full.  sh_full is read first, so a list is not seen twice,
 * and the sum is at most what is really there.
 */
static size_t
hoard_count(struct rump_slabcache *c, struct rump_hoard *h)
{
	size_t n = 0;

	if (__atomic_load_n(&h->sh_full, __ATOMIC_ACQUIRE) != NULL)
		n = c->c_batch;
	return n + __atomic_load_n(&h->sh_nfree, __ATOMIC_ACQUIRE);
}

size_t
rumpuser__mem_hoarded(struct rump_slabcache *c)
{
	size_t n = (size_t)c->c_ndepot * c->c_batch;
	unsigned int i = c->c_index - MEM_NCLASS;
	struct rumpuser__memthread *mt;

	LIST_FOREACH(mt, &threads, mt_entry) {
		if (i < mt->mt_ncache)
			n += hoard_count(c, &mt->mt_cache[i]);
	}
	return n;
}

void
rumpuser__mem_unhoard(struct rump_slabcache *c)
{
	unsigned int i = c->c_index - MEM_NCLASS;
	struct rumpuser__memthread *mt;

	LIST_FOREACH(mt, &threads, mt_entry) {
		if (i >= mt->mt_ncache)
			continue;
		rump_slab_flush(c, &mt->mt_cache[i]);
		mt->mt_cache[i].sh_limit = 0;
	}
}
