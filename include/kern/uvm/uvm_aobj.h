/* SPDX-License-Identifier: BSD-2-Clause */

/* Anonymous objects: memory that no file backs. */

#ifndef _UVM_UVM_AOBJ_H_
#define _UVM_UVM_AOBJ_H_

#include <uvm/uvm_object.h>

#ifdef _KERNEL
/* There is no swap, so no part of an object is ever there. */
#define	uao_dropswap_range(uobj, start, end)	do { } while (0)
#endif

#endif /* _UVM_UVM_AOBJ_H_ */
