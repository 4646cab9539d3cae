/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_aio.c - asynchronous I/O: contexts, files, requests, their order and
 * their errors, the same on each engine and in each kind of context.
 */
#include "aio.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	4096

static void *
pages(size_t n)
{
	void *p = NULL;

	ck_assert_int_eq(posix_memalign(&p, PAGE, n * PAGE), 0);
	memset(p, 0x5a, n * PAGE);
	return p;
}

static int
is_content(const unsigned char *p, size_t off, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != scratch_at(off + i))
			return 0;
	return 1;
}

/* A vector of one page each. */
static void
each_page(struct rumpuser_iovec *v, int n, unsigned char *buf)
{

	while (n-- > 0) {
		v[n].iov_base = buf + n * PAGE;
		v[n].iov_len = PAGE;
	}
}

/* A way that this host refuses is not tested: which one says the context. */
static struct rumpuser_aio *
make(int way, struct rumpuser_aio_attr at)
{
	struct rumpuser_aio *aio = aio_make(way, at);
	struct rumpuser_aio_stats st;

	rumpuser_aio_stats(aio, &st);
	if (st.as_engine != aio_engine_of(way))
		printf("way %d: engine %d instead, refused %d %d\n", way,
		    st.as_engine, st.as_refused_libaio, st.as_refused_uring);
	return aio;
}

static const struct rumpuser_aio_attr plain;

/*
 * Contexts and files.
 */

START_TEST(files)
{
	struct rumpuser_aio *aio = make(_i, plain);
	struct rumpuser_aiofile *f, *g;
	uint64_t size;
	char buf[600];
	int fd;

	scratch_file("f", 54321);
	errno = 12345;
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("none"),
	    RUMPUSER_OPEN_RDONLY, &f, &size), NB_ENOENT);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &f, &size), 0);
	ck_assert_uint_eq(size, 54321);
	ck_assert_int_eq(rumpuser_aio_writable(f), 1);
	ck_assert_int_eq(truncate(scratch("f"), 100), 0);
	ck_assert_int_eq(rumpuser_aio_size(f, &size), 0);
	ck_assert_uint_eq(size, 100);
	ck_assert_int_eq(rumpuser_aio_destroy(aio), NB_EBUSY);
	ck_assert_int_eq(rumpuser_aio_open(aio, "/dev/zero",
	    RUMPUSER_OPEN_RDONLY, &g, &size), 0);
	ck_assert_uint_eq(size, (uint64_t)1 << 40);
	ck_assert_int_eq(rumpuser_aio_writable(g), 0);
	ck_assert_int_eq(rumpuser_aio_fmt(aio, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, " files=2 "));
	ck_assert_int_eq(rumpuser_aio_fmt(aio, buf, 10), NB_E2BIG);
	ck_assert_uint_eq(strlen(buf), 9);
	ck_assert_int_eq(rumpuser_aio_filefmt(f, buf, sizeof(buf)), 0);
	ck_assert_ptr_nonnull(strstr(buf, " writable=1 requests=0"));
	ck_assert_int_eq(rumpuser_aio_close(g), 0);
	ck_assert_int_eq(rumpuser_aio_close(f), 0);

	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("."),
	    RUMPUSER_OPEN_RDONLY, &f, NULL), NB_EISDIR);
	fd = open(scratch("f"), O_RDONLY);
	ck_assert_int_eq(rumpuser_aio_wrap(aio, fd, &f, &size), 0);
	ck_assert_uint_eq(size, 100);
	ck_assert_int_eq(rumpuser_aio_close(f), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD) == -1, 0);
	close(fd);
	ck_assert_int_eq(rumpuser_aio_wrap(aio, fd, &f, NULL), NB_EBADF);
	ck_assert_int_eq(errno, 12345);
	aio_unmake(aio, _i);
}
END_TEST

/* A loop device, where there are any: its size is that of the medium. */
START_TEST(blockdev)
{
	struct rumpuser_aio *aio;
	struct rumpuser_aiofile *f;
	struct req r = REQ_INIT;
	struct rumpuser_iovec v = { pages(2), 2 * PAGE };
	char cmd[700], dev[64] = "";
	uint64_t size;
	FILE *fp;

	scratch_file("disk", 1 << 20);
	snprintf(cmd, sizeof(cmd), "losetup -f --show '%s' 2>/dev/null",
	    scratch("disk"));
	fp = popen(cmd, "r");
	if (fgets(dev, sizeof(dev), fp) == NULL)
		dev[0] = '\0';
	pclose(fp);
	dev[strcspn(dev, "\n")] = '\0';
	if (dev[0] == '\0') {
		printf("no loop device: not tested\n");
		free(v.iov_base);
		return;
	}
	aio = make(_i, plain);
	ck_assert_int_eq(rumpuser_aio_open(aio, dev, RUMPUSER_OPEN_RDWR, &f,
	    &size), 0);
	ck_assert_uint_eq(size, 1 << 20);
	ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, 8 * PAGE,
	    req_done, &r), 0);
	req_wait(aio, _i, &r, 1);
	ck_assert_int_eq(r.error, 0);
	ck_assert_uint_eq(r.bytes, 2 * PAGE);
	ck_assert(is_content(v.iov_base, 8 * PAGE, 2 * PAGE));
	/* Across the end of the medium. */
	ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, (1 << 20) - PAGE,
	    req_done, &r), 0);
	req_wait(aio, _i, &r, 2);
	ck_assert_int_eq(r.error, 0);
	ck_assert_uint_eq(r.bytes, PAGE);
	ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, (1 << 20) - PAGE,
	    0, req_done, &r), 0);
	req_wait(aio, _i, &r, 3);
	ck_assert_int_ne(r.error, 0);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(aio, _i);
	snprintf(cmd, sizeof(cmd), "losetup -d %s", dev);
	ck_assert_int_eq(system(cmd), 0);
	free(v.iov_base);
}
END_TEST

START_TEST(attributes)
{
	static const struct rumpuser_aio_attr bad[] = {
		{ .aa_engine = 4 }, { .aa_engine = -1 }, { .aa_depth = 4097 },
		{ .aa_depth = 4, .aa_lowater = 5 },
		{ .aa_depth = 4, .aa_reap = 5 }, { .aa_threads = 257 },
		{ .aa_flags = 0x8000 },
		{ .aa_flags = RUMPUSER_AIO_DRIVEN,
		    .aa_thread_exit = free },
	};
	static const struct { const char *env; int engine; } t[] = {
		{ "libaio", RUMPUSER_AIO_LIBAIO },
		{ "uring", RUMPUSER_AIO_URING },
		{ "threads", RUMPUSER_AIO_THREADS },
	};
	struct rumpuser_aio_stats st;
	struct rumpuser_aio *aio;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(rumpuser_aio_create(&bad[i], &aio),
		    NB_EINVAL);
	for (i = 0; i < 3; i++) {
		setenv("RUMP_AIO", t[i].env, 1);
		ck_assert_int_eq(rumpuser_aio_create(NULL, &aio), 0);
		rumpuser_aio_stats(aio, &st);
		/* That one, or the host refused it and it says so. */
		ck_assert(st.as_engine == t[i].engine ||
		    st.as_refused_libaio != 0 || st.as_refused_uring != 0);
		ck_assert_int_eq(rumpuser_aio_destroy(aio), 0);
	}
	unsetenv("RUMP_AIO");
}
END_TEST

/* Past the host's limit on requests (fs.aio-max-nr) another one does it. */
START_TEST(refused)
{
	struct rumpuser_aio_attr at = { .aa_engine = RUMPUSER_AIO_LIBAIO };
	struct rumpuser_aio *aio[1000];
	struct rumpuser_aio_stats st;
	int i, n;

	at.aa_flags = RUMPUSER_AIO_DRIVEN;
	at.aa_depth = 4096;
	for (n = 0; n < 1000; n++) {
		ck_assert_int_eq(rumpuser_aio_create(&at, &aio[n]), 0);
		rumpuser_aio_stats(aio[n], &st);
		if (st.as_engine != RUMPUSER_AIO_LIBAIO) {
			ck_assert_int_ne(st.as_refused_libaio, 0);
			n++;
			break;
		}
	}
	for (i = 0; i < n; i++)
		ck_assert_int_eq(rumpuser_aio_destroy(aio[i]), 0);
}
END_TEST

static unsigned int inits, exits;
static pthread_t initthread;

static int
hook_init(void *arg)
{

	initthread = pthread_self();
	inits++;
	return *(int *)arg;
}

static void
hook_exit(void *arg)
{

	(void)arg;
	ck_assert(pthread_equal(initthread, pthread_self()));
	exits++;
}

START_TEST(hooks)
{
	int error = 0;
	struct rumpuser_aio_attr at = {
		.aa_engine = aio_engine_of(_i), .aa_name = "hooked",
		.aa_thread_init = hook_init, .aa_thread_exit = hook_exit,
		.aa_thread_arg = &error,
	};
	unsigned char *buf = pages(20);
	struct rumpuser_iovec v[20];
	struct rumpuser_aiofile *f;
	struct rumpuser_aio *aio;
	struct req r = REQ_INIT;
	int i;

	each_page(v, 20, buf);
	scratch_file("f", PAGE);
	ck_assert_int_eq(rumpuser_aio_create(&at, &aio), 0);
	ck_assert_uint_eq(inits, 1);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDONLY, &f, NULL), 0);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v[i], 1, 0,
		    req_done, &r), 0);
	req_wait(aio, 0, &r, 20);
	ck_assert(pthread_equal(r.thread, initthread));
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	ck_assert_int_eq(rumpuser_aio_destroy(aio), 0);
	ck_assert_uint_eq(inits, 1);
	ck_assert_uint_eq(exits, 1);

	error = 77;
	ck_assert_int_eq(rumpuser_aio_create(&at, &aio), 77);
	ck_assert_uint_eq(exits, 1);
	free(buf);
}
END_TEST

/*
 * Requests.
 */

/* Some vectors, aligned or not, in both scratch modes. */
START_TEST(transfers)
{
	struct rumpuser_aio *aio = make(_i, plain);
	unsigned char *buf = pages(8), *back = pages(8);
	struct rumpuser_iovec v[4];
	struct rumpuser_aiofile *f;
	struct req r = REQ_INIT;
	void *mem = malloc(rumpuser_aio_scratchsize());
	unsigned int n = 0;
	size_t i, skew, len;
	int64_t off;

	scratch_file("f", 16 * PAGE);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	for (i = 0; i < 24; i++) {
		skew = i % 3 == 1 ? i * 5 : 0;
		off = (int64_t)(i * PAGE / 2 + (i % 3 == 2 ? 17 : 0));
		v[0].iov_base = buf + skew;
		v[0].iov_len = PAGE;
		v[1].iov_base = buf + 4 * PAGE + skew;
		v[1].iov_len = i % 4 == 0 ? 0 : 2 * PAGE;
		v[2].iov_base = buf + 2 * PAGE + skew;
		v[2].iov_len = i % 2 ? 512 : 100;
		len = v[0].iov_len + v[1].iov_len + v[2].iov_len;
		memset(buf, (int)i, 8 * PAGE);
		ck_assert_int_eq(rumpuser_aio_writev(f, i % 2 ? mem : NULL, v,
		    3, off, i % 5 == 0 ? RUMPUSER_AIO_DSYNC : 0, req_done,
		    &r), 0);
		req_wait(aio, _i, &r, ++n);
		ck_assert_int_eq(r.error, 0);
		ck_assert_uint_eq(r.bytes, len);
		memset(buf, 0, 8 * PAGE);
		ck_assert_int_eq(rumpuser_aio_readv(f, i % 2 ? NULL : mem, v,
		    3, off, req_done, &r), 0);
		req_wait(aio, _i, &r, ++n);
		ck_assert_int_eq(r.error, 0);
		ck_assert_uint_eq(r.bytes, len);
		memset(back, (int)i, 8 * PAGE);
		ck_assert_int_eq(memcmp(v[0].iov_base, back, PAGE), 0);
		ck_assert_int_eq(memcmp(v[1].iov_base, back, v[1].iov_len), 0);
		ck_assert_int_eq(memcmp(v[2].iov_base, back, v[2].iov_len), 0);
	}
	ck_assert_int_eq(rumpuser_aio_sync(f, mem, req_done, &r), 0);
	req_wait(aio, _i, &r, ++n);
	ck_assert_int_eq(r.error, 0);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(aio, _i);
	free(mem);
	free(buf);
	free(back);
}
END_TEST

START_TEST(ends)
{
	struct rumpuser_aio *aio = make(_i, plain);
	struct rumpuser_iovec v = { pages(4), 4 * PAGE };
	struct rumpuser_iovec big = { v.iov_base, SIZE_MAX };
	static const struct { int64_t off; size_t len, want; } t[] = {
		{ 0, PAGE, PAGE }, { 8 * PAGE, 4 * PAGE, 2 * PAGE + 100 },
		{ 10 * PAGE, PAGE, 100 }, { 11 * PAGE, PAGE, 0 },
		{ 10 * PAGE + 100, 1, 0 }, { 10 * PAGE + 50, 512, 50 },
		{ INT64_MAX - 2 * PAGE, PAGE, 0 }, { 7, 0, 0 },
	};
	struct rumpuser_aiofile *f;
	struct req r = REQ_INIT;
	unsigned int i;

	scratch_file("f", 10 * PAGE + 100);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDONLY, &f, NULL), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		v.iov_len = t[i].len;
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, t[i].off,
		    req_done, &r), 0);
		req_wait(aio, _i, &r, i + 1);
		ck_assert_int_eq(r.error, 0);
		ck_assert_uint_eq(r.bytes, t[i].want);
		ck_assert(is_content(v.iov_base, (size_t)t[i].off,
		    t[i].want));
	}
	/* Hostile arguments. */
	ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, -1, req_done,
	    &r), NB_EINVAL);
	ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1025, 0, req_done,
	    &r), NB_EINVAL);
	ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &big, 1, 0, req_done,
	    &r), NB_EINVAL);
	ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, INT64_MAX,
	    req_done, &r), 0);
	ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, 0, 0x100,
	    req_done, &r), NB_EINVAL);
	req_wait(aio, _i, &r, i + 1);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(aio, _i);
	free(v.iov_base);
}
END_TEST

/* A thousand at depth 32. */
START_TEST(batches)
{
	const struct rumpuser_aio_attr at = { .aa_depth = 32 };
	struct rumpuser_aio *aio = make(_i, at);
	struct rumpuser_aio_stats st;
	struct rumpuser_aiofile *f;
	struct rumpuser_iovec v[1000];
	struct req r = REQ_INIT;
	unsigned char *buf = pages(1000);
	int i;

	scratch_file("f", 1000 * PAGE);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDONLY, &f, NULL), 0);
	each_page(v, 1000, buf);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v[i], 1,
		    i * PAGE, req_done, &r), 0);
		rumpuser_aio_stats(aio, &st);
		ck_assert_uint_le(st.as_inflight, 32);
	}
	req_wait(aio, _i, &r, 1000);
	ck_assert(is_content(buf, 0, 1000 * PAGE));
	rumpuser_aio_stats(aio, &st);
	ck_assert_uint_le(st.as_maxinflight, 32);
	ck_assert_uint_eq(st.as_reads, 1000);
	/*
	 * With a thread of the context's beside us, and with those of a pool,
	 * reads may end as fast as they are asked for, one at a time.
	 */
	if (aio_driven(_i) && aio_engine_of(_i) != RUMPUSER_AIO_THREADS) {
		ck_assert_uint_eq(st.as_maxinflight, 32);
		ck_assert_uint_le(st.as_submits, 600);
	}
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(aio, _i);
	free(buf);
}
END_TEST

/*
 * Errors concern the request that met them.
 */

START_TEST(neighbours)
{
	struct rumpuser_aio *aio = make(_i, plain);
	struct rumpuser_iovec v = { pages(1), PAGE }, nowhere;
	struct rumpuser_aiofile *good, *ro, *full;
	struct req g = REQ_INIT, b = REQ_INIT, n = REQ_INIT, e = REQ_INIT;
	unsigned int i;

	scratch_file("f", 300 * PAGE);
	scratch_file("ro", PAGE);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &good, NULL), 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("ro"),
	    RUMPUSER_OPEN_RDONLY, &ro, NULL), 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, "/dev/full",
	    RUMPUSER_OPEN_WRONLY, &full, NULL), 0);
	nowhere.iov_base = mmap(NULL, PAGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	nowhere.iov_len = PAGE;
	for (i = 1; i <= 100; i++) {
		ck_assert_int_eq(rumpuser_aio_writev(good, NULL, &v, 1,
		    i * PAGE, 0, req_done, &g), 0);
		ck_assert_int_eq(rumpuser_aio_writev(ro, NULL, &v, 1, 0, 0,
		    req_done, &b), 0);
		if (i % 10 == 0) {
			ck_assert_int_eq(rumpuser_aio_writev(full, NULL, &v,
			    1, 0, 0, req_done, &n), 0);
			ck_assert_int_eq(rumpuser_aio_readv(good, NULL,
			    &nowhere, 1, i * PAGE, req_done, &e), 0);
		}
		if (i % 7 == 0) {
			req_wait(aio, _i, &g, i);
			ck_assert_int_eq(g.error, 0);
			ck_assert_uint_eq(g.bytes, PAGE);
		}
	}
	req_wait(aio, _i, &g, 100);
	req_wait(aio, _i, &b, 100);
	req_wait(aio, _i, &n, 10);
	req_wait(aio, _i, &e, 10);
	ck_assert_int_eq(g.error, 0);
	ck_assert_int_eq(b.error, NB_EBADF);
	ck_assert_int_eq(n.error, NB_ENOSPC);
	ck_assert_int_eq(e.error, 14);
	ck_assert_int_eq(rumpuser_aio_closewait(ro), 0);
	ck_assert_int_eq(rumpuser_aio_closewait(full), 0);
	ck_assert_int_eq(rumpuser_aio_closewait(good), 0);
	aio_unmake(aio, _i);
	munmap(nowhere.iov_base, PAGE);
	free(v.iov_base);
}
END_TEST

/* The limit on file sizes cuts one short, refuses the next. */
START_TEST(shortwrite)
{
	const struct rlimit lim = { 5 * PAGE, RLIM_INFINITY };
	struct rumpuser_aio *aio;
	struct rumpuser_iovec v = { pages(4), 4 * PAGE };
	struct rumpuser_aiofile *f;
	struct req r = REQ_INIT;
	int i;

	signal(SIGXFSZ, SIG_IGN);
	scratch_file("f", PAGE);
	aio = make(_i, plain);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, PAGE, 0,
		    req_done, &r), 0);
	req_wait(aio, _i, &r, 8);
	ck_assert_int_eq(r.error, 0);
	ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, 3 * PAGE, 0,
	    req_done, &r), 0);
	req_wait(aio, _i, &r, 9);
	ck_assert_int_eq(r.error, NB_EIO);
	ck_assert_uint_eq(r.bytes, 2 * PAGE);
	ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, 5 * PAGE, 0,
	    req_done, &r), 0);
	req_wait(aio, _i, &r, 10);
	ck_assert_int_eq(r.error, NB_EFBIG);
	ck_assert_uint_eq(r.bytes, 0);
	ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1, PAGE, 0,
	    req_done, &r), 0);
	req_wait(aio, _i, &r, 11);
	ck_assert_int_eq(r.error, 0);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(aio, _i);
	free(v.iov_base);
}
END_TEST

/*
 * Order.
 */

#define ROUNDS	30

static unsigned int written, barriers;

static void
on_write(void *env, uintptr_t bytes, int error)
{

	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(bytes, PAGE);
	__atomic_fetch_add(&written, 1, __ATOMIC_RELAXED);
	req_done(env, bytes, error);
}

struct mark {
	struct req *r;
	unsigned int want;
};

/* All that was requested before has been done. */
static void
on_sync(void *env, uintptr_t bytes, int error)
{
	struct mark *m = env;

	ck_assert_int_eq(error, 0);
	ck_assert_uint_ge(__atomic_load_n(&written, __ATOMIC_RELAXED),
	    m->want);
	req_done(m->r, bytes, error);
}

/* And nothing that was requested after it. */
static void
on_barrier(void *env, uintptr_t bytes, int error)
{
	struct mark *m = env;

	ck_assert_uint_eq(__atomic_load_n(&written, __ATOMIC_RELAXED),
	    m->want);
	barriers++;
	on_sync(env, bytes, error);
}

/* Writes with syncs among them, and every third time a barrier. */
START_TEST(order)
{
	const struct rumpuser_aio_attr at = { .aa_depth = 16 };
	struct rumpuser_aio *aio = make(_i, at);
	struct rumpuser_iovec v = { pages(1), PAGE };
	struct mark marks[ROUNDS];
	struct rumpuser_aiofile *f;
	struct req r = REQ_INIT;
	unsigned int i, j, n = 0, asked = 0;

	written = barriers = 0;
	scratch_file("f", 100 * PAGE);
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < 20; j++, n++, asked++)
			ck_assert_int_eq(rumpuser_aio_writev(f, NULL, &v, 1,
			    (i * 7 + j) % 100 * PAGE, 0, on_write, &r), 0);
		marks[i] = (struct mark){ &r, asked };
		ck_assert_int_eq((i % 3 == 2 ? rumpuser_aio_barrier :
		    rumpuser_aio_sync)(f, NULL, i % 3 == 2 ? on_barrier :
		    on_sync, &marks[i]), 0);
		n++;
	}
	req_wait(aio, _i, &r, n);
	ck_assert_uint_eq(barriers, ROUNDS / 3);
	ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
	aio_unmake(aio, _i);
	free(v.iov_base);
}
END_TEST

/*
 * Closing.
 */

struct last {
	struct rumpuser_aiofile *f;
	struct req *r;
	int error;
	int go;
};

static void
close_in_handler(void *env, uintptr_t bytes, int error)
{
	struct last *l = env;

	while (!__atomic_load_n(&l->go, __ATOMIC_ACQUIRE))
		usleep(100);
	l->error = rumpuser_aio_closewait(l->f);
	req_done(l->r, bytes, error);
}

/* The first handler closes the file while seven others are outstanding. */
START_TEST(closing)
{
	struct rumpuser_aio *aio = make(_i, plain);
	unsigned char *buf = pages(8);
	struct rumpuser_iovec v[8];
	struct rumpuser_aiofile *f;
	struct req r = REQ_INIT;
	struct last l = { .r = &r, .error = -1 };
	int i, round;

	each_page(v, 8, buf);
	scratch_file("f", PAGE);
	for (round = 0; round < 20; round++) {
		ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
		    RUMPUSER_OPEN_RDWR, &f, NULL), 0);
		l.f = f;
		l.error = -1;
		l.go = 0;
		r.done = 0;
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v[7], 1, 0,
		    close_in_handler, &l), 0);
		for (i = 0; i < 7; i++)
			ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v[i], 1, 0,
			    req_done, &r), 0);
		ck_assert_int_eq(rumpuser_aio_close(f), NB_EBUSY);
		__atomic_store_n(&l.go, 1, __ATOMIC_RELEASE);
		req_wait(aio, _i, &r, 8);
		ck_assert_int_eq(l.error, 0);
	}
	aio_unmake(aio, _i);
	free(buf);
}
END_TEST

static struct rumpuser_aio *racer;
static int racing;

static void *
opener(void *arg)
{
	struct rumpuser_iovec v = { pages(1), PAGE };
	struct rumpuser_aiofile *f;
	struct req r;
	int error;

	while (__atomic_load_n(&racing, __ATOMIC_RELAXED)) {
		memset(&r, 0, sizeof(r));
		pthread_mutex_init(&r.mtx, NULL);
		pthread_cond_init(&r.cv, NULL);
		ck_assert_int_eq(rumpuser_aio_open(racer, arg,
		    RUMPUSER_OPEN_RDONLY, &f, NULL), 0);
		ck_assert_int_eq(rumpuser_aio_readv(f, NULL, &v, 1, 0,
		    req_done, &r), 0);
		error = rumpuser_aio_close(f);
		ck_assert(error == 0 || error == NB_EBUSY);
		if (error != 0)
			ck_assert_int_eq(rumpuser_aio_closewait(f), 0);
		ck_assert_uint_eq(req_count(&r), 1);
	}
	free(v.iov_base);
	return NULL;
}

START_TEST(racing_opens)
{
	char name[300];
	pthread_t pt[4];
	int i;

	scratch_file("f", PAGE);
	snprintf(name, sizeof(name), "%s", scratch("f"));
	racer = make(_i, plain);
	__atomic_store_n(&racing, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&pt[i], NULL, opener, name),
		    0);
	usleep(200000);
	__atomic_store_n(&racing, 0, __ATOMIC_RELAXED);
	for (i = 0; i < 4; i++)
		pthread_join(pt[i], NULL);
	aio_unmake(racer, _i);
}
END_TEST

static void
add(TCase *tc, const TTest *t, int from, int to)
{

	_tcase_add_test(tc, t, 0, 0, from, to);
}

int
main(void)
{
	Suite *s = suite_create("rumpuser_aio");
	TCase *tc = tcase_create("aio");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, refused);
	add(tc, hooks, 0, 3);
	add(tc, files, 0, WAYS);
	add(tc, blockdev, 0, WAYS);
	add(tc, transfers, 0, WAYS);
	add(tc, ends, 0, WAYS);
	add(tc, batches, 0, WAYS);
	add(tc, neighbours, 0, WAYS);
	add(tc, shortwrite, 0, WAYS);
	add(tc, order, 0, WAYS);
	add(tc, closing, 0, WAYS);
	add(tc, racing_opens, 0, 3);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
