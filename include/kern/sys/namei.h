/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path lookup and the name cache (namei(9), namecache(9)).
 *
 * A struct nameidata belongs to the thread that uses it.  The name cache
 * has a lock of its own, taken below every vnode lock.
 */
#ifndef _SYS_NAMEI_H_
#define _SYS_NAMEI_H_

#include <sys/types.h>

/* cn_nameiop: what the last component is looked up for. */
#define	LOOKUP		0
#define	CREATE		1
#define	DELETE		2
#define	RENAME		3
#define	OPMASK		3

/* Flags of NDINIT(). */
#define	LOCKLEAF	0x00000004	/* return ni_vp locked */
#define	LOCKPARENT	0x00000008	/* return ni_dvp, locked */
#define	TRYEMULROOT	0x00000010	/* ignored: there is no emulation */
#define	NOCACHE		0x00000020	/* do not enter the name */
#define	NOFOLLOW	0x00000000
#define	FOLLOW		0x00000040	/* follow a symlink at the end */
#define	EMULROOTSET	0x00000080	/* ignored */
#define	NOCHROOT	0x01000000	/* start at the real root */
#define	MODMASK		0x010000fc

/* Flags of cn_flags that describe the component. */
#define	NOCROSSMOUNT	0x00000100	/* stay in this mount */
#define	RDONLY		0x00000200	/* lookup with read-only semantics */
#define	ISDOTDOT	0x00002000	/* component is .. */
#define	MAKEENTRY	0x00004000	/* may be entered in the name cache */
#define	ISLASTCN	0x00008000	/* last component */
#define	ISWHITEOUT	0x00020000	/* a whiteout was found */
#define	DOWHITEOUT	0x00040000	/* do whiteouts */
#define	REQUIREDIR	0x00080000	/* must be a directory */
#define	CREATEDIR	0x00200000	/* a trailing slash is fine (mkdir) */
#define	PARAMASK	0x002ee300

#define	NCHNAMLEN	255		/* longest name in the name cache */

struct lwp;
struct mount;
struct pathbuf;
struct vnode;

/* One component, as VOP_LOOKUP and the directory operations see it. */
struct componentname {
	uint32_t	cn_nameiop;
	uint32_t	cn_flags;
	kauth_cred_t	cn_cred;
	const char	*cn_nameptr;	/* not terminated */
	size_t		cn_namelen;
	size_t		cn_consume;	/* out: bytes consumed beyond */
};

#ifdef _KERNEL

#include <sys/pool.h>
#include <sys/uio.h>

struct nameidata {
	struct vnode	*ni_atdir;	/* in: start, NULL: cwd; not consumed */
	struct pathbuf	*ni_pathbuf;	/* in: the path; not consumed */
	char		*ni_pnbuf;	/* the buffer the lookup works in */
	struct vnode	*ni_rootdir;	/* root of the lookup */
	struct vnode	*ni_erootdir;	/* always NULL */
	struct vnode	*ni_vp;		/* out: result */
	struct vnode	*ni_dvp;	/* out: its directory (LOCKPARENT) */
	size_t		ni_pathlen;
	const char	*ni_next;
	unsigned	ni_loopcnt;
	struct componentname ni_cnd;
};

#define	NDINIT(ndp, op, flags, pathbuf) do {				\
	(ndp)->ni_cnd.cn_nameiop = (op);				\
	(ndp)->ni_cnd.cn_flags = (flags);				\
	(ndp)->ni_cnd.cn_cred = kauth_cred_get();			\
	(ndp)->ni_atdir = NULL;						\
	(ndp)->ni_pathbuf = (pathbuf);					\
} while (/*CONSTCOND*/0)

/* Start relative paths at DIR instead of the current directory. */
#define	NDAT(ndp, dir)	do {						\
	(ndp)->ni_atdir = (dir);					\
} while (/*CONSTCOND*/0)

kauth_cred_t kauth_cred_get(void);

/* Buffers of MAXPATHLEN bytes for path names. */
extern pool_cache_t pnbuf_cache;
#define	PNBUF_GET()	pool_cache_get(pnbuf_cache, PR_WAITOK)
#define	PNBUF_PUT(pnb)	pool_cache_put(pnbuf_cache, (pnb))

/*
 * Path buffers.  pathbuf_create() copies a kernel string, pathbuf_copyin()
 * a client's (EFAULT, ENAMETOOLONG), pathbuf_assimilate() takes over a
 * buffer got by PNBUF_GET().  None can fail but pathbuf_copyin().
 */
struct pathbuf *pathbuf_create(const char *path);
struct pathbuf *pathbuf_assimilate(char *path);
int	pathbuf_copyin(const char *userpath, struct pathbuf **ret);
int	pathbuf_maybe_copyin(const char *userpath, enum uio_seg seg,
	    struct pathbuf **ret);
void	pathbuf_destroy(struct pathbuf *);
const char *pathbuf_stringcopy_get(struct pathbuf *);
void	pathbuf_stringcopy_put(struct pathbuf *, const char *);

/*
 * Translate a path.  On success ni_vp is referenced (locked with LOCKLEAF)
 * and, with LOCKPARENT, ni_dvp is referenced and locked.  On failure nothing
 * is held and both are NULL.
 */
int	namei(struct nameidata *);

/* Flags of namei_simple_*: opaque. */
typedef const struct namei_simple_flags_type *namei_simple_flags_t;
extern const namei_simple_flags_t NSM_NOFOLLOW_NOEMULROOT;
extern const namei_simple_flags_t NSM_NOFOLLOW_TRYEMULROOT;
extern const namei_simple_flags_t NSM_FOLLOW_NOEMULROOT;
extern const namei_simple_flags_t NSM_FOLLOW_TRYEMULROOT;

/* Look PATH up; the vnode is referenced and unlocked. */
int	namei_simple_kernel(const char *, namei_simple_flags_t,
	    struct vnode **);
int	namei_simple_user(const char *, namei_simple_flags_t,
	    struct vnode **);
int	nameiat_simple_kernel(struct vnode *, const char *,
	    namei_simple_flags_t, struct vnode **);
int	nameiat_simple_user(struct vnode *, const char *,
	    namei_simple_flags_t, struct vnode **);

/*
 * Look the component *CNP up again in DVP, which is locked before and after;
 * the result is referenced and unlocked.
 */
int	relookup(struct vnode *, struct vnode **, struct componentname *, int);
int	lookup_for_nfsd(struct nameidata *, struct vnode *, int neverfollow);
int	lookup_for_nfsd_index(struct nameidata *, struct vnode *);

/*
 * Name cache.  cache_lookup() returns nonzero when it knows the answer:
 * *VNP is the vnode, referenced and unlocked, or NULL for a name known not
 * to exist.  *ISWHT gets a nonzero value for a whiteout.
 */
int	cache_lookup(struct vnode *, const char *, size_t, uint32_t, uint32_t,
	    int *, struct vnode **);
int	cache_lookup_raw(struct vnode *, const char *, size_t, uint32_t,
	    int *, struct vnode **);
int	cache_revlookup(struct vnode *, struct vnode **, char **, char *);
void	cache_enter(struct vnode *, struct vnode *, const char *, size_t,
	    uint32_t);
void	cache_purge1(struct vnode *, const char *, size_t, int);
#define	PURGE_PARENTS	1
#define	PURGE_CHILDREN	2
#define	cache_purge(vp)	\
	cache_purge1((vp), NULL, 0, PURGE_PARENTS | PURGE_CHILDREN)
void	cache_purgevfs(struct mount *);
void	nchinit(void);
void	namecache_count_pass2(void);
void	namecache_count_2passes(void);

/* A hash of the name [NAME, *END) or up to NUL if *END is NULL. */
uint32_t namei_hash(const char *, const char **);
void	namei_init(void);

#endif /* _KERNEL */

#endif /* _SYS_NAMEI_H_ */
