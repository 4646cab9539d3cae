/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables, filedesc(9).
 *
 * A slot of a table (fdfile) is never freed while the table is in use, and
 * replaced tables live on until the filedesc is freed, so fd_getfile() needs
 * no lock: it counts a reference in the slot and then looks at ff_file.  A
 * close clears ff_file first and then looks at the count; whichever comes
 * second sees the other (smp: a full barrier stands between the two steps on
 * both sides).  All changes of a table are made with fd_lock held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/vnode.h>

#include <rump-priv/file.h>

filedesc_t filedesc0;

#ifdef RUMP_UP
#define	FF_REF(ff)	((void)++(ff)->ff_refcnt)
#define	FF_UNREF(ff)	(--(ff)->ff_refcnt)
#define	FF_BARRIER()	__insn_barrier()
#else
#define	FF_REF(ff)	((void)atomic_inc_uint_nv(&(ff)->ff_refcnt))
#define	FF_UNREF(ff)	(atomic_dec_uint_nv(&(ff)->ff_refcnt))
#define	FF_BARRIER()	membar_sync()
#endif

/*
 * A slot's file, read without fd_lock.  The writers' release pairs with this:
 * who finds the file finds it complete.
 */
#define	FF_FILE(ff)	__atomic_load_n(&(ff)->ff_file, __ATOMIC_ACQUIRE)
#define	FF_SETFILE(ff, fp) \
	__atomic_store_n(&(ff)->ff_file, (fp), __ATOMIC_RELEASE)

#define	FF_REFCNT(ff)	__atomic_load_n(&(ff)->ff_refcnt, __ATOMIC_ACQUIRE)

/* The table, likewise; its slots are there before it is. */
#define	FD_TABLE(fdp)	__atomic_load_n(&(fdp)->fd_dt, __ATOMIC_ACQUIRE)

static inline fdfile_t *
fd_slot(const filedesc_t *fdp, unsigned fd)
{
	fdtab_t *dt = FD_TABLE(fdp);

	return fd < dt->dt_nfiles ? rump_fd_slot(dt, fd) : NULL;
}

static inline bool
fd_taken(const filedesc_t *fdp, unsigned fd)
{

	return (fdp->fd_map[fd / NDENTRIES] >> (fd % NDENTRIES)) & 1;
}

static inline void
fd_take(filedesc_t *fdp, unsigned fd)
{

	KASSERT(!fd_taken(fdp, fd));
	fdp->fd_map[fd / NDENTRIES] |= 1U << (fd % NDENTRIES);
	rump_fd_slot(fdp->fd_dt, fd)->ff_allocated = true;
}

/* The number may be given to another. */
static void
fd_release(filedesc_t *fdp, unsigned fd)
{

	KASSERT(mutex_owned(&fdp->fd_lock));
	KASSERT(fd_taken(fdp, fd));
	fdp->fd_map[fd / NDENTRIES] &= ~(1U << (fd % NDENTRIES));
	rump_fd_slot(fdp->fd_dt, fd)->ff_allocated = false;
	if (fd < fdp->fd_freefile)
		fdp->fd_freefile = fd;
}

file_t *
fd_getfile(unsigned fd)
{
	fdfile_t *ff;
	file_t *fp;

	ff = fd_slot(curlwp->l_fd, fd);
	if (__predict_false(ff == NULL || FF_FILE(ff) == NULL))
		return NULL;
	FF_REF(ff);
	FF_BARRIER();
	fp = FF_FILE(ff);
	if (__predict_false(fp == NULL)) {
		fd_putfile(fd);
		return NULL;
	}
	return fp;
}

void
fd_putfile(unsigned fd)
{
	filedesc_t *fdp = curlwp->l_fd;
	fdfile_t *ff = rump_fd_slot(FD_TABLE(fdp), fd);

	FF_BARRIER();
	KASSERT((FF_REFCNT(ff) & FR_MASK) > 0);
	if (__predict_true((FF_UNREF(ff) & FR_CLOSING) == 0))
		return;
	mutex_enter(&fdp->fd_lock);
	cv_broadcast(&fdp->fd_closecv);
	mutex_exit(&fdp->fd_lock);
}

/* Another process's file, with a reference to the file for closef(). */
file_t *
fd_getfile2(struct proc *p, unsigned fd)
{
	filedesc_t *fdp = p->p_fd;
	fdfile_t *ff;
	file_t *fp = NULL;

	mutex_enter(&fdp->fd_lock);
	ff = fd_slot(fdp, fd);
	if (ff != NULL && (fp = ff->ff_file) != NULL)
		rump_file_hold(fp);
	mutex_exit(&fdp->fd_lock);
	return fp;
}

int
fd_getvnode(unsigned fd, file_t **fpp)
{
	file_t *fp;

	fp = fd_getfile(fd);
	if (__predict_false(fp == NULL))
		return EBADF;
	if (__predict_false(fp->f_type != DTYPE_VNODE)) {
		fd_putfile(fd);
		return EINVAL;
	}
	*fpp = fp;
	return 0;
}

int
fd_getsock1(unsigned fd, struct socket **sop, file_t **fpp)
{
	file_t *fp;

	fp = fd_getfile(fd);
	if (fp == NULL)
		return EBADF;
	if (fp->f_type != DTYPE_SOCKET) {
		fd_putfile(fd);
		return ENOTSOCK;
	}
	*sop = fp->f_socket;
	*fpp = fp;
	return 0;
}

int
fd_getsock(unsigned fd, struct socket **sop)
{
	file_t *fp;

	return fd_getsock1(fd, sop, &fp);
}

/* How many descriptors the process may have. */
static u_int
fd_limit(struct proc *p)
{
	rlim_t lim = p->p_rlimit[RLIMIT_NOFILE].rlim_cur;

	return lim < maxfiles ? (u_int)lim : maxfiles;
}

/* The lowest number >= want that is not taken; dt_nfiles: none. */
static u_int
fd_findfree(filedesc_t *fdp, u_int want)
{
	u_int nfiles = fdp->fd_dt->dt_nfiles, i;

	for (i = want; i < nfiles; i++) {
		if (i % NDENTRIES == 0 &&
		    fdp->fd_map[i / NDENTRIES] == ~0U) {
			i += NDENTRIES - 1;
			continue;
		}
		if (!fd_taken(fdp, i))
			return i;
	}
	return nfiles;
}

int
fd_alloc(struct proc *p, int want, int *result)
{
	filedesc_t *fdp = p->p_fd;
	u_int lim = fd_limit(p), fd, from;
	int error = 0;

	KASSERT(want >= 0);
	mutex_enter(&fdp->fd_lock);
	from = MAX((u_int)want, fdp->fd_freefile);
	fd = fd_findfree(fdp, from);
	if (fd >= lim)
		error = EMFILE;
	else if (fd >= fdp->fd_dt->dt_nfiles)
		error = ENOSPC;
	else {
		fd_take(fdp, fd);
		if ((u_int)want <= fdp->fd_freefile)
			fdp->fd_freefile = fd + 1;
		*result = (int)fd;
	}
	mutex_exit(&fdp->fd_lock);
	return error;
}

static size_t
fdtab_size(u_int n)
{

	return offsetof(fdtab_t, dt_ff) + n * sizeof(fdfile_t *);
}

static void
fdtab_free(fdtab_t *dt)
{

	if (dt->dt_nchunk != 0)
		kmem_free(dt->dt_chunk, dt->dt_nchunk * sizeof(fdfile_t));
	kmem_free(dt, fdtab_size(dt->dt_nfiles));
}

/* A table of n slots, the last nnew of which come with it. */
static fdtab_t *
fdtab_alloc(u_int n, u_int nnew)
{
	fdtab_t *dt;
	u_int i;

	dt = kmem_zalloc(fdtab_size(n), KM_SLEEP);
	dt->dt_nfiles = n;
	dt->dt_nchunk = nnew;
	dt->dt_chunk = kmem_zalloc(nnew * sizeof(fdfile_t), KM_SLEEP);
	for (i = 0; i < nnew; i++)
		*rump_fd_slotp(dt, n - nnew + i) = &dt->dt_chunk[i];
	return dt;
}

/* Grow the table to n slots unless another has done so meanwhile. */
static void
fd_grow(filedesc_t *fdp, u_int oldn, u_int n)
{
	fdtab_t *dt;
	uint32_t *map, *oldmap = NULL;

	dt = fdtab_alloc(n, n - oldn);
	map = kmem_zalloc(NDWORDS(n) * sizeof(*map), KM_SLEEP);
	mutex_enter(&fdp->fd_lock);
	if (fdp->fd_dt->dt_nfiles != oldn) {
		mutex_exit(&fdp->fd_lock);
		kmem_free(map, NDWORDS(n) * sizeof(*map));
		fdtab_free(dt);
		return;
	}
	memcpy(rump_fd_slotp(dt, 0), rump_fd_slotp(fdp->fd_dt, 0),
	    oldn * sizeof(fdfile_t *));
	memcpy(map, fdp->fd_map, NDWORDS(oldn) * sizeof(*map));
	if (fdp->fd_map != fdp->fd_dmap)
		oldmap = fdp->fd_map;
	fdp->fd_map = map;
	dt->dt_link = fdp->fd_dt;
	__atomic_store_n(&fdp->fd_dt, dt, __ATOMIC_RELEASE);
	mutex_exit(&fdp->fd_lock);
	if (oldmap != NULL)
		kmem_free(oldmap, NDWORDS(oldn) * sizeof(*oldmap));
}

void
fd_tryexpand(struct proc *p)
{
	filedesc_t *fdp = p->p_fd;
	u_int oldn = FD_TABLE(fdp)->dt_nfiles, n;

	n = oldn < NDEXTENT ? NDEXTENT : oldn * 2;
	fd_grow(fdp, oldn, n);
}

/* fd_alloc(), growing the table as needed. */
static int
fd_allocgrow(struct proc *p, int want, int *result)
{
	int error;

	while ((error = fd_alloc(p, want, result)) == ENOSPC)
		fd_tryexpand(p);
	return error;
}

int
fd_allocfile(file_t **fpp, int *resultfd)
{
	struct proc *p = curproc;
	file_t *fp;
	int error;

	error = fd_allocgrow(p, 0, resultfd);
	if (error != 0)
		return error;
	fp = rump_file_alloc();
	if (fp == NULL) {
		fd_abort(p, NULL, (unsigned)*resultfd);
		return ENFILE;
	}
	*fpp = fp;
	return 0;
}

void
fd_affix(struct proc *p, file_t *fp, unsigned fd)
{
	filedesc_t *fdp = p->p_fd;
	fdfile_t *ff;

	rump_file_hold(fp);
	mutex_enter(&fdp->fd_lock);
	ff = rump_fd_slot(fdp->fd_dt, fd);
	KASSERT(ff->ff_allocated && ff->ff_file == NULL);
	FF_SETFILE(ff, fp);
	mutex_exit(&fdp->fd_lock);
}

void
fd_abort(struct proc *p, file_t *fp, unsigned fd)
{
	filedesc_t *fdp = p->p_fd;

	mutex_enter(&fdp->fd_lock);
	rump_fd_slot(fdp->fd_dt, fd)->ff_exclose = false;
	fd_release(fdp, fd);
	mutex_exit(&fdp->fd_lock);
	if (fp != NULL) {
		KASSERT(fp->f_count == 0);
		rump_file_free(fp);
	}
}

int
fd_clone(file_t *fp, unsigned fd, int flag, const struct fileops *fops,
    void *data)
{

	fp->f_flag = flag & FMASK;
	fp->f_type = DTYPE_MISC;
	fp->f_ops = fops;
	fp->f_data = data;
	curlwp->l_dupfd = (int)fd;
	fd_set_exclose(curlwp, (int)fd, (flag & O_CLOEXEC) != 0);
	fd_affix(curproc, fp, fd);
	return EMOVEFD;
}

/*
 * With fd_lock held and ff_file cleared: wait until no system call uses the
 * slot any more.  One that sleeps in the object is told to leave it.
 */
static void
fd_drain(filedesc_t *fdp, fdfile_t *ff, file_t *fp)
{

	while ((FF_REFCNT(ff) & FR_MASK) != 0) {
#ifdef RUMP_UP
		ff->ff_refcnt |= FR_CLOSING;
#else
		atomic_or_uint(&ff->ff_refcnt, FR_CLOSING);
#endif
		mutex_exit(&fdp->fd_lock);
		(*fp->f_ops->fo_restart)(fp);
		mutex_enter(&fdp->fd_lock);
		if ((FF_REFCNT(ff) & FR_MASK) == 0)
			break;
		(void)cv_timedwait(&fdp->fd_closecv, &fdp->fd_lock, hz / 10);
	}
#ifdef RUMP_UP
	ff->ff_refcnt &= ~FR_CLOSING;
#else
	atomic_and_uint(&ff->ff_refcnt, ~FR_CLOSING);
#endif
}

/* A process that has record locks loses them with any close of the file. */
static void
fd_droplocks(struct proc *p, file_t *fp)
{
	struct flock lf;

	if (fp->f_type != DTYPE_VNODE || (p->p_flag & PK_ADVLOCK) == 0)
		return;
	memset(&lf, 0, sizeof(lf));
	lf.l_whence = SEEK_SET;
	lf.l_type = F_UNLCK;
	(void)VOP_ADVLOCK(fp->f_vnode, p, F_UNLCK, &lf, F_POSIX);
}

int
fd_close(unsigned fd)
{
	filedesc_t *fdp = curlwp->l_fd;
	fdfile_t *ff = rump_fd_slot(FD_TABLE(fdp), fd);
	file_t *fp;

	mutex_enter(&fdp->fd_lock);
	fp = ff->ff_file;
	if (fp == NULL) {
		/* Another thread closes it and waits for us. */
		mutex_exit(&fdp->fd_lock);
		fd_putfile(fd);
		return EBADF;
	}
	FF_SETFILE(ff, NULL);
	ff->ff_exclose = false;
	FF_BARRIER();
	if ((FF_UNREF(ff) & FR_MASK) != 0)
		fd_drain(fdp, ff, fp);
	if (!SLIST_EMPTY(&ff->ff_knlist)) {
		mutex_exit(&fdp->fd_lock);
		knote_fdclose((int)fd);
		mutex_enter(&fdp->fd_lock);
	}
	fd_release(fdp, fd);
	mutex_exit(&fdp->fd_lock);
	fd_droplocks(curproc, fp);
	return closef(fp);
}

int
fd_dup(file_t *fp, int minfd, int *newp, bool exclose)
{
	struct proc *p = curproc;
	int error;

	error = fd_allocgrow(p, minfd, newp);
	if (error != 0)
		return error;
	fd_set_exclose(curlwp, *newp, exclose);
	fd_affix(p, fp, (unsigned)*newp);
	return 0;
}

/* Take the number newfd for the caller, closing what it refers to. */
static int
fd_claim(struct proc *p, unsigned newfd)
{
	filedesc_t *fdp = p->p_fd;

	if (newfd >= fd_limit(p))
		return EBADF;
	while (newfd >= FD_TABLE(fdp)->dt_nfiles)
		fd_tryexpand(p);
	mutex_enter(&fdp->fd_lock);
	while (fd_taken(fdp, newfd)) {
		mutex_exit(&fdp->fd_lock);
		if (fd_getfile(newfd) != NULL)
			(void)fd_close(newfd);
		else	/* on its way to be opened or closed */
			(void)kpause("fddup", false, 1, NULL);
		mutex_enter(&fdp->fd_lock);
	}
	fd_take(fdp, newfd);
	mutex_exit(&fdp->fd_lock);
	return 0;
}

int
fd_dup2(file_t *fp, unsigned newfd, int flags)
{
	struct proc *p = curproc;
	int error;

	if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_NOSIGPIPE)) != 0)
		return EINVAL;
	error = fd_claim(p, newfd);
	if (error != 0)
		return error;
	fd_set_exclose(curlwp, (int)newfd, (flags & O_CLOEXEC) != 0);
	fd_affix(p, fp, newfd);
	return 0;
}

/*
 * The end of an open whose device has answered EDUPFD (the descriptor old is
 * to be duplicated) or EMOVEFD (it is to be moved to the lowest number).
 */
int
fd_dupopen(int old, int *newp, int mode, int error)
{
	file_t *fp;
	bool exclose;

	fp = fd_getfile((unsigned)old);
	if (fp == NULL)
		return EBADF;
	exclose = rump_fd_slot(FD_TABLE(curlwp->l_fd),
	    (unsigned)old)->ff_exclose;
	if (error == EDUPFD) {
		if (((mode & (FREAD | FWRITE)) | fp->f_flag) != fp->f_flag)
			error = EACCES;
		else
			error = fd_dup(fp, 0, newp, exclose);
		fd_putfile((unsigned)old);
	} else if (error == EMOVEFD) {
		error = fd_dup(fp, 0, newp, exclose);
		(void)fd_close((unsigned)old);
	} else
		fd_putfile((unsigned)old);
	return error;
}

void
fd_set_exclose(struct lwp *l, int fd, bool exclose)
{
	filedesc_t *fdp = l->l_fd;

	mutex_enter(&fdp->fd_lock);
	rump_fd_slot(fdp->fd_dt, fd)->ff_exclose = exclose;
	if (exclose)
		fdp->fd_exclose = true;
	mutex_exit(&fdp->fd_lock);
}

void
fd_closeexec(void)
{
	filedesc_t *fdp = curlwp->l_fd;
	unsigned fd;

	if (!fdp->fd_exclose)
		return;
	for (fd = 0; fd < fdp->fd_dt->dt_nfiles; fd++) {
		if (rump_fd_slot(fdp->fd_dt, fd)->ff_exclose &&
		    fd_getfile(fd) != NULL)
			(void)fd_close(fd);
	}
	fdp->fd_exclose = false;
}

filedesc_t *
fd_init(filedesc_t *fdp)
{
	fdtab_t *dt;
	u_int i;

	if (fdp == NULL)
		fdp = kmem_zalloc(sizeof(*fdp), KM_SLEEP);
	mutex_init(&fdp->fd_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&fdp->fd_closecv, "fdclose");
	dt = &fdp->fd_builtin;
	dt->dt_nfiles = NDFILE;
	for (i = 0; i < NDFILE; i++)
		*rump_fd_slotp(dt, i) = &fdp->fd_dfdfile[i];
	fdp->fd_dt = dt;
	fdp->fd_map = fdp->fd_dmap;
	fdp->fd_refcnt = 1;
	return fdp;
}

/* Give a table back that no process has any more and that is empty. */
static void
fd_destroy(filedesc_t *fdp)
{
	fdtab_t *dt, *next;
	u_int n = fdp->fd_dt->dt_nfiles;

	if (fdp->fd_map != fdp->fd_dmap)
		kmem_free(fdp->fd_map, NDWORDS(n) * sizeof(*fdp->fd_map));
	for (dt = fdp->fd_dt; dt != &fdp->fd_builtin; dt = next) {
		next = dt->dt_link;
		fdtab_free(dt);
	}
	if (fdp->fd_knhash != NULL)
		hashdone(fdp->fd_knhash, HASH_SLIST, fdp->fd_knhashmask);
	cv_destroy(&fdp->fd_closecv);
	mutex_destroy(&fdp->fd_lock);
	if (fdp != &filedesc0)
		kmem_free(fdp, sizeof(*fdp));
}

filedesc_t *
fd_copy(void)
{
	filedesc_t *fdp = curlwp->l_fd, *newfdp;
	const fdfile_t *from;
	fdfile_t *to;
	u_int n, i;

	newfdp = fd_init(NULL);
	for (;;) {
		n = FD_TABLE(fdp)->dt_nfiles;
		if (n > newfdp->fd_dt->dt_nfiles)
			fd_grow(newfdp, newfdp->fd_dt->dt_nfiles, n);
		mutex_enter(&fdp->fd_lock);
		if (fdp->fd_dt->dt_nfiles <= newfdp->fd_dt->dt_nfiles)
			break;
		mutex_exit(&fdp->fd_lock);
	}
	for (i = 0; i < fdp->fd_dt->dt_nfiles; i++) {
		from = rump_fd_slot(fdp->fd_dt, i);
		/* A kqueue belongs to the process that made it. */
		if (from->ff_file == NULL ||
		    from->ff_file->f_type == DTYPE_KQUEUE)
			continue;
		fd_take(newfdp, i);
		to = rump_fd_slot(newfdp->fd_dt, i);
		rump_file_hold(from->ff_file);
		to->ff_file = from->ff_file;
		to->ff_exclose = from->ff_exclose;
	}
	newfdp->fd_exclose = fdp->fd_exclose;
	mutex_exit(&fdp->fd_lock);
	return newfdp;
}

void
fd_share(struct proc *p)
{
	filedesc_t *fdp = curlwp->l_fd;

	mutex_enter(&fdp->fd_lock);
	fdp->fd_refcnt++;
	mutex_exit(&fdp->fd_lock);
	p->p_fd = fdp;
}

void
fd_free(void)
{
	struct lwp *l = curlwp;
	struct proc *p = l->l_proc;
	filedesc_t *fdp = l->l_fd;
	unsigned fd;
	bool last;
	file_t *fp;

	if (fdp == NULL)
		return;
	mutex_enter(&fdp->fd_lock);
	last = --fdp->fd_refcnt == 0;
	mutex_exit(&fdp->fd_lock);
	for (fd = 0; fd < fdp->fd_dt->dt_nfiles; fd++) {
		fp = fd_getfile(fd);
		if (fp == NULL)
			continue;
		if (last) {
			(void)fd_close(fd);
		} else {
			fd_droplocks(p, fp);
			fd_putfile(fd);
		}
	}
	if (last) {
		rump_knotes_free(fdp);
		fd_destroy(fdp);
	}
	l->l_fd = NULL;
	p->p_fd = NULL;
}

void
fd_sys_init(void)
{

	rump_file_init();
	rump_select_init();
	rump_kqueue_init();
	proc0.p_fd = fd_init(&filedesc0);
	lwp0.l_fd = proc0.p_fd;
}
