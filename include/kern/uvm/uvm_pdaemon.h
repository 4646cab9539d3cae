/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Keeping file pages within their limit.  There is no daemon: who allocates a
 * page beyond the limit frees older clean ones first.
 */

#ifndef _UVM_UVM_PDAEMON_H_
#define _UVM_UVM_PDAEMON_H_

#include <sys/cdefs.h>

#ifdef _KERNEL
__BEGIN_DECLS
/* Frees up to n clean pages of vnodes whose locks are free; how many. */
unsigned uvm_pagereclaim(unsigned);
__END_DECLS
#endif

#endif /* _UVM_UVM_PDAEMON_H_ */
