/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blocksrv.c - serve the blocks of a file to many clients, with the host layer
 * alone: no kernel in it, one thread, no call that waits.
 *
 *	cc blocksrv.c $(pkg-config --cflags --libs rumpuser) -o blocksrv
 *	./blocksrv disk.img /tmp/socket &
 *	python3 -c "import socket, struct; s = socket.socket(socket.AF_UNIX)
 *	s.connect('/tmp/socket'); s.send(struct.pack('QQ', 1024, 56))
 *	print(s.recv(64))"
 *
 * A client sends requests of 16 bytes (offset and length, host order) on a
 * UNIX-domain socket and gets 8 bytes (the length that follows, or an errno
 * negated) and the data.  SIGINT and SIGTERM end the server when the
 * requests under way are answered; after each second with work it says how much
 * there was.
 */
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_aio.h>
#include <rump/rumpuser_chan.h>

/* NetBSD's numbers, which the host layer speaks. */
enum { NB_EINVAL = 22, NB_SIGINT = 2, NB_SIGTERM = 15 };

#define MAXREQ	((uint64_t)1 << 20)

struct client {
	LIST_ENTRY(client) entry;
	struct rumpuser_chan chan;
	int fd;
	struct { uint64_t off, len; } req;
	size_t got;			/* of the request */
	struct rumpuser_iovec iov;
	void *scratch;
	union {
		int64_t len;		/* before the data */
		char bytes[sizeof(int64_t) + MAXREQ];
	} reply;
};

static struct rumpuser_task *task;
static struct rumpuser_aiofile *file;
static struct rumpuser_chan listener;
static struct rumpuser_timer second;
static uint64_t requests, bytes;
static LIST_HEAD(, client) clients;
static int stopping;

static void request(void *, uintptr_t, int);

static void
check(int error, const char *what)
{

	if (error != 0)
		errx(1, "%s: error %d", what, error);
}

static void
maybe_stop(void)
{

	if (stopping && LIST_EMPTY(&clients))
		rumpuser_task_stop(task);
}

static void
bye(struct client *c)
{

	rumpuser_chan_fini(&c->chan);
	close(c->fd);
	LIST_REMOVE(c, entry);
	free(c->scratch);
	free(c);
	maybe_stop();
}

static void
next(struct client *c)
{

	if (stopping || rumpuser_chan_read(&c->chan, (char *)&c->req + c->got,
	    sizeof(c->req) - c->got, request, c) != 0)
		bye(c);
}

static void
answered(void *env, uintptr_t n, int error)
{
	struct client *c = env;

	(void)n;
	c->got = 0;
	if (error != 0)
		bye(c);
	else
		next(c);
}

/* Answer with @n bytes of data, or an error. */
static void
answer(struct client *c, size_t n, int error)
{

	c->reply.len = error != 0 ? -error : (int64_t)n;
	if (rumpuser_chan_write(&c->chan, &c->reply, sizeof(c->reply.len) +
	    (error != 0 ? 0 : n), answered, c) != 0)
		bye(c);
}

static void
filled(void *env, uintptr_t n, int error)
{

	requests++;
	bytes += n;
	answer(env, n, error);
}

/* Bytes of a request have come, perhaps not all of it. */
static void
request(void *env, uintptr_t n, int error)
{
	struct client *c = env;

	if (error != 0 || n == 0) {
		bye(c);
		return;
	}
	if ((c->got += n) < sizeof(c->req)) {
		next(c);
		return;
	}
	if (c->req.len > MAXREQ || c->req.off > INT64_MAX - MAXREQ) {
		answer(c, 0, NB_EINVAL);
		return;
	}
	c->iov.iov_base = c->reply.bytes + sizeof(c->reply.len);
	c->iov.iov_len = c->req.len;
	error = rumpuser_aio_readv(file, c->scratch, &c->iov, 1,
	    (int64_t)c->req.off, filled, c);
	if (error != 0)
		answer(c, 0, error);
}

static void
accepted(void *env, uintptr_t fd, int error)
{
	struct client *c;

	(void)env;
	if (stopping) {
		if (error == 0)
			close((int)fd);
		return;
	}
	if (error == 0) {
		c = calloc(1, sizeof(*c));
		if (c == NULL ||
		    (c->scratch = malloc(rumpuser_aio_scratchsize())) == NULL)
			err(1, "no memory for a client");
		c->fd = (int)fd;
		check(rumpuser_chan_init(&c->chan, task, c->fd), "channel");
		LIST_INSERT_HEAD(&clients, c, entry);
		next(c);
	}
	check(rumpuser_chan_accept(&listener, accepted, NULL), "accept");
}

/*
 * An ordinary function: it may allocate, print, take locks.  Clients that wait
 * for nothing are sent away; the others go when they have their answers.
 */
static void
interrupted(void *env, uintptr_t info, int error)
{
	struct client *c, *after;

	(void)env;
	(void)info;
	(void)error;
	stopping = 1;
	(void)rumpuser_chan_cancel(&listener, RUMPUSER_CHAN_IN, NULL);
	for (c = LIST_FIRST(&clients); c != NULL; c = after) {
		after = LIST_NEXT(c, entry);
		if (rumpuser_chan_cancel(&c->chan, RUMPUSER_CHAN_IN,
		    NULL) == 0)
			bye(c);
	}
	maybe_stop();
}

static void
report(void *env, uintptr_t when, int error)
{

	(void)env;
	(void)error;
	if (requests > 0)
		fprintf(stderr, "%llu requests, %llu bytes\n",
		    (unsigned long long)requests, (unsigned long long)bytes);
	requests = bytes = 0;
	check(rumpuser_timer_set(&second, (int64_t)when + 1000000000),
	    "timer");
}

static int
listening(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);

	if (fd == -1 || strlen(path) >= sizeof(sun.sun_path))
		err(1, "socket");
	strcpy(sun.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, 128) == -1)
		err(1, "%s", path);
	return fd;
}

int
main(int argc, char *argv[])
{
	struct rumpuser_task_attr ta = { .ta_name = "server",
	    .ta_poller = RUMPUSER_POLLER_IOURING };
	struct rumpuser_aio_attr aa = { .aa_name = "image" };
	struct rumpuser_signal sigs[2];
	struct rumpuser_aio *aio;
	uint64_t size;
	int fd;

	if (argc != 3)
		errx(2, "usage: blocksrv IMAGE SOCKET");
	if (rumpuser_task_create(&task, &ta) != 0) {
		ta.ta_poller = RUMPUSER_POLLER_DEFAULT;
		check(rumpuser_task_create(&task, &ta), "task");
	}
	/* Signals first: threads inherit what is blocked. */
	rumpuser_signal_init(&sigs[0], task, NB_SIGINT, interrupted, NULL);
	rumpuser_signal_init(&sigs[1], task, NB_SIGTERM, interrupted, NULL);
	check(rumpuser_signal_enable(&sigs[0]), "SIGINT");
	check(rumpuser_signal_enable(&sigs[1]), "SIGTERM");

	aa.aa_task = task;
	check(rumpuser_aio_create(&aa, &aio), "aio");
	check(rumpuser_aio_open(aio, argv[1], RUMPUSER_OPEN_RDONLY, &file,
	    &size), argv[1]);
	fd = listening(argv[2]);
	check(rumpuser_chan_init(&listener, task, fd), "listener");
	check(rumpuser_chan_accept(&listener, accepted, NULL), "accept");
	rumpuser_timer_init(&second, task, report, NULL);
	check(rumpuser_timer_set(&second, rumpuser_event_now() + 1000000000),
	    "timer");
	fprintf(stderr, "%s: %llu bytes\n", argv[1],
	    (unsigned long long)size);

	check(rumpuser_task_run(task), "run");

	rumpuser_chan_fini(&listener);
	close(fd);
	unlink(argv[2]);
	(void)rumpuser_event_cancel(&second.t_ev);
	(void)rumpuser_event_cancel(&sigs[0].s_ev);
	(void)rumpuser_event_cancel(&sigs[1].s_ev);
	check(rumpuser_aio_close(file), "close");
	check(rumpuser_aio_destroy(aio), "aio");
	check(rumpuser_task_destroy(task), "task");
	return 0;
}
