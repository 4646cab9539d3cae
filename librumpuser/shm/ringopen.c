/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ringopen.c - opening, greeting and closing the ends of a ring.
 *
 * Side 1 greets when it opens its end.  Side 0, once it has that greeting,
 * clears what an earlier pair left in the ring and greets back; only then
 * does side 1 touch the ring.  An end is claimed by the id of its process, so
 * that a dead one's can be taken over, and a living one's cannot.
 *
 * Locking: none; open and close are for one thread.
 */
#include "shm/ring.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HELLO_MAGIC	UINT32_C(0x52696e68)
#define FIRST_SPIN	500

struct hello {
	uint32_t magic;
	uint32_t seg, ring, side;
	uint32_t peer, stamp;
	uint32_t flags;
};

/* It is registered for barriers, and gives one before it sleeps. */
#define HELLO_BARRIER	0x1

/*
 * Greetings.  Who sends one is what the kernel says (SCM_CREDENTIALS), not
 * what is in it.
 */

union cred_control {
	char buf[CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr align;
};

/* Host errno numbers. */
static int
hello_send(const struct rumpuser_shmring *r, uint32_t index)
{
	struct hello h = {
		HELLO_MAGIC, r->rg_seg->sg_id, index, (uint32_t)r->rg_side,
		(uint32_t)r->rg_seg->sg_self, ID_STAMP(r->rg_seg->sg_selfid),
		r->rg_canbar ? HELLO_BARRIER : 0,
	};
	struct ucred cred = { getpid(), geteuid(), getegid() };
	struct iovec iov = { &h, sizeof(h) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union cred_control c;
	struct cmsghdr *cm;
	ssize_t n;

	memset(&c, 0, sizeof(c));
	m.msg_control = &c;
	m.msg_controllen = sizeof(c.buf);
	cm = CMSG_FIRSTHDR(&m);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_CREDENTIALS;
	cm->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(cm), &cred, sizeof(cred));
	n = sendmsg(r->rg_sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1)
		return errno;
	return n == sizeof(h) ? 0 : EMSGSIZE;
}

/*
 * Receive one, if it is there, and its sender's PID (0: not one that has a
 * number here).  Host errno numbers, ENOTCONN at the end of the stream.
 */
static int
hello_recv(const struct rumpuser_shmring *r, struct hello *h, pid_t *pidp)
{
	struct iovec iov = { h, sizeof(*h) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union cred_control c;
	struct ucred cred;
	struct cmsghdr *cm;
	ssize_t n;

	*pidp = 0;
	m.msg_control = &c;
	m.msg_controllen = sizeof(c.buf);
	n = recvmsg(r->rg_sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1)
		return errno == ECONNRESET ? ENOTCONN : errno;
	if (n == 0)
		return ENOTCONN;
	for (cm = CMSG_FIRSTHDR(&m); cm != NULL; cm = CMSG_NXTHDR(&m, cm))
		if (cm->cmsg_level == SOL_SOCKET &&
		    cm->cmsg_type == SCM_CREDENTIALS &&
		    cm->cmsg_len == CMSG_LEN(sizeof(cred))) {
			memcpy(&cred, CMSG_DATA(cm), sizeof(cred));
			*pidp = cred.pid;
		}
	return n == sizeof(*h) ? 0 : EPROTO;
}

/* Whose greeting is it?  Host errno numbers. */
static int
hello_check(struct rumpuser_shmring *r, const struct hello *h, pid_t pid)
{

	if (h->magic != HELLO_MAGIC || h->seg != r->rg_seg->sg_id ||
	    h->ring != r->rg_index || h->side != (uint32_t)!r->rg_side ||
	    h->peer >= r->rg_seg->sg_params.sp_npeers || h->stamp == 0)
		return EPROTO;
	r->rg_peer = (int)h->peer;
	r->rg_asym = r->rg_canbar && (h->flags & HELLO_BARRIER) != 0;
	r->rg_peerid = ID_MAKE((uint32_t)pid, h->stamp);
	if (pid > 0)
		r->rg_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* It may have died since; or the number is another's by now. */
	if (pid > 0 && rumpuser__shm_procdead(r->rg_peerid))
		rumpuser__ring_setstate(r, RUMPUSER_EOWNERDEAD);
	return 0;
}

/*
 * Opening.
 */

/* Host errno numbers. */
static int
claim(struct rumpuser_shmring *r)
{
	uint64_t *w = &r->rg_mem->claim[r->rg_side].w, id;

	id = __atomic_load_n(w, __ATOMIC_ACQUIRE);
	if (id != 0 && !rumpuser__shm_procdead(id))
		return EBUSY;
	return __atomic_compare_exchange_n(w, &id, r->rg_seg->sg_selfid, 0,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) ? 0 : EBUSY;
}

static void
unclaim(struct rumpuser_shmring *r)
{
	uint64_t id = r->rg_seg->sg_selfid;

	__atomic_compare_exchange_n(&r->rg_mem->claim[r->rg_side].w, &id, 0, 0,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* A socket that can serve?  It is told to show who sends.  Host's errno. */
static int
prepare_socket(int sock)
{
	int domain, on = 1, type;
	socklen_t len = sizeof(int);

	if (getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1 ||
	    getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &len) == -1)
		return errno;
	if (domain != AF_UNIX || (type != SOCK_STREAM &&
	    type != SOCK_SEQPACKET))
		return EINVAL;
	return setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ==
	    -1 ? errno : 0;
}

static void
ring_init(struct rumpuser_shmring *r, struct rumpuser_shmseg *seg,
    unsigned int index, int side, int sock)
{
	pthread_condattr_t attr;
	unsigned char *data;

	memset(r, 0, sizeof(*r));
	r->rg_seg = seg;
	r->rg_index = index;
	r->rg_side = side;
	r->rg_sock = sock;
	r->rg_pidfd = -1;
	r->rg_size = seg->sg_params.sp_ringbytes;
	r->rg_mask = r->rg_size - 1;
	r->rg_mem = (struct shm_ringmem *)(seg->sg_base +
	    seg->sg_layout.sl_rings + index * seg->sg_layout.sl_ringsize);
	data = (unsigned char *)(r->rg_mem + 1);
	r->rg_tx.data = data + (side == 0 ? 0 : r->rg_size);
	r->rg_tx.reserved = NO_RESERVE;
	r->rg_rx.data = data + (side == 0 ? r->rg_size : 0);
	r->rg_wait[0].spin = r->rg_wait[1].spin = FIRST_SPIN;
	pthread_mutex_init(&r->rg_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->rg_cv, &attr);
	pthread_condattr_destroy(&attr);
}

static void
ring_free(struct rumpuser_shmring *r)
{

	pthread_cond_destroy(&r->rg_cv);
	pthread_mutex_destroy(&r->rg_lock);
	free(r);
}

/* Host errno numbers. */
HOSTCALL int
open_end(struct rumpuser_shmseg *seg, unsigned int index, int side, int sock,
    struct rumpuser_shmring **ringp)
{
	struct rumpuser_shmring *r;
	int error, serrno = errno;
	void *p;

	if ((error = prepare_socket(sock)) != 0 ||
	    (error = posix_memalign(&p, SHM_LINE, sizeof(*r))) != 0) {
		errno = serrno;
		return error;
	}
	r = p;
	ring_init(r, seg, index, side, sock);
	r->rg_canbar = rumpuser__shm_barrier_init();
	if ((error = claim(r)) == 0 && side == 1 &&
	    (error = hello_send(r, index)) != 0)
		unclaim(r);
	if (error != 0)
		ring_free(r);
	else
		*ringp = r;
	errno = serrno;
	return error;
}

int
rumpuser_shmring_open(struct rumpuser_shmseg *seg, unsigned int index,
    int side, int sock, struct rumpuser_shmring **ringp)
{

	if (rumpuser__shm_forked(seg))
		return SHM_EPERM;
	if (index >= seg->sg_params.sp_nrings || side < 0 || side > 1)
		return SHM_EINVAL;
	return rumpuser__errtrans(open_end(seg, index, side, sock, ringp));
}

/*
 * Connecting.
 */

/* Side 0: a new pair begins.  Nobody else touches the ring yet. */
static void
ring_clear(struct rumpuser_shmring *r)
{
	struct shm_ringmem *m = r->rg_mem;
	int i;

	for (i = 0; i < 2; i++) {
		__atomic_store_n(&m->closed[i].w, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&m->sleep[i].w, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&m->fifo[i].tail.w, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&m->fifo[i].head.w, 0, __ATOMIC_SEQ_CST);
	}
}

/* Take the peer's greeting if it is there; EAGAIN: it is not.  Host errno. */
static int
greet(struct rumpuser_shmring *r)
{
	struct hello h;
	pid_t pid;
	int error;

	if ((error = hello_recv(r, &h, &pid)) != 0 ||
	    (error = hello_check(r, &h, pid)) != 0)
		return error;
	if (r->rg_side == 0) {
		ring_clear(r);
		/* A peer that is gone by now is found out later. */
		if ((error = hello_send(r, r->rg_index)) != 0)
			return error == EPIPE || error == ECONNRESET ?
			    ENOTCONN : error;
	}
	return 0;
}

/* Wait for input until @deadline; host errno numbers. */
static int
await(int sock, int64_t deadline)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	struct timespec ts;
	int64_t left = 0;

	if (deadline >= 0) {
		left = deadline - rumpuser__shm_now();
		if (left <= 0)
			return ETIMEDOUT;
		ts.tv_sec = left / 1000000000;
		ts.tv_nsec = left % 1000000000;
	}
	if (ppoll(&pfd, 1, deadline < 0 ? NULL : &ts, NULL) == -1 &&
	    errno != EINTR)
		return errno;
	return 0;
}

HOSTCALL int
connect_end(struct rumpuser_shmring *r, int64_t deadline)
{
	int error, serrno = errno;

	while ((error = greet(r)) == EAGAIN || error == EINTR)
		if ((error = await(r->rg_sock, deadline)) != 0)
			break;
	errno = serrno;
	return error;
}

int
rumpuser_shmring_connect(struct rumpuser_shmring *r, int64_t deadline)
{
	int cookie, error;

	if (r->rg_connected)
		return 0;
	if (rumpuser__shm_forked(r->rg_seg))
		return SHM_EPERM;
	if (rumpuser__ring_state(r) != 0)
		return rumpuser__ring_state(r) == SHM_EPROTO ? SHM_EPROTO :
		    SHM_ENOTCONN;
	cookie = rumpuser__unschedule(NULL);
	error = rumpuser__errtrans(connect_end(r, deadline));
	rumpuser__schedule(cookie, NULL);
	if (error == 0)
		r->rg_connected = 1;
	else if (error != SHM_ETIMEDOUT)
		rumpuser__ring_setstate(r, error == SHM_EPROTO ? SHM_EPROTO :
		    SHM_ENOTCONN);
	return error;
}

/*
 * Closing.
 */

/* In good order: what was sent counts, and the peer is told. */
static void
leave(struct rumpuser_shmring *r)
{

	if (r->rg_connected) {
		(void)rumpuser_shmring_flush(r);
		rumpuser__ring_freed(r);
		__atomic_store_n(&r->rg_mem->closed[r->rg_side].w, 1,
		    __ATOMIC_RELEASE);
	}
	unclaim(r);
	if (r->rg_connected && rumpuser__ring_state(r) != 0 &&
	    rumpuser__shm_procdead(r->rg_peerid))
		rumpuser__shm_untransit(r->rg_seg, r->rg_peer);
}

HOSTCALL void
close_end(struct rumpuser_shmring *r)
{
	int serrno = errno;

	if (!rumpuser__shm_forked(r->rg_seg))
		leave(r);
	close(r->rg_sock);
	if (r->rg_pidfd != -1)
		close(r->rg_pidfd);
	ring_free(r);
	errno = serrno;
}

void
rumpuser_shmring_close(struct rumpuser_shmring *r)
{

	if (r != NULL)
		close_end(r);
}

size_t
rumpuser_shmring_maxlen(const struct rumpuser_shmring *r)
{

	return r->rg_size / 2 - REC_HDR - REC_EXT;
}

int
rumpuser_shmring_peer(const struct rumpuser_shmring *r)
{

	return r->rg_peer;
}
