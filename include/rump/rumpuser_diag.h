/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_diag.h - finding out what a process does, or did when it died:
 * backtraces, symbols, dumps on faults and on request, hang reports, profiles
 * of dispatching.  See rumpuser_diag(3).
 *
 * Usable from both namespaces; needs no rumpuser_init().  "Any context" below
 * means: signal handlers included, no memory is allocated, no lock is waited
 * for.  Other calls are for ordinary code and never block but for what they
 * write.  Errors are errno values in NetBSD's numbering; the host's errno of
 * the thread is never changed.  Times are nanoseconds of the monotonic clock.
 */
#ifndef _RUMP_RUMPUSER_DIAG_H_
#define _RUMP_RUMPUSER_DIAG_H_

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

/*
 * Backtraces.
 */

#define RUMPUSER_BT_MAX	64	/* frames at most */

/** A captured backtrace: plain data, to be copied and kept at will. */
struct rumpuser_backtrace {
	int bt_count;			/* frames in bt_pc */
	uint64_t bt_exact;		/* bit n: bt_pc[n] is no return */
	const void *bt_pc[RUMPUSER_BT_MAX];
};

/**
 * Capture the caller's backtrace, leaving out its @skip innermost frames
 * (0: the first one is the caller itself).  Any context.
 */
void rumpuser_backtrace_capture(struct rumpuser_backtrace *bt, int skip);
/**
 * Capture that of something suspended, a fiber for instance: @pc, @sp and
 * @fp are its saved program counter, stack pointer and frame pointer.  It
 * must stay suspended meanwhile.  Any context.
 */
void rumpuser_backtrace_context(struct rumpuser_backtrace *bt, uintptr_t pc,
    uintptr_t sp, uintptr_t fp);
/**
 * Capture that of the host thread with id @tid (gettid(2)) of this process,
 * which is sent SIGSTKFLT and goes on by itself.  Any context.  ESRCH: there
 * is no such thread; EPERM: it blocks the signal; ETIMEDOUT: it did not
 * answer within @timeout nanoseconds; EBUSY: another request is going on.
 */
int rumpuser_backtrace_thread(int tid, int64_t timeout,
    struct rumpuser_backtrace *bt);

#define RUMPUSER_BT_LINES	0x01	/* file:line, by addr2line(1) */

/**
 * Format @bt, a line a frame ("#0 0x... function+0x12 (object)"), into @buf of
 * @size bytes, ended by a NUL.  Returns the length that all of it has, so
 * that one not less than @size means that some is missing.  Any context.
 */
size_t rumpuser_backtrace_format(const struct rumpuser_backtrace *bt,
    char *buf, size_t size);
/**
 * Write @bt to descriptor @fd.  With RUMPUSER_BT_LINES in @flags addr2line is
 * asked for the lines (where it is installed; may then block; not from signal
 * handlers); with 0 any context.
 */
void rumpuser_backtrace_dump(const struct rumpuser_backtrace *bt, int fd,
    int flags);

/*
 * Symbols.
 */

#define RUMPUSER_SYM_NAMELEN	128

/** Where an address lies. */
struct rumpuser_symbol {
	char sym_name[RUMPUSER_SYM_NAMELEN];	/* without rumpns_; may be "" */
	char sym_object[RUMPUSER_SYM_NAMELEN];	/* file name, no folder */
	uint64_t sym_offset;	/* from symbol, or object's start */
	uint64_t sym_size;	/* of the symbol, 0: not known */
};

/**
 * The function or variable that @addr lies in, static ones included (from
 * .symtab of the object's file; without one from the dynamic symbols).
 * ENOENT: it is in no loaded object.  A symbol that has no name there gives
 * 0 with an empty name.  Any context; objects that were loaded since the
 * last call from ordinary code are not known in a signal handler.
 */
int rumpuser_symbol_lookup(const void *addr, struct rumpuser_symbol *sym);
/**
 * The same for address @addr (as in its symbol table) of the ELF file @path,
 * which may be anything at all: EINVAL, if it is no ELF file for this
 * machine; errors of open(2).  Ordinary code.
 */
int rumpuser_symbol_file(const char *path, uint64_t addr,
    struct rumpuser_symbol *sym);

#define RUMPUSER_WORD_PLAIN	0	/* nothing known */
#define RUMPUSER_WORD_SMALL	1	/* a small integer */
#define RUMPUSER_WORD_CODE	2	/* an address in a function */
#define RUMPUSER_WORD_DATA	3	/* an address in an object's data */
#define RUMPUSER_WORD_STACK	4	/* an address near @sp */
#define RUMPUSER_WORD_ASCII	5	/* printable characters */

/**
 * Guess what the machine word @word is: RUMPUSER_WORD_*.  @sp is the stack
 * pointer to compare with, 0: the caller's.  A description (such as
 * "main+0x10", "\"ABCDEFGH\"", "sp+0x40", "") goes to @buf of @size bytes.
 * Any context.
 */
int rumpuser_word_classify(uintptr_t word, uintptr_t sp, char *buf,
    size_t size);

/*
 * Dumps.
 */

/** A stream that a dump is written to. */
struct rumpuser_dump;

/**
 * Add formatted text.  Of printf(3): flags - and 0, width and precision (also
 * as *), l, z, j, t, and the conversions d i u x c s p and %.  Any context.
 */
void rumpuser_dump_printf(struct rumpuser_dump *d, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/** Add @len bytes as they are.  Any context. */
void rumpuser_dump_write(struct rumpuser_dump *d, const void *data,
    size_t len);
/** Add a backtrace, a line a frame, each after @indent.  Any context. */
void rumpuser_dump_backtrace(struct rumpuser_dump *d,
    const struct rumpuser_backtrace *bt, const char *indent);

/** Writes one section of the state dump; must do in any context. */
typedef void (*rumpuser_dump_fn)(struct rumpuser_dump *, void *);

/**
 * Make @fn(stream, @arg) the section @name of each state dump from now on.
 * Sections come in the order of registration.  The string is kept, not
 * copied.  The walker runs in a signal handler or on any thread, one at a
 * time, while everything else goes on: it must allocate nothing, wait for no
 * lock (try, and say that it was busy), and loop over nothing unbounded.  A
 * fault in it ends its section, not the dump.  ENOMEM: too many sections;
 * EEXIST: this pair of @fn and @arg is registered.  Ordinary code.
 */
int rumpuser_dump_register(const char *name, rumpuser_dump_fn fn, void *arg);
/** Undo that; a dump that is running may still be in it.  Ordinary code. */
void rumpuser_dump_unregister(rumpuser_dump_fn fn, void *arg);

/**
 * Write the state dump (threads with backtraces and what each waits for,
 * locks with owners and waiters, and all registered sections) to @fd, with
 * @reason in its first line.  Any context.  EBUSY: another dump is going on
 * and did not end within seconds.
 */
int rumpuser_dump_state(int fd, const char *reason);
/** Let signal @sig (the host's number) do that; 0 undoes it.  EINVAL. */
int rumpuser_dump_onsignal(int sig);
/** Descriptor that dumps go to unless told; standard error at first. */
void rumpuser_dump_setfd(int fd);
/**
 * Shall rumpuser_exit(RUMPUSER_PANIC) write a state dump before it aborts?
 * Yes at first.
 */
void rumpuser_dump_onpanic(int on);
/**
 * Remember each lock that is made from now on, with its holder and since
 * when, so that dumps show those that nobody waits for, too.  Off at first:
 * then dumps show what is waited for.
 */
void rumpuser_dump_locks(int on);

/**
 * Write @len bytes of memory at @addr to @fd as hexadecimal words of 1 byte
 * and characters, 16 a line, after a line with @reason, the address and the
 * length.  What cannot be read is shown as such.  Any context.
 */
void rumpuser_dump_memory(int fd, const void *addr, size_t len,
    const char *reason);

/**
 * On SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT write a dump: reason and
 * sender, registers, stack, backtraces of all threads; then what the signal
 * did before takes place.  SIGSTKFLT, sent to a thread, writes its backtrace
 * and it goes on.  The calling thread gets an alternate signal stack if it
 * has none, and so does each thread that rumpuser_thread_create() makes from
 * now on; other threads call rumpuser_sigdump_thread().  ENOMEM, errors of
 * sigaction(2).  Ordinary code.  The environment variable RUMP_DUMP does the
 * same at start, see rumpuser_diag(3).
 */
int rumpuser_sigdump_install(void);
/** Undo that. */
void rumpuser_sigdump_remove(void);
/** Give the calling thread an alternate signal stack, if it has none. */
int rumpuser_sigdump_thread(void);

/*
 * Hang reports.
 */

/** Limits in nanoseconds; 0: not watched. */
struct rumpuser_watch_limits {
	int64_t wl_handler;	/* rumpuser_watch_enter() to _leave() */
	int64_t wl_hold;	/* a lock is held (of those made from now on) */
	int64_t wl_wait;	/* a mutex or rwlock is waited for */
	int64_t wl_cvwait;	/* a condition variable is waited for */
};

/** Kinds of reports. */
#define RUMPUSER_HANG_HANDLER	1
#define RUMPUSER_HANG_HOLD	2
#define RUMPUSER_HANG_WAIT	3

/**
 * Called by the watching thread for each report after it was written: kind,
 * thread id, nanoseconds so far, and the argument.
 */
typedef void (*rumpuser_hang_fn)(int, int, int64_t, void *);

/**
 * Watch with @limits (copied; NULL: watch nothing more, and wait until the
 * watching thread has ended).  What exceeds one is reported once, with
 * backtraces, where dumps go; then @fn, if not NULL, is called.  EAGAIN,
 * ENOMEM: there is no thread.  Ordinary code, not from @fn.
 */
int rumpuser_watch(const struct rumpuser_watch_limits *limits,
    rumpuser_hang_fn fn, void *arg);
/**
 * A piece of work begins on this thread, named @what (kept, not copied).
 * The cookie goes to rumpuser_watch_leave().  They nest.  When nothing is
 * watched: a load and a branch.
 */
struct rumpuser_watched {
	void *wd_thread;
	const char *wd_what;	/* what was going on before */
	int64_t wd_since;
};
void rumpuser_watch_enter(struct rumpuser_watched *wd, const char *what);
/** It is done. */
void rumpuser_watch_leave(struct rumpuser_watched *wd);

/*
 * Profile of dispatching: who asks whom, and where the time goes.  A piece of
 * work is requested (armed, posted), triggered (its event has come), started,
 * and finished.
 */

/** Kinds of work. */
enum rumpuser_prof_type {
	RUMPUSER_PROF_SCHED, RUMPUSER_PROF_ALARM, RUMPUSER_PROF_FD,
	RUMPUSER_PROF_CALL, RUMPUSER_PROF_SOCKET, RUMPUSER_PROF_BLOCK,
	RUMPUSER_PROF_EVENT, RUMPUSER_PROF_MUTEX, RUMPUSER_PROF_NTYPES
};

/** In each piece of work; zeroed at first. */
struct rumpuser_prof_mark {
	int64_t pm_request, pm_trigger;
	const void *pm_from;
};

/** On the stack of who runs it. */
struct rumpuser_prof_run {
	void *pr_thread;
	const void *pr_before;
	const void *pr_from, *pr_target;
	int64_t pr_request, pr_trigger, pr_start;
	int pr_type;
};

/** Start or stop counting.  Ordinary code. */
void rumpuser_prof_enable(int on);
/** Forget what was counted; not exact while work is going on. */
void rumpuser_prof_reset(void);
/**
 * Work is requested, by what runs on this thread; its trigger may follow at
 * once.  Any context.
 */
void rumpuser_prof_request(struct rumpuser_prof_mark *pm);
/** Its event has come.  Any context. */
void rumpuser_prof_trigger(struct rumpuser_prof_mark *pm);
/**
 * It starts: function @target runs.  The mark may be gone afterwards.
 * Any context.
 */
void rumpuser_prof_start(struct rumpuser_prof_run *pr,
    const struct rumpuser_prof_mark *pm, int type, const void *target);
/** It is finished.  Any context. */
void rumpuser_prof_finish(struct rumpuser_prof_run *pr);

/** What was counted of one pair. */
struct rumpuser_prof_stat {
	int ps_type;			/* enum rumpuser_prof_type */
	const void *ps_from;		/* function, NULL: outside of any */
	const void *ps_target;		/* function */
	uint64_t ps_count;
	int64_t ps_pending, ps_pending_max;	/* request to trigger */
	int64_t ps_queued, ps_queued_max;	/* trigger to start */
	int64_t ps_running, ps_running_max;	/* start to finish */
};

/**
 * The pairs, up to @max of them into @ps; returns how many there are.
 * *@lostp, if not NULL: pieces of work that found no room.  Any context.
 */
size_t rumpuser_prof_get(struct rumpuser_prof_stat *ps, size_t max,
    uint64_t *lostp);

#define RUMPUSER_PROF_TABLE	0	/* a line a pair */
#define RUMPUSER_PROF_DOT	1	/* a graph for dot(1) */
#define RUMPUSER_PROF_TREE	2	/* who asked, indented */

/** Write that in one of these forms to @fd.  EINVAL.  Any context. */
int rumpuser_prof_report(int fd, int form);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_DIAG_H_ */
