/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poller_uring.c - the poller on io_uring(7): watches are poll requests, and
 * transfers (chan.c) are submitted and completed in batches, many for one
 * system call.
 *
 * A request outlives what it was made for: it ends with a completion, whatever
 * happens to the descriptor.  So a watch has a record of its own, which is
 * freed by the last completion of its request, and a transfer has a slot with
 * a generation that says whether somebody still waits for it.
 *
 * The host ends the requests of a thread that exits.  Whoever did not ask for
 * that has his request made again by the thread that runs the task.
 *
 * Locking: p->mtx guards the submission queue, taking completions, the records
 * and the slots; it is not held while the thread that runs the task waits.
 * Under the task's lock, if both are held.
 */
#include "event/impl.h"

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SQ_ENTRIES	1024
#define CQ_ENTRIES	8192
#define MAX_REFUSALS	16		/* of a watch, which then has an error */

/* What a completion is for: the low bits of its user data. */
enum { TAG_NONE, TAG_WATCH, TAG_IO, TAG_WAKE, TAG_TIMER, TAG_MASK = 7 };

#define CONDITIONS	(POLLIN | POLLPRI | POLLOUT | POLLERR | POLLHUP | \
    POLLRDHUP)

struct watch {
	int fd;				/* -1: nobody waits for it any more */
	uint32_t mask;
	uint64_t data;
	dev_t dev;			/* which file it was */
	ino_t ino;
	uint32_t met;			/* conditions to report */
	uint8_t inflight;		/* a request has not ended */
	uint8_t toarm;			/* on the list of that name */
	uint8_t ready;			/* likewise */
	uint8_t refused;		/* requests in a row */
	TAILQ_ENTRY(watch) arm_entry;
	TAILQ_ENTRY(watch) ready_entry;
	LIST_ENTRY(watch) all_entry;
};
TAILQ_HEAD(watch_list, watch);
TAILQ_HEAD(io_list, poller_io);

struct slot {
	struct poller_io *io;		/* NULL: free, or retracted */
	uint32_t gen;
	uint32_t next;			/* free list */
};
#define NOSLOT	UINT32_MAX

struct poller {
	pthread_mutex_t mtx;
	struct io_uring ring;
	int wakefd, timerfd;
	int64_t alarm;
	unsigned int max;
	struct watch **watches;		/* by descriptor */
	unsigned int nwatches;
	struct watch_list toarm, ready;
	LIST_HEAD(, watch) all;
	struct slot *slots;
	uint32_t nslots, freeslot;
	struct io_list again;		/* to be submitted anew */
	struct io_list done;		/* to be reported */
};

static struct io_uring_sqe *
sqe_get(struct poller *p)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&p->ring);

	if (sqe == NULL) {
		/* The queue is full: hand it over, which empties it. */
		(void)io_uring_submit(&p->ring);
		sqe = io_uring_get_sqe(&p->ring);
	}
	return sqe;
}

static void
sqe_tag(struct io_uring_sqe *sqe, uint64_t value, unsigned int tag)
{

	io_uring_sqe_set_data64(sqe, value | tag);
}

static void
watch_later(struct poller *p, struct watch *w)
{

	if (!w->toarm) {
		w->toarm = 1;
		TAILQ_INSERT_TAIL(&p->toarm, w, arm_entry);
	}
}

/* Make a request for a watch; left on the list if there is no room. */
static int
watch_arm(struct poller *p, struct watch *w)
{
	struct io_uring_sqe *sqe;

	if ((sqe = sqe_get(p)) == NULL)
		return EAGAIN;
	if (w->mask & RUMPUSER_POLL_EDGE)
		io_uring_prep_poll_multishot(sqe, w->fd,
		    w->mask & CONDITIONS);
	else
		io_uring_prep_poll_add(sqe, w->fd, w->mask & CONDITIONS);
	sqe_tag(sqe, (uintptr_t)w, TAG_WATCH);
	w->inflight = 1;
	return 0;
}

/* Off the lists: nothing to arm, nothing to report. */
static void
watch_calm(struct poller *p, struct watch *w)
{

	if (w->toarm)
		TAILQ_REMOVE(&p->toarm, w, arm_entry);
	if (w->ready)
		TAILQ_REMOVE(&p->ready, w, ready_entry);
	w->toarm = w->ready = 0;
	w->met = 0;
}

static void
watch_free(struct poller *p, struct watch *w)
{

	watch_calm(p, w);
	LIST_REMOVE(w, all_entry);
	free(w);
}

/* End the request of a watch; its completion says when that is done. */
static int
watch_end(struct poller *p, struct watch *w)
{
	struct io_uring_sqe *sqe;

	if ((sqe = sqe_get(p)) == NULL)
		return EAGAIN;
	io_uring_prep_poll_remove(sqe, (uintptr_t)w | TAG_WATCH);
	sqe_tag(sqe, 0, TAG_NONE);
	return 0;
}

/* Those of the poller's own descriptors that are seen by edges. */
static int
own_arm(struct poller *p, int fd, unsigned int tag)
{
	struct io_uring_sqe *sqe;

	if ((sqe = sqe_get(p)) == NULL)
		return EAGAIN;
	io_uring_prep_poll_multishot(sqe, fd, POLLIN);
	sqe_tag(sqe, 0, tag);
	return 0;
}

static int
submit(struct poller *p)
{
	int n = 0;

	while (io_uring_sq_ready(&p->ring) > 0 &&
	    (n = io_uring_submit(&p->ring)) == -EINTR)
		continue;
	return n < 0 ? -n : 0;
}

static int
ring_open(struct poller *p)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
		.cq_entries = CQ_ENTRIES,
	};
	int error;

	p->timerfd = -1;
	p->alarm = 0;
	if ((p->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) == -1)
		return errno;
	error = -io_uring_queue_init_params(SQ_ENTRIES, &p->ring, &params);
	/* Waiting with a deadline while others submit, and no lost events. */
	if (error == 0 && (params.features & (IORING_FEAT_EXT_ARG |
	    IORING_FEAT_NODROP)) != (IORING_FEAT_EXT_ARG |
	    IORING_FEAT_NODROP)) {
		io_uring_queue_exit(&p->ring);
		error = EOPNOTSUPP;
	}
	if (error == 0) {
		(void)io_uring_ring_dontfork(&p->ring);
		error = own_arm(p, p->wakefd, TAG_WAKE);
		if (error == 0)
			error = submit(p);
		if (error != 0)
			io_uring_queue_exit(&p->ring);
	}
	if (error != 0) {
		close(p->wakefd);
		p->wakefd = -1;
	}
	return error;
}

static int
ur_create(struct poller **pp, unsigned int max)
{
	struct poller *p;
	int error;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ENOMEM;
	pthread_mutex_init(&p->mtx, NULL);
	TAILQ_INIT(&p->toarm);
	TAILQ_INIT(&p->ready);
	TAILQ_INIT(&p->again);
	TAILQ_INIT(&p->done);
	p->max = max;
	p->freeslot = NOSLOT;
	if ((error = ring_open(p)) != 0) {
		pthread_mutex_destroy(&p->mtx);
		free(p);
		/* Not there, or forbidden: another poller is to be taken. */
		return error == ENOSYS || error == EPERM || error == EINVAL ?
		    EOPNOTSUPP : error;
	}
	*pp = p;
	return 0;
}

static void
ur_destroy(struct poller *p)
{
	struct watch *w;

	io_uring_queue_exit(&p->ring);
	close(p->wakefd);
	if (p->timerfd != -1)
		close(p->timerfd);
	while ((w = LIST_FIRST(&p->all)) != NULL)
		watch_free(p, w);
	free(p->watches);
	free(p->slots);
	pthread_mutex_destroy(&p->mtx);
	free(p);
}

/*
 * Watches.
 */

static struct watch *
watch_find(struct poller *p, int fd)
{

	return (unsigned int)fd < p->nwatches ? p->watches[fd] : NULL;
}

/* Room for a watch of this descriptor in the table. */
static int
watch_room(struct poller *p, int fd)
{
	unsigned int n = p->nwatches;
	struct watch **t;

	if ((unsigned int)fd < n)
		return 0;
	n = n * 2 > (unsigned int)fd + 1 ? n * 2 : (unsigned int)fd + 64;
	if ((t = realloc(p->watches, n * sizeof(*t))) == NULL)
		return ENOMEM;
	memset(t + p->nwatches, 0, (n - p->nwatches) * sizeof(*t));
	p->watches = t;
	p->nwatches = n;
	return 0;
}

/* The watch goes; what the host still has of it ends by itself. */
static void
watch_drop(struct poller *p, struct watch *w)
{

	p->watches[w->fd] = NULL;
	w->fd = -1;
	watch_calm(p, w);
	if (!w->inflight)
		watch_free(p, w);
	else if (watch_end(p, w) == 0)
		(void)submit(p);
}

/* Let the watch have this mask from now on, and report what is there. */
static int
watch_set(struct poller *p, struct watch *w, uint32_t mask, uint64_t data)
{
	int error = 0;

	watch_calm(p, w);
	w->refused = 0;
	w->mask = mask;
	w->data = data;
	if (w->inflight)
		error = watch_end(p, w);
	else
		error = watch_arm(p, w);
	return error != 0 ? error : submit(p);
}

static int
add(struct poller *p, int fd, uint32_t mask, uint64_t data,
    const struct stat *sb)
{
	struct watch *w = watch_find(p, fd);
	int error;

	if (w != NULL && w->dev == sb->st_dev && w->ino == sb->st_ino)
		return EEXIST;
	if (w != NULL)
		watch_drop(p, w);	/* the number is another file's now */
	if ((error = watch_room(p, fd)) != 0)
		return error;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ENOMEM;
	w->fd = fd;
	w->dev = sb->st_dev;
	w->ino = sb->st_ino;
	LIST_INSERT_HEAD(&p->all, w, all_entry);
	p->watches[fd] = w;
	if ((error = watch_set(p, w, mask, data)) != 0)
		watch_drop(p, w);
	return error;
}

static int
ur_add(struct poller *p, int fd, uint32_t mask, uint64_t data)
{
	struct stat sb;
	int error;

	if (fstat(fd, &sb) == -1)
		return errno;
	if (S_ISREG(sb.st_mode) || S_ISDIR(sb.st_mode))
		return EPERM;
	pthread_mutex_lock(&p->mtx);
	error = add(p, fd, mask, data, &sb);
	pthread_mutex_unlock(&p->mtx);
	return error;
}

static int
ur_modify(struct poller *p, int fd, uint32_t mask, uint64_t data)
{
	struct watch *w;
	int error = ENOENT;

	pthread_mutex_lock(&p->mtx);
	if ((w = watch_find(p, fd)) != NULL)
		error = watch_set(p, w, mask, data);
	pthread_mutex_unlock(&p->mtx);
	return error;
}

static int
ur_remove(struct poller *p, int fd)
{
	struct watch *w;

	pthread_mutex_lock(&p->mtx);
	if ((w = watch_find(p, fd)) != NULL)
		watch_drop(p, w);
	pthread_mutex_unlock(&p->mtx);
	return w != NULL ? 0 : ENOENT;
}

static void
ur_wake(struct poller *p)
{
	const uint64_t one = 1;

	(void)!write(p->wakefd, &one, sizeof(one));
}

/*
 * Transfers.
 */

static uint64_t
io_data(const struct poller *p, uint32_t i)
{

	return (uint64_t)p->slots[i].gen << 32 | (uint64_t)i << 3 | TAG_IO;
}

static int
slot_take(struct poller *p, uint32_t *ip)
{
	uint32_t i, n = p->nslots != 0 ? p->nslots * 2 : 64;
	struct slot *s;

	if (p->freeslot == NOSLOT) {
		if (n > UINT32_MAX >> 4 ||
		    (s = realloc(p->slots, n * sizeof(*s))) == NULL)
			return ENOMEM;
		for (i = p->nslots; i < n; i++)
			s[i] = (struct slot){ .next = i + 1 < n ? i + 1 :
			    NOSLOT };
		p->freeslot = p->nslots;
		p->slots = s;
		p->nslots = n;
	}
	*ip = p->freeslot;
	p->freeslot = p->slots[*ip].next;
	return 0;
}

static void
slot_free(struct poller *p, uint32_t i)
{

	p->slots[i].io = NULL;
	p->slots[i].gen++;
	p->slots[i].next = p->freeslot;
	p->freeslot = i;
}

static void
io_prep(struct io_uring_sqe *sqe, struct poller_io *io)
{
	size_t len = io->pi_len < INT32_MAX ? io->pi_len : INT32_MAX;

	switch (io->pi_op) {
	case POLLER_IO_READ:
		if (io->pi_socket)
			io_uring_prep_recv(sqe, io->pi_fd, io->pi_buf, len, 0);
		else
			io_uring_prep_read(sqe, io->pi_fd, io->pi_buf,
			    (unsigned int)len, (uint64_t)-1);
		break;
	case POLLER_IO_WRITE:
		if (io->pi_socket)
			io_uring_prep_send(sqe, io->pi_fd, io->pi_buf, len,
			    MSG_NOSIGNAL | MSG_WAITALL);
		else
			io_uring_prep_write(sqe, io->pi_fd, io->pi_buf,
			    (unsigned int)len, (uint64_t)-1);
		break;
	case POLLER_IO_ACCEPT:
		io_uring_prep_accept(sqe, io->pi_fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		break;
	default:
		io_uring_prep_connect(sqe, io->pi_fd, io->pi_buf,
		    (socklen_t)len);
		break;
	}
}

static int
io_start(struct poller *p, struct poller_io *io)
{
	struct io_uring_sqe *sqe;

	if ((sqe = sqe_get(p)) == NULL)
		return EAGAIN;
	io_prep(sqe, io);
	io_uring_sqe_set_data64(sqe, io_data(p, io->pi_slot));
	return 0;
}

static int
ur_submit(struct poller *p, struct poller_io *io, int now)
{
	int error;

	pthread_mutex_lock(&p->mtx);
	if ((error = slot_take(p, &io->pi_slot)) == 0) {
		p->slots[io->pi_slot].io = io;
		io->pi_state = POLLER_IO_INFLIGHT;
		if ((error = io_start(p, io)) != 0)
			slot_free(p, io->pi_slot);
		else if (now && submit(p) != 0)
			/* Who runs the task will try again. */
			ur_wake(p);
	}
	pthread_mutex_unlock(&p->mtx);
	return error;
}

static struct poller_io *
ur_take(struct poller *p, uint64_t data)
{
	uint32_t i = (uint32_t)data >> 3;
	struct poller_io *io = NULL;

	pthread_mutex_lock(&p->mtx);
	if (i < p->nslots && p->slots[i].gen == (uint32_t)(data >> 32) &&
	    (io = p->slots[i].io) != NULL)
		slot_free(p, i);
	pthread_mutex_unlock(&p->mtx);
	return io;
}

/* A transfer has ended.  If nobody asked for that it is made anew. */
static void
io_ended(struct poller *p, uint32_t i, int res)
{
	struct poller_io *io = p->slots[i].io;

	io->pi_res = res;
	if (res == -EINTR || (res == -ECANCELED && !io->pi_retract)) {
		io->pi_state = POLLER_IO_AGAIN;
		TAILQ_INSERT_TAIL(&p->again, io, pi_entry);
	} else {
		io->pi_state = POLLER_IO_DONE;
		TAILQ_INSERT_TAIL(&p->done, io, pi_entry);
	}
}

static void
watch_ready(struct poller *p, struct watch *w, uint32_t met)
{

	w->met |= met;
	if (!w->ready) {
		w->ready = 1;
		TAILQ_INSERT_TAIL(&p->ready, w, ready_entry);
	}
}

/* What a watch's request says at its end, or (edge-triggered) meanwhile. */
static void
watch_event(struct poller *p, struct watch *w, int res, int more)
{

	if (!more)
		w->inflight = 0;
	if (w->fd == -1) {
		if (!more)
			watch_free(p, w);
		return;
	}
	if (res > 0) {
		w->refused = 0;
		watch_ready(p, w, (uint32_t)res & CONDITIONS);
		if (!more && (w->mask & RUMPUSER_POLL_ONESHOT) == 0)
			watch_later(p, w);
	} else if (!more && (res == 0 || res == -ECANCELED)) {
		/* Modified meanwhile, or ended by the host. */
		watch_later(p, w);
	} else if (!more && res != -EBADF) {
		/* Perhaps for want of memory; EBADF: closed. */
		if (++w->refused < MAX_REFUSALS)
			watch_later(p, w);
		else
			watch_ready(p, w, POLLERR);
	}
}

static void
own_event(struct poller *p, int fd, unsigned int tag, int more)
{
	uint64_t n;

	if (more)
		return;
	(void)!read(fd, &n, sizeof(n));
	(void)own_arm(p, fd, tag);
}

static void
completion(struct poller *p, const struct io_uring_cqe *cqe)
{
	uint64_t data = io_uring_cqe_get_data64(cqe);
	int more = (cqe->flags & IORING_CQE_F_MORE) != 0;

	switch (data & TAG_MASK) {
	case TAG_IO:
		io_ended(p, (uint32_t)data >> 3, cqe->res);
		break;
	case TAG_WATCH:
		watch_event(p, (struct watch *)(uintptr_t)(data &
		    ~(uint64_t)TAG_MASK), cqe->res, more);
		break;
	case TAG_WAKE:
		own_event(p, p->wakefd, TAG_WAKE, more);
		break;
	case TAG_TIMER:
		own_event(p, p->timerfd, TAG_TIMER, more);
		break;
	default:
		break;
	}
}

/* All completions that are there, onto the lists. */
static void
harvest(struct poller *p)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_for_each_cqe(&p->ring, head, cqe) {
		completion(p, cqe);
		n++;
	}
	io_uring_cq_advance(&p->ring, n);
}

/* Make all the requests that are due. */
static void
flush(struct poller *p)
{
	struct poller_io *io;
	struct watch *w;

	while ((w = TAILQ_FIRST(&p->toarm)) != NULL && watch_arm(p, w) == 0) {
		TAILQ_REMOVE(&p->toarm, w, arm_entry);
		w->toarm = 0;
	}
	while ((io = TAILQ_FIRST(&p->again)) != NULL && io_start(p, io) == 0) {
		TAILQ_REMOVE(&p->again, io, pi_entry);
		io->pi_state = POLLER_IO_INFLIGHT;
	}
	(void)submit(p);
}

/*
 * Take a transfer back; *@resp is how it ended, -ECANCELED if it did nothing.
 * The host has let go of its memory when this returns.
 */
static void
ur_retract(struct poller *p, struct poller_io *io, int *resp)
{
	struct __kernel_timespec ts = { .tv_nsec = 1000000 };
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;

	pthread_mutex_lock(&p->mtx);
	io->pi_retract = 1;
	for (;;) {
		harvest(p);
		if (io->pi_state != POLLER_IO_INFLIGHT)
			break;
		/* Again if it was lost for want of room; no harm if not. */
		if ((sqe = sqe_get(p)) != NULL) {
			io_uring_prep_cancel64(sqe, io_data(p, io->pi_slot),
			    0);
			sqe_tag(sqe, 0, TAG_NONE);
		}
		(void)submit(p);
		harvest(p);
		if (io->pi_state != POLLER_IO_INFLIGHT)
			break;
		pthread_mutex_unlock(&p->mtx);
		(void)io_uring_wait_cqe_timeout(&p->ring, &cqe, &ts);
		pthread_mutex_lock(&p->mtx);
	}
	if (io->pi_state == POLLER_IO_AGAIN) {
		TAILQ_REMOVE(&p->again, io, pi_entry);
		io->pi_res = -ECANCELED;
	} else if (io->pi_state == POLLER_IO_DONE) {
		TAILQ_REMOVE(&p->done, io, pi_entry);
	}
	slot_free(p, io->pi_slot);
	*resp = io->pi_res;
	pthread_mutex_unlock(&p->mtx);
}

/*
 * Waiting.
 */

/* Report from the lists what fits; p->mtx held. */
static unsigned int
report(struct poller *p, struct poller_event *pe)
{
	struct poller_io *io;
	struct watch *w;
	unsigned int n = 0;

	while (n < p->max && (io = TAILQ_FIRST(&p->done)) != NULL) {
		TAILQ_REMOVE(&p->done, io, pi_entry);
		io->pi_state = POLLER_IO_REPORTED;
		pe[n].pe_data = io_data(p, io->pi_slot);
		pe[n++].pe_mask = POLLER_IO_EVENT;
	}
	while (n < p->max && (w = TAILQ_FIRST(&p->ready)) != NULL) {
		TAILQ_REMOVE(&p->ready, w, ready_entry);
		w->ready = 0;
		pe[n].pe_data = w->data;
		pe[n++].pe_mask = w->met;
		w->met = 0;
	}
	return n;
}

static int
ur_wait(struct poller *p, struct poller_event *pe, unsigned int *np,
    int64_t now, int64_t until)
{
	struct __kernel_timespec ts;
	struct io_uring_cqe *cqe;
	int rv;

	pthread_mutex_lock(&p->mtx);
	flush(p);
	harvest(p);
	*np = report(p, pe);
	pthread_mutex_unlock(&p->mtx);
	if (*np > 0 || until == 0 || until <= now)
		return 0;

	ts.tv_sec = (until - now) / NSEC_PER_SEC;
	ts.tv_nsec = (until - now) % NSEC_PER_SEC;
	rv = io_uring_wait_cqe_timeout(&p->ring, &cqe,
	    until == NEVER ? NULL : &ts);
	if (rv < 0 && rv != -ETIME && rv != -EINTR && rv != -EAGAIN)
		return -rv;
	pthread_mutex_lock(&p->mtx);
	harvest(p);
	*np = report(p, pe);
	pthread_mutex_unlock(&p->mtx);
	return 0;
}

static int
ur_fd(struct poller *p, int *fdp)
{
	int error = 0;

	if (p->timerfd == -1) {
		p->timerfd = timerfd_create(CLOCK_MONOTONIC,
		    TFD_NONBLOCK | TFD_CLOEXEC);
		if (p->timerfd == -1)
			return errno;
		pthread_mutex_lock(&p->mtx);
		error = own_arm(p, p->timerfd, TAG_TIMER);
		if (error == 0)
			error = submit(p);
		pthread_mutex_unlock(&p->mtx);
	}
	*fdp = p->ring.ring_fd;
	return error;
}

/* The last call before a foreign loop waits: make what is due as well. */
static int
ur_alarm(struct poller *p, int64_t when)
{
	struct itimerspec its = { { 0, 0 }, { 0, 0 } };

	pthread_mutex_lock(&p->mtx);
	flush(p);
	pthread_mutex_unlock(&p->mtx);
	if (when == p->alarm)
		return 0;
	p->alarm = when;
	if (when != NEVER) {
		its.it_value.tv_sec = when / NSEC_PER_SEC;
		its.it_value.tv_nsec = when % NSEC_PER_SEC;
		if (when == 0)
			its.it_value.tv_nsec = 1;
	}
	return timerfd_settime(p->timerfd, TFD_TIMER_ABSTIME, &its, NULL) ==
	    -1 ? errno : 0;
}

/*
 * All watches go; with a new ring transfers end as well, since they are the
 * old ring's, which is the parent process's.
 */
static void
forget(struct poller *p, int child)
{
	struct watch *w, *next;
	struct poller_io *io;
	uint32_t i;

	for (w = LIST_FIRST(&p->all); w != NULL; w = next) {
		next = LIST_NEXT(w, all_entry);
		if (child)
			watch_free(p, w);
		else if (w->fd != -1)
			watch_drop(p, w);
	}
	for (i = 0; i < p->nwatches; i++)
		p->watches[i] = NULL;
	for (i = 0; child && i < p->nslots; i++) {
		io = p->slots[i].io;
		if (io == NULL || io->pi_state == POLLER_IO_DONE ||
		    io->pi_state == POLLER_IO_REPORTED)
			continue;
		if (io->pi_state == POLLER_IO_AGAIN)
			TAILQ_REMOVE(&p->again, io, pi_entry);
		io->pi_res = -ECANCELED;
		io->pi_state = POLLER_IO_DONE;
		TAILQ_INSERT_TAIL(&p->done, io, pi_entry);
	}
}

/* In a child: a ring of its own, under the number of the old one. */
static int
ring_renew(struct poller *p)
{
	int fd = p->ring.ring_fd, timer = p->timerfd != -1, error;

	/* The memory of the parent's ring is not mapped here. */
	close(p->wakefd);
	if (timer)
		close(p->timerfd);
	if ((error = ring_open(p)) != 0)
		return error;
	if (p->ring.ring_fd != fd) {
		if (dup3(p->ring.ring_fd, fd, O_CLOEXEC) == -1)
			return errno;
		close(p->ring.ring_fd);
		p->ring.ring_fd = p->ring.enter_ring_fd = fd;
	}
	return timer ? ur_fd(p, &fd) : 0;
}

static int
ur_reset(struct poller *p, int child)
{
	int error = 0;

	pthread_mutex_lock(&p->mtx);
	forget(p, child);
	pthread_mutex_unlock(&p->mtx);
	if (child)
		error = ring_renew(p);
	return error;
}

const struct poller_ops rumpuser__poller_uring = {
	.po_name = "io_uring",
	.po_create = ur_create,
	.po_destroy = ur_destroy,
	.po_add = ur_add,
	.po_modify = ur_modify,
	.po_remove = ur_remove,
	.po_wait = ur_wait,
	.po_wake = ur_wake,
	.po_fd = ur_fd,
	.po_alarm = ur_alarm,
	.po_reset = ur_reset,
	.po_submit = ur_submit,
	.po_retract = ur_retract,
	.po_take = ur_take,
};
