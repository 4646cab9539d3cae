/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rwlock(9): reader-writer locks.
 *
 * rw_owner is 0 when free; with RW_WRITE_LOCKED the upper bits are the
 * writer's struct lwp, else the number of readers in units of RW_READ_INCR.
 * `up' changes it with plain stores, `smp' by compare-and-swap.
 */
#ifndef _SYS_RWLOCK_H_
#define _SYS_RWLOCK_H_

#include <sys/types.h>

typedef enum krw_t {
	RW_READER = 0,
	RW_WRITER = 1
} krw_t;

struct krwlock {
	volatile uintptr_t rw_owner;
	uint16_t rw_class;	/* lock-order class, 0: not checked */
	uint16_t rw_spare;
	uint32_t rw_magic;
};
typedef struct krwlock krwlock_t;

#define RW_HAS_WAITERS	0x1UL
#define RW_WRITE_WANTED	0x2UL	/* new readers queue up */
#define RW_WRITE_LOCKED	0x4UL
#define RW_NODEBUG	0x8UL
#define RW_READ_INCR	0x10UL
#define RW_BITS		0xfUL

void	rw_init(krwlock_t *);
void	rw_destroy(krwlock_t *);
/** Take it for reading or writing; may sleep.  Not recursive. */
void	rw_enter(krwlock_t *, const krw_t);
void	rw_exit(krwlock_t *);
/** Non-zero on success; never sleeps. */
int	rw_tryenter(krwlock_t *, const krw_t);
/** From the only reader to writer: non-zero on success; never sleeps. */
int	rw_tryupgrade(krwlock_t *);
/** From writer to reader. */
void	rw_downgrade(krwlock_t *);
/** Non-zero if it is held for reading by anyone; for assertions. */
int	rw_read_held(krwlock_t *);
/** Non-zero if it is held for writing by curlwp. */
int	rw_write_held(krwlock_t *);
/** Either of the two. */
int	rw_lock_held(krwlock_t *);

void	rw_obj_init(void);
/** A reference-counted lock with one reference. */
krwlock_t *rw_obj_alloc(void);
void	rw_obj_hold(krwlock_t *);
/** Drop a reference; true if it was the last and the lock is gone. */
bool	rw_obj_free(krwlock_t *);

void	rump_rw_enter_slow(krwlock_t *, krw_t);
void	rump_rw_exit_slow(krwlock_t *);

#ifndef RUMP_CHECK
#ifdef RUMP_UP
extern struct lwp *rump_curlwp_up;

static __inline void __attribute__((__always_inline__, __unused__))
rump_rw_enter_inline(krwlock_t *rw, const krw_t op)
{
	uintptr_t o = rw->rw_owner;

	if (op == RW_READER) {
		/*
		 * A constant where it can be one: then the next to look at
		 * the lock need not wait for this one's arithmetic.
		 */
		if (__builtin_expect(o == 0, 1)) {
			rw->rw_owner = RW_READ_INCR;
			return;
		}
		if (__builtin_expect((o & (RW_WRITE_LOCKED |
		    RW_WRITE_WANTED)) == 0, 1)) {
			rw->rw_owner = o + RW_READ_INCR;
			return;
		}
	} else if (__builtin_expect(o == 0, 1)) {
		rw->rw_owner = (uintptr_t)rump_curlwp_up | RW_WRITE_LOCKED;
		return;
	}
	rump_rw_enter_slow(rw, op);
}

static __inline void __attribute__((__always_inline__, __unused__))
rump_rw_exit_inline(krwlock_t *rw)
{
	uintptr_t o = rw->rw_owner;

	if (o == RW_READ_INCR ||
	    o == ((uintptr_t)rump_curlwp_up | RW_WRITE_LOCKED))
		rw->rw_owner = 0;
	else if ((o & RW_BITS) == 0 && o != 0)
		rw->rw_owner = o - RW_READ_INCR;
	else
		rump_rw_exit_slow(rw);
}
#else
static __inline void __attribute__((__always_inline__, __unused__))
rump_rw_enter_inline(krwlock_t *rw, const krw_t op)
{
	uintptr_t o;

	if (op == RW_READER) {
		o = __atomic_load_n(&rw->rw_owner, __ATOMIC_RELAXED);
		if (__builtin_expect((o & (RW_WRITE_LOCKED |
		    RW_WRITE_WANTED)) == 0, 1) &&
		    __atomic_compare_exchange_n(&rw->rw_owner, &o,
		    o + RW_READ_INCR, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
	}
	rump_rw_enter_slow(rw, op);
}

static __inline void __attribute__((__always_inline__, __unused__))
rump_rw_exit_inline(krwlock_t *rw)
{
	uintptr_t o = __atomic_load_n(&rw->rw_owner, __ATOMIC_RELAXED);

	if (__builtin_expect((o & RW_BITS) != 0 || o == 0, 0) ||
	    !__atomic_compare_exchange_n(&rw->rw_owner, &o, o - RW_READ_INCR,
	    0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		rump_rw_exit_slow(rw);
}
#endif

#define rw_enter(rw, op)	rump_rw_enter_inline(rw, op)
#define rw_exit(rw)		rump_rw_exit_inline(rw)
#endif /* !RUMP_CHECK */

#endif /* _SYS_RWLOCK_H_ */
