/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock rules of the checking build (-Dcheck=true; nothing of this is in
 * others): no recursion, no sleeping lock inside a spin lock, no sleep with a
 * spin lock held or inside a read section, no two orders of two classes.
 *
 * A class is all locks initialised at one place.  What a lwp holds is its
 * own business; classes and their order are under lc_lock, a spin word whose
 * holder does nothing that could stop.
 */
#ifdef RUMP_CHECK
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/lock.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <rump/rumpuser.h>

#include <rump-priv/kern.h>

#include "lockcheck.h"

#define LC_MAXCLASS	1024
#define LC_MAXHELD	48

struct lc_held {
	const volatile void *lock;
	uint16_t class;
	uint8_t kind;
};

struct lc_lwp {
	u_int n;
	struct lc_held held[LC_MAXHELD];
};

static __cpu_simple_lock_t lc_lock;
static const void *class_site[LC_MAXCLASS];	/* by class; 0 is not used */
static uint8_t class_before[LC_MAXCLASS][LC_MAXCLASS / 8];

/* The class of locks made at this place; 0, unchecked, if all are taken. */
uint16_t
rump_lockcheck_class(const void *site, int kind)
{
	u_int i, h = ((uintptr_t)site >> 2) % LC_MAXCLASS;
	uint16_t class = 0;

	if ((kind & LC_KIND_RW) == 0 && (kind & MTX_K_NODEBUG))
		return 0;
	__cpu_simple_lock(&lc_lock);
	for (i = 0; i < LC_MAXCLASS; i++, h = (h + 1) % LC_MAXCLASS) {
		if (h == 0)
			continue;
		if (class_site[h] == NULL)
			class_site[h] = site;
		if (class_site[h] == site) {
			class = h;
			break;
		}
	}
	__cpu_simple_unlock(&lc_lock);
	return class;
}

static struct lc_lwp *
lc_of(struct lwp *l)
{
	void *mem;

	if (l->l_lockcheck == NULL) {
		if (rumpuser_malloc(sizeof(struct lc_lwp), 0, &mem) != 0)
			return NULL;
		memset(mem, 0, sizeof(struct lc_lwp));
		l->l_lockcheck = mem;
	}
	return l->l_lockcheck;
}

void
rump_lockcheck_lwpfree(struct lwp *l)
{

	if (l->l_lockcheck != NULL)
		rumpuser_free(l->l_lockcheck, sizeof(struct lc_lwp));
	l->l_lockcheck = NULL;
}

static bool
is_spin(int kind)
{

	return (kind & LC_KIND_RW) == 0 && (kind & MTX_K_SPIN);
}

/* Enter "a before b"; true if "b before a" has been seen. */
static bool
lc_order(uint16_t a, uint16_t b)
{
	bool reversed;

	__cpu_simple_lock(&lc_lock);
	reversed = (class_before[b][a / 8] & (1 << (a % 8))) != 0;
	class_before[a][b / 8] |= 1 << (b % 8);
	if (reversed)	/* say it once */
		class_before[b][a / 8] &= ~(1 << (a % 8));
	__cpu_simple_unlock(&lc_lock);
	return reversed;
}

void
rump_lockcheck_want(const volatile void *lock, uint16_t class, int kind)
{
	struct lc_lwp *lc;
	u_int i;

	if (class == 0 || curlwp == NULL || panicstr != NULL ||
	    (lc = lc_of(curlwp)) == NULL)
		return;
	for (i = 0; i < lc->n; i++) {
		struct lc_held *h = &lc->held[i];

		if (h->lock == lock)
			panic("lock %p taken twice by one lwp", lock);
		if (is_spin(h->kind) && !is_spin(kind))
			panic("lock %p can sleep, wanted with spin lock %p "
			    "held", lock, h->lock);
		if (h->class != class && lc_order(h->class, class))
			printf("lock order reversed: locks made at %p and "
			    "%p (%p, %p)\n", class_site[h->class],
			    class_site[class], h->lock, lock);
	}
	if (!is_spin(kind) && curcpu()->ci_psz_depth > 0)
		panic("lock %p can sleep, wanted inside a read section", lock);
}

void
rump_lockcheck_got(const volatile void *lock, uint16_t class, int kind)
{
	struct lc_lwp *lc;

	if (class == 0 || curlwp == NULL || (lc = lc_of(curlwp)) == NULL)
		return;
	if (lc->n == LC_MAXHELD)
		panic("lwp holds more than %d locks", LC_MAXHELD);
	lc->held[lc->n].lock = lock;
	lc->held[lc->n].class = class;
	lc->held[lc->n].kind = kind;
	lc->n++;
}

void
rump_lockcheck_released(const volatile void *lock)
{
	struct lc_lwp *lc;
	u_int i;

	if (curlwp == NULL || (lc = curlwp->l_lockcheck) == NULL)
		return;
	for (i = lc->n; i-- > 0;) {
		if (lc->held[i].lock != lock)
			continue;
		lc->n--;
		for (; i < lc->n; i++)
			lc->held[i] = lc->held[i + 1];
		return;
	}
}

void
rump_lockcheck_barrier(const volatile void *lock, int sleepok)
{
	struct lc_lwp *lc;
	u_int i;

	if (curlwp == NULL || panicstr != NULL)
		return;
	if (curcpu()->ci_psz_depth > 0)
		panic("sleep inside a read section");
	if ((lc = curlwp->l_lockcheck) == NULL)
		return;
	for (i = 0; i < lc->n; i++)
		if (is_spin(lc->held[i].kind) && lc->held[i].lock != lock)
			panic("sleep with spin lock %p held",
			    lc->held[i].lock);
}
#endif /* RUMP_CHECK */
