/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs.h - a file system in memory: its structures.  Private to the
 * component.
 *
 * Locking, by field: (v) the lock of the node's vnode, exclusive to change;
 * (t) tm_lock of the mount; (s) tn_timelock; (o) the lock of the data object;
 * (:) constant.  Order: vnode locks, then tm_lock or tn_timelock, which are
 * never held together or over anything that sleeps.
 */
#ifndef _TMPFS_TMPFS_H_
#define _TMPFS_TMPFS_H_

#include <sys/param.h>
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/rbtree.h>
#include <sys/mutex.h>
#include <sys/stat.h>
#include <sys/vnode.h>
#include <sys/mount.h>

#include <uvm/uvm_object.h>

#include "tmpfs_args.h"

struct lockf;

/* Longest name; most names of a file; largest file. */
#define TMPFS_MAXNAMLEN		255
#define TMPFS_LINK_MAX		0x7fffffff
#define TMPFS_FILE_MAX		((off_t)(INT64_MAX - PAGE_SIZE))

/* Inode number of the root directory; numbers are never used again. */
#define TMPFS_ROOT_ID		((ino_t)2)

/* A directory's positions: ".", "..", then the entries. */
#define TMPFS_POS_DOT		0
#define TMPFS_POS_DOTDOT	1
#define TMPFS_POS_FIRST		2

/** An entry of a directory.  A whiteout has no node. */
struct tmpfs_dirent {
	rb_node_t	td_bynames;	/* v */
	rb_node_t	td_bypos;	/* v */
	off_t		td_pos;		/* v: only grows */
	struct tmpfs_node *td_node;	/* v: NULL: whiteout */
	size_t		td_namelen;	/* : */
	char		td_name[];	/* :, not terminated */
};

/** An extended attribute. */
struct tmpfs_xattr {
	LIST_ENTRY(tmpfs_xattr) tx_link;
	int		tx_ns;		/* EXTATTR_NAMESPACE_* */
	size_t		tx_namelen;
	size_t		tx_size;	/* of the value */
	char		*tx_value;
	char		tx_name[];	/* terminated */
};
LIST_HEAD(tmpfs_xattrs, tmpfs_xattr);

/** A file of any type. */
struct tmpfs_node {
	rb_node_t	tn_byid;	/* t */
	ino_t		tn_id;		/* : */
	enum vtype	tn_type;	/* : */
	unsigned int	tn_links;	/* v */
	uid_t		tn_uid;		/* v */
	gid_t		tn_gid;		/* v */
	mode_t		tn_mode;	/* v */
	uint32_t	tn_flags;	/* v: chflags(2) */
	uint32_t	tn_gen;		/* : */
	off_t		tn_size;	/* v */
	uint64_t	tn_rev;		/* v: counts changes */
	kmutex_t	tn_timelock;
	struct timespec	tn_atime;	/* s */
	struct timespec	tn_mtime;	/* s */
	struct timespec	tn_ctime;	/* s */
	struct timespec	tn_btime;	/* : */
	struct tmpfs_xattrs tn_xattrs;	/* v */
	struct lockf	*tn_lockf;	/* lf_advlock()'s */
	union {
		struct {
			rb_tree_t names;	/* v */
			rb_tree_t bypos;	/* v */
			off_t	nextpos;	/* v */
			size_t	nentries;	/* v: no whiteouts */
			struct tmpfs_node *parent; /* t: NULL: removed */
		} dir;
		struct {
			struct uvm_object *uobj; /* : */
			int	npages;		/* o: accounted for */
		} reg;
		struct {
			char	*target;	/* : terminated */
		} lnk;
		dev_t	rdev;			/* : */
	} tn_u;
};
#define tn_dir	tn_u.dir
#define tn_reg	tn_u.reg
#define tn_lnk	tn_u.lnk
#define tn_rdev	tn_u.rdev

/** A mount. */
struct tmpfs_mount {
	struct mount	*tm_mount;	/* : */
	kmutex_t	tm_lock;
	rb_tree_t	tm_nodes;	/* t: all files by number */
	ino_t		tm_nextid;	/* t */
	uint64_t	tm_nnodes;	/* t */
	uint64_t	tm_nodes_max;	/* t */
	uint64_t	tm_bytes;	/* t: memory in use */
	uint64_t	tm_bytes_max;	/* t */
	uint64_t	tm_size_arg;	/* t: as asked for, 0: no limit */
	struct tmpfs_node *tm_root;	/* : */
};

/** File handle. */
struct tmpfs_fid {
	uint16_t	tf_len;
	uint16_t	tf_pad;
	uint32_t	tf_gen;
	ino_t		tf_id;
} __packed;

#define VFS_TO_TMPFS(mp)	((struct tmpfs_mount *)(mp)->mnt_data)
#define VP_TO_TMPFS_NODE(vp)	((struct tmpfs_node *)(vp)->v_data)
#define VP_TO_TMPFS(vp)		VFS_TO_TMPFS((vp)->v_mount)

/* tmpfs_node.c: memory, files. */

/** Account for @bytes; false: the limit does not allow it. */
bool	tmpfs_mem_get(struct tmpfs_mount *, uint64_t);
void	tmpfs_mem_put(struct tmpfs_mount *, uint64_t);
/** Accounted memory, NULL: limit or no memory. */
void	*tmpfs_alloc(struct tmpfs_mount *, size_t);
void	tmpfs_free(struct tmpfs_mount *, void *, size_t);
/** How much memory there may be, and how much of it is unused. */
void	tmpfs_mem_info(struct tmpfs_mount *, uint64_t *, uint64_t *);

void	tmpfs_nodes_init(struct tmpfs_mount *);
/**
 * A file without names.  @owner gives uid, with @parent's group; a directory
 * is its own parent for now.  ENOSPC.
 */
int	tmpfs_node_new(struct tmpfs_mount *, const struct vattr *,
	    uid_t, gid_t, struct tmpfs_node **);
void	tmpfs_node_destroy(struct tmpfs_mount *, struct tmpfs_node *);
/** Find by number; NULL.  The caller knows why it does not vanish. */
struct tmpfs_node *tmpfs_node_find(struct tmpfs_mount *, ino_t);
struct tmpfs_node *tmpfs_node_first(struct tmpfs_mount *);

/** Note accesses and changes: */
#define TMPFS_ATIME	0x1
#define TMPFS_MTIME	0x2
#define TMPFS_CTIME	0x4
void	tmpfs_touch(struct vnode *, int);

/* tmpfs_dir.c: directories; the vnode lock of the directory is held. */

void	tmpfs_dir_init(struct tmpfs_node *);
struct tmpfs_dirent *tmpfs_dir_find(struct tmpfs_node *, const char *,
	    size_t);
/** Allocate an entry; NULL: no memory. */
struct tmpfs_dirent *tmpfs_dirent_new(struct tmpfs_mount *, const char *,
	    size_t);
void	tmpfs_dirent_free(struct tmpfs_mount *, struct tmpfs_dirent *);
/** Put @de into directory @dvp, naming @node (NULL: whiteout). */
void	tmpfs_dir_attach(struct vnode *, struct tmpfs_dirent *,
	    struct tmpfs_node *);
/** Take @de out; counts of the node named go down. */
void	tmpfs_dir_detach(struct vnode *, struct tmpfs_dirent *);
/** Make @de name another file. */
void	tmpfs_dir_renode(struct vnode *, struct tmpfs_dirent *,
	    struct tmpfs_node *);
bool	tmpfs_dir_empty(const struct tmpfs_node *);
/** Remove all entries without looking at links: whiteouts, unmount. */
void	tmpfs_dir_purge(struct tmpfs_mount *, struct tmpfs_node *);
/** Remove a whiteout of this name, if there is one. */
void	tmpfs_dir_unwhite(struct vnode *, const struct componentname *);
/** Remove @de for good; leaves a whiteout if @cnp asks for it. */
void	tmpfs_dir_drop(struct vnode *, struct tmpfs_dirent *,
	    const struct componentname *);
int	tmpfs_dir_readdir(struct vnode *, struct uio *, off_t *, int, int *,
	    int *);
/** The parent of a directory by number; 0: it was removed. */
ino_t	tmpfs_dir_parentid(struct tmpfs_mount *, struct tmpfs_node *);
void	tmpfs_dir_setparent(struct tmpfs_mount *, struct tmpfs_node *,
	    struct tmpfs_node *);

/* tmpfs_data.c: content of regular files; exclusive vnode lock to change. */

int	tmpfs_data_init(struct tmpfs_node *);
void	tmpfs_data_fini(struct tmpfs_mount *, struct tmpfs_node *);
int	tmpfs_data_read(struct vnode *, struct uio *, int);
int	tmpfs_data_write(struct vnode *, struct uio *, int);
/** Set the size; new bytes read as zero.  EFBIG. */
int	tmpfs_data_resize(struct vnode *, off_t);
/** Give memory to, take it from a range.  ENOSPC, EINVAL. */
int	tmpfs_data_fill(struct vnode *, off_t, off_t);
int	tmpfs_data_punch(struct vnode *, off_t, off_t);
/** Like lseek(2) SEEK_DATA, SEEK_HOLE.  ENXIO. */
int	tmpfs_data_seek(struct vnode *, bool, off_t *);
/** Bytes of memory that the content uses. */
uint64_t tmpfs_data_bytes(struct tmpfs_node *);
/** Account for pages that came or went otherwise. */
void	tmpfs_data_recount(struct tmpfs_mount *, struct tmpfs_node *);

/* tmpfs_attr.c: attributes; exclusive vnode lock to change. */

int	tmpfs_access(void *);
int	tmpfs_getattr(void *);
int	tmpfs_setattr(void *);

/* tmpfs_xattr.c */

void	tmpfs_xattr_purge(struct tmpfs_mount *, struct tmpfs_node *);
int	tmpfs_getextattr(void *);
int	tmpfs_setextattr(void *);
int	tmpfs_listextattr(void *);
int	tmpfs_deleteextattr(void *);

/* tmpfs_rename.c */

int	tmpfs_rename(void *);

/* tmpfs_ops.c: operations on names. */

int	tmpfs_lookup(void *);
int	tmpfs_create(void *);
int	tmpfs_mknod(void *);
int	tmpfs_mkdir(void *);
int	tmpfs_symlink(void *);
int	tmpfs_link(void *);
int	tmpfs_remove(void *);
int	tmpfs_rmdir(void *);
int	tmpfs_whiteout(void *);
int	tmpfs_readdir(void *);
int	tmpfs_readlink(void *);

/* tmpfs_vnops.c: operations on files. */

int	tmpfs_open(void *);
int	tmpfs_close(void *);
int	tmpfs_read(void *);
int	tmpfs_write(void *);
int	tmpfs_fallocate(void *);
int	tmpfs_fdiscard(void *);
int	tmpfs_ioctl(void *);
int	tmpfs_fsync(void *);
int	tmpfs_inactive(void *);
int	tmpfs_reclaim(void *);
int	tmpfs_pathconf(void *);
int	tmpfs_print(void *);
int	tmpfs_advlock(void *);
int	tmpfs_getpages(void *);
int	tmpfs_putpages(void *);

extern int (**tmpfs_vnodeop_p)(void *);
extern int (**tmpfs_specop_p)(void *);
extern int (**tmpfs_fifoop_p)(void *);
extern const struct vnodeopv_desc tmpfs_vnodeop_opv_desc;
extern const struct vnodeopv_desc tmpfs_specop_opv_desc;
extern const struct vnodeopv_desc tmpfs_fifoop_opv_desc;

#endif /* _TMPFS_TMPFS_H_ */
