/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random calls on descriptors, files and pipes, by the Linux ABI: the host
 * gets the same calls with the same arguments, and is right.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define	SLOTS	10		/* descriptors, by the numbers of each side */
#define	NAMES	4
#define	STEPS	20000
#ifndef SEEDS
#define	SEEDS	5
#endif

static int hfd[SLOTS], rfd[SLOTS];
static uint32_t state;
static char trace[128];

static unsigned int
rnd(unsigned int n)
{

	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

/* Both results of a step, and the errors that go with them. */
static void
same(long h, int herr, long r, int rerr)
{

	ck_assert_msg(h == r && (h >= 0 || herr == rerr),
	    "%s: host %ld errno %d, rump %ld errno %d", trace, h,
	    h < 0 ? herr : 0, r, r < 0 ? rerr : 0);
}

#define	BOTH(h, r)							\
	do {								\
		long _h, _r;						\
		int _e;							\
		errno = 0;						\
		_h = (long)(h);						\
		_e = errno;						\
		errno = 0;						\
		_r = (long)(r);						\
		same(_h, _e, _r, errno);				\
	} while (0)

/* A descriptor each, or neither. */
static void
both_open(int slot, int h, int herr, int r, int rerr)
{

	same(h < 0 ? -1 : 0, herr, r < 0 ? -1 : 0, rerr);
	if (h < 0)
		return;
	if (hfd[slot] >= 0) {
		close(hfd[slot]);
		rump_sys_close(rfd[slot]);
	}
	hfd[slot] = h;
	rfd[slot] = r;
}

static const char *
name(void)
{
	static const char *names[NAMES] = { "a", "b", "d/c", "d" };

	return names[rnd(NAMES)];
}

static void
step_open(int slot)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	static const int flags[] = { 0, O_CREAT, O_CREAT | O_EXCL, O_TRUNC,
	    O_APPEND, O_DIRECTORY, O_CREAT | O_TRUNC, O_CLOEXEC | O_CREAT };
	int fl = modes[rnd(4)] | flags[rnd(8)] | (rnd(2) ? O_NONBLOCK : 0);
	const char *path = name();
	int h, herr, r;

	snprintf(trace, sizeof(trace), "open %s %#o", path, fl);
	errno = 0;
	h = open(path, fl, 0600);
	herr = errno;
	errno = 0;
	r = rump_sys_open(path, fl, 0600);
	both_open(slot, h, herr, r, errno);
}

static void
step_names(void)
{
	const char *a = name(), *b = name();
	struct stat sa, sb;
	int h, herr, r;

	switch (rnd(5)) {
	case 0:
		snprintf(trace, sizeof(trace), "unlink %s", a);
		BOTH(unlink(a), rump_sys_unlink(a));
		break;
	case 1:
		/* Of two links to one file the native rename removes one. */
		if (stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
		    sa.st_ino == sb.st_ino)
			return;
		snprintf(trace, sizeof(trace), "rename %s %s", a, b);
		h = rename(a, b);
		herr = errno;
		r = rump_sys_rename(a, b);
		/* The path has two ends, and each may be wrong. */
		same(h, h == r ? errno : herr, r, errno);
		break;
	case 2:
		snprintf(trace, sizeof(trace), "link %s %s", a, b);
		h = link(a, b);
		herr = errno;
		r = rump_sys_link(a, b);
		same(h, h == r ? errno : herr, r, errno);
		break;
	case 3:
		snprintf(trace, sizeof(trace), "mkdir %s", a);
		BOTH(mkdir(a, 0700), rump_sys_mkdir(a, 0700));
		break;
	default:
		snprintf(trace, sizeof(trace), "rmdir %s", a);
		BOTH(rmdir(a), rump_sys_rmdir(a));
		break;
	}
}

static void
step_pipe(int a, int b)
{
	int h[2], r[2], fl = O_NONBLOCK | (rnd(2) ? O_CLOEXEC : 0);

	if (a == b)
		return;
	snprintf(trace, sizeof(trace), "pipe");
	BOTH(pipe2(h, fl), rump_sys_pipe2(r, fl));
	both_open(a, h[0], 0, r[0], 0);
	both_open(b, h[1], 0, r[1], 0);
}

/* What both have is the same; pipes stay far from either's size. */
static void
step_io(int slot)
{
	static char hbuf[600], rbuf[600];
	int h = hfd[slot], r = rfd[slot], used = 0, which;
	size_t n = rnd(5) == 0 ? 0 : rnd(200), i;
	off_t off = (off_t)rnd(3000) - 50;
	struct iovec hv[3], rv[3];
	struct stat st;

	if (fstat(h, &st) == 0 && S_ISFIFO(st.st_mode))
		(void)ioctl(h, FIONREAD, &used);
	memset(hbuf, 0, sizeof(hbuf));
	memset(rbuf, 0, sizeof(rbuf));
	for (i = 0; i < 3; i++) {
		hv[i].iov_base = hbuf + i * 200;
		rv[i].iov_base = rbuf + i * 200;
		hv[i].iov_len = rv[i].iov_len = rnd(60);
	}
	which = (int)rnd(6);
	/* Nothing for nobody: an error here, not there. */
	if (n == 0 && which == 3)
		return;
	/* Of several errors at once each kernel has its own favourite. */
	if ((which == 1 || which == 4) && (off < 0 || h < 0 ||
	    (fcntl(h, F_GETFL) & O_ACCMODE) != O_RDWR))
		return;
	switch (which) {
	case 0:
		snprintf(trace, sizeof(trace), "read %d %zu", slot, n);
		BOTH(read(h, hbuf, n), rump_sys_read(r, rbuf, n));
		break;
	case 1:
		snprintf(trace, sizeof(trace), "pread %d %zu", slot, n);
		BOTH(pread(h, hbuf, n, off), rump_sys_pread(r, rbuf, n, off));
		break;
	case 2:
		snprintf(trace, sizeof(trace), "readv %d", slot);
		BOTH(readv(h, hv, 3), rump_sys_readv(r, rv, 3));
		break;
	case 3:
		if (used > 200)
			return;
		for (i = 0; i < n; i++)
			hbuf[i] = rbuf[i] = (char)rnd(256);
		snprintf(trace, sizeof(trace), "write %d %zu", slot, n);
		BOTH(write(h, hbuf, n), rump_sys_write(r, rbuf, n));
		break;
	case 4:
		snprintf(trace, sizeof(trace), "pwrite %d %zu %ld", slot, n,
		    (long)off);
		BOTH(pwrite(h, hbuf, n, off),
		    rump_sys_pwrite(r, rbuf, n, off));
		break;
	default:
		if (used > 200)
			return;
		snprintf(trace, sizeof(trace), "writev %d", slot);
		BOTH(writev(h, hv, 3), rump_sys_writev(r, rv, 3));
		break;
	}
	ck_assert_msg(memcmp(hbuf, rbuf, sizeof(hbuf)) == 0,
	    "%s: other bytes", trace);
}

static void
step_stat(int slot)
{
	struct stat h, r;

	snprintf(trace, sizeof(trace), "fstat %d", slot);
	BOTH(fstat(hfd[slot], &h), rump_sys_fstat(rfd[slot], &r));
	if (hfd[slot] < 0)
		return;
	ck_assert_uint_eq(h.st_mode & S_IFMT, r.st_mode & S_IFMT);
	if (!S_ISREG(h.st_mode))
		return;
	ck_assert_uint_eq(h.st_mode, r.st_mode);
	ck_assert_int_eq(h.st_size, r.st_size);
	ck_assert_uint_eq(h.st_nlink, r.st_nlink);
}

static void
step_descriptor(int slot, int other)
{
	int h = hfd[slot], r = rfd[slot], fl, herr, nh, nr;
	off_t off = (off_t)rnd(4000) - 100;
	struct stat st;

	switch (rnd(8)) {
	case 0:
		snprintf(trace, sizeof(trace), "close %d", slot);
		BOTH(close(h), rump_sys_close(r));
		hfd[slot] = rfd[slot] = -1;
		break;
	case 1:
		snprintf(trace, sizeof(trace), "dup %d", slot);
		errno = 0;
		nh = dup(h);
		herr = errno;
		errno = 0;
		nr = rump_sys_dup(r);
		both_open(other, nh, herr, nr, errno);
		break;
	case 2:
		if (hfd[other] < 0 || slot == other)
			return;
		snprintf(trace, sizeof(trace), "dup2 %d %d", slot, other);
		BOTH(dup2(h, hfd[other]) >= 0 ? 0 : -1,
		    rump_sys_dup2(r, rfd[other]) >= 0 ? 0 : -1);
		break;
	case 3:
		/* Where a directory ends is the file system's affair. */
		if (fstat(h, &st) == 0 && S_ISDIR(st.st_mode))
			return;
		snprintf(trace, sizeof(trace), "lseek %d %ld", slot,
		    (long)off);
		fl = (int)rnd(3);
		BOTH(lseek(h, off, fl), rump_sys_lseek(r, off, fl));
		break;
	case 4:
		if (off < 0 && (h < 0 ||
		    (fcntl(h, F_GETFL) & O_ACCMODE) == O_RDONLY))
			return;
		snprintf(trace, sizeof(trace), "ftruncate %d %ld", slot,
		    (long)off);
		BOTH(ftruncate(h, off), rump_sys_ftruncate(r, off));
		break;
	case 5:
		snprintf(trace, sizeof(trace), "fcntl %d getfl", slot);
		nh = fcntl(h, F_GETFL);
		if (nh != -1)
			nh &= ~(0100000 | O_DIRECTORY);
		BOTH((errno = EBADF, nh), rump_sys_fcntl(r, F_GETFL));
		break;
	case 6:
		fl = O_NONBLOCK | (rnd(2) ? O_APPEND : 0);
		snprintf(trace, sizeof(trace), "fcntl %d setfl %#o", slot,
		    fl);
		BOTH(fcntl(h, F_SETFL, fl), rump_sys_fcntl(r, F_SETFL, fl));
		break;
	default:
		snprintf(trace, sizeof(trace), "fcntl %d getfd", slot);
		BOTH(fcntl(h, F_GETFD), rump_sys_fcntl(r, F_GETFD));
		break;
	}
}

static void
step_poll(void)
{
	struct pollfd h[SLOTS], r[SLOTS];
	int i;

	memset(h, 0, sizeof(h));
	memset(r, 0, sizeof(r));
	for (i = 0; i < SLOTS; i++) {
		h[i].fd = hfd[i];
		r[i].fd = rfd[i];
		h[i].events = r[i].events = (short)(rnd(2) ? POLLIN :
		    POLLOUT);
	}
	snprintf(trace, sizeof(trace), "poll");
	BOTH(poll(h, SLOTS, 0), rump_sys_poll(r, SLOTS, 0));
	for (i = 0; i < SLOTS; i++) {
		/* The native kernel says more about an end that is alone. */
		if ((h[i].revents & (POLLHUP | POLLERR)) != 0 &&
		    (r[i].revents & (POLLHUP | POLLERR)) != 0)
			continue;
		ck_assert_msg(h[i].revents == r[i].revents,
		    "poll %d %#x: host %#x, rump %#x", i, h[i].events,
		    h[i].revents, r[i].revents);
	}
}

static void
run(uint32_t seed)
{
	char dir[] = "/tmp/rumpjudgeXXXXXX", cmd[64];
	int i, slot;

	signal(SIGPIPE, SIG_IGN);
	rump_boot_setsigmodel(RUMP_SIGMODEL_IGNORE);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_mkdir("/w", 0700), 0);
	ck_assert_int_eq(rump_sys_chdir("/w"), 0);
	state = seed;
	for (i = 0; i < SLOTS; i++)
		hfd[i] = rfd[i] = -1;
	for (i = 0; i < STEPS; i++) {
		slot = (int)rnd(SLOTS);
		switch (rnd(12)) {
		case 0:
		case 1:
			step_open(slot);
			break;
		case 2:
			step_pipe(slot, (int)rnd(SLOTS));
			break;
		case 3:
			step_names();
			break;
		case 4:
			step_stat(slot);
			break;
		case 5:
			step_poll();
			break;
		case 6:
		case 7:
			step_descriptor(slot, (int)rnd(SLOTS));
			break;
		default:
			step_io(slot);
			break;
		}
	}
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

START_TEST(descriptors)
{

	run(4711 + (uint32_t)_i * 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("judge");
	TCase *tc = tcase_create("judge");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, descriptors, 0, SEEDS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
