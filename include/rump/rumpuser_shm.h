/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_shm.h - segments of memory shared by processes that need not trust
 * each other to live or to behave, and reference-counted extents in them.
 * See rumpuser_shm(3); mutexes and rings that live in a segment have headers
 * of their own, rumpuser_shmmtx.h and rumpuser_shmring.h.
 *
 * Conventions are those of rumpuser.h.  All calls may be made from any
 * thread, not from a signal handler; of one segment from several threads at
 * once, but for rumpuser_shmseg_detach().  A handle belongs to the process
 * that made it: in the child of a fork each call but detach gives EPERM.
 *
 * What is in a segment is hostile: it is checked whenever it is read, and
 * what does not hold is EPROTO, never a crash.  A peer that writes nonsense
 * can spoil what is shared (others' extents, too) but not the memory or the
 * own records of a process; who distrusts peers from each other gives each
 * its own segment.
 */
#ifndef _RUMP_RUMPUSER_SHM_H_
#define _RUMP_RUMPUSER_SHM_H_

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

/** The owner of a lock, or a peer, died.  NetBSD's number since version 9. */
#define RUMPUSER_EOWNERDEAD	97

struct rumpuser_shmseg;

/** Extents of one size; count 0: an unused entry. */
struct rumpuser_shmclass {
	uint32_t sc_size;		/* bytes, <= 1 GiB; rounded up to 64 */
	uint32_t sc_count;		/* <= 2^20 */
};

#define RUMPUSER_SHM_NCLASS	8
#define RUMPUSER_SHM_MAXPEERS	32
#define RUMPUSER_SHM_MAXRINGS	1024

/** What a segment is made of; fixed when it is created. */
struct rumpuser_shmparams {
	uint32_t sp_npeers;		/* processes at a time, 1 to 32 */
	uint32_t sp_nrings;		/* two-way rings, see rumpuser_shmring.h */
	uint32_t sp_ringbytes;		/* of each direction: a power of two,
					   4 KiB to 64 MiB; 0 without rings */
	uint32_t sp_userbytes;		/* for the callers' own use, <= 1 GiB */
	struct rumpuser_shmclass sp_class[RUMPUSER_SHM_NCLASS];
					/* by rising size */
};

#define RUMPUSER_SHM_UNLINKED	0x1	/* the file gets no name */

/**
 * Create a segment and attach to it.  @path NULL: of anonymous memory that
 * no peer can shrink (sealed memfd_create(2)).  Else a file of that name with
 * mode 0600, which must not be there yet and appears complete; with
 * RUMPUSER_SHM_UNLINKED it has no name and lives in the directory of @path.
 * The segment is zeroed.  *@segp is the caller's until rumpuser_shmseg_detach().
 * May block.  EINVAL (parameters), EEXIST, ENOSPC, ENOMEM, those of open(2).
 */
int rumpuser_shmseg_create(const char *path, int flags,
    const struct rumpuser_shmparams *params, struct rumpuser_shmseg **segp);

/**
 * Attach to the segment behind descriptor @fd, which stays the caller's.
 * Memory that can be sealed must be sealed against shrinking, or is now.  Any
 * other file can be cut short by whoever may write it, which would kill this
 * process at its next access; so it must belong to the effective user, be
 * writable by nobody else, and not lie on FUSE or hugetlbfs.  EPERM if not.
 * EPROTO: not a segment, or its header and its size disagree.  ENOTSUP (45):
 * it was made in another PID namespace, where owners' numbers mean something
 * else.  EUSERS (68): all peer entries are taken, the dead ones (after
 * rumpuser_shmseg_reap() of them) included.  ENOMEM.  May block.
 */
int rumpuser_shmseg_attach(int fd, struct rumpuser_shmseg **segp);
/** Attach to a segment by name: also errors of open(2).  May block. */
int rumpuser_shmseg_open(const char *path, struct rumpuser_shmseg **segp);

/**
 * Send a segment over the connected unix(7) socket @sock, of any type; the
 * other side calls _recv, which attaches.  Both may block.  Errors of
 * sendmsg(2), recvmsg(2); _recv: EPROTO when something else comes, ENOTCONN
 * at the end of the stream, and those of rumpuser_shmseg_attach().
 */
int rumpuser_shmseg_send(int sock, struct rumpuser_shmseg *seg);
int rumpuser_shmseg_recv(int sock, struct rumpuser_shmseg **segp);

/**
 * Give the handle back: drop all extents held (those on their way to a peer,
 * too), leave the peer table, unmap.  No ring of it may be open.  NULL is
 * allowed.  In the child of a fork only the mapping goes.
 */
void rumpuser_shmseg_detach(struct rumpuser_shmseg *seg);

/** The descriptor behind a segment; it stays the segment's. */
int rumpuser_shmseg_fd(const struct rumpuser_shmseg *seg);
/** This process's number in the peer table, from 0. */
int rumpuser_shmseg_self(const struct rumpuser_shmseg *seg);
/** The parameters, as they were checked when attaching. */
void rumpuser_shmseg_params(const struct rumpuser_shmseg *seg,
    struct rumpuser_shmparams *params);
/**
 * The sp_userbytes for the callers' own use, aligned to 64 bytes; mapped at
 * another address in each process.  NULL if there are none.
 */
void *rumpuser_shmseg_user(const struct rumpuser_shmseg *seg);

/**
 * Clear up after peer @peer, or after all (@peer -1): what a dead peer held
 * is dropped, exactly that, and its entry is free.  Extents that the caller
 * had given it and that it had not taken yet are dropped as well; so first
 * drain the rings it sent on.  *@extentsp (may be NULL): how many extents it
 * had held.  EBUSY: @peer lives, or another process is clearing up after it;
 * EINVAL: no such number; ESRCH: there is no such peer.  With -1: 0.
 * Does not block.
 */
int rumpuser_shmseg_reap(struct rumpuser_shmseg *seg, int peer,
    unsigned int *extentsp);

/** Figures, for diagnostics; a moment's view. */
struct rumpuser_shmstat {
	uint32_t ss_peers;		/* entries in use */
	uint32_t ss_extents;		/* extents there are */
	uint32_t ss_used;		/* extents held by anybody */
	uint32_t ss_held;		/* those this process holds */
	uint32_t ss_transit;		/* given away, not taken yet */
	uint32_t ss_faults;		/* times the segment lied to us */
};
int rumpuser_shmseg_stat(struct rumpuser_shmseg *seg,
    struct rumpuser_shmstat *stat);

/*
 * Extents: pieces of a segment that processes hold together.  A handle is
 * valid in every process that is attached; it names one life of the extent,
 * so that an old one is ESTALE rather than somebody else's data.
 */
struct rumpuser_shmext {
	uint64_t sx_off;		/* bytes from the segment's beginning */
	uint32_t sx_gen;		/* which life */
	uint32_t sx_seg;		/* which segment */
};

/**
 * Allocate an extent of at least @size bytes; the caller holds it once.
 * *@extp gets its handle, *@memp (may be NULL) its address here, aligned to
 * 64 bytes.  Its contents are whatever was there.  ENOMEM: none of that size
 * is free; EMSGSIZE: there are none of that size.  Does not block.
 */
int rumpuser_shmext_alloc(struct rumpuser_shmseg *seg, size_t size,
    struct rumpuser_shmext *extp, void **memp);
/**
 * Hold an extent that somebody holds (once more, if that is the caller).
 * *@memp, *@sizep (may be NULL): address here and bytes.  ESTALE: nobody
 * holds it any more; EINVAL: no handle of this segment; EBUSY: it was given
 * away by this process and not taken yet.
 */
int rumpuser_shmext_hold(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, void **memp, size_t *sizep);
/**
 * Drop one hold of the calling process; the last one of all frees it.  EPERM:
 * this process does not hold it; EPROTO: it does, but a peer has taken the
 * hold away (it is no longer held in any case).
 */
int rumpuser_shmext_drop(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext);
/** Address and size of an extent that this process holds; else EPERM. */
int rumpuser_shmext_addr(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, void **memp, size_t *sizep);
/**
 * Give the only hold of this process away: it may not touch the extent any
 * more, and a peer that gets the handle moves the hold to itself by
 * rumpuser_shmext_take() from this process's number.  At each instant one of
 * the two holds it, so that it is never lost when either dies: until it is
 * taken it goes with the giver.  For peers' own transports; rings do it by
 * themselves.  EPERM: not held; EBUSY: held more than once.
 */
int rumpuser_shmext_give(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, int peer);
/** The other half.  ESTALE: peer @from does not hold it (any more). */
int rumpuser_shmext_take(struct rumpuser_shmseg *seg,
    const struct rumpuser_shmext *ext, int from, void **memp, size_t *sizep);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_SHM_H_ */
