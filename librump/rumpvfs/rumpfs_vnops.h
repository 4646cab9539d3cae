/* SPDX-License-Identifier: BSD-2-Clause */

/* Operations of rumpfs that its tables share; rumpfs_names.c. */

#ifndef _RUMPVFS_RUMPFS_VNOPS_H_
#define _RUMPVFS_RUMPFS_VNOPS_H_

#define	VTORN(vp)	((struct rumpfs_node *)(vp)->v_data)

int	rumpfs_lookupop(void *);
int	rumpfs_create(void *);
int	rumpfs_mknod(void *);
int	rumpfs_mkdir(void *);
int	rumpfs_symlink(void *);
int	rumpfs_link(void *);
int	rumpfs_remove(void *);
int	rumpfs_rmdir(void *);
int	rumpfs_rename(void *);

#endif /* _RUMPVFS_RUMPFS_VNOPS_H_ */
