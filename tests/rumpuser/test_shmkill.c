/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_shmkill.c - peers that die at any instant, and peers that write
 * nonsense all over the segment.  KILLS says how often: a few times in the
 * everyday tests, 10 000 times in the full ones.
 */
#include "shmutil.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>
#include <sched.h>

#ifndef KILLS
#define KILLS	200
#endif

#define RINGBYTES	4096

/* Under the mutex, in the segment's user part. */
struct guarded {
	struct rumpuser_shmmtx mtx;
	uint64_t a, b;			/* equal, unless the mutex is dirty */
};

/* Private to the two processes: what the victim says it has done. */
struct told {
	uint64_t sent;			/* messages published for certain */
	uint64_t begun;			/* and those it had begun */
	uint64_t in_mutex;		/* it holds the mutex for certain */
} *told;

struct message {
	uint64_t seq, check;
};

static void
victim_step(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r,
    struct guarded *g, uint64_t seq)
{
	struct message m = { seq, ~seq * 3 };
	struct rumpuser_shmext e;
	struct rumpuser_shmmsg got;
	char buf[64];
	int error;
	void *p;

	if ((error = rumpuser_shmmtx_enter(&g->mtx)) != 0)
		_exit(10);
	__atomic_store_n(&told->in_mutex, 1, __ATOMIC_SEQ_CST);
	g->a++;
	if (seq % 8 == 0)
		sched_yield();
	g->b++;
	__atomic_store_n(&told->in_mutex, 0, __ATOMIC_SEQ_CST);
	if (rumpuser_shmmtx_exit(&g->mtx) != 0)
		_exit(11);
	__atomic_store_n(&told->begun, seq + 1, __ATOMIC_SEQ_CST);
	do {
		if (seq % 3 != 0) {
			error = rumpuser_shmring_send(r, &m, sizeof(m), 0);
		} else if ((error = rumpuser_shmext_alloc(seg, 256, &e,
		    &p)) == 0) {
			*(uint64_t *)p = seq;
			error = rumpuser_shmring_sendext(r, &m, sizeof(m), &e,
			    RUMPUSER_SHMRING_GIVE);
			if (error != 0)
				(void)rumpuser_shmext_drop(seg, &e);
		}
		if (error == NB_EAGAIN)
			(void)rumpuser_shmring_wait(r, RUMPUSER_SHMRING_OUT,
			    after_ms(1));
		else if (error != 0 && error != NB_ENOMEM)
			_exit(error);
	} while (error != 0);
	__atomic_store_n(&told->sent, seq + 1, __ATOMIC_SEQ_CST);
	/* What comes the other way: extents, dropped at once. */
	while (rumpuser_shmring_recv(r, buf, sizeof(buf), &got) == 0)
		if (got.sr_flags != 0)
			(void)rumpuser_shmext_drop(seg, &got.sr_ext);
}

static void
victim(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{
	uint64_t seq;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (seq = 0;; seq++)
		victim_step(seg, r, rumpuser_shmseg_user(seg), seq);
}

/* Receive what there is; the number of the next message. */
static uint64_t
drain(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r, uint64_t next,
    int *errorp)
{
	struct rumpuser_shmmsg m;
	struct message msg;
	void *p;

	while ((*errorp = rumpuser_shmring_recv(r, &msg, sizeof(msg),
	    &m)) == 0) {
		ck_assert_uint_eq(m.sr_len, sizeof(msg));
		ck_assert_uint_eq(msg.seq, next);
		ck_assert_uint_eq(msg.check, ~next * 3);
		if (next++ % 3 != 0)
			continue;
		ck_assert_uint_eq(m.sr_flags, RUMPUSER_SHMRING_GIVE);
		OK(rumpuser_shmext_addr(seg, &m.sr_ext, &p, NULL));
		ck_assert_uint_eq(*(uint64_t *)p, msg.seq);
		OK(rumpuser_shmext_drop(seg, &m.sr_ext));
	}
	return next;
}

/* The mutex as the dead left it: told if it had it, and whole again after. */
static int
recover(struct guarded *g, int had)
{
	int error = rumpuser_shmmtx_timedenter(&g->mtx, patience());

	if (had)
		ck_assert_int_eq(error, RUMPUSER_EOWNERDEAD);
	if (error == 0) {
		ck_assert_uint_eq(g->a, g->b);
	} else {
		ck_assert_int_eq(error, RUMPUSER_EOWNERDEAD);
		g->b = g->a;
		OK(rumpuser_shmmtx_clean(&g->mtx));
	}
	OK(rumpuser_shmmtx_exit(&g->mtx));
	return error != 0;
}

/* Give the victim something to hold, now and then. */
static void
feed(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{
	struct rumpuser_shmext e;

	if (rumpuser_shmext_alloc(seg, 256, &e, NULL) != 0)
		return;
	if (rumpuser_shmring_sendext(r, "", 0, &e, RUMPUSER_SHMRING_GIVE) != 0)
		OK(rumpuser_shmext_drop(seg, &e));
}

/* One victim, killed after some time; was the mutex dirty? */
static int
one_kill(struct rumpuser_shmseg *seg, uint64_t *seed)
{
	struct rumpuser_shmring *r;
	struct rumpuser_shmstat st;
	uint64_t next = 0, sent;
	int dirty, error, i;
	int64_t end;
	pid_t pid;

	memset(told, 0, sizeof(*told));
	pid = ring_child(seg, 0, &r, victim);
	/* Early, or in the midst of things, or when it is asleep. */
	end = after_ms(0) + (int64_t)(rnd(seed) % 2000000);
	for (i = 0; after_ms(0) < end; i++) {
		if (rnd(seed) % 4 != 0)
			next = drain(seg, r, next, &error);
		feed(seg, r);
		if (rnd(seed) % 64 == 0)
			(void)recover(rumpuser_shmseg_user(seg), 0);
	}
	kill(pid, SIGKILL);
	reaped(pid, -SIGKILL);
	sent = __atomic_load_n(&told->sent, __ATOMIC_SEQ_CST);
	next = drain(seg, r, next, &error);
	if (error == NB_EAGAIN) {
		OK(rumpuser_shmring_wait(r, RUMPUSER_SHMRING_IN, patience()));
		next = drain(seg, r, next, &error);
	}
	ck_assert_int_eq(error, NB_ENOTCONN);
	GIVES(rumpuser_shmring_status(r, 0), RUMPUSER_EOWNERDEAD);
	/* All that was sent for certain, and what was in flight perhaps. */
	ck_assert_uint_ge(next, sent);
	ck_assert_uint_le(next, told->begun);
	dirty = recover(rumpuser_shmseg_user(seg), told->in_mutex != 0);
	rumpuser_shmring_close(r);
	OK(rumpuser_shmseg_reap(seg, -1, NULL));
	OK(rumpuser_shmseg_stat(seg, &st));
	ck_assert_uint_eq(st.ss_used, 0);
	ck_assert_uint_eq(st.ss_held, 0);
	ck_assert_uint_eq(st.ss_transit, 0);
	ck_assert_uint_eq(st.ss_peers, 1);
	ck_assert_uint_eq(st.ss_faults, 0);
	return dirty;
}

START_TEST(kills)
{
	struct rumpuser_shmseg *seg = new_seg(1, RINGBYTES, 40, 0);
	uint64_t seed = 12345;
	unsigned int fds = open_fds();
	int dirty = 0, i;

	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < KILLS; i++)
		dirty += one_kill(seg, &seed);
	ck_assert_uint_eq(open_fds(), fds);
	/* It was worth the trouble. */
	ck_assert_int_gt(dirty, 0);
	rumpuser_shmseg_detach(seg);
	munmap(told, 4096);
}
END_TEST

/*
 * Hostile peers.
 */

/* Words that come close to what might be believed. */
static uint64_t
plausible(uint64_t *seed)
{
	static const uint64_t words[] = { 0, 1, 8, 16, 4096, 4088, 4104, 8192,
		UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 32, UINT64_C(1) <<
		63, UINT64_C(0x100) << 32, UINT64_C(2) << 32 | 64,
		UINT64_C(4) << 32 | 64, UINT64_C(2) << 32 | UINT32_MAX };

	switch (rnd(seed) % 4) {
	case 0:
		return rnd(seed);
	case 1:
		return rnd(seed) % 8192;
	case 2:
		return words[rnd(seed) % (sizeof(words) / sizeof(*words))];
	default:
		return (rnd(seed) % 512) * 8;
	}
}

/* Write to the whole segment, or most of all to one part of it. */
static void
scribble(int fd, uint64_t seed)
{
	size_t size = (size_t)lseek(fd, 0, SEEK_END), at = 0, len;
	unsigned char *base;
	uint64_t w;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	len = size;
	if (seed % 4 != 0) {
		at = seed / 4 % (size / 4096) * 4096;
		len = 4096;
	}
	for (;;) {
		w = plausible(&seed);
		memcpy(base + at + rnd(&seed) % (len / 8) * 8, &w, 8);
		if (seed % 16 == 0)
			sched_yield();
	}
}

/* Any errno will do, as long as it is one, and in time. */
static void
sane(int error)
{

	ck_assert_int_ge(error, 0);
	ck_assert_int_le(error, RUMPUSER_EOWNERDEAD);
}

static void
use_everything(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r,
    uint64_t *seed)
{
	struct guarded *g = rumpuser_shmseg_user(seg);
	struct rumpuser_shmext e;
	struct rumpuser_shmstat st;
	struct rumpuser_shmmsg m;
	unsigned char buf[512];
	size_t size;
	void *p;
	int error;

	sane(error = rumpuser_shmmtx_timedenter(&g->mtx, after_ms(1)));
	if (error == 0 || error == RUMPUSER_EOWNERDEAD)
		sane(rumpuser_shmmtx_exit(&g->mtx));
	sane(error = rumpuser_shmext_alloc(seg, 256, &e, &p));
	if (error == 0) {
		memset(p, 1, 256);
		if (rnd(seed) % 2)
			sane(rumpuser_shmring_sendext(r, buf, 10, &e,
			    RUMPUSER_SHMRING_GIVE));
		sane(rumpuser_shmext_drop(seg, &e));
	}
	memset(buf, 2, sizeof(buf));
	sane(rumpuser_shmring_send(r, buf, rnd(seed) % sizeof(buf), 0));
	sane(error = rumpuser_shmring_recv(r, buf, sizeof(buf), &m));
	if (error == 0) {
		ck_assert_uint_le(m.sr_len, sizeof(buf));
		if (m.sr_flags != 0) {
			OK(rumpuser_shmext_addr(seg, &m.sr_ext, &p, &size));
			memset(p, 3, size);
			sane(rumpuser_shmext_drop(seg, &m.sr_ext));
		}
	}
	sane(rumpuser_shmring_wait(r, RUMPUSER_SHMRING_IN |
	    (rnd(seed) & RUMPUSER_SHMRING_OUT), after_ms(0)));
	if (rnd(seed) % 16 == 0)
		sane(rumpuser_shmseg_reap(seg, -1, NULL));
	OK(rumpuser_shmseg_stat(seg, &st));
}

static void
idle(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{
	struct rumpuser_shmmsg m;
	char buf[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		(void)rumpuser_shmring_recv(r, buf, sizeof(buf), &m);
		(void)rumpuser_shmring_send(r, buf, 100, 0);
		(void)rumpuser_shmring_wait(r, RUMPUSER_SHMRING_IN,
		    after_ms(1));
		(void)seg;
	}
}

/* An honest partner and a vandal in one segment. */
static void
one_vandal(uint64_t *seed)
{
	struct rumpuser_shmseg *seg = new_seg(1, RINGBYTES, 40, 1), *again;
	struct rumpuser_shmring *r;
	pid_t pid, vandal;
	int error, i;

	pid = ring_child(seg, 0, &r, idle);
	fflush(NULL);
	if ((vandal = fork()) == 0)
		scribble(rumpuser_shmseg_fd(seg), rnd(seed));
	for (i = 0; i < 60; i++)
		use_everything(seg, r, seed);
	kill(vandal, SIGKILL);
	reaped(vandal, -SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	use_everything(seg, r, seed);
	rumpuser_shmring_close(r);
	/* What is left can be looked at, or is refused. */
	error = rumpuser_shmseg_attach(rumpuser_shmseg_fd(seg), &again);
	sane(error);
	if (error == 0)
		rumpuser_shmseg_detach(again);
	rumpuser_shmseg_detach(seg);
}

START_TEST(vandals)
{
	uint64_t seed = 99;
	unsigned int fds = open_fds();
	int i;

	for (i = 0; i < KILLS / 10; i++)
		one_vandal(&seed);
	ck_assert_uint_eq(open_fds(), fds);
}
END_TEST

/*
 * The same in one thread, where each word is wrong on its own: every word of
 * the rings' control part and of the first records, with every bad value.
 */
START_TEST(each_word)
{
	struct rumpuser_shmseg *a, *b;
	struct rumpuser_shmring *r[2];
	struct rumpuser_shmmsg m;
	unsigned char *base, buf[4096];
	uint64_t seed = 7, w;
	size_t at, size;
	int i;

	for (at = 4096; at < 4096 * 2 + 2048 + 256; at += 64) {
		a = new_seg(1, RINGBYTES, 2, 0);
		b = attach(a);
		ring_pair(a, b, SOCK_STREAM, r);
		size = (size_t)lseek(rumpuser_shmseg_fd(a), 0, SEEK_END);
		base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		    rumpuser_shmseg_fd(a), 0);
		for (i = 0; i < 30; i++) {
			sane(rumpuser_shmring_send(r[0], buf, 56, 0));
			sane(rumpuser_shmring_send(r[1], buf, 56, 0));
			w = plausible(&seed);
			memcpy(base + at, &w, 8);
			sane(rumpuser_shmring_recv(r[0], buf, 100, &m));
			sane(rumpuser_shmring_recv(r[1], buf, 100, &m));
			sane(rumpuser_shmring_recv(r[1], buf, 100, &m));
			sane(rumpuser_shmring_wait(r[0], RUMPUSER_SHMRING_IN,
			    after_ms(0)));
		}
		munmap(base, size);
		rumpuser_shmring_close(r[0]);
		rumpuser_shmring_close(r[1]);
		rumpuser_shmseg_detach(b);
		rumpuser_shmseg_detach(a);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_shmkill");
	TCase *t = tcase_create("peers");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, KILLS > 1000 ? 1700 : 250);
	tcase_add_test(t, kills);
	tcase_add_test(t, vandals);
	tcase_add_test(t, each_word);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
