/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The root file system: a tree in memory, into which etfs and drivers put
 * nodes by path.
 *
 * Locking: rumpfs_lock guards the tree, the directories and the attributes
 * of all nodes; it is held shortly and nothing sleeps under it but
 * allocation.  File data is under the vnode lock.
 */

#ifndef _RUMPVFS_RUMPFS_H_
#define _RUMPVFS_RUMPFS_H_

#include <sys/types.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/rbtree.h>
#include <sys/time.h>
#include <sys/vnode.h>

struct lockf;
struct uvm_object;

struct rumpfs_node;

/* One name in a directory; rd_node counts it in rn_nlink. */
struct rumpfs_dirent {
	rb_node_t	rd_tree;	/* by name */
	TAILQ_ENTRY(rumpfs_dirent) rd_list; /* by age: readdir's order */
	struct rumpfs_node *rd_node;
	off_t		rd_cookie;	/* readdir's place before it */
	size_t		rd_namelen;
	char		rd_name[];	/* 0-terminated */
};

struct rumpfs_node {
	enum vtype	rn_type;
	mode_t		rn_mode;
	uid_t		rn_uid;
	gid_t		rn_gid;
	u_int		rn_nlink;
	u_long		rn_flags;
	ino_t		rn_ino;
	off_t		rn_size;
	dev_t		rn_rdev;
	struct timespec	rn_atime, rn_mtime, rn_ctime, rn_btime;
	struct rumpfs_node *rn_self;	/* the vnode's key */
	u_int		rn_refs;	/* vnode, or a lookup under way */
	struct lockf	*rn_lockf;
	union {
		struct {		/* VDIR */
			rb_tree_t	tree;
			TAILQ_HEAD(, rumpfs_dirent) list;
			struct rumpfs_node *parent;
			off_t		nextcookie;
		} dir;
		struct {		/* VREG in memory */
			struct uvm_object *uobj;
		} reg;
		struct {		/* VLNK */
			char		*target;
		} lnk;
	} rn_u;
#define	rn_tree		rn_u.dir.tree
#define	rn_list		rn_u.dir.list
#define	rn_parent	rn_u.dir.parent
#define	rn_nextcookie	rn_u.dir.nextcookie
#define	rn_uobj		rn_u.reg.uobj
#define	rn_target	rn_u.lnk.target
	/* etfs: VREG and VDIR that the host has. */
	char		*rn_hostpath;
	uint64_t	rn_hostbegin;	/* window of a file */
	uint64_t	rn_hostsize;	/* bytes, or RUMP_ETFS_SIZE_ENDOFF */
	int		rn_hostfd;	/* -1: not open */
	u_int		rn_hostopens;
	bool		rn_hostwritable;
	bool		rn_subdirs;	/* VDIR: with all below */
};

/* What rumpfs_makepath() makes at the end of a path. */
struct rumpfs_newnode {
	enum vtype	nn_type;
	mode_t		nn_mode;
	dev_t		nn_rdev;	/* VBLK, VCHR */
	const char	*nn_target;	/* VLNK */
	const char	*nn_hostpath;	/* etfs VREG, VDIR */
	uint64_t	nn_begin;
	uint64_t	nn_size;
	bool		nn_subdirs;
};

extern kmutex_t rumpfs_lock;
extern struct rumpfs_node *rumpfs_rootnode;
extern struct mount *rumpfs_rootmount;	/* NULL before it is */
extern int (**rumpfs_vnodeop_p)(void *);
extern int (**rumpfs_specop_p)(void *);
extern int (**rumpfs_fifoop_p)(void *);
extern const struct vnodeopv_desc rumpfs_vnodeop_opv_desc;
extern const struct vnodeopv_desc rumpfs_specop_opv_desc;
extern const struct vnodeopv_desc rumpfs_fifoop_opv_desc;

/* Creates the root, once, before anything else. */
void	rumpfs_tree_init(void);

/*
 * By absolute path, making directories on the way; EEXIST, ENOTDIR.  unmake
 * takes the name out again, if it is there.
 */
int	rumpfs_makepath(const char *, const struct rumpfs_newnode *);
void	rumpfs_unmakepath(const char *);

/* Nodes; rumpfs_lock is held in all but nodealloc and noderele. */
struct rumpfs_node *rumpfs_nodealloc(enum vtype, mode_t);
/* Drops one of rn_refs; frees the node if it has no name, either. */
void	rumpfs_noderele(struct rumpfs_node *);
struct rumpfs_dirent *rumpfs_lookup(struct rumpfs_node *, const char *,
	    size_t);
struct rumpfs_dirent *rumpfs_direntalloc(const char *, size_t);
void	rumpfs_enter(struct rumpfs_node *, struct rumpfs_dirent *,
	    struct rumpfs_node *);
/* Takes the entry out and frees it, and its node without rn_refs. */
void	rumpfs_leave(struct rumpfs_node *, struct rumpfs_dirent *);
bool	rumpfs_isempty(const struct rumpfs_node *);
#define	RUMPFS_ATIME	1
#define	RUMPFS_MTIME	2
#define	RUMPFS_CTIME	4
void	rumpfs_touch(struct rumpfs_node *, int);

/* etfs nodes. */
int	rumpfs_hostlookup(struct rumpfs_node *, const char *, size_t);
int	rumpfs_hostopen(struct rumpfs_node *, int);
void	rumpfs_hostclose(struct rumpfs_node *);
int	rumpfs_hostrw(struct rumpfs_node *, struct uio *);
off_t	rumpfs_hostfilesize(struct rumpfs_node *);

#endif /* _RUMPVFS_RUMPFS_H_ */
