/* SPDX-License-Identifier: BSD-2-Clause */

/* Counters of terminal characters, of the component kern/tty. */

#ifndef _SYS_DKSTAT_H_
#define _SYS_DKSTAT_H_

#include <sys/types.h>

#ifdef _KERNEL
extern uint64_t tk_cancc;	/* characters in canonical mode */
extern uint64_t tk_nin;		/* characters in */
extern uint64_t tk_nout;	/* characters out */
extern uint64_t tk_rawcc;	/* characters in raw mode */
#endif

#endif /* _SYS_DKSTAT_H_ */
