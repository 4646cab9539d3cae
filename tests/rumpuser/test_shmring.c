/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_shmring.c - rings: every message once and in order, waking, no host
 * call while busy, death of the peer, extents on the way.
 */
#include "shmutil.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>

#include <rump/rumpuser_event.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

/* The contents of message @seq of direction @dir; its length. */
static size_t
make(unsigned char *buf, uint64_t seq, int dir, size_t max)
{
	size_t i, len = (seq * 2654435761u >> 7) % (max + 1);

	for (i = 0; i < len; i++)
		buf[i] = (unsigned char)(seq + i * 7 + dir);
	return len;
}

static int
same(const unsigned char *buf, size_t len, uint64_t seq, int dir, size_t max)
{
	unsigned char want[4096];

	return len == make(want, seq, dir, max) && memcmp(buf, want, len) == 0;
}

/*
 * Random traffic both ways in one thread, in every way of sending and
 * receiving, against a count of what is in between.
 */
START_TEST(model)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 1, 0), *b = attach(a);
	uint64_t in[2] = { 0, 0 }, out[2] = { 0, 0 }, seed = 9 + _i;
	struct rumpuser_shmring *r[2], *t, *f;
	struct rumpuser_shmringstat st;
	struct rumpuser_shmmsg m;
	unsigned char buf[4096];
	size_t len, max;
	const void *body;
	int d, error, full = 0, i, more;
	void *p;

	ring_pair(a, b, _i ? SOCK_SEQPACKET : SOCK_STREAM, r);
	max = _i ? rumpuser_shmring_maxlen(r[0]) : 100;
	GIVES(rumpuser_shmring_send(r[0], buf, max + 4000, 0), NB_EMSGSIZE);
	GIVES(rumpuser_shmring_commit(r[0], 0, 0), NB_EINVAL);
	GIVES(rumpuser_shmring_consume(r[0]), NB_EINVAL);
	for (i = 0; i < 100000; i++) {
		d = rnd(&seed) & 1;
		t = r[d];
		f = r[!d];
		more = rnd(&seed) % 4 == 0 ? RUMPUSER_SHMRING_MORE : 0;
		switch (rnd(&seed) % 5) {
		case 0:
			len = make(buf, in[d], d, max);
			error = rumpuser_shmring_send(t, buf, len, more);
			if (error == 0)
				in[d]++;
			else
				GIVES(error, NB_EAGAIN);
			break;
		case 1:
			error = rumpuser_shmring_reserve(t, max, &p);
			if (error == 0) {
				len = make(p, in[d]++, d, max);
				OK(rumpuser_shmring_commit(t, len, more));
			} else {
				GIVES(error, NB_EAGAIN);
				full++;
			}
			break;
		case 2:
			OK(rumpuser_shmring_flush(t));
			error = rumpuser_shmring_recv(f, buf, 1, &m);
			if (in[d] == out[d]) {
				GIVES(error, NB_EAGAIN);
				break;
			}
			len = make(buf, out[d], d, max);
			ck_assert_uint_eq(m.sr_len, len);
			GIVES(error, len <= 1 ? 0 : NB_EMSGSIZE);
			out[d] += len <= 1;
			break;
		case 3:
			error = rumpuser_shmring_recv(f, buf, sizeof(buf), &m);
			if (error == 0) {
				ck_assert_uint_lt(out[d], in[d]);
				ck_assert(same(buf, m.sr_len, out[d]++, d,
				    max));
			} else {
				GIVES(error, NB_EAGAIN);
			}
			break;
		case 4:
			if (rumpuser_shmring_peek(f, &body, &m) != 0)
				break;
			ck_assert(same(body, m.sr_len, out[d]++, d, max));
			OK(rumpuser_shmring_consume(f));
			break;
		}
	}
	ck_assert_int_gt(full, 100);
	/* Nobody slept, so nobody was rung. */
	for (i = 0; i < 2; i++) {
		rumpuser_shmring_stat(r[i], &st);
		ck_assert_uint_eq(st.sr_rung, 0);
		OK(rumpuser_shmring_status(r[i], 1));
	}
	rumpuser_shmring_close(r[0]);
	rumpuser_shmring_close(r[1]);
	rumpuser_shmseg_detach(b);
	rumpuser_shmseg_detach(a);
}
END_TEST

#define MESSAGES	20000

struct worker {
	struct rumpuser_shmring *r;
	int dir;
};

static void *
sender(void *arg)
{
	struct worker *w = arg;
	unsigned char buf[4096];
	uint64_t i, seed = 5 + w->dir;
	size_t len;

	for (i = 0; i < MESSAGES; i++) {
		len = make(buf, i, w->dir, 200);
		if (send_wait(w->r, buf, len) != 0)
			abort();
		if (rnd(&seed) % 1024 == 0)
			usleep(100);
	}
	return NULL;
}

static void *
receiver(void *arg)
{
	struct worker *w = arg;
	struct rumpuser_shmmsg m;
	unsigned char buf[4096];
	uint64_t i, seed = 50 + w->dir;

	for (i = 0; i < MESSAGES; i++) {
		if (recv_wait(w->r, buf, sizeof(buf), &m) != 0 ||
		    !same(buf, m.sr_len, i, w->dir, 200))
			abort();
		if (rnd(&seed) % 1024 == 0)
			usleep(100);
	}
	return NULL;
}

/* A sender and a receiver at each end, all of which sleep now and then. */
START_TEST(threads)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 1, 0);
	struct rumpuser_shmring *r[2];
	struct worker w[4];
	pthread_t t[4];
	int i;

	ring_pair(a, a, SOCK_STREAM, r);
	for (i = 0; i < 4; i++) {
		w[i].r = r[i & 1];
		w[i].dir = i < 2 ? i : !(i & 1);
		pthread_create(&t[i], NULL, i < 2 ? sender : receiver, &w[i]);
	}
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	rumpuser_shmring_close(r[0]);
	rumpuser_shmring_close(r[1]);
	rumpuser_shmseg_detach(a);
}
END_TEST

static void
echo(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{
	struct rumpuser_shmmsg m;
	unsigned char buf[4096];
	int error;

	(void)seg;
	while ((error = recv_wait(r, buf, sizeof(buf), &m)) == 0)
		CHILD_OK(send_wait(r, buf, m.sr_len));
	_exit(error == NB_ENOTCONN ? 0 : 1);
}

/* From here on the host knows no membarrier(2). */
static void
refuse_membarrier(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), 0);
}

/*
 * Pauses of all lengths on one side, with membarrier(2), without, and where
 * it is refused after the ends are open: each wake-up is needed, none is
 * lost.
 */
START_TEST(wakeups)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 1, 0);
	struct rumpuser_shmringstat st;
	struct rumpuser_shmring *r;
	struct rumpuser_shmmsg m;
	unsigned char buf[4096];
	uint64_t i, seed = 77;
	size_t len;
	pid_t pid;

	if (_i == 1)
		setenv("RUMP_MEMBARRIER", "no", 1);
	pid = ring_child(a, 0, &r, echo);
	if (_i == 2)
		refuse_membarrier();
	for (i = 0; i < 2000; i++) {
		len = make(buf, i, 0, 300);
		OK(send_wait(r, buf, len));
		if (rnd(&seed) % 4 == 0)
			usleep(rnd(&seed) % 200);
		OK(recv_wait(r, buf, sizeof(buf), &m));
		ck_assert(same(buf, m.sr_len, i, 0, 300));
	}
	usleep(20000);
	OK(send_wait(r, buf, 1));
	OK(recv_wait(r, buf, sizeof(buf), &m));
	rumpuser_shmring_stat(r, &st);
	ck_assert_uint_ge(st.sr_rung, 1);
	GIVES(rumpuser_shmring_wait(r, RUMPUSER_SHMRING_IN, after_ms(30)),
	    NB_ETIMEDOUT);
	OK(rumpuser_shmring_wait(r, RUMPUSER_SHMRING_OUT, after_ms(0)));
	rumpuser_shmring_close(r);
	reaped(pid, 0);
	rumpuser_shmseg_detach(a);
}
END_TEST

#ifndef __SANITIZE_THREAD__
#define BUSY	20000

/* From here on every host call is death, but for the end of the thread. */
static void
no_host_calls(void)
{

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == -1)
		_exit(2);
}

/* Both ways at once, each as far as it goes, so that time slices do not hurt. */
static void
busy(struct rumpuser_shmring *r, int dir)
{
	static unsigned char buf[4096];
	struct rumpuser_shmmsg m;
	uint64_t got = 0, sent = 0;
	size_t len;

	alarm(100);
	no_host_calls();
	while (got < BUSY || sent < BUSY) {
		len = make(buf, sent, dir, 100);
		if (sent < BUSY &&
		    rumpuser_shmring_send(r, buf, len, 0) == 0)
			sent++;
		if (got == BUSY || rumpuser_shmring_recv(r, buf, sizeof(buf),
		    &m) != 0)
			continue;
		if (!same(buf, m.sr_len, got++, !dir, 100))
			syscall(SYS_exit, 3);
	}
}

static void
busy_child(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{

	(void)seg;
	busy(r, 1);
	syscall(SYS_exit, 0);
}

/*
 * While both are awake there is no host call at all.  Not under the thread
 * sanitizer, which makes calls of its own.
 */
START_TEST(no_calls)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 1, 0);
	struct rumpuser_shmring *r;
	pid_t outer, pid;
	int status;

	fflush(NULL);
	if ((outer = fork()) == 0) {
		a = new_seg(1, 1 << 16, 1, 0);
		pid = ring_child(a, 0, &r, busy_child);
		(void)pid;
		busy(r, 0);
		syscall(SYS_exit, 0);
	}
	ck_assert_int_eq(waitpid(outer, &status, 0), outer);
	ck_assert_int_eq(status, 0);
	rumpuser_shmseg_detach(a);
}
END_TEST
#endif

static void
send_and_stop(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{
	unsigned char buf[4096];
	struct rumpuser_shmext e;
	uint64_t i;
	void *p;

	for (i = 0; i < 5; i++)
		CHILD_OK(rumpuser_shmring_send(r, buf, make(buf, i, 0, 50),
		    0));
	CHILD_OK(rumpuser_shmext_alloc(seg, 256, &e, &p));
	strcpy(p, "payload");
	CHILD_OK(rumpuser_shmring_sendext(r, "e", 1, &e,
	    RUMPUSER_SHMRING_GIVE));
	/* Half a message, and one that is not published. */
	CHILD_OK(rumpuser_shmext_alloc(seg, 256, &e, &p));
	CHILD_OK(rumpuser_shmring_sendext(r, "f", 1, &e,
	    RUMPUSER_SHMRING_GIVE | RUMPUSER_SHMRING_MORE));
	CHILD_OK(rumpuser_shmring_reserve(r, 50, &p));
	memset(p, 1, 50);
	*(int *)rumpuser_shmseg_user(seg) = 1;
	for (;;)
		pause();
}

static void
send_and_close(struct rumpuser_shmseg *seg, struct rumpuser_shmring *r)
{
	unsigned char buf[4096];
	uint64_t i;

	for (i = 0; i < 5; i++)
		CHILD_OK(rumpuser_shmring_send(r, buf, make(buf, i, 0, 50),
		    i == 4 ? RUMPUSER_SHMRING_MORE : 0));
	rumpuser_shmring_close(r);
	rumpuser_shmseg_detach(seg);
}

/* What was published is received; then the end, with its reason. */
START_TEST(death)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 8, 0);
	struct rumpuser_shmring *r;
	struct rumpuser_shmstat st;
	struct rumpuser_shmmsg m;
	unsigned char buf[4096];
	unsigned int fds, n;
	uint64_t i;
	pid_t pid;
	void *p;

	/* A second peer after the first finds the ring as new. */
	fds = open_fds();
	pid = ring_child(a, 0, &r, _i ? send_and_close : send_and_stop);
	if (_i == 0) {
		while (*(volatile int *)rumpuser_shmseg_user(a) == 0)
			usleep(1000);
		kill(pid, SIGKILL);
	}
	reaped(pid, _i ? 0 : -SIGKILL);
	for (i = 0; i < 5; i++) {
		OK(rumpuser_shmring_recv(r, buf, sizeof(buf), &m));
		ck_assert(same(buf, m.sr_len, i, 0, 50));
	}
	if (_i == 0) {
		OK(rumpuser_shmring_recv(r, buf, sizeof(buf), &m));
		ck_assert_uint_eq(m.sr_flags, RUMPUSER_SHMRING_GIVE);
		OK(rumpuser_shmext_addr(a, &m.sr_ext, &p, NULL));
		ck_assert_str_eq(p, "payload");
	}
	OK(rumpuser_shmring_wait(r, RUMPUSER_SHMRING_IN, patience()));
	GIVES(rumpuser_shmring_recv(r, buf, sizeof(buf), &m), NB_ENOTCONN);
	GIVES(rumpuser_shmring_send(r, buf, 1, 0), NB_EPIPE);
	GIVES(rumpuser_shmring_status(r, 0), _i ? NB_ENOTCONN :
	    RUMPUSER_EOWNERDEAD);
	rumpuser_shmring_close(r);
	if (_i == 0) {
		OK(rumpuser_shmseg_reap(a, 1, &n));
		ck_assert_uint_eq(n, 1);	/* the unpublished one's */
		OK(rumpuser_shmext_drop(a, &m.sr_ext));
	}
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 0);
	ck_assert_uint_eq(st.ss_peers, 1);
	ck_assert_uint_eq(open_fds(), fds);
	pid = ring_child(a, 0, &r, echo);
	OK(send_wait(r, "again", 5));
	OK(recv_wait(r, buf, sizeof(buf), &m));
	ck_assert_uint_eq(m.sr_len, 5);
	rumpuser_shmring_close(r);
	reaped(pid, 0);
	rumpuser_shmseg_detach(a);
	ck_assert_uint_eq(open_fds(), fds - 1);
}
END_TEST

/* The peer dies before it has taken what was given to it. */
START_TEST(undelivered)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 8, 0);
	struct rumpuser_shmring *r;
	struct rumpuser_shmstat st;
	struct rumpuser_shmext e;
	pid_t pid;
	int i;

	pid = ring_child(a, 0, &r, send_and_stop);
	for (i = 0; i < 4; i++) {
		while (rumpuser_shmext_alloc(a, 256, &e, NULL) != 0)
			usleep(1000);
		OK(rumpuser_shmring_sendext(r, "x", 1, &e,
		    i & 1 ? RUMPUSER_SHMRING_GIVE : RUMPUSER_SHMRING_LEND));
		if ((i & 1) == 0)
			OK(rumpuser_shmext_drop(a, &e));
	}
	GIVES(rumpuser_shmring_sendext(r, "x", 1, &e, RUMPUSER_SHMRING_GIVE),
	    NB_EPERM);
	while (*(volatile int *)rumpuser_shmseg_user(a) == 0)
		usleep(1000);
	kill(pid, SIGKILL);
	reaped(pid, -SIGKILL);
	GIVES(rumpuser_shmring_status(r, 1), RUMPUSER_EOWNERDEAD);
	rumpuser_shmring_close(r);
	OK(rumpuser_shmseg_reap(a, -1, NULL));
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 0);
	rumpuser_shmseg_detach(a);
}
END_TEST

/* Extents by both ways, between two attachments and within one. */
START_TEST(extents)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 8, 0);
	struct rumpuser_shmseg *b = _i ? a : attach(a);
	struct rumpuser_shmring *r[2];
	struct rumpuser_shmstat st;
	struct rumpuser_shmext e;
	struct rumpuser_shmmsg m;
	char buf[16];
	int i;

	ring_pair(a, b, SOCK_STREAM, r);
	for (i = 0; i < 100; i++) {
		OK(rumpuser_shmext_alloc(a, 256, &e, NULL));
		OK(rumpuser_shmring_sendext(r[0], "give", 4, &e,
		    RUMPUSER_SHMRING_GIVE));
		OK(rumpuser_shmring_recv(r[1], buf, 16, &m));
		ck_assert_uint_eq(m.sr_len, 4);
		ck_assert_int_eq(memcmp(buf, "give", 4), 0);
		GIVES(rumpuser_shmring_sendext(r[1], buf, 4, &m.sr_ext, 0),
		    NB_EINVAL);
		OK(rumpuser_shmring_sendext(r[1], "lend", 4, &m.sr_ext,
		    RUMPUSER_SHMRING_LEND));
		OK(rumpuser_shmring_recv(r[0], buf, 16, &m));
		ck_assert_uint_eq(m.sr_flags, RUMPUSER_SHMRING_LEND);
		OK(rumpuser_shmext_drop(b, &m.sr_ext));
		OK(rumpuser_shmext_drop(a, &m.sr_ext));
	}
	/* Lent, and dropped too early: the message without the extent. */
	OK(rumpuser_shmext_alloc(a, 256, &e, NULL));
	OK(rumpuser_shmring_sendext(r[0], "late", 4, &e,
	    RUMPUSER_SHMRING_LEND));
	OK(rumpuser_shmext_drop(a, &e));
	GIVES(rumpuser_shmring_recv(r[1], buf, 16, &m), NB_ESTALE);
	OK(rumpuser_shmring_recv(r[1], buf, 16, &m));
	ck_assert_uint_eq(m.sr_flags, 0);
	ck_assert_int_eq(memcmp(buf, "late", 4), 0);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 0);
	ck_assert_uint_eq(st.ss_faults, 0);
	rumpuser_shmring_close(r[0]);
	rumpuser_shmring_close(r[1]);
	if (!_i)
		rumpuser_shmseg_detach(b);
	rumpuser_shmseg_detach(a);
}
END_TEST

/* A poll loop of somebody else's. */
START_TEST(events)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 8, 0);
	struct rumpuser_shmring *r;
	struct rumpuser_shmmsg m;
	struct pollfd pfd[2];
	char buf[4096];
	pid_t pid;
	int got = 0, sent = 0, error;

	pid = ring_child(a, 0, &r, echo);
	pfd[0].fd = rumpuser_shmring_fd(r);
	pfd[1].fd = rumpuser_shmring_deathfd(r);
	pfd[0].events = pfd[1].events = POLLIN;
	while (got < 500) {
		if (sent < 500 && sent - got < 3) {
			OK(rumpuser_shmring_send(r, &sent, sizeof(int), 0));
			sent++;
		}
		if (rumpuser_shmring_recv(r, buf, sizeof(buf), &m) == 0) {
			ck_assert_int_eq(memcmp(buf, &got, sizeof(int)), 0);
			got++;
			continue;
		}
		if (rumpuser_shmring_arm(r, RUMPUSER_SHMRING_IN) != 0)
			continue;
		ck_assert_int_gt(poll(pfd, 2, 60000), 0);
		rumpuser_shmring_ack(r);
	}
	kill(pid, SIGKILL);
	/* A bell that was rung for what has been read may come first. */
	while ((error = rumpuser_shmring_arm(r, RUMPUSER_SHMRING_IN)) == 0) {
		ck_assert_int_gt(poll(pfd, 2, 60000), 0);
		rumpuser_shmring_ack(r);
	}
	ck_assert_int_eq(error, NB_EBUSY);
	GIVES(rumpuser_shmring_recv(r, buf, sizeof(buf), &m), NB_ENOTCONN);
	rumpuser_shmring_close(r);
	reaped(pid, -SIGKILL);
	rumpuser_shmseg_detach(a);
}
END_TEST

/* The event engine, which knows nothing of rings. */
struct served {
	struct rumpuser_shmring *r;
	struct rumpuser_task *task;
	pid_t pid;
	int got, ended;
};

static void
serve(void *env, uintptr_t arg, int error)
{
	struct served *v = env;
	struct rumpuser_shmmsg m;
	char buf[64];

	(void)arg;
	(void)error;
	rumpuser_shmring_ack(v->r);
	do {
		while ((error = rumpuser_shmring_recv(v->r, buf, sizeof(buf),
		    &m)) == 0) {
			ck_assert_int_eq(memcmp(buf, &v->got, sizeof(int)), 0);
			if (++v->got == 300)
				kill(v->pid, SIGKILL);
			else
				OK(rumpuser_shmring_send(v->r, &v->got,
				    sizeof(int), 0));
		}
	} while (error == NB_EAGAIN &&
	    rumpuser_shmring_arm(v->r, RUMPUSER_SHMRING_IN) != 0);
	if (error == NB_EAGAIN)
		return;
	ck_assert_int_eq(error, NB_ENOTCONN);
	v->ended = 1;
	rumpuser_task_stop(v->task);
}

START_TEST(engine)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 8, 0);
	struct served v = { 0 };
	struct rumpuser_poll bell, death;

	v.pid = ring_child(a, 0, &v.r, echo);
	OK(rumpuser_task_create(&v.task, NULL));
	rumpuser_poll_init(&bell, v.task, rumpuser_shmring_fd(v.r), serve, &v);
	rumpuser_poll_init(&death, v.task, rumpuser_shmring_deathfd(v.r),
	    serve, &v);
	OK(rumpuser_poll_enable(&bell, RUMPUSER_POLL_RECV));
	OK(rumpuser_poll_enable(&death, RUMPUSER_POLL_IN));
	OK(rumpuser_shmring_arm(v.r, RUMPUSER_SHMRING_IN));
	OK(rumpuser_shmring_send(v.r, &v.got, sizeof(int), 0));
	OK(rumpuser_task_run(v.task));
	ck_assert_int_eq(v.got, 300);
	ck_assert_int_eq(v.ended, 1);
	(void)rumpuser_event_cancel(&bell.p_ev);
	(void)rumpuser_event_cancel(&death.p_ev);
	OK(rumpuser_task_destroy(v.task));
	rumpuser_shmring_close(v.r);
	reaped(v.pid, -SIGKILL);
	rumpuser_shmseg_detach(a);
}
END_TEST

START_TEST(setting_up)
{
	struct rumpuser_shmseg *a = new_seg(2, 4096, 1, 0), *other;
	struct rumpuser_shmring *r[2], *x;
	struct rumpuser_shmmsg m;
	int fds[2], sv[2];
	char buf[8];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(pipe(fds), 0);
	GIVES(rumpuser_shmring_open(a, 2, 0, sv[0], &x), NB_EINVAL);
	GIVES(rumpuser_shmring_open(a, 0, 2, sv[0], &x), NB_EINVAL);
	GIVES(rumpuser_shmring_open(a, 0, 0, fds[0], &x), 38);
	OK(rumpuser_shmring_open(a, 0, 0, sv[0], &r[0]));
	GIVES(rumpuser_shmring_open(a, 0, 0, sv[1], &x), NB_EBUSY);
	GIVES(rumpuser_shmring_connect(r[0], after_ms(10)), NB_ETIMEDOUT);
	GIVES(rumpuser_shmring_send(r[0], buf, 1, 0), NB_ENOTCONN);
	GIVES(rumpuser_shmring_recv(r[0], buf, 1, &m), NB_ENOTCONN);
	OK(rumpuser_shmring_open(a, 0, 1, sv[1], &r[1]));
	OK(rumpuser_shmring_connect(r[0], patience()));
	OK(rumpuser_shmring_connect(r[1], patience()));
	OK(rumpuser_shmring_send(r[0], "x", 1, 0));
	OK(rumpuser_shmring_recv(r[1], buf, 8, &m));
	rumpuser_shmring_close(r[0]);
	rumpuser_shmring_close(r[1]);
	/* The wrong ring, another segment, nonsense, nobody. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	OK(rumpuser_shmring_open(a, 0, 0, sv[0], &r[0]));
	OK(rumpuser_shmring_open(a, 1, 1, sv[1], &r[1]));
	GIVES(rumpuser_shmring_connect(r[0], patience()), NB_EPROTO);
	GIVES(rumpuser_shmring_connect(r[0], patience()), NB_EPROTO);
	rumpuser_shmring_close(r[0]);
	GIVES(rumpuser_shmring_connect(r[1], patience()), NB_ENOTCONN);
	rumpuser_shmring_close(r[1]);
	other = new_seg(1, 4096, 1, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	OK(rumpuser_shmring_open(a, 0, 0, sv[0], &r[0]));
	OK(rumpuser_shmring_open(other, 0, 1, sv[1], &r[1]));
	GIVES(rumpuser_shmring_connect(r[0], patience()), NB_EPROTO);
	rumpuser_shmring_close(r[0]);
	rumpuser_shmring_close(r[1]);
	rumpuser_shmseg_detach(other);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	OK(rumpuser_shmring_open(a, 0, 0, sv[0], &r[0]));
	ck_assert_int_eq(write(sv[1], buf, 5), 5);
	GIVES(rumpuser_shmring_connect(r[0], patience()), NB_EPROTO);
	rumpuser_shmring_close(r[0]);
	close(sv[1]);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	OK(rumpuser_shmring_open(a, 0, 0, sv[0], &r[0]));
	close(sv[1]);
	GIVES(rumpuser_shmring_connect(r[0], patience()), NB_ENOTCONN);
	rumpuser_shmring_close(r[0]);
	close(fds[0]);
	close(fds[1]);
	rumpuser_shmseg_detach(a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_shmring");
	TCase *t = tcase_create("ring");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, model, 0, 2);
	tcase_add_test(t, threads);
	tcase_add_loop_test(t, wakeups, 0, 3);
#ifndef __SANITIZE_THREAD__
	tcase_add_test(t, no_calls);
#endif
	tcase_add_loop_test(t, death, 0, 2);
	tcase_add_test(t, undelivered);
	tcase_add_loop_test(t, extents, 0, 2);
	tcase_add_test(t, events);
	tcase_add_test(t, engine);
	tcase_add_test(t, setting_up);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
