/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: memory host|rump alloc|copy BYTES. alloc keeps 64 objects of that
 * size and replaces one after the other; copy copies that many bytes again and
 * again. The kernel's functions are called by their names in the library.
 */
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rump/rump.h>

#include "work.h"

#define HELD	64
#define ROUNDS	4000000
#define VOLUME	((size_t)4 << 30)

void	*rumpns_kmem_alloc(size_t, unsigned int);
void	 rumpns_kmem_free(void *, size_t);
void	*rumpns_memcpy(void *, const void *, size_t);

/* Every object is written, and found as it was written. */
static void
alloc(int rump, size_t size)
{
	unsigned char *held[HELD] = { NULL };
	size_t i, n;
	double t;

	t = bench_now();
	for (i = 0; i < ROUNDS; i++) {
		n = i * 29 % HELD;
		if (held[n] != NULL && held[n][size - 1] != (unsigned char)n)
			errx(1, "an object changed");
		if (rump) {
			if (held[n] != NULL)
				rumpns_kmem_free(held[n], size);
			held[n] = rumpns_kmem_alloc(size, 1);
		} else {
			free(held[n]);
			held[n] = malloc(size);
		}
		held[n][0] = held[n][size - 1] = (unsigned char)n;
	}
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
	int rump;

	if (argc != 4)
		errx(2, "usage: memory host|rump alloc|copy BYTES");
	rump = strcmp(argv[1], "rump") == 0;
	if ((size = strtoul(argv[3], NULL, 0)) == 0)
		errx(2, "%s: not a size", argv[3]);
	if (rump_init() != 0)
		errx(1, "rump_init");
	rump_schedule();
	if (strcmp(argv[2], "alloc") == 0)
		alloc(rump, size);
	else
		copy(rump, size);
	rump_unschedule();
	return 0;
}
