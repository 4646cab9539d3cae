/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offload.c - the fiber host has no spare host threads: a blocking host call
 * blocks all.  Locking: none.
 */
#include "fiber/fiber.h"

int
rumpuser_fiber_offload(void (*then)(void *), void *arg)
{

	(void)then;
	(void)arg;
	return rumpuser__errtrans(rumpuser_fiber_current() == NULL ? EINVAL :
	    EAGAIN);
}
