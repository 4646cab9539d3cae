/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kqueue(2), kevent(2) and the kernel's side of events, knote(9).
 *
 * Three kinds of lock, taken in this order: fd_lock of the process's table
 * protects the lists that find a knote (kn_link, kn_dying); an object's own
 * lock protects its klist (kn_selnext) and is held around knote(); kq_lock
 * protects a kqueue's queue and kn_status.  kq_proclock is the object's lock of
 * all processes, after proc_lock.  A filter is asked with none of ours held; KN_BUSY keeps the knote alive meanwhile.  Whoever sets kn_dying
 * detaches and frees.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/conf.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/select.h>
#include <sys/signal.h>
#include <sys/stat.h>
#include <sys/syscallargs.h>
#include <sys/timevar.h>

#include <rump-priv/clock.h>
#include <rump-priv/file.h>

#define	KQ_BATCH	8		/* events moved at a time */
#define	KQ_MAXCHANGES	(64 * 1024)	/* sanity limit of one call */
#define	KN_HASHSIZE	64

struct kqueue {
	kmutex_t		kq_lock;
	kcondvar_t		kq_cv;
	TAILQ_HEAD(, knote)	kq_head;	/* queued knotes */
	u_int			kq_count;	/* of them */
	u_int			kq_knotes;	/* registrations (fd_lock) */
	struct selinfo		kq_sel;
	filedesc_t		*kq_fdp;	/* where they are registered */
	bool			kq_restart;
	u_int			kq_watching;	/* kqueues it watches */
	u_int			kq_watched;	/* kqueues that watch it */
};

static kmutex_t kq_nestlock;		/* kq_watching, kq_watched */
static kmutex_t kq_proclock;		/* p_klist of all, kn_obj therein */

void
rump_kqueue_init(void)
{

	mutex_init(&kq_nestlock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&kq_proclock, MUTEX_DEFAULT, IPL_SOFTCLOCK);
}

static int	kqueue_ioctl(file_t *, u_long, void *);
static int	kqueue_poll(file_t *, int);
static int	kqueue_stat(file_t *, struct stat *);
static int	kqueue_close(file_t *);
static int	kqueue_kqfilter(file_t *, struct knote *);
static void	kqueue_restart(file_t *);
static int	kqueue_read(file_t *, off_t *, struct uio *, kauth_cred_t,
		    int);
static int	kqueue_write(file_t *, off_t *, struct uio *, kauth_cred_t,
		    int);

static const struct fileops kqueueops = {
	.fo_read = kqueue_read,
	.fo_write = kqueue_write,
	.fo_ioctl = kqueue_ioctl,
	.fo_fcntl = fnullop_fcntl,
	.fo_poll = kqueue_poll,
	.fo_stat = kqueue_stat,
	.fo_close = kqueue_close,
	.fo_kqfilter = kqueue_kqfilter,
	.fo_restart = kqueue_restart,
};

/* The event has fired: queue its knote, wake who waits. */
static void
knote_activate(struct knote *kn)
{
	struct kqueue *kq = kn->kn_kq;

	mutex_enter(&kq->kq_lock);
	kn->kn_status |= KN_ACTIVE;
	if ((kn->kn_status & (KN_QUEUED | KN_DISABLED)) != 0) {
		mutex_exit(&kq->kq_lock);
		return;
	}
	TAILQ_INSERT_TAIL(&kq->kq_head, kn, kn_tqe);
	kn->kn_status |= KN_QUEUED;
	kq->kq_count++;
	cv_broadcast(&kq->kq_cv);
	selnotify(&kq->kq_sel, POLLIN | POLLRDNORM, 0);
	mutex_exit(&kq->kq_lock);
}

void
knote(struct klist *list, long hint)
{
	struct knote *kn, *next;

	SLIST_FOREACH_SAFE(kn, list, kn_selnext, next) {
		if ((*kn->kn_fop->f_event)(kn, hint))
			knote_activate(kn);
	}
}

/* ---- filters ---- */

/* Objects that are always ready. */
int
filt_seltrue(struct knote *kn, long hint)
{

	kn->kn_data = 0;
	return 1;
}

static void
filt_seltruedetach(struct knote *kn)
{
}

const struct filterops seltrue_filtops = {
	1, NULL, filt_seltruedetach, filt_seltrue,
};

/* For a device switch: such a device. */
int
seltrue_kqfilter(dev_t dev, struct knote *kn)
{

	switch (kn->kn_filter) {
	case EVFILT_READ:
	case EVFILT_WRITE:
		kn->kn_fop = &seltrue_filtops;
		return 0;
	default:
		return EINVAL;
	}
}

/* Descriptors: the object replaces kn_fop by its own. */
static int
filt_fileattach(struct knote *kn)
{
	file_t *fp = kn->kn_obj;

	return (*fp->f_ops->fo_kqfilter)(fp, kn);
}

static const struct filterops file_filtops = {
	1, filt_fileattach, NULL, NULL,
};

/* A kqueue that is itself watched. */
static void
filt_kqdetach(struct knote *kn)
{
	struct kqueue *kq = ((file_t *)kn->kn_obj)->f_kqueue;

	mutex_enter(&kq->kq_lock);
	SLIST_REMOVE(&kq->kq_sel.sel_klist, kn, knote, kn_selnext);
	mutex_exit(&kq->kq_lock);
	mutex_enter(&kq_nestlock);
	kn->kn_kq->kq_watching--;
	kq->kq_watched--;
	mutex_exit(&kq_nestlock);
}

static int
filt_kqueue(struct knote *kn, long hint)
{
	struct kqueue *kq = ((file_t *)kn->kn_obj)->f_kqueue;

	u_int n = __atomic_load_n(&kq->kq_count, __ATOMIC_RELAXED);

	__atomic_store_n(&kn->kn_data, n, __ATOMIC_RELAXED);
	return n > 0;
}

static const struct filterops kqread_filtops = {
	1, NULL, filt_kqdetach, filt_kqueue,
};

/* Timers; kn_sdata is the period in milliseconds. */
struct kntimer {
	callout_t	kt_callout;
	kmutex_t	kt_lock;	/* kn_data and the below */
	int64_t		kt_next;	/* by the clock of uptime */
	bool		kt_gone;
};

static void
timer_start(struct knote *kn, struct kntimer *kt, int64_t from)
{

	/* A change is not asked for sense: no period is a short one. */
	int64_t ms = MIN(MAX(kn->kn_sdata, 1), INT_MAX);

	kt->kt_next = from + ms * 1000000;
	rump_callout_until(&kt->kt_callout, kt->kt_next);
}

static void
filt_timerexpire(void *arg)
{
	struct knote *kn = arg;
	struct kntimer *kt = kn->kn_hook;

	mutex_enter(&kt->kt_lock);
	if (!kt->kt_gone) {
		atomic_inc_64((volatile uint64_t *)&kn->kn_data);
		knote_activate(kn);
		if ((kn->kn_flags & EV_ONESHOT) == 0)
			timer_start(kn, kt, kt->kt_next);
	}
	mutex_exit(&kt->kt_lock);
}

static int
filt_timerattach(struct knote *kn)
{
	struct kntimer *kt;

	if (kn->kn_sdata < 0 || kn->kn_sdata > INT_MAX)
		return EINVAL;
	kt = kmem_zalloc(sizeof(*kt), KM_SLEEP);
	mutex_init(&kt->kt_lock, MUTEX_DEFAULT, IPL_SOFTCLOCK);
	callout_init(&kt->kt_callout, CALLOUT_MPSAFE);
	callout_setfunc(&kt->kt_callout, filt_timerexpire, kn);
	kn->kn_hook = kt;
	kn->kn_flags |= EV_CLEAR;
	kn->kn_data = 0;
	timer_start(kn, kt, rump_clock_uptime_ns());
	return 0;
}

static void
filt_timerdetach(struct knote *kn)
{
	struct kntimer *kt = kn->kn_hook;

	mutex_enter(&kt->kt_lock);
	kt->kt_gone = true;
	mutex_exit(&kt->kt_lock);
	callout_halt(&kt->kt_callout, NULL);
	callout_destroy(&kt->kt_callout);
	mutex_destroy(&kt->kt_lock);
	kmem_free(kt, sizeof(*kt));
}

static int
filt_timer(struct knote *kn, long hint)
{

	return __atomic_load_n(&kn->kn_data, __ATOMIC_RELAXED) != 0;
}

static const struct filterops timer_filtops = {
	0, filt_timerattach, filt_timerdetach, filt_timer,
};

/*
 * Processes: what they do, and the signals that are sent to them.  An event
 * outlives the process that it is about; kn_obj is NULL then.
 */

#define	NOTE_SIGNAL	0x08000000	/* hint: a signal, beside NOTE_EXIT.. */

static void
proc_klist_add(struct proc *p, struct knote *kn)
{

	kn->kn_obj = p;
	kn->kn_flags |= EV_CLEAR;
	mutex_enter(&kq_proclock);
	SLIST_INSERT_HEAD(&p->p_klist, kn, kn_selnext);
	mutex_exit(&kq_proclock);
}

static void
filt_procdetach(struct knote *kn)
{
	struct proc *p;

	mutex_enter(&kq_proclock);
	p = kn->kn_obj;
	if (p != NULL)
		SLIST_REMOVE(&p->p_klist, kn, knote, kn_selnext);
	mutex_exit(&kq_proclock);
}

static int
filt_procattach(struct knote *kn)
{
	struct proc *p = NULL;
	int error;

	/* Children are not followed: NOTE_TRACK is not there. */
	if ((kn->kn_sfflags & ~(NOTE_EXIT | NOTE_FORK | NOTE_EXEC)) != 0)
		return EINVAL;
	if (kn->kn_id > INT_MAX)
		return ESRCH;
	mutex_enter(proc_lock);
	p = proc_find((pid_t)kn->kn_id);
	if (p == NULL || p->p_stat != SACTIVE)
		error = ESRCH;
	else
		error = kauth_authorize_process(curlwp->l_cred,
		    KAUTH_PROCESS_KEVENT_FILTER, p, NULL, NULL, NULL);
	if (error == 0)
		proc_klist_add(p, kn);
	mutex_exit(proc_lock);
	return error;
}

static int
filt_proc(struct knote *kn, long hint)
{
	uint32_t event = (uint32_t)hint & NOTE_PCTRLMASK &
	    __atomic_load_n(&kn->kn_sfflags, __ATOMIC_RELAXED);

	if (event == 0)
		return hint == 0 &&
		    __atomic_load_n(&kn->kn_fflags, __ATOMIC_RELAXED) != 0;
	(void)__atomic_or_fetch(&kn->kn_fflags, event, __ATOMIC_RELAXED);
	return 1;
}

static const struct filterops proc_filtops = {
	0, filt_procattach, filt_procdetach, filt_proc,
};

static int
filt_sigattach(struct knote *kn)
{

	if (kn->kn_id == 0 || kn->kn_id >= NSIG)
		return EINVAL;
	proc_klist_add(curproc, kn);
	return 0;
}

static int
filt_signal(struct knote *kn, long hint)
{

	if (hint == (NOTE_SIGNAL | (long)kn->kn_id)) {
		atomic_inc_64((volatile uint64_t *)&kn->kn_data);
		return 1;
	}
	return hint == 0 &&
	    __atomic_load_n(&kn->kn_data, __ATOMIC_RELAXED) != 0;
}

static const struct filterops sig_filtops = {
	0, filt_sigattach, filt_procdetach, filt_signal,
};

static void
proc_klist_note(struct proc *p, long hint)
{

	if (__predict_true(SLIST_EMPTY(&p->p_klist)))
		return;
	mutex_enter(&kq_proclock);
	knote(&p->p_klist, hint);
	mutex_exit(&kq_proclock);
}

void
rump_knote_proc(struct proc *p, uint32_t event)
{

	proc_klist_note(p, (long)event);
}

void
rump_knote_signal(struct proc *p, int signo)
{

	proc_klist_note(p, NOTE_SIGNAL | signo);
}

void
rump_knote_exit(struct proc *p)
{
	struct knote *kn;

	mutex_enter(&kq_proclock);
	while ((kn = SLIST_FIRST(&p->p_klist)) != NULL) {
		SLIST_REMOVE_HEAD(&p->p_klist, kn_selnext);
		kn->kn_obj = NULL;
		if (kn->kn_fop != &proc_filtops)
			continue;
		__atomic_store_n(&kn->kn_data, p->p_xstat, __ATOMIC_RELAXED);
		mutex_enter(&kn->kn_kq->kq_lock);
		kn->kn_flags |= EV_EOF | EV_ONESHOT;
		mutex_exit(&kn->kn_kq->kq_lock);
		if (filt_proc(kn, (long)NOTE_EXIT))
			knote_activate(kn);
	}
	mutex_exit(&kq_proclock);
}

static const struct {
	const char		*name;
	const struct filterops	*ops;
} sys_kfilters[EVFILT_SYSCOUNT] = {
	[EVFILT_READ] = { "EVFILT_READ", &file_filtops },
	[EVFILT_WRITE] = { "EVFILT_WRITE", &file_filtops },
	[EVFILT_VNODE] = { "EVFILT_VNODE", &file_filtops },
	[EVFILT_PROC] = { "EVFILT_PROC", &proc_filtops },
	[EVFILT_SIGNAL] = { "EVFILT_SIGNAL", &sig_filtops },
	[EVFILT_TIMER] = { "EVFILT_TIMER", &timer_filtops },
};

/* ---- registration ---- */

/* The list a knote with this ident belongs to; fd_lock held. */
static struct klist *
knote_list(filedesc_t *fdp, const struct filterops *fop, __uintptr_t ident)
{

	if (fop->f_isfd) {
		if (ident >= fdp->fd_dt->dt_nfiles)
			return NULL;
		return (struct klist *)
		    &rump_fd_slot(fdp->fd_dt, (unsigned)ident)->ff_knlist;
	}
	return &fdp->fd_knhash[(ident ^ (ident >> 8)) & fdp->fd_knhashmask];
}

static struct knote *
knote_find(struct klist *list, const struct kqueue *kq,
    const struct kevent *kev)
{
	struct knote *kn;

	SLIST_FOREACH(kn, list, kn_link) {
		if (kn->kn_kq == kq && kn->kn_id == kev->ident &&
		    kn->kn_filter == kev->filter)
			return kn;
	}
	return NULL;
}

/* Free a knote that is in no list and not attached. */
static void
knote_free(struct knote *kn)
{
	struct kqueue *kq = kn->kn_kq;

	mutex_enter(&kq->kq_lock);
	while ((kn->kn_status & KN_BUSY) != 0)
		cv_wait(&kq->kq_cv, &kq->kq_lock);
	if ((kn->kn_status & KN_QUEUED) != 0) {
		TAILQ_REMOVE(&kq->kq_head, kn, kn_tqe);
		kq->kq_count--;
	}
	mutex_exit(&kq->kq_lock);
	kmem_free(kn, sizeof(*kn));
}

/*
 * Take a knote off its list; false if another does so.  With fd_lock held.
 */
static bool
knote_unlink(struct klist *list, struct knote *kn)
{

	if (kn->kn_dying)
		return false;
	kn->kn_dying = true;
	SLIST_REMOVE(list, kn, knote, kn_link);
	kn->kn_kq->kq_knotes--;
	return true;
}

/* Undo a registration; fd_lock is held and dropped. */
static void
knote_drop(filedesc_t *fdp, struct klist *list, struct knote *kn)
{
	bool mine;

	mine = knote_unlink(list, kn);
	mutex_exit(&fdp->fd_lock);
	if (mine) {
		(*kn->kn_fop->f_detach)(kn);
		knote_free(kn);
	}
}

void
knote_fdclose(int fd)
{
	filedesc_t *fdp = curlwp->l_fd;
	struct klist *list;

	for (;;) {
		mutex_enter(&fdp->fd_lock);
		list = (struct klist *)
		    &rump_fd_slot(fdp->fd_dt, (unsigned)fd)->ff_knlist;
		if (SLIST_EMPTY(list))
			break;
		knote_drop(fdp, list, SLIST_FIRST(list));
	}
	mutex_exit(&fdp->fd_lock);
}

void
rump_knotes_free(filedesc_t *fdp)
{

	/* Their kqueues are descriptors, which have been closed. */
	KASSERT(fdp->fd_refcnt == 0);
}

/* Is the event there?  Ask the filter; activate if so. */
static void
knote_ask(struct knote *kn)
{

	if ((*kn->kn_fop->f_event)(kn, 0))
		knote_activate(kn);
}

/* A knote for a new registration, filled in but in no list. */
static struct knote *
knote_make(struct kqueue *kq, const struct kevent *kev,
    const struct filterops *fop, file_t *fp)
{
	struct knote *kn;

	kn = kmem_zalloc(sizeof(*kn), KM_SLEEP);
	kn->kn_kq = kq;
	kn->kn_kevent = *kev;
	kn->kn_flags &= ~(EV_ADD | EV_DELETE | EV_ENABLE | EV_DISABLE);
	kn->kn_fflags = 0;
	kn->kn_data = 0;
	kn->kn_sfflags = kev->fflags;
	kn->kn_sdata = kev->data;
	kn->kn_obj = fp;
	kn->kn_fop = fop;
	if ((kev->flags & EV_DISABLE) != 0)
		kn->kn_status |= KN_DISABLED;
	return kn;
}

/* Attach a new knote that is in its list already. */
static int
knote_attach(filedesc_t *fdp, struct klist *list, struct knote *kn)
{
	int error;

	error = (*kn->kn_fop->f_attach)(kn);
	if (error != 0) {
		mutex_enter(&fdp->fd_lock);
		(void)knote_unlink(list, kn);
		mutex_exit(&fdp->fd_lock);
		knote_free(kn);
		return error;
	}
	knote_ask(kn);
	return 0;
}

/* A change to an existing registration; fd_lock is held and dropped. */
static int
knote_change(filedesc_t *fdp, struct klist *list, struct knote *kn,
    const struct kevent *kev)
{
	struct kqueue *kq = kn->kn_kq;
	bool ask = false;

	if ((kev->flags & EV_DELETE) != 0) {
		knote_drop(fdp, list, kn);
		return 0;
	}
	mutex_enter(&kq->kq_lock);
	if ((kev->flags & EV_ADD) != 0) {
		__atomic_store_n(&kn->kn_sfflags, kev->fflags,
		    __ATOMIC_RELAXED);
		kn->kn_sdata = kev->data;
		kn->kn_kevent.udata = kev->udata;
		ask = true;
	}
	if ((kev->flags & EV_DISABLE) != 0)
		kn->kn_status |= KN_DISABLED;
	if ((kev->flags & EV_ENABLE) != 0) {
		kn->kn_status &= ~KN_DISABLED;
		ask = true;
	}
	kn->kn_status |= KN_BUSY;
	mutex_exit(&kq->kq_lock);
	mutex_exit(&fdp->fd_lock);
	if (ask)
		knote_ask(kn);
	mutex_enter(&kq->kq_lock);
	kn->kn_status &= ~KN_BUSY;
	cv_broadcast(&kq->kq_cv);
	mutex_exit(&kq->kq_lock);
	return 0;
}

/* The table of knotes that are not on descriptors, made when needed. */
static void
knhash_make(filedesc_t *fdp)
{
	struct klist *hash;
	u_long mask;

	/* Whoever uses it has the lock. */
	if (__atomic_load_n(&fdp->fd_knhash, __ATOMIC_RELAXED) != NULL)
		return;
	hash = hashinit(KN_HASHSIZE, HASH_SLIST, true, &mask);
	mutex_enter(&fdp->fd_lock);
	if (fdp->fd_knhash == NULL) {
		fdp->fd_knhashmask = mask;
		__atomic_store_n(&fdp->fd_knhash, hash, __ATOMIC_RELEASE);
		hash = NULL;
	}
	mutex_exit(&fdp->fd_lock);
	if (hash != NULL)
		hashdone(hash, HASH_SLIST, mask);
}

/* Do one change with its object at hand. */
static int
kqueue_change(struct kqueue *kq, const struct kevent *kev,
    const struct filterops *fop, file_t *fp)
{
	filedesc_t *fdp = kq->kq_fdp;
	struct knote *kn, *new = NULL;
	struct klist *list;

	if ((kev->flags & EV_ADD) != 0)
		new = knote_make(kq, kev, fop, fp);
	mutex_enter(&fdp->fd_lock);
	list = knote_list(fdp, fop, kev->ident);
	kn = list != NULL ? knote_find(list, kq, kev) : NULL;
	if (kn != NULL || new == NULL || list == NULL) {
		int error = ENOENT;

		if (kn != NULL)
			error = knote_change(fdp, list, kn, kev);
		else
			mutex_exit(&fdp->fd_lock);
		if (new != NULL)
			kmem_free(new, sizeof(*new));
		return error;
	}
	SLIST_INSERT_HEAD(list, new, kn_link);
	kq->kq_knotes++;
	mutex_exit(&fdp->fd_lock);
	return knote_attach(fdp, list, new);
}

static int
kqueue_register(struct kqueue *kq, const struct kevent *kev)
{
	const struct filterops *fop;
	file_t *fp = NULL;
	int error;

	if (kev->filter >= EVFILT_SYSCOUNT ||
	    (fop = sys_kfilters[kev->filter].ops) == NULL)
		return EINVAL;
	if (kq->kq_fdp != curlwp->l_fd)
		return EBADF;
	if (fop->f_isfd) {
		if (kev->ident > INT_MAX)
			return EBADF;
		fp = fd_getfile((unsigned)kev->ident);
		if (fp == NULL)
			return EBADF;
	} else
		knhash_make(kq->kq_fdp);
	error = kqueue_change(kq, kev, fop, fp);
	if (fp != NULL)
		fd_putfile((unsigned)kev->ident);
	return error;
}

/* ---- delivery ---- */

/*
 * The event as it goes to the client.  A filter may be changing it at this
 * moment, with its object's lock held: so what is taken away from an EV_CLEAR
 * event is exchanged, and nothing is lost in between; it may at worst be
 * delivered twice.
 */
static void
knote_copy(struct knote *kn, struct kevent *kev)
{

	kev->ident = kn->kn_id;
	kev->filter = kn->kn_filter;
	kev->flags = __atomic_load_n(&kn->kn_flags, __ATOMIC_RELAXED);
	kev->udata = kn->kn_kevent.udata;
	if ((kev->flags & EV_CLEAR) != 0) {
		kev->fflags = __atomic_exchange_n(&kn->kn_fflags, 0,
		    __ATOMIC_RELAXED);
		kev->data = __atomic_exchange_n(&kn->kn_data, 0,
		    __ATOMIC_RELAXED);
	} else {
		kev->fflags = __atomic_load_n(&kn->kn_fflags,
		    __ATOMIC_RELAXED);
		kev->data = __atomic_load_n(&kn->kn_data, __ATOMIC_RELAXED);
	}
}

/* After an event was taken: what its flags ask for; kq_lock held. */
static void
knote_taken(struct kqueue *kq, struct knote *kn, uint32_t flags)
{

	if ((flags & EV_CLEAR) != 0) {
		kn->kn_status &= ~KN_ACTIVE;
	} else if ((flags & EV_DISPATCH) != 0) {
		kn->kn_status |= KN_DISABLED;
		kn->kn_status &= ~KN_ACTIVE;
	} else if ((kn->kn_status & KN_QUEUED) == 0) {
		/* Level triggered: it stays queued until it is not so. */
		TAILQ_INSERT_TAIL(&kq->kq_head, kn, kn_tqe);
		kn->kn_status |= KN_QUEUED;
		kq->kq_count++;
	}
}

/*
 * A one-shot event was delivered: forget it.  kq_lock is dropped and retaken;
 * KN_BUSY keeps anyone else from freeing the knote meanwhile.
 */
static void
knote_oneshot(struct kqueue *kq, struct knote *kn)
{
	filedesc_t *fdp = kq->kq_fdp;
	bool mine;

	mutex_exit(&kq->kq_lock);
	mutex_enter(&fdp->fd_lock);
	mine = knote_unlink(knote_list(fdp, kn->kn_fop, kn->kn_id), kn);
	mutex_exit(&fdp->fd_lock);
	if (mine)
		(*kn->kn_fop->f_detach)(kn);
	mutex_enter(&kq->kq_lock);
	kn->kn_status &= ~KN_BUSY;
	cv_broadcast(&kq->kq_cv);
	if (mine) {
		mutex_exit(&kq->kq_lock);
		knote_free(kn);
		mutex_enter(&kq->kq_lock);
	}
}

/* Take one knote from the queue; true: *kev is an event to deliver. */
static bool
kqueue_take(struct kqueue *kq, struct knote *kn, struct kevent *kev)
{
	bool there;

	KASSERT(mutex_owned(&kq->kq_lock));
	TAILQ_REMOVE(&kq->kq_head, kn, kn_tqe);
	kn->kn_status &= ~KN_QUEUED;
	kq->kq_count--;
	if ((kn->kn_status & KN_DISABLED) != 0)
		return false;
	kn->kn_status |= KN_BUSY;
	there = true;
	if ((kn->kn_flags & EV_ONESHOT) == 0) {
		kn->kn_status &= ~KN_ACTIVE;
		mutex_exit(&kq->kq_lock);
		there = (*kn->kn_fop->f_event)(kn, 0) != 0;
		mutex_enter(&kq->kq_lock);
		/* It may have fired while the filter said no. */
		there |= (kn->kn_status & KN_ACTIVE) != 0;
	}
	if (there) {
		knote_copy(kn, kev);
		kn->kn_status |= KN_ACTIVE;
		if ((kn->kn_flags & EV_ONESHOT) != 0) {
			knote_oneshot(kq, kn);
			return true;
		}
		knote_taken(kq, kn, kev->flags);
	}
	kn->kn_status &= ~KN_BUSY;
	cv_broadcast(&kq->kq_cv);
	return there;
}

/* Wait for something in the queue; kq_lock held. */
static int
kqueue_wait(struct kqueue *kq, const struct timespec *deadline)
{
	struct timespec now, left;
	int timo = 0, error;

	while (kq->kq_count == 0) {
		if (kq->kq_restart) {
			kq->kq_restart = false;
			return EBADF;
		}
		if (deadline != NULL) {
			getnanouptime(&now);
			if (timespeccmp(&now, deadline, >=))
				return EWOULDBLOCK;
			timespecsub(deadline, &now, &left);
			timo = MAX(tstohz(&left), 1);
		}
		error = cv_timedwait_sig(&kq->kq_cv, &kq->kq_lock, timo);
		if (error != 0 && error != EWOULDBLOCK)
			return error == ERESTART ? EINTR : error;
	}
	return 0;
}

/*
 * Collect what is queued now, up to max, looking at each knote once: what
 * goes back to the queue's tail waits for the next time.
 */
static size_t
kqueue_collect(struct kqueue *kq, struct kevent *kev, size_t max)
{
	u_int left;
	size_t n = 0;

	for (left = kq->kq_count; n < max && left > 0; left--) {
		if (TAILQ_EMPTY(&kq->kq_head))
			break;
		if (kqueue_take(kq, TAILQ_FIRST(&kq->kq_head), &kev[n]))
			n++;
	}
	return n;
}

/*
 * Deliver up to max events to the client, but no more than are queued now:
 * a level-triggered one goes back to the tail and is not given twice.
 */
static int
kqueue_scan(struct kqueue *kq, struct kevent *u_list, size_t max,
    const struct timespec *deadline, register_t *retval)
{
	struct kevent kev[KQ_BATCH];
	size_t n, limit, want, total = 0;
	int error;

	mutex_enter(&kq->kq_lock);
	do {
		error = kqueue_wait(kq, deadline);
		if (error != 0) {
			mutex_exit(&kq->kq_lock);
			return error == EWOULDBLOCK ? 0 : error;
		}
		limit = MIN(max, kq->kq_count);
		want = MIN(KQ_BATCH, limit);
		n = kqueue_collect(kq, kev, want);
	} while (n == 0);
	for (;;) {
		mutex_exit(&kq->kq_lock);
		error = copyout(kev, u_list + total, n * sizeof(*kev));
		if (error != 0)
			return error;
		total += n;
		*retval = (register_t)total;
		if (n < want || total >= limit)
			return 0;
		want = MIN(KQ_BATCH, limit - total);
		mutex_enter(&kq->kq_lock);
		n = kqueue_collect(kq, kev, want);
	}
}

/* Do the changes; errors go to the event list while there is room. */
static int
kevent_changes(struct kqueue *kq, const struct kevent *u_changes,
    size_t nchanges, struct kevent *u_events, size_t nevents,
    register_t *retval)
{
	struct kevent kev;
	size_t i, nerrors = 0;
	int error;

	for (i = 0; i < nchanges; i++) {
		error = copyin(&u_changes[i], &kev, sizeof(kev));
		if (error != 0)
			return error;
		kev.flags &= ~EV_SYSFLAGS;
		error = kqueue_register(kq, &kev);
		if (error == 0 && (kev.flags & EV_RECEIPT) == 0)
			continue;
		if (nerrors == nevents)
			return error;
		kev.flags = EV_ERROR;
		kev.data = error;
		error = copyout(&kev, &u_events[nerrors], sizeof(kev));
		if (error != 0)
			return error;
		nerrors++;
	}
	*retval = (register_t)nerrors;
	return 0;
}

int
sys___kevent50(struct lwp *l, const struct sys___kevent50_args *uap,
    register_t *retval)
{
	struct timespec ts, now, deadline, *dp = NULL;
	unsigned fd = (unsigned)SCARG(uap, fd);
	size_t nevents = SCARG(uap, nevents);
	file_t *fp;
	int error;

	if (SCARG(uap, timeout) != NULL) {
		error = copyin(SCARG(uap, timeout), &ts, sizeof(ts));
		if (error != 0)
			return error;
		if (ts.tv_sec < 0 || ts.tv_nsec < 0 ||
		    ts.tv_nsec >= 1000000000L)
			return EINVAL;
		getnanouptime(&now);
		timespecadd(&now, &ts, &deadline);
		dp = &deadline;
	}
	if (SCARG(uap, nchanges) > KQ_MAXCHANGES)
		return EINVAL;
	fp = fd_getfile(fd);
	if (fp == NULL)
		return EBADF;
	if (fp->f_type != DTYPE_KQUEUE) {
		fd_putfile(fd);
		return EBADF;
	}
	error = kevent_changes(fp->f_kqueue, SCARG(uap, changelist),
	    SCARG(uap, nchanges), SCARG(uap, eventlist), nevents, retval);
	if (error == 0 && *retval == 0 && nevents != 0)
		error = kqueue_scan(fp->f_kqueue, SCARG(uap, eventlist),
		    nevents, dp, retval);
	fd_putfile(fd);
	return error;
}

/* ---- the descriptor ---- */

static int
kqueue1(struct lwp *l, int flags, register_t *retval)
{
	struct kqueue *kq;
	file_t *fp;
	int fd, error;

	if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_NOSIGPIPE)) != 0)
		return EINVAL;
	error = fd_allocfile(&fp, &fd);
	if (error != 0)
		return error;
	kq = kmem_zalloc(sizeof(*kq), KM_SLEEP);
	mutex_init(&kq->kq_lock, MUTEX_DEFAULT, IPL_SCHED);
	cv_init(&kq->kq_cv, "kqueue");
	selinit(&kq->kq_sel);
	TAILQ_INIT(&kq->kq_head);
	kq->kq_fdp = l->l_fd;
	fp->f_flag = FREAD | FWRITE | (flags & (FNONBLOCK | FNOSIGPIPE));
	fp->f_type = DTYPE_KQUEUE;
	fp->f_ops = &kqueueops;
	fp->f_kqueue = kq;
	fd_set_exclose(l, fd, (flags & O_CLOEXEC) != 0);
	fd_affix(l->l_proc, fp, (unsigned)fd);
	*retval = fd;
	return 0;
}

int
sys_kqueue(struct lwp *l, const void *v, register_t *retval)
{

	return kqueue1(l, 0, retval);
}

int
sys_kqueue1(struct lwp *l, const struct sys_kqueue1_args *uap,
    register_t *retval)
{

	return kqueue1(l, SCARG(uap, flags), retval);
}

static int
kqueue_read(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	return ENXIO;
}

static int
kqueue_write(file_t *fp, off_t *offset, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	return ENXIO;
}

/* Names and numbers of filters. */
static int
kqueue_ioctl(file_t *fp, u_long com, void *data)
{
	struct kfilter_mapping *km = data;
	char name[32];
	size_t i, len;
	int error;

	switch (com) {
	case FIONBIO:
	case FIOASYNC:
		return 0;
	case KFILTER_BYFILTER:
		if (km->filter >= EVFILT_SYSCOUNT ||
		    sys_kfilters[km->filter].name == NULL)
			return ENOENT;
		return copyoutstr(sys_kfilters[km->filter].name, km->name,
		    km->len, NULL);
	case KFILTER_BYNAME:
		error = copyinstr(km->name, name, sizeof(name), &len);
		if (error != 0)
			return error;
		for (i = 0; i < EVFILT_SYSCOUNT; i++) {
			if (sys_kfilters[i].name != NULL &&
			    strcmp(sys_kfilters[i].name, name) == 0) {
				km->filter = (uint32_t)i;
				return 0;
			}
		}
		return ENOENT;
	default:
		return EPASSTHROUGH;
	}
}

static int
kqueue_poll(file_t *fp, int events)
{
	struct kqueue *kq = fp->f_kqueue;
	int revents = 0;

	if ((events & (POLLIN | POLLRDNORM)) == 0)
		return 0;
	mutex_enter(&kq->kq_lock);
	if (kq->kq_count != 0)
		revents = events & (POLLIN | POLLRDNORM);
	else
		selrecord(curlwp, &kq->kq_sel);
	mutex_exit(&kq->kq_lock);
	return revents;
}

static int
kqueue_stat(file_t *fp, struct stat *sb)
{

	mutex_enter(&fp->f_kqueue->kq_lock);
	sb->st_size = fp->f_kqueue->kq_count;
	mutex_exit(&fp->f_kqueue->kq_lock);
	sb->st_blksize = sizeof(struct kevent);
	sb->st_mode = S_IFIFO;
	sb->st_uid = kauth_cred_geteuid(fp->f_cred);
	sb->st_gid = kauth_cred_getegid(fp->f_cred);
	return 0;
}

/* Drop the knotes of one list that are this kqueue's. */
static void
kqueue_purge(struct kqueue *kq, struct klist *list)
{
	filedesc_t *fdp = kq->kq_fdp;
	struct knote *kn;

	for (;;) {
		mutex_enter(&fdp->fd_lock);
		SLIST_FOREACH(kn, list, kn_link) {
			if (kn->kn_kq == kq)
				break;
		}
		if (kn == NULL)
			break;
		knote_drop(fdp, list, kn);
	}
	mutex_exit(&fdp->fd_lock);
}

static int
kqueue_close(file_t *fp)
{
	struct kqueue *kq = fp->f_kqueue;
	filedesc_t *fdp = kq->kq_fdp;
	u_long i;

	for (i = 0; i < fdp->fd_dt->dt_nfiles && kq->kq_knotes != 0; i++)
		kqueue_purge(kq, (struct klist *)
		    &rump_fd_slot(fdp->fd_dt, (unsigned)i)->ff_knlist);
	/* Others may be making it; then it has none of ours. */
	if (__atomic_load_n(&fdp->fd_knhash, __ATOMIC_ACQUIRE) != NULL &&
	    kq->kq_knotes != 0)
		for (i = 0; i <= fdp->fd_knhashmask; i++)
			kqueue_purge(kq, &fdp->fd_knhash[i]);
	KASSERT(kq->kq_knotes == 0);
	fp->f_kqueue = NULL;
	seldestroy(&kq->kq_sel);
	cv_destroy(&kq->kq_cv);
	mutex_destroy(&kq->kq_lock);
	kmem_free(kq, sizeof(*kq));
	return 0;
}

/*
 * A kqueue may be watched by another, but not that one in turn: a ring would
 * wake itself for ever.
 */
static int
kqueue_kqfilter(file_t *fp, struct knote *kn)
{
	struct kqueue *kq = fp->f_kqueue;

	if (kn->kn_filter != EVFILT_READ)
		return EINVAL;
	mutex_enter(&kq_nestlock);
	if (kn->kn_kq == kq || kq->kq_watching != 0 ||
	    kn->kn_kq->kq_watched != 0) {
		mutex_exit(&kq_nestlock);
		return EINVAL;
	}
	kn->kn_kq->kq_watching++;
	kq->kq_watched++;
	mutex_exit(&kq_nestlock);
	kn->kn_fop = &kqread_filtops;
	mutex_enter(&kq->kq_lock);
	SLIST_INSERT_HEAD(&kq->kq_sel.sel_klist, kn, kn_selnext);
	mutex_exit(&kq->kq_lock);
	return 0;
}

static void
kqueue_restart(file_t *fp)
{
	struct kqueue *kq = fp->f_kqueue;

	mutex_enter(&kq->kq_lock);
	kq->kq_restart = true;
	cv_broadcast(&kq->kq_cv);
	mutex_exit(&kq->kq_lock);
}
