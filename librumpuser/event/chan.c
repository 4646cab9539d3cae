/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chan.c - transfers by completion (rump/rumpuser_chan.h): by the poller where
 * it can, else by attempts of the task when the descriptor is ready.
 *
 * Locking.  With a poller that transfers, io_armed and everything of a
 * transfer is under the task's lock.
 *
 * Without, io_armed says who may decide about it: who exchanges a 1 for a 0.
 * An attempt claims the transfer that way, and arms it again when there was
 * nothing to transfer; a canceller claims it between attempts.  The descriptor
 * is watched for edges from the first transfer on; c_ready keeps the edges
 * that nobody waited for, and is used by the task's thread only.
 */
#include "event/impl.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include <rump/rumpuser_chan.h>
#pragma GCC visibility pop

enum { OP_READ = POLLER_IO_READ, OP_WRITE = POLLER_IO_WRITE,
    OP_ACCEPT = POLLER_IO_ACCEPT, OP_CONNECT = POLLER_IO_CONNECT,
    OP_CONNECTING };

static inline struct poller_io *
pio(struct rumpuser_chanio *io)
{

	_Static_assert(sizeof(struct poller_io) <= sizeof(io->io_poller),
	    "room for the poller's part");
	return (struct poller_io *)(void *)io->io_poller;
}

static inline int
by_poller(const struct rumpuser_chan *c)
{

	return c->c_task->t_ops->po_submit != NULL;
}

static uint32_t
condition(const struct rumpuser_chanio *io)
{

	return io == &io->io_chan->c_io[RUMPUSER_CHAN_IN] ?
	    RUMPUSER_POLL_IN : RUMPUSER_POLL_OUT;
}

/* Where the transfer goes on; accept has no memory. */
static char *
rest(const struct rumpuser_chanio *io)
{

	return io->io_done != 0 ? io->io_buf + io->io_done : io->io_buf;
}

/*
 * By attempts.
 */

/* One try; the host's result, with errno. */
static ssize_t
attempt_once(struct rumpuser_chanio *io)
{
	int fd = io->io_chan->c_fd, sock = io->io_chan->c_socket, error = 0;
	size_t len = io->io_len - io->io_done;
	char *p = rest(io);
	socklen_t n = sizeof(error);

	switch (io->io_op) {
	case OP_READ:
		return sock ? recv(fd, p, len, MSG_DONTWAIT) :
		    read(fd, p, len);
	case OP_WRITE:
		return sock ? send(fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL) :
		    write(fd, p, len);
	case OP_ACCEPT:
		return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	case OP_CONNECT:
		if (connect(fd, (struct sockaddr *)p, (socklen_t)len) == 0)
			return 0;
		if (errno == EINPROGRESS) {
			io->io_op = OP_CONNECTING;
			errno = EAGAIN;
		}
		return -1;
	default:
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0)
			errno = error;
		else
			error = errno;
		return error == 0 ? 0 : -1;
	}
}

/*
 * Try until it is done or the descriptor has no more; 1: done, *@errorp the
 * host's.
 */
HOSTCALL int
attempt_all(struct rumpuser_chanio *io, int *errorp)
{
	ssize_t n;

	for (;;) {
		n = attempt_once(io);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		*errorp = n == -1 ? errno : 0;
		if (n > 0)
			io->io_done += (size_t)n;
		if (n <= 0 || io->io_op != OP_WRITE ||
		    io->io_done == io->io_len)
			return 1;
	}
}

/*
 * Watch for @mask as well.  What makes room in a socket is an edge for each
 * message that the peer reads, so nobody watches for that before he needs it.
 */
static int
watch(struct rumpuser_chan *c, uint32_t mask)
{
	uint32_t all, now;
	int error;

	if ((__atomic_load_n(&c->c_watched, __ATOMIC_RELAXED) & mask) != 0)
		return 0;
	all = __atomic_or_fetch(&c->c_watched, mask, __ATOMIC_SEQ_CST);
	/* Another thread may be at it as well: the last one has it all. */
	while ((error = rumpuser_poll_enable(&c->c_poll, all |
	    RUMPUSER_POLL_EDGE)) == 0 && all != (now =
	    __atomic_load_n(&c->c_watched, __ATOMIC_SEQ_CST)))
		all = now;
	if (error != 0)
		__atomic_and_fetch(&c->c_watched, ~mask, __ATOMIC_SEQ_CST);
	return error;
}

static void
attempt(void *env, uintptr_t arg, int unused)
{
	struct rumpuser_chanio *io = env;
	struct rumpuser_chan *c = io->io_chan;
	rumpuser_event_fn fn;
	int serrno = errno, error = 0, done;

	(void)arg;
	(void)unused;
	if ((c->c_ready & condition(io)) == 0 ||
	    !__atomic_exchange_n(&io->io_armed, 0, __ATOMIC_ACQ_REL))
		return;
	done = attempt_all(io, &error);
	errno = serrno;
	if (!done) {
		/* The next edge comes after this. */
		c->c_ready &= ~condition(io);
		__atomic_store_n(&io->io_armed, 1, __ATOMIC_RELEASE);
		if ((error = watch(c, condition(io))) == 0 ||
		    !__atomic_exchange_n(&io->io_armed, 0, __ATOMIC_ACQ_REL))
			return;
		fn = io->io_fn;
		fn(io->io_env, io->io_done, error);
		return;
	}
	/* A stream that gave less than it could have is empty now. */
	if (io->io_op == OP_READ && io->io_done != 0 &&
	    io->io_done < io->io_len)
		c->c_ready &= ~condition(io);
	fn = io->io_fn;
	fn(io->io_env, io->io_done, ERR(error));
}

/* An edge: what it means, and an attempt for whoever waits for it. */
static void
edge(void *env, uintptr_t mask, int error)
{
	struct rumpuser_chan *c = env;
	struct rumpuser_chanio *io;
	int i;

	(void)error;
	if (mask & (RUMPUSER_POLL_ERR | RUMPUSER_POLL_HUP))
		mask |= RUMPUSER_POLL_IN | RUMPUSER_POLL_OUT;
	c->c_ready |= (uint32_t)mask & (RUMPUSER_POLL_IN | RUMPUSER_POLL_OUT);
	for (i = 0; i < 2; i++) {
		io = &c->c_io[i];
		if ((c->c_ready & condition(io)) != 0 &&
		    __atomic_load_n(&io->io_armed, __ATOMIC_ACQUIRE))
			(void)rumpuser_work_post(&io->io_work, 0, 0);
	}
}

static int
start_attempts(struct rumpuser_chanio *io)
{
	int error;

	if ((error = watch(io->io_chan, RUMPUSER_POLL_IN)) != 0)
		return error;
	__atomic_store_n(&io->io_armed, 1, __ATOMIC_RELEASE);
	/* Where it is known that there is nothing, the next edge posts it. */
	if (!rumpuser__task_mine(io->io_chan->c_task) ||
	    (io->io_chan->c_ready & condition(io)) != 0)
		(void)rumpuser_work_post(&io->io_work, 0, 0);
	return 0;
}

static int
cancel_attempts(struct rumpuser_chanio *io)
{
	int removed = 0, error;

	do {
		if (__atomic_exchange_n(&io->io_armed, 0, __ATOMIC_ACQ_REL))
			removed = 1;
		error = rumpuser_event_cancel(&io->io_work.w_ev);
		if (error == ERR(EDEADLK))
			return error;
	} while (__atomic_load_n(&io->io_armed, __ATOMIC_ACQUIRE));
	return removed ? 0 : ERR(EINVAL);
}

/*
 * By the poller.
 */

/* The rest of the transfer; the task's lock is held. */
static int
poller_go(struct rumpuser_chanio *io)
{
	struct rumpuser_chan *c = io->io_chan;
	struct poller_io *pi = pio(io);

	memset(pi, 0, sizeof(*pi));
	pi->pi_op = (uint8_t)io->io_op;
	pi->pi_socket = (uint8_t)c->c_socket;
	pi->pi_fd = c->c_fd;
	pi->pi_buf = rest(io);
	pi->pi_len = io->io_len - io->io_done;
	pi->pi_owner = io;
	return c->c_task->t_ops->po_submit(c->c_task->t_poller, pi,
	    !rumpuser__task_mine(c->c_task));
}

static int
start_poller(struct rumpuser_chanio *io)
{
	struct rumpuser_task *task = io->io_chan->c_task;
	int error;

	task_lock(task);
	if ((error = poller_go(io)) == 0) {
		io->io_armed = 1;
		io->io_work.w_ev.ev_state = EVS_ARMED;
		count(&task->t_npolls, 1);
	}
	task_unlock(task);
	return ERR(error);
}

static void
ended(struct rumpuser_task *task, struct rumpuser_chanio *io)
{

	io->io_armed = 0;
	io->io_work.w_ev.ev_state = EVS_IDLE;
	count(&task->t_npolls, (uint64_t)-1);
}

/*
 * The poller has finished a transfer, the task's lock is held.  Is it done?
 * Then the event to deliver; NULL: it goes on.
 */
struct rumpuser_event *
rumpuser__chan_done(struct rumpuser_task *task, struct poller_io *pi)
{
	struct rumpuser_chanio *io = pi->pi_owner;
	int res = pi->pi_res, error = res < 0 ? -res : 0;

	if (res > 0)
		io->io_done += (size_t)res;
	if (io->io_op == OP_WRITE && res > 0 && io->io_done < io->io_len &&
	    (error = poller_go(io)) == 0)
		return NULL;
	ended(task, io);
	io->io_work.w_ev.ev_arg = io->io_done;
	io->io_work.w_ev.ev_error = ERR(error);
	return &io->io_work.w_ev;
}

/* The same for who cancels; with the lock held; 1: it was under way. */
int
rumpuser__chan_disarm(struct rumpuser_task *task, struct rumpuser_event *ev)
{
	struct rumpuser_chanio *io = (struct rumpuser_chanio *)(void *)ev;
	int res;

	if (!io->io_armed)
		return 0;
	task->t_ops->po_retract(task->t_poller, pio(io), &res);
	if (res > 0)
		io->io_done += (size_t)res;
	ended(task, io);
	return 1;
}

/*
 * The channel.
 */

int
rumpuser_chan_init(struct rumpuser_chan *c, struct rumpuser_task *task, int fd)
{
	struct stat sb;
	int serrno = errno, i;

	if (fstat(fd, &sb) == -1) {
		i = errno;
		errno = serrno;
		return ERR(i);
	}
	memset(c, 0, sizeof(*c));
	c->c_task = task;
	c->c_fd = fd;
	c->c_socket = S_ISSOCK(sb.st_mode);
	c->c_ready = RUMPUSER_POLL_IN | RUMPUSER_POLL_OUT;
	for (i = 0; i < 2; i++) {
		c->c_io[i].io_chan = c;
		rumpuser_work_init(&c->c_io[i].io_work, task,
		    RUMPUSER_PRIO_NORMAL, attempt, &c->c_io[i]);
		if (by_poller(c))
			c->c_io[i].io_work.w_ev.ev_kind = EV_CHAN;
	}
	rumpuser_poll_init(&c->c_poll, task, fd, edge, c);
	return 0;
}

void
rumpuser_chan_fini(struct rumpuser_chan *c)
{

	if (c->c_watched)
		(void)rumpuser_event_cancel(&c->c_poll.p_ev);
	(void)rumpuser_chan_cancel(c, RUMPUSER_CHAN_IN, NULL);
	(void)rumpuser_chan_cancel(c, RUMPUSER_CHAN_OUT, NULL);
}

static int
start(struct rumpuser_chanio *io, int op, void *buf, size_t len,
    rumpuser_event_fn fn, void *env)
{

	if (__atomic_load_n(&io->io_armed, __ATOMIC_ACQUIRE))
		return ERR(EBUSY);
	io->io_op = op;
	io->io_buf = buf;
	io->io_len = len;
	io->io_done = 0;
	io->io_fn = fn;
	io->io_env = env;
	if (!by_poller(io->io_chan))
		return start_attempts(io);
	io->io_work.w_ev.ev_fn = fn;
	io->io_work.w_ev.ev_env = env;
	return start_poller(io);
}

int
rumpuser_chan_read(struct rumpuser_chan *c, void *buf, size_t len,
    rumpuser_event_fn fn, void *env)
{

	return start(&c->c_io[RUMPUSER_CHAN_IN], OP_READ, buf, len, fn, env);
}

int
rumpuser_chan_write(struct rumpuser_chan *c, const void *buf, size_t len,
    rumpuser_event_fn fn, void *env)
{

	return start(&c->c_io[RUMPUSER_CHAN_OUT], OP_WRITE,
	    (void *)(uintptr_t)buf, len, fn, env);
}

int
rumpuser_chan_accept(struct rumpuser_chan *c, rumpuser_event_fn fn, void *env)
{

	return start(&c->c_io[RUMPUSER_CHAN_IN], OP_ACCEPT, NULL, 0, fn, env);
}

int
rumpuser_chan_connect(struct rumpuser_chan *c, const void *addr, size_t len,
    rumpuser_event_fn fn, void *env)
{

	return start(&c->c_io[RUMPUSER_CHAN_OUT], OP_CONNECT,
	    (void *)(uintptr_t)addr, len, fn, env);
}

int
rumpuser_chan_cancel(struct rumpuser_chan *c, int which, size_t *donep)
{
	struct rumpuser_chanio *io = &c->c_io[which];
	int error;

	error = by_poller(c) ? rumpuser_event_cancel(&io->io_work.w_ev) :
	    cancel_attempts(io);
	if (donep != NULL)
		*donep = error == 0 ? io->io_done : 0;
	return error;
}
