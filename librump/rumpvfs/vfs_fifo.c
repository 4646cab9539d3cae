/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named pipes without the fifofs component: they can be made, removed and
 * looked at, but not opened.
 *
 * A file system's fifo operations that it does not define itself go through
 * vn_fifo_bypass() to fifo_vnodeop_p, which fifofs replaces.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mount.h>
#include <sys/vnode.h>

#include <miscfs/fifofs/fifo.h>
#include <miscfs/genfs/genfs.h>

#include <rump-priv/vnode.h>

int (**fifo_vnodeop_p)(void *);

static int
fifo_absent(void *v)
{

	return ENXIO;
}

static const struct vnodeopv_entry_desc fifo_absent_entries[] = {
	{ &vop_default_desc, vn_default_error },
	{ &vop_open_desc, fifo_absent },
	{ &vop_close_desc, genfs_nullop },
	{ &vop_read_desc, fifo_absent },
	{ &vop_write_desc, fifo_absent },
	{ &vop_ioctl_desc, genfs_enoioctl },
	{ &vop_poll_desc, genfs_poll },
	{ &vop_kqfilter_desc, fifo_absent },
	{ &vop_revoke_desc, genfs_revoke },
	{ &vop_fsync_desc, genfs_nullop },
	{ &vop_seek_desc, genfs_nullop },
	{ &vop_abortop_desc, genfs_badop },
	{ &vop_lock_desc, genfs_lock },
	{ &vop_unlock_desc, genfs_unlock },
	{ &vop_islocked_desc, genfs_islocked },
	{ &vop_print_desc, genfs_nullop },
	{ &vop_advlock_desc, genfs_einval },
	{ &vop_putpages_desc, genfs_null_putpages },
	{ NULL, NULL }
};

static const struct vnodeopv_desc fifo_absent_opv_desc = {
	&fifo_vnodeop_p, fifo_absent_entries
};

void
rump_fifo_init(void)
{
	static const struct vnodeopv_desc * const descs[] = {
		&fifo_absent_opv_desc, NULL
	};

	/* fifofs may have been here first. */
	if (fifo_vnodeop_p == NULL)
		vfs_opv_init(descs);
}

int
vn_fifo_bypass(void *v)
{
	struct vop_generic_args *ap = v;

	return VOCALL(fifo_vnodeop_p, ap->a_desc->vdesc_offset, v);
}
