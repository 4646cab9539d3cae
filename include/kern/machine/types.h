/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's address and register types, and what it can do. */
#ifndef _MACHINE_TYPES_H_
#define _MACHINE_TYPES_H_

#include <sys/cdefs.h>
#include <machine/int_types.h>

typedef unsigned long	paddr_t;
typedef unsigned long	psize_t;
typedef unsigned long	vaddr_t;
typedef unsigned long	vsize_t;
typedef long int	register_t;
typedef int		register32_t;
typedef unsigned char	__cpu_simple_lock_t;

#define __SIMPLELOCK_LOCKED	1
#define __SIMPLELOCK_UNLOCKED	0

#define PRIxPADDR	"lx"
#define PRIxPSIZE	"lx"
#define PRIuPSIZE	"lu"
#define PRIxVADDR	"lx"
#define PRIxVSIZE	"lx"
#define PRIuVSIZE	"lu"
#define PRIxREGISTER	"lx"

#define __NO_STRICT_ALIGNMENT
#define __HAVE_ATOMIC64_OPS
#define __HAVE_ATOMIC_AS_MEMBAR
#define __HAVE_CPU_COUNTER
#define __HAVE_CPU_DATA_FIRST
#define __HAVE_MINIMAL_EMUL
#define __HAVE_SYSCALL_INTERN
#define __HAVE_TIMECOUNTER
#define __HAVE_GENERIC_TODR

#endif /* _MACHINE_TYPES_H_ */
