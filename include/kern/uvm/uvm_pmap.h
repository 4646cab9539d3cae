/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Address spaces, pmap(9).  There is no MMU to drive here: the kernel's is
 * the process's own, all others belong to remote clients.
 */

#ifndef _UVM_UVM_PMAP_H_
#define _UVM_UVM_PMAP_H_

#include <sys/types.h>
#include <uvm/uvm_param.h>
#include <uvm/uvm_prot.h>

struct pmap;
typedef struct pmap *pmap_t;

struct pmap_statistics {
	long	resident_count;
	long	wired_count;
};

#ifdef _KERNEL
extern struct pmap *const kernel_pmap_ptr;
#define	pmap_kernel()	(kernel_pmap_ptr)
#endif

#endif /* _UVM_UVM_PMAP_H_ */
