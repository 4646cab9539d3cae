/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel tracing.  The hooks below are no-ops until something traces.
 */
#ifndef _SYS_KTRACE_H_
#define	_SYS_KTRACE_H_

#include <sys/types.h>

#ifdef _KERNEL
/* Nothing traces yet, so the test is the whole cost of a hook. */
#define	KTRPOINT(p, type)	0
#endif

#endif /* _SYS_KTRACE_H_ */
