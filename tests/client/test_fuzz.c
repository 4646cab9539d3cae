/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random system calls with valid memory and wild numbers: nothing may crash,
 * hang or leave the kernel unusable.  The seed is printed; a run with one
 * thread repeats exactly with SEED set in the environment.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

#define	BUFSIZE		65536
#define	NPATHS		16

struct fuzz {
	uint64_t	state;
	char		*buf;		/* BUFSIZE bytes */
	unsigned	seconds;
};

static const char *const paths[NPATHS] = {
	"/t/a", "/t/b", "/t/d", "/t/d/x", "/t/d/y", "/t/d/e", "/t/d/e/z",
	"/t/l", "a", "d/x", "../t/a", "/t/d/..", "/r1", "/t/", "", ".",
};

static uint64_t
rnd(struct fuzz *f)
{

	f->state ^= f->state << 13;
	f->state ^= f->state >> 7;
	f->state ^= f->state << 17;
	return f->state;
}

static int
rfd(struct fuzz *f)
{

	switch (rnd(f) % 16) {
	case 0:
		return -1;
	case 1:
		return (int)rnd(f);
	default:
		return (int)(rnd(f) % 40);
	}
}

static const char *
rpath(struct fuzz *f)
{

	return paths[rnd(f) % NPATHS];
}

/* Mostly small numbers, now and then a boundary. */
static int64_t
rnum(struct fuzz *f)
{
	static const int64_t edge[] = {
		0, -1, 1, INT32_MAX, INT64_MAX, INT64_MIN, 4096, 1 << 20,
	};

	return rnd(f) % 4 == 0 ? edge[rnd(f) % 8] :
	    (int64_t)(rnd(f) % 9000);
}

static size_t
rlen(struct fuzz *f)
{

	return rnd(f) % (rnd(f) % 2 ? 64 : BUFSIZE);
}

static void
call_path(struct fuzz *f)
{
	struct rump_stat sb;
	char *b = f->buf;

	switch (rnd(f) % 22) {
	case 0: rump_sys_mkdir(rpath(f), 0777); break;
	case 1: rump_sys_rmdir(rpath(f)); break;
	case 2: rump_sys_unlink(rpath(f)); break;
	case 3: rump_sys_rename(rpath(f), rpath(f)); break;
	case 4: rump_sys_link(rpath(f), rpath(f)); break;
	case 5: rump_sys_symlink(rpath(f), rpath(f)); break;
	case 6: rump_sys_readlink(rpath(f), b, rlen(f)); break;
	case 7: rump_sys_stat(rpath(f), (struct stat *)&sb); break;
	case 8: rump_sys_lstat(rpath(f), (struct stat *)&sb); break;
	case 9: rump_sys_chmod(rpath(f), (mode_t)rnd(f) & 07777); break;
	case 10: rump_sys_chown(rpath(f), 0, (gid_t)rnd(f)); break;
	case 11: rump_sys_access(rpath(f), (int)rnd(f) & 15); break;
	case 12: rump_sys_truncate(rpath(f), rnum(f) & 0xfffff); break;
	case 13: rump_sys_chdir(rpath(f)); break;
	case 14: rump_sys_mkfifo(rpath(f), 0666); break;
	case 15: rump_sys_mknod(rpath(f), 0020666, (dev_t)rnd(f)); break;
	case 16: rump_sys_pathconf(rpath(f), (int)rnum(f)); break;
	case 17: rump_sys_statvfs1(rpath(f), (struct statvfs *)b, 1); break;
	case 18: rump_sys_renameat(rfd(f), rpath(f), rfd(f), rpath(f));
		break;
	case 19: rump_sys_unlinkat(rfd(f), rpath(f), (int)rnd(f) & 0xfff);
		break;
	case 20: rump_sys_setxattr(rpath(f), "user.k", b, rnd(f) % 300,
	    (int)rnd(f) & 3); break;
	case 21: rump_sys_getxattr(rpath(f), "user.k", b, rlen(f)); break;
	}
}

static void
call_fd(struct fuzz *f)
{
	struct rump_stat sb;
	struct rump_flock fl;
	struct iovec iov[4];
	char *b = f->buf;
	int i, fd = rfd(f);

	switch (rnd(f) % 22) {
	case 0: case 1: rump_sys_close(fd); break;
	case 2: rump_sys_dup(fd); break;
	case 3: rump_sys_dup2(fd, rfd(f)); break;
	case 4: rump_sys_pread(fd, b, rlen(f), rnum(f)); break;
	case 5: rump_sys_pwrite(fd, b, rlen(f), rnum(f) & 0xfffff); break;
	case 6: rump_sys_lseek(fd, rnum(f), (int)rnd(f) % 4); break;
	case 7: rump_sys_fstat(fd, (struct stat *)&sb); break;
	case 8: rump_sys_ftruncate(fd, rnum(f) & 0xfffff); break;
	case 9: rump_sys_getdents(fd, b, rlen(f)); break;
	case 10: rump_sys_fchmod(fd, (mode_t)rnd(f) & 07777); break;
	case 11: rump_sys_fsync(fd); break;
	case 12: rump_sys_fchdir(fd); break;
	case 13: rump_sys_flock(fd, ((int)rnd(f) & 15) | RUMP_LOCK_NB);
		break;
	case 14:
		fl.l_start = rnum(f);
		fl.l_len = rnum(f);
		fl.l_type = (short)(rnd(f) % 5);
		fl.l_whence = (short)(rnd(f) % 4);
		rump_sys_fcntl(fd, rnd(f) % 2 ? RUMP_F_SETLK : RUMP_F_GETLK,
		    &fl);
		break;
	case 15: rump_sys_fcntl(fd, (int)(rnd(f) % 7), (int)rnum(f) & 0xff);
		break;
	case 16: rump_sys_fpathconf(fd, (int)rnum(f)); break;
	case 17: rump_sys_fdatasync(fd); break;
	case 18:
		for (i = 0; i < 4; i++) {
			iov[i].iov_base = b;
			iov[i].iov_len = rnd(f) % 64;
		}
		rump_sys_preadv(fd, iov, (int)rnd(f) % 5, rnum(f));
		break;
	case 19: rump_sys_posix_fadvise(fd, rnum(f), rnum(f),
	    (int)(rnd(f) % 8)); break;
	case 20: rump_sys_fstatvfs1(fd, (struct statvfs *)b, 1); break;
	case 21: rump_sys_futimes(fd, NULL); break;
	}
}

static void
call_event(struct fuzz *f)
{
	struct rump_timespec zero = { 0, 0 };
	struct rump_kevent ev[4];
	struct pollfd pfd[8];
	int i, p[2];

	switch (rnd(f) % 6) {
	case 0: rump_sys_pipe2(p, RUMP_O_NONBLOCK); break;
	case 1: (void)rump_sys_kqueue(); break;
	case 2:
		for (i = 0; i < 8; i++) {
			pfd[i].fd = rfd(f);
			pfd[i].events = (short)rnd(f);
		}
		rump_sys_poll(pfd, 8, 0);
		break;
	case 3: case 4:
		for (i = 0; i < 4; i++) {
			ev[i].ident = (uintptr_t)rfd(f);
			ev[i].filter = (uint32_t)(rnd(f) % 9);
			ev[i].flags = (uint32_t)rnd(f) & 0xff;
			ev[i].fflags = (uint32_t)rnd(f);
			ev[i].data = rnum(f);
			ev[i].udata = 0;
		}
		rump_sys_kevent(rfd(f), (struct kevent *)ev, 4,
		    (struct kevent *)ev, 4, (struct timespec *)&zero);
		break;
	case 5:
		/* Codes of any group and size, whose data fits the buffer. */
		rump_sys_ioctl(rfd(f), (u_long)rnd(f) & 0xffffffff, f->buf);
		break;
	}
}

static void
fuzz_one(struct fuzz *f)
{
	int fd;

	switch (rnd(f) % 8) {
	case 0:
	case 1:
		fd = rump_sys_open(rpath(f), ((int)rnd(f) & 0x200f0b) |
		    RUMP_O_NONBLOCK, 0666);
		if (fd > 30)
			rump_sys_close(fd);
		break;
	case 2: case 3: case 4:
		call_path(f);
		break;
	case 5: case 6:
		call_fd(f);
		break;
	case 7:
		call_event(f);
		break;
	}
}

static void *
fuzz_thread(void *arg)
{
	struct fuzz *f = arg;
	time_t end = time(NULL) + f->seconds;
	int i;

	f->buf = calloc(1, BUFSIZE);
	if (rump_pub_lwproc_rfork(RUMP_RFFD_CLEAR) != 0)
		abort();
	while (time(NULL) < end)
		for (i = 0; i < 100; i++)
			fuzz_one(f);
	rump_pub_lwproc_releaselwp();
	free(f->buf);
	return NULL;
}

/* The same calls in each run, unless SEED in the environment says others. */
static uint64_t
seed(void)
{
	const char *s = getenv("SEED");
	uint64_t v = s != NULL ? strtoull(s, NULL, 0) : 0x2545f4914f6cdd1d;

	printf("SEED=%llu\n", (unsigned long long)v);
	fflush(stdout);
	return v | 1;
}

static void
boot(void)
{
	struct {
		int version;
		uint64_t nodes, size;
		uint32_t uid, gid, mode;
	} args = { 1, 1000, 16 << 20, 0, 0, 0777 };

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_mkdir("/t", 0777), 0);
	ck_assert_int_eq(rump_sys_mount(RUMP_MOUNT_TMPFS, "/t", 0, &args,
	    sizeof(args)), 0);
}

/* The kernel still works after it all. */
static void
sane(void)
{
	struct rump_stat sb;
	int fd;

	fd = rump_sys_open("/sane", RUMP_O_CREAT | RUMP_O_RDWR, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_write(fd, "ok", 2), 2);
	ck_assert_int_eq(rump_sys_fstat(fd, (struct stat *)&sb), 0);
	ck_assert_int_eq(sb.st_size, 2);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	ck_assert_int_eq(rump_sys_unmount("/t", RUMP_MNT_FORCE), 0);
}

START_TEST(one_thread)
{
	struct fuzz f = { seed(), NULL, 3 };

	fuzz_thread(&f);
	sane();
}
END_TEST

START_TEST(four_threads)
{
	struct fuzz f[4];
	pthread_t t[4];
	uint64_t s = seed();
	int i;

	for (i = 0; i < 4; i++) {
		f[i].state = s * (uint64_t)(i * 2 + 1);
		f[i].seconds = 3;
		ck_assert_int_eq(pthread_create(&t[i], NULL, fuzz_thread,
		    &f[i]), 0);
	}
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	sane();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("random calls");
	TCase *tc = tcase_create("client");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_set_timeout(tc, 50);
	tcase_add_test(tc, one_thread);
	tcase_add_test(tc, four_threads);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
