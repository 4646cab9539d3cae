/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vnode matters shared by the files of the rumpvfs faction; not KPI.
 * Locking: see the functions.
 */
#ifndef _RUMP_PRIV_VNODE_H_
#define _RUMP_PRIV_VNODE_H_

#include <sys/types.h>
#include <sys/mount.h>
#include <sys/vnode.h>

struct lwp;
struct mount;
struct nameidata;
struct proc;
struct statvfs;

/* v_state: the life of a vnode; changes under v_interlock. */
enum vnode_state {
	VS_LOADING,		/* not yet known to the file system */
	VS_ACTIVE,		/* may be referenced */
	VS_RECLAIMING,		/* the file system lets go of it */
	VS_DEAD			/* has dead_vnodeop_p, freed when unused */
};

/*
 * v_usecount changes by atomic operations outside of the interlock, so that
 * it is read by one, too.
 */
static __inline unsigned
vnode_uses(const struct vnode *vp)
{

	return __atomic_load_n(&vp->v_usecount, __ATOMIC_RELAXED);
}

static __inline void
vnode_setuses(struct vnode *vp, unsigned n)
{

	__atomic_store_n(&vp->v_usecount, n, __ATOMIC_RELAXED);
}

/* A vnode that came out of nowhere, on MP, for devices and the like. */
int	rump_vnode_alloc_anon(struct mount *, struct vnode **);

/*
 * Take a reference to VP if it is active, without sleeping; false if it is
 * not.  The caller makes sure that the memory stays, by the name cache lock
 * or because VP is on a list that it has locked.
 */
bool	rump_vnode_tryref(struct vnode *);

/* vn_open() with another way to look up; open of a locked vnode. */
int	rump_vn_open(struct nameidata *, int, int, int (*)(struct nameidata *));
int	rump_vn_openvp(struct vnode *, int, kauth_cred_t);

/* At the end: unmount what is mounted, write the rest out. */
void	rump_vfs_unmountall(struct lwp *);

/* VP is about to be reclaimed: its key must outlive the file system's node. */
void	rump_vnode_keepkey(struct vnode *);

/* VP is dead: its key is free, who waits for it goes on. */
void	rump_vnode_died(struct vnode *);

/*
 * The right to search VP may have changed: forget who had it.  The VOP_*
 * functions, in rumpkern, call through the pointer, set by rumpvfs.
 */
extern void (*rump_vnode_accesschanged)(struct vnode *);
void	rump_vnode_forgetaccess(struct vnode *);

/* VP goes away or changes its place: forget its names and what it caches. */
void	rump_vnode_forgetroot(struct vnode *);

/*
 * A walk over cached path components, of *NW_PATH from NW_DIR, neither of
 * them referenced by it.
 */
struct rump_namewalk {
	struct vnode	*nw_dir;	/* in: start; out: see below */
	const char	*nw_path;	/* in: path; out: what remains */
	struct vnode	*nw_root;	/* in: not to be left */
	kauth_cred_t	nw_cred;
	bool		nw_follow;	/* follow a symlink at the end */
	bool		nw_parent;	/* stop before the last component */
	bool		nw_nocross;	/* do not enter mounts */
};

/*
 * Walk as far as the name cache goes.  0: all done, nw_dir is the result,
 * referenced.  EAGAIN: nw_dir, referenced, is the directory in which the
 * slow way must go on with nw_path.  Else the errno of the whole lookup;
 * nothing is referenced.  Never sleeps but for the name cache lock.
 */
int	rump_namecache_walk(struct rump_namewalk *);

/* CRED may search VP, which is locked: remember. */
void	rump_vnode_grantaccess(struct vnode *, kauth_cred_t);

/* VP is the root vnode of its mount. */
void	rump_vnode_setroot(struct mount *, struct vnode *);

/* Flags of a mount that another thread may be unmounting. */
static __inline int
rump_mount_iflag(const struct mount *mp)
{

	return __atomic_load_n(&mp->mnt_iflag, __ATOMIC_RELAXED);
}

/* VP is covered by MP (or by none); vnode lock held. */
void	rump_vnode_cover(struct vnode *, struct mount *);
/* What covers the directory VP, referenced for vfs_destroy(), or NULL. */
struct mount *rump_vnode_covering(struct vnode *);
/*
 * The root, referenced and unlocked, of the mount that covers the directory
 * VP; VP itself, referenced, if none does.
 */
int	rump_vnode_cross(struct vnode *, struct vnode **);

/* Move VP to another mount's list (or none). */
void	rump_vnode_setmount(struct vnode *, struct mount *);

/* Initialisation, in this order, from rumpvfs.c. */
void	rump_vfstypes_init(void);
void	rump_reclaim_init(void);
void	rump_vcache_init(void);
void	rump_mount_init(void);
void	rump_dead_init(void);
void	rump_lockf_init(void);
void	rump_syncer_init(void);
void	rump_fstrans_init(void);
void	rump_cwd_init(void);
/* The root is mounted: give it to the processes that exist. */
void	rump_cwd_setroot(struct vnode *);

/* Named pipes, for all file systems unless a component has brought them. */
void	rump_fifo_init(void);
/* An open file (f_flag) of the vnode is being closed: its transfers end. */
void	rump_fifo_restart(struct vnode *, int);


#endif /* _RUMP_PRIV_VNODE_H_ */
