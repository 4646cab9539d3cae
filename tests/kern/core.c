/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of memory, the C library, clocks, callouts, sysctl:
 * int rumptest_NAME(void), 0 or the line of what failed, called with a virtual
 * CPU held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bitops.h>
#include <sys/callout.h>
#include <sys/cprng.h>
#include <sys/errno.h>
#include <sys/evcnt.h>
#include <sys/hash.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/md5.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/rbtree.h>
#include <sys/rndsource.h>
#include <sys/sha1.h>
#include <sys/sha2.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/tree.h>
#include <sys/uio.h>
#include <sys/vmem.h>
#include <dev/clock_subr.h>
#include <uvm/uvm_extern.h>

#include <rump-free/crc.h>
#include <rump-priv/mem.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

/* A cheap generator, so that a failure repeats. */
static uint32_t
lcg(uint32_t *s)
{

	*s = *s * 1664525 + 1013904223;
	return *s >> 8;
}

/*
 * Memory.
 */

int	rumptest_kmem(void);
int
rumptest_kmem(void)
{
	enum { N = 512 };
	static struct { uint8_t *p; size_t n; } v[N];
	uint32_t seed = 1;
	size_t i, j, round;

	for (round = 0; round < 20000; round++) {
		i = lcg(&seed) % N;
		if (v[i].p != NULL) {
			for (j = 0; j < v[i].n; j += 61)
				CK(v[i].p[j] == (uint8_t)(i + j));
			CK(v[i].p[v[i].n - 1] == (uint8_t)(i + v[i].n - 1));
			kmem_free(v[i].p, v[i].n);
		}
		v[i].n = 1 + (round % 16 == 0 ? lcg(&seed) % 200000 :
		    lcg(&seed) % 5000);
		v[i].p = kmem_alloc(v[i].n, KM_SLEEP);
		CK(((uintptr_t)v[i].p & ALIGNBYTES) == 0);
		for (j = 0; j < v[i].n; j++)
			v[i].p[j] = (uint8_t)(i + j);
	}
	for (i = 0; i < N; i++) {
		if (v[i].p != NULL)
			kmem_free(v[i].p, v[i].n);
		v[i].p = NULL;
	}
	for (i = 1; i < 70000; i += 997) {
		uint8_t *p = kmem_zalloc(i, KM_NOSLEEP);

		CK(p != NULL);
		for (j = 0; j < i; j++)
			CK(p[j] == 0);
		memset(p, 0xff, i);
		kmem_free(p, i);
	}
	return 0;
}

int	rumptest_kmem_huge(void);
int
rumptest_kmem_huge(void)
{
	size_t before = rump_mem_used(), n = 5 * 1024 * 1024;
	char *p = kmem_alloc(n, KM_SLEEP);

	CK(rump_mem_used() >= before + n);
	p[0] = p[n - 1] = 1;
	kmem_free(p, n);
	CK(rump_mem_used() < before + n / 2);
	CK(kmem_alloc((size_t)1 << 60, KM_NOSLEEP) == NULL);
	CK(kmem_alloc(~(size_t)0 - 100, KM_NOSLEEP) == NULL);
	return 0;
}

int	rumptest_kmem_strings(void);
int
rumptest_kmem_strings(void)
{
	size_t size;
	char *s = kmem_asprintf("%s-%d", "abc", 42);

	CK(strcmp(s, "abc-42") == 0);
	kmem_strfree(s);
	s = kmem_strdupsize("hello", &size, KM_SLEEP);
	CK(size == 6 && strcmp(s, "hello") == 0);
	kmem_free(s, size);
	kmem_strfree(NULL);
	return 0;
}

int	rumptest_malloc(void);
int
rumptest_malloc(void)
{
	uint8_t *p, *q;
	size_t i;

	p = malloc(100, M_TEMP, M_WAITOK | M_ZERO);
	for (i = 0; i < 100; i++)
		CK(p[i] == 0);
	for (i = 0; i < 100; i++)
		p[i] = (uint8_t)i;
	q = realloc(p, 10000, M_TEMP, M_WAITOK);
	for (i = 0; i < 100; i++)
		CK(q[i] == i);
	q = realloc(q, 50, M_TEMP, M_NOWAIT);
	CK(q != NULL && q[49] == 49);
	free(q, M_TEMP);
	CK((p = malloc(0, M_TEMP, M_WAITOK)) != NULL);
	free(p, M_TEMP);
	CK((p = realloc(NULL, 8, M_TEMP, M_WAITOK)) != NULL);
	CK(realloc(p, 0, M_TEMP, M_WAITOK) == NULL);
	return 0;
}

static int nctor, ndtor;

static int
obj_ctor(void *arg, void *obj, int flags)
{

	*(uint32_t *)obj = *(const uint32_t *)arg;
	nctor++;
	return 0;
}

static void
obj_dtor(void *arg, void *obj)
{

	ndtor++;
}

int	rumptest_pool(void);
int
rumptest_pool(void)
{
	enum { N = 1000 };
	static void *v[N];
	struct pool pool;
	size_t i;

	pool_init(&pool, 72, 64, 0, 0, "testpl", &pool_allocator_nointr,
	    IPL_NONE);
	CK(pool_prime(&pool, 50) == 0);
	for (i = 0; i < N; i++) {
		v[i] = pool_get(&pool, i % 2 ? PR_WAITOK : PR_NOWAIT);
		CK(v[i] != NULL && ((uintptr_t)v[i] & 63) == 0);
		memset(v[i], (int)i, 72);
	}
	for (i = 0; i < N; i++)
		CK(((uint8_t *)v[i])[71] == (uint8_t)i);
	for (i = 0; i < N; i += 2)
		pool_put(&pool, v[i]);
	(void)pool_reclaim(&pool);
	for (i = 1; i < N; i += 2) {
		CK(((uint8_t *)v[i])[0] == (uint8_t)i);
		pool_put(&pool, v[i]);
	}
	pool_sethardlimit(&pool, 2, NULL, 0);
	v[0] = pool_get(&pool, PR_NOWAIT);
	v[1] = pool_get(&pool, PR_NOWAIT | PR_ZERO);
	CK(v[0] != NULL && v[1] != NULL && *(uint8_t *)v[1] == 0);
	CK(pool_get(&pool, PR_NOWAIT) == NULL);
	CK(pool_get(&pool, PR_WAITOK | PR_LIMITFAIL) == NULL);
	pool_put(&pool, v[0]);
	pool_put(&pool, v[1]);
	pool_destroy(&pool);
	return 0;
}

int	rumptest_pool_cache(void);
int
rumptest_pool_cache(void)
{
	static uint32_t mark = 0x12345678;
	void *v[200];
	pool_cache_t pc;
	size_t i;

	nctor = ndtor = 0;
	pc = pool_cache_init(40, 0, 0, 0, "testpc", NULL, IPL_NONE, obj_ctor,
	    obj_dtor, &mark);
	for (i = 0; i < __arraycount(v); i++) {
		v[i] = pool_cache_get(pc, PR_WAITOK);
		CK(v[i] != NULL && *(uint32_t *)v[i] == mark);
	}
	CK(nctor == (int)__arraycount(v));
	for (i = 0; i < __arraycount(v); i++)
		pool_cache_put(pc, v[i]);
	/* Constructed objects stay so. */
	for (i = 0; i < 10; i++) {
		v[i] = pool_cache_get(pc, PR_NOWAIT);
		CK(v[i] != NULL && *(uint32_t *)v[i] == mark);
	}
	for (i = 0; i < 10; i++)
		pool_cache_put(pc, v[i]);
	pool_cache_invalidate(pc);
	pool_cache_destroy(pc);
	CK(nctor == ndtor);
	return 0;
}

static int own_pages;

static void *
own_alloc(struct pool *pp, int flags)
{

	own_pages++;
	return kmem_alloc(8192, KM_SLEEP);
}

static void
own_free(struct pool *pp, void *p)
{

	own_pages--;
	kmem_free(p, 8192);
}

int	rumptest_pool_allocator(void);
int
rumptest_pool_allocator(void)
{
	static struct pool_allocator pa = {
		.pa_alloc = own_alloc, .pa_free = own_free, .pa_pagesz = 8192,
	};
	struct pool pool;
	void *v[30];
	size_t i;

	pool_init(&pool, 1000, 8, 0, 0, "ownpl", &pa, IPL_NONE);
	for (i = 0; i < __arraycount(v); i++)
		CK((v[i] = pool_get(&pool, PR_WAITOK)) != NULL);
	CK(own_pages == 4);
	for (i = 0; i < __arraycount(v); i++)
		pool_put(&pool, v[i]);
	pool_destroy(&pool);
	CK(own_pages == 0);
	return 0;
}

int	rumptest_vmem(void);
int
rumptest_vmem(void)
{
	enum { N = 100 };
	static vmem_addr_t a[N];
	vmem_addr_t x, y;
	vmem_t *vm;
	int i, j;

	vm = vmem_create("test", 1000, 10000, 1, NULL, NULL, NULL, 0,
	    VM_SLEEP, IPL_NONE);
	for (i = 0; i < N; i++)
		CK(vmem_alloc(vm, 100, VM_NOSLEEP | VM_INSTANTFIT, &a[i]) ==
		    0);
	CK(vmem_alloc(vm, 1, VM_NOSLEEP, &x) == ENOMEM);
	CK(vmem_size(vm, VMEM_ALLOC) == 10000);
	for (i = 0; i < N; i++) {
		CK(a[i] >= 1000 && a[i] + 100 <= 11000);
		for (j = 0; j < i; j++)
			CK(a[i] + 100 <= a[j] || a[j] + 100 <= a[i]);
	}
	for (i = 0; i < N; i += 2)
		vmem_free(vm, a[i], 100);
	CK(vmem_alloc(vm, 101, VM_NOSLEEP | VM_BESTFIT, &x) == ENOMEM);
	for (i = 1; i < N; i += 2)
		vmem_free(vm, a[i], 100);
	CK(vmem_size(vm, VMEM_ALLOC) == 0);
	CK(vmem_xalloc(vm, 64, 256, 8, 0, VMEM_ADDR_MIN, VMEM_ADDR_MAX,
	    VM_NOSLEEP, &x) == 0);
	CK((x - 8) % 256 == 0);
	CK(vmem_xalloc(vm, 200, 1, 0, 512, 5000, 6000, VM_NOSLEEP, &y) == 0);
	CK(y >= 5000 && y + 199 <= 6000 && y / 512 == (y + 199) / 512);
	vmem_xfree(vm, y, 200);
	vmem_xfree(vm, x, 64);
	vmem_destroy(vm);
	return 0;
}

int	rumptest_uvm_km(void);
int
rumptest_uvm_km(void)
{
	vaddr_t va = uvm_km_alloc(kernel_map, 3 * PAGE_SIZE, 0,
	    UVM_KMF_WIRED | UVM_KMF_ZERO);
	char *p = (char *)va;

	CK(va != 0 && (va & PAGE_MASK) == 0 && p[3 * PAGE_SIZE - 1] == 0);
	uvm_km_free(kernel_map, va, 3 * PAGE_SIZE, UVM_KMF_WIRED);
	return 0;
}

static size_t reclaimed;
static void *hoard[1024];
static size_t nhoard;

static size_t
give_back(void *arg, size_t want)
{
	size_t n = 0;

	while (nhoard > 0 && n < want) {
		kmem_free(hoard[--nhoard], 32768);
		n += 32768;
	}
	(void)__atomic_fetch_add(&reclaimed, n, __ATOMIC_RELAXED);
	return n;
}

/* Run with RUMP_MEMLIMIT set to 16 MiB. */
int	rumptest_memlimit(void);
int
rumptest_memlimit(void)
{
	static struct rump_reclaim rr = { .rr_fn = give_back };
	void *p;
	size_t i;

	CK(rump_mem_limit() == 16 * 1024 * 1024);
	for (nhoard = 0; nhoard < __arraycount(hoard); nhoard++) {
		hoard[nhoard] = kmem_alloc(32768, KM_NOSLEEP);
		if (hoard[nhoard] == NULL)
			break;
	}
	CK(nhoard > 100 && nhoard <= 512);
	CK(rump_mem_used() <= rump_mem_limit());
	CK(kmem_alloc(32768, KM_NOSLEEP) == NULL);
	CK(malloc(100000, M_TEMP, M_NOWAIT) == NULL);
	rump_mem_reclaim_register(&rr);
	for (i = 0; i < 4; i++) {
		CK((p = kmem_alloc(65536, KM_SLEEP)) != NULL);
		kmem_free(p, 65536);
	}
	CK(__atomic_load_n(&reclaimed, __ATOMIC_RELAXED) >= 65536);
	rump_mem_reclaim_unregister(&rr);
	while (nhoard > 0)
		kmem_free(hoard[--nhoard], 32768);
	return 0;
}

/*
 * The C library.
 */

int	rumptest_memory(void);
int
rumptest_memory(void)
{
	enum { SIZE = 9000 };
	static uint8_t a[SIZE], b[SIZE], c[SIZE];
	size_t n, off, i;
	int d;

	for (i = 0; i < SIZE; i++)
		a[i] = (uint8_t)(i * 7 + i / 256);
	for (n = 0; n < 5000; n += n < 300 ? 1 : 97) {
		for (off = 0; off < 20; off += 3) {
			memset(b, 0, n + 64);
			CK(memcpy(b + off, a + 5, n) == b + off);
			for (i = 0; i < n; i++)
				CK(b[off + i] == a[5 + i]);
			CK(b[off + n] == 0 && (off == 0 || b[off - 1] == 0));
			CK(memcmp(b + off, a + 5, n) == 0);
		}
	}
	/* Overlap in both directions by all sorts of distances. */
	for (n = 1; n < 4000; n += n < 200 ? 1 : 211) {
		for (d = -70; d <= 70; d += 7) {
			memcpy(b, a, SIZE);
			memcpy(c, a, SIZE);
			memmove(b + 100 + d, b + 100, n);
			for (i = 0; i < n; i++)
				c[(int)(100 + i) + d] = a[100 + i];
			CK(memcmp(b, c, 4300) == 0);
		}
	}
	for (n = 0; n < 3000; n += n < 100 ? 1 : 53) {
		memset(b, 1, n + 40);
		memset(b + 9, 0xa5, n);
		CK(b[8] == 1 && b[9 + n] == 1);
		for (i = 0; i < n; i++)
			CK(b[9 + i] == 0xa5);
	}
	memcpy(b, a, 100);
	b[77] = (uint8_t)(a[77] + 1);
	CK((memcmp(a, b, 100) < 0) == (a[77] < b[77]));
	CK(memcmp("\x01\x80", "\x01\x7f", 2) > 0);
	CK(memchr("abcd", 'c', 4) != NULL && memchr("abcd", 'e', 4) == NULL);
	CK(memmem("hello world", 11, "o w", 3) != NULL);
	CK(consttime_memequal("abc", "abc", 3) == 1);
	CK(consttime_memequal("abc", "abd", 3) == 0);
	return 0;
}

int	rumptest_string(void);
int
rumptest_string(void)
{
	char buf[16], *p, *q;

	CK(strlen("") == 0 && strlen("abc") == 3 && strnlen("abcd", 2) == 2);
	CK(strlcpy(buf, "hello", sizeof(buf)) == 5 && !strcmp(buf, "hello"));
	CK(strlcpy(buf, "0123456789abcdefgh", sizeof(buf)) == 18);
	CK(strlen(buf) == 15);
	CK(strlcat(buf, "xyz", sizeof(buf)) == 18);
	strcpy(buf, "ab");
	CK(strlcat(buf, "cd", sizeof(buf)) == 4 && !strcmp(buf, "abcd"));
	memset(buf, 'x', sizeof(buf));
	strncpy(buf, "hi", 5);
	CK(buf[1] == 'i' && buf[2] == 0 && buf[4] == 0 && buf[5] == 'x');
	CK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && !strcmp("", ""));
	CK(strcmp("\x80", "a") > 0);
	CK(strncmp("abcd", "abxx", 2) == 0 && strncmp("abcd", "abxx", 3) < 0);
	CK(strncasecmp("ABc", "abD", 2) == 0 && strcasecmp("XyZ", "xYz") == 0);
	CK(!strcmp(strchr("a/b/c", '/'), "/b/c"));
	CK(!strcmp(strrchr("a/b/c", '/'), "/c") && strrchr("abc", 'x') == NULL);
	CK(*strchr("abc", 0) == 0 && strchr("abc", 'z') == NULL);
	CK(!strcmp(strstr("foobar", "oba"), "obar"));
	CK(strstr("foobar", "x") == NULL && strspn("aabc", "ab") == 3);
	CK(strcspn("abc:d", ":") == 3 && !strcmp(strpbrk("ab,c", ",;"), ",c"));
	strcpy(buf, "a,b,,c");
	q = buf;
	CK(!strcmp(strsep(&q, ","), "a") && !strcmp(strsep(&q, ","), "b"));
	CK(!strcmp(strsep(&q, ","), "") && !strcmp(strsep(&q, ","), "c"));
	CK(strsep(&q, ",") == NULL);
	CK(strtoul("0x1fz", &p, 0) == 31 && *p == 'z');
	CK(strtoul("0777", NULL, 0) == 511 && strtol("-12", NULL, 10) == -12);
	CK(strtoll("-9223372036854775808", NULL, 10) == LLONG_MIN);
	CK(strtoll("99999999999999999999", NULL, 10) == LLONG_MAX);
	CK(strtoull("18446744073709551615", NULL, 10) == ULLONG_MAX);
	CK(strtoull("18446744073709551616", NULL, 10) == ULLONG_MAX);
	CK(strtoul("0x", &p, 16) == 0 && *p == 'x');
	CK(strtoul("junk", &p, 10) == 0 && *p == 'j');
	return 0;
}

static bool
fmt(const char *want, const char *f, ...)
{
	char buf[128];
	va_list ap;
	int n;

	va_start(ap, f);
	n = vsnprintf(buf, sizeof(buf), f, ap);
	va_end(ap);
	return strcmp(buf, want) == 0 && (size_t)n == strlen(want);
}

int	rumptest_printf(void);
int
rumptest_printf(void)
{
	char buf[8];

	CK(fmt("a 5 -7 z", "a %d %d %c", 5, -7, 'z'));
	CK(fmt("00042|42   |   42", "%05d|%-5d|%5d", 42, 42, 42));
	CK(fmt("ff FF 0xff 0377", "%x %X %#x %#o", 255, 255, 255, 255));
	CK(fmt("18446744073709551615", "%llu", ~0ULL));
	CK(fmt("-9223372036854775808", "%jd", INT64_MIN));
	CK(fmt("123456789012", "%zu", (size_t)123456789012));
	CK(fmt("abc ab    abc", "%s %.2s %6s", "abc", "abc", "abc"));
	CK(fmt("(null) %", "%s %%", (char *)NULL));
	CK(fmt("+5 5", "%+d% d", 5, 5));
	CK(fmt("00012", "%.5d", 12));
	CK(fmt("   xy|xy   ", "%*s|%-*s", 5, "xy", 5, "xy"));
	CK(fmt("255 -1", "%hhu %hhd", 255, 255));
	CK(snprintf(buf, sizeof(buf), "%s", "0123456789") == 10);
	CK(strcmp(buf, "0123456") == 0);
	CK(snprintf(NULL, 0, "%d", 12345) == 5);
	CK(snprintb(buf, 0, "\177\020b\0A\0", 1) > 0);
	return 0;
}

int	rumptest_crc(void);
int
rumptest_crc(void)
{
	static uint8_t buf[4099];
	uint32_t seed = 7;
	size_t i, n, off;

	CK((uint32_t)~rump_crc32c(~0U, "123456789", 9) == 0xe3069283U);
	CK((uint32_t)~rump_crc32c_generic(~0U, "123456789", 9) == 0xe3069283U);
	CK(crc32(0, (const uint8_t *)"123456789", 9) == 0xcbf43926U);
	CK(rump_crc16(0, "123456789", 9) == 0xbb3d);
	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)lcg(&seed);
	for (n = 0; n < sizeof(buf) - 16; n += 1 + n / 7) {
		for (off = 0; off < 9; off++) {
			CK(rump_crc32c(n, buf + off, n) ==
			    rump_crc32c_generic(n, buf + off, n));
		}
	}
	/* In pieces as in one. */
	CK(rump_crc32c(rump_crc32c(5, buf, 100), buf + 100, 900) ==
	    rump_crc32c(5, buf, 1000));
	return 0;
}

/* The last eight bytes of digests of a pattern, from another implementation. */
static const struct {
	unsigned int	len;
	uint64_t	md5, sha1, sha224, sha256, sha384, sha512;
} digests[] = {
	{ 0, 0xe9800998ecf8427eULL, 0x95601890afd80709ULL, 0x828ea62ac5b3e42fULL,
	    0xa495991b7852b855ULL, 0xd51ad2f14898b95bULL, 0xa538327af927da3eULL },
	{ 3, 0x033df37822dae4b7ULL, 0xc200c05c4fc03ce7ULL, 0x29ce9e8a827fed72ULL,
	    0xa811c1888184f4dfULL, 0x853ef7e1ca638a0eULL, 0x08732165a43a6412ULL },
	{ 55, 0x9fd8d5aa1b6d8c6eULL, 0x53c50f8a4e18605bULL, 0x247c364d34191f4fULL,
	    0x19235cfed315fc09ULL, 0x5024cf973c0c5269ULL, 0xc257d24423553fb5ULL },
	{ 56, 0x9e498eddd4ace573ULL, 0xff8088e3072da1bcULL, 0x4e3bf71a61ecfa2cULL,
	    0x43ef369f85f5205dULL, 0x03d060ff63678d5aULL, 0xdc969b4c47947e48ULL },
	{ 63, 0x4eb18508a1769364ULL, 0x4855aa836caf3bffULL, 0x8a906ab717667930ULL,
	    0x2950035043682f1eULL, 0xe0121319893d1da6ULL, 0x529075a7d2aa24afULL },
	{ 64, 0x5b1f97518fa37683ULL, 0xc97a5192ca164486ULL, 0xcd5deafe5a5c8e08ULL,
	    0x74895349b229b3c0ULL, 0xd6f51f00b2ce7a73ULL, 0x0635bb28cad8e104ULL },
	{ 65, 0xa196c85de313e446ULL, 0x7fcad715c3c20bc3ULL, 0x7826bf75723d4ce8ULL,
	    0x8df8b5e3f63ce073ULL, 0x7fa074a7d2239c1eULL, 0xe55f9424fc260620ULL },
	{ 111, 0x0d6c25fc96e10524ULL, 0xee887f0dfae15339ULL, 0x90749a4a2cb9a64eULL,
	    0x38d78e6e1ea3e342ULL, 0xc28bb99a122c43e7ULL, 0x2aaab4935079dd94ULL },
	{ 112, 0x747a0de1fe3cf15bULL, 0x95feac7848f25a48ULL, 0x56e158869a8b4b46ULL,
	    0x68a1560f83b786a2ULL, 0xc2d11d89efe44e63ULL, 0xf619136e27564467ULL },
	{ 119, 0xec6ede18d4b2d2d7ULL, 0x41a4211c63438b57ULL, 0x9d8e72bb4d3e635cULL,
	    0x6885379c1530b2c8ULL, 0x3fb3e770476dc58fULL, 0x979f6d0e301e52c2ULL },
	{ 120, 0xf0605adff67d4423ULL, 0x7e4b590c18cdd6f8ULL, 0x5ebc103993925588ULL,
	    0x1b65c0abac0f8a98ULL, 0x8ad6ea6dc7cff30cULL, 0xa7ffb1d48d4f0baaULL },
	{ 127, 0xdc4257944c8871d1ULL, 0xf6d1e861b431b5c3ULL, 0xe79bf7f14d7dcac0ULL,
	    0xa3bb01f1a9f8d065ULL, 0x9bc930d58ab12b21ULL, 0x72fdaa645a4f3886ULL },
	{ 128, 0xf3e246e5fd00739dULL, 0x0a0f362957992ee8ULL, 0x9273ca093931641bULL,
	    0x6ba69618abd3732fULL, 0x2c3276b2a9a205d5ULL, 0x687d5ee8d130ceeaULL },
	{ 1000, 0xf9e91a2b7030bcb0ULL, 0x151092759b3a4c2aULL, 0x0e5dbb418d8f088fULL,
	    0x733fef602a1ca532ULL, 0x31424a2eaedd9e57ULL, 0xeb321a6d28d101f1ULL },
};

int	rumptest_digests(void);
int
rumptest_digests(void)
{
	static uint8_t msg[1000];
	uint8_t d[64];
	SHA256_CTX s2;
	SHA512_CTX s5;
	SHA1_CTX s1;
	MD5_CTX m5;
	unsigned int i, n, cut;

	for (i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i * 7);
	for (i = 0; i < __arraycount(digests); i++) {
		n = digests[i].len;
		for (cut = 0; cut <= n; cut += 1 + n / 5) {
			MD5Init(&m5);
			MD5Update(&m5, msg, cut);
			MD5Update(&m5, msg + cut, n - cut);
			MD5Final(d, &m5);
			CK(be64dec(d + 8) == digests[i].md5);
			SHA1Init(&s1);
			SHA1Update(&s1, msg, cut);
			SHA1Update(&s1, msg + cut, n - cut);
			SHA1Final(d, &s1);
			CK(be64dec(d + 12) == digests[i].sha1);
			SHA256_Init(&s2);
			SHA256_Update(&s2, msg, cut);
			SHA256_Update(&s2, msg + cut, n - cut);
			SHA256_Final(d, &s2);
			CK(be64dec(d + 24) == digests[i].sha256);
			SHA512_Init(&s5);
			SHA512_Update(&s5, msg, cut);
			SHA512_Update(&s5, msg + cut, n - cut);
			SHA512_Final(d, &s5);
			CK(be64dec(d + 56) == digests[i].sha512);
		}
		SHA224_Init(&s2);
		SHA224_Update(&s2, msg, n);
		SHA224_Final(d, &s2);
		CK(be64dec(d + 20) == digests[i].sha224);
		SHA384_Init(&s5);
		SHA384_Update(&s5, msg, n);
		SHA384_Final(d, &s5);
		CK(be64dec(d + 40) == digests[i].sha384);
	}
	return 0;
}

struct item {
	rb_node_t	node;
	SPLAY_ENTRY(item) sp;
	int		key;
	bool		in;
};

static int
item_cmp(void *ctx, const void *a, const void *b)
{

	return ((const struct item *)a)->key - ((const struct item *)b)->key;
}

static int
item_key(void *ctx, const void *a, const void *key)
{

	return ((const struct item *)a)->key - *(const int *)key;
}

static int
sp_cmp(struct item *a, struct item *b)
{

	return a->key - b->key;
}

SPLAY_HEAD(sptree, item);
SPLAY_PROTOTYPE(sptree, item, sp, sp_cmp)
SPLAY_GENERATE(sptree, item, sp, sp_cmp)

/* Black height of a subtree; -1 if a rule of the tree is broken. */
static int
black_height(const rb_node_t *n)
{
	int l, r, red;

	if (n == NULL)
		return 0;
	red = (int)(n->rb_info & 1);
	for (l = 0; red && l < 2; l++) {
		if (n->rb_nodes[l] != NULL && (n->rb_nodes[l]->rb_info & 1))
			return -1;
	}
	l = black_height(n->rb_nodes[0]);
	r = black_height(n->rb_nodes[1]);
	return l < 0 || l != r ? -1 : l + !red;
}

int	rumptest_trees(void);
int
rumptest_trees(void)
{
	enum { N = 200 };
	static const rb_tree_ops_t ops = {
		.rbto_compare_nodes = item_cmp, .rbto_compare_key = item_key,
		.rbto_node_offset = offsetof(struct item, node),
	};
	static struct item items[N];
	struct sptree sp = SPLAY_INITIALIZER(&sp);
	uint32_t seed = 3;
	struct item *it, probe;
	rb_tree_t t;
	int i, k, last, want;

	rb_tree_init(&t, &ops);
	for (i = 0; i < N; i++)
		items[i].key = i * 2;
	for (i = 0; i < 6000; i++) {
		it = &items[lcg(&seed) % N];
		if (it->in) {
			rb_tree_remove_node(&t, it);
			CK(SPLAY_REMOVE(sptree, &sp, it) == it);
		} else {
			CK(rb_tree_insert_node(&t, it) == it);
			CK(SPLAY_INSERT(sptree, &sp, it) == NULL);
		}
		it->in = !it->in;
		if (i % 50 != 0)
			continue;
		CK(black_height(t.rbt_root) >= 0);
		last = -1;
		want = 0;
		RB_TREE_FOREACH(it, &t) {
			CK(it->in && it->key > last);
			last = it->key;
			want++;
		}
		CK(rb_tree_count(&t) == (size_t)want);
		k = 0;
		SPLAY_FOREACH(it, sptree, &sp)
			k++;
		CK(k == want);
		for (k = 0; k < N; k++) {
			probe.key = k * 2;
			CK((rb_tree_find_node(&t, &probe.key) != NULL) ==
			    items[k].in);
			CK((SPLAY_FIND(sptree, &sp, &probe) != NULL) ==
			    items[k].in);
			probe.key = k * 2 - 1;
			it = rb_tree_find_node_geq(&t, &probe.key);
			CK(it == NULL || it->key > probe.key);
			CK(!items[k].in || it == &items[k]);
		}
	}
	return 0;
}

struct qitem {
	int			v;
	TAILQ_ENTRY(qitem)	tq;
	LIST_ENTRY(qitem)	l;
	SIMPLEQ_ENTRY(qitem)	sq;
	STAILQ_ENTRY(qitem)	st;
	SLIST_ENTRY(qitem)	sl;
	CIRCLEQ_ENTRY(qitem)	cq;
};

int	rumptest_queues(void);
int
rumptest_queues(void)
{
	TAILQ_HEAD(tqh, qitem) tq = TAILQ_HEAD_INITIALIZER(tq);
	LIST_HEAD(, qitem) l = LIST_HEAD_INITIALIZER(l);
	SIMPLEQ_HEAD(, qitem) sq = SIMPLEQ_HEAD_INITIALIZER(sq);
	STAILQ_HEAD(, qitem) st = STAILQ_HEAD_INITIALIZER(st);
	SLIST_HEAD(, qitem) sl = SLIST_HEAD_INITIALIZER(sl);
	CIRCLEQ_HEAD(, qitem) cq;
	struct qitem q[5], *p, *n;
	int i;

	CIRCLEQ_INIT(&cq);
	for (i = 0; i < 5; i++) {
		q[i].v = i;
		TAILQ_INSERT_TAIL(&tq, &q[i], tq);
		LIST_INSERT_HEAD(&l, &q[i], l);
		SIMPLEQ_INSERT_TAIL(&sq, &q[i], sq);
		STAILQ_INSERT_HEAD(&st, &q[i], st);
		SLIST_INSERT_HEAD(&sl, &q[i], sl);
		CIRCLEQ_INSERT_TAIL(&cq, &q[i], cq);
	}
	CK(TAILQ_FIRST(&tq) == &q[0] && TAILQ_LAST(&tq, tqh) == &q[4]);
	CK(TAILQ_PREV(&q[3], tqh, tq) == &q[2]);
	TAILQ_REMOVE(&tq, &q[4], tq);
	TAILQ_INSERT_BEFORE(&q[1], &q[4], tq);
	i = 0;
	TAILQ_FOREACH_SAFE(p, &tq, tq, n) {
		static const int order[] = { 0, 4, 1, 2, 3 };

		CK(p->v == order[i++]);
		TAILQ_REMOVE(&tq, p, tq);
	}
	CK(TAILQ_EMPTY(&tq) && i == 5);
	LIST_REMOVE(&q[2], l);
	LIST_INSERT_AFTER(&q[0], &q[2], l);
	CK(LIST_FIRST(&l) == &q[4] && LIST_NEXT(&q[0], l) == &q[2]);
	SIMPLEQ_REMOVE(&sq, &q[4], qitem, sq);
	SIMPLEQ_INSERT_TAIL(&sq, &q[4], sq);
	SIMPLEQ_REMOVE_HEAD(&sq, sq);
	CK(SIMPLEQ_FIRST(&sq) == &q[1] && SIMPLEQ_NEXT(&q[3], sq) == &q[4]);
	STAILQ_REMOVE(&st, &q[0], qitem, st);
	STAILQ_INSERT_TAIL(&st, &q[0], st);
	CK(STAILQ_LAST(&st, qitem, st) == &q[0]);
	SLIST_REMOVE(&sl, &q[2], qitem, sl);
	i = 0;
	SLIST_FOREACH(p, &sl, sl)
		i = i * 10 + p->v;
	CK(i == 4310);
	CIRCLEQ_REMOVE(&cq, &q[0], cq);
	CK(CIRCLEQ_FIRST(&cq) == &q[1] && CIRCLEQ_LAST(&cq) == &q[4]);
	return 0;
}

int	rumptest_bits(void);
int
rumptest_bits(void)
{
	__BITMAP_TYPE(, uint32_t, 100) map;
	uint32_t m, d, seed = 9;
	uint8_t s1, s2;
	int i;

	CK(ffs32(0) == 0 && ffs32(8) == 4 && fls32(8) == 4 && fls64(1) == 1);
	CK(ilog2(1) == 0 && ilog2(4096) == 12 && ilog2(4097) == 12);
	CK(__SHIFTOUT(0xabcd, __BITS(15, 8)) == 0xab);
	CK(__SHIFTIN(0xab, __BITS(15, 8)) == 0xab00 && __BIT(64) == 0);
	CK(__BITS(63, 0) == ~0ULL && __BITS(0, 0) == 1);
	CK(bswap32(0x01020304) == 0x04030201 && htobe16(0x0102) == 0x0201);
	CK(be32dec("\x01\x02\x03\x04") == 0x01020304);
	__BITMAP_ZERO(&map);
	__BITMAP_SET(99, &map);
	CK(__BITMAP_ISSET(99, &map) && !__BITMAP_ISSET(98, &map));
	for (i = 0; i < 1000; i++) {
		d = lcg(&seed) % 100000 + 1;
		fast_divide32_prepare(d, &m, &s1, &s2);
		uint32_t v = lcg(&seed) << 8 | (uint32_t)i;
		CK(fast_divide32(v, d, m, s1, s2) == v / d);
	}
	CK(__type_max(int8_t) == 127 && __type_min(int16_t) == -32768);
	CK(__type_fit(uint8_t, 255) && !__type_fit(uint8_t, 256));
	CK(!__type_fit(uint8_t, -1) && __type_fit(int8_t, -128));
	CK(major(makedev(0xabc, 0x12345)) == 0xabc);
	CK(minor(makedev(0xabc, 0x12345)) == 0x12345);
	return 0;
}

int	rumptest_calendar(void);
int
rumptest_calendar(void)
{
	struct clock_ymdhms dt;
	time_t t;

	CK(clock_secs_to_ymdhms(951782400, &dt) == 0);	/* 2000-02-29 */
	CK(dt.dt_year == 2000 && dt.dt_mon == 2 && dt.dt_day == 29);
	CK(dt.dt_wday == 2 && dt.dt_hour == 0);
	for (t = 0; t < 8000000000; t += 12345677) {
		CK(clock_secs_to_ymdhms(t, &dt) == 0);
		CK(clock_ymdhms_to_secs(&dt) == t);
	}
	CK(clock_secs_to_ymdhms(-1, &dt) == EINVAL);
	dt.dt_year = 1969;
	CK(clock_ymdhms_to_secs(&dt) == -1);
	return 0;
}

/*
 * Time.
 */

int	rumptest_clocks(void);
int
rumptest_clocks(void)
{
	struct timeval tv = { 0, 0 }, interval = { 3600, 0 }, last = { 0, 0 };
	struct timespec a, b;
	int t0 = hardclock_ticks, pps = 0;
	time_t s0 = time_second, u0 = time_uptime;

	nanouptime(&a);
	kpause("test", false, 3, NULL);
	nanouptime(&b);
	timespecsub(&b, &a, &b);
	/* Lower bounds only: how late things are is the host's doing. */
	CK(b.tv_sec > 0 || b.tv_nsec >= 25000000);
	CK(hardclock_ticks - t0 >= 2);
	CK(time_second >= s0 && time_uptime >= u0 && time_uptime >= 1);
	getnanotime(&a);
	nanotime(&b);
	timespecsub(&b, &a, &b);
	CK(b.tv_sec >= 0);
	tv.tv_usec = 1;
	CK(tvtohz(&tv) == 2);
	tv.tv_usec = 10000;
	CK(tvtohz(&tv) == 2);
	tv.tv_sec = 1;
	tv.tv_usec = 0;
	CK(tvtohz(&tv) == 101);
	tv.tv_sec = (time_t)1 << 50;
	CK(tvtohz(&tv) == INT_MAX);
	tv.tv_sec = -1;
	CK(tvtohz(&tv) == 0 && itimerfix(&tv) == EINVAL);
	CK(ratecheck(&last, &interval) == 1);
	CK(ratecheck(&last, &interval) == 0);
	last.tv_sec = last.tv_usec = 0;
	CK(ppsratecheck(&last, &pps, 2) == 1);
	CK(ppsratecheck(&last, &pps, 2) == 1);
	CK(ppsratecheck(&last, &pps, 2) == 0);
	CK(mstohz(20) == 2 && mstohz(0x40000) == 26200);
	CK(time_mono_to_wall(time_uptime) >= s0);
	return 0;
}

struct cotest {
	callout_t	c;
	kmutex_t	lock;
	volatile int	fired;
	volatile int	again;
	struct timespec	when;
};

static void
co_func(void *arg)
{
	struct cotest *ct = arg;

	nanouptime(&ct->when);
	callout_ack(&ct->c);
	if (ct->again-- > 0)
		callout_schedule(&ct->c, 1);
	__atomic_add_fetch(&ct->fired, 1, __ATOMIC_RELEASE);
}

/* Whether the counter gets there; the patience is for loaded hosts. */
static bool
co_wait(volatile int *fired, int n)
{
	int i;

	for (i = 0; i < 1500; i++) {
		if (__atomic_load_n(fired, __ATOMIC_ACQUIRE) >= n)
			return true;
		kpause("co", false, 1, NULL);
	}
	return false;
}

static void
co_slow(void *arg)
{
	struct cotest *ct = arg;

	__atomic_store_n(&ct->fired, 1, __ATOMIC_RELEASE);
	kpause("coslow", false, 5, NULL);
	mutex_enter(&ct->lock);
	ct->fired = 2;
	mutex_exit(&ct->lock);
}

int	rumptest_callout(void);
int
rumptest_callout(void)
{
	struct timespec t0, d;
	struct cotest ct;

	memset(&ct, 0, sizeof(ct));
	mutex_init(&ct.lock, MUTEX_DEFAULT, IPL_NONE);
	callout_init(&ct.c, CALLOUT_MPSAFE);
	CK(!callout_pending(&ct.c) && !callout_stop(&ct.c));
	nanouptime(&t0);
	callout_reset(&ct.c, 3, co_func, &ct);
	CK(callout_active(&ct.c));
	CK(co_wait(&ct.fired, 1));
	callout_halt(&ct.c, NULL);
	timespecsub(&ct.when, &t0, &d);
	/* Not before its time. */
	CK(d.tv_sec > 0 || d.tv_nsec >= 30000000 - 1000000);
	callout_reset(&ct.c, 1, co_func, &ct);
	CK(co_wait(&ct.fired, 2));
	CK(callout_expired(&ct.c) && !callout_pending(&ct.c));
	CK(callout_stop(&ct.c));
	callout_schedule(&ct.c, 100000);
	CK(!callout_stop(&ct.c));
	kpause("co", false, 2, NULL);
	CK(ct.fired == 2);
	ct.again = 3;
	callout_schedule(&ct.c, 1);
	CK(co_wait(&ct.fired, 6));
	callout_halt(&ct.c, NULL);
	callout_destroy(&ct.c);

	/* Without MPSAFE, halted while it runs, interlock given up. */
	callout_init(&ct.c, 0);
	ct.fired = 0;
	callout_reset(&ct.c, 1, co_slow, &ct);
	while (__atomic_load_n(&ct.fired, __ATOMIC_ACQUIRE) == 0)
		kpause("co", false, 1, NULL);
	mutex_enter(&ct.lock);
	callout_halt(&ct.c, &ct.lock);
	CK(ct.fired == 2 && mutex_owned(&ct.lock));
	mutex_exit(&ct.lock);
	callout_destroy(&ct.c);
	mutex_destroy(&ct.lock);
	return 0;
}

static volatile int order_next, order_bad;

static void
co_order(void *arg)
{

	if ((int)(intptr_t)arg != order_next)
		order_bad++;
	__atomic_add_fetch(&order_next, 1, __ATOMIC_RELEASE);
}

int	rumptest_callout_many(void);
int
rumptest_callout_many(void)
{
	enum { N = 300 };
	static callout_t c[N];
	int i;

	order_next = order_bad = 0;
	for (i = N - 1; i >= 0; i--) {
		callout_init(&c[i], CALLOUT_MPSAFE);
		callout_reset(&c[i], 100000 - i, co_order,
		    (void *)(intptr_t)i);
	}
	/* Set anew, so that each is due after the one before it. */
	for (i = 0; i < N; i++)
		callout_schedule(&c[i], 2 + i / 30 * 2);
	CK(co_wait(&order_next, N) && order_bad == 0);
	for (i = 0; i < N; i++) {
		callout_halt(&c[i], NULL);
		callout_destroy(&c[i]);
	}
	return 0;
}

/*
 * The rest.
 */

int	rumptest_uio(void);
int
rumptest_uio(void)
{
	char src[32] = "0123456789abcdefghijklmnopqrstu", dst[64];
	struct iovec iov[3];
	struct uio uio;
	size_t done;
	char buf[8];

	memset(dst, 0, sizeof(dst));
	iov[0].iov_base = dst;
	iov[0].iov_len = 5;
	iov[1].iov_base = NULL;
	iov[1].iov_len = 0;
	iov[2].iov_base = dst + 10;
	iov[2].iov_len = 20;
	uio.uio_iov = iov;
	uio.uio_iovcnt = 3;
	uio.uio_offset = 100;
	uio.uio_resid = 25;
	uio.uio_rw = UIO_READ;
	UIO_SETUP_SYSSPACE(&uio);
	CK(uiomove(src, 7, &uio) == 0 && uio.uio_resid == 18);
	CK(uio.uio_offset == 107);
	CK(memcmp(dst, "01234\0\0\0\0\0" "56", 12) == 0);
	CK(ureadc('Z', &uio) == 0 && dst[12] == 'Z');
	uio.uio_offset = 30;
	CK(uiomove_frombuf(src, 32, &uio) == 0 && uio.uio_offset == 32);
	CK(dst[13] == 'u');
	uio.uio_offset = 100;
	CK(uiomove_frombuf(src, 32, &uio) == 0 && uio.uio_offset == 100);
	CK(copystr("hello", buf, sizeof(buf), &done) == 0 && done == 6);
	CK(copystr("hello world", buf, sizeof(buf), NULL) == ENAMETOOLONG);
	CK(copyin(NULL, buf, 4) == EFAULT && copyout(buf, NULL, 4) == EFAULT);
	CK(copyinstr(NULL, buf, 4, NULL) == EFAULT);
	CK(copyin((const void *)(uintptr_t)-4, buf, 8) == EFAULT);
	return 0;
}

static int
twice(SYSCTLFN_ARGS)
{
	struct sysctlnode node = *rnode;
	int v = *(int *)rnode->sysctl_data * 2, error;

	node.sysctl_data = &v;
	error = sysctl_lookup(SYSCTLFN_CALL(&node));
	if (error == 0 && newp != NULL)
		*(int *)rnode->sysctl_data = v / 2;
	return error;
}

static int setup_runs;

/* Told of by a link set and by a constructor, and run once. */
SYSCTL_SETUP(sysctl_coretest_setup, "sysctl nodes of a test")
{

	setup_runs++;
	(void)sysctl_createv(clog, 0, NULL, NULL,
	    CTLFLAG_PERMANENT | CTLFLAG_IMMEDIATE, CTLTYPE_INT, "coresetup",
	    NULL, NULL, 4711, NULL, 0, CTL_VENDOR, 900, CTL_EOL);
}

int	rumptest_sysctl(void);
int
rumptest_sysctl(void)
{
	static int value = 21;
	const struct sysctlnode *node = NULL, *leaf = NULL;
	struct sysctllog *log = NULL;
	int name[3], v = 0, i;
	size_t len = sizeof(v);

	CK(setup_runs == 1);
	name[0] = CTL_VENDOR;
	name[1] = 900;
	CK(old_sysctl(name, 2, &v, &len, NULL, 0, NULL) == 0 && v == 4711);
	CK(sysctl_createv(&log, 0, NULL, &node, CTLFLAG_PERMANENT,
	    CTLTYPE_NODE, "coretest", SYSCTL_DESCR("test"), NULL, 0, NULL, 0,
	    CTL_VENDOR, CTL_CREATE, CTL_EOL) == 0);
	for (i = 0; i < 30; i++) {
		char nm[16];

		snprintf(nm, sizeof(nm), "n%d", i);
		CK(sysctl_createv(&log, 0, &node, NULL, CTLFLAG_READWRITE,
		    CTLTYPE_INT, nm, NULL, NULL, 0, &value, 0, CTL_CREATE,
		    CTL_EOL) == 0);
	}
	CK(sysctl_createv(&log, 0, &node, &leaf, CTLFLAG_READWRITE,
	    CTLTYPE_INT, "twice", NULL, twice, 0, &value, 0, CTL_CREATE,
	    CTL_EOL) == 0);
	CK(sysctl_createv(&log, 0, &node, NULL, 0, CTLTYPE_INT, "twice", NULL,
	    NULL, 0, &value, 0, CTL_CREATE, CTL_EOL) == EEXIST);
	CK(sysctl_createv(&log, 0, NULL, NULL, 0, CTLTYPE_INT, "bad name!",
	    NULL, NULL, 0, &value, 0, CTL_VENDOR, CTL_CREATE, CTL_EOL) ==
	    EINVAL);
	name[0] = CTL_VENDOR;
	name[1] = node->sysctl_num;
	name[2] = leaf->sysctl_num;
	CK(old_sysctl(name, 3, &v, &len, NULL, 0, NULL) == 0 && v == 42);
	v = 100;
	CK(old_sysctl(name, 3, NULL, NULL, &v, sizeof(v), NULL) == 0);
	CK(value == 50);
	v = 1;
	CK(old_sysctl(name, 3, NULL, NULL, &v, 2, NULL) == EINVAL);
	len = 2;
	CK(old_sysctl(name, 3, &v, &len, NULL, 0, NULL) == ENOMEM && len == 4);
	sysctl_teardown(&log);
	CK(log == NULL);
	len = sizeof(v);
	CK(old_sysctl(name, 3, &v, &len, NULL, 0, NULL) == ENOENT);
	return 0;
}

int	rumptest_misc(void);
int
rumptest_misc(void)
{
	static struct evcnt ev;
	static krndsource_t rs;
	LIST_HEAD(, qitem) *table;
	u_long mask, i;
	uint8_t a[64], b[64];
	const char *end;

	evcnt_attach_dynamic(&ev, EVCNT_TYPE_MISC, NULL, "group", "name");
	ev.ev_count++;
	evcnt_detach(&ev);
	rnd_attach_source(&rs, "test", RND_TYPE_UNKNOWN, RND_FLAG_DEFAULT);
	rnd_add_uint32(&rs, 12345);
	rnd_add_data(&rs, "entropy", 7, 8);
	rnd_detach_source(&rs);
	CK(cprng_strong(kern_cprng, a, sizeof(a), 0) == sizeof(a));
	CK(cprng_strong(kern_cprng, b, sizeof(b), 0) == sizeof(b));
	CK(memcmp(a, b, sizeof(a)) != 0);
	cprng_fast(a, 63);
	cprng_fast(b, 63);
	CK(memcmp(a, b, 63) != 0);
	CK(cprng_fast64() != cprng_fast64());
	table = hashinit(100, HASH_LIST, true, &mask);
	CK(mask == 127);
	for (i = 0; i <= mask; i++)
		CK(LIST_EMPTY(&table[i]));
	hashdone(table, HASH_LIST, mask);
	CK(hash32_buf("ab", 2, HASH32_BUF_INIT) == (5381 * 33 + 'a') * 33 + 'b');
	CK(murmurhash2("test", 4, 0) == 403862830U);
	CK(inet_addr("1.2.3.4") == htonl(0x01020304));
	CK(pmatch("hello.c", "*.c", &end) == 2 && pmatch("a", "b", NULL) == 0);
	CK(strcmp(ostype, "NetBSD") == 0 && ncpu >= 1);
	return 0;
}
