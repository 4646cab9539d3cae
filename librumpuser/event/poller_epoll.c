/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poller_epoll.c - the pollers on epoll: waits in nanoseconds by
 * epoll_pwait2(2), or by a timerfd in the set where the host lacks that.
 *
 * Locking: adding, removing and waking from any thread, the host orders them;
 * waiting, alarms and po_reset are for the thread that runs the task.
 *
 * The eventfd that wakes and the timerfd are in the set edge-triggered: each
 * write and each expiry is reported once, and nobody has to read them.
 */
#include "event/impl.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

_Static_assert(RUMPUSER_POLL_IN == EPOLLIN && RUMPUSER_POLL_PRI == EPOLLPRI &&
    RUMPUSER_POLL_OUT == EPOLLOUT && RUMPUSER_POLL_ERR == EPOLLERR &&
    RUMPUSER_POLL_HUP == EPOLLHUP && RUMPUSER_POLL_RDHUP == EPOLLRDHUP,
    "conditions are the host's");
#define CONDITIONS	(EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR |	\
    EPOLLHUP | EPOLLRDHUP)

/* Data of the descriptors that are the poller's own. */
#define OWN	UINT64_MAX

struct poller {
	int epfd;
	int wakefd;
	int timerfd;		/* -1: not needed so far */
	int usetimer;
	int64_t alarm;		/* what the timerfd is set to, 0: nothing */
	unsigned int max;
	struct epoll_event ev[];
};

static int
control(struct poller *p, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = { .events = events, .data.u64 = data };

	return epoll_ctl(p->epfd, op, fd, &ev) == -1 ? errno : 0;
}

static uint32_t
events(uint32_t mask)
{
	uint32_t e = mask & CONDITIONS;

	if (mask & RUMPUSER_POLL_EDGE)
		e |= EPOLLET;
	if (mask & RUMPUSER_POLL_ONESHOT)
		e |= EPOLLONESHOT;
	return e;
}

static int
ep_add(struct poller *p, int fd, uint32_t mask, uint64_t data)
{

	return control(p, EPOLL_CTL_ADD, fd, events(mask), data);
}

static int
ep_modify(struct poller *p, int fd, uint32_t mask, uint64_t data)
{

	return control(p, EPOLL_CTL_MOD, fd, events(mask), data);
}

static int
ep_remove(struct poller *p, int fd)
{

	return control(p, EPOLL_CTL_DEL, fd, 0, 0);
}

static void
close_all(struct poller *p)
{

	if (p->epfd != -1)
		close(p->epfd);
	if (p->wakefd != -1)
		close(p->wakefd);
	if (p->timerfd != -1)
		close(p->timerfd);
	p->epfd = p->wakefd = p->timerfd = -1;
}

static int
timer_open(struct poller *p)
{
	int error;

	if (p->timerfd != -1)
		return 0;
	p->timerfd = timerfd_create(CLOCK_MONOTONIC,
	    TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timerfd == -1)
		return errno;
	error = control(p, EPOLL_CTL_ADD, p->timerfd, EPOLLIN | EPOLLET, OWN);
	if (error != 0) {
		close(p->timerfd);
		p->timerfd = -1;
	}
	p->alarm = 0;
	return error;
}

/* What is not there yet; the caller closes on failure. */
static int
open_all(struct poller *p)
{
	int error;

	p->timerfd = -1;
	p->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epfd == -1)
		return errno;
	if (p->wakefd == -1)
		p->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->wakefd == -1)
		return errno;
	error = control(p, EPOLL_CTL_ADD, p->wakefd, EPOLLIN | EPOLLET, OWN);
	if (error == 0 && p->usetimer)
		error = timer_open(p);
	return error;
}

static int
create(struct poller **pp, unsigned int max, int usetimer)
{
	struct poller *p;
	int error;

	p = malloc(sizeof(*p) + max * sizeof(p->ev[0]));
	if (p == NULL)
		return ENOMEM;
	p->max = max;
	p->usetimer = usetimer;
	p->wakefd = -1;
	if ((error = open_all(p)) != 0) {
		close_all(p);
		free(p);
		return error;
	}
	*pp = p;
	return 0;
}

static int
tfd_create(struct poller **pp, unsigned int max)
{

	return create(pp, max, 1);
}

/* A host without epoll_pwait2() says so at once. */
static int
ep_create(struct poller **pp, unsigned int max)
{
	const struct timespec zero = { 0, 0 };
	struct poller *p;
	int error;

	if ((error = create(&p, max, 0)) != 0)
		return error;
	if (epoll_pwait2(p->epfd, p->ev, 1, &zero, NULL) == -1) {
		error = errno;
		close_all(p);
		free(p);
		return error;
	}
	*pp = p;
	return 0;
}

static void
ep_destroy(struct poller *p)
{

	close_all(p);
	free(p);
}

/* The counter cannot be full: that takes 2^64 wake-ups. */
static void
ep_wake(struct poller *p)
{
	const uint64_t one = 1;
	int serrno = errno;

	while (write(p->wakefd, &one, sizeof(one)) == -1 && errno == EINTR)
		continue;
	errno = serrno;
}

static int
ep_fd(struct poller *p, int *fdp)
{
	int error = timer_open(p);

	if (error == 0)
		*fdp = p->epfd;
	return error;
}

static int
ep_alarm(struct poller *p, int64_t when)
{
	struct itimerspec its = { .it_interval = { 0, 0 } };

	if (when == p->alarm)
		return 0;
	if (when != NEVER) {
		/* All zero would take the alarm back. */
		if (when <= 0)
			when = 1;
		its.it_value.tv_sec = when / NSEC_PER_SEC;
		its.it_value.tv_nsec = when % NSEC_PER_SEC;
	}
	if (timerfd_settime(p->timerfd, TFD_TIMER_ABSTIME, &its, NULL) == -1)
		return errno;
	p->alarm = when;
	return 0;
}

/* Take the descriptors of @new, but keep the number of the set. */
static int
adopt(struct poller *p, struct poller *new)
{

	if (dup3(new->epfd, p->epfd, O_CLOEXEC) == -1)
		return errno;
	close(new->epfd);
	if (p->wakefd != new->wakefd)
		close(p->wakefd);
	if (p->timerfd != -1)
		close(p->timerfd);
	p->wakefd = new->wakefd;
	p->timerfd = new->timerfd;
	p->alarm = 0;
	return 0;
}

/*
 * A new set in the place of the old one, under its number.  The descriptor
 * that wakes stays as it is, since others may be writing to it now; a child
 * process has nobody but itself and wants its own of everything.
 */
static int
ep_reset(struct poller *p, int child)
{
	struct poller new = {
		.usetimer = p->usetimer || p->timerfd != -1,
		.wakefd = child ? -1 : p->wakefd,
	};
	int error;

	if ((error = open_all(&new)) == 0)
		error = adopt(p, &new);
	if (error != 0) {
		if (!child)
			new.wakefd = -1;
		close_all(&new);
	}
	return error;
}

static int
collect(struct poller *p, int n, struct poller_event *pe)
{
	int i, out = 0;

	for (i = 0; i < n; i++) {
		if (p->ev[i].data.u64 == OWN)
			continue;
		pe[out].pe_data = p->ev[i].data.u64;
		pe[out].pe_mask = p->ev[i].events;
		out++;
	}
	return out;
}

static int
finish(struct poller *p, int n, struct poller_event *pe, unsigned int *np)
{

	*np = 0;
	if (n == -1)
		return errno == EINTR ? 0 : errno;
	*np = (unsigned int)collect(p, n, pe);
	return 0;
}

static int
ep_wait(struct poller *p, struct poller_event *pe, unsigned int *np,
    int64_t now, int64_t until)
{
	struct timespec ts;
	int64_t left = until - now;
	int n;

	if (until == 0 || left <= 0)
		n = epoll_wait(p->epfd, p->ev, (int)p->max, 0);
	else if (until == NEVER)
		n = epoll_wait(p->epfd, p->ev, (int)p->max, -1);
	else {
		ts.tv_sec = left / NSEC_PER_SEC;
		ts.tv_nsec = left % NSEC_PER_SEC;
		n = epoll_pwait2(p->epfd, p->ev, (int)p->max, &ts, NULL);
	}
	return finish(p, n, pe, np);
}

static int
tfd_wait(struct poller *p, struct poller_event *pe, unsigned int *np,
    int64_t now, int64_t until)
{
	int error, timeout = -1;

	if (until == 0 || until <= now)
		timeout = 0;
	else if ((error = ep_alarm(p, until)) != 0)
		return error;
	return finish(p, epoll_wait(p->epfd, p->ev, (int)p->max, timeout),
	    pe, np);
}

const struct poller_ops rumpuser__poller_epoll = {
	.po_name = "epoll",
	.po_create = ep_create,
	.po_destroy = ep_destroy,
	.po_add = ep_add,
	.po_modify = ep_modify,
	.po_remove = ep_remove,
	.po_wait = ep_wait,
	.po_wake = ep_wake,
	.po_fd = ep_fd,
	.po_alarm = ep_alarm,
	.po_reset = ep_reset,
};

const struct poller_ops rumpuser__poller_timerfd = {
	.po_name = "timerfd",
	.po_create = tfd_create,
	.po_destroy = ep_destroy,
	.po_add = ep_add,
	.po_modify = ep_modify,
	.po_remove = ep_remove,
	.po_wait = tfd_wait,
	.po_wake = ep_wake,
	.po_fd = ep_fd,
	.po_alarm = ep_alarm,
	.po_reset = ep_reset,
};
