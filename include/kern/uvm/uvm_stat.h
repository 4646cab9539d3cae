/* SPDX-License-Identifier: BSD-2-Clause */

/* Call history of the memory system: compiled to nothing. */

#ifndef _UVM_UVM_STAT_H_
#define _UVM_UVM_STAT_H_

#define	UVMHIST_DECL(NAME)
#define	UVMHIST_FUNC(FNAME)			do { } while (0)
#define	UVMHIST_CALLED(NAME)			do { } while (0)
#define	UVMHIST_CALLARGS(NAME, FMT, A, B, C, D)	do { } while (0)
#define	UVMHIST_LOG(NAME, FMT, A, B, C, D)	do { } while (0)

#endif /* _UVM_UVM_STAT_H_ */
