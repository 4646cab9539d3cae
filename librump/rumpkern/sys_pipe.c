/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings of bytes with two ends: pipe(2), and what named pipes are made of
 * (rump-priv/pipe.h).  pp_lock protects everything in a
 * struct pipe; the buffer is moved with the end's busy flag held instead, so
 * that a copy may fault or sleep.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/syslimits.h>
#include <sys/timevar.h>
#include <sys/ttycom.h>
#include <sys/uio.h>

#include <rump-priv/pipe.h>

#define	PIPE_SIZE	16384		/* bytes in flight, a power of two */

struct pipe {
	kmutex_t	pp_lock;
	kcondvar_t	pp_rcv;		/* readers */
	kcondvar_t	pp_wcv;		/* writers */
	kcondvar_t	pp_drain;	/* for the busy flags */
	struct selinfo	pp_rsel;
	struct selinfo	pp_wsel;
	char		*pp_buf;	/* made at the first write */
	size_t		pp_in;		/* bytes ever written */
	size_t		pp_out;		/* bytes ever read */
	kcondvar_t	pp_ocv;		/* opens that wait for the other end */
	u_int		pp_readers;	/* files open for reading */
	u_int		pp_writers;
	u_int		pp_ropens;	/* how often that was done */
	u_int		pp_wopens;
	bool		pp_hup;		/* there were writers, but no more */
	bool		pp_rbusy;
	bool		pp_wbusy;
	int		pp_restart;	/* FREAD, FWRITE: end is closed under us */
	pid_t		pp_pgid;	/* F_SETOWN */
	struct timespec	pp_btime, pp_atime, pp_mtime;
};

static int	pipe_read(file_t *, off_t *, struct uio *, kauth_cred_t, int);
static int	pipe_write(file_t *, off_t *, struct uio *, kauth_cred_t, int);
static int	pipe_ioctl(file_t *, u_long, void *);
static int	pipe_poll(file_t *, int);
static int	pipe_stat(file_t *, struct stat *);
static int	pipe_close(file_t *);
static int	pipe_kqfilter(file_t *, struct knote *);
static void	pipe_restart(file_t *);

static const struct fileops pipeops = {
	.fo_read = pipe_read,
	.fo_write = pipe_write,
	.fo_ioctl = pipe_ioctl,
	.fo_fcntl = fnullop_fcntl,
	.fo_poll = pipe_poll,
	.fo_stat = pipe_stat,
	.fo_close = pipe_close,
	.fo_kqfilter = pipe_kqfilter,
	.fo_restart = pipe_restart,
};

static inline size_t
pipe_used(const struct pipe *pp)
{

	return pp->pp_in - pp->pp_out;
}

static inline size_t
pipe_space(const struct pipe *pp)
{

	return PIPE_SIZE - pipe_used(pp);
}

struct pipe *
rump_pipe_create(void)
{
	struct pipe *pp;

	pp = kmem_zalloc(sizeof(*pp), KM_SLEEP);
	mutex_init(&pp->pp_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&pp->pp_rcv, "piperd");
	cv_init(&pp->pp_wcv, "pipewr");
	cv_init(&pp->pp_drain, "pipebsy");
	cv_init(&pp->pp_ocv, "fifoopen");
	selinit(&pp->pp_rsel);
	selinit(&pp->pp_wsel);
	getnanotime(&pp->pp_btime);
	pp->pp_atime = pp->pp_mtime = pp->pp_btime;
	return pp;
}

void
rump_pipe_destroy(struct pipe *pp)
{

	if (pp->pp_buf != NULL)
		kmem_free(pp->pp_buf, PIPE_SIZE);
	seldestroy(&pp->pp_rsel);
	seldestroy(&pp->pp_wsel);
	cv_destroy(&pp->pp_rcv);
	cv_destroy(&pp->pp_wcv);
	cv_destroy(&pp->pp_drain);
	cv_destroy(&pp->pp_ocv);
	mutex_destroy(&pp->pp_lock);
	kmem_free(pp, sizeof(*pp));
}

/* One end as a file; it is the caller's to affix. */
static int
pipe_end(struct pipe *pp, int flag, int flags, file_t **fpp, int *fd)
{
	int error;

	error = fd_allocfile(fpp, fd);
	if (error != 0)
		return error;
	(*fpp)->f_flag = flag | (flags & (FNONBLOCK | FNOSIGPIPE));
	(*fpp)->f_type = DTYPE_PIPE;
	(*fpp)->f_pipe = pp;
	(*fpp)->f_ops = &pipeops;
	fd_set_exclose(curlwp, *fd, (flags & O_CLOEXEC) != 0);
	return 0;
}

int
pipe1(struct lwp *l, register_t *retval, int flags)
{
	struct pipe *pp;
	file_t *rf, *wf;
	int rfd, wfd, error;

	if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_NOSIGPIPE)) != 0)
		return EINVAL;
	pp = rump_pipe_create();
	error = pipe_end(pp, FREAD, flags, &rf, &rfd);
	if (error != 0) {
		rump_pipe_destroy(pp);
		return error;
	}
	error = pipe_end(pp, FWRITE, flags, &wf, &wfd);
	if (error != 0) {
		fd_abort(l->l_proc, rf, (unsigned)rfd);
		rump_pipe_destroy(pp);
		return error;
	}
	pp->pp_readers = pp->pp_writers = 1;
	fd_affix(l->l_proc, rf, (unsigned)rfd);
	fd_affix(l->l_proc, wf, (unsigned)wfd);
	retval[0] = rfd;
	retval[1] = wfd;
	return 0;
}

int
sys_pipe(struct lwp *l, const void *v, register_t *retval)
{

	return pipe1(l, retval, 0);
}

int
sys_pipe2(struct lwp *l, const struct sys_pipe2_args *uap, register_t *retval)
{
	register_t res[2];
	int fd[2], error;

	error = pipe1(l, res, SCARG(uap, flags));
	if (error != 0)
		return error;
	fd[0] = (int)res[0];
	fd[1] = (int)res[1];
	error = copyout(fd, SCARG(uap, fildes), sizeof(fd));
	if (error != 0) {
		if (fd_getfile((unsigned)fd[0]) != NULL)
			(void)fd_close((unsigned)fd[0]);
		if (fd_getfile((unsigned)fd[1]) != NULL)
			(void)fd_close((unsigned)fd[1]);
	}
	return error;
}

/* Be the one who moves bytes at this end; wait for another unless told not. */
static int
pipe_busy(struct pipe *pp, bool *busy, int fflag)
{
	int error;

	while (*busy) {
		if ((fflag & FNONBLOCK) != 0)
			return EAGAIN;
		error = cv_wait_sig(&pp->pp_drain, &pp->pp_lock);
		if (error != 0)
			return error;
	}
	*busy = true;
	return 0;
}

static void
pipe_unbusy(struct pipe *pp, bool *busy)
{

	*busy = false;
	cv_broadcast(&pp->pp_drain);
}

/* Sleep for the other end; the busy flag stays ours. */
static int
pipe_sleep(struct pipe *pp, kcondvar_t *cv, int fflag)
{

	if ((fflag & FNONBLOCK) != 0)
		return EAGAIN;
	if ((pp->pp_restart & fflag) != 0) {
		pp->pp_restart &= ~fflag;
		return ERESTART;
	}
	return cv_wait_sig(cv, &pp->pp_lock);
}

/* Move at most n bytes at position pos of the ring; the lock is dropped. */
static int
pipe_move(struct pipe *pp, size_t pos, size_t n, struct uio *uio)
{
	size_t at = pos % PIPE_SIZE, first = MIN(n, PIPE_SIZE - at);
	int error;

	mutex_exit(&pp->pp_lock);
	error = uiomove(pp->pp_buf + at, first, uio);
	if (error == 0 && n > first)
		error = uiomove(pp->pp_buf, n - first, uio);
	mutex_enter(&pp->pp_lock);
	return error;
}

int
rump_pipe_read(struct pipe *pp, struct uio *uio, int fflag)
{
	size_t n;
	int error;

	if (uio->uio_resid == 0)
		return 0;
	mutex_enter(&pp->pp_lock);
	error = pipe_busy(pp, &pp->pp_rbusy, fflag);
	if (error != 0) {
		mutex_exit(&pp->pp_lock);
		return error;
	}
	while (pipe_used(pp) == 0) {
		if (pp->pp_writers == 0)
			break;
		error = pipe_sleep(pp, &pp->pp_rcv, fflag);
		if (error != 0)
			break;
	}
	n = MIN(pipe_used(pp), uio->uio_resid);
	if (error == 0 && n > 0) {
		error = pipe_move(pp, pp->pp_out, n, uio);
		if (error == 0) {
			pp->pp_out += n;
			getnanotime(&pp->pp_atime);
		}
		cv_broadcast(&pp->pp_wcv);
		selnotify(&pp->pp_wsel, POLLOUT | POLLWRNORM, 0);
	}
	pipe_unbusy(pp, &pp->pp_rbusy);
	mutex_exit(&pp->pp_lock);
	return error;
}

/* Wait for room for all of an atomic write, or for a byte of a long one. */
static int
pipe_waitspace(struct pipe *pp, int fflag, size_t want)
{
	int error;

	for (;;) {
		if (pp->pp_readers == 0)
			return EPIPE;
		if (pipe_space(pp) >= want)
			return 0;
		error = pipe_sleep(pp, &pp->pp_wcv, fflag);
		if (error != 0)
			return error;
	}
}

int
rump_pipe_write(struct pipe *pp, struct uio *uio, int fflag)
{
	size_t want = uio->uio_resid <= PIPE_BUF ? uio->uio_resid : 1, n;
	char *buf = NULL;
	int error;

	if (pp->pp_buf == NULL)
		buf = kmem_alloc(PIPE_SIZE, KM_SLEEP);
	mutex_enter(&pp->pp_lock);
	error = pipe_busy(pp, &pp->pp_wbusy, fflag);
	if (error != 0)
		goto out;
	if (pp->pp_buf == NULL) {
		pp->pp_buf = buf;
		buf = NULL;
	}
	if (pp->pp_readers == 0)
		error = EPIPE;
	while (error == 0 && uio->uio_resid > 0) {
		error = pipe_waitspace(pp, fflag, want);
		if (error != 0)
			break;
		n = MIN(pipe_space(pp), uio->uio_resid);
		error = pipe_move(pp, pp->pp_in, n, uio);
		if (error != 0)
			break;
		pp->pp_in += n;
		want = 1;
		cv_broadcast(&pp->pp_rcv);
		selnotify(&pp->pp_rsel, POLLIN | POLLRDNORM, 0);
	}
	getnanotime(&pp->pp_mtime);
	pipe_unbusy(pp, &pp->pp_wbusy);
 out:
	mutex_exit(&pp->pp_lock);
	if (buf != NULL)
		kmem_free(buf, PIPE_SIZE);
	return error;
}

static int
pipe_read(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	return rump_pipe_read(fp->f_pipe, uio, fp->f_flag);
}

static int
pipe_write(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	return rump_pipe_write(fp->f_pipe, uio, fp->f_flag);
}

int
rump_pipe_ioctl(struct pipe *pp, u_long com, void *data)
{

	switch (com) {
	case FIONBIO:
	case FIOASYNC:
		return 0;
	case FIONREAD:
	case FIONWRITE:
		*(int *)data = (int)pipe_used(pp);
		return 0;
	case FIONSPACE:
		*(int *)data = (int)pipe_space(pp);
		return 0;
	case TIOCSPGRP:
	case FIOSETOWN:
		return fsetown(&pp->pp_pgid, com, data);
	case TIOCGPGRP:
	case FIOGETOWN:
		return fgetown(pp->pp_pgid, com, data);
	default:
		return EPASSTHROUGH;
	}
}

static int
pipe_ioctl(file_t *fp, u_long com, void *data)
{

	return rump_pipe_ioctl(fp->f_pipe, com, data);
}

int
rump_pipe_poll(struct pipe *pp, int events, int fflag)
{
	int revents = 0;

	mutex_enter(&pp->pp_lock);
	if ((fflag & FREAD) != 0) {
		if (pipe_used(pp) > 0)
			revents |= events & (POLLIN | POLLRDNORM);
		if (pp->pp_writers == 0 && pp->pp_hup)
			revents |= POLLHUP |
			    (events & (POLLIN | POLLRDNORM));
		if (revents == 0)
			selrecord(curlwp, &pp->pp_rsel);
	}
	if ((fflag & FWRITE) != 0) {
		if (pp->pp_readers == 0)
			revents |= POLLHUP | POLLERR;
		else if (pipe_space(pp) >= PIPE_BUF)
			revents |= events & (POLLOUT | POLLWRNORM);
		if (revents == 0)
			selrecord(curlwp, &pp->pp_wsel);
	}
	mutex_exit(&pp->pp_lock);
	return revents;
}

static int
pipe_poll(file_t *fp, int events)
{

	return rump_pipe_poll(fp->f_pipe, events, fp->f_flag);
}

static int
pipe_stat(file_t *fp, struct stat *sb)
{
	struct pipe *pp = fp->f_pipe;

	mutex_enter(&pp->pp_lock);
	sb->st_mode = S_IFIFO | S_IRUSR | S_IWUSR;
	sb->st_ino = (ino_t)(uintptr_t)pp;
	sb->st_nlink = 1;
	sb->st_blksize = PIPE_SIZE;
	sb->st_size = (off_t)pipe_used(pp);
	sb->st_blocks = sb->st_size != 0;
	sb->st_uid = kauth_cred_geteuid(fp->f_cred);
	sb->st_gid = kauth_cred_getegid(fp->f_cred);
	sb->st_atimespec = pp->pp_atime;
	sb->st_mtimespec = pp->pp_mtime;
	sb->st_ctimespec = sb->st_birthtimespec = pp->pp_btime;
	mutex_exit(&pp->pp_lock);
	return 0;
}

void
rump_pipe_enter(struct pipe *pp, int fflag)
{

	mutex_enter(&pp->pp_lock);
	if ((fflag & FREAD) != 0) {
		if (pp->pp_readers++ == 0)
			pp->pp_hup = false;
		pp->pp_ropens++;
	}
	if ((fflag & FWRITE) != 0) {
		pp->pp_writers++;
		pp->pp_wopens++;
		pp->pp_hup = false;
	}
	cv_broadcast(&pp->pp_ocv);
	selnotify(&pp->pp_wsel, POLLOUT | POLLWRNORM, 0);
	mutex_exit(&pp->pp_lock);
}

bool
rump_pipe_leave(struct pipe *pp, int fflag)
{
	bool last;

	mutex_enter(&pp->pp_lock);
	if ((fflag & FREAD) != 0)
		pp->pp_readers--;
	if ((fflag & FWRITE) != 0 && --pp->pp_writers == 0)
		pp->pp_hup = true;
	last = pp->pp_readers == 0 && pp->pp_writers == 0;
	cv_broadcast(&pp->pp_rcv);
	cv_broadcast(&pp->pp_wcv);
	selnotify(&pp->pp_rsel, POLLHUP, 0);
	selnotify(&pp->pp_wsel, POLLHUP, 0);
	mutex_exit(&pp->pp_lock);
	return last;
}

/* One that came and went meanwhile counts: opens are numbered. */
int
rump_pipe_waitopen(struct pipe *pp, int fflag)
{
	const bool reader = (fflag & FREAD) != 0;
	u_int *others = reader ? &pp->pp_writers : &pp->pp_readers;
	u_int *opens = reader ? &pp->pp_wopens : &pp->pp_ropens;
	u_int seen;
	int error = 0;

	mutex_enter(&pp->pp_lock);
	seen = *opens;
	while (error == 0 && *others == 0 && *opens == seen)
		error = cv_wait_sig(&pp->pp_ocv, &pp->pp_lock);
	mutex_exit(&pp->pp_lock);
	return error;
}

bool
rump_pipe_hasreaders(struct pipe *pp)
{
	bool has;

	mutex_enter(&pp->pp_lock);
	has = pp->pp_readers != 0;
	mutex_exit(&pp->pp_lock);
	return has;
}

static int
pipe_close(file_t *fp)
{

	if (rump_pipe_leave(fp->f_pipe, fp->f_flag))
		rump_pipe_destroy(fp->f_pipe);
	fp->f_pipe = NULL;
	return 0;
}

void
rump_pipe_restart(struct pipe *pp, int fflag)
{

	mutex_enter(&pp->pp_lock);
	if ((fflag & FREAD) != 0 && pp->pp_rbusy)
		pp->pp_restart |= FREAD;
	if ((fflag & FWRITE) != 0 && pp->pp_wbusy)
		pp->pp_restart |= FWRITE;
	cv_broadcast(&pp->pp_rcv);
	cv_broadcast(&pp->pp_wcv);
	mutex_exit(&pp->pp_lock);
}

static void
pipe_restart(file_t *fp)
{

	rump_pipe_restart(fp->f_pipe, fp->f_flag);
}

static void
filt_pipedetach(struct knote *kn)
{
	struct pipe *pp = kn->kn_hook;

	mutex_enter(&pp->pp_lock);
	SLIST_REMOVE(kn->kn_filter == EVFILT_READ ? &pp->pp_rsel.sel_klist :
	    &pp->pp_wsel.sel_klist, kn, knote, kn_selnext);
	mutex_exit(&pp->pp_lock);
}

/*
 * What a filter says of n bytes and of the other end.  The scan reads it
 * without our lock.
 */
static int
pipe_event(struct knote *kn, size_t n, size_t enough, bool eof)
{

	__atomic_store_n(&kn->kn_data, (int64_t)n, __ATOMIC_RELAXED);
	if (eof)
		(void)__atomic_or_fetch(&kn->kn_flags, EV_EOF,
		    __ATOMIC_RELAXED);
	else if ((__atomic_load_n(&kn->kn_flags, __ATOMIC_RELAXED) &
	    EV_EOF) != 0)
		(void)__atomic_and_fetch(&kn->kn_flags, ~EV_EOF,
		    __ATOMIC_RELAXED);
	return n >= enough || eof;
}

/* Called from selnotify with the lock held, or from the scan without. */
static int
filt_piperead(struct knote *kn, long hint)
{
	struct pipe *pp = kn->kn_hook;
	bool locked = mutex_owned(&pp->pp_lock);
	int there;

	if (!locked)
		mutex_enter(&pp->pp_lock);
	there = pipe_event(kn, pipe_used(pp), 1,
	    pp->pp_writers == 0 && pp->pp_hup);
	if (!locked)
		mutex_exit(&pp->pp_lock);
	return there;
}

static int
filt_pipewrite(struct knote *kn, long hint)
{
	struct pipe *pp = kn->kn_hook;
	bool locked = mutex_owned(&pp->pp_lock);
	int there;

	if (!locked)
		mutex_enter(&pp->pp_lock);
	there = pipe_event(kn, pipe_space(pp), PIPE_BUF,
	    pp->pp_readers == 0);
	if (!locked)
		mutex_exit(&pp->pp_lock);
	return there;
}

static const struct filterops pipe_rfiltops =
	{ 1, NULL, filt_pipedetach, filt_piperead };
static const struct filterops pipe_wfiltops =
	{ 1, NULL, filt_pipedetach, filt_pipewrite };

int
rump_pipe_kqfilter(struct pipe *pp, struct knote *kn)
{
	struct klist *list;

	switch (kn->kn_filter) {
	case EVFILT_READ:
		kn->kn_fop = &pipe_rfiltops;
		list = &pp->pp_rsel.sel_klist;
		break;
	case EVFILT_WRITE:
		kn->kn_fop = &pipe_wfiltops;
		list = &pp->pp_wsel.sel_klist;
		break;
	default:
		return EINVAL;
	}
	kn->kn_hook = pp;
	mutex_enter(&pp->pp_lock);
	SLIST_INSERT_HEAD(list, kn, kn_selnext);
	mutex_exit(&pp->pp_lock);
	return 0;
}

static int
pipe_kqfilter(file_t *fp, struct knote *kn)
{

	return rump_pipe_kqfilter(fp->f_pipe, kn);
}
