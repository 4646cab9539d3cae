/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations shared by layered file systems; the layerfs component defines
 * them.
 */
#ifndef _MISCFS_GENFS_LAYER_EXTERN_H_
#define _MISCFS_GENFS_LAYER_EXTERN_H_

#include <sys/types.h>
#include <sys/mount.h>
#include <miscfs/genfs/layer.h>

/* For vfsops. */
void	layerfs_init(void);
void	layerfs_done(void);
int	layerfs_start(struct mount *, int);
int	layerfs_root(struct mount *, struct vnode **);
int	layerfs_quotactl(struct mount *, struct quotactl_args *);
int	layerfs_statvfs(struct mount *, struct statvfs *);
int	layerfs_sync(struct mount *, int, struct kauth_cred *);
int	layerfs_loadvnode(struct mount *, struct vnode *, const void *,
	    size_t, const void **);
int	layerfs_vget(struct mount *, ino_t, struct vnode **);
int	layerfs_fhtovp(struct mount *, struct fid *, struct vnode **);
int	layerfs_vptofh(struct vnode *, struct fid *, size_t *);
int	layerfs_snapshot(struct mount *, struct vnode *, struct timespec *);
int	layerfs_renamelock_enter(struct mount *);
void	layerfs_renamelock_exit(struct mount *);

/* The upper vnode of a lower one, whose reference is consumed. */
int	layer_node_create(struct mount *, struct vnode *, struct vnode **);

/* Vnode operations. */
int	layer_access(void *);
int	layer_bmap(void *);
int	layer_bypass(void *);
int	layer_fsync(void *);
int	layer_getattr(void *);
int	layer_getpages(void *);
int	layer_inactive(void *);
int	layer_lock(void *);
int	layer_lookup(void *);
int	layer_open(void *);
int	layer_print(void *);
int	layer_putpages(void *);
int	layer_reclaim(void *);
int	layer_remove(void *);
int	layer_rename(void *);
int	layer_revoke(void *);
int	layer_rmdir(void *);
int	layer_setattr(void *);

#endif /* _MISCFS_GENFS_LAYER_EXTERN_H_ */
