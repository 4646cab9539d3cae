/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_shm.c - segments and extents: what is refused, what is counted, and
 * what is left when a process dies.
 */
#include "shmutil.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>

static char path[256];

static void
name_path(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/rumpshm.%d", tmp != NULL ? tmp :
	    "/tmp", (int)getpid());
	unlink(path);
}

static const struct rumpuser_shmparams params = { .sp_npeers = 4,
	.sp_nrings = 2, .sp_ringbytes = 4096, .sp_userbytes = 1000,
	.sp_class = { { 64, 8 }, { 1000, 4 } } };

START_TEST(anonymous)
{
	struct rumpuser_shmparams p;
	struct rumpuser_shmseg *a, *b;
	struct rumpuser_shmstat st;
	unsigned int fds = open_fds();

	OK(rumpuser_shmseg_create(NULL, 0, &params, &a));
	OK(rumpuser_shmseg_attach(rumpuser_shmseg_fd(a), &b));
	ck_assert_int_ne(rumpuser_shmseg_self(a), rumpuser_shmseg_self(b));
	ck_assert_ptr_ne(rumpuser_shmseg_user(a), rumpuser_shmseg_user(b));
	strcpy(rumpuser_shmseg_user(a), "hello");
	ck_assert_str_eq(rumpuser_shmseg_user(b), "hello");
	rumpuser_shmseg_params(b, &p);
	ck_assert_int_eq(memcmp(&p, &params, sizeof(p)), 0);
	/* Nobody can cut it short. */
	ck_assert_int_eq(ftruncate(rumpuser_shmseg_fd(b), 0), -1);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_peers, 2);
	ck_assert_uint_eq(st.ss_extents, 12);
	rumpuser_shmseg_detach(b);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_peers, 1);
	rumpuser_shmseg_detach(a);
	rumpuser_shmseg_detach(NULL);
	ck_assert_uint_eq(open_fds(), fds);
}
END_TEST

START_TEST(named)
{
	struct rumpuser_shmseg *a, *b;
	struct stat st;

	name_path();
	GIVES(rumpuser_shmseg_open(path, &a), NB_ENOENT);
	OK(rumpuser_shmseg_create(path, 0, &params, &a));
	GIVES(rumpuser_shmseg_create(path, 0, &params, &b), NB_EEXIST);
	OK(rumpuser_shmseg_open(path, &b));
	strcpy(rumpuser_shmseg_user(a), "named");
	ck_assert_str_eq(rumpuser_shmseg_user(b), "named");
	rumpuser_shmseg_detach(b);
	/* Who else may write it could cut it short. */
	ck_assert_int_eq(chmod(path, 0620), 0);
	GIVES(rumpuser_shmseg_open(path, &b), NB_EPERM);
	ck_assert_int_eq(chmod(path, 0600), 0);
	rumpuser_shmseg_detach(a);
	/* It was cut short. */
	ck_assert_int_eq(truncate(path, 4096), 0);
	GIVES(rumpuser_shmseg_open(path, &b), NB_EPROTO);
	ck_assert_int_eq(truncate(path, 10), 0);
	GIVES(rumpuser_shmseg_open(path, &b), NB_EPROTO);
	unlink(path);
	OK(rumpuser_shmseg_create(path, RUMPUSER_SHM_UNLINKED, &params, &a));
	ck_assert_int_eq(stat(path, &st), -1);
	OK(rumpuser_shmseg_attach(rumpuser_shmseg_fd(a), &b));
	rumpuser_shmseg_detach(a);
	rumpuser_shmseg_detach(b);
}
END_TEST

START_TEST(parameters)
{
	struct rumpuser_shmparams p;
	struct rumpuser_shmseg *a;

#define BAD(change) do {						\
	p = params;							\
	change;								\
	GIVES(rumpuser_shmseg_create(NULL, 0, &p, &a), NB_EINVAL);	\
} while (0)
	BAD(p.sp_npeers = 0);
	BAD(p.sp_npeers = 33);
	BAD(p.sp_nrings = 1025);
	BAD(p.sp_ringbytes = 0);
	BAD(p.sp_ringbytes = 4097);
	BAD(p.sp_ringbytes = 1u << 27);
	BAD(p.sp_userbytes = UINT32_MAX);
	BAD(p.sp_class[3].sc_count = 1);
	BAD(p.sp_class[0].sc_size = UINT32_MAX);
	BAD(p.sp_class[0].sc_count = UINT32_MAX);
	BAD(p.sp_class[0].sc_count = 1 << 20; p.sp_class[0].sc_size = 1 << 30);
	/* The least there can be. */
	memset(&p, 0, sizeof(p));
	p.sp_npeers = 1;
	OK(rumpuser_shmseg_create(NULL, 0, &p, &a));
	ck_assert_ptr_null(rumpuser_shmseg_user(a));
	GIVES(rumpuser_shmseg_attach(rumpuser_shmseg_fd(a),
	    &(struct rumpuser_shmseg *){ NULL }), NB_EUSERS);
	rumpuser_shmseg_detach(a);
}
END_TEST

START_TEST(wrong_files)
{
	struct rumpuser_shmseg *a;
	struct stat st;
	int fds[2], fd;

	GIVES(rumpuser_shmseg_attach(-1, &a), 9);
	ck_assert_int_eq(pipe(fds), 0);
	GIVES(rumpuser_shmseg_attach(fds[0], &a), NB_EPERM);
	fd = open("/dev/zero", O_RDWR);
	GIVES(rumpuser_shmseg_attach(fd, &a), NB_EPERM);
	close(fd);
	/* A memory file that its maker could have shrunk cannot be any more. */
	fd = memfd_create("test", MFD_ALLOW_SEALING);
	ck_assert_int_eq(ftruncate(fd, 100000), 0);
	GIVES(rumpuser_shmseg_attach(fd, &a), NB_EPROTO);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 100000);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* Each byte of the header, with each bit wrong, and with random values. */
START_TEST(header)
{
	struct rumpuser_shmseg *a, *b;
	unsigned char good[160], bad[160];
	uint64_t seed = 1;
	int error, fd, i, n;

	OK(rumpuser_shmseg_create(NULL, 0, &params, &a));
	fd = rumpuser_shmseg_fd(a);
	ck_assert_int_eq(pread(fd, good, sizeof(good), 0), sizeof(good));
	for (i = 0; i < (int)sizeof(good) * 8 + 3000; i++) {
		memcpy(bad, good, sizeof(good));
		if (i < (int)sizeof(good) * 8)
			bad[i / 8] ^= 1 << i % 8;
		else
			for (n = rnd(&seed) % 4; n >= 0; n--)
				bad[rnd(&seed) % sizeof(bad)] = rnd(&seed);
		ck_assert_int_eq(pwrite(fd, bad, sizeof(bad), 0), sizeof(bad));
		error = rumpuser_shmseg_attach(fd, &b);
		ck_assert(error == 0 || error == NB_EPROTO || error == 45);
		if (i < 16 * 8)
			ck_assert_int_eq(error, NB_EPROTO);
		if (error == 0)
			rumpuser_shmseg_detach(b);
	}
	rumpuser_shmseg_detach(a);
}
END_TEST

START_TEST(passing)
{
	struct rumpuser_shmseg *a, *b;
	union { char buf[CMSG_SPACE(16)]; struct cmsghdr h; } c;
	struct iovec iov = { "nonsense", 8 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = c.buf, .msg_controllen = CMSG_SPACE(16) };
	unsigned int fds;
	int i, sv[2];

	OK(rumpuser_shmseg_create(NULL, 0, &params, &a));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	OK(rumpuser_shmseg_send(sv[0], a));
	OK(rumpuser_shmseg_recv(sv[1], &b));
	strcpy(rumpuser_shmseg_user(a), "passed");
	ck_assert_str_eq(rumpuser_shmseg_user(b), "passed");
	rumpuser_shmseg_detach(b);
	fds = open_fds();
	ck_assert_int_eq(write(sv[0], "nonsense", 8), 8);
	GIVES(rumpuser_shmseg_recv(sv[1], &b), NB_EPROTO);
	/* A peer that stuffs us with descriptors. */
	for (i = 0; i < 4; i++)
		memcpy(CMSG_DATA(&c.h) + i * 4, &sv[0], 4);
	c.h.cmsg_level = SOL_SOCKET;
	c.h.cmsg_type = SCM_RIGHTS;
	c.h.cmsg_len = CMSG_LEN(16);
	ck_assert_int_eq(sendmsg(sv[0], &m, 0), 8);
	GIVES(rumpuser_shmseg_recv(sv[1], &b), NB_EPROTO);
	ck_assert_uint_eq(open_fds(), fds);
	close(sv[0]);
	GIVES(rumpuser_shmseg_recv(sv[1], &b), NB_ENOTCONN);
	close(sv[1]);
	rumpuser_shmseg_detach(a);
}
END_TEST

/*
 * Extents.
 */

START_TEST(extents)
{
	struct rumpuser_shmseg *a = new_seg(0, 0, 4, 2), *b = attach(a);
	struct rumpuser_shmext e[4], big, x;
	void *pa, *pb;
	size_t size;
	int i;

	for (i = 0; i < 3; i++)
		OK(rumpuser_shmext_alloc(a, 200, &e[i], NULL));
	OK(rumpuser_shmext_alloc(b, 1, &e[3], NULL));
	OK(rumpuser_shmext_alloc(a, 65536, &big, &pa));
	GIVES(rumpuser_shmext_alloc(a, 65537, &x, NULL), NB_EMSGSIZE);
	OK(rumpuser_shmext_alloc(a, 100, &x, NULL));	/* a big one */
	GIVES(rumpuser_shmext_alloc(a, 100, &x, NULL), NB_ENOMEM);
	/* One memory, two addresses. */
	memset(pa, 7, 65536);
	OK(rumpuser_shmext_hold(b, &big, &pb, &size));
	ck_assert_uint_eq(size, 65536);
	ck_assert_ptr_ne(pa, pb);
	ck_assert_int_eq(((char *)pb)[65535], 7);
	/* The last hold frees it, and not before. */
	OK(rumpuser_shmext_drop(a, &big));
	GIVES(rumpuser_shmext_addr(a, &big, NULL, NULL), NB_EPERM);
	OK(rumpuser_shmext_addr(b, &big, NULL, NULL));
	GIVES(rumpuser_shmext_alloc(a, 60000, &x, NULL), NB_ENOMEM);
	OK(rumpuser_shmext_drop(b, &big));
	GIVES(rumpuser_shmext_drop(b, &big), NB_EPERM);
	GIVES(rumpuser_shmext_drop(a, &big), NB_EPERM);
	GIVES(rumpuser_shmext_hold(a, &big, NULL, NULL), NB_ESTALE);
	/* Another life of the same extent is not the old handle's. */
	OK(rumpuser_shmext_alloc(b, 60000, &x, NULL));
	ck_assert_uint_eq(x.sx_off, big.sx_off);
	GIVES(rumpuser_shmext_hold(a, &big, NULL, NULL), NB_ESTALE);
	GIVES(rumpuser_shmext_drop(b, &big), NB_EPERM);
	/* What another holds is not ours to drop. */
	GIVES(rumpuser_shmext_drop(a, &e[3]), NB_EPERM);
	/* Forged handles. */
	x = e[0];
	x.sx_off++;
	GIVES(rumpuser_shmext_hold(a, &x, NULL, NULL), NB_EINVAL);
	x.sx_off = UINT64_MAX;
	GIVES(rumpuser_shmext_hold(a, &x, NULL, NULL), NB_EINVAL);
	x.sx_off = 0;
	GIVES(rumpuser_shmext_drop(a, &x), NB_EINVAL);
	x = e[0];
	x.sx_seg++;
	GIVES(rumpuser_shmext_hold(a, &x, NULL, NULL), NB_EINVAL);
	rumpuser_shmseg_detach(b);
	rumpuser_shmseg_detach(a);
}
END_TEST

#define NSEG	3
#define NEXT	12

/* Random operations of three processes' worth of handles, and a model. */
START_TEST(extent_model)
{
	struct rumpuser_shmseg *s[NSEG] = { new_seg(0, 0, NEXT, 0) };
	struct rumpuser_shmext e[NEXT];
	unsigned int count[NSEG][NEXT] = { { 0 } }, used, who, what, n, all;
	struct rumpuser_shmstat st;
	uint64_t seed = 42;
	int error, i, j;

	for (i = 1; i < NSEG; i++)
		s[i] = attach(s[0]);
	memset(e, 0, sizeof(e));
	for (n = used = 0, i = 0; i < 20000; i++) {
		who = rnd(&seed) % NSEG;
		what = rnd(&seed) % NEXT;
		for (all = j = 0; j < NSEG; j++)
			all += count[j][what];
		switch (rnd(&seed) % 3) {
		case 0:
			if (all != 0)
				break;
			OK(rumpuser_shmext_alloc(s[who], 256, &e[what], NULL));
			count[who][what] = 1;
			break;
		case 1:
			if (e[what].sx_seg == 0)
				break;
			error = rumpuser_shmext_hold(s[who], &e[what], NULL,
			    NULL);
			ck_assert_int_eq(error, all != 0 ? 0 : NB_ESTALE);
			count[who][what] += error == 0;
			break;
		case 2:
			if (e[what].sx_seg == 0)
				break;
			error = rumpuser_shmext_drop(s[who], &e[what]);
			ck_assert_int_eq(error, count[who][what] != 0 ? 0 :
			    NB_EPERM);
			count[who][what] -= error == 0;
			break;
		}
		if (i % 100 != 0)
			continue;
		for (used = 0, n = 0; n < NEXT; n++)
			used += count[0][n] + count[1][n] + count[2][n] != 0;
		OK(rumpuser_shmseg_stat(s[who], &st));
		ck_assert_uint_eq(st.ss_used, used);
		ck_assert_uint_eq(st.ss_faults, 0);
	}
	for (i = NSEG - 1; i >= 0; i--)
		rumpuser_shmseg_detach(s[i]);
}
END_TEST

/* A child that does as it is told and then is killed. */
static pid_t
victim(struct rumpuser_shmseg *seg, void (*fn)(struct rumpuser_shmseg *))
{
	char c;
	int p[2];
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		fn(attach(seg));
		if (write(p[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(p[1]);
	ck_assert_int_eq(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static struct rumpuser_shmext shared_ext;

static void
hold_some(struct rumpuser_shmseg *seg)
{
	struct rumpuser_shmext e;
	int i;

	for (i = 0; i < 10; i++)
		CHILD_OK(rumpuser_shmext_alloc(seg, 256, &e, NULL));
	CHILD_OK(rumpuser_shmext_hold(seg, &e, NULL, NULL));
	CHILD_OK(rumpuser_shmext_hold(seg, &shared_ext, NULL, NULL));
}

START_TEST(death)
{
	struct rumpuser_shmseg *a = new_seg(0, 0, 100, 1);
	struct rumpuser_shmstat st;
	unsigned int n;
	pid_t pid;

	OK(rumpuser_shmext_alloc(a, 256, &shared_ext, NULL));
	pid = victim(a, hold_some);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 11);
	GIVES(rumpuser_shmseg_reap(a, 1, &n), NB_EBUSY);
	GIVES(rumpuser_shmseg_reap(a, 0, &n), NB_EBUSY);
	GIVES(rumpuser_shmseg_reap(a, 2, &n), NB_ESRCH);
	GIVES(rumpuser_shmseg_reap(a, 8, &n), NB_EINVAL);
	/* Dead already when nobody has waited for it. */
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 },
	    WEXITED | WNOWAIT), 0);
	OK(rumpuser_shmseg_reap(a, 1, &n));
	reaped(pid, -SIGKILL);
	ck_assert_uint_eq(n, 11);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 1);
	ck_assert_uint_eq(st.ss_peers, 1);
	OK(rumpuser_shmext_drop(a, &shared_ext));
	GIVES(rumpuser_shmseg_reap(a, 1, &n), NB_ESRCH);
	rumpuser_shmseg_detach(a);
}
END_TEST

static void
nothing(struct rumpuser_shmseg *seg)
{

	(void)seg;
}

/* The dead do not keep the living out. */
START_TEST(full_of_dead)
{
	struct rumpuser_shmseg *a = new_seg(0, 0, 1, 0), *b;
	pid_t pid[7];
	int i;

	for (i = 0; i < 7; i++)
		pid[i] = victim(a, nothing);
	GIVES(rumpuser_shmseg_attach(rumpuser_shmseg_fd(a), &b), NB_EUSERS);
	for (i = 0; i < 7; i++) {
		kill(pid[i], SIGKILL);
		reaped(pid[i], -SIGKILL);
	}
	OK(rumpuser_shmseg_attach(rumpuser_shmseg_fd(a), &b));
	rumpuser_shmseg_detach(b);
	rumpuser_shmseg_detach(a);
}
END_TEST

static void
take_none(struct rumpuser_shmseg *seg)
{

	(void)seg;
}

static void
give_one(struct rumpuser_shmseg *seg)
{
	struct rumpuser_shmext e;

	CHILD_OK(rumpuser_shmext_alloc(seg, 256, &e, NULL));
	CHILD_OK(rumpuser_shmext_give(seg, &e, 0));
	memcpy(rumpuser_shmseg_user(seg), &e, sizeof(e));
}

START_TEST(giving)
{
	struct rumpuser_shmseg *a = new_seg(0, 0, 4, 0), *b = attach(a);
	struct rumpuser_shmstat st;
	struct rumpuser_shmext e;
	unsigned int n;
	pid_t pid;

	OK(rumpuser_shmext_alloc(a, 256, &e, NULL));
	OK(rumpuser_shmext_hold(a, &e, NULL, NULL));
	GIVES(rumpuser_shmext_give(a, &e, 1), NB_EBUSY);
	OK(rumpuser_shmext_drop(a, &e));
	OK(rumpuser_shmext_give(a, &e, 1));
	GIVES(rumpuser_shmext_give(a, &e, 1), NB_EPERM);
	GIVES(rumpuser_shmext_drop(a, &e), NB_EPERM);
	GIVES(rumpuser_shmext_hold(a, &e, NULL, NULL), NB_EBUSY);
	OK(rumpuser_shmext_take(b, &e, 0, NULL, NULL));
	GIVES(rumpuser_shmext_take(b, &e, 0, NULL, NULL), NB_ESTALE);
	/* And back. */
	OK(rumpuser_shmext_give(b, &e, 0));
	OK(rumpuser_shmext_take(a, &e, 1, NULL, NULL));
	OK(rumpuser_shmext_drop(a, &e));
	/* The taker dies first: the giver's again. */
	pid = victim(a, take_none);
	OK(rumpuser_shmext_alloc(a, 256, &e, NULL));
	OK(rumpuser_shmext_give(a, &e, 2));
	kill(pid, SIGKILL);
	reaped(pid, -SIGKILL);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 1);
	ck_assert_uint_eq(st.ss_transit, 1);
	OK(rumpuser_shmseg_reap(a, 2, &n));
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 0);
	ck_assert_uint_eq(st.ss_transit, 0);
	/* The giver dies first: it can be taken until it is cleared up. */
	pid = victim(a, give_one);
	kill(pid, SIGKILL);
	reaped(pid, -SIGKILL);
	memcpy(&e, rumpuser_shmseg_user(a), sizeof(e));
	OK(rumpuser_shmext_take(a, &e, 2, NULL, NULL));
	OK(rumpuser_shmseg_reap(a, 2, &n));
	ck_assert_uint_eq(n, 0);
	OK(rumpuser_shmext_drop(a, &e));
	rumpuser_shmseg_detach(b);
	rumpuser_shmseg_detach(a);
}
END_TEST

START_TEST(forked)
{
	struct rumpuser_shmseg *a = new_seg(1, 4096, 4, 0);
	struct rumpuser_shmstat st;
	struct rumpuser_shmext e;
	pid_t pid;

	OK(rumpuser_shmext_alloc(a, 256, &e, NULL));
	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (rumpuser_shmext_drop(a, &e) != NB_EPERM ||
		    rumpuser_shmext_alloc(a, 256, &e, NULL) != NB_EPERM ||
		    rumpuser_shmseg_reap(a, -1, NULL) != NB_EPERM)
			_exit(1);
		rumpuser_shmseg_detach(a);
		_exit(0);
	}
	reaped(pid, 0);
	OK(rumpuser_shmseg_stat(a, &st));
	ck_assert_uint_eq(st.ss_used, 1);
	ck_assert_uint_eq(st.ss_peers, 1);
	OK(rumpuser_shmext_drop(a, &e));
	rumpuser_shmseg_detach(a);
}
END_TEST

/* The number of the physical page behind an address; 0: not told. */
static uint64_t
frame(const void *p)
{
	uint64_t v = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd == -1)
		return 0;
	if (pread(fd, &v, sizeof(v), (off_t)((uintptr_t)p / 4096 * 8)) !=
	    sizeof(v))
		v = 0;
	close(fd);
	return v & ((UINT64_C(1) << 55) - 1);
}

/* A payload of 1 MiB is seen by two processes in the same pages. */
START_TEST(one_payload)
{
	struct rumpuser_shmparams p = { .sp_npeers = 2, .sp_userbytes = 64,
		.sp_class = { { 1 << 20, 2 } } };
	struct rumpuser_shmseg *a, *b;
	struct rumpuser_shmext e;
	uint64_t *frames;
	char *mem;
	pid_t pid;
	int i;

	OK(rumpuser_shmseg_create(NULL, 0, &p, &a));
	frames = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	OK(rumpuser_shmext_alloc(a, 1 << 20, &e, (void **)&mem));
	memset(mem, 0x5a, 1 << 20);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		b = attach(a);
		CHILD_OK(rumpuser_shmext_hold(b, &e, (void **)&mem, NULL));
		for (i = 0; i < 1 << 20; i++)
			if (mem[i] != 0x5a)
				_exit(1);
		for (i = 0; i < 256; i++)
			frames[i] = frame(mem + i * 4096);
		mem[1234567 % (1 << 20)] = 1;
		rumpuser_shmseg_detach(b);
		_exit(0);
	}
	reaped(pid, 0);
	ck_assert_int_eq(mem[1234567 % (1 << 20)], 1);
	for (i = 0; i < 256; i++)
		ck_assert_uint_eq(frames[i], frame(mem + i * 4096));
	rumpuser_shmseg_detach(a);
	munmap(frames, 4096);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rumpuser_shm");
	TCase *t = tcase_create("segments");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, anonymous);
	tcase_add_test(t, named);
	tcase_add_test(t, parameters);
	tcase_add_test(t, wrong_files);
	tcase_add_test(t, header);
	tcase_add_test(t, passing);
	tcase_add_test(t, extents);
	tcase_add_test(t, extent_model);
	tcase_add_test(t, death);
	tcase_add_test(t, full_of_dead);
	tcase_add_test(t, giving);
	tcase_add_test(t, forked);
	tcase_add_test(t, one_payload);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
