/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slab_env.h - what lib/free/slab.c needs of the host layer: one lock, and a
 * hoard of each cache for every thread.
 */
#ifndef _RUMPUSER_MEM_SLAB_ENV_H_
#define _RUMPUSER_MEM_SLAB_ENV_H_

#include "mem/mem.h"

#define SLAB_PAGE		((size_t)4096)
#define SLAB_ASSERT(e)		((e) ? (void)0 :			\
    rumpuser__mem_panic("%s:%d: %s", __FILE__, __LINE__, #e))
#define SLAB_DASSERT(e)		((void)sizeof((long)(e)))
#define SLAB_LOCK()		pthread_mutex_lock(&rumpuser__mem_lock)
#define SLAB_UNLOCK()		pthread_mutex_unlock(&rumpuser__mem_lock)
/* Under the lock, but for a state dump that reads it. */
#define SLAB_COUNT(c, n)	__atomic_store_n(&(c)->c_inuse,		\
    (c)->c_inuse + (size_t)(long)(n), __ATOMIC_RELAXED)
/* Objects with headers are looked at when they are freed. */
#define SLAB_KIND(c)							\
	((c)->c_owner == rumpuser__memclass ? RUMP_SLAB_OBJSX : RUMP_SLAB_OBJS)
#define SLAB_DELETED(s)		rumpuser__mem_unhold(s)

/* 64 KiB, but from 4 to 64 objects. */
#define SLAB_BATCH(c)							\
	((c)->c_stride >= 16384 ? 4U : (c)->c_stride <= 1024 ? 64U :	\
	(unsigned int)(65536 / (c)->c_stride))

static inline struct rump_hoard *
slab_env_hoard(struct rump_slabcache *c)
{
	struct rumpuser__memthread *mt = &rumpuser__memthread;
	unsigned int i = c->c_index;

	if (__predict_true(i < MEM_NCLASS))
		return &mt->mt_class[i];
	i -= MEM_NCLASS;
	return i < mt->mt_ncache ? &mt->mt_cache[i] : NULL;
}

#define slab_env_setup(c)	((void)(c))
#define slab_env_attach(c)	((void)(c))
#define slab_env_drain(c)	((void)(c))

void *rumpuser__mem_chunk_map(size_t size, int shift, bool *zeroedp);
void rumpuser__mem_chunk_unmap(void *p, size_t size);
void rumpuser__mem_charge(long n);

#define slab_env_map(size, shift, z)	rumpuser__mem_chunk_map(size, shift, z)
#define slab_env_unmap(p, size)		rumpuser__mem_chunk_unmap(p, size)

static inline bool
slab_env_charge(size_t n)
{

	rumpuser__mem_charge((long)n);
	return true;
}

#define slab_env_uncharge(n)		rumpuser__mem_charge(-(long)(n))

#endif /* _RUMPUSER_MEM_SLAB_ENV_H_ */
