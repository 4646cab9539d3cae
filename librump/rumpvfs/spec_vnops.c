/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Operations of device vnodes: into the driver for a character device,
 * through the buffer cache for a block device.
 *
 * Locking: the vnode lock is dropped while a driver opens, closes or
 * transfers; rump_device_lock guards the counts.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/conf.h>
#include <sys/disk.h>
#include <sys/disklabel.h>
#include <sys/dkio.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/kauth.h>
#include <sys/lockf.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/unistd.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <miscfs/specfs/specdev.h>
#include <uvm/uvm_extern.h>

#include <rump-priv/kern.h>

#include "bio.h"
#include "spec.h"

/*
 * Open and close.
 */

/* Counts one more open; a block device has one at a time. */
static int
spec_claim(struct vnode *vp)
{
	specnode_t *sn = vp->v_specnode;
	specdev_t *sd = sn->sn_dev;
	int error = 0;

	mutex_enter(&rump_device_lock);
	if (sn->sn_gone)
		error = EBADF;
	else if (vp->v_type == VBLK && sd->sd_opencnt != 0)
		error = EBUSY;
	else {
		sn->sn_opencnt++;
		sd->sd_opencnt++;
		if (vp->v_type == VBLK)
			sd->sd_bdevvp = vp;
	}
	mutex_exit(&rump_device_lock);
	return error;
}

/* One open less; true if the device has none any more. */
static bool
spec_unclaim(struct vnode *vp)
{
	specnode_t *sn = vp->v_specnode;
	specdev_t *sd = sn->sn_dev;
	bool last;

	mutex_enter(&rump_device_lock);
	KASSERT(sn->sn_opencnt > 0 && sd->sd_opencnt > 0);
	sn->sn_opencnt--;
	last = --sd->sd_opencnt == 0;
	if (last)
		sd->sd_bdevvp = NULL;
	mutex_exit(&rump_device_lock);
	return last;
}

/* The size of an open block device, bytes; unlimited if it will not say. */
static voff_t
spec_devsize(struct vnode *vp)
{
	struct partinfo pi;
	off_t size;
	int blks;

	if (bdev_ioctl(vp->v_rdev, DIOCGMEDIASIZE, &size, FREAD, curlwp) == 0)
		return size;
	if (bdev_ioctl(vp->v_rdev, DIOCGPARTINFO, &pi, FREAD, curlwp) == 0)
		return (voff_t)pi.pi_size * pi.pi_secsize;
	if ((blks = bdev_size(vp->v_rdev)) >= 0)
		return (voff_t)blks << DEV_BSHIFT;
	return (voff_t)0x7fffffffffffffffLL;
}

int
spec_open(void *v)
{
	struct vop_open_args *ap = v;
	struct vnode *vp = ap->a_vp;
	const dev_t dev = vp->v_rdev;
	int error;

	if (vp->v_mount != NULL && (vp->v_mount->mnt_flag & MNT_NODEV) != 0)
		return ENXIO;
	if ((error = spec_claim(vp)) != 0)
		return error;
	VOP_UNLOCK(vp);
	if (vp->v_type == VCHR)
		error = cdev_open(dev, ap->a_mode, S_IFCHR, curlwp);
	else
		error = bdev_open(dev, ap->a_mode, S_IFBLK, curlwp);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (vp->v_specnode == NULL)
		return EBADF;		/* revoked meanwhile, and closed */
	if (error != 0) {
		(void)spec_unclaim(vp);
		return error;
	}
	if (vp->v_type == VBLK)
		uvm_vnp_setsize(vp, spec_devsize(vp));
	return 0;
}

int
rump_spec_doclose(struct vnode *vp, int flags)
{
	const dev_t dev = vp->v_rdev;
	const enum vtype type = vp->v_type;
	const bool keep = (flags & FNONBLOCK) != 0;
	int error = 0, e;

	if (type == VBLK) {
		error = vinvalbuf(vp, V_SAVE, NOCRED, curlwp, false, 0);
		if (error != 0)
			(void)vinvalbuf(vp, 0, NOCRED, curlwp, false, 0);
	}
	if (!spec_unclaim(vp))
		return error;
	if (!keep)
		VOP_UNLOCK(vp);
	if (type == VCHR)
		e = cdev_close(dev, flags, S_IFCHR, curlwp);
	else
		e = bdev_close(dev, flags, S_IFBLK, curlwp);
	if (!keep)
		vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	return error != 0 ? error : e;
}

int
spec_close(void *v)
{
	struct vop_close_args *ap = v;
	struct vnode *vp = ap->a_vp;
	bool open;

	if (vp->v_specnode == NULL)
		return 0;
	mutex_enter(&rump_device_lock);
	open = vp->v_specnode->sn_opencnt > 0;
	mutex_exit(&rump_device_lock);
	/* Revoked: closed already. */
	return open ? rump_spec_doclose(vp, ap->a_fflag & ~FNONBLOCK) : 0;
}

/*
 * Reading and writing.
 */

/*
 * One block of a block device: where it begins, how long it is, and how much
 * of it the transfer concerns.
 */
struct spec_piece {
	daddr_t	bn;		/* DEV_BSIZE units */
	int	size;		/* bytes of the buffer */
	size_t	on;		/* offset in it */
	size_t	n;		/* bytes to move */
};

static bool
spec_piece(const struct vnode *vp, const struct uio *uio,
    struct spec_piece *p)
{
	const off_t start = uio->uio_offset & ~(off_t)(BLKDEV_IOSIZE - 1);
	const off_t left = vp->v_size - start;

	if (uio->uio_offset >= vp->v_size)
		return false;
	p->bn = start >> DEV_BSHIFT;
	p->size = BLKDEV_IOSIZE;
	if (left < p->size)
		p->size = (int)roundup2(left, DEV_BSIZE);
	p->on = (size_t)(uio->uio_offset - start);
	p->n = MIN(MIN((off_t)BLKDEV_IOSIZE, left) - p->on, uio->uio_resid);
	return true;
}

static int
spec_blkread(struct vnode *vp, struct uio *uio)
{
	struct spec_piece p;
	struct buf *bp;
	int error = 0;

	while (error == 0 && uio->uio_resid > 0 && spec_piece(vp, uio, &p)) {
		error = bread(vp, p.bn, p.size, 0, &bp);
		if (error != 0)
			break;
		error = uiomove((char *)bp->b_data + p.on, p.n, uio);
		brelse(bp, 0);
	}
	return error;
}

static int
spec_blkwrite(struct vnode *vp, struct uio *uio)
{
	const size_t before = uio->uio_resid;
	struct spec_piece p;
	struct buf *bp;
	int error = 0;

	while (error == 0 && uio->uio_resid > 0) {
		/* The end of the medium ends the write, or refuses it. */
		if (!spec_piece(vp, uio, &p))
			return uio->uio_resid < before ? 0 : ENOSPC;
		if (p.n == (size_t)p.size) {
			bp = getblk(vp, p.bn, p.size, 0, 0);
			/* In case the copy fails half way. */
			if ((bp->b_oflags & (BO_DONE | BO_DELWRI)) == 0)
				memset(bp->b_data, 0, p.size);
		} else if ((error = bread(vp, p.bn, p.size, B_MODIFY,
		    &bp)) != 0)
			break;
		error = uiomove((char *)bp->b_data + p.on, p.n, uio);
		if (error != 0)
			brelse(bp, BC_INVAL);
		else if (p.on + p.n == (size_t)p.size)
			bawrite(bp);
		else
			bdwrite(bp);
	}
	return error;
}

int
spec_read(void *v)
{
	struct vop_read_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct uio *uio = ap->a_uio;
	int error;

	if (uio->uio_resid == 0)
		return 0;
	if (vp->v_type == VCHR) {
		const dev_t dev = vp->v_rdev;

		VOP_UNLOCK(vp);
		error = cdev_read(dev, uio, ap->a_ioflag);
		vn_lock(vp, LK_SHARED | LK_RETRY);
		return error;
	}
	if (uio->uio_offset < 0)
		return EINVAL;
	return spec_blkread(vp, uio);
}

int
spec_write(void *v)
{
	struct vop_write_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct uio *uio = ap->a_uio;
	int error;

	if (vp->v_type == VCHR) {
		const dev_t dev = vp->v_rdev;

		VOP_UNLOCK(vp);
		error = cdev_write(dev, uio, ap->a_ioflag);
		vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
		return error;
	}
	if (uio->uio_resid == 0)
		return 0;
	if (uio->uio_offset < 0)
		return EINVAL;
	return spec_blkwrite(vp, uio);
}

int
spec_strategy(void *v)
{
	struct vop_strategy_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct buf *bp = ap->a_bp;
	int error = 0;

	if (vp->v_specnode == NULL || vp->v_specnode->sn_gone)
		error = ENXIO;
	else if (rump_is_dead() && BUF_ISWRITE(bp))
		error = EIO;
	if (error != 0) {
		bp->b_error = error;
		bp->b_resid = bp->b_bcount;
		biodone(bp);
		return error;
	}
	bp->b_dev = vp->v_rdev;
	bdev_strategy(bp);
	return 0;
}

int
spec_bmap(void *v)
{
	struct vop_bmap_args *ap = v;

	if (ap->a_vpp != NULL)
		*ap->a_vpp = ap->a_vp;
	if (ap->a_bnp != NULL)
		*ap->a_bnp = ap->a_bn;
	if (ap->a_runp != NULL)
		*ap->a_runp = (MAXBSIZE >> DEV_BSHIFT) - 1;
	return 0;
}

int
spec_fdiscard(void *v)
{
	struct vop_fdiscard_args *ap = v;
	struct vnode *vp = ap->a_vp;

	if (vp->v_type == VCHR)
		return cdev_discard(vp->v_rdev, ap->a_pos, ap->a_len);
	return bdev_discard(vp->v_rdev, ap->a_pos, ap->a_len);
}

int
spec_fsync(void *v)
{
	struct vop_fsync_args *ap = v;
	struct vnode *vp = ap->a_vp;
	struct mount *mp;
	int error, flush = 1;

	if (vp->v_type != VBLK)
		return 0;
	mp = spec_node_getmountedfs(vp);
	if (mp != NULL && mp->mnt_op->vfs_fsync != NULL) {
		error = VFS_FSYNC(mp, vp, ap->a_flags);
		if (error != EOPNOTSUPP)
			return error;
	}
	error = vflushbuf(vp, ap->a_flags);
	if (error == 0 && (ap->a_flags & FSYNC_CACHE) != 0) {
		(void)bdev_ioctl(vp->v_rdev, DIOCCACHESYNC, &flush, FWRITE,
		    curlwp);
	}
	return error;
}

/*
 * The rest goes to the driver or is simple.
 */

int
spec_ioctl(void *v)
{
	struct vop_ioctl_args *ap = v;
	struct vnode *vp = ap->a_vp;

	if (vp->v_specnode == NULL || vp->v_specnode->sn_gone)
		return ENXIO;
	if (vp->v_type == VCHR)
		return cdev_ioctl(vp->v_rdev, ap->a_command, ap->a_data,
		    ap->a_fflag, curlwp);
	return bdev_ioctl(vp->v_rdev, ap->a_command, ap->a_data, ap->a_fflag,
	    curlwp);
}

int
spec_poll(void *v)
{
	struct vop_poll_args *ap = v;
	struct vnode *vp = ap->a_vp;

	if (vp->v_type != VCHR)
		return genfs_poll(v);
	if (vp->v_specnode == NULL || vp->v_specnode->sn_gone)
		return POLLERR;
	return cdev_poll(vp->v_rdev, ap->a_events, curlwp);
}

int
spec_kqfilter(void *v)
{
	struct vop_kqfilter_args *ap = v;
	struct vnode *vp = ap->a_vp;

	if (vp->v_type != VCHR)
		return EOPNOTSUPP;
	if (vp->v_specnode == NULL || vp->v_specnode->sn_gone)
		return ENXIO;
	return cdev_kqfilter(vp->v_rdev, ap->a_kn);
}

int
spec_mmap(void *v)
{
	struct vop_mmap_args *ap = v;

	return ap->a_vp->v_type == VBLK ? EINVAL : 0;
}

int
spec_lookup(void *v)
{
	struct vop_lookup_v2_args *ap = v;

	*ap->a_vpp = NULL;
	return ENOTDIR;
}

int
spec_inactive(void *v)
{
	struct vop_inactive_args *ap = v;

	*ap->a_recycle = true;
	VOP_UNLOCK(ap->a_vp);
	return 0;
}

int
spec_reclaim(void *v)
{
	struct vop_reclaim_args *ap = v;

	KASSERT(ap->a_vp->v_data == NULL);
	return 0;
}

int
spec_print(void *v)
{
	struct vop_print_args *ap = v;
	const dev_t dev = ap->a_vp->v_rdev;

	printf("dev %llu, %llu\n", (unsigned long long)major(dev),
	    (unsigned long long)minor(dev));
	return 0;
}

int
spec_pathconf(void *v)
{
	struct vop_pathconf_args *ap = v;

	switch (ap->a_name) {
	case _PC_LINK_MAX:
		*ap->a_retval = LINK_MAX;
		return 0;
	case _PC_MAX_CANON:
		*ap->a_retval = MAX_CANON;
		return 0;
	case _PC_MAX_INPUT:
		*ap->a_retval = MAX_INPUT;
		return 0;
	case _PC_PIPE_BUF:
		*ap->a_retval = PIPE_BUF;
		return 0;
	case _PC_CHOWN_RESTRICTED:
		*ap->a_retval = 1;
		return 0;
	case _PC_SYNC_IO:
		*ap->a_retval = 1;
		return 0;
	default:
		return EINVAL;
	}
}

int
spec_advlock(void *v)
{
	struct vop_advlock_args *ap = v;

	return lf_advlock(ap, &ap->a_vp->v_speclockf, 0);
}

/*
 * The vector of vnodes made by bdevvp() and cdevvp().
 */

int (**spec_vnodeop_p)(void *);

static const struct vnodeopv_entry_desc spec_vnodeop_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_lookup_desc, spec_lookup },
	{ &vop_create_desc, spec_create },
	{ &vop_mknod_desc, spec_mknod },
	{ &vop_open_desc, spec_open },
	{ &vop_close_desc, spec_close },
	{ &vop_access_desc, spec_access },
	{ &vop_getattr_desc, spec_getattr },
	{ &vop_setattr_desc, spec_setattr },
	{ &vop_read_desc, spec_read },
	{ &vop_write_desc, spec_write },
	{ &vop_fallocate_desc, spec_fallocate },
	{ &vop_fdiscard_desc, spec_fdiscard },
	{ &vop_fcntl_desc, spec_fcntl },
	{ &vop_ioctl_desc, spec_ioctl },
	{ &vop_poll_desc, spec_poll },
	{ &vop_kqfilter_desc, spec_kqfilter },
	{ &vop_revoke_desc, spec_revoke },
	{ &vop_mmap_desc, spec_mmap },
	{ &vop_fsync_desc, spec_fsync },
	{ &vop_seek_desc, spec_seek },
	{ &vop_remove_desc, spec_remove },
	{ &vop_link_desc, spec_link },
	{ &vop_rename_desc, spec_rename },
	{ &vop_mkdir_desc, spec_mkdir },
	{ &vop_rmdir_desc, spec_rmdir },
	{ &vop_symlink_desc, spec_symlink },
	{ &vop_readdir_desc, spec_readdir },
	{ &vop_readlink_desc, spec_readlink },
	{ &vop_abortop_desc, spec_abortop },
	{ &vop_inactive_desc, spec_inactive },
	{ &vop_reclaim_desc, spec_reclaim },
	{ &vop_lock_desc, spec_lock },
	{ &vop_unlock_desc, spec_unlock },
	{ &vop_bmap_desc, spec_bmap },
	{ &vop_strategy_desc, spec_strategy },
	{ &vop_print_desc, spec_print },
	{ &vop_islocked_desc, spec_islocked },
	{ &vop_pathconf_desc, spec_pathconf },
	{ &vop_advlock_desc, spec_advlock },
	{ &vop_bwrite_desc, spec_bwrite },
	{ &vop_getpages_desc, spec_getpages },
	{ &vop_putpages_desc, spec_putpages },
	{ NULL, NULL }
};

const struct vnodeopv_desc spec_vnodeop_opv_desc = {
	&spec_vnodeop_p, spec_vnodeop_entries
};

void
rump_spec_init(void)
{
	static const struct vnodeopv_desc *const descs[] = {
		&spec_vnodeop_opv_desc, NULL
	};

	rump_specnodes_init();
	vfs_opv_init(descs);
}
