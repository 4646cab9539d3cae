/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's part of mutex(9): none, see sys/mutex.h. */
#ifndef _MACHINE_MUTEX_H_
#define _MACHINE_MUTEX_H_

#include <sys/mutex.h>

#endif
