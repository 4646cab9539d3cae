/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_judge.c - the same random operations on tmpfs and on a directory of
 * the host, whose file system is the judge: each result is compared, and at
 * the end (and now and then) the whole tree with its content.
 *
 * TEST_SEED in the environment repeats one run.
 */
#include "client.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rump/rumperrno2host.h>

#ifndef NSEEDS
#define NSEEDS	2
#define NOPS	4000
#endif
#define MAXFILE	300000

static char host[256];
static unsigned int seed;
static int opno;

static int
rnd(int n)
{

	return (int)((unsigned int)rand_r(&seed) >> 3) % n;
}

/* A path in both worlds. */
struct path {
	char	h[1600];
	char	r[1600];
};

static void
anypath(struct path *p)
{
	char rel[200] = "";
	int depth = 1 + rnd(3), i;

	for (i = 0; i < depth; i++)
		snprintf(rel + strlen(rel), sizeof(rel) - strlen(rel),
		    "/%c", 'a' + rnd(5));
	snprintf(p->h, sizeof(p->h), "%s%s", host, rel);
	snprintf(p->r, sizeof(p->r), MNT "%s", rel);
}

/* Both results, and where they failed both errors, must agree. */
static void
agree(const char *op, const struct path *p, long hrv, int herr, long rrv,
    int rerr)
{

	rerr = rrv == -1 ? rump_errno2host(rerr) : 0;
	herr = hrv == -1 ? herr : 0;
	/*
	 * Two paths can be wrong in two ways at once, and which way is told
	 * is not said anywhere; test_names.c has each alone.
	 */
	if (hrv == -1 && rrv == -1 &&
	    (strcmp(op, "rename") == 0 || strcmp(op, "link") == 0))
		return;
	/* Systems differ in the name of these. */
	if (herr == EISDIR && rerr == EPERM)
		herr = EPERM;
	if ((herr == EEXIST && rerr == ENOTEMPTY))
		herr = ENOTEMPTY;
	if (hrv != rrv || herr != rerr)
		ck_abort_msg("operation %d: %s %s: host %ld (%s), "
		    "tmpfs %ld (%s)", opno, op, p->r, hrv, strerror(herr),
		    rrv, strerror(rerr));
}

#define BOTH(op, p, hexpr, rexpr) do {					\
	long h__, r__;							\
	int he__, re__;							\
	h__ = (hexpr); he__ = errno;					\
	r__ = (rexpr); re__ = errno;					\
	agree(op, p, h__, he__, r__, re__);				\
} while (0)

static void
op_write(const struct path *p)
{
	static char buf[70000], hb[70000], rb[70000];
	const int trunc = rnd(6) == 0, app = rnd(5) == 0;
	const size_t len = (size_t)rnd(rnd(4) == 0 ? 70000 : 5000);
	const off_t off = rnd(MAXFILE - 70000);
	size_t i;
	int hfd, rfd;

	hfd = open(p->h, O_RDWR | O_CREAT | (trunc ? O_TRUNC : 0) |
	    (app ? O_APPEND : 0), 0644);
	i = (size_t)errno;
	rfd = rump_sys_open(p->r, RUMP_O_RDWR | RUMP_O_CREAT |
	    (trunc ? RUMP_O_TRUNC : 0) | (app ? RUMP_O_APPEND : 0), 0644);
	agree("open", p, hfd < 0 ? -1 : 0, (int)i, rfd < 0 ? -1 : 0, errno);
	if (hfd < 0)
		return;
	for (i = 0; i < len; i++)
		buf[i] = (char)rnd(256);
	if (app)
		BOTH("append", p, write(hfd, buf, len),
		    rump_sys_write(rfd, buf, len));
	else
		BOTH("pwrite", p, pwrite(hfd, buf, len, off),
		    rump_sys_pwrite(rfd, buf, len, off));
	BOTH("pread", p, pread(hfd, hb, len, off / 2),
	    rump_sys_pread(rfd, rb, len, off / 2));
	BOTH("lseek", p, lseek(hfd, 0, SEEK_END), rump_sys_lseek(rfd, 0, 2));
	close(hfd);
	OK(rump_sys_close(rfd));
}

static void
op_truncate(const struct path *p)
{
	const off_t size = rnd(MAXFILE);

	BOTH("truncate", p, truncate(p->h, size),
	    rump_sys_truncate(p->r, size));
}

static void
op_readlink(const struct path *p)
{
	char a[100], b[100];

	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	BOTH("readlink", p, readlink(p->h, a, sizeof(a)),
	    rump_sys_readlink(p->r, b, sizeof(b)));
	ck_assert_int_eq(memcmp(a, b, sizeof(a)), 0);
}

static void
op_stat(const struct path *p)
{
	struct stat hs;
	struct rump_stat rs;

	BOTH("lstat", p, lstat(p->h, &hs), lst(p->r, &rs));
}

static void
one_op(void)
{
	struct path p, q;
	char target[20];
	int mode;

	anypath(&p);
	anypath(&q);
	mode = 0600 + rnd(0100);
	switch (rnd(14)) {
	case 0:
	case 1:
	case 2:
		op_write(&p);
		break;
	case 3:
	case 4:
		BOTH("mkdir", &p, mkdir(p.h, 0755), rump_sys_mkdir(p.r, 0755));
		break;
	case 5:
		BOTH("rmdir", &p, rmdir(p.h), rump_sys_rmdir(p.r));
		break;
	case 6:
		BOTH("unlink", &p, unlink(p.h), rump_sys_unlink(p.r));
		break;
	case 7:
	case 8:
		BOTH("rename", &p, rename(p.h, q.h),
		    rump_sys___posix_rename(p.r, q.r));
		break;
	case 9:
		/* link() of the native ABI follows symbolic links. */
		BOTH("link", &p, linkat(AT_FDCWD, p.h, AT_FDCWD, q.h,
		    AT_SYMLINK_FOLLOW), rump_sys_link(p.r, q.r));
		break;
	case 10:
		snprintf(target, sizeof(target), "%c/%c", 'a' + rnd(5),
		    'a' + rnd(5));
		BOTH("symlink", &p, symlink(target, p.h),
		    rump_sys_symlink(target, p.r));
		break;
	case 11:
		op_truncate(&p);
		break;
	case 12:
		op_readlink(&p);
		op_stat(&q);
		break;
	default:
		BOTH("chmod", &p, chmod(p.h, (mode_t)mode),
		    rump_sys_chmod(p.r, (mode_t)mode));
		break;
	}
}

static void
same_content(const char *h, const char *r)
{
	static char a[MAXFILE + 1], b[MAXFILE + 1];
	int hfd, rfd;
	ssize_t n;

	OK(hfd = open(h, O_RDONLY));
	OK(rfd = rump_sys_open(r, RUMP_O_RDONLY));
	n = read(hfd, a, sizeof(a));
	ck_assert_int_eq(rump_sys_read(rfd, b, sizeof(b)), n);
	if (memcmp(a, b, (size_t)n) != 0)
		ck_abort_msg("operation %d: content of %s", opno, r);
	close(hfd);
	OK(rump_sys_close(rfd));
}

static int
count_entries(const char *r)
{
	union {
		struct nb_dirent d;
		char	buf[2048];
	} u;
	ssize_t n, off;
	int fd, total = 0;

	OK(fd = rump_sys_open(r, RUMP_O_RDONLY));
	while ((n = rump_sys_getdents(fd, u.buf, sizeof(u.buf))) > 0)
		for (off = 0; off < n; total++)
			off += ((struct nb_dirent *)(void *)
			    (u.buf + off))->d_reclen;
	ck_assert_int_eq(n, 0);
	OK(rump_sys_close(fd));
	return total;
}

static void
same_tree(const char *h, const char *r)
{
	struct path c;
	struct rump_stat rs;
	struct stat hs;
	struct dirent *d;
	DIR *dp;
	int n = 0;

	ck_assert_ptr_nonnull(dp = opendir(h));
	while ((d = readdir(dp)) != NULL) {
		n++;
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		snprintf(c.h, sizeof(c.h), "%.1200s/%.255s", h, d->d_name);
		snprintf(c.r, sizeof(c.r), "%.1200s/%.255s", r, d->d_name);
		OK(lstat(c.h, &hs));
		OK(lst(c.r, &rs));
		if ((hs.st_mode & ~07777U) != (rs.st_mode & ~07777U) ||
		    (!S_ISLNK(hs.st_mode) && hs.st_mode != rs.st_mode) ||
		    (!S_ISDIR(hs.st_mode) && (hs.st_size != rs.st_size ||
		    hs.st_nlink != rs.st_nlink)))
			ck_abort_msg("operation %d: %s: mode %o %o, size "
			    "%jd %jd, links %ju %ju", opno, c.r, hs.st_mode,
			    rs.st_mode, (intmax_t)hs.st_size,
			    (intmax_t)rs.st_size, (uintmax_t)hs.st_nlink,
			    (uintmax_t)rs.st_nlink);
		if (S_ISDIR(hs.st_mode))
			same_tree(c.h, c.r);
		else if (S_ISREG(hs.st_mode))
			same_content(c.h, c.r);
	}
	closedir(dp);
	ck_assert_int_eq(count_entries(r), n);
}

START_TEST(judge)
{
	const char *tmp = getenv("TMPDIR"), *s = getenv("TEST_SEED");
	char cmd[300];

	snprintf(host, sizeof(host), "%s/judgeXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(host));
	umask(022);
	seed = s != NULL ? (unsigned int)strtoul(s, NULL, 0) :
	    0x5eed0000 + (unsigned int)_i;
	printf("TEST_SEED=%u\n", seed);
	fflush(stdout);
	boot();
	OK(mount_tmpfs(0, 0));
	for (opno = 0; opno < NOPS; opno++) {
		one_op();
		if (opno % 500 == 499)
			same_tree(host, MNT);
	}
	same_tree(host, MNT);
	OK(rump_sys_unmount(MNT, 0));
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", host);
	ck_assert_int_eq(system(cmd), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tmpfs judge");
	TCase *tc = tcase_create("judge");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, judge, 0, NSEEDS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
