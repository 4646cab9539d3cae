/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt_distribute(9): device interrupts and CPUs. */
#ifndef _SYS_INTERRUPT_H_
#define _SYS_INTERRUPT_H_

#include <sys/types.h>
#include <sys/intr.h>
#include <sys/kcpuset.h>

/** Direct an interrupt to a set of CPUs.  EOPNOTSUPP on a virtual CPU. */
int	interrupt_distribute(void *, const kcpuset_t *, kcpuset_t *);

#endif /* _SYS_INTERRUPT_H_ */
