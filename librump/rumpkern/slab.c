/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's side of the slab allocator (lib/free/slab.c): its lock, and in
 * `smp' the hoards of the virtual CPUs. Locking: see there.
 */
#include "slab_env.h"
#include "mem_impl.h"

#ifdef RUMP_SMP
struct rumpuser_mtx *rump_slab_mtx;

/* Give the cache its hoards as soon as the number of CPUs is known. */
void
rump_slab_attach(struct rump_slabcache *c)
{
	static bool busy;
	struct rump_hoard *p;
	u_int i, n = (u_int)MAX(ncpu, 1);

	if (__atomic_load_n(&c->c_cpu, __ATOMIC_RELAXED) != NULL ||
	    ncpu <= 0 || cold || __atomic_exchange_n(&busy, true,
	    __ATOMIC_ACQUIRE))
		return;
	p = rump_mem_alloc_raw(n * COHERENCY_UNIT);
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);
	if (p == NULL)
		return;
	memset(p, 0, n * COHERENCY_UNIT);
	for (i = 0; i < n; i++)
		rump_slab_cpuhoard(p, i)->sh_limit = c->c_batch;
	SLAB_LOCK();
	if (c->c_cpu == NULL) {
		__atomic_store_n(&c->c_cpu, p, __ATOMIC_RELEASE);
		p = NULL;
	}
	SLAB_UNLOCK();
	if (p != NULL)
		rump_slab_release(p);
}

/* Nobody uses the cache any more, so all hoards are ours. */
void
rump_slab_drain(struct rump_slabcache *c)
{
	struct rump_hoard *hoards = c->c_cpu;
	u_int i;

	if (hoards == NULL)
		return;
	SLAB_LOCK();
	for (i = 0; i < (u_int)ncpu; i++)
		rump_slab_flush(c, rump_slab_cpuhoard(hoards, i));
	c->c_cpu = NULL;
	SLAB_UNLOCK();
	rump_slab_release(hoards);
}
#endif

void
rump_slab_init(void)
{

#ifdef RUMP_SMP
	if (rump_slab_mtx == NULL)
		rumpuser_mutex_init(&rump_slab_mtx, RUMPUSER_MTX_SPIN);
#endif
}
