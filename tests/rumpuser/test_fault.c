/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fault.c - fault plans: each action, each selector, what is refused,
 * and that the same plan gives the same run.
 */
#include "stub.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <rump/rumpuser_component.h>
#include <rump/rumpuser_fault.h>
#include <rump/rumpuser_provider.h>

static void
setup(void)
{

	scratch_make();
	stub_init();
}

static void
plan(const char *text)
{
	struct rumpuser_fault_error err;
	int error;

	error = rumpuser_fault_plan(text, &err);
	if (error != 0)
		ck_abort_msg("%s: error %d, %u:%u %s", text, error,
		    err.rfe_line, err.rfe_column, err.rfe_message);
}

/* Counters of rule n. */
static uint64_t
matched(unsigned int n)
{
	struct rumpuser_fault_rule r;

	ck_assert_int_eq(rumpuser_fault_rule(n, &r), 0);
	return r.rfr_matched;
}

static uint64_t
fired(unsigned int n)
{
	struct rumpuser_fault_rule r;

	ck_assert_int_eq(rumpuser_fault_rule(n, &r), 0);
	return r.rfr_fired;
}

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* What the file really holds. */
static void
peek(int fd, void *buf, size_t len, off_t off)
{

	ck_assert_int_eq(pread(fd, buf, len, off), (ssize_t)len);
}

/*
 * Actions.
 */

START_TEST(failing)
{
	struct rumpuser_provider *faults;
	char buf[8];
	int64_t sec;
	uint64_t size;
	size_t n;
	long nsec;
	void *mem;
	int fd, fd2, type;

	fd = scratch_file("f", 4096);
	ck_assert_int_eq(rumpuser_provider_get("fault", &faults), 0);
	ck_assert_ptr_ne(rumpuser_provider_current(), faults);
	errno = 12345;
	plan("open fail=EMFILE\ninfo fail=EACCES; read fail=EIO\n"
	    "write fail=ENOSPC ; sync fail=EDQUOT\nbarrier fail=ETIMEDOUT\n"
	    "flush fail=ENXIO\nalloc fail=ENOMEM\nmap fail=EAGAIN\n"
	    "clock fail=EINVAL\nsleep fail=EIO\nthread fail=EAGAIN\n"
	    "random fail=EIO\nkill fail=EACCES\nparam fail=ENOENT\n");
	ck_assert_ptr_eq(rumpuser_provider_current(), faults);
	ck_assert_int_eq(rumpuser_open(scratch_path("f"), 0, &fd2),
	    NB_EMFILE);
	ck_assert_int_eq(rumpuser_getfileinfo(scratch_path("f"), &size,
	    &type), NB_EACCES);
	ck_assert_int_eq(get(fd, buf, 8, 0, &n), NB_EIO);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(put(fd, "12345678", 8, 0), NB_ENOSPC);
	ck_assert_int_eq(stable(fd), NB_EDQUOT);
	ck_assert_int_eq(barrier(fd), NB_ETIMEDOUT);
	ck_assert_int_eq(rumpuser_syncfd(fd, RUMPUSER_SYNCFD_WRITE, 0, 0),
	    NB_ENXIO);
	ck_assert_int_eq(rumpuser_malloc(1, 0, &mem), NB_ENOMEM);
	ck_assert_int_eq(rumpuser_anonmmap(NULL, 1, 0, 0, &mem), NB_EAGAIN);
	ck_assert_int_eq(rumpuser_clock_gettime(0, &sec, &nsec), NB_EINVAL);
	ck_assert_int_eq(rumpuser_clock_sleep(RUMPUSER_CLOCK_ABSMONO, 0, 1),
	    NB_EIO);
	ck_assert_int_eq(rumpuser_thread_create(NULL, NULL, "x", 0, -1, -1,
	    &mem), NB_EAGAIN);
	ck_assert_int_eq(rumpuser_getrandom(buf, 8, 0, &n), NB_EIO);
	ck_assert_int_eq(rumpuser_kill(RUMPUSER_PID_SELF, 1), NB_EACCES);
	ck_assert_int_eq(rumpuser_getparam("HOME", buf, 8), NB_ENOENT);
	ck_assert_int_eq(errno, 12345);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "\0\0\0\0\0\0\0\0", 8);

	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_ptr_ne(rumpuser_provider_current(), faults);
	ck_assert_int_eq(rumpuser_fault_rule(0, &(struct rumpuser_fault_rule)
	    { 0 }), NB_ENOENT);
	ck_assert_int_eq(put(fd, "12345678", 8, 0), 0);
	ck_assert_int_eq(rumpuser_provider_put(faults), 0);

	/* A file is closed, whatever is reported. */
	plan("close fail=EIO");
	ck_assert_int_eq(rumpuser_close(fd), NB_EIO);
	ck_assert_int_eq(rumpuser_close(fd), NB_EBADF);
}
END_TEST

/* A short transfer is gone on with, until there is no progress. */
START_TEST(shortening)
{
	char data[1000], buf[1000];
	size_t n;
	int fd;

	memset(data, 'x', sizeof(data));
	fd = scratch_file("f", 0);
	plan("write short=100");
	ck_assert_int_eq(put(fd, data, 1000, 0), 0);
	ck_assert_uint_eq(fired(0), 10);
	peek(fd, buf, 1000, 0);
	ck_assert_mem_eq(buf, data, 1000);
	plan("write short=0");
	ck_assert_int_eq(put(fd, data, 1000, 0), NB_EIO);

	plan("read short");
	ck_assert_int_eq(get(fd, buf, 1000, 0, &n), 0);
	ck_assert_uint_eq(n, 999);	/* half of one byte is none */
	plan("read short=0 nth=2");
	ck_assert_int_eq(get(fd, buf, 1000, 0, &n), 0);
	ck_assert_uint_eq(n, 1000);
	ck_assert_int_eq(get(fd, buf, 1000, 0, &n), 0);
	ck_assert_uint_eq(n, 0);
	plan("random short=3");
	ck_assert_int_eq(rumpuser_getrandom(buf, 10, 0, &n), 0);
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(tearing)
{
	char data[4096], buf[4096], was[4096], seen[256] = "";
	int fd, i, kept, seed, varied = 0;

	memset(data, 'x', sizeof(data));
	memset(was, 0, sizeof(was));
	fd = scratch_file("f", 4096);
	plan("write tear=3");
	ck_assert_int_eq(put(fd, data, 4096, 0), 0);
	peek(fd, buf, 4096, 0);
	ck_assert_mem_eq(buf, data, 3 * 512);
	ck_assert_mem_eq(buf + 3 * 512, was, 4096 - 3 * 512);

	/* Sectors are those of the file, not of the write. */
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	plan("sector 1024\nwrite tear=1 fail=EIO");
	ck_assert_int_eq(put(fd, data, 3000, 1000), NB_EIO);
	peek(fd, buf, 4096, 0);
	ck_assert_mem_eq(buf, was, 1000);
	ck_assert_mem_eq(buf + 1000, data, 24);
	ck_assert_mem_eq(buf + 1024, was, 3072);

	/* Any subset, by the seed. */
	for (seed = 1; seed < 40; seed++) {
		char text[64];

		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(ftruncate(fd, 4096), 0);
		snprintf(text, sizeof(text), "write tear seed=%d", seed);
		plan(text);
		ck_assert_int_eq(put(fd, data, 4096, 0), 0);
		peek(fd, buf, 4096, 0);
		for (i = kept = 0; i < 8; i++) {
			kept |= (buf[i * 512] == 'x') << i;
			ck_assert_mem_eq(buf + i * 512,
			    buf[i * 512] == 'x' ? data : was, 512);
		}
		varied += !seen[kept];
		seen[kept] = 1;
	}
	ck_assert_int_gt(varied, 20);
}
END_TEST

START_TEST(delaying)
{
	const struct rumpuser_message msg = { .rm_site = "x", .rm_data = "ab",
	    .rm_len = 2 };
	struct rumpuser_message m = msg;
	int64_t before;
	unsigned int unscheds;
	char c;
	size_t n;
	int fd;

	fd = scratch_file("f", 10);
	plan("read delay=30ms; message delay=5s");
	before = now();
	unscheds = stub_backend_unscheds;
	ck_assert_int_eq(get(fd, &c, 1, 0, &n), 0);
	ck_assert_int_ge(now() - before, 30000000);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(stub_backend_unscheds, unscheds + 1);
	before = now();
	ck_assert_int_eq(rumpuser_component_fault(&m), 0);
	ck_assert_int_eq(m.rm_delay, INT64_C(5000000000));
	ck_assert_int_eq(m.rm_verdict, RUMPUSER_MESSAGE_PASS);
	ck_assert_int_lt(now() - before, INT64_C(5000000000));
	rumpuser_component_faultdone(&m);
}
END_TEST

START_TEST(dropping)
{
	char buf[8];
	int fd;

	fd = scratch_file("f", 8);
	plan("write nth=2 drop\nsync drop\nsync fail=EIO");
	ck_assert_int_eq(put(fd, "11111111", 8, 0), 0);
	ck_assert_int_eq(put(fd, "22222222", 8, 0), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "11111111", 8);
	ck_assert_int_eq(put(fd, "3333", 4, 0), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "33331111", 8);
	ck_assert_int_eq(stable(fd), 0);
	ck_assert_uint_eq(fired(1), 1);
	/* The first rule that acts has the word, both count. */
	ck_assert_uint_eq(matched(2), 1);
	ck_assert_uint_eq(fired(2), 0);
}
END_TEST

/* A provider below that counts. */
static int writes, reads, syncs;

static int
count_writev(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, size_t *donep)
{
	struct rumpuser_provider *low = rumpuser_provider_lower(p);

	writes++;
	return rumpuser_provider_ops(low)->ho_writev(low, fd, iov, niov, off,
	    donep);
}

static int
count_readv(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, size_t *donep)
{
	struct rumpuser_provider *low = rumpuser_provider_lower(p);

	reads++;
	return rumpuser_provider_ops(low)->ho_readv(low, fd, iov, niov, off,
	    donep);
}

static int
count_sync(struct rumpuser_provider *p, int fd, int how)
{

	syncs++;
	return 0;
}

static struct rumpuser_provider *
use_counting(void)
{
	struct rumpuser_hostops ops;
	struct rumpuser_provider *p;

	rumpuser_provider_through(&ops);
	ops.ho_writev = count_writev;
	ops.ho_readv = count_readv;
	ops.ho_sync = count_sync;
	ck_assert_int_eq(rumpuser_provider_create("counting", &ops,
	    rumpuser_provider_current(), NULL, &p), 0);
	ck_assert_int_eq(rumpuser_provider_init(p, NULL), 0);
	ck_assert_int_eq(rumpuser_provider_use(p), 0);
	return p;
}

START_TEST(doubling)
{
	struct rumpuser_provider *counting, *faults;
	char buf[8];
	size_t n;
	int fd;

	counting = use_counting();
	fd = scratch_file("f", 8);
	/* The injector stands on whatever is in use. */
	plan("read,write,sync,barrier double");
	ck_assert_int_eq(rumpuser_provider_get("fault", &faults), 0);
	ck_assert_ptr_eq(rumpuser_provider_lower(faults), counting);
	ck_assert_int_eq(put(fd, "11111111", 8, 0), 0);
	ck_assert_int_eq(writes, 2);
	ck_assert_int_eq(get(fd, buf, 8, 0, &n), 0);
	ck_assert_uint_eq(n, 8);
	ck_assert_int_eq(reads, 2);
	ck_assert_int_eq(stable(fd), 0);
	ck_assert_int_eq(barrier(fd), 0);
	ck_assert_int_eq(syncs, 4);
	ck_assert_int_eq(rumpuser_provider_put(faults), 0);
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_ptr_eq(rumpuser_provider_current(), counting);
}
END_TEST

START_TEST(reordering)
{
	char buf[8];
	size_t n;
	int fd;

	/* Not before the next write, and no later than after it. */
	fd = scratch_file("f", 4096);
	plan("write nth=1 reorder");
	ck_assert_int_eq(put(fd, "11111111", 8, 0), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "\0\0\0\0\0\0\0\0", 8);
	ck_assert_int_eq(put(fd, "22222222", 8, 512), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "11111111", 8);

	/* Who reads it sees it; who writes it comes later. */
	plan("write nth=1 reorder=10");
	ck_assert_int_eq(put(fd, "33333333", 8, 0), 0);
	ck_assert_int_eq(get(fd, buf, 4, 4, &n), 0);
	ck_assert_mem_eq(buf, "3333", 4);
	plan("write nth=1 reorder=10");
	ck_assert_int_eq(put(fd, "44444444", 8, 0), 0);
	ck_assert_int_eq(put(fd, "5555", 4, 2), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "44555544", 8);

	/* A barrier, a synchronization, the plan's end let it go. */
	plan("write reorder=10");
	ck_assert_int_eq(put(fd, "66666666", 8, 0), 0);
	ck_assert_int_eq(barrier(fd), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "66666666", 8);
	ck_assert_int_eq(put(fd, "77777777", 8, 0), 0);
	ck_assert_int_eq(stable(fd), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "77777777", 8);
	ck_assert_int_eq(put(fd, "88888888", 8, 0), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "77777777", 8);
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	peek(fd, buf, 8, 0);
	ck_assert_mem_eq(buf, "88888888", 8);
}
END_TEST

static int
nospace_writev(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, size_t *donep)
{

	return ENOSPC;
}

/* What fails late is reported by the next synchronization, once. */
START_TEST(reordered_failure)
{
	struct rumpuser_hostops ops;
	struct rumpuser_provider *p;
	int fd;

	fd = scratch_file("f", 4096);
	rumpuser_provider_through(&ops);
	ops.ho_writev = nospace_writev;
	ck_assert_int_eq(rumpuser_provider_create("full", &ops,
	    rumpuser_provider_current(), NULL, &p), 0);
	ck_assert_int_eq(rumpuser_provider_init(p, NULL), 0);
	ck_assert_int_eq(rumpuser_provider_use(p), 0);
	plan("write reorder=2");
	ck_assert_int_eq(put(fd, "11111111", 8, 0), 0);
	ck_assert_int_eq(stable(fd), NB_ENOSPC);
	ck_assert_int_eq(stable(fd), 0);
	ck_assert_int_eq(put(fd, "11111111", 8, 0), 0);
	ck_assert_int_eq(rumpuser_close(fd), NB_ENOSPC);
}
END_TEST

static int
differences(const char *a, const char *b, size_t n)
{
	int d = 0;

	while (n-- > 0)
		d += a[n] != b[n];
	return d;
}

START_TEST(corrupting)
{
	char data[600], buf[600], keep[600];
	struct rumpuser_iovec iov[3] = { { data, 100 }, { data + 100, 1 },
	    { data + 101, 499 } };
	size_t n;
	int fd;

	memset(data, 'x', sizeof(data));
	memcpy(keep, data, sizeof(data));
	fd = scratch_file("f", 600);
	plan("write corrupt=5 once\nread corrupt nth=2");
	ck_assert_int_eq(rumpuser_iovwrite(fd, iov, 3, 0, &n), 0);
	ck_assert_uint_eq(n, 600);
	/* The caller's data is as it was. */
	ck_assert_mem_eq(data, keep, 600);
	peek(fd, buf, 600, 0);
	ck_assert_int_gt(differences(buf, keep, 600), 2);
	ck_assert_int_le(differences(buf, keep, 600), 5);

	ck_assert_int_eq(put(fd, data, 600, 0), 0);
	ck_assert_int_eq(get(fd, buf, 600, 0, &n), 0);
	ck_assert_mem_eq(buf, keep, 600);
	ck_assert_int_eq(get(fd, buf, 600, 0, &n), 0);
	ck_assert_int_eq(differences(buf, keep, 600), 1);
	peek(fd, buf, 600, 0);
	ck_assert_mem_eq(buf, keep, 600);
}
END_TEST

START_TEST(messages)
{
	static const char packet[] = "a packet of some length";
	const struct rumpuser_message msg = { .rm_site = "virtif0/tx",
	    .rm_data = packet, .rm_len = sizeof(packet) };
	struct rumpuser_message m = msg;

	ck_assert_int_eq(rumpuser_component_fault(&m), 0);
	ck_assert_int_eq(m.rm_verdict, RUMPUSER_MESSAGE_PASS);
	rumpuser_component_faultdone(&m);

	plan("message site=\"*/rx\" fail=EIO\n"
	    "message site=virtif0* nth=1 drop\n"
	    "message site=virtif0* nth=2 double reorder=3\n"
	    "message site=virtif0* nth=3 corrupt=2 short=10 delay=1us\n"
	    "message site=virtif0* nth=4 fail=ENOBUFS\n");
	m = msg;
	ck_assert_int_eq(rumpuser_component_fault(&m), 0);
	ck_assert_int_eq(m.rm_verdict, RUMPUSER_MESSAGE_DROP);
	m = msg;
	ck_assert_int_eq(rumpuser_component_fault(&m), 0);
	ck_assert_int_eq(m.rm_verdict, RUMPUSER_MESSAGE_DOUBLE |
	    RUMPUSER_MESSAGE_HOLD);
	ck_assert_uint_eq(m.rm_behind, 3);
	m = msg;
	ck_assert_int_eq(rumpuser_component_fault(&m), 0);
	ck_assert_int_eq(m.rm_verdict, RUMPUSER_MESSAGE_COPY);
	ck_assert_uint_eq(m.rm_len, 10);
	ck_assert_int_eq(m.rm_delay, 1000);
	ck_assert_ptr_ne(m.rm_data, packet);
	ck_assert_int_gt(differences(m.rm_data, packet, 10), 0);
	rumpuser_component_faultdone(&m);
	m = msg;
	ck_assert_int_eq(rumpuser_component_fault(&m), ENOBUFS);
	m = msg;
	m.rm_site = "virtif1/rx";
	ck_assert_int_eq(rumpuser_component_fault(&m), EIO);
	ck_assert_uint_eq(matched(0), 1);
	ck_assert_uint_eq(matched(1), 4);
}
END_TEST

/*
 * Selectors.
 */

/* Of 12 writes those that failed, as a mask. */
static unsigned int
failures(const char *text)
{
	unsigned int mask = 0, i;
	int fd;

	fd = scratch_file("f", 100);
	plan(text);
	for (i = 0; i < 12; i++)
		if (put(fd, "x", 1, i) != 0)
			mask |= 1u << i;
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
	return mask;
}

START_TEST(counting)
{

	ck_assert_uint_eq(failures("write fail=EIO"), 0xfff);
	ck_assert_uint_eq(failures("write fail=EIO always"), 0xfff);
	ck_assert_uint_eq(failures("read fail=EIO"), 0);
	ck_assert_uint_eq(failures("write fail=EIO once"), 0x001);
	ck_assert_uint_eq(failures("write fail=EIO times=3"), 0x007);
	ck_assert_uint_eq(failures("write fail=EIO nth=3"), 0x004);
	ck_assert_uint_eq(failures("write fail=EIO every=4"), 0x888);
	ck_assert_uint_eq(failures("write fail=EIO every=4 once"), 0x008);
	ck_assert_uint_eq(failures("write fail=EIO from=9"), 0xf00);
	ck_assert_uint_eq(failures("write fail=EIO from=5 every=3"), 0x920);
	ck_assert_uint_eq(failures("io fail=EIO nth=2"), 0x002);
	ck_assert_uint_eq(failures("all fail=EIO nth=2"), 0x002);
	ck_assert_uint_eq(failures("write fail=EIO p=1"), 0xfff);
	ck_assert_uint_eq(failures("write fail=EIO p=0"), 0);
	ck_assert_uint_eq(failures("write fail=EIO range=3-5"), 0x018);
	ck_assert_uint_eq(failures("write fail=EIO range=3+1"), 0x008);
	ck_assert_uint_eq(failures("write fail=EIO range=10-"), 0xc00);
	ck_assert_uint_eq(failures("write fail=EIO range=1K-"), 0);
	ck_assert_uint_eq(failures("# nothing\n\n ; ;"), 0);
}
END_TEST

START_TEST(files)
{
	char text[400];
	int a, b;

	a = scratch_file("disk.img", 10);
	b = scratch_file("disk.txt", 10);
	/* Opened before: the host is asked for its name. */
	plan("write file=*.img fail=EIO");
	ck_assert_int_eq(put(a, "x", 1, 0), NB_EIO);
	ck_assert_int_eq(put(b, "x", 1, 0), 0);
	ck_assert_int_eq(rumpuser_close(b), 0);
	ck_assert_int_eq(rumpuser_open(scratch_path("disk.txt"),
	    RUMPUSER_OPEN_RDWR, &b), 0);
	ck_assert_int_eq(put(b, "x", 1, 0), 0);
	snprintf(text, sizeof(text), "write file=\"%s\" fail=EIO\n"
	    "open file=\"%s/*k.img\" fail=EACCES", scratch_path("disk.txt"),
	    scratch_dir);
	plan(text);
	ck_assert_int_eq(put(a, "x", 1, 0), 0);
	ck_assert_int_eq(put(b, "x", 1, 0), NB_EIO);
	ck_assert_int_eq(rumpuser_open(scratch_path("disk.img"), 0, &b),
	    NB_EACCES);
	snprintf(text, sizeof(text), "write fd=%d fail=EIO", a);
	plan(text);
	ck_assert_int_eq(put(a, "x", 1, 0), NB_EIO);
}
END_TEST

/* The exported function that asks is found by its name. */
__attribute__((__noinline__)) int
fault_test_site(void **memp)
{

	/* Not as a tail call: it has to be the caller. */
	return rumpuser_malloc(16, 0, memp) + 0 * (int)(intptr_t)*memp;
}

START_TEST(memory)
{
	void *mem = NULL;
	char buf[8];
	int i;

	plan("alloc nth=3 fail=ENOMEM\nmap every=2 fail=ENOMEM");
	for (i = 1; i <= 4; i++) {
		ck_assert_int_eq(rumpuser_malloc(16, 0, &mem),
		    i == 3 ? NB_ENOMEM : 0);
		if (i != 3)
			rumpuser_free(mem, 16);
		ck_assert_int_eq(rumpuser_anonmmap(NULL, 4096, 0, 0, &mem),
		    i % 2 == 0 ? NB_ENOMEM : 0);
		if (i % 2 != 0)
			rumpuser_unmap(mem, 4096);
	}
	plan("alloc site=no_such_function fail=ENOMEM");
	ck_assert_int_eq(fault_test_site(&mem), 0);
	rumpuser_free(mem, 16);
	ck_assert_uint_eq(matched(0), 0);
	plan("alloc site=test_*:* fail=ENOMEM");
	ck_assert_int_eq(rumpuser_malloc(16, 0, &mem), NB_ENOMEM);
	plan("thread site=\"work*\" fail=EAGAIN; param site=NO* fail=E2BIG");
	ck_assert_int_eq(rumpuser_thread_create(NULL, NULL, "worker/1", 0,
	    -1, -1, &mem), NB_EAGAIN);
	ck_assert_int_eq(rumpuser_getparam("NOPE", buf, sizeof(buf)),
	    NB_E2BIG);
}
END_TEST

/* The failures of 256 writes, by halves. */
static void
pattern(const char *text, uint64_t mask[4])
{
	int fd, i;

	fd = scratch_file("f", 300);
	plan(text);
	memset(mask, 0, 4 * sizeof(*mask));
	for (i = 0; i < 256; i++)
		if (put(fd, "x", 1, i) != 0)
			mask[i / 64] |= UINT64_C(1) << i % 64;
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_int_eq(rumpuser_close(fd), 0);
}

static int
bits(const uint64_t mask[4])
{

	return __builtin_popcountll(mask[0]) + __builtin_popcountll(mask[1]) +
	    __builtin_popcountll(mask[2]) + __builtin_popcountll(mask[3]);
}

START_TEST(chance)
{
	uint64_t a[4], b[4];

	pattern("write p=0.25 fail=EIO", a);
	ck_assert_int_gt(bits(a), 32);
	ck_assert_int_lt(bits(a), 100);
	pattern("write p=1/4 fail=EIO", b);
	ck_assert_mem_eq(a, b, sizeof(a));
	pattern("seed 7\nwrite p=0.25 fail=EIO", b);
	ck_assert_mem_ne(a, b, sizeof(a));
	pattern("seed 7\nwrite p=0.25 fail=EIO", a);
	ck_assert_mem_eq(a, b, sizeof(a));
	/* A rule's own seed, whatever the plan's. */
	pattern("seed 7\nwrite p=.25 fail=EIO seed=99", a);
	pattern("read fail=EIO; write p=.25 fail=EIO seed=99", b);
	ck_assert_mem_eq(a, b, sizeof(a));
	pattern("write p=0.00001 fail=EIO", a);
	ck_assert_int_lt(bits(a), 3);
}
END_TEST

/*
 * Plans.
 */

static const struct wrong {
	const char *text;
	unsigned int line, column;
	const char *says;
} wrongs[] = {
	{ "wrote fail=EIO", 1, 1, "class" },
	{ "write,rd fail=EIO", 1, 1, "class" },
	{ "write, fail=EIO", 1, 1, "class" },
	{ "write=3 fail=EIO", 1, 1, "begins" },
	{ "write", 1, 1, "no action" },
	{ "read nth=3", 1, 1, "no action" },
	{ "read fail=EIO\nwrite fail=EWHAT", 2, 7, "error" },
	{ "read fail=5", 1, 6, "error" },
	{ "read fail", 1, 6, "missing" },
	{ "read fail=", 1, 6, "error" },
	{ "read nth=0 fail=EIO", 1, 6, "less" },
	{ "read nth=-1 fail=EIO", 1, 6, "number" },
	{ "read nth=1x fail=EIO", 1, 6, "unit" },
	{ "read nth=99999999999999999999 fail=EIO", 1, 6, "number" },
	{ "read nth=1 nth=2 fail=EIO", 1, 12, "twice" },
	{ "read once times=2 fail=EIO", 1, 1, "one of" },
	{ "read once=1 fail=EIO", 1, 6, "no value" },
	{ "read p=1.5 fail=EIO", 1, 6, "probability" },
	{ "read p=2 fail=EIO", 1, 6, "probability" },
	{ "read p=1/0 fail=EIO", 1, 6, "probability" },
	{ "read p=. fail=EIO", 1, 6, "probability" },
	{ "read p= fail=EIO", 1, 6, "probability" },
	{ "read p=3/2 fail=EIO", 1, 6, "probability" },
	{ "read range=5-5 fail=EIO", 1, 6, "nothing" },
	{ "read range=5 fail=EIO", 1, 6, "FROM" },
	{ "read range=5-x fail=EIO", 1, 6, "number" },
	{ "read range=9999999999G- fail=EIO", 1, 6, "large" },
	{ "read delay=5", 1, 6, "unit" },
	{ "read delay=2h", 1, 6, "unit" },
	{ "read delay=2000000s", 1, 6, "large" },
	{ "read tear", 1, 6, "not for" },
	{ "read,write drop", 1, 12, "not for" },
	{ "open fd=3 fail=EIO", 1, 6, "not for" },
	{ "alloc file=x fail=EIO", 1, 7, "not for" },
	{ "read site=x fail=EIO", 1, 6, "not for" },
	{ "write tear=2 reorder", 1, 1, "tear" },
	{ "write fail=EIO drop", 1, 1, "fail" },
	{ "write drop corrupt", 1, 1, "drop" },
	{ "write file= drop", 1, 7, "pattern" },
	{ "write file=\"abc drop", 1, 12, "end" },
	{ "write file=\"abc\n\" drop", 1, 12, "end" },
	{ "write fil\x01""e=x drop", 1, 10, "printable" },
	{ "write file=\xff drop", 1, 12, "printable" },
	{ "  write bogus=1 drop", 1, 9, "selector" },
	{ "seed", 1, 1, "missing" },
	{ "seed x", 1, 6, "number" },
	{ "seed 1 2", 1, 8, "follow" },
	{ "sector 100", 1, 8, "power" },
	{ "sector 0", 1, 8, "less" },
	{ "sector 4194304", 1, 8, "number" },
	{ "write reorder=0", 1, 7, "less" },
	{ "\n\n# a comment\n  read corrupt=70000 # x", 4, 8, "number" },
};

START_TEST(wrong_plans)
{
	struct rumpuser_fault_error err;
	struct rumpuser_fault_rule r;
	size_t i;

	plan("write nth=17 fail=EIO");
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		int error = rumpuser_fault_plan(w->text, &err);

		if (error != NB_EINVAL || err.rfe_line != w->line ||
		    err.rfe_column != w->column ||
		    strstr(err.rfe_message, w->says) == NULL)
			ck_abort_msg("\"%s\": error %d, %u:%u %s", w->text,
			    error, err.rfe_line, err.rfe_column,
			    err.rfe_message);
		ck_assert_int_eq(rumpuser_fault_add(w->text, NULL),
		    NB_EINVAL);
	}
	/* The plan is what it was. */
	ck_assert_int_eq(rumpuser_fault_rule(0, &r), 0);
	ck_assert_str_eq(r.rfr_text, "write nth=17 fail=EIO");
	ck_assert_int_eq(rumpuser_fault_rule(1, &r), NB_ENOENT);
}
END_TEST

START_TEST(large_plans)
{
	struct rumpuser_fault_error err;
	const size_t size = RUMPUSER_FAULT_MAXTEXT + 10;
	char *text = malloc(size);
	size_t i, n = 0;

	memset(text, ' ', size);
	text[size - 1] = '\0';
	ck_assert_int_eq(rumpuser_fault_plan(text, &err), NB_E2BIG);
	for (i = 0; i <= RUMPUSER_FAULT_MAXRULES; i++)
		n += sprintf(text + n, "read fail=EIO\n");
	ck_assert_int_eq(rumpuser_fault_plan(text, &err), NB_E2BIG);
	ck_assert_uint_eq(err.rfe_line, RUMPUSER_FAULT_MAXRULES + 1);
	text[n - strlen("read fail=EIO\n")] = '\0';
	ck_assert_int_eq(rumpuser_fault_plan(text, &err), 0);
	ck_assert_int_eq(rumpuser_fault_add("read fail=EIO", &err), NB_E2BIG);
	memset(text, 'x', 5000);
	memcpy(text, "read file=", 10);
	text[5000] = '\0';
	ck_assert_int_eq(rumpuser_fault_plan(text, &err), NB_E2BIG);
	free(text);
}
END_TEST

START_TEST(random_plans)
{
	static const char *const bits[] = { "read", "write", ",", " ", "\n",
	    "nth=", "fail=", "EIO", "=", "\"", "\\", "1", "999", "K", "p=",
	    "/", ".", "range=", "-", "+", "#", ";", "seed", "sector", "tear",
	    "reorder", "drop", "once", "file=", "*", "all", "delay=", "ms" };
	struct rumpuser_fault_error err;
	unsigned int seed = 1, i, j;
	char text[400];
	size_t n;

	for (i = 0; i < 20000; i++) {
		for (j = n = 0; j < 1 + i % 20; j++)
			n += snprintf(text + n, sizeof(text) - n, "%s",
			    bits[rand_r(&seed) % 33]);
		if (rumpuser_fault_plan(text, &err) != 0) {
			ck_assert_uint_ge(err.rfe_line, 1);
			ck_assert_uint_ge(err.rfe_column, 1);
			ck_assert_int_ne(err.rfe_message[0], '\0');
		}
	}
}
END_TEST

START_TEST(sources)
{
	struct rumpuser_fault_error err;
	struct rumpuser_fault_rule r;
	const char *name = scratch_path("plan");
	char env[400];
	FILE *fp;

	fp = fopen(name, "w");
	fputs("# a plan\nwrite file=\"a b;c#d\\\"\" fail=EIO # x\n", fp);
	fclose(fp);
	ck_assert_int_eq(rumpuser_fault_planfile(name, &err), 0);
	ck_assert_int_eq(rumpuser_fault_rule(0, &r), 0);
	ck_assert_uint_eq(r.rfr_line, 2);
	ck_assert_int_eq(rumpuser_fault_add("read fail=EIO", &err), 0);
	ck_assert_int_eq(rumpuser_fault_rule(1, &r), 0);
	ck_assert_str_eq(r.rfr_text, "read fail=EIO");
	ck_assert_int_eq(rumpuser_fault_planfile("/nonexistent/plan", &err),
	    NB_ENOENT);
	ck_assert_uint_eq(err.rfe_line, 0);
	ck_assert_ptr_nonnull(strstr(err.rfe_message, "nonexistent"));

	unsetenv("RUMP_FAULTS");
	ck_assert_int_eq(rumpuser_fault_env(&err), 0);
	setenv("RUMP_FAULTS", "sync fail=EIO; read fail=EIO", 1);
	ck_assert_int_eq(rumpuser_fault_env(&err), 0);
	ck_assert_int_eq(rumpuser_fault_rule(0, &r), 0);
	ck_assert_str_eq(r.rfr_text, "sync fail=EIO");
	snprintf(env, sizeof(env), "@%s", name);
	setenv("RUMP_FAULTS", env, 1);
	ck_assert_int_eq(rumpuser_fault_env(&err), 0);
	ck_assert_int_eq(rumpuser_fault_rule(0, &r), 0);
	ck_assert_uint_eq(r.rfr_line, 2);
}
END_TEST

/* rumpuser_init() follows the environment, or fails. */
START_TEST(at_start)
{
	const struct rumpuser_hyperup hyp = { 0 };
	struct rumpuser_fault_rule r;

	stub_unschedule();
	setenv("RUMP_FAULTS", "sync what", 1);
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, &hyp), NB_EINVAL);
	setenv("RUMP_FAULTS", "sync fail=EIO", 1);
	ck_assert_int_eq(rumpuser_init(RUMPUSER_VERSION, &hyp), 0);
	ck_assert_int_eq(rumpuser_fault_rule(0, &r), 0);
}
END_TEST

/* The provider itself, with a plan as its configuration. */
START_TEST(as_provider)
{
	struct rumpuser_provider *posix, *faults;
	int fd;

	fd = scratch_file("f", 10);
	posix = rumpuser_provider_current();
	ck_assert_int_eq(rumpuser_provider_get("fault", &faults), 0);
	ck_assert_int_eq(rumpuser_provider_init(faults, "rubbish"),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_provider_init(faults, "write fail=EIO"), 0);
	ck_assert_int_eq(rumpuser_provider_init(faults, ""), NB_EINVAL);
	ck_assert_int_eq(rumpuser_provider_put(faults), NB_EBUSY);
	ck_assert_int_eq(put(fd, "x", 1, 0), 0);
	ck_assert_int_eq(rumpuser_provider_use(faults), 0);
	ck_assert_int_eq(put(fd, "x", 1, 0), NB_EIO);
	ck_assert_int_eq(rumpuser_provider_use(posix), 0);
	ck_assert_int_eq(put(fd, "x", 1, 0), 0);
	ck_assert_int_eq(rumpuser_provider_fini(faults), 0);
	ck_assert_int_eq(rumpuser_provider_put(faults), 0);
}
END_TEST

/*
 * All ways of I/O, and threads.
 */

struct bio {
	pthread_mutex_t mtx;
	pthread_cond_t cv;
	int done, failed;
};

static void
biodone(void *arg, size_t xfer, int error)
{
	struct bio *b = arg;

	pthread_mutex_lock(&b->mtx);
	b->done++;
	if (error != 0) {
		ck_assert_int_eq(error, NB_EIO);
		b->failed++;
	}
	pthread_cond_signal(&b->cv);
	pthread_mutex_unlock(&b->mtx);
}

START_TEST(block_io)
{
	struct bio b = { .mtx = PTHREAD_MUTEX_INITIALIZER,
	    .cv = PTHREAD_COND_INITIALIZER };
	static char data[64][512];
	int fd, i;

	fd = scratch_file("f", 0);
	plan("write every=4 fail=EIO\nsync nth=2 fail=EIO");
	for (i = 0; i < 64; i++)
		rumpuser_bio(fd, RUMPUSER_BIO_WRITE, data[i], 512, i * 512,
		    biodone, &b);
	stub_unschedule();
	pthread_mutex_lock(&b.mtx);
	while (b.done < 64)
		pthread_cond_wait(&b.cv, &b.mtx);
	pthread_mutex_unlock(&b.mtx);
	stub_schedule();
	ck_assert_int_eq(b.failed, 16);
	/* Inline and stable; the second one's synchronization fails. */
	for (i = 0; i < 3; i++)
		rumpuser_bio(fd, RUMPUSER_BIO_WRITE | RUMPUSER_BIO_SYNC |
		    RUMPUSER_BIO_INLINE, data[i], 512, i * 512, biodone, &b);
	ck_assert_int_eq(b.done, 67);
	ck_assert_int_eq(b.failed, 17);
	ck_assert_uint_eq(matched(0), 67);
}
END_TEST

#define THREADS	4
#define ROUNDS	2000

static void *
hammer(void *arg)
{
	int fd = *(int *)arg, i, bad = 0;
	char buf[64];
	size_t n;

	for (i = 0; i < ROUNDS; i++) {
		bad += put(fd, "0123456789", 10, (i % 7) * 512) != 0;
		bad += get(fd, buf, 10, (i % 5) * 512, &n) != 0;
	}
	return (void *)(intptr_t)bad;
}

START_TEST(threads)
{
	pthread_t t[THREADS];
	void *bad;
	intptr_t total = 0;
	int fd, i;

	fd = scratch_file("f", 4096);
	stub_unschedule();
	plan("read every=5 fail=EIO\nwrite p=0.3 reorder=2\n"
	    "write every=10 fail=EIO");
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, hammer, &fd), 0);
	/* Plans may change under it. */
	for (i = 0; i < 50; i++)
		ck_assert_int_eq(rumpuser_fault_add("flush fail=EIO", NULL),
		    0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], &bad);
		total += (intptr_t)bad;
	}
	ck_assert_uint_eq(matched(0), THREADS * ROUNDS);
	ck_assert_uint_eq(fired(0), THREADS * ROUNDS / 5);
	ck_assert_uint_eq(total, fired(0) + fired(2));
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	stub_schedule();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fault");
	TCase *tc = tcase_create("fault");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_test(tc, failing);
	tcase_add_test(tc, shortening);
	tcase_add_test(tc, tearing);
	tcase_add_test(tc, delaying);
	tcase_add_test(tc, dropping);
	tcase_add_test(tc, doubling);
	tcase_add_test(tc, reordering);
	tcase_add_test(tc, reordered_failure);
	tcase_add_test(tc, corrupting);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, counting);
	tcase_add_test(tc, files);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, chance);
	tcase_add_test(tc, wrong_plans);
	tcase_add_test(tc, large_plans);
	tcase_add_test(tc, random_plans);
	tcase_add_test(tc, sources);
	tcase_add_test(tc, at_start);
	tcase_add_test(tc, as_provider);
	tcase_add_test(tc, block_io);
	tcase_add_test(tc, threads);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
