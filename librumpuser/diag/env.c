/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * env.c - diagnostics by environment variable: RUMP_DUMP, a list of words
 * with commas between, read when the library is loaded.  Locking: none, there
 * is one thread then.
 */
#include "diag/dump.h"
#include "posix/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int sig;
} signals[] = {
	{ "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "QUIT", SIGQUIT },
	{ "HUP", SIGHUP }, { "WINCH", SIGWINCH }, { "PWR", SIGPWR },
};

static int
signal_number(const char *name)
{
	size_t i;

	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (i = 0; i < __arraycount(signals); i++)
		if (strcmp(signals[i].name, name) == 0)
			return signals[i].sig;
	return atoi(name);
}

static int
to_file(const char *path)
{
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
	    0600);
	if (fd == -1)
		return errno;
	rumpuser_dump_setfd(fd);
	return 0;
}

/* Seconds, possibly with a fraction. */
static int
hang_limit(const char *value)
{
	struct rumpuser_watch_limits wl = { .wl_cvwait = 0 };
	char *end;
	double sec = strtod(value, &end);

	if (end == value || *end != '\0' || !(sec > 0 && sec < 1e6))
		return EINVAL;
	wl.wl_handler = wl.wl_hold = wl.wl_wait = (int64_t)(sec * 1e9);
	return rumpuser_watch(&wl, NULL, NULL);
}

static int
word(const char *w)
{

	if (strcmp(w, "fault") == 0)
		return rumpuser_sigdump_install();
	if (strcmp(w, "locks") == 0)
		rumpuser_dump_locks(1);
	else if (strcmp(w, "nopanic") == 0)
		rumpuser_dump_onpanic(0);
	else if (strcmp(w, "profile") == 0)
		rumpuser_prof_enable(1);
	else if (strncmp(w, "signal=", 7) == 0)
		return rumpuser_dump_onsignal(signal_number(w + 7));
	else if (strncmp(w, "file=", 5) == 0)
		return to_file(w + 5);
	else if (strncmp(w, "hang=", 5) == 0)
		return hang_limit(w + 5);
	else
		return EINVAL;
	return 0;
}

__attribute__((__constructor__)) static void
env_init(void)
{
	const char *e = secure_getenv("RUMP_DUMP");
	char *list, *p, *w;

	if (e == NULL || (list = strdup(e)) == NULL)
		return;
	for (p = list; (w = strsep(&p, ",")) != NULL;)
		if (*w != '\0' && word(w) != 0)
			fprintf(stderr, "rumpuser: RUMP_DUMP: %s: not "
			    "understood or not possible\n", w);
	free(list);
}
