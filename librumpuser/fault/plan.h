/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan.h - a fault plan after parsing: rules of selectors and actions.
 * Private to librumpuser/fault.
 */
#ifndef _RUMPUSER_FAULT_PLAN_H_
#define _RUMPUSER_FAULT_PLAN_H_

#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_fault.h>
#pragma GCC visibility pop

/* Classes of operations. */
#define FC_OPEN		0x00001u
#define FC_CLOSE	0x00002u
#define FC_INFO		0x00004u
#define FC_READ		0x00008u
#define FC_WRITE	0x00010u
#define FC_SYNC		0x00020u
#define FC_BARRIER	0x00040u
#define FC_FLUSH	0x00080u
#define FC_ALLOC	0x00100u
#define FC_MAP		0x00200u
#define FC_CLOCK	0x00400u
#define FC_SLEEP	0x00800u
#define FC_THREAD	0x01000u
#define FC_RANDOM	0x02000u
#define FC_KILL		0x04000u
#define FC_PARAM	0x08000u
#define FC_CONSOLE	0x10000u
#define FC_LOAD		0x20000u
#define FC_MESSAGE	0x40000u
#define FC_ALL		0x7ffffu

/* Actions; more than one may be set. */
#define FA_FAIL		0x01u
#define FA_SHORT	0x02u
#define FA_TEAR		0x04u
#define FA_DELAY	0x08u
#define FA_DROP		0x10u
#define FA_DOUBLE	0x20u
#define FA_REORDER	0x40u
#define FA_CORRUPT	0x80u

#define FA_HALF		UINT64_MAX	/* fr_short: half of what was asked */
#define FA_ANY		UINT64_MAX	/* fr_tear: any subset of sectors */

struct rule {
	/* Selectors; all that are set must hold. */
	unsigned int fr_classes;
	char *fr_file;			/* pattern, NULL: any */
	char *fr_site;			/* the same */
	int fr_fd;			/* -1: any */
	int fr_bio;			/* opened for block I/O only */
	uint64_t fr_lo, fr_hi;		/* bytes [lo, hi) of the file */
	uint64_t fr_nth, fr_every, fr_from, fr_times;	/* 0: not set */
	uint64_t fr_chance;		/* of 2^32; 2^32: always */
	uint64_t fr_seed;		/* 0: the plan's and its place */

	/* Actions. */
	unsigned int fr_actions;
	int fr_error;			/* host's number */
	uint64_t fr_short, fr_tear, fr_delay, fr_reorder, fr_corrupt;

	/* Under the injector's lock. */
	uint64_t fr_matched, fr_fired;
	unsigned int fr_line;
	char fr_text[200];
};

struct plan {
	struct rule *pl_rules;
	unsigned int pl_nrules;
	unsigned int pl_classes;	/* of all rules */
	unsigned int pl_byfile, pl_bysite;	/* of rules with patterns */
	uint64_t pl_seed;
	uint32_t pl_sector;		/* bytes, a power of two */
	int pl_seeded, pl_sectored;	/* the text says so */
};

#define PLAN_SECTOR	512

/**
 * Parse @text into @plan, which is empty on an error.  0 or host's errno.
 */
int	rumpuser__plan_parse(const char *text, struct plan *plan,
	    struct rumpuser_fault_error *err);
void	rumpuser__plan_free(struct plan *plan);

#endif /* _RUMPUSER_FAULT_PLAN_H_ */
