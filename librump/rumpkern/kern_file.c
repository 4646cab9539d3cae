/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files: their life, and the members that a fileops may name when there
 * is nothing to do.  filelist_lock protects the list of all files; a file's
 * f_lock protects its reference count.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/kauth.h>
#include <sys/poll.h>
#include <sys/pool.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/ttycom.h>
#include <sys/vnode.h>

#include <rump-priv/file.h>

kmutex_t filelist_lock;
struct filelist filehead = LIST_HEAD_INITIALIZER(filehead);
u_int nfiles;
u_int maxfiles = 3404;

static struct pool file_pool;

void
rump_file_init(void)
{

	mutex_init(&filelist_lock, MUTEX_DEFAULT, IPL_NONE);
	pool_init(&file_pool, sizeof(file_t), 0, 0, 0, "filepl", NULL,
	    IPL_NONE);
}

file_t *
rump_file_alloc(void)
{
	file_t *fp;

	mutex_enter(&filelist_lock);
	if (nfiles >= maxfiles) {
		mutex_exit(&filelist_lock);
		return NULL;
	}
	nfiles++;
	mutex_exit(&filelist_lock);

	fp = pool_get(&file_pool, PR_WAITOK);
	memset(fp, 0, sizeof(*fp));
	mutex_init(&fp->f_lock, MUTEX_DEFAULT, IPL_NONE);
	fp->f_cred = kauth_cred_get();
	kauth_cred_hold(fp->f_cred);
	mutex_enter(&filelist_lock);
	LIST_INSERT_HEAD(&filehead, fp, f_list);
	mutex_exit(&filelist_lock);
	return fp;
}

void
rump_file_free(file_t *fp)
{

	KASSERT(fp->f_count == 0);
	mutex_enter(&filelist_lock);
	LIST_REMOVE(fp, f_list);
	nfiles--;
	mutex_exit(&filelist_lock);
	kauth_cred_free(fp->f_cred);
	mutex_destroy(&fp->f_lock);
	pool_put(&file_pool, fp);
}

/* The last reference to a file with flock(2) locks takes them along. */
static void
file_unflock(file_t *fp)
{
	struct flock lf;

	if (fp->f_type != DTYPE_VNODE || (fp->f_flag & FHASLOCK) == 0)
		return;
	memset(&lf, 0, sizeof(lf));
	lf.l_whence = SEEK_SET;
	lf.l_type = F_UNLCK;
	(void)VOP_ADVLOCK(fp->f_vnode, fp, F_UNLCK, &lf, F_FLOCK);
}

int
closef(file_t *fp)
{
	int error = 0;

	mutex_enter(&fp->f_lock);
	KASSERT(fp->f_count > 0);
	if (--fp->f_count > 0) {
		mutex_exit(&fp->f_lock);
		return 0;
	}
	mutex_exit(&fp->f_lock);
	file_unflock(fp);
	if (fp->f_ops != NULL)
		error = (*fp->f_ops->fo_close)(fp);
	rump_file_free(fp);
	return error;
}

file_t *
fgetdummy(void)
{
	file_t *fp;

	fp = rump_file_alloc();
	if (fp != NULL)
		fp->f_count = 1;
	return fp;
}

void
fputdummy(file_t *fp)
{

	KASSERT(fp->f_count == 1);
	fp->f_count = 0;
	rump_file_free(fp);
}

int
fgetown(pid_t pgid, u_long cmd, void *data)
{

	switch (cmd) {
	case TIOCGPGRP:
		*(int *)data = -pgid;
		return 0;
	default:
		*(int *)data = pgid;
		return 0;
	}
}

int
fsetown(pid_t *pgid, u_long cmd, const void *data)
{
	int id = *(const int *)data;
	int error = 0;

	if (id == INT_MIN)
		return EINVAL;
	if (cmd == TIOCSPGRP)
		id = -id;
	mutex_enter(proc_lock);
	if (id > 0 && proc_find(id) == NULL)
		error = ESRCH;
	else if (id < 0 && pgrp_find(-id) == NULL)
		error = ESRCH;
	mutex_exit(proc_lock);
	if (error == 0)
		*pgid = id;
	return error;
}

/* The signal of a descriptor, to the process or the group that owns it. */
void
fownsignal(pid_t pgid, int signo, int code, int band, void *fdescdata)
{
	ksiginfo_t ksi;
	struct proc *p;
	struct pgrp *pg;

	KASSERT(!cpu_intr_p());
	if (pgid == 0)
		return;
	KSI_INIT(&ksi);
	ksi.ksi_signo = signo;
	ksi.ksi_code = code;
	ksi.ksi_band = band;
	mutex_enter(proc_lock);
	if (pgid > 0) {
		p = proc_find(pgid);
		if (p != NULL)
			kpsignal(p, &ksi, fdescdata);
	} else {
		pg = pgrp_find(-pgid);
		if (pg != NULL)
			kpgsignal(pg, &ksi, fdescdata, 0);
	}
	mutex_exit(proc_lock);
}

int
fnullop_fcntl(file_t *fp, u_int cmd, void *data)
{

	return cmd == F_SETFL ? 0 : EOPNOTSUPP;
}

int
fnullop_poll(file_t *fp, int which)
{

	return 0;
}

int
fnullop_kqfilter(file_t *fp, struct knote *kn)
{

	return 0;
}

void
fnullop_restart(file_t *fp)
{
}

int
fbadop_read(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	return EOPNOTSUPP;
}

int
fbadop_write(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	return EOPNOTSUPP;
}

int
fbadop_ioctl(file_t *fp, u_long com, void *data)
{

	return EOPNOTSUPP;
}

int
fbadop_stat(file_t *fp, struct stat *sb)
{

	return EOPNOTSUPP;
}

int
fbadop_close(file_t *fp)
{

	return EOPNOTSUPP;
}
