/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The memory system's interface to the rest of the kernel, uvm(9), ubc(9).
 */

#ifndef _UVM_UVM_EXTERN_H_
#define _UVM_UVM_EXTERN_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <uvm/uvm_param.h>
#include <uvm/uvm_prot.h>
#include <uvm/uvm_pmap.h>
#include <uvm/uvm_map.h>
#include <uvm/uvm_pager.h>
#include <uvm/uvm_object.h>

struct buf;
struct lwp;
struct proc;
struct uio;
struct uvm_object;
struct vm_page;
struct vnode;

typedef unsigned int uvm_flag_t;

/* Advice of access, for read-ahead. */
#define	UVM_ADV_NORMAL		0x0
#define	UVM_ADV_RANDOM		0x1	/* none */
#define	UVM_ADV_SEQUENTIAL	0x2	/* much */
#define	UVM_ADV_WILLNEED	0x3
#define	UVM_ADV_MASK		0x7

/* uvm_km_alloc() */
#define	UVM_KMF_WIRED		0x1	/* memory, not addresses only */
#define	UVM_KMF_PAGEABLE	0x2
#define	UVM_KMF_VAONLY		0x4
#define	UVM_KMF_TYPEMASK	0x7
#define	UVM_KMF_CANFAIL		0x8
#define	UVM_KMF_ZERO		0x10
#define	UVM_KMF_EXEC		0x20
#define	UVM_KMF_TRYLOCK		0x40
#define	UVM_KMF_NOWAIT		0x80
#define	UVM_KMF_WAITVA		0x100

/* ubc_uiomove(), ubc_zerorange() */
#define	UBC_READ		0x001
#define	UBC_WRITE		0x002
#define	UBC_FAULTBUSY		0x004	/* whole pages need not be read */
#define	UBC_PARTIALOK		0x100	/* on error tell what was moved */
#define	UBC_UNMAP		0x010
#define	UBC_UNMAP_FLAG(vp)	((void)(vp), 0)
#define	UBC_MAX_PAGES		8

struct vmspace {
	struct vm_map	vm_map;
	int		vm_refcnt;
	segsz_t		vm_dsize;	/* data, pages */
	void		*vm_daddr;
};

/* True for the kernel's own address space; sys/uio.h says the same. */
#ifndef VMSPACE_IS_KERNEL_P
#define	VMSPACE_IS_KERNEL_P(vm)	((vm) == vmspace_kernel())
#endif

/* All counts are pages unless they say otherwise. */
struct uvmexp {
	int		pagesize;	/* bytes */
	int		pagemask;
	int		pageshift;
	int		npages;
	int		free;
	int		active;
	int		inactive;
	int		wired;
	int		freemin;
	int		freetarg;
	int		swpages;
	int		swpginuse;
	int		swpgonly;
	int		swpgavail;
	unsigned int	anonpages;
	unsigned int	filepages;
	unsigned int	execpages;
	unsigned int	filelimit;	/* of filepages */
	unsigned int	dirtypages;	/* of filepages */
};

#ifdef _KERNEL

extern struct uvmexp uvmexp;
extern struct vm_map *kernel_map;

__BEGIN_DECLS

/* Kernel memory by the page; rumpkern's uvm_km.c. */
vaddr_t	uvm_km_alloc(struct vm_map *, vsize_t, vsize_t, uvm_flag_t);
void	uvm_km_free(struct vm_map *, vaddr_t, vsize_t, uvm_flag_t);

/* Where to map what a process leaves to the system; 0: the host chooses. */
vaddr_t	uvm_default_mapaddr(struct proc *, vaddr_t, vsize_t, int);

/* Anonymous objects of size bytes; zero where never written. */
struct uvm_object *uao_create(vsize_t, int);
void	uao_detach(struct uvm_object *);
void	uao_reference(struct uvm_object *);

/*
 * Copy between a caller's uio and an object's pages, at most todo bytes;
 * UBC_READ or UBC_WRITE must agree with the uio.  The vnode is locked by the
 * caller; the object is not.  Sleeps; errno of the pager or of the copy.
 */
int	ubc_uiomove(struct uvm_object *, struct uio *, vsize_t, int, int);
/* Zeros a range of the object's pages, without limit by the size. */
void	ubc_zerorange(struct uvm_object *, off_t, size_t, int);

/*
 * The size of a vnode's file: pages past it are freed.  setwritesize gives
 * the size that a write in progress will have reached.
 */
void	uvm_vnp_setsize(struct vnode *, voff_t);
void	uvm_vnp_setwritesize(struct vnode *, voff_t);
bool	uvn_clean_p(struct uvm_object *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _UVM_UVM_EXTERN_H_ */
