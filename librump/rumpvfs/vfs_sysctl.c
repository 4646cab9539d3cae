/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables of the file system faction: kern.maxvnodes, and below
 * vfs.generic what file system types there are.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/sysctl.h>
#include <sys/vnode.h>

#include <rump-priv/vnode.h>

#define MAXVNODES_MIN	16
#define FSTYPES_MAX	1024

/* A lower bound takes effect at once, as far as vnodes are not in use. */
static int
sysctl_maxvnodes(SYSCTLFN_ARGS)
{
	struct sysctlnode node = *rnode;
	int value = desiredvnodes, error;

	node.sysctl_data = &value;
	error = sysctl_lookup(SYSCTLFN_CALL(&node));
	if (error != 0 || newp == NULL)
		return error;
	if (value < MAXVNODES_MIN || value > INT_MAX / 2)
		return EINVAL;
	desiredvnodes = value;
	(void)vfs_drainvnodes();
	return 0;
}

/* The names of the types, with a space between each two. */
static int
sysctl_fstypes(SYSCTLFN_ARGS)
{
	struct sysctlnode node = *rnode;
	struct vfsops *v;
	char *buf;
	int error;

	buf = kmem_zalloc(FSTYPES_MAX, KM_SLEEP);
	mutex_enter(&vfs_list_lock);
	LIST_FOREACH(v, &vfs_list, vfs_list) {
		if (buf[0] != '\0')
			(void)strlcat(buf, " ", FSTYPES_MAX);
		(void)strlcat(buf, v->vfs_name, FSTYPES_MAX);
	}
	mutex_exit(&vfs_list_lock);
	node.sysctl_data = buf;
	node.sysctl_size = strlen(buf) + 1;
	error = sysctl_lookup(SYSCTLFN_CALL(&node));
	kmem_free(buf, FSTYPES_MAX);
	return error;
}

SYSCTL_SETUP(sysctl_vfs_setup, "file system variables")
{

	sysctl_createv(clog, 0, NULL, NULL, CTLFLAG_PERMANENT |
	    CTLFLAG_READWRITE, CTLTYPE_INT, "maxvnodes",
	    "How many vnodes are kept", sysctl_maxvnodes, 0, NULL, 0,
	    CTL_KERN, KERN_MAXVNODES, CTL_EOL);
	sysctl_createv(clog, 0, NULL, NULL, CTLFLAG_PERMANENT, CTLTYPE_NODE,
	    "generic", "All file systems", NULL, 0, NULL, 0,
	    CTL_VFS, VFS_GENERIC, CTL_EOL);
	sysctl_createv(clog, 0, NULL, NULL, CTLFLAG_PERMANENT,
	    CTLTYPE_STRING, "fstypes", "File system types",
	    sysctl_fstypes, 0, NULL, 0, CTL_VFS, VFS_GENERIC, CTL_CREATE,
	    CTL_EOL);
}
