/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfifo_user.c - the host half of hostfifo: compiled with the host's
 * headers, it may call anything there, with the virtual CPU given up around
 * what may block.  Locking: none.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <rump/rumpuser_component.h>

#include "hostfifo.h"

int
rumpcomp_hostfifo_open(const char *name, int *fdp)
{
	void *cookie = rumpuser_component_unschedule();
	int error = 0;

	/* For writing as well: a writer that leaves is not the end. */
	if ((*fdp = open(name, O_RDWR | O_CLOEXEC)) == -1)
		error = errno;
	rumpuser_component_schedule(cookie);
	return rumpuser_component_errtrans(error);
}

int
rumpcomp_hostfifo_read(int fd, void *buf, size_t len, size_t *np)
{
	void *cookie = rumpuser_component_unschedule();
	ssize_t n;
	int error;

	do {
		n = read(fd, buf, len);
		error = n == -1 ? errno : 0;
	} while (error == EINTR);
	*np = n == -1 ? 0 : (size_t)n;
	rumpuser_component_schedule(cookie);
	return rumpuser_component_errtrans(error);
}
