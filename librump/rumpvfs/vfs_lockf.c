/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory record locks, fcntl(2) and flock(2), for file systems that keep
 * their locks here (lf_advlock).
 *
 * A file's granted locks are a list sorted by start; those of one owner never
 * overlap.  All lists and the list of waiters are guarded by lf_mtx.  A waiter
 * knows whom it waits for, so that a circle of fcntl locks is refused with
 * EDEADLK before its last member sleeps.
 */
#include <sys/param.h>
#include <sys/condvar.h>
#include <sys/fcntl.h>
#include <sys/kmem.h>
#include <sys/lockf.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/systm.h>
#include <sys/unistd.h>
#include <sys/vnode.h>

#include <rump-priv/vnode.h>

#define LF_EOF	INT64_MAX	/* end of a lock without end */

struct lockf {
	struct lockf	*lf_next;
	void		*lf_id;		/* owner: a process, or an open file */
	off_t		 lf_start;
	off_t		 lf_end;	/* last byte, or LF_EOF */
	short		 lf_type;	/* F_RDLCK or F_WRLCK */
	short		 lf_flags;	/* F_POSIX or F_FLOCK */
};

struct waiter {
	TAILQ_ENTRY(waiter) w_entry;
	struct lockf	**w_head;	/* the file */
	void		*w_id;
	void		*w_blocker;	/* whose lock it waits for, or NULL */
	bool		 w_reached;	/* scratch of waits_for() */
	kcondvar_t	 w_cv;
};

static kmutex_t lf_mtx;
static TAILQ_HEAD(, waiter) lf_waiters = TAILQ_HEAD_INITIALIZER(lf_waiters);

/* Two spare entries make every change of a list possible. */
struct spares {
	struct lockf *s_lock[2];
};

void
rump_lockf_init(void)
{

	mutex_init(&lf_mtx, MUTEX_DEFAULT, IPL_NONE);
}

static void
spares_get(struct spares *s)
{

	s->s_lock[0] = kmem_alloc(sizeof(struct lockf), KM_SLEEP);
	s->s_lock[1] = kmem_alloc(sizeof(struct lockf), KM_SLEEP);
}

static void
spares_put(struct spares *s)
{
	int i;

	for (i = 0; i < 2; i++)
		if (s->s_lock[i] != NULL)
			kmem_free(s->s_lock[i], sizeof(struct lockf));
}

static struct lockf *
spares_take(struct spares *s)
{
	int i = s->s_lock[0] == NULL;
	struct lockf *lf = s->s_lock[i];

	KASSERT(lf != NULL);
	s->s_lock[i] = NULL;
	return lf;
}

/* Bytes first to last of a request; EINVAL or EOVERFLOW if it has none. */
static int
range(const struct flock *fl, off_t size, off_t *startp, off_t *endp)
{
	off_t start = fl->l_start;

	if (fl->l_whence == SEEK_END) {
		if (__builtin_add_overflow(size, start, &start))
			return EOVERFLOW;
	} else if (fl->l_whence != SEEK_SET && fl->l_whence != SEEK_CUR) {
		return EINVAL;
	}
	*endp = LF_EOF;
	if (fl->l_len > 0) {
		if (__builtin_add_overflow(start, fl->l_len - 1, endp))
			return EOVERFLOW;
	} else if (fl->l_len < 0) {
		/* Backwards: a start below 0 has nothing before it. */
		if (start < 0 ||
		    __builtin_add_overflow(start, fl->l_len, &start))
			return EINVAL;
		*endp = start - fl->l_len - 1;
	}
	*startp = start;
	return start < 0 || *endp < start ? EINVAL : 0;
}

static bool
overlap(const struct lockf *lf, const struct lockf *req)
{

	return lf->lf_start <= req->lf_end && lf->lf_end >= req->lf_start;
}

/* The first granted lock of another owner that forbids the request. */
static struct lockf *
conflict(struct lockf *lf, const struct lockf *req)
{

	for (; lf != NULL && lf->lf_start <= req->lf_end; lf = lf->lf_next)
		if (lf->lf_id != req->lf_id && overlap(lf, req) &&
		    (lf->lf_type == F_WRLCK || req->lf_type == F_WRLCK))
			return lf;
	return NULL;
}

/* Let those who wait for something of this file look again. */
static void
wake(struct lockf **head)
{
	struct waiter *w;

	TAILQ_FOREACH(w, &lf_waiters, w_entry) {
		if (w->w_head != head)
			continue;
		/* From here on it waits for nobody until it has looked. */
		w->w_blocker = NULL;
		cv_signal(&w->w_cv);
	}
}

/* Insert in order of the start. */
static void
insert(struct lockf **p, struct lockf *lf)
{

	while (*p != NULL && (*p)->lf_start < lf->lf_start)
		p = &(*p)->lf_next;
	lf->lf_next = *p;
	*p = lf;
}

/* Take the request's bytes out of what its owner holds. */
static void
release(struct lockf **head, const struct lockf *req, struct spares *s)
{
	struct lockf **p = head, *lf, *rest;

	while ((lf = *p) != NULL && lf->lf_start <= req->lf_end) {
		if (lf->lf_id != req->lf_id || !overlap(lf, req)) {
			p = &lf->lf_next;
			continue;
		}
		*p = lf->lf_next;
		if (lf->lf_end > req->lf_end) {
			rest = spares_take(s);
			*rest = *lf;
			rest->lf_start = req->lf_end + 1;
			insert(p, rest);
		}
		if (lf->lf_start < req->lf_start) {
			lf->lf_end = req->lf_start - 1;
			insert(head, lf);
			p = &lf->lf_next;
		} else {
			kmem_free(lf, sizeof(*lf));
		}
	}
	wake(head);
}

/* Enter a lock, one with those of its owner that it continues. */
static void
join(struct lockf **head, struct lockf *new)
{
	struct lockf **p = head, *lf;

	while ((lf = *p) != NULL) {
		if (lf->lf_id != new->lf_id || lf->lf_type != new->lf_type ||
		    (lf->lf_end + (uint64_t)1 != (uint64_t)new->lf_start &&
		    new->lf_end + (uint64_t)1 != (uint64_t)lf->lf_start)) {
			p = &lf->lf_next;
			continue;
		}
		new->lf_start = MIN(new->lf_start, lf->lf_start);
		new->lf_end = MAX(new->lf_end, lf->lf_end);
		*p = lf->lf_next;
		kmem_free(lf, sizeof(*lf));
	}
	insert(head, new);
}

/*
 * Whether an owner waits, through others, for this one.  An owner may wait in
 * several threads: each that is reached is marked, until nothing is added.
 */
static bool
waits_for(void *owner, void *id)
{
	struct waiter *w, *v;
	bool more;

	if (owner == id)
		return true;
	TAILQ_FOREACH(w, &lf_waiters, w_entry)
		w->w_reached = w->w_id == owner;
	do {
		more = false;
		TAILQ_FOREACH(w, &lf_waiters, w_entry) {
			if (!w->w_reached)
				continue;
			if (w->w_blocker == id)
				return true;
			TAILQ_FOREACH(v, &lf_waiters, w_entry) {
				if (v->w_reached || v->w_id != w->w_blocker)
					continue;
				v->w_reached = more = true;
			}
		}
	} while (more);
	return false;
}

/* Wait until something of the file changes; lf_mtx held. */
static int
wait_for(struct lockf **head, const struct lockf *req, void *blocker)
{
	struct waiter w = { .w_head = head, .w_id = req->lf_id,
	    .w_blocker = blocker };
	int error;

	if ((req->lf_flags & F_POSIX) != 0 && waits_for(blocker, req->lf_id))
		return EDEADLK;
	cv_init(&w.w_cv, "lockf");
	TAILQ_INSERT_TAIL(&lf_waiters, &w, w_entry);
	error = cv_wait_sig(&w.w_cv, &lf_mtx);
	TAILQ_REMOVE(&lf_waiters, &w, w_entry);
	cv_destroy(&w.w_cv);
	return error;
}

static int
set_lock(struct lockf **head, const struct lockf *req, bool canwait,
    struct spares *s)
{
	struct lockf *lf;
	int error;

	while ((lf = conflict(*head, req)) != NULL) {
		if (!canwait)
			return EAGAIN;
		/* flock(2): the lock held is given up before the wait. */
		if (req->lf_flags & F_FLOCK)
			release(head, req, s);
		if ((error = wait_for(head, req, lf->lf_id)) != 0)
			return error;
	}
	release(head, req, s);
	lf = spares_take(s);
	*lf = *req;
	join(head, lf);
	return 0;
}

static void
get_lock(struct lockf *head, const struct lockf *req, struct flock *fl)
{
	const struct lockf *lf = conflict(head, req);

	if (lf == NULL) {
		fl->l_type = F_UNLCK;
		return;
	}
	fl->l_type = lf->lf_type;
	fl->l_whence = SEEK_SET;
	fl->l_start = lf->lf_start;
	fl->l_len = lf->lf_end == LF_EOF ? 0 :
	    lf->lf_end - lf->lf_start + 1;
	fl->l_pid = (lf->lf_flags & F_POSIX) ?
	    ((struct proc *)lf->lf_id)->p_pid : -1;
}

int
lf_advlock(struct vop_advlock_args *ap, struct lockf **head, off_t size)
{
	struct flock *fl = ap->a_fl;
	struct lockf req = { .lf_id = ap->a_id, .lf_type = fl->l_type,
	    .lf_flags = ap->a_flags & (F_POSIX | F_FLOCK) };
	struct spares s;
	int error;

	if ((error = range(fl, size, &req.lf_start, &req.lf_end)) != 0)
		return error;
	if (ap->a_op != F_UNLCK && fl->l_type == F_UNLCK)
		return EINVAL;
	/* The common last close, when there is no lock at all. */
	if (ap->a_op == F_UNLCK && *head == NULL)
		return 0;

	spares_get(&s);
	mutex_enter(&lf_mtx);
	switch (ap->a_op) {
	case F_SETLK:
		error = set_lock(head, &req, (ap->a_flags & F_WAIT) != 0, &s);
		break;
	case F_UNLCK:
		release(head, &req, &s);
		break;
	case F_GETLK:
		get_lock(*head, &req, fl);
		break;
	default:
		error = EINVAL;
		break;
	}
	mutex_exit(&lf_mtx);
	spares_put(&s);
	return error;
}
