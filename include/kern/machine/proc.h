/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's part of lwps and processes. */
#ifndef _MACHINE_PROC_H_
#define _MACHINE_PROC_H_

#include <sys/types.h>

struct vm_page;
struct pmap;

/** The registers a lwp entered the kernel with; all zero for local clients. */
struct trapframe {
	uint64_t tf_rip;
	uint64_t tf_rsp;
	uint64_t tf_rflags;
};

struct mdlwp {
	struct trapframe *md_regs;
};

struct mdproc {
	int md_flags;
};

#endif /* _MACHINE_PROC_H_ */
