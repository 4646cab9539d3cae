/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * url.c - parsing a server's URL into a socket address.  Locking: none.
 */
#include "sp/url.h"

#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A port from 1 to 65535, followed by the end or a slash; 0: it is none. */
static unsigned int
parse_port(const char *p)
{
	unsigned int port = 0;
	int digits = 0;

	for (; *p >= '0' && *p <= '9' && digits < 6; p++, digits++)
		port = port * 10 + (unsigned int)(*p - '0');
	if ((*p != '\0' && *p != '/') || port > 65535)
		return 0;
	return port;
}

static int
parse_tcp(const char *p, struct sp_addr *addr)
{
	struct sockaddr_in *in = &addr->u.in;
	const char *colon = strchr(p, ':');
	char host[INET_ADDRSTRLEN];
	unsigned int port;

	if (colon == NULL || (size_t)(colon - p) >= sizeof(host))
		return EINVAL;
	memcpy(host, p, (size_t)(colon - p));
	host[colon - p] = '\0';
	if ((port = parse_port(colon + 1)) == 0)
		return EINVAL;

	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	if (strcmp(host, "*") == 0 || strcmp(host, "0") == 0)
		in->sin_addr.s_addr = htonl(INADDR_ANY);
	else if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return EINVAL;
	addr->len = sizeof(*in);
	return 0;
}

static int
parse_unix(const char *p, struct sp_addr *addr)
{
	struct sockaddr_un *un = &addr->u.un;
	size_t len = 0;

	if (*p == '\0')
		return EINVAL;
	un->sun_family = AF_UNIX;
	if (*p != '/') {
		if (getcwd(un->sun_path, sizeof(un->sun_path)) == NULL)
			return errno == ERANGE ? ENAMETOOLONG : errno;
		len = strlen(un->sun_path);
		if (len + 1 < sizeof(un->sun_path))
			un->sun_path[len++] = '/';
	}
	if (strlen(p) >= sizeof(un->sun_path) - len)
		return ENAMETOOLONG;
	strcpy(un->sun_path + len, p);
	addr->len = sizeof(*un);
	return 0;
}

int
rumpuser__sp_url(const char *url, struct sp_addr *addr)
{

	memset(addr, 0, sizeof(*addr));
	if (strncmp(url, "tcp://", 6) == 0)
		return parse_tcp(url + 6, addr);
	if (strncmp(url, "unix://", 7) == 0)
		return parse_unix(url + 7, addr);
	if (strncmp(url, "tcp6://", 7) == 0)
		return EOPNOTSUPP;
	return EINVAL;
}
