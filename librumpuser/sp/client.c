/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.c - one client of the server: its life, and what is sent to it.
 * Locking: a client's mtx guards its socket's output, its waits and its state;
 * the descriptor stays open until the last reference goes, so that whoever
 * has one may use it.
 */
#include "sp/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sp_client *
rumpuser__sp_client(int fd, enum sp_state state)
{
	struct sp_client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->refs = 1;
	c->fd = fd;
	c->state = state;
	c->outtail = &c->out;
	pthread_mutex_init(&c->mtx, NULL);
	pthread_cond_init(&c->outcv, NULL);
	return c;
}

void
rumpuser__sp_ref(struct sp_client *c)
{

	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
}

/* All that is queued from @op on. */
static void
out_free(struct sp_client *c, struct sp_out **op)
{
	struct sp_out *o;

	while ((o = *op) != NULL) {
		*op = o->next;
		c->outbytes -= o->len - o->off;
		free(o);
	}
	c->outtail = op;
}

void
rumpuser__sp_discard(struct sp_client *c)
{

	/* Only the first can be a frame of which a part is out. */
	if (c->out != NULL && (c->out->begun || c->out->off > 0))
		out_free(c, &c->out->next);
	else
		out_free(c, &c->out);
}

/*
 * Whoever drops a reference is done with the client: release, so that all of
 * it comes before the last one's acquire and the end.
 */
void
rumpuser__sp_unref(struct sp_client *c)
{

	if (__atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	out_free(c, &c->out);
	if (c->fd != -1)
		close(c->fd);
	pthread_cond_destroy(&c->outcv);
	pthread_mutex_destroy(&c->mtx);
	free(c);
}

void
rumpuser__sp_link(struct sp_client *c)
{

	c->next = NULL;
	c->prevp = rumpuser__sp.tailp;
	*c->prevp = c;
	rumpuser__sp.tailp = &c->next;
	rumpuser__sp.nclients++;
}

void
rumpuser__sp_unlink(struct sp_client *c)
{

	if (c->prevp == NULL)
		return;
	*c->prevp = c->next;
	if (c->next != NULL)
		c->next->prevp = c->prevp;
	else
		rumpuser__sp.tailp = c->prevp;
	c->prevp = NULL;
	rumpuser__sp.nclients--;
}

void
rumpuser__sp_poll(struct sp_client *c, int on)
{
	struct epoll_event ev = { .data.ptr = c };
	int op;

	if (!on && !c->polled)
		return;
	op = !on ? EPOLL_CTL_DEL : c->polled ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	ev.events = EPOLLIN | EPOLLRDHUP | (c->out != NULL ? EPOLLOUT : 0);
	if (epoll_ctl(rumpuser__sp.epfd, op, c->fd, &ev) == 0) {
		c->polled = on;
	} else if (on) {
		/* The host has no memory for it: it is dropped for that. */
		c->unwatched = 1;
		rumpuser__sp_wake();
	}
}

int
rumpuser__sp_resume(struct sp_client *c, enum sp_state state)
{
	int rv;

	pthread_mutex_lock(&c->mtx);
	if ((rv = c->state == SP_BUSY) != 0) {
		c->state = state;
		rumpuser__sp_poll(c, 1);
	}
	pthread_mutex_unlock(&c->mtx);
	return rv;
}

void
rumpuser__sp_abort(struct sp_client *c)
{
	struct sp_wait *w;

	while ((w = c->waits) != NULL) {
		c->waits = w->next;
		w->error = EFAULT;
		w->done = 1;
		pthread_cond_signal(&w->cv);
	}
	pthread_cond_broadcast(&c->outcv);
}

/* Give the socket what it takes at once; how much, or the host's errno. */
static int
out_try(struct sp_client *c, const struct iovec *iov, int niov, size_t *donep)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = (size_t)niov,
	};
	ssize_t n;

	*donep = 0;
	do {
		n = sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n >= 0)
		*donep = (size_t)n;
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
		return errno;
	return 0;
}

/* Queue what is left of the pieces after @done bytes. */
static int
out_queue(struct sp_client *c, const struct iovec *iov, int niov, size_t done,
    size_t total)
{
	struct sp_out *o;
	size_t skip = done, off = 0, len;
	int i;

	if ((o = malloc(sizeof(*o) + total - done)) == NULL)
		return ENOMEM;
	o->next = NULL;
	o->off = 0;
	o->begun = done > 0;
	o->len = total - done;
	for (i = 0; i < niov; i++) {
		len = iov[i].iov_len;
		if (skip >= len) {
			skip -= len;
			continue;
		}
		memcpy(o->data + off, (char *)iov[i].iov_base + skip,
		    len - skip);
		off += len - skip;
		skip = 0;
	}
	*c->outtail = o;
	c->outtail = &o->next;
	c->outbytes += o->len;
	if (c->polled)
		rumpuser__sp_poll(c, 1);
	return 0;
}

/*
 * Send the pieces, or queue the rest of them.  A frame of which a part is out
 * and the rest cannot be kept is the end of the connection.
 */
static int
out_send(struct sp_client *c, const struct iovec *iov, int niov, size_t total)
{
	size_t done = 0;
	int error = 0;

	if (c->out == NULL)
		error = out_try(c, iov, niov, &done);
	if (error == 0 && done < total)
		error = out_queue(c, iov, niov, done, total);
	if (error != 0)
		(void)shutdown(c->fd, SHUT_RDWR);
	return error;
}

/* May a sender wait for room: will any be made? */
static int
out_maywait(const struct sp_client *c, enum sp_how how)
{

	if (how == SP_COPY)
		return c->state == SP_RUN;
	/* Nothing is flushed of a busy client. */
	return how == SP_WAIT && c->state != SP_DYING && c->state != SP_BUSY;
}

static int
out_maysend(struct sp_client *c, enum sp_how how)
{

	while (c->outbytes > SP_MAXOUT && out_maywait(c, how))
		pthread_cond_wait(&c->outcv, &c->mtx);
	if (c->state == SP_DYING || c->fd == -1)
		return EFAULT;
	if (how == SP_COPY && c->state != SP_RUN)
		return EFAULT;
	if (how != SP_ALWAYS && c->outbytes > SP_MAXOUT)
		return EAGAIN;
	return 0;
}

int
rumpuser__sp_send(struct sp_client *c, struct rsp_hdr *hdr, const void *b1,
    size_t l1, const void *b2, size_t l2, enum sp_how how)
{
	const struct iovec iov[3] = {
		{ hdr, sizeof(*hdr) },
		{ (void *)(uintptr_t)b1, l1 }, { (void *)(uintptr_t)b2, l2 },
	};
	int error;

	hdr->rsp_len = sizeof(*hdr) + l1 + l2;
	pthread_mutex_lock(&c->mtx);
	if ((error = out_maysend(c, how)) == 0)
		error = out_send(c, iov, 3, hdr->rsp_len);
	pthread_mutex_unlock(&c->mtx);
	return error;
}

int
rumpuser__sp_sendraw(struct sp_client *c, const void *buf, size_t len)
{
	const struct iovec iov = { (void *)(uintptr_t)buf, len };
	int error;

	pthread_mutex_lock(&c->mtx);
	error = out_send(c, &iov, 1, len);
	pthread_mutex_unlock(&c->mtx);
	return error;
}

int
rumpuser__sp_flush(struct sp_client *c)
{
	struct iovec iov;
	struct sp_out *o;
	size_t done;
	int error = 0;

	pthread_mutex_lock(&c->mtx);
	while (error == 0 && (o = c->out) != NULL) {
		iov.iov_base = o->data + o->off;
		iov.iov_len = o->len - o->off;
		error = out_try(c, &iov, 1, &done);
		o->off += done;
		c->outbytes -= done;
		if (o->off < o->len)
			break;
		if ((c->out = o->next) == NULL)
			c->outtail = &c->out;
		free(o);
	}
	if (c->outbytes <= SP_MAXOUT)
		pthread_cond_broadcast(&c->outcv);
	if (c->polled)
		rumpuser__sp_poll(c, 1);
	pthread_mutex_unlock(&c->mtx);
	return error;
}

int
rumpuser__sp_reply(struct sp_client *c, const struct rsp_hdr *req,
    const void *body, size_t len, enum sp_how how)
{
	struct rsp_hdr hdr = {
		.rsp_reqno = req->rsp_reqno,
		.rsp_class = RUMPSP_RESP,
		.rsp_type = req->rsp_type,
	};

	return rumpuser__sp_send(c, &hdr, body, len, NULL, 0, how);
}

int
rumpuser__sp_replyerr(struct sp_client *c, const struct rsp_hdr *req,
    uint32_t error, enum sp_how how)
{
	struct rsp_hdr hdr = {
		.rsp_reqno = req->rsp_reqno,
		.rsp_class = RUMPSP_ERROR,
		.rsp_type = req->rsp_type,
		.u.error = error,
	};

	return rumpuser__sp_send(c, &hdr, NULL, 0, NULL, 0, how);
}
