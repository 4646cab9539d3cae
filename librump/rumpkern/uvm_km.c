/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory by the page. Everything is wired and mapped; the maps are names
 * only. No locking of its own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/module.h>

#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

static struct vm_map kernel_map_store, module_map_store;
struct vm_map *kernel_map = &kernel_map_store;
struct vm_map *module_map = &module_map_store;

void
rump_uvm_km_init(void)
{

	kernel_map_store.pmap = module_map_store.pmap = pmap_kernel();
}

static vaddr_t
exec_alloc(vsize_t size, bool wait)
{
	void *p;

	while (rumpuser_anonmmap(NULL, size, 0, 1, &p) != 0) {
		if (!wait)
			return 0;
		rump_mem_wait(size);
	}
	return (vaddr_t)(uintptr_t)p;
}

vaddr_t
uvm_km_alloc(struct vm_map *map, vsize_t size, vsize_t align,
    uvm_flag_t flags)
{
	bool wait = (flags & (UVM_KMF_NOWAIT | UVM_KMF_CANFAIL)) == 0;
	void *p;

	size = roundup2(size, PAGE_SIZE);
	if (map == module_map || (flags & UVM_KMF_EXEC) != 0)
		return exec_alloc(size, wait);
	if (align > PAGE_SIZE)
		return 0;
	p = rump_mem_alloc(size, PAGE_SIZE, wait,
	    __builtin_return_address(0));
	if (p != NULL && (flags & UVM_KMF_ZERO) != 0)
		memset(p, 0, size);
	return (vaddr_t)(uintptr_t)p;
}

void
uvm_km_free(struct vm_map *map, vaddr_t addr, vsize_t size, uvm_flag_t flags)
{

	size = roundup2(size, PAGE_SIZE);
	if (map == module_map || (flags & UVM_KMF_EXEC) != 0)
		rumpuser_unmap((void *)addr, size);
	else
		rump_mem_free((void *)addr, size, __builtin_return_address(0));
}
