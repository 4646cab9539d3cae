/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutex(9): mutual exclusion locks.
 *
 * mtx_owner is 0 when the mutex is free, else the owner's struct lwp with
 * MTX_WAITERS or'ed in when somebody sleeps on it.  In the `up' variant only
 * the holder of the virtual CPU touches it, so plain loads and stores do; in
 * `smp' it changes by compare-and-swap only.
 */
#ifndef _SYS_MUTEX_H_
#define _SYS_MUTEX_H_

#include <sys/types.h>
#include <sys/intr.h>

typedef enum kmutex_type_t {
	MUTEX_SPIN = 0,		/* obsolete spelling: a spin mutex */
	MUTEX_ADAPTIVE = 1,	/* obsolete spelling: an adaptive mutex */
	MUTEX_DEFAULT = 2,	/* adaptive or spin, by the IPL */
	MUTEX_DRIVER = 3,	/* obsolete spelling of MUTEX_DEFAULT */
	MUTEX_NODEBUG = 4	/* MUTEX_DEFAULT without lock checking */
} kmutex_type_t;

struct kmutex {
	volatile uintptr_t mtx_owner;
	uint8_t mtx_kind;	/* MTX_K_* */
	uint8_t mtx_ipl;	/* the IPL a spin mutex was made for */
	uint16_t mtx_class;	/* lock-order class, 0: not checked */
	uint32_t mtx_magic;
};
typedef struct kmutex kmutex_t;

#define MTX_WAITERS	0x1UL	/* in mtx_owner: somebody sleeps */
#define MTX_BITS	0xfUL

#define MTX_K_ADAPTIVE	0
#define MTX_K_SPIN	1
#define MTX_K_NODEBUG	2	/* or'ed in: not checked */

/** Make a mutex; @ipl above IPL_SOFTSERIAL makes a spin mutex. */
void	mutex_init(kmutex_t *, kmutex_type_t, int);
/** End of use; it must be free. */
void	mutex_destroy(kmutex_t *);
/** Take the mutex; may sleep if it is adaptive.  Not recursive. */
void	mutex_enter(kmutex_t *);
void	mutex_exit(kmutex_t *);
void	mutex_spin_enter(kmutex_t *);
void	mutex_spin_exit(kmutex_t *);
/** Try to take the mutex: non-zero on success.  Never sleeps. */
int	mutex_tryenter(kmutex_t *);
/** Non-zero if curlwp holds it. */
int	mutex_owned(kmutex_t *);
/** The lwp that holds it, or NULL. */
lwp_t	*mutex_owner(kmutex_t *);
/** Non-zero if it could be taken without waiting. */
int	mutex_ownable(kmutex_t *);

void	mutex_obj_init(void);
/** A reference-counted mutex with one reference. */
kmutex_t *mutex_obj_alloc(kmutex_type_t, int);
void	mutex_obj_hold(kmutex_t *);
/** Drop a reference; true if it was the last and the mutex is gone. */
bool	mutex_obj_free(kmutex_t *);

/* The parts behind the inline paths below. */
void	rump_mutex_enter_slow(kmutex_t *);
void	rump_mutex_exit_slow(kmutex_t *);

#ifndef RUMP_CHECK
#ifdef RUMP_UP
extern struct lwp *rump_curlwp_up;

static __inline void __attribute__((__always_inline__, __unused__))
rump_mutex_enter_inline(kmutex_t *mtx)
{

	if (__builtin_expect(mtx->mtx_owner == 0, 1))
		mtx->mtx_owner = (uintptr_t)rump_curlwp_up;
	else
		rump_mutex_enter_slow(mtx);
}

static __inline void __attribute__((__always_inline__, __unused__))
rump_mutex_exit_inline(kmutex_t *mtx)
{

	if (__builtin_expect(mtx->mtx_owner == (uintptr_t)rump_curlwp_up, 1))
		mtx->mtx_owner = 0;
	else
		rump_mutex_exit_slow(mtx);
}

static __inline int __attribute__((__always_inline__, __unused__))
rump_mutex_owned_inline(const kmutex_t *mtx)
{

	return (mtx->mtx_owner & ~MTX_BITS) == (uintptr_t)rump_curlwp_up;
}
#else
struct lwp *rumpuser_curlwp(void);

static __inline void __attribute__((__always_inline__, __unused__))
rump_mutex_enter_inline(kmutex_t *mtx)
{
	uintptr_t o = 0;

	if (__builtin_expect(!__atomic_compare_exchange_n(&mtx->mtx_owner, &o,
	    (uintptr_t)rumpuser_curlwp(), 0, __ATOMIC_ACQUIRE,
	    __ATOMIC_RELAXED), 0))
		rump_mutex_enter_slow(mtx);
}

static __inline void __attribute__((__always_inline__, __unused__))
rump_mutex_exit_inline(kmutex_t *mtx)
{
	uintptr_t o = (uintptr_t)rumpuser_curlwp();

	if (__builtin_expect(!__atomic_compare_exchange_n(&mtx->mtx_owner, &o,
	    0, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED), 0))
		rump_mutex_exit_slow(mtx);
}

static __inline int __attribute__((__always_inline__, __unused__))
rump_mutex_owned_inline(const kmutex_t *mtx)
{

	return (__atomic_load_n(&mtx->mtx_owner, __ATOMIC_RELAXED) &
	    ~MTX_BITS) == (uintptr_t)rumpuser_curlwp();
}
#endif

#define mutex_enter(m)		rump_mutex_enter_inline(m)
#define mutex_exit(m)		rump_mutex_exit_inline(m)
#define mutex_spin_enter(m)	rump_mutex_enter_inline(m)
#define mutex_spin_exit(m)	rump_mutex_exit_inline(m)
#define mutex_owned(m)		rump_mutex_owned_inline(m)
#endif /* !RUMP_CHECK */

#endif /* _SYS_MUTEX_H_ */
