/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - start of the host layer: the upcall table.
 * Locking: written once, before any thread that reads it exists.
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>

struct rumpuser_hyperup rumpuser__hyp;

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
	return 0;
}

void
rumpuser__nomem(const char *what)
{

	fprintf(stderr, "rumpuser: no memory for a %s\n", what);
	abort();
}
