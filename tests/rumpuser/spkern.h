/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spkern.h - a stand-in for a kernel that serves remote clients: processes
 * with a few system calls, on the virtual CPU of stub.h.
 */
#ifndef TESTS_RUMPUSER_SPKERN_H_
#define TESTS_RUMPUSER_SPKERN_H_

#include "stub.h"

/* Its system calls; each argument has an 8-byte slot. */
enum {
	SYS_nosys,
	SYS_getpid,	/* -> pid, parent's pid */
	SYS_upper,	/* from, to, len: copies in and out */
	SYS_reverse,	/* from, to, max: strings */
	SYS_block,	/* sleep until the process is to leave: EINTR */
	SYS_mmap,	/* len -> address */
	SYS_raise,	/* signal */
	SYS_set,	/* value: inherited by a child, lost by exec */
	SYS_get,	/* -> value */
	SYS_sum,	/* all 16 slots */
	SYS_reboot,	/* ends the service */
	SYS_fill,	/* to, len, times: copies out again and again */
	SYS_yield	/* lets go of the virtual CPU for a moment */
};

/** Start librumpuser with it; the caller has no virtual CPU then. */
void spkern_init(void);
/** Processes that are there, and lwps of theirs. */
int spkern_procs(void);
int spkern_lwps(void);
/** Threads inside SYS_block. */
int spkern_blocked(void);
/** Is there a process of that name? */
int spkern_named(const char *comm);

#endif
