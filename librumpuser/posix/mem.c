/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.c - memory hypercalls.  Locking: none of their own.
 */
#include "host.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

HOSTCALL int
alloc(size_t howmuch, size_t alignment, void **memp)
{
	int serrno = errno, error = 0;

	if (howmuch == 0)
		howmuch = 1;
	if (alignment <= _Alignof(max_align_t)) {
		if ((*memp = malloc(howmuch)) == NULL)
			error = ENOMEM;
	} else {
		error = posix_memalign(memp, alignment, howmuch);
	}
	errno = serrno;
	return error;
}

int
rumpuser_malloc(size_t howmuch, int alignment, void **memp)
{

	if (alignment < 0 || (alignment & (alignment - 1)) != 0)
		return rumpuser__errtrans(EINVAL);
	return rumpuser__errtrans(alloc(howmuch, (size_t)alignment, memp));
}

void
rumpuser_free(void *mem, size_t size)
{

	(void)size;
	free(mem);	/* keeps errno, since glibc 2.33 */
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

HOSTCALL int
anonmmap(void *pref, size_t size, size_t align, int exec, void **memp)
{
	int serrno = errno, error = 0;
	void *p;

	p = map_aligned(pref, size, align,
	    PROT_READ | PROT_WRITE | (exec ? PROT_EXEC : 0));
	if (p == MAP_FAILED)
		error = errno;
	else
		*memp = p;
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
	return rumpuser__errtrans(anonmmap(prefaddr, size, align, exec, memp));
}

HOSTCALL void
unmap(void *addr, size_t len)
{
	int serrno = errno;

	munmap(addr, len);
	errno = serrno;
}

void
rumpuser_unmap(void *addr, size_t len)
{

	unmap(addr, len);
}
