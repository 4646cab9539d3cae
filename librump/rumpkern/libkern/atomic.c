/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The atomic operations of sys/atomic.h as functions, for those who take an
 * address or were compiled without the inline forms.
 */
#define RUMP_ATOMIC_IMPL
#include <sys/atomic.h>

#ifdef __RUMP_TSAN
unsigned int rump_fence_word;
#endif

void
atomic_and_32(volatile uint32_t *p, uint32_t a)
{

	__rump_atomic_and_32(p, a);
}

uint32_t
atomic_and_32_nv(volatile uint32_t *p, uint32_t a)
{

	return __rump_atomic_and_32_nv(p, a);
}

void
atomic_or_32(volatile uint32_t *p, uint32_t a)
{

	__rump_atomic_or_32(p, a);
}

uint32_t
atomic_or_32_nv(volatile uint32_t *p, uint32_t a)
{

	return __rump_atomic_or_32_nv(p, a);
}

void
atomic_add_32(volatile uint32_t *p, int32_t a)
{

	__rump_atomic_add_32(p, a);
}

uint32_t
atomic_add_32_nv(volatile uint32_t *p, int32_t a)
{

	return __rump_atomic_add_32_nv(p, a);
}

void
atomic_inc_32(volatile uint32_t *p)
{

	__rump_atomic_inc_32(p);
}

uint32_t
atomic_inc_32_nv(volatile uint32_t *p)
{

	return __rump_atomic_inc_32_nv(p);
}

void
atomic_dec_32(volatile uint32_t *p)
{

	__rump_atomic_dec_32(p);
}

uint32_t
atomic_dec_32_nv(volatile uint32_t *p)
{

	return __rump_atomic_dec_32_nv(p);
}

uint32_t
atomic_swap_32(volatile uint32_t *p, uint32_t a)
{

	return __rump_atomic_swap_32(p, a);
}

uint32_t
atomic_cas_32(volatile uint32_t *p, uint32_t a, uint32_t b)
{

	return __rump_atomic_cas_32(p, a, b);
}

uint32_t
atomic_cas_32_ni(volatile uint32_t *p, uint32_t a, uint32_t b)
{

	return __rump_atomic_cas_32_ni(p, a, b);
}

void
atomic_and_uint(volatile unsigned int *p, unsigned int a)
{

	__rump_atomic_and_uint(p, a);
}

unsigned int
atomic_and_uint_nv(volatile unsigned int *p, unsigned int a)
{

	return __rump_atomic_and_uint_nv(p, a);
}

void
atomic_or_uint(volatile unsigned int *p, unsigned int a)
{

	__rump_atomic_or_uint(p, a);
}

unsigned int
atomic_or_uint_nv(volatile unsigned int *p, unsigned int a)
{

	return __rump_atomic_or_uint_nv(p, a);
}

void
atomic_add_int(volatile unsigned int *p, int a)
{

	__rump_atomic_add_int(p, a);
}

unsigned int
atomic_add_int_nv(volatile unsigned int *p, int a)
{

	return __rump_atomic_add_int_nv(p, a);
}

void
atomic_inc_uint(volatile unsigned int *p)
{

	__rump_atomic_inc_uint(p);
}

unsigned int
atomic_inc_uint_nv(volatile unsigned int *p)
{

	return __rump_atomic_inc_uint_nv(p);
}

void
atomic_dec_uint(volatile unsigned int *p)
{

	__rump_atomic_dec_uint(p);
}

unsigned int
atomic_dec_uint_nv(volatile unsigned int *p)
{

	return __rump_atomic_dec_uint_nv(p);
}

unsigned int
atomic_swap_uint(volatile unsigned int *p, unsigned int a)
{

	return __rump_atomic_swap_uint(p, a);
}

unsigned int
atomic_cas_uint(volatile unsigned int *p, unsigned int a, unsigned int b)
{

	return __rump_atomic_cas_uint(p, a, b);
}

unsigned int
atomic_cas_uint_ni(volatile unsigned int *p, unsigned int a, unsigned int b)
{

	return __rump_atomic_cas_uint_ni(p, a, b);
}

void
atomic_and_ulong(volatile unsigned long *p, unsigned long a)
{

	__rump_atomic_and_ulong(p, a);
}

unsigned long
atomic_and_ulong_nv(volatile unsigned long *p, unsigned long a)
{

	return __rump_atomic_and_ulong_nv(p, a);
}

void
atomic_or_ulong(volatile unsigned long *p, unsigned long a)
{

	__rump_atomic_or_ulong(p, a);
}

unsigned long
atomic_or_ulong_nv(volatile unsigned long *p, unsigned long a)
{

	return __rump_atomic_or_ulong_nv(p, a);
}

void
atomic_add_long(volatile unsigned long *p, long a)
{

	__rump_atomic_add_long(p, a);
}

unsigned long
atomic_add_long_nv(volatile unsigned long *p, long a)
{

	return __rump_atomic_add_long_nv(p, a);
}

void
atomic_inc_ulong(volatile unsigned long *p)
{

	__rump_atomic_inc_ulong(p);
}

unsigned long
atomic_inc_ulong_nv(volatile unsigned long *p)
{

	return __rump_atomic_inc_ulong_nv(p);
}

void
atomic_dec_ulong(volatile unsigned long *p)
{

	__rump_atomic_dec_ulong(p);
}

unsigned long
atomic_dec_ulong_nv(volatile unsigned long *p)
{

	return __rump_atomic_dec_ulong_nv(p);
}

unsigned long
atomic_swap_ulong(volatile unsigned long *p, unsigned long a)
{

	return __rump_atomic_swap_ulong(p, a);
}

unsigned long
atomic_cas_ulong(volatile unsigned long *p, unsigned long a, unsigned long b)
{

	return __rump_atomic_cas_ulong(p, a, b);
}

unsigned long
atomic_cas_ulong_ni(volatile unsigned long *p, unsigned long a, unsigned long b)
{

	return __rump_atomic_cas_ulong_ni(p, a, b);
}

void *
atomic_swap_ptr(volatile void *p, void *a)
{

	return __rump_atomic_swap_ptr(p, a);
}

void *
atomic_cas_ptr(volatile void *p, void *a, void *b)
{

	return __rump_atomic_cas_ptr(p, a, b);
}

void
atomic_inc_ptr(volatile void *p)
{

	__rump_atomic_inc_ptr(p);
}

void *
atomic_inc_ptr_nv(volatile void *p)
{

	return __rump_atomic_inc_ptr_nv(p);
}

void
atomic_dec_ptr(volatile void *p)
{

	__rump_atomic_dec_ptr(p);
}

void *
atomic_dec_ptr_nv(volatile void *p)
{

	return __rump_atomic_dec_ptr_nv(p);
}

void
atomic_add_ptr(volatile void *p, ssize_t a)
{

	__rump_atomic_add_ptr(p, a);
}

void *
atomic_add_ptr_nv(volatile void *p, ssize_t a)
{

	return __rump_atomic_add_ptr_nv(p, a);
}

void
atomic_and_64(volatile uint64_t *p, uint64_t a)
{

	__rump_atomic_and_64(p, a);
}

uint64_t
atomic_and_64_nv(volatile uint64_t *p, uint64_t a)
{

	return __rump_atomic_and_64_nv(p, a);
}

void
atomic_or_64(volatile uint64_t *p, uint64_t a)
{

	__rump_atomic_or_64(p, a);
}

uint64_t
atomic_or_64_nv(volatile uint64_t *p, uint64_t a)
{

	return __rump_atomic_or_64_nv(p, a);
}

void
atomic_add_64(volatile uint64_t *p, int64_t a)
{

	__rump_atomic_add_64(p, a);
}

uint64_t
atomic_add_64_nv(volatile uint64_t *p, int64_t a)
{

	return __rump_atomic_add_64_nv(p, a);
}

void
atomic_inc_64(volatile uint64_t *p)
{

	__rump_atomic_inc_64(p);
}

uint64_t
atomic_inc_64_nv(volatile uint64_t *p)
{

	return __rump_atomic_inc_64_nv(p);
}

void
atomic_dec_64(volatile uint64_t *p)
{

	__rump_atomic_dec_64(p);
}

uint64_t
atomic_dec_64_nv(volatile uint64_t *p)
{

	return __rump_atomic_dec_64_nv(p);
}

uint64_t
atomic_swap_64(volatile uint64_t *p, uint64_t a)
{

	return __rump_atomic_swap_64(p, a);
}

uint64_t
atomic_cas_64(volatile uint64_t *p, uint64_t a, uint64_t b)
{

	return __rump_atomic_cas_64(p, a, b);
}

uint64_t
atomic_cas_64_ni(volatile uint64_t *p, uint64_t a, uint64_t b)
{

	return __rump_atomic_cas_64_ni(p, a, b);
}

void
membar_sync(void)
{

	__RUMP_FENCE(__ATOMIC_SEQ_CST);
}

void
membar_enter(void)
{

	__RUMP_FENCE(__ATOMIC_SEQ_CST);
}

void
membar_exit(void)
{

	__RUMP_FENCE(__ATOMIC_ACQ_REL);
}

void
membar_producer(void)
{

	__RUMP_FENCE(__ATOMIC_RELEASE);
}

void
membar_consumer(void)
{

	__RUMP_FENCE(__ATOMIC_ACQUIRE);
}
