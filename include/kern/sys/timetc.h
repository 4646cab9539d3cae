/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting the kernel's clock. */
#ifndef _SYS_TIMETC_H_
#define _SYS_TIMETC_H_

#include <sys/types.h>
#include <sys/time.h>

__BEGIN_DECLS
/* Set the wall clock, by an offset to the host's. */
void	tc_setclock(const struct timespec *ts);
__END_DECLS

#endif /* _SYS_TIMETC_H_ */
