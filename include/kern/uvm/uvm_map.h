/* SPDX-License-Identifier: BSD-2-Clause */

/* Maps of address spaces. */

#ifndef _UVM_UVM_MAP_H_
#define _UVM_UVM_MAP_H_

#include <sys/types.h>
#include <uvm/uvm_pmap.h>

struct vm_map {
	struct pmap	*pmap;
};

#define	vm_map_pmap(map)	((map)->pmap)

#endif /* _UVM_UVM_MAP_H_ */
