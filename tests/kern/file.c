/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of descriptors, files, events and the system-call
 * table: int rumptest_NAME(void), 0 or the line of what failed, called with a
 * virtual CPU held, in a process of its own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/syscallvar.h>
#include <sys/uio.h>

int	rumptest_fd_life(void);
int	rumptest_fd_clone(void);
int	rumptest_fd_table(void);
int	rumptest_fd_wrong(void);
int	rumptest_syscall_package(void);
int	rumptest_select(void);
int	rumptest_file_list(void);

#define	WANT(cond)							\
do {									\
	if (!(cond))							\
		return __LINE__;					\
} while (/*CONSTCOND*/0)

static int nclosed;

static int
tst_read(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{
	char c = 'r';

	if ((flags & FOF_UPDATE_OFFSET) != 0)
		*offset += 1;
	return uiomove(&c, 1, uio);
}

static int
tst_close(file_t *fp)
{

	nclosed++;
	return 0;
}

static const struct fileops tst_ops = {
	.fo_read = tst_read,
	.fo_write = fbadop_write,
	.fo_ioctl = fbadop_ioctl,
	.fo_fcntl = fnullop_fcntl,
	.fo_poll = fnullop_poll,
	.fo_stat = fbadop_stat,
	.fo_close = tst_close,
	.fo_kqfilter = fnullop_kqfilter,
	.fo_restart = fnullop_restart,
};

/* A file is made, found, duplicated and closed with its last reference. */
int
rumptest_fd_life(void)
{
	file_t *fp, *fp2;
	register_t retval[2];
	char c = 0;
	int fd, fd2;

	nclosed = 0;
	WANT(fd_allocfile(&fp, &fd) == 0);
	WANT(fd_getfile((unsigned)fd) == NULL);
	WANT(fp->f_cred == kauth_cred_get());
	fp->f_flag = FREAD;
	fp->f_type = DTYPE_MISC;
	fp->f_ops = &tst_ops;
	fd_affix(curproc, fp, (unsigned)fd);
	WANT(fp->f_count == 1);
	WANT(fd_getfile((unsigned)fd) == fp);
	WANT(fd_dup(fp, 0, &fd2, false) == 0);
	WANT(fp->f_count == 2);
	/* dofileread gives the reference back. */
	WANT(dofileread(fd, fp, &c, 1, &fp->f_offset, FOF_UPDATE_OFFSET,
	    retval) == 0);
	WANT(retval[0] == 1);
	WANT(c == 'r');
	WANT(fp->f_offset == 1);
	WANT(fd_getfile((unsigned)fd) == fp);
	WANT(fd_close((unsigned)fd) == 0);
	WANT(nclosed == 0);
	fp2 = fd_getfile2(curproc, (unsigned)fd2);
	WANT(fp2 == fp);
	WANT(fd_getfile((unsigned)fd2) == fp);
	WANT(fd_close((unsigned)fd2) == 0);
	WANT(nclosed == 0);
	WANT(closef(fp2) == 0);
	WANT(nclosed == 1);
	return 0;
}

/* What a cloning device's open does. */
int
rumptest_fd_clone(void)
{
	file_t *fp;
	int fd, newfd, other;

	nclosed = 0;
	WANT(fd_allocfile(&fp, &fd) == 0);
	WANT(fd_clone(fp, (unsigned)fd, FREAD | O_CREAT, &tst_ops, &nclosed)
	    == EMOVEFD);
	WANT(curlwp->l_dupfd == fd);
	WANT(fp->f_type == DTYPE_MISC);
	WANT(fp->f_flag == FREAD);
	WANT(fp->f_data == &nclosed);
	WANT(fd_dupopen(fd, &newfd, FREAD, EMOVEFD) == 0);
	WANT(fd_getfile((unsigned)fd) == NULL);
	WANT(fd_dupopen(newfd, &other, FREAD, EDUPFD) == 0);
	WANT(fd_dupopen(newfd, &other, FREAD | FWRITE, EDUPFD) == EACCES);
	WANT(fd_getfile((unsigned)newfd) == fp);
	WANT(fd_close((unsigned)newfd) == 0);
	WANT(fd_dupopen(newfd, &other, FREAD, EDUPFD) == EBADF);
	return 0;
}

/* Numbers: lowest first, growth, what an abort gives back. */
int
rumptest_fd_table(void)
{
	file_t *fp;
	int fd, first, i;

	WANT(fd_allocfile(&fp, &first) == 0);
	fd_abort(curproc, fp, (unsigned)first);
	WANT(fd_allocfile(&fp, &fd) == 0);
	WANT(fd == first);
	fd_abort(curproc, fp, (unsigned)fd);
	for (i = 0; i < 100; i++) {
		while (fd_alloc(curproc, 10, &fd) == ENOSPC)
			fd_tryexpand(curproc);
		WANT(fd >= 10);
		if (i > 0)
			WANT(fd > first);
		first = fd;
	}
	WANT(curlwp->l_fd->fd_dt->dt_nfiles >= 110);
	for (i = first; i > first - 100 && i >= 10; i--)
		fd_abort(curproc, NULL, (unsigned)i);
	return 0;
}

int
rumptest_fd_wrong(void)
{
	file_t *fp;
	struct socket *so;
	struct stat sb;
	int fd;

	WANT(fd_getfile(~0U) == NULL);
	WANT(fd_getfile(19) == NULL);
	WANT(fd_getvnode(19, &fp) == EBADF);
	WANT(fd_getsock(19, &so) == EBADF);
	WANT(do_sys_fstat(19, &sb) == EBADF);
	WANT(fd_allocfile(&fp, &fd) == 0);
	fp->f_flag = FREAD;
	fp->f_type = DTYPE_MISC;
	fp->f_ops = &tst_ops;
	fd_affix(curproc, fp, (unsigned)fd);
	WANT(fd_getvnode((unsigned)fd, &fp) == EINVAL);
	WANT(fd_getsock((unsigned)fd, &so) == ENOTSOCK);
	WANT(do_sys_fstat(fd, &sb) == EOPNOTSUPP);
	/* The references were given back: the close does not wait. */
	WANT(fd_getfile((unsigned)fd) == fp);
	WANT(fd_close((unsigned)fd) == 0);
	return 0;
}

static int
tst_call(struct lwp *l, const void *v, register_t *retval)
{

	*retval = 4711;
	return 0;
}

/* Handlers come with a package, and go. */
int
rumptest_syscall_package(void)
{
	static const struct syscall_package pkg[] = {
		{ SYS_nfssvc, 0, tst_call },
		{ 0, 0, NULL },
	};
	static const struct syscall_package taken[] = {
		{ SYS_lfs_bmapv, 0, tst_call },
		{ SYS_read, 0, tst_call },
		{ 0, 0, NULL },
	};
	struct sysent *sy = emul_netbsd.e_sysent;
	register_t retval[2];

	WANT(sy_invoke(&sy[SYS_nfssvc], curlwp, NULL, retval, SYS_nfssvc) ==
	    ENOSYS);
	WANT(syscall_establish(NULL, pkg) == 0);
	WANT(syscall_establish(NULL, pkg) == EBUSY);
	WANT(sy_invoke(&sy[SYS_nfssvc], curlwp, NULL, retval, SYS_nfssvc) ==
	    0);
	WANT(retval[0] == 4711);
	/* All or none. */
	WANT(syscall_establish(NULL, taken) == EBUSY);
	WANT(sy_invoke(&sy[SYS_lfs_bmapv], curlwp, NULL, retval,
	    SYS_lfs_bmapv) == ENOSYS);
	WANT(syscall_disestablish(NULL, pkg) == 0);
	WANT(sy_invoke(&sy[SYS_nfssvc], curlwp, NULL, retval, SYS_nfssvc) ==
	    ENOSYS);
	return 0;
}

/* A selinfo without waiters, and knotes on it. */
static int nasked;

static int
tst_event(struct knote *kn, long hint)
{

	nasked++;
	return hint == 7;
}

int
rumptest_select(void)
{
	static const struct filterops fop = { 1, NULL, NULL, tst_event };
	struct selinfo si;
	struct knote kn;

	selinit(&si);
	selnotify(&si, POLLIN, 0);
	/* Outside a poll there is nobody to note. */
	selrecord(curlwp, &si);
	WANT(si.sel_first == NULL);
	memset(&kn, 0, sizeof(kn));
	kn.kn_fop = &fop;
	SLIST_INSERT_HEAD(&si.sel_klist, &kn, kn_selnext);
	nasked = 0;
	selnotify(&si, 0, 3);
	KNOTE(&si.sel_klist, 4);
	WANT(nasked == 2);
	SLIST_REMOVE(&si.sel_klist, &kn, knote, kn_selnext);
	seldestroy(&si);
	return 0;
}

/* Every open file is in the list, a dummy too. */
int
rumptest_file_list(void)
{
	file_t *fp, *it;
	u_int before = nfiles;

	fp = fgetdummy();
	WANT(fp != NULL);
	WANT(nfiles == before + 1);
	mutex_enter(&filelist_lock);
	LIST_FOREACH(it, &filehead, f_list)
		if (it == fp)
			break;
	mutex_exit(&filelist_lock);
	WANT(it == fp);
	fputdummy(fp);
	WANT(nfiles == before);
	return 0;
}
