/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_aio_model.c - random requests on a file against a model in memory, on
 * each engine in each kind of context.
 *
 * Requests that are under way together are on disjoint ranges, unless all of
 * them read: then each has one outcome, which its handler compares with the
 * model.  What a write brings is in the model from when it is made.  A barrier
 * ends a generation: behind it ranges may be used again without a wait, which
 * is how its order is tested.  A write that O_DIRECT does not allow is to be
 * alone on the file, hence the first of those after and the last of those
 * before it.
 *
 * Locking: mtx guards what the handlers share with the thread that makes the
 * requests; the model is its own, a handler looks only at its request's copy.
 */
#include "aio.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs for each of the ways, and batches of up to SLOTS requests in each. */
#ifndef RUNS
#define RUNS	1
#endif
#define BATCHES	8

#define PAGE	4096
#define FILEMAX	(96 * PAGE)
#define LENMAX	(12 * PAGE)
#define SLOTS	48
#define PIECES	6

struct slot {
	int used, read;
	size_t off, len;		/* as requested */
	size_t want;			/* what it is to bring */
	unsigned int gen;		/* barriers made before it */
	unsigned int before;		/* all that was made before it */
	int alone;			/* no other meanwhile */
	struct rumpuser_iovec iov[PIECES + 1];
	size_t niov;
	unsigned char *mem;		/* what the pieces are cut from */
	unsigned char *expect;		/* a read: the bytes it is to bring */
	void *scratch;
};

static unsigned char model[FILEMAX];
static size_t size;			/* of the file, in the model */
static struct slot slots[SLOTS];
static struct rumpuser_aio *aio;
static struct rumpuser_aiofile *file;
static int way;
static uint64_t seed;

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static unsigned int made[SLOTS + 1], over[SLOTS + 1];	/* by generation */
static unsigned int gen;
static struct req all = REQ_INIT;
static unsigned int nall;

/* A linear congruential generator, Knuth's constants. */
static unsigned int
rnd(unsigned int n)
{

	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(seed >> 33) % n;
}

/*
 * Outcomes.
 */

static void
finished(unsigned int g, size_t bytes, int error)
{

	pthread_mutex_lock(&mtx);
	over[g]++;
	pthread_mutex_unlock(&mtx);
	req_done(&all, bytes, error);
}

static void
on_transfer(void *env, uintptr_t bytes, int error)
{
	struct slot *s = env;
	const unsigned char *want = s->expect;
	size_t i, left = s->want, n;

	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(bytes, s->want);
	if (s->alone)
		ck_assert_uint_eq(req_count(&all), s->before);
	for (i = 0; s->read && i < s->niov && left > 0; i++) {
		n = s->iov[i].iov_len < left ? s->iov[i].iov_len : left;
		if (memcmp(s->iov[i].iov_base, want, n) != 0)
			ck_abort_msg("read of %zu at %zu: piece %zu differs",
			    s->len, s->off, i);
		want += n;
		left -= n;
	}
	finished(s->gen, bytes, error);
}

/* All of the generations before it are over; nothing after it is. */
static void
on_barrier(void *env, uintptr_t bytes, int error)
{
	const unsigned int g = (unsigned int)(uintptr_t)env;
	unsigned int i;

	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(bytes, 0);
	pthread_mutex_lock(&mtx);
	for (i = 0; i < g; i++)
		ck_assert_uint_eq(over[i], made[i]);
	for (; i <= SLOTS; i++)
		ck_assert_uint_eq(over[i], 0);
	pthread_mutex_unlock(&mtx);
	req_done(&all, bytes, error);
}

static void
on_sync(void *env, uintptr_t bytes, int error)
{

	ck_assert_int_eq(error, 0);
	finished((unsigned int)(uintptr_t)env, bytes, error);
}

/*
 * Requests.
 */

/* May a request of the present generation be here? */
static int
isfree(size_t off, size_t len, int read)
{
	const struct slot *s;

	for (s = slots; s < slots + SLOTS; s++)
		if (s->used && s->gen == gen && !(read && s->read) &&
		    off < s->off + s->len && s->off < off + len)
			return 0;
	return 1;
}

/* The bytes from mem on, in pieces: whole sectors, or anything. */
static void
cut(struct slot *s, int aligned)
{
	const size_t unit = aligned ? PAGE : 1;
	size_t left = s->len / unit, n;
	unsigned char *p = s->mem;

	s->niov = 0;
	do {
		n = s->niov == PIECES || rnd(3) == 0 ? left :
		    rnd((unsigned int)left + 1);
		s->iov[s->niov].iov_base = p;
		s->iov[s->niov].iov_len = n * unit;
		s->niov++;
		p += n * unit;
		left -= n;
	} while (left > 0);
}

/* Does it break what O_DIRECT asks for? */
static int
unaligned(const struct slot *s)
{
	uint32_t mem, off;
	uint64_t bits = s->off;
	size_t i;
	int bad = 0;

	rumpuser_aio_alignment(file, &mem, &off);
	for (i = 0; i < s->niov; i++) {
		bits |= s->iov[i].iov_len;
		bad |= s->iov[i].iov_len > 0 &&
		    (uintptr_t)s->iov[i].iov_base % mem != 0;
	}
	return bad || bits % off != 0;
}

/* Where: aligned to what any host asks, nearly so, or not at all. */
static void
place(struct slot *s, int aligned)
{
	size_t unit = aligned ? PAGE : rnd(2) ? 512 : 1;

	s->off = rnd((unsigned int)(FILEMAX / unit)) * unit;
	s->len = rnd(1 + (unsigned int)((rnd(4) ? PAGE * 2 : LENMAX) /
	    unit)) * unit;
	if (s->len > FILEMAX - s->off)
		s->len = FILEMAX - s->off;
}

/*
 * Reads have their outcome only while nobody changes the file's end under
 * them: writes beyond it are made when nothing else is under way.
 */
static int
grows(const struct slot *s)
{

	return !s->read && s->off + s->len > size;
}

static void
ask_read(struct slot *s)
{
	size_t n = s->off >= size ? 0 : size - s->off;

	s->want = n < s->len ? n : s->len;
	memcpy(s->expect, model + s->off, s->want);
	memset(s->mem, 0xee, s->len);
	ck_assert_int_eq(rumpuser_aio_readv(file, rnd(2) ? s->scratch : NULL,
	    s->iov, s->niov, (int64_t)s->off, on_transfer, s), 0);
}

static void
ask_write(struct slot *s)
{
	size_t i;

	for (i = 0; i < s->len; i++)
		s->mem[i] = (unsigned char)(seed + i * 11 + (i >> 9));
	memcpy(model + s->off, s->mem, s->len);
	s->want = s->len;
	if (s->len > 0 && s->off + s->len > size)
		size = s->off + s->len;
	ck_assert_int_eq(rumpuser_aio_writev(file, rnd(2) ? s->scratch : NULL,
	    s->iov, s->niov, (int64_t)s->off, rnd(16) ? 0 :
	    RUMPUSER_AIO_DSYNC, on_transfer, s), 0);
}

/* It is counted before it is made: its handler may be the first to look. */
static void
count(void)
{

	pthread_mutex_lock(&mtx);
	made[gen]++;
	pthread_mutex_unlock(&mtx);
	nall++;
}

static void
settle(void)
{
	int i;

	req_wait(aio, way, &all, nall);
	pthread_mutex_lock(&mtx);
	memset(made, 0, sizeof(made));
	memset(over, 0, sizeof(over));
	pthread_mutex_unlock(&mtx);
	for (i = 0; i < SLOTS; i++)
		slots[i].used = 0;
	gen = 0;
}

static void
transfer(struct slot *s)
{
	const int aligned = rnd(4) != 0;
	int tries = 0;

	s->read = rnd(2);
	do
		place(s, aligned);
	while (!isfree(s->off, s->len, s->read) && ++tries < 10);
	if (tries == 10)
		return;
	if (grows(s))
		settle();
	s->used = 1;
	s->gen = gen;
	cut(s, aligned && rnd(8) != 0);
	s->before = nall;
	s->alone = !s->read && unaligned(s);
	count();
	if (s->read)
		ask_read(s);
	else
		ask_write(s);
	if (!s->read && s->off + s->len == size)
		settle();
}

static void
barrier(void)
{

	pthread_mutex_lock(&mtx);
	gen++;
	pthread_mutex_unlock(&mtx);
	nall++;
	ck_assert_int_eq(rumpuser_aio_barrier(file, NULL, on_barrier,
	    (void *)(uintptr_t)gen), 0);
}

static void
step(struct slot *s)
{

	switch (rnd(24)) {
	case 0:
		barrier();
		break;
	case 1:
		count();
		ck_assert_int_eq(rumpuser_aio_sync(file, s->scratch, on_sync,
		    (void *)(uintptr_t)gen), 0);
		s->used = 1;
		s->gen = gen;
		s->len = 0;
		break;
	case 2:
		rumpuser_aio_flush(aio);
		break;
	default:
		transfer(s);
	}
}

/*
 * Runs.
 */

/* Now and then the file is closed, and cut off or made longer. */
static void
reopen(void)
{
	uint64_t n;
	size_t new = rnd(FILEMAX);

	if (file != NULL)
		ck_assert_int_eq(rumpuser_aio_closewait(file), 0);
	ck_assert_int_eq(truncate(scratch("f"), (off_t)new), 0);
	/* In the model everything past the end is zero. */
	if (new < size)
		memset(model + new, 0, size - new);
	size = new;
	ck_assert_int_eq(rumpuser_aio_open(aio, scratch("f"),
	    RUMPUSER_OPEN_RDWR, &file, &n), 0);
	ck_assert_uint_eq(n, size);
}

/* The file, read as everybody reads it. */
static void
compare(void)
{
	static unsigned char back[FILEMAX + 1];
	int fd = open(scratch("f"), O_RDONLY);
	size_t i;

	ck_assert_int_eq(read(fd, back, sizeof(back)), (ssize_t)size);
	for (i = 0; i < size && back[i] == model[i]; i++)
		continue;
	if (i < size)
		ck_abort_msg("byte %zu of %zu differs", i, size);
	close(fd);
}

static void
slots_make(void)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		ck_assert_int_eq(posix_memalign((void **)&slots[i].mem, PAGE,
		    LENMAX), 0);
		slots[i].expect = malloc(LENMAX);
		slots[i].scratch = malloc(rumpuser_aio_scratchsize());
		ck_assert(slots[i].expect != NULL && slots[i].scratch != NULL);
	}
}

static void
slots_free(void)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		free(slots[i].mem);
		free(slots[i].expect);
		free(slots[i].scratch);
	}
}

START_TEST(model_agrees)
{
	const unsigned int before = nall;
	struct rumpuser_aio_stats st;
	int b, i;

	way = _i % WAYS;
	seed = 20240 + (unsigned int)_i;
	memset(model, 0, sizeof(model));
	file = NULL;
	size = 0;
	slots_make();
	scratch_file("f", 0);
	aio = aio_make(way, (struct rumpuser_aio_attr){
	    .aa_depth = 1 + rnd(32), .aa_threads = 1 + rnd(4),
	    .aa_flags = rnd(4) ? 0 : RUMPUSER_AIO_CACHED });
	reopen();
	for (b = 0; b < BATCHES; b++) {
		for (i = 0; i < SLOTS; i++)
			if (!slots[i].used)
				step(&slots[i]);
		settle();
		ck_assert_int_eq(all.error, 0);
		compare();
		if (b % 3 == 2)
			reopen();
	}
	ck_assert_int_eq(rumpuser_aio_closewait(file), 0);
	rumpuser_aio_stats(aio, &st);
	ck_assert_uint_eq(st.as_done, nall - before);
	ck_assert_uint_eq(st.as_errors, 0);
	ck_assert_uint_eq(req_count(&all), nall);
	aio_unmake(aio, way);
	slots_free();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_aio_model");
	TCase *tc = tcase_create("model");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, model_agrees, 0, WAYS * RUNS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
