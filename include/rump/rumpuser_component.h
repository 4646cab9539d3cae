/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_component.h - what the host-namespace half of a component (its
 * private hypercalls) may use of the host layer.  Host namespace only.
 */
#ifndef _RUMP_RUMPUSER_COMPONENT_H_
#define _RUMP_RUMPUSER_COMPONENT_H_

#ifdef __cplusplus
extern "C" {
#endif

struct lwp;

/**
 * Around host code that may block, in a private hypercall: give up the
 * virtual CPU; the cookie goes to rumpuser_component_schedule(), on the same
 * thread.
 */
void *rumpuser_component_unschedule(void);
/** Take the virtual CPU back. */
void rumpuser_component_schedule(void *cookie);

/**
 * Make the calling host thread, which the component created itself, a kernel
 * thread: it gets an lwp of process 0.  On return it holds no virtual CPU;
 * rumpuser_component_schedule(NULL) takes one.
 */
void rumpuser_component_kthread(void);
/** Give that lwp back, before the thread ends; called without a CPU. */
void rumpuser_component_kthread_release(void);

/** The lwp of the calling thread. */
struct lwp *rumpuser_component_curlwp(void);
/** Switch the calling thread to lwp @l (with a virtual CPU held). */
void rumpuser_component_switchlwp(struct lwp *l);

/** Translate a host errno value to the kernel's. */
int rumpuser_component_errtrans(int hosterr);
/**
 * Extension: translate a host signal number to the kernel's; -1 if the
 * kernel has none of that meaning.
 */
int rumpuser_component_sigtrans(int hostsig);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_COMPONENT_H_ */
