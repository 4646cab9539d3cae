/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: memory host|rump|user alloc|copy|cross|pair|struct|cache BYTES. alloc keeps 64
 * objects of that size and replaces one after the other; copy copies that many
 * bytes again and again; cross allocates on one thread and frees on another. The
 * kernel's functions are called by their names in the library; user is the
 * host layer's allocator. pair allocates and frees one object, again and again;
 * struct does it with 64 bytes, which the compiler knows, and cache with a
 * pool_cache(9): all in kernel-namespace code for rump (kern/memory.c), as a driver
 * would.
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>
#include <rump/rumpuser_mem.h>

#include "work.h"

#define HELD	64
#define ROUNDS	4000000
#define VOLUME	((size_t)4 << 30)
#define PAIRS	20000000UL

void	*rumpns_kmem_alloc(size_t, unsigned int);
void	 rumpns_kmem_free(void *, size_t);
void	*rumpns_memcpy(void *, const void *, size_t);
int	 rumpbench_kmem(size_t, unsigned long);
int	 rumpbench_kmem_struct(unsigned long);
int	 rumpbench_pool_cache(size_t, unsigned long);

/* Every object is written, and found as it was written. */
#define ALLOC(name, get, put)						\
static void								\
name(size_t size)							\
{									\
	unsigned char *held[HELD] = { NULL };				\
	size_t i, n;							\
									\
	for (i = 0; i < ROUNDS; i++) {					\
		n = i * 29 % HELD;					\
		if (held[n] != NULL) {					\
			if (held[n][size - 1] != (unsigned char)n)	\
				errx(1, "an object changed");		\
			put(held[n], size);				\
		}							\
		held[n] = get(size);					\
		held[n][0] = held[n][size - 1] = (unsigned char)n;	\
	}								\
}

#define kernel_get(size)	rumpns_kmem_alloc((size), 1)
#define kernel_put(p, size)	rumpns_kmem_free((p), (size))
#define host_put(p, size)	free(p)
#define user_put(p, size)	rumpuser_mem_free(p)
ALLOC(alloc_kernel, kernel_get, kernel_put)
ALLOC(alloc_host, malloc, host_put)
ALLOC(alloc_user, rumpuser_mem_alloc, user_put)

static void
alloc(const char *who, size_t size)
{
	double t = bench_now();

	if (strcmp(who, "rump") == 0)
		alloc_kernel(size);
	else if (strcmp(who, "user") == 0)
		alloc_user(size);
	else
		alloc_host(size);
	bench_report(bench_now() - t, 0);
}

/* Written, so that neither side may leave the pair out. */
static void
pair(const char *who, const char *what, size_t size)
{
	double t = bench_now();
	unsigned char *p;
	unsigned long i;
	int bad = 0;

	if (strcmp(who, "rump") == 0) {
		if (strcmp(what, "cache") == 0)
			bad = rumpbench_pool_cache(size, PAIRS);
		else if (strcmp(what, "struct") == 0)
			bad = size != 64 || rumpbench_kmem_struct(PAIRS);
		else
			bad = rumpbench_kmem(size, PAIRS);
	} else {
		for (i = 0; i < PAIRS; i++) {
			p = malloc(size);
			__asm__ __volatile__("" : "+r" (p) : : "memory");
			p[0] = (unsigned char)i;
			free(p);
		}
	}
	if (bad)
		errx(1, "%s %s failed", who, what);
	bench_report(bench_now() - t, 0);
}

/*
 * A ring from the thread that allocates to the one that frees.
 */

#define RING	1024

static struct {
	unsigned char *slot[RING];
	size_t head __attribute__((__aligned__(64)));
	size_t tail __attribute__((__aligned__(64)));
} ring;

static int cross_user;
static size_t cross_size;

static void *
consume(void *arg)
{
	unsigned char *p;
	size_t i, head = 0;

	for (i = 0; i < ROUNDS; i++) {
		while (head == i && (head = __atomic_load_n(&ring.head,
		    __ATOMIC_ACQUIRE)) == i)
			sched_yield();
		p = ring.slot[i % RING];
		if (p[0] != (unsigned char)i ||
		    p[cross_size - 1] != (unsigned char)i)
			errx(1, "an object changed");
		if (cross_user)
			rumpuser_mem_free(p);
		else
			free(p);
		__atomic_store_n(&ring.tail, i + 1, __ATOMIC_RELEASE);
	}
	return arg;
}

static void
cross(const char *who, size_t size)
{
	unsigned char *p;
	pthread_t thread;
	size_t i;
	double t;

	cross_user = strcmp(who, "user") == 0;
	cross_size = size;
	t = bench_now();
	if (pthread_create(&thread, NULL, consume, NULL) != 0)
		errx(1, "pthread_create");
	for (i = 0; i < ROUNDS; i++) {
		p = cross_user ? rumpuser_mem_alloc(size) : malloc(size);
		p[0] = p[size - 1] = (unsigned char)i;
		while (i - __atomic_load_n(&ring.tail, __ATOMIC_ACQUIRE) >=
		    RING)
			sched_yield();
		ring.slot[i % RING] = p;
		__atomic_store_n(&ring.head, i + 1, __ATOMIC_RELEASE);
	}
	pthread_join(thread, NULL);
	bench_report(bench_now() - t, 0);
}

static void
copy(int rump, size_t size)
{
	unsigned char *from = malloc(size), *to = malloc(size);
	size_t i, n = VOLUME / size / 4;
	double t;

	if (n > 20000000)
		n = 20000000;
	memset(from, 1, size);
	memset(to, 0, size);
	t = bench_now();
	for (i = 0; i < n; i++) {
		from[i % size]++;
		if (rump)
			rumpns_memcpy(to, from, size);
		else
			memcpy(to, from, size);
		__asm__ __volatile__("" : : "r" (to) : "memory");
	}
	t = bench_now() - t;
	if (memcmp(from, to, size) != 0)
		errx(1, "a copy differs");
	bench_report(t, 0);
	free(from);
	free(to);
}

int
main(int argc, char **argv)
{
	size_t size;

	if (argc != 4)
		errx(2, "usage: memory host|rump|user "
		    "alloc|copy|cross|pair|struct|cache BYTES");
	if ((size = strtoul(argv[3], NULL, 0)) == 0)
		errx(2, "%s: not a size", argv[3]);
	if (strcmp(argv[2], "cross") == 0) {
		cross(argv[1], size);
		return 0;
	}
	if (rump_init() != 0)
		errx(1, "rump_init");
	rump_schedule();
	if (strcmp(argv[2], "alloc") == 0)
		alloc(argv[1], size);
	else if (strcmp(argv[2], "pair") == 0 ||
	    strcmp(argv[2], "cache") == 0 || strcmp(argv[2], "struct") == 0)
		pair(argv[1], argv[2], size);
	else
		copy(strcmp(argv[1], "rump") == 0, size);
	rump_unschedule();
	return 0;
}
