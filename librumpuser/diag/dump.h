/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump.h - what the files of diag/ share about dumps: the lock of the whole
 * dump, guards against faults, alternate stacks, threads of the process.
 * Sections of other folders use rumpuser_dump_register().
 */
#ifndef _RUMPUSER_DIAG_DUMP_H_
#define _RUMPUSER_DIAG_DUMP_H_

#include "diag/out.h"

#include <setjmp.h>
#include <signal.h>

struct rumpuser__thread;

/** Descriptor that dumps go to. */
int rumpuser__dump_fd(void);

/**
 * One dump at a time: 0; EBUSY after seconds; EDEADLK: this thread is
 * dumping already.  Any context.
 */
int rumpuser__dump_lock(void);
void rumpuser__dump_unlock(void);
/** Does the calling thread hold it? */
int rumpuser__dump_mine(void);
/** This is the child of a fork. */
void rumpuser__dump_forked(void);

/**
 * Run @fn(@d, @arg) such that a fault in it comes back here; says so in @d.
 * Where no handler is installed, a fault does what it always does: see below.
 */
void rumpuser__guarded(struct rumpuser_dump *d, rumpuser_dump_fn fn,
    void *arg);
/** A fault happened: go back to the guard, or return if there is none. */
void rumpuser__guard_fault(void);

/** rumpuser_exit(RUMPUSER_PANIC): the dump before abort(3). */
void rumpuser__panic_dump(void);
/** abort(3) is about to be called, and nothing is to be said any more. */
void rumpuser__sigdump_quiet(void);

/** Catch faults for guards while a dump is made; for who holds its lock. */
void rumpuser__guards_on(void);
void rumpuser__guards_off(void);

/** All sections, to @d; the lock is held. */
void rumpuser__dump_sections(struct rumpuser_dump *d);

/**
 * Call @fn(@d, tid, arg) for each thread of the process; 0: the host does not
 * tell.  Any context.
 */
int rumpuser__each_thread(struct rumpuser_dump *d,
    void (*fn)(struct rumpuser_dump *, int, void *), void *arg);
/** A line about thread @tid: id, name, state, wait, work. */
void rumpuser__dump_thread_line(struct rumpuser_dump *d, int tid);
/**
 * Lines and backtraces of all threads but @except (0: none).
 */
void rumpuser__dump_threads(struct rumpuser_dump *d, int except);
/** The sections that are always there. */
void rumpuser__dump_locks_section(struct rumpuser_dump *d, void *arg);
void rumpuser__dump_parts(struct rumpuser_dump *d);

/** The handler of SIGSTKFLT, and its installation where nobody has one. */
int rumpuser__threadsig_install(int force);
void rumpuser__threadsig_remove(void);
/** In the child of a fork: nobody answers. */
void rumpuser__threadsig_forked(void);

/** Capture where a signal came in. */
void rumpuser__backtrace_ucontext(struct rumpuser_backtrace *bt, void *uc);

/** What the words of siginfo and registers say. */
void rumpuser__dump_siginfo(struct rumpuser_dump *d, const siginfo_t *si);
void rumpuser__dump_registers(struct rumpuser_dump *d, const void *uc);
/** Program counter, stack pointer and frame pointer of a context. */
void rumpuser__context_regs(const void *uc, uintptr_t *pc, uintptr_t *sp,
    uintptr_t *fp);
/** @words words from @sp up, each with what it looks like. */
void rumpuser__dump_stack(struct rumpuser_dump *d, uintptr_t sp, int words);

/** An alternate stack for the calling thread, whose record is @t. */
int rumpuser__altstack(struct rumpuser__thread *t);
void rumpuser__altstack_off(struct rumpuser__thread *t);

/** Objects: see object.c. */
struct rumpuser__object;
void rumpuser__objects_refresh(void);
const struct rumpuser__object *rumpuser__object_at(uintptr_t addr);
/** Path, and the address as the object's symbol table has it. */
const char *rumpuser__object_path(const struct rumpuser__object *o);
uint64_t rumpuser__object_addr(const struct rumpuser__object *o,
    uintptr_t addr);
int rumpuser__object_iscode(const struct rumpuser__object *o, uintptr_t addr);
int rumpuser__object_find(const struct rumpuser__object *o, uintptr_t addr,
    struct rumpuser_symbol *sym);
/** The lookup proper, without looking for new objects. */
int rumpuser__symbol_find(uintptr_t addr, struct rumpuser_symbol *sym);
/** "function+0x12 (object)" of a code address. */
void rumpuser__dump_symbol(struct rumpuser_dump *d, uintptr_t addr);
/** The description of a word; RUMPUSER_WORD_*. */
int rumpuser__word(struct rumpuser_dump *d, uintptr_t word, uintptr_t sp);

#endif /* _RUMPUSER_DIAG_DUMP_H_ */
