/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named pipes: a ring of bytes (rump-priv/pipe.h) hangs on the vnode from the
 * first open to the last close, both under the vnode's exclusive lock, which
 * nobody keeps while he sleeps.
 *
 * A file system's fifo operations that it does not define itself go through
 * vn_fifo_bypass() to fifo_vnodeop_p, which a fifofs component may replace.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/poll.h>
#include <sys/syslimits.h>
#include <sys/unistd.h>
#include <sys/vnode.h>

#include <miscfs/fifofs/fifo.h>
#include <miscfs/genfs/genfs.h>

#include <rump-priv/pipe.h>
#include <rump-priv/vnode.h>

int (**fifo_vnodeop_p)(void *);
static int (**fifo_ours)(void *);	/* the above, unless it was replaced */

/* The type is opaque to all others, and nobody else has one. */
static inline struct pipe *
fifo_pipe(struct vnode *vp)
{

	return (struct pipe *)(void *)vp->v_fifoinfo;
}

/* Without the vnode's lock, which is taken again as it was. */
static inline int
fifo_unlock(struct vnode *vp)
{
	int how = VOP_ISLOCKED(vp) == LK_EXCLUSIVE ? LK_EXCLUSIVE : LK_SHARED;

	VOP_UNLOCK(vp);
	return how;
}

/* Nobody has it open any more: the bytes are gone, too. */
static void
fifo_leave(struct vnode *vp, int fflag)
{
	struct pipe *pp = fifo_pipe(vp);

	if (pp == NULL || !rump_pipe_leave(pp, fflag))
		return;
	vp->v_fifoinfo = NULL;
	rump_pipe_destroy(pp);
}

static int
fifo_open(void *v)
{
	struct vop_open_args *ap = v;
	struct vnode *vp = ap->a_vp;
	int fflag = ap->a_mode, error;
	struct pipe *pp;

	if ((pp = fifo_pipe(vp)) == NULL) {
		if ((fflag & (FREAD | FWRITE | FNONBLOCK)) ==
		    (FWRITE | FNONBLOCK))
			return ENXIO;
		pp = rump_pipe_create();
		vp->v_fifoinfo = (struct fifoinfo *)(void *)pp;
	} else if ((fflag & (FREAD | FWRITE | FNONBLOCK)) ==
	    (FWRITE | FNONBLOCK) && !rump_pipe_hasreaders(pp))
		return ENXIO;
	rump_pipe_enter(pp, fflag);
	/* Who is at both ends waits for nobody. */
	if ((fflag & FNONBLOCK) != 0 ||
	    (fflag & (FREAD | FWRITE)) == (FREAD | FWRITE))
		return 0;
	VOP_UNLOCK(vp);
	error = rump_pipe_waitopen(pp, fflag);
	vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
	if (error != 0)
		fifo_leave(vp, fflag);
	return error;
}

static int
fifo_close(void *v)
{
	struct vop_close_args *ap = v;

	fifo_leave(ap->a_vp, ap->a_fflag);
	return 0;
}

/* The open file's ways, of which an operation sees only this. */
static int
fifo_fflag(int ioflag)
{

	return (ioflag & IO_NDELAY) != 0 ? FNONBLOCK : 0;
}

static int
fifo_read(void *v)
{
	struct vop_read_args *ap = v;
	struct pipe *pp = fifo_pipe(ap->a_vp);
	int error, how;

	if (pp == NULL)
		return EBADF;
	how = fifo_unlock(ap->a_vp);
	error = rump_pipe_read(pp, ap->a_uio,
	    FREAD | fifo_fflag(ap->a_ioflag));
	vn_lock(ap->a_vp, how | LK_RETRY);
	return error;
}

static int
fifo_write(void *v)
{
	struct vop_write_args *ap = v;
	struct pipe *pp = fifo_pipe(ap->a_vp);
	int error, how;

	if (pp == NULL)
		return EBADF;
	how = fifo_unlock(ap->a_vp);
	error = rump_pipe_write(pp, ap->a_uio,
	    FWRITE | fifo_fflag(ap->a_ioflag));
	vn_lock(ap->a_vp, how | LK_RETRY);
	return error;
}

static int
fifo_ioctl(void *v)
{
	struct vop_ioctl_args *ap = v;
	struct pipe *pp = fifo_pipe(ap->a_vp);

	return pp == NULL ? EBADF : rump_pipe_ioctl(pp, ap->a_command,
	    ap->a_data);
}

/* Which end is asked about shows in what is asked: reading is for readers. */
static int
fifo_poll(void *v)
{
	struct vop_poll_args *ap = v;
	struct pipe *pp = fifo_pipe(ap->a_vp);
	int fflag = 0;

	if (pp == NULL)
		return POLLERR;
	if ((ap->a_events & (POLLIN | POLLRDNORM)) != 0)
		fflag |= FREAD;
	if ((ap->a_events & (POLLOUT | POLLWRNORM)) != 0)
		fflag |= FWRITE;
	return rump_pipe_poll(pp, ap->a_events, fflag != 0 ? fflag : FREAD);
}

static int
fifo_kqfilter(void *v)
{
	struct vop_kqfilter_args *ap = v;
	struct pipe *pp = fifo_pipe(ap->a_vp);

	return pp == NULL ? EBADF : rump_pipe_kqfilter(pp, ap->a_kn);
}

static int
fifo_pathconf(void *v)
{
	struct vop_pathconf_args *ap = v;

	switch (ap->a_name) {
	case _PC_LINK_MAX:
		*ap->a_retval = LINK_MAX;
		return 0;
	case _PC_PIPE_BUF:
		*ap->a_retval = PIPE_BUF;
		return 0;
	case _PC_CHOWN_RESTRICTED:
	case _PC_SYNC_IO:
		*ap->a_retval = 1;
		return 0;
	default:
		return EINVAL;
	}
}

static const struct vnodeopv_entry_desc fifo_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_open_desc, fifo_open },
	{ &vop_close_desc, fifo_close },
	{ &vop_read_desc, fifo_read },
	{ &vop_write_desc, fifo_write },
	{ &vop_ioctl_desc, fifo_ioctl },
	{ &vop_poll_desc, fifo_poll },
	{ &vop_kqfilter_desc, fifo_kqfilter },
	{ &vop_revoke_desc, genfs_revoke },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_seek_desc, genfs_nullop },
	{ &vop_abortop_desc, genfs_badop },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_print_desc, genfs_nullop },
	{ &vop_pathconf_desc, fifo_pathconf },
	{ &vop_advlock_desc, genfs_einval },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};

static const struct vnodeopv_desc fifo_opv_desc = {
	&fifo_vnodeop_p, fifo_entries
};

void
rump_fifo_init(void)
{
	static const struct vnodeopv_desc * const descs[] = {
		&fifo_opv_desc, NULL
	};

	/* A fifofs may have been here first. */
	if (fifo_vnodeop_p == NULL) {
		vfs_opv_init(descs);
		fifo_ours = fifo_vnodeop_p;
	}
}

void
rump_fifo_restart(struct vnode *vp, int fflag)
{

	if (fifo_ours == fifo_vnodeop_p && vp->v_type == VFIFO &&
	    fifo_pipe(vp) != NULL)
		rump_pipe_restart(fifo_pipe(vp), fflag);
}

int
vn_fifo_bypass(void *v)
{
	struct vop_generic_args *ap = v;

	return VOCALL(fifo_vnodeop_p, ap->a_desc->vdesc_offset, v);
}
