/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vnodes: the kernel's view of a file (vnode(9), vnodeops(9), vattr(9),
 * vnsubr(9)).
 *
 * Locking, by field: (:) stable while referenced, (i) v_interlock,
 * (l) the vnode lock, (m) the mount's vnode list lock, (c) the vnode cache
 * lock, (n) the name cache lock, (b) the buffer cache lock.
 */
#ifndef _SYS_VNODE_H_
#define _SYS_VNODE_H_

#include <sys/types.h>
#include <sys/event.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <sys/condvar.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/uio.h>

#include <uvm/uvm_object.h>
#include <uvm/uvm_param.h>

enum vtype { VNON, VREG, VDIR, VBLK, VCHR, VLNK, VSOCK, VFIFO, VBAD };

#define	VNODE_TYPES \
	"VNON", "VREG", "VDIR", "VBLK", "VCHR", "VLNK", "VSOCK", "VFIFO", "VBAD"

enum vtagtype {
	VT_NON, VT_UFS, VT_NFS, VT_MFS, VT_MSDOSFS, VT_LFS, VT_LOFS,
	VT_FDESC, VT_PORTAL, VT_NULL, VT_UMAP, VT_KERNFS, VT_PROCFS,
	VT_AFS, VT_ISOFS, VT_UNION, VT_ADOSFS, VT_EXT2FS, VT_CODA,
	VT_FILECORE, VT_NTFS, VT_VFS, VT_OVERLAY, VT_SMBFS, VT_PTYFS,
	VT_TMPFS, VT_UDF, VT_SYSVBFS, VT_PUFFS, VT_HFS, VT_EFS, VT_ZFS,
	VT_RUMP, VT_NILFS, VT_V7FS, VT_CHFS
};

struct buf;
struct componentname;
struct fifoinfo;
struct file;
struct flock;
struct knote;
struct lwp;
struct mount;
struct nameidata;
struct namecache;
struct pathbuf;
struct socket;
struct specnode;
struct stat;
struct uvm_object;
struct vm_page;

LIST_HEAD(buflists, buf);
LIST_HEAD(vnode_nclist, namecache);

/* An entry of the vnode cache: a key that a vnode has, or will have. */
struct vnode_key {
	LIST_ENTRY(vnode_key) vk_hash;
	struct mount	*vk_mount;	/* NULL: not in the cache */
	const void	*vk_key;	/* the file system's memory */
	size_t		vk_keylen;
	uint32_t	vk_hashval;
	struct vnode	*vk_vnode;	/* NULL: the key is reserved */
	char		vk_copy[24];	/* the key while it is reclaimed */
};

struct vnode {
	struct uvm_object v_uobj;	/* i: page cache of the file */
	kcondvar_t	v_cv;		/* i: output done, state changes */
	voff_t		v_size;		/* l: size for the page cache */
	voff_t		v_writesize;	/* l: size after the write under way */
	int		v_iflag;	/* i: VI_* */
	int		v_vflag;	/* l: VV_* */
	int		v_uflag;	/* l: VU_*, the file system's */
	int		v_numoutput;	/* i: writes under way */
	int		v_writecount;	/* i: opens for writing */
	int		v_holdcnt;	/* i: buffers and pages that refer */
	struct mount	*v_mount;	/* : */
	int		(**v_op)(void *); /* : operations vector */
	struct buflists	v_cleanblkhd;	/* b */
	struct buflists	v_dirtyblkhd;	/* b */
	union {
		struct mount	*vu_mountedhere;	/* VDIR */
		struct socket	*vu_socket;		/* VSOCK */
		struct specnode	*vu_specnode;		/* VCHR, VBLK */
		struct fifoinfo	*vu_fifoinfo;		/* VFIFO */
	} v_un;
	enum vtype	v_type;		/* : */
	enum vtagtype	v_tag;		/* : */
	void		*v_data;	/* : the file system's */
	struct klist	v_klist;	/* i: knotes */

	/* What follows belongs to the implementation. */
	krwlock_t	v_lock;		/* the vnode lock (genfs_lock) */
	int		v_state;	/* i: life cycle, rump-priv/vnode.h */
	int		v_synctick;	/* i: when it was put on the worklist */
	struct lwp	*v_reclaimer;	/* i: who reclaims it */
	struct vnode_key v_key;		/* c: entry in the vnode cache */
	TAILQ_ENTRY(vnode) v_mntvnodes;	/* m */
	TAILQ_ENTRY(vnode) v_lru;	/* LRU lock: unreferenced vnodes */
	TAILQ_ENTRY(vnode) v_synclist;	/* syncer lock */
	struct vnode_nclist v_ncchildren; /* n: entries of this directory */
	struct vnode_nclist v_ncparents; /* n: names of this vnode */
	kauth_cred_t	v_xcred;	/* n: may search, see rump_lookup.c */
	struct vnode	*v_ncdotdot;	/* n: parent directory, if known */
};
typedef struct vnode vnode_t;

#define	v_usecount	v_uobj.uo_refs
#define	v_interlock	v_uobj.vmobjlock
#define	v_mountedhere	v_un.vu_mountedhere
#define	v_socket	v_un.vu_socket
#define	v_specnode	v_un.vu_specnode
#define	v_fifoinfo	v_un.vu_fifoinfo

/* v_vflag */
#define	VV_ROOT		0x00000001	/* root of its file system */
#define	VV_SYSTEM	0x00000002	/* used by the file system itself */
#define	VV_ISTTY	0x00000004
#define	VV_MAPPED	0x00000008	/* was mapped */
#define	VV_MPSAFE	0x00000010	/* operations need no kernel lock */
#define	VV_LOCKSWORK	0x00000020	/* vnode locks are real */

/* v_iflag */
#define	VI_TEXT		0x00000100	/* executed */
#define	VI_EXECMAP	0x00000200	/* mapped executable */
#define	VI_WRMAP	0x00000400	/* mapped writable */
#define	VI_WRMAPDIRTY	0x00000800	/* mapped writable, may be dirty */
#define	VI_ONWORKLST	0x00004000	/* on the syncer's worklist */
#define	VI_RUMP_ONLRU	0x10000000	/* ours: on the list of free vnodes */
#define	VI_RUMP_MARKER	0x20000000	/* ours: an iterator's place holder */
#define	VI_RUMP_SYNCCAND 0x40000000	/* ours: chosen by the syncer */

/* v_uflag */
#define	VU_DIROP	0x01000000	/* LFS: directory operation */

#define	VNODE_FLAGBITS \
	"\20\1ROOT\2SYSTEM\3ISTTY\4MAPPED\5MPSAFE\6LOCKSWORK\11TEXT" \
	"\12EXECMAP\13WRMAP\14WRMAPDIRTY\17ONWORKLST\31DIROP"

#define	VSIZENOTSET	((voff_t)-1)

/* Flags of vn_lock(), VOP_LOCK(). */
#define	LK_NONE		0x00000000
#define	LK_SHARED	0x00000001
#define	LK_EXCLUSIVE	0x00000002
#define	LK_NOWAIT	0x00000010
#define	LK_RETRY	0x00020000

/* File attributes; VNOVAL in a field: not set, not wanted. */
struct vattr {
	enum vtype	va_type;
	mode_t		va_mode;
	nlink_t		va_nlink;
	uid_t		va_uid;
	gid_t		va_gid;
	dev_t		va_fsid;
	ino_t		va_fileid;
	u_quad_t	va_size;
	long		va_blocksize;
	struct timespec	va_atime;
	struct timespec	va_mtime;
	struct timespec	va_ctime;
	struct timespec	va_birthtime;
	u_long		va_gen;
	u_long		va_flags;
	dev_t		va_rdev;
	u_quad_t	va_bytes;
	u_quad_t	va_filerev;
	unsigned int	va_vaflags;
	long		va_spare;
};

#define	VA_UTIMES_NULL	0x01	/* utimes(path, NULL) */
#define	VA_EXCLUSIVE	0x02	/* exclusive create */

#ifdef _KERNEL

/* ioflag of VOP_READ and VOP_WRITE. */
#define	IO_UNIT		0x00010
#define	IO_APPEND	0x00020
#define	IO_SYNC		(0x40 | IO_DSYNC)
#define	IO_NODELOCKED	0x00080
#define	IO_NDELAY	0x00100
#define	IO_DSYNC	0x00200
#define	IO_ALTSEMANTICS	0x00400
#define	IO_NORMAL	0x00800
#define	IO_EXT		0x01000
#define	IO_DIRECT	0x02000
#define	IO_JOURNALLOCKED 0x04000
#define	IO_ADV_MASK	0x00003
#define	IO_ADV_SHIFT	0
#define	IO_ADV_ENCODE(adv)	(((adv) << IO_ADV_SHIFT) & IO_ADV_MASK)
#define	IO_ADV_DECODE(ioflag)	(((ioflag) & IO_ADV_MASK) >> IO_ADV_SHIFT)

/* Access modes of VOP_ACCESS. */
#define	VREAD	00004
#define	VWRITE	00002
#define	VEXEC	00001

#define	VNOVAL	(-1)
#define	NULLVP	((struct vnode *)NULL)

/* Conversions between file types and modes. */
extern const enum vtype	iftovt_tab[];
extern const int	vttoif_tab[];
#define	IFTOVT(mode)	(iftovt_tab[((mode) & S_IFMT) >> 12])
#define	VTTOIF(indx)	(vttoif_tab[(int)(indx)])
#define	MAKEIMODE(indx, mode)	((int)(VTTOIF(indx) | (mode)))
uint8_t	vtype2dt(enum vtype);

/* Flags of vflush(), vinvalbuf(), VOP_REVOKE, VOP_FSYNC, updates. */
#define	SKIPSYSTEM	0x0001
#define	FORCECLOSE	0x0002
#define	WRITECLOSE	0x0004
#define	V_SAVE		0x0001
#define	REVOKEALL	0x0001
#define	FSYNC_WAIT	0x0001
#define	FSYNC_DATAONLY	0x0002
#define	FSYNC_RECLAIM	0x0004
#define	FSYNC_LAZY	0x0008
#define	FSYNC_NOLOG	0x0010
#define	FSYNC_CACHE	0x0100
#define	UPDATE_WAIT	0x0001
#define	UPDATE_DIROP	0x0002
#define	UPDATE_CLOSE	0x0004
#define	VDEAD_NOWAIT	0x0001

/* Hold and release on behalf of buffers and pages, v_interlock held. */
void	vholdl(struct vnode *);
void	holdrelel(struct vnode *);
void	vhold(struct vnode *);
void	holdrele(struct vnode *);

/* Tell the watchers of VP; takes v_interlock only if there are any. */
static __inline void
VN_KNOTE(struct vnode *vp, long hint)
{

	if (__builtin_expect(__atomic_load_n(&vp->v_klist.slh_first,
	    __ATOMIC_RELAXED) == NULL, 1))
		return;
	mutex_enter(vp->v_interlock);
	knote(&vp->v_klist, hint);
	mutex_exit(vp->v_interlock);
}

/* Global state. */
extern struct vnode	*rootvnode;	/* root of the name space */
extern int		desiredvnodes;	/* bound of cached vnodes */
extern unsigned		numvnodes;	/* vnodes that exist */
extern int		prtactive;	/* print about references at reclaim */

/*
 * Interface descriptions, made by tools/gen/vnode_if.py.
 */
#define	VDESC_MAX_VPS		8
#define	VDESC_VP0_WILLRELE	0x00000001
#define	VDESC_VP1_WILLRELE	0x00000002
#define	VDESC_VP2_WILLRELE	0x00000004
#define	VDESC_VP3_WILLRELE	0x00000008
#define	VDESC_VP0_WILLUNLOCK	0x00000100
#define	VDESC_VP1_WILLUNLOCK	0x00000200
#define	VDESC_VP2_WILLUNLOCK	0x00000400
#define	VDESC_VP3_WILLUNLOCK	0x00000800
#define	VDESC_VP0_WILLPUT	0x00000101
#define	VDESC_VP1_WILLPUT	0x00000202
#define	VDESC_VP2_WILLPUT	0x00000404
#define	VDESC_VP3_WILLPUT	0x00000808
#define	VDESC_NO_OFFSET		(-1)

struct vnodeop_desc {
	int		vdesc_offset;	/* index in an operations vector */
	const char	*vdesc_name;
	int		vdesc_flags;	/* VDESC_* */
	const int	*vdesc_vp_offsets; /* VDESC_NO_OFFSET ends the list */
	int		vdesc_vpp_offset;
	int		vdesc_cred_offset;
	int		vdesc_componentname_offset;
};

struct vop_generic_args {
	struct vnodeop_desc	*a_desc;
	/* the operation's arguments follow */
};

#define	VOPARG_OFFSETOF(type, member)	__builtin_offsetof(type, member)
#define	VOPARG_OFFSETTO(type, offset, sp) \
	((type)(((char *)(sp)) + (offset)))

/* A file system's table of operations: pairs, ended by { NULL, NULL }. */
struct vnodeopv_entry_desc {
	const struct vnodeop_desc *opve_op;
	int		(*opve_impl)(void *);
};

struct vnodeopv_desc {
	int		(***opv_desc_vector_p)(void *);
	const struct vnodeopv_entry_desc *opv_desc_ops;
};

#define	VOFFSET(OP)		(VDESC(OP)->vdesc_offset)
#define	VDESC(OP)		(&(OP##_desc))
#define	VOCALL(OPSV, OFF, AP)	((*((OPSV)[(OFF)]))(AP))
/* v_op changes once, when the vnode dies, under whoever refers to it. */
#define	VCALL(VP, OFF, AP) \
	VOCALL(__atomic_load_n(&(VP)->v_op, __ATOMIC_RELAXED), (OFF), (AP))

extern const struct vnodeop_desc vop_default_desc;
extern const struct vnodeop_desc *const vfs_op_descs[];

/*
 * Vnode life cycle, vnode(9) and vfssubr(9).  Unless said otherwise none of
 * these may be called with v_interlock held, and all but vref() may sleep.
 */

/*
 * The vnode of MP with the given key, referenced and unlocked.  Loads it by
 * VFS_LOADVNODE if it is not cached.  Errors: those of the file system.
 */
int	vcache_get(struct mount *, const void *, size_t, struct vnode **);
/* Creates a file by VFS_NEWVNODE; the vnode is referenced, unlocked. */
int	vcache_new(struct mount *, struct vnode *, struct vattr *,
	    kauth_cred_t, struct vnode **);
/* Change the key of a vnode in two steps; enter answers EEXIST if taken. */
int	vcache_rekey_enter(struct mount *, struct vnode *,
	    const void *, size_t, const void *, size_t);
void	vcache_rekey_exit(struct mount *, struct vnode *,
	    const void *, size_t, const void *, size_t);
/* From VOP_RECLAIM: the key is free once reclamation has finished. */
void	vcache_remove(struct mount *, const void *, size_t);

/*
 * Take a reference to a vnode that need not have one, called with
 * v_interlock held, which is released.  ENOENT: it is gone.
 */
int	vget(struct vnode *, int, bool);
void	vref(struct vnode *);
void	vrele(struct vnode *);
void	vrele_async(struct vnode *);
void	vput(struct vnode *);
/* Reclaim VP if ours is the only reference, which is consumed then. */
bool	vrecycle(struct vnode *);
/* Reclaim VP whoever refers to it; consumes the caller's reference. */
void	vgone(struct vnode *);
void	vrevoke(struct vnode *);
int	vdead_check(struct vnode *, int);
int	vflush(struct mount *, struct vnode *, int);
void	vdevgone(int, int, int, enum vtype);
int	vfinddev(dev_t, enum vtype, struct vnode **);
int	bdevvp(dev_t, struct vnode **);
int	cdevvp(dev_t, struct vnode **);
void	vprint(const char *, struct vnode *);
void	vattr_null(struct vattr *);
int	vfs_drainvnodes(void);

/* Buffers and output of a vnode. */
int	vinvalbuf(struct vnode *, int, kauth_cred_t, struct lwp *, bool, int);
int	vtruncbuf(struct vnode *, daddr_t, bool, int);
int	vflushbuf(struct vnode *, int);
void	vwakeup(struct buf *);

/* Work on open vnodes, vnsubr(9). */
int	vn_lock(struct vnode *, int);
int	vn_open(struct nameidata *, int, int);
int	vn_close(struct vnode *, int, kauth_cred_t);
int	vn_rdwr(enum uio_rw, struct vnode *, void *, int, off_t, enum uio_seg,
	    int, kauth_cred_t, size_t *, struct lwp *);
int	vn_readdir(struct file *, char *, int, unsigned int, int *,
	    struct lwp *, off_t **, int *);
int	vn_stat(struct vnode *, struct stat *);
int	vn_writechk(struct vnode *);
int	vn_openchk(struct vnode *, kauth_cred_t, int);
void	vn_markexec(struct vnode *);
int	vn_isunder(struct vnode *, struct vnode *, struct lwp *);
int	vn_bwrite(void *);
int	vn_default_error(void *);
int	vn_fifo_bypass(void *);
int	vn_kqfilter(struct file *, struct knote *);
int	vn_extattr_get(struct vnode *, int, int, const char *, size_t *,
	    void *, struct lwp *);
int	vn_extattr_set(struct vnode *, int, int, const char *, size_t,
	    const void *, struct lwp *);
int	vn_extattr_rm(struct vnode *, int, int, const char *, struct lwp *);
extern int (*vn_union_readdir_hook)(struct vnode **, struct file *,
	    struct lwp *);

/* The syncer's worklist. */
void	vn_syncer_add_to_worklist(struct vnode *, int);
void	vn_syncer_remove_from_worklist(struct vnode *);

/* Also declared here. */
void	vfs_getnewfsid(struct mount *);
void	vfs_timestamp(struct timespec *);

#include <sys/vnode_if.h>

#endif /* _KERNEL */

#endif /* _SYS_VNODE_H_ */
