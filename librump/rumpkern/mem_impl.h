/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of the allocator: slab.c, mem.c, memdebug.c. */
#ifndef _RUMPKERN_MEM_IMPL_H_
#define _RUMPKERN_MEM_IMPL_H_

#include <sys/types.h>

void	rump_slab_init(void);
void	rump_uvm_km_init(void);

/* By size class, without guards: NULL at the limit or if the host has none. */
void	*rump_mem_alloc_raw(size_t);
size_t	rump_mem_reclaim_raw(void);
/* pool.c: empty caches, drain hooks; returns bytes freed. */
size_t	rump_pool_reclaim_all(void);

#endif /* _RUMPKERN_MEM_IMPL_H_ */
