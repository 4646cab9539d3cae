/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Vnodes of devices: all nodes of one device, in whatever file systems, share
 * one specdev, which knows whether the device is open and what is mounted
 * from it.
 *
 * Locking: device_lock, internal to specfs.
 */

#ifndef _MISCFS_SPECFS_SPECDEV_H_
#define _MISCFS_SPECFS_SPECDEV_H_

#include <sys/types.h>
#include <sys/vnode.h>
#include <miscfs/genfs/genfs.h>

struct lockf;
struct mount;
struct specdev;

typedef struct specnode {
	LIST_ENTRY(specnode) sn_link;	/* nodes with equal hash */
	struct vnode	*sn_vnode;
	struct specdev	*sn_dev;
	u_int		sn_opencnt;	/* opens through this node */
	dev_t		sn_rdev;
	bool		sn_gone;	/* revoked, or its driver is */
} specnode_t;

typedef struct specdev {
	struct mount	*sd_mountpoint;	/* file system mounted from it */
	struct lockf	*sd_lockf;
	vnode_t		*sd_bdevvp;	/* block node it is open through */
	u_int		sd_opencnt;	/* opens through all nodes */
	u_int		sd_refcnt;	/* specnodes */
	dev_t		sd_rdev;
} specdev_t;

#define	v_rdev		v_specnode->sn_rdev
#define	v_speclockf	v_specnode->sn_dev->sd_lockf

#ifdef _KERNEL

extern int (**spec_vnodeop_p)(void *);
extern const struct vnodeopv_desc spec_vnodeop_opv_desc;

__BEGIN_DECLS

/*
 * A file system calls spec_node_init() for each vnode of type VBLK or VCHR
 * that it makes, once, before anybody else can see it.  The rest of a node's
 * life is followed by spec_node_revoke() and spec_node_destroy(), called by
 * the vnode's life cycle.
 */
void	spec_node_init(vnode_t *, dev_t);
void	spec_node_destroy(vnode_t *);
void	spec_node_revoke(vnode_t *);

/* The active vnode of a device, referenced; ENOENT. */
int	spec_node_lookup_by_dev(enum vtype, dev_t, vnode_t **);
int	spec_node_lookup_by_mount(struct mount *, vnode_t **);
struct mount *spec_node_getmountedfs(vnode_t *);
/* Claims the open device for a file system, or ends this with NULL. */
void	spec_node_setmountedfs(vnode_t *, struct mount *);

int	spec_lookup(void *);
int	spec_open(void *);
int	spec_close(void *);
int	spec_read(void *);
int	spec_write(void *);
int	spec_fdiscard(void *);
int	spec_ioctl(void *);
int	spec_poll(void *);
int	spec_kqfilter(void *);
int	spec_mmap(void *);
int	spec_fsync(void *);
int	spec_inactive(void *);
int	spec_reclaim(void *);
int	spec_bmap(void *);
int	spec_strategy(void *);
int	spec_print(void *);
int	spec_pathconf(void *);
int	spec_advlock(void *);

#define	spec_create	genfs_badop
#define	spec_mknod	genfs_badop
#define	spec_access	genfs_ebadf
#define	spec_getattr	genfs_ebadf
#define	spec_setattr	genfs_ebadf
#define	spec_fallocate	genfs_eopnotsupp
#define	spec_fcntl	genfs_fcntl
#define	spec_revoke	genfs_revoke
#define	spec_seek	genfs_nullop
#define	spec_remove	genfs_badop
#define	spec_link	genfs_badop
#define	spec_rename	genfs_badop
#define	spec_mkdir	genfs_badop
#define	spec_rmdir	genfs_badop
#define	spec_symlink	genfs_badop
#define	spec_readdir	genfs_badop
#define	spec_readlink	genfs_badop
#define	spec_abortop	genfs_badop
#define	spec_lock	genfs_lock
#define	spec_unlock	genfs_unlock
#define	spec_islocked	genfs_islocked
#define	spec_bwrite	vn_bwrite
#define	spec_getpages	genfs_getpages
#define	spec_putpages	genfs_putpages

__END_DECLS
#endif /* _KERNEL */

#endif /* _MISCFS_SPECFS_SPECDEV_H_ */
