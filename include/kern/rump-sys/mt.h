/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small types for many threads, an extension beside atomic_ops(3) and mutex(9):
 * atomics with one convention of results, a lock of one byte, and a spin lock
 * that knows its owner and counts.
 */
#ifndef _RUMP_SYS_MT_H_
#define _RUMP_SYS_MT_H_

#include <sys/types.h>
#include <sys/stdint.h>

/*
 * Arithmetic gives the new value, bits and exchange the old one.  Raising to a
 * high-water mark gives the mark there was.  All are sequentially consistent
 * in both variants, so that they may be used on memory shared with others.
 */
#define _RUMP_MT_ATOMICS(bits)						\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_add##bits(volatile uint##bits##_t *p, uint##bits##_t v)		\
{									\
									\
	return __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST);		\
}									\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_sub##bits(volatile uint##bits##_t *p, uint##bits##_t v)		\
{									\
									\
	return __atomic_sub_fetch(p, v, __ATOMIC_SEQ_CST);		\
}									\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_or##bits(volatile uint##bits##_t *p, uint##bits##_t v)		\
{									\
									\
	return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);		\
}									\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_and##bits(volatile uint##bits##_t *p, uint##bits##_t v)		\
{									\
									\
	return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);		\
}									\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_xor##bits(volatile uint##bits##_t *p, uint##bits##_t v)		\
{									\
									\
	return __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST);		\
}									\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_swap##bits(volatile uint##bits##_t *p, uint##bits##_t v)	\
{									\
									\
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);		\
}									\
/* Whether it was *old and is v now; *old becomes what it was. */	\
static __inline bool __attribute__((__unused__))			\
rump_mt_cas##bits(volatile uint##bits##_t *p, uint##bits##_t *old,	\
    uint##bits##_t v)							\
{									\
									\
	return __atomic_compare_exchange_n(p, old, v, false,		\
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);			\
}									\
static __inline uint##bits##_t __attribute__((__unused__))		\
rump_mt_high##bits(volatile uint##bits##_t *p, uint##bits##_t v)	\
{									\
	uint##bits##_t old = __atomic_load_n(p, __ATOMIC_RELAXED);	\
									\
	while (old < v && !rump_mt_cas##bits(p, &old, v))		\
		continue;						\
	return old;							\
}
_RUMP_MT_ATOMICS(32)
_RUMP_MT_ATOMICS(64)
#undef _RUMP_MT_ATOMICS

/** A lock of one byte, 0: free.  Held for a few instructions, without
 * sleeping; not in interrupts. */
struct rump_bytelock {
	volatile uint8_t bl_held;
};

/** The part behind the one below; how often it looked. */
unsigned int rump_bytelock_wait(struct rump_bytelock *);

static __inline bool __attribute__((__unused__))
rump_bytelock_try(struct rump_bytelock *bl)
{

	return __atomic_exchange_n(&bl->bl_held, 1, __ATOMIC_ACQUIRE) == 0;
}

static __inline void __attribute__((__unused__))
rump_bytelock_enter(struct rump_bytelock *bl)
{

	if (!rump_bytelock_try(bl))
		(void)rump_bytelock_wait(bl);
}

static __inline void __attribute__((__unused__))
rump_bytelock_exit(struct rump_bytelock *bl)
{

	__atomic_store_n(&bl->bl_held, 0, __ATOMIC_RELEASE);
}

/** A lock of the same kind that knows who holds it; zeroed: free. */
struct rump_spinlock {
	struct rump_bytelock sl_lock;
	struct lwp *volatile sl_owner;
	uint64_t sl_entered;		/* by the holder */
	uint64_t sl_contended;		/* of these, not at once */
	uint64_t sl_spins;		/* looks while it was held */
};

/** Panics if curlwp holds it already. */
void	rump_spinlock_enter(struct rump_spinlock *);
bool	rump_spinlock_try(struct rump_spinlock *);
/** Panics if curlwp does not hold it. */
void	rump_spinlock_exit(struct rump_spinlock *);
/** Make another lwp its owner, who is to leave it.  As exit. */
void	rump_spinlock_handoff(struct rump_spinlock *, struct lwp *);
bool	rump_spinlock_owned(struct rump_spinlock *);

#endif /* _RUMP_SYS_MT_H_ */
