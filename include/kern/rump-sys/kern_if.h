/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rumpkern offers to others inside the kernel: the counterparts of
 * rump_pub_*, for callers that hold a virtual CPU.
 */
#ifndef _RUMP_SYS_KERN_IF_H_
#define _RUMP_SYS_KERN_IF_H_

#include <sys/types.h>

struct lwp;
struct modinfo;

/** Activate modules: an array of pointers. 0 if they are there already. */
int	rump_module_init(const struct modinfo *const *, size_t);
int	rump_module_fini(const struct modinfo *);

/** A reference to a credential with these ids. */
kauth_cred_t rump_cred_create(uid_t, gid_t, size_t, gid_t *);
void	rump_cred_put(kauth_cred_t);

/** Put the calling thread into a new process. */
int	rump_lwproc_rfork(int);
/** A new lwp in process @pid for the calling thread.  ESRCH, ENOMEM. */
int	rump_lwproc_newlwp(pid_t);
/** Make @l, unbound so far, the calling thread's; NULL: the implicit one. */
void	rump_lwproc_switch(struct lwp *);
/** End the calling thread's lwp. */
void	rump_lwproc_releaselwp(void);
/** The calling thread's lwp, NULL if it is the implicit one. */
struct lwp *rump_lwproc_curlwp(void);
void	rump_lwproc_sysent_usenative(void);

#endif /* _RUMP_SYS_KERN_IF_H_ */
