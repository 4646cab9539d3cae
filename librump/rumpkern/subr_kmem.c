/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmem(9) on the allocator of mem.c. No locking of its own. What is small is taken from and put into a hoard right here; the rest, and whatever
 * is checked, is behind functions that are not inlined.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/stdarg.h>

#include <rump-priv/mem.h>
#include "mem_impl.h"

#undef kmem_alloc
#undef kmem_free

#define SITE()	__builtin_return_address(0)

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
