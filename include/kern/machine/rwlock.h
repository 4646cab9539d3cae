/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's part of rwlock(9): none, see sys/rwlock.h. */
#ifndef _MACHINE_RWLOCK_H_
#define _MACHINE_RWLOCK_H_

#include <sys/rwlock.h>

#endif
