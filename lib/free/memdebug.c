/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guarded memory objects. Each has a header before it that says what it is: who
 * asked for it and who freed it, on which thread, the how manieth it was. In
 * sanitizer builds object and header are one host allocation with the header
 * poisoned, so that an access one byte off either end, or after the free, is
 * reported with its stack. With RUMP_MEMDEBUG_GUARD a pattern fills the object
 * while nothing was written to it, and the room behind it; a freed one is
 * filled and waits in a quarantine, to see whether it is written to.
 *
 * Locking: MEMDEBUG_LOCK guards the quarantine and the making of sites. A
 * header belongs to who frees the object, but for the holds, which are atomic.
 * The counts of sites are atomic, and a site that is seen is complete.
 *
 * The environment (memdebug_env.h) says:
 *	MEMDEBUG_WANTED		whether there is a debugging mode at all
 *	MEMDEBUG_FLAGS(f)	flags that this build knows at compile time
 *	MEMDEBUG_LOCK, MEMDEBUG_UNLOCK	a lock
 *	MEMDEBUG_FILLED		freed objects are filled, and may wait
 *	MEMDEBUG_QUARANTINE	larger objects do not wait
 *	MEMDEBUG_ALIGNED	raw memory comes as aligned as it is asked for
 *	memdebug_env_alloc, memdebug_env_free	raw memory
 *	memdebug_env_gone(owner)	an object has left the quarantine
 *	memdebug_env_thread()	who runs
 *	memdebug_env_panic(fmt, ...)	the end
 *	MEMDEBUG_POISON, MEMDEBUG_UNPOISON	no access, access
 *	MEMDEBUG_BORN(p, n), MEMDEBUG_DIED(p, n)	for checkers of the host
 *	MEMDEBUG_PEEK(on)	the header is read under a checker's eyes
 */
#include <rump-free/memdebug.h>
#ifdef _KERNEL
#include "../../librump/rumpkern/memdebug_env.h"
#else
#include "mem/memdebug_env.h"
#endif

#ifdef MEMDEBUG_WANTED

#define MAGIC_LIVE	0x6c697665U
#define MAGIC_FREE	0x66726565U
#define BYTE_FRESH	0xb9	/* handed out, never written */
#define BYTE_FREE	0xd5	/* freed */
#define BYTE_GUARD	0xd5	/* behind the object */
#define GUARD_SIZE	16	/* at least that many */

#define NSITES		4096	/* a power of two */
#define NQUARANTINE	512

#define ROUNDUP(x, n)	(((x) + (n) - 1) & ~((n) - 1))
/* Reads a poisoned header. */
#define NOSANITIZE	__attribute__((__no_sanitize__("address"), \
    __noinline__))

/* The magic number is the last, next to the object. */
struct hdr {
	size_t		h_size;		/* bytes asked for */
	struct rump_memsite *h_site;	/* who asked */
	struct rump_memsite *h_freesite; /* who freed it */
	void		*h_owner;
	uint64_t	h_seq;		/* objects before this one */
	uint32_t	h_thread;	/* that asked */
	uint32_t	h_freethread;	/* that freed it */
	uint32_t	h_rawoff;	/* from the raw memory's begin */
	uint32_t	h_refs;		/* holds but the first */
	uint16_t	h_tail;		/* from the object's end to its end */
	uint16_t	h_flags;
	uint32_t	h_magic;
};
_Static_assert(sizeof(struct hdr) == 64, "a header keeps alignment");

static struct rump_memsite sites[NSITES + 1];	/* the last: all others */
static unsigned int nsites;
static uint64_t sequence;
static void *quarantine[NQUARANTINE];
static unsigned int quarantine_next;

static inline struct hdr *
hdrof(const void *p)
{

	return (struct hdr *)(uintptr_t)p - 1;
}

/* Differs from object to object, so that a copied header is none. */
static inline uint32_t
magic(const void *p, uint32_t kind)
{

	return kind ^ (uint32_t)((uintptr_t)p >> 4);
}

/*
 * Call sites.
 */

static inline const void *
place_key(struct rump_memplace w)
{

	return w.mp_name != NULL ? (const void *)w.mp_name : w.mp_pc;
}

/* The last part of a name that is too long. */
static void
site_name(struct rump_memsite *st, struct rump_memplace w)
{
	size_t n;

	if (w.mp_name == NULL) {
		snprintf(st->st_name, sizeof(st->st_name), "%p", w.mp_pc);
		return;
	}
	n = strlen(w.mp_name);
	n = n >= sizeof(st->st_name) ? n - sizeof(st->st_name) + 1 : 0;
	memcpy(st->st_name, w.mp_name + n, strlen(w.mp_name + n) + 1);
}

/* The entry that has the key, or the empty one where it would be. */
static struct rump_memsite *
site_probe(const void *key)
{
	unsigned int i;
	const void *k;

	i = (unsigned int)(((uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15ULL)
	    >> 40);
	for (;; i++) {
		/* Pairs with the release: who sees the key sees the name. */
		k = __atomic_load_n(&sites[i & (NSITES - 1)].st_key,
		    __ATOMIC_ACQUIRE);
		if (k == key || k == NULL)
			return &sites[i & (NSITES - 1)];
	}
}

struct rump_memsite *
rump_memsite_find(struct rump_memplace w)
{
	const void *key = place_key(w);
	struct rump_memsite *st = site_probe(key);

	if (__atomic_load_n(&st->st_key, __ATOMIC_RELAXED) == key)
		return st;
	MEMDEBUG_LOCK();
	st = site_probe(key);
	if (st->st_key == NULL) {
		/* One stays empty, so that a search ends. */
		if (nsites == NSITES - 1) {
			w.mp_name = "(other call sites)";
			st = &sites[NSITES];
			key = w.mp_name;
		} else
			nsites++;
		if (st->st_key == NULL) {
			site_name(st, w);
			__atomic_store_n(&st->st_key, key, __ATOMIC_RELEASE);
		}
	}
	MEMDEBUG_UNLOCK();
	return st;
}

void
rump_memsite_count(struct rump_memsite *st, size_t size, int sign)
{

	if (sign > 0) {
		__atomic_fetch_add(&st->st_count, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&st->st_total, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&st->st_bytes, size, __ATOMIC_RELAXED);
	} else {
		__atomic_fetch_sub(&st->st_count, 1, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&st->st_bytes, size, __ATOMIC_RELAXED);
	}
}

/* The site that comes next in the order of bytes, then of the table. */
static bool
site_next(uint64_t *bytesp, unsigned int *ip)
{
	uint64_t b, best = 0;
	unsigned int i, found = NSITES + 1;

	for (i = 0; i <= NSITES; i++) {
		if (__atomic_load_n(&sites[i].st_count, __ATOMIC_RELAXED) == 0)
			continue;
		b = __atomic_load_n(&sites[i].st_bytes, __ATOMIC_RELAXED);
		if (b > *bytesp || (b == *bytesp && i <= *ip))
			continue;
		if (found > NSITES || b > best) {
			best = b;
			found = i;
		}
	}
	*bytesp = best;
	*ip = found;
	return found <= NSITES;
}

uint64_t
rump_memsite_walk(void (*fn)(const struct rump_memsite *, void *), void *arg,
    unsigned int max)
{
	uint64_t bytes = ~(uint64_t)0, all = 0;
	unsigned int i = 0, n;

	for (n = 0; n < max && site_next(&bytes, &i); n++)
		(*fn)(&sites[i], arg);
	for (i = 0; i <= NSITES; i++)
		all += __atomic_load_n(&sites[i].st_count, __ATOMIC_RELAXED);
	return all;
}

/*
 * Objects.
 */

static size_t
raw_size(const struct hdr *h)
{

	return h->h_rawoff + h->h_size + h->h_tail;
}

void *
rump_memdebug_alloc(size_t size, size_t align, unsigned int flags,
    struct rump_memplace w, void *owner)
{
	size_t off, total, guard;
	struct hdr *h;
	char *raw, *p;

	flags = MEMDEBUG_FLAGS(flags);
	if (align < 16)
		align = 16;
	if (size > ~(size_t)0 / 2)
		return NULL;
	guard = (flags & RUMP_MEMDEBUG_GUARD) != 0 ? GUARD_SIZE : 0;
	off = ROUNDUP(sizeof(struct hdr), align);
	if (!MEMDEBUG_ALIGNED && align > 16)
		off += align;
	total = off + size + guard;
	if ((raw = memdebug_env_alloc(total, align)) == NULL)
		return NULL;
	p = (char *)ROUNDUP((uintptr_t)raw + sizeof(struct hdr), align);
	h = hdrof(p);
	h->h_size = size;
	h->h_site = rump_memsite_find(w);
	h->h_freesite = NULL;
	h->h_owner = owner;
	h->h_seq = __atomic_fetch_add(&sequence, 1, __ATOMIC_RELAXED);
	h->h_thread = memdebug_env_thread();
	h->h_freethread = 0;
	h->h_rawoff = (uint32_t)(p - raw);
	h->h_tail = (uint16_t)(total - size - h->h_rawoff);
	h->h_refs = 0;
	h->h_flags = (uint16_t)flags;
	h->h_magic = magic(p, MAGIC_LIVE);
	if ((flags & RUMP_MEMDEBUG_COUNT) != 0)
		rump_memsite_count(h->h_site, size, 1);
	if (guard != 0) {
		memset(p, BYTE_FRESH, size);
		memset(p + size, BYTE_GUARD, h->h_tail);
	}
	MEMDEBUG_BORN(p, size);
	MEMDEBUG_POISON(p + size, h->h_tail);
	MEMDEBUG_POISON(raw, (size_t)(p - raw));
	return p;
}

static void __attribute__((__noinline__, __noreturn__))
bad_object(const void *p, const struct hdr *h, struct rump_memplace w)
{
	struct rump_memsite *st = rump_memsite_find(w);

	if (h->h_magic != magic(p, MAGIC_FREE)) {
		memdebug_env_panic("free of %p from %s: not an allocated "
		    "object, or what is before it was overwritten", p,
		    st->st_name);
	}
	memdebug_env_panic("free of %p from %s on thread %u: freed already "
	    "from %s on thread %u; object %llu of %zu bytes, allocated from %s "
	    "on thread %u", p, st->st_name, memdebug_env_thread(),
	    h->h_freesite->st_name, h->h_freethread,
	    (unsigned long long)h->h_seq, h->h_size, h->h_site->st_name,
	    h->h_thread);
}

static void
guard_check(const void *p, const struct hdr *h, struct rump_memplace w)
{
	const uint8_t *g = (const uint8_t *)p + h->h_size;
	size_t i;

	for (i = 0; i < h->h_tail; i++) {
		if (g[i] == BYTE_GUARD)
			continue;
		memdebug_env_panic("overrun of %zu bytes at %p from %s, byte "
		    "%zu past the end, found at free from %s; object %llu, "
		    "allocated on thread %u", h->h_size, p,
		    h->h_site->st_name, i, rump_memsite_find(w)->st_name,
		    (unsigned long long)h->h_seq, h->h_thread);
	}
}

/* The header, accessible, of what has to be a sound object. */
static struct hdr *
object_check(void *p, size_t size, struct rump_memplace w)
{
	struct hdr *h = hdrof(p);

	MEMDEBUG_UNPOISON(h, sizeof(*h));
	if (h->h_magic != magic(p, MAGIC_LIVE))
		bad_object(p, h, w);
	if (size != 0 && size != h->h_size) {
		memdebug_env_panic("free of %p from %s: %zu bytes, but it has "
		    "%zu, allocated from %s", p,
		    rump_memsite_find(w)->st_name, size, h->h_size,
		    h->h_site->st_name);
	}
	if ((h->h_flags & RUMP_MEMDEBUG_GUARD) != 0) {
		MEMDEBUG_UNPOISON((char *)p + h->h_size, h->h_tail);
		guard_check(p, h, w);
	}
	return h;
}

void
rump_memdebug_check(void *p, struct rump_memplace w)
{
	struct hdr *h = object_check(p, 0, w);

	(void)h;	/* where there is nothing to poison */
	MEMDEBUG_POISON((char *)p + h->h_size, h->h_tail);
	MEMDEBUG_POISON(h, sizeof(*h));
}

/* No byte of a freed object has changed. */
static void
fill_check(const void *p, const struct hdr *h)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < h->h_size; i++) {
		if (b[i] == BYTE_FREE)
			continue;
		memdebug_env_panic("write after free: byte %zu of %zu bytes "
		    "at %p freed from %s on thread %u; object %llu, allocated "
		    "from %s on thread %u", i, h->h_size, p,
		    h->h_freesite->st_name, h->h_freethread,
		    (unsigned long long)h->h_seq, h->h_site->st_name,
		    h->h_thread);
	}
}

/* The object is raw memory again. */
static void
object_release(void *p)
{
	struct hdr *h = hdrof(p);
	void *owner;

	MEMDEBUG_UNPOISON((char *)p - h->h_rawoff, raw_size(h));
	if (MEMDEBUG_FILLED && (h->h_flags & RUMP_MEMDEBUG_GUARD) != 0) {
		fill_check(p, h);
		h->h_magic = 0;
	}
	owner = h->h_owner;
	memdebug_env_free((char *)p - h->h_rawoff, raw_size(h));
	memdebug_env_gone(owner);
}

/* Put an object into the quarantine; returns one that leaves it. */
static void *
quarantine_swap(void *p)
{
	void *old;

	MEMDEBUG_LOCK();
	old = quarantine[quarantine_next];
	quarantine[quarantine_next] = p;
	quarantine_next = (quarantine_next + 1) % NQUARANTINE;
	MEMDEBUG_UNLOCK();
	return old;
}

void
rump_memdebug_free(void *p, size_t size, struct rump_memplace w)
{
	struct hdr *h = object_check(p, size, w);

	if (__atomic_load_n(&h->h_refs, __ATOMIC_ACQUIRE) != 0) {
		memdebug_env_panic("free of %p from %s: it has %u holds, "
		    "allocated from %s", p, rump_memsite_find(w)->st_name,
		    h->h_refs + 1, h->h_site->st_name);
	}
	h->h_magic = magic(p, MAGIC_FREE);
	h->h_freesite = rump_memsite_find(w);
	h->h_freethread = memdebug_env_thread();
	if ((h->h_flags & RUMP_MEMDEBUG_COUNT) != 0)
		rump_memsite_count(h->h_site, h->h_size, -1);
	if (MEMDEBUG_FILLED && (h->h_flags & RUMP_MEMDEBUG_GUARD) != 0) {
		memset(p, BYTE_FREE, h->h_size);
		MEMDEBUG_DIED(p, h->h_size);
		if (h->h_size <= MEMDEBUG_QUARANTINE)
			p = quarantine_swap(p);
	} else
		MEMDEBUG_DIED(p, h->h_size);
	if (p != NULL)
		object_release(p);
}

void
rump_memdebug_audit(void)
{
	unsigned int i;
	struct hdr *h;
	void *p;

	MEMDEBUG_LOCK();
	for (i = 0; i < NQUARANTINE; i++) {
		if ((p = quarantine[i]) == NULL)
			continue;
		h = hdrof(p);
		MEMDEBUG_UNPOISON(p, h->h_size);
		fill_check(p, h);
		MEMDEBUG_POISON(p, h->h_size);
	}
	MEMDEBUG_UNLOCK();
}

void
rump_memdebug_drain(void)
{
	unsigned int i;
	void *p;

	for (i = 0; i < NQUARANTINE; i++) {
		if ((p = quarantine_swap(NULL)) != NULL)
			object_release(p);
	}
}

void
rump_memdebug_attribute(void *p, struct rump_memplace w)
{
	struct hdr *h = object_check(p, 0, w);
	struct rump_memsite *st = rump_memsite_find(w);

	if ((h->h_flags & RUMP_MEMDEBUG_COUNT) != 0) {
		rump_memsite_count(h->h_site, h->h_size, -1);
		rump_memsite_count(st, h->h_size, 1);
	}
	h->h_site = st;
	MEMDEBUG_POISON((char *)p + h->h_size, h->h_tail);
	MEMDEBUG_POISON(h, sizeof(*h));
}

/*
 * What may be asked of an object while others do the same: the header stays
 * poisoned, and is read regardless.
 */

NOSANITIZE size_t
rump_memdebug_size(const void *p)
{
	size_t size;

	MEMDEBUG_PEEK(1);
	size = hdrof(p)->h_size;
	MEMDEBUG_PEEK(0);
	return size;
}

NOSANITIZE const struct rump_memsite *
rump_memdebug_site(const void *p)
{
	const struct rump_memsite *st;

	MEMDEBUG_PEEK(1);
	st = hdrof(p)->h_site;
	MEMDEBUG_PEEK(0);
	return st;
}

NOSANITIZE void *
rump_memdebug_owner(const void *p)
{
	void *owner;

	MEMDEBUG_PEEK(1);
	owner = hdrof(p)->h_owner;
	MEMDEBUG_PEEK(0);
	return owner;
}

NOSANITIZE void
rump_memdebug_setowner(void *p, void *owner)
{

	MEMDEBUG_PEEK(1);
	hdrof(p)->h_owner = owner;
	MEMDEBUG_PEEK(0);
}

NOSANITIZE static void
live_check(const void *p, struct rump_memplace w)
{

	if (hdrof(p)->h_magic != magic(p, MAGIC_LIVE)) {
		MEMDEBUG_UNPOISON(hdrof(p), sizeof(struct hdr));
		bad_object(p, hdrof(p), w);
	}
}

NOSANITIZE void
rump_memdebug_hold(void *p)
{
	struct rump_memplace w = { "rumpuser_mem_hold", NULL };

	MEMDEBUG_PEEK(1);
	live_check(p, w);
	__atomic_fetch_add(&hdrof(p)->h_refs, 1, __ATOMIC_RELAXED);
	MEMDEBUG_PEEK(0);
}

/*
 * Who drops before others do releases what it wrote; the last one acquires it,
 * by the load that finds no other hold.
 */
NOSANITIZE unsigned int
rump_memdebug_drop(void *p, struct rump_memplace w)
{
	struct hdr *h = hdrof(p);
	uint32_t n;

	MEMDEBUG_PEEK(1);
	live_check(p, w);
	n = __atomic_load_n(&h->h_refs, __ATOMIC_ACQUIRE);
	while (n != 0 && !__atomic_compare_exchange_n(&h->h_refs, &n, n - 1,
	    true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		continue;
	MEMDEBUG_PEEK(0);
	return n;
}

NOSANITIZE unsigned int
rump_memdebug_holds(const void *p)
{
	uint32_t n;

	MEMDEBUG_PEEK(1);
	n = __atomic_load_n(&hdrof(p)->h_refs, __ATOMIC_ACQUIRE);
	MEMDEBUG_PEEK(0);
	return n + 1;
}
#endif /* MEMDEBUG_WANTED */
