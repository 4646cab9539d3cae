/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine parameters: page and sector sizes, units of conversion. */
#ifndef _MACHINE_PARAM_H_
#define _MACHINE_PARAM_H_

#define _MACHINE	amd64
#define MACHINE		"amd64"
#define _MACHINE_ARCH	x86_64
#define MACHINE_ARCH	"x86_64"
#define MID_MACHINE	158

#define MAXCPUS		256

#define ALIGNED_POINTER(p, t)	1
#define ALIGNED_POINTER_LOAD(q, p, t)	__builtin_memcpy((q), (p), sizeof(t))
#define ALIGNBYTES32	3
#define ALIGN32(p)	(((unsigned long)(p) + ALIGNBYTES32) & ~ALIGNBYTES32)

#define PGSHIFT		12
#define NBPG		(1 << PGSHIFT)
#define PGOFSET		(NBPG - 1)

#define DEV_BSHIFT	9
#define DEV_BSIZE	(1 << DEV_BSHIFT)
#define BLKDEV_IOSIZE	2048
#ifndef MAXPHYS
#define MAXPHYS		(64 * 1024)
#endif

#define SSIZE		1
#define SINCR		1
#define UPAGES		3
#define USPACE		(UPAGES * NBPG)
#define INTRSTACKSIZE	4096
#ifndef MSGBUFSIZE
#define MSGBUFSIZE	(8 * NBPG)
#endif

#define MSIZE		512
#define MCLSHIFT	11
#define MCLBYTES	(1 << MCLSHIFT)
#define NFS_RSIZE	32768
#define NFS_WSIZE	32768

#define NKMEMPAGES_MIN_DEFAULT		2048
#define NKMEMPAGES_MAX_UNLIMITED	1

/* Milliseconds to ticks, at least one; exact enough not to overflow. */
#define mstohz(ms)							\
	(__predict_false((ms) >= 0x20000) ?				\
	    (((ms) + 0u) / 1000u) * hz : (((ms) + 0u) * hz) / 1000u)

#define btop(x)		((unsigned long)(x) >> PGSHIFT)
#define ptob(x)		((unsigned long)(x) << PGSHIFT)
#define x86_round_page(x)	((((unsigned long)(x)) + PGOFSET) & ~PGOFSET)
#define x86_trunc_page(x)	((unsigned long)(x) & ~PGOFSET)
#define x86_btop(x)	btop(x)
#define x86_ptob(x)	ptob(x)

#endif /* _MACHINE_PARAM_H_ */
