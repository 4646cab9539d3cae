/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stub.h - a stand-in for a kernel: one virtual CPU that is a plain lock, and
 * counters, so that librumpuser is tested on its own.
 */
#ifndef TESTS_RUMPUSER_STUB_H_
#define TESTS_RUMPUSER_STUB_H_

#include <rump/rumpuser.h>

struct lwp {
	int pid;
};

/** Does the calling thread hold the virtual CPU? */
int stub_hascpu(void);
void stub_schedule(void);
void stub_unschedule(void);
/** Times that a hypercall gave the virtual CPU up. */
extern unsigned int stub_backend_unscheds;
/** Where not NULL: called when a hypercall wants the virtual CPU back. */
extern void (*stub_on_schedule)(void *);
/** lwps given back. */
extern unsigned int stub_releases;
/** Start librumpuser with the stub; the caller has the virtual CPU then. */
void stub_init(void);

#endif
