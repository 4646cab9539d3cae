/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.h - a replay from inside.  Private to librumpuser/fault.
 *
 * What the medium may hold.  Each write of the file has the time when it was
 * issued and the time when it was completed (never: infinity).  At a cut:
 *
 *  - a write that was not issued has not arrived;
 *  - a write is *required* when a synchronization that began after it was
 *    completed has ended well.  If the first one that covered it ended with
 *    an error it is never required: the host may have forgotten it
 *    (fsync(2));
 *  - any other one may have arrived or not.  But if one has arrived, all that
 *    were completed before a barrier that ended before it was issued have,
 *    too;
 *  - of two writes of the same bytes the later one is what is seen; they have
 *    an order if one was completed before the other was issued, and may have
 *    either if not, as long as all these orders together are possible: each
 *    write is made at one moment between its issue and its completion;
 *  - a write may be torn into its sectors, as the replay was told: each of
 *    them is then a write of its own in all of this.
 *
 * A required write is *settled* when nothing that is not settled can lie under
 * or over it in another order; settled writes are part of the stable content
 * and are done with.  The others are active: their parts are the units from
 * which states are made.
 */
#ifndef _RUMPUSER_FAULT_REPLAY_H_
#define _RUMPUSER_FAULT_REPLAY_H_

#include "fault/record.h"

#define NEVER	UINT64_MAX

struct rwrite {
	uint64_t w_entry;		/* in the recording */
	uint64_t w_issued, w_done;	/* w_done NEVER: not completed */
	uint64_t w_required;		/* from this event on, or NEVER */
	uint64_t w_doubtful;		/* a synchronization of it failed */
	uint64_t w_before;		/* what was completed before this has
					   arrived if this has */
	uint64_t w_off, w_len;
	const uint8_t *w_data;
	int w_error;
	int w_solid;			/* settled as soon as required */
};

struct unit {
	uint32_t u_write;
	uint32_t u_arrived;
	uint64_t u_lo, u_hi;		/* bytes of the write */
	uint64_t u_key, u_tie;		/* order of application; a choice's
					   check has moments in u_tie */
	int u_required;
};

#define BLOCK	4096

struct rblock {
	uint64_t b_number;		/* in the file */
	uint8_t *b_stable, *b_now;	/* BLOCK bytes each */
	int b_dirty;			/* b_now is not b_stable */
	int b_changed;			/* since the file in memory was */
};

/* Two units whose order is free. */
struct freepair {
	uint32_t a, b;
};

#define ENUM_UNITS	64		/* at most, for going through states */
#define ENUM_OPTIONAL	24
#define ENUM_PAIRS	12

struct rumpuser_replay {
	/* Constant. */
	struct rumpuser_provider *rp_host;
	int rp_basefd, rp_tearing;
	uint32_t rp_sector;
	uint64_t rp_basesize;
	struct rwrite *rp_writes;	/* by w_issued */
	uint32_t rp_nwrites;
	uint64_t *rp_events;		/* of the file, in their order */
	uint64_t rp_nevents;

	/* The cut. */
	uint64_t rp_cut, rp_time;	/* events; the last one's number */
	uint32_t rp_issued;		/* writes [0, issued) are */
	uint32_t *rp_active;		/* writes */
	uint32_t rp_nactive;
	struct unit *rp_units;
	uint32_t rp_nunits, rp_maxunits;
	uint32_t *rp_order;		/* the state: units, first to last */
	uint32_t rp_norder;

	/* Going through the states. */
	int rp_begun;
	uint64_t rp_mask, rp_orient, rp_norient;
	uint32_t rp_optional[ENUM_OPTIONAL], rp_noptional;
	struct freepair rp_pairs[ENUM_PAIRS];
	uint32_t rp_npairs;

	/* The image: blocks that some write touches. */
	struct rblock *rp_blocks;	/* by number */
	uint64_t rp_nblocks;
	uint8_t *rp_mem;
	uint64_t rp_stablesize, rp_size;
	int rp_memfd;			/* -1: none */
};

/* model.c */
int	rumpuser__model_make(struct rumpuser_replay *, struct rumpuser_record *,
	    unsigned int file);
/* Was a completed before b was issued? */
static inline int
rumpuser__model_before(const struct rwrite *a, const struct rwrite *b)
{

	return a->w_done < b->w_issued;
}

/* image.c */
int	rumpuser__image_make(struct rumpuser_replay *);
void	rumpuser__image_free(struct rumpuser_replay *);
/** All as at the beginning. */
int	rumpuser__image_reset(struct rumpuser_replay *);
/** A write is settled. */
void	rumpuser__image_settle(struct rumpuser_replay *,
	    const struct rwrite *);
/** Back to the stable content: the state of no unit. */
void	rumpuser__image_clean(struct rumpuser_replay *);
/** Make the image of the state rp_order. */
int	rumpuser__image_show(struct rumpuser_replay *);

#endif /* _RUMPUSER_FAULT_REPLAY_H_ */
