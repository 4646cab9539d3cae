/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General-purpose memory by size class, the memory limit and waiting for
 * memory. The count of used bytes is changed atomically in `smp' (by the
 * operations of sys/atomic.h); the list of reclaimers has a lock of its own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/kernel.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>
#include <rump-free/memdebug.h>
#include <rump-free/slab.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

/* Classes: steps of an eighth to a quarter of the size. */
static const uint16_t classsize[] = {
	16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448,
	512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 4096,
	5120, 6144, 8192, 10240, 12288, 16384,
};
#define NCLASSES	__arraycount(classsize)

static struct rump_slabcache classes[NCLASSES];
static uint8_t smallclass[1024 / 16 + 1];	/* by size / 16, up */
static uint8_t largeclass[RUMP_SLAB_MAX / 256 + 1];	/* by size / 256 */

static volatile unsigned long used;
static size_t limit = ~(size_t)0;

static kmutex_t reclaim_lock;
static TAILQ_HEAD(, rump_reclaim) reclaimers =
    TAILQ_HEAD_INITIALIZER(reclaimers);
/* The lwp that reclaims may pass the limit: it needs memory to free memory. */
static struct lwp *reclaim_lwp;

int physmem = 65536;			/* 256 MiB unless limited */
int maxmem = 65536;

/* "64m" and the like; 0 if it is not a number of that form. */
static size_t
parse_size(const char *s)
{
	unsigned long long v;
	char *end;
	int shift;

	v = strtoull(s, &end, 0);
	switch (tolower((unsigned char)*end)) {
	case '\0':
		shift = 0;
		break;
	case 'k':
		shift = 10;
		break;
	case 'm':
		shift = 20;
		break;
	case 'g':
		shift = 30;
		break;
	case 't':
		shift = 40;
		break;
	default:
		return 0;
	}
	if (shift != 0 && end[1] != '\0' && strcmp(end + 1, "b") != 0 &&
	    strcmp(end + 1, "B") != 0)
		return 0;
	if (v > ~0ULL >> shift)
		return 0;
	return (size_t)(v << shift);
}

size_t
rump_param_size(const char *name)
{
	char buf[64];
	size_t v;

	if (rumpuser_getparam(name, buf, sizeof(buf)) != 0)
		return 0;
	if ((v = parse_size(buf)) == 0)
		rumpuser_dprintf("rump: %s=%s ignored: not a size\n", name,
		    buf);
	return v;
}

static void
limit_init(void)
{
	size_t v = rump_param_size("RUMP_MEMLIMIT");

	if (v == 0)
		return;
	limit = v;
	physmem = maxmem = (int)MIN(v >> PAGE_SHIFT, 0x7fffffff);
}

void
rump_mem_init(void)
{
	size_t i, c;

	if (classes[0].c_stride != 0)
		return;
	rump_slab_init();
	rump_uvm_km_init();
	for (i = 0; i < NCLASSES; i++) {
		rump_slabcache_init(&classes[i], "kmem", classsize[i],
		    sizeof(void *));
	}
	for (i = c = 0; i < __arraycount(smallclass); i++) {
		while (classsize[c] < i * 16)
			c++;
		smallclass[i] = (uint8_t)c;
	}
	for (i = c = 0; i < __arraycount(largeclass); i++) {
		while (classsize[c] < i * 256)
			c++;
		largeclass[i] = (uint8_t)c;
	}
	mutex_init(&reclaim_lock, MUTEX_DEFAULT, IPL_NONE);
	limit_init();
}

/*
 * Accounting.
 */

static inline bool
is_reclaimer(void)
{
	struct lwp *l = __atomic_load_n(&reclaim_lwp, __ATOMIC_RELAXED);

	return __predict_false(l != NULL && l == curlwp);
}

bool
rump_mem_account_add(size_t n)
{

	if (__predict_false(n > limit ||
	    atomic_add_long_nv(&used, (long)n) > limit)) {
		if (is_reclaimer()) {
			if (n > limit)
				atomic_add_long(&used, (long)n);
			return true;
		}
		if (n <= limit)
			atomic_add_long(&used, -(long)n);
		return false;
	}
	return true;
}

void
rump_mem_account_sub(size_t n)
{

	atomic_add_long(&used, -(long)n);
}

int
rump_mem_charge(size_t n)
{

	return rump_mem_account_add(n) ? 0 : ENOMEM;
}

void
rump_mem_uncharge(size_t n)
{

	rump_mem_account_sub(n);
}

size_t
rump_mem_used(void)
{

	return __atomic_load_n(&used, __ATOMIC_RELAXED);
}

size_t
rump_mem_limit(void)
{

	return limit;
}

/*
 * Waiting.
 */

void
rump_mem_reclaim_register(struct rump_reclaim *rr)
{

	mutex_enter(&reclaim_lock);
	TAILQ_INSERT_TAIL(&reclaimers, rr, rr_entry);
	mutex_exit(&reclaim_lock);
}

void
rump_mem_reclaim_unregister(struct rump_reclaim *rr)
{

	mutex_enter(&reclaim_lock);
	TAILQ_REMOVE(&reclaimers, rr, rr_entry);
	mutex_exit(&reclaim_lock);
}

size_t
rump_mem_reclaim_raw(void)
{
	size_t i, freed = 0;

	for (i = 0; i < NCLASSES; i++)
		freed += rump_slabcache_reclaim(&classes[i]);
	return freed;
}

void
rump_mem_wait(size_t want)
{
	struct rump_reclaim *rr;
	size_t freed = 0;

	/* One lwp reclaims at a time; the others wait for what it finds. */
	if (!is_reclaimer() && mutex_tryenter(&reclaim_lock)) {
		__atomic_store_n(&reclaim_lwp, curlwp, __ATOMIC_RELAXED);
		TAILQ_FOREACH(rr, &reclaimers, rr_entry) {
			freed += (*rr->rr_fn)(rr->rr_arg, want);
			if (freed >= want)
				break;
		}
		freed += rump_pool_reclaim_all();
		freed += rump_mem_reclaim_raw();
		__atomic_store_n(&reclaim_lwp, NULL, __ATOMIC_RELAXED);
		mutex_exit(&reclaim_lock);
	}
	if (freed < want)
		(void)kpause("memlimit", false, 1, NULL);
}

/*
 * By size class.
 */

static inline struct rump_slabcache *
classof(size_t size)
{

	if (__predict_true(size <= 1024))
		return &classes[smallclass[(size + 15) / 16]];
	return &classes[largeclass[(size + 255) / 256]];
}

void *
rump_mem_alloc_raw(size_t size)
{

	if (__predict_false(size > RUMP_SLAB_MAX))
		return rump_span_alloc(size, PAGE_SIZE);
	return rump_slab_alloc(classof(size));
}

static inline void *
alloc_once(size_t size, size_t align, const void *site)
{

#ifdef RUMP_MEMDEBUG
	const struct rump_memplace w = { NULL, site };

	return rump_memdebug_alloc(size, align, ~0U, w, NULL);
#else
	/* Classes that are powers of two are aligned to their size. */
	if (align > 16) {
		size = MAX(size, align);
		if (size <= RUMP_SLAB_MAX && !powerof2(size))
			size = (size_t)1 << (64 - __builtin_clzll(size));
	}
	return rump_mem_alloc_raw(size);
#endif
}

void *
rump_mem_alloc(size_t size, size_t align, bool canwait, const void *site)
{
	void *p;

	KASSERT(align <= PAGE_SIZE);
	while (__predict_false((p = alloc_once(size, align, site)) == NULL)) {
		if (!canwait)
			return NULL;
		rump_mem_wait(size);
	}
	return p;
}

void
rump_mem_free(void *p, size_t size, const void *site)
{

#ifdef RUMP_MEMDEBUG
	const struct rump_memplace w = { NULL, site };

	rump_memdebug_free(p, size, w);
#else
	KDASSERT(size <= rump_slab_size(p));
	rump_slab_release(p);
#endif
}

size_t
rump_mem_size(const void *p)
{

#ifdef RUMP_MEMDEBUG
	return rump_memdebug_size(p);
#else
	return rump_slab_size(p);
#endif
}
