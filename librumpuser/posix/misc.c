/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * misc.c - parameters, termination, console, random numbers.
 * Locking: console.mtx guards the console's line.
 */
#include "host.h"
#include "posix/fork.h"
#include "raw.h"
#include "diag/dump.h"

#include <sys/random.h>

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Virtual CPUs where the environment does not say. */
#define DEFAULT_NCPU	"2"

static void
param_ncpu(char *buf, size_t size)
{
	const char *e = getenv("RUMP_NCPU");
	long n;

	if (e == NULL)
		e = DEFAULT_NCPU;
	if (strcmp(e, "host") == 0) {
		n = sysconf(_SC_NPROCESSORS_ONLN);
		snprintf(buf, size, "%ld", n > 0 ? n : 1);
	} else {
		snprintf(buf, size, "%s", e);
	}
}

static void
param_hostname(char *buf, size_t size)
{
	char name[128];

	if (gethostname(name, sizeof(name)) == -1)
		strcpy(name, "unknown");
	name[sizeof(name) - 1] = '\0';
	snprintf(buf, size, "rump-%05d.%s", (int)getpid(), name);
}

int
rumpuser__raw_param(struct rumpuser_provider *p, const char *name, char *buf,
    size_t buflen)
{
	char tmp[160];
	const char *val = tmp;
	uint64_t memory;

	if (strcmp(name, RUMPUSER_PARAM_NCPU) == 0)
		param_ncpu(tmp, sizeof(tmp));
	else if (strcmp(name, RUMPUSER_PARAM_HOSTNAME) == 0)
		param_hostname(tmp, sizeof(tmp));
	else if (strcmp(name, RUMPUSER_PARAM_MEMORY) == 0) {
		if ((memory = rumpuser__memory()) == 0)
			val = NULL;
		else
			snprintf(tmp, sizeof(tmp), "%" PRIu64, memory);
	} else if (*name == '_')
		val = NULL;
	else
		val = getenv(name);
	if (val == NULL)
		return ENOENT;
	if (strlen(val) >= buflen)
		return E2BIG;
	strcpy(buf, val);
	return 0;
}

HOSTCALL int
getparam(const char *name, char *buf, size_t buflen)
{
	int serrno = errno, error;

	error = HOST_CALL(ho_param, name, buf, buflen);
	errno = serrno;
	return error;
}

int
rumpuser_getparam(const char *name, void *buf, size_t buflen)
{

	return rumpuser__errtrans(getparam(name, buf, buflen));
}

void
rumpuser_seterrno(int error)
{

	errno = error;
}

int
rumpuser__raw_kill(struct rumpuser_provider *p, int64_t pid, int sig)
{
	pid_t hostpid;

	hostpid = pid == RUMPUSER_PID_SELF ? getpid() : (pid_t)pid;
	if (pid != RUMPUSER_PID_SELF && (int64_t)hostpid != pid)
		return ESRCH;
	return kill(hostpid, sig) == -1 ? errno : 0;
}

int
rumpuser_kill(int64_t pid, int sig)
{
	int serrno = errno, error, hostsig;

	hostsig = rumpuser__sigtrans(sig);
	if (hostsig == -1)
		return rumpuser__errtrans(EINVAL);
	error = HOST_CALL(ho_kill, pid, hostsig);
	errno = serrno;
	return rumpuser__errtrans(error);
}

/*
 * The console.  It is standard error, not standard output: that belongs to
 * the program, whose output may be an archive or a file's content.  Lines
 * are put together so that those of several threads do not mix.
 */
static struct {
	pthread_mutex_t mtx;
	size_t len;
	char line[256];
} console = { .mtx = PTHREAD_MUTEX_INITIALIZER };

int
rumpuser__raw_console(struct rumpuser_provider *p, const char *buf, size_t len)
{
	size_t off = 0;
	ssize_t n;

	while (off < len) {
		n = write(STDERR_FILENO, buf + off, len - off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno;
		off += (size_t)n;
	}
	return 0;
}

/* Called with the lock held. */
static void
console_flush(void)
{

	if (console.len > 0)
		(void)HOST_CALL(ho_console, console.line, console.len);
	console.len = 0;
}

void
rumpuser__console_fork_prepare(void)
{

	pthread_mutex_lock(&console.mtx);
}

void
rumpuser__console_fork_parent(void)
{

	pthread_mutex_unlock(&console.mtx);
}

/* The half line that is there is the parent's to finish. */
int
rumpuser__console_fork_child(void)
{

	console.len = 0;
	pthread_mutex_unlock(&console.mtx);
	return 0;
}

__attribute__((__destructor__)) static void
console_fini(void)
{

	if (pthread_mutex_trylock(&console.mtx) == 0) {
		console_flush();
		pthread_mutex_unlock(&console.mtx);
	}
}

void
rumpuser_putchar(int ch)
{
	int serrno = errno, state;

	/* Not to be cancelled with the lock held, or inside the kernel. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_mutex_lock(&console.mtx);
	console.line[console.len++] = (char)ch;
	if (ch == '\n' || console.len == sizeof(console.line))
		console_flush();
	pthread_mutex_unlock(&console.mtx);
	pthread_setcancelstate(state, NULL);
	errno = serrno;
}

void
rumpuser_dprintf(const char *fmt, ...)
{
	int serrno = errno, state;
	va_list ap;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	pthread_setcancelstate(state, NULL);
	errno = serrno;
}

void
rumpuser__raw_exit(struct rumpuser_provider *p, int value)
{

	if (value == RUMPUSER_PANIC) {
		rumpuser__panic_dump();
		abort();
	}
	exit(value);
}

void
rumpuser_exit(int value)
{

	console_fini();
	HOST_CALL(ho_exit, value);
	abort();	/* a provider that does not do as it is told */
}

int
rumpuser__raw_random(struct rumpuser_provider *p, void *buf, size_t buflen,
    int flags, size_t *retp)
{
	unsigned int how = 0;
	size_t done = 0;
	ssize_t n;
	int error = 0;

	if (flags & RUMPUSER_RANDOM_HARD)
		how |= GRND_RANDOM;
	if (flags & RUMPUSER_RANDOM_NOWAIT)
		how |= GRND_NONBLOCK;
	while (done < buflen) {
		n = getrandom((char *)buf + done, buflen - done, how);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			if (errno != EAGAIN)
				error = errno;
			break;
		}
		done += (size_t)n;
	}
	*retp = done;
	return error;
}

HOSTCALL int
getrandombytes(void *buf, size_t buflen, int flags, size_t *retp)
{
	int serrno = errno, error, state;

	*retp = 0;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	error = HOST_CALL(ho_random, buf, buflen, flags, retp);
	pthread_setcancelstate(state, NULL);
	errno = serrno;
	return error;
}

int
rumpuser_getrandom(void *buf, size_t buflen, int flags, size_t *retp)
{
	int count, error;

	if (flags & ~(RUMPUSER_RANDOM_HARD | RUMPUSER_RANDOM_NOWAIT))
		return rumpuser__errtrans(EINVAL);
	if (flags & RUMPUSER_RANDOM_NOWAIT) {
		error = getrandombytes(buf, buflen, flags, retp);
		return rumpuser__errtrans(error);
	}
	count = rumpuser__unschedule(NULL);
	error = getrandombytes(buf, buflen, flags, retp);
	rumpuser__schedule(count, NULL);
	return rumpuser__errtrans(error);
}
