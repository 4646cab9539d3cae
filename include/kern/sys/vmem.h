/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General-purpose resource allocator over address ranges; vmem(9). Arenas lock
 * themselves; VM_SLEEP may sleep.
 */
#ifndef _SYS_VMEM_H_
#define _SYS_VMEM_H_

#include <sys/types.h>

typedef struct vmem	vmem_t;
typedef unsigned int	vm_flag_t;
typedef uintptr_t	vmem_addr_t;
typedef size_t		vmem_size_t;

#define VMEM_ADDR_MIN	0
#define VMEM_ADDR_MAX	(~(vmem_addr_t)0)

typedef int	vmem_import_t(void *, vmem_size_t, vm_flag_t, vmem_addr_t *);
typedef void	vmem_release_t(void *, vmem_addr_t, vmem_size_t);
typedef int	vmem_ximport_t(void *, vmem_size_t, vmem_size_t *, vm_flag_t,
		    vmem_addr_t *);

#define VM_SLEEP	0x00000001
#define VM_NOSLEEP	0x00000002
#define VM_INSTANTFIT	0x00001000	/* the first good enough range */
#define VM_BESTFIT	0x00002000	/* the smallest range that fits */
#define VM_BOOTSTRAP	0x00010000
#define VM_POPULATING	0x00040000
#define VM_LARGEIMPORT	0x00080000

#define VMEM_ALLOC	0x01		/* vmem_size: what is in use */
#define VMEM_FREE	0x02		/* vmem_size: what is free */

extern vmem_t *kmem_arena;
extern vmem_t *kmem_va_arena;

__BEGIN_DECLS
/*
 * An arena of [base, base + size) in units of quantum; source with importfn
 * and releasefn may be given to grow it. NULL if there is no memory. The quantum
 * cache's size (qcache_max) is a hint that is not taken.
 */
vmem_t	*vmem_create(const char *, vmem_addr_t, vmem_size_t, vmem_size_t,
	    vmem_import_t *, vmem_release_t *, vmem_t *, vmem_size_t,
	    vm_flag_t, int);
/* The same, with an import function that says how much it gave. */
vmem_t	*vmem_xcreate(const char *, vmem_addr_t, vmem_size_t, vmem_size_t,
	    vmem_ximport_t *, vmem_release_t *, vmem_t *, vmem_size_t,
	    vm_flag_t, int);
/* Nothing of it may be in use. */
void	vmem_destroy(vmem_t *);
/* Allocate a range; 0 with its start in the last argument, or ENOMEM. */
int	vmem_alloc(vmem_t *, vmem_size_t, vm_flag_t, vmem_addr_t *);
void	vmem_free(vmem_t *, vmem_addr_t, vmem_size_t);
/* The same with alignment, phase, boundary not to cross, and limits. */
int	vmem_xalloc(vmem_t *, vmem_size_t, vmem_size_t, vmem_size_t,
	    vmem_size_t, vmem_addr_t, vmem_addr_t, vm_flag_t, vmem_addr_t *);
void	vmem_xfree(vmem_t *, vmem_addr_t, vmem_size_t);
/* Add a range to the arena; 0 or ENOMEM. */
int	vmem_add(vmem_t *, vmem_addr_t, vmem_size_t, vm_flag_t);
/* What is in use, free, or both; of kmem_arena: of all the kernel's memory. */
vmem_size_t vmem_size(vmem_t *, int);
__END_DECLS

#endif /* _SYS_VMEM_H_ */
