/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shmutil.h - what the tests of shared objects share.
 */
#ifndef TESTS_RUMPUSER_SHMUTIL_H_
#define TESTS_RUMPUSER_SHMUTIL_H_

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rumpuser_shm.h>
#include <rump/rumpuser_shmmtx.h>
#include <rump/rumpuser_shmring.h>

/* NetBSD's numbers. */
enum { NB_EPERM = 1, NB_ENOENT = 2, NB_ESRCH = 3, NB_EDEADLK = 11,
    NB_ENOMEM = 12, NB_EBUSY = 16, NB_EEXIST = 17, NB_EINVAL = 22,
    NB_EPIPE = 32, NB_EAGAIN = 35, NB_EMSGSIZE = 40, NB_ENOTCONN = 57,
    NB_ETIMEDOUT = 60, NB_EUSERS = 68, NB_ESTALE = 70, NB_EPROTO = 96 };

#define OK(call) ck_assert_int_eq((call), 0)
#define GIVES(call, error) ck_assert_int_eq((call), (error))

/* In a child process, which must not unwind into the test runner. */
#define CHILD_OK(call) do {						\
	int child_error_ = (call);					\
	if (child_error_ != 0) {					\
		fprintf(stderr, "%s:%d: %s: %d\n", __FILE__, __LINE__,	\
		    #call, child_error_);				\
		_exit(1);						\
	}								\
} while (0)

static inline int64_t
after_ms(int64_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ms) * 1000000 + ts.tv_nsec;
}

/* Long enough for any machine; who waits that long has lost a wake-up. */
static inline int64_t
patience(void)
{

	return after_ms(60000);
}

static inline uint64_t
rnd(uint64_t *s)
{

	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static inline unsigned int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static inline struct rumpuser_shmseg *
new_seg(uint32_t rings, uint32_t ringbytes, uint32_t nsmall, uint32_t nbig)
{
	struct rumpuser_shmparams p = { .sp_npeers = 8, .sp_nrings = rings,
		.sp_ringbytes = ringbytes, .sp_userbytes = 8192,
		.sp_class = { { 256, nsmall }, { 65536, nbig } } };
	struct rumpuser_shmseg *seg;

	OK(rumpuser_shmseg_create(NULL, 0, &p, &seg));
	return seg;
}

static inline struct rumpuser_shmseg *
attach(const struct rumpuser_shmseg *seg)
{
	struct rumpuser_shmseg *other;
	int error;

	error = rumpuser_shmseg_attach(rumpuser_shmseg_fd(seg), &other);
	if (error != 0) {
		fprintf(stderr, "attach: %d\n", error);
		abort();
	}
	return other;
}

static inline void
reaped(pid_t pid, int want)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WIFSIGNALED(status) ? -WTERMSIG(status) :
	    WEXITSTATUS(status), want);
}

/* Both ends of ring 0, in one process. */
static inline void
ring_pair(struct rumpuser_shmseg *a, struct rumpuser_shmseg *b, int type,
    struct rumpuser_shmring *r[2])
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sv), 0);
	OK(rumpuser_shmring_open(a, 0, 0, sv[0], &r[0]));
	OK(rumpuser_shmring_open(b, 0, 1, sv[1], &r[1]));
	OK(rumpuser_shmring_connect(r[0], patience()));
	OK(rumpuser_shmring_connect(r[1], patience()));
}

/*
 * A child process that runs @fn with an attachment of its own and side 1 of
 * ring @index; side 0 is *@rp.
 */
static inline pid_t
ring_child(struct rumpuser_shmseg *seg, unsigned int index,
    struct rumpuser_shmring **rp,
    void (*fn)(struct rumpuser_shmseg *, struct rumpuser_shmring *))
{
	struct rumpuser_shmring *r;
	struct rumpuser_shmseg *s;
	pid_t pid;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(sv[0]);
		s = attach(seg);
		CHILD_OK(rumpuser_shmring_open(s, index, 1, sv[1], &r));
		CHILD_OK(rumpuser_shmring_connect(r, patience()));
		fn(s, r);
		_exit(0);
	}
	close(sv[1]);
	OK(rumpuser_shmring_open(seg, index, 0, sv[0], rp));
	OK(rumpuser_shmring_connect(*rp, patience()));
	return pid;
}

/* Blocking on top of the ring. */
static inline int
send_wait(struct rumpuser_shmring *r, const void *buf, size_t len)
{
	int error;

	while ((error = rumpuser_shmring_send(r, buf, len, 0)) == NB_EAGAIN)
		if ((error = rumpuser_shmring_wait(r, RUMPUSER_SHMRING_OUT,
		    patience())) != 0)
			return error;
	return error;
}

static inline int
recv_wait(struct rumpuser_shmring *r, void *buf, size_t cap,
    struct rumpuser_shmmsg *m)
{
	int error;

	while ((error = rumpuser_shmring_recv(r, buf, cap, m)) == NB_EAGAIN)
		if ((error = rumpuser_shmring_wait(r, RUMPUSER_SHMRING_IN,
		    patience())) != 0)
			return error;
	return error;
}

#endif
