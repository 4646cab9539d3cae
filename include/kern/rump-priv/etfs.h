/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Host files in the kernel's name space: rumpkern has the entry points,
 * rumpvfs fills in what is behind them.  Without it they answer ENOSYS.
 */

#ifndef _RUMP_PRIV_ETFS_H_
#define _RUMP_PRIV_ETFS_H_

#include <sys/types.h>
#include <rump/rump.h>

extern int (*rump__etfs_register)(const char *, const char *,
	    enum rump_etfs_type, uint64_t, uint64_t);
extern int (*rump__etfs_remove)(const char *);

/* For callers inside the kernel. */
int	rump_etfs_register(const char *, const char *, enum rump_etfs_type);
int	rump_etfs_register_withsize(const char *, const char *,
	    enum rump_etfs_type, uint64_t, uint64_t);
int	rump_etfs_remove(const char *);

/* Once, when the root is mounted: what rump_boot_etfs_register() collected. */
void	rump_boot_etfs_process(void);

#endif /* _RUMP_PRIV_ETFS_H_ */
