/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug.c - the modes of the allocator, what it says when it is misused, the
 * report of memory in use, and the account of rumpuser_anonmmap().
 *
 * Locking: the mode is atomic.  rumpuser__mem_lock guards the list of mappings;
 * debug_lock is memdebug's (lib/free/memdebug.c).
 */
#include "mem/slab_env.h"
#include "mem/memdebug_env.h"

#include <stdarg.h>
#include <stdlib.h>

int rumpuser__mem_mode = MEM_ASAN ? MEM_HEADERS : 0;

static pthread_mutex_t debug_lock = PTHREAD_MUTEX_INITIALIZER;

void
rumpuser__memdebug_lock(void)
{

	pthread_mutex_lock(&debug_lock);
}

void
rumpuser__memdebug_unlock(void)
{

	pthread_mutex_unlock(&debug_lock);
}

void
rumpuser__mem_panic(const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	rumpuser_dprintf("rumpuser: memory: %s\n", buf);
	abort();
}

#if MEM_ASAN
void *
rumpuser__mem_raw(size_t size, size_t align)
{
	void *p;

	/* The sanitizer's allocator ends the process instead of failing. */
	if (size > (size_t)1 << 36 || posix_memalign(&p, align, size) != 0)
		return NULL;
	return p;
}

bool
rumpuser__mem_headed(const void *p)
{

	return true;
}

void
rumpuser__mem_sane(const void *p, struct rump_memplace w)
{
}
#else
/* Size classes of objects with headers: no hoards, and looked at when freed. */
static struct rump_slabcache headclass[MEM_NCLASS];
static pthread_once_t headonce = PTHREAD_ONCE_INIT;

static void
headinit(void)
{
	unsigned int i;

	for (i = 0; i < MEM_NCLASS; i++) {
		rump_slabcache_init(&headclass[i], "debug",
		    (size_t)MEM_MIN << i, MEM_MIN);
		headclass[i].c_index = MEM_NOHOARD;
		headclass[i].c_maxdepot = 0;
		headclass[i].c_owner = rumpuser__memclass;
	}
}

/* As aligned as it is asked for, which is at most RUMP_SLAB_MAX. */
void *
rumpuser__mem_raw(size_t size, size_t align)
{
	void *p;

	rumpuser__mem_init();
	pthread_once(&headonce, headinit);
	if (size <= RUMP_SLAB_MAX) {
		return rump_slab_alloc(&headclass[mem_class(size > align ?
		    size : align)]);
	}
	p = rumpuser__mem_span(size, align);
	if (p != NULL)
		rump_slabof(p)->s_marked = true;
	return p;
}

bool
rumpuser__mem_headed(const void *p)
{
	const struct rump_slab *s;

	if (((uintptr_t)p & (RUMP_CHUNK_SIZE - 1)) == 0)
		return false;
	s = rump_slabof(p);
	switch (__atomic_load_n(&s->s_kind, __ATOMIC_RELAXED)) {
	case RUMP_SLAB_OBJSX:
		return s->s_cache->c_owner == rumpuser__memclass;
	case RUMP_SLAB_SPAN:
	case RUMP_SLAB_HUGE:
		return s->s_marked;
	default:
		return false;
	}
}

/* What can be said without looking at the object. */
void
rumpuser__mem_sane(const void *p, struct rump_memplace w)
{
	const char *why = NULL;
	uint8_t kind;

	if (((uintptr_t)p & (RUMP_CHUNK_SIZE - 1)) == 0)
		return;
	if (!rumpuser__mem_known(p))
		why = "not an address of this allocator";
	else if (((uintptr_t)p & 15) != 0)
		why = "not the beginning of an object";
	else {
		kind = rump_slabof(p)->s_kind;
		if (kind == RUMP_SLAB_UNUSED || kind == RUMP_SLAB_CONT)
			why = "not an allocated object";
	}
	if (why != NULL) {
		rumpuser__mem_panic("free of %p from %s: %s", p,
		    rump_memsite_find(w)->st_name, why);
	}
}
#endif

/*
 * Modes.
 */

int
rumpuser_mem_setmode(int modes)
{
	int old = mem_mode(), new;

	do
		new = (old & ~MEM_PUBLIC) | (modes & MEM_PUBLIC);
	while (!__atomic_compare_exchange_n(&rumpuser__mem_mode, &old, new,
	    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if ((old & ~new & RUMPUSER_MEM_DEBUG) != 0)
		rump_memdebug_drain();
	return old & MEM_PUBLIC;
}

static void __attribute__((__constructor__))
mode_init(void)
{
	const char *e = getenv("RUMP_MEMDEBUG");
	int mode = 0;

	rumpuser__mem_init();
	if (e != NULL && strcmp(e, "account") == 0)
		mode = RUMPUSER_MEM_ACCOUNT;
	else if (e != NULL && (strcmp(e, "1") == 0 || strcmp(e, "debug") == 0))
		mode = RUMPUSER_MEM_DEBUG;
	else if (e != NULL && *e != '\0' && strcmp(e, "0") != 0)
		rumpuser_dprintf("rumpuser: RUMP_MEMDEBUG=%s ignored: it is "
		    "0, 1, debug or account\n", e);
#if defined(HAVE_VALGRIND) && !MEM_ASAN
	if (RUNNING_ON_VALGRIND)
		mode |= MEM_HEADERS | MEM_VALGRIND;
#endif
	__atomic_fetch_or(&rumpuser__mem_mode, mode, __ATOMIC_RELAXED);
}

/* What has not been freed when the process exits. */
static void __attribute__((__destructor__))
mode_fini(void)
{

	if ((mem_mode() & RUMPUSER_MEM_DEBUG) == 0)
		return;
	rump_memdebug_drain();
	if (rumpuser_mem_sites(NULL, NULL, 0) != 0) {
		rumpuser_dprintf("rumpuser: memory not freed:\n");
		(void)rumpuser_mem_report();
	}
}

/*
 * Reports.
 */

struct walk {
	void (*fn)(const struct rumpuser_memsite *, void *);
	void *arg;
};

static void
walk_site(const struct rump_memsite *st, void *arg)
{
	const struct walk *w = arg;
	struct rumpuser_memsite site;

	site.site = st->st_name;
	site.count = __atomic_load_n(&st->st_count, __ATOMIC_RELAXED);
	site.bytes = __atomic_load_n(&st->st_bytes, __ATOMIC_RELAXED);
	site.total = __atomic_load_n(&st->st_total, __ATOMIC_RELAXED);
	w->fn(&site, w->arg);
}

uint64_t
rumpuser_mem_sites(void (*fn)(const struct rumpuser_memsite *, void *),
    void *arg, unsigned int max)
{
	struct walk w = { fn, arg };

	return rump_memsite_walk(walk_site, &w, max);
}

static void
report_site(const struct rumpuser_memsite *st, void *arg)
{

	(void)arg;
	rumpuser_dprintf("%12llu bytes %8llu allocations (of %llu) from %s\n",
	    (unsigned long long)st->bytes, (unsigned long long)st->count,
	    (unsigned long long)st->total, st->site);
}

uint64_t
rumpuser_mem_report(void)
{

	return rumpuser_mem_sites(report_site, NULL, ~0U);
}

void
rumpuser_mem_attribute(void *p, const char *where)
{

	if (p != NULL && rumpuser__mem_headed(p))
		rump_memdebug_attribute(p, MEM_HERE(where));
}

void
rumpuser_mem_check_at(void *p, const char *where)
{
	const struct rump_memplace w = MEM_HERE(where);

	if (MEMDEBUG_FILLED)
		rump_memdebug_audit();
	if (p == NULL)
		return;
	if (mem_mode() & RUMPUSER_MEM_DEBUG)
		rumpuser__mem_sane(p, w);
	if (rumpuser__mem_headed(p))
		rump_memdebug_check(p, w);
}

/*
 * Mappings.
 */

struct mapping {
	LIST_ENTRY(mapping) entry;
	void	*p;
	size_t	size;
	struct rump_memsite *site;
};

static LIST_HEAD(, mapping) mappings = LIST_HEAD_INITIALIZER(mappings);
unsigned int rumpuser__mem_nmapped;

/* Without memory for it the mapping is not on the account. */
void
rumpuser__mem_mapped(void *p, size_t size, const void *pc)
{
	const struct rump_memplace w = { NULL, pc };
	struct mapping *m;

	m = rump_slab_alloc(&rumpuser__memclass[mem_class(sizeof(*m))]);
	if (m == NULL)
		return;
	m->p = p;
	m->size = size;
	m->site = rump_memsite_find(w);
	rump_memsite_count(m->site, size, 1);
	pthread_mutex_lock(&rumpuser__mem_lock);
	LIST_INSERT_HEAD(&mappings, m, entry);
	__atomic_fetch_add(&rumpuser__mem_nmapped, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&rumpuser__mem_lock);
}

/* Called before the mapping goes: afterwards its address may be another's. */
void
rumpuser__mem_unmapped(void *p, size_t size, const void *pc)
{
	const struct rump_memplace w = { NULL, pc };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct mapping *m;

	pthread_mutex_lock(&rumpuser__mem_lock);
	LIST_FOREACH(m, &mappings, entry) {
		if (m->p == p)
			break;
	}
	if (m != NULL) {
		LIST_REMOVE(m, entry);
		__atomic_fetch_sub(&rumpuser__mem_nmapped, 1,
		    __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&rumpuser__mem_lock);
	if (m == NULL)
		return;
	if (mem_mode() & RUMPUSER_MEM_DEBUG && (m->size + page - 1) / page !=
	    (size + page - 1) / page) {
		rumpuser__mem_panic("unmap of %zu bytes at %p from %s: %zu "
		    "were mapped from %s", size, p,
		    rump_memsite_find(w)->st_name, m->size, m->site->st_name);
	}
	rump_memsite_count(m->site, m->size, -1);
	rump_slab_free(&rumpuser__memclass[mem_class(sizeof(*m))], m);
}
