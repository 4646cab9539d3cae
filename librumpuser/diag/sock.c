/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sock.c - host sockets: options, what an error asks for, the state of a TCP
 * connection (see socket(7), tcp(7)).  Locking: none.
 */
#include "diag/out.h"
#include "posix/host.h"

#pragma GCC visibility push(default)
#include <rump/rumpuser_sock.h>
#pragma GCC visibility pop

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>

enum rumpuser_sock_verdict
rumpuser_sock_triage(int hosterr)
{

	switch (hosterr) {
	case 0:
	case EAGAIN:
	case EINTR:
	case EINPROGRESS:
	case EALREADY:
	case ENOBUFS:
	case ENOMEM:
	/* accept(2): of a connection that has gone, or for want of room. */
	case ECONNABORTED:
	case EMFILE:
	case ENFILE:
	case EISCONN:
		return RUMPUSER_SOCK_RETRY;
	case EBADF:
	case ENOTSOCK:
	case EFAULT:
	case EINVAL:
	case EOPNOTSUPP:
	case EDESTADDRREQ:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
	case EPROTOTYPE:
	case ENOPROTOOPT:
		return RUMPUSER_SOCK_PANIC;
	default:
		/* Reset, timeout, unreachable, refused, EIO and the like. */
		return RUMPUSER_SOCK_CLOSE;
	}
}

static const struct {
	int level, name;
	int readonly;
} options[] = {
	[RUMPUSER_SOCKOPT_TYPE] = { SOL_SOCKET, SO_TYPE, 1 },
	[RUMPUSER_SOCKOPT_ERROR] = { SOL_SOCKET, SO_ERROR, 1 },
	[RUMPUSER_SOCKOPT_RCVBUF] = { SOL_SOCKET, SO_RCVBUF, 0 },
	[RUMPUSER_SOCKOPT_SNDBUF] = { SOL_SOCKET, SO_SNDBUF, 0 },
	[RUMPUSER_SOCKOPT_KEEPALIVE] = { SOL_SOCKET, SO_KEEPALIVE, 0 },
	[RUMPUSER_SOCKOPT_REUSEADDR] = { SOL_SOCKET, SO_REUSEADDR, 0 },
	[RUMPUSER_SOCKOPT_REUSEPORT] = { SOL_SOCKET, SO_REUSEPORT, 0 },
	[RUMPUSER_SOCKOPT_BROADCAST] = { SOL_SOCKET, SO_BROADCAST, 0 },
	[RUMPUSER_SOCKOPT_NODELAY] = { IPPROTO_TCP, TCP_NODELAY, 0 },
	[RUMPUSER_SOCKOPT_MAXSEG] = { IPPROTO_TCP, TCP_MAXSEG, 0 },
	[RUMPUSER_SOCKOPT_KEEPIDLE] = { IPPROTO_TCP, TCP_KEEPIDLE, 0 },
	[RUMPUSER_SOCKOPT_KEEPINTVL] = { IPPROTO_TCP, TCP_KEEPINTVL, 0 },
	[RUMPUSER_SOCKOPT_KEEPCNT] = { IPPROTO_TCP, TCP_KEEPCNT, 0 },
	[RUMPUSER_SOCKOPT_USERTIMEOUT] = { IPPROTO_TCP, TCP_USER_TIMEOUT, 0 },
	[RUMPUSER_SOCKOPT_LINGER] = { SOL_SOCKET, SO_LINGER, 0 },
};
_Static_assert(__arraycount(options) == RUMPUSER_SOCKOPT_NOPTS, "a row each");

int
rumpuser_sock_setopt(int fd, int opt, int value)
{
	struct linger l = { .l_onoff = value >= 0, .l_linger = value };
	const void *p = &value;
	socklen_t len = sizeof(value);
	int serrno = errno, error = 0;

	if (opt < 0 || opt >= RUMPUSER_SOCKOPT_NOPTS || options[opt].readonly)
		return rumpuser__errtrans(EINVAL);
	if (opt == RUMPUSER_SOCKOPT_LINGER) {
		p = &l;
		len = sizeof(l);
	}
	if (setsockopt(fd, options[opt].level, options[opt].name, p, len) ==
	    -1)
		error = errno;
	errno = serrno;
	return rumpuser__errtrans(error);
}

int
rumpuser_sock_getopt(int fd, int opt, int *valuep)
{
	union {
		int v;
		struct linger l;
	} u;
	socklen_t len = sizeof(u.v);
	int serrno = errno, error = 0;

	if (opt < 0 || opt >= RUMPUSER_SOCKOPT_NOPTS)
		return rumpuser__errtrans(EINVAL);
	if (opt == RUMPUSER_SOCKOPT_LINGER)
		len = sizeof(u.l);
	if (getsockopt(fd, options[opt].level, options[opt].name, &u, &len) ==
	    -1)
		error = errno;
	else if (opt == RUMPUSER_SOCKOPT_LINGER)
		*valuep = u.l.l_onoff ? u.l.l_linger : -1;
	else if (opt == RUMPUSER_SOCKOPT_ERROR)
		*valuep = rumpuser__errtrans(u.v);
	else
		*valuep = u.v;
	errno = serrno;
	return rumpuser__errtrans(error);
}

static const char *
state_name(unsigned state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED", [TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECV] = "SYN_RECV", [TCP_FIN_WAIT1] = "FIN_WAIT1",
		[TCP_FIN_WAIT2] = "FIN_WAIT2", [TCP_TIME_WAIT] = "TIME_WAIT",
		[TCP_CLOSE] = "CLOSE", [TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_LAST_ACK] = "LAST_ACK", [TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};

	if (state < __arraycount(names) && names[state] != NULL)
		return names[state];
	return "?";
}

static void
fmt_info(struct rumpuser_dump *d, const struct tcp_info *ti)
{

	rumpuser_dump_printf(d, "state=%s mss=%u rcvmss=%u rtt=%u rttvar=%u "
	    "rto=%u cwnd=%u ", state_name(ti->tcpi_state), ti->tcpi_snd_mss,
	    ti->tcpi_rcv_mss, ti->tcpi_rtt, ti->tcpi_rttvar, ti->tcpi_rto,
	    ti->tcpi_snd_cwnd);
	/* The host's way of saying that there is none. */
	if (ti->tcpi_snd_ssthresh >= INT32_MAX)
		rumpuser_dump_printf(d, "ssthresh=none ");
	else
		rumpuser_dump_printf(d, "ssthresh=%u ",
		    ti->tcpi_snd_ssthresh);
	rumpuser_dump_printf(d, "unacked=%u retrans=%u lost=%u pmtu=%u "
	    "options=%s%s%s%s", ti->tcpi_unacked, ti->tcpi_total_retrans,
	    ti->tcpi_lost, ti->tcpi_pmtu,
	    ti->tcpi_options & TCPI_OPT_TIMESTAMPS ? "T" : "",
	    ti->tcpi_options & TCPI_OPT_SACK ? "S" : "",
	    ti->tcpi_options & TCPI_OPT_WSCALE ? "W" : "",
	    ti->tcpi_options & TCPI_OPT_ECN ? "E" : "");
}

int
rumpuser_sock_tcpinfo(int fd, char *buf, size_t size)
{
	struct tcp_info ti;
	struct rumpuser_dump d;
	socklen_t len = sizeof(ti);
	int serrno = errno, error = 0;

	memset(&ti, 0, sizeof(ti));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1)
		error = errno;
	errno = serrno;
	if (error != 0)
		return rumpuser__errtrans(error);
	rumpuser__out_mem(&d, buf, size);
	fmt_info(&d, &ti);
	return d.total < size ? 0 : rumpuser__errtrans(E2BIG);
}
