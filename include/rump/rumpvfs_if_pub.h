/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What librumpvfs offers client programs that drive file systems below the
 * system calls.  Each call enters the kernel by itself; int results are 0 or
 * a native error number.  vnodes come back referenced.
 */
#ifndef _RUMP_RUMPVFS_IF_PUB_H_
#define	_RUMP_RUMPVFS_IF_PUB_H_

#include <rump/rump.h>

struct componentname;
struct fid;
struct statvfs;
struct vfsops;

#ifdef __cplusplus
extern "C" {
#endif

/* Type, size and device of a vnode. */
void	rump_pub_getvninfo(struct vnode *, enum rump_vtype *, int64_t *,
	    uint64_t *);

/* File systems by name, and the list of them. */
struct vfsops *rump_pub_vfslist_iterate(struct vfsops *);
struct vfsops *rump_pub_vfs_getopsbyname(const char *);

/* Attributes for the creating operations. */
struct vattr *rump_pub_vattr_init(void);
void	rump_pub_vattr_settype(struct vattr *, enum rump_vtype);
void	rump_pub_vattr_setmode(struct vattr *, uint32_t);
void	rump_pub_vattr_setrdev(struct vattr *, uint64_t);
void	rump_pub_vattr_free(struct vattr *);

void	rump_pub_vp_incref(struct vnode *);
int	rump_pub_vp_getref(struct vnode *);
void	rump_pub_vp_rele(struct vnode *);
void	rump_pub_vp_interlock(struct vnode *);

/* A component name: operation, flags, name, length, credentials, lwp. */
struct componentname *rump_pub_makecn(unsigned long, unsigned long,
	    const char *, size_t, struct kauth_cred *, struct lwp *);
void	rump_pub_freecn(struct componentname *, int);
/*
 * rump_pub_namei: look a path up with RUMP_NAMEI_* operation and flags; the
 * parent, the vnode and the last component go where the pointers say.
 */
int	rump_pub_namei(uint32_t, uint32_t, const char *, struct vnode **,
	    struct vnode **, struct componentname **);

/* Mounts. */
int	rump_pub_vfs_getmp(const char *, struct mount **);
int	rump_pub_vfs_unmount(struct mount *, int);
int	rump_pub_vfs_root(struct mount *, struct vnode **, int);
int	rump_pub_vfs_statvfs(struct mount *, struct statvfs *);
int	rump_pub_vfs_sync(struct mount *, int, struct kauth_cred *);
int	rump_pub_vfs_fhtovp(struct mount *, struct fid *, struct vnode **);
int	rump_pub_vfs_vptofh(struct vnode *, struct fid *, size_t *);
int	rump_pub_vfs_extattrctl(struct mount *, int, struct vnode *, int,
	    const char *);
void	rump_pub_vfs_syncwait(struct mount *);
void	rump_pub_vfs_mount_print(const char *, int);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPVFS_IF_PUB_H_ */
