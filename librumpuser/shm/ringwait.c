/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ringwait.c - waiting for the peer: spinning, sleeping, doorbells, death.
 *
 * The doorbell is the connected socket the ring was opened with, not an
 * eventfd: that would be one open file shared with the peer, who could make
 * it blocking under us, or read our wake-ups from it.  A socket has a side
 * each; and when the peer is gone it says so in the same poll.
 *
 * No wake-up is lost.  Who is going to sleep
 *	S1  sets its bit in its sleep word,	S2  loads the peer's counter,
 * and polls only if that has not moved.  Who publishes
 *	P1  stores its counter,			P2  loads the sleep word,
 * and, where it finds the bit, clears it and sends a byte.  That a message
 * was sent or room freed is the same to this; each direction's counters have
 * a bit of their own.  What must not be is that S2 misses P1 and P2 misses
 * S1, as happens when a processor loads before its store has got out.
 *
 * A fence between P1 and P2 would cost each message the wait for its stores
 * to reach memory, and sleeping is rare: the barrier for both is bought
 * there (rg_asym).  Between S1 and S2 stands MEMBARRIER_CMD_GLOBAL_EXPEDITED,
 * during which every running thread of every registered process, the peer's
 * among them, passes a point B where its memory accesses are as its program
 * has them; one that does not run has passed such a point when it stopped,
 * and does when it goes on.  Either P1 is before B: then it is visible when
 * membarrier returns, S2 sees it, and the sleeper does not sleep.  Or P1 is
 * after B, and so is P2; S1 was made visible before B: P2 sees the bit, and
 * the byte is sent.  P1 and P2 are kept in order by the compiler alone.
 *
 * Each end says in its greeting, once and before the ring is used, that its
 * process is registered and that it gives the barrier.  Unless both do, P1
 * is an exchange and all four are sequentially consistent: in their one order
 * either P1 is before S2, or S2 before P1, hence S1 before P2.  A peer that
 * lies and sleeps without a barrier misses wake-ups of its own; one that
 * publishes without being registered fails to wake us, which it could do
 * just as well by never ringing.  It can make no other difference: what is
 * believed of the counters is checked the same way.
 *
 * A membarrier that is refused though it once worked (a filter installed
 * since) leaves a sleeper that may miss a bell: it polls in short pieces.
 *
 * A byte stays in the socket until it is read, after which S1 and S2 are done
 * again.  While the peer is awake its bit is clear and P2 is a load from a
 * line nobody writes: no host call.
 *
 * Two threads of one end, the sender and the receiver, may sleep at once on
 * one socket.  One of them, the leader, polls and reads it; then it wakes
 * the other (rg_lock, rg_cv), which looks for itself and may lead next.
 */
#include "shm/ring.h"

#include <sys/socket.h>

#include <poll.h>
#include <time.h>
#include <unistd.h>

#define SPIN_MAX	2000		/* rounds: some tens of microseconds */
#define SPIN_MIN	16
#define PROBE_EVERY	16
#define PAUSE_MAX	16		/* rounds between two looks */
#define BLIND		1000000		/* ns asleep without a barrier */
#define FLOOD		8		/* reads of a socket that never empties */

void
rumpuser__ring_setstate(struct rumpuser_shmring *r, int state)
{
	int none = 0;

	/* Nonsense is said even of a peer that is gone. */
	if (state == SHM_EPROTO)
		__atomic_store_n(&r->rg_state, state, __ATOMIC_RELEASE);
	else
		__atomic_compare_exchange_n(&r->rg_state, &none, state, 0,
		    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

static void
gone(struct rumpuser_shmring *r)
{
	int closed;

	closed = __atomic_load_n(&r->rg_mem->closed[!r->rg_side].w,
	    __ATOMIC_ACQUIRE) != 0;
	rumpuser__ring_setstate(r, closed ? SHM_ENOTCONN :
	    RUMPUSER_EOWNERDEAD);
}

/*
 * Ring.  MSG_DONTWAIT: a socket that is full of bells has rung.  Any other
 * failure is the peer's end.
 */
void
rumpuser__ring_bell(struct rumpuser_shmring *r, uint32_t bit)
{
	int serrno = errno;

	if ((__atomic_fetch_and(&r->rg_mem->sleep[!r->rg_side].w,
	    ~(uint64_t)bit, __ATOMIC_SEQ_CST) & bit) == 0)
		return;
	__atomic_fetch_add(&r->rg_rung, 1, __ATOMIC_RELAXED);
	if (send(r->rg_sock, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
	    errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM &&
	    errno != EINTR)
		gone(r);
	errno = serrno;
}

/* Read the bells away; descriptors that come with them are dropped. */
static void
silence(struct rumpuser_shmring *r)
{
	char buf[64];
	ssize_t n;
	int i;

	for (i = 0; i < FLOOD; i++) {
		n = recv(r->rg_sock, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			gone(r);
		if (n < (ssize_t)sizeof(buf))
			return;
	}
}

/* Sleep for a bell, death or the deadline, and take note. */
static void
look(struct rumpuser_shmring *r, int64_t deadline)
{
	struct pollfd pfd[2] = {
		{ .fd = r->rg_sock, .events = POLLIN | POLLRDHUP },
		{ .fd = r->rg_pidfd, .events = POLLIN },
	};
	struct timespec ts, *tp = NULL;
	int64_t left;

	if (deadline >= 0) {
		left = deadline - rumpuser__shm_now();
		if (deadline == 0 || left < 0)
			left = 0;
		ts.tv_sec = left / 1000000000;
		ts.tv_nsec = left % 1000000000;
		tp = &ts;
	}
	if (ppoll(pfd, 2, tp, NULL) <= 0)
		return;
	if ((pfd[0].revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0
	    || pfd[1].revents != 0)
		gone(r);
	if ((pfd[0].revents & POLLIN) != 0)
		silence(r);
}

HOSTCALL void
look_now(struct rumpuser_shmring *r)
{
	int serrno = errno;

	look(r, 0);
	errno = serrno;
}

void
rumpuser__ring_look(struct rumpuser_shmring *r)
{

	look_now(r);
}

/*
 * Is there something?  The loads are S2 above.  A counter that cannot be
 * true is something, too: the call that follows will say so.
 */

static inline int
in_ready(const struct rumpuser_shmring *r)
{

	return r->rg_rx.cur != 0 || __atomic_load_n(
	    &rumpuser__ring_rxfifo(r)->tail.w, __ATOMIC_SEQ_CST) !=
	    r->rg_rx.head;
}

static inline int
out_ready(const struct rumpuser_shmring *r)
{
	uint64_t contig, head, need = r->rg_tx.want;

	head = __atomic_load_n(&rumpuser__ring_txfifo(r)->head.w,
	    __ATOMIC_SEQ_CST);
	if (head - r->rg_tx.head > r->rg_tx.pub - r->rg_tx.head)
		return 1;
	contig = r->rg_size - (r->rg_tx.tail & r->rg_mask);
	return r->rg_tx.tail + (contig < need ? contig : 0) + need - head <=
	    r->rg_size;
}

static inline int
ready(const struct rumpuser_shmring *r, int what)
{

	return ((what & RUMPUSER_SHMRING_IN) != 0 && in_ready(r)) ||
	    ((what & RUMPUSER_SHMRING_OUT) != 0 && out_ready(r)) ||
	    rumpuser__ring_state(r) != 0;
}

/* Before waiting: what the peer may wait for in turn is published. */
static int
settle(struct rumpuser_shmring *r, int what)
{

	if (!r->rg_connected)
		return SHM_ENOTCONN;
	if (rumpuser__shm_forked(r->rg_seg))
		return SHM_EPERM;
	if ((what & (RUMPUSER_SHMRING_IN | RUMPUSER_SHMRING_OUT)) == 0 ||
	    (what & ~(RUMPUSER_SHMRING_IN | RUMPUSER_SHMRING_OUT)) != 0)
		return SHM_EINVAL;
	if (rumpuser__ring_state(r) == SHM_EPROTO)
		return SHM_EPROTO;
	if (what & RUMPUSER_SHMRING_IN)
		rumpuser__ring_freed(r);
	if (what & RUMPUSER_SHMRING_OUT)
		(void)rumpuser_shmring_flush(r);
	return 0;
}

/* S1 and the barrier after it; an error: the peer may not see it. */
static int
announce(struct rumpuser_shmring *r, int what)
{

	__atomic_fetch_or(&r->rg_mem->sleep[r->rg_side].w, (uint64_t)what,
	    __ATOMIC_SEQ_CST);
	return r->rg_asym ? rumpuser__shm_barrier() : 0;
}

static inline void
unannounce(struct rumpuser_shmring *r, int what)
{

	__atomic_fetch_and(&r->rg_mem->sleep[r->rg_side].w, ~(uint64_t)what,
	    __ATOMIC_SEQ_CST);
}

/* How long to sleep when the barrier failed. */
static int64_t
soon(int64_t deadline)
{
	int64_t t = rumpuser__shm_now() + BLIND;

	return deadline < 0 || t < deadline ? t : deadline;
}

/* Not the leader: until that one has looked; under rg_lock. */
static void
follow(struct rumpuser_shmring *r, int64_t deadline)
{
	struct timespec ts;

	if (deadline < 0) {
		pthread_cond_wait(&r->rg_cv, &r->rg_lock);
		return;
	}
	ts.tv_sec = deadline / 1000000000;
	ts.tv_nsec = deadline % 1000000000;
	pthread_cond_timedwait(&r->rg_cv, &r->rg_lock, &ts);
}

/* Poll for all; under rg_lock, which is let go meanwhile. */
static void
lead(struct rumpuser_shmring *r, int64_t deadline)
{

	r->rg_leader = 1;
	pthread_mutex_unlock(&r->rg_lock);
	look(r, deadline);
	pthread_mutex_lock(&r->rg_lock);
	r->rg_leader = 0;
	pthread_cond_broadcast(&r->rg_cv);
}

/* Sleep until there is something; called without a virtual CPU. */
HOSTCALL int
wait_sleep(struct rumpuser_shmring *r, int what, int64_t deadline)
{
	int blind, error = 0, serrno = errno;
	int64_t until;

	pthread_mutex_lock(&r->rg_lock);
	for (;;) {
		blind = announce(r, what);
		if (ready(r, what))
			break;
		if (deadline >= 0 && rumpuser__shm_now() >= deadline) {
			error = SHM_ETIMEDOUT;
			break;
		}
		until = blind ? soon(deadline) : deadline;
		if (r->rg_leader)
			follow(r, until);
		else
			lead(r, until);
	}
	unannounce(r, what);
	pthread_mutex_unlock(&r->rg_lock);
	errno = serrno;
	return error;
}

/*
 * Spin for as long as that has paid off: twice as long after a success, half
 * as long after a failure; and now and then as long as it may be, in case the
 * peer has become busy.  The pauses between looks grow: each look takes a
 * line from the peer that it is about to write, and one that finds nothing
 * holds it up.
 */
static int
wait_spin(struct rumpuser_shmring *r, int what)
{
	int who = (what & RUMPUSER_SHMRING_IN) == 0;
	unsigned int i, j, n = r->rg_wait[who].spin, pause = 1;

	if (++r->rg_wait[who].probe == PROBE_EVERY) {
		r->rg_wait[who].probe = 0;
		n = SPIN_MAX;
	}
	for (i = 0; i < n; i += pause) {
		if (ready(r, what)) {
			r->rg_wait[who].spun++;
			n = 2 * n > i ? 2 * n : i;
			r->rg_wait[who].spin = n < SPIN_MAX ? n : SPIN_MAX;
			return 1;
		}
		for (j = 0; j < pause; j++)
			rumpuser__ring_relax();
		pause = pause < PAUSE_MAX ? 2 * pause : pause;
	}
	n = r->rg_wait[who].spin / 2;
	r->rg_wait[who].spin = n > SPIN_MIN ? n : SPIN_MIN;
	r->rg_wait[who].slept++;
	return 0;
}

int
rumpuser_shmring_wait(struct rumpuser_shmring *r, int what, int64_t deadline)
{
	int cookie, error;

	if ((error = settle(r, what)) != 0)
		return error;
	if (ready(r, what) || wait_spin(r, what))
		return 0;
	cookie = rumpuser__unschedule(NULL);
	error = wait_sleep(r, what, deadline);
	rumpuser__schedule(cookie, NULL);
	return error;
}

/*
 * For an event loop, which polls itself.
 */

int
rumpuser_shmring_arm(struct rumpuser_shmring *r, int what)
{
	int error;

	if ((error = settle(r, what)) != 0)
		return error;
	/* A barrier is not cheap. */
	if (ready(r, what))
		return SHM_EBUSY;
	error = announce(r, what);
	if (error == 0 && !ready(r, what))
		return 0;
	unannounce(r, what);
	return error == 0 ? SHM_EBUSY : error;
}

void
rumpuser_shmring_ack(struct rumpuser_shmring *r)
{

	if (!r->rg_connected || rumpuser__shm_forked(r->rg_seg))
		return;
	unannounce(r, RUMPUSER_SHMRING_IN | RUMPUSER_SHMRING_OUT);
	look_now(r);
}

int
rumpuser_shmring_status(struct rumpuser_shmring *r, int ask)
{

	if (!r->rg_connected)
		return SHM_ENOTCONN;
	if (rumpuser__shm_forked(r->rg_seg))
		return SHM_EPERM;
	if (ask && rumpuser__ring_state(r) == 0)
		look_now(r);
	return rumpuser__ring_state(r);
}

int
rumpuser_shmring_fd(const struct rumpuser_shmring *r)
{

	return r->rg_sock;
}

int
rumpuser_shmring_deathfd(const struct rumpuser_shmring *r)
{

	return r->rg_pidfd;
}

void
rumpuser_shmring_stat(const struct rumpuser_shmring *r,
    struct rumpuser_shmringstat *st)
{

	st->sr_rung = __atomic_load_n(&r->rg_rung, __ATOMIC_RELAXED);
	st->sr_slept = r->rg_wait[0].slept + r->rg_wait[1].slept;
	st->sr_spun = r->rg_wait[0].spun + r->rg_wait[1].spun;
}
