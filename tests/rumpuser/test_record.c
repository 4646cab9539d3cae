/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_record.c - the recorder, and the states of a medium that a replay
 * makes of a recording: on small cases they are exactly those that a model of
 * a drive with a write cache can be found in.
 */
#include "stub.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>

#include <rump/rumpuser_fault.h>
#include <rump/rumpuser_provider.h>
#include <rump/rumpuser_record.h>

#ifndef SCRIPTS
#define SCRIPTS	12
#endif

static void
setup(void)
{

	scratch_make();
	stub_init();
}

static struct rumpuser_record *
record(const char *file, uint64_t maxbytes, int flags)
{
	const struct rumpuser_record_config cfg = { .rrc_file = file,
	    .rrc_maxbytes = maxbytes, .rrc_flags = flags };
	struct rumpuser_record *r;

	ck_assert_int_eq(rumpuser_record_start(&cfg, &r), 0);
	return r;
}

static struct rumpuser_record_entry
entry(struct rumpuser_record *r, uint64_t n)
{
	struct rumpuser_record_entry e;

	ck_assert_int_eq(rumpuser_record_entry(r, n, &e), 0);
	return e;
}

START_TEST(what_is_recorded)
{
	struct rumpuser_provider *before = rumpuser_provider_current();
	struct rumpuser_record_entry e;
	struct rumpuser_record *r;
	struct rumpuser_iovec iov[2] = { { "abc", 3 }, { "defgh", 5 } };
	size_t n;
	int a, b;

	a = scratch_file("a.img", 4096);
	r = record("*.img", 0, 0);
	b = scratch_file("b.txt", 4096);
	ck_assert_int_eq(rumpuser_iovwrite(a, iov, 2, 100, &n), 0);
	ck_assert_int_eq(put(b, "not this one", 12, 0), 0);
	ck_assert_int_eq(stable(b), 0);
	ck_assert_int_eq(barrier(a), 0);
	ck_assert_int_eq(put(a, "2", 1, 0), 0);
	ck_assert_int_eq(stable(a), 0);
	ck_assert_int_eq(rumpuser_record_status(r), 0);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	ck_assert_int_eq(rumpuser_record_stop(r), NB_EINVAL);
	ck_assert_ptr_eq(rumpuser_provider_current(), before);
	ck_assert_int_eq(put(a, "3", 1, 0), 0);

	ck_assert_uint_eq(rumpuser_record_count(r), 4);
	ck_assert_ptr_nonnull(strstr(rumpuser_record_file(r, 0), "/a.img"));
	ck_assert_ptr_null(rumpuser_record_file(r, 1));
	e = entry(r, 0);
	ck_assert_int_eq(e.rre_kind, RUMPUSER_RECORD_WRITE);
	ck_assert_int_eq(e.rre_off, 100);
	ck_assert_uint_eq(e.rre_len, 8);
	ck_assert_uint_eq(e.rre_xfer, 8);
	ck_assert_mem_eq(e.rre_data, "abcdefgh", 8);
	ck_assert_uint_eq(e.rre_issued, 1);
	ck_assert_uint_eq(e.rre_completed, 2);
	ck_assert_int_eq(entry(r, 1).rre_kind, RUMPUSER_RECORD_BARRIER);
	ck_assert_int_eq(entry(r, 2).rre_kind, RUMPUSER_RECORD_WRITE);
	e = entry(r, 3);
	ck_assert_int_eq(e.rre_kind, RUMPUSER_RECORD_SYNC);
	ck_assert_uint_eq(e.rre_completed, 8);
	ck_assert_int_eq(rumpuser_record_entry(r, 4, &e), NB_ENOENT);
	rumpuser_record_free(r);
}
END_TEST

/* Faults are told apart from what arrived. */
START_TEST(faults_are_recorded)
{
	struct rumpuser_record_entry e;
	struct rumpuser_record *r;
	char data[2048];
	int fd;

	memset(data, 'x', sizeof(data));
	fd = scratch_file("f", 4096);
	r = record(NULL, 0, 0);
	ck_assert_int_eq(rumpuser_fault_plan("write nth=1 fail=EIO\n"
	    "write nth=2 drop\nwrite nth=3 tear=2\nwrite nth=4 double\n"
	    "write nth=5 corrupt\nsync fail=EIO", NULL), 0);
	ck_assert_int_eq(put(fd, data, 2048, 0), NB_EIO);
	ck_assert_int_eq(put(fd, data, 2048, 0), 0);
	ck_assert_int_eq(put(fd, data, 2048, 0), 0);
	ck_assert_int_eq(put(fd, data, 2048, 0), 0);
	ck_assert_int_eq(put(fd, data, 2048, 0), 0);
	ck_assert_int_eq(stable(fd), NB_EIO);
	ck_assert_int_eq(rumpuser_fault_clear(), 0);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	ck_assert_uint_eq(rumpuser_record_count(r), 8);
	e = entry(r, 0);
	ck_assert_int_eq(e.rre_flags, RUMPUSER_RECORD_LOST);
	ck_assert_int_eq(e.rre_error, EIO);
	e = entry(r, 1);
	ck_assert_int_eq(e.rre_flags, RUMPUSER_RECORD_LOST);
	ck_assert_int_eq(e.rre_error, 0);
	e = entry(r, 3);
	ck_assert_int_eq(e.rre_flags, RUMPUSER_RECORD_TORN);
	ck_assert_int_eq(e.rre_off, 512);
	ck_assert_uint_eq(e.rre_len, 512);
	ck_assert_int_eq(entry(r, 4).rre_flags, 0);
	ck_assert_int_eq(entry(r, 5).rre_flags, RUMPUSER_RECORD_AGAIN);
	ck_assert_mem_ne(entry(r, 6).rre_data, data, 2048);
	e = entry(r, 7);
	ck_assert_int_eq(e.rre_kind, RUMPUSER_RECORD_SYNC);
	ck_assert_int_eq(e.rre_error, EIO);
	rumpuser_record_free(r);
}
END_TEST

/* The bound is an error, and what came before it is whole. */
START_TEST(bounded)
{
	struct rumpuser_record *r, *more[8];
	struct rumpuser_replay *rp;
	char data[4096];
	uint64_t n;
	int fd, i;

	memset(data, 'x', sizeof(data));
	fd = scratch_file("f", 4096);
	r = record(NULL, 100000, 0);
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(put(fd, data, 4096, 0), 0);
	ck_assert_int_eq(rumpuser_record_status(r), NB_ENOBUFS);
	ck_assert_int_eq(rumpuser_record_stop(r), NB_ENOBUFS);
	n = rumpuser_record_count(r);
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_lt(n, 25);
	ck_assert_mem_eq(entry(r, n - 1).rre_data, data, 4096);
	ck_assert_int_eq(rumpuser_replay_create(r, 0, scratch_path("f"), 0, 0,
	    &rp), NB_ENOBUFS);
	rumpuser_record_free(r);

	/* A hash instead of the data; several recordings; no more than four. */
	for (i = 0; i < 4; i++)
		more[i] = record(NULL, 0, i == 0 ? RUMPUSER_RECORD_HASH : 0);
	ck_assert_int_eq(rumpuser_record_start(NULL, &r), NB_EBUSY);
	ck_assert_int_eq(put(fd, data, 100, 0), 0);
	ck_assert_int_eq(put(fd, data, 100, 50), 0);
	ck_assert_int_eq(put(fd, data, 99, 0), 0);
	ck_assert_uint_eq(entry(more[0], 0).rre_hash,
	    entry(more[0], 1).rre_hash);
	ck_assert_uint_ne(entry(more[0], 0).rre_hash,
	    entry(more[0], 2).rre_hash);
	ck_assert_ptr_null(entry(more[0], 0).rre_data);
	for (i = 0; i < 4; i++) {
		ck_assert_uint_eq(rumpuser_record_count(more[i]), 3);
		ck_assert_int_eq(rumpuser_replay_create(more[i], 0,
		    scratch_path("f"), 0, 0, &rp), NB_EINVAL);
		ck_assert_int_eq(rumpuser_record_stop(more[i]), 0);
	}
	ck_assert_int_eq(rumpuser_replay_create(more[0], 0,
	    scratch_path("f"), 0, 0, &rp), NB_EINVAL);
	for (i = 0; i < 4; i++)
		rumpuser_record_free(more[i]);
}
END_TEST

static void *
writer(void *arg)
{
	int fd = *(int *)arg, i;

	for (i = 0; i < 500; i++)
		ck_assert_int_eq(put(fd, "0123456789", 10, i * 10), 0);
	return NULL;
}

START_TEST(threads)
{
	struct rumpuser_record *r;
	struct rumpuser_record_entry e;
	pthread_t t[4];
	uint64_t i, last = 0;
	int fd;

	fd = scratch_file("f", 0);
	stub_unschedule();
	r = record(NULL, 0, 0);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, writer, &fd);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	ck_assert_uint_eq(rumpuser_record_count(r), 2000);
	for (i = 0; i < 2000; i++) {
		e = entry(r, i);
		ck_assert_uint_gt(e.rre_issued, last);
		ck_assert_uint_gt(e.rre_completed, e.rre_issued);
		ck_assert_mem_eq(e.rre_data, "0123456789", 10);
		last = e.rre_issued;
	}
	rumpuser_record_free(r);
	stub_schedule();
}
END_TEST

/*
 * A host that begins and ends operations when a script says.
 */

#define OPS	6
#define SECTOR	16
#define SECTORS	4
#define IMAGE	(SECTOR * SECTORS)

enum what { W, S, B };			/* write, synchronization, barrier */

struct op {
	enum what what;
	int first, n;			/* W: sectors */
	int error;
};

struct event {
	int op;
	int end;			/* 0: issued, 1: completed */
};

struct script {
	struct op op[OPS];
	int nops;
	struct event ev[2 * OPS];
	int nev;
};

static struct {
	pthread_mutex_t mtx;
	pthread_cond_t cv;
	const struct script *sc;
	int begun[OPS], may[OPS];
	int syncing;			/* the one that is issued now */
	int fd;
} host = { .mtx = PTHREAD_MUTEX_INITIALIZER, .cv = PTHREAD_COND_INITIALIZER };

static int
script_op(int op)
{

	pthread_mutex_lock(&host.mtx);
	host.begun[op] = 1;
	pthread_cond_broadcast(&host.cv);
	while (!host.may[op])
		pthread_cond_wait(&host.cv, &host.mtx);
	pthread_mutex_unlock(&host.mtx);
	return host.sc->op[op].error;
}

static int
script_writev(struct rumpuser_provider *p, int fd,
    const struct rumpuser_iovec *iov, size_t niov, int64_t off, size_t *donep)
{

	*donep = iov->iov_len;
	return script_op(*(char *)iov->iov_base - 'a');
}

static int
script_sync(struct rumpuser_provider *p, int fd, int how)
{

	return script_op(host.syncing);
}

static void *
script_thread(void *arg)
{
	const int i = (int)(intptr_t)arg;
	const struct op *op = &host.sc->op[i];
	struct rumpuser_iovec iov;
	char data[IMAGE];
	size_t n;

	memset(data, 'a' + i, sizeof(data));
	iov.iov_base = data;
	iov.iov_len = (size_t)op->n * SECTOR;
	if (op->what == W)
		(void)rumpuser_iovwrite(host.fd, &iov, 1, op->first * SECTOR,
		    &n);
	else if (op->what == S)
		(void)stable(host.fd);
	else
		(void)barrier(host.fd);
	return NULL;
}

/* Run a script on file descriptor fd while it is recorded. */
static void
play(const struct script *sc, int fd)
{
	pthread_t t[OPS];
	int i, op;

	host.sc = sc;
	host.fd = fd;
	memset(host.begun, 0, sizeof(host.begun));
	memset(host.may, 0, sizeof(host.may));
	for (i = 0; i < sc->nev; i++) {
		op = sc->ev[i].op;
		pthread_mutex_lock(&host.mtx);
		if (!sc->ev[i].end) {
			host.syncing = op;
			pthread_create(&t[op], NULL, script_thread,
			    (void *)(intptr_t)op);
			while (!host.begun[op])
				pthread_cond_wait(&host.cv, &host.mtx);
			pthread_mutex_unlock(&host.mtx);
		} else {
			host.may[op] = 1;
			pthread_cond_broadcast(&host.cv);
			pthread_mutex_unlock(&host.mtx);
			pthread_join(t[op], NULL);
		}
	}
}

static void
end_script(const struct script *sc)
{
	int i, ended[OPS] = { 0 };

	for (i = 0; i < sc->nev; i++)
		ended[sc->ev[i].op] |= sc->ev[i].end;
	for (i = 0; i < sc->nops; i++)
		ck_assert(ended[i]);
}

/*
 * The model: a drive with a cache.  A write arrives in the cache at some time
 * between issue and completion, and goes from there to the medium at some
 * time, as a whole or by sectors, but never over something newer and never
 * past a barrier; a synchronization ends when what was completed before it
 * began is on the medium; when it fails, any of that may be forgotten.  All
 * that can happen is tried.
 */

#define UNITS	(OPS * 2)

struct munit {
	int op, lo, n;			/* sectors of the image */
};

#define FOUND	4096

struct media {
	char m[FOUND][SECTORS];
	int n;
};

struct model {
	const struct script *sc;
	unsigned int seed;		/* of the first sample */
	struct munit u[UNITS];
	int nu;
	int issued[OPS], done[OPS];	/* event, or -1 */
	struct media cut[2 * OPS + 1];
	struct mstate *seen;		/* all that were explored ... */
	uint32_t nseen, maxseen;
	uint32_t *hash, nhash;		/* ... and where: a power of two */
};

/*
 * Sets of units.  Of the cache's order there is only what can matter yet, so
 * that states that go on alike are the same.
 */
struct mstate {
	uint16_t ev;
	uint16_t arrived, on, lost;	/* in the cache; on the medium */
	uint16_t under[UNITS];		/* older, overlapping, may go there */
	char medium[SECTORS];
};
_Static_assert(sizeof(struct mstate) % sizeof(uint32_t) == 0 &&
    sizeof(struct mstate) == (4 + UNITS) * sizeof(uint16_t) + SECTORS,
    "it is compared as bytes and hashed as words");

static int
moverlap(const struct munit *a, const struct munit *b)
{

	return a->lo < b->lo + b->n && b->lo < a->lo + a->n;
}

/* May unit i go to the medium now? */
static int
may_evict(const struct model *m, const struct mstate *s, int i)
{
	const struct op *op = m->sc->op;
	int b, j, oi = m->u[i].op, oj;

	if (!(s->arrived >> i & 1) || ((s->on | s->lost) >> i & 1))
		return 0;
	for (j = 0; j < m->nu; j++)
		if ((s->on >> j & 1) && (s->under[j] >> i & 1))
			return 0;
	for (b = 0; b < m->sc->nops; b++) {
		if (op[b].what == W || op[b].error != 0 || m->done[b] < 0 ||
		    m->done[b] > m->issued[oi])
			continue;
		for (j = 0; j < m->nu; j++) {
			oj = m->u[j].op;
			if (m->done[oj] >= 0 && m->done[oj] < m->issued[b] &&
			    op[oj].error == 0 &&
			    !((s->on | s->lost) >> j & 1))
				return 0;
		}
	}
	return 1;
}

/* Unit i arrives in the cache, over what is there. */
static void
arrive(const struct model *m, struct mstate *s, int i)
{
	int j;

	for (j = 0; j < m->nu; j++)
		if (j != i && ((s->arrived & ~s->on & ~s->lost) >> j & 1) &&
		    moverlap(&m->u[i], &m->u[j]))
			s->under[i] |= (uint16_t)(1 << j);
	s->arrived |= (uint16_t)(1 << i);
}

/* It is on the medium, or lost: it will not go there any more. */
static void
leave(const struct model *m, struct mstate *s, int i)
{
	int j;

	for (j = 0; j < m->nu; j++)
		s->under[j] &= (uint16_t)~(1 << i);
}

static void
lose(const struct model *m, struct mstate *s, int i)
{

	s->lost |= (uint16_t)(1 << i);
	s->under[i] = 0;
	leave(m, s, i);
}

static void
evict(const struct model *m, struct mstate *s, int i)
{
	const struct munit *u = &m->u[i];

	s->on |= (uint16_t)(1 << i);
	memset(s->medium + u->lo, 'a' + u->op, (size_t)u->n);
	leave(m, s, i);
}

static void explore(struct model *, struct mstate);

/* Is unit j one that synchronization b covers? */
static int
covers(const struct model *m, int b, int j)
{
	const int o = m->u[j].op;

	return m->done[o] >= 0 && m->done[o] < m->issued[b] &&
	    m->sc->op[o].error == 0;
}

/* The next event happens, if it can. */
static void
happen(struct model *m, struct mstate s)
{
	const struct event *e = &m->sc->ev[s.ev];
	const struct op *op = &m->sc->op[e->op];
	struct mstate t;
	int free[UNITS], nfree = 0, i, mask;

	s.ev++;
	for (i = 0; i < m->nu && e->end; i++) {
		if (op->what == W && m->u[i].op == e->op &&
		    !(s.arrived >> i & 1) && op->error == 0)
			return;		/* completed, so it has arrived */
		if (op->what != S && !(op->what == B && op->error != 0))
			continue;
		if (!covers(m, e->op, i) || ((s.on | s.lost) >> i & 1))
			continue;
		if (op->error == 0)
			return;
		free[nfree++] = i;
	}
	for (mask = 0; mask < 1 << nfree; mask++) {
		t = s;
		for (i = 0; i < nfree; i++)
			if (mask >> i & 1)
				lose(m, &t, free[i]);
		explore(m, t);
	}
}

static void
found(struct media *md, const char medium[SECTORS])
{
	int i;

	for (i = 0; i < md->n; i++)
		if (memcmp(md->m[i], medium, SECTORS) == 0)
			return;
	ck_assert_int_lt(md->n, FOUND);
	memcpy(md->m[md->n++], medium, SECTORS);
}

static uint32_t
hash_of(const struct mstate *s)
{
	uint32_t p[sizeof(*s) / sizeof(uint32_t)];
	uint64_t h = 1469598103934665603u;
	size_t i;

	memcpy(p, s, sizeof(*s));
	for (i = 0; i < sizeof(p) / sizeof(p[0]); i++)
		h = (h ^ p[i]) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

/* The place of a state in the table, or the free one that it is to have. */
static uint32_t *
slot(struct model *m, const struct mstate *s)
{
	uint32_t h = hash_of(s) & (m->nhash - 1);

	while (m->hash[h] != 0 &&
	    memcmp(&m->seen[m->hash[h] - 1], s, sizeof(*s)) != 0)
		h = (h + 1) & (m->nhash - 1);
	return &m->hash[h];
}

static void
grow(struct model *m)
{
	uint32_t i;

	m->maxseen = m->maxseen == 0 ? 1024 : m->maxseen * 2;
	m->nhash = m->maxseen * 2;
	free(m->hash);
	m->hash = calloc(m->nhash, sizeof(*m->hash));
	m->seen = realloc(m->seen, m->maxseen * sizeof(*m->seen));
	ck_assert(m->seen != NULL && m->hash != NULL);
	for (i = 0; i < m->nseen; i++)
		*slot(m, &m->seen[i]) = i + 1;
}

static int
been_here(struct model *m, const struct mstate *s)
{
	uint32_t *at;

	if (m->nseen == m->maxseen)
		grow(m);
	if (*(at = slot(m, s)) != 0)
		return 1;
	m->seen[m->nseen++] = *s;
	*at = m->nseen;
	return 0;
}

static void
explore(struct model *m, struct mstate s)
{
	struct mstate t;
	int i, o;

	if (been_here(m, &s))
		return;
	found(&m->cut[s.ev], s.medium);
	if (s.ev < m->sc->nev)
		happen(m, s);
	for (i = 0; i < m->nu; i++) {
		o = m->u[i].op;
		/* Failed ones may arrive at any time, if at all. */
		if (m->issued[o] < s.ev && !((s.arrived | s.lost) >> i & 1) &&
		    (m->done[o] < 0 || m->done[o] >= s.ev)) {
			t = s;
			arrive(m, &t, i);
			explore(m, t);
		}
		if (may_evict(m, &s, i)) {
			t = s;
			evict(m, &t, i);
			explore(m, t);
		}
	}
}

/* All media of a script at each cut. */
static void
model(struct model *m, const struct script *sc, int sectors)
{
	struct mstate s;
	int i, j;

	memset(m, 0, sizeof(*m));
	m->sc = sc;
	for (i = 0; i < sc->nops; i++)
		m->issued[i] = m->done[i] = -1;
	for (i = 0; i < sc->nev; i++)
		*(sc->ev[i].end ? &m->done[sc->ev[i].op] :
		    &m->issued[sc->ev[i].op]) = i;
	for (i = 0; i < sc->nops; i++)
		for (j = 0; j < sc->op[i].n && sc->op[i].what == W;
		    j += m->u[m->nu++].n)
			m->u[m->nu] = (struct munit){ i, sc->op[i].first + j,
			    sectors ? 1 : sc->op[i].n };
	memset(&s, 0, sizeof(s));
	memset(s.medium, '.', sizeof(s.medium));
	explore(m, s);
	free(m->seen);
	free(m->hash);
}

/* What a replay shows, a character a sector. */
static void
shown(struct rumpuser_replay *rp, char medium[SECTORS])
{
	char image[IMAGE + 1];
	size_t n = 0;
	int i, right;

	/* Millions of times: an assertion writes to a file each time. */
	right = rumpuser_replay_read(rp, image, sizeof(image), 0, &n) == 0 &&
	    n == IMAGE;
	for (i = 0; i < SECTORS && right; i++) {
		medium[i] = image[i * SECTOR];
		right = image[i * SECTOR + SECTOR - 1] == medium[i];
	}
	if (!right)
		ck_abort_msg("%zu bytes, sector %d is none", n, i);
}

static int
is_found(const struct media *md, const char medium[SECTORS])
{
	int i;

	for (i = 0; i < md->n; i++)
		if (memcmp(md->m[i], medium, SECTORS) == 0)
			return i;
	return -1;
}

static void
print_script(const struct script *sc)
{
	int i;

	for (i = 0; i < sc->nops; i++)
		printf("%c: %c sectors %d+%d error %d\n", 'a' + i,
		    "WSB"[sc->op[i].what], sc->op[i].first, sc->op[i].n,
		    sc->op[i].error);
	for (i = 0; i < sc->nev; i++)
		printf("%s%c ", sc->ev[i].end ? "/" : "", 'a' + sc->ev[i].op);
	printf("\n");
	fflush(stdout);			/* the process is about to end */
}

static void
wrong(const struct model *m, struct rumpuser_replay *rp, const char *what,
    const char medium[SECTORS])
{
	char text[400];

	printf("samples from seed %u on\n", m->seed);
	print_script(m->sc);
	(void)rumpuser_replay_describe(rp, text, sizeof(text));
	ck_abort_msg("%s: %.4s at %s", what, medium, text);
}

static void
compare(const struct model *m, int cut, struct rumpuser_replay *rp,
    unsigned int seed)
{
	const struct media *md = &m->cut[cut];
	char hit[FOUND], sampled[FOUND];
	char medium[SECTORS];
	int i, at, error, left = md->n <= 6 ? md->n : 0;

	memset(hit, 0, sizeof(hit));
	memset(sampled, 0, sizeof(sampled));
	while ((error = rumpuser_replay_next(rp)) == 0) {
		shown(rp, medium);
		if ((i = is_found(md, medium)) < 0)
			wrong(m, rp, "cannot be", medium);
		hit[i] = 1;
	}
	ck_assert_int_eq(error, NB_ENOENT);
	for (i = 0; i < md->n; i++)
		if (!hit[i])
			wrong(m, rp, "not made", md->m[i]);
	/* Few states: samples find all of them, some of them seldom. */
	for (i = 0; i < 300 || (left > 0 && i < 3000); i++) {
		if ((error = rumpuser_replay_sample(rp, seed + i)) != 0)
			ck_abort_msg("sample: error %d", error);
		shown(rp, medium);
		if ((at = is_found(md, medium)) < 0)
			wrong(m, rp, "sample cannot be", medium);
		left -= !sampled[at];
		sampled[at] = 1;
	}
	for (i = 0; i < md->n && md->n <= 6; i++)
		if (!sampled[i])
			wrong(m, rp, "not sampled", md->m[i]);
}

static unsigned int
pick(unsigned int *seed, unsigned int n)
{

	return (unsigned int)rand_r(seed) / 7 % n;
}

static void
make_script(struct script *sc, unsigned int *seed, int nops, int failures)
{
	int left[OPS], n = 0, i;

	memset(sc, 0, sizeof(*sc));
	sc->nops = nops;
	for (i = 0; i < nops; i++) {
		struct op *op = &sc->op[i];

		op->what = pick(seed, 5) < 3 ? W : pick(seed, 2) ? S : B;
		op->first = (int)pick(seed, SECTORS);
		op->n = op->first + 1 < SECTORS ? 1 + (int)pick(seed, 2) : 1;
		op->error = failures && op->what != W && pick(seed, 3) == 0 ?
		    EIO : 0;
		left[i] = 2;
	}
	/* In order of their names, some of them overlapping. */
	while (sc->nev < 2 * nops) {
		i = (int)pick(seed, (unsigned int)nops);
		if (left[i] == 0 || (left[i] == 2 && i != n))
			continue;
		n += left[i] == 2;
		sc->ev[sc->nev].op = i;
		sc->ev[sc->nev++].end = left[i]-- == 1;
	}
	end_script(sc);
}

static void
use_script_host(void)
{
	struct rumpuser_hostops ops;
	struct rumpuser_provider *p;

	rumpuser_provider_through(&ops);
	ops.ho_writev = script_writev;
	ops.ho_sync = script_sync;
	ck_assert_int_eq(rumpuser_provider_create("script", &ops,
	    rumpuser_provider_current(), NULL, &p), 0);
	ck_assert_int_eq(rumpuser_provider_init(p, NULL), 0);
	ck_assert_int_eq(rumpuser_provider_use(p), 0);
}

static void
script_against_model(struct script *sc, int fd, int tearing, unsigned int seed)
{
	static struct model m;
	struct rumpuser_replay *rp;
	struct rumpuser_record *r;
	int cut, writes = 0, i;

	for (i = 0; i < sc->nops; i++)
		writes += sc->op[i].what == W;
	if (writes == 0)
		return;
	r = record("image", 0, 0);
	play(sc, fd);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	ck_assert_uint_eq(rumpuser_record_count(r), sc->nops);
	ck_assert_int_eq(rumpuser_replay_create(r, 0, scratch_path("image"),
	    tearing, SECTOR, &rp), 0);
	ck_assert_uint_eq(rumpuser_replay_cuts(rp), sc->nev + 1);
	model(&m, sc, tearing == RUMPUSER_REPLAY_SECTORS);
	m.seed = seed;
	for (cut = 0; cut <= sc->nev; cut++) {
		ck_assert_int_eq(rumpuser_replay_cut(rp, cut), 0);
		compare(&m, cut, rp, seed);
	}
	/* Backward as well. */
	cut = sc->nev / 2;
	ck_assert_int_eq(rumpuser_replay_cut(rp, cut), 0);
	compare(&m, cut, rp, seed);
	ck_assert_int_eq(rumpuser_replay_cut(rp, sc->nev + 1), NB_EINVAL);
	rumpuser_replay_free(rp);
	rumpuser_record_free(r);
}

static int
blank_image(void)
{
	char zero[IMAGE];
	int fd;

	memset(zero, '.', sizeof(zero));
	fd = scratch_file("image", 0);
	ck_assert_int_eq(pwrite(fd, zero, IMAGE, 0), IMAGE);
	return fd;
}

static void
scripts(int tearing, int nops, int failures)
{
	struct script sc;
	unsigned int seed, s;
	int fd;

	fd = blank_image();
	use_script_host();
	stub_unschedule();
	for (seed = 1; seed <= SCRIPTS; seed++) {
		s = seed;
		make_script(&sc, &s, nops, failures);
		script_against_model(&sc, fd, tearing, seed * 1000);
	}
	stub_schedule();
}

START_TEST(whole_writes)
{

	scripts(RUMPUSER_REPLAY_WHOLE, 5, 0);
}
END_TEST

START_TEST(failed_syncs)
{

	scripts(RUMPUSER_REPLAY_WHOLE, 5, 1);
}
END_TEST

START_TEST(torn_sectors)
{

	scripts(RUMPUSER_REPLAY_SECTORS, 4, 0);
}
END_TEST

/*
 * Scripts that have been wrong once.
 */

/*
 * c overlaps b and e and may come before or after either.  But as b ended
 * before e began, it cannot be over e and under b.
 */
static const struct script between = {
	.op = { { W, 1, 2, 0 }, { W, 1, 1, 0 }, { W, 1, 2, 0 }, { W, 0, 1, 0 },
	    { W, 2, 2, 0 } },
	.nops = 5,
	.ev = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 2, 0 }, { 3, 0 }, { 1, 1 },
	    { 3, 1 }, { 4, 0 }, { 2, 1 }, { 4, 1 } },
	.nev = 10,
};

START_TEST(third_between)
{
	const uint64_t e421[] = { 4, 2, 1 }, e142[] = { 1, 4, 2 };
	const uint64_t e214[] = { 2, 1, 4 };
	struct script sc = between;
	struct rumpuser_replay *rp;
	struct rumpuser_record *r;
	char medium[SECTORS];
	int fd;

	fd = blank_image();
	use_script_host();
	stub_unschedule();
	script_against_model(&sc, fd, RUMPUSER_REPLAY_WHOLE, 177000);
	script_against_model(&sc, fd, RUMPUSER_REPLAY_SECTORS, 177000);

	/* The same when they are chosen. */
	r = record("image", 0, 0);
	play(&sc, fd);
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	ck_assert_int_eq(rumpuser_replay_create(r, 0, scratch_path("image"),
	    RUMPUSER_REPLAY_WHOLE, SECTOR, &rp), 0);
	ck_assert_int_eq(rumpuser_replay_cut(rp, 8), 0);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e421, 3), NB_EINVAL);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e142, 3), 0);
	shown(rp, medium);
	ck_assert_mem_eq(medium, ".cce", SECTORS);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e214, 3), 0);
	shown(rp, medium);
	ck_assert_mem_eq(medium, ".bee", SECTORS);
	rumpuser_replay_free(rp);
	rumpuser_record_free(r);
	stub_schedule();
}
END_TEST

/*
 * Replay by hand.
 */

static struct rumpuser_replay *
replay(struct rumpuser_record *r, const char *base, int tearing)
{
	struct rumpuser_replay *rp;

	ck_assert_int_eq(rumpuser_replay_create(r, 0, scratch_path(base),
	    tearing, 0, &rp), 0);
	return rp;
}

static void
copyfile(const char *from, const char *to)
{
	char cmd[700];

	snprintf(cmd, sizeof(cmd), "cp --sparse=always '%s' '%s'",
	    scratch_path(from), scratch_path(to));
	ck_assert_int_eq(system(cmd), 0);
}

START_TEST(chosen)
{
	const uint64_t e0[] = { 0 }, e2[] = { 2 }, e02[] = { 0, 2 };
	const uint64_t e03[] = { 0, 3 }, e023[] = { 0, 2, 3 };
	const uint64_t e032[] = { 0, 3, 2 }, e9[] = { 9 };
	struct rumpuser_replay *rp;
	struct rumpuser_record *r;
	char buf[16], text[200];
	size_t n;
	int fd;

	fd = scratch_file("f", 10);
	copyfile("f", "base");
	r = record(NULL, 0, 0);
	ck_assert_int_eq(put(fd, "aaaa", 4, 0), 0);	/* 0: to 2 */
	ck_assert_int_eq(barrier(fd), 0);		/* 1: to 4 */
	ck_assert_int_eq(put(fd, "bbbb", 4, 2), 0);	/* 2: to 6 */
	ck_assert_int_eq(put(fd, "cccc", 4, 4), 0);	/* 3: to 8 */
	ck_assert_int_eq(stable(fd), 0);		/* 4: to 10 */
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	rp = replay(r, "base", RUMPUSER_REPLAY_WHOLE);
	ck_assert_uint_eq(rumpuser_replay_cuts(rp), 11);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e0, 1), NB_EINVAL);

	ck_assert_int_eq(rumpuser_replay_cut(rp, 8), 0);
	ck_assert_int_eq(rumpuser_replay_read(rp, buf, 16, 0, &n), 0);
	ck_assert_uint_eq(n, 10);
	ck_assert_mem_eq(buf, "aabbcccc\0\0", 10);
	ck_assert_int_eq(rumpuser_replay_choose(rp, NULL, 0), 0);
	ck_assert_int_eq(rumpuser_replay_read(rp, buf, 16, 0, &n), 0);
	ck_assert_mem_eq(buf, "\0\0\0\0\0\0\0\0\0\0", 10);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e0, 1), 0);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e02, 2), 0);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e03, 2), 0);
	ck_assert_int_eq(rumpuser_replay_read(rp, buf, 16, 0, &n), 0);
	ck_assert_mem_eq(buf, "aaaacccc\0\0", 10);
	ck_assert_int_eq(rumpuser_replay_describe(rp, text, sizeof(text)),
	    0);
	ck_assert_str_eq(text, "cut 8 of 10, 2 of 3 parts not yet stable: "
	    "#0 #3");
	ck_assert_int_eq(rumpuser_replay_describe(rp, text, 10), NB_E2BIG);
	/* Past the barrier; against an order that is certain; unknown. */
	ck_assert_int_eq(rumpuser_replay_choose(rp, e2, 1), NB_EINVAL);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e023, 3), 0);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e032, 3), NB_EINVAL);
	ck_assert_int_eq(rumpuser_replay_choose(rp, e9, 1), NB_EINVAL);

	/* Stable: there is one state. */
	ck_assert_int_eq(rumpuser_replay_cut(rp, 10), 0);
	ck_assert_int_eq(rumpuser_replay_next(rp), 0);
	ck_assert_int_eq(rumpuser_replay_read(rp, buf, 16, 0, &n), 0);
	ck_assert_mem_eq(buf, "aabbcccc\0\0", 10);
	ck_assert_int_eq(rumpuser_replay_next(rp), NB_ENOENT);
	ck_assert_int_eq(rumpuser_replay_next(rp), NB_ENOENT);
	rumpuser_replay_free(rp);
	rumpuser_record_free(r);
}
END_TEST

static uint64_t
checksum(int fd)
{
	uint64_t h = 0;
	uint8_t buf[4096];
	off_t off = 0;
	ssize_t n, i;

	while ((n = pread(fd, buf, sizeof(buf), off)) > 0) {
		for (i = 0; i < n; i++)
			h = h * 31 + buf[i];
		off += n;
	}
	return h + (uint64_t)off;
}

static uint64_t
replaysum(struct rumpuser_replay *rp)
{
	uint64_t h = 0, off = 0;
	uint8_t buf[3000];
	size_t n, i;

	for (;;) {
		ck_assert_int_eq(rumpuser_replay_read(rp, buf, sizeof(buf),
		    off, &n), 0);
		if (n == 0)
			break;
		for (i = 0; i < n; i++)
			h = h * 31 + buf[i];
		off += n;
	}
	ck_assert_uint_eq(off, rumpuser_replay_size(rp));
	return h + off;
}

/* A file in memory follows; at the end it is what the file is. */
START_TEST(file_in_memory)
{
	struct rumpuser_replay *rp;
	struct rumpuser_record *r;
	unsigned int seed = 5;
	uint64_t cut, sum;
	char data[9000];
	int fd, mfd, i;

	fd = scratch_file("f", 300000);
	for (i = 0; i < 30; i++)
		ck_assert_int_eq(put(fd, "before", 6, pick(&seed, 290000)),
		    0);
	copyfile("f", "base");
	r = record(NULL, 0, 0);
	for (i = 0; i < 60; i++) {
		memset(data, 'A' + i, sizeof(data));
		ck_assert_int_eq(put(fd, data, 1 + pick(&seed, 9000),
		    pick(&seed, 310000)), 0);
		if (i % 7 == 6)
			ck_assert_int_eq(i % 2 ? stable(fd) : barrier(fd), 0);
	}
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	rp = replay(r, "base", RUMPUSER_REPLAY_SECTORS);
	ck_assert_int_eq(rumpuser_replay_fd(rp, 0, &mfd), 0);
	for (cut = 0; cut < rumpuser_replay_cuts(rp); cut += 3) {
		ck_assert_int_eq(rumpuser_replay_cut(rp, cut), 0);
		ck_assert_uint_eq(checksum(mfd), replaysum(rp));
		ck_assert_int_eq(rumpuser_replay_sample(rp, cut), 0);
		sum = replaysum(rp);
		ck_assert_uint_eq(checksum(mfd), sum);
		/* The same seed, the same state. */
		ck_assert_int_eq(rumpuser_replay_sample(rp, cut + 1), 0);
		ck_assert_int_eq(rumpuser_replay_sample(rp, cut), 0);
		ck_assert_uint_eq(checksum(mfd), sum);
	}
	ck_assert_int_eq(rumpuser_replay_next(rp), NB_E2BIG);
	ck_assert_int_eq(rumpuser_replay_cut(rp,
	    rumpuser_replay_cuts(rp) - 1), 0);
	ck_assert_uint_eq(checksum(mfd), checksum(fd));
	/* Somebody has written to it. */
	ck_assert_int_eq(pwrite(mfd, "spoilt", 6, 150000), 6);
	ck_assert_int_eq(ftruncate(mfd, 200000), 0);
	ck_assert_int_eq(rumpuser_replay_fd(rp, 1, &mfd), 0);
	ck_assert_uint_eq(checksum(mfd), checksum(fd));
	rumpuser_replay_free(rp);
	rumpuser_record_free(r);
}
END_TEST

/* Thousands of cuts of a long recording in a moment. */
START_TEST(many_cuts)
{
	struct rumpuser_replay *rp;
	struct rumpuser_record *r;
	unsigned int seed = 9;
	uint64_t cut;
	char data[4096], buf[4096];
	size_t n;
	int fd, mfd, i;

	fd = scratch_file("f", 16 << 20);
	copyfile("f", "base");
	r = record(NULL, 0, 0);
	for (i = 0; i < 1500; i++) {
		memset(data, i, sizeof(data));
		ck_assert_int_eq(put(fd, data, sizeof(data),
		    (int64_t)pick(&seed, 4096) * 4096), 0);
		if (i % 50 == 49)
			ck_assert_int_eq(stable(fd), 0);
	}
	ck_assert_int_eq(rumpuser_record_stop(r), 0);
	rp = replay(r, "base", RUMPUSER_REPLAY_TORN);
	ck_assert_uint_eq(rumpuser_replay_cuts(rp), 2 * 1530 + 1);
	ck_assert_int_eq(rumpuser_replay_fd(rp, 0, &mfd), 0);
	for (cut = 0; cut < rumpuser_replay_cuts(rp); cut++) {
		ck_assert_int_eq(rumpuser_replay_cut(rp, cut), 0);
		ck_assert_int_eq(rumpuser_replay_sample(rp, cut), 0);
	}
	ck_assert_int_eq(rumpuser_replay_read(rp, buf, 4096, 4096, &n), 0);
	ck_assert_int_eq(pread(mfd, data, 4096, 4096), 4096);
	ck_assert_mem_eq(buf, data, 4096);
	rumpuser_replay_free(rp);
	rumpuser_record_free(r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *tc = tcase_create("record");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 600);
	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_test(tc, what_is_recorded);
	tcase_add_test(tc, faults_are_recorded);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, whole_writes);
	tcase_add_test(tc, failed_syncs);
	tcase_add_test(tc, torn_sectors);
	tcase_add_test(tc, third_between);
	tcase_add_test(tc, chosen);
	tcase_add_test(tc, file_in_memory);
	tcase_add_test(tc, many_cuts);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
