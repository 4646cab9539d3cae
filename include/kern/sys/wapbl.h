/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of the write-ahead physical block log (wapbl(9)) that file systems
 * refer to.  The log itself is a component of its own.
 */
#ifndef _SYS_WAPBL_H_
#define _SYS_WAPBL_H_

#include <sys/types.h>
#include <sys/mount.h>
#include <sys/vnode.h>

struct buf;
struct wapbl;
struct mount *spec_node_getmountedfs(struct vnode *);

/* Inodes that were allocated but unlinked when the journal stopped. */
struct wapbl_replay {
	struct vnode	*wr_logvp;
	struct vnode	*wr_devvp;
	daddr_t		wr_logpbn;
	int		wr_fs_dev_bshift;
	int		wr_log_dev_bshift;
	int64_t		wr_circ_off;
	int64_t		wr_circ_size;
	uint32_t	wr_generation;
	void		*wr_scratch;
	int		wr_inodescnt;
	struct wapbl_ino {
		uint32_t wr_inumber;
		uint32_t wr_imode;
	} *wr_inodes;
};

/* Writes back metadata of inodes freed by a deallocation. */
typedef void (*wapbl_flush_fn_t)(struct mount *, daddr_t *, int *, int);

/* The mount whose journal covers VP. */
static __inline struct mount *
wapbl_vptomp(struct vnode *vp)
{

	if (vp == NULL)
		return NULL;
	if (vp->v_type == VBLK)
		return spec_node_getmountedfs(vp);
	return vp->v_mount;
}

#endif /* _SYS_WAPBL_H_ */
