/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's basic types, with the widths of the native client ABI (LP64),
 * and device number arithmetic.
 */
#ifndef _SYS_TYPES_H_
#define _SYS_TYPES_H_

#include <sys/featuretest.h>
#include <sys/cdefs.h>
#include <sys/stdint.h>
#include <sys/stdbool.h>
#include <sys/ansi.h>
#include <machine/types.h>
#include <machine/ansi.h>
#include <machine/endian.h>

typedef uint8_t		u_int8_t;
typedef uint16_t	u_int16_t;
typedef uint32_t	u_int32_t;
typedef uint64_t	u_int64_t;

typedef unsigned char	u_char;
typedef unsigned short	u_short;
typedef unsigned int	u_int;
typedef unsigned long	u_long;
typedef unsigned char	unchar;
typedef unsigned short	ushort;
typedef unsigned int	uint;
typedef unsigned long	ulong;

typedef uint64_t	u_quad_t;
typedef int64_t		quad_t;
typedef quad_t		*qaddr_t;
typedef long long	longlong_t;
typedef unsigned long long u_longlong_t;

typedef int64_t		blkcnt_t;
typedef int32_t		blksize_t;
typedef int64_t		daddr_t;
typedef uint64_t	dev_t;
typedef uint32_t	fixpt_t;
typedef uint32_t	id_t;
typedef uint64_t	ino_t;
typedef long		key_t;
typedef uint32_t	nlink_t;
typedef int32_t		lwpid_t;
typedef uint64_t	rlim_t;
typedef int32_t		segsz_t;
typedef int32_t		swblk_t;
typedef int		mqd_t;
typedef unsigned long	cpuid_t;
typedef int		psetid_t;
typedef volatile __cpu_simple_lock_t __cpu_simple_lock_nv_t;

#ifndef fsblkcnt_t
typedef __fsblkcnt_t	fsblkcnt_t;
#define fsblkcnt_t	__fsblkcnt_t
#endif
#ifndef fsfilcnt_t
typedef __fsfilcnt_t	fsfilcnt_t;
#define fsfilcnt_t	__fsfilcnt_t
#endif
#ifndef caddr_t
typedef __caddr_t	caddr_t;
#define caddr_t		__caddr_t
#endif
#ifndef gid_t
typedef __gid_t		gid_t;
#define gid_t		__gid_t
#endif
#ifndef uid_t
typedef __uid_t		uid_t;
#define uid_t		__uid_t
#endif
#ifndef mode_t
typedef __mode_t	mode_t;
#define mode_t		__mode_t
#endif
#ifndef off_t
typedef __off_t		off_t;
#define off_t		__off_t
#endif
#ifndef pid_t
typedef __pid_t		pid_t;
#define pid_t		__pid_t
#endif

typedef _BSD_CLOCK_T_	clock_t;
typedef _BSD_PTRDIFF_T_	ptrdiff_t;
typedef _BSD_SIZE_T_	size_t;
typedef _BSD_SSIZE_T_	ssize_t;
typedef _BSD_TIME_T_	time_t;
typedef _BSD_CLOCKID_T_	clockid_t;
typedef _BSD_TIMER_T_	timer_t;
typedef _BSD_SUSECONDS_T_ suseconds_t;
typedef _BSD_USECONDS_T_ useconds_t;

typedef __devmajor_t	devmajor_t;
typedef __devminor_t	devminor_t;
#define devmajor_t	__devmajor_t
#define devminor_t	__devminor_t
#define NODEVMAJOR	(-1)

/* A 12-bit major and a 20-bit minor, each of them in two pieces. */
#define major(x)	((devmajor_t)(((uint32_t)(x) & 0x000fff00) >> 8))
#define minor(x)	((devminor_t)((((uint32_t)(x) & 0xfff00000) >> 12) | \
			    (((uint32_t)(x) & 0x000000ff) >> 0)))
#define makedev(x, y)	((dev_t)((((dev_t)(x) << 8) & 0x000fff00U) |	\
			    (((dev_t)(y) << 12) & 0xfff00000U) |	\
			    (((dev_t)(y) << 0) & 0x000000ffU)))

#define NBBY		8

#include <sys/fd_set.h>

#define FALSE		0
#define TRUE		1
#define SET(t, f)	((t) |= (f))
#define ISSET(t, f)	((t) & (f))
#define CLR(t, f)	((t) &= ~(f))

struct lwp;
struct proc;
struct file;
struct buf;
struct tty;
struct uio;
struct vnode;
struct kauth_cred;
struct _cpuset;

typedef struct lwp	lwp_t;
typedef struct proc	proc_t;
typedef struct file	file_t;
typedef struct buf	buf_t;
typedef struct tty	tty_t;
typedef struct uio	uio_t;
typedef struct kauth_cred *kauth_cred_t;
typedef struct _cpuset	cpuset_t;
typedef int		pri_t;

#endif /* _SYS_TYPES_H_ */
