/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing members of a pax archive (POSIX.1-2017 pax, "pax Interchange
 * Format") to the output stream.  No state but the output's.
 */
#ifndef FSU_PAX_H
#define FSU_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "xattr.h"

struct pax_member {
	const char *path;	/* as it shall stand in the archive */
	char type;		/* ustar typeflag: '0' '1' '2' '3' ... */
	uint32_t mode;		/* permission bits */
	uint32_t uid, gid;
	uint64_t size;		/* bytes of data that follow the header */
	struct timespec mtime;
	const char *link;	/* target, or NULL */
	uint32_t major, minor;
	const struct xattrs *xattrs;	/* or NULL */
	bool sparse;		/* GNU.sparse 1.0: data begins with a map */
	uint64_t realsize;
};

void pax_header(const struct pax_member *);
void pax_pad(uint64_t size);	/* after size bytes of data */
void pax_end(void);

#endif /* FSU_PAX_H */
