/* SPDX-License-Identifier: BSD-2-Clause */
/* Process times in clock ticks; times(3). */
#ifndef _SYS_TIMES_H_
#define _SYS_TIMES_H_

#include <sys/types.h>

struct tms {
	clock_t	tms_utime;
	clock_t	tms_stime;
	clock_t	tms_cutime;
	clock_t	tms_cstime;
};

#endif /* _SYS_TIMES_H_ */
