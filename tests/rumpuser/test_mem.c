/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mem.c - the host layer's allocator: sizes and alignment, freeing on
 * other threads, caches, holds, and what its debugging mode finds.  Faults are
 * committed in forked children, which have to end with a message that names
 * both places.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser.h>
#include <rump/rumpuser_mem.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN	1
#elif defined(__SANITIZE_THREAD__)
#define HAVE_TSAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN	1
#elif __has_feature(thread_sanitizer)
#define HAVE_TSAN	1
#endif
#endif
#if defined(HAVE_ASAN) || defined(HAVE_TSAN)
#define SANITIZED	1
#else
#define SANITIZED	0
#endif

#ifdef LONG
#define LONG_ONLY	1
#define TIMES	LONG
#else
#define LONG_ONLY	0
#define TIMES	1
#endif

/* NetBSD's numbers. */
enum { NB_ENOMEM = 12, NB_EBUSY = 16, NB_EINVAL = 22 };

/* Sanitizers: an impossible allocation fails instead of ending the test. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *
__asan_default_options(void)
{

	return "allocator_may_return_null=1:detect_leaks=0";
}

const char *
__tsan_default_options(void)
{

	return "allocator_may_return_null=1";
}

/* Where a lot is checked: ck_assert() writes to a file each time. */
#define WANT(cond) do {							\
	if (!(cond))							\
		ck_abort_msg("%s", #cond);				\
} while (0)

/* Each mode a test runs in. */
static const int modes[] = { 0, RUMPUSER_MEM_ACCOUNT, RUMPUSER_MEM_DEBUG };
#define NMODES	3

static uint64_t
in_use(void)
{

	return rumpuser_mem_sites(NULL, NULL, 0);
}

static void
aligned(const void *p, size_t size)
{
	size_t align = size == 0 || size % 512 != 0 ? 16 :
	    size % 4096 == 0 ? 4096 : 512;

	if (p == NULL || (uintptr_t)p % align != 0)
		ck_abort_msg("%zu bytes at %p", size, p);
}

START_TEST(sizes)
{
	static const size_t size[] = { 0, 1, 15, 16, 63, 64, 65, 100, 511, 512,
	    1000, 1024, 1536, 2048, 4095, 4096, 8192, 12288, 16383, 16384,
	    16385, 20480, 65536, 65537, 131072, 500000, 983040, 1 << 20,
	    (1 << 20) + 4096, 3 << 20, 16 << 20, 17 << 20 };
	unsigned char *p[2], *q;
	size_t i, j, n;

	rumpuser_mem_setmode(modes[_i]);
	errno = 12345;
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		n = size[i];
		for (j = 0; j < 2; j++) {
			p[j] = rumpuser_mem_alloc(n);
			aligned(p[j], n);
			ck_assert_uint_ge(rumpuser_mem_size(p[j]), n);
			memset(p[j], 0x5a, n);
		}
		ck_assert_ptr_ne(p[0], p[1]);
		rumpuser_mem_free(p[0]);
		q = rumpuser_mem_zalloc(n);
		aligned(q, n);
		for (j = 0; j < n; j++) {
			if (q[j] != 0 || p[1][j] != 0x5a)
				ck_abort_msg("%zu of %zu bytes", j, n);
		}
		rumpuser_mem_free(q);
		rumpuser_mem_free(p[1]);
	}
	rumpuser_mem_free(NULL);
	ck_assert_ptr_null(rumpuser_mem_alloc((size_t)1 << 62));
	ck_assert_ptr_null(rumpuser_mem_alloc(~(size_t)0));
	ck_assert_int_eq(errno, 12345);
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

START_TEST(hypercalls)
{
	void *p[8];
	int i, bit;

	rumpuser_mem_setmode(modes[_i]);
	for (bit = 0; bit <= 22; bit++) {
		for (i = 0; i < 8; i++) {
			ck_assert_int_eq(rumpuser_malloc((size_t)37 << i * 2,
			    1 << bit, &p[i]), 0);
			ck_assert_uint_eq((uintptr_t)p[i] & ((1U << bit) - 1),
			    0);
			memset(p[i], i, (size_t)37 << i * 2);
		}
		for (i = 0; i < 8; i++)
			rumpuser_free(p[i], (size_t)37 << i * 2);
	}
	ck_assert_int_eq(rumpuser_malloc((size_t)1 << 62, 0, &p[0]),
	    NB_ENOMEM);
	ck_assert_int_eq(rumpuser_anonmmap(NULL, 123456, 20, 0, &p[0]), 0);
	ck_assert_uint_eq(in_use(), modes[_i] != 0);
	rumpuser_unmap(p[0], 123456);
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

/* The move frees the old place: nothing adds up. */
START_TEST(reallocs)
{
	struct rumpuser_memstats before, after;
	unsigned char *p;
	size_t n, i;
	int round;

	rumpuser_mem_setmode(modes[_i]);
	for (round = 0; round < 40; round++) {
		if (round == 8)
			rumpuser_mem_getstats(&before);
		p = NULL;
		for (n = 1; n < (1 << 20); n = n * 5 / 2 + 1) {
			p = rumpuser_mem_realloc(p, n);
			aligned(p, n);
			for (i = 0; i < n / 3; i++)
				WANT(p[i] == (unsigned char)i);
			for (i = 0; i < n; i++)
				p[i] = (unsigned char)i;
		}
		for (; n > 10; n /= 3) {
			p = rumpuser_mem_realloc(p, n / 3);
			for (i = 0; i < n / 3; i++)
				WANT(p[i] == (unsigned char)i);
		}
		p = rumpuser_mem_realloc(p, 3 * 4096);
		aligned(p, 4096);
		ck_assert_ptr_null(rumpuser_mem_realloc(p, (size_t)1 << 62));
		ck_assert_uint_eq(p[2], 2);
		rumpuser_mem_free(p);
	}
	rumpuser_mem_getstats(&after);
	ck_assert_uint_le(after.used, before.used + (4 << 20));
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

/*
 * Eight threads with slots of their own, and shared ones through which what one
 * allocated comes to be freed by another. What is in a slot is known.
 */

#define NTHREAD	8
#define NSLOT	64

struct slot {
	unsigned char *p;
	size_t size;
	unsigned char seed;
};

static struct slot *shared[NSLOT];
static struct rumpuser_memcache *shared_cache;

static void
slot_fill(struct slot *s, size_t from)
{
	size_t i;

	for (i = from; i < s->size; i++)
		s->p[i] = (unsigned char)(s->seed + i);
}

static void
slot_verify(struct slot *s)
{
	size_t i;

	for (i = 0; i < s->size; i++) {
		if (s->p[i] != (unsigned char)(s->seed + i))
			ck_abort_msg("byte %zu of %zu at %p", i, s->size,
			    (void *)s->p);
	}
}

static size_t
some_size(unsigned int *seed)
{
	unsigned int r = (unsigned int)rand_r(seed);

	if (r % 100 == 0)
		return r % (SANITIZED ? 200000 : 2000000);
	return r % 10 == 0 ? r % 20000 : r % 600;
}

static struct slot *
slot_new(unsigned int *seed)
{
	struct slot *s = rumpuser_memcache_zalloc(shared_cache);

	WANT(s != NULL);
	s->size = some_size(seed);
	s->seed = (unsigned char)*seed;
	s->p = rumpuser_mem_alloc(s->size);
	aligned(s->p, s->size);
	slot_fill(s, 0);
	return s;
}

static void
slot_free(struct slot *s)
{

	slot_verify(s);
	rumpuser_mem_free(s->p);
	rumpuser_memcache_free(shared_cache, s);
}

static void
slot_realloc(struct slot *s, unsigned int *seed)
{
	size_t n = some_size(seed), old = s->size;

	slot_verify(s);
	s->p = rumpuser_mem_realloc(s->p, n);
	aligned(s->p, n);
	s->size = n < old ? n : old;
	slot_verify(s);
	s->size = n;
	slot_fill(s, n < old ? n : old);
}

static void *
modeler(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg * 7919 + 1;
	const int rounds = (SANITIZED ? 2000 : 8000) * TIMES;
	struct slot *own[NSLOT] = { NULL }, **s;
	int i;

	for (i = 0; i < rounds; i++) {
		s = &own[rand_r(&seed) % NSLOT];
		switch (rand_r(&seed) % 4) {
		case 0:
			*s = __atomic_exchange_n(&shared[rand_r(&seed) %
			    NSLOT], *s, __ATOMIC_ACQ_REL);
			break;
		case 1:
			if (*s != NULL) {
				slot_realloc(*s, &seed);
				break;
			}
			/* FALLTHROUGH */
		default:
			if (*s != NULL)
				slot_free(*s);
			*s = *s == NULL ? slot_new(&seed) : NULL;
			break;
		}
	}
	for (i = 0; i < NSLOT; i++) {
		if (own[i] != NULL)
			slot_free(own[i]);
	}
	return NULL;
}

START_TEST(model)
{
	pthread_t t[NTHREAD];
	uintptr_t i;

	rumpuser_mem_setmode(modes[_i]);
	ck_assert_int_eq(rumpuser_memcache_create("slots",
	    sizeof(struct slot), 0, &shared_cache), 0);
	for (i = 0; i < NTHREAD; i++) {
		ck_assert_int_eq(pthread_create(&t[i], NULL, modeler,
		    (void *)i), 0);
	}
	for (i = 0; i < NTHREAD; i++)
		pthread_join(t[i], NULL);
	for (i = 0; i < NSLOT; i++) {
		if (shared[i] != NULL)
			slot_free(shared[i]);
		shared[i] = NULL;
	}
	ck_assert_uint_eq(in_use(), 0);
	ck_assert_int_eq(rumpuser_memcache_destroy(shared_cache), 0);
}
END_TEST

/*
 * One thread allocates, another frees.
 */

#define RING	1024

static void *ring[RING];
static unsigned long ring_n;

static void *
consumer(void *arg)
{
	unsigned long i;
	void *p;

	for (i = 0; i < ring_n; i++) {
		while ((p = __atomic_exchange_n(&ring[i % RING], NULL,
		    __ATOMIC_ACQ_REL)) == NULL)
			sched_yield();
		rumpuser_mem_free(p);
	}
	return arg;
}

static void
produce(unsigned long n)
{
	pthread_t t;
	unsigned long i;
	size_t size;
	char *p;

	ring_n = n;
	ck_assert_int_eq(pthread_create(&t, NULL, consumer, NULL), 0);
	for (i = 0; i < n; i++) {
		size = i % 7 == 0 ? 4096 : i % 101 == 0 ? 100000 : 64 + i % 700;
		p = rumpuser_mem_alloc(size);
		WANT(p != NULL);
		p[0] = p[size - 1] = 1;
		while (__atomic_load_n(&ring[i % RING], __ATOMIC_ACQUIRE) !=
		    NULL)
			sched_yield();
		__atomic_store_n(&ring[i % RING], p, __ATOMIC_RELEASE);
	}
	pthread_join(t, NULL);
}

/* Resident KiB. */
static long
resident(void)
{
	long size, pages;
	FILE *f = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld %ld", &size, &pages), 2);
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

START_TEST(crossthread)
{
	const unsigned long n = SANITIZED ? 5000 : 40000;
	struct rumpuser_memstats before, after;
	long rss;
	int i;

	rumpuser_mem_setmode(modes[_i]);
	produce(n);
	rumpuser_mem_getstats(&before);
	rss = resident();
	for (i = 0; i < 5 * TIMES; i++)
		produce(n);
	rumpuser_mem_getstats(&after);
	ck_assert_uint_le(after.mapped, before.mapped + (8 << 20));
	if (!SANITIZED)
		ck_assert_int_le(resident(), rss + 8192);
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

/* Threads leave nothing behind in their hoards. */
static void *
visitor(void *arg)
{
	void *p[100];
	int i;

	for (i = 0; i < 100; i++)
		p[i] = rumpuser_mem_alloc((size_t)i * 50);
	for (i = 0; i < 100; i++)
		rumpuser_mem_free(p[i]);
	return arg;
}

START_TEST(threads_end)
{
	struct rumpuser_memstats before, after;
	pthread_t t[16];
	int i, j;

	for (i = 0; i < 20; i++) {
		if (i == 4)
			rumpuser_mem_getstats(&before);
		for (j = 0; j < 16; j++) {
			ck_assert_int_eq(pthread_create(&t[j], NULL, visitor,
			    NULL), 0);
		}
		for (j = 0; j < 16; j++)
			pthread_join(t[j], NULL);
	}
	rumpuser_mem_getstats(&after);
	ck_assert_uint_le(after.used, before.used + (4 << 20));
}
END_TEST

/*
 * Caches.
 */

START_TEST(caches)
{
	static const size_t size[] = { 1, 48, 300, 4096, 10000, 65536, 200000 };
	struct rumpuser_memcache *c;
	char *p, *q;
	size_t i;

	rumpuser_mem_setmode(modes[_i]);
	ck_assert_int_eq(rumpuser_memcache_create("x", 0, 0, &c), NB_EINVAL);
	ck_assert_int_eq(rumpuser_memcache_create("x", 1, 3, &c), NB_EINVAL);
	ck_assert_int_eq(rumpuser_memcache_create("x", 1, 8192, &c),
	    NB_EINVAL);
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		ck_assert_int_eq(rumpuser_memcache_create("a cache with a "
		    "name that is longer than names are", size[i], 1024, &c),
		    0);
		p = rumpuser_memcache_alloc(c);
		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % 1024, 0);
		memset(p, 1, size[i]);
		ck_assert_uint_eq(rumpuser_memcache_out(c), 1);
		ck_assert_int_eq(rumpuser_memcache_destroy(c), NB_EBUSY);
		q = rumpuser_memcache_zalloc(c);
		ck_assert_int_eq(q[0] + q[size[i] - 1], 0);
		rumpuser_memcache_free(c, p);
		ck_assert_uint_eq(rumpuser_memcache_out(c), 1);
		ck_assert_int_eq(rumpuser_memcache_destroy(c), NB_EBUSY);
		rumpuser_mem_free(q);
		ck_assert_int_eq(rumpuser_memcache_destroy(c), 0);
	}
}
END_TEST

/* Far more than have hoards. */
START_TEST(many_caches)
{
	enum { N = 1100 };
	static struct rumpuser_memcache *c[N];
	static void *p[N];
	int i;

	for (i = 0; i < N; i++) {
		ck_assert_int_eq(rumpuser_memcache_create("one of many", 100,
		    0, &c[i]), 0);
		p[i] = rumpuser_memcache_alloc(c[i]);
		WANT(p[i] != NULL);
	}
	for (i = 0; i < N; i++)
		rumpuser_mem_free(p[i]);
	for (i = 0; i < N; i++)
		ck_assert_int_eq(rumpuser_memcache_destroy(c[i]), 0);
}
END_TEST

/* Buffers come back from other threads while the cache is to be destroyed. */
static void *
returner(void *arg)
{
	void **p = arg;
	int i;

	for (i = 0; i < 300; i++)
		rumpuser_mem_free(p[i]);
	return NULL;
}

START_TEST(destroy_race)
{
	const int rounds = SANITIZED ? 20 : 100;
	static void *p[4][300];
	struct rumpuser_memcache *c;
	pthread_t t[4];
	int i, j, error;

	rumpuser_mem_setmode(modes[_i]);
	for (i = 0; i < rounds; i++) {
		ck_assert_int_eq(rumpuser_memcache_create("race", 200, 0, &c),
		    0);
		for (j = 0; j < 4 * 300; j++)
			p[j % 4][j / 4] = rumpuser_memcache_alloc(c);
		for (j = 0; j < 4; j++) {
			ck_assert_int_eq(pthread_create(&t[j], NULL, returner,
			    p[j]), 0);
		}
		while ((error = rumpuser_memcache_destroy(c)) == NB_EBUSY)
			sched_yield();
		ck_assert_int_eq(error, 0);
		for (j = 0; j < 4; j++)
			pthread_join(t[j], NULL);
	}
}
END_TEST

/*
 * Holds.
 */

START_TEST(holds)
{
	static const size_t size[] = { 64, 1000, 4096, 50000, 3 << 20 };
	void *p, *q;
	size_t i;

	rumpuser_mem_setmode(modes[_i]);
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		p = rumpuser_mem_alloc(size[i]);
		q = rumpuser_mem_alloc(size[i]);
		ck_assert_uint_eq(rumpuser_mem_holds(p), 1);
		ck_assert_int_eq(rumpuser_mem_hold(p), 0);
		ck_assert_int_eq(rumpuser_mem_hold(p), 0);
		ck_assert_uint_eq(rumpuser_mem_holds(p), 3);
		ck_assert_uint_eq(rumpuser_mem_holds(q), 1);
		ck_assert_uint_eq(rumpuser_mem_drop(p), 2);
		ck_assert_uint_eq(rumpuser_mem_drop(p), 1);
		memset(p, 1, size[i]);
		ck_assert_uint_eq(rumpuser_mem_drop(p), 0);
		ck_assert_uint_eq(rumpuser_mem_drop(q), 0);
	}
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

static void *
dropper(void *arg)
{
	unsigned int *p = arg;

	__atomic_fetch_add(p, 1, __ATOMIC_RELAXED);
	return (void *)(uintptr_t)(rumpuser_mem_drop(p) == 0);
}

/* Whoever is last frees, and there is exactly one. */
START_TEST(drop_race)
{
	pthread_t t[NTHREAD];
	unsigned int *p;
	int i, j, last;
	void *ret;

	rumpuser_mem_setmode(modes[_i]);
	for (i = 0; i < (SANITIZED ? 30 : 200); i++) {
		p = rumpuser_mem_zalloc(256);
		for (j = 1; j < NTHREAD; j++)
			ck_assert_int_eq(rumpuser_mem_hold(p), 0);
		for (j = last = 0; j < NTHREAD; j++) {
			ck_assert_int_eq(pthread_create(&t[j], NULL, dropper,
			    p), 0);
		}
		for (j = 0; j < NTHREAD; j++) {
			pthread_join(t[j], &ret);
			last += ret != NULL;
		}
		ck_assert_int_eq(last, 1);
	}
}
END_TEST

/* What one mode allocated another frees. */
START_TEST(switching)
{
	void *p[300];
	int i;

	for (i = 0; i < 300; i++) {
		rumpuser_mem_setmode(modes[i % NMODES]);
		p[i] = rumpuser_mem_alloc((size_t)i * i);
		memset(p[i], i, (size_t)i * i);
	}
	for (i = 0; i < 300; i++) {
		rumpuser_mem_setmode(modes[i / 3 % NMODES]);
		if (i % 2)
			p[i] = rumpuser_mem_realloc(p[i], 1000);
		rumpuser_mem_free(p[i]);
	}
	rumpuser_mem_setmode(0);
	ck_assert_int_eq(rumpuser_mem_setmode(RUMPUSER_MEM_DEBUG), 0);
	ck_assert_int_eq(rumpuser_mem_setmode(0), RUMPUSER_MEM_DEBUG);
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

/*
 * Children.
 */

/* Run fn in a child; what it wrote to standard error, and its status. */
static int
child(void (*fn)(void), char *out, size_t size)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct rlimit nocore = { 0, 0 };

		setrlimit(RLIMIT_CORE, &nocore);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		fn();
		exit(0);
	}
	close(fds[1]);
	while (n < size - 1 &&
	    ((got = read(fds[0], out + n, size - 1 - n)) > 0 ||
	    (got < 0 && errno == EINTR)))
		n += got > 0 ? (size_t)got : 0;
	out[n] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void
fault_doublefree(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");

	rumpuser_mem_free_at(p, "free.c:2");
	rumpuser_mem_free_at(p, "again.c:3");
}

static void
fault_overrun(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");

	p[100] = 1;
	rumpuser_mem_free_at(p, "free.c:2");
}

static void
fault_overrun_large(void)
{
	char *p = rumpuser_mem_alloc_at(4096 * 5, "alloc.c:1");

	p[4096 * 5 + 15] = 1;
	rumpuser_mem_free_at(p, "free.c:2");
}

static void
fault_underrun(void)
{
	char *p = rumpuser_mem_alloc_at(4096, "alloc.c:1");

	p[-1] ^= 1;
	rumpuser_mem_free_at(p, "free.c:2");
}

static void
fault_writeafterfree(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");

	rumpuser_mem_free_at(p, "free.c:2");
	p[7] = 1;
	rumpuser_mem_check(NULL);
}

/* Found when the memory is to be used again. */
static void
fault_writeafterfree_reuse(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");
	int i;

	rumpuser_mem_free_at(p, "free.c:2");
	p[7] = 1;
	for (i = 0; i < 1000; i++)
		rumpuser_mem_free(rumpuser_mem_alloc(100));
}

static void
fault_wild(void)
{

	rumpuser_mem_free_at((void *)0x123456789ab0, "free.c:2");
}

static void
fault_stack(void)
{
	char c[64] __attribute__((__aligned__(64)));

	rumpuser_mem_free_at(c, "free.c:2");
}

static void
fault_inside(void)
{
	char *p = rumpuser_mem_alloc_at(1000, "alloc.c:1");

	memset(p, 0, 1000);
	rumpuser_mem_free_at(p + 512, "free.c:2");
}

static void
fault_extradrop(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");
	int i;

	(void)rumpuser_mem_hold(p);
	(void)rumpuser_mem_hold(p);
	for (i = 0; i < 3; i++)
		(void)rumpuser_mem_drop_at(p, "drop.c:2");
	(void)rumpuser_mem_drop_at(p, "extra.c:3");
}

static void
fault_freeheld(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");

	(void)rumpuser_mem_hold(p);
	rumpuser_mem_free_at(p, "free.c:2");
}

static void
fault_check(void)
{
	char *p = rumpuser_mem_alloc_at(100, "alloc.c:1");

	p[100] = 1;
	rumpuser_mem_check_at(p, "check.c:2");
}

static void
fault_badsize(void)
{
	void *p;

	if (rumpuser_malloc(100, 0, &p) == 0)
		rumpuser_free(p, 99);
}

static void
fault_badunmap(void)
{
	void *p;

	if (rumpuser_anonmmap(NULL, 65536, 0, 0, &p) == 0)
		rumpuser_unmap(p, 4096);
}

static const struct fault {
	void (*fn)(void);
	const char *want[3];
	int touches;		/* a sanitizer sees it earlier */
} faults[] = {
	{ fault_doublefree, { "freed already", "free.c:2", "again.c:3" }, 0 },
	{ fault_overrun, { "overrun", "alloc.c:1", "free.c:2" }, 1 },
	{ fault_overrun_large, { "overrun", "alloc.c:1", "free.c:2" }, 1 },
	{ fault_underrun, { "before it was overwritten", "free.c:2", "" }, 1 },
	{ fault_writeafterfree, { "write after free", "alloc.c:1", "free.c:2" },
	    1 },
	{ fault_writeafterfree_reuse, { "write after free", "alloc.c:1",
	    "free.c:2" }, 1 },
	{ fault_wild, { "not an address of this allocator", "free.c:2", "" },
	    1 },
	{ fault_stack, { "not an address of this allocator", "free.c:2", "" },
	    1 },
	{ fault_inside, { "not an allocated object", "free.c:2", "" }, 0 },
	{ fault_extradrop, { "freed already", "drop.c:2", "extra.c:3" }, 0 },
	{ fault_freeheld, { "2 holds", "alloc.c:1", "free.c:2" }, 0 },
	{ fault_check, { "overrun", "alloc.c:1", "check.c:2" }, 1 },
	{ fault_badsize, { "99 bytes, but it has 100", "", "" }, 0 },
	{ fault_badunmap, { "unmap of 4096 bytes", "65536 were mapped", "" },
	    0 },
};
#define NFAULTS	(int)(sizeof(faults) / sizeof(faults[0]))

START_TEST(faults_found)
{
	const struct fault *f = &faults[_i];
	static char out[65536];
	int i, status;

	rumpuser_mem_setmode(RUMPUSER_MEM_DEBUG);
	status = child(f->fn, out, sizeof(out));
#ifdef HAVE_ASAN
	if (f->touches) {
		ck_assert_msg(status != 0, "passed: %s", out);
		return;
	}
#endif
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	    "status %#x: %s", status, out);
	for (i = 0; i < 3; i++) {
		ck_assert_msg(strstr(out, f->want[i]) != NULL,
		    "no \"%s\" in: %s", f->want[i], out);
	}
}
END_TEST

/* Without the debugging mode what is cheap to see is seen. */
START_TEST(faults_plain)
{
	static char out[65536];
	int status;

	status = child(fault_freeheld, out, sizeof(out));
	ck_assert_msg(WIFSIGNALED(status) && strstr(out, "2 holds") != NULL,
	    "%s", out);
	status = child(fault_doublefree, out, sizeof(out));
	ck_assert_msg(WIFSIGNALED(status) &&
	    strstr(out, "freed already") != NULL, "%s", out);
}
END_TEST

static int leak_line;
static void *leaked;

static void
leak(void)
{

	rumpuser_mem_setmode(RUMPUSER_MEM_DEBUG);
	rumpuser_mem_free(rumpuser_mem_alloc(55));
	leak_line = __LINE__; leaked = rumpuser_mem_alloc(77);
}

START_TEST(leak_named)
{
	static char out[65536];
	char want[64];

	ck_assert_int_eq(child(leak, out, sizeof(out)), 0);
	leak();
	snprintf(want, sizeof(want), "test_mem.c:%d", leak_line);
	ck_assert_msg(strstr(out, want) != NULL, "no %s in: %s", want, out);
	ck_assert_ptr_nonnull(strstr(out, "77 bytes"));
	ck_assert_ptr_null(strstr(out, "55 bytes"));
	rumpuser_mem_free(leaked);
}
END_TEST

/* By call site, in the cheap mode; the caller's address if it says nothing. */

static struct rumpuser_memsite seen[4];
static int nseen;

static void
see(const struct rumpuser_memsite *st, void *arg)
{

	ck_assert_ptr_eq(arg, &nseen);
	ck_assert_int_lt(nseen, 4);
	seen[nseen++] = *st;
}

START_TEST(accounting)
{
	void *p[4], *q;

	rumpuser_mem_setmode(RUMPUSER_MEM_ACCOUNT);
	p[0] = rumpuser_mem_alloc_at(100, "small.c:1");
	p[1] = rumpuser_mem_alloc_at(200, "small.c:1");
	p[2] = rumpuser_mem_alloc_at(100000, "large.c:2");
	p[3] = rumpuser_mem_alloc_at(10, "wrapper.c:3");
	rumpuser_mem_attribute(p[3], "user.c:4");
	ck_assert_int_eq(rumpuser_malloc(50, 0, &q), 0);
	rumpuser_mem_free(rumpuser_mem_alloc_at(5000, "gone.c:5"));

	ck_assert_uint_eq(rumpuser_mem_sites(see, &nseen, 4), 5);
	ck_assert_int_eq(nseen, 4);
	ck_assert_str_eq(seen[0].site, "large.c:2");
	ck_assert_uint_eq(seen[0].bytes, 100000);
	ck_assert_str_eq(seen[1].site, "small.c:1");
	ck_assert_uint_eq(seen[1].bytes, 300);
	ck_assert_uint_eq(seen[1].count, 2);
	ck_assert_int_eq(strncmp(seen[2].site, "0x", 2), 0);
	ck_assert_str_eq(seen[3].site, "user.c:4");
	rumpuser_mem_free(p[0]);
	rumpuser_mem_free(p[1]);
	rumpuser_mem_free(p[2]);
	rumpuser_mem_free(p[3]);
	rumpuser_free(q, 50);
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

#ifndef HAVE_ASAN
/*
 * A child made while other threads allocate can go on allocating.  Under ASan
 * the allocator is the sanitizer's, and clang 14's cannot.
 */
static int stop;

static void *
busy(void *arg)
{

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		visitor(NULL);
	return arg;
}

START_TEST(forks)
{
	pthread_t t[2];
	int i, status;
	pid_t pid;

	rumpuser_mem_setmode(modes[_i]);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, busy, NULL), 0);
	for (i = 0; i < (SANITIZED ? 4 : 12); i++) {
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			alarm(60);
			visitor(NULL);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
}
END_TEST
#endif

#if !SANITIZED
/* The host gives no more: NULL, and what there is goes on. */
static void
exhaust(void)
{
	static const size_t size[] = { 64, 5000, 100000, 3 << 20 };
	struct rlimit lim = { 256 << 20, 256 << 20 };
	static void *p[10000000];
	struct rumpuser_memcache *c;
	size_t i, n, first;

	rumpuser_mem_setmode(0);
	if (setrlimit(RLIMIT_AS, &lim) != 0 ||
	    rumpuser_memcache_create("limited", 500, 0, &c) != 0)
		_exit(2);
	for (i = 0; i < 8; i++) {
		first = 0;
		for (n = 0; n < 10000000; n++) {
			p[n] = i % 2 ? rumpuser_memcache_zalloc(c) :
			    rumpuser_mem_zalloc(size[i / 2]);
			if (p[n] == NULL)
				break;
			first = n;
		}
		if (first == 0 || n == 10000000)
			_exit(3);
		errno = 12345;
		if (rumpuser_mem_realloc(p[0], 200 << 20) != NULL ||
		    errno != 12345)
			_exit(4);
		while (n-- > 0)
			rumpuser_mem_free(p[n]);
		(void)rumpuser_mem_reclaim();
	}
	if (rumpuser_memcache_destroy(c) != 0)
		_exit(5);
}

START_TEST(no_memory)
{
	static char out[65536];

	ck_assert_int_eq(child(exhaust, out, sizeof(out)), 0);
}
END_TEST
#endif

int
main(void)
{
	Suite *s = suite_create("rumpuser memory");
	TCase *tc = tcase_create("memory");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, model, 0, NMODES);
	tcase_add_loop_test(tc, crossthread, 0, NMODES);
	if (LONG_ONLY)
		goto run;
	tcase_add_loop_test(tc, sizes, 0, NMODES);
	tcase_add_loop_test(tc, hypercalls, 0, NMODES);
	tcase_add_loop_test(tc, reallocs, 0, NMODES);
	tcase_add_test(tc, threads_end);
	tcase_add_loop_test(tc, caches, 0, NMODES);
	tcase_add_test(tc, many_caches);
	tcase_add_loop_test(tc, destroy_race, 0, NMODES);
	tcase_add_loop_test(tc, holds, 0, NMODES);
	tcase_add_loop_test(tc, drop_race, 0, NMODES);
	tcase_add_test(tc, switching);
	tcase_add_loop_test(tc, faults_found, 0, NFAULTS);
	tcase_add_test(tc, faults_plain);
	tcase_add_test(tc, leak_named);
	tcase_add_test(tc, accounting);
#ifndef HAVE_ASAN
	tcase_add_loop_test(tc, forks, 0, NMODES);
#endif
#if !SANITIZED
	tcase_add_test(tc, no_memory);
#endif
run:
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
