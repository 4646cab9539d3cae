/* SPDX-License-Identifier: BSD-2-Clause */
/* once(9), delay(9), CPU sets: small helpers, each with its lock. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/interrupt.h>
#include <sys/kcpuset.h>
#include <sys/kmem.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/once.h>

#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>

static kmutex_t once_mtx;
static kcondvar_t once_cv;
kmutex_t cpu_lock;

void
once_init(void)
{

	mutex_init(&once_mtx, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&once_cv, "runonce");
	mutex_init(&cpu_lock, MUTEX_DEFAULT, IPL_NONE);
}

int
_run_once(once_t *o, int (*fn)(void))
{

	mutex_enter(&once_mtx);
	while (o->o_status == ONCE_RUNNING)
		cv_wait(&once_cv, &once_mtx);
	if (o->o_status == ONCE_VIRGIN) {
		o->o_status = ONCE_RUNNING;
		mutex_exit(&once_mtx);
		o->o_error = (*fn)();
		mutex_enter(&once_mtx);
		__atomic_store_n(&o->o_status, ONCE_DONE, __ATOMIC_RELEASE);
		cv_broadcast(&once_cv);
	}
	mutex_exit(&once_mtx);
	return o->o_error;
}

/* Wait without giving anything up: the caller may hold spin locks. */
void
delay(unsigned int us)
{
	int64_t sec, now, end;
	long nsec;

	rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec, &nsec);
	end = sec * 1000000000 + nsec + (int64_t)us * 1000;
	do {
		SPINLOCK_SPIN_HOOK;
		rumpuser_clock_gettime(RUMPUSER_CLOCK_ABSMONO, &sec, &nsec);
		now = sec * 1000000000 + nsec;
	} while (now < end);
}

/* Where to map what is put nowhere in particular: the host knows better. */
vaddr_t
uvm_default_mapaddr(struct proc *p, vaddr_t base, vsize_t size, int topdown)
{

	return 0;
}

/*
 * Sets of CPUs: there are at most MAXCPUS_RUMP of them.
 */

struct kcpuset {
	uint64_t kc_bits;
	u_int kc_refs;
};
__CTASSERT(MAXCPUS_RUMP <= 64);

#define CPUBIT(i)	(1ULL << (i))

void
kcpuset_create(kcpuset_t **kcp, bool zero)
{

	*kcp = kmem_zalloc(sizeof(**kcp), KM_SLEEP);
	(*kcp)->kc_refs = 1;
}

void
kcpuset_clone(kcpuset_t **dst, const kcpuset_t *src)
{

	kcpuset_create(dst, false);
	kcpuset_copy(*dst, src);
}

void
kcpuset_destroy(kcpuset_t *kc)
{

	kcpuset_unuse(kc, NULL);
}

void
kcpuset_copy(kcpuset_t *dst, const kcpuset_t *src)
{

	dst->kc_bits = src->kc_bits;
}

void
kcpuset_use(kcpuset_t *kc)
{

	__atomic_fetch_add(&kc->kc_refs, 1, __ATOMIC_RELAXED);
}

void
kcpuset_unuse(kcpuset_t *kc, kcpuset_t **list)
{

	if (__atomic_sub_fetch(&kc->kc_refs, 1, __ATOMIC_ACQ_REL) == 0)
		kmem_free(kc, sizeof(*kc));
}

void
kcpuset_zero(kcpuset_t *kc)
{

	kc->kc_bits = 0;
}

void
kcpuset_fill(kcpuset_t *kc)
{

	kc->kc_bits = ncpu >= 64 ? ~0ULL : CPUBIT(ncpu) - 1;
}

void
kcpuset_set(kcpuset_t *kc, cpuid_t cpu)
{

	KASSERT(cpu < MAXCPUS_RUMP);
	kc->kc_bits |= CPUBIT(cpu);
}

void
kcpuset_clear(kcpuset_t *kc, cpuid_t cpu)
{

	KASSERT(cpu < MAXCPUS_RUMP);
	kc->kc_bits &= ~CPUBIT(cpu);
}

bool
kcpuset_isset(const kcpuset_t *kc, cpuid_t cpu)
{

	return cpu < MAXCPUS_RUMP && (kc->kc_bits & CPUBIT(cpu)) != 0;
}

bool
kcpuset_iszero(const kcpuset_t *kc)
{

	return kc->kc_bits == 0;
}

bool
kcpuset_match(const kcpuset_t *a, const kcpuset_t *b)
{

	return a->kc_bits == b->kc_bits;
}

void
kcpuset_merge(kcpuset_t *a, const kcpuset_t *b)
{

	a->kc_bits |= b->kc_bits;
}

void
kcpuset_intersect(kcpuset_t *a, const kcpuset_t *b)
{

	a->kc_bits &= b->kc_bits;
}

int
kcpuset_countset(const kcpuset_t *kc)
{
	uint64_t b;
	int n = 0;

	for (b = kc->kc_bits; b != 0; b &= b - 1)
		n++;
	return n;
}

/* The lowest CPU plus one, 0: none. */
cpuid_t
kcpuset_ffs(const kcpuset_t *kc)
{

	return kc->kc_bits == 0 ? 0 : __builtin_ctzll(kc->kc_bits) + 1;
}

/* A virtual CPU has no interrupt lines to be directed. */
int
interrupt_distribute(void *ich, const kcpuset_t *newset, kcpuset_t *oldset)
{

	return EOPNOTSUPP;
}
