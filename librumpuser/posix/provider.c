/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider.c - the posix provider: its vector, and the operations that belong
 * to no other file.  Locking: none.
 */
#include "host.h"
#include "raw.h"

struct rumpuser_provider rumpuser__posix = {
	.pv_ops = {
		.ho_version = RUMPUSER_HOSTOPS_VERSION,
		.ho_open = rumpuser__raw_open,
		.ho_close = rumpuser__raw_close,
		.ho_fileinfo = rumpuser__raw_fileinfo,
		.ho_fdinfo = rumpuser__raw_fdinfo,
		.ho_readv = rumpuser__raw_readv,
		.ho_writev = rumpuser__raw_writev,
		.ho_sync = rumpuser__raw_sync,
		.ho_flush = rumpuser__raw_flush,
		.ho_submit = rumpuser__raw_submit,
		.ho_alloc = rumpuser__raw_alloc,
		.ho_free = rumpuser__raw_free,
		.ho_map = rumpuser__raw_map,
		.ho_unmap = rumpuser__raw_unmap,
		.ho_clock = rumpuser__raw_clock,
		.ho_sleep = rumpuser__raw_sleep,
		.ho_thread = rumpuser__raw_thread,
		.ho_join = rumpuser__raw_join,
		.ho_random = rumpuser__raw_random,
		.ho_kill = rumpuser__raw_kill,
		.ho_param = rumpuser__raw_param,
		.ho_console = rumpuser__raw_console,
		.ho_exit = rumpuser__raw_exit,
		.ho_dl = rumpuser__raw_dl,
		.ho_message = rumpuser__raw_message,
	},
	.pv_name = "posix",
	.pv_refs = 1,		/* it is in use */
	.pv_state = PV_UP,
	.pv_builtin = 1,
};

int
rumpuser__raw_message(struct rumpuser_provider *p, struct rumpuser_message *m)
{

	(void)p;
	m->rm_verdict = RUMPUSER_MESSAGE_PASS;
	m->rm_error = 0;
	m->rm_delay = 0;
	m->rm_behind = 0;
	return 0;
}

/* One piece, going on after short transfers. */
static int
piece(struct rumpuser_provider *p, struct rumpuser_hostio *io,
    struct rumpuser_iovec v)
{
	const int write = io->hio_op == RUMPUSER_HOSTIO_WRITE;
	size_t n = 1;
	int64_t off;
	int error = 0;

	while (v.iov_len > 0 && error == 0 && n > 0) {
		off = io->hio_off + (int64_t)io->hio_xfer;
		n = 0;
		error = write ?
		    rumpuser__raw_writev(p, io->hio_fd, &v, 1, off, &n) :
		    rumpuser__raw_readv(p, io->hio_fd, &v, 1, off, &n);
		v.iov_base = (char *)v.iov_base + n;
		v.iov_len -= n;
		io->hio_xfer += n;
	}
	return error == 0 && write && v.iov_len > 0 ? EIO : error;
}

/* All pieces of one operation, in order, until the end of the file. */
static void
transfer(struct rumpuser_provider *p, struct rumpuser_hostio *io)
{
	size_t i, want = 0;
	int error = 0;

	for (i = 0; i < io->hio_niov && error == 0; i++) {
		want += io->hio_iov[i].iov_len;
		error = piece(p, io, io->hio_iov[i]);
		if (io->hio_xfer < want)
			break;
	}
	if (error == 0 && io->hio_op == RUMPUSER_HOSTIO_WRITE &&
	    (io->hio_flags & RUMPUSER_HOSTIO_STABLE))
		error = rumpuser__raw_sync(p, io->hio_fd,
		    RUMPUSER_HOSTSYNC_DATA);
	io->hio_error = error;
}

/* Done one after the other on the spot. */
int
rumpuser__raw_submit(struct rumpuser_provider *p, struct rumpuser_hostio *io)
{
	struct rumpuser_hostio *next;

	for (; io != NULL; io = next) {
		next = io->hio_next;
		io->hio_xfer = 0;
		switch (io->hio_op) {
		case RUMPUSER_HOSTIO_READ:
		case RUMPUSER_HOSTIO_WRITE:
			transfer(p, io);
			break;
		case RUMPUSER_HOSTIO_SYNC:
		case RUMPUSER_HOSTIO_BARRIER:
			io->hio_error = rumpuser__raw_sync(p, io->hio_fd,
			    RUMPUSER_HOSTSYNC_DATA);
			break;
		default:
			io->hio_error = EINVAL;
			break;
		}
		io->hio_done(io);
	}
	return 0;
}
