/* SPDX-License-Identifier: BSD-2-Clause */
/* Heap sort (Williams, Algorithm 232, CACM 7(6), 1964).  No locks. */
#define RUMP_LIBKERN_IMPL
#include <sys/types.h>
#include <lib/libkern/libkern.h>

struct heap {
	char *base;
	size_t size;
	int (*cmp)(const void *, const void *);
	void *tmp;
};

static void
swap(const struct heap *h, size_t a, size_t b)
{

	memcpy(h->tmp, h->base + a * h->size, h->size);
	memcpy(h->base + a * h->size, h->base + b * h->size, h->size);
	memcpy(h->base + b * h->size, h->tmp, h->size);
}

/* Let element i sink until none of its children is greater. */
static void
sift(const struct heap *h, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && h->cmp(h->base + child * h->size,
		    h->base + (child + 1) * h->size) < 0)
			child++;
		if (h->cmp(h->base + i * h->size,
		    h->base + child * h->size) >= 0)
			return;
		swap(h, i, child);
		i = child;
	}
}

int
kheapsort(void *base, size_t n, size_t size,
    int (*cmp)(const void *, const void *), void *tmp)
{
	const struct heap h = { base, size, cmp, tmp };
	size_t i;

	if (size == 0 || tmp == NULL)
		return -1;
	for (i = n / 2; i-- > 0;)
		sift(&h, i, n);
	for (i = n; i-- > 1;) {
		swap(&h, 0, i);
		sift(&h, 0, i);
	}
	return 0;
}
