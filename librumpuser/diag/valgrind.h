/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * valgrind.h - Valgrind's client requests, which do nothing elsewhere; where
 * its headers are missing, nothing at all.  See valgrind(1).
 */
#ifndef _RUMPUSER_DIAG_VALGRIND_H_
#define _RUMPUSER_DIAG_VALGRIND_H_

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define RUMPUSER__VALGRIND 1
#endif
#endif

#ifndef RUMPUSER__VALGRIND
#define RUNNING_ON_VALGRIND			0
#define VALGRIND_STACK_REGISTER(lo, hi)		((unsigned)0)
#define VALGRIND_STACK_DEREGISTER(id)		((void)(id))
#define VALGRIND_MAKE_MEM_NOACCESS(p, len)	((void)(p), (void)(len))
#define VALGRIND_MAKE_MEM_UNDEFINED(p, len)	((void)(p), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(p, len)	((void)(p), (void)(len))
#define VALGRIND_MALLOCLIKE_BLOCK(p, len, rz, zero)	\
	((void)(p), (void)(len))
#define VALGRIND_FREELIKE_BLOCK(p, rz)		((void)(p))
#endif

/**
 * Does the process run under Valgrind?  Then threads take turns, so that
 * spinning for another one only wastes them, and memory is best taken from
 * the host piece by piece.
 */
static inline int
rumpuser__on_valgrind(void)
{

	return (int)RUNNING_ON_VALGRIND;
}

#endif /* _RUMPUSER_DIAG_VALGRIND_H_ */
