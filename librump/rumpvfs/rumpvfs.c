/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file system faction: its start, and its end.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kauth.h>
#include <sys/lwp.h>
#include <sys/module.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>

#include <rump-priv/io.h>
#include <rump-priv/kern.h>
#include <rump-priv/syscall.h>
#include <rump-priv/vnode.h>

static time_t rootfstime;

/* The root file system's idea of the time, for kernels without a clock. */
void
setrootfstime(time_t t)
{

	rootfstime = t;
}

/* The end of the kernel. */
static void
rumpvfs_fini(void)
{

	if (rump_is_dead())
		return;
	rump_vfs_unmountall(curlwp);
}

RUMP_COMPONENT(RUMP__FACTION_VFS)
{
	struct vnode *root;
	int error;

	namei_init();
	rump_vfstypes_init();
	rump_reclaim_init();
	rump_vcache_init();
	rump_mount_init();
	rump_dead_init();
	rump_fifo_init();
	nchinit();
	rump_syncer_init();
	rump_fstrans_init();
	rump_lockf_init();
	rump_cwd_init();
	rump_vfs_io_init();

	error = vfs_attach(&rumpfs_vfsops);
	if (error == 0)
		error = rumpfs_mountroot();
	if (error != 0)
		panic("cannot mount the root file system: %d", error);
	error = VFS_ROOT(TAILQ_FIRST(&mountlist), &root);
	if (error != 0)
		panic("no root directory: %d", error);
	VOP_UNLOCK(root);
	rump_vnode_setroot(root->v_mount, root);
	rootvnode = root;
	rump_cwd_setroot(root);
	rump_vfs_fini = rumpvfs_fini;
	rump_syscall_boot_establish(rump_syscalls_vfs, rump_syscalls_vfs_n);

	rump_component_init(RUMP_COMPONENT_VFS);
	module_init_class(MODULE_CLASS_VFS);
}
