/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System parameters: limits, priorities, device block arithmetic, bit and
 * rounding macros.
 */
#ifndef _SYS_PARAM_H_
#define _SYS_PARAM_H_

/* The release whose kernel interfaces this header root provides. */
#define BSD		199506
#define BSD4_3		1
#define BSD4_4		1
#define NetBSD		199905
#define __NetBSD_Version__	799003400	/* NetBSD 7.99.34 */
#define __NetBSD_Prereq__(M, m, p)					\
	(((((M) * 100000000) + (m) * 1000000) + (p) * 100) <=		\
	    __NetBSD_Version__)

#include <sys/cdefs.h>
#include <sys/null.h>
#include <sys/inttypes.h>
#include <sys/types.h>
#include <sys/syslimits.h>

#define MAXCOMLEN	16
#define MAXINTERP	PATH_MAX
#define MAXLOGNAME	16
#define NCARGS		ARG_MAX
#define NGROUPS		NGROUPS_MAX
#define NOGROUP		65535
#define MAXHOSTNAMELEN	256
#ifndef NOFILE
#define NOFILE		OPEN_MAX
#endif
#ifndef MAXUPRC
#define MAXUPRC		CHILD_MAX
#endif
#define MAX_LWP_PER_PROC 8000

#ifndef COHERENCY_UNIT
#define COHERENCY_UNIT	64
#endif
#ifndef CACHE_LINE_SIZE
#define CACHE_LINE_SIZE	64
#endif
#ifndef MIN_LWP_ALIGNMENT
#define MIN_LWP_ALIGNMENT 32
#endif

#ifdef _KERNEL
#include <sys/errno.h>
#endif
#include <sys/signal.h>
#include <machine/param.h>
#include <machine/limits.h>
#include <machine/vmparam.h>

/* What an lwp of this system shares cache lines by. */
extern size_t coherency_unit;
extern const int schedppq;

#define ALIGNBYTES	7
#define ALIGN(p)	(((uintptr_t)(p) + ALIGNBYTES) & ~(uintptr_t)ALIGNBYTES)

/* Historic sleep priorities; smaller is more urgent. */
#define PSWP		0
#define PVM		4
#define PINOD		8
#define PRIBIO		16
#define PVFS		20
#define PZERO		22
#define PSOCK		24
#define PWAIT		32
#define PLOCK		36
#define PPAUSE		40
#define PUSER		50
#define MAXPRI		127
#define PRIMASK		0x0ff
#define PCATCH		0x100
#define PNORELOCK	0x200

/* Scheduling priorities; larger is more urgent. */
#define PRI_COUNT	224
#define PRI_NONE	(-1)
#define PRI_KERNEL_RT	192
#define NPRI_KERNEL_RT	32
#define MAXPRI_KERNEL_RT (PRI_KERNEL_RT + NPRI_KERNEL_RT - 1)
#define PRI_USER_RT	128
#define NPRI_USER_RT	64
#define MAXPRI_USER_RT	(PRI_USER_RT + NPRI_USER_RT - 1)
#define PRI_KTHREAD	96
#define NPRI_KTHREAD	32
#define MAXPRI_KTHREAD	(PRI_KTHREAD + NPRI_KTHREAD - 1)
#define PRI_KERNEL	64
#define NPRI_KERNEL	32
#define MAXPRI_KERNEL	(PRI_KERNEL + NPRI_KERNEL - 1)
#define PRI_USER	0
#define NPRI_USER	64
#define MAXPRI_USER	(PRI_USER + NPRI_USER - 1)
#define SCHED_PRI_MIN	0
#define SCHED_PRI_MAX	63
#define PRI_SOFTSERIAL	MAXPRI_KERNEL_RT
#define PRI_SOFTNET	(MAXPRI_KERNEL_RT - schedppq * 1)
#define PRI_SOFTBIO	(MAXPRI_KERNEL_RT - schedppq * 2)
#define PRI_SOFTCLOCK	(MAXPRI_KERNEL_RT - schedppq * 3)
#define PRI_XCALL	MAXPRI_KTHREAD
#define PRI_PGDAEMON	(MAXPRI_KTHREAD - schedppq * 1)
#define PRI_VM		(MAXPRI_KTHREAD - schedppq * 2)
#define PRI_IOFLUSH	(MAXPRI_KTHREAD - schedppq * 3)
#define PRI_BIO		(MAXPRI_KTHREAD - schedppq * 4)
#define PRI_IDLE	PRI_USER

#define NBPW		sizeof(int)
#define CMASK		022
#define NODEV		((dev_t)-1)

#define MAXBSIZE	65536
#define MAXFRAG		8
#define MAXPATHLEN	PATH_MAX
#define MAXSYMLINKS	32
#define KERNEL_NAME_MAX	255
#define MINBUCKET	5
#define MAXALLOCSAVE	(2 * NBPG)

#define FSHIFT		11
#define FSCALE		(1 << FSHIFT)
#define MAXSLP		20
#define UBC_WINSHIFT	13
#define UBC_NWINS	1024

/* Bytes to device blocks, to pages ("clicks"), and back. */
#define dbtob(x)	((x) << DEV_BSHIFT)
#define btodb(x)	((x) >> DEV_BSHIFT)
#define ctod(x)		((x) << (PGSHIFT - DEV_BSHIFT))
#define ctob(x)		((x) << PGSHIFT)
#define btoc(x)		(((x) + PGOFSET) >> PGSHIFT)

/* Bit maps over arrays of characters. */
#define setbit(a, i)	((a)[(i) / NBBY] |= 1 << ((i) % NBBY))
#define clrbit(a, i)	((a)[(i) / NBBY] &= ~(1 << ((i) % NBBY)))
#define isset(a, i)	((a)[(i) / NBBY] & (1 << ((i) % NBBY)))
#define isclr(a, i)	(((a)[(i) / NBBY] & (1 << ((i) % NBBY))) == 0)

#ifndef howmany
#define howmany(x, y)	(((x) + ((y) - 1)) / (y))
#endif
#define roundup(x, y)	((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y)	(((x) / (y)) * (y))
#define roundup2(x, m)	(((x) + ((m) - 1)) & ~((__typeof__(x))((m) - 1)))
#define powerof2(x)	((((x) - 1) & (x)) == 0)

#define MIN(a, b)	((/*CONSTCOND*/(a) < (b)) ? (a) : (b))
#define MAX(a, b)	((/*CONSTCOND*/(a) > (b)) ? (a) : (b))

/* Milliseconds of ticks, without overflow for large counts. */
#define hztoms(t)							\
	(__predict_false((t) >= 0x20000) ?				\
	    (((t) + 0u) / hz) * 1000u : (((t) + 0u) * 1000u) / hz)

#endif /* _SYS_PARAM_H_ */
