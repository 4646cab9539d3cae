/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shell.c - run a command and keep what it says.  Locking: none.
 */
#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_str.h>
#pragma GCC visibility pop

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#define MAXOUTPUT	((size_t)1 << 20)

extern char **environ;

/* Signals of the child are as a fresh process has them. */
static int
start(const char *command, int out, pid_t *pidp)
{
	char *argv[] = { __UNCONST("sh"), __UNCONST("-c"),
	    __UNCONST(command), NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	if ((error = posix_spawn_file_actions_init(&fa)) != 0)
		return error;
	if ((error = posix_spawnattr_init(&attr)) != 0) {
		posix_spawn_file_actions_destroy(&fa);
		return error;
	}
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	error = posix_spawn_file_actions_addopen(&fa, STDIN_FILENO,
	    "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&fa, out,
		    STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&fa, out,
		    STDERR_FILENO);
	if (error == 0)
		error = posix_spawn(pidp, "/bin/sh", &fa, &attr, argv,
		    environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return error;
}

/* All of it is read, so that the command ends; the first part is kept. */
static int
collect(int fd, struct rumpuser_str **sp)
{
	char buf[4096];
	size_t room;
	ssize_t n;
	int error = 0;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno;
		if (sp == NULL || error != 0)
			continue;
		room = MAXOUTPUT - (*sp != NULL ? (*sp)->st_len : 0);
		if (rumpuser_str_add(sp, buf, (size_t)n < room ? (size_t)n :
		    room) != 0)
			error = ENOMEM;
	}
	return error;
}

HOSTCALL int
run(const char *command, struct rumpuser_str **sp, int *statusp)
{
	int fds[2], error, serrno = errno, status = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		error = errno;
		errno = serrno;
		return error;
	}
	error = start(command, fds[1], &pid);
	close(fds[1]);
	if (error == 0) {
		error = collect(fds[0], sp);
		while (waitpid(pid, &status, 0) == -1)
			if (errno != EINTR) {
				error = errno;
				break;
			}
	}
	close(fds[0]);
	*statusp = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
	errno = serrno;
	return error;
}

int
rumpuser_shell(const char *command, struct rumpuser_str **sp, int *statusp)
{
	struct rumpuser_str *s = NULL;
	int count, error;

	count = rumpuser__unschedule(NULL);
	error = run(command, sp != NULL ? &s : NULL, statusp);
	rumpuser__schedule(count, NULL);
	if (error != 0)
		rumpuser_str_free(s);
	else if (sp != NULL)
		*sp = s;
	return rumpuser__errtrans(error);
}
