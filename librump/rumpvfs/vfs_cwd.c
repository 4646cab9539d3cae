/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where processes are: current and root directories, and the way back from a
 * directory to its path.
 *
 * Locking: cwdi_lock; the directories are referenced.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/dirent.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <rump-priv/kern.h>
#include <rump-priv/namei.h>
#include <rump-priv/vnode.h>

#define GETCWD_CHECK_ACCESS	0x0001
#define GETCWD_DIRBUF		4096

struct cwdinfo cwdi0 = {
	.cwdi_cmask = S_IWGRP | S_IWOTH,
	.cwdi_refcnt = 1,
};

/*
 * The directories of processes.
 */

/* A copy of the current process's. */
struct cwdinfo *
cwdinit(void)
{
	struct cwdinfo *cwdi, *old = curproc->p_cwdi;

	cwdi = kmem_zalloc(sizeof(*cwdi), KM_SLEEP);
	rw_init(&cwdi->cwdi_lock);
	cwdi->cwdi_refcnt = 1;
	if (old == NULL)
		old = &cwdi0;
	rw_enter(&old->cwdi_lock, RW_READER);
	cwdi->cwdi_cdir = old->cwdi_cdir;
	if (cwdi->cwdi_cdir != NULL)
		vref(cwdi->cwdi_cdir);
	cwdi->cwdi_rdir = old->cwdi_rdir;
	if (cwdi->cwdi_rdir != NULL)
		vref(cwdi->cwdi_rdir);
	cwdi->cwdi_cmask = old->cwdi_cmask;
	rw_exit(&old->cwdi_lock);
	return cwdi;
}

void
cwdshare(struct proc *p2)
{
	struct cwdinfo *cwdi = curproc->p_cwdi;

	atomic_inc_uint(&cwdi->cwdi_refcnt);
	p2->p_cwdi = cwdi;
}

void
cwdunshare(struct proc *p)
{
	struct cwdinfo *cwdi = p->p_cwdi;

	if (cwdi->cwdi_refcnt != 1) {
		p->p_cwdi = cwdinit();
		cwdfree(cwdi);
	}
}

void
cwdfree(struct cwdinfo *cwdi)
{

	if (atomic_dec_uint_nv(&cwdi->cwdi_refcnt) > 0)
		return;
	if (cwdi->cwdi_cdir != NULL)
		vrele(cwdi->cwdi_cdir);
	if (cwdi->cwdi_rdir != NULL)
		vrele(cwdi->cwdi_rdir);
	rw_destroy(&cwdi->cwdi_lock);
	kmem_free(cwdi, sizeof(*cwdi));
}

/* Hooks of rumpkern: a process is made, or ends. */
static void
proc_vfs_init(struct proc *p)
{

	p->p_cwdi = cwdinit();
}

static void
proc_vfs_release(struct proc *p)
{
	struct cwdinfo *cwdi = p->p_cwdi;

	p->p_cwdi = NULL;
	if (cwdi != NULL)
		cwdfree(cwdi);
}

/* The root is mounted: processes that exist are there. */
void
rump_cwd_setroot(struct vnode *root)
{
	struct proc *p;

	vref(root);
	cwdi0.cwdi_cdir = root;
	mutex_enter(proc_lock);
	PROCLIST_FOREACH(p, &allproc) {
		if (p->p_cwdi == NULL)
			p->p_cwdi = p == &proc0 ? &cwdi0 : cwdinit();
	}
	mutex_exit(proc_lock);
}

void
rump_cwd_init(void)
{

	rw_init(&cwdi0.cwdi_lock);
	rump_proc_vfs_init = proc_vfs_init;
	rump_proc_vfs_release = proc_vfs_release;
}

/*
 * chdir, chroot.
 */

/* May the lwp go to VP (referenced)?  EACCES, ENOTDIR. */
static int
chdir_check(struct lwp *l, struct vnode *vp)
{
	int error;

	vn_lock(vp, LK_SHARED | LK_RETRY);
	if (vp->v_type != VDIR)
		error = ENOTDIR;
	else
		error = VOP_ACCESS(vp, VEXEC, l->l_cred);
	VOP_UNLOCK(vp);
	return error;
}

/* A directory by descriptor, with a reference of its own. */
static int
chdir_fd(struct lwp *l, int fd, struct vnode **vpp)
{
	struct file *fp;
	struct vnode *vp;
	int error;

	error = fd_getvnode(fd, &fp);
	if (error != 0)
		return error;
	vp = fp->f_vnode;
	vref(vp);
	fd_putfile(fd);
	error = chdir_check(l, vp);
	if (error == 0)
		error = rump_vnode_cross(vp, vpp);
	vrele(vp);
	return error;
}

/* Make VP, whose reference is consumed, the current directory. */
static void
chdir_to(struct lwp *l, struct vnode *vp)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;
	struct vnode *old;

	rw_enter(&cwdi->cwdi_lock, RW_WRITER);
	old = cwdi->cwdi_cdir;
	cwdi->cwdi_cdir = vp;
	rw_exit(&cwdi->cwdi_lock);
	vrele(old);
}

int
sys_chdir(struct lwp *l, const struct sys_chdir_args *uap, register_t *retval)
{
	struct vnode *vp;
	int error;

	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, path), true, &vp);
	if (error != 0)
		return error;
	error = chdir_check(l, vp);
	if (error != 0)
		vrele(vp);
	else
		chdir_to(l, vp);
	return error;
}

int
sys_fchdir(struct lwp *l, const struct sys_fchdir_args *uap,
    register_t *retval)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;
	struct vnode *vp;
	int error;

	error = chdir_fd(l, SCARG(uap, fd), &vp);
	if (error != 0)
		return error;
	/* A descriptor from outside must not lead out of the root. */
	if (cwdi->cwdi_rdir != NULL && !vn_isunder(vp, cwdi->cwdi_rdir, l)) {
		vrele(vp);
		return EPERM;
	}
	chdir_to(l, vp);
	return 0;
}

/* Make VP the root; its reference is consumed. */
static void
chroot_to(struct lwp *l, struct vnode *vp)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;
	struct vnode *oldroot, *oldcwd = NULL;

	rw_enter(&cwdi->cwdi_lock, RW_WRITER);
	oldroot = cwdi->cwdi_rdir;
	cwdi->cwdi_rdir = vp;
	rw_exit(&cwdi->cwdi_lock);
	/* Who is outside the new root is moved into it. */
	if (!vn_isunder(cwdi->cwdi_cdir, vp, l)) {
		vref(vp);
		rw_enter(&cwdi->cwdi_lock, RW_WRITER);
		oldcwd = cwdi->cwdi_cdir;
		cwdi->cwdi_cdir = vp;
		rw_exit(&cwdi->cwdi_lock);
	}
	kauth_proc_chroot(l->l_cred, cwdi);
	if (oldroot != NULL)
		vrele(oldroot);
	if (oldcwd != NULL)
		vrele(oldcwd);
}

int
sys_chroot(struct lwp *l, const struct sys_chroot_args *uap,
    register_t *retval)
{
	struct vnode *vp;
	int error;

	error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_CHROOT,
	    KAUTH_REQ_SYSTEM_CHROOT_CHROOT, NULL, NULL, NULL);
	if (error != 0)
		return error;
	error = rump_lookupat_user(l, AT_FDCWD, SCARG(uap, path), true, &vp);
	if (error != 0)
		return error;
	error = chdir_check(l, vp);
	if (error != 0)
		vrele(vp);
	else
		chroot_to(l, vp);
	return error;
}

int
sys_fchroot(struct lwp *l, const struct sys_fchroot_args *uap,
    register_t *retval)
{
	struct vnode *vp;
	int error;

	error = kauth_authorize_system(l->l_cred, KAUTH_SYSTEM_CHROOT,
	    KAUTH_REQ_SYSTEM_CHROOT_FCHROOT, NULL, NULL, NULL);
	if (error != 0)
		return error;
	error = chdir_fd(l, SCARG(uap, fd), &vp);
	if (error != 0)
		return error;
	chroot_to(l, vp);
	return 0;
}

/*
 * From a directory back to its name.
 */

/* Put [NAME, NAME+LEN) before *BPP, not below BUFP. */
static int
cwd_prepend(char **bpp, char *bufp, const char *name, size_t len)
{

	if (bufp == NULL)
		return 0;
	if ((size_t)(*bpp - bufp) < len)
		return ERANGE;
	*bpp -= len;
	memcpy(*bpp, name, len);
	return 0;
}

/* Look for the entry with file number FILENO in one block of entries. */
static int
cwd_scanblock(const char *buf, size_t len, ino_t fileno, char **bpp,
    char *bufp)
{
	const struct dirent *dp;
	size_t off, left;

	for (off = 0; off < len; off += dp->d_reclen) {
		left = len - off;
		dp = (const struct dirent *)(buf + off);
		/* The file system may be showing us anything. */
		if (left < _DIRENT_NAMEOFF(dp) + 1 ||
		    dp->d_reclen < _DIRENT_NAMEOFF(dp) + 1 ||
		    (dp->d_reclen & _DIRENT_ALIGN(dp)) != 0 ||
		    dp->d_reclen > left ||
		    _DIRENT_NAMEOFF(dp) + dp->d_namlen > dp->d_reclen)
			return EINVAL;
		if (dp->d_type != DT_WHT && dp->d_fileno == fileno)
			return cwd_prepend(bpp, bufp, dp->d_name,
			    dp->d_namlen);
	}
	return ENOENT;
}

/* The name of file number FILENO in the directory UVP, locked. */
static int
cwd_scandir(struct vnode *uvp, ino_t fileno, char **bpp, char *bufp,
    kauth_cred_t cred)
{
	struct uio uio;
	struct iovec iov;
	char *dirbuf;
	int error, eof = 0;
	off_t off = 0;

	dirbuf = kmem_alloc(GETCWD_DIRBUF, KM_SLEEP);
	do {
		iov.iov_base = dirbuf;
		iov.iov_len = GETCWD_DIRBUF;
		uio.uio_iov = &iov;
		uio.uio_iovcnt = 1;
		uio.uio_offset = off;
		uio.uio_resid = GETCWD_DIRBUF;
		uio.uio_rw = UIO_READ;
		UIO_SETUP_SYSSPACE(&uio);
		error = VOP_READDIR(uvp, &uio, cred, &eof, NULL, NULL);
		if (error != 0)
			break;
		if (uio.uio_resid == GETCWD_DIRBUF || uio.uio_offset == off) {
			error = ENOENT;
			break;
		}
		off = uio.uio_offset;
		error = cwd_scanblock(dirbuf, GETCWD_DIRBUF - uio.uio_resid,
		    fileno, bpp, bufp);
	} while (error == ENOENT && !eof);
	kmem_free(dirbuf, GETCWD_DIRBUF);
	return error;
}

/*
 * From LVP, whose reference is consumed, one step up the slow way: ask the
 * file system for .. and look for the number there.
 */
static int
cwd_up(struct vnode *lvp, struct vnode **uvpp, char **bpp, char *bufp,
    struct lwp *l)
{
	struct componentname cn;
	struct vattr va;
	struct vnode *uvp;
	int error;

	*uvpp = NULL;
	memset(&cn, 0, sizeof(cn));
	cn.cn_nameiop = LOOKUP;
	cn.cn_flags = ISLASTCN | ISDOTDOT | RDONLY;
	cn.cn_cred = l->l_cred;
	cn.cn_nameptr = "..";
	cn.cn_namelen = 2;
	vn_lock(lvp, LK_EXCLUSIVE | LK_RETRY);
	error = lvp->v_type != VDIR ? ENOTDIR :
	    VOP_GETATTR(lvp, &va, l->l_cred);
	if (error == 0)
		error = VOP_LOOKUP(lvp, &uvp, &cn);
	VOP_UNLOCK(lvp);
	vrele(lvp);
	if (error != 0)
		return error;
	if (bufp != NULL) {
		vn_lock(uvp, LK_SHARED | LK_RETRY);
		error = uvp->v_type != VDIR ? ENOTDIR :
		    cwd_scandir(uvp, va.va_fileid, bpp, bufp, l->l_cred);
		VOP_UNLOCK(uvp);
	}
	if (error != 0) {
		vrele(uvp);
		return error;
	}
	*uvpp = uvp;
	return 0;
}

/*
 * The path of LVP from RVP (NULL: the real root), put before *BPP and not
 * below BUFP; with BUFP NULL only whether there is one.  At most LIMIT steps.
 */
int
getcwd_common(struct vnode *lvp, struct vnode *rvp, char **bpp, char *bufp,
    int limit, int flags, struct lwp *l)
{
	struct vnode *uvp, *covered;
	int error = 0;

	if (rvp == NULL)
		rvp = rootvnode;
	vref(rvp);
	vref(lvp);
	while (lvp != rvp) {
		if (limit-- <= 0) {
			error = ELOOP;
			break;
		}
		if (flags & GETCWD_CHECK_ACCESS) {
			error = chdir_check(l, lvp);
			if (error != 0)
				break;
		}
		if (lvp->v_vflag & VV_ROOT) {
			covered = lvp->v_mount->mnt_vnodecovered;
			if (lvp == rootvnode || covered == NULL) {
				error = ENOENT;	/* outside of RVP */
				break;
			}
			vref(covered);
			vrele(lvp);
			lvp = covered;
			continue;
		}
		error = cache_revlookup(lvp, &uvp, bpp, bufp);
		if (error > 0)
			break;
		if (error == 0)
			vrele(lvp);
		else
			error = cwd_up(lvp, &uvp, bpp, bufp, l);
		lvp = uvp;
		if (error == 0)
			error = cwd_prepend(bpp, bufp, "/", 1);
		if (error != 0)
			break;
	}
	if (error == 0 && bufp != NULL && **bpp != '/')
		error = cwd_prepend(bpp, bufp, "/", 1);
	if (lvp != NULL)
		vrele(lvp);
	vrele(rvp);
	return error;
}

/* Is LVP the directory RVP or below it? */
int
vn_isunder(struct vnode *lvp, struct vnode *rvp, struct lwp *l)
{

	return getcwd_common(lvp, rvp, NULL, NULL, MAXPATHLEN / 2, 0, l) == 0;
}

/* The path of VP for the process P's eyes, in PATH. */
int
vnode_to_path(char *path, size_t len, struct vnode *vp, struct lwp *curl,
    struct proc *p)
{
	struct cwdinfo *cwdi = p->p_cwdi;
	char *bp = path + len;
	int error;

	*--bp = '\0';
	rw_enter(&cwdi->cwdi_lock, RW_READER);
	error = getcwd_common(vp, cwdi->cwdi_rdir, &bp, path, len / 2, 0,
	    curl);
	rw_exit(&cwdi->cwdi_lock);
	if (error == 0)
		memmove(path, bp, path + len - bp);
	return error;
}

int
sys___getcwd(struct lwp *l, const struct sys___getcwd_args *uap,
    register_t *retval)
{
	struct cwdinfo *cwdi = l->l_proc->p_cwdi;
	struct vnode *cdir, *rdir;
	char *path, *bp, *bend;
	size_t len = SCARG(uap, length), used;
	int error;

	if (len > MAXPATHLEN * 4)
		len = MAXPATHLEN * 4;
	if (len < 2)
		return ERANGE;
	path = kmem_alloc(len, KM_SLEEP);
	bp = bend = path + len;
	*--bp = '\0';
	rw_enter(&cwdi->cwdi_lock, RW_READER);
	cdir = cwdi->cwdi_cdir;
	vref(cdir);
	rdir = cwdi->cwdi_rdir;
	if (rdir != NULL)
		vref(rdir);
	rw_exit(&cwdi->cwdi_lock);
	error = getcwd_common(cdir, rdir, &bp, path, len / 2,
	    GETCWD_CHECK_ACCESS, l);
	vrele(cdir);
	if (rdir != NULL)
		vrele(rdir);
	if (error == 0) {
		used = bend - bp;
		*retval = used;
		error = copyout(bp, SCARG(uap, bufp), used);
	}
	kmem_free(path, len);
	return error;
}
