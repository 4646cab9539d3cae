/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs built against Linux's headers pass and expect: the generic
 * 64-bit numbers and layouts, as the manual pages of section 2 name them.
 */
#ifndef _SYS_LINUX_LINUX_H_
#define	_SYS_LINUX_LINUX_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/syscallargs.h>

/* open(2), dup3(2), pipe2(2) */
#define	LINUX_O_ACCMODE		00000003
#define	LINUX_O_CREAT		00000100
#define	LINUX_O_EXCL		00000200
#define	LINUX_O_NOCTTY		00000400
#define	LINUX_O_TRUNC		00001000
#define	LINUX_O_APPEND		00002000
#define	LINUX_O_NONBLOCK	00004000
#define	LINUX_O_DSYNC		00010000
#define	LINUX_O_ASYNC		00020000
#if defined(__aarch64__)
#define	LINUX_O_DIRECTORY	00040000
#define	LINUX_O_NOFOLLOW	00100000
#define	LINUX_O_DIRECT		00200000
#else
#define	LINUX_O_DIRECT		00040000
#define	LINUX_O_DIRECTORY	00200000
#define	LINUX_O_NOFOLLOW	00400000
#endif
#define	LINUX_O_CLOEXEC		02000000
#define	LINUX_O_SYNC		04010000	/* O_DSYNC is part of it */
#define	LINUX_O_PATH		010000000
#define	LINUX_O_TMPFILE		020000000	/* without O_DIRECTORY */

/* flags of the *at calls */
#define	LINUX_AT_SYMLINK_NOFOLLOW 0x100
#define	LINUX_AT_REMOVEDIR	0x200		/* unlinkat(2) */
#define	LINUX_AT_EACCESS	0x200		/* faccessat(2) */
#define	LINUX_AT_SYMLINK_FOLLOW	0x400
#define	LINUX_AT_NO_AUTOMOUNT	0x800

/* fcntl(2) */
#define	LINUX_F_DUPFD		0
#define	LINUX_F_GETFD		1
#define	LINUX_F_SETFD		2
#define	LINUX_F_GETFL		3
#define	LINUX_F_SETFL		4
#define	LINUX_F_GETLK		5
#define	LINUX_F_SETLK		6
#define	LINUX_F_SETLKW		7
#define	LINUX_F_SETOWN		8
#define	LINUX_F_GETOWN		9
#define	LINUX_F_DUPFD_CLOEXEC	1030
#define	LINUX_F_RDLCK		0
#define	LINUX_F_WRLCK		1
#define	LINUX_F_UNLCK		2

struct linux_flock {
	int16_t		l_type;
	int16_t		l_whence;
	int64_t		l_start;
	int64_t		l_len;
	int32_t		l_pid;
};
__CTASSERT(sizeof(struct linux_flock) == 32);

/* ioctl(2) requests that have nothing to do with a device */
#define	LINUX_FIONREAD		0x541b
#define	LINUX_FIONBIO		0x5421
#define	LINUX_FIONCLEX		0x5450
#define	LINUX_FIOCLEX		0x5451
#define	LINUX_FIOASYNC		0x5452

struct linux_timespec {
	int64_t		tv_sec;
	int64_t		tv_nsec;
};

struct linux_timeval {
	int64_t		tv_sec;
	int64_t		tv_usec;
};

#if defined(__x86_64__)
struct linux_stat {
	uint64_t	st_dev;
	uint64_t	st_ino;
	uint64_t	st_nlink;
	uint32_t	st_mode;
	uint32_t	st_uid;
	uint32_t	st_gid;
	uint32_t	st_pad0;
	uint64_t	st_rdev;
	int64_t		st_size;
	int64_t		st_blksize;
	int64_t		st_blocks;
	struct linux_timespec st_atim;
	struct linux_timespec st_mtim;
	struct linux_timespec st_ctim;
	int64_t		st_spare[3];
};
__CTASSERT(sizeof(struct linux_stat) == 144);
#else
struct linux_stat {
	uint64_t	st_dev;
	uint64_t	st_ino;
	uint32_t	st_mode;
	uint32_t	st_nlink;
	uint32_t	st_uid;
	uint32_t	st_gid;
	uint64_t	st_rdev;
	uint64_t	st_pad0;
	int64_t		st_size;
	int32_t		st_blksize;
	int32_t		st_pad1;
	int64_t		st_blocks;
	struct linux_timespec st_atim;
	struct linux_timespec st_mtim;
	struct linux_timespec st_ctim;
	int32_t		st_spare[2];
};
__CTASSERT(sizeof(struct linux_stat) == 128);
#endif

/* getdents64(2); the name follows d_type, records are multiples of 8. */
struct linux_dirent {
	uint64_t	d_ino;
	int64_t		d_off;		/* where the next one is */
	uint16_t	d_reclen;
	uint8_t		d_type;
	char		d_name[];
};
#define	LINUX_DIRENT_RECLEN(namlen)					\
	roundup2(__builtin_offsetof(struct linux_dirent, d_name) +	\
	    (namlen) + 1, 8)

/* getrlimit(2) */
#define	LINUX_RLIM_NLIMITS	10
#define	LINUX_RLIM_INFINITY	UINT64_MAX

/* clock_gettime(2) */
#define	LINUX_CLOCK_REALTIME		0
#define	LINUX_CLOCK_MONOTONIC		1
#define	LINUX_CLOCK_MONOTONIC_RAW	4
#define	LINUX_CLOCK_REALTIME_COARSE	5
#define	LINUX_CLOCK_MONOTONIC_COARSE	6
#define	LINUX_CLOCK_BOOTTIME		7

/* The table, and the errno numbers by native ones; generated. */
struct linux_call {
	int		lc_num;
	sy_call_t	*lc_handler;	/* NULL: the native one */
};
extern const struct linux_call linux_calls[];
extern const size_t linux_ncalls;
extern const int linux_errnos[];

/*
 * linux_to_open: native open flags; EINVAL: asks for something that does not
 * exist natively.  linux_from_open: the way back, for F_GETFL.
 */
int	linux_to_open(int, int *);
int	linux_from_open(int);

#define	LINUX_HANDLER(name, args)					\
	int linux_sys_##name(struct lwp *, const struct args *, register_t *)

LINUX_HANDLER(open, sys_open_args);
LINUX_HANDLER(openat, sys_openat_args);
LINUX_HANDLER(unlink, sys_unlink_args);
LINUX_HANDLER(unlinkat, sys_unlinkat_args);
LINUX_HANDLER(stat64, sys___stat50_args);
LINUX_HANDLER(lstat64, sys___lstat50_args);
LINUX_HANDLER(fstat64, sys___fstat50_args);
LINUX_HANDLER(fstatat64, sys_fstatat_args);
LINUX_HANDLER(getdents64, sys___getdents30_args);
LINUX_HANDLER(linkat, sys_linkat_args);
LINUX_HANDLER(faccessat, sys_faccessat_args);
LINUX_HANDLER(fchmodat, sys_fchmodat_args);
LINUX_HANDLER(fchownat, sys_fchownat_args);
LINUX_HANDLER(utimensat, sys_utimensat_args);
LINUX_HANDLER(mknod, sys___mknod50_args);
LINUX_HANDLER(mknodat, sys_mknodat_args);
LINUX_HANDLER(fdatasync, sys_fdatasync_args);

LINUX_HANDLER(fcntl, sys_fcntl_args);
LINUX_HANDLER(ioctl, sys_ioctl_args);
LINUX_HANDLER(dup3, sys_dup3_args);
LINUX_HANDLER(pipe2, sys_pipe2_args);
LINUX_HANDLER(getrlimit, sys_getrlimit_args);
LINUX_HANDLER(setrlimit, sys_setrlimit_args);

LINUX_HANDLER(select, sys___select50_args);
LINUX_HANDLER(ppoll, sys___pollts50_args);
LINUX_HANDLER(gettimeofday, sys___gettimeofday50_args);
LINUX_HANDLER(settimeofday, sys___settimeofday50_args);
LINUX_HANDLER(clock_gettime, sys___clock_gettime50_args);
LINUX_HANDLER(clock_settime, sys___clock_settime50_args);
LINUX_HANDLER(clock_getres, sys___clock_getres50_args);
LINUX_HANDLER(nanosleep, sys___nanosleep50_args);
LINUX_HANDLER(clock_nanosleep, sys_clock_nanosleep_args);

#endif /* _SYS_LINUX_LINUX_H_ */
