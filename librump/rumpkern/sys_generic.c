/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input, output and control of any descriptor: read, write and their
 * relatives, ioctl.  No locks of its own; the descriptor's slot is referenced
 * while its file is in use.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/ioctl.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/syscallargs.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <rump-priv/file.h>

/*
 * The answer of a transfer: with some of it done, an error that only says
 * that it was cut short is none.
 */
static inline int
transfer_result(int error, size_t cnt, const struct uio *uio,
    register_t *retval)
{

	cnt -= uio->uio_resid;
	if (__predict_false(error != 0) && cnt != 0 &&
	    (error == ERESTART || error == EINTR || error == EWOULDBLOCK))
		error = 0;
	*retval = (register_t)cnt;
	return error;
}

int
dofileread(int fd, file_t *fp, void *buf, size_t nbyte, off_t *offset,
    int flags, register_t *retval)
{
	struct iovec aiov;
	struct uio auio;
	int error;

	if (__predict_false(nbyte > SSIZE_MAX)) {
		fd_putfile((unsigned)fd);
		return EINVAL;
	}
	aiov.iov_base = buf;
	aiov.iov_len = nbyte;
	auio.uio_iov = &aiov;
	auio.uio_iovcnt = 1;
	auio.uio_offset = 0;
	auio.uio_resid = nbyte;
	auio.uio_rw = UIO_READ;
	auio.uio_vmspace = curproc->p_vmspace;
	error = (*fp->f_ops->fo_read)(fp, offset, &auio, fp->f_cred, flags);
	fd_putfile((unsigned)fd);
	return transfer_result(error, nbyte, &auio, retval);
}

/* Nobody reads any more: say so, unless the descriptor asks for silence. */
static void
write_broken(int fflag)
{

	if ((fflag & FNOSIGPIPE) == 0)
		psignal(curproc, SIGPIPE);
}

int
dofilewrite(int fd, file_t *fp, const void *buf, size_t nbyte, off_t *offset,
    int flags, register_t *retval)
{
	struct iovec aiov;
	struct uio auio;
	int error, fflag = fp->f_flag;

	if (__predict_false(nbyte > SSIZE_MAX)) {
		fd_putfile((unsigned)fd);
		return EINVAL;
	}
	aiov.iov_base = __UNCONST(buf);
	aiov.iov_len = nbyte;
	auio.uio_iov = &aiov;
	auio.uio_iovcnt = 1;
	auio.uio_offset = 0;
	auio.uio_resid = nbyte;
	auio.uio_rw = UIO_WRITE;
	auio.uio_vmspace = curproc->p_vmspace;
	error = (*fp->f_ops->fo_write)(fp, offset, &auio, fp->f_cred, flags);
	fd_putfile((unsigned)fd);
	if (__predict_false(error == EPIPE))
		write_broken(fflag);
	return transfer_result(error, nbyte, &auio, retval);
}

int
rump_iov_copyin(const struct iovec *uiov, int iovcnt, struct iovec *small,
    struct iovec **iovp, size_t *residp)
{
	struct iovec *iov = small;
	size_t resid = 0;
	int error, i;

	if (iovcnt <= 0 || iovcnt > IOV_MAX)
		return EINVAL;
	if (iovcnt > UIO_SMALLIOV)
		iov = kmem_alloc((size_t)iovcnt * sizeof(*iov), KM_SLEEP);
	error = copyin(uiov, iov, (size_t)iovcnt * sizeof(*iov));
	for (i = 0; error == 0 && i < iovcnt; i++) {
		if (iov[i].iov_len > SSIZE_MAX - resid)
			error = EINVAL;
		else
			resid += iov[i].iov_len;
	}
	if (error != 0) {
		rump_iov_free(small, iov, iovcnt);
		return error;
	}
	*iovp = iov;
	*residp = resid;
	return 0;
}

void
rump_iov_free(struct iovec *small, struct iovec *iov, int iovcnt)
{

	if (iov != small)
		kmem_free(iov, (size_t)iovcnt * sizeof(*iov));
}

/* Both directions of a vectored transfer; offset NULL: the file's own. */
static int
do_filevec(int fd, const struct iovec *uiov, int iovcnt, off_t *offset,
    int flags, enum uio_rw rw, register_t *retval)
{
	struct iovec aiov[UIO_SMALLIOV], *iov;
	struct uio auio;
	file_t *fp;
	size_t cnt;
	int error, fflag;

	fp = fd_getfile((unsigned)fd);
	if (fp == NULL)
		return EBADF;
	fflag = fp->f_flag;
	if ((fflag & (rw == UIO_READ ? FREAD : FWRITE)) == 0) {
		fd_putfile((unsigned)fd);
		return EBADF;
	}
	if (offset == NULL)
		offset = &fp->f_offset;
	error = rump_iov_copyin(uiov, iovcnt, aiov, &iov, &cnt);
	if (error != 0) {
		fd_putfile((unsigned)fd);
		return error;
	}
	auio.uio_iov = iov;
	auio.uio_iovcnt = iovcnt;
	auio.uio_offset = 0;
	auio.uio_resid = cnt;
	auio.uio_rw = rw;
	auio.uio_vmspace = curproc->p_vmspace;
	if (rw == UIO_READ)
		error = (*fp->f_ops->fo_read)(fp, offset, &auio, fp->f_cred,
		    flags);
	else
		error = (*fp->f_ops->fo_write)(fp, offset, &auio, fp->f_cred,
		    flags);
	fd_putfile((unsigned)fd);
	rump_iov_free(aiov, iov, iovcnt);
	if (__predict_false(error == EPIPE) && rw == UIO_WRITE)
		write_broken(fflag);
	return transfer_result(error, cnt, &auio, retval);
}

int
do_filereadv(int fd, const struct iovec *iovp, int iovcnt, off_t *offset,
    int flags, register_t *retval)
{

	return do_filevec(fd, iovp, iovcnt, offset, flags, UIO_READ, retval);
}

int
do_filewritev(int fd, const struct iovec *iovp, int iovcnt, off_t *offset,
    int flags, register_t *retval)
{

	return do_filevec(fd, iovp, iovcnt, offset, flags, UIO_WRITE, retval);
}

int
sys_read(struct lwp *l, const struct sys_read_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd);
	file_t *fp;

	fp = fd_getfile((unsigned)fd);
	if (__predict_false(fp == NULL))
		return EBADF;
	if (__predict_false((fp->f_flag & FREAD) == 0)) {
		fd_putfile((unsigned)fd);
		return EBADF;
	}
	return dofileread(fd, fp, SCARG(uap, buf), SCARG(uap, nbyte),
	    &fp->f_offset, FOF_UPDATE_OFFSET, retval);
}

int
sys_write(struct lwp *l, const struct sys_write_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd);
	file_t *fp;

	fp = fd_getfile((unsigned)fd);
	if (__predict_false(fp == NULL))
		return EBADF;
	if (__predict_false((fp->f_flag & FWRITE) == 0)) {
		fd_putfile((unsigned)fd);
		return EBADF;
	}
	return dofilewrite(fd, fp, SCARG(uap, buf), SCARG(uap, nbyte),
	    &fp->f_offset, FOF_UPDATE_OFFSET, retval);
}

int
sys_readv(struct lwp *l, const struct sys_readv_args *uap, register_t *retval)
{

	return do_filereadv(SCARG(uap, fd), SCARG(uap, iovp),
	    SCARG(uap, iovcnt), NULL, FOF_UPDATE_OFFSET, retval);
}

int
sys_writev(struct lwp *l, const struct sys_writev_args *uap,
    register_t *retval)
{

	return do_filewritev(SCARG(uap, fd), SCARG(uap, iovp),
	    SCARG(uap, iovcnt), NULL, FOF_UPDATE_OFFSET, retval);
}

/*
 * A reference for the positioned variants, which need an object that has
 * positions: a file, not a fifo or a socket.
 */
static int
pos_getfile(int fd, off_t offset, int flag, file_t **fpp)
{
	file_t *fp;
	int error = 0;

	fp = fd_getfile((unsigned)fd);
	if (__predict_false(fp == NULL))
		return EBADF;
	if ((fp->f_flag & flag) == 0)
		error = EBADF;
	else if (fp->f_type != DTYPE_VNODE || fp->f_vnode->v_type == VFIFO)
		error = ESPIPE;
	else if (offset < 0)
		error = EINVAL;
	if (__predict_false(error != 0))
		fd_putfile((unsigned)fd);
	*fpp = fp;
	return error;
}

int
sys_pread(struct lwp *l, const struct sys_pread_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd), error;
	off_t offset = SCARG(uap, offset);
	file_t *fp;

	error = pos_getfile(fd, offset, FREAD, &fp);
	if (error != 0)
		return error;
	return dofileread(fd, fp, SCARG(uap, buf), SCARG(uap, nbyte),
	    &offset, 0, retval);
}

int
sys_pwrite(struct lwp *l, const struct sys_pwrite_args *uap,
    register_t *retval)
{
	int fd = SCARG(uap, fd), error;
	off_t offset = SCARG(uap, offset);
	file_t *fp;

	error = pos_getfile(fd, offset, FWRITE, &fp);
	if (error != 0)
		return error;
	return dofilewrite(fd, fp, SCARG(uap, buf), SCARG(uap, nbyte),
	    &offset, 0, retval);
}

int
sys_preadv(struct lwp *l, const struct sys_preadv_args *uap,
    register_t *retval)
{
	int fd = SCARG(uap, fd), error;
	off_t offset = SCARG(uap, offset);
	file_t *fp;

	error = pos_getfile(fd, offset, FREAD, &fp);
	if (error != 0)
		return error;
	error = do_filereadv(fd, SCARG(uap, iovp), SCARG(uap, iovcnt),
	    &offset, 0, retval);
	fd_putfile((unsigned)fd);
	return error;
}

int
sys_pwritev(struct lwp *l, const struct sys_pwritev_args *uap,
    register_t *retval)
{
	int fd = SCARG(uap, fd), error;
	off_t offset = SCARG(uap, offset);
	file_t *fp;

	error = pos_getfile(fd, offset, FWRITE, &fp);
	if (error != 0)
		return error;
	error = do_filewritev(fd, SCARG(uap, iovp), SCARG(uap, iovcnt),
	    &offset, 0, retval);
	fd_putfile((unsigned)fd);
	return error;
}

/* The requests that the descriptor layer answers or takes note of. */
static int
ioctl_generic(struct lwp *l, int fd, file_t *fp, u_long com, void *data)
{
	int flag;

	switch (com) {
	case FIOCLEX:
		fd_set_exclose(l, fd, true);
		return 0;
	case FIONCLEX:
		fd_set_exclose(l, fd, false);
		return 0;
	case FIONBIO:
	case FIOASYNC:
		flag = com == FIONBIO ? FNONBLOCK : FASYNC;
		mutex_enter(&fp->f_lock);
		if (*(int *)data != 0)
			fp->f_flag |= flag;
		else
			fp->f_flag &= ~flag;
		mutex_exit(&fp->f_lock);
		return (*fp->f_ops->fo_ioctl)(fp, com, data);
	default:
		return (*fp->f_ops->fo_ioctl)(fp, com, data);
	}
}

/* The argument comes in, the request is done, the result goes out. */
static int
ioctl_copy(struct lwp *l, int fd, file_t *fp, u_long com, void *udata)
{
	uint64_t stkbuf[16];
	size_t size = IOCPARM_LEN(com);
	void *data = stkbuf;
	int error = 0;

	if (size > IOCPARM_MAX)
		return ENOTTY;
	if (size > sizeof(stkbuf))
		data = kmem_alloc(size, KM_SLEEP);
	if ((com & IOC_IN) != 0 && size > 0) {
		error = copyin(udata, data, size);
	} else if ((com & IOC_OUT) != 0 && size > 0) {
		/* Nothing of the kernel's goes out by accident. */
		memset(data, 0, size);
	} else {
		/* Without a size the argument is the value itself. */
		*(void **)data = udata;
	}
	if (error == 0)
		error = ioctl_generic(l, fd, fp, com, data);
	if (error == 0 && (com & IOC_OUT) != 0 && size > 0)
		error = copyout(data, udata, size);
	if (data != (void *)stkbuf)
		kmem_free(data, size);
	return error == EPASSTHROUGH ? ENOTTY : error;
}

int
sys_ioctl(struct lwp *l, const struct sys_ioctl_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd), error;
	file_t *fp;

	fp = fd_getfile((unsigned)fd);
	if (fp == NULL)
		return EBADF;
	if ((fp->f_flag & (FREAD | FWRITE)) == 0)
		error = EBADF;
	else
		error = ioctl_copy(l, fd, fp, SCARG(uap, com),
		    SCARG(uap, data));
	fd_putfile((unsigned)fd);
	return error;
}
