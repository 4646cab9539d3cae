/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generic vnode operations and checks that file systems put into their
 * tables or call (genfs(9), genfs_can_access(9), genfs_rename(9)).
 */
#ifndef _MISCFS_GENFS_GENFS_H_
#define _MISCFS_GENFS_GENFS_H_

#include <sys/types.h>
#include <sys/vnode.h>

struct componentname;
struct mount;
struct statvfs;
struct vm_page;

/* Answers for operations that a file system does not have. */
int	genfs_badop(void *);		/* panics: cannot happen */
int	genfs_nullop(void *);		/* 0 */
int	genfs_einval(void *);
int	genfs_ebadf(void *);
int	genfs_enoioctl(void *);		/* EPASSTHROUGH */
/* EOPNOTSUPP, releasing and unlocking vnodes as the operation promises. */
int	genfs_eopnotsupp(void *);

/* The vnode lock; nolock for vnodes that are never locked. */
int	genfs_lock(void *);
int	genfs_unlock(void *);
int	genfs_islocked(void *);
int	genfs_nolock(void *);
int	genfs_nounlock(void *);
int	genfs_noislocked(void *);

/* Plain behaviours. */
int	genfs_abortop(void *);
int	genfs_fcntl(void *);
int	genfs_kqfilter(void *);
int	genfs_mmap(void *);
int	genfs_poll(void *);
int	genfs_revoke(void *);
int	genfs_seek(void *);
int	genfs_statvfs(struct mount *, struct statvfs *);
int	genfs_renamelock_enter(struct mount *);
void	genfs_renamelock_exit(struct mount *);

/* File data through the page cache. */
int	genfs_getpages(void *);
int	genfs_putpages(void *);
int	genfs_null_putpages(void *);
int	genfs_compat_getpages(void *);
int	genfs_do_putpages(struct vnode *, off_t, off_t, int,
	    struct vm_page **);

/*
 * May a file with these attributes be accessed, changed ...?  0 or EACCES,
 * EPERM.  genfs_can_access: mode of access last but one.
 */
int	genfs_can_access(enum vtype, mode_t, uid_t, gid_t, mode_t,
	    kauth_cred_t);
int	genfs_can_chmod(enum vtype, kauth_cred_t, uid_t, gid_t, mode_t);
int	genfs_can_chown(kauth_cred_t, uid_t, gid_t, uid_t, gid_t);
int	genfs_can_chtimes(vnode_t *, u_int, uid_t, kauth_cred_t);
int	genfs_can_chflags(kauth_cred_t, enum vtype, uid_t, bool);
int	genfs_can_sticky(kauth_cred_t, uid_t, uid_t);

/*
 * Rename.  A file system gives these operations to genfs_sane_rename(),
 * which looks up and locks in an order free of deadlock and keeps
 * directories a tree; genfs_insane_rename() turns the arguments of VOP_RENAME
 * into the call of such a function.
 */
struct genfs_rename_ops {
	bool	(*gro_directory_empty_p)(struct mount *mp, kauth_cred_t cred,
		    struct vnode *vp, struct vnode *dvp);
	int	(*gro_rename_check_possible)(struct mount *mp,
		    struct vnode *fdvp, struct vnode *fvp,
		    struct vnode *tdvp, struct vnode *tvp);
	int	(*gro_rename_check_permitted)(struct mount *mp,
		    kauth_cred_t cred, struct vnode *fdvp, struct vnode *fvp,
		    struct vnode *tdvp, struct vnode *tvp);
	int	(*gro_remove_check_possible)(struct mount *mp,
		    struct vnode *dvp, struct vnode *vp);
	int	(*gro_remove_check_permitted)(struct mount *mp,
		    kauth_cred_t cred, struct vnode *dvp, struct vnode *vp);
	int	(*gro_rename)(struct mount *mp, kauth_cred_t cred,
		    struct vnode *fdvp, struct componentname *fcnp,
		    void *fde, struct vnode *fvp,
		    struct vnode *tdvp, struct componentname *tcnp,
		    void *tde, struct vnode *tvp);
	int	(*gro_remove)(struct mount *mp, kauth_cred_t cred,
		    struct vnode *dvp, struct componentname *cnp, void *de,
		    struct vnode *vp);
	int	(*gro_lookup)(struct mount *mp, struct vnode *dvp,
		    struct componentname *cnp, void *de_ret,
		    struct vnode **vp_ret);
	int	(*gro_genealogy)(struct mount *mp, kauth_cred_t cred,
		    struct vnode *fdvp, struct vnode *tdvp,
		    struct vnode **intermediate_node_ret);
	int	(*gro_lock_directory)(struct mount *mp, struct vnode *vp);
};

int	genfs_insane_rename(void *,
	    int (*)(struct vnode *, struct componentname *, struct vnode *,
	    struct componentname *, kauth_cred_t, bool));
int	genfs_sane_rename(const struct genfs_rename_ops *,
	    struct vnode *, struct componentname *, void *,
	    struct vnode *, struct componentname *, void *,
	    kauth_cred_t, bool);

void	genfs_rename_knote(struct vnode *, struct vnode *, struct vnode *,
	    struct vnode *, bool);
void	genfs_rename_cache_purge(struct vnode *, struct vnode *,
	    struct vnode *, struct vnode *);

/* Checks for file systems with UFS-like flags, modes and sticky bits. */
int	genfs_ufslike_rename_check_possible(unsigned long, unsigned long,
	    unsigned long, unsigned long, bool, unsigned long, unsigned long);
int	genfs_ufslike_rename_check_permitted(kauth_cred_t,
	    struct vnode *, mode_t, uid_t, struct vnode *, uid_t,
	    struct vnode *, mode_t, uid_t, struct vnode *, uid_t);
int	genfs_ufslike_remove_check_possible(unsigned long, unsigned long,
	    unsigned long, unsigned long);
int	genfs_ufslike_remove_check_permitted(kauth_cred_t,
	    struct vnode *, mode_t, uid_t, struct vnode *, uid_t);

#endif /* _MISCFS_GENFS_GENFS_H_ */
