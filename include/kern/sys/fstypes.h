/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File system identities, file handles and mount flags (mount(2), vfsops(9)).
 * Values are those of the native client ABI.
 */
#ifndef _SYS_FSTYPES_H_
#define _SYS_FSTYPES_H_

#include <sys/types.h>

typedef struct {
	int32_t	__fsid_val[2];
} fsid_t;

/* File identifier inside one file system; fid_len counts the whole struct. */
struct fid {
	unsigned short	fid_len;
	unsigned short	fid_reserved;
	char		fid_data[0];
};

/* Generic file handle; its real size is FHANDLE_SIZE(). */
struct fhandle {
	fsid_t		fh_fsid;
	struct fid	fh_fid;
};
typedef struct fhandle fhandle_t;

#define	FHANDLE_SIZE_COMPAT	28
#define	FHANDLE_SIZE_MAX	1024
#define	FHANDLE_SIZE_MIN	28
#define	FHANDLE_FSID(fh)	(&(fh)->fh_fsid)
#define	FHANDLE_FILEID(fh)	(&(fh)->fh_fid)
#define	FHANDLE_SIZE_FROM_FILEID_SIZE(s) \
	MAX(FHANDLE_SIZE_MIN, (s) + offsetof(fhandle_t, fh_fid))
#define	FHANDLE_SIZE(fh) \
	FHANDLE_SIZE_FROM_FILEID_SIZE(FHANDLE_FILEID(fh)->fid_len)

/* Flags that mount(2) takes and statvfs(2) shows. */
#define	MNT_RDONLY	0x00000001
#define	MNT_SYNCHRONOUS	0x00000002
#define	MNT_NOEXEC	0x00000004
#define	MNT_NOSUID	0x00000008
#define	MNT_NODEV	0x00000010
#define	MNT_UNION	0x00000020
#define	MNT_ASYNC	0x00000040
#define	MNT_NOCOREDUMP	0x00008000
#define	MNT_RELATIME	0x00020000
#define	MNT_IGNORE	0x00100000
#define	MNT_DISCARD	0x00800000
#define	MNT_EXTATTR	0x01000000
#define	MNT_LOG		0x02000000
#define	MNT_NOATIME	0x04000000
#define	MNT_SYMPERM	0x20000000
#define	MNT_NODEVMTIME	0x40000000
#define	MNT_SOFTDEP	0x80000000

#define	MNT_BASIC_FLAGS \
	(MNT_RDONLY | MNT_SYNCHRONOUS | MNT_NOEXEC | MNT_NOSUID | MNT_NODEV | \
	MNT_UNION | MNT_ASYNC | MNT_NOCOREDUMP | MNT_RELATIME | \
	MNT_DISCARD | MNT_EXTATTR | MNT_LOG | MNT_NOATIME | MNT_SYMPERM | \
	MNT_NODEVMTIME | MNT_SOFTDEP)

/* Export flags. */
#define	MNT_EXRDONLY	0x00000080
#define	MNT_EXPORTED	0x00000100
#define	MNT_DEFEXPORTED	0x00000200
#define	MNT_EXPORTANON	0x00000400
#define	MNT_EXKERB	0x00000800
#define	MNT_EXNORESPORT	0x08000000
#define	MNT_EXPUBLIC	0x10000000

/* Flags the system sets. */
#define	MNT_LOCAL	0x00001000
#define	MNT_QUOTA	0x00002000
#define	MNT_ROOTFS	0x00004000

#define	MNT_VISFLAGMASK \
	((MNT_BASIC_FLAGS & ~MNT_RELATIME) | MNT_IGNORE | MNT_EXRDONLY | \
	MNT_EXPORTED | MNT_DEFEXPORTED | \
	MNT_EXPORTANON | MNT_EXKERB | MNT_EXNORESPORT | MNT_EXPUBLIC | \
	MNT_LOCAL | MNT_QUOTA | MNT_ROOTFS)

/* Operation flags of mount(2) and unmount(2). */
#define	MNT_UPDATE	0x00010000
#define	MNT_RELOAD	0x00040000
#define	MNT_FORCE	0x00080000
#define	MNT_GETARGS	0x00400000
#define	MNT_OP_FLAGS	(MNT_UPDATE | MNT_RELOAD | MNT_FORCE | MNT_GETARGS)

/* mnt_iflag: state inside the kernel. */
#define	IMNT_GONE	0x00000001	/* unmounted */
#define	IMNT_UNMOUNT	0x00000002	/* being unmounted */
#define	IMNT_WANTRDWR	0x00000004	/* upgrade to read/write wanted */
#define	IMNT_WANTRDONLY	0x00000008	/* downgrade to read-only wanted */
#define	IMNT_DTYPE	0x00000040	/* directory entries carry a type */
#define	IMNT_HAS_TRANS	0x00000080	/* supports transactions */
#define	IMNT_MPSAFE	0x00000100	/* file system code is MP safe */
#define	IMNT_CAN_RWTORO	0x00000200	/* can go from rw to ro */
#define	IMNT_ONWORKLIST	0x00000400	/* on the syncer's worklist */
/*
 * Ours: attributes that decide search permission change only through
 * VOP_SETATTR and VOP_SETEXTATTR/VOP_DELETEEXTATTR, so path lookup may
 * remember that a credential may search a directory.
 */
#define	IMNT_RUMP_FASTLOOKUP	0x01000000

/* How to synchronise: vfs_sync, statvfs(2) flags. */
#define	MNT_WAIT	1
#define	MNT_NOWAIT	2
#define	MNT_LAZY	3

#endif /* _SYS_FSTYPES_H_ */
