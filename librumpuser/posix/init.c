/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - start of the host layer: the upcall table.
 * Locking: written once, before any thread that reads it exists.
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_fault.h>
#pragma GCC visibility pop

struct rumpuser_hyperup rumpuser__hyp;

/* A plan that cannot be followed is no reason to run without one. */
static int
plan_faults(void)
{
	struct rumpuser_fault_error err;
	int error;

	if ((error = rumpuser_fault_env(&err)) != 0)
		rumpuser_dprintf("rumpuser: %s, line %u, column %u: %s\n",
		    RUMPUSER_FAULT_ENV, err.rfe_line, err.rfe_column,
		    err.rfe_message);
	return error;
}

int
rumpuser_init(int version, const struct rumpuser_hyperup *hyp)
{

	if (version != RUMPUSER_VERSION) {
		rumpuser_dprintf("rumpuser: the kernel asks for interface "
		    "version %d, this host layer has %d\n", version,
		    RUMPUSER_VERSION);
		return rumpuser__errtrans(EINVAL);
	}
	if (hyp == NULL)
		return rumpuser__errtrans(EINVAL);
	rumpuser__hyp = *hyp;
	return plan_faults();
}

void
rumpuser__nomem(const char *what)
{

	fprintf(stderr, "rumpuser: no memory for a %s\n", what);
	abort();
}
