/* SPDX-License-Identifier: BSD-2-Clause */

/* All of the memory system at once, and its global data. */

#ifndef _UVM_UVM_H_
#define _UVM_UVM_H_

#include <uvm/uvm_extern.h>
#include <uvm/uvm_stat.h>
#include <uvm/uvm_param.h>
#include <uvm/uvm_prot.h>
#include <uvm/uvm_page.h>
#include <uvm/uvm_pmap.h>
#include <uvm/uvm_map.h>
#include <uvm/uvm_object.h>
#include <uvm/uvm_aobj.h>
#include <uvm/uvm_pager.h>
#include <uvm/uvm_pdaemon.h>

struct workqueue;

struct uvm {
	struct lwp	*pagedaemon_lwp;	/* NULL: there is none */
	struct workqueue *aiodone_queue;	/* NULL: done in place */
};

#ifdef _KERNEL
extern struct uvm uvm;
extern kmutex_t uvm_pageqlock;

#define	UVM_PAGE_OWN(pg, tag)	do { } while (0)
#endif

#endif /* _UVM_UVM_H_ */
