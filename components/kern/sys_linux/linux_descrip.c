/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux ABI: calls on descriptors and limits.  No locks.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/proc.h>
#include <sys/resource.h>
#include <sys/resourcevar.h>

#include "linux.h"

static int
fcntl_lock(int fd, int cmd, void *arg)
{
	static const short to_native[] = {
		[LINUX_F_RDLCK] = F_RDLCK, [LINUX_F_WRLCK] = F_WRLCK,
		[LINUX_F_UNLCK] = F_UNLCK,
	};
	static const int16_t to_linux[] = {
		[F_RDLCK] = LINUX_F_RDLCK, [F_WRLCK] = LINUX_F_WRLCK,
		[F_UNLCK] = LINUX_F_UNLCK,
	};
	struct linux_flock lf;
	struct flock fl;
	int error;

	error = copyin(arg, &lf, sizeof(lf));
	if (error != 0)
		return error;
	if (lf.l_type < 0 || (size_t)lf.l_type >= __arraycount(to_native))
		return EINVAL;
	memset(&fl, 0, sizeof(fl));
	fl.l_type = to_native[lf.l_type];
	fl.l_whence = lf.l_whence;
	fl.l_start = lf.l_start;
	fl.l_len = lf.l_len;
	fl.l_pid = lf.l_pid;
	error = do_fcntl_lock(fd, cmd, &fl);
	if (error != 0 || cmd != F_GETLK)
		return error;
	lf.l_type = to_linux[fl.l_type];
	lf.l_whence = fl.l_whence;
	lf.l_start = fl.l_start;
	lf.l_len = fl.l_len;
	lf.l_pid = fl.l_pid;
	return copyout(&lf, arg, sizeof(lf));
}

/* F_SETFL: what cannot be changed is ignored, as Linux does. */
static int
setfl_arg(void **argp)
{
	int flags, error;

	error = linux_to_open((int)(intptr_t)*argp & ~(LINUX_O_CREAT |
	    LINUX_O_EXCL | LINUX_O_NOCTTY | LINUX_O_TRUNC), &flags);
	*argp = (void *)(intptr_t)(flags & ~O_ACCMODE);
	return error;
}

int
linux_sys_fcntl(struct lwp *l, const struct sys_fcntl_args *uap,
    register_t *retval)
{
	struct sys_fcntl_args ua = *uap;
	int error;

	switch (SCARG(uap, cmd)) {
	case LINUX_F_DUPFD:
	case LINUX_F_GETFD:
	case LINUX_F_SETFD:
	case LINUX_F_GETFL:
		break;		/* the numbers are the native ones */
	case LINUX_F_SETFL:
		error = setfl_arg(&SCARG(&ua, arg));
		if (error != 0)
			return error;
		break;
	case LINUX_F_GETLK:
		return fcntl_lock(SCARG(uap, fd), F_GETLK, SCARG(uap, arg));
	case LINUX_F_SETLK:
		return fcntl_lock(SCARG(uap, fd), F_SETLK, SCARG(uap, arg));
	case LINUX_F_SETLKW:
		return fcntl_lock(SCARG(uap, fd), F_SETLKW, SCARG(uap, arg));
	case LINUX_F_SETOWN:
		SCARG(&ua, cmd) = F_SETOWN;
		break;
	case LINUX_F_GETOWN:
		SCARG(&ua, cmd) = F_GETOWN;
		break;
	case LINUX_F_DUPFD_CLOEXEC:
		SCARG(&ua, cmd) = F_DUPFD_CLOEXEC;
		break;
	default:
		return EINVAL;
	}
	error = sys_fcntl(l, &ua, retval);
	if (error == 0 && SCARG(uap, cmd) == LINUX_F_GETFL)
		*retval = linux_from_open((int)*retval);
	return error;
}

/* A request's number has its direction in other bits: only known ones go. */
int
linux_sys_ioctl(struct lwp *l, const struct sys_ioctl_args *uap,
    register_t *retval)
{
	static const struct {
		u_long	lx, native;
	} requests[] = {
		{ LINUX_FIONREAD, FIONREAD },
		{ LINUX_FIONBIO, FIONBIO },
		{ LINUX_FIONCLEX, FIONCLEX },
		{ LINUX_FIOCLEX, FIOCLEX },
		{ LINUX_FIOASYNC, FIOASYNC },
	};
	struct sys_ioctl_args ua = *uap;
	size_t i;

	for (i = 0; i < __arraycount(requests); i++) {
		if (requests[i].lx != (uint32_t)SCARG(uap, com))
			continue;
		SCARG(&ua, com) = requests[i].native;
		return sys_ioctl(l, &ua, retval);
	}
	if (fd_getfile((unsigned int)SCARG(uap, fd)) == NULL)
		return EBADF;
	fd_putfile((unsigned int)SCARG(uap, fd));
	return ENOTTY;
}

int
linux_sys_dup3(struct lwp *l, const struct sys_dup3_args *uap,
    register_t *retval)
{

	if ((SCARG(uap, flags) & ~LINUX_O_CLOEXEC) != 0 ||
	    SCARG(uap, from) == SCARG(uap, to))
		return EINVAL;
	return dodup(l, SCARG(uap, from), SCARG(uap, to),
	    SCARG(uap, flags) != 0 ? O_CLOEXEC : 0, retval);
}

int
linux_sys_pipe2(struct lwp *l, const struct sys_pipe2_args *uap,
    register_t *retval)
{
	struct sys_pipe2_args ua = *uap;
	int flags, error;

	if ((SCARG(uap, flags) & ~(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK)) != 0)
		return EINVAL;
	error = linux_to_open(SCARG(uap, flags), &flags);
	if (error != 0)
		return error;
	SCARG(&ua, flags) = flags;
	return sys_pipe2(l, &ua, retval);
}

static const int limits[LINUX_RLIM_NLIMITS] = {
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE,
	RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS,
};

static rlim_t
limit_value(rlim_t v)
{

	return v >= RLIM_INFINITY ? LINUX_RLIM_INFINITY : v;
}

int
linux_sys_getrlimit(struct lwp *l, const struct sys_getrlimit_args *uap,
    register_t *retval)
{
	u_int which = (u_int)SCARG(uap, which);
	struct rlimit rl;

	if (which >= LINUX_RLIM_NLIMITS)
		return EINVAL;
	mutex_enter(l->l_proc->p_lock);
	rl = l->l_proc->p_rlimit[limits[which]];
	mutex_exit(l->l_proc->p_lock);
	rl.rlim_cur = limit_value(rl.rlim_cur);
	rl.rlim_max = limit_value(rl.rlim_max);
	return copyout(&rl, SCARG(uap, rlp), sizeof(rl));
}

int
linux_sys_setrlimit(struct lwp *l, const struct sys_setrlimit_args *uap,
    register_t *retval)
{
	u_int which = (u_int)SCARG(uap, which);
	struct rlimit rl;
	int error;

	if (which >= LINUX_RLIM_NLIMITS)
		return EINVAL;
	error = copyin(SCARG(uap, rlp), &rl, sizeof(rl));
	if (error != 0)
		return error;
	rl.rlim_cur = MIN(rl.rlim_cur, RLIM_INFINITY);
	rl.rlim_max = MIN(rl.rlim_max, RLIM_INFINITY);
	return dosetrlimit(l, l->l_proc, limits[which], &rl);
}
