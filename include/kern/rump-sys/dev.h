/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device faction gives to components. */
#ifndef _RUMP_SYS_DEV_H_
#define _RUMP_SYS_DEV_H_

#include <sys/types.h>

/** What a device that attaches at mainbus is told. */
struct mainbus_attach_args {
	int maa_unit;
};

#endif /* _RUMP_SYS_DEV_H_ */
