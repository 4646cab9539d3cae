/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_record.h - the recorder of writes and barriers, and what a medium
 * may hold after a crash.  See rumpuser_record(3).  Usable from both
 * namespaces.
 *
 * A recording has every write to some host files, and every synchronization
 * and barrier, with the order in which they were issued and completed.  A
 * replay makes of it and of an image's content before it each content that
 * the medium may have when the power fails: after any number of events, with
 * any of the writes that were not made stable, whole or torn, in any order
 * that the barriers allow.
 */
#ifndef _RUMP_RUMPUSER_RECORD_H_
#define _RUMP_RUMPUSER_RECORD_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct rumpuser_record;
struct rumpuser_replay;

/*
 * Recording.
 */

/** Keep a hash of the data (FNV-1a, 64 bits) instead of the data. */
#define RUMPUSER_RECORD_HASH	0x01

/** What to record; zero is the default everywhere. */
struct rumpuser_record_config {
	const char *rrc_file;	/* pattern as in rumpfault(5); NULL: all */
	uint64_t rrc_maxbytes;	/* of memory; 0: 256 MiB */
	int rrc_flags;		/* RUMPUSER_RECORD_HASH */
};

/**
 * Begin to record; @cfg may be NULL.  *@rp is given back by
 * rumpuser_record_free().  Four can be active at a time.  The fault injector
 * is put to use for it (rumpuser_fault(3)).  EINVAL, ENOMEM, EBUSY (four are
 * active), and why the injector cannot be used.
 */
int rumpuser_record_start(const struct rumpuser_record_config *cfg,
    struct rumpuser_record **rp);
/**
 * End it; waits for what is under way.  ENOBUFS: the bound of memory was hit,
 * ENOMEM: there was none; what was recorded until then is complete, what came
 * later is not there.  EINVAL: it has ended.  May block.
 */
int rumpuser_record_stop(struct rumpuser_record *r);
/** What rumpuser_record_stop() would say now, in between.  Does not block. */
int rumpuser_record_status(struct rumpuser_record *r);
/** Free it; ends it first.  No replay may use it. */
void rumpuser_record_free(struct rumpuser_record *r);

/** Kinds of entries. */
#define RUMPUSER_RECORD_WRITE	1
#define RUMPUSER_RECORD_SYNC	2	/* all that is completed is stable */
#define RUMPUSER_RECORD_BARRIER	3	/* ... before what is issued later */

/** Flags of entries: what the fault injector has done. */
#define RUMPUSER_RECORD_LOST	0x01	/* it did not reach the host */
#define RUMPUSER_RECORD_TORN	0x02	/* sectors that were left of one */
#define RUMPUSER_RECORD_LATE	0x04	/* reordered */
#define RUMPUSER_RECORD_AGAIN	0x08	/* the second of two */

/** One entry. */
struct rumpuser_record_entry {
	int rre_kind;		/* RUMPUSER_RECORD_WRITE ... */
	int rre_flags;		/* RUMPUSER_RECORD_LOST ... */
	unsigned int rre_file;	/* see rumpuser_record_file() */
	int rre_error;		/* 0 or host's errno, once it is completed */
	int64_t rre_off;	/* bytes; -1: a stream */
	size_t rre_len;		/* bytes handed over */
	size_t rre_xfer;	/* bytes written, once it is completed */
	const void *rre_data;	/* rre_len bytes, NULL with HASH */
	uint64_t rre_hash;	/* with HASH */
	uint64_t rre_issued;	/* its place among all events, from 1 */
	uint64_t rre_completed;	/* the same; 0: it is not */
};

/** How many entries there are, in the order of rre_issued. */
uint64_t rumpuser_record_count(struct rumpuser_record *r);
/**
 * Entry @n from 0; its data lives as long as @r.  ENOENT.  Does not block.
 */
int rumpuser_record_entry(struct rumpuser_record *r, uint64_t n,
    struct rumpuser_record_entry *e);
/** The name of file @n as the host has it; NULL: there are less. */
const char *rumpuser_record_file(struct rumpuser_record *r, unsigned int n);

/*
 * Replay.
 */

/** Which writes can be torn: arrive in part, each sector by itself. */
#define RUMPUSER_REPLAY_WHOLE	0	/* none */
#define RUMPUSER_REPLAY_TORN	1	/* those under way at the cut */
#define RUMPUSER_REPLAY_SECTORS	2	/* all that are not stable */

/**
 * Replay what @r (which has ended) has about its file number @file on top of
 * the content of host file @base, which must be as it was when the recording
 * began and must not be changed.  @tearing is RUMPUSER_REPLAY_*, @sector the
 * bytes of a sector (0: 512; a power of two).  Calls on one replay are to be
 * made by one thread at a time.  EINVAL; ENOBUFS (the recording is not
 * complete); ENOMEM; errors of open(2) and read(2).  May block.
 */
int rumpuser_replay_create(struct rumpuser_record *r, unsigned int file,
    const char *base, int tearing, unsigned int sector,
    struct rumpuser_replay **rpp);
void rumpuser_replay_free(struct rumpuser_replay *rp);

/**
 * The number of cuts: at cut 0 nothing has happened, at cut k the first k
 * events (issues and completions) of the file.
 */
uint64_t rumpuser_replay_cuts(struct rumpuser_replay *rp);
/**
 * Go to a cut.  The state is then that all writes which are completed have
 * arrived and no other.  EINVAL (past the last one), ENOMEM.  Going forward
 * is cheap.
 */
int rumpuser_replay_cut(struct rumpuser_replay *rp, uint64_t cut);
/**
 * The next of all states that are possible at the cut, each once; after
 * rumpuser_replay_cut() the first.  ENOENT: there are no more; E2BIG: too
 * many for going through them (over 2^24): take samples.
 */
int rumpuser_replay_next(struct rumpuser_replay *rp);
/**
 * One of the states at this cut, chosen by @seed: the same one for the same
 * seed.  Every state has a chance, and nearly nothing and nearly everything
 * are tried more often than by chance.  ENOMEM.
 */
int rumpuser_replay_sample(struct rumpuser_replay *rp, uint64_t seed);
/**
 * The state that the @n writes @entries (numbers of entries) have arrived,
 * whole and in this order, beside those that are stable for certain.  EINVAL:
 * it is not possible at this cut.  ENOMEM.
 */
int rumpuser_replay_choose(struct rumpuser_replay *rp,
    const uint64_t *entries, size_t n);

/** The file's size in bytes in this state. */
uint64_t rumpuser_replay_size(struct rumpuser_replay *rp);
/**
 * Read the image as it is in this state; *@donep less than @len only at its
 * end.  Errors of read(2).  May block.
 */
int rumpuser_replay_read(struct rumpuser_replay *rp, void *buf, size_t len,
    uint64_t off, size_t *donep);
/**
 * A file in memory that holds the image, and follows the state from then on
 * at the cost of what changes.  *@fdp stays the replay's; other programs find
 * it as /proc/PID/fd/N.  Whoever has written to it sets @rewrite: all of it is
 * made again.  ENOSYS: the host has no such files.  May block.
 */
int rumpuser_replay_fd(struct rumpuser_replay *rp, int rewrite, int *fdp);
/**
 * The state in words, for a test's message: the cut, and the writes that may
 * be missing with the sectors that have arrived.  E2BIG: cut off.
 */
int rumpuser_replay_describe(struct rumpuser_replay *rp, char *buf,
    size_t len);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_RECORD_H_ */
