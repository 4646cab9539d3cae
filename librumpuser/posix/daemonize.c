/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * daemonize.c - going to the background once the service is ready.
 * Locking: used by one thread, before and after the kernel starts.
 */
#include "host.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the waiting parent listens; -1: nobody waits. */
static int verdict_fd = -1;

/* The parent: wait for the child's word, or its death. */
static void __dead
await_verdict(int fd, pid_t child)
{
	int verdict, status;
	ssize_t n;

	do {
		n = read(fd, &verdict, sizeof(verdict));
	} while (n == -1 && errno == EINTR);
	/* A status has 8 bits: a failure must not look like success. */
	if (n == (ssize_t)sizeof(verdict))
		_exit((verdict & 0xff) != 0 || verdict == 0 ? verdict :
		    EXIT_FAILURE);

	/* It ended without a word: pass on how. */
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	_exit(EXIT_FAILURE);
}

int
rumpuser_daemonize_begin(void)
{
	int fds[2], serrno = errno, error = 0;
	pid_t pid;

	if (verdict_fd != -1)
		return rumpuser__errtrans(EBUSY);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1) {
		error = errno;
		goto out;
	}
	switch (pid = fork()) {
	case -1:
		error = errno;
		close(fds[0]);
		close(fds[1]);
		break;
	case 0:
		close(fds[0]);
		verdict_fd = fds[1];
		/* A new session: no controlling terminal any more. */
		if (setsid() == -1)
			error = errno;
		break;
	default:
		close(fds[1]);
		await_verdict(fds[0], pid);
	}
out:
	errno = serrno;
	return rumpuser__errtrans(error);
}

/* Input and output of a daemon are nobody's. */
static int
detach_stdio(void)
{
	int fd, i;

	if ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		return errno;
	for (i = 0; i <= 2; i++)
		if (dup2(fd, i) == -1)
			return errno;
	if (fd > 2)
		close(fd);
	return 0;
}

int
rumpuser_daemonize_done(int error)
{
	int serrno = errno, verdict, rv = 0;
	ssize_t n;

	if (verdict_fd == -1)
		return rumpuser__errtrans(EINVAL);
	if (error == 0) {
		rv = detach_stdio();
		error = rv;
	}
	verdict = error;
	do {
		n = send(verdict_fd, &verdict, sizeof(verdict), MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n != (ssize_t)sizeof(verdict) && rv == 0)
		rv = n == -1 ? errno : EIO;
	close(verdict_fd);
	verdict_fd = -1;
	errno = serrno;
	return rumpuser__errtrans(rv);
}
