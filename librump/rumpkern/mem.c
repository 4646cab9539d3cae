/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General-purpose memory by size class. The slabs have their own locking; what
 * is set at boot does not change.
 */
#include <sys/param.h>
#include <sys/systm.h>

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
#define NCLASSES	RUMP_MEM_NCLASSES
CTASSERT(__arraycount(classsize) == NCLASSES);

struct rump_slabcache rump_memclass[NCLASSES];
uint8_t rump_memsmall[RUMP_MEM_SMALL / 16];	/* by (size - 1) / 16 */
static uint8_t largeclass[RUMP_SLAB_MAX / 256];	/* by (size - 1) / 256 */

#ifndef RUMP_MEMDEBUG
bool rump_memdebug_on;
#endif
unsigned int rump_memdebug_flags;

/*
 * `up': what sys/kmem.h has at hand. The first classes are the stacks'.
 */
#ifdef RUMP_UP
struct rump_kmemstack rump_kmemstack[RUMP_KMEM_NSTACKS];

static void
stacks_init(void)
{
	size_t i;

	if (rump_memdebug_on)
		return;
	for (i = 0; i < RUMP_KMEM_NSTACKS; i++) {
		KASSERT(RUMP_KMEM_STACK(classsize[i]) == i &&
		    RUMP_KMEM_STACK(classsize[i] + 1) == i + 1);
		rump_kmemstack[i].ks_max = (unsigned int)MIN(RUMP_KMEM_DEPTH,
		    16384 / classsize[i]);
	}
}

/* Leave so many objects on a stack, the others go into the slabs. */
static void
stack_trim(size_t class, unsigned int keep)
{
	struct rump_kmemstack *ks = &rump_kmemstack[class];

	while (ks->ks_n > keep)
		rump_slab_free(&rump_memclass[class],
		    ks->ks_obj[--ks->ks_n]);
}

static void
stacks_flush(void)
{
	size_t i;

	for (i = 0; i < RUMP_KMEM_NSTACKS; i++)
		stack_trim(i, 0);
}

/* A full stack makes room for what will be freed next. */
static void
stack_room(size_t size)
{
	size_t class;

	if (rump_memdebug_on || size - 1 >= RUMP_MEM_SMALL)
		return;
	class = rump_memsmall[(size - 1) / 16];
	if (rump_kmemstack[class].ks_n == rump_kmemstack[class].ks_max)
		stack_trim(class, rump_kmemstack[class].ks_max / 2);
}
#else
size_t rump_memfast;

static void
stacks_init(void)
{

	if (!rump_memdebug_on)
		rump_memfast = RUMP_MEM_SMALL;
}

#define stacks_flush()		do {} while (/*CONSTCOND*/0)
#define stack_room(size)	((void)(size))
#endif

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
debug_init(void)
{
#ifdef RUMP_CHECK
	rump_memdebug_flags = RUMP_MEMDEBUG_COUNT | RUMP_MEMDEBUG_GUARD;
#else
	char buf[16];

	if (rumpuser_getparam("RUMP_MEMDEBUG", buf, sizeof(buf)) != 0)
		return;
	if (strcmp(buf, "1") == 0 || strcmp(buf, "debug") == 0)
		rump_memdebug_flags = RUMP_MEMDEBUG_COUNT |
		    RUMP_MEMDEBUG_GUARD;
	else if (strcmp(buf, "account") == 0)
		rump_memdebug_flags = RUMP_MEMDEBUG_COUNT;
#ifndef RUMP_MEMDEBUG
	rump_memdebug_on = rump_memdebug_flags != 0;
#endif
#endif
}

void
rump_mem_init(void)
{
	size_t i, c;

	if (rump_memclass[0].c_stride != 0)
		return;
	rump_slab_init();
	for (i = 0; i < NCLASSES; i++) {
		rump_slabcache_init(&rump_memclass[i], "kmem", classsize[i],
		    sizeof(void *));
	}
	for (i = c = 0; i < __arraycount(rump_memsmall); i++) {
		while (classsize[c] < (i + 1) * 16)
			c++;
		rump_memsmall[i] = (uint8_t)c;
	}
	for (i = c = 0; i < __arraycount(largeclass); i++) {
		while (classsize[c] < (i + 1) * 256)
			c++;
		largeclass[i] = (uint8_t)c;
	}
	debug_init();
	stacks_init();
	rump_memlimit_init();
	rump_vmem_init();
	rump_uvm_km_init();
}

void
rump_mem_flush_raw(void)
{
	size_t i;

	stacks_flush();
	for (i = 0; i < NCLASSES; i++)
		rump_slabcache_flush(&rump_memclass[i]);
}

size_t
rump_mem_reclaim_raw(void)
{
	size_t i, freed = 0;

	if (rump_memdebug_on)
		rump_memdebug_drain();
	stacks_flush();
	for (i = 0; i < NCLASSES; i++)
		freed += rump_slabcache_reclaim(&rump_memclass[i]);
	return freed;
}

/*
 * By size class.
 */

static inline struct rump_slabcache *
classof(size_t size)
{

	KASSERT(size != 0);
	if (__predict_true(size <= RUMP_MEM_SMALL))
		return &rump_memclass[rump_memsmall[(size - 1) / 16]];
	return &rump_memclass[largeclass[(size - 1) / 256]];
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
	const struct rump_memplace w = { NULL, site };

	if (rump_memdebug_on)
		return rump_memdebug_alloc(size, align, ~0U, w, NULL);
	/* Classes that are powers of two are aligned to their size. */
	if (align > 16) {
		size = MAX(size, align);
		if (size <= RUMP_SLAB_MAX && !powerof2(size))
			size = (size_t)1 << (64 - __builtin_clzll(size));
	}
	return rump_mem_alloc_raw(size);
}

void *
rump_mem_alloc(size_t size, size_t align, bool canwait, const void *site)
{
	void *p;

	KASSERT(align <= PAGE_SIZE);
	while (__predict_false((p = alloc_once(size, align, site)) == NULL)) {
		if (!canwait) {
			rump_mem_short();
			return NULL;
		}
		rump_mem_wait(size);
	}
	return p;
}

void
rump_mem_free(void *p, size_t size, const void *site)
{
	const struct rump_memplace w = { NULL, site };

	if (rump_memdebug_on)
		rump_memdebug_free(p, size, w);
	else {
		KDASSERT(size <= rump_slab_size(p));
		stack_room(size);
		rump_slab_release(p);
	}
	rump_mem_freed();
}

size_t
rump_mem_size(const void *p)
{

	return rump_memdebug_on ? rump_memdebug_size(p) : rump_slab_size(p);
}
