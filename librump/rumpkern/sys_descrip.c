/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on descriptors themselves: dup, close, fcntl, fstat, flock and
 * fpathconf.  No locks of its own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/syslimits.h>
#include <sys/unistd.h>
#include <sys/vnode.h>

#include <rump-priv/file.h>

int
dodup(struct lwp *l, int from, int to, int flags, register_t *retval)
{
	file_t *fp;
	int error;

	fp = fd_getfile((unsigned)from);
	if (fp == NULL)
		return EBADF;
	/* What from refers to stays open while to is made to mean it. */
	rump_file_hold(fp);
	fd_putfile((unsigned)from);
	if (to < 0 || (rlim_t)to >= l->l_proc->p_rlimit[RLIMIT_NOFILE].rlim_cur
	    || (u_int)to >= maxfiles)
		error = EBADF;
	else if (from == to)
		error = 0;
	else
		error = fd_dup2(fp, (unsigned)to, flags);
	(void)closef(fp);
	if (error == 0)
		*retval = to;
	return error;
}

int
sys_dup(struct lwp *l, const struct sys_dup_args *uap, register_t *retval)
{
	unsigned fd = (unsigned)SCARG(uap, fd);
	file_t *fp;
	int error, newfd;

	fp = fd_getfile(fd);
	if (fp == NULL)
		return EBADF;
	error = fd_dup(fp, 0, &newfd, false);
	fd_putfile(fd);
	if (error == 0)
		*retval = newfd;
	return error;
}

int
sys_dup2(struct lwp *l, const struct sys_dup2_args *uap, register_t *retval)
{

	return dodup(l, SCARG(uap, from), SCARG(uap, to), 0, retval);
}

int
sys_dup3(struct lwp *l, const struct sys_dup3_args *uap, register_t *retval)
{

	return dodup(l, SCARG(uap, from), SCARG(uap, to), SCARG(uap, flags),
	    retval);
}

int
sys_close(struct lwp *l, const struct sys_close_args *uap, register_t *retval)
{
	unsigned fd = (unsigned)SCARG(uap, fd);
	int error;

	if (__predict_false(fd_getfile(fd) == NULL))
		return EBADF;
	error = fd_close(fd);
	return error == ERESTART ? EINTR : error;
}

/* The vnode of a descriptor that may have locks. */
static int
lock_getvnode(int fd, file_t **fpp)
{

	return fd_getvnode((unsigned)fd, fpp);
}

/* l_start relative to the place that l_whence names. */
static int
flock_resolve(file_t *fp, struct flock *fl)
{

	switch (fl->l_whence) {
	case SEEK_CUR:
		if (fl->l_start > 0 && fp->f_offset > INT64_MAX - fl->l_start)
			return EOVERFLOW;
		fl->l_start += fp->f_offset;
		fl->l_whence = SEEK_SET;
		return 0;
	case SEEK_SET:
	case SEEK_END:
		return 0;
	default:
		return EINVAL;
	}
}

/* F_SETLK and F_SETLKW. */
static int
lock_set(file_t *fp, struct flock *fl, int flags)
{
	struct proc *p = curproc;

	switch (fl->l_type) {
	case F_RDLCK:
		if ((fp->f_flag & FREAD) == 0)
			return EBADF;
		break;
	case F_WRLCK:
		if ((fp->f_flag & FWRITE) == 0)
			return EBADF;
		break;
	case F_UNLCK:
		return VOP_ADVLOCK(fp->f_vnode, p, F_UNLCK, fl, F_POSIX);
	default:
		return EINVAL;
	}
	/* From now on its closes have to look for locks. */
	if ((p->p_flag & PK_ADVLOCK) == 0) {
		mutex_enter(p->p_lock);
		p->p_flag |= PK_ADVLOCK;
		mutex_exit(p->p_lock);
	}
	return VOP_ADVLOCK(fp->f_vnode, p, F_SETLK, fl, flags);
}

int
do_fcntl_lock(int fd, int cmd, struct flock *fl)
{
	file_t *fp;
	int error;

	error = lock_getvnode(fd, &fp);
	if (error != 0)
		return error;
	error = flock_resolve(fp, fl);
	if (error == 0 && cmd == F_GETLK) {
		if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK &&
		    fl->l_type != F_UNLCK)
			error = EINVAL;
		else
			error = VOP_ADVLOCK(fp->f_vnode, curproc, F_GETLK, fl,
			    F_POSIX);
	} else if (error == 0) {
		error = lock_set(fp, fl, cmd == F_SETLKW ? F_POSIX | F_WAIT :
		    F_POSIX);
	}
	fd_putfile((unsigned)fd);
	return error == ERESTART ? EINTR : error;
}

static int
fcntl_lock(int fd, int cmd, void *arg)
{
	struct flock fl;
	int error;

	error = copyin(arg, &fl, sizeof(fl));
	if (error != 0)
		return error;
	error = do_fcntl_lock(fd, cmd, &fl);
	if (error == 0 && cmd == F_GETLK)
		error = copyout(&fl, arg, sizeof(fl));
	return error;
}

/* A request of the file system's own: size and direction are in the number. */
static int
fcntl_fsctl(file_t *fp, u_int cmd, void *arg)
{
	uint64_t stkbuf[16];
	size_t size = (size_t)(cmd >> 16) & F_PARAM_MASK;
	void *data = stkbuf;
	int error = 0;

	if (size > F_PARAM_MAX)
		return EINVAL;
	if (size > sizeof(stkbuf))
		data = kmem_alloc(size, KM_SLEEP);
	memset(data, 0, MAX(size, sizeof(void *)) > sizeof(stkbuf) ? size :
	    sizeof(stkbuf));
	if ((cmd & F_FSIN) != 0 && size > 0)
		error = copyin(arg, data, size);
	else if (size == 0)
		*(void **)data = arg;
	if (error == 0)
		error = (*fp->f_ops->fo_fcntl)(fp, cmd, data);
	if (error == 0 && (cmd & F_FSOUT) != 0 && size > 0)
		error = copyout(data, arg, size);
	if (data != (void *)stkbuf)
		kmem_free(data, size);
	return error;
}

/* F_SETFL: tell the object what changes, then note it. */
static int
fcntl_setfl(file_t *fp, int arg)
{
	int flags, on, error;

	flags = FFLAGS(arg) & FCNTLFLAGS;
	error = (*fp->f_ops->fo_fcntl)(fp, F_SETFL, &flags);
	if (error != 0)
		return error;
	if (((flags ^ fp->f_flag) & FNONBLOCK) != 0) {
		on = (flags & FNONBLOCK) != 0;
		error = (*fp->f_ops->fo_ioctl)(fp, FIONBIO, &on);
		if (error != 0)
			return error;
	}
	if (((flags ^ fp->f_flag) & FASYNC) != 0) {
		on = (flags & FASYNC) != 0;
		error = (*fp->f_ops->fo_ioctl)(fp, FIOASYNC, &on);
		if (error != 0)
			return error;
	}
	mutex_enter(&fp->f_lock);
	fp->f_flag = (fp->f_flag & ~FCNTLFLAGS) | flags;
	mutex_exit(&fp->f_lock);
	return 0;
}

/* F_CLOSEM and F_MAXFD need no descriptor of their own. */
static int
fcntl_table(struct lwp *l, int fd, int cmd, register_t *retval)
{
	fdtab_t *dt = l->l_fd->fd_dt;
	int i, top = -1;

	if (cmd == F_CLOSEM && fd < 0)
		return EBADF;
	for (i = 0; i < (int)dt->dt_nfiles; i++) {
		if (rump_fd_slot(dt, i)->ff_file == NULL)
			continue;
		top = i;
		if (cmd == F_CLOSEM && i >= fd &&
		    fd_getfile((unsigned)i) != NULL)
			(void)fd_close((unsigned)i);
	}
	if (cmd == F_MAXFD)
		*retval = top;
	return 0;
}

/* The commands that concern one open descriptor. */
static int
fcntl_file(struct lwp *l, int fd, file_t *fp, int cmd, void *argp,
    register_t *retval)
{
	int arg = (int)(intptr_t)argp, error, val;

	if ((cmd & F_FSCTL) != 0)
		return fcntl_fsctl(fp, (u_int)cmd, argp);
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg < 0 || (u_int)arg >= maxfiles || (rlim_t)arg >=
		    l->l_proc->p_rlimit[RLIMIT_NOFILE].rlim_cur)
			return EINVAL;
		error = fd_dup(fp, arg, &val, cmd == F_DUPFD_CLOEXEC);
		if (error == 0)
			*retval = val;
		return error;
	case F_GETFD:
		*retval = rump_fd_slot(l->l_fd->fd_dt, fd)->ff_exclose ?
		    FD_CLOEXEC : 0;
		return 0;
	case F_SETFD:
		fd_set_exclose(l, fd, (arg & FD_CLOEXEC) != 0);
		return 0;
	case F_GETNOSIGPIPE:
		*retval = (fp->f_flag & FNOSIGPIPE) != 0;
		return 0;
	case F_SETNOSIGPIPE:
		mutex_enter(&fp->f_lock);
		fp->f_flag = (fp->f_flag & ~FNOSIGPIPE) |
		    (arg != 0 ? FNOSIGPIPE : 0);
		mutex_exit(&fp->f_lock);
		return 0;
	case F_GETFL:
		*retval = OFLAGS(fp->f_flag & FMASK);
		return 0;
	case F_SETFL:
		return fcntl_setfl(fp, arg);
	case F_GETOWN:
		val = 0;
		error = (*fp->f_ops->fo_ioctl)(fp, FIOGETOWN, &val);
		*retval = val;
		return error;
	case F_SETOWN:
		return (*fp->f_ops->fo_ioctl)(fp, FIOSETOWN, &arg);
	default:
		return EINVAL;
	}
}

int
sys_fcntl(struct lwp *l, const struct sys_fcntl_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd), cmd = SCARG(uap, cmd), error;
	file_t *fp;

	switch (cmd) {
	case F_CLOSEM:
	case F_MAXFD:
		return fcntl_table(l, fd, cmd, retval);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return fcntl_lock(fd, cmd, SCARG(uap, arg));
	default:
		fp = fd_getfile((unsigned)fd);
		if (fp == NULL)
			return EBADF;
		error = fcntl_file(l, fd, fp, cmd, SCARG(uap, arg), retval);
		fd_putfile((unsigned)fd);
		return error;
	}
}

int
do_sys_fstat(int fd, struct stat *sb)
{
	file_t *fp;
	int error;

	fp = fd_getfile((unsigned)fd);
	if (__predict_false(fp == NULL))
		return EBADF;
	if (fp->f_type != DTYPE_VNODE)
		memset(sb, 0, sizeof(*sb));
	error = (*fp->f_ops->fo_stat)(fp, sb);
	fd_putfile((unsigned)fd);
	return error;
}

int
sys___fstat50(struct lwp *l, const struct sys___fstat50_args *uap,
    register_t *retval)
{
	struct stat sb;
	int error;

	error = do_sys_fstat(SCARG(uap, fd), &sb);
	if (error == 0)
		error = copyout(&sb, SCARG(uap, sb), sizeof(sb));
	return error;
}

int
sys_flock(struct lwp *l, const struct sys_flock_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd), how = SCARG(uap, how), error;
	struct flock lf;
	file_t *fp;

	fp = fd_getfile((unsigned)fd);
	if (fp == NULL)
		return EBADF;
	if (fp->f_type != DTYPE_VNODE) {
		fd_putfile((unsigned)fd);
		return EOPNOTSUPP;
	}
	memset(&lf, 0, sizeof(lf));
	lf.l_whence = SEEK_SET;
	switch (how & ~LOCK_NB) {
	case LOCK_UN:
		lf.l_type = F_UNLCK;
		error = VOP_ADVLOCK(fp->f_vnode, fp, F_UNLCK, &lf, F_FLOCK);
		if (error == 0) {
			mutex_enter(&fp->f_lock);
			fp->f_flag &= ~FHASLOCK;
			mutex_exit(&fp->f_lock);
		}
		break;
	case LOCK_EX:
	case LOCK_SH:
		lf.l_type = (how & LOCK_EX) != 0 ? F_WRLCK : F_RDLCK;
		mutex_enter(&fp->f_lock);
		fp->f_flag |= FHASLOCK;
		mutex_exit(&fp->f_lock);
		error = VOP_ADVLOCK(fp->f_vnode, fp, F_SETLK, &lf,
		    (how & LOCK_NB) != 0 ? F_FLOCK : F_FLOCK | F_WAIT);
		break;
	default:
		error = EINVAL;
		break;
	}
	fd_putfile((unsigned)fd);
	return error == ERESTART ? EINTR : error;
}

int
sys_fpathconf(struct lwp *l, const struct sys_fpathconf_args *uap,
    register_t *retval)
{
	int fd = SCARG(uap, fd), error;
	file_t *fp;

	fp = fd_getfile((unsigned)fd);
	if (fp == NULL)
		return EBADF;
	switch (fp->f_type) {
	case DTYPE_SOCKET:
	case DTYPE_PIPE:
		if (SCARG(uap, name) != _PC_PIPE_BUF) {
			error = EINVAL;
		} else {
			*retval = PIPE_BUF;
			error = 0;
		}
		break;
	case DTYPE_VNODE:
		error = VOP_LOCK(fp->f_vnode, LK_SHARED);
		if (error != 0)
			break;
		error = VOP_PATHCONF(fp->f_vnode, SCARG(uap, name), retval);
		VOP_UNLOCK(fp->f_vnode);
		break;
	default:
		error = EOPNOTSUPP;
		break;
	}
	fd_putfile((unsigned)fd);
	return error;
}

int
sys___posix_fadvise50(struct lwp *l,
    const struct sys___posix_fadvise50_args *uap, register_t *retval)
{
	int fd = SCARG(uap, fd), advice = SCARG(uap, advice);
	int error = 0;
	file_t *fp;

	fp = fd_getfile((unsigned)fd);
	if (fp == NULL)
		return EBADF;
	if (fp->f_type != DTYPE_VNODE || fp->f_vnode->v_type == VFIFO)
		error = ESPIPE;
	else if (SCARG(uap, len) < 0)
		error = EINVAL;
	else if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
		error = EINVAL;
	else if (advice <= POSIX_FADV_SEQUENTIAL)
		fp->f_advice = (u_int)advice;
	fd_putfile((unsigned)fd);
	/* POSIX: the error is the result. */
	*retval = error;
	return 0;
}
