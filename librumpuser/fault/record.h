/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record.h - a recording from inside, for its replay.  Private to
 * librumpuser/fault.
 */
#ifndef _RUMPUSER_FAULT_RECORD_H_
#define _RUMPUSER_FAULT_RECORD_H_

#include "fault/fault.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_record.h>
#pragma GCC visibility pop

#define RECORD_CHUNK	256	/* entries allocated at once */

struct rumpuser_record {
	/* Under recorder.mtx while it is active, constant afterwards. */
	struct rumpuser_record_entry **r_chunks;
	uint64_t r_count, r_nchunks;
	const char **r_files;
	unsigned int r_nfiles;
	uint64_t r_seq;			/* the latest event */
	uint64_t r_bytes;		/* of memory in use */
	unsigned int r_inflight;	/* issued and not completed */
	int r_active;
	int r_error;			/* host's: ENOBUFS, ENOMEM */

	/* Constant. */
	char *r_pattern;
	uint64_t r_maxbytes;
	int r_hash;
};

/** Is it still being made? */
int	rumpuser__record_active(struct rumpuser_record *);

static inline struct rumpuser_record_entry *
rumpuser__record_at(const struct rumpuser_record *r, uint64_t n)
{

	return &r->r_chunks[n / RECORD_CHUNK][n % RECORD_CHUNK];
}

#endif /* _RUMPUSER_FAULT_RECORD_H_ */
