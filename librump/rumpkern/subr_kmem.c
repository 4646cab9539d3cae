/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmem(9) and malloc(9) on the allocator of mem.c. No locking of their own. What
 * is small is taken from and put into a hoard right here; the rest, and whatever
 * is checked, is behind functions that are not inlined.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/stdarg.h>

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

static __noinline void *
alloc_slow(size_t size, km_flag_t flags, const void *site)
{

	KASSERTMSG(size != 0, "kmem_alloc of nothing");
	KASSERTMSG(((flags & KM_SLEEP) != 0) != ((flags & KM_NOSLEEP) != 0),
	    "kmem_alloc: neither or both of KM_SLEEP and KM_NOSLEEP");
	if ((flags & KM_SLEEP) != 0)
		ASSERT_SLEEPABLE();
	return rump_mem_alloc(size, 0, (flags & KM_SLEEP) != 0, site);
}

static inline void *
alloc(size_t size, km_flag_t flags, bool zero, const void *site)
{
	void *p;

	if (__predict_false((p = rump_mem_tryget(size)) == NULL))
		p = alloc_slow(size, flags, site);
	if (zero && __predict_true(p != NULL))
		memset(p, 0, size);
	return p;
}

static __noinline void
free_slow(void *p, size_t size, const void *site)
{

	KASSERTMSG(p != NULL, "kmem_free of NULL");
	KASSERTMSG(size != 0, "kmem_free of nothing");
	rump_mem_free(p, size, site);
}

static inline void
dofree(void *p, size_t size, const void *site)
{

	if (__predict_false(p == NULL || !rump_mem_tryput(p, size)))
		free_slow(p, size, site);
}

void *
kmem_alloc(size_t size, km_flag_t flags)
{

	return alloc(size, flags, false, SITE());
}

void *
kmem_zalloc(size_t size, km_flag_t flags)
{

	return alloc(size, flags, true, SITE());
}

void
kmem_free(void *p, size_t size)
{

	dofree(p, size, SITE());
}

void *
kmem_intr_alloc(size_t size, km_flag_t flags)
{

	return alloc(size, flags, false, SITE());
}

void *
kmem_intr_zalloc(size_t size, km_flag_t flags)
{

	return alloc(size, flags, true, SITE());
}

void
kmem_intr_free(void *p, size_t size)
{

	dofree(p, size, SITE());
}

char *
kmem_asprintf(const char *fmt, ...)
{
	va_list ap;
	size_t size;
	char *p;

	va_start(ap, fmt);
	size = (size_t)vsnprintf(NULL, 0, fmt, ap) + 1;
	va_end(ap);
	p = alloc(size, KM_SLEEP, false, SITE());
	va_start(ap, fmt);
	(void)vsnprintf(p, size, fmt, ap);
	va_end(ap);
	return p;
}

char *
kmem_strdupsize(const char *str, size_t *sizep, km_flag_t flags)
{
	size_t size = strlen(str) + 1;
	char *p;

	if ((p = alloc(size, flags, false, SITE())) == NULL)
		return NULL;
	if (sizep != NULL)
		*sizep = size;
	memcpy(p, str, size);
	return p;
}

void
kmem_strfree(char *str)
{

	if (str != NULL)
		dofree(str, strlen(str) + 1, SITE());
}

/*
 * malloc(9).
 */

static void *
malloc_site(unsigned long size, int flags, const void *site)
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
		p = rump_mem_alloc(size, 0, wait, site);
	}
	if ((flags & M_ZERO) != 0 && p != NULL)
		memset(p, 0, size);
	return p;
}

void *
kern_malloc(unsigned long size, int flags)
{

	return malloc_site(size, flags, SITE());
}

void
kern_free(void *p)
{

	if (p != NULL)
		rump_mem_free(p, 0, SITE());
}

void *
kern_realloc(void *old, unsigned long size, int flags)
{
	size_t oldsize;
	void *p;

	if (old == NULL)
		return malloc_site(size, flags, SITE());
	if (size == 0) {
		rump_mem_free(old, 0, SITE());
		return NULL;
	}
	oldsize = rump_mem_size(old);
	if ((p = malloc_site(size, flags & ~M_ZERO, SITE())) == NULL)
		return NULL;
	memcpy(p, old, MIN(oldsize, size));
	if ((flags & M_ZERO) != 0 && size > oldsize)
		memset((char *)p + oldsize, 0, size - oldsize);
	rump_mem_free(old, 0, SITE());
	return p;
}
