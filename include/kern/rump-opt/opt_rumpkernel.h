/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options every kernel-namespace source is compiled with: force-included
 * (-imacros) before the first line of the source, so macros only.
 */
#ifndef _RUMP_OPT_RUMPKERNEL_H_
#define _RUMP_OPT_RUMPKERNEL_H_

#define __NetBSD__ 1
#define _KERNEL 1
#define _MODULE 1

#define MODULAR 1
#define MULTIPROCESSOR 1
#define MAXUSERS 32
#define DEBUGPRINT 1

#define INET 1
#define INET6 1
#define GATEWAY 1
#define MPLS 1
#define SOSEND_NO_LOAN 1

#undef PIPE_SOCKETPAIR
#define PIPE_NODIRECT 1

#define DEFCORENAME "rump.core"
#define DUMP_ON_PANIC 0

#define WSEMUL_NO_DUMB 1
#define WSEMUL_VT100 1

#define PPPOE_SERVER 1

#if !defined(RUMP_UP) && !defined(RUMP_SMP)
#error "compile with -DRUMP_UP or -DRUMP_SMP: the two variants do not mix"
#endif

#endif /* _RUMP_OPT_RUMPKERNEL_H_ */
