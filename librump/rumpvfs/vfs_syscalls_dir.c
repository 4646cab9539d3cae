/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that change the name space: links, symlinks, directories,
 * nodes, removal, renaming.
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
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/vfs_syscalls.h>
#include <sys/vnode.h>

#include <rump-priv/namei.h>
#include <rump-priv/vnode.h>

/*
 * Making names.
 */

/*
 * Look up a name that must not exist.  On success its directory is locked in
 * ni_dvp.
 */
static int
create_lookup(struct lwp *l, int fdat, struct nameidata *ndp, uint32_t flags,
    struct pathbuf *pb)
{
	struct vnode *dvp;
	int error;

	NDINIT(ndp, CREATE, LOCKPARENT | flags, pb);
	error = fd_nameiat(l, fdat, ndp);
	if (error == EISDIR)
		error = EEXIST;		/* the root */
	if (error != 0)
		return error;
	if (ndp->ni_vp == NULL)
		return 0;
	dvp = ndp->ni_dvp;
	VOP_ABORTOP(dvp, &ndp->ni_cnd);
	if (dvp != NULL)
		vput(dvp);
	vrele(ndp->ni_vp);
	return EEXIST;
}

/* A new vnode, NULL on failure, and the end of a creation. */
static void
create_done(struct nameidata *ndp, struct vnode *vp)
{

	if (vp != NULL)
		vrele(vp);
	vput(ndp->ni_dvp);
}

static mode_t
create_mode(struct lwp *l, mode_t mode)
{

	return (mode & ALLPERMS) & ~l->l_proc->p_cwdi->cwdi_cmask;
}

int
do_sys_mkdirat(struct lwp *l, int fdat, const char *path, mode_t mode,
    enum uio_seg seg)
{
	struct nameidata nd;
	struct pathbuf *pb;
	struct vattr va;
	int error;

	error = pathbuf_maybe_copyin(path, seg, &pb);
	if (error != 0)
		return error;
	error = create_lookup(l, fdat, &nd, CREATEDIR, pb);
	if (error == 0) {
		vattr_null(&va);
		va.va_type = VDIR;
		va.va_mode = create_mode(l, mode) & (ACCESSPERMS | S_ISVTX);
		nd.ni_vp = NULL;
		error = VOP_MKDIR(nd.ni_dvp, &nd.ni_vp, &nd.ni_cnd, &va);
		create_done(&nd, error == 0 ? nd.ni_vp : NULL);
	}
	pathbuf_destroy(pb);
	return error;
}

int
do_sys_mkdir(const char *path, mode_t mode, enum uio_seg seg)
{

	return do_sys_mkdirat(curlwp, AT_FDCWD, path, mode, seg);
}

int
sys_mkdir(struct lwp *l, const struct sys_mkdir_args *uap, register_t *retval)
{

	return do_sys_mkdirat(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, mode),
	    UIO_USERSPACE);
}

int
sys_mkdirat(struct lwp *l, const struct sys_mkdirat_args *uap,
    register_t *retval)
{

	return do_sys_mkdirat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, mode), UIO_USERSPACE);
}

/* Who may make a node of this type, and what it is. */
static int
mknod_vattr(struct lwp *l, mode_t mode, dev_t dev, struct vattr *vap)
{

	vattr_null(vap);
	vap->va_mode = create_mode(l, mode);
	switch (mode & S_IFMT) {
	case S_IFCHR:
		vap->va_type = VCHR;
		break;
	case S_IFBLK:
		vap->va_type = VBLK;
		break;
	case S_IFIFO:
		vap->va_type = VFIFO;
		return 0;
	case S_IFREG:
		vap->va_type = VREG;
		return 0;
	default:
		return EINVAL;
	}
	vap->va_rdev = dev;
	return kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_MKNOD, 0, NULL,
	    NULL, NULL);
}

int
do_sys_mknodat(struct lwp *l, int fdat, const char *path, mode_t mode,
    dev_t dev, register_t *retval, enum uio_seg seg)
{
	struct nameidata nd;
	struct pathbuf *pb;
	struct vattr va;
	int error;

	error = mknod_vattr(l, mode, dev, &va);
	if (error != 0)
		return error;
	error = pathbuf_maybe_copyin(path, seg, &pb);
	if (error != 0)
		return error;
	error = create_lookup(l, fdat, &nd, 0, pb);
	if (error == 0) {
		nd.ni_vp = NULL;
		if (va.va_type == VREG)
			error = VOP_CREATE(nd.ni_dvp, &nd.ni_vp, &nd.ni_cnd,
			    &va);
		else
			error = VOP_MKNOD(nd.ni_dvp, &nd.ni_vp, &nd.ni_cnd,
			    &va);
		create_done(&nd, error == 0 ? nd.ni_vp : NULL);
	}
	pathbuf_destroy(pb);
	return error;
}

int
do_sys_mknod(struct lwp *l, const char *path, mode_t mode, dev_t dev,
    register_t *retval, enum uio_seg seg)
{

	return do_sys_mknodat(l, AT_FDCWD, path, mode, dev, retval, seg);
}

int
sys___mknod50(struct lwp *l, const struct sys___mknod50_args *uap,
    register_t *retval)
{

	return do_sys_mknodat(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, mode),
	    SCARG(uap, dev), retval, UIO_USERSPACE);
}

int
sys_mknodat(struct lwp *l, const struct sys_mknodat_args *uap,
    register_t *retval)
{

	return do_sys_mknodat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, mode), SCARG(uap, dev), retval, UIO_USERSPACE);
}

int
sys_mkfifo(struct lwp *l, const struct sys_mkfifo_args *uap,
    register_t *retval)
{

	return do_sys_mknodat(l, AT_FDCWD, SCARG(uap, path),
	    (SCARG(uap, mode) & ALLPERMS) | S_IFIFO, 0, retval,
	    UIO_USERSPACE);
}

int
sys_mkfifoat(struct lwp *l, const struct sys_mkfifoat_args *uap,
    register_t *retval)
{

	return do_sys_mknodat(l, SCARG(uap, fd), SCARG(uap, path),
	    (SCARG(uap, mode) & ALLPERMS) | S_IFIFO, 0, retval,
	    UIO_USERSPACE);
}

int
do_sys_symlinkat(struct lwp *l, const char *target, int fdat,
    const char *link, enum uio_seg seg)
{
	struct nameidata nd;
	struct pathbuf *linkpb;
	struct vattr va;
	char *buf = PNBUF_GET();
	int error;

	if (seg == UIO_USERSPACE)
		error = copyinstr(target, buf, MAXPATHLEN, NULL);
	else
		error = copystr(target, buf, MAXPATHLEN, NULL);
	if (error == 0 && buf[0] == '\0')
		error = ENOENT;
	if (error != 0)
		goto out;
	error = pathbuf_maybe_copyin(link, seg, &linkpb);
	if (error != 0)
		goto out;
	error = create_lookup(l, fdat, &nd, 0, linkpb);
	if (error == 0) {
		vattr_null(&va);
		va.va_type = VLNK;
		va.va_mode = create_mode(l, ACCESSPERMS);
		nd.ni_vp = NULL;
		error = VOP_SYMLINK(nd.ni_dvp, &nd.ni_vp, &nd.ni_cnd, &va,
		    buf);
		create_done(&nd, error == 0 ? nd.ni_vp : NULL);
	}
	pathbuf_destroy(linkpb);
out:
	PNBUF_PUT(buf);
	return error;
}

int
do_sys_symlink(const char *target, const char *link, enum uio_seg seg)
{

	return do_sys_symlinkat(curlwp, target, AT_FDCWD, link, seg);
}

int
sys_symlink(struct lwp *l, const struct sys_symlink_args *uap,
    register_t *retval)
{

	return do_sys_symlinkat(l, SCARG(uap, path), AT_FDCWD,
	    SCARG(uap, link), UIO_USERSPACE);
}

int
sys_symlinkat(struct lwp *l, const struct sys_symlinkat_args *uap,
    register_t *retval)
{

	return do_sys_symlinkat(l, SCARG(uap, path1), SCARG(uap, fd),
	    SCARG(uap, path2), UIO_USERSPACE);
}

static int
readlink_common(struct lwp *l, int fdat, const char *path, char *buf,
    size_t size, register_t *retval)
{
	struct vnode *vp;
	struct iovec aiov;
	struct uio auio;
	int error;

	error = rump_lookupat_user(l, fdat, path, false, &vp);
	if (error != 0)
		return error;
	size = MIN(size, INT_MAX);
	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = EINVAL;
	if (vp->v_type == VLNK) {
		error = 0;
		if (vp->v_mount->mnt_flag & MNT_SYMPERM)
			error = VOP_ACCESS(vp, VREAD, l->l_cred);
	}
	if (error == 0) {
		aiov.iov_base = buf;
		aiov.iov_len = size;
		auio.uio_iov = &aiov;
		auio.uio_iovcnt = 1;
		auio.uio_offset = 0;
		auio.uio_rw = UIO_READ;
		auio.uio_vmspace = l->l_proc->p_vmspace;
		auio.uio_resid = size;
		error = VOP_READLINK(vp, &auio, l->l_cred);
		*retval = size - auio.uio_resid;
	}
	vput(vp);
	return error;
}

int
sys_readlink(struct lwp *l, const struct sys_readlink_args *uap,
    register_t *retval)
{

	return readlink_common(l, AT_FDCWD, SCARG(uap, path), SCARG(uap, buf),
	    SCARG(uap, count), retval);
}

int
sys_readlinkat(struct lwp *l, const struct sys_readlinkat_args *uap,
    register_t *retval)
{

	return readlink_common(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, buf), SCARG(uap, bufsize), retval);
}

/*
 * Hard links.
 */

static int
link_vnode(struct lwp *l, struct vnode *vp, int fdlink, const char *link)
{
	struct nameidata nd;
	struct pathbuf *pb;
	int error;

	error = pathbuf_copyin(link, &pb);
	if (error != 0)
		return error;
	error = create_lookup(l, fdlink, &nd, 0, pb);
	if (error == 0) {
		if (nd.ni_dvp->v_mount != vp->v_mount) {
			VOP_ABORTOP(nd.ni_dvp, &nd.ni_cnd);
			error = EXDEV;
		} else {
			error = VOP_LINK(nd.ni_dvp, vp, &nd.ni_cnd);
		}
		vput(nd.ni_dvp);
	}
	pathbuf_destroy(pb);
	return error;
}

int
do_sys_linkat(struct lwp *l, int fdpath, const char *path, int fdlink,
    const char *link, int follow, register_t *retval)
{
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, fdpath, path, (follow & FOLLOW) != 0,
	    &vp);
	if (error != 0)
		return error;
	if (vp->v_type == VDIR)
		error = EPERM;
	else
		error = link_vnode(l, vp, fdlink, link);
	vrele(vp);
	return error;
}

int
sys_link(struct lwp *l, const struct sys_link_args *uap, register_t *retval)
{

	return do_sys_linkat(l, AT_FDCWD, SCARG(uap, path), AT_FDCWD,
	    SCARG(uap, link), FOLLOW, retval);
}

int
sys_linkat(struct lwp *l, const struct sys_linkat_args *uap,
    register_t *retval)
{

	if ((SCARG(uap, flags) & ~AT_SYMLINK_FOLLOW) != 0)
		return EINVAL;
	return do_sys_linkat(l, SCARG(uap, fd1), SCARG(uap, name1),
	    SCARG(uap, fd2), SCARG(uap, name2),
	    (SCARG(uap, flags) & AT_SYMLINK_FOLLOW) ? FOLLOW : NOFOLLOW,
	    retval);
}

/*
 * Removal.
 */

int
do_sys_unlinkat(struct lwp *l, int fdat, const char *path, int flags,
    enum uio_seg seg)
{
	const bool isdir = (flags & AT_REMOVEDIR) != 0;
	struct nameidata nd;
	struct pathbuf *pb;
	struct vnode *vp, *dvp;
	int error;

	if ((flags & ~AT_REMOVEDIR) != 0)
		return EINVAL;
	error = pathbuf_maybe_copyin(path, seg, &pb);
	if (error != 0)
		return error;
	NDINIT(&nd, DELETE, LOCKPARENT | LOCKLEAF | NOFOLLOW, pb);
	error = fd_nameiat(l, fdat, &nd);
	if (error == EISDIR)
		error = EBUSY;		/* the root */
	else if (error == EINVAL && !isdir)
		error = EISDIR;		/* a path that ends in a dot */
	if (error != 0)
		goto out;
	vp = nd.ni_vp;
	dvp = nd.ni_dvp;
	if (vp == dvp) {
		/* A directory that contains itself, on a damaged image. */
		VOP_ABORTOP(dvp, &nd.ni_cnd);
		vrele(vp);
		vput(dvp);
		error = EINVAL;
		goto out;
	}
	/* The root of a mounted file system cannot be deleted. */
	if (vp->v_vflag & VV_ROOT)
		error = EBUSY;
	else if (isdir && vp->v_type != VDIR)
		error = ENOTDIR;
	else if (!isdir && vp->v_type == VDIR)
		error = EPERM;
	if (error != 0) {
		VOP_ABORTOP(dvp, &nd.ni_cnd);
		vput(vp);
		vput(dvp);
	} else if (isdir) {
		error = VOP_RMDIR(dvp, vp, &nd.ni_cnd);
	} else {
		error = VOP_REMOVE(dvp, vp, &nd.ni_cnd);
	}
out:
	pathbuf_destroy(pb);
	return error;
}

int
do_sys_unlink(const char *path, enum uio_seg seg)
{

	return do_sys_unlinkat(curlwp, AT_FDCWD, path, 0, seg);
}

int
sys_unlink(struct lwp *l, const struct sys_unlink_args *uap,
    register_t *retval)
{

	return do_sys_unlinkat(l, AT_FDCWD, SCARG(uap, path), 0,
	    UIO_USERSPACE);
}

int
sys_rmdir(struct lwp *l, const struct sys_rmdir_args *uap, register_t *retval)
{

	return do_sys_unlinkat(l, AT_FDCWD, SCARG(uap, path), AT_REMOVEDIR,
	    UIO_USERSPACE);
}

int
sys_unlinkat(struct lwp *l, const struct sys_unlinkat_args *uap,
    register_t *retval)
{

	return do_sys_unlinkat(l, SCARG(uap, fd), SCARG(uap, path),
	    SCARG(uap, flag), UIO_USERSPACE);
}

/*
 * Renaming.
 */

/* The source: *NDP has its directory and itself, unlocked. */
static int
rename_source(struct lwp *l, int fdat, struct nameidata *ndp,
    struct pathbuf *pb)
{
	int error;

	NDINIT(ndp, DELETE, LOCKPARENT | NOFOLLOW, pb);
	error = fd_nameiat(l, fdat, ndp);
	if (error == EISDIR)
		error = EBUSY;		/* the root */
	else if (error == ENOTEMPTY)
		error = EINVAL;		/* it ends in .. */
	if (error != 0)
		return error;
	VOP_UNLOCK(ndp->ni_dvp);
	if (ndp->ni_vp->v_vflag & VV_ROOT)
		error = EBUSY;
	if (error != 0) {
		VOP_ABORTOP(ndp->ni_dvp, &ndp->ni_cnd);
		vrele(ndp->ni_dvp);
		vrele(ndp->ni_vp);
	}
	return error;
}

/* The target, given the source: ni_dvp and, if there, ni_vp are locked. */
static int
rename_target(struct lwp *l, int fdat, struct nameidata *ndp,
    struct pathbuf *pb, struct vnode *fvp)
{
	int error;

	NDINIT(ndp, RENAME, LOCKPARENT | LOCKLEAF | NOFOLLOW | NOCACHE |
	    (fvp->v_type == VDIR ? CREATEDIR : 0), pb);
	error = fd_nameiat(l, fdat, ndp);
	return error == EISDIR ? EBUSY : error;
}

/*
 * What can be told without the file system.  *NOOPP: nothing is to be done,
 * both names are the same file.
 */
static int
rename_check(struct nameidata *fnd, struct nameidata *tnd, int retain,
    bool *noopp)
{
	struct vnode *fvp = fnd->ni_vp, *tvp = tnd->ni_vp;
	const struct componentname *fcnp = &fnd->ni_cnd;
	const struct componentname *tcnp = &tnd->ni_cnd;

	*noopp = false;
	if (fvp->v_mount != tnd->ni_dvp->v_mount)
		return EXDEV;
	if (tvp != NULL) {
		if (tvp->v_vflag & VV_ROOT)
			return EBUSY;
		if (tvp->v_mount != fvp->v_mount)
			return EXDEV;
		if (fvp->v_type == VDIR && tvp->v_type != VDIR)
			return ENOTDIR;
		if (fvp->v_type != VDIR && tvp->v_type == VDIR)
			return EISDIR;
	}
	/* A directory into itself. */
	if (fvp == tnd->ni_dvp)
		return EINVAL;
	if (fvp == tvp) {
		/* POSIX wants nothing done; else one of two names goes. */
		if (retain || (fnd->ni_dvp == tnd->ni_dvp &&
		    fcnp->cn_namelen == tcnp->cn_namelen &&
		    memcmp(fcnp->cn_nameptr, tcnp->cn_nameptr,
		    fcnp->cn_namelen) == 0))
			*noopp = true;
	}
	return 0;
}

/* Give up: everything that the two lookups hold. */
static void
rename_abort(struct nameidata *fnd, struct nameidata *tnd)
{

	VOP_ABORTOP(tnd->ni_dvp, &tnd->ni_cnd);
	if (tnd->ni_vp != NULL && tnd->ni_vp != tnd->ni_dvp)
		VOP_UNLOCK(tnd->ni_vp);
	vput(tnd->ni_dvp);
	if (tnd->ni_vp != NULL)
		vrele(tnd->ni_vp);
	VOP_ABORTOP(fnd->ni_dvp, &fnd->ni_cnd);
	vrele(fnd->ni_dvp);
	vrele(fnd->ni_vp);
}

static int
rename_paths(struct lwp *l, int fromfd, struct pathbuf *fpb, int tofd,
    struct pathbuf *tpb, int retain)
{
	struct nameidata fnd, tnd;
	struct mount *mp;
	bool noop;
	int error;

	error = rename_source(l, fromfd, &fnd, fpb);
	if (error != 0)
		return error;
	mp = fnd.ni_dvp->v_mount;
	vfs_reference(mp);
	error = VFS_RENAMELOCK_ENTER(mp);
	if (error == 0) {
		error = rename_target(l, tofd, &tnd, tpb, fnd.ni_vp);
		if (error != 0)
			VFS_RENAMELOCK_EXIT(mp);
	}
	if (error != 0) {
		VOP_ABORTOP(fnd.ni_dvp, &fnd.ni_cnd);
		vrele(fnd.ni_dvp);
		vrele(fnd.ni_vp);
		vfs_destroy(mp);
		return error;
	}
	error = rename_check(&fnd, &tnd, retain, &noop);
	if (error != 0 || noop)
		rename_abort(&fnd, &tnd);
	else
		error = VOP_RENAME(fnd.ni_dvp, fnd.ni_vp, &fnd.ni_cnd,
		    tnd.ni_dvp, tnd.ni_vp, &tnd.ni_cnd);
	VFS_RENAMELOCK_EXIT(mp);
	vfs_destroy(mp);
	return error;
}

/* RETAIN: rename() of two links to one file keeps both, as POSIX says. */
static int
do_sys_renameat(struct lwp *l, int fromfd, const char *from, int tofd,
    const char *to, enum uio_seg seg, int retain)
{
	struct pathbuf *fpb, *tpb;
	int error;

	error = pathbuf_maybe_copyin(from, seg, &fpb);
	if (error != 0)
		return error;
	error = pathbuf_maybe_copyin(to, seg, &tpb);
	if (error == 0) {
		error = rename_paths(l, fromfd, fpb, tofd, tpb, retain);
		pathbuf_destroy(tpb);
	}
	pathbuf_destroy(fpb);
	return error;
}

int
do_sys_rename(const char *from, const char *to, enum uio_seg seg, int retain)
{

	return do_sys_renameat(curlwp, AT_FDCWD, from, AT_FDCWD, to, seg,
	    retain);
}

int
sys_rename(struct lwp *l, const struct sys_rename_args *uap,
    register_t *retval)
{

	return do_sys_renameat(l, AT_FDCWD, SCARG(uap, from), AT_FDCWD,
	    SCARG(uap, to), UIO_USERSPACE, 0);
}

int
sys___posix_rename(struct lwp *l, const struct sys___posix_rename_args *uap,
    register_t *retval)
{

	return do_sys_renameat(l, AT_FDCWD, SCARG(uap, from), AT_FDCWD,
	    SCARG(uap, to), UIO_USERSPACE, 1);
}

int
sys_renameat(struct lwp *l, const struct sys_renameat_args *uap,
    register_t *retval)
{

	return do_sys_renameat(l, SCARG(uap, fromfd), SCARG(uap, from),
	    SCARG(uap, tofd), SCARG(uap, to), UIO_USERSPACE, 0);
}
