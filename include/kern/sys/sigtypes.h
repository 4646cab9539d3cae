/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal sets and alternate stacks, in the layout of the client ABI. */
#ifndef _SYS_SIGTYPES_H_
#define _SYS_SIGTYPES_H_

#include <sys/featuretest.h>
#include <sys/ansi.h>
#include <sys/stdint.h>
#include <sys/types.h>

typedef struct {
	uint32_t	__bits[4];
} sigset_t;

#define __sigmask(n)		(1U << (((unsigned int)(n) - 1) & 31))
#define __sigword(n)		(((unsigned int)(n) - 1) >> 5)
#define __sigaddset(s, n)	((s)->__bits[__sigword(n)] |= __sigmask(n))
#define __sigdelset(s, n)	((s)->__bits[__sigword(n)] &= ~__sigmask(n))
#define __sigismember(s, n)						\
	(((s)->__bits[__sigword(n)] & __sigmask(n)) != 0)
#define __sigemptyset(s)						\
	((s)->__bits[0] = (s)->__bits[1] =				\
	    (s)->__bits[2] = (s)->__bits[3] = 0)
#define __sigfillset(s)							\
	((s)->__bits[0] = (s)->__bits[1] =				\
	    (s)->__bits[2] = (s)->__bits[3] = 0xffffffffU)
#define __sigsetequal(s1, s2)						\
	((s1)->__bits[0] == (s2)->__bits[0] &&				\
	    (s1)->__bits[1] == (s2)->__bits[1] &&			\
	    (s1)->__bits[2] == (s2)->__bits[2] &&			\
	    (s1)->__bits[3] == (s2)->__bits[3])
#define __sigplusset(s, t) do {						\
	(t)->__bits[0] |= (s)->__bits[0];				\
	(t)->__bits[1] |= (s)->__bits[1];				\
	(t)->__bits[2] |= (s)->__bits[2];				\
	(t)->__bits[3] |= (s)->__bits[3];				\
} while (/*CONSTCOND*/0)
#define __sigminusset(s, t) do {					\
	(t)->__bits[0] &= ~(s)->__bits[0];				\
	(t)->__bits[1] &= ~(s)->__bits[1];				\
	(t)->__bits[2] &= ~(s)->__bits[2];				\
	(t)->__bits[3] &= ~(s)->__bits[3];				\
} while (/*CONSTCOND*/0)
#define __sigandset(s, t) do {						\
	(t)->__bits[0] &= (s)->__bits[0];				\
	(t)->__bits[1] &= (s)->__bits[1];				\
	(t)->__bits[2] &= (s)->__bits[2];				\
	(t)->__bits[3] &= (s)->__bits[3];				\
} while (/*CONSTCOND*/0)

typedef struct sigaltstack {
	void	*ss_sp;		/* base of the stack */
	size_t	 ss_size;	/* its size */
	int	 ss_flags;	/* SS_DISABLE, SS_ONSTACK */
} stack_t;

#endif /* _SYS_SIGTYPES_H_ */
