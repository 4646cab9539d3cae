/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of the allocator: slab.c, mem.c, memdebug.c. */
#ifndef _RUMPKERN_MEM_IMPL_H_
#define _RUMPKERN_MEM_IMPL_H_

void	rump_slab_init(void);
void	rump_uvm_km_init(void);

/* Count bytes as used; false if that would pass the limit. */
bool	rump_mem_account_add(size_t);
void	rump_mem_account_sub(size_t);

/* By size class, without guards: NULL at the limit or if the host has none. */
void	*rump_mem_alloc_raw(size_t);
/* Whatever an address of the above or of a pool's slab is (slab.c). */
void	rump_mem_free_raw(void *);
size_t	rump_mem_size_raw(const void *);
size_t	rump_mem_reclaim_raw(void);
/* pool.c: empty caches, drain hooks; returns bytes freed. */
size_t	rump_pool_reclaim_all(void);

/* Guarded objects of the sanitizer and checking builds. */
void	*rump_memdebug_alloc(size_t, size_t, const void *);
void	rump_memdebug_free(void *, size_t, const void *);
size_t	rump_memdebug_size(const void *);

#endif /* _RUMPKERN_MEM_IMPL_H_ */
