/* SPDX-License-Identifier: BSD-2-Clause */
/* The syncer: delays between a change and its write-back, in seconds. */
#ifndef _MISCFS_SYNCFS_SYNCFS_H_
#define _MISCFS_SYNCFS_SYNCFS_H_

#include <sys/types.h>

#define	SYNCER_MAXDELAY	32

extern time_t	syncdelay;	/* files */
extern time_t	filedelay;	/* file data */
extern time_t	dirdelay;	/* directories */
extern time_t	metadelay;	/* meta data of block devices */

#endif /* _MISCFS_SYNCFS_SYNCFS_H_ */
