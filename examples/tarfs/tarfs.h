/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tarfs.h - structures of the example file system.  Everything is built when
 * the archive is mounted and constant from then on.
 */
#ifndef _TARFS_H_
#define _TARFS_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/mount.h>
#include <sys/queue.h>
#include <sys/vnode.h>

#include <uvm/uvm_extern.h>

#define TAR_BLOCK	512
#define TAR_NAMEMAX	255
#define TARFS_ROOT	((ino_t)1)

/** Mount arguments. */
struct tarfs_args {
	char	*fspec;			/* block device */
};

TAILQ_HEAD(tarfs_list, tarfs_node);

struct tarfs_node {
	TAILQ_ENTRY(tarfs_node) siblings;
	TAILQ_ENTRY(tarfs_node) all;
	struct tarfs_node *parent;
	struct tarfs_list children;
	ino_t		ino;
	enum vtype	type;
	mode_t		mode;
	uid_t		uid;
	gid_t		gid;
	time_t		mtime;
	uint64_t	size;
	uint64_t	data;		/* where the content is, bytes */
	char		*target;	/* of a symbolic link: size bytes */
	size_t		namelen;
	char		name[];
};

struct tarfs_mount {
	struct vnode	*devvp;
	struct tarfs_list all;
	struct tarfs_node *root;
	uint64_t	nodes;
	uint64_t	blocks;
};

/** Read the archive of tm->devvp.  EINVAL: it is not one. */
int	tarfs_tree_read(struct tarfs_mount *);
void	tarfs_tree_free(struct tarfs_mount *);
struct tarfs_node *tarfs_child(struct tarfs_node *, const char *, size_t);
struct tarfs_node *tarfs_byino(struct tarfs_mount *, ino_t);

#endif
