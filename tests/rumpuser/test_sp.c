/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_sp.c - the server of remote clients: good ones, slow ones, silent
 * ones, hostile ones.
 */
#include "spclient.h"
#include "spkern.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern unsigned int rumpsp_maxworker, rumpsp_idleworker;

enum { NB_EPERM = 1, NB_EINTR = 4, NB_EFAULT = 14, NB_EBUSY = 16,
    NB_EINVAL = 22, NB_EOPNOTSUPP = 45, NB_EADDRINUSE = 48,
    NB_ENAMETOOLONG = 63, NB_ENOSYS = 78 };

#define A(...)	((const uint64_t[]){ __VA_ARGS__ })
#define P(p)	((uint64_t)(uintptr_t)(p))

static char dir[128];

static void
mkdirs(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.60s/spXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(cl_url, sizeof(cl_url), "unix://%s/sock", dir);
}

static int
serve_at(const char *url)
{

	return rumpuser_sp_init(url, "NetBSD", "7.99.34", "amd64");
}

static void
setup(void)
{

	mkdirs();
	spkern_init();
	ck_assert_int_eq(serve_at(cl_url), 0);
}

static void
setup_small(void)
{

	rumpsp_maxworker = 4;
	rumpsp_idleworker = 2;
	setup();
}

static void
teardown(void)
{
	char cmd[200];

	rumpuser_sp_fini(NULL);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

/* Wait for the server to come to something. */
static void
eventually_(int (*fn)(void), int want, const char *what)
{
	int i;

	for (i = 0; i < 15000 && fn() != want; i++)
		usleep(2000);
	ck_assert_msg(fn() == want, "%s is %d, not %d", what, fn(), want);
}
#define eventually(fn, want)	eventually_(fn, want, #fn)

START_TEST(guest)
{
	long rv[2], rv2[2];
	struct cl a, b;

	cl_open(&a, "a");
	cl_open(&b, "b");
	ck_assert_int_eq(spkern_procs(), 2);
	ck_assert(spkern_named("a") && spkern_named("b"));
	ck_assert_int_eq(cl_call(&a, SYS_getpid, NULL, 0, rv), 0);
	ck_assert_int_eq(cl_call(&b, SYS_getpid, NULL, 0, rv2), 0);
	ck_assert_int_ge(rv[0], 2);
	ck_assert_int_ne(rv[0], rv2[0]);
	ck_assert_int_eq(rv[1], 1);
	ck_assert_int_eq(cl_call(&a, SYS_set, A(5), 1, NULL), 0);
	ck_assert_int_eq(cl_call(&b, SYS_get, NULL, 0, rv), 0);
	ck_assert_int_eq(rv[0], 0);
	ck_assert_int_eq(cl_call(&a, 999, NULL, 0, NULL), NB_ENOSYS);
	/* Slots that the client does not give are zero. */
	ck_assert_int_eq(cl_call(&a, SYS_sum, A(1, 2, 3), 3, rv), 0);
	ck_assert_int_eq(rv[0], 6);
	cl_close(&a);
	eventually(spkern_procs, 1);
	ck_assert(!spkern_named("a"));
	ck_assert_int_eq(cl_call(&b, SYS_getpid, NULL, 0, rv), 0);
	cl_close(&b);
	eventually(spkern_procs, 0);
	ck_assert_int_eq(spkern_lwps(), 0);
}
END_TEST

START_TEST(copies)
{
	static char in[200000], out[200000], str[64];
	struct cl c;
	long rv[2];
	size_t i;

	cl_open(&c, "copies");
	for (i = 0; i < sizeof(in); i++)
		in[i] = (char)('a' + i % 26);
	ck_assert_int_eq(cl_call(&c, SYS_upper, A(P(in), P(out), sizeof(in)),
	    3, NULL), 0);
	for (i = 0; i < sizeof(in); i++)
		ck_assert_int_eq(out[i], in[i] - 'a' + 'A');
	ck_assert_int_eq(cl_call(&c, SYS_upper, A(P(in), P(out), 0), 3, NULL),
	    0);
	ck_assert_int_eq(cl_call(&c, SYS_reverse, A(P("hello"), P(str), 64),
	    3, NULL), 0);
	ck_assert_str_eq(str, "olleh");
	ck_assert_int_eq(cl_call(&c, SYS_reverse, A(P("hello"), P(str), 5),
	    3, NULL), NB_ENAMETOOLONG);
	ck_assert_int_eq(cl_call(&c, SYS_mmap, A(100000), 1, rv), 0);
	memset((void *)rv[0], 1, 100000);
	ck_assert_int_eq(cl_call(&c, SYS_mmap, A(UINT64_MAX / 2), 1, rv), 12);
	ck_assert_int_eq(cl_call(&c, SYS_raise, A(30), 1, NULL), 0);
	ck_assert_int_eq(c.raised, 30);
	/* A client that has no such memory says so. */
	c.refuse = 1;
	ck_assert_int_eq(cl_call(&c, SYS_upper, A(8, 8, 8), 3, NULL),
	    NB_EFAULT);
	ck_assert_int_eq(cl_call(&c, SYS_reverse, A(8, 8, 8), 3, NULL),
	    NB_EFAULT);
	c.refuse = 0;
	ck_assert_int_eq(cl_call(&c, SYS_getpid, NULL, 0, rv), 0);
	cl_close(&c);
	eventually(spkern_procs, 0);
}
END_TEST

/* Frames may come in pieces of any size. */
START_TEST(pieces)
{
	static char out[50];
	struct cl c;

	cl_open(&c, NULL);
	c.chunk = 1;
	ck_assert_int_eq(cl_handshake(&c, H_GUEST, "piece", 6), 0);
	ck_assert_int_eq(cl_call(&c, SYS_upper, A(P("pieces"), P(out), 7), 3,
	    NULL), 0);
	ck_assert_str_eq(out, "PIECES");
	cl_close(&c);
}
END_TEST

START_TEST(states)
{
	struct cl c;
	long rv[2];

	cl_open(&c, NULL);
	ck_assert_int_eq(cl_call(&c, SYS_getpid, NULL, 0, rv), -E_AUTH);
	ck_assert_int_eq(cl_ask(&c, T_PREFORK, 0, NULL, 0, NULL, 0), -E_AUTH);
	ck_assert_int_eq(cl_handshake(&c, H_EXEC, "x", 2), -E_AUTH);
	ck_assert_int_eq(cl_handshake(&c, H_AUTH, "x", 2), -E_AUTH);
	ck_assert_int_eq(cl_handshake(&c, H_GUEST, "refused", 8), -E_RFORK);
	ck_assert_int_eq(cl_handshake(&c, H_GUEST, "ok", 3), 0);
	ck_assert_int_eq(cl_handshake(&c, H_GUEST, "ok", 3), -E_AUTH);
	ck_assert_int_eq(cl_call(&c, SYS_getpid, NULL, 0, rv), 0);
	cl_close(&c);
	eventually(spkern_procs, 0);
}
END_TEST

struct forkmsg {
	uint32_t auth[4];
	int cancel;
};

START_TEST(forks)
{
	struct cl parent, child, other;
	struct forkmsg m = { { 0 }, 0 };
	long prv[2], rv[2];

	cl_open(&parent, "forker");
	ck_assert_int_eq(cl_call(&parent, SYS_getpid, NULL, 0, prv), 0);
	ck_assert_int_eq(cl_call(&parent, SYS_set, A(77), 1, NULL), 0);
	ck_assert_int_eq(cl_ask(&parent, T_PREFORK, 0, NULL, 0, m.auth, 16),
	    0);
	ck_assert_int_eq(spkern_procs(), 2);
	/* What the parent does from here on is not the child's. */
	ck_assert_int_eq(cl_call(&parent, SYS_set, A(1), 1, NULL), 0);

	cl_open(&other, NULL);
	m.auth[3] ^= 1;
	ck_assert_int_eq(cl_handshake(&other, H_FORK, &m, sizeof(m)),
	    -E_PREFORK);
	m.auth[3] ^= 1;
	cl_open(&child, NULL);
	ck_assert_int_eq(cl_handshake(&child, H_FORK, &m, sizeof(m)), 0);
	ck_assert_int_eq(cl_call(&child, SYS_get, NULL, 0, rv), 0);
	ck_assert_int_eq(rv[0], 77);
	ck_assert_int_eq(cl_call(&child, SYS_getpid, NULL, 0, rv), 0);
	ck_assert_int_ne(rv[0], prv[0]);
	ck_assert_int_eq(rv[1], prv[0]);
	/* Once only. */
	ck_assert_int_eq(cl_handshake(&other, H_FORK, &m, sizeof(m)),
	    -E_PREFORK);

	/* The child outlives the parent, and may fork itself. */
	cl_close(&parent);
	eventually(spkern_procs, 1);
	ck_assert_int_eq(cl_ask(&child, T_PREFORK, 0, NULL, 0, m.auth, 16),
	    0);
	ck_assert_int_eq(spkern_procs(), 2);
	m.cancel = 1;
	ck_assert_int_eq(cl_handshake(&other, H_FORK, &m, sizeof(m)), 0);
	eventually(spkern_procs, 1);
	/* It is nobody yet, and can become somebody. */
	ck_assert_int_eq(cl_call(&other, SYS_get, NULL, 0, rv), -E_AUTH);
	ck_assert_int_eq(cl_handshake(&other, H_GUEST, "other", 6), 0);
	cl_close(&child);
	cl_close(&other);
	eventually(spkern_procs, 0);
}
END_TEST

/* Claims that nobody comes for are bounded. */
START_TEST(forklimit)
{
	struct cl c;
	uint32_t auth[4];
	int i, rv = 0;

	cl_open(&c, "forkbomb");
	for (i = 0; i < 100 && rv == 0; i++)
		rv = cl_ask(&c, T_PREFORK, 0, NULL, 0, auth, 16);
	ck_assert_int_eq(rv, -E_TRYAGAIN);
	ck_assert_int_le(spkern_procs(), 40);
	ck_assert_int_eq(cl_call(&c, SYS_get, NULL, 0, NULL), 0);
	cl_close(&c);
}
END_TEST

START_TEST(execs)
{
	struct cl c;
	long pid[2], rv[2];
	int i;

	cl_open(&c, "before");
	ck_assert_int_eq(cl_call(&c, SYS_getpid, NULL, 0, pid), 0);
	ck_assert_int_eq(cl_call(&c, SYS_set, A(9), 1, NULL), 0);
	/* Threads of the old program: their calls end, without an answer. */
	for (i = 0; i < 3; i++)
		cl_start(&c, SYS_block, NULL, 0);
	cl_start(&c, SYS_upper, A(8, 8, 8), 3);
	eventually(spkern_blocked, 3);
	c.reqno = 0;
	cl_send(&c, REQ, T_HANDSHAKE, c.reqno++, H_EXEC, "after", 6);
	for (;;) {
		struct frame f;
		char body[64];

		ck_assert_int_eq(cl_header(&c, &f), 0);
		cl_body(&c, body, f.len - sizeof(f));
		if (f.class == REQ)
			continue;	/* the copy of old */
		ck_assert_int_eq(f.class, RESP);
		ck_assert_int_eq(f.type, T_HANDSHAKE);
		break;
	}
	ck_assert_int_eq(spkern_blocked(), 0);
	ck_assert(spkern_named("after") && !spkern_named("before"));
	ck_assert_int_eq(cl_call(&c, SYS_getpid, NULL, 0, rv), 0);
	ck_assert_int_eq(rv[0], pid[0]);
	ck_assert_int_eq(cl_call(&c, SYS_get, NULL, 0, rv), 0);
	ck_assert_int_eq(rv[0], 0);
	cl_close(&c);
	eventually(spkern_procs, 0);
}
END_TEST

/* Exec by a program that has not read megabytes meant for it. */
START_TEST(execs_unread)
{
	static char trash[1 << 20];
	struct frame f;
	struct cl c;
	size_t n, total = 0;
	int i;

	cl_open(&c, "unread");
	for (i = 0; i < 4; i++)
		cl_start(&c, SYS_fill, A(8, 1 << 20, 3), 3);
	usleep(50000);
	for (i = 0; i < 4; i++)
		cl_start(&c, SYS_getpid, NULL, 0);
	usleep(50000);
	c.reqno = 0;
	cl_send(&c, REQ, T_HANDSHAKE, c.reqno++, H_EXEC, "next", 5);
	do {
		ck_assert_int_eq(cl_header(&c, &f), 0);
		for (f.len -= sizeof(f); f.len > 0; f.len -= n) {
			n = f.len < sizeof(trash) ? f.len : sizeof(trash);
			cl_body(&c, trash, n);
			total += n;
		}
	} while (f.type != T_HANDSHAKE);
	ck_assert_int_eq(f.class, RESP);
	/* What had not begun to be sent is not for the new program. */
	ck_assert_uint_lt(total, 3 << 20);
	ck_assert(spkern_named("next"));
	ck_assert_int_eq(cl_call(&c, SYS_get, NULL, 0, NULL), 0);
	cl_close(&c);
	eventually(spkern_procs, 0);
}
END_TEST

/* A client that goes takes its sleeping calls with it. */
START_TEST(disconnect)
{
	struct cl c;
	int i;

	for (i = 0; i < 20; i++) {
		cl_open(&c, "gone");
		cl_start(&c, SYS_block, NULL, 0);
		if (i % 2 == 0)
			cl_start(&c, SYS_upper, A(8, 8, 1 << 20), 3);
		if (i % 3 == 0)
			cl_start(&c, SYS_fill, A(8, 1 << 20, 100), 3);
		if (i % 4 == 0)
			eventually(spkern_blocked, 1);
		cl_close(&c);
		eventually(spkern_procs, 0);
		ck_assert_int_eq(spkern_lwps(), 0);
		ck_assert_int_eq(spkern_blocked(), 0);
	}
}
END_TEST

/* Works for the one beside all the others' evil. */
static void
works(struct cl *c)
{
	char out[16];
	long rv[2];
	int i;

	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(cl_call(c, SYS_upper, A(P("abc"), P(out), 4),
		    3, rv), 0);
		ck_assert_str_eq(out, "ABC");
	}
}

/*
 * Clients that ask and never answer, never read, or sleep in the kernel, each
 * more than there are threads.
 */
START_TEST(starving)
{
	struct cl bad[3], good, late;
	int i;

	cl_open(&good, "good");
	for (i = 0; i < 3; i++)
		cl_open(&bad[i], "bad");
	for (i = 0; i < 40; i++) {
		cl_start(&bad[0], SYS_upper, A(8, 8, 100), 3);
		cl_start(&bad[1], SYS_fill, A(8, 1 << 20, 1000), 3);
		cl_start(&bad[2], SYS_block, NULL, 0);
	}
	works(&good);
	cl_open(&late, "late");
	works(&late);
	for (i = 0; i < 3; i++)
		cl_close(&bad[i]);
	eventually(spkern_procs, 2);
	works(&good);
	cl_close(&good);
	cl_close(&late);
	eventually(spkern_procs, 0);
	ck_assert_int_eq(spkern_lwps(), 0);
}
END_TEST

/* More requests than a client may have are refused, one by one. */
START_TEST(toomany)
{
	int again = 0, i;
	struct frame f;
	struct cl c;

	cl_open(&c, "toomany");
	for (i = 0; i < 400; i++)
		cl_start(&c, SYS_block, NULL, 0);
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(cl_header(&c, &f), 0);
		ck_assert_int_eq(f.class, ERROR);
		again += f.u == E_TRYAGAIN;
	}
	ck_assert_int_eq(again, 100);
	cl_close(&c);
	eventually(spkern_procs, 0);
}
END_TEST

static void *
busy_client(void *arg)
{
	char in[64], out[64];
	struct cl c;
	int i, n;

	(void)arg;
	for (n = 0; n < 4; n++) {
		cl_open(&c, "busy");
		for (i = 0; i < 50; i++) {
			snprintf(in, sizeof(in), "thing %d of %d", i, n);
			if (cl_call(&c, SYS_reverse, A(P(in), P(out),
			    sizeof(in)), 3, NULL) != 0 ||
			    out[0] != in[strlen(in) - 1])
				return (void *)1;
			if (cl_call(&c, SYS_yield, NULL, 0, NULL) != 0)
				return (void *)1;
		}
		cl_close(&c);
	}
	return NULL;
}

START_TEST(many)
{
	pthread_t pt[8];
	void *rv;
	int i;

	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&pt[i], NULL, busy_client,
		    NULL), 0);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(pt[i], &rv), 0);
		ck_assert_ptr_null(rv);
	}
	eventually(spkern_procs, 0);
	ck_assert_int_eq(spkern_lwps(), 0);
}
END_TEST

/* What is no frame of ours is answered with an error, and the end. */
static void
malformed(int registered, int class, int type, uint64_t len, uint32_t u,
    const void *body, size_t bodylen)
{
	struct frame f = { len, 7, (uint16_t)class, (uint16_t)type, u };
	struct cl c;

	cl_open(&c, registered ? "mal" : NULL);
	ck_assert_int_eq(send(c.fd, &f, sizeof(f), MSG_NOSIGNAL), sizeof(f));
	if (bodylen > 0)
		(void)send(c.fd, body, bodylen, MSG_NOSIGNAL);
	if (cl_header(&c, &f) == 0) {
		ck_assert_int_eq(f.class, ERROR);
		ck_assert_uint_eq(f.reqno, 7);
		ck_assert_uint_eq(f.u, E_MALFORMED);
		ck_assert_int_ne(cl_header(&c, &f), 0);
	}
	cl_close(&c);
}

START_TEST(malformations)
{
	static char big[4096];
	int reg;

	memset(big, 'x', sizeof(big));
	for (reg = 0; reg < 2; reg++) {
		malformed(reg, REQ, T_SYSCALL, 0, 1, NULL, 0);
		malformed(reg, REQ, T_SYSCALL, 23, 1, NULL, 0);
		malformed(reg, REQ, T_SYSCALL, UINT64_MAX, 1, NULL, 0);
		malformed(reg, REQ, T_SYSCALL, 24 + 129, 1, big, 129);
		malformed(reg, REQ, T_SYSCALL, 24, 0x80000000, NULL, 0);
		malformed(reg, REQ, T_HANDSHAKE, 24, H_GUEST, NULL, 0);
		malformed(reg, REQ, T_HANDSHAKE, 24 + 5, H_GUEST, big, 5);
		malformed(reg, REQ, T_HANDSHAKE, 24 + 6, H_EXEC, "a\0b\0c", 6);
		malformed(reg, REQ, T_HANDSHAKE, 24 + 2000, H_GUEST, big, 2000);
		malformed(reg, REQ, T_HANDSHAKE, 24 + 19, H_FORK, big, 19);
		malformed(reg, REQ, T_PREFORK, 24 + 1, 0, big, 1);
		malformed(reg, REQ, T_COPYIN, 24 + 16, 0, big, 16);
		malformed(reg, REQ, 99, 24, 0, NULL, 0);
		malformed(reg, RESP, T_COPYIN, 24 + 16, 0, big, 16);
		malformed(reg, RESP, T_SYSCALL, 24, 0, NULL, 0);
		malformed(reg, ERROR, T_COPYIN, 24, 0, NULL, 0);
		malformed(reg, 3, T_SYSCALL, 24, 0, NULL, 0);
	}
	eventually(spkern_procs, 0);
}
END_TEST

/* Answers of the wrong size or type, to a question that was asked. */
START_TEST(wronganswers)
{
	static const struct { int class, type; size_t len; } bad[] = {
		{ RESP, T_COPYIN, 99 }, { RESP, T_COPYIN, 101 },
		{ RESP, T_COPYIN, 0 }, { RESP, T_COPYINSTR, 100 },
		{ ERROR, T_COPYIN, 3000 }, { RESP, T_COPYOUT, 100 },
	};
	static char body[4096];
	struct frame f;
	struct cl c;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cl_open(&c, "wrong");
		cl_start(&c, SYS_upper, A(8, 8, 100), 3);
		ck_assert_int_eq(cl_header(&c, &f), 0);
		cl_body(&c, body, f.len - sizeof(f));
		ck_assert_int_eq(f.type, T_COPYIN);
		cl_send(&c, bad[i].class, bad[i].type, f.reqno, 0, body,
		    bad[i].len);
		/* Dropped, with or without a word. */
		while (cl_header(&c, &f) == 0)
			cl_body(&c, body, f.len - sizeof(f));
		cl_close(&c);
	}
	/* A string without its end. */
	cl_open(&c, "noend");
	cl_start(&c, SYS_reverse, A(8, 8, 100), 3);
	ck_assert_int_eq(cl_header(&c, &f), 0);
	cl_body(&c, body, f.len - sizeof(f));
	memset(body, 'x', 100);
	cl_send(&c, RESP, T_COPYINSTR, f.reqno, 0, body, 100);
	ck_assert_int_eq(cl_header(&c, &f), 0);
	cl_body(&c, body, f.len - sizeof(f));
	ck_assert_int_eq(f.class, RESP);
	ck_assert_int_eq(*(int *)body, NB_ENAMETOOLONG);
	cl_close(&c);
	eventually(spkern_procs, 0);
}
END_TEST

static uint64_t seed = 88172645463325252;

static uint64_t
rnd(void)
{

	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* A frame that is nearly right, with a body that may be short. */
static void
fuzz_frame(const struct cl *c)
{
	struct frame f;
	char body[300];
	size_t len = rnd() % 4 == 0 ? rnd() % sizeof(body) : rnd() % 20, i;

	for (i = 0; i < sizeof(body); i++)
		body[i] = (char)(rnd() % 3 == 0 ? rnd() : 0);
	f.len = rnd() % 10 == 0 ? rnd() >> (rnd() % 64) : sizeof(f) + len;
	f.reqno = rnd() % 8;
	f.class = (uint16_t)(rnd() % 8 == 0 ? rnd() % 5 : REQ);
	f.type = (uint16_t)(rnd() % 10);
	f.u = (uint32_t)(f.type == T_SYSCALL ? rnd() % 14 : rnd() % 5);
	if (f.type == T_SYSCALL && (f.u == SYS_reboot || f.u == SYS_upper ||
	    f.u == SYS_fill))
		f.u = SYS_reverse;
	(void)send(c->fd, &f, sizeof(f), MSG_NOSIGNAL);
	(void)send(c->fd, body, len, MSG_NOSIGNAL);
}

static void
fuzz_rounds(int rounds)
{
	struct cl c, good;
	char trash[4096];
	int i, n;

	cl_open(&good, "good");
	for (i = 0; i < rounds; i++) {
		cl_open(&c, rnd() % 3 ? "fuzz" : NULL);
		for (n = (int)(rnd() % 30); n > 0; n--) {
			fuzz_frame(&c);
			while (recv(c.fd, trash, sizeof(trash),
			    MSG_DONTWAIT) > 0)
				continue;
		}
		cl_close(&c);
		if (i % 32 == 0)
			works(&good);
	}
	works(&good);
	cl_close(&good);
}

START_TEST(fuzz)
{

	fuzz_rounds(FUZZ_ROUNDS);
	/* Children that were made and not claimed wait for their hour. */
	eventually(spkern_lwps, spkern_procs());
}
END_TEST

/* Silent connections, many more than descriptors, and then a client. */
static int
flood(int n)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct cl late;
	int fd, i;

	snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", cl_url + 7);
	for (i = 0; i < n; i++) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (void *)&un, sizeof(un)) != 0)
			return 1;
	}
	cl_open(&late, "late");
	works(&late);
	return 0;
}

START_TEST(silent)
{
	struct rlimit rl = { 100, 100 };
	struct cl good;
	int go[2], status;
	pid_t pid;
	char ch;

	cl_open(&good, "good");
	ck_assert_int_eq(pipe(go), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (read(go[0], &ch, 1) != 1)
			_exit(2);
		_exit(flood(300));
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &rl), 0);
	ck_assert_int_eq(write(go[1], "!", 1), 1);
	while (waitpid(pid, &status, WNOHANG) == 0)
		works(&good);
	ck_assert_int_eq(status, 0);
	works(&good);
	cl_close(&good);
	eventually(spkern_procs, 0);
}
END_TEST

static int
path_there(void)
{

	return access(cl_url + 7, F_OK) == 0;
}

/* reboot(2) by a client: it gets its answer, then the server is gone. */
START_TEST(reboot)
{
	struct frame f;
	struct cl c, idle;

	cl_open(&c, "rebooter");
	cl_open(&idle, "idle");
	ck_assert_int_eq(cl_call(&c, SYS_reboot, NULL, 0, NULL), 0);
	ck_assert_int_ne(cl_header(&c, &f), 0);
	ck_assert_int_ne(cl_header(&idle, &f), 0);
	eventually(path_there, 0);
}
END_TEST

/*
 * Without a server yet.
 */

static void
refused(const char *url, int error)
{

	ck_assert_msg(serve_at(url) == error, "%s", url);
	ck_assert_int_eq(errno, 12321);
}

START_TEST(urls)
{
	char url[300];

	mkdirs();
	spkern_init();
	errno = 12321;
	refused("", NB_EINVAL);
	refused("http://x", NB_EINVAL);
	refused("unix://", NB_EINVAL);
	refused("tcp://", NB_EINVAL);
	refused("tcp://127.0.0.1", NB_EINVAL);
	refused("tcp://127.0.0.1:", NB_EINVAL);
	refused("tcp://127.0.0.1:0/", NB_EINVAL);
	refused("tcp://127.0.0.1:65536/", NB_EINVAL);
	refused("tcp://127.0.0.1:99999999999/", NB_EINVAL);
	refused("tcp://127.0.0.1:12x/", NB_EINVAL);
	refused("tcp://127.1:80/", NB_EINVAL);
	refused("tcp://localhost:80/", NB_EINVAL);
	refused("tcp://1.2.3.4.5.6.7.8.9:80/", NB_EINVAL);
	refused("tcp6://::1:80/", NB_EOPNOTSUPP);
	memset(url, 'x', sizeof(url));
	memcpy(url, "unix:///tmp/", 12);
	url[sizeof(url) - 1] = '\0';
	refused(url, NB_ENAMETOOLONG);
	refused("unix:///nonexistent/dir/sock", 2);
	/* An address that is not ours. */
	ck_assert_int_ne(serve_at("tcp://192.0.2.1:8080/"), 0);
	ck_assert_int_eq(rumpuser_sp_init(cl_url, "a\nb", "c", "d"),
	    NB_EINVAL);
	ck_assert_int_eq(rumpuser_sp_init(cl_url, url, "c", "d"), NB_EINVAL);
	ck_assert_int_eq(rumpuser_sp_init(NULL, "a", "c", "d"), NB_EINVAL);
	/* Nothing of all that left a path behind. */
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* A kernel that cannot serve says so. */
START_TEST(nokernel)
{

	mkdirs();
	stub_init();
	ck_assert_int_eq(serve_at(cl_url), NB_EOPNOTSUPP);
	rumpuser_sp_fini(NULL);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(paths)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat sb;
	struct cl c;
	pid_t pid;
	int status, fd;

	mkdirs();
	spkern_init();
	ck_assert_int_eq(chdir(dir), 0);
	/* Relative; for the owner alone; one server at a time. */
	ck_assert_int_eq(serve_at("unix://sock"), 0);
	ck_assert_int_eq(stat("sock", &sb), 0);
	ck_assert_int_eq(sb.st_mode & 0777, 0600);
	ck_assert_int_eq(serve_at("unix://other"), NB_EBUSY);
	cl_open(&c, "rel");
	cl_close(&c);
	eventually(spkern_procs, 0);
	/* What a fork has of the server is the parent's all the same. */
	cl_open(&c, "before");
	if ((pid = fork()) == 0) {
		rumpuser_sp_fini(NULL);
		exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(cl_call(&c, SYS_get, NULL, 0, NULL), 0);
	cl_close(&c);
	eventually(spkern_procs, 0);
	ck_assert_int_eq(stat("sock", &sb), 0);
	rumpuser_sp_fini(NULL);
	ck_assert_int_ne(stat("sock", &sb), 0);

	/* The socket of a server that is not there is replaced, a file not. */
	memcpy(un.sun_path, cl_url + 7, strlen(cl_url + 7) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (void *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(serve_at(cl_url), NB_EADDRINUSE);
	close(fd);
	ck_assert_int_eq(serve_at(cl_url), 0);
	cl_open(&c, "again");
	cl_close(&c);
	eventually(spkern_procs, 0);
	rumpuser_sp_fini(NULL);
	fclose(fopen("sock", "w"));
	ck_assert_int_eq(serve_at(cl_url), NB_EADDRINUSE);
	ck_assert_int_eq(unlink("sock"), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(tcp)
{
	int port, rv = NB_EADDRINUSE;
	struct cl c;
	char out[8];

	spkern_init();
	for (port = 20000 + (int)(getpid() % 20000); rv == NB_EADDRINUSE;
	    port++) {
		snprintf(cl_url, sizeof(cl_url), "tcp://127.0.0.1:%d/x", port);
		rv = serve_at(cl_url);
	}
	ck_assert_int_eq(rv, 0);
	*strrchr(cl_url, '/') = '\0';
	cl_open(&c, "tcp");
	ck_assert_int_eq(cl_call(&c, SYS_upper, A(P("tcp"), P(out), 4), 3,
	    NULL), 0);
	ck_assert_str_eq(out, "TCP");
	cl_close(&c);
	eventually(spkern_procs, 0);
	rumpuser_sp_fini(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser sp");
	TCase *tc = tcase_create("served");
	TCase *few = tcase_create("few workers");
	TCase *un = tcase_create("unserved");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(few, setup_small, teardown);
	tcase_set_timeout(few, 300);
	tcase_set_timeout(un, 60);
	tcase_add_test(few, starving);
	tcase_add_test(few, disconnect);
	tcase_add_test(few, execs);
	tcase_add_test(few, many);
	tcase_add_test(tc, guest);
	tcase_add_test(tc, copies);
	tcase_add_test(tc, pieces);
	tcase_add_test(tc, states);
	tcase_add_test(tc, forks);
	tcase_add_test(tc, forklimit);
	tcase_add_test(tc, execs);
	tcase_add_test(tc, execs_unread);
	tcase_add_test(tc, disconnect);
	tcase_add_test(tc, toomany);
	tcase_add_test(tc, many);
	tcase_add_test(tc, malformations);
	tcase_add_test(tc, wronganswers);
	tcase_add_test(tc, fuzz);
	tcase_add_test(tc, silent);
	tcase_add_test(tc, reboot);
	tcase_add_test(un, urls);
	tcase_add_test(un, nokernel);
	tcase_add_test(un, paths);
	tcase_add_test(un, tcp);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, few);
	suite_add_tcase(s, un);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
