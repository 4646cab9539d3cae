/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_port.h - compiler and host differences for host-namespace code
 * written in NetBSD's dialect: attribute macros that the host's headers lack.
 * Include it first.  Host namespace only.
 */
#ifndef _RUMP_RUMPUSER_PORT_H_
#define _RUMP_RUMPUSER_PORT_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/types.h>

#ifndef __dead
#define __dead __attribute__((__noreturn__))
#endif

#ifndef __printflike
#define __printflike(fmtarg, firstvararg) \
	__attribute__((__format__(__printf__, fmtarg, firstvararg)))
#endif

#ifndef __noinline
#define __noinline __attribute__((__noinline__))
#endif

#ifndef __predict_true
#define __predict_true(exp) __builtin_expect((exp) != 0, 1)
#define __predict_false(exp) __builtin_expect((exp) != 0, 0)
#endif

#ifndef __arraycount
#define __arraycount(ary) (sizeof(ary) / sizeof((ary)[0]))
#endif

#ifndef __UNCONST
#define __UNCONST(a) ((void *)(unsigned long)(const void *)(a))
#endif

#endif /* _RUMP_RUMPUSER_PORT_H_ */
