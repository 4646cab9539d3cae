/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc(9) on the allocator of mem.c. Where objects are counted (the checking
 * build, RUMP_MEMDEBUG) they are counted by their types, too, of which callers
 * pass the name: the objects that types are need not exist. A type is found by
 * its name in a list that only grows; its counts are changed atomically.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/malloc.h>

#include <rump-free/memdebug.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#define SITE()	__builtin_return_address(0)

MALLOC_DEFINE(M_DEVBUF, "devbuf", "device driver memory");
MALLOC_DEFINE(M_DMAMAP, "DMA map", "bus_dma(9) structures");
MALLOC_DEFINE(M_FREE, "free", "should be on free list");
MALLOC_DEFINE(M_PCB, "pcb", "protocol control block");
MALLOC_DEFINE(M_SOFTINTR, "softintr", "Softinterrupt structures");
MALLOC_DEFINE(M_TEMP, "temp", "misc. temporary data buffers");
MALLOC_DEFINE(M_RTABLE, "routetbl", "routing tables");
MALLOC_DEFINE(M_FTABLE, "fragtbl", "fragment reassembly header");
MALLOC_DEFINE(M_UFSMNT, "UFS mount", "UFS mount structure");
MALLOC_DEFINE(M_NETADDR, "Export Host", "Export host address structure");
MALLOC_DEFINE(M_IPMOPTS, "ip_moptions", "internet multicast options");
MALLOC_DEFINE(M_IPMADDR, "in_multi", "internet multicast address");
MALLOC_DEFINE(M_MRTABLE, "mrt", "multicast routing tables");
MALLOC_DEFINE(M_BWMETER, "bwmeter", "multicast upcall bw meters");

/*
 * Types.
 */

#define NTYPES		128
#define NAMELEN		32

struct mtype {
	char		mt_name[NAMELEN];
	uint64_t	mt_count;	/* objects */
	uint64_t	mt_bytes;
};

static struct mtype mtypes[NTYPES] = { { .mt_name = "(other types)" } };
static unsigned int nmtypes = 1;
static __cpu_simple_lock_t mtype_lock = __SIMPLELOCK_UNLOCKED;

static struct mtype *
mtype_search(const char *name)
{
	/* Pairs with the release: what is counted has its name. */
	unsigned int i, n = __atomic_load_n(&nmtypes, __ATOMIC_ACQUIRE);

	for (i = 1; i < n; i++) {
		if (strncmp(mtypes[i].mt_name, name, NAMELEN - 1) == 0)
			return &mtypes[i];
	}
	return NULL;
}

static struct mtype *
mtype_find(const char *name)
{
	struct mtype *mt;

	if ((mt = mtype_search(name)) != NULL)
		return mt;
	__cpu_simple_lock(&mtype_lock);
	if ((mt = mtype_search(name)) == NULL && nmtypes < NTYPES) {
		mt = &mtypes[nmtypes];
		strlcpy(mt->mt_name, name, NAMELEN);
		__atomic_store_n(&nmtypes, nmtypes + 1, __ATOMIC_RELEASE);
	}
	__cpu_simple_unlock(&mtype_lock);
	return mt != NULL ? mt : &mtypes[0];
}

static bool
counting(void)
{

	return rump_memdebug_on &&
	    (rump_memdebug_flags & RUMP_MEMDEBUG_COUNT) != 0;
}

static void
type_add(void *p, size_t size, const char *type)
{
	struct mtype *mt;

	if (__predict_true(!counting()))
		return;
	mt = mtype_find(type);
	rump_memdebug_setowner(p, mt);
	__atomic_fetch_add(&mt->mt_count, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&mt->mt_bytes, size, __ATOMIC_RELAXED);
}

static void
type_sub(void *p)
{
	struct mtype *mt;

	if (__predict_true(!counting()) ||
	    (mt = rump_memdebug_owner(p)) == NULL)
		return;
	rump_memdebug_setowner(p, NULL);
	__atomic_fetch_sub(&mt->mt_count, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&mt->mt_bytes, rump_mem_size(p), __ATOMIC_RELAXED);
}

void
rump_malloc_walk(void (*fn)(const char *, size_t, size_t, void *), void *arg)
{
	unsigned int i, n = __atomic_load_n(&nmtypes, __ATOMIC_ACQUIRE);

	for (i = 0; i < n; i++)
		(*fn)(mtypes[i].mt_name, (size_t)__atomic_load_n(
		    &mtypes[i].mt_count, __ATOMIC_RELAXED),
		    (size_t)__atomic_load_n(&mtypes[i].mt_bytes,
		    __ATOMIC_RELAXED), arg);
}

/*
 * Memory.
 */

static void *
malloc_site(unsigned long size, int flags, const char *type,
    const void *site)
{
	bool wait = (flags & M_NOWAIT) == 0;
	void *p;

	if (size == 0)
		size = 1;
	if (__predict_false((p = rump_mem_tryget(size)) == NULL)) {
		/* What can never succeed is for who says so. */
		if ((flags & M_CANFAIL) != 0 && size > rump_mem_limit() / 2)
			return NULL;
		if (wait)
			ASSERT_SLEEPABLE();
		if ((p = rump_mem_alloc(size, 0, wait, site)) == NULL)
			return NULL;
		type_add(p, size, type);
	}
	if ((flags & M_ZERO) != 0)
		memset(p, 0, size);
	return p;
}

static void
free_site(void *p, const void *site)
{

	type_sub(p);
	rump_mem_free(p, 0, site);
}

static void *
realloc_site(void *old, unsigned long size, int flags, const char *type,
    const void *site)
{
	size_t oldsize;
	void *p;

	if (old == NULL)
		return malloc_site(size, flags, type, site);
	if (size == 0) {
		free_site(old, site);
		return NULL;
	}
	oldsize = rump_mem_size(old);
	if ((p = malloc_site(size, flags & ~M_ZERO, type, site)) == NULL)
		return NULL;
	memcpy(p, old, MIN(oldsize, size));
	if ((flags & M_ZERO) != 0 && size > oldsize)
		memset((char *)p + oldsize, 0, size - oldsize);
	free_site(old, site);
	return p;
}

void *
rump_malloc(unsigned long size, int flags, const char *type)
{

	return malloc_site(size, flags, type, SITE());
}

void *
rump_realloc(void *old, unsigned long size, int flags, const char *type)
{

	return realloc_site(old, size, flags, type, SITE());
}

void *
kern_malloc(unsigned long size, int flags)
{

	return malloc_site(size, flags, "(no type)", SITE());
}

void *
kern_realloc(void *old, unsigned long size, int flags)
{

	return realloc_site(old, size, flags, "(no type)", SITE());
}

void
kern_free(void *p)
{

	if (p != NULL)
		free_site(p, SITE());
}
