/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fcntl(2) locks: two processes' random locks give what the host's give (by
 * the Linux ABI, so that both get the same arguments); circles of waiting
 * processes are refused, whatever their length.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rump/rump.h>
#include <rump/rump_syscalls.h>

struct request {
	int		cmd;
	struct flock	fl;
};

struct answer {
	int		ret;
	int		error;
	struct flock	fl;
};

static void
host_lock(int fd, const struct request *rq, struct answer *an)
{

	an->fl = rq->fl;
	an->ret = fcntl(fd, rq->cmd, &an->fl);
	an->error = an->ret == -1 ? errno : 0;
}

static void
rump_lock(int fd, const struct request *rq, struct answer *an)
{

	an->fl = rq->fl;
	an->ret = rump_sys_fcntl(fd, rq->cmd, &an->fl);
	an->error = an->ret == -1 ? errno : 0;
}

/* The other process on the host. */
static void __attribute__((__noreturn__))
serve(const char *path, int in, int out)
{
	struct request rq;
	struct answer an;
	int fd = open(path, O_RDWR);

	memset(&an, 0, sizeof(an));
	while (read(in, &rq, sizeof(rq)) == (ssize_t)sizeof(rq)) {
		host_lock(fd, &rq, &an);
		if (write(out, &an, sizeof(an)) != (ssize_t)sizeof(an))
			break;
	}
	_exit(0);
}

static uint32_t state = 4711;

static unsigned int
rnd(unsigned int n)
{

	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

static void
random_request(struct request *rq)
{
	static const short types[] = { F_RDLCK, F_WRLCK, F_UNLCK, F_WRLCK };
	static const short whences[] = { SEEK_SET, SEEK_SET, SEEK_CUR,
	    SEEK_END };

	memset(rq, 0, sizeof(*rq));
	rq->cmd = rnd(3) == 0 ? F_GETLK : F_SETLK;
	rq->fl.l_type = types[rnd(rq->cmd == F_GETLK ? 2 : 4)];
	rq->fl.l_whence = whences[rnd(4)];
	rq->fl.l_start = (off_t)rnd(60) - (rnd(6) == 0 ? 30 : 0);
	rq->fl.l_len = (off_t)rnd(20) - (rnd(6) == 0 ? 12 : 0);
}

START_TEST(same_as_host)
{
	char path[] = "/tmp/rumplocksXXXXXX";
	int fd[2], to[2], from[2], i, who, status;
	struct answer h, r;
	struct request rq;
	struct lwp *l[2];
	pid_t pid;

	fd[0] = mkstemp(path);
	ck_assert_int_ge(fd[0], 0);
	ck_assert_int_eq(ftruncate(fd[0], 50), 0);
	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	if ((pid = fork()) == 0) {
		close(to[1]);
		serve(path, to[0], from[1]);
	}
	ck_assert_int_eq(rump_init(), 0);
	fd[1] = rump_sys_open("/f", O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(fd[1], 0);
	ck_assert_int_eq(rump_sys_ftruncate(fd[1], 50), 0);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
		l[i] = rump_pub_lwproc_curlwp();
		rump_pub_lwproc_switch(NULL);
	}
	memset(&h, 0, sizeof(h));
	memset(&r, 0, sizeof(r));
	for (i = 0; i < 20000; i++) {
		who = (int)rnd(2);
		random_request(&rq);
		if (who == 0) {
			host_lock(fd[0], &rq, &h);
		} else {
			ck_assert_int_eq(write(to[1], &rq, sizeof(rq)),
			    sizeof(rq));
			ck_assert_int_eq(read(from[0], &h, sizeof(h)),
			    sizeof(h));
		}
		rump_pub_lwproc_switch(l[who]);
		rump_lock(fd[1], &rq, &r);
		rump_pub_lwproc_switch(NULL);
		ck_assert_msg(h.ret == r.ret && h.error == r.error,
		    "%d: process %d cmd %d type %d whence %d %ld+%ld: host "
		    "%d errno %d, rump %d errno %d", i, who, rq.cmd,
		    rq.fl.l_type, rq.fl.l_whence, (long)rq.fl.l_start,
		    (long)rq.fl.l_len, h.ret, h.error, r.ret, r.error);
		if (rq.cmd != F_GETLK || h.ret != 0)
			continue;
		ck_assert_int_eq(h.fl.l_type, r.fl.l_type);
		if (h.fl.l_type == F_UNLCK)
			continue;
		ck_assert_int_eq(h.fl.l_whence, r.fl.l_whence);
		ck_assert_int_eq(h.fl.l_start, r.fl.l_start);
		ck_assert_int_eq(h.fl.l_len, r.fl.l_len);
	}
	close(to[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

#define	NPROC	5

static pthread_barrier_t ready;
static int file, ring;

static int
lock_byte(int cmd, int type, int byte)
{
	struct flock fl = { .l_type = (short)type, .l_whence = SEEK_SET,
	    .l_start = byte, .l_len = 1 };

	return rump_sys_fcntl(file, cmd, &fl) == 0 ? 0 : errno;
}

/* Process i has byte i and wants byte i + 1. */
static void *
member(void *arg)
{
	int i = (int)(intptr_t)arg, error;

	if (rump_pub_lwproc_rfork(RUMP_RFFDG) != 0 ||
	    lock_byte(F_SETLK, F_WRLCK, i) != 0)
		abort();
	pthread_barrier_wait(&ready);
	error = lock_byte(F_SETLKW, F_WRLCK, (i + 1) % ring);
	/* Its end gives up all it has, and the others go on. */
	rump_pub_lwproc_releaselwp();
	return (void *)(intptr_t)error;
}

START_TEST(circles)
{
	pthread_t t[NPROC];
	int i, n, dead;
	void *res;

	ck_assert_int_eq(rump_init(), 0);
	file = rump_sys_open("/f", O_RDWR | O_CREAT, 0600);
	for (n = 2; n <= NPROC; n++) {
		ring = n;
		dead = 0;
		pthread_barrier_init(&ready, NULL, (unsigned int)n);
		for (i = 0; i < n; i++)
			pthread_create(&t[i], NULL, member,
			    (void *)(intptr_t)i);
		for (i = 0; i < n; i++) {
			pthread_join(t[i], &res);
			if ((intptr_t)res == EDEADLK)
				dead++;
			else
				ck_assert_int_eq((intptr_t)res, 0);
		}
		pthread_barrier_destroy(&ready);
		/* The last one in closes the circle; the others get theirs. */
		ck_assert_int_eq(dead, 1);
	}
}
END_TEST

/* Another thread of a process that has one waiting already. */
struct second {
	struct lwp	*l;
	int		byte;
	int		error;
};

static void *
second_thread(void *arg)
{
	struct second *s = arg;

	rump_pub_lwproc_switch(s->l);
	s->error = lock_byte(F_SETLKW, F_WRLCK, s->byte);
	rump_pub_lwproc_releaselwp();
	return NULL;
}

/*
 * Process B waits in two threads, for C's byte and for A's; A then asks for
 * what B has: a circle by way of B's first or second thread alike.
 */
static void
circle_of_threads(int first, int second)
{
	struct second s[2] = { { .byte = first }, { .byte = second } };
	struct lwp *a, *b, *c;
	pthread_t t[2];
	pid_t pid;
	int i;

	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	a = rump_pub_lwproc_curlwp();
	ck_assert_int_eq(lock_byte(F_SETLK, F_WRLCK, 0), 0);
	rump_pub_lwproc_switch(NULL);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	b = rump_pub_lwproc_curlwp();
	pid = rump_sys_getpid();
	ck_assert_int_eq(lock_byte(F_SETLK, F_WRLCK, 1), 0);
	rump_pub_lwproc_switch(NULL);
	ck_assert_int_eq(rump_pub_lwproc_rfork(RUMP_RFFDG), 0);
	c = rump_pub_lwproc_curlwp();
	ck_assert_int_eq(lock_byte(F_SETLK, F_WRLCK, 2), 0);
	rump_pub_lwproc_switch(NULL);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(rump_pub_lwproc_newlwp(pid), 0);
		s[i].l = rump_pub_lwproc_curlwp();
		rump_pub_lwproc_switch(NULL);
		pthread_create(&t[i], NULL, second_thread, &s[i]);
		usleep(50000);
	}
	rump_pub_lwproc_switch(a);
	ck_assert_int_eq(lock_byte(F_SETLKW, F_WRLCK, 1), EDEADLK);
	rump_pub_lwproc_releaselwp();
	rump_pub_lwproc_switch(c);
	rump_pub_lwproc_releaselwp();
	for (i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(s[i].error, 0);
	}
	rump_pub_lwproc_switch(b);
	rump_pub_lwproc_releaselwp();
}

START_TEST(circles_of_threads)
{

	ck_assert_int_eq(rump_init(), 0);
	file = rump_sys_open("/f", O_RDWR | O_CREAT, 0600);
	circle_of_threads(0, 2);
	circle_of_threads(2, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("locks");
	TCase *tc = tcase_create("locks");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, same_as_host);
	tcase_add_test(tc, circles);
	tcase_add_test(tc, circles_of_threads);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
