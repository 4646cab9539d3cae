/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.c - messages through a ring: sending and receiving.
 *
 * Each direction is a buffer of bytes with one writer and one reader, who
 * count in tail what was written and in head what was read (single-producer,
 * single-consumer queue, after Lamport 1983; with private copies of the other
 * side's counter, which is read only when the copy says full or empty).  The
 * counters in private memory are the ones an end works with; what the peer
 * publishes is believed only as far as it can be true: tail may grow up to a
 * full buffer, head up to what was published.  A record counts only within
 * the tail that was read, so that half of one is never seen.
 *
 * Ordering: the writer fills a record, then publishes tail; the reader loads
 * tail with acquire, so it sees the record.  The reader is done with a
 * record, then publishes head; the writer loads head with acquire, so its
 * next writes there come after those reads.  A load of the peer's sleep word
 * follows either store; what keeps those two in order is in ringwait.c.
 *
 * Locking: none; see ring.h for who may touch what.
 */
#include "shm/ring.h"

#include <string.h>

#define FETCH_AHEAD	512		/* bytes; at most a ring's least size */
#define FETCH_LINE	64
#define ENOUGH(size)	((size) / 16)	/* bytes that rx_linger() waits for */
#define LINGER_STEP	16		/* rounds: some hundred nanoseconds */
#define LINGER_MAX	1024
#define LINGER_RATE	8		/* bytes a round */
#define LINGER_PROBE	16

static int
broken(struct rumpuser_shmring *r)
{

	rumpuser__ring_setstate(r, SHM_EPROTO);
	return SHM_EPROTO;
}

/* May the ring be used at all by this process, in this state? */
static inline int
usable(const struct rumpuser_shmring *r)
{

	if (__predict_false(!r->rg_connected))
		return SHM_ENOTCONN;
	if (rumpuser__shm_forked(r->rg_seg))
		return SHM_EPERM;
	return 0;
}

/*
 * P1 and P2 of ringwait.c: publish, then look whether the peer sleeps for it.
 */
static inline void
publish(struct rumpuser_shmring *r, uint64_t *counter, uint64_t value,
    uint32_t bit)
{
	const uint64_t *sleep = &r->rg_mem->sleep[!r->rg_side].w;
	uint64_t bits;

	if (__predict_true(r->rg_asym)) {
		__atomic_store_n(counter, value, __ATOMIC_RELEASE);
		/* The compiler's order; the processor's is the sleeper's. */
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		bits = __atomic_load_n(sleep, __ATOMIC_RELAXED);
	} else {
		__atomic_exchange_n(counter, value, __ATOMIC_SEQ_CST);
		bits = __atomic_load_n(sleep, __ATOMIC_SEQ_CST);
	}
	if (__predict_false((bits & bit) != 0))
		rumpuser__ring_bell(r, bit);
}

/*
 * Sending.
 */

static inline int
tx_usable(const struct rumpuser_shmring *r)
{
	int error, state;

	if ((error = usable(r)) != 0)
		return error;
	if (__predict_true((state = rumpuser__ring_state(r)) == 0))
		return 0;
	return state == SHM_EPROTO ? SHM_EPROTO : SHM_EPIPE;
}

static inline void
tx_publish(struct rumpuser_shmring *r)
{

	r->rg_tx.pub = r->rg_tx.tail;
	publish(r, &rumpuser__ring_txfifo(r)->tail.w, r->rg_tx.tail,
	    RUMPUSER_SHMRING_IN);
}

/*
 * The buffer's lines are in the reader's cache, from the last time round; a
 * store to one waits for it, and the stores after it wait in turn, so that
 * writing costs a transfer between caches a line.  Asking for lines to come
 * ahead of time has several on the way at once.  With an exchange for each
 * record it is no help: that waits for all of them anyhow.
 */
static inline void
tx_fetch(struct rumpuser_shmring *r)
{
	uint64_t to = r->rg_tx.tail + FETCH_AHEAD;
	const unsigned char *p;

	if (!r->rg_asym)
		return;
	if (r->rg_tx.fetched < r->rg_tx.tail)
		r->rg_tx.fetched = r->rg_tx.tail & -(uint64_t)FETCH_LINE;
	for (; r->rg_tx.fetched < to; r->rg_tx.fetched += FETCH_LINE) {
		p = r->rg_tx.data + (r->rg_tx.fetched & r->rg_mask);
#ifdef __x86_64__
		/* A no-op where a processor does not have it. */
		__asm__ __volatile__("prefetchw %0" : : "m" (*p));
#else
		__builtin_prefetch(p, 1);
#endif
	}
}

/* Bytes left at the end of the buffer when a record of @need starts over. */
static inline uint64_t
tx_skip(const struct rumpuser_shmring *r, uint64_t need)
{
	uint64_t contig = r->rg_size - (r->rg_tx.tail & r->rg_mask);

	return contig < need ? contig : 0;
}

static inline int
tx_fits(const struct rumpuser_shmring *r, uint64_t need, uint64_t skip)
{

	return r->rg_tx.tail + skip + need - r->rg_tx.head <= r->rg_size;
}

/* Full as far as we knew: how far has the peer read? */
static int
tx_refresh(struct rumpuser_shmring *r, uint64_t need, uint64_t skip)
{
	uint64_t head;

	head = __atomic_load_n(&rumpuser__ring_txfifo(r)->head.w,
	    __ATOMIC_ACQUIRE);
	if (head - r->rg_tx.head > r->rg_tx.pub - r->rg_tx.head ||
	    (head & 7) != 0)
		return broken(r);
	r->rg_tx.head = head;
	if (tx_fits(r, need, skip))
		return 0;
	/* The room will come only if the peer sees what it has to read. */
	if (r->rg_tx.pub != r->rg_tx.tail)
		tx_publish(r);
	r->rg_tx.want = need;
	return SHM_EAGAIN;
}

/* Room for a record with @len bytes after its header, at *@p. */
static inline int
tx_reserve(struct rumpuser_shmring *r, size_t len, unsigned char **p)
{
	uint64_t need, skip;
	int error;

	r->rg_tx.reserved = NO_RESERVE;
	if ((error = tx_usable(r)) != 0)
		return error;
	if (len > r->rg_size / 2 - REC_HDR)
		return SHM_EMSGSIZE;
	need = REC_HDR + REC_UP(len);
	skip = tx_skip(r, need);
	if (__predict_false(!tx_fits(r, need, skip)) &&
	    (error = tx_refresh(r, need, skip)) != 0)
		return error;
	r->rg_tx.skip = skip;
	*p = r->rg_tx.data + ((r->rg_tx.tail + skip) & r->rg_mask) + REC_HDR;
	return 0;
}

/* The record that was reserved is filled: @len bytes of body, @ext before. */
static inline void
tx_commit(struct rumpuser_shmring *r, size_t len, size_t ext, int flags)
{
	uint64_t *rec;

	tx_fetch(r);
	if (__predict_false(r->rg_tx.skip != 0)) {
		rec = (uint64_t *)(r->rg_tx.data +
		    (r->rg_tx.tail & r->rg_mask));
		__atomic_store_n(rec, REC_MAKE(0, REC_SKIP), __ATOMIC_RELAXED);
		r->rg_tx.tail += r->rg_tx.skip;
	}
	rec = (uint64_t *)(r->rg_tx.data + (r->rg_tx.tail & r->rg_mask));
	__atomic_store_n(rec, REC_MAKE(len, flags & ~RUMPUSER_SHMRING_MORE),
	    __ATOMIC_RELAXED);
	r->rg_tx.tail += REC_HDR + REC_UP(ext + len);
	r->rg_tx.want = 0;
	if ((flags & RUMPUSER_SHMRING_MORE) == 0)
		tx_publish(r);
}

int
rumpuser_shmring_send(struct rumpuser_shmring *r, const void *buf, size_t len,
    int flags)
{
	unsigned char *p;
	int error;

	if (__predict_false((flags & ~RUMPUSER_SHMRING_MORE) != 0))
		return SHM_EINVAL;
	if (__predict_false((error = tx_reserve(r, len, &p)) != 0))
		return error;
	memcpy(p, buf, len);
	tx_commit(r, len, 0, flags);
	return 0;
}

int
rumpuser_shmring_sendext(struct rumpuser_shmring *r, const void *buf,
    size_t len, const struct rumpuser_shmext *ext, int flags)
{
	int error, how = flags & ~RUMPUSER_SHMRING_MORE;
	unsigned char *p;

	if (how != RUMPUSER_SHMRING_GIVE && how != RUMPUSER_SHMRING_LEND)
		return SHM_EINVAL;
	if (len > r->rg_size)
		return SHM_EMSGSIZE;
	if ((error = tx_reserve(r, REC_EXT + len, &p)) != 0)
		return error;
	/* Given before it is published: whoever reads of it can take it. */
	error = how == RUMPUSER_SHMRING_GIVE ?
	    rumpuser_shmext_give(r->rg_seg, ext, r->rg_peer) :
	    rumpuser_shmext_addr(r->rg_seg, ext, NULL, NULL);
	if (error != 0)
		return error;
	memcpy(p, ext, REC_EXT);
	memcpy(p + REC_EXT, buf, len);
	tx_commit(r, len, REC_EXT, flags);
	return 0;
}

int
rumpuser_shmring_reserve(struct rumpuser_shmring *r, size_t len, void **bufp)
{
	unsigned char *p;
	int error;

	if ((error = tx_reserve(r, len, &p)) != 0)
		return error;
	r->rg_tx.reserved = len;
	*bufp = p;
	return 0;
}

int
rumpuser_shmring_commit(struct rumpuser_shmring *r, size_t len, int flags)
{
	int error;

	if ((error = tx_usable(r)) != 0)
		return error;
	if (r->rg_tx.reserved == NO_RESERVE || len > r->rg_tx.reserved ||
	    (flags & ~RUMPUSER_SHMRING_MORE) != 0)
		return SHM_EINVAL;
	r->rg_tx.reserved = NO_RESERVE;
	tx_commit(r, len, 0, flags);
	return 0;
}

int
rumpuser_shmring_flush(struct rumpuser_shmring *r)
{
	int error;

	if ((error = tx_usable(r)) != 0)
		return error;
	if (r->rg_tx.pub != r->rg_tx.tail)
		tx_publish(r);
	return 0;
}

/*
 * Receiving.
 */

void
rumpuser__ring_freed(struct rumpuser_shmring *r)
{

	if (r->rg_rx.pub == r->rg_rx.head)
		return;
	r->rg_rx.pub = r->rg_rx.head;
	publish(r, &rumpuser__ring_rxfifo(r)->head.w, r->rg_rx.head,
	    RUMPUSER_SHMRING_OUT);
}

static inline uint64_t
rx_tail(const struct rumpuser_shmring *r)
{

	return __atomic_load_n(&rumpuser__ring_rxfifo(r)->tail.w,
	    __ATOMIC_ACQUIRE);
}

/*
 * A reader at the writer's heels takes the lines from it that it is about to
 * write, the counter's and, as processors fetch ahead, the next records'; and
 * then each message costs both some transfers of lines.  So where there is
 * little to read and the writer is busy, the reader falls back: as long as
 * @tail grows fast, until there is enough.  Whether it does is tried now and
 * then.  The peer can have us lose LINGER_MAX rounds a refresh by this, which
 * it must pay for with as many bytes as it takes.
 */
static uint64_t
rx_linger(struct rumpuser_shmring *r, uint64_t tail)
{
	unsigned int i, n;
	uint64_t now;

	if (!r->rg_rx.linger && ++r->rg_rx.probe < LINGER_PROBE)
		return tail;
	r->rg_rx.probe = 0;
	for (n = 0; n < LINGER_MAX &&
	    tail - r->rg_rx.head < ENOUGH(r->rg_size); n += LINGER_STEP) {
		for (i = 0; i < LINGER_STEP; i++)
			rumpuser__ring_relax();
		now = rx_tail(r);
		r->rg_rx.linger = now - tail >= LINGER_STEP * LINGER_RATE;
		tail = now;
		if (!r->rg_rx.linger)
			break;
	}
	return tail;
}

/*
 * Where a record begins is known only when the header before it has come, so
 * that a reader would wait for a line at a time.  What is published is asked
 * for ahead: some at first, then a piece for each record.
 */
static inline void
rx_fetch(struct rumpuser_shmring *r)
{
	uint64_t to = r->rg_rx.head + FETCH_AHEAD;

	if (r->rg_rx.tail < to)
		to = r->rg_rx.tail;
	if (r->rg_rx.fetched < r->rg_rx.head)
		r->rg_rx.fetched = r->rg_rx.head & -(uint64_t)FETCH_LINE;
	for (; r->rg_rx.fetched < to; r->rg_rx.fetched += FETCH_LINE)
		__builtin_prefetch(r->rg_rx.data +
		    (r->rg_rx.fetched & r->rg_mask));
}

/*
 * Empty as far as we knew: how far has the peer written?  Whether it is gone
 * is loaded first, so that an empty buffer then is empty for good.
 */
static inline int
rx_refresh(struct rumpuser_shmring *r)
{
	int state = rumpuser__ring_state(r);
	uint64_t tail;

	if (__predict_false(state == SHM_EPROTO))
		return SHM_EPROTO;
	tail = rx_tail(r);
	if (tail != r->rg_rx.head &&
	    tail - r->rg_rx.head < ENOUGH(r->rg_size))
		tail = rx_linger(r, tail);
	if (tail - r->rg_rx.head > r->rg_size || (tail & 7) != 0)
		return broken(r);
	r->rg_rx.tail = tail;
	if (tail != r->rg_rx.head) {
		rx_fetch(r);
		return 0;
	}
	rumpuser__ring_freed(r);
	return state == 0 ? SHM_EAGAIN : SHM_ENOTCONN;
}

/*
 * The header of the next record, one load; a skip before it is passed over.
 * *@availp: the bytes from there that are published and in one piece.
 */
static inline int
rx_header(struct rumpuser_shmring *r, uint64_t *hp, uint64_t *availp)
{
	uint64_t avail = r->rg_rx.tail - r->rg_rx.head, contig, off;

	off = r->rg_rx.head & r->rg_mask;
	contig = r->rg_size - off;
	*hp = __atomic_load_n((const uint64_t *)(r->rg_rx.data + off),
	    __ATOMIC_RELAXED);
	if (__predict_false((REC_FLAGS(*hp) & REC_SKIP) != 0)) {
		if (off == 0 || contig >= avail)
			return broken(r);
		r->rg_rx.head += contig;
		avail -= contig;
		contig = r->rg_size;
		*hp = __atomic_load_n((const uint64_t *)r->rg_rx.data,
		    __ATOMIC_RELAXED);
	}
	*availp = avail < contig ? avail : contig;
	return 0;
}

/* An extent comes with the current message: it becomes ours, or ESTALE. */
static int
rx_extent(struct rumpuser_shmring *r, const unsigned char *rec)
{
	struct rumpuser_shmmsg *m = &r->rg_rx.msg;
	int error;

	/* A copy; whatever it is, it is checked below. */
	memcpy(&m->sr_ext, rec + REC_HDR, REC_EXT);
	error = (m->sr_flags & RUMPUSER_SHMRING_GIVE) != 0 ?
	    rumpuser_shmext_take(r->rg_seg, &m->sr_ext, r->rg_peer, NULL,
	    NULL) : rumpuser_shmext_hold(r->rg_seg, &m->sr_ext, NULL, NULL);
	if (error == 0)
		return 0;
	m->sr_flags = 0;
	return SHM_ESTALE;
}

/* Make the next record the current message. */
static inline int
rx_next(struct rumpuser_shmring *r)
{
	struct rumpuser_shmmsg *m = &r->rg_rx.msg;
	uint64_t avail, ext, h, need;
	const unsigned char *rec;
	uint32_t flags;
	int error;

	if (r->rg_rx.tail == r->rg_rx.head && (error = rx_refresh(r)) != 0)
		return error;
	if (__predict_false((error = rx_header(r, &h, &avail)) != 0))
		return error;
	flags = REC_FLAGS(h);
	ext = flags == 0 ? 0 : REC_EXT;
	need = REC_HDR + REC_UP(ext + REC_LEN(h));
	if (__predict_false(need > avail || (flags != 0 &&
	    flags != RUMPUSER_SHMRING_GIVE && flags != RUMPUSER_SHMRING_LEND)))
		return broken(r);
	rec = r->rg_rx.data + (r->rg_rx.head & r->rg_mask);
	r->rg_rx.body = rec + REC_HDR + ext;
	rx_fetch(r);
	r->rg_rx.cur = need;
	m->sr_len = REC_LEN(h);
	m->sr_flags = flags;
	return __predict_false(flags != 0) ? rx_extent(r, rec) : 0;
}

static inline int
rx_peek(struct rumpuser_shmring *r)
{
	int error;

	if ((error = usable(r)) != 0)
		return error;
	return r->rg_rx.cur != 0 ? 0 : rx_next(r);
}

/*
 * What the caller is told of the current message.  Field by field: a copy of
 * the structure would be wide loads, which have to wait for the narrow stores
 * before them.
 */
static inline void
rx_tell(const struct rumpuser_shmring *r, struct rumpuser_shmmsg *msgp)
{

	msgp->sr_len = r->rg_rx.msg.sr_len;
	msgp->sr_flags = r->rg_rx.msg.sr_flags;
	if (__predict_false(msgp->sr_flags != 0))
		msgp->sr_ext = r->rg_rx.msg.sr_ext;
}

/* The peer learns of free room in large pieces, or when it is all free. */
static inline void
rx_consume(struct rumpuser_shmring *r)
{

	r->rg_rx.head += r->rg_rx.cur;
	r->rg_rx.cur = 0;
	if (r->rg_rx.head - r->rg_rx.pub >= r->rg_size / 4)
		rumpuser__ring_freed(r);
}

int
rumpuser_shmring_recv(struct rumpuser_shmring *r, void *buf, size_t cap,
    struct rumpuser_shmmsg *msgp)
{
	int error;

	if ((error = rx_peek(r)) != 0)
		return error;
	rx_tell(r, msgp);
	if (msgp->sr_len > cap)
		return SHM_EMSGSIZE;
	memcpy(buf, r->rg_rx.body, msgp->sr_len);
	rx_consume(r);
	return 0;
}

int
rumpuser_shmring_peek(struct rumpuser_shmring *r, const void **bufp,
    struct rumpuser_shmmsg *msgp)
{
	int error;

	if ((error = rx_peek(r)) != 0)
		return error;
	rx_tell(r, msgp);
	*bufp = r->rg_rx.body;
	return 0;
}

int
rumpuser_shmring_consume(struct rumpuser_shmring *r)
{
	int error;

	if ((error = usable(r)) != 0)
		return error;
	if (r->rg_rx.cur == 0)
		return SHM_EINVAL;
	rx_consume(r);
	return 0;
}
