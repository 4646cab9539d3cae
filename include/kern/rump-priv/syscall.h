/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call table's private side: how factions hand in their handlers.  The
 * lists are generated; they are established once at boot, without a lock.
 */
#ifndef _RUMP_PRIV_SYSCALL_H_
#define	_RUMP_PRIV_SYSCALL_H_

#include <sys/types.h>
#include <sys/systm.h>

struct rump_onesyscall {
	int		ros_num;
	sy_call_t	*ros_handler;
};

/*
 * rump_syscall_boot_establish: install a faction's handlers.  Called from
 * the faction's initialisation; a number already taken panics.
 */
void	rump_syscall_boot_establish(const struct rump_onesyscall *, size_t);

/*
 * rump_syscall: enter the kernel and run one system call of the calling
 * thread's process.  data is the argument block (dlen bytes).  Returns 0 or
 * an errno in the process's ABI; retval[0..1] are the results.
 */
int	rump_syscall(int, void *, size_t, register_t *);

extern struct sysent	rump_sysent[];

/* The generated lists. */
extern const struct rump_onesyscall rump_syscalls_kern[];
extern const size_t rump_syscalls_kern_n;
extern const struct rump_onesyscall rump_syscalls_vfs[];
extern const size_t rump_syscalls_vfs_n;

/* Enter the native handlers of rumpkern into the table; at boot. */
void	rump_syscall_init(void);

#endif /* _RUMP_PRIV_SYSCALL_H_ */
