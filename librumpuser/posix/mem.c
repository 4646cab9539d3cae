/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.c - memory hypercalls, and the operations of the posix provider under
 * them.  Locking: none of their own.
 */
#include "host.h"
#include "raw.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

int
rumpuser__raw_alloc(struct rumpuser_provider *p, size_t size, size_t align,
    const void *site, void **memp)
{

	if (size == 0)
		size = 1;
	if (align > _Alignof(max_align_t))
		return posix_memalign(memp, align, size);
	if ((*memp = malloc(size)) == NULL)
		return ENOMEM;
	return 0;
}

void
rumpuser__raw_free(struct rumpuser_provider *p, void *mem, size_t size)
{

	free(mem);
}

HOSTCALL int
alloc(size_t howmuch, size_t alignment, const void *site, void **memp)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_alloc, howmuch, alignment, site, memp);
	errno = serrno;
	return error;
}

int
rumpuser_malloc(size_t howmuch, int alignment, void **memp)
{

	if (alignment < 0 || (alignment & (alignment - 1)) != 0)
		return rumpuser__errtrans(EINVAL);
	return rumpuser__errtrans(alloc(howmuch, (size_t)alignment,
	    __builtin_return_address(0), memp));
}

void
rumpuser_free(void *mem, size_t size)
{

	HOST_CALL(ho_free, mem, size);	/* free(3) keeps errno */
}

/* Map size bytes aligned to align (a multiple of the page): map too much. */
static void *
map_aligned(void *pref, size_t size, size_t align, int prot)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t base, start, end;
	void *p;

	p = mmap(pref, size, prot, flags, -1, 0);
	if (p == MAP_FAILED || ((uintptr_t)p & (align - 1)) == 0)
		return p;
	munmap(p, size);

	if (size + align < size)
		return MAP_FAILED;
	p = mmap(NULL, size + align, prot, flags, -1, 0);
	if (p == MAP_FAILED)
		return p;
	base = (uintptr_t)p;
	start = (base + align - 1) & ~(align - 1);
	end = (start + size + page - 1) & ~(page - 1);
	if (start > base)
		munmap(p, start - base);
	if (base + size + align > end)
		munmap((void *)end, base + size + align - end);
	return (void *)start;
}

int
rumpuser__raw_map(struct rumpuser_provider *pv, void *pref, size_t size,
    size_t align, int exec, const void *site, void **memp)
{
	void *p;

	p = map_aligned(pref, size, align,
	    PROT_READ | PROT_WRITE | (exec ? PROT_EXEC : 0));
	if (p == MAP_FAILED)
		return errno;
	*memp = p;
	return 0;
}

void
rumpuser__raw_unmap(struct rumpuser_provider *p, void *addr, size_t len)
{

	munmap(addr, len);
}

HOSTCALL int
anonmmap(void *pref, size_t size, size_t align, int exec, const void *site,
    void **memp)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_map, pref, size, align, exec, site, memp);
	errno = serrno;
	return error;
}

int
rumpuser_anonmmap(void *prefaddr, size_t size, int alignbit, int exec,
    void **memp)
{
	size_t align;

	if (alignbit < 0 || alignbit > 40 || size == 0)
		return rumpuser__errtrans(EINVAL);
	align = (size_t)1 << alignbit;
	return rumpuser__errtrans(anonmmap(prefaddr, size, align, exec,
	    __builtin_return_address(0), memp));
}

HOSTCALL void
unmap(void *addr, size_t len)
{
	int serrno = errno;

	HOST_CALL(ho_unmap, addr, len);
	errno = serrno;
}

void
rumpuser_unmap(void *addr, size_t len)
{

	unmap(addr, len);
}
