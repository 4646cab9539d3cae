/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path lookup, namei(9).
 *
 * A lookup first walks as far as the name cache goes (vfs_cache.c) and then
 * takes the rest one component at a time: lock the directory, VOP_LOOKUP,
 * unlock, follow symlinks, cross into mounts.  Locks are taken from the root
 * downwards only.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/pool.h>
#include <sys/proc.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include <rump-priv/namei.h>
#include <rump-priv/vnode.h>

/* A lookup under way.  dir and root are referenced. */
struct lookup {
	struct nameidata *lk_ndp;
	struct componentname *lk_cnp;
	struct vnode	*lk_dir;	/* where we are */
	struct vnode	*lk_root;	/* not to be left by .. */
	char		*lk_path;	/* start of the buffer */
	char		*lk_next;	/* what remains to be looked up */
	bool		lk_last;	/* the component is the last one */
	bool		lk_slash;	/* ... and slashes follow */
};

pool_cache_t pnbuf_cache;

static const struct namei_simple_flags_type
    ns_nofollow_no, ns_nofollow_try, ns_follow_no, ns_follow_try;
const namei_simple_flags_t NSM_NOFOLLOW_NOEMULROOT = &ns_nofollow_no;
const namei_simple_flags_t NSM_NOFOLLOW_TRYEMULROOT = &ns_nofollow_try;
const namei_simple_flags_t NSM_FOLLOW_NOEMULROOT = &ns_follow_no;
const namei_simple_flags_t NSM_FOLLOW_TRYEMULROOT = &ns_follow_try;

void
namei_init(void)
{

	if (pnbuf_cache == NULL)
		pnbuf_cache = pool_cache_init(MAXPATHLEN, 0, 0, 0, "pnbufpl",
		    NULL, IPL_NONE, NULL, NULL, NULL);
}

/*
 * Pieces.
 */

/* Start and root of a lookup by curlwp, both referenced. */
static void
lookup_start(const char *path, struct vnode *atdir, bool nochroot,
    struct vnode **dirp, struct vnode **rootp)
{
	struct cwdinfo *cwdi = curlwp->l_proc->p_cwdi;
	struct vnode *root, *dir;

	rw_enter(&cwdi->cwdi_lock, RW_READER);
	root = nochroot || cwdi->cwdi_rdir == NULL ?
	    rootvnode : cwdi->cwdi_rdir;
	if (path[0] == '/')
		dir = root;
	else
		dir = atdir != NULL ? atdir : cwdi->cwdi_cdir;
	vref(root);
	vref(dir);
	rw_exit(&cwdi->cwdi_lock);
	*dirp = dir;
	*rootp = root;
}

/* Go as far as the name cache knows.  0: lk_dir is the result. */
static int
lookup_cached(struct lookup *lk)
{
	const uint32_t flags = lk->lk_cnp->cn_flags;
	struct rump_namewalk nw;
	int error;

	if (flags & RDONLY)
		return EAGAIN;
	nw.nw_dir = lk->lk_dir;
	nw.nw_path = lk->lk_next;
	nw.nw_root = lk->lk_root;
	nw.nw_cred = lk->lk_cnp->cn_cred;
	nw.nw_follow = (flags & FOLLOW) != 0;
	nw.nw_parent = lk->lk_cnp->cn_nameiop != LOOKUP ||
	    (flags & LOCKPARENT) != 0;
	nw.nw_nocross = (flags & NOCROSSMOUNT) != 0;
	error = rump_namecache_walk(&nw);
	vrele(lk->lk_dir);
	lk->lk_dir = (error == 0 || error == EAGAIN) ? nw.nw_dir : NULL;
	lk->lk_next = __UNCONST(nw.nw_path);
	return error;
}

/* Set up the component at lk_next; ENOENT: there is none. */
static int
lookup_component(struct lookup *lk)
{
	struct componentname *cnp = lk->lk_cnp;
	char *p;

	while (*lk->lk_next == '/')
		lk->lk_next++;
	for (p = lk->lk_next; *p != '\0' && *p != '/'; p++)
		continue;
	cnp->cn_nameptr = lk->lk_next;
	cnp->cn_namelen = p - lk->lk_next;
	cnp->cn_consume = 0;
	if (cnp->cn_namelen > KERNEL_NAME_MAX)
		return ENAMETOOLONG;
	lk->lk_slash = *p == '/';
	while (*p == '/')
		p++;
	lk->lk_next = p;
	lk->lk_last = *p == '\0';

	cnp->cn_flags &= ~(ISLASTCN | ISDOTDOT | REQUIREDIR | MAKEENTRY |
	    ISWHITEOUT);
	if (lk->lk_last) {
		cnp->cn_flags |= ISLASTCN;
		if (lk->lk_slash)
			cnp->cn_flags |= REQUIREDIR;
	}
	if (cnp->cn_namelen == 2 && cnp->cn_nameptr[0] == '.' &&
	    cnp->cn_nameptr[1] == '.')
		cnp->cn_flags |= ISDOTDOT;
	if ((cnp->cn_flags & NOCACHE) == 0 && (!lk->lk_last ||
	    cnp->cn_nameiop == LOOKUP || cnp->cn_nameiop == CREATE))
		cnp->cn_flags |= MAKEENTRY;
	return 0;
}

/* From the root of a mount to the directory that it covers. */
static int
lookup_uncross(struct lookup *lk)
{
	struct vnode *dir = lk->lk_dir, *covered;

	while ((dir->v_vflag & VV_ROOT) != 0 && dir != lk->lk_root &&
	    dir != rootvnode && (lk->lk_cnp->cn_flags & NOCROSSMOUNT) == 0) {
		covered = dir->v_mount->mnt_vnodecovered;
		if (covered == NULL)
			return ENOENT;	/* unmounted by force */
		vref(covered);
		vrele(dir);
		lk->lk_dir = dir = covered;
	}
	return 0;
}

/*
 * The mount may be going away: then its end is waited for, and the directory
 * is no longer covered, or by another one.
 */
int
rump_vnode_cross(struct vnode *vp, struct vnode **vpp)
{
	struct vnode *root;
	struct mount *mp;
	int error;

	*vpp = NULL;
	vref(vp);
	while (vp->v_type == VDIR && (mp = rump_vnode_covering(vp)) != NULL) {
		error = vfs_busy(mp, NULL);
		vfs_destroy(mp);
		if (error != 0) {
			(void)kpause("uncover", false, 1, NULL);
			continue;
		}
		error = VFS_ROOT(mp, &root);
		vfs_unbusy(mp, false, NULL);
		vrele(vp);
		if (error != 0)
			return error;
		VOP_UNLOCK(root);
		vp = root;
	}
	*vpp = vp;
	return 0;
}

/* From a covered directory to the root of what is mounted there. */
static int
lookup_cross(struct lookup *lk, struct vnode **vpp)
{
	struct vnode *vp = *vpp, *root;
	int error;

	if (vp->v_type != VDIR ||
	    __atomic_load_n(&vp->v_mountedhere, __ATOMIC_RELAXED) == NULL ||
	    (lk->lk_cnp->cn_flags & NOCROSSMOUNT) != 0)
		return 0;
	error = rump_vnode_cross(vp, &root);
	if (error == 0 && root != vp)
		rump_vnode_setroot(root->v_mount, root);
	vrele(vp);
	*vpp = root;
	return error;
}

/*
 * Replace the component by what the symlink VP holds.  lk_dir becomes the
 * root for an absolute link.
 */
static int
lookup_symlink(struct lookup *lk, struct vnode *vp)
{
	struct uio uio;
	struct iovec iov;
	char *buf;
	size_t len, rest;
	int error;

	if (++lk->lk_ndp->ni_loopcnt > MAXSYMLINKS)
		return ELOOP;
	buf = PNBUF_GET();
	iov.iov_base = buf;
	iov.iov_len = MAXPATHLEN;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = 0;
	uio.uio_rw = UIO_READ;
	uio.uio_resid = MAXPATHLEN;
	UIO_SETUP_SYSSPACE(&uio);
	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = 0;
	if (vp->v_mount->mnt_flag & MNT_SYMPERM)
		error = VOP_ACCESS(vp, VEXEC, lk->lk_cnp->cn_cred);
	if (error == 0)
		error = VOP_READLINK(vp, &uio, lk->lk_cnp->cn_cred);
	VOP_UNLOCK(vp);
	if (error != 0)
		goto out;
	len = MAXPATHLEN - uio.uio_resid;
	rest = strlen(lk->lk_next);
	if (len == 0 || memchr(buf, '\0', len) != NULL) {
		error = ENOENT;
		goto out;
	}
	if (len + rest + 2 > MAXPATHLEN) {
		error = ENAMETOOLONG;
		goto out;
	}
	/* The link, a slash if one stood there, what followed it. */
	if (lk->lk_slash || !lk->lk_last)
		buf[len++] = '/';
	memcpy(buf + len, lk->lk_next, rest + 1);
	memcpy(lk->lk_path, buf, len + rest + 1);
	lk->lk_next = lk->lk_path;
	if (lk->lk_path[0] == '/') {
		vrele(lk->lk_dir);
		lk->lk_dir = lk->lk_root;
		vref(lk->lk_dir);
	}
out:
	PNBUF_PUT(buf);
	return error;
}

/*
 * VOP_LOOKUP of the component in lk_dir, which is locked.  Remembers that
 * the directory may be searched.
 */
static int
lookup_ask(struct lookup *lk, struct vnode **vpp)
{
	struct componentname *cnp = lk->lk_cnp;
	struct vnode *dir = lk->lk_dir;
	int error;

	if (dir->v_type != VDIR || dir->v_mount == NULL)
		return ENOTDIR;
	if ((rump_mount_iflag(dir->v_mount) & IMNT_RUMP_FASTLOOKUP) != 0 &&
	    dir->v_xcred != cnp->cn_cred) {
		error = VOP_ACCESS(dir, VEXEC, cnp->cn_cred);
		if (error != 0)
			return error;
		rump_vnode_grantaccess(dir, cnp->cn_cred);
	}
	error = VOP_LOOKUP(dir, vpp, cnp);
	KASSERTMSG((error == 0) == (*vpp != NULL),
	    "VOP_LOOKUP: error %d, vnode %p", error, *vpp);
	if (cnp->cn_consume != 0) {
		/* The file system took more of the path than one name. */
		size_t left = strlen(cnp->cn_nameptr + cnp->cn_namelen);
		size_t more = MIN(cnp->cn_consume, left);
		char *p;

		cnp->cn_namelen += more;
		cnp->cn_consume = 0;
		p = __UNCONST(cnp->cn_nameptr + cnp->cn_namelen);
		lk->lk_slash = *p == '/';
		while (*p == '/')
			p++;
		lk->lk_next = p;
		lk->lk_last = *p == '\0';
		if (lk->lk_last)
			cnp->cn_flags |= ISLASTCN;
	}
	return error;
}

/* The path is just a root: *VPP gets the reference of lk_dir. */
static int
lookup_degenerate(struct lookup *lk, struct vnode **vpp)
{
	struct vnode *vp = lk->lk_dir;

	if (lk->lk_cnp->cn_nameiop != LOOKUP)
		return EISDIR;
	if (vp->v_type != VDIR)
		return ENOTDIR;
	lk->lk_cnp->cn_flags |= ISLASTCN;
	lk->lk_dir = NULL;
	*vpp = vp;
	return 0;
}

/* The component is a dot: *VPP is lk_dir, with a reference of its own. */
static int
lookup_dot(struct lookup *lk, struct vnode **vpp)
{
	struct vnode *dir = lk->lk_dir;
	int error;

	if (dir->v_type != VDIR)
		return ENOTDIR;
	if (lk->lk_last && lk->lk_cnp->cn_nameiop != LOOKUP)
		return lk->lk_cnp->cn_nameiop == CREATE ? EEXIST : EINVAL;
	vn_lock(dir, LK_SHARED | LK_RETRY);
	error = VOP_ACCESS(dir, VEXEC, lk->lk_cnp->cn_cred);
	VOP_UNLOCK(dir);
	if (error != 0)
		return error;
	vref(dir);
	*vpp = dir;
	return 0;
}

/* The name does not exist but may be made: keep the directory. */
static int
lookup_missing(struct lookup *lk)
{
	struct componentname *cnp = lk->lk_cnp;

	if ((cnp->cn_flags & RDONLY) != 0 ||
	    (lk->lk_dir->v_mount->mnt_flag & MNT_RDONLY) != 0)
		return EROFS;
	if ((cnp->cn_flags & REQUIREDIR) != 0 &&
	    (cnp->cn_flags & CREATEDIR) == 0)
		return ENOENT;
	return 0;
}

/*
 * Look one component up.  On success either *VPP is what it is, referenced,
 * or NULL if it may be created.  lk_dir is locked then if LOCKPARENT wants
 * this (*LOCKEDP).
 */
static int
lookup_one(struct lookup *lk, struct vnode **vpp, bool *lockedp)
{
	struct componentname *cnp = lk->lk_cnp;
	bool final;
	int error;

	*vpp = NULL;
	*lockedp = false;
	if (cnp->cn_namelen == 1 && cnp->cn_nameptr[0] == '.')
		return lookup_dot(lk, vpp);
	if (cnp->cn_flags & ISDOTDOT) {
		if (lk->lk_last && cnp->cn_nameiop == DELETE)
			return ENOTEMPTY;
		if (lk->lk_last && cnp->cn_nameiop != LOOKUP)
			return cnp->cn_nameiop == CREATE ? EEXIST : EINVAL;
		error = lookup_uncross(lk);
		if (error != 0)
			return error;
		if (lk->lk_dir == lk->lk_root || lk->lk_dir == rootvnode)
			return lookup_dot(lk, vpp);
	}
	vn_lock(lk->lk_dir, LK_EXCLUSIVE | LK_RETRY);
	error = lookup_ask(lk, vpp);
	if (error == EJUSTRETURN && lk->lk_last)
		error = lookup_missing(lk);
	final = error == 0 && lk->lk_last &&
	    (cnp->cn_flags & LOCKPARENT) != 0 &&
	    (*vpp == NULL || (*vpp)->v_type != VLNK ||
	    (cnp->cn_flags & (FOLLOW | REQUIREDIR)) == 0);
	if (!final)
		VOP_UNLOCK(lk->lk_dir);
	*lockedp = final;
	return error == EJUSTRETURN ? ENOENT : error;
}

/* The last component was found or may be made: give the results out. */
static int
lookup_result(struct lookup *lk, struct vnode *vp, bool locked)
{
	struct nameidata *ndp = lk->lk_ndp;
	struct componentname *cnp = lk->lk_cnp;
	struct vnode *dir = lk->lk_dir;
	const bool wantparent = (cnp->cn_flags & LOCKPARENT) != 0;
	int error = 0;

	if (vp != NULL && (cnp->cn_flags & REQUIREDIR) != 0 &&
	    vp->v_type != VDIR)
		error = ENOTDIR;
	else if (vp != NULL && cnp->cn_nameiop != LOOKUP &&
	    cnp->cn_nameiop != CREATE && ((cnp->cn_flags & RDONLY) != 0 ||
	    (vp->v_mount->mnt_flag & MNT_RDONLY) != 0))
		error = EROFS;
	if (error != 0) {
		if (locked)
			VOP_UNLOCK(dir);
		vrele(vp);
		return error;
	}
	if (dir != NULL && wantparent && !locked) {
		vn_lock(dir, LK_EXCLUSIVE | LK_RETRY);
		locked = true;
	}
	if (vp != NULL && (cnp->cn_flags & LOCKLEAF) != 0 &&
	    !(locked && vp == dir)) {
		/* A parent must not be locked after its child. */
		if (locked && (cnp->cn_flags & ISDOTDOT) != 0) {
			VOP_UNLOCK(dir);
			vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
			vn_lock(dir, LK_EXCLUSIVE | LK_RETRY);
		} else {
			vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
		}
	}
	if (wantparent) {
		ndp->ni_dvp = dir;
		lk->lk_dir = NULL;
	}
	ndp->ni_vp = vp;
	return 0;
}

/* The whole path, lk_dir and lk_root being set up. */
static int
lookup_path(struct lookup *lk)
{
	struct componentname *cnp = lk->lk_cnp;
	struct vnode *vp;
	bool locked;
	int error;

	for (;;) {
		error = lookup_cached(lk);
		if (error == 0) {
			vp = lk->lk_dir;
			lk->lk_dir = NULL;
			cnp->cn_flags |= ISLASTCN;
			return lookup_result(lk, vp, false);
		}
		if (error != EAGAIN)
			return error;
		do {
			error = lookup_component(lk);
			if (error != 0)
				return error;
			if (cnp->cn_namelen == 0) {
				error = lookup_degenerate(lk, &vp);
				return error != 0 ? error :
				    lookup_result(lk, vp, false);
			}
			error = lookup_one(lk, &vp, &locked);
			if (error != 0)
				return error;
			if (vp == NULL)
				return lookup_result(lk, NULL, locked);
			if (vp->v_type == VLNK && (!lk->lk_last ||
			    (cnp->cn_flags & (FOLLOW | REQUIREDIR)) != 0)) {
				KASSERT(!locked);
				error = lookup_symlink(lk, vp);
				vrele(vp);
				if (error != 0)
					return error;
				break;
			}
			error = lookup_cross(lk, &vp);
			if (error != 0) {
				if (locked)
					VOP_UNLOCK(lk->lk_dir);
				if (vp != NULL)
					vrele(vp);
				return error;
			}
			if (lk->lk_last)
				return lookup_result(lk, vp, locked);
			vrele(lk->lk_dir);
			lk->lk_dir = vp;
			if (vp->v_type != VDIR)
				return ENOTDIR;
		} while (true);
	}
}

/* What both namei() and its helpers do. */
static int
namei_from(struct nameidata *ndp, char *path, struct vnode *atdir)
{
	struct componentname *cnp = &ndp->ni_cnd;
	struct lookup lk;
	int error;

	ndp->ni_vp = ndp->ni_dvp = NULL;
	ndp->ni_erootdir = NULL;
	ndp->ni_loopcnt = 0;
	ndp->ni_pnbuf = path;
	cnp->cn_nameptr = path;
	cnp->cn_namelen = 0;
	cnp->cn_consume = 0;
	if (path[0] == '\0')
		return ENOENT;
	lk.lk_ndp = ndp;
	lk.lk_cnp = cnp;
	lk.lk_path = lk.lk_next = path;
	lk.lk_last = lk.lk_slash = false;
	lookup_start(path, atdir, (cnp->cn_flags & NOCHROOT) != 0,
	    &lk.lk_dir, &lk.lk_root);
	ndp->ni_rootdir = lk.lk_root;
	error = lookup_path(&lk);
	if (lk.lk_dir != NULL)
		vrele(lk.lk_dir);
	vrele(lk.lk_root);
	return error;
}

int
namei(struct nameidata *ndp)
{

	return namei_from(ndp, ndp->ni_pathbuf->pb_path, ndp->ni_atdir);
}

/*
 * One more look at the component that a lookup ended with.
 */
int
relookup(struct vnode *dvp, struct vnode **vpp, struct componentname *cnp,
    int dummy)
{
	int error;

	*vpp = NULL;
	cnp->cn_flags |= ISLASTCN;
	cnp->cn_flags &= ~ISDOTDOT;
	if (cnp->cn_namelen == 2 && cnp->cn_nameptr[0] == '.' &&
	    cnp->cn_nameptr[1] == '.')
		cnp->cn_flags |= ISDOTDOT;
	error = VOP_LOOKUP(dvp, vpp, cnp);
	if (error == EJUSTRETURN) {
		if (dvp->v_mount->mnt_flag & MNT_RDONLY)
			return EROFS;
		return 0;
	}
	if (error != 0)
		return error;
	if ((cnp->cn_flags & LOCKLEAF) != 0 && *vpp != dvp) {
		error = vn_lock(*vpp, LK_EXCLUSIVE);
		if (error != 0) {
			vrele(*vpp);
			*vpp = NULL;
		}
	}
	return error;
}

/* A lookup by a file server: start at DVP, links followed unless told. */
int
lookup_for_nfsd(struct nameidata *ndp, struct vnode *dvp, int neverfollow)
{

	if (neverfollow)
		ndp->ni_cnd.cn_flags &= ~FOLLOW;
	return namei_from(ndp, ndp->ni_pathbuf->pb_path, dvp);
}

int
lookup_for_nfsd_index(struct nameidata *ndp, struct vnode *dvp)
{

	ndp->ni_cnd.cn_flags &= ~FOLLOW;
	return namei_from(ndp, ndp->ni_pathbuf->pb_path, dvp);
}

/*
 * Lookups without ado.
 */

static int
lookup_simple(struct vnode *atdir, char *path, bool follow,
    struct vnode **vpp)
{
	struct nameidata nd;
	int error;

	NDINIT(&nd, LOOKUP, follow ? FOLLOW : NOFOLLOW, NULL);
	error = namei_from(&nd, path, atdir);
	*vpp = nd.ni_vp;
	return error;
}

static bool
simple_follow(namei_simple_flags_t sflags)
{

	return sflags == NSM_FOLLOW_NOEMULROOT ||
	    sflags == NSM_FOLLOW_TRYEMULROOT;
}

int
nameiat_simple_kernel(struct vnode *atdir, const char *path,
    namei_simple_flags_t sflags, struct vnode **vpp)
{
	char *buf = PNBUF_GET();
	int error = ENAMETOOLONG;

	*vpp = NULL;
	if (strlcpy(buf, path, MAXPATHLEN) < MAXPATHLEN)
		error = lookup_simple(atdir, buf, simple_follow(sflags), vpp);
	PNBUF_PUT(buf);
	return error;
}

int
namei_simple_kernel(const char *path, namei_simple_flags_t sflags,
    struct vnode **vpp)
{

	return nameiat_simple_kernel(NULL, path, sflags, vpp);
}

int
nameiat_simple_user(struct vnode *atdir, const char *path,
    namei_simple_flags_t sflags, struct vnode **vpp)
{
	char *buf = PNBUF_GET();
	int error;

	*vpp = NULL;
	error = copyinstr(path, buf, MAXPATHLEN, NULL);
	if (error == 0)
		error = lookup_simple(atdir, buf, simple_follow(sflags), vpp);
	PNBUF_PUT(buf);
	return error;
}

int
namei_simple_user(const char *path, namei_simple_flags_t sflags,
    struct vnode **vpp)
{

	return nameiat_simple_user(NULL, path, sflags, vpp);
}

/* namei() relative to descriptor FDAT, unless the path is absolute. */
int
fd_nameiat(struct lwp *l, int fdat, struct nameidata *ndp)
{
	struct file *fp;
	int error;

	if (fdat == AT_FDCWD || ndp->ni_pathbuf->pb_path[0] == '/')
		return namei(ndp);
	error = fd_getvnode(fdat, &fp);
	if (error != 0)
		return error == EINVAL ? ENOTDIR : error;
	if (fp->f_vnode->v_type != VDIR)
		error = ENOTDIR;
	NDAT(ndp, fp->f_vnode);
	if (error == 0)
		error = namei(ndp);
	NDAT(ndp, NULL);
	fd_putfile(fdat);
	return error;
}

/*
 * The short way of stat(2) and its like: everything in the name cache, the
 * path on the stack, no reference but to the result.
 */
static int
lookup_fast(struct lwp *l, const char *path, bool follow, struct vnode **vpp)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;
	struct rump_namewalk nw;
	int error;

	rw_enter(&cwdi->cwdi_lock, RW_READER);
	nw.nw_root = cwdi->cwdi_rdir != NULL ? cwdi->cwdi_rdir : rootvnode;
	nw.nw_dir = path[0] == '/' ? nw.nw_root : cwdi->cwdi_cdir;
	nw.nw_path = path;
	nw.nw_cred = l->l_cred;
	nw.nw_follow = follow;
	nw.nw_parent = false;
	nw.nw_nocross = false;
	error = rump_namecache_walk(&nw);
	rw_exit(&cwdi->cwdi_lock);
	if (error == 0)
		*vpp = nw.nw_dir;
	else if (error == EAGAIN)
		vrele(nw.nw_dir);
	return error;
}

int
rump_lookupat_user(struct lwp *l, int fdat, const char *upath, bool follow,
    struct vnode **vpp)
{
	char path[256];
	struct nameidata nd;
	struct pathbuf *pb;
	int error;

	*vpp = NULL;
	if (fdat == AT_FDCWD &&
	    copyinstr(upath, path, sizeof(path), NULL) == 0) {
		error = lookup_fast(l, path, follow, vpp);
		if (error != EAGAIN)
			return error;
	}
	error = pathbuf_copyin(upath, &pb);
	if (error != 0)
		return error;
	NDINIT(&nd, LOOKUP, follow ? FOLLOW : NOFOLLOW, pb);
	error = fd_nameiat(l, fdat, &nd);
	pathbuf_destroy(pb);
	*vpp = nd.ni_vp;
	return error;
}
