/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What librumpnet offers client programs beside system calls.  There is no
 * network faction yet, so nothing is declared.
 */
#ifndef _RUMP_RUMPNET_IF_PUB_H_
#define	_RUMP_RUMPNET_IF_PUB_H_

#include <rump/rump.h>

#endif /* _RUMP_RUMPNET_IF_PUB_H_ */
