/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libaio.c - the engine on io_submit(2) and io_getevents(2), for files opened
 * with O_DIRECT: others would make io_submit() wait for the transfer.
 *
 * A reaper sleeps in io_getevents() itself, which saves a system call for
 * each batch; a watch on an eventfd among the requests (IOCB_CMD_POLL, since
 * Linux 4.18) is what wakes it for other reasons.  Contexts whose handlers
 * run on a task have completions signalled through an eventfd instead.
 *
 * Locking: see aio.h; a_iocbs belongs to the submission token.
 */
#include "aio/aio.h"

#include <sys/eventfd.h>
#include <sys/uio.h>

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(struct rumpuser_iovec) == sizeof(struct iovec) &&
    offsetof(struct rumpuser_iovec, iov_len) ==
    offsetof(struct iovec, iov_len), "struct rumpuser_iovec");

static void
prep(struct rumpuser_aio *a, struct aio_op *op, unsigned int i)
{
	struct iocb *cb = &op->o_iocb;
	const struct iovec *iov = (const struct iovec *)op->o_iov;
	const int fd = op->o_file != NULL ? op->o_file->f_dfd : -1;

	switch (op->o_kind) {
	case AIO_WAKE:
		io_prep_poll(cb, a->a_wakefd, POLLIN);
		break;
	case AIO_READ:
		if (op->o_niov == 1)
			io_prep_pread(cb, fd, iov->iov_base, iov->iov_len,
			    op->o_off);
		else
			io_prep_preadv(cb, fd, iov, (int)op->o_niov,
			    op->o_off);
		break;
	case AIO_WRITE:
		if (op->o_niov == 1)
			io_prep_pwrite(cb, fd, iov->iov_base, iov->iov_len,
			    op->o_off);
		else
			io_prep_pwritev(cb, fd, iov, (int)op->o_niov,
			    op->o_off);
		if (op->o_flags & AIOF_DSYNC)
			cb->aio_rw_flags = RWF_DSYNC;
		break;
	}
	if (a->a_evfd != -1)
		io_set_eventfd(cb, a->a_evfd);
	cb->data = op;
	a->a_iocbs[i] = cb;
}

static unsigned int
submit(struct rumpuser_aio *a, unsigned int n)
{
	int rv;

	a->a_suberr = 0;
	rv = io_submit(a->a_ioctx, n, a->a_iocbs);
	if (rv >= 0)
		return (unsigned int)rv;
	a->a_suberr = rv == -EINTR ? EAGAIN : -rv;
	return 0;
}

static unsigned int
reap(struct rumpuser_aio *a, struct aio_event *ev, unsigned int max,
    unsigned int min, int64_t timeout)
{
	struct io_event raw[AIO_BATCH];
	struct timespec ts = { 0, 0 };
	int i, n;

	if (timeout > 0) {
		ts.tv_sec = timeout / 1000000000;
		ts.tv_nsec = timeout % 1000000000;
	}
	n = io_getevents(a->a_ioctx, timeout == 0 ? 0 : min, max, raw,
	    timeout < 0 ? NULL : &ts);
	for (i = 0; i < n; i++) {
		ev[i].e_op = raw[i].data;
		/* The first result is signed, whatever its type. */
		ev[i].e_res = (int64_t)(long)raw[i].res;
	}
	return n < 0 ? 0 : (unsigned int)n;
}

/* Is the watch to be had?  Its own request is the first that is made. */
static int
probe(struct rumpuser_aio *a)
{
	unsigned int n;

	prep(a, &a->a_wakeop, 0);
	n = submit(a, 1);
	if (n != 1)
		return a->a_suberr != 0 ? a->a_suberr : EAGAIN;
	a->a_armed = 1;
	return 0;
}

static int
open_(struct rumpuser_aio *a)
{
	int error;

	a->a_ioctx = NULL;
	/* One more: the watch. */
	error = -io_setup((int)a->a_attr.aa_depth + 1, &a->a_ioctx);
	if (error != 0)
		return error;
	a->a_iocbs = calloc(AIO_BATCH, sizeof(*a->a_iocbs));
	error = a->a_iocbs == NULL ? ENOMEM : probe(a);
	if (error != 0) {
		free(a->a_iocbs);
		a->a_iocbs = NULL;
		(void)io_destroy(a->a_ioctx);
	}
	return error;
}

static void
close_(struct rumpuser_aio *a)
{

	(void)io_destroy(a->a_ioctx);
	free(a->a_iocbs);
	a->a_iocbs = NULL;
}

/* The host's context stayed with the parent's address space. */
static void
forget(struct rumpuser_aio *a)
{

	free(a->a_iocbs);
	a->a_iocbs = NULL;
}

const struct aio_engine rumpuser__aio_libaio = {
	.e_name = "libaio",
	.e_ring = 1,
	.e_open = open_,
	.e_close = close_,
	.e_forget = forget,
	.e_prep = prep,
	.e_submit = submit,
	.e_reap = reap,
};
