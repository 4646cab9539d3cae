/* SPDX-License-Identifier: BSD-2-Clause */

/* Magnetic tape ioctls, mtio(4). */

#ifndef _SYS_MTIO_H_
#define _SYS_MTIO_H_

#include <sys/types.h>
#include <sys/ioccom.h>

struct mtop {
	short		mt_op;		/* MTWEOF ... */
	int32_t		mt_count;
};

#define	MTWEOF		0	/* write an end-of-file record */
#define	MTFSF		1	/* forward space file */
#define	MTBSF		2	/* backward space file */
#define	MTFSR		3	/* forward space record */
#define	MTBSR		4	/* backward space record */
#define	MTREW		5	/* rewind */
#define	MTOFFL		6	/* rewind and go offline */
#define	MTNOP		7	/* status only */
#define	MTRETEN		8	/* retension */
#define	MTERASE		9	/* erase all */
#define	MTEOM		10	/* to the end of recorded media */
#define	MTNBSF		11
#define	MTCACHE		12
#define	MTNOCACHE	13
#define	MTSETBSIZ	14	/* block size; 0 is variable */
#define	MTSETDNSTY	15	/* density code */
#define	MTCMPRESS	16	/* compression */
#define	MTEWARN		17	/* early warning */

struct mtget {
	short		mt_type;
	short		mt_dsreg;
	short		mt_erreg;
	short		mt_resid;
	int32_t		mt_fileno;
	int32_t		mt_blkno;
	int32_t		mt_blksiz;
	int32_t		mt_density;
	int32_t		mt_mblksiz[4];
	int32_t		mt_mdensity[4];
};

#define	MTIOCTOP	_IOW('m', 1, struct mtop)
#define	MTIOCGET	_IOR('m', 2, struct mtget)
#define	MTIOCIEOT	_IO('m', 3)
#define	MTIOCEEOT	_IO('m', 4)
#define	MTIOCRDSPOS	_IOR('m', 5, uint32_t)
#define	MTIOCRDHPOS	_IOR('m', 6, uint32_t)
#define	MTIOCSLOCATE	_IOW('m', 5, uint32_t)
#define	MTIOCHLOCATE	_IOW('m', 6, uint32_t)

#endif /* _SYS_MTIO_H_ */
