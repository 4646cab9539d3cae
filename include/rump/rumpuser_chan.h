/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_chan.h - reading and writing descriptors by completion: sockets,
 * pipes, terminals.  An extension of ours to the hypercalls of rumpuser(3); see
 * rumpuser_chan(3).
 *
 * A channel is a descriptor of the host with at most one transfer of each
 * direction under way; the handler of a transfer is called when it is done.
 * On a task whose poller is io_uring, transfers are handed to the host in
 * batches, many for one system call; on others the task does them itself when
 * the descriptor is ready.  The behaviour is the same.
 *
 * Conventions as in rumpuser_event.h.  Files of a disk are for
 * rumpuser_aio(3).
 */
#ifndef _RUMP_RUMPUSER_CHAN_H_
#define _RUMP_RUMPUSER_CHAN_H_

#include <rump/rumpuser_event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A transfer of a channel.  Private. */
struct rumpuser_chanio {
	struct rumpuser_work io_work;	/* an attempt, or the completion */
	struct rumpuser_chan *io_chan;
	rumpuser_event_fn io_fn;
	void *io_env;
	char *io_buf;
	size_t io_len, io_done;
	int io_op;
	uint32_t io_armed;		/* atomic */
	uint64_t io_poller[10];		/* the poller's part */
};

/** A channel; caller's memory, the fields are private. */
struct rumpuser_chan {
	struct rumpuser_task *c_task;
	int c_fd;
	int c_socket;
	uint32_t c_ready;		/* may be tried; the task's thread's */
	uint32_t c_watched;		/* atomic: for what c_poll is */
	struct rumpuser_chanio c_io[2];
	struct rumpuser_poll c_poll;
};

#define RUMPUSER_CHAN_IN	0	/* read, accept */
#define RUMPUSER_CHAN_OUT	1	/* write, connect */

/**
 * Make @c the channel of the host descriptor @fd, which stays the caller's, on
 * @task.  The descriptor should be non-blocking.  EBADF.
 */
int rumpuser_chan_init(struct rumpuser_chan *c, struct rumpuser_task *task,
    int fd);
/**
 * Give the channel up, before closing the descriptor: transfers under way are
 * cancelled.  May block.
 */
void rumpuser_chan_fini(struct rumpuser_chan *c);

/**
 * Read at most @len bytes into @buf, which must stay until it is done.
 * @fn(@env, n, error) gets the number of bytes that have come, 0 at the end of
 * the file.  0; EBUSY: a transfer in this direction is under way; ENOMEM and
 * errors of rumpuser_poll_enable().
 */
int rumpuser_chan_read(struct rumpuser_chan *c, void *buf, size_t len,
    rumpuser_event_fn fn, void *env);
/**
 * Write all @len bytes at @buf; the handler gets @len, or fewer and why.  No
 * SIGPIPE is raised for sockets.
 */
int rumpuser_chan_write(struct rumpuser_chan *c, const void *buf, size_t len,
    rumpuser_event_fn fn, void *env);
/**
 * Accept a connection, accept4(2): the handler gets the new descriptor, which
 * is non-blocking and close-on-exec, or an error.
 */
int rumpuser_chan_accept(struct rumpuser_chan *c, rumpuser_event_fn fn,
    void *env);
/**
 * Connect, connect(2), to the host's address of @len bytes at @addr, which
 * must stay until it is done.
 */
int rumpuser_chan_connect(struct rumpuser_chan *c, const void *addr,
    size_t len, rumpuser_event_fn fn, void *env);

/**
 * Take the transfer in direction @which (RUMPUSER_CHAN_*) back.  0: its
 * handler will not be called; *@donep (may be NULL) gets what it has done so
 * far all the same: bytes that were transferred, or the descriptor that was
 * accepted (0: none).  EINVAL: there is none, its handler has been called (and
 * does not run any more, unless it is the caller).  In both cases the memory
 * is the caller's again.  EDEADLK as in rumpuser_event_cancel().  May block.
 */
int rumpuser_chan_cancel(struct rumpuser_chan *c, int which, size_t *donep);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_CHAN_H_ */
