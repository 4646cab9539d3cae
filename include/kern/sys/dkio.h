/* SPDX-License-Identifier: BSD-2-Clause */

/* The disk ioctls, sd(4), dk(4).  The numbers are the client ABI's. */

#ifndef _SYS_DKIO_H_
#define _SYS_DKIO_H_

#include <sys/ioccom.h>
#include <sys/disklabel.h>
#include <prop/plistref.h>

#define	DIOCGDINFO	_IOR('d', 101, struct disklabel)
#define	DIOCSDINFO	_IOW('d', 102, struct disklabel)
#define	DIOCWDINFO	_IOW('d', 103, struct disklabel)
#define	DIOCRFORMAT	_IOWR('d', 105, struct format_op)
#define	DIOCWFORMAT	_IOWR('d', 106, struct format_op)
#define	DIOCSSTEP	_IOW('d', 107, int)
#define	DIOCSRETRIES	_IOW('d', 108, int)
#define	DIOCWLABEL	_IOW('d', 109, int)	/* may write label: int */
#define	DIOCSBAD	_IOW('d', 110, struct dkbad)
#define	ODIOCEJECT	_IO('d', 112)
#define	DIOCEJECT	_IOW('d', 112, int)
#define	DIOCLOCK	_IOW('d', 113, int)
#define	DIOCGDEFLABEL	_IOR('d', 114, struct disklabel)
#define	DIOCCLRLABEL	_IO('d', 115)
#define	DIOCGCACHE	_IOR('d', 116, int)
#define	DIOCSCACHE	_IOW('d', 117, int)
#define	DIOCCACHESYNC	_IOW('d', 118, int)	/* flush; 1 forces */
#define	DIOCKLABEL	_IOW('d', 119, int)
#define	DIOCBSLIST	_IOWR('d', 119, struct disk_badsecinfo)
#define	DIOCBSFLUSH	_IO('d', 120)
#define	DIOCAWEDGE	_IOWR('d', 121, struct dkwedge_info)
#define	DIOCGWEDGEINFO	_IOR('d', 122, struct dkwedge_info)
#define	DIOCDWEDGE	_IOW('d', 123, struct dkwedge_info)
#define	DIOCLWEDGES	_IOWR('d', 124, struct dkwedge_list)
#define	DIOCGSTRATEGY	_IOR('d', 125, struct disk_strategy)
#define	DIOCSSTRATEGY	_IOW('d', 126, struct disk_strategy)
#define	DIOCGDISKINFO	_IOR('d', 127, struct plistref)
#define	DIOCTUR		_IOR('d', 128, int)
#define	DIOCMWEDGES	_IOR('d', 131, int)
#define	DIOCGMEDIASIZE	_IOR('d', 132, off_t)	/* bytes */
#define	DIOCGSECTORSIZE	_IOR('d', 133, u_int)	/* bytes */
#define	DIOCGPARTINFO	_IOR('d', 134, struct partinfo)

/* DIOCGCACHE, DIOCSCACHE */
#define	DKCACHE_READ	0x000001	/* read cache on */
#define	DKCACHE_WRITE	0x000002	/* write cache on */
#define	DKCACHE_RCHANGE	0x000100	/* read cache changeable */
#define	DKCACHE_WCHANGE	0x000200	/* write cache changeable */
#define	DKCACHE_SAVE	0x010000	/* settings can be saved */

#endif /* _SYS_DKIO_H_ */
