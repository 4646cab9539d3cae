/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errtrans.c - errno and signal numbers between the host and NetBSD's
 * numbering; the maps are made by tools/gen/hostmap.py from its tables.
 * Locking: none, the maps are constant.
 */
#include "host.h"

#include <signal.h>

#include <rump/rumpdefs.h>

#include "hostmap.h"

int
rumpuser__errtrans(int hosterr)
{

	if (hosterr == 0)
		return 0;
	if (hosterr < 0 || (size_t)hosterr >= __arraycount(errno_host2rump) ||
	    errno_host2rump[hosterr] == 0)
		return RUMP_EIO;
	return errno_host2rump[hosterr];
}

/* One number by a map whose holes are 0; -1 where there is none. */
static int
sigmap(const unsigned char *map, size_t size, int sig)
{

	if (sig == 0)
		return 0;
	if (sig < 0 || (size_t)sig >= size || map[sig] == 0)
		return -1;
	return map[sig];
}

int
rumpuser__sigtrans(int sig)
{

	return sigmap(sig_rump2host, __arraycount(sig_rump2host), sig);
}

int
rumpuser_component_sigtrans(int hostsig)
{

	return sigmap(sig_host2rump, __arraycount(sig_host2rump), hostsig);
}
