/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the other factions hook themselves into rumpkern.  They fill these
 * while they are initialised; what is asked of an absent one fails.
 */
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/systm.h>

#include <rump-sys/vfs.h>
#include <rump-priv/kern.h>

static int
no_devnodes(dev_t type, const char *base, char minchar, devmajor_t maj,
    devminor_t minnum, int n)
{

	return ENXIO;
}

static int
no_devnode(dev_t type, const char *path, devmajor_t maj, devminor_t minnum)
{

	return ENXIO;
}

static int
no_symlink(const char *target, const char *path)
{

	return ENXIO;
}

int (*rump_vfs_makedevnodes)(dev_t, const char *, char, devmajor_t,
    devminor_t, int) = no_devnodes;
int (*rump_vfs_makeonedevnode)(dev_t, const char *, devmajor_t,
    devminor_t) = no_devnode;
int (*rump_vfs_makesymlink)(const char *, const char *) = no_symlink;
void (*rump_vfs_fini)(void);
int (*rump_vfs_drainbufs)(int);

struct rump_sysproxy_ops rump_sysproxy_ops;
bool rump_ttycomponent;
