/* SPDX-License-Identifier: BSD-2-Clause */
/* Selects what headers show: in the kernel, everything. */
#ifndef _SYS_FEATURETEST_H_
#define _SYS_FEATURETEST_H_

#ifndef _NETBSD_SOURCE
#define _NETBSD_SOURCE	1
#endif

#endif /* _SYS_FEATURETEST_H_ */
