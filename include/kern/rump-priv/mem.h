/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one allocator below kmem(9), malloc(9) and pool(9), and what the factions
 * may use of it; not KPI.
 *
 * Plain builds: slabs of equal objects in 64 KiB blocks of 1 MiB chunks
 * (rump-free/slab.h). In `up' nothing is locked, since only the holder of the
 * virtual CPU runs and nothing here gives it up; in `smp' CPUs have hoards of
 * free objects in front of slabs that one lock guards. Under AddressSanitizer each object is a host
 * allocation, so that its redzones, quarantine and reports apply. In the
 * checking build objects carry guards and the call site (memdebug.c).
 */
#ifndef _RUMP_PRIV_MEM_H_
#define _RUMP_PRIV_MEM_H_

#include <sys/types.h>
#include <sys/queue.h>

#if defined(__SANITIZE_ADDRESS__)
#define RUMP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RUMP_ASAN 1
#endif
#endif

#if defined(RUMP_ASAN) || defined(RUMP_CHECK)
#define RUMP_MEMDEBUG 1
#endif

#ifdef RUMP_ASAN
void	__asan_poison_memory_region(const volatile void *, size_t);
void	__asan_unpoison_memory_region(const volatile void *, size_t);
void	__asan_loadN(uintptr_t, size_t);
void	__asan_storeN(uintptr_t, size_t);
#define RUMP_ASAN_LOAD(p, n)	__asan_loadN((uintptr_t)(p), (n))
#define RUMP_ASAN_STORE(p, n)	__asan_storeN((uintptr_t)(p), (n))
#define RUMP_POISON(p, n)	__asan_poison_memory_region((p), (n))
#define RUMP_UNPOISON(p, n)	__asan_unpoison_memory_region((p), (n))
#else
#define RUMP_ASAN_LOAD(p, n)	do {} while (/*CONSTCOND*/0)
#define RUMP_ASAN_STORE(p, n)	do {} while (/*CONSTCOND*/0)
#define RUMP_POISON(p, n)	do {} while (/*CONSTCOND*/0)
#define RUMP_UNPOISON(p, n)	do {} while (/*CONSTCOND*/0)
#endif

/*
 * Memory that can be given back when there is too little: fn(arg, want) frees
 * what it can of want bytes and returns how many it freed. It is called by an
 * lwp that waits for memory and may hold locks, so it must only try locks.
 */
struct rump_reclaim {
	size_t		(*rr_fn)(void *, size_t);
	void		*rr_arg;
	TAILQ_ENTRY(rump_reclaim) rr_entry;
};

__BEGIN_DECLS
void	rump_mem_reclaim_register(struct rump_reclaim *);
void	rump_mem_reclaim_unregister(struct rump_reclaim *);

/*
 * size bytes aligned to align (a power of two, at most a page; 0: any object).
 * canwait: wait for memory rather than return NULL. site is for reports.
 */
void	*rump_mem_alloc(size_t, size_t, bool, const void *);
/* size 0: whatever it was. */
void	rump_mem_free(void *, size_t, const void *);
/* Bytes usable at an address of rump_mem_alloc. */
size_t	rump_mem_size(const void *);

/* The size (bytes, or with k, m, g) that a host parameter gives; 0: none. */
size_t	rump_param_size(const char *);

/* Bytes in use by the kernel, and the most it may use (RUMP_MEMLIMIT). */
size_t	rump_mem_used(void);
size_t	rump_mem_limit(void);
/*
 * Count memory that others took from the host (page cache, buffers) against
 * the limit: 0, or ENOMEM if the limit would be passed.
 */
int	rump_mem_charge(size_t);
void	rump_mem_uncharge(size_t);
/* The same for the allocator itself: false if the limit would be passed. */
bool	rump_mem_account_add(size_t);
void	rump_mem_account_sub(size_t);
/* Wait for memory after a failed charge: reclaims, then sleeps a moment. */
void	rump_mem_wait(size_t);

/* Checking build: print memory in use by call site, most first. */
void	rump_mem_report(void (*)(const char *, ...) __printflike(1, 2));
__END_DECLS

#endif /* _RUMP_PRIV_MEM_H_ */
