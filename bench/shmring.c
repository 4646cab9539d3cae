/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of 64 bytes between two processes: shmring ring|pipe|pipebulk
 * oneway|roundtrip. Every message is filled, and every byte of it is checked
 * where it arrives. Each process has a CPU of its own if there are two.
 * pipebulk reads as many messages at a time as there are.
 *
 * The time is that of a million messages; the second figure is the host calls
 * that the ring made.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rump/rumpuser_shm.h>
#include <rump/rumpuser_shmring.h>

#include "work.h"

#define WORDS	8
#define ONEWAY	((uint64_t)1000000)
#define TRIPS	((uint64_t)50000)
#define NB_EAGAIN 35

struct message {
	uint64_t w[WORDS];
};

static struct rumpuser_shmseg *seg;
static struct rumpuser_shmring *ring;
static int rfd = -1, wfd = -1;
static struct message bulk[1024];
static size_t bulk_at, bulk_n;

static void
fill(struct message *m, uint64_t seq)
{
	int i;

	for (i = 0; i < WORDS; i++)
		m->w[i] = seq * 0x9e3779b97f4a7c15 + i;
}

static void
verify(const struct message *m, uint64_t seq)
{
	uint64_t bad = 0;
	int i;

	for (i = 0; i < WORDS; i++)
		bad |= m->w[i] ^ (seq * 0x9e3779b97f4a7c15 + i);
	if (bad != 0)
		errx(1, "message %ju is not what was sent", (uintmax_t)seq);
}

static void
ring_send(const struct message *m)
{
	int error;

	while ((error = rumpuser_shmring_send(ring, m, sizeof(*m), 0)) ==
	    NB_EAGAIN)
		if ((error = rumpuser_shmring_wait(ring, RUMPUSER_SHMRING_OUT,
		    RUMPUSER_SHM_FOREVER)) != 0)
			break;
	if (error != 0)
		errx(1, "send: error %d", error);
}

static void
ring_recv(struct message *m)
{
	struct rumpuser_shmmsg msg;
	int error;

	while ((error = rumpuser_shmring_recv(ring, m, sizeof(*m), &msg)) ==
	    NB_EAGAIN)
		if ((error = rumpuser_shmring_wait(ring, RUMPUSER_SHMRING_IN,
		    RUMPUSER_SHM_FOREVER)) != 0)
			break;
	if (error != 0 || msg.sr_len != sizeof(*m))
		errx(1, "recv: error %d", error);
}

static void
pipe_send(const struct message *m)
{

	if (write(wfd, m, sizeof(*m)) != sizeof(*m))
		err(1, "write");
}

static void
pipe_recv(struct message *m)
{

	if (read(rfd, m, sizeof(*m)) != sizeof(*m))
		err(1, "read");
}

/* Writes of one message are whole, so are reads of a multiple. */
static void
bulk_recv(struct message *m)
{
	ssize_t n;

	if (bulk_at == bulk_n) {
		n = read(rfd, bulk, sizeof(bulk));
		if (n <= 0 || n % sizeof(*m) != 0)
			err(1, "read");
		bulk_n = n / sizeof(*m);
		bulk_at = 0;
	}
	*m = bulk[bulk_at++];
}

static void (*send_one)(const struct message *);
static void (*recv_one)(struct message *);

static void
open_ring(int side, int sock, int fd)
{
	int error;

	if (side == 1 && (error = rumpuser_shmseg_attach(fd, &seg)) != 0)
		errx(1, "attach: error %d", error);
	if ((error = rumpuser_shmring_open(seg, 0, side, sock, &ring)) != 0 ||
	    (error = rumpuser_shmring_connect(ring, RUMPUSER_SHM_FOREVER)) !=
	    0)
		errx(1, "ring: error %d", error);
}

/* The n-th CPU that there is, if there are two. */
static void
place(int n)
{
	cpu_set_t all, one;
	int i;

	if (sched_getaffinity(0, sizeof(all), &all) == -1 ||
	    CPU_COUNT(&all) < 2)
		return;
	for (i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all) && n-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(i, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* The process that answers, or reads. */
static void
child(int oneway, uint64_t n)
{
	struct message m;
	uint64_t i;

	for (i = 0; i < n; i++) {
		recv_one(&m);
		verify(&m, i);
		if (!oneway || i == n - 1) {
			fill(&m, ~i);
			send_one(&m);
		}
	}
}

/* The process that is timed, until the last answer. */
static double
parent(int oneway, uint64_t n)
{
	struct message m;
	uint64_t i;
	double t;

	t = bench_now();
	for (i = 0; i < n; i++) {
		fill(&m, i);
		send_one(&m);
		if (!oneway || i == n - 1) {
			recv_one(&m);
			verify(&m, ~i);
		}
	}
	return bench_now() - t;
}

static double
run(int isring, int oneway, uint64_t n)
{
	int fds[2], back[2], sv[2], status;
	double t;
	pid_t pid;

	if (pipe(fds) == -1 || pipe(back) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		err(1, "pipe");
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		place(1);
		rfd = fds[0];
		wfd = back[1];
		close(sv[0]);
		if (isring)
			open_ring(1, sv[1], rumpuser_shmseg_fd(seg));
		child(oneway, n);
		_exit(0);
	}
	place(0);
	rfd = back[0];
	wfd = fds[1];
	close(sv[1]);
	if (isring)
		open_ring(0, sv[0], -1);
	t = parent(oneway, n);
	if (waitpid(pid, &status, 0) == -1 || status != 0)
		errx(1, "the other process failed");
	return t;
}

int
main(int argc, char **argv)
{
	struct rumpuser_shmparams params = { .sp_npeers = 2, .sp_nrings = 1,
		.sp_ringbytes = 1 << 18 };
	struct rumpuser_shmringstat st = { 0, 0, 0 };
	int isring, oneway;
	uint64_t n;
	double t;

	if (argc < 3)
		errx(2, "usage: shmring ring|pipe|pipebulk oneway|roundtrip");
	isring = strcmp(argv[1], "ring") == 0;
	oneway = strcmp(argv[2], "oneway") == 0;
	send_one = isring ? ring_send : pipe_send;
	recv_one = isring ? ring_recv :
	    strcmp(argv[1], "pipe") == 0 ? pipe_recv : bulk_recv;
	if (isring && rumpuser_shmseg_create(NULL, 0, &params, &seg) != 0)
		errx(1, "no segment");
	/* Long enough to be measured: the pipe is the slower one. */
	n = oneway ? ONEWAY : TRIPS;
	if (isring)
		n *= 5;
	t = run(isring, oneway, n);
	if (isring)
		rumpuser_shmring_stat(ring, &st);
	bench_report(t / n * 1e6, (double)(st.sr_rung + st.sr_slept));
	return 0;
}
