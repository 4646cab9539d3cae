/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The nodes of devices: which vnodes stand for one device, and what is
 * mounted from it.
 *
 * Locking: device_lock guards the hash, the counts and claims; interlocks
 * come after it.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/conf.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kmem.h>
#include <sys/lockf.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>
#include <uvm/uvm_extern.h>

#include <rump-priv/vnode.h>

#include "bio.h"
#include "spec.h"

#define	SPECHASH	64

kmutex_t rump_device_lock;

static LIST_HEAD(, specnode) spechash[SPECHASH];

static u_int
spec_hash(dev_t dev)
{

	return ((u_int)major(dev) * 31 + (u_int)minor(dev)) % SPECHASH;
}

void
rump_specnodes_init(void)
{
	int i;

	mutex_init(&rump_device_lock, MUTEX_DEFAULT, IPL_NONE);
	for (i = 0; i < SPECHASH; i++)
		LIST_INIT(&spechash[i]);
}

/* Another node of the device, if there is one; the lock is held. */
static specdev_t *
specdev_find(enum vtype type, dev_t dev)
{
	specnode_t *sn;

	LIST_FOREACH(sn, &spechash[spec_hash(dev)], sn_link) {
		if (sn->sn_rdev == dev && sn->sn_vnode->v_type == type)
			return sn->sn_dev;
	}
	return NULL;
}

void
spec_node_init(vnode_t *vp, dev_t dev)
{
	specnode_t *sn;
	specdev_t *sd, *new;

	KASSERT(vp->v_type == VBLK || vp->v_type == VCHR);
	KASSERT(vp->v_specnode == NULL);
	sn = kmem_zalloc(sizeof(*sn), KM_SLEEP);
	new = kmem_zalloc(sizeof(*new), KM_SLEEP);
	sn->sn_vnode = vp;
	sn->sn_rdev = dev;
	mutex_enter(&rump_device_lock);
	if ((sd = specdev_find(vp->v_type, dev)) == NULL) {
		sd = new;
		sd->sd_rdev = dev;
		new = NULL;
	}
	sd->sd_refcnt++;
	sn->sn_dev = sd;
	vp->v_specnode = sn;
	LIST_INSERT_HEAD(&spechash[spec_hash(dev)], sn, sn_link);
	mutex_exit(&rump_device_lock);
	/* A device's size is known when it is open. */
	uvm_vnp_setsize(vp, 0);
	if (new != NULL)
		kmem_free(new, sizeof(*new));
}

void
spec_node_destroy(vnode_t *vp)
{
	specnode_t *sn = vp->v_specnode;
	specdev_t *sd = sn->sn_dev;
	bool last;

	mutex_enter(&rump_device_lock);
	LIST_REMOVE(sn, sn_link);
	KASSERT(sn->sn_opencnt == 0);
	vp->v_specnode = NULL;
	if (sd->sd_bdevvp == vp)
		sd->sd_bdevvp = NULL;
	last = --sd->sd_refcnt == 0;
	mutex_exit(&rump_device_lock);
	if (last)
		kmem_free(sd, sizeof(*sd));
	kmem_free(sn, sizeof(*sn));
}

/* The vnode is locked and on its way out: what is open through it closes. */
void
spec_node_revoke(vnode_t *vp)
{
	specnode_t *sn = vp->v_specnode;

	mutex_enter(&rump_device_lock);
	sn->sn_gone = true;
	while (sn->sn_opencnt > 0) {
		mutex_exit(&rump_device_lock);
		(void)rump_spec_doclose(vp, FNONBLOCK);
		mutex_enter(&rump_device_lock);
	}
	mutex_exit(&rump_device_lock);
}

int
spec_node_lookup_by_dev(enum vtype type, dev_t dev, vnode_t **vpp)
{
	specnode_t *sn;
	vnode_t *vp;

again:
	mutex_enter(&rump_device_lock);
	LIST_FOREACH(sn, &spechash[spec_hash(dev)], sn_link) {
		vp = sn->sn_vnode;
		if (sn->sn_rdev != dev || vp->v_type != type || sn->sn_gone)
			continue;
		mutex_enter(vp->v_interlock);
		if (vdead_check(vp, VDEAD_NOWAIT) != 0) {
			mutex_exit(vp->v_interlock);
			continue;
		}
		mutex_exit(&rump_device_lock);
		if (vget(vp, 0, true) != 0)
			goto again;
		*vpp = vp;
		return 0;
	}
	mutex_exit(&rump_device_lock);
	return ENOENT;
}

int
spec_node_lookup_by_mount(struct mount *mp, vnode_t **vpp)
{
	specnode_t *sn;
	vnode_t *vp;
	int i;

	mutex_enter(&rump_device_lock);
	for (i = 0; i < SPECHASH; i++) {
		LIST_FOREACH(sn, &spechash[i], sn_link) {
			if (sn->sn_dev->sd_mountpoint != mp ||
			    (vp = sn->sn_dev->sd_bdevvp) == NULL)
				continue;
			mutex_enter(vp->v_interlock);
			mutex_exit(&rump_device_lock);
			if (vget(vp, 0, true) != 0)
				return ENOENT;
			*vpp = vp;
			return 0;
		}
	}
	mutex_exit(&rump_device_lock);
	return ENOENT;
}

struct mount *
spec_node_getmountedfs(vnode_t *vp)
{

	KASSERT(vp->v_type == VBLK);
	return vp->v_specnode->sn_dev->sd_mountpoint;
}

void
spec_node_setmountedfs(vnode_t *vp, struct mount *mp)
{

	if (vp->v_type != VBLK)
		return;
	mutex_enter(&rump_device_lock);
	KASSERT(mp == NULL ||
	    vp->v_specnode->sn_dev->sd_mountpoint == NULL ||
	    vp->v_specnode->sn_dev->sd_mountpoint == mp);
	vp->v_specnode->sn_dev->sd_mountpoint = mp;
	mutex_exit(&rump_device_lock);
}

/*
 * Vnodes for devices that no file system shows.
 */

static int
devvp_make(dev_t dev, enum vtype type, vnode_t **vpp)
{
	vnode_t *vp;
	int error;

	if (dev == NODEV) {
		*vpp = NULL;
		return 0;
	}
	if ((error = rump_vnode_alloc_anon(NULL, &vp)) != 0) {
		*vpp = NULL;
		return error;
	}
	vp->v_op = spec_vnodeop_p;
	vp->v_type = type;
	spec_node_init(vp, dev);
	*vpp = vp;
	return 0;
}

int
bdevvp(dev_t dev, vnode_t **vpp)
{

	return devvp_make(dev, VBLK, vpp);
}

int
cdevvp(dev_t dev, vnode_t **vpp)
{

	return devvp_make(dev, VCHR, vpp);
}

/* Non-zero if a vnode of the device was found, referenced. */
int
vfinddev(dev_t dev, enum vtype type, vnode_t **vpp)
{

	return spec_node_lookup_by_dev(type, dev, vpp) == 0;
}

/* Devices maj, minl to minh of a type go away: revoke all their nodes. */
void
vdevgone(int maj, int minl, int minh, enum vtype type)
{
	vnode_t *vp;
	int mn;

	for (mn = minl; mn <= minh; mn++) {
		while (spec_node_lookup_by_dev(type, makedev(maj, mn),
		    &vp) == 0) {
			(void)VOP_REVOKE(vp, REVOKEALL);
			vrele(vp);
		}
	}
}
