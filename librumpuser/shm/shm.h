/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shm.h - what the files of shm/ share: what a segment looks like, and a
 * process's private record of one.  Private to librumpuser/shm.
 *
 * The rule for shared memory: a word is loaded once, atomically, checked, and
 * only the copy is used.  Where things are is computed from the private copy
 * of the parameters, never from the segment.
 */
#ifndef _RUMPUSER_SHM_SHM_H_
#define _RUMPUSER_SHM_SHM_H_

#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_shm.h>
#include <rump/rumpuser_shmmtx.h>
#include <rump/rumpuser_shmring.h>
#pragma GCC visibility pop

/* Errors in NetBSD's numbering, for paths too hot for a translation. */
enum {
	SHM_EPERM = 1, SHM_ESRCH = 3, SHM_EDEADLK = 11, SHM_ENOMEM = 12,
	SHM_EBUSY = 16, SHM_EINVAL = 22, SHM_EPIPE = 32, SHM_EAGAIN = 35,
	SHM_EMSGSIZE = 40, SHM_ENOTSUP = 45, SHM_ENOTCONN = 57,
	SHM_ETIMEDOUT = 60, SHM_EUSERS = 68, SHM_ESTALE = 70, SHM_ENOSYS = 78,
	SHM_EPROTO = 96
};

/*
 * Who somebody is: a TID (or PID) in the low half, and in the high half a
 * stamp made of its start time, so that a number that is used again is
 * somebody else.  Never 0.
 */
#define ID_NUM(id)	((uint32_t)(id) & 0x3fffffff)
#define ID_STAMP(id)	((uint32_t)((id) >> 32))
#define ID_MAKE(num, stamp) ((uint64_t)(stamp) << 32 | (num))

/** The id of the calling thread. */
uint64_t rumpuser__shm_self(void);
/** The id of this process. */
uint64_t rumpuser__shm_selfproc(void);
/** Is the process of that id dead?  (When in doubt it lives.) */
int rumpuser__shm_procdead(uint64_t id);
/** Is the thread of that id gone?  (When in doubt it lives.) */
int rumpuser__shm_threadgone(uint64_t id);
/** Counts up in the child of a fork, once rumpuser__shm_self() was called. */
extern unsigned int rumpuser__shm_forks;

/** Nanoseconds of the monotonic clock. */
int64_t rumpuser__shm_now(void);

/** Make rumpuser__shm_barrier() reach this process; whether it does. */
int rumpuser__shm_barrier_init(void);
/** Every running thread of such a process passes a barrier; or ENOSYS. */
int rumpuser__shm_barrier(void);

/*
 * The segment.  All zero, apart from the header, is one that nobody uses.
 */
#define SHM_MAGIC	UINT64_C(0x314d4853504d5552)	/* RUMPSHM1 */
#define SHM_VERSION	1
#define SHM_PAGE	4096
#define SHM_LINE	128		/* what processors fetch at a time */

struct shm_header {
	uint64_t sh_magic;
	uint32_t sh_version;
	uint32_t sh_hdrsize;
	uint64_t sh_size;		/* of the whole segment */
	uint64_t sh_pidns;		/* where PIDs have a meaning; 0: unknown */
	uint32_t sh_id;			/* random */
	uint32_t sh_spare;
	struct rumpuser_shmparams sh_params;
};

/** Where things are, from the parameters alone. */
struct shm_layout {
	uint64_t sl_peers;		/* uint64_t[npeers] */
	uint64_t sl_rings;		/* struct shm_ringmem[nrings] */
	uint64_t sl_ringsize;
	uint64_t sl_words;		/* uint64_t[nextents] */
	uint64_t sl_user;
	uint64_t sl_data[RUMPUSER_SHM_NCLASS];
	uint32_t sl_size[RUMPUSER_SHM_NCLASS];
	uint32_t sl_first[RUMPUSER_SHM_NCLASS + 1];	/* extent numbers */
	uint64_t sl_total;
};

/** Compute it; EINVAL if the parameters are not allowed. */
int rumpuser__shm_layout(const struct rumpuser_shmparams *params,
    struct shm_layout *layout);

/*
 * An entry of the peer table is 0 or the id of the process that has it, with
 * PEER_REAPING if that process is clearing up after a dead one.
 */
#define PEER_REAPING	UINT64_C(0x80000000)

/** This process's record of an extent; under the segment's sg_lock. */
struct shm_hold {
	uint32_t h_gen;
	uint32_t h_count;		/* times that this process holds it */
	int16_t h_transit;		/* 1 + the peer it was given to, or 0 */
};

struct rumpuser_shmseg {
	unsigned char *sg_base;
	struct shm_layout sg_layout;
	struct rumpuser_shmparams sg_params;
	uint32_t sg_id;
	int sg_self;			/* own entry of the peer table */
	uint64_t sg_selfid;
	unsigned int sg_forks;
	int sg_fd;

	pthread_mutex_t sg_lock;	/* what follows */
	struct shm_hold *sg_holds;	/* an entry each extent */
	uint32_t sg_hint[RUMPUSER_SHM_NCLASS];	/* where to look for a free */
	uint64_t sg_given[RUMPUSER_SHM_MAXPEERS];	/* ids last given to */
	uint32_t sg_faults;
};

static inline int
rumpuser__shm_forked(const struct rumpuser_shmseg *seg)
{

	return __predict_false(seg->sg_forks != rumpuser__shm_forks);
}

static inline uint64_t *
rumpuser__shm_peerword(const struct rumpuser_shmseg *seg, unsigned int peer)
{

	return (uint64_t *)(seg->sg_base + seg->sg_layout.sl_peers) + peer;
}

/** Take @peer's holds away; how many there were.  Its entry is the caller's. */
unsigned int rumpuser__shm_dropall(struct rumpuser_shmseg *seg, int peer);
/** Drop what was given to @peer and not taken. */
void rumpuser__shm_untransit(struct rumpuser_shmseg *seg, int peer);

/** Descriptor passing: one descriptor and @len bytes; host errno numbers. */
int rumpuser__shm_sendfd(int sock, const void *buf, size_t len, int fd);
/** The same; *@fdp -1 if none came, *@lenp the bytes that came. */
int rumpuser__shm_recvfd(int sock, void *buf, size_t *lenp, int *fdp);

#endif /* _RUMPUSER_SHM_SHM_H_ */
