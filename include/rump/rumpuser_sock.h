/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rumpuser_sock.h - host sockets: options, what to do about an error, the
 * state of a TCP connection in words.  See rumpuser_sock(3).
 *
 * Usable from both namespaces; needs no rumpuser_init().  Functions that
 * return int return 0 or an errno value in NetBSD's numbering; none blocks.
 */
#ifndef _RUMP_RUMPUSER_SOCK_H_
#define _RUMP_RUMPUSER_SOCK_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What to do next with a socket. */
enum rumpuser_sock_verdict {
	RUMPUSER_SOCK_RETRY = 0,	/* nothing is wrong */
	RUMPUSER_SOCK_CLOSE = 1,	/* the peer or the network is gone */
	RUMPUSER_SOCK_PANIC = 2		/* the program is wrong */
};

/**
 * Judge the error of a call on a socket (connect, accept, send, recv ...);
 * @hosterr is the host's errno, 0 counts as RETRY.
 */
enum rumpuser_sock_verdict rumpuser_sock_triage(int hosterr);

/** Options, by names of our own, since the host's numbers differ. */
enum rumpuser_sockopt {
	RUMPUSER_SOCKOPT_TYPE,		/* read only: host's SOCK_ */
	RUMPUSER_SOCKOPT_ERROR,		/* read only: NetBSD's errno, cleared */
	RUMPUSER_SOCKOPT_RCVBUF, RUMPUSER_SOCKOPT_SNDBUF,	/* bytes */
	RUMPUSER_SOCKOPT_KEEPALIVE, RUMPUSER_SOCKOPT_REUSEADDR,
	RUMPUSER_SOCKOPT_REUSEPORT, RUMPUSER_SOCKOPT_BROADCAST,
	RUMPUSER_SOCKOPT_NODELAY, RUMPUSER_SOCKOPT_MAXSEG,
	RUMPUSER_SOCKOPT_KEEPIDLE, RUMPUSER_SOCKOPT_KEEPINTVL,	/* seconds */
	RUMPUSER_SOCKOPT_KEEPCNT,
	RUMPUSER_SOCKOPT_USERTIMEOUT,	/* milliseconds */
	RUMPUSER_SOCKOPT_LINGER,	/* seconds, below 0: off */
	RUMPUSER_SOCKOPT_NOPTS
};

/** Set option @opt.  EINVAL: no such option; errors of setsockopt(2). */
int rumpuser_sock_setopt(int fd, int opt, int value);
/** Read it.  EINVAL; errors of getsockopt(2). */
int rumpuser_sock_getopt(int fd, int opt, int *valuep);

/**
 * The state of TCP socket @fd in one line of "key=value" words: state, mss,
 * rtt, rttvar, rto (in microseconds), cwnd (segments), ssthresh, unacked,
 * retrans, lost, pmtu, options.  NUL-terminated.  E2BIG: cut off; errors of
 * getsockopt(2), EOPNOTSUPP and EINVAL among them for what is no TCP socket.
 */
int rumpuser_sock_tcpinfo(int fd, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* _RUMP_RUMPUSER_SOCK_H_ */
