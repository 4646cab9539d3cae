/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What genfs keeps at the start of each file system's private vnode data,
 * and the callbacks through which it asks for sizes, blocks and writes.
 *
 * Locking: g_glock is held shared while pages are read or written and
 * exclusively while blocks or the size change.
 */

#ifndef _MISCFS_GENFS_GENFS_NODE_H_
#define _MISCFS_GENFS_GENFS_NODE_H_

#include <sys/types.h>
#include <sys/rwlock.h>

struct buf;
struct kauth_cred;
struct uio;
struct vm_page;
struct vnode;

/*
 * gop_size: where the pages of a file of this size end.  gop_alloc: give
 * blocks to a range.  gop_write: write dirty pages.  gop_markupdate: note an
 * access or modification; may be NULL.
 */
struct genfs_ops {
	void	(*gop_size)(struct vnode *, off_t, off_t *, int);
	int	(*gop_alloc)(struct vnode *, off_t, off_t, int,
		    struct kauth_cred *);
	int	(*gop_write)(struct vnode *, struct vm_page **, int, int);
	void	(*gop_markupdate)(struct vnode *, int);
};

#define	GOP_SIZE(vp, size, eobp, flags) \
	(*VTOG(vp)->g_op->gop_size)((vp), (size), (eobp), (flags))
#define	GOP_ALLOC(vp, off, len, flags, cred) \
	(*VTOG(vp)->g_op->gop_alloc)((vp), (off), (len), (flags), (cred))
#define	GOP_WRITE(vp, pgs, npages, flags) \
	(*VTOG(vp)->g_op->gop_write)((vp), (pgs), (npages), (flags))
#define	GOP_MARKUPDATE(vp, flags) do {					\
	if (VTOG(vp)->g_op->gop_markupdate != NULL)			\
		(*VTOG(vp)->g_op->gop_markupdate)((vp), (flags));	\
} while (/*CONSTCOND*/0)

/* gop_size: what the pages in memory need, not the disk */
#define	GOP_SIZE_MEM		0x4

/* gop_markupdate */
#define	GOP_UPDATE_MODIFIED	0x1
#define	GOP_UPDATE_ACCESSED	0x2

struct genfs_node {
	const struct genfs_ops *g_op;
	krwlock_t	g_glock;
};

#define	VTOG(vp)	((struct genfs_node *)(vp)->v_data)

#ifdef _KERNEL
__BEGIN_DECLS

void	genfs_node_init(struct vnode *, const struct genfs_ops *);
void	genfs_node_destroy(struct vnode *);
void	genfs_node_wrlock(struct vnode *);
void	genfs_node_rdlock(struct vnode *);
int	genfs_node_rdtrylock(struct vnode *);
void	genfs_node_unlock(struct vnode *);
int	genfs_node_wrlocked(struct vnode *);

/* gop_size rounded up to blocks of the file system. */
void	genfs_size(struct vnode *, off_t, off_t *, int);
/*
 * gop_write: through VOP_BMAP and VOP_STRATEGY; by VOP_WRITE for file
 * systems without these.  The pages are busy and end not busy.
 */
int	genfs_gop_write(struct vnode *, struct vm_page **, int, int);
int	genfs_gop_write_rwmap(struct vnode *, struct vm_page **, int, int);
int	genfs_compat_gop_write(struct vnode *, struct vm_page **, int, int);
/* Moves what it can between the device and the caller's memory. */
void	genfs_directio(struct vnode *, struct uio *, int);

__END_DECLS
#endif /* _KERNEL */

#endif /* _MISCFS_GENFS_GENFS_NODE_H_ */
