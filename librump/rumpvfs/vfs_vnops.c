/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work on vnodes: locking, opening, reading and writing, attributes; and the
 * file operations of descriptors that are vnodes.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/dirent.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/ioctl.h>
#include <sys/kauth.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <rump-priv/deadfs.h>
#include <rump-priv/vnode.h>

int (*vn_union_readdir_hook)(struct vnode **, struct file *, struct lwp *);

static int vn_read(struct file *, off_t *, struct uio *, kauth_cred_t, int);
static int vn_write(struct file *, off_t *, struct uio *, kauth_cred_t, int);
static int vn_ioctl(struct file *, u_long, void *);
static int vn_fcntl(struct file *, u_int, void *);
static int vn_poll(struct file *, int);
static int vn_statfile(struct file *, struct stat *);
static int vn_closefile(struct file *);
static void vn_restart(struct file *);

const struct fileops vnops = {
	.fo_read = vn_read,
	.fo_write = vn_write,
	.fo_ioctl = vn_ioctl,
	.fo_fcntl = vn_fcntl,
	.fo_poll = vn_poll,
	.fo_stat = vn_statfile,
	.fo_close = vn_closefile,
	.fo_kqfilter = vn_kqfilter,
	.fo_restart = vn_restart,
};

/*
 * Types and modes.
 */

const enum vtype iftovt_tab[16] = {
	VNON, VFIFO, VCHR, VNON, VDIR, VNON, VBLK, VNON,
	VREG, VNON, VLNK, VNON, VSOCK, VNON, VNON, VBAD,
};

const int vttoif_tab[9] = {
	0, S_IFREG, S_IFDIR, S_IFBLK, S_IFCHR, S_IFLNK,
	S_IFSOCK, S_IFIFO, S_IFMT,
};

uint8_t
vtype2dt(enum vtype vt)
{

	return vt == VNON || vt == VBAD ? 0 : IFTODT(VTTOIF(vt));
}

void
vattr_null(struct vattr *vap)
{

	memset(vap, 0, sizeof(*vap));
	vap->va_type = VNON;
	vap->va_mode = (mode_t)VNOVAL;
	vap->va_nlink = (nlink_t)VNOVAL;
	vap->va_uid = (uid_t)VNOVAL;
	vap->va_gid = (gid_t)VNOVAL;
	vap->va_fsid = (dev_t)VNOVAL;
	vap->va_fileid = (ino_t)VNOVAL;
	vap->va_size = (u_quad_t)VNOVAL;
	vap->va_blocksize = VNOVAL;
	vap->va_atime.tv_sec = vap->va_mtime.tv_sec = VNOVAL;
	vap->va_ctime.tv_sec = vap->va_birthtime.tv_sec = VNOVAL;
	vap->va_atime.tv_nsec = vap->va_mtime.tv_nsec = VNOVAL;
	vap->va_ctime.tv_nsec = vap->va_birthtime.tv_nsec = VNOVAL;
	vap->va_gen = (u_long)VNOVAL;
	vap->va_flags = (u_long)VNOVAL;
	vap->va_rdev = (dev_t)VNOVAL;
	vap->va_bytes = (u_quad_t)VNOVAL;
	vap->va_filerev = (u_quad_t)VNOVAL;
}

void
vprint(const char *label, struct vnode *vp)
{
	static const char * const types[] = { VNODE_TYPES };

	if (label != NULL)
		printf("%s: ", label);
	printf("vnode %p, type %s, tag %d, usecount %u, writecount %d, "
	    "state %d, flags 0x%x 0x%x\n", vp, types[vp->v_type], vp->v_tag,
	    vp->v_usecount, vp->v_writecount, vp->v_state, vp->v_iflag,
	    vp->v_vflag);
	if (vp->v_data != NULL) {
		printf("\t");
		VOP_PRINT(vp);
	}
}

/*
 * Locking.
 */

/*
 * Lock VP.  Without LK_RETRY a vnode that died is ENOENT.  Nobody gets the
 * lock of a vnode that another thread reclaims.
 */
int
vn_lock(struct vnode *vp, int flags)
{
	int error, state;

	KASSERT((flags & ~(LK_SHARED | LK_EXCLUSIVE | LK_NOWAIT | LK_RETRY)) ==
	    0);
	for (;;) {
		error = VOP_LOCK(vp, flags & ~LK_RETRY);
		if (__predict_true(error == 0)) {
			state = __atomic_load_n(&vp->v_state,
			    __ATOMIC_ACQUIRE);
			if (__predict_true(state == VS_ACTIVE))
				return 0;
			if (state == VS_LOADING ||
			    (state == VS_RECLAIMING &&
			    vp->v_reclaimer == curlwp) ||
			    (state == VS_DEAD && (flags & LK_RETRY) != 0))
				return 0;
			VOP_UNLOCK(vp);
		} else if (error != ENOENT || (flags & LK_RETRY) == 0) {
			return error;
		}
		/* It dies; some file systems find that out themselves. */
		if (flags & LK_NOWAIT)
			return EBUSY;
		mutex_enter(vp->v_interlock);
		error = vdead_check(vp, 0);
		mutex_exit(vp->v_interlock);
		if (error != 0 && (flags & LK_RETRY) == 0)
			return error;
	}
}

/*
 * Opening and closing.
 */

int
vn_writechk(struct vnode *vp)
{
	int error;

	mutex_enter(vp->v_interlock);
	error = (vp->v_iflag & VI_TEXT) != 0 ? ETXTBSY : 0;
	mutex_exit(vp->v_interlock);
	return error;
}

void
vn_markexec(struct vnode *vp)
{

	mutex_enter(vp->v_interlock);
	vp->v_iflag |= VI_EXECMAP | VI_TEXT;
	mutex_exit(vp->v_interlock);
}

/* May VP, which is locked, be opened like this? */
int
vn_openchk(struct vnode *vp, kauth_cred_t cred, int fflags)
{
	int permbits = 0;
	int error;

	if ((fflags & O_DIRECTORY) != 0 && vp->v_type != VDIR)
		return ENOTDIR;
	if (vp->v_type == VSOCK || vp->v_type == VNON || vp->v_type == VBAD)
		return EOPNOTSUPP;
	if ((vp->v_type == VBLK || vp->v_type == VCHR) &&
	    (vp->v_mount->mnt_flag & MNT_NODEV) != 0)
		return ENXIO;
	if (fflags & FREAD)
		permbits = VREAD;
	if (fflags & (FWRITE | O_TRUNC)) {
		permbits |= VWRITE;
		if (vp->v_type == VDIR)
			return EISDIR;
		error = vn_writechk(vp);
		if (error != 0)
			return error;
	}
	return permbits != 0 ? VOP_ACCESS(vp, permbits, cred) : 0;
}

/* O_CREAT and the name is free: make the file; ni_vp is locked. */
static int
vn_open_create(struct nameidata *ndp, int fmode, int cmode)
{
	struct vattr va;
	int error;

	vattr_null(&va);
	va.va_type = VREG;
	va.va_mode = cmode;
	if (fmode & O_EXCL)
		va.va_vaflags |= VA_EXCLUSIVE;
	error = VOP_CREATE(ndp->ni_dvp, &ndp->ni_vp, &ndp->ni_cnd, &va);
	vput(ndp->ni_dvp);
	ndp->ni_dvp = NULL;
	if (error != 0) {
		ndp->ni_vp = NULL;
		return error;
	}
	return vn_lock(ndp->ni_vp, LK_EXCLUSIVE | LK_RETRY);
}

/* Look up, or create, what is to be opened; ni_vp is locked. */
static int
vn_open_lookup(struct nameidata *ndp, int *fmodep, int cmode,
    int (*lookup)(struct nameidata *))
{
	const int fmode = *fmodep;
	struct componentname *cnp = &ndp->ni_cnd;
	struct vnode *dvp;
	int error;

	cnp->cn_flags &= ~(FOLLOW | LOCKPARENT | LOCKLEAF);
	if ((fmode & O_CREAT) == 0) {
		cnp->cn_nameiop = LOOKUP;
		cnp->cn_flags |= LOCKLEAF;
		if ((fmode & O_NOFOLLOW) == 0)
			cnp->cn_flags |= FOLLOW;
		return (*lookup)(ndp);
	}
	cnp->cn_nameiop = CREATE;
	cnp->cn_flags |= LOCKPARENT;
	if ((fmode & (O_EXCL | O_NOFOLLOW)) == 0)
		cnp->cn_flags |= FOLLOW;
	error = (*lookup)(ndp);
	if (error == EEXIST && (fmode & O_EXCL) == 0)
		error = EISDIR;		/* a path that ends in a dot */
	if (error != 0)
		return error;
	if (ndp->ni_vp == NULL) {
		*fmodep &= ~O_TRUNC;
		return vn_open_create(ndp, fmode, cmode);
	}
	/* It exists.  Never hold two locks: an image may have loops. */
	dvp = ndp->ni_dvp;
	ndp->ni_dvp = NULL;
	VOP_ABORTOP(dvp, cnp);
	vput(dvp);
	if (fmode & O_EXCL) {
		vrele(ndp->ni_vp);
		ndp->ni_vp = NULL;
		return EEXIST;
	}
	*fmodep &= ~O_CREAT;
	return vn_lock(ndp->ni_vp, LK_EXCLUSIVE | LK_RETRY);
}

/* The part of open that starts from a locked vnode; it stays locked. */
static int
vn_open_vnode(struct vnode *vp, int fmode, kauth_cred_t cred)
{
	struct vattr va;
	int error;

	if (vp->v_type == VLNK)
		return EFTYPE;		/* O_NOFOLLOW */
	if ((fmode & O_CREAT) == 0) {
		error = vn_openchk(vp, cred, fmode);
		if (error != 0)
			return error;
	}
	if (fmode & O_TRUNC) {
		if ((vp->v_mount->mnt_flag & MNT_RDONLY) != 0 &&
		    vp->v_type == VREG)
			return EROFS;
		vattr_null(&va);
		va.va_size = 0;
		error = VOP_SETATTR(vp, &va, cred);
		if (error != 0)
			return error;
	}
	error = VOP_OPEN(vp, fmode, cred);
	if (error != 0)
		return error;
	if (fmode & FWRITE) {
		mutex_enter(vp->v_interlock);
		vp->v_writecount++;
		mutex_exit(vp->v_interlock);
	}
	return 0;
}

int
rump_vn_open(struct nameidata *ndp, int fmode, int cmode,
    int (*lookup)(struct nameidata *))
{
	int error;

	ndp->ni_vp = ndp->ni_dvp = NULL;
	if ((fmode & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return EINVAL;
	error = vn_open_lookup(ndp, &fmode, cmode, lookup);
	if (error != 0)
		return error;
	error = vn_open_vnode(ndp->ni_vp, fmode, ndp->ni_cnd.cn_cred);
	if (error != 0) {
		vput(ndp->ni_vp);
		ndp->ni_vp = NULL;
	}
	return error;
}

int
vn_open(struct nameidata *ndp, int fmode, int cmode)
{

	return rump_vn_open(ndp, fmode, cmode, namei);
}

/* Open a vnode that was found by other means; locked on entry and exit. */
int
rump_vn_openvp(struct vnode *vp, int fmode, kauth_cred_t cred)
{

	return vn_open_vnode(vp, fmode & ~O_CREAT, cred);
}

int
vn_close(struct vnode *vp, int flags, kauth_cred_t cred)
{
	int error;

	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (flags & FWRITE) {
		mutex_enter(vp->v_interlock);
		KASSERT(vp->v_writecount > 0);
		vp->v_writecount--;
		mutex_exit(vp->v_interlock);
	}
	error = VOP_CLOSE(vp, flags, cred);
	vput(vp);
	return error;
}

/*
 * Reading and writing.
 */

int
vn_rdwr(enum uio_rw rw, struct vnode *vp, void *base, int len, off_t offset,
    enum uio_seg segflg, int ioflg, kauth_cred_t cred, size_t *aresid,
    struct lwp *l)
{
	struct uio auio;
	struct iovec aiov;
	int error;

	if (len < 0)
		return EINVAL;
	aiov.iov_base = base;
	aiov.iov_len = len;
	auio.uio_iov = &aiov;
	auio.uio_iovcnt = 1;
	auio.uio_resid = len;
	auio.uio_offset = offset;
	auio.uio_rw = rw;
	if (segflg == UIO_SYSSPACE)
		UIO_SETUP_SYSSPACE(&auio);
	else
		auio.uio_vmspace = l->l_proc->p_vmspace;
	if ((ioflg & IO_NODELOCKED) == 0)
		vn_lock(vp, (rw == UIO_READ ? LK_SHARED : LK_EXCLUSIVE) |
		    LK_RETRY);
	if (rw == UIO_READ)
		error = VOP_READ(vp, &auio, ioflg, cred);
	else
		error = VOP_WRITE(vp, &auio, ioflg, cred);
	if ((ioflg & IO_NODELOCKED) == 0)
		VOP_UNLOCK(vp);
	if (aresid != NULL)
		*aresid = auio.uio_resid;
	else if (auio.uio_resid != 0 && error == 0)
		error = EIO;
	return error;
}

static int
vn_ioflags(const struct file *fp)
{
	const int fflag = fp->f_flag;
	int ioflag = IO_ADV_ENCODE(fp->f_advice);

	if (fflag & FNONBLOCK)
		ioflag |= IO_NDELAY;
	if (fflag & FALTIO)
		ioflag |= IO_ALTSEMANTICS;
	if (fflag & FDIRECT)
		ioflag |= IO_DIRECT;
	return ioflag;
}

static int
vn_read(struct file *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{
	struct vnode *vp = fp->f_vnode;
	int ioflag = vn_ioflags(fp);
	size_t count;
	int error;

	if ((fp->f_flag & (FFSYNC | FRSYNC)) == (FFSYNC | FRSYNC))
		ioflag |= IO_SYNC;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	uio->uio_offset = *offset;
	count = uio->uio_resid;
	error = VOP_READ(vp, uio, ioflag, cred);
	if (flags & FOF_UPDATE_OFFSET)
		*offset += count - uio->uio_resid;
	VOP_UNLOCK(vp);
	return error;
}

static int
vn_write(struct file *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{
	struct vnode *vp = fp->f_vnode;
	int ioflag = vn_ioflags(fp) | IO_UNIT;
	size_t count;
	int error;

	if (vp->v_type == VREG && (fp->f_flag & O_APPEND) != 0)
		ioflag |= IO_APPEND;
	if ((fp->f_flag & FFSYNC) != 0 || (vp->v_mount != NULL &&
	    (vp->v_mount->mnt_flag & MNT_SYNCHRONOUS) != 0))
		ioflag |= IO_SYNC;
	else if (fp->f_flag & FDSYNC)
		ioflag |= IO_DSYNC;
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	uio->uio_offset = *offset;
	count = uio->uio_resid;
	error = VOP_WRITE(vp, uio, ioflag, cred);
	if (flags & FOF_UPDATE_OFFSET) {
		if (ioflag & IO_APPEND)
			*offset = uio->uio_offset;
		else
			*offset += count - uio->uio_resid;
	}
	VOP_UNLOCK(vp);
	return error;
}

int
vn_readdir(struct file *fp, char *bf, int segflg, unsigned int count,
    int *done, struct lwp *l, off_t **cookies, int *ncookies)
{
	struct vnode *vp = fp->f_vnode, *ovp;
	struct iovec aiov;
	struct uio auio;
	int error, eofflag;

again:
	if (vp->v_type != VDIR)
		return EINVAL;
	aiov.iov_base = bf;
	aiov.iov_len = count;
	auio.uio_iov = &aiov;
	auio.uio_iovcnt = 1;
	auio.uio_rw = UIO_READ;
	if (segflg == UIO_SYSSPACE)
		UIO_SETUP_SYSSPACE(&auio);
	else
		auio.uio_vmspace = l->l_proc->p_vmspace;
	auio.uio_resid = count;
	eofflag = 0;
	vn_lock(vp, LK_SHARED | LK_RETRY);
	mutex_enter(&fp->f_lock);
	auio.uio_offset = fp->f_offset;
	mutex_exit(&fp->f_lock);
	error = VOP_READDIR(vp, &auio, fp->f_cred, &eofflag, cookies,
	    ncookies);
	mutex_enter(&fp->f_lock);
	fp->f_offset = auio.uio_offset;
	mutex_exit(&fp->f_lock);
	VOP_UNLOCK(vp);
	if (error != 0)
		return error;
	if (auio.uio_resid == count && vn_union_readdir_hook != NULL) {
		ovp = vp;
		error = (*vn_union_readdir_hook)(&vp, fp, l);
		if (error != 0)
			return error;
		if (vp != ovp)
			goto again;
	}
	*done = count - auio.uio_resid;
	return 0;
}

/*
 * Attributes.
 */

/* VP is locked, shared or exclusive. */
int
vn_stat(struct vnode *vp, struct stat *sb)
{
	struct vattr va;
	mode_t mode;
	int error;

	/* Fields that a file system does not know are not garbage. */
	va.va_fsid = va.va_rdev = 0;
	va.va_birthtime.tv_sec = 0;
	va.va_birthtime.tv_nsec = 0;
	va.va_flags = va.va_gen = 0;
	va.va_type = vp->v_type;
	error = VOP_GETATTR(vp, &va, kauth_cred_get());
	if (error != 0)
		return error;
	if (vp->v_type == VNON || vp->v_type == VBAD)
		return EBADF;
	mode = va.va_mode | VTTOIF(vp->v_type);
	/* Nothing of the kernel's goes out in the gaps. */
	memset(sb, 0, sizeof(*sb));
	sb->st_dev = va.va_fsid;
	sb->st_mode = mode;
	sb->st_ino = va.va_fileid;
	sb->st_nlink = va.va_nlink;
	sb->st_uid = va.va_uid;
	sb->st_gid = va.va_gid;
	sb->st_rdev = va.va_rdev;
	sb->st_size = va.va_size;
	sb->st_atimespec = va.va_atime;
	sb->st_mtimespec = va.va_mtime;
	sb->st_ctimespec = va.va_ctime;
	sb->st_birthtimespec = va.va_birthtime;
	sb->st_blksize = va.va_blocksize;
	sb->st_flags = va.va_flags;
	sb->st_gen = kauth_cred_geteuid(kauth_cred_get()) == 0 ? va.va_gen : 0;
	sb->st_blocks = va.va_bytes / S_BLKSIZE;
	return 0;
}

static int
vn_statfile(struct file *fp, struct stat *sb)
{
	struct vnode *vp = fp->f_vnode;
	int error;

	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = vn_stat(vp, sb);
	VOP_UNLOCK(vp);
	return error;
}

/*
 * The rest of the file operations.
 */

static int
vn_fcntl(struct file *fp, u_int com, void *data)
{
	struct vnode *vp = fp->f_vnode;
	int error;

	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	error = VOP_FCNTL(vp, com, data, fp->f_flag, kauth_cred_get());
	VOP_UNLOCK(vp);
	return error;
}

/* Bytes that may be read without waiting. */
static int
vn_nread(struct file *fp, int *np)
{
	struct vnode *vp = fp->f_vnode;
	struct vattr va;
	off_t n;
	int error;

	vn_lock(vp, LK_SHARED | LK_RETRY);
	error = VOP_GETATTR(vp, &va, kauth_cred_get());
	VOP_UNLOCK(vp);
	if (error != 0)
		return error;
	n = (off_t)va.va_size - fp->f_offset;
	*np = n < 0 ? 0 : (int)MIN(n, INT_MAX);
	return 0;
}

static int
vn_ioctl(struct file *fp, u_long com, void *data)
{
	struct vnode *vp = fp->f_vnode;

	if (vp->v_type == VREG || vp->v_type == VDIR) {
		switch (com) {
		case FIONREAD:
			return vn_nread(fp, data);
		case FIONWRITE:
		case FIONSPACE:
			*(int *)data = 0;
			return 0;
		case FIONBIO:
		case FIOASYNC:
			return 0;
		}
	} else if (vp->v_type != VFIFO && vp->v_type != VCHR &&
	    vp->v_type != VBLK) {
		return EPASSTHROUGH;
	}
	return VOP_IOCTL(vp, com, data, fp->f_flag, kauth_cred_get());
}

static int
vn_poll(struct file *fp, int events)
{

	return VOP_POLL(fp->f_vnode, events);
}

int
vn_kqfilter(struct file *fp, struct knote *kn)
{

	return VOP_KQFILTER(fp->f_vnode, kn);
}

static void
vn_restart(struct file *fp)
{

	rump_fifo_restart(fp->f_vnode, fp->f_flag);
}

static int
vn_closefile(struct file *fp)
{

	return vn_close(fp->f_vnode, fp->f_flag, fp->f_cred);
}

/*
 * Small operations for tables of file systems.
 */

int
vn_bwrite(void *v)
{
	struct vop_bwrite_args *ap = v;

	return bwrite(ap->a_bp);
}

int
vn_default_error(void *v)
{

	return EOPNOTSUPP;
}
