/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of memory in use, in the checking build by call site. No locks.
 */
#include <sys/param.h>
#include <sys/systm.h>

#include <rump-free/memdebug.h>
#include <rump-priv/mem.h>

#ifdef RUMP_CHECK
static void
report_site(const struct rump_memsite *st, void *arg)
{
	void (*const *pr)(const char *, ...) = arg;

	(**pr)("%12llu bytes %8llu objects from %s\n",
	    (unsigned long long)st->st_bytes,
	    (unsigned long long)st->st_count, st->st_name);
}
#endif

void
rump_mem_report(void (*pr)(const char *, ...))
{

#ifdef RUMP_CHECK
	(*pr)("memory in use by call site (%zu bytes in all):\n",
	    rump_mem_used());
	(void)rump_memsite_walk(report_site, &pr, 50);
#else
	(*pr)("%zu bytes of memory in use\n", rump_mem_used());
#endif
}
