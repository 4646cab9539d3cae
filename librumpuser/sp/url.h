/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * url.h - where a server is: tcp://address:port/ and unix://path.
 * Locking: none.
 */
#ifndef _RUMPUSER_SP_URL_H_
#define _RUMPUSER_SP_URL_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

struct sp_addr {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} u;
};

/**
 * Parse the URL of a server to be.  tcp://a.b.c.d:port, with "*" or "0" for
 * any address, and an optional /... behind it; unix://path, where a relative
 * path is made absolute.  The host's errno: EINVAL, ENAMETOOLONG, EOPNOTSUPP
 * (tcp6://), those of getcwd(3).  Changes errno.
 */
int rumpuser__sp_url(const char *url, struct sp_addr *addr);

#endif /* _RUMPUSER_SP_URL_H_ */
