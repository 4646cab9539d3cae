/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.c - log lines by class and level.
 * Locking: mtx guards the list of classes and the rules; sink_mtx the sink,
 * and is held while it is called.
 */
#include "diag/out.h"
#include "diag/thread.h"
#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_log.h>
#pragma GCC visibility pop

#include <sys/syscall.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAXSPEC		512
#define MAXLINE		1000

static const struct {
	const char *name;
	unsigned int levels;	/* what the word switches on */
} words[] = {
	{ "none", 0 },
	{ "error", RUMPUSER_LOG_ERROR },
	{ "warn", RUMPUSER_LOG_WARN * 2 - 1 },
	{ "notice", RUMPUSER_LOG_NOTICE * 2 - 1 },
	{ "trace", RUMPUSER_LOG_TRACE * 2 - 1 },
	{ "verbose", RUMPUSER_LOG_VERBOSE * 2 - 1 },
	{ "syscall", RUMPUSER_LOG_SYSCALL },
	{ "all", RUMPUSER_LOG_ALL },
};

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static struct rumpuser_logclass *classes;
static char env_rules[MAXSPEC], rules[MAXSPEC];
static int env_read;

static pthread_mutex_t sink_mtx = PTHREAD_MUTEX_INITIALIZER;
static rumpuser_log_fn sink;
static void *sink_arg;

/* One level word of @len bytes; 0: there is none of this name. */
static int
level_word(const char *w, size_t len, unsigned int *levelsp)
{
	size_t i;

	for (i = 0; i < __arraycount(words); i++)
		if (strlen(words[i].name) == len &&
		    memcmp(words[i].name, w, len) == 0) {
			*levelsp |= words[i].levels;
			return 1;
		}
	return 0;
}

/* LEVEL+LEVEL..., up to @end. */
static int
level_words(const char *w, const char *end, unsigned int *levelsp)
{
	size_t len;

	*levelsp = 0;
	for (;;) {
		for (len = 0; w + len < end && w[len] != '+'; len++)
			continue;
		if (!level_word(w, len, levelsp))
			return 0;
		if (w + len == end)
			return 1;
		w += len + 1;
	}
}

/*
 * Go through a list; *levelsp becomes what it says of class @name.  With
 * @name NULL only whether the list is one.
 */
static int
apply(const char *spec, const char *name, unsigned int *levelsp)
{
	const char *end, *eq, *w;
	unsigned int levels;

	for (w = spec; *w != '\0'; w = *end == ',' ? end + 1 : end) {
		end = w + strcspn(w, ",");
		if (end == w)
			continue;
		eq = memchr(w, '=', (size_t)(end - w));
		if (!level_words(eq != NULL ? eq + 1 : w, end, &levels))
			return 0;
		if (name != NULL && (eq == NULL ||
		    (strlen(name) == (size_t)(eq - w) &&
		    memcmp(name, w, (size_t)(eq - w)) == 0)))
			*levelsp = levels;
	}
	return 1;
}

/* Called with mtx held. */
static void
read_env(void)
{
	const char *e;

	env_read = 1;
	if ((e = getenv("RUMP_LOG")) == NULL)
		return;
	if (strlen(e) >= sizeof(env_rules) || !apply(e, NULL, NULL))
		fprintf(stderr, "rumpuser: RUMP_LOG=%s is not understood\n",
		    e);
	else
		strcpy(env_rules, e);
}

/* Called with mtx held. */
static void
set_levels(struct rumpuser_logclass *lc)
{
	unsigned int levels = RUMPUSER_LOG_DEFAULT;

	(void)apply(env_rules, lc->lc_name, &levels);
	(void)apply(rules, lc->lc_name, &levels);
	__atomic_store_n(&lc->lc_levels, levels, __ATOMIC_RELAXED);
}

static __noinline void
class_first(struct rumpuser_logclass *lc)
{

	pthread_mutex_lock(&mtx);
	if (!env_read)
		read_env();
	if (__atomic_load_n(&lc->lc_levels, __ATOMIC_RELAXED) &
	    RUMPUSER_LOG_NEW) {
		lc->lc_next = classes;
		classes = lc;
		set_levels(lc);
	}
	pthread_mutex_unlock(&mtx);
}

int
rumpuser_log_on(struct rumpuser_logclass *lc, unsigned int level)
{

	if (__atomic_load_n(&lc->lc_levels, __ATOMIC_RELAXED) &
	    RUMPUSER_LOG_NEW)
		class_first(lc);
	return (__atomic_load_n(&lc->lc_levels, __ATOMIC_RELAXED) & level) != 0;
}

int
rumpuser_log_set(const char *spec)
{
	struct rumpuser_logclass *lc;
	int serrno = errno, error = 0;
	size_t len;

	if (spec != NULL && !apply(spec, NULL, NULL))
		return rumpuser__errtrans(EINVAL);
	pthread_mutex_lock(&mtx);
	if (!env_read)
		read_env();
	len = strlen(rules);
	if (spec == NULL) {
		rules[0] = '\0';
	} else if (strlen(spec) + len + 2 > sizeof(rules)) {
		error = E2BIG;
	} else {
		if (len > 0)
			rules[len++] = ',';
		strcpy(rules + len, spec);
	}
	for (lc = classes; lc != NULL && error == 0; lc = lc->lc_next)
		set_levels(lc);
	pthread_mutex_unlock(&mtx);
	errno = serrno;
	return rumpuser__errtrans(error);
}

void
rumpuser_log_sink(rumpuser_log_fn fn, void *arg)
{

	pthread_mutex_lock(&sink_mtx);
	__atomic_store_n(&sink, fn, __ATOMIC_RELAXED);
	sink_arg = arg;
	pthread_mutex_unlock(&sink_mtx);
}

static const char *
level_name(unsigned int level)
{
	static const char *const names[] = { "error", "warn", "notice",
	    "trace", "verbose", "syscall" };
	const unsigned int bit = (unsigned int)__builtin_ctz(level | 1u << 31);

	return bit < __arraycount(names) ? names[bit] : "?";
}

static void
line_out(unsigned int level, const char *line, size_t len)
{
	size_t off = 0;
	ssize_t n;

	if (__atomic_load_n(&sink, __ATOMIC_RELAXED) != NULL) {
		pthread_mutex_lock(&sink_mtx);
		if (sink != NULL)
			sink(sink_arg, level, line, len);
		pthread_mutex_unlock(&sink_mtx);
		return;
	}
	while (off < len) {
		n = write(STDERR_FILENO, line + off, len - off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		off += (size_t)n;
	}
}

/* Its line; the newline always has room. */
static size_t
line_make(char *line, const struct rumpuser_logclass *lc, unsigned int level,
    const char *fmt, va_list ap)
{
	const int64_t now = rumpuser__diag_now();
	struct rumpuser_dump d;
	size_t len;
	int n;

	rumpuser__out_mem(&d, line, MAXLINE / 2);
	rumpuser_dump_printf(&d, "%ld.%06ld %d %s %s: ",
	    (long)(now / 1000000000), (long)(now / 1000 % 1000000),
	    (int)syscall(SYS_gettid), lc->lc_name, level_name(level));
	n = vsnprintf(line + d.len, MAXLINE - 1 - d.len, fmt, ap);
	len = d.len + (n > 0 ? (size_t)n : 0);
	if (len > MAXLINE - 2) {
		len = MAXLINE - 2;
		memcpy(line + len - 3, "...", 3);
	}
	line[len++] = '\n';
	line[len] = '\0';
	return len;
}

/* No thread-local lives across this: a sink may switch. */
HOSTCALL void
log_write(const struct rumpuser_logclass *lc, unsigned int level,
    const char *fmt, va_list ap)
{
	char line[MAXLINE];
	int serrno = errno, state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	line_out(level, line, line_make(line, lc, level, fmt, ap));
	pthread_setcancelstate(state, NULL);
	errno = serrno;
}

void
rumpuser_log_write(struct rumpuser_logclass *lc, unsigned int level,
    const char *fmt, ...)
{
	va_list ap;

	if (!rumpuser_log_on(lc, level))
		return;
	va_start(ap, fmt);
	log_write(lc, level, fmt, ap);
	va_end(ap);
}
