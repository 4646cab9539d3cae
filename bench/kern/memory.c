/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel-namespace half of memory.c: loops as a driver would have them. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/pool.h>

int	rumpbench_kmem(size_t, unsigned long);
int	rumpbench_kmem_struct(unsigned long);
int	rumpbench_pool_cache(size_t, unsigned long);

struct object {
	unsigned char	o_bytes[64];
};

int
rumpbench_kmem(size_t size, unsigned long n)
{
	unsigned char *p;
	unsigned long i;

	for (i = 0; i < n; i++) {
		if ((p = kmem_alloc(size, KM_SLEEP)) == NULL)
			return 1;
		__asm__ __volatile__("" : "+r" (p) : : "memory");
		p[0] = (unsigned char)i;
		kmem_free(p, size);
	}
	return 0;
}

/* The same where the compiler knows the size. */
int
rumpbench_kmem_struct(unsigned long n)
{
	struct object *o;
	unsigned long i;

	for (i = 0; i < n; i++) {
		if ((o = kmem_alloc(sizeof(*o), KM_SLEEP)) == NULL)
			return 1;
		__asm__ __volatile__("" : "+r" (o) : : "memory");
		o->o_bytes[0] = (unsigned char)i;
		kmem_free(o, sizeof(*o));
	}
	return 0;
}

int
rumpbench_pool_cache(size_t size, unsigned long n)
{
	pool_cache_t pc;
	unsigned char *p;
	unsigned long i;

	pc = pool_cache_init(size, 0, 0, 0, "bench", NULL, IPL_NONE, NULL,
	    NULL, NULL);
	for (i = 0; i < n; i++) {
		if ((p = pool_cache_get(pc, PR_WAITOK)) == NULL)
			return 1;
		__asm__ __volatile__("" : "+r" (p) : : "memory");
		p[0] = (unsigned char)i;
		pool_cache_put(pc, p);
	}
	pool_cache_destroy(pc);
	return 0;
}
