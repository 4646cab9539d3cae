/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worklist of vnodes with changes that wait to be written.  There is no
 * thread that works it off: sync(2), fsync(2), unmounting and the end of the
 * kernel write, as does the buffer cache when it is full.
 *
 * Locking: syncer_lock, taken after interlocks.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/vnode.h>

#include <rump-priv/vnode.h>

static kmutex_t syncer_lock;
static TAILQ_HEAD(, vnode) syncer_list = TAILQ_HEAD_INITIALIZER(syncer_list);

void
rump_syncer_init(void)
{

	mutex_init(&syncer_lock, MUTEX_DEFAULT, IPL_NONE);
}

void
vn_syncer_add_to_worklist(struct vnode *vp, int delay)
{

	KASSERT(mutex_owned(vp->v_interlock));
	mutex_enter(&syncer_lock);
	if ((vp->v_iflag & VI_ONWORKLST) == 0) {
		vp->v_iflag |= VI_ONWORKLST;
		TAILQ_INSERT_TAIL(&syncer_list, vp, v_synclist);
	}
	mutex_exit(&syncer_lock);
}

void
vn_syncer_remove_from_worklist(struct vnode *vp)
{

	mutex_enter(&syncer_lock);
	if (vp->v_iflag & VI_ONWORKLST) {
		vp->v_iflag &= ~VI_ONWORKLST;
		TAILQ_REMOVE(&syncer_list, vp, v_synclist);
	}
	mutex_exit(&syncer_lock);
}
