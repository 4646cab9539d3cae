/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File-system statistics as statvfs(2) answers them, and the kernel's helpers to fill
 * them in.
 */
#ifndef _SYS_STATVFS_H_
#define	_SYS_STATVFS_H_

#include <sys/featuretest.h>
#include <sys/types.h>
#include <sys/fstypes.h>

#define	_VFS_NAMELEN	32
#define	_VFS_MNAMELEN	1024
#define	VFS_NAMELEN	_VFS_NAMELEN
#define	VFS_MNAMELEN	_VFS_MNAMELEN

struct statvfs {
	unsigned long	f_flag;		/* copy of the mount flags */
	unsigned long	f_bsize;	/* block size */
	unsigned long	f_frsize;	/* fundamental block size */
	unsigned long	f_iosize;	/* best size of a transfer */

	fsblkcnt_t	f_blocks;	/* in units of f_frsize */
	fsblkcnt_t	f_bfree;
	fsblkcnt_t	f_bavail;	/* free to the unprivileged */
	fsblkcnt_t	f_bresvd;	/* reserved for root */

	fsfilcnt_t	f_files;
	fsfilcnt_t	f_ffree;
	fsfilcnt_t	f_favail;
	fsfilcnt_t	f_fresvd;

	uint64_t	f_syncreads;
	uint64_t	f_syncwrites;
	uint64_t	f_asyncreads;
	uint64_t	f_asyncwrites;

	fsid_t		f_fsidx;
	unsigned long	f_fsid;
	unsigned long	f_namemax;
	uid_t		f_owner;

	uint32_t	f_spare[4];

	char		f_fstypename[_VFS_NAMELEN];
	char		f_mntonname[_VFS_MNAMELEN];
	char		f_mntfromname[_VFS_MNAMELEN];
};

#define	ST_RDONLY	1
#define	ST_SYNCHRONOUS	2
#define	ST_NOEXEC	4
#define	ST_NOSUID	8
#define	ST_NODEV	0x10
#define	ST_UNION	0x20
#define	ST_ASYNC	0x40
#define	ST_NOCOREDUMP	0x8000
#define	ST_RELATIME	0x20000
#define	ST_IGNORE	0x100000
#define	ST_NOATIME	0x4000000
#define	ST_SYMPERM	0x20000000
#define	ST_NODEVMTIME	0x40000000
#define	ST_SOFTDEP	0x80000000U
#define	ST_LOG		0x2000000
#define	ST_EXTATTR	0x1000000
#define	ST_EXRDONLY	0x80
#define	ST_EXPORTED	0x100
#define	ST_DEFEXPORTED	0x200
#define	ST_EXPORTANON	0x400
#define	ST_EXKERB	0x800
#define	ST_EXNORESPORT	0x8000000
#define	ST_EXPUBLIC	0x10000000
#define	ST_LOCAL	0x1000
#define	ST_QUOTA	0x2000
#define	ST_ROOTFS	0x4000
#define	ST_WAIT		1
#define	ST_NOWAIT	2

#ifdef _KERNEL
struct mount;
struct lwp;

/* A statvfs is too big for a kernel stack. */
#define	STATVFSBUF_GET()	kmem_alloc(sizeof(struct statvfs), KM_SLEEP)
#define	STATVFSBUF_PUT(sb)	kmem_free((sb), sizeof(struct statvfs))

/*
 * set_statvfs_info: fill in the names of a new mount.  The directory name
 * and the source name come from the space given by UIO_USERSPACE or
 * UIO_SYSSPACE (or UIO_NOCOPY: leave as is).  Returns 0 or an errno.
 * vfsops(9).
 */
int	set_statvfs_info(const char *, int, const char *, int, const char *,
	    struct mount *, struct lwp *);

/* copy_statvfs_info: copy flags, ids and names from the mount's statvfs. */
void	copy_statvfs_info(struct statvfs *, const struct mount *);
#endif /* _KERNEL */

#endif /* _SYS_STATVFS_H_ */
