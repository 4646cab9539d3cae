/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_log.h - log lines by class and level, switched at run time.  See
 * rumpuser_log(3).
 *
 *	static RUMPUSER_LOGCLASS(mylog, "disk");
 *	rumpuser_log(&mylog, WARN, "sector %d is bad", n);
 *
 * gives, on standard error:
 *
 *	12.345678 4711 disk warn: sector 17 is bad
 *
 * (seconds of the monotonic clock, id of the host thread).  What is off costs
 * a load and a branch.  Usable from both namespaces; needs no
 * rumpuser_init().
 */
#ifndef _RUMP_RUMPUSER_LOG_H_
#define _RUMP_RUMPUSER_LOG_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RUMPUSER_LOG_ERROR	0x01	/* something failed */
#define RUMPUSER_LOG_WARN	0x02	/* something is wrong, and goes on */
#define RUMPUSER_LOG_NOTICE	0x04	/* worth knowing */
#define RUMPUSER_LOG_TRACE	0x08	/* what happens */
#define RUMPUSER_LOG_VERBOSE	0x10	/* all that happens */
#define RUMPUSER_LOG_SYSCALL	0x20	/* calls and their results */
#define RUMPUSER_LOG_ALL	0x3f
/* On unless told otherwise. */
#define RUMPUSER_LOG_DEFAULT	(RUMPUSER_LOG_ERROR | RUMPUSER_LOG_WARN | \
				RUMPUSER_LOG_NOTICE)
/* Internal: the class has not been seen yet. */
#define RUMPUSER_LOG_NEW	0x40

/** Levels that are compiled in: define it before this is included. */
#ifndef RUMPUSER_LOG_COMPILED
#define RUMPUSER_LOG_COMPILED	RUMPUSER_LOG_ALL
#endif

/** A class of messages; never freed once it was used. */
struct rumpuser_logclass {
	const char *lc_name;		/* without blanks, commas and = */
	unsigned int lc_levels;		/* those that are on */
	struct rumpuser_logclass *lc_next;
};

#define RUMPUSER_LOGCLASS(var, name)					\
	struct rumpuser_logclass var = { name,				\
	    RUMPUSER_LOG_ALL | RUMPUSER_LOG_NEW, 0 }

/**
 * Log a line of class @lc (a pointer) with level @level (ERROR ... SYSCALL):
 * printf(3) formats of the host, no newline at the end.  Arguments are only
 * evaluated where the level is on.  Any thread; not for signal handlers.  A
 * line is written by one write(2) and holds 1000 bytes at most.
 */
#define rumpuser_log(lc, level, ...) do {				\
	if ((RUMPUSER_LOG_##level & RUMPUSER_LOG_COMPILED) != 0 &&	\
	    __builtin_expect((__atomic_load_n(&(lc)->lc_levels,		\
	    __ATOMIC_RELAXED) & RUMPUSER_LOG_##level) != 0, 0))		\
		rumpuser_log_write(lc, RUMPUSER_LOG_##level,		\
		    __VA_ARGS__);					\
} while (0)

/** What the macro calls; looks at the level again.  Never changes errno. */
void rumpuser_log_write(struct rumpuser_logclass *lc, unsigned int level,
    const char *fmt, ...) __attribute__((__format__(__printf__, 3, 4)));

/** Is @level of @lc on?  For what is costly to find out. */
int rumpuser_log_on(struct rumpuser_logclass *lc, unsigned int level);

/**
 * Switch levels, of classes in use and of later ones.  @spec is a list of
 * words with commas between: LEVEL for all classes or CLASS=LEVEL, the last
 * one that matches counts.  LEVEL is one of none, error, warn, notice, trace,
 * verbose (it and those before it), syscall (no others), all; several with +
 * between add up.  NULL: the defaults, then the environment variable RUMP_LOG,
 * which holds such a list.  EINVAL: a word is none of that (nothing changes);
 * E2BIG: a list of more than 500 bytes.
 */
int rumpuser_log_set(const char *spec);

/**
 * Where lines go: called with each (NUL-terminated, with its newline), one at
 * a time; must not log.  NULL: to standard error, as at first.
 */
typedef void (*rumpuser_log_fn)(void *arg, unsigned int level,
    const char *line, size_t len);
void rumpuser_log_sink(rumpuser_log_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_LOG_H_ */
