/* SPDX-License-Identifier: BSD-2-Clause */
/* Assertions about locks that drivers may spell; see sys/lock.h. */
#ifndef _SYS_LOCKDEBUG_H_
#define _SYS_LOCKDEBUG_H_

#include <sys/lock.h>

#endif /* _SYS_LOCKDEBUG_H_ */
