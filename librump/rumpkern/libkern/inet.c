/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 addresses as text.  No locks; intoa's result is one static buffer. */
#define RUMP_LIBKERN_IMPL
#include <sys/param.h>
#include <sys/systm.h>
#include <lib/libkern/libkern.h>

/* Dotted quad of an address in network byte order. */
char *
intoa(u_int32_t addr)
{
	static char buf[sizeof("255.255.255.255")];
	const u_char *p = (const u_char *)&addr;

	snprintf(buf, sizeof(buf), "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	return buf;
}

/* The reverse; INADDR_NONE (all ones) for what is no dotted quad. */
u_int32_t
inet_addr(const char *s)
{
	uint32_t v = 0;
	unsigned int part;
	int n;

	for (n = 0; n < 4; n++) {
		if (!isdigit((unsigned char)*s))
			return 0xffffffff;
		for (part = 0; isdigit((unsigned char)*s); s++)
			if ((part = part * 10 + (*s - '0')) > 255)
				return 0xffffffff;
		v = v << 8 | part;
		if (n < 3 && *s++ != '.')
			return 0xffffffff;
	}
	return *s == '\0' ? htonl(v) : 0xffffffff;
}
