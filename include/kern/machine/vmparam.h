/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of the virtual memory system. */
#ifndef _MACHINE_VMPARAM_H_
#define _MACHINE_VMPARAM_H_

#include <machine/param.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		(1 << PAGE_SHIFT)
#define PAGE_MASK		(PAGE_SIZE - 1)

#define VM_MIN_ADDRESS		((vaddr_t)0)
#define VM_MAXUSER_ADDRESS	((vaddr_t)0x00007f8000000000UL)
#define VM_MAX_ADDRESS		((vaddr_t)0x00007fbfdfeff000UL)
#define USRSTACK		VM_MAXUSER_ADDRESS

#define VM_PHYSSEG_MAX		1
#define VM_NFREELIST		1
#define VM_FREELIST_DEFAULT	0

#endif /* _MACHINE_VMPARAM_H_ */
