/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making ext2/3/4 images to test with, and mounting them in the rump kernel
 * and on the host.  One thread uses it.
 */
#ifndef _IMAGES_H_
#define _IMAGES_H_

#include <stdbool.h>

/* A scratch directory, removed when the test program ends; makes it once. */
const char *scratch(void);
void	scratch_remove(void);
/* Runs a shell command made as by printf; returns its exit status. */
int	sh(const char *, ...) __attribute__((__format__(__printf__, 1, 2)));

/* Makes a tree of all kinds of files at path; small: a few dozen. */
void	make_tree(const char *, bool);
/* mke2fs with options into image; false if mke2fs does not know them. */
bool	make_image(const char *, const char *, const char *, const char *);

/* The host's own file system on image; false, with a reason printed, if not
 * possible. */
bool	host_mount(const char *, const char *, const char *);
void	host_umount(const char *);

/* The rump kernel: once a process, then any number of mounts. */
#define	MNT	"/image"
void	kernel_boot(void);
/* Attaches image; returns 0 or the native errno of mounting. */
int	kernel_mount(const char *);
void	kernel_umount(void);

#endif /* _IMAGES_H_ */
