/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guarded memory objects. Each has a header before it that says what it is; in
 * sanitizer builds object and header are one host allocation with the header
 * poisoned, so that an access one byte off either end, or after the free, is
 * reported with its stack. In the checking build a pattern follows the object,
 * freed objects are filled and wait in a quarantine, and memory in use is
 * counted by call site. debug_lock, a simple spin lock, guards the quarantine
 * and the counts.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>

#include <rump/rumpuser.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

#ifdef RUMP_MEMDEBUG

#define HDR_LIVE	0x6c697665U
#define HDR_FREE	0x66726565U

struct hdr {
	void		*h_raw;		/* what the allocator gave */
	size_t		h_size;		/* bytes asked for */
	const void	*h_site;	/* who asked */
	uint32_t	h_magic;
	uint32_t	h_rawoff;
};
CTASSERT(sizeof(struct hdr) == 32);

static inline struct hdr *
hdrof(const void *p)
{

	return (struct hdr *)__UNCONST(p) - 1;
}

#ifdef RUMP_CHECK
#define GUARD_BYTE	0xfb
#define GUARD_SIZE	16
#define FREE_BYTE	0xdd

#define NSITES		4096		/* a power of two */
static struct site {
	const void	*st_pc;
	unsigned long	st_count;
	size_t		st_bytes;
} sites[NSITES];
static unsigned int nsites;

static __cpu_simple_lock_t debug_lock = __SIMPLELOCK_UNLOCKED;

static struct site *
site_lookup(const void *pc)
{
	unsigned int h = (unsigned int)((uintptr_t)pc * 0x9e3779b1U >> 8);
	struct site *st;

	for (;; h++) {
		st = &sites[h & (NSITES - 1)];
		if (st->st_pc == pc)
			return st;
		if (st->st_pc == NULL) {
			if (nsites == NSITES - 1)
				return NULL;
			nsites++;
			st->st_pc = pc;
			return st;
		}
	}
}

static void
site_count(const void *pc, size_t size, int sign)
{
	struct site *st;

	__cpu_simple_lock(&debug_lock);
	if ((st = site_lookup(pc)) != NULL) {
		st->st_count += (unsigned long)(long)sign;
		st->st_bytes += sign > 0 ? size : -size;
	}
	__cpu_simple_unlock(&debug_lock);
}

void
rump_mem_report(void (*pr)(const char *, ...))
{
	struct site *st, *max;
	const size_t shown = 50;
	size_t last = ~(size_t)0, i, n;

	(*pr)("memory in use by call site (%zu bytes in all):\n",
	    rump_mem_used());
	for (n = 0; n < shown; n++) {
		max = NULL;
		for (i = 0; i < NSITES; i++) {
			st = &sites[i];
			if (st->st_count != 0 && st->st_bytes < last &&
			    (max == NULL || st->st_bytes > max->st_bytes))
				max = st;
		}
		if (max == NULL)
			break;
		last = max->st_bytes;
		(*pr)("%12zu bytes %8lu objects from %p\n", max->st_bytes,
		    max->st_count, max->st_pc);
	}
}
#else
#define GUARD_SIZE	0

void
rump_mem_report(void (*pr)(const char *, ...))
{

	(*pr)("%zu bytes of memory in use\n", rump_mem_used());
}
#endif /* RUMP_CHECK */

static void *
raw_alloc(size_t size, size_t align)
{
#ifdef RUMP_ASAN
	void *p;

	/* The sanitizer's allocator ends the process instead of failing. */
	if (size > (size_t)1 << 36 || !rump_mem_account_add(size))
		return NULL;
	if (rumpuser_malloc(size, (int)MAX(align, 16), &p) != 0) {
		rump_mem_account_sub(size);
		return NULL;
	}
	return p;
#else
	return rump_mem_alloc_raw(size);
#endif
}

static void
raw_free(void *p, size_t size)
{

#ifdef RUMP_ASAN
	rump_mem_account_sub(size);
	rumpuser_free(p, size);
#else
	rump_mem_free_raw(p);
#endif
}

static size_t
raw_size(const struct hdr *h)
{

	return h->h_rawoff + h->h_size + GUARD_SIZE;
}

void *
rump_memdebug_alloc(size_t size, size_t align, const void *site)
{
	size_t off = sizeof(struct hdr), total;
	struct hdr *h;
	char *raw, *p;

	if (align < 16)
		align = 16;
	if (size > ~(size_t)0 - 2 * PAGE_SIZE - GUARD_SIZE)
		return NULL;
#ifdef RUMP_ASAN
	off = roundup2(off, align);
	total = off + size + GUARD_SIZE;
	if ((raw = raw_alloc(total, align)) == NULL)
		return NULL;
	p = raw + off;
#else
	if (align > 16)
		off += align;
	total = off + size + GUARD_SIZE;
	if ((raw = raw_alloc(total, align)) == NULL)
		return NULL;
	p = (char *)roundup2((uintptr_t)raw + sizeof(struct hdr), align);
#endif
	h = hdrof(p);
	h->h_raw = raw;
	h->h_rawoff = (uint32_t)off;
	h->h_size = size;
	h->h_site = site;
	h->h_magic = HDR_LIVE;
#ifdef RUMP_CHECK
	memset(p + size, GUARD_BYTE, GUARD_SIZE);
	site_count(site, size, 1);
#ifdef RUMP_ASAN
	RUMP_POISON(p + size, GUARD_SIZE);
#endif
#endif
	RUMP_POISON(raw, (size_t)(p - raw));
	return p;
}

#ifdef RUMP_CHECK
static void
guard_check(const void *p, const struct hdr *h, const void *site)
{
	const uint8_t *g = (const uint8_t *)p + h->h_size;
	size_t i;

	for (i = 0; i < GUARD_SIZE; i++) {
		if (g[i] != GUARD_BYTE) {
			panic("overrun of %zu bytes at %p from %p, "
			    "byte %zu past the end, found at free from %p",
			    h->h_size, p, h->h_site, i, site);
		}
	}
}
#endif

#if defined(RUMP_CHECK) && !defined(RUMP_ASAN)
/* Freed objects in the order of their freeing, checked when they leave. */
#define NQUARANTINE	512
#define QUARANTINE_MAX	8192		/* larger objects do not wait */
static void *quarantine[NQUARANTINE];
static unsigned int quarantine_next;

static void
quarantine_leave(void *p)
{
	struct hdr *h = hdrof(p);
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < h->h_size; i++) {
		if (b[i] != FREE_BYTE) {
			panic("write after free: byte %zu of %zu bytes at %p "
			    "freed from %p", i, h->h_size, p, h->h_site);
		}
	}
	h->h_magic = 0;
	raw_free(h->h_raw, raw_size(h));
}

static void
object_release(void *p, struct hdr *h, const void *site)
{
	void *old;

	h->h_site = site;
	memset(p, FREE_BYTE, h->h_size);
	if (h->h_size > QUARANTINE_MAX) {
		quarantine_leave(p);
		return;
	}
	__cpu_simple_lock(&debug_lock);
	old = quarantine[quarantine_next];
	quarantine[quarantine_next] = p;
	quarantine_next = (quarantine_next + 1) % NQUARANTINE;
	__cpu_simple_unlock(&debug_lock);
	if (old != NULL)
		quarantine_leave(old);
}
#else
static void
object_release(void *p, struct hdr *h, const void *site)
{

	raw_free(h->h_raw, raw_size(h));
}
#endif

void
rump_memdebug_free(void *p, size_t size, const void *site)
{
	struct hdr *h = hdrof(p);

	RUMP_UNPOISON(h, sizeof(*h));
	if (h->h_magic != HDR_LIVE) {
		panic("free of %p from %p: %s", p, site,
		    h->h_magic == HDR_FREE ? "freed already" :
		    "not an allocated object");
	}
	if (size != 0 && size != h->h_size) {
		panic("free of %p from %p: %zu bytes, but it has %zu", p,
		    site, size, h->h_size);
	}
	h->h_magic = HDR_FREE;
	RUMP_UNPOISON(h->h_raw, raw_size(h));
#ifdef RUMP_CHECK
	guard_check(p, h, site);
	site_count(h->h_site, h->h_size, -1);
#endif
	object_release(p, h, site);
}

size_t
rump_memdebug_size(const void *p)
{
	struct hdr *h = hdrof(p);
	size_t size;

	RUMP_UNPOISON(h, sizeof(*h));
	size = h->h_size;
	RUMP_POISON(h, sizeof(*h));
	return size;
}
#else
void
rump_mem_report(void (*pr)(const char *, ...))
{

	(*pr)("%zu bytes of memory in use\n", rump_mem_used());
}
#endif /* RUMP_MEMDEBUG */
