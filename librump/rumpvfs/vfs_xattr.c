/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended attribute calls: the native ones (extattr(2)), with a namespace,
 * and those of Linux (getxattr(2) and so on), with prefixed names.
 *
 * Linux "user.x" is attribute "x" of EXTATTR_NAMESPACE_USER; every other
 * name stands in full in EXTATTR_NAMESPACE_SYSTEM.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/extattr.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/syscallargs.h>
#include <sys/vnode.h>

#include <rump-priv/namei.h>

#define XATTR_USER	"user."
#define XATTR_USERLEN	5

/* What a call works on: a path, followed or not, or a descriptor. */
struct xtarget {
	const char	*xt_path;
	int		xt_fd;
	bool		xt_isfd;
	bool		xt_follow;
};

static int
xattr_target(struct lwp *l, const struct xtarget *xt, struct vnode **vpp)
{
	struct file *fp;
	int error;

	if (!xt->xt_isfd)
		return rump_lookupat_user(l, AT_FDCWD, xt->xt_path,
		    xt->xt_follow, vpp);
	error = fd_getvnode(xt->xt_fd, &fp);
	if (error != 0)
		return error;
	*vpp = fp->f_vnode;
	vref(*vpp);
	fd_putfile(xt->xt_fd);
	return 0;
}

static struct xtarget
xt_path(const char *path, bool follow)
{
	struct xtarget xt = { .xt_path = path, .xt_follow = follow };

	return xt;
}

static struct xtarget
xt_fd(int fd)
{
	struct xtarget xt = { .xt_fd = fd, .xt_isfd = true };

	return xt;
}

/* Split a Linux name into namespace and native name (in place). */
static int
xattr_name_in(const char *uname, char *buf, const char **namep, int *nsp)
{
	int error;

	error = copyinstr(uname, buf, XATTR_NAME_MAX + 1, NULL);
	if (error != 0)
		return error == ENAMETOOLONG ? ERANGE : error;
	if (strncmp(buf, XATTR_USER, XATTR_USERLEN) == 0) {
		*nsp = EXTATTR_NAMESPACE_USER;
		*namep = buf + XATTR_USERLEN;
	} else {
		if (strchr(buf, '.') == NULL)
			return EOPNOTSUPP;
		*nsp = EXTATTR_NAMESPACE_SYSTEM;
		*namep = buf;
	}
	return **namep == '\0' ? EINVAL : 0;
}

static void
xattr_uio(struct uio *uio, struct iovec *iov, enum uio_rw rw, void *data,
    size_t len, struct lwp *l)
{

	iov->iov_base = data;
	iov->iov_len = len;
	uio->uio_iov = iov;
	uio->uio_iovcnt = 1;
	uio->uio_offset = 0;
	uio->uio_resid = len;
	uio->uio_rw = rw;
	uio->uio_vmspace = l->l_proc->p_vmspace;
}

static int
attr_set(struct lwp *l, struct xtarget xt, int ns, const char *name,
    const void *data, size_t nbytes, int flags, register_t *retval)
{
	struct vnode *vp;
	struct uio uio;
	struct iovec iov;
	size_t size;
	int error;

	if (nbytes > XATTR_SIZE_MAX)
		return E2BIG;
	error = xattr_target(l, &xt, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (vp->v_mount->mnt_flag & MNT_RDONLY)
		error = EROFS;
	if (error == 0 && flags != 0) {
		error = VOP_GETEXTATTR(vp, ns, name, NULL, &size, l->l_cred);
		if (error == 0 && (flags & XATTR_CREATE) != 0)
			error = EEXIST;
		else if (error == ENOATTR && (flags & XATTR_REPLACE) == 0)
			error = 0;
	}
	if (error == 0) {
		xattr_uio(&uio, &iov, UIO_WRITE, __UNCONST(data), nbytes, l);
		error = VOP_SETEXTATTR(vp, ns, name, &uio, l->l_cred);
	}
	vput(vp);
	if (error == 0 && retval != NULL)
		*retval = nbytes;
	return error;
}

/* DATA NULL or EMPTY_ASKS and no room: only the size is wanted. */
static int
attr_get(struct lwp *l, struct xtarget xt, int ns, const char *name,
    void *data, size_t nbytes, bool empty_asks, register_t *retval)
{
	struct vnode *vp;
	struct uio uio;
	struct iovec iov;
	size_t size;
	int error;

	error = xattr_target(l, &xt, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	if (data == NULL || (empty_asks && nbytes == 0)) {
		error = VOP_GETEXTATTR(vp, ns, name, NULL, &size, l->l_cred);
		if (error == 0)
			*retval = size;
		goto out;
	}
	if (empty_asks) {
		/* A buffer that is too small is an error there. */
		error = VOP_GETEXTATTR(vp, ns, name, NULL, &size, l->l_cred);
		if (error == 0 && size > nbytes)
			error = ERANGE;
		if (error != 0)
			goto out;
	}
	xattr_uio(&uio, &iov, UIO_READ, data, MIN(nbytes, INT_MAX), l);
	size = uio.uio_resid;
	error = VOP_GETEXTATTR(vp, ns, name, &uio, NULL, l->l_cred);
	if (error == 0)
		*retval = size - uio.uio_resid;
out:
	vput(vp);
	return error;
}

static int
attr_delete(struct lwp *l, struct xtarget xt, int ns, const char *name)
{
	struct vnode *vp;
	int error;

	error = xattr_target(l, &xt, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (vp->v_mount->mnt_flag & MNT_RDONLY)
		error = EROFS;
	else
		error = VOP_DELETEEXTATTR(vp, ns, name, l->l_cred);
	vput(vp);
	return error;
}

static int
attr_list(struct lwp *l, struct xtarget xt, int ns, void *data,
    size_t nbytes, register_t *retval)
{
	struct vnode *vp;
	struct uio uio;
	struct iovec iov;
	size_t size;
	int error;

	error = xattr_target(l, &xt, &vp);
	if (error != 0)
		return error;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	if (data == NULL) {
		error = VOP_LISTEXTATTR(vp, ns, NULL, &size,
		    EXTATTR_LIST_LENPREFIX, l->l_cred);
		if (error == 0)
			*retval = size;
	} else {
		xattr_uio(&uio, &iov, UIO_READ, data, MIN(nbytes, INT_MAX), l);
		size = uio.uio_resid;
		error = VOP_LISTEXTATTR(vp, ns, &uio, NULL,
		    EXTATTR_LIST_LENPREFIX, l->l_cred);
		if (error == 0)
			*retval = size - uio.uio_resid;
	}
	vput(vp);
	return error;
}

/*
 * Inside the kernel.
 */

static int
vn_extattr_io(struct vnode *vp, int ioflg, int ns, const char *name,
    enum uio_rw rw, void *buf, size_t *lenp, struct lwp *l)
{
	kauth_cred_t cred = l != NULL ? l->l_cred : NOCRED;
	struct uio uio;
	struct iovec iov;
	int error;

	iov.iov_base = buf;
	iov.iov_len = *lenp;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = 0;
	uio.uio_resid = *lenp;
	uio.uio_rw = rw;
	UIO_SETUP_SYSSPACE(&uio);
	if ((ioflg & IO_NODELOCKED) == 0)
		vn_lock(vp, (rw == UIO_READ ? LK_SHARED : LK_EXCLUSIVE) |
		    LK_RETRY);
	if (rw == UIO_READ)
		error = VOP_GETEXTATTR(vp, ns, name, &uio, NULL, cred);
	else
		error = VOP_SETEXTATTR(vp, ns, name, &uio, cred);
	if ((ioflg & IO_NODELOCKED) == 0)
		VOP_UNLOCK(vp);
	*lenp -= uio.uio_resid;
	return error;
}

int
vn_extattr_get(struct vnode *vp, int ioflg, int ns, const char *name,
    size_t *lenp, void *buf, struct lwp *l)
{

	return vn_extattr_io(vp, ioflg, ns, name, UIO_READ, buf, lenp, l);
}

int
vn_extattr_set(struct vnode *vp, int ioflg, int ns, const char *name,
    size_t len, const void *buf, struct lwp *l)
{

	return vn_extattr_io(vp, ioflg, ns, name, UIO_WRITE, __UNCONST(buf),
	    &len, l);
}

int
vn_extattr_rm(struct vnode *vp, int ioflg, int ns, const char *name,
    struct lwp *l)
{
	int error;

	if ((ioflg & IO_NODELOCKED) == 0)
		vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = VOP_DELETEEXTATTR(vp, ns, name,
	    l != NULL ? l->l_cred : NOCRED);
	if ((ioflg & IO_NODELOCKED) == 0)
		VOP_UNLOCK(vp);
	return error;
}

/*
 * The native calls.
 */

int
sys_extattrctl(struct lwp *l, const struct sys_extattrctl_args *uap,
    register_t *retval)
{
	char name[EXTATTR_MAXNAMELEN + 1];
	struct vnode *vp, *pathvp = NULL;
	bool named = false;
	int error;

	if (SCARG(uap, attrname) != NULL) {
		error = copyinstr(SCARG(uap, attrname), name, sizeof(name),
		    NULL);
		if (error != 0)
			return error;
		named = true;
	}
	error = namei_simple_user(SCARG(uap, path), NSM_FOLLOW_NOEMULROOT,
	    &vp);
	if (error != 0)
		return error;
	if (SCARG(uap, filename) != NULL) {
		error = namei_simple_user(SCARG(uap, filename),
		    NSM_FOLLOW_NOEMULROOT, &pathvp);
		if (error != 0) {
			vrele(vp);
			return error;
		}
		vn_lock(pathvp, LK_EXCLUSIVE | LK_RETRY);
	}
	/* The call unlocks pathvp. */
	error = VFS_EXTATTRCTL(vp->v_mount, SCARG(uap, cmd), pathvp,
	    SCARG(uap, attrnamespace), named ? name : NULL);
	if (pathvp != NULL)
		vrele(pathvp);
	vrele(vp);
	return error;
}

#define EXTATTR_CALLS(which, target)					\
int									\
sys_extattr_set_##which(struct lwp *l,					\
    const struct sys_extattr_set_##which##_args *uap,			\
    register_t *retval)							\
{									\
	char name[EXTATTR_MAXNAMELEN + 1];				\
	int error;							\
									\
	error = copyinstr(SCARG(uap, attrname), name, sizeof(name), NULL); \
	if (error != 0)							\
		return error;						\
	return attr_set(l, target, SCARG(uap, attrnamespace), name,	\
	    SCARG(uap, data), SCARG(uap, nbytes), 0, retval);		\
}									\
int									\
sys_extattr_get_##which(struct lwp *l,					\
    const struct sys_extattr_get_##which##_args *uap,			\
    register_t *retval)							\
{									\
	char name[EXTATTR_MAXNAMELEN + 1];				\
	int error;							\
									\
	error = copyinstr(SCARG(uap, attrname), name, sizeof(name), NULL); \
	if (error != 0)							\
		return error;						\
	return attr_get(l, target, SCARG(uap, attrnamespace), name,	\
	    SCARG(uap, data), SCARG(uap, nbytes), false, retval);	\
}									\
int									\
sys_extattr_delete_##which(struct lwp *l,				\
    const struct sys_extattr_delete_##which##_args *uap,		\
    register_t *retval)							\
{									\
	char name[EXTATTR_MAXNAMELEN + 1];				\
	int error;							\
									\
	error = copyinstr(SCARG(uap, attrname), name, sizeof(name), NULL); \
	if (error != 0)							\
		return error;						\
	return attr_delete(l, target, SCARG(uap, attrnamespace), name);	\
}									\
int									\
sys_extattr_list_##which(struct lwp *l,					\
    const struct sys_extattr_list_##which##_args *uap,			\
    register_t *retval)							\
{									\
									\
	return attr_list(l, target, SCARG(uap, attrnamespace),		\
	    SCARG(uap, data), SCARG(uap, nbytes), retval);		\
}

EXTATTR_CALLS(file, xt_path(SCARG(uap, path), true))
EXTATTR_CALLS(link, xt_path(SCARG(uap, path), false))
EXTATTR_CALLS(fd, xt_fd(SCARG(uap, fd)))

/*
 * The calls of Linux.
 */

static int
xattr_set(struct lwp *l, struct xtarget xt, const char *uname,
    const void *value, size_t size, int flags)
{
	char buf[XATTR_NAME_MAX + 1];
	const char *name;
	int ns, error;

	if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) != 0)
		return EINVAL;
	error = xattr_name_in(uname, buf, &name, &ns);
	if (error != 0)
		return error;
	return attr_set(l, xt, ns, name, value, size, flags, NULL);
}

static int
xattr_get(struct lwp *l, struct xtarget xt, const char *uname, void *value,
    size_t size, register_t *retval)
{
	char buf[XATTR_NAME_MAX + 1];
	const char *name;
	int ns, error;

	error = xattr_name_in(uname, buf, &name, &ns);
	if (error != 0)
		return error;
	return attr_get(l, xt, ns, name, value, size, true, retval);
}

static int
xattr_remove(struct lwp *l, struct xtarget xt, const char *uname)
{
	char buf[XATTR_NAME_MAX + 1];
	const char *name;
	int ns, error;

	error = xattr_name_in(uname, buf, &name, &ns);
	if (error != 0)
		return error;
	return attr_delete(l, xt, ns, name);
}

/*
 * The names of one namespace, turned from length-prefixed ones into strings
 * at *OUTP (room for *LEFTP bytes, none: only counted).
 */
static int
xattr_list_ns(struct vnode *vp, int ns, char **outp, size_t *leftp,
    size_t *totalp, kauth_cred_t cred)
{
	const char *prefix = ns == EXTATTR_NAMESPACE_USER ? XATTR_USER : "";
	const size_t plen = strlen(prefix);
	struct uio uio;
	struct iovec iov;
	size_t size, i, len, need;
	uint8_t *buf;
	int error;

	error = VOP_LISTEXTATTR(vp, ns, NULL, &size, EXTATTR_LIST_LENPREFIX,
	    cred);
	if (error == EPERM || error == EACCES)
		return 0;
	if (error != 0 || size == 0)
		return error;
	if (size > 1024 * 1024)
		return E2BIG;
	buf = kmem_alloc(size, KM_SLEEP);
	iov.iov_base = buf;
	iov.iov_len = size;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = 0;
	uio.uio_resid = size;
	uio.uio_rw = UIO_READ;
	UIO_SETUP_SYSSPACE(&uio);
	error = VOP_LISTEXTATTR(vp, ns, &uio, NULL, EXTATTR_LIST_LENPREFIX,
	    cred);
	for (i = 0; error == 0 && i < size - uio.uio_resid; i += 1 + len) {
		len = buf[i];
		if (i + 1 + len > size - uio.uio_resid)
			break;
		need = plen + len + 1;
		*totalp += need;
		if (*outp == NULL)
			continue;
		if (need > *leftp) {
			error = ERANGE;
			break;
		}
		error = copyout(prefix, *outp, plen);
		if (error == 0)
			error = copyout(buf + i + 1, *outp + plen, len);
		if (error == 0)
			error = copyout("", *outp + plen + len, 1);
		*outp += need;
		*leftp -= need;
	}
	kmem_free(buf, size);
	return error;
}

static int
xattr_list(struct lwp *l, struct xtarget xt, char *list, size_t size,
    register_t *retval)
{
	struct vnode *vp;
	size_t total = 0;
	int error;

	error = xattr_target(l, &xt, &vp);
	if (error != 0)
		return error;
	if (size == 0)
		list = NULL;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = xattr_list_ns(vp, EXTATTR_NAMESPACE_USER, &list, &size,
	    &total, l->l_cred);
	if (error == 0)
		error = xattr_list_ns(vp, EXTATTR_NAMESPACE_SYSTEM, &list,
		    &size, &total, l->l_cred);
	vput(vp);
	*retval = total;
	return error;
}

#define XATTR_CALLS(p, target)						\
int									\
sys_##p##setxattr(struct lwp *l,					\
    const struct sys_##p##setxattr_args *uap, register_t *retval)	\
{									\
									\
	return xattr_set(l, target, SCARG(uap, name),			\
	    SCARG(uap, value), SCARG(uap, size), SCARG(uap, flags));	\
}									\
int									\
sys_##p##getxattr(struct lwp *l,					\
    const struct sys_##p##getxattr_args *uap, register_t *retval)	\
{									\
									\
	return xattr_get(l, target, SCARG(uap, name),			\
	    SCARG(uap, value), SCARG(uap, size), retval);		\
}									\
int									\
sys_##p##listxattr(struct lwp *l,					\
    const struct sys_##p##listxattr_args *uap, register_t *retval)	\
{									\
									\
	return xattr_list(l, target, SCARG(uap, list),			\
	    SCARG(uap, size), retval);					\
}									\
int									\
sys_##p##removexattr(struct lwp *l,					\
    const struct sys_##p##removexattr_args *uap, register_t *retval)	\
{									\
									\
	return xattr_remove(l, target, SCARG(uap, name));		\
}

XATTR_CALLS(, xt_path(SCARG(uap, path), true))
XATTR_CALLS(l, xt_path(SCARG(uap, path), false))
XATTR_CALLS(f, xt_fd(SCARG(uap, fd)))
