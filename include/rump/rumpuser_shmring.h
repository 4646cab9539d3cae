/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_shmring.h - a two-way ring of messages between two processes, in a
 * segment (rumpuser_shm.h).  See rumpuser_shmring(3).
 *
 * Either side sends and receives; no host call is made while both are busy.
 * Of one end of a ring, one thread at a time may send (send, reserve, commit,
 * flush) and one at a time receive (recv, peek, consume); the two may be
 * different threads, and both may wait.  Everything else is for one thread
 * at a time while nobody sends or receives.
 *
 * Deadlines are nanoseconds of the monotonic clock, RUMPUSER_SHM_FOREVER for
 * none.  Once a call has given EPROTO, the peer has broken the ring's rules
 * and every further call gives EPROTO.
 */
#ifndef _RUMP_RUMPUSER_SHMRING_H_
#define _RUMP_RUMPUSER_SHMRING_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include <rump/rumpuser_shm.h>
#include <rump/rumpuser_shmmtx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rumpuser_shmring;

/**
 * Open end @side (0 or 1) of ring @index of @seg.  @sock is a connected
 * unix(7) stream or seqpacket socket whose other end is or will be handed to
 * the same call on the other side; it must have nothing unread.  It serves
 * as doorbell and as sign of life; the ring takes it over, when the call
 * succeeds.  Side 1 sends a greeting; neither waits for the peer's.  EBUSY: a
 * living process has that end open; EINVAL; ENOMEM; errors of sendmsg(2).
 */
int rumpuser_shmring_open(struct rumpuser_shmseg *seg, unsigned int index,
    int side, int sock, struct rumpuser_shmring **ringp);
/**
 * Wait for the peer's greeting; before that nothing can be sent or received.
 * Side 0 answers side 1's (so a thread that has both ends connects 0 first).
 * ETIMEDOUT (may be called again), ENOTCONN: the peer is gone; EPROTO: what
 * came is no greeting for this ring.  May block.
 */
int rumpuser_shmring_connect(struct rumpuser_shmring *ring, int64_t deadline);
/**
 * Close an end; NULL is allowed.  What was sent can still be received by the
 * peer.  In the child of a fork only the child's resources go.  If the peer is dead, extents sent to it that it had not taken are
 * dropped.
 */
void rumpuser_shmring_close(struct rumpuser_shmring *ring);

/** The longest message, in bytes. */
size_t rumpuser_shmring_maxlen(const struct rumpuser_shmring *ring);
/** The peer's number in the segment's peer table (as it says). */
int rumpuser_shmring_peer(const struct rumpuser_shmring *ring);
/**
 * How the peer is, as far as has been seen: 0, ENOTCONN (it closed its end),
 * RUMPUSER_EOWNERDEAD, EPROTO.  @look: ask the host now.
 */
int rumpuser_shmring_status(struct rumpuser_shmring *ring, int look);

#define RUMPUSER_SHMRING_MORE	0x1	/* more follows: publish later */
#define RUMPUSER_SHMRING_GIVE	0x2	/* the extent's hold goes along */
#define RUMPUSER_SHMRING_LEND	0x4	/* the receiver gets one of its own */

/**
 * Send @len bytes (0 is allowed), whole or not at all.  With MORE the peer
 * sees it no later than at the next call without it, or the next flush.  Does
 * not block.  EAGAIN: no room (wait for OUT); EPIPE: the peer is gone;
 * EMSGSIZE; ENOTCONN: not connected yet; EPROTO.
 */
int rumpuser_shmring_send(struct rumpuser_shmring *ring, const void *buf,
    size_t len, int flags);
/**
 * The same with an extent that this process holds.  GIVE: its only hold goes
 * to the receiver; when the call fails it is still held.  LEND: the caller
 * keeps its hold, at least until the peer has said that it has received the
 * message.  EPERM, EBUSY: see rumpuser_shmext_give().
 */
int rumpuser_shmring_sendext(struct rumpuser_shmring *ring, const void *buf,
    size_t len, const struct rumpuser_shmext *ext, int flags);
/**
 * Send without a copy: room for @len bytes at *@bufp, to be filled and sent
 * by the commit of up to as many; a new reserve replaces the last one.  Errors
 * of send.
 */
int rumpuser_shmring_reserve(struct rumpuser_shmring *ring, size_t len,
    void **bufp);
int rumpuser_shmring_commit(struct rumpuser_shmring *ring, size_t len,
    int flags);
/** Publish what was sent with MORE.  EPIPE, EPROTO, ENOTCONN. */
int rumpuser_shmring_flush(struct rumpuser_shmring *ring);

/** What came with a message. */
struct rumpuser_shmmsg {
	uint32_t sr_len;		/* bytes */
	uint32_t sr_flags;		/* GIVE or LEND: there is an extent */
	struct rumpuser_shmext sr_ext;	/* then held by this process now */
};

/**
 * Receive a message into @buf of @cap bytes; *@msgp gets what came along.
 * EAGAIN: nothing there (wait for IN); EMSGSIZE: @cap is too small, sr_len
 * says what is needed, the message stays; ENOTCONN: the peer is gone and all
 * it had published has been received (or not connected yet); ESTALE: the
 * message named an extent that its sender does not hold (any more), it is
 * there without it and the next call gets it; EPROTO.  Does not block.
 */
int rumpuser_shmring_recv(struct rumpuser_shmring *ring, void *buf, size_t cap,
    struct rumpuser_shmmsg *msgp);
/**
 * Look at the next message in place: *@bufp is in shared memory, a peer that
 * is hostile can change it while it is read, so each byte is to be fetched
 * once.  It stays until consumed.  Errors of recv.
 */
int rumpuser_shmring_peek(struct rumpuser_shmring *ring, const void **bufp,
    struct rumpuser_shmmsg *msgp);
/** Done with the message that peek gave.  EINVAL: there is none. */
int rumpuser_shmring_consume(struct rumpuser_shmring *ring);

#define RUMPUSER_SHMRING_IN	0x1	/* a message has come */
#define RUMPUSER_SHMRING_OUT	0x2	/* room for the last send refused */

/**
 * Wait until one of @what (IN, OUT) is so, or the peer is gone; spins for a
 * while, as long as that has been worth it, then sleeps.  0, ETIMEDOUT,
 * EPROTO, ENOTCONN (not connected).  May block.
 */
int rumpuser_shmring_wait(struct rumpuser_shmring *ring, int what,
    int64_t deadline);

/*
 * For an event loop: instead of wait, arm and then poll the descriptors for
 * input (level-triggered); when one is ready, ack and go on receiving.
 */

/** The doorbell, and the peer's pidfd (-1 if the host has none). */
int rumpuser_shmring_fd(const struct rumpuser_shmring *ring);
int rumpuser_shmring_deathfd(const struct rumpuser_shmring *ring);
/**
 * Have the doorbell rung for @what.  EBUSY: one of it is so already, or the
 * peer is gone; nothing was armed.  ENOSYS: nor was it, as the host refuses
 * membarrier(2), which it allowed when the end was opened; poll with a time
 * limit.  EPROTO, ENOTCONN.
 */
int rumpuser_shmring_arm(struct rumpuser_shmring *ring, int what);
/** Silence the doorbell, take note of a dead peer.  Does not block. */
void rumpuser_shmring_ack(struct rumpuser_shmring *ring);

/** Host calls made for this end so far. */
struct rumpuser_shmringstat {
	uint64_t sr_rung;		/* doorbells rung */
	uint64_t sr_slept;		/* waits that slept */
	uint64_t sr_spun;		/* waits that spinning ended */
};
void rumpuser_shmring_stat(const struct rumpuser_shmring *ring,
    struct rumpuser_shmringstat *stat);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_SHMRING_H_ */
