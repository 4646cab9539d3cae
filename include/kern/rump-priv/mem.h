/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one allocator below kmem(9), malloc(9) and pool(9), and what the factions
 * may use of it; not KPI.
 *
 * Plain builds: slabs of equal objects in 64 KiB blocks of 1 MiB chunks
 * (rump-free/slab.h), and hoards of free objects in front of them. In `up'
 * nothing is locked, since only the holder of the virtual CPU runs and nothing
 * here gives it up; in `smp' each CPU has hoards, and one lock guards the slabs.
 * Under AddressSanitizer each object is a host allocation, so that its redzones,
 * quarantine and reports apply. In the checking build, and with RUMP_MEMDEBUG in
 * any, objects carry guards and the call site (lib/free/memdebug.c).
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
 * Memory that can be given back when there is too little: both functions free
 * what they can of so many bytes and return how many they freed, 0 when there is
 * no more; either may be NULL. rr_fn is called by an lwp that waits for memory and
 * may hold locks, so it must only try locks; and by the page daemon, which calls
 * rr_sleepfn when that gave too little: it holds nothing, so this one may sleep.
 * One call at a time, none after rump_mem_reclaim_unregister().
 */
struct rump_reclaim {
	size_t		(*rr_fn)(void *, size_t);
	size_t		(*rr_sleepfn)(void *, size_t);
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
/* Bytes that can still be had without reclaiming any. */
size_t	rump_mem_available(void);
/*
 * Count memory that others took from the host (page cache, buffers) against
 * the limit: 0, or ENOMEM if the limit would be passed.
 */
int	rump_mem_charge(size_t);
void	rump_mem_uncharge(size_t);
/* The same for the allocator itself: false if the limit would be passed. */
bool	rump_mem_account_add(size_t);
void	rump_mem_account_sub(size_t);
/*
 * Wait for so much memory after a failed charge: reclaims, then sleeps until some
 * was given back, a tick at most. rump_mem_wait is for who tries until there is
 * enough, and panics when the kernel stands still; rump_mem_pause for who gives up:
 * it is false, at once, when the daemon has asked everybody and every CPU since
 * the first pause, and a fifth of a second is over; after two seconds in any case,
 * since the daemon may wait for what the caller holds. Both may sleep.
 */
struct rump_mempatience {
	int		mp_start;	/* hardclock_ticks */
	unsigned int	mp_round;	/* of the daemon's */
	bool		mp_begun;
};
#define RUMP_MEMPATIENCE_INITIALIZER	{ .mp_begun = false }

void	rump_mem_wait(size_t);
bool	rump_mem_pause(struct rump_mempatience *, size_t);
/*
 * Whether so much can be had, after as many pauses as that if need be; for who
 * can say that there is no space instead of waiting.
 */
bool	rump_mem_room(size_t);

/* Checking build: print memory in use by call site, most first. */
void	rump_mem_report(void (*)(const char *, ...) __printflike(1, 2));
__END_DECLS

#endif /* _RUMP_PRIV_MEM_H_ */
