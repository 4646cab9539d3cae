/* SPDX-License-Identifier: BSD-2-Clause */
/* kthread(9): kernel threads. */
#ifndef _SYS_KTHREAD_H_
#define _SYS_KTHREAD_H_

#include <sys/cdefs.h>
#include <sys/types.h>

struct cpu_info;

#define KTHREAD_IDLE	0x01
#define KTHREAD_MPSAFE	0x02	/* does not start with the kernel lock */
#define KTHREAD_INTR	0x04	/* handles interrupts */
#define KTHREAD_TS	0x08	/* time-sharing priority */
#define KTHREAD_MUSTJOIN 0x10	/* kthread_join() will be called */

/** Start a thread in proc0.  EAGAIN, ENOMEM.  May sleep. */
int	kthread_create(pri_t, int, struct cpu_info *, void (*)(void *),
	    void *, lwp_t **, const char *, ...) __printflike(7, 8);
/** End the calling kernel thread; the value is for the reader only. */
void	kthread_exit(int) __dead;
/** Wait for a KTHREAD_MUSTJOIN thread to end. */
int	kthread_join(lwp_t *);

#endif /* _SYS_KTHREAD_H_ */
