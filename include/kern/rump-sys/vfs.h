/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What components and the other factions may ask of the rumpvfs faction.
 * The function pointers are defined in rumpkern and filled by rumpvfs;
 * without rumpvfs they answer ENXIO.
 */
#ifndef _RUMP_SYS_VFS_H_
#define _RUMP_SYS_VFS_H_

#include <sys/types.h>
#include <sys/conf.h>

/*
 * Make device nodes, creating directories on the way.  makedevnodes: for
 * each of N minor numbers from MINOR, node BASEPATH + letter from MINCHAR
 * ("/dev/xd0", 'a': xd0a, xd0b ...; "/dev/xd", 'a' adds the unit itself), or
 * BASEPATH + number ("/dev/x", '0': x0, x1 ...; 0: the minor's number),
 * S_IFBLK or S_IFCHR as the first argument says.
 */
extern int (*rump_vfs_makedevnodes)(dev_t, const char *, char, devmajor_t,
	    devminor_t, int);
extern int (*rump_vfs_makeonedevnode)(dev_t, const char *, devmajor_t,
	    devminor_t);
extern int (*rump_vfs_makesymlink)(const char *, const char *);

#endif /* _RUMP_SYS_VFS_H_ */
