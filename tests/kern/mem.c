/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of memory: int rumptest_mem_NAME(void), 0 or the line
 * of what failed, called with a virtual CPU held. What each expects of its
 * process (a limit, debugging) is said with it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/condvar.h>
#include <sys/cpu.h>
#include <sys/errno.h>
#include <sys/extent.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/vmem.h>

#include <uvm/uvm_extern.h>

#include <rump-priv/mem.h>

#define CK(e)	do {							\
	if (!(e))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

static uint32_t
lcg(uint32_t *s)
{

	*s = *s * 1664525 + 1013904223;
	return *s >> 8;
}

/*
 * pool(9).
 */

int	rumptest_mem_pool_align(void);
int
rumptest_mem_pool_align(void)
{
	static const struct { size_t size; u_int align, off; } v[] = {
		{ 1, 0, 0 }, { 24, 8, 0 }, { 100, 64, 0 }, { 100, 64, 20 },
		{ 24, 32, 8 }, { 4096, 4096, 0 }, { 5000, 16, 4 },
		{ 20000, 4096, 0 },
	};
	struct pool pool;
	char *o[64];
	size_t i, j, k;

	for (i = 0; i < __arraycount(v); i++) {
		pool_init(&pool, v[i].size, v[i].align, v[i].off, 0,
		    "alignpl", NULL, IPL_NONE);
		for (j = 0; j < __arraycount(o); j++) {
			o[j] = pool_get(&pool, PR_WAITOK);
			CK(((uintptr_t)o[j] + v[i].off) %
			    MAX(v[i].align, 1) == 0);
			memset(o[j], (int)j, v[i].size);
		}
		for (j = 0; j < __arraycount(o); j++) {
			for (k = 0; k < v[i].size; k++)
				CK(o[j][k] == (char)j);
			pool_put(&pool, o[j]);
		}
		pool_destroy(&pool);
	}
	return 0;
}

static unsigned int pages_out, pages_max;

static void *
page_alloc(struct pool *pp, int flags)
{
	void *p;

	if (pages_out == pages_max)
		return NULL;
	if ((p = kmem_alloc(4096, KM_NOSLEEP)) != NULL) {
		pages_out++;
		memset(p, 0x5a, 4096);
	}
	return p;
}

static void
page_free(struct pool *pp, void *p)
{

	pages_out--;
	kmem_free(p, 4096);
}

static struct pool_allocator page_allocator = {
	.pa_alloc = page_alloc, .pa_free = page_free, .pa_pagesz = 4096,
};

int	rumptest_mem_pool_pages(void);
int
rumptest_mem_pool_pages(void)
{
	enum { ITEM = 1000, PERPAGE = 4, N = 40 };
	struct pool pool;
	char *o[N];
	size_t i, j;

	pages_max = 100;
	pool_init(&pool, ITEM, 8, 0, PR_NOTOUCH, "pagepl", &page_allocator,
	    IPL_NONE);
	for (i = 0; i < N; i++) {
		CK((o[i] = pool_get(&pool, PR_NOWAIT)) != NULL);
		/* Nobody has written where an item can be. */
		for (j = 0; j < ITEM; j++)
			CK(o[i][j] == 0x5a);
	}
	CK(pages_out == N / PERPAGE);
	for (i = 0; i < N; i++)
		pool_put(&pool, o[i]);
	CK(pages_out == N / PERPAGE);
	CK(pool_reclaim(&pool) && pages_out == 0 && !pool_reclaim(&pool));

	/* The low water mark: pages stay for so many items. */
	pool_setlowat(&pool, 6);
	CK(pages_out == 0);
	for (i = 0; i < N; i++)
		CK((o[i] = pool_get(&pool, PR_NOWAIT)) != NULL);
	for (i = 0; i < N; i++)
		pool_put(&pool, o[i]);
	(void)pool_reclaim(&pool);
	CK(pages_out == 2);
	pool_setlowat(&pool, 0);
	CK(pool_reclaim(&pool) && pages_out == 0);

	/* The high water mark: what becomes unused above it goes at once. */
	pool_sethiwat(&pool, 3 * PERPAGE);
	for (i = 0; i < N; i++)
		CK((o[i] = pool_get(&pool, PR_NOWAIT)) != NULL);
	for (i = 0; i < N; i++)
		pool_put(&pool, o[i]);
	CK(pages_out == 3);
	(void)pool_reclaim(&pool);

	/* What was asked for ahead is there when the allocator has nothing. */
	CK(pool_prime(&pool, 7) == 0 && pages_out == 2);
	pages_max = 2;
	for (i = 0; i < 2 * PERPAGE; i++)
		CK((o[i] = pool_get(&pool, PR_NOWAIT)) != NULL);
	CK(pool_get(&pool, PR_NOWAIT) == NULL);
	CK(pool_prime(&pool, 1) == ENOMEM);
	for (i = 0; i < 2 * PERPAGE; i++)
		pool_put(&pool, o[i]);
	pool_destroy(&pool);
	CK(pages_out == 0);
	return 0;
}

/* Standard allocator: free items keep their bytes with PR_NOTOUCH. */
int	rumptest_mem_pool_notouch(void);
int
rumptest_mem_pool_notouch(void)
{
	struct pool pool;
	char *o[100];
	size_t i, j, found = 0;

	pool_init(&pool, 32, 0, 0, PR_NOTOUCH, "notouchpl", NULL, IPL_NONE);
	for (i = 0; i < __arraycount(o); i++) {
		o[i] = pool_get(&pool, PR_WAITOK);
		memset(o[i], 0x77, 32);
	}
	for (i = 0; i < __arraycount(o); i++)
		pool_put(&pool, o[i]);
	for (i = 0; i < __arraycount(o); i++) {
		o[i] = pool_get(&pool, PR_WAITOK);
		for (j = 0; j < 32 && o[i][j] == 0x77; j++)
			continue;
		found += j == 32;
	}
	CK(found == __arraycount(o));
	for (i = 0; i < __arraycount(o); i++)
		pool_put(&pool, o[i]);
	pool_destroy(&pool);
	return 0;
}

static struct pool limit_pool;
static void *limit_item, *drain_item;
static int drained, drain_flags;

static void
limit_putter(void *arg)
{

	(void)kpause("putter", false, 2, NULL);
	pool_put(&limit_pool, limit_item);
	kthread_exit(0);
}

static void
drain_hook(void *arg, int flags)
{

	drained++;
	drain_flags = flags;
	if (drain_item != NULL)
		pool_put(arg, drain_item);
	drain_item = NULL;
}

int	rumptest_mem_pool_limit(void);
int
rumptest_mem_pool_limit(void)
{
	struct pool *pp = &limit_pool;
	void *a, *b;
	lwp_t *l;

	pool_init(pp, 48, 0, 0, 0, "limitpl", NULL, IPL_VM);
	pool_sethardlimit(pp, 2, "limitpl is at its limit", 3600);
	CK((a = pool_get(pp, PR_NOWAIT)) != NULL);
	CK((b = pool_get(pp, PR_WAITOK | PR_ZERO)) != NULL);
	CK(*(char *)b == 0);
	CK(pool_get(pp, PR_NOWAIT) == NULL);
	CK(pool_get(pp, PR_WAITOK | PR_LIMITFAIL) == NULL);

	/* Who waits gets the item that another returns. */
	limit_item = a;
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    limit_putter, NULL, &l, "putter") == 0);
	CK((a = pool_get(pp, PR_WAITOK)) != NULL);
	CK(kthread_join(l) == 0);

	/* The hook comes before waiting and before failing. */
	pool_set_drain_hook(pp, drain_hook, pp);
	drain_item = b;
	CK((b = pool_get(pp, PR_NOWAIT)) != NULL);
	CK(drained == 1 && drain_flags == PR_NOWAIT);
	drain_item = b;
	CK((b = pool_get(pp, PR_WAITOK)) != NULL);
	CK(drained == 2 && drain_flags == PR_WAITOK);
	CK(pool_get(pp, PR_NOWAIT) == NULL && drained == 3);
	(void)pool_reclaim(pp);
	CK(drained == 4);
	pool_put(pp, a);
	pool_put(pp, b);
	CK(pool_nget(pp) == pool_nput(pp));
	pool_destroy(pp);
	return 0;
}

/* Each call of pool_drain() takes the next pool, and all come. */
int	rumptest_mem_pool_drain(void);
int
rumptest_mem_pool_drain(void)
{
	struct pool a, b, *pp;
	int na = 0, nb = 0, i;

	pool_init(&a, 64, 0, 0, 0, "drainpl1", NULL, IPL_NONE);
	pool_init(&b, 64, 0, 0, 0, "drainpl2", NULL, IPL_NONE);
	for (i = 0; i < 1000 && (na < 2 || nb < 2); i++) {
		(void)pool_drain(&pp);
		na += pp == &a;
		nb += pp == &b;
	}
	CK(na >= 1 && nb >= 1 && abs(na - nb) <= 1);
	pool_destroy(&a);
	pool_destroy(&b);
	(void)pool_drain(NULL);
	return 0;
}

/*
 * pool_cache(9).
 */

static int made, unmade, make_error;

static int
make(void *arg, void *o, int flags)
{

	if (make_error != 0)
		return make_error;
	*(void **)o = arg;
	made++;
	return 0;
}

static void
unmake(void *arg, void *o)
{

	unmade += *(void **)o == arg;
}

int	rumptest_mem_cache(void);
int
rumptest_mem_cache(void)
{
	enum { N = 500 };
	static void *o[N];
	pool_cache_t pc;
	paddr_t pa;
	int i;

	made = unmade = 0;
	pc = pool_cache_init(64, 0, 0, 0, "cachepl", NULL, IPL_NONE, make,
	    unmake, o);
	make_error = EIO;
	CK(pool_cache_get(pc, PR_WAITOK) == NULL);
	CK(pool_cache_get_paddr(pc, PR_NOWAIT, &pa) == NULL);
	make_error = 0;
	for (i = 0; i < N; i++) {
		CK((o[i] = pool_cache_get_paddr(pc, PR_WAITOK, &pa)) != NULL);
		CK(*(void **)o[i] == o && pa == (paddr_t)(uintptr_t)o[i]);
	}
	CK(made == N && unmade == 0);
	for (i = 0; i < N; i++)
		pool_cache_put(pc, o[i]);
	for (i = 0; i < N; i++) {
		CK((o[i] = pool_cache_get(pc, PR_NOWAIT)) != NULL);
		CK(*(void **)o[i] == o);
	}
	/* Without debugging most have been kept as they were. */
#if !defined(RUMP_CHECK) && !defined(RUMP_ASAN)
	CK(made - unmade == N && made <= N + N / 10);
#endif
	CK(made - unmade == N);
	pool_cache_destruct_object(pc, o[0]);
	CK(made - unmade == N - 1);
	for (i = 1; i < N; i++)
		pool_cache_put(pc, o[i]);
	(void)pool_cache_reclaim(pc);
#ifdef RUMP_UP
	/* All caches there are are this CPU's and the global one. */
	CK(made == unmade);
#endif
	pool_cache_destroy(pc);
	CK(made == unmade);
	return 0;
}

/* The pool's limits hold for a cache. */
int	rumptest_mem_cache_limit(void);
int
rumptest_mem_cache_limit(void)
{
	pool_cache_t pc;
	void *a, *b;

	pc = pool_cache_init(64, 0, 0, 0, "cachelimpl", NULL, IPL_NONE, NULL,
	    NULL, NULL);
	pool_cache_sethardlimit(pc, 2, NULL, 0);
	CK((a = pool_cache_get(pc, PR_NOWAIT)) != NULL);
	CK((b = pool_cache_get(pc, PR_NOWAIT)) != NULL);
	CK(pool_cache_get(pc, PR_NOWAIT) == NULL);
	CK(pool_cache_get(pc, PR_WAITOK | PR_LIMITFAIL) == NULL);
	pool_cache_put(pc, a);
	CK((a = pool_cache_get(pc, PR_NOWAIT)) != NULL);
	pool_cache_put(pc, a);
	pool_cache_put(pc, b);
	pool_cache_invalidate(pc);
	pool_cache_destroy(pc);
	return 0;
}

/* Objects are out: it panics, and with debugging names this function. */
void	rumptest_mem_destroy_busy(int);
void
rumptest_mem_destroy_busy(int cache)
{
	struct pool *pp = &limit_pool;
	pool_cache_t pc;

	if (cache) {
		pc = pool_cache_init(64, 0, 0, 0, "busypl", NULL, IPL_NONE,
		    NULL, NULL, NULL);
		pool_cache_put(pc, pool_cache_get(pc, PR_WAITOK));
		(void)pool_cache_get(pc, PR_WAITOK);
		pool_cache_destroy(pc);
	} else {
		pool_init(pp, 64, 0, 0, 0, "busypl", NULL, IPL_NONE);
		(void)pool_get(pp, PR_WAITOK);
		pool_destroy(pp);
	}
}

/*
 * kmem(9), malloc(9).
 */

/* All sizes around the classes' borders; what is one's is no other's. */
int	rumptest_mem_sizes(void);
int
rumptest_mem_sizes(void)
{
	enum { N = 64 };
	unsigned char *p[N], *q;
	size_t size, i, sizes[N];
	uint32_t seed = 7;

	for (size = 1; size <= 20000; size += size < 300 ? 1 : 37) {
		for (i = 0; i < 3; i++) {
			CK((p[i] = kmem_alloc(size, KM_SLEEP)) != NULL);
			CK((uintptr_t)p[i] % (ALIGNBYTES + 1) == 0);
			memset(p[i], (int)i, size);
		}
		for (i = 0; i < 3; i++) {
			CK(p[i][0] == i && p[i][size - 1] == i);
			kmem_free(p[i], size);
		}
		CK((q = kmem_intr_zalloc(size, KM_NOSLEEP)) != NULL);
		for (i = 0; i < size; i++)
			CK(q[i] == 0);
		kmem_intr_free(q, size);
	}
	/* Freed in another order than asked for, malloc and kmem mixed. */
	for (i = 0; i < N; i++) {
		sizes[i] = 1 + lcg(&seed) % 3000;
		p[i] = i % 2 ? kmem_alloc(sizes[i], KM_SLEEP) :
		    malloc(sizes[i], M_TEMP, M_WAITOK);
		memset(p[i], (int)i, sizes[i]);
	}
	for (i = 0; i < N; i++) {
		size = i * 29 % N;
		CK(p[size][sizes[size] - 1] == size);
		if (size % 2)
			kmem_free(p[size], sizes[size]);
		else
			free(p[size], M_TEMP);
	}
	return 0;
}

/* Run with a limit: what can never be had is for who says so, or NULL. */
int	rumptest_mem_canfail(void);
int
rumptest_mem_canfail(void)
{
	size_t limit = rump_mem_limit();
	char *p;

	CK(malloc(limit, M_TEMP, M_WAITOK | M_CANFAIL) == NULL);
	CK(malloc(limit, M_TEMP, M_NOWAIT) == NULL);
	CK(kmem_alloc(limit, KM_NOSLEEP) == NULL);
	CK((p = malloc(10, M_TEMP, M_WAITOK)) != NULL);
	memcpy(p, "123456789", 10);
	/* The old memory stays when there is no new. */
	CK(realloc(p, limit, M_TEMP, M_NOWAIT) == NULL);
	CK(memcmp(p, "123456789", 10) == 0);
	CK((p = realloc(p, 3, M_TEMP, M_NOWAIT)) != NULL && p[2] == '3');
	CK((p = realloc(p, 5000, M_TEMP, M_WAITOK | M_ZERO)) != NULL);
	CK(memcmp(p, "123", 3) == 0 && p[4999] == 0);
	free(p, M_TEMP);
	return 0;
}

/*
 * The limit. All of these run with one of 8 MiB.
 */

static void *hold[4096];
static size_t nhold;
static kmutex_t hold_lock;

/* Take all there is. */
static void
exhaust(void)
{
	void *p;

	while ((p = kmem_alloc(16384, KM_NOSLEEP)) != NULL) {
		mutex_enter(&hold_lock);
		KASSERT(nhold < __arraycount(hold));
		hold[nhold++] = p;
		mutex_exit(&hold_lock);
	}
}

/* Give back so many; how many bytes that was. */
static size_t
release(size_t n)
{
	size_t bytes = 0;
	void *p;

	for (; n > 0; n--) {
		mutex_enter(&hold_lock);
		p = nhold > 0 ? hold[--nhold] : NULL;
		mutex_exit(&hold_lock);
		if (p == NULL)
			break;
		kmem_free(p, 16384);
		bytes += 16384;
	}
	return bytes;
}

static void
releaser(void *arg)
{

	(void)kpause("releaser", false, 3, NULL);
	(void)release(8);
	kthread_exit(0);
}

/* Who sleeps for memory is woken when another frees some. */
int	rumptest_mem_wait(void);
int
rumptest_mem_wait(void)
{
	struct pool pool;
	void *p;
	lwp_t *l;
	int i;

	mutex_init(&hold_lock, MUTEX_DEFAULT, IPL_NONE);
	pool_init(&pool, 30000, 0, 0, 0, "waitpl", NULL, IPL_NONE);
	for (i = 0; i < 4; i++) {
		exhaust();
		CK(nhold > 100 && nhold < __arraycount(hold));
		CK(rump_mem_used() <= rump_mem_limit());
		CK(rump_mem_available() < 16384 + 65536);
		CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    NULL, releaser, NULL, &l, "releaser") == 0);
		if (i % 2 == 0) {
			CK((p = kmem_alloc(60000, KM_SLEEP)) != NULL);
			kmem_free(p, 60000);
		} else {
			CK((p = pool_get(&pool, PR_WAITOK)) != NULL);
			pool_put(&pool, p);
		}
		CK(kthread_join(l) == 0);
	}
	(void)release(__arraycount(hold));
	pool_destroy(&pool);
	return 0;
}

/* Primed items, and those of the low water mark, are there without memory. */
int	rumptest_mem_prime(void);
int
rumptest_mem_prime(void)
{
	static void *o[1024];
	struct pool pool;
	int i, n;

	mutex_init(&hold_lock, MUTEX_DEFAULT, IPL_NONE);
	pool_init(&pool, 16000, 0, 0, 0, "primepl", NULL, IPL_NONE);
	CK(pool_prime(&pool, 3) == 0);
	pool_setlowat(&pool, 3);
	exhaust();
	for (n = 0; n < (int)__arraycount(o) &&
	    (o[n] = pool_get(&pool, PR_NOWAIT)) != NULL; n++)
		continue;
	/* The last three came out of the reserve, and go back there. */
	CK(n >= 3 && n < (int)__arraycount(o));
	for (i = 0; i < 3; i++)
		pool_put(&pool, o[--n]);
	(void)pool_reclaim(&pool);
	exhaust();
	for (i = 0; i < 3; i++)
		CK((o[n++] = pool_get(&pool, PR_NOWAIT)) != NULL);
	while (n > 0)
		pool_put(&pool, o[--n]);
	(void)release(__arraycount(hold));
	pool_destroy(&pool);
	return 0;
}

static unsigned int hook_calls, sleep_calls;
static kmutex_t hook_lock;

static size_t
give_none(void *arg, size_t want)
{

	atomic_inc_uint(&hook_calls);
	return 0;
}

/* Freeing needs memory itself, in plenty, and a lock that others hold. */
static size_t
give_sleeping(void *arg, size_t want)
{
	void *p[8];
	size_t i, n;

	atomic_inc_uint(&sleep_calls);
	mutex_enter(&hook_lock);
	for (i = 0; i < __arraycount(p); i++)
		p[i] = kmem_alloc(20000, KM_SLEEP);
	n = release(want / 16384 + 1);
	for (i = 0; i < __arraycount(p); i++)
		kmem_free(p[i], 20000);
	mutex_exit(&hook_lock);
	return n;
}

static struct rump_reclaim sleeping = {
	.rr_fn = give_none, .rr_sleepfn = give_sleeping,
};

/* The page daemon frees what a waiter may not, and has memory for that. */
int	rumptest_mem_daemon(void);
int
rumptest_mem_daemon(void)
{
	void *p;
	int i;

	mutex_init(&hook_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&hold_lock, MUTEX_DEFAULT, IPL_NONE);
	rump_mem_reclaim_register(&sleeping);
	for (i = 0; i < 3; i++) {
		exhaust();
		CK((p = kmem_alloc(100000, KM_SLEEP)) != NULL);
		kmem_free(p, 100000);
	}
	rump_mem_reclaim_unregister(&sleeping);
	CK(hook_calls > 0 && sleep_calls > 0);
	(void)release(__arraycount(hold));
	return 0;
}

/* An allocation that fails at once makes the daemon free some for the next. */
int	rumptest_mem_nowait(void);
int
rumptest_mem_nowait(void)
{
	void *p = NULL;
	int i;

	mutex_init(&hook_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&hold_lock, MUTEX_DEFAULT, IPL_NONE);
	rump_mem_reclaim_register(&sleeping);
	exhaust();
	for (i = 0; i < 500 && p == NULL; i++) {
		(void)kpause("nowait", false, 1, NULL);
		p = kmem_alloc(60000, KM_NOSLEEP);
	}
	CK(p != NULL);
	kmem_free(p, 60000);
	rump_mem_reclaim_unregister(&sleeping);
	(void)release(__arraycount(hold));
	return 0;
}

/* Caches and pools give back what they keep. */
int	rumptest_mem_caches_give(void);
int
rumptest_mem_caches_give(void)
{
#if !defined(RUMP_CHECK) && !defined(RUMP_ASAN)
	enum { N = 400 };
	static void *o[N];
	pool_cache_t pc;
	size_t before, i;
	void *p;

	mutex_init(&hold_lock, MUTEX_DEFAULT, IPL_NONE);
	made = unmade = 0;
	pc = pool_cache_init(4000, 0, 0, 0, "givepl", NULL, IPL_NONE, make,
	    unmake, o);
	for (i = 0; i < N; i++)
		o[i] = pool_cache_get(pc, PR_WAITOK);
	for (i = 0; i < N; i++)
		pool_cache_put(pc, o[i]);
	exhaust();
	before = rump_mem_used();
	/* Only what the cache keeps can be had, and destructors are called. */
	CK((p = kmem_alloc(rump_mem_available() + 60000, KM_SLEEP)) != NULL);
	CK(rump_mem_used() <= before + 60000);
	kmem_free(p, 60000);
	(void)release(__arraycount(hold));
	pool_cache_destroy(pc);
	CK(made == unmade);
#endif
	/* With debugging they keep nothing. */
	return 0;
}

/*
 * What is allocated on one CPU and freed on others fills what those keep at
 * hand; another one gets it when memory is short.
 */
int	rumptest_mem_cpus_give(void);
#ifdef RUMP_ASAN
int
rumptest_mem_cpus_give(void)
{

	/* Nothing is kept. */
	return 0;
}
#else
enum { GIVE_CPUS = 4, GIVE_PER_CPU = 32, GIVE_SIZES = 8, GIVE_OBJS = 12 };
static const size_t give_size[GIVE_SIZES] = {
	800, 1000, 1500, 2000, 3000, 4000, 6000, 8000,
};
static void *give_mem[GIVE_CPUS][GIVE_SIZES][GIVE_PER_CPU];
static void *give_obj[GIVE_CPUS][GIVE_OBJS];
static pool_cache_t give_cache;
static volatile unsigned int give_live;	/* objects of give_cache */
static int give_line;

static int
give_make(void *arg, void *o, int flags)
{

	atomic_inc_uint(&give_live);
	return 0;
}

static void
give_unmake(void *arg, void *o)
{

	atomic_dec_uint(&give_live);
}

/* As many as the CPU keeps, and hardly more. */
static size_t
give_count(size_t i)
{

	return MIN(GIVE_PER_CPU, 32768 / give_size[i]);
}

static void
give_free(void *arg)
{
	u_int cpu = (u_int)(uintptr_t)arg;
	size_t i, j;

	if (cpu_index(curcpu()) != cpu)
		give_line = __LINE__;
	for (i = 0; i < GIVE_SIZES; i++)
		for (j = 0; j < give_count(i); j++)
			kmem_free(give_mem[cpu][i][j], give_size[i]);
	for (i = 0; i < GIVE_OBJS; i++)
		pool_cache_put(give_cache, give_obj[cpu][i]);
	kthread_exit(0);
}

static void
give_take(void *arg)
{
	size_t want = *(size_t *)arg;
	void *p;

	if (!rump_mem_room(rump_mem_available() + want))
		give_line = __LINE__;
	p = kmem_alloc(want, KM_SLEEP);
	memset(p, 1, want);
	kmem_free(p, want);
	kthread_exit(0);
}

int
rumptest_mem_cpus_give(void)
{
	size_t before, full, filler, i, j, want;
	u_int cpu, n = (u_int)MIN(ncpu, GIVE_CPUS);
	lwp_t *l[GIVE_CPUS];
	void *p;

	give_cache = pool_cache_init(4000, 0, 0, 0, "cpugive", NULL, IPL_NONE,
	    give_make, give_unmake, NULL);
	pool_cache_put(give_cache, pool_cache_get(give_cache, PR_WAITOK));
	before = rump_mem_used();
	/* One after the other from the slabs, so that all CPUs share them. */
	for (i = 0; i < GIVE_SIZES; i++)
		for (j = 0; j < give_count(i); j++)
			for (cpu = 0; cpu < n; cpu++)
				give_mem[cpu][i][j] = kmem_alloc(give_size[i],
				    KM_SLEEP);
	for (i = 0; i < GIVE_OBJS; i++)
		for (cpu = 0; cpu < n; cpu++)
			give_obj[cpu][i] = pool_cache_get(give_cache,
			    PR_WAITOK);
	full = rump_mem_used();
	for (cpu = 0; cpu < n; cpu++)
		CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
		    cpu_lookup(cpu), give_free, (void *)(uintptr_t)cpu,
		    &l[cpu], "give") == 0);
	for (cpu = 0; cpu < n; cpu++)
		CK(kthread_join(l[cpu]) == 0);
	CK(give_line == 0);
	/* It lies there. */
	want = (full - before) / 2;
	CK(want > n * (size_t)65536 && rump_mem_used() > before + want);
	filler = rump_mem_available() - 65536;
	CK((p = kmem_alloc(filler, KM_NOSLEEP)) != NULL);
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
	    cpu_lookup(n - 1), give_take, &want, &l[0], "take") == 0);
	CK(kthread_join(l[0]) == 0);
	CK(give_line == 0);
	/* The round goes on until each has been asked. */
	for (i = 0; i < 500 && __atomic_load_n(&give_live,
	    __ATOMIC_RELAXED) != 0; i++)
		(void)kpause("round", false, 1, NULL);
	CK(__atomic_load_n(&give_live, __ATOMIC_RELAXED) == 0);
	kmem_free(p, filler);
	pool_cache_destroy(give_cache);
	return 0;
}
#endif

/* With nothing to give back it ends by a panic, not never. */
void	rumptest_mem_stall(void);
void
rumptest_mem_stall(void)
{

	mutex_init(&hold_lock, MUTEX_DEFAULT, IPL_NONE);
	for (;;) {
		exhaust();
		(void)kmem_alloc(16384, KM_SLEEP);
	}
}

/*
 * vmem(9).
 */

/* Against a map of bytes, with all sorts of constraints. */
int	rumptest_mem_vmem_model(void);
int
rumptest_mem_vmem_model(void)
{
	enum { BASE = 64, SIZE = 4096, N = 200 };
	static uint8_t map[BASE + SIZE];
	static struct { vmem_addr_t a; vmem_size_t n; } v[N];
	vmem_size_t n, align, phase, cross, used = 0;
	vmem_addr_t a, min, max;
	uint32_t seed = 3;
	size_t i, j, round, failed = 0;
	vmem_t *vm;

	vm = vmem_create("model", BASE, SIZE, 1, NULL, NULL, NULL, 0,
	    VM_SLEEP, IPL_NONE);
	for (round = 0; round < 20000; round++) {
		i = lcg(&seed) % N;
		if (v[i].n != 0) {
			for (j = 0; j < v[i].n; j++) {
				CK(map[v[i].a + j] == 1);
				map[v[i].a + j] = 0;
			}
			vmem_xfree(vm, v[i].a, v[i].n);
			used -= v[i].n;
			v[i].n = 0;
			CK(vmem_size(vm, VMEM_ALLOC) == used);
			continue;
		}
		n = 1 + lcg(&seed) % 60;
		align = (vmem_size_t)1 << lcg(&seed) % 7;
		phase = lcg(&seed) % 2 ? lcg(&seed) % align : 0;
		cross = lcg(&seed) % 3 ? 0 : 64;
		min = lcg(&seed) % 4 ? VMEM_ADDR_MIN : lcg(&seed) % SIZE;
		max = lcg(&seed) % 4 ? VMEM_ADDR_MAX :
		    min + n + lcg(&seed) % 1000;
		if (vmem_xalloc(vm, n, align, phase, cross, min, max,
		    VM_NOSLEEP | (lcg(&seed) % 2 ? VM_BESTFIT :
		    VM_INSTANTFIT), &a) != 0) {
			failed++;
			continue;
		}
		CK(a >= BASE && a + n <= BASE + SIZE && a >= min &&
		    a + n - 1 <= max && (a - phase) % align == 0);
		CK(cross == 0 || a / cross == (a + n - 1) / cross);
		for (j = 0; j < n; j++) {
			CK(map[a + j] == 0);
			map[a + j] = 1;
		}
		v[i].a = a;
		v[i].n = n;
		used += n;
	}
	CK(failed > 10 && failed < 10000);
	for (i = 0; i < N; i++)
		if (v[i].n != 0)
			vmem_xfree(vm, v[i].a, v[i].n);
	CK(vmem_size(vm, VMEM_FREE) == SIZE);
	/* It is one piece again. */
	CK(vmem_alloc(vm, SIZE, VM_NOSLEEP, &a) == 0 && a == BASE);
	vmem_free(vm, a, SIZE);
	vmem_destroy(vm);
	return 0;
}

static int spans;

static int
import(void *src, vmem_size_t size, vm_flag_t flags, vmem_addr_t *addrp)
{
	int error = vmem_alloc(src, size, flags, addrp);

	spans += error == 0;
	return error;
}

/* Gives more than was asked for. */
static int
ximport(void *src, vmem_size_t size, vmem_size_t *sizep, vm_flag_t flags,
    vmem_addr_t *addrp)
{

	*sizep = MAX(size, 4096);
	return import(src, *sizep, flags, addrp);
}

static void
unimport(void *src, vmem_addr_t addr, vmem_size_t size)
{

	spans--;
	vmem_free(src, addr, size);
}

int	rumptest_mem_vmem_import(void);
int
rumptest_mem_vmem_import(void)
{
	vmem_t *src, *vm;
	vmem_addr_t a[8], x;
	int i;

	src = vmem_create("source", 4096, 65536, 4096, NULL, NULL, NULL, 0,
	    VM_SLEEP, IPL_NONE);
	vm = vmem_create("import", 0, 0, 4096, import, unimport, src, 0,
	    VM_SLEEP, IPL_NONE);
	CK(vmem_alloc(vm, 4096, VM_SLEEP | VM_INSTANTFIT, &x) == 0);
	CK(spans == 1 && vmem_size(src, VMEM_ALLOC) == 4096);
	CK(vmem_alloc(vm, 1 << 20, VM_NOSLEEP, &a[0]) == ENOMEM);
	vmem_free(vm, x, 4096);
	CK(spans == 0 && vmem_size(src, VMEM_ALLOC) == 0);
	vmem_destroy(vm);

	vm = vmem_xcreate("ximport", 0, 0, 512, ximport, unimport, src, 0,
	    VM_SLEEP, IPL_NONE);
	for (i = 0; i < 8; i++)
		CK(vmem_alloc(vm, 512, VM_NOSLEEP, &a[i]) == 0);
	CK(spans == 1);
	CK(vmem_add(vm, 1 << 20, 1024, VM_SLEEP) == 0);
	CK(vmem_alloc(vm, 1024, VM_NOSLEEP, &x) == 0 && x == 1 << 20);
	vmem_free(vm, x, 1024);
	for (i = 0; i < 8; i++)
		vmem_free(vm, a[i], 512);
	CK(spans == 0);
	vmem_destroy(vm);
	vmem_destroy(src);
	return 0;
}

static vmem_t *wait_arena;

static void
arena_freer(void *arg)
{

	(void)kpause("freer", false, 2, NULL);
	vmem_free(wait_arena, 0, 10);
	kthread_exit(0);
}

/* The smallest range that fits; sleeping for one; the kernel's own arena. */
int	rumptest_mem_vmem_misc(void);
int
rumptest_mem_vmem_misc(void)
{
	vmem_addr_t a[5], x;
	size_t used;
	lwp_t *l;
	vmem_t *vm;
	int i;

	vm = vmem_create("fit", 0, 100, 1, NULL, NULL, NULL, 0, VM_SLEEP,
	    IPL_NONE);
	for (i = 0; i < 5; i++)		/* 0-40, 40-50, 50-62, 62-72, 72-100 */
		CK(vmem_xalloc(vm, (const int []){ 40, 10, 12, 10, 28 }[i], 1,
		    0, 0, 0, VMEM_ADDR_MAX, VM_NOSLEEP, &a[i]) == 0);
	vmem_xfree(vm, a[0], 40);
	vmem_xfree(vm, a[2], 12);
	vmem_xfree(vm, a[4], 28);
	CK(vmem_xalloc(vm, 11, 1, 0, 0, 0, VMEM_ADDR_MAX,
	    VM_NOSLEEP | VM_BESTFIT, &x) == 0 && x == a[2]);
	vmem_xfree(vm, x, 11);
	vmem_xfree(vm, a[1], 10);
	vmem_xfree(vm, a[3], 10);
	CK(vmem_alloc(vm, 0, VM_NOSLEEP, &x) == EINVAL);
	vmem_destroy(vm);

	wait_arena = vmem_create("wait", 0, 10, 1, NULL, NULL, NULL, 0,
	    VM_SLEEP, IPL_NONE);
	CK(vmem_alloc(wait_arena, 10, VM_SLEEP, &x) == 0 && x == 0);
	CK(vmem_alloc(wait_arena, 3, VM_NOSLEEP, &x) == ENOMEM);
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    arena_freer, NULL, &l, "freer") == 0);
	CK(vmem_alloc(wait_arena, 3, VM_SLEEP, &x) == 0);
	CK(kthread_join(l) == 0);
	vmem_free(wait_arena, x, 3);
	vmem_destroy(wait_arena);

	used = vmem_size(kmem_arena, VMEM_ALLOC);
	CK(used > 0 && used == rump_mem_used());
	CK(vmem_alloc(kmem_arena, 3 * PAGE_SIZE, VM_SLEEP, &x) == 0);
	CK((x & PAGE_MASK) == 0);
	memset((void *)x, 1, 3 * PAGE_SIZE);
	CK(vmem_size(kmem_arena, VMEM_ALLOC) >= used + 3 * PAGE_SIZE);
	vmem_free(kmem_arena, x, 3 * PAGE_SIZE);
	return 0;
}

/*
 * extent(9).
 */

/* Against a map of bytes. */
static int
extent_model(struct extent *ex, u_long start, u_long size, bool coalesce)
{
	enum { N = 100 };
	static uint8_t map[4096];
	static struct { u_long a, n; } v[N];
	u_long n, a, lo, hi, align, skew, bound;
	uint32_t seed = 5;
	size_t i, j, round, failed = 0;
	int flags;

	memset(map, 0, sizeof(map));
	memset(v, 0, sizeof(v));
	for (round = 0; round < 10000; round++) {
		i = lcg(&seed) % N;
		if (v[i].n != 0) {
			/* A part of it, or all. */
			a = v[i].a;
			n = v[i].n;
			if (coalesce && lcg(&seed) % 2) {
				n = 1 + lcg(&seed) % n;
				a += lcg(&seed) % (v[i].n - n + 1);
			}
			for (j = 0; j < n; j++)
				CK(map[a + j] == 1);
			CK(extent_free(ex, a, n, EX_NOWAIT) == 0);
			memset(map + a, 0, n);
			/* The rest of it, too. */
			if (a > v[i].a) {
				CK(extent_free(ex, v[i].a, a - v[i].a,
				    EX_WAITOK) == 0);
				memset(map + v[i].a, 0, a - v[i].a);
			}
			if (a + n < v[i].a + v[i].n) {
				CK(extent_free(ex, a + n, v[i].a + v[i].n -
				    a - n, EX_WAITOK) == 0);
				memset(map + a + n, 0, v[i].a + v[i].n - a - n);
			}
			v[i].n = 0;
			continue;
		}
		n = 1 + lcg(&seed) % 50;
		align = 1UL << lcg(&seed) % 6;
		skew = lcg(&seed) % align;
		bound = lcg(&seed) % 3 ? EX_NOBOUNDARY : 60;
		lo = start + (lcg(&seed) % 2 ? lcg(&seed) % (size / 2) : 0);
		hi = start + size - 1 - (lcg(&seed) % 2 ?
		    lcg(&seed) % (size / 2 - 1) : 0);
		flags = lcg(&seed) % 2 ? EX_FAST : 0;
		if (lcg(&seed) % 2)
			flags |= EX_BOUNDZERO;
		if (extent_alloc_subregion1(ex, lo, hi, n, align, skew, bound,
		    flags | EX_NOWAIT, &a) != 0) {
			failed++;
			continue;
		}
		CK(a >= lo && a + n - 1 <= hi && (a - skew) % align == 0);
		j = (flags & EX_BOUNDZERO) != 0 ? 0 : start;
		CK(bound == EX_NOBOUNDARY ||
		    (a - j) / bound == (a - j + n - 1) / bound);
		for (j = 0; j < n; j++)
			CK(map[a + j] == 0);
		memset(map + a, 1, n);
		v[i].a = a;
		v[i].n = n;
	}
	CK(failed > 10 && failed < 5000);
	for (i = 0; i < N; i++)
		if (v[i].n != 0)
			CK(extent_free(ex, v[i].a, v[i].n, EX_NOWAIT) == 0);
	CK(extent_alloc(ex, size, EX_NOALIGN, EX_NOBOUNDARY, EX_NOWAIT,
	    &a) == 0 && a == start);
	return 0;
}

static void
extent_freer(void *arg)
{

	(void)kpause("freer", false, 2, NULL);
	(void)extent_free(arg, 10, 5, EX_NOWAIT);
	kthread_exit(0);
}

int	rumptest_mem_extent(void);
int
rumptest_mem_extent(void)
{
	static char storage[EXTENT_FIXED_STORAGE_SIZE(3)]
	    __attribute__((__aligned__(16)));
	struct extent *ex;
	u_long a;
	lwp_t *l;
	int line;

	ex = extent_create("model", 100, 3099, NULL, 0, EX_WAITOK);
	if ((line = extent_model(ex, 100, 3000, true)) != 0)
		return line;
	extent_destroy(ex);
	ex = extent_create("whole", 100, 3099, NULL, 0,
	    EX_WAITOK | EX_NOCOALESCE);
	if ((line = extent_model(ex, 100, 3000, false)) != 0)
		return line;
	extent_destroy(ex);

	/* The smallest gap, or the first; the ends of what there is. */
	ex = extent_create("fit", 0, ~0UL, NULL, 0, EX_WAITOK);
	CK(extent_alloc_region(ex, 100, 10, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 115, 10, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 105, 20, EX_NOWAIT) == EAGAIN);
	CK(extent_alloc(ex, 4, 1, 0, EX_NOWAIT, &a) == 0 && a == 110);
	CK(extent_alloc(ex, 4, 1, 0, EX_NOWAIT | EX_FAST, &a) == 0 && a == 0);
	CK(extent_alloc_region(ex, ~0UL - 9, 10, EX_NOWAIT) == 0);
	CK(extent_alloc_subregion(ex, ~0UL - 12, ~0UL, 4, 1, 0, EX_NOWAIT,
	    &a) == EAGAIN);
	CK(extent_alloc_subregion(ex, ~0UL - 12, ~0UL, 3, 1, 0, EX_NOWAIT,
	    &a) == 0 && a == ~0UL - 12);
	CK(extent_alloc1(ex, 4096, 16, 8, 4096, EX_NOWAIT, &a) == EAGAIN);
	extent_print(ex);
	extent_destroy(ex);

	/* Three descriptors, and more only by EX_MALLOCOK. */
	ex = extent_create("fixed", 0, 99, storage, sizeof(storage),
	    EX_NOWAIT);
	CK((void *)ex == (void *)storage);
	CK(extent_alloc_region(ex, 10, 5, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 20, 5, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 30, 5, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 40, 5, EX_NOWAIT) == ENOMEM);
	CK(extent_free(ex, 11, 1, EX_NOWAIT) == ENOMEM);
	CK(extent_free(ex, 14, 1, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 40, 5, EX_NOWAIT | EX_MALLOCOK) == 0);
	CK(extent_free(ex, 20, 5, EX_NOWAIT) == 0);
	CK(extent_alloc_region(ex, 20, 5, EX_NOWAIT) == 0);
	extent_destroy(ex);

	/* Waiting for space. */
	ex = extent_create("wait", 10, 14, NULL, 0, EX_WAITOK);
	CK(extent_alloc_region(ex, 10, 5, EX_WAITOK) == 0);
	CK(kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    extent_freer, ex, &l, "freer") == 0);
	CK(extent_alloc(ex, 5, 1, 0, EX_WAITOK | EX_WAITSPACE, &a) == 0 &&
	    a == 10);
	CK(kthread_join(l) == 0);
	CK(extent_alloc(ex, 6, 1, 0, EX_WAITSPACE, &a) == EAGAIN);
	extent_destroy(ex);
	return 0;
}

/*
 * uvm_km(9).
 */

int	rumptest_mem_uvm_km(void);
int
rumptest_mem_uvm_km(void)
{
	static const struct { vsize_t size, align; uvm_flag_t flags; } v[] = {
		{ 1, 0, UVM_KMF_WIRED | UVM_KMF_ZERO },
		{ PAGE_SIZE, PAGE_SIZE, UVM_KMF_WIRED | UVM_KMF_ZERO },
		{ 5 * PAGE_SIZE, 16 * PAGE_SIZE, UVM_KMF_WIRED | UVM_KMF_ZERO },
		{ 100 * PAGE_SIZE, 64 * PAGE_SIZE,
		    UVM_KMF_PAGEABLE | UVM_KMF_WAITVA },
		{ 3 * PAGE_SIZE, 0, UVM_KMF_WIRED | UVM_KMF_ZERO | UVM_KMF_EXEC },
		{ 2 * PAGE_SIZE, 0, UVM_KMF_VAONLY | UVM_KMF_NOWAIT },
	};
	size_t before, i, j;
	vaddr_t va;
	char *p;

	for (i = 0; i < __arraycount(v); i++) {
		before = rump_mem_used();
		va = uvm_km_alloc(kernel_map, v[i].size, v[i].align,
		    v[i].flags);
		CK(va != 0 && va % MAX(v[i].align, PAGE_SIZE) == 0);
		p = (char *)va;
		for (j = 0; j < v[i].size; j++) {
			CK(p[j] == 0 || (v[i].flags & UVM_KMF_VAONLY) != 0);
			p[j] = 1;
		}
		/* Little comes from what has been counted before. */
		CK(v[i].size < 64 * PAGE_SIZE ||
		    rump_mem_used() >= before + v[i].size);
		uvm_km_free(kernel_map, va, v[i].size, v[i].flags &
		    (UVM_KMF_TYPEMASK | UVM_KMF_EXEC));
	}
	CK(uvm_km_alloc(kernel_map, (vsize_t)1 << 60, 0,
	    UVM_KMF_WIRED | UVM_KMF_NOWAIT) == 0);
	return 0;
}

/*
 * Many threads at once, each with a seed of its own: kmem, malloc, a pool, a
 * cache, an arena, and what gives memory back.
 */

static struct pool torture_pool;
static pool_cache_t torture_cache;
static vmem_t *torture_arena;

void	rumptest_mem_torture_init(void);
void
rumptest_mem_torture_init(void)
{

	pool_init(&torture_pool, 72, 0, 0, 0, "torturepl", NULL, IPL_NONE);
	pool_sethardlimit(&torture_pool, 40, NULL, 0);
	torture_cache = pool_cache_init(48, 0, 0, 0, "torturepc", NULL,
	    IPL_NONE, NULL, NULL, NULL);
	torture_arena = vmem_create("torture", 1, 100000, 1, NULL, NULL, NULL,
	    0, VM_SLEEP, IPL_NONE);
}

static int
torture_step(uint32_t *seed, unsigned char **v, size_t *sizes, size_t i)
{
	size_t n = sizes[i], kind = i % 5;
	vmem_addr_t a;

	if (v[i] != NULL) {
		if (kind != 4)
			CK(v[i][0] == (unsigned char)i &&
			    v[i][n - 1] == (unsigned char)i);
		switch (kind) {
		case 0: kmem_free(v[i], n); break;
		case 1: free(v[i], M_TEMP); break;
		case 2: pool_put(&torture_pool, v[i]); break;
		case 3: pool_cache_put(torture_cache, v[i]); break;
		case 4: vmem_free(torture_arena, (vmem_addr_t)v[i], n); break;
		}
		v[i] = NULL;
		return 0;
	}
	n = kind == 2 ? 72 : kind == 3 ? 48 : 1 + lcg(seed) % 3000;
	switch (kind) {
	case 0: v[i] = kmem_alloc(n, KM_SLEEP); break;
	case 1: v[i] = malloc(n, M_TEMP, M_NOWAIT); break;
	case 2: v[i] = pool_get(&torture_pool, PR_NOWAIT); break;
	case 3: v[i] = pool_cache_get(torture_cache, PR_WAITOK); break;
	case 4:
		v[i] = vmem_alloc(torture_arena, n, VM_NOSLEEP, &a) == 0 ?
		    (unsigned char *)a : NULL;
		break;
	}
	sizes[i] = n;
	if (v[i] != NULL && kind != 4)
		v[i][0] = v[i][n - 1] = (unsigned char)i;
	return 0;
}

int	rumptest_mem_torture(unsigned int, int);
int
rumptest_mem_torture(unsigned int id, int rounds)
{
	enum { N = 50 };
	unsigned char *v[N] = { NULL };
	size_t sizes[N], i;
	uint32_t seed = id * 7919 + 1;
	void *p;
	int line;

	while (rounds-- > 0) {
		i = lcg(&seed) % N;
		if ((line = torture_step(&seed, v, sizes, i)) != 0)
			return line;
		if (lcg(&seed) % 64 == 0)
			yield();
		if (lcg(&seed) % 512 == 0)
			(void)pool_drain(NULL);
		if (lcg(&seed) % 512 == 0)
			pool_cache_invalidate(torture_cache);
		if (lcg(&seed) % 256 == 0) {
			/* Waits for others' items, with none of its own. */
			for (i = 0; i < N; i++)
				if (v[i] != NULL && (line = torture_step(&seed,
				    v, sizes, i)) != 0)
					return line;
			CK((p = pool_get(&torture_pool, PR_WAITOK)) != NULL);
			pool_put(&torture_pool, p);
		}
	}
	for (i = 0; i < N; i++)
		if (v[i] != NULL &&
		    (line = torture_step(&seed, v, sizes, i)) != 0)
			return line;
	return 0;
}

int	rumptest_mem_torture_check(void);
int
rumptest_mem_torture_check(void)
{

	CK(vmem_size(torture_arena, VMEM_ALLOC) == 0);
	vmem_destroy(torture_arena);
	pool_cache_destroy(torture_cache);
	pool_destroy(&torture_pool);
	return 0;
}

/* Objects that nobody frees; the report has to name this function, and the type. */
void	rumptest_mem_leak(void);
void
rumptest_mem_leak(void)
{

	memset(kmem_alloc(12345, KM_SLEEP), 0, 12345);
	free(malloc(100, M_DEVBUF, M_WAITOK), M_DEVBUF);
	memset(realloc(malloc(5, M_PCB, M_WAITOK), 54321, M_PCB, M_WAITOK), 0,
	    54321);
}
