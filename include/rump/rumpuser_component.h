/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_component.h - what the host-namespace half of a component (its
 * private hypercalls) may use of the host layer.  Host namespace only.
 */
#ifndef _RUMP_RUMPUSER_COMPONENT_H_
#define _RUMP_RUMPUSER_COMPONENT_H_

#include <stddef.h>
#include <stdint.h>

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

/** Verdicts on a message, rm_verdict; any of them together with a delay. */
#define RUMPUSER_MESSAGE_PASS	0x00
#define RUMPUSER_MESSAGE_DROP	0x01	/* it is lost: do not send it */
#define RUMPUSER_MESSAGE_DOUBLE	0x02	/* send it twice */
#define RUMPUSER_MESSAGE_HOLD	0x04	/* send it after rm_behind others */
#define RUMPUSER_MESSAGE_COPY	0x08	/* rm_data, rm_len were replaced */

/** A message of a private hypercall, and what is to happen to it. */
struct rumpuser_message {
	const char *rm_site;	/* in: who sends and where, "virtif0/tx" */
	const void *rm_data;	/* in: the message; out: what to send */
	size_t rm_len;		/* in, out: bytes; never more than before */
	int rm_verdict;		/* out: RUMPUSER_MESSAGE_* */
	unsigned int rm_behind;	/* out: with HOLD */
	int64_t rm_delay;	/* out: ns from now until it is sent */
	void *rm_mem;		/* out: with COPY, for faultdone() */
};

/**
 * Before the user half of a component sends a message, or hands a received
 * one to the kernel: ask what a fault plan (rumpfault(5)) does to it.  The
 * caller fills rm_site, rm_data and rm_len in and obeys what comes back; then
 * it calls rumpuser_component_faultdone().  Without a plan the verdict is
 * PASS at the cost of an indirect call.  Returns 0, or an error (the host's
 * number) with which the transfer is to fail.  Does not block; with or
 * without a virtual CPU.
 */
int rumpuser_component_fault(struct rumpuser_message *m);
/** The message's data is no longer used: free what was copied. */
void rumpuser_component_faultdone(struct rumpuser_message *m);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_COMPONENT_H_ */
