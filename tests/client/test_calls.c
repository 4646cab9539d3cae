/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on files as a client sees them: the native structures and
 * constants, locks between processes, positioned I/O, the creation mask.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumperr.h>
#include <rump/rumperrno2host.h>

#define	fails(call, number)						\
	do {								\
		errno = 0;						\
		ck_assert_int_eq((int)(call), -1);			\
		ck_assert_int_eq(errno, (number));			\
	} while (0)

static void
boot(void)
{

	ck_assert_int_eq(rump_init(), 0);
}

static int
newfile(const char *path)
{
	int fd;

	fd = rump_sys_open(path, RUMP_O_RDWR | RUMP_O_CREAT, 0666);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static int
lockreq(int fd, int cmd, short type, int64_t start, int64_t len,
    struct rump_flock *fl)
{

	memset(fl, 0, sizeof(*fl));
	fl->l_type = type;
	fl->l_start = start;
	fl->l_len = len;
	return rump_sys_fcntl(fd, cmd, fl);
}

START_TEST(stat_native)
{
	struct rump_stat sb, sb2;
	int fd = newfile("/s");

	ck_assert_int_eq(rump_sys_write(fd, "12345", 5), 5);
	memset(&sb, 0xa5, sizeof(sb));
	ck_assert_int_eq(rump_sys_stat("/s", (struct stat *)&sb), 0);
	ck_assert_int_eq(sb.st_size, 5);
	ck_assert_int_eq(sb.st_mode, RUMP_S_IFREG | 0644);
	ck_assert(RUMP_S_ISREG(sb.st_mode));
	ck_assert_int_eq(sb.st_nlink, 1);
	ck_assert_int_eq(sb.st_uid, 0);
	ck_assert_int_gt(sb.st_mtim.tv_sec, 1600000000);
	ck_assert_int_ge(sb.st_mtim.tv_nsec, 0);
	ck_assert_int_lt(sb.st_mtim.tv_nsec, 1000000000);
	ck_assert_int_gt(sb.st_blksize, 0);
	memset(&sb2, 0x5a, sizeof(sb2));
	ck_assert_int_eq(rump_sys_fstat(fd, (struct stat *)&sb2), 0);
	ck_assert_int_eq(memcmp(&sb, &sb2, offsetof(struct rump_stat,
	    st_spare)), 0);
	fails(rump_sys_stat("/none", (struct stat *)&sb), RUMP_ENOENT);
	fails(rump_sys_stat("/s/x", (struct stat *)&sb), RUMP_ENOTDIR);
	fails(rump_sys_stat(NULL, (struct stat *)&sb), RUMP_EFAULT);
	fails(rump_sys_stat("/s", NULL), RUMP_EFAULT);
}
END_TEST

START_TEST(umask_applies)
{
	struct rump_stat sb;
	int fd;

	ck_assert_int_eq(rump_sys_umask(077), 022);
	fd = newfile("/u");
	ck_assert_int_eq(rump_sys_fstat(fd, (struct stat *)&sb), 0);
	ck_assert_int_eq(sb.st_mode & 0777, 0600);
	ck_assert_int_eq(rump_sys_umask(022), 077);
}
END_TEST

START_TEST(positioned)
{
	char a[4], b[4];
	struct iovec iov[2] = { { a, 4 }, { b, 4 } };
	int fd = newfile("/p");

	ck_assert_int_eq(rump_sys_pwrite(fd, "abcdefgh", 8, 100), 8);
	ck_assert_int_eq(rump_sys_lseek(fd, 0, SEEK_CUR), 0);
	ck_assert_int_eq(rump_sys_lseek(fd, 0, SEEK_END), 108);
	ck_assert_int_eq(rump_sys_preadv(fd, iov, 2, 100), 8);
	ck_assert_int_eq(memcmp(a, "abcd", 4), 0);
	ck_assert_int_eq(memcmp(b, "efgh", 4), 0);
	ck_assert_int_eq(rump_sys_pread(fd, a, 4, 107), 1);
	ck_assert_int_eq(rump_sys_pread(fd, a, 4, 108), 0);
	fails(rump_sys_pread(fd, a, 4, -1), RUMP_EINVAL);
	fails(rump_sys_lseek(fd, -1, SEEK_SET), RUMP_EINVAL);
	memset(a, 'w', 4);
	ck_assert_int_eq(rump_sys_pwritev(fd, iov, 2, 0), 8);
	ck_assert_int_eq(rump_sys_pread(fd, b, 4, 0), 4);
	ck_assert_int_eq(memcmp(b, "wwww", 4), 0);
	ck_assert_int_eq(rump_sys_lseek(fd, 0, SEEK_CUR), 108);
}
END_TEST

/* Appending is to where the end is at that moment. */
START_TEST(append)
{
	char buf[8];
	int fd = newfile("/ap"), fd2;

	fd2 = rump_sys_open("/ap", RUMP_O_WRONLY | RUMP_O_APPEND);
	ck_assert_int_ge(fd2, 0);
	ck_assert_int_eq(rump_sys_write(fd, "aaa", 3), 3);
	ck_assert_int_eq(rump_sys_write(fd2, "bbb", 3), 3);
	ck_assert_int_eq(rump_sys_pread(fd, buf, 8, 0), 6);
	ck_assert_int_eq(memcmp(buf, "aaabbb", 6), 0);
	fails(rump_sys_read(fd2, buf, 1), RUMP_EBADF);
	ck_assert_int_eq(rump_sys_fcntl(fd, RUMP_F_SETFL, RUMP_O_APPEND), 0);
	ck_assert_int_eq(rump_sys_lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(rump_sys_write(fd, "c", 1), 1);
	ck_assert_int_eq(rump_sys_pread(fd, buf, 8, 0), 7);
	ck_assert_int_eq(buf[6], 'c');
}
END_TEST

START_TEST(record_locks)
{
	struct rump_flock fl;
	int fd = newfile("/l"), fd2, holder;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFD_COPY), 0);
	holder = rump_sys_getpid();
	ck_assert_int_eq(lockreq(fd, RUMP_F_SETLK, RUMP_F_WRLCK, 10, 10,
	    &fl), 0);
	/* One's own is no obstacle. */
	ck_assert_int_eq(lockreq(fd, RUMP_F_GETLK, RUMP_F_WRLCK, 0, 0, &fl),
	    0);
	ck_assert_int_eq(fl.l_type, RUMP_F_UNLCK);

	struct lwp *l = rump_pub_lwproc_curlwp();
	rump_pub_lwproc_switch(NULL);
	ck_assert_int_eq(lockreq(fd, RUMP_F_GETLK, RUMP_F_WRLCK, 0, 0, &fl),
	    0);
	ck_assert_int_eq(fl.l_type, RUMP_F_WRLCK);
	ck_assert_int_eq(fl.l_start, 10);
	ck_assert_int_eq(fl.l_len, 10);
	ck_assert_int_eq(fl.l_pid, holder);
	fails(lockreq(fd, RUMP_F_SETLK, RUMP_F_RDLCK, 19, 1, &fl),
	    RUMP_EAGAIN);
	ck_assert_int_eq(lockreq(fd, RUMP_F_SETLK, RUMP_F_RDLCK, 20, 1, &fl),
	    0);

	/* Any close of the file by the holder gives its locks up. */
	rump_pub_lwproc_switch(l);
	fd2 = rump_sys_open("/l", RUMP_O_RDONLY);
	ck_assert_int_ge(fd2, 0);
	ck_assert_int_eq(rump_sys_close(fd2), 0);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(lockreq(fd, RUMP_F_SETLK, RUMP_F_WRLCK, 0, 0, &fl),
	    0);
	fails(lockreq(fd, RUMP_F_SETLK, 99, 0, 0, &fl), RUMP_EINVAL);
	fails(rump_sys_fcntl(fd, RUMP_F_SETLK, NULL), RUMP_EFAULT);
}
END_TEST

START_TEST(file_locks)
{
	int fd = newfile("/f"), fd2, dup;

	fd2 = rump_sys_open("/f", RUMP_O_RDWR);
	ck_assert_int_ge(fd2, 0);
	ck_assert_int_eq(rump_sys_flock(fd, RUMP_LOCK_EX), 0);
	fails(rump_sys_flock(fd2, RUMP_LOCK_SH | RUMP_LOCK_NB), RUMP_EAGAIN);
	/* The lock belongs to the open file, not to the descriptor. */
	dup = rump_sys_dup(fd);
	ck_assert_int_eq(rump_sys_close(fd), 0);
	fails(rump_sys_flock(fd2, RUMP_LOCK_SH | RUMP_LOCK_NB), RUMP_EAGAIN);
	ck_assert_int_eq(rump_sys_close(dup), 0);
	ck_assert_int_eq(rump_sys_flock(fd2, RUMP_LOCK_SH | RUMP_LOCK_NB), 0);
	ck_assert_int_eq(rump_sys_flock(fd2, RUMP_LOCK_UN), 0);
	fails(rump_sys_flock(fd2, 77), RUMP_EINVAL);
}
END_TEST

static void *
lock_waiter(void *arg)
{
	int fd;

	if (rump_pub_lwproc_rfork(RUMP_RFFD_CLEAR) != 0)
		return arg;
	fd = rump_sys_open("/w", RUMP_O_RDWR);
	if (rump_sys_flock(fd, RUMP_LOCK_EX) != 0)
		return arg;
	rump_pub_lwproc_releaselwp();
	return NULL;
}

START_TEST(lock_wait)
{
	pthread_t t;
	void *res;
	int fd = newfile("/w");

	ck_assert_int_eq(rump_sys_flock(fd, RUMP_LOCK_EX), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, lock_waiter, &fd), 0);
	usleep(50000);
	ck_assert_int_eq(rump_sys_flock(fd, RUMP_LOCK_UN), 0);
	ck_assert_int_eq(pthread_join(t, &res), 0);
	ck_assert_ptr_null(res);
	/* The waiter's process is gone and its lock with it. */
	ck_assert_int_eq(rump_sys_flock(fd, RUMP_LOCK_EX | RUMP_LOCK_NB), 0);
}
END_TEST

START_TEST(path_conf)
{
	int fd = newfile("/pc"), p[2];

	ck_assert_int_eq(rump_sys_fpathconf(fd, RUMP_PC_NAME_MAX), 511);
	ck_assert_int_eq(rump_sys_pathconf("/", RUMP_PC_NAME_MAX), 511);
	fails(rump_sys_fpathconf(fd, 4711), RUMP_EINVAL);
	ck_assert_int_eq(rump_sys_pipe(p), 0);
	ck_assert_int_ge(rump_sys_fpathconf(p[0], RUMP_PC_PIPE_BUF), 512);
	/* The result is the error. */
	ck_assert_int_eq(rump_sys_posix_fadvise(fd, 0, 0,
	    RUMP_POSIX_FADV_SEQUENTIAL), 0);
	ck_assert_int_eq(rump_sys_posix_fadvise(p[0], 0, 0, 0), RUMP_ESPIPE);
	ck_assert_int_eq(rump_sys_posix_fadvise(fd, 0, 0, 99), RUMP_EINVAL);
}
END_TEST

START_TEST(filesystem)
{
	struct rump_statvfs sv;

	memset(&sv, 0, sizeof(sv));
	ck_assert_int_eq(rump_sys_statvfs1("/", (struct statvfs *)&sv,
	    RUMP_ST_WAIT), 0);
	ck_assert_str_eq(sv.f_mntonname, "/");
	ck_assert_uint_eq(sv.f_namemax, 511);
	fails(rump_sys_mount("nosuchfs", "/", 0, NULL, 0), RUMP_ENODEV);
	fails(rump_sys_unmount("/nothere", 0), RUMP_ENOENT);
}
END_TEST

START_TEST(poll_file)
{
	struct rump_pollfd pfd = { newfile("/po"), 0x1 | 0x4, 0 };

	ck_assert_int_eq(rump_sys_poll((struct pollfd *)&pfd, 1, -1), 1);
	ck_assert_int_eq(pfd.revents, 0x1 | 0x4);
}
END_TEST

START_TEST(kevent_vnode)
{
	struct rump_kevent ch, ev;
	struct rump_timespec zero = { 0, 0 };
	int fd = newfile("/k"), kq = rump_sys_kqueue();

	memset(&ch, 0, sizeof(ch));
	ch.ident = (uintptr_t)fd;
	ch.filter = RUMP_EVFILT_VNODE;
	ch.flags = RUMP_EV_ADD | RUMP_EV_CLEAR;
	ch.fflags = RUMP_NOTE_WRITE | RUMP_NOTE_DELETE;
	ck_assert_int_eq(rump_sys_kevent(kq, (struct kevent *)&ch, 1, NULL, 0,
	    NULL), 0);
	ck_assert_int_eq(rump_sys_write(fd, "x", 1), 1);
	ck_assert_int_eq(rump_sys_kevent(kq, NULL, 0, (struct kevent *)&ev, 1,
	    NULL), 1);
	ck_assert_int_ne(ev.fflags & RUMP_NOTE_WRITE, 0);
	ck_assert_int_eq(rump_sys_kevent(kq, NULL, 0, (struct kevent *)&ev, 1,
	    (struct timespec *)&zero), 0);
	ck_assert_int_eq(rump_sys_unlink("/k"), 0);
	ck_assert_int_eq(rump_sys_kevent(kq, NULL, 0, (struct kevent *)&ev, 1,
	    NULL), 1);
	ck_assert_int_ne(ev.fflags & RUMP_NOTE_DELETE, 0);
}
END_TEST

START_TEST(error_texts)
{

	ck_assert_str_eq(rump_strerror(0), "No error");
	ck_assert_str_eq(rump_strerror(RUMP_ENOTEMPTY),
	    "Directory not empty");
	ck_assert_str_eq(rump_strerror(4711), "Unknown error");
	ck_assert_int_eq(rump_errno2host(RUMP_ENOTEMPTY), ENOTEMPTY);
	ck_assert_int_eq(rump_errno2host(RUMP_ENOATTR), ENODATA);
	ck_assert_int_eq(rump_errno2host(0), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("calls");
	TCase *tc = tcase_create("client");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, boot, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, stat_native);
	tcase_add_test(tc, umask_applies);
	tcase_add_test(tc, positioned);
	tcase_add_test(tc, append);
	tcase_add_test(tc, record_locks);
	tcase_add_test(tc, file_locks);
	tcase_add_test(tc, lock_wait);
	tcase_add_test(tc, path_conf);
	tcase_add_test(tc, filesystem);
	tcase_add_test(tc, poll_file);
	tcase_add_test(tc, kevent_vnode);
	tcase_add_test(tc, error_texts);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
