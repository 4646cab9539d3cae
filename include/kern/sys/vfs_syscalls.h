/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies of the file system calls, for callers inside the kernel.
 * All return an errno value; paths are kernel or client strings as the
 * enum uio_seg argument says (where there is none: a client's, for
 * do_sys_stat(), do_sys_pstatvfs() and the *at calls).
 */
#ifndef _SYS_VFS_SYSCALLS_H_
#define _SYS_VFS_SYSCALLS_H_

#include <sys/types.h>
#include <sys/fstypes.h>
#include <sys/uio.h>

struct lwp;
struct mount;
struct nameidata;
struct pathbuf;
struct quotactl_args;
struct stat;
struct statvfs;
struct timespec;
struct timeval;
struct vnode;

/* Flag for the stat family: NOFOLLOW or FOLLOW of namei.h. */
int	do_sys_stat(const char *, unsigned int, struct stat *);
int	do_sys_statat(struct lwp *, int, const char *, unsigned int,
	    struct stat *);
int	do_sys_accessat(struct lwp *, int, const char *, int, int);
int	do_sys_chmodat(struct lwp *, int, const char *, int, int);
int	do_sys_chownat(struct lwp *, int, const char *, uid_t, gid_t, int);
int	do_sys_linkat(struct lwp *, int, const char *, int, const char *,
	    int, register_t *);
int	do_sys_mkdir(const char *, mode_t, enum uio_seg);
int	do_sys_mkdirat(struct lwp *, int, const char *, mode_t,
	    enum uio_seg);
int	do_sys_mknod(struct lwp *, const char *, mode_t, dev_t,
	    register_t *, enum uio_seg);
int	do_sys_mknodat(struct lwp *, int, const char *, mode_t, dev_t,
	    register_t *, enum uio_seg);
int	do_sys_rename(const char *, const char *, enum uio_seg, int);
int	do_sys_symlink(const char *, const char *, enum uio_seg);
int	do_sys_symlinkat(struct lwp *, const char *, int, const char *,
	    enum uio_seg);
int	do_sys_unlink(const char *, enum uio_seg);
int	do_sys_unlinkat(struct lwp *, int, const char *, int, enum uio_seg);
int	do_sys_utimes(struct lwp *, struct vnode *, const char *, int,
	    const struct timeval *, enum uio_seg);
int	do_sys_utimensat(struct lwp *, int, struct vnode *, const char *,
	    int, const struct timespec *, enum uio_seg);
int	do_sys_pstatvfs(struct lwp *, const char *, int, struct statvfs *);
int	do_sys_fstatvfs(struct lwp *, int, int, struct statvfs *);
int	do_sys_getvfsstat(struct lwp *, void *, size_t, int,
	    int (*)(const void *, void *, size_t), size_t, register_t *);
int	do_sys_mount(struct lwp *, const char *, enum uio_seg, const char *,
	    int, void *, enum uio_seg, size_t, register_t *);
int	do_sys_quotactl(const char *, const struct quotactl_args *);
int	do_open(struct lwp *, struct vnode *, struct pathbuf *, int, int,
	    int *);
int	dofhopen(struct lwp *, const void *, size_t, int, register_t *);
int	do_fhstat(struct lwp *, const void *, size_t, struct stat *);
int	do_fhstatvfs(struct lwp *, const void *, size_t, struct statvfs *,
	    int);

/* Statistics of a mount as a client may see them. */
int	dostatvfs(struct mount *, struct statvfs *, struct lwp *, int, int);

/* Start directory of an *at call: look up relative to descriptor FDAT. */
int	fd_nameiat(struct lwp *, int, struct nameidata *);

#endif /* _SYS_VFS_SYSCALLS_H_ */
