/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open flags, fcntl(2) commands and record locks; values are the client ABI's.
 */
#ifndef _SYS_FCNTL_H_
#define	_SYS_FCNTL_H_

#include <sys/featuretest.h>
#include <sys/types.h>

/* open(2) flags */
#define	O_RDONLY	0
#define	O_WRONLY	1
#define	O_RDWR		2
#define	O_ACCMODE	3
#define	O_NONBLOCK	4
#define	O_APPEND	8
#define	O_SHLOCK	0x10
#define	O_EXLOCK	0x20
#define	O_ASYNC		0x40
#define	O_SYNC		0x80
#define	O_NOFOLLOW	0x100
#define	O_CREAT		0x200
#define	O_TRUNC		0x400
#define	O_EXCL		0x800
#define	O_NOCTTY	0x8000
#define	O_DSYNC		0x10000
#define	O_RSYNC		0x20000
#define	O_ALT_IO	0x40000
#define	O_DIRECT	0x80000
#define	O_DIRECTORY	0x200000
#define	O_CLOEXEC	0x400000
#define	O_SEARCH	0x800000
#define	O_NOSIGPIPE	0x1000000
#define	O_FSYNC		0x80
#define	O_NDELAY	4

/* The open mode as the kernel keeps it in f_flag: FREAD/FWRITE bits. */
#define	FREAD		1
#define	FWRITE		2
#define	FAPPEND		8
#define	FASYNC		0x40
#define	FNDELAY		4
#define	FFSYNC		O_SYNC
#define	FDSYNC		O_DSYNC
#define	FRSYNC		O_RSYNC
#define	FNONBLOCK	O_NONBLOCK
#define	FALTIO		O_ALT_IO
#define	FDIRECT		O_DIRECT
#define	FNOSIGPIPE	O_NOSIGPIPE

/* Kernel-internal bits of f_flag. */
#define	FMARK		0x00001000	/* marked by the descriptor collector */
#define	FDEFER		0x00002000	/* deferred by the descriptor collector */
#define	FHASLOCK	0x00004000	/* holds an advisory lock */
#define	FSCAN		0x00100000	/* scanned by the descriptor collector */
#define	FSILENT		0x40000000	/* open without side effects on media */
#define	FKIOCTL		0x80000000	/* the ioctl comes from the kernel */

/* Translation between O_RDONLY.. and FREAD|FWRITE. */
#define	FFLAGS(oflags)	((oflags) + 1)
#define	OFLAGS(fflags)	((fflags) - 1)
#define	O_MASK		(O_ACCMODE | O_NONBLOCK | O_APPEND | O_SHLOCK | \
    O_EXLOCK | O_ASYNC | O_SYNC | O_CREAT | O_TRUNC | O_EXCL | O_DSYNC | \
    O_RSYNC | O_NOCTTY | O_ALT_IO | O_NOFOLLOW | O_DIRECT | O_DIRECTORY | \
    O_CLOEXEC | O_NOSIGPIPE)
#define	FMASK		(FREAD | FWRITE | FCNTLFLAGS | FSILENT)
/* What F_SETFL may change. */
#define	FCNTLFLAGS	(FAPPEND | FASYNC | FFSYNC | FNONBLOCK | FDSYNC | \
    FRSYNC | FALTIO | FDIRECT | FNOSIGPIPE)

/* fcntl(2) commands */
#define	F_DUPFD		0
#define	F_GETFD		1
#define	F_SETFD		2
#define	F_GETFL		3
#define	F_SETFL		4
#define	F_GETOWN	5
#define	F_SETOWN	6
#define	F_GETLK		7
#define	F_SETLK		8
#define	F_SETLKW	9
#define	F_CLOSEM	0xa
#define	F_MAXFD		0xb
#define	F_DUPFD_CLOEXEC	0xc
#define	F_GETNOSIGPIPE	0xd
#define	F_SETNOSIGPIPE	0xe
#define	FD_CLOEXEC	1
#define	F_RDLCK		1
#define	F_UNLCK		2
#define	F_WRLCK		3

/* lf_advlock() flags */
#define	F_WAIT		0x010		/* wait until granted */
#define	F_FLOCK		0x020		/* flock(2) semantics */
#define	F_POSIX		0x040		/* fcntl(2) semantics */

/* File-system specific fcntl commands. */
#define	F_PARAM_MASK	0xfff
#define	F_PARAM_MAX	0xfff
#define	F_FSCTL		(-0x7fffffff - 1)
#define	F_FSVOID	0x40000000
#define	F_FSOUT		0x20000000
#define	F_FSIN		0x10000000
#define	F_FSINOUT	0x30000000
#define	F_FSDIRMASK	0x70000000
#define	F_FSPRIV	0x8000
#define	_FCN(inout, num, len) \
	((int)((unsigned)F_FSCTL | (unsigned)(inout) | \
	    ((unsigned)(len) << 16) | (unsigned)(num)))
#define	_FCNO(c)	_FCN(F_FSVOID, (c), 0)
#define	_FCNR(c, t)	_FCN(F_FSIN, (c), sizeof(t))
#define	_FCNW(c, t)	_FCN(F_FSOUT, (c), sizeof(t))
#define	_FCNRW(c, t)	_FCN(F_FSINOUT, (c), sizeof(t))
#define	_FCN_FSPRIV(inout, fs, num, len) \
	_FCN((inout), (unsigned)F_FSPRIV | ((unsigned)(fs) << 8) | (num), len)
#define	_FCNO_FSPRIV(fs, c)	_FCN_FSPRIV(F_FSVOID, (fs), (c), 0)
#define	_FCNR_FSPRIV(fs, c, t)	_FCN_FSPRIV(F_FSIN, (fs), (c), sizeof(t))
#define	_FCNW_FSPRIV(fs, c, t)	_FCN_FSPRIV(F_FSOUT, (fs), (c), sizeof(t))
#define	_FCNRW_FSPRIV(fs, c, t)	_FCN_FSPRIV(F_FSINOUT, (fs), (c), sizeof(t))

/* flock(2) operations */
#define	LOCK_SH		1
#define	LOCK_EX		2
#define	LOCK_NB		4
#define	LOCK_UN		8

/* posix_fadvise(2) advice */
#define	POSIX_FADV_NORMAL	0
#define	POSIX_FADV_RANDOM	1
#define	POSIX_FADV_SEQUENTIAL	2
#define	POSIX_FADV_WILLNEED	3
#define	POSIX_FADV_DONTNEED	4
#define	POSIX_FADV_NOREUSE	5

/* *at(2) */
#define	AT_FDCWD	(-100)
#define	AT_EACCESS	0x100
#define	AT_SYMLINK_NOFOLLOW	0x200
#define	AT_SYMLINK_FOLLOW	0x400
#define	AT_REMOVEDIR	0x800

/* A record lock request, fcntl(2). */
struct flock {
	off_t	l_start;
	off_t	l_len;		/* 0 = to the end of the file */
	pid_t	l_pid;		/* owner, answered by F_GETLK */
	short	l_type;		/* F_RDLCK, F_WRLCK, F_UNLCK */
	short	l_whence;
};

#endif /* _SYS_FCNTL_H_ */
