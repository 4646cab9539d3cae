/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File system transactions, fstrans(9): operations of a file system run
 * inside a transaction; suspending it waits until none runs and keeps new
 * ones out.
 *
 * Locking: one lock, fstrans_lock, for the counts of every mount.  A thread
 * that is in a transaction of a mount may start another one; the record of
 * that is kept in a list of (lwp, mount, depth).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/fstrans.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>

#include <rump-priv/vnode.h>

/* A thread inside a transaction. */
struct fstrans_holder {
	LIST_ENTRY(fstrans_holder) fh_link;
	struct lwp	*fh_lwp;
	int		fh_depth;
	enum fstrans_lock_type fh_type;
};

struct fscow_handler {
	LIST_ENTRY(fscow_handler) ch_link;
	int		(*ch_func)(void *, struct buf *, bool);
	void		*ch_arg;
};

/* What a mount with transactions has in mnt_transinfo. */
struct fstrans_info {
	enum fstrans_state fi_state;
	struct lwp	*fi_owner;	/* who suspends it */
	LIST_HEAD(, fstrans_holder) fi_holders;
	LIST_HEAD(, fscow_handler) fi_cow;
	unsigned	fi_cowbusy;	/* threads in handlers */
};

static kmutex_t fstrans_lock;
static kcondvar_t fstrans_cv;
static kmutex_t suspend_lock;		/* one suspension at a time */

void
rump_fstrans_init(void)
{

	mutex_init(&fstrans_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&suspend_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&fstrans_cv, "fstrans");
}

int
fstrans_mount(struct mount *mp)
{
	struct fstrans_info *fi;

	fi = kmem_zalloc(sizeof(*fi), KM_SLEEP);
	LIST_INIT(&fi->fi_holders);
	LIST_INIT(&fi->fi_cow);
	mp->mnt_transinfo = fi;
	mp->mnt_iflag |= IMNT_HAS_TRANS;
	return 0;
}

void
fstrans_unmount(struct mount *mp)
{
	struct fstrans_info *fi = mp->mnt_transinfo;

	if ((mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		return;
	KASSERT(LIST_EMPTY(&fi->fi_cow));
	mp->mnt_iflag &= ~IMNT_HAS_TRANS;
	mp->mnt_transinfo = NULL;
	kmem_free(fi, sizeof(*fi));
}

static struct fstrans_holder *
holder_find(struct fstrans_info *fi, struct lwp *l)
{
	struct fstrans_holder *fh;

	LIST_FOREACH(fh, &fi->fi_holders, fh_link)
		if (fh->fh_lwp == l)
			break;
	return fh;
}

/* May a transaction of this type start now? */
static bool
trans_granted(const struct fstrans_info *fi, enum fstrans_lock_type type)
{

	if (fi->fi_owner == curlwp)
		return true;
	switch (fi->fi_state) {
	case FSTRANS_NORMAL:
		return true;
	case FSTRANS_SUSPENDING:
		return type == FSTRANS_LAZY;
	default:
		return false;
	}
}

int
_fstrans_start(struct mount *mp, enum fstrans_lock_type type, int wait)
{
	struct fstrans_info *fi;
	struct fstrans_holder *fh, *new;

	if (mp == NULL || (mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		return 0;
	fi = mp->mnt_transinfo;
	new = kmem_alloc(sizeof(*new), KM_SLEEP);
	mutex_enter(&fstrans_lock);
	fh = holder_find(fi, curlwp);
	if (fh != NULL) {
		fh->fh_depth++;
		mutex_exit(&fstrans_lock);
		kmem_free(new, sizeof(*new));
		return 0;
	}
	while (!trans_granted(fi, type)) {
		if (!wait) {
			mutex_exit(&fstrans_lock);
			kmem_free(new, sizeof(*new));
			return EBUSY;
		}
		cv_wait(&fstrans_cv, &fstrans_lock);
	}
	new->fh_lwp = curlwp;
	new->fh_depth = 1;
	new->fh_type = type;
	LIST_INSERT_HEAD(&fi->fi_holders, new, fh_link);
	mutex_exit(&fstrans_lock);
	return 0;
}

void
fstrans_done(struct mount *mp)
{
	struct fstrans_info *fi;
	struct fstrans_holder *fh;

	if (mp == NULL || (mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		return;
	fi = mp->mnt_transinfo;
	mutex_enter(&fstrans_lock);
	fh = holder_find(fi, curlwp);
	KASSERT(fh != NULL);
	if (--fh->fh_depth > 0) {
		mutex_exit(&fstrans_lock);
		return;
	}
	LIST_REMOVE(fh, fh_link);
	cv_broadcast(&fstrans_cv);
	mutex_exit(&fstrans_lock);
	kmem_free(fh, sizeof(*fh));
}

int
fstrans_is_owner(struct mount *mp)
{
	struct fstrans_info *fi = mp->mnt_transinfo;

	return (mp->mnt_iflag & IMNT_HAS_TRANS) != 0 &&
	    fi->fi_owner == curlwp;
}

/* Somebody else is inside who keeps the state from being reached. */
static bool
trans_blocked(const struct fstrans_info *fi, enum fstrans_state state)
{
	const struct fstrans_holder *fh;

	LIST_FOREACH(fh, &fi->fi_holders, fh_link) {
		if (fh->fh_lwp == curlwp)
			continue;
		if (state == FSTRANS_SUSPENDED || fh->fh_type != FSTRANS_LAZY)
			return true;
	}
	return false;
}

int
fstrans_setstate(struct mount *mp, enum fstrans_state state)
{
	struct fstrans_info *fi = mp->mnt_transinfo;
	int error = 0;

	mutex_enter(&fstrans_lock);
	fi->fi_state = state;
	if (state == FSTRANS_NORMAL) {
		fi->fi_owner = NULL;
		cv_broadcast(&fstrans_cv);
	} else {
		fi->fi_owner = curlwp;
		while (error == 0 && trans_blocked(fi, state))
			error = cv_wait_sig(&fstrans_cv, &fstrans_lock);
		if (error != 0) {
			fi->fi_state = FSTRANS_NORMAL;
			fi->fi_owner = NULL;
			cv_broadcast(&fstrans_cv);
		}
	}
	mutex_exit(&fstrans_lock);
	return error;
}

enum fstrans_state
fstrans_getstate(struct mount *mp)
{
	struct fstrans_info *fi = mp->mnt_transinfo;

	KASSERT((mp->mnt_iflag & IMNT_HAS_TRANS) != 0);
	return fi->fi_state;
}

int
vfs_suspend(struct mount *mp, int nowait)
{
	int error;

	if ((mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		return EOPNOTSUPP;
	if (nowait) {
		if (!mutex_tryenter(&suspend_lock))
			return EWOULDBLOCK;
	} else {
		mutex_enter(&suspend_lock);
	}
	error = VFS_SUSPENDCTL(mp, SUSPEND_SUSPEND);
	if (error != 0)
		mutex_exit(&suspend_lock);
	return error;
}

void
vfs_resume(struct mount *mp)
{

	(void)VFS_SUSPENDCTL(mp, SUSPEND_RESUME);
	mutex_exit(&suspend_lock);
}

/*
 * Copy-on-write handlers: called before a buffer of the mount is written.
 */

int
fscow_establish(struct mount *mp, int (*func)(void *, struct buf *, bool),
    void *arg)
{
	struct fstrans_info *fi = mp->mnt_transinfo;
	struct fscow_handler *ch;

	if ((mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		return EINVAL;
	ch = kmem_alloc(sizeof(*ch), KM_SLEEP);
	ch->ch_func = func;
	ch->ch_arg = arg;
	mutex_enter(&fstrans_lock);
	while (fi->fi_cowbusy > 0)
		cv_wait(&fstrans_cv, &fstrans_lock);
	LIST_INSERT_HEAD(&fi->fi_cow, ch, ch_link);
	mutex_exit(&fstrans_lock);
	return 0;
}

int
fscow_disestablish(struct mount *mp,
    int (*func)(void *, struct buf *, bool), void *arg)
{
	struct fstrans_info *fi = mp->mnt_transinfo;
	struct fscow_handler *ch;

	if ((mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		return EINVAL;
	mutex_enter(&fstrans_lock);
	while (fi->fi_cowbusy > 0)
		cv_wait(&fstrans_cv, &fstrans_lock);
	LIST_FOREACH(ch, &fi->fi_cow, ch_link)
		if (ch->ch_func == func && ch->ch_arg == arg)
			break;
	if (ch != NULL)
		LIST_REMOVE(ch, ch_link);
	mutex_exit(&fstrans_lock);
	if (ch == NULL)
		return EINVAL;
	kmem_free(ch, sizeof(*ch));
	return 0;
}

int
fscow_run(struct buf *bp, bool data_valid)
{
	struct fstrans_info *fi;
	struct fscow_handler *ch;
	struct mount *mp;
	int error = 0;

	if ((bp->b_flags & B_COWDONE) != 0 || bp->b_vp == NULL)
		return 0;
	if (bp->b_vp->v_type == VBLK)
		mp = spec_node_getmountedfs(bp->b_vp);
	else
		mp = bp->b_vp->v_mount;
	if (mp == NULL || (mp->mnt_iflag & IMNT_HAS_TRANS) == 0)
		goto done;
	fi = mp->mnt_transinfo;
	mutex_enter(&fstrans_lock);
	fi->fi_cowbusy++;
	mutex_exit(&fstrans_lock);
	LIST_FOREACH(ch, &fi->fi_cow, ch_link) {
		error = (*ch->ch_func)(ch->ch_arg, bp, data_valid);
		if (error != 0)
			break;
	}
	mutex_enter(&fstrans_lock);
	if (--fi->fi_cowbusy == 0)
		cv_broadcast(&fstrans_cv);
	mutex_exit(&fstrans_lock);
done:
	if (error == 0)
		bp->b_flags |= B_COWDONE;
	return error;
}
