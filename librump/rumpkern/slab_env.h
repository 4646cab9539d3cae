/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lib/free/slab.c needs of the kernel. `up': no locks, one hoard a cache.
 * `smp': one lock, and a hoard of each cache for every virtual CPU, used by the
 * lwp on it.
 */
#ifndef _RUMPKERN_SLAB_ENV_H_
#define _RUMPKERN_SLAB_ENV_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/kernel.h>

#include <rump/rumpuser.h>
#include <rump-free/slab.h>
#include <rump-priv/mem.h>

#define SLAB_PAGE		PAGE_SIZE
#define SLAB_ASSERT(e)		KASSERT(e)
#define SLAB_DASSERT(e)		KDASSERT(e)
#define SLAB_KIND(c)		RUMP_SLAB_OBJS
#define SLAB_COUNT(c, n)	do {} while (/*CONSTCOND*/0)
#define SLAB_DELETED(s)		do {} while (/*CONSTCOND*/0)
/* 16 KiB, but from 2 to 16 objects. */
#define SLAB_BATCH(c)							\
	((c)->c_stride <= 1024 ? 16U : (c)->c_stride >= 8192 ? 2U :	\
	(unsigned int)(16384 / (c)->c_stride))

/* memlimit.c: memory of the host; there is a chunk kept for who frees. */
void	*rump_mem_chunk_map(size_t, int, bool *);
void	rump_mem_chunk_unmap(void *, size_t);
#define slab_env_map(size, shift, z)	rump_mem_chunk_map((size), (shift), (z))
#define slab_env_unmap(p, size)	rump_mem_chunk_unmap((p), (size))
#define slab_env_charge(n)	rump_mem_account_add(n)
#define slab_env_uncharge(n)	rump_mem_account_sub(n)

#ifdef RUMP_SMP
extern struct rumpuser_mtx *rump_slab_mtx;

/* Before there is a lock there is one thread. */
#define SLAB_LOCK()	do {						\
	if (rump_slab_mtx != NULL)					\
		rumpuser_mutex_enter_nowrap(rump_slab_mtx);		\
} while (/*CONSTCOND*/0)
#define SLAB_UNLOCK()	do {						\
	if (rump_slab_mtx != NULL)					\
		rumpuser_mutex_exit(rump_slab_mtx);			\
} while (/*CONSTCOND*/0)

static inline struct rump_hoard *
rump_slab_cpuhoard(struct rump_hoard *hoards, u_int cpu)
{

	/* Each has a cache line. */
	return (struct rump_hoard *)(void *)((char *)hoards +
	    (size_t)cpu * COHERENCY_UNIT);
}

static inline struct rump_hoard *
slab_env_hoard(struct rump_slabcache *c)
{

	/* Whoever sees the hoards sees them made: pairs with the release. */
	struct rump_hoard *hoards = __atomic_load_n(&c->c_cpu,
	    __ATOMIC_ACQUIRE);

	if (__predict_false(hoards == NULL))
		return NULL;
	return rump_slab_cpuhoard(hoards, cpu_index(curcpu()));
}

void	rump_slab_attach(struct rump_slabcache *);
void	rump_slab_drain(struct rump_slabcache *);
#define slab_env_setup(c)	((void)(c))
#define slab_env_attach(c)	rump_slab_attach(c)
#define slab_env_drain(c)	rump_slab_drain(c)
#else
#define SLAB_LOCK()	do {} while (/*CONSTCOND*/0)
#define SLAB_UNLOCK()	do {} while (/*CONSTCOND*/0)

static inline struct rump_hoard *
slab_env_hoard(struct rump_slabcache *c)
{

	return &c->c_hoard;
}

static inline void
slab_env_setup(struct rump_slabcache *c)
{

	c->c_hoard = (struct rump_hoard){ .sh_limit = c->c_batch };
}

#define slab_env_attach(c)	((void)(c))
#define slab_env_drain(c)	((void)(c))
#endif

#endif /* _RUMPKERN_SLAB_ENV_H_ */
