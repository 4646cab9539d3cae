/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack.c - memory for the stacks of fibers: lazily mapped, a guard page below,
 * and a bounded cache of those that are free.
 * Locking: the cache is under rumpuser__fiber_mtx.
 */
#include "fiber/annotate.h"

#include <sys/mman.h>

#include <unistd.h>

/* Linux 6.13: a guard that does not split the mapping (madvise(2)). */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL	102
#endif

/*
 * Free stacks, the last one freed is the first one used: it is warm.  They
 * keep the pages that they have used, hence the bound.
 */
#define NCACHED		32

static struct {
	char *stack;
	size_t size;
} cache[NCACHED];
static int ncached;

static size_t
guard_size(void)
{

	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * A light guard leaves neighbouring stacks one mapping, of which a process
 * may have 65 530 only; where the kernel does not know it a page without
 * access does the same.
 */
static char *
stack_map(size_t size)
{
	size_t guard = guard_size();
	char *p;

	p = mmap(NULL, size + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	/* A huge page under a hundred stacks would make all of them resident. */
	(void)madvise(p, size + guard, MADV_NOHUGEPAGE);
	if (madvise(p, guard, MADV_GUARD_INSTALL) == -1 &&
	    mprotect(p, guard, PROT_NONE) == -1) {
		munmap(p, size + guard);
		return NULL;
	}
	return p + guard;
}

static void
stack_unmap(char *stack, size_t size)
{
	size_t guard = guard_size();

	munmap(stack - guard, size + guard);
}

static char *
cache_get(size_t size)
{
	char *p = NULL;
	int i;

	pthread_mutex_lock(&rumpuser__fiber_mtx);
	for (i = ncached - 1; i >= 0 && p == NULL; i--) {
		if (cache[i].size != size)
			continue;
		p = cache[i].stack;
		cache[i] = cache[--ncached];
	}
	pthread_mutex_unlock(&rumpuser__fiber_mtx);
	return p;
}

/* False: it is full. */
static int
cache_put(char *stack, size_t size)
{
	int put;

	pthread_mutex_lock(&rumpuser__fiber_mtx);
	if ((put = ncached < NCACHED)) {
		cache[ncached].stack = stack;
		cache[ncached++].size = size;
	}
	pthread_mutex_unlock(&rumpuser__fiber_mtx);
	return put;
}

int
rumpuser__fiber_stack(size_t size, struct rumpuser_fiber *f)
{

	char *p;

	if ((p = cache_get(size)) == NULL && (p = stack_map(size)) == NULL)
		return ENOMEM;
	FIBER_PUT(f->stack, p);
	FIBER_PUT(f->stacksize, size);
	return 0;
}

void
rumpuser__fiber_stack_free(struct rumpuser_fiber *f)
{

	if (!cache_put(f->stack, f->stacksize))
		stack_unmap(f->stack, f->stacksize);
	FIBER_PUT(f->stack, NULL);
}
