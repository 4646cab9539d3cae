/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd.c - eventfd descriptors.  Locking: none.
 */
#include "event/impl.h"

#include <sys/eventfd.h>

#include <unistd.h>

int
rumpuser_eventfd_create(uint64_t value, int flags, int *fdp)
{
	int serrno = errno, error = 0, how = EFD_NONBLOCK | EFD_CLOEXEC, fd;

	if ((flags & ~RUMPUSER_EVENTFD_SEMAPHORE) || value == UINT64_MAX)
		return ERR(EINVAL);
	if (flags & RUMPUSER_EVENTFD_SEMAPHORE)
		how |= EFD_SEMAPHORE;
	/* The call itself takes only small values. */
	if ((fd = eventfd(0, how)) == -1)
		error = ERR(errno);
	else if (value != 0 &&
	    (error = rumpuser_eventfd_post(fd, value)) != 0)
		close(fd);
	else
		*fdp = fd;
	errno = serrno;
	return error;
}

static int
transfer(ssize_t n)
{

	if (n == sizeof(uint64_t))
		return 0;
	return n == -1 ? errno : EIO;
}

int
rumpuser_eventfd_post(int fd, uint64_t n)
{
	int serrno = errno, error;

	do
		error = transfer(write(fd, &n, sizeof(n)));
	while (error == EINTR);
	errno = serrno;
	return ERR(error);
}

int
rumpuser_eventfd_take(int fd, uint64_t *valuep)
{
	int serrno = errno, error;

	do
		error = transfer(read(fd, valuep, sizeof(*valuep)));
	while (error == EINTR);
	errno = serrno;
	return ERR(error);
}
