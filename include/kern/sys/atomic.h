/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic operations and memory barriers, see atomic_ops(3) and membar_ops(3).
 *
 * In the virtual-unicpu variant only one thread is in the kernel and it changes
 * only where it blocks, so increments, additions and bit operations are plain;
 * compare-and-swap, swap and barriers are real in both variants, because
 * components also use them on memory shared between processes. The
 * operations are inlined; functions of the same names exist for those who
 * take an address.
 */
#ifndef _SYS_ATOMIC_H_
#define _SYS_ATOMIC_H_

#include <sys/types.h>

#ifdef RUMP_SMP
#define __RUMP_ATOMIC_RMW(p, op, v)					\
	__atomic_ ## op ## _fetch((p), (v), __ATOMIC_SEQ_CST)
#else
#define __RUMP_ATOMIC_RMW(p, op, v)	__RUMP_PLAIN_ ## op((p), (v))
#define __RUMP_PLAIN_add(p, v)		(*(p) += (v))
#define __RUMP_PLAIN_and(p, v)		(*(p) &= (v))
#define __RUMP_PLAIN_or(p, v)		(*(p) |= (v))
#endif

/*
 * ThreadSanitizer does not know fences; an operation on a shared word is one
 * that it does know.
 */
#if defined(__SANITIZE_THREAD__)
#define __RUMP_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __RUMP_TSAN
#endif
#endif
#ifdef __RUMP_TSAN
extern unsigned int rump_fence_word;
#define __RUMP_FENCE(order)						\
	((void)__atomic_fetch_add(&rump_fence_word, 0, __ATOMIC_SEQ_CST))
#else
#define __RUMP_FENCE(order)	__atomic_thread_fence(order)
#endif

__BEGIN_DECLS
void	atomic_and_32(volatile uint32_t *, uint32_t);
uint32_t	atomic_and_32_nv(volatile uint32_t *, uint32_t);
void	atomic_or_32(volatile uint32_t *, uint32_t);
uint32_t	atomic_or_32_nv(volatile uint32_t *, uint32_t);
void	atomic_add_32(volatile uint32_t *, int32_t);
uint32_t	atomic_add_32_nv(volatile uint32_t *, int32_t);
void	atomic_inc_32(volatile uint32_t *);
uint32_t	atomic_inc_32_nv(volatile uint32_t *);
void	atomic_dec_32(volatile uint32_t *);
uint32_t	atomic_dec_32_nv(volatile uint32_t *);
uint32_t	atomic_swap_32(volatile uint32_t *, uint32_t);
uint32_t	atomic_cas_32(volatile uint32_t *, uint32_t, uint32_t);
uint32_t	atomic_cas_32_ni(volatile uint32_t *, uint32_t, uint32_t);
void	atomic_and_uint(volatile unsigned int *, unsigned int);
unsigned int	atomic_and_uint_nv(volatile unsigned int *, unsigned int);
void	atomic_or_uint(volatile unsigned int *, unsigned int);
unsigned int	atomic_or_uint_nv(volatile unsigned int *, unsigned int);
void	atomic_add_int(volatile unsigned int *, int);
unsigned int	atomic_add_int_nv(volatile unsigned int *, int);
void	atomic_inc_uint(volatile unsigned int *);
unsigned int	atomic_inc_uint_nv(volatile unsigned int *);
void	atomic_dec_uint(volatile unsigned int *);
unsigned int	atomic_dec_uint_nv(volatile unsigned int *);
unsigned int	atomic_swap_uint(volatile unsigned int *, unsigned int);
unsigned int	atomic_cas_uint(volatile unsigned int *, unsigned int,
    unsigned int);
unsigned int	atomic_cas_uint_ni(volatile unsigned int *, unsigned int,
    unsigned int);
void	atomic_and_ulong(volatile unsigned long *, unsigned long);
unsigned long	atomic_and_ulong_nv(volatile unsigned long *, unsigned long);
void	atomic_or_ulong(volatile unsigned long *, unsigned long);
unsigned long	atomic_or_ulong_nv(volatile unsigned long *, unsigned long);
void	atomic_add_long(volatile unsigned long *, long);
unsigned long	atomic_add_long_nv(volatile unsigned long *, long);
void	atomic_inc_ulong(volatile unsigned long *);
unsigned long	atomic_inc_ulong_nv(volatile unsigned long *);
void	atomic_dec_ulong(volatile unsigned long *);
unsigned long	atomic_dec_ulong_nv(volatile unsigned long *);
unsigned long	atomic_swap_ulong(volatile unsigned long *, unsigned long);
unsigned long	atomic_cas_ulong(volatile unsigned long *, unsigned long,
    unsigned long);
unsigned long	atomic_cas_ulong_ni(volatile unsigned long *, unsigned long,
    unsigned long);
void *atomic_swap_ptr(volatile void *, void *);
void *atomic_cas_ptr(volatile void *, void *, void *);
void	atomic_inc_ptr(volatile void *);
void *atomic_inc_ptr_nv(volatile void *);
void	atomic_dec_ptr(volatile void *);
void *atomic_dec_ptr_nv(volatile void *);
void	atomic_add_ptr(volatile void *, ssize_t);
void *atomic_add_ptr_nv(volatile void *, ssize_t);
void	atomic_and_64(volatile uint64_t *, uint64_t);
uint64_t	atomic_and_64_nv(volatile uint64_t *, uint64_t);
void	atomic_or_64(volatile uint64_t *, uint64_t);
uint64_t	atomic_or_64_nv(volatile uint64_t *, uint64_t);
void	atomic_add_64(volatile uint64_t *, int64_t);
uint64_t	atomic_add_64_nv(volatile uint64_t *, int64_t);
void	atomic_inc_64(volatile uint64_t *);
uint64_t	atomic_inc_64_nv(volatile uint64_t *);
void	atomic_dec_64(volatile uint64_t *);
uint64_t	atomic_dec_64_nv(volatile uint64_t *);
uint64_t	atomic_swap_64(volatile uint64_t *, uint64_t);
uint64_t	atomic_cas_64(volatile uint64_t *, uint64_t, uint64_t);
uint64_t	atomic_cas_64_ni(volatile uint64_t *, uint64_t, uint64_t);

/* Order all earlier accesses before all later ones. */
void	membar_sync(void);
/* Acquiring, releasing: order around the lock operation. */
void	membar_enter(void);
void	membar_exit(void);
/* Order stores before stores, loads before loads. */
void	membar_producer(void);
void	membar_consumer(void);
__END_DECLS

static __inline void __unused __always_inline
__rump_atomic_and_32(volatile uint32_t *p, uint32_t a)
{

	(void)__RUMP_ATOMIC_RMW(p, and, a);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_and_32_nv(volatile uint32_t *p, uint32_t a)
{

	return __RUMP_ATOMIC_RMW(p, and, a);
}

static __inline void __unused __always_inline
__rump_atomic_or_32(volatile uint32_t *p, uint32_t a)
{

	(void)__RUMP_ATOMIC_RMW(p, or, a);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_or_32_nv(volatile uint32_t *p, uint32_t a)
{

	return __RUMP_ATOMIC_RMW(p, or, a);
}

static __inline void __unused __always_inline
__rump_atomic_add_32(volatile uint32_t *p, int32_t a)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (uint32_t)a);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_add_32_nv(volatile uint32_t *p, int32_t a)
{

	return __RUMP_ATOMIC_RMW(p, add, (uint32_t)a);
}

static __inline void __unused __always_inline
__rump_atomic_inc_32(volatile uint32_t *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_inc_32_nv(volatile uint32_t *p)
{

	return __RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline void __unused __always_inline
__rump_atomic_dec_32(volatile uint32_t *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (uint32_t)-1);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_dec_32_nv(volatile uint32_t *p)
{

	return __RUMP_ATOMIC_RMW(p, add, (uint32_t)-1);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_swap_32(volatile uint32_t *p, uint32_t a)
{

	return __atomic_exchange_n(p, a, __ATOMIC_SEQ_CST);
}

static __inline uint32_t __unused __always_inline
__rump_atomic_cas_32(volatile uint32_t *p, uint32_t a, uint32_t b)
{

	(void)__atomic_compare_exchange_n(p, &a, b, 0,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return a;
}

static __inline uint32_t __unused __always_inline
__rump_atomic_cas_32_ni(volatile uint32_t *p, uint32_t a, uint32_t b)
{

	if (*p == a) {
		*p = b;
		return a;
	}
	return *p;
}

static __inline void __unused __always_inline
__rump_atomic_and_uint(volatile unsigned int *p, unsigned int a)
{

	(void)__RUMP_ATOMIC_RMW(p, and, a);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_and_uint_nv(volatile unsigned int *p, unsigned int a)
{

	return __RUMP_ATOMIC_RMW(p, and, a);
}

static __inline void __unused __always_inline
__rump_atomic_or_uint(volatile unsigned int *p, unsigned int a)
{

	(void)__RUMP_ATOMIC_RMW(p, or, a);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_or_uint_nv(volatile unsigned int *p, unsigned int a)
{

	return __RUMP_ATOMIC_RMW(p, or, a);
}

static __inline void __unused __always_inline
__rump_atomic_add_int(volatile unsigned int *p, int a)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (unsigned int)a);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_add_int_nv(volatile unsigned int *p, int a)
{

	return __RUMP_ATOMIC_RMW(p, add, (unsigned int)a);
}

static __inline void __unused __always_inline
__rump_atomic_inc_uint(volatile unsigned int *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_inc_uint_nv(volatile unsigned int *p)
{

	return __RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline void __unused __always_inline
__rump_atomic_dec_uint(volatile unsigned int *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (unsigned int)-1);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_dec_uint_nv(volatile unsigned int *p)
{

	return __RUMP_ATOMIC_RMW(p, add, (unsigned int)-1);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_swap_uint(volatile unsigned int *p, unsigned int a)
{

	return __atomic_exchange_n(p, a, __ATOMIC_SEQ_CST);
}

static __inline unsigned int __unused __always_inline
__rump_atomic_cas_uint(volatile unsigned int *p, unsigned int a, unsigned int b)
{

	(void)__atomic_compare_exchange_n(p, &a, b, 0,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return a;
}

static __inline unsigned int __unused __always_inline
__rump_atomic_cas_uint_ni(volatile unsigned int *p, unsigned int a,
    unsigned int b)
{

	if (*p == a) {
		*p = b;
		return a;
	}
	return *p;
}

static __inline void __unused __always_inline
__rump_atomic_and_ulong(volatile unsigned long *p, unsigned long a)
{

	(void)__RUMP_ATOMIC_RMW(p, and, a);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_and_ulong_nv(volatile unsigned long *p, unsigned long a)
{

	return __RUMP_ATOMIC_RMW(p, and, a);
}

static __inline void __unused __always_inline
__rump_atomic_or_ulong(volatile unsigned long *p, unsigned long a)
{

	(void)__RUMP_ATOMIC_RMW(p, or, a);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_or_ulong_nv(volatile unsigned long *p, unsigned long a)
{

	return __RUMP_ATOMIC_RMW(p, or, a);
}

static __inline void __unused __always_inline
__rump_atomic_add_long(volatile unsigned long *p, long a)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (unsigned long)a);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_add_long_nv(volatile unsigned long *p, long a)
{

	return __RUMP_ATOMIC_RMW(p, add, (unsigned long)a);
}

static __inline void __unused __always_inline
__rump_atomic_inc_ulong(volatile unsigned long *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_inc_ulong_nv(volatile unsigned long *p)
{

	return __RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline void __unused __always_inline
__rump_atomic_dec_ulong(volatile unsigned long *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (unsigned long)-1);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_dec_ulong_nv(volatile unsigned long *p)
{

	return __RUMP_ATOMIC_RMW(p, add, (unsigned long)-1);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_swap_ulong(volatile unsigned long *p, unsigned long a)
{

	return __atomic_exchange_n(p, a, __ATOMIC_SEQ_CST);
}

static __inline unsigned long __unused __always_inline
__rump_atomic_cas_ulong(volatile unsigned long *p, unsigned long a,
    unsigned long b)
{

	(void)__atomic_compare_exchange_n(p, &a, b, 0,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return a;
}

static __inline unsigned long __unused __always_inline
__rump_atomic_cas_ulong_ni(volatile unsigned long *p, unsigned long a,
    unsigned long b)
{

	if (*p == a) {
		*p = b;
		return a;
	}
	return *p;
}

static __inline void * __unused __always_inline
__rump_atomic_swap_ptr(volatile void *p, void *a)
{

	return __atomic_exchange_n((void *volatile *)(volatile void *)p, a,
	    __ATOMIC_SEQ_CST);
}

static __inline void * __unused __always_inline
__rump_atomic_cas_ptr(volatile void *p, void *a, void *b)
{

	(void)__atomic_compare_exchange_n(
	    (void *volatile *)(volatile void *)p, &a, b, 0,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return a;
}

static __inline void __unused __always_inline
__rump_atomic_inc_ptr(volatile void *p)
{

	(void)__RUMP_ATOMIC_RMW((volatile uintptr_t *)p, add, 1);
}

static __inline void * __unused __always_inline
__rump_atomic_inc_ptr_nv(volatile void *p)
{

	return (void *)__RUMP_ATOMIC_RMW((volatile uintptr_t *)p, add, 1);
}

static __inline void __unused __always_inline
__rump_atomic_dec_ptr(volatile void *p)
{

	(void)__RUMP_ATOMIC_RMW((volatile uintptr_t *)p, add, (uintptr_t)-1);
}

static __inline void * __unused __always_inline
__rump_atomic_dec_ptr_nv(volatile void *p)
{

	return (void *)__RUMP_ATOMIC_RMW((volatile uintptr_t *)p, add,
	    (uintptr_t)-1);
}

static __inline void __unused __always_inline
__rump_atomic_add_ptr(volatile void *p, ssize_t a)
{

	(void)__RUMP_ATOMIC_RMW((volatile uintptr_t *)p, add, (uintptr_t)a);
}

static __inline void * __unused __always_inline
__rump_atomic_add_ptr_nv(volatile void *p, ssize_t a)
{

	return (void *)__RUMP_ATOMIC_RMW((volatile uintptr_t *)p, add,
	    (uintptr_t)a);
}

static __inline void __unused __always_inline
__rump_atomic_and_64(volatile uint64_t *p, uint64_t a)
{

	(void)__RUMP_ATOMIC_RMW(p, and, a);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_and_64_nv(volatile uint64_t *p, uint64_t a)
{

	return __RUMP_ATOMIC_RMW(p, and, a);
}

static __inline void __unused __always_inline
__rump_atomic_or_64(volatile uint64_t *p, uint64_t a)
{

	(void)__RUMP_ATOMIC_RMW(p, or, a);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_or_64_nv(volatile uint64_t *p, uint64_t a)
{

	return __RUMP_ATOMIC_RMW(p, or, a);
}

static __inline void __unused __always_inline
__rump_atomic_add_64(volatile uint64_t *p, int64_t a)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (uint64_t)a);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_add_64_nv(volatile uint64_t *p, int64_t a)
{

	return __RUMP_ATOMIC_RMW(p, add, (uint64_t)a);
}

static __inline void __unused __always_inline
__rump_atomic_inc_64(volatile uint64_t *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_inc_64_nv(volatile uint64_t *p)
{

	return __RUMP_ATOMIC_RMW(p, add, 1);
}

static __inline void __unused __always_inline
__rump_atomic_dec_64(volatile uint64_t *p)
{

	(void)__RUMP_ATOMIC_RMW(p, add, (uint64_t)-1);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_dec_64_nv(volatile uint64_t *p)
{

	return __RUMP_ATOMIC_RMW(p, add, (uint64_t)-1);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_swap_64(volatile uint64_t *p, uint64_t a)
{

	return __atomic_exchange_n(p, a, __ATOMIC_SEQ_CST);
}

static __inline uint64_t __unused __always_inline
__rump_atomic_cas_64(volatile uint64_t *p, uint64_t a, uint64_t b)
{

	(void)__atomic_compare_exchange_n(p, &a, b, 0,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return a;
}

static __inline uint64_t __unused __always_inline
__rump_atomic_cas_64_ni(volatile uint64_t *p, uint64_t a, uint64_t b)
{

	if (*p == a) {
		*p = b;
		return a;
	}
	return *p;
}

#ifndef RUMP_ATOMIC_IMPL
#define atomic_and_32(p, a)	__rump_atomic_and_32(p, a)
#define atomic_and_32_nv(p, a)	__rump_atomic_and_32_nv(p, a)
#define atomic_or_32(p, a)	__rump_atomic_or_32(p, a)
#define atomic_or_32_nv(p, a)	__rump_atomic_or_32_nv(p, a)
#define atomic_add_32(p, a)	__rump_atomic_add_32(p, a)
#define atomic_add_32_nv(p, a)	__rump_atomic_add_32_nv(p, a)
#define atomic_inc_32(p)	__rump_atomic_inc_32(p)
#define atomic_inc_32_nv(p)	__rump_atomic_inc_32_nv(p)
#define atomic_dec_32(p)	__rump_atomic_dec_32(p)
#define atomic_dec_32_nv(p)	__rump_atomic_dec_32_nv(p)
#define atomic_swap_32(p, a)	__rump_atomic_swap_32(p, a)
#define atomic_cas_32(p, a, b)	__rump_atomic_cas_32(p, a, b)
#define atomic_cas_32_ni(p, a, b)	__rump_atomic_cas_32_ni(p, a, b)
#define atomic_and_uint(p, a)	__rump_atomic_and_uint(p, a)
#define atomic_and_uint_nv(p, a)	__rump_atomic_and_uint_nv(p, a)
#define atomic_or_uint(p, a)	__rump_atomic_or_uint(p, a)
#define atomic_or_uint_nv(p, a)	__rump_atomic_or_uint_nv(p, a)
#define atomic_add_int(p, a)	__rump_atomic_add_int(p, a)
#define atomic_add_int_nv(p, a)	__rump_atomic_add_int_nv(p, a)
#define atomic_inc_uint(p)	__rump_atomic_inc_uint(p)
#define atomic_inc_uint_nv(p)	__rump_atomic_inc_uint_nv(p)
#define atomic_dec_uint(p)	__rump_atomic_dec_uint(p)
#define atomic_dec_uint_nv(p)	__rump_atomic_dec_uint_nv(p)
#define atomic_swap_uint(p, a)	__rump_atomic_swap_uint(p, a)
#define atomic_cas_uint(p, a, b)	__rump_atomic_cas_uint(p, a, b)
#define atomic_cas_uint_ni(p, a, b)	__rump_atomic_cas_uint_ni(p, a, b)
#define atomic_and_ulong(p, a)	__rump_atomic_and_ulong(p, a)
#define atomic_and_ulong_nv(p, a)	__rump_atomic_and_ulong_nv(p, a)
#define atomic_or_ulong(p, a)	__rump_atomic_or_ulong(p, a)
#define atomic_or_ulong_nv(p, a)	__rump_atomic_or_ulong_nv(p, a)
#define atomic_add_long(p, a)	__rump_atomic_add_long(p, a)
#define atomic_add_long_nv(p, a)	__rump_atomic_add_long_nv(p, a)
#define atomic_inc_ulong(p)	__rump_atomic_inc_ulong(p)
#define atomic_inc_ulong_nv(p)	__rump_atomic_inc_ulong_nv(p)
#define atomic_dec_ulong(p)	__rump_atomic_dec_ulong(p)
#define atomic_dec_ulong_nv(p)	__rump_atomic_dec_ulong_nv(p)
#define atomic_swap_ulong(p, a)	__rump_atomic_swap_ulong(p, a)
#define atomic_cas_ulong(p, a, b)	__rump_atomic_cas_ulong(p, a, b)
#define atomic_cas_ulong_ni(p, a, b)	__rump_atomic_cas_ulong_ni(p, a, b)
#define atomic_swap_ptr(p, a)	__rump_atomic_swap_ptr(p, a)
#define atomic_cas_ptr(p, a, b)	__rump_atomic_cas_ptr(p, a, b)
#define atomic_inc_ptr(p)	__rump_atomic_inc_ptr(p)
#define atomic_inc_ptr_nv(p)	__rump_atomic_inc_ptr_nv(p)
#define atomic_dec_ptr(p)	__rump_atomic_dec_ptr(p)
#define atomic_dec_ptr_nv(p)	__rump_atomic_dec_ptr_nv(p)
#define atomic_add_ptr(p, a)	__rump_atomic_add_ptr(p, a)
#define atomic_add_ptr_nv(p, a)	__rump_atomic_add_ptr_nv(p, a)
#define atomic_and_64(p, a)	__rump_atomic_and_64(p, a)
#define atomic_and_64_nv(p, a)	__rump_atomic_and_64_nv(p, a)
#define atomic_or_64(p, a)	__rump_atomic_or_64(p, a)
#define atomic_or_64_nv(p, a)	__rump_atomic_or_64_nv(p, a)
#define atomic_add_64(p, a)	__rump_atomic_add_64(p, a)
#define atomic_add_64_nv(p, a)	__rump_atomic_add_64_nv(p, a)
#define atomic_inc_64(p)	__rump_atomic_inc_64(p)
#define atomic_inc_64_nv(p)	__rump_atomic_inc_64_nv(p)
#define atomic_dec_64(p)	__rump_atomic_dec_64(p)
#define atomic_dec_64_nv(p)	__rump_atomic_dec_64_nv(p)
#define atomic_swap_64(p, a)	__rump_atomic_swap_64(p, a)
#define atomic_cas_64(p, a, b)	__rump_atomic_cas_64(p, a, b)
#define atomic_cas_64_ni(p, a, b)	__rump_atomic_cas_64_ni(p, a, b)
#define membar_sync()		__RUMP_FENCE(__ATOMIC_SEQ_CST)
#define membar_enter()		__RUMP_FENCE(__ATOMIC_SEQ_CST)
#define membar_exit()		__RUMP_FENCE(__ATOMIC_ACQ_REL)
#define membar_producer()	__RUMP_FENCE(__ATOMIC_RELEASE)
#define membar_consumer()	__RUMP_FENCE(__ATOMIC_ACQUIRE)
#endif
/* Loads that depend on a loaded pointer are ordered by the dependency. */
#define membar_datadep_consumer()	__insn_barrier()

#endif /* _SYS_ATOMIC_H_ */
