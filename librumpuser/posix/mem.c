/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.c - memory hypercalls, and the operations of the posix provider under
 * them.  Locking: none of their own.
 */
#include "host.h"
#include "raw.h"

#include <sys/mman.h>

#include <unistd.h>

#include "mem/mem.h"

int
rumpuser__raw_alloc(struct rumpuser_provider *p, size_t size, size_t align,
    const void *site, void **memp)
{
	const struct rump_memplace w = { NULL, site };

	*memp = rumpuser__mem_alloc(size, align, w, NULL);
	return *memp != NULL ? 0 : ENOMEM;
}

void
rumpuser__raw_free(struct rumpuser_provider *p, void *mem, size_t size)
{

	rumpuser__mem_free(mem, size, MEM_HERE(NULL));
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

	HOST_CALL(ho_free, mem, size);
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

/*
 * What the allocator asks for is no operation of the provider's: a plan that
 * counts them means what its reader can count.
 */
HOSTCALL int
anonmap(size_t size, size_t align, void **memp)
{
	int serrno = errno, error;

	error = rumpuser__raw_map(NULL, NULL, size, align, 0, NULL, memp);
	errno = serrno;
	return error;
}

int
rumpuser__anonmap(size_t size, size_t align, void **memp)
{

	return anonmap(size, align, memp);
}

HOSTCALL void
anonunmap(void *addr, size_t len)
{
	int serrno = errno;

	rumpuser__raw_unmap(NULL, addr, len);
	errno = serrno;
}

void
rumpuser__anonunmap(void *addr, size_t len)
{

	anonunmap(addr, len);
}

int
rumpuser_anonmmap(void *prefaddr, size_t size, int alignbit, int exec,
    void **memp)
{
	const void *site = __builtin_return_address(0);
	int error;

	if (alignbit < 0 || alignbit > 40 || size == 0)
		return rumpuser__errtrans(EINVAL);
	error = anonmmap(prefaddr, size, (size_t)1 << alignbit, exec, site,
	    memp);
	if (error == 0 && __predict_false(mem_mode() & MEM_PUBLIC))
		rumpuser__mem_mapped(*memp, size, site);
	return rumpuser__errtrans(error);
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

	if (__predict_false(__atomic_load_n(&rumpuser__mem_nmapped,
	    __ATOMIC_RELAXED) != 0))
		rumpuser__mem_unmapped(addr, len, __builtin_return_address(0));
	unmap(addr, len);
}
