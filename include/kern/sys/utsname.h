/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's names, uname(3).
 */
#ifndef _SYS_UTSNAME_H_
#define	_SYS_UTSNAME_H_

#include <sys/featuretest.h>

#define	_SYS_NMLN	256

struct utsname {
	char	sysname[_SYS_NMLN];
	char	nodename[_SYS_NMLN];
	char	release[_SYS_NMLN];
	char	version[_SYS_NMLN];
	char	machine[_SYS_NMLN];
};

#endif /* _SYS_UTSNAME_H_ */
