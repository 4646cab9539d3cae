/* SPDX-License-Identifier: BSD-2-Clause */
/* spl(9): the named levels. */
#ifndef _SYS_SPL_H_
#define _SYS_SPL_H_

#include <machine/intr.h>

#define RUMP_SPL(name, level)						\
static __inline int __attribute__((__unused__))			\
name(void)								\
{									\
									\
	return splraise(level);						\
}

RUMP_SPL(splsoftclock, IPL_SOFTCLOCK)
RUMP_SPL(splsoftbio, IPL_SOFTBIO)
RUMP_SPL(splsoftnet, IPL_SOFTNET)
RUMP_SPL(splsoftserial, IPL_SOFTSERIAL)
RUMP_SPL(splvm, IPL_VM)
RUMP_SPL(splsched, IPL_SCHED)
RUMP_SPL(splhigh, IPL_HIGH)

#undef RUMP_SPL

#endif /* _SYS_SPL_H_ */
