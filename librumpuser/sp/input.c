/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.c - taking apart what clients send.  Nothing of it is trusted: a
 * length is checked against what that frame may have before a byte of the
 * body is read, and bodies go into buffers of the server's own sizes.
 * Locking: runs on the service thread only, which owns the fields of the
 * incoming frame.
 */
#include "sp/server.h"

#include <sys/socket.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Frames of one client in a row, before the others have their turn. */
#define BURST	32

/* What the client sent cannot be made sense of: say so, and drop it. */
#define MALFORMED(c)	(rumpuser__sp_replyerr(c, &(c)->hdr,		\
    RUMPSP_ERR_MALFORMED_REQUEST, SP_NOWAIT), EINVAL)

/* Up to @len bytes; 0: nothing now; an end is ECONNRESET. */
static int
take(struct sp_client *c, void *buf, size_t len, size_t *gotp)
{
	ssize_t n;

	*gotp = 0;
	if (len == 0)
		return 0;
	do {
		n = recv(c->fd, buf, len, MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n > 0)
		*gotp = (size_t)n;
	else if (n == 0)
		return ECONNRESET;
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		return errno;
	return 0;
}

/*
 * The wait that a frame answers.  It stays on the list, and so alive, until
 * this thread is through with it: others end waits only while the client is
 * not read from.
 */
static struct sp_wait *
wait_find(struct sp_client *c)
{
	struct sp_wait *w;

	pthread_mutex_lock(&c->mtx);
	for (w = c->waits; w != NULL; w = w->next)
		if (w->reqno == c->hdr.rsp_reqno && w->type == c->hdr.rsp_type)
			break;
	pthread_mutex_unlock(&c->mtx);
	return w;
}

static void
wait_end(struct sp_client *c, struct sp_wait *w, size_t got, int error)
{
	struct sp_wait **wp;

	pthread_mutex_lock(&c->mtx);
	for (wp = &c->waits; *wp != w; wp = &(*wp)->next)
		continue;
	*wp = w->next;
	w->got = got;
	w->error = error;
	w->done = 1;
	pthread_cond_signal(&w->cv);
	pthread_mutex_unlock(&c->mtx);
}

/* May an answer to @w have a body of @len bytes? */
static int
answer_fits(const struct sp_wait *w, size_t len)
{

	return w->type == RUMPSP_COPYINSTR ? len <= w->len : len == w->len;
}

/* The header is there: is the body acceptable, and where does it go? */
static int
frame_begin(struct sp_client *c)
{
	const struct rsp_hdr *h = &c->hdr;
	uint64_t len;

	if (h->rsp_len < sizeof(*h))
		return MALFORMED(c);
	len = h->rsp_len - sizeof(*h);
	c->inwait = NULL;
	c->body = c->inbuf;
	c->bodygot = 0;
	switch (h->rsp_class) {
	case RUMPSP_REQ:
		break;
	case RUMPSP_RESP:
	case RUMPSP_ERROR:
		if ((c->inwait = wait_find(c)) == NULL)
			return MALFORMED(c);
		if (h->rsp_class == RUMPSP_ERROR)
			break;
		if (!answer_fits(c->inwait, len))
			return MALFORMED(c);
		c->body = c->inwait->buf;
		c->bodylen = (size_t)len;
		return 0;
	default:
		return MALFORMED(c);
	}
	if (len > sizeof(c->inbuf))
		return MALFORMED(c);
	c->bodylen = (size_t)len;
	return 0;
}

/* Is the body of this request what its type has? */
static int
request_valid(const struct sp_client *c)
{
	const int handshake = c->hdr.rsp_type == RUMPSP_HANDSHAKE;
	size_t len = c->bodylen;

	switch (c->hdr.rsp_type) {
	case RUMPSP_SYSCALL:
		return len <= SP_ARGSLOTS * sizeof(uint64_t) &&
		    c->hdr.u.sysnum <= INT_MAX;
	case RUMPSP_PREFORK:
		return len == 0;
	case RUMPSP_HANDSHAKE:
		break;
	default:
		return 0;
	}
	if (handshake && c->hdr.u.handshake == HANDSHAKE_FORK)
		return len == sizeof(struct handshake_fork);
	/* A name and its NUL. */
	return len > 0 && c->inbuf[len - 1] == '\0' &&
	    strlen(c->inbuf) == len - 1;
}

/* What a valid request is to become; -1: not from a client in this state. */
static int
request_type(const struct sp_client *c)
{

	if (c->hdr.rsp_type != RUMPSP_HANDSHAKE) {
		if (c->state != SP_RUN)
			return -1;
		return c->hdr.rsp_type == RUMPSP_SYSCALL ? SP_JOB_SYSCALL :
		    SP_JOB_PREFORK;
	}
	switch (c->hdr.u.handshake) {
	case HANDSHAKE_GUEST:
		return c->state == SP_NEW ? SP_JOB_GUEST : -1;
	case HANDSHAKE_FORK:
		return c->state == SP_NEW ? SP_JOB_FORK : -1;
	case HANDSHAKE_EXEC:
		return c->state == SP_RUN ? SP_JOB_EXEC : -1;
	default:
		return -1;	/* authentication is not on offer */
	}
}

/*
 * A handshake: the client is not read from until it is done.  With exec, what
 * is under way is for a program that is no more, and with addresses of its.
 */
static void
pause_client(struct sp_client *c, int exec)
{

	pthread_mutex_lock(&c->mtx);
	rumpuser__sp_poll(c, 0);
	if (c->state != SP_DYING)
		c->state = SP_BUSY;
	if (exec) {
		c->image++;
		rumpuser__sp_discard(c);
	}
	rumpuser__sp_abort(c);
	pthread_mutex_unlock(&c->mtx);
	c->paused = 1;
}

static int
request(struct sp_client *c)
{
	struct sp_job *job;
	int type;

	if (!request_valid(c))
		return MALFORMED(c);
	if ((type = request_type(c)) == -1)
		return rumpuser__sp_replyerr(c, &c->hdr, RUMPSP_ERR_AUTH,
		    SP_NOWAIT);
	if (!rumpuser__sp_mayqueue(c))
		return rumpuser__sp_replyerr(c, &c->hdr, RUMPSP_ERR_TRYAGAIN,
		    SP_NOWAIT);
	if ((job = calloc(1, sizeof(*job))) == NULL)
		return rumpuser__sp_replyerr(c, &c->hdr, RUMPSP_ERR_NOMEM,
		    SP_NOWAIT);
	job->c = c;
	job->type = (enum sp_jobtype)type;
	job->hdr = c->hdr;
	job->len = c->bodylen;
	memcpy(&job->body, c->inbuf, c->bodylen);
	job->image = c->image;
	if (type != SP_JOB_SYSCALL && type != SP_JOB_PREFORK)
		pause_client(c, type == SP_JOB_EXEC);
	rumpuser__sp_submit(job);
	return 0;
}

/* All of it is there. */
static int
frame_end(struct sp_client *c)
{

	c->hdrgot = 0;
	if (c->inwait == NULL)
		return request(c);
	wait_end(c, c->inwait, c->bodylen,
	    c->hdr.rsp_class == RUMPSP_ERROR ? EFAULT : 0);
	c->inwait = NULL;
	return 0;
}

/* One step: more of the header or of the body.  *@morep: was there any? */
static int
step(struct sp_client *c, int *morep)
{
	size_t got;
	int error;

	*morep = 1;
	if (c->hdrgot < sizeof(c->hdr)) {
		error = take(c, (char *)&c->hdr + c->hdrgot,
		    sizeof(c->hdr) - c->hdrgot, &got);
		c->hdrgot += got;
		*morep = got > 0;
		if (error != 0 || c->hdrgot < sizeof(c->hdr))
			return error;
		if ((error = frame_begin(c)) != 0)
			return error;
		return c->bodylen == 0 ? frame_end(c) : 0;
	}
	error = take(c, c->body + c->bodygot, c->bodylen - c->bodygot, &got);
	c->bodygot += got;
	*morep = got > 0;
	if (error == 0 && c->bodygot == c->bodylen)
		error = frame_end(c);
	return error;
}

int
rumpuser__sp_input(struct sp_client *c)
{
	int error = 0, more = 1, i;

	c->paused = 0;
	for (i = 0; error == 0 && more && !c->paused && i < BURST; i++)
		error = step(c, &more);
	return error;
}
