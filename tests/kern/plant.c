/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the test that sanitizer builds see overruns: each function
 * reads one byte past (or before) an object of one kind, or one that was freed,
 * by plain access or by a function of the kernel's C library.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/pool.h>

int	rumptest_plant(int, int, int);

static volatile char sink;

static char *
object(int kind, size_t size)
{
	static struct pool pool;
	struct buf *bp;

	switch (kind) {
	case 0:
		return kmem_alloc(size, KM_SLEEP);
	case 1:
		pool_init(&pool, size, 0, 0, 0, "plantpl", NULL, IPL_NONE);
		return pool_get(&pool, PR_WAITOK);
	case 2:
		bp = geteblk((int)size);	/* asked for with rumpvfs only */
		return bp->b_data;
	case 3:
		return malloc(size, M_TEMP, M_WAITOK);
	}
	return NULL;
}

/* Read the n bytes at p in one of several ways. */
static void
touch(int how, const char *p, size_t n)
{
	static char buf[8192];
	size_t i;

	switch (how) {
	case 0:
		for (i = 0; i < n; i++)
			sink = p[i];
		break;
	case 1:
		memcpy(buf, p, n);
		break;
	case 2:
		memmove(buf, p, n);
		break;
	case 3:
		sink = (char)memcmp(buf, p, n);
		break;
	case 4:
		memset(__UNCONST(p), 1, n);
		break;
	case 5:
		/* No NUL in the object: the end is where it stops. */
		memset(__UNCONST(p), 'x', n - 1);
		sink = (char)strlen(p);
		break;
	case 6:
		memset(__UNCONST(p), 'x', n - 1);
		sink = (char)strlcpy(buf, p, sizeof(buf));
		break;
	case 7:
		memset(__UNCONST(p), 0, n - 1);
		sink = memchr(p, 1, n) != NULL;
		break;
	}
}

/*
 * kind: kmem, pool, block buffer, malloc. how: see touch. over: bytes read past
 * the end; a negative number means before the start.
 */
int
rumptest_plant(int kind, int how, int over)
{
	size_t size = kind == 2 ? 1024 : 100;
	char *p = object(kind, size);

	memset(p, 0, size);
	if (over < 0)
		sink = p[over];
	else
		touch(how, p, size + (size_t)over);
	return 0;
}

/*
 * Misuse that the checking build ends with a panic: a byte written past the end,
 * a second free, a free of another size, a write after the free.
 */
int	rumptest_misuse(int);
int
rumptest_misuse(int what)
{
	volatile char *p = kmem_alloc(100, KM_SLEEP);
	int i;

	switch (what) {
	case 0:
		p[100] = 1;
		kmem_free(__UNVOLATILE(p), 100);
		break;
	case 1:
		kmem_free(__UNVOLATILE(p), 100);
		kmem_free(__UNVOLATILE(p), 100);
		break;
	case 2:
		kmem_free(__UNVOLATILE(p), 99);
		break;
	case 3:
		kmem_free(__UNVOLATILE(p), 100);
		p[50] = 1;
		/* Found when it leaves the quarantine. */
		for (i = 0; i < 2000; i++)
			kmem_free(kmem_alloc(8, KM_SLEEP), 8);
		break;
	default:
		kmem_free(__UNVOLATILE(p), 100);
		break;
	}
	return 0;
}
