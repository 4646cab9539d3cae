/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * id.c - who threads and processes are, and whether they live.
 *
 * Locking: none.  A thread's id is its own; the count of forks is written
 * only in a child, before it has threads.
 */
#include "shm/shm.h"

#include <sys/syscall.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

unsigned int rumpuser__shm_forks = 1;

static __thread uint64_t own_id;
static __thread unsigned int own_forks;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void
fork_child(void)
{

	rumpuser__shm_forks++;
}

static void
fork_watch(void)
{

	pthread_atfork(NULL, NULL, fork_child);
}

/*
 * The state letter and start time (clock ticks since boot) of a thread, from
 * fields 3 and 22 of proc_pid_stat(5).  The command, field 2, may hold
 * anything, but nothing after its last ')'.  ENOENT: there is none.
 */
static int
proc_stat(uint32_t num, char *statep, unsigned long long *startp)
{
	char path[32], buf[1024], *p;
	ssize_t n;
	int fd, i;

	snprintf(path, sizeof(path), "/proc/%u/stat", num);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return errno;
	n = read(fd, buf, sizeof(buf) - 1);
	i = n == -1 ? errno : 0;
	close(fd);
	if (n <= 0)
		return i == ESRCH ? ENOENT : EIO;
	buf[n] = '\0';
	if ((p = strrchr(buf, ')')) == NULL || p[1] != ' ')
		return EIO;
	*statep = p[2];
	for (i = 3, p += 2; i < 22; i++) {
		if ((p = strchr(p, ' ')) == NULL)
			return EIO;
		p++;
	}
	*startp = strtoull(p, NULL, 10);
	return 0;
}

/* A stamp of a start time; never 0, which means "not known yet". */
static uint32_t
stamp_of(unsigned long long start)
{

	return (uint32_t)((start * UINT64_C(0x9e3779b97f4a7c15)) >> 32) | 1;
}

/* Without /proc everybody has stamp 1, and no number is ever seen as reused. */
static uint64_t
make_id(uint32_t num)
{
	unsigned long long start;
	char state;

	if (proc_stat(num, &state, &start) != 0)
		return ID_MAKE(num, 1);
	return ID_MAKE(num, stamp_of(start));
}

HOSTCALL uint64_t
self_slow(void)
{
	int serrno = errno;

	pthread_once(&fork_once, fork_watch);
	own_id = make_id((uint32_t)syscall(SYS_gettid));
	own_forks = rumpuser__shm_forks;
	errno = serrno;
	return own_id;
}

/* Not inlined: no caller keeps the address of a thread-local. */
__noinline uint64_t
rumpuser__shm_self(void)
{

	if (__predict_true(own_forks == rumpuser__shm_forks))
		return own_id;
	return self_slow();
}

HOSTCALL uint64_t
proc_self(void)
{
	int serrno = errno;
	uint64_t id;

	pthread_once(&fork_once, fork_watch);
	id = make_id((uint32_t)getpid());
	errno = serrno;
	return id;
}

uint64_t
rumpuser__shm_selfproc(void)
{

	return proc_self();
}

/* 1: gone, or the number is somebody else's; 0: lives, or who knows. */
static int
number_gone(uint64_t id, int zombies)
{
	unsigned long long start;
	char state;
	int error;

	error = proc_stat(ID_NUM(id), &state, &start);
	if (error == ENOENT)	/* or /proc is not there, or hides it */
		return kill((pid_t)ID_NUM(id), 0) == -1 && errno == ESRCH;
	if (error != 0)
		return 0;
	if (ID_STAMP(id) > 1 && ID_STAMP(id) != stamp_of(start))
		return 1;
	return zombies && (state == 'Z' || state == 'X');
}

HOSTCALL int
proc_dead(uint64_t id)
{
	struct pollfd pfd;
	int dead, serrno = errno;

	/*
	 * The pidfd pins the process: what is read below is its own entry or
	 * one of a later process, and then the descriptor is readable.
	 */
	pfd.fd = (int)syscall(SYS_pidfd_open, (pid_t)ID_NUM(id), 0);
	if (pfd.fd == -1) {
		dead = errno == ESRCH || number_gone(id, 1);
	} else {
		dead = number_gone(id, 0);
		pfd.events = POLLIN;
		if (poll(&pfd, 1, 0) == 1)
			dead = 1;
		close(pfd.fd);
	}
	errno = serrno;
	return dead;
}

int
rumpuser__shm_procdead(uint64_t id)
{

	return ID_NUM(id) == 0 || proc_dead(id);
}

HOSTCALL int
thread_gone(uint64_t id)
{
	int gone, serrno = errno;

	gone = number_gone(id, 1);
	errno = serrno;
	return gone;
}

int
rumpuser__shm_threadgone(uint64_t id)
{

	return ID_NUM(id) == 0 || thread_gone(id);
}

int64_t
rumpuser__shm_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
