/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uring.c - the engine on io_uring(7), through liburing.
 *
 * It does transfers through the page cache and syncs as well, without holding
 * up whoever submits.  A context with one thread (SINGLE) submits and waits in
 * one system call, and has completions processed only there.
 *
 * Locking: see aio.h.  liburing's submission side is used by the holder of
 * a_submitting, its completion side by the holder of a_reaping; it allows
 * both at once.
 */
#include "aio/aio.h"

#include <sys/uio.h>

#include <poll.h>
#include <string.h>

/* What io_uring_enter(2) can do to us: waiting with a time, for instance. */
#define NEEDED	(IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | \
    IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_RW_CUR_POS)

static int
single(const struct rumpuser_aio *a)
{

	return (a->a_attr.aa_flags & RUMPUSER_AIO_SINGLE) != 0;
}

static void
prep(struct rumpuser_aio *a, struct aio_op *op, unsigned int i)
{
	/* Never NULL: the ring is as deep as there are requests. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&a->a_ring);
	const struct iovec *iov = (const struct iovec *)op->o_iov;
	int fd = -1;

	(void)i;
	if (op->o_file != NULL)
		fd = op->o_flags & AIOF_CACHED ? op->o_file->f_fd :
		    op->o_file->f_dfd;
	switch (op->o_kind) {
	case AIO_WAKE:
		io_uring_prep_poll_add(sqe, a->a_wakefd, POLLIN);
		break;
	case AIO_READ:
		if (op->o_niov == 1)
			io_uring_prep_read(sqe, fd, iov->iov_base,
			    (unsigned int)iov->iov_len, (uint64_t)op->o_off);
		else
			io_uring_prep_readv(sqe, fd, iov, op->o_niov,
			    (uint64_t)op->o_off);
		break;
	case AIO_WRITE:
		if (op->o_niov == 1)
			io_uring_prep_write(sqe, fd, iov->iov_base,
			    (unsigned int)iov->iov_len, (uint64_t)op->o_off);
		else
			io_uring_prep_writev(sqe, fd, iov, op->o_niov,
			    (uint64_t)op->o_off);
		if (op->o_flags & AIOF_DSYNC)
			sqe->rw_flags = RWF_DSYNC;
		break;
	case AIO_SYNC:
		io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
		break;
	}
	io_uring_sqe_set_data(sqe, op);
}

/* What is prepared stays so until it is taken: all are, sooner or later. */
static unsigned int
submit(struct rumpuser_aio *a, unsigned int n)
{

	if (!a->a_defer)
		(void)io_uring_submit(&a->a_ring);
	a->a_sqleft = io_uring_sq_ready(&a->a_ring) > 0;
	return n;
}

static void
wait_(struct rumpuser_aio *a, unsigned int min, int64_t timeout)
{
	struct __kernel_timespec ts = { 0, 0 };
	struct io_uring_cqe *cqe;

	if (timeout > 0) {
		ts.tv_sec = timeout / 1000000000;
		ts.tv_nsec = timeout % 1000000000;
	}
	if (single(a)) {
		if (timeout == 0)
			(void)io_uring_submit_and_get_events(&a->a_ring);
		else if (timeout < 0)
			(void)io_uring_submit_and_wait(&a->a_ring, min);
		else
			(void)io_uring_submit_and_wait_timeout(&a->a_ring,
			    &cqe, min, &ts, NULL);
		a->a_sqleft = io_uring_sq_ready(&a->a_ring) > 0;
	} else if (timeout < 0)
		(void)io_uring_wait_cqe_nr(&a->a_ring, &cqe, min);
	else if (timeout > 0)
		(void)io_uring_wait_cqes(&a->a_ring, &cqe, min, &ts, NULL);
}

static unsigned int
reap(struct rumpuser_aio *a, struct aio_event *ev, unsigned int max,
    unsigned int min, int64_t timeout)
{
	struct io_uring_cqe *cqe[AIO_BATCH];
	unsigned int i, n;

	wait_(a, min, timeout);
	n = io_uring_peek_batch_cqe(&a->a_ring, cqe, max);
	for (i = 0; i < n; i++) {
		ev[i].e_op = io_uring_cqe_get_data(cqe[i]);
		ev[i].e_res = cqe[i]->res;
	}
	io_uring_cq_advance(&a->a_ring, n);
	return n;
}

static int
setup(struct rumpuser_aio *a, unsigned int flags)
{
	struct io_uring_params p;

	memset(&p, 0, sizeof(p));
	p.flags = flags;
	/* One more: the watch. */
	return -io_uring_queue_init_params(a->a_attr.aa_depth + 1, &a->a_ring,
	    &p);
}

static int
open_(struct rumpuser_aio *a)
{
	int error = EINVAL;

	if (single(a))
		error = setup(a, IORING_SETUP_SINGLE_ISSUER |
		    IORING_SETUP_DEFER_TASKRUN);
	if (error == EINVAL)
		error = setup(a, 0);
	if (error != 0)
		return error;
	if ((a->a_ring.features & NEEDED) != NEEDED)
		error = ENOSYS;
	else if (a->a_evfd != -1)
		error = -io_uring_register_eventfd(&a->a_ring, a->a_evfd);
	if (error != 0)
		io_uring_queue_exit(&a->a_ring);
	return error;
}

/* Of use in a child of fork(), too: nothing is in flight. */
static void
close_(struct rumpuser_aio *a)
{

	io_uring_queue_exit(&a->a_ring);
}

const struct aio_engine rumpuser__aio_uring = {
	.e_name = "io_uring",
	.e_ring = 1,
	.e_cached = 1,
	.e_open = open_,
	.e_close = close_,
	.e_forget = close_,
	.e_prep = prep,
	.e_submit = submit,
	.e_reap = reap,
};
