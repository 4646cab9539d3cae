/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory by the page. Everything is wired and mapped, so that the types
 * mean the same but that pageable memory is zero; the maps are names only.
 * Locking: aligned_lock.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>
#include <rump-priv/kern.h>
#include <rump-priv/mem.h>
#include "mem_impl.h"

static struct vm_map kernel_map_store, module_map_store;
struct vm_map *kernel_map = &kernel_map_store;
struct vm_map *module_map = &module_map_store;

#define ZEROED	(UVM_KMF_ZERO | UVM_KMF_PAGEABLE)

/* Pages that may be executed, mapped for themselves. */
static void *
exec_try(vsize_t size)
{
	void *p;

	if (rump_mem_charge(size) != 0)
		return NULL;
	if (rumpuser_anonmmap(NULL, size, 0, 1, &p) == 0)
		return p;
	rump_mem_uncharge(size);
	return NULL;
}

static vaddr_t
exec_alloc(vsize_t size, bool wait)
{
	void *p;

	while ((p = exec_try(size)) == NULL) {
		if (!wait)
			return 0;
		rump_mem_wait(size);
	}
	return (vaddr_t)(uintptr_t)p;
}

static void
exec_free(void *p, vsize_t size)
{

	rumpuser_unmap(p, size);
	rump_mem_uncharge(size);
}

/*
 * Ranges aligned to more than a page, and those they lie in. There are few: a
 * list does.
 */
struct aligned {
	LIST_ENTRY(aligned) al_entry;
	char	*al_addr;
	void	*al_mem;
	vsize_t	al_size;		/* of al_mem */
};
static LIST_HEAD(, aligned) aligned = LIST_HEAD_INITIALIZER(aligned);
static kmutex_t aligned_lock;

void
rump_uvm_km_init(void)
{

	kernel_map_store.pmap = module_map_store.pmap = pmap_kernel();
	mutex_init(&aligned_lock, MUTEX_DEFAULT, IPL_NONE);
}

static void *
aligned_alloc(vsize_t size, vsize_t align, bool wait)
{
	struct aligned *al;

	KASSERTMSG(powerof2(align), "uvm_km_alloc: alignment %#lx",
	    (unsigned long)align);
	al = kmem_alloc(sizeof(*al), wait ? KM_SLEEP : KM_NOSLEEP);
	if (al == NULL)
		return NULL;
	al->al_size = size + align - PAGE_SIZE;
	al->al_mem = rump_mem_alloc(al->al_size, PAGE_SIZE, wait,
	    __builtin_return_address(0));
	if (al->al_mem == NULL) {
		kmem_free(al, sizeof(*al));
		return NULL;
	}
	al->al_addr = (char *)roundup2((uintptr_t)al->al_mem, align);
	mutex_enter(&aligned_lock);
	LIST_INSERT_HEAD(&aligned, al, al_entry);
	mutex_exit(&aligned_lock);
	return al->al_addr;
}

/* False: it is not one of these. */
static bool
aligned_free(void *p)
{
	struct aligned *al;

	mutex_enter(&aligned_lock);
	LIST_FOREACH(al, &aligned, al_entry) {
		if (al->al_addr == p)
			break;
	}
	if (al != NULL)
		LIST_REMOVE(al, al_entry);
	mutex_exit(&aligned_lock);
	if (al == NULL)
		return false;
	rump_mem_free(al->al_mem, al->al_size, __builtin_return_address(0));
	kmem_free(al, sizeof(*al));
	return true;
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
		p = aligned_alloc(size, align, wait);
	else
		p = rump_mem_alloc(size, PAGE_SIZE, wait,
		    __builtin_return_address(0));
	if (p != NULL && (flags & ZEROED) != 0)
		memset(p, 0, size);
	return (vaddr_t)(uintptr_t)p;
}

void
uvm_km_free(struct vm_map *map, vaddr_t addr, vsize_t size, uvm_flag_t flags)
{

	size = roundup2(size, PAGE_SIZE);
	if (map == module_map || (flags & UVM_KMF_EXEC) != 0)
		exec_free((void *)addr, size);
	else if (!aligned_free((void *)addr))
		rump_mem_free((void *)addr, size, __builtin_return_address(0));
}
