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
/** Make @l the thread's lwp, or no one in particular. */
void stub_lwpswitch(struct lwp *l);
/** The thread's lwp, NULL for an implicit one. */
struct lwp *stub_curlwp(void);
/** Give the virtual CPU up inside the kernel, and take it back. */
void stub_letgo(void);
void stub_takeback(void);
/** The upcalls, to be completed for another stub. */
void stub_hyp(struct rumpuser_hyperup *hyp);
/** Start librumpuser with the stub; the caller has the virtual CPU then. */
void stub_init(void);

#endif
