/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll(2), select(2), and the drivers' side of them, selrecord(9).
 *
 * A call that has to wait offers a cluster: a condition variable and notes to
 * be left in the selinfo of every object it asks.  selnotify() takes the
 * notes down and wakes their clusters.  select_lock protects all notes and
 * clusters; it is taken with the object's lock held, never the other way.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/select.h>
#include <sys/signalvar.h>
#include <sys/syscallargs.h>
#include <sys/time.h>
#include <sys/timevar.h>

#include <rump-priv/file.h>
#include <rump-priv/kern.h>

#define	SEL_INLINE	8		/* notes or descriptors without kmem */

/* A note in an object's selinfo: this cluster waits. */
struct selwait {
	struct selinfo		*sw_sip;
	struct selwait		*sw_next;	/* in the selinfo */
	struct selwait		**sw_prevp;
	struct selcluster	*sw_cluster;
};

/* One waiting poll or select. */
struct selcluster {
	kcondvar_t	sc_cv;
	bool		sc_woken;
	bool		sc_short;	/* ran out of notes: look again soon */
	u_int		sc_used;
	u_int		sc_size;
	struct selwait	*sc_notes;
	struct selwait	sc_inline[SEL_INLINE];
};

static kmutex_t select_lock;

void
rump_select_init(void)
{

	mutex_init(&select_lock, MUTEX_DEFAULT, IPL_SCHED);
}

void
selinit(struct selinfo *sip)
{

	memset(sip, 0, sizeof(*sip));
}

void
seldestroy(struct selinfo *sip)
{

	if (sip->sel_first != NULL)
		selnotify(sip, 0, 0);
}

static void
note_remove(struct selwait *sw)
{

	KASSERT(mutex_owned(&select_lock));
	if (sw->sw_sip == NULL)
		return;
	*sw->sw_prevp = sw->sw_next;
	if (sw->sw_next != NULL)
		sw->sw_next->sw_prevp = sw->sw_prevp;
	sw->sw_sip = NULL;
}

void
selrecord(struct lwp *selector, struct selinfo *sip)
{
	struct selcluster *sc = selector->l_selcluster;
	struct selwait *sw;

	if (sc == NULL)
		return;
	mutex_enter(&select_lock);
	if (sc->sc_used == sc->sc_size) {
		sc->sc_short = true;
	} else {
		sw = &sc->sc_notes[sc->sc_used++];
		sw->sw_sip = sip;
		sw->sw_cluster = sc;
		sw->sw_next = sip->sel_first;
		sw->sw_prevp = &sip->sel_first;
		if (sw->sw_next != NULL)
			sw->sw_next->sw_prevp = &sw->sw_next;
		sip->sel_first = sw;
	}
	mutex_exit(&select_lock);
}

void
selnotify(struct selinfo *sip, int events, long knhint)
{
	struct selwait *sw;

	KNOTE(&sip->sel_klist, knhint);
	if (sip->sel_first == NULL)
		return;
	mutex_enter(&select_lock);
	while ((sw = sip->sel_first) != NULL) {
		sw->sw_cluster->sc_woken = true;
		cv_broadcast(&sw->sw_cluster->sc_cv);
		note_remove(sw);
	}
	mutex_exit(&select_lock);
}

/* A cluster for a call that asks n objects. */
static void
cluster_init(struct selcluster *sc, u_int n)
{

	memset(sc, 0, sizeof(*sc));
	cv_init(&sc->sc_cv, "select");
	sc->sc_notes = sc->sc_inline;
	sc->sc_size = SEL_INLINE;
	/* Some objects leave two notes. */
	if (2 * n > SEL_INLINE) {
		sc->sc_size = 2 * n;
		sc->sc_notes = kmem_zalloc(sc->sc_size *
		    sizeof(*sc->sc_notes), KM_SLEEP);
	}
}

/* Take all notes down before asking anew. */
static void
cluster_clear(struct selcluster *sc)
{
	u_int i;

	mutex_enter(&select_lock);
	for (i = 0; i < sc->sc_used; i++)
		note_remove(&sc->sc_notes[i]);
	sc->sc_used = 0;
	sc->sc_woken = false;
	sc->sc_short = false;
	mutex_exit(&select_lock);
}

static void
cluster_fini(struct selcluster *sc)
{

	cluster_clear(sc);
	if (sc->sc_notes != sc->sc_inline)
		kmem_free(sc->sc_notes, sc->sc_size * sizeof(*sc->sc_notes));
	cv_destroy(&sc->sc_cv);
}

/* Sleep until an object has news or the deadline is over (EWOULDBLOCK). */
static int
cluster_wait(struct selcluster *sc, const struct timespec *deadline)
{
	struct timespec now, left;
	int timo = 0, error = 0;

	if (deadline != NULL) {
		getnanouptime(&now);
		if (timespeccmp(&now, deadline, >=))
			return EWOULDBLOCK;
		timespecsub(deadline, &now, &left);
		timo = tstohz(&left);
		if (timo <= 0)
			timo = 1;
	}
	mutex_enter(&select_lock);
	if (sc->sc_short)
		timo = 1;
	if (!sc->sc_woken)
		error = cv_timedwait_sig(&sc->sc_cv, &select_lock, timo);
	/* The deadline is the judge, not the count of ticks. */
	if (error == EWOULDBLOCK)
		error = 0;
	mutex_exit(&select_lock);
	return error;
}

/* What is asked over and over: the number of ready ones, or an errno. */
struct selscan {
	int	(*ss_scan)(struct selscan *, int *);
	void	*ss_arg;		/* pollfd array or sets */
	u_int	ss_n;
};

/* Ask until something is ready or the time (relative) is over. */
static int
sel_loop(struct selscan *ss, struct timespec *ts, int *nready)
{
	struct selcluster sc;
	struct timespec now, deadline;
	struct lwp *l = curlwp;
	bool poll = ts != NULL && ts->tv_sec == 0 && ts->tv_nsec == 0;
	int error;

	if (poll) {
		l->l_selcluster = NULL;
		return (*ss->ss_scan)(ss, nready);
	}
	if (ts != NULL) {
		getnanouptime(&now);
		timespecadd(&now, ts, &deadline);
	}
	cluster_init(&sc, ss->ss_n);
	for (;;) {
		l->l_selcluster = &sc;
		error = (*ss->ss_scan)(ss, nready);
		l->l_selcluster = NULL;
		if (error != 0 || *nready != 0)
			break;
		error = cluster_wait(&sc, ts != NULL ? &deadline : NULL);
		if (error != 0)
			break;
		cluster_clear(&sc);
	}
	cluster_fini(&sc);
	if (error == EWOULDBLOCK)
		return 0;
	return error == ERESTART ? EINTR : error;
}

/* The same with a signal mask for the time being, unless NULL. */
static int
sel_masked(struct selscan *ss, struct timespec *ts, const sigset_t *mask,
    int *nready)
{
	sigset_t saved;
	int error;

	if (mask == NULL)
		return sel_loop(ss, ts, nready);
	error = rump_sigmask_begin(curlwp, mask, &saved);
	if (error != 0)
		return error;
	error = sel_loop(ss, ts, nready);
	rump_sigmask_end(curlwp, &saved, error);
	return error;
}

/* Which of the events are there on one descriptor. */
static int
poll_one(int fd, int events)
{
	file_t *fp;
	int revents;

	fp = fd_getfile((unsigned)fd);
	if (fp == NULL)
		return POLLNVAL;
	revents = (*fp->f_ops->fo_poll)(fp, events | POLLERR | POLLHUP);
	fd_putfile((unsigned)fd);
	return revents;
}

static int
poll_scan(struct selscan *ss, int *nready)
{
	struct pollfd *fds = ss->ss_arg;
	u_int i;

	*nready = 0;
	for (i = 0; i < ss->ss_n; i++) {
		if (fds[i].fd < 0)
			fds[i].revents = 0;
		else
			fds[i].revents = (short)poll_one(fds[i].fd,
			    fds[i].events);
		if (fds[i].revents != 0) {
			(*nready)++;
			curlwp->l_selcluster = NULL;
		}
	}
	return 0;
}

int
pollcommon(register_t *retval, struct pollfd *u_fds, u_int n,
    struct timespec *ts, sigset_t *mask)
{
	struct pollfd small[SEL_INLINE], *fds = small;
	struct selscan ss;
	int error, nready = 0;

	if (n > 1000 + curlwp->l_fd->fd_dt->dt_nfiles)
		return EINVAL;
	if (n > SEL_INLINE)
		fds = kmem_alloc(n * sizeof(*fds), KM_SLEEP);
	error = n == 0 ? 0 : copyin(u_fds, fds, n * sizeof(*fds));
	if (error == 0) {
		ss.ss_scan = poll_scan;
		ss.ss_arg = fds;
		ss.ss_n = n;
		error = sel_masked(&ss, ts, mask, &nready);
	}
	if (error == 0 && n != 0)
		error = copyout(fds, u_fds, n * sizeof(*fds));
	if (error == 0)
		*retval = nready;
	if (fds != small)
		kmem_free(fds, n * sizeof(*fds));
	return error;
}

/* The six sets of a select: asked for, then ready. */
struct selsets {
	fd_mask	*set[6];
	int	nd;
};

static const int sel_events[3] = {
	POLLRDNORM | POLLHUP | POLLERR,
	POLLWRNORM | POLLHUP | POLLERR,
	POLLRDBAND,
};

static int
select_scan(struct selscan *ss, int *nready)
{
	struct selsets *sets = ss->ss_arg;
	fd_mask bit;
	int fd, k, events, revents;

	*nready = 0;
	memset(sets->set[3], 0, 3 * NFD_BYTES((u_int)sets->nd));
	for (fd = 0; fd < sets->nd; fd++) {
		bit = (fd_mask)1 << (fd & __NFDMASK);
		events = 0;
		for (k = 0; k < 3; k++)
			if (sets->set[k][fd >> __NFDSHIFT] & bit)
				events |= sel_events[k];
		if (events == 0)
			continue;
		revents = poll_one(fd, events);
		if (revents & POLLNVAL)
			return EBADF;
		for (k = 0; k < 3; k++) {
			if ((sets->set[k][fd >> __NFDSHIFT] & bit) &&
			    (revents & sel_events[k])) {
				sets->set[k + 3][fd >> __NFDSHIFT] |= bit;
				(*nready)++;
				curlwp->l_selcluster = NULL;
			}
		}
	}
	return 0;
}

int
selcommon(register_t *retval, int nd, fd_set *u_in, fd_set *u_ou,
    fd_set *u_ex, struct timespec *ts, sigset_t *mask)
{
	fd_set *uset[3] = { u_in, u_ou, u_ex };
	fd_mask small[6 * NFD_SIZE], *bits = small;
	struct selsets sets;
	struct selscan ss;
	size_t len;
	int error = 0, nready = 0, k;

	if (nd < 0)
		return EINVAL;
	nd = MIN(nd, (int)curlwp->l_fd->fd_dt->dt_nfiles);
	len = NFD_BYTES((u_int)nd);
	if (nd > FD_SETSIZE)
		bits = kmem_alloc(6 * len, KM_SLEEP);
	memset(bits, 0, 6 * len);
	for (k = 0; k < 6; k++)
		sets.set[k] = bits + k * NFD_LEN((u_int)nd);
	for (k = 0; k < 3 && error == 0; k++)
		if (uset[k] != NULL && len != 0)
			error = copyin(uset[k], sets.set[k], len);
	if (error == 0) {
		sets.nd = nd;
		ss.ss_scan = select_scan;
		ss.ss_arg = &sets;
		ss.ss_n = (u_int)nd;
		error = sel_masked(&ss, ts, mask, &nready);
	}
	for (k = 0; k < 3 && error == 0; k++)
		if (uset[k] != NULL && len != 0)
			error = copyout(sets.set[k + 3], uset[k], len);
	if (error == 0)
		*retval = nready;
	if (bits != small)
		kmem_free(bits, 6 * len);
	return error;
}

/* A client's timeout; *tsp becomes NULL for "for ever". */
static int
ts_copyin(const struct timespec *u_ts, struct timespec *ts,
    struct timespec **tsp)
{
	int error;

	*tsp = NULL;
	if (u_ts == NULL)
		return 0;
	error = copyin(u_ts, ts, sizeof(*ts));
	if (error != 0)
		return error;
	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= 1000000000L)
		return EINVAL;
	*tsp = ts;
	return 0;
}

/* And a client's signal mask; *maskp becomes NULL for "as it is". */
static int
mask_copyin(const sigset_t *u_mask, sigset_t *mask, sigset_t **maskp)
{

	*maskp = NULL;
	if (u_mask == NULL)
		return 0;
	*maskp = mask;
	return copyin(u_mask, mask, sizeof(*mask));
}

int
sys_poll(struct lwp *l, const struct sys_poll_args *uap, register_t *retval)
{
	struct timespec ts, *tsp = NULL;
	int timeout = SCARG(uap, timeout);

	if (timeout < 0 && timeout != INFTIM)
		return EINVAL;
	if (timeout != INFTIM) {
		ts.tv_sec = timeout / 1000;
		ts.tv_nsec = (timeout % 1000) * 1000000L;
		tsp = &ts;
	}
	return pollcommon(retval, SCARG(uap, fds), SCARG(uap, nfds), tsp,
	    NULL);
}

int
sys___pollts50(struct lwp *l, const struct sys___pollts50_args *uap,
    register_t *retval)
{
	struct timespec ts, *tsp;
	sigset_t mask, *maskp;
	int error;

	error = ts_copyin(SCARG(uap, ts), &ts, &tsp);
	if (error == 0)
		error = mask_copyin(SCARG(uap, mask), &mask, &maskp);
	if (error != 0)
		return error;
	return pollcommon(retval, SCARG(uap, fds), SCARG(uap, nfds), tsp,
	    maskp);
}

int
sys___select50(struct lwp *l, const struct sys___select50_args *uap,
    register_t *retval)
{
	struct timespec ts, *tsp = NULL;
	struct timeval tv;
	int error;

	if (SCARG(uap, tv) != NULL) {
		error = copyin(SCARG(uap, tv), &tv, sizeof(tv));
		if (error != 0)
			return error;
		if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= 1000000)
			return EINVAL;
		TIMEVAL_TO_TIMESPEC(&tv, &ts);
		tsp = &ts;
	}
	return selcommon(retval, SCARG(uap, nd), SCARG(uap, in),
	    SCARG(uap, ou), SCARG(uap, ex), tsp, NULL);
}

int
sys___pselect50(struct lwp *l, const struct sys___pselect50_args *uap,
    register_t *retval)
{
	struct timespec ts, *tsp;
	sigset_t mask, *maskp;
	int error;

	error = ts_copyin(SCARG(uap, ts), &ts, &tsp);
	if (error == 0)
		error = mask_copyin(SCARG(uap, mask), &mask, &maskp);
	if (error != 0)
		return error;
	return selcommon(retval, SCARG(uap, nd), SCARG(uap, in),
	    SCARG(uap, ou), SCARG(uap, ex), tsp, maskp);
}
