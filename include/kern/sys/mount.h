/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounted file systems and file system types (vfs(9), vfsops(9),
 * vfssubr(9)).
 *
 * Locking, by field: (m) mountlist_lock, (v) the vnode list lock of the
 * mount, (u) mnt_updating, (:) stable while the mount is busy.
 */
#ifndef _SYS_MOUNT_H_
#define _SYS_MOUNT_H_

#include <sys/types.h>
#include <sys/fstypes.h>
#include <sys/queue.h>
#include <sys/statvfs.h>
#include <sys/ucred.h>

#ifdef _KERNEL
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/condvar.h>
#endif

#define	MOUNT_FFS	"ffs"
#define	MOUNT_UFS	MOUNT_FFS
#define	MOUNT_NFS	"nfs"
#define	MOUNT_MFS	"mfs"
#define	MOUNT_MSDOS	"msdos"
#define	MOUNT_LFS	"lfs"
#define	MOUNT_FDESC	"fdesc"
#define	MOUNT_NULL	"null"
#define	MOUNT_OVERLAY	"overlay"
#define	MOUNT_UMAP	"umap"
#define	MOUNT_KERNFS	"kernfs"
#define	MOUNT_PROCFS	"procfs"
#define	MOUNT_AFS	"afs"
#define	MOUNT_CD9660	"cd9660"
#define	MOUNT_UNION	"union"
#define	MOUNT_ADOSFS	"adosfs"
#define	MOUNT_EXT2FS	"ext2fs"
#define	MOUNT_CFS	"coda"
#define	MOUNT_CODA	MOUNT_CFS
#define	MOUNT_FILECORE	"filecore"
#define	MOUNT_NTFS	"ntfs"
#define	MOUNT_SMBFS	"smbfs"
#define	MOUNT_PTYFS	"ptyfs"
#define	MOUNT_TMPFS	"tmpfs"
#define	MOUNT_UDF	"udf"
#define	MOUNT_SYSVBFS	"sysvbfs"
#define	MOUNT_PUFFS	"puffs"
#define	MOUNT_HFS	"hfs"
#define	MOUNT_EFS	"efs"
#define	MOUNT_ZFS	"zfs"
#define	MOUNT_NILFS	"nilfs"
#define	MOUNT_RUMPFS	"rumpfs"
#define	MOUNT_V7FS	"v7fs"

#define	MNAMELEN	90	/* length of names in old statfs(2) */

/* Second level identifiers of the vfs.generic sysctl tree. */
#define	VFS_GENERIC	0
#define	VFS_MAXTYPENUM	1
#define	VFS_CONF	2
#define	VFS_USERMOUNT	3
#define	VFS_MAGICLINKS	4
#define	VFSGEN_MAXID	5
#define	VFS_MAXID	20

struct buf;
struct fid;
struct lwp;
struct mbuf;
struct mount;
struct quotactl_args;
struct sockaddr;
struct vattr;
struct timespec;
struct vfsops;
struct vnode;
struct vnode_iterator;
struct vnodeopv_desc;
struct wapbl;
struct wapbl_replay;

/* NFS export arguments of old mount(2) blocks; only their size matters. */
struct export_args30 {
	int	ex_flags;
	uid_t	ex_root;
	struct uucred ex_anon;
	struct sockaddr *ex_addr;
	int	ex_addrlen;
	struct sockaddr *ex_mask;
	int	ex_masklen;
	char	*ex_indexfile;
};

struct mnt_export_args30 {
	const char *fspec;
	struct export_args30 eargs;
};

#ifdef _KERNEL

#define	VFS_MAX_MOUNT_DATA	8192

TAILQ_HEAD(vnodelst, vnode);

/* Journalling hooks, filled by a component that has a journal. */
struct wapbl_ops {
	void	(*wo_wapbl_discard)(struct wapbl *);
	int	(*wo_wapbl_replay_isopen)(struct wapbl_replay *);
	int	(*wo_wapbl_replay_can_read)(struct wapbl_replay *, daddr_t,
		    long);
	int	(*wo_wapbl_replay_read)(struct wapbl_replay *, void *,
		    daddr_t, long);
	void	(*wo_wapbl_add_buf)(struct wapbl *, struct buf *);
	void	(*wo_wapbl_remove_buf)(struct wapbl *, struct buf *);
	void	(*wo_wapbl_resize_buf)(struct wapbl *, struct buf *, long,
		    long);
	int	(*wo_wapbl_begin)(struct wapbl *, const char *, int);
	void	(*wo_wapbl_end)(struct wapbl *);
	void	(*wo_wapbl_junlock_assert)(struct wapbl *);
	void	(*wo_wapbl_biodone)(struct buf *);
};

#define	WAPBL_REPLAY_ISOPEN(mp) \
	((*(mp)->mnt_wapbl_op->wo_wapbl_replay_isopen)((mp)->mnt_wapbl_replay))
#define	WAPBL_REPLAY_CAN_READ(mp, blk, len) \
	((*(mp)->mnt_wapbl_op->wo_wapbl_replay_can_read)( \
	(mp)->mnt_wapbl_replay, (blk), (len)))
#define	WAPBL_REPLAY_READ(mp, data, blk, len) \
	((*(mp)->mnt_wapbl_op->wo_wapbl_replay_read)( \
	(mp)->mnt_wapbl_replay, (data), (blk), (len)))

/* A mounted file system. */
struct mount {
	struct vfsops	*mnt_op;		/* : */
	void		*mnt_data;		/* : the file system's */
	int		mnt_flag;		/* : MNT_* */
	int		mnt_iflag;		/* u: IMNT_* */
	struct vnode	*mnt_vnodecovered;	/* : what we are mounted on */
	int		mnt_fs_bshift;		/* : log2 of fs block size */
	int		mnt_dev_bshift;		/* : log2 of device's */
	kmutex_t	mnt_renamelock;		/* one rename at a time */
	kmutex_t	mnt_updating;		/* mount updates, unmounts */
	struct wapbl_ops *mnt_wapbl_op;
	struct wapbl	*mnt_wapbl;
	struct wapbl_replay *mnt_wapbl_replay;

	/* What follows belongs to the implementation. */
	TAILQ_ENTRY(mount) mnt_list;		/* m */
	int		mnt_refcnt;		/* atomic: references */
	int		mnt_busycnt;		/* b: vfs_busy() holders */
	struct lwp	*mnt_unmounter;		/* b: who unmounts */
	struct vnodelst	mnt_vnodelist;		/* v */
	struct vnode	*mnt_rootcache;		/* n: weak: root, if known */
	void		*mnt_transinfo;		/* fstrans */
	uint64_t	mnt_gen;		/* : identity, never reused */
	struct statvfs	mnt_stat;		/* : cached statistics */
};

TAILQ_HEAD(mntlist, mount);
extern struct mntlist	mountlist;	/* all mounts, oldest first */
extern kmutex_t		mountlist_lock;

/* Operations of a file system type, vfsops(9). */
struct vfsops {
	const char *vfs_name;
	size_t	vfs_min_mount_data;
	int	(*vfs_mount)(struct mount *, const char *, void *, size_t *);
	int	(*vfs_start)(struct mount *, int);
	int	(*vfs_unmount)(struct mount *, int);
	int	(*vfs_root)(struct mount *, struct vnode **);
	int	(*vfs_quotactl)(struct mount *, struct quotactl_args *);
	int	(*vfs_statvfs)(struct mount *, struct statvfs *);
	int	(*vfs_sync)(struct mount *, int, struct kauth_cred *);
	int	(*vfs_vget)(struct mount *, ino_t, struct vnode **);
	int	(*vfs_loadvnode)(struct mount *, struct vnode *, const void *,
		    size_t, const void **);
	int	(*vfs_newvnode)(struct mount *, struct vnode *, struct vnode *,
		    struct vattr *, kauth_cred_t, size_t *, const void **);
	int	(*vfs_fhtovp)(struct mount *, struct fid *, struct vnode **);
	int	(*vfs_vptofh)(struct vnode *, struct fid *, size_t *);
	void	(*vfs_init)(void);
	void	(*vfs_reinit)(void);
	void	(*vfs_done)(void);
	int	(*vfs_mountroot)(void);
	int	(*vfs_snapshot)(struct mount *, struct vnode *,
		    struct timespec *);
	int	(*vfs_extattrctl)(struct mount *, int, struct vnode *, int,
		    const char *);
	int	(*vfs_suspendctl)(struct mount *, int);
	int	(*vfs_renamelock_enter)(struct mount *);
	void	(*vfs_renamelock_exit)(struct mount *);
	int	(*vfs_fsync)(struct vnode *, int);
	const struct vnodeopv_desc * const *vfs_opv_descs;

	/* What follows belongs to the implementation. */
	int	vfs_refcount;			/* vfs_list_lock */
	LIST_ENTRY(vfsops) vfs_list;		/* vfs_list_lock */
};

LIST_HEAD(vfs_list_head, vfsops);
extern struct vfs_list_head vfs_list;	/* attached types */
extern kmutex_t	vfs_list_lock;

/* Call-through macros and functions; those in capitals take KERNEL_LOCK. */
#define	VFS_VGET(MP, INO, VPP) \
	(*(MP)->mnt_op->vfs_vget)((MP), (INO), (VPP))
#define	VFS_RENAMELOCK_ENTER(MP) \
	(*(MP)->mnt_op->vfs_renamelock_enter)((MP))
#define	VFS_RENAMELOCK_EXIT(MP) \
	(*(MP)->mnt_op->vfs_renamelock_exit)((MP))
#define	VFS_FSYNC(MP, VP, FLG)	(*(MP)->mnt_op->vfs_fsync)((VP), (FLG))

int	VFS_MOUNT(struct mount *, const char *, void *, size_t *);
int	VFS_START(struct mount *, int);
int	VFS_UNMOUNT(struct mount *, int);
int	VFS_ROOT(struct mount *, struct vnode **);
int	VFS_QUOTACTL(struct mount *, struct quotactl_args *);
int	VFS_STATVFS(struct mount *, struct statvfs *);
int	VFS_SYNC(struct mount *, int, struct kauth_cred *);
int	VFS_LOADVNODE(struct mount *, struct vnode *, const void *, size_t,
	    const void **);
int	VFS_NEWVNODE(struct mount *, struct vnode *, struct vnode *,
	    struct vattr *, kauth_cred_t, size_t *, const void **);
int	VFS_FHTOVP(struct mount *, struct fid *, struct vnode **);
int	VFS_VPTOFH(struct vnode *, struct fid *, size_t *);
int	VFS_SNAPSHOT(struct mount *, struct vnode *, struct timespec *);
int	VFS_EXTATTRCTL(struct mount *, int, struct vnode *, int,
	    const char *);
int	VFS_SUSPENDCTL(struct mount *, int);

/* Prototypes of the operations that file system FSNAME defines. */
#define	VFS_PROTOS(fsname)						\
int	fsname##_mount(struct mount *, const char *, void *, size_t *);	\
int	fsname##_start(struct mount *, int);				\
int	fsname##_unmount(struct mount *, int);				\
int	fsname##_root(struct mount *, struct vnode **);			\
int	fsname##_quotactl(struct mount *, struct quotactl_args *);	\
int	fsname##_statvfs(struct mount *, struct statvfs *);		\
int	fsname##_sync(struct mount *, int, struct kauth_cred *);	\
int	fsname##_vget(struct mount *, ino_t, struct vnode **);		\
int	fsname##_loadvnode(struct mount *, struct vnode *, const void *, \
	    size_t, const void **);					\
int	fsname##_newvnode(struct mount *, struct vnode *, struct vnode *, \
	    struct vattr *, kauth_cred_t, size_t *, const void **);	\
int	fsname##_fhtovp(struct mount *, struct fid *, struct vnode **);	\
int	fsname##_vptofh(struct vnode *, struct fid *, size_t *);	\
void	fsname##_init(void);						\
void	fsname##_reinit(void);						\
void	fsname##_done(void);						\
int	fsname##_mountroot(void);					\
int	fsname##_snapshot(struct mount *, struct vnode *,		\
	    struct timespec *);						\
int	fsname##_extattrctl(struct mount *, int, struct vnode *, int,	\
	    const char *);						\
int	fsname##_suspendctl(struct mount *, int)

/* Called at events on any mount; register by vfs_hooks_attach(). */
struct vfs_hooks {
	void	(*vh_unmount)(struct mount *);
	int	(*vh_reexport)(struct mount *, const char *, void *);
	void	(*vh_future_expansion_1)(void);
	void	(*vh_future_expansion_2)(void);
	LIST_ENTRY(vfs_hooks) vfs_hooks_list;
};

int	vfs_hooks_attach(struct vfs_hooks *);
int	vfs_hooks_detach(struct vfs_hooks *);
void	vfs_hooks_unmount(struct mount *);

/* File system types.  attach: EEXIST, detach: EBUSY, ESRCH. */
int	vfs_attach(struct vfsops *);
int	vfs_detach(struct vfsops *);
/* Adds a reference to the type; vfs_delref() returns it. */
struct vfsops *vfs_getopsbyname(const char *);
void	vfs_delref(struct vfsops *);
long	makefstype(const char *);
void	vfs_opv_init(const struct vnodeopv_desc * const *);
void	vfs_opv_free(const struct vnodeopv_desc * const *);

/* Mounts.  vfs_busy() keeps a mount from going away: ENOENT if it is. */
struct mount *vfs_mountalloc(struct vfsops *, struct vnode *);
int	vfs_rootmountalloc(const char *, const char *, struct mount **);
int	vfs_busy(struct mount *, struct mount **);
void	vfs_unbusy(struct mount *, bool, struct mount **);
void	vfs_destroy(struct mount *);
void	vfs_reference(struct mount *);
struct mount *vfs_getvfs(fsid_t *);
void	mountlist_append(struct mount *);
int	mount_domount(struct lwp *, struct vnode **, struct vfsops *,
	    const char *, int, void *, size_t *);
int	dounmount(struct mount *, int, struct lwp *);
int	do_sys_sync(struct lwp *);

/* Defaults for vfsops. */
int	vfs_stdextattrctl(struct mount *, int, struct vnode *, int,
	    const char *);

/* File handles. */
int	vfs_composefh(struct vnode *, fhandle_t *, size_t *);
int	vfs_composefh_alloc(struct vnode *, fhandle_t **);
void	vfs_composefh_free(fhandle_t *);
int	vfs_fhtovp(fhandle_t *, struct vnode **);
int	vfs_copyinfh_alloc(const void *, size_t, fhandle_t **);
void	vfs_copyinfh_free(fhandle_t *);

/* Each vnode of a mount in turn; next() returns it referenced. */
void	vfs_vnode_iterator_init(struct mount *, struct vnode_iterator **);
struct vnode *vfs_vnode_iterator_next(struct vnode_iterator *,
	    bool (*)(void *, struct vnode *), void *);
void	vfs_vnode_iterator_destroy(struct vnode_iterator *);

#endif /* _KERNEL */

#endif /* _SYS_MOUNT_H_ */
