/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump.h - memory for the state dump.  Everything here is async-signal-safe if
 * the callback is: it takes no lock, and figures that change meanwhile are
 * approximate.  Beside these: rumpuser_mem_sites(), rumpuser_mem_getstats().
 */
#ifndef _RUMPUSER_MEM_DUMP_H_
#define _RUMPUSER_MEM_DUMP_H_

#include <stddef.h>

struct rumpuser__memcacheinfo {
	const char	*name;
	size_t		size;	/* bytes of a buffer */
	size_t		made;	/* buffers that are out or in a hoard */
};

/** Call @fn(@arg) for each buffer cache. */
void rumpuser__mem_caches(void (*fn)(const struct rumpuser__memcacheinfo *,
    void *), void *arg);

#endif /* _RUMPUSER_MEM_DUMP_H_ */
