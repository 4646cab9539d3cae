/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux ABI: the same calls with the numbers and structures of the host's
 * headers go to the host and to the rump kernel, and give the same results.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>
#include <rump/rumperrno2host.h>

extern int rump_i_know_what_i_am_doing_with_sysents;

/* The calls of one side. */
struct side {
	int	(*open)(const char *, int, ...);
	int	(*openat)(int, const char *, int, ...);
	int	(*close)(int);
	ssize_t	(*read)(int, void *, size_t);
	ssize_t	(*write)(int, const void *, size_t);
	off_t	(*lseek)(int, off_t, int);
	int	(*unlink)(const char *);
	int	(*unlinkat)(int, const char *, int);
	int	(*mkdir)(const char *, mode_t);
	int	(*rmdir)(const char *);
	int	(*rename)(const char *, const char *);
	int	(*symlink)(const char *, const char *);
	int	(*linkat)(int, const char *, int, const char *, int);
	int	(*stat)(const char *, struct stat *);
	int	(*lstat)(const char *, struct stat *);
	int	(*fstat)(int, struct stat *);
	int	(*fstatat)(int, const char *, struct stat *, int);
	int	(*mknod)(const char *, mode_t, dev_t);
	int	(*fcntl)(int, int, ...);
	int	(*dup)(int);
	int	(*dup2)(int, int);
	int	(*dup3)(int, int, int);
	int	(*pipe2)(int *, int);
	int	(*ioctl)(int, unsigned long, ...);
	int	(*faccessat)(int, const char *, int, int);
	int	(*fchmodat)(int, const char *, mode_t, int);
	int	(*fchownat)(int, const char *, uid_t, gid_t, int);
	int	(*utimensat)(int, const char *, const struct timespec *, int);
	int	(*fdatasync)(int);
	int	(*poll)(struct pollfd *, nfds_t, int);
	int	(*select)(int, fd_set *, fd_set *, fd_set *,
		    struct timeval *);
};

static int
host_getres(struct timespec *ts)
{

	return clock_getres(CLOCK_MONOTONIC, ts);
}

static int
r_poll(struct pollfd *fds, nfds_t n, int ms)
{

	return rump_sys_poll(fds, (unsigned)n, ms);
}

static const struct side host = {
	open, openat, close, read, write, lseek, unlink, unlinkat, mkdir,
	rmdir, rename, symlink, linkat, stat, lstat, fstat, fstatat, mknod,
	fcntl, dup, dup2, dup3, pipe2, ioctl, faccessat, fchmodat, fchownat,
	utimensat, fdatasync, poll, select,
};
static const struct side rump = {
	rump_sys_open, rump_sys_openat, rump_sys_close, rump_sys_read,
	rump_sys_write, rump_sys_lseek, rump_sys_unlink, rump_sys_unlinkat,
	rump_sys_mkdir, rump_sys_rmdir, rump_sys_rename, rump_sys_symlink,
	rump_sys_linkat, rump_sys_stat, rump_sys_lstat, rump_sys_fstat,
	rump_sys_fstatat, rump_sys_mknod, rump_sys_fcntl, rump_sys_dup,
	rump_sys_dup2, rump_sys_dup3, rump_sys_pipe2, rump_sys_ioctl,
	rump_sys_faccessat, rump_sys_fchmodat, rump_sys_fchownat,
	rump_sys_utimensat, rump_sys_fdatasync, r_poll, rump_sys_select,
};

/* What happened, line by line, to be compared. */
struct log {
	char	text[65536];
	size_t	len;
};

static void __attribute__((__format__(__printf__, 2, 3)))
say(struct log *lg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	lg->len += (size_t)vsnprintf(lg->text + lg->len,
	    sizeof(lg->text) - lg->len, fmt, ap);
	va_end(ap);
	ck_assert_uint_lt(lg->len, sizeof(lg->text));
}

#define	DO(call)							\
	do {								\
		long _r;						\
		errno = 0;						\
		_r = (long)(call);					\
		say(lg, "%d: %s = %ld errno %d\n", __LINE__, #call, _r,	\
		    _r < 0 ? errno : 0);				\
	} while (0)

static void
say_stat(struct log *lg, const struct stat *st)
{

	say(lg, "  mode %o links %lu ids %u %u size %ld dev %u,%u "
	    "times %ld.%09ld\n",
	    /* Nobody asks for those of a symbolic link. */
	    S_ISLNK(st->st_mode) ? st->st_mode & S_IFMT : st->st_mode,
	    (unsigned long)(S_ISDIR(st->st_mode) ? 0 : st->st_nlink),
	    st->st_uid, st->st_gid,
	    S_ISDIR(st->st_mode) ? 0L : (long)st->st_size,
	    S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ?
	    major(st->st_rdev) : 0,
	    S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ?
	    minor(st->st_rdev) : 0,
	    st->st_mtime < 100000 ? (long)st->st_mtime : 0L,
	    st->st_mtime < 100000 ? st->st_mtim.tv_nsec : 0L);
}

/* Run a script on both sides. */
static void
judge(void (*script)(const struct side *, struct log *))
{
	static struct log h, r;
	char dir[] = "/tmp/linuxabiXXXXXX", cmd[64];
	char *hl, *rl, *hs, *rs;
	int differ = 0;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(rump_init(), 0);
	umask(022);
	ck_assert_int_eq(rump_sys_mkdir("/w", 0755), 0);
	ck_assert_int_eq(rump_sys_chdir("/w"), 0);
	script(&host, &h);
	script(&rump, &r);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert_uint_gt(h.len, 100);
	for (hl = strtok_r(h.text, "\n", &hs), rl = strtok_r(r.text, "\n",
	    &rs); hl != NULL && rl != NULL; hl = strtok_r(NULL, "\n", &hs),
	    rl = strtok_r(NULL, "\n", &rs)) {
		if (strcmp(hl, rl) != 0) {
			fprintf(stderr, "host: %s\nrump: %s\n", hl, rl);
			differ++;
		}
	}
	ck_assert_ptr_eq(hl, rl);
	ck_assert_int_eq(differ, 0);
}

static void
script_open(const struct side *s, struct log *lg)
{
	struct stat st;
	char buf[64];
	int fd, dfd;

	DO(s->open("none", O_RDONLY));
	fd = s->open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
	ck_assert_int_ge(fd, 0);
	DO(s->open("file", O_WRONLY | O_CREAT | O_EXCL, 0640));
	DO(s->write(fd, "hello, world", 12));
	DO(s->fstat(fd, &st));
	say_stat(lg, &st);
	DO(s->fcntl(fd, F_GETFL) & ~0100000);
	DO(s->fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	DO(s->fcntl(fd, F_GETFL) & ~0100000);
	DO(s->lseek(fd, 0, SEEK_SET));
	DO(s->write(fd, "++", 2));
	DO(s->fstat(fd, &st));
	say_stat(lg, &st);
	DO(s->fdatasync(fd));
	DO(s->fdatasync(999));
	DO(s->close(fd));
	DO(s->close(fd));
	fd = s->open("file", O_RDONLY);
	DO(s->read(fd, buf, sizeof(buf)));
	DO(memcmp(buf, "hello, world++", 14));
	DO(s->write(fd, "x", 1));
	DO(s->fdatasync(fd));
	DO(s->close(fd));
	fd = s->open("file", O_WRONLY | O_TRUNC);
	DO(s->fstat(fd, &st));
	say_stat(lg, &st);
	DO(s->read(fd, buf, 1));
	DO(s->close(fd));
	DO(s->open("file", O_RDONLY | O_DIRECTORY));
	DO(s->mkdir("dir", 0755));
	DO(s->open("dir", O_WRONLY));
	DO(s->open("dir", O_RDWR | O_CREAT, 0600));
	DO(s->symlink("file", "link"));
	DO(s->open("link", O_RDONLY | O_NOFOLLOW));
	DO(s->symlink("loop", "loop"));
	DO(s->open("loop", O_RDONLY));
	dfd = s->open("dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DO(s->fcntl(dfd, F_GETFD));
	fd = s->openat(dfd, "inner", O_CREAT | O_WRONLY, 0600);
	DO(fd >= 0);
	DO(s->fcntl(fd, F_GETFD));
	DO(s->fcntl(fd, F_SETFD, FD_CLOEXEC));
	DO(s->fcntl(fd, F_GETFD));
	DO(s->close(fd));
	DO(s->openat(dfd, "none/inner", O_RDONLY));
	DO(s->openat(AT_FDCWD, "dir/none", O_RDONLY));
	DO(s->fstatat(dfd, "inner", &st, 0));
	say_stat(lg, &st);
	DO(s->unlink("dir"));
	DO(s->unlinkat(dfd, "inner", AT_REMOVEDIR));
	DO(s->rmdir("dir"));
	DO(s->unlinkat(dfd, "inner", 0x4000));
	DO(s->unlinkat(dfd, "inner", 0));
	DO(s->unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
	DO(s->close(dfd));
	DO(s->unlink("link"));
	DO(s->unlink("none"));
}

static void
script_nodes(const struct side *s, struct log *lg)
{
	struct timespec ts[2] = { { 1234, 5678000 }, { 4321, 8765000 } };
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 77, 0 } };
	struct stat st;
	int fd;

	DO(s->mknod("chr", S_IFCHR | 0600, makedev(3, 259)));
	DO(s->lstat("chr", &st));
	say_stat(lg, &st);
	DO(s->mknod("blk", S_IFBLK | 0600, makedev(300, 7)));
	DO(s->lstat("blk", &st));
	say_stat(lg, &st);
	DO(s->mknod("reg", 0644, 0));
	DO(s->mknod("reg", S_IFREG | 0644, 0));
	DO(s->stat("reg", &st));
	say_stat(lg, &st);
	DO(s->mknod("fifo", S_IFIFO | 0644, 0));
	DO(s->stat("fifo", &st));
	say_stat(lg, &st);
	DO(s->symlink("reg", "link"));
	DO(s->lstat("link", &st));
	say_stat(lg, &st);
	DO(s->stat("link", &st));
	say_stat(lg, &st);
	DO(s->fstatat(AT_FDCWD, "link", &st, AT_SYMLINK_NOFOLLOW));
	say_stat(lg, &st);
	DO(s->linkat(AT_FDCWD, "link", AT_FDCWD, "hard", 0));
	DO(s->lstat("hard", &st));
	say_stat(lg, &st);
	DO(s->linkat(AT_FDCWD, "link", AT_FDCWD, "deep", AT_SYMLINK_FOLLOW));
	DO(s->lstat("deep", &st));
	say_stat(lg, &st);
	DO(s->linkat(AT_FDCWD, "none", AT_FDCWD, "x", 0));
	DO(s->linkat(AT_FDCWD, "reg", AT_FDCWD, "deep", 0));
	DO(s->faccessat(AT_FDCWD, "reg", R_OK, 0));
	DO(s->faccessat(AT_FDCWD, "none", F_OK, AT_EACCESS));
	DO(s->fchmodat(AT_FDCWD, "reg", 0600, 0));
	DO(s->fchownat(AT_FDCWD, "link", 5, 6, AT_SYMLINK_NOFOLLOW));
	DO(s->fchownat(AT_FDCWD, "link", 7, 8, 0));
	DO(s->utimensat(AT_FDCWD, "reg", ts, 0));
	DO(s->stat("reg", &st));
	say_stat(lg, &st);
	DO(s->utimensat(AT_FDCWD, "link", omit, AT_SYMLINK_NOFOLLOW));
	DO(s->lstat("link", &st));
	say_stat(lg, &st);
	fd = s->open("reg", O_RDWR);
	ts[1].tv_sec = 99;
	DO(s->utimensat(fd, NULL, ts, 0) == 0 || errno == EINVAL);
	DO(s->close(fd));
	DO(s->rename("reg", "none/reg"));
	DO(s->rename("none", "reg"));
	DO(s->mkdir("d1", 0755));
	DO(s->mkdir("d1/d2", 0755));
	DO(s->rename("d1", "d1/d2/d3"));
	DO(s->rename("reg", "d1"));
	DO(s->rename("d1", "reg"));
}

static void
script_descriptors(const struct side *s, struct log *lg)
{
	struct flock fl;
	struct pollfd pfd;
	struct timeval tv;
	fd_set set;
	int p[2], fd, n, one = 1;

	DO(s->pipe2(p, O_CLOEXEC | O_NONBLOCK));
	DO(s->fcntl(p[0], F_GETFD));
	DO(s->fcntl(p[0], F_GETFL));
	DO(s->fcntl(p[1], F_GETFL));
	DO(s->pipe2(p, O_CREAT));
	DO(s->read(p[0], &n, 1));
	DO(s->write(p[1], "12345", 5));
	n = 0;
	DO(s->ioctl(p[0], FIONREAD, &n));
	DO(n);
	DO(s->ioctl(p[0], FIONBIO, &one));
	DO(s->ioctl(p[0], TIOCGWINSZ, &n));
	DO(s->ioctl(999, FIONREAD, &n));
	DO(s->ioctl(p[0], FIONCLEX));
	DO(s->fcntl(p[0], F_GETFD));
	DO(s->ioctl(p[0], FIOCLEX));
	DO(s->fcntl(p[0], F_GETFD));
	pfd.fd = p[0];
	pfd.events = POLLIN | POLLOUT;
	DO(s->poll(&pfd, 1, 0));
	DO(pfd.revents);
	FD_ZERO(&set);
	FD_SET(p[0], &set);
	tv.tv_sec = 5;
	tv.tv_usec = 0;
	DO(s->select(p[0] + 1, &set, NULL, NULL, &tv));
	DO(FD_ISSET(p[0], &set) && tv.tv_sec >= 4);
	DO(s->read(p[0], &n, 4));
	DO(s->read(p[0], &n, 4));
	FD_SET(p[0], &set);
	tv.tv_sec = 0;
	tv.tv_usec = 20000;
	DO(s->select(p[0] + 1, &set, NULL, NULL, &tv));
	DO(tv.tv_sec);
	DO(tv.tv_usec);
	tv.tv_usec = 1000000;
	tv.tv_sec = -1;
	DO(s->select(0, NULL, NULL, NULL, &tv));
	DO(s->dup3(p[0], p[0], 0));
	DO(s->dup3(p[0], 200, O_NONBLOCK));
	DO(s->dup3(p[0], 200, O_CLOEXEC));
	DO(s->fcntl(200, F_GETFD));
	DO(s->fcntl(p[0], F_DUPFD, 210));
	DO(s->fcntl(210, F_GETFD));
	DO(s->fcntl(p[0], F_DUPFD_CLOEXEC, 220));
	DO(s->fcntl(220, F_GETFD));
	DO(s->fcntl(p[0], F_DUPFD, -1));
	DO(s->fcntl(p[0], 4711));
	DO(s->fcntl(-1, F_GETFL));
	DO(s->dup2(-1, 5));

	fd = s->open("locks", O_RDWR | O_CREAT, 0600);
	memset(&fl, 0, sizeof(fl));
	fl.l_type = F_WRLCK;
	fl.l_whence = SEEK_SET;
	fl.l_len = 10;
	DO(s->fcntl(fd, F_SETLK, &fl));
	fl.l_type = F_RDLCK;
	fl.l_start = 5;
	DO(s->fcntl(fd, F_GETLK, &fl));
	DO(fl.l_type);
	fl.l_type = F_UNLCK;
	DO(s->fcntl(fd, F_SETLKW, &fl));
	fl.l_type = 17;
	DO(s->fcntl(fd, F_SETLK, &fl));
	fl.l_type = F_WRLCK;
	fl.l_whence = 9;
	DO(s->fcntl(fd, F_SETLK, &fl));
	DO(s->fcntl(p[0], F_SETLK, &fl) == -1);
	DO(s->close(fd));
	fd = s->open("locks", O_RDONLY);
	fl.l_type = F_WRLCK;
	fl.l_whence = SEEK_SET;
	DO(s->fcntl(fd, F_SETLK, &fl));
}

/* Named pipes: who may open, what is read, what poll says. */
static void
script_fifo(const struct side *s, struct log *lg)
{
	static char big[100000];
	struct pollfd pfd = { .events = POLLIN };
	struct stat st;
	char buf[64];
	int r, r2, w, rw, n = 0;

	DO(s->mknod("p", S_IFIFO | 0600, 0));
	DO(s->open("p", O_WRONLY | O_NONBLOCK));
	DO(s->open("p", O_WRONLY | O_NONBLOCK | O_TRUNC));
	r = s->open("p", O_RDONLY | O_NONBLOCK);
	DO(r >= 0);
	/* There has been no writer yet. */
	DO(s->read(r, buf, sizeof(buf)));
	pfd.fd = r;
	DO(s->poll(&pfd, 1, 0));
	DO(pfd.revents);
	w = s->open("p", O_WRONLY | O_NONBLOCK);
	DO(w >= 0);
	DO(s->read(r, buf, sizeof(buf)));
	DO(s->poll(&pfd, 1, 0));
	DO(pfd.revents);
	DO(s->write(w, "0123456789", 10));
	DO(s->write(r, "x", 1));
	DO(s->read(w, buf, 1));
	DO(s->poll(&pfd, 1, 0));
	DO(pfd.revents);
	DO(s->ioctl(r, FIONREAD, &n));
	DO(n);
	DO(s->read(r, buf, 3));
	DO(memcmp(buf, "012", 3));
	/* A second reader takes of the same bytes. */
	r2 = s->open("p", O_RDONLY | O_NONBLOCK);
	DO(s->read(r2, buf, 3));
	DO(memcmp(buf, "345", 3));
	DO(s->lseek(r, 0, SEEK_SET));
	DO(s->fstat(r, &st));
	DO(S_ISFIFO(st.st_mode) && st.st_size == 0);
	/* The last writer goes: what is left, then the end. */
	DO(s->close(w));
	DO(s->poll(&pfd, 1, 0));
	DO(pfd.revents);
	DO(s->read(r, buf, sizeof(buf)));
	DO(s->poll(&pfd, 1, 0));
	/* The native kernel adds that a read would not wait. */
	DO(pfd.revents & ~POLLIN);
	DO(s->read(r, buf, sizeof(buf)));
	/* Another one comes. */
	w = s->open("p", O_WRONLY);
	DO(s->read(r, buf, sizeof(buf)));
	DO(s->poll(&pfd, 1, 0));
	DO(pfd.revents);
	DO(s->fcntl(w, F_SETFL, O_NONBLOCK));
	DO(s->write(w, big, sizeof(big)) > 4096);
	DO(s->write(w, big, sizeof(big)));
	pfd.fd = w;
	pfd.events = POLLOUT;
	DO(s->poll(&pfd, 1, 0));
	DO(s->close(r));
	DO(s->close(r2));
	DO(s->poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLERR) != 0);
	DO(s->write(w, "x", 1));
	DO(s->close(w));
	DO(s->open("p", O_WRONLY | O_NONBLOCK));
	/* Both ends at once: nobody else is needed, and the bytes go along. */
	rw = s->open("p", O_RDWR);
	DO(rw >= 0);
	DO(s->write(rw, "abc", 3));
	DO(s->read(rw, buf, sizeof(buf)));
	DO(s->write(rw, "abc", 3));
	DO(s->close(rw));
	r = s->open("p", O_RDONLY | O_NONBLOCK);
	DO(s->read(r, buf, sizeof(buf)));
	DO(s->close(r));
	DO(s->unlink("p"));
}

START_TEST(same_open)
{

	judge(script_open);
}
END_TEST

START_TEST(same_nodes)
{

	judge(script_nodes);
}
END_TEST

START_TEST(same_fifo)
{

	signal(SIGPIPE, SIG_IGN);
	rump_boot_setsigmodel(RUMP_SIGMODEL_IGNORE);
	judge(script_fifo);
}
END_TEST

START_TEST(same_descriptors)
{

	judge(script_descriptors);
}
END_TEST

/* Another process's lock is described with the host's numbers. */
START_TEST(locks_of_others)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_start = 3, .l_len = 4 };
	struct lwp *l;
	pid_t pid;
	int fd;

	ck_assert_int_eq(rump_init(), 0);
	fd = rump_sys_open("/f", O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	l = rump_pub_lwproc_curlwp();
	pid = rump_sys_getpid();
	ck_assert_int_eq(rump_sys_fcntl(fd, F_SETLK, &fl), 0);
	rump_pub_lwproc_switch(NULL);
	memset(&fl, 0, sizeof(fl));
	fl.l_type = F_RDLCK;
	ck_assert_int_eq(rump_sys_fcntl(fd, F_GETLK, &fl), 0);
	ck_assert_int_eq(fl.l_type, F_WRLCK);
	ck_assert_int_eq(fl.l_start, 3);
	ck_assert_int_eq(fl.l_len, 4);
	ck_assert_int_eq(fl.l_pid, pid);
	fl.l_type = F_RDLCK;
	ck_assert_int_eq(rump_sys_fcntl(fd, F_SETLK, &fl), -1);
	ck_assert_int_eq(errno, EAGAIN);
	rump_pub_lwproc_switch(l);
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_fcntl(fd, F_SETLK, &fl), 0);
}
END_TEST

struct linux_record {
	uint64_t	ino;
	int64_t		off;
	uint16_t	reclen;
	uint8_t		type;
	char		name[];
};

/* Names of every length, through a buffer of every size. */
START_TEST(directories)
{
	char buf[4096], name[300], seen[251];
	struct linux_record *lr;
	struct stat st;
	int fd, i, n, off, sizes[] = { 4096, 1000, 450 };
	off_t next;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_mkdir("/d", 0755), 0);
	for (i = 1; i <= 250; i++) {
		memcpy(name, "/d/", 3);
		memset(name + 3, 'a' + i % 26, (size_t)i);
		name[3 + i] = '\0';
		fd = rump_sys_open(name, O_CREAT | O_RDWR, 0600);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(rump_sys_close(fd), 0);
	}
	for (i = 0; i < 3; i++) {
		fd = rump_sys_open("/d", O_RDONLY | O_DIRECTORY);
		ck_assert_int_ge(fd, 0);
		memset(seen, 0, sizeof(seen));
		while ((n = rump_sys_getdents(fd, buf,
		    (size_t)sizes[i])) > 0) {
			next = -1;
			for (off = 0; off < n; off += lr->reclen) {
				lr = (struct linux_record *)(void *)
				    (buf + off);
				ck_assert_int_eq(lr->reclen % 8, 0);
				ck_assert_int_gt(lr->reclen, 0);
				next = lr->off;
				if (lr->name[0] == '.')
					continue;
				ck_assert_int_eq(lr->type, DT_REG);
				ck_assert_int_eq(seen[strlen(lr->name)]++, 0);
				snprintf(name, sizeof(name), "/d/%s",
				    lr->name);
				ck_assert_int_eq(rump_sys_stat(name, &st), 0);
				ck_assert_uint_eq(st.st_ino, lr->ino);
			}
			ck_assert_int_eq(off, n);
			/* Where it says the next one is, it goes on. */
			ck_assert_int_eq(rump_sys_lseek(fd, next, SEEK_SET),
			    next);
		}
		ck_assert_int_eq(n, 0);
		for (n = 1; n <= 250; n++)
			ck_assert_int_eq(seen[n], 1);
		ck_assert_int_eq(rump_sys_close(fd), 0);
	}
	fd = rump_sys_open("/d/b", O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rump_sys_getdents(fd, buf, sizeof(buf)), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(rump_sys_getdents(fd, buf, 8), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(limits)
{
	struct rlimit rl;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(rump_sys_getrlimit(RLIMIT_NOFILE, &rl), 0);
	ck_assert_uint_eq(rl.rlim_cur, 1024);
	ck_assert_int_eq(rump_sys_getrlimit(RLIMIT_AS, &rl), 0);
	ck_assert_uint_eq(rl.rlim_cur, RLIM_INFINITY);
	rl.rlim_cur = 16;
	rl.rlim_max = 32;
	ck_assert_int_eq(rump_sys_setrlimit(RLIMIT_NOFILE, &rl), 0);
	ck_assert_int_eq(rump_sys_getrlimit(RLIMIT_NOFILE, &rl), 0);
	ck_assert_uint_eq(rl.rlim_cur, 16);
	ck_assert_int_eq(rump_sys_dup2(0, 16), -1);
	rl.rlim_cur = RLIM_INFINITY;
	rl.rlim_max = RLIM_INFINITY;
	ck_assert_int_eq(rump_sys_setrlimit(RLIMIT_FSIZE, &rl), 0);
	rl.rlim_cur = 2;
	rl.rlim_max = 1;
	ck_assert_int_eq(rump_sys_setrlimit(RLIMIT_FSIZE, &rl), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(rump_sys_getrlimit(100, &rl), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(clocks)
{
	struct timespec ts, ts2, left, ms = { 0, 1000000 };
	struct timeval tv;

	ck_assert_int_eq(rump_init(), 0);
	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &ts), 0);
	ck_assert_int_eq(rump_sys_clock_gettime(CLOCK_REALTIME, &ts2), 0);
	ck_assert_int_le(ts2.tv_sec - ts.tv_sec, 2);
	ck_assert_int_ge(ts2.tv_sec, ts.tv_sec);
	memset(&tv, 0xff, sizeof(tv));
	ck_assert_int_eq(rump_sys_gettimeofday(&tv, NULL), 0);
	ck_assert_int_le(tv.tv_sec - ts.tv_sec, 2);
	ck_assert(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	ck_assert_int_eq(rump_sys_clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	ck_assert_int_lt(ts.tv_sec, 100);
	ck_assert_int_eq(rump_sys_nanosleep(&ms, NULL), 0);
	ck_assert_int_eq(rump_sys_clock_gettime(CLOCK_MONOTONIC, &ts2), 0);
	ck_assert_int_ge((ts2.tv_sec - ts.tv_sec) * 1000000000L +
	    ts2.tv_nsec - ts.tv_nsec, 1000000);
	ck_assert_int_eq(rump_sys_clock_getres(CLOCK_MONOTONIC, &ts),
	    host_getres(&ts2));
	ck_assert_int_eq(ts.tv_nsec, ts2.tv_nsec);
	ck_assert_int_eq(rump_sys_clock_gettime(4711, &ts), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(rump_sys_clock_nanosleep(CLOCK_MONOTONIC, 0, &ms,
	    &left), 0);
	ck_assert_int_eq(rump_sys_clock_nanosleep(4711, 0, &ms, &left),
	    EINVAL);
	tv.tv_sec = 1000000;
	tv.tv_usec = 5;
	ck_assert_int_eq(rump_sys_settimeofday(&tv, NULL), 0);
	ck_assert_int_eq(rump_sys_gettimeofday(&tv, NULL), 0);
	ck_assert(tv.tv_sec >= 1000000 && tv.tv_sec < 1000100);
	ts.tv_sec = 2000000;
	ts.tv_nsec = 0;
	ck_assert_int_eq(rump_sys_clock_settime(CLOCK_MONOTONIC, &ts), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(rump_sys_clock_settime(CLOCK_REALTIME, &ts), 0);
	ck_assert_int_eq(rump_sys_gettimeofday(&tv, NULL), 0);
	ck_assert(tv.tv_sec >= 2000000 && tv.tv_sec < 2000100);
}
END_TEST

/* Which ABI a process has, and what only the native one has. */
START_TEST(abi_of_processes)
{
	struct stat st;
	unsigned char raw[160];
	size_t last;
	pid_t pid;

	ck_assert_int_eq(rump_init(), 0);
	memset(raw, 0xa5, sizeof(raw));
	ck_assert_int_eq(rump_sys_stat("/", (struct stat *)(void *)raw), 0);
	for (last = sizeof(raw); raw[last - 1] == 0xa5; last--)
		continue;
	ck_assert_uint_eq(last, sizeof(struct stat));
	ck_assert_int_eq(rump_sys_mkdir("/nonempty", 0700), 0);
	ck_assert_int_eq(rump_sys_mkdir("/nonempty/x", 0700), 0);
	ck_assert_int_eq(rump_sys_rmdir("/nonempty"), -1);
	ck_assert_int_eq(errno, ENOTEMPTY);
	errno = 0;
	ck_assert_int_eq(rump_sys_mkfifo("/p", 0600), -1);
	ck_assert_int_eq(errno, ENOSYS);
	errno = 0;
	ck_assert_int_eq(rump_sys_kqueue(), -1);
	ck_assert_int_eq(errno, ENOSYS);

	rump_i_know_what_i_am_doing_with_sysents = 1;
	rump_pub_lwproc_sysent_usenative();
	pid = rump_sys_getpid();
	ck_assert_int_eq(pid, 1);
	ck_assert_int_eq(rump_sys_rmdir("/nonempty"), -1);
	ck_assert_int_eq(errno, RUMP_ENOTEMPTY);
	ck_assert_int_eq(rump_sys_mkfifo("/p", 0600), 0);
	memset(raw, 0xa5, sizeof(raw));
	ck_assert_int_eq(rump_sys_stat("/", (struct stat *)(void *)raw), 0);
	for (last = sizeof(raw); raw[last - 1] == 0xa5; last--)
		continue;
	ck_assert_uint_eq(last, 152);
	/* What comes after it begins anew, and going back changes nothing. */
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
	ck_assert_int_eq(rump_sys_rmdir("/nonempty"), -1);
	ck_assert_int_eq(errno, ENOTEMPTY);
	ck_assert_int_eq(rump_sys_stat("/nonempty", &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	rump_pub_lwproc_releaselwp();
	ck_assert_int_eq(rump_sys_rmdir("/nonempty"), -1);
	ck_assert_int_eq(errno, RUMP_ENOTEMPTY);
}
END_TEST

/* Every native error has the number that the host's header gives it. */
START_TEST(errors)
{
	extern const int rumpns_linux_errnos[];
	int i;

	for (i = 0; i <= 96; i++)
		ck_assert_msg(rumpns_linux_errnos[i] == rump_errno2host(i),
		    "%d: %d, %d", i, rumpns_linux_errnos[i],
		    rump_errno2host(i));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("linux");
	TCase *tc = tcase_create("same");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, same_open);
	tcase_add_test(tc, same_nodes);
	tcase_add_test(tc, same_descriptors);
	tcase_add_test(tc, same_fifo);
	suite_add_tcase(s, tc);
	tc = tcase_create("abi");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, locks_of_others);
	tcase_add_test(tc, directories);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, clocks);
	tcase_add_test(tc, abi_of_processes);
	tcase_add_test(tc, errors);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
