/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name cache: (directory, name) to vnode, or to the knowledge that there
 * is none; and the walk over a whole path that needs nothing else.
 *
 * Locking: nc_lock protects all entries, the lists of them in vnodes, and
 * what the walk reads besides: v_xcred, mnt_rootcache, v_mountedhere as seen
 * by it.  Interlocks are taken after nc_lock.  A vnode's entries are removed
 * before it dies, so an entry found under nc_lock has a vnode whose memory
 * is valid; rump_vnode_tryref() decides whether it can be had.
 *
 * Entries are bounded in number; the victim is found by a clock: an entry
 * that was hit since the hand passed it last gets another round.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/pool.h>
#include <sys/vnode.h>

#include <rump-priv/mem.h>
#include <rump-priv/vnode.h>

struct namecache {
	LIST_ENTRY(namecache) nc_hash;
	struct vnode	*nc_dvp;	/* directory */
	struct vnode	*nc_vp;		/* NULL: no such name */
	uint32_t	nc_hashval;
	uint8_t		nc_len;
	bool		nc_hit;		/* since the clock's hand passed */
	bool		nc_whiteout;
	bool		nc_small;	/* from the pool of short ones */
	LIST_ENTRY(namecache) nc_children;	/* v_ncchildren of nc_dvp */
	LIST_ENTRY(namecache) nc_parents;	/* v_ncparents of nc_vp */
	TAILQ_ENTRY(namecache) nc_clock;
	char		nc_name[];
};

#define NC_SMALLNAME	32
#define NC_MINENTRIES	2048

LIST_HEAD(nc_chain, namecache);

static kmutex_t nc_lock;
static struct nc_chain *nc_hash;
static uint32_t nc_mask;
static TAILQ_HEAD(, namecache) nc_clock = TAILQ_HEAD_INITIALIZER(nc_clock);
static unsigned nc_count, nc_max;
static struct pool nc_pool_small, nc_pool_large;
static struct {
	uint64_t	hits, neghits, misses, pass2, passes2;
} nc_stats;

static size_t nc_shrink(void *, size_t);
static struct rump_reclaim nc_reclaim = { .rr_fn = nc_shrink };

void
nchinit(void)
{
	uint32_t size;

	nc_max = MAX(NC_MINENTRIES, (unsigned)desiredvnodes * 2);
	for (size = 256; size < nc_max; size *= 2)
		continue;
	nc_hash = kmem_zalloc(size * sizeof(*nc_hash), KM_SLEEP);
	nc_mask = size - 1;
	mutex_init(&nc_lock, MUTEX_DEFAULT, IPL_NONE);
	pool_init(&nc_pool_small, sizeof(struct namecache) + NC_SMALLNAME, 0,
	    0, 0, "ncsmall", NULL, IPL_NONE);
	pool_init(&nc_pool_large, sizeof(struct namecache) + NCHNAMLEN, 0,
	    0, 0, "nclarge", NULL, IPL_NONE);
	rump_vnode_accesschanged = rump_vnode_forgetaccess;
	rump_mem_reclaim_register(&nc_reclaim);
}

/*
 * Entries.
 */

static __inline uint32_t
name_hash_add(uint32_t h, unsigned char c)
{

	return (h ^ c) * 0x01000193;
}

static __inline uint32_t
name_hash(const char *name, size_t len)
{
	uint32_t h = 0x811c9dc5;

	while (len-- > 0)
		h = name_hash_add(h, (unsigned char)*name++);
	return h;
}

uint32_t
namei_hash(const char *name, const char **ep)
{
	const char *end;

	if (*ep == NULL) {
		for (end = name; *end != '\0' && *end != '/'; end++)
			continue;
		*ep = end;
	}
	return name_hash(name, *ep - name);
}

static __inline struct nc_chain *
nc_chain_of(const struct vnode *dvp, uint32_t hash)
{
	uint64_t h = ((uintptr_t)dvp >> 6) ^ hash;

	h *= 0x9e3779b97f4a7c15ULL;
	return &nc_hash[(h >> 32) & nc_mask];
}

static __inline struct namecache *
nc_find(const struct vnode *dvp, const char *name, size_t len, uint32_t hash)
{
	struct namecache *nc;

	LIST_FOREACH(nc, nc_chain_of(dvp, hash), nc_hash) {
		if (nc->nc_hashval == hash && nc->nc_dvp == dvp &&
		    nc->nc_len == len && memcmp(nc->nc_name, name, len) == 0)
			return nc;
	}
	return NULL;
}

static void
nc_remove(struct namecache *nc)
{

	KASSERT(mutex_owned(&nc_lock));
	LIST_REMOVE(nc, nc_hash);
	LIST_REMOVE(nc, nc_children);
	if (nc->nc_vp != NULL)
		LIST_REMOVE(nc, nc_parents);
	TAILQ_REMOVE(&nc_clock, nc, nc_clock);
	nc_count--;
	pool_put(nc->nc_small ? &nc_pool_small : &nc_pool_large, nc);
}

/* Make room for one more entry. */
static void
nc_evict(void)
{
	struct namecache *nc;

	while (nc_count >= nc_max) {
		nc = TAILQ_FIRST(&nc_clock);
		if (nc->nc_hit) {
			nc->nc_hit = false;
			TAILQ_REMOVE(&nc_clock, nc, nc_clock);
			TAILQ_INSERT_TAIL(&nc_clock, nc, nc_clock);
		} else {
			nc_remove(nc);
		}
	}
}

/* Memory is short: give up to WANT bytes back, the oldest entries first. */
static size_t
nc_shrink(void *arg, size_t want)
{
	struct namecache *nc;
	size_t freed = 0;

	if (!mutex_tryenter(&nc_lock))
		return 0;
	while (freed < want && (nc = TAILQ_FIRST(&nc_clock)) != NULL) {
		freed += sizeof(*nc) + nc->nc_len;
		nc_remove(nc);
	}
	mutex_exit(&nc_lock);
	return freed;
}

/*
 * What file systems call.
 */

int
cache_lookup_raw(struct vnode *dvp, const char *name, size_t namelen,
    uint32_t cnflags, int *iswht_ret, struct vnode **vn_ret)
{
	struct namecache *nc;
	struct vnode *vp;

	*vn_ret = NULL;
	if (iswht_ret != NULL)
		*iswht_ret = 0;
	if (namelen > NCHNAMLEN)
		return 0;
	mutex_enter(&nc_lock);
	nc = nc_find(dvp, name, namelen, name_hash(name, namelen));
	if (nc == NULL) {
		nc_stats.misses++;
		mutex_exit(&nc_lock);
		return 0;
	}
	vp = nc->nc_vp;
	if (vp == NULL) {
		if (iswht_ret != NULL)
			*iswht_ret = nc->nc_whiteout;
		nc_stats.neghits++;
	} else if (!rump_vnode_tryref(vp)) {
		mutex_exit(&nc_lock);
		return 0;
	} else {
		nc_stats.hits++;
	}
	nc->nc_hit = true;
	mutex_exit(&nc_lock);
	*vn_ret = vp;
	return 1;
}

int
cache_lookup(struct vnode *dvp, const char *name, size_t namelen,
    uint32_t nameiop, uint32_t cnflags, int *iswht_ret,
    struct vnode **vn_ret)
{
	int hit;

	*vn_ret = NULL;
	if (iswht_ret != NULL)
		*iswht_ret = 0;
	/* The name is about to change: the file system must look. */
	if ((cnflags & MAKEENTRY) == 0) {
		cache_purge1(dvp, name, namelen, 0);
		return 0;
	}
	hit = cache_lookup_raw(dvp, name, namelen, cnflags, iswht_ret,
	    vn_ret);
	if (hit && *vn_ret == NULL && nameiop == CREATE &&
	    (cnflags & ISLASTCN) != 0) {
		if (iswht_ret == NULL || !*iswht_ret)
			cache_purge1(dvp, name, namelen, 0);
		return 0;
	}
	return hit;
}

void
cache_enter(struct vnode *dvp, struct vnode *vp, const char *name,
    size_t namelen, uint32_t cnflags)
{
	struct namecache *nc, *old;
	const bool small = namelen <= NC_SMALLNAME;

	if ((cnflags & (MAKEENTRY | ISWHITEOUT)) == 0 || namelen > NCHNAMLEN ||
	    namelen == 0)
		return;
	nc = pool_get(small ? &nc_pool_small : &nc_pool_large, PR_WAITOK);
	nc->nc_dvp = dvp;
	nc->nc_vp = vp;
	nc->nc_hashval = name_hash(name, namelen);
	nc->nc_len = (uint8_t)namelen;
	nc->nc_small = small;
	nc->nc_hit = false;
	nc->nc_whiteout = vp == NULL && (cnflags & ISWHITEOUT) != 0;
	memcpy(nc->nc_name, name, namelen);

	mutex_enter(&nc_lock);
	old = nc_find(dvp, name, namelen, nc->nc_hashval);
	if (old != NULL)
		nc_remove(old);
	nc_evict();
	LIST_INSERT_HEAD(nc_chain_of(dvp, nc->nc_hashval), nc, nc_hash);
	LIST_INSERT_HEAD(&dvp->v_ncchildren, nc, nc_children);
	if (vp != NULL)
		LIST_INSERT_HEAD(&vp->v_ncparents, nc, nc_parents);
	TAILQ_INSERT_TAIL(&nc_clock, nc, nc_clock);
	nc_count++;
	mutex_exit(&nc_lock);
}

void
cache_purge1(struct vnode *vp, const char *name, size_t namelen, int flags)
{
	struct namecache *nc;

	mutex_enter(&nc_lock);
	if (flags & PURGE_PARENTS)
		while ((nc = LIST_FIRST(&vp->v_ncparents)) != NULL)
			nc_remove(nc);
	if (flags & PURGE_CHILDREN)
		while ((nc = LIST_FIRST(&vp->v_ncchildren)) != NULL)
			nc_remove(nc);
	if (name != NULL && namelen <= NCHNAMLEN) {
		nc = nc_find(vp, name, namelen, name_hash(name, namelen));
		if (nc != NULL)
			nc_remove(nc);
	}
	mutex_exit(&nc_lock);
}

void
cache_purgevfs(struct mount *mp)
{
	struct namecache *nc, *next;

	mutex_enter(&nc_lock);
	TAILQ_FOREACH_SAFE(nc, &nc_clock, nc_clock, next)
		if (nc->nc_dvp->v_mount == mp)
			nc_remove(nc);
	mutex_exit(&nc_lock);
}

/*
 * The directory and the name of VP, if known.  The name is put before *BPP
 * (not below BUFP), the directory is referenced.  -1: not known.
 */
int
cache_revlookup(struct vnode *vp, struct vnode **dvpp, char **bpp, char *bufp)
{
	struct namecache *nc;
	char *bp;

	mutex_enter(&nc_lock);
	LIST_FOREACH(nc, &vp->v_ncparents, nc_parents) {
		if (nc->nc_name[0] == '.' && (nc->nc_len == 1 ||
		    (nc->nc_len == 2 && nc->nc_name[1] == '.')))
			continue;
		if (bufp != NULL) {
			bp = *bpp - nc->nc_len;
			if (bp <= bufp) {
				mutex_exit(&nc_lock);
				*dvpp = NULL;
				return ERANGE;
			}
			if (!rump_vnode_tryref(nc->nc_dvp))
				break;
			memcpy(bp, nc->nc_name, nc->nc_len);
			*bpp = bp;
		} else if (!rump_vnode_tryref(nc->nc_dvp)) {
			break;
		}
		*dvpp = nc->nc_dvp;
		mutex_exit(&nc_lock);
		return 0;
	}
	mutex_exit(&nc_lock);
	*dvpp = NULL;
	return -1;
}

/* Second and further passes of a lookup, counted for statistics. */
void
namecache_count_pass2(void)
{

	nc_stats.pass2++;
}

void
namecache_count_2passes(void)
{

	nc_stats.passes2++;
}

/*
 * What else the walk needs to know.
 */

void
rump_vnode_grantaccess(struct vnode *vp, kauth_cred_t cred)
{
	kauth_cred_t old;

	kauth_cred_hold(cred);
	mutex_enter(&nc_lock);
	old = vp->v_xcred;
	vp->v_xcred = cred;
	mutex_exit(&nc_lock);
	if (old != NULL)
		kauth_cred_free(old);
}

void
rump_vnode_forgetaccess(struct vnode *vp)
{
	kauth_cred_t old;

	mutex_enter(&nc_lock);
	old = vp->v_xcred;
	vp->v_xcred = NULL;
	mutex_exit(&nc_lock);
	if (old != NULL)
		kauth_cred_free(old);
}

void
rump_vnode_setroot(struct mount *mp, struct vnode *vp)
{

	mutex_enter(&nc_lock);
	if (vp->v_mount == mp && (vp->v_vflag & VV_ROOT) != 0)
		mp->mnt_rootcache = vp;
	mutex_exit(&nc_lock);
}

void
rump_vnode_forgetroot(struct vnode *vp)
{

	mutex_enter(&nc_lock);
	if (vp->v_mount->mnt_rootcache == vp)
		vp->v_mount->mnt_rootcache = NULL;
	mutex_exit(&nc_lock);
	if (vp->v_xcred != NULL)
		rump_vnode_forgetaccess(vp);
}

void
rump_vnode_cover(struct vnode *vp, struct mount *mp)
{

	mutex_enter(&nc_lock);
	__atomic_store_n(&vp->v_mountedhere, mp, __ATOMIC_RELAXED);
	mutex_exit(&nc_lock);
}

struct mount *
rump_vnode_covering(struct vnode *vp)
{
	struct mount *mp;

	/* Without a lock only to see that there is none, as mostly. */
	if (__predict_true(__atomic_load_n(&vp->v_mountedhere,
	    __ATOMIC_RELAXED) == NULL))
		return NULL;
	mutex_enter(&nc_lock);
	if ((mp = vp->v_mountedhere) != NULL)
		vfs_reference(mp);
	mutex_exit(&nc_lock);
	return mp;
}

/*
 * The walk.
 */

/* The uppermost root mounted on VP, NULL if it is not known. */
static __inline struct vnode *
walk_cross(struct vnode *vp)
{

	while (vp != NULL && vp->v_type == VDIR && vp->v_mountedhere != NULL)
		vp = vp->v_mountedhere->mnt_rootcache;
	return vp;
}

/*
 * One component, [NAME, END), REST is what follows without its slashes.
 * 0: *DIRP is its vnode.
 */
static __inline int
walk_one(struct rump_namewalk *nw, struct vnode **dirp, const char *name,
    const char *end, const char *rest, uint32_t hash)
{
	struct vnode *dir = *dirp, *vp;
	struct namecache *nc;
	const bool last = *rest == '\0';

	if (dir->v_type != VDIR || dir->v_xcred != nw->nw_cred)
		return EAGAIN;
	if (last && nw->nw_parent)
		return EAGAIN;
	if (end - name == 2 && name[0] == '.' && name[1] == '.')
		return EAGAIN;
	nc = nc_find(dir, name, end - name, hash);
	if (nc == NULL || nc->nc_whiteout)
		return EAGAIN;
	nc->nc_hit = true;
	vp = nc->nc_vp;
	if (vp == NULL) {
		nc_stats.neghits++;
		return ENOENT;
	}
	if (vp->v_type == VLNK && (!last || nw->nw_follow || rest != end))
		return EAGAIN;
	if (vp->v_type == VDIR && vp->v_mountedhere != NULL) {
		if (nw->nw_nocross)
			return EAGAIN;
		vp = walk_cross(vp);
		if (vp == NULL)
			return EAGAIN;
	}
	if (vp->v_type != VDIR && rest != end)
		return ENOTDIR;
	nc_stats.hits++;
	*dirp = vp;
	return 0;
}

int
rump_namecache_walk(struct rump_namewalk *nw)
{
	struct vnode *dir = nw->nw_dir;
	const char *p = nw->nw_path, *name, *end;
	uint32_t hash;
	int error = 0;

	mutex_enter(&nc_lock);
	while (*p == '/')
		p++;
	while (*p != '\0') {
		name = p;
		hash = 0x811c9dc5;
		for (end = name; *end != '\0' && *end != '/'; end++)
			hash = name_hash_add(hash, (unsigned char)*end);
		if (end - name > NCHNAMLEN) {
			error = EAGAIN;
			break;
		}
		for (p = end; *p == '/'; p++)
			continue;
		if (end - name == 1 && *name == '.' && *p != '\0' &&
		    dir->v_type == VDIR)
			continue;
		error = walk_one(nw, &dir, name, end, p, hash);
		if (error != 0) {
			p = name;
			break;
		}
	}
	/* A path of slashes only, or ending in a dot, is for the slow way. */
	if (error == 0 && dir == nw->nw_dir)
		error = EAGAIN;
	if ((error == 0 || error == EAGAIN) && !rump_vnode_tryref(dir)) {
		/* It is being reclaimed: the whole path the slow way. */
		dir = nw->nw_dir;
		p = nw->nw_path;
		vref(dir);
		error = EAGAIN;
	}
	mutex_exit(&nc_lock);
	nw->nw_dir = dir;
	nw->nw_path = p;
	return error;
}
