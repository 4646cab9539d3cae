/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems that lie over another one (layerfs(9)): their structures. */
#ifndef _MISCFS_GENFS_LAYER_H_
#define _MISCFS_GENFS_LAYER_H_

#include <sys/types.h>
#include <sys/mount.h>

struct layer_args {
	char	*target;		/* directory that is shown */
	struct export_args30 _pad1;
};

#ifdef _KERNEL

#include <sys/vnode.h>

struct layer_mount {
	struct mount	*layerm_vfs;	/* the lower mount */
	struct vnode	*layerm_rootvp;	/* our root vnode */
	u_int		layerm_flags;
	u_int		layerm_size;	/* size of a layer node */
	enum vtagtype	layerm_tag;	/* tag of our vnodes */
	int		(*layerm_bypass)(void *);
	int		(**layerm_vnodeop_p)(void *);
};

/* layerm_flags */
#define	LAYERFS_MFLAGS		0x00000fff
#define	LAYERFS_MBYPASSDEBUG	0x00000001

#define	LAYERFS_DO_BYPASS(VP, AP) \
	(*MOUNTTOLAYERMOUNT((VP)->v_mount)->layerm_bypass)((AP))

struct layer_node {
	struct vnode	*layer_lowervp;	/* referenced */
	struct vnode	*layer_vnode;	/* back pointer */
	unsigned int	layer_flags;
};

/* layer_flags */
#define	LAYERFS_RESFLAGS	0x00000fff
#define	LAYERFS_REMOVED		0x00000001

#define	LAYERFS_UPPERVPTOLOWERVP(vp)	(VTOLAYER(vp)->layer_lowervp)
#define	MOUNTTOLAYERMOUNT(mp)	((struct layer_mount *)((mp)->mnt_data))
#define	VTOLAYER(vp)		((struct layer_node *)(vp)->v_data)
#define	LAYERTOV(xp)		((xp)->layer_vnode)
#define	LAYERVPTOLOWERVP(vp)	(VTOLAYER(vp)->layer_lowervp)

#endif /* _KERNEL */

#endif /* _MISCFS_GENFS_LAYER_H_ */
