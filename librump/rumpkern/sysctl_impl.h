/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of sysctl(9). */
#ifndef _RUMPKERN_SYSCTL_IMPL_H_
#define _RUMPKERN_SYSCTL_IMPL_H_

struct lwp;
struct sysctlnode;

extern struct sysctlnode sysctl_root;

void	rump_sysctl_tree_init(void);
/* The nodes that rumpkern itself has. */
void	rump_sysctl_base_setup(struct sysctllog **);
int	rump_sysctl_auth(struct lwp *, int, const struct sysctlnode *);
struct sysctlnode *rump_sysctl_child(const struct sysctlnode *, int);

#endif /* _RUMPKERN_SYSCTL_IMPL_H_ */
