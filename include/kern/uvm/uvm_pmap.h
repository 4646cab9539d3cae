/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Address spaces, pmap(9).  There is no MMU to drive here: the kernel's is
 * the process's own, all others belong to remote clients.
 */

#ifndef _UVM_UVM_PMAP_H_
#define _UVM_UVM_PMAP_H_

#include <sys/stdbool.h>
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

struct vm_page;

/*
 * pmap(9) of a page: nothing maps pages, so none was ever written or read
 * through a mapping, and there is no mapping to restrict.
 */
static __inline bool __attribute__((__unused__))
pmap_is_modified(struct vm_page *pg)
{

	return false;
}

static __inline bool __attribute__((__unused__))
pmap_is_referenced(struct vm_page *pg)
{

	return false;
}

/** Whether the attribute was set. */
static __inline bool __attribute__((__unused__))
pmap_clear_modify(struct vm_page *pg)
{

	return false;
}

static __inline bool __attribute__((__unused__))
pmap_clear_reference(struct vm_page *pg)
{

	return false;
}

static __inline void __attribute__((__unused__))
pmap_page_protect(struct vm_page *pg, vm_prot_t prot)
{
}
#endif

#endif /* _UVM_UVM_PMAP_H_ */
